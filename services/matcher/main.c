// handoff-matcher: adt.inbound in, verdicts out. Scales by running more copies.
#include <stdlib.h>

#include "drain.h"
#include "handoff/platform/config.h"
#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"
#include "handoff/platform/service.h"
#include "handoff/platform/topics.h"
#include "handoff/platform/yaml.h"

struct settings {
    const char *kafka_brokers, *database_url, *admin_address, *instance, *log_level, *feeds_dir, *weights;
    int64_t session_timeout_ms, batch_records, held_hours, undo_days, ruled_out_days;
};

static const struct ho_option OPTIONS[] = {
#define AT(field) offsetof(struct settings, field)
    {"kafka-brokers", HO_OPTION_TEXT, "127.0.0.1:9092", 0, 0, false, AT(kafka_brokers), "Kafka's bootstrap brokers"},
    {"database-url", HO_OPTION_TEXT, NULL, 0, 0, true, AT(database_url), "PostgreSQL's URL; several hosts are allowed"},
    {"admin-address", HO_OPTION_ADDRESS, "", 0, 0, false, AT(admin_address),
     "where /metrics, /healthz and /readyz are served"},
    {"instance", HO_OPTION_TEXT, "", 0, 0, false, AT(instance),
     "name of this copy; gives quick restarts (static membership)"},
    {"log-level", HO_OPTION_TEXT, "info", 0, 0, false, AT(log_level), "least level to log: debug, info, warn or error",
     ho_log_levels},
    {"feeds-dir", HO_OPTION_TEXT, "deploy/feeds", 0, 0, false, AT(feeds_dir), "folder of the feeds' YAML files"},
    {"weights", HO_OPTION_TEXT, "", 0, 0, false, AT(weights),
     "YAML file of the weights of matching, as deploy/match/weights.yaml; \"\" the built-in ones; lookback needs the "
     "same"},
    {"session-timeout-ms", HO_OPTION_INTEGER, "6000", 1000, 300000, false, AT(session_timeout_ms),
     "after which Kafka gives a silent copy's partitions to others"},
    {"batch-records", HO_OPTION_INTEGER, "5000", 1, 100000, false, AT(batch_records),
     "records in one transaction at most"},
    {"held-hours", HO_OPTION_INTEGER, "72", 0, 8760, false, AT(held_hours),
     "for which a message that tells too little waits for others about the same identity"},
    {"undo-days", HO_OPTION_INTEGER, "30", 1, 3650, false, AT(undo_days),
     "for which an event whose link was undone to nobody is kept, so that the undoing can be undone"},
    {"ruled-out-days", HO_OPTION_INTEGER, "2190", 90, 36500, false, AT(ruled_out_days),
     "for which a number that is no member's is kept after the last word about it, with the words, and a link to "
     "nobody"},
#undef AT
};

static const struct ho_option_table TABLE = {
    .program = "handoff-matcher",
    .summary = "Finds out whether each ADT message is about one of our members, and accounts for every one.",
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof *OPTIONS,
};

struct app {
    struct ho_service *service;
    struct ho_consumer *consumer;
    struct ho_drain *drain;
    struct ho_intake intake;
    struct ho_feed_metrics *feeds;
    struct ho_metric *verdicts[HO_VERDICTS], *unknown_codes[HO_ADT_CODES], *gap, *lost, *members, *age, *topics_wrong;
    const char *kafka_brokers;
    bool topics_checked;
};

static void register_metrics(struct app *app)
{
    static const char *const LABELS[HO_VERDICTS] = {
        [HO_NON_MEMBER] = "verdict=\"non-member\"", [HO_MATCHED] = "verdict=\"matched\"",
        [HO_REVIEW] = "verdict=\"review\"",         [HO_HELD] = "verdict=\"held\"",
        [HO_REJECTED] = "verdict=\"rejected\"",     [HO_TEST] = "verdict=\"test\"",
    };
    static const char *const CODES[HO_ADT_CODES] = {
        [HO_CODE_CLASS] = "code=\"class\"",
        [HO_CODE_DISPOSITION] = "code=\"disposition\"",
        [HO_CODE_ADMIT_SOURCE] = "code=\"admit-source\"",
        [HO_CODE_CHARSET] = "code=\"charset\"",
    };
    static const char NAME[] = "handoff_matcher_messages_total";
    static const char HELP[] = "Inbound offsets by their first verdict";
    for (int v = 0; v < HO_VERDICTS; v++)
        app->verdicts[v] = ho_counter(NAME, HELP, LABELS[v]);
    app->gap = ho_counter(NAME, HELP, "verdict=\"gap\"");
    app->lost = ho_counter(NAME, HELP, "verdict=\"lost\"");
    for (int i = 0; i < HO_ADT_CODES; i++)
        app->unknown_codes[i] = ho_counter("handoff_matcher_unknown_codes_total",
                                           "Codes of events that no table knows, and that count as unknown", CODES[i]);
    app->members = ho_gauge("handoff_matcher_members", "Members in memory", "");
    app->topics_wrong =
        ho_gauge("handoff_topics_wrong", "1 where a topic's retention or another setting is not as stated", "");
    app->age = ho_histogram("handoff_matcher_seconds", "From the broker's append to the committed verdict", "");
}

// Once, when Kafka is there. That messages are kept for another time than is stated is told, and stops none of them.
static void check_topics(struct app *app)
{
    const char *report;
    struct ho_error error = {0};
    struct ho_arena *arena = ho_arena_new(0);
    enum ho_status status = ho_kafka_topics_check(arena, app->kafka_brokers, ho_topics, HO_TOPICS, &report, &error);
    app->topics_checked = status == HO_OK || status == HO_REJECT;
    ho_metric_set(app->topics_wrong, status == HO_REJECT);
    if (status != HO_OK)
        ho_log(HO_WARN, "the topics' settings are not as stated, or not told; see handoffctl retention",
               "reason=\"%s\"", error.text);
    ho_arena_free(arena);
}

static enum ho_status on_assigned(void *context, struct ho_pg *pg, struct ho_error *error)
{
    struct app *app = context;
    if (!app->topics_checked)
        check_topics(app);
    return ho_intake_follow_roster(&app->intake, pg, error);
}

static enum ho_status on_batch(void *context, struct ho_pg *pg, struct ho_arena *arena, const struct ho_batch *batch,
                               struct ho_error *error)
{
    struct app *app = context;
    return ho_intake_handle(&app->intake, pg, arena, batch, error);
}

static void on_committed(void *context, const struct ho_batch *batch)
{
    struct app *app = context;
    for (int v = 0; v < HO_VERDICTS; v++)
        ho_metric_add(app->verdicts[v], (double)app->intake.last.n[v]);
    for (int i = 0; i < HO_ADT_CODES; i++)
        ho_metric_add(app->unknown_codes[i], (double)app->intake.last.unknown_codes[i]);
    ho_feed_metrics_count(app->feeds, &app->intake.feeds);
    ho_metric_add(app->gap, (double)batch->gap);
    ho_metric_add(app->lost, (double)batch->lost);
    ho_metric_set(app->members, (double)ho_roster_index_size(app->intake.index));
    int64_t now_ms = ho_clock_us() / 1000;
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
        .consumer = "matcher",
        .topic = "adt.inbound",
        .instance = settings->instance,
        .database_url = settings->database_url,
        .session_timeout_ms = settings->session_timeout_ms,
        .max_batch_records = settings->batch_records,
        .max_batch_bytes = 32 << 20,
        .handle = on_batch,
        .committed = on_committed,
        .assigned = on_assigned,
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
    struct ho_feed_set *feeds = NULL;
    struct ho_match_weights weights = ho_match_weights_default;
    int status = 1;

    ho_config_read(&TABLE, argc, argv, &settings);
    ho_log_init("matcher", ho_log_level_named(settings.log_level));
    app.kafka_brokers = settings.kafka_brokers;
    register_metrics(&app);
    if (ho_feeds_load(settings.feeds_dir, &feeds, &error) != HO_OK)
        goto done;
    if (*settings.weights && ho_weights_load(settings.weights, &weights, &error) != HO_OK)
        goto done;
    ho_intake_init(&app.intake, ho_feed_set_feeds(feeds), &weights, settings.held_hours * 3600);
    if (ho_service_new("matcher", settings.admin_address, &app.service, &error) != HO_OK)
        goto done;
    ho_service_ready(app.service, "kafka-and-database", false);
    app.feeds = ho_feed_metrics_new(ho_feed_set_feeds(feeds));
    app.drain = ho_drain_new(app.service, &app.intake, app.feeds, settings.database_url, settings.undo_days * 24 * 3600,
                             settings.ruled_out_days * 24 * 3600);
    if (start_consumer(&app, &settings, &error) != HO_OK)
        goto done;
    status = ho_service_run(app.service, on_drain, &app, 10000);
done:
    if (error.text[0])
        ho_log(HO_ERROR, "not started", "reason=\"%s\"", error.text);
    ho_consumer_free(app.consumer);
    ho_drain_free(app.drain);
    ho_feed_metrics_free(app.feeds);
    ho_service_free(app.service);
    ho_intake_cleanup(&app.intake);
    ho_feed_set_free(feeds);
    return status;
}
