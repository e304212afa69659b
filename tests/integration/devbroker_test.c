// The evaluation broker: handoff's own producer and administration work with it.
#include "handoff/platform/kafka.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 20000 };

struct fixture {
    FILE *output;
    pid_t pid;
    char brokers[128];
    struct ho_arena *arena;
    struct ho_error error;
};

#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != HO_OK)                                                                                           \
            fail_msg("%s", f->error.text);                                                                             \
    } while (0)

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    f->pid = fork();
    if (f->pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl(HO_DEVBROKER, HO_DEVBROKER, "--topics", "adt.inbound:6,small:1", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    f->output = fdopen(ends[0], "r");
    assert_int_equal(fscanf(f->output, "brokers %127s", f->brokers), 1);
    f->arena = ho_arena_new(0);
    *state = f;
    return 0;
}

static int end(struct fixture *f)
{
    int status = -1;
    kill(f->pid, SIGTERM);
    waitpid(f->pid, &status, 0);
    return status;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    int status = end(f);
    fclose(f->output);
    ho_arena_free(f->arena);
    free(f);
    return status;
}

static void on_delivered(void *context, const struct ho_report *report)
{
    assert_null(report->error_text);
    *(int64_t *)context = report->offset;
}

static void a_record_is_taken_and_counted(void **state)
{
    struct fixture *f = *state;
    struct ho_producer *producer;
    struct ho_producer_settings settings = {.brokers = f->brokers,
                                            .client_id = "devbroker_test",
                                            .delivery_timeout_ms = PATIENCE_MS,
                                            .max_message_bytes = 1000000};
    struct ho_kafka_record record = {.topic = "small", .key = HO_BYTES_LITERAL("k"), .value = HO_BYTES_LITERAL("v")};
    int64_t offset = -1;
    assert_ok(ho_producer_new(NULL, &settings, &producer, &f->error));
    assert_ok(ho_producer_send(producer, &record, on_delivered, &offset, &f->error));
    assert_int_equal(ho_producer_flush(producer, PATIENCE_MS), 0);
    assert_int_equal(offset, 0);
    ho_producer_free(producer);
    struct ho_partition_range *ranges;
    size_t n;
    assert_ok(ho_kafka_watermarks(f->arena, f->brokers, "small", &ranges, &n, &f->error));
    assert_int_equal(n, 1);
    assert_int_equal(ranges[0].high, 1);
}

static enum ho_status count_records(void *context, struct ho_arena *arena, struct ho_kafka_record *records, size_t n,
                                    struct ho_error *error)
{
    (void)arena, (void)records, (void)error;
    *(size_t *)context += n;
    return HO_OK;
}

// It knows of no times, and all is read then.
static void a_reader_finds_the_window(void **state)
{
    struct fixture *f = *state;
    struct ho_reader *reader;
    struct ho_partition_range range = {0, 0, 1};
    size_t n = 0;
    a_record_is_taken_and_counted(state);
    assert_ok(ho_reader_new(f->brokers, "devbroker_test", "small", &reader, &f->error));
    assert_ok(ho_reader_since(reader, ho_clock_us() / 1000 - 3600000, &range, 1, &f->error));
    assert_ok(ho_reader_begin(reader, &range, 1, &f->error));
    for (int64_t deadline = ho_monotonic_us() + (int64_t)PATIENCE_MS * 1000; ho_reader_left(reader);) {
        assert_true(ho_monotonic_us() < deadline);
        assert_ok(ho_reader_read(reader, 100, count_records, &n, &f->error));
    }
    assert_int_equal(n, 1);
    ho_reader_free(reader);
}

static void topics_that_are_there_are_enough(void **state)
{
    struct fixture *f = *state;
    const char *report;
    struct ho_topic_spec spec = {.name = "adt.inbound", .partitions = 6, .settings = {{"retention.ms", "1"}}};
    assert_ok(ho_kafka_topics_apply(f->arena, f->brokers, &spec, 1, &report, &f->error));
    assert_non_null(strstr(report, "not checked"));
    spec.partitions = 7;
    assert_int_equal(ho_kafka_topics_apply(f->arena, f->brokers, &spec, 1, &report, &f->error), HO_REJECT);
}

static void a_topic_that_is_missing_is_refused_with_a_hint(void **state)
{
    struct fixture *f = *state;
    const char *report;
    struct ho_topic_spec spec = {.name = "other", .partitions = 1};
    assert_int_equal(ho_kafka_topics_apply(f->arena, f->brokers, &spec, 1, &report, &f->error), HO_REJECT);
    assert_non_null(strstr(f->error.text, "--topics"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_is_taken_and_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_finds_the_window, setup, teardown),
        cmocka_unit_test_setup_teardown(topics_that_are_there_are_enough, setup, teardown),
        cmocka_unit_test_setup_teardown(a_topic_that_is_missing_is_refused_with_a_hint, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
