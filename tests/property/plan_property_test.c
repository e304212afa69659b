// What stands in the database follows each arrival to the plan, what people did is lost by none, and the clock does
// what the plan says it will.
#include "../support/unit.h"

#include "shrink.h"

static char *words(const char *fault)
{
    return fault ? strdup(fault) : NULL;
}

static void expect_of(struct workbench *f, property *check)
{
    expect_always(check, f, &f->book, histories_to_check(), MOST_EVENTS);
}

static bool is_among(const uint8_t (*aliases)[HO_ID_BYTES], size_t n, const uint8_t id[HO_ID_BYTES])
{
    for (size_t i = 0; i < n; i++) {
        if (memcmp(aliases[i], id, HO_ID_BYTES) == 0)
            return true;
    }
    return false;
}

// ---- A plan by itself -------------------------------------------------------------------------------------

static const char *purpose_of(const struct ho_planned_task *task)
{
    return task->task->purpose ? task->task->purpose : task->task->key;
}

static const char *tasks_fault(struct ho_arena *arena, const struct ho_plan *plan)
{
    for (size_t i = 0; i < plan->n_tasks; i++) {
        const struct ho_planned_task *a = &plan->tasks[i];
        for (size_t k = 0; a->want == HO_WANTED && k < i; k++) {
            const struct ho_planned_task *b = &plan->tasks[k];
            if (b->want == HO_WANTED && strcmp(purpose_of(a), purpose_of(b)) == 0)
                return ho_arena_printf(arena, "%s and %s are open for one purpose", b->task->key, a->task->key);
        }
    }
    return NULL;
}

static bool is_same_notice(const struct ho_planned_notice *a, const struct ho_planned_notice *b)
{
    return a->transition == b->transition && a->notice == b->notice && a->task == b->task && a->reminder == b->reminder;
}

static const char *notices_fault(const struct ho_plan *plan)
{
    for (size_t i = 0; i < plan->n_notices; i++) {
        const struct ho_planned_notice *a = &plan->notices[i];
        for (size_t k = 0; k < i; k++) {
            if (memcmp(a->key, plan->notices[k].key, HO_ID_BYTES) == 0 || is_same_notice(a, &plan->notices[k]))
                return "a transition is told twice under one name";
        }
    }
    return NULL;
}

static char *check_plan(void *context, const struct inputs *inputs)
{
    struct workbench *f = context;
    ho_arena_reset(f->arena);
    const struct outcome *o = outcome_of(&f->book, f->arena, inputs);
    const char *fault = tasks_fault(f->arena, &o->plan);
    return words(fault ? fault : notices_fault(&o->plan));
}

static void one_open_task_serves_a_purpose_and_one_notice_tells_a_transition(void **state)
{
    expect_of(*state, check_plan);
}

// ---- Rows and work ----------------------------------------------------------------------------------------

// What the database holds.
struct standing {
    struct workbench *f;
    struct ho_task_row *items;
    size_t n, capacity;
    struct ho_work *work; // that people did, as far as the rows go
    size_t n_work, work_capacity;
};

static struct ho_task_row *row_with(struct standing *s, const uint8_t key[HO_ID_BYTES])
{
    for (size_t i = 0; i < s->n; i++) {
        if (memcmp(s->items[i].key, key, HO_ID_BYTES) == 0)
            return &s->items[i];
    }
    return NULL;
}

static void write_row(struct ho_task_row *row, const struct ho_planned_task *planned)
{
    row->template_key = planned->task->key;
    row->want = planned->want;
    row->due = planned->due;
    row->aliases = planned->change.aliases;
    row->n_aliases = planned->change.n_aliases;
    memcpy(row->key, planned->key, HO_ID_BYTES);
    memcpy(row->change, planned->change.id, HO_ID_BYTES);
}

static void withdraw(struct ho_task_row *row, const struct ho_task_change *change)
{
    row->want = HO_WITHDRAWN;
    row->aliases = change->aliases;
    row->n_aliases = change->n_aliases;
}

// As the planner does it: rows that go over into planned ones are deleted, and each planned one is written whole.
static void apply(struct standing *s, const struct ho_plan *plan, const struct ho_task_difference *difference)
{
    for (size_t i = 0; i < difference->n; i++) {
        const struct ho_task_change *change = &difference->items[i];
        struct ho_task_row *row = change->row ? row_with(s, change->row->key) : NULL;
        bool goes_over = change->action == HO_TASK_REKEY || (change->action == HO_TASK_WITHDRAW && change->planned);
        if (row && goes_over)
            *row = s->items[--s->n];
        else if (row && change->action == HO_TASK_WITHDRAW)
            withdraw(row, change);
    }
    for (size_t i = 0; i < plan->n_tasks; i++) {
        struct ho_task_row *row = row_with(s, plan->tasks[i].key);
        write_row(row ? row : ho_arena_push(s->f->arena, &s->items, sizeof *row), &plan->tasks[i]);
    }
}

static const struct ho_task_row *task_rows(struct standing *s)
{
    struct ho_task_row *rows = ho_arena_array(s->f->arena, s->n, sizeof *rows);
    for (size_t i = 0; i < s->n; i++)
        rows[i] = s->items[i];
    return rows;
}

static struct ho_task_difference compare(struct standing *s, const struct ho_plan *plan)
{
    struct ho_task_difference difference;
    ho_plan_compare_tasks(s->f->arena, plan, task_rows(s), s->n, &difference);
    return difference;
}

// Gives a row of its own to each work that would be seen no more. Returns how many.
static size_t part(struct standing *s, const struct outcome *o)
{
    struct ho_task_partings partings;
    ho_plan_find_partings(s->f->arena, &o->plan, task_rows(s), s->n, s->work, s->n_work, &partings);
    for (size_t i = 0; i < partings.n; i++) {
        const struct ho_work *work = partings.items[i].work;
        struct ho_task_row *row = ho_arena_push(s->f->arena, &s->items, sizeof *row);
        *row = *partings.items[i].row;
        row->want = HO_WITHDRAWN;
        row->aliases = &work->change;
        row->n_aliases = 1;
        memcpy(row->change, work->change, HO_ID_BYTES);
        ho_plan_key(o->input.member_id, work->change, work->template_key, row->key);
    }
    return partings.n;
}

static const char *rows_fault(struct standing *s, const struct ho_plan *plan)
{
    size_t standing = 0;
    for (size_t i = 0; i < s->n; i++)
        standing += s->items[i].want != HO_WITHDRAWN;
    if (standing != plan->n_tasks)
        return "rows stand that are not planned";
    for (size_t i = 0; i < plan->n_tasks; i++) {
        const struct ho_planned_task *t = &plan->tasks[i];
        const struct ho_task_row *row = row_with(s, t->key);
        if (!row || row->want != t->want || row->due != t->due)
            return "a planned task has no row, or another";
    }
    return NULL;
}

// Each work is shown on one row: of the plan, or one that is withdrawn and says why.
static const char *work_fault(const struct standing *s, const struct outcome *o)
{
    for (size_t i = 0; i < s->n_work; i++) {
        const struct ho_work *work = &s->work[i];
        const struct ho_task_row *found = NULL;
        for (size_t k = 0; k < s->n; k++) {
            const struct ho_task_row *row = &s->items[k];
            if (strcmp(row->template_key, work->template_key) != 0 ||
                !is_among(row->aliases, row->n_aliases, work->change))
                continue;
            if (found)
                return "what somebody did is on two tasks";
            found = row;
        }
        if (!found)
            return "what somebody did is on no task any more";
        struct ho_absence absence = ho_task_absence(&o->input, found->change, work->template_key);
        if (found->want == HO_WITHDRAWN && !*ho_absence_reason(s->f->arena, &absence))
            return "a task is withdrawn without a reason";
    }
    return NULL;
}

static bool has_work(const struct standing *s, const struct ho_work *work)
{
    for (size_t i = 0; i < s->n_work; i++) {
        if (strcmp(s->work[i].template_key, work->template_key) == 0 &&
            memcmp(s->work[i].change, work->change, HO_ID_BYTES) == 0)
            return true;
    }
    return false;
}

static void work_some(struct standing *s, uint64_t seed, const struct ho_plan *plan)
{
    size_t n;
    const struct ho_work *work = random_work(s->f->arena, seed, plan, &n);
    for (size_t i = 0; i < n; i++) {
        if (!has_work(s, &work[i]))
            *(struct ho_work *)ho_arena_push(s->f->arena, &s->work, sizeof *work) = work[i];
    }
}

static const char *follow(struct standing *s, const struct inputs *known)
{
    const struct outcome *o = outcome_of(&s->f->book, s->f->arena, known);
    struct ho_task_difference difference = compare(s, &o->plan);
    part(s, o);
    apply(s, &o->plan, &difference);
    const char *fault = compare(s, &o->plan).n ? "the same difference is found twice" : rows_fault(s, &o->plan);
    fault = fault || !part(s, o) ? fault : "the same work parts twice";
    return fault ? fault : work_fault(s, o);
}

// Whether a batch ends with the event.
static bool ends_batch(uint64_t seed, const ho_adt_event *event)
{
    struct random r = random_of(seed, event->id.data);
    return random_chance(&r, 40);
}

// The events arrive in their random order, some at a time, and people work on what they see meanwhile.
static char *check_arrival(void *context, const struct inputs *inputs)
{
    struct workbench *f = context;
    struct standing s = {.f = f};
    struct inputs known = *inputs;
    const char *fault = NULL;
    ho_arena_reset(f->arena);
    for (size_t i = 0; !fault && i < inputs->n_events; i++) {
        known.n_events = i + 1;
        if (known.n_events < inputs->n_events && !ends_batch(inputs->seed, inputs->events[i]))
            continue;
        known.work = s.work;
        known.n_work = s.n_work;
        fault = follow(&s, &known);
        if (!fault)
            work_some(&s, inputs->seed, &outcome_of(&f->book, f->arena, &known)->plan);
    }
    return words(fault);
}

static void rows_that_follow_each_arrival_are_the_plan_and_show_what_people_did(void **state)
{
    expect_of(*state, check_arrival);
}

// ---- The clock --------------------------------------------------------------------------------------------

enum { FAR_DAYS = 900 };

static char *text_of(const struct outcome *o)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    describe_outcome(out, o);
    fclose(out);
    return text;
}

// The days of enrolments are not in the waking: whoever follows the days asks for a plan then.
static bool enrolment_changes(const struct inputs *inputs, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < inputs->n_enrolments; i++) {
        const ho_enrolment *e = inputs->enrolments[i];
        const uint32_t days[] = {e->enrolled_from, e->enrolled_to, e->enrolled_to + 1, e->opted_out_on};
        for (size_t k = 0; k < COUNT_OF(days); k++) {
            if (days[k] > from && days[k] <= to)
                return true;
        }
    }
    return false;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t waking(const struct outcome *o)
{
    return earlier(o->line.wake_at, earlier(o->plan.wake_at, o->measures.wake_at));
}

// The last instant before the waking.
static char *check_sleep(void *context, const struct inputs *inputs)
{
    struct workbench *f = context;
    struct inputs then = *inputs;
    if (!inputs->now)
        return NULL;
    ho_arena_reset(f->arena);
    const struct outcome *now = outcome_of(&f->book, f->arena, inputs);
    if (waking(now) <= inputs->now)
        return words("a plan wakes in the past");
    then.now = earlier(waking(now) - 1, inputs->now + INT64_C(24) * FAR_DAYS * HO_US_PER_HOUR);
    const struct outcome *later = outcome_of(&f->book, f->arena, &then);
    if (enrolment_changes(inputs, now->input.today, later->input.today))
        return NULL;
    char *one = text_of(now), *other = text_of(later), *wrong = NULL;
    if (strcmp(one, other) != 0)
        assert_true(asprintf(&wrong, "now:\n%sbefore the waking:\n%s", one, other) > 0);
    free(one);
    free(other);
    return wrong;
}

static void nothing_changes_before_the_waking(void **state)
{
    expect_of(*state, check_sleep);
}

static const struct ho_transition *find_transition(const struct ho_line *line, const struct ho_transition *t)
{
    for (size_t i = 0; i < line->n_transitions; i++) {
        if (memcmp(line->transitions[i].change.id, t->change.id, HO_ID_BYTES) == 0)
            return &line->transitions[i];
    }
    return NULL;
}

static const char *later_line_fault(const struct ho_line *now, const struct ho_line *later)
{
    for (size_t i = 0; i < now->n_transitions; i++) {
        const struct ho_transition *a = &now->transitions[i], *b = find_transition(later, a);
        if (!b || a->change.occurred != b->change.occurred || a->from != b->from || a->to != b->to ||
            a->kind != b->kind || a->flags != b->flags)
            return "a transition has gone or is another";
    }
    for (size_t i = 0; i < later->n_transitions; i++) {
        if (later->transitions[i].kind != HO_SILENCE && !find_transition(now, &later->transitions[i]))
            return "a transition has come that is no silence";
    }
    return NULL;
}

static const struct ho_planned_task *find_task(const struct ho_plan *plan, const struct ho_planned_task *task)
{
    for (size_t i = 0; i < plan->n_tasks; i++) {
        if (memcmp(plan->tasks[i].key, task->key, HO_ID_BYTES) == 0)
            return &plan->tasks[i];
    }
    return NULL;
}

static bool is_outreach(const struct ho_plan_input *input, const struct ho_planned_task *task)
{
    for (size_t i = 0; i < input->n_programs; i++) {
        if (task->protocol == &input->programs[i]->outreach)
            return true;
    }
    return false;
}

static const char *later_tasks_fault(const struct outcome *now, const struct outcome *later)
{
    bool silent = later->line.n_transitions > now->line.n_transitions;
    for (size_t i = 0; i < now->plan.n_tasks; i++) {
        const struct ho_planned_task *a = &now->plan.tasks[i], *b = find_task(&later->plan, a);
        if (!b || a->due != b->due || (a->want == HO_SUPERSEDED && b->want == HO_WANTED))
            return "a task has gone or is another";
        if (a->want != b->want && !silent && !is_outreach(&now->input, a))
            return "a task is superseded by nothing";
    }
    for (size_t i = 0; i < later->plan.n_tasks; i++) {
        const struct ho_planned_task *b = &later->plan.tasks[i];
        if (!find_task(&now->plan, b) && b->begins <= now->input.now && b->transition->kind != HO_SILENCE)
            return "a task has come that should have begun";
    }
    return NULL;
}

static bool is_wanted(const struct ho_plan *plan, const struct ho_planned_notice *reminder)
{
    for (size_t i = 0; i < plan->n_tasks; i++) {
        if (plan->tasks[i].task == reminder->task &&
            memcmp(plan->tasks[i].change.id, reminder->change.id, HO_ID_BYTES) == 0)
            return plan->tasks[i].want == HO_WANTED;
    }
    return false;
}

static bool has_notice(const struct ho_plan *plan, const struct ho_planned_notice *notice)
{
    for (size_t i = 0; i < plan->n_notices; i++) {
        if (memcmp(plan->notices[i].key, notice->key, HO_ID_BYTES) == 0)
            return true;
    }
    return false;
}

static const char *later_notices_fault(const struct outcome *now, const struct outcome *later)
{
    for (size_t i = 0; i < now->plan.n_notices; i++) {
        const struct ho_planned_notice *a = &now->plan.notices[i];
        if (!has_notice(&later->plan, a) && (!a->reminder || is_wanted(&later->plan, a)))
            return "a notice has gone";
    }
    for (size_t i = 0; i < later->plan.n_notices; i++) {
        const struct ho_planned_notice *b = &later->plan.notices[i];
        bool is_new = b->reminder || b->transition->kind == HO_SILENCE;
        if (!has_notice(&now->plan, b) && (!is_new || b->at <= now->input.now))
            return "a notice has come that is no reminder, or late";
    }
    return NULL;
}

// The latest instant that is told of, but for those that no calendar has.
static int64_t last_told(const struct inputs *inputs)
{
    int64_t last = HISTORY_START;
    for (size_t i = 0; i < inputs->n_events; i++) {
        const ho_adt_event *e = inputs->events[i];
        const int64_t times[] = {e->occurred, e->recorded, e->admitted, e->discharged, e->died_at};
        for (size_t k = 0; k < COUNT_OF(times); k++) {
            if (times[k] > last && times[k] != INT64_MAX)
                last = times[k];
        }
    }
    return last;
}

// Nothing is told of what is yet to happen: a silence before that would be told behind it.
static char *check_later(void *context, const struct inputs *given)
{
    struct workbench *f = context;
    struct random r = {given->seed};
    struct inputs from = *given, then;
    if (from.now < last_told(given))
        from.now = last_told(given);
    then = from;
    ho_arena_reset(f->arena);
    then.now += (int64_t)random_below(&r, 24 * 100) * HO_US_PER_HOUR;
    const struct outcome *now = outcome_of(&f->book, f->arena, &from), *later = outcome_of(&f->book, f->arena, &then);
    if (enrolment_changes(given, now->input.today, later->input.today))
        return NULL;
    const char *fault = later_line_fault(&now->line, &later->line);
    fault = fault ? fault : later_tasks_fault(now, later);
    return words(fault ? fault : later_notices_fault(now, later));
}

static void time_brings_reminders_beginnings_and_silence_only(void **state)
{
    expect_of(*state, check_later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_open_task_serves_a_purpose_and_one_notice_tells_a_transition),
        cmocka_unit_test(rows_that_follow_each_arrival_are_the_plan_and_show_what_people_did),
        cmocka_unit_test(nothing_changes_before_the_waking),
        cmocka_unit_test(time_brings_reminders_beginnings_and_silence_only),
    };
    return cmocka_run_group_tests(tests, workbench_set_up, workbench_tear_down);
}
