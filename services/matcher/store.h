// Decided events as rows: links, reviews and held items, what is known of identities, and what others are told.
#pragma once

#include "handoff/identity.h"
#include "handoff/platform/pg.h"

// What is behind an identity's event: its context.
struct ho_matter {
    const ho_adt_event *event;
    struct ho_bytes packed;  // the event; empty: it is packed where it is needed
    struct ho_bytes message; // as received; the packed event where it is no longer known
    bool protobuf;           // the message is
    struct ho_bytes traceparent;
    const char *source; // ho_inbound_source, of a message
    const char *mrn;    // ho_identity_mrn
};

struct ho_store;

struct ho_store *ho_store_new(struct ho_arena *arena);
// What the event's changes say.
void ho_store_event(struct ho_store *store, const struct ho_identity_event *event);
void ho_store_pair(struct ho_store *store, const struct ho_identity_pair *pair);
void ho_store_identity(struct ho_store *store, const struct ho_identity *identity);
// Queues the statements, members' locks first. `part` spreads the legs' writers. Whoever calls holds the locks of the
// identities.
void ho_store_write(struct ho_store *store, struct ho_pg *pg, int32_t part);

// Whether the relay has something to send.
bool ho_store_sends(const struct ho_store *store);
