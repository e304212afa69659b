// The gateway's settings, as its options name them.
#pragma once

#include <stdint.h>

struct settings {
    const char *kafka_brokers, *mllp_address, *tls_address, *admin_address, *instance, *feeds_dir, *log_level;
    const char *tls_certificate, *tls_key, *tls_client_ca;
    int64_t tls_handshake_seconds;
    int64_t max_message_bytes, max_connections, buffer_bytes;
    int64_t delivery_timeout_ms, silence_seconds, frame_seconds, drain_seconds;
};

// Reads flags and environment, which may end the program.
void settings_read(int argc, char **argv, struct settings *out);
