// What the rebuild's workers do, batch by batch. Private to the rebuild.
#pragma once

#include "planner.h"

// What the workers of a pass share.
struct ho_rebuild_pass;

struct ho_rebuild_pass *ho_rebuild_pass_new(const struct ho_planner *planner); // which must outlive it
void ho_rebuild_pass_free(struct ho_rebuild_pass *pass);                       // takes NULL
// From the first member again.
void ho_rebuild_pass_begin(struct ho_rebuild_pass *pass);
// The statements for ho_rebuild_index, each a row's first column. Owned by the pass from here on.
void ho_rebuild_pass_index(struct ho_rebuild_pass *pass, struct ho_pg_result *statements);

// Batches, of type ho_rebuild_batch; the context is the pass. Members that have no rows in the shadow yet:
HO_MUST_USE enum ho_status ho_rebuild_fill_some(void *pass, struct ho_pg *pg, size_t *n, struct ho_error *error);
// One index or constraint:
HO_MUST_USE enum ho_status ho_rebuild_index_one(void *pass, struct ho_pg *pg, size_t *n, struct ho_error *error);
// Members that a service has planned since they were planned here, and those that were passed over:
HO_MUST_USE enum ho_status ho_rebuild_follow_some(void *pass, struct ho_pg *pg, size_t *n, struct ho_error *error);

// The parts of these that the swap needs. Names without a schema are found in the shadow first:
extern const char ho_rebuild_path[];
// Queues the planning of members, over rows that may be there, with these names.
HO_MUST_USE enum ho_status ho_rebuild_plan(const struct ho_planner *planner, struct ho_pg *pg, struct ho_arena *arena,
                                           const struct ho_planner_member *members, size_t n, int64_t now,
                                           struct ho_error *error);

// Conditions on `s`, a row of member_state; $2 is the instant. Whoever has events, or was planned: roster members of
// whom nothing was ever heard have nothing derived. No `exists`, which might read all events at once.
#define HO_REBUILD_IS_PLANNED                                                                                          \
    "(s.plans > 0 or (select true from handoff.member_event e where e.member_id = s.member_id limit 1))"
// Something waits to be planned by a service: until then the inputs are not those of the member's last plan.
#define HO_REBUILD_WAITS                                                                                               \
    "(coalesce(s.wake_at <= $2, false) or exists (select from handoff.replan r where r.member_id = s.member_id))"
