// Whatever the order and the repeats: the same events give the same encounters, line, plan and measures, byte by byte,
// and these are sound.
#include "../support/unit.h"

#include "shrink.h"

enum {
    SET_EVENTS = 7, // at most, in all of their orders
    ORDERS = 3,     // of a longer history
    REPEATED = 2 * MOST_EVENTS,
};

static const struct outcome *work_out(struct workbench *f, const struct inputs *inputs)
{
    ho_arena_reset(f->arena);
    return outcome_of(&f->book, f->arena, inputs);
}

// All of it as text; the caller frees.
static char *work_out_text(struct workbench *f, const struct inputs *inputs)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    describe_outcome(out, work_out(f, inputs));
    fclose(out);
    return text;
}

static void expect_of(struct workbench *f, property *check, unsigned histories, size_t most)
{
    expect_always(check, f, &f->book, histories, most);
}

// ---- The order does not matter --------------------------------------------------------------------------

// The caller frees.
static char *both(const char *one, const char *other)
{
    char *text = NULL;
    assert_true(asprintf(&text, "in one order:\n%sin another:\n%s", one, other) > 0);
    return text;
}

// NULL where the events in another order give the text.
static char *difference(struct workbench *f, const struct inputs *inputs, const char *first)
{
    char *text = work_out_text(f, inputs), *wrong = strcmp(first, text) == 0 ? NULL : both(first, text);
    free(text);
    return wrong;
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

static char *check_all_orders(void *context, const struct inputs *inputs)
{
    size_t order[SET_EVENTS], n = inputs->n_events;
    const ho_adt_event *ordered[SET_EVENTS];
    struct inputs other = *inputs;
    char *first = work_out_text(context, inputs), *wrong = NULL;
    other.events = ordered;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    while (n > 0 && !wrong && next_order(order, n)) {
        for (size_t i = 0; i < n; i++)
            ordered[i] = inputs->events[order[i]];
        wrong = difference(context, &other, first);
    }
    free(first);
    return wrong;
}

static void every_order_of_a_few_events_gives_the_same(void **state)
{
    expect_of(*state, check_all_orders, histories_to_check() / 30 + 1, SET_EVENTS);
}

// A repeat is read anew, so it lies elsewhere.
static size_t repeat(struct random *r, const struct inputs *inputs, ho_adt_event *copies, const ho_adt_event **out)
{
    size_t n = inputs->n_events;
    memcpy(out, inputs->events, n * sizeof(ho_adt_event *));
    for (size_t i = 0; i < inputs->n_events; i++) {
        if (!random_chance(r, 20))
            continue;
        copies[i] = *inputs->events[i];
        out[n++] = &copies[i];
    }
    random_shuffle(r, out, n);
    return n;
}

static const struct ho_work *backwards(const struct inputs *inputs, struct ho_work *out)
{
    for (size_t i = 0; i < inputs->n_work; i++)
        out[i] = inputs->work[inputs->n_work - 1 - i];
    return out;
}

static char *check_some_orders(void *context, const struct inputs *inputs)
{
    struct random r = {inputs->seed};
    ho_adt_event copies[MOST_EVENTS];
    const ho_adt_event *repeated[REPEATED];
    struct ho_work *work = calloc(inputs->n_work + 1, sizeof *work);
    struct inputs other = *inputs;
    char *first = work_out_text(context, inputs), *wrong = NULL;
    other.events = repeated;
    for (int order = 0; !wrong && order < ORDERS; order++) {
        other.n_events = repeat(&r, inputs, copies, repeated);
        other.work = backwards(inputs, work);
        wrong = difference(context, &other, first);
    }
    free(work);
    free(first);
    return wrong;
}

static void any_order_and_any_repeats_of_a_history_give_the_same(void **state)
{
    expect_of(*state, check_some_orders, histories_to_check(), MOST_EVENTS);
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
        bool stays = t->from == t->to, may_stay = t->from >= HO_SETTING_ED && t->from <= HO_SETTING_OBSERVATION;
        if (t->kind == HO_DISCHARGE_ANNOUNCED ? !stays : stays && !may_stay) // in hospital: to another one
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

static char *check_sound(void *context, const struct inputs *inputs)
{
    const struct outcome *o = work_out(context, inputs);
    const char *fault = encounters_fault(&o->encounters, inputs->n_events);
    fault = fault ? fault : line_fault(&o->line);
    fault = fault ? fault : episodes_fault(&o->line);
    fault = fault ? fault : plan_fault(&o->plan, &o->line);
    return fault ? strdup(fault) : NULL;
}

static void what_comes_out_is_sound(void **state)
{
    expect_of(*state, check_sound, histories_to_check(), MOST_EVENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_a_few_events_gives_the_same),
        cmocka_unit_test(any_order_and_any_repeats_of_a_history_give_the_same),
        cmocka_unit_test(what_comes_out_is_sound),
    };
    return cmocka_run_group_tests(tests, workbench_set_up, workbench_tear_down);
}
