#include "hub.h"

#include <stdlib.h>
#include <string.h>

#include "handoff/platform/log.h"
#include "handoff/platform/loop.h"
#include "handoff/platform/metrics.h"
#include "problem.h"
#include "session.h"

enum { TICK_MS = 1000, GATHER_MS = 200 };

struct listener {
    struct listener *next;
    struct ho_hub *hub;
    struct ho_http_stream *stream;
    uint64_t session; // its number; 0: a bearer token
};

struct ho_hub {
    struct ho_api *api;
    struct ho_pg *pg; // for LISTEN alone
    struct ho_watch *socket, *tick, *gather;
    struct listener *listeners;
    size_t n;
    int64_t last_id;
    bool gathering;
    int64_t moved; // a number that changes when messages are accounted for
    struct ho_metric *streams;
};

static const char LISTEN[] = "listen handoff_task; listen handoff_roster";
static const char MOVED[] = "select (select coalesce(sum(next_offset), 0) from kafka_offset)::bigint"
                            " + (select coalesce(sum(n), 0) from leg)::bigint";

// ---- Sending.

// A stream that has too much unsent ends within the call and leaves the list, so the next is taken first.
static void send_all(struct ho_hub *hub, const char *event)
{
    int64_t now_ms = ho_clock_us() / 1000;
    hub->last_id = now_ms > hub->last_id ? now_ms : hub->last_id + 1;
    for (struct listener *l = hub->listeners, *next; l; l = next) {
        next = l->next;
        ho_http_stream_send(l->stream, event, hub->last_id, HO_BYTES_LITERAL("{}"));
    }
}

static void on_gathered(void *context)
{
    struct ho_hub *hub = context;
    hub->gathering = false;
    send_all(hub, "tasks");
}

// A batch makes many changes: they become one hint.
static void gather(struct ho_hub *hub)
{
    if (hub->gathering)
        return;
    hub->gathering = true;
    ho_watch_arm(hub->gather, GATHER_MS);
}

// ---- Listening.

static void stop_listening(struct ho_hub *hub)
{
    ho_watch_free(hub->socket);
    hub->socket = NULL;
}

static void on_socket(void *context, int events)
{
    (void)events;
    struct ho_hub *hub = context;
    if (ho_pg_take_notifications(hub->pg))
        gather(hub);
    if (!ho_pg_connected(hub->pg))
        stop_listening(hub);
}

static void start_listening(struct ho_hub *hub)
{
    struct ho_error error = {0};
    if (ho_pg_connect(hub->pg, &error) != HO_OK || ho_pg_script(hub->pg, LISTEN, &error) != HO_OK) {
        ho_log(HO_DEBUG, "not listening", "error=\"%s\"", error.text);
        ho_pg_drop(hub->pg);
        return;
    }
    hub->socket = ho_loop_fd(ho_service_loop(hub->api->service), ho_pg_fd(hub->pg), HO_READABLE, on_socket, hub);
    ho_log(HO_INFO, "listening", "streams=%zu", hub->n);
    send_all(hub, "tasks"); // what changed while nobody listened was not told
    send_all(hub, "flow");
}

// ---- Every second.

static void end_of_sessions(struct ho_hub *hub)
{
    int64_t now_us = ho_clock_us();
    for (struct listener **place = &hub->listeners; *place;) {
        struct listener *l = *place;
        if (!l->session || ho_sessions_is_open(hub->api->sessions, l->session, now_us)) {
            place = &l->next;
            continue;
        }
        *place = l->next;
        ho_http_stream_close(l->stream);
        free(l);
        hub->n--;
    }
}

// Also finds out that the connection of the requests is lost, before a request has to.
static void look_at_messages(struct ho_hub *hub)
{
    struct ho_error error = {0};
    struct ho_pg_result *result = NULL;
    struct ho_pg *pg = hub->api->pg;
    if (!ho_database_connect(hub->api, &error))
        return;
    if (ho_pg_run(pg, MOVED, NULL, &result, &error) != HO_OK) {
        ho_service_ready(hub->api->service, "postgresql", false);
        ho_pg_rollback(pg);
        return;
    }
    int64_t moved = ho_pg_get_int(result, 0, 0);
    ho_pg_result_free(result);
    if (moved != hub->moved)
        send_all(hub, "flow");
    hub->moved = moved;
}

static void on_tick(void *context)
{
    struct ho_hub *hub = context;
    if (hub->socket && !ho_pg_connected(hub->pg))
        stop_listening(hub);
    look_at_messages(hub);
    if (!hub->socket && ho_pg_connected(hub->api->pg))
        start_listening(hub);
    end_of_sessions(hub);
    ho_metric_set(hub->streams, (double)hub->n);
}

struct ho_hub *ho_hub_new(struct ho_api *api, const char *database_url)
{
    struct ho_hub *hub = calloc(1, sizeof *hub);
    if (!hub)
        abort();
    struct ho_loop *loop = ho_service_loop(api->service);
    hub->api = api;
    hub->pg = ho_pg_new(database_url, "handoff-api-listen");
    hub->last_id = ho_clock_us() / 1000;
    hub->streams = ho_gauge("handoff_api_streams", "Browsers that follow live", "");
    hub->tick = ho_loop_timer(loop, 0, TICK_MS, on_tick, hub);
    hub->gather = ho_loop_timer(loop, GATHER_MS, 0, on_gathered, hub);
    hub->gathering = true; // the first hint tells nobody
    return hub;
}

void ho_hub_free(struct ho_hub *hub)
{
    if (!hub)
        return;
    for (struct listener *l = hub->listeners, *next; l; l = next) {
        next = l->next;
        ho_http_stream_close(l->stream);
        free(l);
    }
    ho_watch_free(hub->socket);
    ho_watch_free(hub->tick);
    ho_watch_free(hub->gather);
    ho_pg_free(hub->pg);
    free(hub);
}

// ---- Streams.

static void on_closed(void *context, struct ho_http_stream *stream)
{
    struct listener *l = context;
    struct ho_hub *hub = l->hub;
    (void)stream;
    for (struct listener **place = &hub->listeners; *place; place = &(*place)->next)
        if (*place == l) {
            *place = l->next;
            break;
        }
    free(l);
    hub->n--;
}

static void greet(const struct ho_hub *hub, struct ho_http_stream *stream, const char *last_id)
{
    char *end;
    if (last_id && strtoll(last_id, &end, 10) == hub->last_id && *end == '\0')
        return;
    ho_http_stream_send(stream, "tasks", hub->last_id, HO_BYTES_LITERAL("{}"));
    ho_http_stream_send(stream, "flow", hub->last_id, HO_BYTES_LITERAL("{}"));
}

void ho_hub_open_stream(struct ho_call *call)
{
    struct ho_hub *hub = call->api->hub;
    if (hub->n >= HO_HUB_MOST_STREAMS) {
        ho_problem_reply(call, HO_PROBLEM_TOO_MANY, "%d browsers follow live already. Read without the stream.",
                         HO_HUB_MOST_STREAMS);
        return;
    }
    struct listener *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    struct ho_http_stream *stream = ho_http_stream_open(call->request, call->response);
    l->hub = hub;
    l->stream = stream;
    l->session = call->session ? ho_session_number(call->session) : 0;
    l->next = hub->listeners;
    hub->listeners = l;
    hub->n++;
    ho_http_stream_on_close(stream, on_closed, l);
    greet(hub, stream, ho_http_header(call->request, "Last-Event-ID"));
}
