// Between pg.c, which talks to libpq, pg_values.c, which encodes parameters and decodes results, and pg_error.c.
#pragma once

#include "handoff/platform/pg.h"

// Type numbers of PostgreSQL's catalog, fixed since its first releases (src/include/catalog/pg_type.dat).
enum {
    PG_OID_INFERRED = 0,
    PG_OID_BOOL = 16,
    PG_OID_BYTEA = 17,
    PG_OID_CHAR = 18,
    PG_OID_NAME = 19,
    PG_OID_INT8 = 20,
    PG_OID_INT2 = 21,
    PG_OID_INT4 = 23,
    PG_OID_TEXT = 25,
    PG_OID_OID = 26,
    PG_OID_JSON = 114,
    PG_OID_FLOAT4 = 700,
    PG_OID_FLOAT8 = 701,
    PG_OID_UNKNOWN = 705,
    PG_OID_BOOL_ARRAY = 1000,
    PG_OID_BYTEA_ARRAY = 1001,
    PG_OID_INT4_ARRAY = 1007,
    PG_OID_TEXT_ARRAY = 1009,
    PG_OID_INT8_ARRAY = 1016,
    PG_OID_BPCHAR = 1042,
    PG_OID_VARCHAR = 1043,
    PG_OID_DATE = 1082,
    PG_OID_TIMESTAMPTZ = 1184,
    PG_OID_TIMESTAMPTZ_ARRAY = 1185,
    PG_OID_JSONB = 3802,
};

enum { PG_MAX_PARAMS = 64 };

struct ho_pg_param {
    unsigned type;
    const uint8_t *p; // NULL: the SQL NULL
    size_t n;
    bool binary;
};

struct ho_pg_params {
    struct ho_pg_param *items;
    size_t n, capacity; // in this order for ho_arena_push
    struct ho_arena *arena;
};

struct ho_pg_cell {
    unsigned type;
    const uint8_t *p; // NUL-terminated; NULL: the SQL NULL
    size_t n;
};

// Aborts where the result has no such row or column.
struct ho_pg_cell ho_pg_result_cell(const struct ho_pg_result *result, int row, int column);

enum { HO_PG_EXCERPT_BYTES = 60 };

bool ho_pg_state_ends_session(const char *state);
enum ho_status ho_pg_state_status(const char *state, bool copying);
void ho_pg_blank_values(char *text, size_t text_bytes);
const char *ho_pg_excerpt(const char *sql, char out[HO_PG_EXCERPT_BYTES]);
// The message of a failed connection, in libpq's verbose form, is a refusal for good: user, password or database.
bool ho_pg_is_refusal(const char *message);
void ho_pg_flatten(const char *message, char *out, size_t out_bytes);
