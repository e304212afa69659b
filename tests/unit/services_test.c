// The protocols of this repository: every service of the program's leaflets is served, nobody is flooded with tasks,
// and each situation brings the tasks that it calls for.
#include "../support/unit.h"

#include "handoff/measure.h"
#include "handoff/plan.h"
#include "handoff/platform/yaml.h"

struct fixture {
    struct ho_calendar_set *calendars;
    struct ho_code_set *codes;
    struct ho_protocol_set *protocols;
    const struct ho_protocol *ecm, *hhp;
    char *program; // that the member is enrolled in
    struct ho_arena *arena;
    // A housed adult at low risk who speaks English, and what has just happened to them.
    ho_member member;
    ho_diagnosis diagnosis;
    struct ho_phase phase;
    struct ho_encounter encounter;
    struct ho_transition transition;
    int64_t now;
};

static const int64_t DAY = 24 * HO_US_PER_HOUR;
static const uint8_t ID[HO_ID_BYTES] = {1};

static const struct ho_protocol *find_protocol(const struct fixture *f, const char *program)
{
    size_t n;
    const struct ho_protocol *const *items = ho_protocol_set_items(f->protocols, &n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(items[i]->program, program) == 0)
            return items[i];
    }
    fail_msg("no protocol for %s", program);
    return NULL;
}

static void load(struct fixture *f)
{
    struct ho_error error = {0};
    bool read = ho_calendars_load("deploy/calendars", &f->calendars, &error) == HO_OK &&
                ho_codes_load("deploy/codes", &f->codes, &error) == HO_OK &&
                ho_protocols_load("deploy/protocols", f->calendars, ho_code_set_codes(f->codes), &f->protocols,
                                  &error) == HO_OK;
    if (!read)
        fail_msg("%s", error.text);
    f->ecm = find_protocol(f, "ECM");
    f->hhp = find_protocol(f, "HHP");
}

static void set_scene(struct fixture *f)
{
    static char ecm[] = "ECM", phone[] = "555-0100", english[] = "en", housed[] = "no", low[] = "low",
                county[] = "Orange";
    static const ho_diagnosis *diagnoses[1];
    int64_t at = 0;
    assert_true(ho_time_parse(HO_BYTES_LITERAL("2026-11-02T10:00:00-08:00"), &at)); // a Monday
    handoff__v1__member__init(&f->member);
    f->member.phone = phone;
    f->member.language = english;
    f->member.homeless = housed;
    f->member.risk = low;
    f->member.county = county;
    f->member.birth_date = 19800101;
    handoff__v1__diagnosis__init(&f->diagnosis);
    diagnoses[0] = &f->diagnosis;
    f->phase = (struct ho_phase){.change.occurred = at - DAY, .setting = HO_SETTING_INPATIENT};
    f->encounter = (struct ho_encounter){.state = HO_ENCOUNTER_OPEN,
                                         .facility = "General",
                                         .disposition = "",
                                         .diagnoses = diagnoses,
                                         .n_diagnoses = 1,
                                         .phases = &f->phase,
                                         .n_phases = 1};
    f->transition =
        (struct ho_transition){.change = {.id = {1}, .aliases = &ID, .n_aliases = 1, .occurred = at, .recorded = at},
                               .from = HO_SETTING_INPATIENT,
                               .to = HO_SETTING_HOME,
                               .encounter = &f->encounter};
    f->now = at + HO_US_PER_HOUR;
    f->program = ecm;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    load(f);
    f->arena = ho_arena_new(0);
    set_scene(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ho_arena_free(f->arena);
    ho_protocol_set_free(f->protocols);
    ho_code_set_free(f->codes);
    ho_calendar_set_free(f->calendars);
    free(f);
    return 0;
}

static void take(struct fixture *f, struct ho_plan *plan, struct ho_measures *measures)
{
    ho_enrolment enrolment = HANDOFF__V1__ENROLMENT__INIT;
    enrolment.program = f->program;
    enrolment.enrolled_from = 20260101;
    const ho_enrolment *enrolments[] = {&enrolment};
    const struct ho_encounter *encounters[] = {&f->encounter};
    const struct ho_line line = {
        .encounters = encounters, .n_encounters = 1, .transitions = &f->transition, .n_transitions = 1};
    const struct ho_protocol *protocols[] = {f->ecm, f->hhp};
    const struct ho_plan_input input = {
        .member_id = "M1",
        .member = &f->member,
        .enrolments = enrolments,
        .n_enrolments = 1,
        .codes = ho_code_set_codes(f->codes),
        .now = f->now,
        .line = &line,
        .protocols = protocols,
        .n_protocols = 2,
        .today = 20261102,
    };
    ho_plan_make(f->arena, &input, plan);
    ho_measures_take(f->arena, &input, measures);
}

static struct ho_plan plan(struct fixture *f)
{
    struct ho_plan result;
    struct ho_measures measures;
    take(f, &result, &measures);
    return result;
}

// The stay or visit ends with the transition, as PV1-36 says.
static void end(struct fixture *f, const char *disposition)
{
    f->encounter.state = HO_ENCOUNTER_ENDED;
    memcpy(f->encounter.end.id, ID, HO_ID_BYTES);
    f->encounter.disposition = disposition;
}

static bool wants(const struct ho_plan *plan, const char *key)
{
    for (size_t i = 0; i < plan->n_tasks; i++) {
        if (strcmp(plan->tasks[i].task->key, key) == 0)
            return plan->tasks[i].want == HO_WANTED;
    }
    return false;
}

static void expect(struct fixture *f, const char *key, bool wanted)
{
    struct ho_plan p = plan(f);
    if (wants(&p, key) != wanted)
        fail_msg("%s is %swanted", key, wanted ? "not " : "");
}

// ---- Every service ----------------------------------------------------------------------------------------

static bool serves(const struct ho_task_template *task, const char *service)
{
    for (size_t i = 0; i < task->n_serves; i++) {
        if (strcmp(task->serves[i], service) == 0)
            return true;
    }
    return false;
}

static size_t count_serving(const struct ho_protocol *protocol, const char *service)
{
    size_t n = 0;
    for (size_t i = 0; i < protocol->n_tasks; i++)
        n += serves(&protocol->tasks[i], service);
    return n;
}

static void every_service_of_the_leaflets_is_served_by_both_protocols(void **state)
{
    struct fixture *f = *state;
    const char *service;
    for (size_t i = 0; (service = ho_service_name(i)); i++) {
        if (!count_serving(f->ecm, service) || !count_serving(f->hhp, service))
            fail_msg("no template serves %s", service);
    }
}

static uint32_t occasions_of(const struct ho_protocol *protocol, const char *service)
{
    uint32_t occasions = 0;
    for (size_t i = 0; i < protocol->n_tasks; i++)
        occasions |= serves(&protocol->tasks[i], service) ? protocol->tasks[i].on : 0;
    return occasions;
}

static void care_transitions_are_served_in_every_direction(void **state)
{
    const uint32_t ways = HO_ON_ADMISSION | HO_ON_DISCHARGE_ANNOUNCED | HO_ON_DISCHARGE | HO_ON_SNF_ADMISSION |
                          HO_ON_SNF_DISCHARGE | HO_ON_AGAINST_ADVICE | HO_ON_TRANSFER | HO_ON_SILENCE;
    struct fixture *f = *state;
    assert_int_equal(occasions_of(f->ecm, "care-transitions") & ways, ways);
    assert_int_equal(occasions_of(f->hhp, "care-transitions") & ways, ways);
}

static void every_task_serves_something_and_every_occasion_has_a_notice(void **state)
{
    struct fixture *f = *state;
    const struct ho_protocol *const both[] = {f->ecm, f->hhp};
    for (size_t b = 0; b < 2; b++) {
        uint32_t occasions = 0;
        for (size_t i = 0; i < both[b]->n_tasks; i++)
            assert_true(both[b]->tasks[i].n_serves > 0);
        for (size_t i = 0; i < both[b]->n_notices; i++)
            occasions |= both[b]->notices[i].on;
        assert_int_equal(occasions, (1U << HO_OCCASIONS) - 1);
    }
}

// The last cell of the service's row in README.md, without the bar at its end.
static void read_row(const char *service, char *out, size_t size)
{
    char line[4096], begin[64];
    FILE *stream = fopen("deploy/protocols/README.md", "r");
    assert_non_null(stream);
    snprintf(begin, sizeof begin, "| `%s` |", service);
    *out = '\0';
    while (!*out && fgets(line, sizeof line, stream)) {
        char *cell = strncmp(line, begin, strlen(begin)) == 0 ? strstr(line + strlen(begin), "| `") : NULL;
        if (cell)
            snprintf(out, size, "%.*s", (int)strcspn(cell + 2, "|"), cell + 2);
    }
    fclose(stream);
}

static size_t count_names(const char *cell)
{
    size_t ticks = 0;
    for (; *cell; cell++)
        ticks += *cell == '`';
    return ticks / 2;
}

static void the_table_of_the_services_is_what_the_protocols_say(void **state)
{
    struct fixture *f = *state;
    const char *service;
    for (size_t i = 0; (service = ho_service_name(i)); i++) {
        char cell[4096], name[128];
        read_row(service, cell, sizeof cell);
        assert_int_equal(count_names(cell), count_serving(f->ecm, service));
        for (size_t k = 0; k < f->ecm->n_tasks; k++) {
            snprintf(name, sizeof name, "`%s`", f->ecm->tasks[k].key);
            if (serves(&f->ecm->tasks[k], service) && !strstr(cell, name))
                fail_msg("the row of %s lacks %s", service, name);
        }
    }
}

static const struct ho_task_template *find_task(const struct ho_protocol *protocol, const char *key)
{
    for (size_t i = 0; i < protocol->n_tasks; i++) {
        if (strcmp(protocol->tasks[i].key, key) == 0)
            return &protocol->tasks[i];
    }
    return NULL;
}

static void both_protocols_have_the_same_keys_save_those_of_risk_tiers(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < f->hhp->n_tasks; i++)
        assert_non_null(find_task(f->ecm, f->hhp->tasks[i].key));
    for (size_t i = 0; i < f->ecm->n_tasks; i++) {
        const char *key = f->ecm->tasks[i].key;
        bool of_tiers = strcmp(f->ecm->tasks[i].purpose, "risk-tier") == 0;
        assert_int_equal(find_task(f->hhp, key) == NULL, of_tiers);
    }
}

// ---- No flood ---------------------------------------------------------------------------------------------

static void a_plain_discharge_brings_five_to_eight_tasks_at_once(void **state)
{
    struct fixture *f = *state;
    struct ho_plan p = plan(f);
    assert_in_range(p.n_tasks, 5, 8);
    assert_int_equal(p.n_notices, 1);
    assert_true(wants(&p, "contact-after-discharge"));
    assert_true(wants(&p, "medication-reconciliation"));
    assert_true(wants(&p, "follow-up-visit"));
}

static void no_plain_transition_brings_more_than_eight_tasks_at_once(void **state)
{
    struct fixture *f = *state;
    for (int from = 0; from < HO_SETTING_DIED; from++) {
        for (int to = 0; to < HO_SETTING_N; to++) {
            f->transition.from = (enum ho_setting)from;
            f->transition.to = (enum ho_setting)to;
            struct ho_plan p = plan(f);
            assert_true(from == to || p.n_tasks <= 8);
            assert_true(from == to || p.n_notices <= 1);
        }
    }
}

static void the_rest_comes_in_the_thirty_days_after(void **state)
{
    struct fixture *f = *state;
    static char medium[] = "medium";
    f->member.risk = medium;
    f->now += 2 * DAY;
    expect(f, "call-after-two-days", true);
    expect(f, "call-week-2", false);
    f->now += 5 * DAY;
    expect(f, "call-week-2", true);
    expect(f, "close-transition", false);
    f->now += 21 * DAY;
    expect(f, "call-week-4", true);
    expect(f, "close-transition", true);
}

// ---- Every measure ----------------------------------------------------------------------------------------

struct leaving {
    enum ho_setting to;
    bool against_advice;
    const char *disposition;
};

static const struct leaving LEAVINGS[] = {
    {HO_SETTING_HOME, false, "01"},           {HO_SETTING_HOME, true, "07"}, {HO_SETTING_SNF, false, "03"},
    {HO_SETTING_OTHER_FACILITY, false, "62"}, {HO_SETTING_SNF, false, "04"}, // assisted living
};
static const enum ho_setting PLACES[] = {HO_SETTING_ED, HO_SETTING_INPATIENT, HO_SETTING_OBSERVATION, HO_SETTING_SNF};
static const char *const REASONS[] = {"I50.9", "F20.9", "T40.2X1A", "F10.20", "X80.XXXA", "O80"};
static const char *const NUMBERS[] = {"555-0100", ""}; // the member's telephone

// Of every way to leave, each with the reasons for which people come, with and without a telephone, in both programs.
static void for_each_leaving(struct fixture *f, void (*check)(struct fixture *f))
{
    static char programs[][4] = {"ECM", "HHP"}, final[] = "F", reason[16], number[16];
    f->member.dual = true;
    f->diagnosis.code = reason;
    f->diagnosis.type = final;
    f->member.phone = number;
    f->now = 0; // what begins later, too
    for (size_t i = 0; i < 2 * COUNT_OF(LEAVINGS) * COUNT_OF(PLACES) * COUNT_OF(REASONS) * COUNT_OF(NUMBERS); i++) {
        size_t n = i;
        f->program = programs[n % 2];
        const struct leaving *leaving = &LEAVINGS[(n /= 2) % COUNT_OF(LEAVINGS)];
        f->transition.from = PLACES[(n /= COUNT_OF(LEAVINGS)) % COUNT_OF(PLACES)];
        snprintf(reason, sizeof reason, "%s", REASONS[(n /= COUNT_OF(PLACES)) % COUNT_OF(REASONS)]);
        snprintf(number, sizeof number, "%s", NUMBERS[n / COUNT_OF(REASONS)]);
        f->transition.to = leaving->to;
        f->transition.against_advice = leaving->against_advice;
        end(f, leaving->disposition);
        if (f->transition.from != leaving->to) {
            check(f);
            ho_arena_reset(f->arena);
        }
    }
}

// "fuh" of "fuh-7" and "fuh-30": work on a template of one serves the other.
static size_t kind_of(const char *measure)
{
    size_t n = strlen(measure);
    while (n && measure[n - 1] >= '0' && measure[n - 1] <= '9')
        n--;
    return n;
}

static bool is_asked_for(const struct ho_plan *plan, const char *measure)
{
    size_t n = kind_of(measure);
    for (size_t i = 0; i < plan->n_tasks; i++) {
        const char *served = plan->tasks[i].task->measure;
        if (kind_of(served) == n && strncmp(served, measure, n) == 0)
            return plan->tasks[i].want == HO_WANTED;
    }
    return false;
}

static void check_measures(struct fixture *f)
{
    struct ho_plan p;
    struct ho_measures measures;
    take(f, &p, &measures);
    for (size_t i = 0; i < measures.n; i++) {
        const struct ho_measure_row *row = &measures.items[i];
        bool engaged = row->measure == HO_MEASURE_TRC_ENGAGEMENT; // by any contact
        const char *name = ho_measure_name(engaged ? HO_MEASURE_TCM_CONTACT : row->measure);
        bool by_work = row->measure != HO_MEASURE_READMISSION;
        if (by_work && row->state != HO_MEASURE_EXCLUDED && !is_asked_for(&p, name))
            fail_msg("no task for %s: %s from %s to %s, disposition %s, %s", ho_measure_name(row->measure), f->program,
                     ho_setting_name(f->transition.from), ho_setting_name(f->transition.to), f->encounter.disposition,
                     f->diagnosis.code);
    }
}

static void whoever_counts_for_a_measure_gets_a_task_for_it(void **state)
{
    for_each_leaving(*state, check_measures);
}

static void check_purposes(struct fixture *f)
{
    struct ho_plan p = plan(f);
    for (size_t i = 0; i < p.n_tasks; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(p.tasks[i].task->purpose, p.tasks[k].task->purpose) == 0)
                fail_msg("%s and %s are one: from %s to %s, disposition %s, %s", p.tasks[i].task->key,
                         p.tasks[k].task->key, ho_setting_name(f->transition.from), ho_setting_name(f->transition.to),
                         f->encounter.disposition, f->diagnosis.code);
        }
    }
    assert_int_equal(p.n_notices, 1);
}

// "fuh" and "fum" are both visits for mental health.
static bool is_one_kind(const char *a, const char *b)
{
    size_t n = kind_of(a);
    return n == kind_of(b) && (strncmp(a, b, n) == 0 || (strncmp(a, "fu", 2) == 0 && strncmp(b, "fu", 2) == 0 &&
                                                         strchr("hm", a[2]) && strchr("hm", b[2])));
}

// What takes a task's place takes over what it counts for.
static void templates_of_one_purpose_serve_one_measure(void **state)
{
    struct fixture *f = *state;
    const struct ho_protocol *const both[] = {f->ecm, f->hhp};
    for (size_t b = 0; b < 2; b++) {
        for (size_t i = 0; i < both[b]->n_tasks; i++) {
            for (size_t k = 0; k < i; k++) {
                const struct ho_task_template *one = &both[b]->tasks[i], *other = &both[b]->tasks[k];
                if (strcmp(one->purpose, other->purpose) == 0 && !is_one_kind(one->measure, other->measure))
                    fail_msg("%s and %s have one purpose and two measures", one->key, other->key);
            }
        }
    }
}

static void no_leaving_brings_two_tasks_of_one_purpose_or_two_notices(void **state)
{
    for_each_leaving(*state, check_purposes);
}

// ---- Situations -------------------------------------------------------------------------------------------

static void who_is_at_low_risk_is_not_called_each_week_unless_pregnant(void **state)
{
    struct fixture *f = *state;
    f->now = 0;
    expect(f, "call-week-2", false);
    expect(f, "call-week-2-in-pregnancy", false);
    f->member.pregnant_until = 20270101;
    expect(f, "call-week-2-in-pregnancy", true);
    expect(f, "pregnancy-visit", true);
}

static void a_pregnancy_that_only_the_hospital_knows_is_never_at_low_risk(void **state)
{
    static char birth[] = "O80";
    struct fixture *f = *state;
    f->now = 0;
    expect(f, "pregnancy-visit", false);
    f->diagnosis.code = birth;
    expect(f, "pregnancy-visit", true);
    expect(f, "call-week-2-in-pregnancy", true);
    expect(f, "call-week-4-in-pregnancy", true);
    f->transition.from = HO_SETTING_ED;
    expect(f, "pregnancy-visit", true);
    expect(f, "correct-risk-in-pregnancy", true);
    f->transition.against_advice = true;
    expect(f, "pregnancy-visit", true);
    expect(f, "correct-risk-in-pregnancy", true);
    f->transition.from = HO_SETTING_HOME;
    f->transition.to = HO_SETTING_INPATIENT;
    f->transition.against_advice = false;
    expect(f, "correct-risk-in-pregnancy", true);
    f->phase.change.occurred -= 365 * DAY; // told longer ago than a year
    expect(f, "correct-risk-in-pregnancy", false);
}

static void whoever_has_no_phone_is_sought_in_person(void **state)
{
    static char none[] = "";
    struct fixture *f = *state;
    f->member.phone = none;
    expect(f, "contact-after-discharge", false);
    expect(f, "visit-after-discharge-without-phone", true);
    f->transition.from = HO_SETTING_ED;
    expect(f, "visit-after-ed-without-phone", true);
    f->transition.against_advice = true;
    expect(f, "find-after-leaving-against-advice", true);
}

static void whoever_has_no_home_gets_a_place_before_and_a_referral_after(void **state)
{
    static char chronic[] = "chronic";
    struct fixture *f = *state;
    f->member.homeless = chronic;
    expect(f, "housing-referral", true);
    f->transition.from = HO_SETTING_HOME;
    f->transition.to = HO_SETTING_INPATIENT;
    expect(f, "safe-place-on-admission", true);
    f->transition.kind = HO_DISCHARGE_ANNOUNCED;
    f->transition.from = HO_SETTING_INPATIENT;
    expect(f, "safe-place-before-discharge", true);
    expect(f, "confirm-destination", true);
}

static void homelessness_that_only_the_hospital_knows_is_asked_about(void **state)
{
    static char code[] = "Z59.02";
    struct fixture *f = *state;
    f->transition.from = HO_SETTING_HOME;
    f->transition.to = HO_SETTING_INPATIENT;
    expect(f, "safe-place-by-diagnosis", false);
    f->diagnosis.code = code;
    expect(f, "safe-place-by-diagnosis", true);
    expect(f, "safe-place-on-admission", false);
}

static void each_need_brings_its_referral(void **state)
{
    static const char *const pairs[][2] = {{"food", "food"},
                                           {"temporary-housing", "temporary-housing"},
                                           {"permanent-housing", "permanent-housing"},
                                           {"child-care", "child-care"},
                                           {"disability", "disability-services"},
                                           {"transport", "rides"}};
    struct fixture *f = *state;
    f->now = 0;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char need[32], *needs[] = {need};
        f->member.n_needs = 0;
        expect(f, pairs[i][1], false);
        snprintf(need, sizeof need, "%s", pairs[i][0]);
        f->member.needs = needs;
        f->member.n_needs = 1;
        expect(f, pairs[i][1], true);
    }
}

static void a_visit_for_mental_health_or_substance_use_follows_the_diagnosis(void **state)
{
    static char depression[] = "F32.2", opioid[] = "F11.20", overdose[] = "T40.2X1A";
    struct fixture *f = *state;
    f->diagnosis.code = depression;
    expect(f, "mental-health-visit", true);
    expect(f, "substance-use-visit", false);
    f->transition.from = HO_SETTING_ED;
    expect(f, "mental-health-visit-after-ed", true);
    f->diagnosis.code = opioid;
    expect(f, "mental-health-visit-after-ed", false);
    expect(f, "substance-use-visit-after-ed", true);
    f->diagnosis.code = overdose;
    expect(f, "substance-use-visit-after-ed", true);
    f->member.birth_date = 20140101; // twelve years old
    expect(f, "substance-use-visit-after-ed", false);
}

static void whoever_leaves_a_stay_against_advice_is_followed_up_as_after_a_discharge(void **state)
{
    static char psychosis[] = "F20.9";
    struct fixture *f = *state;
    f->diagnosis.code = psychosis;
    f->transition.against_advice = true;
    expect(f, "contact-after-leaving-against-advice", true);
    expect(f, "visit-after-leaving-against-advice", true);
    expect(f, "mental-health-visit", true);
    expect(f, "medication-reconciliation", true);
    expect(f, "discharge-papers", true);
    expect(f, "contact-after-discharge", false);
    expect(f, "mental-health-visit-after-ed", false);
}

static void whoever_leaves_the_ed_against_advice_is_followed_up_as_after_a_visit(void **state)
{
    static char overdose[] = "T40.2X1A", psychosis[] = "F20.9";
    struct fixture *f = *state;
    f->diagnosis.code = overdose;
    f->transition.from = HO_SETTING_ED;
    f->transition.against_advice = true;
    expect(f, "contact-after-leaving-against-advice", true);
    expect(f, "substance-use-visit-after-ed", true);
    expect(f, "substance-use-visit", false);
    expect(f, "medication-reconciliation", false);
    expect(f, "discharge-papers", false);
    f->diagnosis.code = psychosis;
    expect(f, "mental-health-visit-after-ed", true);
    expect(f, "mental-health-visit", false);
}

static void the_team_is_told_of_leaving_a_stay_against_advice(void **state)
{
    struct fixture *f = *state;
    f->transition.against_advice = true;
    struct ho_plan p = plan(f);
    assert_int_equal(p.n_notices, 1);
    assert_string_equal(p.notices[0].notice->key, "stay-left-against-advice");
    f->transition.from = HO_SETTING_ED;
    p = plan(f);
    assert_int_equal(p.n_notices, 1);
    assert_string_equal(p.notices[0].notice->key, "against-advice");
}

static void a_transfer_tells_the_team_and_the_next_hospital_once(void **state)
{
    struct fixture *f = *state;
    f->transition.to = HO_SETTING_INPATIENT;
    f->transition.flags = HO_FLAG_DIRECT_TRANSFER;
    struct ho_plan p = plan(f);
    assert_int_equal(p.n_tasks, 1);
    assert_true(wants(&p, "confirm-next-hospital-has-plan"));
    assert_int_equal(p.n_notices, 1);
    assert_string_equal(p.notices[0].notice->roles[1], "team");
    f->transition.from = HO_SETTING_ED; // an admission: it brings these itself
    p = plan(f);
    assert_true(wants(&p, "confirm-hospital-has-plan"));
    assert_false(wants(&p, "confirm-next-hospital-has-plan"));
    assert_int_equal(p.n_notices, 1);
    assert_string_equal(p.notices[0].notice->roles[1], "team");
}

static void of_whom_another_hospital_sends_no_word_it_is_asked(void **state)
{
    struct fixture *f = *state;
    f->transition.to = HO_SETTING_INPATIENT;
    f->transition.flags = HO_FLAG_DIRECT_TRANSFER;
    f->now += 3 * DAY;
    expect(f, "ask-next-hospital", false);
    end(f, "02");
    f->encounter.destination = HO_DESTINATION_ACUTE;
    f->transition.flags = HO_FLAG_ASSUMED;
    expect(f, "ask-next-hospital", true);
}

static void assisted_living_is_like_home(void **state)
{
    struct fixture *f = *state;
    f->transition.to = HO_SETTING_SNF;
    end(f, "04");
    expect(f, "contact-after-discharge", true);
    expect(f, "medication-reconciliation", true);
    expect(f, "follow-up-visit", true);
    expect(f, "contact-facility", false);
    f->transition.from = HO_SETTING_ED;
    expect(f, "contact-after-ed-visit", true);
    expect(f, "contact-facility", false);
}

static void education_is_in_the_members_language(void **state)
{
    static char spanish[] = "es", nothing[] = "";
    struct fixture *f = *state;
    expect(f, "health-education", true);
    f->member.language = nothing;
    expect(f, "health-education", true);
    f->member.language = spanish;
    expect(f, "health-education", false);
    expect(f, "health-education-interpreter", true);
}

static void a_planned_stay_is_prepared_for_and_a_readmission_is_looked_into(void **state)
{
    struct fixture *f = *state;
    f->transition.from = HO_SETTING_HOME;
    f->transition.to = HO_SETTING_INPATIENT;
    f->transition.flags = HO_FLAG_PLANNED;
    expect(f, "check-planned-stay", true);
    expect(f, "plan-discharge", false);
    f->transition.flags = HO_FLAG_READMISSION;
    expect(f, "plan-discharge", true);
    expect(f, "review-readmission", true);
}

static void a_nursing_facility_is_contacted_every_week(void **state)
{
    struct fixture *f = *state;
    f->transition.to = HO_SETTING_SNF;
    expect(f, "contact-facility", true);
    expect(f, "contact-facility-week-2", false);
    expect(f, "contact-after-discharge", false);
    f->now += 21 * DAY;
    expect(f, "contact-facility-week-2", true);
    expect(f, "contact-facility-week-4", true);
    expect(f, "plan-way-home-from-facility", true);
}

static void silence_asks_where_the_member_is(void **state)
{
    struct fixture *f = *state;
    f->transition.kind = HO_SILENCE;
    struct ho_plan p = plan(f);
    assert_int_equal(p.n_tasks, 1);
    assert_true(wants(&p, "find-out-where-member-is"));
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(every_service_of_the_leaflets_is_served_by_both_protocols),
        PROPERTY(care_transitions_are_served_in_every_direction),
        PROPERTY(every_task_serves_something_and_every_occasion_has_a_notice),
        PROPERTY(the_table_of_the_services_is_what_the_protocols_say),
        PROPERTY(both_protocols_have_the_same_keys_save_those_of_risk_tiers),
        PROPERTY(a_plain_discharge_brings_five_to_eight_tasks_at_once),
        PROPERTY(no_plain_transition_brings_more_than_eight_tasks_at_once),
        PROPERTY(the_rest_comes_in_the_thirty_days_after),
        PROPERTY(whoever_counts_for_a_measure_gets_a_task_for_it),
        PROPERTY(templates_of_one_purpose_serve_one_measure),
        PROPERTY(no_leaving_brings_two_tasks_of_one_purpose_or_two_notices),
        PROPERTY(a_pregnancy_that_only_the_hospital_knows_is_never_at_low_risk),
        PROPERTY(whoever_leaves_a_stay_against_advice_is_followed_up_as_after_a_discharge),
        PROPERTY(whoever_leaves_the_ed_against_advice_is_followed_up_as_after_a_visit),
        PROPERTY(the_team_is_told_of_leaving_a_stay_against_advice),
        PROPERTY(a_transfer_tells_the_team_and_the_next_hospital_once),
        PROPERTY(of_whom_another_hospital_sends_no_word_it_is_asked),
        PROPERTY(assisted_living_is_like_home),
        PROPERTY(who_is_at_low_risk_is_not_called_each_week_unless_pregnant),
        PROPERTY(whoever_has_no_phone_is_sought_in_person),
        PROPERTY(whoever_has_no_home_gets_a_place_before_and_a_referral_after),
        PROPERTY(homelessness_that_only_the_hospital_knows_is_asked_about),
        PROPERTY(each_need_brings_its_referral),
        PROPERTY(a_visit_for_mental_health_or_substance_use_follows_the_diagnosis),
        PROPERTY(education_is_in_the_members_language),
        PROPERTY(a_planned_stay_is_prepared_for_and_a_readmission_is_looked_into),
        PROPERTY(a_nursing_facility_is_contacted_every_week),
        PROPERTY(silence_asks_where_the_member_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
