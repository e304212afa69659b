// The plan: which tasks should exist, why, until when, and what has to be done so that they do.
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
    ho_enrolment enrolments[2];
    size_t n_enrolments;
    uint32_t today;
    struct ho_plan_input known; // member, work, codes, programs and clock
};

static int set_up(void **state)
{
    static char program[] = "ECM";
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    test_protocol_init(&f->protocol);
    for (size_t i = 0; i < 2; i++) {
        handoff__v1__enrolment__init(&f->enrolments[i]);
        f->enrolments[i].program = program;
        f->enrolments[i].enrolled_from = 20260101;
    }
    f->n_enrolments = 1;
    f->today = 20261122;
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

static struct ho_plan plan_with(struct fixture *f, const struct ho_protocol *const *protocols, size_t n)
{
    struct ho_line *line = ho_arena_alloc(f->history->arena, sizeof *line);
    const ho_enrolment *enrolments[] = {&f->enrolments[0], &f->enrolments[1]};
    struct ho_plan plan;
    history_draw(f->history, line);
    struct ho_plan_input input = f->known;
    input.member_id = "M1";
    input.enrolments = enrolments;
    input.n_enrolments = f->n_enrolments;
    input.line = line;
    input.protocols = protocols;
    input.n_protocols = n;
    input.today = f->today;
    ho_plan_make(f->history->arena, &input, &plan);
    return plan;
}

static struct ho_plan plan(struct fixture *f)
{
    const struct ho_protocol *protocols[] = {&f->protocol.protocol};
    return plan_with(f, protocols, 1);
}

// The only task of the template.
static const struct ho_planned_task *task(const struct ho_plan *plan, const char *key)
{
    const struct ho_planned_task *found = NULL;
    for (size_t i = 0; i < plan->n_tasks; i++) {
        if (strcmp(plan->tasks[i].task->key, key) == 0) {
            assert_null(found);
            found = &plan->tasks[i];
        }
    }
    assert_non_null(found);
    return found;
}

static void expect_due(struct fixture *f, const struct ho_planned_task *planned, const char *text)
{
    char words[HO_TIME_TEXT_BYTES];
    assert_string_equal(ho_time_format(planned->due, f->protocol.zone, words), text);
}

static ho_adt_event *leave(struct fixture *f, enum ho_destination destination, int hour)
{
    ho_adt_event *e = history_tell(f->history, "A03", hour);
    e->destination = (Handoff__V1__Destination)destination;
    return e;
}

// A stay from Monday 08:00 to the hour.
static void stay_until(struct fixture *f, enum ho_destination destination, int hour)
{
    history_tell(f->history, "A01", 0);
    leave(f, destination, hour);
}

// ---- What is wanted -------------------------------------------------------------------------------------

static void a_discharge_home_calls_for_its_tasks(void **state)
{
    struct fixture *f = *state;
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_plan p = plan(f);
    assert_int_equal(p.n_tasks, 3);
    assert_int_equal(task(&p, "contact")->want, HO_WANTED);
    assert_int_equal(task(&p, "visit")->want, HO_WANTED);
    assert_int_equal(task(&p, "tell-hospital")->want, HO_SUPERSEDED);
}

static void a_template_may_ask_for_some_settings_only(void **state)
{
    struct fixture *f = *state;
    stay_until(f, HO_DESTINATION_SKILLED_NURSING, 50);
    struct ho_plan p = plan(f);
    assert_int_equal(p.n_tasks, 3);
    assert_int_equal(task(&p, "facility")->want, HO_WANTED);
}

static void a_key_is_of_member_change_and_template(void **state)
{
    struct fixture *f = *state;
    uint8_t key[HO_ID_BYTES], other[HO_ID_BYTES];
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_plan p = plan(f);
    const struct ho_planned_task *contact = task(&p, "contact");
    ho_plan_key("M1", contact->change.id, "contact", key);
    assert_memory_equal(contact->key, key, HO_ID_BYTES);
    ho_plan_key("M2", contact->change.id, "contact", other);
    assert_memory_not_equal(key, other, HO_ID_BYTES);
    ho_plan_key("M1", contact->change.id, "visit", other);
    assert_memory_not_equal(key, other, HO_ID_BYTES);
}

static void notices_are_planned_the_same_way(void **state)
{
    struct fixture *f = *state;
    uint8_t key[HO_ID_BYTES];
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_plan p = plan(f);
    assert_int_equal(p.n_notices, 2);
    for (size_t i = 0; i < 2; i++) {
        ho_plan_key("M1", p.notices[i].change.id, p.notices[i].notice->key, key);
        assert_memory_equal(p.notices[i].key, key, HO_ID_BYTES);
    }
}

static void no_transition_calls_for_nothing(void **state)
{
    struct ho_plan p = plan(*state);
    assert_int_equal(p.n_tasks, 0);
    assert_int_equal(p.n_notices, 0);
}

static void a_key_that_two_protocols_use_is_the_first_ones_by_name(void **state)
{
    struct fixture *f = *state;
    struct ho_protocol second = f->protocol.protocol;
    second.name = "aaa";
    const struct ho_protocol *protocols[] = {&f->protocol.protocol, &second};
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_plan p = plan_with(f, protocols, 2);
    assert_int_equal(p.n_tasks, 3);
    assert_int_equal(p.n_notices, 2);
    assert_ptr_equal(task(&p, "contact")->protocol, &second);
}

// ---- Whom it is wanted for ------------------------------------------------------------------------------

static size_t tasks_when(struct fixture *f)
{
    struct ho_plan p = plan(f);
    assert_int_equal(p.n_tasks > 0, p.n_notices > 0);
    return p.n_tasks;
}

static void only_those_enrolled_on_the_local_date_are_served(void **state)
{
    struct fixture *f = *state;
    history_tell(f->history, "A01", 15); // 23:00 on 2026-11-02 there, the next day in UTC
    ho_enrolment *e = &f->enrolments[0];
    e->enrolled_from = 20261103;
    assert_int_equal(tasks_when(f), 0);
    e->enrolled_from = 20261102;
    assert_int_equal(tasks_when(f), 1);
    e->enrolled_to = 20261102;
    assert_int_equal(tasks_when(f), 1);
    e->enrolled_to = 20261101;
    assert_int_equal(tasks_when(f), 0);
}

static void another_program_is_not_served(void **state)
{
    static char other[] = "HHP";
    struct fixture *f = *state;
    history_tell(f->history, "A01", 0);
    f->enrolments[0].program = other;
    assert_int_equal(tasks_when(f), 0);
}

static void nobody_is_served_who_has_opted_out_by_now(void **state)
{
    struct fixture *f = *state;
    history_tell(f->history, "A01", 0);
    f->enrolments[0].opted_out_on = 20261123;
    assert_int_equal(tasks_when(f), 1);
    f->today = 20261123;
    assert_int_equal(tasks_when(f), 0);
}

static struct ho_standing_on standing(const struct fixture *f, uint32_t date)
{
    const ho_enrolment *enrolments[] = {&f->enrolments[0], &f->enrolments[1]};
    return ho_standing_on(enrolments, f->n_enrolments, "ECM", date, f->today);
}

static void expect_standing(const struct fixture *f, uint32_t date, enum ho_standing wanted, uint32_t since)
{
    struct ho_standing_on got = standing(f, date);
    assert_int_equal(got.standing, wanted);
    assert_int_equal(got.since, since);
}

static void a_standing_tells_why_somebody_is_not_served(void **state)
{
    struct fixture *f = *state;
    ho_enrolment *e = &f->enrolments[0];
    e->enrolled_to = 20261031;
    expect_standing(f, 20260101, HO_STANDING_SERVED, 0);
    expect_standing(f, 20251231, HO_STANDING_NOT_YET, 20260101);
    expect_standing(f, 20261031, HO_STANDING_SERVED, 0);
    expect_standing(f, 20261101, HO_STANDING_NO_LONGER, 20261031);
    e->opted_out_on = 20261122;
    expect_standing(f, 20261031, HO_STANDING_OPTED_OUT, 20261122);
    f->today = 20261121;
    expect_standing(f, 20261031, HO_STANDING_SERVED, 0);
    f->n_enrolments = 0;
    expect_standing(f, 20261031, HO_STANDING_NEVER, 0);
}

static void of_two_enrolments_the_one_that_serves_counts(void **state)
{
    struct fixture *f = *state;
    f->n_enrolments = 2;
    f->enrolments[0].enrolled_to = 20260331;
    f->enrolments[0].opted_out_on = 20260331;
    f->enrolments[1].enrolled_from = 20260901;
    expect_standing(f, 20260301, HO_STANDING_OPTED_OUT, 20260331);
    expect_standing(f, 20260601, HO_STANDING_NO_LONGER, 20260331);
    expect_standing(f, 20261001, HO_STANDING_SERVED, 0);
}

// ---- Why what stood is not planned any more -------------------------------------------------------------

static const char *absence_reason(struct fixture *f, const uint8_t change[HO_ID_BYTES], const char *name)
{
    struct ho_line *line = ho_arena_alloc(f->history->arena, sizeof *line);
    const ho_enrolment *enrolments[] = {&f->enrolments[0], &f->enrolments[1]};
    const struct ho_protocol *protocols[] = {&f->protocol.protocol};
    history_draw(f->history, line);
    const struct ho_plan_input input = {
        .member_id = "M1",
        .enrolments = enrolments,
        .n_enrolments = f->n_enrolments,
        .line = line,
        .protocols = protocols,
        .n_protocols = 1,
        .today = f->today,
    };
    const struct ho_absence absence = ho_plan_absence(&input, change, name);
    return ho_absence_reason(f->history->arena, &absence);
}

static void a_withdrawn_task_says_how_the_member_stands(void **state)
{
    struct fixture *f = *state;
    uint8_t change[HO_ID_BYTES];
    stay_until(f, HO_DESTINATION_HOME, 50); // on 2026-11-04
    struct ho_plan p = plan(f);
    memcpy(change, task(&p, "contact")->change.id, sizeof change);
    f->enrolments[0].opted_out_on = 20261122;
    assert_string_equal(absence_reason(f, change, "contact"), "Opted out of ECM on 2026-11-22.");
    f->enrolments[0].opted_out_on = 0;
    f->enrolments[0].enrolled_to = 20261031;
    assert_string_equal(absence_reason(f, change, "contact"),
                        "No longer enrolled in ECM on 2026-11-04: enrolled until 2026-10-31.");
    f->enrolments[0].enrolled_to = 0;
    f->enrolments[0].enrolled_from = 20261201;
    assert_string_equal(absence_reason(f, change, "contact"),
                        "Not yet enrolled in ECM on 2026-11-04: enrolled from 2026-12-01.");
    f->n_enrolments = 0;
    assert_string_equal(absence_reason(f, change, "contact"), "Not enrolled in ECM.");
}

static void a_withdrawn_task_says_that_its_cause_or_its_template_is_gone(void **state)
{
    struct fixture *f = *state;
    uint8_t unknown[HO_ID_BYTES] = {1}, change[HO_ID_BYTES];
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_plan p = plan(f);
    memcpy(change, task(&p, "contact")->change.id, sizeof change);
    f->enrolments[0].opted_out_on = 20261122;
    assert_string_equal(absence_reason(f, unknown, "contact"),
                        "The hospital cancelled or corrected what called for it.");
    assert_string_equal(absence_reason(f, change, "facility"),
                        "The hospital cancelled or corrected what called for it.");
    assert_string_equal(absence_reason(f, change, "of-an-older-version"), "The protocol no longer calls for it.");
}

static void an_enrolment_after_an_opt_out_serves_again(void **state)
{
    struct fixture *f = *state;
    history_tell(f->history, "A01", 0);
    f->enrolments[0].opted_out_on = 20260301;
    f->enrolments[1].enrolled_from = 20261001;
    f->n_enrolments = 2;
    assert_int_equal(tasks_when(f), 1);
}

// ---- When it is due -------------------------------------------------------------------------------------

static void a_task_is_due_at_the_earlier_of_both_calendars(void **state)
{
    struct fixture *f = *state;
    // Wednesday 2026-11-25: the plan is closed on Thursday and Friday, the federal offices on Thursday.
    stay_until(f, HO_DESTINATION_HOME, 23 * 24);
    struct ho_plan p = plan(f);
    expect_due(f, task(&p, "contact"), "2026-11-30T17:00:00-08:00");
    f->protocol.protocol.measure_calendar = NULL;
    p = plan(f);
    expect_due(f, task(&p, "contact"), "2026-12-01T16:00:00-08:00");
}

static void days_and_hours_count_from_the_transition(void **state)
{
    struct fixture *f = *state;
    history_tell(f->history, "A04", 0);
    history_tell(f->history, "A03", 3);
    struct ho_plan p = plan(f);
    expect_due(f, task(&p, "contact-ed"), "2026-11-03T11:00:00-08:00");
    history_tell(f->history, "A01", 2);
    p = plan(f);
    expect_due(f, task(&p, "visit"), "2026-11-09T16:00:00-08:00");
}

// ---- What supersedes it ---------------------------------------------------------------------------------

static void a_newer_transition_of_the_same_purpose_supersedes(void **state)
{
    struct fixture *f = *state;
    stay_until(f, HO_DESTINATION_HOME, 50);
    history_tell(f->history, "A04", 60);
    history_tell(f->history, "A03", 63);
    struct ho_plan p = plan(f);
    assert_int_equal(task(&p, "contact")->want, HO_SUPERSEDED);
    assert_int_equal(task(&p, "contact-ed")->want, HO_WANTED);
    assert_int_equal(task(&p, "visit")->want, HO_WANTED);
}

static void a_newer_transition_that_calls_for_nothing_does_not_supersede(void **state)
{
    struct fixture *f = *state;
    stay_until(f, HO_DESTINATION_HOME, 5);
    history_tell(f->history, "A04", 60);
    history_tell(f->history, "A03", 63);
    f->enrolments[0].enrolled_to = 20261103;
    struct ho_plan p = plan(f);
    assert_int_equal(task(&p, "contact")->want, HO_WANTED);
}

static void an_occasion_under_until_supersedes(void **state)
{
    struct fixture *f = *state;
    stay_until(f, HO_DESTINATION_HOME, 50);
    history_tell(f->history, "A04", 60);
    struct ho_plan p = plan(f);
    assert_int_equal(task(&p, "contact")->want, HO_WANTED); // an arrival in the ED is no admission
    history_tell(f->history, "A01", 62);
    p = plan(f);
    assert_int_equal(task(&p, "contact")->want, HO_SUPERSEDED);
}

static void a_death_supersedes_everything_but_its_own(void **state)
{
    struct fixture *f = *state;
    stay_until(f, HO_DESTINATION_HOME, 50);
    history_tell(f->history, "A08", 99)->died = true;
    struct ho_plan p = plan(f);
    for (size_t i = 0; i < p.n_tasks; i++)
        assert_int_equal(p.tasks[i].want, strcmp(p.tasks[i].task->key, "death") == 0 ? HO_WANTED : HO_SUPERSEDED);
    assert_int_equal(p.n_tasks, 4);
}

// ---- Why ------------------------------------------------------------------------------------------------

static void a_reason_names_facts(void **state)
{
    struct fixture *f = *state;
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_plan p = plan(f);
    assert_string_equal(
        task(&p, "contact")->reason,
        "Discharged from inpatient care at General to home on 2026-11-04; to be done within 2 business days.");
    assert_string_equal(task(&p, "tell-hospital")->reason,
                        "No longer needed: Discharged from inpatient care at General to home on 2026-11-04.");
}

static void a_reason_of_an_arrival_says_where(void **state)
{
    struct fixture *f = *state;
    history_tell(f->history, "A01", 0);
    struct ho_plan p = plan(f);
    assert_string_equal(task(&p, "tell-hospital")->reason,
                        "Admitted as an inpatient at General on 2026-11-02; to be done within 1 business day.");
}

static void a_reason_of_leaving_against_advice_says_so(void **state)
{
    struct fixture *f = *state;
    history_tell(f->history, "A04", 0);
    leave(f, HO_DESTINATION_AGAINST_ADVICE, 3);
    struct ho_plan p = plan(f);
    assert_string_equal(task(&p, "contact-ed")->reason,
                        "Left the emergency department at General against medical advice on 2026-11-02; to be done "
                        "within 24 hours.");
}

static void a_reason_of_a_death_says_who_reported_it(void **state)
{
    struct fixture *f = *state;
    stay_until(f, HO_DESTINATION_DIED, 50);
    struct ho_plan p = plan(f);
    assert_string_equal(task(&p, "death")->reason,
                        "Death reported by General on 2026-11-04; to be done within 1 business day.");
}

// ---- The difference -------------------------------------------------------------------------------------

static struct ho_task_difference compare(struct fixture *f, const struct ho_plan *p, const struct test_rows *rows)
{
    struct ho_task_difference difference;
    ho_plan_compare_tasks(f->history->arena, p, rows->items, rows->n, &difference);
    return difference;
}

// Applies the difference and shows that none is left.
static void settle(struct fixture *f, const struct ho_plan *p, struct test_rows *rows)
{
    struct ho_task_difference difference = compare(f, p, rows);
    test_rows_apply(f->history->arena, rows, &difference);
    assert_int_equal(compare(f, p, rows).n, 0);
}

static size_t count(const struct ho_task_difference *difference, enum ho_task_action action)
{
    size_t n = 0;
    for (size_t i = 0; i < difference->n; i++)
        n += difference->items[i].action == action;
    return n;
}

static void what_is_planned_and_missing_is_created(void **state)
{
    struct fixture *f = *state;
    struct test_rows rows = {0};
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_plan p = plan(f);
    struct ho_task_difference difference = compare(f, &p, &rows);
    assert_int_equal(difference.n, 3);
    assert_int_equal(count(&difference, HO_TASK_CREATE), 3);
    settle(f, &p, &rows);
}

static void another_due_is_written_to_what_is_wanted(void **state)
{
    struct fixture *f = *state;
    struct test_rows rows = {0};
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_plan p = plan(f);
    settle(f, &p, &rows);
    for (size_t i = 0; i < rows.n; i++)
        rows.items[i].due++;
    struct ho_task_difference difference = compare(f, &p, &rows);
    assert_int_equal(difference.n, 2);
    assert_int_equal(count(&difference, HO_TASK_REDATE), 2);
    settle(f, &p, &rows);
}

static void what_is_no_longer_planned_is_withdrawn_and_may_come_back(void **state)
{
    struct fixture *f = *state;
    struct test_rows rows = {0};
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_plan before = plan(f);
    settle(f, &before, &rows);
    history_tell_late(f->history, "A13", 50, 51);
    struct ho_plan after = plan(f);
    struct ho_task_difference difference = compare(f, &after, &rows);
    assert_int_equal(count(&difference, HO_TASK_WITHDRAW), 2);
    assert_int_equal(count(&difference, HO_TASK_REVIVE), 1); // tell-hospital
    assert_int_equal(difference.n, 3);
    settle(f, &after, &rows);
    difference = compare(f, &before, &rows);
    assert_int_equal(count(&difference, HO_TASK_REVIVE), 2);
    assert_int_equal(count(&difference, HO_TASK_SUPERSEDE), 1);
    settle(f, &before, &rows);
}

static void a_row_under_another_name_of_its_change_takes_the_new_key(void **state)
{
    struct fixture *f = *state;
    struct test_rows rows = {0};
    ho_adt_event *first = history_tell(f->history, "A01", 0);
    first->id.data[0] = 9;
    struct ho_plan before = plan(f);
    settle(f, &before, &rows);
    history_tell_late(f->history, "A01", 0, 1); // a lesser id names the change from now on
    struct ho_plan after = plan(f);
    struct ho_task_difference difference = compare(f, &after, &rows);
    assert_int_equal(difference.n, 1);
    assert_int_equal(difference.items[0].action, HO_TASK_REKEY);
    assert_ptr_equal(difference.items[0].planned, task(&after, "tell-hospital"));
    assert_memory_equal(difference.items[0].row->key, before.tasks[0].key, HO_ID_BYTES);
    settle(f, &after, &rows);
    assert_int_equal(rows.n, 1);
}

static void a_row_of_another_template_is_not_taken(void **state)
{
    struct fixture *f = *state;
    struct test_rows rows = {0};
    history_tell(f->history, "A01", 0)->id.data[0] = 9;
    struct ho_plan before = plan(f);
    settle(f, &before, &rows);
    rows.items[0].template_key = "something-else";
    history_tell_late(f->history, "A01", 0, 1);
    struct ho_plan after = plan(f);
    struct ho_task_difference difference = compare(f, &after, &rows);
    assert_int_equal(count(&difference, HO_TASK_CREATE), 1);
    assert_int_equal(count(&difference, HO_TASK_WITHDRAW), 1);
}

// Two visits with a task each turn out to be one.
static void of_two_rows_that_become_one_task_one_is_withdrawn_in_its_favour(void **state)
{
    struct fixture *f = *state;
    struct test_rows rows = {0};
    history_tell(f->history, "A01", 0)->visit = history_text("V1");
    history_tell(f->history, "A01", 1)->visit = history_text("V2");
    f->history->events[1]->facility = history_text("Other");
    struct ho_plan before = plan(f);
    settle(f, &before, &rows);
    assert_int_equal(rows.n, 1);
    struct ho_task_row twin = rows.items[0];
    twin.key[0] ^= 1;
    memcpy(twin.change, f->history->events[1]->id.data, HO_ID_BYTES);
    *(struct ho_task_row *)ho_arena_push(f->history->arena, &rows, sizeof twin) = twin;
    f->history->events[1]->facility = f->history->events[0]->facility;
    f->history->events[1]->visit = f->history->events[0]->visit;
    struct ho_plan after = plan(f);
    struct ho_task_difference difference = compare(f, &after, &rows);
    assert_int_equal(difference.n, 2);
    assert_int_equal(count(&difference, HO_TASK_REDATE), 1);
    assert_int_equal(count(&difference, HO_TASK_WITHDRAW), 1);
    for (size_t i = 0; i < 2; i++)
        assert_ptr_equal(difference.items[i].planned, &after.tasks[0]);
    settle(f, &after, &rows);
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(a_discharge_home_calls_for_its_tasks),
        PROPERTY(a_template_may_ask_for_some_settings_only),
        PROPERTY(a_key_is_of_member_change_and_template),
        PROPERTY(notices_are_planned_the_same_way),
        PROPERTY(no_transition_calls_for_nothing),
        PROPERTY(a_key_that_two_protocols_use_is_the_first_ones_by_name),
        PROPERTY(only_those_enrolled_on_the_local_date_are_served),
        PROPERTY(another_program_is_not_served),
        PROPERTY(nobody_is_served_who_has_opted_out_by_now),
        PROPERTY(a_standing_tells_why_somebody_is_not_served),
        PROPERTY(of_two_enrolments_the_one_that_serves_counts),
        PROPERTY(a_withdrawn_task_says_how_the_member_stands),
        PROPERTY(a_withdrawn_task_says_that_its_cause_or_its_template_is_gone),
        PROPERTY(an_enrolment_after_an_opt_out_serves_again),
        PROPERTY(a_task_is_due_at_the_earlier_of_both_calendars),
        PROPERTY(days_and_hours_count_from_the_transition),
        PROPERTY(a_newer_transition_of_the_same_purpose_supersedes),
        PROPERTY(a_newer_transition_that_calls_for_nothing_does_not_supersede),
        PROPERTY(an_occasion_under_until_supersedes),
        PROPERTY(a_death_supersedes_everything_but_its_own),
        PROPERTY(a_reason_names_facts),
        PROPERTY(a_reason_of_an_arrival_says_where),
        PROPERTY(a_reason_of_leaving_against_advice_says_so),
        PROPERTY(a_reason_of_a_death_says_who_reported_it),
        PROPERTY(what_is_planned_and_missing_is_created),
        PROPERTY(another_due_is_written_to_what_is_wanted),
        PROPERTY(what_is_no_longer_planned_is_withdrawn_and_may_come_back),
        PROPERTY(a_row_under_another_name_of_its_change_takes_the_new_key),
        PROPERTY(a_row_of_another_template_is_not_taken),
        PROPERTY(of_two_rows_that_become_one_task_one_is_withdrawn_in_its_favour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
