// What people say of where the member is: on the line, and by the outcomes of tasks.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/stays.h"
#include "handoff/plan.h"

enum { MOST_WORDS = 4, ED_STALE = 3 * 24 }; // hours

struct fixture {
    struct history *history;
    struct ho_change words[MOST_WORDS];
    uint8_t ids[MOST_WORDS][1][HO_ID_BYTES];
    size_t n;
    struct ho_line line;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    history_free(f->history);
    free(f);
    return 0;
}

static int64_t at(int hour)
{
    return HISTORY_START + hour * HO_US_PER_HOUR;
}

static const struct ho_change *say_home(struct fixture *f, int hour)
{
    struct ho_change *word = &f->words[f->n];
    memset(f->ids[f->n][0], (int)f->n + 1, HO_ID_BYTES);
    *word = (struct ho_change){.aliases = (const uint8_t(*)[HO_ID_BYTES])f->ids[f->n],
                               .n_aliases = 1,
                               .occurred = at(hour),
                               .recorded = at(hour)};
    memcpy(word->id, f->ids[f->n][0], HO_ID_BYTES);
    f->n++;
    return word;
}

static void draw(struct fixture *f, int hour)
{
    struct ho_encounters encounters;
    const struct ho_words words = {f->words, f->n};
    struct ho_line_rules rules = ho_line_rules_default(NULL);
    history_fold(f->history, &encounters);
    ho_line_draw(f->history->arena, &encounters, &words, &rules, at(hour), &f->line);
}

static void expect(struct fixture *f, int hour, const char *words)
{
    draw(f, hour);
    assert_string_equal(line_words(f->history, &f->line), words);
}

static const struct ho_transition *last(const struct fixture *f)
{
    return &f->line.transitions[f->line.n_transitions - 1];
}

static void stay_and_go_to_nursing(struct fixture *f)
{
    tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_SKILLED_NURSING, 100);
}

// ---- Stays that are only assumed ------------------------------------------------------------------------

static void a_word_ends_the_stay_that_was_assumed(void **state)
{
    struct fixture *f = *state;
    stay_and_go_to_nursing(f);
    const struct ho_change *word = say_home(f, 500);
    expect(f, 600, "home>inpatient@0 inpatient>snf@100 [assumed] snf>home@500 (said)");
    assert_int_equal(f->line.now, HO_SETTING_HOME);
    assert_memory_equal(last(f)->change.id, word->id, HO_ID_BYTES);
    assert_ptr_equal(last(f)->encounter, f->line.encounters[0]);
    assert_string_equal(ho_transition_facility(last(f)), "");
    assert_int_equal(last(f)->episode, 0);
}

static void whoever_comes_after_a_word_comes_from_home_and_lately_from_nursing(void **state)
{
    struct fixture *f = *state;
    stay_and_go_to_nursing(f);
    say_home(f, 500);
    tell(f->history, MERCY, "A04", 500 + 29 * 24);
    expect(f, 1200, "home>inpatient@0 inpatient>snf@100 [assumed] snf>home@500 (said) home>ed@1196 [recent-snf]");
}

static void a_word_ends_a_stay_in_a_hospital_without_a_feed(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_ACUTE, 100);
    say_home(f, 200);
    expect(f, 300, "home>inpatient@0 inpatient>inpatient@100 [assumed] inpatient>home@200 (said)");
}

static void of_two_words_the_first_leads_home_and_both_name_it(void **state)
{
    struct fixture *f = *state;
    stay_and_go_to_nursing(f);
    const struct ho_change *second = say_home(f, 600), *first = say_home(f, 500);
    expect(f, 700, "home>inpatient@0 inpatient>snf@100 [assumed] snf>home@500 (said)");
    assert_true(ho_change_has(&last(f)->change, first->id));
    assert_true(ho_change_has(&last(f)->change, second->id));
}

static void a_word_of_the_past_leaves_the_next_stay_alone(void **state)
{
    struct fixture *f = *state;
    stay_and_go_to_nursing(f);
    tell(f->history, MERCY, "A01", 400);
    say_home(f, 500);
    expect(f, 600, "home>inpatient@0 inpatient>snf@100 [assumed] home>inpatient@400 [readmission recent-snf]");
}

static void a_bed_that_was_held_is_held_no_more(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GROVE, "A01", 0);
    tell(f->history, GENERAL, "A01", 50);
    leave(f->history, GENERAL, HO_DESTINATION_ACUTE, 100);
    say_home(f, 200);
    expect(f, 300,
           "home>snf@0 snf>inpatient@50 [recent-snf] inpatient>inpatient@100 [recent-snf assumed] "
           "inpatient>home@200 (said)");
    leave(f->history, GROVE, HO_DESTINATION_HOME, 250); // paperwork
    assert_int_equal(f->line.n_transitions, 4);
    draw(f, 300);
    assert_int_equal(f->line.n_transitions, 4);
}

// ---- Nursing facilities with a feed ---------------------------------------------------------------------

static void a_word_ends_a_stay_that_the_nursing_facility_has_not_ended(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GROVE, "A01", 0);
    say_home(f, 500);
    expect(f, 600, "home>snf@0 snf>home@500 (said)");
    assert_string_equal(ho_transition_facility(last(f)), "Orange Grove");
    assert_int_equal(f->line.episodes[0].ended, at(500));
}

static void a_discharge_told_late_is_the_way_home_and_keeps_the_words_name(void **state)
{
    (void)state;
    for (int hour = 480; hour <= 520; hour += 40) { // before the word and after it
        struct fixture f = {.history = history_new()};
        tell(f.history, GROVE, "A01", 0);
        const struct ho_change *word = say_home(&f, 500);
        leave(f.history, GROVE, HO_DESTINATION_HOME, hour);
        draw(&f, 600);
        assert_int_equal(f.line.n_transitions, 2);
        assert_int_equal(last(&f)->kind, HO_CHANGE_OF_SETTING);
        assert_int_equal(last(&f)->change.occurred, at(hour));
        assert_true(ho_change_has(&last(&f)->change, word->id));
        history_free(f.history);
    }
}

static void a_discharge_to_a_hospital_is_not_named_by_the_word_before_it(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GROVE, "A01", 0);
    const struct ho_change *word = say_home(f, 500);
    leave(f->history, GROVE, HO_DESTINATION_ACUTE, 520);
    expect(f, 600, "home>snf@0 snf>inpatient@520 [recent-snf assumed]");
    assert_false(ho_change_has(&last(f)->change, word->id));
}

// ---- Silence --------------------------------------------------------------------------------------------

static void a_word_after_a_silence_tells_how_the_stay_ended(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A04", 0);
    say_home(f, ED_STALE + 8);
    expect(f, 100, "home>ed@0 ed>home@72 (silence) [assumed] ed>home@80 (said)");
    assert_string_equal(ho_transition_facility(last(f)), "General");
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 5);
    expect(f, 100, "home>ed@0 ed>home@5");
    assert_int_equal(last(f)->change.n_aliases, 2);
}

static void a_word_after_the_next_visit_says_nothing_of_the_silence_before(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A04", 0);
    tell(f->history, MERCY, "A04", 200);
    leave(f->history, MERCY, HO_DESTINATION_HOME, 205);
    say_home(f, 300);
    expect(f, 400, "home>ed@0 ed>home@72 (silence) [assumed] home>ed@200 ed>home@205");
}

// ---- Where the feed knows better ------------------------------------------------------------------------

static void in_the_hospital_of_a_feed_the_feed_counts(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    say_home(f, 50);
    expect(f, 60, "home>inpatient@0");
}

static void at_home_a_word_is_no_news(void **state)
{
    struct fixture *f = *state;
    say_home(f, 50);
    expect(f, 60, "");
}

static void nobody_comes_home_who_has_died(void **state)
{
    struct fixture *f = *state;
    stay_and_go_to_nursing(f);
    tell(f->history, GENERAL, "A31", 300)->died = true;
    say_home(f, 500);
    draw(f, 600);
    assert_int_equal(f->line.now, HO_SETTING_DIED);
}

// ---- Outcomes -------------------------------------------------------------------------------------------

static const char *const OUTCOMES[] = {"facility-reached", "went-home"};

static size_t words_of(struct fixture *f, const char *template_key, int status, const char *outcome)
{
    const struct ho_task_template task = {.key = "contact-facility", .home_with = &OUTCOMES[1], .n_home_with = 1};
    const struct ho_protocol protocol = {.tasks = &task, .n_tasks = 1};
    const struct ho_protocol *const protocols[] = {&protocol};
    const struct ho_work work = {.template_key = template_key, .status = status, .outcome = outcome, .at = at(7)};
    struct ho_words words;
    ho_plan_words(f->history->arena, protocols, 1, &work, 1, &words);
    assert_true(!words.n || words.items[0].occurred == at(7));
    return words.n;
}

static void an_outcome_tells_of_home_where_the_protocol_says_so(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(words_of(f, "contact-facility", HO_WORK_DONE, "went-home"), 1);
    assert_int_equal(words_of(f, "contact-facility", HO_WORK_DONE, "facility-reached"), 0);
    assert_int_equal(words_of(f, "contact-facility", HO_WORK_CLAIMED, ""), 0);
    assert_int_equal(words_of(f, "contact", HO_WORK_DONE, "went-home"), 0);
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(a_word_ends_the_stay_that_was_assumed),
        PROPERTY(whoever_comes_after_a_word_comes_from_home_and_lately_from_nursing),
        PROPERTY(a_word_ends_a_stay_in_a_hospital_without_a_feed),
        PROPERTY(of_two_words_the_first_leads_home_and_both_name_it),
        PROPERTY(a_word_of_the_past_leaves_the_next_stay_alone),
        PROPERTY(a_bed_that_was_held_is_held_no_more),
        PROPERTY(a_word_ends_a_stay_that_the_nursing_facility_has_not_ended),
        PROPERTY(a_discharge_told_late_is_the_way_home_and_keeps_the_words_name),
        PROPERTY(a_discharge_to_a_hospital_is_not_named_by_the_word_before_it),
        PROPERTY(a_word_after_a_silence_tells_how_the_stay_ended),
        PROPERTY(a_word_after_the_next_visit_says_nothing_of_the_silence_before),
        PROPERTY(in_the_hospital_of_a_feed_the_feed_counts),
        PROPERTY(at_home_a_word_is_no_news),
        PROPERTY(nobody_comes_home_who_has_died),
        PROPERTY(an_outcome_tells_of_home_where_the_protocol_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
