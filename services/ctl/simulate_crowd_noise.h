// What happens to a person's particulars on their way into a hospital's feed.
//
// Each noise takes from the query's `worth` what it destroys, so that the simulator knows, by a rule of its own,
// whether a careful person with all the fields could still say who it is.
#pragma once

#include "simulate_crowd_query.h"

// What a noise touches.
enum {
    HO_CROWD_ON_GIVEN = 1,
    HO_CROWD_ON_SURNAME = 2,
    HO_CROWD_ON_BIRTH = 4,
    HO_CROWD_ON_PHONE = 8,
    HO_CROWD_ON_ADDRESS = 16,
    HO_CROWD_ON_CARD = 32,
    HO_CROWD_ON_REST = 64,
};

struct ho_crowd_noising {
    const struct ho_crowd *crowd;
    struct ho_sim_random *random;
    const struct ho_crowd_person *person;
    struct ho_crowd_query *query;
    unsigned keep; // what must stay whole: slips of the pen may still happen to names
};

struct ho_crowd_noise {
    const char *name;
    unsigned on;
    uint16_t weight;
    bool light;  // says all the same
    bool gentle; // leaves a kept name what it was
    // False, with nothing changed, where it cannot happen to this query.
    bool (*make)(struct ho_crowd_noising *noising);
};

struct ho_crowd_noises {
    const struct ho_crowd_noise *items;
    uint32_t n;
};

// The three parts of the table.
extern const struct ho_crowd_noises ho_crowd_name_noises, ho_crowd_birth_noises, ho_crowd_place_noises;

// `n_light` that say all the same, then `n_heavy`; their names go into the query's kind, "clean" where none was made.
void ho_crowd_noise(struct ho_crowd_noising *noising, uint32_t n_light, uint32_t n_heavy);

// Takes from what a part has in common; never below 0.
void ho_crowd_noise_cost(struct ho_crowd_query *query, enum ho_crowd_part part, int cost);

// Whether a careful person could say that the query is that member. The others of the house count: a twin, or
// somebody of the same name.
bool ho_crowd_decidable(const struct ho_crowd *crowd, const struct ho_crowd_query *query,
                        const struct ho_crowd_household *household, uint32_t place);
