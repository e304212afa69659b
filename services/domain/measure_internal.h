// Inside of measures: a member's time in beds.
#pragma once

#include "handoff/episode.h"

// Time in beds without leaving them, whatever the hospital. Dates are local; 0: not told.
struct ho_bed_time {
    const struct ho_transition *first;    // that tells of it
    const struct ho_transition *admitted; // NULL: nobody told of the arrival
    const struct ho_transition *left;     // by discharge, death, silence or to another's ED; NULL: not, or untold
    uint32_t begins, ends;
    // Of the whole stay, which goes on where another bed follows less than two calendar days later:
    bool follows, goes_on;
    uint32_t stay_begins;
    bool inpatient; // some of it is not observation
};

struct ho_bed_times {
    struct ho_bed_time *items;
    size_t n, capacity;
};

void ho_bed_times_make(struct ho_arena *arena, const struct ho_line *line, const struct ho_zone *zone,
                       struct ho_bed_times *out);
// Days from one date to another.
int ho_days_between(uint32_t from, uint32_t to);
