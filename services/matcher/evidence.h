// What is stored about identities, locked: their clusters, what is known of them, their events.
#pragma once

#include "handoff/identity.h"
#include "handoff/platform/pg.h"

// A stored event: its link, its item, or both.
struct ho_evidence_row {
    int64_t identity_id;
    int32_t link;
    const char *member_id, *decision, *item_reason;
    bool own, expired;
    enum ho_match_verdict item;
    struct ho_bytes *candidates;
    size_t n_candidates;
    struct ho_bytes event, traceparent; // the event packed
};

struct ho_evidence_ids {
    int64_t *items;
    size_t n, capacity;
};

struct ho_evidence {
    struct ho_arena *arena;
    struct ho_pg_array *new_ids, *facilities, *mrns; // that events name
    struct ho_pg_array *ids;                         // all that are wanted
    struct ho_pg_array *moved;                       // of them, that moves of numbers are of or about
    struct ho_evidence_ids named;                    // as new_ids
    struct ho_evidence_ids made;                     // of them, by this transaction; in order
    struct ho_pg_result *locked, *clusters, *words, *pairs, *events;
    struct {
        struct ho_evidence_row *items;
        size_t n, capacity;
    } rows;
};

void ho_evidence_init(struct ho_evidence *evidence, struct ho_arena *arena);
void ho_evidence_cleanup(struct ho_evidence *evidence); // what was read is gone
// An identity that the transaction is about; facility and MRN where it is made if it is not there, else NULL.
void ho_evidence_want(struct ho_evidence *evidence, int64_t id, const char *facility, const char *mrn);
// One that is wanted: a move of a number is of it or about it.
void ho_evidence_move(struct ho_evidence *evidence, int64_t id);
// Makes those that are not there, locks the clusters of all, and reads what is known of them.
HO_MUST_USE enum ho_status ho_evidence_lock(struct ho_evidence *evidence, struct ho_pg *pg, struct ho_error *error);
// Adds those that are locked to the set, with what is known of them.
void ho_evidence_fill(const struct ho_evidence *evidence, struct ho_identity_set *set);
// The identities that are locked.
size_t ho_evidence_ids(const struct ho_evidence *evidence, int64_t **ids);
// Reads into `rows` the events of identities that ho_identity_set_wanted speaks of.
HO_MUST_USE enum ho_status ho_evidence_events(struct ho_evidence *evidence, struct ho_pg *pg, const int64_t *ids,
                                              size_t n, int64_t held_seconds, struct ho_error *error);
