// The committed offsets of a group that nobody joins. A plain commit, not the administrator's request to alter a
// group's offsets: librdkafka 2.0.2 asserts in that one when the broker goes away while it looks for the coordinator.
#include "kafka_internal.h"

#include <inttypes.h>
#include <stdlib.h>

#include "handoff/platform/log.h"

struct ho_statement {
    struct ho_kafka_health health; // first: the client's opaque
    rd_kafka_t *client;
    char *topic;
    bool under_way, failed;
};

static void on_committed(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *offsets,
                         void *opaque)
{
    (void)client, (void)offsets;
    struct ho_statement *statement = opaque;
    statement->under_way = false;
    statement->failed = code && code != RD_KAFKA_RESP_ERR__NO_OFFSET;
    if (statement->failed)
        ho_log(HO_WARN, "what was acknowledged could not be stated", "reason=\"%s\"", rd_kafka_err2str(code));
}

enum ho_status ho_statement_new(const char *brokers, const char *group, const char *topic, struct ho_statement **out,
                                struct ho_error *error)
{
    const struct ho_kafka_setting settings[] = {{"group.id", group},
                                                {"enable.auto.commit", "false"},
                                                {"enable.auto.offset.store", "false"},
                                                // How long a commit waits for a broker that is away, and with it the
                                                // end of the client, which is busy all the while.
                                                {"session.timeout.ms", "5000"},
                                                {NULL, NULL}};
    struct ho_statement *statement = calloc(1, sizeof *statement);
    if (!statement || !(statement->topic = strdup(topic)))
        abort();
    rd_kafka_conf_t *conf = NULL;
    enum ho_status status = ho_kafka_conf_new(brokers, group, settings, &statement->health, &conf, error);
    if (status == HO_OK) {
        rd_kafka_conf_set_offset_commit_cb(conf, on_committed);
        status = ho_kafka_client_new(RD_KAFKA_CONSUMER, conf, &statement->client, error);
    }
    if (status != HO_OK) {
        ho_statement_free(statement);
        return status;
    }
    rd_kafka_poll_set_consumer(statement->client);
    *out = statement;
    return HO_OK;
}

void ho_statement_free(struct ho_statement *statement)
{
    if (!statement)
        return;
    if (statement->client)
        rd_kafka_destroy_flags(statement->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(statement->topic);
    free(statement);
}

bool ho_statement_poll(struct ho_statement *statement, int timeout_ms)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(statement->client, timeout_ms);
    if (message) // an error of the client: the commit tells its own
        rd_kafka_message_destroy(message);
    return !statement->under_way;
}

bool ho_statement_failed(const struct ho_statement *statement)
{
    return statement->failed;
}

enum ho_status ho_statement_write(struct ho_statement *statement, const struct ho_partition_range *acknowledged,
                                  size_t n, struct ho_error *error)
{
    if (!ho_statement_poll(statement, 0))
        return ho_fail(error, HO_RETRY, "the statement before this one is still under way");
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++)
        rd_kafka_topic_partition_list_add(offsets, statement->topic, acknowledged[i].partition)->offset =
            acknowledged[i].high;
    rd_kafka_resp_err_t code = rd_kafka_commit(statement->client, offsets, 1);
    rd_kafka_topic_partition_list_destroy(offsets);
    if (code)
        return ho_fail(error, HO_RETRY, "what was acknowledged cannot be stated: %s", rd_kafka_err2str(code));
    statement->under_way = true;
    statement->failed = false;
    return HO_OK;
}
