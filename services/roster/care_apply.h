// Brings care teams, or the people who coordinate, into the database: staged by COPY, checked, and only the difference
// written, inside the caller's open transaction.
//
// No plan depends on them: recipients are resolved by the notifier when a notice comes. So nobody is planned anew.
#pragma once

#include "care.h"

#include "handoff/platform/pg.h"

struct ho_care_stage;

// Begins the COPY; once a transaction, whose end empties the stage.
HO_MUST_USE enum ho_status ho_care_stage_begin(struct ho_pg *pg, enum ho_care_kind kind, struct ho_care_stage **out,
                                               struct ho_error *error);
// Line numbers must differ. Of a refused row only line and first column are taken: whom it is about is left as is.
HO_MUST_USE enum ho_status ho_care_stage_row(struct ho_care_stage *stage, struct ho_arena *arena,
                                             const struct ho_care_row *row, bool refused, struct ho_error *error);
// Ends the COPY, and makes the caller the only roster writer: not before, for a file may come slowly.
HO_MUST_USE enum ho_status ho_care_stage_end(struct ho_care_stage *stage, struct ho_error *error);
void ho_care_stage_free(struct ho_care_stage *stage); // takes NULL

// Looks for members whom the roster does not know and for rows that stand twice, marks the rows as refused and reports
// them, by line. `*n` is how many.
HO_MUST_USE enum ho_status ho_care_stage_check(struct ho_pg *pg, struct ho_arena *arena, enum ho_care_kind kind,
                                               const struct ho_roster_faults *faults, uint64_t *n,
                                               struct ho_error *error);

struct ho_care_counts {
    int64_t subjects; // members, or people, that the rows are about and that no fault leaves out
    int64_t written;  // entries that are new or differ
    int64_t gone;     // entries of teams that are no more
};

HO_MUST_USE enum ho_status ho_care_apply(struct ho_pg *pg, enum ho_care_kind kind, struct ho_care_counts *out,
                                         struct ho_error *error);
