// The two sides of an item as JSON. Private to the library.
#pragma once

#include "review.h"

// Names of people are of one form on both sides.
json_t *ho_item_patient(const ho_adt_event *event);
json_t *ho_item_event(const ho_adt_event *event);

// Candidates with the roster's rows and the matcher's explanations. $1 of the statements is `candidates`.
extern const char ho_item_members[], ho_item_enrolments[];

struct ho_item_roster {
    const struct ho_pg_result *members, *enrolments;
    json_t *explanation;  // of the item: a list of {member_id, score, why}
    uint32_t date, today; // of the event and of now, in the plan's zone: how the member stands
};

json_t *ho_item_candidates(struct ho_arena *arena, const struct ho_item_roster *roster);
