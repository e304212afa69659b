#include "problem.h"

#include <stdarg.h>
#include <stdio.h>

enum { DETAIL_BYTES = 400 };

static const struct {
    const char *name;
    int status;
    const char *title;
} problems[] = {
    [HO_PROBLEM_UNREADABLE] = {"unreadable", 400, "The request cannot be read"},
    [HO_PROBLEM_SIGN_IN] = {"sign-in", 401, "Sign in first"},
    [HO_PROBLEM_FOREIGN_ORIGIN] = {"foreign-origin", 403, "The request comes from another site"},
    [HO_PROBLEM_NOT_FOUND] = {"not-found", 404, "There is nothing here"},
    [HO_PROBLEM_METHOD] = {"method", 405, "This method is not allowed here"},
    [HO_PROBLEM_STATE] = {"state", 409, "The task's status does not allow this"},
    [HO_PROBLEM_REVIEW_CHANGED] = {"review-changed", 409, "The item has changed since you read it"},
    [HO_PROBLEM_REVIEW_DECIDED] = {"review-decided", 409, "The item has been decided"},
    [HO_PROBLEM_NO_LINK] = {"no-link", 409, "The identity is not known to be this member"},
    [HO_PROBLEM_VERSION] = {"version", 412, "The task has changed since you read it"},
    [HO_PROBLEM_MEDIA_TYPE] = {"media-type", 415, "The body must be JSON"},
    [HO_PROBLEM_INVALID] = {"invalid", 422, "A value is wrong"},
    [HO_PROBLEM_KEY_REUSED] = {"key-reused", 422, "This Idempotency-Key belongs to another request"},
    [HO_PROBLEM_VERSION_MISSING] = {"version-missing", 428, "Say which version of the task you mean"},
    [HO_PROBLEM_TOO_MANY] = {"too-many", 503, "Too many at once"},
    [HO_PROBLEM_DATABASE_AWAY] = {"database-away", 503, "The database is away or busy"},
    [HO_PROBLEM_INTERNAL] = {"internal", 500, "Something went wrong here"},
};

static void reply(struct ho_call *call, enum ho_problem problem, json_t *members, const char *detail)
{
    json_t *json = json_pack("{s:s+, s:s, s:i, s:s}", "type", "/v1/openapi.json#/x-problems/", problems[problem].name,
                             "title", problems[problem].title, "status", problems[problem].status, "detail", detail);
    if (members)
        json_object_update_missing(json, members);
    json_decref(members);
    call->response->content_type = "application/problem+json";
    if (problem == HO_PROBLEM_SIGN_IN)
        ho_reply_header(call, "WWW-Authenticate", "Bearer realm=\"handoff\"");
    if (problems[problem].status == 503)
        ho_reply_header(call, "Retry-After", "2");
    ho_reply_json(call, problems[problem].status, json);
}

void ho_problem_reply(struct ho_call *call, enum ho_problem problem, const char *format, ...)
{
    char detail[DETAIL_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    reply(call, problem, NULL, detail);
}

void ho_problem_reply_with(struct ho_call *call, enum ho_problem problem, json_t *members, const char *format, ...)
{
    char detail[DETAIL_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    reply(call, problem, members, detail);
}
