#include "rebuild.h"

#include <stdio.h>
#include <stdlib.h>

#include "apply.h"
#include "days.h"
#include "handoff/digest.h"
#include "rebuild_tables.h"

enum {
    BATCH = 500,     // members in a transaction
    SWAP_MOST = 500, // members that the swap itself plans, while everybody waits
};

struct ho_rebuild {
    struct ho_pg *live, *shadow;
    const struct ho_planner *planner;
    struct ho_planner quiet;
    char *cursor;   // the last member of the pass in hand; "" at its beginning
    size_t in_pass; // planned in it
};

// ---- Statements. Names without a schema are found in the shadow first.

// Held by the connection that writes, so that it goes with it.
static const char TRY_LOCK[] = "select pg_try_advisory_lock(hashtextextended('handoff rebuild', 0))";
static const char IS_LOCKED[] = "select not pg_try_advisory_xact_lock(hashtextextended('handoff rebuild', 0))";
static const char IS_THERE[] = "select to_regclass('rebuild.progress') is not null";
static const char PROGRESS[] = "select started, members, (select count(*) from rebuild.member_state), inputs,"
                               "  migration = (select max(version) from public.handoff_migration)"
                               "  from rebuild.progress";
// Whoever has events, or was planned: roster members of whom nothing was ever heard have nothing derived.
#define IS_PLANNED "(s.plans > 0 or exists (select from handoff.member_event e where e.member_id = s.member_id))"
static const char BEGIN_PROGRESS[] =
    "insert into rebuild.progress (members, inputs, migration)"
    "  select (select count(*) from handoff.member_state s where " IS_PLANNED "), $1::bytea,"
    "    (select max(version) from public.handoff_migration)";

static const char SNAPSHOT[] = "set transaction isolation level repeatable read";
static const char PATH[] = "set local search_path = rebuild, handoff";
// What a crash of the server takes with it is planned again; the swap's commit waits for all that came before.
static const char UNHURRIED[] = "set local synchronous_commit = off";

// Something waits to be planned by a service: until then the inputs are not those of the member's last plan.
#define WAITS                                                                                                          \
    "(coalesce(s.wake_at <= $2, false) or exists (select from handoff.replan r where r.member_id = s.member_id))"
#define TO_BE_PLANNED                                                                                                  \
    " from handoff.member_state s left join rebuild.member_state d using (member_id)"                                  \
    " where s.member_id > $1 and d.live_plans is distinct from s.plans and " IS_PLANNED
static const char PICK[] = "select s.member_id" TO_BE_PLANNED " and not " WAITS " order by 1 limit $3";
static const char LEFT[] = "select s.member_id, " WAITS TO_BE_PLANNED " order by 1 limit $3";

static const char TASKS_GONE[] = "delete from rebuild.task_plan where member_id = any ($1)";
static const char TASKS[] = "insert into rebuild.task_plan select * from derived.task_plan where member_id = any ($1)";
static const char NOTICES_GONE[] = "delete from rebuild.notice_plan where member_id = any ($1)";
static const char NOTICES[] =
    "insert into rebuild.notice_plan select * from derived.notice_plan where member_id = any ($1)";
static const char STATES[] =
    "insert into rebuild.member_state (member_id, messages, live_plans)"
    "  select member_id, messages, plans from handoff.member_state where member_id = any ($1)"
    "  on conflict (member_id) do update set messages = excluded.messages, live_plans = excluded.live_plans";

// Nobody plans from here on: whoever does locks rows of this table first.
static const char LOCK_MEMBERS[] = "lock table handoff.member_state in exclusive mode";
static const char LOCK_TIMEOUT[] = "set local lock_timeout = '10s'";
static const char STATES_BACK[] =
    "update handoff.member_state s set messages = d.messages, wake_at = d.wake_at from rebuild.member_state d"
    "  where d.member_id = s.member_id and (s.messages, s.wake_at) is distinct from (d.messages, d.wake_at)";
static const char TELL_API[] = "select pg_notify('handoff_task', '')";
static const char DROP[] = "drop schema rebuild cascade";

// ---- Opening.

static struct ho_bytes hash_bytes(const uint8_t hash[32])
{
    return ho_bytes_from(hash, 32);
}

// What the plans are made by; a rebuild that was begun by other rules is not gone on with.
static void inputs_of(const struct ho_planner *planner, struct ho_arena *arena, uint8_t out[HO_ID_BYTES])
{
    const struct ho_line_rules *rules = &planner->rules;
    size_t n = 0;
    struct ho_bytes *parts =
        ho_arena_array(arena, 3 * planner->n_protocols + 2 * planner->n_programs + 3, sizeof *parts);
    for (size_t i = 0; i < planner->n_protocols; i++) {
        const struct ho_protocol *protocol = planner->protocols[i];
        parts[n++] = hash_bytes(protocol->hash);
        parts[n++] = hash_bytes(protocol->task_calendar->hash);
        if (protocol->measure_calendar)
            parts[n++] = hash_bytes(protocol->measure_calendar->hash);
    }
    for (size_t i = 0; i < planner->n_programs; i++) {
        const struct ho_program *program = planner->programs[i];
        parts[n++] = hash_bytes(program->hash);
        if (program->outreach.n_tasks)
            parts[n++] = hash_bytes(program->outreach.task_calendar->hash);
    }
    if (planner->codes)
        parts[n++] = hash_bytes(planner->codes->hash);
    parts[n++] = ho_bytes_from(rules->stale_us, sizeof rules->stale_us);
    parts[n++] =
        ho_bytes_of(ho_arena_printf(arena, "%lld %d %d %d %d", (long long)rules->join_gap_us, rules->readmission_days,
                                    rules->ed_visits, rules->ed_visits_days, rules->recent_snf_days));
    ho_digest_id(parts, n, out);
}

static enum ho_status ask(struct ho_pg *pg, const char *sql, bool *yes, struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    enum ho_status status = ho_pg_run(pg, sql, NULL, &row, error);
    *yes = status == HO_OK && ho_pg_get_int(row, 0, 0);
    ho_pg_result_free(row);
    return status;
}

static enum ho_status refuse_running(struct ho_error *error)
{
    return ho_fail(error, HO_REJECT, "another process is at work on a rebuild; wait for it, or stop it");
}

static enum ho_status make(struct ho_pg *pg, struct ho_arena *arena, const uint8_t inputs[HO_ID_BYTES],
                           struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_bytea(params, ho_bytes_from(inputs, HO_ID_BYTES));
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = ho_pg_script(pg, ho_rebuild_tables_make, error);
    if (status == HO_OK)
        status = ho_pg_run(pg, BEGIN_PROGRESS, params, NULL, error);
    if (status == HO_OK)
        status = ho_pg_commit(pg, error);
    if (status != HO_OK)
        ho_pg_rollback(pg);
    return status;
}

// `inputs` NULL: whatever it was begun with.
static enum ho_status read_progress(struct ho_pg *pg, const uint8_t *inputs, struct ho_rebuild_progress *out,
                                    struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    enum ho_status status = ho_pg_run(pg, PROGRESS, NULL, &row, error);
    if (status != HO_OK)
        return status;
    out->started = ho_pg_get_time(row, 0, 0);
    out->members = ho_pg_get_int(row, 0, 1);
    out->done = ho_pg_get_int(row, 0, 2);
    struct ho_bytes begun_with = ho_pg_get_bytes(row, 0, 3);
    if (inputs && (begun_with.n != HO_ID_BYTES || memcmp(begun_with.p, inputs, HO_ID_BYTES) != 0))
        status = ho_fail(error, HO_REJECT,
                         "the rebuild under way was begun with other protocols, programs, codes, calendars or options; "
                         "give those, or throw it away with 'handoffctl rebuild --abort'");
    else if (inputs && !ho_pg_get_int(row, 0, 4))
        status = ho_fail(error, HO_REJECT,
                         "the database's tables were changed since the rebuild was begun; throw it away with "
                         "'handoffctl rebuild --abort' and begin again");
    ho_pg_result_free(row);
    return status;
}

static enum ho_status begin_or_go_on(struct ho_rebuild *r, struct ho_rebuild_progress *progress, struct ho_error *error)
{
    uint8_t inputs[HO_ID_BYTES];
    struct ho_arena *arena = ho_arena_new(0);
    bool locked = false, there = false;
    inputs_of(r->planner, arena, inputs);
    enum ho_status status = ho_pg_connect(r->live, error);
    if (status == HO_OK)
        status = ho_pg_connect(r->shadow, error);
    if (status == HO_OK)
        status = ask(r->shadow, TRY_LOCK, &locked, error);
    if (status == HO_OK && !locked)
        status = refuse_running(error);
    if (status == HO_OK)
        status = ask(r->shadow, IS_THERE, &there, error);
    if (status == HO_OK && !there)
        status = make(r->shadow, arena, inputs, error);
    if (status == HO_OK)
        status = read_progress(r->shadow, inputs, progress, error);
    ho_arena_free(arena);
    return status;
}

static char *copied(const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        abort();
    return copy;
}

enum ho_status ho_rebuild_open(const char *database_url, const struct ho_planner *planner, struct ho_rebuild **out,
                               struct ho_rebuild_progress *progress, struct ho_error *error)
{
    struct ho_rebuild *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->planner = planner;
    r->quiet = *planner;
    r->quiet.quiet = true;
    r->cursor = copied("");
    r->live = ho_pg_new(database_url, "handoff-rebuild-live");
    r->shadow = ho_pg_new(database_url, "handoff-rebuild");
    ho_pg_by_key(r->live);
    ho_pg_by_key(r->shadow);
    enum ho_status status = begin_or_go_on(r, progress, error);
    if (status != HO_OK) {
        ho_rebuild_free(r);
        return status;
    }
    progress->running = true;
    *out = r;
    return HO_OK;
}

void ho_rebuild_free(struct ho_rebuild *rebuild)
{
    if (!rebuild)
        return;
    ho_pg_free(rebuild->live);
    ho_pg_free(rebuild->shadow);
    free(rebuild->cursor);
    free(rebuild);
}

// ---- Planning into the shadow.

// Does what waits, as one more copy of the service would.
static enum ho_status drain(struct ho_rebuild *r, int64_t now, struct ho_error *error)
{
    struct ho_planner_counts counts = {0};
    int64_t replanned;
    size_t taken = 1;
    enum ho_status status = ho_days_follow(r->live, ho_zone_date(r->planner->zone, now), &replanned, error);
    while (status == HO_OK && taken)
        status = ho_replan_some(r->planner, r->live, &taken, &counts, error);
    for (taken = HO_WAKE_MOST; status == HO_OK && taken == HO_WAKE_MOST;)
        status = ho_wake_some(r->planner, r->live, &taken, &counts, error);
    return status;
}

static enum ho_status find(struct ho_rebuild *r, const char *sql, int64_t now, int64_t most, const char *after,
                           struct ho_arena *arena, struct ho_pg_result **rows, struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_text(params, after);
    ho_pg_time(params, now);
    ho_pg_int(params, most);
    return ho_pg_run(r->shadow, sql, params, rows, error);
}

static void take_over(struct ho_rebuild *r, struct ho_arena *arena, const struct ho_planner_member *members, size_t n)
{
    static const char *const STATEMENTS[] = {TASKS_GONE, TASKS, NOTICES_GONE, NOTICES, STATES};
    struct ho_pg_array *ids = ho_pg_array_new(arena, HO_PG_TEXT);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    for (size_t i = 0; i < n; i++)
        ho_pg_push_text(ids, members[i].member_id);
    ho_pg_param_array(params, ids);
    for (size_t i = 0; i < sizeof STATEMENTS / sizeof *STATEMENTS; i++)
        ho_pg_queue(r->shadow, STATEMENTS[i], params, NULL);
}

static enum ho_status plan(struct ho_rebuild *r, const struct ho_planner *planner, struct ho_arena *arena,
                           const struct ho_planner_member *members, size_t n, int64_t now, struct ho_error *error)
{
    struct ho_planner_counts counts = {0};
    if (n == 0)
        return HO_OK;
    take_over(r, arena, members, n);
    return ho_planner_run(planner, r->shadow, arena, members, n, now, &counts, error);
}

static enum ho_status plan_some(struct ho_rebuild *r, struct ho_arena *arena, int64_t now, const char **last, size_t *n,
                                struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    enum ho_status status = ho_pg_run(r->shadow, SNAPSHOT, NULL, NULL, error);
    if (status == HO_OK)
        status = ho_pg_run(r->shadow, PATH, NULL, NULL, error);
    if (status == HO_OK)
        status = ho_pg_run(r->shadow, UNHURRIED, NULL, NULL, error);
    if (status == HO_OK)
        status = find(r, PICK, now, BATCH, r->cursor, arena, &rows, error);
    if (status != HO_OK)
        return status;
    *n = (size_t)ho_pg_rows(rows);
    struct ho_planner_member *members = ho_arena_array(arena, *n + 1, sizeof *members);
    for (size_t i = 0; i < *n; i++)
        members[i].member_id = ho_arena_text(arena, ho_pg_get_bytes(rows, (int)i, 0));
    ho_pg_result_free(rows);
    *last = *n ? members[*n - 1].member_id : "";
    return plan(r, &r->quiet, arena, members, *n, now, error);
}

// After the last member comes the next pass, over those who were planned by others meanwhile.
static bool move_on(struct ho_rebuild *r, const char *last, size_t n)
{
    r->in_pass += n;
    bool ended = n < BATCH, ready = ended && r->in_pass <= SWAP_MOST;
    free(r->cursor);
    r->cursor = copied(ended ? "" : last);
    if (ended)
        r->in_pass = 0;
    return ready;
}

enum ho_status ho_rebuild_step(struct ho_rebuild *rebuild, int64_t now, size_t *planned, bool *ready,
                               struct ho_error *error)
{
    const char *last = "";
    struct ho_arena *arena = ho_arena_new(0);
    *planned = 0;
    enum ho_status status = drain(rebuild, now, error);
    if (status == HO_OK)
        status = ho_pg_begin(rebuild->shadow, error);
    if (status == HO_OK)
        status = plan_some(rebuild, arena, now, &last, planned, error);
    if (status == HO_OK)
        status = ho_pg_commit(rebuild->shadow, error);
    if (status == HO_OK)
        *ready = move_on(rebuild, last, *planned);
    else
        ho_pg_rollback(rebuild->shadow);
    ho_arena_free(arena);
    return status;
}

// ---- The swap.

static enum ho_status lock_all(struct ho_rebuild *r, struct ho_error *error)
{
    enum ho_status status = ho_pg_run(r->shadow, LOCK_TIMEOUT, NULL, NULL, error);
    if (status == HO_OK)
        status = ho_pg_run(r->shadow, LOCK_MEMBERS, NULL, NULL, error);
    if (status == HO_OK)
        status = ho_pg_script(r->shadow, ho_rebuild_tables_lock, error);
    return status;
}

// Those for whom something waits are planned as a service would, told and all, on the rows that stand.
static enum ho_status plan_left(struct ho_rebuild *r, struct ho_arena *arena, const struct ho_pg_result *rows,
                                int64_t now, struct ho_error *error)
{
    size_t n = (size_t)ho_pg_rows(rows), n_told = 0, n_quiet = 0;
    struct ho_planner_member *told = ho_arena_array(arena, n + 1, sizeof *told);
    struct ho_planner_member *quiet = ho_arena_array(arena, n + 1, sizeof *quiet);
    for (size_t i = 0; i < n; i++) {
        const char *id = ho_arena_text(arena, ho_pg_get_bytes(rows, (int)i, 0));
        if (ho_pg_get_int(rows, (int)i, 1))
            told[n_told++].member_id = id;
        else
            quiet[n_quiet++].member_id = id;
    }
    enum ho_status status = plan(r, r->planner, arena, told, n_told, now, error);
    return status == HO_OK ? plan(r, &r->quiet, arena, quiet, n_quiet, now, error) : status;
}

static enum ho_status swap(struct ho_rebuild *r, struct ho_arena *arena, int64_t now, bool *few, struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    struct ho_rebuild_progress progress;
    uint8_t inputs[HO_ID_BYTES];
    inputs_of(r->planner, arena, inputs);
    enum ho_status status = lock_all(r, error);
    if (status == HO_OK)
        status = read_progress(r->shadow, inputs, &progress, error);
    if (status == HO_OK)
        status = ho_pg_run(r->shadow, PATH, NULL, NULL, error);
    if (status == HO_OK)
        status = find(r, LEFT, now, SWAP_MOST + 1, "", arena, &rows, error);
    *few = status == HO_OK && ho_pg_rows(rows) <= SWAP_MOST;
    if (*few)
        status = plan_left(r, arena, rows, now, error);
    ho_pg_result_free(rows);
    if (!*few || status != HO_OK)
        return status;
    ho_pg_queue(r->shadow, STATES_BACK, NULL, NULL);
    ho_pg_queue(r->shadow, TELL_API, NULL, NULL);
    status = ho_pg_flush(r->shadow, error);
    return status == HO_OK ? ho_pg_script(r->shadow, ho_rebuild_tables_swap, error) : status;
}

enum ho_status ho_rebuild_swap(struct ho_rebuild *rebuild, int64_t now, bool *swapped, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    *swapped = false;
    enum ho_status status = ho_pg_script(rebuild->shadow, ho_rebuild_tables_analyze, error);
    if (status == HO_OK)
        status = ho_pg_begin(rebuild->shadow, error);
    if (status == HO_OK)
        status = swap(rebuild, arena, now, swapped, error);
    if (status == HO_OK && *swapped)
        status = ho_pg_commit(rebuild->shadow, error);
    if (status != HO_OK || !*swapped)
        ho_pg_rollback(rebuild->shadow);
    *swapped &= status == HO_OK;
    ho_arena_free(arena);
    return status;
}

// ---- Looking, and throwing away.

enum ho_status ho_rebuild_status(const char *database_url, struct ho_rebuild_progress *out, struct ho_error *error)
{
    bool there = false;
    struct ho_pg *pg = ho_pg_new(database_url, "handoff-rebuild-status");
    *out = (struct ho_rebuild_progress){0};
    enum ho_status status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ask(pg, IS_THERE, &there, error);
    if (status == HO_OK && there)
        status = read_progress(pg, NULL, out, error);
    if (status == HO_OK && there)
        status = ask(pg, IS_LOCKED, &out->running, error);
    ho_pg_free(pg);
    return status;
}

enum ho_status ho_rebuild_abort(const char *database_url, bool *aborted, struct ho_error *error)
{
    bool locked = false;
    struct ho_pg *pg = ho_pg_new(database_url, "handoff-rebuild-abort");
    *aborted = false;
    enum ho_status status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ask(pg, TRY_LOCK, &locked, error);
    if (status == HO_OK && !locked)
        status = refuse_running(error);
    if (status == HO_OK)
        status = ask(pg, IS_THERE, aborted, error);
    if (status == HO_OK && *aborted)
        status = ho_pg_run(pg, DROP, NULL, NULL, error);
    ho_pg_free(pg);
    return status;
}
