// What is known of the person's way at the moment of a transition.
#include "episode_internal.h"

#include "civil.h"

static const char *const NAMES[HO_FLAGS] = {
    "readmission", "planned",        "ed-high-utiliser", "readmission-risk",
    "recent-snf",  "against-advice", "assumed",          "direct-transfer",
};

const char *ho_flag_name(enum ho_flag flag)
{
    for (int i = 0; i < HO_FLAGS; i++) {
        if ((unsigned)flag == 1U << i)
            return NAMES[i];
    }
    return "";
}

bool ho_flag_from_name(struct ho_bytes name, enum ho_flag *out)
{
    for (int i = 0; i < HO_FLAGS; i++) {
        if (ho_bytes_is(name, NAMES[i])) {
            *out = (enum ho_flag)(1U << i);
            return true;
        }
    }
    return false;
}

struct ho_line_rules ho_line_rules_default(const struct ho_zone *zone)
{
    const int64_t day = 24 * HO_US_PER_HOUR;
    return (struct ho_line_rules){
        .join_gap_us = 36 * HO_US_PER_HOUR,
        .stale_us = {[HO_SETTING_ED] = 3 * day,
                     [HO_SETTING_INPATIENT] = 60 * day,
                     [HO_SETTING_OBSERVATION] = 7 * day,
                     [HO_SETTING_SNF] = 400 * day},
        .readmission_days = 30,
        .ed_visits = 3,
        .ed_visits_days = 60,
        .recent_snf_days = 30,
        .zone = zone,
    };
}

// ---- Calendar days ----------------------------------------------------------------------------------

// Days since 1970-01-01 in the rules' zone.
static int64_t day_of(const struct ho_way *way, int64_t instant)
{
    const int64_t day = 24 * HO_US_PER_HOUR;
    int64_t local = instant;
    if (way->rules->zone) {
        const struct ho_civil civil = ho_zone_civil(way->rules->zone, instant);
        local = ho_civil_micros(&civil);
    }
    return local / day - (local % day < 0);
}

static bool within(const struct ho_way *way, const struct ho_left *left, int64_t at, int64_t days)
{
    return left->encounter && day_of(way, at) - day_of(way, left->at) <= days;
}

// ---- The way ----------------------------------------------------------------------------------------

static void note(struct ho_left *left, const struct ho_encounter *encounter, int64_t at)
{
    if (!left->encounter || at >= left->at)
        *left = (struct ho_left){encounter, at};
}

void ho_way_left(struct ho_way *way, const struct ho_encounter *encounter, enum ho_setting setting, int64_t at)
{
    if (ho_has_bed(setting))
        note(&way->bed, encounter, at);
    if (setting == HO_SETTING_INPATIENT)
        note(&way->inpatient, encounter, at);
    if (setting == HO_SETTING_SNF)
        note(&way->nursing, encounter, at);
}

bool ho_way_ed_visit(struct ho_way *way, int64_t at)
{
    const int many = way->rules->ed_visits;
    const int64_t today = day_of(way, at);
    *(int64_t *)ho_arena_push(way->arena, &way->ed_visits, sizeof today) = today;
    return many > 0 && way->ed_visits.n >= (size_t)many &&
           today - way->ed_visits.items[way->ed_visits.n - (size_t)many] <= way->rules->ed_visits_days;
}

// ---- Flags ------------------------------------------------------------------------------------------

// UB-04 dispositions 81 to 95: discharged with a planned readmission.
static bool plans_readmission(const struct ho_encounter *e)
{
    const char *d = e->disposition;
    return strlen(d) == 2 &&
           ((d[0] == '8' && d[1] >= '1' && d[1] <= '9') || (d[0] == '9' && d[1] >= '0' && d[1] <= '5'));
}

// Of an arrival in a bed from outside of one. Less than two calendar days after the last bed the person has been
// on the way all the time, to another facility, or under another visit number where that one was not left.
static uint32_t bed_flags(const struct ho_way *way, const struct ho_arrival *a)
{
    const struct ho_left *last = &way->bed;
    if (a->moved)
        return HO_FLAG_DIRECT_TRANSFER;
    if (a->in_bed)
        return 0;
    if (within(way, last, a->at, 1)) {
        if (strcmp(last->encounter->site, a->encounter->site) != 0)
            return HO_FLAG_DIRECT_TRANSFER;
        if (ho_has_bed(a->from))
            return 0;
    }
    if (!within(way, last, a->at, way->rules->readmission_days))
        return 0;
    bool planned = a->encounter->planned || plans_readmission(last->encounter);
    return planned ? HO_FLAG_PLANNED : HO_FLAG_READMISSION;
}

uint32_t ho_way_flags(const struct ho_way *way, const struct ho_arrival *a)
{
    uint32_t flags = a->encounter->planned ? HO_FLAG_PLANNED : 0;
    bool bed = ho_has_bed(a->to);
    if (bed)
        flags |= bed_flags(way, a);
    if ((bed || a->to == HO_SETTING_ED) &&
        (a->nursing || within(way, &way->nursing, a->at, way->rules->recent_snf_days)))
        flags |= HO_FLAG_RECENT_SNF;
    if ((a->to == HO_SETTING_ED || a->to == HO_SETTING_OBSERVATION) && way->inpatient.encounter != a->encounter &&
        within(way, &way->inpatient, a->at, way->rules->readmission_days))
        flags |= HO_FLAG_READMISSION_RISK;
    return flags;
}
