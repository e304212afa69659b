// From the last byte of an MLLP frame to the committed task, one admission a member, at a steady rate.
//
// Usage: handoff-bench-latency ADDRESS DATABASE_URL MESSAGES RATE. The members B0 to B<MESSAGES-1> must be on the
// roster with the CINs that cin() gives. A task counts as committed when a query, sent at the notification of its
// commit, returns it: the figure includes that query.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "handoff/platform/loop.h"
#include "handoff/platform/mllp_client.h"
#include "handoff/platform/pg.h"

static const char *const LISTEN = "listen handoff_task";
static const char *const SEEN = "select substr(member_id, 2)::int8, planned_at from task_plan where planned_at >= $1";

struct bench {
    struct ho_mllp_client *client;
    struct ho_pg *pg;
    int64_t n, rate, sent, seen;
    int64_t *sent_us, *latency_us; // by message; latency 0 until seen
    int64_t newest;                // planned_at of the newest task seen
};

static void must(enum ho_status status, const struct ho_error *error)
{
    if (status == HO_OK)
        return;
    fprintf(stderr, "%s\n", error->text);
    exit(1);
}

static void cin(int64_t i, char out[16])
{
    snprintf(out, 16, "9%07lldA", (long long)(i % 10000000));
}

static void send_one(struct bench *b)
{
    struct ho_error error = {0};
    char text[1024], id[16], now[32];
    time_t seconds = time(NULL);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(now, sizeof now, "%Y%m%d%H%M%S+0000", &tm);
    cin(b->sent, id);
    int n = snprintf(
        text, sizeof text,
        "MSH|^~\\&|EPIC|STANNE|HANDOFF|PLAN|%s||ADT^A01^ADT_A01|L%lld|P|2.5.1\rEVN|A01|%s\r"
        "PID|1||L%lld^^^STANNE^MR~%s^^^MEDI-CAL^MA||BENCH^GRACE||19700101|F\rPV1|1|I|4W^401^1||||||||||||||||L%lld"
        "|||||||||||||||||||||||||%s\r",
        now, (long long)b->sent, now, (long long)b->sent, id, (long long)b->sent, now);
    must(ho_mllp_client_send(b->client, ho_bytes_from(text, (size_t)n), &error), &error);
    b->sent_us[b->sent++] = ho_monotonic_us();
}

static void look(struct bench *b)
{
    enum { BACK_US = 500000 }; // a commit may come after one whose transaction began later
    struct ho_error error = {0};
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    struct ho_pg_result *rows = NULL;
    ho_pg_time(params, b->newest - BACK_US);
    must(ho_pg_run(b->pg, SEEN, params, &rows, &error), &error);
    int64_t now = ho_monotonic_us();
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        int64_t m = ho_pg_get_int(rows, i, 0), planned = ho_pg_get_time(rows, i, 1);
        if (m < b->sent && !b->latency_us[m]) {
            b->latency_us[m] = now - b->sent_us[m];
            b->seen++;
        }
        if (planned > b->newest)
            b->newest = planned;
    }
    ho_pg_result_free(rows);
    ho_arena_free(arena);
}

static void wait_for_notification(struct bench *b, int64_t until_us)
{
    char channel[64];
    int64_t left_ms = (until_us - ho_monotonic_us()) / 1000;
    struct pollfd fd = {.fd = ho_pg_fd(b->pg), .events = POLLIN};
    bool any = poll(&fd, 1, left_ms > 0 ? (int)left_ms : 0) > 0;
    while (ho_pg_next_notification(b->pg, channel, sizeof channel))
        any = true;
    if (any)
        look(b);
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// Percentile p of the n figures, which it sorts.
static double percentile_ms(int64_t *latency_us, int64_t n, int64_t p)
{
    qsort(latency_us, (size_t)n, sizeof *latency_us, by_number);
    int64_t rank = (n - 1) * p / 100;
    return (double)latency_us[rank] / 1000;
}

// The first two seconds warm the caches and the broker's compiler; they are told apart.
static void report(struct bench *b)
{
    int64_t warm_up = b->rate * 2 < b->n ? b->rate * 2 : 0;
    int64_t *steady = b->latency_us + warm_up, n = b->n - warm_up;
    if (warm_up)
        printf("latency_warm_up_p99 %.1f ms\n", percentile_ms(b->latency_us, warm_up, 99));
    printf("latency_p50 %.1f ms\n", percentile_ms(steady, n, 50));
    printf("latency_p99 %.1f ms\n", percentile_ms(steady, n, 99));
    printf("latency_max %.1f ms\n", percentile_ms(steady, n, 100));
    printf("latency_rate %lld messages/s\n", (long long)b->rate);
}

int main(int argc, char **argv)
{
    struct ho_error error = {0};
    if (argc != 5 || strtoll(argv[3], NULL, 10) < 1 || strtoll(argv[4], NULL, 10) < 1) {
        fprintf(stderr, "usage: handoff-bench-latency ADDRESS DATABASE_URL MESSAGES RATE\n");
        return 2;
    }
    struct bench b = {.n = strtoll(argv[3], NULL, 10), .rate = strtoll(argv[4], NULL, 10)};
    struct ho_mllp_client_settings settings = {
        .address = argv[1], .window = 1000, .connect_timeout_ms = 5000, .answer_timeout_ms = 30000};
    b.sent_us = calloc((size_t)b.n, sizeof *b.sent_us);
    b.latency_us = calloc((size_t)b.n, sizeof *b.latency_us);
    b.pg = ho_pg_new(argv[2], "handoff-bench");
    b.newest = ho_clock_us();
    must(ho_mllp_client_open(&settings, &b.client, &error), &error);
    must(ho_pg_connect(b.pg, &error), &error);
    must(ho_pg_run(b.pg, LISTEN, NULL, NULL, &error), &error);

    int64_t begun = ho_monotonic_us(), period = 1000000 / b.rate;
    while (b.seen < b.n) {
        int64_t next = begun + b.sent * period;
        if (b.sent < b.n && ho_monotonic_us() >= next)
            send_one(&b);
        must(ho_mllp_client_poll(b.client, 0, &error), &error);
        wait_for_notification(&b, b.sent < b.n ? next : ho_monotonic_us() + 100000);
    }
    report(&b);
    ho_mllp_client_close(b.client);
    ho_pg_free(b.pg);
    free(b.sent_us);
    free(b.latency_us);
    return 0;
}
