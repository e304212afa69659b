// The columns of the plan's CSV files: what a value may be, and the words for what is wrong with one.
//
// Pure. Faults name line and column and never repeat a value, for the values are personal.
#pragma once

#include "csv.h"

#include "handoff/arena.h"

enum ho_column_kind {
    HO_COLUMN_TEXT,
    HO_COLUMN_REQUIRED,
    HO_COLUMN_DATE,
    HO_COLUMN_SEX,
    HO_COLUMN_EMAIL,
    HO_COLUMN_CINS,
    HO_COLUMN_WORDS,
    HO_COLUMN_CHOICE,
};

struct ho_column {
    const char *name;
    enum ho_column_kind kind;
    const char *choices; // of WORDS and CHOICE, a blank before and behind each; NULL: any
};

enum { HO_COLUMN_BYTES_MAX = 256, HO_COLUMN_WORDS_BYTES_MAX = 1024 };

struct ho_roster_fault {
    uint64_t line;
    const char *column; // "" where it is about the whole line
    const char *what;
};

struct ho_roster_faults {
    void (*report)(void *context, const struct ho_roster_fault *fault);
    void *context;
};

// Reports a fault; false, so that callers can return it.
bool ho_roster_fault_report(const struct ho_roster_faults *faults, uint64_t line, const char *column, const char *what);

// Takes a value as sent: trimmed, valid UTF-8 without control characters; a view into it or in the arena. `*date` is
// written for dates alone, YYYYMMDD. NULL, or what is wrong with it, without the value.
const char *ho_column_take(struct ho_arena *arena, const struct ho_column *column, struct ho_bytes value,
                           struct ho_bytes *text, uint32_t *date);

// Reads a header line: where the file has each of the `n` columns, -1 where it has not. `unknown` gets the names that
// are none of them, as "a, b", in the arena; "" where there are none. False after reporting what is wrong: the first of
// `columns` is missing, a name stands twice.
bool ho_columns_find(struct ho_arena *arena, const struct ho_column *columns, size_t n,
                     const struct ho_csv_record *record, const struct ho_roster_faults *faults, int *places,
                     const char **unknown);

// What is wrong with the shape of a line under a header of `n_fields`; NULL: nothing.
const char *ho_record_shape(struct ho_arena *arena, const struct ho_csv_record *record, size_t n_fields);
