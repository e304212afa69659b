// The gateway: hospitals' MLLP connections in, records on adt.inbound and adt.rejected out.
//
// A message goes: listener -> connection (bytes) -> intake (frame to record) -> Kafka -> pending (its answer) ->
// connection. A positive acknowledgement leaves only after the broker's delivery report. All memory that input can
// make grow is charged to one budget; while that is spent, nothing is read.
//
// One thread, the loop's. Each module is handed the gateway; main.c makes and ends it.
#pragma once

#include "handoff/adt.h"
#include "handoff/platform/kafka.h"
#include "handoff/platform/service.h"

#include "budget.h"
#include "figures.h"
#include "settings.h"
#include "statement.h"

struct connection;
struct pending;
struct listener;
struct tls;

struct gateway {
    struct settings settings;
    struct ho_service *service;
    struct ho_loop *loop;
    struct ho_producer *producer;
    const struct ho_feeds *feeds;
    struct listener *listener, *tls_listener; // NULL: none
    struct tls *tls;                          // NULL: no TLS
    struct ho_arena *arena;                   // of the frame in hand
    struct budget budget;
    struct budget unrefusable; // the half of it that messages may take whose senders forbid a negative answer
    struct figures figures;
    struct statement statement;
    struct connection *connections; // all of them
    size_t n_connections;
    struct connection *dirty; // with answers to be written at the end of the turn
    struct ho_watch *flush, *tick;
    struct pending *held; // to be sent again, for silence forbids to refuse them
    size_t on_their_way;  // records without a delivery report
    size_t to_be_freed;   // of them, those whose report ends their message whatever it says
    uint64_t answers;     // made so far, for their control ids
    int64_t started_us;
    bool draining;
};
