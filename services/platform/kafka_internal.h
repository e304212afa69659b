// Shared by the kafka_*.c files: the one place that includes rdkafka.h. Clients are made from a list of settings,
// log through ho_log, and tell here whether a broker answers and whether they have failed for good.
#pragma once

#include <librdkafka/rdkafka.h>

#include "kafka_source.h"

enum { HO_KAFKA_WORDS_BYTES = 256 };

// Written by the client's callbacks, which run in the thread that polls it. The first member of whatever is the
// client's opaque.
struct ho_kafka_health {
    bool up;    // a broker is connected
    bool fatal; // the client is of no more use: make it anew
    char words[HO_KAFKA_WORDS_BYTES];
};

struct ho_kafka_setting {
    const char *name, *value;
};

// A configuration with what all clients have and `more` (ends with a NULL name). HO_FATAL for a wrong value.
HO_MUST_USE enum ho_status ho_kafka_conf_new(const char *brokers, const char *client_id,
                                             const struct ho_kafka_setting *more, struct ho_kafka_health *health,
                                             rd_kafka_conf_t **out, struct ho_error *error);
// A client; takes the configuration in any case.
HO_MUST_USE enum ho_status ho_kafka_client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **out,
                                               struct ho_error *error);

void ho_kafka_wake_on(int wake_fd, rd_kafka_queue_t *queue); // from now on it wakes the descriptor
