#include "handoff/platform/mllp_client.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handoff/ack.h"
#include "handoff/mllp.h"
#include "handoff/platform/config.h"
#include "handoff/platform/loop.h"
#include "handoff/platform/net.h"

enum { READ_BYTES = 64 << 10, MAX_ANSWER_BYTES = 1 << 20, FIRST_QUEUE = 64, MAX_UNASKED = 1 << 16, HOST_BYTES = 256 };

const char *const ho_ack_codes[HO_ACK_CODES] = {"AA", "AE", "AR", "CA", "CE", "CR"};

// A message on its way.
struct sent {
    uint64_t number;
    int64_t sent_us;
    uint8_t *control_id; // MSH-10
    size_t control_id_n;
    int due; // answers that success will bring: 0, 1 or 2
};

struct ho_mllp_client {
    struct ho_mllp_client_settings settings;
    int fd;
    struct ho_tls *tls; // NULL: plain
    struct ho_mllp *parser;
    struct ho_arena *arena; // of the answer in hand
    struct sent *queue;     // a ring: [head, head + n) modulo capacity
    size_t head, n, capacity;
    size_t awaited; // messages in the queue that are due an answer
    uint8_t *out;   // what the socket has not taken yet
    size_t out_at, out_n, out_capacity;
    struct ho_mllp_counts counts;
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

// ---- The queue of messages on their way.

static struct sent *queue_at(const struct ho_mllp_client *c, size_t i)
{
    return &c->queue[(c->head + i) % c->capacity];
}

static void queue_grow(struct ho_mllp_client *c)
{
    size_t capacity = c->capacity ? c->capacity * 2 : FIRST_QUEUE;
    struct sent *queue = must(calloc(capacity, sizeof *queue));
    for (size_t i = 0; i < c->n; i++)
        queue[i] = *queue_at(c, i);
    free(c->queue);
    c->queue = queue;
    c->head = 0;
    c->capacity = capacity;
}

static void queue_push(struct ho_mllp_client *c, struct ho_bytes control_id, int due)
{
    if (c->n == c->capacity)
        queue_grow(c);
    struct sent *s = queue_at(c, c->n++);
    *s = (struct sent){.number = c->counts.sent, .due = due, .control_id_n = control_id.n};
    s->control_id = must(malloc(control_id.n + 1));
    if (control_id.n)
        memcpy(s->control_id, control_id.p, control_id.n);
    c->awaited += due > 0;
}

static void queue_pop(struct ho_mllp_client *c)
{
    struct sent *s = queue_at(c, 0);
    free(s->control_id);
    c->awaited -= s->due > 0;
    c->head = (c->head + 1) % c->capacity;
    c->n--;
}

// ---- Answers.

static int code_index(struct ho_bytes code)
{
    for (int i = 0; i < HO_ACK_CODES; i++)
        if (ho_bytes_is(code, ho_ack_codes[i]))
            return i;
    return -1;
}

// The first message on its way with this control id; those before it that asked for nothing got it. NULL where the
// answer belongs to none, or to one behind a message that is still owed its own.
static struct sent *find_sent(struct ho_mllp_client *c, struct ho_bytes control_id)
{
    while (c->n) {
        struct sent *s = queue_at(c, 0);
        if (ho_bytes_equal(ho_bytes_from(s->control_id, s->control_id_n), control_id))
            return s;
        if (s->due)
            return NULL;
        c->counts.unasked++;
        queue_pop(c);
    }
    return NULL;
}

static enum ho_status take_answer(struct ho_mllp_client *c, struct ho_bytes frame, struct ho_error *error)
{
    struct ho_hl7_message message;
    ho_arena_reset(c->arena);
    if (!ho_hl7_parse(c->arena, frame, &message))
        return ho_fail(error, HO_RETRY, "%s: the answer is no HL7 message", c->settings.address);
    struct ho_bytes code = ho_hl7_at(&message, "MSA-1");
    int index = code_index(code);
    if (index < 0)
        return ho_fail(error, HO_RETRY, "%s: the answer has no known code in MSA-1", c->settings.address);
    struct sent *s = find_sent(c, ho_hl7_at(&message, "MSA-2"));
    if (!s)
        return ho_fail(error, HO_RETRY, "%s: an answer (%s) belongs to no message on its way, or comes out of order",
                       c->settings.address, ho_ack_codes[index]);
    struct ho_mllp_answer answer = {.number = s->number, .bytes = frame, .latency_us = ho_monotonic_us() - s->sent_us};
    memcpy(answer.code, ho_ack_codes[index], sizeof answer.code);
    c->counts.by_code[index]++;
    bool positive = answer.code[1] == 'A';
    if (s->due > 1 && positive)
        s->due--;
    else
        queue_pop(c);
    if (c->settings.answered)
        c->settings.answered(c->settings.context, &answer);
    return HO_OK;
}

static enum ho_status take_input(struct ho_mllp_client *c, struct ho_bytes input, struct ho_error *error)
{
    struct ho_bytes frame;
    enum ho_mllp_event event;
    while ((event = ho_mllp_next(c->parser, &input, &frame)) != HO_MLLP_MORE) {
        if (event != HO_MLLP_FRAME)
            return ho_fail(error, HO_RETRY, "%s: the answer is no whole frame", c->settings.address);
        enum ho_status status = take_answer(c, frame, error);
        if (status != HO_OK)
            return status;
    }
    return HO_OK;
}

// ---- The socket.

static enum ho_status lost(const struct ho_mllp_client *c, const char *why, struct ho_error *error)
{
    return ho_fail(error, HO_RETRY, "%s: %s; %zu messages await their answer", c->settings.address, why, c->awaited);
}

static enum ho_status broken(const struct ho_mllp_client *c, struct ho_error *error)
{
    return lost(c, c->tls && errno == EPROTO ? ho_tls_failure_text(c->tls) : strerror(errno), error);
}

static enum ho_status read_some(struct ho_mllp_client *c, struct ho_error *error)
{
    uint8_t buffer[READ_BYTES];
    ssize_t n = c->tls ? ho_tls_read(c->tls, buffer, sizeof buffer) : recv(c->fd, buffer, sizeof buffer, 0);
    if (n > 0)
        return take_input(c, ho_bytes_from(buffer, (size_t)n), error);
    if (n == 0)
        return lost(c, "the other side closed the connection", error);
    if (errno == EAGAIN || errno == EINTR)
        return HO_OK;
    return broken(c, error);
}

static enum ho_status write_some(struct ho_mllp_client *c, struct ho_error *error)
{
    while (c->out_at < c->out_n) {
        const uint8_t *next = c->out + c->out_at;
        size_t left = c->out_n - c->out_at;
        ssize_t n = c->tls ? ho_tls_write(c->tls, next, left) : send(c->fd, next, left, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? HO_OK : broken(c, error);
        c->out_at += (size_t)n;
    }
    c->out_at = c->out_n = 0;
    return HO_OK;
}

// Writes what waits and reads what comes, waiting once, up to `timeout_ms`.
static enum ho_status pump(struct ho_mllp_client *c, int64_t timeout_ms, struct ho_error *error)
{
    bool write = c->out_n || (c->tls && ho_tls_wants_write(c->tls));
    struct pollfd p = {.fd = c->fd, .events = (short)(POLLIN | (write ? POLLOUT : 0))};
    if (poll(&p, 1, (int)timeout_ms) < 0 && errno != EINTR)
        return lost(c, strerror(errno), error);
    enum ho_status status = p.revents & POLLOUT ? write_some(c, error) : HO_OK;
    if (status == HO_OK && (p.revents & (POLLIN | POLLHUP | POLLERR) || (write && c->tls)))
        status = read_some(c, error);
    return status;
}

// Pumps until at most `most` messages await answers and at most `most_out` bytes the socket.
static enum ho_status wait_for(struct ho_mllp_client *c, size_t most, size_t most_out, struct ho_error *error)
{
    int64_t deadline_us = ho_monotonic_us() + c->settings.answer_timeout_ms * 1000;
    while (c->awaited > most || c->out_n - c->out_at > most_out) {
        size_t before = c->awaited + c->out_n - c->out_at;
        int64_t left_ms = (deadline_us - ho_monotonic_us() + 999) / 1000;
        if (left_ms <= 0)
            return lost(c, "no answer in time", error);
        enum ho_status status = pump(c, left_ms, error);
        if (status != HO_OK)
            return status;
        if (c->awaited + c->out_n - c->out_at < before)
            deadline_us = ho_monotonic_us() + c->settings.answer_timeout_ms * 1000;
    }
    return HO_OK;
}

// ---- The client.

// The same certificate would be refused again.
static bool is_final(enum ho_tls_failure failure)
{
    return failure == HO_TLS_UNTRUSTED || failure == HO_TLS_EXPIRED || failure == HO_TLS_VERSION;
}

static enum ho_status shake_hands(struct ho_mllp_client *c, struct ho_error *error)
{
    int64_t deadline_us = ho_monotonic_us() + c->settings.connect_timeout_ms * 1000;
    enum ho_tls_progress progress;
    while ((progress = ho_tls_handshake(c->tls)) == HO_TLS_WAITS) {
        int64_t left_ms = (deadline_us - ho_monotonic_us() + 999) / 1000;
        struct pollfd p = {.fd = c->fd, .events = ho_tls_wants_write(c->tls) ? POLLOUT : POLLIN};
        if (left_ms <= 0)
            return lost(c, "no TLS handshake in time", error);
        if (poll(&p, 1, (int)left_ms) < 0 && errno != EINTR)
            return lost(c, strerror(errno), error);
    }
    if (progress == HO_TLS_DONE)
        return HO_OK;
    return ho_fail(error, is_final(ho_tls_failure(c->tls)) ? HO_REJECT : HO_RETRY, "%s: no TLS: %s",
                   c->settings.address, ho_tls_failure_text(c->tls));
}

static enum ho_status open_tls(struct ho_mllp_client *c, struct ho_error *error)
{
    char host[HOST_BYTES];
    uint16_t port;
    if (!c->settings.tls)
        return HO_OK;
    if (!ho_address_split(c->settings.address, host, sizeof host, &port))
        return ho_fail(error, HO_REJECT, "'%s' is no address: give host:port", c->settings.address);
    c->tls = ho_tls_connect(c->settings.tls, c->fd, host);
    return shake_hands(c, error);
}

enum ho_status ho_mllp_client_open(const struct ho_mllp_client_settings *settings, struct ho_mllp_client **out,
                                   struct ho_error *error)
{
    assert(settings->window >= 1);
    int fd;
    enum ho_status status = ho_tcp_connect(settings->address, settings->connect_timeout_ms, &fd, error);
    if (status != HO_OK)
        return status;
    struct ho_mllp_client *c = must(calloc(1, sizeof *c));
    c->settings = *settings;
    c->fd = fd;
    c->parser = ho_mllp_new(MAX_ANSWER_BYTES);
    c->arena = ho_arena_new(4096);
    status = open_tls(c, error);
    if (status != HO_OK)
        ho_mllp_client_close(c);
    else
        *out = c;
    return status;
}

void ho_mllp_client_close(struct ho_mllp_client *client)
{
    if (!client)
        return;
    while (client->n)
        queue_pop(client);
    ho_tls_free(client->tls);
    close(client->fd);
    ho_mllp_free(client->parser);
    ho_arena_free(client->arena);
    free(client->queue);
    free(client->out);
    free(client);
}

static void put_out(struct ho_mllp_client *c, const void *p, size_t n)
{
    if (c->out_at) {
        memmove(c->out, c->out + c->out_at, c->out_n - c->out_at);
        c->out_n -= c->out_at;
        c->out_at = 0;
    }
    if (c->out_n + n > c->out_capacity) {
        c->out_capacity = c->out_capacity * 2 + n;
        c->out = must(realloc(c->out, c->out_capacity));
    }
    memcpy(c->out + c->out_n, p, n);
    c->out_n += n;
}

// How many answers the message asks for when it is stored.
static int answers_due(const struct ho_ack_request *request)
{
    struct ho_ack_decision decision;
    ho_ack_decide(request, ho_ack_outcome_of(request), &decision);
    return (decision.code != NULL) + decision.application_ack;
}

enum ho_status ho_mllp_client_send(struct ho_mllp_client *client, struct ho_bytes message, struct ho_error *error)
{
    enum ho_status status = wait_for(client, (size_t)client->settings.window - 1, READ_BYTES, error);
    if (status != HO_OK)
        return status;
    struct ho_ack_request request;
    ho_ack_inspect(message, &request);
    if (client->n - client->awaited >= MAX_UNASKED && queue_at(client, 0)->due == 0) {
        client->counts.unasked++;
        queue_pop(client);
    }
    queue_push(client, request.control_id, answers_due(&request));
    client->counts.sent++;
    put_out(client, "\x0B", 1);
    if (message.n)
        put_out(client, message.p, message.n);
    put_out(client, "\x1C\r", 2);
    status = write_some(client, error);
    queue_at(client, client->n - 1)->sent_us = ho_monotonic_us();
    return status;
}

enum ho_status ho_mllp_client_poll(struct ho_mllp_client *client, int64_t timeout_ms, struct ho_error *error)
{
    int64_t deadline_us = ho_monotonic_us() + timeout_ms * 1000, left_ms;
    enum ho_status status;
    do {
        left_ms = (deadline_us - ho_monotonic_us() + 999) / 1000;
        status = pump(client, left_ms > 0 ? left_ms : 0, error);
    } while (status == HO_OK && left_ms > 0);
    return status;
}

enum ho_status ho_mllp_client_finish(struct ho_mllp_client *client, struct ho_error *error)
{
    enum ho_status status = wait_for(client, 0, 0, error);
    while (status == HO_OK && client->n) {
        client->counts.unasked++;
        queue_pop(client);
    }
    return status;
}

const struct ho_mllp_counts *ho_mllp_client_counts(const struct ho_mllp_client *client)
{
    return &client->counts;
}

uint64_t ho_mllp_client_first_on_its_way(const struct ho_mllp_client *client)
{
    return client->n ? queue_at(client, 0)->number : client->counts.sent;
}

uint64_t ho_mllp_client_first_unanswered(const struct ho_mllp_client *client)
{
    for (size_t i = 0; i < client->n; i++)
        if (queue_at(client, i)->due)
            return queue_at(client, i)->number;
    return client->counts.sent;
}
