#include "kafka_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "handoff/platform/log.h"

enum {
    WATERMARKS_TIMEOUT_MS = 2000,
    HEARTBEATS_A_SESSION = 4,
    EVENTS_A_TURN = 1000,
};

struct feed {
    int32_t partition;
    rd_kafka_queue_t *queue;
};

struct ho_source {
    struct ho_kafka_health health; // first: the client's opaque
    struct ho_source_settings settings;
    rd_kafka_t *client;
    struct feed *feeds;
    size_t n_feeds;
    bool astray;  // a record came where none may come
    bool telling; // a commit for lag tools is under way
    bool closing;
};

// ---- The group -----------------------------------------------------------------------------------------

static void feeds_drop(struct ho_source *source)
{
    for (size_t i = 0; i < source->n_feeds; i++) {
        rd_kafka_queue_io_event_enable(source->feeds[i].queue, -1, NULL, 0);
        rd_kafka_queue_destroy(source->feeds[i].queue);
    }
    free(source->feeds);
    source->feeds = NULL;
    source->n_feeds = 0;
}

// The queues are taken aside before anything is fetched, so that no record can come by the common one.
static void feeds_take(struct ho_source *source, const rd_kafka_topic_partition_list_t *partitions)
{
    source->feeds = calloc((size_t)partitions->cnt + 1, sizeof *source->feeds);
    if (!source->feeds)
        abort();
    for (int i = 0; i < partitions->cnt; i++) {
        int32_t partition = partitions->elems[i].partition;
        rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(source->client, source->settings.topic, partition);
        rd_kafka_queue_forward(queue, NULL);
        ho_kafka_wake_on(source->settings.wake_fd, queue);
        source->feeds[source->n_feeds++] = (struct feed){.partition = partition, .queue = queue};
    }
}

// The group's word is answered with an assignment of nothing: reading begins when the offsets are claimed.
static void take_assignment(struct ho_source *source, const rd_kafka_topic_partition_list_t *partitions)
{
    feeds_drop(source);
    feeds_take(source, partitions);
    rd_kafka_topic_partition_list_t *nothing = rd_kafka_topic_partition_list_new(0);
    rd_kafka_assign(source->client, nothing);
    rd_kafka_topic_partition_list_destroy(nothing);
    int32_t *numbers = calloc((size_t)partitions->cnt + 1, sizeof *numbers);
    if (!numbers)
        abort();
    for (int i = 0; i < partitions->cnt; i++)
        numbers[i] = partitions->elems[i].partition;
    source->settings.assigned(source->settings.context, numbers, (size_t)partitions->cnt);
    free(numbers);
}

static void on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *partitions,
                         void *opaque)
{
    struct ho_source *source = opaque;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && !source->closing) {
        take_assignment(source, partitions);
        return;
    }
    source->settings.revoked(source->settings.context);
    feeds_drop(source);
    rd_kafka_assign(client, NULL);
}

// Whether it was taken or not: the next one says more.
static void on_told(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *offsets,
                    void *opaque)
{
    (void)client;
    (void)code;
    (void)offsets;
    struct ho_source *source = opaque;
    source->telling = false;
}

static enum ho_status client_open(struct ho_source *source, struct ho_error *error)
{
    const struct ho_source_settings *s = &source->settings;
    char session[24], heartbeat[24], instance[256];
    snprintf(session, sizeof session, "%lld", (long long)s->session_timeout_ms);
    snprintf(heartbeat, sizeof heartbeat, "%lld", (long long)s->session_timeout_ms / HEARTBEATS_A_SESSION);
    snprintf(instance, sizeof instance, "%s-%s", s->group, s->instance);
    const struct ho_kafka_setting settings[] = {
        {"group.id", s->group},
        {"partition.assignment.strategy", "range,roundrobin"}, // eager: 2.0.2 resumes wrongly with cooperative-sticky
        {"session.timeout.ms", session},
        {"heartbeat.interval.ms", heartbeat},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "error"},
        {"isolation.level", "read_committed"},
        {"check.crcs", "true"},
        {"enable.partition.eof", "true"},
        {"fetch.min.bytes", "1"},
        // Of each partition, at most so much waits here; a fetch brings less, for it is compressed.
        {"queued.max.messages.kbytes", "16384"},
        {"fetch.message.max.bytes", "524288"},
        {"topic.metadata.refresh.interval.ms", "30000"},
        {*s->instance ? "group.instance.id" : NULL, instance},
        {NULL, NULL},
    };
    rd_kafka_conf_t *conf;
    enum ho_status status = ho_kafka_conf_new(s->brokers, s->group, settings, &source->health, &conf, error);
    if (status)
        return status;
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_offset_commit_cb(conf, on_told);
    return ho_kafka_client_new(RD_KAFKA_CONSUMER, conf, &source->client, error);
}

static enum ho_status subscribe(struct ho_source *source, struct ho_error *error)
{
    rd_kafka_poll_set_consumer(source->client);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(source->client);
    ho_kafka_wake_on(source->settings.wake_fd, queue);
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, source->settings.topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(source->client, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (code)
        return ho_fail(error, HO_FATAL, "topic %s cannot be subscribed: %s", source->settings.topic,
                       rd_kafka_err2str(code));
    return HO_OK;
}

enum ho_status ho_source_open(const struct ho_source_settings *settings, struct ho_source **out, struct ho_error *error)
{
    struct ho_source *source = calloc(1, sizeof *source);
    if (!source)
        abort();
    source->settings = *settings;
    enum ho_status status = client_open(source, error);
    if (!status)
        status = subscribe(source, error);
    if (status)
        ho_source_close(source);
    else
        *out = source;
    return status;
}

void ho_source_close(struct ho_source *source)
{
    if (!source)
        return;
    if (source->client) {
        source->closing = true; // the group's last word may come yet
        feeds_drop(source);
        rd_kafka_consumer_close(source->client);
        rd_kafka_destroy(source->client);
    }
    free(source);
}

// The common queue holds the group's business and errors; records have queues of their own.
static void take_common(struct ho_source *source, const rd_kafka_message_t *message)
{
    if (!message->err)
        source->astray = true;
    else
        ho_log(HO_WARN, "kafka consumer", "group=%s topic=%s text=\"%s\"", source->settings.group,
               source->settings.topic, rd_kafka_message_errstr(message));
}

enum ho_status ho_source_serve(struct ho_source *source, struct ho_error *error)
{
    rd_kafka_message_t *message;
    for (int i = 0; i < EVENTS_A_TURN && (message = rd_kafka_consumer_poll(source->client, 0)); i++) {
        take_common(source, message);
        rd_kafka_message_destroy(message);
    }
    if (source->health.fatal)
        return ho_fail(error, HO_RETRY, "%s", source->health.words);
    if (source->astray)
        return ho_fail(error, HO_RETRY, "a record came outside of its partition's queue");
    return HO_OK;
}

bool ho_source_up(const struct ho_source *source)
{
    return source->health.up;
}

// ---- Offsets -------------------------------------------------------------------------------------------

enum ho_status ho_source_watermarks(struct ho_source *source, int32_t partition, int64_t *low, int64_t *high,
                                    struct ho_error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(source->client, source->settings.topic, partition, low,
                                                                high, WATERMARKS_TIMEOUT_MS);
    if (code)
        return ho_fail(error, HO_RETRY, "the watermarks of %s partition %d were not told: %s", source->settings.topic,
                       (int)partition, rd_kafka_err2str(code));
    source->health.up = true;
    return HO_OK;
}

int64_t ho_source_known_end(struct ho_source *source, int32_t partition)
{
    int64_t low, high;
    rd_kafka_resp_err_t code =
        rd_kafka_get_watermark_offsets(source->client, source->settings.topic, partition, &low, &high);
    return code || high < 0 ? -1 : high;
}

static rd_kafka_topic_partition_list_t *list_of(const struct ho_source *source, const struct ho_source_place *places,
                                                size_t n)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++)
        rd_kafka_topic_partition_list_add(list, source->settings.topic, places[i].partition)->offset = places[i].offset;
    return list;
}

enum ho_status ho_source_begin(struct ho_source *source, const struct ho_source_place *starts, size_t n,
                               struct ho_error *error)
{
    rd_kafka_topic_partition_list_t *list = list_of(source, starts, n);
    rd_kafka_resp_err_t code = rd_kafka_assign(source->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code)
        return ho_fail(error, HO_RETRY, "reading of topic %s cannot begin: %s", source->settings.topic,
                       rd_kafka_err2str(code));
    return HO_OK;
}

// One at a time: commits that pile up while the coordinator is away hold up the next assignment.
bool ho_source_tell(struct ho_source *source, const struct ho_source_place *places, size_t n)
{
    if (n == 0)
        return true;
    if (source->telling || !source->health.up)
        return false;
    rd_kafka_topic_partition_list_t *list = list_of(source, places, n);
    source->telling = !rd_kafka_commit(source->client, list, 1);
    rd_kafka_topic_partition_list_destroy(list);
    return source->telling;
}

// ---- Records -------------------------------------------------------------------------------------------

static rd_kafka_queue_t *queue_of(const struct ho_source *source, int32_t partition)
{
    for (size_t i = 0; i < source->n_feeds; i++)
        if (source->feeds[i].partition == partition)
            return source->feeds[i].queue;
    return NULL;
}

static enum ho_source_kind take_event(struct ho_source *source, const rd_kafka_message_t *message)
{
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        return HO_SOURCE_END;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        return HO_SOURCE_GONE;
    default: // librdkafka goes on by itself
        ho_log(HO_WARN, "kafka consumer", "group=%s topic=%s partition=%d text=\"%s\"", source->settings.group,
               source->settings.topic, (int)message->partition, rd_kafka_message_errstr(message));
        return HO_SOURCE_NOTHING;
    }
}

enum ho_source_kind ho_source_next(struct ho_source *source, int32_t partition, struct ho_source_item *out)
{
    rd_kafka_queue_t *queue = queue_of(source, partition);
    rd_kafka_message_t *message;
    while (queue && (message = rd_kafka_consume_queue(queue, 0))) {
        *out = (struct ho_source_item){.offset = message->offset};
        if (!message->err) {
            out->key = ho_bytes_from(message->key, message->key_len);
            out->value = ho_bytes_from(message->payload, message->len);
            out->timestamp_ms = rd_kafka_message_timestamp(message, NULL);
            out->message = message;
            return HO_SOURCE_RECORD;
        }
        enum ho_source_kind kind = take_event(source, message);
        rd_kafka_message_destroy(message);
        if (kind != HO_SOURCE_NOTHING)
            return kind;
    }
    return HO_SOURCE_NOTHING;
}

void ho_source_release(struct ho_source_item *item)
{
    rd_kafka_message_destroy(item->message);
    item->message = NULL;
}

void ho_source_record(const struct ho_source_item *item, struct ho_arena *arena, struct ho_kafka_record *out)
{
    out->offset = item->offset;
    out->timestamp_ms = item->timestamp_ms;
    out->key = item->key;
    out->value = item->value;
    rd_kafka_headers_t *headers;
    if (rd_kafka_message_headers(item->message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    out->n_headers = rd_kafka_header_cnt(headers);
    struct ho_kafka_header *list = ho_arena_array(arena, out->n_headers, sizeof *list);
    const void *value;
    for (size_t i = 0; i < out->n_headers; i++) {
        rd_kafka_header_get_all(headers, i, &list[i].name, &value, &list[i].value.n);
        list[i].value.p = value;
    }
    out->headers = list;
}
