// A message that waits for its end: the broker's report, then its answer's turn.
//
// Each is an object of its own, so that a late report finds the message it is about, and no other, also when the
// connection is long gone. Answers leave in the order of their connection's messages; a message that is owed nothing
// whatever comes keeps nobody waiting.
#pragma once

#include "connection.h"
#include "handoff/ack.h"

struct pending {
    struct gateway *gateway;
    struct connection *connection; // NULL: gone
    const struct ho_feed *feed;    // as the connection's
    struct pending *next, **place; // among the connection's
    struct pending *next_held;
    bool on_its_way; // a delivery report will come
    bool held;       // Kafka did not take it so far, and the sender forbids to refuse it
    bool silent;     // owed nothing whatever comes
    // Its sender forbids a negative answer: `bytes` are the whole message until Kafka has it.
    bool unrefusable;
    bool answered; // `bytes` are the answer
    enum ho_mllp_event event;
    enum ho_ack_outcome outcome; // once stored
    // The header, or the whole message where it may have to be sent again; then the answer, framed.
    uint8_t *bytes;
    size_t n;
    size_t sent_bytes; // of the record on its way
    size_t charged;
    int64_t received_us;
};

// Takes the message's place in its connection's order. `keep` is copied.
struct pending *pending_new(struct connection *connection, enum ho_mllp_event event, struct ho_bytes keep,
                            enum ho_ack_outcome outcome);
// The message is `n` bytes of a record on its way, or none any more.
void pending_on_its_way(struct pending *pending, size_t n);
// Makes the answer that the outcome asks for (which may be none). Frees the pending where nobody waits for it.
void pending_answer(struct pending *pending, enum ho_ack_outcome outcome);
// Moves the answers whose turn it is to the connection's output.
void pending_flush(struct connection *connection);
// The connection is gone: what is on its way goes on alone.
void pending_abandon(struct connection *connection);
// It and those behind it get no answer: their connection is about to end.
void pending_cut(struct pending *pending);
void pending_free(struct pending *pending);
