// Measures: operational proxies of the clocks that people are held to (TCM, TRC, FUH, FUM, FUA, readmission).
//
// There are no claims here, and the quality organisations' value sets are licensed: what is counted are handoff's own
// episodes, the outcomes of its tasks, and its own lists of ICD-10-CM prefixes. Whatever shows a measure says so.
// deploy/protocols/README.md tells them to people.
//
// Counted is what the member was served for: a protocol's program had enrolled them on the date of the event and runs.
// Its calendars give the zone of the dates and the business days. A stay is time in a bed, inpatient or in observation;
// one that begins less than two calendar days after another's end is the same. The main diagnosis is the first final
// one (type F), else the first. Work counts on the local date on which it was done, if that was not before the event,
// and whatever transition its task was for, as long as that one is on the line.
//
// Pure: line, work, member, calendars and `now` in; one row for each event that counts, out.
#pragma once

#include "handoff/plan.h"
#include "handoff/program.h"

enum ho_measure {
    HO_MEASURE_TCM_CONTACT, // two business days after discharge; two documented attempts suffice
    HO_MEASURE_TCM_VISIT_7,
    HO_MEASURE_TCM_VISIT_14,
    HO_MEASURE_TRC_ADMISSION,   // notice of admission, day 0 to 2
    HO_MEASURE_TRC_DISCHARGE,   // discharge information, day 0 to 2
    HO_MEASURE_TRC_ENGAGEMENT,  // within 30 days, not day 0
    HO_MEASURE_TRC_MEDICATIONS, // reconciled, day 0 to 30
    HO_MEASURE_FUH_7,
    HO_MEASURE_FUH_30, // after a mental-health stay, day 0 excluded
    HO_MEASURE_FUM_7,
    HO_MEASURE_FUM_30, // after an ED visit for mental health, day 0 counts
    HO_MEASURE_FUA_7,
    HO_MEASURE_FUA_30,      // after an ED visit for substance use, day 0 counts
    HO_MEASURE_READMISSION, // unplanned, within 30 days; the numerator is bad
    HO_MEASURES
};

const char *ho_measure_name(enum ho_measure measure);  // "tcm-contact"
const char *ho_measure_title(enum ho_measure measure); // for people
bool ho_measure_from_name(struct ho_bytes name, enum ho_measure *out);

enum ho_measure_state {
    HO_MEASURE_MET,      // in the numerator
    HO_MEASURE_MISSED,   // the window is over
    HO_MEASURE_OPEN,     // the window is not over
    HO_MEASURE_EXCLUDED, // not in the denominator
    HO_MEASURE_STATES
};

const char *ho_measure_state_name(enum ho_measure_state state); // "met", "missed", "open", "excluded"

// "Operational proxy: …", for whatever shows a measure.
extern const char ho_measure_caveat[];

struct ho_measure_row {
    enum ho_measure measure;
    const struct ho_transition *transition; // the one that counts: a discharge, an ED visit's end, an admission
    uint32_t date;                          // of it, local; its month is the measure's
    enum ho_measure_state state;
    uint32_t last_day;  // of the window
    const char *reason; // why it is excluded, or what met it: "died", "medication-reconciliation: reconciled"; or ""
};

struct ho_measures {
    const struct ho_measure_row *items; // by transition in the order of the line, then measure
    size_t n;
    int64_t wake_at; // when an open one will be missed; INT64_MAX
};

// Counts what `input`'s member was served for. Outcomes come from the work on tasks whose
// templates name the measure. `input->now` 0: every window is over.
void ho_measures_take(struct ho_arena *arena, const struct ho_plan_input *input, struct ho_measures *out);
