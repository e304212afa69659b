// Membership in a consumer group and the records of one topic, for the consumer, which does not know librdkafka.
//
// Each partition keeps its own queue, so that records are taken when they can be handled and wait where they were
// fetched otherwise: nothing is paused, sought or thrown away. All calls are made in the loop's thread.
#pragma once

#include "handoff/platform/kafka.h"

struct ho_source;

struct ho_source_settings {
    const char *brokers, *group, *topic;
    const char *instance; // static membership; "" none
    int64_t session_timeout_ms;
    int wake_fd; // is made readable when there is something to do
    // Called within ho_source_serve and ho_source_close. What is assigned is read from ho_source_begin on.
    void (*assigned)(void *context, const int32_t *partitions, size_t n);
    void (*revoked)(void *context);
    void *context;
};

struct ho_source_place {
    int32_t partition;
    int64_t offset;
};

enum ho_source_kind {
    HO_SOURCE_NOTHING, // at the moment
    HO_SOURCE_RECORD,
    HO_SOURCE_END,  // `offset` is the partition's end, behind whatever holds no record
    HO_SOURCE_GONE, // the offset to read from is not there any more
};

struct ho_source_item {
    int64_t offset;
    int64_t timestamp_ms;
    struct ho_bytes key, value; // as long as the message
    void *message;
};

HO_MUST_USE enum ho_status ho_source_open(const struct ho_source_settings *settings, struct ho_source **out,
                                          struct ho_error *error);
// Leaves the group; held items must have been released. Takes NULL.
void ho_source_close(struct ho_source *source);
// Serves the group's protocol. HO_RETRY: close it and open a new one.
HO_MUST_USE enum ho_status ho_source_serve(struct ho_source *source, struct ho_error *error);
bool ho_source_up(const struct ho_source *source); // a broker answers

HO_MUST_USE enum ho_status ho_source_watermarks(struct ho_source *source, int32_t partition, int64_t *low,
                                                int64_t *high, struct ho_error *error);
// The end as the last fetch told it; -1 where none did.
int64_t ho_source_known_end(struct ho_source *source, int32_t partition);
HO_MUST_USE enum ho_status ho_source_begin(struct ho_source *source, const struct ho_source_place *starts, size_t n,
                                           struct ho_error *error);

enum ho_source_kind ho_source_next(struct ho_source *source, int32_t partition, struct ho_source_item *out);
void ho_source_release(struct ho_source_item *item);
// Fills the record but for its topic and partition; headers in the arena, bytes in the item's message.
void ho_source_record(const struct ho_source_item *item, struct ho_arena *arena, struct ho_kafka_record *out);

// Tells Kafka where we stand, for tools that show lag; nothing reads it back. False where the last word is still
// under way or no broker is there: try again later.
bool ho_source_tell(struct ho_source *source, const struct ho_source_place *places, size_t n);

// A descriptor that becomes readable when something comes into one of the queues it is given to, or by hand.
int ho_kafka_wake_new(void);
void ho_kafka_wake_set(int wake_fd);
void ho_kafka_wake_take(int wake_fd); // before the queues are emptied
