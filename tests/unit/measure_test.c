// Measures: who counts, who is excluded and why, and what is in time. Hour 0 is Monday 2026-11-02 08:00.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/protocol.h"
#include "../support/stays.h"
#include "handoff/measure.h"

enum { DAY = 24, MOST_WORK = 8 };

static const char *const MENTAL[] = {"F3"}, *const HARM[] = {"X8"}, *const SUBSTANCE[] = {"F10"},
                         *const OVERDOSE[] = {"T40"}, *const PREGNANCY[] = {"O"};
static const struct ho_code_group GROUPS[] = {
    {.key = "mental-health", .prefixes = MENTAL, .n_prefixes = 1},
    {.key = "self-harm", .prefixes = HARM, .n_prefixes = 1},
    {.key = "sud", .prefixes = SUBSTANCE, .n_prefixes = 1},
    {.key = "overdose", .prefixes = OVERDOSE, .n_prefixes = 1},
    {.key = "pregnancy", .prefixes = PREGNANCY, .n_prefixes = 1},
};
static const struct ho_codes CODES = {GROUPS, sizeof GROUPS / sizeof GROUPS[0]};

static const struct ho_task_template TASKS[] = {
    {.key = "contact", .measure = "tcm-contact"},
    {.key = "visit", .measure = "tcm-visit-7"},
    {.key = "late-visit", .measure = "tcm-visit-14"},
    {.key = "call", .measure = "trc-engagement"},
    {.key = "tell-team", .measure = "trc-admission"},
    {.key = "papers", .measure = "trc-discharge"},
    {.key = "medicines", .measure = "trc-medications"},
    {.key = "mind-visit", .measure = "fuh-7"},
    {.key = "mind-ed-visit", .measure = "fum-30"},
    {.key = "substance-ed-visit", .measure = "fua-7"},
    {.key = "other", .measure = ""},
    {.key = "ask", .measure = "", .home_with = (const char *const[]){"went-home"}, .n_home_with = 1},
};
static const char *const TEAM[] = {"coordinator", "team"}, *const COORDINATOR[] = {"coordinator"};
static const struct ho_notice_template NOTICES[] = {
    {.key = "admitted-alone", .on = HO_ON_ADMISSION, .roles = COORDINATOR, .n_roles = 1},
    {.key = "admission", .on = HO_ON_ADMISSION, .roles = TEAM, .n_roles = 2},
    {.key = "discharge", .on = HO_ON_DISCHARGE, .roles = TEAM, .n_roles = 2},
};

struct fixture {
    struct history *history;
    struct test_protocol protocol;
    ho_member member;
    ho_enrolment enrolment;
    struct ho_work work[MOST_WORK];
    size_t n_work;
    int64_t now;
    int64_t wake_at; // of the last count
    bool nobody_is_enrolled;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    test_protocol_init(&f->protocol);
    f->protocol.protocol.tasks = TASKS;
    f->protocol.protocol.n_tasks = sizeof TASKS / sizeof TASKS[0];
    f->protocol.protocol.notices = NOTICES;
    f->protocol.protocol.n_notices = sizeof NOTICES / sizeof NOTICES[0];
    handoff__v1__member__init(&f->member);
    f->member.birth_date = 19600101;
    f->member.dual = true;
    handoff__v1__enrolment__init(&f->enrolment);
    f->enrolment.program = history_text("ECM");
    f->enrolment.enrolled_from = 20260101;
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

static int64_t at_hour(int hour)
{
    return HISTORY_START + hour * HO_US_PER_HOUR;
}

static struct ho_measures take(struct fixture *f)
{
    struct ho_encounters encounters;
    struct ho_line *line = ho_arena_alloc(f->history->arena, sizeof *line);
    const struct ho_line_rules rules = ho_line_rules_default(f->protocol.zone);
    const ho_enrolment *enrolments[] = {&f->enrolment};
    const struct ho_protocol *protocols[] = {&f->protocol.protocol};
    struct ho_measures measures;
    history_fold(f->history, &encounters);
    const struct ho_plan_input input = {
        .member_id = "M1",
        .member = &f->member,
        .enrolments = enrolments,
        .n_enrolments = f->nobody_is_enrolled ? 0 : 1,
        .work = f->work,
        .n_work = f->n_work,
        .codes = &CODES,
        .now = f->now,
        .line = line,
        .protocols = protocols,
        .n_protocols = 1,
        .today = f->now ? ho_zone_date(f->protocol.zone, f->now) : 20270601,
    };
    ho_plan_line(f->history->arena, &encounters, &input, &rules, line);
    ho_measures_take(f->history->arena, &input, &measures);
    f->wake_at = measures.wake_at;
    return measures;
}

// "20261104 met by 20261106 (contact: reached-member)", one after the other.
static void expect(struct fixture *f, enum ho_measure measure, const char *wanted)
{
    struct ho_measures all = take(f);
    const char *words = "";
    for (size_t i = 0; i < all.n; i++) {
        const struct ho_measure_row *r = &all.items[i];
        if (r->measure != measure)
            continue;
        words = ho_arena_printf(f->history->arena, "%s%s%u %s by %u", words, *words ? "; " : "", r->date,
                                ho_measure_state_name(r->state), r->last_day);
        if (*r->reason)
            words = ho_arena_printf(f->history->arena, "%s (%s)", words, r->reason);
    }
    assert_string_equal(words, wanted);
}

// Somebody did a task of the event's transition.
static void done(struct fixture *f, const ho_adt_event *event, const char *template_key, const char *outcome, int hour)
{
    assert_true(f->n_work < MOST_WORK);
    struct ho_work *work = &f->work[f->n_work++];
    *work =
        (struct ho_work){.template_key = template_key, .status = HO_WORK_DONE, .outcome = outcome, .at = at_hour(hour)};
    memcpy(work->change, event->id.data, HO_ID_BYTES);
}

static void diagnose(struct fixture *f, ho_adt_event *event, const char *const *codes, size_t n, const char *type)
{
    event->diagnoses = ho_arena_array(f->history->arena, n, sizeof(ho_diagnosis *));
    event->n_diagnoses = n;
    for (size_t i = 0; i < n; i++) {
        event->diagnoses[i] = ho_arena_alloc(f->history->arena, sizeof(ho_diagnosis));
        handoff__v1__diagnosis__init(event->diagnoses[i]);
        event->diagnoses[i]->code = history_text(codes[i]);
        event->diagnoses[i]->type = history_text(type);
    }
}

static void diagnose_one(struct fixture *f, ho_adt_event *event, const char *code)
{
    diagnose(f, event, &code, 1, "F");
}

// A stay from hour 0 to Wednesday 2026-11-04 08:00.
static ho_adt_event *stay_to(struct fixture *f, enum ho_destination destination)
{
    tell(f->history, GENERAL, "A01", 0);
    return leave(f->history, GENERAL, destination, 2 * DAY);
}

static ho_adt_event *go_home(struct fixture *f)
{
    return stay_to(f, HO_DESTINATION_HOME);
}

static ho_adt_event *ed_visit(struct fixture *f, const char *visit, int hour, const char *code)
{
    const struct stay stay = {"General", visit, HO_FACILITY_HOSPITAL};
    tell(f->history, stay, "A04", hour);
    ho_adt_event *end = leave(f->history, stay, HO_DESTINATION_HOME, hour + 4);
    diagnose_one(f, end, code);
    return end;
}

// ---- Names ----------------------------------------------------------------------------------------------

static void every_measure_has_a_name_that_is_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < HO_MEASURES; i++) {
        enum ho_measure measure = HO_MEASURES;
        assert_true(ho_measure_from_name(ho_bytes_of(ho_measure_name((enum ho_measure)i)), &measure));
        assert_int_equal(measure, i);
        assert_true(strlen(ho_measure_title(measure)) > 10);
    }
    enum ho_measure none;
    assert_false(ho_measure_from_name(ho_bytes_of("tcm"), &none));
    assert_non_null(strstr(ho_measure_caveat, "Operational proxy"));
}

// ---- Contact after discharge ----------------------------------------------------------------------------

static void a_contact_or_two_attempts_within_two_business_days_meet(void **state)
{
    static const char *const outcomes[] = {"reached-member", "reached-caregiver", "two-attempts"};
    struct fixture *f = *state;
    const ho_adt_event *end = go_home(f);
    for (size_t i = 0; i < 3; i++) {
        f->n_work = 0;
        done(f, end, "contact", outcomes[i], 3 * DAY);
        expect(f, HO_MEASURE_TCM_CONTACT,
               ho_arena_printf(f->history->arena, "20261104 met by 20261106 (contact: %s)", outcomes[i]));
    }
    f->n_work = 0;
    done(f, end, "contact", "not-reached", 3 * DAY);
    done(f, end, "other", "reached-member", 3 * DAY);
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 missed by 20261106");
}

static void a_contact_counts_from_the_discharge_to_the_end_of_the_last_day(void **state)
{
    struct fixture *f = *state;
    const ho_adt_event *end = go_home(f);
    static const struct {
        int hour;
        bool met;
    } cases[] = {{2 * DAY - 1, false}, {2 * DAY, true}, {4 * DAY + 15, true}, {4 * DAY + 16, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        f->n_work = 0;
        done(f, end, "contact", "reached-member", cases[i].hour);
        expect(f, HO_MEASURE_TCM_CONTACT,
               cases[i].met ? "20261104 met by 20261106 (contact: reached-member)" : "20261104 missed by 20261106");
    }
}

static void business_days_are_those_of_the_measures_calendar(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 8 * DAY); // Tuesday 10 November; the next is Veterans Day
    expect(f, HO_MEASURE_TCM_CONTACT, "20261110 missed by 20261113");
    f->protocol.protocol.measure_calendar = NULL; // the plan works on that day
    expect(f, HO_MEASURE_TCM_CONTACT, "20261110 missed by 20261112");
}

static void the_day_after_thanksgiving_is_a_federal_business_day(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 22 * DAY);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 23 * DAY); // Wednesday 25 November
    expect(f, HO_MEASURE_TCM_CONTACT, "20261125 missed by 20261130");
    f->protocol.protocol.measure_calendar = NULL;
    expect(f, HO_MEASURE_TCM_CONTACT, "20261125 missed by 20261201");
}

static void only_those_who_go_home_are_contacted(void **state)
{
    struct fixture *f = *state;
    ho_adt_event *end = stay_to(f, HO_DESTINATION_SKILLED_NURSING);
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 excluded by 20261106 (to a nursing facility)");
    end->disposition = history_text("04");
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 missed by 20261106");
    end->destination = (Handoff__V1__Destination)HO_DESTINATION_OTHER_FACILITY;
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 excluded by 20261106 (to another facility)");
    end->destination = (Handoff__V1__Destination)HO_DESTINATION_AGAINST_ADVICE;
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 missed by 20261106");
    end->destination = (Handoff__V1__Destination)HO_DESTINATION_DIED;
    expect(f, HO_MEASURE_TCM_CONTACT, "");
}

static void who_is_said_to_be_home_from_a_facility_without_a_feed_is_contacted(void **state)
{
    struct fixture *f = *state;
    done(f, stay_to(f, HO_DESTINATION_SKILLED_NURSING), "ask", "went-home", 12 * DAY); // Saturday 14 November
    expect(f, HO_MEASURE_TCM_CONTACT,
           "20261104 excluded by 20261106 (to a nursing facility); 20261114 missed by 20261117");
}

static void observation_and_nursing_facilities_count_and_the_ed_does_not(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0)->patient_class = (Handoff__V1__PatientClass)HO_CLASS_OBSERVATION;
    leave(f->history, GENERAL, HO_DESTINATION_HOME, DAY);
    tell(f->history, GROVE, "A01", 20 * DAY);
    leave(f->history, GROVE, HO_DESTINATION_HOME, 30 * DAY);
    ed_visit(f, "E1", 60 * DAY, "I10");
    expect(f, HO_MEASURE_TCM_CONTACT, "20261103 missed by 20261105; 20261202 missed by 20261204");
    expect(f, HO_MEASURE_TRC_ENGAGEMENT, "20261202 missed by 20270101");
}

static void an_admission_in_the_window_excludes(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    tell(f->history, GENERAL_2, "A01", 4 * DAY + 15); // on the last day
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 excluded by 20261106 (admitted to hospital)");
    expect(f, HO_MEASURE_TCM_VISIT_7, "20261104 excluded by 20261111 (admitted to hospital)");
}

static void an_admission_after_the_window_does_not(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    tell(f->history, GENERAL_2, "A01", 4 * DAY + 16);
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 missed by 20261106");
    expect(f, HO_MEASURE_TCM_VISIT_7, "20261104 excluded by 20261111 (admitted to hospital)");
}

static void a_death_in_the_thirty_days_excludes(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    ho_adt_event *death = tell(f->history, GENERAL_2, "A04", 31 * DAY); // day 29
    death->died = true;
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 excluded by 20261106 (died)");
    death->occurred = death->recorded = at_hour(32 * DAY);
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 missed by 20261106");
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "20261104 excluded by 20261204 (died)");
}

// ---- Visits after discharge -----------------------------------------------------------------------------

static void one_visit_serves_both_windows(void **state)
{
    struct fixture *f = *state;
    const ho_adt_event *end = go_home(f);
    done(f, end, "late-visit", "visit-done", 9 * DAY);
    expect(f, HO_MEASURE_TCM_VISIT_7, "20261104 met by 20261111 (late-visit: visit-done)");
    expect(f, HO_MEASURE_TCM_VISIT_14, "20261104 met by 20261118 (late-visit: visit-done)");
    f->work[0].at = at_hour(10 * DAY);
    expect(f, HO_MEASURE_TCM_VISIT_7, "20261104 missed by 20261111");
    expect(f, HO_MEASURE_TCM_VISIT_14, "20261104 met by 20261118 (late-visit: visit-done)");
    f->work[0].at = at_hour(17 * DAY);
    expect(f, HO_MEASURE_TCM_VISIT_14, "20261104 missed by 20261118");
}

// ---- Transitions of care --------------------------------------------------------------------------------

static void a_notice_to_the_team_by_day_two_meets(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    expect(f, HO_MEASURE_TRC_ADMISSION, "20261102 met by 20261104 (notice admission)");
    expect(f, HO_MEASURE_TRC_DISCHARGE, "20261104 met by 20261106 (notice discharge)");
}

static void a_notice_after_day_two_does_not_and_a_task_done_by_then_does(void **state)
{
    struct fixture *f = *state;
    ho_adt_event *begin = tell(f->history, GENERAL, "A01", 0);
    ho_adt_event *end = leave(f->history, GENERAL, HO_DESTINATION_HOME, 2 * DAY);
    begin->recorded = at_hour(2 * DAY + 15);
    end->recorded = at_hour(4 * DAY + 16);
    expect(f, HO_MEASURE_TRC_ADMISSION, "20261102 met by 20261104 (notice admission)");
    expect(f, HO_MEASURE_TRC_DISCHARGE, "20261104 missed by 20261106");
    begin->recorded = at_hour(2 * DAY + 16);
    expect(f, HO_MEASURE_TRC_ADMISSION, "20261102 missed by 20261104");
    done(f, begin, "tell-team", "team-told", 2 * DAY);
    done(f, end, "papers", "sent", 4 * DAY);
    expect(f, HO_MEASURE_TRC_ADMISSION, "20261102 met by 20261104 (tell-team: team-told)");
    expect(f, HO_MEASURE_TRC_DISCHARGE, "20261104 met by 20261106 (papers: sent)");
}

static void a_notice_that_the_protocol_no_longer_sends_does_not(void **state)
{
    struct fixture *f = *state;
    go_home(f)->recorded = at_hour(4 * DAY + 15);
    f->protocol.protocol.notices_within = (struct ho_due){1, HO_DUE_DAYS};
    expect(f, HO_MEASURE_TRC_DISCHARGE, "20261104 missed by 20261106");
}

static void engagement_is_after_the_day_itself_and_within_thirty(void **state)
{
    struct fixture *f = *state;
    const ho_adt_event *end = go_home(f);
    done(f, end, "contact", "reached-member", 2 * DAY + 15); // still the day of discharge
    expect(f, HO_MEASURE_TRC_ENGAGEMENT, "20261104 missed by 20261204");
    f->work[0].at = at_hour(2 * DAY + 16);
    expect(f, HO_MEASURE_TRC_ENGAGEMENT, "20261104 met by 20261204 (contact: reached-member)");
    f->work[0].at = at_hour(32 * DAY);
    expect(f, HO_MEASURE_TRC_ENGAGEMENT, "20261104 met by 20261204 (contact: reached-member)");
    f->work[0].at = at_hour(33 * DAY);
    expect(f, HO_MEASURE_TRC_ENGAGEMENT, "20261104 missed by 20261204");
}

static void attempts_and_other_measures_work_are_no_engagement(void **state)
{
    struct fixture *f = *state;
    const ho_adt_event *end = go_home(f);
    done(f, end, "contact", "two-attempts", 3 * DAY);
    done(f, end, "medicines", "reconciled", 3 * DAY);
    expect(f, HO_MEASURE_TRC_ENGAGEMENT, "20261104 missed by 20261204");
    done(f, end, "call", "reached-caregiver", 9 * DAY);
    expect(f, HO_MEASURE_TRC_ENGAGEMENT, "20261104 met by 20261204 (call: reached-caregiver)");
}

static void medications_are_reconciled_from_day_0_to_30(void **state)
{
    struct fixture *f = *state;
    const ho_adt_event *end = go_home(f);
    done(f, end, "medicines", "reconciled", 2 * DAY + 1);
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "20261104 met by 20261204 (medicines: reconciled)");
    f->work[0].at = at_hour(32 * DAY);
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "20261104 met by 20261204 (medicines: reconciled)");
    f->work[0].at = at_hour(33 * DAY);
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "20261104 missed by 20261204");
    f->work[0].outcome = "member-declined";
    f->work[0].at = at_hour(5 * DAY);
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "20261104 missed by 20261204");
}

static void transitions_of_care_are_for_adults_in_medicare(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    f->member.birth_date = 20081104; // eighteen on the day of discharge, and not yet at admission
    expect(f, HO_MEASURE_TRC_ADMISSION, "20261102 excluded by 20261104 (too young)");
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "20261104 missed by 20261204");
    f->member.birth_date = 20081105;
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "20261104 excluded by 20261204 (too young)");
    f->member.birth_date = 0;
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "20261104 excluded by 20261204 (age not known)");
    f->member.birth_date = 20261105; // after the discharge
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "20261104 excluded by 20261204 (age not known)");
    f->member.dual = false;
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "20261104 excluded by 20261204 (not in Medicare)");
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 missed by 20261106");
}

static void transitions_of_care_end_where_the_person_is_home(void **state)
{
    struct fixture *f = *state;
    stay_to(f, HO_DESTINATION_SKILLED_NURSING);
    tell(f->history, GROVE, "A01", 2 * DAY + 2);
    leave(f->history, GROVE, HO_DESTINATION_HOME, 12 * DAY);
    expect(f, HO_MEASURE_TRC_MEDICATIONS,
           "20261104 excluded by 20261204 (to a nursing facility); 20261114 missed by 20261214");
}

static void an_admission_within_thirty_days_leaves_the_later_discharge(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    tell(f->history, GENERAL_2, "A01", 32 * DAY); // day 30
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "20261104 excluded by 20261204 (admitted to hospital)");
    expect(f, HO_MEASURE_TRC_ADMISSION,
           "20261102 met by 20261104 (notice admission); 20261204 met by 20261206 (notice admission)");
}

static void observation_alone_is_no_transition_of_care(void **state)
{
    struct fixture *f = *state;
    ho_adt_event *begin = tell(f->history, GENERAL, "A01", 0);
    begin->patient_class = (Handoff__V1__PatientClass)HO_CLASS_OBSERVATION;
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 2 * DAY);
    expect(f, HO_MEASURE_TRC_ADMISSION, "");
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "");
    tell(f->history, GENERAL, "A06", DAY); // becomes inpatient
    expect(f, HO_MEASURE_TRC_ADMISSION, "20261102 met by 20261104 (notice admission)");
    expect(f, HO_MEASURE_TRC_MEDICATIONS, "20261104 missed by 20261204");
}

static void a_stay_that_goes_on_elsewhere_is_one_be_it_observation_here_or_there(void **state)
{
    static const enum ho_patient_class here[] = {HO_CLASS_OBSERVATION, HO_CLASS_INPATIENT};
    struct fixture *f = *state;
    ho_adt_event *first = tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, DAY);
    ho_adt_event *second = tell(f->history, MERCY, "A01", 2 * DAY);
    leave(f->history, MERCY, HO_DESTINATION_HOME, 4 * DAY);
    for (size_t i = 0; i < 2; i++) {
        first->patient_class = (Handoff__V1__PatientClass)here[i];
        second->patient_class = (Handoff__V1__PatientClass)here[1 - i];
        expect(f, HO_MEASURE_TRC_ADMISSION, "20261102 met by 20261104 (notice admission)");
        expect(f, HO_MEASURE_TRC_MEDICATIONS,
               "20261103 excluded by 20261203 (admitted to hospital); 20261106 missed by 20261206");
    }
}

static void after_a_silence_another_stay_begins(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0); // taken for over after sixty days
    tell(f->history, GENERAL_2, "A01", 60 * DAY + 1);
    f->now = at_hour(61 * DAY);
    expect(f, HO_MEASURE_TRC_ADMISSION,
           "20261102 met by 20261104 (notice admission); 20270101 met by 20270103 (notice admission)");
    expect(f, HO_MEASURE_READMISSION, "");
}

// ---- Mental health --------------------------------------------------------------------------------------

static void a_stay_for_mental_health_is_followed_up_after_the_day_itself(void **state)
{
    struct fixture *f = *state;
    ho_adt_event *end = go_home(f);
    diagnose_one(f, end, "F32.2");
    done(f, end, "mind-visit", "visit-done", 2 * DAY + 15);
    expect(f, HO_MEASURE_FUH_7, "20261104 missed by 20261111");
    f->work[0].at = at_hour(3 * DAY);
    expect(f, HO_MEASURE_FUH_7, "20261104 met by 20261111 (mind-visit: visit-done)");
    expect(f, HO_MEASURE_FUH_30, "20261104 met by 20261204 (mind-visit: visit-done)");
    f->work[0].at = at_hour(10 * DAY);
    expect(f, HO_MEASURE_FUH_7, "20261104 missed by 20261111");
    expect(f, HO_MEASURE_FUH_30, "20261104 met by 20261204 (mind-visit: visit-done)");
    f->work[0].at = at_hour(33 * DAY);
    expect(f, HO_MEASURE_FUH_30, "20261104 missed by 20261204");
}

static void the_main_diagnosis_decides_and_any_sign_of_self_harm(void **state)
{
    static const char *const second[] = {"I50.9", "F32.2"}, *const harm[] = {"S72.0", "X81.0"};
    struct fixture *f = *state;
    ho_adt_event *end = go_home(f);
    diagnose(f, end, second, 2, "F");
    expect(f, HO_MEASURE_FUH_7, "");
    diagnose(f, end, second, 2, "A");
    end->diagnoses[1]->type = history_text("F"); // the final one is the main one
    expect(f, HO_MEASURE_FUH_7, "20261104 missed by 20261111");
    diagnose(f, end, harm, 2, "F");
    expect(f, HO_MEASURE_FUH_7, "20261104 missed by 20261111");
}

static void who_is_not_at_home_or_under_six_is_not_followed_up(void **state)
{
    struct fixture *f = *state;
    ho_adt_event *end = stay_to(f, HO_DESTINATION_SKILLED_NURSING);
    diagnose_one(f, end, "F32.2");
    expect(f, HO_MEASURE_FUH_30, "20261104 excluded by 20261204 (to a nursing facility)");
    end->destination = (Handoff__V1__Destination)HO_DESTINATION_HOME;
    f->member.birth_date = 20201105;
    expect(f, HO_MEASURE_FUH_30, "20261104 excluded by 20261204 (too young)");
    f->member.birth_date = 20201104;
    expect(f, HO_MEASURE_FUH_30, "20261104 missed by 20261204");
    tell(f->history, GENERAL_2, "A01", 32 * DAY);
    expect(f, HO_MEASURE_FUH_7, "20261104 excluded by 20261111 (admitted to hospital)");
}

// ---- ED visits ------------------------------------------------------------------------------------------

static void an_ed_visit_is_followed_up_from_the_same_day(void **state)
{
    struct fixture *f = *state;
    const ho_adt_event *end = ed_visit(f, "E1", 0, "F32.2");
    done(f, end, "mind-ed-visit", "visit-done", 6);
    expect(f, HO_MEASURE_FUM_7, "20261102 met by 20261109 (mind-ed-visit: visit-done)");
    expect(f, HO_MEASURE_FUM_30, "20261102 met by 20261202 (mind-ed-visit: visit-done)");
    expect(f, HO_MEASURE_FUA_7, "");
    f->work[0].at = at_hour(8 * DAY);
    expect(f, HO_MEASURE_FUM_7, "20261102 missed by 20261109");
    expect(f, HO_MEASURE_FUM_30, "20261102 met by 20261202 (mind-ed-visit: visit-done)");
}

static void an_ed_visit_for_substance_use_or_overdose_is_its_own_measure(void **state)
{
    struct fixture *f = *state;
    ho_adt_event *end = ed_visit(f, "E1", 0, "F10.20");
    done(f, end, "substance-ed-visit", "visit-done", DAY);
    expect(f, HO_MEASURE_FUA_7, "20261102 met by 20261109 (substance-ed-visit: visit-done)");
    expect(f, HO_MEASURE_FUM_7, "");
    diagnose_one(f, end, "T40.1X1A");
    expect(f, HO_MEASURE_FUA_30, "20261102 met by 20261202 (substance-ed-visit: visit-done)");
    f->member.birth_date = 20131103;
    expect(f, HO_MEASURE_FUA_30, "20261102 excluded by 20261202 (too young)");
    f->member.birth_date = 20131102;
    expect(f, HO_MEASURE_FUA_30, "20261102 met by 20261202 (substance-ed-visit: visit-done)");
}

static void the_first_visit_in_thirty_one_days_counts(void **state)
{
    struct fixture *f = *state;
    ed_visit(f, "E1", 0, "F32.2");
    ed_visit(f, "E2", 30 * DAY, "F32.2");
    ed_visit(f, "E3", 31 * DAY, "F32.2");
    ed_visit(f, "E4", 61 * DAY, "F32.2");
    expect(f, HO_MEASURE_FUM_7,
           "20261102 missed by 20261109; 20261202 excluded by 20261209 (an earlier visit counts); "
           "20261203 missed by 20261210; 20270102 excluded by 20270109 (an earlier visit counts)");
}

static void a_visit_that_does_not_count_itself_hides_none(void **state)
{
    struct fixture *f = *state;
    ed_visit(f, "E1", 0, "F32.2");
    tell(f->history, GENERAL, "A01", 2 * DAY);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 4 * DAY);
    ed_visit(f, "E2", 6 * DAY, "F32.2");
    expect(f, HO_MEASURE_FUM_7, "20261102 excluded by 20261109 (admitted to hospital); 20261108 missed by 20261115");
}

static void an_ed_visit_that_ends_in_a_bed_is_none(void **state)
{
    struct fixture *f = *state;
    diagnose_one(f, tell(f->history, GENERAL, "A04", 0), "F32.2");
    tell(f->history, GENERAL, "A01", 4);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 2 * DAY);
    expect(f, HO_MEASURE_FUM_7, "");
    expect(f, HO_MEASURE_FUH_7, "20261104 missed by 20261111");
}

static void an_admission_up_to_day_thirty_drops_an_ed_visit(void **state)
{
    struct fixture *f = *state;
    ed_visit(f, "E1", 0, "F32.2");
    ho_adt_event *begin = tell(f->history, GENERAL, "A01", 30 * DAY);
    expect(f, HO_MEASURE_FUM_7, "20261102 excluded by 20261109 (admitted to hospital)");
    begin->occurred = begin->recorded = at_hour(31 * DAY);
    expect(f, HO_MEASURE_FUM_7, "20261102 missed by 20261109");
}

static void an_ed_visit_that_ends_in_assisted_living_is_like_one_that_ends_at_home(void **state)
{
    struct fixture *f = *state;
    ho_adt_event *end = ed_visit(f, "E1", 0, "F32.2");
    end->destination = (Handoff__V1__Destination)HO_DESTINATION_SKILLED_NURSING;
    end->disposition = history_text("03");
    expect(f, HO_MEASURE_FUM_7, "");
    end->disposition = history_text("04");
    expect(f, HO_MEASURE_FUM_7, "20261102 missed by 20261109");
}

// ---- Readmission ----------------------------------------------------------------------------------------

static void an_unplanned_admission_up_to_day_thirty_is_a_readmission(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    ho_adt_event *begin = tell(f->history, GENERAL_2, "A01", 32 * DAY);
    expect(f, HO_MEASURE_READMISSION, "20261104 met by 20261204 (unplanned admission)");
    begin->occurred = begin->recorded = at_hour(33 * DAY);
    expect(f, HO_MEASURE_READMISSION, "20261104 missed by 20261204");
}

static void observation_is_a_readmission_too(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    tell(f->history, MERCY, "A01", 12 * DAY)->patient_class = (Handoff__V1__PatientClass)HO_CLASS_OBSERVATION;
    expect(f, HO_MEASURE_READMISSION, "20261104 met by 20261204 (unplanned admission)");
}

static void a_planned_admission_is_none_and_hides_no_other(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    tell(f->history, GENERAL_2, "A01", 12 * DAY)->admission_type = history_text("C");
    leave(f->history, GENERAL_2, HO_DESTINATION_HOME, 14 * DAY);
    expect(f, HO_MEASURE_READMISSION, "20261104 missed by 20261204; 20261116 missed by 20261216");
    tell(f->history, MERCY, "A01", 20 * DAY);
    expect(f, HO_MEASURE_READMISSION,
           "20261104 met by 20261204 (unplanned admission); 20261116 met by 20261216 (unplanned admission)");
}

static void a_planned_admission_that_goes_on_elsewhere_is_none(void **state)
{
    struct fixture *f = *state;
    stay_to(f, HO_DESTINATION_HOME)->disposition = history_text("81"); // with a planned readmission
    tell(f->history, GENERAL_2, "A01", 12 * DAY);
    leave(f->history, GENERAL_2, HO_DESTINATION_HOME, 14 * DAY);
    tell(f->history, MERCY, "A01", 15 * DAY);
    expect(f, HO_MEASURE_READMISSION, "20261104 missed by 20261204; 20261116 excluded by 20261216 (direct transfer)");
}

static void a_stay_for_a_birth_is_no_readmission_and_no_index(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    tell(f->history, GENERAL_2, "A01", 12 * DAY);
    diagnose_one(f, leave(f->history, GENERAL_2, HO_DESTINATION_HOME, 14 * DAY), "O80");
    expect(f, HO_MEASURE_READMISSION, "20261104 missed by 20261204; 20261116 excluded by 20261216 (pregnancy)");
}

static void the_next_day_is_the_same_stay_and_the_second_next_is_not(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    ho_adt_event *begin = tell(f->history, MERCY, "A01", 3 * DAY + 15);
    leave(f->history, MERCY, HO_DESTINATION_HOME, 6 * DAY);
    expect(f, HO_MEASURE_READMISSION, "20261104 excluded by 20261204 (direct transfer); 20261108 missed by 20261208");
    begin->occurred = begin->recorded = at_hour(3 * DAY + 16);
    expect(f, HO_MEASURE_READMISSION, "20261104 met by 20261204 (unplanned admission); 20261108 missed by 20261208");
}

static void a_stay_of_one_day_is_dropped_unless_it_went_on_elsewhere(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 15);
    expect(f, HO_MEASURE_READMISSION, "20261102 excluded by 20261202 (same-day stay)");
    tell(f->history, MERCY, "A01", DAY);
    leave(f->history, MERCY, HO_DESTINATION_HOME, DAY + 5);
    expect(f, HO_MEASURE_READMISSION, "20261102 excluded by 20261202 (direct transfer); 20261103 missed by 20261203");
}

static void who_died_in_hospital_is_excluded(void **state)
{
    struct fixture *f = *state;
    stay_to(f, HO_DESTINATION_DIED);
    expect(f, HO_MEASURE_READMISSION, "20261104 excluded by 20261204 (died in hospital)");
}

static void whoever_turns_up_in_another_ed_was_not_discharged(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, MERCY, "A04", 2 * DAY);
    expect(f, HO_MEASURE_TRC_ADMISSION, "20261102 met by 20261104 (notice admission)");
    expect(f, HO_MEASURE_READMISSION, "");
    expect(f, HO_MEASURE_TCM_CONTACT, "");
}

static void a_stay_of_which_only_the_end_is_known_counts(void **state)
{
    struct fixture *f = *state;
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 2 * DAY);
    expect(f, HO_MEASURE_READMISSION, "20261104 missed by 20261204");
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 missed by 20261106");
    expect(f, HO_MEASURE_TRC_ADMISSION, "");
}

static void an_announced_admission_that_nobody_told_of_is_planned(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    tell(f->history, MERCY, "A05", 10 * DAY)->patient_class = (Handoff__V1__PatientClass)HO_CLASS_PREADMIT;
    ho_adt_event *end = leave(f->history, MERCY, HO_DESTINATION_HOME, 20 * DAY);
    end->patient_class = (Handoff__V1__PatientClass)HO_CLASS_INPATIENT;
    end->admitted = at_hour(18 * DAY);
    expect(f, HO_MEASURE_READMISSION, "20261104 missed by 20261204; 20261122 missed by 20261222");
}

static void an_admission_that_nobody_told_of_is_one(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    leave(f->history, MERCY, HO_DESTINATION_HOME, 20 * DAY)->admitted = at_hour(18 * DAY);
    expect(f, HO_MEASURE_READMISSION, "20261104 met by 20261204 (unplanned admission); 20261122 missed by 20261222");
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 missed by 20261106; 20261122 missed by 20261124");
}

// ---- Whom it counts for ---------------------------------------------------------------------------------

static void only_whom_a_program_served_on_the_date_counts(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    f->enrolment.enrolled_from = 20261105;
    assert_int_equal(take(f).n, 0);
    f->enrolment.enrolled_from = 20261104; // the discharge, and not the admission
    expect(f, HO_MEASURE_TRC_ADMISSION, "");
    expect(f, HO_MEASURE_TCM_VISIT_7, "20261104 missed by 20261111");
    f->enrolment.opted_out_on = 20261104;
    assert_int_equal(take(f).n, 0);
    f->enrolment.opted_out_on = 0;
    f->nobody_is_enrolled = true;
    assert_int_equal(take(f).n, 0);
}

static void an_opt_out_after_the_window_undoes_nothing(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    f->enrolment.opted_out_on = 20261107;
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 missed by 20261106");
}

static void whoever_leaves_the_program_in_the_window_is_missed_by_nobody(void **state)
{
    struct fixture *f = *state;
    const ho_adt_event *end = go_home(f);
    f->enrolment.opted_out_on = 20261106;
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 excluded by 20261106 (opted out)");
    f->enrolment.opted_out_on = 0;
    f->enrolment.enrolled_to = 20261105;
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 excluded by 20261106 (no longer enrolled)");
    expect(f, HO_MEASURE_READMISSION, "20261104 missed by 20261204");
    done(f, end, "contact", "reached-member", 2 * DAY + 1);
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 met by 20261106 (contact: reached-member)");
}

static void of_several_protocols_the_first_that_serves_counts_once(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 8 * DAY); // before Veterans Day, on which "aaa" works
    struct ho_line line;
    const ho_enrolment *enrolments[] = {&f->enrolment};
    struct ho_protocol second = f->protocol.protocol, other = f->protocol.protocol;
    second.name = "aaa";
    second.measure_calendar = second.task_calendar;
    other.name = "000";
    other.program = "HHP"; // in which nobody is enrolled
    const struct ho_protocol *protocols[] = {&f->protocol.protocol, &other, &second};
    history_draw(f->history, &line);
    struct ho_plan_input input = {.member_id = "M1", .enrolments = enrolments, .n_enrolments = 1, .line = &line};
    input.protocols = protocols;
    input.n_protocols = 3;
    input.today = 20270601;
    struct ho_measures measures;
    ho_measures_take(f->history->arena, &input, &measures);
    size_t contacts = 0;
    for (size_t i = 0; i < measures.n; i++) {
        if (measures.items[i].measure != HO_MEASURE_TCM_CONTACT)
            continue;
        contacts++;
        assert_int_equal(measures.items[i].last_day, 20261112);
    }
    assert_int_equal(contacts, 1);
}

// ---- The clock and the work -----------------------------------------------------------------------------

static void a_window_is_open_until_its_last_day_is_over(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    int64_t midnight = at_hour(4 * DAY + 16); // after 2026-11-06
    f->now = midnight - 1;
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 open by 20261106");
    assert_int_equal(f->wake_at, midnight);
    f->now = midnight;
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 missed by 20261106");
    assert_int_equal(f->wake_at, at_hour(9 * DAY + 16)); // the visit's
    f->now = at_hour(40 * DAY);
    expect(f, HO_MEASURE_READMISSION, "20261104 missed by 20261204");
    assert_int_equal(f->wake_at, INT64_MAX);
}

static void work_counts_whatever_transition_it_was_for_if_that_one_is_on_the_line(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    const ho_adt_event *ed = ed_visit(f, "E1", 3 * DAY, "I10");
    done(f, ed, "contact", "reached-member", 4 * DAY);
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 met by 20261106 (contact: reached-member)");
    memset(f->work[0].change, 0xEE, HO_ID_BYTES);
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 missed by 20261106");
}

// An ED visit takes the place of the visit that the stay called for: one is seen to for both.
static void a_visit_after_the_ed_counts_for_the_stay_before_it(void **state)
{
    struct fixture *f = *state;
    diagnose_one(f, go_home(f), "F32.2");
    const ho_adt_event *ed = ed_visit(f, "E1", 4 * DAY, "F32.2");
    done(f, ed, "mind-ed-visit", "visit-done", 5 * DAY);
    expect(f, HO_MEASURE_FUH_7, "20261104 met by 20261111 (mind-ed-visit: visit-done)");
    expect(f, HO_MEASURE_FUM_7, "20261106 met by 20261113 (mind-ed-visit: visit-done)");
    f->work[0].at = at_hour(4 * DAY - 1); // before the ED visit
    expect(f, HO_MEASURE_FUH_7, "20261104 met by 20261111 (mind-ed-visit: visit-done)");
    expect(f, HO_MEASURE_FUM_7, "20261106 missed by 20261113");
}

static void a_contact_after_the_ed_makes_no_discharge_of_the_visit(void **state)
{
    struct fixture *f = *state;
    const ho_adt_event *ed = ed_visit(f, "E1", 0, "I10");
    done(f, ed, "contact", "reached-member", 6);
    expect(f, HO_MEASURE_TCM_CONTACT, "");
    expect(f, HO_MEASURE_TRC_ENGAGEMENT, "");
}

static void the_first_work_is_named_whatever_the_order(void **state)
{
    struct fixture *f = *state;
    const ho_adt_event *end = go_home(f);
    done(f, end, "contact", "two-attempts", 3 * DAY);
    done(f, end, "contact", "reached-member", 3 * DAY - 1);
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 met by 20261106 (contact: reached-member)");
    struct ho_work first = f->work[0];
    f->work[0] = f->work[1];
    f->work[1] = first;
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 met by 20261106 (contact: reached-member)");
}

static void work_that_is_not_done_meets_nothing(void **state)
{
    struct fixture *f = *state;
    done(f, go_home(f), "contact", "reached-member", 3 * DAY);
    f->work[0].status = HO_WORK_CLAIMED;
    expect(f, HO_MEASURE_TCM_CONTACT, "20261104 missed by 20261106");
}

static void a_cancelled_discharge_counts_for_nothing(void **state)
{
    struct fixture *f = *state;
    go_home(f);
    tell(f->history, GENERAL, "A13", 2 * DAY + 1);
    expect(f, HO_MEASURE_TCM_CONTACT, "");
    expect(f, HO_MEASURE_READMISSION, "");
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(every_measure_has_a_name_that_is_read_back),
        PROPERTY(a_contact_or_two_attempts_within_two_business_days_meet),
        PROPERTY(a_contact_counts_from_the_discharge_to_the_end_of_the_last_day),
        PROPERTY(business_days_are_those_of_the_measures_calendar),
        PROPERTY(the_day_after_thanksgiving_is_a_federal_business_day),
        PROPERTY(only_those_who_go_home_are_contacted),
        PROPERTY(who_is_said_to_be_home_from_a_facility_without_a_feed_is_contacted),
        PROPERTY(observation_and_nursing_facilities_count_and_the_ed_does_not),
        PROPERTY(an_admission_in_the_window_excludes),
        PROPERTY(an_admission_after_the_window_does_not),
        PROPERTY(a_death_in_the_thirty_days_excludes),
        PROPERTY(one_visit_serves_both_windows),
        PROPERTY(a_notice_to_the_team_by_day_two_meets),
        PROPERTY(a_notice_after_day_two_does_not_and_a_task_done_by_then_does),
        PROPERTY(a_notice_that_the_protocol_no_longer_sends_does_not),
        PROPERTY(engagement_is_after_the_day_itself_and_within_thirty),
        PROPERTY(attempts_and_other_measures_work_are_no_engagement),
        PROPERTY(medications_are_reconciled_from_day_0_to_30),
        PROPERTY(transitions_of_care_are_for_adults_in_medicare),
        PROPERTY(transitions_of_care_end_where_the_person_is_home),
        PROPERTY(an_admission_within_thirty_days_leaves_the_later_discharge),
        PROPERTY(observation_alone_is_no_transition_of_care),
        PROPERTY(a_stay_that_goes_on_elsewhere_is_one_be_it_observation_here_or_there),
        PROPERTY(after_a_silence_another_stay_begins),
        PROPERTY(a_stay_for_mental_health_is_followed_up_after_the_day_itself),
        PROPERTY(the_main_diagnosis_decides_and_any_sign_of_self_harm),
        PROPERTY(who_is_not_at_home_or_under_six_is_not_followed_up),
        PROPERTY(an_ed_visit_is_followed_up_from_the_same_day),
        PROPERTY(an_ed_visit_for_substance_use_or_overdose_is_its_own_measure),
        PROPERTY(the_first_visit_in_thirty_one_days_counts),
        PROPERTY(a_visit_that_does_not_count_itself_hides_none),
        PROPERTY(an_ed_visit_that_ends_in_a_bed_is_none),
        PROPERTY(an_admission_up_to_day_thirty_drops_an_ed_visit),
        PROPERTY(an_ed_visit_that_ends_in_assisted_living_is_like_one_that_ends_at_home),
        PROPERTY(an_unplanned_admission_up_to_day_thirty_is_a_readmission),
        PROPERTY(observation_is_a_readmission_too),
        PROPERTY(a_planned_admission_is_none_and_hides_no_other),
        PROPERTY(a_planned_admission_that_goes_on_elsewhere_is_none),
        PROPERTY(a_stay_for_a_birth_is_no_readmission_and_no_index),
        PROPERTY(the_next_day_is_the_same_stay_and_the_second_next_is_not),
        PROPERTY(a_stay_of_one_day_is_dropped_unless_it_went_on_elsewhere),
        PROPERTY(who_died_in_hospital_is_excluded),
        PROPERTY(whoever_turns_up_in_another_ed_was_not_discharged),
        PROPERTY(a_stay_of_which_only_the_end_is_known_counts),
        PROPERTY(an_announced_admission_that_nobody_told_of_is_planned),
        PROPERTY(an_admission_that_nobody_told_of_is_one),
        PROPERTY(only_whom_a_program_served_on_the_date_counts),
        PROPERTY(an_opt_out_after_the_window_undoes_nothing),
        PROPERTY(whoever_leaves_the_program_in_the_window_is_missed_by_nobody),
        PROPERTY(of_several_protocols_the_first_that_serves_counts_once),
        PROPERTY(a_window_is_open_until_its_last_day_is_over),
        PROPERTY(work_counts_whatever_transition_it_was_for_if_that_one_is_on_the_line),
        PROPERTY(a_visit_after_the_ed_counts_for_the_stay_before_it),
        PROPERTY(a_contact_after_the_ed_makes_no_discharge_of_the_visit),
        PROPERTY(the_first_work_is_named_whatever_the_order),
        PROPERTY(work_that_is_not_done_meets_nothing),
        PROPERTY(a_cancelled_discharge_counts_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
