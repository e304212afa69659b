// Zones: ICU's rules, read once into a table of offsets. Before the first and behind the last year of the
// table the nearest offset holds.
#include "civil.h"

#include <stdlib.h>

#include <unicode/ucal.h>
#include <unicode/ustring.h>

enum { FIRST_YEAR = 1900, LAST_YEAR = 2100, MAX_NAME = 64, US_PER_MS = 1000 };

struct period {
    int64_t from;       // the instant at which it begins
    int64_t local_from; // the first local time that is read with its offset
    int64_t offset_us;  // east of UTC
};

struct ho_zone {
    char name[MAX_NAME];
    size_t n, capacity;
    struct period *periods;                           // ascending; the first begins at the beginning of time
    uint16_t at_new_year[LAST_YEAR - FIRST_YEAR + 1]; // the period that a year's first local moment lies in
};

static bool add_period(struct ho_zone *zone, int64_t from, int64_t offset_us)
{
    if (zone->n && zone->periods[zone->n - 1].offset_us == offset_us)
        return true; // only the name changed
    if (zone->n == zone->capacity) {
        size_t capacity = zone->capacity ? zone->capacity * 2 : 64;
        struct period *more = reallocarray(zone->periods, capacity, sizeof *more);
        if (!more)
            return false;
        zone->periods = more;
        zone->capacity = capacity;
    }
    struct period *p = &zone->periods[zone->n];
    *p = (struct period){.from = from, .local_from = from, .offset_us = offset_us};
    if (zone->n) {
        // A skipped hour and the first pass of a doubled one belong to the offset before.
        int64_t before = zone->periods[zone->n - 1].offset_us;
        p->local_from = from + (before > offset_us ? before : offset_us);
    }
    zone->n++;
    return true;
}

static int64_t offset_at(UCalendar *calendar, UDate at_ms, UErrorCode *status)
{
    ucal_setMillis(calendar, at_ms, status);
    int64_t ms = ucal_get(calendar, UCAL_ZONE_OFFSET, status);
    return (ms + ucal_get(calendar, UCAL_DST_OFFSET, status)) * US_PER_MS;
}

static UDate new_year_ms(int year)
{
    struct ho_civil c = {.year = year, .month = 1, .day = 1};
    int64_t ms = ho_civil_micros(&c) / US_PER_MS;
    return (UDate)ms;
}

static bool read_periods(struct ho_zone *zone, UCalendar *calendar)
{
    UErrorCode status = U_ZERO_ERROR;
    UDate at = new_year_ms(FIRST_YEAR), end = new_year_ms(LAST_YEAR + 1);
    bool ok = add_period(zone, INT64_MIN, offset_at(calendar, at, &status));
    while (ok && ucal_getTimeZoneTransitionDate(calendar, UCAL_TZ_TRANSITION_NEXT, &at, &status) && at < end) {
        ok = add_period(zone, (int64_t)at * US_PER_MS, offset_at(calendar, at, &status));
        if (U_FAILURE(status))
            break;
    }
    return ok && U_SUCCESS(status);
}

static void index_years(struct ho_zone *zone)
{
    size_t i = 0;
    for (int year = FIRST_YEAR; year <= LAST_YEAR; year++) {
        struct ho_civil begin = {.year = year, .month = 1, .day = 1};
        while (i + 1 < zone->n && zone->periods[i + 1].local_from <= ho_civil_micros(&begin))
            i++;
        zone->at_new_year[year - FIRST_YEAR] = (uint16_t)i;
    }
}

// The name as ICU wants it; false where the tz database does not list it (ICU itself would read any text
// as some zone).
static bool known_name(const char *name, UChar out[MAX_NAME])
{
    UErrorCode status = U_ZERO_ERROR;
    u_strFromUTF8(out, MAX_NAME, NULL, name, -1, &status);
    UChar canonical[MAX_NAME];
    UBool listed = 0;
    ucal_getCanonicalTimeZoneID(out, -1, canonical, MAX_NAME, &listed, &status);
    return U_SUCCESS(status) && listed && strcmp(name, "Etc/Unknown") != 0;
}

enum ho_status ho_zone_new(const char *name, struct ho_zone **out, struct ho_error *error)
{
    UChar id[MAX_NAME];
    if (strlen(name) >= MAX_NAME || !known_name(name, id))
        return ho_fail(error, HO_REJECT,
                       "time zone \"%.*s\" is not in the tz database; write it as America/Los_Angeles", MAX_NAME, name);
    UErrorCode status = U_ZERO_ERROR;
    UCalendar *calendar = ucal_open(id, -1, "en_US_POSIX", UCAL_GREGORIAN, &status);
    struct ho_zone *zone = calloc(1, sizeof *zone);
    bool ok = zone && U_SUCCESS(status) && read_periods(zone, calendar);
    if (calendar)
        ucal_close(calendar);
    if (!ok) {
        ho_zone_free(zone);
        return ho_fail(error, HO_FATAL, "time zone \"%s\" could not be read from ICU's data (%s)", name,
                       u_errorName(status));
    }
    index_years(zone);
    memcpy(zone->name, name, strlen(name) + 1);
    *out = zone;
    return HO_OK;
}

void ho_zone_free(struct ho_zone *zone)
{
    if (zone)
        free(zone->periods);
    free(zone);
}

const char *ho_zone_name(const struct ho_zone *zone)
{
    return zone->name;
}

struct ho_civil ho_zone_civil(const struct ho_zone *zone, int64_t instant)
{
    size_t low = 0, high = zone->n; // periods[low] begins at or before the instant
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (zone->periods[middle].from <= instant)
            low = middle;
        else
            high = middle;
    }
    int64_t local;
    if (__builtin_add_overflow(instant, zone->periods[low].offset_us, &local))
        local = instant;
    return ho_micros_civil(local);
}

// From the period of the year's beginning it is a step or two; messages ask this several times each.
int64_t ho_zone_instant(const struct ho_zone *zone, const struct ho_civil *civil)
{
    int64_t local = ho_civil_micros(civil);
    int year = civil->year < FIRST_YEAR ? FIRST_YEAR : civil->year > LAST_YEAR ? LAST_YEAR : civil->year;
    size_t i = civil->year < FIRST_YEAR ? 0 : zone->at_new_year[year - FIRST_YEAR];
    while (i + 1 < zone->n && zone->periods[i + 1].local_from <= local)
        i++;
    return local - zone->periods[i].offset_us;
}

uint32_t ho_zone_date(const struct ho_zone *zone, int64_t instant)
{
    struct ho_civil c = ho_zone_civil(zone, instant);
    return c.year < 1 || c.year > 9999 ? 0 : (uint32_t)(c.year * 10000 + c.month * 100 + c.day);
}

int64_t ho_zone_day_end(const struct ho_zone *zone, uint32_t date)
{
    uint32_t next = ho_date_add(date, 1);
    const struct ho_civil midnight = {
        .year = (int)(next / 10000), .month = (int)(next / 100 % 100), .day = (int)(next % 100)};
    return next ? ho_zone_instant(zone, &midnight) : INT64_MAX;
}
