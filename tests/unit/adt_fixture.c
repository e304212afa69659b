#include "adt_fixture.h"

struct ho_arena *arena;
struct ho_feed feeds[ADT_FEEDS] = {
    {.name = "default", .sending_application = "*", .sending_facility = "*", .facility = "", .mrn_authority = ""},
    {.name = "app", .sending_application = "APP", .sending_facility = "*", .facility = "", .mrn_authority = ""},
    {.name = "fac", .sending_application = "*", .sending_facility = "FAC", .facility = "", .mrn_authority = ""},
    {.name = "both",
     .sending_application = "APP",
     .sending_facility = "FAC",
     .facility = "Golden Gate",
     .setting = HO_FACILITY_SKILLED_NURSING,
     .mrn_authority = "GG",
     .test_traffic = HO_TEST_WORK,
     .part2 = true},
};
const struct ho_feeds all_feeds = {feeds, COUNT_OF(feeds)};
static struct ho_zone *zone;

int adt_open(void **state)
{
    (void)state;
    arena = ho_arena_new(0);
    if (ho_zone_new("America/Los_Angeles", &zone, NULL) != HO_OK)
        return -1;
    for (size_t i = 0; i < COUNT_OF(feeds); i++)
        feeds[i].zone = zone;
    return 0;
}

int adt_close(void **state)
{
    (void)state;
    ho_zone_free(zone);
    ho_arena_free(arena);
    return 0;
}

struct ho_adt read_message(const char *text)
{
    struct ho_adt adt;
    ho_adt_read(arena, ho_bytes_of(text), &all_feeds, &adt);
    return adt;
}

const ho_adt_event *event_of(const char *text)
{
    struct ho_adt adt = read_message(text);
    if (adt.verdict != HO_ADT_EVENT)
        fail_msg("%s at %s", adt.reason, adt.place);
    assert_int_equal(adt.n_events, 1);
    return adt.events[0];
}

void expect_rejected(const char *text, const char *reason, const char *place)
{
    struct ho_adt adt = read_message(text);
    assert_int_equal(adt.verdict, HO_ADT_REJECTED);
    assert_string_equal(adt.reason, reason);
    assert_string_equal(adt.place, place);
    assert_int_equal(adt.n_events, 0);
    assert_non_null(adt.feed);
}

const char *join(const char *a, const char *b, const char *c)
{
    return ho_arena_printf(arena, "%s%s%s", a, b, c);
}

int64_t instant_of(const char *rfc)
{
    int64_t instant = 0;
    assert_true(ho_time_parse(ho_bytes_of(rfc), &instant));
    return instant;
}
