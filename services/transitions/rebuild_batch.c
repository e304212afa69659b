#include "rebuild_batch.h"

#include <pthread.h>
#include <stdlib.h>

#include "handoff/platform/loop.h"
#include "rebuild_fill.h"

enum { BATCH = 250 }; // members in a transaction

struct ho_rebuild_pass {
    struct ho_planner quiet;
    pthread_mutex_t lock; // of what follows
    char *cursor;         // the last member that a worker has taken; "" at the beginning
    struct ho_pg_result *statements;
    int next_statement;
};

// ---- Statements.

const char ho_rebuild_path[] = "set local search_path = rebuild, handoff";
static const char SNAPSHOT[] = "set transaction isolation level repeatable read";
// What a crash of the server takes with it is planned again; the swap's commit waits for all that came before.
static const char UNHURRIED[] = "set local synchronous_commit = off";
static const char SORT_MEMORY[] = "set local maintenance_work_mem = '256MB'";

// The shadow is asked by key for each member: a join might read it from its beginning for each batch.
#define PICK(live_plans_are)                                                                                           \
    "select s.member_id from handoff.member_state s where s.member_id > $1"                                            \
    "  and (select d.live_plans from rebuild.member_state d where d.member_id = s.member_id) " live_plans_are          \
    "  and " HO_REBUILD_IS_PLANNED " and not " HO_REBUILD_WAITS " order by 1 limit $3"
static const char PICK_NEW[] = PICK("is null");
static const char PICK_CHANGED[] = PICK("is distinct from s.plans");

static const char TASKS_GONE[] = "delete from rebuild.task_plan where member_id = any ($1)";
static const char TASKS[] = "insert into rebuild.task_plan select * from derived.task_plan where member_id = any ($1)";
static const char NOTICES_GONE[] = "delete from rebuild.notice_plan where member_id = any ($1)";
static const char NOTICES[] =
    "insert into rebuild.notice_plan select * from derived.notice_plan where member_id = any ($1)";
static const char STATES[] =
    "insert into rebuild.member_state (member_id, messages, live_plans)"
    "  select member_id, messages, plans from handoff.member_state where member_id = any ($1)"
    "  on conflict (member_id) do update set messages = excluded.messages, live_plans = excluded.live_plans";

// ---- The pass.

struct ho_rebuild_pass *ho_rebuild_pass_new(const struct ho_planner *planner)
{
    struct ho_rebuild_pass *pass = calloc(1, sizeof *pass);
    if (!pass || pthread_mutex_init(&pass->lock, NULL) != 0)
        abort();
    pass->quiet = *planner;
    pass->quiet.quiet = true;
    ho_rebuild_pass_begin(pass);
    return pass;
}

static void move_to(struct ho_rebuild_pass *pass, const char *member_id)
{
    free(pass->cursor);
    pass->cursor = strdup(member_id);
    if (!pass->cursor)
        abort();
}

void ho_rebuild_pass_begin(struct ho_rebuild_pass *pass)
{
    move_to(pass, "");
}

void ho_rebuild_pass_index(struct ho_rebuild_pass *pass, struct ho_pg_result *statements)
{
    ho_pg_result_free(pass->statements);
    pass->statements = statements;
    pass->next_statement = 0;
}

void ho_rebuild_pass_free(struct ho_rebuild_pass *pass)
{
    if (!pass)
        return;
    ho_pg_result_free(pass->statements);
    free(pass->cursor);
    pthread_mutex_destroy(&pass->lock);
    free(pass);
}

// ---- Members.

struct batch {
    struct ho_arena *arena;
    int64_t now;
    struct ho_planner_member *members;
    size_t n;
};

static enum ho_status pick(struct batch *batch, struct ho_pg *pg, const char *sql, const char *after,
                           struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    struct ho_pg_params *params = ho_pg_params_new(batch->arena);
    ho_pg_text(params, after);
    ho_pg_time(params, batch->now);
    ho_pg_int(params, BATCH);
    ho_pg_queue(pg, SNAPSHOT, NULL, NULL);
    ho_pg_queue(pg, UNHURRIED, NULL, NULL);
    enum ho_status status = ho_pg_run(pg, sql, params, &rows, error);
    if (status != HO_OK)
        return status;
    batch->n = (size_t)ho_pg_rows(rows);
    batch->members = ho_arena_array(batch->arena, batch->n + 1, sizeof *batch->members);
    for (size_t i = 0; i < batch->n; i++)
        batch->members[i].member_id = ho_arena_text(batch->arena, ho_pg_get_bytes(rows, (int)i, 0));
    ho_pg_result_free(rows);
    return HO_OK;
}

// The next members, which no other worker takes in this pass. If the batch fails, a later pass finds them.
static enum ho_status take(struct ho_rebuild_pass *pass, struct batch *batch, struct ho_pg *pg, const char *sql,
                           struct ho_error *error)
{
    pthread_mutex_lock(&pass->lock);
    batch->now = ho_clock_us();
    enum ho_status status = pick(batch, pg, sql, pass->cursor, error);
    if (status == HO_OK && batch->n)
        move_to(pass, batch->members[batch->n - 1].member_id);
    pthread_mutex_unlock(&pass->lock);
    return status;
}

typedef enum ho_status planning(struct ho_rebuild_pass *pass, const struct batch *batch, struct ho_pg *pg,
                                struct ho_error *error);

static enum ho_status do_some(struct ho_rebuild_pass *pass, struct ho_pg *pg, const char *sql, planning *plan,
                              size_t *n, struct ho_error *error)
{
    struct batch batch = {.arena = ho_arena_new(0)};
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = take(pass, &batch, pg, sql, error);
    if (status == HO_OK && batch.n)
        status = plan(pass, &batch, pg, error);
    if (status == HO_OK)
        status = ho_pg_commit(pg, error);
    if (status != HO_OK)
        ho_pg_rollback(pg);
    *n = status == HO_OK ? batch.n : 0;
    ho_arena_free(batch.arena);
    return status;
}

static enum ho_status fill(struct ho_rebuild_pass *pass, const struct batch *batch, struct ho_pg *pg,
                           struct ho_error *error)
{
    struct ho_planner_counts counts = {0};
    struct ho_store *store = NULL;
    enum ho_status status =
        ho_planner_plan(&pass->quiet, pg, batch->arena, batch->members, batch->n, batch->now, &counts, &store, error);
    if (status == HO_OK)
        ho_rebuild_fill(store, pg);
    return status;
}

enum ho_status ho_rebuild_fill_some(void *pass, struct ho_pg *pg, size_t *n, struct ho_error *error)
{
    return do_some(pass, pg, PICK_NEW, fill, n, error);
}

// ---- Members again.

static void take_over(struct ho_pg *pg, struct ho_arena *arena, const struct ho_planner_member *members, size_t n)
{
    static const char *const STATEMENTS[] = {TASKS_GONE, TASKS, NOTICES_GONE, NOTICES, STATES};
    struct ho_pg_array *ids = ho_pg_array_new(arena, HO_PG_TEXT);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    for (size_t i = 0; i < n; i++)
        ho_pg_push_text(ids, members[i].member_id);
    ho_pg_param_array(params, ids);
    for (size_t i = 0; i < sizeof STATEMENTS / sizeof *STATEMENTS; i++)
        ho_pg_queue(pg, STATEMENTS[i], params, NULL);
}

enum ho_status ho_rebuild_plan(const struct ho_planner *planner, struct ho_pg *pg, struct ho_arena *arena,
                               const struct ho_planner_member *members, size_t n, int64_t now, struct ho_error *error)
{
    struct ho_planner_counts counts = {0};
    if (n == 0)
        return HO_OK;
    take_over(pg, arena, members, n);
    return ho_planner_run(planner, pg, arena, members, n, now, &counts, error);
}

static enum ho_status plan_again(struct ho_rebuild_pass *pass, const struct batch *batch, struct ho_pg *pg,
                                 struct ho_error *error)
{
    ho_pg_queue(pg, ho_rebuild_path, NULL, NULL);
    return ho_rebuild_plan(&pass->quiet, pg, batch->arena, batch->members, batch->n, batch->now, error);
}

enum ho_status ho_rebuild_follow_some(void *pass, struct ho_pg *pg, size_t *n, struct ho_error *error)
{
    return do_some(pass, pg, PICK_CHANGED, plan_again, n, error);
}

// ---- Indexes.

static const char *take_statement(struct ho_rebuild_pass *pass)
{
    const char *sql = NULL;
    pthread_mutex_lock(&pass->lock);
    if (pass->next_statement < ho_pg_rows(pass->statements))
        sql = ho_pg_get_text(pass->statements, pass->next_statement++, 0);
    pthread_mutex_unlock(&pass->lock);
    return sql;
}

enum ho_status ho_rebuild_index_one(void *pass, struct ho_pg *pg, size_t *n, struct ho_error *error)
{
    const char *sql = take_statement(pass);
    *n = 0;
    if (!sql)
        return HO_OK;
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = ho_pg_run(pg, SORT_MEMORY, NULL, NULL, error);
    if (status == HO_OK)
        status = ho_pg_script(pg, sql, error);
    if (status == HO_OK)
        status = ho_pg_commit(pg, error);
    if (status != HO_OK)
        ho_pg_rollback(pg);
    *n = status == HO_OK;
    return status;
}
