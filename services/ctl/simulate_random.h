// Random numbers that are the same on every machine: SplitMix64, written out, with integers alone.
//
// Each thing that is invented has a stream of its own, named by (seed, stream, index), so that a person
// can be made again at any time from the number alone and needs no memory.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct ho_sim_random {
    uint64_t state;
};

void ho_sim_random_init(struct ho_sim_random *random, uint64_t seed, uint64_t stream, uint64_t index);
uint64_t ho_sim_random_next(struct ho_sim_random *random);
// 0 … n-1; n is at least 1.
uint32_t ho_sim_random_below(struct ho_sim_random *random, uint32_t n);
// low … high, both included.
int32_t ho_sim_random_between(struct ho_sim_random *random, int32_t low, int32_t high);
bool ho_sim_random_chance(struct ho_sim_random *random, uint32_t per_mille);
// A fixed scrambling of 64 bits.
uint64_t ho_sim_random_mix(uint64_t bits);
