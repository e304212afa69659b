#include "handoff/platform/topics.h"

#include <string.h>

// A sender's clock must not expire data, hence LogAppendTime. Kafka deletes whole files, and those that are closed: a
// file takes records for a day, so that none stays more than a day beyond the retention however little comes.
#define SETTINGS(retention_ms)                                                                                         \
    {                                                                                                                  \
        {"retention.ms", retention_ms}, {"segment.ms", "86400000"}, {"max.message.bytes", "10485760"},                 \
            {"message.timestamp.type", "LogAppendTime"},                                                               \
    }
#define DAYS_7 "604800000"
#define DAYS_35 "3024000000"

const struct ho_topic_spec ho_topics[HO_TOPICS] = {
    {"adt.inbound", 6, SETTINGS(DAYS_35)},      {"adt.matched", 6, SETTINGS(DAYS_7)},
    {"adt.rejected", 3, SETTINGS(DAYS_7)},      {"roster.updates", 3, SETTINGS(DAYS_7)},
    {"transition.events", 3, SETTINGS(DAYS_7)},
};

const char *ho_topic_stated(const struct ho_topic_spec *spec, const char *name)
{
    for (size_t i = 0; i < sizeof spec->settings / sizeof *spec->settings && spec->settings[i][0]; i++)
        if (strcmp(spec->settings[i][0], name) == 0)
            return spec->settings[i][1];
    return NULL;
}
