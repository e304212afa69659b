// A CSV file as rows of clean text by named columns, for the commands that try out matching.
//
// Nothing in a row stops the reading: text that is not UTF-8 is read as Latin-1, control characters become blanks,
// missing columns and fields are blank, and a record whose quotation marks do not fit ends with its first line, so that
// it takes no other record with it. What was odd is told as a warning with its line.
#pragma once

#include <inttypes.h>
#include <stdio.h>

#include "handoff/arena.h"
#include "handoff/error.h"

struct ho_match_warnings {
    const char *path;
    uint64_t n;     // the first ones are shown on the error stream
    bool line_open; // progress stands on the last line of a terminal
};

struct ho_match_table {
    const char *path; // "-": standard input
    const char *const *columns;
    size_t n_columns; // the first one must be in the header
    // Values in the order of `columns`, never NULL, valid during the call; "" is blank. A status that is not HO_OK ends
    // the reading.
    enum ho_status (*row)(void *context, uint64_t line, const char *const *values, struct ho_error *error);
    void *context;
    struct ho_match_warnings *warnings;
};

HO_MUST_USE enum ho_status ho_match_table_read(const struct ho_match_table *table, struct ho_error *error);

// "PATH:LINE: words" on the error stream.
void ho_match_warn(struct ho_match_warnings *warnings, uint64_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// How many were not shown, where there are any.
void ho_match_warnings_end(struct ho_match_warnings *warnings);
// Overwrites the last line where the error stream is a terminal.
void ho_match_progress(struct ho_match_warnings *warnings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ho_match_progress_end(struct ho_match_warnings *warnings);
