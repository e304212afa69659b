// Intake: a batch of adt.inbound becomes verdicts, links, reviews, rejections and ledger entries, all in the
// transaction that moves the offset.
//
// Owns the roster in memory. Single-threaded, as its service.
#pragma once

#include "handoff/adt.h"
#include "handoff/match.h"
#include "handoff/platform/kafka.h"

enum ho_verdict { HO_NON_MEMBER, HO_MATCHED, HO_REVIEW, HO_HELD, HO_REJECTED, HO_TEST, HO_VERDICTS };

struct ho_tally {
    int64_t n[HO_VERDICTS];
};

struct ho_intake {
    const struct ho_feeds *feeds;
    struct ho_roster_index *index;
    int64_t roster_seq;   // of the roster that `index` holds
    struct ho_tally last; // of the batch that was handled last
};

// Reads what changed in the roster since roster_seq. On the connection's own snapshot.
HO_MUST_USE enum ho_status ho_intake_follow_roster(struct ho_intake *intake, struct ho_pg *pg, struct ho_error *error);

// A ho_batch_handler; `context` is the intake.
HO_MUST_USE enum ho_status ho_intake_handle(void *context, struct ho_pg *pg, struct ho_arena *arena,
                                            const struct ho_batch *batch, struct ho_error *error);
