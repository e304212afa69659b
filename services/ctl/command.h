// What handoffctl's commands share: options and arguments in any order, exit statuses, words of failure.
#pragma once

#include "handoff/error.h"
#include "handoff/platform/config.h"
#include "handoff/platform/pg.h"

enum { HO_EXIT_OK = 0, HO_EXIT_FAILED = 1, HO_EXIT_USAGE = 2 };

// argv[0] is the command's last word.
typedef int ho_command_run(int argc, char **argv);

struct ho_command {
    const char *name; // one or two words
    const char *summary;
    ho_command_run *run;
};

ho_command_run ho_ctl_migrate, ho_ctl_topics_apply, ho_ctl_topics_list, ho_ctl_roster_import, ho_ctl_send, ho_ctl_tasks,
    ho_ctl_ledger, ho_ctl_summary, ho_ctl_match_try, ho_ctl_match_train, ho_ctl_match_weights;

ho_command_run ho_ctl_eligibility, ho_ctl_roster_sign_up, ho_ctl_roster_opt_out, ho_ctl_roster_opt_in,
    ho_ctl_review_list, ho_ctl_review_show, ho_ctl_review_decide, ho_ctl_review_undo, ho_ctl_review_links,
    ho_ctl_rebuild, ho_ctl_retention;

ho_command_run ho_ctl_roster_team, ho_ctl_roster_staff, ho_ctl_roster_consent;

ho_command_run ho_ctl_measures, ho_ctl_feeds;

ho_command_run ho_ctl_rejected_list, ho_ctl_rejected_show, ho_ctl_rejected_replay;

ho_command_run ho_ctl_explain, ho_ctl_protocol_check, ho_ctl_protocol_diff;

// Reads options and environment as ho_config_read does, with flags before, between and behind the arguments.
// Moves the arguments to the end of argv and returns the index of the first.
int ho_ctl_options(const struct ho_option_table *table, int argc, char **argv, void *settings);

// The same for a command without arguments: any is wrong usage, which ends the program.
void ho_ctl_options_only(const struct ho_option_table *table, int argc, char **argv, void *settings);

// "handoffctl COMMAND: words" on the error stream; returns the exit status.
int ho_ctl_failed(const struct ho_option_table *table, const struct ho_error *error);
int ho_ctl_misused(const struct ho_option_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Who acts: what --by says, else the user of this terminal.
const char *ho_ctl_by(const char *given);

// Monotonic milliseconds, and a pause.
long long ho_ctl_now_ms(void);
void ho_ctl_pause_ms(long ms);

#define HO_CTL_DATABASE_URL(settings)                                                                                  \
    {                                                                                                                  \
        "database-url", HO_OPTION_TEXT, NULL, .secret = true, .offset = offsetof(settings, database_url),              \
                                              .help = "PostgreSQL's URL"                                               \
    }
#define HO_CTL_KAFKA_BROKERS(settings)                                                                                 \
    {                                                                                                                  \
        "kafka-brokers", HO_OPTION_TEXT, "127.0.0.1:9092", .offset = offsetof(settings, kafka_brokers),                \
                                                           .help = "Kafka's bootstrap brokers"                         \
    }
