// The simulator's own calendar and its one zone, America/Los_Angeles by the rule in force since 2007.
//
// Written here and not taken from handoff/time.h, so that a fault there cannot hide in the truth.
// Instants are seconds since 1970-01-01T00:00:00Z, days are counted from 1970-01-01.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HO_SIM_MINUTE INT64_C(60)
#define HO_SIM_HOUR INT64_C(3600)
#define HO_SIM_DAY INT64_C(86400)
#define HO_SIM_NO_DAY INT32_MIN

struct ho_sim_date {
    int32_t year, month, day; // month and day from 1
};

struct ho_sim_civil {
    struct ho_sim_date date;
    int32_t hour, minute, second;
};

bool ho_sim_date_valid(struct ho_sim_date date);
int32_t ho_sim_day_of(struct ho_sim_date date);
struct ho_sim_date ho_sim_date_of(int32_t day);
// Seconds east of UTC: -28800 or -25200.
int32_t ho_sim_zone_offset(int64_t instant);
struct ho_sim_civil ho_sim_zone_civil(int64_t instant);
int32_t ho_sim_zone_day(int64_t instant);
int64_t ho_sim_zone_noon(int32_t day);
// The same order of whole minutes, but never within the two hours whose local times come twice in
// autumn: the four hours from there on are pressed into their second half.
int64_t ho_sim_unambiguous(int64_t instant);
// The local day now: the only look at a clock.
int32_t ho_sim_today(void);
