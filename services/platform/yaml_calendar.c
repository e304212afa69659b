// Calendars: deploy/calendars/*.yaml.
#include <stdlib.h>

#include "handoff/digest.h"
#include "handoff/platform/yaml.h"
#include "yaml_file.h"

enum { MAX_HOLIDAYS = 64, MAX_OFFSET_DAYS = 31, MAX_NAME = 80, LAST_YEAR = 9999, YEARS_OF_A_CYCLE = 400 };

struct ho_calendar_set {
    struct ho_arena *arena;
    struct ho_calendar *items;
    size_t n;
    struct ho_zone **zones;
    size_t n_zones;
};

struct raw_holiday {
    char *name, *weekday, *observed;
    int month, day, nth, offset_days, first_year, last_year;
};

struct raw_calendar {
    char *name, *zone, *opens, *closes;
    struct raw_holiday *holidays;
    uint64_t n_holidays;
};

// ---- Schema -------------------------------------------------------------------------------------------

static const cyaml_schema_field_t holiday_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct raw_holiday, name, 1, MAX_NAME),
    CYAML_FIELD_INT("month", CYAML_FLAG_DEFAULT, struct raw_holiday, month),
    CYAML_FIELD_INT("day", CYAML_FLAG_OPTIONAL, struct raw_holiday, day),
    CYAML_FIELD_INT("nth", CYAML_FLAG_OPTIONAL, struct raw_holiday, nth),
    CYAML_FIELD_STRING_PTR("weekday", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_holiday, weekday, 1,
                           MAX_NAME),
    CYAML_FIELD_INT("offset_days", CYAML_FLAG_OPTIONAL, struct raw_holiday, offset_days),
    CYAML_FIELD_STRING_PTR("observed", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_holiday, observed, 1,
                           MAX_NAME),
    CYAML_FIELD_INT("first_year", CYAML_FLAG_OPTIONAL, struct raw_holiday, first_year),
    CYAML_FIELD_INT("last_year", CYAML_FLAG_OPTIONAL, struct raw_holiday, last_year),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t holiday = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_holiday, holiday_fields)};

static const cyaml_schema_field_t calendar_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct raw_calendar, name, 1, MAX_NAME),
    CYAML_FIELD_STRING_PTR("zone", CYAML_FLAG_POINTER, struct raw_calendar, zone, 1, MAX_NAME),
    CYAML_FIELD_STRING_PTR("opens", CYAML_FLAG_POINTER, struct raw_calendar, opens, 1, MAX_NAME),
    CYAML_FIELD_STRING_PTR("closes", CYAML_FLAG_POINTER, struct raw_calendar, closes, 1, MAX_NAME),
    CYAML_FIELD_SEQUENCE_COUNT("holidays", CYAML_FLAG_POINTER, struct raw_calendar, holidays, n_holidays, &holiday, 0,
                               MAX_HOLIDAYS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t calendar = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_calendar, calendar_fields)};

// ---- Values -------------------------------------------------------------------------------------------

// "08:30"; -1 where it is none.
static int minute_of_day(const char *text)
{
    struct ho_bytes b = ho_bytes_of(text);
    bool digits = b.n == 5 && strspn(text, "0123456789") == 2 && strspn(text + 3, "0123456789") == 2;
    if (!digits || text[2] != ':')
        return -1;
    int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
    return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

static int weekday_of(const char *text)
{
    static const char *const names[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    for (int i = 0; i < 7; i++) {
        if (strcmp(text, names[i]) == 0)
            return i;
    }
    return -1;
}

static enum ho_status read_kind(const struct ho_yaml_file *file, const char *at, const struct raw_holiday *raw,
                                struct ho_holiday *out, struct ho_error *error)
{
    bool fixed = raw->day != 0, nth = raw->nth != 0 || raw->weekday;
    if (fixed == nth)
        return ho_yaml_refuse(file, error, at, "holiday \"%s\" needs either day, or nth and weekday", raw->name);
    if (fixed && !ho_date_valid((uint32_t)(20000000 + raw->month * 100 + raw->day)))
        return ho_yaml_refuse(file, error, at, "holiday \"%s\": there is no day %d in month %d", raw->name, raw->day,
                              raw->month);
    out->weekday = raw->weekday ? weekday_of(raw->weekday) : -1;
    if (nth && out->weekday < 0)
        return ho_yaml_refuse(file, error, at, "holiday \"%s\" needs a weekday, monday to sunday", raw->name);
    if (nth && raw->nth != -1 && (raw->nth < 1 || raw->nth > 5))
        return ho_yaml_refuse(file, error, at, "holiday \"%s\": nth is 1 to 5, or -1 for the last", raw->name);
    if (raw->offset_days && (fixed || abs(raw->offset_days) > MAX_OFFSET_DAYS))
        return ho_yaml_refuse(file, error, at, "holiday \"%s\": offset_days counts from an nth weekday, at most %d",
                              raw->name, MAX_OFFSET_DAYS);
    out->kind = fixed ? HO_HOLIDAY_FIXED : raw->offset_days ? HO_HOLIDAY_RELATIVE : HO_HOLIDAY_NTH;
    return HO_OK;
}

static enum ho_status read_observed(const struct ho_yaml_file *file, const char *at, const struct raw_holiday *raw,
                                    struct ho_holiday *out, struct ho_error *error)
{
    out->observed = HO_OBSERVED_ON_DAY;
    if (raw->observed && strcmp(raw->observed, "nearest-weekday") == 0)
        out->observed = HO_OBSERVED_NEAREST_WEEKDAY;
    else if (raw->observed && strcmp(raw->observed, "on-day") != 0)
        return ho_yaml_refuse(file, error, at, "holiday \"%s\": observed is on-day or nearest-weekday, not \"%s\"",
                              raw->name, raw->observed);
    return HO_OK;
}

// Whether any of its years has the day: the calendar repeats itself every 400 years.
static bool ever_occurs(const struct ho_holiday *h)
{
    int first = h->first_year ? h->first_year : 2000, last = h->last_year ? h->last_year : LAST_YEAR;
    if (h->last_year && !h->first_year)
        first = last > YEARS_OF_A_CYCLE ? last - YEARS_OF_A_CYCLE : 1;
    for (int year = first; year <= last && year < first + YEARS_OF_A_CYCLE; year++) {
        if (ho_holiday_date(h, year))
            return true;
    }
    return false;
}

static enum ho_status read_holiday(const struct ho_yaml_file *file, size_t i, const struct raw_holiday *raw,
                                   struct ho_holiday *out, struct ho_error *error)
{
    const char *at = ho_arena_printf(file->arena, "holidays[%zu]", i);
    if (raw->month < 1 || raw->month > 12)
        return ho_yaml_refuse(file, error, at, "holiday \"%s\": month is 1 to 12, not %d", raw->name, raw->month);
    bool years = raw->first_year >= 0 && raw->last_year >= 0 && raw->first_year <= LAST_YEAR &&
                 raw->last_year <= LAST_YEAR && (!raw->last_year || raw->first_year <= raw->last_year);
    if (!years)
        return ho_yaml_refuse(file, error, at, "holiday \"%s\": first_year and last_year are years in this order",
                              raw->name);
    *out = (struct ho_holiday){
        .name = raw->name,
        .month = raw->month,
        .day = raw->day,
        .nth = raw->nth,
        .offset = raw->offset_days,
        .first_year = raw->first_year,
        .last_year = raw->last_year,
    };
    enum ho_status status = read_kind(file, at, raw, out, error);
    if (status == HO_OK && !ever_occurs(out))
        status =
            ho_yaml_refuse(file, error, at, "holiday \"%s\" never occurs: none of the years from %d to %d has the day",
                           raw->name, raw->first_year, raw->last_year);
    return status == HO_OK ? read_observed(file, at, raw, out, error) : status;
}

static enum ho_status read_holidays(const struct ho_yaml_file *file, const struct raw_calendar *raw,
                                    struct ho_calendar *out, struct ho_error *error)
{
    struct ho_holiday *holidays = ho_arena_array(file->arena, raw->n_holidays, sizeof *holidays);
    enum ho_status status = HO_OK;
    for (size_t i = 0; status == HO_OK && i < raw->n_holidays; i++)
        status = read_holiday(file, i, &raw->holidays[i], &holidays[i], error);
    out->holidays = holidays;
    out->n_holidays = raw->n_holidays;
    return status;
}

static enum ho_status read_zone(struct ho_calendar_set *set, const struct ho_yaml_file *file,
                                const struct raw_calendar *raw, struct ho_calendar *out, struct ho_error *error)
{
    struct ho_error why = {0};
    enum ho_status status = ho_zone_new(raw->zone, &set->zones[set->n_zones], &why);
    if (status == HO_REJECT)
        return ho_yaml_refuse(file, error, "zone", "%s", why.text);
    if (status != HO_OK)
        return ho_fail(error, status, "%s: %s", file->path, why.text);
    out->zone = set->zones[set->n_zones++];
    return HO_OK;
}

static enum ho_status read_calendar(struct ho_calendar_set *set, const struct ho_yaml_file *file,
                                    const struct raw_calendar *raw, struct ho_error *error)
{
    struct ho_calendar *out = &set->items[set->n];
    *out = (struct ho_calendar){.name = raw->name};
    if (!ho_yaml_is_word(raw->name))
        return ho_yaml_refuse(file, error, "name", "the name \"%s\" may have lower-case letters, digits and dashes",
                              raw->name);
    if (ho_calendar_set_find(set, raw->name))
        return ho_yaml_refuse(file, error, "name", "another file has the calendar \"%s\" already; rename one",
                              raw->name);
    out->opens_minute = minute_of_day(raw->opens);
    out->closes_minute = minute_of_day(raw->closes);
    if (out->opens_minute < 0)
        return ho_yaml_refuse(file, error, "opens", "\"%s\" is no time of day; write it as \"08:00\"", raw->opens);
    if (out->closes_minute <= out->opens_minute)
        return ho_yaml_refuse(file, error, "closes", "\"%s\" is no time of day after %s; write it as \"17:00\"",
                              raw->closes, raw->opens);
    enum ho_status status = read_zone(set, file, raw, out, error);
    if (status == HO_OK)
        status = read_holidays(file, raw, out, error);
    ho_digest(&file->bytes, 1, out->hash);
    set->n += status == HO_OK;
    return status;
}

// ---- The set ------------------------------------------------------------------------------------------

static enum ho_status load_file(struct ho_calendar_set *set, const char *dir, const char *name, struct ho_error *error)
{
    struct ho_yaml_file file;
    void *raw = NULL;
    enum ho_status status = ho_yaml_read(set->arena, dir, name, &file, error);
    if (status == HO_OK)
        status = ho_yaml_values(&file, &calendar, &raw, error);
    return status == HO_OK ? read_calendar(set, &file, raw, error) : status;
}

enum ho_status ho_calendars_load(const char *dir, struct ho_calendar_set **out, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_calendar_set *set = ho_arena_alloc(arena, sizeof *set);
    struct ho_yaml_names names = {0};
    set->arena = arena;
    enum ho_status status = ho_yaml_list(arena, dir, &names, error);
    set->items = ho_arena_array(arena, names.n, sizeof *set->items);
    set->zones = ho_arena_array(arena, names.n, sizeof(struct ho_zone *));
    for (size_t i = 0; status == HO_OK && i < names.n; i++)
        status = load_file(set, dir, names.items[i], error);
    if (status == HO_OK)
        *out = set;
    else
        ho_calendar_set_free(set);
    return status;
}

void ho_calendar_set_free(struct ho_calendar_set *set)
{
    for (size_t i = 0; set && i < set->n_zones; i++)
        ho_zone_free(set->zones[i]);
    if (set)
        ho_arena_free(set->arena);
}

const struct ho_calendar *ho_calendar_set_find(const struct ho_calendar_set *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->items[i].name, name) == 0)
            return &set->items[i];
    }
    return NULL;
}
