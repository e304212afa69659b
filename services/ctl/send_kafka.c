#include "send.h"

#include "handoff/adt.h"
#include "handoff/digest.h"
#include "handoff/platform/kafka.h"
#include "handoff/platform/yaml.h"
#include "matcher/reader.h"

#include <stdlib.h>
#include <time.h>

enum { DELIVERY_TIMEOUT_MS = 30000, MESSAGE_BYTES_MAX = 10485760, LINGER_MS = 5, FULL_QUEUE_WAIT_MS = 100 };

struct ho_send_kafka {
    struct ho_feed_set *feeds;
    struct ho_producer *producer;
    struct ho_arena *arena; // a message's
    struct ho_send_counts counts;
    struct ho_error last; // why the last that failed did
};

enum ho_status ho_send_kafka_open(const char *brokers, const char *feeds_dir, struct ho_send_kafka **out,
                                  struct ho_error *error)
{
    const struct ho_producer_settings settings = {
        .brokers = brokers,
        .client_id = "handoffctl",
        .linger_ms = LINGER_MS,
        .delivery_timeout_ms = DELIVERY_TIMEOUT_MS,
        .max_message_bytes = MESSAGE_BYTES_MAX,
    };
    struct ho_send_kafka *kafka = calloc(1, sizeof *kafka);
    if (!kafka)
        abort();
    kafka->arena = ho_arena_new(0);
    enum ho_status status = ho_feeds_load(feeds_dir, &kafka->feeds, error);
    if (status == HO_OK)
        status = ho_producer_new(NULL, &settings, &kafka->producer, error);
    if (status == HO_OK)
        *out = kafka;
    else
        ho_send_kafka_free(kafka);
    return status;
}

static void on_delivered(void *context, const struct ho_report *report)
{
    struct ho_send_kafka *kafka = context;
    if (!report->error_text)
        kafka->counts.good++;
    else
        (void)ho_fail(&kafka->last, HO_RETRY, "Kafka did not take a message: %s", report->error_text);
    kafka->counts.bad += report->error_text != NULL;
}

static const char *now_text(char out[HO_TIME_TEXT_BYTES])
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return ho_time_format((int64_t)now.tv_sec * HO_US_PER_SECOND + now.tv_nsec / 1000, NULL, out);
}

static enum ho_status produce(struct ho_send_kafka *kafka, const struct ho_kafka_record *record, struct ho_error *error)
{
    enum ho_status status;
    while ((status = ho_producer_send(kafka->producer, record, on_delivered, kafka, error)) == HO_RETRY)
        ho_producer_poll(kafka->producer, FULL_QUEUE_WAIT_MS);
    ho_producer_poll(kafka->producer, 0);
    kafka->counts.sent += status == HO_OK;
    return status;
}

static const char HL7[] = "application/hl7-v2+er7", PROTOBUF[] = "application/protobuf";

// As a gateway puts it there.
static enum ho_status put_inbound(struct ho_send_kafka *kafka, const struct ho_feed *feed, struct ho_bytes key,
                                  struct ho_bytes message, const char *content_type, const char *replay_of,
                                  struct ho_error *error)
{
    uint8_t id[HO_ID_BYTES];
    char hex[2 * HO_ID_BYTES + 1], now[HO_TIME_TEXT_BYTES];
    ho_adt_event_id(ho_bytes_of(feed->name), message, id);
    ho_hex(id, sizeof id, hex);
    const struct ho_kafka_header headers[] = {
        {"ce_specversion", HO_BYTES_LITERAL("1.0")},     {"ce_id", ho_bytes_of(hex)},
        {"ce_type", HO_BYTES_LITERAL("org.hl7.v2.adt")}, {"ce_source", ho_bytes_of(feed->name)},
        {"ce_time", ho_bytes_of(now_text(now))},         {"content-type", ho_bytes_of(content_type)},
        {"ho_replay_of", ho_bytes_of(replay_of)}, // the last, for not all have it
    };
    size_t n = sizeof headers / sizeof *headers;
    const struct ho_kafka_record record = {
        .topic = "adt.inbound",
        .key = key,
        .value = message,
        .headers = headers,
        .n_headers = replay_of ? n : n - 1,
    };
    return produce(kafka, &record, error);
}

enum ho_status ho_send_kafka_put(struct ho_send_kafka *kafka, struct ho_bytes message, struct ho_error *error)
{
    struct ho_hl7_message parsed;
    ho_arena_reset(kafka->arena);
    if (!ho_hl7_parse(kafka->arena, message, &parsed))
        return ho_fail(error, HO_REJECT, "a message that is no HL7 has no place in adt.inbound");
    const struct ho_feed *feed = ho_feed_of_sender(ho_feed_set_feeds(kafka->feeds), &parsed.delimiters,
                                                   ho_hl7_at(&parsed, "MSH-3"), ho_hl7_at(&parsed, "MSH-4"));
    return put_inbound(kafka, feed, ho_adt_key(kafka->arena, &parsed, feed), message, HL7, NULL, error);
}

static struct ho_bytes key_of(struct ho_send_kafka *kafka, const struct ho_inbound *inbound, const struct ho_feed *feed)
{
    struct ho_hl7_message parsed;
    if (!inbound->protobuf && ho_hl7_parse(kafka->arena, inbound->message, &parsed))
        return ho_adt_key(kafka->arena, &parsed, feed);
    const ho_adt_event *event = ho_adt_event_unpack(kafka->arena, inbound->message);
    return ho_bytes_of(ho_arena_printf(kafka->arena, "%s\x1f%s", event->facility, event->mrn));
}

enum ho_status ho_send_kafka_replay(struct ho_send_kafka *kafka, const struct ho_rejected *rejected,
                                    struct ho_bytes message, struct ho_error *error)
{
    struct ho_adt adt;
    struct ho_hl7_delimiters delimiters;
    struct ho_bytes msh;
    ho_arena_reset(kafka->arena);
    const struct ho_inbound inbound = {
        .protobuf = !ho_hl7_header(message, &delimiters, &msh),
        .message = message,
        .source = ho_bytes_of(rejected->feed),
    };
    ho_inbound_read(kafka->arena, &inbound, ho_feed_set_feeds(kafka->feeds), &adt);
    if (adt.verdict == HO_ADT_REJECTED && inbound.protobuf && strcmp(adt.reason, "not-protobuf") == 0)
        return ho_fail(error, HO_REJECT, "it would be rejected again: it is neither HL7 nor an AdtEvent");
    if (adt.verdict == HO_ADT_REJECTED)
        return ho_fail(error, HO_REJECT, "it would be rejected again: %s at %s", adt.reason, adt.place);
    return put_inbound(kafka, adt.feed, key_of(kafka, &inbound, adt.feed), message, inbound.protobuf ? PROTOBUF : HL7,
                       rejected->id, error);
}

enum ho_status ho_send_kafka_replayed(struct ho_send_kafka *kafka, const struct ho_rejected *rejected,
                                      struct ho_error *error)
{
    char hex[2 * HO_ID_BYTES + 1], now[HO_TIME_TEXT_BYTES];
    ho_hex(rejected->digest, HO_ID_BYTES, hex);
    const struct ho_kafka_header headers[] = {
        {"ce_specversion", HO_BYTES_LITERAL("1.0")},     {"ce_id", ho_bytes_of(hex)},
        {"ce_type", HO_BYTES_LITERAL(HO_REPLAYED_TYPE)}, {"ce_source", HO_BYTES_LITERAL("handoff")},
        {"ce_time", ho_bytes_of(now_text(now))},         {"ho_replay_of", ho_bytes_of(rejected->id)},
    };
    const struct ho_kafka_record record = {
        .topic = HO_REJECTED_TOPIC,
        .headers = headers,
        .n_headers = sizeof headers / sizeof *headers,
    };
    return produce(kafka, &record, error);
}

enum ho_status ho_send_kafka_finish(struct ho_send_kafka *kafka, struct ho_send_counts *counts, struct ho_error *error)
{
    int left = ho_producer_flush(kafka->producer, DELIVERY_TIMEOUT_MS + 1000);
    counts->sent += kafka->counts.sent;
    counts->good += kafka->counts.good;
    counts->bad += kafka->counts.bad + (uint64_t)left;
    if (left)
        return ho_fail(error, HO_RETRY, "Kafka did not answer for %d messages; the same can be sent again", left);
    if (kafka->counts.bad && error)
        *error = kafka->last;
    return kafka->counts.bad ? HO_RETRY : HO_OK;
}

void ho_send_kafka_free(struct ho_send_kafka *kafka)
{
    if (!kafka)
        return;
    ho_producer_free(kafka->producer);
    ho_feed_set_free(kafka->feeds);
    ho_arena_free(kafka->arena);
    free(kafka);
}
