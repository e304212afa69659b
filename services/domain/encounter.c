// The fold: what stands of a stay, ordered by the occurred clock and told as an encounter.
#include "fold.h"

#include <stdlib.h>

// ---- From events to stays ---------------------------------------------------------------------------

// The order of the walk, visit by visit.
static int compare_walk(const void *left, const void *right)
{
    const struct ho_fold_event *a = left, *b = right;
    int c = (a->group > b->group) - (a->group < b->group);
    c = c ? c : (a->recorded > b->recorded) - (a->recorded < b->recorded);
    c = c ? c : (a->kind > b->kind) - (a->kind < b->kind);
    c = c ? c : (a->occurred > b->occurred) - (a->occurred < b->occurred);
    return c ? c : memcmp(a->id, b->id, HO_ID_BYTES);
}

// ---- Telling a stay ---------------------------------------------------------------------------------

struct telling {
    struct ho_arena *arena;
    const struct ho_stay *stay;
    const struct ho_run *discharge;       // that stands, or NULL
    const ho_adt_event *destination;      // the latest word on where it led, or NULL
    struct ho_fold_events signs;          // of death
    int64_t admitted, admitted_day_end;   // PV1-44; 0
    enum ho_patient_class expected_class; // of announced admissions: of the encounter where nothing else tells
    bool elective;
    struct ho_encounter *encounter;
};

static bool is_cancelled(const struct ho_fold_event *f)
{
    return f->cancelled || (f->run && f->run->cancelled);
}

static bool stands(const struct ho_fold_event *f)
{
    return f->kind < HO_FOLD_OTHER && !is_cancelled(f);
}

static void push(struct ho_arena *arena, struct ho_fold_events *events, struct ho_fold_event *f)
{
    *(struct ho_fold_event **)ho_arena_push(arena, events, sizeof(struct ho_fold_event *)) = f;
}

static int compare_aliases(const void *left, const void *right)
{
    return memcmp(left, right, HO_ID_BYTES);
}

static struct ho_change change_of(struct ho_arena *arena, const struct ho_fold_events *events, int64_t occurred)
{
    struct ho_change change = {.occurred = occurred, .recorded = INT64_MAX, .n_aliases = events->n};
    uint8_t(*aliases)[HO_ID_BYTES] = ho_arena_array(arena, events->n, sizeof *aliases);
    for (size_t i = 0; i < events->n; i++) {
        memcpy(aliases[i], events->items[i]->id, HO_ID_BYTES);
        if (events->items[i]->recorded < change.recorded)
            change.recorded = events->items[i]->recorded;
    }
    qsort(aliases, events->n, sizeof *aliases, compare_aliases);
    memcpy(change.id, aliases[0], HO_ID_BYTES);
    change.aliases = (const uint8_t(*)[HO_ID_BYTES])aliases;
    return change;
}

// An update about the person has a class for form's sake; an announced admission has that of its waiting.
static void take_class(struct telling *t, const struct ho_fold_event *f)
{
    enum ho_patient_class patient_class = (enum ho_patient_class)f->event->patient_class;
    if (!patient_class || f->kind == HO_FOLD_FILL)
        return;
    *(ho_fold_is_expected(f->kind) ? &t->expected_class : &t->encounter->patient_class) = patient_class;
}

// PV1-4 (HL7 table 0007).
static bool is_elective(const char *admission_type)
{
    return strcmp(admission_type, "C") == 0 || strcmp(admission_type, "c") == 0;
}

static void take_fields(struct telling *t, const struct ho_fold_event *f)
{
    const ho_adt_event *e = f->event;
    struct ho_encounter *out = t->encounter;
    take_class(t, f);
    if (f->admitted && !ho_fold_is_expected(f->kind)) {
        t->admitted = f->admitted;
        t->admitted_day_end = f->admitted_day_end;
    }
    if (*e->admission_type)
        t->elective = is_elective(e->admission_type);
    if (*e->visit)
        out->visit = e->visit;
    if (*e->attending)
        out->attending = e->attending;
    if (e->n_diagnoses) {
        out->diagnoses = (const ho_diagnosis *const *)e->diagnoses;
        out->n_diagnoses = e->n_diagnoses;
    }
}

// A cancel is a word of the stay as well.
static void hear(struct ho_encounter *out, const struct ho_fold_event *f)
{
    if (f->kind != HO_FOLD_OTHER && !is_cancelled(f) && f->recorded > out->last_heard)
        out->last_heard = f->recorded;
}

// The latest recorded event that stands gives a field; where nothing stands, the latest of all.
static void tell_fields(struct telling *t)
{
    const struct ho_fold_events *events = &t->stay->events;
    bool any = false;
    t->encounter->facility = t->encounter->site = events->items[0]->event->facility;
    t->encounter->visit = t->encounter->attending = t->encounter->disposition = "";
    for (size_t i = 0; i < events->n; i++)
        any = any || stands(events->items[i]);
    for (size_t i = 0; i < events->n; i++) {
        const struct ho_fold_event *f = events->items[i];
        if (any ? stands(f) : f->kind != HO_FOLD_OTHER)
            take_fields(t, f);
        t->encounter->part2 |= f->event->part2 != 0;
        hear(t->encounter, f);
    }
}

// ---- Phases -----------------------------------------------------------------------------------------

struct phase {
    enum ho_setting setting;
    int64_t occurred;
    enum ho_fold_kind kind;
    struct ho_fold_events events;
};

struct phases {
    struct phase *items;
    size_t n, capacity;
};

// The setting that the run opens by itself. Transfers that make a move say what the move is to.
static bool run_setting(const struct ho_run *run, enum ho_setting *out)
{
    bool move = run->kind == HO_FOLD_TO_NURSING || run->kind == HO_FOLD_FROM_NURSING;
    return ho_fold_setting(move ? run->kind : ho_run_speaks(run), ho_run_class(run), ho_run_facility(run), out);
}

static bool admitted_before(const struct telling *t, int64_t at)
{
    for (size_t i = 0; i < t->stay->runs.n; i++) {
        const struct ho_run *run = t->stay->runs.items[i];
        if ((run->kind == HO_FOLD_ADMIT || run->kind == HO_FOLD_UPGRADE) && run->occurred < at)
            return true;
    }
    return false;
}

// A07: a person with a bed stays in it under observation; one without had nothing to give up.
static bool downgraded(const struct telling *t, const struct ho_run *run, enum ho_setting *out)
{
    const struct ho_run *registered = ho_stay_run(t->stay, HO_FOLD_REGISTER);
    bool nursing = ho_run_facility(run) == HO_FACILITY_SKILLED_NURSING;
    bool emergency = !nursing && ho_run_class(run) == HO_CLASS_EMERGENCY;
    *out = nursing ? HO_SETTING_SNF : emergency ? HO_SETTING_ED : HO_SETTING_OBSERVATION;
    if (emergency || !registered || admitted_before(t, run->occurred + 1))
        return true;
    enum ho_setting before;
    return run_setting(registered, &before) && before != HO_SETTING_ED;
}

// Whether the run opens a phase. A registration told after an admission is an update: nobody in a bed walks in.
static bool opens(const struct telling *t, const struct ho_run *run, enum ho_setting *out)
{
    if (!ho_fold_opens(run->kind))
        return false;
    if (run->kind == HO_FOLD_DOWNGRADE)
        return downgraded(t, run, out);
    bool late = run->kind == HO_FOLD_REGISTER && admitted_before(t, run->occurred);
    return !late && run_setting(run, out);
}

static int compare_phases(const void *left, const void *right)
{
    const struct phase *a = left, *b = right;
    int c = (a->occurred > b->occurred) - (a->occurred < b->occurred);
    c = c ? c : (a->kind > b->kind) - (a->kind < b->kind);
    return c ? c : memcmp(a->events.items[0]->id, b->events.items[0]->id, HO_ID_BYTES);
}

static void add_events(struct telling *t, const struct ho_run *run, struct phase *phase)
{
    for (size_t i = 0; i < run->events.n; i++)
        push(t->arena, &phase->events, run->events.items[i]);
}

static void list_phases(struct telling *t, struct phases *out)
{
    for (size_t i = 0; i < t->stay->runs.n; i++) {
        const struct ho_run *run = t->stay->runs.items[i];
        enum ho_setting setting;
        if (!opens(t, run, &setting))
            continue;
        struct phase *phase = ho_arena_push(t->arena, out, sizeof *phase);
        *phase = (struct phase){.setting = setting, .occurred = run->occurred, .kind = run->kind};
        add_events(t, run, phase);
    }
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items, compare_phases);
}

// Neighbours in one setting are one phase.
static void join_phases(struct telling *t, struct phases *phases)
{
    size_t kept = 0;
    for (size_t i = 0; i < phases->n; i++) {
        struct phase *last = kept ? &phases->items[kept - 1] : NULL, *phase = &phases->items[i];
        if (!last || last->setting != phase->setting) {
            phases->items[kept++] = *phase;
            continue;
        }
        for (size_t k = 0; k < phase->events.n; k++)
            push(t->arena, &last->events, phase->events.items[k]);
    }
    phases->n = kept;
}

// The events that name the phase: one that tells of the death names the death, where others are left.
static struct ho_fold_events names_of(struct telling *t, const struct phase *phase)
{
    struct ho_fold_events names = {0};
    for (size_t i = 0; i < phase->events.n; i++) {
        if (!phase->events.items[i]->tells_death)
            push(t->arena, &names, phase->events.items[i]);
    }
    return names.n ? names : phase->events;
}

// A phase told to begin after the discharge began with it: the discharge is what people act on.
static void tell_phases(struct telling *t)
{
    struct phases phases = {0};
    list_phases(t, &phases);
    join_phases(t, &phases);
    struct ho_phase *out = ho_arena_array(t->arena, phases.n, sizeof *out);
    for (size_t i = 0; i < phases.n; i++) {
        const struct phase *phase = &phases.items[i];
        int64_t occurred = phase->occurred;
        if (t->discharge && occurred > t->discharge->occurred)
            occurred = t->discharge->occurred;
        struct ho_fold_events names = names_of(t, phase);
        out[i] = (struct ho_phase){phase->setting, change_of(t->arena, &names, occurred)};
    }
    t->encounter->phases = out;
    t->encounter->n_phases = phases.n;
}

// ---- The end and the death --------------------------------------------------------------------------

// A disposition goes with the discharge that it is a word of.
static bool is_taken_back(const struct ho_fold_event *f)
{
    return is_cancelled(f) || (f->corrects && f->corrects->cancelled);
}

// Events of a visit lie in the order of the walk: a later word of the discharge lies behind it.
static bool is_word_of_discharge(const struct telling *t, const struct ho_fold_event *f)
{
    bool correction = f->corrects && !f->corrects->cancelled;
    return t->discharge && (f->run == t->discharge || (correction && f > t->discharge->events.items[0]));
}

static void find_destination(struct telling *t)
{
    for (size_t i = 0; i < t->stay->events.n; i++) {
        const struct ho_fold_event *f = t->stay->events.items[i];
        if (is_word_of_discharge(t, f) && f->event->destination)
            t->destination = f->event;
    }
}

// Whether it says that the person went elsewhere, or in an open stay that nobody went.
static bool tells_life(const struct telling *t, const struct ho_fold_event *f)
{
    enum ho_destination destination = (enum ho_destination)f->event->destination;
    bool told = destination != HO_DESTINATION_UNKNOWN && destination != HO_DESTINATION_DIED;
    bool stays = destination == HO_DESTINATION_STILL_PATIENT && t->discharge;
    return told && !stays && (f->kind == HO_FOLD_UPDATE || f->kind == HO_FOLD_DISCHARGE) && !is_taken_back(f);
}

// The latest event that does; NULL where none does.
static const struct ho_fold_event *last_life(const struct telling *t)
{
    for (size_t i = t->stay->events.n; i > 0; i--) {
        if (tells_life(t, t->stay->events.items[i - 1]))
            return t->stay->events.items[i - 1];
    }
    return NULL;
}

// A disposition says "died" only while no later one says otherwise; PID, while its facility does not.
static bool tells_death(const struct telling *t, const struct ho_fold_event *f, const struct ho_fold_event *life)
{
    if (is_cancelled(f) || f->kind > HO_FOLD_OTHER || t->stay->given)
        return false;
    if ((int)f->event->destination == HO_DESTINATION_DIED)
        return !is_taken_back(f) && (!life || f > life);
    return f->event->died && !f->outlived;
}

static void find_signs(struct telling *t)
{
    const struct ho_fold_event *life = last_life(t);
    for (size_t i = 0; i < t->stay->events.n; i++) {
        struct ho_fold_event *f = t->stay->events.items[i];
        f->tells_death = tells_death(t, f, life);
        if (!f->tells_death)
            continue;
        push(t->arena, &t->signs, f);
        t->encounter->died = true;
        if (ho_fold_possible(f->event->died_at))
            t->encounter->died_at = f->event->died_at;
    }
}

// When the death is told to have happened: PID-29, else the first word of it.
static int64_t death_time(const struct telling *t)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < t->signs.n; i++) {
        if (t->signs.items[i]->occurred < first)
            first = t->signs.items[i]->occurred;
    }
    return t->encounter->died_at ? t->encounter->died_at : first;
}

// Whether the stay that ended with a discharge ended with the death.
static bool died_in_stay(const struct telling *t)
{
    for (size_t i = 0; i < t->signs.n; i++) {
        if (t->signs.items[i]->run == t->discharge)
            return true;
    }
    return t->signs.n && death_time(t) <= t->discharge->occurred;
}

// The events that name the end; where it is the death, what told of that before, too.
static struct ho_fold_events discharge_words(const struct telling *t, bool died)
{
    struct ho_fold_events words = {0};
    for (size_t i = 0; i < t->discharge->events.n; i++)
        push(t->arena, &words, t->discharge->events.items[i]);
    for (size_t i = 0; died && i < t->signs.n; i++) {
        const struct ho_fold_event *sign = t->signs.items[i];
        if (!sign->run && sign->recorded < t->discharge->own->recorded)
            push(t->arena, &words, t->signs.items[i]);
    }
    return words;
}

static void end_by_discharge(struct telling *t)
{
    struct ho_encounter *out = t->encounter;
    out->state = HO_ENCOUNTER_ENDED;
    bool died = died_in_stay(t);
    struct ho_fold_events words = discharge_words(t, died);
    out->end = change_of(t->arena, &words, t->discharge->occurred);
    out->destination = t->destination ? (enum ho_destination)t->destination->destination : HO_DESTINATION_UNKNOWN;
    for (size_t i = 0; i < t->stay->events.n; i++) {
        const ho_adt_event *e = t->stay->events.items[i]->event;
        if (*e->disposition && is_word_of_discharge(t, t->stay->events.items[i]))
            out->disposition = *e->disposition_means ? e->disposition_means : e->disposition;
    }
    if (died)
        out->destination = HO_DESTINATION_DIED;
}

static void tell_unseen_admission(struct telling *t)
{
    struct ho_encounter *out = t->encounter;
    struct ho_phase *phase = ho_arena_alloc(t->arena, sizeof *phase);
    if (!ho_fold_setting(HO_FOLD_DISCHARGE, out->patient_class, ho_run_facility(t->discharge), &phase->setting))
        return;
    phase->change = out->end;
    bool same_day = ho_fold_in_day(out->end.occurred, t->admitted, t->admitted_day_end);
    if (t->admitted && t->admitted < out->end.occurred && !same_day)
        phase->change.occurred = t->admitted;
    out->admission_unseen = true;
    out->phases = phase;
    out->n_phases = 1;
}

static void tell_end(struct telling *t)
{
    struct ho_encounter *out = t->encounter;
    if (t->discharge) {
        end_by_discharge(t);
        if (!ho_stay_is_opened(t->stay))
            tell_unseen_admission(t);
    } else if (out->died && out->n_phases) {
        int64_t last = out->phases[out->n_phases - 1].change.occurred, at = death_time(t);
        out->state = HO_ENCOUNTER_ENDED;
        out->destination = HO_DESTINATION_DIED;
        out->end = change_of(t->arena, &t->signs, at > last ? at : last);
    }
}

static void tell_death(struct telling *t)
{
    struct ho_encounter *out = t->encounter;
    bool ended = out->state == HO_ENCOUNTER_ENDED;
    if (!out->died)
        return;
    int64_t at = death_time(t);
    if (ended && out->destination == HO_DESTINATION_DIED)
        out->death = out->end;
    else
        out->death = change_of(t->arena, &t->signs, ended && at < out->end.occurred ? out->end.occurred : at);
}

// ---- What is told besides ---------------------------------------------------------------------------

// Whether it was announced before it began; announced during a stay is the next step of what began unplanned.
static bool was_expected(const struct telling *t)
{
    const struct ho_encounter *e = t->encounter;
    for (size_t i = 0; i < t->stay->runs.n; i++) {
        const struct ho_run *run = t->stay->runs.items[i];
        if (ho_fold_is_expected(run->kind) &&
            (!e->n_phases || run->events.items[0]->recorded < e->phases[0].change.occurred))
            return true;
    }
    return false;
}

static void tell_planned(struct telling *t)
{
    struct ho_encounter *out = t->encounter;
    bool told = out->patient_class || t->discharge || out->n_phases;
    if (!told)
        out->patient_class = t->expected_class;
    out->planned = t->elective || was_expected(t);
}

static bool is_during(const struct ho_encounter *e, int64_t at)
{
    return e->n_phases && at > e->phases[0].change.occurred && (e->state != HO_ENCOUNTER_ENDED || at < e->end.occurred);
}

static void tell_leave(struct telling *t)
{
    const struct ho_run *last = NULL, *back = ho_stay_run(t->stay, HO_FOLD_RETURN);
    struct ho_encounter *out = t->encounter;
    for (size_t i = 0; i < t->stay->runs.n; i++) {
        const struct ho_run *run = t->stay->runs.items[i];
        bool is_leave = run->kind == HO_FOLD_LEAVE || run->kind == HO_FOLD_RETURN;
        if (is_leave && (!last || run->occurred >= last->occurred))
            last = run;
    }
    out->on_leave = out->state == HO_ENCOUNTER_OPEN && last && last->kind == HO_FOLD_LEAVE;
    if (back && is_during(out, back->occurred))
        out->back = change_of(t->arena, &back->events, back->occurred);
}

// A discharge that is announced after it happened tells nothing.
static void tell_announced(struct telling *t)
{
    struct ho_encounter *out = t->encounter;
    const struct ho_run *run = ho_stay_run(t->stay, HO_FOLD_PENDING_DISCHARGE);
    if (!run || !out->n_phases)
        return;
    int64_t began = out->phases[0].change.occurred, at = run->occurred > began ? run->occurred : began;
    if (out->state != HO_ENCOUNTER_ENDED || at < out->end.occurred)
        out->announced = change_of(t->arena, &run->events, at);
}

// ---- The encounter ----------------------------------------------------------------------------------

static bool was_cancelled(const struct ho_stay *stay)
{
    for (size_t i = 0; i < stay->events.n; i++) {
        if (stay->events.items[i]->kind == HO_FOLD_CANCEL_ADMIT)
            return true;
    }
    return false;
}

static void put_aside(struct telling *t)
{
    bool is_void = was_cancelled(t->stay) && !ho_stay_is_opened(t->stay) && !t->discharge;
    t->encounter->state = is_void || t->stay->given ? HO_ENCOUNTER_VOID : HO_ENCOUNTER_ASIDE;
    t->encounter->moved_away = t->stay->given;
    t->encounter->end = (struct ho_change){0};
}

static bool is_folded(const struct telling *t)
{
    bool folded = t->encounter->died;
    for (size_t i = 0; i < t->stay->events.n; i++) {
        enum ho_fold_kind kind = t->stay->events.items[i]->kind;
        folded = folded || (kind != HO_FOLD_OTHER && kind != HO_FOLD_FILL);
    }
    return folded;
}

// False where there is nothing to tell.
static bool tell(struct ho_arena *arena, const struct ho_stay *stay, struct ho_encounter *out)
{
    struct telling t = {.arena = arena, .stay = stay, .encounter = out};
    const struct ho_fold_events *events = &stay->events;
    t.discharge = ho_stay_run(stay, HO_FOLD_DISCHARGE);
    out->state = HO_ENCOUNTER_OPEN;
    out->n_events = events->n;
    memcpy(out->id, events->items[0]->id, HO_ID_BYTES);
    for (size_t i = 1; i < events->n; i++) {
        if (memcmp(events->items[i]->id, out->id, HO_ID_BYTES) < 0)
            memcpy(out->id, events->items[i]->id, HO_ID_BYTES);
    }
    tell_fields(&t);
    find_destination(&t);
    find_signs(&t);
    tell_phases(&t);
    tell_end(&t);
    if (!out->n_phases)
        put_aside(&t);
    tell_death(&t);
    tell_planned(&t);
    tell_leave(&t);
    tell_announced(&t);
    return is_folded(&t);
}

static int compare_encounters(const void *left, const void *right)
{
    const struct ho_encounter *a = left, *b = right;
    int c = (a->n_phases == 0) - (b->n_phases == 0);
    if (!c && a->n_phases) {
        int64_t from = a->phases[0].change.occurred, to = b->phases[0].change.occurred;
        c = (from > to) - (from < to);
    }
    return c ? c : memcmp(a->id, b->id, HO_ID_BYTES);
}

struct encounters {
    struct ho_encounter *items;
    size_t n, capacity;
};

static void fold_visit(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct encounters *out)
{
    struct ho_stays stays = {0};
    ho_fold_walk(arena, events, n, &stays);
    for (size_t i = 0; i < stays.n; i++) {
        struct ho_encounter encounter = {0};
        if (stays.items[i]->events.n && tell(arena, stays.items[i], &encounter))
            *(struct ho_encounter *)ho_arena_push(arena, out, sizeof encounter) = encounter;
    }
}

void ho_encounters_fold(struct ho_arena *arena, const ho_adt_event *const *events, size_t n, struct ho_encounters *out)
{
    struct ho_fold_event *seen = ho_arena_array(arena, n, sizeof *seen);
    struct encounters encounters = {0};
    struct ho_gifts *gifts;
    n = ho_fold_see(events, n, seen);
    n = ho_fold_numbers(arena, seen, n, &gifts);
    ho_fold_group(arena, seen, n);
    ho_fold_give(arena, gifts, seen, n);
    ho_fold_outlive(arena, seen, n);
    if (n)
        qsort(seen, n, sizeof *seen, compare_walk);
    for (size_t i = 0, next; i < n; i = next) {
        next = i + 1;
        while (next < n && seen[next].group == seen[i].group)
            next++;
        fold_visit(arena, &seen[i], next - i, &encounters);
    }
    if (encounters.n)
        qsort(encounters.items, encounters.n, sizeof *encounters.items, compare_encounters);
    *out = (struct ho_encounters){encounters.items, encounters.n};
}
