// What is set for the transitions service by options.
#pragma once

#include "files.h"

struct ho_transitions_settings {
    const char *kafka_brokers, *database_url, *admin_address, *instance, *log_level;
    int64_t session_timeout_ms, batch_records;
    struct ho_planner_settings plan;
};

// Ends the program where an option is wrong, or only help was asked for.
void ho_transitions_settings_read(int argc, char **argv, struct ho_transitions_settings *out);
