// What was said about a member, in the outbox, against the rows of notices and the plan.
#pragma once

#include "../support/outcome.h"
#include "handoff/platform/pg.h"

struct said {
    struct ho_pg_result *rows;  // of notices; freed by said_cleanup
    const ho_notice **messages; // in the order in which they were said; in the arena
    size_t n;
};

HO_MUST_USE enum ho_status said_read(struct ho_pg *pg, struct ho_arena *arena, const char *member_id, struct said *out,
                                     struct ho_error *error);
void said_cleanup(struct said *said);

// What is wrong, NULL where nothing is: something is said or corrected twice, or holds no longer and nobody was told.
const char *said_fault(const struct said *said);
// The same of the plan: a notice was not said that is not over at `now`.
const char *said_plan_fault(const struct said *said, const struct ho_plan *plan, int64_t now);
