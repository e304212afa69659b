// Cancels in the walk: each takes back the latest change of its kind, and waits where there is none.
#include "encounter_walk.h"

static struct ho_run *latest_arrival(const struct ho_stay *stay)
{
    for (size_t i = stay->runs.n; i > 0; i--) {
        struct ho_run *run = stay->runs.items[i - 1];
        if (run->kind == HO_FOLD_REGISTER || ho_fold_admits(run->kind))
            return run;
    }
    return NULL;
}

static bool is_of_admission(enum ho_fold_kind kind)
{
    return ho_fold_opens(kind) && kind != HO_FOLD_REGISTER;
}

static void drop_cancelled(struct ho_stay *stay)
{
    size_t kept = 0;
    for (size_t i = 0; i < stay->runs.n; i++) {
        if (!stay->runs.items[i]->cancelled)
            stay->runs.items[kept++] = stay->runs.items[i];
    }
    stay->runs.n = kept;
    ho_stay_settle_end(stay);
}

// The admission goes with all that was made of it; of the registration there is only the one. What was announced
// before was announced all the same.
static void cancel_arrival(struct ho_stay *stay, struct ho_run *arrival)
{
    bool admission = ho_fold_admits(arrival->kind);
    arrival->cancelled = true;
    stay->lost_admission |= admission;
    for (size_t i = 0; admission && i < stay->runs.n; i++) {
        if (is_of_admission(stay->runs.items[i]->kind))
            stay->runs.items[i]->cancelled = true;
    }
    drop_cancelled(stay);
    if (ho_stay_is_opened(stay))
        return;
    for (size_t i = 0; i < stay->runs.n; i++)
        stay->runs.items[i]->cancelled =
            !ho_fold_is_expected(stay->runs.items[i]->kind); // nobody leaves what never was
    drop_cancelled(stay);
}

static bool is_later(const struct ho_run *a, const struct ho_run *b)
{
    return a->events.items[0] > b->events.items[0];
}

// Both are in order; so is what they become.
static void merge_runs(struct ho_arena *arena, struct ho_runs *runs, const struct ho_runs *others)
{
    size_t a = runs->n, b = others->n;
    for (size_t i = 0; i < others->n; i++)
        *(struct ho_run **)ho_arena_push(arena, runs, sizeof(struct ho_run *)) = others->items[i];
    for (size_t at = a + b; b > 0; at--) {
        bool from_runs = a > 0 && is_later(runs->items[a - 1], others->items[b - 1]);
        runs->items[at - 1] = from_runs ? runs->items[--a] : others->items[--b];
    }
}

static void remove_stay(struct ho_stays *stays, size_t at)
{
    memmove(&stays->items[at], &stays->items[at + 1], (stays->n - at - 1) * sizeof(struct ho_stay *));
    stays->n--;
}

// Puts the stay after `at` into it.
static void merge_next(struct ho_walk *walk, size_t at)
{
    struct ho_stay *stay = walk->stays->items[at];
    const struct ho_stay *next = walk->stays->items[at + 1];
    merge_runs(walk->arena, &stay->runs, &next->runs);
    for (size_t i = 0; i < next->events.n; i++)
        ho_walk_push(walk->arena, &stay->events, next->events.items[i]);
    stay->mixed = true;
    stay->had_arrival |= next->had_arrival;
    stay->lost_admission |= next->lost_admission;
    ho_stay_settle_end(stay);
    remove_stay(walk->stays, at + 1);
}

static void cancel_admit(struct ho_walk *walk, struct ho_fold_event *f)
{
    struct ho_run *arrival = NULL;
    size_t i = walk->stays->n;
    while (walk->fresh[HO_FOLD_ADMIT] && !arrival && i > 0)
        arrival = latest_arrival(walk->stays->items[--i]);
    if (!arrival) {
        ho_walk_push(walk->arena, &ho_walk_stay_at(walk, f->occurred)->events, f);
        return;
    }
    struct ho_stay *stay = walk->stays->items[i];
    ho_walk_push(walk->arena, &stay->events, f);
    cancel_arrival(stay, arrival);
    walk->fresh[HO_FOLD_ADMIT] = false;
    if (i > 0 && !ho_stay_is_opened(stay))
        merge_next(walk, i - 1);
}

// Cancels the latest change of the kind. Returns its stay, or the number of stays where there is none.
static size_t cancel_latest(struct ho_walk *walk, enum ho_fold_kind kind, struct ho_fold_event *f)
{
    struct ho_run *run = NULL;
    size_t i = walk->stays->n;
    while (walk->fresh[kind] && !run && i > 0)
        run = ho_stay_run(walk->stays->items[--i], kind);
    if (!run) {
        ho_walk_push(walk->arena, &ho_walk_stay_at(walk, f->occurred)->events, f);
        return walk->stays->n;
    }
    ho_walk_push(walk->arena, &walk->stays->items[i]->events, f);
    run->cancelled = true;
    drop_cancelled(walk->stays->items[i]);
    walk->fresh[kind] = false;
    return i;
}

static void cancel_discharge(struct ho_walk *walk, struct ho_fold_event *f)
{
    size_t i = cancel_latest(walk, HO_FOLD_DISCHARGE, f);
    if (i + 1 < walk->stays->n)
        merge_next(walk, i);
}

// A transfer to the same place is a repeat.
static bool same_place(const struct ho_fold_event *a, const struct ho_fold_event *b)
{
    const Handoff__V1__Location *x = a->event->location, *y = b->event->location;
    if (!x || !y)
        return !x && !y;
    return strcmp(x->point_of_care, y->point_of_care) == 0 && strcmp(x->room, y->room) == 0 &&
           strcmp(x->bed, y->bed) == 0;
}

// Of a run whose own events were seen, transfers tell nothing.
static void take_back(struct ho_walk *walk, struct ho_fold_event *transfer)
{
    struct ho_run *run = transfer->run;
    transfer->cancelled = true;
    if (!run || run->own || run->cancelled)
        return;
    ho_run_count_again(run);
    for (size_t i = 0; run->cancelled && i < walk->stays->n; i++)
        drop_cancelled(walk->stays->items[i]);
}

static void cancel_transfer(struct ho_walk *walk, struct ho_fold_event *f)
{
    struct ho_fold_events *stand = &walk->transfers;
    const struct ho_fold_event *latest = stand->n ? stand->items[stand->n - 1] : NULL;
    ho_walk_push(walk->arena, &ho_walk_stay_at(walk, f->occurred)->events, f);
    while (walk->fresh[HO_FOLD_TRANSFER] && stand->n && same_place(stand->items[stand->n - 1], latest))
        take_back(walk, stand->items[--stand->n]);
    walk->fresh[HO_FOLD_TRANSFER] = false;
}

static enum ho_fold_kind cancelled_kind(enum ho_fold_kind cancel)
{
    switch (cancel) {
    case HO_FOLD_CANCEL_PREADMIT:
        return HO_FOLD_PREADMIT;
    case HO_FOLD_CANCEL_PENDING_ADMIT:
        return HO_FOLD_PENDING_ADMIT;
    case HO_FOLD_CANCEL_LEAVE:
        return HO_FOLD_LEAVE;
    case HO_FOLD_CANCEL_RETURN:
        return HO_FOLD_RETURN;
    default:
        return HO_FOLD_PENDING_DISCHARGE;
    }
}

void ho_walk_cancel(struct ho_walk *walk, struct ho_fold_event *f)
{
    switch (f->kind) {
    case HO_FOLD_CANCEL_ADMIT:
        cancel_admit(walk, f);
        break;
    case HO_FOLD_CANCEL_TRANSFER:
        cancel_transfer(walk, f);
        break;
    case HO_FOLD_CANCEL_DISCHARGE:
        cancel_discharge(walk, f);
        break;
    default:
        (void)cancel_latest(walk, cancelled_kind(f->kind), f);
        break;
    }
}
