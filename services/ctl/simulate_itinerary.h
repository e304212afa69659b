// Telling a person's itinerary: each step advances the person's clock, writes the messages that the
// facility would send, and notes the change of setting as truth.
//
// The truth is noted by the step itself, at the moment the person moves, never read back from a message.
// Nothing is sent after the end of the window: a step that would be makes the story end there, and stays
// that are open then stay open.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "simulate_facilities.h"
#include "simulate_people.h"
#include "simulate_random.h"
#include "simulate_time.h"

enum ho_sim_trigger {
    HO_SIM_A01,
    HO_SIM_A02,
    HO_SIM_A03,
    HO_SIM_A04,
    HO_SIM_A05,
    HO_SIM_A06,
    HO_SIM_A07,
    HO_SIM_A08,
    HO_SIM_A11,
    HO_SIM_A13,
    HO_SIM_A28,
    HO_SIM_A31,
    HO_SIM_TRIGGERS,
};

enum ho_sim_class {
    HO_SIM_NO_CLASS, // a message about the person, not about a visit
    HO_SIM_EMERGENCY,
    HO_SIM_INPATIENT,
    HO_SIM_OBSERVATION,
    HO_SIM_OUTPATIENT,
    HO_SIM_RESIDENT, // of a skilled nursing facility
    HO_SIM_PREADMIT,
    HO_SIM_CLASSES,
};

enum ho_sim_setting { HO_SIM_AT_HOME, HO_SIM_AT_ED, HO_SIM_AT_WARD, HO_SIM_AT_OBSERVATION, HO_SIM_AT_SNF, HO_SIM_DEAD };

enum ho_sim_disposition {
    HO_SIM_NO_DISPOSITION,
    HO_SIM_TO_HOME,
    HO_SIM_TO_SNF,
    HO_SIM_TO_HOSPITAL, // another one
    HO_SIM_TO_HOME_HEALTH,
    HO_SIM_AGAINST_ADVICE,
    HO_SIM_EXPIRED,
};

struct ho_sim_bed {
    uint8_t unit, room; // unit: index into ho_sim_units; room 0: no bed
};

// One message, before it is put into a sender's words. Instants are 0 where blank.
struct ho_sim_event {
    int64_t occurred, recorded, sent; // EVN-6, EVN-2, MSH-7
    int64_t started, ended;           // PV1-44, PV1-45
    uint32_t story;
    uint32_t visit, account, old_visit, old_account; // old: 0 where nothing changed
    uint8_t facility, trigger, patient_class, disposition, diagnosis;
    struct ho_sim_bed bed, old_bed;
    bool says_occurred, died;
};

// One arrival of a message in the file: its place is by `at`.
struct ho_sim_delivery {
    int64_t at;
    uint32_t event;
};

struct ho_sim_transition {
    int64_t at;
    uint32_t story;
    uint8_t from, to, facility, disposition;
};

struct ho_sim_story {
    uint32_t person;
    int32_t birth_day; // as the messages say it
    uint8_t population, kind;
    bool found; // by a careful person with the messages and the roster
    bool shows_cin, cuts_surname;
    bool borrows_card; // a stranger who shows the CIN of the member `card_owner`
    uint32_t card_owner;
    uint32_t encounters;
    uint32_t deliveries;
};

// All that is told. Arrays are owned by simulate_traffic.c.
struct ho_sim_traffic {
    struct ho_sim_window window;
    struct ho_sim_story *stories;
    struct ho_sim_event *events;
    struct ho_sim_delivery *deliveries;
    struct ho_sim_transition *transitions;
    uint32_t n_stories, n_events, n_deliveries, n_transitions;
    uint32_t room; // for events and for deliveries
    uint32_t last_visit[HO_SIM_FACILITIES], last_account[HO_SIM_FACILITIES];
};

// One story being told. In the caller's storage.
struct ho_sim_teller {
    struct ho_sim_traffic *traffic;
    struct ho_sim_story *story;
    struct ho_sim_random random;
    int64_t clock, recorded;
    struct ho_sim_event now; // the visit as the facility knows it
    enum ho_sim_setting where;
    enum ho_sim_trigger opened_by;
    bool over;       // the window's end was reached
    bool pretending; // what is told now will be cancelled: no truth in it
};

void ho_sim_wait(struct ho_sim_teller *teller, int32_t least_minutes, int32_t most_minutes);
// Hours of a long stay, shortened where the window is short.
void ho_sim_wait_hours(struct ho_sim_teller *teller, int32_t least_hours, int32_t most_hours);

// A new visit opens.
void ho_sim_arrive(struct ho_sim_teller *teller, uint8_t facility, enum ho_sim_trigger trigger,
                   enum ho_sim_class patient_class);
// The visit goes on in another class.
void ho_sim_change_class(struct ho_sim_teller *teller, enum ho_sim_trigger trigger, enum ho_sim_class patient_class,
                         bool new_visit);
// `n` updates, transfers and repeats, spread over what is left until `until`; the clock ends there.
void ho_sim_pass_time(struct ho_sim_teller *teller, int32_t n, int64_t until);
// The visit ends; then, sometimes, repeats and late updates of it.
void ho_sim_leave(struct ho_sim_teller *teller, enum ho_sim_disposition disposition);
// A discharge that did not happen, and its A13.
void ho_sim_cancelled_discharge(struct ho_sim_teller *teller);
// A11 for the admission told while pretending; back to the ED visit it was part of, or to nothing.
void ho_sim_cancel_admission(struct ho_sim_teller *teller);
// A planned admission, before the visit.
void ho_sim_announce(struct ho_sim_teller *teller, uint8_t facility);
// A28 or A31, outside of any visit.
void ho_sim_person_message(struct ho_sim_teller *teller, uint8_t facility, enum ho_sim_trigger trigger);
