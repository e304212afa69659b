// Values of the database as JSON, and bodies of requests as values.
#pragma once

#include "api.h"
#include "handoff/time.h"

json_t *ho_json_text(struct ho_bytes text);
json_t *ho_json_instant(int64_t instant); // RFC 3339 in UTC; null for 0
json_t *ho_json_date(int64_t date);       // "YYYY-MM-DD"; null for 0

// Cells of a result row.
json_t *ho_json_cell_text(const struct ho_pg_result *result, int row, int column);
json_t *ho_json_cell_instant(const struct ho_pg_result *result, int row, int column);
json_t *ho_json_cell_texts(const struct ho_pg_result *result, int row, int column, struct ho_arena *arena); // text[]

// The body as an object, an empty one where there is no body. NULL: the 400, 415 or 422 is already written.
// `names` ends with NULL: no other members are allowed. The caller drops the reference.
json_t *ho_json_body(struct ho_call *call, const char *const *names);
// A member that is text, at most `most_bytes`, without control characters but tab and line ends. Absent or
// null: "". NULL: the 422 is already written. The text lives as long as the request.
const char *ho_json_member(struct ho_call *call, const json_t *body, const char *name, size_t most_bytes);
