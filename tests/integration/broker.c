#include "broker.h"

#include "servers.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 };

__attribute__((noreturn)) static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void check(const char *what, rd_kafka_resp_err_t code)
{
    if (code)
        give_up(what, rd_kafka_err2str(code));
}

static void check_error(const char *what, rd_kafka_error_t *error)
{
    if (error)
        give_up(what, rd_kafka_error_string(error));
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *name, const char *value)
{
    char words[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", ho_test_brokers(), words, sizeof words);
    if (type == RD_KAFKA_CONSUMER)
        rd_kafka_conf_set(conf, "group.id", "ho-test-reader", words, sizeof words);
    if (name)
        rd_kafka_conf_set(conf, name, value, words, sizeof words);
    rd_kafka_t *rk = rd_kafka_new(type, conf, words, sizeof words);
    if (!rk)
        give_up("client", words);
    return rk;
}

const char *ho_test_topic(struct ho_arena *arena, int32_t partitions)
{
    static int counter;
    struct ho_topic_spec spec = {.name = ho_arena_printf(arena, "ho_test_%d_%d", (int)getpid(), counter++),
                                 .partitions = partitions};
    const char *report;
    struct ho_error error;
    if (ho_kafka_topics_apply(arena, ho_test_brokers(), &spec, 1, &report, &error))
        give_up(spec.name, error.text);
    return spec.name;
}

static void wait_for(rd_kafka_queue_t *queue, const char *what)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, PATIENCE_MS);
    if (!event)
        give_up(what, "no answer");
    check(what, rd_kafka_event_error(event));
    rd_kafka_event_destroy(event);
}

static bool topic_exists(rd_kafka_t *rk, const char *topic)
{
    const struct rd_kafka_metadata *metadata;
    bool exists = false;
    check("metadata", rd_kafka_metadata(rk, 1, NULL, &metadata, PATIENCE_MS));
    for (int i = 0; i < metadata->topic_cnt; i++)
        exists |= strcmp(metadata->topics[i].topic, topic) == 0 && metadata->topics[i].partition_cnt > 0;
    rd_kafka_metadata_destroy(metadata);
    return exists;
}

void ho_test_topic_delete(const char *topic)
{
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, NULL, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_DeleteTopic_t *deletion = rd_kafka_DeleteTopic_new(topic);
    rd_kafka_DeleteTopics(rk, &deletion, 1, NULL, queue);
    wait_for(queue, "delete the topic");
    while (topic_exists(rk, topic))
        ;
    rd_kafka_DeleteTopic_destroy(deletion);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

void ho_test_records_delete(const char *topic, int32_t partition, int64_t before)
{
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, NULL, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = before;
    rd_kafka_DeleteRecords_t *deletion = rd_kafka_DeleteRecords_new(list);
    rd_kafka_DeleteRecords(rk, &deletion, 1, NULL, queue);
    wait_for(queue, "delete records");
    rd_kafka_DeleteRecords_destroy(deletion);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

static void take_offset(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    (void)rk;
    (void)opaque;
    check("produce", message->err);
    if (message->_private)
        *(int64_t *)message->_private = message->offset;
}

static rd_kafka_t *reporting_producer(const char *transactional_id)
{
    char words[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", ho_test_brokers(), words, sizeof words);
    rd_kafka_conf_set(conf, "linger.ms", "0", words, sizeof words);
    if (transactional_id)
        rd_kafka_conf_set(conf, "transactional.id", transactional_id, words, sizeof words);
    rd_kafka_conf_set_dr_msg_cb(conf, take_offset);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof words);
    if (!rk)
        give_up("producer", words);
    return rk;
}

static void produce(rd_kafka_t *rk, const char *topic, int32_t partition, const char *key, const char *value,
                    int64_t *offset)
{
    const rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)key, strlen(key)}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)value, strlen(value)}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = offset},
    };
    check_error("produce", rd_kafka_produceva(rk, parts, sizeof parts / sizeof *parts));
}

int64_t ho_test_produce(const char *topic, int32_t partition, const char *key, const char *value)
{
    int64_t offset = -1;
    rd_kafka_t *rk = reporting_producer(NULL);
    produce(rk, topic, partition, key, value, &offset);
    check("flush", rd_kafka_flush(rk, PATIENCE_MS));
    rd_kafka_destroy(rk);
    return offset;
}

static void produce_numbered(rd_kafka_t *rk, const char *topic, int32_t partition, const char *prefix, int n)
{
    for (int i = 0; i < n; i++) {
        char value[64];
        snprintf(value, sizeof value, "%s%d", prefix, i);
        produce(rk, topic, partition, "k", value, NULL);
    }
}

void ho_test_produce_many(const char *topic, int32_t partition, const char *prefix, int n)
{
    rd_kafka_t *rk = reporting_producer(NULL);
    produce_numbered(rk, topic, partition, prefix, n);
    check("flush", rd_kafka_flush(rk, PATIENCE_MS));
    rd_kafka_destroy(rk);
}

void ho_test_produce_transaction(const char *topic, int32_t partition, const char *prefix, int n, bool commit)
{
    rd_kafka_t *rk = reporting_producer(topic);
    check_error("transactions", rd_kafka_init_transactions(rk, PATIENCE_MS));
    check_error("begin", rd_kafka_begin_transaction(rk));
    produce_numbered(rk, topic, partition, prefix, n);
    check("flush", rd_kafka_flush(rk, PATIENCE_MS));
    if (commit)
        check_error("commit", rd_kafka_commit_transaction(rk, PATIENCE_MS));
    else
        check_error("abort", rd_kafka_abort_transaction(rk, PATIENCE_MS));
    rd_kafka_destroy(rk);
}

static void copy_headers(struct ho_arena *arena, const rd_kafka_message_t *message, struct ho_kafka_record *record)
{
    rd_kafka_headers_t *headers;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    struct ho_kafka_header *copies = ho_arena_array(arena, rd_kafka_header_cnt(headers), sizeof *copies);
    const char *name;
    const void *value;
    size_t n;
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &n) == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        copies[i].name = ho_arena_text(arena, ho_bytes_of(name));
        copies[i].value = ho_arena_copy(arena, ho_bytes_from(value, n));
    }
    record->headers = copies;
    record->n_headers = rd_kafka_header_cnt(headers);
}

struct ho_kafka_record ho_test_read(struct ho_arena *arena, const char *topic, int32_t partition, int64_t offset)
{
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, "auto.offset.reset", "error");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
    check("assign", rd_kafka_assign(rk, list));
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_message_t *message = rd_kafka_consumer_poll(rk, PATIENCE_MS);
    if (!message)
        give_up("read", "no record");
    check("read", message->err);
    struct ho_kafka_record record = {
        .topic = topic,
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms = rd_kafka_message_timestamp(message, NULL),
        .key = ho_arena_copy(arena, ho_bytes_from(message->key, message->key_len)),
        .value = ho_arena_copy(arena, ho_bytes_from(message->payload, message->len)),
    };
    copy_headers(arena, message, &record);
    rd_kafka_message_destroy(message);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return record;
}
