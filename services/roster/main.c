// handoff-roster: the plan's word about its members, from roster.updates into the database. A file is
// imported by `handoffctl roster import`, through the same rules.
#include <inttypes.h>
#include <stdlib.h>

#include "updates.h"

#include "handoff/platform/config.h"
#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"
#include "handoff/platform/service.h"

enum { DRAIN_MS = 10000, BATCH_BYTES = 16 << 20 };

struct settings {
    const char *kafka_brokers, *database_url, *admin_address, *instance, *log_level;
    int64_t session_timeout_ms, batch_records;
};

#define AT(field) .offset = offsetof(struct settings, field)
static const struct ho_option options[] = {
    {"kafka-brokers", HO_OPTION_TEXT, "127.0.0.1:9092", AT(kafka_brokers), .help = "Kafka's bootstrap brokers"},
    {"database-url", HO_OPTION_TEXT, NULL, AT(database_url), .secret = true,
     .help = "PostgreSQL's URL; several hosts are allowed"},
    {"admin-address", HO_OPTION_ADDRESS, "", AT(admin_address),
     .help = "where /metrics, /healthz and /readyz are served"},
    {"instance", HO_OPTION_TEXT, "", AT(instance),
     .help = "name of this copy; gives quick restarts (static membership)"},
    {"log-level", HO_OPTION_TEXT, "info", AT(log_level), .help = "least level that is logged",
     .choices = ho_log_levels},
    {"session-timeout-ms", HO_OPTION_INTEGER, "6000", 1000, 300000, AT(session_timeout_ms),
     .help = "after which Kafka gives a silent copy's partitions to others"},
    {"batch-records", HO_OPTION_INTEGER, "2000", 1, 100000, AT(batch_records),
     .help = "updates in one transaction at most"},
};
#undef AT

static const struct ho_option_table table = {
    .program = "handoff-roster",
    .summary = "Keeps the roster of members and enrolments as roster.updates tells it.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

struct app {
    struct ho_service *service;
    struct ho_consumer *consumer;
    struct ho_updates updates;
    struct ho_metric *changed, *rejected, *lost, *replanned, *sequence;
};

static void register_metrics(struct app *app)
{
    app->changed = ho_counter("handoff_roster_members_changed_total", "Members added, changed or removed", "");
    app->rejected = ho_counter("handoff_roster_updates_rejected_total", "Updates that were wrong and put aside", "");
    app->lost =
        ho_counter("handoff_roster_updates_lost_total", "Offsets that retention took before they were read", "");
    app->replanned = ho_counter("handoff_roster_members_replanned_total", "Members whose plan is made anew", "");
    app->sequence = ho_gauge("handoff_roster_sequence", "The roster change that was made last here", "");
}

static enum ho_status on_batch(void *context, struct ho_pg *pg, struct ho_arena *arena, const struct ho_batch *batch,
                               struct ho_error *error)
{
    struct app *app = context;
    return ho_updates_handle(&app->updates, pg, arena, batch, error);
}

static void on_committed(void *context, const struct ho_batch *batch)
{
    struct app *app = context;
    const struct ho_roster_counts *counts = &app->updates.counts;
    ho_metric_add(app->changed, (double)(counts->added + counts->changed));
    ho_metric_add(app->rejected, (double)app->updates.rejected);
    ho_metric_add(app->lost, (double)batch->lost);
    ho_metric_add(app->replanned, (double)counts->replanned);
    if (counts->sequence)
        ho_metric_set(app->sequence, (double)counts->sequence);
    if (batch->lost)
        ho_log(HO_ERROR, "updates were lost to retention; import the roster anew",
               "partition=%" PRId32 " lost=%" PRId64, batch->partition, batch->lost);
    ho_log(HO_DEBUG, "batch committed", "partition=%" PRId32 " updates=%zu changed=%" PRId64 " rejected=%" PRId64,
           batch->partition, batch->n_records, counts->added + counts->changed, app->updates.rejected);
}

static void on_failed(void *context, const struct ho_error *error)
{
    ho_service_fail(((struct app *)context)->service, error);
}

static void on_ready(void *context, bool ready)
{
    ho_service_ready(((struct app *)context)->service, "kafka-and-database", ready);
}

static void on_drain(void *context)
{
    struct app *app = context;
    ho_consumer_free(app->consumer);
    app->consumer = NULL;
    ho_loop_stop(ho_service_loop(app->service));
}

static enum ho_status start_consumer(struct app *app, const struct settings *settings, struct ho_error *error)
{
    const struct ho_consumer_settings consumer = {
        .brokers = settings->kafka_brokers,
        .consumer = "roster",
        .topic = "roster.updates",
        .instance = settings->instance,
        .database_url = settings->database_url,
        .session_timeout_ms = settings->session_timeout_ms,
        .max_batch_records = settings->batch_records,
        .max_batch_bytes = BATCH_BYTES,
        .handle = on_batch,
        .committed = on_committed,
        .failed = on_failed,
        .ready = on_ready,
        .context = app,
    };
    return ho_consumer_new(ho_service_loop(app->service), &consumer, &app->consumer, error);
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct app app = {0};
    struct ho_error error = {0};
    int status = 1;

    ho_config_read(&table, argc, argv, &settings);
    ho_log_init("roster", ho_log_level_named(settings.log_level));
    register_metrics(&app);
    if (ho_service_new("roster", settings.admin_address, &app.service, &error) != HO_OK)
        goto done;
    ho_service_ready(app.service, "kafka-and-database", false);
    if (start_consumer(&app, &settings, &error) != HO_OK)
        goto done;
    status = ho_service_run(app.service, on_drain, &app, DRAIN_MS);
done:
    if (error.text[0])
        ho_log(HO_ERROR, "not started", "reason=\"%s\"", error.text);
    ho_consumer_free(app.consumer);
    ho_service_free(app.service);
    return status;
}
