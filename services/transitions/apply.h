// Two ways work comes to the planner: matched events from Kafka, and replan rows from the database.
#pragma once

#include "handoff/platform/kafka.h"
#include "planner.h"

// Keeps a batch of adt.matched and plans its members. Queues the writes.
HO_MUST_USE enum ho_status ho_apply_batch(const struct ho_planner *planner, struct ho_pg *pg, struct ho_arena *arena,
                                          const struct ho_batch *batch, int64_t now, struct ho_planner_counts *counts,
                                          struct ho_error *error);

// Takes up to 500 replan rows and plans their members, in a transaction of its own. *taken is 0 when there were none.
HO_MUST_USE enum ho_status ho_replan_some(const struct ho_planner *planner, struct ho_pg *pg, int64_t now,
                                          size_t *taken, struct ho_planner_counts *counts, struct ho_error *error);
