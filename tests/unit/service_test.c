#include "handoff/platform/service.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/talk.h"
#include "handoff/platform/log.h"
#include "handoff/platform/net.h"

struct fixture {
    struct ho_service *service;
    uint16_t port;
    const char *path;
    struct talk_buffer answer;
    int drained;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct ho_error error;
    char address[32];
    int fd;
    ho_log_init("test", HO_ERROR);
    assert_int_equal(ho_tcp_listen("127.0.0.1:0", &fd, &f->port, &error), HO_OK);
    close(fd);
    snprintf(address, sizeof address, "127.0.0.1:%u", f->port);
    assert_int_equal(ho_service_new("test", address, &f->service, &error), HO_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ho_service_free(f->service);
    talk_forget(&f->answer);
    free(f);
    return 0;
}

static void get(void *context)
{
    struct fixture *f = context;
    char request[200];
    int fd = talk_connect(f->port);
    snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", f->path);
    talk_send_text(fd, request);
    talk_to_end(fd, &f->answer);
    close(fd);
}

static void assert_answer(struct fixture *f, const char *path, const char *const *parts)
{
    f->path = path;
    talk_run(ho_service_loop(f->service), get, f);
    for (; *parts; parts++)
        if (!strstr(f->answer.text, *parts))
            fail_msg("no '%s' in:\n%s", *parts, f->answer.text);
}

#define PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void health_is_told_while_the_loop_runs(void **state)
{
    assert_answer(*state, "GET /healthz", PARTS(" 200 ", "ok\n"));
}

static void readiness_names_what_is_missing(void **state)
{
    struct fixture *f = *state;
    ho_service_ready(f->service, "kafka", false);
    ho_service_ready(f->service, "postgres", false);
    ho_service_ready(f->service, "roster", true);
    assert_answer(f, "GET /readyz", PARTS(" 503 ", "not ready: kafka, postgres\n"));
}

static void readiness_is_told_when_all_are_ready(void **state)
{
    struct fixture *f = *state;
    ho_service_ready(f->service, "kafka", false);
    ho_service_ready(f->service, "kafka", true);
    assert_answer(f, "GET /readyz", PARTS(" 200 ", "ready\n"));
}

static void metrics_tell_build_memory_and_dependencies(void **state)
{
    struct fixture *f = *state;
    ho_service_ready(f->service, "kafka", true);
    assert_answer(f, "GET /metrics",
                  PARTS("Content-Type: text/plain; version=0.0.4", "handoff_build_info{service=\"test\"",
                        "\nprocess_resident_memory_bytes ", "handoff_ready{dependency=\"kafka\"} 1\n"));
}

static void other_paths_and_methods_are_refused(void **state)
{
    assert_answer(*state, "GET /", PARTS(" 404 ", "/metrics"));
}

static void only_get_is_answered(void **state)
{
    assert_answer(*state, "DELETE /metrics", PARTS(" 405 "));
}

static void drain(void *context)
{
    struct fixture *f = context;
    f->drained++;
    ho_loop_stop(ho_service_loop(f->service));
}

static void the_signal_drains_and_ends_with_success(void **state)
{
    struct fixture *f = *state;
    raise(SIGTERM);
    assert_int_equal(ho_service_run(f->service, drain, f, 60000), 0);
    assert_int_equal(f->drained, 1);
}

static void drain_never(void *context)
{
    ((struct fixture *)context)->drained++;
}

static void the_deadline_ends_a_drain_that_does_not(void **state)
{
    struct fixture *f = *state;
    raise(SIGTERM);
    assert_int_equal(ho_service_run(f->service, drain_never, f, 1), 0);
    assert_int_equal(f->drained, 1);
}

static void a_failure_before_the_run_ends_it_with_status_1(void **state)
{
    struct fixture *f = *state;
    struct ho_error error = {"the test says so"};
    ho_service_fail(f->service, &error);
    assert_int_equal(ho_service_run(f->service, drain, f, 1000), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(health_is_told_while_the_loop_runs),
        TEST(readiness_names_what_is_missing),
        TEST(readiness_is_told_when_all_are_ready),
        TEST(metrics_tell_build_memory_and_dependencies),
        TEST(other_paths_and_methods_are_refused),
        TEST(only_get_is_answered),
        TEST(the_signal_drains_and_ends_with_success),
        TEST(the_deadline_ends_a_drain_that_does_not),
        TEST(a_failure_before_the_run_ends_it_with_status_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
