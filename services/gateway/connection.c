#include "connection.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway.h"
#include "handoff/platform/log.h"
#include "intake.h"
#include "pending.h"
#include "tls.h"

enum {
    READ_BYTES = 64 << 10,
    MAX_PENDING = 1024, // messages of one connection that wait for their end
    MAX_UNSENT_BYTES = 64 << 10,
    LOGGED_NAME_BYTES = 80,
    MAX_JUNK_BYTES = 64 << 10, // without a frame: the sender speaks something else
    KEEPALIVE_IDLE_SECONDS = 60,
    KEEPALIVE_INTERVAL_SECONDS = 15,
    KEEPALIVE_COUNT = 4,
    UNACKNOWLEDGED_MS = 300 * 1000 // by the peer's TCP
};

static uint8_t input[READ_BYTES]; // of the read in hand

// ---- What is watched.

static void update_events(struct connection *c)
{
    bool write = c->out_n > c->out_at || (c->tls && ho_tls_wants_write(c->tls));
    int events = (c->paused ? 0 : HO_READABLE) | (write ? HO_WRITABLE : 0);
    if (events != c->events)
        ho_watch_events(c->watch, events);
    c->events = events;
}

static void pause_reading(struct connection *c, unsigned why, bool on)
{
    const unsigned before = c->paused;
    const int64_t now = ho_monotonic_us();
    c->paused = on ? c->paused | why : c->paused & ~why;
    if (before && !c->paused)
        c->last_byte_us = now; // the silence was ours
    if (!(before & PAUSED_FOR_KAFKA) && c->paused & PAUSED_FOR_KAFKA)
        c->waits_since_us = now;
    if (before & PAUSED_FOR_KAFKA && !(c->paused & PAUSED_FOR_KAFKA))
        c->frame_began_us += now - c->waits_since_us; // and so was this time
    update_events(c);
}

static void update_pauses(struct connection *c)
{
    size_t unsent = c->out_n - c->out_at;
    if (c->n_pending >= MAX_PENDING)
        pause_reading(c, PAUSED_PENDING, true);
    else if (c->n_pending <= MAX_PENDING / 2)
        pause_reading(c, PAUSED_PENDING, false);
    if (unsent >= MAX_UNSENT_BYTES)
        pause_reading(c, PAUSED_OUTPUT, true);
    else if (unsent == 0)
        pause_reading(c, PAUSED_OUTPUT, false);
}

void connection_set_held(struct connection *connection)
{
    pause_reading(connection, PAUSED_HELD, connection->n_held > 0);
}

// ---- The budget.

static void recharge(struct gateway *g, struct budget *budget, unsigned why, size_t before, size_t bytes)
{
    if (bytes >= before) {
        budget_charge(budget, bytes - before);
        return;
    }
    if (!budget_free(budget, before - bytes) || !budget->n_waiting)
        return;
    for (struct connection *c = g->connections; c; c = c->next)
        if (c->paused & why)
            pause_reading(c, why, false);
    budget->n_waiting = 0;
}

void connection_recharge(struct gateway *gateway, size_t *charged, size_t bytes)
{
    size_t before = *charged;
    *charged = bytes;
    recharge(gateway, &gateway->budget, PAUSED_BUDGET, before, bytes);
    ho_metric_set(gateway->figures.buffer_bytes, (double)gateway->budget.used);
}

void connection_recharge_unrefusable(struct gateway *gateway, size_t *charged, size_t bytes)
{
    recharge(gateway, &gateway->unrefusable, PAUSED_UNREFUSABLE, *charged, bytes);
    connection_recharge(gateway, charged, bytes);
}

static void wait_for(struct connection *c, struct budget *budget, unsigned why)
{
    budget->n_waiting++;
    pause_reading(c, why, true);
}

// Who wants no answers waits sooner, for only answers bring bytes back while Kafka is away.
static bool must_wait(struct connection *c)
{
    struct gateway *g = c->gateway;
    if (c->first_in_line)
        return false;
    if (g->budget.spent)
        wait_for(c, &g->budget, PAUSED_BUDGET);
    else if (g->unrefusable.spent && c->unrefusable)
        wait_for(c, &g->unrefusable, PAUSED_UNREFUSABLE);
    else
        return false;
    return true;
}

void connections_move_on(struct gateway *gateway)
{
    struct gateway *g = gateway;
    struct connection *oldest = NULL;
    if (!g->budget.spent || !g->budget.n_waiting || g->to_be_freed)
        return;
    for (struct connection *c = g->connections; c; c = c->next) {
        if (c->first_in_line)
            return;
        bool inside = ho_mllp_inside(c->parser);
        if (c->paused == PAUSED_BUDGET && inside && (!oldest || c->frame_began_us < oldest->frame_began_us))
            oldest = c;
    }
    if (!oldest)
        return;
    oldest->first_in_line = true;
    g->budget.n_waiting--;
    pause_reading(oldest, PAUSED_BUDGET, false);
}

// ---- Closing.

static void forget_dirty(struct connection *c)
{
    struct connection **place = &c->gateway->dirty;
    while (c->dirty && *place != c)
        place = &(*place)->next_dirty;
    if (c->dirty)
        *place = c->next_dirty;
}

void connection_close(struct connection *connection, enum close_reason reason)
{
    struct gateway *g = connection->gateway;
    bool inside = ho_mllp_inside(connection->parser);
    bool quiet =
        reason == CLOSED_BY_PEER || reason == CLOSED_ERROR || reason == CLOSED_STOPPING || reason == CLOSED_HANDSHAKE;
    ho_log(quiet && !inside && !connection->n_pending ? HO_DEBUG : HO_WARN, "connection closed",
           "peer=%s cause=%s unanswered=%zu inside_frame=%s", connection->peer, close_words[reason],
           connection->n_pending, inside ? "true" : "false");
    ho_metric_add(g->figures.closed[reason], 1);
    forget_dirty(connection);
    pending_abandon(connection);
    ho_watch_free(connection->watch);
    ho_tls_free(connection->tls);
    close(connection->fd);
    *connection->place = connection->next;
    if (connection->next)
        connection->next->place = connection->place;
    g->budget.n_waiting -= (connection->paused & PAUSED_BUDGET) != 0;
    g->unrefusable.n_waiting -= (connection->paused & PAUSED_UNREFUSABLE) != 0;
    g->n_connections--;
    ho_metric_set(g->figures.connections, (double)g->n_connections);
    connection_recharge(g, &connection->parser_charged, 0);
    connection_recharge(g, &connection->out_charged, 0);
    ho_mllp_free(connection->parser);
    free(connection->out);
    free(connection);
}

static bool is_owed(const struct connection *c)
{
    for (const struct pending *p = c->first_pending; p; p = p->next)
        if (!p->silent)
            return true;
    return c->out_n > c->out_at;
}

// Ends a connection that reads no more once nothing is owed to it, or nothing that could be said before the end.
static bool close_when_done(struct connection *c)
{
    if (c->paused & PAUSED_STOPPING && (c->n_held || !is_owed(c)))
        connection_close(c, CLOSED_STOPPING);
    else if (c->paused & PAUSED_END && !is_owed(c))
        connection_close(c, c->cut_off ? CLOSED_BROKER_AWAY : CLOSED_BY_PEER);
    else
        return false;
    return true;
}

// ---- Output.

void connection_put(struct connection *connection, struct ho_bytes answer)
{
    struct connection *c = connection;
    if (c->out_n + answer.n > c->out_capacity) {
        c->out_capacity = c->out_capacity * 2 + answer.n;
        c->out = realloc(c->out, c->out_capacity);
        if (!c->out)
            abort();
        connection_recharge(c->gateway, &c->out_charged, c->out_capacity);
    }
    if (answer.n)
        memcpy(c->out + c->out_n, answer.p, answer.n);
    c->out_n += answer.n;
}

static ssize_t transmit(struct connection *c, const void *bytes, size_t n)
{
    return c->tls ? ho_tls_write(c->tls, bytes, n) : send(c->fd, bytes, n, MSG_NOSIGNAL);
}

// False where the connection is closed now.
static bool write_out(struct connection *c)
{
    while (c->out_at < c->out_n) {
        ssize_t n = transmit(c, c->out + c->out_at, c->out_n - c->out_at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            connection_close(c, CLOSED_ERROR);
            return false;
        }
        c->out_at += (size_t)n;
        ho_metric_add(c->gateway->figures.sent_bytes, (double)n);
    }
    if (c->out_at == c->out_n) {
        free(c->out);
        c->out = NULL;
        c->out_at = c->out_n = c->out_capacity = 0;
        connection_recharge(c->gateway, &c->out_charged, 0);
    }
    update_pauses(c);
    update_events(c);
    return !close_when_done(c);
}

void connection_mark_dirty(struct connection *connection)
{
    struct gateway *g = connection->gateway;
    if (connection->dirty)
        return;
    connection->dirty = true;
    connection->next_dirty = g->dirty;
    g->dirty = connection;
    ho_watch_arm(g->flush, 0);
}

void connection_end(struct connection *connection)
{
    connection->cut_off = true;
    pause_reading(connection, PAUSED_END, true);
    connection_mark_dirty(connection);
}

void connections_flush(struct gateway *gateway)
{
    for (struct connection *c; (c = gateway->dirty);) {
        gateway->dirty = c->next_dirty;
        c->dirty = false;
        pending_flush(c);
        write_out(c);
    }
}

// ---- Input.

static void count_junk(struct connection *c)
{
    uint64_t junk = ho_mllp_junk_bytes(c->parser);
    ho_metric_add(c->gateway->figures.junk_bytes, (double)(junk - c->junk_counted));
    c->junk_counted = junk;
}

static void feed(struct connection *c, struct ho_bytes bytes)
{
    struct ho_bytes frame;
    enum ho_mllp_event event;
    bool was_inside = ho_mllp_inside(c->parser), ended = false;
    while ((event = ho_mllp_next(c->parser, &bytes, &frame)) != HO_MLLP_MORE) {
        ended = true;
        c->first_in_line = false;
        c->junk_at_frame = ho_mllp_junk_bytes(c->parser);
        intake_frame(c, event, frame);
    }
    if (ho_mllp_inside(c->parser) && (ended || !was_inside))
        c->frame_began_us = c->last_byte_us;
    connection_recharge(c->gateway, &c->parser_charged, ho_mllp_held_bytes(c->parser));
    count_junk(c);
    update_pauses(c);
}

static ssize_t receive(struct connection *c)
{
    return c->tls ? ho_tls_read(c->tls, input, sizeof input) : recv(c->fd, input, sizeof input, 0);
}

// A record that has begun must become whole before the silence is too long, however its bytes trickle in.
static void note_record(struct connection *c)
{
    bool inside = c->tls && ho_tls_inside_record(c->tls);
    if (inside && !c->inside_record)
        c->last_byte_us = ho_monotonic_us();
    c->inside_record = inside;
    update_events(c);
}

static void read_in(struct connection *c)
{
    struct gateway *g = c->gateway;
    if (must_wait(c))
        return;
    ssize_t n = receive(c);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        note_record(c);
        return;
    }
    if (n < 0) {
        connection_close(c, CLOSED_ERROR);
        return;
    }
    if (n == 0) {
        pause_reading(c, PAUSED_END, true);
        close_when_done(c);
        return;
    }
    ho_metric_add(g->figures.received_bytes, (double)n);
    c->last_byte_us = ho_monotonic_us();
    c->inside_record = false;
    feed(c, ho_bytes_from(input, (size_t)n));
    if (c->junk_counted - c->junk_at_frame > MAX_JUNK_BYTES)
        connection_close(c, CLOSED_JUNK);
}

// ---- The handshake.

// Certificates come from outside, and what they say goes into a line of the log.
static void copy_for_log(struct ho_bytes name, char *out, size_t size)
{
    size_t n = name.n < size - 1 ? name.n : size - 1;
    for (size_t i = 0; i < n; i++)
        out[i] = name.p[i] > ' ' && name.p[i] < 0x7F && name.p[i] != '"' && name.p[i] != '\\' ? (char)name.p[i] : '?';
    out[n] = 0;
}

struct selection {
    struct connection *connection;
    char name[LOGGED_NAME_BYTES]; // the last that was tried
};

static bool try_name(void *context, struct ho_bytes name)
{
    struct selection *s = context;
    copy_for_log(name, s->name, sizeof s->name);
    s->connection->feed = ho_feed_of_certificate(s->connection->gateway->feeds, name);
    return s->connection->feed != NULL;
}

// The first name that a feed has.
static void select_feed(struct connection *c)
{
    struct selection s = {.connection = c};
    ho_tls_peer_names(c->tls, try_name, &s);
    ho_log(HO_DEBUG, "TLS connection taken", "peer=%s certificate=\"%s\" feed=\"%s\" version=%s", c->peer, s.name,
           c->feed ? c->feed->name : "", ho_tls_version(c->tls));
}

static void end_handshake(struct connection *c, int cause, const char *why)
{
    ho_log(cause == HO_TLS_CLOSED ? HO_DEBUG : HO_WARN, "TLS handshake failed", "peer=%s cause=%s text=\"%s\"", c->peer,
           handshake_words[cause], why);
    ho_metric_add(c->gateway->figures.handshakes_failed[cause], 1);
    connection_close(c, CLOSED_HANDSHAKE);
}

static void shake_hands(struct connection *c)
{
    switch (ho_tls_handshake(c->tls)) {
    case HO_TLS_FAILED:
        end_handshake(c, (int)ho_tls_failure(c->tls), ho_tls_failure_text(c->tls));
        return;
    case HO_TLS_DONE:
        c->shaking_hands = false;
        select_feed(c);
        break;
    case HO_TLS_WAITS:
        break;
    }
    update_events(c);
}

static void on_event(void *context, int events)
{
    struct connection *c = context;
    if (c->shaking_hands) {
        shake_hands(c);
        return;
    }
    if (events & HO_WRITABLE && !write_out(c))
        return;
    bool read = events & HO_READABLE || (c->tls && ho_tls_wants_write(c->tls));
    if (read && !c->paused)
        read_in(c);
    else if (events & HO_HANGUP)
        connection_close(c, CLOSED_BY_PEER);
}

// ---- The life of a connection.

static void set_option(int fd, int level, int option, int value)
{
    if (setsockopt(fd, level, option, &value, sizeof value))
        ho_log(HO_WARN, "socket option not set", "option=%d", option);
}

static void set_options(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS);
}

static void name_peer(int fd, char out[PEER_BYTES])
{
    struct sockaddr_storage address;
    socklen_t n = sizeof address;
    char host[INET6_ADDRSTRLEN], port[8];
    memset(&address, 0, sizeof address);
    if (getpeername(fd, (struct sockaddr *)&address, &n) ||
        getnameinfo((struct sockaddr *)&address, n, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV))
        snprintf(out, PEER_BYTES, "gone");
    else
        snprintf(out, PEER_BYTES, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

void connection_new(struct gateway *gateway, int fd, bool with_tls)
{
    struct connection *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    set_options(fd);
    name_peer(fd, c->peer);
    c->gateway = gateway;
    c->fd = fd;
    c->tls = with_tls ? tls_accept(gateway->tls, fd) : NULL;
    c->shaking_hands = with_tls;
    c->last_byte_us = ho_monotonic_us();
    c->parser = ho_mllp_new((size_t)gateway->settings.max_message_bytes);
    c->last_pending = &c->first_pending;
    c->events = HO_READABLE;
    c->watch = ho_loop_fd(gateway->loop, fd, c->events, on_event, c);
    c->next = gateway->connections;
    c->place = &gateway->connections;
    if (c->next)
        c->next->place = &c->next;
    gateway->connections = c;
    gateway->n_connections++;
    ho_metric_set(gateway->figures.connections, (double)gateway->n_connections);
    ho_log(HO_DEBUG, "connection taken", "peer=%s", c->peer);
}

static void check_time(struct connection *c, int64_t now)
{
    const struct settings *s = &c->gateway->settings;
    int64_t silent_us = c->paused ? 0 : now - c->last_byte_us;
    bool inside = ho_mllp_inside(c->parser);
    if (c->shaking_hands && silent_us > s->tls_handshake_seconds * 1000000)
        end_handshake(c, HANDSHAKE_TIMEOUT, "it took too long");
    else if ((inside || c->inside_record) && silent_us > s->silence_seconds * 1000000)
        connection_close(c, CLOSED_SILENCE);
    else if (inside && !(c->paused & PAUSED_FOR_KAFKA) && now - c->frame_began_us > s->frame_seconds * 1000000)
        connection_close(c, CLOSED_SLOW_FRAME);
}

void connections_tick(struct gateway *gateway)
{
    int64_t now = ho_monotonic_us();
    for (struct connection *c = gateway->connections, *next; c; c = next) {
        next = c->next;
        check_time(c, now);
    }
}

void connections_drain(struct gateway *gateway)
{
    for (struct connection *c = gateway->connections, *next; c; c = next) {
        next = c->next;
        pause_reading(c, PAUSED_STOPPING, true);
        close_when_done(c);
    }
}
