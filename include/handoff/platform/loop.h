// The event loop: file descriptors, timers and signals of one service, single-threaded (epoll).
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct ho_loop;
struct ho_watch;

// A closed or broken connection is always told as HO_HANGUP; a peer that only ended its sending, where HO_HANGUP is
// asked for.
enum { HO_READABLE = 1, HO_WRITABLE = 2, HO_HANGUP = 4 };

struct ho_loop *ho_loop_new(void);       // blocks SIGTERM and SIGINT and takes them; ignores SIGPIPE
void ho_loop_free(struct ho_loop *loop); // takes NULL; its watches are freed before

// A watch ends with ho_watch_free, allowed inside its own callback, before its descriptor is closed. `events` may be
// changed.
struct ho_watch *ho_loop_fd(struct ho_loop *loop, int fd, int events, void (*callback)(void *context, int events),
                            void *context);
void ho_watch_events(struct ho_watch *watch, int events);
// First after `delay_ms`, then every `period_ms` (0: once). ho_watch_arm sets the next time anew.
struct ho_watch *ho_loop_timer(struct ho_loop *loop, int64_t delay_ms, int64_t period_ms,
                               void (*callback)(void *context), void *context);
void ho_watch_arm(struct ho_watch *timer, int64_t delay_ms);
void ho_watch_free(struct ho_watch *watch); // takes NULL

// Called once, at the first SIGTERM or SIGINT; the loop goes on until ho_loop_stop. A second signal stops at once, as
// the first does where nothing is to be called.
void ho_loop_on_stop(struct ho_loop *loop, void (*callback)(void *context), void *context);
// Called at each SIGHUP, which otherwise ends the process.
void ho_loop_on_reload(struct ho_loop *loop, void (*callback)(void *context), void *context);
void ho_loop_run(struct ho_loop *loop);
void ho_loop_stop(struct ho_loop *loop);
bool ho_loop_stopping(const struct ho_loop *loop);

int64_t ho_clock_us(void); // wall clock, since 1970
int64_t ho_monotonic_us(void);
