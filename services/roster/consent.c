#include "consent.h"

// ---- Opting out ---------------------------------------------------------------------------------------

// Roster writers one at a time, and the member's state locked before its inputs change: as in apply.c.
static const char LOCK_WRITERS[] = "select pg_advisory_xact_lock(hashtextextended('handoff roster', 0))";
static const char IS_ENROLLED[] =
    "select (select count(*) from member where member_id = $1),"
    " (select count(*) from (select from enrolment_now where member_id = $1 and program = $2"
    "   union all select from sign_up where member_id = $1 and program = $2) e),"
    " (select string_agg(distinct program, ', ' order by program) from enrolment_now where member_id = $1),"
    " coalesce((select opted_out_on from consent where member_id = $1 and program = $2 order by id desc limit 1), 0)";
static const char MAKE_STATE[] = "insert into member_state (member_id) values ($1) on conflict do nothing";
static const char LOCK_STATE[] = "select from member_state where member_id = $1 for update";
static const char RECORD[] =
    "insert into consent (member_id, program, opted_out_on, reason, by) values ($1, $2, $3, $4, $5)";
static const char REPLAN[] = "insert into replan (member_id, reason) select $1, 'consent'"
                             " where exists (select from member_event where member_id = $1::text)";
static const char WAKE[] = "select pg_notify('handoff_replan', '')";
static const char STANDING[] = "select coalesce(min(nullif(opted_out_on, 0)), 0) from enrolment_now"
                               " where member_id = $1 and program = $2";

static enum ho_status check(struct ho_pg *pg, struct ho_arena *arena, const struct ho_consent *consent,
                            struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_text(params, consent->member_id);
    ho_pg_text(params, consent->program);
    enum ho_status status = ho_pg_run(pg, IS_ENROLLED, params, &row, error);
    if (status == HO_OK && !ho_pg_get_int(row, 0, 0))
        status = ho_fail(error, HO_REJECT, "there is no such member in the roster");
    else if (status == HO_OK && !ho_pg_get_int(row, 0, 1))
        status = ho_fail(error, HO_REJECT, "the member was never enrolled in %s; enrolments there are: %s",
                         consent->program, *ho_pg_get_text(row, 0, 2) ? ho_pg_get_text(row, 0, 2) : "none");
    else if (status == HO_OK && !consent->opted_out_on && !ho_pg_get_int(row, 0, 3))
        status = ho_fail(error, HO_REJECT,
                         "the member has not opted out of %s here; an opt-out in the plan's files is "
                         "the plan's to change",
                         consent->program);
    ho_pg_result_free(row);
    return status;
}

static enum ho_status write(struct ho_pg *pg, struct ho_arena *arena, const struct ho_consent *consent,
                            uint32_t *standing, struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    struct ho_pg_params *member = ho_pg_params_new(arena), *record = ho_pg_params_new(arena);
    struct ho_pg_params *of = ho_pg_params_new(arena);
    ho_pg_text(member, consent->member_id);
    ho_pg_text(record, consent->member_id);
    ho_pg_text(record, consent->program);
    ho_pg_int(record, consent->opted_out_on);
    ho_pg_text(record, consent->reason);
    ho_pg_text(record, consent->by);
    ho_pg_text(of, consent->member_id);
    ho_pg_text(of, consent->program);
    ho_pg_queue(pg, MAKE_STATE, member, NULL);
    ho_pg_queue(pg, LOCK_STATE, member, NULL);
    ho_pg_queue(pg, RECORD, record, NULL);
    ho_pg_queue(pg, REPLAN, member, NULL);
    ho_pg_queue(pg, WAKE, NULL, NULL);
    ho_pg_queue(pg, STANDING, of, &row);
    enum ho_status status = ho_pg_flush(pg, error);
    if (status == HO_OK)
        *standing = (uint32_t)ho_pg_get_int(row, 0, 0);
    ho_pg_result_free(row);
    return status;
}

// A transaction of its own, alone among the roster's writers.
static enum ho_status begin(struct ho_pg *pg, struct ho_error *error)
{
    enum ho_status status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ho_pg_begin(pg, error);
    return status == HO_OK ? ho_pg_run(pg, LOCK_WRITERS, NULL, NULL, error) : status;
}

static enum ho_status end(struct ho_pg *pg, enum ho_status status, struct ho_error *error)
{
    if (status == HO_OK)
        return ho_pg_commit(pg, error);
    ho_pg_rollback(pg);
    return status;
}

enum ho_status ho_consent_record(struct ho_pg *pg, const struct ho_consent *consent, uint32_t *standing,
                                 struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(1024);
    enum ho_status status = begin(pg, error);
    if (status == HO_OK)
        status = check(pg, arena, consent, error);
    if (status == HO_OK)
        status = write(pg, arena, consent, standing, error);
    status = end(pg, status, error);
    ho_arena_free(arena);
    return status;
}

// ---- Signing up ---------------------------------------------------------------------------------------

static const char IS_MEMBER[] =
    "select (select count(*) from member where member_id = $1 and not deleted),"
    " coalesce((select min(enrolled_from) from enrolment_now where member_id = $1 and program = $2"
    "   and enrolled_from <= $3 and (enrolled_to = 0 or enrolled_to >= $3)"
    "   and (opted_out_on = 0 or opted_out_on > $3)), -1)";
static const char TAKE_BACK[] =
    "insert into consent (member_id, program, opted_out_on, reason, by)"
    " select $1, $2, 0, 'signed up again', $3 from (select opted_out_on from consent"
    "   where member_id = $1 and program = $2 order by id desc limit 1) w where w.opted_out_on <> 0";
static const char SIGN_UP[] =
    "insert into sign_up (member_id, program, by, enrolled_from, how) values ($1, $2, $3, $4, $5)";

static struct ho_pg_params *texts(struct ho_arena *arena, size_t n, const char *const *values)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    for (size_t i = 0; i < n; i++)
        ho_pg_text(params, values[i]);
    return params;
}

static enum ho_status check_sign_up(struct ho_pg *pg, struct ho_arena *arena, const struct ho_sign_up *sign_up,
                                    struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    struct ho_pg_params *params = texts(arena, 2, (const char *const[]){sign_up->member_id, sign_up->program});
    ho_pg_int(params, sign_up->enrolled_from);
    enum ho_status status = ho_pg_run(pg, IS_MEMBER, params, &row, error);
    if (status == HO_OK && !ho_pg_get_int(row, 0, 0))
        status = ho_fail(error, HO_REJECT, "there is no such member in the roster");
    else if (status == HO_OK && ho_pg_get_int(row, 0, 1) >= 0)
        status = ho_fail(error, HO_REJECT, "the member is enrolled in %s on that date already", sign_up->program);
    ho_pg_result_free(row);
    return status;
}

static enum ho_status write_sign_up(struct ho_pg *pg, struct ho_arena *arena, const struct ho_sign_up *sign_up,
                                    struct ho_error *error)
{
    const char *const who[] = {sign_up->member_id, sign_up->program, sign_up->by};
    struct ho_pg_params *member = texts(arena, 1, who), *record = texts(arena, 3, who);
    ho_pg_int(record, sign_up->enrolled_from);
    ho_pg_text(record, sign_up->how);
    ho_pg_queue(pg, MAKE_STATE, member, NULL);
    ho_pg_queue(pg, LOCK_STATE, member, NULL);
    ho_pg_queue(pg, TAKE_BACK, texts(arena, 3, who), NULL);
    ho_pg_queue(pg, SIGN_UP, record, NULL);
    ho_pg_queue(pg, REPLAN, member, NULL);
    ho_pg_queue(pg, WAKE, NULL, NULL);
    return ho_pg_flush(pg, error);
}

enum ho_status ho_sign_up_record(struct ho_pg *pg, const struct ho_sign_up *sign_up, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(1024);
    enum ho_status status = begin(pg, error);
    if (status == HO_OK)
        status = check_sign_up(pg, arena, sign_up, error);
    if (status == HO_OK)
        status = write_sign_up(pg, arena, sign_up, error);
    status = end(pg, status, error);
    ho_arena_free(arena);
    return status;
}

// ---- Sharing ------------------------------------------------------------------------------------------

static const char IN_ROSTER[] = "select count(*) from member where member_id = $1";
static const char SHARE[] =
    "insert into share_consent (member_id, share, reason, by, agreed) values ($1, $2, $3, $4, $5)";

static enum ho_status check_member(struct ho_pg *pg, const struct ho_pg_params *member, struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    enum ho_status status = ho_pg_run(pg, IN_ROSTER, member, &row, error);
    if (status == HO_OK && !ho_pg_get_int(row, 0, 0))
        status = ho_fail(error, HO_REJECT, "there is no such member in the roster");
    ho_pg_result_free(row);
    return status;
}

// Whom the family is, no plan asks; the notifier does, at each attempt.
static enum ho_status write_share(struct ho_pg *pg, struct ho_arena *arena, const struct ho_share *share,
                                  const struct ho_pg_params *member, struct ho_error *error)
{
    struct ho_pg_params *record =
        texts(arena, 4, (const char *const[]){share->member_id, share->what, share->reason, share->by});
    ho_pg_bool(record, share->agreed);
    ho_pg_queue(pg, MAKE_STATE, member, NULL);
    ho_pg_queue(pg, LOCK_STATE, member, NULL);
    ho_pg_queue(pg, SHARE, record, NULL);
    if (strcmp(share->what, "part2") == 0) {
        ho_pg_queue(pg, REPLAN, member, NULL);
        ho_pg_queue(pg, WAKE, NULL, NULL);
    }
    return ho_pg_flush(pg, error);
}

enum ho_status ho_share_record(struct ho_pg *pg, const struct ho_share *share, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(1024);
    struct ho_pg_params *member = texts(arena, 1, &share->member_id);
    enum ho_status status = begin(pg, error);
    if (status == HO_OK)
        status = check_member(pg, member, error);
    if (status == HO_OK)
        status = write_share(pg, arena, share, member, error);
    status = end(pg, status, error);
    ho_arena_free(arena);
    return status;
}
