// The consumer against a real broker and a real PostgreSQL: whatever happens, each record is handled once.
//
// The handler writes one row a record into a table without keys, so that a record handled twice shows as two rows.
#include "handoff/platform/kafka.h"

#include "broker.h"
#include "proxy.h"
#include "servers.h"

#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_MS = 40000, LOOK_MS = 2, MAX_PARTITIONS = 8 };

struct fixture;

// A consumer with what its callbacks were told.
struct owner {
    struct fixture *f;
    const char *name;
    struct ho_consumer *consumer;
    enum ho_status (*before)(struct owner *owner, const struct ho_batch *batch); // faults; NULL none
    int calls, assigned, committed_batches;
    int64_t records, gap, lost, most_in_a_batch, committed_us;
    bool ready, failed;
    struct ho_pg *pg; // the consumer's, in the handler
    struct ho_error error;
};

struct step {
    bool (*until)(struct fixture *f);
    void (*then)(struct fixture *f); // may be NULL
};

struct fixture {
    struct ho_loop *loop;
    struct ho_watch *look;
    int64_t deadline_us;
    const struct step *step;
    bool timed_out;
    struct ho_arena *arena;
    struct ho_pg *pg;
    struct ho_test_proxy *proxy;
    const char *topic, *group, *url;
    struct owner a, b;
    struct ho_error error;
    int64_t expected; // rows in `seen`
    pid_t child;
};

static const char *url;

// ---- The consumer under test -------------------------------------------------------------------------------

static enum ho_status write_seen(struct owner *owner, struct ho_pg *pg, struct ho_arena *arena,
                                 const struct ho_batch *batch)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    struct ho_pg_array *offsets = ho_pg_array_new(arena, HO_PG_INT8), *values = ho_pg_array_new(arena, HO_PG_BYTEA);
    for (size_t i = 0; i < batch->n_records; i++) {
        ho_pg_push_int(offsets, batch->records[i].offset);
        ho_pg_push_bytes(values, batch->records[i].value);
    }
    ho_pg_int(params, batch->partition);
    ho_pg_text(params, owner->name);
    ho_pg_param_array(params, offsets);
    ho_pg_param_array(params, values);
    ho_pg_queue(pg, "insert into seen (partition, owner, position, value) select $1, $2, * from unnest($3, $4)", params,
                NULL);
    return HO_OK;
}

static enum ho_status handle(void *context, struct ho_pg *pg, struct ho_arena *arena, const struct ho_batch *batch,
                             struct ho_error *error)
{
    struct owner *owner = context;
    owner->pg = pg;
    owner->calls++;
    if ((int64_t)batch->n_records > owner->most_in_a_batch)
        owner->most_in_a_batch = (int64_t)batch->n_records;
    enum ho_status status = write_seen(owner, pg, arena, batch);
    if (!status && owner->before)
        status = owner->before(owner, batch);
    return status ? ho_fail(error, status, "the test's fault") : HO_OK;
}

static void on_committed(void *context, const struct ho_batch *batch)
{
    struct owner *owner = context;
    owner->committed_batches++;
    owner->committed_us = ho_monotonic_us();
    owner->records += (int64_t)batch->n_records;
    owner->gap += batch->gap;
    owner->lost += batch->lost;
    assert_int_equal(batch->next_offset - batch->first_offset, (int64_t)batch->n_records + batch->gap + batch->lost);
}

static enum ho_status on_assigned(void *context, struct ho_pg *pg, struct ho_error *error)
{
    struct owner *owner = context;
    assert_int_equal(owner->committed_batches, 0);
    assert_true(ho_pg_connected(pg));
    return owner->assigned++ ? HO_OK : ho_fail(error, HO_RETRY, "not yet");
}

static void on_failed(void *context, const struct ho_error *error)
{
    struct owner *owner = context;
    owner->failed = true;
    owner->error = *error;
}

static void on_ready(void *context, bool ready)
{
    struct owner *owner = context;
    owner->ready = ready;
}

static struct ho_consumer_settings settings_of(struct owner *owner)
{
    return (struct ho_consumer_settings){
        .brokers = ho_test_brokers(),
        .consumer = owner->f->group,
        .topic = owner->f->topic,
        .instance = "",
        .database_url = owner->f->url,
        .handle = handle,
        .committed = on_committed,
        .failed = on_failed,
        .ready = on_ready,
        .context = owner,
    };
}

static void start_with(struct owner *owner, const struct ho_consumer_settings *settings)
{
    if (ho_consumer_new(owner->f->loop, settings, &owner->consumer, &owner->error))
        fail_msg("%s", owner->error.text);
}

static void start(struct owner *owner)
{
    struct ho_consumer_settings settings = settings_of(owner);
    start_with(owner, &settings);
}

static void stop(struct owner *owner)
{
    ho_consumer_free(owner->consumer);
    owner->consumer = NULL;
}

static double fence_rejections(const struct fixture *f)
{
    char labels[256];
    snprintf(labels, sizeof labels, "consumer=\"%s\",topic=\"%s\"", f->group, f->topic);
    return ho_metric_value(ho_counter("handoff_consumer_fence_rejections_total", "", labels));
}

// ---- Steps: wait for something, then do something ------------------------------------------------------------

static void look(void *context)
{
    struct fixture *f = context;
    f->timed_out = ho_monotonic_us() > f->deadline_us;
    while (!f->timed_out && f->step->until && f->step->until(f)) {
        if (f->step->then)
            f->step->then(f);
        f->step++;
    }
    if (f->timed_out || !f->step->until)
        ho_loop_stop(f->loop);
}

static void run(struct fixture *f, const struct step *steps)
{
    f->step = steps;
    f->deadline_us = ho_monotonic_us() + INT64_C(1000) * DEADLINE_MS;
    f->look = ho_loop_timer(f->loop, 0, LOOK_MS, look, f);
    ho_loop_run(f->loop);
    ho_watch_free(f->look);
    if (f->timed_out)
        fail_msg("step %zu did not come in time (%s%s)", (size_t)(f->step - steps), f->a.error.text, f->b.error.text);
}

static int64_t rows_seen(struct fixture *f)
{
    return ho_test_number(f->pg, "select count(*) from seen");
}

static bool all_seen(struct fixture *f)
{
    return rows_seen(f) >= f->expected;
}

static bool a_failed(struct fixture *f)
{
    return f->a.failed;
}

static bool a_is_ready(struct fixture *f)
{
    return f->a.ready;
}

static bool a_is_idle_and_ready(struct fixture *f)
{
    return f->a.ready && all_seen(f);
}

// The rows of kafka_offset stand at the ends of their partitions.
static bool all_read(struct fixture *f)
{
    struct ho_partition_range *ranges;
    size_t n;
    int64_t ends = 0;
    if (ho_kafka_watermarks(f->arena, ho_test_brokers(), f->topic, &ranges, &n, &f->error))
        fail_msg("%s", f->error.text);
    for (size_t i = 0; i < n; i++)
        ends += ranges[i].high;
    return ho_test_number(f->pg, "select coalesce(sum(next_offset), 0)::int8 from kafka_offset") == ends;
}

static void assert_each_once(struct fixture *f)
{
    assert_int_equal(rows_seen(f), f->expected);
    assert_int_equal(ho_test_number(f->pg, "select count(distinct (partition, position)) from seen"), f->expected);
}

// ---- Fixture ---------------------------------------------------------------------------------------------------

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->loop = ho_loop_new();
    f->arena = ho_arena_new(0);
    f->pg = ho_test_connect("consumer_test");
    ho_test_sql(f->pg, "truncate kafka_offset; drop table if exists seen, note; create table note (word text); "
                       "create table seen (id bigint generated always as identity, partition int, owner text, "
                       "position bigint, value bytea)");
    f->topic = ho_test_topic(f->arena, 1);
    f->group = f->topic;
    f->url = url;
    f->a = (struct owner){.f = f, .name = "a"};
    f->b = (struct owner){.f = f, .name = "b"};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    stop(&f->a);
    stop(&f->b);
    ho_test_proxy_free(f->proxy);
    ho_pg_free(f->pg);
    ho_loop_free(f->loop);
    ho_arena_free(f->arena);
    free(f);
    return 0;
}

static void expect_records(struct fixture *f, int32_t partition, int n)
{
    ho_test_produce_many(f->topic, partition, "v", n);
    f->expected += n;
}

static void expect_one_more(struct fixture *f)
{
    expect_records(f, 0, 1);
}

// ---- In peace ----------------------------------------------------------------------------------------------------

static void every_record_is_handled_once_and_in_order(void **state)
{
    struct fixture *f = *state;
    f->topic = ho_test_topic(f->arena, 3);
    for (int32_t partition = 0; partition < 3; partition++)
        expect_records(f, partition, 2000);
    start(&f->a);
    run(f, (const struct step[]){{all_seen, NULL}, {all_read, NULL}, {a_is_ready, NULL}, {NULL, NULL}});
    assert_each_once(f);
    assert_int_equal(f->a.records, 6000);
    assert_int_equal(f->a.gap + f->a.lost, 0);
    assert_true(f->a.most_in_a_batch <= 500);
    assert_int_equal(ho_test_number(f->pg, "select count(*) from (select position, lag(position) over (partition by "
                                           "partition order by id) before from seen) s where position <> before + 1"),
                     0);
}

static enum ho_status check_record(struct owner *owner, const struct ho_batch *batch)
{
    for (size_t i = 0; i < batch->n_records; i++) {
        const struct ho_kafka_record *r = &batch->records[i];
        assert_string_equal(r->topic, owner->f->topic);
        assert_true(ho_bytes_is(r->key, "key") && ho_bytes_is(r->value, "value"));
        assert_true(ho_bytes_is(ho_kafka_header(r, "ce_type"), "org.hl7.v2.adt"));
        assert_true(r->timestamp_ms > 0);
    }
    return HO_OK;
}

static void delivered(void *context, const struct ho_report *report)
{
    (void)context;
    assert_null(report->error_text);
}

static struct ho_producer *producer_new(struct fixture *f)
{
    struct ho_producer_settings settings = {
        .brokers = ho_test_brokers(), .client_id = "t", .delivery_timeout_ms = 20000, .max_message_bytes = 1000000};
    struct ho_producer *producer;
    if (ho_producer_new(f->loop, &settings, &producer, &f->error))
        fail_msg("%s", f->error.text);
    return producer;
}

static void send_one(struct fixture *f, struct ho_producer *producer)
{
    const struct ho_kafka_header header = {"ce_type", HO_BYTES_LITERAL("org.hl7.v2.adt")};
    struct ho_kafka_record record = {.topic = f->topic,
                                     .key = HO_BYTES_LITERAL("key"),
                                     .value = HO_BYTES_LITERAL("value"),
                                     .headers = &header,
                                     .n_headers = 1};
    if (ho_producer_send(producer, &record, delivered, NULL, &f->error))
        fail_msg("%s", f->error.text);
    f->expected++;
}

static void records_come_with_key_headers_and_time(void **state)
{
    struct fixture *f = *state;
    struct ho_producer *producer = producer_new(f);
    send_one(f, producer);
    f->a.before = check_record;
    start(&f->a);
    run(f, (const struct step[]){{all_seen, NULL}, {NULL, NULL}});
    ho_producer_free(producer);
}

static struct ho_producer *lone_producer;
static int64_t lone_sent_us, lone_total_us, lone_worst_us;
static int lone_slow;

static bool lone_is_handled(struct fixture *f)
{
    return f->a.records == f->expected;
}

static void send_lone(struct fixture *f)
{
    lone_sent_us = ho_monotonic_us();
    send_one(f, lone_producer);
}

static void time_lone_and_send_next(struct fixture *f)
{
    int64_t us = f->a.committed_us - lone_sent_us;
    lone_total_us += us;
    lone_slow += us > 200000;
    if (us > lone_worst_us)
        lone_worst_us = us;
    send_lone(f);
}

// Not by the tick nor by the end of a fetch's wait: those would take most of a second each time. A busy machine may be
// slow with some of them.
static void a_lone_record_is_handled_at_once(void **state)
{
    struct fixture *f = *state;
    struct step steps[24] = {{a_is_ready, send_lone}, {lone_is_handled, send_lone}};
    for (size_t i = 2; i < 22; i++)
        steps[i] = (struct step){lone_is_handled, time_lone_and_send_next};
    steps[22].until = lone_is_handled;
    lone_total_us = lone_worst_us = lone_slow = 0;
    lone_producer = producer_new(f);
    start(&f->a);
    run(f, steps);
    print_message("a lone record, from its sending to its commit: %lld us on average, %lld us at worst\n",
                  (long long)lone_total_us / 20, (long long)lone_worst_us);
    assert_true(lone_slow < 5);
    ho_producer_free(lone_producer);
}

static void first_sight_starts_at_the_low_watermark(void **state)
{
    struct fixture *f = *state;
    ho_test_produce_many(f->topic, 0, "old", 10);
    ho_test_records_delete(f->topic, 0, 4);
    f->expected = 6;
    start(&f->a);
    run(f, (const struct step[]){{all_seen, NULL}, {NULL, NULL}});
    assert_each_once(f);
    assert_int_equal(ho_test_number(f->pg, "select start_offset from kafka_offset"), 4);
    assert_int_equal(f->a.lost, 0);
}

static void stop_a_and_produce(struct fixture *f)
{
    stop(&f->a);
    expect_records(f, 0, 10);
    start(&f->b);
}

static void a_restart_continues_where_it_stopped(void **state)
{
    struct fixture *f = *state;
    expect_records(f, 0, 10);
    start(&f->a);
    run(f, (const struct step[]){{all_seen, stop_a_and_produce}, {all_seen, NULL}, {NULL, NULL}});
    assert_each_once(f);
    assert_int_equal(f->a.records, 10);
    assert_int_equal(f->b.records, 10);
    assert_int_equal(ho_test_number(f->pg, "select epoch from kafka_offset"), 2);
}

static bool kafka_was_told(struct fixture *f)
{
    struct ho_partition_range *told;
    size_t n;
    if (ho_kafka_statement_read(f->arena, ho_test_brokers(), f->group, f->topic, &told, &n, &f->error))
        fail_msg("%s", f->error.text);
    return n == 1 && told[0].high == 10;
}

static void kafka_is_told_where_the_consumer_stands(void **state)
{
    struct fixture *f = *state;
    expect_records(f, 0, 10);
    start(&f->a);
    run(f, (const struct step[]){{all_seen, NULL}, {kafka_was_told, NULL}, {NULL, NULL}});
}

static void start_static(struct owner *owner)
{
    struct ho_consumer_settings settings = settings_of(owner);
    settings.instance = "1";
    start_with(owner, &settings);
}

static void restart_static_and_produce(struct fixture *f)
{
    stop(&f->a);
    expect_records(f, 0, 10);
    start_static(&f->b);
}

static void a_static_member_has_its_partition_again_after_a_restart(void **state)
{
    struct fixture *f = *state;
    expect_records(f, 0, 10);
    start_static(&f->a);
    run(f, (const struct step[]){{all_seen, restart_static_and_produce}, {all_seen, NULL}, {NULL, NULL}});
    assert_each_once(f);
    assert_int_equal(f->b.records, 10);
}

static void new_partitions_are_told_before_their_first_batch(void **state)
{
    struct fixture *f = *state;
    expect_records(f, 0, 3);
    struct ho_consumer_settings settings = settings_of(&f->a);
    settings.assigned = on_assigned;
    start_with(&f->a, &settings);
    run(f, (const struct step[]){{all_seen, NULL}, {NULL, NULL}});
    assert_int_equal(f->a.assigned, 2); // the first asked to come again
    assert_each_once(f);
}

static void restart_as_b_and_produce(struct fixture *f)
{
    assert_int_equal(ho_test_number(f->pg, "select next_offset from kafka_offset"), 10);
    stop_a_and_produce(f);
}

static void offsets_without_records_are_counted_as_gaps(void **state)
{
    struct fixture *f = *state;
    ho_test_produce_transaction(f->topic, 0, "committed", 3, true); // 3 records and a control record
    ho_test_produce_transaction(f->topic, 0, "aborted", 2, false);  // nothing but gaps: 3
    expect_records(f, 0, 1);
    ho_test_produce_transaction(f->topic, 0, "committed", 1, true); // ends with a gap
    f->expected = 5;
    start(&f->a);
    // The record before next_offset then lies two offsets before it, and is found again at the restart.
    run(f,
        (const struct step[]){{all_seen, NULL}, {all_read, restart_as_b_and_produce}, {all_seen, NULL}, {NULL, NULL}});
    assert_each_once(f);
    assert_int_equal(f->a.gap, 5);
    assert_int_equal(f->b.records, 10);
}

// ---- Faults ------------------------------------------------------------------------------------------------------

static enum ho_status retry_three_times(struct owner *owner, const struct ho_batch *batch)
{
    (void)batch;
    return owner->calls <= 3 ? HO_RETRY : HO_OK;
}

static void a_handler_that_asks_to_come_again_doubles_nothing(void **state)
{
    struct fixture *f = *state;
    expect_records(f, 0, 20);
    f->a.before = retry_three_times;
    start(&f->a);
    run(f, (const struct step[]){{all_seen, NULL}, {NULL, NULL}});
    assert_each_once(f);
    assert_int_equal(f->a.records, 20);
}

static enum ho_status end_service(struct owner *owner, const struct ho_batch *batch)
{
    (void)owner;
    (void)batch;
    return HO_FATAL;
}

static void a_fatal_handler_ends_the_service_and_commits_nothing(void **state)
{
    struct fixture *f = *state;
    ho_test_produce_many(f->topic, 0, "v", 1);
    f->a.before = end_service;
    start(&f->a);
    run(f, (const struct step[]){{a_failed, NULL}, {NULL, NULL}});
    assert_string_equal(f->a.error.text, "the test's fault");
    assert_each_once(f);
    assert_int_equal(ho_test_number(f->pg, "select next_offset from kafka_offset"), 0);
}

static enum ho_status kill_own_backend_twice(struct owner *owner, const struct ho_batch *batch)
{
    (void)batch;
    struct ho_error error;
    if (owner->calls > 2)
        return HO_OK;
    if (ho_pg_flush(owner->pg, &error)) // the rows are written, not committed
        fail_msg("%s", error.text);
    assert_int_equal(
        ho_test_number(owner->f->pg,
                       "select count(pg_terminate_backend(pid, 10000)) from "
                       "pg_stat_activity where state = 'idle in transaction' and datname = current_database()"),
        1);
    return HO_OK;
}

static void a_connection_lost_before_the_commit_doubles_nothing(void **state)
{
    struct fixture *f = *state;
    expect_records(f, 0, 20);
    f->a.before = kill_own_backend_twice;
    start(&f->a);
    run(f, (const struct step[]){{all_seen, NULL}, {NULL, NULL}});
    assert_each_once(f);
    assert_int_equal(f->a.calls, 3);
    assert_int_equal(fence_rejections(f), 0);
}

static void through_proxy(struct fixture *f)
{
    f->proxy = ho_test_proxy_new(url);
    f->url = ho_test_proxy_url(f->proxy);
}

static enum ho_status cut_first_commit(struct owner *owner, const struct ho_batch *batch)
{
    (void)batch;
    if (owner->calls == 1)
        ho_test_proxy_cut_at_commit(owner->f->proxy);
    return HO_OK;
}

static bool has_cut_and_committed(struct fixture *f)
{
    return ho_test_proxy_has_cut(f->proxy) && f->a.records == f->expected;
}

static void a_commit_whose_answer_is_lost_is_neither_doubled_nor_missed(void **state)
{
    struct fixture *f = *state;
    through_proxy(f);
    ho_test_proxy_listen(f->proxy);
    expect_records(f, 0, 20);
    f->a.before = cut_first_commit;
    start(&f->a);
    run(f,
        (const struct step[]){{has_cut_and_committed, expect_one_more}, {has_cut_and_committed, NULL}, {NULL, NULL}});
    assert_each_once(f);
    assert_int_equal(fence_rejections(f), 0);
}

static bool a_second_passed(struct fixture *f)
{
    return ho_monotonic_us() > f->deadline_us - INT64_C(1000) * (DEADLINE_MS - 1500);
}

static void listen_now(struct fixture *f)
{
    assert_false(f->a.ready);
    ho_test_proxy_listen(f->proxy);
}

static void postgresql_away_at_assignment_is_waited_for(void **state)
{
    struct fixture *f = *state;
    through_proxy(f);
    expect_records(f, 0, 20);
    start(&f->a);
    run(f, (const struct step[]){{a_second_passed, listen_now}, {a_is_idle_and_ready, NULL}, {NULL, NULL}});
    assert_each_once(f);
}

static void raise_epoch_and_produce(struct fixture *f)
{
    ho_test_sql(f->pg, "update kafka_offset set epoch = epoch + 1");
    expect_records(f, 0, 10);
}

static void an_owner_whose_epoch_is_over_writes_nothing_and_comes_back(void **state)
{
    struct fixture *f = *state;
    expect_records(f, 0, 10);
    start(&f->a);
    run(f, (const struct step[]){{all_seen, raise_epoch_and_produce}, {all_seen, NULL}, {NULL, NULL}});
    assert_each_once(f);
    assert_int_equal(fence_rejections(f), 1);
}

static void move_offset_and_produce(struct fixture *f)
{
    ho_test_sql(f->pg, "update kafka_offset set next_offset = next_offset + 1, last_hash = null");
    ho_test_produce_many(f->topic, 0, "v", 10);
    f->expected += 9; // the first of them is held to be done
}

static void an_offset_that_was_moved_is_taken_from_postgresql(void **state)
{
    struct fixture *f = *state;
    expect_records(f, 0, 10);
    start(&f->a);
    run(f, (const struct step[]){{all_seen, move_offset_and_produce}, {all_seen, NULL}, {NULL, NULL}});
    assert_each_once(f);
    assert_int_equal(fence_rejections(f), 1);
}

// ---- Two owners --------------------------------------------------------------------------------------------------

static bool both_own(struct fixture *f)
{
    return f->a.ready && f->b.ready && ho_test_number(f->pg, "select min(epoch) from kafka_offset") >= 2;
}

static void produce_to_all(struct fixture *f)
{
    for (int32_t partition = 0; partition < 4; partition++)
        expect_records(f, partition, 300);
}

static void stop_b_and_produce(struct fixture *f)
{
    stop(&f->b);
    produce_to_all(f);
}

static void start_b_and_produce(struct fixture *f)
{
    start(&f->b);
    produce_to_all(f);
}

static void owners_that_come_and_go_share_the_partitions(void **state)
{
    struct fixture *f = *state;
    f->topic = ho_test_topic(f->arena, 4);
    produce_to_all(f);
    start(&f->a);
    run(f, (const struct step[]){{all_seen, start_b_and_produce},
                                 {all_seen, NULL},
                                 {both_own, produce_to_all},
                                 {all_seen, stop_b_and_produce},
                                 {all_seen, NULL},
                                 {NULL, NULL}});
    assert_each_once(f);
    assert_true(f->b.records >= 600);
}

// The child stops itself within a transaction, with its rows written, when it meets this record.
static enum ho_status stop_at_mark(struct owner *owner, const struct ho_batch *batch)
{
    struct ho_error error;
    for (size_t i = 0; i < batch->n_records; i++)
        if (ho_bytes_is(batch->records[i].value, "stop here") && ho_pg_flush(owner->pg, &error) == HO_OK)
            raise(SIGSTOP);
    return HO_OK;
}

static void note_fence(void *context)
{
    struct fixture *f = context;
    if (fence_rejections(f) > 0)
        ho_test_sql(f->pg, "insert into note select 'fenced' where not exists (select from note)");
}

__attribute__((noreturn)) static void live_as_child(struct fixture *f)
{
    f->loop = ho_loop_new();
    f->pg = ho_test_connect("consumer_test child");
    f->a.name = "child";
    f->a.before = stop_at_mark;
    start(&f->a);
    ho_loop_timer(f->loop, 0, 10, note_fence, f);
    ho_loop_run(f->loop);
    _exit(0);
}

static void wake_child(struct fixture *f)
{
    assert_int_equal(kill(f->child, SIGCONT), 0);
}

static bool child_was_fenced(struct fixture *f)
{
    return ho_test_number(f->pg, "select count(*) from note") > 0;
}

// A consumer is stopped in the middle of a batch for longer than its session; the group gives its partition to
// another, which handles the batch; then the first goes on where it stood.
static void of_two_live_owners_one_wins_and_nothing_is_doubled(void **state)
{
    struct fixture *f = *state;
    int status;
    expect_records(f, 0, 5);
    ho_test_produce(f->topic, 0, "k", "stop here");
    f->expected++;
    f->child = fork();
    if (f->child == 0)
        live_as_child(f);
    assert_int_equal(waitpid(f->child, &status, WUNTRACED), f->child);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(rows_seen(f), 0);
    start(&f->a);
    run(f, (const struct step[]){
               {all_seen, wake_child}, {child_was_fenced, expect_one_more}, {all_seen, NULL}, {NULL, NULL}});
    assert_each_once(f);
    kill(f->child, SIGKILL);
    waitpid(f->child, &status, 0);
}

// ---- Topics that are not what they were ----------------------------------------------------------------------------

// Handles ten records, stops, changes the topic and starts again; the second start has to fail.
static void assert_refused_after(struct fixture *f, void (*change)(struct fixture *f))
{
    expect_records(f, 0, 10);
    start(&f->a);
    run(f, (const struct step[]){{all_seen, change}, {a_failed, NULL}, {NULL, NULL}});
    assert_non_null(strstr(f->a.error.text, "made anew"));
    assert_each_once(f);
    assert_int_equal(ho_test_number(f->pg, "select next_offset from kafka_offset"), 10);
}

static void make_anew(struct fixture *f, int records)
{
    stop(&f->a);
    ho_test_topic_delete(f->topic);
    struct ho_topic_spec spec = {.name = f->topic, .partitions = 1};
    const char *report;
    if (ho_kafka_topics_apply(f->arena, ho_test_brokers(), &spec, 1, &report, &f->error))
        fail_msg("%s", f->error.text);
    ho_test_produce_many(f->topic, 0, "other", records);
    start(&f->a);
}

static void make_anew_longer(struct fixture *f)
{
    make_anew(f, 20);
}

static void make_anew_equally_long(struct fixture *f)
{
    make_anew(f, 10);
}

static void make_anew_shorter(struct fixture *f)
{
    make_anew(f, 3);
}

static void a_topic_made_anew_that_is_longer_is_refused(void **state)
{
    assert_refused_after(*state, make_anew_longer);
}

static void a_topic_made_anew_that_is_as_long_is_refused(void **state)
{
    assert_refused_after(*state, make_anew_equally_long);
}

static void a_topic_made_anew_that_is_shorter_is_refused(void **state)
{
    assert_refused_after(*state, make_anew_shorter);
}

static void lose_and_restart(struct fixture *f)
{
    stop(&f->a);
    ho_test_produce_many(f->topic, 0, "w", 10);
    ho_test_records_delete(f->topic, 0, 17);
    f->expected += 3;
    start(&f->b);
}

static bool b_has_all(struct fixture *f)
{
    return all_seen(f) && f->b.committed_batches > 0;
}

static void records_that_retention_took_are_counted_as_lost(void **state)
{
    struct fixture *f = *state;
    expect_records(f, 0, 10);
    start(&f->a);
    run(f, (const struct step[]){{all_seen, lose_and_restart}, {b_has_all, NULL}, {NULL, NULL}});
    assert_each_once(f);
    assert_int_equal(f->b.lost, 7);
    assert_int_equal(f->b.records, 3);
    assert_int_equal(ho_test_number(f->pg, "select next_offset from kafka_offset"), 20);
}

static void lose_all_and_restart(struct fixture *f)
{
    stop(&f->a);
    ho_test_produce_many(f->topic, 0, "w", 10);
    ho_test_records_delete(f->topic, 0, 20);
    start(&f->b);
}

static void records_lost_without_any_left_are_counted_at_once(void **state)
{
    struct fixture *f = *state;
    expect_records(f, 0, 10);
    start(&f->a);
    run(f, (const struct step[]){{all_seen, lose_all_and_restart}, {all_read, NULL}, {b_has_all, NULL}, {NULL, NULL}});
    assert_int_equal(f->b.lost, 10);
    assert_int_equal(f->b.records, 0);
}

int main(void)
{
    ho_log_init("consumer_test", getenv("HANDOFF_TEST_LOG") ? HO_DEBUG : HO_ERROR);
    ho_test_brokers();
    url = ho_test_database(true);
#define CONSUMER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CONSUMER_TEST(every_record_is_handled_once_and_in_order),
        CONSUMER_TEST(records_come_with_key_headers_and_time),
        CONSUMER_TEST(a_lone_record_is_handled_at_once),
        CONSUMER_TEST(first_sight_starts_at_the_low_watermark),
        CONSUMER_TEST(a_restart_continues_where_it_stopped),
        CONSUMER_TEST(kafka_is_told_where_the_consumer_stands),
        CONSUMER_TEST(a_static_member_has_its_partition_again_after_a_restart),
        CONSUMER_TEST(new_partitions_are_told_before_their_first_batch),
        CONSUMER_TEST(offsets_without_records_are_counted_as_gaps),
        CONSUMER_TEST(a_handler_that_asks_to_come_again_doubles_nothing),
        CONSUMER_TEST(a_fatal_handler_ends_the_service_and_commits_nothing),
        CONSUMER_TEST(a_connection_lost_before_the_commit_doubles_nothing),
        CONSUMER_TEST(a_commit_whose_answer_is_lost_is_neither_doubled_nor_missed),
        CONSUMER_TEST(postgresql_away_at_assignment_is_waited_for),
        CONSUMER_TEST(an_owner_whose_epoch_is_over_writes_nothing_and_comes_back),
        CONSUMER_TEST(an_offset_that_was_moved_is_taken_from_postgresql),
        CONSUMER_TEST(owners_that_come_and_go_share_the_partitions),
        CONSUMER_TEST(of_two_live_owners_one_wins_and_nothing_is_doubled),
        CONSUMER_TEST(a_topic_made_anew_that_is_longer_is_refused),
        CONSUMER_TEST(a_topic_made_anew_that_is_as_long_is_refused),
        CONSUMER_TEST(a_topic_made_anew_that_is_shorter_is_refused),
        CONSUMER_TEST(records_that_retention_took_are_counted_as_lost),
        CONSUMER_TEST(records_lost_without_any_left_are_counted_at_once),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ho_test_database_drop();
    return failed;
}
