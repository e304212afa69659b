// Business days: what is a holiday, and when a task that counts them is due.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "handoff/calendar.h"

// The federal rules, written here a second time: the file that a plan edits is tested by its loader.
static const struct ho_holiday FEDERAL[] = {
    {.name = "New Year", .kind = HO_HOLIDAY_FIXED, .observed = HO_OBSERVED_NEAREST_WEEKDAY, .month = 1, .day = 1},
    {.name = "King", .kind = HO_HOLIDAY_NTH, .month = 1, .nth = 3, .weekday = 0, .first_year = 1986},
    {.name = "Washington", .kind = HO_HOLIDAY_NTH, .month = 2, .nth = 3, .weekday = 0},
    {.name = "Memorial", .kind = HO_HOLIDAY_NTH, .month = 5, .nth = -1, .weekday = 0},
    {.name = "Juneteenth",
     .kind = HO_HOLIDAY_FIXED,
     .observed = HO_OBSERVED_NEAREST_WEEKDAY,
     .month = 6,
     .day = 19,
     .first_year = 2021},
    {.name = "Independence", .kind = HO_HOLIDAY_FIXED, .observed = HO_OBSERVED_NEAREST_WEEKDAY, .month = 7, .day = 4},
    {.name = "Labor", .kind = HO_HOLIDAY_NTH, .month = 9, .nth = 1, .weekday = 0},
    {.name = "Columbus", .kind = HO_HOLIDAY_NTH, .month = 10, .nth = 2, .weekday = 0},
    {.name = "Veterans", .kind = HO_HOLIDAY_FIXED, .observed = HO_OBSERVED_NEAREST_WEEKDAY, .month = 11, .day = 11},
    {.name = "Thanksgiving", .kind = HO_HOLIDAY_NTH, .month = 11, .nth = 4, .weekday = 3},
    {.name = "Christmas", .kind = HO_HOLIDAY_FIXED, .observed = HO_OBSERVED_NEAREST_WEEKDAY, .month = 12, .day = 25},
};

static struct ho_calendar calendar = {
    .name = "federal",
    .opens_minute = 8 * 60,
    .closes_minute = 17 * 60,
    .holidays = FEDERAL,
    .n_holidays = sizeof FEDERAL / sizeof FEDERAL[0],
};

static int set_up(void **state)
{
    struct ho_zone *zone = NULL;
    assert_int_equal(ho_zone_new("America/Los_Angeles", &zone, NULL), HO_OK);
    calendar.zone = zone;
    *state = zone;
    return 0;
}

static int tear_down(void **state)
{
    ho_zone_free(*state);
    return 0;
}

static int64_t at(const char *text)
{
    int64_t instant = 0;
    assert_true(ho_time_parse(ho_bytes_of(text), &instant));
    return instant;
}

static void expect_due(int64_t due, const char *text)
{
    char words[HO_TIME_TEXT_BYTES];
    assert_string_equal(ho_time_format(due, calendar.zone, words), text);
}

static struct ho_calendar with(const struct ho_holiday *holiday)
{
    struct ho_calendar one = calendar;
    one.holidays = holiday;
    one.n_holidays = 1;
    return one;
}

// As published for 2026; July 4 is a Saturday, so Friday is kept too.
static void the_federal_holidays_of_2026_are_these_and_no_others(void **state)
{
    static const uint32_t dates[] = {20260101, 20260119, 20260216, 20260525, 20260619, 20260703,
                                     20260704, 20260907, 20261012, 20261111, 20261126, 20261225};
    size_t next = 0;
    (void)state;
    for (uint32_t date = 20260101; date <= 20261231; date = ho_date_add(date, 1)) {
        bool expected = next < sizeof dates / sizeof dates[0] && dates[next] == date;
        assert_int_equal(ho_calendar_is_holiday(&calendar, date), expected);
        next += expected;
    }
    assert_int_equal(next, sizeof dates / sizeof dates[0]);
}

static void new_years_day_on_a_saturday_is_kept_in_december(void **state)
{
    (void)state;
    assert_true(ho_calendar_is_holiday(&calendar, 20271231));
    assert_false(ho_calendar_is_business_day(&calendar, 20271231));
    assert_false(ho_calendar_is_holiday(&calendar, 20261231));
}

static void a_holiday_on_a_sunday_is_kept_on_monday(void **state)
{
    (void)state;
    assert_true(ho_calendar_is_holiday(&calendar, 20270705));
    assert_true(ho_calendar_is_holiday(&calendar, 20230102));
}

static void a_holiday_begins_and_ends_with_its_years(void **state)
{
    (void)state;
    assert_false(ho_calendar_is_holiday(&calendar, 20200619));
    assert_true(ho_calendar_is_holiday(&calendar, 20210618)); // a Saturday, kept on Friday
    struct ho_holiday ended = FEDERAL[8];
    ended.last_year = 2025;
    struct ho_calendar one = with(&ended);
    assert_true(ho_calendar_is_holiday(&one, 20251111));
    assert_false(ho_calendar_is_holiday(&one, 20261111));
}

static void a_holiday_may_be_kept_on_its_day_only(void **state)
{
    static const struct ho_holiday fourth = {.kind = HO_HOLIDAY_FIXED, .month = 7, .day = 4};
    struct ho_calendar one = with(&fourth);
    (void)state;
    assert_true(ho_calendar_is_holiday(&one, 20260704));
    assert_false(ho_calendar_is_holiday(&one, 20260703));
}

static void a_holiday_may_be_some_days_from_a_weekday(void **state)
{
    static const struct ho_holiday after = {
        .kind = HO_HOLIDAY_RELATIVE, .month = 11, .nth = 4, .weekday = 3, .offset = 1};
    static const struct ho_holiday far = {
        .kind = HO_HOLIDAY_RELATIVE, .month = 12, .nth = -1, .weekday = 4, .offset = 31};
    static const struct ho_holiday farther = {
        .kind = HO_HOLIDAY_RELATIVE, .month = 1, .nth = -1, .weekday = 4, .offset = 31};
    struct ho_calendar one = with(&after);
    (void)state;
    assert_true(ho_calendar_is_holiday(&one, 20261127));
    assert_false(ho_calendar_is_holiday(&one, 20261126));
    one = with(&far);
    assert_true(ho_calendar_is_holiday(&one, 20260126)); // 31 days after Friday 2025-12-26
    one = with(&farther);
    assert_true(ho_calendar_is_holiday(&one, 20260302)); // 31 days after Friday 2026-01-30
}

static void a_fifth_weekday_is_only_in_months_that_have_it(void **state)
{
    static const struct ho_holiday fifth = {.kind = HO_HOLIDAY_NTH, .month = 11, .nth = 5, .weekday = 0};
    struct ho_calendar one = with(&fifth);
    (void)state;
    assert_true(ho_calendar_is_holiday(&one, 20261130));
    assert_false(ho_calendar_is_holiday(&one, 20251201));
}

static void a_day_after_a_fifth_weekday_is_only_in_months_that_have_it(void **state)
{
    static const struct ho_holiday after = {
        .kind = HO_HOLIDAY_RELATIVE, .month = 11, .nth = 5, .weekday = 0, .offset = 1};
    struct ho_calendar one = with(&after);
    (void)state;
    assert_true(ho_calendar_is_holiday(&one, 20261201));
    assert_false(ho_calendar_is_holiday(&one, 20251202));
}

static void a_leap_day_is_only_in_leap_years(void **state)
{
    static const struct ho_holiday leap = {.kind = HO_HOLIDAY_FIXED, .month = 2, .day = 29};
    struct ho_calendar one = with(&leap);
    (void)state;
    assert_true(ho_calendar_is_holiday(&one, 20280229));
    assert_false(ho_calendar_is_holiday(&one, 20270228));
    assert_false(ho_calendar_is_holiday(&one, 20270301));
}

static void a_weekend_is_no_business_day(void **state)
{
    (void)state;
    assert_true(ho_calendar_is_business_day(&calendar, 20261120));
    assert_false(ho_calendar_is_business_day(&calendar, 20261121));
    assert_false(ho_calendar_is_business_day(&calendar, 20261122));
    assert_true(ho_calendar_is_business_day(&calendar, 20261123));
}

static void two_business_days_after_friday_end_on_tuesday(void **state)
{
    (void)state;
    expect_due(ho_calendar_business_days_after(&calendar, at("2026-11-20T15:00:00-08:00"), 2),
               "2026-11-24T17:00:00-08:00");
}

static void two_business_days_pass_over_thanksgiving_and_the_weekend(void **state)
{
    (void)state;
    expect_due(ho_calendar_business_days_after(&calendar, at("2026-11-25T10:00:00-08:00"), 2),
               "2026-11-30T17:00:00-08:00");
}

static void day_zero_is_the_local_date(void **state)
{
    (void)state;
    // 23:30 on Thursday there is Friday in UTC.
    expect_due(ho_calendar_business_days_after(&calendar, at("2026-11-20T07:30:00Z"), 1), "2026-11-20T17:00:00-08:00");
    expect_due(ho_calendar_days_after(&calendar, at("2026-11-20T07:30:00Z"), 0), "2026-11-19T17:00:00-08:00");
}

static void business_ends_at_the_same_local_hour_on_either_side_of_a_clock_change(void **state)
{
    (void)state;
    expect_due(ho_calendar_business_days_after(&calendar, at("2026-10-30T12:00:00-07:00"), 1),
               "2026-11-02T17:00:00-08:00");
    expect_due(ho_calendar_days_after(&calendar, at("2026-03-06T12:00:00-08:00"), 3), "2026-03-09T17:00:00-07:00");
    expect_due(ho_calendar_days_after(&calendar, at("2026-03-07T12:00:00-08:00"), 1), "2026-03-08T17:00:00-07:00");
}

static void business_days_before_pass_over_holidays_and_the_weekend(void **state)
{
    (void)state;
    expect_due(ho_calendar_business_days_before(&calendar, at("2026-11-30T17:00:00-08:00"), 2),
               "2026-11-25T17:00:00-08:00");
    expect_due(ho_calendar_business_days_before(&calendar, at("2026-11-24T09:00:00-08:00"), 1),
               "2026-11-23T17:00:00-08:00");
    expect_due(ho_calendar_business_days_before(&calendar, at("2026-11-02T09:00:00-08:00"), 1),
               "2026-10-30T17:00:00-07:00");
}

static void as_many_business_days_back_as_forth_lead_to_the_same_day(void **state)
{
    (void)state;
    for (int n = 1; n <= 30; n++) {
        int64_t there = ho_calendar_business_days_after(&calendar, at("2026-11-20T17:00:00-08:00"), n);
        expect_due(ho_calendar_business_days_before(&calendar, there, n), "2026-11-20T17:00:00-08:00");
    }
}

static void business_opens_at_the_same_local_hour_on_the_day_of_a_clock_change(void **state)
{
    (void)state;
    expect_due(ho_calendar_opening(&calendar, at("2026-11-01T17:00:00-08:00")), "2026-11-01T08:00:00-08:00");
    expect_due(ho_calendar_opening(&calendar, at("2026-03-08T23:59:59-07:00")), "2026-03-08T08:00:00-07:00");
    expect_due(ho_calendar_opening(&calendar, at("2026-03-08T00:00:00-08:00")), "2026-03-08T08:00:00-07:00");
}

static void calendar_days_count_every_day(void **state)
{
    (void)state;
    expect_due(ho_calendar_days_after(&calendar, at("2026-11-20T15:00:00-08:00"), 7), "2026-11-27T17:00:00-08:00");
    expect_due(ho_calendar_days_after(&calendar, at("2026-11-20T15:00:00-08:00"), -7), "2026-11-13T17:00:00-08:00");
}

static void what_lies_beyond_the_years_is_due_at_once(void **state)
{
    int64_t late = at("9999-12-31T12:00:00Z");
    (void)state;
    assert_int_equal(ho_calendar_business_days_after(&calendar, late, 5), late);
    assert_int_equal(ho_calendar_days_after(&calendar, late, 5), late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_federal_holidays_of_2026_are_these_and_no_others),
        cmocka_unit_test(new_years_day_on_a_saturday_is_kept_in_december),
        cmocka_unit_test(a_holiday_on_a_sunday_is_kept_on_monday),
        cmocka_unit_test(a_holiday_begins_and_ends_with_its_years),
        cmocka_unit_test(a_holiday_may_be_kept_on_its_day_only),
        cmocka_unit_test(a_holiday_may_be_some_days_from_a_weekday),
        cmocka_unit_test(a_fifth_weekday_is_only_in_months_that_have_it),
        cmocka_unit_test(a_day_after_a_fifth_weekday_is_only_in_months_that_have_it),
        cmocka_unit_test(a_leap_day_is_only_in_leap_years),
        cmocka_unit_test(a_weekend_is_no_business_day),
        cmocka_unit_test(two_business_days_after_friday_end_on_tuesday),
        cmocka_unit_test(two_business_days_pass_over_thanksgiving_and_the_weekend),
        cmocka_unit_test(day_zero_is_the_local_date),
        cmocka_unit_test(business_ends_at_the_same_local_hour_on_either_side_of_a_clock_change),
        cmocka_unit_test(business_days_before_pass_over_holidays_and_the_weekend),
        cmocka_unit_test(as_many_business_days_back_as_forth_lead_to_the_same_day),
        cmocka_unit_test(business_opens_at_the_same_local_hour_on_the_day_of_a_clock_change),
        cmocka_unit_test(calendar_days_count_every_day),
        cmocka_unit_test(what_lies_beyond_the_years_is_due_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
