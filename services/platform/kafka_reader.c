// A stretch of a topic once more. Each partition keeps its own queue: one whose end is reached is simply not asked any
// more, and librdkafka stops fetching for it when its queue is full. So nothing is paused or sought.
#include "kafka_internal.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "handoff/platform/log.h"

enum { ANSWER_TIMEOUT_MS = 5000, BATCH_RECORDS = 500 };

struct stretch {
    int32_t partition;
    int64_t next, end; // offsets
    rd_kafka_queue_t *queue;
};

struct ho_reader {
    struct ho_kafka_health health; // first: the client's opaque
    rd_kafka_t *client;
    char *topic;
    int wake_fd;
    struct stretch *stretches;
    size_t n;
    struct ho_arena *arena;
    rd_kafka_message_t *messages[BATCH_RECORDS];
};

// ---- Open and close --------------------------------------------------------------------------------------

enum ho_status ho_reader_new(const char *brokers, const char *client_id, const char *topic, struct ho_reader **out,
                             struct ho_error *error)
{
    const struct ho_kafka_setting settings[] = {
        {"group.id", client_id}, // a form only: nothing is subscribed or committed
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "earliest"}, // what retention took meanwhile is passed over
        {"isolation.level", "read_committed"},
        {"check.crcs", "true"},
        {"enable.partition.eof", "true"},
        // Of each partition, at most so much waits here; a fetch brings less, for it is compressed.
        {"queued.max.messages.kbytes", "8192"},
        {"fetch.message.max.bytes", "524288"},
        {NULL, NULL},
    };
    struct ho_reader *reader = calloc(1, sizeof *reader);
    if (!reader || !(reader->topic = strdup(topic)))
        abort();
    reader->wake_fd = ho_kafka_wake_new();
    reader->arena = ho_arena_new(0);
    rd_kafka_conf_t *conf = NULL;
    enum ho_status status = ho_kafka_conf_new(brokers, client_id, settings, &reader->health, &conf, error);
    if (!status)
        status = ho_kafka_client_new(RD_KAFKA_CONSUMER, conf, &reader->client, error);
    if (status) {
        ho_reader_free(reader);
        return status;
    }
    rd_kafka_poll_set_consumer(reader->client);
    *out = reader;
    return HO_OK;
}

void ho_reader_free(struct ho_reader *reader)
{
    if (!reader)
        return;
    for (size_t i = 0; i < reader->n; i++) {
        rd_kafka_queue_io_event_enable(reader->stretches[i].queue, -1, NULL, 0);
        rd_kafka_queue_destroy(reader->stretches[i].queue);
    }
    if (reader->client) {
        rd_kafka_consumer_close(reader->client);
        rd_kafka_destroy(reader->client);
    }
    close(reader->wake_fd);
    ho_arena_free(reader->arena);
    free(reader->stretches);
    free(reader->topic);
    free(reader);
}

// ---- From where to where ---------------------------------------------------------------------------------

// The first offset at or after an instant, for each range into its `low`; RD_KAFKA_OFFSET_END where there is none.
static rd_kafka_resp_err_t ask_for_time(struct ho_reader *reader, int64_t since_ms, struct ho_partition_range *answers,
                                        size_t n)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++)
        rd_kafka_topic_partition_list_add(list, reader->topic, answers[i].partition)->offset = since_ms;
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(reader->client, list, ANSWER_TIMEOUT_MS);
    for (size_t i = 0; i < n && !code; i++) {
        const rd_kafka_topic_partition_t *found =
            rd_kafka_topic_partition_list_find(list, reader->topic, answers[i].partition);
        code = found->err;
        answers[i].low = found->offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

// The evaluation broker knows of no times: it names no offset for the earliest one either, and then all is read.
static void raise_low(struct ho_partition_range *range, int64_t since, int64_t earliest)
{
    if (since < 0 && earliest < 0)
        return;
    if (since < 0 || since > range->high) // nothing is as late
        since = range->high;
    if (range->low < since)
        range->low = since;
}

enum ho_status ho_reader_since(struct ho_reader *reader, int64_t since_ms, struct ho_partition_range *ranges, size_t n,
                               struct ho_error *error)
{
    ho_arena_reset(reader->arena);
    struct ho_partition_range *since = ho_arena_array(reader->arena, n, sizeof *since);
    struct ho_partition_range *earliest = ho_arena_array(reader->arena, n, sizeof *earliest);
    for (size_t i = 0; i < n; i++)
        since[i] = earliest[i] = ranges[i];
    rd_kafka_resp_err_t code = ask_for_time(reader, since_ms, since, n);
    if (!code)
        code = ask_for_time(reader, 1, earliest, n);
    if (code)
        return ho_fail(error, HO_RETRY, "Kafka did not tell where the window of topic %s begins: %s", reader->topic,
                       rd_kafka_err2str(code));
    reader->health.up = true;
    for (size_t i = 0; i < n; i++)
        raise_low(&ranges[i], since[i].low, earliest[i].low);
    return HO_OK;
}

// The queues are taken aside before anything is fetched, so that no record can come by the common one.
static void add_stretch(struct ho_reader *reader, const struct ho_partition_range *range)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(reader->client, reader->topic, range->partition);
    rd_kafka_queue_forward(queue, NULL);
    ho_kafka_wake_on(reader->wake_fd, queue);
    reader->stretches[reader->n++] = (struct stretch){range->partition, range->low, range->high, queue};
}

enum ho_status ho_reader_begin(struct ho_reader *reader, const struct ho_partition_range *ranges, size_t n,
                               struct ho_error *error)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    reader->stretches = calloc(n + 1, sizeof *reader->stretches);
    if (!reader->stretches)
        abort();
    for (size_t i = 0; i < n; i++) {
        if (ranges[i].low >= ranges[i].high)
            continue;
        add_stretch(reader, &ranges[i]);
        rd_kafka_topic_partition_list_add(list, reader->topic, ranges[i].partition)->offset = ranges[i].low;
    }
    rd_kafka_resp_err_t code = rd_kafka_assign(reader->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code)
        return ho_fail(error, HO_RETRY, "reading of topic %s cannot begin: %s", reader->topic, rd_kafka_err2str(code));
    return HO_OK;
}

int64_t ho_reader_left(const struct ho_reader *reader)
{
    int64_t left = 0;
    for (size_t i = 0; i < reader->n; i++)
        if (reader->stretches[i].next < reader->stretches[i].end)
            left += reader->stretches[i].end - reader->stretches[i].next;
    return left;
}

// ---- Records -----------------------------------------------------------------------------------------------

// A record's headers are only looked at when they are asked for: taking them apart costs as much as the record.
void ho_reader_headers(struct ho_arena *arena, struct ho_kafka_record *record)
{
    rd_kafka_headers_t *headers;
    if (record->headers || !record->source ||
        rd_kafka_message_headers(record->source, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    record->n_headers = rd_kafka_header_cnt(headers);
    struct ho_kafka_header *list = ho_arena_array(arena, record->n_headers, sizeof *list);
    const void *value;
    for (size_t i = 0; i < record->n_headers; i++) {
        rd_kafka_header_get_all(headers, i, &list[i].name, &value, &list[i].value.n);
        list[i].value.p = value;
    }
    record->headers = list;
}

// What librdkafka says about a partition instead of a record.
static enum ho_status take_event(struct ho_reader *reader, struct stretch *stretch, const rd_kafka_message_t *message,
                                 struct ho_error *error)
{
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        if (message->offset < stretch->end)
            return ho_fail(error, HO_RETRY, "topic %s partition %d ends before offset %lld, which was read before",
                           reader->topic, (int)stretch->partition, (long long)stretch->end);
        stretch->next = stretch->end; // what is left holds no record
        return HO_OK;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return ho_fail(error, HO_RETRY, "topic %s partition %d is not there", reader->topic, (int)stretch->partition);
    default: // librdkafka goes on by itself
        ho_log(HO_WARN, "kafka reader", "topic=%s partition=%d text=\"%s\"", reader->topic, (int)stretch->partition,
               rd_kafka_message_errstr(message));
        return HO_OK;
    }
}

// Sets the stretch behind the message; true where its record belongs to it.
static bool take_record(struct stretch *stretch, rd_kafka_message_t *message, struct ho_kafka_record *out)
{
    bool inside = message->offset >= stretch->next && message->offset < stretch->end;
    if (message->offset >= stretch->next)
        stretch->next = message->offset + 1;
    *out = (struct ho_kafka_record){
        .partition = stretch->partition,
        .offset = message->offset,
        .timestamp_ms = rd_kafka_message_timestamp(message, NULL),
        .key = ho_bytes_from(message->key, message->key_len),
        .value = ho_bytes_from(message->payload, message->len),
        .source = message,
    };
    return inside;
}

static enum ho_status hand_over(struct ho_reader *reader, struct stretch *stretch, size_t n_messages,
                                ho_records_handler *handle, void *context, struct ho_error *error)
{
    ho_arena_reset(reader->arena);
    struct ho_kafka_record *records = ho_arena_array(reader->arena, n_messages, sizeof *records);
    enum ho_status status = HO_OK;
    size_t n = 0;
    for (size_t i = 0; i < n_messages && status == HO_OK; i++) {
        if (reader->messages[i]->err)
            status = take_event(reader, stretch, reader->messages[i], error);
        else if (take_record(stretch, reader->messages[i], &records[n]))
            n++;
    }
    for (size_t i = 0; i < n; i++)
        records[i].topic = reader->topic;
    reader->health.up |= n > 0; // the statistics, which else tell it, come once a second
    if (status == HO_OK && n)
        status = handle(context, reader->arena, records, n, error);
    for (size_t i = 0; i < n_messages; i++)
        rd_kafka_message_destroy(reader->messages[i]);
    return status;
}

// One batch of each partition that is not done; *taken tells whether there was anything.
static enum ho_status read_round(struct ho_reader *reader, ho_records_handler *handle, void *context, bool *taken,
                                 struct ho_error *error)
{
    enum ho_status status = HO_OK;
    *taken = false;
    for (size_t i = 0; i < reader->n && status == HO_OK; i++) {
        struct stretch *stretch = &reader->stretches[i];
        if (stretch->next >= stretch->end)
            continue;
        ssize_t n = rd_kafka_consume_batch_queue(stretch->queue, 0, reader->messages, BATCH_RECORDS);
        if (n <= 0)
            continue;
        *taken = true;
        status = hand_over(reader, stretch, (size_t)n, handle, context, error);
    }
    return status;
}

// The client's own news: errors, statistics, logs.
static enum ho_status serve_client(struct ho_reader *reader, struct ho_error *error)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(reader->client, 0);
    if (message)
        rd_kafka_message_destroy(message);
    return reader->health.fatal ? ho_fail(error, HO_RETRY, "%s", reader->health.words) : HO_OK;
}

enum ho_status ho_reader_read(struct ho_reader *reader, int timeout_ms, ho_records_handler *handle, void *context,
                              struct ho_error *error)
{
    bool taken = false;
    ho_kafka_wake_take(reader->wake_fd);
    enum ho_status status = serve_client(reader, error);
    if (status == HO_OK)
        status = read_round(reader, handle, context, &taken, error);
    if (status == HO_OK && !taken && ho_reader_left(reader)) {
        struct pollfd wake = {.fd = reader->wake_fd, .events = POLLIN};
        poll(&wake, 1, timeout_ms);
    }
    return status;
}

bool ho_reader_up(const struct ho_reader *reader)
{
    return reader->health.up;
}
