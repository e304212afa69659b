// Acknowledgements: what a frame asks for, which answer is right, and its bytes.
//
// HL7 v2.8.2 ch. 2.9: original mode where MSH-15 and MSH-16 are both blank (AA, AE, AR), enhanced otherwise
// (CA, CE, CR by MSH-15, then AA by MSH-16). AE and CE say that resending the same would not help, AR that it
// may; CR that the message is none of ours. In enhanced mode a passing fault is CE too, for CR would end it.
//
// Pure and without allocation but for the bytes written. The views of a request point into the frame.
#pragma once

#include "handoff/adt.h"

// What keeps a frame from being taken, as its header shows.
enum ho_ack_fault {
    HO_ACK_FAULT_NONE,
    HO_ACK_FAULT_NO_MSH,
    HO_ACK_FAULT_NO_CONTROL_ID, // MSH-10
    HO_ACK_FAULT_MESSAGE_TYPE,  // MSH-9.1 is not ADT
    HO_ACK_FAULT_PROCESSING_ID, // MSH-11.1 is not P, T or D
    HO_ACK_FAULT_VERSION,       // MSH-12.1 is not 2 or 2.x
};

// MSH-15 and MSH-16 (HL7 table 0155). What is blank is UNSET, what is not in the table counts as ALWAYS: an
// answer too many is better than one that a sender waits for.
enum ho_ack_condition {
    HO_ACK_UNSET,
    HO_ACK_ALWAYS,     // AL
    HO_ACK_NEVER,      // NE
    HO_ACK_ON_ERROR,   // ER
    HO_ACK_ON_SUCCESS, // SU
};

struct ho_ack_request {
    bool has_msh;
    struct ho_hl7_delimiters delimiters; // the usual ones where there is no MSH
    struct ho_bytes encoding;            // MSH-2 as sent
    struct ho_bytes sending_application, sending_facility, receiving_application, receiving_facility; // MSH-3 to 6
    struct ho_bytes message_code, trigger;                                                            // MSH-9.1 and 9.2
    struct ho_bytes control_id;    // MSH-10, every byte; empty where blank or null
    struct ho_bytes processing_id; // MSH-11.1
    struct ho_bytes version;       // MSH-12.1
    struct ho_bytes character_set; // MSH-18 as sent
    bool enhanced;
    enum ho_ack_condition accept, application;
    enum ho_ack_fault fault; // the first that applies
};

// What became of the frame.
enum ho_ack_outcome {
    HO_ACK_STORED,
    HO_ACK_NOT_OURS,
    HO_ACK_NOT_KEPT, // none of ours, which its feed has accepted all the same and forgotten
    HO_ACK_UNREADABLE,
    HO_ACK_TOO_LONG,
    HO_ACK_NOT_ALLOWED, // its feed is another's, who has the client certificate
    HO_ACK_BROKER_AWAY, // or buffers full, or shutting down: the sender may resend
};

enum ho_ack_keep { HO_KEEP_NONE, HO_KEEP_INBOUND, HO_KEEP_REJECTED };

struct ho_ack_decision {
    const char *code;      // "AA", "AE", "AR", "CA", "CE", "CR"; NULL: nothing is sent
    bool application_ack;  // an AA message follows, with a control id of its own
    enum ho_ack_keep keep; // the topic that the frame's bytes go to: adt.inbound, adt.rejected, none
    // The sender would take silence for success, and a negative answer is not allowed: the gateway keeps the
    // message, stops reading and tries again; it closes only when it shuts down itself.
    bool must_close_at_shutdown;
};

// Reads the header of a frame, whole or cut. Never fails: what is wrong is in `fault`.
void ho_ack_inspect(struct ho_bytes frame, struct ho_ack_request *out);

// The outcome that the header alone decides; HO_ACK_STORED where nothing speaks against storing.
enum ho_ack_outcome ho_ack_outcome_of(const struct ho_ack_request *request);

// The same where the feed says what becomes of messages that are not ours.
enum ho_ack_outcome ho_ack_treat(enum ho_ack_outcome outcome, enum ho_other_messages others);

// A negative answer goes by MSH-15; where that has none to give (NE, SU, blank) and MSH-16 asks for one
// (AL, ER), as an application acknowledgement.
void ho_ack_decide(const struct ho_ack_request *request, enum ho_ack_outcome outcome, struct ho_ack_decision *out);

// The acknowledgement, without framing, in the arena: sender and receiver swapped, the sender's own
// delimiters, MSA-2 equal to MSH-10. `code` as decided (or "AA" for the application one), `time` is MSH-7
// ("20261122103000+0000"), `control_id` the answer's own. A negative one has an ERR segment (code and place,
// never content).
struct ho_bytes ho_ack_write(struct ho_arena *arena, const struct ho_ack_request *request, enum ho_ack_outcome outcome,
                             const char *code, const char *time, const char *control_id);
