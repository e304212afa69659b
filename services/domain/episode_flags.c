// What is known of the person's way at the moment of a transition.
#include "handoff/episode.h"

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
