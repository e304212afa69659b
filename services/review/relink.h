// What follows from a word about an identity, inside the transaction of it. Private to the library.
#pragma once

#include "review.h"

// A cluster whose rows this transaction has locked.
struct ho_cluster {
    struct ho_pg *pg;
    struct ho_arena *arena;
    int64_t identity_id;           // the one that is spoken of
    const struct ho_pg_array *ids; // all of it
};

// HO_RETRY where the cluster changed while its rows were being locked: roll back and begin anew. *found is false where
// there is no such identity.
HO_MUST_USE enum ho_status ho_cluster_lock(struct ho_pg *pg, struct ho_arena *arena, int64_t identity_id,
                                           struct ho_cluster *out, bool *found, struct ho_error *error);

struct ho_relink {
    const char *not_member; // who the cluster is not; "" where nothing is said about it
    const char *member;     // who it is; "" nobody of ours, or nobody knows
    const char *note, *by;
    const struct ho_review_ref *item; // on which it was said; NULL: on none
    bool back;                        // it takes back that the member was ruled out, for messages too
};

// Writes the word about the identity and all that follows from it: events move with their links, open items of a
// cluster that has a member become links (but for those that speak against the member, or for others, on which nothing
// was said), candidates that are ruled out go, members are planned again, and the matcher decides the rest.
HO_MUST_USE enum ho_status ho_cluster_relink(const struct ho_cluster *cluster, const struct ho_relink *relink,
                                             struct ho_review_outcome *out, struct ho_error *error);

// The item's message is not about whom its identity is known to be. Nothing is said about the identity: the item goes,
// and the matcher decides the message by its own evidence.
HO_MUST_USE enum ho_status ho_cluster_set_apart(const struct ho_cluster *cluster, const struct ho_review_ref *item,
                                                struct ho_review_outcome *out, struct ho_error *error);
// The candidate goes from the item, and nothing else.
HO_MUST_USE enum ho_status ho_cluster_strike(const struct ho_cluster *cluster, const struct ho_review_ref *item,
                                             const char *member_id, const char *by, struct ho_error *error);
