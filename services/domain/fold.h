// Inside of the fold (encounter.h): how events become stays, before stays are told as encounters.
//
// Steps, each a function of the set of events alone: encounter_see.c says what each event is; encounter_number.c
// follows numbers that became others, and visits that were given away; encounter_group.c joins events that are about
// one visit; encounter_walk.c walks a visit's events by the recorded clock, where encounter_cancel.c binds cancels to
// what they cancel; encounter.c orders what is left by the occurred clock. All memory is the arena's.
#pragma once

#include "handoff/encounter.h"

// What an event is to the fold. The order is the one that events recorded at the same instant are walked in:
// changes before cancels.
enum ho_fold_kind {
    HO_FOLD_REGISTER,                 // A04
    HO_FOLD_ADMIT,                    // A01
    HO_FOLD_UPGRADE,                  // A06
    HO_FOLD_DOWNGRADE,                // A07
    HO_FOLD_TO_NURSING,               // of runs only: A02 into a hospital's nursing unit
    HO_FOLD_FROM_NURSING,             // and back
    HO_FOLD_PREADMIT,                 // A05
    HO_FOLD_PENDING_ADMIT,            // A14
    HO_FOLD_TRANSFER,                 // A02
    HO_FOLD_LEAVE,                    // A21
    HO_FOLD_RETURN,                   // A22
    HO_FOLD_UPDATE,                   // A08, A17, and A03 that says "still a patient"
    HO_FOLD_PENDING_DISCHARGE,        // A16
    HO_FOLD_DISCHARGE,                // A03
    HO_FOLD_FILL,                     // fills fields of a visit that others make: A31, A54 …
    HO_FOLD_OTHER,                    // kept, not folded
    HO_FOLD_CANCEL_ADMIT,             // A11
    HO_FOLD_CANCEL_TRANSFER,          // A12
    HO_FOLD_CANCEL_PREADMIT,          // A38
    HO_FOLD_CANCEL_PENDING_ADMIT,     // A27
    HO_FOLD_CANCEL_LEAVE,             // A52
    HO_FOLD_CANCEL_RETURN,            // A53
    HO_FOLD_CANCEL_PENDING_DISCHARGE, // A25
    HO_FOLD_CANCEL_DISCHARGE,         // A13
    HO_FOLD_GIVE,                     // A44, A45 to whom the visit was taken from; never walked
    HO_FOLD_KINDS,
};

struct ho_run;

struct ho_fold_event {
    const ho_adt_event *event;
    uint8_t id[HO_ID_BYTES]; // the event's, told apart for each person of a message
    enum ho_fold_kind kind;
    int64_t occurred, recorded; // each stands in for the other where that is unknown
    int64_t day_end;            // of `occurred` where that is a day told without a time: the first instant after it; 0
    int64_t admitted;           // PV1-44; 0
    int64_t admitted_day_end;   // the same of it; 0
    const char *account;        // PID-18, or the number that it became one with; ""
    const char *visit_before;   // MRG-5 where that visit goes on as this one; ""
    const char *account_before; // MRG-3 where that account, or the visit under it, goes on as this one; ""
    bool joins_accounts;        // the accounts are one from now on; else only the visit goes on under the other
    bool admits;                // may be the first word of an arrival, though no trigger of one
    bool given;                 // its visit was given to another patient later on
    bool cancelled;             // a transfer that was taken back; other events are cancelled by their runs
    bool outlived;              // its facility said later that the person lives (PID-30)
    bool undated;               // a change of class whose message tells when the visit began, and no time of its own
    bool tells_death;
    size_t group;                  // events about one visit have the same
    struct ho_run *run;            // the change it is part of; NULL where of none
    const struct ho_run *corrects; // the discharge of which it is a later word, though no discharge; or NULL
};

struct ho_fold_events {
    struct ho_fold_event **items;
    size_t n, capacity;
};

// A change in the making: the events of one kind since the previous cancel or opposite change, and those that
// implied it before it was seen.
struct ho_run {
    struct ho_fold_events events; // in the order of the walk
    enum ho_fold_kind kind;
    bool cancelled;
    bool raised; // by an update's class, in a stay that had begun: PV1-44 says nothing of it
    int64_t occurred;
    // Of those that were not taken back, the latest of the run's own kind, transfer and update; NULL where none is.
    const struct ho_fold_event *own, *transfer, *update;
    // The latest class that each of them tells; updates never lower theirs.
    enum ho_patient_class own_class, transfer_class, update_class;
    int64_t first, stated;  // when the first of them occurred, and the latest PV1-44 of any
    int64_t stated_day_end; // of `stated` where that is a day told without a time; 0
};

struct ho_runs {
    struct ho_run **items;
    size_t n, capacity;
};

// One stay: what lies between an arrival and its discharge. A visit number that is used again after a
// discharge makes another stay.
struct ho_stay {
    struct ho_runs runs;          // that are not cancelled, by their first event in the walk
    struct ho_fold_events events; // all, in the order of the walk once that is done
    bool given;                   // to another patient
    bool had_arrival;             // also if it was cancelled
    bool lost_admission;          // one was cancelled
    bool mixed;                   // two stays made one, whose events are still to be put in order
    int64_t ended;                // when its discharge occurred; INT64_MAX without one
};

struct ho_stays {
    struct ho_stay **items;
    size_t n, capacity;
};

// Each event once, as the fold sees it, in the order of ids. Returns how many.
size_t ho_fold_see(const ho_adt_event *const *events, size_t n, struct ho_fold_event *out);

// An admission that is announced: A05, A14.
static inline bool ho_fold_is_expected(enum ho_fold_kind kind)
{
    return kind == HO_FOLD_PREADMIT || kind == HO_FOLD_PENDING_ADMIT;
}

int64_t ho_fold_possible(int64_t instant); // 0 where no date can be it
// The end of the day that begins then, as a message tells it; 0 where that is none, which is longer than any day.
int64_t ho_fold_day_end(int64_t begins, int64_t ends);

static inline bool ho_fold_in_day(int64_t at, int64_t begins, int64_t ends)
{
    return ends && at >= begins && at < ends;
}

// Fills `outlived`, when `given` is filled.
void ho_fold_outlive(struct ho_arena *arena, struct ho_fold_event *events, size_t n);

// Takes the gifts (HO_FOLD_GIVE) out of the events, which are in the order of ids; one whose receiver is among the
// events becomes the receiver's change of numbers. Makes accounts that became one the same text. Returns how many
// events are left.
struct ho_gifts;
size_t ho_fold_numbers(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct ho_gifts **out);
// Fills `given`, when `group` is filled.
void ho_fold_give(struct ho_arena *arena, const struct ho_gifts *gifts, struct ho_fold_event *events, size_t n);

// Fills `group`.
void ho_fold_group(struct ho_arena *arena, struct ho_fold_event *events, size_t n);

// The stays of one visit's events. `events` are in the order of the walk; their `run` is filled.
void ho_fold_walk(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct ho_stays *out);

// The latest run of the kind, or NULL.
struct ho_run *ho_stay_run(const struct ho_stay *stay, enum ho_fold_kind kind);
bool ho_stay_is_opened(const struct ho_stay *stay); // by some run
bool ho_fold_opens(enum ho_fold_kind kind); // begins a stretch in some setting: A04, A01, A06, A07, and moves of A02
// Who says what the run is: its own kind, else the transfers or updates that implied it.
enum ho_fold_kind ho_run_speaks(const struct ho_run *run);
enum ho_patient_class ho_run_class(const struct ho_run *run);       // the latest that they tell
enum ho_facility_setting ho_run_facility(const struct ho_run *run); // of the latest of them

// The setting that an event of this kind opens by itself, or for A03 ends; false where it is none on the
// person's line (outpatient, planned). A07 needs to know what was before: see encounter.c.
bool ho_fold_setting(enum ho_fold_kind kind, enum ho_patient_class patient_class, enum ho_facility_setting facility,
                     enum ho_setting *out);
