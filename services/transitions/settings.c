#include "settings.h"

#include "handoff/platform/config.h"
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
    {"protocols-dir", HO_OPTION_TEXT, "deploy/protocols", 0, 0, false, AT(protocols_dir),
     "folder of the protocols' YAML files", NULL},
    {"calendars-dir", HO_OPTION_TEXT, "deploy/calendars", 0, 0, false, AT(calendars_dir),
     "folder of the calendars' YAML files", NULL},
    {"codes-dir", HO_OPTION_TEXT, "deploy/codes", 0, 0, false, AT(codes_dir),
     "folder of the diagnosis groups' YAML files", NULL},
    {"programs-dir", HO_OPTION_TEXT, "deploy/programs", 0, 0, false, AT(programs_dir),
     "folder of the programs' YAML files", NULL},
    {"session-timeout-ms", HO_OPTION_INTEGER, "6000", 1000, 300000, false, AT(session_timeout_ms),
     "after which Kafka gives a silent copy's partitions to others", NULL},
    {"batch-records", HO_OPTION_INTEGER, "500", 1, 10000, false, AT(batch_records),
     "records in one transaction at most", NULL},
    {"join-gap-hours", HO_OPTION_INTEGER, "36", 1, 720, false, AT(join_gap_hours),
     "encounters nearer than this are one episode", NULL},
    {"stale-ed-days", HO_OPTION_INTEGER, "3", 0, 1000, false, AT(stale_ed_days),
     "an open ED visit silent for so long is taken for over; 0: never", NULL},
    {"stale-inpatient-days", HO_OPTION_INTEGER, "60", 0, 1000, false, AT(stale_inpatient_days),
     "the same of an inpatient stay", NULL},
    {"stale-observation-days", HO_OPTION_INTEGER, "7", 0, 1000, false, AT(stale_observation_days),
     "the same of observation", NULL},
    {"stale-snf-days", HO_OPTION_INTEGER, "400", 0, 10000, false, AT(stale_snf_days),
     "the same of a stay in a nursing facility", NULL},
    {"readmission-days", HO_OPTION_INTEGER, "30", 1, 365, false, AT(readmission_days),
     "days within which a return to a bed is a readmission", NULL},
    {"ed-visits", HO_OPTION_INTEGER, "3", 1, 100, false, AT(ed_visits), "ED visits that make a high utiliser", NULL},
    {"ed-visits-days", HO_OPTION_INTEGER, "60", 1, 1000, false, AT(ed_visits_days),
     "days within which they are counted", NULL},
    {"recent-snf-days", HO_OPTION_INTEGER, "30", 1, 365, false, AT(recent_snf_days),
     "days for which a stay in a nursing facility is recent", NULL},
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

struct ho_line_rules ho_transitions_rules(const struct ho_transitions_settings *settings, const struct ho_zone *zone)
{
    const int64_t day = 24 * HO_US_PER_HOUR;
    struct ho_line_rules rules = ho_line_rules_default(zone);
    rules.join_gap_us = settings->join_gap_hours * HO_US_PER_HOUR;
    rules.stale_us[HO_SETTING_ED] = settings->stale_ed_days * day;
    rules.stale_us[HO_SETTING_INPATIENT] = settings->stale_inpatient_days * day;
    rules.stale_us[HO_SETTING_OBSERVATION] = settings->stale_observation_days * day;
    rules.stale_us[HO_SETTING_SNF] = settings->stale_snf_days * day;
    rules.readmission_days = (int)settings->readmission_days;
    rules.ed_visits = (int)settings->ed_visits;
    rules.ed_visits_days = (int)settings->ed_visits_days;
    rules.recent_snf_days = (int)settings->recent_snf_days;
    return rules;
}
