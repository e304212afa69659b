// A push parser of X12 interchanges (ASC X12 005010, X12.5 and X12.6): bytes in, in pieces of any size, segments out.
//
// The header ISA has fixed widths and tells the separators. Any byte that is no letter or digit may end a segment; line
// ends behind it are passed over. The control numbers and counts of ISA/IEA, GS/GE and ST/SE are checked: the first
// that is wrong is the file's fault, and nothing more is given. Several interchanges may follow each other. Pure: no
// files, no allocation after ho_x12_new; a segment that lies in one piece is not copied.
#pragma once

#include "handoff/bytes.h"

enum { HO_X12_SEGMENT_BYTES_MAX = 64 * 1024, HO_X12_ELEMENTS_MAX = 64 };

struct ho_x12_segment {
    uint64_t number;                 // in the file, from 1
    const struct ho_bytes *elements; // [0] is the segment's name, [1] what the standard calls 01
    size_t n;
    uint8_t component; // what parts the components of an element
};

struct ho_x12_fault {
    uint64_t segment;
    const char *element; // "SE-01"; "" where it is about the whole segment
    const char *what;    // and what to do: a fixed text
};

// Each segment, those of the envelopes too. The segment and its elements are valid during the call.
typedef void ho_x12_handler(void *context, const struct ho_x12_segment *segment);

struct ho_x12;

struct ho_x12 *ho_x12_new(ho_x12_handler *handler, void *context); // the caller frees
void ho_x12_free(struct ho_x12 *x12);                              // takes NULL
void ho_x12_feed(struct ho_x12 *x12, struct ho_bytes bytes);
// The end of the file. NULL, or what is wrong with it: valid until ho_x12_free.
const struct ho_x12_fault *ho_x12_end(struct ho_x12 *x12);

// Element `i` of a segment; empty where it has fewer.
static inline struct ho_bytes ho_x12_element(const struct ho_x12_segment *segment, size_t i)
{
    return i < segment->n ? segment->elements[i] : (struct ho_bytes){0};
}

// Whether a file with these first bytes is meant as X12; ten bytes are enough.
bool ho_x12_begins(struct ho_bytes bytes);
