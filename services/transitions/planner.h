// The planner: members' kept events become encounters, episodes, transitions, wanted tasks and notices, and
// the difference to what stands in the database is written, in the caller's transaction and under the
// members' locks. Deciding is the domain's; here is what it needs read and written.
#pragma once

#include "handoff/plan.h"
#include "handoff/platform/pg.h"

struct ho_planner {
    const struct ho_protocol *const *protocols;
    size_t n_protocols;
    const struct ho_codes *codes;             // NULL: no diagnosis has a group
    const struct ho_program *const *programs; // those not among them run for ever, everywhere
    size_t n_programs;
    const struct ho_zone *zone; // the plan's: whose date an opt-out is judged by
    struct ho_line_rules rules;
    int64_t (*clock)(void); // since 1970; for those who lock members
    bool quiet; // nobody is told: what is wanted for the first time counts as said, what was said as dropped
};

struct ho_planner_member {
    const char *member_id;
    struct ho_bytes traceparent; // of what caused the planning; may be empty
};

struct ho_planner_counts {
    int64_t created, changed, withdrawn;       // tasks
    int64_t notices, reminders, corrections;   // that were asked for
    int64_t messages, encounters, transitions; // that came, and that they made for the first time
};

// Locks the members' rows in member_state, in id order. To be called before anything of theirs is read.
HO_MUST_USE enum ho_status ho_planner_lock(struct ho_pg *pg, struct ho_arena *arena,
                                           const struct ho_planner_member *members, size_t n, struct ho_error *error);

// `members` each once, locked. `now` is the instant that opt-outs, silence and reminders are judged
// by; when the plan will be another without any event, is written to member_state.wake_at. The writes are queued on
// `pg`: they go out with the next flush or commit.
HO_MUST_USE enum ho_status ho_planner_run(const struct ho_planner *planner, struct ho_pg *pg, struct ho_arena *arena,
                                          const struct ho_planner_member *members, size_t n, int64_t now,
                                          struct ho_planner_counts *counts, struct ho_error *error);

// The same, and nothing is written: *store, in the arena, has the members' rows (state.h).
struct ho_store;
HO_MUST_USE enum ho_status ho_planner_plan(const struct ho_planner *planner, struct ho_pg *pg, struct ho_arena *arena,
                                           const struct ho_planner_member *members, size_t n, int64_t now,
                                           struct ho_planner_counts *counts, struct ho_store **store,
                                           struct ho_error *error);
