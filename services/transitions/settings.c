#include "settings.h"

#include "handoff/platform/log.h"

static const struct ho_option OPTIONS[] = {
#define AT(field) offsetof(struct ho_transitions_settings, field)
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
    {"session-timeout-ms", HO_OPTION_INTEGER, "6000", 1000, 300000, false, AT(session_timeout_ms),
     "after which Kafka gives a silent copy's partitions to others", NULL},
    {"batch-records", HO_OPTION_INTEGER, "500", 1, 10000, false, AT(batch_records),
     "records in one transaction at most", NULL},
    HO_PLANNER_OPTIONS(struct ho_transitions_settings),
#undef AT
};

static const struct ho_option_table TABLE = {
    .program = "handoff-transitions",
    .summary = "Works out what has happened to each member, and which tasks and notices that calls for.",
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof *OPTIONS,
};

void ho_transitions_settings_read(int argc, char **argv, struct ho_transitions_settings *out)
{
    *out = (struct ho_transitions_settings){0};
    ho_config_read(&TABLE, argc, argv, out);
}
