#include "access.h"

#include <string.h>
#include <strings.h>

#include "handoff/platform/loop.h"
#include "handoff/time.h"
#include "problem.h"
#include "session.h"

#define COOKIE "handoff_session"

// ---- Where the request comes from.

// "name" or "name:port" without its port.
static struct ho_bytes host_name(const char *host)
{
    const char *end = *host == '[' ? strchr(host, ']') : NULL;
    size_t n = end ? (size_t)(end - host) + 1 : strcspn(host, ":");
    return ho_bytes_from(host, n);
}

// This machine's own names. A foreign name that was made to resolve to 127.0.0.1 is none of them.
static bool host_is_loopback(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    struct ho_bytes name = host_name(host);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (name.n == strlen(names[i]) && strncasecmp((const char *)name.p, names[i], name.n) == 0)
            return true;
    return false;
}

// The scheme is the proxy's business, where there is one: host and port decide.
static bool is_own_origin(const char *origin, const char *host)
{
    if (strncmp(origin, "https://", 8) == 0)
        return strcasecmp(origin + 8, host) == 0;
    return strncmp(origin, "http://", 7) == 0 && strcasecmp(origin + 7, host) == 0;
}

static const char *host_of(const struct ho_call *call)
{
    const char *host = ho_http_header(call->request, "Host");
    return host ? host : "";
}

// 1 own, 0 not told, -1 another site.
static int origin_of(const struct ho_call *call)
{
    const char *origin = ho_http_header(call->request, "Origin");
    if (!origin)
        return 0;
    return is_own_origin(origin, host_of(call)) ? 1 : -1;
}

// A proxy on this machine forwards for others.
static bool is_forwarded(const struct ho_call *call)
{
    return ho_http_header(call->request, "Forwarded") || ho_http_header(call->request, "X-Forwarded-For");
}

static bool is_open_to(const struct ho_call *call)
{
    return call->api->open_on_loopback && ho_http_from_loopback(call->request) && host_is_loopback(host_of(call)) &&
           origin_of(call) >= 0 && !is_forwarded(call);
}

// ---- What it shows.

// The token of "Authorization: Bearer TOKEN"; empty where there is none.
static struct ho_bytes bearer_of(const struct ho_call *call)
{
    const char *value = ho_http_header(call->request, "Authorization");
    if (!value || strncasecmp(value, "Bearer ", 7) != 0)
        return ho_bytes_of("");
    return ho_bytes_trim(ho_bytes_of(value + 7));
}

bool ho_access_allow(struct ho_call *call, bool writes)
{
    struct ho_sessions *sessions = call->api->sessions;
    if (ho_http_header(call->request, "Authorization")) {
        if (ho_sessions_is_api_token(sessions, bearer_of(call)))
            return true;
        ho_problem_reply(call, HO_PROBLEM_SIGN_IN, "This is not the API's token.");
        return false;
    }
    const char *cookie = ho_http_cookie(call->request, COOKIE);
    call->session = cookie ? ho_sessions_find(sessions, ho_bytes_of(cookie), ho_clock_us()) : NULL;
    if (!call->session) {
        ho_problem_reply(call, HO_PROBLEM_SIGN_IN,
                         cookie ? "The session has ended. Sign in again."
                                : "Send the API's token as a bearer token, or open a session.");
        return false;
    }
    if (writes && origin_of(call) != 1) {
        ho_problem_reply(call, HO_PROBLEM_FOREIGN_ORIGIN,
                         "A write by cookie must carry the Origin of this site. Use the page that this service shows.");
        return false;
    }
    return true;
}

// ---- Sessions.

// Over plain HTTP a Secure cookie would be lost, which is right for every name but this machine's own.
static const char *cookie_text(const struct ho_call *call, const char *token, int seconds)
{
    return ho_arena_printf(call->request->arena, COOKIE "=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", token,
                           seconds, host_is_loopback(host_of(call)) ? "" : "; Secure");
}

static json_t *session_json(const struct ho_call *call, const struct ho_session *session)
{
    char text[HO_TIME_TEXT_BYTES];
    json_t *ends = session ? json_string(ho_time_format(ho_session_ends_us(session), NULL, text)) : json_null();
    return json_pack("{s:o, s:s}", "ends_at", ends, "zone", ho_zone_name(call->api->zone));
}

void ho_session_open(struct ho_call *call)
{
    char token[HO_SESSION_TOKEN_BYTES];
    bool allowed = ho_http_header(call->request, "Authorization")
                       ? ho_sessions_is_api_token(call->api->sessions, bearer_of(call)) && origin_of(call) >= 0
                       : is_open_to(call);
    if (!allowed) {
        ho_problem_reply(call, HO_PROBLEM_SIGN_IN, "Send the API's token as a bearer token.");
        return;
    }
    const struct ho_session *session = ho_sessions_open(call->api->sessions, ho_clock_us(), token);
    ho_reply_header(call, "Set-Cookie", cookie_text(call, token, HO_SESSION_SECONDS));
    ho_reply_json(call, 201, session_json(call, session));
}

void ho_session_show(struct ho_call *call)
{
    ho_reply_json(call, 200, session_json(call, call->session));
}

void ho_session_close(struct ho_call *call)
{
    if (call->session)
        ho_sessions_close(call->api->sessions, call->session);
    ho_reply_header(call, "Set-Cookie", cookie_text(call, "", 0));
    ho_reply_empty(call, 204);
}
