// Inside of the walk over one visit's events: encounter_walk.c has what each event changes, encounter_cancel.c what a
// cancel takes back of that.
#pragma once

#include "fold.h"

struct ho_walk {
    struct ho_arena *arena;
    struct ho_stays *stays;
    struct ho_fold_events transfers; // that stand
    int64_t arrived;                 // when the last A01 or A04 so far occurred; INT64_MIN before the first
    // Whether something of the kind (an arrival: HO_FOLD_ADMIT) came since the last cancel that found something, so
    // that its repeats find nothing more.
    bool fresh[HO_FOLD_KINDS];
};

void ho_walk_push(struct ho_arena *arena, struct ho_fold_events *events, struct ho_fold_event *event);
// The last stay that had begun then; the first of all where none had.
struct ho_stay *ho_walk_stay_at(const struct ho_walk *walk, int64_t at);
// Binds the cancel to the latest change that it is of, if any.
void ho_walk_cancel(struct ho_walk *walk, struct ho_fold_event *f);

bool ho_fold_admits(enum ho_fold_kind kind);   // A01, A06
void ho_stay_settle_end(struct ho_stay *stay); // by the discharge that it has now
void ho_run_count_again(struct ho_run *run);   // without the events that were taken back; none is left: cancelled
