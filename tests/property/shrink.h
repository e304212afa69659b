// A property of inputs, checked on many, and how inputs that break it are made as small as they get.
#pragma once

#include "random_inputs.h"

// What is wrong, as words that the caller frees; NULL where nothing is. A function of its arguments, so that smaller
// inputs break it or do not by themselves.
typedef char *property(void *context, const struct inputs *inputs);

// Drops events, work, enrolments, the member, the clock and the consent, then empties fields, while the property stays
// broken. In the arena.
struct inputs shrink(struct ho_arena *arena, property *check, void *context, const struct inputs *inputs);

// Checks random inputs of at most `most` events. The first that break it are made small and printed, with what replays
// them, and the test fails.
void expect_always(property *check, void *context, const struct rulebook *book, unsigned histories, size_t most);

// As many as a test run has time for, where nobody says otherwise.
unsigned histories_to_check(void);

// What a group of tests of properties works with.
struct workbench {
    struct rulebook book;
    struct ho_arena *arena; // reset by each check
};

int workbench_set_up(void **state);
int workbench_tear_down(void **state);
