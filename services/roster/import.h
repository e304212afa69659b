// Imports a roster file: read, checked, compared and applied in one transaction.
//
// Members that the file does not name stay as they are. A member's lines stand for all that is known about
// the member: what they do not say is blank afterwards.
#pragma once

#include "apply.h"

struct ho_roster_import {
    int fd;       // read to its end
    bool partial; // refused lines are left out, with the other lines of their members; else they stop all
    struct ho_roster_faults faults;
    void (*unknown_columns)(void *context, const char *names);         // once, where there are any
    void (*progress)(void *context, const char *what, uint64_t lines); // what begins, or goes on
    void *context;
};

struct ho_roster_imported {
    uint64_t rows;    // lines with data
    uint64_t refused; // of them
    struct ho_roster_counts counts;
};

// HO_OK: committed, without the refused lines where `partial`. HO_REJECT: the file is at fault, nothing was
// changed, and the faults were reported. `pg` is connected by this call where it is not.
HO_MUST_USE enum ho_status ho_roster_import(struct ho_pg *pg, const struct ho_roster_import *import,
                                            struct ho_roster_imported *out, struct ho_error *error);
