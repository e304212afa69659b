// A member's own word: about a program (signing up, opting out, and taking that back) and about what may be shared. It
// stands beside what the plan's files say, and no file changes it; the earlier of both opt-outs counts (view
// enrolment_now), and of the words on sharing the last.
#pragma once

#include "handoff/platform/pg.h"

enum { HO_CONSENT_REASON_BYTES = 400 };

struct ho_consent {
    const char *member_id, *program;
    uint32_t opted_out_on; // YYYYMMDD; 0 takes the opt-out back
    const char *reason;    // what was said, and how; not empty
    const char *by;        // who wrote it down
};

// Writes it down and has the member planned again, in a transaction of its own. HO_REJECT where the member is not in
// the roster, was never enrolled in the program, or has no opt-out to take back. `*standing` is the opt-out that counts
// now: the plan's may remain; 0 none.
HO_MUST_USE enum ho_status ho_consent_record(struct ho_pg *pg, const struct ho_consent *consent, uint32_t *standing,
                                             struct ho_error *error);

struct ho_sign_up {
    const char *member_id, *program;
    uint32_t enrolled_from; // YYYYMMDD
    const char *how;        // "letter", "call", "referral" or ""
    const char *by;         // who wrote it down
};

// Writes it down and has the member planned again, in a transaction of its own; an opt-out by the member's own word is
// taken back with it. HO_REJECT where the member is not in the roster, or is enrolled on that date already.
HO_MUST_USE enum ho_status ho_sign_up_record(struct ho_pg *pg, const struct ho_sign_up *sign_up,
                                             struct ho_error *error);

struct ho_share {
    const char *member_id;
    const char *what; // "family": the family on the care team is told. "part2": what a 42 CFR Part 2 programme tells
    bool agreed;
    const char *reason; // what was said, and how; not empty
    const char *by;     // who wrote it down
};

// Writes it down, in a transaction of its own; a word on Part 2 has the member planned again. HO_REJECT where the
// member is not in the roster.
HO_MUST_USE enum ho_status ho_share_record(struct ho_pg *pg, const struct ho_share *share, struct ho_error *error);
