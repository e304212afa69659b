// HTTP server on the loop (libmicrohttpd): the API, the web page, and every service's admin port.
//
// Handlers run on the loop's thread and answer at once. HEAD comes as GET, its answer goes without the body. Bodies are
// limited to 1 MiB (413) and to 64 MiB for all connections together (503); 1,024 connections; a request that is not
// there within 60 s, or an idle connection, is closed. A path with a NUL in it is refused (400).
#pragma once

#include "handoff/arena.h"
#include "handoff/error.h"
#include "handoff/platform/loop.h"

struct ho_http_server;
struct ho_http_stream;

struct ho_http_request {
    const char *method;
    const char *path; // decoded, without the query
    struct ho_bytes body;
    struct ho_arena *arena; // lives as long as the request
    void *native;
};

struct ho_http_response {
    int status;                    // 200 when the handler is called
    const char *content_type;      // NULL: application/json
    struct ho_bytes body;          // copied
    const char *headers[8][2];     // name, value; ends with a NULL name
    struct ho_http_stream *stream; // by ho_http_stream_open: server-sent events instead of the body
};

const char *ho_http_query(const struct ho_http_request *request, const char *name);  // NULL where absent
const char *ho_http_header(const struct ho_http_request *request, const char *name); // NULL where absent
const char *ho_http_cookie(const struct ho_http_request *request, const char *name);
// The peer's address is 127.0.0.0/8 or ::1.
bool ho_http_from_loopback(const struct ho_http_request *request);

typedef void ho_http_handler(void *context, const struct ho_http_request *request, struct ho_http_response *response);

// `address` is host:port; port 0 takes a free one. Every request goes to `handler`.
HO_MUST_USE enum ho_status ho_http_listen(struct ho_loop *loop, const char *address, ho_http_handler *handler,
                                          void *context, struct ho_http_server **out, struct ho_error *error);
uint16_t ho_http_port(const struct ho_http_server *server);
void ho_http_close(struct ho_http_server *server); // takes NULL

// Server-sent events (HTML, ch. 9.2), for a handler that answers 200: opened in the handler, used until it is closed.
// A stream whose unsent bytes pass 256 KiB is closed: the browser comes back with Last-Event-ID. A comment every 15 s
// keeps it open and finds peers that vanished.
struct ho_http_stream *ho_http_stream_open(const struct ho_http_request *request, struct ho_http_response *response);
// `closed` is called once when the peer is gone, the stream was dropped or the server is closed, and not after
// ho_http_stream_close; the stream is not to be used from then on.
void ho_http_stream_on_close(struct ho_http_stream *stream,
                             void (*closed)(void *context, struct ho_http_stream *stream), void *context);
// `event` NULL: a plain message; `id` 0: none. Lines in `data` are kept. May call `closed`.
void ho_http_stream_send(struct ho_http_stream *stream, const char *event, int64_t id, struct ho_bytes data);
void ho_http_stream_close(struct ho_http_stream *stream); // what was sent before still goes out
