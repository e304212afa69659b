// Puts the told events into HL7 v2.5.1 ADT messages, each in the habits of its sender.
//
// A segment ends with \r, and one \n follows each message. An event is always written with the same
// bytes, so that an event delivered twice is an exact resend.
#pragma once

#include "simulate_file.h"
#include "simulate_itinerary.h"

// `event` is an index into traffic->events.
void ho_sim_message_put(struct ho_sim_file *file, const struct ho_sim_traffic *traffic,
                        const struct ho_sim_people *people, uint32_t event);
const char *ho_sim_disposition_code(uint8_t disposition); // UB-04; "" where there is none
