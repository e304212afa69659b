#include "handoff/platform/loop.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_A_TURN = 64, FIRST_TIMERS = 16 };

struct ho_watch {
    struct ho_loop *loop;
    int fd; // -1: a timer
    void (*on_fd)(void *context, int events);
    void (*on_time)(void *context);
    void *context;
    int64_t due_us, period_us;
    uint64_t order; // of arming: of two timers due at once the one armed first goes first
    size_t slot;    // in the heap, from 1; 0: not armed
    bool dead;      // freed; the memory goes at the end of the turn, for an event may still point here
    struct ho_watch *next_dead;
};

struct ho_loop {
    int epoll, signals;
    struct ho_watch **heap; // by due time, from 1
    size_t n_timers, capacity;
    uint64_t armed;
    struct ho_watch *dead;
    void (*on_stop)(void *context);
    void *stop_context;
    void (*on_reload)(void *context);
    void *reload_context;
    bool stopping, ended;
};

int64_t ho_clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t ho_monotonic_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

// Nothing here can be missing on a working machine, and no caller could go on without it.
static void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    abort();
}

// ---- The heap of timers.

static bool earlier(const struct ho_watch *a, const struct ho_watch *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void place(struct ho_loop *loop, size_t slot, struct ho_watch *w)
{
    loop->heap[slot] = w;
    w->slot = slot;
}

static void sift_up(struct ho_loop *loop, struct ho_watch *w)
{
    size_t slot = w->slot;
    for (; slot > 1 && earlier(w, loop->heap[slot / 2]); slot /= 2)
        place(loop, slot, loop->heap[slot / 2]);
    place(loop, slot, w);
}

static void sift_down(struct ho_loop *loop, struct ho_watch *w)
{
    size_t slot = w->slot;
    for (size_t child; (child = slot * 2) <= loop->n_timers; slot = child) {
        if (child < loop->n_timers && earlier(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (!earlier(loop->heap[child], w))
            break;
        place(loop, slot, loop->heap[child]);
    }
    place(loop, slot, w);
}

static void disarm(struct ho_watch *w)
{
    struct ho_loop *loop = w->loop;
    if (!w->slot)
        return;
    struct ho_watch *last = loop->heap[loop->n_timers--];
    if (last != w) {
        place(loop, w->slot, last);
        sift_up(loop, last);
        sift_down(loop, last);
    }
    w->slot = 0;
}

static void arm(struct ho_watch *w, int64_t due_us)
{
    struct ho_loop *loop = w->loop;
    disarm(w);
    if (loop->n_timers + 1 >= loop->capacity) {
        size_t capacity = loop->capacity ? loop->capacity * 2 : FIRST_TIMERS;
        struct ho_watch **heap = reallocarray(loop->heap, capacity, sizeof(void *));
        must(heap != NULL, "timers");
        loop->heap = heap;
        loop->capacity = capacity;
    }
    w->due_us = due_us;
    w->order = loop->armed++;
    place(loop, ++loop->n_timers, w);
    sift_up(loop, w);
}

// ---- Watches.

static struct ho_watch *watch_new(struct ho_loop *loop, int fd, void *context)
{
    struct ho_watch *w = calloc(1, sizeof *w);
    must(w != NULL, "watch");
    w->loop = loop;
    w->fd = fd;
    w->context = context;
    return w;
}

static uint32_t epoll_events(int events)
{
    return (events & HO_READABLE ? EPOLLIN : 0u) | (events & HO_WRITABLE ? EPOLLOUT : 0u) |
           (events & HO_HANGUP ? EPOLLRDHUP : 0u);
}

static int our_events(uint32_t events)
{
    return (events & EPOLLIN ? HO_READABLE : 0) | (events & EPOLLOUT ? HO_WRITABLE : 0) |
           (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP) ? HO_HANGUP : 0);
}

struct ho_watch *ho_loop_fd(struct ho_loop *loop, int fd, int events, void (*callback)(void *context, int events),
                            void *context)
{
    struct ho_watch *w = watch_new(loop, fd, context);
    w->on_fd = callback;
    struct epoll_event e = {.events = epoll_events(events), .data.ptr = w};
    must(epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &e) == 0, "epoll_ctl");
    return w;
}

void ho_watch_events(struct ho_watch *watch, int events)
{
    assert(watch->fd >= 0);
    struct epoll_event e = {.events = epoll_events(events), .data.ptr = watch};
    must(epoll_ctl(watch->loop->epoll, EPOLL_CTL_MOD, watch->fd, &e) == 0, "epoll_ctl");
}

struct ho_watch *ho_loop_timer(struct ho_loop *loop, int64_t delay_ms, int64_t period_ms,
                               void (*callback)(void *context), void *context)
{
    struct ho_watch *w = watch_new(loop, -1, context);
    w->on_time = callback;
    w->period_us = period_ms * 1000;
    ho_watch_arm(w, delay_ms);
    return w;
}

void ho_watch_arm(struct ho_watch *timer, int64_t delay_ms)
{
    assert(timer->fd < 0);
    arm(timer, ho_monotonic_us() + delay_ms * 1000);
}

void ho_watch_free(struct ho_watch *watch)
{
    if (!watch)
        return;
    if (watch->fd >= 0)
        epoll_ctl(watch->loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    disarm(watch);
    watch->dead = true;
    watch->next_dead = watch->loop->dead;
    watch->loop->dead = watch;
}

static void bury(struct ho_loop *loop)
{
    for (struct ho_watch *w; (w = loop->dead);) {
        loop->dead = w->next_dead;
        free(w);
    }
}

// ---- The loop.

// The signals that the loop takes.
static void block_signals(sigset_t *set, bool reload)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    if (reload)
        sigaddset(set, SIGHUP);
    sigprocmask(SIG_BLOCK, set, NULL);
}

struct ho_loop *ho_loop_new(void)
{
    struct ho_loop *loop = calloc(1, sizeof *loop);
    must(loop != NULL, "loop");
    sigset_t set;
    block_signals(&set, false);
    signal(SIGPIPE, SIG_IGN);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    must(loop->epoll >= 0, "epoll_create1");
    loop->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    must(loop->signals >= 0, "signalfd");
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    must(epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->signals, &e) == 0, "epoll_ctl");
    return loop;
}

void ho_loop_free(struct ho_loop *loop)
{
    if (!loop)
        return;
    bury(loop);
    close(loop->signals);
    close(loop->epoll);
    free(loop->heap);
    free(loop);
}

void ho_loop_on_stop(struct ho_loop *loop, void (*callback)(void *context), void *context)
{
    loop->on_stop = callback;
    loop->stop_context = context;
}

void ho_loop_on_reload(struct ho_loop *loop, void (*callback)(void *context), void *context)
{
    sigset_t set;
    loop->on_reload = callback;
    loop->reload_context = context;
    block_signals(&set, true);
    must(signalfd(loop->signals, &set, 0) >= 0, "signalfd");
}

static void take_stop(struct ho_loop *loop)
{
    bool first = !loop->stopping;
    loop->stopping = true;
    if (first && loop->on_stop)
        loop->on_stop(loop->stop_context);
    else
        loop->ended = true;
}

static void take_signals(struct ho_loop *loop)
{
    struct signalfd_siginfo info;
    while (read(loop->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP)
            loop->on_reload(loop->reload_context);
        else
            take_stop(loop);
    }
}

static void run_fds(struct ho_loop *loop, int timeout_ms)
{
    struct epoll_event events[EVENTS_A_TURN];
    int n = epoll_wait(loop->epoll, events, EVENTS_A_TURN, timeout_ms);
    must(n >= 0 || errno == EINTR, "epoll_wait");
    for (int i = 0; i < n && !loop->ended; i++) {
        struct ho_watch *w = events[i].data.ptr;
        if (!w)
            take_signals(loop);
        else if (!w->dead)
            w->on_fd(w->context, our_events(events[i].events));
    }
}

// Timers that a callback arms wait for the next turn, so that one that always comes at once starves nobody.
static void run_timers(struct ho_loop *loop)
{
    int64_t now = ho_monotonic_us();
    uint64_t before = loop->armed;
    while (!loop->ended && loop->n_timers && loop->heap[1]->due_us <= now && loop->heap[1]->order < before) {
        struct ho_watch *w = loop->heap[1];
        if (w->period_us)
            arm(w, now + w->period_us);
        else
            disarm(w);
        w->on_time(w->context);
    }
}

static int wait_ms(const struct ho_loop *loop)
{
    if (!loop->n_timers)
        return -1;
    int64_t us = loop->heap[1]->due_us - ho_monotonic_us();
    if (us <= 0)
        return 0;
    return us > 3600 * INT64_C(1000000) ? 3600 * 1000 : (int)((us + 999) / 1000);
}

void ho_loop_run(struct ho_loop *loop)
{
    while (!loop->ended) {
        run_fds(loop, wait_ms(loop));
        run_timers(loop);
        bury(loop);
    }
}

void ho_loop_stop(struct ho_loop *loop)
{
    loop->stopping = true;
    loop->ended = true;
}

bool ho_loop_stopping(const struct ho_loop *loop)
{
    return loop->stopping;
}
