// The kinds of itineraries, and how often each happens.
#pragma once

#include "simulate_itinerary.h"

struct ho_sim_kind {
    const char *name;
    uint32_t weight;    // its share, in parts of the sum of all weights
    int32_t room_hours; // how long before the end it begins at the latest, where the window allows
    void (*tell)(struct ho_sim_teller *teller);
};

extern const struct ho_sim_kind ho_sim_kinds[];
extern const uint32_t ho_sim_n_kinds;

// A kind by the weights.
uint32_t ho_sim_kind_draw(struct ho_sim_random *random);
// The kind that is one message long: A28 or A31 about the person.
uint32_t ho_sim_kind_of_one_message(void);
// Tells one story of the kind from its beginning. False where the window ended between something and its
// cancel: then the story is nobody's truth, and has to be told anew.
bool ho_sim_story_tell(struct ho_sim_teller *teller, uint32_t kind);
