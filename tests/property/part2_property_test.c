// Without the member's consent nothing that is worked out tells what a 42 CFR Part 2 programme would: it is the same,
// byte by byte, whatever the programme's name, the diagnoses and the dispositions are. With it, it is not.
#include "../support/unit.h"

#include "shrink.h"

// What of a programme's events is told otherwise.
enum { NAME = 1, DIAGNOSES = 2, DISPOSITION = 4, ALL = NAME | DIAGNOSES | DISPOSITION };

struct checking {
    struct workbench *bench;
    unsigned told[ALL + 1]; // histories in which, with consent, the plan or the measures are others
};

static void diagnose_otherwise(struct ho_arena *arena, ho_adt_event *e)
{
    ho_diagnosis *diagnosis = ho_arena_alloc(arena, sizeof *diagnosis);
    bool substance = e->n_diagnoses && e->diagnoses[0]->code[0] == 'F';
    handoff__v1__diagnosis__init(diagnosis);
    diagnosis->code = history_text(substance ? "J18.9" : "F11.20");
    diagnosis->type = history_text("F");
    e->diagnoses = ho_arena_array(arena, 1, sizeof(ho_diagnosis *));
    e->diagnoses[0] = diagnosis;
    e->n_diagnoses = 1;
}

static const ho_adt_event *told_otherwise(struct ho_arena *arena, const ho_adt_event *event, unsigned what)
{
    ho_adt_event *e = ho_arena_alloc(arena, sizeof *e);
    *e = *event;
    if (what & NAME) {
        e->facility = history_text("Elsewhere");
        e->attending = history_text("Moor, Ida");
    }
    if (what & DIAGNOSES)
        diagnose_otherwise(arena, e);
    if ((what & DISPOSITION) && strcmp(e->trigger, "A03") == 0)
        e->disposition = history_text(strcmp(e->disposition, "86") == 0 ? "01" : "86");
    return e;
}

static struct inputs otherwise(struct ho_arena *arena, const struct inputs *inputs, unsigned what)
{
    struct inputs other = *inputs;
    other.events = ho_arena_array(arena, inputs->n_events, sizeof(ho_adt_event *));
    for (size_t i = 0; i < inputs->n_events; i++)
        other.events[i] = inputs->events[i]->part2 ? told_otherwise(arena, inputs->events[i], what) : inputs->events[i];
    return other;
}

// All of it, or what is made of the encounters alone. The caller frees.
static char *text_of(const struct outcome *o, bool all)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    if (all)
        describe_encounters(out, &o->encounters);
    describe_line(out, &o->line);
    describe_plan(out, &o->plan);
    describe_measures(out, &o->measures);
    fclose(out);
    return text;
}

// Both texts where they differ, else NULL; the caller frees.
static char *difference(struct workbench *f, const struct inputs *inputs, unsigned what)
{
    const struct inputs other = otherwise(f->arena, inputs, what);
    bool all = !inputs->shares_part2;
    char *one = text_of(outcome_of(&f->book, f->arena, inputs), all), *wrong = NULL;
    char *two = text_of(outcome_of(&f->book, f->arena, &other), all);
    if (strcmp(one, two) != 0)
        assert_true(asprintf(&wrong, "as it was told:\n%stold otherwise:\n%s", one, two) > 0);
    free(one);
    free(two);
    return wrong;
}

static char *check_withheld(void *context, const struct inputs *inputs)
{
    struct checking *c = context;
    struct inputs with = *inputs, without = *inputs;
    with.shares_part2 = true;
    without.shares_part2 = false;
    ho_arena_reset(c->bench->arena);
    for (unsigned what = NAME; what <= DISPOSITION; what *= 2) {
        char *told = difference(c->bench, &with, what);
        c->told[what] += told != NULL;
        free(told);
    }
    return difference(c->bench, &without, ALL);
}

static void without_consent_nothing_tells_what_a_programme_would(void **state)
{
    struct checking c = {.bench = *state};
    expect_always(check_withheld, &c, &c.bench->book, histories_to_check(), MOST_EVENTS);
    assert_true(c.told[NAME] && c.told[DIAGNOSES] && c.told[DISPOSITION]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_consent_nothing_tells_what_a_programme_would)};
    return cmocka_run_group_tests(tests, workbench_set_up, workbench_tear_down);
}
