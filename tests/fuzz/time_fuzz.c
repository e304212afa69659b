// Any text: what is read as a time is written and read back as the same.
#include "fuzz.h"
#include "handoff/time.h"

static struct ho_zone *zones[4];

static void prepare(void)
{
    static const char *const names[] = {"America/Los_Angeles", "UTC", "Asia/Kolkata", "Australia/Lord_Howe"};
    for (size_t i = 0; i < 4 && !zones[i]; i++)
        HOLDS(ho_zone_new(names[i], &zones[i], NULL) == HO_OK);
}

static void check_instant(int64_t instant, const struct ho_zone *zone)
{
    char text[HO_TIME_TEXT_BYTES];
    int64_t back;
    HOLDS(strlen(ho_time_format(instant, NULL, text)) < HO_TIME_TEXT_BYTES);
    if (text[0] != '-' && strlen(text) <= 27 && text[4] == '-' && memcmp(text, "0000", 4) != 0)
        HOLDS(ho_time_parse(ho_bytes_of(text), &back) && back == instant);
    HOLDS(strlen(ho_time_format(instant, zone, text)) < HO_TIME_TEXT_BYTES);
    struct ho_civil c = ho_zone_civil(zone, instant);
    HOLDS(c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 31 && c.hour >= 0 && c.hour < 24);
    uint32_t date = ho_zone_date(zone, instant);
    HOLDS(!date || (ho_date_valid(date) && ho_days_to_date(ho_date_to_days(date)) == date));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ho_bytes text = {data, n};
    int64_t instant;
    prepare();
    const struct ho_zone *zone = zones[n % 4];
    if (ho_hl7_time(text, zone, &instant))
        check_instant(instant, zone);
    if (ho_time_parse(text, &instant))
        check_instant(instant, zone);
    uint32_t date = ho_date_parse(text);
    HOLDS(!date || (ho_date_valid(date) && ho_date_weekday(date) < 7));
    if (n >= sizeof instant) {
        memcpy(&instant, data, sizeof instant);
        check_instant(instant, zone);
        HOLDS(ho_date_add(20261122, (int)instant) == 0 || ho_date_valid(ho_date_add(20261122, (int)instant)));
    }
    return 0;
}
