#include "deliveries.h"

#include "handoff/platform/log.h"

#include <inttypes.h>

static const char *const channel_names[HO_CHANNELS] = {"email", "webhook"};

// A notice is wanted while it is the latest word about what was planned, and a reminder while its task is to be done;
// it is sent only while its member is served, and to the family only while the member agrees. The plan may not know yet
// of what was done, or that somebody has opted out.
#define IS_WANTED                                                                                                      \
    "exists (select from notice_plan p where p.key = d.notice_key and p.wanted and (p.task = '' or exists ("           \
    "  select from task t where t.member_id = p.member_id and t.template = p.task and p.change = any (t.aliases)"      \
    "    and t.status in ('open', 'claimed'))))"
// $1: today.
#define IS_SERVED                                                                                                      \
    "((n.program = '' or is_served(n.member_id, n.program, n.on_date, $1::int8::int4))"                                \
    " and (d.roles <> array['family'] or shares(n.member_id, 'family')))"

// As enum ho_mail_reader says. An address that is told as several things is told as the one with the most to do; what
// is from before the roles were kept went to coordinators.
#define READER                                                                                                         \
    "case when d.roles = array['family'] then 2"                                                                       \
    "  when d.roles = '{}' or d.roles && array['coordinator', 'supervisor', 'pharmacist', 'case-manager', 'cb-cme']"   \
    "    or exists (select from care_team t where t.member_id = n.member_id and lower(t.email) = lower(d.recipient)"   \
    "      and t.role in ('pharmacist', 'case-manager', 'cb-cme')) then 0 else 1 end"

// A correction is asked about apart.
static const char find_due[] =
    "select d.id, d.channel, d.recipient, d.message_id, d.attempts, d.attempts > 0 and d.last_error = '', n.body,"
    "  " IS_WANTED ", " IS_SERVED ", shares(n.member_id, 'part2'), " READER
    " from delivery d join notice n on n.key = d.notice_key"
    " where d.status in ('pending', 'ambiguous') and d.next_attempt_at <= now() and d.channel = $3"
    " order by d.next_attempt_at, d.id limit $2 for update of d skip locked";

enum { ID, CHANNEL, RECIPIENT, MESSAGE_ID, ATTEMPTS, CUT_OFF, BODY, WANTED, SERVED, SHARES_PART2, READS_AS };

// What is to be corrected: stopped where it was surely not sent yet. Then whether it never arrived, whether an attempt
// at it is under way, and whether its member is not served any more: then nothing more is said. $4: today's date.
static const char stop_corrected[] =
    "update delivery set status = 'not-wanted' where notice_key = $1 and channel = $2 and recipient = $3"
    " and status = 'pending' and ambiguous = 0 and (attempts = 0 or last_error <> '')";
static const char ask_corrected[] =
    "select coalesce(bool_and(status in ('not-wanted', 'failed') and ambiguous = 0), false),"
    "  coalesce(bool_or(status in ('pending', 'ambiguous') and attempts > 0 and last_error = '' and next_attempt_at > "
    "now()), false)"
    ",  coalesce((select n.program <> '' and not is_served(n.member_id, n.program, n.on_date, $4::int8::int4)"
    "    from notice n where n.key = $1), false)"
    " from delivery where notice_key = $1 and channel = $2 and recipient = $3";

static const char mark_taken[] =
    "update delivery set attempts = attempts + 1, last_error = '', ambiguous = ambiguous + (id = any ($2))::int,"
    "  next_attempt_at = clock_timestamp() + $3 * interval '1 millisecond' where id = any ($1)";
static const char mark_later[] =
    "update delivery set next_attempt_at = now() + interval '1 second' where id = any ($1) and status <> 'not-wanted'";

// Whether a notice was put aside decides what the plan says next, so it is done under the lock that plans are made
// under, and on what stands then: a plan that has just wanted the notice again would count on a delivery that is not to
// come. Who is being planned is passed over; who has no row there is never planned.
static const char lock_members[] =
    "select s.member_id from member_state s where s.member_id in"
    "  (select n.member_id from delivery d join notice n on n.key = d.notice_key where d.id = any ($1))"
    " for share skip locked";
// $5: the members that are locked. What was cut off may have been sent.
static const char put_aside[] =
    "update delivery d set status = 'not-wanted', last_error = i.reason, ambiguous = d.ambiguous + i.cut_off::int"
    " from unnest($2::int8[], $3::text[], $4::bool[]) as i (id, reason, cut_off), notice n"
    " where d.id = i.id and n.key = d.notice_key and not (" IS_WANTED " and " IS_SERVED ")"
    "  and (n.member_id = any ($5) or not exists (select from member_state s where s.member_id = n.member_id))"
    " returning d.channel, i.cut_off";

struct taking {
    struct ho_pg *pg;
    struct ho_arena *arena;
    struct ho_taken *out;
    uint32_t today;
    struct ho_pg_array *taken, *cut_off, *later;
    struct {
        struct ho_pg_array *ids, *reasons, *cut_off;
    } aside; // unless it is wanted after all
};

enum verdict { GO, NEEDLESS, NOT_SERVED, LATER };

static void corrected_params(const struct ho_delivery *d, struct ho_pg_params *params)
{
    ho_pg_bytea(params, ho_bytes_from(d->notice->corrects.data, d->notice->corrects.len));
    ho_pg_text(params, channel_names[d->channel]);
    ho_pg_text(params, d->recipient);
}

static enum ho_status judge_correction(const struct taking *t, const struct ho_delivery *d, enum verdict *verdict,
                                       struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    struct ho_pg_params *stop = ho_pg_params_new(t->arena), *ask = ho_pg_params_new(t->arena);
    corrected_params(d, stop);
    corrected_params(d, ask);
    ho_pg_int(ask, t->today);
    ho_pg_queue(t->pg, stop_corrected, stop, NULL);
    ho_pg_queue(t->pg, ask_corrected, ask, &result);
    enum ho_status status = ho_pg_flush(t->pg, error);
    *verdict = GO;
    if (status == HO_OK && ho_pg_get_int(result, 0, 2))
        *verdict = NOT_SERVED;
    else if (status == HO_OK && ho_pg_get_int(result, 0, 1))
        *verdict = LATER;
    else if (status == HO_OK && ho_pg_get_int(result, 0, 0))
        *verdict = NEEDLESS;
    ho_pg_result_free(result);
    return status;
}

static void take(struct taking *t, const struct ho_delivery *d, bool cut_off)
{
    struct ho_delivery *item = &t->out->items[t->out->n++];
    *item = *d;
    item->attempts++;
    ho_pg_push_int(t->taken, d->id);
    if (!cut_off)
        return;
    ho_pg_push_int(t->cut_off, d->id);
    t->out->cut_off[d->channel]++;
    ho_log(HO_WARN, "an attempt has no outcome and is repeated under the same id",
           "delivery=%" PRId64 " attempt=%" PRId64, d->id, d->attempts);
}

static void set_aside(struct taking *t, const struct ho_delivery *d, enum verdict verdict, bool cut_off)
{
    ho_pg_push_int(t->aside.ids, d->id);
    ho_pg_push_text(t->aside.reasons, verdict == NOT_SERVED
                                          ? "the member has opted out, is not enrolled, or does not agree"
                                          : "no longer wanted");
    ho_pg_push_int(t->aside.cut_off, cut_off);
    ho_pg_push_int(t->later, d->id);
}

static enum ho_channel channel_of(const struct ho_pg_result *rows, int i, int column)
{
    return strcmp(ho_pg_get_text(rows, i, column), channel_names[HO_CHANNEL_EMAIL]) == 0 ? HO_CHANNEL_EMAIL
                                                                                         : HO_CHANNEL_WEBHOOK;
}

// The member may have taken the consent back since the notice was written.
static const ho_notice *read_notice(struct ho_arena *arena, const struct ho_pg_result *rows, int i)
{
    static char left_out[] = "";
    ho_notice *notice = ho_notice_unpack(arena, ho_arena_copy(arena, ho_pg_get_bytes(rows, i, BODY)));
    if (notice && notice->part2 && !ho_pg_get_int(rows, i, SHARES_PART2))
        notice->facility = left_out;
    return notice;
}

static struct ho_delivery read_delivery(struct ho_arena *arena, const struct ho_pg_result *rows, int i)
{
    return (struct ho_delivery){
        .id = ho_pg_get_int(rows, i, ID),
        .channel = channel_of(rows, i, CHANNEL),
        .recipient = ho_arena_text(arena, ho_pg_get_bytes(rows, i, RECIPIENT)),
        .message_id = ho_arena_text(arena, ho_pg_get_bytes(rows, i, MESSAGE_ID)),
        .reader = (enum ho_mail_reader)ho_pg_get_int(rows, i, READS_AS),
        .attempts = ho_pg_get_int(rows, i, ATTEMPTS),
        .notice = read_notice(arena, rows, i),
    };
}

static enum ho_status sort_row(struct taking *t, const struct ho_pg_result *rows, int i, struct ho_error *error)
{
    struct ho_delivery d = read_delivery(t->arena, rows, i);
    enum verdict verdict = !ho_pg_get_int(rows, i, SERVED)  ? NOT_SERVED
                           : ho_pg_get_int(rows, i, WANTED) ? GO
                                                            : NEEDLESS;
    enum ho_status status = HO_OK;
    if (!d.notice)
        return ho_fail(error, HO_FATAL, "the notice of delivery %" PRId64 " cannot be read", d.id);
    if (d.notice->correction && verdict != NOT_SERVED)
        status = judge_correction(t, &d, &verdict, error);
    if (status != HO_OK)
        return status;
    if (verdict == GO)
        take(t, &d, ho_pg_get_int(rows, i, CUT_OFF));
    else if (verdict == LATER)
        ho_pg_push_int(t->later, d.id);
    else
        set_aside(t, &d, verdict, ho_pg_get_int(rows, i, CUT_OFF));
    return HO_OK;
}

static struct ho_pg_params *one_array(const struct taking *t, const struct ho_pg_array *array)
{
    struct ho_pg_params *params = ho_pg_params_new(t->arena);
    ho_pg_param_array(params, array);
    return params;
}

static enum ho_status lock(const struct taking *t, struct ho_pg_array *members, struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    enum ho_status status = ho_pg_run(t->pg, lock_members, one_array(t, t->aside.ids), &rows, error);
    for (int i = 0; status == HO_OK && i < ho_pg_rows(rows); i++)
        ho_pg_push_text(members, ho_arena_text(t->arena, ho_pg_get_bytes(rows, i, 0)));
    ho_pg_result_free(rows);
    return status;
}

static enum ho_status write_aside(struct taking *t, struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    struct ho_pg_array *members = ho_pg_array_new(t->arena, HO_PG_TEXT);
    struct ho_pg_params *params = ho_pg_params_new(t->arena);
    if (!ho_pg_array_length(t->aside.ids))
        return HO_OK;
    enum ho_status status = lock(t, members, error);
    ho_pg_int(params, t->today);
    ho_pg_param_array(params, t->aside.ids);
    ho_pg_param_array(params, t->aside.reasons);
    ho_pg_param_array(params, t->aside.cut_off);
    ho_pg_param_array(params, members);
    if (status == HO_OK)
        status = ho_pg_run(t->pg, put_aside, params, &rows, error);
    for (int i = 0; status == HO_OK && i < ho_pg_rows(rows); i++) {
        t->out->not_wanted[channel_of(rows, i, 0)]++;
        t->out->cut_off[channel_of(rows, i, 0)] += ho_pg_get_int(rows, i, 1);
    }
    ho_pg_result_free(rows);
    return status;
}

static enum ho_status mark(struct taking *t, int64_t lease_ms, struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(t->arena);
    ho_pg_param_array(params, t->taken);
    ho_pg_param_array(params, t->cut_off);
    ho_pg_int(params, lease_ms);
    if (ho_pg_array_length(t->taken))
        ho_pg_queue(t->pg, mark_taken, params, NULL);
    if (ho_pg_array_length(t->later))
        ho_pg_queue(t->pg, mark_later, one_array(t, t->later), NULL);
    return ho_pg_flush(t->pg, error);
}

static enum ho_status take_due(struct taking *t, enum ho_channel channel, int64_t most, int64_t lease_ms,
                               struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    struct ho_pg_params *params = ho_pg_params_new(t->arena);
    ho_pg_int(params, t->today);
    ho_pg_int(params, most);
    ho_pg_text(params, channel_names[channel]);
    enum ho_status status = ho_pg_run(t->pg, find_due, params, &rows, error);
    int n = status == HO_OK ? ho_pg_rows(rows) : 0;
    t->out->seen = (size_t)n;
    t->out->items = ho_arena_array(t->arena, (size_t)n + 1, sizeof *t->out->items);
    for (int i = 0; i < n && status == HO_OK; i++)
        status = sort_row(t, rows, i, error);
    ho_pg_result_free(rows);
    if (status == HO_OK)
        status = write_aside(t, error);
    return status == HO_OK && n ? mark(t, lease_ms, error) : status;
}

enum ho_status ho_deliveries_take(struct ho_pg *pg, struct ho_arena *arena, enum ho_channel channel, uint32_t today,
                                  int64_t most, int64_t lease_ms, struct ho_taken *out, struct ho_error *error)
{
    *out = (struct ho_taken){0};
    struct taking t = {
        .pg = pg,
        .arena = arena,
        .out = out,
        .today = today,
        .taken = ho_pg_array_new(arena, HO_PG_INT8),
        .cut_off = ho_pg_array_new(arena, HO_PG_INT8),
        .later = ho_pg_array_new(arena, HO_PG_INT8),
        .aside = {ho_pg_array_new(arena, HO_PG_INT8), ho_pg_array_new(arena, HO_PG_TEXT),
                  ho_pg_array_new(arena, HO_PG_BOOL)},
    };
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = take_due(&t, channel, most, lease_ms, error);
    if (status == HO_OK)
        return ho_pg_commit(pg, error);
    ho_pg_rollback(pg);
    return status;
}

static const char renew[] =
    "update delivery d set next_attempt_at = clock_timestamp() + $3 * interval '1 millisecond'"
    " from unnest($1::int8[], $2::int8[]) as a (id, attempts)"
    " where d.id = a.id and d.attempts = a.attempts and d.status in ('pending', 'ambiguous') and d.last_error = ''";

enum ho_status ho_deliveries_renew(struct ho_pg *pg, struct ho_arena *arena, const struct ho_attempt *attempts,
                                   size_t n, int64_t lease_ms, struct ho_error *error)
{
    struct ho_pg_array *ids = ho_pg_array_new(arena, HO_PG_INT8), *numbers = ho_pg_array_new(arena, HO_PG_INT8);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    for (size_t i = 0; i < n; i++) {
        ho_pg_push_int(ids, attempts[i].id);
        ho_pg_push_int(numbers, attempts[i].attempts);
    }
    ho_pg_param_array(params, ids);
    ho_pg_param_array(params, numbers);
    ho_pg_int(params, lease_ms);
    return ho_pg_run(pg, renew, params, NULL, error);
}

// ---- Outcomes --------------------------------------------------------------------------------------

// What was sent is sent, whoever else tried or put it aside meanwhile; any other outcome counts only for the latest
// attempt.
static const char settle[] =
    "update delivery d set status = case when o.sent then 'sent' when o.last then 'failed'"
    "    when o.unknown then 'ambiguous' else 'pending' end,"
    "  ambiguous = d.ambiguous + o.unknown::int, last_error = case when o.sent then '' else o.words end,"
    "  sent_at = case when o.sent then now() end,"
    "  next_attempt_at = now() + o.after_ms * interval '1 millisecond'"
    " from unnest($1::int8[], $2::int8[], $3::bool[], $4::bool[], $5::bool[], $6::int8[], $7::text[])"
    "   as o (id, attempts, sent, unknown, last, after_ms, words)"
    " where d.id = o.id and d.status <> 'sent'"
    "   and (o.sent or (d.status in ('pending', 'ambiguous') and d.attempts = o.attempts))";

enum ho_status ho_deliveries_settle(struct ho_pg *pg, struct ho_arena *arena, const struct ho_outcome *outcomes,
                                    size_t n, struct ho_error *error)
{
    static const enum ho_pg_type types[] = {HO_PG_INT8, HO_PG_INT8, HO_PG_BOOL, HO_PG_BOOL,
                                            HO_PG_BOOL, HO_PG_INT8, HO_PG_TEXT};
    enum { N_COLUMNS = sizeof types / sizeof *types };
    struct ho_pg_array *columns[N_COLUMNS];
    struct ho_pg_params *params = ho_pg_params_new(arena);
    for (size_t i = 0; i < N_COLUMNS; i++)
        columns[i] = ho_pg_array_new(arena, types[i]);
    for (size_t i = 0; i < n; i++) {
        ho_pg_push_int(columns[0], outcomes[i].id);
        ho_pg_push_int(columns[1], outcomes[i].attempts);
        ho_pg_push_int(columns[2], outcomes[i].sent == HO_SENT);
        ho_pg_push_int(columns[3], outcomes[i].sent == HO_SENT_UNKNOWN);
        ho_pg_push_int(columns[4], outcomes[i].last);
        ho_pg_push_int(columns[5], outcomes[i].retry_after_ms);
        ho_pg_push_text(columns[6], outcomes[i].text);
    }
    for (size_t i = 0; i < N_COLUMNS; i++)
        ho_pg_param_array(params, columns[i]);
    return ho_pg_run(pg, settle, params, NULL, error);
}

static const char find_oldest[] =
    "select coalesce(extract(epoch from now() - min(n.handled_at)), 0)::float8"
    " from delivery d join notice n on n.key = d.notice_key where d.status in ('pending', 'ambiguous')";

enum ho_status ho_deliveries_oldest(struct ho_pg *pg, double *seconds, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, find_oldest, NULL, &result, error);
    if (status == HO_OK)
        *seconds = ho_pg_get_double(result, 0, 0);
    ho_pg_result_free(result);
    return status;
}
