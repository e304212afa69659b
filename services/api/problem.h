// Problem documents (RFC 9457): the one form of every error.
//
// `type` points into the API's own description, /v1/openapi.json#/x-problems/NAME, where each is explained.
// The words never carry personal data.
#pragma once

#include "api.h"

enum ho_problem {
    HO_PROBLEM_UNREADABLE,      // 400: no JSON, a wrong query, a malformed header
    HO_PROBLEM_SIGN_IN,         // 401
    HO_PROBLEM_FOREIGN_ORIGIN,  // 403
    HO_PROBLEM_NOT_FOUND,       // 404
    HO_PROBLEM_METHOD,          // 405
    HO_PROBLEM_STATE,           // 409: the task's status does not allow it
    HO_PROBLEM_REVIEW_CHANGED,  // 409: another version than the one that was read
    HO_PROBLEM_REVIEW_DECIDED,  // 409: by somebody else meanwhile
    HO_PROBLEM_NO_LINK,         // 409: the identity is not known to be that member
    HO_PROBLEM_VERSION,         // 412: changed since it was read
    HO_PROBLEM_MEDIA_TYPE,      // 415
    HO_PROBLEM_INVALID,         // 422: readable, but a value is wrong
    HO_PROBLEM_KEY_REUSED,      // 422: an Idempotency-Key with another request
    HO_PROBLEM_VERSION_MISSING, // 428
    HO_PROBLEM_TOO_MANY,        // 503: streams or sessions
    HO_PROBLEM_DATABASE_AWAY,   // 503
    HO_PROBLEM_INTERNAL,        // 500
};

void ho_problem_reply(struct ho_call *call, enum ho_problem problem, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// With further members; takes the reference to `members`.
void ho_problem_reply_with(struct ho_call *call, enum ho_problem problem, json_t *members, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
