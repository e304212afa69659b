// The consumer's parts: consumer.c decides what is done next, consumer_lane.c makes batches of records, and
// consumer_offset.c owns the table kafka_offset.
//
// A lane is a partition that the group gave us. It is claimed in PostgreSQL (its epoch is raised), then read from
// there on; each batch moves its row under the epoch and offset that the lane knows.
#pragma once

#include "kafka_source.h"

#include "handoff/platform/metrics.h"

// The hash of a record and its offset: what kafka_offset.last_hash holds, so that the record before next_offset can
// be found again even where offsets without a record lie between.
enum { HO_MARK_HASH_BYTES = 16, HO_MARK_BYTES = HO_MARK_HASH_BYTES + 8 };

struct ho_mark {
    bool known;
    int64_t offset;
    uint8_t bytes[HO_MARK_BYTES];
};

struct ho_lane {
    int32_t partition;
    int64_t epoch;
    int64_t next;                // next_offset as PostgreSQL has it
    struct ho_mark mark;         // of the last record before it
    bool verify;                 // that record is read again first
    int64_t position;            // the batch in hand ends here
    int64_t lost;                // offsets of it that retention took
    struct ho_source_item *held; // the records of it
    size_t n_held, capacity, held_bytes;
    bool more;   // there may be more than the batch took
    bool unsure; // the batch was committed or not: PostgreSQL knows
    bool untold; // Kafka has not been told yet
    struct ho_metric *lag;
};

enum ho_lane_finding {
    HO_LANE_READY, // there is a batch
    HO_LANE_EMPTY,
    HO_LANE_GONE,    // the place to read from is not there any more: claim anew
    HO_LANE_CHANGED, // the record before is another one: the topic was made anew
};

void ho_lane_cleanup(struct ho_lane *lane);
struct ho_mark ho_mark_of(const struct ho_source_item *item);
// Takes records until the batch is full or there are none.
enum ho_lane_finding ho_lane_fill(struct ho_lane *lane, struct ho_source *source, int64_t max_records,
                                  int64_t max_bytes);
// The batch in hand, its records in the arena.
struct ho_batch ho_lane_batch(const struct ho_lane *lane, const char *topic, struct ho_arena *arena);
// The mark behind the batch in hand.
struct ho_mark ho_lane_mark(const struct ho_lane *lane);
// The batch was committed: its records go, and the lane stands behind it.
void ho_lane_finish(struct ho_lane *lane);

// ---- The rows of kafka_offset

struct ho_offset_key {
    const char *consumer, *topic;
};

struct ho_offset_row {
    int32_t partition;
    int64_t epoch, start, next;
    struct ho_mark mark;
    bool first_sight;
};

// Raises the epochs of newly assigned lanes; a lane that has no row gets one at its `position`. Rows come in the
// arena in any order, one a lane.
HO_MUST_USE enum ho_status ho_offset_claim(struct ho_pg *pg, struct ho_arena *arena, const struct ho_offset_key *key,
                                           const struct ho_lane *lanes, size_t n, struct ho_offset_row **rows,
                                           struct ho_error *error);
// Raises the epochs of lanes that are ours, after a connection was lost: what an earlier connection still had in hand
// has ended before the rows are read. A lane that another has claimed meanwhile has no row in the answer.
HO_MUST_USE enum ho_status ho_offset_reclaim(struct ho_pg *pg, struct ho_arena *arena, const struct ho_offset_key *key,
                                             const struct ho_lane *lanes, size_t n, struct ho_offset_row **rows,
                                             size_t *n_rows, struct ho_error *error);
// Moves the lane's row to the end of its batch within the open transaction. *moved is false where the lane is no
// longer ours.
HO_MUST_USE enum ho_status ho_offset_move(struct ho_pg *pg, struct ho_arena *arena, const struct ho_offset_key *key,
                                          const struct ho_lane *lane, bool *moved, struct ho_error *error);
