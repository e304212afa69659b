// handoff-notifier: notices from transition.events out to people and systems. Scales by running more copies.
#include <stdio.h>
#include <stdlib.h>

#include "settings.h"

#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"
#include "handoff/platform/service.h"
#include "handoff/time.h"

enum { DRAIN_MS = 20000, BATCH_BYTES = 16 << 20, EXIT_USAGE = 2 };

struct app {
    struct ho_notifier_settings settings;
    struct ho_service *service;
    struct ho_consumer *consumer;
    struct ho_intake intake;
    struct ho_sender *sender;
    struct ho_metric *notices, *unreadable, *without_recipient, *unresolved[HO_ROLES];
};

static enum ho_status on_batch(void *context, struct ho_pg *pg, struct ho_arena *arena, const struct ho_batch *batch,
                               struct ho_error *error)
{
    struct app *app = context;
    return ho_intake_handle(&app->intake, pg, arena, batch, error);
}

static void on_committed(void *context, const struct ho_batch *batch)
{
    struct app *app = context;
    ho_metric_add(app->notices, (double)app->intake.notices);
    ho_metric_add(app->unreadable, (double)app->intake.unreadable);
    ho_metric_add(app->without_recipient, (double)app->intake.without_recipient);
    for (int role = 0; role < HO_ROLES; role++)
        ho_metric_add(app->unresolved[role], (double)app->intake.unresolved[role]);
    if (batch->lost)
        ho_log(HO_ERROR, "notices were lost to retention", "partition=%d lost=%lld", (int)batch->partition,
               (long long)batch->lost);
    if (app->intake.notices)
        ho_sender_wake(app->sender);
}

static void on_failed(void *context, const struct ho_error *error)
{
    ho_service_fail(((struct app *)context)->service, error);
}

static void on_ready(void *context, bool ready)
{
    ho_service_ready(((struct app *)context)->service, "kafka-and-database", ready);
}

static void on_sender_ready(void *context, bool ready)
{
    ho_service_ready(((struct app *)context)->service, "deliveries", ready);
}

static void on_drained(void *context)
{
    ho_loop_stop(ho_service_loop(((struct app *)context)->service));
}

static void on_drain(void *context)
{
    struct app *app = context;
    ho_consumer_free(app->consumer);
    app->consumer = NULL;
    ho_sender_drain(app->sender, on_drained, app);
}

static enum ho_status start_consumer(struct app *app, struct ho_error *error)
{
    const struct ho_notifier_settings *settings = &app->settings;
    const struct ho_consumer_settings consumer = {
        .brokers = settings->kafka_brokers,
        .consumer = "notifier",
        .topic = "transition.events",
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

static void start_sender(struct app *app)
{
    struct ho_sender_settings sending = ho_notifier_sending(&app->settings);
    sending.ready = on_sender_ready;
    sending.failed = on_failed;
    sending.context = app;
    app->sender = ho_sender_new(ho_service_loop(app->service), &sending);
}

static void register_metrics(struct app *app)
{
    app->notices = ho_counter("handoff_notices_total", "Notices and corrections taken in", "");
    app->unreadable = ho_counter("handoff_notices_unreadable_total", "Messages that are no notice", "");
    app->without_recipient =
        ho_counter("handoff_notices_without_recipient_total", "Notices that nobody could be told", "");
    for (int role = 0; role < HO_ROLES; role++) {
        char label[64];
        snprintf(label, sizeof label, "role=\"%s\"", ho_role_name((enum ho_role)role));
        app->unresolved[role] = ho_counter("handoff_notifier_unresolved_total",
                                           "Roles that notices named and nobody had for the member", label);
    }
}

static void warn_of_silence(const struct app *app)
{
    if (!app->intake.channels.email)
        ho_log(HO_WARN, "no mail is sent: smtp-url is not set", "channel=email");
}

int main(int argc, char **argv)
{
    static struct app app;
    struct ho_error error = {0};
    int status = EXIT_USAGE;

    enum ho_status settings_status = ho_notifier_settings_read(argc, argv, &app.settings, &error);
    ho_log_init("notifier", ho_log_level_named(app.settings.log_level));
    if (settings_status != HO_OK)
        goto done;
    status = EXIT_FAILURE;
    app.intake.channels = ho_notifier_channels(&app.settings);
    register_metrics(&app);
    warn_of_silence(&app);
    if (ho_service_new("notifier", app.settings.admin_address, &app.service, &error) != HO_OK)
        goto done;
    ho_service_ready(app.service, "kafka-and-database", false);
    ho_service_ready(app.service, "deliveries", false);
    start_sender(&app);
    if (start_consumer(&app, &error) != HO_OK)
        goto done;
    status = ho_service_run(app.service, on_drain, &app, DRAIN_MS);
done:
    if (error.text[0])
        ho_log(HO_ERROR, "not started", "reason=\"%s\"", error.text);
    ho_consumer_free(app.consumer);
    ho_sender_free(app.sender);
    ho_service_free(app.service);
    ho_zone_free(app.settings.zone);
    return status;
}
