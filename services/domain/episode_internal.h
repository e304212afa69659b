// Inside of the line: what a person has come through so far, from which an arrival's flags follow.
#pragma once

#include "handoff/episode.h"

// The latest leaving of a kind of stay.
struct ho_left {
    const struct ho_encounter *encounter; // NULL: none yet
    int64_t at;
};

struct ho_way {
    struct ho_arena *arena;
    const struct ho_line_rules *rules;
    struct ho_left bed, inpatient, nursing;
    struct {
        int64_t *items; // calendar days of ED visits, in the order of the line
        size_t n, capacity;
    } ed_visits;
};

struct ho_arrival {
    const struct ho_encounter *encounter;
    enum ho_setting from, to;
    int64_t at;
    bool in_bed;  // the stay, or another that goes on, has the person in a bed already
    bool nursing; // from a nursing facility, whether or not it holds the bed
};

static inline bool ho_has_bed(enum ho_setting setting)
{
    return setting == HO_SETTING_INPATIENT || setting == HO_SETTING_OBSERVATION;
}

// The person was in the stay, in that setting, until then.
void ho_way_left(struct ho_way *way, const struct ho_encounter *encounter, enum ho_setting setting, int64_t at);
// Another ED visit; whether there were many in the window now.
bool ho_way_ed_visit(struct ho_way *way, int64_t at);
// Of enum ho_flag: planned, readmission, direct transfer, readmission risk, recent SNF.
uint32_t ho_way_flags(const struct ho_way *way, const struct ho_arrival *arrival);
