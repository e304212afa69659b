// What each event is to the fold: its kind by the trigger (HL7 v2.8.2 ch. 3), its times, its numbers.
#include <stdlib.h>

#include "fold.h"

// ---- Triggers -----------------------------------------------------------------------------------------

// The number of a trigger; 0 where it is none.
static int number_of(const char *trigger)
{
    bool is_one = strlen(trigger) == 3 && trigger[0] == 'A' && trigger[1] >= '0' && trigger[1] <= '9' &&
                  trigger[2] >= '0' && trigger[2] <= '9';
    return is_one ? (trigger[1] - '0') * 10 + (trigger[2] - '0') : 0;
}

static bool moves(int trigger)
{
    return trigger == 44 || trigger == 45;
}

// A44 and A45 about one patient, whose numbers they change.
static bool renumbers(const ho_adt_event *e)
{
    bool has_prior = *e->prior_mrn || *e->prior_visit || *e->prior_account;
    return has_prior && (!*e->prior_mrn || strcmp(e->prior_mrn, e->mrn) == 0);
}

// A44, A45: an odd subject is whom the visit was taken from. Who gets it has the stay that the message tells of, and
// its end where it tells that, beside what was recorded of it before.
static enum ho_fold_kind kind_of_move(const ho_adt_event *e)
{
    if (e->subject % 2)
        return HO_FOLD_GIVE;
    if (renumbers(e))
        return HO_FOLD_OTHER;
    return e->discharged ? HO_FOLD_DISCHARGE : HO_FOLD_UPDATE;
}

// An update about the person fills fields of the visit that it names, if it names any.
static enum ho_fold_kind kind_of_fill(const ho_adt_event *e)
{
    return *e->visit || *e->account ? HO_FOLD_FILL : HO_FOLD_OTHER;
}

static enum ho_fold_kind kind_of(const ho_adt_event *e)
{
    static const struct {
        int trigger;
        enum ho_fold_kind kind;
    } kinds[] = {
        {1, HO_FOLD_ADMIT},
        {2, HO_FOLD_TRANSFER},
        {3, HO_FOLD_DISCHARGE},
        {4, HO_FOLD_REGISTER},
        {5, HO_FOLD_PREADMIT},
        {6, HO_FOLD_UPGRADE},
        {7, HO_FOLD_DOWNGRADE},
        {8, HO_FOLD_UPDATE},
        {11, HO_FOLD_CANCEL_ADMIT},
        {12, HO_FOLD_CANCEL_TRANSFER},
        {13, HO_FOLD_CANCEL_DISCHARGE},
        {14, HO_FOLD_PENDING_ADMIT},
        {16, HO_FOLD_PENDING_DISCHARGE},
        {17, HO_FOLD_UPDATE},
        {21, HO_FOLD_LEAVE},
        {22, HO_FOLD_RETURN},
        {25, HO_FOLD_CANCEL_PENDING_DISCHARGE},
        {27, HO_FOLD_CANCEL_PENDING_ADMIT},
        {28, HO_FOLD_FILL},
        {29, HO_FOLD_FILL},
        {31, HO_FOLD_FILL},
        {38, HO_FOLD_CANCEL_PREADMIT},
        {48, HO_FOLD_FILL},
        {52, HO_FOLD_CANCEL_LEAVE},
        {53, HO_FOLD_CANCEL_RETURN},
        {54, HO_FOLD_FILL},
        {55, HO_FOLD_FILL},
        {60, HO_FOLD_FILL},
        {61, HO_FOLD_FILL},
        {62, HO_FOLD_FILL},
    };
    int trigger = number_of(e->trigger);
    if (moves(trigger))
        return kind_of_move(e);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].trigger != trigger)
            continue;
        if (kinds[i].kind == HO_FOLD_FILL)
            return kind_of_fill(e);
        bool stays = kinds[i].kind == HO_FOLD_DISCHARGE && (int)e->destination == HO_DESTINATION_STILL_PATIENT;
        return stays ? HO_FOLD_UPDATE : kinds[i].kind;
    }
    return HO_FOLD_OTHER;
}

// ---- Times --------------------------------------------------------------------------------------------

int64_t ho_fold_possible(int64_t instant)
{
    const int64_t limit = INT64_C(9000) * 366 * 24 * HO_US_PER_HOUR; // beyond the years that dates have
    return instant > -limit && instant < limit ? instant : 0;
}

// What is announced has the time for which it is expected: what counts is when it was said.
static bool announces(enum ho_fold_kind kind)
{
    return kind == HO_FOLD_PREADMIT || kind == HO_FOLD_PENDING_ADMIT || kind == HO_FOLD_PENDING_DISCHARGE;
}

int64_t ho_fold_day_end(int64_t begins, int64_t ends)
{
    const int64_t longest = 25 * HO_US_PER_HOUR; // the end of daylight saving
    ends = ho_fold_possible(ends);
    return ends > begins && ends - begins <= longest ? ends : 0;
}

// A message of a move says when that was done; when the stay began or ended stands in PV1.
static void take_told_time(struct ho_fold_event *f)
{
    const ho_adt_event *e = f->event;
    bool move = moves(number_of(e->trigger)), end = f->kind == HO_FOLD_DISCHARGE;
    int64_t of_visit = move ? ho_fold_possible(end ? e->discharged : e->admitted) : 0;
    int64_t day_end = !of_visit ? e->occurred_day_end : end ? e->discharged_day_end : e->admitted_day_end;
    f->occurred = of_visit ? of_visit : ho_fold_possible(e->occurred);
    f->day_end = f->occurred ? ho_fold_day_end(f->occurred, day_end) : 0;
}

static void see_times(struct ho_fold_event *f)
{
    const int64_t clock_error = 24 * HO_US_PER_HOUR; // nobody records what is yet to happen
    take_told_time(f);
    f->recorded = ho_fold_possible(f->event->recorded);
    f->recorded = f->recorded ? f->recorded : f->occurred;
    bool future = f->occurred > f->recorded + (announces(f->kind) ? 0 : clock_error);
    if (!f->occurred || future) {
        f->occurred = f->recorded;
        f->day_end = 0;
    }
    f->admitted = ho_fold_possible(f->event->admitted);
    if (f->admitted > f->recorded + clock_error && !announces(f->kind))
        f->admitted = 0;
    f->admitted_day_end = f->admitted ? ho_fold_day_end(f->admitted, f->event->admitted_day_end) : 0;
}

// ---- Numbers ------------------------------------------------------------------------------------------

static void see_numbers(struct ho_fold_event *f)
{
    const ho_adt_event *e = f->event;
    f->account = e->account;
    f->visit_before = f->account_before = "";
    switch (number_of(e->trigger)) {
    case 6: // class changes
    case 7:
        f->visit_before = e->prior_visit;
        f->account_before = e->prior_account;
        break;
    case 42: // merge, move within a patient, change of a visit number
    case 45:
    case 50:
        f->visit_before = e->prior_visit;
        break;
    case 35: // merge, move within a patient, change of an account number
    case 36:
    case 41:
    case 44:
    case 49:
        f->account_before = e->prior_account;
        f->joins_accounts = true;
        break;
    default:
        break;
    }
}

// ---- Who lives ----------------------------------------------------------------------------------------

// By facility, the latest recorded first.
static int compare_words(const void *left, const void *right)
{
    const struct ho_fold_event *a = *(struct ho_fold_event *const *)left, *b = *(struct ho_fold_event *const *)right;
    int c = strcmp(a->event->facility, b->event->facility);
    return c ? c : (a->recorded < b->recorded) - (a->recorded > b->recorded);
}

void ho_fold_outlive(struct ho_arena *arena, struct ho_fold_event *events, size_t n)
{
    struct ho_fold_event **words = ho_arena_array(arena, n, sizeof(struct ho_fold_event *));
    const struct ho_fold_event *lives = NULL; // the latest word of a facility
    for (size_t i = 0; i < n; i++)
        words[i] = &events[i];
    if (n)
        qsort(words, n, sizeof(struct ho_fold_event *), compare_words);
    for (size_t i = 0; i < n; i++) {
        bool known = lives && strcmp(lives->event->facility, words[i]->event->facility) == 0;
        words[i]->outlived = known && words[i]->recorded < lives->recorded;
        if (!known && words[i]->event->alive && !words[i]->given)
            lives = words[i];
    }
}

// ---- All ----------------------------------------------------------------------------------------------

static void see(const ho_adt_event *e, struct ho_fold_event *f)
{
    *f = (struct ho_fold_event){.event = e, .kind = kind_of(e)};
    memcpy(f->id, e->id.data, e->id.len < HO_ID_BYTES ? e->id.len : HO_ID_BYTES);
    f->id[HO_ID_BYTES - 1] ^= (uint8_t)e->subject;
    bool receives = moves(number_of(e->trigger)) && (f->kind == HO_FOLD_UPDATE || f->kind == HO_FOLD_DISCHARGE);
    f->admits = receives || (e->admits && f->kind == HO_FOLD_UPDATE);
    see_times(f);
    see_numbers(f);
}

static int compare_ids(const void *left, const void *right)
{
    const struct ho_fold_event *a = left, *b = right;
    return memcmp(a->id, b->id, HO_ID_BYTES);
}

size_t ho_fold_see(const ho_adt_event *const *events, size_t n, struct ho_fold_event *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        see(events[i], &out[i]);
    if (n)
        qsort(out, n, sizeof *out, compare_ids);
    for (size_t i = 0; i < n; i++) {
        if (!kept || compare_ids(&out[kept - 1], &out[i]) != 0)
            out[kept++] = out[i];
    }
    return kept;
}
