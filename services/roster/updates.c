#include "updates.h"

#include "care_apply.h"

#include "handoff/platform/log.h"

#include <inttypes.h>
#include <stdlib.h>

// Beside the matcher's rows of the same leg, which are numbered by partition from 0.
enum { LEG_PART_FIRST = 1000 };

struct update {
    const struct ho_roster_row *rows;
    size_t n_rows;
    struct ho_care_row *team; // none where the update says nothing about it
    size_t n_team;
    size_t order; // in the batch
};

struct work {
    struct {
        struct update *items;
        size_t n, capacity;
    } good;
    struct ho_pg_array *keys, *ids, *reasons, *traces, *payloads; // of the rejected; the id is the place
};

// What is no text the database would refuse, each time.
static struct ho_bytes traceparent_of(const struct ho_kafka_record *record)
{
    struct ho_bytes trace = ho_kafka_header(record, "traceparent");
    for (size_t i = 0; i < trace.n; i++)
        if (trace.p[i] < ' ' || trace.p[i] > '~')
            return (struct ho_bytes){0};
    return trace;
}

static void reject(struct work *work, struct ho_arena *arena, const struct ho_kafka_record *record, const char *reason)
{
    const char *place =
        ho_arena_printf(arena, "roster.updates/%" PRId32 "/%" PRId64, record->partition, record->offset);
    ho_log(HO_WARN, "an update is wrong and was put aside", "topic=adt.rejected reason=%s place=%s", reason, place);
    ho_pg_push_bytes(work->keys, record->key);
    ho_pg_push_text(work->ids, place);
    ho_pg_push_text(work->reasons, reason);
    ho_pg_push_bytes(work->traces, traceparent_of(record));
    ho_pg_push_bytes(work->payloads, record->value);
}

enum reading { WRONG, TEAM_WRONG, GOOD };

// A wrong word about the team must not lose an opt-out beside it: the member's part counts, and the team stays.
static enum reading read_update(struct ho_arena *arena, struct ho_bytes value, struct update *out)
{
    const ho_roster_update *message = ho_roster_update_unpack(arena, value);
    out->rows = message ? ho_roster_rows_of_update(arena, message, &out->n_rows) : NULL;
    if (!out->rows)
        return WRONG;
    if (ho_care_rows_of_update(arena, message, &out->team, &out->n_team))
        return GOOD;
    out->n_team = 0;
    return TEAM_WRONG;
}

static void sort_out(struct work *work, struct ho_arena *arena, const struct ho_batch *batch)
{
    work->keys = ho_pg_array_new(arena, HO_PG_BYTEA);
    work->ids = ho_pg_array_new(arena, HO_PG_TEXT);
    work->reasons = ho_pg_array_new(arena, HO_PG_TEXT);
    work->traces = ho_pg_array_new(arena, HO_PG_TEXT);
    work->payloads = ho_pg_array_new(arena, HO_PG_BYTEA);
    for (size_t i = 0; i < batch->n_records; i++) {
        struct update update = {.order = i};
        enum reading reading = read_update(arena, batch->records[i].value, &update);
        if (reading != WRONG)
            *(struct update *)ho_arena_push(arena, &work->good, sizeof update) = update;
        if (reading != GOOD)
            reject(work, arena, &batch->records[i], reading == WRONG ? "roster-update" : "roster-team");
    }
}

static int by_member_and_order(const void *a, const void *b)
{
    const struct update *x = a, *y = b;
    int c = ho_bytes_compare(x->rows->text[HO_ROSTER_MEMBER_ID], y->rows->text[HO_ROSTER_MEMBER_ID]);
    return c ? c : (x->order > y->order) - (x->order < y->order);
}

static bool is_last_word(const struct work *work, size_t i)
{
    if (i + 1 == work->good.n)
        return true;
    return !ho_bytes_equal(work->good.items[i].rows->text[HO_ROSTER_MEMBER_ID],
                           work->good.items[i + 1].rows->text[HO_ROSTER_MEMBER_ID]);
}

static enum ho_status stage_update(struct ho_roster_stage *stage, const struct update *update, uint64_t *line,
                                   struct ho_error *error)
{
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < update->n_rows && status == HO_OK; i++) {
        struct ho_roster_row row = update->rows[i];
        row.line = ++*line;
        status = ho_roster_stage_row(stage, &row, error);
    }
    return status;
}

// An update replaces all that was said before, so a member's last one of the batch stands for all.
static enum ho_status apply_good(struct work *work, struct ho_pg *pg, struct ho_roster_counts *counts,
                                 struct ho_error *error)
{
    struct ho_roster_stage *stage = NULL;
    uint64_t line = 0;
    qsort(work->good.items, work->good.n, sizeof *work->good.items, by_member_and_order);
    enum ho_status status = ho_roster_stage_begin(pg, &stage, error);
    for (size_t i = 0; i < work->good.n && status == HO_OK; i++)
        if (is_last_word(work, i))
            status = stage_update(stage, &work->good.items[i], &line, error);
    if (status == HO_OK)
        status = ho_roster_stage_end(stage, error);
    ho_roster_stage_free(stage);
    if (status == HO_OK)
        status = ho_roster_apply(pg, NULL, NULL, counts, error);
    return status;
}

// The last word about the team, which need not be the last about the member. Of those who are members no longer nothing
// is said, and the roster may never have had them. `i` is the member's last update.
static const struct update *last_team(const struct work *work, size_t i)
{
    const struct update *items = work->good.items;
    if (items[i].rows->deleted)
        return NULL;
    while (!items[i].n_team && i > 0 && !is_last_word(work, i - 1))
        i--;
    return items[i].n_team ? &items[i] : NULL;
}

static enum ho_status stage_teams(const struct work *work, struct ho_care_stage *stage, struct ho_arena *arena,
                                  struct ho_error *error)
{
    enum ho_status status = HO_OK;
    uint64_t line = 0;
    for (size_t i = 0; i < work->good.n; i++) {
        const struct update *update = is_last_word(work, i) ? last_team(work, i) : NULL;
        for (size_t k = 0; update && k < update->n_team && status == HO_OK; k++) {
            update->team[k].line = ++line;
            status = ho_care_stage_row(stage, arena, &update->team[k], false, error);
        }
    }
    return status == HO_OK ? ho_care_stage_end(stage, error) : status;
}

static bool tell_teams(const struct work *work)
{
    for (size_t i = 0; i < work->good.n; i++)
        if (work->good.items[i].n_team)
            return true;
    return false;
}

static enum ho_status apply_teams(const struct work *work, struct ho_pg *pg, struct ho_arena *arena,
                                  struct ho_error *error)
{
    struct ho_care_stage *stage = NULL;
    struct ho_care_counts counts;
    enum ho_status status = ho_care_stage_begin(pg, HO_CARE_TEAM, &stage, error);
    if (status == HO_OK)
        status = stage_teams(work, stage, arena, error);
    ho_care_stage_free(stage);
    return status == HO_OK ? ho_care_apply(pg, HO_CARE_TEAM, &counts, error) : status;
}

static const char put_aside[] =
    "with sent as ("
    "  insert into outbox (topic, key, ce_id, ce_type, traceparent, headers, payload)"
    "  select 'adt.rejected', key, id, 'org.handoff.roster.rejected', traceparent,"
    "    array['ho_reason', reason, 'ho_place', id], payload"
    "  from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::bytea[])"
    "    as i (key, id, reason, traceparent, payload)"
    "  returning 1"
    ") insert into leg (stage, part, n) select 'written:adt.rejected', $6, count(*) from sent"
    "  on conflict (stage, part) do update set n = leg.n + excluded.n";

static enum ho_status write_rejected(struct work *work, struct ho_pg *pg, struct ho_arena *arena, int32_t partition,
                                     struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_param_array(params, work->keys);
    ho_pg_param_array(params, work->ids);
    ho_pg_param_array(params, work->reasons);
    ho_pg_param_array(params, work->traces);
    ho_pg_param_array(params, work->payloads);
    ho_pg_int(params, LEG_PART_FIRST + partition);
    ho_pg_queue(pg, put_aside, params, NULL);
    ho_pg_queue(pg, "select pg_notify('handoff_outbox', '')", NULL, NULL);
    return ho_pg_flush(pg, error);
}

enum ho_status ho_updates_handle(void *context, struct ho_pg *pg, struct ho_arena *arena, const struct ho_batch *batch,
                                 struct ho_error *error)
{
    struct ho_updates *updates = context;
    struct work work = {0};
    *updates = (struct ho_updates){0};
    sort_out(&work, arena, batch);
    updates->rejected = (int64_t)ho_pg_array_length(work.keys);
    enum ho_status status = HO_OK;
    if (work.good.n)
        status = apply_good(&work, pg, &updates->counts, error);
    if (status == HO_OK && tell_teams(&work))
        status = apply_teams(&work, pg, arena, error);
    if (status == HO_OK && updates->rejected)
        status = write_rejected(&work, pg, arena, batch->partition, error);
    return status;
}
