// The table kafka_offset: one row a consumer and partition.
#include "consumer_internal.h"

static const char CLAIM[] =
    "insert into kafka_offset as o (consumer, topic, partition, epoch, start_offset, next_offset) "
    "select $1, $2, p, 1, first, first from unnest($3, $4) as u (p, first) order by p "
    "on conflict (consumer, topic, partition) do update set epoch = o.epoch + 1 "
    "returning partition, epoch, start_offset, next_offset, last_hash";

// Locked in order, so that two claimers do not wait for each other; and first, so that the statement behind it sees
// what the transaction that held the lock has left.
static const char LOCK[] = "select from kafka_offset where consumer = $1 and topic = $2 and partition = any ($3) "
                           "order by partition for update";

static const char RECLAIM[] = "update kafka_offset o set epoch = o.epoch + 1 from unnest($3, $4) as u (p, e) "
                              "where o.consumer = $1 and o.topic = $2 and o.partition = u.p and o.epoch = u.e "
                              "returning o.partition, o.epoch, o.start_offset, o.next_offset, o.last_hash";

static const char MOVE[] = "update kafka_offset set next_offset = $1, last_hash = nullif($2, ''::bytea) "
                           "where consumer = $3 and topic = $4 and partition = $5 and epoch = $6 and next_offset = $7";

static struct ho_mark mark_read(struct ho_bytes stored)
{
    struct ho_mark mark = {.known = stored.n == HO_MARK_BYTES};
    if (!mark.known)
        return mark;
    memcpy(mark.bytes, stored.p, HO_MARK_BYTES);
    for (size_t i = HO_MARK_HASH_BYTES; i < HO_MARK_BYTES; i++)
        mark.offset = (int64_t)((uint64_t)mark.offset << 8 | mark.bytes[i]);
    return mark;
}

static struct ho_offset_row row_read(const struct ho_pg_result *result, int i)
{
    struct ho_offset_row row = {
        .partition = (int32_t)ho_pg_get_int(result, i, 0),
        .epoch = ho_pg_get_int(result, i, 1),
        .start = ho_pg_get_int(result, i, 2),
        .next = ho_pg_get_int(result, i, 3),
        .mark = mark_read(ho_pg_get_bytes(result, i, 4)),
    };
    row.first_sight = row.epoch == 1;
    return row;
}

static struct ho_pg_params *key_params(struct ho_arena *arena, const struct ho_offset_key *key)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_text(params, key->consumer);
    ho_pg_text(params, key->topic);
    return params;
}

static struct ho_pg_params *lane_params(struct ho_arena *arena, const struct ho_offset_key *key,
                                        const struct ho_lane *lanes, size_t n)
{
    struct ho_pg_params *params = key_params(arena, key);
    struct ho_pg_array *partitions = ho_pg_array_new(arena, HO_PG_INT4);
    for (size_t i = 0; i < n; i++)
        ho_pg_push_int(partitions, lanes[i].partition);
    ho_pg_param_array(params, partitions);
    return params;
}

static void rows_take(struct ho_pg_result *result, struct ho_arena *arena, struct ho_offset_row **rows, size_t *n_rows)
{
    *n_rows = (size_t)ho_pg_rows(result);
    *rows = ho_arena_array(arena, *n_rows, sizeof **rows);
    for (int i = 0; i < ho_pg_rows(result); i++)
        (*rows)[i] = row_read(result, i);
}

enum ho_status ho_offset_claim(struct ho_pg *pg, struct ho_arena *arena, const struct ho_offset_key *key,
                               const struct ho_lane *lanes, size_t n, struct ho_offset_row **rows,
                               struct ho_error *error)
{
    struct ho_pg_params *params = lane_params(arena, key, lanes, n);
    struct ho_pg_array *positions = ho_pg_array_new(arena, HO_PG_INT8);
    for (size_t i = 0; i < n; i++)
        ho_pg_push_int(positions, lanes[i].position);
    ho_pg_param_array(params, positions);
    struct ho_pg_result *result = NULL;
    size_t n_rows;
    enum ho_status status = ho_pg_run(pg, CLAIM, params, &result, error);
    if (!status)
        rows_take(result, arena, rows, &n_rows);
    ho_pg_result_free(result);
    return status;
}

enum ho_status ho_offset_reclaim(struct ho_pg *pg, struct ho_arena *arena, const struct ho_offset_key *key,
                                 const struct ho_lane *lanes, size_t n, struct ho_offset_row **rows, size_t *n_rows,
                                 struct ho_error *error)
{
    struct ho_pg_params *params = lane_params(arena, key, lanes, n);
    struct ho_pg_array *epochs = ho_pg_array_new(arena, HO_PG_INT8);
    for (size_t i = 0; i < n; i++)
        ho_pg_push_int(epochs, lanes[i].epoch);
    ho_pg_param_array(params, epochs);
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_begin(pg, error);
    if (!status) {
        ho_pg_queue(pg, LOCK, lane_params(arena, key, lanes, n), NULL);
        ho_pg_queue(pg, RECLAIM, params, &result);
        status = ho_pg_commit(pg, error);
    }
    if (!status)
        rows_take(result, arena, rows, n_rows);
    else
        ho_pg_rollback(pg);
    ho_pg_result_free(result);
    return status;
}

enum ho_status ho_offset_move(struct ho_pg *pg, struct ho_arena *arena, const struct ho_offset_key *key,
                              const struct ho_lane *lane, bool *moved, struct ho_error *error)
{
    struct ho_mark mark = ho_lane_mark(lane);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_int(params, lane->position);
    ho_pg_bytea(params, ho_bytes_from(mark.bytes, mark.known ? HO_MARK_BYTES : 0));
    ho_pg_text(params, key->consumer);
    ho_pg_text(params, key->topic);
    ho_pg_int(params, lane->partition);
    ho_pg_int(params, lane->epoch);
    ho_pg_int(params, lane->next);
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, MOVE, params, &result, error);
    *moved = !status && ho_pg_affected(result) == 1;
    ho_pg_result_free(result);
    return status;
}
