// Occasions: what a change of setting is called in a protocol.
#include "handoff/protocol.h"

static const char *const NAMES[HO_OCCASIONS] = {
    "ed-arrival",     "admission", "discharge",           "ed-discharge", "snf-admission", "snf-discharge",
    "against-advice", "death",     "discharge-announced", "transfer",     "silence",
};

const char *ho_occasion_name(enum ho_occasion occasion)
{
    for (int i = 0; i < HO_OCCASIONS; i++) {
        if ((unsigned)occasion == 1U << i)
            return NAMES[i];
    }
    return "";
}

bool ho_occasion_from_name(struct ho_bytes name, enum ho_occasion *out)
{
    for (int i = 0; i < HO_OCCASIONS; i++) {
        if (ho_bytes_is(name, NAMES[i])) {
            *out = (enum ho_occasion)(1U << i);
            return true;
        }
    }
    return false;
}

static const char *const SERVICES[] = {
    "coordinator",       "care-team",         "care-coordination", "care-plan",  "care-transitions", "health-education",
    "family-support",    "doctors",           "medications",       "follow-up",  "community",        "food",
    "temporary-housing", "permanent-housing", "child-care",        "disability",
};

const char *ho_service_name(size_t i)
{
    return i < sizeof SERVICES / sizeof SERVICES[0] ? SERVICES[i] : NULL;
}

static bool in_bed(enum ho_setting setting)
{
    return setting == HO_SETTING_INPATIENT || setting == HO_SETTING_OBSERVATION;
}

static uint32_t arrival_at(enum ho_setting from, enum ho_setting to)
{
    if (to == HO_SETTING_ED)
        return HO_ON_ED_ARRIVAL;
    if (in_bed(to))
        return in_bed(from) ? 0 : HO_ON_ADMISSION;
    return to == HO_SETTING_SNF && !in_bed(from) ? HO_ON_SNF_ADMISSION : 0;
}

static uint32_t leaving_of(enum ho_setting from, enum ho_setting to)
{
    bool out = to == HO_SETTING_HOME || to == HO_SETTING_OTHER_FACILITY;
    if (in_bed(from))
        return out || to == HO_SETTING_SNF ? HO_ON_DISCHARGE : 0;
    if (from == HO_SETTING_ED)
        return out ? HO_ON_ED_DISCHARGE : 0;
    return from == HO_SETTING_SNF && out ? HO_ON_SNF_DISCHARGE : 0;
}

// Between hospitals: the first one says so at the end, or the second one's arrival shows it.
static uint32_t transfer_of(const struct ho_transition *t)
{
    bool from_hospital = in_bed(t->from) || t->from == HO_SETTING_ED;
    bool told = ho_transition_is_leaving(t) && ho_leaves_for_another_hospital(t->encounter);
    return from_hospital && (told || t->flags & HO_FLAG_DIRECT_TRANSFER) ? HO_ON_TRANSFER : 0;
}

// From an ED visit to the bed that was held meanwhile.
static bool returns_to_bed(const struct ho_transition *t)
{
    return in_bed(t->to) && ho_transition_is_leaving(t) && t->encounter->destination != HO_DESTINATION_ACUTE;
}

bool ho_transition_is_leaving(const struct ho_transition *transition)
{
    const struct ho_encounter *e = transition->encounter;
    const struct ho_change *change = &transition->change;
    bool named = memcmp(change->id, e->end.id, HO_ID_BYTES) == 0 || ho_change_has(change, e->end.id);
    return e->state == HO_ENCOUNTER_ENDED && named;
}

bool ho_transition_is_to_assisted_living(const struct ho_transition *transition)
{
    static const char *const codes[] = {"04", "4", "84"};
    if (transition->to != HO_SETTING_SNF || !ho_transition_is_leaving(transition))
        return false;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(transition->encounter->disposition, codes[i]) == 0)
            return true;
    }
    return false;
}

uint32_t ho_transition_to(const struct ho_transition *transition)
{
    return ho_transition_is_to_assisted_living(transition) ? 1U << HO_TO_ASSISTED_LIVING : 1U << transition->to;
}

const char *ho_to_name(size_t place)
{
    if (place < HO_SETTING_N)
        return ho_setting_name((enum ho_setting)place);
    return place == HO_TO_ASSISTED_LIVING ? "assisted-living" : NULL;
}

uint32_t ho_transition_occasions(const struct ho_transition *transition)
{
    enum ho_setting from = transition->from;
    enum ho_setting to = ho_transition_is_to_assisted_living(transition) ? HO_SETTING_HOME : transition->to;
    if (transition->kind == HO_SILENCE)
        return HO_ON_SILENCE;
    if (transition->kind == HO_DISCHARGE_ANNOUNCED)
        return HO_ON_DISCHARGE_ANNOUNCED;
    if (to == HO_SETTING_DIED)
        return HO_ON_DEATH;
    if (transition->against_advice)
        return HO_ON_AGAINST_ADVICE;
    return (returns_to_bed(transition) ? 0 : arrival_at(from, to)) | leaving_of(from, to) | transfer_of(transition);
}
