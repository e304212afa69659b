// What an 834 says about a member, put together with what the roster knows of them.
//
// Pure. An 834 replaces only what it can say: organisation, team, coordinator, conditions and the like stay. It never
// takes a person out of the roster's past: an end sets the last day of enrolments, and only who has no enrolment is
// said to be a member no longer.
#pragma once

#include "x834.h"

struct ho_roster_enrolment {
    struct ho_bytes program;
    uint32_t from, to, opted_out_on; // YYYYMMDD, 0 none
};

struct ho_roster_known {
    bool there;               // the roster has, or had, this member
    bool deleted;             // and was told that they are a member no longer
    struct ho_roster_row row; // the person; its enrolment columns are not used
    struct {
        struct ho_roster_enrolment *items;
        size_t n, capacity;
    } enrolments;
    bool ends_later; // a loop ends the membership after the file's date, and no enrolment can tell so
};

// Changes `known` into what it is after this loop. `program` is what the coverages mean: "" none, then they change no
// enrolment, and an end ends all; else an end ends this program's alone. False where the loop only ends what the roster
// never knew. The arena owns the list; texts stay where they were.
bool ho_x834_merge(struct ho_arena *arena, const struct ho_x834_member *loop, const char *program,
                   struct ho_roster_known *known);

// The rows that say all that is known: one an enrolment, or one. `line` is left to the caller.
struct ho_roster_row *ho_roster_rows_of_known(struct ho_arena *arena, const struct ho_roster_known *known, size_t *n);
