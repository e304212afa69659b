// 42 CFR Part 2: what a programme's name would tell is left out until the member agrees, and nothing else changes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/history.h"
#include "../support/protocol.h"

struct fixture {
    struct history *history;
    struct test_protocol protocol;
    ho_diagnosis diagnosis, *diagnoses[1];
};

static int set_up(void **state)
{
    static char code[] = "F11.20";
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    test_protocol_init(&f->protocol);
    handoff__v1__diagnosis__init(&f->diagnosis);
    f->diagnosis.code = code;
    f->diagnoses[0] = &f->diagnosis;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    history_free(f->history);
    test_protocol_cleanup(&f->protocol);
    free(f);
    return 0;
}

static ho_adt_event *tell_part2(struct fixture *f, const char *trigger, int hour)
{
    ho_adt_event *e = history_tell(f->history, trigger, hour);
    e->facility = history_text("Willow Bend Recovery");
    e->visit = history_text("W1");
    e->attending = history_text("Moor, Ida");
    e->disposition = history_text("01");
    e->diagnoses = f->diagnoses;
    e->n_diagnoses = 1;
    e->part2 = true;
    return e;
}

// As the planner does it.
static struct ho_plan plan(struct fixture *f, bool agreed, struct ho_encounters *encounters, struct ho_line *line)
{
    struct history *h = f->history;
    const struct ho_line_rules rules = ho_line_rules_default(f->protocol.zone);
    struct ho_plan out;
    ho_encounters_fold(h->arena, (const ho_adt_event *const *)h->events, h->n, encounters);
    if (!agreed)
        ho_encounters_withhold(encounters);
    ho_line_draw(h->arena, encounters, NULL, &rules, 0, line);
    test_protocol_plan(&f->protocol, h->arena, line, &out);
    return out;
}

static const char *reason(const struct ho_plan *plan, const char *template_key)
{
    for (size_t i = 0; i < plan->n_tasks; i++)
        if (strcmp(plan->tasks[i].task->key, template_key) == 0)
            return plan->tasks[i].reason;
    fail_msg("no task %s", template_key);
    return NULL;
}

static void without_consent_no_sentence_names_the_facility(void **state)
{
    struct fixture *f = *state;
    struct ho_encounters encounters;
    struct ho_line line;
    tell_part2(f, "A01", 0);
    tell_part2(f, "A03", 50);
    struct ho_plan without = plan(f, false, &encounters, &line);
    assert_string_equal(reason(&without, "contact"),
                        "Discharged from inpatient care at a facility that may not be named to home on 2026-11-04; to "
                        "be done within 2 business days.");
    for (size_t i = 0; i < without.n_tasks; i++)
        assert_null(strstr(without.tasks[i].reason, "Willow"));
    struct ho_plan with = plan(f, true, &encounters, &line);
    assert_non_null(strstr(reason(&with, "contact"), "at Willow Bend Recovery to home"));
}

static void all_that_tells_of_it_is_left_out(void **state)
{
    struct fixture *f = *state;
    struct ho_encounters encounters;
    struct ho_line line;
    tell_part2(f, "A01", 0);
    tell_part2(f, "A03", 50);
    (void)plan(f, true, &encounters, &line);
    assert_int_equal(encounters.items[0].n_diagnoses, 1);
    assert_true(encounters.items[0].part2 && !encounters.items[0].withheld);
    (void)plan(f, false, &encounters, &line);
    const struct ho_encounter *e = &encounters.items[0];
    assert_true(e->part2 && e->withheld);
    assert_string_equal(e->facility, "");
    assert_string_equal(e->attending, "");
    assert_string_equal(e->disposition, "");
    assert_int_equal(e->n_diagnoses, 0);
    assert_ptr_equal(line.transitions[0].encounter, e);
}

static void other_stays_are_told_as_ever(void **state)
{
    struct fixture *f = *state;
    struct ho_encounters encounters;
    struct ho_line line;
    history_tell(f->history, "A01", 0);
    history_tell(f->history, "A03", 50);
    struct ho_plan p = plan(f, false, &encounters, &line);
    assert_false(encounters.items[0].withheld);
    assert_non_null(strstr(reason(&p, "contact"), "at General to home"));
}

// A sender whose flag was set late, or lost: one word is enough, wherever it comes.
static void one_event_is_enough(void **state)
{
    for (int which = 0; which < 2; which++) {
        struct fixture *f = *state;
        struct ho_encounters encounters;
        struct ho_line line;
        f->history->n = 0;
        tell_part2(f, "A01", 0)->part2 = which == 0;
        tell_part2(f, "A03", 50)->part2 = which == 1;
        (void)plan(f, false, &encounters, &line);
        assert_true(encounters.items[0].withheld);
    }
}

static void consent_changes_no_key_and_no_time(void **state)
{
    struct fixture *f = *state;
    struct ho_encounters encounters;
    struct ho_line line, other;
    history_tell(f->history, "A01", 0);
    history_tell(f->history, "A03", 20);
    tell_part2(f, "A01", 21);
    tell_part2(f, "A03", 50);
    struct ho_plan with = plan(f, true, &encounters, &line), without = plan(f, false, &encounters, &other);
    assert_int_equal(with.n_tasks, without.n_tasks);
    assert_int_equal(line.n_transitions, other.n_transitions);
    for (size_t i = 0; i < with.n_tasks; i++) {
        assert_memory_equal(with.tasks[i].key, without.tasks[i].key, HO_ID_BYTES);
        assert_int_equal(with.tasks[i].due, without.tasks[i].due);
        assert_int_equal(with.tasks[i].want, without.tasks[i].want);
    }
    for (size_t i = 0; i < line.n_transitions; i++)
        assert_int_equal(line.transitions[i].flags, other.transitions[i].flags);
}

// A planned readmission is told by the disposition (81 to 95) of the stay before.
static void a_withheld_disposition_decides_no_flag(void **state)
{
    struct fixture *f = *state;
    struct ho_encounters encounters;
    struct ho_line line;
    tell_part2(f, "A01", 0);
    tell_part2(f, "A03", 50)->disposition = history_text("81");
    history_tell(f->history, "A01", 200);
    (void)plan(f, true, &encounters, &line);
    assert_int_equal(line.transitions[2].flags, HO_FLAG_PLANNED);
    (void)plan(f, false, &encounters, &line);
    assert_int_equal(line.transitions[2].flags, HO_FLAG_READMISSION);
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(without_consent_no_sentence_names_the_facility),
        PROPERTY(all_that_tells_of_it_is_left_out),
        PROPERTY(other_stays_are_told_as_ever),
        PROPERTY(one_event_is_enough),
        PROPERTY(consent_changes_no_key_and_no_time),
        PROPERTY(a_withheld_disposition_decides_no_flag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
