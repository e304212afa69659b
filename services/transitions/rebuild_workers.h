// The rebuild's threads: each does batches on a database connection of its own, until there are none left. Private to
// the rebuild.
#pragma once

#include "handoff/platform/pg.h"

struct ho_rebuild_workers;

// One batch. *n: how much was done; 0: nothing is left. Called by all threads at once, and not again after a failure.
typedef enum ho_status ho_rebuild_batch(void *context, struct ho_pg *pg, size_t *n, struct ho_error *error);

// `prepare`, a literal, is the first statement on each connection. Nothing is connected yet.
struct ho_rebuild_workers *ho_rebuild_workers_new(const char *database_url, const char *prepare, int n_workers);
// Waits for the batches in hand. Takes NULL.
void ho_rebuild_workers_free(struct ho_rebuild_workers *workers);

// Begins a pass; none is under way. `context` must outlive it.
void ho_rebuild_workers_begin(struct ho_rebuild_workers *workers, ho_rebuild_batch *batch, void *context);
// Waits for the pass's end, so long at most. *done: how much was done since the last call. After the end, or a failure,
// which is the first of any thread's, no thread is at work.
HO_MUST_USE enum ho_status ho_rebuild_workers_follow(struct ho_rebuild_workers *workers, int wait_ms, size_t *done,
                                                     bool *ended, struct ho_error *error);
