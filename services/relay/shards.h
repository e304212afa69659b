// Which shards of the outbox this relay serves. A shard has one relay at a time, by an advisory lock of its
// database session: a relay that dies, or loses its connection, frees them at once.
#pragma once

#include "handoff/platform/pg.h"

enum { HO_SHARDS = 16 };

struct ho_shards {
    bool held[HO_SHARDS];
    int n_held;
};

// Takes and gives back shards, so that the relays that are alive share them evenly. To be called anew after
// each connect, with an empty struct.
HO_MUST_USE enum ho_status ho_shards_balance(struct ho_shards *shards, struct ho_pg *pg, struct ho_error *error);

// The numbers of the held shards.
struct ho_pg_array *ho_shards_list(const struct ho_shards *shards, struct ho_arena *arena);
