// What the files that read ADT share: one message being read, and the events that it becomes.
#pragma once

#include "handoff/adt.h"

enum { HO_ADT_DELIMITER = 1, HO_ADT_SPECIAL = 2 }; // kinds of bytes

// How the bytes of a message become text.
enum ho_charset_kind {
    HO_CHARSET_GUESSED,   // UTF-8 where they are well-formed, else ISO 8859-1
    HO_CHARSET_LATIN1,    // ISO 8859-1
    HO_CHARSET_CONVERTED, // by ICU, the whole message before it is parsed: trail bytes may look like delimiters
    HO_CHARSET_REFUSED,   // nobody who has it can have written the header
};

struct ho_charset {
    enum ho_charset_kind kind;
    const char *converter; // ICU's name, of CONVERTED
};

struct ho_adt_reader {
    struct ho_arena *arena;
    struct ho_hl7_message message;
    const struct ho_feed *feed;
    struct ho_charset charset;
    bool unknown_charset;  // MSH-18 names one that no table has
    char *room, *room_end; // for texts
    const char *bad_date;  // the first place with a date that cannot be; NULL
    uint8_t kinds[256];    // what ends a primitive value; what is not copied as it is
};

// The segments of one person, or of one of the merges that a person has, in a message.
struct ho_adt_group {
    struct ho_hl7_segment *pid, *pv1, *mrg;
    size_t first, end; // indexes of the segments from PID, or a further MRG, to the next group
    size_t person;     // whose PID it is, from 1
};

// Makes `r` ready for texts of the message, which is the feed's; r->message is the same in UTF-8 where it is converted.
void ho_adt_begin(struct ho_adt_reader *r, struct ho_arena *arena, const struct ho_hl7_message *message,
                  const struct ho_feed *feed);

// The character set that MSH-18 names; what no table has is told and counts as empty.
struct ho_charset ho_charset_named(struct ho_bytes msh_18, uint8_t repetition, bool *unknown);
// The bytes as UTF-8, in the arena; U+FFFD for those that cannot be read. As they are where there is no such converter.
struct ho_bytes ho_charset_convert(struct ho_arena *arena, const char *converter, struct ho_bytes b);
// The same of those that are no UTF-8, in converted text with an escape that stands for bytes of the sender's set.
struct ho_bytes ho_charset_convert_rest(struct ho_arena *arena, const char *converter, struct ho_bytes b);

// Valid UTF-8 without escapes, control characters or outer blanks; "" for absent and null. In the arena.
char *ho_adt_text(struct ho_adt_reader *r, struct ho_bytes raw);
// The first repetition's first component's first subcomponent, raw and trimmed; empty for null.
struct ho_bytes ho_adt_first(const struct ho_adt_reader *r, struct ho_bytes field);
// The first primitive of one component or subcomponent, as text.
char *ho_adt_first_text(struct ho_adt_reader *r, struct ho_bytes field);
// Two texts with a third between them.
char *ho_adt_join(struct ho_adt_reader *r, const char *a, const char *between, const char *b);
// Splits the first repetition that has anything into components.
void ho_adt_components(const struct ho_adt_reader *r, struct ho_bytes field, struct ho_bytes *parts, size_t max);

// An instant, 0 where the field is empty or no possible date; the latter is noted under `place` unless that is
// NULL.
int64_t ho_adt_instant(struct ho_adt_reader *r, struct ho_bytes field, const char *place);
// The first instant after the day that the field tells without a time; 0 where it tells a time, or nothing.
int64_t ho_adt_day_end(const struct ho_adt_reader *r, struct ho_bytes field);

// The identifiers of a patient: PID-3, then PID-2, then PID-4.
struct ho_adt_identifiers {
    ho_identifier **items;
    size_t n, capacity;
    size_t n_listed; // those of PID-3
};
void ho_adt_read_identifiers(struct ho_adt_reader *r, struct ho_hl7_segment *pid, struct ho_adt_identifiers *out);
// The medical record number among them; "" only where there are none.
char *ho_adt_mrn(const struct ho_adt_reader *r, const struct ho_adt_identifiers *identifiers);
void ho_adt_read_merge(struct ho_adt_reader *r, struct ho_hl7_segment *mrg, ho_adt_event *event);
// Of a move, whose event `event` is: the patient from whom the account or visit is taken.
void ho_adt_read_giver(struct ho_adt_reader *r, struct ho_hl7_segment *mrg, const ho_adt_event *event,
                       ho_adt_event *giver);
// Both fill an event that has its person and locations.
void ho_adt_read_person(struct ho_adt_reader *r, const struct ho_adt_group *group, ho_adt_event *event);
void ho_adt_read_visit(struct ho_adt_reader *r, const struct ho_adt_group *group, ho_adt_event *event);

bool ho_adt_is_version(struct ho_bytes msh_12);       // "2" or "2.x"
bool ho_adt_is_processing_id(struct ho_bytes msh_11); // P, T or D
bool ho_adt_links(struct ho_bytes trigger);           // A24, A37: say that two persons are one, or are not
bool ho_adt_repeats(struct ho_bytes trigger);         // A39 to A47: may be about many persons
bool ho_adt_moves(struct ho_bytes trigger);           // A44, A45: take an account or visit from one patient to another
// The trigger that a structure (MSH-9.3) stands for; several share one, and then EVN-1 chooses among them.
struct ho_bytes ho_adt_trigger_of(struct ho_bytes structure, struct ho_bytes evn_1);
enum ho_patient_class ho_adt_class(struct ho_bytes pv1_2, struct ho_bytes pv1_10, struct ho_bytes pv1_18);
// What a site's own code means by the map; NULL where the map does not have it.
const char *ho_adt_meaning(const struct ho_code_map *map, struct ho_bytes code);
enum ho_destination ho_adt_destination(struct ho_bytes disposition);
