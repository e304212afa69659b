#include "kafka_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "handoff/platform/log.h"

enum { SYSLOG_CRITICAL = 2, SYSLOG_WARNING = 4, SYSLOG_INFO = 6, ANSWER_WITHIN_US = 3000000 };

struct ho_bytes ho_kafka_header(const struct ho_kafka_record *record, const char *name)
{
    for (size_t i = 0; i < record->n_headers; i++)
        if (strcmp(record->headers[i].name, name) == 0)
            return record->headers[i].value;
    return ho_bytes_from(NULL, 0);
}

// What librdkafka calls an error, such as a refused connection, passes by itself: a warning here.
static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *words)
{
    enum ho_log_level ours = level <= SYSLOG_CRITICAL  ? HO_ERROR
                             : level <= SYSLOG_WARNING ? HO_WARN
                             : level <= SYSLOG_INFO    ? HO_INFO
                                                       : HO_DEBUG;
    ho_log(ours, "kafka client", "client=\"%s\" facility=%s text=\"%s\"", rd_kafka_name(client), facility, words);
}

static void on_error(rd_kafka_t *client, int code, const char *words, void *opaque)
{
    struct ho_kafka_health *health = opaque;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        health->up = false;
    if (code != RD_KAFKA_RESP_ERR__FATAL)
        return;
    char text[HO_KAFKA_WORDS_BYTES - 64] = "";
    rd_kafka_resp_err_t cause = rd_kafka_fatal_error(client, text, sizeof text);
    health->fatal = true;
    snprintf(health->words, sizeof health->words, "%s: %s", rd_kafka_err2name(cause), *text ? text : words);
}

// The number behind `name`, from `json` on; 0 where there is none.
static long long number_behind(const char *json, const char *name)
{
    const char *found = strstr(json, name);
    return found ? strtoll(found + strlen(name), NULL, 10) : 0;
}

// Of the statistics, which come once a second, only this is used: is a broker connected, and does none of those that
// are leave us waiting?
static int on_statistics(rd_kafka_t *client, char *json, size_t n, void *opaque)
{
    (void)client;
    (void)n;
    struct ho_kafka_health *health = opaque;
    bool connected = false, waiting = false;
    for (const char *p = json; (p = strstr(p, "\"state\":\"UP\"")); p++) {
        connected = true;
        waiting |= number_behind(p, "\"waitresp_cnt\":") > 0 && number_behind(p, "\"rxidle\":") > ANSWER_WITHIN_US;
    }
    health->up = connected && !waiting;
    return 0;
}

static enum ho_status conf_set(rd_kafka_conf_t *conf, const struct ho_kafka_setting *settings, struct ho_error *error)
{
    char words[HO_KAFKA_WORDS_BYTES];
    for (; settings->name; settings++)
        if (rd_kafka_conf_set(conf, settings->name, settings->value, words, sizeof words) != RD_KAFKA_CONF_OK)
            return ho_fail(error, HO_FATAL, "Kafka's client does not take %s: %s", settings->name, words);
    return HO_OK;
}

enum ho_status ho_kafka_conf_new(const char *brokers, const char *client_id, const struct ho_kafka_setting *more,
                                 struct ho_kafka_health *health, rd_kafka_conf_t **out, struct ho_error *error)
{
    const struct ho_kafka_setting common[] = {
        {"bootstrap.servers", brokers},
        {"client.id", client_id},
        {"socket.nagle.disable", "true"},
        {"socket.keepalive.enable", "true"},
        {"reconnect.backoff.ms", "50"},
        {"reconnect.backoff.max.ms", "1000"},
        {"statistics.interval.ms", "1000"},
        {"log.queue", "true"},
        {"log.connection.close", "false"},
        {"allow.auto.create.topics", "false"},
        {NULL, NULL},
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum ho_status status = conf_set(conf, common, error);
    if (!status)
        status = conf_set(conf, more, error);
    if (status) {
        rd_kafka_conf_destroy(conf);
        return status;
    }
    rd_kafka_conf_set_opaque(conf, health);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_stats_cb(conf, on_statistics);
    *out = conf;
    return HO_OK;
}

// Logs go into the client's own queue, so that on_log runs in the thread that polls.
enum ho_status ho_kafka_client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **out,
                                   struct ho_error *error)
{
    char words[HO_KAFKA_WORDS_BYTES];
    rd_kafka_t *client = rd_kafka_new(type, conf, words, sizeof words);
    if (!client) {
        rd_kafka_conf_destroy(conf);
        return ho_fail(error, HO_FATAL, "Kafka's client cannot be made: %s", words);
    }
    rd_kafka_set_log_queue(client, NULL);
    *out = client;
    return HO_OK;
}

int ho_kafka_wake_new(void)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) {
        perror("eventfd");
        abort();
    }
    return fd;
}

void ho_kafka_wake_on(int wake_fd, rd_kafka_queue_t *queue)
{
    static const uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue, wake_fd, &one, sizeof one);
}

void ho_kafka_wake_set(int wake_fd)
{
    static const uint64_t one = 1;
    ssize_t n = write(wake_fd, &one, sizeof one);
    (void)n; // full: it is awake
}

void ho_kafka_wake_take(int wake_fd)
{
    uint64_t count;
    ssize_t n = read(wake_fd, &count, sizeof count);
    (void)n; // nothing there is no fault
}
