#include "drain.h"

#include <stdlib.h>

#include "apply.h"
#include "days.h"
#include "gauges.h"
#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"

enum { POLL_MS = 1000, GAUGES_US = 15000000 };

struct ho_drain {
    struct ho_service *service;
    const struct ho_planner *planner;
    struct ho_pg *pg;
    struct ho_watch *timer, *notified;
    struct ho_metric *replanned, *woken;
    uint32_t day;      // that was followed last by this copy
    int64_t gauges_us; // on the monotonic clock: when they are read next
};

void ho_planner_count(const struct ho_planner_counts *counts)
{
    static const char TASKS[] = "handoff_transitions_tasks_total",
                      TASKS_HELP[] = "Planned tasks by what was done to them";
    static const char NOTICES[] = "handoff_transitions_notices_total", NOTICES_HELP[] = "Notices asked for";
    ho_metric_add(ho_counter(TASKS, TASKS_HELP, "action=\"created\""), (double)counts->created);
    ho_metric_add(ho_counter(TASKS, TASKS_HELP, "action=\"changed\""), (double)counts->changed);
    ho_metric_add(ho_counter(TASKS, TASKS_HELP, "action=\"withdrawn\""), (double)counts->withdrawn);
    ho_metric_add(ho_counter(NOTICES, NOTICES_HELP, "kind=\"notice\""), (double)counts->notices);
    ho_metric_add(ho_counter(NOTICES, NOTICES_HELP, "kind=\"reminder\""), (double)counts->reminders);
    ho_metric_add(ho_counter(NOTICES, NOTICES_HELP, "kind=\"correction\""), (double)counts->corrections);
    ho_metric_add(ho_counter("handoff_transitions_messages_total", "Matched messages that came", ""),
                  (double)counts->messages);
    ho_metric_add(ho_counter("handoff_transitions_encounters_total", "Encounters seen for the first time", ""),
                  (double)counts->encounters);
    ho_metric_add(ho_counter("handoff_transitions_transitions_total", "Transitions seen for the first time", ""),
                  (double)counts->transitions);
}

static void on_notified(void *context, int events)
{
    (void)events;
    struct ho_drain *drain = context;
    ho_pg_take_notifications(drain->pg);
    ho_watch_arm(drain->timer, 0); // a lost connection is found there, too
}

static void listen_no_more(struct ho_drain *drain)
{
    ho_watch_free(drain->notified); // while its descriptor is surely the connection's
    drain->notified = NULL;
}

static enum ho_status listen(struct ho_drain *drain, struct ho_error *error)
{
    listen_no_more(drain);
    enum ho_status status = ho_pg_connect(drain->pg, error);
    if (status == HO_OK)
        status = ho_pg_run(drain->pg, "listen handoff_replan", NULL, NULL, error);
    if (status == HO_OK)
        drain->notified =
            ho_loop_fd(ho_service_loop(drain->service), ho_pg_fd(drain->pg), HO_READABLE, on_notified, drain);
    return status;
}

static enum ho_status follow_days(struct ho_drain *drain, struct ho_error *error)
{
    int64_t replanned = 0;
    uint32_t today = ho_zone_date(drain->planner->zone, ho_clock_us());
    if (today == drain->day)
        return HO_OK;
    enum ho_status status = ho_days_follow(drain->pg, today, &replanned, error);
    if (status != HO_OK)
        return status;
    drain->day = today;
    if (replanned)
        ho_log(HO_INFO, "a day began", "day=%u members_replanned=%lld", (unsigned)today, (long long)replanned);
    return HO_OK;
}

static enum ho_status replan(struct ho_drain *drain, bool *more, struct ho_error *error)
{
    struct ho_planner_counts counts = {0};
    size_t taken = 0;
    enum ho_status status = ho_replan_some(drain->planner, drain->pg, &taken, &counts, error);
    if (status != HO_OK)
        return status;
    ho_planner_count(&counts);
    ho_metric_add(drain->replanned, (double)taken);
    *more = taken > 0;
    return HO_OK;
}

// At once again only after a full batch, so that nothing can make this spin.
static enum ho_status wake(struct ho_drain *drain, bool *more, struct ho_error *error)
{
    struct ho_planner_counts counts = {0};
    size_t taken = 0;
    enum ho_status status = ho_wake_some(drain->planner, drain->pg, &taken, &counts, error);
    if (status != HO_OK)
        return status;
    ho_planner_count(&counts);
    ho_metric_add(drain->woken, (double)taken);
    *more |= taken == HO_WAKE_MOST;
    return HO_OK;
}

static enum ho_status read_gauges(struct ho_drain *drain, struct ho_error *error)
{
    if (ho_monotonic_us() < drain->gauges_us)
        return HO_OK;
    drain->gauges_us = ho_monotonic_us() + GAUGES_US;
    return ho_gauges_read(drain->pg, ho_zone_date(drain->planner->zone, ho_clock_us()), error);
}

static void on_timer(void *context)
{
    struct ho_drain *drain = context;
    struct ho_error error = {0};
    bool more = false;
    enum ho_status status = ho_pg_connected(drain->pg) ? HO_OK : listen(drain, &error);
    if (status == HO_OK)
        status = follow_days(drain, &error);
    if (status == HO_OK)
        status = replan(drain, &more, &error);
    if (status == HO_OK)
        status = wake(drain, &more, &error);
    if (status == HO_OK)
        status = read_gauges(drain, &error);
    if (status == HO_RETRY) {
        ho_log(HO_WARN, "replanning waits for the database", "reason=\"%s\"", error.text);
        listen_no_more(drain);
        ho_pg_drop(drain->pg);
    } else if (status != HO_OK) {
        ho_service_fail(drain->service, &error);
        return;
    }
    more |= status == HO_OK && ho_pg_take_notifications(drain->pg);
    ho_watch_arm(drain->timer, more ? 0 : POLL_MS);
}

struct ho_drain *ho_drain_new(struct ho_service *service, const struct ho_planner *planner, const char *database_url)
{
    struct ho_drain *drain = calloc(1, sizeof *drain);
    if (!drain)
        abort();
    drain->service = service;
    drain->planner = planner;
    drain->pg = ho_pg_new(database_url, "handoff-transitions-replan");
    ho_pg_by_key(drain->pg);
    drain->replanned = ho_counter("handoff_transitions_replanned_total", "Replan rows done", "");
    drain->woken = ho_counter("handoff_transitions_woken_total", "Members planned because a time came", "");
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
