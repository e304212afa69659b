// Who may speak to the api: the bearer token of the service, and browser sessions opened with it.
//
// Sessions live in this process: 256 random bits in a cookie, of which only the digest is kept, for twelve
// hours. A restart ends them all. Time is a parameter, so that the end of a session is testable.
#pragma once

#include "handoff/bytes.h"
#include "handoff/error.h"

enum {
    HO_SESSION_TOKEN_BYTES = 65, // 64 hex digits and the end
    HO_SESSION_SECONDS = 12 * 3600,
    HO_SESSIONS_MAX = 4096, // beyond it the oldest ends
};

struct ho_sessions;
struct ho_session;

// `api_token`: at least 16 bytes; HO_REJECT otherwise.
HO_MUST_USE enum ho_status ho_sessions_new(struct ho_bytes api_token, struct ho_sessions **out, struct ho_error *error);
// The same from the first line of a file.
HO_MUST_USE enum ho_status ho_sessions_from_file(const char *path, struct ho_sessions **out, struct ho_error *error);
void ho_sessions_free(struct ho_sessions *sessions); // takes NULL

// Compared by digest, in a time that does not depend on where they differ.
bool ho_sessions_is_api_token(const struct ho_sessions *sessions, struct ho_bytes token);

// A new session; `token` is what the cookie holds. The session stays valid until it ends or is closed.
const struct ho_session *ho_sessions_open(struct ho_sessions *sessions, int64_t now_us,
                                          char token[HO_SESSION_TOKEN_BYTES]);
// NULL where there is none, or it has ended.
const struct ho_session *ho_sessions_find(const struct ho_sessions *sessions, struct ho_bytes token, int64_t now_us);
void ho_sessions_close(struct ho_sessions *sessions, const struct ho_session *session);

// A number that no other session of this process has; 0 is nobody's.
uint64_t ho_session_number(const struct ho_session *session);
int64_t ho_session_ends_us(const struct ho_session *session);
bool ho_sessions_is_open(const struct ho_sessions *sessions, uint64_t number, int64_t now_us);
