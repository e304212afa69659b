// What the modules of handoff-api share: the service's parts, and one call being answered.
//
// Everything runs on the loop's thread. A handler answers before it returns, by exactly one of the
// ho_reply_… and ho_problem_… functions.
#pragma once

#include <jansson.h>

#include "handoff/adt.h"
#include "handoff/platform/http.h"
#include "handoff/platform/pg.h"
#include "handoff/platform/service.h"

struct ho_sessions;
struct ho_session;
struct ho_files;
struct ho_hub;
struct ho_flow;
struct ho_coordinators;

struct ho_api {
    struct ho_service *service;
    struct ho_pg *pg;
    int64_t pg_again_us;  // on the monotonic clock: no attempt to connect before
    bool pg_away;         // at the last attempt
    struct ho_zone *zone; // the plan's
    const struct ho_feeds *feeds;
    bool open_on_loopback;
    struct ho_sessions *sessions;
    struct ho_files *files; // NULL: no page
    struct ho_hub *hub;
    struct ho_flow *flow;
    struct ho_coordinators *coordinators;
};

struct ho_call {
    struct ho_api *api;
    const struct ho_http_request *request;
    struct ho_http_response *response;
    const char *key;                  // what stands in the place of '*' in the route; NULL where it has none
    const struct ho_session *session; // of the cookie; NULL where a bearer token or nothing came
    size_t n_headers;
};

// The router; `context` is the struct ho_api.
ho_http_handler ho_api_handle;

// ---- Answers (reply.c).

// The headers that every answer has, for JSON; a page replaces some.
void ho_reply_begin(struct ho_call *call);
// Adds a header, or replaces the one of this name. The texts must live as long as the request.
void ho_reply_header(struct ho_call *call, const char *name, const char *value);
// Takes the reference to `json`.
void ho_reply_json(struct ho_call *call, int status, json_t *json);
void ho_reply_empty(struct ho_call *call, int status);

// ---- The database (database.c).

// Connects where it is not connected. False: the 503 is already written.
bool ho_database_ready(struct ho_call *call);
// The same without a call, for the loop's own work.
bool ho_database_connect(struct ho_api *api, struct ho_error *error);
// One statement. False: the answer is already written.
bool ho_database_run(struct ho_call *call, const char *sql, const struct ho_pg_params *params_or_null,
                     struct ho_pg_result **out);
// Writes the answer for a statement that failed with `status`, and ends the transaction.
void ho_database_failed(struct ho_call *call, enum ho_status status, const struct ho_error *error);

// ---- Routes, by the file that has them.

void ho_session_open(struct ho_call *call);
void ho_session_show(struct ho_call *call);
void ho_session_close(struct ho_call *call);
void ho_tasks_list(struct ho_call *call);
void ho_tasks_search(struct ho_call *call);
void ho_tasks_show(struct ho_call *call);
void ho_tasks_claim(struct ho_call *call);
void ho_tasks_release(struct ho_call *call);
void ho_tasks_complete(struct ho_call *call);
void ho_reviews_list(struct ho_call *call);
void ho_reviews_show(struct ho_call *call);
void ho_reviews_decide(struct ho_call *call);
void ho_links_search(struct ho_call *call);
void ho_links_undo(struct ho_call *call);
void ho_coordinators_list(struct ho_call *call);
void ho_flow_show(struct ho_call *call);
void ho_measures_show(struct ho_call *call);
void ho_hub_open_stream(struct ho_call *call);
void ho_files_serve(struct ho_call *call);
