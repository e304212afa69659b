// Updates from roster.updates: a batch of them becomes one change of the roster, in the transaction that
// moves the offset. One that cannot be read or makes no sense goes to adt.rejected as it came.
#pragma once

#include "apply.h"

#include "handoff/platform/kafka.h"

struct ho_updates {
    // Of the batch that was handled last.
    struct ho_roster_counts counts;
    int64_t rejected;
};

// A ho_batch_handler; `context` is a struct ho_updates.
enum ho_status ho_updates_handle(void *context, struct ho_pg *pg, struct ho_arena *arena, const struct ho_batch *batch,
                                 struct ho_error *error);
