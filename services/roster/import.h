// Imports a roster file, CSV or an X12 834: read, checked, compared and applied in one transaction.
//
// Members that the file does not name stay as they are, unless an 834 is said to be full. A member's lines of CSV stand
// for all that is known about the member: what they do not say is blank afterwards. An 834 replaces what it can say.
#pragma once

#include "x834_import.h"

struct ho_roster_progress {
    const char *step;          // what begins; NULL: the file is read on
    const char *unit;          // of `rows`: "lines" of CSV, "members" of an 834
    uint64_t rows, bytes_read; // so far
};

struct ho_roster_import {
    int fd;       // read to its end
    bool partial; // refused lines are left out, with the other lines of their members; else they stop all
    struct ho_x834_options x834;
    struct ho_x834_plan plan; // of an 834
    struct ho_roster_faults faults;
    struct ho_roster_faults notes;                             // what is worth a line and no fault
    void (*unknown_columns)(void *context, const char *names); // once, where there are any
    void (*progress)(void *context, const struct ho_roster_progress *progress);
    void *context;
};

struct ho_roster_imported {
    bool is_x834;
    bool compared_only; // the file is an audit (030) and not said to be full: nothing was changed
    uint64_t rows;      // lines with data, or loops (INS)
    uint64_t refused;   // of them
    struct ho_roster_counts counts;
    struct ho_x834_counts x834;
};

// HO_OK: committed, without the refused lines where `partial`. HO_REJECT: the file is at fault, nothing was
// changed, and the faults were reported. `pg` is connected by this call where it is not.
HO_MUST_USE enum ho_status ho_roster_import(struct ho_pg *pg, const struct ho_roster_import *import,
                                            struct ho_roster_imported *out, struct ho_error *error);
