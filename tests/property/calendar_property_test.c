// Calendars, over every day of many years and over random rules.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "handoff/calendar.h"
#include "random_history.h"

enum { RULES = 300, MOST_HOLIDAYS = 12, DAYS = 400 };

struct fixture {
    struct ho_zone *zone;
    uint64_t seed;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(ho_zone_new("America/Los_Angeles", &f->zone, NULL), HO_OK);
    f->seed = random_run_seed();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ho_zone_free(f->zone);
    free(f);
    return 0;
}

static struct ho_holiday random_holiday(struct random *r)
{
    struct ho_holiday h = {
        .kind = (enum ho_holiday_kind)random_below(r, 3),
        .observed = (enum ho_holiday_observed)random_below(r, 2),
        .month = 1 + (int)random_below(r, 12),
        .day = 1 + (int)random_below(r, 31),
        .nth = random_chance(r, 20) ? -1 : 1 + (int)random_below(r, 5),
        .weekday = (int)random_below(r, 7),
        .offset = (int)random_below(r, 63) - 31,
    };
    if (random_chance(r, 20))
        h.first_year = 2020 + (int)random_below(r, 10);
    return h;
}

static struct ho_calendar random_calendar(const struct fixture *f, struct random *r, struct ho_holiday *holidays)
{
    size_t n = random_below(r, MOST_HOLIDAYS + 1);
    for (size_t i = 0; i < n; i++)
        holidays[i] = random_holiday(r);
    return (struct ho_calendar){"random", f->zone, 8 * 60, (int)(9 * 60 + random_below(r, 14 * 60)), holidays, n, {0}};
}

// The day counted by hand, one after the other.
static uint32_t by_hand(const struct ho_calendar *calendar, uint32_t date, int n)
{
    while (n > 0) {
        date = ho_date_add(date, 1);
        n -= ho_date_weekday(date) < 5 && !ho_calendar_is_holiday(calendar, date);
    }
    return date;
}

static void business_days_end_on_business_days_at_the_close_of_business(void **state)
{
    const struct fixture *f = *state;
    struct ho_holiday holidays[MOST_HOLIDAYS];
    for (unsigned i = 0; i < RULES; i++) {
        struct random r = {f->seed * 1000003 + i};
        struct ho_calendar calendar = random_calendar(f, &r, holidays);
        for (int k = 0; k < 100; k++) {
            int64_t from = HISTORY_START + (int64_t)random_below(&r, 24 * 3650) * HO_US_PER_HOUR;
            int n = 1 + (int)random_below(&r, 20);
            int64_t due = ho_calendar_business_days_after(&calendar, from, n);
            struct ho_civil civil = ho_zone_civil(f->zone, due);
            uint32_t date = ho_zone_date(f->zone, due);
            assert_true(ho_calendar_is_business_day(&calendar, date));
            assert_int_equal(civil.hour * 60 + civil.minute, calendar.closes_minute);
            assert_int_equal(date, by_hand(&calendar, ho_zone_date(f->zone, from), n));
        }
    }
}

static void more_days_are_never_due_earlier(void **state)
{
    const struct fixture *f = *state;
    struct ho_holiday holidays[MOST_HOLIDAYS];
    for (unsigned i = 0; i < RULES; i++) {
        struct random r = {f->seed * 2000003 + i};
        struct ho_calendar calendar = random_calendar(f, &r, holidays);
        int64_t from = HISTORY_START + (int64_t)random_below(&r, 24 * 3650) * HO_US_PER_HOUR;
        for (int n = 1; n < 30; n++) {
            assert_true(ho_calendar_business_days_after(&calendar, from, n) <
                        ho_calendar_business_days_after(&calendar, from, n + 1));
            assert_true(ho_calendar_days_after(&calendar, from, n) <=
                        ho_calendar_business_days_after(&calendar, from, n));
        }
    }
}

// Each rule is a holiday on at most one date of its year, besides the day on which that is kept.
static void a_rule_makes_one_holiday_a_year(void **state)
{
    const struct fixture *f = *state;
    for (unsigned i = 0; i < RULES; i++) {
        struct random r = {f->seed * 3000017 + i};
        struct ho_holiday holiday = random_holiday(&r);
        holiday.observed = HO_OBSERVED_ON_DAY;
        holiday.offset = 0;
        struct ho_calendar calendar = {"one", f->zone, 480, 1020, &holiday, 1, {0}};
        int n = 0;
        for (uint32_t date = 20270101; date <= 20271231; date = ho_date_add(date, 1))
            n += ho_calendar_is_holiday(&calendar, date);
        assert_in_range(n, 0, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(business_days_end_on_business_days_at_the_close_of_business),
        cmocka_unit_test(more_days_are_never_due_earlier),
        cmocka_unit_test(a_rule_makes_one_holiday_a_year),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
