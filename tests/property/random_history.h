// Random histories: events from small sets of values, so that they meet, repeat, cancel and contradict each other.
#pragma once

#include "../support/history.h"

// A sequence of numbers, the same for the same seed.
struct random {
    uint64_t state;
};

uint64_t random_next(struct random *r);
unsigned random_below(struct random *r, unsigned n);
bool random_chance(struct random *r, unsigned percent);

// The seed of the run: HANDOFF_TEST_SEED, else a fixed one. Printed once.
uint64_t random_run_seed(void);

// How many histories: HANDOFF_PROPERTY_HISTORIES, else so many.
unsigned random_run_histories(unsigned by_default);

// The facility that is a 42 CFR Part 2 programme.
#define PART2_PROGRAMME "Willow Bend"

// `n` events. In the arena.
ho_adt_event **random_history(struct ho_arena *arena, struct random *r, size_t n);
void random_shuffle(struct random *r, const ho_adt_event **events, size_t n);
