#include "ruled_out.h"

// What is older is over. $1 of all statements: the seconds for which everything is kept.
#define LIMIT "now() - make_interval(secs => $1)"

// The identity's row is locked as by whoever moves its links; links from before have none. An event that waits in an
// item is not over. No record of the event stays with a former member: were the same message to come again, it would be
// a new one, in its first version.
static const char *const FORGET_LINKS =
    "with due as ("
    "  select event_id, subject, identity_id from event_link l where member_id = '' and event is null"
    "    and made_at < " LIMIT
    "    and not exists (select from review r where (r.event_id, r.subject) = (l.event_id, l.subject))"
    "  order by made_at limit 500"
    "), locked as ("
    "  select identity_id from identity where identity_id in (select identity_id from due)"
    "  order by identity_id for update skip locked"
    "), forgotten as ("
    "  delete from event_link l using due where (l.event_id, l.subject) = (due.event_id, due.subject)"
    "    and l.member_id = '' and l.event is null and l.made_at < " LIMIT
    "    and (due.identity_id in (select identity_id from locked)"
    "      or not exists (select from identity i where i.identity_id = due.identity_id))"
    "  returning l.event_id, l.subject, l.identity_id"
    "), copies as ("
    "  delete from member_event m using forgotten f where (m.event_id, m.subject) = (f.event_id, f.subject)"
    ") select identity_id from forgotten";

// Of a cluster: nothing is linked, waits or says that it is somebody, and all that was said is old.
#define IS_OVER                                                                                                        \
    "    not exists (select from identity c join event_link l using (identity_id) where c.cluster = i.cluster)"        \
    "    and not exists (select from identity c join review r using (identity_id) where c.cluster = i.cluster)"        \
    "    and not exists (select from identity c join identity_member m using (identity_id)"                            \
    "      where c.cluster = i.cluster and (m.state <> 'not-same' or m.at >= " LIMIT "))"                              \
    "    and not exists (select from identity c join decision_history h using (identity_id)"                           \
    "      where c.cluster = i.cluster and h.at >= " LIMIT ")"

// Whole clusters, in id order. $2 the identities that lost a link.
static const char *const LOCK =
    "with old as ("
    "  select identity_id from identity_member where state = 'not-same' and at < " LIMIT
    "  union select identity_id from decision_history where at < " LIMIT "  union select unnest($2::int8[])"
    ") select identity_id from identity where cluster in ("
    "    select distinct i.cluster from old join identity i using (identity_id) where" IS_OVER " limit 500)"
    "  order by identity_id for update skip locked";

// As it is now that the locks are held. $2 what is locked: where not all of a cluster is, none of it goes.
static const char *const FORGET_NUMBERS =
    "with gone as materialized ("
    "  select identity_id from identity i where identity_id = any ($2) and" IS_OVER
    "    and not exists (select from identity c where c.cluster = i.cluster and c.identity_id <> all ($2))"
    "), words as ("
    "  delete from identity_member where identity_id in (select identity_id from gone)"
    "), ties as ("
    "  delete from identity_pair p where (a = any ($2) or b = any ($2))"
    "    and not exists (select from identity where identity_id in (p.a, p.b)"
    "      and identity_id not in (select identity_id from gone))"
    "), decisions as ("
    "  delete from decision_history where identity_id in (select identity_id from gone) returning 1"
    "), numbers as ("
    "  delete from identity where identity_id in (select identity_id from gone) returning 1"
    ") select (select count(*) from numbers), (select count(*) from decisions)";

// What was said about a number that went by itself.
static const char *const FORGET_DECISIONS =
    "delete from decision_history where id in ("
    "  select id from decision_history h where at < " LIMIT
    "    and not exists (select from identity i where i.identity_id = h.identity_id)"
    "  order by at limit 500 for update skip locked)";

static struct ho_pg_params *params_of(struct ho_arena *arena, int64_t kept_seconds,
                                      const struct ho_pg_array *ids_or_null)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_int(params, kept_seconds);
    if (ids_or_null)
        ho_pg_param_array(params, ids_or_null);
    return params;
}

static struct ho_pg_array *ids_of(struct ho_arena *arena, const struct ho_pg_result *rows)
{
    struct ho_pg_array *ids = ho_pg_array_new(arena, HO_PG_INT8);
    for (int i = 0; i < ho_pg_rows(rows); i++)
        if (!ho_pg_is_null(rows, i, 0))
            ho_pg_push_int(ids, ho_pg_get_int(rows, i, 0));
    return ids;
}

static enum ho_status forget_numbers(struct ho_pg *pg, struct ho_arena *arena, int64_t kept_seconds,
                                     const struct ho_pg_array *unlinked, struct ho_ruled_out *forgotten,
                                     struct ho_error *error)
{
    struct ho_pg_result *locked = NULL, *counts = NULL;
    enum ho_status status = ho_pg_run(pg, LOCK, params_of(arena, kept_seconds, unlinked), &locked, error);
    if (status == HO_OK && ho_pg_rows(locked))
        status = ho_pg_run(pg, FORGET_NUMBERS, params_of(arena, kept_seconds, ids_of(arena, locked)), &counts, error);
    if (status == HO_OK && counts) {
        forgotten->numbers = ho_pg_get_int(counts, 0, 0);
        forgotten->decisions = ho_pg_get_int(counts, 0, 1);
    }
    ho_pg_result_free(locked);
    ho_pg_result_free(counts);
    return status;
}

static enum ho_status forget(struct ho_pg *pg, struct ho_arena *arena, int64_t kept_seconds,
                             struct ho_ruled_out *forgotten, struct ho_error *error)
{
    struct ho_pg_result *links = NULL, *decisions = NULL;
    enum ho_status status = ho_pg_run(pg, FORGET_LINKS, params_of(arena, kept_seconds, NULL), &links, error);
    if (status == HO_OK) {
        forgotten->links = ho_pg_rows(links);
        status = forget_numbers(pg, arena, kept_seconds, ids_of(arena, links), forgotten, error);
    }
    if (status == HO_OK)
        status = ho_pg_run(pg, FORGET_DECISIONS, params_of(arena, kept_seconds, NULL), &decisions, error);
    if (status == HO_OK)
        forgotten->decisions += ho_pg_affected(decisions);
    ho_pg_result_free(links);
    ho_pg_result_free(decisions);
    return status;
}

enum ho_status ho_ruled_out_forget(struct ho_pg *pg, int64_t kept_seconds, struct ho_ruled_out *forgotten,
                                   struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    *forgotten = (struct ho_ruled_out){0};
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = forget(pg, arena, kept_seconds, forgotten, error);
    if (status == HO_OK)
        status = ho_pg_commit(pg, error);
    if (status != HO_OK) {
        ho_pg_rollback(pg);
        *forgotten = (struct ho_ruled_out){0};
    }
    ho_arena_free(arena);
    return status;
}
