#include "handoff/platform/http.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handoff/platform/net.h"

enum {
    MAX_BODY_BYTES = 1 << 20,
    MAX_DRAINED_BYTES = 8 << 20, // of a body that is too long: read on for so much, so that the answer arrives
    MAX_BODIES_BYTES = 64 << 20, // of all connections together
    MAX_STREAM_BYTES = 256 << 10,
    MAX_CONNECTIONS = 1024,
    REQUEST_SECONDS = 60,
    SWEEP_MS = 5000,
    HEARTBEAT_MS = 15000,
    STREAM_BLOCK_BYTES = 16 << 10,
    ARENA_BYTES = 4096,
    NEVER_MS = 24 * 3600 * 1000
};

// A connection of a client. While it waits for a request to be complete, its time runs.
struct peer {
    struct ho_http_server *server;
    struct peer *next, **place;
    int fd;
    bool waiting;
    int64_t since_us;
};

struct exchange {
    struct ho_http_server *server;
    struct ho_arena *arena;
    uint8_t *body;
    size_t n, capacity, drained;
    bool refused_path, begun;
    int refused; // the status, when the body is not taken
};

struct ho_http_stream {
    struct ho_http_stream *next, **place; // among the server's
    struct ho_http_server *server;
    struct MHD_Connection *connection;
    struct ho_watch *hangup;
    int fd;
    uint8_t *unsent;
    size_t at, n, capacity; // unsent[at..n)
    bool suspended, ending; // ending: nothing more is added
    void (*closed)(void *context, struct ho_http_stream *stream);
    void *context;
};

struct ho_http_server {
    struct ho_loop *loop;
    struct MHD_Daemon *daemon;
    struct ho_watch *readable, *timer, *sweep, *heartbeat;
    uint16_t port;
    ho_http_handler *handler;
    void *context;
    bool resumed; // a stream, since the library ran last
    size_t bodies_bytes;
    struct peer *peers;
    struct ho_http_stream *streams;
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

// ---- Driving the library from the loop.

static void arm_timer(struct ho_http_server *server)
{
    MHD_UNSIGNED_LONG_LONG ms;
    if (server->resumed)
        ms = 0; // driven from outside, the library finds resumed connections only when it runs
    else if (MHD_get_timeout(server->daemon, &ms) != MHD_YES || ms > NEVER_MS)
        ms = NEVER_MS;
    ho_watch_arm(server->timer, (int64_t)ms);
}

static void run(void *context)
{
    struct ho_http_server *server = context;
    server->resumed = false;
    MHD_run(server->daemon);
    arm_timer(server);
}

static void on_readable(void *context, int events)
{
    (void)events;
    run(context);
}

// The library's own timeout counts silence only; a request that trickles in is ended here.
static void sweep(void *context)
{
    struct ho_http_server *server = context;
    int64_t limit = ho_monotonic_us() - REQUEST_SECONDS * INT64_C(1000000);
    for (struct peer *p = server->peers; p; p = p->next)
        if (p->waiting && p->since_us < limit)
            shutdown(p->fd, SHUT_RDWR);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **peer,
                          enum MHD_ConnectionNotificationCode code)
{
    struct ho_http_server *server = context;
    struct peer *p = *peer;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *peer = p = must(calloc(1, sizeof *p));
        p->server = server;
        p->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        p->waiting = true;
        p->since_us = ho_monotonic_us();
        p->next = server->peers;
        p->place = &server->peers;
        if (p->next)
            p->next->place = &p->next;
        server->peers = p;
    } else if (p) {
        *p->place = p->next;
        if (p->next)
            p->next->place = p->place;
        free(p);
        *peer = NULL;
    }
}

static struct peer *peer_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void set_waiting(struct MHD_Connection *connection, bool waiting)
{
    struct peer *p = peer_of(connection);
    p->waiting = waiting;
    p->since_us = ho_monotonic_us();
}

// ---- Requests.

const char *ho_http_query(const struct ho_http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->native, MHD_GET_ARGUMENT_KIND, name);
}

const char *ho_http_header(const struct ho_http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->native, MHD_HEADER_KIND, name);
}

const char *ho_http_cookie(const struct ho_http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->native, MHD_COOKIE_KIND, name);
}

bool ho_http_from_loopback(const struct ho_http_request *request)
{
    static const uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127};
    const struct sockaddr *address =
        MHD_get_connection_info(request->native, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
    if (address->sa_family != AF_INET6)
        return false;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(six) || memcmp(six, mapped, sizeof mapped) == 0;
}

// Called with the request line, before all else.
static void *exchange_new(void *context, const char *uri, struct MHD_Connection *connection)
{
    (void)connection;
    struct exchange *x = must(calloc(1, sizeof *x));
    x->server = context;
    x->refused_path = strstr(uri, "%00") != NULL;
    return x;
}

static void body_free(struct exchange *x)
{
    x->server->bodies_bytes -= x->capacity;
    free(x->body);
    x->body = NULL;
    x->n = x->capacity = 0;
}

static void exchange_end(void *context, struct MHD_Connection *connection, void **exchange,
                         enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)code;
    struct exchange *x = *exchange;
    *exchange = NULL;
    if (!x)
        return;
    body_free(x);
    ho_arena_free(x->arena);
    free(x);
    set_waiting(connection, true);
}

static void refuse_body(struct exchange *x, int status)
{
    x->refused = status;
    body_free(x);
}

static void take_body(struct exchange *x, const char *data, size_t n)
{
    if (x->n + n > MAX_BODY_BYTES) {
        refuse_body(x, MHD_HTTP_CONTENT_TOO_LARGE);
        return;
    }
    if (x->n + n > x->capacity) {
        size_t capacity = x->capacity ? x->capacity : ARENA_BYTES;
        while (capacity < x->n + n)
            capacity *= 2;
        if (x->server->bodies_bytes + capacity - x->capacity > MAX_BODIES_BYTES) {
            refuse_body(x, MHD_HTTP_SERVICE_UNAVAILABLE);
            return;
        }
        x->server->bodies_bytes += capacity - x->capacity;
        x->body = must(realloc(x->body, capacity));
        x->capacity = capacity;
    }
    memcpy(x->body + x->n, data, n);
    x->n += n;
}

// ---- Answers.

static bool has_header(const struct ho_http_response *r, const char *name)
{
    for (size_t i = 0; i < 8 && r->headers[i][0]; i++)
        if (strcasecmp(r->headers[i][0], name) == 0)
            return true;
    return false;
}

static enum MHD_Result queue(struct MHD_Connection *connection, const struct ho_http_response *r,
                             struct MHD_Response *native)
{
    const char *type = r->content_type ? r->content_type : r->stream ? "text/event-stream" : "application/json";
    if (r->stream || r->body.n || r->content_type)
        MHD_add_response_header(native, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (r->stream && !has_header(r, MHD_HTTP_HEADER_CACHE_CONTROL))
        MHD_add_response_header(native, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    for (size_t i = 0; i < 8 && r->headers[i][0]; i++)
        MHD_add_response_header(native, r->headers[i][0], r->headers[i][1]);
    set_waiting(connection, false);
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)r->status, native);
    MHD_destroy_response(native);
    return result;
}

static ssize_t stream_read(void *context, uint64_t position, char *out, size_t max);
static void stream_free(void *context);

static enum MHD_Result answer(struct MHD_Connection *connection, const struct ho_http_response *r)
{
    if (r->stream)
        return queue(connection, r,
                     must(MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, stream_read,
                                                            r->stream, stream_free)));
    return queue(connection, r,
                 must(MHD_create_response_from_buffer(r->body.n, (void *)r->body.p, MHD_RESPMEM_MUST_COPY)));
}

// A problem document (RFC 9457) for what never reaches the handler.
static enum MHD_Result answer_problem(struct MHD_Connection *connection, int status, const char *title)
{
    char text[128];
    snprintf(text, sizeof text, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d}\n", title, status);
    struct ho_http_response r = {
        .status = status, .content_type = "application/problem+json", .body = ho_bytes_of(text)};
    return answer(connection, &r);
}

static enum MHD_Result call_handler(struct exchange *x, struct MHD_Connection *connection, const char *method,
                                    const char *path)
{
    x->arena = ho_arena_new(ARENA_BYTES);
    struct ho_http_request request = {
        .method = strcmp(method, "HEAD") == 0 ? "GET" : method,
        .path = path,
        .body = {x->body, x->n},
        .arena = x->arena,
        .native = connection,
    };
    struct ho_http_response response = {.status = 200};
    x->server->handler(x->server->context, &request, &response);
    return answer(connection, &response);
}

// The library calls this once with the head, then with each part of the body, then once more.
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data, size_t *n, void **exchange)
{
    (void)context;
    (void)version;
    struct exchange *x = *exchange;
    if (!x->begun) {
        x->begun = true;
        return MHD_YES;
    }
    if (*n) {
        if (!x->refused)
            take_body(x, data, *n);
        else if ((x->drained += *n) > MAX_DRAINED_BYTES)
            return MHD_NO;
        *n = 0;
        return MHD_YES;
    }
    if (x->refused == MHD_HTTP_CONTENT_TOO_LARGE)
        return answer_problem(connection, x->refused, "Content Too Large: bodies are limited to 1 MiB");
    if (x->refused)
        return answer_problem(connection, x->refused, "Service Unavailable: too many bodies at once, try again");
    if (x->refused_path)
        return answer_problem(connection, MHD_HTTP_BAD_REQUEST, "Bad Request: a NUL in the path or query");
    return call_handler(x, connection, method, path);
}

// ---- Server-sent events.

static void stream_unlink(struct ho_http_stream *s)
{
    if (!s->place)
        return;
    *s->place = s->next;
    if (s->next)
        s->next->place = s->place;
    s->place = NULL;
}

// From here on nothing is sent, and the owner has been told once.
static void stream_end(struct ho_http_stream *s)
{
    stream_unlink(s);
    ho_watch_free(s->hangup);
    s->hangup = NULL;
    s->ending = true;
    void (*closed)(void *, struct ho_http_stream *) = s->closed;
    s->closed = NULL;
    if (closed)
        closed(s->context, s);
}

static void stream_free(void *context)
{
    struct ho_http_stream *s = context;
    stream_end(s);
    free(s->unsent);
    free(s);
}

static void stream_resume(struct ho_http_stream *s)
{
    if (!s->suspended)
        return;
    s->suspended = false;
    MHD_resume_connection(s->connection);
    s->server->resumed = true;
    ho_watch_arm(s->server->timer, 0);
}

static ssize_t stream_read(void *context, uint64_t position, char *out, size_t max)
{
    (void)position;
    struct ho_http_stream *s = context;
    size_t n = s->n - s->at;
    if (n == 0 && s->ending)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (n == 0) {
        s->suspended = true;
        MHD_suspend_connection(s->connection);
        return 0;
    }
    n = n < max ? n : max;
    memcpy(out, s->unsent + s->at, n);
    s->at += n;
    if (s->at == s->n)
        s->at = s->n = 0;
    return (ssize_t)n;
}

// Throws the unsent bytes away and wakes the library, which finds the connection closed.
static void stream_drop(struct ho_http_stream *s)
{
    s->at = s->n = 0;
    shutdown(s->fd, SHUT_RDWR);
    stream_resume(s);
    stream_end(s);
}

static void on_hangup(void *context, int events)
{
    (void)events;
    stream_drop(context);
}

struct ho_http_stream *ho_http_stream_open(const struct ho_http_request *request, struct ho_http_response *response)
{
    struct ho_http_stream *s = must(calloc(1, sizeof *s));
    struct peer *peer = peer_of(request->native);
    s->connection = request->native;
    s->server = peer->server;
    s->fd = peer->fd;
    s->hangup = ho_loop_fd(s->server->loop, s->fd, HO_HANGUP, on_hangup, s);
    s->next = s->server->streams;
    s->place = &s->server->streams;
    if (s->next)
        s->next->place = &s->next;
    s->server->streams = s;
    response->stream = s;
    return s;
}

void ho_http_stream_on_close(struct ho_http_stream *stream,
                             void (*closed)(void *context, struct ho_http_stream *stream), void *context)
{
    stream->closed = closed;
    stream->context = context;
}

static void append(struct ho_http_stream *s, const void *p, size_t n)
{
    if (s->n + n > s->capacity && s->at) {
        memmove(s->unsent, s->unsent + s->at, s->n - s->at);
        s->n -= s->at;
        s->at = 0;
    }
    if (s->n + n > s->capacity) {
        s->capacity = s->capacity * 2 + n;
        s->unsent = must(realloc(s->unsent, s->capacity));
    }
    if (n)
        memcpy(s->unsent + s->n, p, n);
    s->n += n;
}

static void append_text(struct ho_http_stream *s, const char *text)
{
    append(s, text, strlen(text));
}

static void append_data(struct ho_http_stream *s, struct ho_bytes data)
{
    for (;;) {
        const uint8_t *end = data.n ? memchr(data.p, '\n', data.n) : NULL;
        size_t n = end ? (size_t)(end - data.p) : data.n;
        append_text(s, "data: ");
        append(s, data.p, n);
        append_text(s, "\n");
        if (!end)
            return;
        data.p += n + 1;
        data.n -= n + 1;
    }
}

void ho_http_stream_send(struct ho_http_stream *stream, const char *event, int64_t id, struct ho_bytes data)
{
    char head[32];
    if (stream->ending)
        return;
    if (stream->n - stream->at + data.n > MAX_STREAM_BYTES) {
        stream_drop(stream);
        return;
    }
    snprintf(head, sizeof head, "id: %lld\n", (long long)id);
    append_text(stream, id ? head : "");
    if (event) {
        append_text(stream, "event: ");
        append_text(stream, event);
        append_text(stream, "\n");
    }
    append_data(stream, data);
    append_text(stream, "\n");
    stream_resume(stream);
}

void ho_http_stream_close(struct ho_http_stream *stream)
{
    stream->closed = NULL;
    stream_end(stream);
    stream_resume(stream);
}

static void heartbeat(void *context)
{
    struct ho_http_server *server = context;
    for (struct ho_http_stream *s = server->streams; s; s = s->next)
        if (s->n == s->at) {
            append_text(s, ":\n\n");
            stream_resume(s);
        }
}

// ---- The server.

static struct MHD_Daemon *start_daemon(struct ho_http_server *server, int listening)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
                            MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)REQUEST_SECONDS, MHD_OPTION_URI_LOG_CALLBACK,
                            exchange_new, server, MHD_OPTION_NOTIFY_COMPLETED, exchange_end, server,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                            MHD_OPTION_END);
}

enum ho_status ho_http_listen(struct ho_loop *loop, const char *address, ho_http_handler *handler, void *context,
                              struct ho_http_server **out, struct ho_error *error)
{
    int fd;
    uint16_t port;
    enum ho_status status = ho_tcp_listen(address, &fd, &port, error);
    if (status != HO_OK)
        return status;
    struct ho_http_server *server = must(calloc(1, sizeof *server));
    server->loop = loop;
    server->port = port;
    server->handler = handler;
    server->context = context;
    server->daemon = start_daemon(server, fd);
    if (!server->daemon) {
        close(fd);
        free(server);
        return ho_fail(error, HO_FATAL, "cannot start the HTTP server on %s", address);
    }
    int epoll = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    server->readable = ho_loop_fd(loop, epoll, HO_READABLE, on_readable, server);
    server->timer = ho_loop_timer(loop, 0, 0, run, server);
    server->sweep = ho_loop_timer(loop, SWEEP_MS, SWEEP_MS, sweep, server);
    server->heartbeat = ho_loop_timer(loop, HEARTBEAT_MS, HEARTBEAT_MS, heartbeat, server);
    *out = server;
    return HO_OK;
}

uint16_t ho_http_port(const struct ho_http_server *server)
{
    return server->port;
}

void ho_http_close(struct ho_http_server *server)
{
    if (!server)
        return;
    ho_watch_free(server->readable);
    while (server->streams) {
        stream_resume(server->streams); // the library may not be stopped while one is suspended
        stream_end(server->streams);
    }
    MHD_stop_daemon(server->daemon);
    ho_watch_free(server->timer);
    ho_watch_free(server->sweep);
    ho_watch_free(server->heartbeat);
    free(server);
}
