// MLLP client: sends messages to a gateway and reads their acknowledgements, in order.
//
// For handoffctl send, benches and tests. Blocking, one connection, one thread. Up to `window` messages may wait for
// their answers: 1 is synchronous, as hospitals' engines send; more is pipelined. Which answers a message gets is read
// from its own MSH-15 and 16, so that nobody waits for one that it forbids. Answers are told by MSA-2: one that belongs
// to no message on its way is an error, never credited to another.
//
// After HO_RETRY the connection is of no more use: close it, open a new one, and send again from
// ho_mllp_client_first_unanswered on. The receiver knows the same bytes as the same event.
#pragma once

#include "handoff/bytes.h"
#include "handoff/error.h"
#include "handoff/platform/tls.h"

struct ho_mllp_client;

struct ho_mllp_answer {
    uint64_t number;       // of the message, from 0 in the order of sending
    char code[3];          // MSA-1: "AA", "AE", "AR", "CA", "CE", "CR"
    struct ho_bytes bytes; // the acknowledgement, valid in the call
    int64_t latency_us;    // from the last byte sent to the answer read
};

struct ho_mllp_client_settings {
    const char *address;        // host:port; by TLS the host is whom the gateway's certificate must name
    struct ho_tls_context *tls; // NULL: plain; outlives the client
    int64_t window;             // at least 1
    int64_t connect_timeout_ms;
    int64_t answer_timeout_ms; // without any answer while one is awaited
    // May be NULL. Called for each answer; may not call the client.
    void (*answered)(void *context, const struct ho_mllp_answer *answer);
    void *context;
};

enum { HO_ACK_AA, HO_ACK_AE, HO_ACK_AR, HO_ACK_CA, HO_ACK_CE, HO_ACK_CR, HO_ACK_CODES };
extern const char *const ho_ack_codes[HO_ACK_CODES];

struct ho_mllp_counts {
    uint64_t sent;
    uint64_t unasked; // messages that ask for no answer to success, and got none
    uint64_t by_code[HO_ACK_CODES];
};

// HO_REJECT where the address is none or the gateway's certificate not to be trusted, HO_RETRY where nobody listens.
HO_MUST_USE enum ho_status ho_mllp_client_open(const struct ho_mllp_client_settings *settings,
                                               struct ho_mllp_client **out, struct ho_error *error);
void ho_mllp_client_close(struct ho_mllp_client *client); // takes NULL

// Sends one message, after waiting until there is room in the window.
HO_MUST_USE enum ho_status ho_mllp_client_send(struct ho_mllp_client *client, struct ho_bytes message,
                                               struct ho_error *error);
// Reads the answers that come within `timeout_ms`, at least those that are there.
HO_MUST_USE enum ho_status ho_mllp_client_poll(struct ho_mllp_client *client, int64_t timeout_ms,
                                               struct ho_error *error);
// Waits until every answer that was asked for is there.
HO_MUST_USE enum ho_status ho_mllp_client_finish(struct ho_mllp_client *client, struct ho_error *error);

const struct ho_mllp_counts *ho_mllp_client_counts(const struct ho_mllp_client *client);
// The number of the first message that an answer may still come to, be it only a refusal; that of the next to send
// where there is none.
uint64_t ho_mllp_client_first_on_its_way(const struct ho_mllp_client *client);
// The number of the first message that still awaits an answer; that of the next to send where none does.
uint64_t ho_mllp_client_first_unanswered(const struct ho_mllp_client *client);
