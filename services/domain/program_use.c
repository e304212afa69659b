// Stays and ED visits on a member's line, and the conditions that are known.
#include "program_internal.h"

#include <stdlib.h>

// ---- Stays and visits ---------------------------------------------------------------------------------

struct visits {
    struct ho_visit *items;
    size_t n, capacity;
};

// A phase of an encounter begins. It may make no transition, but says what the stay is for.
struct beginning {
    int64_t at;
    uint64_t groups; // of the encounter's diagnoses
};

struct beginnings {
    struct beginning *items;
    size_t n, capacity;
};

struct walk {
    struct ho_arena *arena;
    const struct ho_codes *codes;
    const uint32_t *dates;
    struct beginnings beginnings; // in order
    struct visits visits;
    enum ho_use_place place, before_ed;
    size_t current, last_bed; // the stay in hand, and the last one in a bed: 1 + their places; 0 none
    size_t begun;             // so many beginnings
};

static enum ho_use_place place_of(enum ho_setting setting)
{
    switch (setting) {
    case HO_SETTING_ED:
        return HO_PLACE_ED;
    case HO_SETTING_INPATIENT:
    case HO_SETTING_OBSERVATION:
        return HO_PLACE_BED;
    case HO_SETTING_SNF:
        return HO_PLACE_SNF;
    case HO_SETTING_HOME:
    case HO_SETTING_OTHER_FACILITY:
    case HO_SETTING_DIED:
    case HO_SETTING_N:
        break;
    }
    return HO_PLACE_ELSEWHERE;
}

uint64_t ho_encounter_groups(const struct ho_encounter *e, const struct ho_codes *codes)
{
    uint64_t groups = 0;
    for (size_t i = 0; codes && i < e->n_diagnoses; i++)
        groups |= ho_codes_of(codes, ho_bytes_of(e->diagnoses[i]->code));
    return groups;
}

static int64_t beginning(const struct ho_encounter *e)
{
    return e->n_phases ? e->phases[0].change.occurred : e->death.occurred;
}

static void count(struct walk *w, enum ho_use_place place, const struct ho_transition *t, size_t i)
{
    struct ho_visit *visit = ho_arena_push(w->arena, &w->visits, sizeof *visit);
    *visit = (struct ho_visit){
        .place = place,
        .counted = i,
        .date = w->dates[i],
        .diagnoses = ho_encounter_groups(t->encounter, w->codes),
        .planned = (t->flags & HO_FLAG_PLANNED) || t->encounter->planned,
    };
}

static void enter_bed(struct walk *w, enum ho_use_place came_from, const struct ho_transition *t, size_t i)
{
    bool goes_on = came_from == HO_PLACE_BED || (t->flags & HO_FLAG_DIRECT_TRANSFER);
    if (!goes_on || !w->last_bed) {
        count(w, HO_PLACE_BED, t, i);
        w->last_bed = w->visits.n;
    }
    w->current = w->last_bed;
}

static void enter(struct walk *w, enum ho_use_place from, enum ho_use_place to, const struct ho_transition *t, size_t i)
{
    enum ho_use_place came_from = from == HO_PLACE_ED ? w->before_ed : from;
    w->current = 0;
    if (to == HO_PLACE_BED) {
        enter_bed(w, came_from, t, i);
    } else if (to == HO_PLACE_SNF && came_from == HO_PLACE_ELSEWHERE) {
        count(w, HO_PLACE_SNF, t, i);
        w->current = w->visits.n;
    } else if (to == HO_PLACE_ED) {
        w->before_ed = from;
    }
    w->place = to;
}

static void diagnose(struct walk *w, uint64_t groups)
{
    if (w->current)
        w->visits.items[w->current - 1].diagnoses |= groups;
}

static void begin_before(struct walk *w, int64_t until)
{
    for (; w->begun < w->beginnings.n && w->beginnings.items[w->begun].at < until; w->begun++)
        diagnose(w, w->beginnings.items[w->begun].groups);
}

static int compare_beginnings(const void *a, const void *b)
{
    int64_t x = ((const struct beginning *)a)->at, y = ((const struct beginning *)b)->at;
    return (x > y) - (x < y);
}

static void begin(struct walk *w, int64_t at, uint64_t groups)
{
    struct beginning *begun = ho_arena_push(w->arena, &w->beginnings, sizeof *begun);
    *begun = (struct beginning){at, groups};
}

static void list_beginnings(struct walk *w, const struct ho_line *line)
{
    for (size_t i = 0; i < line->n_encounters; i++) {
        const struct ho_encounter *e = line->encounters[i];
        uint64_t groups = ho_encounter_groups(e, w->codes);
        for (size_t k = 1; k < e->n_phases; k++)
            begin(w, e->phases[k].change.occurred, groups);
        begin(w, beginning(e), groups);
    }
    if (w->beginnings.n)
        qsort(w->beginnings.items, w->beginnings.n, sizeof *w->beginnings.items, compare_beginnings);
}

static void follow(struct walk *w, const struct ho_transition *t, size_t i)
{
    enum ho_use_place from = place_of(t->from), to = place_of(t->to);
    bool told_before = t->kind == HO_SAID_HOME && w->place == HO_PLACE_ELSEWHERE; // by a silence
    if (t->kind == HO_DISCHARGE_ANNOUNCED || told_before)
        return;
    if (from != w->place)
        enter(w, HO_PLACE_ELSEWHERE, from, t, i); // nobody told of the arrival
    diagnose(w, ho_encounter_groups(t->encounter, w->codes));
    if (from == to)
        return;
    if (from == HO_PLACE_ED && to != HO_PLACE_BED)
        count(w, HO_PLACE_ED, t, i);
    enter(w, from, to, t, i);
}

// ---- Conditions ---------------------------------------------------------------------------------------

static uint64_t told_conditions(const ho_member *member, const struct ho_codes *codes)
{
    uint64_t groups = 0;
    for (size_t i = 0; codes && member && i < member->n_conditions; i++)
        groups |= ho_codes_group(codes, ho_bytes_of(member->conditions[i]));
    return codes ? ho_codes_with_unions(codes, groups) : 0;
}

// A diagnosis tells of a pregnancy, and of the time after it, for a year: as long as Medi-Cal counts the time after a
// birth. All other conditions stay.
static const int64_t PREGNANCY_US = INT64_C(365) * 24 * HO_US_PER_HOUR;

uint64_t ho_pregnancy_group(const struct ho_codes *codes)
{
    return codes ? ho_codes_group(codes, ho_bytes_of("pregnancy")) : 0;
}

static void add_diagnosed(struct ho_diagnosed *d, const struct ho_encounter *e, const struct ho_codes *codes,
                          uint64_t pregnancy)
{
    uint64_t groups = ho_encounter_groups(e, codes);
    d->groups |= groups;
    if (groups & pregnancy)
        d->pregnant_at = beginning(e);
}

static uint64_t groups_at(const struct ho_diagnosed *d, uint64_t pregnancy, int64_t until)
{
    bool lasts = d->pregnant_at != INT64_MIN && until - d->pregnant_at <= PREGNANCY_US;
    return lasts ? d->groups : d->groups & ~pregnancy;
}

uint64_t ho_member_conditions(const ho_member *member, const struct ho_line *line, const struct ho_codes *codes,
                              int64_t until)
{
    uint64_t pregnancy = ho_pregnancy_group(codes);
    struct ho_diagnosed diagnosed = {.pregnant_at = INT64_MIN};
    for (size_t i = 0; i < line->n_encounters && beginning(line->encounters[i]) <= until; i++)
        add_diagnosed(&diagnosed, line->encounters[i], codes, pregnancy);
    return told_conditions(member, codes) | groups_at(&diagnosed, pregnancy, until);
}

static const struct ho_diagnosed *diagnosed_so_far(struct ho_arena *arena, const struct ho_line *line,
                                                   const struct ho_codes *codes)
{
    uint64_t pregnancy = ho_pregnancy_group(codes);
    struct ho_diagnosed *diagnosed = ho_arena_array(arena, line->n_encounters + 1, sizeof *diagnosed);
    diagnosed[0].pregnant_at = INT64_MIN;
    for (size_t i = 0; i < line->n_encounters; i++) {
        diagnosed[i + 1] = diagnosed[i];
        add_diagnosed(&diagnosed[i + 1], line->encounters[i], codes, pregnancy);
    }
    return diagnosed;
}

uint64_t ho_use_conditions(const struct ho_use_history *history, const struct ho_moment *at)
{
    size_t begun = 0, n = history->line->n_encounters;
    while (begun < n && beginning(history->line->encounters[begun]) <= at->until)
        begun++;
    return history->told | groups_at(&history->diagnosed[begun], history->pregnancy, at->until);
}

// ---- The whole ----------------------------------------------------------------------------------------

void ho_use_history_make(struct ho_arena *arena, const ho_member *member, const struct ho_line *line,
                         const struct ho_codes *codes, const struct ho_zone *zone, struct ho_use_history *out)
{
    uint32_t *dates = ho_arena_array(arena, line->n_transitions, sizeof *dates);
    struct walk walk = {.arena = arena, .codes = codes, .dates = dates};
    for (size_t i = 0; i < line->n_transitions; i++)
        dates[i] = ho_zone_date(zone, line->transitions[i].change.occurred);
    list_beginnings(&walk, line);
    for (size_t i = 0; i < line->n_transitions; i++) {
        begin_before(&walk, line->transitions[i].change.occurred);
        follow(&walk, &line->transitions[i], i);
    }
    begin_before(&walk, INT64_MAX);
    *out = (struct ho_use_history){
        .member = member,
        .line = line,
        .zone = zone,
        .dates = dates,
        .visits = walk.visits.items,
        .n_visits = walk.visits.n,
        .told = told_conditions(member, codes),
        .diagnosed = diagnosed_so_far(arena, line, codes),
        .pregnancy = ho_pregnancy_group(codes),
    };
}

struct ho_moment ho_moment_end_of(const struct ho_use_history *history, uint32_t date)
{
    size_t n = 0;
    while (n < history->line->n_transitions && history->dates[n] <= date)
        n++;
    return (struct ho_moment){date, n, ho_zone_day_end(history->zone, date) - 1};
}

struct ho_moment ho_moment_after(const struct ho_use_history *history, size_t transition, uint32_t date)
{
    return (struct ho_moment){date, transition + 1, history->line->transitions[transition].change.occurred};
}

// ---- Counting -----------------------------------------------------------------------------------------

uint32_t ho_months_before(uint32_t date, int months)
{
    int month = (int)(date / 10000) * 12 + (int)(date / 100 % 100) - 1 - months;
    uint32_t day = date % 100, first = (uint32_t)(month / 12 * 10000 + (month % 12 + 1) * 100);
    while (day > 1 && !ho_date_valid(first + day))
        day--;
    return first + day;
}

static bool is_used(const struct ho_visit *visit, const struct ho_test *test)
{
    bool bed = visit->place == HO_PLACE_BED, ed = visit->place == HO_PLACE_ED;
    switch (test->use) {
    case HO_USE_INPATIENT:
        return bed;
    case HO_USE_UNPLANNED_STAY:
        return !ed && !visit->planned;
    case HO_USE_ED:
        return ed;
    case HO_USE_INPATIENT_DIAGNOSED:
        return bed && (visit->diagnoses & test->diagnoses);
    case HO_USE_ED_DIAGNOSED:
        return ed && (visit->diagnoses & test->diagnoses);
    case HO_USES:
        break;
    }
    return false;
}

int ho_use_count(const struct ho_use_history *history, const struct ho_test *test, const struct ho_moment *at)
{
    uint32_t after = ho_months_before(at->date, test->months);
    int n = 0;
    for (size_t i = 0; i < history->n_visits; i++) {
        const struct ho_visit *visit = &history->visits[i];
        n += visit->counted < at->transitions && visit->date > after && visit->date <= at->date && is_used(visit, test);
    }
    return n;
}
