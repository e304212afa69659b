// What a batch brought, by feed, sender and hour: the rows that it adds to feed_hour (deploy/sql/009_feeds.sql).
//
// They are written in the transaction of the batch, like the ledger's, so that a batch which comes twice counts once.
// Nothing of it is about a person. Lives in the batch's arena.
#pragma once

#include "handoff/feed_health.h"
#include "handoff/platform/pg.h"
#include "reader.h"

enum { HO_TALLY_SENDERS_MAX = 200, HO_TALLY_HOUR_ROWS_MAX = 5000 }; // the rest are HO_TALLY_OTHERS
#define HO_TALLY_OTHERS "(others)"

struct ho_tally_row {
    const struct ho_feed *feed;
    const char *sender;
    int64_t hour, last; // instants
    struct ho_feed_counts counts;
};

struct ho_feed_tally {
    struct ho_tally_row **rows;
    size_t n, capacity;
    size_t n_named;  // that are not HO_TALLY_OTHERS
    uint32_t *slots; // by hash: 1 + the row's number
    size_t mask;
    struct ho_arena *arena;
};

void ho_feed_tally_init(struct ho_feed_tally *tally, struct ho_arena *arena, size_t n_records);

// The row of a message that came at `received`, with all added to it but the verdict, which is the caller's to add.
struct ho_tally_row *ho_feed_tally_see(struct ho_feed_tally *tally, const struct ho_inbound *inbound,
                                       const struct ho_adt *adt, int64_t received);

// Adds the rows to the table. To be queued last in the transaction: other copies wait for the rows' locks.
void ho_feed_tally_queue(const struct ho_feed_tally *tally, struct ho_pg *pg);

// Deletes rows that are older than 400 days.
HO_MUST_USE enum ho_status ho_feed_hours_forget(struct ho_pg *pg, struct ho_error *error);
