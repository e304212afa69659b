// What the consumer does next, one step after the other in the loop's thread: membership of the group, claims in
// PostgreSQL, batches. Three things can go wrong, and each has one answer:
//   the handler asks to come again     the same records, after a pause
//   PostgreSQL is lost                 connect, claim the lanes again, and go on from what it says; records stay held
//   the fence, the group or the place  leave the group and come back with nothing in hand
#include "consumer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "handoff/platform/log.h"

enum {
    TICK_MS = 1000,
    PAUSE_FIRST_MS = 100,
    PAUSE_MOST_MS = 5000,
    DEFAULT_SESSION_TIMEOUT_MS = 6000,
    DEFAULT_BATCH_RECORDS = 500,
    DEFAULT_BATCH_BYTES = 4 << 20,
};

enum claim { CLAIMED, CLAIM_NEW, CLAIM_AGAIN };

struct ho_consumer {
    struct ho_consumer_settings settings;
    char *brokers, *name, *topic, *instance;
    struct ho_offset_key key;
    struct ho_source *source; // NULL between two memberships
    struct ho_pg *pg;
    struct ho_arena *arena;
    int wake_fd;
    struct ho_watch *wake, *tick, *resume;
    struct ho_lane *lanes;
    size_t n_lanes, turn;
    enum claim claim;
    bool settling; // `assigned` is to be called before the next batch
    bool dead, ready;
    unsigned failures; // in a row, since a round without one
    unsigned rejoins;  // in a row, since a batch was committed
    int64_t resume_at_us;
    struct ho_metric *batches, *records, *gaps, *lost, *again, *fenced, *seconds;
};

// ---- Pauses and ends -------------------------------------------------------------------------------------

static bool paused(const struct ho_consumer *c)
{
    return ho_monotonic_us() < c->resume_at_us;
}

static void pause_for(struct ho_consumer *c, int64_t ms)
{
    c->resume_at_us = ho_monotonic_us() + ms * 1000;
    ho_watch_arm(c->resume, ms);
}

static int64_t pause_after(unsigned times)
{
    int64_t ms = (int64_t)PAUSE_FIRST_MS << (times < 10 ? times : 10);
    return ms < PAUSE_MOST_MS ? ms : PAUSE_MOST_MS;
}

// The first failure is answered at once, for most are over by then (a deadlock, a dead connection).
static void pause_for_failure(struct ho_consumer *c)
{
    pause_for(c, c->failures ? pause_after(c->failures - 1) : 0);
    c->failures++;
}

static void log_failure(const struct ho_consumer *c, const char *what, const struct ho_error *error)
{
    ho_log(HO_WARN, what, "consumer=%s topic=%s text=\"%s\"", c->name, c->topic, error->text);
}

static void fail(struct ho_consumer *c, const struct ho_error *error)
{
    c->dead = true;
    c->settings.failed(c->settings.context, error);
}

static void lanes_drop(struct ho_consumer *c)
{
    for (size_t i = 0; i < c->n_lanes; i++)
        ho_lane_cleanup(&c->lanes[i]);
    free(c->lanes);
    c->lanes = NULL;
    c->n_lanes = 0;
}

static void leave(struct ho_consumer *c)
{
    lanes_drop(c);
    ho_source_close(c->source);
    c->source = NULL;
    c->claim = CLAIM_AGAIN;
}

static void rejoin(struct ho_consumer *c, const char *why)
{
    ho_log(HO_WARN, "consumer leaves its group and comes back", "consumer=%s topic=%s text=\"%s\"", c->name, c->topic,
           why);
    leave(c);
    pause_for(c, pause_after(c->rejoins++));
}

static void tell_ready(struct ho_consumer *c)
{
    bool ready = !c->dead && c->source && ho_source_up(c->source) && c->claim == CLAIMED && ho_pg_connected(c->pg);
    if (ready == c->ready)
        return;
    c->ready = ready;
    if (c->settings.ready)
        c->settings.ready(c->settings.context, ready);
}

// ---- The group ---------------------------------------------------------------------------------------------

static struct ho_metric *lag_metric(const struct ho_consumer *c, int32_t partition)
{
    char labels[256];
    snprintf(labels, sizeof labels, "consumer=\"%s\",topic=\"%s\",partition=\"%d\"", c->name, c->topic, (int)partition);
    return ho_gauge("handoff_consumer_lag_records", "Offsets of the partition that are not handled yet.", labels);
}

static void on_assigned(void *context, const int32_t *partitions, size_t n)
{
    struct ho_consumer *c = context;
    lanes_drop(c);
    c->lanes = calloc(n + 1, sizeof *c->lanes);
    if (!c->lanes)
        abort();
    for (size_t i = 0; i < n; i++) {
        c->lanes[i].partition = partitions[i];
        c->lanes[i].lag = lag_metric(c, partitions[i]);
    }
    c->n_lanes = n;
    c->turn = 0;
    c->claim = CLAIM_NEW;
    ho_log(HO_INFO, "partitions assigned", "consumer=%s topic=%s partitions=%zu", c->name, c->topic, n);
}

static void on_revoked(void *context)
{
    struct ho_consumer *c = context;
    ho_log(HO_INFO, "partitions revoked", "consumer=%s topic=%s partitions=%zu", c->name, c->topic, c->n_lanes);
    lanes_drop(c);
    c->claim = c->claim == CLAIM_NEW ? CLAIM_AGAIN : c->claim;
}

static enum ho_status join(struct ho_consumer *c, struct ho_error *error)
{
    struct ho_source_settings settings = {
        .brokers = c->brokers,
        .group = c->name,
        .topic = c->topic,
        .instance = c->instance,
        .session_timeout_ms = c->settings.session_timeout_ms,
        .wake_fd = c->wake_fd,
        .assigned = on_assigned,
        .revoked = on_revoked,
        .context = c,
    };
    return ho_source_open(&settings, &c->source, error);
}

// False where there is no membership for the moment.
static bool serve_group(struct ho_consumer *c)
{
    struct ho_error error;
    if (!c->source && paused(c))
        return false;
    if (!c->source && join(c, &error)) {
        fail(c, &error);
        return false;
    }
    enum ho_status status = ho_source_serve(c->source, &error);
    if (status)
        rejoin(c, error.text);
    return !status;
}

// ---- Claims ------------------------------------------------------------------------------------------------

static struct ho_offset_row *row_of(struct ho_offset_row *rows, size_t n, int32_t partition)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].partition == partition)
            return &rows[i];
    return NULL;
}

static enum ho_status refuse(const struct ho_consumer *c, int32_t partition, const char *what, int64_t offset,
                             struct ho_error *error)
{
    return ho_fail(error, HO_FATAL,
                   "topic %s partition %d: %s (offset %lld, consumer %s). The topic was made anew or cut, or these are "
                   "other brokers. Nothing is skipped: point to the right brokers, or, to begin anew with what is "
                   "there now, delete this partition's rows in kafka_offset and ledger",
                   c->topic, (int)partition, what, (long long)offset, c->name);
}

// Takes a claimed row over into the lane. `position` is still the low watermark.
static enum ho_status settle_lane(struct ho_consumer *c, struct ho_lane *lane, const struct ho_offset_row *row,
                                  int64_t high, struct ho_source_place *start, struct ho_error *error)
{
    int64_t low = lane->position;
    if (row->next > high)
        return refuse(c, lane->partition, "it ends before what was handled", row->next, error);
    lane->epoch = row->epoch;
    lane->next = row->next;
    lane->mark = row->mark;
    lane->lost = low > row->next ? low - row->next : 0;
    lane->position = row->next + lane->lost;
    lane->verify = row->mark.known && row->mark.offset >= low;
    *start = (struct ho_source_place){lane->partition, lane->verify ? row->mark.offset : lane->position};
    if (row->first_sight)
        ho_log(HO_INFO, "partition seen for the first time", "consumer=%s topic=%s partition=%d start_offset=%lld",
               c->name, c->topic, (int)lane->partition, (long long)row->start);
    if (lane->lost)
        ho_log(HO_ERROR, "records lost: retention took them before they were read",
               "consumer=%s topic=%s partition=%d first_offset=%lld lost=%lld", c->name, c->topic, (int)lane->partition,
               (long long)row->next, (long long)lane->lost);
    return HO_OK;
}

static enum ho_status ask_watermarks(struct ho_consumer *c, int64_t *highs, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < c->n_lanes && !status; i++)
        status = ho_source_watermarks(c->source, c->lanes[i].partition, &c->lanes[i].position, &highs[i], error);
    return status;
}

static enum ho_status claim_new(struct ho_consumer *c, struct ho_error *error)
{
    int64_t *highs = ho_arena_array(c->arena, c->n_lanes, sizeof *highs);
    struct ho_source_place *starts = ho_arena_array(c->arena, c->n_lanes, sizeof *starts);
    struct ho_offset_row *rows;
    if (c->n_lanes == 0)
        return HO_OK;
    enum ho_status status = ask_watermarks(c, highs, error);
    if (!status)
        status = ho_offset_claim(c->pg, c->arena, &c->key, c->lanes, c->n_lanes, &rows, error);
    for (size_t i = 0; i < c->n_lanes && !status; i++)
        status =
            settle_lane(c, &c->lanes[i], row_of(rows, c->n_lanes, c->lanes[i].partition), highs[i], &starts[i], error);
    if (!status)
        status = ho_source_begin(c->source, starts, c->n_lanes, error);
    c->settling = true;
    return status;
}

static void finish_batch(struct ho_consumer *c, struct ho_lane *lane, const struct ho_batch *batch)
{
    ho_metric_add(c->batches, 1);
    ho_metric_add(c->records, (double)batch->n_records);
    ho_metric_add(c->gaps, (double)batch->gap);
    ho_metric_add(c->lost, (double)batch->lost);
    if (c->settings.committed)
        c->settings.committed(c->settings.context, batch);
    ho_lane_finish(lane);
    c->rejoins = 0;
}

// A batch whose commit had no answer is done or not done, by what the row says. False where the row was moved by
// another.
static bool lane_agrees(struct ho_consumer *c, struct ho_lane *lane, const struct ho_offset_row *row)
{
    lane->epoch = row->epoch;
    if (lane->unsure && row->next == lane->position) {
        struct ho_batch batch = ho_lane_batch(lane, c->topic, c->arena);
        finish_batch(c, lane, &batch);
    }
    lane->unsure = false;
    return row->next == lane->next;
}

static void fence_rejected(struct ho_consumer *c)
{
    ho_metric_add(c->fenced, 1);
    rejoin(c, "another owner has claimed a partition");
}

static enum ho_status claim_again(struct ho_consumer *c, struct ho_error *error)
{
    struct ho_offset_row *rows;
    size_t n_rows;
    if (c->n_lanes == 0)
        return HO_OK;
    enum ho_status status = ho_offset_reclaim(c->pg, c->arena, &c->key, c->lanes, c->n_lanes, &rows, &n_rows, error);
    if (status)
        return status;
    bool ours = n_rows == c->n_lanes;
    for (size_t i = 0; i < c->n_lanes && ours; i++) {
        const struct ho_offset_row *row = row_of(rows, n_rows, c->lanes[i].partition);
        ours = row && lane_agrees(c, &c->lanes[i], row);
    }
    if (!ours)
        fence_rejected(c);
    return HO_OK;
}

// True where all lanes are claimed and the database is there.
static bool claim_lanes(struct ho_consumer *c)
{
    struct ho_error error;
    if (c->claim == CLAIMED)
        return true;
    ho_arena_reset(c->arena);
    enum claim wanted = c->claim;
    enum ho_status status = ho_pg_connect(c->pg, &error);
    if (!status)
        status = wanted == CLAIM_NEW ? claim_new(c, &error) : claim_again(c, &error);
    if (status == HO_RETRY) {
        log_failure(c, "partitions not claimed yet", &error);
        pause_for_failure(c);
    } else if (status) {
        fail(c, &error);
    } else if (c->source) {
        c->claim = CLAIMED;
    }
    return c->claim == CLAIMED;
}

// ---- Batches -------------------------------------------------------------------------------------------------

// The batch, the offset and the commit in one transaction. *moved is false where the fence refused.
static enum ho_status run_batch(struct ho_consumer *c, struct ho_lane *lane, const struct ho_batch *batch, bool *moved,
                                struct ho_error *error)
{
    *moved = true;
    enum ho_status status = ho_pg_begin(c->pg, error);
    if (!status)
        status = c->settings.handle(c->settings.context, c->pg, c->arena, batch, error);
    if (!status)
        status = ho_offset_move(c->pg, c->arena, &c->key, lane, moved, error);
    if (!status && *moved) {
        lane->unsure = true;
        status = ho_pg_commit(c->pg, error);
        lane->unsure = status == HO_RETRY && !ho_pg_connected(c->pg);
    }
    if (status || !*moved)
        ho_pg_rollback(c->pg);
    return status;
}

static void take_failure(struct ho_consumer *c, enum ho_status status, const char *what, const struct ho_error *error)
{
    if (status != HO_RETRY) {
        fail(c, error);
        return;
    }
    ho_metric_add(c->again, 1);
    log_failure(c, what, error);
    if (!ho_pg_connected(c->pg))
        c->claim = CLAIM_AGAIN;
    pause_for_failure(c);
}

static void handle_batch(struct ho_consumer *c, struct ho_lane *lane)
{
    struct ho_error error = {""};
    bool moved;
    int64_t begun_us = ho_monotonic_us();
    ho_arena_reset(c->arena);
    struct ho_batch batch = ho_lane_batch(lane, c->topic, c->arena);
    enum ho_status status = run_batch(c, lane, &batch, &moved, &error);
    if (status)
        take_failure(c, status, "batch rolled back", &error);
    else if (!moved)
        fence_rejected(c);
    else
        finish_batch(c, lane, &batch);
    ho_metric_observe(c->seconds, (double)(ho_monotonic_us() - begun_us) / 1e6);
}

static void handle_lane(struct ho_consumer *c, struct ho_lane *lane)
{
    struct ho_error error;
    switch (ho_lane_fill(lane, c->source, c->settings.max_batch_records, c->settings.max_batch_bytes)) {
    case HO_LANE_READY:
        handle_batch(c, lane);
        break;
    case HO_LANE_EMPTY:
        break;
    case HO_LANE_GONE:
        rejoin(c, "the offset to read from is not there any more");
        break;
    case HO_LANE_CHANGED:
        refuse(c, lane->partition, "the record before the next one is not the one that was handled", lane->mark.offset,
               &error);
        fail(c, &error);
        break;
    }
}

static bool may_handle(const struct ho_consumer *c)
{
    return !c->dead && c->source && c->claim == CLAIMED && !paused(c);
}

static bool settle(struct ho_consumer *c)
{
    struct ho_error error = {""};
    if (c->settling && c->settings.assigned) {
        enum ho_status status = c->settings.assigned(c->settings.context, c->pg, &error);
        if (status) {
            take_failure(c, status, "not ready for new partitions yet", &error);
            return false;
        }
    }
    c->settling = false;
    return true;
}

// One batch a lane, beginning with another lane each time; then the loop's other work has its turn.
static void handle_lanes(struct ho_consumer *c)
{
    bool more = false;
    unsigned failures = c->failures;
    size_t n = c->n_lanes, first = c->turn++;
    for (size_t i = 0; i < n && may_handle(c); i++) {
        struct ho_lane *lane = &c->lanes[(first + i) % n];
        handle_lane(c, lane);
        more |= may_handle(c) && lane->more;
    }
    if (more)
        ho_kafka_wake_set(c->wake_fd);
    if (c->failures == failures)
        c->failures = 0;
}

// ---- The loop's calls ------------------------------------------------------------------------------------------

static void work(struct ho_consumer *c)
{
    ho_kafka_wake_take(c->wake_fd);
    if (!c->dead && serve_group(c) && !paused(c) && claim_lanes(c) && settle(c))
        handle_lanes(c);
    tell_ready(c);
}

static void on_wake(void *context, int events)
{
    (void)events;
    work(context);
}

static void on_resume(void *context)
{
    work(context);
}

// A connection that the server has closed is noticed without a batch.
static void check_database(struct ho_consumer *c)
{
    char channel[64];
    while (ho_pg_next_notification(c->pg, channel, sizeof channel))
        ;
    if (c->claim == CLAIMED && !ho_pg_connected(c->pg))
        c->claim = CLAIM_AGAIN;
}

static void show_lag(struct ho_consumer *c)
{
    for (size_t i = 0; i < c->n_lanes; i++) {
        struct ho_lane *lane = &c->lanes[i];
        int64_t end = ho_source_known_end(c->source, lane->partition);
        ho_metric_set(lane->lag, end > lane->next ? (double)(end - lane->next) : 0);
    }
}

static void tell_progress(struct ho_consumer *c)
{
    ho_arena_reset(c->arena);
    struct ho_source_place *places = ho_arena_array(c->arena, c->n_lanes, sizeof *places);
    size_t n = 0;
    for (size_t i = 0; i < c->n_lanes; i++)
        if (c->lanes[i].untold)
            places[n++] = (struct ho_source_place){c->lanes[i].partition, c->lanes[i].next};
    if (!ho_source_tell(c->source, places, n))
        return;
    for (size_t i = 0; i < c->n_lanes; i++)
        c->lanes[i].untold = false;
}

static void on_tick(void *context)
{
    struct ho_consumer *c = context;
    check_database(c);
    work(c);
    if (!c->source || c->claim != CLAIMED)
        return;
    show_lag(c);
    tell_progress(c);
}

// ---- Making ----------------------------------------------------------------------------------------------------

static char *copied(const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        abort();
    return copy;
}

static void metrics_make(struct ho_consumer *c)
{
    char labels[256];
    snprintf(labels, sizeof labels, "consumer=\"%s\",topic=\"%s\"", c->name, c->topic);
    c->batches = ho_counter("handoff_consumer_batches_total", "Batches committed.", labels);
    c->records = ho_counter("handoff_consumer_records_total", "Records of committed batches.", labels);
    c->gaps = ho_counter("handoff_consumer_gap_offsets_total", "Offsets passed that hold no record.", labels);
    c->lost =
        ho_counter("handoff_consumer_lost_offsets_total", "Offsets that retention took before they were read.", labels);
    c->again = ho_counter("handoff_consumer_retries_total", "Batches rolled back to be tried again.", labels);
    c->fenced = ho_counter("handoff_consumer_fence_rejections_total",
                           "Batches and claims refused because another owner had claimed the partition.", labels);
    c->seconds = ho_histogram("handoff_consumer_batch_seconds", "From a batch's begin to its commit.", labels);
}

static void settings_take(struct ho_consumer *c, const struct ho_consumer_settings *settings)
{
    c->settings = *settings;
    c->brokers = copied(settings->brokers);
    c->name = copied(settings->consumer);
    c->topic = copied(settings->topic);
    c->instance = copied(settings->instance ? settings->instance : "");
    c->key = (struct ho_offset_key){c->name, c->topic};
    if (!c->settings.session_timeout_ms)
        c->settings.session_timeout_ms = DEFAULT_SESSION_TIMEOUT_MS;
    if (!c->settings.max_batch_records)
        c->settings.max_batch_records = DEFAULT_BATCH_RECORDS;
    if (!c->settings.max_batch_bytes)
        c->settings.max_batch_bytes = DEFAULT_BATCH_BYTES;
}

enum ho_status ho_consumer_new(struct ho_loop *loop, const struct ho_consumer_settings *settings,
                               struct ho_consumer **out, struct ho_error *error)
{
    struct ho_consumer *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    settings_take(c, settings);
    metrics_make(c);
    c->pg = ho_pg_new(settings->database_url, c->name);
    ho_pg_by_key(c->pg);
    c->arena = ho_arena_new(0);
    c->claim = CLAIM_AGAIN;
    c->wake_fd = ho_kafka_wake_new();
    c->wake = ho_loop_fd(loop, c->wake_fd, HO_READABLE, on_wake, c);
    c->tick = ho_loop_timer(loop, 0, TICK_MS, on_tick, c);
    c->resume = ho_loop_timer(loop, 0, 0, on_resume, c);
    enum ho_status status = join(c, error);
    if (status)
        ho_consumer_free(c);
    else
        *out = c;
    return status;
}

void ho_consumer_free(struct ho_consumer *c)
{
    if (!c)
        return;
    leave(c);
    ho_watch_free(c->wake);
    ho_watch_free(c->tick);
    ho_watch_free(c->resume);
    close(c->wake_fd);
    ho_pg_free(c->pg);
    ho_arena_free(c->arena);
    free(c->brokers);
    free(c->name);
    free(c->topic);
    free(c->instance);
    free(c);
}
