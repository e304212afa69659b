// A push parser of CSV (RFC 4180): bytes in, in pieces of any size, records out.
//
// Quoted fields may hold commas, doubled quotation marks and line ends; lines end with LF, CR LF or CR; a
// byte order mark at the start is dropped; empty lines are skipped. Pure: no files, no allocation after
// ho_csv_new. What is wrong with a record is told with the record, and the next line is read as usual.
#pragma once

#include "handoff/bytes.h"

enum { HO_CSV_RECORD_BYTES_MAX = 64 * 1024, HO_CSV_FIELDS_MAX = 256 };

struct ho_csv_record {
    uint64_t line; // where it begins, from 1
    const struct ho_bytes *fields;
    size_t n;
    const char *fault; // NULL, or what is wrong: a fixed text
};

// The record and its fields are valid during the call.
typedef void ho_csv_handler(void *context, const struct ho_csv_record *record);

struct ho_csv;

struct ho_csv *ho_csv_new(ho_csv_handler *handler, void *context); // the caller frees
void ho_csv_free(struct ho_csv *csv);                              // takes NULL
void ho_csv_feed(struct ho_csv *csv, struct ho_bytes bytes);
void ho_csv_end(struct ho_csv *csv); // the last record needs no line end
