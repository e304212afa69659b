// Instants, calendar dates and zones.
//
// An instant is int64_t microseconds since 1970-01-01T00:00:00Z; 0 means unknown. A date is a number
// YYYYMMDD; 0 means unknown. A zone holds ICU's rules as a table read once, so that a look-up costs a
// binary search and never touches the environment.
#pragma once

#include "handoff/arena.h"
#include "handoff/error.h"

#define HO_US_PER_SECOND INT64_C(1000000)
#define HO_US_PER_HOUR (3600 * HO_US_PER_SECOND)

struct ho_zone;

// `name` by the tz database ("America/Los_Angeles"). HO_REJECT for an unknown name. The caller frees.
HO_MUST_USE enum ho_status ho_zone_new(const char *name, struct ho_zone **out, struct ho_error *error);
void ho_zone_free(struct ho_zone *zone); // takes NULL
const char *ho_zone_name(const struct ho_zone *zone);

struct ho_civil {
    int year, month, day, hour, minute, second, micros; // month and day from 1
};

struct ho_civil ho_zone_civil(const struct ho_zone *zone, int64_t instant);
// The instant of a local time. In the hour that daylight saving skips, the time is read with the offset
// before it; in the hour that comes twice, the first is taken.
int64_t ho_zone_instant(const struct ho_zone *zone, const struct ho_civil *civil);
uint32_t ho_zone_date(const struct ho_zone *zone, int64_t instant);
// The first instant of the day after a local date; INT64_MAX beyond the years that dates have.
int64_t ho_zone_day_end(const struct ho_zone *zone, uint32_t date);

// Days since 1970-01-01, and back. Years 1 to 9999.
int32_t ho_date_to_days(uint32_t date);
uint32_t ho_days_to_date(int32_t days);
bool ho_date_valid(uint32_t date);
int ho_date_weekday(uint32_t date); // 0 Monday … 6 Sunday
uint32_t ho_date_add(uint32_t date, int days);

// "2026-11-22", in the arena.
const char *ho_date_text(struct ho_arena *arena, uint32_t date);
// "2026-11-22" or "20261122"; 0 where it is no date.
uint32_t ho_date_parse(struct ho_bytes text);

// An HL7 v2 DTM, YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][±ZZZZ] (HL7 v2.8.2 ch. 2A.3.22), local times in
// `zone`. False where it is none, or no possible date. A missing part is its first moment.
bool ho_hl7_time(struct ho_bytes dtm, const struct ho_zone *zone, int64_t *instant);

// RFC 3339, in UTC with Z, or with the zone's offset: seconds, or micros where there are any.
enum { HO_TIME_TEXT_BYTES = 40 };
char *ho_time_format(int64_t instant, const struct ho_zone *zone_or_null, char out[HO_TIME_TEXT_BYTES]);
// False where the text is no RFC 3339 date-time.
bool ho_time_parse(struct ho_bytes text, int64_t *instant);
