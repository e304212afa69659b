#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "coordinators.h"
#include "problem.h"

// ---- Bodies.

static bool is_json(const struct ho_call *call)
{
    static const char type[] = "application/json";
    const char *given = ho_http_header(call->request, "Content-Type");
    size_t n = sizeof type - 1;
    return given && strncasecmp(given, type, n) == 0 && (given[n] == '\0' || given[n] == ';' || given[n] == ' ');
}

static bool is_known(const char *name, const char *const *names)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

// The name is the sender's, so it is not repeated: it could be anything.
static bool names_are_known(struct ho_call *call, json_t *body, const char *const *names)
{
    const char *name;
    json_t *value;
    json_object_foreach(body, name, value)
    {
        if (is_known(name, names))
            continue;
        char known[128] = "none";
        for (size_t i = 0, at = 0; names[i] && at < sizeof known; i++)
            at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "", names[i]);
        ho_problem_reply(call, HO_PROBLEM_INVALID, "The body has an unknown member. Known are: %s.", known);
        return false;
    }
    return true;
}

json_t *ho_json_body(struct ho_call *call, const char *const *names)
{
    struct ho_bytes text = call->request->body;
    if (text.n == 0)
        return json_object();
    if (!is_json(call)) {
        ho_problem_reply(call, HO_PROBLEM_MEDIA_TYPE, "Send the body with Content-Type: application/json.");
        return NULL;
    }
    json_error_t where;
    json_t *body = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(body)) {
        ho_problem_reply(call, HO_PROBLEM_UNREADABLE, "The body is no JSON object%s.",
                         body ? "" : ": it cannot be parsed");
    } else if (names_are_known(call, body, names)) {
        return body;
    }
    json_decref(body);
    return NULL;
}

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && *text != '\n' && *text != '\r' && *text != '\t') || *text == 0x7F)
            return false;
    return true;
}

const char *ho_json_member(struct ho_call *call, const json_t *body, const char *name, size_t most_bytes)
{
    const json_t *value = json_object_get(body, name);
    if (!value || json_is_null(value))
        return "";
    if (!json_is_string(value)) {
        ho_problem_reply(call, HO_PROBLEM_INVALID, "\"%s\" must be text.", name);
        return NULL;
    }
    struct ho_bytes text = ho_bytes_trim(ho_bytes_of(json_string_value(value)));
    if (text.n > most_bytes || !is_plain(json_string_value(value))) {
        ho_problem_reply(call, HO_PROBLEM_INVALID, "\"%s\" must be plain text of at most %zu bytes.", name, most_bytes);
        return NULL;
    }
    return ho_arena_text(call->request->arena, text);
}

const char *ho_json_by(struct ho_call *call, const json_t *body)
{
    enum { ID_DIGITS = 16 };
    const char *by = "api", *id = ho_json_member(call, body, "coordinator", ID_DIGITS);
    if (!id || (*id && !ho_coordinators_find(call, id, &by)))
        return NULL;
    return by;
}
