// A planner as options and the files that a plan edits set it up: for the service, and for the rebuild, which must plan
// by the same.
#pragma once

#include "handoff/platform/config.h"
#include "planner.h"

struct ho_planner_settings {
    const char *protocols_dir, *calendars_dir, *codes_dir, *programs_dir;
    int64_t join_gap_hours;
    int64_t stale_ed_days, stale_inpatient_days, stale_observation_days, stale_snf_days;
    int64_t readmission_days, ed_visits, ed_visits_days, recent_snf_days;
};

// Owns what the planner points to.
struct ho_planner_files;

// On failure nothing is left to free. The plan's zone is that of its first protocol's calendar.
HO_MUST_USE enum ho_status ho_planner_load(const struct ho_planner_settings *settings, struct ho_planner_files **files,
                                           struct ho_planner *planner, struct ho_error *error);
void ho_planner_files_free(struct ho_planner_files *files); // takes NULL

// The options, of a settings struct whose member `plan` is a struct ho_planner_settings.
#define HO_PLANNER_OPTIONS(settings)                                                                                   \
    {"protocols-dir", HO_OPTION_TEXT, "deploy/protocols", .offset = offsetof(settings, plan.protocols_dir),            \
     .help = "folder of the protocols' YAML files"},                                                                   \
        {"calendars-dir", HO_OPTION_TEXT, "deploy/calendars", .offset = offsetof(settings, plan.calendars_dir),        \
         .help = "folder of the calendars' YAML files"},                                                               \
        {"codes-dir", HO_OPTION_TEXT, "deploy/codes", .offset = offsetof(settings, plan.codes_dir),                    \
         .help = "folder of the diagnosis groups' YAML files"},                                                        \
        {"programs-dir", HO_OPTION_TEXT, "deploy/programs", .offset = offsetof(settings, plan.programs_dir),           \
         .help = "folder of the programs' YAML files"},                                                                \
        {"join-gap-hours",                                                                                             \
         HO_OPTION_INTEGER,                                                                                            \
         "36",                                                                                                         \
         1,                                                                                                            \
         720,                                                                                                          \
         .offset = offsetof(settings, plan.join_gap_hours),                                                            \
         .help = "encounters nearer than this are one episode"},                                                       \
        {"stale-ed-days",                                                                                              \
         HO_OPTION_INTEGER,                                                                                            \
         "3",                                                                                                          \
         0,                                                                                                            \
         1000,                                                                                                         \
         .offset = offsetof(settings, plan.stale_ed_days),                                                             \
         .help = "an open ED visit silent for so long is taken for over; 0: never"},                                   \
        {"stale-inpatient-days",                                                                                       \
         HO_OPTION_INTEGER,                                                                                            \
         "60",                                                                                                         \
         0,                                                                                                            \
         1000,                                                                                                         \
         .offset = offsetof(settings, plan.stale_inpatient_days),                                                      \
         .help = "the same of an inpatient stay"},                                                                     \
        {"stale-observation-days",                                                                                     \
         HO_OPTION_INTEGER,                                                                                            \
         "7",                                                                                                          \
         0,                                                                                                            \
         1000,                                                                                                         \
         .offset = offsetof(settings, plan.stale_observation_days),                                                    \
         .help = "the same of observation"},                                                                           \
        {"stale-snf-days",                                                                                             \
         HO_OPTION_INTEGER,                                                                                            \
         "400",                                                                                                        \
         0,                                                                                                            \
         10000,                                                                                                        \
         .offset = offsetof(settings, plan.stale_snf_days),                                                            \
         .help = "the same of a stay in a nursing facility"},                                                          \
        {"readmission-days",                                                                                           \
         HO_OPTION_INTEGER,                                                                                            \
         "30",                                                                                                         \
         1,                                                                                                            \
         365,                                                                                                          \
         .offset = offsetof(settings, plan.readmission_days),                                                          \
         .help = "days within which a return to a bed is a readmission"},                                              \
        {"ed-visits",                                                                                                  \
         HO_OPTION_INTEGER,                                                                                            \
         "3",                                                                                                          \
         1,                                                                                                            \
         100,                                                                                                          \
         .offset = offsetof(settings, plan.ed_visits),                                                                 \
         .help = "ED visits that make a high utiliser"},                                                               \
        {"ed-visits-days",                                                                                             \
         HO_OPTION_INTEGER,                                                                                            \
         "60",                                                                                                         \
         1,                                                                                                            \
         1000,                                                                                                         \
         .offset = offsetof(settings, plan.ed_visits_days),                                                            \
         .help = "days within which they are counted"},                                                                \
    {                                                                                                                  \
        "recent-snf-days", HO_OPTION_INTEGER, "30", 1, 365, .offset = offsetof(settings, plan.recent_snf_days),        \
                                                            .help = "days for which a stay in a nursing facility is "  \
                                                                    "recent"                                           \
    }
