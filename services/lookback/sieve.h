// Which records of adt.inbound may be about those who are looked for: the new and changed members, and the identities
// of which more was learnt. What passes goes to the matcher, which decides; what does not is forgotten at once.
//
// Pure but for the headers, which are taken off the record where they are needed.
#pragma once

#include "handoff/adt.h"
#include "handoff/match.h"
#include "handoff/platform/kafka.h"
#include "keys.h"

struct ho_sieve {
    const struct ho_feeds *feeds;
    const struct ho_roster_index *members; // looked for; may be empty
    const struct ho_keys *identities;      // looked for; may be empty
};

struct ho_finding {
    int64_t identity_id;     // of the first event that passed
    bool identity;           // an event is about an identity that is looked for
    uint32_t subjects;       // bit n: the event of subject n may be about a member who is looked for
    const uint8_t *event_id; // HO_ID_BYTES, in the arena or the record
    const char *source;      // ho_inbound_source
};

// False where it is about nobody who is looked for, cannot be read, or is a test.
bool ho_sieve_passes(const struct ho_sieve *sieve, struct ho_arena *arena, struct ho_kafka_record *record,
                     struct ho_finding *out);

// Whether an event may be about one of the members who are looked for.
bool ho_sieve_member(const struct ho_sieve *sieve, struct ho_arena *arena, const ho_adt_event *event);
