// Lists, one item, and what is known of identities.
#include "item.h"

#include "cells.h"

#include <assert.h>
#include <inttypes.h>

static const char SNAPSHOT[] = "set transaction isolation level repeatable read, read only";

// ---- Lists -------------------------------------------------------------------------------------------

#define ITEM_ID "encode(r.event_id, 'hex') || '.' || r.subject"
#define SUMMARY                                                                                                        \
    "select " ITEM_ID ", r.state, r.status, r.reason, r.made_at, r.updated_at, r.version, r.identity_id::text,"        \
    " r.facility, r.mrn, r.score, cardinality(r.candidates), coalesce(r.candidates[1], ''),"                           \
    " concat_ws(' ', nullif(m.given, ''), nullif(m.surname, ''), nullif(m.suffix, '')), coalesce(m.birth_date, 0),"    \
    " r.event, r.event_id, r.subject from review r left join member m on m.member_id = r.candidates[1] "

enum {
    ID,
    STATE,
    STATUS,
    REASON,
    MADE_AT,
    UPDATED_AT,
    VERSION,
    IDENTITY,
    FACILITY,
    MRN,
    SCORE,
    N_CANDIDATES,
    BEST,
    BEST_NAME,
    BEST_BIRTH_DATE,
    EVENT,
    EVENT_ID,
    SUBJECT
};

// $1 state, $2 status, $3 to $5 the cursor, $6 limit
static const char LIST[] =
    SUMMARY "where r.state = $1 and ($2 = '' or r.status = $2)"
            " and (r.made_at, r.event_id, r.subject) > (coalesce($3, '-infinity'::timestamptz), $4, $5)"
            " order by r.made_at, r.event_id, r.subject limit $6";

static const char *name_of(struct ho_arena *arena, const ho_person *p)
{
    const char *name = p->given;
    if (*p->surname)
        name = *name ? ho_arena_printf(arena, "%s %s", name, p->surname) : p->surname;
    return *p->suffix ? ho_arena_printf(arena, "%s %s", name, p->suffix) : name;
}

static const ho_adt_event *event_of(struct ho_arena *arena, const struct ho_pg_result *rows, int i, int column)
{
    const ho_adt_event *event = ho_adt_event_unpack(arena, ho_pg_get_bytes(rows, i, column));
    if (event && event->person)
        return event;
    static Handoff__V1__Person nobody = HANDOFF__V1__PERSON__INIT;
    ho_adt_event *blank = ho_arena_alloc(arena, sizeof *blank);
    handoff__v1__adt_event__init(blank);
    blank->person = &nobody;
    return blank;
}

static json_t *best_json(const struct ho_pg_result *rows, int i)
{
    if (!*ho_pg_get_text(rows, i, BEST))
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "member_id", ho_json_cell_text(rows, i, BEST), "name",
                     ho_json_cell_text(rows, i, BEST_NAME), "birth_date",
                     ho_json_date(ho_pg_get_int(rows, i, BEST_BIRTH_DATE)));
}

static json_t *summary_json(struct ho_arena *arena, const struct ho_pg_result *rows, int i)
{
    const ho_adt_event *event = event_of(arena, rows, i, EVENT);
    json_t *json =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "id", ho_json_cell_text(rows, i, ID), "state",
                  ho_json_cell_text(rows, i, STATE), "status", ho_json_cell_text(rows, i, STATUS), "reason",
                  ho_json_cell_text(rows, i, REASON), "made_at", ho_json_cell_instant(rows, i, MADE_AT), "updated_at",
                  ho_json_cell_instant(rows, i, UPDATED_AT), "version", (json_int_t)ho_pg_get_int(rows, i, VERSION),
                  "identity_id", ho_json_cell_text(rows, i, IDENTITY));
    json_t *rest =
        json_pack("{s:o, s:o, s:f, s:I, s:o, s:{s:o, s:o}, s:o, s:o}", "facility", ho_json_cell_text(rows, i, FACILITY),
                  "mrn", ho_json_cell_text(rows, i, MRN), "score", ho_pg_get_double(rows, i, SCORE), "candidates",
                  (json_int_t)ho_pg_get_int(rows, i, N_CANDIDATES), "best", best_json(rows, i), "patient", "name",
                  ho_json_text(ho_bytes_of(name_of(arena, event->person))), "birth_date",
                  ho_json_date((int64_t)event->person->birth_date), "trigger",
                  ho_json_text(ho_bytes_of(event->trigger)), "occurred", ho_json_instant(event->occurred));
    json_object_update_new(json, rest);
    return json;
}

static void put_number(uint8_t *out, size_t n, uint64_t value)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(value >> (8 * (n - 1 - i)));
}

static uint64_t get_number(const uint8_t *bytes, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void cursor_write(const struct ho_pg_result *rows, int i, uint8_t out[HO_REVIEW_CURSOR_BYTES])
{
    struct ho_bytes id = ho_pg_get_bytes(rows, i, EVENT_ID);
    put_number(out, 8, (uint64_t)ho_pg_get_time(rows, i, MADE_AT));
    memset(out + 8, 0, HO_ID_BYTES);
    memcpy(out + 8, id.p, id.n < HO_ID_BYTES ? id.n : HO_ID_BYTES);
    put_number(out + 8 + HO_ID_BYTES, 2, (uint64_t)ho_pg_get_int(rows, i, SUBJECT));
}

static struct ho_pg_params *list_params(struct ho_arena *arena, const struct ho_review_question *q)
{
    const uint8_t *after = q->after;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_text(params, q->state);
    ho_pg_text(params, q->status);
    ho_pg_time(params, after ? (int64_t)get_number(after, 8) : 0);
    ho_pg_bytea(params, after ? ho_bytes_from(after + 8, HO_ID_BYTES) : ho_bytes_of(""));
    ho_pg_int(params, after ? (int64_t)get_number(after + 8 + HO_ID_BYTES, 2) : 0);
    ho_pg_int(params, q->limit + 1); // one more tells whether there is a next page
    return params;
}

enum ho_status ho_review_list(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_question *question,
                              json_t **out, bool *more, uint8_t next[HO_REVIEW_CURSOR_BYTES], struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    enum ho_status status = ho_pg_run(pg, LIST, list_params(arena, question), &rows, error);
    if (status != HO_OK)
        return status;
    int n = ho_pg_rows(rows), shown = n > question->limit ? (int)question->limit : n;
    *out = json_array();
    *more = n > shown;
    for (int i = 0; i < shown; i++)
        json_array_append_new(*out, summary_json(arena, rows, i));
    if (*more)
        cursor_write(rows, shown - 1, next);
    ho_pg_result_free(rows);
    return HO_OK;
}

// ---- What is known of identities ---------------------------------------------------------------------

// $1 ids
static const char IDENTITIES[] =
    "select identity_id::text, facility, mrn, cluster::text, look_back, made_at from identity"
    " where identity_id = any ($1) order by cluster, identity_id";
static const char MEMBERS[] = "select identity_id::text, member_id, state, by, note, at from identity_member"
                              " where identity_id = any ($1) order by identity_id, member_id";
static const char LINKED[] =
    "select identity_id::text, member_id, count(*), count(*) filter (where own), max(made_at) from event_link"
    " where identity_id = any ($1) group by identity_id, member_id order by 1, 2";

static json_t *rows_of(const struct ho_pg_result *rows, const char *identity_id,
                       json_t *(*make)(const struct ho_pg_result *rows, int i))
{
    json_t *list = json_array();
    for (int i = 0; i < ho_pg_rows(rows); i++)
        if (strcmp(ho_pg_get_text(rows, i, 0), identity_id) == 0)
            json_array_append_new(list, make(rows, i));
    return list;
}

static json_t *known_json(const struct ho_pg_result *rows, int i)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "member_id", ho_json_cell_text(rows, i, 1), "state",
                     ho_json_cell_text(rows, i, 2), "by", ho_json_cell_text(rows, i, 3), "note",
                     ho_json_cell_text(rows, i, 4), "at", ho_json_cell_instant(rows, i, 5));
}

static json_t *linked_json(const struct ho_pg_result *rows, int i)
{
    return json_pack("{s:o, s:I, s:I, s:o}", "member_id",
                     *ho_pg_get_text(rows, i, 1) ? ho_json_cell_text(rows, i, 1) : json_null(), "events",
                     (json_int_t)ho_pg_get_int(rows, i, 2), "own", (json_int_t)ho_pg_get_int(rows, i, 3), "latest",
                     ho_json_cell_instant(rows, i, 4));
}

struct known {
    struct ho_pg_result *identities, *members, *linked;
};

static void known_queue(struct ho_pg *pg, const struct ho_pg_params *ids, struct known *known)
{
    ho_pg_queue(pg, IDENTITIES, ids, &known->identities);
    ho_pg_queue(pg, MEMBERS, ids, &known->members);
    ho_pg_queue(pg, LINKED, ids, &known->linked);
}

static void known_free(struct known *known)
{
    ho_pg_result_free(known->identities);
    ho_pg_result_free(known->members);
    ho_pg_result_free(known->linked);
}

static json_t *identities_json(const struct known *known)
{
    json_t *list = json_array();
    for (int i = 0; i < ho_pg_rows(known->identities); i++) {
        const char *id = ho_pg_get_text(known->identities, i, 0);
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "identity_id",
                                              ho_json_cell_text(known->identities, i, 0), "facility",
                                              ho_json_cell_text(known->identities, i, 1), "mrn",
                                              ho_json_cell_text(known->identities, i, 2), "cluster",
                                              ho_json_cell_text(known->identities, i, 3), "look_back",
                                              (int)ho_pg_get_int(known->identities, i, 4), "made_at",
                                              ho_json_cell_instant(known->identities, i, 5), "members",
                                              rows_of(known->members, id, known_json), "links",
                                              rows_of(known->linked, id, linked_json)));
    }
    return list;
}

static const char OF_MEMBER[] =
    "select identity_id from identity_member where member_id = $1 union"
    " select identity_id from event_link where member_id = $1 and identity_id is not null order by 1 limit 200";
static const char OF_CLUSTER[] =
    "select identity_id from identity where cluster = (select cluster from identity where identity_id = $1)"
    " order by 1 limit 200";
static_assert(HO_REVIEW_PAGE_MOST == 200, "as the statements say");

static enum ho_status read_ids(struct ho_pg *pg, struct ho_arena *arena, const char *sql,
                               const struct ho_pg_params *params, struct ho_pg_params *ids, struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    struct ho_pg_array *array = ho_pg_array_new(arena, HO_PG_INT8);
    enum ho_status status = ho_pg_run(pg, sql, params, &rows, error);
    for (int i = 0; status == HO_OK && i < ho_pg_rows(rows); i++)
        ho_pg_push_int(array, ho_pg_get_int(rows, i, 0));
    ho_pg_param_array(ids, array);
    ho_pg_result_free(rows);
    return status;
}

static enum ho_status find_ids(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_search *search,
                               struct ho_pg_params *ids, struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    int64_t identity_id = 0;
    bool found = false;
    if (*search->member_id) {
        ho_pg_text(params, search->member_id);
        return read_ids(pg, arena, OF_MEMBER, params, ids, error);
    }
    enum ho_status status = ho_review_identity(pg, arena, search->facility, search->mrn, &found, &identity_id, error);
    ho_pg_int(params, identity_id); // 0 where nothing is known, which finds nothing
    return status == HO_OK ? read_ids(pg, arena, OF_CLUSTER, params, ids, error) : status;
}

enum ho_status ho_review_links(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_search *search,
                               json_t **out, struct ho_error *error)
{
    struct known known = {0};
    struct ho_pg_params *ids = ho_pg_params_new(arena);
    enum ho_status status = find_ids(pg, arena, search, ids, error);
    if (status == HO_OK) {
        known_queue(pg, ids, &known);
        status = ho_pg_flush(pg, error);
    }
    if (status == HO_OK)
        *out = identities_json(&known);
    known_free(&known);
    return status;
}

// ---- One item ----------------------------------------------------------------------------------------

// $1 event, $2 subject
static const char ITEM[] = SUMMARY "where r.event_id = $1 and r.subject = $2";
static const char DETAIL[] = "select identity_id, note, updated_by, why, explanation, candidates from review where "
                             "event_id = $1 and subject = $2";

enum { D_IDENTITY, D_NOTE, D_BY, D_WHY, D_EXPLANATION, D_CANDIDATES };

static const char OTHERS[] = SUMMARY "where r.identity_id = any ($1) and not (r.event_id = $2 and r.subject = $3)"
                                     " order by r.made_at, r.event_id, r.subject limit 50";
static const char HISTORY[] =
    "select ''::text, coalesce(encode(event_id, 'hex') || '.' || subject, ''), at, by, action, member_id, detail"
    " from decision_history where identity_id = any ($1) order by id";

static json_t *history_json(const struct ho_pg_result *rows, int i)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "item", ho_json_cell_text(rows, i, 1), "at",
                     ho_json_cell_instant(rows, i, 2), "by", ho_json_cell_text(rows, i, 3), "action",
                     ho_json_cell_text(rows, i, 4), "member_id", ho_json_cell_text(rows, i, 5), "detail",
                     ho_json_cell_parsed(rows, i, 6));
}

struct item {
    struct ho_pg_result *summary, *detail, *members, *enrolments, *others, *history;
    struct known known;
};

static void item_free(struct item *item)
{
    ho_pg_result_free(item->summary);
    ho_pg_result_free(item->detail);
    ho_pg_result_free(item->members);
    ho_pg_result_free(item->enrolments);
    ho_pg_result_free(item->others);
    ho_pg_result_free(item->history);
    known_free(&item->known);
}

static struct ho_pg_params *ref_params(struct ho_arena *arena, const struct ho_review_ref *ref)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_bytea(params, ho_bytes_from(ref->event_id, HO_ID_BYTES));
    ho_pg_int(params, ref->subject);
    return params;
}

static enum ho_status read_rest(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_ref *ref,
                                struct item *item, struct ho_error *error)
{
    struct ho_pg_params *identity = ho_pg_params_new(arena), *ids = ho_pg_params_new(arena);
    struct ho_pg_params *candidates = ho_pg_params_new(arena), *others = ho_pg_params_new(arena);
    struct ho_pg_array *names = ho_pg_array_new(arena, HO_PG_TEXT);
    struct ho_bytes *list;
    size_t n = ho_pg_get_array(item->detail, 0, D_CANDIDATES, arena, &list);
    for (size_t i = 0; i < n; i++)
        ho_pg_push_bytes(names, list[i]);
    ho_pg_param_array(candidates, names);
    ho_pg_int(identity, ho_pg_is_null(item->detail, 0, D_IDENTITY) ? 0 : ho_pg_get_int(item->detail, 0, D_IDENTITY));
    enum ho_status status = read_ids(pg, arena, OF_CLUSTER, identity, ids, error);
    if (status == HO_OK)
        status = read_ids(pg, arena, OF_CLUSTER, identity, others, error);
    if (status != HO_OK)
        return status;
    ho_pg_bytea(others, ho_bytes_from(ref->event_id, HO_ID_BYTES));
    ho_pg_int(others, ref->subject);
    ho_pg_queue(pg, ho_item_members, candidates, &item->members);
    ho_pg_queue(pg, ho_item_enrolments, candidates, &item->enrolments);
    ho_pg_queue(pg, OTHERS, others, &item->others);
    ho_pg_queue(pg, HISTORY, ids, &item->history);
    known_queue(pg, ids, &item->known);
    return ho_pg_flush(pg, error);
}

static enum ho_status read_item(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_ref *ref,
                                struct item *item, struct ho_error *error)
{
    enum ho_status status = ho_pg_begin(pg, error);
    if (status != HO_OK)
        return status;
    ho_pg_queue(pg, SNAPSHOT, NULL, NULL);
    ho_pg_queue(pg, ITEM, ref_params(arena, ref), &item->summary);
    ho_pg_queue(pg, DETAIL, ref_params(arena, ref), &item->detail);
    status = ho_pg_flush(pg, error);
    if (status == HO_OK && ho_pg_rows(item->detail) == 1)
        status = read_rest(pg, arena, ref, item, error);
    if (status == HO_OK)
        return ho_pg_commit(pg, error);
    ho_pg_rollback(pg);
    return status;
}

static json_t *others_json(struct ho_arena *arena, const struct ho_pg_result *rows)
{
    json_t *list = json_array();
    for (int i = 0; i < ho_pg_rows(rows); i++)
        json_array_append_new(list, summary_json(arena, rows, i));
    return list;
}

static json_t *item_json(struct ho_arena *arena, const struct item *item, const struct ho_zone *zone, int64_t now)
{
    const ho_adt_event *event = event_of(arena, item->summary, 0, EVENT);
    json_t *explanation = ho_json_cell_parsed(item->detail, 0, D_EXPLANATION);
    const struct ho_item_roster roster = {
        .members = item->members,
        .enrolments = item->enrolments,
        .explanation = explanation,
        .date = ho_zone_date(zone, event->occurred ? event->occurred : event->recorded),
        .today = ho_zone_date(zone, now),
    };
    json_t *json = summary_json(arena, item->summary, 0);
    json_t *rest = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "note", ho_json_cell_text(item->detail, 0, D_NOTE),
        "updated_by", ho_json_cell_text(item->detail, 0, D_BY), "why", ho_json_cell_parsed(item->detail, 0, D_WHY),
        "patient", ho_item_patient(event), "event", ho_item_event(event), "candidates",
        ho_item_candidates(arena, &roster), "others", others_json(arena, item->others), "identities",
        identities_json(&item->known), "history", rows_of(item->history, "", history_json));
    json_object_del(json, "best");
    json_object_del(json, "trigger");
    json_object_del(json, "occurred");
    json_object_update_new(json, rest);
    json_decref(explanation);
    return json;
}

enum ho_status ho_review_show(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_ref *ref,
                              const struct ho_zone *zone, int64_t now, json_t **out, struct ho_error *error)
{
    struct item item = {0};
    *out = NULL;
    enum ho_status status = read_item(pg, arena, ref, &item, error);
    if (status == HO_OK && ho_pg_rows(item.detail) == 1)
        *out = item_json(arena, &item, zone, now);
    item_free(&item);
    return status;
}
