// The fold: what an encounter is, whatever its events say and in whichever order.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../support/history.h"

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

static void set_class(ho_adt_event *e, enum ho_patient_class patient_class)
{
    e->patient_class = (Handoff__V1__PatientClass)patient_class;
}

static void set_destination(ho_adt_event *e, enum ho_destination destination)
{
    e->destination = (Handoff__V1__Destination)destination;
    e->died = destination == HO_DESTINATION_DIED;
}

static ho_adt_event *at_visit(ho_adt_event *e, const char *visit)
{
    e->visit = history_text(visit);
    return e;
}

static int64_t at(int hour)
{
    return HISTORY_START + hour * HO_US_PER_HOUR;
}

static void expect(struct history *h, const char *encounters)
{
    assert_string_equal(history_encounters(h), encounters);
}

static const struct ho_encounter *only(struct history *h)
{
    struct ho_encounters encounters;
    history_fold(h, &encounters);
    assert_int_equal(encounters.n, 1);
    return encounters.items;
}

// ---- Movements ------------------------------------------------------------------------------------------

static void a_stay_begins_with_a01_and_ends_with_a03(void **state)
{
    history_tell(*state, "A01", 0);
    expect(*state, "V1 open inpatient@0");
    history_tell(*state, "A03", 50);
    expect(*state, "V1 ended inpatient@0 home@50");
}

static void a_discharge_that_is_recorded_first_ends_the_stay_all_the_same(void **state)
{
    history_tell_late(*state, "A03", 50, 50);
    history_tell_late(*state, "A01", 0, 60);
    expect(*state, "V1 ended inpatient@0 home@50");
}

static void an_ed_visit_becomes_an_inpatient_stay(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A01", 5);
    history_tell(*state, "A03", 50);
    expect(*state, "V1 ended ed@0 inpatient@5 home@50");
}

static void a06_joins_the_old_and_the_new_visit(void **state)
{
    history_tell(*state, "A04", 0);
    at_visit(history_tell(*state, "A06", 5), "V2")->prior_visit = history_text("V1");
    at_visit(history_tell(*state, "A03", 50), "V2");
    expect(*state, "V2 ended ed@0 inpatient@5 home@50");
}

static void a06_joins_the_visits_of_the_old_and_the_new_account(void **state)
{
    history_tell(*state, "A04", 0)->account = history_text("A1");
    ho_adt_event *e = at_visit(history_tell(*state, "A06", 5), "V2");
    e->account = history_text("A2");
    e->prior_account = history_text("A1");
    expect(*state, "V2 open ed@0 inpatient@5");
}

static void only_a06_and_a07_join_visits(void **state)
{
    history_tell(*state, "A04", 0);
    at_visit(history_tell(*state, "A01", 5), "V2")->prior_visit = history_text("V1");
    expect(*state, "V1 open ed@0; V2 open inpatient@5");
}

static void a06_may_state_observation(void **state)
{
    history_tell(*state, "A04", 0);
    set_class(history_tell(*state, "A06", 5), HO_CLASS_OBSERVATION);
    expect(*state, "V1 open ed@0 observation@5");
}

static void a07_leaves_a_person_with_a_bed_under_observation(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A07", 5);
    history_tell(*state, "A06", 9);
    expect(*state, "V1 open inpatient@0 observation@5 inpatient@9");
}

static void an_admission_after_a07_is_another_change(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A07", 5);
    history_tell(*state, "A01", 9);
    expect(*state, "V1 open inpatient@0 observation@5 inpatient@9");
}

static void a_transfer_with_a_stale_class_does_not_undo_a07(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A07", 5);
    history_tell(*state, "A02", 6);
    expect(*state, "V1 open inpatient@0 observation@5");
}

static void a07_after_the_discharge_is_an_update(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    history_tell(*state, "A07", 60);
    expect(*state, "V1 ended inpatient@0 home@50");
}

static void a07_without_a_bed_before_changes_nothing(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A07", 5);
    expect(*state, "V1 open ed@0");
}

// As the reader does where EVN-6 is empty.
static ho_adt_event *dated_by_pv1_44(ho_adt_event *e)
{
    e->admitted = e->occurred;
    return e;
}

static void a_change_of_class_that_is_dated_by_the_visits_beginning_occurred_when_it_was_recorded(void **state)
{
    history_tell(*state, "A01", 1);
    dated_by_pv1_44(history_tell_late(*state, "A07", 1, 9));
    dated_by_pv1_44(history_tell_late(*state, "A06", 0, 20));
    expect(*state, "V1 open inpatient@1 observation@9 inpatient@20");
}

static void a_repeated_change_of_class_that_tells_no_time_moves_it_nowhere(void **state)
{
    history_tell(*state, "A04", 0);
    dated_by_pv1_44(history_tell_late(*state, "A06", 0, 9));
    dated_by_pv1_44(history_tell_late(*state, "A06", 0, 20));
    expect(*state, "V1 open ed@0 inpatient@9");
}

static void a_change_of_class_with_a_beginning_of_its_own_occurred_then(void **state)
{
    history_tell(*state, "A04", 0);
    dated_by_pv1_44(history_tell_late(*state, "A06", 5, 8));
    expect(*state, "V1 open ed@0 inpatient@5");
}

static void a_change_of_class_alone_occurred_when_its_visit_began(void **state)
{
    dated_by_pv1_44(history_tell_late(*state, "A06", 5, 8));
    expect(*state, "V1 open inpatient@5");
}

static void a_change_of_class_recorded_after_the_discharge_was_before_it(void **state)
{
    history_tell(*state, "A04", 0);
    set_class(history_tell(*state, "A03", 50), HO_CLASS_INPATIENT);
    dated_by_pv1_44(history_tell_late(*state, "A06", 0, 60));
    expect(*state, "V1 ended ed@0 inpatient@0 home@50");
}

static void an_admission_that_tells_its_own_discharge_was_before_it(void **state)
{
    history_tell(*state, "A04", 0);
    set_class(history_tell(*state, "A03", 50), HO_CLASS_EMERGENCY);
    dated_by_pv1_44(history_tell_late(*state, "A06", 0, 60))->discharged = at(50);
    expect(*state, "V1 ended ed@0 inpatient@0 home@50");
}

static void who_died_in_the_ed_is_not_admitted_after_that(void **state)
{
    history_tell(*state, "A04", 0);
    set_destination(history_tell(*state, "A03", 5), HO_DESTINATION_DIED);
    dated_by_pv1_44(history_tell_late(*state, "A06", 0, 6));
    expect(*state, "V1 ended ed@0 inpatient@0 died@5");
}

static void an_admission_recorded_after_an_ed_visit_follows_it(void **state)
{
    history_tell(*state, "A04", 0);
    set_class(history_tell(*state, "A03", 5), HO_CLASS_EMERGENCY);
    dated_by_pv1_44(history_tell_late(*state, "A06", 0, 6));
    dated_by_pv1_44(history_tell_late(*state, "A06", 0, 9));
    expect(*state, "V1 ended ed@0 home@5; V1 open inpatient@6");
}

static void an_admission_recorded_long_after_an_ed_visit_is_the_bills(void **state)
{
    history_tell(*state, "A04", 0);
    set_class(history_tell(*state, "A03", 5), HO_CLASS_EMERGENCY);
    dated_by_pv1_44(history_tell_late(*state, "A06", 0, 5 + 36 + 1));
    expect(*state, "V1 ended ed@0 inpatient@0 home@5");
}

static void an_admission_recorded_after_an_ed_visit_that_was_not_seen_to_begin_follows_it(void **state)
{
    set_class(history_tell(*state, "A03", 5), HO_CLASS_EMERGENCY);
    dated_by_pv1_44(history_tell_late(*state, "A06", 0, 6));
    expect(*state, "V1 ended (ed@5) home@5; V1 open inpatient@6");
}

static void a_repeated_admission_before_the_downgrade_does_not_undo_it(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A07", 5);
    history_tell_late(*state, "A01", 0, 6);
    expect(*state, "V1 open inpatient@0 observation@5");
}

static void phases_in_one_setting_are_one_with_the_names_of_both(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A01", 5);
    history_tell(*state, "A06", 6);
    expect(*state, "V1 open ed@0 inpatient@5");
    const struct ho_change *change = &only(*state)->phases[1].change;
    assert_int_equal(change->n_aliases, 2);
    assert_int_equal(change->aliases[0][1], 2);
    assert_int_equal(change->aliases[1][1], 3);
}

static void a_registration_told_after_the_admission_opens_nothing(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A04", 3);
    expect(*state, "V1 open inpatient@0");
}

static void a_phase_told_after_the_discharge_begins_with_it(void **state)
{
    history_tell_late(*state, "A01", 20, 0);
    history_tell(*state, "A03", 10);
    expect(*state, "V1 ended inpatient@10 home@10");
}

static void still_a_patient_is_no_discharge(void **state)
{
    history_tell(*state, "A01", 0);
    set_destination(history_tell(*state, "A03", 20), HO_DESTINATION_STILL_PATIENT);
    expect(*state, "V1 open inpatient@0");
}

static void an_unknown_time_is_stood_in_for_by_the_other_clock(void **state)
{
    history_tell(*state, "A01", 0)->occurred = 0;
    history_tell(*state, "A03", 50)->recorded = 0;
    expect(*state, "V1 ended inpatient@0 home@50");
}

// ---- Classes --------------------------------------------------------------------------------------------

static const char *opened(const char *trigger, enum ho_patient_class patient_class, enum ho_facility_setting facility)
{
    struct history *h = history_new();
    ho_adt_event *e = history_tell(h, trigger, 0);
    set_class(e, patient_class);
    e->facility_setting = (Handoff__V1__FacilitySetting)facility;
    const struct ho_encounter *encounter = only(h);
    const char *setting = encounter->n_phases ? ho_setting_name(encounter->phases[0].setting) : "none";
    history_free(h);
    return setting;
}

static void a_class_means_what_the_trigger_makes_of_it(void **state)
{
    static const struct {
        const char *trigger;
        enum ho_patient_class patient_class;
        const char *hospital, *nursing;
    } rows[] = {
        {"A04", HO_CLASS_EMERGENCY, "ed", "snf"},           {"A04", HO_CLASS_UNKNOWN, "ed", "snf"},
        {"A04", HO_CLASS_INPATIENT, "inpatient", "snf"},    {"A04", HO_CLASS_OBSERVATION, "observation", "snf"},
        {"A04", HO_CLASS_OUTPATIENT, "none", "none"},       {"A04", HO_CLASS_RECURRING, "none", "none"},
        {"A04", HO_CLASS_PREADMIT, "none", "none"},         {"A01", HO_CLASS_INPATIENT, "inpatient", "snf"},
        {"A01", HO_CLASS_UNKNOWN, "inpatient", "snf"},      {"A01", HO_CLASS_EMERGENCY, "inpatient", "snf"},
        {"A01", HO_CLASS_PREADMIT, "inpatient", "snf"},     {"A01", HO_CLASS_OBSERVATION, "observation", "snf"},
        {"A01", HO_CLASS_OUTPATIENT, "observation", "snf"}, {"A01", HO_CLASS_RECURRING, "observation", "snf"},
        {"A06", HO_CLASS_OUTPATIENT, "inpatient", "snf"},   {"A06", HO_CLASS_OBSERVATION, "observation", "snf"},
        {"A07", HO_CLASS_OUTPATIENT, "observation", "snf"}, {"A07", HO_CLASS_EMERGENCY, "ed", "snf"},
        {"A02", HO_CLASS_INPATIENT, "inpatient", "snf"},    {"A02", HO_CLASS_OBSERVATION, "observation", "snf"},
        {"A02", HO_CLASS_UNKNOWN, "none", "snf"},           {"A02", HO_CLASS_EMERGENCY, "none", "snf"},
        {"A03", HO_CLASS_EMERGENCY, "ed", "snf"},           {"A03", HO_CLASS_UNKNOWN, "inpatient", "snf"},
        {"A03", HO_CLASS_OUTPATIENT, "none", "none"},       {"A08", HO_CLASS_INPATIENT, "none", "none"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(opened(rows[i].trigger, rows[i].patient_class, HO_FACILITY_HOSPITAL), rows[i].hospital);
        assert_string_equal(opened(rows[i].trigger, rows[i].patient_class, HO_FACILITY_SKILLED_NURSING),
                            rows[i].nursing);
    }
}

static void an_outpatient_visit_is_aside_until_it_becomes_more(void **state)
{
    set_class(history_tell(*state, "A04", 0), HO_CLASS_OUTPATIENT);
    history_tell(*state, "A03", 3);
    expect(*state, "V1 aside");
    history_tell_late(*state, "A06", 2, 2);
    expect(*state, "V1 ended inpatient@2 home@3");
}

static void an_update_alone_is_aside(void **state)
{
    set_class(history_tell(*state, "A08", 0), HO_CLASS_INPATIENT);
    expect(*state, "V1 aside");
}

// ---- Repeats and fields ---------------------------------------------------------------------------------

static void the_latest_recorded_repeat_gives_the_time(void **state)
{
    history_tell_late(*state, "A01", 0, 0);
    history_tell_late(*state, "A01", 2, 1);
    history_tell_late(*state, "A03", 50, 50);
    history_tell_late(*state, "A03", 48, 51);
    expect(*state, "V1 ended inpatient@2 home@48");
    const struct ho_encounter *e = only(*state);
    assert_int_equal(e->phases[0].change.n_aliases, 2);
    assert_int_equal(e->phases[0].change.recorded, HISTORY_START);
    assert_int_equal(e->end.n_aliases, 2);
    assert_int_equal(e->n_events, 4);
}

static void the_same_event_counts_once(void **state)
{
    struct history *h = *state;
    history_tell(h, "A01", 0);
    const ho_adt_event *twice[] = {h->events[0], h->events[0]};
    struct ho_encounters encounters;
    ho_encounters_fold(h->arena, twice, 2, &encounters);
    assert_int_equal(encounters.n, 1);
    assert_int_equal(encounters.items[0].n_events, 1);
}

static void the_second_person_of_a_message_is_another_event(void **state)
{
    struct history *h = *state;
    history_tell(h, "A01", 0);
    ho_adt_event *second = at_visit(history_tell(h, "A01", 0), "V2");
    second->id = h->events[0]->id;
    second->subject = 1;
    struct ho_encounters encounters;
    history_fold(h, &encounters);
    assert_int_equal(encounters.n, 2);
    assert_memory_not_equal(encounters.items[0].id, encounters.items[1].id, HO_ID_BYTES);
}

static void fields_are_of_the_latest_recorded_event_that_has_them(void **state)
{
    ho_diagnosis diagnosis = HANDOFF__V1__DIAGNOSIS__INIT;
    ho_diagnosis *diagnoses[] = {&diagnosis};
    history_tell(*state, "A01", 0)->attending = history_text("Okafor, Grace");
    ho_adt_event *update = history_tell_late(*state, "A08", 4, 3);
    update->attending = history_text("Tran, Minh");
    update->diagnoses = diagnoses;
    update->n_diagnoses = 1;
    history_tell_late(*state, "A08", 2, 5);
    const struct ho_encounter *e = only(*state);
    assert_string_equal(e->attending, "Tran, Minh");
    assert_int_equal(e->patient_class, HO_CLASS_INPATIENT);
    assert_int_equal(e->n_diagnoses, 1);
}

static void a_later_discharge_without_destination_keeps_the_one_before(void **state)
{
    history_tell(*state, "A01", 0);
    set_destination(history_tell(*state, "A03", 50), HO_DESTINATION_SKILLED_NURSING);
    set_destination(history_tell_late(*state, "A03", 50, 52), HO_DESTINATION_UNKNOWN);
    expect(*state, "V1 ended inpatient@0 snf@50");
}

static void a_disposition_is_what_its_feed_says_that_it_means(void **state)
{
    history_tell(*state, "A01", 0);
    ho_adt_event *discharge = history_tell(*state, "A03", 50);
    discharge->disposition = history_text("HOME-PR");
    assert_string_equal(only(*state)->disposition, "HOME-PR");
    discharge->disposition_means = history_text("81"); // which measures and flags ask for
    assert_string_equal(only(*state)->disposition, "81");
}

// ---- Cancels --------------------------------------------------------------------------------------------

static void a11_of_the_only_arrival_makes_it_void(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A08", 1);
    history_tell_late(*state, "A11", 0, 2);
    expect(*state, "V1 void");
}

static void a11_after_a04_and_a01_undoes_the_admission_only(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A01", 5);
    history_tell(*state, "A02", 6);
    history_tell_late(*state, "A11", 5, 7);
    expect(*state, "V1 open ed@0");
    history_tell(*state, "A03", 9);
    expect(*state, "V1 ended ed@0 home@9");
}

static void a11_after_a06_undoes_the_admission_only(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A06", 5);
    history_tell_late(*state, "A11", 5, 7);
    expect(*state, "V1 open ed@0");
}

static void a11_undoes_all_that_was_made_of_the_admission(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A06", 4);
    history_tell(*state, "A01", 5);
    history_tell(*state, "A07", 6);
    history_tell_late(*state, "A11", 5, 7);
    expect(*state, "V1 open ed@0");
}

static void a_repeated_a11_cancels_nothing_more(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A01", 5);
    history_tell_late(*state, "A11", 5, 7);
    history_tell_late(*state, "A11", 5, 8);
    expect(*state, "V1 open ed@0");
}

static void a_repeat_between_two_cancels_gives_the_second_nothing_to_cancel(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A01", 5);
    history_tell_late(*state, "A11", 5, 7);
    history_tell_late(*state, "A04", 0, 8);
    history_tell_late(*state, "A11", 5, 9);
    expect(*state, "V1 open ed@0");
}

static void an_admission_after_its_cancel_stands(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell_late(*state, "A11", 0, 2);
    history_tell_late(*state, "A01", 3, 3);
    expect(*state, "V1 open inpatient@3");
    assert_int_equal(only(*state)->phases[0].change.n_aliases, 1);
}

static void a_cancel_with_nothing_recorded_before_it_waits(void **state)
{
    history_tell_late(*state, "A11", 0, 2);
    history_tell_late(*state, "A01", 0, 4);
    expect(*state, "V1 open inpatient@0");
    history_tell_late(*state, "A01", 0, 1);
    expect(*state, "V1 open inpatient@0"); // the first is cancelled, the one after it is not
    assert_int_equal(only(*state)->phases[0].change.n_aliases, 1);
}

static void a_change_without_recorded_time_was_recorded_when_it_occurred(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50)->recorded = 0;
    history_tell(*state, "A13", 40); // not of this discharge
    expect(*state, "V1 ended inpatient@0 home@50");
}

static void a_cancel_alone_is_void(void **state)
{
    history_tell(*state, "A11", 0);
    expect(*state, "V1 void");
}

static void a_cancel_recorded_at_the_same_instant_comes_after(void **state)
{
    history_tell_late(*state, "A11", 0, 0);
    history_tell_late(*state, "A01", 0, 0);
    expect(*state, "V1 void");
}

static void a_discharge_goes_with_the_arrival_that_never_was(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 5);
    history_tell(*state, "A11", 6);
    expect(*state, "V1 void");
}

static void a13_reopens_the_stay(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    history_tell_late(*state, "A13", 50, 51);
    expect(*state, "V1 open inpatient@0");
    history_tell_late(*state, "A13", 50, 52);
    history_tell(*state, "A03", 70);
    expect(*state, "V1 ended inpatient@0 home@70");
    assert_int_equal(only(*state)->end.n_aliases, 1);
}

static void a13_cancels_the_latest_discharge_only_once(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 10);
    history_tell(*state, "A01", 20);
    history_tell(*state, "A03", 30);
    history_tell(*state, "A13", 31);
    history_tell(*state, "A13", 32);
    expect(*state, "V1 ended inpatient@0 home@10; V1 open inpatient@20");
}

// ---- What was not seen ----------------------------------------------------------------------------------

static void a_discharge_alone_is_a_stay_whose_admission_was_not_seen(void **state)
{
    ho_adt_event *e = history_tell(*state, "A03", 50);
    expect(*state, "V1 ended (inpatient@50) home@50");
    e->admitted = HISTORY_START;
    set_class(e, HO_CLASS_EMERGENCY);
    expect(*state, "V1 ended (ed@0) home@50");
}

static void an_inpatient_transfer_implies_the_admission(void **state)
{
    history_tell(*state, "A02", 7);
    history_tell(*state, "A02", 9);
    expect(*state, "V1 open inpatient@7");
    history_tell(*state, "A02", 11)->admitted = HISTORY_START + HO_US_PER_HOUR;
    expect(*state, "V1 open inpatient@1");
}

static void an_inpatient_transfer_from_the_ed_implies_the_admission(void **state)
{
    history_tell(*state, "A04", 0);
    set_class(history_tell(*state, "A02", 3), HO_CLASS_EMERGENCY);
    expect(*state, "V1 open ed@0");
    history_tell(*state, "A02", 7);
    expect(*state, "V1 open ed@0 inpatient@7");
}

static void transfers_become_aliases_of_the_admission_once_it_is_seen(void **state)
{
    history_tell(*state, "A02", 7);
    assert_int_equal(only(*state)->phases[0].change.aliases[0][1], 1);
    history_tell(*state, "A01", 0);
    const struct ho_encounter *e = only(*state);
    expect(*state, "V1 open inpatient@0");
    assert_int_equal(e->phases[0].change.n_aliases, 2);
    assert_int_equal(e->phases[0].change.id[1], 1);
}

static void a_transfer_told_after_the_discharge_admits_nobody(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A03", 5);
    history_tell(*state, "A02", 6);
    expect(*state, "V1 ended ed@0 home@5");
}

// ---- A visit number used again --------------------------------------------------------------------------

static void an_admission_repeated_after_the_discharge_is_an_update(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    history_tell_late(*state, "A01", 1, 60);
    expect(*state, "V1 ended inpatient@1 home@50");
    history_tell_late(*state, "A01", 50, 61); // not after the discharge
    expect(*state, "V1 ended inpatient@50 home@50");
}

static void an_arrival_after_the_discharge_by_both_clocks_is_another_stay(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    history_tell(*state, "A04", 60);
    history_tell(*state, "A01", 62);
    history_tell(*state, "A03", 90);
    expect(*state, "V1 ended inpatient@0 home@50; V1 ended ed@60 inpatient@62 home@90");
}

static void an_arrival_recorded_before_the_discharge_belongs_to_it(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell_late(*state, "A01", 60, 40);
    history_tell(*state, "A03", 50);
    expect(*state, "V1 ended inpatient@50 home@50");
}

static void a_late_correction_of_the_first_discharge_finds_its_stay(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    history_tell(*state, "A01", 60);
    history_tell_late(*state, "A03", 48, 70);
    history_tell_late(*state, "A01", 2, 71);
    expect(*state, "V1 ended inpatient@2 home@48; V1 open inpatient@60");
}

static void a_cancelled_discharge_makes_one_stay_of_two(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    history_tell_late(*state, "A01", 60, 52);
    expect(*state, "V1 ended inpatient@0 home@50; V1 open inpatient@60");
    history_tell_late(*state, "A13", 50, 53);
    expect(*state, "V1 open inpatient@0");
}

static void of_two_stays_made_one_the_latest_recorded_event_gives_the_fields(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    history_tell(*state, "A01", 60)->attending = history_text("Okafor, Grace");
    history_tell_late(*state, "A08", 10, 70)->attending = history_text("Tran, Minh");
    history_tell_late(*state, "A13", 50, 71);
    assert_string_equal(only(*state)->attending, "Tran, Minh");
}

static void a_cancelled_return_leaves_the_first_stay(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    history_tell(*state, "A01", 60);
    history_tell_late(*state, "A11", 60, 61);
    expect(*state, "V1 ended inpatient@0 home@50");
}

static void a06_after_an_ed_visit_has_ended_is_an_admission(void **state)
{
    history_tell(*state, "A04", 0);
    set_destination(history_tell(*state, "A03", 5), HO_DESTINATION_ACUTE);
    history_tell(*state, "A06", 6);
    expect(*state, "V1 ended ed@0 acute@5; V1 open inpatient@6");
}

static void a06_after_a_stay_has_ended_is_an_update(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    history_tell(*state, "A06", 60);
    expect(*state, "V1 ended inpatient@0 home@50");
}

// ---- Identity -------------------------------------------------------------------------------------------

static ho_adt_event *by_account(ho_adt_event *e, const char *visit, const char *account)
{
    e->visit = history_text(visit);
    e->account = history_text(account);
    return e;
}

static void the_same_visit_number_elsewhere_is_another_visit(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50)->facility = history_text("Other");
    expect(*state, "V1 open inpatient@0; V1 ended (inpatient@50) home@50");
}

static void a_visit_number_joins_what_lies_around_another_facilitys(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A04", 1)->facility = history_text("Other");
    history_tell(*state, "A01", 5);
    expect(*state, "V1 open ed@0 inpatient@5; V1 open ed@1");
}

static void without_a_visit_number_the_account_is_the_visit(void **state)
{
    by_account(history_tell(*state, "A01", 0), "", "A1");
    by_account(history_tell(*state, "A03", 50), "", "A1");
    by_account(history_tell(*state, "A01", 60), "", "A2");
    expect(*state, " ended inpatient@0 home@50;  open inpatient@60");
}

static void an_event_without_visit_number_belongs_to_the_last_visit_of_its_account(void **state)
{
    by_account(history_tell(*state, "A04", 0), "V1", "A1");
    by_account(history_tell(*state, "A03", 5), "", "A1");
    by_account(history_tell(*state, "A01", 100), "V2", "A1");
    by_account(history_tell(*state, "A03", 150), "", "A1");
    expect(*state, "V1 ended ed@0 home@5; V2 ended inpatient@100 home@150");
}

static void an_account_does_not_join_visits(void **state)
{
    by_account(history_tell(*state, "A04", 0), "V1", "A1");
    by_account(history_tell(*state, "A01", 5), "V2", "A1");
    expect(*state, "V1 open ed@0; V2 open inpatient@5");
}

static void without_numbers_visits_are_told_apart_by_when_they_began(void **state)
{
    at_visit(history_tell(*state, "A01", 0), "");
    at_visit(history_tell(*state, "A03", 50), "")->admitted = HISTORY_START;
    at_visit(history_tell(*state, "A04", 200), "");
    at_visit(history_tell(*state, "A03", 203), ""); // says nothing of its beginning
    expect(*state, " ended inpatient@0 home@50;  ended ed@200 home@203");
}

static void without_numbers_another_record_number_is_another_visit(void **state)
{
    at_visit(history_tell(*state, "A01", 0), "");
    at_visit(history_tell(*state, "A03", 50), "")->mrn = history_text("200");
    expect(*state, " open inpatient@0;  ended (inpatient@50) home@50");
}

// ---- Numbers on some messages only ------------------------------------------------------------------------

static ho_adt_event *began_at(ho_adt_event *e, const char *visit, int hour)
{
    e->admitted = HISTORY_START + hour * HO_US_PER_HOUR;
    return at_visit(e, visit);
}

static void an_event_without_numbers_belongs_to_the_one_visit_that_began_when_it_says(void **state)
{
    static const char *const visits[][2] = {{"V1", ""}, {"", "V1"}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct history *h = history_new();
        began_at(history_tell(h, "A01", 1), visits[i][0], 0);
        at_visit(history_tell(h, "A08", 2), "V1")->admitted = HISTORY_START;
        began_at(history_tell(h, "A03", 50), visits[i][1], 0);
        expect(h, "V1 ended inpatient@1 home@50");
        began_at(history_tell(h, "A13", 51), "", 0);
        expect(h, "V1 open inpatient@1");
        began_at(history_tell(h, "A11", 52), "", 0);
        expect(h, "V1 void");
        history_free(h);
    }
}

static void an_admission_says_when_its_visit_began_though_pv1_44_is_empty(void **state)
{
    history_tell(*state, "A01", 0);
    began_at(history_tell(*state, "A03", 50), "", 0);
    expect(*state, "V1 ended inpatient@0 home@50");
}

static void an_event_without_numbers_belongs_to_none_of_several_visits(void **state)
{
    began_at(history_tell(*state, "A04", 0), "V1", 0);
    began_at(history_tell(*state, "A01", 5), "V2", 0);
    began_at(history_tell(*state, "A03", 50), "", 0);
    expect(*state, "V1 open ed@0;  ended (inpatient@0) home@50; V2 open inpatient@5");
    at_visit(history_tell(*state, "A42", 60), "V2")->prior_visit = history_text("V1"); // they are one
    expect(*state, "V2 ended ed@0 inpatient@5 home@50");
}

static void an_event_without_numbers_belongs_to_no_other_patients_visit(void **state)
{
    history_tell(*state, "A01", 0);
    began_at(history_tell(*state, "A03", 50), "", 0)->mrn = history_text("200");
    expect(*state, "V1 open inpatient@0;  ended (inpatient@0) home@50");
}

static void events_without_numbers_join_no_visits(void **state)
{
    history_tell(*state, "A04", 0);
    at_visit(history_tell(*state, "A01", 5), "V2");
    began_at(history_tell(*state, "A03", 4), "", 0);
    began_at(history_tell(*state, "A03", 50), "", 5);
    expect(*state, "V1 ended ed@0 home@4; V2 ended inpatient@5 home@50");
    at_visit(history_tell(*state, "A13", 51), ""); // of the one that began last
    expect(*state, "V1 ended ed@0 home@4; V2 open inpatient@5");
}

static void an_account_that_no_visit_has_belongs_to_the_one_visit_that_began_with_it(void **state)
{
    history_tell(*state, "A04", 0);
    at_visit(history_tell(*state, "A01", 30), "V2");
    began_at(history_tell(*state, "A03", 4), "", 0)->account = history_text("A1");
    expect(*state, "V1 ended ed@0 home@4; V2 open inpatient@30");
    began_at(history_tell(*state, "A08", 31), "", 30)->account = history_text("A1"); // of both, so of neither
    expect(*state, "V1 open ed@0;  ended (inpatient@4) home@4; V2 open inpatient@30");
}

static void an_update_about_the_person_that_names_no_visit_belongs_to_none(void **state)
{
    history_tell(*state, "A01", 0);
    began_at(history_tell(*state, "A31", 9), "", 0);
    assert_int_equal(only(*state)->n_events, 1);
}

// ---- What is announced ----------------------------------------------------------------------------------

static void a_preadmission_alone_is_aside_and_planned(void **state)
{
    static const char *const triggers[] = {"A05", "A14"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct history *h = history_new();
        history_tell(h, triggers[i], 0);
        expect(h, "V1 aside");
        assert_true(only(h)->planned);
        history_free(h);
    }
}

static void a_stay_announced_before_it_began_is_planned(void **state)
{
    history_tell_late(*state, "A05", 100, 0); // expected then
    history_tell(*state, "A01", 101);
    history_tell(*state, "A03", 150);
    expect(*state, "V1 ended inpatient@101 home@150");
    assert_true(only(*state)->planned);
}

static void what_is_announced_during_a_stay_was_not_planned(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A14", 3);
    history_tell(*state, "A01", 5);
    expect(*state, "V1 open ed@0 inpatient@5");
    assert_false(only(*state)->planned);
}

static void an_elective_admission_is_planned(void **state)
{
    history_tell(*state, "A01", 0)->admission_type = history_text("C");
    assert_true(only(*state)->planned);
    history_tell(*state, "A08", 1)->admission_type = history_text("E");
    assert_false(only(*state)->planned);
}

static void a_cancelled_preadmission_announces_nothing(void **state)
{
    static const char *const pairs[][2] = {{"A05", "A38"}, {"A14", "A27"}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct history *h = history_new();
        history_tell(h, pairs[i][0], 0);
        history_tell(h, pairs[i][1], 5);
        expect(h, "V1 aside");
        assert_false(only(h)->planned);
        history_tell(h, "A01", 50);
        assert_false(only(h)->planned);
        history_free(h);
    }
}

static void a_cancel_of_the_other_announcement_cancels_nothing(void **state)
{
    history_tell(*state, "A05", 0);
    history_tell(*state, "A27", 5);
    assert_true(only(*state)->planned);
}

static void a_stay_cancelled_and_admitted_again_was_announced_all_the_same(void **state)
{
    history_tell(*state, "A05", 0);
    history_tell(*state, "A01", 50);
    history_tell(*state, "A11", 51);
    history_tell(*state, "A01", 60);
    expect(*state, "V1 open inpatient@60");
    assert_true(only(*state)->planned);
}

static void a_preadmission_after_the_discharge_is_of_the_next_stay(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    history_tell(*state, "A05", 60);
    history_tell(*state, "A01", 100);
    struct ho_encounters encounters;
    history_fold(*state, &encounters);
    expect(*state, "V1 ended inpatient@0 home@50; V1 open inpatient@100");
    assert_false(encounters.items[0].planned);
    assert_true(encounters.items[1].planned);
}

static void a_preadmits_class_is_not_the_stays(void **state)
{
    set_class(history_tell(*state, "A05", 0), HO_CLASS_PREADMIT);
    assert_int_equal(only(*state)->patient_class, HO_CLASS_PREADMIT);
    history_tell(*state, "A03", 90);
    expect(*state, "V1 ended (inpatient@90) home@90");
    assert_int_equal(only(*state)->patient_class, HO_CLASS_UNKNOWN);
}

static void a_pending_transfer_is_nothing(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A15", 3);
    history_tell(*state, "A26", 4);
    expect(*state, "V1 open inpatient@0");
    assert_int_equal(only(*state)->last_heard, HISTORY_START);
}

static void a16_announces_the_discharge(void **state)
{
    history_tell(*state, "A01", 0);
    assert_int_equal(only(*state)->announced.n_aliases, 0);
    history_tell_late(*state, "A16", 90, 40); // expected then, said now
    history_tell_late(*state, "A16", 55, 45);
    const struct ho_change *announced = &only(*state)->announced;
    expect(*state, "V1 open inpatient@0");
    assert_int_equal(announced->n_aliases, 2);
    assert_int_equal(announced->id[1], 2);
    assert_int_equal(announced->occurred, at(45));
    assert_int_equal(announced->recorded, at(40));
}

static void an_announced_discharge_stays_announced_once_it_happened(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A16", 40);
    history_tell(*state, "A03", 50);
    assert_int_equal(only(*state)->announced.id[1], 2);
}

static void a_discharge_announced_after_it_happened_is_none(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    history_tell(*state, "A16", 51);
    assert_int_equal(only(*state)->announced.n_aliases, 0);
}

static void a25_takes_the_announcement_back_and_another_is_another_change(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A16", 40);
    history_tell(*state, "A25", 41);
    assert_int_equal(only(*state)->announced.n_aliases, 0);
    history_tell(*state, "A25", 42);
    history_tell(*state, "A16", 45);
    assert_int_equal(only(*state)->announced.n_aliases, 1);
    assert_int_equal(only(*state)->announced.id[1], 5);
}

static void a25_recorded_before_the_announcement_cancels_nothing(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A25", 40);
    history_tell(*state, "A16", 41);
    assert_int_equal(only(*state)->announced.n_aliases, 1);
    history_tell_late(*state, "A16", 39, 39);
    assert_int_equal(only(*state)->announced.id[1], 3); // the one before it is cancelled
}

static void an_announcement_goes_with_the_admission_that_never_was(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A16", 40);
    history_tell(*state, "A11", 41);
    expect(*state, "V1 void");
    assert_int_equal(only(*state)->announced.n_aliases, 0);
}

// ---- Leave ----------------------------------------------------------------------------------------------

static void a_leave_is_no_discharge(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A21", 30);
    expect(*state, "V1 open inpatient@0");
    assert_true(only(*state)->on_leave);
    history_tell(*state, "A22", 40);
    expect(*state, "V1 open inpatient@0");
    assert_false(only(*state)->on_leave);
    history_tell(*state, "A21", 50);
    assert_true(only(*state)->on_leave);
}

static void a_discharge_during_a_leave_ends_the_stay(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A21", 30);
    history_tell(*state, "A03", 40);
    expect(*state, "V1 ended inpatient@0 home@40");
    assert_false(only(*state)->on_leave);
}

static void a_leave_recorded_late_ends_with_the_return_that_followed_it(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A22", 40);
    history_tell_late(*state, "A21", 30, 45);
    assert_false(only(*state)->on_leave);
}

static void a52_cancels_the_leave_and_a53_the_return(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A21", 30);
    history_tell(*state, "A22", 40);
    history_tell(*state, "A53", 41);
    assert_true(only(*state)->on_leave);
    history_tell(*state, "A52", 42);
    assert_false(only(*state)->on_leave);
}

static void the_return_that_stands_is_told(void **state)
{
    history_tell(*state, "A01", 0);
    assert_int_equal(only(*state)->back.n_aliases, 0);
    const ho_adt_event *back = history_tell(*state, "A22", 40);
    assert_int_equal(only(*state)->back.occurred, at(40));
    assert_memory_equal(only(*state)->back.id, back->id.data, HO_ID_BYTES);
    history_tell(*state, "A03", 30);
    assert_int_equal(only(*state)->back.n_aliases, 0); // after the end
    history_tell(*state, "A13", 41);
    assert_int_equal(only(*state)->back.n_aliases, 1);
    history_tell(*state, "A53", 42);
    assert_int_equal(only(*state)->back.n_aliases, 0);
}

static void a_repeated_a52_cancels_nothing_more(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A21", 20);
    history_tell(*state, "A22", 25);
    history_tell(*state, "A21", 30);
    history_tell(*state, "A52", 31);
    history_tell(*state, "A52", 32);
    history_tell(*state, "A53", 33);
    assert_true(only(*state)->on_leave); // since 20
}

// ---- Transfers ------------------------------------------------------------------------------------------

static ho_adt_event *in_unit(struct history *h, ho_adt_event *e, const char *unit, enum ho_facility_setting setting)
{
    e->location = ho_arena_alloc(h->arena, sizeof *e->location);
    handoff__v1__location__init(e->location);
    e->location->point_of_care = history_text(unit);
    e->facility_setting = (Handoff__V1__FacilitySetting)setting;
    return e;
}

static ho_adt_event *to_ward(struct history *h, ho_adt_event *e, const char *unit)
{
    return in_unit(h, e, unit, HO_FACILITY_HOSPITAL);
}

static ho_adt_event *to_nursing(struct history *h, ho_adt_event *e)
{
    return in_unit(h, e, "SWING", HO_FACILITY_SKILLED_NURSING);
}

static void a12_takes_back_the_admission_that_a_transfer_implied(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A02", 5);
    expect(*state, "V1 open ed@0 inpatient@5");
    history_tell(*state, "A12", 6);
    expect(*state, "V1 open ed@0");
    history_tell(*state, "A02", 9);
    expect(*state, "V1 open ed@0 inpatient@9");
}

static void a12_takes_back_the_latest_transfer_with_its_repeats(void **state)
{
    struct history *h = *state;
    to_ward(h, history_tell(h, "A02", 5), "3W");
    to_ward(h, history_tell(h, "A02", 3), "ICU");
    to_ward(h, history_tell(h, "A02", 4), "ICU");
    history_tell(h, "A12", 6); // not of the repeat recorded at 4, but of 5
    expect(h, "V1 open inpatient@3");
    history_tell(h, "A12", 7);
    expect(h, "V1 open inpatient@3");
    to_ward(h, history_tell(h, "A02", 8), "ICU");
    history_tell(h, "A12", 9);
    expect(h, "V1 aside");
}

static void a12_keeps_the_admission_that_was_seen_and_all_its_names(void **state)
{
    history_tell(*state, "A02", 5);
    history_tell_late(*state, "A01", 0, 6);
    history_tell(*state, "A12", 7);
    expect(*state, "V1 open inpatient@0");
    assert_int_equal(only(*state)->phases[0].change.n_aliases, 2);
    assert_int_equal(only(*state)->phases[0].change.id[1], 1);
}

static void a_transfer_into_a_nursing_unit_goes_to_a_nursing_facility_and_back(void **state)
{
    struct history *h = *state;
    to_ward(h, history_tell(h, "A01", 0), "3W");
    to_nursing(h, history_tell(h, "A02", 50));
    to_nursing(h, history_tell(h, "A02", 60)); // another bed there
    expect(h, "V1 open inpatient@0 snf@50");
    assert_int_equal(only(h)->phases[0].change.n_aliases, 1);
    assert_int_equal(only(h)->phases[1].change.n_aliases, 2);
    to_ward(h, history_tell(h, "A02", 90), "ICU");
    expect(h, "V1 open inpatient@0 snf@50 inpatient@90");
    history_tell(h, "A12", 91);
    expect(h, "V1 open inpatient@0 snf@50");
    history_tell(h, "A03", 120);
    expect(h, "V1 ended inpatient@0 snf@50 home@120");
}

static void a_transfer_that_names_no_place_leaves_no_nursing_unit(void **state)
{
    struct history *h = *state;
    to_ward(h, history_tell(h, "A01", 0), "3W");
    to_nursing(h, history_tell(h, "A02", 50));
    history_tell(h, "A02", 60);
    expect(h, "V1 open inpatient@0 snf@50");
}

static void a_stay_in_a_swing_bed_is_one_in_a_nursing_facility(void **state)
{
    struct history *h = *state;
    to_ward(h, history_tell(h, "A01", 0), "3W");
    set_destination(history_tell(h, "A03", 50), HO_DESTINATION_SKILLED_NURSING);
    to_nursing(h, at_visit(history_tell(h, "A01", 50), "V2"));
    expect(h, "V1 ended inpatient@0 snf@50; V2 open snf@50");
}

static void an_admission_goes_with_its_stay_in_a_nursing_unit(void **state)
{
    struct history *h = *state;
    to_ward(h, history_tell(h, "A01", 0), "3W");
    to_nursing(h, history_tell(h, "A02", 50));
    history_tell(h, "A11", 51);
    expect(h, "V1 void");
}

// ---- Feeds that admit by A08 ----------------------------------------------------------------------------

static ho_adt_event *admitting(ho_adt_event *e, enum ho_patient_class patient_class)
{
    e->admits = true;
    set_class(e, patient_class);
    return e;
}

static void an_update_is_an_arrival_where_the_feed_says_so(void **state)
{
    admitting(history_tell(*state, "A08", 3), HO_CLASS_INPATIENT);
    admitting(history_tell(*state, "A08", 7), HO_CLASS_INPATIENT);
    expect(*state, "V1 open inpatient@3");
    assert_int_equal(only(*state)->phases[0].change.n_aliases, 2);
    admitting(history_tell(*state, "A08", 9), HO_CLASS_INPATIENT)->admitted = at(1);
    expect(*state, "V1 open inpatient@1");
    history_tell_late(*state, "A01", 0, 20);
    expect(*state, "V1 open inpatient@0"); // once it is seen, it says when
    assert_int_equal(only(*state)->phases[0].change.id[1], 1);
}

static void an_update_says_of_an_arrival_what_its_class_says(void **state)
{
    static const struct {
        enum ho_patient_class patient_class;
        const char *encounter;
    } rows[] = {{HO_CLASS_EMERGENCY, "V1 open ed@0"},
                {HO_CLASS_OBSERVATION, "V1 open observation@0"},
                {HO_CLASS_INPATIENT, "V1 open inpatient@0"},
                {HO_CLASS_OUTPATIENT, "V1 aside"},
                {HO_CLASS_PREADMIT, "V1 aside"},
                {HO_CLASS_UNKNOWN, "V1 aside"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct history *h = history_new();
        admitting(history_tell(h, "A08", 0), rows[i].patient_class);
        expect(h, rows[i].encounter);
        history_free(h);
    }
}

static void an_update_is_no_arrival_where_there_was_one(void **state)
{
    set_class(history_tell(*state, "A04", 0), HO_CLASS_OUTPATIENT);
    admitting(history_tell(*state, "A08", 3), HO_CLASS_INPATIENT);
    expect(*state, "V1 aside");
}

static void updates_of_a_higher_class_are_one_upgrade(void **state)
{
    history_tell(*state, "A04", 0);
    admitting(history_tell(*state, "A08", 7), HO_CLASS_INPATIENT)->admitted = at(0); // when the visit began
    admitting(history_tell_late(*state, "A08", 5, 8), HO_CLASS_INPATIENT)->admitted = at(0);
    expect(*state, "V1 open ed@0 inpatient@5");
    assert_int_equal(only(*state)->phases[1].change.n_aliases, 2);
    history_tell(*state, "A03", 50);
    expect(*state, "V1 ended ed@0 inpatient@5 home@50");
    history_tell_late(*state, "A01", 6, 60); // once it is seen, it says when
    expect(*state, "V1 ended ed@0 inpatient@6 home@50");
}

static void an_update_of_a_higher_class_fills_fields_where_the_feed_does_not_say_more(void **state)
{
    history_tell(*state, "A04", 0);
    set_class(history_tell(*state, "A08", 5), HO_CLASS_INPATIENT);
    expect(*state, "V1 open ed@0");
}

static void updates_lead_up_from_step_to_step_and_never_down(void **state)
{
    admitting(history_tell(*state, "A08", 0), HO_CLASS_EMERGENCY);
    admitting(history_tell(*state, "A08", 3), HO_CLASS_OBSERVATION);
    expect(*state, "V1 open ed@0 observation@3");
    admitting(history_tell(*state, "A08", 6), HO_CLASS_INPATIENT);
    admitting(history_tell(*state, "A08", 7), HO_CLASS_OBSERVATION);
    admitting(history_tell(*state, "A08", 8), HO_CLASS_EMERGENCY);
    expect(*state, "V1 open ed@0 observation@3 inpatient@6");
}

static void a_first_update_is_not_lowered_by_the_next(void **state)
{
    admitting(history_tell(*state, "A08", 0), HO_CLASS_INPATIENT);
    admitting(history_tell(*state, "A08", 3), HO_CLASS_OBSERVATION);
    expect(*state, "V1 open inpatient@0");
}

static void an_update_makes_an_inpatient_of_who_was_observed(void **state)
{
    set_class(history_tell(*state, "A01", 0), HO_CLASS_OBSERVATION);
    admitting(history_tell(*state, "A08", 5), HO_CLASS_INPATIENT);
    expect(*state, "V1 open observation@0 inpatient@5");
    history_tell_late(*state, "A06", 4, 20);
    expect(*state, "V1 open observation@0 inpatient@4");
}

static void an_update_raises_nothing_above_what_the_stay_has_been(void **state)
{
    history_tell(*state, "A06", 5);
    set_class(history_tell_late(*state, "A01", 0, 6), HO_CLASS_OBSERVATION);
    admitting(history_tell(*state, "A08", 3), HO_CLASS_INPATIENT);
    admitting(history_tell(*state, "A08", 9), HO_CLASS_INPATIENT);
    expect(*state, "V1 open observation@0 inpatient@5");
}

static void an_update_with_a_stale_class_undoes_neither_a07_nor_a11(void **state)
{
    history_tell(*state, "A04", 0);
    admitting(history_tell(*state, "A08", 5), HO_CLASS_INPATIENT);
    history_tell(*state, "A07", 8);
    admitting(history_tell(*state, "A08", 9), HO_CLASS_INPATIENT);
    expect(*state, "V1 open ed@0 inpatient@5 observation@8");
    history_tell(*state, "A11", 10);
    expect(*state, "V1 open ed@0");
    admitting(history_tell(*state, "A08", 11), HO_CLASS_INPATIENT);
    expect(*state, "V1 open ed@0");
}

static void an_update_after_the_discharge_upgrades_nobody(void **state)
{
    history_tell(*state, "A04", 0);
    history_tell(*state, "A03", 5);
    admitting(history_tell(*state, "A08", 9), HO_CLASS_INPATIENT);
    expect(*state, "V1 ended ed@0 home@5");
}

static void an_update_after_a_cancel_admits_nobody(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A11", 2);
    admitting(history_tell(*state, "A08", 3), HO_CLASS_INPATIENT);
    expect(*state, "V1 void");
}

static void a11_cancels_an_arrival_by_a08(void **state)
{
    admitting(history_tell(*state, "A08", 0), HO_CLASS_INPATIENT);
    history_tell(*state, "A11", 2);
    expect(*state, "V1 void");
}

// ---- Fields ---------------------------------------------------------------------------------------------

static void updates_about_the_person_fill_fields_and_change_no_setting(void **state)
{
    static const char *const triggers[] = {"A28", "A29", "A31", "A48", "A54", "A55", "A60", "A61", "A62"};
    (void)state;
    for (size_t i = 0; i < sizeof triggers / sizeof *triggers; i++) {
        struct history *h = history_new();
        set_class(history_tell(h, "A04", 0), HO_CLASS_EMERGENCY);
        ho_adt_event *e = history_tell(h, triggers[i], 5);
        set_class(e, HO_CLASS_INPATIENT);
        e->attending = history_text("Tran, Minh");
        expect(h, "V1 open ed@0");
        assert_string_equal(only(h)->attending, "Tran, Minh");
        assert_int_equal(only(h)->patient_class, HO_CLASS_EMERGENCY);
        history_free(h);
    }
}

static void an_update_about_the_person_that_names_no_visit_fills_none(void **state)
{
    at_visit(history_tell(*state, "A01", 0), "");
    at_visit(history_tell(*state, "A31", 5), "")->attending = history_text("Tran, Minh");
    assert_string_equal(only(*state)->attending, "");
}

static void a_swap_of_beds_fills_fields(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A17", 5)->attending = history_text("Tran, Minh");
    expect(*state, "V1 open inpatient@0");
    assert_string_equal(only(*state)->attending, "Tran, Minh");
}

static void what_is_ignored_is_not_heard_and_cancels_nothing(void **state)
{
    static const char *const triggers[] = {"A09", "A10", "A20", "A23", "A32", "A33"};
    history_tell(*state, "A01", 0);
    for (int i = 0; i < 6; i++)
        history_tell(*state, triggers[i], 5 + i)->attending = history_text("Tran, Minh");
    expect(*state, "V1 open inpatient@0");
    assert_string_equal(only(*state)->attending, "");
    assert_int_equal(only(*state)->last_heard, HISTORY_START);
}

static void the_last_word_of_a_stay_is_heard_cancels_included(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell_late(*state, "A08", 2, 9);
    assert_int_equal(only(*state)->last_heard, at(9));
    history_tell(*state, "A03", 50);
    history_tell_late(*state, "A13", 50, 60);
    assert_int_equal(only(*state)->last_heard, at(60));
    history_tell(*state, "A16", 61);
    history_tell_late(*state, "A25", 0, 62);
    assert_int_equal(only(*state)->last_heard, at(62));
}

// ---- Numbers that become others -------------------------------------------------------------------------

static void a_merge_of_visits_and_a_change_of_number_make_one_encounter(void **state)
{
    static const char *const triggers[] = {"A42", "A50", "A45"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct history *h = history_new();
        history_tell(h, "A04", 0);
        at_visit(history_tell(h, "A01", 5), "V2");
        at_visit(history_tell(h, triggers[i], 6), "V2")->prior_visit = history_text("V1");
        expect(h, "V2 open ed@0 inpatient@5");
        history_free(h);
    }
}

static void merges_of_visits_in_a_circle_are_one(void **state)
{
    history_tell(*state, "A04", 0);
    at_visit(history_tell(*state, "A01", 5), "V2");
    at_visit(history_tell(*state, "A42", 6), "V2")->prior_visit = history_text("V1");
    at_visit(history_tell(*state, "A42", 7), "V1")->prior_visit = history_text("V2");
    expect(*state, "V2 open ed@0 inpatient@5");
}

static void a_merge_of_accounts_makes_one_account_and_leaves_its_visits_apart(void **state)
{
    static const char *const triggers[] = {"A35", "A36", "A41", "A49", "A44"};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct history *h = history_new();
        by_account(history_tell(h, "A04", 0), "V1", "A1");
        by_account(history_tell(h, "A03", 3), "V1", "A1");
        by_account(history_tell(h, "A01", 50), "V2", "A2");
        by_account(history_tell(h, triggers[i], 60), "", "A2")->prior_account = history_text("A1");
        by_account(history_tell(h, "A03", 90), "", "A1"); // of the account's last visit, whatever its number was
        expect(h, "V1 ended ed@0 home@3; V2 ended inpatient@50 home@90");
        history_free(h);
    }
}

static void accounts_merged_in_a_circle_are_one(void **state)
{
    by_account(history_tell(*state, "A01", 0), "", "A1");
    by_account(history_tell(*state, "A41", 6), "", "A2")->prior_account = history_text("A1");
    by_account(history_tell(*state, "A41", 7), "", "A1")->prior_account = history_text("A2");
    by_account(history_tell(*state, "A03", 50), "", "A2");
    expect(*state, " ended inpatient@0 home@50");
}

// ---- Visits that move to another patient ----------------------------------------------------------------

static void give(ho_adt_event *e, const char *visit, const char *account)
{
    by_account(e, visit, account);
    e->subject = 1;
}

static void a_visit_that_was_given_away_never_was_here(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A08", 1)->died = true; // not this one
    give(history_tell(*state, "A45", 20), "V1", "");
    expect(*state, "V1 void");
    assert_true(only(*state)->moved_away);
    assert_false(only(*state)->died);
    history_tell_late(*state, "A03", 19, 21); // late word of it
    expect(*state, "V1 void");
}

static void what_was_recorded_at_the_instant_of_a_gift_was_before_it(void **state)
{
    history_tell(*state, "A01", 20);
    give(history_tell(*state, "A45", 20), "V1", "");
    expect(*state, "V1 void");
}

static void an_arrival_after_the_visit_was_given_away_is_another_stay(void **state)
{
    history_tell(*state, "A01", 0);
    give(history_tell(*state, "A45", 20), "V1", "");
    history_tell(*state, "A01", 30);
    history_tell(*state, "A03", 50);
    expect(*state, "V1 ended inpatient@30 home@50; V1 void");
}

static void a_gift_of_an_account_takes_all_its_visits(void **state)
{
    by_account(history_tell(*state, "A04", 0), "V1", "A1");
    by_account(history_tell(*state, "A01", 5), "V2", "A1");
    by_account(history_tell(*state, "A01", 6), "V3", "A2");
    by_account(history_tell(*state, "A49", 7), "", "A9")->prior_account = history_text("A1");
    give(history_tell(*state, "A44", 20), "", "A1");
    expect(*state, "V3 open inpatient@6; V1 void; V2 void");
}

static void a_gift_of_a_visit_leaves_the_others_of_the_account(void **state)
{
    by_account(history_tell(*state, "A04", 0), "V1", "A1");
    by_account(history_tell(*state, "A01", 5), "V2", "A1");
    give(history_tell(*state, "A45", 20), "V2", "A1");
    expect(*state, "V1 open ed@0; V2 void");
}

static void a_gift_recorded_before_the_visit_takes_nothing(void **state)
{
    history_tell(*state, "A01", 0);
    give(history_tell_late(*state, "A45", -5, -5), "V1", "");
    expect(*state, "V1 open inpatient@0");
}

static void who_gets_a_visit_has_the_stay_that_the_message_tells(void **state)
{
    ho_adt_event *e = history_tell(*state, "A45", 20);
    set_class(e, HO_CLASS_INPATIENT);
    e->admitted = HISTORY_START;
    expect(*state, "V1 open inpatient@0");
    history_tell(*state, "A03", 50);
    expect(*state, "V1 ended inpatient@0 home@50");
}

static ho_adt_event *get(struct history *h, const char *trigger, int hour, const char *visit, const char *account)
{
    ho_adt_event *e = by_account(history_tell(h, trigger, hour), visit, account);
    set_class(e, HO_CLASS_UNKNOWN);
    e->mrn = history_text("to");
    e->prior_mrn = history_text("from");
    return e;
}

static void who_gets_a_visit_has_what_was_recorded_of_it_under_its_old_number(void **state)
{
    history_tell(*state, "A01", 0);
    get(*state, "A45", 20, "V2", "")->prior_visit = history_text("V1");
    expect(*state, "V2 open inpatient@0");
    at_visit(history_tell(*state, "A03", 50), "V2");
    expect(*state, "V2 ended inpatient@0 home@50");
}

static void who_gets_an_account_has_what_was_recorded_of_it(void **state)
{
    by_account(history_tell(*state, "A01", 0), "V1", "A1");
    by_account(history_tell(*state, "A03", 10), "V1", "A1");
    get(*state, "A44", 20, "", "A1")->prior_account = history_text("A1");
    expect(*state, "V1 ended inpatient@0 home@10");
}

static void who_gets_a_visit_that_has_ended_has_its_end(void **state)
{
    ho_adt_event *e = history_tell(*state, "A45", 20);
    set_class(e, HO_CLASS_EMERGENCY);
    e->admitted = HISTORY_START;
    e->discharged = at(4);
    expect(*state, "V1 ended (ed@0) unknown@4");
}

static void a_visit_that_moves_between_two_numbers_of_one_member_stays(void **state)
{
    struct history *h = *state;
    history_tell(h, "A04", 0);
    ho_adt_event *to = at_visit(history_tell(h, "A45", 20), "V2");
    set_class(to, HO_CLASS_INPATIENT);
    ho_adt_event *from = history_tell(h, "A45", 20);
    from->id = to->id;
    give(from, "V1", "");
    at_visit(history_tell(h, "A03", 30), "V2");
    expect(h, "V2 ended ed@0 home@30");
}

// ---- Days without a time --------------------------------------------------------------------------------

static const int64_t DAY = 24 * HO_US_PER_HOUR;

// As the reader does where EVN-6 is empty and PV1-44 has no more than a date.
static ho_adt_event *arrive_on(struct history *h, const char *trigger, int day, int recorded)
{
    ho_adt_event *e = dated_by_pv1_44(history_tell_late(h, trigger, 24 * day, recorded));
    e->occurred_day_end = e->admitted_day_end = e->admitted + DAY;
    return e;
}

static ho_adt_event *tell_discharge_day(ho_adt_event *e, int day)
{
    e->discharged = at(24 * day);
    e->discharged_day_end = e->discharged + DAY;
    return e;
}

static ho_adt_event *leave_on(struct history *h, int day, int recorded)
{
    ho_adt_event *e = tell_discharge_day(history_tell_late(h, "A03", 24 * day, recorded), day);
    e->occurred_day_end = e->discharged_day_end;
    return e;
}

static void what_is_told_by_its_day_occurred_when_it_was_recorded_on_it(void **state)
{
    arrive_on(*state, "A04", 0, 15);
    arrive_on(*state, "A01", 0, 18);
    leave_on(*state, 1, 44);
    expect(*state, "V1 ended ed@15 inpatient@18 home@44");
}

static void what_is_told_by_another_day_occurred_as_that_began(void **state)
{
    arrive_on(*state, "A01", 0, 24);
    leave_on(*state, 1, 50);
    expect(*state, "V1 ended inpatient@0 home@24");
}

static void a_repeat_told_by_its_day_moves_nothing(void **state)
{
    arrive_on(*state, "A01", 0, 10);
    arrive_on(*state, "A01", 0, 14);
    arrive_on(*state, "A01", 0, 30);
    history_tell(*state, "A08", 31)->admitted = at(0);
    expect(*state, "V1 open inpatient@10");
    leave_on(*state, 1, 40);
    leave_on(*state, 1, 45);
    leave_on(*state, 1, 60);
    expect(*state, "V1 ended inpatient@10 home@40");
}

static void an_arrival_repeated_by_its_day_after_the_discharge_is_no_return(void **state)
{
    arrive_on(*state, "A04", 0, 9);
    history_tell(*state, "A03", 10);
    arrive_on(*state, "A04", 0, 14);
    expect(*state, "V1 ended ed@9 home@10");
}

static void an_arrival_told_by_its_day_after_its_discharge_was_before_it(void **state)
{
    history_tell(*state, "A03", 10);
    arrive_on(*state, "A01", 0, 14);
    expect(*state, "V1 ended inpatient@10 home@10");
}

static void a_discharge_told_by_its_day_is_of_the_stay_that_had_begun(void **state)
{
    history_tell(*state, "A04", 2);
    leave_on(*state, 0, 4);
    history_tell(*state, "A04", 9);
    leave_on(*state, 0, 12);
    expect(*state, "V1 ended ed@2 home@4; V1 ended ed@9 home@12");
}

static void a_time_of_the_day_is_better_than_the_record(void **state)
{
    arrive_on(*state, "A01", 0, 10);
    history_tell_late(*state, "A01", 8, 12);
    arrive_on(*state, "A01", 0, 14);
    expect(*state, "V1 open inpatient@8");
}

static void a_change_of_class_told_by_the_day_of_the_arrival_occurred_when_it_was_recorded(void **state)
{
    arrive_on(*state, "A04", 0, 9);
    arrive_on(*state, "A06", 0, 14);
    arrive_on(*state, "A06", 0, 20);
    arrive_on(*state, "A07", 0, 26);
    expect(*state, "V1 open ed@9 inpatient@14 observation@26");
}

static void a_change_of_class_told_by_the_day_after_the_discharge_was_before_it(void **state)
{
    arrive_on(*state, "A04", 0, 9);
    set_class(leave_on(*state, 0, 12), HO_CLASS_INPATIENT);
    arrive_on(*state, "A06", 0, 14);
    expect(*state, "V1 ended ed@9 inpatient@9 home@12");
}

static void an_update_that_tells_the_day_of_the_discharge_moves_it_nowhere(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 40);
    set_destination(tell_discharge_day(history_tell(*state, "A08", 44), 1), HO_DESTINATION_SKILLED_NURSING);
    expect(*state, "V1 ended inpatient@0 snf@40");
    set_destination(tell_discharge_day(history_tell(*state, "A08", 50), 2), HO_DESTINATION_SKILLED_NURSING);
    expect(*state, "V1 ended inpatient@0 snf@50");
}

static void an_admission_known_by_transfers_began_with_the_first_of_them_on_its_day(void **state)
{
    for (int hour = 7; hour < 10; hour++) {
        ho_adt_event *e = history_tell(*state, "A02", hour);
        e->admitted = at(0);
        e->admitted_day_end = at(24);
    }
    expect(*state, "V1 open inpatient@7");
}

static void an_admission_that_was_not_seen_began_at_the_latest_on_its_day(void **state)
{
    ho_adt_event *e = history_tell(*state, "A03", 20);
    e->admitted = at(0);
    e->admitted_day_end = at(24);
    expect(*state, "V1 ended (inpatient@20) home@20");
}

static void a_day_that_is_longer_than_any_is_none(void **state)
{
    arrive_on(*state, "A01", 0, 30)->occurred_day_end = at(48);
    expect(*state, "V1 open inpatient@0");
}

// ---- Bad data -------------------------------------------------------------------------------------------

static void what_is_told_of_the_future_happened_when_it_was_recorded(void **state)
{
    history_tell_late(*state, "A01", 24, 0); // clocks differ by a day, not by more
    expect(*state, "V1 open inpatient@24");
    history_tell_late(*state, "A03", 900, 50);
    expect(*state, "V1 ended inpatient@24 home@50");
}

static void a_beginning_in_the_future_is_none(void **state)
{
    history_tell(*state, "A03", 50)->admitted = at(500);
    expect(*state, "V1 ended (inpatient@50) home@50");
}

static void a_discharge_before_the_admission_ends_it_at_once(void **state)
{
    history_tell(*state, "A01", 10);
    history_tell_late(*state, "A03", 5, 20);
    expect(*state, "V1 ended inpatient@5 home@5");
}

static void of_contradictory_discharges_the_latest_recorded_counts(void **state)
{
    history_tell(*state, "A01", 0);
    set_destination(history_tell_late(*state, "A03", 50, 60), HO_DESTINATION_SKILLED_NURSING);
    set_destination(history_tell_late(*state, "A03", 55, 55), HO_DESTINATION_ACUTE);
    expect(*state, "V1 ended inpatient@0 snf@50");
}

// ---- What is not folded ---------------------------------------------------------------------------------

static void other_triggers_belong_to_their_encounter_and_change_nothing(void **state)
{
    history_tell(*state, "A01", 0);
    set_class(history_tell(*state, "A10", 5), HO_CLASS_OUTPATIENT);
    expect(*state, "V1 open inpatient@0");
    assert_int_equal(only(*state)->n_events, 2);
    assert_int_equal(only(*state)->patient_class, HO_CLASS_INPATIENT);
}

static void other_triggers_alone_are_no_encounter(void **state)
{
    static const char *const triggers[] = {"A09", "A10", "A15", "A18", "A20", "A23", "A24", "A26", "A28",
                                           "A29", "A30", "A31", "A32", "A33", "A34", "A35", "A36", "A37",
                                           "A39", "A40", "A41", "A42", "A43", "A46", "A47", "A48", "A49",
                                           "A50", "A51", "A54", "A55", "A60", "A61", "A62"};
    for (int i = 0; i < (int)(sizeof triggers / sizeof *triggers); i++)
        history_tell(*state, triggers[i], i);
    expect(*state, "");
}

// ---- Death ----------------------------------------------------------------------------------------------

static void a_discharge_by_death_ends_the_stay_with_it(void **state)
{
    history_tell(*state, "A01", 0);
    set_destination(history_tell(*state, "A03", 50), HO_DESTINATION_DIED);
    history_tell(*state, "A08", 52)->died = true; // an echo
    expect(*state, "V1 ended inpatient@0 died@50");
    assert_true(only(*state)->died);
    assert_int_equal(only(*state)->death.n_aliases, 1);
}

static void a_death_that_was_told_before_the_discharge_by_it_keeps_its_name(void **state)
{
    history_tell(*state, "A01", 0);
    ho_adt_event *sign = history_tell(*state, "A08", 49);
    sign->died = true;
    set_destination(history_tell(*state, "A03", 50), HO_DESTINATION_DIED);
    assert_int_equal(only(*state)->death.n_aliases, 2);
    assert_true(ho_change_has(&only(*state)->death, sign->id.data));
}

static void a_sign_of_death_ends_an_open_stay(void **state)
{
    history_tell(*state, "A01", 0);
    ho_adt_event *sign = history_tell(*state, "A08", 30);
    sign->died = true;
    sign->died_at = HISTORY_START + 29 * HO_US_PER_HOUR;
    expect(*state, "V1 ended inpatient@0 died@29");
    assert_int_equal(only(*state)->end.id[1], 2);
}

static void a_discharge_that_says_home_of_one_who_had_died_is_a_death(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    ho_adt_event *sign = history_tell(*state, "A08", 60);
    sign->died = true;
    sign->died_at = HISTORY_START + 49 * HO_US_PER_HOUR;
    expect(*state, "V1 ended inpatient@0 died@50");
}

static void a_death_after_the_discharge_stands_beside_it(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    history_tell(*state, "A08", 99)->died = true;
    expect(*state, "V1 ended inpatient@0 home@50 death@99");
    assert_int_equal(only(*state)->death.id[1], 3);
}

static void a_death_that_a_later_discharge_corrects_was_none(void **state)
{
    history_tell(*state, "A01", 0);
    set_destination(history_tell(*state, "A03", 50), HO_DESTINATION_DIED);
    set_destination(history_tell_late(*state, "A03", 50, 51), HO_DESTINATION_HOME);
    expect(*state, "V1 ended inpatient@0 home@50");
    assert_false(only(*state)->died);
}

static void a_death_goes_with_the_discharge_that_is_cancelled(void **state)
{
    history_tell(*state, "A01", 0);
    set_destination(history_tell(*state, "A03", 50), HO_DESTINATION_DIED);
    history_tell_late(*state, "A13", 50, 51);
    expect(*state, "V1 open inpatient@0");
    assert_false(only(*state)->died);
}

static void a_death_told_outside_of_any_stay_counts(void **state)
{
    history_tell(*state, "A31", 7)->died = true;
    expect(*state, "V1 aside death@7");
}

static void who_is_not_dead_after_all_lives(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A31", 20)->died = true;
    expect(*state, "V1 ended inpatient@0 died@20");
    at_visit(history_tell(*state, "A31", 21), "")->alive = true; // says so of no visit
    expect(*state, "V1 open inpatient@0");
    assert_false(only(*state)->died);
    history_tell(*state, "A08", 22)->died = true;
    expect(*state, "V1 ended inpatient@0 died@22");
    assert_int_equal(only(*state)->end.n_aliases, 1);
}

static void only_what_was_recorded_before_is_taken_back_by_who_lives(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell_late(*state, "A08", 20, 20)->died = true;
    history_tell_late(*state, "A08", 30, 20)->alive = true;
    expect(*state, "V1 ended inpatient@0 died@20");
    history_tell_late(*state, "A08", 10, 25)->alive = true;
    expect(*state, "V1 open inpatient@0");
}

static void another_facility_takes_no_death_back(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A08", 20)->died = true;
    ho_adt_event *e = history_tell(*state, "A04", 30);
    e->facility = history_text("Mercy");
    e->alive = true;
    expect(*state, "V1 ended inpatient@0 died@20; V1 open ed@30");
}

static void a_disposition_is_taken_back_by_a_disposition_alone(void **state)
{
    history_tell(*state, "A01", 0);
    set_destination(history_tell(*state, "A03", 50), HO_DESTINATION_DIED);
    history_tell(*state, "A08", 51)->alive = true; // as many senders have it in every message
    expect(*state, "V1 ended inpatient@0 died@50");
    set_destination(history_tell(*state, "A08", 52), HO_DESTINATION_HOME);
    expect(*state, "V1 ended inpatient@0 home@50");
    assert_false(only(*state)->died);
}

static void a_visit_that_was_given_away_says_of_nobody_that_they_live(void **state)
{
    at_visit(history_tell(*state, "A01", 0), "V2")->died = true;
    history_tell(*state, "A01", 1)->alive = true; // another patient
    ho_adt_event *gift = history_tell(*state, "A45", 20);
    gift->subject = 1;
    expect(*state, "V2 ended inpatient@0 died@0; V1 void");
}

// ---- Corrected dispositions -----------------------------------------------------------------------------

static void an_update_after_the_discharge_corrects_where_to(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50)->disposition = history_text("01");
    ho_adt_event *e = history_tell(*state, "A08", 60);
    set_destination(e, HO_DESTINATION_SKILLED_NURSING);
    e->disposition = history_text("03");
    expect(*state, "V1 ended inpatient@0 snf@50");
    assert_string_equal(only(*state)->disposition, "03");
    assert_int_equal(only(*state)->end.n_aliases, 1);
    assert_int_equal(only(*state)->end.id[1], 2);
    set_destination(history_tell_late(*state, "A03", 50, 70), HO_DESTINATION_ACUTE); // the later word
    expect(*state, "V1 ended inpatient@0 acute@50");
}

static void an_update_recorded_before_the_discharge_corrects_nothing_of_it(void **state)
{
    history_tell(*state, "A01", 0);
    set_destination(history_tell(*state, "A08", 40), HO_DESTINATION_SKILLED_NURSING);
    history_tell(*state, "A03", 50);
    expect(*state, "V1 ended inpatient@0 home@50");
}

static void still_a_patient_after_the_discharge_corrects_nothing(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    set_destination(history_tell(*state, "A08", 60), HO_DESTINATION_STILL_PATIENT);
    expect(*state, "V1 ended inpatient@0 home@50");
}

static void an_update_corrects_when_the_discharge_was_where_it_says_so(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50)->discharged = at(49);
    ho_adt_event *e = history_tell(*state, "A08", 60);
    set_destination(e, HO_DESTINATION_HOME);
    e->discharged = at(49); // is nothing new
    expect(*state, "V1 ended inpatient@0 home@50");
    e->discharged = at(40);
    expect(*state, "V1 ended inpatient@0 home@40");
    e->discharged = at(90); // nobody knows the future
    expect(*state, "V1 ended inpatient@0 home@50");
}

static void an_update_may_make_a_discharge_a_death_under_its_name(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell(*state, "A03", 50);
    set_destination(history_tell(*state, "A08", 60), HO_DESTINATION_DIED);
    expect(*state, "V1 ended inpatient@0 died@50");
    assert_int_equal(only(*state)->end.id[1], 2);
    assert_int_equal(only(*state)->death.id[1], 2);
    history_tell_late(*state, "A13", 50, 61); // takes back the correction with the discharge
    expect(*state, "V1 open inpatient@0");
    assert_false(only(*state)->died);
}

static void a_disposition_in_an_open_stay_that_is_corrected_is_no_death(void **state)
{
    static const enum ho_destination corrections[] = {HO_DESTINATION_HOME, HO_DESTINATION_STILL_PATIENT};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct history *h = history_new();
        history_tell(h, "A01", 0);
        set_destination(history_tell(h, "A08", 20), HO_DESTINATION_DIED);
        expect(h, "V1 ended inpatient@0 died@20");
        set_destination(history_tell(h, "A08", 21), corrections[i]);
        expect(h, "V1 open inpatient@0");
        set_destination(history_tell(h, "A08", 22), HO_DESTINATION_DIED);
        expect(h, "V1 ended inpatient@0 died@22");
        set_destination(history_tell_late(h, "A03", 30, 30), HO_DESTINATION_HOME);
        expect(h, "V1 ended inpatient@0 home@30");
        history_free(h);
    }
}

// ---- Names of a death -----------------------------------------------------------------------------------

static void an_admission_that_tells_of_the_death_names_the_death_where_another_names_the_stay(void **state)
{
    history_tell(*state, "A01", 0);
    history_tell_late(*state, "A01", 0, 9)->died = true;
    const struct ho_encounter *e = only(*state);
    assert_int_equal(e->phases[0].change.n_aliases, 1);
    assert_int_equal(e->phases[0].change.id[1], 1);
    assert_int_equal(e->death.id[1], 2);
}

static void no_events_are_no_encounters(void **state)
{
    expect(*state, "");
}

static void setting_names_go_both_ways(void **state)
{
    enum ho_setting setting;
    (void)state;
    for (int i = 0; i < HO_SETTING_N; i++) {
        assert_true(ho_setting_from_name(ho_bytes_of(ho_setting_name((enum ho_setting)i)), &setting));
        assert_int_equal(setting, i);
    }
    assert_false(ho_setting_from_name(ho_bytes_of("hospital"), &setting));
    assert_false(ho_setting_from_name(ho_bytes_of(""), &setting));
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    PROPERTY(a_stay_begins_with_a01_and_ends_with_a03),
    PROPERTY(a_discharge_that_is_recorded_first_ends_the_stay_all_the_same),
    PROPERTY(an_ed_visit_becomes_an_inpatient_stay),
    PROPERTY(a06_joins_the_old_and_the_new_visit),
    PROPERTY(a06_joins_the_visits_of_the_old_and_the_new_account),
    PROPERTY(only_a06_and_a07_join_visits),
    PROPERTY(a06_may_state_observation),
    PROPERTY(a07_leaves_a_person_with_a_bed_under_observation),
    PROPERTY(a07_without_a_bed_before_changes_nothing),
    PROPERTY(a_change_of_class_that_is_dated_by_the_visits_beginning_occurred_when_it_was_recorded),
    PROPERTY(a_change_of_class_with_a_beginning_of_its_own_occurred_then),
    PROPERTY(a_repeated_change_of_class_that_tells_no_time_moves_it_nowhere),
    PROPERTY(a_change_of_class_alone_occurred_when_its_visit_began),
    PROPERTY(a_change_of_class_recorded_after_the_discharge_was_before_it),
    PROPERTY(an_admission_that_tells_its_own_discharge_was_before_it),
    PROPERTY(who_died_in_the_ed_is_not_admitted_after_that),
    PROPERTY(an_admission_recorded_after_an_ed_visit_follows_it),
    PROPERTY(an_admission_recorded_long_after_an_ed_visit_is_the_bills),
    PROPERTY(an_admission_recorded_after_an_ed_visit_that_was_not_seen_to_begin_follows_it),
    PROPERTY(a_repeated_admission_before_the_downgrade_does_not_undo_it),
    PROPERTY(phases_in_one_setting_are_one_with_the_names_of_both),
    PROPERTY(a_registration_told_after_the_admission_opens_nothing),
    PROPERTY(a_phase_told_after_the_discharge_begins_with_it),
    PROPERTY(still_a_patient_is_no_discharge),
    PROPERTY(an_unknown_time_is_stood_in_for_by_the_other_clock),
    PROPERTY(a_class_means_what_the_trigger_makes_of_it),
    PROPERTY(an_outpatient_visit_is_aside_until_it_becomes_more),
    PROPERTY(an_update_alone_is_aside),
    PROPERTY(the_latest_recorded_repeat_gives_the_time),
    PROPERTY(the_same_event_counts_once),
    PROPERTY(the_second_person_of_a_message_is_another_event),
    PROPERTY(fields_are_of_the_latest_recorded_event_that_has_them),
    PROPERTY(a_later_discharge_without_destination_keeps_the_one_before),
    PROPERTY(a_disposition_is_what_its_feed_says_that_it_means),
    PROPERTY(a11_of_the_only_arrival_makes_it_void),
    PROPERTY(a11_after_a04_and_a01_undoes_the_admission_only),
    PROPERTY(a11_after_a06_undoes_the_admission_only),
    PROPERTY(a_repeated_a11_cancels_nothing_more),
    PROPERTY(an_admission_after_its_cancel_stands),
    PROPERTY(a_cancel_with_nothing_recorded_before_it_waits),
    PROPERTY(a_cancel_alone_is_void),
    PROPERTY(a_cancel_recorded_at_the_same_instant_comes_after),
    PROPERTY(a_discharge_goes_with_the_arrival_that_never_was),
    PROPERTY(a13_reopens_the_stay),
    PROPERTY(a13_cancels_the_latest_discharge_only_once),
    PROPERTY(a_discharge_alone_is_a_stay_whose_admission_was_not_seen),
    PROPERTY(an_inpatient_transfer_implies_the_admission),
    PROPERTY(an_inpatient_transfer_from_the_ed_implies_the_admission),
    PROPERTY(transfers_become_aliases_of_the_admission_once_it_is_seen),
    PROPERTY(a_transfer_told_after_the_discharge_admits_nobody),
    PROPERTY(an_admission_repeated_after_the_discharge_is_an_update),
    PROPERTY(an_arrival_after_the_discharge_by_both_clocks_is_another_stay),
    PROPERTY(an_arrival_recorded_before_the_discharge_belongs_to_it),
    PROPERTY(a_late_correction_of_the_first_discharge_finds_its_stay),
    PROPERTY(a_cancelled_discharge_makes_one_stay_of_two),
    PROPERTY(a_cancelled_return_leaves_the_first_stay),
    PROPERTY(a06_after_an_ed_visit_has_ended_is_an_admission),
    PROPERTY(a06_after_a_stay_has_ended_is_an_update),
    PROPERTY(the_same_visit_number_elsewhere_is_another_visit),
    PROPERTY(without_a_visit_number_the_account_is_the_visit),
    PROPERTY(an_event_without_visit_number_belongs_to_the_last_visit_of_its_account),
    PROPERTY(an_account_does_not_join_visits),
    PROPERTY(without_numbers_visits_are_told_apart_by_when_they_began),
    PROPERTY(without_numbers_another_record_number_is_another_visit),
    PROPERTY(an_event_without_numbers_belongs_to_the_one_visit_that_began_when_it_says),
    PROPERTY(an_admission_says_when_its_visit_began_though_pv1_44_is_empty),
    PROPERTY(an_event_without_numbers_belongs_to_none_of_several_visits),
    PROPERTY(an_event_without_numbers_belongs_to_no_other_patients_visit),
    PROPERTY(events_without_numbers_join_no_visits),
    PROPERTY(an_account_that_no_visit_has_belongs_to_the_one_visit_that_began_with_it),
    PROPERTY(an_update_about_the_person_that_names_no_visit_belongs_to_none),
    PROPERTY(other_triggers_belong_to_their_encounter_and_change_nothing),
    PROPERTY(other_triggers_alone_are_no_encounter),
    PROPERTY(a_discharge_by_death_ends_the_stay_with_it),
    PROPERTY(a_death_that_was_told_before_the_discharge_by_it_keeps_its_name),
    PROPERTY(a_sign_of_death_ends_an_open_stay),
    PROPERTY(a_discharge_that_says_home_of_one_who_had_died_is_a_death),
    PROPERTY(a_death_after_the_discharge_stands_beside_it),
    PROPERTY(a_death_that_a_later_discharge_corrects_was_none),
    PROPERTY(a_death_goes_with_the_discharge_that_is_cancelled),
    PROPERTY(a_death_told_outside_of_any_stay_counts),
    PROPERTY(who_is_not_dead_after_all_lives),
    PROPERTY(only_what_was_recorded_before_is_taken_back_by_who_lives),
    PROPERTY(another_facility_takes_no_death_back),
    PROPERTY(a_disposition_is_taken_back_by_a_disposition_alone),
    PROPERTY(a_visit_that_was_given_away_says_of_nobody_that_they_live),
    PROPERTY(an_update_after_the_discharge_corrects_where_to),
    PROPERTY(an_update_recorded_before_the_discharge_corrects_nothing_of_it),
    PROPERTY(still_a_patient_after_the_discharge_corrects_nothing),
    PROPERTY(an_update_corrects_when_the_discharge_was_where_it_says_so),
    PROPERTY(an_update_may_make_a_discharge_a_death_under_its_name),
    PROPERTY(a_disposition_in_an_open_stay_that_is_corrected_is_no_death),
    PROPERTY(an_admission_that_tells_of_the_death_names_the_death_where_another_names_the_stay),
    PROPERTY(an_admission_after_a07_is_another_change),
    PROPERTY(a_transfer_with_a_stale_class_does_not_undo_a07),
    PROPERTY(a07_after_the_discharge_is_an_update),
    PROPERTY(a11_undoes_all_that_was_made_of_the_admission),
    PROPERTY(a_change_without_recorded_time_was_recorded_when_it_occurred),
    PROPERTY(a_visit_number_joins_what_lies_around_another_facilitys),
    PROPERTY(a_repeat_between_two_cancels_gives_the_second_nothing_to_cancel),
    PROPERTY(of_two_stays_made_one_the_latest_recorded_event_gives_the_fields),
    PROPERTY(a_preadmission_alone_is_aside_and_planned),
    PROPERTY(a_stay_announced_before_it_began_is_planned),
    PROPERTY(what_is_announced_during_a_stay_was_not_planned),
    PROPERTY(an_elective_admission_is_planned),
    PROPERTY(a_cancelled_preadmission_announces_nothing),
    PROPERTY(a_cancel_of_the_other_announcement_cancels_nothing),
    PROPERTY(a_stay_cancelled_and_admitted_again_was_announced_all_the_same),
    PROPERTY(a_preadmission_after_the_discharge_is_of_the_next_stay),
    PROPERTY(a_preadmits_class_is_not_the_stays),
    PROPERTY(a_pending_transfer_is_nothing),
    PROPERTY(a16_announces_the_discharge),
    PROPERTY(an_announced_discharge_stays_announced_once_it_happened),
    PROPERTY(a_discharge_announced_after_it_happened_is_none),
    PROPERTY(a25_takes_the_announcement_back_and_another_is_another_change),
    PROPERTY(a25_recorded_before_the_announcement_cancels_nothing),
    PROPERTY(an_announcement_goes_with_the_admission_that_never_was),
    PROPERTY(a_leave_is_no_discharge),
    PROPERTY(a_discharge_during_a_leave_ends_the_stay),
    PROPERTY(a_leave_recorded_late_ends_with_the_return_that_followed_it),
    PROPERTY(a52_cancels_the_leave_and_a53_the_return),
    PROPERTY(the_return_that_stands_is_told),
    PROPERTY(a_repeated_a52_cancels_nothing_more),
    PROPERTY(a12_takes_back_the_admission_that_a_transfer_implied),
    PROPERTY(a12_takes_back_the_latest_transfer_with_its_repeats),
    PROPERTY(a12_keeps_the_admission_that_was_seen_and_all_its_names),
    PROPERTY(a_transfer_into_a_nursing_unit_goes_to_a_nursing_facility_and_back),
    PROPERTY(a_transfer_that_names_no_place_leaves_no_nursing_unit),
    PROPERTY(a_stay_in_a_swing_bed_is_one_in_a_nursing_facility),
    PROPERTY(an_admission_goes_with_its_stay_in_a_nursing_unit),
    PROPERTY(an_update_is_an_arrival_where_the_feed_says_so),
    PROPERTY(an_update_says_of_an_arrival_what_its_class_says),
    PROPERTY(an_update_is_no_arrival_where_there_was_one),
    PROPERTY(updates_of_a_higher_class_are_one_upgrade),
    PROPERTY(an_update_of_a_higher_class_fills_fields_where_the_feed_does_not_say_more),
    PROPERTY(updates_lead_up_from_step_to_step_and_never_down),
    PROPERTY(a_first_update_is_not_lowered_by_the_next),
    PROPERTY(an_update_makes_an_inpatient_of_who_was_observed),
    PROPERTY(an_update_raises_nothing_above_what_the_stay_has_been),
    PROPERTY(an_update_with_a_stale_class_undoes_neither_a07_nor_a11),
    PROPERTY(an_update_after_the_discharge_upgrades_nobody),
    PROPERTY(an_update_after_a_cancel_admits_nobody),
    PROPERTY(a11_cancels_an_arrival_by_a08),
    PROPERTY(updates_about_the_person_fill_fields_and_change_no_setting),
    PROPERTY(an_update_about_the_person_that_names_no_visit_fills_none),
    PROPERTY(a_swap_of_beds_fills_fields),
    PROPERTY(what_is_ignored_is_not_heard_and_cancels_nothing),
    PROPERTY(the_last_word_of_a_stay_is_heard_cancels_included),
    PROPERTY(a_merge_of_visits_and_a_change_of_number_make_one_encounter),
    PROPERTY(merges_of_visits_in_a_circle_are_one),
    PROPERTY(a_merge_of_accounts_makes_one_account_and_leaves_its_visits_apart),
    PROPERTY(accounts_merged_in_a_circle_are_one),
    PROPERTY(a_visit_that_was_given_away_never_was_here),
    PROPERTY(what_was_recorded_at_the_instant_of_a_gift_was_before_it),
    PROPERTY(an_arrival_after_the_visit_was_given_away_is_another_stay),
    PROPERTY(a_gift_of_an_account_takes_all_its_visits),
    PROPERTY(a_gift_of_a_visit_leaves_the_others_of_the_account),
    PROPERTY(a_gift_recorded_before_the_visit_takes_nothing),
    PROPERTY(who_gets_a_visit_has_the_stay_that_the_message_tells),
    PROPERTY(who_gets_a_visit_has_what_was_recorded_of_it_under_its_old_number),
    PROPERTY(who_gets_an_account_has_what_was_recorded_of_it),
    PROPERTY(who_gets_a_visit_that_has_ended_has_its_end),
    PROPERTY(a_visit_that_moves_between_two_numbers_of_one_member_stays),
    PROPERTY(what_is_told_by_its_day_occurred_when_it_was_recorded_on_it),
    PROPERTY(what_is_told_by_another_day_occurred_as_that_began),
    PROPERTY(a_repeat_told_by_its_day_moves_nothing),
    PROPERTY(an_arrival_repeated_by_its_day_after_the_discharge_is_no_return),
    PROPERTY(an_arrival_told_by_its_day_after_its_discharge_was_before_it),
    PROPERTY(a_discharge_told_by_its_day_is_of_the_stay_that_had_begun),
    PROPERTY(a_time_of_the_day_is_better_than_the_record),
    PROPERTY(a_change_of_class_told_by_the_day_of_the_arrival_occurred_when_it_was_recorded),
    PROPERTY(a_change_of_class_told_by_the_day_after_the_discharge_was_before_it),
    PROPERTY(an_update_that_tells_the_day_of_the_discharge_moves_it_nowhere),
    PROPERTY(an_admission_known_by_transfers_began_with_the_first_of_them_on_its_day),
    PROPERTY(an_admission_that_was_not_seen_began_at_the_latest_on_its_day),
    PROPERTY(a_day_that_is_longer_than_any_is_none),
    PROPERTY(what_is_told_of_the_future_happened_when_it_was_recorded),
    PROPERTY(a_beginning_in_the_future_is_none),
    PROPERTY(a_discharge_before_the_admission_ends_it_at_once),
    PROPERTY(of_contradictory_discharges_the_latest_recorded_counts),
    PROPERTY(no_events_are_no_encounters),
    PROPERTY(setting_names_go_both_ways),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
