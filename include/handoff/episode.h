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

struct ho_transition {
    struct ho_change change; // names the transition
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
};

// `join_gap_us`: encounters nearer than this are one episode (36 hours by default).
void ho_line_draw(struct ho_arena *arena, const struct ho_encounters *encounters, int64_t join_gap_us,
                  struct ho_line *out);
