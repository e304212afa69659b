// From the bytes of a message of adt.inbound to events: HL7 v2 as received, or a packed AdtEvent.
#pragma once

#include "handoff/adt.h"

struct ho_inbound {
    bool protobuf; // else HL7 v2
    bool foreign;  // its content-type names neither
    struct ho_bytes message, traceparent;
};

// The form by the header content-type: "application/protobuf" is a packed AdtEvent, all else is HL7.
struct ho_inbound ho_inbound_of(struct ho_bytes content_type, struct ho_bytes message, struct ho_bytes traceparent);

// As ho_adt_read, for both forms. The reasons of protobuf: not-protobuf, no-patient-id, incomplete, subject (not below
// HO_ADT_SUBJECTS_MAX). What is no HL7 and says that it is something else: content-type. Events lie in the arena; the
// message's bytes outlive them.
void ho_inbound_read(struct ho_arena *arena, const struct ho_inbound *inbound, const struct ho_feeds *feeds,
                     struct ho_adt *out);
// The trace that a record's header names; empty where it is no such text.
struct ho_bytes ho_inbound_traceparent(struct ho_bytes header);
