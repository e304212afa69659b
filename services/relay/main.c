// handoff-relay: committed outbox rows become messages, in order for each member. Scales by running more
// copies: they share the shards.
#include "handoff/platform/config.h"
#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"
#include "handoff/platform/service.h"
#include "outbox.h"

struct settings {
    const char *kafka_brokers, *database_url, *admin_address, *instance, *log_level;
};

static const struct ho_option OPTIONS[] = {
#define AT(field) offsetof(struct settings, field)
    {"kafka-brokers", HO_OPTION_TEXT, "127.0.0.1:9092", 0, 0, false, AT(kafka_brokers), "Kafka's bootstrap brokers",
     NULL},
    {"database-url", HO_OPTION_TEXT, NULL, 0, 0, true, AT(database_url), "PostgreSQL's URL; several hosts are allowed",
     NULL},
    {"admin-address", HO_OPTION_ADDRESS, "", 0, 0, false, AT(admin_address),
     "where /metrics, /healthz and /readyz are served", NULL},
    {"instance", HO_OPTION_TEXT, "", 0, 0, false, AT(instance), "name of this copy, in the logs of broker and database",
     NULL},
    {"log-level", HO_OPTION_TEXT, "info", 0, 0, false, AT(log_level), "least level to log: debug, info, warn or error",
     ho_log_levels},
#undef AT
};

static const struct ho_option_table TABLE = {
    .program = "handoff-relay",
    .summary = "Sends what the other services have committed to the outbox.",
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof *OPTIONS,
};

enum { POLL_MS = 1000, AFTER_FAILURE_MS = 500, BALANCE_US = 2000000 };

struct app {
    struct ho_service *service;
    struct ho_pg *pg;
    struct ho_producer *producer;
    struct ho_shards shards;
    struct ho_outbox_large large;
    struct ho_watch *timer, *notified;
    int64_t balanced_us; // when the shards were shared last; 0 never on this connection
    struct ho_metric *sent, *failed, *refused, *too_large, *oldest, *held;
};

static void on_notified(void *context, int events);

// A new connection holds no locks and does not listen.
static enum ho_status connect_anew(struct app *app, struct ho_error *error)
{
    app->shards = (struct ho_shards){0};
    app->balanced_us = 0;
    enum ho_status status = ho_pg_connect(app->pg, error);
    if (status == HO_OK)
        status = ho_pg_run(app->pg, "listen handoff_outbox", NULL, NULL, error);
    if (status == HO_OK)
        app->notified = ho_loop_fd(ho_service_loop(app->service), ho_pg_fd(app->pg), HO_READABLE, on_notified, app);
    return status;
}

static enum ho_status balance(struct app *app, struct ho_error *error)
{
    int64_t now = ho_monotonic_us();
    if (app->balanced_us && now - app->balanced_us < BALANCE_US)
        return HO_OK;
    enum ho_status status = ho_shards_balance(&app->shards, app->pg, error);
    if (status == HO_OK)
        app->balanced_us = now;
    ho_metric_set(app->held, app->shards.n_held);
    return status;
}

static enum ho_status serve_page(struct app *app, struct ho_outbox_page *page, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    if (!ho_pg_connected(app->pg))
        status = connect_anew(app, error);
    if (status == HO_OK)
        status = balance(app, error);
    if (status == HO_OK)
        status = ho_outbox_serve(app->pg, app->producer, &app->shards, &app->large, page, error);
    return status;
}

static void on_timer(void *context)
{
    struct app *app = context;
    struct ho_error error = {0};
    struct ho_outbox_page page = {0};
    enum ho_status status = serve_page(app, &page, &error);
    ho_producer_poll(app->producer, 0); // takes the client's own news, such as a broker that came back
    ho_service_ready(app->service, "database", status == HO_OK);
    ho_service_ready(app->service, "kafka", ho_producer_reachable(app->producer));
    ho_metric_add(app->sent, (double)page.sent);
    ho_metric_add(app->failed, (double)page.failed);
    ho_metric_add(app->refused, (double)page.refused);
    ho_metric_set(app->too_large, (double)page.too_large);
    ho_metric_set(app->oldest, page.oldest_s);
    if (status == HO_FATAL || status == HO_REJECT) {
        ho_service_fail(app->service, &error);
        return;
    }
    if (status == HO_RETRY) {
        ho_log(HO_WARN, "the database is away; trying again", "reason=\"%s\"", error.text);
        ho_watch_free(app->notified); // while its descriptor is surely the connection's
        app->notified = NULL;
        ho_pg_drop(app->pg);
    }
    bool trouble = status != HO_OK || page.failed;
    bool more = page.sent || ho_pg_take_notifications(app->pg);
    ho_watch_arm(app->timer, trouble ? AFTER_FAILURE_MS : more ? 0 : POLL_MS);
}

static void on_notified(void *context, int events)
{
    (void)events;
    struct app *app = context;
    ho_pg_take_notifications(app->pg);
    ho_watch_arm(app->timer, 0); // a lost connection is found there, too
}

static void register_metrics(struct app *app)
{
    app->sent =
        ho_counter("handoff_relay_rows_total", "Outbox rows by outcome of the attempt", "outcome=\"delivered\"");
    app->failed = ho_counter("handoff_relay_rows_total", "Outbox rows by outcome of the attempt", "outcome=\"failed\"");
    app->refused =
        ho_counter("handoff_relay_rows_total", "Outbox rows by outcome of the attempt", "outcome=\"too-large\"");
    app->too_large = ho_gauge("handoff_relay_too_large_rows",
                              "Rows that wait because they, or an earlier one of their key, are more than their topic "
                              "takes: raise its max.message.bytes",
                              "");
    app->oldest =
        ho_gauge("handoff_relay_oldest_seconds", "Age of the oldest row of the page that was served last", "");
    app->held = ho_gauge("handoff_relay_shards", "Shards of the outbox that this relay serves", "");
}

static void on_drain(void *context)
{
    ho_loop_stop(ho_service_loop(((struct app *)context)->service));
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct app app = {0};
    struct ho_error error = {0};
    int status = 1;

    ho_config_read(&TABLE, argc, argv, &settings);
    ho_log_init("relay", ho_log_level_named(settings.log_level));
    register_metrics(&app);
    if (ho_service_new("relay", settings.admin_address, &app.service, &error) != HO_OK)
        goto done;
    ho_service_ready(app.service, "database", false);
    ho_service_ready(app.service, "kafka", false);
    char name[HO_INSTANCE_NAME_BYTES];
    ho_instance_name("handoff-relay", settings.instance, name);
    static const char *const TOPICS[] = {"adt.matched", "adt.rejected", "transition.events", NULL};
    const struct ho_producer_settings producer = {
        .topics = TOPICS,
        .brokers = settings.kafka_brokers,
        .client_id = name,
        .linger_ms = 0,
        .delivery_timeout_ms = 30000,
        .max_message_bytes = 10 << 20,
    };
    if (ho_producer_new(NULL, &producer, &app.producer, &error) != HO_OK)
        goto done;
    app.pg = ho_pg_new(settings.database_url, name);
    ho_pg_by_key(app.pg);
    app.timer = ho_loop_timer(ho_service_loop(app.service), 0, 0, on_timer, &app);
    status = ho_service_run(app.service, on_drain, &app, 10000);
done:
    if (error.text[0])
        ho_log(HO_ERROR, "not started", "reason=\"%s\"", error.text);
    ho_watch_free(app.notified);
    ho_watch_free(app.timer);
    ho_pg_free(app.pg);
    ho_producer_free(app.producer);
    ho_service_free(app.service);
    return status;
}
