// Acknowledged messages a second over synchronous MLLP connections, each of which sends its next message once the one
// before is answered: to a gateway, and to a bare echo (a process of its own that answers each frame at once); and the
// bare production of the same bytes by librdkafka with the gateway's settings: as fast as it goes, and with no more
// messages on their way at a time than there are connections.
//
//     handoff-bench-mllp HOST:PORT BROKERS TOPIC FILE SECONDS [CONNECTIONS...]
//
// FILE has one or more MLLP frames, sent in turn. Prints "name value unit" lines, for 1, 10 and 100 connections where
// no other numbers are given.
#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handoff/bytes.h"
#include "handoff/platform/loop.h"
#include "handoff/platform/net.h"

enum {
    MOST_CONNECTIONS = 100,
    READ_BYTES = 64 << 10,
    EVENTS = 128,
    MOST_ANSWERS = 20 << 20,
    CONNECT_MS = 5000,
    MOST_ON_THEIR_WAY = 50000, // fewer than librdkafka's queue holds
    START = 0x0B,
    END = 0x1C,
};

struct frames {
    struct ho_bytes *items;
    size_t n, next;
};

struct sender {
    int fd;
    int64_t sent_us;
};

struct run {
    struct frames *frames;
    struct sender senders[MOST_CONNECTIONS];
    int epoll;
    uint32_t *latencies_us;
    size_t n_answers;
};

static uint8_t buffer[READ_BYTES];

static void fail(const char *what)
{
    fprintf(stderr, "handoff-bench-mllp: %s (%s)\n", what, strerror(errno));
    exit(1);
}

static void *must(void *p)
{
    if (!p)
        fail("out of memory");
    return p;
}

static struct ho_bytes read_file(const char *path)
{
    struct stat s;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &s))
        fail(path);
    uint8_t *bytes = must(malloc((size_t)s.st_size));
    if (fread(bytes, 1, (size_t)s.st_size, file) != (size_t)s.st_size)
        fail(path);
    fclose(file);
    return ho_bytes_from(bytes, (size_t)s.st_size);
}

// Each with its framing.
static void find_frames(struct ho_bytes all, struct frames *out)
{
    const uint8_t *end;
    for (; all.n && (end = memchr(all.p, END, all.n)); out->n++) {
        size_t n = (size_t)(end - all.p) + 2; // and the CR
        out->items = must(reallocarray(out->items, out->n + 1, sizeof *out->items));
        out->items[out->n] = ho_bytes_from(all.p, n);
        all = ho_bytes_from(all.p + n, all.n - n);
    }
    if (!out->n)
        fail("no frames");
}

static struct ho_bytes next_frame(struct frames *frames)
{
    return frames->items[frames->next++ % frames->n];
}

// ---- The senders.

static void send_next(struct run *run, struct sender *s)
{
    struct ho_bytes frame = next_frame(run->frames);
    s->sent_us = ho_monotonic_us();
    if (send(s->fd, frame.p, frame.n, MSG_NOSIGNAL) != (ssize_t)frame.n)
        fail("a message was not sent whole");
}

// An answer is smaller than a packet, so it comes as one piece.
static void take_answer(struct run *run, struct sender *s)
{
    ssize_t n = recv(s->fd, buffer, sizeof buffer, 0);
    if (n < 3 || buffer[n - 2] != END || !memmem(buffer, (size_t)n, "MSA|AA|", 7))
        fail("an answer is none, or not positive");
    if (run->n_answers == MOST_ANSWERS)
        fail("too many answers");
    run->latencies_us[run->n_answers++] = (uint32_t)(ho_monotonic_us() - s->sent_us);
}

static void open_senders(struct run *run, const char *address, int n)
{
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < n; i++) {
        struct sender *s = &run->senders[i];
        struct ho_error error;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
        if (ho_tcp_connect(address, CONNECT_MS, &s->fd, &error) != HO_OK)
            fail(error.text);
        if (run->epoll < 0 || epoll_ctl(run->epoll, EPOLL_CTL_ADD, s->fd, &event))
            fail("epoll");
    }
}

// Sends on all connections until the time is over, then takes what is owed. Returns the seconds.
static double drive(struct run *run, int n, double seconds)
{
    struct epoll_event events[EVENTS];
    int64_t begun_us = ho_monotonic_us(), until_us = begun_us + (int64_t)(seconds * 1e6);
    int awaited = n;
    for (int i = 0; i < n; i++)
        send_next(run, &run->senders[i]);
    while (awaited) {
        int ready = epoll_wait(run->epoll, events, EVENTS, 30000);
        if (ready <= 0)
            fail("no answer");
        bool over = ho_monotonic_us() >= until_us;
        for (int i = 0; i < ready; i++) {
            take_answer(run, events[i].data.ptr);
            if (over)
                awaited--;
            else
                send_next(run, events[i].data.ptr);
        }
    }
    return (double)(ho_monotonic_us() - begun_us) / 1e6;
}

static int by_value(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double measure(const char *name, const char *address, struct frames *frames, int n, double seconds)
{
    struct run run = {.frames = frames, .latencies_us = must(malloc(MOST_ANSWERS * sizeof(uint32_t)))};
    open_senders(&run, address, n);
    drive(&run, n, seconds / 10); // warm
    run.n_answers = 0;
    double took = drive(&run, n, seconds), rate = (double)run.n_answers / took;
    qsort(run.latencies_us, run.n_answers, sizeof *run.latencies_us, by_value);
    printf("%s_%d %.0f messages/s\n", name, n, rate);
    const uint32_t *median = &run.latencies_us[run.n_answers / 2], *late = &run.latencies_us[run.n_answers / 100 * 99];
    printf("%s_%d_p50 %.3f ms\n%s_%d_p99 %.3f ms\n", name, n, *median / 1e3, name, n, *late / 1e3);
    fflush(stdout);
    for (int i = 0; i < n; i++)
        close(run.senders[i].fd);
    close(run.epoll);
    free(run.latencies_us);
    return rate;
}

// ---- The echo.

static void echo(int fd)
{
    static const char answer[] =
        "\x0BMSH|^~\\&|HANDOFF|PLAN|S|F|20261122103000+0000||ACK^A01^ACK|1|P|2.5.1\rMSA|AA|1\r\x1C\r";
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) {
        close(fd);
        return;
    }
    for (const uint8_t *at = buffer; (at = memchr(at, END, (size_t)(buffer + n - at))); at++)
        if (send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0)
            break;
}

static void serve_echo(int listening)
{
    struct epoll_event events[EVENTS], event = {.events = EPOLLIN, .data.fd = listening};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &event);
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd != listening) {
                echo(events[i].data.fd);
                continue;
            }
            event.data.fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (event.data.fd >= 0)
                epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
        }
    }
}

// ---- Bare production.

struct production {
    rd_kafka_t *client;
    uint64_t delivered;
};

static void on_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    (void)client;
    struct production *p = opaque;
    if (message->err)
        fail(rd_kafka_err2str(message->err));
    p->delivered++;
}

static rd_kafka_t *new_producer(const char *brokers, const char *linger_ms, struct production *p)
{
    const char *const settings[][2] = {
        {"bootstrap.servers", brokers}, {"enable.idempotence", "true"}, {"acks", "all"},
        {"linger.ms", linger_ms},       {"compression.type", "zstd"},   {"partitioner", "murmur2_random"}};
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof why) != RD_KAFKA_CONF_OK)
            fail(why);
    rd_kafka_conf_set_opaque(conf, p);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!client)
        fail(why);
    return client;
}

// Keyed so that they spread over the partitions.
static void produce_one(struct production *p, const char *topic, struct frames *frames, uint64_t key)
{
    struct ho_bytes frame = next_frame(frames);
    rd_kafka_resp_err_t code =
        rd_kafka_producev(p->client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_VALUE((void *)(frame.p + 1), frame.n - 3),
                          RD_KAFKA_V_KEY(&key, sizeof key), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (code)
        fail(rd_kafka_err2str(code));
}

// Messages a second with at most so many on their way.
static double produce(const char *brokers, const char *topic, struct frames *frames, const char *linger_ms,
                      uint64_t most, double seconds)
{
    struct production p = {0};
    p.client = new_producer(brokers, linger_ms, &p);
    int64_t begun_us = ho_monotonic_us(), until_us = begun_us + (int64_t)(seconds * 1e6);
    for (uint64_t i = 0; ho_monotonic_us() < until_us; i++) {
        while (i - p.delivered >= most)
            rd_kafka_poll(p.client, 10);
        produce_one(&p, topic, frames, i);
        rd_kafka_poll(p.client, 0);
    }
    if (rd_kafka_flush(p.client, 60000))
        fail("not all was delivered");
    double rate = (double)p.delivered / ((double)(ho_monotonic_us() - begun_us) / 1e6);
    rd_kafka_destroy(p.client);
    return rate;
}

int main(int argc, char **argv)
{
    static char *usual[] = {"1", "10", "100", NULL};
    struct frames frames = {0};
    struct ho_error error;
    char echo_address[32];
    uint16_t port;
    int listening;
    if (argc < 6) {
        fprintf(stderr, "usage: handoff-bench-mllp HOST:PORT BROKERS TOPIC FILE SECONDS [CONNECTIONS...]\n");
        return 2;
    }
    double seconds = strtod(argv[5], NULL);
    find_frames(read_file(argv[4]), &frames);
    if (ho_tcp_listen("127.0.0.1:0", &listening, &port, &error) != HO_OK)
        fail(error.text);
    pid_t server = fork();
    if (server == 0)
        serve_echo(listening);
    snprintf(echo_address, sizeof echo_address, "127.0.0.1:%u", port);
    double production = produce(argv[2], argv[3], &frames, "5", MOST_ON_THEIR_WAY, seconds);
    printf("mllp_bare_production %.0f messages/s\n", production);
    fflush(stdout);
    for (char **given = argc > 6 ? argv + 6 : usual; *given; given++) {
        int n = (int)strtol(*given, NULL, 10);
        if (n < 1 || n > MOST_CONNECTIONS)
            fail("at most 100 connections");
        double bare = measure("mllp_bare_echo", echo_address, &frames, n, seconds);
        printf("mllp_bare_production_%d %.0f messages/s\n", n,
               produce(argv[2], argv[3], &frames, "0", (uint64_t)n, seconds));
        fflush(stdout);
        double rate = measure("mllp", argv[1], &frames, n, seconds);
        printf("mllp_%d_of_lesser %.3f ratio\n", n, rate / (bare < production ? bare : production));
        fflush(stdout);
    }
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return 0;
}
