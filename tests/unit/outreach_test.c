// Outreach: one task for each member who began to qualify for a program and is not enrolled in it.
#include "../support/unit.h"

#include "../support/history.h"

enum { DAY = 24, YEAR = 365 * DAY }; // in hours, as histories count

struct fixture {
    struct history *history;
    struct ho_zone *zone;
    struct ho_calendar calendar;
    struct ho_task_template task;
    struct ho_opening opening;
    struct ho_test test;
    struct ho_population population;
    struct ho_program program;
    ho_member member;
    ho_enrolment enrolment;
    bool enrolled;
    struct ho_work work;
    bool worked;
    uint32_t today;
    struct ho_plan plan;
};

// Two ED visits in twelve months are enough.
static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    assert_int_equal(ho_zone_new("America/Los_Angeles", &f->zone, NULL), HO_OK);
    f->calendar = (struct ho_calendar){"plan", f->zone, 8 * 60, 17 * 60, NULL, 0, {0}};
    f->task = (struct ho_task_template){
        .key = "outreach-ecm", .role = "coordinator", .due = {5, HO_DUE_BUSINESS_DAYS}, .why = "", .measure = ""};
    f->opening = (struct ho_opening){"", 20220101, 0};
    f->test = (struct ho_test){.title = "Two", .use = HO_USE_ED, .count = 2, .months = 12};
    f->population = (struct ho_population){.key = "all", .title = "All", .openings = &f->opening, .n_openings = 1};
    f->population.criteria[HO_CRITERION_ACUITY] = (struct ho_tests){&f->test, 1};
    f->program = (struct ho_program){.key = "ECM",
                                     .title = "Enhanced Care",
                                     .from = 20220101,
                                     .default_county = "",
                                     .populations = &f->population,
                                     .n_populations = 1};
    f->program.outreach = (struct ho_protocol){
        .name = "outreach-ecm", .program = "ECM", .task_calendar = &f->calendar, .tasks = &f->task, .n_tasks = 1};
    handoff__v1__member__init(&f->member);
    handoff__v1__enrolment__init(&f->enrolment);
    f->enrolment.program = history_text("ECM");
    f->today = 20270801;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    history_free(f->history);
    ho_zone_free(f->zone);
    free(f);
    return 0;
}

// Three hours in the ED. Hour 0 is 2026-11-02.
static ho_adt_event *visit(struct fixture *f, const char *number, int hour)
{
    history_tell(f->history, "A04", hour)->visit = history_text(number);
    ho_adt_event *end = history_tell(f->history, "A03", hour + 3);
    end->visit = history_text(number);
    return end;
}

static void input_of(struct fixture *f, struct ho_plan_input *out)
{
    struct ho_line *line = ho_arena_alloc(f->history->arena, sizeof *line);
    const ho_enrolment **enrolments = ho_arena_array(f->history->arena, 1, sizeof(ho_enrolment *));
    const struct ho_program **programs = ho_arena_array(f->history->arena, 1, sizeof(struct ho_program *));
    history_draw(f->history, line);
    enrolments[0] = &f->enrolment;
    programs[0] = &f->program;
    *out = (struct ho_plan_input){
        .member_id = "M1",
        .member = &f->member,
        .enrolments = enrolments,
        .n_enrolments = f->enrolled,
        .work = &f->work,
        .n_work = f->worked,
        .programs = programs,
        .n_programs = 1,
        .now = ho_zone_day_end(f->zone, f->today) - HO_US_PER_HOUR,
        .line = line,
        .today = f->today,
    };
}

static const struct ho_plan *plan(struct fixture *f)
{
    struct ho_plan_input input;
    input_of(f, &input);
    ho_plan_make(f->history->arena, &input, &f->plan);
    return &f->plan;
}

// The only task, which is wanted.
static const struct ho_planned_task *wanted(struct fixture *f)
{
    const struct ho_plan *p = plan(f);
    assert_int_equal(p->n_tasks, 1);
    assert_int_equal(p->tasks[0].want, HO_WANTED);
    return &p->tasks[0];
}

static void expect_superseded(struct fixture *f, const char *reason)
{
    const struct ho_plan *p = plan(f);
    assert_int_equal(p->n_tasks, 1);
    assert_int_equal(p->tasks[0].want, HO_SUPERSEDED);
    assert_string_equal(p->tasks[0].reason, reason);
}

static void work_on(struct fixture *f, const struct ho_planned_task *task, const char *outcome, int hour)
{
    f->work = (struct ho_work){.template_key = "outreach-ecm",
                               .status = HO_WORK_DONE,
                               .outcome = outcome,
                               .at = HISTORY_START + hour * HO_US_PER_HOUR};
    memcpy(f->work.change, task->change.id, HO_ID_BYTES);
    f->worked = true;
}

static void enrol(struct fixture *f, uint32_t from)
{
    f->enrolment.enrolled_from = from;
    f->enrolled = true;
}

// ---- One task -------------------------------------------------------------------------------------------

static void who_does_not_qualify_is_not_asked(void **state)
{
    struct fixture *f = *state;
    visit(f, "V1", 0);
    assert_int_equal(plan(f)->n_tasks, 0);
}

static void the_visit_that_lifts_a_member_asks_once(void **state)
{
    struct fixture *f = *state;
    uint8_t key[HO_ID_BYTES];
    visit(f, "V1", 0);
    ho_adt_event *second = visit(f, "V2", 10 * DAY);
    const struct ho_planned_task *task = wanted(f);
    assert_memory_equal(task->change.id, second->id.data, HO_ID_BYTES);
    ho_plan_key("M1", second->id.data, "outreach-ecm", key);
    assert_memory_equal(task->key, key, HO_ID_BYTES);
    assert_string_equal(task->protocol->name, "outreach-ecm");
    assert_string_equal(task->reason, "Qualifies for Enhanced Care since 2026-11-12, and is not enrolled.");
    assert_int_equal(ho_zone_date(f->zone, task->due), 20261119);
    visit(f, "V3", 20 * DAY);
    visit(f, "V4", 40 * DAY);
    assert_memory_equal(wanted(f)->key, key, HO_ID_BYTES);
}

static void nobody_is_asked_where_the_plan_knows_nothing_of_the_person(void **state)
{
    struct fixture *f = *state;
    struct ho_plan_input input;
    visit(f, "V1", 0);
    visit(f, "V2", 10 * DAY);
    input_of(f, &input);
    input.member = NULL;
    ho_plan_make(f->history->arena, &input, &f->plan);
    assert_int_equal(f->plan.n_tasks, 0);
}

static void nobody_is_asked_where_the_program_asks_nobody(void **state)
{
    struct fixture *f = *state;
    visit(f, "V1", 0);
    visit(f, "V2", 10 * DAY);
    f->program.outreach.n_tasks = 0;
    assert_int_equal(plan(f)->n_tasks, 0);
}

// ---- Enrolment ------------------------------------------------------------------------------------------

static void who_is_enrolled_on_the_day_is_not_asked(void **state)
{
    struct fixture *f = *state;
    visit(f, "V1", 0);
    visit(f, "V2", 10 * DAY);
    enrol(f, 20261112);
    assert_int_equal(plan(f)->n_tasks, 0);
}

static void an_enrolment_later_supersedes(void **state)
{
    struct fixture *f = *state;
    visit(f, "V1", 0);
    visit(f, "V2", 10 * DAY);
    enrol(f, 20261201);
    expect_superseded(f, "Enrolled in ECM from 2026-12-01.");
    visit(f, "V3", 60 * DAY);
    expect_superseded(f, "Enrolled in ECM from 2026-12-01.");
}

static void who_left_may_be_asked_again(void **state)
{
    struct fixture *f = *state;
    visit(f, "V1", 0);
    visit(f, "V2", 10 * DAY);
    enrol(f, 20261201);
    f->enrolment.enrolled_to = 20261231;
    visit(f, "V3", 90 * DAY);
    const ho_adt_event *arrival = f->history->events[f->history->n - 2];
    const struct ho_plan *p = plan(f);
    assert_int_equal(p->n_tasks, 2);
    for (size_t i = 0; i < 2; i++) {
        bool new_one = memcmp(p->tasks[i].change.id, arrival->id.data, HO_ID_BYTES) == 0;
        assert_int_equal(p->tasks[i].want, new_one ? HO_WANTED : HO_SUPERSEDED);
    }
}

static void who_has_opted_out_is_never_asked(void **state)
{
    struct fixture *f = *state;
    struct ho_plan_input input;
    ho_adt_event *second = (visit(f, "V1", 0), visit(f, "V2", 10 * DAY));
    enrol(f, 20260101);
    f->enrolment.enrolled_to = 20260201;
    wanted(f);
    f->enrolment.opted_out_on = 20260115;
    assert_int_equal(plan(f)->n_tasks, 0);
    input_of(f, &input);
    struct ho_absence absence = ho_task_absence(&input, second->id.data, "outreach-ecm");
    assert_string_equal(ho_absence_reason(f->history->arena, &absence), "Opted out of ECM on 2026-01-15.");
}

// ---- Answers --------------------------------------------------------------------------------------------

static void who_declined_is_not_asked_for_a_year(void **state)
{
    struct fixture *f = *state;
    visit(f, "V1", 0);
    visit(f, "V2", 10 * DAY);
    work_on(f, wanted(f), "declined", 20 * DAY);
    visit(f, "V3", 200 * DAY);
    visit(f, "V4", 20 * DAY + YEAR); // still the last day
    assert_int_equal(plan(f)->n_tasks, 1);
    visit(f, "V5", 21 * DAY + YEAR);
    const ho_adt_event *arrival = f->history->events[f->history->n - 2];
    f->today = 20271201;
    const struct ho_plan *p = plan(f);
    assert_int_equal(p->n_tasks, 2);
    for (size_t i = 0; i < 2; i++) {
        bool new_one = memcmp(p->tasks[i].change.id, arrival->id.data, HO_ID_BYTES) == 0;
        assert_int_equal(p->tasks[i].want, new_one ? HO_WANTED : HO_SUPERSEDED);
    }
}

static void an_answer_holds_though_its_cause_is_gone(void **state)
{
    struct fixture *f = *state;
    visit(f, "V1", 0);
    visit(f, "V2", 10 * DAY);
    work_on(f, wanted(f), "declined", 20 * DAY);
    ho_adt_event *cancel = history_tell(f->history, "A11", 10 * DAY + 4);
    cancel->visit = history_text("V2");
    cancel = history_tell(f->history, "A13", 10 * DAY + 4);
    cancel->visit = history_text("V2");
    visit(f, "V3", 100 * DAY);
    assert_int_equal(plan(f)->n_tasks, 0);
}

// ---- Corrections ----------------------------------------------------------------------------------------

static void work_follows_where_an_earlier_visit_comes_to_light(void **state)
{
    struct fixture *f = *state;
    struct ho_task_difference difference;
    visit(f, "V1", 0);
    visit(f, "V3", 20 * DAY);
    const struct ho_planned_task *task = wanted(f);
    struct ho_task_row row = {.template_key = "outreach-ecm", .want = HO_WANTED, .due = task->due};
    memcpy(row.key, task->key, HO_ID_BYTES);
    memcpy(row.change, task->change.id, HO_ID_BYTES);
    visit(f, "V2", 10 * DAY);
    assert_memory_not_equal(wanted(f)->key, row.key, HO_ID_BYTES);
    ho_plan_compare_tasks(f->history->arena, &f->plan, &row, 1, &difference);
    assert_int_equal(difference.n, 1);
    assert_int_equal(difference.items[0].action, HO_TASK_REKEY);
}

static void what_the_hospital_took_back_asks_nobody(void **state)
{
    struct fixture *f = *state;
    struct ho_plan_input input;
    visit(f, "V1", 0);
    ho_adt_event *second = visit(f, "V2", 10 * DAY);
    wanted(f);
    ho_adt_event *cancel = history_tell(f->history, "A13", 10 * DAY + 4);
    cancel->visit = history_text("V2");
    assert_int_equal(plan(f)->n_tasks, 0);
    input_of(f, &input);
    struct ho_absence absence = ho_task_absence(&input, second->id.data, "outreach-ecm");
    assert_int_equal(absence.cause, HO_ABSENT_BY_HOSPITAL);
}

static void the_situation_is_named_where_it_no_longer_calls_for_it(void **state)
{
    struct fixture *f = *state;
    struct ho_plan_input input;
    visit(f, "V1", 0);
    ho_adt_event *second = visit(f, "V2", 10 * DAY);
    f->test.count = 3;
    assert_int_equal(plan(f)->n_tasks, 0);
    input_of(f, &input);
    struct ho_absence absence = ho_task_absence(&input, second->id.data, "outreach-ecm");
    assert_int_equal(absence.cause, HO_ABSENT_BY_SITUATION);
}

// A visit, and ten days later another of which nothing more was heard.
static void fall_silent(struct fixture *f, const struct ho_words *words_or_null, struct ho_line *line,
                        struct ho_plan_input *input)
{
    struct ho_encounters encounters;
    const struct ho_line_rules rules = ho_line_rules_default(f->zone);
    visit(f, "V1", 0);
    history_tell(f->history, "A04", 10 * DAY)->visit = history_text("V2");
    history_fold(f->history, &encounters);
    ho_line_draw(f->history->arena, &encounters, words_or_null, &rules, HISTORY_START + 20 * (DAY * HO_US_PER_HOUR),
                 line);
    input_of(f, input);
    input->line = line;
}

static void silence_asks_nobody_and_counts_with_the_next_word(void **state)
{
    struct fixture *f = *state;
    struct ho_plan_input input;
    struct ho_line line;
    fall_silent(f, NULL, &line, &input);
    assert_int_equal(line.transitions[line.n_transitions - 1].kind, HO_SILENCE);
    ho_plan_make(f->history->arena, &input, &f->plan);
    assert_int_equal(f->plan.n_tasks, 0);
    ho_adt_event *end = history_tell(f->history, "A03", 10 * DAY + 3);
    end->visit = history_text("V2");
    assert_memory_equal(wanted(f)->change.id, end->id.data, HO_ID_BYTES);
}

// The visit counts, and once.
static void who_is_said_to_be_home_after_a_silence_is_asked(void **state)
{
    struct fixture *f = *state;
    struct ho_plan_input input;
    struct ho_line line;
    const int64_t said = HISTORY_START + 15 * (DAY * HO_US_PER_HOUR);
    const uint8_t id[1][HO_ID_BYTES] = {{7}};
    const struct ho_change word = {.id = {7}, .aliases = id, .n_aliases = 1, .occurred = said, .recorded = said};
    const struct ho_words words = {&word, 1};
    fall_silent(f, &words, &line, &input);
    ho_plan_make(f->history->arena, &input, &f->plan);
    assert_int_equal(f->plan.n_tasks, 1);
    assert_memory_equal(f->plan.tasks[0].change.id, word.id, HO_ID_BYTES);
    f->test.count = 3;
    ho_plan_make(f->history->arena, &input, &f->plan);
    assert_int_equal(f->plan.n_tasks, 0);
}

// ---- The clock ------------------------------------------------------------------------------------------

static void a_question_is_open_for_a_year_and_the_plan_wakes_at_its_end(void **state)
{
    struct fixture *f = *state;
    char words[HO_TIME_TEXT_BYTES];
    visit(f, "V1", 0);
    visit(f, "V2", 10 * DAY);
    f->today = 20271112;
    wanted(f);
    assert_string_equal(ho_time_format(f->plan.wake_at, f->zone, words), "2027-11-13T00:00:00-08:00");
    f->today = 20271113;
    expect_superseded(f, "More than a year has passed since 2026-11-12.");
    assert_true(f->plan.wake_at == INT64_MAX);
}

// An hour before the plan's midnight it is the next day in the program's.
static void where_zones_differ_a_question_ends_when_the_plan_wakes(void **state)
{
    struct fixture *f = *state;
    struct ho_zone *eastern;
    char words[HO_TIME_TEXT_BYTES];
    assert_int_equal(ho_zone_new("America/New_York", &eastern, NULL), HO_OK);
    f->calendar.zone = eastern;
    visit(f, "V1", 0);
    visit(f, "V2", 10 * DAY);
    f->today = 20271111;
    wanted(f);
    assert_string_equal(ho_time_format(f->plan.wake_at, eastern, words), "2027-11-13T00:00:00-05:00");
    f->today = 20271112;
    expect_superseded(f, "More than a year has passed since 2026-11-12.");
    assert_true(f->plan.wake_at == INT64_MAX);
    ho_zone_free(eastern);
}

static void a_program_that_ended_asks_nobody_any_more(void **state)
{
    struct fixture *f = *state;
    char words[HO_TIME_TEXT_BYTES];
    visit(f, "V1", 0);
    visit(f, "V2", 10 * DAY);
    f->program.to = 20261231;
    f->today = 20261231;
    wanted(f);
    assert_string_equal(ho_time_format(f->plan.wake_at, f->zone, words), "2027-01-01T00:00:00-08:00");
    f->today = 20270101;
    expect_superseded(f, "Enhanced Care ended with 2026-12-31.");
}

static void a_death_supersedes(void **state)
{
    struct fixture *f = *state;
    visit(f, "V1", 0);
    visit(f, "V2", 10 * DAY);
    visit(f, "V3", 20 * DAY)->destination = HANDOFF__V1__DESTINATION__DESTINATION_DIED;
    expect_superseded(f, "No longer needed: Death reported by General on 2026-11-22.");
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(who_does_not_qualify_is_not_asked),
        PROPERTY(the_visit_that_lifts_a_member_asks_once),
        PROPERTY(nobody_is_asked_where_the_plan_knows_nothing_of_the_person),
        PROPERTY(nobody_is_asked_where_the_program_asks_nobody),
        PROPERTY(who_is_enrolled_on_the_day_is_not_asked),
        PROPERTY(an_enrolment_later_supersedes),
        PROPERTY(who_left_may_be_asked_again),
        PROPERTY(who_has_opted_out_is_never_asked),
        PROPERTY(who_declined_is_not_asked_for_a_year),
        PROPERTY(an_answer_holds_though_its_cause_is_gone),
        PROPERTY(work_follows_where_an_earlier_visit_comes_to_light),
        PROPERTY(what_the_hospital_took_back_asks_nobody),
        PROPERTY(the_situation_is_named_where_it_no_longer_calls_for_it),
        PROPERTY(silence_asks_nobody_and_counts_with_the_next_word),
        PROPERTY(who_is_said_to_be_home_after_a_silence_is_asked),
        PROPERTY(a_question_is_open_for_a_year_and_the_plan_wakes_at_its_end),
        PROPERTY(where_zones_differ_a_question_ends_when_the_plan_wakes),
        PROPERTY(a_program_that_ended_asks_nobody_any_more),
        PROPERTY(a_death_supersedes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
