#include "simulate_time.h"

#include <time.h>

enum { DAYS_IN_ERA = 146097, YEARS_IN_ERA = 400, DAYS_TO_1970 = 719468 };

static bool is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool ho_sim_date_valid(struct ho_sim_date date)
{
    static const int32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (date.year < 1800 || date.year > 9999 || date.month < 1 || date.month > 12 || date.day < 1)
        return false;
    return date.day <= lengths[date.month - 1] + (date.month == 2 && is_leap(date.year) ? 1 : 0);
}

// Years begin in March here, so that the leap day is the last of its year.
int32_t ho_sim_day_of(struct ho_sim_date date)
{
    int32_t year = date.month <= 2 ? date.year - 1 : date.year;
    int32_t era = year / YEARS_IN_ERA;
    int32_t year_of_era = year - era * YEARS_IN_ERA;
    int32_t month = (date.month + 9) % 12;
    int32_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_IN_ERA + day_of_era - DAYS_TO_1970;
}

struct ho_sim_date ho_sim_date_of(int32_t day)
{
    int32_t shifted = day + DAYS_TO_1970;
    int32_t era = shifted / DAYS_IN_ERA;
    int32_t in_era = shifted - era * DAYS_IN_ERA;
    int32_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / (DAYS_IN_ERA - 1)) / 365;
    int32_t in_year = in_era - (365 * year + year / 4 - year / 100);
    int32_t month = (5 * in_year + 2) / 153;
    struct ho_sim_date date = {.day = in_year - (153 * month + 2) / 5 + 1};
    date.month = month < 10 ? month + 3 : month - 9;
    date.year = year + era * YEARS_IN_ERA + (date.month <= 2 ? 1 : 0);
    return date;
}

// The n-th Sunday of a month. 1970-01-01 was a Thursday.
static int32_t nth_sunday(int32_t year, int32_t month, int32_t n)
{
    int32_t first = ho_sim_day_of((struct ho_sim_date){year, month, 1});
    int32_t weekday = (first + 4) % 7; // 0 Sunday
    return first + (7 - weekday) % 7 + 7 * (n - 1);
}

static int64_t spring_change(int32_t year)
{
    return nth_sunday(year, 3, 2) * HO_SIM_DAY + 10 * HO_SIM_HOUR;
}

static int64_t autumn_change(int32_t year)
{
    return nth_sunday(year, 11, 1) * HO_SIM_DAY + 9 * HO_SIM_HOUR;
}

static int32_t year_of(int64_t instant)
{
    return ho_sim_date_of((int32_t)((instant - 8 * HO_SIM_HOUR) / HO_SIM_DAY)).year;
}

int32_t ho_sim_zone_offset(int64_t instant)
{
    int32_t year = year_of(instant);
    bool summer = instant >= spring_change(year) && instant < autumn_change(year);
    return (int32_t)((summer ? -7 : -8) * HO_SIM_HOUR);
}

struct ho_sim_civil ho_sim_zone_civil(int64_t instant)
{
    int64_t local = instant + ho_sim_zone_offset(instant);
    int32_t second = (int32_t)(local % HO_SIM_DAY);
    return (struct ho_sim_civil){.date = ho_sim_date_of((int32_t)(local / HO_SIM_DAY)),
                                 .hour = second / 3600,
                                 .minute = second / 60 % 60,
                                 .second = second % 60};
}

int32_t ho_sim_zone_day(int64_t instant)
{
    return (int32_t)((instant + ho_sim_zone_offset(instant)) / HO_SIM_DAY);
}

int64_t ho_sim_zone_noon(int32_t day)
{
    int64_t utc_noon = day * HO_SIM_DAY + 12 * HO_SIM_HOUR;
    return utc_noon - ho_sim_zone_offset(utc_noon + 8 * HO_SIM_HOUR);
}

int64_t ho_sim_unambiguous(int64_t instant)
{
    int64_t first = autumn_change(year_of(instant)) - HO_SIM_HOUR;
    int64_t last = first + 4 * HO_SIM_HOUR;
    if (instant < first || instant >= last)
        return instant;
    int64_t moved = last - (last - instant) / 2;
    return moved - moved % HO_SIM_MINUTE;
}

int32_t ho_sim_today(void)
{
    enum { HALF_A_DAY_S = 12 * 3600 }; // traffic ends at noon: before noon the last whole day is yesterday
    return ho_sim_zone_day((int64_t)time(NULL) - HALF_A_DAY_S);
}
