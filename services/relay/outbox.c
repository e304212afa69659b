#include "outbox.h"

#include <stdlib.h>

#include "handoff/platform/log.h"

enum { DELIVERY_WAIT_MS = 60000, LARGE_AGAIN_US = 60000000 };

// A page is in memory at once, so it ends, too, with the row that makes 32 MB full: a row may be a document of some MB.
static const char *const READ =
    "select id, topic, key, ce_id, ce_type, to_char(ce_time at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
    "  traceparent, headers, payload, extract(epoch from now() - ce_time)::float8"
    "  from (select *, sum(octet_length(payload)) over (order by id) - octet_length(payload) as bytes_before"
    "    from (select * from outbox where shard = any ($1) order by id limit 1000) as rows) as page"
    "  where bytes_before < 32 << 20 order by id";

enum { ID, TOPIC, KEY, CE_ID, CE_TYPE, CE_TIME, TRACEPARENT, HEADERS, PAYLOAD, AGE };

static const char *const DELETE =
    "with gone as (delete from outbox where id = any ($1) returning topic, shard)"
    "  insert into leg (stage, part, n) select 'published:' || topic, shard, count(*) from gone group by topic, shard"
    "  on conflict (stage, part) do update set n = leg.n + excluded.n";

enum row_state { WAITING, UNDERWAY, DELIVERED, FAILED, TOO_LARGE };

struct row {
    int index; // in the result
    struct ho_bytes key;
    int64_t id;
    int round; // how many rows of its key lie before it
    enum row_state state;
    enum row_state *stopped; // shared by the rows of one key: why no more of them are sent; WAITING where they are
};

static int by_key_and_id(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int c = ho_bytes_compare(x->key, y->key);
    return c ? c : (x->id > y->id) - (x->id < y->id);
}

// Rows in the order of their keys, each with its round. Returns how many rounds there are.
static int order_rows(struct ho_arena *arena, const struct ho_pg_result *result, struct row *rows, int n)
{
    int rounds = 0;
    for (int i = 0; i < n; i++)
        rows[i] = (struct row){i, ho_pg_get_bytes(result, i, KEY), ho_pg_get_int(result, i, ID), 0, WAITING, NULL};
    qsort(rows, (size_t)n, sizeof *rows, by_key_and_id);
    for (int i = 0; i < n; i++) {
        bool same = i > 0 && ho_bytes_equal(rows[i].key, rows[i - 1].key);
        rows[i].round = same ? rows[i - 1].round + 1 : 0;
        rows[i].stopped = same ? rows[i - 1].stopped : ho_arena_alloc(arena, sizeof *rows[i].stopped);
        if (rows[i].round >= rounds)
            rounds = rows[i].round + 1;
    }
    return rounds;
}

static void on_delivered(void *context, const struct ho_report *report)
{
    struct row *row = context;
    row->state = !report->error_text ? DELIVERED : report->too_large ? TOO_LARGE : FAILED;
    if (row->state != DELIVERED)
        *row->stopped = row->state;
    if (row->state == FAILED)
        ho_log(HO_WARN, "a row was not delivered and will be sent again", "row=%lld reason=\"%s\"", (long long)row->id,
               report->error_text);
}

// ---- What is larger than its topic takes

// When it was tried last; NULL where it was not.
static int64_t *tried(struct ho_outbox_large *large, int64_t row)
{
    for (size_t i = 0; i < large->n && i < HO_OUTBOX_LARGE; i++)
        if (large->rows[i].row == row)
            return &large->rows[i].tried_us;
    return NULL;
}

// Its key is somebody's number, so it is not told.
static void note_large(struct ho_outbox_large *large, const struct ho_pg_result *result, const struct row *row)
{
    int64_t *known = tried(large, row->id);
    if (known) {
        *known = ho_monotonic_us();
        return;
    }
    ho_log(HO_ERROR,
           "a row is larger than its topic takes: it waits, and later ones of its key with it, until the topic's "
           "max.message.bytes is raised ('handoffctl topics apply'); it is tried each minute",
           "row=%lld topic=%s bytes=%zu", (long long)row->id, ho_pg_get_text(result, row->index, TOPIC),
           ho_pg_get_bytes(result, row->index, PAYLOAD).n);
    large->rows[large->n % HO_OUTBOX_LARGE].row = row->id;
    large->rows[large->n++ % HO_OUTBOX_LARGE].tried_us = ho_monotonic_us();
}

static bool is_too_soon(struct ho_outbox_large *large, const struct row *row)
{
    const int64_t *at = tried(large, row->id);
    return at && ho_monotonic_us() - *at < LARGE_AGAIN_US;
}

static struct ho_kafka_record make_record(struct ho_arena *arena, const struct ho_pg_result *result,
                                          const struct row *row)
{
    int i = row->index;
    struct ho_bytes *extra = NULL;
    size_t n_extra = ho_pg_get_array(result, i, HEADERS, arena, &extra) / 2;
    struct ho_kafka_header *headers = ho_arena_array(arena, 7 + n_extra, sizeof *headers);
    const char *topic = ho_pg_get_text(result, i, TOPIC);
    const char *content = strcmp(topic, "adt.rejected") == 0 ? "application/octet-stream" : "application/protobuf";
    size_t n = 0;
    headers[n++] = (struct ho_kafka_header){"ce_specversion", HO_BYTES_LITERAL("1.0")};
    headers[n++] = (struct ho_kafka_header){"ce_id", ho_pg_get_bytes(result, i, CE_ID)};
    headers[n++] = (struct ho_kafka_header){"ce_type", ho_pg_get_bytes(result, i, CE_TYPE)};
    headers[n++] = (struct ho_kafka_header){"ce_source", HO_BYTES_LITERAL("handoff")};
    headers[n++] = (struct ho_kafka_header){"ce_time", ho_pg_get_bytes(result, i, CE_TIME)};
    headers[n++] = (struct ho_kafka_header){"content-type", ho_bytes_of(content)};
    if (ho_pg_get_bytes(result, i, TRACEPARENT).n)
        headers[n++] = (struct ho_kafka_header){"traceparent", ho_pg_get_bytes(result, i, TRACEPARENT)};
    for (size_t h = 0; h < n_extra; h++)
        headers[n++] = (struct ho_kafka_header){ho_arena_text(arena, extra[2 * h]), extra[2 * h + 1]};
    return (struct ho_kafka_record){
        .topic = topic,
        .key = row->key,
        .value = ho_pg_get_bytes(result, i, PAYLOAD),
        .headers = headers,
        .n_headers = n,
    };
}

static void send_row(struct ho_arena *arena, struct ho_producer *producer, const struct ho_pg_result *result,
                     struct row *row)
{
    struct ho_error error = {0};
    struct ho_kafka_record record = make_record(arena, result, row);
    row->state = UNDERWAY;
    enum ho_status status = ho_producer_send(producer, &record, on_delivered, row, &error);
    if (status != HO_OK)
        on_delivered(row, &(struct ho_report){.error_text = error.text, .too_large = status == HO_REJECT});
}

static enum ho_status delete_delivered(struct ho_pg *pg, struct ho_arena *arena, const struct row *rows, int n,
                                       int round, struct ho_outbox_page *page, struct ho_error *error)
{
    struct ho_pg_array *ids = ho_pg_array_new(arena, HO_PG_INT8);
    for (int i = 0; i < n; i++) {
        if (rows[i].round != round)
            continue;
        if (rows[i].state == DELIVERED)
            ho_pg_push_int(ids, rows[i].id);
        else if (*rows[i].stopped == TOO_LARGE)
            page->too_large++;
        else
            page->failed++;
    }
    page->sent += ho_pg_array_length(ids);
    if (!ho_pg_array_length(ids))
        return HO_OK;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_param_array(params, ids);
    return ho_pg_run(pg, DELETE, params, NULL, error);
}

// The rows must outlive their reports, so a round ends only when all have come.
static enum ho_status serve_round(struct ho_pg *pg, struct ho_producer *producer, struct ho_arena *arena,
                                  const struct ho_pg_result *result, struct row *rows, int n, int round,
                                  struct ho_outbox_large *large, struct ho_outbox_page *page, struct ho_error *error)
{
    for (int i = 0; i < n; i++) {
        if (rows[i].round != round || *rows[i].stopped)
            continue;
        if (is_too_soon(large, &rows[i]))
            *rows[i].stopped = TOO_LARGE;
        else
            send_row(arena, producer, result, &rows[i]);
    }
    while (ho_producer_flush(producer, DELIVERY_WAIT_MS) > 0)
        ho_log(HO_WARN, "waiting for the broker's reports", "round=%d", round);
    for (int i = 0; i < n; i++)
        if (rows[i].round == round && rows[i].state == TOO_LARGE) {
            note_large(large, result, &rows[i]);
            page->refused++;
        }
    return delete_delivered(pg, arena, rows, n, round, page, error);
}

enum ho_status ho_outbox_serve(struct ho_pg *pg, struct ho_producer *producer, const struct ho_shards *shards,
                               struct ho_outbox_large *large, struct ho_outbox_page *page, struct ho_error *error)
{
    *page = (struct ho_outbox_page){0};
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_param_array(params, ho_shards_list(shards, arena));
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, READ, params, &result, error);
    int n = status == HO_OK ? ho_pg_rows(result) : 0;
    struct row *rows = ho_arena_array(arena, (size_t)n + 1, sizeof *rows);
    int rounds = order_rows(arena, result, rows, n);
    page->rows = (size_t)n;
    page->oldest_s = n ? ho_pg_get_double(result, 0, AGE) : 0;
    for (int round = 0; round < rounds && status == HO_OK; round++)
        status = serve_round(pg, producer, arena, result, rows, n, round, large, page, error);
    ho_pg_result_free(result);
    ho_arena_free(arena);
    return status;
}
