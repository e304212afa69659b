#include "settings.h"

#include "handoff/platform/config.h"
#include "handoff/platform/log.h"

static const struct ho_option options[] = {
#define AT(field) .offset = offsetof(struct settings, field)
    {"mllp-address", HO_OPTION_ADDRESS, "127.0.0.1:2575", AT(mllp_address), .optional = true,
     .help = "where senders connect; port 0 takes a free one, which the log names; empty: nowhere"},
    {"tls-address", HO_OPTION_ADDRESS, "", AT(tls_address),
     .help = "where senders connect by TLS; needs the three files"},
    {"tls-certificate", HO_OPTION_TEXT, "", AT(tls_certificate),
     .help = "PEM: the gateway's certificate and those between it and its authority"},
    {"tls-key", HO_OPTION_TEXT, "", AT(tls_key), .help = "PEM: its key, without a password"},
    {"tls-client-ca", HO_OPTION_TEXT, "", AT(tls_client_ca),
     .help = "PEM: authorities whose client certificates are taken; nobody is served without one"},
    {"tls-handshake-seconds", HO_OPTION_INTEGER, "10", 1, 600, AT(tls_handshake_seconds),
     .help = "a TLS connection whose handshake has not ended by then is closed"},
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

void settings_read(int argc, char **argv, struct settings *out)
{
    ho_config_read(&table, argc, argv, out);
}
