// Values of the database as JSON.
#pragma once

#include <jansson.h>

#include "handoff/platform/pg.h"
#include "handoff/time.h"

json_t *ho_json_text(struct ho_bytes text);
json_t *ho_json_instant(int64_t instant); // RFC 3339 in UTC; null for 0
json_t *ho_json_date(int64_t date);       // "YYYY-MM-DD"; null for 0

// Cells of a result row.
json_t *ho_json_cell_text(const struct ho_pg_result *result, int row, int column);
json_t *ho_json_cell_instant(const struct ho_pg_result *result, int row, int column);
json_t *ho_json_cell_texts(const struct ho_pg_result *result, int row, int column, struct ho_arena *arena); // text[]
json_t *ho_json_cell_parsed(const struct ho_pg_result *result, int row, int column);                        // jsonb
