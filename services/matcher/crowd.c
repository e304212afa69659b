#include "crowd.h"

enum {
    CROWD = 200,     // that wait are no matter
    COUNTED = 20000, // so many of an identity at most
    PER_SECOND = 200 // that wait: a hundredth of what a matcher asks about in a second
};

// What ho_evidence_events would read of each identity's cluster.
static const char *const FIND =
    "with asked as (select distinct cluster from identity where identity_id = any ($1)), crowd as ("
    "  select cluster, sum(w.n) as waiting from asked join identity i using (cluster) cross join lateral ("
    "    select count(*) as n from (select from review r where r.identity_id = i.identity_id union all"
    "      select from event_link l where l.identity_id = i.identity_id and l.event is not null"
    "        and (not l.own or l.member_id = '') limit $2) x) w group by cluster having sum(w.n) > $3"
    ") select identity_id, waiting::int8 from identity join crowd using (cluster) order by identity_id";

// The while is a whole number of seconds, a power of two, and ends when the clock is a multiple of it: all that come in
// it end it together.
static const char *const PUT_OFF =
    "insert into redecide (identity_id, content_type, message, traceparent, source, reason, due_at)"
    "  select $1, $2, $3, $4, $5, 'crowd', date_bin(w, now(), 'epoch') + w from make_interval(secs => $6) w";

enum ho_status ho_crowd_find(struct ho_arena *arena, struct ho_pg *pg, const int64_t *ids, size_t n,
                             struct ho_crowd *out, struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    struct ho_pg_array *asked = ho_pg_array_new(arena, HO_PG_INT8);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    for (size_t i = 0; i < n; i++)
        ho_pg_push_int(asked, ids[i]);
    ho_pg_param_array(params, asked);
    ho_pg_int(params, COUNTED);
    ho_pg_int(params, CROWD);
    enum ho_status status = ho_pg_run(pg, FIND, params, &rows, error);
    out->n = status == HO_OK ? (size_t)ho_pg_rows(rows) : 0;
    out->ids = ho_arena_array(arena, out->n + 1, sizeof *out->ids);
    out->waiting = ho_arena_array(arena, out->n + 1, sizeof *out->waiting);
    for (size_t i = 0; i < out->n; i++) {
        out->ids[i] = ho_pg_get_int(rows, (int)i, 0);
        out->waiting[i] = ho_pg_get_int(rows, (int)i, 1);
    }
    ho_pg_result_free(rows);
    return status;
}

int64_t ho_crowd_waiting(const struct ho_crowd *crowd, int64_t id)
{
    size_t from = 0, to = crowd->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (crowd->ids[middle] < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from < crowd->n && crowd->ids[from] == id ? crowd->waiting[from] : 0;
}

void ho_crowd_put_off(struct ho_arena *arena, struct ho_pg *pg, int64_t identity, int64_t waiting,
                      const struct ho_inbound *inbound)
{
    int64_t seconds = 1;
    while (seconds * PER_SECOND < waiting)
        seconds *= 2;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_int(params, identity);
    ho_pg_text(params, inbound->protobuf ? "application/protobuf" : "application/hl7-v2+er7");
    ho_pg_bytea(params, inbound->message);
    ho_pg_text(params, ho_arena_text(arena, inbound->traceparent));
    ho_pg_text(params, ho_arena_text(arena, inbound->source));
    ho_pg_int(params, seconds);
    ho_pg_queue(pg, PUT_OFF, params, NULL);
}
