// Over MLLP as a hospital's engine sends: a message that got no answer is sent again, over a new connection.
#include "send.h"

#include "command.h"

#include "handoff/hl7.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONNECT_TIMEOUT_MS = 5000, ANSWER_TIMEOUT_MS = 30000, PAUSE_MS = 200 };

struct message {
    struct message *next;
    struct ho_send_place place;
    uint8_t *bytes; // NULL: never to be sent again
    size_t n;
};

struct ho_send_mllp {
    struct ho_send_mllp_settings own;
    struct ho_mllp_client_settings settings;
    struct ho_mllp_client *client;
    struct message *first, **last; // on their way, also those that want no answer: a refusal may still come
    struct message *unanswered;    // the first of them that is owed an answer, and is sent again without
    uint64_t forgotten, answered;  // of this connection: taken off the list; before `unanswered`
    struct ho_send_counts counts;  // of connections that are gone
    long long lost_since_ms;       // when a connection was lost and no answer has come since; 0 never
    uint64_t lost_at;              // how many answers there were then
};

static void add_counts(struct ho_send_counts *sum, const struct ho_mllp_counts *counts, uint64_t unanswered)
{
    sum->sent += counts->sent - unanswered; // what is sent again counts once
    sum->unasked += counts->unasked;
    sum->good += counts->unasked;
    for (int i = 0; i < HO_ACK_CODES; i++) {
        sum->by_code[i] += counts->by_code[i];
        *(i == HO_ACK_AA || i == HO_ACK_CA ? &sum->good : &sum->bad) += counts->by_code[i];
    }
}

static uint64_t n_unanswered(const struct ho_send_mllp *s)
{
    return ho_mllp_client_counts(s->client)->sent - ho_mllp_client_first_unanswered(s->client);
}

static void forget_first(struct ho_send_mllp *s)
{
    struct message *message = s->first;
    s->first = message->next;
    if (!s->first)
        s->last = &s->first;
    free(message->bytes);
    free(message);
}

static void forget_answered(struct ho_send_mllp *s)
{
    uint64_t on_its_way = ho_mllp_client_first_on_its_way(s->client);
    uint64_t answered = ho_mllp_client_first_unanswered(s->client);
    for (; s->answered < answered; s->answered++) {
        free(s->unanswered->bytes);
        s->unanswered->bytes = NULL;
        s->unanswered = s->unanswered->next;
    }
    for (; s->forgotten < on_its_way; s->forgotten++)
        forget_first(s);
}

// Table 0357 has numbers of three digits. What else stands there may be anything.
static void read_condition(struct ho_bytes answer, char out[4])
{
    struct ho_hl7_message parsed;
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_bytes text = {0};
    if (ho_hl7_parse(arena, answer, &parsed))
        text = ho_hl7_at(&parsed, "ERR-3.1");
    bool number = text.n == 3;
    for (size_t i = 0; number && i < text.n; i++)
        number = text.p[i] >= '0' && text.p[i] <= '9';
    snprintf(out, 4, "%.*s", number ? 3 : 0, (const char *)text.p);
    ho_arena_free(arena);
}

static void on_answered(void *context, const struct ho_mllp_answer *answer)
{
    struct ho_send_mllp *s = context;
    if (answer->code[1] == 'A')
        return;
    const struct message *message = s->first;
    for (uint64_t number = s->forgotten; number < answer->number; number++)
        message = message->next;
    char condition[4];
    read_condition(answer->bytes, condition);
    s->own.refused(s->own.context, &message->place, answer->code, condition);
}

static void keep(struct ho_send_mllp *s, struct ho_bytes bytes, const struct ho_send_place *place)
{
    struct message *message = calloc(1, sizeof *message);
    uint8_t *copy = malloc(bytes.n + 1);
    if (!message || !copy)
        abort();
    if (bytes.n)
        memcpy(copy, bytes.p, bytes.n);
    *message = (struct message){.place = *place, .bytes = copy, .n = bytes.n};
    *s->last = message;
    s->last = &message->next;
    if (!s->unanswered)
        s->unanswered = message;
}

static void drop_connection(struct ho_send_mllp *s)
{
    if (!s->client)
        return;
    forget_answered(s);
    while (s->first != s->unanswered)
        forget_first(s);
    add_counts(&s->counts, ho_mllp_client_counts(s->client), n_unanswered(s));
    ho_mllp_client_close(s->client);
    s->client = NULL;
    s->forgotten = s->answered = 0;
}

// A new connection, and what is unanswered sent over it. There was one before, so whatever is wrong now may pass.
static enum ho_status send_again(struct ho_send_mllp *s, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    if (ho_mllp_client_open(&s->settings, &s->client, error) != HO_OK)
        return HO_RETRY;
    for (const struct message *m = s->first; status == HO_OK && m; m = m->next)
        status = ho_mllp_client_send(s->client, ho_bytes_from(m->bytes, m->n), error);
    return status;
}

// Patience begins anew with each answer, not with each connection: one that is taken and closed again is no progress.
static bool has_patience(struct ho_send_mllp *s)
{
    uint64_t answers = s->counts.good + s->counts.bad;
    long long now_ms = ho_ctl_now_ms();
    if (!s->lost_since_ms || answers > s->lost_at) {
        s->lost_since_ms = now_ms;
        s->lost_at = answers;
    }
    return now_ms - s->lost_since_ms < s->own.patience_ms;
}

// Until it works, or patience ends. `status` is what the connection said last.
static enum ho_status recover(struct ho_send_mllp *s, enum ho_status status, struct ho_error *error)
{
    while (status == HO_RETRY) {
        drop_connection(s);
        if (!has_patience(s))
            break;
        ho_ctl_pause_ms(PAUSE_MS);
        status = send_again(s, error);
    }
    return status;
}

enum ho_status ho_send_mllp_open(const struct ho_send_mllp_settings *settings, struct ho_send_mllp **out,
                                 struct ho_error *error)
{
    struct ho_send_mllp *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->own = *settings;
    s->settings = (struct ho_mllp_client_settings){
        .address = settings->address,
        .tls = settings->tls,
        .window = settings->window,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .answer_timeout_ms = ANSWER_TIMEOUT_MS,
        .answered = on_answered,
        .context = s,
    };
    s->last = &s->first;
    *out = s;
    return ho_mllp_client_open(&s->settings, &s->client, error);
}

enum ho_status ho_send_mllp_put(struct ho_send_mllp *s, struct ho_bytes message, const struct ho_send_place *place,
                                struct ho_error *error)
{
    enum ho_status status = ho_mllp_client_send(s->client, message, error);
    keep(s, message, place);
    status = recover(s, status, error);
    if (status == HO_OK)
        forget_answered(s);
    return status;
}

enum ho_status ho_send_mllp_poll(struct ho_send_mllp *s, int64_t timeout_ms, struct ho_error *error)
{
    return recover(s, ho_mllp_client_poll(s->client, timeout_ms, error), error);
}

enum ho_status ho_send_mllp_finish(struct ho_send_mllp *s, struct ho_error *error)
{
    enum ho_status status;
    do
        status = recover(s, ho_mllp_client_finish(s->client, error), error);
    while (status == HO_OK && n_unanswered(s) > 0);
    return status;
}

void ho_send_mllp_counts(const struct ho_send_mllp *s, struct ho_send_counts *out)
{
    *out = s->counts;
    if (s->client)
        add_counts(out, ho_mllp_client_counts(s->client), 0);
}

void ho_send_mllp_free(struct ho_send_mllp *s)
{
    if (!s)
        return;
    ho_mllp_client_close(s->client);
    while (s->first)
        forget_first(s);
    free(s);
}
