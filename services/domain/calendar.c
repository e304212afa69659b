// Business days, computed from rules.
#include "handoff/calendar.h"

#include <stdlib.h>

enum { SATURDAY = 5, SUNDAY = 6, DAYS_A_WEEK = 7, SHORTEST_MONTH = 28, MONTHS_A_YEAR = 12 };

static uint32_t first_of(int year, int month)
{
    return (uint32_t)(year * 10000 + month * 100 + 1);
}

// The nth weekday of a month; counted from its end where n is negative.
static uint32_t nth_weekday(int year, int month, int nth, int weekday)
{
    uint32_t first = first_of(year, month);
    if (nth > 0)
        return ho_date_add(first,
                           (weekday - ho_date_weekday(first) + DAYS_A_WEEK) % DAYS_A_WEEK + (nth - 1) * DAYS_A_WEEK);
    uint32_t next = month == 12 ? first_of(year + 1, 1) : first_of(year, month + 1);
    uint32_t last = ho_date_add(next, -1);
    return ho_date_add(last,
                       -((ho_date_weekday(last) - weekday + DAYS_A_WEEK) % DAYS_A_WEEK) + (nth + 1) * DAYS_A_WEEK);
}

uint32_t ho_holiday_date(const struct ho_holiday *h, int year)
{
    if ((h->first_year && year < h->first_year) || (h->last_year && year > h->last_year))
        return 0;
    if (h->kind == HO_HOLIDAY_FIXED) {
        uint32_t date = first_of(year, h->month) + (uint32_t)(h->day - 1);
        return ho_date_valid(date) ? date : 0;
    }
    uint32_t date = nth_weekday(year, h->month, h->nth, h->weekday);
    if ((int)(date / 100 % 100) != h->month)
        return 0; // there is no fifth one
    return h->kind == HO_HOLIDAY_RELATIVE ? ho_date_add(date, h->offset) : date;
}

static uint32_t observed_on(const struct ho_holiday *h, uint32_t date)
{
    if (!date || h->observed == HO_OBSERVED_ON_DAY)
        return date;
    int weekday = ho_date_weekday(date);
    return ho_date_add(date, weekday == SATURDAY ? -1 : weekday == SUNDAY ? 1 : 0);
}

// Whether the holiday can be kept in the month at all: most need not be computed.
static bool is_near(const struct ho_holiday *h, int month)
{
    int apart = abs(h->month - month);
    if (apart > MONTHS_A_YEAR / 2)
        apart = MONTHS_A_YEAR - apart; // New Year's Day may be kept in December
    return apart <= 1 + abs(h->kind == HO_HOLIDAY_RELATIVE ? h->offset : 0) / SHORTEST_MONTH;
}

bool ho_calendar_is_holiday(const struct ho_calendar *calendar, uint32_t date)
{
    int year = (int)(date / 10000), month = (int)(date / 100 % 100);
    for (size_t i = 0; i < calendar->n_holidays; i++) {
        const struct ho_holiday *h = &calendar->holidays[i];
        if (!is_near(h, month))
            continue;
        for (int y = year - 1; y <= year + 1; y++) {
            uint32_t on = y >= 1 ? ho_holiday_date(h, y) : 0;
            if (on && (on == date || observed_on(h, on) == date))
                return true;
        }
    }
    return false;
}

bool ho_calendar_is_business_day(const struct ho_calendar *calendar, uint32_t date)
{
    return ho_date_weekday(date) < SATURDAY && !ho_calendar_is_holiday(calendar, date);
}

static int64_t minute_of(const struct ho_calendar *calendar, uint32_t date, int minute)
{
    struct ho_civil civil = {
        .year = (int)(date / 10000),
        .month = (int)(date / 100 % 100),
        .day = (int)(date % 100),
        .hour = minute / 60,
        .minute = minute % 60,
    };
    return ho_zone_instant(calendar->zone, &civil);
}

// What lies beyond the years that dates have is due at once.
static int64_t close_or(const struct ho_calendar *calendar, uint32_t date, int64_t from)
{
    return date ? minute_of(calendar, date, calendar->closes_minute) : from;
}

static int64_t business_days(const struct ho_calendar *calendar, int64_t from, int n, int step)
{
    uint32_t date = ho_zone_date(calendar->zone, from);
    while (n > 0 && date) {
        date = ho_date_add(date, step);
        if (date && ho_calendar_is_business_day(calendar, date))
            n--;
    }
    return close_or(calendar, date, from);
}

int64_t ho_calendar_business_days_after(const struct ho_calendar *calendar, int64_t from, int n)
{
    return business_days(calendar, from, n, 1);
}

int64_t ho_calendar_business_days_before(const struct ho_calendar *calendar, int64_t from, int n)
{
    return business_days(calendar, from, n, -1);
}

int64_t ho_calendar_opening(const struct ho_calendar *calendar, int64_t instant)
{
    return minute_of(calendar, ho_zone_date(calendar->zone, instant), calendar->opens_minute);
}

int64_t ho_calendar_days_after(const struct ho_calendar *calendar, int64_t from, int n)
{
    return close_or(calendar, ho_date_add(ho_zone_date(calendar->zone, from), n), from);
}
