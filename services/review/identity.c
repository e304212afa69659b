// The rows of identities: finding one, and locking a cluster.
#include "relink.h"

#include <inttypes.h>
#include <stdlib.h>

// The first 8 bytes, big endian, of SHA-256 over facility, 0x1f, mrn.
#define IDENTITY_OF                                                                                                    \
    "('x' || left(encode(sha256(convert_to($1::text || E'\\x1f' || $2::text, 'UTF8')), 'hex'), 16))::bit(64)::bigint"

static const char FIND[] = "select identity_id from identity where identity_id = " IDENTITY_OF;
#define OF_CLUSTER                                                                                                     \
    "select i.identity_id from identity i where i.cluster = (select cluster from identity where identity_id = $1)"     \
    " order by i.identity_id"
static const char LOCK[] = OF_CLUSTER " for update of i";
static const char READ[] = OF_CLUSTER;

enum ho_status ho_review_identity(struct ho_pg *pg, struct ho_arena *arena, const char *facility, const char *mrn,
                                  bool *found, int64_t *identity_id, struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_text(params, facility);
    ho_pg_text(params, mrn);
    enum ho_status status = ho_pg_run(pg, FIND, params, &row, error);
    *found = status == HO_OK && ho_pg_rows(row) == 1;
    if (*found)
        *identity_id = ho_pg_get_int(row, 0, 0);
    ho_pg_result_free(row);
    return status;
}

bool ho_review_identity_read(const char *text, int64_t *out)
{
    char back[24], *end;
    long long value = strtoll(text, &end, 10);
    snprintf(back, sizeof back, "%lld", value);
    *out = value;
    return strcmp(text, back) == 0; // no blanks, no overflow, no other form
}

static bool is_same(const struct ho_pg_result *a, const struct ho_pg_result *b)
{
    if (ho_pg_rows(a) != ho_pg_rows(b))
        return false;
    for (int i = 0; i < ho_pg_rows(a); i++)
        if (ho_pg_get_int(a, i, 0) != ho_pg_get_int(b, i, 0))
            return false;
    return true;
}

// A merge may join another cluster between reading which rows to lock and having them; after that nobody can.
enum ho_status ho_cluster_lock(struct ho_pg *pg, struct ho_arena *arena, int64_t identity_id, struct ho_cluster *out,
                               bool *found, struct ho_error *error)
{
    struct ho_pg_result *locked = NULL, *now = NULL;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_int(params, identity_id);
    enum ho_status status = ho_pg_run(pg, LOCK, params, &locked, error);
    if (status == HO_OK)
        status = ho_pg_run(pg, READ, params, &now, error);
    if (status == HO_OK && !is_same(locked, now))
        status = ho_fail(error, HO_RETRY, "the identity was merged with another meanwhile; try again");
    if (status == HO_OK) {
        struct ho_pg_array *ids = ho_pg_array_new(arena, HO_PG_INT8);
        for (int i = 0; i < ho_pg_rows(now); i++)
            ho_pg_push_int(ids, ho_pg_get_int(now, i, 0));
        *out = (struct ho_cluster){pg, arena, identity_id, ids};
        *found = ho_pg_rows(now) > 0;
    }
    ho_pg_result_free(locked);
    ho_pg_result_free(now);
    return status;
}
