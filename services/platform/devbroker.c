// handoff-devbroker: librdkafka's mock cluster in a process of its own, for machines where Apache Kafka cannot be had.
#include "kafka_internal.h"

#include <librdkafka/rdkafka_mock.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "handoff/platform/config.h"

enum { MAX_PARTITIONS = 1000 };

struct settings {
    int64_t port;
    const char *topics;
};

static const struct ho_option options[] = {
    {.name = "port",
     .type = HO_OPTION_INTEGER,
     .fallback = "0",
     .least = 0,
     .most = 65535,
     .offset = offsetof(struct settings, port),
     .help = "on 127.0.0.1; 0 takes a free one"},
    {.name = "topics",
     .type = HO_OPTION_TEXT,
     .fallback = "adt.inbound:6,adt.matched:6,adt.rejected:3,roster.updates:3,transition.events:3",
     .offset = offsetof(struct settings, topics),
     .help = "topics with their partitions; others cannot be created later"},
};

static const struct ho_option_table table = {
    .program = "handoff-devbroker",
    .summary = "Stands in for Apache Kafka, for evaluation only: one broker, all in memory. A partition keeps its "
               "last 5 MiB and drops what is older, whether it was read or not; everything is forgotten at the end. "
               "Topics have no settings, and a reader sees a record up to half a second after it was sent. It prints "
               "\"brokers HOST:PORT\" and runs until SIGTERM.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static uint16_t wanted_port;

// librdkafka lets its mock broker listen on any free port and offers no choice. It looks bind up in the program first:
// so this one is called, and puts the wanted port in.
int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t n)
{
    struct sockaddr_in own;
    if (!wanted_port || n != sizeof own || address.__sockaddr__->sa_family != AF_INET)
        return (int)syscall(SYS_bind, fd, address.__sockaddr__, n);
    memcpy(&own, address.__sockaddr__, sizeof own);
    own.sin_port = htons(wanted_port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    return (int)syscall(SYS_bind, fd, &own, n);
}

// The mock cluster aborts where its port is taken, so that is tried before.
static bool port_is_free(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool free_port = fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any) == 0;
    if (fd >= 0)
        close(fd);
    return free_port;
}

// "NAME:PARTITIONS,NAME:PARTITIONS"
static bool create_topics(rd_kafka_mock_cluster_t *cluster, const char *topics)
{
    for (const char *p = topics; *p;) {
        char name[250];
        size_t n = strcspn(p, ":,");
        snprintf(name, sizeof name, "%.*s", (int)n, p);
        char *end = (char *)p;
        long partitions = p[n] == ':' ? strtol(p + n + 1, &end, 10) : 0;
        if (partitions < 1 || partitions > MAX_PARTITIONS || (*end && *end != ',') ||
            rd_kafka_mock_topic_create(cluster, name, (int)partitions, 1)) {
            fprintf(stderr, "handoff-devbroker: --topics: \"%s\" is not like NAME:PARTITIONS,... or named twice\n", p);
            return false;
        }
        p = end + (*end == ',');
    }
    return true;
}

static void serve(struct ho_loop *loop, rd_kafka_mock_cluster_t *cluster, const struct settings *settings)
{
    if (!create_topics(cluster, settings->topics))
        return;
    printf("brokers %s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    fflush(stdout);
    ho_loop_run(loop);
}

// Returns the exit status.
static int run(struct ho_loop *loop, const struct settings *settings)
{
    char words[HO_KAFKA_WORDS_BYTES];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "4", NULL, 0); // it would complain that it knows no broker
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof words);
    if (!client) {
        rd_kafka_conf_destroy(conf);
        fprintf(stderr, "handoff-devbroker: %s\n", words);
        return EXIT_FAILURE;
    }
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(client, 1);
    serve(loop, cluster, settings);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(client);
    return ho_loop_stopping(loop) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct settings settings;
    ho_config_read(&table, argc, argv, &settings);
    wanted_port = (uint16_t)settings.port;
    if (!port_is_free()) {
        fprintf(stderr, "handoff-devbroker: port %d on 127.0.0.1 is taken; choose another with --port\n", wanted_port);
        return EXIT_FAILURE;
    }
    struct ho_loop *loop = ho_loop_new(); // takes the signals before librdkafka starts its threads
    int status = run(loop, &settings);
    ho_loop_free(loop);
    return status;
}
