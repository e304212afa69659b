// The rebuild: everything that is derived is made again, member by member, from the kept events, links, decisions and
// rosters, into a schema of its own, `rebuild`, which then takes the place of `derived` in one transaction.
//
// The services go on meanwhile. Each member is planned on one snapshot and remembered with member_state.plans; whoever
// was planned by a service since then is planned again, at the latest within the swap, while nobody else can plan. What
// the events cannot tell is taken over before it is reconciled: tasks that were withdrawn, which notices were said, and
// since when a task stands. So a rebuild by the same protocols makes the same rows, byte for byte.
//
// Nobody is told of anything. What changes a plan's inputs is planned, and told, by the services as ever: a member for
// whom something waits (a replan row, a time that has come) is passed over until that is done, which a rebuild helps
// with. So what only newer protocols ask for is written as said, without a message.
//
// Progress is in the database, so whatever ends a rebuild, the next one goes on with it. The owner's thread has two
// connections, each worker is a thread with one.
#pragma once

#include "planner.h"

struct ho_rebuild;

enum ho_rebuild_phase {
    HO_REBUILD_FILL,   // everybody is planned, into tables without keys
    HO_REBUILD_INDEX,  // keys and indexes are made
    HO_REBUILD_FOLLOW, // whoever was planned by a service meanwhile is planned again
};

struct ho_rebuild_progress {
    int64_t started;             // instant; 0: no rebuild is under way
    int64_t members, done;       // to be planned, as counted at the start; planned
    bool running;                // some process is at work on it
    enum ho_rebuild_phase phase; // where it goes on
};

// Begins one, or goes on with one that was begun. HO_REJECT where another process is at it, or where it was begun with
// other protocols, programs, codes, calendars, rules or tables. On failure nothing is left to free. `planner` must
// outlive it.
HO_MUST_USE enum ho_status ho_rebuild_open(const char *database_url, const struct ho_planner *planner, int n_workers,
                                           struct ho_rebuild **out, struct ho_rebuild_progress *progress,
                                           struct ho_error *error);
void ho_rebuild_free(struct ho_rebuild *rebuild); // takes NULL; waits for the workers' batches in hand

struct ho_rebuild_step {
    enum ho_rebuild_phase phase;
    size_t planned; // members, since the last step
    bool ready;     // so few are left that the swap can do them
};

// Lets the workers go on for a moment, and does meanwhile what waits for a service. Where it is ready, no worker is at
// work. After HO_RETRY open anew.
HO_MUST_USE enum ho_status ho_rebuild_step(struct ho_rebuild *rebuild, int64_t now, struct ho_rebuild_step *out,
                                           struct ho_error *error);

// Puts what was made in its place. *swapped false: more members than can wait were planned meanwhile, go on with steps.
// HO_RETRY also where readers were in the way: nothing has changed then, try again.
HO_MUST_USE enum ho_status ho_rebuild_swap(struct ho_rebuild *rebuild, bool *swapped, struct ho_error *error);

HO_MUST_USE enum ho_status ho_rebuild_status(const char *database_url, struct ho_rebuild_progress *out,
                                             struct ho_error *error);
// Throws away what was made so far. *aborted false: there was none. HO_REJECT where a process is at it.
HO_MUST_USE enum ho_status ho_rebuild_abort(const char *database_url, bool *aborted, struct ho_error *error);
