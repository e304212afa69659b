// Occasions and conditions: what a transition is called in a protocol, and whom a template is for.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "handoff/protocol.h"

static const struct ho_encounter open_stay = {.state = HO_ENCOUNTER_OPEN};

static uint32_t occasions(enum ho_setting from, enum ho_setting to)
{
    const struct ho_transition transition = {.from = from, .to = to, .encounter = &open_stay};
    return ho_transition_occasions(&transition);
}

// By where from (rows) and where to (columns): home, ed, inpatient, observation, snf, other, died.
static void every_change_of_setting_has_its_occasion(void **state)
{
    enum {
        ED = HO_ON_ED_ARRIVAL,
        AD = HO_ON_ADMISSION,
        DI = HO_ON_DISCHARGE,
        EX = HO_ON_ED_DISCHARGE,
        SA = HO_ON_SNF_ADMISSION,
        SX = HO_ON_SNF_DISCHARGE,
        X = HO_ON_DEATH
    };
    static const uint32_t expected[HO_SETTING_N - 1][HO_SETTING_N] = {
        [HO_SETTING_HOME] = {0, ED, AD, AD, SA, 0, X},      [HO_SETTING_ED] = {EX, 0, AD, AD, SA, EX, X},
        [HO_SETTING_INPATIENT] = {DI, ED, 0, 0, DI, DI, X}, [HO_SETTING_OBSERVATION] = {DI, ED, 0, 0, DI, DI, X},
        [HO_SETTING_SNF] = {SX, ED, AD, AD, 0, SX, X},      [HO_SETTING_OTHER_FACILITY] = {0, ED, AD, AD, SA, 0, X},
    };
    (void)state;
    for (int from = 0; from < HO_SETTING_N - 1; from++) {
        for (int to = 0; to < HO_SETTING_N; to++) {
            if (from != to)
                assert_int_equal(occasions((enum ho_setting)from, (enum ho_setting)to), expected[from][to]);
        }
    }
}

static void leaving_against_advice_is_no_other_discharge(void **state)
{
    (void)state;
    for (int from = HO_SETTING_ED; from <= HO_SETTING_SNF; from++) {
        const struct ho_transition transition = {
            .from = (enum ho_setting)from, .to = HO_SETTING_HOME, .against_advice = true};
        assert_int_equal(ho_transition_occasions(&transition), HO_ON_AGAINST_ADVICE);
    }
}

static void a_transfer_is_told_at_the_end_or_shown_by_the_arrival(void **state)
{
    const struct ho_encounter left = {
        .state = HO_ENCOUNTER_ENDED, .destination = HO_DESTINATION_ACUTE, .disposition = "02"};
    const struct ho_encounter here = {
        .state = HO_ENCOUNTER_ENDED, .destination = HO_DESTINATION_ACUTE, .disposition = "09"};
    const struct ho_encounter home = {.state = HO_ENCOUNTER_ENDED, .destination = HO_DESTINATION_HOME};
    struct ho_transition t = {.from = HO_SETTING_ED, .to = HO_SETTING_INPATIENT, .encounter = &left};
    (void)state;
    assert_int_equal(ho_transition_occasions(&t), HO_ON_ADMISSION | HO_ON_TRANSFER);
    t.encounter = &home;
    assert_int_equal(ho_transition_occasions(&t), 0); // back to the bed that was held during a visit to the ED
    t.change.id[0] = 1;
    assert_int_equal(ho_transition_occasions(&t), HO_ON_ADMISSION);
    t.change.id[0] = 0;
    t.encounter = &here; // admitted in this hospital
    assert_int_equal(ho_transition_occasions(&t), HO_ON_ADMISSION);
    t = (struct ho_transition){.from = HO_SETTING_INPATIENT,
                               .to = HO_SETTING_OBSERVATION,
                               .encounter = &open_stay,
                               .flags = HO_FLAG_DIRECT_TRANSFER};
    assert_int_equal(ho_transition_occasions(&t), HO_ON_TRANSFER);
    t = (struct ho_transition){.from = HO_SETTING_SNF, .to = HO_SETTING_INPATIENT, .encounter = &left};
    assert_int_equal(ho_transition_occasions(&t), HO_ON_ADMISSION); // a nursing facility is no hospital
}

// Disposition 04: whatever setting the way shows.
static void going_to_assisted_living_is_a_discharge_as_home(void **state)
{
    struct ho_encounter stay = {
        .state = HO_ENCOUNTER_ENDED, .end.id = {1}, .destination = HO_DESTINATION_SKILLED_NURSING, .disposition = "04"};
    struct ho_transition t = {.from = HO_SETTING_INPATIENT, .to = HO_SETTING_SNF, .encounter = &stay, .change.id = {1}};
    (void)state;
    assert_int_equal(ho_transition_occasions(&t), HO_ON_DISCHARGE);
    assert_int_equal(ho_transition_to(&t), 1U << HO_TO_ASSISTED_LIVING);
    t.from = HO_SETTING_ED;
    assert_int_equal(ho_transition_occasions(&t), HO_ON_ED_DISCHARGE);
    stay.disposition = "84"; // with a planned readmission
    assert_int_equal(ho_transition_occasions(&t), HO_ON_ED_DISCHARGE);
    stay.disposition = "03";
    assert_int_equal(ho_transition_occasions(&t), HO_ON_SNF_ADMISSION);
    assert_int_equal(ho_transition_to(&t), 1U << HO_SETTING_SNF);
    stay.disposition = "04";
    t.change.id[0] = 2; // the arrival in a nursing facility, not the end of the stay
    assert_int_equal(ho_transition_to(&t), 1U << HO_SETTING_SNF);
}

static void what_is_no_change_of_setting_has_its_own_occasion(void **state)
{
    struct ho_transition t = {.kind = HO_DISCHARGE_ANNOUNCED,
                              .from = HO_SETTING_INPATIENT,
                              .to = HO_SETTING_INPATIENT,
                              .encounter = &open_stay};
    (void)state;
    assert_int_equal(ho_transition_occasions(&t), HO_ON_DISCHARGE_ANNOUNCED);
    t = (struct ho_transition){
        .kind = HO_SILENCE, .from = HO_SETTING_INPATIENT, .to = HO_SETTING_HOME, .encounter = &open_stay};
    assert_int_equal(ho_transition_occasions(&t), HO_ON_SILENCE);
}

// ---- Conditions -----------------------------------------------------------------------------------------

static char *words_of_needs[] = {"food", "child-care"};

static ho_member member(void)
{
    static char none[] = "", known[] = "555-0100", es[] = "es-MX", chronic[] = "chronic", orange[] = "Orange";
    ho_member m = HANDOFF__V1__MEMBER__INIT;
    m.phone = known;
    m.language = es;
    m.homeless = chronic;
    m.risk = none;
    m.county = orange;
    m.needs = words_of_needs;
    m.n_needs = 2;
    m.birth_date = 20000615;
    m.pregnant_until = 20261122;
    return m;
}

static bool holds(enum ho_fact fact, const char *word)
{
    const ho_member m = member();
    const char *const words[] = {"other", word};
    const struct ho_clause clause = {.fact = fact, .words = words, .n_words = 2};
    const struct ho_facts facts = {.member = &m, .date = 20261122};
    return ho_clauses_hold(&clause, 1, &facts);
}

static void a_condition_holds_where_one_of_its_words_is_the_members(void **state)
{
    (void)state;
    assert_true(holds(HO_FACT_NEED, "child-care"));
    assert_false(holds(HO_FACT_NEED, "disability"));
    assert_true(holds(HO_FACT_HOMELESS, "chronic"));
    assert_false(holds(HO_FACT_HOMELESS, "yes"));
    assert_true(holds(HO_FACT_PHONE, "known"));
    assert_false(holds(HO_FACT_PHONE, "none"));
    assert_true(holds(HO_FACT_LANGUAGE, "es"));
    assert_false(holds(HO_FACT_LANGUAGE, "e"));
    assert_false(holds(HO_FACT_LANGUAGE, "unknown"));
    assert_true(holds(HO_FACT_RISK, "unknown"));
    assert_false(holds(HO_FACT_RISK, "low"));
    assert_true(holds(HO_FACT_COUNTY, "orange"));
    assert_true(holds(HO_FACT_PREGNANT, "yes"));
    assert_false(holds(HO_FACT_PREGNANT, "no"));
}

static void a_language_that_nobody_told_is_unknown_and_no_other(void **state)
{
    static char none[] = "";
    static const char *const es[] = {"es"}, *const unknown[] = {"unknown"};
    ho_member m = member();
    m.language = none;
    const struct ho_facts facts = {.member = &m, .date = 20261122};
    struct ho_clause clause = {.fact = HO_FACT_LANGUAGE, .words = es, .n_words = 1};
    (void)state;
    assert_false(ho_clauses_hold(&clause, 1, &facts));
    clause.words = unknown;
    assert_true(ho_clauses_hold(&clause, 1, &facts));
}

static void a_county_that_nobody_told_is_none(void **state)
{
    static char none[] = "";
    static const char *const orange[] = {"Orange"};
    ho_member m = member();
    m.county = none;
    const struct ho_facts facts = {.member = &m, .date = 20261122};
    struct ho_clause clause = {.fact = HO_FACT_COUNTY, .words = orange, .n_words = 1};
    (void)state;
    assert_false(ho_clauses_hold(&clause, 1, &facts));
    clause.unless = true;
    assert_true(ho_clauses_hold(&clause, 1, &facts));
}

static bool is_aged(int least, int most, uint32_t birth_date, uint32_t date)
{
    ho_member m = member();
    m.birth_date = birth_date;
    const struct ho_clause clause = {.fact = HO_FACT_AGE, .least = least, .most = most};
    const struct ho_facts facts = {.member = &m, .date = date};
    return ho_clauses_hold(&clause, 1, &facts);
}

static void an_age_changes_on_the_birthday(void **state)
{
    (void)state;
    assert_false(is_aged(18, 64, 20081123, 20261122));
    assert_true(is_aged(18, 64, 20081122, 20261122));
    assert_true(is_aged(18, 64, 19611123, 20261122));
    assert_false(is_aged(18, 64, 19611122, 20261122));
    assert_false(is_aged(0, 200, 0, 20261122));
    assert_false(is_aged(0, 200, 20270101, 20261122));
}

static void nothing_holds_of_nobody_but_what_asks_for_none(void **state)
{
    static const char *const none[] = {"none"};
    const struct ho_facts facts = {.date = 20261122};
    struct ho_clause clause = {.fact = HO_FACT_PHONE, .words = none, .n_words = 1};
    (void)state;
    for (int fact = 0; fact < HO_FACTS; fact++) {
        clause.fact = (enum ho_fact)fact;
        clause.mask = UINT64_MAX;
        clause.unless = false;
        assert_false(ho_clauses_hold(&clause, 1, &facts));
        clause.unless = true;
        assert_true(ho_clauses_hold(&clause, 1, &facts));
    }
}

static void a_pregnancy_is_told_by_the_plan_or_by_a_condition(void **state)
{
    static const char *const yes[] = {"yes"};
    const struct ho_clause clause = {.fact = HO_FACT_PREGNANT, .words = yes, .n_words = 1};
    ho_member m = member();
    struct ho_facts facts = {.member = &m, .conditions = 3, .pregnancy = 4, .date = 20261123};
    (void)state;
    assert_false(ho_clauses_hold(&clause, 1, &facts)); // the plan's date is over
    facts.conditions |= 4;
    assert_true(ho_clauses_hold(&clause, 1, &facts));
}

static void all_clauses_must_hold(void **state)
{
    const struct ho_clause clauses[] = {{.fact = HO_FACT_DIAGNOSIS, .mask = 1}, {.fact = HO_FACT_CONDITION, .mask = 2}};
    struct ho_facts facts = {.diagnoses = 3, .conditions = 2};
    (void)state;
    assert_true(ho_clauses_hold(clauses, 2, &facts));
    facts.conditions = 4;
    assert_false(ho_clauses_hold(clauses, 2, &facts));
    assert_true(ho_clauses_hold(NULL, 0, &facts));
}

static bool holds_of(const struct ho_transition *t, enum ho_fact fact, uint64_t mask)
{
    const struct ho_clause clause = {.fact = fact, .mask = mask};
    const struct ho_facts facts = {.transition = t};
    return ho_clauses_hold(&clause, 1, &facts);
}

static void a_destination_is_a_fact_of_the_end_only(void **state)
{
    const struct ho_encounter ended = {
        .state = HO_ENCOUNTER_ENDED, .end.id = {1}, .destination = HO_DESTINATION_SKILLED_NURSING, .disposition = ""};
    struct ho_transition t = {
        .encounter = &ended, .from = HO_SETTING_INPATIENT, .to = HO_SETTING_SNF, .change.id = {1}};
    (void)state;
    assert_true(holds_of(&t, HO_FACT_FROM, 1U << HO_SETTING_INPATIENT));
    assert_true(holds_of(&t, HO_FACT_TO, 1U << HO_SETTING_SNF));
    assert_false(holds_of(&t, HO_FACT_TO, 1U << HO_SETTING_INPATIENT));
    assert_true(holds_of(&t, HO_FACT_DESTINATION, 1U << HO_DESTINATION_SKILLED_NURSING));
    t.change.id[0] = 2;
    assert_false(holds_of(&t, HO_FACT_DESTINATION, 1U << HO_DESTINATION_SKILLED_NURSING));
    t.flags = HO_FLAG_READMISSION;
    assert_true(holds_of(&t, HO_FACT_FLAG, HO_FLAG_READMISSION | HO_FLAG_PLANNED));
    assert_false(holds_of(&t, HO_FACT_FLAG, HO_FLAG_PLANNED));
}

static void fact_names_go_both_ways(void **state)
{
    (void)state;
    for (int i = 0; i < HO_FACTS; i++) {
        enum ho_fact fact = HO_FACTS;
        assert_true(ho_fact_from_name(ho_bytes_of(ho_fact_name((enum ho_fact)i)), &fact));
        assert_int_equal(fact, i);
    }
    enum ho_fact none;
    assert_false(ho_fact_from_name(ho_bytes_of("weather"), &none));
}

static void occasion_names_go_both_ways(void **state)
{
    (void)state;
    for (int i = 0; i < HO_OCCASIONS; i++) {
        enum ho_occasion occasion = HO_ON_ED_ARRIVAL;
        const char *name = ho_occasion_name((enum ho_occasion)(1U << i));
        assert_true(ho_occasion_from_name(ho_bytes_of(name), &occasion));
        assert_int_equal(occasion, 1U << i);
    }
    enum ho_occasion none;
    assert_false(ho_occasion_from_name(ho_bytes_of("dishcarge"), &none));
    assert_string_equal(ho_occasion_name((enum ho_occasion)0), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_of_setting_has_its_occasion),
        cmocka_unit_test(leaving_against_advice_is_no_other_discharge),
        cmocka_unit_test(occasion_names_go_both_ways),
        cmocka_unit_test(a_transfer_is_told_at_the_end_or_shown_by_the_arrival),
        cmocka_unit_test(going_to_assisted_living_is_a_discharge_as_home),
        cmocka_unit_test(what_is_no_change_of_setting_has_its_own_occasion),
        cmocka_unit_test(a_condition_holds_where_one_of_its_words_is_the_members),
        cmocka_unit_test(a_language_that_nobody_told_is_unknown_and_no_other),
        cmocka_unit_test(a_county_that_nobody_told_is_none),
        cmocka_unit_test(an_age_changes_on_the_birthday),
        cmocka_unit_test(nothing_holds_of_nobody_but_what_asks_for_none),
        cmocka_unit_test(a_pregnancy_is_told_by_the_plan_or_by_a_condition),
        cmocka_unit_test(all_clauses_must_hold),
        cmocka_unit_test(a_destination_is_a_fact_of_the_end_only),
        cmocka_unit_test(fact_names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
