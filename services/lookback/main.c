// handoff-lookback: finds the stays that began before a member was known, by reading the last weeks of adt.inbound
// again. One copy works at a time; further ones wait as spares.
#include "handoff/platform/config.h"
#include "handoff/platform/log.h"
#include "handoff/platform/service.h"
#include "handoff/platform/yaml.h"
#include "lookback.h"

struct settings {
    const char *kafka_brokers, *database_url, *admin_address, *instance, *log_level, *feeds_dir, *weights;
    int64_t window_days, interval_seconds;
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
    {"feeds-dir", HO_OPTION_TEXT, "deploy/feeds", 0, 0, false, AT(feeds_dir), "folder of the feeds' YAML files", NULL},
    {"weights", HO_OPTION_TEXT, "", 0, 0, false, AT(weights),
     "YAML file of the weights of matching, as deploy/match/weights.yaml; \"\" the built-in ones; matcher needs the "
     "same",
     NULL},
    {"window-days", HO_OPTION_INTEGER, "30", 1, 3650, false, AT(window_days),
     "how far back is looked, at most as far as the topic is kept", NULL},
    {"interval-seconds", HO_OPTION_INTEGER, "60", 0, 86400, false, AT(interval_seconds),
     "least time between two readings for known identities; new and changed members do not wait for it", NULL},
#undef AT
};

static const struct ho_option_table TABLE = {
    .program = "handoff-lookback",
    .summary = "Looks in the messages of the last weeks for members who were not known when they came.",
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof *OPTIONS,
};

static void on_drain(void *context)
{
    ho_loop_stop(ho_service_loop(context));
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_service *service = NULL;
    struct ho_lookback *lookback = NULL;
    struct ho_error error = {0};
    struct ho_feed_set *feeds = NULL;
    struct ho_match_weights weights = ho_match_weights_default;
    int status = 1;

    ho_config_read(&TABLE, argc, argv, &settings);
    ho_log_init("lookback", ho_log_level_named(settings.log_level));
    if (ho_feeds_load(settings.feeds_dir, &feeds, &error) != HO_OK ||
        (*settings.weights && ho_weights_load(settings.weights, &weights, &error) != HO_OK) ||
        ho_service_new("lookback", settings.admin_address, &service, &error) != HO_OK)
        goto done;
    char name[HO_INSTANCE_NAME_BYTES];
    const struct ho_lookback_settings lookback_settings = {
        .run = {.brokers = settings.kafka_brokers,
                .client_id = ho_instance_name("handoff-lookback", settings.instance, name),
                .feeds = ho_feed_set_feeds(feeds),
                .weights = &weights,
                .window_days = settings.window_days},
        .database_url = settings.database_url,
        .interval_seconds = settings.interval_seconds,
    };
    lookback = ho_lookback_new(service, &lookback_settings);
    status = ho_service_run(service, on_drain, service, 10000);
done:
    if (error.text[0])
        ho_log(HO_ERROR, "not started", "reason=\"%s\"", error.text);
    ho_lookback_free(lookback);
    ho_service_free(service);
    ho_feed_set_free(feeds);
    return status;
}
