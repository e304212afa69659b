// Episodes: a member's encounters on one line, and the changes of setting on it.
//
// An episode is a chain of encounters whose gaps are under the join gap, across facilities: home, ED,
// inpatient, SNF, home. A transition is a change of setting on that line. Home is a setting too:
// discharged at 08:00 and back 30 hours later is one episode with a discharge and a return in it.
#pragma once

#include "handoff/encounter.h"

struct ho_transition {
    struct ho_change change; // names the transition
    enum ho_setting from, to;
    const struct ho_encounter *encounter; // the one that changed
    bool against_advice;
    size_t episode; // index into ho_line.episodes
};

struct ho_episode {
    uint8_t id[HO_ID_BYTES]; // the least encounter id in it
    int64_t started, ended;  // ended 0: still going on
    size_t first_encounter, n_encounters; // in ho_line.encounters
};

struct ho_line {
    const struct ho_encounter *const *encounters; // on the line, in its order
    size_t n_encounters;
    const struct ho_episode *episodes;
    size_t n_episodes;
    const struct ho_transition *transitions; // by occurred, then id
    size_t n_transitions;
    enum ho_setting now;  // the setting at the end of the line
    bool died;
};

// `join_gap_us`: encounters nearer than this are one episode (36 hours by default).
void ho_line_draw(struct ho_arena *arena, const struct ho_encounters *encounters, int64_t join_gap_us, struct ho_line *out);
