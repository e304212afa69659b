// The migrations of a folder: files NNN_name.sql, in the order of their numbers.
#pragma once

#include "handoff/arena.h"
#include "handoff/error.h"

struct ho_migration {
    int version;        // NNN
    const char *name;   // "001_core.sql"
    const char *sql;    // the whole file
    uint8_t sha256[32]; // of it
};

// HO_FATAL where the folder or a file cannot be read, HO_REJECT where two files have one number or there is none.
HO_MUST_USE enum ho_status ho_migrations_read(struct ho_arena *arena, const char *dir, struct ho_migration **out,
                                              size_t *n, struct ho_error *error);
