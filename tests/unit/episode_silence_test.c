// Silence: a stay of which nothing is heard is taken for over. And what a hospital announces.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../property/random_history.h"
#include "../support/stays.h"

enum { ED_STALE = 3 * 24, BED_STALE = 60 * 24, NURSING_STALE = 400 * 24 }; // hours

struct fixture {
    struct history *history;
    struct ho_line_rules rules;
    unsigned silences; // that were met
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    f->rules = ho_line_rules_default(NULL);
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

static struct ho_line draw(struct fixture *f, int64_t now)
{
    struct ho_encounters encounters;
    struct ho_line line;
    history_fold(f->history, &encounters);
    ho_line_draw(f->history->arena, &encounters, NULL, &f->rules, now, &line);
    return line;
}

static void expect_at(struct fixture *f, int64_t now, const char *words)
{
    struct ho_line line = draw(f, now);
    assert_string_equal(line_words(f->history, &line), words);
}

static void expect(struct fixture *f, int hour, const char *words)
{
    expect_at(f, at(hour), words);
}

// ---- Falling silent -------------------------------------------------------------------------------------

static void an_ed_visit_without_a_word_for_three_days_is_over(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A04", 0);
    expect_at(f, at(ED_STALE) - 1, "home>ed@0");
    expect(f, ED_STALE, "home>ed@0 ed>home@72 (silence) [assumed]");
    struct ho_line line = draw(f, at(ED_STALE));
    assert_int_equal(line.now, HO_SETTING_HOME);
    assert_int_equal(line.n_episodes, 1);
    assert_int_equal(line.episodes[0].ended, at(ED_STALE));
    assert_int_equal(line.transitions[1].episode, 0);
    assert_ptr_equal(line.transitions[1].encounter, line.encounters[0]);
}

static void each_setting_has_its_own_patience(void **state)
{
    struct fixture *f = *state;
    ho_adt_event *e = tell(f->history, GENERAL, "A01", 0);
    expect(f, BED_STALE - 1, "home>inpatient@0");
    expect(f, BED_STALE, "home>inpatient@0 inpatient>home@1440 (silence) [assumed]");
    e->patient_class = (Handoff__V1__PatientClass)HO_CLASS_OBSERVATION;
    expect(f, 7 * 24, "home>observation@0 observation>home@168 (silence) [assumed]");
    f->rules.stale_us[HO_SETTING_OBSERVATION] = 0;
    expect(f, 10 * NURSING_STALE, "home>observation@0");
}

static void without_a_clock_nothing_is_silent(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A04", -24 * 366 * 100); // long before 1970
    struct ho_line line = draw(f, 0);
    assert_int_equal(line.n_transitions, 1);
    assert_int_equal(line.episodes[0].ended, 0);
}

static void the_line_says_when_the_next_silence_begins(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(draw(f, at(0)).wake_at, INT64_MAX);
    tell(f->history, GENERAL, "A04", 0);
    assert_int_equal(draw(f, at(0)).wake_at, at(ED_STALE));
    assert_int_equal(draw(f, at(ED_STALE)).wake_at, INT64_MAX);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 5);
    assert_int_equal(draw(f, at(6)).wake_at, INT64_MAX);
    tell(f->history, GENERAL_2, "A01", 10);
    assert_int_equal(draw(f, at(11)).wake_at, at(10 + BED_STALE));
}

static void any_word_of_the_stay_begins_the_silence_anew(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A04", 0);
    tell(f->history, GENERAL, "A08", 50);
    expect(f, 50 + ED_STALE - 1, "home>ed@0");
    expect(f, 50 + ED_STALE, "home>ed@0 ed>home@122 (silence) [assumed]");
}

static void a_later_word_takes_the_silence_back(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A04", 0);
    tell(f->history, GENERAL, "A01", 100);
    expect(f, 101, "home>ed@0 ed>inpatient@100");
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 110);
    expect(f, 10000, "home>ed@0 ed>inpatient@100 inpatient>home@110");
}

static void a_word_that_was_recorded_late_counts_from_then(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A04", 0)->recorded = at(20);
    expect(f, ED_STALE + 19, "home>ed@0");
    expect(f, ED_STALE + 20, "home>ed@0 ed>home@92 (silence) [assumed]");
}

static void a_word_of_a_later_time_counts_from_that(void **state)
{
    struct fixture *f = *state;
    f->rules.stale_us[HO_SETTING_ED] = 10 * HO_US_PER_HOUR;
    tell(f->history, GENERAL, "A04", 0);
    tell(f->history, GENERAL, "A01", 20)->recorded = at(1);
    expect(f, 21, "home>ed@0 ed>inpatient@20");
}

static void a_silence_is_named_after_the_last_phase_and_like_no_other(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A04", 0);
    tell(f->history, GENERAL, "A04", 1);
    const struct ho_line line = draw(f, at(1000)), again = draw(f, at(2000));
    const struct ho_change *arrival = &line.transitions[0].change, *silence = &line.transitions[1].change;
    assert_int_equal(silence->n_aliases, arrival->n_aliases);
    assert_memory_equal(silence->id, silence->aliases[0], HO_ID_BYTES);
    assert_true(memcmp(silence->aliases[0], silence->aliases[1], HO_ID_BYTES) < 0);
    assert_memory_equal(silence->id, again.transitions[1].change.id, HO_ID_BYTES);
    for (size_t i = 0; i < 2; i++)
        assert_memory_not_equal(silence->id, arrival->aliases[i], HO_ID_BYTES);
}

static void a_repeat_of_the_arrival_leaves_the_silence_one_of_its_names(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A04", 1)->recorded = at(0);
    uint8_t before[HO_ID_BYTES];
    memcpy(before, draw(f, at(1000)).transitions[1].change.id, HO_ID_BYTES);
    tell(f->history, GENERAL, "A04", 1)->recorded = at(0);
    const struct ho_line line = draw(f, at(1000));
    const struct ho_change *after = &line.transitions[1].change;
    assert_int_equal(after->n_aliases, 2);
    assert_true(memcmp(after->aliases[0], before, HO_ID_BYTES) == 0 ||
                memcmp(after->aliases[1], before, HO_ID_BYTES) == 0);
}

// ---- What is not silence --------------------------------------------------------------------------------

static void a_leave_without_a_return_falls_silent_too(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, GENERAL, "A21", 10);
    assert_int_equal(draw(f, at(11)).wake_at, at(10 + BED_STALE));
    expect(f, 10 * BED_STALE, "home>inpatient@0 inpatient>home@1450 (silence) [assumed]");
    tell(f->history, GENERAL, "A22", 50);
    assert_int_equal(draw(f, at(51)).wake_at, at(50 + BED_STALE));
}

static void a_destination_without_a_feed_is_not_expected_to_be_heard_of(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    leave(f->history, GENERAL, HO_DESTINATION_SKILLED_NURSING, 50);
    expect(f, 10 * NURSING_STALE, "home>inpatient@0 inpatient>snf@50 [assumed]");
}

static void nobody_who_has_died_falls_silent(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GROVE, "A01", 0);
    tell(f->history, GENERAL, "A01", 50);
    leave(f->history, GENERAL, HO_DESTINATION_DIED, 60)->died = true;
    expect(f, 10 * NURSING_STALE, "home>snf@0 snf>inpatient@50 [recent-snf] inpatient>died@60");
    assert_int_equal(draw(f, at(100)).wake_at, INT64_MAX);
}

// ---- Beds that are held ---------------------------------------------------------------------------------

static void a_bed_that_is_held_does_not_fall_silent_meanwhile(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GROVE, "A01", 0);
    tell(f->history, GENERAL, "A01", NURSING_STALE - 10);
    leave(f->history, GENERAL, HO_DESTINATION_SKILLED_NURSING, NURSING_STALE + 100);
    expect(f, NURSING_STALE + 101, "home>snf@0 snf>inpatient@9590 [recent-snf] inpatient>snf@9700");
    assert_int_equal(draw(f, at(NURSING_STALE + 101)).n_episodes, 1);
}

static void coming_back_to_a_bed_is_a_sign_of_it(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GROVE, "A01", 0);
    tell(f->history, GENERAL, "A04", 500);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 505);
    expect(f, 505 + NURSING_STALE - 1, "home>snf@0 snf>ed@500 [recent-snf] ed>snf@505");
    expect(f, 505 + NURSING_STALE, "home>snf@0 snf>ed@500 [recent-snf] ed>snf@505 snf>home@10105 (silence) [assumed]");
    assert_int_equal(draw(f, at(505 + NURSING_STALE)).n_episodes, 1);
}

static void a_silent_ed_visit_leads_back_to_the_bed_that_is_held(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GROVE, "A01", 0);
    tell(f->history, GENERAL, "A04", 500);
    expect(f, 500 + ED_STALE, "home>snf@0 snf>ed@500 [recent-snf] ed>snf@572 (silence) [assumed]");
    assert_int_equal(draw(f, at(600)).episodes[0].ended, 0);
    assert_int_equal(draw(f, at(600)).wake_at, at(572 + NURSING_STALE));
}

static void one_silence_may_follow_another(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GROVE, "A01", 0);
    tell(f->history, GENERAL, "A04", 500);
    expect(f, 20000,
           "home>snf@0 snf>ed@500 [recent-snf] ed>snf@572 (silence) [assumed] snf>home@10172 (silence) [assumed]");
    assert_int_equal(draw(f, at(20000)).n_episodes, 1);
    assert_int_equal(draw(f, at(20000)).episodes[0].ended, at(10172));
}

static void after_an_assumed_stay_elsewhere_the_silence_begins_anew(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GROVE, "A01", 0);
    tell(f->history, GENERAL, "A04", 500);
    leave(f->history, GENERAL, HO_DESTINATION_ACUTE, 505);
    expect(f, 505 + 36 + NURSING_STALE - 1, "home>snf@0 snf>ed@500 [recent-snf] ed>inpatient@505 [recent-snf assumed]");
    expect(f, 505 + 36 + NURSING_STALE,
           "home>snf@0 snf>ed@500 [recent-snf] ed>inpatient@505 [recent-snf assumed] "
           "snf>home@10141 (silence) [assumed]");
}

// ---- What comes after it --------------------------------------------------------------------------------

static void whoever_comes_after_a_silence_comes_from_home(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, MERCY, "A01", BED_STALE + 100);
    expect(f, BED_STALE + 100, "home>inpatient@0 inpatient>home@1440 (silence) [assumed] home>inpatient@1540");
    expect_at(f, 0, "home>inpatient@0 home>inpatient@1540");
    struct ho_line line = draw(f, at(BED_STALE + 100));
    assert_int_equal(line.n_episodes, 2);
    assert_int_equal(line.episodes[0].ended, at(BED_STALE));
    assert_int_equal(line.transitions[1].episode, 0);
    assert_int_equal(line.transitions[2].episode, 1);
}

static void whoever_comes_before_the_silence_comes_from_the_stay(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, MERCY, "A04", BED_STALE - 1);
    leave(f->history, MERCY, HO_DESTINATION_HOME, BED_STALE + 1);
    expect(f, 2 * BED_STALE, "home>inpatient@0 inpatient>ed@1439 ed>home@1441");
}

static void the_end_of_a_silence_is_no_beginning_of_thirty_days(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, MERCY, "A04", BED_STALE + 24);
    expect(f, BED_STALE + 24, "home>inpatient@0 inpatient>home@1440 (silence) [assumed] home>ed@1464");
}

// ---- Announced discharges -------------------------------------------------------------------------------

static void an_announced_discharge_is_told_where_the_person_stays(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, GENERAL, "A16", 30);
    expect(f, 31, "home>inpatient@0 inpatient>inpatient@30 (announced)");
    assert_int_equal(draw(f, at(31)).now, HO_SETTING_INPATIENT);
}

static void an_announcement_of_a_later_time_was_made_when_it_was_told(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, GENERAL, "A16", 80)->recorded = at(30);
    expect(f, 31, "home>inpatient@0 inpatient>inpatient@30 (announced)");
}

static void an_announcement_that_is_taken_back_is_none(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, GENERAL, "A16", 30);
    tell(f->history, GENERAL, "A25", 40);
    expect(f, 41, "home>inpatient@0");
}

static void what_was_announced_stays_said_after_the_discharge(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, GENERAL, "A16", 30);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 50);
    expect(f, 51, "home>inpatient@0 inpatient>inpatient@30 (announced) inpatient>home@50");
}

static void a_discharge_announced_after_it_happened_is_none(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, GENERAL, "A16", 60);
    leave(f->history, GENERAL, HO_DESTINATION_HOME, 50);
    expect(f, 61, "home>inpatient@0 inpatient>home@50");
}

static void an_announcement_before_the_arrival_is_told_with_it(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 10);
    tell(f->history, GENERAL, "A16", 9);
    expect(f, 11, "home>inpatient@10 inpatient>inpatient@10 (announced)");
}

static void an_announcement_that_tells_of_the_death_names_the_death_alone(void **state)
{
    struct fixture *f = *state;
    tell(f->history, GENERAL, "A01", 0);
    tell(f->history, GENERAL, "A16", 30)->died = true;
    expect(f, 61, "home>inpatient@0 inpatient>died@30");
}

// ---- Any order, any moment ------------------------------------------------------------------------------

enum { HISTORIES = 2000, EVENTS = 24, MOMENTS = 6 };

struct line_of {
    struct ho_encounters encounters;
    struct ho_line line;
};

static struct line_of draw_events(struct fixture *f, const ho_adt_event *const *events, size_t n, int64_t now)
{
    struct line_of drawn;
    ho_encounters_fold(f->history->arena, events, n, &drawn.encounters);
    ho_line_draw(f->history->arena, &drawn.encounters, NULL, &f->rules, now, &drawn.line);
    return drawn;
}

// The caller frees.
static char *text_of(const struct ho_line *line)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    describe_line(out, line);
    fclose(out);
    return text;
}

typedef void property(struct fixture *f, struct random *r, const ho_adt_event **events, size_t n);

static void for_random_histories(struct fixture *f, property *check)
{
    const uint64_t seed = random_run_seed();
    for (unsigned i = 0; i < HISTORIES; i++) {
        struct random r = {seed * 1000003 + i};
        ho_arena_reset(f->history->arena);
        size_t n = 1 + random_below(&r, EVENTS);
        check(f, &r, (const ho_adt_event **)random_history(f->history->arena, &r, n), n);
    }
}

static int64_t moment(struct random *r)
{
    return at((int)random_below(r, random_chance(r, 80) ? 600 : 2 * NURSING_STALE));
}

static void check_orders(struct fixture *f, struct random *r, const ho_adt_event **events, size_t n)
{
    for (int i = 0; i < MOMENTS; i++) {
        const int64_t now = moment(r);
        const struct line_of one = draw_events(f, events, n, now);
        random_shuffle(r, events, n);
        const struct line_of other = draw_events(f, events, n, now);
        char *text = text_of(&one.line), *again = text_of(&other.line);
        assert_string_equal(text, again);
        free(text);
        free(again);
    }
}

static void any_order_of_the_events_gives_one_line_at_any_moment(void **state)
{
    for_random_histories(*state, check_orders);
}

static bool same_change(const struct ho_change *a, const struct ho_change *b)
{
    return a->occurred == b->occurred && a->recorded == b->recorded && a->n_aliases == b->n_aliases &&
           memcmp(a->aliases, b->aliases, a->n_aliases * HO_ID_BYTES) == 0;
}

static bool same_transition(const struct ho_transition *a, const struct ho_transition *b)
{
    return same_change(&a->change, &b->change) && a->kind == b->kind && a->flags == b->flags && a->from == b->from &&
           a->to == b->to && a->episode == b->episode && memcmp(a->encounter->id, b->encounter->id, HO_ID_BYTES) == 0;
}

// At any moment the line is the last one, less the silences that begin later.
static void check_moments(struct fixture *f, struct random *r, const ho_adt_event **events, size_t n)
{
    const struct line_of last = draw_events(f, events, n, INT64_MAX - 1);
    const struct ho_transition *end = last.line.transitions + last.line.n_transitions;
    for (int i = 0; i < MOMENTS; i++) {
        const int64_t now = i ? moment(r) : INT64_MIN + 1;
        const struct line_of drawn = draw_events(f, events, n, now);
        size_t k = 0;
        int64_t wake_at = INT64_MAX;
        for (const struct ho_transition *t = last.line.transitions; t < end; t++) {
            if (t->kind == HO_SILENCE && t->change.occurred > now)
                wake_at = t->change.occurred < wake_at ? t->change.occurred : wake_at;
            else
                assert_true(k < drawn.line.n_transitions && same_transition(&drawn.line.transitions[k++], t));
        }
        assert_int_equal(k, drawn.line.n_transitions);
        assert_true(drawn.line.wake_at <= wake_at); // a stay may fall silent without a transition
        assert_int_equal(drawn.line.n_episodes, last.line.n_episodes);
    }
}

static void a_later_moment_adds_silences_and_changes_nothing_else(void **state)
{
    for_random_histories(*state, check_moments);
}

static void check_word(struct fixture *f, struct random *r, const ho_adt_event **events, size_t n)
{
    const int64_t now = moment(r) + 400 * HO_US_PER_HOUR;
    const struct line_of before = draw_events(f, events, n, now);
    for (size_t i = 0; i < before.line.n_transitions; i++) {
        const struct ho_transition *t = &before.line.transitions[i];
        if (t->kind != HO_SILENCE)
            continue;
        struct ho_encounter *stays = ho_arena_array(f->history->arena, before.encounters.n, sizeof *stays);
        const struct ho_encounters heard = {stays, before.encounters.n};
        struct ho_line after;
        memcpy(stays, before.encounters.items, heard.n * sizeof *stays);
        stays[t->encounter - before.encounters.items].last_heard = t->change.occurred;
        ho_line_draw(f->history->arena, &heard, NULL, &f->rules, now, &after);
        for (size_t k = 0; k < after.n_transitions; k++)
            assert_false(after.transitions[k].kind == HO_SILENCE &&
                         after.transitions[k].change.occurred == t->change.occurred &&
                         memcmp(after.transitions[k].encounter->id, t->encounter->id, HO_ID_BYTES) == 0);
        f->silences++;
    }
}

static void a_word_of_the_stay_takes_its_silence_back(void **state)
{
    struct fixture *f = *state;
    for_random_histories(f, check_word);
    // Or these properties would say nothing.
    assert_true(f->silences > HISTORIES / 10);
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(an_ed_visit_without_a_word_for_three_days_is_over),
        PROPERTY(each_setting_has_its_own_patience),
        PROPERTY(without_a_clock_nothing_is_silent),
        PROPERTY(the_line_says_when_the_next_silence_begins),
        PROPERTY(any_word_of_the_stay_begins_the_silence_anew),
        PROPERTY(a_later_word_takes_the_silence_back),
        PROPERTY(a_word_that_was_recorded_late_counts_from_then),
        PROPERTY(a_word_of_a_later_time_counts_from_that),
        PROPERTY(a_silence_is_named_after_the_last_phase_and_like_no_other),
        PROPERTY(a_repeat_of_the_arrival_leaves_the_silence_one_of_its_names),
        PROPERTY(a_leave_without_a_return_falls_silent_too),
        PROPERTY(a_destination_without_a_feed_is_not_expected_to_be_heard_of),
        PROPERTY(nobody_who_has_died_falls_silent),
        PROPERTY(a_bed_that_is_held_does_not_fall_silent_meanwhile),
        PROPERTY(coming_back_to_a_bed_is_a_sign_of_it),
        PROPERTY(a_silent_ed_visit_leads_back_to_the_bed_that_is_held),
        PROPERTY(one_silence_may_follow_another),
        PROPERTY(after_an_assumed_stay_elsewhere_the_silence_begins_anew),
        PROPERTY(whoever_comes_after_a_silence_comes_from_home),
        PROPERTY(whoever_comes_before_the_silence_comes_from_the_stay),
        PROPERTY(the_end_of_a_silence_is_no_beginning_of_thirty_days),
        PROPERTY(an_announced_discharge_is_told_where_the_person_stays),
        PROPERTY(an_announcement_of_a_later_time_was_made_when_it_was_told),
        PROPERTY(an_announcement_that_is_taken_back_is_none),
        PROPERTY(what_was_announced_stays_said_after_the_discharge),
        PROPERTY(a_discharge_announced_after_it_happened_is_none),
        PROPERTY(an_announcement_before_the_arrival_is_told_with_it),
        PROPERTY(an_announcement_that_tells_of_the_death_names_the_death_alone),
        PROPERTY(any_order_of_the_events_gives_one_line_at_any_moment),
        PROPERTY(a_later_moment_adds_silences_and_changes_nothing_else),
        PROPERTY(a_word_of_the_stay_takes_its_silence_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
