#include "intake.h"

#include <stdio.h>
#include <sys/random.h>

#include "gateway.h"
#include "handoff/digest.h"
#include "handoff/platform/log.h"
#include "pending.h"

enum {
    MAX_REJECTED_BYTES = 64 << 10, // of a message that is too long: so much goes to adt.rejected
    MAX_HEADERS = 10,
    RANDOM_BYTES = 24,
    DRAWS = 10, // at once; 256 bytes come whole or not at all (getrandom(2))
    TRACEPARENT_BYTES = 2 + 1 + 32 + 1 + 16 + 1 + 2 + 1
};

// A frame as it is judged by its header and framing.
struct verdict {
    struct ho_ack_request request;
    const struct ho_feed *feed;
    enum ho_ack_outcome outcome; // once it is stored
    enum ho_ack_keep keep;
    bool rejected; // none of ours, whatever its feed makes of it
    enum reject_reason reason;
};

static enum reject_reason reason_of_fault(enum ho_ack_fault fault)
{
    switch (fault) {
    case HO_ACK_FAULT_NO_CONTROL_ID:
        return REJECTED_NO_CONTROL_ID;
    case HO_ACK_FAULT_MESSAGE_TYPE:
        return REJECTED_MESSAGE_TYPE;
    case HO_ACK_FAULT_PROCESSING_ID:
        return REJECTED_PROCESSING_ID;
    case HO_ACK_FAULT_VERSION:
        return REJECTED_VERSION;
    default:
        return REJECTED_NO_MSH;
    }
}

// That of the client certificate, where there is one; else the sender's.
static const struct ho_feed *feed_of(const struct gateway *g, const struct ho_feed *certified,
                                     const struct ho_ack_request *request)
{
    return certified ? certified
                     : ho_feed_of_sender(g->feeds, &request->delimiters, request->sending_application,
                                         request->sending_facility);
}

static void judge(const struct gateway *g, const struct ho_feed *certified, enum ho_mllp_event event,
                  struct ho_bytes frame, struct verdict *v)
{
    struct ho_ack_decision decision;
    ho_ack_inspect(frame, &v->request);
    v->feed = feed_of(g, certified, &v->request);
    enum ho_ack_outcome told = event == HO_MLLP_OVERSIZE ? HO_ACK_TOO_LONG
                               : event == HO_MLLP_BROKEN ? HO_ACK_UNREADABLE
                                                         : ho_ack_outcome_of(&v->request);
    v->outcome = ho_ack_treat(told, v->feed->other_messages);
    ho_ack_decide(&v->request, v->outcome, &decision);
    v->keep = frame.n ? decision.keep : HO_KEEP_NONE;
    v->rejected = told != HO_ACK_STORED;
    v->reason = event == HO_MLLP_OVERSIZE ? REJECTED_TOO_LONG
                : event == HO_MLLP_BROKEN ? REJECTED_BROKEN_FRAME
                                          : reason_of_fault(v->request.fault);
}

// A feed that names a certificate is its holder's alone: nobody else's message is taken as its.
static void judge_sender(struct connection *c, struct verdict *v)
{
    if (c->feed || !v->feed->certificate || (v->keep == HO_KEEP_NONE && v->outcome != HO_ACK_NOT_KEPT))
        return;
    v->outcome = HO_ACK_NOT_ALLOWED;
    v->keep = HO_KEEP_NONE;
    v->rejected = true;
    v->reason = REJECTED_CERTIFICATE;
    if (!c->told_certificate)
        ho_log(HO_WARN, "messages refused: their feed asks for its client certificate", "peer=%s feed=\"%s\"", c->peer,
               v->feed->name);
    c->told_certificate = true;
}

// ---- Records.

// Of several draws at once, for each costs a call of the system.
static const uint8_t *draw(void)
{
    static uint8_t pool[DRAWS * RANDOM_BYTES];
    static size_t left;
    if (!left) {
        if (getrandom(pool, sizeof pool, 0) != (ssize_t)sizeof pool)
            memset(pool, 1, sizeof pool); // valid all the same; never seen before a machine has booted
        left = DRAWS;
    }
    return pool + --left * RANDOM_BYTES;
}

// Version 00, sampled, all at random (W3C Trace Context 3.2).
static void write_traceparent(char out[TRACEPARENT_BYTES])
{
    char hex[2 * RANDOM_BYTES + 1];
    ho_hex(draw(), RANDOM_BYTES, hex);
    snprintf(out, TRACEPARENT_BYTES, "00-%.32s-%.16s-01", hex, hex + 32);
}

struct headers {
    struct ho_kafka_header items[MAX_HEADERS];
    size_t n;
};

static void add_header(struct headers *headers, const char *name, const char *value)
{
    headers->items[headers->n++] = (struct ho_kafka_header){name, ho_bytes_of(value)};
}

static void add_event_headers(struct gateway *g, struct headers *headers, const struct ho_feed *feed,
                              struct ho_bytes message)
{
    uint8_t id[HO_ID_BYTES];
    char *hex = ho_arena_alloc(g->arena, 2 * HO_ID_BYTES + 1);
    char *time = ho_arena_alloc(g->arena, HO_TIME_TEXT_BYTES), *trace = ho_arena_alloc(g->arena, TRACEPARENT_BYTES);
    ho_adt_event_id(ho_bytes_of(feed->name), message, id);
    ho_hex(id, sizeof id, hex);
    write_traceparent(trace);
    add_header(headers, "ce_specversion", "1.0");
    add_header(headers, "ce_id", hex);
    add_header(headers, "ce_type", "org.hl7.v2.adt");
    add_header(headers, "ce_source", feed->name);
    add_header(headers, "ce_time", ho_time_format(ho_clock_us(), NULL, time));
    add_header(headers, "content-type", "application/hl7-v2+er7");
    add_header(headers, "traceparent", trace);
}

// What cannot be read has no key.
static struct ho_bytes key_of(struct gateway *g, const struct verdict *v, struct ho_bytes message)
{
    struct ho_hl7_message parsed;
    if (v->keep != HO_KEEP_INBOUND || !ho_hl7_parse(g->arena, message, &parsed))
        return (struct ho_bytes){0};
    return ho_adt_key(g->arena, &parsed, v->feed);
}

static void on_delivered(void *context, const struct ho_report *report);

static enum ho_status send_record(struct pending *p, const struct verdict *v, struct ho_bytes message,
                                  struct ho_error *error)
{
    struct gateway *g = p->gateway;
    struct ho_kafka_record record = {.topic = v->keep == HO_KEEP_INBOUND ? "adt.inbound" : "adt.rejected"};
    struct headers headers = {.n = 0};
    record.key = key_of(g, v, message);
    add_event_headers(g, &headers, v->feed, message);
    if (v->keep == HO_KEEP_REJECTED) {
        add_header(&headers, "ho_reason", reject_words[v->reason]);
        add_header(&headers, "ho_place", reject_places[v->reason]);
    }
    record.value = message;
    record.headers = headers.items;
    record.n_headers = headers.n;
    return ho_producer_send(g->producer, &record, on_delivered, p, error);
}

// ---- What becomes of it.

static void hold(struct pending *p)
{
    struct gateway *g = p->gateway;
    p->next_held = g->held;
    g->held = p;
    if (p->held)
        return; // it was sent again in vain
    p->held = true;
    ho_metric_add(g->figures.held, 1);
    if (p->connection) {
        p->connection->n_held++;
        connection_set_held(p->connection);
    }
}

static void release(struct pending *p)
{
    p->held = false;
    ho_metric_add(p->gateway->figures.held, -1);
    if (p->connection) {
        p->connection->n_held--;
        connection_set_held(p->connection);
    }
}

// Kafka has it, or never will.
static void settle(struct pending *p, enum ho_ack_outcome outcome)
{
    if (p->held)
        release(p);
    pending_answer(p, outcome);
}

// Some engines take a negative answer for the end of a message, and send again only what was never answered.
static void cut_off(struct pending *p)
{
    struct connection *c = p->connection;
    pending_cut(p);
    pending_free(p);
    connection_end(c);
}

// Kafka did not take it: the sender is told so that it sends again, or where that is forbidden it is kept here.
static void refuse(struct pending *p)
{
    struct ho_ack_request request;
    struct ho_ack_decision decision;
    ho_ack_inspect(ho_bytes_from(p->bytes, p->n), &request);
    ho_ack_decide(&request, HO_ACK_BROKER_AWAY, &decision);
    if (decision.must_close_at_shutdown && p->event != HO_MLLP_BROKEN)
        hold(p);
    else if (p->connection && decision.code && feed_of(p->gateway, p->feed, &request)->broker_away == HO_AWAY_CLOSE)
        cut_off(p);
    else
        pending_answer(p, HO_ACK_BROKER_AWAY);
}

static struct ho_bytes beginning_of(struct ho_bytes message)
{
    return ho_bytes_from(message.p, message.n < MAX_REJECTED_BYTES ? message.n : MAX_REJECTED_BYTES);
}

// A record that its topic never takes: from now on it is a message over the gateway's own limit. What was one already,
// or broken off, has come to its end; false.
static bool make_too_long(struct pending *p, struct ho_bytes beginning, struct verdict *v)
{
    struct gateway *g = p->gateway;
    if (p->event != HO_MLLP_FRAME)
        return false;
    p->event = HO_MLLP_OVERSIZE;
    judge(g, p->feed, p->event, beginning, v);
    p->outcome = v->outcome;
    figures_reject(&g->figures, v->feed, v->reason);
    return true;
}

static void store(struct pending *p, const struct verdict *v, struct ho_bytes message)
{
    struct ho_error error;
    struct verdict too_long;
    enum ho_status status = send_record(p, v, message, &error);
    if (status == HO_REJECT && make_too_long(p, beginning_of(message), &too_long)) {
        message = beginning_of(message);
        status = send_record(p, &too_long, message, &error);
    }
    if (status == HO_OK)
        pending_on_its_way(p, message.n);
    else if (status == HO_REJECT)
        settle(p, p->outcome);
    else
        refuse(p);
}

// The broker's word, which no repetition changes: neither the sender's nor ours.
static void refuse_for_good(struct pending *p, struct ho_bytes message)
{
    struct verdict v;
    p->gateway->figures.over_topic_limit_untold++;
    if (make_too_long(p, beginning_of(message), &v))
        store(p, &v, beginning_of(message));
    else
        settle(p, p->outcome);
}

static void on_delivered(void *context, const struct ho_report *report)
{
    struct pending *p = context;
    struct gateway *g = p->gateway;
    ho_arena_reset(g->arena);
    pending_on_its_way(p, 0);
    ho_watch_arm(g->flush, 0);
    if (report->too_large) {
        refuse_for_good(p, report->value);
        return;
    }
    if (report->error_text) {
        ho_metric_add(g->figures.delivery_failures, 1);
        refuse(p);
        return;
    }
    ho_metric_observe(g->figures.delivery_seconds, (double)(ho_monotonic_us() - p->received_us) / 1e6);
    if (p->outcome == HO_ACK_STORED)
        statement_note(&g->statement, report->partition, report->offset);
    settle(p, p->outcome);
}

// The part of the frame that the answer needs: all of it where it may have to be sent again.
static struct ho_bytes bytes_to_keep(const struct verdict *v, struct ho_bytes frame)
{
    struct ho_ack_decision away;
    struct ho_hl7_delimiters delimiters;
    struct ho_bytes msh;
    ho_ack_decide(&v->request, HO_ACK_BROKER_AWAY, &away);
    if (v->keep != HO_KEEP_NONE && away.must_close_at_shutdown)
        return frame;
    return ho_hl7_header(frame, &delimiters, &msh) ? msh : (struct ho_bytes){0};
}

void intake_frame(struct connection *connection, enum ho_mllp_event event, struct ho_bytes frame)
{
    struct gateway *g = connection->gateway;
    struct verdict v;
    if (connection->cut_off)
        return; // its sender waits for the end
    ho_arena_reset(g->arena);
    judge(g, connection->feed, event, frame, &v);
    judge_sender(connection, &v);
    if (v.rejected)
        figures_reject(&g->figures, v.feed, v.reason);
    if (event == HO_MLLP_OVERSIZE)
        frame = beginning_of(frame);
    struct pending *p = pending_new(connection, event, bytes_to_keep(&v, frame), v.outcome);
    if (v.keep == HO_KEEP_NONE)
        pending_answer(p, v.outcome);
    else
        store(p, &v, frame);
}

void intake_retry(struct gateway *gateway)
{
    struct pending *held = gateway->held;
    gateway->held = NULL;
    while (held && !gateway->held) { // until one is held again at once: Kafka's client takes no more now
        struct verdict v;
        struct pending *p = held;
        held = p->next_held;
        struct ho_bytes message = ho_bytes_from(p->bytes, p->n);
        if (p->event == HO_MLLP_OVERSIZE)
            message = beginning_of(message);
        ho_arena_reset(gateway->arena);
        judge(gateway, p->feed, p->event, message, &v);
        store(p, &v, message);
    }
    struct pending **last = &held; // that one goes behind the others, for it may be the only one
    while (*last)
        last = &(*last)->next_held;
    *last = gateway->held;
    gateway->held = held;
}
