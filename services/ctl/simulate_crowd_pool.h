// A list of words from which the first ones are drawn more often, as names are: Zipf's law.
//
// The weight of the word at i is 10 / (10 i + head); whole numbers alone, so that every machine draws the same.
#pragma once

#include <stdint.h>

#include "handoff/error.h"
#include "simulate_random.h"

struct ho_crowd_pool {
    uint32_t n, sum;
    char *text;
    const char **words;
    uint32_t *upto; // sums of the weights
};

// `text`: words between blanks, '_' for a blank within one. NULL is an empty pool, which must not be drawn from.
HO_MUST_USE enum ho_status ho_crowd_pool_init(struct ho_crowd_pool *pool, const char *text, uint32_t head,
                                              struct ho_error *error);
void ho_crowd_pool_cleanup(struct ho_crowd_pool *pool);
uint32_t ho_crowd_pool_draw(const struct ho_crowd_pool *pool, struct ho_sim_random *random);
const char *ho_crowd_pool_word(const struct ho_crowd_pool *pool, struct ho_sim_random *random);
// How many of a million draws give the word at i.
uint32_t ho_crowd_pool_share(const struct ho_crowd_pool *pool, uint32_t i);
