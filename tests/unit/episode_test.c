// The line: where a person is, and what changes of that.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../support/stays.h"

static int set_up(void **state)
{
    *state = history_new();
    return 0;
}

static int tear_down(void **state)
{
    history_free(*state);
    return 0;
}

static void expect(struct history *h, const char *line)
{
    assert_string_equal(history_line(h), line);
}

static struct ho_line draw(struct history *h)
{
    struct ho_line line;
    history_draw(h, &line);
    return line;
}

// ---- Home and back --------------------------------------------------------------------------------------

static void a_stay_goes_from_home_to_home(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    tell(*state, GENERAL, "A01", 5);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 50);
    expect(*state, "home>ed@0 ed>inpatient@5 inpatient>home@50");
    assert_int_equal(draw(*state).now, HO_SETTING_HOME);
    assert_int_equal(draw(*state).n_episodes, 1);
}

static void a_transition_is_named_by_its_change(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 5);
    struct ho_line line = draw(*state);
    assert_int_equal(line.transitions[0].change.id[1], 1);
    assert_int_equal(line.transitions[1].change.id[1], 2);
    assert_ptr_equal(line.transitions[1].encounter, line.encounters[0]);
}

static void nobody_is_anywhere_at_first(void **state)
{
    expect(*state, "");
    assert_int_equal(draw(*state).now, HO_SETTING_HOME);
}

static void an_unknown_destination_is_home(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_UNKNOWN, 5);
    expect(*state, "home>inpatient@0 inpatient>home@5");
}

static void against_advice_is_home_with_a_flag(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    leave(*state, GENERAL, HO_DESTINATION_AGAINST_ADVICE, 5);
    expect(*state, "home>ed@0 ed>home@5!");
}

static void void_and_aside_encounters_are_not_on_the_line(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, GENERAL, "A11", 1);
    tell(*state, MERCY, "A08", 3);
    expect(*state, "");
    assert_int_equal(draw(*state).n_encounters, 0);
    assert_int_equal(draw(*state).n_episodes, 0);
}

static void an_admission_known_by_its_discharge_alone_makes_no_transition(void **state)
{
    leave(*state, GENERAL, HO_DESTINATION_HOME, 50)->admitted = HISTORY_START;
    expect(*state, "inpatient>home@50");
}

// ---- From place to place --------------------------------------------------------------------------------

static void the_arrival_that_a_discharge_led_to_is_no_transition_of_its_own(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_SKILLED_NURSING, 50);
    expect(*state, "home>inpatient@0 inpatient>snf@50");
    tell(*state, GROVE, "A01", 53);
    expect(*state, "home>inpatient@0 inpatient>snf@50");
    leave(*state, GROVE, HO_DESTINATION_HOME, 300);
    expect(*state, "home>inpatient@0 inpatient>snf@50 snf>home@300");
    assert_int_equal(draw(*state).n_episodes, 1);
}

static void an_arrival_elsewhere_than_assumed_is_a_transition(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_SKILLED_NURSING, 50);
    tell(*state, MERCY, "A04", 60);
    expect(*state, "home>inpatient@0 inpatient>snf@50 snf>ed@60");
}

static void after_the_join_gap_the_person_was_at_home_in_between(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_SKILLED_NURSING, 50);
    tell(*state, GROVE, "A01", 50 + 36);
    expect(*state, "home>inpatient@0 inpatient>snf@50 home>snf@86");
    assert_int_equal(draw(*state).n_episodes, 2);
}

static void a_transfer_between_hospitals_is_a_transition_within_one_setting(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_ACUTE, 50);
    tell(*state, MERCY, "A01", 52);
    leave(*state, MERCY, HO_DESTINATION_HOME, 90);
    expect(*state, "home>inpatient@0 inpatient>inpatient@50 inpatient>home@90");
    assert_int_equal(ho_transition_occasions(&draw(*state).transitions[1]), HO_ON_TRANSFER);
}

static void a_transfer_to_a_hospital_without_a_feed_is_told(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_ACUTE, 50);
    expect(*state, "home>inpatient@0 inpatient>inpatient@50");
    struct ho_transition told = draw(*state).transitions[1];
    assert_int_equal(told.flags, HO_FLAG_ASSUMED);
    assert_int_equal(ho_transition_occasions(&told), HO_ON_TRANSFER);
}

static void an_admission_elsewhere_during_a_stay_is_a_transfer(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, MERCY, "A01", 240);
    leave(*state, MERCY, HO_DESTINATION_HOME, 300);
    expect(*state, "home>inpatient@0 inpatient>inpatient@240 inpatient>home@300");
    assert_int_equal(draw(*state).transitions[1].flags, HO_FLAG_DIRECT_TRANSFER);
    assert_int_equal(ho_transition_occasions(&draw(*state).transitions[1]), HO_ON_TRANSFER);
}

static void whoever_is_admitted_here_goes_nowhere(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_ACUTE, 50)->disposition = history_text("09");
    expect(*state, "home>inpatient@0");
    tell(*state, GENERAL_2, "A01", 52);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 90);
    expect(*state, "home>inpatient@0 inpatient>home@90");
}

// Its code says another hospital, and the arrival that it is this one.
static void a_transfer_that_leads_back_to_the_same_hospital_was_none(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_ACUTE, 50);
    tell(*state, GENERAL_2, "A01", 52);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 90);
    expect(*state, "home>inpatient@0 inpatient>home@90");
}

static void an_ed_elsewhere_is_another_arrival(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    tell(*state, MERCY, "A04", 3);
    leave(*state, MERCY, HO_DESTINATION_HOME, 6);
    expect(*state, "home>ed@0 ed>ed@3 ed>home@6");
    assert_int_equal(ho_transition_occasions(&draw(*state).transitions[1]), HO_ON_ED_ARRIVAL);
}

static void an_ed_visit_whose_end_was_never_told_is_over_with_the_admission(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    tell(*state, GENERAL_2, "A01", 4);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 60);
    expect(*state, "home>ed@0 ed>inpatient@4 inpatient>home@60");
}

static void of_two_ed_visits_in_one_hospital_the_later_one_goes_on(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    tell(*state, GENERAL_2, "A04", 3);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 6);
    expect(*state, "home>ed@0 ed>home@6");
}

static void another_stay_in_the_same_hospital_long_after_the_last_word_of_one_is_an_arrival(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    tell(*state, GENERAL_2, "A04", 36);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 40);
    expect(*state, "home>ed@0 home>ed@36 ed>home@40");
}

static void another_stay_in_the_same_hospital_soon_after_a_word_of_one_is_the_same_admission(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, GENERAL, "A08", 100);
    tell(*state, GENERAL_2, "A01", 120);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 200);
    expect(*state, "home>inpatient@0 inpatient>home@200");
}

static void who_was_expected_in_a_bed_and_came_by_the_ed_is_admitted_once(void **state)
{
    tell(*state, MERCY, "A01", 0);
    leave(*state, MERCY, HO_DESTINATION_ACUTE, 50);
    tell(*state, GENERAL, "A04", 52);
    tell(*state, GENERAL_2, "A01", 55);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 90);
    expect(*state, "home>inpatient@0 inpatient>inpatient@50 inpatient>home@90");
}

static void an_ed_visit_that_is_admitted_as_another_visit_is_one_admission(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    leave(*state, GENERAL, HO_DESTINATION_ACUTE, 5);
    expect(*state, "home>ed@0 ed>inpatient@5");
    tell(*state, GENERAL_2, "A01", 6);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 60);
    expect(*state, "home>ed@0 ed>inpatient@5 inpatient>home@60");
}

static void an_admission_that_begins_before_the_ed_visit_ends_is_one_admission(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    tell(*state, GENERAL_2, "A01", 4);
    leave(*state, GENERAL, HO_DESTINATION_ACUTE, 5);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 60);
    expect(*state, "home>ed@0 ed>inpatient@4 inpatient>home@60");
}

static void an_ed_visit_and_an_admission_at_one_instant_are_in_this_order(void **state)
{
    tell(*state, GENERAL_2, "A01", 0);
    tell(*state, GENERAL, "A04", 0);
    expect(*state, "home>ed@0 ed>inpatient@0");
}

static void what_happens_at_one_instant_in_one_stay_keeps_its_order(void **state)
{
    tell(*state, GENERAL, "A04", 20)->recorded = HISTORY_START;
    tell(*state, GENERAL, "A01", 21)->recorded = HISTORY_START + 1;
    leave(*state, GENERAL, HO_DESTINATION_HOME, 10);
    expect(*state, "home>ed@10 ed>inpatient@10 inpatient>home@10");
}

static void a_transfer_to_another_ed_is_admitted_once(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    leave(*state, GENERAL, HO_DESTINATION_ACUTE, 5);
    tell(*state, MERCY, "A04", 6);
    tell(*state, MERCY, "A01", 9);
    leave(*state, MERCY, HO_DESTINATION_HOME, 60);
    expect(*state, "home>ed@0 ed>inpatient@5 inpatient>home@60");
}

static void a_transfer_to_another_ed_may_end_there(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    leave(*state, GENERAL, HO_DESTINATION_ACUTE, 5);
    tell(*state, MERCY, "A04", 6);
    leave(*state, MERCY, HO_DESTINATION_HOME, 9);
    expect(*state, "home>ed@0 ed>inpatient@5 ed>home@9");
}

static void a_discharge_to_another_facility_is_known_as_such(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_OTHER_FACILITY, 5);
    expect(*state, "home>inpatient@0 inpatient>other-facility@5");
    assert_int_equal(draw(*state).now, HO_SETTING_OTHER_FACILITY);
}

// ---- Stays within stays ---------------------------------------------------------------------------------

static void an_ed_visit_during_a_nursing_stay_goes_there_and_back(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GENERAL, "A04", 100);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 105);
    expect(*state, "home>snf@0 snf>ed@100 ed>snf@105");
    leave(*state, GROVE, HO_DESTINATION_HOME, 200);
    expect(*state, "home>snf@0 snf>ed@100 ed>snf@105 snf>home@200");
}

static void an_ed_visit_during_a_nursing_stay_may_be_admitted(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GENERAL, "A04", 100);
    leave(*state, GENERAL, HO_DESTINATION_ACUTE, 105);
    tell(*state, GENERAL_2, "A01", 106);
    leave(*state, GENERAL_2, HO_DESTINATION_SKILLED_NURSING, 200);
    expect(*state, "home>snf@0 snf>ed@100 ed>inpatient@105 inpatient>snf@200");
}

static void the_bed_that_was_held_may_end_while_the_person_is_away(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GENERAL, "A04", 100);
    leave(*state, GENERAL, HO_DESTINATION_ACUTE, 105);
    leave(*state, GROVE, HO_DESTINATION_HOME, 106);
    tell(*state, GENERAL_2, "A01", 107);
    expect(*state, "home>snf@0 snf>ed@100 ed>inpatient@105");
}

static void a_bed_is_held_for_a_week(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GENERAL, "A01", 100);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 100 + 7 * 24);
    expect(*state, "home>snf@0 snf>inpatient@100 inpatient>snf@268");
}

static void home_after_more_than_a_week_in_hospital_is_home(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GENERAL, "A01", 100);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 101 + 7 * 24);
    expect(*state, "home>snf@0 snf>inpatient@100 inpatient>home@269");
    leave(*state, GROVE, HO_DESTINATION_HOME, 500); // so the bed was held after all
    expect(*state, "home>snf@0 snf>inpatient@100 inpatient>snf@269 snf>home@500");
}

static void the_bed_is_not_held_for_who_leaves_against_advice(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GENERAL, "A01", 100);
    leave(*state, GENERAL, HO_DESTINATION_AGAINST_ADVICE, 120);
    expect(*state, "home>snf@0 snf>inpatient@100 inpatient>home@120!");
}

static void the_nursing_facilitys_paperwork_after_the_way_home_changes_nothing(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GENERAL, "A01", 100);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 340);
    leave(*state, GROVE, HO_DESTINATION_ACUTE, 364);
    expect(*state, "home>snf@0 snf>inpatient@100 inpatient>home@340");
}

static void who_is_sent_to_the_ed_by_a_nursing_facility_is_in_the_ed(void **state)
{
    tell(*state, GROVE, "A01", 0);
    leave(*state, GROVE, HO_DESTINATION_ACUTE, 100);
    expect(*state, "home>snf@0 snf>inpatient@100");
    tell(*state, GENERAL, "A04", 101);
    leave(*state, GENERAL, HO_DESTINATION_SKILLED_NURSING, 106);
    expect(*state, "home>snf@0 snf>ed@100 ed>snf@106");
    struct ho_transition sent = draw(*state).transitions[1];
    assert_int_equal(ho_transition_occasions(&sent), HO_ON_ED_ARRIVAL);
    assert_int_equal(sent.change.n_aliases, 2);
    tell(*state, GENERAL, "A06", 104);
    expect(*state, "home>snf@0 snf>ed@100 ed>inpatient@104 inpatient>snf@106");
}

// ---- What comes late ------------------------------------------------------------------------------------

static void paperwork_after_the_way_home_brings_no_stay_back(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    tell(*state, GENERAL_2, "A01", 4);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 60);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 84);
    expect(*state, "home>ed@0 ed>inpatient@4 inpatient>home@60");
}

static void paperwork_of_the_hospital_before_brings_no_stay_back(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, MERCY, "A01", 50);
    leave(*state, MERCY, HO_DESTINATION_HOME, 100);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 124);
    expect(*state, "home>inpatient@0 inpatient>inpatient@50 inpatient>home@100");
    assert_int_equal(draw(*state).transitions[1].flags, HO_FLAG_DIRECT_TRANSFER);
}

static void who_is_sent_back_by_another_hospital_is_back(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, MERCY, "A01", 50);
    leave(*state, MERCY, HO_DESTINATION_ACUTE, 60);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 124);
    expect(*state, "home>inpatient@0 inpatient>inpatient@50 inpatient>home@124");
}

static void a_transfer_that_is_charted_days_later_is_the_one_that_was_seen(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, MERCY, "A01", 50);
    leave(*state, GENERAL, HO_DESTINATION_ACUTE, 95);
    expect(*state, "home>inpatient@0 inpatient>inpatient@50");
    leave(*state, MERCY, HO_DESTINATION_HOME, 140);
    expect(*state, "home>inpatient@0 inpatient>inpatient@50 inpatient>home@140");
}

static void of_two_numbers_of_one_stay_the_first_way_home_counts_unless_the_other_goes_on(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, GENERAL_2, "A01", 20);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 60);
    ho_adt_event *end = leave(*state, GENERAL, HO_DESTINATION_HOME, 80);
    expect(*state, "home>inpatient@0 inpatient>home@60");
    end->occurred = end->recorded = HISTORY_START + 160 * HO_US_PER_HOUR;
    expect(*state, "home>inpatient@0 inpatient>home@160");
}

static void a_transition_that_was_known_by_the_arrival_keeps_its_name(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    const ho_adt_event *arrival = tell(*state, MERCY, "A01", 52);
    leave(*state, GENERAL, HO_DESTINATION_ACUTE, 50);
    struct ho_line line = draw(*state);
    assert_int_equal(line.n_transitions, 2);
    assert_true(ho_change_has(&line.transitions[1].change, arrival->id.data));
}

static void a_return_to_the_bed_that_was_held_is_no_admission(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, GENERAL_2, "A04", 3);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 6);
    expect(*state, "home>inpatient@0 inpatient>ed@3 ed>inpatient@6");
    assert_int_equal(ho_transition_occasions(&draw(*state).transitions[2]), 0);
}

static void a_stay_that_ends_under_another_changes_nothing(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GENERAL, "A01", 100);
    leave(*state, GROVE, HO_DESTINATION_ACUTE, 102);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 150);
    expect(*state, "home>snf@0 snf>inpatient@100 inpatient>home@150");
}

static void an_ed_visit_nested_in_a_stay_at_the_same_hospital_returns_to_it(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, GENERAL_2, "A04", 1);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 4);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 60);
    expect(*state, "home>inpatient@0 inpatient>ed@1 ed>inpatient@4 inpatient>home@60");
}

// ---- Discharges that were lost, and clocks that differ ---------------------------------------------------

static void a_lost_discharge_does_not_hide_a_later_one_elsewhere(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, MERCY, "A04", 10);
    leave(*state, MERCY, HO_DESTINATION_HOME, 14);
    expect(*state, "home>inpatient@0 inpatient>ed@10 ed>home@14");
}

static void a_lost_discharge_does_not_hide_a_later_one_at_the_same_hospital(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, GENERAL_2, "A04", 500);
    leave(*state, GENERAL_2, HO_DESTINATION_HOME, 504);
    expect(*state, "home>inpatient@0 inpatient>ed@500 ed>home@504");
    struct ho_line line = draw(*state);
    assert_int_equal(line.n_episodes, 2);
    assert_int_equal(line.episodes[0].ended, HISTORY_START);
}

static void a_lost_discharge_that_is_found_takes_its_place(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, MERCY, "A04", 100);
    leave(*state, MERCY, HO_DESTINATION_HOME, 104);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 50);
    expect(*state, "home>inpatient@0 inpatient>home@50 home>ed@100 ed>home@104");
}

static void a_stay_in_one_nursing_facility_ends_with_the_arrival_in_another(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, BAYSIDE, "A01", 300);
    leave(*state, BAYSIDE, HO_DESTINATION_HOME, 400);
    expect(*state, "home>snf@0 snf>home@400");
}

static void a_displaced_stay_that_goes_on_counts_again(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    tell(*state, MERCY, "A04", 3);
    tell(*state, GENERAL, "A01", 6);
    expect(*state, "home>ed@0 ed>ed@3 ed>inpatient@6");
    leave(*state, GENERAL, HO_DESTINATION_HOME, 20);
    expect(*state, "home>ed@0 ed>ed@3 ed>inpatient@6 inpatient>home@20");
}

static void a_displaced_stay_that_goes_on_may_be_where_a_discharge_led(void **state)
{
    tell(*state, GENERAL, "A04", 0);
    tell(*state, MERCY, "A04", 3);
    leave(*state, MERCY, HO_DESTINATION_ACUTE, 5);
    tell(*state, GENERAL, "A01", 6)->patient_class = (Handoff__V1__PatientClass)HO_CLASS_OBSERVATION;
    expect(*state, "home>ed@0 ed>ed@3 ed>inpatient@5");
}

static void a_discharge_is_not_hidden_by_a_visit_elsewhere_that_never_ended(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, MERCY, "A04", 3);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 3 + 36);
    expect(*state, "home>inpatient@0 inpatient>ed@3 ed>home@39");
}

static void a_discharge_soon_after_an_arrival_elsewhere_does_not_end_that(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, GROVE, "A01", 50);
    leave(*state, GENERAL, HO_DESTINATION_UNKNOWN, 51);
    expect(*state, "home>inpatient@0 inpatient>snf@50");
}

// Told by its day alone (PV1-44 without a time).
static void an_arrival_elsewhere_on_the_day_of_a_discharge_hides_it_not(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 58);
    ho_adt_event *e = tell(*state, MERCY, "A04", 63);
    e->admitted = e->occurred = HISTORY_START + 48 * HO_US_PER_HOUR;
    e->occurred_day_end = e->admitted_day_end = HISTORY_START + 72 * HO_US_PER_HOUR;
    expect(*state, "home>inpatient@0 inpatient>home@58 home>ed@63");
}

static void a_discharge_charted_after_the_arrival_it_led_to_names_the_transition(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    tell(*state, GROVE, "A01", 50);
    expect(*state, "home>inpatient@0 inpatient>snf@50");
    assert_int_equal(draw(*state).transitions[1].change.id[1], 2);
    leave(*state, GENERAL, HO_DESTINATION_SKILLED_NURSING, 51);
    expect(*state, "home>inpatient@0 inpatient>snf@50");
    assert_int_equal(draw(*state).transitions[1].change.id[1], 3);
    leave(*state, GROVE, HO_DESTINATION_HOME, 99);
    expect(*state, "home>inpatient@0 inpatient>snf@50 snf>home@99");
}

static void a_nursing_stay_without_an_end_is_returned_to(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GENERAL, "A01", 1000);
    leave(*state, GENERAL, HO_DESTINATION_SKILLED_NURSING, 1050);
    tell(*state, GROVE_2, "A01", 1052);
    leave(*state, GROVE_2, HO_DESTINATION_HOME, 1500);
    expect(*state, "home>snf@0 snf>inpatient@1000 inpatient>snf@1050 snf>home@1500");
}

// ---- Death ----------------------------------------------------------------------------------------------

static void nothing_comes_after_the_death(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_DIED, 50)->died = true;
    tell(*state, MERCY, "A04", 90);
    expect(*state, "home>inpatient@0 inpatient>died@50");
    assert_true(draw(*state).died);
    assert_int_equal(draw(*state).now, HO_SETTING_DIED);
}

static void a_death_after_the_discharge_is_a_transition_of_its_own(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 50);
    tell(*state, GENERAL, "A08", 99)->died = true;
    expect(*state, "home>inpatient@0 inpatient>home@50 home>died@99");
}

static void a_death_that_nothing_but_an_aside_tells_of_is_on_the_line(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 50);
    tell(*state, MERCY, "A31", 500)->died = true;
    expect(*state, "home>inpatient@0 inpatient>home@50 home>died@500");
    struct ho_line line = draw(*state);
    assert_int_equal(line.n_encounters, 2);
    assert_int_equal(line.transitions[2].episode, 1);
    assert_int_equal(line.n_episodes, 2);
}

static void the_stay_that_ended_with_the_death_says_when(void **state)
{
    ho_adt_event *echo = tell(*state, MERCY, "A31", 60);
    echo->died = true;
    echo->died_at = HISTORY_START - 8 * HO_US_PER_HOUR; // a date without a time
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_DIED, 7)->died = true;
    expect(*state, "home>inpatient@0 inpatient>died@7");
    assert_int_equal(draw(*state).n_encounters, 1);
}

static const struct ho_change *death_of(struct history *h)
{
    const struct ho_line line = draw(h);
    const struct ho_transition *death = ho_line_death(&line);
    assert_non_null(death);
    return &death->change;
}

static void a_death_that_two_hospitals_tell_is_one_with_the_names_of_both(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    ho_adt_event *word = tell(*state, MERCY, "A31", 60);
    word->died = true;
    assert_memory_equal(death_of(*state)->id, word->id.data, HO_ID_BYTES);
    ho_adt_event *discharge = leave(*state, GENERAL, HO_DESTINATION_DIED, 70);
    discharge->died = true;
    expect(*state, "home>inpatient@0 inpatient>died@70");
    const struct ho_change *death = death_of(*state);
    assert_memory_equal(death->id, word->id.data, HO_ID_BYTES);
    assert_int_equal(death->n_aliases, 2);
    assert_true(ho_change_has(death, discharge->id.data));
    assert_true(death->recorded == HISTORY_START + 60 * HO_US_PER_HOUR);
}

static void a_word_of_the_death_that_is_taken_back_names_it_no_more(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    ho_adt_event *word = tell(*state, MERCY, "A31", 60);
    word->died = true;
    leave(*state, GENERAL, HO_DESTINATION_DIED, 70)->died = true;
    tell(*state, MERCY, "A31", 80)->alive = true;
    assert_int_equal(death_of(*state)->n_aliases, 1);
    assert_false(ho_change_has(death_of(*state), word->id.data));
}

static void a_word_of_the_death_that_names_an_arrival_elsewhere_names_no_death(void **state)
{
    ho_adt_event *arrival = tell(*state, MERCY, "A04", 0);
    arrival->died = true;
    arrival->died_at = HISTORY_START + 60 * HO_US_PER_HOUR;
    leave(*state, MERCY, HO_DESTINATION_HOME, 5);
    tell(*state, GENERAL, "A01", 30);
    leave(*state, GENERAL, HO_DESTINATION_DIED, 70)->died = true;
    expect(*state, "home>ed@0 ed>home@5 home>inpatient@30 inpatient>died@70");
    assert_false(ho_change_has(death_of(*state), arrival->id.data));
}

static void an_echo_after_a_discharge_elsewhere_does_not_say_when(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 50);
    ho_adt_event *echo = tell(*state, GENERAL, "A08", 99);
    echo->died = true;
    echo->died_at = HISTORY_START + 60 * HO_US_PER_HOUR;
    tell(*state, MERCY, "A01", 65);
    leave(*state, MERCY, HO_DESTINATION_DIED, 70)->died = true;
    expect(*state, "home>inpatient@0 inpatient>home@50 home>inpatient@65 inpatient>died@70");
}

static void a_word_that_opens_a_stay_and_tells_of_the_death_names_the_death(void **state)
{
    tell(*state, GENERAL, "A04", 0)->died = true;
    struct ho_line line = draw(*state);
    assert_int_equal(line.n_transitions, 1);
    assert_int_equal(line.transitions[0].to, HO_SETTING_DIED);
}

static void nobody_who_has_died_is_still_in_an_episode(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GENERAL, "A01", 50);
    leave(*state, GENERAL, HO_DESTINATION_DIED, 60)->died = true;
    struct ho_line line = draw(*state);
    assert_int_equal(line.n_episodes, 1);
    assert_int_equal(line.episodes[0].ended, HISTORY_START + 60 * HO_US_PER_HOUR);
}

// ---- Episodes -------------------------------------------------------------------------------------------

static void back_within_the_join_gap_is_one_episode_with_home_in_it(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 50);
    tell(*state, MERCY, "A01", 50 + 35);
    expect(*state, "home>inpatient@0 inpatient>home@50 home>inpatient@85");
    struct ho_line line = draw(*state);
    assert_int_equal(line.n_episodes, 1);
    assert_int_equal(line.episodes[0].n_encounters, 2);
    assert_int_equal(line.episodes[0].ended, 0);
}

static void back_at_the_join_gap_is_another_episode(void **state)
{
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 50);
    tell(*state, MERCY, "A01", 50 + 36);
    struct ho_line line = draw(*state);
    assert_int_equal(line.n_episodes, 2);
    assert_int_equal(line.episodes[0].ended, HISTORY_START + 50 * HO_US_PER_HOUR);
    assert_int_equal(line.episodes[1].first_encounter, 1);
    assert_int_equal(line.transitions[2].episode, 1);
}

static void an_episode_is_named_by_its_least_encounter(void **state)
{
    tell(*state, MERCY, "A01", 60);
    tell(*state, GENERAL, "A01", 0);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 50);
    assert_int_equal(draw(*state).episodes[0].id[1], 1);
}

// ---- Back from leave ------------------------------------------------------------------------------------

static void who_is_back_from_leave_has_left_the_hospital_that_does_not_say_so(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GROVE, "A21", 48);
    tell(*state, GENERAL, "A01", 50);
    ho_adt_event *back = tell(*state, GROVE, "A22", 200);
    expect(*state, "home>snf@0 snf>inpatient@50 inpatient>snf@200");
    struct ho_line line;
    history_draw(*state, &line);
    assert_memory_equal(line.transitions[2].change.id, back->id.data, HO_ID_BYTES);
    tell(*state, GROVE, "A53", 201);
    expect(*state, "home>snf@0 snf>inpatient@50");
}

static void who_is_back_from_leave_was_not_sent_home_for_good(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GENERAL, "A01", 50);
    leave(*state, GENERAL, HO_DESTINATION_HOME, 300); // the bed was held for seven days
    expect(*state, "home>snf@0 snf>inpatient@50 inpatient>home@300");
    tell(*state, GROVE, "A22", 310);
    expect(*state, "home>snf@0 snf>inpatient@50 inpatient>home@300 home>snf@310");
    leave(*state, GROVE, HO_DESTINATION_HOME, 900);
    expect(*state, "home>snf@0 snf>inpatient@50 inpatient>snf@300 snf>home@900"); // so the bed was held after all
}

static void who_is_back_where_they_are_seen_to_be_goes_nowhere(void **state)
{
    tell(*state, GROVE, "A01", 0);
    tell(*state, GENERAL, "A01", 50);
    leave(*state, GENERAL, HO_DESTINATION_SKILLED_NURSING, 100);
    tell(*state, GROVE, "A22", 102);
    expect(*state, "home>snf@0 snf>inpatient@50 inpatient>snf@100");
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(a_stay_goes_from_home_to_home),
        PROPERTY(a_transition_is_named_by_its_change),
        PROPERTY(nobody_is_anywhere_at_first),
        PROPERTY(an_unknown_destination_is_home),
        PROPERTY(against_advice_is_home_with_a_flag),
        PROPERTY(void_and_aside_encounters_are_not_on_the_line),
        PROPERTY(an_admission_known_by_its_discharge_alone_makes_no_transition),
        PROPERTY(the_arrival_that_a_discharge_led_to_is_no_transition_of_its_own),
        PROPERTY(an_arrival_elsewhere_than_assumed_is_a_transition),
        PROPERTY(after_the_join_gap_the_person_was_at_home_in_between),
        PROPERTY(a_transfer_to_a_hospital_without_a_feed_is_told),
        PROPERTY(an_admission_elsewhere_during_a_stay_is_a_transfer),
        PROPERTY(whoever_is_admitted_here_goes_nowhere),
        PROPERTY(a_transfer_that_leads_back_to_the_same_hospital_was_none),
        PROPERTY(an_ed_elsewhere_is_another_arrival),
        PROPERTY(an_ed_visit_whose_end_was_never_told_is_over_with_the_admission),
        PROPERTY(of_two_ed_visits_in_one_hospital_the_later_one_goes_on),
        PROPERTY(another_stay_in_the_same_hospital_long_after_the_last_word_of_one_is_an_arrival),
        PROPERTY(another_stay_in_the_same_hospital_soon_after_a_word_of_one_is_the_same_admission),
        PROPERTY(who_was_expected_in_a_bed_and_came_by_the_ed_is_admitted_once),
        PROPERTY(a_bed_is_held_for_a_week),
        PROPERTY(the_bed_is_not_held_for_who_leaves_against_advice),
        PROPERTY(the_nursing_facilitys_paperwork_after_the_way_home_changes_nothing),
        PROPERTY(who_is_sent_to_the_ed_by_a_nursing_facility_is_in_the_ed),
        PROPERTY(paperwork_after_the_way_home_brings_no_stay_back),
        PROPERTY(paperwork_of_the_hospital_before_brings_no_stay_back),
        PROPERTY(who_is_sent_back_by_another_hospital_is_back),
        PROPERTY(a_transfer_that_is_charted_days_later_is_the_one_that_was_seen),
        PROPERTY(of_two_numbers_of_one_stay_the_first_way_home_counts_unless_the_other_goes_on),
        PROPERTY(a_transition_that_was_known_by_the_arrival_keeps_its_name),
        PROPERTY(a_return_to_the_bed_that_was_held_is_no_admission),
        PROPERTY(home_after_more_than_a_week_in_hospital_is_home),
        PROPERTY(a_transfer_between_hospitals_is_a_transition_within_one_setting),
        PROPERTY(an_ed_visit_that_is_admitted_as_another_visit_is_one_admission),
        PROPERTY(an_admission_that_begins_before_the_ed_visit_ends_is_one_admission),
        PROPERTY(an_ed_visit_and_an_admission_at_one_instant_are_in_this_order),
        PROPERTY(a_transfer_to_another_ed_is_admitted_once),
        PROPERTY(a_transfer_to_another_ed_may_end_there),
        PROPERTY(a_discharge_to_another_facility_is_known_as_such),
        PROPERTY(an_ed_visit_during_a_nursing_stay_goes_there_and_back),
        PROPERTY(an_ed_visit_during_a_nursing_stay_may_be_admitted),
        PROPERTY(the_bed_that_was_held_may_end_while_the_person_is_away),
        PROPERTY(a_stay_that_ends_under_another_changes_nothing),
        PROPERTY(an_ed_visit_nested_in_a_stay_at_the_same_hospital_returns_to_it),
        PROPERTY(a_lost_discharge_does_not_hide_a_later_one_elsewhere),
        PROPERTY(a_lost_discharge_does_not_hide_a_later_one_at_the_same_hospital),
        PROPERTY(a_lost_discharge_that_is_found_takes_its_place),
        PROPERTY(a_stay_in_one_nursing_facility_ends_with_the_arrival_in_another),
        PROPERTY(a_displaced_stay_that_goes_on_counts_again),
        PROPERTY(an_arrival_elsewhere_on_the_day_of_a_discharge_hides_it_not),
        PROPERTY(a_discharge_charted_after_the_arrival_it_led_to_names_the_transition),
        PROPERTY(a_nursing_stay_without_an_end_is_returned_to),
        PROPERTY(nothing_comes_after_the_death),
        PROPERTY(a_death_after_the_discharge_is_a_transition_of_its_own),
        PROPERTY(a_death_that_nothing_but_an_aside_tells_of_is_on_the_line),
        PROPERTY(the_stay_that_ended_with_the_death_says_when),
        PROPERTY(a_word_that_opens_a_stay_and_tells_of_the_death_names_the_death),
        PROPERTY(a_death_that_two_hospitals_tell_is_one_with_the_names_of_both),
        PROPERTY(a_word_of_the_death_that_is_taken_back_names_it_no_more),
        PROPERTY(a_word_of_the_death_that_names_an_arrival_elsewhere_names_no_death),
        PROPERTY(an_echo_after_a_discharge_elsewhere_does_not_say_when),
        PROPERTY(what_happens_at_one_instant_in_one_stay_keeps_its_order),
        PROPERTY(a_discharge_is_not_hidden_by_a_visit_elsewhere_that_never_ended),
        PROPERTY(a_discharge_soon_after_an_arrival_elsewhere_does_not_end_that),
        PROPERTY(a_displaced_stay_that_goes_on_may_be_where_a_discharge_led),
        PROPERTY(nobody_who_has_died_is_still_in_an_episode),
        PROPERTY(back_within_the_join_gap_is_one_episode_with_home_in_it),
        PROPERTY(back_at_the_join_gap_is_another_episode),
        PROPERTY(an_episode_is_named_by_its_least_encounter),
        PROPERTY(who_is_back_from_leave_has_left_the_hospital_that_does_not_say_so),
        PROPERTY(who_is_back_from_leave_was_not_sent_home_for_good),
        PROPERTY(who_is_back_where_they_are_seen_to_be_goes_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
