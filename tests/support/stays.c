#include "stays.h"

const struct stay GENERAL = {"General", "G", HO_FACILITY_HOSPITAL};
const struct stay GENERAL_2 = {"General", "G2", HO_FACILITY_HOSPITAL};
const struct stay MERCY = {"Mercy", "M", HO_FACILITY_HOSPITAL};
const struct stay GROVE = {"Orange Grove", "N", HO_FACILITY_SKILLED_NURSING};
const struct stay GROVE_2 = {"Orange Grove", "N2", HO_FACILITY_SKILLED_NURSING};
const struct stay BAYSIDE = {"Bayside", "B", HO_FACILITY_SKILLED_NURSING};

ho_adt_event *tell(struct history *h, struct stay stay, const char *trigger, int hour)
{
    ho_adt_event *e = history_tell(h, trigger, hour);
    e->facility = history_text(stay.facility);
    e->visit = history_text(stay.visit);
    e->facility_setting = (Handoff__V1__FacilitySetting)stay.setting;
    return e;
}

ho_adt_event *leave(struct history *h, struct stay stay, enum ho_destination destination, int hour)
{
    ho_adt_event *e = tell(h, stay, "A03", hour);
    e->destination = (Handoff__V1__Destination)destination;
    return e;
}

static const char *flag_words(struct ho_arena *arena, uint32_t flags)
{
    const char *words = "";
    for (int i = 0; i < HO_FLAGS; i++) {
        if (flags & 1U << i)
            words = ho_arena_printf(arena, "%s%s%s", words, *words ? " " : "", ho_flag_name((enum ho_flag)(1U << i)));
    }
    return *words ? ho_arena_printf(arena, " [%s]", words) : "";
}

const char *line_words(struct history *h, const struct ho_line *line)
{
    static const char *const kinds[] = {"", " (announced)", " (silence)", " (said)"};
    const char *words = "";
    for (size_t i = 0; i < line->n_transitions; i++) {
        const struct ho_transition *t = &line->transitions[i];
        words =
            ho_arena_printf(h->arena, "%s%s%s>%s@%lld%s%s", words, i ? " " : "", ho_setting_name(t->from),
                            ho_setting_name(t->to), (long long)((t->change.occurred - HISTORY_START) / HO_US_PER_HOUR),
                            kinds[t->kind], flag_words(h->arena, t->flags));
    }
    return words;
}
