// An 834 (ASC X12 005010X220A1, benefit enrollment and maintenance) as what it says about members.
//
// Pure: segments in, one ho_x834_member out for each INS loop, in the file's order. A loop says some columns of the
// roster and is silent on the rest; x834_merge.h puts it together with what is known. README.md has the table of which
// element becomes which column.
#pragma once

#include "rows.h"
#include "x12.h"

enum { HO_X834_COVERAGES_MAX = 64, HO_X834_SENDER_BYTES = 16 };

// Which references hold the numbers ("0F"; "NM109" is the name's), and which coverages count.
struct ho_x834_options {
    const char *member_ref, *cin_ref, *plan_ref; // "": none
    const char *coverage;                        // HD-03 or HD-04 as sent; "": every coverage
    bool test;                                   // a file of test data (ISA-15 T) is read, too
};

enum ho_x834_maintenance {
    HO_X834_CHANGE,    // 001, and 026 of a coverage
    HO_X834_ADDITION,  // 021, and 025, a reinstatement
    HO_X834_END,       // 024
    HO_X834_AUDIT,     // 030
    HO_X834_UNTOUCHED, // 032, of a coverage: says nothing
};

// HD with its DTP 348, 349, 303. Dates are YYYYMMDD, 0 where nothing says one; an end of 99991231 is none.
struct ho_x834_coverage {
    enum ho_x834_maintenance maintenance;
    uint32_t from, to, changed;
};

struct ho_x834_member {
    uint64_t segment; // of its INS
    enum ho_x834_maintenance maintenance;
    struct ho_roster_row row;          // `line` is the segment; of the columns only those that are said count
    bool said[HO_ROSTER_COLUMNS];      // also where what is said is that there is none
    uint32_t file_date;                // BGN-03
    char sender[HO_X834_SENDER_BYTES]; // ISA-06, in ASCII
    uint32_t began, ended, changed;    // DTP 356, 357, 303
    uint32_t died;                     // INS-12
    size_t n_coverages;
    struct ho_x834_coverage coverages[HO_X834_COVERAGES_MAX];
};

struct ho_x834_handler {
    // A loop; valid during the call. Of one that was refused only segment and member id count, and the id is empty
    // where it could not be read.
    void (*member)(void *context, const struct ho_x834_member *member, bool refused);
    struct ho_roster_faults faults; // the first of each loop: `line` is the segment, `column` the element
    void *context;
};

struct ho_x834;

struct ho_x834 *ho_x834_new(const struct ho_x834_options *options, const struct ho_x834_handler *handler);
void ho_x834_free(struct ho_x834 *x834); // takes NULL
void ho_x834_feed(struct ho_x834 *x834, struct ho_bytes bytes);
// The end of the file: false after reporting what is wrong with it as a whole. Then nothing of it may be applied, not
// even the loops that were good.
bool ho_x834_end(struct ho_x834 *x834);
