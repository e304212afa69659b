// Dates and zones, beside the C library's own for whatever it knows.
#include "../support/unit.h"

#include <time.h>
#include <unistd.h>

#include "handoff/time.h"

static struct ho_zone *angeles;

static int open_zone(void **state)
{
    (void)state;
    return ho_zone_new("America/Los_Angeles", &angeles, NULL) == HO_OK ? 0 : -1;
}

static int close_zone(void **state)
{
    (void)state;
    ho_zone_free(angeles);
    return 0;
}

static int64_t instant_of(const char *rfc)
{
    int64_t instant = -1;
    assert_true(ho_time_parse(ho_bytes_of(rfc), &instant));
    return instant;
}

static void every_date_of_ten_thousand_years_goes_there_and_back(void **state)
{
    (void)state;
    int32_t days = ho_date_to_days(10101);
    uint32_t date = 0;
    int weekday = ho_date_weekday(10101);
    for (; days <= ho_date_to_days(99991231); days++) {
        uint32_t next = ho_days_to_date(days);
        if (next <= date || !ho_date_valid(next) || ho_date_to_days(next) != days || ho_date_weekday(next) != weekday)
            fail_msg("%u behind %u, weekday %d", next, date, weekday);
        date = next;
        weekday = (weekday + 1) % 7;
    }
    assert_int_equal(date, 99991231);
    assert_int_equal(ho_days_to_date(days), 0);
}

static void dates_agree_with_the_c_library(void **state)
{
    (void)state;
    for (int32_t days = -300000; days < 300000; days += 37) {
        time_t seconds = (time_t)days * 86400;
        struct tm tm;
        gmtime_r(&seconds, &tm);
        uint32_t date = (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday);
        assert_int_equal(ho_days_to_date(days), date);
        assert_int_equal((ho_date_weekday(date) + 1) % 7, tm.tm_wday);
    }
}

static void days_are_added_over_the_ends_of_months_and_never_out_of_range(void **state)
{
    (void)state;
    assert_int_equal(ho_date_add(20240228, 1), 20240229);
    assert_int_equal(ho_date_add(20230228, 1), 20230301);
    assert_int_equal(ho_date_add(20261231, 1), 20270101);
    assert_int_equal(ho_date_add(20270101, -1), 20261231);
    assert_int_equal(ho_date_add(99991231, 1), 0);
    assert_int_equal(ho_date_add(20261122, INT32_MAX), 0);
    assert_int_equal(ho_date_add(0, 1), 0);
}

static void dates_are_read_in_two_forms_and_no_other(void **state)
{
    (void)state;
    assert_int_equal(ho_date_parse(ho_bytes_of("2026-11-22")), 20261122);
    assert_int_equal(ho_date_parse(ho_bytes_of("20261122")), 20261122);
    static const char *const wrong[] = {"",           "2026",       "2026112",    "202611220",  "2026-11-2",
                                        "2026/11/22", "2026-13-01", "2026-00-01", "2026-02-29", "2026-11-31",
                                        "20261100",   "00001122",   "2026-1122",  "+2026112",   "19000229",
                                        "21000229",   "2026-11-2a", "2026-11-22 "};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(ho_date_parse(ho_bytes_of(wrong[i])), 0);
}

// The offset that the C library has for an instant, or skips where it has no such zone.
static void use_library_zone(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    if (access(path, R_OK) != 0) {
        print_message("skipped: the C library has no zone %s\n", name);
        skip();
    }
    setenv("TZ", name, 1);
    tzset();
}

static void zones_agree_with_the_c_library(void **state)
{
    (void)state;
    static const char *const names[] = {"America/Los_Angeles",
                                        "America/New_York",
                                        "Europe/London",
                                        "Asia/Kolkata",
                                        "America/Phoenix",
                                        "Pacific/Honolulu",
                                        "UTC"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct ho_zone *zone;
        assert_int_equal(ho_zone_new(names[i], &zone, NULL), HO_OK);
        use_library_zone(names[i]);
        for (time_t at = 0; at < 2082758400; at += 1801) { // to 2036
            struct tm tm;
            localtime_r(&at, &tm);
            struct ho_civil c = ho_zone_civil(zone, at * HO_US_PER_SECOND);
            if (c.year != tm.tm_year + 1900 || c.month != tm.tm_mon + 1 || c.day != tm.tm_mday ||
                c.hour != tm.tm_hour || c.minute != tm.tm_min || c.second != tm.tm_sec)
                fail_msg("%s at %lld", names[i], (long long)at);
        }
        ho_zone_free(zone);
    }
}

static void a_local_time_gives_the_instant_that_shows_it(void **state)
{
    (void)state;
    for (int64_t at = INT64_C(-2200000000); at < INT64_C(4100000000); at += 7919) {
        int64_t instant = at * HO_US_PER_SECOND;
        struct ho_civil c = ho_zone_civil(angeles, instant);
        int64_t back = ho_zone_instant(angeles, &c);
        // The second pass of a doubled hour is read as the first.
        if (back != instant && back != instant - HO_US_PER_HOUR)
            fail_msg("%lld gives %lld", (long long)instant, (long long)back);
        struct ho_civil again = ho_zone_civil(angeles, back);
        assert_memory_equal(&c, &again, sizeof c);
    }
}

static void the_skipped_hour_is_read_with_the_offset_before_it(void **state)
{
    (void)state;
    struct ho_civil c = {.year = 2026, .month = 3, .day = 8, .hour = 2, .minute = 30};
    assert_int_equal(ho_zone_instant(angeles, &c), instant_of("2026-03-08T02:30:00-08:00"));
    c.hour = 3;
    assert_int_equal(ho_zone_instant(angeles, &c), instant_of("2026-03-08T03:30:00-07:00"));
    c.hour = 1;
    assert_int_equal(ho_zone_instant(angeles, &c), instant_of("2026-03-08T01:30:00-08:00"));
}

static void the_doubled_hour_is_read_as_the_first_of_the_two(void **state)
{
    (void)state;
    struct ho_civil c = {.year = 2026, .month = 11, .day = 1, .hour = 1, .minute = 30};
    assert_int_equal(ho_zone_instant(angeles, &c), instant_of("2026-11-01T01:30:00-07:00"));
    c.hour = 2;
    assert_int_equal(ho_zone_instant(angeles, &c), instant_of("2026-11-01T02:30:00-08:00"));
}

static void an_unknown_zone_is_refused_with_words(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "Mars/Olympus", "GMT+3", "Etc/Unknown", "America/Los_Angeles "};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct ho_zone *zone = NULL;
        struct ho_error error = {{0}};
        assert_int_equal(ho_zone_new(wrong[i], &zone, &error), HO_REJECT);
        assert_non_null(strstr(error.text, wrong[i]));
        assert_non_null(strstr(error.text, "tz database"));
    }
    char long_name[200];
    memset(long_name, 'a', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    struct ho_zone *zone;
    assert_int_equal(ho_zone_new(long_name, &zone, NULL), HO_REJECT);
    ho_zone_free(NULL);
    assert_string_equal(ho_zone_name(angeles), "America/Los_Angeles");
}

static void hl7_times_of_every_precision_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *dtm, *rfc;
    } table[] = {
        {"2026", "2026-01-01T00:00:00-08:00"},
        {"202607", "2026-07-01T00:00:00-07:00"},
        {"20260704", "2026-07-04T00:00:00-07:00"},
        {"2026070413", "2026-07-04T13:00:00-07:00"},
        {"202607041305", "2026-07-04T13:05:00-07:00"},
        {"20260704130509", "2026-07-04T13:05:09-07:00"},
        {"20260704130509.1", "2026-07-04T13:05:09.100000-07:00"},
        {"20260704130509.1234", "2026-07-04T13:05:09.123400-07:00"},
        {"20260704130509.123456789", "2026-07-04T13:05:09.123456-07:00"},
        {"20260704130509.1234+0530", "2026-07-04T13:05:09.123400+05:30"},
        {"20260704130509-0800", "2026-07-04T13:05:09-08:00"},
        {"202607041305+0000", "2026-07-04T13:05:00Z"},
        {"20260704+0900", "2026-07-04T00:00:00+09:00"},
        {"2026-0800", "2026-01-01T00:00:00-08:00"},
        {"19000101", "1900-01-01T00:00:00-08:00"},
        {"00010101000000+0000", "0001-01-01T00:00:00Z"},
        {"99991231235959+0000", "9999-12-31T23:59:59Z"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        int64_t instant = -1;
        if (!ho_hl7_time(ho_bytes_of(table[i].dtm), angeles, &instant) || instant != instant_of(table[i].rfc))
            fail_msg("%s is not %s", table[i].dtm, table[i].rfc);
    }
}

static void impossible_hl7_times_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "0",
        "202",
        "20261",
        "2026112",
        "20261301",
        "20260001",
        "20260100",
        "20260230",
        "20230229",
        "2026070424",
        "202607041360",
        "20260704130560",
        "20260704130509.",
        "202607041305.5",
        "20260704130509.1234567890",
        "2026070413050",
        "202607041305091",
        "20260704130509+05",
        "20260704130509+05300",
        "20260704130509+0560",
        "20260704130509+1600",
        "20260704130509Z",
        "00000000",
        "00000101",
        "19175009",
        "2026-07-04",
        " 20260704",
        "20260704 ",
        "july",
        "2026o704",
        "\x32\x30\x32\x36\xB2\xB2",
    };
    int64_t instant;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (ho_hl7_time(ho_bytes_of(wrong[i]), angeles, &instant))
            fail_msg("%s was read", wrong[i]);
    }
}

static void every_truncation_of_an_hl7_time_is_a_precision_or_refused(void **state)
{
    (void)state;
    const char *whole = "20260704130509.1234+0530";
    static const size_t right[] = {4, 6, 8, 10, 12, 14, 16, 17, 18, 19, 24};
    for (size_t n = 0; n <= strlen(whole); n++) {
        int64_t instant;
        bool expected = false;
        for (size_t i = 0; i < COUNT_OF(right); i++)
            expected = expected || right[i] == n;
        char *exact = malloc(n + 1); // so that a read beyond the end is seen
        memcpy(exact, whole, n);
        assert_int_equal(ho_hl7_time(ho_bytes_from(exact, n), angeles, &instant), expected);
        free(exact);
    }
}

static void instants_are_written_as_rfc_3339_and_read_back(void **state)
{
    (void)state;
    char text[HO_TIME_TEXT_BYTES];
    static const char *const right[] = {"2026-11-22T00:00:00Z", "2026-11-22T23:59:59.000001Z",
                                        "1969-12-31T23:59:59.500000Z", "0001-01-01T00:00:00Z",
                                        "9999-12-31T23:59:59.999999Z"};
    for (size_t i = 0; i < COUNT_OF(right); i++)
        assert_string_equal(ho_time_format(instant_of(right[i]), NULL, text), right[i]);
    assert_string_equal(ho_time_format(instant_of("2026-11-22T20:15:00Z"), angeles, text), "2026-11-22T12:15:00-08:00");
    struct ho_zone *kolkata;
    assert_int_equal(ho_zone_new("Asia/Kolkata", &kolkata, NULL), HO_OK);
    assert_string_equal(ho_time_format(0, kolkata, text), "1970-01-01T05:30:00+05:30");
    ho_zone_free(kolkata);
}

static void offsets_with_seconds_are_written_in_utc(void **state)
{
    (void)state;
    char text[HO_TIME_TEXT_BYTES];
    struct ho_zone *monrovia;
    assert_int_equal(ho_zone_new("Africa/Monrovia", &monrovia, NULL), HO_OK);
    int64_t instant = instant_of("1950-06-01T12:00:00Z"); // local time was 44 minutes and 30 seconds behind
    assert_string_equal(ho_time_format(instant, monrovia, text), "1950-06-01T12:00:00Z");
    ho_zone_free(monrovia);
}

static void the_extremes_of_time_fit_the_text(void **state)
{
    (void)state;
    char text[HO_TIME_TEXT_BYTES];
    const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1};
    for (size_t i = 0; i < COUNT_OF(extremes); i++) {
        assert_true(strlen(ho_time_format(extremes[i], angeles, text)) < sizeof text);
        assert_true(strlen(ho_time_format(extremes[i], NULL, text)) < sizeof text);
    }
}

static void what_is_no_rfc_3339_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "2026-11-22",
                                        "2026-11-22T00:00:00",
                                        "2026-11-22 00:00:00Z",
                                        "2026-11-22T24:00:00Z",
                                        "2026-11-22T00:60:00Z",
                                        "2026-11-22T00:00:61Z",
                                        "2026-11-22T00:00:00.Z",
                                        "2026-11-22T00:00:00+0800",
                                        "2026-11-22T00:00:00+24:00",
                                        "2026-11-22T00:00:00Zz",
                                        "2026-02-30T00:00:00Z",
                                        "2026-11-22T0a:00:00Z",
                                        "2026-11-22T00.00.00Z"};
    int64_t instant;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (ho_time_parse(ho_bytes_of(wrong[i]), &instant))
            fail_msg("%s was read", wrong[i]);
    }
    assert_int_equal(instant_of("2016-12-31T23:59:60Z"), instant_of("2017-01-01T00:00:00Z"));
}

static void the_date_of_an_instant_is_the_zones(void **state)
{
    (void)state;
    assert_int_equal(ho_zone_date(angeles, instant_of("2026-11-22T07:59:59Z")), 20261121);
    assert_int_equal(ho_zone_date(angeles, instant_of("2026-11-22T08:00:00Z")), 20261122);
    assert_int_equal(ho_zone_date(angeles, INT64_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_date_of_ten_thousand_years_goes_there_and_back),
        cmocka_unit_test(dates_agree_with_the_c_library),
        cmocka_unit_test(days_are_added_over_the_ends_of_months_and_never_out_of_range),
        cmocka_unit_test(dates_are_read_in_two_forms_and_no_other),
        cmocka_unit_test(zones_agree_with_the_c_library),
        cmocka_unit_test(a_local_time_gives_the_instant_that_shows_it),
        cmocka_unit_test(the_skipped_hour_is_read_with_the_offset_before_it),
        cmocka_unit_test(the_doubled_hour_is_read_as_the_first_of_the_two),
        cmocka_unit_test(an_unknown_zone_is_refused_with_words),
        cmocka_unit_test(hl7_times_of_every_precision_are_read),
        cmocka_unit_test(impossible_hl7_times_are_refused),
        cmocka_unit_test(every_truncation_of_an_hl7_time_is_a_precision_or_refused),
        cmocka_unit_test(instants_are_written_as_rfc_3339_and_read_back),
        cmocka_unit_test(offsets_with_seconds_are_written_in_utc),
        cmocka_unit_test(the_extremes_of_time_fit_the_text),
        cmocka_unit_test(what_is_no_rfc_3339_is_refused),
        cmocka_unit_test(the_date_of_an_instant_is_the_zones),
    };
    return cmocka_run_group_tests(tests, open_zone, close_zone);
}
