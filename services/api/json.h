// Bodies of requests as values. Values of the database as JSON are in review/cells.h.
#pragma once

#include "api.h"
#include "review/cells.h"

// The body as an object, an empty one where there is no body. NULL: the 400, 415 or 422 is already written.
// `names` ends with NULL: no other members are allowed. The caller drops the reference.
json_t *ho_json_body(struct ho_call *call, const char *const *names);
// A member that is text, at most `most_bytes`, without control characters but tab and line ends. Absent or
// null: "". NULL: the 422 is already written. The text lives as long as the request.
const char *ho_json_member(struct ho_call *call, const json_t *body, const char *name, size_t most_bytes);
// Who is recorded: the coordinator of the member "coordinator" (an id of /v1/coordinators), "api" where there is none.
// NULL: the answer is already written. Asks the database.
const char *ho_json_by(struct ho_call *call, const json_t *body);
