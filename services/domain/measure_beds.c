// Time in beds, from a member's line.
#include "measure_internal.h"

#include "episode_internal.h"

enum { SAME_STAY_DAYS = 1 };

struct walk {
    struct ho_arena *arena;
    const struct ho_zone *zone;
    struct ho_bed_times *times;
    bool in_bed;
};

int ho_days_between(uint32_t from, uint32_t to)
{
    return ho_date_to_days(to) - ho_date_to_days(from);
}

static struct ho_bed_time *last(const struct walk *w)
{
    return w->times->n ? &w->times->items[w->times->n - 1] : NULL;
}

static uint32_t date_of(const struct walk *w, const struct ho_transition *t)
{
    return ho_zone_date(w->zone, t->change.occurred);
}

// When a stay began whose arrival is on no transition: as its encounter tells, save where that is the leaving itself.
static uint32_t told_beginning(const struct walk *w, const struct ho_transition *t)
{
    const struct ho_encounter *e = t->encounter;
    for (size_t i = 0; i < e->n_phases; i++) {
        if (ho_has_bed(e->phases[i].setting) && e->phases[i].change.occurred < t->change.occurred)
            return ho_zone_date(w->zone, e->phases[i].change.occurred);
    }
    return 0;
}

static void begin(struct walk *w, const struct ho_transition *t, bool seen)
{
    uint32_t date = seen ? date_of(w, t) : told_beginning(w, t);
    struct ho_bed_time *before = last(w);
    bool follows = before && before->ends && date && ho_days_between(before->ends, date) <= SAME_STAY_DAYS;
    struct ho_bed_time time = {.first = t, .admitted = seen ? t : NULL, .begins = date, .follows = follows};
    time.stay_begins = follows ? before->stay_begins : date;
    if (follows)
        before->goes_on = true;
    *(struct ho_bed_time *)ho_arena_push(w->arena, w->times, sizeof time) = time;
}

static void end(struct walk *w, const struct ho_transition *t)
{
    last(w)->left = t;
    last(w)->ends = t->kind == HO_SILENCE ? 0 : date_of(w, t);
}

static void follow(struct walk *w, const struct ho_transition *t)
{
    bool from = ho_has_bed(t->from), to = ho_has_bed(t->to);
    if (t->kind == HO_DISCHARGE_ANNOUNCED)
        return;
    if (from ? !w->in_bed : to)
        begin(w, t, !from);
    if (t->from == HO_SETTING_INPATIENT || t->to == HO_SETTING_INPATIENT)
        last(w)->inpatient = true;
    if (from && !to)
        end(w, t);
    w->in_bed = to;
}

void ho_bed_times_make(struct ho_arena *arena, const struct ho_line *line, const struct ho_zone *zone,
                       struct ho_bed_times *out)
{
    struct walk w = {.arena = arena, .zone = zone, .times = out};
    *out = (struct ho_bed_times){0};
    for (size_t i = 0; i < line->n_transitions; i++)
        follow(&w, &line->transitions[i]);
    for (size_t i = 1; i < out->n; i++)
        out->items[i].inpatient |= out->items[i].follows && out->items[i - 1].inpatient;
    for (size_t i = out->n; i-- > 1;)
        out->items[i - 1].inpatient |= out->items[i].follows && out->items[i].inpatient;
}
