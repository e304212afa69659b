#include "shards.h"

// Two spaces of advisory locks: a shard's owner, and the presence of a relay. Numbers of no meaning.
#define SHARD_SPACE "26735"
#define PRESENCE_SPACE "26736"

static const char *const COUNT_RELAYS =
    "with me as materialized (select pg_try_advisory_lock_shared(" PRESENCE_SPACE ", 0))"
    " select count(distinct pid) from me left join pg_locks on locktype = 'advisory' and classid = " PRESENCE_SPACE
    " and database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()";
static const char *const TAKE = "select pg_try_advisory_lock(" SHARD_SPACE ", $1::int8::int4)";
static const char *const GIVE = "select pg_advisory_unlock(" SHARD_SPACE ", $1::int8::int4)";

static enum ho_status ask(struct ho_pg *pg, const char *sql, int shard, int64_t *answer, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(512);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    if (shard >= 0)
        ho_pg_int(params, shard);
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, sql, params, &result, error);
    if (status == HO_OK)
        *answer = ho_pg_get_int(result, 0, 0);
    ho_pg_result_free(result);
    ho_arena_free(arena);
    return status;
}

static enum ho_status move(struct ho_shards *shards, struct ho_pg *pg, int shard, bool take, struct ho_error *error)
{
    int64_t done = 0;
    enum ho_status status = ask(pg, take ? TAKE : GIVE, shard, &done, error);
    if (status == HO_OK && done) {
        shards->held[shard] = take;
        shards->n_held += take ? 1 : -1;
    }
    return status;
}

enum ho_status ho_shards_balance(struct ho_shards *shards, struct ho_pg *pg, struct ho_error *error)
{
    int64_t others = 0;
    enum ho_status status = ask(pg, COUNT_RELAYS, -1, &others, error);
    int share = (int)((HO_SHARDS + others) / (others + 1)); // rounded up
    for (int i = 0; i < HO_SHARDS && status == HO_OK; i++) {
        if (shards->held[i] && shards->n_held > share)
            status = move(shards, pg, i, false, error);
        else if (!shards->held[i] && shards->n_held < share)
            status = move(shards, pg, i, true, error);
    }
    return status;
}

struct ho_pg_array *ho_shards_list(const struct ho_shards *shards, struct ho_arena *arena)
{
    struct ho_pg_array *list = ho_pg_array_new(arena, HO_PG_INT4);
    for (int i = 0; i < HO_SHARDS; i++)
        if (shards->held[i])
            ho_pg_push_int(list, i);
    return list;
}
