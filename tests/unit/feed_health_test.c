// The rhythm of a feed, and what is said when it is lost.
#include "../support/unit.h"
#include "handoff/feed_health.h"

enum { HOURS_MAX = 12 * HO_FEED_WEEK_HOURS };

static struct ho_arena *arena;
static struct ho_zone *zone;
static struct ho_feed_hour hours[HOURS_MAX];
static size_t n_hours;

static int open(void **state)
{
    struct ho_error error = {0};
    (void)state;
    arena = ho_arena_new(0);
    return ho_zone_new("America/Los_Angeles", &zone, &error) != HO_OK;
}

static int close(void **state)
{
    (void)state;
    ho_zone_free(zone);
    ho_arena_free(arena);
    return 0;
}

static int64_t at(const char *rfc)
{
    int64_t instant = 0;
    assert_true(ho_time_parse(ho_bytes_of(rfc), &instant));
    return instant;
}

// By day 40 an hour, by night 4, on Sundays half as many.
static int64_t hospital(int weekday, int hour)
{
    int64_t n = hour >= 7 && hour < 19 ? 40 : 4;
    return weekday == 6 ? n / 2 : n;
}

// A clinic that sends at 9, 13 and 16.
static int64_t clinic(int weekday, int hour)
{
    (void)weekday;
    return hour == 9 || hour == 13 || hour == 16;
}

// The feed's hours from `first` to before `end`.
static void send(int64_t first, int64_t end, int64_t (*rhythm)(int weekday, int hour))
{
    for (int64_t hour = first; hour < end; hour += HO_US_PER_HOUR) {
        struct ho_civil c = ho_zone_civil(zone, hour);
        int64_t n = rhythm(ho_date_weekday(ho_zone_date(zone, hour)), c.hour);
        assert_true(n_hours < HOURS_MAX);
        if (n)
            hours[n_hours++] = (struct ho_feed_hour){hour, n};
    }
}

static struct ho_feed_health health_of(int64_t last, int64_t now)
{
    struct ho_feed_health health;
    const struct ho_feed_history history = {.zone = zone, .hours = hours, .n_hours = n_hours, .last = last};
    ho_feed_health(arena, &history, now, &health);
    return health;
}

static void begin(void)
{
    n_hours = 0;
}

static void expect_note(const struct ho_feed_health *health, const char *words)
{
    for (size_t i = 0; i < health->n_notes; i++)
        if (strstr(health->notes[i], words))
            return;
    fail_msg("nothing says \"%s\"; the first of %zu is \"%s\"", words, health->n_notes,
             health->n_notes ? health->notes[0] : "");
}

// ---- Silence

static void a_feed_that_keeps_its_rhythm_is_steady(void **state)
{
    (void)state;
    begin();
    send(at("2026-09-27T08:00:00Z"), at("2026-11-20T20:00:00Z"), hospital);
    struct ho_feed_health health = health_of(at("2026-11-20T19:59:00Z"), at("2026-11-20T20:00:30Z"));
    assert_int_equal(HO_FEED_STEADY, health.state);
    assert_int_equal(0, health.n_notes);
    assert_true(health.has_rhythm);
    assert_float_equal(40, health.expected[4 * 24 + 12], 0); // Friday noon
    assert_float_equal(20, health.expected[6 * 24 + 12], 0);
    assert_int_equal(40 * 5 + 4, health.rates[1].messages); // from 6:00; the running hour has none yet
    assert_float_equal(40 * 5 + 4, health.rates[1].expected, 1);
}

static void silence_is_told_with_its_beginning_and_what_was_to_be_expected(void **state)
{
    (void)state;
    begin();
    send(at("2026-09-27T08:00:00Z"), at("2026-11-20T20:00:00Z"), hospital); // 12:00 in Los Angeles
    hours[n_hours++] = (struct ho_feed_hour){at("2026-11-20T20:00:00Z"), 8};
    const int64_t last = at("2026-11-20T20:12:00Z");
    assert_int_equal(HO_FEED_STEADY, health_of(last, at("2026-11-20T20:25:00Z")).state); // 8.7 missed
    struct ho_feed_health health = health_of(last, at("2026-11-20T21:12:00Z"));
    assert_int_equal(HO_FEED_SILENT, health.state);
    assert_float_equal(40, health.missed, 0.001);
    expect_note(&health, "silent since 12:12: 40 messages were to be expected");
    health = health_of(last, at("2026-11-21T20:12:00Z"));
    expect_note(&health, "silent since 2026-11-20 12:12: ");
}

static void a_small_feed_is_not_silent_at_night_and_is_after_days(void **state)
{
    (void)state;
    begin();
    send(at("2026-09-27T08:00:00Z"), at("2026-11-21T00:30:00Z"), clinic);
    const int64_t last = at("2026-11-21T00:20:00Z"); // 16:20
    assert_int_equal(HO_FEED_STEADY, health_of(last, at("2026-11-21T16:30:00Z")).state);
    assert_int_equal(HO_FEED_STEADY, health_of(last, at("2026-11-23T16:30:00Z")).state);
    assert_int_equal(HO_FEED_SILENT, health_of(last, at("2026-11-24T16:30:00Z")).state);
}

static void a_feed_is_not_silent_at_night_where_its_nights_are(void **state)
{
    (void)state;
    begin();
    send(at("2026-09-27T08:00:00Z"), at("2026-11-21T03:00:00Z"), hospital);
    const int64_t last = at("2026-11-21T02:58:00Z");                                     // 18:58
    assert_int_equal(HO_FEED_STEADY, health_of(last, at("2026-11-21T04:40:00Z")).state); // 6.7 + 1.3
    assert_int_equal(HO_FEED_SILENT, health_of(last, at("2026-11-21T05:40:00Z")).state); // 12
}

static void an_outage_of_weeks_does_not_become_the_rhythm(void **state)
{
    (void)state;
    begin();
    send(at("2026-09-27T08:00:00Z"), at("2026-10-25T08:00:00Z"), hospital);
    assert_int_equal(HO_FEED_SILENT, health_of(at("2026-10-25T07:59:00Z"), at("2026-11-22T08:00:00Z")).state);
}

static void a_storm_once_is_not_expected_again(void **state)
{
    (void)state;
    begin();
    send(at("2026-09-27T08:00:00Z"), at("2026-11-20T20:00:00Z"), hospital);
    hours[n_hours++] = (struct ho_feed_hour){at("2026-11-11T11:00:00Z"), 100000}; // Wednesday, 3:00
    assert_float_equal(4, health_of(at("2026-11-20T19:59:00Z"), at("2026-11-20T20:00:00Z")).expected[2 * 24 + 3], 0);
}

// ---- What is not known

static void a_feed_of_less_than_two_weeks_is_being_learnt(void **state)
{
    (void)state;
    begin();
    send(at("2026-11-10T08:00:00Z"), at("2026-11-20T20:00:00Z"), hospital);
    struct ho_feed_health health = health_of(at("2026-11-20T19:59:00Z"), at("2026-11-21T20:00:00Z"));
    assert_int_equal(HO_FEED_LEARNING, health.state);
    assert_false(health.has_rhythm);
    assert_float_equal(0, health.rates[0].expected, 0);
}

static void who_went_away_while_being_learnt_is_silent_after_a_week(void **state)
{
    (void)state;
    begin();
    send(at("2026-11-01T08:00:00Z"), at("2026-11-05T20:00:00Z"), hospital);
    assert_int_equal(HO_FEED_LEARNING, health_of(at("2026-11-05T19:59:00Z"), at("2026-11-12T19:00:00Z")).state);
    struct ho_feed_health health = health_of(at("2026-11-05T19:59:00Z"), at("2026-11-13T19:00:00Z"));
    assert_int_equal(HO_FEED_SILENT, health.state);
    expect_note(&health, "silent since 2026-11-05 11:59");
}

static void a_feed_that_never_sent_is_told_as_such(void **state)
{
    (void)state;
    begin();
    assert_int_equal(HO_FEED_NEVER, health_of(0, at("2026-11-20T20:00:00Z")).state);
}

static void of_whoever_has_no_feed_nothing_is_expected(void **state)
{
    (void)state;
    begin();
    send(at("2026-09-27T08:00:00Z"), at("2026-11-10T20:00:00Z"), hospital);
    struct ho_feed_health health;
    const struct ho_feed_history history = {
        .zone = zone, .hours = hours, .n_hours = n_hours, .last = at("2026-11-10T19:59:00Z"), .irregular = true};
    ho_feed_health(arena, &history, at("2026-11-20T20:00:00Z"), &health);
    assert_int_equal(HO_FEED_STEADY, health.state);
    assert_int_equal(0, health.n_notes);
}

// ---- More and less

static void half_of_what_is_expected_is_low_and_twice_is_high(void **state)
{
    (void)state;
    const int64_t first = at("2026-09-27T08:00:00Z"), turn = at("2026-11-20T17:00:00Z"),
                  now = at("2026-11-20T20:00:00Z");
    const struct {
        int64_t an_hour;
        enum ho_feed_state state;
        const char *words;
    } cases[] = {{10, HO_FEED_LOW, "low: "},
                 {25, HO_FEED_STEADY, NULL},
                 {60, HO_FEED_STEADY, NULL},
                 {200, HO_FEED_HIGH, "high: "}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin();
        send(first, turn, hospital);
        for (int64_t hour = turn; hour < now; hour += HO_US_PER_HOUR)
            hours[n_hours++] = (struct ho_feed_hour){hour, cases[i].an_hour};
        struct ho_feed_health health = health_of(now - HO_US_PER_SECOND, now);
        assert_int_equal(cases[i].state, health.state);
        if (cases[i].words)
            expect_note(&health, cases[i].words);
    }
}

// ---- The clock of the feed

static void the_rhythm_is_by_the_feeds_own_clock_when_it_changes(void **state)
{
    (void)state;
    begin();
    send(at("2026-09-27T08:00:00Z"), at("2026-11-06T20:00:00Z"), hospital); // back from summer time on November 1
    struct ho_feed_health health = health_of(at("2026-11-06T19:59:00Z"), at("2026-11-06T20:00:00Z"));
    for (int day = 0; day < 7; day++)
        for (int hour = 0; hour < 24; hour++)
            assert_float_equal((double)hospital(day, hour), health.expected[day * 24 + hour], 0);
    begin();
    send(at("2026-01-15T08:00:00Z"), at("2026-03-12T20:00:00Z"), hospital); // an hour less on March 8
    health = health_of(at("2026-03-12T19:59:00Z"), at("2026-03-12T20:00:00Z"));
    for (int hour = 0; hour < 24; hour++)
        assert_float_equal((double)hospital(6, hour), health.expected[6 * 24 + hour], 0);
}

// ---- Order

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 1664525U + 1013904223U;
    return (random_state >> 8) % n;
}

static void the_order_of_rows_does_not_matter_nor_how_an_hour_is_split(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 50; seed++) {
        begin();
        random_state = seed;
        send(at("2026-09-27T08:00:00Z") + random_below(900) * HO_US_PER_HOUR, at("2026-11-20T20:00:00Z"), hospital);
        for (size_t i = 0; i < n_hours; i++)
            hours[i].messages = random_below(60);
        const int64_t last = at("2026-11-20T19:30:00Z") - random_below(50) * HO_US_PER_HOUR,
                      now = at("2026-11-20T20:10:00Z");
        const struct ho_feed_health one = health_of(last, now);
        for (size_t i = n_hours; i-- > 0 && n_hours < HOURS_MAX;) {
            const int64_t part = hours[i].messages / 3;
            hours[n_hours++] = (struct ho_feed_hour){hours[i].hour, part};
            hours[i].messages -= part;
        }
        for (size_t i = n_hours; i > 1; i--) {
            const size_t k = random_below((uint32_t)i);
            const struct ho_feed_hour swapped = hours[k];
            hours[k] = hours[i - 1];
            hours[i - 1] = swapped;
        }
        const struct ho_feed_health other = health_of(last, now);
        assert_int_equal(one.state, other.state);
        assert_memory_equal(one.expected, other.expected, sizeof one.expected);
        assert_memory_equal(one.got, other.got, sizeof one.got);
        assert_memory_equal(one.rates, other.rates, sizeof one.rates);
        assert_int_equal(one.n_notes, other.n_notes);
        for (size_t i = 0; i < one.n_notes; i++)
            assert_string_equal(one.notes[i], other.notes[i]);
    }
}

// ---- Shares and clocks

static struct ho_feed_health counted(const struct ho_feed_counts *day, const struct ho_feed_counts *before)
{
    struct ho_feed_health health;
    begin();
    send(at("2026-09-27T08:00:00Z"), at("2026-11-20T20:00:00Z"), hospital);
    const struct ho_feed_history history = {zone, hours, n_hours, at("2026-11-20T19:59:00Z"), *day, *before, false};
    ho_feed_health(arena, &history, at("2026-11-20T20:00:00Z"), &health);
    return health;
}

static void a_share_that_moved_is_told_and_one_of_few_messages_is_not(void **state)
{
    (void)state;
    const struct ho_feed_counts before = {.verdicts = {9000, 900, 0, 0, 100, 0}, .lacks[HO_LACK_VISIT] = 99};
    const struct ho_feed_counts day = {.verdicts = {300, 60, 0, 0, 40, 0}, .lacks[HO_LACK_VISIT] = 90};
    struct ho_feed_health health = counted(&day, &before);
    expect_note(&health, "rejected: 10 % of the last day's messages, 1.0 % of those before");
    expect_note(&health, "no visit number: 25 % of the last day's messages, 1.0 % of those before");
    assert_true(health.verdicts[4].moved && health.lacks[HO_LACK_VISIT].moved);
    assert_false(health.lacks[HO_LACK_SEX].moved);
    const struct ho_feed_counts few = {.verdicts = {20, 0, 0, 0, 9, 0}, .lacks[HO_LACK_VISIT] = 20};
    health = counted(&few, &before);
    assert_int_equal(0, health.n_notes);
    assert_float_equal(1, health.lacks[HO_LACK_VISIT].day, 0); // of those that were read
}

static void what_lacks_less_than_before_is_no_complaint(void **state)
{
    (void)state;
    const struct ho_feed_counts before = {.verdicts = {9000, 1000}, .lacks[HO_LACK_SEX] = 3000};
    const struct ho_feed_counts day = {.verdicts = {300, 30}};
    const struct ho_feed_health health = counted(&day, &before);
    assert_int_equal(0, health.n_notes);
    assert_true(health.lacks[HO_LACK_SEX].moved);
}

static void what_chance_may_bring_is_no_news(void **state)
{
    (void)state;
    const struct ho_feed_counts before = {.verdicts = {5000, 5000, 0, 0, 0, 0}};
    const struct ho_feed_counts day = {.verdicts = {60, 40, 0, 0, 0, 0}};
    assert_int_equal(0, counted(&day, &before).n_notes);
    const struct ho_feed_counts nothing = {0};
    const struct ho_feed_health health = counted(&nothing, &before);
    assert_int_equal(0, health.n_notes);
    assert_float_equal(-1, health.verdicts[0].day, 0);
}

static void a_clock_that_is_ahead_or_has_moved_is_told(void **state)
{
    (void)state;
    struct ho_feed_counts before = {.verdicts = {1000}}, ahead = {.verdicts = {100}}, slow = {.verdicts = {100}};
    for (int i = 0; i < 1000; i++)
        ho_feed_add_skew(&before, i % 7);
    assert_int_equal(0, counted(&before, &before).n_notes);
    for (int i = 0; i < 100; i++)
        ho_feed_add_skew(&ahead, i < 95 ? 2 : -HO_FEED_FUTURE_SECONDS - 1);
    struct ho_feed_health health = counted(&ahead, &before);
    assert_int_equal(1, health.n_notes);
    expect_note(&health, "its clock is ahead: 5 messages of the last day were recorded more than 5 minutes after");
    for (int i = 0; i < 100; i++)
        ho_feed_add_skew(&slow, HO_FEED_LATE_SECONDS + 1);
    health = counted(&slow, &before);
    expect_note(&health, "3601 s from record to receipt in the last day, 3 s before");
    assert_int_equal(100, health.day.late);
}

static void a_record_of_years_ago_is_in_the_range_and_in_no_mean(void **state)
{
    (void)state;
    struct ho_feed_counts counts = {.verdicts = {2}};
    ho_feed_add_skew(&counts, 4);
    ho_feed_add_skew(&counts, INT64_C(31536000) * 2000);
    const struct ho_feed_health health = counted(&counts, &counts);
    assert_float_equal(4, health.skew_mean_s, 0);
    assert_int_equal(4, health.day.skew_min_s);
    assert_int_equal(INT64_C(31536000) * 2000, health.day.skew_max_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_feed_that_keeps_its_rhythm_is_steady),
        cmocka_unit_test(silence_is_told_with_its_beginning_and_what_was_to_be_expected),
        cmocka_unit_test(a_small_feed_is_not_silent_at_night_and_is_after_days),
        cmocka_unit_test(a_feed_is_not_silent_at_night_where_its_nights_are),
        cmocka_unit_test(an_outage_of_weeks_does_not_become_the_rhythm),
        cmocka_unit_test(a_storm_once_is_not_expected_again),
        cmocka_unit_test(a_feed_of_less_than_two_weeks_is_being_learnt),
        cmocka_unit_test(who_went_away_while_being_learnt_is_silent_after_a_week),
        cmocka_unit_test(a_feed_that_never_sent_is_told_as_such),
        cmocka_unit_test(of_whoever_has_no_feed_nothing_is_expected),
        cmocka_unit_test(half_of_what_is_expected_is_low_and_twice_is_high),
        cmocka_unit_test(the_rhythm_is_by_the_feeds_own_clock_when_it_changes),
        cmocka_unit_test(the_order_of_rows_does_not_matter_nor_how_an_hour_is_split),
        cmocka_unit_test(a_share_that_moved_is_told_and_one_of_few_messages_is_not),
        cmocka_unit_test(what_lacks_less_than_before_is_no_complaint),
        cmocka_unit_test(what_chance_may_bring_is_no_news),
        cmocka_unit_test(a_clock_that_is_ahead_or_has_moved_is_told),
        cmocka_unit_test(a_record_of_years_ago_is_in_the_range_and_in_no_mean),
    };
    return cmocka_run_group_tests(tests, open, close);
}
