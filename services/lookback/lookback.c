#include "lookback.h"

#include <stdlib.h>

#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"
#include "targets.h"

enum { POLL_MS = 1000, AFTER_FAILURE_MS = 2000, US_A_MS = 1000, US_A_SECOND = 1000000 };

struct ho_lookback {
    struct ho_service *service;
    struct ho_run_settings run_settings;
    int64_t interval_us;
    struct ho_pg *pg;
    struct ho_watch *timer, *notified;
    bool owner; // this copy works; an advisory lock of its session says so
    struct ho_run *run;
    int64_t begun_us, lasted_us; // the run that is under way, or the last one
    int64_t pending_us;          // since when there is something to look for; 0 nothing
    int64_t told;                // of the run's messages, in the metric
    struct ho_metric *ended, *failed, *messages, *found, *seconds, *oldest, *left;
};

// ---- The connection and its lock -----------------------------------------------------------------------------

static const char *const TAKE_OVER = "select pg_try_advisory_lock(hashtextextended('handoff look-back', 0))";

static void on_notified(void *context, int events);

static enum ho_status connect_anew(struct ho_lookback *l, struct ho_error *error)
{
    enum ho_status status = ho_pg_connect(l->pg, error);
    if (status == HO_OK)
        status = ho_pg_run(l->pg, "listen handoff_roster", NULL, NULL, error);
    if (status == HO_OK)
        status = ho_pg_run(l->pg, "listen handoff_lookback", NULL, NULL, error);
    if (status == HO_OK)
        l->notified = ho_loop_fd(ho_service_loop(l->service), ho_pg_fd(l->pg), HO_READABLE, on_notified, l);
    return status;
}

static void disconnect(struct ho_lookback *l)
{
    ho_watch_free(l->notified); // while its descriptor is surely the connection's
    l->notified = NULL;
    ho_pg_drop(l->pg);
    l->owner = false; // the lock went with the session
}

static enum ho_status take_over(struct ho_lookback *l, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(l->pg, TAKE_OVER, NULL, &result, error);
    if (status == HO_OK)
        l->owner = ho_pg_get_int(result, 0, 0);
    ho_pg_result_free(result);
    if (l->owner)
        ho_log(HO_INFO, "this copy looks back", "window_days=%lld", (long long)l->run_settings.window_days);
    return status;
}

// ---- When to run -------------------------------------------------------------------------------------------------

static void end_run(struct ho_lookback *l)
{
    ho_run_free(l->run);
    l->run = NULL;
    ho_metric_set(l->left, 0);
}

// Members at once, but so that the window is read for no more than half of the time; identities once an interval, and
// for no more than a tenth of the time.
static int64_t due_us(const struct ho_lookback *l, const struct ho_pending *pending)
{
    enum { SHARE_FOR_MEMBERS = 2, SHARE_FOR_IDENTITIES = 10 };
    if (pending->members || !l->begun_us)
        return l->begun_us + SHARE_FOR_MEMBERS * l->lasted_us;
    int64_t rested_us = SHARE_FOR_IDENTITIES * l->lasted_us;
    return l->begun_us + (rested_us > l->interval_us ? rested_us : l->interval_us);
}

// Begins a run where one is due. Returns after how many milliseconds to ask again.
static enum ho_status look_for_work(struct ho_lookback *l, int64_t *again_ms, struct ho_error *error)
{
    struct ho_pending pending = {0};
    enum ho_status status = ho_targets_pending(l->pg, &pending, error);
    int64_t now_us = ho_monotonic_us();
    *again_ms = POLL_MS;
    if (status != HO_OK)
        return status;
    if (!pending.members && !pending.identities) {
        l->pending_us = 0;
        return HO_OK;
    }
    if (!l->pending_us)
        l->pending_us = now_us;
    int64_t wait_us = due_us(l, &pending) - now_us;
    if (wait_us > 0) {
        *again_ms = wait_us / US_A_MS < POLL_MS ? wait_us / US_A_MS + 1 : POLL_MS;
        return HO_OK;
    }
    l->run = ho_run_new(&l->run_settings);
    l->begun_us = now_us;
    l->told = 0;
    *again_ms = 0;
    return HO_OK;
}

static void tell(struct ho_lookback *l, const struct ho_run_counts *counts)
{
    ho_metric_add(l->messages, (double)(counts->messages - l->told));
    l->told = counts->messages;
    ho_metric_set(l->left, (double)counts->left);
}

static void run_ended(struct ho_lookback *l, const struct ho_run_counts *counts)
{
    l->lasted_us = ho_monotonic_us() - l->begun_us;
    l->pending_us = l->begun_us; // what is pending now came later; the next poll sees whether anything is
    double seconds = (double)l->lasted_us / US_A_SECOND;
    ho_metric_add(l->ended, 1);
    ho_metric_add(l->found, (double)counts->found);
    ho_metric_set(l->seconds, seconds);
    ho_log(HO_INFO, "looked back", "members=%lld identities=%lld messages=%lld found=%lld seconds=%.3f",
           (long long)counts->members, (long long)counts->identities, (long long)counts->messages,
           (long long)counts->found, seconds);
    end_run(l);
}

static enum ho_status work(struct ho_lookback *l, int64_t *again_ms, struct ho_error *error)
{
    if (!l->run)
        return look_for_work(l, again_ms, error);
    bool done = false;
    enum ho_status status = ho_run_step(l->run, l->pg, &done, error);
    struct ho_run_counts counts = ho_run_counts(l->run);
    tell(l, &counts);
    ho_service_ready(l->service, "kafka", status == HO_OK && !ho_run_waits(l->run));
    if (done)
        run_ended(l, &counts);
    *again_ms = 0;
    return status;
}

static enum ho_status serve(struct ho_lookback *l, int64_t *again_ms, struct ho_error *error)
{
    enum ho_status status = ho_pg_connected(l->pg) ? HO_OK : connect_anew(l, error);
    if (status == HO_OK && !l->owner)
        status = take_over(l, error);
    if (status == HO_OK && l->owner)
        status = work(l, again_ms, error);
    return status;
}

// A run that was broken off is done again from its beginning.
static void on_trouble(struct ho_lookback *l, const struct ho_error *error)
{
    ho_log(HO_WARN, "looking back is put off", "reason=\"%s\"", error->text);
    if (l->run) {
        ho_metric_add(l->failed, 1);
        end_run(l);
    }
    disconnect(l); // where only Kafka is away, another copy may reach it
}

static void on_timer(void *context)
{
    struct ho_lookback *l = context;
    struct ho_error error = {0};
    int64_t again_ms = POLL_MS;
    enum ho_status status = serve(l, &again_ms, &error);
    ho_service_ready(l->service, "database", ho_pg_connected(l->pg));
    if (status == HO_FATAL || status == HO_REJECT) {
        ho_service_fail(l->service, &error);
        return;
    }
    if (status == HO_RETRY) {
        on_trouble(l, &error);
        again_ms = AFTER_FAILURE_MS;
    } else if (ho_pg_take_notifications(l->pg)) {
        again_ms = 0;
    }
    ho_metric_set(l->oldest, l->pending_us ? (double)(ho_monotonic_us() - l->pending_us) / US_A_SECOND : 0);
    ho_watch_arm(l->timer, again_ms);
}

static void on_notified(void *context, int events)
{
    (void)events;
    struct ho_lookback *l = context;
    ho_pg_take_notifications(l->pg);
    ho_watch_arm(l->timer, 0); // a lost connection is found there, too
}

// ---- Start and stop ----------------------------------------------------------------------------------------------

static void register_metrics(struct ho_lookback *l)
{
    static const char RUNS[] = "handoff_lookback_runs_total", RUNS_HELP[] = "Readings of the window by outcome";
    l->ended = ho_counter(RUNS, RUNS_HELP, "outcome=\"ended\"");
    l->failed = ho_counter(RUNS, RUNS_HELP, "outcome=\"broken-off\"");
    l->messages = ho_counter("handoff_lookback_messages_total", "Messages read again", "");
    l->found = ho_counter("handoff_lookback_found_total", "Messages handed to the matcher", "");
    l->seconds = ho_gauge("handoff_lookback_last_run_seconds", "How long the last reading took", "");
    l->oldest = ho_gauge("handoff_lookback_oldest_seconds", "Since when somebody waits to be looked for; 0 nobody", "");
    l->left = ho_gauge("handoff_lookback_messages_left", "Messages that the present reading has still to read", "");
}

struct ho_lookback *ho_lookback_new(struct ho_service *service, const struct ho_lookback_settings *settings)
{
    struct ho_lookback *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->service = service;
    l->run_settings = settings->run;
    l->interval_us = settings->interval_seconds * US_A_SECOND;
    register_metrics(l);
    ho_service_ready(service, "database", false);
    l->pg = ho_pg_new(settings->database_url, settings->run.client_id);
    ho_pg_by_key(l->pg);
    l->timer = ho_loop_timer(ho_service_loop(service), 0, 0, on_timer, l);
    return l;
}

void ho_lookback_free(struct ho_lookback *l)
{
    if (!l)
        return;
    ho_run_free(l->run);
    ho_watch_free(l->notified);
    ho_watch_free(l->timer);
    ho_pg_free(l->pg);
    free(l);
}
