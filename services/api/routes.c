// Which path and method goes where, who may, and the account of what was answered.
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "handoff/platform/loop.h"
#include "handoff/platform/metrics.h"
#include "openapi.h"
#include "problem.h"

static void openapi_show(struct ho_call *call)
{
    ho_reply_header(call, "Cache-Control", "no-cache");
    call->response->body = ho_bytes_from(HO_OPENAPI, HO_OPENAPI_BYTES);
}

static const struct route {
    const char *method, *path; // '*' stands for one part
    bool open;                 // to everybody
    void (*handle)(struct ho_call *call);
} ROUTES[] = {
    {"GET", "/v1/openapi.json", true, openapi_show},
    {"POST", "/v1/session", true, ho_session_open},
    {"GET", "/v1/session", false, ho_session_show},
    {"DELETE", "/v1/session", false, ho_session_close},
    {"GET", "/v1/tasks", false, ho_tasks_list},
    {"POST", "/v1/tasks/search", false, ho_tasks_search},
    {"GET", "/v1/tasks/*", false, ho_tasks_show},
    {"POST", "/v1/tasks/*/claim", false, ho_tasks_claim},
    {"POST", "/v1/tasks/*/release", false, ho_tasks_release},
    {"POST", "/v1/tasks/*/complete", false, ho_tasks_complete},
    {"GET", "/v1/reviews", false, ho_reviews_list},
    {"GET", "/v1/reviews/*", false, ho_reviews_show},
    {"POST", "/v1/reviews/*/decision", false, ho_reviews_decide},
    {"POST", "/v1/links/search", false, ho_links_search},
    {"POST", "/v1/links/undo", false, ho_links_undo},
    {"GET", "/v1/coordinators", false, ho_coordinators_list},
    {"GET", "/v1/flow", false, ho_flow_show},
    {"GET", "/v1/measures", false, ho_measures_show},
    {"GET", "/v1/stream", false, ho_hub_open_stream},
};

enum { N_ROUTES = sizeof ROUTES / sizeof *ROUTES };

static bool is_exact(const char *pattern)
{
    return strchr(pattern, '*') == NULL;
}

// The part of the path at '*' goes to `key`.
static bool path_matches(const char *pattern, const char *path, struct ho_bytes *key)
{
    for (; *pattern; pattern++) {
        if (*pattern != '*') {
            if (*path++ != *pattern)
                return false;
            continue;
        }
        *key = ho_bytes_from(path, strcspn(path, "/"));
        path += key->n;
        if (key->n == 0)
            return false;
    }
    return *path == '\0';
}

static void refuse(struct ho_call *call, const char *allowed)
{
    if (*allowed) {
        ho_reply_header(call, "Allow", allowed);
        ho_problem_reply(call, HO_PROBLEM_METHOD, "Allowed here: %s.", allowed);
    } else {
        ho_problem_reply(call, HO_PROBLEM_NOT_FOUND, "The API is described at /v1/openapi.json.");
    }
}

static void carry_out(struct ho_call *call, const struct route *route)
{
    bool writes = strcmp(route->method, "GET") != 0;
    if (route->open || ho_access_allow(call, writes))
        route->handle(call);
}

static void handle_api(struct ho_call *call)
{
    char *allowed = ho_arena_text(call->request->arena, ho_bytes_of(""));
    bool exact = false; // a path that is named is no task's key
    for (size_t i = 0; i < N_ROUTES; i++) {
        struct ho_bytes key = {0};
        if ((exact && !is_exact(ROUTES[i].path)) || !path_matches(ROUTES[i].path, call->request->path, &key))
            continue;
        exact = is_exact(ROUTES[i].path);
        if (strcmp(ROUTES[i].method, call->request->method) == 0) {
            call->key = ho_arena_text(call->request->arena, key);
            carry_out(call, &ROUTES[i]);
            return;
        }
        allowed = ho_arena_printf(call->request->arena, "%s%s%s", allowed, *allowed ? ", " : "", ROUTES[i].method);
    }
    refuse(call, allowed);
}

static void handle_page(struct ho_call *call)
{
    if (strcmp(call->request->method, "GET") == 0)
        ho_files_serve(call);
    else
        refuse(call, "GET");
}

static void account(const struct ho_call *call, int64_t begun_us)
{
    char labels[32];
    snprintf(labels, sizeof labels, "status=\"%d\"", call->response->status);
    ho_metric_add(ho_counter("handoff_api_requests_total", "Requests by the status they were answered with", labels),
                  1);
    ho_metric_observe(ho_histogram("handoff_api_seconds", "From the whole request to its answer", ""),
                      (double)(ho_monotonic_us() - begun_us) / 1e6);
}

void ho_api_handle(void *context, const struct ho_http_request *request, struct ho_http_response *response)
{
    int64_t begun_us = ho_monotonic_us();
    struct ho_call call = {.api = context, .request = request, .response = response};
    ho_reply_begin(&call);
    if (strncmp(request->path, "/v1/", 4) == 0)
        handle_api(&call);
    else
        handle_page(&call);
    account(&call, begun_us);
}
