// handoff-gateway: HL7 v2 over MLLP in, adt.inbound out. A message is acknowledged once the broker has it.
#include "gateway.h"

#include <stdlib.h>

#include "connection.h"
#include "handoff/platform/log.h"
#include "handoff/platform/yaml.h"
#include "intake.h"
#include "listener.h"
#include "pending.h"
#include "tls.h"

static const char *const topics[] = {"adt.inbound", "adt.rejected", NULL};

enum { RECORD_HEADROOM_BYTES = 64 << 10, ARENA_BYTES = 64 << 10, STATEMENT_TIMEOUT_MS = 1000 };

static void end_when_drained(struct gateway *g)
{
    if (g->draining && !g->n_connections && !g->on_their_way && !g->held)
        ho_loop_stop(g->loop);
}

static void on_flush(void *context)
{
    struct gateway *g = context;
    connections_flush(g);
    end_when_drained(g);
}

static void on_tick(void *context)
{
    struct gateway *g = context;
    ho_service_ready(g->service, "kafka", ho_producer_reachable(g->producer));
    listener_tick(g->listener);
    listener_tick(g->tls_listener);
    if (g->tls)
        tls_tick(g->tls);
    connections_tick(g);
    connections_move_on(g);
    intake_retry(g);
    statement_write(&g->statement);
    figures_tell(&g->figures);
    end_when_drained(g);
}

static void on_reload(void *context)
{
    struct gateway *g = context;
    if (g->tls)
        tls_reload(g->tls);
}

static void stop_listening(struct gateway *g)
{
    listener_free(g->listener);
    listener_free(g->tls_listener);
    g->listener = g->tls_listener = NULL;
}

static void drain(void *context)
{
    struct gateway *g = context;
    g->draining = true;
    stop_listening(g);
    connections_drain(g);
    end_when_drained(g);
}

static enum ho_status start_producer(struct gateway *g, struct ho_error *error)
{
    char client_id[HO_INSTANCE_NAME_BYTES];
    ho_instance_name("handoff-gateway", g->settings.instance, client_id);
    struct ho_producer_settings settings = {
        .topics = topics,
        .brokers = g->settings.kafka_brokers,
        .client_id = client_id,
        .delivery_timeout_ms = g->settings.delivery_timeout_ms,
        .max_message_bytes = g->settings.max_message_bytes + RECORD_HEADROOM_BYTES,
    };
    return ho_producer_new(g->loop, &settings, &g->producer, error);
}

// Told at once where Kafka can be asked; else the first message that is too long for the topic tells it.
static void check_topics(struct gateway *g)
{
    const int64_t wanted = g->settings.max_message_bytes + RECORD_HEADROOM_BYTES;
    const char *limit;
    struct ho_error error;
    for (size_t i = 0; topics[i]; i++) {
        if (ho_kafka_topic_setting(g->arena, g->settings.kafka_brokers, topics[i], "max.message.bytes", &limit,
                                   &error) != HO_OK)
            return;
        char *end;
        int64_t found = strtoll(limit, &end, 10);
        if (end != limit && found < wanted)
            ho_log(HO_WARN, "a topic takes shorter messages than the gateway: those between get AE or CE",
                   "topic=%s max_message_bytes=%lld wanted=%lld", topics[i], (long long)found, (long long)wanted);
    }
}

static enum ho_status start_tls(struct gateway *g, struct ho_error *error)
{
    const struct settings *s = &g->settings;
    struct ho_tls_files files = {.certificate = s->tls_certificate, .key = s->tls_key, .authority = s->tls_client_ca};
    if (!*files.certificate || !*files.key || !*files.authority)
        return ho_fail(error, HO_FATAL, "TLS at %s needs --tls-certificate, --tls-key and --tls-client-ca",
                       s->tls_address);
    enum ho_status status = tls_new(&files, &g->figures, &g->tls, error);
    return status == HO_OK ? listener_new(g, s->tls_address, true, &g->tls_listener, error) : status;
}

static enum ho_status start_listening(struct gateway *g, struct ho_error *error)
{
    const struct settings *s = &g->settings;
    if (!*s->mllp_address && !*s->tls_address)
        return ho_fail(error, HO_FATAL, "nobody could connect: give --mllp-address or --tls-address");
    enum ho_status status = *s->tls_address ? start_tls(g, error) : HO_OK;
    if (status != HO_OK || !*s->mllp_address)
        return status;
    return listener_new(g, s->mllp_address, false, &g->listener, error);
}

static enum ho_status start(struct gateway *g, struct ho_error *error)
{
    enum ho_status status = ho_service_new("gateway", g->settings.admin_address, &g->service, error);
    if (status != HO_OK)
        return status;
    g->loop = ho_service_loop(g->service);
    g->started_us = ho_clock_us();
    g->arena = ho_arena_new(ARENA_BYTES);
    g->budget.limit = (size_t)g->settings.buffer_bytes;
    g->unrefusable.limit = g->budget.limit / 2;
    figures_init(&g->figures, g->feeds);
    ho_metric_set(g->figures.buffer_limit_bytes, (double)g->budget.limit);
    ho_service_ready(g->service, "kafka", false);
    ho_loop_on_reload(g->loop, on_reload, g);
    g->flush = ho_loop_timer(g->loop, 0, 0, on_flush, g);
    g->tick = ho_loop_timer(g->loop, 0, 1000, on_tick, g);
    status = start_producer(g, error);
    if (status == HO_OK)
        status = statement_init(&g->statement, g->settings.kafka_brokers, error);
    if (status == HO_OK)
        status = start_listening(g, error);
    if (status == HO_OK)
        check_topics(g);
    return status;
}

static void stop(struct gateway *g)
{
    stop_listening(g);
    while (g->connections)
        connection_close(g->connections, CLOSED_STOPPING);
    tls_free(g->tls);
    statement_finish(&g->statement, STATEMENT_TIMEOUT_MS);
    ho_producer_free(g->producer);
    size_t lost = 0;
    for (struct pending *p; (p = g->held); lost++) {
        g->held = p->next_held;
        pending_free(p);
    }
    if (lost)
        ho_log(HO_ERROR, "messages not stored whose senders forbid a refusal: have them sent again", "messages=%zu",
               lost);
    statement_cleanup(&g->statement);
    figures_cleanup(&g->figures);
    ho_arena_free(g->arena);
    ho_watch_free(g->flush);
    ho_watch_free(g->tick);
    ho_service_free(g->service);
}

int main(int argc, char **argv)
{
    struct gateway g = {0};
    struct ho_feed_set *feeds = NULL;
    struct ho_error error;
    settings_read(argc, argv, &g.settings);
    ho_log_init("gateway", ho_log_level_named(g.settings.log_level));
    int status = 1;
    if (ho_feeds_load(g.settings.feeds_dir, &feeds, &error) != HO_OK) {
        ho_log(HO_ERROR, "cannot start", "error=\"%s\"", error.text);
        return status;
    }
    g.feeds = ho_feed_set_feeds(feeds);
    if (start(&g, &error) == HO_OK) {
        ho_log(HO_INFO, "listening", "port=%u tls_port=%u feeds=%zu", listener_port(g.listener),
               listener_port(g.tls_listener), g.feeds->n);
        status = ho_service_run(g.service, drain, &g, g.settings.drain_seconds * 1000);
        figures_tell(&g.figures);
    } else {
        ho_log(HO_ERROR, "cannot start", "error=\"%s\"", error.text);
    }
    stop(&g);
    ho_feed_set_free(feeds);
    return status;
}
