// Fills the window with stories until there are just as many messages as asked for.
#pragma once

#include "simulate_itinerary.h"

struct ho_sim_options {
    uint64_t seed;
    uint32_t messages, members, days;
    uint32_t member_share_millionths; // of the messages
    int32_t date;                     // the last day
    const char *out;
};

// Tells all stories. Each member has one at the most: HO_REJECT where there are too few. On success the
// deliveries are in the order of the file, and the caller ends with ho_sim_traffic_cleanup.
HO_MUST_USE enum ho_status ho_sim_traffic_init(struct ho_sim_traffic *traffic, const struct ho_sim_options *options,
                                               const struct ho_sim_window *window, const struct ho_sim_people *people,
                                               struct ho_error *error);
void ho_sim_traffic_cleanup(struct ho_sim_traffic *traffic);

// How many messages are about members.
uint32_t ho_sim_member_messages(const struct ho_sim_options *options);
