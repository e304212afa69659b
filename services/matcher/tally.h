// What a batch brought, by feed, sender and hour: the rows that it adds to feed_hour (deploy/sql/009_feeds.sql).
//
// They are written in the transaction of the batch, like the ledger's, so that a batch which comes twice counts once.
// Of a sender without a feed a row has the sender's own words, where they look like a code: MSH-3.1 and MSH-4.1, each
// of letters, digits and ._-, with a letter in it, 40 bytes at most. Somebody's surname looks like that too, so they
// are kept for a short time. Lives in the batch's arena.
#pragma once

#include "handoff/feed_health.h"
#include "handoff/platform/pg.h"
#include "reader.h"

enum { HO_TALLY_SENDERS_MAX = 200, HO_TALLY_HOUR_ROWS_MAX = 5000 }; // the rest are HO_TALLY_OTHERS
#define HO_TALLY_OTHERS "(others)"
#define HO_TALLY_NO_CODE "(not a code)"

struct ho_tally_row {
    const struct ho_feed *feed;
    const char *sender; // "" for a feed that was named
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

// Deletes rows that are older than HO_FEED_KEPT_DAYS, and gathers some whose sender's words are older than
// HO_FEED_SENDER_DAYS as HO_TALLY_OTHERS of their hour; whether more of these may be left.
HO_MUST_USE enum ho_status ho_feed_hours_forget(struct ho_pg *pg, bool *more, struct ho_error *error);
