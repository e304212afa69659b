// What is odd, wrong or too much, from the message to the plan, by the files as deployed. What each rule says of it
// stands with the rules; here stands that nothing is lost on the way.
#include "../support/unit.h"

#include "../support/history.h"
#include "handoff/adt.h"
#include "handoff/platform/yaml.h"

enum { MANY = 10000 };

struct fixture {
    struct history *history;
    struct ho_calendar_set *calendars;
    struct ho_code_set *codes;
    struct ho_protocol_set *protocols;
    struct ho_feed_set *feeds;
    ho_member member;
    int64_t now;
};

static int64_t instant(const char *text)
{
    int64_t at = 0;
    assert_true(ho_time_parse(ho_bytes_of(text), &at));
    return at;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct ho_error error = {0};
    bool read = ho_calendars_load("deploy/calendars", &f->calendars, &error) == HO_OK &&
                ho_codes_load("deploy/codes", &f->codes, &error) == HO_OK &&
                ho_feeds_load("deploy/feeds", &f->feeds, &error) == HO_OK &&
                ho_protocols_load("deploy/protocols", f->calendars, ho_code_set_codes(f->codes), &f->protocols,
                                  &error) == HO_OK;
    if (!read)
        fail_msg("%s", error.text);
    f->history = history_new();
    f->now = instant("2026-11-05T09:00:00-08:00");
    handoff__v1__member__init(&f->member);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    history_free(f->history);
    ho_feed_set_free(f->feeds);
    ho_protocol_set_free(f->protocols);
    ho_code_set_free(f->codes);
    ho_calendar_set_free(f->calendars);
    free(f);
    return 0;
}

// A message of a hospital that has no feed of its own; `pv1` from PV1-2 on.
static void send(struct fixture *f, const char *trigger, const char *occurred, const char *recorded, const char *pv1)
{
    struct ho_arena *arena = f->history->arena;
    struct ho_adt adt;
    const char *text = ho_arena_printf(arena,
                                       "MSH|^~\\&|X|Y|||%s||ADT^%s|1|P|2.5.1\rEVN|%s|%s||||%s\r"
                                       "PID|1||7^^^Y^MR||Invented^Ada\rPV1|1|%s\r",
                                       recorded, trigger, trigger, recorded, occurred, pv1);
    ho_adt_read(arena, ho_bytes_of(text), ho_feed_set_feeds(f->feeds), &adt);
    assert_int_equal(adt.verdict, HO_ADT_EVENT);
    assert_string_equal(adt.events[0]->visit, "V1");
    *(ho_adt_event **)ho_arena_push(arena, &f->history->events, sizeof(ho_adt_event *)) = adt.events[0];
}

static struct ho_plan plan(struct fixture *f)
{
    static char program[] = "ECM";
    ho_enrolment enrolment = HANDOFF__V1__ENROLMENT__INIT;
    const ho_enrolment *enrolments[] = {&enrolment};
    struct ho_line *line = ho_arena_alloc(f->history->arena, sizeof *line);
    struct ho_plan_input input = {
        .member_id = "M1",
        .member = &f->member,
        .enrolments = enrolments,
        .n_enrolments = 1,
        .codes = ho_code_set_codes(f->codes),
        .now = f->now,
        .line = line,
        .today = 20261105,
    };
    struct ho_plan result;
    enrolment.program = program;
    enrolment.enrolled_from = 20200101;
    history_draw(f->history, line);
    input.protocols = ho_protocol_set_items(f->protocols, &input.n_protocols);
    ho_plan_make(f->history->arena, &input, &result);
    return result;
}

// By telephone, or in person where there is none.
static const struct ho_planned_task *contact(const struct ho_plan *plan)
{
    for (size_t i = 0; i < plan->n_tasks; i++) {
        if (strcmp(plan->tasks[i].task->purpose, "contact") == 0)
            return &plan->tasks[i];
    }
    fail_msg("nobody is to contact the member");
    return NULL;
}

static void expect_contact(struct fixture *f)
{
    struct ho_plan p = plan(f);
    if (contact(&p)->want != HO_WANTED)
        fail_msg("%s", contact(&p)->reason);
}

static char *plan_words(struct fixture *f)
{
    char *words;
    size_t n;
    FILE *out = open_memstream(&words, &n);
    struct ho_plan p = plan(f);
    describe_plan(out, &p);
    fclose(out);
    return words;
}

#define STAY "I|||||||||||||||||V1"
#define STAY_ENDED STAY "|||||||||||||||||01"

static void a_stay(struct fixture *f)
{
    send(f, "A01", "20261102080000", "20261102080000", STAY);
    send(f, "A03", "20261104100000", "20261104100000", STAY_ENDED);
}

// ---- Codes ----------------------------------------------------------------------------------------------

static void codes_that_nobody_knows_lead_to_a_contact(void **state)
{
    struct fixture *f = *state;
    send(f, "A01", "20261102080000", "20261102080000", "ZZ9||||||||||||QQQ|||||V1");
    send(f, "A03", "20261104100000", "20261104100000", "ZZ9||||||||||||QQQ|||||V1|||||||||||||||||WENT-OUT");
    expect_contact(f);
}

static void a_discharge_alone_with_codes_that_nobody_knows_leads_to_a_contact(void **state)
{
    struct fixture *f = *state;
    send(f, "A03", "20261104100000", "20261104100000", "ZZ9||||||||||||QQQ|||||V1|||||||||||||||||WENT-OUT");
    expect_contact(f);
}

// ---- Times ----------------------------------------------------------------------------------------------

static void what_is_told_years_late_is_shown_and_nobody_is_told(void **state)
{
    struct fixture *f = *state;
    send(f, "A01", "20230102080000", "20261104100000", STAY);
    send(f, "A03", "20230104100000", "20261104100000", STAY_ENDED);
    struct ho_plan p = plan(f);
    assert_int_equal(contact(&p)->want, HO_SUPERSEDED);
    assert_int_equal(p.n_notices, 0);
}

static void what_is_told_of_the_future_is_known_when_it_was_recorded(void **state)
{
    struct fixture *f = *state;
    send(f, "A01", "20261102080000", "20261102080000", STAY);
    send(f, "A03", "20991231100000", "20261104100000", STAY_ENDED);
    struct ho_plan p = plan(f);
    assert_int_equal(contact(&p)->want, HO_WANTED);
    assert_true(contact(&p)->due < instant("2026-11-08T00:00:00-08:00"));
}

static void a_hospital_whose_clock_is_years_ahead_is_believed(void **state)
{
    struct fixture *f = *state;
    send(f, "A01", "20361102080000", "20361102080000", STAY);
    send(f, "A03", "20361104100000", "20361104100000", STAY_ENDED);
    struct ho_plan p = plan(f);
    assert_int_equal(contact(&p)->want, HO_WANTED);
    assert_true(contact(&p)->due > instant("2036-11-04T00:00:00-08:00"));
}

static void who_leaves_before_coming_is_contacted(void **state)
{
    struct fixture *f = *state;
    send(f, "A01", "20261104080000", "20261104080000", STAY);
    send(f, "A03", "20261102100000", "20261104100000", STAY_ENDED);
    expect_contact(f);
}

// ---- Members --------------------------------------------------------------------------------------------

static void a_member_of_whom_nothing_is_known_is_contacted(void **state)
{
    a_stay(*state);
    expect_contact(*state);
}

static void a_member_born_after_the_stay_is_contacted(void **state)
{
    struct fixture *f = *state;
    a_stay(f);
    f->member.birth_date = 20270101;
    expect_contact(f);
}

static void a_condition_that_the_codes_do_not_have_changes_nothing(void **state)
{
    static char word[] = "no-such-group";
    static char *conditions[] = {word};
    struct fixture *f = *state;
    a_stay(f);
    char *without = plan_words(f);
    f->member.conditions = conditions;
    f->member.n_conditions = 1;
    char *with = plan_words(f);
    assert_string_equal(with, without);
    free(without);
    free(with);
}

// ---- Too much -------------------------------------------------------------------------------------------

static void turn_around(struct history *h)
{
    for (size_t i = 0; i < h->n / 2; i++) {
        ho_adt_event *last = h->events[h->n - 1 - i];
        h->events[h->n - 1 - i] = h->events[i];
        h->events[i] = last;
    }
}

// Of every kind that may come again and again in a stay, and the end.
static void ten_thousand_events_of_a_stay_are_one_stay(void **state)
{
    static const char *const triggers[] = {"A08", "A02", "A12", "A21", "A22", "A06", "A07", "A16", "A25", "A03", "A13"};
    struct fixture *f = *state;
    history_tell(f->history, "A01", 0);
    for (int i = 1; i < MANY - 1; i++) {
        ho_adt_event *e = history_tell(f->history, triggers[(size_t)i % COUNT_OF(triggers)], 0);
        e->occurred = e->recorded += i * (HO_US_PER_HOUR / 3600);
    }
    history_tell(f->history, "A03", 50);
    struct ho_encounters encounters;
    history_fold(f->history, &encounters);
    assert_int_equal(encounters.n, 1);
    assert_int_equal(encounters.items[0].n_events, MANY);
    expect_contact(f);
    char *words = plan_words(f);
    turn_around(f->history);
    char *turned = plan_words(f);
    assert_string_equal(turned, words);
    free(words);
    free(turned);
}

int main(void)
{
#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        PROPERTY(codes_that_nobody_knows_lead_to_a_contact),
        PROPERTY(a_discharge_alone_with_codes_that_nobody_knows_leads_to_a_contact),
        PROPERTY(what_is_told_years_late_is_shown_and_nobody_is_told),
        PROPERTY(what_is_told_of_the_future_is_known_when_it_was_recorded),
        PROPERTY(a_hospital_whose_clock_is_years_ahead_is_believed),
        PROPERTY(who_leaves_before_coming_is_contacted),
        PROPERTY(a_member_of_whom_nothing_is_known_is_contacted),
        PROPERTY(a_member_born_after_the_stay_is_contacted),
        PROPERTY(a_condition_that_the_codes_do_not_have_changes_nothing),
        PROPERTY(ten_thousand_events_of_a_stay_are_one_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
