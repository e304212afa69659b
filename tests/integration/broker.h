// What tests do to a broker beyond what handoff does: reading plainly, transactions, deletions.
#pragma once

#include "handoff/arena.h"
#include "handoff/platform/kafka.h"

// A name of this process, with a counter, created with so many partitions. In the arena.
const char *ho_test_topic(struct ho_arena *arena, int32_t partitions);
void ho_test_topic_delete(const char *topic); // and waits until it is gone
void ho_test_records_delete(const char *topic, int32_t partition, int64_t before);

// Produces and waits for the report; returns the offset.
int64_t ho_test_produce(const char *topic, int32_t partition, const char *key, const char *value);
void ho_test_produce_many(const char *topic, int32_t partition, const char *prefix, int n);
// One transaction with n records, committed or aborted: its end is a control record.
void ho_test_produce_transaction(const char *topic, int32_t partition, const char *prefix, int n, bool commit);

// The record at an offset, waited for; its bytes are in the arena.
struct ho_kafka_record ho_test_read(struct ho_arena *arena, const char *topic, int32_t partition, int64_t offset);
