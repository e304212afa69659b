// handoff-gateway: HL7 v2 over MLLP in, adt.inbound out. A message is acknowledged once the broker has it.
#include "gateway.h"

#include <stdlib.h>

#include "connection.h"
#include "handoff/platform/config.h"
#include "handoff/platform/log.h"
#include "handoff/platform/yaml.h"
#include "intake.h"
#include "listener.h"
#include "pending.h"

static const struct ho_option options[] = {
#define AT(field) .offset = offsetof(struct settings, field)
    {"mllp-address", HO_OPTION_ADDRESS, "127.0.0.1:2575", AT(mllp_address),
     .help = "where senders connect; port 0 takes a free one, which the log names"},
    {"kafka-brokers", HO_OPTION_TEXT, "127.0.0.1:9092", AT(kafka_brokers), .help = "Kafka's bootstrap brokers"},
    {"feeds-dir", HO_OPTION_TEXT, "deploy/feeds", AT(feeds_dir), .help = "folder of the feeds' files"},
    {"admin-address", HO_OPTION_ADDRESS, "", AT(admin_address),
     .help = "where /metrics, /healthz and /readyz are served"},
    {"instance", HO_OPTION_TEXT, "", AT(instance), .help = "name of this copy, in the broker's logs"},
    {"max-message-bytes", HO_OPTION_INTEGER, "8388608", 1024, 10000000, AT(max_message_bytes),
     .help = "longer messages are refused"},
    {"max-connections", HO_OPTION_INTEGER, "4096", 1, 65536, AT(max_connections), .help = "more are closed at once"},
    {"buffer-bytes", HO_OPTION_INTEGER, "268435456", 1048576, INT64_C(1) << 40, AT(buffer_bytes),
     .help = "for all messages in memory; nothing is read while it is spent"},
    {"delivery-timeout-ms", HO_OPTION_INTEGER, "10000", 100, 300000, AT(delivery_timeout_ms),
     .help = "a message that Kafka has not taken by then is refused"},
    {"silence-seconds", HO_OPTION_INTEGER, "30", 1, 3600, AT(silence_seconds),
     .help = "a connection without a byte for so long within a frame is closed"},
    {"frame-seconds", HO_OPTION_INTEGER, "300", 1, 86400, AT(frame_seconds),
     .help = "a connection whose frame has not ended by then is closed"},
    {"drain-seconds", HO_OPTION_INTEGER, "15", 1, 600, AT(drain_seconds),
     .help = "at the end: for messages that are on their way"},
    {"log-level", HO_OPTION_TEXT, "info", AT(log_level), .choices = ho_log_levels, .help = "least level to log"},
#undef AT
};

static const struct ho_option_table table = {
    .program = "handoff-gateway",
    .summary = "Takes HL7 v2 messages over MLLP and acknowledges them once Kafka has them.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

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
    if (g->listener)
        listener_tick(g->listener);
    connections_tick(g);
    connections_move_on(g);
    intake_retry(g);
    statement_write(&g->statement);
    figures_tell(&g->figures);
    end_when_drained(g);
}

static void drain(void *context)
{
    struct gateway *g = context;
    g->draining = true;
    listener_free(g->listener);
    g->listener = NULL;
    connections_drain(g);
    end_when_drained(g);
}

static enum ho_status start_producer(struct gateway *g, struct ho_error *error)
{
    char client_id[HO_INSTANCE_NAME_BYTES];
    ho_instance_name("handoff-gateway", g->settings.instance, client_id);
    static const char *const topics[] = {"adt.inbound", "adt.rejected", NULL};
    struct ho_producer_settings settings = {
        .topics = topics,
        .brokers = g->settings.kafka_brokers,
        .client_id = client_id,
        .delivery_timeout_ms = g->settings.delivery_timeout_ms,
        .max_message_bytes = g->settings.max_message_bytes + RECORD_HEADROOM_BYTES,
    };
    return ho_producer_new(g->loop, &settings, &g->producer, error);
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
    figures_init(&g->figures);
    ho_metric_set(g->figures.buffer_limit_bytes, (double)g->budget.limit);
    ho_service_ready(g->service, "kafka", false);
    g->flush = ho_loop_timer(g->loop, 0, 0, on_flush, g);
    g->tick = ho_loop_timer(g->loop, 0, 1000, on_tick, g);
    status = start_producer(g, error);
    if (status == HO_OK)
        status = statement_init(&g->statement, g->settings.kafka_brokers, error);
    return status == HO_OK ? listener_new(g, &g->listener, error) : status;
}

static void stop(struct gateway *g)
{
    listener_free(g->listener);
    while (g->connections)
        connection_close(g->connections, CLOSED_STOPPING);
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
    ho_config_read(&table, argc, argv, &g.settings);
    ho_log_init("gateway", ho_log_level_named(g.settings.log_level));
    int status = 1;
    if (ho_feeds_load(g.settings.feeds_dir, &feeds, &error) != HO_OK) {
        ho_log(HO_ERROR, "cannot start", "error=\"%s\"", error.text);
        return status;
    }
    g.feeds = ho_feed_set_feeds(feeds);
    if (start(&g, &error) == HO_OK) {
        ho_log(HO_INFO, "listening", "port=%u feeds=%zu", listener_port(g.listener), g.feeds->n);
        status = ho_service_run(g.service, drain, &g, g.settings.drain_seconds * 1000);
    } else {
        ho_log(HO_ERROR, "cannot start", "error=\"%s\"", error.text);
    }
    stop(&g);
    ho_feed_set_free(feeds);
    return status;
}
