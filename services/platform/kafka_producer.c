// Records that are on their way stand in a list, so that each is reported once whatever becomes of the client.
#include "kafka_internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

#include "handoff/platform/log.h"

enum {
    MAX_TOPICS = 8,
    MAX_HEADERS = 32,
    PURGE_TIMEOUT_MS = 1000,
    FLUSH_TURN_MS = 100,
    FIXED_PARTS = 6,       // of a record given to librdkafka: topic, value, key, opaque, flags, headers
    BATCH_BYTES = 1000000, // of several records; a larger one goes alone
};

struct sent {
    TAILQ_ENTRY(sent) entry;
    struct ho_producer *producer;
    ho_delivered *delivered;
    void *context;
};

struct ho_producer {
    struct ho_kafka_health health; // first: the client's opaque
    char *brokers, *client_id;
    struct ho_producer_settings settings;
    rd_kafka_t *client;                   // NULL where it could not be made anew yet
    rd_kafka_topic_t *topics[MAX_TOPICS]; // held, so that the client keeps their leaders in mind
    bool serving;                         // within a callback
    bool one_by_one;                      // records go alone, for a topic takes less than a batch
    int wake_fd;
    struct ho_loop *loop;
    struct ho_watch *wake, *tick;
    TAILQ_HEAD(, sent) on_their_way;
    size_t n_on_their_way;
};

// Ends a record that is no longer in the list.
static void report(struct sent *sent, const struct ho_report *report)
{
    struct sent copy = *sent;
    sent->producer->n_on_their_way--;
    free(sent);
    copy.delivered(copy.context, report);
}

static void report_all_failed(struct ho_producer *producer)
{
    static const struct ho_report ended = {
        .error_text = "the producer ended before the broker's report", .partition = -1, .offset = -1};
    struct sent *sent = TAILQ_FIRST(&producer->on_their_way), *next;
    TAILQ_INIT(&producer->on_their_way);
    for (; sent; sent = next) {
        next = TAILQ_NEXT(sent, entry);
        report(sent, &ended);
    }
}

// Brokers measure batches (max.message.bytes, segment.bytes).
static bool is_about_size(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || code == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

// A batch may be too large where each of its records is not: those are to be sent again, alone.
static bool went_alone(const struct ho_producer *producer, const rd_kafka_message_t *message)
{
    return producer->one_by_one || message->len > BATCH_BYTES;
}

static void send_one_by_one(struct ho_producer *producer)
{
    producer->one_by_one = true;
    producer->health.fatal = true; // so that the client is made anew
    snprintf(producer->health.words, sizeof producer->health.words,
             "a topic takes less than a batch of %d bytes (max.message.bytes); records go alone from now on",
             BATCH_BYTES);
}

static void on_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    (void)client;
    struct ho_producer *producer = opaque;
    struct sent *sent = message->_private;
    struct ho_report told = {.partition = message->partition, .offset = message->offset};
    TAILQ_REMOVE(&producer->on_their_way, sent, entry);
    if (!message->err)
        producer->health.up = true;
    else
        told.error_text = rd_kafka_err2str(message->err);
    if (is_about_size(message->err) && went_alone(producer, message)) {
        told.too_large = true;
        told.value = ho_bytes_from(message->payload, message->len);
    } else if (is_about_size(message->err)) {
        send_one_by_one(producer);
    }
    report(sent, &told);
}

// ---- The client and its end ----------------------------------------------------------------------------

static enum ho_status client_open(struct ho_producer *producer, struct ho_error *error)
{
    char linger[24], timeout[24], bytes[24], batch[24];
    snprintf(linger, sizeof linger, "%lld", (long long)producer->settings.linger_ms);
    snprintf(timeout, sizeof timeout, "%lld", (long long)producer->settings.delivery_timeout_ms);
    snprintf(bytes, sizeof bytes, "%lld", (long long)producer->settings.max_message_bytes);
    snprintf(batch, sizeof batch, "%d", BATCH_BYTES);
    const struct ho_kafka_setting settings[] = {
        {"enable.idempotence", "true"},
        {"acks", "all"},
        {"compression.type", "zstd"},
        {"compression.level", "1"},        // batches are small: a higher level spends its time on clearing its tables
        {"partitioner", "murmur2_random"}, // as Kafka's own clients do
        {"linger.ms", linger},
        {"delivery.timeout.ms", timeout},
        {"message.max.bytes", bytes},
        {"batch.size", batch},
        {"queue.buffering.max.kbytes", "131072"},
        {producer->one_by_one ? "batch.num.messages" : NULL, "1"},
        {NULL, NULL},
    };
    rd_kafka_conf_t *conf;
    enum ho_status status =
        ho_kafka_conf_new(producer->brokers, producer->client_id, settings, &producer->health, &conf, error);
    if (status)
        return status;
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
    status = ho_kafka_client_new(RD_KAFKA_PRODUCER, conf, &producer->client, error);
    if (status)
        return status;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(producer->client);
    ho_kafka_wake_on(producer->wake_fd, queue);
    rd_kafka_queue_destroy(queue);
    for (size_t i = 0; producer->settings.topics && producer->settings.topics[i] && i < MAX_TOPICS; i++)
        producer->topics[i] = rd_kafka_topic_new(producer->client, producer->settings.topics[i], NULL);
    return HO_OK;
}

// Ends the client; what was on its way is reported as failed.
static void client_close(struct ho_producer *producer)
{
    if (!producer->client)
        return;
    producer->health.fatal = true; // callbacks send nothing more
    rd_kafka_purge(producer->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(producer->client, PURGE_TIMEOUT_MS);
    for (size_t i = 0; i < MAX_TOPICS; i++) {
        if (producer->topics[i])
            rd_kafka_topic_destroy(producer->topics[i]);
        producer->topics[i] = NULL;
    }
    rd_kafka_destroy(producer->client);
    producer->client = NULL;
    producer->health.up = false;
    report_all_failed(producer);
}

// A client that failed for good (librdkafka 2.0.2 may when an idempotent producer loses its place) is replaced.
static void heal(struct ho_producer *producer)
{
    if (producer->client && !producer->health.fatal)
        return;
    if (producer->health.fatal)
        ho_log(HO_WARN, "kafka producer is made anew", "client=%s text=\"%s\"", producer->client_id,
               producer->health.words);
    client_close(producer);
    producer->health = (struct ho_kafka_health){0};
    struct ho_error error;
    if (client_open(producer, &error))
        ho_log(HO_ERROR, "kafka producer cannot be made", "client=%s text=\"%s\"", producer->client_id, error.text);
}

// ---- Serving ---------------------------------------------------------------------------------------------

int ho_producer_poll(struct ho_producer *producer, int timeout_ms)
{
    assert(!producer->serving);
    producer->serving = true;
    int served = 0;
    ho_kafka_wake_take(producer->wake_fd);
    if (producer->client) {
        served = rd_kafka_poll(producer->client, timeout_ms);
    }
    heal(producer);
    producer->serving = false;
    return served;
}

// In short turns, for a client that fails for good meanwhile keeps its records until their timeout.
int ho_producer_flush(struct ho_producer *producer, int timeout_ms)
{
    int64_t deadline_us = ho_monotonic_us() + INT64_C(1000) * timeout_ms;
    ho_producer_poll(producer, 0);
    while (producer->n_on_their_way && producer->client && ho_monotonic_us() < deadline_us) {
        producer->serving = true;
        rd_kafka_flush(producer->client, FLUSH_TURN_MS);
        producer->serving = false;
        ho_producer_poll(producer, 0);
    }
    return (int)producer->n_on_their_way;
}

bool ho_producer_reachable(const struct ho_producer *producer)
{
    return producer->client && producer->health.up;
}

static void on_wake(void *context, int events)
{
    (void)events;
    ho_producer_poll(context, 0);
}

static void on_tick(void *context)
{
    ho_producer_poll(context, 0);
}

enum ho_status ho_producer_new(struct ho_loop *loop_or_null, const struct ho_producer_settings *settings,
                               struct ho_producer **out, struct ho_error *error)
{
    struct ho_producer *producer = calloc(1, sizeof *producer);
    if (!producer || !(producer->brokers = strdup(settings->brokers)) ||
        !(producer->client_id = strdup(settings->client_id)))
        abort();
    producer->settings = *settings;
    producer->wake_fd = ho_kafka_wake_new();
    TAILQ_INIT(&producer->on_their_way);
    enum ho_status status = client_open(producer, error);
    if (status) {
        ho_producer_free(producer);
        return status;
    }
    if (loop_or_null) {
        producer->wake = ho_loop_fd(loop_or_null, producer->wake_fd, HO_READABLE, on_wake, producer);
        producer->tick = ho_loop_timer(loop_or_null, 1000, 1000, on_tick, producer);
    }
    *out = producer;
    return HO_OK;
}

void ho_producer_free(struct ho_producer *producer)
{
    if (!producer)
        return;
    assert(!producer->serving);
    client_close(producer);
    ho_watch_free(producer->wake);
    ho_watch_free(producer->tick);
    close(producer->wake_fd);
    free(producer->brokers);
    free(producer->client_id);
    free(producer);
}

// ---- Sending ---------------------------------------------------------------------------------------------

static rd_kafka_headers_t *headers_of(const struct ho_kafka_record *record)
{
    assert(record->n_headers <= MAX_HEADERS);
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->n_headers);
    for (size_t i = 0; i < record->n_headers; i++)
        rd_kafka_header_add(headers, record->headers[i].name, -1, record->headers[i].value.p,
                            (ssize_t)record->headers[i].value.n);
    return headers;
}

static rd_kafka_error_t *produce(struct ho_producer *producer, const struct ho_kafka_record *record, struct sent *sent)
{
    rd_kafka_headers_t *headers = headers_of(record);
    const rd_kafka_vu_t parts[FIXED_PARTS] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = record->topic},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)record->value.p, record->value.n}},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)record->key.p, record->key.n}},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = sent},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *failure = rd_kafka_produceva(producer->client, parts, FIXED_PARTS);
    if (failure)
        rd_kafka_headers_destroy(headers); // else they are the record's
    return failure;
}

static enum ho_status fail_produce(rd_kafka_error_t *failure, const struct ho_kafka_record *record,
                                   struct ho_error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_error_code(failure);
    enum ho_status status = code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ? HO_REJECT : HO_RETRY;
    ho_fail(error, status, "a record of %zu bytes does not go to %s: %s", record->value.n, record->topic,
            rd_kafka_error_string(failure));
    rd_kafka_error_destroy(failure);
    return status;
}

enum ho_status ho_producer_send(struct ho_producer *producer, const struct ho_kafka_record *record,
                                ho_delivered *delivered, void *record_context, struct ho_error *error)
{
    if (!producer->client || producer->health.fatal)
        return ho_fail(error, HO_RETRY, "Kafka's client is being made anew");
    struct sent *sent = malloc(sizeof *sent);
    if (!sent)
        abort();
    *sent = (struct sent){.producer = producer, .delivered = delivered, .context = record_context};
    rd_kafka_error_t *failure = produce(producer, record, sent);
    if (failure) {
        free(sent);
        return fail_produce(failure, record, error);
    }
    TAILQ_INSERT_TAIL(&producer->on_their_way, sent, entry);
    producer->n_on_their_way++;
    return HO_OK;
}
