// Whatever the order and the repeats: the same events give the same encounters, line and plan, byte by byte, and
// these are sound. A case that fails is made as small as it gets, and printed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/protocol.h"
#include "random_history.h"

enum {
    SETS = 300,       // each in all of its orders
    SET_EVENTS = 6,   // at most
    HISTORIES = 3000, // each in some orders
    HISTORY_EVENTS = 32,
    ORDERS = 4,
};

struct fixture {
    struct test_protocol protocol;
    struct ho_arena *arena; // reset by each fold
    uint64_t seed;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    test_protocol_init(&f->protocol);
    f->arena = ho_arena_new(1 << 20);
    f->seed = random_run_seed();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    test_protocol_cleanup(&f->protocol);
    ho_arena_free(f->arena);
    free(f);
    return 0;
}

struct result {
    struct ho_encounters encounters;
    struct ho_line line;
    struct ho_plan plan;
};

static struct result *work_out(struct fixture *f, const ho_adt_event *const *events, size_t n)
{
    ho_arena_reset(f->arena);
    struct result *r = ho_arena_alloc(f->arena, sizeof *r);
    ho_encounters_fold(f->arena, events, n, &r->encounters);
    const struct ho_line_rules rules = ho_line_rules_default(NULL);
    ho_line_draw(f->arena, &r->encounters, &rules, 0, &r->line);
    test_protocol_plan(&f->protocol, f->arena, &r->line, &r->plan);
    return r;
}

// All of it as text; the caller frees.
static char *work_out_text(struct fixture *f, const ho_adt_event *const *events, size_t n)
{
    char *text = NULL;
    size_t length = 0;
    const struct result *r = work_out(f, events, n);
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    describe_encounters(out, &r->encounters);
    describe_line(out, &r->line);
    describe_plan(out, &r->plan);
    fclose(out);
    return text;
}

// ---- A property, and how a failing case is made small ---------------------------------------------------

// What is wrong with the events, as words that the caller frees; NULL where nothing is. A function of its
// arguments, so that a smaller case fails or does not fail by itself.
typedef char *property(struct fixture *f, const ho_adt_event *const *events, size_t n, uint64_t seed);

static char *words(const char *text)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    return copy;
}

static bool fails_without(struct fixture *f, property *check, const ho_adt_event **events, size_t n, size_t but,
                          uint64_t seed)
{
    const ho_adt_event *rest[HISTORY_EVENTS];
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (i != but)
            rest[kept++] = events[i];
    }
    char *wrong = check(f, rest, kept, seed);
    if (wrong)
        memcpy(events, rest, kept * sizeof(ho_adt_event *));
    free(wrong);
    return wrong != NULL;
}

static size_t shrink(struct fixture *f, property *check, const ho_adt_event **events, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n;) {
        if (fails_without(f, check, events, n, i, seed)) {
            n--;
            i = 0;
        } else {
            i++;
        }
    }
    return n;
}

static void expect(struct fixture *f, property *check, const ho_adt_event *const *events, size_t n, uint64_t seed)
{
    const ho_adt_event *smaller[HISTORY_EVENTS];
    char *wrong = check(f, events, n, seed);
    if (!wrong)
        return;
    free(wrong);
    memcpy(smaller, events, n * sizeof(ho_adt_event *));
    n = shrink(f, check, smaller, n, seed);
    wrong = check(f, smaller, n, seed);
    fprintf(stderr, "seed %llu, %zu events:\n", (unsigned long long)seed, n);
    describe_events(stderr, smaller, n);
    fprintf(stderr, "%s\n", wrong);
    free(wrong);
    fail_msg("the events above");
}

// `histories` random ones of at most `most` events.
static void expect_always(struct fixture *f, property *check, unsigned histories, unsigned most)
{
    struct ho_arena *arena = ho_arena_new(0);
    for (unsigned i = 0; i < histories; i++) {
        struct random r = {f->seed * 1000003 + i};
        size_t n = 1 + random_below(&r, most);
        ho_arena_reset(arena);
        const ho_adt_event *const *events = (const ho_adt_event *const *)random_history(arena, &r, n);
        expect(f, check, events, n, random_next(&r));
    }
    ho_arena_free(arena);
}

// ---- The order does not matter --------------------------------------------------------------------------

static char *both(const char *one, const char *other)
{
    char *text = NULL;
    assert_true(asprintf(&text, "in one order:\n%sin another:\n%s", one, other) > 0);
    return text;
}

// The next order of the indices, by Narayana's algorithm; false behind the last.
static bool next_order(size_t *order, size_t n)
{
    size_t i = n - 1, k = n - 1;
    while (i > 0 && order[i - 1] >= order[i])
        i--;
    if (i == 0)
        return false;
    while (order[k] <= order[i - 1])
        k--;
    size_t swapped = order[i - 1];
    order[i - 1] = order[k];
    order[k] = swapped;
    for (k = n - 1; i < k; i++, k--) {
        swapped = order[i];
        order[i] = order[k];
        order[k] = swapped;
    }
    return true;
}

static char *check_all_orders(struct fixture *f, const ho_adt_event *const *events, size_t n, uint64_t seed)
{
    size_t order[SET_EVENTS];
    const ho_adt_event *ordered[SET_EVENTS];
    char *first = work_out_text(f, events, n), *wrong = NULL;
    (void)seed;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    while (n > 0 && !wrong && next_order(order, n)) {
        for (size_t i = 0; i < n; i++)
            ordered[i] = events[order[i]];
        char *text = work_out_text(f, ordered, n);
        if (strcmp(first, text) != 0)
            wrong = both(first, text);
        free(text);
    }
    free(first);
    return wrong;
}

static void every_order_of_a_few_events_gives_the_same(void **state)
{
    expect_always(*state, check_all_orders, SETS, SET_EVENTS);
}

static char *check_some_orders(struct fixture *f, const ho_adt_event *const *events, size_t n, uint64_t seed)
{
    struct random r = {seed};
    const ho_adt_event *repeated[2 * HISTORY_EVENTS];
    char *first = work_out_text(f, events, n), *wrong = NULL;
    for (int order = 0; !wrong && order < ORDERS; order++) {
        size_t m = n;
        memcpy(repeated, events, n * sizeof(ho_adt_event *));
        for (size_t i = 0; i < n; i++) {
            if (random_chance(&r, 20))
                repeated[m++] = events[i];
        }
        random_shuffle(&r, repeated, m);
        char *text = work_out_text(f, repeated, m);
        if (strcmp(first, text) != 0)
            wrong = both(first, text);
        free(text);
    }
    free(first);
    return wrong;
}

static void any_order_and_any_repeats_of_a_history_give_the_same(void **state)
{
    expect_always(*state, check_some_orders, HISTORIES, HISTORY_EVENTS);
}

// ---- What comes out is sound ----------------------------------------------------------------------------

static bool is_change(const struct ho_change *change)
{
    if (change->n_aliases == 0 || memcmp(change->id, change->aliases[0], HO_ID_BYTES) != 0)
        return false;
    for (size_t i = 1; i < change->n_aliases; i++) {
        if (memcmp(change->aliases[i - 1], change->aliases[i], HO_ID_BYTES) >= 0)
            return false;
    }
    return true;
}

static const char *phases_fault(const struct ho_encounter *e)
{
    for (size_t i = 0; i < e->n_phases; i++) {
        if (!is_change(&e->phases[i].change))
            return "a phase is not named by its least alias";
        if (i && e->phases[i].change.occurred < e->phases[i - 1].change.occurred)
            return "phases are not in their order";
        if (i && e->phases[i].setting == e->phases[i - 1].setting)
            return "neighbouring phases have one setting";
    }
    return NULL;
}

static const char *encounter_fault(const struct ho_encounter *e)
{
    bool on_line = e->state == HO_ENCOUNTER_OPEN || e->state == HO_ENCOUNTER_ENDED;
    if (on_line != (e->n_phases > 0))
        return "an encounter is on the line without a phase, or beside it with one";
    if (e->state == HO_ENCOUNTER_ENDED && !is_change(&e->end))
        return "an end is not named by its least alias";
    if (e->state == HO_ENCOUNTER_ENDED && e->end.occurred < e->phases[e->n_phases - 1].change.occurred)
        return "an encounter ends before its last phase";
    if (e->died && !is_change(&e->death))
        return "a death has no name";
    return phases_fault(e);
}

static const char *encounters_fault(const struct ho_encounters *encounters, size_t n_events)
{
    size_t told = 0;
    for (size_t i = 0; i < encounters->n; i++) {
        const char *fault = encounter_fault(&encounters->items[i]);
        if (fault)
            return fault;
        told += encounters->items[i].n_events;
        for (size_t k = 0; k < i; k++) {
            if (memcmp(encounters->items[i].id, encounters->items[k].id, HO_ID_BYTES) == 0)
                return "two encounters have one id";
        }
    }
    return told > n_events ? "an event is in two encounters" : NULL;
}

static bool share_alias(const struct ho_change *a, const struct ho_change *b)
{
    for (size_t i = 0; i < a->n_aliases; i++) {
        for (size_t k = 0; k < b->n_aliases; k++) {
            if (memcmp(a->aliases[i], b->aliases[k], HO_ID_BYTES) == 0)
                return true;
        }
    }
    return false;
}

static const char *line_fault(const struct ho_line *line)
{
    for (size_t i = 0; i < line->n_transitions; i++) {
        const struct ho_transition *t = &line->transitions[i], *before = i ? t - 1 : NULL;
        if ((t->from == t->to) != (t->kind == HO_DISCHARGE_ANNOUNCED))
            return "a transition goes nowhere, or an announcement somewhere";
        if (before && (before->to == HO_SETTING_DIED || before->change.occurred > t->change.occurred))
            return "a transition comes before an earlier one, or after the death";
        if (t->episode >= line->n_episodes)
            return "a transition is in no episode";
        for (size_t k = 0; k < i; k++) {
            if (share_alias(&t->change, &line->transitions[k].change))
                return "two transitions share a name";
        }
    }
    if (line->died != (line->now == HO_SETTING_DIED))
        return "the line ends with a death that it does not know";
    return NULL;
}

static const char *episodes_fault(const struct ho_line *line)
{
    size_t next = 0;
    for (size_t i = 0; i < line->n_episodes; i++) {
        const struct ho_episode *e = &line->episodes[i];
        if (e->first_encounter != next || e->n_encounters == 0)
            return "episodes do not part the line";
        next += e->n_encounters;
        if (e->ended && e->ended < e->started)
            return "an episode ends before it begins";
        if (i && e->started < line->episodes[i - 1].ended)
            return "episodes overlap";
    }
    return next == line->n_encounters ? NULL : "an encounter is in no episode";
}

static const char *plan_fault(const struct ho_plan *plan, const struct ho_line *line)
{
    for (size_t i = 0; i < plan->n_tasks; i++) {
        const struct ho_planned_task *t = &plan->tasks[i];
        if (i && memcmp(plan->tasks[i - 1].key, t->key, HO_ID_BYTES) >= 0)
            return "tasks are not in the order of distinct keys";
        if (t->want == HO_WITHDRAWN || !*t->reason)
            return "a task is planned as withdrawn, or without a reason";
        if (line->died && t->want == HO_WANTED && t->transition->to != HO_SETTING_DIED)
            return "a task of before the death is wanted";
    }
    return NULL;
}

static char *check_sound(struct fixture *f, const ho_adt_event *const *events, size_t n, uint64_t seed)
{
    const struct result *r = work_out(f, events, n);
    const char *fault = encounters_fault(&r->encounters, n);
    fault = fault ? fault : line_fault(&r->line);
    fault = fault ? fault : episodes_fault(&r->line);
    fault = fault ? fault : plan_fault(&r->plan, &r->line);
    (void)seed;
    return fault ? words(fault) : NULL;
}

static void what_comes_out_is_sound(void **state)
{
    expect_always(*state, check_sound, 4 * HISTORIES, HISTORY_EVENTS);
}

// ---- Rows reach the plan --------------------------------------------------------------------------------

static size_t wanted(const struct ho_plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n_tasks; i++)
        n += plan->tasks[i].want == HO_WANTED;
    return n;
}

static bool stands(const struct test_rows *rows, const struct ho_planned_task *t)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct ho_task_row *row = &rows->items[i];
        if (memcmp(row->key, t->key, HO_ID_BYTES) == 0)
            return row->want == t->want && (t->want != HO_WANTED || row->due == t->due) &&
                   strcmp(row->template_key, t->task->key) == 0;
    }
    return false;
}

static const char *rows_fault(const struct test_rows *rows, const struct ho_plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++)
        n += rows->items[i].want == HO_WANTED;
    if (n != wanted(plan))
        return "rows are wanted that are not planned";
    for (size_t i = 0; i < plan->n_tasks; i++) {
        if (!stands(rows, &plan->tasks[i]))
            return "a planned task has no row, or another";
    }
    return NULL;
}

// The events arrive in a random order, some at a time; the rows follow the plan each time.
static char *check_arrival(struct fixture *f, const ho_adt_event *const *events, size_t n, uint64_t seed)
{
    struct random r = {seed};
    const ho_adt_event *arrived[HISTORY_EVENTS];
    struct ho_arena *arena = ho_arena_new(0);
    struct test_rows rows = {0};
    const char *fault = NULL;
    memcpy(arrived, events, n * sizeof(ho_adt_event *));
    random_shuffle(&r, arrived, n);
    for (size_t m = 0; !fault && m < n;) {
        struct ho_task_difference difference;
        m += 1 + random_below(&r, 4);
        const struct result *result = work_out(f, arrived, m < n ? m : n);
        ho_plan_compare_tasks(f->arena, &result->plan, rows.items, rows.n, &difference);
        test_rows_apply(arena, &rows, &difference);
        ho_plan_compare_tasks(f->arena, &result->plan, rows.items, rows.n, &difference);
        fault = difference.n ? "the same difference is found twice" : rows_fault(&rows, &result->plan);
    }
    ho_arena_free(arena);
    return fault ? words(fault) : NULL;
}

static void rows_that_follow_each_arrival_are_the_plan_and_nothing_is_left_to_do(void **state)
{
    expect_always(*state, check_arrival, HISTORIES, HISTORY_EVENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_a_few_events_gives_the_same),
        cmocka_unit_test(any_order_and_any_repeats_of_a_history_give_the_same),
        cmocka_unit_test(what_comes_out_is_sound),
        cmocka_unit_test(rows_that_follow_each_arrival_are_the_plan_and_nothing_is_left_to_do),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
