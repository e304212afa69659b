// Episodes: a member's encounters on one line, and the changes of setting on it.
//
// An episode is a chain of encounters whose gaps are under the join gap, across facilities: home, ED,
// inpatient, SNF, home. A transition is a change of setting on that line. Home is a setting too:
// discharged at 08:00 and back 30 hours later is one episode with a discharge and a return in it.
//
// The setting is that of the phase which started last and is still open: an ED visit during a stay in a nursing
// facility goes to the ED and back. When the last open stay ends, its destination decides; a destination that
// is itself a facility is assumed until the next arrival. An arrival that fits, within the join gap, confirms
// the assumption and is no transition of its own; after the gap the person was at home in between, silently.
//
// Discharges get lost, and one that did must not hide those that come after it. So the beginning of a phase
// displaces an open stay without a discharge that cannot be true beside it: at another facility, save a nursing
// facility that holds the bed during a hospital stay; at the same one, where the stay last changed longer ago
// than the join gap. A discharge displaces what began after that stay, longer ago than the join gap, and has
// none. And facilities' clocks differ: where the discharge is told up to the join gap after the arrival that it
// led to, the discharge still names the transition.
//
// Nothing comes after the death. A stay that ended with it says when; where none did, the earliest word of it.
#pragma once

#include "handoff/encounter.h"

// What is known of the person's way at the moment of a transition. A bit mask.
enum ho_flag {
    HO_FLAG_READMISSION = 1 << 0, // to a bed, unplanned, within 30 days of leaving inpatient care or observation
    HO_FLAG_PLANNED = 1 << 1,     // announced (A05, A14), elective (PV1-4 C), or by the last disposition (81 to 95)
    HO_FLAG_ED_HIGH_UTILISER = 1 << 2, // to the ED, for the third time in 60 days
    HO_FLAG_READMISSION_RISK = 1 << 3, // to the ED or observation, with an inpatient stay in the 30 days before
    HO_FLAG_RECENT_SNF = 1 << 4,       // to the ED or a bed, within 30 days of leaving a nursing facility
    HO_FLAG_AGAINST_ADVICE = 1 << 5,
    HO_FLAG_ASSUMED = 1 << 6,         // nobody said so: silence, or a destination not yet confirmed
    HO_FLAG_DIRECT_TRANSFER = 1 << 7, // from a bed in one facility to one in another, less than 2 calendar days between
};
enum { HO_FLAGS = 8 };

const char *ho_flag_name(enum ho_flag flag); // "readmission", "planned", "ed-high-utiliser" …
bool ho_flag_from_name(struct ho_bytes name, enum ho_flag *out);

enum ho_transition_kind {
    HO_CHANGE_OF_SETTING,
    HO_DISCHARGE_ANNOUNCED, // A16 that stands, in an open stay: from and to are the stay's setting
    HO_SILENCE, // an open stay of which nothing was heard for so long that it is taken for over: from its setting, to
                // home
};

struct ho_transition {
    struct ho_change change; // names the transition; of silence: ids made from those of the stay's last phase
    enum ho_transition_kind kind;
    uint32_t flags; // of enum ho_flag
    enum ho_setting from, to;
    const struct ho_encounter *encounter; // the one that changed
    bool against_advice;                  // to home only
    size_t episode;                       // index into ho_line.episodes
};

struct ho_episode {
    uint8_t id[HO_ID_BYTES];              // the least encounter id in it
    int64_t started, ended;               // ended 0: still going on
    size_t first_encounter, n_encounters; // in ho_line.encounters
};

struct ho_line {
    // Those with phases, in the order of their beginnings; and one without where only it tells of the death.
    const struct ho_encounter *const *encounters;
    size_t n_encounters;
    const struct ho_episode *episodes;
    size_t n_episodes;
    const struct ho_transition *transitions; // in the order of the line; no two have the same id
    size_t n_transitions;
    enum ho_setting now; // the setting at the end of the line
    bool died;
    int64_t wake_at; // the next instant at which the line will be another without any event; INT64_MAX: none
};

// The numbers that a plan may choose. Windows count calendar days in `zone`.
struct ho_line_rules {
    int64_t join_gap_us;            // encounters nearer than this are one episode (36 hours)
    int64_t stale_us[HO_SETTING_N]; // an open phase silent for so long is taken for over; 0: never
    int readmission_days;           // 30
    int ed_visits, ed_visits_days;  // 3 in 60
    int recent_snf_days;            // 30
    const struct ho_zone *zone;     // NULL: UTC
};

// The defaults, as given above; stale after 3 days in the ED, 60 as inpatient, 7 in observation, 400 in a nursing
// facility.
struct ho_line_rules ho_line_rules_default(const struct ho_zone *zone);

// `now` decides what is stale, and nothing else.
void ho_line_draw(struct ho_arena *arena, const struct ho_encounters *encounters, const struct ho_line_rules *rules,
                  int64_t now, struct ho_line *out);
