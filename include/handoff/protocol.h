// A protocol: which tasks and notices a transition calls for. Data (deploy/protocols/*.yaml), loaded and
// validated by platform/yaml.h, hashed by its bytes, and named by every task it makes.
#pragma once

#include "handoff/calendar.h"
#include "handoff/episode.h"

// What happened, in the words that templates use under `on`. A bit mask.
enum ho_occasion {
    HO_ON_ED_ARRIVAL = 1 << 0,     // to ed
    HO_ON_ADMISSION = 1 << 1,      // to inpatient or observation, from anywhere but each other
    HO_ON_DISCHARGE = 1 << 2,      // from inpatient or observation to home, snf or another facility
    HO_ON_ED_DISCHARGE = 1 << 3,   // from ed to home or another facility
    HO_ON_SNF_ADMISSION = 1 << 4,  // to snf, save from inpatient or observation
    HO_ON_SNF_DISCHARGE = 1 << 5,  // from snf to home or another facility
    HO_ON_AGAINST_ADVICE = 1 << 6, // from any to home, disposition 07; then none of the discharges
    HO_ON_DEATH = 1 << 7,
};
enum { HO_OCCASIONS = 8 };

uint32_t ho_transition_occasions(const struct ho_transition *transition);
// "ed-arrival", "admission", "discharge", "ed-discharge", "snf-admission", "snf-discharge", "against-advice",
// "death".
const char *ho_occasion_name(enum ho_occasion occasion);
bool ho_occasion_from_name(struct ho_bytes name, enum ho_occasion *out);

enum ho_due_unit { HO_DUE_BUSINESS_DAYS, HO_DUE_DAYS, HO_DUE_HOURS };

struct ho_due {
    int amount;
    enum ho_due_unit unit; // hours count from the moment, days end at close of business
};

struct ho_task_template {
    const char *key;     // unique in the protocol: "contact-after-discharge"
    const char *title;   // "Contact the member within two business days of discharge"
    const char *why;     // one sentence for the person who does it
    const char *purpose; // a newer transition supersedes the open task of the same purpose; defaults to key
    const char *role;
    uint32_t on;          // occasions
    uint32_t to_settings; // mask of 1 << ho_setting; 0 any
    uint32_t until;       // occasions that end it while it is open ("superseded")
    struct ho_due due;
    const char *const *closes_with; // outcomes
    size_t n_closes_with;
};

struct ho_notice_template {
    const char *key;
    const char *title;
    uint32_t on;
    const char *const *roles;
    size_t n_roles;
};

struct ho_protocol {
    const char *name;
    const char *program;                     // serves members enrolled in it ("ECM")
    uint8_t hash[32];                        // SHA-256 of the file
    const struct ho_calendar *task_calendar; // a task is due at the earlier of both; its zone dates a transition
    const struct ho_calendar *measure_calendar;
    const struct ho_task_template *tasks;
    size_t n_tasks;
    const struct ho_notice_template *notices;
    size_t n_notices;
};
