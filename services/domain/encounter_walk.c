// One visit's events, walked by the recorded clock: runs of one kind become changes, cancels find what they
// cancel, and an arrival after a discharge begins another stay.
//
// What belongs to which stay is asked of both clocks. An arrival begins a new stay only where it was recorded
// after the discharge (the walk) and occurred after it; everything else is an update of the stay it falls into.
// So a discharge that was charted late, or whose time was corrected, does not bring a person back into a bed.
// A repeat that is mistaken for a return makes an admission that somebody looks at; a return that were mistaken
// for a repeat would be lost without a word, which is why the later occurred time decides.
#include "fold.h"

#include <stdlib.h>

bool ho_fold_opens(enum ho_fold_kind kind)
{
    return kind <= HO_FOLD_DOWNGRADE;
}

struct ho_run *ho_stay_run(const struct ho_stay *stay, enum ho_fold_kind kind)
{
    for (size_t i = stay->runs.n; i > 0; i--) {
        struct ho_run *run = stay->runs.items[i - 1];
        if (run->kind == kind && !run->cancelled)
            return run;
    }
    return NULL;
}

struct walk {
    struct ho_arena *arena;
    struct ho_stays *stays;
    bool opened;     // since the last A11 that found something, so that its repeats find nothing more
    bool discharged; // the same for A13
};

static void push_event(struct ho_arena *arena, struct ho_fold_events *events, struct ho_fold_event *event)
{
    *(struct ho_fold_event **)ho_arena_push(arena, events, sizeof(struct ho_fold_event *)) = event;
}

static struct ho_stay *new_stay(struct walk *walk)
{
    struct ho_stay *stay = ho_arena_alloc(walk->arena, sizeof *stay);
    *(struct ho_stay **)ho_arena_push(walk->arena, walk->stays, sizeof(struct ho_stay *)) = stay;
    return stay;
}

static void remove_stay(struct ho_stays *stays, size_t at)
{
    memmove(&stays->items[at], &stays->items[at + 1], (stays->n - at - 1) * sizeof(struct ho_stay *));
    stays->n--;
}

// ---- Which stay ---------------------------------------------------------------------------------------

static bool started_after(const struct ho_stay *stay, int64_t at)
{
    for (size_t i = 0; i < stay->runs.n; i++) {
        const struct ho_run *run = stay->runs.items[i];
        if (ho_fold_opens(run->kind) && !run->cancelled && run->occurred <= at)
            return false;
    }
    return true;
}

// The last stay that had begun when the event occurred.
static struct ho_stay *stay_at(const struct walk *walk, const struct ho_fold_event *f)
{
    size_t i = walk->stays->n - 1;
    while (i > 0 && started_after(walk->stays->items[i], f->occurred))
        i--;
    return walk->stays->items[i];
}

static bool is_over(const struct ho_stay *stay, const struct ho_fold_event *f)
{
    const struct ho_run *discharge = ho_stay_run(stay, HO_FOLD_DISCHARGE);
    return discharge && f->occurred > discharge->occurred;
}

// An arrival: the first stay that was not over when it occurred, else a new one.
static struct ho_stay *stay_of_arrival(struct walk *walk, const struct ho_fold_event *f)
{
    for (size_t i = 0; i < walk->stays->n; i++) {
        if (!is_over(walk->stays->items[i], f))
            return walk->stays->items[i];
    }
    return new_stay(walk);
}

static bool opens_bed(enum ho_fold_kind kind, const struct ho_run *run)
{
    enum ho_setting setting = HO_SETTING_HOME;
    for (size_t i = 0; run && i < run->events.n; i++) {
        const ho_adt_event *e = run->events.items[i]->event;
        if (ho_fold_setting(kind, (enum ho_patient_class)e->patient_class,
                            (enum ho_facility_setting)e->facility_setting, &setting) &&
            setting != HO_SETTING_ED)
            return true;
    }
    return false;
}

// Whether the person has had a bed in this stay, so that an A06 after its discharge tells nothing new.
static bool had_bed(const struct ho_stay *stay)
{
    const struct ho_run *registered = ho_stay_run(stay, HO_FOLD_REGISTER);
    if (ho_stay_run(stay, HO_FOLD_ADMIT) || ho_stay_run(stay, HO_FOLD_UPGRADE))
        return true;
    return registered ? opens_bed(HO_FOLD_REGISTER, registered)
                      : opens_bed(HO_FOLD_DISCHARGE, ho_stay_run(stay, HO_FOLD_DISCHARGE));
}

static struct ho_stay *stay_of(struct walk *walk, const struct ho_fold_event *f)
{
    if (f->kind == HO_FOLD_REGISTER || f->kind == HO_FOLD_ADMIT)
        return stay_of_arrival(walk, f);
    struct ho_stay *stay = stay_at(walk, f);
    bool admits_after_visit = f->kind == HO_FOLD_UPGRADE && is_over(stay, f) && !had_bed(stay);
    return admits_after_visit ? new_stay(walk) : stay;
}

// ---- Which run ----------------------------------------------------------------------------------------

static bool is_admission(enum ho_fold_kind kind)
{
    return kind == HO_FOLD_ADMIT || kind == HO_FOLD_UPGRADE;
}

static bool are_opposite(enum ho_fold_kind a, enum ho_fold_kind b)
{
    return (is_admission(a) && b == HO_FOLD_DOWNGRADE) || (a == HO_FOLD_DOWNGRADE && is_admission(b));
}

// Whether an opposite change lies between the run and the event, by both clocks.
static bool is_past(const struct ho_stay *stay, size_t run, const struct ho_fold_event *f)
{
    for (size_t i = run + 1; i < stay->runs.n; i++) {
        const struct ho_run *other = stay->runs.items[i];
        if (!other->cancelled && are_opposite(other->kind, f->kind) && other->occurred < f->occurred)
            return true;
    }
    return false;
}

// Until the event that opens it is seen, an admission known by transfers began where they say, or with the
// first of them.
static int64_t implied_occurred(const struct ho_run *run)
{
    int64_t first = INT64_MAX, stated = 0;
    for (size_t i = 0; i < run->events.n; i++) {
        const struct ho_fold_event *f = run->events.items[i];
        if (f->admitted)
            stated = f->admitted;
        if (f->occurred < first)
            first = f->occurred;
    }
    return stated ? stated : first;
}

static int64_t run_occurred(const struct ho_run *run)
{
    for (size_t i = run->events.n; i > 0; i--) {
        if (run->events.items[i - 1]->kind == run->kind)
            return run->events.items[i - 1]->occurred;
    }
    return implied_occurred(run);
}

static void append(struct ho_arena *arena, struct ho_run *run, struct ho_fold_event *f)
{
    push_event(arena, &run->events, f);
    f->run = run;
    run->occurred = run_occurred(run);
}

static void begin_run(struct ho_arena *arena, struct ho_stay *stay, enum ho_fold_kind kind, struct ho_fold_event *f)
{
    struct ho_run *run = ho_arena_alloc(arena, sizeof *run);
    run->kind = kind;
    *(struct ho_run **)ho_arena_push(arena, &stay->runs, sizeof(struct ho_run *)) = run;
    append(arena, run, f);
}

static void join_run(struct ho_arena *arena, struct ho_stay *stay, struct ho_fold_event *f)
{
    for (size_t i = 0; i < stay->runs.n; i++) {
        struct ho_run *run = stay->runs.items[i];
        if (run->kind == f->kind && !run->cancelled && !is_past(stay, i, f)) {
            append(arena, run, f);
            return;
        }
    }
    begin_run(arena, stay, f->kind, f);
}

// A transfer between beds implies an admission that was not seen; once it is seen, the transfers are aliases
// of it, so that work which was done under them follows.
static void imply_admission(struct ho_arena *arena, struct ho_stay *stay, struct ho_fold_event *f)
{
    enum ho_setting setting;
    const ho_adt_event *e = f->event;
    if (is_over(stay, f) || !ho_fold_setting(f->kind, (enum ho_patient_class)e->patient_class,
                                             (enum ho_facility_setting)e->facility_setting, &setting))
        return;
    struct ho_run *latest = NULL;
    for (size_t i = 0; i < stay->runs.n; i++) {
        if (is_admission(stay->runs.items[i]->kind) && !stay->runs.items[i]->cancelled)
            latest = stay->runs.items[i];
    }
    if (latest)
        append(arena, latest, f);
    else
        begin_run(arena, stay, HO_FOLD_ADMIT, f);
}

// ---- Cancels ------------------------------------------------------------------------------------------

static bool stands(const struct ho_stay *stay)
{
    for (size_t i = 0; i < stay->runs.n; i++) {
        if (ho_fold_opens(stay->runs.items[i]->kind) && !stay->runs.items[i]->cancelled)
            return true;
    }
    return false;
}

static struct ho_run *latest_arrival(const struct ho_stay *stay)
{
    for (size_t i = stay->runs.n; i > 0; i--) {
        struct ho_run *run = stay->runs.items[i - 1];
        if ((run->kind == HO_FOLD_REGISTER || is_admission(run->kind)) && !run->cancelled)
            return run;
    }
    return NULL;
}

// The admission goes with all that was made of it; of the registration there is only the one.
static void cancel_arrival(struct ho_stay *stay, struct ho_run *arrival)
{
    bool admission = is_admission(arrival->kind);
    arrival->cancelled = true;
    for (size_t i = 0; admission && i < stay->runs.n; i++) {
        struct ho_run *run = stay->runs.items[i];
        if (is_admission(run->kind) || run->kind == HO_FOLD_DOWNGRADE)
            run->cancelled = true;
    }
    for (size_t i = 0; !stands(stay) && i < stay->runs.n; i++)
        stay->runs.items[i]->cancelled = true; // nobody leaves a stay that never was
}

// The events of a visit lie in the order of the walk, so their addresses tell it.
static int compare_events(const void *left, const void *right)
{
    const struct ho_fold_event *a = *(struct ho_fold_event *const *)left, *b = *(struct ho_fold_event *const *)right;
    return (a > b) - (a < b);
}

static int compare_runs(const void *left, const void *right)
{
    const struct ho_run *a = *(struct ho_run *const *)left, *b = *(struct ho_run *const *)right;
    return compare_events(&a->events.items[0], &b->events.items[0]);
}

// Puts the stay after `at` into it.
static void merge_next(struct walk *walk, size_t at)
{
    struct ho_stay *stay = walk->stays->items[at];
    const struct ho_stay *next = walk->stays->items[at + 1];
    for (size_t i = 0; i < next->runs.n; i++)
        *(struct ho_run **)ho_arena_push(walk->arena, &stay->runs, sizeof(struct ho_run *)) = next->runs.items[i];
    for (size_t i = 0; i < next->events.n; i++)
        push_event(walk->arena, &stay->events, next->events.items[i]);
    qsort(stay->runs.items, stay->runs.n, sizeof(struct ho_run *), compare_runs);
    qsort(stay->events.items, stay->events.n, sizeof(struct ho_fold_event *), compare_events);
    remove_stay(walk->stays, at + 1);
}

static void cancel_admit(struct walk *walk, struct ho_fold_event *f)
{
    struct ho_run *arrival = NULL;
    size_t i = walk->stays->n;
    while (walk->opened && !arrival && i > 0)
        arrival = latest_arrival(walk->stays->items[--i]);
    if (!arrival) {
        push_event(walk->arena, &stay_at(walk, f)->events, f);
        return;
    }
    struct ho_stay *stay = walk->stays->items[i];
    push_event(walk->arena, &stay->events, f);
    cancel_arrival(stay, arrival);
    walk->opened = false;
    if (i > 0 && !stands(stay))
        merge_next(walk, i - 1);
}

static void cancel_discharge(struct walk *walk, struct ho_fold_event *f)
{
    struct ho_run *discharge = NULL;
    size_t i = walk->stays->n;
    while (walk->discharged && !discharge && i > 0)
        discharge = ho_stay_run(walk->stays->items[--i], HO_FOLD_DISCHARGE);
    if (!discharge) {
        push_event(walk->arena, &stay_at(walk, f)->events, f);
        return;
    }
    push_event(walk->arena, &walk->stays->items[i]->events, f);
    discharge->cancelled = true;
    walk->discharged = false;
    if (i + 1 < walk->stays->n)
        merge_next(walk, i);
}

// ---- The walk -----------------------------------------------------------------------------------------

static void change(struct walk *walk, struct ho_fold_event *f)
{
    struct ho_stay *stay = stay_of(walk, f);
    push_event(walk->arena, &stay->events, f);
    if (f->kind == HO_FOLD_TRANSFER)
        imply_admission(walk->arena, stay, f);
    else if (f->kind == HO_FOLD_DISCHARGE || (ho_fold_opens(f->kind) && !is_over(stay, f)))
        join_run(walk->arena, stay, f);
    if (f->run && f->run->events.n == 1)
        *(f->kind == HO_FOLD_DISCHARGE ? &walk->discharged : &walk->opened) = true;
}

void ho_fold_walk(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct ho_stays *out)
{
    struct walk walk = {.arena = arena, .stays = out};
    new_stay(&walk);
    for (size_t i = 0; i < n; i++) {
        if (events[i].kind == HO_FOLD_CANCEL_ADMIT)
            cancel_admit(&walk, &events[i]);
        else if (events[i].kind == HO_FOLD_CANCEL_DISCHARGE)
            cancel_discharge(&walk, &events[i]);
        else
            change(&walk, &events[i]);
    }
}
