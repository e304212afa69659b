// Brings roster rows into the database: staged by COPY, compared with what is there, and only the
// difference written.
//
// All of it happens inside the caller's open transaction, so that a file is applied as a whole and an
// update together with its offset. Roster writers are alone from the comparison to the commit (an advisory
// lock), and the roster's sequence is taken once the difference is known.
#pragma once

#include "rows.h"

#include "handoff/platform/pg.h"

// Makes the caller the only roster writer until the transaction ends. ho_roster_apply does so itself; who first reads
// what is known to write it back asks for it before.
HO_MUST_USE enum ho_status ho_roster_lock(struct ho_pg *pg, struct ho_error *error);

struct ho_roster_stage;

// Makes the staging tables where the connection has none yet and begins the COPY; once a transaction, whose
// end empties them.
HO_MUST_USE enum ho_status ho_roster_stage_begin(struct ho_pg *pg, struct ho_roster_stage **out,
                                                 struct ho_error *error);
// A good row; line numbers must differ.
HO_MUST_USE enum ho_status ho_roster_stage_row(struct ho_roster_stage *stage, const struct ho_roster_row *row,
                                               struct ho_error *error);
// A row that was refused: its member is left as it is. Only line and member id are taken.
HO_MUST_USE enum ho_status ho_roster_stage_refused(struct ho_roster_stage *stage, const struct ho_roster_row *row,
                                                   struct ho_error *error);
// Ends the COPY for a while, so that the connection can be asked, and goes on with it.
HO_MUST_USE enum ho_status ho_roster_stage_pause(struct ho_roster_stage *stage, struct ho_error *error);
HO_MUST_USE enum ho_status ho_roster_stage_resume(struct ho_roster_stage *stage, struct ho_error *error);
// Ends the COPY.
HO_MUST_USE enum ho_status ho_roster_stage_end(struct ho_roster_stage *stage, struct ho_error *error);
void ho_roster_stage_free(struct ho_roster_stage *stage); // takes NULL

// Looks for rows of one member that contradict each other or repeat an enrolment ("duplicate id"), marks
// the later ones as refused and reports them, by line. `*n` is how many.
HO_MUST_USE enum ho_status ho_roster_stage_check(struct ho_pg *pg, struct ho_arena *arena,
                                                 const struct ho_roster_faults *faults, uint64_t *n,
                                                 struct ho_error *error);

struct ho_roster_counts {
    int64_t members;   // staged and not refused
    int64_t added;     // that were not there
    int64_t changed;   // that were there and differ
    int64_t removed;   // of the changed: said to be members no longer
    int64_t refused;   // members left as they are, for a row of theirs was refused
    int64_t own_word;  // enrolments without an opt-out whose member has opted out by their own word (consent.h)
    int64_t replanned; // members with events whose plan is to be made anew
    int64_t sequence;  // of this change; 0 where nothing changed
};

// Writes the difference: members, enrolments, member_state, replan rows; tells matchers and transitions.
// `step` (may be NULL) is told what begins.
HO_MUST_USE enum ho_status ho_roster_apply(struct ho_pg *pg, void (*step)(void *context, const char *what),
                                           void *context, struct ho_roster_counts *out, struct ho_error *error);
