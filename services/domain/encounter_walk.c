// One visit's events, walked by the recorded clock: runs of one kind become changes, cancels find what they
// cancel, and an arrival after a discharge begins another stay.
//
// What belongs to which stay is asked of both clocks. An arrival begins a new stay only where it was recorded
// after the discharge (the walk) and occurred after it; everything else is an update of the stay it falls into.
// So a discharge that was charted late, or whose time was corrected, does not bring a person back into a bed.
// A repeat that is mistaken for a return makes an admission that somebody looks at; a return that were mistaken
// for a repeat would be lost without a word, which is why the later occurred time decides.
#include "encounter_walk.h"

#include <stdlib.h>

bool ho_fold_opens(enum ho_fold_kind kind)
{
    return kind <= HO_FOLD_FROM_NURSING;
}

struct ho_run *ho_stay_run(const struct ho_stay *stay, enum ho_fold_kind kind)
{
    for (size_t i = stay->runs.n; i > 0; i--) {
        if (stay->runs.items[i - 1]->kind == kind)
            return stay->runs.items[i - 1];
    }
    return NULL;
}

bool ho_stay_is_opened(const struct ho_stay *stay)
{
    for (size_t i = 0; i < stay->runs.n; i++) {
        if (ho_fold_opens(stay->runs.items[i]->kind))
            return true;
    }
    return false;
}

// ---- What a run says ----------------------------------------------------------------------------------

enum ho_fold_kind ho_run_speaks(const struct ho_run *run)
{
    return run->own ? run->kind : run->transfer ? HO_FOLD_TRANSFER : HO_FOLD_UPDATE;
}

enum ho_patient_class ho_run_class(const struct ho_run *run)
{
    return run->own ? run->own_class : run->transfer ? run->transfer_class : run->update_class;
}

enum ho_facility_setting ho_run_facility(const struct ho_run *run)
{
    const struct ho_fold_event *speaker = run->own ? run->own : run->transfer ? run->transfer : run->update;
    return speaker ? (enum ho_facility_setting)speaker->event->facility_setting : HO_FACILITY_HOSPITAL;
}

// ---- The walk's state ---------------------------------------------------------------------------------

void ho_walk_push(struct ho_arena *arena, struct ho_fold_events *events, struct ho_fold_event *event)
{
    *(struct ho_fold_event **)ho_arena_push(arena, events, sizeof(struct ho_fold_event *)) = event;
}

static struct ho_stay *new_stay(struct ho_walk *walk)
{
    struct ho_stay *stay = ho_arena_alloc(walk->arena, sizeof *stay);
    stay->ended = INT64_MAX;
    *(struct ho_stay **)ho_arena_push(walk->arena, walk->stays, sizeof(struct ho_stay *)) = stay;
    return stay;
}

// ---- Which stay ---------------------------------------------------------------------------------------

static bool started_after(const struct ho_stay *stay, int64_t at)
{
    for (size_t i = 0; i < stay->runs.n; i++) {
        const struct ho_run *run = stay->runs.items[i];
        if (ho_fold_opens(run->kind) && run->occurred <= at)
            return false;
    }
    return true;
}

// The last stay that had begun then.
struct ho_stay *ho_walk_stay_at(const struct ho_walk *walk, int64_t at)
{
    size_t i = walk->stays->n - 1;
    while (i > 0 && started_after(walk->stays->items[i], at))
        i--;
    return walk->stays->items[i];
}

static bool is_over(const struct ho_stay *stay, const struct ho_fold_event *f)
{
    return f->occurred > stay->ended;
}

// What may begin another stay after a discharge.
static bool arrives(enum ho_fold_kind kind)
{
    return kind == HO_FOLD_REGISTER || kind == HO_FOLD_ADMIT || kind == HO_FOLD_PREADMIT ||
           kind == HO_FOLD_PENDING_ADMIT;
}

// An arrival: the first stay that was not over when it occurred, else a new one.
static struct ho_stay *stay_of_arrival(struct ho_walk *walk, const struct ho_fold_event *f)
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

static struct ho_stay *stay_of(struct ho_walk *walk, const struct ho_fold_event *f)
{
    if (arrives(f->kind))
        return stay_of_arrival(walk, f);
    struct ho_stay *stay = ho_walk_stay_at(walk, f->occurred);
    bool admits_after_visit = f->kind == HO_FOLD_UPGRADE && is_over(stay, f) && !had_bed(stay);
    return admits_after_visit ? new_stay(walk) : stay;
}

// ---- Which run ----------------------------------------------------------------------------------------

bool ho_fold_admits(enum ho_fold_kind kind)
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
        return ho_fold_admits(b);
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
        if (are_opposite(other->kind, stay->runs.items[run]->kind) && other->occurred < f->occurred)
            return true;
    }
    return false;
}

static void count_class(enum ho_patient_class *latest, const struct ho_fold_event *f)
{
    if (f->event->patient_class)
        *latest = (enum ho_patient_class)f->event->patient_class;
}

static void count_kind(struct ho_run *run, const struct ho_fold_event *f)
{
    if (f->kind == run->kind) {
        run->own = f;
        count_class(&run->own_class, f);
    } else if (f->kind == HO_FOLD_TRANSFER) {
        run->transfer = f;
        count_class(&run->transfer_class, f);
    } else {
        run->update = f;
        if (run->update_class != HO_CLASS_INPATIENT)
            count_class(&run->update_class, f);
    }
}

static void count(struct ho_run *run, const struct ho_fold_event *f)
{
    count_kind(run, f);
    if (f->admitted && !run->raised) {
        run->stated = f->admitted;
        run->stated_day_end = f->admitted_day_end;
    }
    if (f->occurred < run->first)
        run->first = f->occurred;
}

// Until the event that opens it is seen, an admission known by transfers or updates began where they say, or with
// the first of them where they say no more than its day; so does a move that transfers make.
static void settle_occurred(struct ho_run *run)
{
    bool move = run->kind == HO_FOLD_TO_NURSING || run->kind == HO_FOLD_FROM_NURSING;
    bool stated = run->stated && !move && !ho_fold_in_day(run->first, run->stated, run->stated_day_end);
    run->occurred = run->own ? run->own->occurred : stated ? run->stated : run->first;
}

void ho_stay_settle_end(struct ho_stay *stay)
{
    const struct ho_run *discharge = ho_stay_run(stay, HO_FOLD_DISCHARGE);
    stay->ended = discharge ? discharge->occurred : INT64_MAX;
}

static void append(struct ho_arena *arena, struct ho_stay *stay, struct ho_run *run, struct ho_fold_event *f)
{
    if (f->undated && run->own)
        f->occurred = run->own->occurred;
    ho_walk_push(arena, &run->events, f);
    f->run = run;
    count(run, f);
    settle_occurred(run);
    if (run->kind == HO_FOLD_DISCHARGE)
        ho_stay_settle_end(stay);
}

static struct ho_run *new_run(struct ho_walk *walk, struct ho_stay *stay, enum ho_fold_kind kind)
{
    struct ho_run *run = ho_arena_alloc(walk->arena, sizeof *run);
    bool arrival = kind == HO_FOLD_REGISTER || ho_fold_admits(kind);
    run->kind = kind;
    run->first = INT64_MAX;
    *(struct ho_run **)ho_arena_push(walk->arena, &stay->runs, sizeof(struct ho_run *)) = run;
    stay->had_arrival |= arrival;
    walk->fresh[arrival || kind == HO_FOLD_DOWNGRADE ? HO_FOLD_ADMIT : kind] = true;
    return run;
}

static void begin_run(struct ho_walk *walk, struct ho_stay *stay, enum ho_fold_kind kind, struct ho_fold_event *f)
{
    append(walk->arena, stay, new_run(walk, stay, kind), f);
}

static void join_run(struct ho_walk *walk, struct ho_stay *stay, enum ho_fold_kind kind, struct ho_fold_event *f)
{
    for (size_t i = 0; i < stay->runs.n; i++) {
        struct ho_run *run = stay->runs.items[i];
        if (run->kind == kind && !is_past(stay, i, f)) {
            append(walk->arena, stay, run, f);
            return;
        }
    }
    begin_run(walk, stay, kind, f);
}

void ho_run_count_again(struct ho_run *run)
{
    run->own = run->transfer = run->update = NULL;
    run->own_class = run->transfer_class = run->update_class = HO_CLASS_UNKNOWN;
    run->first = INT64_MAX;
    run->stated = run->stated_day_end = 0;
    for (size_t i = 0; i < run->events.n; i++) {
        if (!run->events.items[i]->cancelled)
            count(run, run->events.items[i]);
    }
    run->cancelled = !run->own && !run->transfer && !run->update;
    settle_occurred(run);
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
        if (ho_fold_admits(stay->runs.items[i - 1]->kind))
            return stay->runs.items[i - 1];
    }
    return NULL;
}

// A transfer between beds implies an admission that was not seen; once it is seen, the transfers are aliases
// of it, so that work which was done under them follows.
static void imply_admission(struct ho_walk *walk, struct ho_stay *stay, struct ho_fold_event *f)
{
    enum ho_setting setting;
    struct ho_run *latest = latest_admission(stay);
    if (!setting_of(f, &setting))
        return;
    if (latest)
        append(walk->arena, stay, latest, f);
    else
        begin_run(walk, stay, HO_FOLD_ADMIT, f);
}

// Whether an update makes more of the stay than all its arrivals did. What A11 or A07 took back no update brings again:
// its class may be stale.
static bool raises(const struct ho_stay *stay, enum ho_setting to)
{
    int highest = 0;
    for (size_t i = 0; i < stay->runs.n; i++) {
        const struct ho_run *run = stay->runs.items[i];
        enum ho_setting from;
        if (run->kind == HO_FOLD_DOWNGRADE)
            return false;
        if ((run->kind != HO_FOLD_REGISTER && !ho_fold_admits(run->kind)) ||
            !ho_fold_setting(ho_run_speaks(run), ho_run_class(run), ho_run_facility(run), &from))
            continue;
        if (!ho_setting_care(from))
            return false;
        highest = ho_setting_care(from) > highest ? ho_setting_care(from) : highest;
    }
    return highest && ho_setting_care(to) > highest && !stay->lost_admission;
}

static void begin_raised(struct ho_walk *walk, struct ho_stay *stay, enum ho_fold_kind kind, struct ho_fold_event *f)
{
    struct ho_run *run = new_run(walk, stay, kind);
    run->raised = true;
    append(walk->arena, stay, run, f);
}

// An update that may be the first word of an arrival is one where there was none, not even one that was cancelled, and
// makes more of a stay that had begun; once the arrival is seen, the updates are aliases of it.
static void imply_arrival(struct ho_walk *walk, struct ho_stay *stay, struct ho_fold_event *f)
{
    enum ho_setting setting;
    struct ho_run *admission = latest_admission(stay);
    if (is_over(stay, f) || !setting_of(f, &setting))
        return;
    if (raises(stay, setting)) {
        begin_raised(walk, stay, admission ? HO_FOLD_UPGRADE : HO_FOLD_ADMIT, f);
        return;
    }
    enum ho_fold_kind kind = setting == HO_SETTING_ED ? HO_FOLD_REGISTER : HO_FOLD_ADMIT;
    struct ho_run *run = kind == HO_FOLD_ADMIT ? admission : ho_stay_run(stay, kind);
    if (run)
        append(walk->arena, stay, run, f);
    else if (!stay->had_arrival)
        begin_run(walk, stay, kind, f);
}

// ---- Transfers --------------------------------------------------------------------------------------------

// The change that led to the bed in which the person was: the last to occur before.
static const struct ho_run *bed_at(const struct ho_stay *stay, int64_t at)
{
    const struct ho_run *bed = NULL;
    for (size_t i = 0; i < stay->runs.n; i++) {
        const struct ho_run *run = stay->runs.items[i];
        bool is_bed = ho_fold_opens(run->kind) && run->kind != HO_FOLD_REGISTER;
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
static void transfer(struct ho_walk *walk, struct ho_stay *stay, struct ho_fold_event *f)
{
    enum ho_setting setting;
    const struct ho_run *bed = bed_at(stay, f->occurred);
    bool from = bed && ho_run_facility(bed) == HO_FACILITY_SKILLED_NURSING,
         to = (int)f->event->facility_setting == HO_FACILITY_SKILLED_NURSING;
    ho_walk_push(walk->arena, &walk->transfers, f);
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

// ---- When -----------------------------------------------------------------------------------------------

// The last moment at which it may have occurred: of a day that is told without a time, its end or the record.
static int64_t latest_moment(const struct ho_fold_event *f)
{
    int64_t latest = f->recorded < f->day_end ? f->recorded : f->day_end - 1;
    return f->day_end && latest > f->occurred ? latest : f->occurred;
}

static bool is_of_day(const struct ho_fold_event *f, int64_t at)
{
    return ho_fold_in_day(at, f->occurred, f->day_end);
}

// The change of that day which the event repeats, or NULL.
static const struct ho_run *repeated(const struct ho_stay *stay, const struct ho_fold_event *f)
{
    for (size_t i = stay->runs.n; i > 0; i--) {
        const struct ho_run *run = stay->runs.items[i - 1];
        if (run->kind == f->kind && is_of_day(f, run->occurred))
            return run;
    }
    return NULL;
}

// What is told by its day alone occurred when it was recorded, if that was on the day; a repeat moves nothing, and an
// arrival that was not seen was before its discharge. What is told by a time stays.
static void date_day(const struct ho_walk *walk, struct ho_fold_event *f)
{
    if (!f->day_end)
        return;
    const struct ho_stay *stay = ho_walk_stay_at(walk, latest_moment(f));
    const struct ho_run *run = repeated(stay, f);
    bool unseen = arrives(f->kind) && !ho_stay_is_opened(stay) && is_of_day(f, stay->ended);
    if (run)
        f->occurred = run->occurred;
    else if (is_of_day(f, f->recorded))
        f->occurred = unseen && stay->ended < f->recorded ? stay->ended : f->recorded;
}

static bool tells_end(const ho_adt_event *e)
{
    bool stays = (int)e->destination == HO_DESTINATION_UNKNOWN || (int)e->destination == HO_DESTINATION_STILL_PATIENT;
    return e->discharged || !stays;
}

// Whether an A06 that was recorded after a visit admits the person after it, too: soon, where no bed was left, nobody
// died, and it tells no end. Weeks later it is the bill that changes its class.
static bool follows_visit(const struct ho_stay *stay, const struct ho_fold_event *f)
{
    const int64_t soon = 36 * HO_US_PER_HOUR;
    const struct ho_run *discharge = ho_stay_run(stay, HO_FOLD_DISCHARGE);
    enum ho_patient_class left = discharge ? ho_run_class(discharge) : HO_CLASS_UNKNOWN;
    return discharge && f->kind == HO_FOLD_UPGRADE && left != HO_CLASS_INPATIENT && left != HO_CLASS_OBSERVATION &&
           !had_bed(stay) && !discharge->own->event->died && !tells_end(f->event) && f->recorded - stay->ended <= soon;
}

// Whether its time is the beginning of the visit (PV1-44, where EVN-6 is empty), which an arrival told or nobody yet.
static bool dates_visit(const struct ho_walk *walk, const struct ho_fold_event *f)
{
    bool of_class = f->kind == HO_FOLD_UPGRADE || f->kind == HO_FOLD_DOWNGRADE;
    bool beginning = f->occurred <= walk->arrived || walk->arrived == INT64_MIN;
    return of_class && f->admitted && f->occurred == f->admitted && beginning;
}

// Such a change of class occurred when it was recorded; alone, with the visit. One that is charted after the discharge
// was before it, nobody knows when, unless the discharge was from a visit.
static void date_class(const struct ho_walk *walk, struct ho_fold_event *f)
{
    const struct ho_stay *stay = ho_walk_stay_at(walk, latest_moment(f));
    bool alone = walk->arrived == INT64_MIN;
    f->undated = f->recorded > stay->ended ? follows_visit(stay, f) : !alone;
    if (f->undated)
        f->occurred = f->recorded;
    else if (is_of_day(f, walk->arrived))
        f->occurred = walk->arrived;
    else if (alone)
        date_day(walk, f);
}

static void date(struct ho_walk *walk, struct ho_fold_event *f)
{
    if (dates_visit(walk, f))
        date_class(walk, f);
    else
        date_day(walk, f);
    if (f->kind == HO_FOLD_REGISTER || f->kind == HO_FOLD_ADMIT)
        walk->arrived = f->occurred > walk->arrived ? f->occurred : walk->arrived;
}

// ---- The walk -----------------------------------------------------------------------------------------

static bool is_run(enum ho_fold_kind kind)
{
    return kind <= HO_FOLD_DISCHARGE && kind != HO_FOLD_UPDATE;
}

// An update after the discharge is a later word on where to, and on when where it tells another time (PV1-45) than the
// discharge did, or another day. Whoever is still a patient then is none.
static void correct_discharge(struct ho_stay *stay, struct ho_fold_event *f)
{
    struct ho_run *discharge = ho_stay_run(stay, HO_FOLD_DISCHARGE);
    int64_t left = ho_fold_possible(f->event->discharged);
    if (!discharge || !f->event->destination || (int)f->event->destination == HO_DESTINATION_STILL_PATIENT)
        return;
    f->corrects = discharge;
    if (!left || left > f->recorded || left == discharge->own->event->discharged)
        return;
    int64_t day_end = ho_fold_day_end(left, f->event->discharged_day_end);
    if (ho_fold_in_day(discharge->occurred, left, day_end))
        return;
    discharge->occurred = ho_fold_in_day(f->recorded, left, day_end) ? f->recorded : left;
    ho_stay_settle_end(stay);
}

static void change(struct ho_walk *walk, struct ho_fold_event *f)
{
    date(walk, f);
    struct ho_stay *stay = stay_of(walk, f);
    ho_walk_push(walk->arena, &stay->events, f);
    if (f->kind == HO_FOLD_UPDATE)
        correct_discharge(stay, f);
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
        ho_walk_push(arena, &stay->events, &events[i]);
    return i;
}

// The events of a visit lie in the order of the walk, so their addresses tell it.
static int compare_events(const void *left, const void *right)
{
    const struct ho_fold_event *a = *(struct ho_fold_event *const *)left, *b = *(struct ho_fold_event *const *)right;
    return (a > b) - (a < b);
}

void ho_fold_walk(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct ho_stays *out)
{
    struct ho_stays stays = {0};
    struct ho_walk walk = {.arena = arena, .stays = &stays, .arrived = INT64_MIN};
    size_t given = take_given(arena, events, n, out);
    new_stay(&walk);
    for (size_t i = given; i < n; i++) {
        if (events[i].kind > HO_FOLD_OTHER)
            ho_walk_cancel(&walk, &events[i]);
        else
            change(&walk, &events[i]);
    }
    for (size_t i = 0; i < stays.n; i++) {
        struct ho_fold_events *all = &stays.items[i]->events;
        if (stays.items[i]->mixed)
            qsort(all->items, all->n, sizeof(struct ho_fold_event *), compare_events);
        *(struct ho_stay **)ho_arena_push(arena, out, sizeof(struct ho_stay *)) = stays.items[i];
    }
}
