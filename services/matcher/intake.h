// Intake: a batch of adt.inbound becomes verdicts, links, reviews, held items, rejections and ledger entries, all in
// the transaction that moves the offset.
//
// Most messages are about nobody of ours: each is read and asked about once, and forgotten unless its identity is
// known. Owns the roster in memory. Single-threaded, as its service.
#pragma once

#include "docket.h"
#include "handoff/platform/kafka.h"
#include "tally.h"

enum ho_verdict { HO_NON_MEMBER, HO_MATCHED, HO_REVIEW, HO_HELD, HO_REJECTED, HO_TEST, HO_VERDICTS };
_Static_assert((int)HO_VERDICTS == (int)HO_FEED_VERDICTS, "feeds are counted by the same verdicts");

struct ho_tally {
    int64_t n[HO_VERDICTS];
    int64_t unknown_codes[HO_ADT_CODES]; // that its events carry
};

struct ho_intake {
    struct ho_docket_settings docket;
    struct ho_roster_index *index; // the docket's
    int64_t roster_seq;            // of the roster that `index` holds
    struct ho_arena *scratch;      // of the message in hand
    struct ho_tally last;          // of the batch that was handled last
    struct ho_feed_tally feeds;    // the same by feed; valid until its arena is reset
};

// The weights are copied; NULL: the built-in ones.
void ho_intake_init(struct ho_intake *intake, const struct ho_feeds *feeds, const struct ho_match_weights *weights,
                    int64_t held_seconds);
void ho_intake_cleanup(struct ho_intake *intake);

// First in a transaction that decides: says so to whoever waits for those that use an older roster, and reads what
// changed in the roster since roster_seq.
HO_MUST_USE enum ho_status ho_intake_begin(struct ho_intake *intake, struct ho_pg *pg, struct ho_error *error);
HO_MUST_USE enum ho_status ho_intake_follow_roster(struct ho_intake *intake, struct ho_pg *pg, struct ho_error *error);

// A ho_batch_handler; `context` is the intake.
HO_MUST_USE enum ho_status ho_intake_handle(void *context, struct ho_pg *pg, struct ho_arena *arena,
                                            const struct ho_batch *batch, struct ho_error *error);
