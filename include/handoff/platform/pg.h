// PostgreSQL through libpq: one connection, pipelined statements with array parameters.
//
// The calls block: a service has nothing else to do while its transaction commits. A connection that was
// lost answers HO_RETRY; the caller rolls its work back in its head, and ho_pg_connect opens it anew.
#pragma once

#include "handoff/arena.h"
#include "handoff/error.h"

struct ho_pg;
struct ho_pg_result;

struct ho_pg *ho_pg_new(const char *url, const char *application_name); // never NULL; not yet connected
void ho_pg_free(struct ho_pg *pg);
// To be called before the first connect. Its statements look rows up by key, however many are asked for: a plan that
// was made while a table was empty, or for some arrays, must not read it whole when it is full.
void ho_pg_by_key(struct ho_pg *pg);
// Opens it where it is not open. HO_RETRY while the server is away, HO_FATAL where it refuses for good (password, no
// database).
HO_MUST_USE enum ho_status ho_pg_connect(struct ho_pg *pg, struct ho_error *error);
bool ho_pg_connected(const struct ho_pg *pg);
void ho_pg_drop(struct ho_pg *pg); // closes it; the next ho_pg_connect opens anew

// Parameters, copied into the arena. A text's type is left to the statement ($1 goes into a date or jsonb column as
// it is; where nothing tells the type, write $1::text); all else is sent in binary form under its own type. Text is
// UTF-8 without NUL.
enum ho_pg_type { HO_PG_TEXT, HO_PG_INT4, HO_PG_INT8, HO_PG_BOOL, HO_PG_BYTEA, HO_PG_TIME };

struct ho_pg_params; // a list of parameters, in an arena
struct ho_pg_params *ho_pg_params_new(struct ho_arena *arena);
void ho_pg_text(struct ho_pg_params *params, const char *value_or_null);
void ho_pg_int(struct ho_pg_params *params, int64_t value);    // int8
void ho_pg_time(struct ho_pg_params *params, int64_t instant); // timestamptz; 0 is NULL
void ho_pg_bool(struct ho_pg_params *params, bool value);
void ho_pg_bytea(struct ho_pg_params *params, struct ho_bytes value);

// An array parameter: begin it, then push its elements in order.
struct ho_pg_array;
struct ho_pg_array *ho_pg_array_new(struct ho_arena *arena, enum ho_pg_type type);
void ho_pg_push_text(struct ho_pg_array *array, const char *value_or_null);
void ho_pg_push_bytes(struct ho_pg_array *array, struct ho_bytes value); // TEXT or BYTEA
void ho_pg_push_int(struct ho_pg_array *array, int64_t value);           // INT4, INT8, BOOL or TIME (0 is NULL)
void ho_pg_push_null(struct ho_pg_array *array);
size_t ho_pg_array_length(const struct ho_pg_array *array);
void ho_pg_param_array(struct ho_pg_params *params, const struct ho_pg_array *array);

// One statement, prepared at its first use under its text's address (give string literals).
// Results come in binary form, read with the getters below.
HO_MUST_USE enum ho_status ho_pg_run(struct ho_pg *pg, const char *sql, const struct ho_pg_params *params_or_null,
                                     struct ho_pg_result **out_or_null, struct ho_error *error);
// Several statements as one text, without parameters or results (migrations).
HO_MUST_USE enum ho_status ho_pg_script(struct ho_pg *pg, const char *sql, struct ho_error *error);

// Pipelining: statements are queued, and sent and awaited together. Each gets its result slot; NULL to ignore.
// After an error the rest of the pipeline did not run and ho_pg_flush tells the first error.
void ho_pg_queue(struct ho_pg *pg, const char *sql, const struct ho_pg_params *params_or_null,
                 struct ho_pg_result **out_or_null);
HO_MUST_USE enum ho_status ho_pg_flush(struct ho_pg *pg, struct ho_error *error);

// BEGIN goes out with the first statement after it, COMMIT with what is queued. A COMMIT that answers HO_RETRY may
// have happened. After any error in a transaction call ho_pg_rollback. It never fails: where it cannot be said, the
// connection is lost.
HO_MUST_USE enum ho_status ho_pg_begin(struct ho_pg *pg, struct ho_error *error);
HO_MUST_USE enum ho_status ho_pg_commit(struct ho_pg *pg, struct ho_error *error);
void ho_pg_rollback(struct ho_pg *pg);

void ho_pg_result_free(struct ho_pg_result *result); // takes NULL
int ho_pg_rows(const struct ho_pg_result *result);
int64_t ho_pg_affected(const struct ho_pg_result *result);
bool ho_pg_is_null(const struct ho_pg_result *result, int row, int column);
// Views into the result. A wrong column or type is a programmer's error (assert).
struct ho_bytes ho_pg_get_bytes(const struct ho_pg_result *result, int row, int column); // text, bytea, jsonb as text
const char *ho_pg_get_text(const struct ho_pg_result *result, int row, int column);      // NUL-terminated; "" for NULL
int64_t ho_pg_get_int(const struct ho_pg_result *result, int row, int column);           // int2, int4, int8, bool
double ho_pg_get_double(const struct ho_pg_result *result, int row, int column);
uint32_t ho_pg_get_date(const struct ho_pg_result *result, int row,
                        int column); // date as YYYYMMDD, 0 for NULL, 99991231 for infinity
int64_t ho_pg_get_time(const struct ho_pg_result *result, int row, int column); // timestamptz as instant, 0 for NULL
// bytea[] or text[] of one dimension; views into the result, the list in the arena.
size_t ho_pg_get_array(const struct ho_pg_result *result, int row, int column, struct ho_arena *arena,
                       struct ho_bytes **out);

// COPY … FROM STDIN (ho_pg_rollback ends one that was begun): begin with the statement, then bytes in text format, then
// end. An error in the data is HO_REJECT.
HO_MUST_USE enum ho_status ho_pg_copy_begin(struct ho_pg *pg, const char *sql, struct ho_error *error);
HO_MUST_USE enum ho_status ho_pg_copy_put(struct ho_pg *pg, struct ho_bytes bytes, struct ho_error *error);
HO_MUST_USE enum ho_status ho_pg_copy_end(struct ho_pg *pg, struct ho_error *error);

// LISTEN: `fd` for the loop, then take what has come: true for each notification. Statements on the same connection
// may take notifications off the socket, so ask after each of them as well, or listen on a connection of its own.
// After the last one ho_pg_connected tells whether the connection was lost. The fd changes with each connect: free
// its watch before ho_pg_connect or ho_pg_drop.
int ho_pg_fd(struct ho_pg *pg);
bool ho_pg_next_notification(struct ho_pg *pg, char *channel, size_t channel_bytes);
bool ho_pg_take_notifications(struct ho_pg *pg); // all that have come; whether any had
