#include "protocol_diff.h"

#include <assert.h>
#include <stdlib.h>

#include "transitions/state.h"

static const char *const ONLY_READ = "set transaction isolation level repeatable read, read only";
static const char *const MEMBERS =
    "select distinct member_id from member_event where member_id > $1 order by member_id limit 200";

struct replay {
    const struct ho_diff_input *input;
    struct ho_arena *arena, *page; // of the result, and of the members in hand
    struct ho_diff *out;
};

const char *ho_diff_kind_name(enum ho_diff_kind kind)
{
    static const char *const names[] = {
        [HO_DIFF_ADDED] = "added", [HO_DIFF_GONE] = "gone", [HO_DIFF_REDATED] = "redated"};
    return names[kind];
}

// ---- Counting -----------------------------------------------------------------------------------------

static struct ho_diff_template *template_of(struct replay *r, const char *key)
{
    for (size_t i = 0; i < r->out->templates.n; i++)
        if (strcmp(r->out->templates.items[i].key, key) == 0)
            return &r->out->templates.items[i];
    struct ho_diff_template *template = ho_arena_push(r->arena, &r->out->templates, sizeof *template);
    template->key = key;
    return template;
}

static struct ho_diff_week *week_of(struct replay *r, const struct ho_planned_task *task)
{
    uint32_t date = ho_zone_date(r->input->files->zone, task->due);
    uint32_t monday = ho_date_add(date, -ho_date_weekday(date));
    for (size_t i = 0; i < r->out->weeks.n; i++)
        if (r->out->weeks.items[i].monday == monday && strcmp(r->out->weeks.items[i].role, task->task->role) == 0)
            return &r->out->weeks.items[i];
    struct ho_diff_week *week = ho_arena_push(r->arena, &r->out->weeks, sizeof *week);
    *week = (struct ho_diff_week){.monday = monday, .role = task->task->role};
    return week;
}

static void note(struct replay *r, enum ho_diff_kind kind, const struct ho_planned_task *before,
                 const struct ho_planned_task *after)
{
    assert(before || after);
    const struct ho_planned_task *any = after ? after : before;
    struct ho_diff_template *template = template_of(r, any->task->key);
    size_t n = template->n[kind]++;
    if (n >= HO_DIFF_EXAMPLES)
        return;
    struct ho_diff_example *example = &template->examples[kind][n];
    *example = (struct ho_diff_example){.before = before ? before->due : 0, .after = after ? after->due : 0};
    memcpy(example->key, any->key, HO_ID_BYTES);
}

static void compare(struct replay *r, const struct ho_planned_task *before, const struct ho_planned_task *after)
{
    if (before) {
        week_of(r, before)->before++;
        r->out->before++;
    }
    if (after) {
        week_of(r, after)->after++;
        r->out->after++;
    }
    if (!before)
        note(r, HO_DIFF_ADDED, NULL, after);
    else if (!after)
        note(r, HO_DIFF_GONE, before, NULL);
    else if (before->due != after->due)
        note(r, HO_DIFF_REDATED, before, after);
}

// ---- One member ---------------------------------------------------------------------------------------

static bool counts(const struct replay *r, const struct ho_planned_task *task)
{
    return task->want == HO_WANTED &&
           ho_zone_date(r->input->files->zone, task->transition->change.occurred) >= r->input->since;
}

static const struct ho_planned_task *next(const struct replay *r, const struct ho_plan *plan, size_t *at)
{
    while (*at < plan->n_tasks && !counts(r, &plan->tasks[*at]))
        ++*at;
    return *at < plan->n_tasks ? &plan->tasks[*at] : NULL;
}

// Both are in the order of their keys.
static void compare_plans(struct replay *r, const struct ho_plan *before, const struct ho_plan *after)
{
    size_t i = 0, k = 0;
    for (;;) {
        const struct ho_planned_task *b = next(r, before, &i), *a = next(r, after, &k);
        if (!a && !b)
            return;
        int c = !b ? 1 : !a ? -1 : memcmp(b->key, a->key, HO_ID_BYTES);
        compare(r, c <= 0 ? b : NULL, c >= 0 ? a : NULL);
        i += c <= 0;
        k += c >= 0;
    }
}

static void plan_with(struct replay *r, const struct ho_encounters *encounters, struct ho_plan_input input,
                      const struct ho_protocol *const *protocols, size_t n, struct ho_plan *out)
{
    const struct ho_line_rules rules = ho_line_rules_default(r->input->files->zone);
    struct ho_line *line = ho_arena_alloc(r->page, sizeof *line);
    input.line = line;
    input.protocols = protocols;
    input.n_protocols = n;
    ho_plan_line(r->page, encounters, &input, &rules, line);
    ho_plan_make(r->page, &input, out);
}

static void replay_member(struct replay *r, const struct ho_member_state *state)
{
    const struct ho_plan_files *files = r->input->files;
    struct ho_encounters encounters;
    struct ho_plan before, after;
    struct ho_plan_input input = {
        .member_id = state->member->member_id,
        .member = state->facts,
        .enrolments = state->enrolments,
        .n_enrolments = state->n_enrolments,
        .work = state->work,
        .n_work = state->n_work,
        .codes = ho_code_set_codes(files->codes),
        .now = r->input->at,
        .today = ho_zone_date(files->zone, r->input->at),
    };
    input.programs = ho_program_set_items(files->programs, &input.n_programs);
    ho_encounters_fold(r->page, state->events, state->n_events, &encounters);
    if (!state->shares_part2)
        ho_encounters_withhold(&encounters);
    plan_with(r, &encounters, input, files->protocols, files->n_protocols, &before);
    plan_with(r, &encounters, input, r->input->with, r->input->n_with, &after);
    compare_plans(r, &before, &after);
    r->out->members++;
}

// ---- All of them --------------------------------------------------------------------------------------

static enum ho_status read_page(const struct replay *r, struct ho_pg *pg, const char *behind,
                                struct ho_planner_member **members, size_t *n, struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(r->page);
    struct ho_pg_result *rows = NULL;
    ho_pg_text(params, behind);
    enum ho_status status = ho_pg_run(pg, MEMBERS, params, &rows, error);
    *n = status == HO_OK ? (size_t)ho_pg_rows(rows) : 0;
    *members = ho_arena_array(r->page, *n + 1, sizeof **members);
    for (size_t i = 0; i < *n; i++)
        (*members)[i].member_id = ho_arena_text(r->page, ho_pg_get_bytes(rows, (int)i, 0));
    ho_pg_result_free(rows);
    return status;
}

static enum ho_status replay_page(struct replay *r, struct ho_pg *pg, char **behind, bool *more, struct ho_error *error)
{
    struct ho_planner_member *members;
    size_t n;
    enum ho_status status = read_page(r, pg, *behind, &members, &n, error);
    struct ho_member_state *states = ho_arena_array(r->page, n + 1, sizeof *states);
    *more = n > 0;
    if (status == HO_OK && n)
        status = ho_state_read(pg, r->page, members, n, states, error);
    for (size_t i = 0; status == HO_OK && i < n; i++)
        replay_member(r, &states[i]);
    if (n) {
        free(*behind);
        *behind = strdup(members[n - 1].member_id);
        if (!*behind)
            abort();
    }
    ho_arena_reset(r->page);
    return status;
}

static enum ho_status replay_all(struct replay *r, struct ho_pg *pg, struct ho_error *error)
{
    char *behind = calloc(1, 1);
    bool more = true;
    enum ho_status status = ho_pg_begin(pg, error);
    if (!behind)
        abort();
    if (status == HO_OK)
        status = ho_pg_run(pg, ONLY_READ, NULL, NULL, error);
    while (status == HO_OK && more)
        status = replay_page(r, pg, &behind, &more, error);
    ho_pg_rollback(pg); // there is nothing to commit
    free(behind);
    return status;
}

static int by_key(const void *left, const void *right)
{
    return strcmp(((const struct ho_diff_template *)left)->key, ((const struct ho_diff_template *)right)->key);
}

static int by_week(const void *left, const void *right)
{
    const struct ho_diff_week *a = left, *b = right;
    return a->monday != b->monday ? (a->monday < b->monday ? -1 : 1) : strcmp(a->role, b->role);
}

enum ho_status ho_diff_read(struct ho_pg *pg, struct ho_arena *arena, const struct ho_diff_input *input,
                            struct ho_diff *out, struct ho_error *error)
{
    struct replay replay = {.input = input, .arena = arena, .page = ho_arena_new(0), .out = out};
    *out = (struct ho_diff){0};
    enum ho_status status = replay_all(&replay, pg, error);
    ho_arena_free(replay.page);
    if (out->templates.n)
        qsort(out->templates.items, out->templates.n, sizeof *out->templates.items, by_key);
    if (out->weeks.n)
        qsort(out->weeks.items, out->weeks.n, sizeof *out->weeks.items, by_week);
    return status;
}
