#include "rejected.h"

#include "command.h"
#include "handoff/adt.h"
#include "handoff/digest.h"
#include "handoff/platform/kafka.h"

#include <inttypes.h>
#include <stdlib.h>

enum { WAIT_MS = 500, PATIENCE_MS = 30000 };

// ---- The topic, once through ------------------------------------------------------------------------------

static enum ho_status read_to_the_end(struct ho_reader *reader, ho_records_handler *handle, void *context,
                                      struct ho_error *error)
{
    enum ho_status status = HO_OK;
    int64_t left = ho_reader_left(reader);
    long long moved_ms = ho_ctl_now_ms();
    while (status == HO_OK && left > 0) {
        status = ho_reader_read(reader, WAIT_MS, handle, context, error);
        int64_t now_left = ho_reader_left(reader);
        if (now_left < left)
            moved_ms = ho_ctl_now_ms();
        left = now_left;
        if (status == HO_OK && left && ho_ctl_now_ms() - moved_ms > PATIENCE_MS)
            return ho_fail(error, HO_RETRY,
                           "Kafka has handed over nothing of " HO_REJECTED_TOPIC " for %d s; try again",
                           PATIENCE_MS / 1000);
    }
    return status;
}

static enum ho_status read_ranges(const char *brokers, int64_t since_ms, struct ho_partition_range *ranges, size_t n,
                                  ho_records_handler *handle, void *context, struct ho_error *error)
{
    struct ho_reader *reader = NULL;
    enum ho_status status = ho_reader_new(brokers, "handoffctl", HO_REJECTED_TOPIC, &reader, error);
    if (status == HO_OK && since_ms)
        status = ho_reader_since(reader, since_ms, ranges, n, error);
    if (status == HO_OK)
        status = ho_reader_begin(reader, ranges, n, error);
    if (status == HO_OK)
        status = read_to_the_end(reader, handle, context, error);
    ho_reader_free(reader);
    return status;
}

// ---- All of it, without the bytes ----------------------------------------------------------------------------

struct digests {
    uint8_t (*items)[HO_ID_BYTES];
    size_t n, capacity;
};

struct reading {
    struct ho_arena *arena;
    struct ho_rejected_list *list;
    struct digests replayed;
};

static const char *header_text(struct ho_arena *arena, const struct ho_kafka_record *record, const char *name)
{
    return ho_arena_text(arena, ho_kafka_header(record, name));
}

// A gateway's record tells the feed as its source, a matcher's has the relay as its source.
static const char *feed_of(struct ho_arena *arena, const struct ho_kafka_record *record)
{
    return header_text(arena, record, ho_kafka_header(record, "ho_feed").n ? "ho_feed" : "ce_source");
}

static void take_replay(struct reading *reading, const struct ho_kafka_record *record)
{
    uint8_t digest[HO_ID_BYTES];
    if (ho_unhex(ho_kafka_header(record, "ce_id"), digest, sizeof digest))
        memcpy(ho_arena_push(reading->arena, &reading->replayed, HO_ID_BYTES), digest, HO_ID_BYTES);
}

static void take_rejected(const struct reading *reading, const struct ho_kafka_record *record)
{
    struct ho_arena *arena = reading->arena;
    struct ho_rejected *rejected = ho_arena_push(arena, reading->list, sizeof *rejected);
    *rejected = (struct ho_rejected){
        .partition = record->partition,
        .offset = record->offset,
        .id = ho_arena_printf(arena, "%" PRId32 "/%" PRId64, record->partition, record->offset),
        .origin = header_text(arena, record, "ce_id"),
        .reason = header_text(arena, record, "ho_reason"),
        .place = header_text(arena, record, "ho_place"),
        .feed = feed_of(arena, record),
        .at_ms = record->timestamp_ms,
        .size_bytes = record->value.n,
    };
    ho_adt_event_id(ho_bytes_of(rejected->feed), record->value, rejected->digest);
}

static enum ho_status take_records(void *context, struct ho_arena *arena, struct ho_kafka_record *records, size_t n,
                                   struct ho_error *error)
{
    (void)error;
    struct reading *reading = context;
    for (size_t i = 0; i < n; i++) {
        ho_reader_headers(arena, &records[i]);
        if (ho_bytes_is(ho_kafka_header(&records[i], "ce_type"), HO_REPLAYED_TYPE))
            take_replay(reading, &records[i]);
        else
            take_rejected(reading, &records[i]);
    }
    return HO_OK;
}

static int by_digest(const void *a, const void *b)
{
    return memcmp(a, b, HO_ID_BYTES);
}

static int by_place(const struct ho_rejected *a, const struct ho_rejected *b)
{
    int c = (a->partition > b->partition) - (a->partition < b->partition);
    return c ? c : (a->offset > b->offset) - (a->offset < b->offset);
}

static int by_time(const void *left, const void *right)
{
    const struct ho_rejected *a = left, *b = right;
    int c = (a->at_ms > b->at_ms) - (a->at_ms < b->at_ms);
    return c ? c : by_place(a, b);
}

static void mark_replayed(struct reading *reading)
{
    struct digests *replayed = &reading->replayed;
    if (!replayed->n)
        return;
    qsort(replayed->items, replayed->n, HO_ID_BYTES, by_digest);
    for (size_t i = 0; i < reading->list->n; i++) {
        struct ho_rejected *rejected = &reading->list->items[i];
        rejected->replayed = bsearch(rejected->digest, replayed->items, replayed->n, HO_ID_BYTES, by_digest) != NULL;
    }
}

enum ho_status ho_rejected_read(struct ho_arena *arena, const char *brokers, int64_t since_ms,
                                struct ho_rejected_list *out, struct ho_error *error)
{
    struct ho_partition_range *ranges = NULL;
    size_t n = 0;
    struct reading reading = {.arena = arena, .list = out};
    *out = (struct ho_rejected_list){0};
    enum ho_status status = ho_kafka_watermarks(arena, brokers, HO_REJECTED_TOPIC, &ranges, &n, error);
    if (status == HO_OK)
        status = read_ranges(brokers, since_ms, ranges, n, take_records, &reading, error);
    if (status != HO_OK)
        return status;
    mark_replayed(&reading);
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items, by_time);
    return HO_OK;
}

// ---- The bytes of some ------------------------------------------------------------------------------------------

struct visit {
    const struct ho_rejected_list *chosen; // sorted
    ho_rejected_handler *handle;
    void *context;
};

static int by_place_of_items(const void *a, const void *b)
{
    return by_place(a, b);
}

static enum ho_status visit_records(void *context, struct ho_arena *arena, struct ho_kafka_record *records, size_t n,
                                    struct ho_error *error)
{
    (void)arena;
    const struct visit *visit = context;
    enum ho_status status = HO_OK;
    for (size_t i = 0; status == HO_OK && i < n; i++) {
        const struct ho_rejected key = {.partition = records[i].partition, .offset = records[i].offset};
        const struct ho_rejected *found =
            bsearch(&key, visit->chosen->items, visit->chosen->n, sizeof key, by_place_of_items);
        if (found)
            status = visit->handle(visit->context, found, records[i].value, error);
    }
    return status;
}

// From the first to the last of each partition.
static size_t ranges_of(const struct ho_rejected_list *chosen, struct ho_partition_range *ranges)
{
    size_t n = 0;
    for (size_t i = 0; i < chosen->n; i++) {
        const struct ho_rejected *rejected = &chosen->items[i];
        if (!n || ranges[n - 1].partition != rejected->partition)
            ranges[n++] = (struct ho_partition_range){.partition = rejected->partition, .low = rejected->offset};
        ranges[n - 1].high = rejected->offset + 1;
    }
    return n;
}

enum ho_status ho_rejected_visit(const char *brokers, struct ho_rejected_list *chosen, ho_rejected_handler *handle,
                                 void *context, struct ho_error *error)
{
    if (!chosen->n)
        return HO_OK;
    qsort(chosen->items, chosen->n, sizeof *chosen->items, by_place_of_items);
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_partition_range *ranges = ho_arena_array(arena, chosen->n, sizeof *ranges);
    size_t n = ranges_of(chosen, ranges);
    struct visit visit = {chosen, handle, context};
    enum ho_status status = read_ranges(brokers, 0, ranges, n, visit_records, &visit, error);
    ho_arena_free(arena);
    return status;
}

bool ho_rejected_is_cut(const struct ho_rejected *rejected)
{
    return strcmp(rejected->reason, "too-long") == 0 || strcmp(rejected->reason, "broken-frame") == 0;
}
