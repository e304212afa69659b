// From the bytes of an ADT message to events (HL7 v2.8.2 ch. 3).
//
// Pure: the feed says what the bytes cannot (zone, facility, whose MRN). Views and events live in the
// arena; the message's bytes must outlive both.
#pragma once

#include "handoff/event.h"
#include "handoff/hl7.h"
#include "handoff/time.h"

enum ho_test_traffic { HO_TEST_COUNT, HO_TEST_WORK };

// Messages that are none of ours by MSH-9, MSH-11 or MSH-12.
enum ho_other_messages {
    HO_OTHERS_REFUSE, // the negative answer
    HO_OTHERS_ACCEPT, // the positive answer, and nothing is kept
    HO_OTHERS_STORE,  // the positive answer; on adt.inbound, where the matcher rejects them
};

// What a sender gets whose message cannot be stored now.
enum ho_broker_away { HO_AWAY_REFUSE, HO_AWAY_CLOSE }; // the negative answer; the end of the connection

// Where the code stands that `classes` has.
enum ho_class_field { HO_CLASS_PV1_2, HO_CLASS_PV1_10, HO_CLASS_PV1_18 };

// A site's own codes, compared byte by byte.
struct ho_code_meaning {
    const char *code, *means;
};

struct ho_code_map {
    const struct ho_code_meaning *items;
    size_t n;
};

// One sender, as deploy/feeds/*.yaml states it. Owned by its loader; texts are NUL-terminated.
struct ho_feed {
    const char *name;
    const char *sending_application; // MSH-3.1, "*" any
    const char *sending_facility;    // MSH-4.1, "*" any
    const char *certificate;         // name of the client certificate that selects it, whatever MSH says; NULL: none
    const char *facility;            // name shown and used in identities; "" takes MSH-4.1
    enum ho_facility_setting setting;
    const struct ho_zone *zone;
    const char *charset;        // ICU's name of what it writes; NULL: what MSH-18 says
    struct ho_code_map classes; // PV1-2, or another field, to a word of ho_adt_class_named
    enum ho_class_field class_field;
    struct ho_code_map dispositions;          // PV1-36 to a discharge status of UB-04
    struct ho_code_map admit_sources;         // PV1-14 to HL7 table 0023
    const char *mrn_authority;                // PID-3.4.1 of its own MRN; "" any
    const char *const *member_id_authorities; // whose identifiers of type MA are members' CINs
    size_t n_member_id_authorities;
    enum ho_test_traffic test_traffic;
    enum ho_other_messages other_messages;
    enum ho_broker_away broker_away;
    bool reuses_visit_numbers; // its PV1-19 says nothing: the account, or the start of the stay, tells visits apart
    bool part2;                // a 42 CFR Part 2 programme
    bool a08_admits;           // its A08 may be the first word of an arrival
    const char *const *nursing_units; // PV1-3.1 of units that are nursing facilities, though the rest is a hospital
    size_t n_nursing_units;
};

struct ho_feeds {
    const struct ho_feed *feeds;
    size_t n;
};

// The feed of a sender: exact application and facility, then wildcards; never NULL when the set holds
// a feed with two wildcards, which the loader demands.
const struct ho_feed *ho_feed_find(const struct ho_feeds *feeds, struct ho_bytes application, struct ho_bytes facility);

// The same from MSH-3 and MSH-4 as sent: their first repetition's first component, without blanks.
const struct ho_feed *ho_feed_of_sender(const struct ho_feeds *feeds, const struct ho_hl7_delimiters *delimiters,
                                        struct ho_bytes application, struct ho_bytes facility);

// MSH-3 or MSH-4 as it selects a feed.
struct ho_bytes ho_feed_sender_part(const struct ho_hl7_delimiters *delimiters, struct ho_bytes field);

// Whether a client certificate of this name selects the feed. DNS knows no capitals (RFC 4343).
bool ho_feed_has_certificate(const struct ho_feed *feed, struct ho_bytes name);

// The feed that a client certificate of this name selects; NULL where it selects none.
const struct ho_feed *ho_feed_of_certificate(const struct ho_feeds *feeds, struct ho_bytes name);

// The feed of that name; the one with two wildcards where there is none.
const struct ho_feed *ho_feed_named(const struct ho_feeds *feeds, const char *name);

// The persons of one message are numbered below this.
enum { HO_ADT_SUBJECTS_MAX = 32 };

enum ho_adt_verdict {
    HO_ADT_EVENT,    // read; events are filled
    HO_ADT_TEST,     // MSH-11 T or D and the feed does not work such traffic
    HO_ADT_REJECTED, // see reason
};

struct ho_adt {
    enum ho_adt_verdict verdict;
    const char *reason; // rejected: a short fixed word ("no-patient-id", "impossible-date", "not-adt" …)
    const char *place;  // rejected: where, as "PID-3" or "EVN-2"
    const struct ho_feed *feed;
    bool unknown_charset;  // MSH-18 names a character set that no table has; it counts as empty
    ho_adt_event **events; // HO_ADT_SUBJECTS_MAX at most
    size_t n_events;
};

// The identity of a message: the first 16 bytes of SHA-256 over the feed's name, 0x00 and the message as
// received. The same bytes from the same feed are the same event; all else is the fold's business.
void ho_adt_event_id(struct ho_bytes feed_name, struct ho_bytes message, uint8_t out[HO_ID_BYTES]);

// Reads one message as received. Never fails: whatever is wrong with the bytes is a verdict. The reasons:
// not-hl7, not-adt, version, processing-id, charset (MSH-18 names UTF-16 or UTF-32), unknown-trigger, no-patient-id,
// impossible-date (in a field that orders events: MSH-7, EVN-2, EVN-6, PV1-44, PV1-45), no-time (none of them tells
// any), too-many-persons. A message is about the person of its first PID. A17 is about two; so are A24 and A37 with a
// second PID, and then each event has the other's MRN as its prior one. Each of the repeated groups that merges and
// moves (A39 to A47) may have makes its event. Where A44 or A45 takes an account or visit from another patient, the
// group makes two: the even subject is the patient of the PID, who gets it; the next odd one the patient of the MRG, of
// whom the message tells the numbers and the name of MRG alone, and who gets what was theirs.
void ho_adt_read(struct ho_arena *arena, struct ho_bytes message, const struct ho_feeds *feeds, struct ho_adt *out);
// The same for a message whose feed is known otherwise than by its sender.
void ho_adt_read_as(struct ho_arena *arena, struct ho_bytes message, const struct ho_feed *feed, struct ho_adt *out);

// Of an ADT message: A01 to A62.
bool ho_adt_is_trigger(struct ho_bytes trigger);

// Codes that neither the feed's maps nor our tables know: their event is worked as one of unknown class or destination,
// and still leads to a contact. Of admit sources (PV1-14) nothing is made but this.
enum ho_adt_code {
    HO_CODE_CLASS,
    HO_CODE_DISPOSITION,
    HO_CODE_ADMIT_SOURCE,
    HO_CODE_CHARSET, // of the message: ho_adt.unknown_charset
    HO_ADT_CODES
};

// Of the event, as a mask of 1 << ho_adt_code. A code that is not sent is not unknown.
unsigned ho_adt_unknown_codes(const ho_adt_event *event);

// The words that a map of classes may use: emergency, inpatient, observation, outpatient, preadmit, recurring. False
// where it is none.
bool ho_adt_class_named(const char *word, enum ho_patient_class *out);
// Whether it is a discharge status of UB-04 that says where somebody goes, or that nobody goes.
bool ho_adt_is_disposition(const char *code);
bool ho_adt_is_admit_source(const char *code);

// Whether ICU has a character set of this name in which the header of a message can be read: plain ASCII is itself.
bool ho_charset_is_usable(const char *name);

// The Kafka key of a message: facility and MRN as the feed names them, "facility\x1fmrn"; the facility alone where
// there is no MRN. In the arena.
struct ho_bytes ho_adt_key(struct ho_arena *arena, const struct ho_hl7_message *message, const struct ho_feed *feed);
