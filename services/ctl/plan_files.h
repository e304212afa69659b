// The files that a plan edits, as the commands read them: the given ones, else those of this checkout or installation.
#pragma once

#include "handoff/platform/yaml.h"

enum { HO_PLAN_PROTOCOLS_MAX = 32 }; // files or folders named by --protocol

struct ho_plan_paths {
    const char *protocols; // a folder, a file, or several parted by commas; "" the running ones
    const char *programs, *calendars, *codes, *feeds; // folders; "" the running ones
};

// Owns what it points to.
struct ho_plan_files {
    struct ho_arena *arena;
    struct ho_calendar_set *calendars;
    struct ho_code_set *codes;
    struct ho_program_set *programs;
    struct ho_feed_set *feeds;
    struct ho_protocol_set *sets[HO_PLAN_PROTOCOLS_MAX];
    size_t n_sets;
    const struct ho_protocol **protocols; // of all sets, by name; one at least
    size_t n_protocols;
    const struct ho_zone *zone; // the plan's: that of its first protocol's calendar
};

// The folder deploy/NAME of the checkout that the program was built in, or of where it is installed, in the arena;
// NULL where there is none.
const char *ho_deploy_folder(struct ho_arena *arena, const char *name);

// Where --protocol stands several times among the flags argv[1] to argv[n - 1], all that it names, in the arena.
void ho_plan_paths_join(struct ho_arena *arena, int n, char **argv, struct ho_plan_paths *inout);

// Loads calendars, codes, programs and feeds, and then the protocols. On failure nothing is left to free.
HO_MUST_USE enum ho_status ho_plan_files_load(const struct ho_plan_paths *paths, struct ho_plan_files *out,
                                              struct ho_error *error);
void ho_plan_files_cleanup(struct ho_plan_files *files);

// The moment that --at names: RFC 3339, or a date, whose end it is; "" now.
HO_MUST_USE enum ho_status ho_plan_moment(const char *text, const struct ho_zone *zone, int64_t *out,
                                          struct ho_error *error);

// The rows of a command's options, for settings that have `struct ho_plan_paths paths`.
#define HO_CTL_PLAN_FOLDERS(settings)                                                                                  \
    {"programs", HO_OPTION_TEXT, "", .offset = offsetof(settings, paths.programs),                                     \
     .help = "folder of the programs; \"\" the running ones, as with the following"},                                  \
        {"calendars", HO_OPTION_TEXT, "", .offset = offsetof(settings, paths.calendars),                               \
         .help = "folder of the calendars"},                                                                           \
        {"codes", HO_OPTION_TEXT, "", .offset = offsetof(settings, paths.codes),                                       \
         .help = "folder of the diagnosis groups"},                                                                    \
    {                                                                                                                  \
        "feeds", HO_OPTION_TEXT, "", .offset = offsetof(settings, paths.feeds), .help = "folder of the feeds"          \
    }

#define HO_CTL_PLAN_PATHS(settings)                                                                                    \
    {"protocol", HO_OPTION_TEXT, "", .offset = offsetof(settings, paths.protocols),                                    \
     .help =                                                                                                           \
         "protocols: a folder, a file, or several parted by commas; may stand several times; \"\" the running ones"},  \
        HO_CTL_PLAN_FOLDERS(settings)
