// Reading tasks: lists with a keyset cursor over (due, key), the search by member, one task with its history.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handoff/digest.h"
#include "json.h"
#include "problem.h"
#include "task.h"

enum {
    LIMIT_DEFAULT = 50,
    LIMIT_MOST = 200,
    KEY_BYTES = 16,
    CURSOR_BYTES = 8 + KEY_BYTES,
    CURSOR_DIGITS = 2 * CURSOR_BYTES,
    ID_DIGITS = 16
};

// The end of year 9999, in microseconds since 1970: no task is due later.
static const uint64_t LATEST_DUE = UINT64_C(253402300799999999);

static const char *const STATUSES[] = {"open", "claimed", "done", "withdrawn", "superseded"};

enum { N_STATUSES = sizeof STATUSES / sizeof *STATUSES };

// What is to be done is wanted, which the planner reads from an index; the others are rarer questions.
enum kind { TO_DO, ANY_STATUS, ATTENTION, N_KINDS };
enum scope { EVERYBODY, COORDINATOR, MEMBER, N_SCOPES };

struct question {
    enum kind kind;
    enum scope scope;
    bool statuses[N_STATUSES];
    int64_t limit, updated_since;
    struct ho_bytes cursor;  // of the row before the first; empty at the start
    const char *scope_value; // coordinator or member
};

// $1 statuses, $2 and $3 the cursor, $4 updated since, $5 limit, $6 of the scope, $7 today: a coordinator's tasks are
// also those of the coordinators for whom they stand in.
#define PAGE                                                                                                           \
    " and (t.due, t.key) > (coalesce($2, '-infinity'::timestamptz), $3)"                                               \
    " and ($4::timestamptz is null or t.updated_at >= $4) order by t.due, t.key limit $5"
#define KIND_TO_DO "where t.want = 'wanted' and t.status = any ($1)"
#define KIND_ANY "where t.status = any ($1)"
#define KIND_ATTENTION "where t.want <> 'wanted' and t.work_status = 'claimed' and t.status = any ($1)"
#define BY_COORDINATOR                                                                                                 \
    " and coordinator_id(m.coordinator_email, m.coordinator) = any (array[$6::text] || array("                         \
    "  select coordinator_id(a.email, '') from staff a where is_away(a.away_from, a.away_to, $7::int8::int4)"          \
    "    and a.backup_email <> '' and coordinator_id(a.backup_email, '') = $6))"
#define BY_MEMBER " and t.member_id = $6"

static const char *const LISTS[N_KINDS][N_SCOPES] = {
    [TO_DO] = {HO_TASK_SELECT KIND_TO_DO PAGE, HO_TASK_SELECT KIND_TO_DO BY_COORDINATOR PAGE,
               HO_TASK_SELECT KIND_TO_DO BY_MEMBER PAGE},
    [ANY_STATUS] = {HO_TASK_SELECT KIND_ANY PAGE, HO_TASK_SELECT KIND_ANY BY_COORDINATOR PAGE,
                    HO_TASK_SELECT KIND_ANY BY_MEMBER PAGE},
    [ATTENTION] = {HO_TASK_SELECT KIND_ATTENTION PAGE, HO_TASK_SELECT KIND_ATTENTION BY_COORDINATOR PAGE,
                   HO_TASK_SELECT KIND_ATTENTION BY_MEMBER PAGE},
};

// ---- Reading the question. Each reader is false when the answer is already written.

static bool read_statuses(struct ho_call *call, const char *text, struct question *q)
{
    for (const char *at = text; at;) {
        size_t n = strcspn(at, ","), i = 0;
        while (i < N_STATUSES && !ho_bytes_is(ho_bytes_from(at, n), STATUSES[i]))
            i++;
        if (i == N_STATUSES) {
            ho_problem_reply(call, HO_PROBLEM_INVALID,
                             "status takes open, claimed, done, withdrawn and superseded, separated by commas.");
            return false;
        }
        q->statuses[i] = true;
        at = at[n] ? at + n + 1 : NULL;
    }
    return true;
}

static bool read_limit(struct ho_call *call, const char *text, struct question *q)
{
    char *end;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || value < 1 || value > LIMIT_MOST) {
        ho_problem_reply(call, HO_PROBLEM_INVALID, "limit is a whole number from 1 to %d.", LIMIT_MOST);
        return false;
    }
    q->limit = value;
    return true;
}

static uint64_t cursor_due(const uint8_t *bytes)
{
    uint64_t due = 0;
    for (size_t i = 0; i < 8; i++)
        due = due << 8 | bytes[i];
    return due;
}

static bool read_cursor(struct ho_call *call, const char *text, struct question *q)
{
    uint8_t *bytes = ho_arena_alloc(call->request->arena, CURSOR_BYTES);
    if (!ho_unhex(ho_bytes_of(text), bytes, CURSOR_BYTES) || cursor_due(bytes) > LATEST_DUE) {
        ho_problem_reply(call, HO_PROBLEM_INVALID, "after is the \"next\" of an earlier page.");
        return false;
    }
    q->cursor = ho_bytes_from(bytes, CURSOR_BYTES);
    return true;
}

static bool read_since(struct ho_call *call, const char *text, struct question *q)
{
    if (ho_time_parse(ho_bytes_of(text), &q->updated_since))
        return true;
    ho_problem_reply(call, HO_PROBLEM_INVALID, "updated_since is a time as 2026-11-22T00:00:00Z.");
    return false;
}

static bool read_coordinator(struct ho_call *call, const char *text, struct question *q)
{
    size_t digits = strspn(text, "0123456789abcdef");
    if (strcmp(text, "none") != 0 && (digits != ID_DIGITS || text[digits])) {
        ho_problem_reply(call, HO_PROBLEM_INVALID, "coordinator is an id of /v1/coordinators, or \"none\".");
        return false;
    }
    q->scope = COORDINATOR;
    q->scope_value = strcmp(text, "none") == 0 ? "" : text;
    return true;
}

static bool read_attention(struct ho_call *call, const char *text, struct question *q)
{
    if (strcmp(text, "true") != 0) {
        ho_problem_reply(call, HO_PROBLEM_INVALID, "attention is \"true\" or absent.");
        return false;
    }
    q->kind = ATTENTION;
    return true;
}

static bool only(const struct question *q, size_t first, size_t n)
{
    for (size_t i = 0; i < N_STATUSES; i++)
        if (q->statuses[i] && (i < first || i >= first + n))
            return false;
    return true;
}

// The statuses that were not named, and the form of the statement that fits.
static void settle(struct question *q, size_t n_default)
{
    if (only(q, 0, 0))
        for (size_t i = 0; i < (q->kind == ATTENTION ? N_STATUSES : n_default); i++)
            q->statuses[i] = true;
    if (q->kind == ANY_STATUS && only(q, 0, 2))
        q->kind = TO_DO;
}

static bool read_query(struct ho_call *call, struct question *q)
{
    static const struct {
        const char *name;
        bool (*read)(struct ho_call *call, const char *text, struct question *q);
    } readers[] = {{"status", read_statuses},
                   {"limit", read_limit},
                   {"after", read_cursor},
                   {"updated_since", read_since},
                   {"coordinator", read_coordinator},
                   {"attention", read_attention}};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        const char *text = ho_http_query(call->request, readers[i].name);
        if (text && !readers[i].read(call, text, q))
            return false;
    }
    settle(q, 2);
    return true;
}

// ---- Answering.

static const struct ho_pg_params *list_params(struct ho_arena *arena, const struct question *q, uint32_t today)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    struct ho_pg_array *statuses = ho_pg_array_new(arena, HO_PG_TEXT);
    for (size_t i = 0; i < N_STATUSES; i++)
        if (q->statuses[i])
            ho_pg_push_text(statuses, STATUSES[i]);
    ho_pg_param_array(params, statuses);
    ho_pg_time(params, q->cursor.n ? (int64_t)cursor_due(q->cursor.p) : 0);
    ho_pg_bytea(params, q->cursor.n ? ho_bytes_from(q->cursor.p + 8, KEY_BYTES) : ho_bytes_of(""));
    ho_pg_time(params, q->updated_since);
    ho_pg_int(params, q->limit + 1); // one more tells whether there is a next page
    if (q->scope != EVERYBODY)
        ho_pg_text(params, q->scope_value);
    if (q->scope == COORDINATOR)
        ho_pg_int(params, today);
    return params;
}

static json_t *cursor_json(const struct ho_pg_result *result, int row)
{
    uint8_t bytes[CURSOR_BYTES];
    char text[CURSOR_DIGITS + 1];
    uint64_t due = (uint64_t)ho_pg_get_time(result, row, HO_TASK_DUE);
    struct ho_bytes key = ho_pg_get_bytes(result, row, HO_TASK_KEY_BYTES);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(due >> (56 - 8 * i));
    memcpy(bytes + 8, key.p, key.n < KEY_BYTES ? key.n : KEY_BYTES);
    ho_hex(bytes, sizeof bytes, text);
    return json_string(text);
}

static void answer_list(struct ho_call *call, const struct question *q)
{
    struct ho_pg_result *result = NULL;
    struct ho_arena *arena = call->request->arena;
    uint32_t today = ho_task_today(call);
    if (!ho_database_ready(call) ||
        !ho_database_run(call, LISTS[q->kind][q->scope], list_params(arena, q, today), &result))
        return;
    int n = ho_pg_rows(result), shown = n > q->limit ? (int)q->limit : n;
    json_t *tasks = json_array();
    for (int row = 0; row < shown; row++)
        json_array_append_new(tasks, ho_task_json(result, row, today, arena));
    ho_reply_json(call, 200,
                  json_pack("{s:o, s:o, s:o}", "tasks", tasks, "next",
                            n > shown ? cursor_json(result, shown - 1) : json_null(), "as_of",
                            ho_json_instant(ho_clock_us())));
    ho_pg_result_free(result);
}

void ho_tasks_list(struct ho_call *call)
{
    struct question q = {.kind = ANY_STATUS, .limit = LIMIT_DEFAULT};
    if (read_query(call, &q))
        answer_list(call, &q);
}

// ---- The search. A member's id is personal data, so it comes in the body.

static bool read_search_statuses(struct ho_call *call, const json_t *list, struct question *q)
{
    size_t i;
    json_t *item;
    if (list && !json_is_array(list)) {
        ho_problem_reply(call, HO_PROBLEM_INVALID, "\"status\" must be a list.");
        return false;
    }
    json_array_foreach(list, i, item)
    {
        if (!read_statuses(call, json_is_string(item) ? json_string_value(item) : "?", q))
            return false;
    }
    return true;
}

static bool read_search(struct ho_call *call, const json_t *body, struct question *q)
{
    const json_t *limit = json_object_get(body, "limit");
    const char *after = ho_json_member(call, body, "after", CURSOR_DIGITS);
    const char *member = after ? ho_json_member(call, body, "member", 200) : NULL;
    if (!member || !read_search_statuses(call, json_object_get(body, "status"), q))
        return false;
    if (!*member) {
        ho_problem_reply(call, HO_PROBLEM_INVALID, "\"member\" is missing: give the member's id.");
        return false;
    }
    q->scope = MEMBER;
    q->scope_value = member;
    if (limit && !read_limit(call,
                             json_is_integer(limit) ? ho_arena_printf(call->request->arena, "%" JSON_INTEGER_FORMAT,
                                                                      json_integer_value(limit))
                                                    : "",
                             q))
        return false;
    if (*after && !read_cursor(call, after, q))
        return false;
    settle(q, N_STATUSES);
    return true;
}

void ho_tasks_search(struct ho_call *call)
{
    static const char *const names[] = {"member", "status", "limit", "after", NULL};
    struct question q = {.kind = ANY_STATUS, .limit = LIMIT_DEFAULT};
    json_t *body = ho_json_body(call, names);
    if (!body)
        return;
    if (read_search(call, body, &q))
        answer_list(call, &q);
    json_decref(body);
}

// ---- One task.

static const char HISTORY[] = "select h.at, coordinator_id(h.by, ''), coalesce(a.coordinator, h.by), h.action,"
                              " coalesce(h.detail->>'outcome', ''), coalesce(h.detail->>'note', '')"
                              " from task_history h left join lateral (select s.coordinator from member s"
                              "   where coordinator_id(s.coordinator_email, s.coordinator) = coordinator_id(h.by, '')"
                              "   order by s.seq desc limit 1) a on true"
                              " where h.key = any ($1) order by h.id";

static json_t *history_json(const struct ho_pg_result *history)
{
    json_t *list = json_array();
    for (int row = 0; row < ho_pg_rows(history); row++)
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o}", "at", ho_json_cell_instant(history, row, 0), "by",
                            ho_task_person(history, row, 1, 2), "action", ho_json_cell_text(history, row, 3), "outcome",
                            ho_json_cell_text(history, row, 4), "note", ho_json_cell_text(history, row, 5)));
    return list;
}

void ho_tasks_show(struct ho_call *call)
{
    uint8_t key[KEY_BYTES];
    struct ho_pg_result *result = NULL, *history = NULL;
    if (!ho_task_key_read(call->key, key)) {
        ho_problem_reply(call, HO_PROBLEM_NOT_FOUND, "A task's key has 32 hexadecimal digits.");
        return;
    }
    if (!ho_database_ready(call) || !ho_task_read(call, key, &result))
        return;
    if (ho_pg_rows(result) == 0) {
        ho_problem_reply(call, HO_PROBLEM_NOT_FOUND, "There is no task of this key. A correction may have renamed it.");
    } else {
        struct ho_pg_params *params = ho_pg_params_new(call->request->arena);
        ho_pg_param_array(params, ho_task_keys(result, 0, call->request->arena));
        if (ho_database_run(call, HISTORY, params, &history))
            ho_task_reply(call, result, history_json(history));
    }
    ho_pg_result_free(history);
    ho_pg_result_free(result);
}
