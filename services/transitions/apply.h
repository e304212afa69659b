// Three ways work comes to the planner: matched events from Kafka, replan rows, and the clock. The planner's clock is
// asked when the members are locked: whoever had to wait plans by no earlier instant than those who went before.
#pragma once

#include "handoff/platform/kafka.h"
#include "planner.h"

// Keeps a batch of adt.matched and plans its members. Queues the writes.
HO_MUST_USE enum ho_status ho_apply_batch(const struct ho_planner *planner, struct ho_pg *pg, struct ho_arena *arena,
                                          const struct ho_batch *batch, struct ho_planner_counts *counts,
                                          struct ho_error *error);

// Takes up to 500 replan rows and plans their members, in a transaction of its own. *taken is 0 when there were none.
HO_MUST_USE enum ho_status ho_replan_some(const struct ho_planner *planner, struct ho_pg *pg, size_t *taken,
                                          struct ho_planner_counts *counts, struct ho_error *error);

// Plans up to HO_WAKE_MOST members whose wake_at has come, in a transaction of its own. *taken: how many. Any number of
// copies may do so at once.
enum { HO_WAKE_MOST = 500 };
HO_MUST_USE enum ho_status ho_wake_some(const struct ho_planner *planner, struct ho_pg *pg, size_t *taken,
                                        struct ho_planner_counts *counts, struct ho_error *error);
