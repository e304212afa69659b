// Flags: what is known of the person's way at the moment of a transition.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/stays.h"

struct fixture {
    struct history *history;
    struct ho_zone *zone;
    struct ho_line_rules rules;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct ho_error error;
    f->history = history_new();
    assert_int_equal(ho_zone_new("America/Los_Angeles", &f->zone, &error), HO_OK);
    f->rules = ho_line_rules_default(f->zone);
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

static struct ho_line draw(struct fixture *f)
{
    struct ho_encounters encounters;
    struct ho_line line;
    history_fold(f->history, &encounters);
    ho_line_draw(f->history->arena, &encounters, NULL, &f->rules, 0, &line);
    return line;
}

// The flags of the `i`th transition from the end.
static uint32_t flags_from_end(struct fixture *f, size_t i)
{
    struct ho_line line = draw(f);
    assert_true(i < line.n_transitions);
    return line.transitions[line.n_transitions - 1 - i].flags;
}

static uint32_t last_flags(struct fixture *f)
{
    return flags_from_end(f, 0);
}

static void expect(struct fixture *f, const char *words)
{
    struct ho_line line = draw(f);
    assert_string_equal(line_words(f->history, &line), words);
}

// Hours since the history's beginning, of a local time.
static int hour_on(const struct fixture *f, int month, int day, int hour)
{
    const struct ho_civil civil = {.year = 2026, .month = month, .day = day, .hour = hour};
    return (int)((ho_zone_instant(f->zone, &civil) - HISTORY_START) / HO_US_PER_HOUR);
}

// At General, one day long.
static void stay_until(struct fixture *f, const char *trigger, int hour)
{
    tell(f->history, GENERAL, trigger, hour - 24);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, hour);
}

static ho_adt_event *observe(struct fixture *f, struct stay stay, int hour)
{
    ho_adt_event *e = tell(f->history, stay, "A01", hour);
    e->patient_class = (Handoff__V1__PatientClass)HO_CLASS_OBSERVATION;
    return e;
}

// ---- Readmission ----------------------------------------------------------------------------------------

static void the_window_counts_calendar_days_across_the_end_of_daylight_saving(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A01", hour_on(f, 10, 20, 1));
    tell(f->history, MERCY, "A01", hour_on(f, 11, 19, 23)); // 30 days, 22 hours and the one that came twice
    assert_int_equal(last_flags(f), HO_FLAG_READMISSION);
}

static void the_window_ends_with_its_last_calendar_day(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A01", hour_on(f, 10, 20, 23));
    tell(f->history, MERCY, "A01", hour_on(f, 11, 20, 0)); // 30 days and 2 hours, but the 31st day
    assert_int_equal(last_flags(f), 0);
}

static void the_window_counts_calendar_days_across_the_beginning_of_daylight_saving(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A01", hour_on(f, 2, 20, 23));
    tell(f->history, MERCY, "A01", hour_on(f, 3, 23, 0)); // the 31st day, 30 times 24 hours later
    assert_int_equal(last_flags(f), 0);
    tell(f->history, GENERAL_2, "A01", hour_on(f, 3, 22, 23));
    assert_int_equal(draw(f).transitions[2].flags, HO_FLAG_READMISSION);
}

static void without_a_zone_days_are_those_of_utc(void **state)
{
    struct fixture *f = *state;
    f->rules.zone = NULL;
    stay_until(f, "A01", hour_on(f, 10, 20, 18));          // the 21st in UTC
    tell(f->history, MERCY, "A01", hour_on(f, 11, 20, 6)); // 31 days in California, 30 in UTC
    assert_int_equal(last_flags(f), HO_FLAG_READMISSION);
}

static void the_window_is_the_plans(void **state)
{
    struct fixture *f = *state;
    f->rules.readmission_days = 10;
    stay_until(f, "A01", 0);
    tell(f->history, MERCY, "A01", 11 * 24);
    assert_int_equal(last_flags(f), 0);
    f->rules.readmission_days = 11;
    assert_int_equal(last_flags(f), HO_FLAG_READMISSION);
}

static void a_stay_under_observation_counts_on_both_sides(void **state)
{
    struct fixture *f = *state;
    observe(f, GENERAL, 0);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 20);
    observe(f, MERCY, 100);
    assert_int_equal(last_flags(f), HO_FLAG_READMISSION);
}

static void an_ed_visit_is_no_stay_that_one_is_readmitted_after(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A04", 0);
    tell(f->history, MERCY, "A01", 100);
    assert_int_equal(last_flags(f), 0);
}

static void by_way_of_the_ed_the_admission_is_the_readmission(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A01", 0);
    tell(f->history, MERCY, "A04", 100);
    tell(f->history, MERCY, "A01", 105);
    expect(f, "home>inpatient@-24 inpatient>home@0 home>ed@100 [readmission-risk] ed>inpatient@105 [readmission]");
}

static void an_admission_told_by_the_eds_discharge_is_a_readmission_too(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A01", 0);
    tell(f->history, MERCY, "A04", 100);
    leave(f->history, MERCY, HO_DESTINATION_ACUTE, 105);
    assert_int_equal(last_flags(f), HO_FLAG_READMISSION | HO_FLAG_ASSUMED);
}

static void a_change_of_bed_is_no_readmission(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A01", 0);
    observe(f, MERCY, 100);
    tell(f->history, MERCY, "A06", 105);
    assert_int_equal(flags_from_end(f, 1), HO_FLAG_READMISSION | HO_FLAG_READMISSION_RISK);
    assert_int_equal(last_flags(f), 0);
}

static void a_stay_that_goes_on_under_another_number_is_no_readmission(void **state)
{
    struct fixture *f = *state;
    observe(f, GENERAL, 0);
    tell(f->history, GENERAL_2, "A01", 20);
    expect(f, "home>observation@0 observation>inpatient@20");
}

static void a_long_stay_that_goes_on_under_another_number_is_no_readmission(void **state)
{
    struct fixture *f = *state;
    observe(f, GENERAL, 0)->recorded = HISTORY_START + 40 * HO_US_PER_HOUR;
    tell(f->history, GENERAL_2, "A01", 41);
    expect(f, "home>observation@0 observation>inpatient@41");
}

static void a_stay_that_goes_on_after_it_seemed_over_is_no_readmission_and_risks_none(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, MERCY, "A04", 3);
    tell(f->history, GENERAL, "A07", 6);
    expect(f, "home>inpatient@0 inpatient>ed@3 [readmission-risk] ed>observation@6");
}

static void back_from_a_nested_ed_visit_is_no_readmission(void **state)
{
    struct fixture *f = *state;
    tell(f->history, MERCY, "A01", -200);
    leave(f->history, MERCY, HO_DESTINATION_HOME, -100);
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, GENERAL_2, "A04", 1);
    leave(f->history, GENERAL_2, HO_DESTINATION_HOME, 4);
    assert_int_equal(last_flags(f), 0);
}

static void a_stay_whose_discharge_was_lost_was_left_when_it_was_last_heard_of(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, MERCY, "A04", 20 * 24);
    tell(f->history, MERCY, "A01", 20 * 24 + 5);
    assert_int_equal(last_flags(f), HO_FLAG_READMISSION);
    f->rules.readmission_days = 19;
    assert_int_equal(last_flags(f), 0);
}

static void the_latest_stay_counts(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A01", -50 * 24);
    tell(f->history, GENERAL_2, "A01", -10 * 24);
    leave(f->history, GENERAL_2, HO_DESTINATION_HOME, -9 * 24);
    tell(f->history, MERCY, "A01", 0);
    assert_int_equal(last_flags(f), HO_FLAG_READMISSION);
}

static void whoever_comes_from_a_nursing_facility_may_be_readmitted(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_SKILLED_NURSING, 50);
    tell(f->history, GROVE, "A01", 52);
    tell(f->history, GENERAL_2, "A01", 52 + 200);
    assert_int_equal(last_flags(f), HO_FLAG_READMISSION | HO_FLAG_RECENT_SNF);
}

// ---- Planned --------------------------------------------------------------------------------------------

static void a_planned_stay_is_no_readmission(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A01", 0);
    tell(f->history, MERCY, "A01", 100)->admission_type = history_text("C");
    expect(f, "home>inpatient@-24 inpatient>home@0 home>inpatient@100 [planned]");
}

static void a_planned_stay_is_left_without_the_flag(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A05", -100);
    stay_until(f, "A01", 0);
    expect(f, "home>inpatient@-24 [planned] inpatient>home@0");
}

static void a_disposition_may_plan_the_readmission(void **state)
{
    static const char *const plan[] = {"81", "89", "90", "95"}, *const none[] = {"80", "96", "01", "8", "081", ""};
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    ho_adt_event *end = leave(f->history, GENERAL, HO_DESTINATION_HOME, 50);
    tell(f->history, MERCY, "A01", 200);
    for (size_t i = 0; i < 4; i++) {
        end->disposition = history_text(plan[i]);
        assert_int_equal(last_flags(f), HO_FLAG_PLANNED);
    }
    for (size_t i = 0; i < 6; i++) {
        end->disposition = history_text(none[i]);
        assert_int_equal(last_flags(f), HO_FLAG_READMISSION);
    }
}

static void a_planned_readmission_does_not_plan_the_ed_visit_before_it(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 50)->disposition = history_text("81");
    tell(f->history, MERCY, "A04", 200);
    assert_int_equal(last_flags(f), HO_FLAG_READMISSION_RISK);
}

// ---- Direct transfer ------------------------------------------------------------------------------------

static void a_bed_elsewhere_on_the_next_day_is_a_direct_transfer(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A01", hour_on(f, 11, 4, 0));
    tell(f->history, MERCY, "A01", hour_on(f, 11, 5, 23));
    assert_int_equal(last_flags(f), HO_FLAG_DIRECT_TRANSFER);
}

static void two_days_later_it_is_a_readmission(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A01", hour_on(f, 11, 4, 23));
    tell(f->history, MERCY, "A01", hour_on(f, 11, 6, 0));
    assert_int_equal(last_flags(f), HO_FLAG_READMISSION);
}

static void back_at_the_same_facility_is_a_readmission_on_the_same_day(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A01", 0);
    tell(f->history, GENERAL_2, "A01", 4);
    assert_int_equal(last_flags(f), HO_FLAG_READMISSION);
}

static void from_bed_to_bed_without_a_discharge_is_a_direct_transfer(void **state)
{
    struct fixture *f = *state;
    observe(f, GENERAL, 0);
    tell(f->history, MERCY, "A01", 20);
    expect(f, "home>observation@0 observation>inpatient@20 [direct-transfer]");
}

static void a_transfer_that_the_first_facility_told_is_direct_once_confirmed(void **state)
{
    struct fixture *f = *state;
    observe(f, GENERAL, 0);
    leave(f->history, GENERAL, HO_DESTINATION_ACUTE, 20);
    expect(f, "home>observation@0 observation>inpatient@20 [assumed]");
    tell(f->history, MERCY, "A01", 22);
    expect(f, "home>observation@0 observation>inpatient@20 [direct-transfer]");
}

static void within_one_facility_nothing_is_a_direct_transfer(void **state)
{
    struct fixture *f = *state;
    observe(f, GENERAL, 0);
    leave(f->history, GENERAL, HO_DESTINATION_ACUTE, 20);
    tell(f->history, GENERAL_2, "A01", 22);
    expect(f, "home>observation@0 observation>inpatient@20");
}

// ---- The emergency department ---------------------------------------------------------------------------

static void visit_ed(struct fixture *f, const char *visit, int hour)
{
    const struct stay stay = {"General", visit, HO_FACILITY_HOSPITAL};
    tell(f->history, stay, "A04", hour);
    leave(f->history, stay, HO_DESTINATION_HOME, hour + 1);
}

static void the_third_ed_visit_in_sixty_days_is_high_use(void **state)
{
    struct fixture *f = *state;
    visit_ed(f, "1", hour_on(f, 9, 10, 0));
    visit_ed(f, "2", hour_on(f, 9, 20, 0));
    assert_int_equal(flags_from_end(f, 1), 0);
    visit_ed(f, "3", hour_on(f, 11, 9, 22)); // the 60th day after the first
    assert_int_equal(flags_from_end(f, 1), HO_FLAG_ED_HIGH_UTILISER);
}

static void on_the_sixty_first_day_the_first_visit_counts_no_more(void **state)
{
    struct fixture *f = *state;
    visit_ed(f, "1", hour_on(f, 9, 10, 23));
    visit_ed(f, "2", hour_on(f, 9, 20, 0));
    visit_ed(f, "3", hour_on(f, 11, 10, 0));
    assert_int_equal(flags_from_end(f, 1), 0);
    visit_ed(f, "4", hour_on(f, 11, 11, 0));
    assert_int_equal(flags_from_end(f, 1), HO_FLAG_ED_HIGH_UTILISER);
}

static void how_many_visits_are_high_use_is_the_plans(void **state)
{
    struct fixture *f = *state;
    visit_ed(f, "1", 0);
    visit_ed(f, "2", 100);
    f->rules.ed_visits = 2;
    assert_int_equal(flags_from_end(f, 1), HO_FLAG_ED_HIGH_UTILISER);
    f->rules.ed_visits = 0;
    assert_int_equal(flags_from_end(f, 1), 0);
}

static void an_ed_visit_that_went_on_in_another_ed_is_one(void **state)
{
    struct fixture *f = *state;
    visit_ed(f, "1", 0);
    tell(f->history, GENERAL, "A04", 100);
    leave(f->history, GENERAL, HO_DESTINATION_ACUTE, 102);
    tell(f->history, MERCY, "A04", 103);
    leave(f->history, MERCY, HO_DESTINATION_HOME, 110);
    f->rules.ed_visits = 4;
    visit_ed(f, "3", 200);
    assert_int_equal(flags_from_end(f, 1), 0);
    f->rules.ed_visits = 3;
    assert_int_equal(flags_from_end(f, 1), HO_FLAG_ED_HIGH_UTILISER);
}

static void an_ed_visit_known_by_its_discharge_alone_counts(void **state)
{
    struct fixture *f = *state;
    visit_ed(f, "1", 0);
    ho_adt_event *unseen = leave(f->history, GENERAL, HO_DESTINATION_HOME, 50);
    unseen->patient_class = (Handoff__V1__PatientClass)HO_CLASS_EMERGENCY;
    unseen->admitted = HISTORY_START + 48 * HO_US_PER_HOUR;
    visit_ed(f, "3", 100);
    assert_int_equal(flags_from_end(f, 1), HO_FLAG_ED_HIGH_UTILISER);
}

static void soon_after_an_inpatient_stay_an_ed_visit_or_observation_risks_readmission(void **state)
{
    struct fixture *f = *state;
    stay_until(f, "A01", hour_on(f, 10, 20, 1));
    visit_ed(f, "2", hour_on(f, 11, 19, 22));
    assert_int_equal(flags_from_end(f, 1), HO_FLAG_READMISSION_RISK);
    visit_ed(f, "3", hour_on(f, 11, 20, 0));
    assert_int_equal(flags_from_end(f, 1), 0);
    observe(f, MERCY, hour_on(f, 11, 1, 0));
    assert_int_equal(draw(f).transitions[2].flags, HO_FLAG_READMISSION | HO_FLAG_READMISSION_RISK);
}

static void a_bed_that_was_left_for_the_ed_of_the_same_stay_counts(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, GENERAL, "A07", 5)->patient_class = (Handoff__V1__PatientClass)HO_CLASS_EMERGENCY;
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 8);
    visit_ed(f, "2", 100);
    expect(f, "home>inpatient@0 inpatient>ed@5 ed>home@8 home>ed@100 [readmission-risk] ed>home@101");
}

static void an_observation_alone_risks_no_readmission(void **state)
{
    struct fixture *f = *state;
    observe(f, GENERAL, 0);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 20);
    visit_ed(f, "2", 100);
    assert_int_equal(flags_from_end(f, 1), 0);
}

// ---- Nursing facilities ---------------------------------------------------------------------------------

static void a_hospital_soon_after_a_nursing_facility_is_flagged(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GROVE, "A01", hour_on(f, 10, 1, 0));
    leave(f->history, GROVE, HO_DESTINATION_HOME, hour_on(f, 10, 20, 1));
    visit_ed(f, "1", hour_on(f, 11, 19, 22));
    assert_int_equal(flags_from_end(f, 1), HO_FLAG_RECENT_SNF);
    visit_ed(f, "2", hour_on(f, 11, 20, 0));
    assert_int_equal(flags_from_end(f, 1), 0);
}

static void from_a_bed_that_is_held_every_step_is_flagged(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GROVE, "A01", 0);
    tell(f->history, MERCY, "A04", 2000);
    tell(f->history, MERCY, "A01", 2005);
    expect(f, "home>snf@0 snf>ed@2000 [recent-snf] ed>inpatient@2005 [recent-snf]");
}

static void a_discharge_to_a_nursing_facility_without_a_feed_counts(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_SKILLED_NURSING, 50);
    visit_ed(f, "2", 50 + 20 * 24);
    assert_int_equal(flags_from_end(f, 1), HO_FLAG_READMISSION_RISK | HO_FLAG_RECENT_SNF);
}

// ---- The others -----------------------------------------------------------------------------------------

static void leaving_against_advice_is_a_flag(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A04", 0);
    leave(f->history, GENERAL, HO_DESTINATION_AGAINST_ADVICE, 5);
    expect(f, "home>ed@0 ed>home@5 [against-advice]");
    assert_true(draw(f).transitions[1].against_advice);
}

static void a_destination_is_assumed_until_the_person_is_seen_there(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_SKILLED_NURSING, 50);
    expect(f, "home>inpatient@0 inpatient>snf@50 [assumed]");
    struct ho_change before = draw(f).transitions[1].change;
    tell(f->history, GROVE, "A01", 53);
    expect(f, "home>inpatient@0 inpatient>snf@50");
    struct ho_change after = draw(f).transitions[1].change;
    assert_memory_equal(before.id, after.id, HO_ID_BYTES);
}

static void a_destination_that_was_not_reached_in_time_stays_assumed(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_SKILLED_NURSING, 50);
    tell(f->history, GROVE, "A01", 50 + 36);
    expect(f, "home>inpatient@0 inpatient>snf@50 [assumed] home>snf@86");
}

static void an_arrival_elsewhere_confirms_nothing(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_SKILLED_NURSING, 50);
    tell(f->history, MERCY, "A04", 60);
    expect(f, "home>inpatient@0 inpatient>snf@50 [assumed] snf>ed@60 [readmission-risk recent-snf]");
}

static void every_flag_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < HO_FLAGS; i++) {
        enum ho_flag flag = 0;
        const char *name = ho_flag_name((enum ho_flag)(1U << i));
        const struct ho_bytes bytes = {(const uint8_t *)name, strlen(name)};
        assert_true(*name && ho_flag_from_name(bytes, &flag));
        assert_int_equal(flag, 1U << i);
    }
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(the_window_counts_calendar_days_across_the_end_of_daylight_saving),
        PROPERTY(the_window_ends_with_its_last_calendar_day),
        PROPERTY(the_window_counts_calendar_days_across_the_beginning_of_daylight_saving),
        PROPERTY(without_a_zone_days_are_those_of_utc),
        PROPERTY(the_window_is_the_plans),
        PROPERTY(a_stay_under_observation_counts_on_both_sides),
        PROPERTY(an_ed_visit_is_no_stay_that_one_is_readmitted_after),
        PROPERTY(by_way_of_the_ed_the_admission_is_the_readmission),
        PROPERTY(an_admission_told_by_the_eds_discharge_is_a_readmission_too),
        PROPERTY(a_change_of_bed_is_no_readmission),
        PROPERTY(a_stay_that_goes_on_under_another_number_is_no_readmission),
        PROPERTY(a_long_stay_that_goes_on_under_another_number_is_no_readmission),
        PROPERTY(a_stay_that_goes_on_after_it_seemed_over_is_no_readmission_and_risks_none),
        PROPERTY(back_from_a_nested_ed_visit_is_no_readmission),
        PROPERTY(a_stay_whose_discharge_was_lost_was_left_when_it_was_last_heard_of),
        PROPERTY(the_latest_stay_counts),
        PROPERTY(whoever_comes_from_a_nursing_facility_may_be_readmitted),
        PROPERTY(a_planned_stay_is_no_readmission),
        PROPERTY(a_planned_stay_is_left_without_the_flag),
        PROPERTY(a_disposition_may_plan_the_readmission),
        PROPERTY(a_planned_readmission_does_not_plan_the_ed_visit_before_it),
        PROPERTY(a_bed_elsewhere_on_the_next_day_is_a_direct_transfer),
        PROPERTY(two_days_later_it_is_a_readmission),
        PROPERTY(back_at_the_same_facility_is_a_readmission_on_the_same_day),
        PROPERTY(from_bed_to_bed_without_a_discharge_is_a_direct_transfer),
        PROPERTY(a_transfer_that_the_first_facility_told_is_direct_once_confirmed),
        PROPERTY(within_one_facility_nothing_is_a_direct_transfer),
        PROPERTY(the_third_ed_visit_in_sixty_days_is_high_use),
        PROPERTY(on_the_sixty_first_day_the_first_visit_counts_no_more),
        PROPERTY(how_many_visits_are_high_use_is_the_plans),
        PROPERTY(an_ed_visit_that_went_on_in_another_ed_is_one),
        PROPERTY(an_ed_visit_known_by_its_discharge_alone_counts),
        PROPERTY(soon_after_an_inpatient_stay_an_ed_visit_or_observation_risks_readmission),
        PROPERTY(a_bed_that_was_left_for_the_ed_of_the_same_stay_counts),
        PROPERTY(an_observation_alone_risks_no_readmission),
        PROPERTY(a_hospital_soon_after_a_nursing_facility_is_flagged),
        PROPERTY(from_a_bed_that_is_held_every_step_is_flagged),
        PROPERTY(a_discharge_to_a_nursing_facility_without_a_feed_counts),
        PROPERTY(leaving_against_advice_is_a_flag),
        PROPERTY(a_destination_is_assumed_until_the_person_is_seen_there),
        PROPERTY(a_destination_that_was_not_reached_in_time_stays_assumed),
        PROPERTY(an_arrival_elsewhere_confirms_nothing),
        PROPERTY(every_flag_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
