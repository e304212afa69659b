#include <assert.h>
#include <stdlib.h>
#include <strings.h>

#include "api.h"

enum { MAX_HEADERS = 7 }; // of struct ho_http_response, less its end

void ho_reply_header(struct ho_call *call, const char *name, const char *value)
{
    const char *(*headers)[2] = call->response->headers;
    size_t i = 0;
    while (i < call->n_headers && strcasecmp(headers[i][0], name) != 0)
        i++;
    assert(i < MAX_HEADERS);
    headers[i][0] = name;
    headers[i][1] = value;
    if (i == call->n_headers)
        call->n_headers++;
}

void ho_reply_begin(struct ho_call *call)
{
    ho_reply_header(call, "X-Content-Type-Options", "nosniff");
    ho_reply_header(call, "Referrer-Policy", "no-referrer");
    ho_reply_header(call, "Cross-Origin-Resource-Policy", "same-origin");
    ho_reply_header(call, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    ho_reply_header(call, "Cache-Control", "no-store");
}

void ho_reply_json(struct ho_call *call, int status, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    if (!text)
        abort(); // no memory, or no JSON value
    json_decref(json);
    call->response->status = status;
    call->response->body = ho_arena_copy(call->request->arena, ho_bytes_of(text));
    free(text);
}

void ho_reply_empty(struct ho_call *call, int status)
{
    call->response->status = status;
}
