#include "handoff/platform/loop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct ho_loop *loop;
    struct ho_watch *watches[64];
    int ends[2];
    int calls, stops, events;
    int order[64];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->loop = ho_loop_new();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, f->ends), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 64; i++)
        ho_watch_free(f->watches[i]);
    close(f->ends[0]);
    close(f->ends[1]);
    ho_loop_free(f->loop);
    free(f);
    return 0;
}

static void stop(void *context)
{
    ho_loop_stop(((struct fixture *)context)->loop);
}

struct numbered {
    struct fixture *f;
    int number;
};

static void note(void *context)
{
    struct numbered *n = context;
    n->f->order[n->f->calls++] = n->number;
}

static int delay_of(int number)
{
    return 20 - number / 2;
}

static void timers_go_off_by_time_and_then_by_arming(void **state)
{
    struct fixture *f = *state;
    struct numbered n[40];
    for (int i = 0; i < 40; i++) {
        n[i] = (struct numbered){f, i};
        f->watches[i] = ho_loop_timer(f->loop, 1000, 0, note, &n[i]);
    }
    int64_t begun_us = ho_monotonic_us();
    for (int i = 0; i < 40; i++)
        ho_watch_arm(f->watches[i], delay_of(i));
    int64_t took_ms = (ho_monotonic_us() - begun_us + 999) / 1000; // delays count from the arming of each
    for (int i = 10; i < 20; i++) {
        ho_watch_free(f->watches[i]);
        f->watches[i] = NULL;
    }
    f->watches[40] = ho_loop_timer(f->loop, 40, 0, stop, f);
    ho_loop_run(f->loop);
    assert_int_equal(f->calls, 30);
    for (int i = 1; i < f->calls; i++) {
        int a = f->order[i - 1], b = f->order[i];
        assert_true(delay_of(a) <= delay_of(b) + took_ms);
        assert_true(delay_of(a) != delay_of(b) || a < b);
    }
}

static void count_to_five(void *context)
{
    struct fixture *f = context;
    if (++f->calls == 5)
        ho_loop_stop(f->loop);
}

static void a_period_repeats_and_a_single_timer_does_not(void **state)
{
    struct fixture *f = *state;
    struct numbered once = {f, 1};
    struct fixture g = {.loop = f->loop};
    once.f = &g;
    f->watches[0] = ho_loop_timer(f->loop, 0, 0, note, &once);
    f->watches[1] = ho_loop_timer(f->loop, 1, 1, count_to_five, f);
    ho_loop_run(f->loop);
    assert_int_equal(f->calls, 5);
    assert_int_equal(g.calls, 1);
}

static void rearm_at_once(void *context)
{
    struct fixture *f = context;
    f->calls++;
    ho_watch_arm(f->watches[0], 0);
}

static void read_and_stop(void *context, int events)
{
    struct fixture *f = context;
    f->events |= events;
    ho_loop_stop(f->loop);
}

static void a_timer_that_is_always_due_starves_nobody(void **state)
{
    struct fixture *f = *state;
    f->watches[0] = ho_loop_timer(f->loop, 0, 0, rearm_at_once, f);
    f->watches[1] = ho_loop_fd(f->loop, f->ends[0], HO_READABLE, read_and_stop, f);
    assert_int_equal(write(f->ends[1], "x", 1), 1);
    ho_loop_run(f->loop);
    assert_int_equal(f->events, HO_READABLE);
}

static void free_both(void *context, int events)
{
    struct fixture *f = context;
    (void)events;
    f->calls++;
    for (int i = 0; i < 2; i++) {
        ho_watch_free(f->watches[i]);
        f->watches[i] = NULL;
    }
    f->watches[2] = ho_loop_timer(f->loop, 5, 0, stop, f);
}

static void a_freed_watch_is_not_called_in_the_same_turn(void **state)
{
    struct fixture *f = *state;
    f->watches[0] = ho_loop_fd(f->loop, f->ends[0], HO_READABLE, free_both, f);
    f->watches[1] = ho_loop_fd(f->loop, f->ends[1], HO_READABLE, free_both, f);
    assert_int_equal(write(f->ends[0], "x", 1), 1);
    assert_int_equal(write(f->ends[1], "x", 1), 1);
    ho_loop_run(f->loop);
    assert_int_equal(f->calls, 1);
}

static void events_are_those_asked_for(void **state)
{
    struct fixture *f = *state;
    f->watches[0] = ho_loop_fd(f->loop, f->ends[0], 0, read_and_stop, f);
    assert_int_equal(write(f->ends[1], "x", 1), 1);
    ho_watch_events(f->watches[0], HO_WRITABLE);
    ho_loop_run(f->loop);
    assert_int_equal(f->events, HO_WRITABLE);
}

static void a_closed_peer_is_told_unasked(void **state)
{
    struct fixture *f = *state;
    f->watches[0] = ho_loop_fd(f->loop, f->ends[0], 0, read_and_stop, f);
    shutdown(f->ends[0], SHUT_RDWR);
    ho_loop_run(f->loop);
    assert_int_equal(f->events, HO_HANGUP);
}

static void a_half_closed_peer_is_told_where_asked(void **state)
{
    struct fixture *f = *state;
    f->watches[0] = ho_loop_fd(f->loop, f->ends[0], HO_HANGUP, read_and_stop, f);
    shutdown(f->ends[1], SHUT_WR);
    ho_loop_run(f->loop);
    assert_int_equal(f->events, HO_HANGUP);
}

static void on_stop(void *context)
{
    struct fixture *f = context;
    f->stops++;
    assert_true(ho_loop_stopping(f->loop));
    f->watches[0] = ho_loop_timer(f->loop, 5, 0, stop, f);
}

static void on_reload(void *context)
{
    struct fixture *f = context;
    if (++f->calls == 1)
        raise(SIGHUP);
    else
        ho_loop_stop(f->loop);
}

static void each_hangup_asks_to_reload_and_the_loop_goes_on(void **state)
{
    struct fixture *f = *state;
    ho_loop_on_stop(f->loop, on_stop, f);
    ho_loop_on_reload(f->loop, on_reload, f);
    raise(SIGHUP);
    ho_loop_run(f->loop);
    assert_int_equal(f->calls, 2);
    assert_int_equal(f->stops, 0);
}

static void the_first_signal_asks_and_the_loop_goes_on(void **state)
{
    struct fixture *f = *state;
    ho_loop_on_stop(f->loop, on_stop, f);
    assert_false(ho_loop_stopping(f->loop));
    raise(SIGTERM);
    ho_loop_run(f->loop);
    assert_int_equal(f->stops, 1);
}

static void on_stop_raise_again(void *context)
{
    struct fixture *f = context;
    f->stops++;
    raise(SIGINT);
}

static void the_second_signal_stops_at_once(void **state)
{
    struct fixture *f = *state;
    ho_loop_on_stop(f->loop, on_stop_raise_again, f);
    raise(SIGTERM);
    ho_loop_run(f->loop);
    assert_int_equal(f->stops, 1);
}

static void writing_to_a_closed_pipe_is_an_error_not_a_death(void **state)
{
    struct fixture *f = *state;
    close(f->ends[1]);
    assert_int_equal(write(f->ends[0], "x", 1), -1);
    f->ends[1] = dup(f->ends[0]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(timers_go_off_by_time_and_then_by_arming),
        TEST(a_period_repeats_and_a_single_timer_does_not),
        TEST(a_timer_that_is_always_due_starves_nobody),
        TEST(a_freed_watch_is_not_called_in_the_same_turn),
        TEST(events_are_those_asked_for),
        TEST(a_closed_peer_is_told_unasked),
        TEST(a_half_closed_peer_is_told_where_asked),
        TEST(each_hangup_asks_to_reload_and_the_loop_goes_on),
        TEST(the_first_signal_asks_and_the_loop_goes_on),
        TEST(the_second_signal_stops_at_once),
        TEST(writing_to_a_closed_pipe_is_an_error_not_a_death),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
