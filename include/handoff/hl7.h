// HL7 v2 messages as views: the bytes stay where they are, and nothing is copied until text is asked for.
//
// Implements HL7 v2.8.2 chapter 2: delimiters (2.5.4) from MSH-1 and MSH-2, message construction (2.6), escape
// sequences (2.7) decoded on demand, null values (2.5.3). More lenient than the standard where senders are:
// a segment ends with CR, LF or CR LF, a byte order mark is skipped, and lines that are no segment are passed
// over. Any byte string is safe; what is no HL7 is refused by ho_hl7_parse and by nothing later.
//
// A message is a value; its segment index lives in the arena, the field index of a segment is made there when
// the segment is first asked. Message, arena and bytes must outlive every view. One thread.
//
// A field shows one of three ways, as the raw view says: absent (n == 0), deleted (the two quotes `""`,
// ho_hl7_is_null) or a value. ho_hl7_text gives the empty text for the first two.
#pragma once

#include "handoff/arena.h"
#include "handoff/error.h"

enum { HO_HL7_MAX_BYTES = 1 << 30 }; // longer input is refused

// A segment's name as a number.
#define HO_HL7_NAME(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

// Those that MSH-2 leaves out are 0 and separate nothing.
struct ho_hl7_delimiters {
    uint8_t field, component, repetition, escape, subcomponent;
};

struct ho_hl7_segment {
    struct ho_bytes bytes; // with its name, without its end
    uint32_t name;
    uint32_t n_fields;      // in the index, when there is one: the first 64 at most
    const uint32_t *fields; // where their separators are; NULL until asked for
};

struct ho_hl7_message {
    struct ho_bytes bytes; // without byte order mark and blank lines before MSH
    struct ho_hl7_delimiters delimiters;
    struct ho_hl7_segment *segments; // in order; the first is MSH
    size_t n_segments;
    struct ho_arena *arena;
    struct ho_hl7_room *room; // for the field indexes
};

// A place in a message; numbers count from 1 as in the standard. A zero ends the descent: with field and
// repetition alone, the raw repetition; with the field alone, all its repetitions. Between given numbers, and
// for the segment, 0 reads as 1.
struct ho_hl7_path {
    uint32_t segment;    // HO_HL7_NAME('P', 'I', 'D')
    uint32_t occurrence; // of the segment in the message
    uint32_t field, repetition, component, subcomponent;
};

// The header alone, without an arena: the delimiters and the MSH segment. False as below.
HO_MUST_USE bool ho_hl7_header(struct ho_bytes bytes, struct ho_hl7_delimiters *delimiters, struct ho_bytes *msh);

// Indexes the segments. False where the bytes do not begin with MSH and a separator (any byte but letters,
// digits, line ends and NUL), or are too many.
HO_MUST_USE bool ho_hl7_parse(struct ho_arena *arena, struct ho_bytes bytes, struct ho_hl7_message *out);

// The next segment of that name at or behind `from`, an index into segments; NULL where there is none.
struct ho_hl7_segment *ho_hl7_segment(const struct ho_hl7_message *message, uint32_t name, size_t from);

// The raw field with all its repetitions; empty where there is none. MSH-1 is the separator itself.
struct ho_bytes ho_hl7_field(const struct ho_hl7_message *message, struct ho_hl7_segment *segment, uint32_t n);

// The n-th part, from 1, between delimiters; empty where there is none. Delimiter 0 separates nothing.
struct ho_bytes ho_hl7_part(struct ho_bytes whole, uint8_t delimiter, uint32_t n);

// Splits in one pass: the first `max` parts, the rest ignored; parts that are missing are empty.
void ho_hl7_split(struct ho_bytes whole, uint8_t delimiter, struct ho_bytes *parts, size_t max);

// Takes the first part off `rest`. False at the end: an empty whole has no parts, and nothing stands behind a
// delimiter that is the last byte.
bool ho_hl7_next(struct ho_bytes *rest, uint8_t delimiter, struct ho_bytes *part);

// "PID-3", "PID-3[2]", "PID-3[2].4.1", "PID-5.1", "DG1[2]-3.1". False where the text is none.
HO_MUST_USE bool ho_hl7_path_parse(struct ho_bytes text, struct ho_hl7_path *out);
// The raw view at a place; empty where there is nothing.
struct ho_bytes ho_hl7_get(const struct ho_hl7_message *message, const struct ho_hl7_path *path);
// The same by text; empty also where the text is no path.
struct ho_bytes ho_hl7_at(const struct ho_hl7_message *message, const char *path);

static inline bool ho_hl7_is_null(struct ho_bytes raw)
{
    return raw.n == 2 && raw.p[0] == '"' && raw.p[1] == '"';
}

// Without escapes (2.7), in the message's own character set; the view itself where it holds none. `\.br\`,
// `\.sp\` and `\.ce\` become line feeds, highlighting and the switches of character set vanish, sequences
// that are none stay as they are.
struct ho_bytes ho_hl7_unescape(struct ho_arena *arena, const struct ho_hl7_delimiters *delimiters,
                                struct ho_bytes raw);

// The value as it is meant: empty for absent and null, else without escapes.
struct ho_bytes ho_hl7_text(const struct ho_hl7_message *message, struct ho_bytes raw);
