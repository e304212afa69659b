#include "sender.h"

#include "mail.h"

#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"
#include "handoff/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    POLL_MS = 1000,
    LEASE_REST_MS = 30000,
    RENEW_EVERY_US = 10000000,
    CONNECT_TIMEOUT_MS = 10000,
    OLDEST_EVERY_US = 5000000,
    RETRY_FACTOR = 4
};

enum counted { SENT, RETRIED, AMBIGUOUS, FAILED, NOT_WANTED, COUNTED };

struct underway {
    struct ho_sender *sender; // NULL: the place is free
    int64_t id, attempts;
    enum ho_channel channel;
};

struct ho_sender {
    struct ho_sender_settings settings;
    struct ho_pg *pg;
    struct ho_http_client *client;
    struct ho_watch *timer;
    struct underway *underway; // at_once places a channel
    int64_t n_underway[HO_CHANNELS];
    struct ho_outcome *outcomes; // not written yet; with those under way as many at most
    size_t n_outcomes;
    int64_t oldest_read_us, renewed_us;
    bool ready, draining;
    void (*drained)(void *context);
    void *drained_context;
    struct ho_metric *metrics[HO_CHANNELS][COUNTED], *oldest;
};

// ---- One attempt -----------------------------------------------------------------------------------

static int64_t retry_after(const struct ho_sender_settings *settings, int64_t attempts)
{
    int64_t after = settings->retry_first_ms;
    for (int64_t i = 1; i < attempts && after < settings->retry_most_ms; i++)
        after *= RETRY_FACTOR;
    return after < settings->retry_most_ms ? after : settings->retry_most_ms;
}

static void count_outcome(struct ho_sender *sender, const struct ho_outcome *o)
{
    struct ho_metric **metrics = sender->metrics[o->channel];
    if (o->sent == HO_SENT_UNKNOWN)
        ho_metric_add(metrics[AMBIGUOUS], 1);
    ho_metric_add(metrics[o->sent == HO_SENT ? SENT : o->last ? FAILED : RETRIED], 1);
}

static void log_outcome(const struct ho_outcome *o)
{
    static const char *const channels[HO_CHANNELS] = {"email", "webhook"};
    if (o->sent == HO_SENT)
        ho_log(HO_DEBUG, "delivered", "delivery=%" PRId64 " channel=%s attempt=%" PRId64, o->id, channels[o->channel],
               o->attempts);
    else if (o->last)
        ho_log(HO_ERROR, "a delivery failed for good",
               "delivery=%" PRId64 " channel=%s attempts=%" PRId64 " reason=\"%s\"", o->id, channels[o->channel],
               o->attempts, o->text);
    else
        ho_log(HO_WARN,
               o->sent == HO_SENT_UNKNOWN ? "nobody knows whether a delivery arrived; it is repeated under the same id"
                                          : "a delivery did not succeed and will be tried again",
               "delivery=%" PRId64 " channel=%s attempt=%" PRId64 " retry_ms=%" PRId64 " reason=\"%s\"", o->id,
               channels[o->channel], o->attempts, o->retry_after_ms, o->text);
}

static void on_sent(void *context, const struct ho_sent_report *report)
{
    struct underway *u = context;
    struct ho_sender *sender = u->sender;
    struct ho_outcome *o = &sender->outcomes[sender->n_outcomes++];
    *o = (struct ho_outcome){.id = u->id, .attempts = u->attempts, .channel = u->channel, .sent = report->outcome};
    o->last = o->sent == HO_SENT_REFUSED || (o->sent != HO_SENT && u->attempts >= sender->settings.attempts_max);
    o->retry_after_ms = o->sent == HO_SENT || o->last ? 0 : retry_after(&sender->settings, u->attempts);
    snprintf(o->text, sizeof o->text, "%s", report->text);
    count_outcome(sender, o);
    log_outcome(o);
    sender->n_underway[u->channel]--;
    u->sender = NULL;
    ho_watch_arm(sender->timer, 0);
}

static enum ho_status start_mail(struct ho_sender *sender, struct ho_arena *arena, const struct ho_delivery *d,
                                 struct underway *u, struct ho_error *error)
{
    const struct ho_sender_settings *settings = &sender->settings;
    const struct ho_mail_facts facts = {
        .reader = d->reader,
        .from = settings->mail.from,
        .to = d->recipient,
        .message_id = d->message_id,
        .queue_url = settings->mail.queue_url,
        .correction = d->notice->correction,
        .reminder = d->notice->task[0] != '\0',
        .due = d->notice->due,
        .now = ho_clock_us(),
    };
    const struct ho_mail mail = {
        .server = settings->mail.server,
        .tls_required = settings->mail.tls_required,
        .user = settings->mail.user,
        .password = settings->mail.password,
        .from = settings->mail.from,
        .to = d->recipient,
        .message = ho_mail_write(arena, &facts),
    };
    if (!ho_mail_address_valid(d->recipient))
        return ho_fail(error, HO_REJECT, "the recipient is no e-mail address");
    return ho_http_client_mail(sender->client, &mail, on_sent, u, error);
}

static enum ho_status start_post(struct ho_sender *sender, struct ho_arena *arena, const struct ho_delivery *d,
                                 struct underway *u, struct ho_error *error)
{
    const struct ho_sender_settings *settings = &sender->settings;
    struct ho_bytes body = ho_webhook_body(arena, d->notice);
    int64_t now_s = ho_clock_us() / 1000000;
    const struct ho_post post = {
        .url = settings->webhook.url,
        .headers = {"content-type: application/json", ho_arena_printf(arena, "webhook-id: %s", d->message_id),
                    ho_arena_printf(arena, "webhook-timestamp: %" PRId64, now_s),
                    ho_arena_printf(arena, "webhook-signature: %s",
                                    ho_webhook_sign(arena, &settings->webhook.secret, d->message_id, now_s, body))},
        .body = body,
    };
    if (strcmp(settings->webhook.host, d->recipient) != 0)
        return ho_fail(error, HO_RETRY, "no webhook is set for this host");
    return ho_http_client_post(sender->client, &post, on_sent, u, error);
}

static void start(struct ho_sender *sender, struct ho_arena *arena, const struct ho_delivery *d)
{
    struct ho_error error = {0};
    enum ho_status status;
    struct underway *u = sender->underway;
    while (u->sender)
        u++;
    *u = (struct underway){sender, d->id, d->attempts, d->channel};
    sender->n_underway[d->channel]++;
    if (d->channel == HO_CHANNEL_EMAIL && !*sender->settings.mail.server)
        status = ho_fail(&error, HO_RETRY, "no mail server is set");
    else if (d->channel == HO_CHANNEL_EMAIL)
        status = start_mail(sender, arena, d, u, &error);
    else
        status = start_post(sender, arena, d, u, &error);
    if (status == HO_OK)
        return;
    struct ho_sent_report report = {.outcome = status == HO_REJECT ? HO_SENT_REFUSED : HO_SENT_NOT};
    snprintf(report.text, sizeof report.text, "%.159s", error.text);
    on_sent(u, &report);
}

// ---- A turn ----------------------------------------------------------------------------------------

static void set_ready(struct ho_sender *sender, bool ready)
{
    if (ready == sender->ready)
        return;
    sender->ready = ready;
    sender->settings.ready(sender->settings.context, ready);
}

static enum ho_status write_outcomes(struct ho_sender *sender, struct ho_arena *arena, struct ho_error *error)
{
    if (!sender->n_outcomes)
        return HO_OK;
    enum ho_status status = ho_deliveries_settle(sender->pg, arena, sender->outcomes, sender->n_outcomes, error);
    if (status == HO_OK)
        sender->n_outcomes = 0;
    return status;
}

static void count_taken(struct ho_sender *sender, const struct ho_taken *taken)
{
    for (int c = 0; c < HO_CHANNELS; c++) {
        ho_metric_add(sender->metrics[c][NOT_WANTED], (double)taken->not_wanted[c]);
        ho_metric_add(sender->metrics[c][AMBIGUOUS], (double)taken->cut_off[c]);
    }
}

static int64_t lease_ms(const struct ho_sender *sender)
{
    return sender->settings.timeout_ms + LEASE_REST_MS;
}

// A mail server may take longer over its answer than a lease lasts, and a crash must not cost as long.
static enum ho_status renew_leases(struct ho_sender *sender, struct ho_arena *arena, struct ho_error *error)
{
    int64_t now = ho_monotonic_us(), places = sender->settings.at_once * HO_CHANNELS;
    size_t n = 0;
    if (now - sender->renewed_us < RENEW_EVERY_US)
        return HO_OK;
    struct ho_attempt *attempts = ho_arena_array(arena, (size_t)places, sizeof *attempts);
    for (int64_t i = 0; i < places; i++)
        if (sender->underway[i].sender)
            attempts[n++] = (struct ho_attempt){sender->underway[i].id, sender->underway[i].attempts};
    enum ho_status status = n ? ho_deliveries_renew(sender->pg, arena, attempts, n, lease_ms(sender), error) : HO_OK;
    if (status == HO_OK)
        sender->renewed_us = now;
    return status;
}

static enum ho_status take_and_start(struct ho_sender *sender, struct ho_arena *arena, enum ho_channel channel,
                                     struct ho_error *error)
{
    struct ho_taken taken;
    int64_t room = sender->settings.at_once - sender->n_underway[channel];
    if (sender->draining || room <= 0)
        return HO_OK;
    uint32_t today = ho_zone_date(sender->settings.zone, ho_clock_us());
    enum ho_status status =
        ho_deliveries_take(sender->pg, arena, channel, today, room, lease_ms(sender), &taken, error);
    if (status != HO_OK)
        return status;
    count_taken(sender, &taken);
    for (size_t i = 0; i < taken.n; i++)
        start(sender, arena, &taken.items[i]);
    if (taken.seen > taken.n)
        ho_watch_arm(sender->timer, 0); // some needed no attempt, so there is room for more
    return HO_OK;
}

static enum ho_status read_oldest(struct ho_sender *sender, struct ho_error *error)
{
    double seconds = 0;
    int64_t now = ho_monotonic_us();
    if (now - sender->oldest_read_us < OLDEST_EVERY_US && sender->oldest_read_us)
        return HO_OK;
    enum ho_status status = ho_deliveries_oldest(sender->pg, &seconds, error);
    if (status == HO_OK) {
        sender->oldest_read_us = now;
        ho_metric_set(sender->oldest, seconds);
    }
    return status;
}

static void report_drained(struct ho_sender *sender)
{
    void (*drained)(void *context) = sender->drained;
    if (!sender->draining || sender->n_outcomes || ho_http_client_underway(sender->client) || !drained)
        return;
    sender->drained = NULL;
    drained(sender->drained_context);
}

// Outcomes first: they must not wait behind new work.
static void on_turn(void *context)
{
    struct ho_sender *sender = context;
    struct ho_error error = {0};
    struct ho_arena *arena = ho_arena_new(0);
    ho_watch_arm(sender->timer, POLL_MS);
    enum ho_status status = ho_pg_connect(sender->pg, &error);
    if (status == HO_OK)
        status = write_outcomes(sender, arena, &error);
    if (status == HO_OK)
        status = renew_leases(sender, arena, &error);
    for (int channel = 0; channel < HO_CHANNELS && status == HO_OK; channel++)
        status = take_and_start(sender, arena, (enum ho_channel)channel, &error);
    if (status == HO_OK)
        status = read_oldest(sender, &error);
    if (status == HO_RETRY && sender->ready)
        ho_log(HO_WARN, "deliveries wait for the database", "reason=\"%s\"", error.text);
    set_ready(sender, status == HO_OK);
    ho_arena_free(arena);
    if (status == HO_FATAL || status == HO_REJECT)
        sender->settings.failed(sender->settings.context, &error);
    else
        report_drained(sender);
}

// ---- The sender ------------------------------------------------------------------------------------

static void register_metrics(struct ho_sender *sender)
{
    static const char *const labels[HO_CHANNELS][COUNTED] = {
        {"channel=\"email\",outcome=\"sent\"", "channel=\"email\",outcome=\"retried\"",
         "channel=\"email\",outcome=\"ambiguous\"", "channel=\"email\",outcome=\"failed\"",
         "channel=\"email\",outcome=\"not-wanted\""},
        {"channel=\"webhook\",outcome=\"sent\"", "channel=\"webhook\",outcome=\"retried\"",
         "channel=\"webhook\",outcome=\"ambiguous\"", "channel=\"webhook\",outcome=\"failed\"",
         "channel=\"webhook\",outcome=\"not-wanted\""},
    };
    for (int c = 0; c < HO_CHANNELS; c++)
        for (int o = 0; o < COUNTED; o++)
            sender->metrics[c][o] = ho_counter(
                "handoff_deliveries_total",
                "Deliveries by outcome; an ambiguous attempt is also counted under what follows it", labels[c][o]);
    sender->oldest =
        ho_gauge("handoff_delivery_oldest_seconds", "Age of the oldest notice that is still to be delivered", "");
}

struct ho_sender *ho_sender_new(struct ho_loop *loop, const struct ho_sender_settings *settings)
{
    struct ho_sender *sender = calloc(1, sizeof *sender);
    if (!sender)
        abort();
    const struct ho_http_client_settings client = {
        .connect_timeout_ms = CONNECT_TIMEOUT_MS < settings->timeout_ms ? CONNECT_TIMEOUT_MS : settings->timeout_ms,
        .timeout_ms = settings->timeout_ms,
        .answer_ms = settings->answer_ms,
        .allow_private = settings->allow_private,
        .tls_ca_file = settings->tls_ca_file,
    };
    sender->settings = *settings;
    sender->outcomes = calloc((size_t)settings->at_once * HO_CHANNELS, sizeof *sender->outcomes);
    sender->underway = calloc((size_t)settings->at_once * HO_CHANNELS, sizeof *sender->underway);
    if (!sender->outcomes || !sender->underway)
        abort();
    register_metrics(sender);
    sender->pg = ho_pg_new(settings->database_url, "handoff-notifier sender");
    sender->client = ho_http_client_new(loop, &client);
    sender->timer = ho_loop_timer(loop, 0, 0, on_turn, sender);
    return sender;
}

void ho_sender_free(struct ho_sender *sender)
{
    if (!sender)
        return;
    ho_http_client_free(sender->client);
    ho_watch_free(sender->timer);
    ho_pg_free(sender->pg);
    free(sender->outcomes);
    free(sender->underway);
    free(sender);
}

void ho_sender_wake(struct ho_sender *sender)
{
    ho_watch_arm(sender->timer, 0);
}

void ho_sender_drain(struct ho_sender *sender, void (*drained)(void *context), void *context)
{
    sender->draining = true;
    sender->drained = drained;
    sender->drained_context = context;
    ho_watch_arm(sender->timer, 0);
}
