// Programs: who may join, from which date, by what; and the files that say so.
#include "../support/unit.h"

#include <unistd.h>

#include "../support/history.h"
#include "handoff/platform/yaml.h"

struct fixture {
    struct ho_calendar_set *calendars;
    struct ho_code_set *codes;
    struct ho_program_set *programs;
    struct history *history;
    struct ho_zone *zone;
    ho_member member;
    char *conditions[4];
    char *dir, *file; // of a refused program
    struct ho_error error;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(ho_calendars_load("deploy/calendars", &f->calendars, &f->error), HO_OK);
    assert_int_equal(ho_codes_load("deploy/codes", &f->codes, &f->error), HO_OK);
    if (ho_programs_load("deploy/programs", f->calendars, ho_code_set_codes(f->codes), &f->programs, &f->error) !=
        HO_OK)
        fail_msg("%s", f->error.text);
    assert_int_equal(ho_zone_new("America/Los_Angeles", &f->zone, &f->error), HO_OK);
    f->history = history_new();
    handoff__v1__member__init(&f->member);
    f->member.birth_date = 19600215;
    f->member.county = history_text("Orange");
    f->member.conditions = f->conditions;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ho_program_set_free(f->programs);
    ho_code_set_free(f->codes);
    ho_calendar_set_free(f->calendars);
    ho_zone_free(f->zone);
    history_free(f->history);
    if (f->file)
        unlink(f->file);
    if (f->dir)
        rmdir(f->dir);
    free(f->file);
    free(f->dir);
    free(f);
    return 0;
}

static const struct ho_program *program(const struct fixture *f, const char *key)
{
    size_t n;
    const struct ho_program *const *all = ho_program_set_items(f->programs, &n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i]->key, key) == 0)
            return all[i];
    }
    fail_msg("no program %s", key);
    return NULL;
}

// The plan knows of the condition.
static void has(struct fixture *f, const char *condition)
{
    assert_true(f->member.n_conditions < COUNT_OF(f->conditions));
    f->conditions[f->member.n_conditions++] = history_text(condition);
}

static int64_t noon_of(const struct fixture *f, uint32_t date)
{
    const struct ho_civil civil = {
        .year = (int)(date / 10000), .month = (int)(date / 100 % 100), .day = (int)(date % 100), .hour = 12};
    return ho_zone_instant(f->zone, &civil);
}

static ho_adt_event *tell(struct fixture *f, const char *visit, const char *trigger, uint32_t date, int hours)
{
    ho_adt_event *e = history_tell(f->history, trigger, 0);
    e->visit = history_text(visit);
    e->occurred = e->recorded = noon_of(f, date) + hours * HO_US_PER_HOUR;
    return e;
}

static void diagnose(struct fixture *f, ho_adt_event *e, const char *code)
{
    ho_diagnosis *diagnosis = ho_arena_alloc(f->history->arena, sizeof *diagnosis);
    handoff__v1__diagnosis__init(diagnosis);
    diagnosis->code = history_text(code);
    e->diagnoses = ho_arena_array(f->history->arena, 1, sizeof(ho_diagnosis *));
    e->diagnoses[0] = diagnosis;
    e->n_diagnoses = 1;
}

// Two days in hospital from noon of the date.
static void stay(struct fixture *f, const char *visit, uint32_t date)
{
    tell(f, visit, "A01", date, 0);
    tell(f, visit, "A03", date, 48);
}

// Three hours in the ED.
static void ed_visit(struct fixture *f, const char *visit, uint32_t date)
{
    tell(f, visit, "A04", date, 0);
    tell(f, visit, "A03", date, 3);
}

static struct ho_eligibility ask(struct fixture *f, const char *key, uint32_t date)
{
    struct ho_line *line = ho_arena_alloc(f->history->arena, sizeof *line);
    struct ho_eligibility out;
    history_draw(f->history, line);
    ho_program_eligibility(f->history->arena, program(f, key), &f->member, line, ho_code_set_codes(f->codes), f->zone,
                           date, &out);
    return out;
}

// The key of the population by which the member may join; "" where none.
static const char *joins(struct fixture *f, const char *key, uint32_t date)
{
    struct ho_eligibility e = ask(f, key, date);
    assert_int_equal(e.eligible, e.population != NULL);
    return e.population ? e.population->key : "";
}

static uint64_t group(const struct fixture *f, const char *key)
{
    uint64_t bit = ho_codes_group(ho_code_set_codes(f->codes), ho_bytes_of(key));
    assert_true(bit != 0);
    return bit;
}

static bool runs(struct fixture *f, const char *key, uint64_t conditions, uint32_t date)
{
    return ho_program_runs(program(f, key), &f->member, conditions, date);
}

// ---- Dates, to the day ----------------------------------------------------------------------------------

static void chronic_conditions_join_in_orange_county_from_2020(void **state)
{
    struct fixture *f = *state;
    has(f, "asthma");
    stay(f, "V1", 20191115);
    assert_string_equal(joins(f, "HHP", 20191231), "");
    assert_string_equal(joins(f, "HHP", 20200101), "chronic");
    assert_string_equal(joins(f, "HHP", 20200630), "chronic");
}

static void serious_mental_illness_joins_in_orange_county_from_july_2020(void **state)
{
    struct fixture *f = *state;
    has(f, "bipolar");
    stay(f, "V1", 20191115);
    assert_string_equal(joins(f, "HHP", 20200101), "");
    assert_string_equal(joins(f, "HHP", 20200630), "");
    assert_string_equal(joins(f, "HHP", 20200701), "serious-mental-illness");
}

static void with_chronic_conditions_it_joins_no_sooner(void **state)
{
    struct fixture *f = *state;
    has(f, "psychosis");
    has(f, "diabetes");
    has(f, "copd");
    stay(f, "V1", 20191115);
    assert_string_equal(joins(f, "HHP", 20200630), "");
    assert_string_equal(joins(f, "HHP", 20200701), "serious-mental-illness");
}

static void other_counties_have_their_own_dates(void **state)
{
    static const struct {
        const char *county;
        uint32_t chronic, smi;
    } table[] = {
        {"San Francisco", 20180701, 20190101},
        {"Riverside", 20190101, 20190701},
        {"San Bernardino", 20190101, 20190701},
        {"Orange", 20200101, 20200701},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        f->member.county = history_text(table[i].county);
        assert_false(runs(f, "HHP", group(f, "asthma"), ho_date_add(table[i].chronic, -1)));
        assert_true(runs(f, "HHP", group(f, "asthma"), table[i].chronic));
        assert_false(runs(f, "HHP", group(f, "smi"), ho_date_add(table[i].smi, -1)));
        assert_true(runs(f, "HHP", group(f, "smi"), table[i].smi));
    }
    f->member.county = history_text("Alpine");
    assert_false(runs(f, "HHP", group(f, "asthma"), 20210101));
}

static void a_county_is_known_by_its_name_however_it_is_written(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"san francisco", "San Francisco County", "SAN FRANCISCO COUNTY"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        f->member.county = history_text(names[i]);
        assert_true(runs(f, "HHP", group(f, "asthma"), 20180701));
    }
    f->member.county = history_text("San Francisco Coun");
    assert_false(runs(f, "HHP", group(f, "asthma"), 20180701));
}

static void who_is_of_no_known_county_lives_in_the_plans(void **state)
{
    struct fixture *f = *state;
    f->member.county = history_text("");
    assert_false(runs(f, "HHP", group(f, "asthma"), 20191231));
    assert_true(runs(f, "HHP", group(f, "asthma"), 20200101));
}

static void enhanced_care_management_takes_over_on_the_first_day_of_2022(void **state)
{
    struct fixture *f = *state;
    has(f, "smi");
    f->member.homeless = history_text("chronic");
    assert_string_equal(joins(f, "HHP", 20211231), "serious-mental-illness");
    assert_string_equal(joins(f, "ECM", 20211231), "");
    assert_string_equal(joins(f, "HHP", 20220101), "");
    assert_string_equal(joins(f, "ECM", 20220101), "homelessness");
    assert_true(runs(f, "HHP", group(f, "smi"), 20211231));
    assert_false(runs(f, "ECM", group(f, "smi"), 20211231));
    assert_false(runs(f, "HHP", group(f, "smi"), 20220101));
    assert_true(runs(f, "ECM", group(f, "smi"), 20220101));
}

static void where_no_earlier_program_was_it_begins_half_a_year_later(void **state)
{
    struct fixture *f = *state;
    f->member.county = history_text("Fresno");
    f->member.homeless = history_text("yes");
    assert_string_equal(joins(f, "ECM", 20220630), "");
    assert_string_equal(joins(f, "ECM", 20220701), "homelessness");
}

static void later_populations_begin_on_their_dates(void **state)
{
    struct fixture *f = *state;
    f->member.birth_date = 20100101;
    has(f, "sud");
    assert_string_equal(joins(f, "ECM", 20230630), "");
    assert_string_equal(joins(f, "ECM", 20230701), "children");
    assert_false(runs(f, "ECM", 0, 20230630));
    assert_true(runs(f, "ECM", 0, 20230701));
}

static void who_has_no_known_condition_is_served_from_the_first_beginning(void **state)
{
    struct fixture *f = *state;
    assert_false(runs(f, "HHP", 0, 20191231));
    assert_true(runs(f, "HHP", 0, 20200101));
    assert_true(runs(f, "HHP", group(f, "hypertension"), 20200101));
    assert_true(runs(f, "ECM", 0, 20220101));
    f->member.birth_date = 0;
    assert_true(runs(f, "ECM", 0, 20220101));
    assert_true(ho_program_runs(program(f, "ECM"), NULL, 0, 20220101));
    assert_false(ho_program_runs(program(f, "ECM"), NULL, 0, 20211231));
}

// ---- Conditions -----------------------------------------------------------------------------------------

static void any_of_the_four_conditions_will_do_and_nothing_less(void **state)
{
    static const struct {
        const char *conditions[3];
        const char *population;
    } table[] = {
        {{"copd", "dementia", NULL}, "chronic"},
        {{"hypertension", "heart-failure", NULL}, "chronic"},
        {{"asthma", NULL}, "chronic"},
        {{"major-depression", NULL}, "serious-mental-illness"},
        {{"copd", NULL}, ""},
        {{"hypertension", NULL}, ""},
        {{"hypertension", "dementia", NULL}, ""},
        {{"heart-failure", "cancer", NULL}, ""},
        {{NULL}, ""},
    };
    struct fixture *f = *state;
    f->member.homeless = history_text("chronic");
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        f->member.n_conditions = 0;
        for (size_t k = 0; table[i].conditions[k]; k++)
            has(f, table[i].conditions[k]);
        assert_string_equal(joins(f, "HHP", 20210301), table[i].population);
    }
}

static void any_of_the_four_signs_of_acuity_will_do_and_nothing_less(void **state)
{
    struct fixture *f = *state;
    has(f, "copd");
    has(f, "diabetes");
    assert_string_equal(joins(f, "HHP", 20210301), "");
    has(f, "hypertension");
    assert_string_equal(joins(f, "HHP", 20210301), "chronic"); // three conditions
    f->member.n_conditions = 2;
    f->member.homeless = history_text("yes");
    assert_string_equal(joins(f, "HHP", 20210301), "");
    f->member.homeless = history_text("chronic");
    assert_string_equal(joins(f, "HHP", 20210301), "chronic");
    f->member.homeless = history_text("no");
    ed_visit(f, "V1", 20210105);
    ed_visit(f, "V2", 20210115);
    assert_string_equal(joins(f, "HHP", 20210301), "");
    ed_visit(f, "V3", 20210125);
    assert_string_equal(joins(f, "HHP", 20210301), "chronic");
    f->history->n = 0;
    stay(f, "V4", 20210105);
    assert_string_equal(joins(f, "HHP", 20210301), "chronic");
}

static void what_a_hospital_diagnosed_is_a_condition_from_then_on(void **state)
{
    struct fixture *f = *state;
    diagnose(f, tell(f, "V1", "A01", 20210310, 0), "J45.909");
    tell(f, "V1", "A03", 20210310, 48);
    assert_string_equal(joins(f, "HHP", 20210309), "");
    assert_string_equal(joins(f, "HHP", 20210310), "chronic");
    struct ho_line line;
    history_draw(f->history, &line);
    const struct ho_codes *codes = ho_code_set_codes(f->codes);
    int64_t admitted = noon_of(f, 20210310);
    assert_int_equal(ho_member_conditions(&f->member, &line, codes, admitted - 1), 0);
    assert_int_equal(ho_member_conditions(&f->member, &line, codes, admitted), group(f, "asthma"));
    has(f, "alcohol");
    assert_int_equal(ho_member_conditions(&f->member, &line, codes, 0), group(f, "alcohol") | group(f, "sud"));
    assert_int_equal(ho_member_conditions(&f->member, &line, NULL, admitted), 0);
}

static void a_diagnosed_pregnancy_is_known_for_a_year_and_what_the_plan_says_stays(void **state)
{
    struct fixture *f = *state;
    diagnose(f, tell(f, "V1", "A01", 20210310, 0), "O80");
    tell(f, "V1", "A03", 20210310, 48);
    diagnose(f, tell(f, "V2", "A04", 20210401, 0), "J45.909");
    struct ho_line line;
    history_draw(f->history, &line);
    const struct ho_codes *codes = ho_code_set_codes(f->codes);
    int64_t begun = noon_of(f, 20210310), year = INT64_C(365) * 24 * HO_US_PER_HOUR;
    assert_int_equal(ho_member_conditions(&f->member, &line, codes, begun + year),
                     group(f, "pregnancy") | group(f, "asthma"));
    assert_int_equal(ho_member_conditions(&f->member, &line, codes, begun + year + 1), group(f, "asthma"));
    has(f, "pregnancy");
    assert_int_equal(ho_member_conditions(&f->member, &line, codes, begun + year + 1),
                     group(f, "pregnancy") | group(f, "asthma"));
}

// ---- Counting -------------------------------------------------------------------------------------------

static void a_year_is_counted_to_the_day(void **state)
{
    struct fixture *f = *state;
    has(f, "asthma");
    stay(f, "V1", 20200229);
    assert_string_equal(joins(f, "HHP", 20200228), "");
    assert_string_equal(joins(f, "HHP", 20200229), "chronic");
    assert_string_equal(joins(f, "HHP", 20210227), "chronic");
    assert_string_equal(joins(f, "HHP", 20210228), "chronic"); // after 28 February 2020
    assert_string_equal(joins(f, "HHP", 20210301), "");
}

static void a_date_is_the_local_one(void **state)
{
    struct fixture *f = *state;
    has(f, "asthma");
    tell(f, "V1", "A01", 20210309, 11); // 23:00, the next day in UTC
    assert_string_equal(joins(f, "HHP", 20210309), "chronic");
}

static void an_ed_visit_that_ends_in_a_bed_is_a_stay_alone(void **state)
{
    struct fixture *f = *state;
    has(f, "asthma");
    tell(f, "V1", "A04", 20210301, 0);
    assert_string_equal(joins(f, "HHP", 20210301), "");
    tell(f, "V1", "A06", 20210301, 5);
    assert_string_equal(joins(f, "HHP", 20210301), "chronic");
    f->member.n_conditions = 0;
    for (int i = 0; i < 4; i++)
        ed_visit(f, ho_arena_printf(f->history->arena, "E%d", i), ho_date_add(20220301, 10 * i));
    tell(f, "E9", "A04", 20220601, 0);
    tell(f, "E9", "A06", 20220601, 5);
    tell(f, "E9", "A03", 20220601, 50);
    assert_string_equal(joins(f, "ECM", 20220701), "");
    ed_visit(f, "E5", 20220630);
    assert_string_equal(joins(f, "ECM", 20220701), "avoidable-use");
}

static void planned_stays_are_not_unplanned(void **state)
{
    struct fixture *f = *state;
    stay(f, "V1", 20220201);
    stay(f, "V2", 20220301);
    tell(f, "V3", "A01", 20220401, 0)->admission_type = history_text("C");
    tell(f, "V3", "A03", 20220401, 48);
    assert_string_equal(joins(f, "ECM", 20220501), "");
    stay(f, "V4", 20220420);
    assert_string_equal(joins(f, "ECM", 20220501), "avoidable-use");
}

static void a_stay_of_which_only_the_discharge_was_seen_counts(void **state)
{
    struct fixture *f = *state;
    has(f, "asthma");
    tell(f, "V1", "A03", 20210301, 0)->patient_class = HANDOFF__V1__PATIENT_CLASS__PATIENT_CLASS_INPATIENT;
    assert_string_equal(joins(f, "HHP", 20210301), "chronic");
}

static void what_the_hospital_took_back_does_not_count(void **state)
{
    struct fixture *f = *state;
    has(f, "asthma");
    tell(f, "V1", "A01", 20210301, 0);
    assert_string_equal(joins(f, "HHP", 20210301), "chronic");
    tell(f, "V1", "A11", 20210301, 2);
    assert_string_equal(joins(f, "HHP", 20210302), "");
}

static void uses_substances_and_lacks_food(struct fixture *f)
{
    has(f, "sud");
    f->member.needs = f->conditions + 3;
    f->member.needs[0] = history_text("food");
    f->member.n_needs = 1;
}

static void visits_for_it_are_counted_by_their_diagnosis(void **state)
{
    struct fixture *f = *state;
    uses_substances_and_lacks_food(f);
    ed_visit(f, "V1", 20220301);
    diagnose(f, tell(f, "V2", "A04", 20220310, 0), "F10.10");
    tell(f, "V2", "A03", 20220310, 3);
    assert_string_equal(joins(f, "ECM", 20220401), "");
    diagnose(f, tell(f, "V3", "A04", 20220320, 0), "F11.20");
    tell(f, "V3", "A03", 20220320, 3);
    assert_string_equal(joins(f, "ECM", 20220401), "mental-health-substance-use");
}

// The second stay's diagnosis comes from another hospital, which took the member over before the first let go.
static void a_stay_has_the_diagnoses_of_every_hospital_that_joins_in(void **state)
{
    struct fixture *f = *state;
    uses_substances_and_lacks_food(f);
    diagnose(f, tell(f, "V1", "A01", 20220201, 0), "F10.10");
    tell(f, "V1", "A03", 20220201, 48);
    tell(f, "V2", "A01", 20220301, 0);
    assert_string_equal(joins(f, "ECM", 20220401), "");
    diagnose(f, tell(f, "V3", "A01", 20220302, 0), "F11.20");
    assert_string_equal(joins(f, "ECM", 20220401), "mental-health-substance-use");
}

// The ED's number becomes a stay after the stay has begun under another.
static void a_stay_has_the_diagnoses_of_a_number_that_joins_in_again(void **state)
{
    struct fixture *f = *state;
    uses_substances_and_lacks_food(f);
    diagnose(f, tell(f, "V1", "A01", 20220201, 0), "F10.10");
    tell(f, "V1", "A03", 20220201, 48);
    diagnose(f, tell(f, "V2", "A04", 20220301, 0), "F11.20");
    tell(f, "V3", "A01", 20220301, 3);
    assert_string_equal(joins(f, "ECM", 20220401), "");
    tell(f, "V2", "A06", 20220302, 0);
    assert_string_equal(joins(f, "ECM", 20220401), "mental-health-substance-use");
}

static void the_dead_do_not_join(void **state)
{
    struct fixture *f = *state;
    has(f, "asthma");
    tell(f, "V1", "A01", 20210301, 0);
    tell(f, "V1", "A03", 20210301, 48)->destination = HANDOFF__V1__DESTINATION__DESTINATION_DIED;
    assert_string_equal(joins(f, "HHP", 20210302), "chronic");
    assert_string_equal(joins(f, "HHP", 20210303), "");
}

// ---- Findings -------------------------------------------------------------------------------------------

static const struct ho_finding *finding(const struct ho_eligibility *e, const char *population, const char *beginning)
{
    for (size_t i = 0; i < e->n_findings; i++) {
        const struct ho_finding *found = &e->findings[i];
        if (strncmp(found->text, beginning, strlen(beginning)) == 0 &&
            strcmp(found->population ? found->population->key : "", population) == 0)
            return found;
    }
    fail_msg("no finding \"%s\"", beginning);
    return NULL;
}

static void every_test_says_the_numbers_that_count(void **state)
{
    struct fixture *f = *state;
    has(f, "diabetes");
    ed_visit(f, "V1", 20200401);
    ed_visit(f, "V2", 20200501);
    struct ho_eligibility e = ask(f, "HHP", 20200630);
    assert_false(e.eligible);
    assert_null(e.lifted_by);
    const struct ho_finding *two = finding(&e, "chronic", "Two chronic");
    assert_false(two->holds);
    assert_string_equal(two->criterion, "conditions");
    assert_string_equal(two->text, "Two chronic conditions: 1 of the conditions is known (Diabetes), 2 needed.");
    assert_string_equal(finding(&e, "chronic", "Three ED")->text,
                        "Three ED visits in a year: 2 ED visits in 12 months, 3 needed.");
    assert_string_equal(finding(&e, "chronic", "Chronically")->text, "Chronically homeless: not known to be so.");
    assert_string_equal(finding(&e, "chronic", "Open")->text, "Open in Orange since 2020-01-01.");
    assert_true(finding(&e, "chronic", "Open")->holds);
    assert_string_equal(finding(&e, "serious-mental-illness", "Opens")->text, "Opens in Orange on 2020-07-01.");
    assert_false(finding(&e, "serious-mental-illness", "Opens")->holds);
    assert_string_equal(finding(&e, "", "Health")->text, "Health Homes Program runs from 2018-07-01 to 2021-12-31.");
    e = ask(f, "ECM", 20240101);
    assert_string_equal(finding(&e, "leaving-incarceration", "Leaves")->text,
                        "Leaves incarceration, or left it in the last twelve months: a person has to find out.");
}

static void the_transition_that_lifted_the_member_is_named(void **state)
{
    struct fixture *f = *state;
    has(f, "asthma");
    ed_visit(f, "V1", 20210401);
    ed_visit(f, "V2", 20210501);
    ed_visit(f, "V3", 20210601);
    stay(f, "V4", 20210701);
    struct ho_eligibility e = ask(f, "HHP", 20210801);
    assert_non_null(e.lifted_by);
    assert_string_equal(e.lifted_by->encounter->visit, "V3");
    assert_int_equal(e.lifted_by->to, HO_SETTING_HOME);
    f->member.homeless = history_text("chronic");
    e = ask(f, "HHP", 20210801);
    assert_true(e.eligible);
    assert_null(e.lifted_by);
}

// ---- What is refused ------------------------------------------------------------------------------------

static const char PROGRAM[] = "key: HHP\n"
                              "title: Health\n"
                              "calendar: us-federal\n"
                              "from: 2020-01-01\n"
                              "to: 2021-12-31\n"
                              "outreach:\n"
                              "  title: Ask\n"
                              "  why: It is voluntary.\n"
                              "  role: coordinator\n"
                              "  due: 5 business days\n"
                              "  closes_with: [called, declined]\n"
                              "populations:\n"
                              "  - key: chronic\n"
                              "    title: Chronic\n"
                              "    openings:\n"
                              "      - counties: [Orange, Kern]\n"
                              "        from: 2020-01-01\n"
                              "      - from: 2020-07-01\n"
                              "        to: 2021-12-31\n"
                              "    who:\n"
                              "      - title: Adult\n"
                              "        when: {age: 21..}\n"
                              "    conditions:\n"
                              "      - title: Two\n"
                              "        of: [copd, asthma]\n"
                              "        at_least: 2\n"
                              "    acuity:\n"
                              "      - title: Three visits\n"
                              "        use: ed-visits\n"
                              "        count: 3\n"
                              "        months: 6\n";

static enum ho_status load_changed(struct fixture *f, const char *from, const char *to)
{
    struct ho_program_set *set = NULL;
    const char *at = strstr(PROGRAM, from);
    assert_non_null(at);
    f->dir = strdup("/tmp/handoff-program-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    assert_true(asprintf(&f->file, "%s/p.yaml", f->dir) > 0);
    FILE *stream = fopen(f->file, "wb");
    assert_non_null(stream);
    fprintf(stream, "%.*s%s%s", (int)(at - PROGRAM), PROGRAM, to, at + strlen(from));
    fclose(stream);
    enum ho_status status = ho_programs_load(f->dir, f->calendars, ho_code_set_codes(f->codes), &set, &f->error);
    if (status == HO_OK) {
        ho_program_set_free(f->programs);
        f->programs = set;
    }
    return status;
}

static void a_program_is_read_as_it_stands(void **state)
{
    struct fixture *f = *state;
    if (load_changed(f, "HHP", "HHP") != HO_OK)
        fail_msg("%s", f->error.text);
    const struct ho_program *p = program(f, "HHP");
    assert_int_equal(p->from, 20200101);
    assert_int_equal(p->to, 20211231);
    assert_string_equal(p->default_county, "");
    assert_int_equal(p->n_populations, 1);
    const struct ho_population *chronic = &p->populations[0];
    assert_int_equal(chronic->n_openings, 3);
    assert_string_equal(chronic->openings[1].county, "Kern");
    assert_string_equal(chronic->openings[2].county, "");
    assert_int_equal(chronic->openings[2].from, 20200701);
    assert_int_equal(chronic->openings[2].to, 20211231);
    assert_int_equal(chronic->criteria[HO_CRITERION_WHO].items[0].when->least, 21);
    const struct ho_test *two = chronic->criteria[HO_CRITERION_CONDITIONS].items;
    assert_int_equal(two->conditions, group(f, "copd") | group(f, "asthma"));
    assert_int_equal(two->at_least, 2);
    const struct ho_test *visits = chronic->criteria[HO_CRITERION_ACUITY].items;
    assert_int_equal(visits->use, HO_USE_ED);
    assert_int_equal(visits->count, 3);
    assert_int_equal(visits->months, 6);
    assert_string_equal(p->outreach.name, "outreach-hhp");
    assert_string_equal(p->outreach.program, "HHP");
    assert_memory_equal(p->outreach.hash, p->hash, 32);
    assert_string_equal(p->outreach.tasks->key, "outreach-hhp");
    assert_int_equal(p->outreach.tasks->due.amount, 5);
    assert_string_equal(p->outreach.task_calendar->name, "us-federal");
}

static void a_program_may_ask_nobody(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load_changed(f, strstr(PROGRAM, "outreach:"), strstr(PROGRAM, "populations:")), HO_OK);
    assert_int_equal(program(f, "HHP")->outreach.n_tasks, 0);
}

static void a_mistake_is_refused_with_file_line_and_reason(void **state)
{
    static const struct {
        const char *from, *to, *words;
    } table[] = {
        {"key: HHP", "key: H P", "p.yaml:1: \"H P\" may have letters, digits and dashes only"},
        {"us-federal", "moon", "p.yaml:3: there is no calendar \"moon\"; name one of the calendars' folder"},
        {"from: 2020-01-01", "from: 2020-02-30", "p.yaml:4: \"2020-02-30\" is no date; write it as 2022-01-01"},
        {"to: 2021-12-31", "to: 2019-12-31", "p.yaml:5: the last day 2019-12-31 lies before the first, 2020-01-01"},
        {"role: coordinator", "role: king",
         "p.yaml:9: \"king\" is no role; known are: coordinator, pharmacist, supervisor, team"},
        {"5 business days", "soon",
         "p.yaml:10: \"soon\" is no due time; write it as \"2 business days\", \"7 days\" or \"24 hours\", at most "
         "400"},
        {"called, declined", "Called", "p.yaml:11: \"Called\" may have lower-case letters, digits and dashes only"},
        {"key: chronic", "key: Chronic", "p.yaml:13: \"Chronic\" may have lower-case letters, digits and dashes only"},
        {"[Orange, Kern]", "[Orange, Orange]",
         "p.yaml:16: Orange stands above already; a population opens once in a county"},
        {"- counties: [Orange, Kern]\n        from", "- from",
         "p.yaml:17: an opening without counties stands above already; a population opens once in a county"},
        {"age: 21..", "to: home", "p.yaml:22: \"to\" is told by a transition; a program asks about the member"},
        {"when: {age: 21..}", "use: ed-visits\n        count: 2",
         "p.yaml:22: use of care is asked about under acuity; move the test there"},
        {"        at_least: 2\n", "        at_least: 3\n", "p.yaml:26: at_least is 1 to 2 here, not 3"},
        {"        of: [copd, asthma]\n        at_least: 2\n", "",
         "p.yaml:24: the test asks nothing; give it of, when, unless, use or by_person"},
        {"        of: [copd, asthma]\n", "", "p.yaml:25: at_least needs conditions under \"of\""},
        {"use: ed-visits", "use: sleep",
         "p.yaml:29: \"sleep\" is no use of care; known are: inpatient-stays, unplanned-stays, ed-visits, "
         "inpatient-stays-diagnosed, ed-visits-diagnosed"},
        {"use: ed-visits", "use: ed-visits-diagnosed", "p.yaml:29: \"ed-visits-diagnosed\" needs diagnoses"},
        {"count: 3", "diagnoses: [sud]\n        count: 3",
         "p.yaml:30: \"ed-visits\" asks for no diagnoses; remove them"},
        {"count: 3", "count: 0", "p.yaml:30: \"ed-visits\" needs a count, 1 to 365"},
        {"months: 6", "months: 0", "p.yaml:31: months is 1 to 60, not 0"},
        {"        use: ed-visits\n", "", "p.yaml:28: count, months and diagnoses need the word use beside them"},
        {"title: Health", "name: Health",
         "p.yaml:2: \"name\" is not known here; known are: key, title, calendar, from, to, default_county, outreach, "
         "populations"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct fixture *f = *state;
        assert_int_equal(load_changed(f, table[i].from, table[i].to), HO_REJECT);
        assert_string_equal(f->error.text + strlen(f->dir) + 1, table[i].words);
        unlink(f->file);
        rmdir(f->dir);
        free(f->file);
        free(f->dir);
        f->file = f->dir = NULL;
    }
}

static void an_unknown_condition_is_refused_and_the_known_ones_named(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load_changed(f, "[copd, asthma]", "[copd, gout]"), HO_REJECT);
    assert_non_null(strstr(f->error.text, "p.yaml:25: \"gout\" is no condition; known are: copd, asthma, diabetes"));
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(chronic_conditions_join_in_orange_county_from_2020),
        PROPERTY(serious_mental_illness_joins_in_orange_county_from_july_2020),
        PROPERTY(with_chronic_conditions_it_joins_no_sooner),
        PROPERTY(other_counties_have_their_own_dates),
        PROPERTY(a_county_is_known_by_its_name_however_it_is_written),
        PROPERTY(who_is_of_no_known_county_lives_in_the_plans),
        PROPERTY(enhanced_care_management_takes_over_on_the_first_day_of_2022),
        PROPERTY(where_no_earlier_program_was_it_begins_half_a_year_later),
        PROPERTY(later_populations_begin_on_their_dates),
        PROPERTY(who_has_no_known_condition_is_served_from_the_first_beginning),
        PROPERTY(any_of_the_four_conditions_will_do_and_nothing_less),
        PROPERTY(any_of_the_four_signs_of_acuity_will_do_and_nothing_less),
        PROPERTY(what_a_hospital_diagnosed_is_a_condition_from_then_on),
        PROPERTY(a_diagnosed_pregnancy_is_known_for_a_year_and_what_the_plan_says_stays),
        PROPERTY(a_year_is_counted_to_the_day),
        PROPERTY(a_date_is_the_local_one),
        PROPERTY(an_ed_visit_that_ends_in_a_bed_is_a_stay_alone),
        PROPERTY(planned_stays_are_not_unplanned),
        PROPERTY(a_stay_of_which_only_the_discharge_was_seen_counts),
        PROPERTY(what_the_hospital_took_back_does_not_count),
        PROPERTY(visits_for_it_are_counted_by_their_diagnosis),
        PROPERTY(a_stay_has_the_diagnoses_of_every_hospital_that_joins_in),
        PROPERTY(a_stay_has_the_diagnoses_of_a_number_that_joins_in_again),
        PROPERTY(the_dead_do_not_join),
        PROPERTY(every_test_says_the_numbers_that_count),
        PROPERTY(the_transition_that_lifted_the_member_is_named),
        PROPERTY(a_program_is_read_as_it_stands),
        PROPERTY(a_program_may_ask_nobody),
        PROPERTY(a_mistake_is_refused_with_file_line_and_reason),
        PROPERTY(an_unknown_condition_is_refused_and_the_known_ones_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
