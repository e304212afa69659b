#include "drain.h"

#include <stdlib.h>

#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"
#include "redecide.h"
#include "ruled_out.h"
#include "undone.h"

enum { POLL_MS = 1000, TELL_US = 5000000, FORGET_US = 60000000, FEEDS_US = 60000000 };

#define HOURLY_US INT64_C(3600000000)

struct ho_drain {
    struct ho_service *service;
    struct ho_intake *intake;
    struct ho_feed_metrics *feeds;
    int64_t undo_seconds, ruled_out_seconds;
    struct ho_pg *pg;
    struct ho_watch *timer, *notified;
    struct ho_metric *redecided, *forgotten, *ruled_out, *reviews, *oldest, *held;
    int64_t told_us;                 // when the gauges were set last
    int64_t forgot_us;               // when nothing was left to forget
    int64_t ruled_out_us;            // the same, of people who are none of ours
    int64_t feeds_us, feed_hours_us; // when the feeds were looked at, and of their hours nothing was old
};

static void on_notified(void *context, int events)
{
    (void)events;
    struct ho_drain *drain = context;
    ho_pg_take_notifications(drain->pg);
    ho_watch_arm(drain->timer, 0); // a lost connection is found there, too
}

static enum ho_status listen(struct ho_drain *drain, struct ho_error *error)
{
    enum ho_status status = ho_pg_connect(drain->pg, error);
    if (status == HO_OK)
        status = ho_pg_run(drain->pg, "listen handoff_redecide", NULL, NULL, error);
    if (status == HO_OK)
        drain->notified =
            ho_loop_fd(ho_service_loop(drain->service), ho_pg_fd(drain->pg), HO_READABLE, on_notified, drain);
    return status;
}

static enum ho_status tell(struct ho_drain *drain, struct ho_error *error)
{
    struct ho_waiting waiting;
    if (drain->told_us && ho_monotonic_us() - drain->told_us < TELL_US)
        return HO_OK;
    enum ho_status status = ho_redecide_waiting(drain->pg, &waiting, error);
    if (status != HO_OK)
        return status;
    ho_metric_set(drain->reviews, (double)waiting.reviews);
    ho_metric_set(drain->oldest, waiting.oldest_seconds);
    ho_metric_set(drain->held, (double)waiting.held);
    drain->told_us = ho_monotonic_us();
    return HO_OK;
}

static enum ho_status forget(struct ho_drain *drain, struct ho_error *error)
{
    int64_t n = 0;
    if (drain->forgot_us && ho_monotonic_us() - drain->forgot_us < FORGET_US)
        return HO_OK;
    enum ho_status status = ho_undone_forget(drain->pg, drain->undo_seconds, &n, error);
    if (status == HO_OK && n == 0)
        drain->forgot_us = ho_monotonic_us();
    if (n > 0)
        ho_log(HO_INFO, "events of undone links deleted: their time for undoing is over", "events=%lld", (long long)n);
    ho_metric_add(drain->forgotten, (double)n);
    return status;
}

static bool is_time(int64_t *last_us, int64_t period_us)
{
    const int64_t now = ho_monotonic_us();
    if (*last_us && now - *last_us < period_us)
        return false;
    *last_us = now;
    return true;
}

static enum ho_status forget_ruled_out(struct ho_drain *drain, struct ho_error *error)
{
    struct ho_ruled_out gone = {0};
    if (!is_time(&drain->ruled_out_us, HOURLY_US))
        return HO_OK;
    enum ho_status status = ho_ruled_out_forget(drain->pg, drain->ruled_out_seconds, &gone, error);
    int64_t n = gone.links + gone.numbers + gone.decisions;
    if (n > 0)
        ho_log(HO_INFO, "what was left of people who are none of ours is deleted: its time is over",
               "links=%lld numbers=%lld decisions=%lld", (long long)gone.links, (long long)gone.numbers,
               (long long)gone.decisions);
    if (n > 0 || status != HO_OK)
        drain->ruled_out_us = 0;
    ho_metric_add(drain->ruled_out, (double)n);
    return status;
}

static enum ho_status look_at_feeds(struct ho_drain *drain, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    bool more = false;
    if (is_time(&drain->feeds_us, FEEDS_US))
        status = ho_feed_metrics_refresh(drain->feeds, drain->pg, error);
    if (status == HO_OK && is_time(&drain->feed_hours_us, HOURLY_US))
        status = ho_feed_hours_forget(drain->pg, &more, error);
    if (more || status != HO_OK)
        drain->feed_hours_us = 0;
    return status;
}

static void on_timer(void *context)
{
    struct ho_drain *drain = context;
    struct ho_error error = {0};
    size_t taken = 0;
    enum ho_status status = ho_pg_connected(drain->pg) ? HO_OK : listen(drain, &error);
    if (status == HO_OK)
        status = ho_redecide_some(drain->intake, drain->pg, &taken, &error);
    if (status == HO_OK)
        status = tell(drain, &error);
    if (status == HO_OK)
        status = forget(drain, &error);
    if (status == HO_OK)
        status = forget_ruled_out(drain, &error);
    if (status == HO_OK)
        status = look_at_feeds(drain, &error);
    if (status == HO_RETRY) {
        ho_log(HO_WARN, "deciding again waits for the database", "reason=\"%s\"", error.text);
        ho_watch_free(drain->notified); // while its descriptor is surely the connection's
        drain->notified = NULL;
        ho_pg_drop(drain->pg);
    } else if (status != HO_OK) {
        ho_service_fail(drain->service, &error);
        return;
    }
    ho_metric_add(drain->redecided, (double)taken);
    bool more = taken > 0 || (status == HO_OK && ho_pg_take_notifications(drain->pg));
    ho_watch_arm(drain->timer, more ? 0 : POLL_MS);
}

struct ho_drain *ho_drain_new(struct ho_service *service, struct ho_intake *intake, struct ho_feed_metrics *feeds,
                              const char *database_url, int64_t undo_seconds, int64_t ruled_out_seconds)
{
    struct ho_drain *drain = calloc(1, sizeof *drain);
    if (!drain)
        abort();
    drain->service = service;
    drain->intake = intake;
    drain->feeds = feeds;
    drain->undo_seconds = undo_seconds;
    drain->ruled_out_seconds = ruled_out_seconds;
    drain->pg = ho_pg_new(database_url, "handoff-matcher-redecide");
    ho_pg_by_key(drain->pg);
    drain->redecided = ho_counter("handoff_matcher_redecided_total", "Rows and expired items decided again", "");
    drain->forgotten = ho_counter("handoff_matcher_undone_forgotten_total",
                                  "Events deleted from links that were undone to nobody, their time being over", "");
    drain->ruled_out = ho_counter("handoff_matcher_ruled_out_forgotten_total",
                                  "Links to nobody, numbers and decisions deleted, their time being over", "");
    drain->reviews = ho_gauge("handoff_review_open", "Reviews that wait for a person", "");
    drain->oldest = ho_gauge("handoff_review_oldest_seconds", "Age of the oldest review", "");
    drain->held = ho_gauge("handoff_held_open", "Events that wait for evidence", "");
    drain->timer = ho_loop_timer(ho_service_loop(service), 0, 0, on_timer, drain);
    return drain;
}

void ho_drain_free(struct ho_drain *drain)
{
    if (!drain)
        return;
    ho_watch_free(drain->notified);
    ho_watch_free(drain->timer);
    ho_pg_free(drain->pg);
    free(drain);
}
