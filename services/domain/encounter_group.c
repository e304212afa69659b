// Which events are about the same visit.
//
// By the facility's visit number, and whatever says that one goes on as another (encounter_see.c). An event that has
// none belongs to the visit that began last before it under its account number; where no visit has that
// account, the account is the visit. With neither, a person's visits at a facility are told apart by when they
// began (PV1-44), and an event that does not say when its visit began belongs to the one that began last. Where some of
// a visit's messages have its number and others do not, these belong to the one numbered visit of the person that began
// when they say; where several did, to none of them.
#include "fold.h"

#include <stdlib.h>

// Beginnings nearer than this are one beginning, told or corrected twice.
#define SAME_BEGINNING_US (12 * HO_US_PER_HOUR)

static size_t root_of(struct ho_fold_event *events, size_t i)
{
    while (events[i].group != i)
        i = events[i].group = events[events[i].group].group;
    return i;
}

static void join(struct ho_fold_event *events, size_t a, size_t b)
{
    a = root_of(events, a);
    b = root_of(events, b);
    events[a > b ? a : b].group = a > b ? b : a;
}

// ---- Numbers: visits, and accounts that no visit has ------------------------------------------------

struct numbered {
    const char *facility, *number;
    size_t event;
};

struct numbers {
    struct numbered *items;
    size_t n, capacity;
};

static int compare_numbered(const void *left, const void *right)
{
    const struct numbered *a = left, *b = right;
    int c = strcmp(a->facility, b->facility);
    c = c ? c : strcmp(a->number, b->number);
    return c ? c : (a->event > b->event) - (a->event < b->event);
}

static void add_number(struct ho_arena *arena, struct numbers *numbers, const char *facility, const char *number,
                       size_t event)
{
    *(struct numbered *)ho_arena_push(arena, numbers, sizeof(struct numbered)) =
        (struct numbered){facility, number, event};
}

static void join_equal(struct ho_fold_event *events, struct numbers *numbers)
{
    if (numbers->n)
        qsort(numbers->items, numbers->n, sizeof *numbers->items, compare_numbered);
    for (size_t i = 1; i < numbers->n; i++) {
        const struct numbered *a = &numbers->items[i - 1], *b = &numbers->items[i];
        if (strcmp(a->facility, b->facility) == 0 && strcmp(a->number, b->number) == 0)
            join(events, a->event, b->event);
    }
}

static bool has_visit(const struct ho_fold_event *f)
{
    return *f->event->visit || *f->visit_before;
}

static void join_visits(struct ho_arena *arena, struct ho_fold_event *events, size_t n)
{
    struct numbers visits = {0};
    for (size_t i = 0; i < n; i++) {
        const ho_adt_event *e = events[i].event;
        if (*e->visit)
            add_number(arena, &visits, e->facility, e->visit, i);
        if (*events[i].visit_before)
            add_number(arena, &visits, e->facility, events[i].visit_before, i);
    }
    join_equal(events, &visits);
}

// ---- Accounts ---------------------------------------------------------------------------------------

static int64_t began(const struct ho_fold_event *f)
{
    return f->admitted ? f->admitted : f->occurred;
}

// A visit number as it stands under an account, and its beginning.
struct visit_of_account {
    const char *facility, *account, *visit;
    int64_t began;
    size_t event;
};

struct visits_of_accounts {
    struct visit_of_account *items;
    size_t n, capacity;
};

static int compare_visits(const void *left, const void *right)
{
    const struct visit_of_account *a = left, *b = right;
    int c = strcmp(a->facility, b->facility);
    c = c ? c : strcmp(a->account, b->account);
    c = c ? c : strcmp(a->visit, b->visit);
    c = c ? c : (a->began > b->began) - (a->began < b->began);
    return c ? c : (a->event > b->event) - (a->event < b->event);
}

// By account and beginning, so that one can be found.
static int compare_beginnings(const void *left, const void *right)
{
    const struct visit_of_account *a = left, *b = right;
    int c = strcmp(a->facility, b->facility);
    c = c ? c : strcmp(a->account, b->account);
    c = c ? c : (a->began > b->began) - (a->began < b->began);
    return c ? c : strcmp(a->visit, b->visit);
}

// Each visit of each account once, with its earliest beginning.
static void list_visits(struct ho_arena *arena, const struct ho_fold_event *events, size_t n,
                        struct visits_of_accounts *out)
{
    for (size_t i = 0; i < n; i++) {
        const ho_adt_event *e = events[i].event;
        if (*e->visit && *events[i].account)
            *(struct visit_of_account *)ho_arena_push(arena, out, sizeof(struct visit_of_account)) =
                (struct visit_of_account){e->facility, events[i].account, e->visit, began(&events[i]), i};
    }
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items, compare_visits);
    size_t kept = 0;
    for (size_t i = 0; i < out->n; i++) {
        const struct visit_of_account *last = kept ? &out->items[kept - 1] : NULL;
        const struct visit_of_account *v = &out->items[i];
        if (!last || strcmp(last->facility, v->facility) != 0 || strcmp(last->account, v->account) != 0 ||
            strcmp(last->visit, v->visit) != 0)
            out->items[kept++] = *v;
    }
    out->n = kept;
    if (kept)
        qsort(out->items, kept, sizeof *out->items, compare_beginnings);
}

// How many come before the first that began after `at` under the account.
static size_t count_until(const struct visits_of_accounts *visits, const char *facility, const char *account,
                          int64_t at)
{
    size_t low = 0, high = visits->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct visit_of_account *v = &visits->items[middle];
        int c = strcmp(v->facility, facility);
        c = c ? c : strcmp(v->account, account);
        if (c < 0 || (c == 0 && v->began <= at))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_under(const struct visit_of_account *v, const char *facility, const char *account)
{
    return strcmp(v->facility, facility) == 0 && strcmp(v->account, account) == 0;
}

// The visit under the account that began last before `at`, else the first; never `but`, which is there once.
static const struct visit_of_account *find_visit(const struct visits_of_accounts *visits, const char *facility,
                                                 const char *account, int64_t at, const char *but)
{
    size_t until = count_until(visits, facility, account, at);
    const struct visit_of_account *v = visits->items;
    for (size_t i = until; i > 0 && is_under(&v[i - 1], facility, account); i--) {
        if (strcmp(v[i - 1].visit, but) != 0)
            return &v[i - 1];
    }
    for (size_t i = until; i < visits->n && is_under(&v[i], facility, account); i++) {
        if (strcmp(v[i].visit, but) != 0)
            return &v[i];
    }
    return NULL;
}

static void join_by_account(struct ho_arena *arena, struct ho_fold_event *events, size_t i,
                            const struct visits_of_accounts *visits, struct numbers *accounts, const char *account)
{
    const ho_adt_event *e = events[i].event;
    const struct visit_of_account *visit = find_visit(visits, e->facility, account, began(&events[i]), e->visit);
    if (visit)
        join(events, i, visit->event);
    else
        add_number(arena, accounts, e->facility, account, i);
}

static void join_accounts(struct ho_arena *arena, struct ho_fold_event *events, size_t n)
{
    struct visits_of_accounts visits = {0};
    struct numbers accounts = {0};
    list_visits(arena, events, n, &visits);
    for (size_t i = 0; i < n; i++) {
        const struct ho_fold_event *f = &events[i];
        if (!has_visit(f) && *f->account)
            join_by_account(arena, events, i, &visits, &accounts, f->account);
        if (*f->account_before && !f->joins_accounts && !*f->visit_before)
            join_by_account(arena, events, i, &visits, &accounts, f->account_before);
    }
    join_equal(events, &accounts);
}

// ---- Numbers on some messages only ------------------------------------------------------------------

#define NO_VISIT SIZE_MAX
#define SEVERAL_VISITS (SIZE_MAX - 1)

static bool tells_beginning(const struct ho_fold_event *f)
{
    return f->admitted || f->kind == HO_FOLD_REGISTER || f->kind == HO_FOLD_ADMIT;
}

// When a person's numbered visit began.
struct beginning {
    const char *facility, *mrn;
    int64_t at;
    size_t visit; // the root of its events, or SEVERAL_VISITS
};

struct beginnings {
    struct beginning *items;
    size_t n, capacity;
};

static int compare_beginning(const void *left, const void *right)
{
    const struct beginning *a = left, *b = right;
    int c = strcmp(a->facility, b->facility);
    c = c ? c : strcmp(a->mrn, b->mrn);
    return c ? c : (a->at > b->at) - (a->at < b->at);
}

static size_t one_of_both(size_t a, size_t b)
{
    return a == b ? a : SEVERAL_VISITS;
}

// Each once, in order.
static void list_beginnings(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct beginnings *out)
{
    for (size_t i = 0; i < n; i++) {
        const ho_adt_event *e = events[i].event;
        if (has_visit(&events[i]) && tells_beginning(&events[i]))
            *(struct beginning *)ho_arena_push(arena, out, sizeof(struct beginning)) =
                (struct beginning){e->facility, e->mrn, began(&events[i]), root_of(events, i)};
    }
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items, compare_beginning);
    size_t kept = 0;
    for (size_t i = 0; i < out->n; i++) {
        struct beginning *last = kept ? &out->items[kept - 1] : NULL;
        if (last && compare_beginning(last, &out->items[i]) == 0)
            last->visit = one_of_both(last->visit, out->items[i].visit);
        else
            out->items[kept++] = out->items[i];
    }
    out->n = kept;
}

// The one visit that began when the event says, or NO_VISIT.
static size_t find_beginning(const struct beginnings *beginnings, const struct ho_fold_event *f)
{
    const struct beginning key = {f->event->facility, f->event->mrn, began(f), NO_VISIT};
    if (!beginnings->n || f->kind == HO_FOLD_OTHER || !tells_beginning(f))
        return NO_VISIT;
    const struct beginning *found = bsearch(&key, beginnings->items, beginnings->n, sizeof key, compare_beginning);
    return found && found->visit != SEVERAL_VISITS ? found->visit : NO_VISIT;
}

// Of each root whether one of its events has a visit number.
static bool *list_numbered(struct ho_arena *arena, struct ho_fold_event *events, size_t n)
{
    bool *numbered = ho_arena_array(arena, n, sizeof *numbered);
    for (size_t i = 0; i < n; i++)
        numbered[root_of(events, i)] |= has_visit(&events[i]);
    return numbered;
}

// What is one visit by its account belongs to one, so that no two are joined by it.
static void join_beginnings(struct ho_arena *arena, struct ho_fold_event *events, size_t n)
{
    struct beginnings beginnings = {0};
    const bool *numbered = list_numbered(arena, events, n);
    size_t *visits = ho_arena_array(arena, n, sizeof *visits); // by root
    list_beginnings(arena, events, n, &beginnings);
    for (size_t i = 0; i < n; i++)
        visits[i] = NO_VISIT;
    for (size_t i = 0; i < n; i++) {
        size_t root = root_of(events, i), visit = numbered[root] ? NO_VISIT : find_beginning(&beginnings, &events[i]);
        if (visit != NO_VISIT)
            visits[root] = visits[root] == NO_VISIT ? visit : one_of_both(visits[root], visit);
    }
    for (size_t i = 0; i < n; i++) {
        if (visits[i] < SEVERAL_VISITS)
            join(events, i, visits[i]);
    }
}

// ---- Neither visit nor account ----------------------------------------------------------------------

struct unnumbered {
    const char *facility, *mrn;
    int64_t at;
    bool beginning; // says when its visit began
    size_t visit;   // the root of the numbered visit that it belongs to, or NO_VISIT
    const uint8_t *id;
    size_t event;
};

static int compare_unnumbered(const void *left, const void *right)
{
    const struct unnumbered *a = left, *b = right;
    int c = strcmp(a->facility, b->facility);
    c = c ? c : strcmp(a->mrn, b->mrn);
    c = c ? c : (a->at > b->at) - (a->at < b->at);
    c = c ? c : (int)b->beginning - (int)a->beginning;
    return c ? c : memcmp(a->id, b->id, HO_ID_BYTES);
}

static size_t list_unnumbered(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct unnumbered *out)
{
    const bool *numbered = list_numbered(arena, events, n);
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ho_fold_event *f = &events[i];
        if (has_visit(f) || *f->account)
            continue;
        bool beginning = tells_beginning(f);
        size_t root = root_of(events, i);
        out[found++] = (struct unnumbered){.facility = f->event->facility,
                                           .mrn = f->event->mrn,
                                           .at = beginning ? began(f) : f->occurred,
                                           .beginning = beginning,
                                           .visit = numbered[root] ? root : NO_VISIT,
                                           .id = f->id,
                                           .event = i};
    }
    if (found)
        qsort(out, found, sizeof *out, compare_unnumbered);
    return found;
}

static void join_unnumbered(struct ho_arena *arena, struct ho_fold_event *events, size_t n)
{
    struct unnumbered *list = ho_arena_array(arena, n, sizeof *list);
    size_t found = list_unnumbered(arena, events, n, list);
    const struct unnumbered *visit = NULL; // the latest beginning
    size_t numbered = NO_VISIT;            // the numbered visit that it is, so that it becomes no other's
    for (size_t i = 0; i < found; i++) {
        const struct unnumbered *u = &list[i];
        bool same = visit && strcmp(visit->facility, u->facility) == 0 && strcmp(visit->mrn, u->mrn) == 0 &&
                    (!u->beginning || u->at - visit->at < SAME_BEGINNING_US) &&
                    (u->visit == NO_VISIT || numbered == NO_VISIT || u->visit == numbered);
        if (same)
            join(events, visit->event, u->event);
        if (!same || numbered == NO_VISIT)
            numbered = u->visit;
        if (!same || u->beginning)
            visit = u;
    }
}

void ho_fold_group(struct ho_arena *arena, struct ho_fold_event *events, size_t n)
{
    for (size_t i = 0; i < n; i++)
        events[i].group = i;
    join_visits(arena, events, n);
    join_accounts(arena, events, n);
    join_beginnings(arena, events, n);
    join_unnumbered(arena, events, n);
    for (size_t i = 0; i < n; i++)
        events[i].group = root_of(events, i);
}
