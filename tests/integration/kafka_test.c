// The producer and the administration against a real broker.
#include "handoff/platform/kafka.h"

#include "broker.h"
#include "servers.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 20000, MAX_REPORTS = 200000 };

struct outcome {
    int reports;
    bool failed, too_large;
    int32_t partition;
    int64_t offset;
    struct ho_loop *stop; // ended by the report
};

struct fixture {
    struct ho_arena *arena;
    struct ho_producer *producer;
    struct ho_error error;
    struct outcome outcome;
};

#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != HO_OK)                                                                                           \
            fail_msg("%s", f->error.text);                                                                             \
    } while (0)

static void on_delivered(void *context, const struct ho_report *report)
{
    struct outcome *outcome = context;
    outcome->reports++;
    outcome->failed = report->error_text != NULL;
    outcome->too_large = report->too_large;
    outcome->partition = report->partition;
    outcome->offset = report->offset;
    if (outcome->stop)
        ho_loop_stop(outcome->stop);
}

static struct ho_producer *producer_at(const char *brokers, int64_t delivery_timeout_ms, struct ho_loop *loop)
{
    struct ho_error error;
    struct ho_producer *producer = NULL;
    struct ho_producer_settings settings = {.brokers = brokers,
                                            .client_id = "kafka_test",
                                            .delivery_timeout_ms = delivery_timeout_ms,
                                            .max_message_bytes = 1000000};
    if (ho_producer_new(loop, &settings, &producer, &error))
        fail_msg("%s", error.text);
    return producer;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = ho_arena_new(0);
    f->producer = producer_at(ho_test_brokers(), PATIENCE_MS, NULL);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ho_producer_free(f->producer);
    ho_arena_free(f->arena);
    free(f);
    return 0;
}

static struct ho_kafka_record record_of(const char *topic, const char *key, const char *value)
{
    return (struct ho_kafka_record){.topic = topic, .key = ho_bytes_of(key), .value = ho_bytes_of(value)};
}

// ---- Producer --------------------------------------------------------------------------------------------

static void a_delivered_record_is_reported_once_with_its_offset(void **state)
{
    struct fixture *f = *state;
    const char *topic = ho_test_topic(f->arena, 1);
    for (int i = 0; i < 3; i++) {
        struct outcome outcome = {0};
        struct ho_kafka_record record = record_of(topic, "k", "v");
        assert_ok(ho_producer_send(f->producer, &record, on_delivered, &outcome, &f->error));
        assert_int_equal(ho_producer_flush(f->producer, PATIENCE_MS), 0);
        assert_int_equal(outcome.reports, 1);
        assert_false(outcome.failed);
        assert_int_equal(outcome.offset, i);
    }
    assert_true(ho_producer_reachable(f->producer));
}

static void reports_come_through_the_loop(void **state)
{
    struct fixture *f = *state;
    struct ho_loop *loop = ho_loop_new();
    struct ho_producer *producer = producer_at(ho_test_brokers(), PATIENCE_MS, loop);
    struct ho_kafka_record record = record_of(ho_test_topic(f->arena, 1), "k", "v");
    struct outcome outcome = {.stop = loop};
    assert_ok(ho_producer_send(producer, &record, on_delivered, &outcome, &f->error));
    ho_loop_run(loop);
    assert_int_equal(outcome.reports, 1);
    assert_false(outcome.failed);
    ho_producer_free(producer);
    ho_loop_free(loop);
}

static void key_value_and_headers_arrive_byte_for_byte(void **state)
{
    struct fixture *f = *state;
    static const uint8_t bytes[] = {0, 1, 2, 0xff, 0};
    const struct ho_kafka_header headers[] = {
        {"ce_id", HO_BYTES_LITERAL("4a")}, {"empty", HO_BYTES_LITERAL("")}, {"binary", {bytes, sizeof bytes}}};
    struct ho_kafka_record record = {.topic = ho_test_topic(f->arena, 1),
                                     .key = {bytes, sizeof bytes},
                                     .value = {bytes, sizeof bytes},
                                     .headers = headers,
                                     .n_headers = 3};
    assert_ok(ho_producer_send(f->producer, &record, on_delivered, &f->outcome, &f->error));
    assert_int_equal(ho_producer_flush(f->producer, PATIENCE_MS), 0);
    struct ho_kafka_record back = ho_test_read(f->arena, record.topic, 0, f->outcome.offset);
    assert_true(ho_bytes_equal(back.key, record.key));
    assert_true(ho_bytes_equal(back.value, record.value));
    assert_int_equal(back.n_headers, 3);
    assert_true(ho_bytes_is(ho_kafka_header(&back, "ce_id"), "4a"));
    assert_int_equal(ho_kafka_header(&back, "empty").n, 0);
    assert_true(ho_bytes_equal(ho_kafka_header(&back, "binary"), ho_bytes_from(bytes, sizeof bytes)));
    assert_null(ho_kafka_header(&back, "absent").p);
}

// Kafka's own clients take (murmur2(key) & 0x7fffffff) % partitions. The hashes are those that Kafka's UtilsTest names.
static void a_key_goes_to_the_partition_that_other_clients_choose(void **state)
{
    static const struct {
        const char *key;
        int32_t murmur2;
    } known[] = {{"21", -973932308}, {"foobar", -790332482}, {"a-little-bit-long-string", -985981536}};
    struct fixture *f = *state;
    const char *topic = ho_test_topic(f->arena, 7);
    for (size_t i = 0; i < 3; i++) {
        struct ho_kafka_record record = record_of(topic, known[i].key, "v");
        assert_ok(ho_producer_send(f->producer, &record, on_delivered, &f->outcome, &f->error));
        assert_int_equal(ho_producer_flush(f->producer, PATIENCE_MS), 0);
        assert_int_equal(f->outcome.partition, (known[i].murmur2 & 0x7fffffff) % 7);
    }
}

static void a_record_that_is_too_large_is_rejected(void **state)
{
    struct fixture *f = *state;
    struct ho_kafka_record record = record_of(ho_test_topic(f->arena, 1), "k", "");
    record.value = ho_bytes_from(ho_arena_alloc(f->arena, 1000001), 1000001);
    assert_int_equal(ho_producer_send(f->producer, &record, on_delivered, &f->outcome, &f->error), HO_REJECT);
    assert_int_equal(f->outcome.reports, 0);
}

// Of bytes that nothing makes shorter, in a topic that takes 20,000 of them.
static struct ho_kafka_record noise_of(struct fixture *f, const char *topic, size_t n)
{
    uint8_t *bytes = ho_arena_alloc(f->arena, n);
    uint64_t state = n;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)((state = state * 6364136223846793005U + 1442695040888963407U) >> 56);
    return (struct ho_kafka_record){.topic = topic, .key = ho_bytes_of("k"), .value = ho_bytes_from(bytes, n)};
}

static const char *narrow_topic(struct fixture *f)
{
    static int counter;
    struct ho_topic_spec spec = {.name = ho_arena_printf(f->arena, "ho_test_narrow_%d_%d", (int)getpid(), counter++),
                                 .partitions = 1,
                                 .settings = {{"max.message.bytes", "20000"}, {NULL, NULL}}};
    const char *report;
    assert_ok(ho_kafka_topics_apply(f->arena, ho_test_brokers(), &spec, 1, &report, &f->error));
    return spec.name;
}

static void what_its_topic_never_takes_is_told_apart_from_what_it_does_not_take_now(void **state)
{
    struct fixture *f = *state;
    const char *topic = narrow_topic(f);
    struct ho_kafka_record small = noise_of(f, topic, 100), large = noise_of(f, topic, 1500000);
    const struct ho_producer_settings settings = {.brokers = ho_test_brokers(),
                                                  .client_id = "kafka_test",
                                                  .delivery_timeout_ms = PATIENCE_MS,
                                                  .max_message_bytes = 2000000};
    struct ho_producer *producer;
    assert_ok(ho_producer_new(NULL, &settings, &producer, &f->error));
    assert_ok(ho_producer_send(producer, &large, on_delivered, &f->outcome, &f->error));
    assert_int_equal(ho_producer_flush(producer, PATIENCE_MS), 0);
    assert_true(f->outcome.failed && f->outcome.too_large);
    assert_ok(ho_producer_send(producer, &small, on_delivered, &f->outcome, &f->error));
    assert_int_equal(ho_producer_flush(producer, PATIENCE_MS), 0);
    assert_false(f->outcome.failed || f->outcome.too_large);
    ho_producer_free(producer);
    ho_test_topic_delete(topic);
}

// Kafka refuses the batch that they make together.
static void no_record_is_told_as_too_large_for_its_neighbours_sake(void **state)
{
    enum { RECORDS = 8, ROUNDS = 2 };
    struct fixture *f = *state;
    const char *topic = narrow_topic(f);
    struct outcome outcomes[RECORDS] = {{0}};
    struct ho_kafka_record record = noise_of(f, topic, 9000), large = noise_of(f, topic, 30000);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < RECORDS; i++)
            if (outcomes[i].reports == 0 || outcomes[i].failed)
                assert_ok(ho_producer_send(f->producer, &record, on_delivered, &outcomes[i], &f->error));
        assert_int_equal(ho_producer_flush(f->producer, PATIENCE_MS), 0);
        for (int i = 0; i < RECORDS; i++)
            assert_false(outcomes[i].too_large);
    }
    for (int i = 0; i < RECORDS; i++)
        assert_false(outcomes[i].failed);
    for (int round = 0; round < ROUNDS; round++) { // it may have had neighbours the first time
        assert_ok(ho_producer_send(f->producer, &large, on_delivered, &f->outcome, &f->error));
        assert_int_equal(ho_producer_flush(f->producer, PATIENCE_MS), 0);
        assert_true(f->outcome.failed);
    }
    assert_true(f->outcome.too_large);
    ho_test_topic_delete(topic);
}

static void a_broker_that_is_away_is_reported_after_the_delivery_timeout(void **state)
{
    struct fixture *f = *state;
    struct ho_producer *producer = producer_at("127.0.0.1:1", 300, NULL);
    struct ho_kafka_record record = record_of("nowhere", "k", "v");
    assert_ok(ho_producer_send(producer, &record, on_delivered, &f->outcome, &f->error));
    assert_int_equal(ho_producer_flush(producer, PATIENCE_MS), 0);
    assert_int_equal(f->outcome.reports, 1);
    assert_true(f->outcome.failed);
    assert_false(ho_producer_reachable(producer));
    ho_producer_free(producer);
    assert_int_equal(f->outcome.reports, 1);
}

static void what_is_on_its_way_at_the_end_is_reported_as_failed(void **state)
{
    struct fixture *f = *state;
    struct ho_producer *producer = producer_at("127.0.0.1:1", PATIENCE_MS, NULL);
    struct ho_kafka_record record = record_of("nowhere", "k", "v");
    for (int i = 0; i < 10; i++)
        assert_ok(ho_producer_send(producer, &record, on_delivered, &f->outcome, &f->error));
    ho_producer_free(producer);
    assert_int_equal(f->outcome.reports, 10);
    assert_true(f->outcome.failed);
}

static void a_full_queue_asks_to_come_again(void **state)
{
    struct fixture *f = *state;
    struct ho_producer *producer = producer_at("127.0.0.1:1", PATIENCE_MS, NULL);
    struct ho_kafka_record record = record_of("nowhere", "k", "v");
    int sent = 0;
    enum ho_status status = HO_OK;
    for (; sent < MAX_REPORTS && !status; sent += !status)
        status = ho_producer_send(producer, &record, on_delivered, &f->outcome, &f->error);
    assert_int_equal(status, HO_RETRY);
    ho_producer_free(producer);
    assert_int_equal(f->outcome.reports, sent);
}

// A broker within librdkafka, which answers with the errors that it is given.
static void a_producer_that_failed_for_good_is_made_anew(void **state)
{
    struct fixture *f = *state;
    enum { PRODUCE = 0 }; // the request's number in Kafka's protocol
    rd_kafka_t *host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), NULL, 0);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(host, 1);
    rd_kafka_mock_topic_create(cluster, "t", 1, 1);
    struct ho_producer *producer = producer_at(rd_kafka_mock_cluster_bootstraps(cluster), PATIENCE_MS, NULL);
    struct ho_kafka_record record = record_of("t", "k", "v");
    for (int i = 0; i < 3; i++) {
        if (i == 1)
            rd_kafka_mock_push_request_errors(cluster, PRODUCE, 1, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
        assert_ok(ho_producer_send(producer, &record, on_delivered, &f->outcome, &f->error));
        assert_int_equal(ho_producer_flush(producer, PATIENCE_MS), 0);
        assert_int_equal(f->outcome.reports, i + 1);
        assert_int_equal(f->outcome.failed, i == 1);
    }
    ho_producer_free(producer);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(host);
}

// ---- Administration --------------------------------------------------------------------------------------

static struct ho_topic_spec spec_of(const char *name, int32_t partitions, const char *retention)
{
    return (struct ho_topic_spec){
        .name = name, .partitions = partitions, .settings = {{"retention.ms", retention}, {NULL, NULL}}};
}

static void topics_are_created_once_and_then_agree(void **state)
{
    struct fixture *f = *state;
    const char *report, *name = ho_arena_printf(f->arena, "ho_test_apply_%d", (int)getpid());
    struct ho_topic_spec spec = spec_of(name, 4, "123456789");
    assert_ok(ho_kafka_topics_apply(f->arena, ho_test_brokers(), &spec, 1, &report, &f->error));
    assert_non_null(strstr(report, "created"));
    assert_ok(ho_kafka_topics_apply(f->arena, ho_test_brokers(), &spec, 1, &report, &f->error));
    assert_string_equal(report, "");
    struct ho_partition_range *ranges;
    size_t n;
    assert_ok(ho_kafka_watermarks(f->arena, ho_test_brokers(), name, &ranges, &n, &f->error));
    assert_int_equal(n, 4);
    ho_test_topic_delete(name);
}

static void a_topic_that_is_not_as_specified_is_told(void **state)
{
    struct fixture *f = *state;
    const char *report, *name = ho_test_topic(f->arena, 2);
    struct ho_topic_spec spec = spec_of(name, 3, "86400000");
    assert_int_equal(ho_kafka_topics_apply(f->arena, ho_test_brokers(), &spec, 1, &report, &f->error), HO_REJECT);
    assert_non_null(strstr(report, "has 2 partitions, should have 3"));
    assert_non_null(strstr(report, "retention.ms is 604800000, should be 86400000"));
}

static const char *setting(struct fixture *f, const char *topic, const char *name)
{
    const char *value;
    assert_ok(ho_kafka_topic_setting(f->arena, ho_test_brokers(), topic, name, &value, &f->error));
    return value;
}

static void how_long_a_file_takes_records_is_set_on_a_topic_that_exists(void **state)
{
    struct fixture *f = *state;
    const char *report, *name = ho_arena_printf(f->arena, "ho_test_mend_%d", (int)getpid());
    struct ho_topic_spec spec = spec_of(name, 1, "123456789");
    assert_ok(ho_kafka_topics_apply(f->arena, ho_test_brokers(), &spec, 1, &report, &f->error));
    spec.settings[1][0] = "segment.ms";
    spec.settings[1][1] = "3600000";
    assert_int_equal(ho_kafka_topics_check(f->arena, ho_test_brokers(), &spec, 1, &report, &f->error), HO_REJECT);
    assert_non_null(strstr(report, "segment.ms is 604800000, should be 3600000"));
    assert_ok(ho_kafka_topics_apply(f->arena, ho_test_brokers(), &spec, 1, &report, &f->error));
    assert_non_null(strstr(report, "segment.ms is 3600000 now, was 604800000"));
    assert_ok(ho_kafka_topics_check(f->arena, ho_test_brokers(), &spec, 1, &report, &f->error));
    assert_string_equal(setting(f, name, "segment.ms"), "3600000");
    spec.settings[1][1] = "7200000"; // once more, from a value that was set
    assert_ok(ho_kafka_topics_apply(f->arena, ho_test_brokers(), &spec, 1, &report, &f->error));
    assert_string_equal(setting(f, name, "segment.ms"), "7200000");
    assert_string_equal(setting(f, name, "retention.ms"), "123456789"); // what else was set stays
    ho_test_topic_delete(name);
}

static void a_check_makes_no_topic(void **state)
{
    struct fixture *f = *state;
    const char *report;
    struct ho_topic_spec spec = spec_of("ho_test_nowhere", 1, "86400000");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ho_kafka_topics_check(f->arena, ho_test_brokers(), &spec, 1, &report, &f->error), HO_REJECT);
        assert_string_equal(report, "ho_test_nowhere: is not there\n");
    }
}

static void a_wrong_setting_is_rejected_with_its_reason(void **state)
{
    struct fixture *f = *state;
    const char *report;
    struct ho_topic_spec spec = spec_of("ho_test_wrong", 1, "soon");
    assert_int_equal(ho_kafka_topics_apply(f->arena, ho_test_brokers(), &spec, 1, &report, &f->error), HO_REJECT);
    assert_non_null(strstr(f->error.text, "retention.ms"));
}

static void watermarks_tell_first_and_next_offset(void **state)
{
    struct fixture *f = *state;
    const char *topic = ho_test_topic(f->arena, 2);
    ho_test_produce_many(topic, 1, "v", 5);
    ho_test_records_delete(topic, 1, 2);
    struct ho_partition_range *ranges;
    size_t n;
    assert_ok(ho_kafka_watermarks(f->arena, ho_test_brokers(), topic, &ranges, &n, &f->error));
    assert_int_equal(n, 2);
    assert_int_equal(ranges[0].low, 0);
    assert_int_equal(ranges[0].high, 0);
    assert_int_equal(ranges[1].low, 2);
    assert_int_equal(ranges[1].high, 5);
}

static void a_missing_topic_has_no_watermarks(void **state)
{
    struct fixture *f = *state;
    struct ho_partition_range *ranges;
    size_t n;
    assert_int_equal(ho_kafka_watermarks(f->arena, ho_test_brokers(), "ho_test_nowhere", &ranges, &n, &f->error),
                     HO_REJECT);
}

static void a_statement_is_read_back(void **state)
{
    struct fixture *f = *state;
    const char *topic = ho_test_topic(f->arena, 3);
    const char *group = ho_arena_printf(f->arena, "%s-acknowledged", topic);
    struct ho_partition_range *read;
    size_t n;
    assert_ok(ho_kafka_statement_read(f->arena, ho_test_brokers(), group, topic, &read, &n, &f->error));
    assert_int_equal(n, 0);
    struct ho_statement *statement = NULL;
    assert_ok(ho_statement_new(ho_test_brokers(), group, topic, &statement, &f->error));
    for (int64_t offset = 7; offset < 9; offset++) {
        struct ho_partition_range stated[] = {{.partition = 0, .high = offset}, {.partition = 2, .high = 40}};
        assert_ok(ho_statement_write(statement, stated, 2, &f->error));
        do {
            ho_statement_poll(statement, 10);
            assert_ok(ho_kafka_statement_read(f->arena, ho_test_brokers(), group, topic, &read, &n, &f->error));
        } while (n == 0 || read[0].high != offset);
        assert_int_equal(n, 2);
        assert_int_equal(read[1].partition, 2);
        assert_int_equal(read[1].high, 40);
        while (!ho_statement_poll(statement, 10))
            ;
    }
    ho_statement_free(statement);
}

static void a_statement_waits_for_the_one_before_it_and_is_told_when_that_has_failed(void **state)
{
    struct fixture *f = *state;
    struct ho_statement *statement = NULL;
    const struct ho_partition_range stated[] = {{.partition = 0, .high = 7}};
    assert_ok(ho_statement_new("127.0.0.1:1", "group", "topic", &statement, &f->error));
    assert_ok(ho_statement_write(statement, stated, 1, &f->error)); // to nobody, so it stays under way
    assert_int_equal(ho_statement_write(statement, stated, 1, &f->error), HO_RETRY);
    assert_false(ho_statement_failed(statement));
    for (int waited_ms = 0; waited_ms < PATIENCE_MS && !ho_statement_failed(statement); waited_ms += 10)
        ho_statement_poll(statement, 10);
    assert_true(ho_statement_failed(statement));
    assert_ok(ho_statement_write(statement, stated, 1, &f->error));
    assert_false(ho_statement_failed(statement));
    ho_statement_free(statement);
}

static void a_broker_that_is_away_is_passing(void **state)
{
    struct fixture *f = *state;
    struct ho_partition_range *ranges;
    size_t n;
    assert_int_equal(ho_kafka_watermarks(f->arena, "127.0.0.1:1", "t", &ranges, &n, &f->error), HO_RETRY);
}

int main(void)
{
    ho_test_brokers();
#define KAFKA_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        KAFKA_TEST(a_delivered_record_is_reported_once_with_its_offset),
        KAFKA_TEST(reports_come_through_the_loop),
        KAFKA_TEST(key_value_and_headers_arrive_byte_for_byte),
        KAFKA_TEST(a_key_goes_to_the_partition_that_other_clients_choose),
        KAFKA_TEST(a_record_that_is_too_large_is_rejected),
        KAFKA_TEST(what_its_topic_never_takes_is_told_apart_from_what_it_does_not_take_now),
        KAFKA_TEST(no_record_is_told_as_too_large_for_its_neighbours_sake),
        KAFKA_TEST(a_broker_that_is_away_is_reported_after_the_delivery_timeout),
        KAFKA_TEST(what_is_on_its_way_at_the_end_is_reported_as_failed),
        KAFKA_TEST(a_full_queue_asks_to_come_again),
        KAFKA_TEST(a_producer_that_failed_for_good_is_made_anew),
        KAFKA_TEST(topics_are_created_once_and_then_agree),
        KAFKA_TEST(a_topic_that_is_not_as_specified_is_told),
        KAFKA_TEST(how_long_a_file_takes_records_is_set_on_a_topic_that_exists),
        KAFKA_TEST(a_check_makes_no_topic),
        KAFKA_TEST(a_wrong_setting_is_rejected_with_its_reason),
        KAFKA_TEST(watermarks_tell_first_and_next_offset),
        KAFKA_TEST(a_missing_topic_has_no_watermarks),
        KAFKA_TEST(a_statement_is_read_back),
        KAFKA_TEST(a_statement_waits_for_the_one_before_it_and_is_told_when_that_has_failed),
        KAFKA_TEST(a_broker_that_is_away_is_passing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
