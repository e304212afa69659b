// Writing over what stands.
#include "store.h"

// ---- Statements. Of the rows that stand those that differ are written.

static const char *const NEW_ENCOUNTERS = "insert into encounter " HO_STORE_ENCOUNTERS;
#define ENCOUNTER                                                                                                      \
    "(i.facility, i.visit, i.setting, i.state, i.started, i.ended, i.destination, i.disposition, i.episode_id,"        \
    " i.planned, i.on_leave, i.last_heard, i.withheld)"
static const char *const ENCOUNTERS =
    "update encounter r set (facility, visit, setting, state, started, ended, destination, disposition, episode_id,"
    " planned, on_leave, last_heard, withheld) = " ENCOUNTER " from unnest(" HO_STORE_ENCOUNTER_ARRAYS
    ") as i (" HO_STORE_ENCOUNTER_COLUMNS ") where (r.member_id, r.encounter_id) = (i.member_id, i.encounter_id)"
    " and (r.facility, r.visit, r.setting, r.state, r.started, r.ended, r.destination, r.disposition, r.episode_id,"
    " r.planned, r.on_leave, r.last_heard, r.withheld) is distinct from " ENCOUNTER;

static const char *const NEW_EPISODES = "insert into episode " HO_STORE_EPISODES;
static const char *const EPISODES =
    "update episode r set (started, ended) = (i.started, i.ended) from unnest(" HO_STORE_EPISODE_ARRAYS
    ") as i (" HO_STORE_EPISODE_COLUMNS ") where (r.member_id, r.episode_id) = (i.member_id, i.episode_id)"
    " and (r.started, r.ended) is distinct from (i.started, i.ended)";

static const char *const NEW_TRANSITIONS = "insert into transition " HO_STORE_TRANSITIONS;
#define TRANSITION                                                                                                     \
    "(i.episode_id, i.encounter_id, i.from_setting, i.to_setting, i.occurred, i.facility, i.destination,"              \
    " i.disposition, i.kind, i.withheld, i.flags)"
static const char *const TRANSITIONS =
    "update transition r set (episode_id, encounter_id, from_setting, to_setting, occurred, facility, destination,"
    " disposition, kind, withheld, flags) = " TRANSITION " from (select " HO_STORE_TRANSITION_VALUES
    " as flags from unnest(" HO_STORE_TRANSITION_ARRAYS ") as i (" HO_STORE_TRANSITION_COLUMNS ")) as i"
    " where (r.member_id, r.transition_id) = (i.member_id, i.transition_id)"
    " and (r.episode_id, r.encounter_id, r.from_setting, r.to_setting, r.occurred, r.facility, r.destination,"
    " r.disposition, r.kind, r.withheld, r.flags) is distinct from " TRANSITION;

static const char *const NEW_MEASURES = "insert into measure " HO_STORE_MEASURES;
#define MEASURE "(i.date, i.state, i.last_day, i.reason)"
static const char *const MEASURES =
    "update measure r set (date, state, last_day, reason) = " MEASURE " from unnest(" HO_STORE_MEASURE_ARRAYS
    ") as i (" HO_STORE_MEASURE_COLUMNS
    ") where (r.member_id, r.measure, r.transition_id) = (i.member_id, i.measure, i.transition_id)"
    " and (r.date, r.state, r.last_day, r.reason) is distinct from " MEASURE;

static const char *const GONE[HO_ROW_KINDS] = {
    [HO_ENCOUNTER_ROWS] = "delete from encounter r using unnest($1::text[], $2::bytea[]) i (member_id, id)"
                          "  where (r.member_id, r.encounter_id) = (i.member_id, i.id)",
    [HO_EPISODE_ROWS] = "delete from episode r using unnest($1::text[], $2::bytea[]) i (member_id, id)"
                        "  where (r.member_id, r.episode_id) = (i.member_id, i.id)",
    [HO_TRANSITION_ROWS] = "delete from transition r using unnest($1::text[], $2::bytea[]) i (member_id, id)"
                           "  where (r.member_id, r.transition_id) = (i.member_id, i.id)",
    [HO_MEASURE_ROWS] =
        "delete from measure r using unnest($1::text[], $2::bytea[], $3::text[]) i (member_id, id, name)"
        "  where (r.member_id, r.measure, r.transition_id) = (i.member_id, i.name, i.id)",
};

static const char *const NEW_TASKS = "insert into task_plan " HO_STORE_TASKS;
#define TASK                                                                                                           \
    "(i.aliases, i.title, i.role, i.want, i.due, i.reason, i.protocol, i.protocol_hash, i.outcomes, i.occurred,"       \
    " i.purpose, i.measure, i.serves)"
static const char *const TASKS =
    "update task_plan r set (aliases, title, role, want, due, reason, protocol, protocol_hash, outcomes, occurred,"
    " purpose, measure, serves) = " TASK " from (select " HO_STORE_TASK_VALUES " from " HO_STORE_TASK_INPUT
    ") as i (" HO_STORE_TASK_COLUMNS ") where r.key = i.key"
    " and (r.aliases, r.title, r.role, r.want, r.due, r.reason, r.protocol, r.protocol_hash, r.outcomes, r.occurred,"
    " r.purpose, r.measure, r.serves) is distinct from " TASK;
static const char *const WITHDRAWALS =
    "update task_plan t set want = 'withdrawn', reason = i.reason, aliases = " HO_STORE_WITHDRAWAL_ALIASES
    "  from " HO_STORE_WITHDRAWAL_INPUT " where t.key = i.key";
static const char *const PARTINGS =
    "insert into task_plan " HO_STORE_PARTINGS " join task_plan t on t.key = i.row on conflict (key) do nothing";
static const char *const TASKS_GONE = "delete from task_plan where key = any ($1)";

static const char *const NOTICES_GONE = "delete from notice_plan where plan_key = any ($1)";
static const char *const NOTICES =
    "insert into notice_plan " HO_STORE_NOTICES
    "  on conflict (plan_key) do update set (wanted, key, paused, due, occasions) = (excluded.wanted, excluded.key,"
    "    excluded.paused, excluded.due, excluded.occasions)";
static const char *const PLANNED =
    "update member_state s set messages = i.messages, wake_at = i.wake_at, plans = s.plans + 1"
    "  from unnest($1::text[], $2::int8[], $3::timestamptz[]) as i (member_id, messages, wake_at)"
    "  where s.member_id = i.member_id";

// A row of `leg` for each session: copies that tell something at once neither wait for each other there nor, in parts
// of several transactions, lock rows in different orders.
static const char *const MESSAGES =
    "with sent as ("
    "  insert into outbox (topic, key, ce_id, ce_type, traceparent, payload)"
    "  select 'transition.events', convert_to(member_id, 'UTF8'), encode(key, 'hex'), 'org.handoff.notice', "
    "traceparent, payload"
    "  from unnest($1::text[], $2::bytea[], $3::text[], $4::bytea[]) with ordinality"
    "    as i (member_id, key, traceparent, payload, ord) order by ord"
    "  returning 1"
    ") insert into leg (stage, part, n) select 'written:transition.events', pg_backend_pid() % 4096, count(*) from sent"
    "  on conflict (stage, part) do update set n = leg.n + excluded.n";
static const char *const WAKE_RELAY = "select pg_notify('handoff_outbox', '')";
static const char *const WAKE_API = "select pg_notify('handoff_task', '')";

// ---- Columns.

static void table_init(struct ho_arena *arena, struct ho_store_table *table, const char *types)
{
    static const enum ho_pg_type BY_LETTER[256] = {
        ['t'] = HO_PG_TEXT, ['b'] = HO_PG_BYTEA, ['i'] = HO_PG_INT4,
        ['l'] = HO_PG_INT8, ['o'] = HO_PG_BOOL,  ['z'] = HO_PG_TIME,
    };
    table->n_columns = strlen(types);
    for (size_t i = 0; i < table->n_columns; i++)
        table->columns[i] = ho_pg_array_new(arena, BY_LETTER[(unsigned char)types[i]]);
}

static void halves_init(struct ho_arena *arena, struct ho_store_table halves[HO_STORE_HALVES], const char *types)
{
    table_init(arena, &halves[HO_STORE_NEW], types);
    table_init(arena, &halves[HO_STORE_STANDING], types);
}

struct ho_store *ho_store_new(struct ho_arena *arena, bool apart)
{
    struct ho_store *store = ho_arena_alloc(arena, sizeof *store);
    store->arena = arena;
    store->apart = apart;
    table_init(arena, &store->members, "t");
    halves_init(arena, store->encounters, "tbttttzzttboozo");
    halves_init(arena, store->episodes, "tbzz");
    halves_init(arena, store->transitions, "tbbbttzttttot");
    halves_init(arena, store->measures, "ttbitit");
    halves_init(arena, store->tasks, "btbbttttzttbtzttt");
    table_init(arena, &store->partings, "bbbt");
    table_init(arena, &store->withdrawals, "btb");
    table_init(arena, &store->task_deletions, "b");
    table_init(arena, &store->notices, "btbtobotzi");
    table_init(arena, &store->planned, "tlz");
    table_init(arena, &store->notice_deletions, "b");
    table_init(arena, &store->messages, "tbtb");
    table_init(arena, &store->gone[HO_ENCOUNTER_ROWS], "tb");
    table_init(arena, &store->gone[HO_EPISODE_ROWS], "tb");
    table_init(arena, &store->gone[HO_TRANSITION_ROWS], "tb");
    table_init(arena, &store->gone[HO_MEASURE_ROWS], "tbt");
    return store;
}

static struct ho_bytes id_bytes(const uint8_t id[HO_ID_BYTES])
{
    return ho_bytes_from(id, HO_ID_BYTES);
}

void ho_store_member(struct ho_store *store, const char *member_id)
{
    ho_pg_push_text(store->members.columns[0], member_id);
}

static const char *destination_name(const struct ho_encounter *encounter)
{
    static const char *const NAMES[] = {
        [HO_DESTINATION_UNKNOWN] = "unknown",
        [HO_DESTINATION_HOME] = "home",
        [HO_DESTINATION_AGAINST_ADVICE] = "against-advice",
        [HO_DESTINATION_ACUTE] = "acute",
        [HO_DESTINATION_SKILLED_NURSING] = "skilled-nursing",
        [HO_DESTINATION_OTHER_FACILITY] = "other-facility",
        [HO_DESTINATION_DIED] = "died",
        [HO_DESTINATION_STILL_PATIENT] = "still-patient",
    };
    return encounter->state == HO_ENCOUNTER_ENDED ? NAMES[encounter->destination] : "";
}

static const char *state_name(enum ho_encounter_state state)
{
    static const char *const NAMES[] = {
        [HO_ENCOUNTER_OPEN] = "open",
        [HO_ENCOUNTER_ENDED] = "ended",
        [HO_ENCOUNTER_VOID] = "void",
        [HO_ENCOUNTER_ASIDE] = "aside",
    };
    return NAMES[state];
}

// The episode that holds the encounter; NULL when it is not on the line.
static const struct ho_episode *episode_of(const struct ho_line *line, const struct ho_encounter *encounter)
{
    for (size_t e = 0; e < line->n_episodes; e++) {
        const struct ho_episode *episode = &line->episodes[e];
        for (size_t i = 0; i < episode->n_encounters; i++)
            if (memcmp(line->encounters[episode->first_encounter + i]->id, encounter->id, HO_ID_BYTES) == 0)
                return episode;
    }
    return NULL;
}

// Of the half where the row belongs, which stays if it stands.
static struct ho_pg_array *const *columns_for(const struct ho_store *store, const struct ho_store_table *halves,
                                              const struct ho_member_state *state, enum ho_row_kind kind,
                                              const uint8_t id[HO_ID_BYTES], const char *name)
{
    struct ho_row_key *row = ho_state_row(state, kind, id, name);
    if (row)
        row->stays = true;
    return halves[store->apart && row ? HO_STORE_STANDING : HO_STORE_NEW].columns;
}

static void store_encounter(struct ho_store *store, const struct ho_member_state *state,
                            const struct ho_encounter *encounter, const struct ho_episode *episode)
{
    struct ho_pg_array *const *c = columns_for(store, store->encounters, state, HO_ENCOUNTER_ROWS, encounter->id, "");
    bool has_phase = encounter->n_phases > 0;
    const struct ho_phase *last = has_phase ? &encounter->phases[encounter->n_phases - 1] : NULL;
    ho_pg_push_text(c[0], state->member->member_id);
    ho_pg_push_bytes(c[1], id_bytes(encounter->id));
    ho_pg_push_text(c[2], encounter->facility);
    ho_pg_push_text(c[3], encounter->visit);
    ho_pg_push_text(c[4], last ? ho_setting_name(last->setting) : "");
    ho_pg_push_text(c[5], state_name(encounter->state));
    ho_pg_push_int(c[6], has_phase ? encounter->phases[0].change.occurred : 0);
    ho_pg_push_int(c[7], encounter->state == HO_ENCOUNTER_ENDED ? encounter->end.occurred : 0);
    ho_pg_push_text(c[8], destination_name(encounter));
    ho_pg_push_text(c[9], encounter->disposition);
    if (episode)
        ho_pg_push_bytes(c[10], id_bytes(episode->id));
    else
        ho_pg_push_null(c[10]);
    ho_pg_push_int(c[11], encounter->planned);
    ho_pg_push_int(c[12], encounter->on_leave);
    ho_pg_push_int(c[13], encounter->last_heard);
    ho_pg_push_int(c[14], encounter->withheld);
}

static const char *join(struct ho_arena *arena, const char *const *words, size_t n)
{
    const char *joined = n ? words[0] : "";
    for (size_t i = 1; i < n; i++)
        joined = ho_arena_printf(arena, "%s\x1f%s", joined, words[i]);
    return joined;
}

static const char *kind_name(enum ho_transition_kind kind)
{
    static const char *const NAMES[] = {
        [HO_CHANGE_OF_SETTING] = "change-of-setting",
        [HO_DISCHARGE_ANNOUNCED] = "discharge-announced",
        [HO_SAID_HOME] = "said-home",
        [HO_SILENCE] = "silence",
    };
    return NAMES[kind];
}

static const char *flag_names(struct ho_arena *arena, uint32_t flags)
{
    const char *names[HO_FLAGS];
    size_t n = 0;
    for (int i = 0; i < HO_FLAGS; i++)
        if (flags & 1U << i)
            names[n++] = ho_flag_name((enum ho_flag)(1 << i));
    return join(arena, names, n);
}

static void store_episode(struct ho_store *store, const struct ho_member_state *state, const struct ho_episode *episode)
{
    struct ho_pg_array *const *c = columns_for(store, store->episodes, state, HO_EPISODE_ROWS, episode->id, "");
    ho_pg_push_text(c[0], state->member->member_id);
    ho_pg_push_bytes(c[1], id_bytes(episode->id));
    ho_pg_push_int(c[2], episode->started);
    ho_pg_push_int(c[3], episode->ended);
}

static void store_transition(struct ho_store *store, const struct ho_member_state *state, const struct ho_line *line,
                             const struct ho_transition *transition)
{
    struct ho_pg_array *const *c =
        columns_for(store, store->transitions, state, HO_TRANSITION_ROWS, transition->change.id, "");
    ho_pg_push_text(c[0], state->member->member_id);
    ho_pg_push_bytes(c[1], id_bytes(transition->change.id));
    ho_pg_push_bytes(c[2], id_bytes(line->episodes[transition->episode].id));
    ho_pg_push_bytes(c[3], id_bytes(transition->encounter->id));
    bool is_leaving = ho_transition_is_leaving(transition);
    ho_pg_push_text(c[4], ho_setting_name(transition->from));
    ho_pg_push_text(c[5], ho_setting_name(transition->to));
    ho_pg_push_int(c[6], transition->change.occurred);
    ho_pg_push_text(c[7], ho_transition_facility(transition));
    ho_pg_push_text(c[8], is_leaving ? destination_name(transition->encounter) : "");
    ho_pg_push_text(c[9], is_leaving ? transition->encounter->disposition : "");
    ho_pg_push_text(c[10], kind_name(transition->kind));
    ho_pg_push_int(c[11], transition->encounter->withheld);
    ho_pg_push_text(c[12], flag_names(store->arena, transition->flags));
}

void ho_store_line(struct ho_store *store, struct ho_member_state *state, const struct ho_encounters *encounters,
                   const struct ho_line *line)
{
    for (size_t i = 0; i < encounters->n; i++)
        store_encounter(store, state, &encounters->items[i], episode_of(line, &encounters->items[i]));
    for (size_t i = 0; i < line->n_episodes; i++)
        store_episode(store, state, &line->episodes[i]);
    for (size_t i = 0; i < line->n_transitions; i++)
        store_transition(store, state, line, &line->transitions[i]);
}

void ho_store_measures(struct ho_store *store, struct ho_member_state *state, const struct ho_measures *measures)
{
    for (size_t i = 0; i < measures->n; i++) {
        const struct ho_measure_row *row = &measures->items[i];
        const char *name = ho_measure_name(row->measure);
        struct ho_pg_array *const *c =
            columns_for(store, store->measures, state, HO_MEASURE_ROWS, row->transition->change.id, name);
        ho_pg_push_text(c[0], state->member->member_id);
        ho_pg_push_text(c[1], name);
        ho_pg_push_bytes(c[2], id_bytes(row->transition->change.id));
        ho_pg_push_int(c[3], row->date);
        ho_pg_push_text(c[4], ho_measure_state_name(row->state));
        ho_pg_push_int(c[5], row->last_day);
        ho_pg_push_text(c[6], row->reason);
    }
}

void ho_store_gone(struct ho_store *store, const struct ho_member_state *state)
{
    for (int kind = 0; kind < HO_ROW_KINDS; kind++) {
        struct ho_store_table *table = &store->gone[kind];
        for (size_t i = 0; i < state->rows[kind].n; i++) {
            const struct ho_row_key *row = &state->rows[kind].items[i];
            if (row->stays)
                continue;
            ho_pg_push_text(table->columns[0], state->member->member_id);
            ho_pg_push_bytes(table->columns[1], id_bytes(row->id));
            if (table->n_columns > 2)
                ho_pg_push_text(table->columns[2], row->name);
        }
    }
}

// What happened, and for a task that is to be done, what the protocol says to the person who does it.
static const char *why_of(struct ho_arena *arena, const struct ho_planned_task *task)
{
    if (task->want != HO_WANTED || !task->task->why[0])
        return task->reason;
    return ho_arena_printf(arena, "%s %s", task->reason, task->task->why);
}

void ho_store_task(struct ho_store *store, const char *member_id, const struct ho_planned_task *task, bool stands)
{
    struct ho_pg_array *const *c = store->tasks[store->apart && stands ? HO_STORE_STANDING : HO_STORE_NEW].columns;
    const struct ho_task_template *template = task->task;
    ho_pg_push_bytes(c[0], id_bytes(task->key));
    ho_pg_push_text(c[1], member_id);
    ho_pg_push_bytes(c[2], id_bytes(task->change.id));
    ho_pg_push_bytes(c[3], ho_bytes_from(task->change.aliases, task->change.n_aliases * HO_ID_BYTES));
    ho_pg_push_text(c[4], template->key);
    ho_pg_push_text(c[5], template->title);
    ho_pg_push_text(c[6], template->role);
    ho_pg_push_text(c[7], ho_want_names[task->want]);
    ho_pg_push_int(c[8], task->due);
    ho_pg_push_text(c[9], why_of(store->arena, task));
    ho_pg_push_text(c[10], task->protocol->name);
    ho_pg_push_bytes(c[11], ho_bytes_from(task->protocol->hash, sizeof task->protocol->hash));
    ho_pg_push_text(c[12], join(store->arena, template->closes_with, template->n_closes_with));
    ho_pg_push_int(c[13], task->change.occurred);
    ho_pg_push_text(c[14], template->purpose);
    ho_pg_push_text(c[15], template->measure);
    ho_pg_push_text(c[16], join(store->arena, template->serves, template->n_serves));
}

void ho_store_withdrawal(struct ho_store *store, const struct ho_task_change *withdrawal, const char *reason)
{
    struct ho_pg_array *const *c = store->withdrawals.columns;
    ho_pg_push_bytes(c[0], id_bytes(withdrawal->row->key));
    ho_pg_push_text(c[1], reason);
    ho_pg_push_bytes(c[2], ho_bytes_from(withdrawal->aliases, withdrawal->n_aliases * HO_ID_BYTES));
}

void ho_store_parting(struct ho_store *store, const uint8_t key[HO_ID_BYTES], const uint8_t change[HO_ID_BYTES],
                      const uint8_t row[HO_ID_BYTES], const char *reason)
{
    struct ho_pg_array *const *c = store->partings.columns;
    ho_pg_push_bytes(c[0], id_bytes(key));
    ho_pg_push_bytes(c[1], id_bytes(change));
    ho_pg_push_bytes(c[2], id_bytes(row));
    ho_pg_push_text(c[3], reason);
}

void ho_store_task_deletion(struct ho_store *store, const uint8_t key[HO_ID_BYTES])
{
    ho_pg_push_bytes(store->task_deletions.columns[0], id_bytes(key));
}

void ho_store_notice(struct ho_store *store, const char *member_id, const struct ho_notice_row *row)
{
    struct ho_pg_array *const *c = store->notices.columns;
    ho_pg_push_bytes(c[0], id_bytes(row->plan_key));
    ho_pg_push_text(c[1], member_id);
    ho_pg_push_bytes(c[2], id_bytes(row->change));
    ho_pg_push_text(c[3], row->name);
    ho_pg_push_int(c[4], row->wanted);
    ho_pg_push_bytes(c[5], id_bytes(row->key));
    ho_pg_push_int(c[6], row->paused);
    ho_pg_push_text(c[7], row->task);
    ho_pg_push_int(c[8], row->due);
    ho_pg_push_int(c[9], row->occasions);
}

void ho_store_notice_deletion(struct ho_store *store, const uint8_t plan_key[HO_ID_BYTES])
{
    ho_pg_push_bytes(store->notice_deletions.columns[0], id_bytes(plan_key));
}

void ho_store_planned(struct ho_store *store, const char *member_id, int64_t messages, int64_t wake_at)
{
    ho_pg_push_text(store->planned.columns[0], member_id);
    ho_pg_push_int(store->planned.columns[1], messages);
    ho_pg_push_int(store->planned.columns[2], wake_at == INT64_MAX ? 0 : wake_at);
}

void ho_store_message(struct ho_store *store, const struct ho_planner_member *member, const ho_notice *notice)
{
    struct ho_pg_array *const *c = store->messages.columns;
    ho_pg_push_text(c[0], member->member_id);
    ho_pg_push_bytes(c[1], ho_bytes_from(notice->key.data, notice->key.len));
    ho_pg_push_bytes(c[2], member->traceparent);
    ho_pg_push_bytes(c[3], ho_message_pack(store->arena, &notice->base));
}

// ---- Writing.

static bool is_empty(const struct ho_store_table *table)
{
    return ho_pg_array_length(table->columns[0]) == 0;
}

static struct ho_pg_params *params_of(const struct ho_store *store, const struct ho_store_table *table)
{
    struct ho_pg_params *params = ho_pg_params_new(store->arena);
    for (size_t i = 0; i < table->n_columns; i++)
        ho_pg_param_array(params, table->columns[i]);
    return params;
}

void ho_store_queue(const struct ho_store *store, struct ho_pg *pg, const char *sql, const struct ho_store_table *table)
{
    if (!is_empty(table))
        ho_pg_queue(pg, sql, params_of(store, table), NULL);
}

static void queue_halves(const struct ho_store *store, struct ho_pg *pg, const char *insert, const char *update,
                         const struct ho_store_table halves[HO_STORE_HALVES])
{
    ho_store_queue(store, pg, insert, &halves[HO_STORE_NEW]);
    ho_store_queue(store, pg, update, &halves[HO_STORE_STANDING]);
}

void ho_store_write(struct ho_store *store, struct ho_pg *pg, bool tell)
{
    for (int kind = 0; kind < HO_ROW_KINDS; kind++)
        ho_store_queue(store, pg, GONE[kind], &store->gone[kind]);
    queue_halves(store, pg, NEW_ENCOUNTERS, ENCOUNTERS, store->encounters);
    queue_halves(store, pg, NEW_EPISODES, EPISODES, store->episodes);
    queue_halves(store, pg, NEW_TRANSITIONS, TRANSITIONS, store->transitions);
    queue_halves(store, pg, NEW_MEASURES, MEASURES, store->measures);
    ho_store_queue(store, pg, PARTINGS, &store->partings);
    ho_store_queue(store, pg, TASKS_GONE, &store->task_deletions);
    ho_store_queue(store, pg, WITHDRAWALS, &store->withdrawals);
    queue_halves(store, pg, NEW_TASKS, TASKS, store->tasks);
    ho_store_queue(store, pg, NOTICES_GONE, &store->notice_deletions);
    ho_store_queue(store, pg, NOTICES, &store->notices);
    ho_store_queue(store, pg, PLANNED, &store->planned);
    ho_store_queue(store, pg, MESSAGES, &store->messages);
    if (!is_empty(&store->messages))
        ho_pg_queue(pg, WAKE_RELAY, NULL, NULL);
    if (tell)
        ho_pg_queue(pg, WAKE_API, NULL, NULL);
}
