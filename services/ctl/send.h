// Ways to send a message: over MLLP to a gateway, or straight to Kafka as a gateway would put it there.
#pragma once

#include "handoff/platform/mllp_client.h"
#include "message_file.h"
#include "rejected.h"

struct ho_send_counts {
    uint64_t sent;
    uint64_t good;                  // acknowledged positively, or asking for no answer; delivered
    uint64_t bad;                   // acknowledged negatively
    uint64_t by_code[HO_ACK_CODES]; // MLLP
    uint64_t unasked;               // MLLP: messages that want no answer to success
};

// Where a message stands.
struct ho_send_place {
    const char *path;
    uint64_t number; // in the file, from 1
};

struct ho_send_mllp;

struct ho_send_mllp_settings {
    const char *address;
    struct ho_tls_context *tls; // NULL: plain; outlives the connection
    int64_t window;
    int64_t patience_ms; // for which a lost connection is opened again, and what had no answer sent again
    // Each negative answer: MSA-1, and ERR-3.1 (HL7 table 0357) or "".
    void (*refused)(void *context, const struct ho_send_place *place, const char *code, const char *condition);
    void *context;
};

HO_MUST_USE enum ho_status ho_send_mllp_open(const struct ho_send_mllp_settings *settings, struct ho_send_mllp **out,
                                             struct ho_error *error);
// The place's path outlives the connection.
HO_MUST_USE enum ho_status ho_send_mllp_put(struct ho_send_mllp *mllp, struct ho_bytes message,
                                            const struct ho_send_place *place, struct ho_error *error);
// Takes the answers that come within the time.
HO_MUST_USE enum ho_status ho_send_mllp_poll(struct ho_send_mllp *mllp, int64_t timeout_ms, struct ho_error *error);
// Waits for every answer.
HO_MUST_USE enum ho_status ho_send_mllp_finish(struct ho_send_mllp *mllp, struct ho_error *error);
void ho_send_mllp_counts(const struct ho_send_mllp *mllp, struct ho_send_counts *out);
void ho_send_mllp_free(struct ho_send_mllp *mllp); // takes NULL

struct ho_send_kafka;

// Feeds name the senders, for the key and the identity of each message.
HO_MUST_USE enum ho_status ho_send_kafka_open(const char *brokers, const char *feeds_dir, struct ho_send_kafka **out,
                                              struct ho_error *error);
HO_MUST_USE enum ho_status ho_send_kafka_put(struct ho_send_kafka *kafka, struct ho_bytes message,
                                             struct ho_error *error);
// Puts a rejected message back, HL7 or a packed AdtEvent, as the feeds have it now, with its id as ho_replay_of.
// HO_REJECT, with reason and place, where it would be rejected again.
HO_MUST_USE enum ho_status ho_send_kafka_replay(struct ho_send_kafka *kafka, const struct ho_rejected *rejected,
                                                struct ho_bytes message, struct ho_error *error);
// Says in adt.rejected that its bytes were replayed.
HO_MUST_USE enum ho_status ho_send_kafka_replayed(struct ho_send_kafka *kafka, const struct ho_rejected *rejected,
                                                  struct ho_error *error);
// Waits for every report.
HO_MUST_USE enum ho_status ho_send_kafka_finish(struct ho_send_kafka *kafka, struct ho_send_counts *counts,
                                                struct ho_error *error);
void ho_send_kafka_free(struct ho_send_kafka *kafka); // takes NULL
