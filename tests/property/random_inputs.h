// Random inputs: a history, and what the roster, people and the clock say besides.
#pragma once

#include "../support/outcome.h"
#include "random_history.h"

enum { MOST_EVENTS = 40 };

// Up to `most` events of one member. In the arena.
struct inputs random_inputs(struct ho_arena *arena, struct random *r, const struct rulebook *book, size_t most);

// Chance that hangs on one thing alone, so that it stays when others are dropped.
struct random random_of(uint64_t seed, const uint8_t id[HO_ID_BYTES]);

// What people may have done about the tasks of a plan. In the arena.
struct ho_work *random_work(struct ho_arena *arena, uint64_t seed, const struct ho_plan *plan, size_t *n);
