// One sender's MLLP connection: bytes in, answers out, its limits of time and memory.
//
// Without a frame in progress or an answer on its way it holds nothing but this struct, its parser's and its TLS
// session's.
#pragma once

#include "figures.h"
#include "handoff/bytes.h"
#include "handoff/mllp.h"
#include "handoff/platform/loop.h"

struct gateway;
struct ho_feed;
struct ho_tls;
struct pending;

enum { PEER_BYTES = 56 }; // "[address]:port" in numbers

// Why nothing is read from a connection.
enum {
    PAUSED_BUDGET = 1,  // the gateway's bytes are spent
    PAUSED_PENDING = 2, // too many of its messages wait for their end
    PAUSED_OUTPUT = 4,  // it does not read its answers
    PAUSED_HELD = 8,    // one of its messages is held until Kafka takes it
    PAUSED_END = 16,    // it has ended its sending
    PAUSED_STOPPING = 32,
    PAUSED_UNREFUSABLE = 64, // messages like its own have taken their half of the gateway's bytes
    // Closing would lose what a sender that wants no answers has in the socket. For the budget it may be the cause.
    PAUSED_FOR_KAFKA = PAUSED_PENDING | PAUSED_HELD | PAUSED_UNREFUSABLE,
};

struct connection {
    struct gateway *gateway;
    struct connection *next, **place; // among the gateway's
    struct connection *next_dirty;
    int fd, events;
    char peer[PEER_BYTES]; // for the log
    struct ho_watch *watch;
    struct ho_tls *tls;         // NULL: plain
    bool shaking_hands;         // over TLS, until its handshake is done
    bool inside_record;         // of TLS, as of the last read
    const struct ho_feed *feed; // selected by the client certificate; NULL: by MSH-3 and 4
    struct ho_mllp *parser;
    size_t parser_charged;
    uint64_t junk_counted, junk_at_frame;
    int64_t last_byte_us, frame_began_us; // of the frame in progress; before the handshake's end, of the connection
    struct pending *first_pending, **last_pending;
    size_t n_pending, n_held;
    bool unrefusable; // its latest message, and so the next by all we know
    uint8_t *out;     // unsent [out_at, out_n)
    size_t out_at, out_n, out_capacity, out_charged;
    unsigned paused;
    int64_t waits_since_us; // PAUSED_FOR_KAFKA
    bool dirty;
    bool cut_off;          // because of a message that Kafka did not take
    bool told_certificate; // in the log, of a message that its feed's certificate forbids
    bool first_in_line;    // reads one frame though the budget is spent, so that the line moves
};

// Takes the socket; `with_tls`: the sender begins with a handshake.
void connection_new(struct gateway *gateway, int fd, bool with_tls);
void connection_close(struct connection *connection, enum close_reason reason);

void connection_put(struct connection *connection, struct ho_bytes answer); // appends to the output
void connection_mark_dirty(struct connection *connection); // its answers are written at the end of the turn
void connection_set_held(struct connection *connection);   // after a change of n_held

void connection_end(struct connection *connection); // reads no more; closes once what is owed to it is said

// Charges the difference between what was charged and `bytes`; wakes those that wait when enough comes free.
void connection_recharge(struct gateway *gateway, size_t *charged, size_t bytes);
// The same for a message that may not be refused, whose half of the budget is charged as well.
void connection_recharge_unrefusable(struct gateway *gateway, size_t *charged, size_t bytes);

// The gateway's timers: at the end of a turn with answers, and each second.
void connections_flush(struct gateway *gateway);
void connections_tick(struct gateway *gateway);
// Where all wait and nothing is on its way whose end would free bytes, lets the oldest frame through.
void connections_move_on(struct gateway *gateway);
// Reads no more; connections that are owed nothing close.
void connections_drain(struct gateway *gateway);
