#include "apply.h"

#include <stdlib.h>

#include "handoff/platform/log.h"

// A repeat is known by (event, subject, link), whatever the order; a row whose link has moved on is kept, and the fold
// passes over it. Counted is each version of a link that came, so that the count meets that of the links made.
static const char *const KEEP =
    "with input as ("
    "  select distinct on (member_id, event_id, subject, link) * from unnest($1::text[], $2::bytea[], $3::int4[], "
    "$4::int4[],"
    "    $5::bytea[], $6::timestamptz[]) as i (member_id, event_id, subject, link, event, occurred)"
    "), made as ("
    "  insert into member_event (member_id, event_id, subject, link, event, occurred) select * from input"
    "  on conflict do nothing returning member_id, event_id, subject, link"
    "), counted (stage, n) as ("
    "  select 'handled:adt.matched', count(*) from made"
    "  union all"
    "  select 'applied', count(*) from made m join event_link l"
    "    on (l.event_id, l.subject) = (m.event_id, m.subject) and l.version >= m.link"
    ") insert into leg (stage, part, n) select stage, $7, n from counted"
    "  on conflict (stage, part) do update set n = leg.n + excluded.n";

struct columns {
    struct ho_pg_array *member_id, *event_id, *subject, *link, *event, *occurred;
};

static void keep_event(struct columns *c, struct ho_arena *arena, const ho_matched_event *matched)
{
    const ho_adt_event *event = matched->event;
    ho_pg_push_text(c->member_id, matched->member_id);
    ho_pg_push_bytes(c->event_id, ho_bytes_from(event->id.data, event->id.len));
    ho_pg_push_int(c->subject, event->subject);
    ho_pg_push_int(c->link, matched->link);
    ho_pg_push_bytes(c->event, ho_message_pack(arena, &event->base));
    ho_pg_push_int(c->occurred, event->occurred ? event->occurred : event->recorded);
}

static int by_member(const void *a, const void *b)
{
    return strcmp(((const struct ho_planner_member *)a)->member_id, ((const struct ho_planner_member *)b)->member_id);
}

// Ascending, each once. Returns how many are left.
static size_t sort_members(struct ho_planner_member *members, size_t n)
{
    size_t kept = 0;
    qsort(members, n, sizeof *members, by_member);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || by_member(&members[kept - 1], &members[i]) != 0)
            members[kept++] = members[i];
    return kept;
}

static size_t read_batch(struct ho_arena *arena, const struct ho_batch *batch, struct columns *columns,
                         struct ho_planner_member *members)
{
    size_t n = 0;
    for (size_t i = 0; i < batch->n_records; i++) {
        const struct ho_kafka_record *record = &batch->records[i];
        const ho_matched_event *matched = ho_matched_event_unpack(arena, record->value);
        if (!matched || !matched->event || !matched->member_id[0] || matched->event->id.len != HO_ID_BYTES) {
            ho_log(HO_ERROR, "a record of adt.matched is not ours and is passed over", "partition=%d offset=%lld",
                   (int)record->partition, (long long)record->offset);
            continue;
        }
        keep_event(columns, arena, matched);
        members[n++] = (struct ho_planner_member){matched->member_id, ho_kafka_header(record, "traceparent")};
    }
    return sort_members(members, n);
}

static void queue_keep(struct ho_pg *pg, struct ho_arena *arena, const struct columns *c, int32_t partition)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_param_array(params, c->member_id);
    ho_pg_param_array(params, c->event_id);
    ho_pg_param_array(params, c->subject);
    ho_pg_param_array(params, c->link);
    ho_pg_param_array(params, c->event);
    ho_pg_param_array(params, c->occurred);
    ho_pg_int(params, partition);
    ho_pg_queue(pg, KEEP, params, NULL);
}

enum ho_status ho_apply_batch(const struct ho_planner *planner, struct ho_pg *pg, struct ho_arena *arena,
                              const struct ho_batch *batch, struct ho_planner_counts *counts, struct ho_error *error)
{
    struct columns columns = {
        .member_id = ho_pg_array_new(arena, HO_PG_TEXT),
        .event_id = ho_pg_array_new(arena, HO_PG_BYTEA),
        .subject = ho_pg_array_new(arena, HO_PG_INT4),
        .link = ho_pg_array_new(arena, HO_PG_INT4),
        .event = ho_pg_array_new(arena, HO_PG_BYTEA),
        .occurred = ho_pg_array_new(arena, HO_PG_TIME),
    };
    struct ho_planner_member *members = ho_arena_array(arena, batch->n_records + 1, sizeof *members);
    size_t n = read_batch(arena, batch, &columns, members);
    counts->messages += (int64_t)ho_pg_array_length(columns.event_id);
    if (n == 0)
        return HO_OK;
    enum ho_status status = ho_planner_lock(pg, arena, members, n, error);
    if (status != HO_OK)
        return status;
    queue_keep(pg, arena, &columns, batch->partition);
    return ho_planner_run(planner, pg, arena, members, n, planner->clock(), counts, error);
}

// ---- A transaction of its own around what is found in the database.

typedef enum ho_status planning(const struct ho_planner *planner, struct ho_pg *pg, struct ho_arena *arena,
                                size_t *taken, struct ho_planner_counts *counts, struct ho_error *error);

static enum ho_status in_transaction(planning *plan, const struct ho_planner *planner, struct ho_pg *pg, size_t *taken,
                                     struct ho_planner_counts *counts, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    *taken = 0;
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = plan(planner, pg, arena, taken, counts, error);
    if (status == HO_OK)
        status = ho_pg_commit(pg, error);
    if (status != HO_OK)
        ho_pg_rollback(pg);
    ho_arena_free(arena);
    return status;
}

// ---- Replan rows: deleted under the members' locks before the inputs are read, and never merged.

static const char *const TAKE =
    "select id, member_id from replan where id in (select id from replan order by id limit 500 for update skip locked)";
static const char *const DELETE = "delete from replan where id = any ($1)";

static enum ho_status replan_rows(const struct ho_planner *planner, struct ho_pg *pg, struct ho_arena *arena,
                                  size_t *taken, struct ho_planner_counts *counts, struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    enum ho_status status = ho_pg_run(pg, TAKE, NULL, &rows, error);
    if (status != HO_OK)
        return status;
    size_t n = (size_t)ho_pg_rows(rows);
    struct ho_pg_array *ids = ho_pg_array_new(arena, HO_PG_INT8);
    struct ho_planner_member *members = ho_arena_array(arena, n + 1, sizeof *members);
    for (size_t i = 0; i < n; i++) {
        ho_pg_push_int(ids, ho_pg_get_int(rows, (int)i, 0));
        members[i].member_id = ho_arena_text(arena, ho_pg_get_bytes(rows, (int)i, 1));
    }
    ho_pg_result_free(rows);
    *taken = n;
    if (n == 0)
        return HO_OK;
    n = sort_members(members, n);
    status = ho_planner_lock(pg, arena, members, n, error);
    if (status != HO_OK)
        return status;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_param_array(params, ids);
    ho_pg_queue(pg, DELETE, params, NULL);
    return ho_planner_run(planner, pg, arena, members, n, planner->clock(), counts, error);
}

enum ho_status ho_replan_some(const struct ho_planner *planner, struct ho_pg *pg, size_t *taken,
                              struct ho_planner_counts *counts, struct ho_error *error)
{
    return in_transaction(replan_rows, planner, pg, taken, counts, error);
}

// ---- The clock. A row that another copy has in hand is passed over: that one writes the next instant, and the
// condition is asked again of a row that was locked late, so that each instant is one copy's.

static const char *const WAKE =
    "select member_id from member_state where wake_at <= $1 order by wake_at limit $2 for update skip locked";

static enum ho_status wake_members(const struct ho_planner *planner, struct ho_pg *pg, struct ho_arena *arena,
                                   size_t *taken, struct ho_planner_counts *counts, struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_time(params, planner->clock());
    ho_pg_int(params, HO_WAKE_MOST);
    enum ho_status status = ho_pg_run(pg, WAKE, params, &rows, error);
    if (status != HO_OK)
        return status;
    size_t n = (size_t)ho_pg_rows(rows);
    struct ho_planner_member *members = ho_arena_array(arena, n + 1, sizeof *members);
    for (size_t i = 0; i < n; i++)
        members[i].member_id = ho_arena_text(arena, ho_pg_get_bytes(rows, (int)i, 0));
    ho_pg_result_free(rows);
    *taken = n;
    if (n == 0)
        return HO_OK;
    return ho_planner_run(planner, pg, arena, members, n, planner->clock(), counts, error);
}

enum ho_status ho_wake_some(const struct ho_planner *planner, struct ho_pg *pg, size_t *taken,
                            struct ho_planner_counts *counts, struct ho_error *error)
{
    return in_transaction(wake_members, planner, pg, taken, counts, error);
}
