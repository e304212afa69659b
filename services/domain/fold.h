// Inside of the fold (encounter.h): how events become stays, before stays are told as encounters.
//
// Three steps, each a function of the set of events alone: encounter_group.c joins events that are about one
// visit; encounter_walk.c walks a visit's events by the recorded clock and binds cancels to what they cancel;
// encounter.c orders what is left by the occurred clock. All memory is the arena's.
#pragma once

#include "handoff/encounter.h"

// What an event is to the fold. The order is the one that events recorded at the same instant are walked in:
// changes before cancels.
enum ho_fold_kind {
    HO_FOLD_REGISTER,         // A04
    HO_FOLD_ADMIT,            // A01
    HO_FOLD_UPGRADE,          // A06
    HO_FOLD_DOWNGRADE,        // A07
    HO_FOLD_TRANSFER,         // A02
    HO_FOLD_UPDATE,           // A08, and A03 that says "still a patient"
    HO_FOLD_DISCHARGE,        // A03
    HO_FOLD_OTHER,            // kept, not folded
    HO_FOLD_CANCEL_ADMIT,     // A11
    HO_FOLD_CANCEL_DISCHARGE, // A13
};

struct ho_run;

struct ho_fold_event {
    const ho_adt_event *event;
    uint8_t id[HO_ID_BYTES]; // the event's, told apart for the second person of a message
    enum ho_fold_kind kind;
    int64_t occurred, recorded; // each stands in for the other where that is unknown
    int64_t admitted;           // PV1-44; 0
    size_t group;               // events about one visit have the same
    struct ho_run *run;         // the change it is part of; NULL where of none
};

struct ho_fold_events {
    struct ho_fold_event **items;
    size_t n, capacity;
};

// A change in the making: the events of one kind since the previous cancel or opposite change.
struct ho_run {
    struct ho_fold_events events; // in the order of the walk
    enum ho_fold_kind kind;
    bool cancelled;
    int64_t occurred;
};

struct ho_runs {
    struct ho_run **items;
    size_t n, capacity;
};

// One stay: what lies between an arrival and its discharge. A visit number that is used again after a
// discharge makes another stay.
struct ho_stay {
    struct ho_runs runs;          // by their first event in the walk
    struct ho_fold_events events; // all, in the order of the walk
};

struct ho_stays {
    struct ho_stay **items;
    size_t n, capacity;
};

// Fills `group`.
void ho_fold_group(struct ho_arena *arena, struct ho_fold_event *events, size_t n);

// The stays of one visit's events. `events` are in the order of the walk; their `run` is filled.
void ho_fold_walk(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct ho_stays *out);

// The latest run of the kind that is not cancelled, or NULL.
struct ho_run *ho_stay_run(const struct ho_stay *stay, enum ho_fold_kind kind);
bool ho_fold_opens(enum ho_fold_kind kind); // A04, A01, A06, A07: begins a stretch in some setting

// The setting that an event of this kind opens by itself, or for A03 ends; false where it is none on the
// person's line (outpatient, planned). A07 needs to know what was before: see encounter.c.
bool ho_fold_setting(enum ho_fold_kind kind, enum ho_patient_class patient_class, enum ho_facility_setting facility,
                     enum ho_setting *out);
