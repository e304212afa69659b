// Crowds: identities for which so many messages wait that deciding them all again with each new one would take for ever
// (a number that a hospital gives to whomever it does not know). What comes about one of them is put off for a while
// and then decided together, as if it had just come: the same messages end in the same. The more wait, the longer the
// while, so that an identity costs a small share of the matcher's time, whatever comes.
#pragma once

#include "handoff/identity.h"
#include "handoff/platform/pg.h"
#include "reader.h"

struct ho_crowd {
    int64_t *ids; // identities, in order; in the arena
    int64_t *waiting;
    size_t n;
};

// Which of the identities, whose clusters are locked, are crowds.
HO_MUST_USE enum ho_status ho_crowd_find(struct ho_arena *arena, struct ho_pg *pg, const int64_t *ids, size_t n,
                                         struct ho_crowd *out, struct ho_error *error);
// How many wait for the identity; 0 where it is no crowd.
int64_t ho_crowd_waiting(const struct ho_crowd *crowd, int64_t id);
// Queues that the message is decided again when the while of so many is over.
void ho_crowd_put_off(struct ho_arena *arena, struct ho_pg *pg, int64_t identity, int64_t waiting,
                      const struct ho_inbound *inbound);
