// The reader against a real broker: exactly the records of its ranges, whatever the topic holds besides.
#include "handoff/platform/kafka.h"

#include "broker.h"
#include "servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PATIENCE_US = 30000000, PARTITIONS = 3 };

struct fixture {
    struct ho_arena *arena;
    struct ho_reader *reader;
    const char *topic;
    struct ho_error error;
    int64_t seen[PARTITIONS], first[PARTITIONS], last[PARTITIONS];
    char value[64], ce_id[64]; // of the last record
    bool out_of_order, refuse;
};

#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != HO_OK)                                                                                           \
            fail_msg("%s", f->error.text);                                                                             \
    } while (0)

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = ho_arena_new(0);
    f->topic = ho_test_topic(f->arena, PARTITIONS);
    if (ho_reader_new(ho_test_brokers(), "reader_test", f->topic, &f->reader, &f->error))
        fail_msg("%s", f->error.text);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ho_reader_free(f->reader);
    ho_arena_free(f->arena);
    free(f);
    return 0;
}

static enum ho_status on_records(void *context, struct ho_arena *arena, struct ho_kafka_record *records, size_t n,
                                 struct ho_error *error)
{
    struct fixture *f = context;
    for (size_t i = 0; i < n; i++) {
        int32_t p = records[i].partition;
        if (f->seen[p]++ == 0)
            f->first[p] = records[i].offset;
        else
            f->out_of_order |= records[i].offset <= f->last[p];
        f->last[p] = records[i].offset;
        ho_reader_headers(arena, &records[i]);
        struct ho_bytes id = ho_kafka_header(&records[i], "ce_id");
        snprintf(f->value, sizeof f->value, "%.*s", HO_BYTES_ARG(records[i].value));
        snprintf(f->ce_id, sizeof f->ce_id, "%.*s", HO_BYTES_ARG(id));
    }
    return f->refuse ? ho_fail(error, HO_RETRY, "not now") : HO_OK;
}

static enum ho_status read_all(struct fixture *f, const struct ho_partition_range *ranges, size_t n)
{
    enum ho_status status = ho_reader_begin(f->reader, ranges, n, &f->error);
    int64_t deadline = ho_monotonic_us() + PATIENCE_US;
    while (status == HO_OK && ho_reader_left(f->reader)) {
        if (ho_monotonic_us() > deadline)
            fail_msg("%lld records did not come", (long long)ho_reader_left(f->reader));
        status = ho_reader_read(f->reader, 100, on_records, f, &f->error);
    }
    return status;
}

static void exactly_the_records_of_each_range_come_in_order(void **state)
{
    struct fixture *f = *state;
    for (int32_t p = 0; p < PARTITIONS; p++)
        ho_test_produce_many(f->topic, p, "v", 5000);
    const struct ho_partition_range ranges[] = {{0, 10, 4990}, {1, 0, 1}, {2, 700, 700}};
    assert_ok(read_all(f, ranges, 3));
    assert_int_equal(f->seen[0], 4980);
    assert_int_equal(f->first[0], 10);
    assert_int_equal(f->last[0], 4989);
    assert_int_equal(f->seen[1], 1);
    assert_int_equal(f->seen[2], 0);
    assert_false(f->out_of_order);
    assert_true(ho_reader_up(f->reader));
}

static void an_end_without_a_record_is_an_end(void **state)
{
    struct fixture *f = *state;
    ho_test_produce_many(f->topic, 0, "v", 3);
    ho_test_produce_transaction(f->topic, 0, "t", 2, false); // aborted: 2 records that never were, and its end
    assert_ok(read_all(f, &(struct ho_partition_range){0, 0, 6}, 1));
    assert_int_equal(f->seen[0], 3);
    assert_int_equal(ho_reader_left(f->reader), 0);
}

static void records_that_retention_took_are_passed_over(void **state)
{
    struct fixture *f = *state;
    ho_test_produce_many(f->topic, 0, "v", 100);
    ho_test_records_delete(f->topic, 0, 60);
    assert_ok(read_all(f, &(struct ho_partition_range){0, 0, 100}, 1));
    assert_int_equal(f->first[0], 60);
    assert_int_equal(f->seen[0], 40);
}

static void a_topic_that_ends_too_early_is_told(void **state)
{
    struct fixture *f = *state;
    ho_test_produce_many(f->topic, 0, "v", 5);
    assert_int_equal(read_all(f, &(struct ho_partition_range){0, 0, 50}, 1), HO_RETRY);
    assert_non_null(strstr(f->error.text, "ends before"));
}

static void the_window_begins_at_the_first_record_that_is_late_enough(void **state)
{
    struct fixture *f = *state;
    ho_test_produce(f->topic, 0, "k", "early");
    int64_t offset = ho_test_produce(f->topic, 0, "k", "late");
    int64_t since = ho_test_read(f->arena, f->topic, 0, offset).timestamp_ms;
    struct ho_partition_range ranges[] = {{0, 0, 2}, {1, 0, 0}};
    assert_ok(ho_reader_since(f->reader, since, ranges, 2, &f->error));
    assert_int_equal(ranges[0].low, ho_test_read(f->arena, f->topic, 0, 0).timestamp_ms == since ? 0 : 1);
    assert_int_equal(ranges[1].low, 0);
    assert_ok(ho_reader_since(f->reader, since + 3600000, ranges, 2, &f->error));
    assert_int_equal(ranges[0].low, 2);
    assert_ok(ho_reader_since(f->reader, 1, ranges, 2, &f->error)); // never moved down
    assert_int_equal(ranges[0].low, 2);
}

static void on_delivered(void *context, const struct ho_report *report)
{
    assert_null(report->error_text);
    *(int32_t *)context = report->partition;
}

static void headers_come_when_they_are_asked_for(void **state)
{
    struct fixture *f = *state;
    struct ho_producer *producer;
    int32_t partition = -1;
    const struct ho_producer_settings settings = {.brokers = ho_test_brokers(),
                                                  .client_id = "reader_test",
                                                  .delivery_timeout_ms = 20000,
                                                  .max_message_bytes = 1000000};
    const struct ho_kafka_header header = {"ce_id", HO_BYTES_LITERAL("4a")};
    const struct ho_kafka_record record = {
        .topic = f->topic, .key = ho_bytes_of("k"), .value = ho_bytes_of("v"), .headers = &header, .n_headers = 1};
    assert_ok(ho_producer_new(NULL, &settings, &producer, &f->error));
    assert_ok(ho_producer_send(producer, &record, on_delivered, &partition, &f->error));
    ho_producer_flush(producer, 20000);
    ho_producer_free(producer);
    assert_ok(read_all(f, &(struct ho_partition_range){partition, 0, 1}, 1));
    assert_string_equal(f->value, "v");
    assert_string_equal(f->ce_id, "4a");
}

static void what_the_handler_returns_ends_the_reading(void **state)
{
    struct fixture *f = *state;
    ho_test_produce_many(f->topic, 0, "v", 5);
    f->refuse = true;
    assert_int_equal(read_all(f, &(struct ho_partition_range){0, 0, 5}, 1), HO_RETRY);
    assert_string_equal(f->error.text, "not now");
}

static void a_broker_that_is_away_is_passing(void **state)
{
    struct fixture *f = *state;
    struct ho_reader *reader;
    struct ho_partition_range range = {0, 0, 1};
    assert_ok(ho_reader_new("127.0.0.1:1", "reader_test", f->topic, &reader, &f->error));
    assert_int_equal(ho_reader_since(reader, 1, &range, 1, &f->error), HO_RETRY);
    assert_false(ho_reader_up(reader));
    ho_reader_free(reader);
}

int main(void)
{
    ho_test_brokers();
#define READER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        READER_TEST(exactly_the_records_of_each_range_come_in_order),
        READER_TEST(an_end_without_a_record_is_an_end),
        READER_TEST(records_that_retention_took_are_passed_over),
        READER_TEST(a_topic_that_ends_too_early_is_told),
        READER_TEST(the_window_begins_at_the_first_record_that_is_late_enough),
        READER_TEST(headers_come_when_they_are_asked_for),
        READER_TEST(what_the_handler_returns_ends_the_reading),
        READER_TEST(a_broker_that_is_away_is_passing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
