// Ways to send a message: over MLLP to a gateway, or straight to Kafka as a gateway would put it there.
#pragma once

#include "message_file.h"

struct ho_send_counts {
    uint64_t sent;
    uint64_t good;       // acknowledged positively, or asking for no answer; delivered
    uint64_t bad;        // acknowledged negatively, or not sent at all
    uint64_t by_code[6]; // MLLP: as ho_ack_codes
    uint64_t unasked;    // MLLP: messages that want no answer to success
};

struct ho_send_kafka;

// Feeds name the senders, for the key and the identity of each message.
HO_MUST_USE enum ho_status ho_send_kafka_open(const char *brokers, const char *feeds_dir, struct ho_send_kafka **out,
                                              struct ho_error *error);
HO_MUST_USE enum ho_status ho_send_kafka_put(struct ho_send_kafka *kafka, struct ho_bytes message,
                                             struct ho_error *error);
// Waits for every report.
HO_MUST_USE enum ho_status ho_send_kafka_finish(struct ho_send_kafka *kafka, struct ho_send_counts *counts,
                                                struct ho_error *error);
void ho_send_kafka_free(struct ho_send_kafka *kafka); // takes NULL
