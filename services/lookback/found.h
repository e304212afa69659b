// What a run found, on its way to the matcher: rows of table redecide, written some hundred at a time.
#pragma once

#include "handoff/platform/pg.h"
#include "sieve.h"

enum { HO_FOUND_COLUMNS = 8 };

struct ho_found {
    struct ho_arena *arena; // of the rows that are not yet written
    struct ho_pg_array *columns[HO_FOUND_COLUMNS];
    size_t bytes;
    int64_t written;
};

void ho_found_init(struct ho_found *found);
void ho_found_cleanup(struct ho_found *found);
// Copies the record.
void ho_found_add(struct ho_found *found, const struct ho_kafka_record *record, const struct ho_finding *finding);
bool ho_found_is_full(const struct ho_found *found);
// Writes what is there. An event that is linked by its own evidence is left out, unless more was learnt about its
// identity.
HO_MUST_USE enum ho_status ho_found_write(struct ho_found *found, struct ho_pg *pg, struct ho_error *error);
