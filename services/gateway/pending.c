#include "pending.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gateway.h"
#include "handoff/mllp.h"

static struct ho_ack_request request_of(const struct pending *p)
{
    struct ho_ack_request request;
    ho_ack_inspect(ho_bytes_from(p->bytes, p->n), &request);
    return request;
}

// A sender that broke a frame off sends the message again: an answer to the first would be taken for the second's.
static void see_what_is_owed(struct pending *p)
{
    struct ho_ack_request request = request_of(p);
    struct ho_ack_decision stored, away;
    ho_ack_decide(&request, p->outcome, &stored);
    ho_ack_decide(&request, HO_ACK_BROKER_AWAY, &away);
    p->silent = p->event == HO_MLLP_BROKEN || (!stored.code && !away.code);
    p->unrefusable = p->event != HO_MLLP_BROKEN && away.must_close_at_shutdown;
}

static void keep_bytes(struct pending *p, struct ho_bytes bytes)
{
    uint8_t *copy = malloc(bytes.n + 1);
    if (!copy)
        abort();
    if (bytes.n)
        memcpy(copy, bytes.p, bytes.n);
    free(p->bytes);
    p->bytes = copy;
    p->n = bytes.n;
}

static void recharge(struct pending *p, size_t bytes)
{
    if (p->unrefusable)
        connection_recharge_unrefusable(p->gateway, &p->charged, bytes);
    else
        connection_recharge(p->gateway, &p->charged, bytes);
}

// One that may not be refused is charged for its record between two sendings as well: sending again takes no more.
static void charge(struct pending *p)
{
    recharge(p, sizeof *p + p->n + (p->unrefusable ? p->n : p->sent_bytes));
}

struct pending *pending_new(struct connection *connection, enum ho_mllp_event event, struct ho_bytes keep,
                            enum ho_ack_outcome outcome)
{
    struct pending *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->gateway = connection->gateway;
    p->connection = connection;
    p->feed = connection->feed;
    p->event = event;
    p->outcome = outcome;
    p->received_us = ho_monotonic_us();
    keep_bytes(p, keep);
    see_what_is_owed(p);
    connection->unrefusable = p->unrefusable;
    p->place = connection->last_pending;
    *p->place = p;
    connection->last_pending = &p->next;
    connection->n_pending++;
    charge(p);
    return p;
}

static void unlink_pending(struct pending *p)
{
    struct connection *c = p->connection;
    *p->place = p->next;
    if (p->next)
        p->next->place = p->place;
    else
        c->last_pending = p->place;
    c->n_pending--;
    c->n_held -= p->held;
    p->connection = NULL;
    p->next = NULL;
}

void pending_free(struct pending *pending)
{
    if (pending->connection)
        unlink_pending(pending);
    recharge(pending, 0);
    free(pending->bytes);
    free(pending);
}

void pending_on_its_way(struct pending *pending, size_t n)
{
    struct gateway *g = pending->gateway;
    bool was = pending->on_its_way;
    pending->on_its_way = n > 0;
    pending->sent_bytes = n;
    g->on_their_way += (size_t)pending->on_its_way - (size_t)was;
    if (!pending->unrefusable)
        g->to_be_freed += (size_t)pending->on_its_way - (size_t)was;
    ho_metric_set(g->figures.on_their_way, (double)g->on_their_way);
    charge(pending);
}

// ---- The answer.

static struct ho_bytes write_one(struct gateway *g, const struct ho_ack_request *request, enum ho_ack_outcome outcome,
                                 const char *code)
{
    char when[32], control_id[24];
    time_t now = (time_t)(ho_clock_us() / 1000000);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y%m%d%H%M%S+0000", &tm);
    // Twenty characters, all that old receivers take (HL7 v2.3 ST in MSH-10): the start in seconds, then a number.
    snprintf(control_id, sizeof control_id, "%08llx%012llx", (unsigned long long)(g->started_us / 1000000) & 0xFFFFFFFF,
             (unsigned long long)++g->answers & 0xFFFFFFFFFFFF);
    for (int i = 0; i < HO_ACK_CODES; i++)
        if (strcmp(code, ho_ack_codes[i]) == 0)
            ho_metric_add(g->figures.acknowledgements[i], 1);
    return ho_mllp_wrap(g->arena, ho_ack_write(g->arena, request, outcome, code, when, control_id));
}

static void make_answer(struct pending *p, enum ho_ack_outcome outcome)
{
    struct ho_ack_request request = request_of(p);
    struct ho_ack_decision decision;
    struct ho_bytes answers[2] = {{0}};
    ho_ack_decide(&request, outcome, &decision);
    if (decision.code)
        answers[0] = write_one(p->gateway, &request, outcome, decision.code);
    if (decision.application_ack)
        answers[1] = write_one(p->gateway, &request, outcome, "AA");
    uint8_t *both = ho_arena_alloc(p->gateway->arena, answers[0].n + answers[1].n);
    for (size_t i = 0, at = 0; i < 2; at += answers[i++].n)
        if (answers[i].n)
            memcpy(both + at, answers[i].p, answers[i].n);
    keep_bytes(p, ho_bytes_from(both, answers[0].n + answers[1].n));
}

void pending_answer(struct pending *pending, enum ho_ack_outcome outcome)
{
    struct connection *c = pending->connection;
    if (c)
        connection_mark_dirty(c); // its answers' turn has come, or it is to be read again
    if (!c || pending->silent) {
        pending_free(pending);
        return;
    }
    make_answer(pending, outcome);
    pending->answered = true;
    charge(pending);
}

void pending_flush(struct connection *connection)
{
    for (struct pending *p = connection->first_pending, *next; p; p = next) {
        next = p->next;
        if (p->answered) {
            connection_put(connection, ho_bytes_from(p->bytes, p->n));
            pending_free(p);
        } else if (!p->silent) {
            return;
        }
    }
}

// Those from here to the last are nobody's: what is on its way goes on alone.
static void abandon_from(struct connection *c, struct pending **place)
{
    for (struct pending *p = *place, *next; p; p = next) {
        next = p->next;
        c->n_pending--;
        c->n_held -= p->held;
        p->connection = NULL;
        p->next = NULL;
        if (p->answered)
            pending_free(p);
    }
    *place = NULL;
    c->last_pending = place;
}

void pending_abandon(struct connection *connection)
{
    abandon_from(connection, &connection->first_pending);
}

void pending_cut(struct pending *pending)
{
    abandon_from(pending->connection, pending->place);
}
