// What a member's state is worked out from, and what comes of it by the files that a plan edits, as they are deployed.
#pragma once

#include <stdio.h>

#include "handoff/measure.h"
#include "handoff/platform/yaml.h"

// All that counts: events, and what is an input besides them.
struct inputs {
    const char *member_id;
    const ho_adt_event **events;
    size_t n_events;
    const ho_member *member; // NULL: the roster does not know them
    const ho_enrolment **enrolments;
    size_t n_enrolments;
    const struct ho_work *work;
    size_t n_work;
    bool shares_part2; // the member agreed that what 42 CFR Part 2 programmes tell is shared
    int64_t now;       // 0: silence and reminders are not asked for, and what begins later is planned at once
    uint64_t seed;     // of what a property itself leaves to chance
};

struct rulebook {
    struct ho_calendar_set *calendars;
    struct ho_code_set *codes;
    struct ho_program_set *programs;
    struct ho_protocol_set *protocols;
    const struct ho_zone *zone; // the plan's
    struct ho_line_rules rules;
};

void rulebook_load(struct rulebook *out); // ends the program where a file is not as it should be
void rulebook_free(struct rulebook *book);

struct outcome {
    struct ho_encounters encounters;
    struct ho_line line;
    struct ho_plan_input input; // of the plan
    struct ho_plan plan;
    struct ho_measures measures;
};

// In the arena; points into the inputs and the rulebook.
const struct outcome *outcome_of(const struct rulebook *book, struct ho_arena *arena, const struct inputs *inputs);

// All of it as text, for comparison byte by byte.
void describe_outcome(FILE *out, const struct outcome *outcome);
// What it came from, a line each, for people.
void describe_inputs(FILE *out, const struct inputs *inputs);
