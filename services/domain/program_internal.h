// Inside of programs: a member's line as they count it.
#pragma once

#include "handoff/program.h"

enum ho_use_place { HO_PLACE_ELSEWHERE, HO_PLACE_ED, HO_PLACE_BED, HO_PLACE_SNF };

// A stay or an ED visit that counts.
struct ho_visit {
    enum ho_use_place place;
    size_t counted; // the transition that made it count: its place in the line
    uint32_t date;  // of that
    uint64_t diagnoses;
    bool planned;
};

// What the diagnoses of the first so many encounters tell.
struct ho_diagnosed {
    uint64_t groups;
    int64_t pregnant_at; // the beginning of the last one that told of a pregnancy; INT64_MIN: none did
};

struct ho_use_history {
    const ho_member *member; // may be NULL
    const struct ho_line *line;
    const struct ho_zone *zone;
    const uint32_t *dates; // of the line's transitions
    const struct ho_visit *visits;
    size_t n_visits;
    uint64_t told;                        // conditions by the plan's word
    const struct ho_diagnosed *diagnosed; // by the first so many encounters of the line
    uint64_t pregnancy;                   // the group of that name
};

uint64_t ho_pregnancy_group(const struct ho_codes *codes); // codes may be NULL

void ho_use_history_make(struct ho_arena *arena, const ho_member *member, const struct ho_line *line,
                         const struct ho_codes *codes, const struct ho_zone *zone, struct ho_use_history *out);

// What had happened when the first so many transitions of the line had.
struct ho_moment {
    uint32_t date;
    size_t transitions;
    int64_t until; // encounters that began up to this instant are known
};

struct ho_moment ho_moment_end_of(const struct ho_use_history *history, uint32_t date);
struct ho_moment ho_moment_after(const struct ho_use_history *history, size_t transition, uint32_t date);

uint64_t ho_use_conditions(const struct ho_use_history *history, const struct ho_moment *at);
// How much of the test's use there was in its months.
int ho_use_count(const struct ho_use_history *history, const struct ho_test *test, const struct ho_moment *at);

// The first population that holds; NULL where none does.
const struct ho_population *ho_program_population(const struct ho_program *program,
                                                  const struct ho_use_history *history, const struct ho_moment *at);

// The date so many months earlier, or the last of that month.
uint32_t ho_months_before(uint32_t date, int months);
