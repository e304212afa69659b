// The first writing of members' rows into the shadow, whose tables have no keys yet. Private to the rebuild.
#pragma once

#include "store.h"

// Queues the statements. The store has what follows from `derived`, read on the same snapshot: what of that is neither
// planned nor gone is taken over, and since when a task stands.
void ho_rebuild_fill(const struct ho_store *store, struct ho_pg *pg);
