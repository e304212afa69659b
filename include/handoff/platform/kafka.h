// Kafka through librdkafka: a producer whose reports are awaited or called back, and a consumer whose
// offsets live in PostgreSQL, in the transaction of the result (the fence).
#pragma once

#include "handoff/arena.h"
#include "handoff/error.h"
#include "handoff/platform/loop.h"
#include "handoff/platform/pg.h"

struct ho_kafka_header {
    const char *name;
    struct ho_bytes value;
};

struct ho_kafka_record {
    const char *topic;
    int32_t partition;    // consumer; a producer leaves it to the key (murmur2_random)
    int64_t offset;       // consumer
    int64_t timestamp_ms; // consumer: LogAppendTime
    struct ho_bytes key, value;
    const struct ho_kafka_header *headers;
    size_t n_headers;
    void *source; // a reader's; else NULL
};

struct ho_bytes ho_kafka_header(const struct ho_kafka_record *record, const char *name); // empty where absent

// ---- Producer: idempotent, acks=all, zstd. A fatal error of the client is healed by making it anew; the
// records that were on their way are reported as failed, never as delivered.

struct ho_producer;
struct ho_report {
    const char *error_text; // NULL: the broker has it, at partition and offset. Else it may or may not have it
    bool too_large;         // for its topic, alone as it was: the broker has not got it, and sending it again is vain
    int32_t partition;
    int64_t offset;
    struct ho_bytes value; // of a record that is too large; until the callback returns
};
typedef void ho_delivered(void *record_context, const struct ho_report *report);

struct ho_producer_settings {
    const char *brokers;
    const char *client_id;
    int64_t linger_ms;           // 0 for latency
    int64_t delivery_timeout_ms; // after which a record is reported failed
    int64_t max_message_bytes;
    const char *const *topics; // looked up at once, so that their first records need not wait; ends with NULL, or NULL
};

HO_MUST_USE enum ho_status ho_producer_new(struct ho_loop *loop_or_null, const struct ho_producer_settings *settings,
                                           struct ho_producer **out, struct ho_error *error);
void ho_producer_free(struct ho_producer *producer); // reports what is left as failed
// Key, value and headers are copied. HO_RETRY where the local queue is full, HO_REJECT where it is too large. On
// HO_OK `delivered` is called exactly once, from the loop, ho_producer_poll, ho_producer_flush or ho_producer_free.
// It may send, but neither poll, flush nor free.
HO_MUST_USE enum ho_status ho_producer_send(struct ho_producer *producer, const struct ho_kafka_record *record,
                                            ho_delivered *delivered, void *record_context, struct ho_error *error);
int ho_producer_poll(struct ho_producer *producer, int timeout_ms);  // serves reports; without a loop
int ho_producer_flush(struct ho_producer *producer, int timeout_ms); // returns how many are still on their way
bool ho_producer_reachable(const struct ho_producer *producer);      // a broker answered lately

// ---- Consumer.

struct ho_consumer;

struct ho_batch {
    int32_t partition;
    int64_t first_offset;                  // where this batch begins: the partition's next_offset so far
    int64_t next_offset;                   // where it ends
    int64_t gap;                           // offsets between them that hold no record
    int64_t lost;                          // offsets that retention took before they were read
    const struct ho_kafka_record *records; // by offset
    size_t n_records;
};

// Handles one partition's batch inside an open transaction on `pg` (the consumer began it): queue or run
// statements, write results, and return. The consumer then moves the offset under the fence and commits. On
// HO_RETRY the transaction is rolled back and the records come again after a pause, with those that have come
// meanwhile; on HO_FATAL the service ends. HO_REJECT is a bug: a bad message is a verdict, not an error. `arena` lives
// until the batch ends.
typedef enum ho_status ho_batch_handler(void *context, struct ho_pg *pg, struct ho_arena *arena,
                                        const struct ho_batch *batch, struct ho_error *error);

struct ho_consumer_settings {
    const char *brokers;
    const char *consumer; // name in kafka_offset and the Kafka group id: "matcher"
    const char *topic;
    const char *instance; // static membership "<consumer>-<instance>"; "" none
    const char *database_url;
    int64_t session_timeout_ms; // 0: 6 s
    int64_t max_batch_records;  // 0: 500
    int64_t max_batch_bytes;    // 0: 4 MiB; of keys and values, and a batch has at least one record
    ho_batch_handler *handle;
    // May be NULL. After a batch has committed (counters, wake-ups); never inside a transaction.
    void (*committed)(void *context, const struct ho_batch *batch);
    // May be NULL. Before the first batch of newly owned partitions (the matcher catches up with the roster).
    enum ho_status (*assigned)(void *context, struct ho_pg *pg, struct ho_error *error);
    void (*failed)(void *context, const struct ho_error *error); // HO_FATAL: end the service
    void (*ready)(void *context, bool ready);                    // broker and database both answer
    void *context;
};

// Runs on the loop from now on. The consumer owns its database connection.
HO_MUST_USE enum ho_status ho_consumer_new(struct ho_loop *loop, const struct ho_consumer_settings *settings,
                                           struct ho_consumer **out, struct ho_error *error);
// Leaves the group; batches are handled whole, so none is in hand. Not from within the consumer's callbacks. Takes
// NULL.
void ho_consumer_free(struct ho_consumer *consumer);

// ---- Administration, for handoffctl.

struct ho_topic_spec {
    const char *name;
    int32_t partitions;
    const char *settings[8][2]; // "retention.ms", "604800000"; ends with a NULL name
};

// Creates what is missing and checks what is there: a topic with fewer partitions, fewer replicas or other settings
// is told in `report` (a line each, in the arena) and HO_REJECT. Three replicas, of which two must be in step, where
// there are three brokers, else one. Of what is there only segment.ms is set, and told: nothing goes by it that the
// retention would keep.
HO_MUST_USE enum ho_status ho_kafka_topics_apply(struct ho_arena *arena, const char *brokers,
                                                 const struct ho_topic_spec *specs, size_t n_specs, const char **report,
                                                 struct ho_error *error);

// The same, but nothing is created or set: a topic that is missing is told too.
HO_MUST_USE enum ho_status ho_kafka_topics_check(struct ho_arena *arena, const char *brokers,
                                                 const struct ho_topic_spec *specs, size_t n_specs, const char **report,
                                                 struct ho_error *error);
// A topic's setting as it is, as text in the arena; "not told" where the broker does not say.
HO_MUST_USE enum ho_status ho_kafka_topic_setting(struct ho_arena *arena, const char *brokers, const char *topic,
                                                  const char *name, const char **out, struct ho_error *error);

struct ho_partition_range {
    int32_t partition;
    int64_t low, high; // watermarks
};

// The partitions of a topic with their watermarks, in the arena.
HO_MUST_USE enum ho_status ho_kafka_watermarks(struct ho_arena *arena, const char *brokers, const char *topic,
                                               struct ho_partition_range **out, size_t *n, struct ho_error *error);

// What gateways have acknowledged: kept as the committed offsets of a Kafka group, one past the highest acknowledged
// offset of each partition, so that a broker that forgot records can be told from one that has them. The range's
// `high` is that offset; `low` is not used.
struct ho_statement;

HO_MUST_USE enum ho_status ho_statement_new(const char *brokers, const char *group, const char *topic,
                                            struct ho_statement **out, struct ho_error *error);
void ho_statement_free(struct ho_statement *statement); // takes NULL
// Does not wait: what goes wrong later is logged, and told by ho_statement_failed. HO_RETRY while the statement before
// is still under way.
HO_MUST_USE enum ho_status ho_statement_write(struct ho_statement *statement,
                                              const struct ho_partition_range *acknowledged, size_t n,
                                              struct ho_error *error);
// Serves what is under way for up to `timeout_ms`; true when nothing is.
bool ho_statement_poll(struct ho_statement *statement, int timeout_ms);
// The last one did not get there, which shows some seconds after the broker went away: it is to be written again.
bool ho_statement_failed(const struct ho_statement *statement);

// The partitions that were stated, in the arena.
HO_MUST_USE enum ho_status ho_kafka_statement_read(struct ho_arena *arena, const char *brokers, const char *group,
                                                   const char *topic, struct ho_partition_range **out, size_t *n,
                                                   struct ho_error *error);

// ---- Reader: a stretch of a topic once more, beside the group that reads it. No group, no commits, no loop: it reads
// when it is called. Its memory is bounded: some 8 MiB a partition. Single-threaded.

struct ho_reader;

HO_MUST_USE enum ho_status ho_reader_new(const char *brokers, const char *client_id, const char *topic,
                                         struct ho_reader **out, struct ho_error *error);
void ho_reader_free(struct ho_reader *reader); // takes NULL
// Raises the `low` of each range to the first record that was appended at `since_ms` or later, at most to its `high`.
// HO_RETRY where the brokers do not tell; handoff-devbroker knows of no times, and there the ranges stay as they are.
HO_MUST_USE enum ho_status ho_reader_since(struct ho_reader *reader, int64_t since_ms,
                                           struct ho_partition_range *ranges, size_t n, struct ho_error *error);
// What is to be read: the records from `low` up to, but without, `high`. Once a reader.
HO_MUST_USE enum ho_status ho_reader_begin(struct ho_reader *reader, const struct ho_partition_range *ranges, size_t n,
                                           struct ho_error *error);
// Records of one partition by offset; they and the arena live until it returns. They come without headers, which cost
// as much as the rest: ho_reader_headers fills them in. What it returns ends ho_reader_read.
typedef enum ho_status ho_records_handler(void *context, struct ho_arena *arena, struct ho_kafka_record *records,
                                          size_t n, struct ho_error *error);
void ho_reader_headers(struct ho_arena *arena, struct ho_kafka_record *record);
// Hands over what has come, some batches at most; where nothing has, waits up to `timeout_ms`. HO_RETRY where the topic
// has lost what the ranges name: free the reader and begin anew.
HO_MUST_USE enum ho_status ho_reader_read(struct ho_reader *reader, int timeout_ms, ho_records_handler *handle,
                                          void *context, struct ho_error *error);
int64_t ho_reader_left(const struct ho_reader *reader); // offsets still to be read; 0: done
bool ho_reader_up(const struct ho_reader *reader);      // a broker answers
