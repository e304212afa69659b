// What people do with a task: claim, release, complete. The only writer of task_work and task_history.
//
// A write names the version it has seen (If-Match), so that of two people who act at once one wins and the
// other is told. An Idempotency-Key, kept with the history, makes a repeat of the same request harmless.
//
// Work goes on where it was begun: a row under any alias of the task's change is the one that is written.
//
//   claim     open -> claimed
//   release   claimed -> open; of a withdrawn or superseded task too, if somebody holds it
//   complete  open or claimed -> done; of a withdrawn or superseded task only if somebody holds it: what a
//             person did is recorded, but nothing new is begun on a task whose cause is gone
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "coordinators.h"
#include "handoff/digest.h"
#include "handoff/platform/log.h"
#include "handoff/platform/metrics.h"
#include "json.h"
#include "problem.h"
#include "task.h"

enum {
    KEY_BYTES = 16,
    NOTE_BYTES = 4000,
    OUTCOME_BYTES = 200,
    ID_DIGITS = 16,
    IDEMPOTENCY_BYTES = 255,
    VERSION_DIGITS = 9,
    HEX_ID_BYTES = 33
};

enum action { CLAIM, RELEASE, COMPLETE };

static const struct {
    const char *done, *status; // in the history, and of the work after it
} ACTIONS[] = {{"claimed", "claimed"}, {"released", "open"}, {"completed", "done"}};

struct change {
    enum action action;
    uint8_t key[KEY_BYTES];
    int64_t version;
    const char *coordinator, *outcome, *note; // "" where not given
    const char *by;                           // e-mail or name of the coordinator; "api" where not given
    const char *idempotency;                  // digest of the key; NULL where none came
    const char *request;                      // digest of what is asked
};

// ---- Statements.

static const char MEMBER_OF[] = "select member_id from task_plan where key = $1";
static const char LOCK_MAKE[] = "insert into member_state (member_id) values ($1) on conflict do nothing";
static const char LOCK[] = "select 1 from member_state where member_id = $1 for update";
static const char EARLIER[] = "select h.detail->>'request' from task_history h"
                              " where h.key = any ($1) and h.detail->>'idempotency' = $2 limit 1";
// $1 key, $2 status, $3 by, $4 outcome, $5 note, $6 whether the assignee is let go
static const char WORK[] =
    "insert into task_work as w (member_id, change, template, status, assignee, outcome, note, occurred, updated_by)"
    " select t.member_id, coalesce(t.work_change, t.change), t.template, $2, case when $6 then '' else $3 end, $4, $5,"
    "        t.occurred, $3 from task t where t.key = $1"
    " on conflict (member_id, change, template) do update set status = excluded.status,"
    "   assignee = case when $6 then '' when w.assignee <> '' then w.assignee else excluded.assignee end,"
    "   outcome = excluded.outcome, note = excluded.note, version = w.version + 1, occurred = excluded.occurred,"
    "   updated_at = now(), updated_by = excluded.updated_by";
static const char HISTORY[] =
    "insert into task_history (key, by, action, detail) values ($1, $2, $3, jsonb_strip_nulls(jsonb_build_object("
    " 'outcome', nullif($4, ''), 'note', nullif($5, ''), 'idempotency', $6::text, 'request', $7::text)))";
// Reminders, outreach and measures follow what was done.
static const char REPLAN[] =
    "insert into replan (member_id, reason) select member_id, 'work' from task_plan where key = $1";
static const char TELL[] = "select pg_notify('handoff_task', ''), pg_notify('handoff_replan', '')";

// ---- Reading the request. Each reader is false when the answer is already written.

// If-Match: "3"
static bool read_version(struct ho_call *call, struct change *c)
{
    const char *text = ho_http_header(call->request, "If-Match");
    if (!text) {
        ho_problem_reply(call, HO_PROBLEM_VERSION_MISSING,
                         "Send If-Match with the version of the task as you read it, in quotes: If-Match: \"3\".");
        return false;
    }
    size_t digits = text[0] == '"' ? strspn(text + 1, "0123456789") : 0;
    if (digits == 0 || digits > VERSION_DIGITS || strcmp(text + 1 + digits, "\"") != 0) {
        ho_problem_reply(call, HO_PROBLEM_UNREADABLE, "If-Match takes one version in quotes, as \"3\".");
        return false;
    }
    c->version = strtoll(text + 1, NULL, 10);
    return true;
}

static const char *digest_of(struct ho_call *call, const struct ho_bytes *parts, size_t n)
{
    uint8_t id[KEY_BYTES];
    char *text = ho_arena_alloc(call->request->arena, HEX_ID_BYTES);
    ho_digest_id(parts, n, id);
    ho_hex(id, sizeof id, text);
    return text;
}

static bool read_idempotency(struct ho_call *call, struct change *c)
{
    const char *text = ho_http_header(call->request, "Idempotency-Key");
    if (!text)
        return true;
    struct ho_bytes key = ho_bytes_of(text);
    if (key.n == 0 || key.n > IDEMPOTENCY_BYTES) {
        ho_problem_reply(call, HO_PROBLEM_UNREADABLE, "Idempotency-Key has 1 to %d bytes.", IDEMPOTENCY_BYTES);
        return false;
    }
    const struct ho_bytes parts[] = {ho_bytes_of(ACTIONS[c->action].done), ho_bytes_of(c->coordinator),
                                     ho_bytes_of(c->outcome), ho_bytes_of(c->note)};
    c->idempotency = digest_of(call, &key, 1);
    c->request = digest_of(call, parts, sizeof parts / sizeof *parts);
    return true;
}

static bool read_members(struct ho_call *call, struct change *c)
{
    static const char *const short_names[] = {"coordinator", NULL};
    static const char *const names[] = {"outcome", "note", "coordinator", NULL};
    json_t *body = ho_json_body(call, c->action == COMPLETE ? names : short_names);
    bool read = body && (c->coordinator = ho_json_member(call, body, "coordinator", ID_DIGITS)) &&
                (c->outcome = ho_json_member(call, body, "outcome", OUTCOME_BYTES)) &&
                (c->note = ho_json_member(call, body, "note", NOTE_BYTES));
    json_decref(body);
    if (read && c->action == COMPLETE && !*c->outcome) {
        ho_problem_reply(call, HO_PROBLEM_INVALID, "\"outcome\" is missing: give one of the task's outcomes.");
        return false;
    }
    return read;
}

static bool read_change(struct ho_call *call, struct change *c)
{
    if (!ho_task_key_read(call->key, c->key)) {
        ho_problem_reply(call, HO_PROBLEM_NOT_FOUND, "A task's key has 32 hexadecimal digits.");
        return false;
    }
    return read_version(call, c) && read_members(call, c) && read_idempotency(call, c);
}

// ---- Deciding. All under the member's lock.

static bool is_allowed_outcome(const struct ho_call *call, const struct ho_pg_result *task, const char *outcome)
{
    struct ho_bytes *items;
    size_t n = ho_pg_get_array(task, 0, HO_TASK_OUTCOMES, call->request->arena, &items);
    for (size_t i = 0; i < n; i++)
        if (ho_bytes_is(items[i], outcome))
            return true;
    return false;
}

static json_t *state_json(const struct ho_pg_result *task)
{
    return json_pack("{s:I, s:o, s:o}", "version", (json_int_t)ho_pg_get_int(task, 0, HO_TASK_VERSION), "task_status",
                     ho_json_cell_text(task, 0, HO_TASK_STATUS), "assignee",
                     ho_task_person(task, 0, HO_TASK_ASSIGNEE, HO_TASK_ASSIGNEE_NAME));
}

static bool status_allows(enum action action, const char *status, bool held)
{
    bool wanted = strcmp(status, "open") == 0 || strcmp(status, "claimed") == 0;
    switch (action) {
    case CLAIM:
        return strcmp(status, "open") == 0;
    case RELEASE:
        return held;
    case COMPLETE:
        return wanted || held;
    }
    return false;
}

static bool is_gone(const char *status)
{
    return strcmp(status, "withdrawn") == 0 || strcmp(status, "superseded") == 0;
}

// The first thing that stands against the change is answered.
static bool is_allowed(struct ho_call *call, const struct change *c, const struct ho_pg_result *task)
{
    static const char *const verbs[] = {"claimed", "released", "completed"};
    static const char GONE[] = " and nobody had begun it";
    const char *status = ho_pg_get_text(task, 0, HO_TASK_STATUS);
    bool held = strcmp(ho_pg_get_text(task, 0, HO_TASK_WORK_STATUS), "claimed") == 0;
    int64_t version = ho_pg_get_int(task, 0, HO_TASK_VERSION);
    if (version != c->version) {
        ho_problem_reply_with(call, HO_PROBLEM_VERSION, state_json(task),
                              "You read version %" PRId64 ", and it is at version %" PRId64 ". Read it again.",
                              c->version, version);
        return false;
    }
    if (!status_allows(c->action, status, held)) {
        ho_problem_reply_with(call, HO_PROBLEM_STATE, state_json(task), "The task is %s%s, so it cannot be %s.", status,
                              is_gone(status) && !held ? GONE : "", verbs[c->action]);
        return false;
    }
    if (c->action == COMPLETE && !is_allowed_outcome(call, task, c->outcome)) {
        ho_problem_reply_with(
            call, HO_PROBLEM_INVALID,
            json_pack("{s:o}", "outcomes", ho_json_cell_texts(task, 0, HO_TASK_OUTCOMES, call->request->arena)),
            "The outcome is none of this task's.");
        return false;
    }
    return true;
}

// ---- Writing.

// The task's row, read under its member's lock. False: the answer is written; no row: there is no such task.
static bool lock_and_read(struct ho_call *call, const struct change *c, struct ho_pg_result **task)
{
    struct ho_pg_result *member = NULL;
    struct ho_arena *arena = call->request->arena;
    struct ho_pg_params *by_key = ho_pg_params_new(arena), *by_member = ho_pg_params_new(arena);
    ho_pg_bytea(by_key, ho_bytes_from(c->key, KEY_BYTES));
    if (!ho_database_run(call, MEMBER_OF, by_key, &member))
        return false;
    bool found = ho_pg_rows(member) == 1;
    if (found)
        ho_pg_text(by_member, ho_arena_text(arena, ho_pg_get_bytes(member, 0, 0)));
    ho_pg_result_free(member);
    if (found && (!ho_database_run(call, LOCK_MAKE, by_member, NULL) || !ho_database_run(call, LOCK, by_member, NULL)))
        return false;
    return ho_task_read(call, c->key, task);
}

// 1 the same request was carried out before, 0 it was not, -1 the answer is written.
static int is_repeat(struct ho_call *call, const struct change *c, const struct ho_pg_result *task)
{
    struct ho_pg_result *earlier = NULL;
    struct ho_pg_params *params = ho_pg_params_new(call->request->arena);
    if (!c->idempotency)
        return 0;
    ho_pg_param_array(params, ho_task_keys(task, 0, call->request->arena));
    ho_pg_text(params, c->idempotency);
    if (!ho_database_run(call, EARLIER, params, &earlier))
        return -1;
    int known = ho_pg_rows(earlier) == 1;
    if (known && strcmp(ho_pg_get_text(earlier, 0, 0), c->request) != 0) {
        ho_problem_reply(call, HO_PROBLEM_KEY_REUSED, "Take a new Idempotency-Key for a new request.");
        known = -1;
    }
    ho_pg_result_free(earlier);
    return known;
}

static bool write_and_commit(struct ho_call *call, const struct change *c)
{
    struct ho_arena *arena = call->request->arena;
    struct ho_pg *pg = call->api->pg;
    struct ho_pg_params *work = ho_pg_params_new(arena), *history = ho_pg_params_new(arena);
    struct ho_pg_params *replan = ho_pg_params_new(arena);
    struct ho_error error = {0};
    ho_pg_bytea(work, ho_bytes_from(c->key, KEY_BYTES));
    ho_pg_text(work, ACTIONS[c->action].status);
    ho_pg_text(work, c->by);
    ho_pg_text(work, c->outcome);
    ho_pg_text(work, c->note);
    ho_pg_bool(work, c->action == RELEASE);
    ho_pg_bytea(history, ho_bytes_from(c->key, KEY_BYTES));
    ho_pg_text(history, c->by);
    ho_pg_text(history, ACTIONS[c->action].done);
    ho_pg_text(history, c->outcome);
    ho_pg_text(history, c->note);
    ho_pg_text(history, c->idempotency);
    ho_pg_text(history, c->request);
    ho_pg_bytea(replan, ho_bytes_from(c->key, KEY_BYTES));
    ho_pg_queue(pg, WORK, work, NULL);
    ho_pg_queue(pg, HISTORY, history, NULL);
    ho_pg_queue(pg, REPLAN, replan, NULL);
    ho_pg_queue(pg, TELL, NULL, NULL);
    enum ho_status status = ho_pg_commit(pg, &error);
    if (status != HO_OK)
        ho_database_failed(call, status, &error);
    return status == HO_OK;
}

static void reply_now(struct ho_call *call, const struct change *c)
{
    struct ho_pg_result *task = NULL;
    if (!ho_task_read(call, c->key, &task))
        return;
    if (ho_pg_rows(task) == 0)
        ho_problem_reply(call, HO_PROBLEM_NOT_FOUND, "It is done, and a correction has just renamed the task.");
    else
        ho_task_reply(call, task, NULL);
    ho_pg_result_free(task);
}

// Between BEGIN and COMMIT. False: the answer is written, and the transaction is to be rolled back.
static bool decide(struct ho_call *call, const struct change *c, bool *repeat)
{
    struct ho_pg_result *task = NULL;
    bool go = lock_and_read(call, c, &task);
    if (go && ho_pg_rows(task) == 0) {
        ho_problem_reply(call, HO_PROBLEM_NOT_FOUND, "There is no task of this key. A correction may have renamed it.");
        go = false;
    }
    int repeated = go ? is_repeat(call, c, task) : -1;
    *repeat = repeated == 1;
    go = repeated == 1 || (repeated == 0 && is_allowed(call, c, task));
    ho_pg_result_free(task);
    return go;
}

static void carry_out(struct ho_call *call, const struct change *c)
{
    struct ho_pg *pg = call->api->pg;
    struct ho_error error = {0};
    bool repeat = false;
    enum ho_status status = ho_pg_begin(pg, &error);
    if (status != HO_OK) {
        ho_database_failed(call, status, &error);
        return;
    }
    if (!decide(call, c, &repeat)) {
        ho_pg_rollback(pg);
        return;
    }
    if (repeat) {
        ho_pg_rollback(pg);
        ho_reply_header(call, "Idempotency-Replayed", "true");
    } else if (!write_and_commit(call, c)) {
        return;
    }
    reply_now(call, c);
    ho_log(HO_INFO, "task changed", "action=%s repeated=%s", ACTIONS[c->action].done, repeat ? "true" : "false");
}

static void change_task(struct ho_call *call, enum action action)
{
    struct change c = {.action = action, .by = "api", .coordinator = "", .outcome = "", .note = ""};
    if (!read_change(call, &c) || !ho_database_ready(call))
        return;
    if (*c.coordinator && !ho_coordinators_find(call, c.coordinator, &c.by))
        return;
    carry_out(call, &c);
}

void ho_tasks_claim(struct ho_call *call)
{
    change_task(call, CLAIM);
}

void ho_tasks_release(struct ho_call *call)
{
    change_task(call, RELEASE);
}

void ho_tasks_complete(struct ho_call *call)
{
    change_task(call, COMPLETE);
}
