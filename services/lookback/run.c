#include "run.h"

#include <stdlib.h>

#include "found.h"
#include "targets.h"

enum { STEP_US = 50000, WAIT_MS = 50, STALLED_US = 60000000, MS_A_DAY = 86400000 };

static const char TOPIC[] = "adt.inbound";

enum phase { TARGETS, PLACES, RECORDS, ITEMS, END };

struct ho_run {
    struct ho_run_settings settings;
    enum phase phase;
    struct ho_targets targets;
    struct ho_sieve sieve;
    struct ho_found found;
    struct ho_reader *reader;
    struct ho_arena *arena;    // of a step; of a record while records are read
    struct ho_pg *pg;          // of the step
    int64_t messages, read_us; // when a record was read last
    uint8_t item_id[HO_ID_BYTES];
    int64_t item_subject;
};

struct ho_run *ho_run_new(const struct ho_run_settings *settings)
{
    struct ho_run *run = calloc(1, sizeof *run);
    if (!run)
        abort();
    run->settings = *settings;
    run->arena = ho_arena_new(0);
    run->item_subject = -1;
    ho_targets_init(&run->targets, settings->weights);
    ho_found_init(&run->found);
    run->sieve = (struct ho_sieve){settings->feeds, run->targets.members, run->targets.identities};
    return run;
}

void ho_run_free(struct ho_run *run)
{
    if (!run)
        return;
    ho_reader_free(run->reader);
    ho_found_cleanup(&run->found);
    ho_targets_cleanup(&run->targets);
    ho_arena_free(run->arena);
    free(run);
}

struct ho_run_counts ho_run_counts(const struct ho_run *run)
{
    return (struct ho_run_counts){
        .members = (int64_t)ho_roster_index_size(run->targets.members),
        .identities = (int64_t)run->targets.n_identities,
        .messages = run->messages,
        .left = run->reader ? ho_reader_left(run->reader) : 0,
        .found = run->found.written,
    };
}

bool ho_run_waits(const struct ho_run *run)
{
    return run->phase == RECORDS && run->reader && !ho_reader_up(run->reader);
}

static bool is_anybody_wanted(const struct ho_run *run)
{
    return ho_roster_index_size(run->targets.members) || run->targets.n_identities;
}

// Where members were deleted only, nobody is looked for.
static bool is_roster_newer(const struct ho_run *run)
{
    return run->targets.seq > run->targets.after_seq;
}

// ---- Where the reading ends ----------------------------------------------------------------------------------

// Every batch of the matcher holds the lock in shared mode from before it reads the roster. So when it is had alone,
// all that lies behind the offsets was or will be decided with a roster and identities no older than the targets; and
// nothing will be written that names a member whom they know to be deleted.
static const char *const PATIENCE = "set local lock_timeout = '5s'";
static const char *const AFTER_BATCHES = "select pg_advisory_xact_lock(hashtextextended('handoff matcher batch', 0))";
static const char *const OFFSETS = "select partition, start_offset, next_offset from kafka_offset"
                                   " where consumer = 'matcher' and topic = $1 order by partition";

static enum ho_status read_offsets(struct ho_run *run, struct ho_pg *pg, struct ho_pg_result **out,
                                   struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(run->arena);
    ho_pg_text(params, TOPIC);
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = ho_pg_run(pg, PATIENCE, NULL, NULL, error);
    if (status == HO_OK)
        status = ho_pg_run(pg, AFTER_BATCHES, NULL, NULL, error);
    if (status == HO_OK)
        status = ho_pg_run(pg, OFFSETS, params, out, error);
    if (status == HO_OK)
        status = ho_pg_commit(pg, error);
    if (status != HO_OK)
        ho_pg_rollback(pg);
    return status;
}

static enum ho_status open_reader(struct ho_run *run, struct ho_partition_range *ranges, size_t n,
                                  struct ho_error *error)
{
    int64_t since_ms = ho_clock_us() / 1000 - run->settings.window_days * MS_A_DAY;
    enum ho_status status = ho_reader_new(run->settings.brokers, run->settings.client_id, TOPIC, &run->reader, error);
    if (status == HO_OK)
        status = ho_reader_since(run->reader, since_ms, ranges, n, error);
    if (status == HO_OK)
        status = ho_reader_begin(run->reader, ranges, n, error);
    run->read_us = ho_monotonic_us();
    return status;
}

static enum ho_status find_places(struct ho_run *run, struct ho_pg *pg, struct ho_error *error)
{
    enum { PARTITION, START, NEXT };
    run->phase = RECORDS;
    if (!is_anybody_wanted(run) && !is_roster_newer(run))
        return HO_OK;
    struct ho_pg_result *rows = NULL;
    enum ho_status status = read_offsets(run, pg, &rows, error);
    size_t n = 0, n_rows = status == HO_OK ? (size_t)ho_pg_rows(rows) : 0;
    struct ho_partition_range *ranges = ho_arena_array(run->arena, n_rows + 1, sizeof *ranges);
    for (int i = 0; (size_t)i < n_rows; i++) {
        ranges[n] = (struct ho_partition_range){(int32_t)ho_pg_get_int(rows, i, PARTITION),
                                                ho_pg_get_int(rows, i, START), ho_pg_get_int(rows, i, NEXT)};
        n += ranges[n].low < ranges[n].high;
    }
    ho_pg_result_free(rows);
    return n && is_anybody_wanted(run) ? open_reader(run, ranges, n, error) : status;
}

// ---- Records -------------------------------------------------------------------------------------------------

static enum ho_status on_records(void *context, struct ho_arena *arena, struct ho_kafka_record *records, size_t n,
                                 struct ho_error *error)
{
    (void)arena; // headers are wanted for one record at a time
    struct ho_run *run = context;
    enum ho_status status = HO_OK;
    struct ho_finding finding;
    for (size_t i = 0; i < n && status == HO_OK; i++) {
        ho_arena_reset(run->arena);
        if (ho_sieve_passes(&run->sieve, run->arena, &records[i], &finding))
            ho_found_add(&run->found, &records[i], &finding);
        if (ho_found_is_full(&run->found))
            status = ho_found_write(&run->found, run->pg, error);
    }
    run->messages += (int64_t)n;
    run->read_us = ho_monotonic_us();
    return status;
}

static enum ho_status read_records(struct ho_run *run, struct ho_pg *pg, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    int64_t until_us = ho_monotonic_us() + STEP_US;
    while (status == HO_OK && run->reader && ho_reader_left(run->reader) && ho_monotonic_us() < until_us)
        status = ho_reader_read(run->reader, WAIT_MS, on_records, run, error);
    if (status != HO_OK)
        return status;
    if (!run->reader || !ho_reader_left(run->reader)) {
        run->phase = ITEMS;
        return ho_found_write(&run->found, pg, error);
    }
    if (ho_monotonic_us() - run->read_us > STALLED_US)
        return ho_fail(error, HO_RETRY, "no record came for %d s: is Kafka there?", STALLED_US / 1000000);
    return HO_OK;
}

// ---- Open items ------------------------------------------------------------------------------------------------

static const char *const OPEN_ITEMS =
    "select event_id, subject, identity_id, event from review"
    " where (event_id, subject) > ($1, $2) and identity_id is not null order by event_id, subject limit 500";

static const char *const DECIDE_ITEMS =
    "insert into redecide (identity_id, reason) select distinct unnest($1::int8[]), 'roster'";

static const char *const WAKE_MATCHER = "select pg_notify('handoff_redecide', '')";

// A page; its identities that may be about a member who is looked for are to be decided again.
static enum ho_status take_items(struct ho_run *run, const struct ho_pg_result *rows, struct ho_pg *pg,
                                 struct ho_error *error)
{
    enum { EVENT_ID, SUBJECT, IDENTITY_ID, EVENT };
    struct ho_pg_array *identities = ho_pg_array_new(run->arena, HO_PG_INT8);
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        const ho_adt_event *event = ho_adt_event_unpack(run->arena, ho_pg_get_bytes(rows, i, EVENT));
        if (event && ho_sieve_member(&run->sieve, run->arena, event))
            ho_pg_push_int(identities, ho_pg_get_int(rows, i, IDENTITY_ID));
        memcpy(run->item_id, ho_pg_get_bytes(rows, i, EVENT_ID).p, HO_ID_BYTES);
        run->item_subject = ho_pg_get_int(rows, i, SUBJECT);
    }
    if (!ho_pg_array_length(identities))
        return HO_OK;
    struct ho_pg_params *params = ho_pg_params_new(run->arena);
    ho_pg_param_array(params, identities);
    ho_pg_queue(pg, DECIDE_ITEMS, params, NULL);
    ho_pg_queue(pg, WAKE_MATCHER, NULL, NULL);
    return ho_pg_flush(pg, error);
}

static enum ho_status read_items(struct ho_run *run, struct ho_pg *pg, struct ho_error *error)
{
    if (!ho_roster_index_size(run->targets.members)) {
        run->phase = END;
        return HO_OK;
    }
    struct ho_pg_params *params = ho_pg_params_new(run->arena);
    ho_pg_bytea(params, ho_bytes_from(run->item_id, run->item_subject < 0 ? 0 : HO_ID_BYTES));
    ho_pg_int(params, run->item_subject);
    struct ho_pg_result *rows = NULL;
    enum ho_status status = ho_pg_run(pg, OPEN_ITEMS, params, &rows, error);
    if (status == HO_OK && ho_pg_rows(rows))
        status = take_items(run, rows, pg, error);
    else
        run->phase = END;
    ho_pg_result_free(rows);
    return status;
}

// ---- The end -----------------------------------------------------------------------------------------------------

// Items that name a member who was changed or deleted, what is linked for such a member's sake alone, be it pieced
// together, and what is kept of all that are joined with an identity of theirs.
static const char *const DECIDE_CHANGED =
    "with changed as (select member_id from member where seq > $1 and seq <= $2), stale as ("
    "  select r.identity_id from review r, unnest(r.candidates) as candidate"
    "  where candidate in (select member_id from changed)"
    "  union select l.identity_id from event_link l join changed using (member_id) where not l.own"
    "  union select i.identity_id from identity i join identity_member using (identity_id)"
    "  join changed using (member_id)"
    "  where exists (select from identity c join event_link l using (identity_id)"
    "      where c.cluster = i.cluster and not l.own)"
    "    or exists (select from identity c join review r using (identity_id) where c.cluster = i.cluster)"
    ") insert into redecide (identity_id, reason) select identity_id, 'roster' from stale where identity_id is not "
    "null";

static enum ho_status finish(struct ho_run *run, struct ho_pg *pg, struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(run->arena);
    ho_pg_int(params, run->targets.after_seq);
    ho_pg_int(params, run->targets.seq);
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK) {
        ho_targets_queue_done(&run->targets, pg, run->messages, run->found.written);
        if (is_roster_newer(run)) {
            ho_pg_queue(pg, DECIDE_CHANGED, params, NULL);
            ho_pg_queue(pg, WAKE_MATCHER, NULL, NULL);
        }
        status = ho_pg_commit(pg, error);
    }
    if (status != HO_OK)
        ho_pg_rollback(pg);
    return status;
}

enum ho_status ho_run_step(struct ho_run *run, struct ho_pg *pg, bool *done, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    run->pg = pg;
    *done = false;
    ho_arena_reset(run->arena);
    switch (run->phase) {
    case TARGETS:
        status = ho_targets_read(&run->targets, pg, error);
        if (status == HO_OK && run->targets.read)
            run->phase = PLACES;
        break;
    case PLACES:
        status = find_places(run, pg, error);
        break;
    case RECORDS:
        status = read_records(run, pg, error);
        break;
    case ITEMS:
        status = read_items(run, pg, error);
        break;
    case END:
        status = finish(run, pg, error);
        *done = status == HO_OK;
        break;
    }
    return status;
}
