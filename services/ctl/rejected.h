// What stands in adt.rejected: messages that could not be read, with the reason and the place, as gateways and matchers
// wrote them there. The topic is the only store, and its retention the time for which they can be looked at.
//
// That a message was replayed is remembered in the same topic, by a record without bytes of the type below: it lives at
// least as long as the message does. It names the digest of feed and bytes, so it holds for every copy of them.
#pragma once

#include "handoff/event.h"

#define HO_REJECTED_TOPIC "adt.rejected"
#define HO_REPLAYED_TYPE "org.handoff.adt.replayed" // ce_type

struct ho_rejected {
    int32_t partition;
    int64_t offset;
    const char *id;     // "partition/offset"
    const char *origin; // ce_id: a matcher's is the place in adt.inbound, "adt.inbound/3/17"
    const char *reason, *place, *feed;
    int64_t at_ms; // when it was rejected, by Kafka's clock
    size_t size_bytes;
    uint8_t digest[HO_ID_BYTES]; // of feed and bytes, as an event's
    bool replayed;               // these bytes of this feed were
};

struct ho_rejected_list {
    struct ho_rejected *items;
    size_t n, capacity;
};

// What was rejected at `since_ms` (of 1970, UTC) or later, the oldest first; 0 takes all that is kept. In the arena.
// HO_RETRY where Kafka does not answer.
HO_MUST_USE enum ho_status ho_rejected_read(struct ho_arena *arena, const char *brokers, int64_t since_ms,
                                            struct ho_rejected_list *out, struct ho_error *error);

// The bytes live until it returns.
typedef enum ho_status ho_rejected_handler(void *context, const struct ho_rejected *rejected, struct ho_bytes bytes,
                                           struct ho_error *error);

// Reads the topic once more for the bytes of the chosen ones, in the order of their partitions. What retention took
// meanwhile does not come. Sorts the list.
HO_MUST_USE enum ho_status ho_rejected_visit(const char *brokers, struct ho_rejected_list *chosen,
                                             ho_rejected_handler *handle, void *context, struct ho_error *error);

// Whether only the beginning was kept.
bool ho_rejected_is_cut(const struct ho_rejected *rejected);
