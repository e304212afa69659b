#include "consumer_internal.h"

#include "handoff/digest.h"

#include <stdlib.h>

static void put_i64(uint8_t *to, int64_t value)
{
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
}

struct ho_mark ho_mark_of(const struct ho_source_item *item)
{
    struct ho_mark mark = {.known = true, .offset = item->offset};
    uint8_t *offset = mark.bytes + HO_MARK_HASH_BYTES;
    put_i64(offset, item->offset);
    const struct ho_bytes parts[] = {item->key, item->value, ho_bytes_from(offset, 8)};
    ho_digest_id(parts, 3, mark.bytes);
    return mark;
}

static void release_held(struct ho_lane *lane)
{
    for (size_t i = 0; i < lane->n_held; i++)
        ho_source_release(&lane->held[i]);
    lane->n_held = lane->held_bytes = 0;
}

void ho_lane_cleanup(struct ho_lane *lane)
{
    release_held(lane);
    free(lane->held);
    lane->held = NULL;
    lane->capacity = 0;
    ho_metric_set(lane->lag, 0);
}

static void hold(struct ho_lane *lane, const struct ho_source_item *item)
{
    if (lane->n_held == lane->capacity) {
        lane->capacity = lane->capacity ? lane->capacity * 2 : 64;
        lane->held = reallocarray(lane->held, lane->capacity, sizeof *lane->held);
        if (!lane->held)
            abort();
    }
    lane->held[lane->n_held++] = *item;
    lane->held_bytes += item->key.n + item->value.n;
    lane->position = item->offset + 1;
}

// The first record that comes has to be the one before next_offset, as it was handled.
static bool is_marked(const struct ho_lane *lane, const struct ho_source_item *item)
{
    struct ho_mark found = ho_mark_of(item);
    return memcmp(found.bytes, lane->mark.bytes, HO_MARK_BYTES) == 0;
}

static enum ho_lane_finding take_record(struct ho_lane *lane, struct ho_source_item *item)
{
    if (lane->verify && !is_marked(lane, item)) {
        ho_source_release(item);
        return HO_LANE_CHANGED;
    }
    if (item->offset >= lane->position)
        hold(lane, item);
    else
        ho_source_release(item);
    lane->verify = false;
    return HO_LANE_READY;
}

static enum ho_lane_finding take_end(struct ho_lane *lane, int64_t end)
{
    if (lane->verify)
        return HO_LANE_CHANGED;
    if (end > lane->position)
        lane->position = end;
    return HO_LANE_READY;
}

enum ho_lane_finding ho_lane_fill(struct ho_lane *lane, struct ho_source *source, int64_t max_records,
                                  int64_t max_bytes)
{
    enum ho_source_kind kind = HO_SOURCE_RECORD;
    enum ho_lane_finding finding = HO_LANE_READY;
    while (finding == HO_LANE_READY && (int64_t)lane->n_held < max_records && (int64_t)lane->held_bytes < max_bytes) {
        struct ho_source_item item;
        kind = ho_source_next(source, lane->partition, &item);
        if (kind == HO_SOURCE_NOTHING)
            break;
        if (kind == HO_SOURCE_RECORD)
            finding = take_record(lane, &item);
        else
            finding = kind == HO_SOURCE_END ? take_end(lane, item.offset) : HO_LANE_GONE;
    }
    lane->more = kind != HO_SOURCE_NOTHING;
    if (finding == HO_LANE_READY && lane->position == lane->next)
        finding = HO_LANE_EMPTY;
    return finding;
}

struct ho_batch ho_lane_batch(const struct ho_lane *lane, const char *topic, struct ho_arena *arena)
{
    struct ho_kafka_record *records = ho_arena_array(arena, lane->n_held, sizeof *records);
    for (size_t i = 0; i < lane->n_held; i++) {
        records[i].topic = topic;
        records[i].partition = lane->partition;
        ho_source_record(&lane->held[i], arena, &records[i]);
    }
    return (struct ho_batch){
        .partition = lane->partition,
        .first_offset = lane->next,
        .next_offset = lane->position,
        .gap = lane->position - lane->next - lane->lost - (int64_t)lane->n_held,
        .lost = lane->lost,
        .records = records,
        .n_records = lane->n_held,
    };
}

struct ho_mark ho_lane_mark(const struct ho_lane *lane)
{
    return lane->n_held ? ho_mark_of(&lane->held[lane->n_held - 1]) : lane->mark;
}

void ho_lane_finish(struct ho_lane *lane)
{
    lane->mark = ho_lane_mark(lane);
    release_held(lane);
    lane->next = lane->position;
    lane->lost = 0;
    lane->unsure = false;
    lane->untold = true;
}
