#include "rebuild_fill.h"

static const char ENCOUNTERS[] = "insert into rebuild.encounter " HO_STORE_ENCOUNTERS;
static const char EPISODES[] = "insert into rebuild.episode " HO_STORE_EPISODES;
static const char TRANSITIONS[] = "insert into rebuild.transition " HO_STORE_TRANSITIONS;
static const char MEASURES[] = "insert into rebuild.measure " HO_STORE_MEASURES;

// The members' rows are read together, of which each key is a place of its own; and not once more for each.
static const char TASKS[] = "insert into rebuild.task_plan (" HO_STORE_TASK_COLUMNS ", planned_at)"
                            "  select " HO_STORE_TASK_VALUES ", coalesce(t.planned_at, now()) from " HO_STORE_TASK_INPUT
                            "  left join (select d.key, d.planned_at from derived.task_plan d"
                            "    where d.member_id = any ($18) offset 0) t on t.key = i.key";
static const char NO_LOOPS[] = "set local enable_nestloop = off";
static const char LOOPS[] = "set local enable_nestloop = on";
// $2 to $4: the keys that are planned, gone or withdrawn.
static const char TASKS_LEFT[] =
    "insert into rebuild.task_plan select t.* from derived.task_plan t where t.member_id = any ($1) and t.key not in"
    "  (select unnest($2::bytea[]) union all select unnest($3::bytea[]) union all select unnest($4::bytea[]))";
static const char WITHDRAWALS[] =
    "insert into rebuild.task_plan (" HO_STORE_TASK_COLUMNS ", planned_at)"
    "  select t.key, t.member_id, t.change, " HO_STORE_WITHDRAWAL_ALIASES ", t.template, t.title, t.role, 'withdrawn',"
    "    t.due, i.reason, t.protocol, t.protocol_hash, t.outcomes, t.occurred, t.purpose, t.measure, t.serves,"
    "    t.planned_at"
    "  from " HO_STORE_WITHDRAWAL_INPUT " join derived.task_plan t on t.key = i.key";
// A row that is there already, or planned, has the key.
static const char PARTINGS[] =
    "insert into rebuild.task_plan " HO_STORE_PARTINGS " join derived.task_plan t on t.key = i.row"
    "  where not exists (select from derived.task_plan d where d.key = i.key)"
    "    and i.key not in (select unnest($5::bytea[]))";

static const char NOTICES[] = "insert into rebuild.notice_plan " HO_STORE_NOTICES;
// $2 and $3: the keys that are written anew or gone.
static const char NOTICES_LEFT[] =
    "insert into rebuild.notice_plan select p.* from derived.notice_plan p where p.member_id = any ($1)"
    "  and p.plan_key not in (select unnest($2::bytea[]) union all select unnest($3::bytea[]))";

static const char STATES[] =
    "insert into rebuild.member_state (member_id, messages, wake_at, live_plans)"
    "  select i.member_id, i.messages, i.wake_at, s.plans"
    "  from unnest($1::text[], $2::int8[], $3::timestamptz[]) as i (member_id, messages, wake_at)"
    "    join handoff.member_state s using (member_id)";

// A statement of the members and keys of several tables, which NULL ends.
static void queue_left(const struct ho_store *store, struct ho_pg *pg, const char *sql,
                       const struct ho_store_table *const *keys)
{
    struct ho_pg_params *params = ho_pg_params_new(store->arena);
    ho_pg_param_array(params, store->members.columns[0]);
    for (; *keys; keys++)
        ho_pg_param_array(params, (*keys)->columns[0]);
    ho_pg_queue(pg, sql, params, NULL);
}

// A statement of a table's columns and the first of another.
static void queue_with(const struct ho_store *store, struct ho_pg *pg, const char *sql,
                       const struct ho_store_table *table, const struct ho_store_table *other)
{
    struct ho_pg_params *params = ho_pg_params_new(store->arena);
    for (size_t i = 0; i < table->n_columns; i++)
        ho_pg_param_array(params, table->columns[i]);
    ho_pg_param_array(params, other->columns[0]);
    ho_pg_queue(pg, sql, params, NULL);
}

void ho_rebuild_fill(const struct ho_store *store, struct ho_pg *pg)
{
    const struct ho_store_table *const tasks[] = {store->tasks, &store->task_deletions, &store->withdrawals, NULL};
    const struct ho_store_table *const notices[] = {&store->notices, &store->notice_deletions, NULL};
    ho_store_queue(store, pg, ENCOUNTERS, store->encounters);
    ho_store_queue(store, pg, EPISODES, store->episodes);
    ho_store_queue(store, pg, TRANSITIONS, store->transitions);
    ho_store_queue(store, pg, MEASURES, store->measures);
    ho_pg_queue(pg, NO_LOOPS, NULL, NULL);
    queue_with(store, pg, TASKS, store->tasks, &store->members);
    ho_pg_queue(pg, LOOPS, NULL, NULL);
    queue_left(store, pg, TASKS_LEFT, tasks);
    ho_store_queue(store, pg, WITHDRAWALS, &store->withdrawals);
    queue_with(store, pg, PARTINGS, &store->partings, store->tasks);
    ho_store_queue(store, pg, NOTICES, &store->notices);
    queue_left(store, pg, NOTICES_LEFT, notices);
    ho_store_queue(store, pg, STATES, &store->planned);
}
