#include "state.h"

#include <stdlib.h>

static const char *const LOCK = "select from member_state where member_id = any ($1) order by member_id for update";

// An event counts only while its link still names the member, in the version under which it came. Of those whose link
// names somebody else by now only the id is read.
static const char *const EVENTS =
    "select e.member_id, case when l.member_id = e.member_id then e.event end, e.event_id"
    "  from member_event e join event_link l using (event_id, subject)"
    "  where e.member_id = any ($1) and (l.member_id <> e.member_id or l.version = e.link)";
static const char *const ENROLMENTS =
    "select member_id, program, enrolled_from, enrolled_to, opted_out_on from enrolment_now"
    "  where member_id = any ($1) order by member_id, program, enrolled_from";
static const char *const FACTS = "select member_id, birth_date, sex, phone, language, county, conditions, needs, "
                                 "homeless, risk, pregnant_until, dual, shares(member_id, 'part2')"
                                 "  from member where member_id = any ($1) and not deleted";
static const char *const WORK = "select member_id, change, template, status, outcome, updated_at from task_work"
                                "  where member_id = any ($1) order by member_id, change, template";
// The second column is enum ho_row_kind.
static const char *const ROWS =
    "select member_id, 0, encounter_id, '' from encounter where member_id = any ($1)"
    "  union all select member_id, 1, episode_id, '' from episode where member_id = any ($1)"
    "  union all select member_id, 2, transition_id, '' from transition where member_id = any ($1)"
    "  union all select member_id, 3, transition_id, measure from measure where member_id = any ($1)";
static const char *const TASKS =
    "select member_id, key, change, template, want, due, aliases from task_plan where member_id = any ($1)";
static const char *const NOTICES =
    "select member_id, plan_key, change, key, name, wanted, paused,"
    "    exists (select from delivery d where d.notice_key = p.key and d.status = 'not-wanted')"
    "      and not exists (select from delivery d where d.notice_key = p.key"
    "        and (d.status <> 'not-wanted' or d.ambiguous > 0)), task, due, occasions"
    "  from notice_plan p where member_id = any ($1)";
static const char *const MESSAGES = "select member_id, messages from member_state where member_id = any ($1)";

static struct ho_pg_params *member_ids(struct ho_arena *arena, const struct ho_planner_member *members, size_t n)
{
    struct ho_pg_array *ids = ho_pg_array_new(arena, HO_PG_TEXT);
    for (size_t i = 0; i < n; i++)
        ho_pg_push_text(ids, members[i].member_id);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_param_array(params, ids);
    return params;
}

enum ho_status ho_planner_lock(struct ho_pg *pg, struct ho_arena *arena, const struct ho_planner_member *members,
                               size_t n, struct ho_error *error)
{
    return ho_pg_run(pg, LOCK, member_ids(arena, members, n), NULL, error);
}

struct reading {
    struct ho_arena *arena;
    struct ho_member_state **states; // by the bytes of the ids, which is not every database's order
    size_t n;
};

static int compare_states(const void *left, const void *right)
{
    const struct ho_member_state *a = *(struct ho_member_state *const *)left;
    const struct ho_member_state *b = *(struct ho_member_state *const *)right;
    return strcmp(a->member->member_id, b->member->member_id);
}

static struct reading reading_of(struct ho_arena *arena, struct ho_member_state *states, size_t n)
{
    struct reading r = {arena, ho_arena_array(arena, n, sizeof(struct ho_member_state *)), n};
    for (size_t i = 0; i < n; i++)
        r.states[i] = &states[i];
    if (n)
        qsort(r.states, n, sizeof(struct ho_member_state *), compare_states);
    return r;
}

static int by_member(const void *key, const void *element)
{
    return strcmp(key, (*(struct ho_member_state *const *)element)->member->member_id);
}

static struct ho_member_state *state_of(const struct reading *r, const struct ho_pg_result *rows, int i)
{
    struct ho_member_state **state =
        bsearch(ho_pg_get_text(rows, i, 0), r->states, r->n, sizeof(struct ho_member_state *), by_member);
    if (!state)
        abort(); // the statements ask for these members only
    return *state;
}

static void get_id(const struct ho_pg_result *rows, int row, int column, uint8_t out[HO_ID_BYTES])
{
    struct ho_bytes b = ho_pg_get_bytes(rows, row, column);
    memset(out, 0, HO_ID_BYTES);
    memcpy(out, b.p, b.n < HO_ID_BYTES ? b.n : HO_ID_BYTES);
}

static const char *keep(const struct reading *r, const struct ho_pg_result *rows, int row, int column)
{
    return ho_arena_text(r->arena, ho_pg_get_bytes(rows, row, column));
}

static void take_event(const struct reading *r, const struct ho_pg_result *rows, int i)
{
    struct ho_member_state *state = state_of(r, rows, i);
    if (ho_pg_is_null(rows, i, 1)) {
        get_id(rows, i, 2, ((struct ho_row_id *)ho_arena_push(r->arena, &state->moved, sizeof *state->moved))->id);
        return;
    }
    const ho_adt_event *event = ho_adt_event_unpack(r->arena, ho_pg_get_bytes(rows, i, 1));
    if (!event)
        abort(); // packed by us, kept in a bytea
    *(const ho_adt_event **)ho_arena_push(r->arena, &state->events, sizeof(void *)) = event;
}

static void take_enrolment(const struct reading *r, const struct ho_pg_result *rows, int i)
{
    struct ho_member_state *state = state_of(r, rows, i);
    ho_enrolment *enrolment = ho_arena_alloc(r->arena, sizeof *enrolment);
    handoff__v1__enrolment__init(enrolment);
    enrolment->program = (char *)(uintptr_t)keep(r, rows, i, 1);
    enrolment->enrolled_from = (uint32_t)ho_pg_get_int(rows, i, 2);
    enrolment->enrolled_to = (uint32_t)ho_pg_get_int(rows, i, 3);
    enrolment->opted_out_on = (uint32_t)ho_pg_get_int(rows, i, 4);
    *(const ho_enrolment **)ho_arena_push(r->arena, &state->enrolments, sizeof(void *)) = enrolment;
}

static char **keep_words(const struct reading *r, const struct ho_pg_result *rows, int row, int column, size_t *n)
{
    struct ho_bytes *words;
    *n = ho_pg_get_array(rows, row, column, r->arena, &words);
    char **kept = ho_arena_array(r->arena, *n + 1, sizeof *kept);
    for (size_t i = 0; i < *n; i++)
        kept[i] = (char *)(uintptr_t)ho_arena_text(r->arena, words[i]);
    return kept;
}

// What conditions may ask about; who the person is, is none of the plan's business.
static void take_facts(const struct reading *r, const struct ho_pg_result *rows, int i)
{
    struct ho_member_state *state = state_of(r, rows, i);
    ho_member *facts = ho_arena_alloc(r->arena, sizeof *facts);
    handoff__v1__member__init(facts);
    facts->member_id = (char *)(uintptr_t)state->member->member_id;
    facts->birth_date = (uint32_t)ho_pg_get_int(rows, i, 1);
    facts->sex = (char *)(uintptr_t)keep(r, rows, i, 2);
    facts->phone = (char *)(uintptr_t)keep(r, rows, i, 3);
    facts->language = (char *)(uintptr_t)keep(r, rows, i, 4);
    facts->county = (char *)(uintptr_t)keep(r, rows, i, 5);
    facts->conditions = keep_words(r, rows, i, 6, &facts->n_conditions);
    facts->needs = keep_words(r, rows, i, 7, &facts->n_needs);
    facts->homeless = (char *)(uintptr_t)keep(r, rows, i, 8);
    facts->risk = (char *)(uintptr_t)keep(r, rows, i, 9);
    facts->pregnant_until = (uint32_t)ho_pg_get_int(rows, i, 10);
    facts->dual = ho_pg_get_int(rows, i, 11) != 0;
    state->facts = facts;
    state->shares_part2 = ho_pg_get_int(rows, i, 12) != 0;
}

static void take_work(const struct reading *r, const struct ho_pg_result *rows, int i)
{
    struct ho_member_state *state = state_of(r, rows, i);
    struct ho_work *work = ho_arena_push(r->arena, &state->work, sizeof *work);
    const char *status = ho_pg_get_text(rows, i, 3);
    get_id(rows, i, 1, work->change);
    work->template_key = keep(r, rows, i, 2);
    work->status = strcmp(status, "done") == 0      ? HO_WORK_DONE
                   : strcmp(status, "claimed") == 0 ? HO_WORK_CLAIMED
                                                    : HO_WORK_OPEN;
    work->outcome = work->status == HO_WORK_DONE ? keep(r, rows, i, 4) : "";
    work->at = ho_pg_get_time(rows, i, 5);
}

static void take_row(const struct reading *r, const struct ho_pg_result *rows, int i)
{
    struct ho_row_keys *keys = &state_of(r, rows, i)->rows[ho_pg_get_int(rows, i, 1)];
    struct ho_row_key *key = ho_arena_push(r->arena, keys, sizeof *key);
    get_id(rows, i, 2, key->id);
    key->name = keep(r, rows, i, 3);
}

const char *const ho_want_names[] = {
    [HO_WANTED] = "wanted", [HO_SUPERSEDED] = "superseded", [HO_WITHDRAWN] = "withdrawn"};

static enum ho_want want_of(const char *text)
{
    enum ho_want want = HO_WANTED;
    while (want < HO_WITHDRAWN && strcmp(ho_want_names[want], text) != 0)
        want++;
    return want;
}

static void get_aliases(const struct reading *r, const struct ho_pg_result *rows, int i, int column,
                        struct ho_task_row *row)
{
    struct ho_bytes *ids;
    row->n_aliases = ho_pg_get_array(rows, i, column, r->arena, &ids);
    uint8_t(*aliases)[HO_ID_BYTES] = ho_arena_array(r->arena, row->n_aliases + 1, sizeof *aliases);
    for (size_t k = 0; k < row->n_aliases; k++)
        memcpy(aliases[k], ids[k].p, ids[k].n < HO_ID_BYTES ? ids[k].n : HO_ID_BYTES);
    row->aliases = (const uint8_t(*)[HO_ID_BYTES])aliases;
}

static void take_task(const struct reading *r, const struct ho_pg_result *rows, int i)
{
    struct ho_member_state *state = state_of(r, rows, i);
    struct ho_task_row *row = ho_arena_push(r->arena, &state->tasks, sizeof *row);
    get_id(rows, i, 1, row->key);
    get_id(rows, i, 2, row->change);
    row->template_key = keep(r, rows, i, 3);
    row->want = want_of(ho_pg_get_text(rows, i, 4));
    row->due = ho_pg_get_time(rows, i, 5);
    get_aliases(r, rows, i, 6, row);
}

static void take_notice(const struct reading *r, const struct ho_pg_result *rows, int i)
{
    struct ho_member_state *state = state_of(r, rows, i);
    struct ho_notice_row *row = ho_arena_push(r->arena, &state->notices, sizeof *row);
    get_id(rows, i, 1, row->plan_key);
    get_id(rows, i, 2, row->change);
    get_id(rows, i, 3, row->key);
    row->name = keep(r, rows, i, 4);
    row->wanted = ho_pg_get_int(rows, i, 5);
    row->paused = ho_pg_get_int(rows, i, 6);
    row->put_aside = ho_pg_get_int(rows, i, 7);
    row->task = keep(r, rows, i, 8);
    row->due = ho_pg_get_time(rows, i, 9);
    row->occasions = (uint32_t)ho_pg_get_int(rows, i, 10);
}

static void take_messages(const struct reading *r, const struct ho_pg_result *rows, int i)
{
    state_of(r, rows, i)->messages = ho_pg_get_int(rows, i, 1);
}

static int compare_keys(const void *left, const void *right)
{
    const struct ho_row_key *a = left, *b = right;
    int c = memcmp(a->id, b->id, HO_ID_BYTES);
    return c ? c : strcmp(a->name, b->name);
}

static int compare_notices(const void *left, const void *right)
{
    const struct ho_notice_row *a = left, *b = right;
    int c = memcmp(a->change, b->change, HO_ID_BYTES);
    return c ? c : strcmp(a->name, b->name);
}

static void sort_rows(struct ho_member_state *state)
{
    if (state->n_notices)
        qsort(state->notices, state->n_notices, sizeof *state->notices, compare_notices);
    for (int kind = 0; kind < HO_ROW_KINDS; kind++)
        if (state->rows[kind].n)
            qsort(state->rows[kind].items, state->rows[kind].n, sizeof *state->rows[kind].items, compare_keys);
}

struct ho_row_key *ho_state_row(const struct ho_member_state *state, enum ho_row_kind kind,
                                const uint8_t id[HO_ID_BYTES], const char *name)
{
    const struct ho_row_keys *rows = &state->rows[kind];
    struct ho_row_key key = {.name = name};
    memcpy(key.id, id, HO_ID_BYTES);
    return rows->n ? bsearch(&key, rows->items, rows->n, sizeof *rows->items, compare_keys) : NULL;
}

const struct ho_notice_row *ho_state_notice(const struct ho_member_state *state, const uint8_t change[HO_ID_BYTES],
                                            const char *name)
{
    struct ho_notice_row key = {.name = name};
    memcpy(key.change, change, HO_ID_BYTES);
    return state->n_notices ? bsearch(&key, state->notices, state->n_notices, sizeof key, compare_notices) : NULL;
}

enum ho_status ho_state_read(struct ho_pg *pg, struct ho_arena *arena, const struct ho_planner_member *members,
                             size_t n, struct ho_member_state *states, struct ho_error *error)
{
    static const struct {
        const char *const *sql;
        void (*take)(const struct reading *r, const struct ho_pg_result *rows, int i);
    } READS[] = {{&EVENTS, take_event},   {&FACTS, take_facts},      {&ENROLMENTS, take_enrolment},
                 {&WORK, take_work},      {&ROWS, take_row},         {&TASKS, take_task},
                 {&NOTICES, take_notice}, {&MESSAGES, take_messages}};
    enum { N = sizeof READS / sizeof *READS };
    struct ho_pg_result *results[N] = {0};
    const struct ho_pg_params *ids = member_ids(arena, members, n);
    for (size_t i = 0; i < n; i++)
        states[i] = (struct ho_member_state){.member = &members[i]};
    for (int q = 0; q < N; q++)
        ho_pg_queue(pg, *READS[q].sql, ids, &results[q]);
    enum ho_status status = ho_pg_flush(pg, error);
    const struct reading reading = reading_of(arena, states, n);
    for (int q = 0; q < N; q++) {
        for (int i = 0; status == HO_OK && i < ho_pg_rows(results[q]); i++)
            READS[q].take(&reading, results[q], i);
        ho_pg_result_free(results[q]);
    }
    for (size_t i = 0; status == HO_OK && i < n; i++)
        sort_rows(&states[i]);
    return status;
}
