// An 834's loops on their way into the roster: kept by the database until the file's end has been seen, then put
// together with what is known of each member, and staged as rows (apply.h).
//
// All of it happens inside the caller's open transaction, on its connection.
#pragma once

#include "apply.h"
#include "x834_merge.h"

struct ho_x834_plan {
    const char *program;   // what the coverages mean; "": nothing, members only
    bool full;             // the file names everyone: who is not named ends with the file's date
    int64_t ends_allowed;  // beyond a twentieth of those who could end
    int64_t twins_allowed; // new members who have the CIN of another, beyond ten and a twentieth of the file's
    bool older;            // the file may be older than one of this sender and program that was imported
};

struct ho_x834_counts {
    int64_t ended;      // members that a full file did not name
    int64_t unknown;    // members that it ends and the roster never had
    int64_t ends_later; // members without an enrolment that end after the file's date: nothing tells so
    int64_t twins;      // new members who have the CIN of another member
    int64_t refused;    // members of whom a loop was refused: they stay as they are
};

struct ho_x834_import;

HO_MUST_USE enum ho_status ho_x834_import_begin(struct ho_pg *pg, struct ho_x834_import **out, struct ho_error *error);
void ho_x834_import_free(struct ho_x834_import *import); // takes NULL
// A loop as the reader gives it.
HO_MUST_USE enum ho_status ho_x834_import_member(struct ho_x834_import *import, const struct ho_x834_member *member,
                                                 bool refused, struct ho_error *error);
// After the last loop of a whole file: stages every member that was not refused. `notes` gets a line for each end of a
// member that the roster never had. HO_REJECT where a full file would end too many, or the file is older than one
// before it.
HO_MUST_USE enum ho_status ho_x834_import_stage(struct ho_x834_import *import, const struct ho_x834_plan *plan,
                                                const struct ho_roster_faults *notes, struct ho_x834_counts *out,
                                                struct ho_error *error);
