// What is set for the transitions service by options.
#pragma once

#include "handoff/episode.h"

struct ho_transitions_settings {
    const char *kafka_brokers, *database_url, *admin_address, *instance, *log_level, *protocols_dir, *calendars_dir,
        *codes_dir, *programs_dir;
    int64_t session_timeout_ms, batch_records, join_gap_hours;
    int64_t stale_ed_days, stale_inpatient_days, stale_observation_days, stale_snf_days;
    int64_t readmission_days, ed_visits, ed_visits_days, recent_snf_days;
};

// Ends the program where an option is wrong, or only help was asked for.
void ho_transitions_settings_read(int argc, char **argv, struct ho_transitions_settings *out);
// How a member's line is drawn; `zone` is the plan's.
struct ho_line_rules ho_transitions_rules(const struct ho_transitions_settings *settings, const struct ho_zone *zone);
