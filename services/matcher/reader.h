// From the bytes of a message of adt.inbound to events: HL7 v2 as received, or a packed AdtEvent.
#pragma once

#include "handoff/adt.h"

struct ho_inbound {
    bool protobuf; // else HL7 v2
    bool foreign;  // its content-type names neither
    struct ho_bytes message, traceparent;
    struct ho_bytes source; // the header ce_source: a feed's name
};

// The form by the header content-type: "application/protobuf" is a packed AdtEvent, all else is HL7.
struct ho_inbound ho_inbound_of(struct ho_bytes content_type, struct ho_bytes message, struct ho_bytes traceparent,
                                struct ho_bytes source);

// The name of the feed that a client certificate has selected, at the gateway, for this message; "": its sender selects
// it. Only this needs to be kept with a message that is to be read again.
const char *ho_inbound_source(const struct ho_inbound *inbound, const struct ho_feeds *feeds);

// As ho_adt_read, for both forms. The reasons of protobuf: not-protobuf, no-patient-id, incomplete, unknown-trigger,
// subject (not below HO_ADT_SUBJECTS_MAX), impossible-date (not between the years 1 and 9999). What is no HL7 and says
// that it is something else: content-type. Events lie in the arena; the message's bytes outlive them.
void ho_inbound_read(struct ho_arena *arena, const struct ho_inbound *inbound, const struct ho_feeds *feeds,
                     struct ho_adt *out);
// The trace that a record's header names; empty where it is no such text.
struct ho_bytes ho_inbound_traceparent(struct ho_bytes header);
