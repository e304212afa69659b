// Who is looked for in a run: the members that are new or changed since the look-back's roster, and the identities of
// which more was learnt (identity.look_back), which are marked here where their member was removed and has returned.
// Read in pages, so that the loop goes on in between.
//
// Owns the index and the keys. One thread.
#pragma once

#include "keys.h"
#include "roster/members.h"

enum { HO_TARGET_IDENTITIES_MAX = 100000 }; // in one run; the next one takes the others

struct ho_targets {
    int64_t after_seq, seq; // members changed by roster changes after the one and up to the other
    struct ho_roster_index *members;
    struct ho_keys *identities;
    struct ho_arena *arena;
    struct ho_pg_array *identity_ids, *versions; // as they were read: only those are marked as looked for
    size_t n_identities;                         // of them
    struct ho_members_cursor page;
    bool begun, read; // all is there
};

void ho_targets_init(struct ho_targets *targets, const struct ho_match_weights *weights);
void ho_targets_cleanup(struct ho_targets *targets);
// Reads a part; again and again, until `read` is set.
HO_MUST_USE enum ho_status ho_targets_read(struct ho_targets *targets, struct ho_pg *pg, struct ho_error *error);
// Queues what says that they were looked for, for the caller's transaction. An identity that was marked anew meanwhile
// stays to be looked for.
void ho_targets_queue_done(struct ho_targets *targets, struct ho_pg *pg, int64_t messages, int64_t found);

// What there is to look for, if anything.
struct ho_pending {
    bool members, identities;
};
HO_MUST_USE enum ho_status ho_targets_pending(struct ho_pg *pg, struct ho_pending *out, struct ho_error *error);
