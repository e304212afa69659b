// The ceiling of everything that reads a topic: librdkafka alone, every record looked at and dropped.
// Usage: handoff-bench-consume BROKERS TOPIC. Prints "consume N messages/s".
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char why[256];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "%s\n", why);
        exit(1);
    }
}

// Assigns all partitions from their beginning; returns how many.
static int assign_all(rd_kafka_t *consumer, const char *topic)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(consumer, topic, NULL);
    if (rd_kafka_metadata(consumer, 0, handle, &metadata, 10000) || metadata->topic_cnt != 1)
        return 0;
    int n = metadata->topics[0].partition_cnt;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(n);
    for (int p = 0; p < n; p++)
        rd_kafka_topic_partition_list_add(list, topic, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    return n;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: handoff-bench-consume BROKERS TOPIC\n");
        return 2;
    }
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", argv[1]);
    set(conf, "group.id", "handoff-bench");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.partition.eof", "true");
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!consumer) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    rd_kafka_poll_set_consumer(consumer);
    int left = assign_all(consumer, argv[2]);
    long long messages = 0;
    double begun = 0, ended = 0;
    while (left > 0) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 10000);
        if (!message)
            break;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            left--;
        else if (!message->err && messages++ == 0)
            begun = now_s();
        ended = now_s();
        rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    printf("consume %.0f messages/s\n", messages > 1 ? (double)(messages - 1) / (ended - begun) : 0);
    return messages ? 0 : 1;
}
