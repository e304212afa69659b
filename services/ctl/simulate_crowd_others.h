// The people who are no members but look like one.
#pragma once

#include "simulate_crowd_noise.h"

struct ho_crowd_otherness {
    const struct ho_crowd *crowd;
    struct ho_sim_random *random;
    const struct ho_crowd_household *household;
    const struct ho_crowd_person *member; // who is looked like
    uint32_t number;                      // the query's
    struct ho_crowd_person person;
    struct ho_crowd_query query;
    unsigned keep; // what tells the two apart
};

struct ho_crowd_other {
    const char *kind;
    uint16_t weight; // in thousandths of those who look like a member
    // Makes the person; false where this member has no such look-alike.
    bool (*invent)(struct ho_crowd_otherness *otherness);
    // What their query says besides; NULL: nothing.
    void (*dress)(struct ho_crowd_otherness *otherness);
    bool may_double; // may have a member's given name, surname and birth date
};

extern const struct ho_crowd_other ho_crowd_others[];
extern const uint32_t ho_crowd_n_others;

// Somebody of no member's household.
bool ho_crowd_invent_stranger(struct ho_crowd_otherness *otherness);
