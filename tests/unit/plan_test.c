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

// In the history's arena.
static const struct ho_plan_input *absence_input(struct fixture *f, const struct ho_protocol *const *protocols,
                                                 size_t n)
{
    struct ho_arena *arena = f->history->arena;
    struct ho_line *line = ho_arena_alloc(arena, sizeof *line);
    const ho_enrolment **enrolments = ho_arena_array(arena, 2, sizeof(ho_enrolment *));
    struct ho_plan_input *input = ho_arena_alloc(arena, sizeof *input);
    enrolments[0] = &f->enrolments[0];
    enrolments[1] = &f->enrolments[1];
    history_draw(f->history, line);
    *input = f->known;
    input->member_id = "M1";
    input->enrolments = enrolments;
    input->n_enrolments = f->n_enrolments;
    input->line = line;
    input->protocols = protocols;
    input->n_protocols = n;
    input->today = f->today;
    return input;
}

static const char *absence_reason_with(struct fixture *f, const struct ho_protocol *const *protocols, size_t n,
                                       const uint8_t change[HO_ID_BYTES], const char *name)
{
    const struct ho_absence absence = ho_task_absence(absence_input(f, protocols, n), change, name);
    return ho_absence_reason(f->history->arena, &absence);
}

static const char *absence_reason(struct fixture *f, const uint8_t change[HO_ID_BYTES], const char *name)
{
    const struct ho_protocol *protocols[] = {&f->protocol.protocol};
    return absence_reason_with(f, protocols, 1, change, name);
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
                        "What happened, as it is known now, does not call for it.");
    assert_string_equal(absence_reason(f, change, "of-an-older-version"), "The protocol no longer calls for it.");
}

static void a_withdrawn_task_says_that_the_situation_or_the_program_does_not_call_for_it(void **state)
{
    struct fixture *f = *state;
    const struct ho_program ended = {.key = "ECM", .from = 20220101, .to = 20251231};
    const struct ho_program *programs[] = {&ended};
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_task_template tasks[8];
    for (size_t i = 0; i < f->protocol.protocol.n_tasks; i++)
        tasks[i] = f->protocol.protocol.tasks[i];
    f->protocol.protocol.tasks = tasks;
    const struct ho_clause never = {.fact = HO_FACT_NEED};
    tasks[1].when = &never;
    tasks[1].n_when = 1;
    struct ho_plan p = plan(f);
    const uint8_t *id = task(&p, "visit")->change.id;
    assert_string_equal(absence_reason(f, id, "contact"), "The member's situation no longer calls for it.");
    f->known.programs = programs;
    f->known.n_programs = 1;
    assert_string_equal(absence_reason(f, id, "contact"), "ECM did not serve the member on 2026-11-04.");
    f->n_enrolments = 0;
    assert_string_equal(absence_reason(f, id, "contact"), "Not enrolled in ECM.");
}

static void of_two_protocols_the_one_that_came_nearest_tells_why(void **state)
{
    struct fixture *f = *state;
    struct ho_protocol other = f->protocol.protocol;
    other.program = "HHP";
    const struct ho_protocol *protocols[] = {&other, &f->protocol.protocol};
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_plan p = plan(f);
    f->enrolments[0].opted_out_on = 20261122;
    assert_string_equal(absence_reason_with(f, protocols, 2, task(&p, "contact")->change.id, "contact"),
                        "Opted out of ECM on 2026-11-22.");
}

// The task of the notice's name is called for still, the notice by what was corrected.
static void a_notice_is_judged_by_its_own_template_where_a_task_has_its_name(void **state)
{
    struct fixture *f = *state;
    const struct ho_protocol *protocols[] = {&f->protocol.protocol};
    struct ho_notice_template notice = {.key = "contact", .title = "Discharged", .on = HO_ON_DEATH};
    f->protocol.protocol.notices = &notice;
    f->protocol.protocol.n_notices = 1;
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_plan p = plan(f);
    f->n_enrolments = 0;
    const struct ho_plan_input *input = absence_input(f, protocols, 1);
    const uint8_t *change = task(&p, "contact")->change.id;
    assert_int_equal(ho_task_absence(input, change, "contact").cause, HO_ABSENT_BY_STANDING);
    assert_int_equal(ho_notice_absence(input, change, "contact", 0).cause, HO_ABSENT_BY_OCCASION);
    assert_int_equal(ho_notice_absence(input, change, "visit", 0).cause, HO_ABSENT_BY_PROTOCOL);
}

// It is for deaths only by now.
static void a_notice_that_was_said_for_what_still_is_was_dropped_by_the_protocol(void **state)
{
    struct fixture *f = *state;
    const struct ho_protocol *protocols[] = {&f->protocol.protocol};
    struct ho_notice_template notice = {.key = "told", .title = "Discharged", .on = HO_ON_DISCHARGE | HO_ON_DEATH};
    f->protocol.protocol.notices = &notice;
    f->protocol.protocol.n_notices = 1;
    stay_until(f, HO_DESTINATION_HOME, 50);
    struct ho_plan p = plan(f);
    assert_int_equal(p.n_notices, 1);
    assert_int_equal(ho_notice_occasions(&p.notices[0]), HO_ON_DISCHARGE);
    notice.on = HO_ON_DEATH;
    const struct ho_plan_input *input = absence_input(f, protocols, 1);
    const uint8_t *change = p.notices[0].change.id, other[HO_ID_BYTES] = {1};
    assert_int_equal(ho_notice_absence(input, change, "told", HO_ON_DISCHARGE).cause, HO_ABSENT_BY_PROTOCOL);
    assert_int_equal(ho_notice_absence(input, change, "told", HO_ON_ADMISSION).cause, HO_ABSENT_BY_OCCASION);
    assert_int_equal(ho_notice_absence(input, other, "told", HO_ON_DISCHARGE).cause, HO_ABSENT_BY_HOSPITAL);
}

// Told fifty hours after the admission, and nothing is told so late by now.
static void a_notice_that_is_too_late_by_a_newer_protocol_is_not_corrected(void **state)
{
    struct fixture *f = *state;
    const struct ho_protocol *protocols[] = {&f->protocol.protocol};
    const struct ho_notice_template notice = {.key = "told", .title = "Admitted", .on = HO_ON_ADMISSION};
    f->protocol.protocol.notices = &notice;
    f->protocol.protocol.n_notices = 1;
    history_tell(f->history, "A01", 0)->recorded = HISTORY_START + 50 * HO_US_PER_HOUR;
    struct ho_plan p = plan(f);
    assert_int_equal(p.n_notices, 1);
    f->protocol.protocol.notices_within = (struct ho_due){24, HO_DUE_HOURS};
    const struct ho_absence absence =
        ho_notice_absence(absence_input(f, protocols, 1), p.notices[0].change.id, "told", HO_ON_ADMISSION);
    assert_int_equal(absence.cause, HO_ABSENT_BY_LATENESS);
    assert_true(ho_absence_is_silent(&absence));
}

static void only_what_did_not_happen_is_corrected(void **state)
{
    (void)state;
    for (int cause = HO_ABSENT_BY_PROTOCOL; cause <= HO_ABSENT_BY_LATENESS; cause++) {
        const struct ho_absence absence = {.cause = (enum ho_absence_cause)cause};
        bool is_another = cause == HO_ABSENT_BY_HOSPITAL || cause == HO_ABSENT_BY_OCCASION;
        assert_int_equal(ho_absence_is_silent(&absence), !is_another);
    }
}

static void a_template_that_is_gone_with_its_cause_is_the_hospitals(void **state)
{
    struct fixture *f = *state;
    const uint8_t unknown[HO_ID_BYTES] = {1};
    stay_until(f, HO_DESTINATION_HOME, 50);
    assert_string_equal(absence_reason(f, unknown, "of-an-older-version"),
                        "The hospital cancelled or corrected what called for it.");
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

// ---- For whom it is wanted: conditions and programs ------------------------------------------------------

// The protocol's tasks, to be changed by a test.
static struct ho_task_template *own_task(struct fixture *f, const char *key)
{
    struct ho_protocol *p = &f->protocol.protocol;
    struct ho_task_template *tasks = ho_arena_array(f->history->arena, p->n_tasks, sizeof *tasks);
    struct ho_task_template *found = NULL;
    for (size_t i = 0; i < p->n_tasks; i++) {
        tasks[i] = p->tasks[i];
        if (strcmp(tasks[i].key, key) == 0)
            found = &tasks[i];
    }
    assert_non_null(found);
    p->tasks = tasks;
    return found;
}

static size_t count_tasks(const struct ho_plan *plan, const char *key)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n_tasks; i++)
        n += strcmp(plan->tasks[i].task->key, key) == 0;
    return n;
}

static bool is_planned(struct fixture *f, const char *key)
{
    struct ho_plan p = plan(f);
    return count_tasks(&p, key) > 0;
}

static const char *const CHRONIC[] = {"chronic"};
static const struct ho_clause IS_HOMELESS = {.fact = HO_FACT_HOMELESS, .words = CHRONIC, .n_words = 1};

static void a_task_is_wanted_where_its_conditions_hold(void **state)
{
    static char chronic[] = "Chronic", no[] = "no";
    struct fixture *f = *state;
    struct ho_task_template *contact = own_task(f, "contact");
    contact->when = &IS_HOMELESS;
    contact->n_when = 1;
    ho_member member = HANDOFF__V1__MEMBER__INIT;
    stay_until(f, HO_DESTINATION_HOME, 50);
    assert_false(is_planned(f, "contact")); // of nobody nothing is known
    f->known.member = &member;
    member.homeless = no;
    assert_false(is_planned(f, "contact"));
    member.homeless = chronic;
    assert_true(is_planned(f, "contact"));
    assert_true(is_planned(f, "visit"));
}

static void a_notice_is_wanted_where_its_conditions_hold(void **state)
{
    struct fixture *f = *state;
    struct ho_notice_template notice = f->protocol.protocol.notices[0];
    notice.when = &IS_HOMELESS;
    notice.n_when = 1;
    f->protocol.protocol.notices = &notice;
    f->protocol.protocol.n_notices = 1;
    history_tell(f->history, "A01", 0);
    struct ho_plan p = plan(f);
    assert_int_equal(p.n_notices, 0);
    assert_int_equal(p.n_tasks, 1);
}

static const char *const FAILURE_CODES[] = {"I50"};
static const struct ho_code_group GROUPS[] = {{.key = "heart-failure", .prefixes = FAILURE_CODES, .n_prefixes = 1}};
static const struct ho_codes CODES = {GROUPS, 1};

static void diagnose(ho_adt_event *event)
{
    static char code[] = "I50.9";
    static ho_diagnosis diagnosis = HANDOFF__V1__DIAGNOSIS__INIT;
    static ho_diagnosis *diagnoses[] = {&diagnosis};
    diagnosis.code = code;
    event->diagnoses = diagnoses;
    event->n_diagnoses = 1;
}

static void a_diagnosis_is_of_its_stay_and_a_condition_from_then_on(void **state)
{
    struct fixture *f = *state;
    struct ho_clause clause = {.fact = HO_FACT_CONDITION, .mask = 1};
    struct ho_task_template *contact = own_task(f, "contact");
    contact->when = &clause;
    contact->n_when = 1;
    f->known.codes = &CODES;
    stay_until(f, HO_DESTINATION_HOME, 5);
    history_tell(f->history, "A01", 200)->visit = history_text("V2");
    diagnose(f->history->events[2]);
    ho_adt_event *end = leave(f, HO_DESTINATION_HOME, 250);
    end->visit = history_text("V2");
    history_tell(f->history, "A01", 400)->visit = history_text("V3");
    leave(f, HO_DESTINATION_HOME, 450)->visit = history_text("V3");
    struct ho_plan p = plan(f);
    assert_int_equal(count_tasks(&p, "contact"), 2); // of the stay with the diagnosis, and of the one after it
    clause.fact = HO_FACT_DIAGNOSIS;
    p = plan(f);
    assert_int_equal(count_tasks(&p, "contact"), 1);
}

static void a_program_that_does_not_run_calls_for_nothing(void **state)
{
    struct fixture *f = *state;
    const struct ho_opening opening = {.county = "", .from = 20261102};
    const struct ho_population everyone = {.key = "all", .openings = &opening, .n_openings = 1};
    struct ho_program program = {
        .key = "ECM", .from = 20220101, .default_county = "", .populations = &everyone, .n_populations = 1};
    const struct ho_program *programs[] = {&program};
    f->known.programs = programs;
    f->known.n_programs = 1;
    history_tell(f->history, "A01", 0);
    assert_int_equal(tasks_when(f), 1);
    program.to = 20261101;
    assert_int_equal(tasks_when(f), 0);
    program.key = "HHP"; // of ECM nothing is known then
    assert_int_equal(tasks_when(f), 1);
}

// ---- The clock --------------------------------------------------------------------------------------------

static int64_t at(const char *text)
{
    int64_t instant = 0;
    assert_true(ho_time_parse(ho_bytes_of(text), &instant));
    return instant;
}

static void a_task_may_begin_later(void **state)
{
    struct fixture *f = *state;
    own_task(f, "visit")->starts = (struct ho_due){3, HO_DUE_DAYS};
    stay_until(f, HO_DESTINATION_HOME, 50); // on Wednesday 2026-11-04
    assert_true(is_planned(f, "visit"));    // without a clock
    f->known.now = at("2026-11-07T07:59:59-08:00");
    struct ho_plan p = plan(f);
    assert_int_equal(count_tasks(&p, "visit"), 0);
    assert_int_equal(p.wake_at, at("2026-11-07T08:00:00-08:00"));
    f->known.now = p.wake_at;
    p = plan(f);
    assert_int_equal(p.wake_at, INT64_MAX);
    assert_int_equal(task(&p, "visit")->begins, at("2026-11-07T08:00:00-08:00"));
    expect_due(f, task(&p, "visit"), "2026-11-11T16:00:00-08:00");
}

static void what_is_superseded_before_it_begins_was_never_there(void **state)
{
    struct fixture *f = *state;
    own_task(f, "visit")->starts = (struct ho_due){24, HO_DUE_HOURS};
    stay_until(f, HO_DESTINATION_HOME, 50);
    history_tell(f->history, "A01", 72)->visit = history_text("V2");
    leave(f, HO_DESTINATION_HOME, 73)->visit = history_text("V2"); // calls for a visit again
    struct ho_plan p = plan(f);
    assert_int_equal(task(&p, "visit")->want, HO_WANTED);
    const uint8_t *first = f->history->events[1]->id.data;
    assert_string_equal(absence_reason(f, first, "visit"),
                        "No longer needed: something that was told late came before it began.");
    f->known.now = HISTORY_START + 73 * HO_US_PER_HOUR; // it stood, and was moved to later
    assert_string_equal(absence_reason(f, first, "visit"), "The hospital cancelled or corrected what called for it.");
    f->known.now = 0;
    f->history->events[3]->occurred += HO_US_PER_HOUR;
    p = plan(f);
    assert_int_equal(count_tasks(&p, "visit"), 2); // it began at hour 74, and was superseded in that moment
}

static const struct ho_reminder REMINDERS[] = {
    {.key = "due-soon", .title = "Due today", .before = true, .by = {8, HO_DUE_HOURS}},
    {.key = "overdue", .title = "Overdue", .by = {1, HO_DUE_HOURS}},
    {.key = "escalated", .title = "Escalated", .by = {1, HO_DUE_BUSINESS_DAYS}},
};

// A discharge on Wednesday 2026-11-04 with a contact due on Friday at 16:00.
static void discharge_with_reminders(struct fixture *f)
{
    struct ho_task_template *contact = own_task(f, "contact");
    contact->reminders = REMINDERS;
    contact->n_reminders = 3;
    stay_until(f, HO_DESTINATION_HOME, 50);
}

// "due-soon overdue" at the instant; "" where there are none.
static const char *reminders_at(struct fixture *f, int64_t now)
{
    const char *words = "";
    f->known.now = now;
    struct ho_plan p = plan(f);
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < p.n_notices; i++) {
            if (p.notices[i].reminder && strcmp(p.notices[i].reminder->key, REMINDERS[k].key) == 0)
                words = ho_arena_printf(f->history->arena, "%s%s%s", words, *words ? " " : "", REMINDERS[k].key);
        }
    }
    return words;
}

static void each_reminder_comes_at_its_time_and_not_before(void **state)
{
    struct fixture *f = *state;
    discharge_with_reminders(f);
    assert_string_equal(reminders_at(f, 0), "");
    assert_string_equal(reminders_at(f, at("2026-11-06T07:59:59-08:00")), "");
    assert_string_equal(reminders_at(f, at("2026-11-06T08:00:00-08:00")), "due-soon");
    assert_string_equal(reminders_at(f, at("2026-11-06T16:59:59-08:00")), "due-soon");
    assert_string_equal(reminders_at(f, at("2026-11-06T17:00:00-08:00")), "due-soon overdue");
    assert_string_equal(reminders_at(f, at("2026-11-09T15:59:59-08:00")), "due-soon overdue");
    assert_string_equal(reminders_at(f, at("2026-11-09T16:00:00-08:00")), "due-soon overdue escalated");
}

static void a_reminder_has_its_own_name_and_key(void **state)
{
    struct fixture *f = *state;
    size_t n = 0;
    discharge_with_reminders(f);
    f->known.now = at("2026-11-06T08:00:00-08:00");
    struct ho_plan p = plan(f);
    for (size_t i = 0; i < p.n_notices; i++) {
        const struct ho_planned_notice *notice = &p.notices[i];
        const char *name = ho_notice_name(f->history->arena, notice);
        uint8_t key[HO_ID_BYTES];
        ho_plan_key("M1", notice->change.id, name, key);
        assert_memory_equal(notice->key, key, HO_ID_BYTES);
        assert_string_equal(name, notice->reminder ? "contact/due-soon" : notice->notice->key);
        assert_true(!notice->reminder || notice->due == at("2026-11-06T16:00:00-08:00"));
        n += notice->reminder != NULL;
    }
    assert_int_equal(n, 1);
}

static void a_plan_wakes_for_its_next_reminder(void **state)
{
    struct fixture *f = *state;
    discharge_with_reminders(f);
    f->known.now = at("2026-11-05T00:00:00Z");
    assert_int_equal(plan(f).wake_at, at("2026-11-06T08:00:00-08:00"));
    f->known.now = at("2026-11-06T08:00:00-08:00");
    assert_int_equal(plan(f).wake_at, at("2026-11-06T17:00:00-08:00"));
    f->known.now = at("2026-11-06T17:00:00-08:00");
    assert_int_equal(plan(f).wake_at, at("2026-11-09T16:00:00-08:00"));
    f->known.now = at("2026-11-09T16:00:00-08:00");
    assert_int_equal(plan(f).wake_at, INT64_MAX);
    f->known.now = 0;
    assert_int_equal(plan(f).wake_at, INT64_MAX);
}

// Between two wakings nothing changes, and each waking changes something.
static void a_plan_changes_at_its_waking_and_at_no_other_time(void **state)
{
    struct fixture *f = *state;
    size_t wakings = 0, before = SIZE_MAX;
    discharge_with_reminders(f);
    own_task(f, "visit")->starts = (struct ho_due){1, HO_DUE_BUSINESS_DAYS};
    int64_t wake_at = 0;
    for (int quarter = 51 * 4; quarter < 300 * 4; quarter++) {
        f->known.now = HISTORY_START + quarter * HO_US_PER_HOUR / 4;
        struct ho_plan p = plan(f);
        bool woken = before != SIZE_MAX && wake_at <= f->known.now;
        if (before != SIZE_MAX)
            assert_int_equal(p.n_tasks + p.n_notices != before, woken);
        wakings += woken;
        assert_true(p.wake_at > f->known.now);
        before = p.n_tasks + p.n_notices;
        wake_at = p.wake_at;
    }
    assert_int_equal(wakings, 4);
}

static void what_is_done_under_any_name_of_its_change_needs_no_reminder(void **state)
{
    struct fixture *f = *state;
    struct ho_work work = {.template_key = "contact", .status = HO_WORK_DONE, .outcome = "reached"};
    discharge_with_reminders(f);
    leave(f, HO_DESTINATION_HOME, 50); // a repeat: another name of the change
    memcpy(work.change, f->history->events[2]->id.data, HO_ID_BYTES);
    f->known.work = &work;
    f->known.n_work = 1;
    const int64_t late = at("2026-11-20T16:00:00-08:00");
    assert_string_equal(reminders_at(f, late), "");
    work.status = HO_WORK_CLAIMED;
    assert_string_equal(reminders_at(f, late), "due-soon overdue escalated");
    work.status = HO_WORK_DONE;
    work.template_key = "visit";
    assert_string_equal(reminders_at(f, late), "due-soon overdue escalated");
    work.template_key = "contact";
    work.change[0] ^= 1;
    assert_string_equal(reminders_at(f, late), "due-soon overdue escalated");
}

static void what_is_superseded_needs_no_reminder(void **state)
{
    struct fixture *f = *state;
    discharge_with_reminders(f);
    history_tell(f->history, "A01", 60)->visit = history_text("V2");
    assert_string_equal(reminders_at(f, at("2026-11-20T16:00:00-08:00")), "");
}

static void a_reminder_moves_with_the_due(void **state)
{
    struct fixture *f = *state;
    discharge_with_reminders(f);
    f->history->events[1]->occurred += 24 * HO_US_PER_HOUR; // corrected: Thursday, so it is due on Monday
    assert_string_equal(reminders_at(f, at("2026-11-09T07:59:59-08:00")), "");
    assert_string_equal(reminders_at(f, at("2026-11-09T08:00:00-08:00")), "due-soon");
}

static void a_reminder_that_would_come_before_the_task_is_none(void **state)
{
    struct fixture *f = *state;
    discharge_with_reminders(f);
    struct ho_reminder early = REMINDERS[0];
    early.by = (struct ho_due){2, HO_DUE_BUSINESS_DAYS}; // Wednesday at 16:00, six hours after the discharge
    struct ho_task_template *contact = own_task(f, "contact");
    contact->reminders = &early;
    contact->n_reminders = 1;
    assert_string_equal(reminders_at(f, at("2026-11-04T16:00:00-08:00")), "due-soon");
    early.by.amount = 3;
    assert_string_equal(reminders_at(f, at("2026-11-20T16:00:00-08:00")), "");
    early.by.amount = 2;
    f->history->events[1]->recorded = at("2026-11-05T08:00:00-08:00"); // known after it would have come
    assert_string_equal(reminders_at(f, at("2026-11-20T16:00:00-08:00")), "");
    f->history->events[1]->recorded = f->history->events[1]->occurred;
    assert_string_equal(reminders_at(f, at("2026-11-20T16:00:00-08:00")), "due-soon");
    contact->starts = (struct ho_due){1, HO_DUE_DAYS}; // begins on Thursday
    assert_string_equal(reminders_at(f, at("2026-11-20T16:00:00-08:00")), "");
}

static void business_days_before_the_due_pass_over_the_weekend(void **state)
{
    struct fixture *f = *state;
    discharge_with_reminders(f);
    f->history->events[1]->occurred += 24 * HO_US_PER_HOUR; // Thursday, so it is due on Monday
    struct ho_reminder early = REMINDERS[0];
    early.by = (struct ho_due){1, HO_DUE_BUSINESS_DAYS};
    struct ho_task_template *contact = own_task(f, "contact");
    contact->reminders = &early;
    contact->n_reminders = 1;
    assert_string_equal(reminders_at(f, at("2026-11-06T15:59:59-08:00")), "");
    assert_string_equal(reminders_at(f, at("2026-11-06T16:00:00-08:00")), "due-soon");
}

// ---- Known too late ---------------------------------------------------------------------------------------

static void a_task_that_is_known_too_late_is_superseded_with_the_reason(void **state)
{
    struct fixture *f = *state;
    f->protocol.protocol.known_within = (struct ho_due){30, HO_DUE_DAYS};
    stay_until(f, HO_DESTINATION_HOME, 50); // contact due on 2026-11-06, so known in time until 2026-12-06 at 16:00
    f->history->events[1]->recorded = at("2026-12-06T16:00:00-08:00");
    struct ho_plan p = plan(f);
    assert_int_equal(task(&p, "contact")->want, HO_WANTED);
    f->history->events[1]->recorded = at("2026-12-06T16:00:00.000001-08:00");
    p = plan(f);
    assert_int_equal(task(&p, "contact")->want, HO_SUPERSEDED);
    assert_string_equal(task(&p, "contact")->reason, "Known only on 2026-12-06, 30 days after it was due.");
    assert_int_equal(task(&p, "visit")->want, HO_WANTED); // due later
    // An earlier word of the same change is what counts.
    leave(f, HO_DESTINATION_HOME, 50);
    p = plan(f);
    assert_int_equal(task(&p, "contact")->want, HO_WANTED);
}

static void a_notice_that_is_known_too_late_is_none(void **state)
{
    struct fixture *f = *state;
    f->protocol.protocol.notices_within = (struct ho_due){7, HO_DUE_DAYS};
    history_tell(f->history, "A01", 0);
    f->history->events[0]->recorded = at("2026-11-09T16:00:00-08:00");
    assert_int_equal(plan(f).n_notices, 1);
    f->history->events[0]->recorded++;
    assert_int_equal(plan(f).n_notices, 0);
    assert_int_equal(plan(f).n_tasks, 1);
}

static void a_notice_is_over_when_the_hospitals_word_of_it_is_old(void **state)
{
    struct fixture *f = *state;
    f->protocol.protocol.notices_within = (struct ho_due){7, HO_DUE_DAYS};
    history_tell(f->history, "A01", 0);
    f->history->events[0]->recorded = at("2026-11-05T10:00:00-08:00"); // days after it occurred
    f->known.now = at("2027-05-01T10:00:00-08:00");
    struct ho_plan p = plan(f);
    assert_int_equal(p.n_notices, 1); // wanted, whatever the clock
    assert_false(ho_notice_is_over(p.notices, at("2026-11-12T16:00:00-08:00")));
    assert_true(ho_notice_is_over(p.notices, at("2026-11-12T16:00:00.000001-08:00")));
    f->protocol.protocol.notices_within.amount = 0;
    assert_false(ho_notice_is_over(p.notices, f->known.now));
}

static void a_reminder_is_never_over(void **state)
{
    struct fixture *f = *state;
    f->protocol.protocol.notices_within = (struct ho_due){7, HO_DUE_DAYS};
    discharge_with_reminders(f);
    f->known.now = at("2027-05-01T10:00:00-08:00");
    struct ho_plan p = plan(f);
    size_t reminders = 0;
    for (size_t i = 0; i < p.n_notices; i++) {
        reminders += p.notices[i].reminder != NULL;
        assert_int_equal(ho_notice_is_over(&p.notices[i], f->known.now), !p.notices[i].reminder);
    }
    assert_int_equal(reminders, 3);
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

static void the_first_transition_that_supersedes_is_named(void **state)
{
    struct fixture *f = *state;
    stay_until(f, HO_DESTINATION_HOME, 50);
    history_tell(f->history, "A01", 62);
    leave(f, HO_DESTINATION_HOME, 90);
    for (size_t i = 2; i < 4; i++)
        f->history->events[i]->visit = history_text("V2");
    struct ho_plan p = plan(f);
    const struct ho_planned_task *superseded = NULL;
    for (size_t i = 0; i < p.n_tasks; i++) {
        if (strcmp(p.tasks[i].task->key, "contact") == 0 && p.tasks[i].want == HO_SUPERSEDED)
            superseded = &p.tasks[i];
    }
    assert_string_equal(superseded ? superseded->reason : "",
                        "No longer needed: Admitted as an inpatient at General on 2026-11-04.");
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

static void a_reason_tells_a_transfer_from_a_discharge(void **state)
{
    struct fixture *f = *state;
    struct ho_task_template *contact = own_task(f, "contact");
    contact->on = HO_ON_TRANSFER;
    contact->to_places = 0;
    stay_until(f, HO_DESTINATION_ACUTE, 50);
    struct ho_plan p = plan(f);
    assert_string_equal(task(&p, "contact")->reason, "Sent from inpatient care at General to another hospital on "
                                                     "2026-11-04; to be done within 2 business days.");
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

static void a_death_that_two_hospitals_tell_is_planned_once(void **state)
{
    struct fixture *f = *state;
    struct test_rows rows = {0};
    history_tell(f->history, "A01", 0);
    ho_adt_event *word = history_tell(f->history, "A31", 60);
    word->facility = history_text("Mercy");
    word->died = true;
    struct ho_plan first = plan(f);
    settle(f, &first, &rows);
    leave(f, HO_DESTINATION_DIED, 70);
    f->history->events[2]->died = true;
    struct ho_plan then = plan(f);
    struct ho_task_difference difference = compare(f, &then, &rows);
    assert_int_equal(count(&difference, HO_TASK_CREATE) + count(&difference, HO_TASK_WITHDRAW), 0);
    assert_int_equal(then.n_notices, first.n_notices);
    for (size_t i = 0; i < first.n_notices; i++)
        assert_memory_equal(then.notices[i].key, first.notices[i].key, HO_ID_BYTES);
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

// An admission is told twice, and somebody worked under its first name; then a cancel is seen to lie between.
static void work_under_a_name_that_its_task_has_lost_parts_from_it(void **state)
{
    struct fixture *f = *state;
    struct test_rows rows = {0};
    struct ho_task_partings partings;
    ho_adt_event *first = history_tell(f->history, "A01", 0);
    first->id.data[0] = 9;
    history_tell_late(f->history, "A01", 0, 3);
    struct ho_plan before = plan(f);
    settle(f, &before, &rows);
    struct ho_task_row *row = &rows.items[0];
    row->aliases = before.tasks[0].change.aliases;
    row->n_aliases = before.tasks[0].change.n_aliases;
    struct ho_work work[] = {{.template_key = "tell-hospital"}, {.template_key = "tell-hospital"}};
    memcpy(work[0].change, first->id.data, HO_ID_BYTES);
    memcpy(work[1].change, before.tasks[0].change.id, HO_ID_BYTES);
    ho_plan_find_partings(f->history->arena, &before, rows.items, rows.n, work, 2, &partings);
    assert_int_equal(partings.n, 0);
    history_tell_late(f->history, "A11", 0, 1);
    struct ho_plan after = plan(f);
    assert_memory_equal(after.tasks[0].change.id, work[1].change, HO_ID_BYTES);
    ho_plan_find_partings(f->history->arena, &after, rows.items, rows.n, work, 2, &partings);
    assert_int_equal(partings.n, 1);
    assert_ptr_equal(partings.items[0].work, &work[0]);
    assert_ptr_equal(partings.items[0].row, row);
}

// The other way round: the name that is left is not that of the row, which is withdrawn without it.
static void a_withdrawn_row_gives_up_the_names_that_a_planned_task_has(void **state)
{
    struct fixture *f = *state;
    struct test_rows rows = {0};
    const ho_adt_event *first = history_tell(f->history, "A01", 0);
    history_tell_late(f->history, "A01", 0, 3);
    struct ho_plan before = plan(f);
    settle(f, &before, &rows);
    rows.items[0].aliases = before.tasks[0].change.aliases;
    rows.items[0].n_aliases = 2;
    history_tell_late(f->history, "A11", 0, 1);
    struct ho_plan after = plan(f);
    struct ho_task_difference difference = compare(f, &after, &rows);
    assert_int_equal(count(&difference, HO_TASK_CREATE), 1);
    assert_int_equal(difference.n, 2);
    const struct ho_task_change *change = &difference.items[difference.items[0].action == HO_TASK_CREATE];
    assert_int_equal(change->action, HO_TASK_WITHDRAW);
    assert_int_equal(change->n_aliases, 1);
    assert_memory_equal(change->aliases[0], first->id.data, HO_ID_BYTES);
}

// Two visits with a task each turn out to be one; the second one's task may have been withdrawn meanwhile.
static void join_two_visits(struct fixture *f, enum ho_want want_of_second)
{
    struct test_rows rows = {0};
    history_tell(f->history, "A01", 0)->visit = history_text("V1");
    history_tell(f->history, "A01", 1)->visit = history_text("V2");
    f->history->events[1]->facility = history_text("Other");
    struct ho_plan before = plan(f);
    settle(f, &before, &rows);
    assert_int_equal(rows.n, 1);
    struct ho_task_row twin = rows.items[0];
    twin.key[0] ^= 1;
    twin.want = want_of_second;
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
    assert_int_equal(rows.n, 1);
}

static void of_two_rows_that_become_one_task_one_goes_in_its_favour(void **state)
{
    join_two_visits(*state, HO_WANTED);
}

static void a_withdrawn_row_whose_change_has_joined_goes_too(void **state)
{
    join_two_visits(*state, HO_WITHDRAWN);
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
        PROPERTY(a_withdrawn_task_says_that_the_situation_or_the_program_does_not_call_for_it),
        PROPERTY(of_two_protocols_the_one_that_came_nearest_tells_why),
        PROPERTY(a_notice_is_judged_by_its_own_template_where_a_task_has_its_name),
        PROPERTY(a_notice_that_was_said_for_what_still_is_was_dropped_by_the_protocol),
        PROPERTY(a_notice_that_is_too_late_by_a_newer_protocol_is_not_corrected),
        PROPERTY(only_what_did_not_happen_is_corrected),
        PROPERTY(a_template_that_is_gone_with_its_cause_is_the_hospitals),
        PROPERTY(a_task_is_wanted_where_its_conditions_hold),
        PROPERTY(a_notice_is_wanted_where_its_conditions_hold),
        PROPERTY(a_diagnosis_is_of_its_stay_and_a_condition_from_then_on),
        PROPERTY(a_program_that_does_not_run_calls_for_nothing),
        PROPERTY(a_task_may_begin_later),
        PROPERTY(what_is_superseded_before_it_begins_was_never_there),
        PROPERTY(each_reminder_comes_at_its_time_and_not_before),
        PROPERTY(a_reminder_has_its_own_name_and_key),
        PROPERTY(a_plan_wakes_for_its_next_reminder),
        PROPERTY(a_plan_changes_at_its_waking_and_at_no_other_time),
        PROPERTY(what_is_done_under_any_name_of_its_change_needs_no_reminder),
        PROPERTY(what_is_superseded_needs_no_reminder),
        PROPERTY(a_reminder_moves_with_the_due),
        PROPERTY(a_reminder_that_would_come_before_the_task_is_none),
        PROPERTY(business_days_before_the_due_pass_over_the_weekend),
        PROPERTY(a_task_that_is_known_too_late_is_superseded_with_the_reason),
        PROPERTY(a_notice_that_is_known_too_late_is_none),
        PROPERTY(a_notice_is_over_when_the_hospitals_word_of_it_is_old),
        PROPERTY(a_reminder_is_never_over),
        PROPERTY(a_task_is_due_at_the_earlier_of_both_calendars),
        PROPERTY(days_and_hours_count_from_the_transition),
        PROPERTY(a_newer_transition_of_the_same_purpose_supersedes),
        PROPERTY(a_newer_transition_that_calls_for_nothing_does_not_supersede),
        PROPERTY(an_occasion_under_until_supersedes),
        PROPERTY(the_first_transition_that_supersedes_is_named),
        PROPERTY(a_death_supersedes_everything_but_its_own),
        PROPERTY(a_reason_names_facts),
        PROPERTY(a_reason_tells_a_transfer_from_a_discharge),
        PROPERTY(a_reason_of_an_arrival_says_where),
        PROPERTY(a_reason_of_leaving_against_advice_says_so),
        PROPERTY(a_reason_of_a_death_says_who_reported_it),
        PROPERTY(what_is_planned_and_missing_is_created),
        PROPERTY(a_death_that_two_hospitals_tell_is_planned_once),
        PROPERTY(another_due_is_written_to_what_is_wanted),
        PROPERTY(what_is_no_longer_planned_is_withdrawn_and_may_come_back),
        PROPERTY(a_row_under_another_name_of_its_change_takes_the_new_key),
        PROPERTY(a_row_of_another_template_is_not_taken),
        PROPERTY(work_under_a_name_that_its_task_has_lost_parts_from_it),
        PROPERTY(a_withdrawn_row_gives_up_the_names_that_a_planned_task_has),
        PROPERTY(of_two_rows_that_become_one_task_one_goes_in_its_favour),
        PROPERTY(a_withdrawn_row_whose_change_has_joined_goes_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
