#include "rebuild.h"

#include <stdio.h>
#include <stdlib.h>

#include "apply.h"
#include "days.h"
#include "handoff/digest.h"
#include "rebuild_batch.h"
#include "rebuild_tables.h"
#include "rebuild_workers.h"

enum {
    SWAP_MOST = 500, // members that the swap itself plans, while everybody waits
    WAIT_MS = 200,   // in a step
};

struct ho_rebuild {
    struct ho_pg *live, *shadow;
    const struct ho_planner *planner;
    struct ho_rebuild_pass *pass;
    struct ho_rebuild_workers *workers;
    enum ho_rebuild_phase phase;
    bool under_way; // a pass of the phase
    size_t in_pass; // members planned in it
};

// ---- Statements.

// Whoever is at work on it holds the lock in shared mode, by each of its connections, so that it goes with the last of
// them; whoever begins or throws away must have it alone for a moment.
#define KEY "hashtextextended('handoff rebuild', 0)"
static const char LOCK_ALONE[] = "select pg_try_advisory_lock(" KEY ")";
static const char SHARE_LOCK[] = "select pg_advisory_lock_shared(" KEY "), pg_advisory_unlock(" KEY ")";
static const char IS_LOCKED[] = "select not pg_try_advisory_xact_lock(" KEY ")";
// A worker that has died is noticed within a statement, which may be the making of an index.
static const char PREPARE_WORKER[] = "select pg_advisory_lock_shared(" KEY "),"
                                     "  set_config('client_connection_check_interval', '1s', false)";

static const char IS_THERE[] = "select to_regclass('rebuild.progress') is not null";
static const char PROGRESS[] = "select started, members, (select count(*) from rebuild.member_state), inputs,"
                               "  migration = (select max(version) from public.handoff_migration), filled"
                               "  from rebuild.progress";
static const char BEGIN_PROGRESS[] =
    "insert into rebuild.progress (members, inputs, migration)"
    "  select (select count(*) from handoff.member_state s where " HO_REBUILD_IS_PLANNED "), $1::bytea,"
    "    (select max(version) from public.handoff_migration)";
static const char END_FILLING[] = "update rebuild.progress set filled = true";
static const char NO_PATH[] = "set local search_path = ''";

static const char LEFT[] =
    "select s.member_id, " HO_REBUILD_WAITS
    " from handoff.member_state s left join rebuild.member_state d using (member_id)"
    " where d.live_plans is distinct from s.plans and " HO_REBUILD_IS_PLANNED " order by 1 limit $1";

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
    out->phase = ho_pg_get_int(row, 0, 5) ? HO_REBUILD_INDEX : HO_REBUILD_FILL;
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
        status = ask(r->shadow, LOCK_ALONE, &locked, error);
    if (status == HO_OK && !locked)
        status = refuse_running(error);
    if (status == HO_OK)
        status = ho_pg_run(r->shadow, SHARE_LOCK, NULL, NULL, error);
    if (status == HO_OK)
        status = ask(r->shadow, IS_THERE, &there, error);
    if (status == HO_OK && !there)
        status = make(r->shadow, arena, inputs, error);
    if (status == HO_OK)
        status = read_progress(r->shadow, inputs, progress, error);
    ho_arena_free(arena);
    return status;
}

enum ho_status ho_rebuild_open(const char *database_url, const struct ho_planner *planner, int n_workers,
                               struct ho_rebuild **out, struct ho_rebuild_progress *progress, struct ho_error *error)
{
    struct ho_rebuild *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->planner = planner;
    r->pass = ho_rebuild_pass_new(planner);
    r->workers = ho_rebuild_workers_new(database_url, PREPARE_WORKER, n_workers);
    r->live = ho_pg_new(database_url, "handoff-rebuild-live");
    r->shadow = ho_pg_new(database_url, "handoff-rebuild");
    ho_pg_by_key(r->live);
    ho_pg_by_key(r->shadow);
    enum ho_status status = begin_or_go_on(r, progress, error);
    if (status != HO_OK) {
        ho_rebuild_free(r);
        return status;
    }
    r->phase = progress->phase;
    progress->running = true;
    *out = r;
    return HO_OK;
}

void ho_rebuild_free(struct ho_rebuild *rebuild)
{
    if (!rebuild)
        return;
    ho_rebuild_workers_free(rebuild->workers);
    ho_rebuild_pass_free(rebuild->pass);
    ho_pg_free(rebuild->live);
    ho_pg_free(rebuild->shadow);
    free(rebuild);
}

// ---- Planning into the shadow.

// Does some of what waits, as one more copy of the service would. *much: more may be waiting.
static enum ho_status drain(struct ho_rebuild *r, int64_t now, bool *much, struct ho_error *error)
{
    struct ho_planner_counts counts = {0};
    int64_t days;
    size_t replanned = 0, woken = 0;
    enum ho_status status = ho_days_follow(r->live, ho_zone_date(r->planner->zone, now), &days, error);
    if (status == HO_OK)
        status = ho_replan_some(r->planner, r->live, &replanned, &counts, error);
    if (status == HO_OK)
        status = ho_wake_some(r->planner, r->live, &woken, &counts, error);
    *much = replanned > 0 || woken == HO_WAKE_MOST;
    return status;
}

static enum ho_status find_indexes(struct ho_rebuild *r, struct ho_error *error)
{
    struct ho_pg_result *statements = NULL;
    enum ho_status status = ho_pg_begin(r->shadow, error);
    if (status == HO_OK)
        status = ho_pg_run(r->shadow, NO_PATH, NULL, NULL, error);
    if (status == HO_OK)
        status = ho_pg_run(r->shadow, ho_rebuild_tables_indexes, NULL, &statements, error);
    ho_pg_rollback(r->shadow);
    if (status == HO_OK)
        ho_rebuild_pass_index(r->pass, statements);
    return status;
}

static enum ho_status begin_pass(struct ho_rebuild *r, struct ho_error *error)
{
    static ho_rebuild_batch *const BATCHES[] = {
        [HO_REBUILD_FILL] = ho_rebuild_fill_some,
        [HO_REBUILD_INDEX] = ho_rebuild_index_one,
        [HO_REBUILD_FOLLOW] = ho_rebuild_follow_some,
    };
    enum ho_status status = r->phase == HO_REBUILD_INDEX ? find_indexes(r, error) : HO_OK;
    if (status != HO_OK)
        return status;
    ho_rebuild_pass_begin(r->pass);
    ho_rebuild_workers_begin(r->workers, BATCHES[r->phase], r->pass);
    r->under_way = true;
    r->in_pass = 0;
    return HO_OK;
}

// A pass over those who were planned by others meanwhile comes again and again, until few are left.
static enum ho_status end_pass(struct ho_rebuild *r, bool *few, struct ho_error *error)
{
    r->under_way = false;
    *few = r->phase == HO_REBUILD_FOLLOW && r->in_pass <= SWAP_MOST;
    if (r->phase == HO_REBUILD_FOLLOW)
        return HO_OK;
    enum ho_status status = r->phase == HO_REBUILD_FILL ? ho_pg_run(r->shadow, END_FILLING, NULL, NULL, error) : HO_OK;
    if (status == HO_OK)
        r->phase++;
    return status;
}

enum ho_status ho_rebuild_step(struct ho_rebuild *rebuild, int64_t now, struct ho_rebuild_step *out,
                               struct ho_error *error)
{
    bool much = false, ended = false, few = false;
    size_t done = 0;
    *out = (struct ho_rebuild_step){.phase = rebuild->phase};
    enum ho_status status = rebuild->under_way ? HO_OK : begin_pass(rebuild, error);
    if (status == HO_OK)
        status = drain(rebuild, now, &much, error);
    if (status == HO_OK)
        status = ho_rebuild_workers_follow(rebuild->workers, much ? 0 : WAIT_MS, &done, &ended, error);
    if (status != HO_OK)
        return status;
    out->planned = rebuild->phase == HO_REBUILD_INDEX ? 0 : done;
    rebuild->in_pass += out->planned;
    status = ended ? end_pass(rebuild, &few, error) : HO_OK;
    out->ready = few && !much;
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

static enum ho_status find_left(struct ho_rebuild *r, struct ho_arena *arena, int64_t now, struct ho_pg_result **rows,
                                struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_int(params, SWAP_MOST + 1);
    ho_pg_time(params, now);
    return ho_pg_run(r->shadow, LEFT, params, rows, error);
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
    struct ho_planner silent = *r->planner;
    silent.quiet = true;
    enum ho_status status = ho_rebuild_plan(r->planner, r->shadow, arena, told, n_told, now, error);
    return status == HO_OK ? ho_rebuild_plan(&silent, r->shadow, arena, quiet, n_quiet, now, error) : status;
}

static enum ho_status swap(struct ho_rebuild *r, struct ho_arena *arena, bool *few, struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    struct ho_rebuild_progress progress;
    uint8_t inputs[HO_ID_BYTES];
    inputs_of(r->planner, arena, inputs);
    enum ho_status status = lock_all(r, error);
    const int64_t now = r->planner->clock();
    if (status == HO_OK)
        status = read_progress(r->shadow, inputs, &progress, error);
    if (status == HO_OK)
        status = ho_pg_run(r->shadow, ho_rebuild_path, NULL, NULL, error);
    if (status == HO_OK)
        status = find_left(r, arena, now, &rows, error);
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

enum ho_status ho_rebuild_swap(struct ho_rebuild *rebuild, bool *swapped, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    *swapped = false;
    enum ho_status status = ho_pg_begin(rebuild->shadow, error);
    if (status == HO_OK)
        status = swap(rebuild, arena, swapped, error);
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
        status = ask(pg, LOCK_ALONE, &locked, error);
    if (status == HO_OK && !locked)
        status = refuse_running(error);
    if (status == HO_OK)
        status = ask(pg, IS_THERE, aborted, error);
    if (status == HO_OK && *aborted)
        status = ho_pg_run(pg, DROP, NULL, NULL, error);
    ho_pg_free(pg);
    return status;
}
