#include "evidence.h"

#include <stdlib.h>

enum { ROUNDS = 8 };

// In id order, and before anything is locked: two transactions that make the same ones wait for each other one way. One
// that is there is not waited for, so whoever has it locked may still delete it.
static const char *const MAKE =
    "insert into identity (identity_id, facility, mrn, cluster)"
    "  select distinct on (identity_id) identity_id, facility, mrn, identity_id"
    "  from unnest($1::int8[], $2::text[], $3::text[]) as i (identity_id, facility, mrn) order by identity_id"
    "  on conflict do nothing returning identity_id";

static const char *const MOVE = "update identity set moved = true where identity_id = any ($1) and not moved";

static const char *const LOCK =
    "select identity_id from identity where cluster in (select cluster from identity where identity_id = any ($1))"
    "  order by identity_id for update";

// As they are now that the locks are held: a cluster may have grown before.
static const char *const CLUSTERS =
    "select identity_id, cluster, moved from identity"
    "  where cluster in (select cluster from identity where identity_id = any ($1)) order by identity_id";

static const char *const WORDS =
    "select m.identity_id, m.member_id, m.state from identity_member m join identity i using (identity_id)"
    "  where i.cluster in (select cluster from identity where identity_id = any ($1))";

static const char *const PAIRS =
    "with here as materialized (select array(select identity_id from identity"
    "    where cluster in (select cluster from identity where identity_id = any ($1))) as ids)"
    "  select a, b, merged, merge_stands, linked, link_stands, recorded, said_by from identity_pair, here"
    "  where a = any (ids) and b = any (ids)";

static const char *const EVENTS =
    "with item as (select * from review where identity_id = any ($1)), moved as materialized ("
    "  select identity_id from identity where identity_id = any ($1) and moved"
    "), link as ("
    "  select * from event_link l where l.identity_id = any ($1) and (not l.own or l.member_id = ''"
    "    or l.identity_id in (select identity_id from moved)"
    "    or exists (select from item i where (i.event_id, i.subject) = (l.event_id, l.subject))"
    "    or exists (select from identity_member m where m.identity_id = any ($1)"
    "      and (m.state = 'not-same' and m.member_id = l.member_id"
    "        or m.state = 'same' and m.member_id <> l.member_id)))"
    ")"
    " select coalesce(i.identity_id, l.identity_id), coalesce(l.version, 0), coalesce(l.member_id, ''), "
    "coalesce(l.own, false), coalesce(l.decision, ''),"
    "   coalesce(i.state, ''), coalesce(i.reason, ''), coalesce(i.candidates, '{}'),"
    "   coalesce(i.reason = 'held-too-long' or i.made_at < now() - make_interval(secs => $2), false),"
    "   coalesce(i.event, l.event), coalesce(i.traceparent, '')"
    " from item i full join link l on (l.event_id, l.subject) = (i.event_id, i.subject)"
    " where coalesce(i.event, l.event) is not null order by coalesce(i.event_id, l.event_id)";

void ho_evidence_init(struct ho_evidence *e, struct ho_arena *arena)
{
    *e = (struct ho_evidence){
        .arena = arena,
        .new_ids = ho_pg_array_new(arena, HO_PG_INT8),
        .facilities = ho_pg_array_new(arena, HO_PG_TEXT),
        .mrns = ho_pg_array_new(arena, HO_PG_TEXT),
        .ids = ho_pg_array_new(arena, HO_PG_INT8),
        .moved = ho_pg_array_new(arena, HO_PG_INT8),
    };
}

static void forget(struct ho_pg_result **result)
{
    ho_pg_result_free(*result);
    *result = NULL;
}

void ho_evidence_cleanup(struct ho_evidence *e)
{
    forget(&e->locked);
    forget(&e->clusters);
    forget(&e->words);
    forget(&e->pairs);
    forget(&e->events);
}

void ho_evidence_want(struct ho_evidence *e, int64_t id, const char *facility, const char *mrn)
{
    ho_pg_push_int(e->ids, id);
    if (!facility)
        return;
    *(int64_t *)ho_arena_push(e->arena, &e->named, sizeof id) = id;
    ho_pg_push_int(e->new_ids, id);
    ho_pg_push_text(e->facilities, facility);
    ho_pg_push_text(e->mrns, mrn);
}

void ho_evidence_move(struct ho_evidence *e, int64_t id)
{
    ho_pg_push_int(e->moved, id);
}

// ---- Locking ---------------------------------------------------------------------------------------------

static void queue_ids(struct ho_evidence *e, struct ho_pg *pg, const char *sql, struct ho_pg_result **out)
{
    struct ho_pg_params *params = ho_pg_params_new(e->arena);
    forget(out);
    ho_pg_param_array(params, e->ids);
    ho_pg_queue(pg, sql, params, out);
}

static void queue_move(struct ho_evidence *e, struct ho_pg *pg)
{
    struct ho_pg_params *params = ho_pg_params_new(e->arena);
    ho_pg_param_array(params, e->moved);
    ho_pg_queue(pg, MOVE, params, NULL);
}

static void queue_make(struct ho_evidence *e, struct ho_pg *pg, struct ho_pg_result **out)
{
    struct ho_pg_params *params = ho_pg_params_new(e->arena);
    ho_pg_param_array(params, e->new_ids);
    ho_pg_param_array(params, e->facilities);
    ho_pg_param_array(params, e->mrns);
    ho_pg_queue(pg, MAKE, params, out);
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void note_made(struct ho_evidence *e, const struct ho_pg_result *rows)
{
    int n = rows ? ho_pg_rows(rows) : 0;
    for (int i = 0; i < n; i++)
        *(int64_t *)ho_arena_push(e->arena, &e->made, sizeof(int64_t)) = ho_pg_get_int(rows, i, 0);
    if (n)
        qsort(e->made.items, e->made.n, sizeof *e->made.items, by_number);
}

// Of rows in id order.
static bool has_id(const struct ho_pg_result *rows, int64_t id)
{
    int low = 0, high = ho_pg_rows(rows);
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (ho_pg_get_int(rows, middle, 0) < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ho_pg_rows(rows) && ho_pg_get_int(rows, low, 0) == id;
}

// Not so where others joined clusters while the locks were waited for, or deleted an identity that MAKE still saw.
static bool is_all_locked(const struct ho_evidence *e)
{
    for (int i = 0; i < ho_pg_rows(e->clusters); i++)
        if (!has_id(e->locked, ho_pg_get_int(e->clusters, i, 0)))
            return false;
    for (size_t i = 0; i < e->named.n; i++)
        if (!has_id(e->clusters, e->named.items[i]))
            return false;
    return true;
}

static enum ho_identity_word word_of(const char *state)
{
    if (strcmp(state, "same") == 0)
        return HO_IDENTITY_SAME;
    return strcmp(state, "not-same") == 0 ? HO_IDENTITY_NOT_SAME : HO_IDENTITY_MATCHED;
}

enum { A, B, MERGED, MERGE_STANDS, LINKED, LINK_STANDS, RECORDED, SAID_BY };

static void fill_pair(const struct ho_pg_result *rows, int i, struct ho_identity_set *set)
{
    const struct ho_bytes said_by = ho_pg_get_bytes(rows, i, SAID_BY);
    const struct ho_identity_pair pair = {
        .a = ho_pg_get_int(rows, i, A),
        .b = ho_pg_get_int(rows, i, B),
        .merged = ho_pg_get_int(rows, i, MERGED),
        .merge_stands = ho_pg_get_int(rows, i, MERGE_STANDS),
        .linked = ho_pg_get_int(rows, i, LINKED),
        .link_stands = ho_pg_get_int(rows, i, LINK_STANDS),
        .recorded = ho_pg_get_int(rows, i, RECORDED),
        .said_by = said_by.n == HO_ID_BYTES ? said_by.p : NULL,
    };
    ho_identity_set_pair(set, &pair);
}

void ho_evidence_fill(const struct ho_evidence *e, struct ho_identity_set *set)
{
    for (int i = 0; i < ho_pg_rows(e->clusters); i++) {
        int64_t id = ho_pg_get_int(e->clusters, i, 0);
        bool is_new = e->made.n && bsearch(&id, e->made.items, e->made.n, sizeof id, by_number);
        ho_identity_set_add(set, id, ho_pg_get_int(e->clusters, i, 1), !is_new);
        if (ho_pg_get_int(e->clusters, i, 2))
            ho_identity_set_move(set, id);
    }
    for (int i = 0; i < ho_pg_rows(e->words); i++)
        ho_identity_set_say(set, ho_pg_get_int(e->words, i, 0), ho_pg_get_text(e->words, i, 1),
                            word_of(ho_pg_get_text(e->words, i, 2)));
    for (int i = 0; i < ho_pg_rows(e->pairs); i++)
        fill_pair(e->pairs, i, set);
}

static enum ho_status lock_round(struct ho_evidence *e, struct ho_pg *pg, struct ho_error *error)
{
    struct ho_pg_result *made = NULL;
    if (e->named.n)
        queue_make(e, pg, &made);
    queue_ids(e, pg, LOCK, &e->locked);
    if (ho_pg_array_length(e->moved))
        queue_move(e, pg);
    queue_ids(e, pg, CLUSTERS, &e->clusters);
    queue_ids(e, pg, WORDS, &e->words);
    queue_ids(e, pg, PAIRS, &e->pairs);
    enum ho_status status = ho_pg_flush(pg, error);
    if (status == HO_OK)
        note_made(e, made);
    ho_pg_result_free(made);
    return status;
}

enum ho_status ho_evidence_lock(struct ho_evidence *e, struct ho_pg *pg, struct ho_error *error)
{
    for (int round = 0; round < ROUNDS; round++) {
        enum ho_status status = lock_round(e, pg, error);
        if (status != HO_OK || is_all_locked(e))
            return status;
    }
    return ho_fail(error, HO_RETRY,
                   "identities are joined or forgotten faster than they can be locked; the work is done again");
}

size_t ho_evidence_ids(const struct ho_evidence *e, int64_t **ids)
{
    size_t n = (size_t)ho_pg_rows(e->clusters);
    *ids = ho_arena_array(e->arena, n + 1, sizeof **ids);
    for (size_t i = 0; i < n; i++)
        (*ids)[i] = ho_pg_get_int(e->clusters, (int)i, 0);
    return n;
}

// ---- Events ------------------------------------------------------------------------------------------------

enum { IDENTITY_ID, LINK, MEMBER_ID, OWN, DECISION, STATE, REASON, CANDIDATES, EXPIRED, EVENT, TRACEPARENT };

static enum ho_match_verdict item_of(const char *state)
{
    if (!*state)
        return HO_MATCH_NON_MEMBER;
    return strcmp(state, "held") == 0 ? HO_MATCH_HELD : HO_MATCH_REVIEW;
}

static void take_row(struct ho_evidence *e, int i)
{
    const struct ho_pg_result *rows = e->events;
    struct ho_evidence_row *row = ho_arena_push(e->arena, &e->rows, sizeof *row);
    row->identity_id = ho_pg_get_int(rows, i, IDENTITY_ID);
    row->link = (int32_t)ho_pg_get_int(rows, i, LINK);
    row->member_id = ho_pg_get_text(rows, i, MEMBER_ID);
    row->own = ho_pg_get_int(rows, i, OWN);
    row->decision = ho_pg_get_text(rows, i, DECISION);
    row->item = item_of(ho_pg_get_text(rows, i, STATE));
    row->item_reason = ho_pg_get_text(rows, i, REASON);
    row->n_candidates = ho_pg_get_array(rows, i, CANDIDATES, e->arena, &row->candidates);
    row->expired = ho_pg_get_int(rows, i, EXPIRED);
    row->event = ho_pg_get_bytes(rows, i, EVENT);
    row->traceparent = ho_pg_get_bytes(rows, i, TRACEPARENT);
}

enum ho_status ho_evidence_events(struct ho_evidence *e, struct ho_pg *pg, const int64_t *ids, size_t n,
                                  int64_t held_seconds, struct ho_error *error)
{
    if (n == 0)
        return HO_OK;
    struct ho_pg_array *wanted = ho_pg_array_new(e->arena, HO_PG_INT8);
    struct ho_pg_params *params = ho_pg_params_new(e->arena);
    for (size_t i = 0; i < n; i++)
        ho_pg_push_int(wanted, ids[i]);
    ho_pg_param_array(params, wanted);
    ho_pg_int(params, held_seconds);
    enum ho_status status = ho_pg_run(pg, EVENTS, params, &e->events, error);
    for (int i = 0; status == HO_OK && i < ho_pg_rows(e->events); i++)
        take_row(e, i);
    return status;
}
