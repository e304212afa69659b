// A protocol: which tasks and notices a transition calls for. Data (deploy/protocols/*.yaml), loaded and
// validated by platform/yaml.h, hashed by its bytes, and named by every task it makes.
#pragma once

#include "handoff/calendar.h"
#include "handoff/codes.h"
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
    HO_ON_DISCHARGE_ANNOUNCED = 1 << 8, // pending discharge (A16)
    HO_ON_TRANSFER = 1 << 9,            // from a bed or the ED to a bed or the ED of another facility
    HO_ON_SILENCE = 1 << 10,            // nothing heard of an open stay for so long that it is taken for over
};
enum { HO_OCCASIONS = 11 };

uint32_t ho_transition_occasions(const struct ho_transition *transition);
// Whether it is the end of its encounter: then destination and disposition are about it.
bool ho_transition_is_leaving(const struct ho_transition *transition);
// Whether it leads to intermediate care or assisted living (disposition 04, or 84 where a readmission is planned): that
// is like home, whatever setting the way shows.
bool ho_transition_is_to_assisted_living(const struct ho_transition *transition);

// Where templates say that the member went: one of the settings, or assisted living, which is then no nursing facility.
enum { HO_TO_ASSISTED_LIVING = HO_SETTING_N, HO_TO_PLACES };
// The bit of the place: 1 << its ho_setting, or 1 << HO_TO_ASSISTED_LIVING.
uint32_t ho_transition_to(const struct ho_transition *transition);
const char *ho_to_name(size_t place); // the settings' names, and "assisted-living"; NULL after the last

// "ed-arrival", "admission", "discharge", "ed-discharge", "snf-admission", "snf-discharge", "against-advice",
// "death", "discharge-announced", "transfer", "silence".
const char *ho_occasion_name(enum ho_occasion occasion);
bool ho_occasion_from_name(struct ho_bytes name, enum ho_occasion *out);

enum ho_due_unit { HO_DUE_BUSINESS_DAYS, HO_DUE_DAYS, HO_DUE_HOURS };

struct ho_due {
    int amount;
    enum ho_due_unit unit; // hours count from the moment, days end at close of business
};

// What a condition may ask about. The words of protocols (`when`, `unless`), programs and eligibility.
enum ho_fact {
    HO_FACT_FROM,        // setting before: mask of 1 << ho_setting
    HO_FACT_TO,          // where the member went: mask of ho_transition_to
    HO_FACT_DESTINATION, // mask of 1 << ho_destination
    HO_FACT_DISPOSITION, // PV1-36 as sent: words
    HO_FACT_DIAGNOSIS,   // groups of the encounter's diagnoses: mask of ho_codes
    HO_FACT_CONDITION,   // groups that the plan knows, or that some diagnosis told up to then: mask of ho_codes
    HO_FACT_NEED,        // words
    HO_FACT_HOMELESS,    // words: no, yes, chronic; "unknown" where nobody said
    HO_FACT_PHONE,       // words: none, known
    HO_FACT_LANGUAGE,    // words, ISO 639-1: en, es, vi …; "unknown"
    HO_FACT_RISK,        // words: low, medium, high; "unknown"
    HO_FACT_PREGNANT,    // words: yes, no; by the plan's date, or by the condition of that name
    HO_FACT_AGE,         // least to most, in years on the local date; unknown ages hold for none
    HO_FACT_FLAG,        // mask of ho_flag
    HO_FACT_COUNTY,      // words
    HO_FACTS
};

const char *ho_fact_name(enum ho_fact fact); // "from", "to", "destination" … "county"
bool ho_fact_from_name(struct ho_bytes name, enum ho_fact *out);

// Holds where any of its values does.
struct ho_clause {
    enum ho_fact fact;
    bool unless; // holds where none does
    uint64_t mask;
    const char *const *words;
    size_t n_words;
    int least, most; // age, both inclusive
};

// What clauses are asked about.
struct ho_facts {
    const ho_member *member;                // NULL: nothing is known
    const struct ho_transition *transition; // NULL where a program asks: then the facts of it hold for none
    uint64_t diagnoses, conditions;         // groups
    uint64_t pregnancy; // the group by which a condition tells of one; 0: the plan's date alone does
    uint32_t date;      // local
};

// Whether all hold.
bool ho_clauses_hold(const struct ho_clause *clauses, size_t n, const struct ho_facts *facts);

// A notice about a task that is still open, a time before it is due (due soon) or after (overdue, escalated).
struct ho_reminder {
    const char *key; // unique in its template: "due-soon", "overdue", "escalated"
    const char *title;
    bool before;
    struct ho_due by;
    const char *const *roles;
    size_t n_roles;
};

struct ho_task_template {
    const char *key;     // unique in the protocol: "contact-after-discharge"
    const char *title;   // "Contact the member within two business days of discharge"
    const char *why;     // one sentence for the person who does it
    const char *purpose; // a newer transition supersedes the open task of the same purpose; defaults to key
    const char *role;
    uint32_t on;        // occasions
    uint32_t to_places; // mask of ho_transition_to; 0 any
    uint32_t until;     // occasions that end it while it is open ("superseded")
    struct ho_due due;
    const char *const *closes_with; // outcomes
    size_t n_closes_with;
    const char *const *home_with; // of these, by which people say that the member is at home
    size_t n_home_with;
    const struct ho_clause *when; // all must hold
    size_t n_when;
    struct ho_due starts;                // it is put into the queue so long after the transition; amount 0: at once
    const struct ho_reminder *reminders; // while it is open
    size_t n_reminders;
    const char *measure;       // whose numerator it serves: "tcm-contact"; "" none
    const char *const *serves; // services of the program: "care-transitions", "medications" …
    size_t n_serves;
};

struct ho_notice_template {
    const char *key;
    const char *title;
    uint32_t on;
    const char *const *roles;
    size_t n_roles;
    const struct ho_clause *when;
    size_t n_when;
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
    struct ho_due known_within;   // a task first known later than this after its due comes too late; amount 0: never
    struct ho_due notices_within; // a notice first known later than this after its transition is none; amount 0: never
};

// The services of the programs, in the words of their leaflets, that templates name under `serves`; NULL after the
// last.
const char *ho_service_name(size_t i);
