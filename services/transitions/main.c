// handoff-transitions: the one writer of encounters, episodes and planned tasks. Scales by running more copies.
#include "apply.h"
#include "drain.h"
#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"
#include "handoff/platform/service.h"
#include "settings.h"

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
    return ho_apply_batch(&app->planner, pg, arena, batch, &app->counts, error);
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

static enum ho_status start(struct app *app, const struct ho_transitions_settings *settings, struct ho_error *error)
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

int main(int argc, char **argv)
{
    struct ho_transitions_settings settings;
    struct app app = {0};
    struct ho_error error = {0};
    struct ho_planner_files *files = NULL;
    int status = 1;

    ho_transitions_settings_read(argc, argv, &settings);
    ho_log_init("transitions", ho_log_level_named(settings.log_level));
    app.age = ho_histogram("handoff_transitions_seconds",
                           "From the broker's append of a matched event to its committed plan", "");
    if (ho_planner_load(&settings.plan, &files, &app.planner, &error) != HO_OK ||
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
    ho_planner_files_free(files);
    return status;
}
