// handoff-transitions: the one writer of encounters, episodes and planned tasks. Scales by running more copies.
#include "apply.h"
#include "drain.h"
#include "handoff/calendar.h"
#include "handoff/platform/config.h"
#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"
#include "handoff/platform/service.h"
#include "handoff/platform/yaml.h"

struct settings {
    const char *kafka_brokers, *database_url, *admin_address, *instance, *log_level, *protocols_dir, *calendars_dir,
        *codes_dir;
    int64_t session_timeout_ms, batch_records, join_gap_hours;
};

static const struct ho_option OPTIONS[] = {
#define AT(field) offsetof(struct settings, field)
    {"kafka-brokers", HO_OPTION_TEXT, "127.0.0.1:9092", 0, 0, false, AT(kafka_brokers), "Kafka's bootstrap brokers",
     NULL},
    {"database-url", HO_OPTION_TEXT, NULL, 0, 0, true, AT(database_url), "PostgreSQL's URL; several hosts are allowed",
     NULL},
    {"admin-address", HO_OPTION_ADDRESS, "", 0, 0, false, AT(admin_address),
     "where /metrics, /healthz and /readyz are served", NULL},
    {"instance", HO_OPTION_TEXT, "", 0, 0, false, AT(instance),
     "name of this copy; gives quick restarts (static membership)", NULL},
    {"log-level", HO_OPTION_TEXT, "info", 0, 0, false, AT(log_level), "least level to log: debug, info, warn or error",
     ho_log_levels},
    {"protocols-dir", HO_OPTION_TEXT, "deploy/protocols", 0, 0, false, AT(protocols_dir),
     "folder of the protocols' YAML files", NULL},
    {"calendars-dir", HO_OPTION_TEXT, "deploy/calendars", 0, 0, false, AT(calendars_dir),
     "folder of the calendars' YAML files", NULL},
    {"codes-dir", HO_OPTION_TEXT, "deploy/codes", 0, 0, false, AT(codes_dir),
     "folder of the diagnosis groups' YAML files", NULL},
    {"session-timeout-ms", HO_OPTION_INTEGER, "6000", 1000, 300000, false, AT(session_timeout_ms),
     "after which Kafka gives a silent copy's partitions to others", NULL},
    {"batch-records", HO_OPTION_INTEGER, "500", 1, 10000, false, AT(batch_records),
     "records in one transaction at most", NULL},
    {"join-gap-hours", HO_OPTION_INTEGER, "36", 1, 720, false, AT(join_gap_hours),
     "encounters nearer than this are one episode", NULL},
#undef AT
};

static const struct ho_option_table TABLE = {
    .program = "handoff-transitions",
    .summary = "Works out what has happened to each member, and which tasks and notices that calls for.",
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof *OPTIONS,
};

struct app {
    struct ho_service *service;
    struct ho_consumer *consumer;
    struct ho_planner planner;
    struct ho_drain *drain;
    struct ho_planner_counts counts; // of the batch in hand
    struct ho_metric *age;
};

static enum ho_status on_batch(void *context, struct ho_pg *pg, struct ho_arena *arena, const struct ho_batch *batch,
                               struct ho_error *error)
{
    struct app *app = context;
    app->counts = (struct ho_planner_counts){0};
    return ho_apply_batch(&app->planner, pg, arena, batch, ho_clock_us(), &app->counts, error);
}

static void on_committed(void *context, const struct ho_batch *batch)
{
    struct app *app = context;
    int64_t now_ms = ho_clock_us() / 1000;
    ho_planner_count(&app->counts);
    for (size_t i = 0; i < batch->n_records; i++)
        ho_metric_observe(app->age, (double)(now_ms - batch->records[i].timestamp_ms) / 1000.0);
}

static void on_failed(void *context, const struct ho_error *error)
{
    ho_service_fail(((struct app *)context)->service, error);
}

static void on_ready(void *context, bool ready)
{
    ho_service_ready(((struct app *)context)->service, "kafka-and-database", ready);
}

// ---- Start and stop.

static void on_drain(void *context)
{
    struct app *app = context;
    ho_consumer_free(app->consumer);
    app->consumer = NULL;
    ho_loop_stop(ho_service_loop(app->service));
}

static enum ho_status start(struct app *app, const struct settings *settings, struct ho_error *error)
{
    const struct ho_consumer_settings consumer = {
        .brokers = settings->kafka_brokers,
        .consumer = "transitions",
        .topic = "adt.matched",
        .instance = settings->instance,
        .database_url = settings->database_url,
        .session_timeout_ms = settings->session_timeout_ms,
        .max_batch_records = settings->batch_records,
        .max_batch_bytes = 16 << 20,
        .handle = on_batch,
        .committed = on_committed,
        .failed = on_failed,
        .ready = on_ready,
        .context = app,
    };
    ho_service_ready(app->service, "kafka-and-database", false);
    app->drain = ho_drain_new(app->service, &app->planner, settings->database_url);
    return ho_consumer_new(ho_service_loop(app->service), &consumer, &app->consumer, error);
}

// The plan's zone is that of its first protocol's calendar.
static enum ho_status set_up_planner(struct app *app, const struct settings *settings,
                                     const struct ho_protocol_set *set, struct ho_error *error)
{
    app->planner.protocols = ho_protocol_set_items(set, &app->planner.n_protocols);
    if (app->planner.n_protocols == 0)
        return ho_fail(error, HO_FATAL,
                       "%s holds no protocol: put one there, or name another folder by --protocols-dir",
                       settings->protocols_dir);
    app->planner.zone = app->planner.protocols[0]->task_calendar->zone;
    app->planner.rules = ho_line_rules_default(app->planner.zone);
    app->planner.rules.join_gap_us = settings->join_gap_hours * HO_US_PER_HOUR;
    return HO_OK;
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct app app = {0};
    struct ho_error error = {0};
    struct ho_calendar_set *calendars = NULL;
    struct ho_code_set *codes = NULL;
    struct ho_protocol_set *protocols = NULL;
    int status = 1;

    ho_config_read(&TABLE, argc, argv, &settings);
    ho_log_init("transitions", ho_log_level_named(settings.log_level));
    app.age = ho_histogram("handoff_transitions_seconds",
                           "From the broker's append of a matched event to its committed plan", "");
    if (ho_calendars_load(settings.calendars_dir, &calendars, &error) != HO_OK ||
        ho_codes_load(settings.codes_dir, &codes, &error) != HO_OK ||
        ho_protocols_load(settings.protocols_dir, calendars, ho_code_set_codes(codes), &protocols, &error) != HO_OK ||
        set_up_planner(&app, &settings, protocols, &error) != HO_OK ||
        ho_service_new("transitions", settings.admin_address, &app.service, &error) != HO_OK ||
        start(&app, &settings, &error) != HO_OK)
        goto done;
    status = ho_service_run(app.service, on_drain, &app, 10000);
done:
    if (error.text[0])
        ho_log(HO_ERROR, "not started", "reason=\"%s\"", error.text);
    ho_consumer_free(app.consumer);
    ho_drain_free(app.drain);
    ho_service_free(app.service);
    ho_protocol_set_free(protocols);
    ho_code_set_free(codes);
    ho_calendar_set_free(calendars);
    return status;
}
