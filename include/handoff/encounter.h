// The fold: a set of events becomes encounters.
//
// The state of an encounter is a pure function of the set of its events. Arrival order, repeats and late
// cancels cannot matter, because the fold never sees arrival: it orders by the events' own two clocks,
// occurred for movements and recorded for corrections, with the event's id as the last word.
#pragma once

#include <string.h>

#include "handoff/event.h"
#include "handoff/time.h"

enum ho_setting {
    HO_SETTING_HOME,
    HO_SETTING_ED,
    HO_SETTING_INPATIENT,
    HO_SETTING_OBSERVATION,
    HO_SETTING_SNF,
    HO_SETTING_OTHER_FACILITY,
    HO_SETTING_DIED,
    HO_SETTING_N,
};

const char *
ho_setting_name(enum ho_setting setting); // "home", "ed", "inpatient", "observation", "snf", "other-facility", "died"
// How much care a setting in a hospital brings: the ED less than observation, a bed as an inpatient most; 0 of others.
int ho_setting_care(enum ho_setting setting);
bool ho_setting_from_name(struct ho_bytes name, enum ho_setting *out);

// A change is the run of all events of one kind on an encounter since the previous cancel or opposite
// change, repeats included. It is named by the least id of its events; all their ids are its aliases,
// which people's work follows. Never a time, an ordinal or an episode. (An event is named by its id; those of the
// other persons of a message by the id with its last byte changed, so that all may be one member's.)
struct ho_change {
    uint8_t id[HO_ID_BYTES];
    const uint8_t (*aliases)[HO_ID_BYTES]; // ascending; aliases[0] is the id
    size_t n_aliases;
    int64_t occurred; // of its latest recorded event; of a discharge, as an update after it corrects it (PV1-45)
    int64_t recorded; // of its first recorded event
};

// Whether the change goes by the id.
static inline bool ho_change_has(const struct ho_change *change, const uint8_t id[HO_ID_BYTES])
{
    size_t low = 0, high = change->n_aliases;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = memcmp(id, change->aliases[middle], HO_ID_BYTES);
        if (c == 0)
            return true;
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

// A stretch of an encounter in one setting, opened by a change.
struct ho_phase {
    enum ho_setting setting;
    struct ho_change change;
};

enum ho_encounter_state {
    HO_ENCOUNTER_OPEN,
    HO_ENCOUNTER_ENDED,
    HO_ENCOUNTER_VOID, // cancelled as a whole: it never was
    HO_ENCOUNTER_ASIDE // an outpatient visit or pre-admission: kept, not on the person's line
};

// A visit number makes one encounter; where it is used again, that is where an arrival was recorded after a
// discharge and occurred after it, it makes another.
struct ho_encounter {
    uint8_t id[HO_ID_BYTES]; // the least id of its events
    enum ho_encounter_state state;
    const char *facility;
    const char *site;  // tells facilities apart, also where the name is withheld; never told to anybody
    const char *visit; // the latest recorded PV1-19; "" where none
    enum ho_patient_class patient_class;
    const struct ho_phase *phases; // by occurred; none when void or aside
    size_t n_phases;
    bool admission_unseen; // only the discharge was seen: phase 0 starts at PV1-44 or the discharge itself
    struct ho_change end;  // ENDED only
    enum ho_destination destination;
    const char *disposition;    // the latest PV1-36 as sent, or what the feed says that it means; ""
    bool planned;               // announced before it began (A05, A14), or elective (PV1-4 C)
    bool on_leave;              // OPEN only: A21 without its A22
    bool moved_away;            // VOID only: the visit was given to another patient (A44, A45)
    struct ho_change back;      // the latest A22 that stands, between its beginning and its end; n_aliases 0: none
    struct ho_change announced; // its discharge (A16, not cancelled by A25), before it happened; n_aliases 0: none
    int64_t last_heard;         // the latest recorded time of its events and cancels that stand; 0: none does
    bool died;                  // an event that stands says so, and no later word takes it back; also aside or void
    int64_t died_at;            // PID-29; 0: not told
    struct ho_change death;     // died only: the end where the stay ended with it, else the events that tell it
    const char *attending;
    bool part2;    // some event says that the facility is a 42 CFR Part 2 programme
    bool withheld; // ho_encounters_withhold has left out what tells so
    size_t n_events;
    const ho_diagnosis *const *diagnoses; // of the latest recorded event that has any
    size_t n_diagnoses;
};

struct ho_encounters {
    struct ho_encounter *items; // by first phase, then id; those without phases last
    size_t n;
};

// Folds one member's events, in any order and with any repeats. Results live in the arena and point into
// the events, which must outlive them.
void ho_encounters_fold(struct ho_arena *arena, const ho_adt_event *const *events, size_t n, struct ho_encounters *out);

// Leaves out of the encounters at 42 CFR Part 2 programmes what tells that they were there, for a member who has not
// agreed to share it: facility, attending, disposition, diagnoses. What is drawn, planned, counted and stored of them
// is made of what is left. To be called before the line is drawn, whose flags follow from dispositions too.
void ho_encounters_withhold(struct ho_encounters *encounters);
