// Dates, and instants as text. The calendar is the proleptic Gregorian one of HL7 and RFC 3339, computed here.
#include "civil.h"

enum { DAYS_TO_1970 = 719468, DAYS_PER_ERA = 146097, YEARS_PER_ERA = 400, SECONDS_PER_DAY = 86400 };

static const uint8_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool is_date(unsigned year, unsigned month, unsigned day)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= month_days[month - 1] + (unsigned)(month == 2 && is_leap(year));
}

// Years begin in March here, so that the leap day is the last of its year.
static int64_t civil_to_days(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - (YEARS_PER_ERA - 1)) / YEARS_PER_ERA;
    int64_t year_of_era = year - era * YEARS_PER_ERA;
    int64_t day_of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + (int64_t)day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static void days_to_civil(int64_t days, int *year, int *month, int *day)
{
    days += DAYS_TO_1970;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int64_t day_of_era = days - era * DAYS_PER_ERA;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(year_of_era + era * YEARS_PER_ERA + (*month <= 2));
}

bool ho_date_valid(uint32_t date)
{
    return is_date(date / 10000, date / 100 % 100, date % 100);
}

int32_t ho_date_to_days(uint32_t date)
{
    return (int32_t)civil_to_days(date / 10000, date / 100 % 100, date % 100);
}

uint32_t ho_days_to_date(int32_t days)
{
    int year, month, day;
    days_to_civil(days, &year, &month, &day);
    return year < 1 || year > 9999 ? 0 : (uint32_t)(year * 10000 + month * 100 + day);
}

int ho_date_weekday(uint32_t date)
{
    int from_monday = (ho_date_to_days(date) + 3) % 7; // 1970-01-01 was a Thursday
    return from_monday < 0 ? from_monday + 7 : from_monday;
}

const char *ho_date_text(struct ho_arena *arena, uint32_t date)
{
    return ho_arena_printf(arena, "%04u-%02u-%02u", date / 10000, date / 100 % 100, date % 100);
}

uint32_t ho_date_add(uint32_t date, int days)
{
    int32_t sum;
    if (!ho_date_valid(date) || __builtin_add_overflow(ho_date_to_days(date), days, &sum))
        return 0;
    return ho_days_to_date(sum);
}

// Exactly `n` digits at `at`; -1 where they are none.
static int digits(struct ho_bytes text, size_t at, size_t n)
{
    if (at > text.n || text.n - at < n)
        return -1;
    int value = 0;
    for (size_t i = at; i < at + n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return -1;
        value = value * 10 + (text.p[i] - '0');
    }
    return value;
}

uint32_t ho_date_parse(struct ho_bytes text)
{
    int year = digits(text, 0, 4), month = -1, day = -1;
    if (text.n == 8) {
        month = digits(text, 4, 2);
        day = digits(text, 6, 2);
    } else if (text.n == 10 && text.p[4] == '-' && text.p[7] == '-') {
        month = digits(text, 5, 2);
        day = digits(text, 8, 2);
    }
    if (year < 0 || month < 0 || day < 0 || !is_date((unsigned)year, (unsigned)month, (unsigned)day))
        return 0;
    return (uint32_t)(year * 10000 + month * 100 + day);
}

int64_t ho_civil_micros(const struct ho_civil *c)
{
    int64_t days = civil_to_days(c->year, (unsigned)c->month, (unsigned)c->day);
    int64_t seconds = days * SECONDS_PER_DAY + c->hour * INT64_C(3600) + c->minute * INT64_C(60) + c->second;
    // Modulo 2^64: at the ends of the range the product overflows and the sum does not.
    return (int64_t)((uint64_t)seconds * (uint64_t)HO_US_PER_SECOND + (uint64_t)(int64_t)c->micros);
}

struct ho_civil ho_micros_civil(int64_t micros)
{
    struct ho_civil c;
    int64_t seconds = micros / HO_US_PER_SECOND;
    int64_t fraction = micros % HO_US_PER_SECOND;
    if (fraction < 0) {
        fraction += HO_US_PER_SECOND;
        seconds--;
    }
    int64_t days = seconds / SECONDS_PER_DAY, of_day = seconds % SECONDS_PER_DAY;
    if (of_day < 0) {
        of_day += SECONDS_PER_DAY;
        days--;
    }
    days_to_civil(days, &c.year, &c.month, &c.day);
    c.hour = (int)(of_day / 3600);
    c.minute = (int)(of_day / 60 % 60);
    c.second = (int)(of_day % 60);
    c.micros = (int)fraction;
    return c;
}

// A fraction of a second from `at` on: 1 to 9 digits, those beyond micros dropped. The place behind it, or 0.
static size_t read_fraction(struct ho_bytes text, size_t at, int *micros)
{
    int value = 0, weight = 100000;
    size_t i = at;
    for (; i < text.n && i - at < 9 && text.p[i] >= '0' && text.p[i] <= '9'; i++) {
        value += (text.p[i] - '0') * weight;
        weight /= 10;
    }
    *micros = value;
    return i > at ? i : 0;
}

struct dtm {
    struct ho_civil civil;
    bool has_offset;
    int offset_minutes;
};

// ±ZZZZ at `at`, to the end of the text. No place on earth is 16 hours away from UTC.
static bool read_offset(struct ho_bytes text, size_t at, struct dtm *out)
{
    if (text.n - at != 5 || (text.p[at] != '+' && text.p[at] != '-'))
        return false;
    int hours = digits(text, at + 1, 2), minutes = digits(text, at + 3, 2);
    if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59)
        return false;
    out->has_offset = true;
    out->offset_minutes = (text.p[at] == '-' ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

// Two digits at `p`; above 99 where they are none.
static int pair(const uint8_t *p)
{
    unsigned tens = p[0] - (unsigned)'0', ones = p[1] - (unsigned)'0';
    return tens > 9 || ones > 9 ? 100 : (int)(tens * 10 + ones);
}

// The pairs of digits behind the year, as many as there are; the place behind them, or 0.
static size_t read_parts(struct ho_bytes text, struct ho_civil *c)
{
    int *const parts[] = {&c->month, &c->day, &c->hour, &c->minute, &c->second};
    static const uint8_t most[] = {12, 31, 23, 59, 59};
    size_t at = 4;
    for (size_t i = 0; i < 5 && at + 1 < text.n; i++, at += 2) {
        int part = pair(text.p + at);
        if (part > most[i])
            break;
        *parts[i] = part;
    }
    return at;
}

// What is no pair of digits in its range must be the beginning of a fraction or an offset, else it is wrong.
static bool read_dtm(struct ho_bytes text, struct dtm *out)
{
    *out = (struct dtm){.civil = {.month = 1, .day = 1}};
    struct ho_civil *c = &out->civil;
    c->year = digits(text, 0, 4);
    if (c->year < 0)
        return false;
    size_t at = read_parts(text, c);
    if (!is_date((unsigned)c->year, (unsigned)c->month, (unsigned)c->day))
        return false;
    if (at == 14 && at < text.n && text.p[at] == '.') {
        at = read_fraction(text, at + 1, &c->micros);
        if (!at)
            return false;
    }
    return at == text.n || read_offset(text, at, out);
}

bool ho_hl7_time(struct ho_bytes dtm, const struct ho_zone *zone, int64_t *instant)
{
    struct dtm read;
    if (!read_dtm(dtm, &read))
        return false;
    if (read.has_offset)
        *instant = ho_civil_micros(&read.civil) - read.offset_minutes * (60 * HO_US_PER_SECOND);
    else
        *instant = ho_zone_instant(zone, &read.civil);
    return true;
}

// `width` digits, zeros before.
static char *put_number(char *out, int64_t value, int width)
{
    char reversed[24];
    int n = 0;
    for (; value > 0 || n < width; value /= 10)
        reversed[n++] = (char)('0' + value % 10);
    while (n)
        *out++ = reversed[--n];
    return out;
}

static char *put_civil(char *out, const struct ho_civil *c)
{
    if (c->year < 0)
        *out++ = '-';
    out = put_number(out, c->year < 0 ? -(int64_t)c->year : c->year, 4);
    *out++ = '-';
    out = put_number(out, c->month, 2);
    *out++ = '-';
    out = put_number(out, c->day, 2);
    *out++ = 'T';
    out = put_number(out, c->hour, 2);
    *out++ = ':';
    out = put_number(out, c->minute, 2);
    *out++ = ':';
    out = put_number(out, c->second, 2);
    if (c->micros) {
        *out++ = '.';
        out = put_number(out, c->micros, 6);
    }
    return out;
}

char *ho_time_format(int64_t instant, const struct ho_zone *zone_or_null, char out[HO_TIME_TEXT_BYTES])
{
    struct ho_civil c = zone_or_null ? ho_zone_civil(zone_or_null, instant) : ho_micros_civil(instant);
    int64_t offset_s = (ho_civil_micros(&c) - instant) / HO_US_PER_SECOND;
    // RFC 3339 knows no seconds in an offset, which local mean times before zones were agreed have.
    if (offset_s % 60 != 0) {
        c = ho_micros_civil(instant);
        offset_s = 0;
    }
    char *end = put_civil(out, &c);
    if (offset_s == 0) {
        *end++ = 'Z';
    } else {
        int64_t minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
        *end++ = offset_s < 0 ? '-' : '+';
        end = put_number(end, minutes / 60, 2);
        *end++ = ':';
        end = put_number(end, minutes % 60, 2);
    }
    *end = '\0';
    return out;
}

// "Z" or "±hh:mm" at `at`, to the end.
static bool read_rfc_offset(struct ho_bytes text, size_t at, int *minutes)
{
    *minutes = 0;
    if (text.n - at == 1 && (text.p[at] == 'Z' || text.p[at] == 'z'))
        return true;
    if (text.n - at != 6 || (text.p[at] != '+' && text.p[at] != '-') || text.p[at + 3] != ':')
        return false;
    int h = digits(text, at + 1, 2), m = digits(text, at + 4, 2);
    *minutes = (text.p[at] == '-' ? -1 : 1) * (h * 60 + m);
    return h >= 0 && h < 24 && m >= 0 && m < 60;
}

// "hh:mm:ss" at 11. A leap second counts as the first of the next minute.
static bool read_rfc_clock(struct ho_bytes text, struct ho_civil *c)
{
    if (text.p[13] != ':' || text.p[16] != ':')
        return false;
    c->hour = digits(text, 11, 2);
    c->minute = digits(text, 14, 2);
    c->second = digits(text, 17, 2);
    return c->hour >= 0 && c->hour < 24 && c->minute >= 0 && c->minute < 60 && c->second >= 0 && c->second <= 60;
}

bool ho_time_parse(struct ho_bytes text, int64_t *instant)
{
    if (text.n < 20 || (text.p[10] != 'T' && text.p[10] != 't'))
        return false;
    uint32_t date = ho_date_parse((struct ho_bytes){text.p, 10});
    struct ho_civil c = {.year = (int)(date / 10000), .month = (int)(date / 100 % 100), .day = (int)(date % 100)};
    if (!date || !read_rfc_clock(text, &c))
        return false;
    size_t at = 19;
    if (text.p[at] == '.') {
        at = read_fraction(text, at + 1, &c.micros);
        if (!at)
            return false;
    }
    int offset_minutes;
    if (at >= text.n || !read_rfc_offset(text, at, &offset_minutes))
        return false;
    *instant = ho_civil_micros(&c) - offset_minutes * (60 * HO_US_PER_SECOND);
    return true;
}
