// Business days: weekends, holidays as rules, and hours, in a zone.
//
// A calendar is data (deploy/calendars/*.yaml). Holidays are computed from rules for any year, never
// listed by date.
#pragma once

#include "handoff/time.h"

enum ho_holiday_kind {
    HO_HOLIDAY_FIXED,   // month, day
    HO_HOLIDAY_NTH,     // nth weekday of month; n = -1 the last
    HO_HOLIDAY_RELATIVE // `offset` days after the nth weekday of month (day after Thanksgiving)
};

enum ho_holiday_observed { HO_OBSERVED_ON_DAY, HO_OBSERVED_NEAREST_WEEKDAY }; // Saturday on Friday, Sunday on Monday

struct ho_holiday {
    const char *name;
    enum ho_holiday_kind kind;
    enum ho_holiday_observed observed;
    int month, day;            // fixed
    int nth, weekday;          // weekday 0 Monday
    int offset;                // days
    int first_year, last_year; // 0: no bound
};

struct ho_calendar {
    const char *name;
    const struct ho_zone *zone;
    int opens_minute, closes_minute; // of the local day
    const struct ho_holiday *holidays;
    size_t n_holidays;
    uint8_t hash[32]; // SHA-256 of the file
};

// The date of a holiday in a year; 0 where it is not kept then, or where the year has no such day.
uint32_t ho_holiday_date(const struct ho_holiday *holiday, int year);
// The day itself, and the day on which it is kept.
bool ho_calendar_is_holiday(const struct ho_calendar *calendar, uint32_t date);
bool ho_calendar_is_business_day(const struct ho_calendar *calendar, uint32_t date);
// The close of business on the n-th business day after the local date of `from` (day 0).
int64_t ho_calendar_business_days_after(const struct ho_calendar *calendar, int64_t from, int n);
// The close of business on the n-th business day before it.
int64_t ho_calendar_business_days_before(const struct ho_calendar *calendar, int64_t from, int n);
// When business opens on the local date of the instant.
int64_t ho_calendar_opening(const struct ho_calendar *calendar, int64_t instant);
// The close of business on the n-th calendar day after the local date of `from`; before it where n is negative.
int64_t ho_calendar_days_after(const struct ho_calendar *calendar, int64_t from, int n);
