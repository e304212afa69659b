#include "simulate_random.h"

#include <assert.h>

#define GOLDEN UINT64_C(0x9E3779B97F4A7C15)

uint64_t ho_sim_random_mix(uint64_t bits)
{
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
    return bits ^ (bits >> 31);
}

void ho_sim_random_init(struct ho_sim_random *random, uint64_t seed, uint64_t stream, uint64_t index)
{
    uint64_t state = ho_sim_random_mix(seed + GOLDEN);
    state = ho_sim_random_mix(state + stream * GOLDEN + 1);
    random->state = ho_sim_random_mix(state + index * GOLDEN + 2);
}

uint64_t ho_sim_random_next(struct ho_sim_random *random)
{
    random->state += GOLDEN;
    return ho_sim_random_mix(random->state);
}

uint32_t ho_sim_random_below(struct ho_sim_random *random, uint32_t n)
{
    assert(n > 0);
    return (uint32_t)(((ho_sim_random_next(random) >> 32) * n) >> 32);
}

int32_t ho_sim_random_between(struct ho_sim_random *random, int32_t low, int32_t high)
{
    assert(low <= high);
    return low + (int32_t)ho_sim_random_below(random, (uint32_t)(high - low) + 1);
}

bool ho_sim_random_chance(struct ho_sim_random *random, uint32_t per_mille)
{
    return ho_sim_random_below(random, 1000) < per_mille;
}
