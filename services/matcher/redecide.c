#include "redecide.h"

#include "handoff/platform/log.h"

enum { LEG_PART = 3000 }; // beside those of intake, which are partitions, and of people's decisions

// Up to the row that makes 32 MB full: they are in memory at once, and a message may bring a document of some MB.
static const char *const TAKE = "select id, identity_id, content_type, message, traceparent, source from ("
                                "    select *, sum(coalesce(octet_length(message), 0)) over (order by id)"
                                "      - coalesce(octet_length(message), 0) as bytes_before"
                                "    from (select * from redecide where due_at <= now() order by id limit 500 for "
                                "update skip locked) as due) as page"
                                "  where bytes_before < 32 << 20 order by id";
static const char *const DELETE = "delete from redecide where id = any ($1)";

// An item that is held too long changes when it is decided again, so none comes twice. Those of an identity come
// together, a hundred times at most while one is held: all that wait for it are decided again with them.
static const char *const EXPIRED =
    "select distinct identity_id from review where state = 'held'"
    "  and made_at < date_bin(make_interval(secs => greatest($1 / 100, 1)), now(), 'epoch') - make_interval(secs => $1)"
    "  and exists (select from identity i where i.identity_id = review.identity_id) limit 500";

static const char *const WAITING =
    "select (select count(*) from review where state = 'review'), (select count(*) from review where state = 'held'),"
    "  coalesce(extract(epoch from now() - (select min(made_at) from review where state = 'review')), 0)::float8";

enum { ID, IDENTITY_ID, CONTENT_TYPE, MESSAGE, TRACEPARENT, SOURCE };

struct work {
    struct ho_intake *intake;
    struct ho_pg *pg;
    struct ho_arena *arena;
    struct ho_docket *docket;
    struct ho_pg_array *done; // rows
    size_t taken;
};

// A message that was found again: it is in the ledger already.
static void take_message(const struct work *work, const struct ho_pg_result *rows, int i)
{
    struct ho_adt adt;
    const struct ho_inbound inbound = {
        .protobuf = strcmp(ho_pg_get_text(rows, i, CONTENT_TYPE), "application/protobuf") == 0,
        .message = ho_arena_copy(work->arena, ho_pg_get_bytes(rows, i, MESSAGE)),
        .traceparent = ho_arena_copy(work->arena, ho_pg_get_bytes(rows, i, TRACEPARENT)),
        .source = ho_arena_copy(work->arena, ho_pg_get_bytes(rows, i, SOURCE)),
    };
    ho_inbound_read(work->arena, &inbound, work->intake->docket.feeds, &adt);
    if (adt.verdict == HO_ADT_REJECTED)
        ho_log(HO_WARN, "a message that was to be decided again cannot be read", "reason=%s place=\"%s\"", adt.reason,
               adt.place);
    for (size_t k = 0; adt.verdict == HO_ADT_EVENT && k < adt.n_events; k++)
        (void)ho_docket_add(work->docket, &inbound, adt.feed, adt.events[k], NULL);
}

static enum ho_status take_rows(struct work *work, struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    enum ho_status status = ho_pg_run(work->pg, TAKE, NULL, &rows, error);
    if (status != HO_OK)
        return status;
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        ho_pg_push_int(work->done, ho_pg_get_int(rows, i, ID));
        if (!ho_pg_is_null(rows, i, MESSAGE))
            take_message(work, rows, i);
        else if (!ho_pg_is_null(rows, i, IDENTITY_ID))
            ho_docket_again(work->docket, ho_pg_get_int(rows, i, IDENTITY_ID));
        work->taken++;
    }
    ho_pg_result_free(rows);
    return HO_OK;
}

static enum ho_status take_expired(struct work *work, struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    struct ho_pg_params *params = ho_pg_params_new(work->arena);
    ho_pg_int(params, work->intake->docket.held_seconds);
    enum ho_status status = ho_pg_run(work->pg, EXPIRED, params, &rows, error);
    for (int i = 0; status == HO_OK && i < ho_pg_rows(rows); i++) {
        ho_docket_again(work->docket, ho_pg_get_int(rows, i, 0));
        work->taken++;
    }
    ho_pg_result_free(rows);
    return status;
}

static enum ho_status redecide(struct work *work, struct ho_error *error)
{
    enum ho_status status = ho_intake_begin(work->intake, work->pg, error);
    if (status == HO_OK)
        status = take_rows(work, error);
    if (status == HO_OK)
        status = take_expired(work, error);
    if (status == HO_OK && !ho_docket_is_empty(work->docket))
        status = ho_docket_decide(work->docket, work->pg, LEG_PART, error);
    if (status != HO_OK || !ho_pg_array_length(work->done))
        return status;
    struct ho_pg_params *params = ho_pg_params_new(work->arena);
    ho_pg_param_array(params, work->done);
    ho_pg_queue(work->pg, DELETE, params, NULL);
    return HO_OK;
}

enum ho_status ho_redecide_some(struct ho_intake *intake, struct ho_pg *pg, size_t *taken, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct work work = {.intake = intake, .pg = pg, .arena = arena};
    work.docket = ho_docket_new(arena, &intake->docket);
    work.done = ho_pg_array_new(arena, HO_PG_INT8);
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = redecide(&work, error);
    if (status == HO_OK)
        status = ho_pg_commit(pg, error);
    if (status != HO_OK)
        ho_pg_rollback(pg);
    *taken = status == HO_OK ? work.taken : 0;
    ho_arena_free(arena);
    return status;
}

enum ho_status ho_redecide_waiting(struct ho_pg *pg, struct ho_waiting *out, struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    enum ho_status status = ho_pg_run(pg, WAITING, NULL, &rows, error);
    if (status == HO_OK)
        *out = (struct ho_waiting){ho_pg_get_int(rows, 0, 0), ho_pg_get_int(rows, 0, 1), ho_pg_get_double(rows, 0, 2)};
    ho_pg_result_free(rows);
    return status;
}
