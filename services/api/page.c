// Serving the web page.
#include <string.h>

#include "files.h"
#include "problem.h"

// The page loads nothing but its own files and speaks to nobody but this service.
static const char POLICY[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
                             " connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none';"
                             " form-action 'self'; frame-ancestors 'none'";

// If-None-Match: a list of tags, weak or strong, or *.
static bool client_has(const struct ho_call *call, const char *etag)
{
    const char *tags = ho_http_header(call->request, "If-None-Match");
    return tags && (strcmp(tags, "*") == 0 || strstr(tags, etag));
}

void ho_files_serve(struct ho_call *call)
{
    const struct ho_files *files = call->api->files;
    const struct ho_file *file = files ? ho_files_find(files, call->request->path) : NULL;
    if (!file) {
        ho_problem_reply(
            call, HO_PROBLEM_NOT_FOUND,
            files ? "There is no page here. The workspace is at /."
                  : "The web page is not built or not where --web-dir says. The API is at /v1/openapi.json.");
        return;
    }
    ho_reply_header(call, "Content-Security-Policy", POLICY);
    ho_reply_header(call, "Cache-Control", file->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    ho_reply_header(call, "ETag", file->etag);
    if (client_has(call, file->etag)) {
        ho_reply_empty(call, 304);
        return;
    }
    call->response->status = 200;
    call->response->content_type = file->content_type;
    call->response->body = file->content;
}
