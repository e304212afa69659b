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
    return kind <= HO_FOLD_FROM_NURSING;
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

// ---- What a run says ----------------------------------------------------------------------------------

static bool has_kind(const struct ho_run *run, enum ho_fold_kind kind)
{
    for (size_t i = 0; i < run->events.n; i++) {
        if (run->events.items[i]->kind == kind && !run->events.items[i]->cancelled)
            return true;
    }
    return false;
}

enum ho_fold_kind ho_run_speaks(const struct ho_run *run)
{
    const enum ho_fold_kind kinds[] = {run->kind, HO_FOLD_TRANSFER};
    for (size_t i = 0; i < 2; i++) {
        if (has_kind(run, kinds[i]))
            return kinds[i];
    }
    return HO_FOLD_UPDATE;
}

const ho_adt_event *ho_run_speaker(const struct ho_run *run, bool classed)
{
    enum ho_fold_kind speaks = ho_run_speaks(run);
    for (size_t i = run->events.n; i > 0; i--) {
        const struct ho_fold_event *f = run->events.items[i - 1];
        if (f->kind == speaks && !f->cancelled && (!classed || f->event->patient_class))
            return f->event;
    }
    return NULL;
}

bool ho_run_in_nursing(const struct ho_run *run)
{
    const ho_adt_event *speaker = ho_run_speaker(run, false);
    return speaker && (int)speaker->facility_setting == HO_FACILITY_SKILLED_NURSING;
}

// ---- The walk's state ---------------------------------------------------------------------------------

struct walk {
    struct ho_arena *arena;
    struct ho_stays *stays;
    struct ho_fold_events transfers; // that stand
    // Whether something of the kind (an arrival: HO_FOLD_ADMIT) came since the last cancel that found something, so
    // that its repeats find nothing more.
    bool fresh[HO_FOLD_KINDS];
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

// What may begin another stay after a discharge.
static bool arrives(enum ho_fold_kind kind)
{
    return kind == HO_FOLD_REGISTER || kind == HO_FOLD_ADMIT || kind == HO_FOLD_PREADMIT ||
           kind == HO_FOLD_PENDING_ADMIT;
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
    if (arrives(f->kind))
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
    switch (a) {
    case HO_FOLD_ADMIT:
    case HO_FOLD_UPGRADE:
        return b == HO_FOLD_DOWNGRADE;
    case HO_FOLD_DOWNGRADE:
        return is_admission(b);
    case HO_FOLD_TO_NURSING:
        return b == HO_FOLD_FROM_NURSING;
    case HO_FOLD_FROM_NURSING:
        return b == HO_FOLD_TO_NURSING;
    case HO_FOLD_LEAVE:
        return b == HO_FOLD_RETURN;
    case HO_FOLD_RETURN:
        return b == HO_FOLD_LEAVE;
    default:
        return false;
    }
}

// Whether an opposite change lies between the run and the event, by both clocks.
static bool is_past(const struct ho_stay *stay, size_t run, const struct ho_fold_event *f)
{
    for (size_t i = run + 1; i < stay->runs.n; i++) {
        const struct ho_run *other = stay->runs.items[i];
        if (!other->cancelled && are_opposite(other->kind, stay->runs.items[run]->kind) &&
            other->occurred < f->occurred)
            return true;
    }
    return false;
}

// Until the event that opens it is seen, an admission known by transfers or updates began where they say, or with
// the first of them; so does a move that transfers make.
static int64_t implied_occurred(const struct ho_run *run)
{
    int64_t first = INT64_MAX, stated = 0;
    for (size_t i = 0; i < run->events.n; i++) {
        const struct ho_fold_event *f = run->events.items[i];
        if (f->cancelled)
            continue;
        if (f->admitted)
            stated = f->admitted;
        if (f->occurred < first)
            first = f->occurred;
    }
    bool move = run->kind == HO_FOLD_TO_NURSING || run->kind == HO_FOLD_FROM_NURSING;
    return stated && !move ? stated : first;
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

static void begin_run(struct walk *walk, struct ho_stay *stay, enum ho_fold_kind kind, struct ho_fold_event *f)
{
    struct ho_run *run = ho_arena_alloc(walk->arena, sizeof *run);
    bool arrival = kind == HO_FOLD_REGISTER || is_admission(kind) || kind == HO_FOLD_DOWNGRADE;
    run->kind = kind;
    *(struct ho_run **)ho_arena_push(walk->arena, &stay->runs, sizeof(struct ho_run *)) = run;
    append(walk->arena, run, f);
    walk->fresh[arrival ? HO_FOLD_ADMIT : kind] = true;
}

static void join_run(struct walk *walk, struct ho_stay *stay, enum ho_fold_kind kind, struct ho_fold_event *f)
{
    for (size_t i = 0; i < stay->runs.n; i++) {
        struct ho_run *run = stay->runs.items[i];
        if (run->kind == kind && !run->cancelled && !is_past(stay, i, f)) {
            append(walk->arena, run, f);
            return;
        }
    }
    begin_run(walk, stay, kind, f);
}

// ---- Arrivals that were not seen --------------------------------------------------------------------------

static bool setting_of(const struct ho_fold_event *f, enum ho_setting *out)
{
    return ho_fold_setting(f->kind, (enum ho_patient_class)f->event->patient_class,
                           (enum ho_facility_setting)f->event->facility_setting, out);
}

static struct ho_run *latest_admission(const struct ho_stay *stay)
{
    for (size_t i = stay->runs.n; i > 0; i--) {
        if (is_admission(stay->runs.items[i - 1]->kind) && !stay->runs.items[i - 1]->cancelled)
            return stay->runs.items[i - 1];
    }
    return NULL;
}

// A transfer between beds implies an admission that was not seen; once it is seen, the transfers are aliases
// of it, so that work which was done under them follows.
static void imply_admission(struct walk *walk, struct ho_stay *stay, struct ho_fold_event *f)
{
    enum ho_setting setting;
    struct ho_run *latest = latest_admission(stay);
    if (!setting_of(f, &setting))
        return;
    if (latest)
        append(walk->arena, latest, f);
    else
        begin_run(walk, stay, HO_FOLD_ADMIT, f);
}

static bool had_arrival(const struct ho_stay *stay)
{
    for (size_t i = 0; i < stay->runs.n; i++) {
        if (stay->runs.items[i]->kind == HO_FOLD_REGISTER || is_admission(stay->runs.items[i]->kind))
            return true;
    }
    return false;
}

// An update that may be the first word of an arrival is one where there was none, not even one that was cancelled;
// once it is seen, the updates are aliases of it.
static void imply_arrival(struct walk *walk, struct ho_stay *stay, struct ho_fold_event *f)
{
    enum ho_setting setting;
    if (is_over(stay, f) || !setting_of(f, &setting))
        return;
    enum ho_fold_kind kind = setting == HO_SETTING_ED ? HO_FOLD_REGISTER : HO_FOLD_ADMIT;
    struct ho_run *run = kind == HO_FOLD_ADMIT ? latest_admission(stay) : ho_stay_run(stay, kind);
    if (run)
        append(walk->arena, run, f);
    else if (!had_arrival(stay))
        begin_run(walk, stay, kind, f);
}

// ---- Transfers --------------------------------------------------------------------------------------------

// The change that led to the bed in which the person was: the last to occur before.
static const struct ho_run *bed_at(const struct ho_stay *stay, int64_t at)
{
    const struct ho_run *bed = NULL;
    for (size_t i = 0; i < stay->runs.n; i++) {
        const struct ho_run *run = stay->runs.items[i];
        bool is_bed = ho_fold_opens(run->kind) && run->kind != HO_FOLD_REGISTER && !run->cancelled;
        if (is_bed && run->occurred <= at && (!bed || run->occurred >= bed->occurred))
            bed = run;
    }
    return bed;
}

static bool names_place(const struct ho_fold_event *f)
{
    return f->event->location && *f->event->location->point_of_care;
}

// Into a nursing unit of the hospital, out of it, or between beds of one kind.
static void transfer(struct walk *walk, struct ho_stay *stay, struct ho_fold_event *f)
{
    enum ho_setting setting;
    const struct ho_run *bed = bed_at(stay, f->occurred);
    bool from = bed && ho_run_in_nursing(bed), to = (int)f->event->facility_setting == HO_FACILITY_SKILLED_NURSING;
    push_event(walk->arena, &walk->transfers, f);
    walk->fresh[HO_FOLD_TRANSFER] = true;
    if (is_over(stay, f))
        return;
    if (bed && to && setting_of(f, &setting) && (!from || bed->kind == HO_FOLD_TO_NURSING))
        join_run(walk, stay, HO_FOLD_TO_NURSING, f);
    else if (bed && !to && names_place(f) && (from || bed->kind == HO_FOLD_FROM_NURSING))
        join_run(walk, stay, HO_FOLD_FROM_NURSING, f);
    else
        imply_admission(walk, stay, f);
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

static bool is_of_admission(enum ho_fold_kind kind)
{
    return ho_fold_opens(kind) && kind != HO_FOLD_REGISTER;
}

static bool is_expected(enum ho_fold_kind kind)
{
    return kind == HO_FOLD_PREADMIT || kind == HO_FOLD_PENDING_ADMIT;
}

// The admission goes with all that was made of it; of the registration there is only the one. What was announced
// before was announced all the same.
static void cancel_arrival(struct ho_stay *stay, struct ho_run *arrival)
{
    bool admission = is_admission(arrival->kind);
    arrival->cancelled = true;
    for (size_t i = 0; admission && i < stay->runs.n; i++) {
        struct ho_run *run = stay->runs.items[i];
        if (is_of_admission(run->kind))
            run->cancelled = true;
    }
    bool stood = stands(stay);
    for (size_t i = 0; !stood && i < stay->runs.n; i++) {
        if (!is_expected(stay->runs.items[i]->kind))
            stay->runs.items[i]->cancelled = true; // nobody leaves a stay that never was
    }
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
    while (walk->fresh[HO_FOLD_ADMIT] && !arrival && i > 0)
        arrival = latest_arrival(walk->stays->items[--i]);
    if (!arrival) {
        push_event(walk->arena, &stay_at(walk, f)->events, f);
        return;
    }
    struct ho_stay *stay = walk->stays->items[i];
    push_event(walk->arena, &stay->events, f);
    cancel_arrival(stay, arrival);
    walk->fresh[HO_FOLD_ADMIT] = false;
    if (i > 0 && !stands(stay))
        merge_next(walk, i - 1);
}

// Cancels the latest change of the kind. Returns its stay, or the number of stays where there is none.
static size_t cancel_latest(struct walk *walk, enum ho_fold_kind kind, struct ho_fold_event *f)
{
    struct ho_run *run = NULL;
    size_t i = walk->stays->n;
    while (walk->fresh[kind] && !run && i > 0)
        run = ho_stay_run(walk->stays->items[--i], kind);
    if (!run) {
        push_event(walk->arena, &stay_at(walk, f)->events, f);
        return walk->stays->n;
    }
    push_event(walk->arena, &walk->stays->items[i]->events, f);
    run->cancelled = true;
    walk->fresh[kind] = false;
    return i;
}

static void cancel_discharge(struct walk *walk, struct ho_fold_event *f)
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

static void take_back(struct ho_fold_event *transfer)
{
    struct ho_run *run = transfer->run;
    bool any = false;
    transfer->cancelled = true;
    for (size_t i = 0; run && i < run->events.n; i++)
        any = any || !run->events.items[i]->cancelled;
    if (run && any)
        run->occurred = run_occurred(run);
    else if (run)
        run->cancelled = true;
}

static void cancel_transfer(struct walk *walk, struct ho_fold_event *f)
{
    struct ho_fold_events *stand = &walk->transfers;
    const struct ho_fold_event *latest = stand->n ? stand->items[stand->n - 1] : NULL;
    push_event(walk->arena, &stay_at(walk, f)->events, f);
    while (walk->fresh[HO_FOLD_TRANSFER] && stand->n && same_place(stand->items[stand->n - 1], latest))
        take_back(stand->items[--stand->n]);
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

static void cancel(struct walk *walk, struct ho_fold_event *f)
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

// ---- The walk -----------------------------------------------------------------------------------------

static bool is_run(enum ho_fold_kind kind)
{
    return kind <= HO_FOLD_DISCHARGE && kind != HO_FOLD_UPDATE;
}

static void change(struct walk *walk, struct ho_fold_event *f)
{
    struct ho_stay *stay = stay_of(walk, f);
    push_event(walk->arena, &stay->events, f);
    if (f->kind == HO_FOLD_TRANSFER)
        transfer(walk, stay, f);
    else if (f->admits && f->kind == HO_FOLD_UPDATE)
        imply_arrival(walk, stay, f);
    else if (is_run(f->kind) && !(ho_fold_opens(f->kind) && is_over(stay, f)))
        join_run(walk, stay, f->kind, f);
}

// Of a visit that was given to another patient nothing is walked, and what is told late of it is part of it; an
// arrival after that is another stay.
static size_t take_given(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct ho_stays *out)
{
    size_t i = 0;
    if (!n || !events[0].given)
        return 0;
    struct ho_stay *stay = ho_arena_alloc(arena, sizeof *stay);
    stay->given = true;
    *(struct ho_stay **)ho_arena_push(arena, out, sizeof(struct ho_stay *)) = stay;
    for (; i < n && (events[i].given || !(arrives(events[i].kind) || events[i].admits)); i++)
        push_event(arena, &stay->events, &events[i]);
    return i;
}

void ho_fold_walk(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct ho_stays *out)
{
    struct ho_stays stays = {0};
    struct walk walk = {.arena = arena, .stays = &stays};
    size_t given = take_given(arena, events, n, out);
    new_stay(&walk);
    for (size_t i = given; i < n; i++) {
        if (events[i].kind > HO_FOLD_OTHER)
            cancel(&walk, &events[i]);
        else
            change(&walk, &events[i]);
    }
    for (size_t i = 0; i < stays.n; i++)
        *(struct ho_stay **)ho_arena_push(arena, out, sizeof(struct ho_stay *)) = stays.items[i];
}
