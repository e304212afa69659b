// A file of care teams, or of the people who coordinate, into the database: the whole of it or nothing.
#pragma once

#include "care_apply.h"

struct ho_care_import {
    int fd;
    enum ho_care_kind kind;
    bool partial; // refused lines leave whom they are about as they are; else they stop all
    struct ho_roster_faults faults;
    void (*unknown_columns)(void *context, const char *names); // once, where there are any
    void *context;
};

struct ho_care_imported {
    uint64_t rows, refused; // lines with data, and of them
    struct ho_care_counts counts;
};

// As ho_roster_import: HO_OK is committed; HO_REJECT: the file is at fault and nothing was changed. `pg` is connected
// by this call where it is not.
HO_MUST_USE enum ho_status ho_care_import(struct ho_pg *pg, const struct ho_care_import *import,
                                          struct ho_care_imported *out, struct ho_error *error);
