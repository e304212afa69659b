#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "problem.h"

json_t *ho_json_text(struct ho_bytes text)
{
    json_t *json = json_stringn((const char *)text.p, text.n);
    return json ? json : json_string("\xEF\xBF\xBD"); // not UTF-8, which the database does not hold
}

json_t *ho_json_instant(int64_t instant)
{
    char text[HO_TIME_TEXT_BYTES];
    return instant ? json_string(ho_time_format(instant, NULL, text)) : json_null();
}

json_t *ho_json_date(int64_t date)
{
    char text[16];
    if (date <= 0 || date > 99991231)
        return json_null();
    snprintf(text, sizeof text, "%04d-%02d-%02d", (int)(date / 10000), (int)(date / 100 % 100), (int)(date % 100));
    return json_string(text);
}

json_t *ho_json_cell_text(const struct ho_pg_result *result, int row, int column)
{
    return ho_json_text(ho_pg_get_bytes(result, row, column));
}

json_t *ho_json_cell_instant(const struct ho_pg_result *result, int row, int column)
{
    return ho_json_instant(ho_pg_get_time(result, row, column));
}

json_t *ho_json_cell_texts(const struct ho_pg_result *result, int row, int column, struct ho_arena *arena)
{
    struct ho_bytes *items;
    size_t n = ho_pg_get_array(result, row, column, arena, &items);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, ho_json_text(items[i]));
    return list;
}

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
