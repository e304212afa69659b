// Numbers that became others: accounts that are one (A35, A36, A41, A49), and visits and accounts that were given to
// another patient (A44, A45).
//
// A gift has two events: the receiver's tells of the stay, and which number it had; the giver's takes away what was
// recorded before. Where both are one member's, nothing was taken from anybody: only numbers have changed.
#include <stdlib.h>

#include "fold.h"

struct numbered {
    const char *facility, *number;
    int64_t recorded; // of gifts
};

struct numbers {
    struct numbered *items;
    size_t n, capacity;
};

static int compare_numbers(const void *left, const void *right)
{
    const struct numbered *a = left, *b = right;
    int c = strcmp(a->facility, b->facility);
    return c ? c : strcmp(a->number, b->number);
}

// By number, the latest recorded last.
static int compare_gifts(const void *left, const void *right)
{
    const struct numbered *a = left, *b = right;
    int c = compare_numbers(a, b);
    return c ? c : (a->recorded > b->recorded) - (a->recorded < b->recorded);
}

static void add(struct ho_arena *arena, struct numbers *numbers, const char *facility, const char *number,
                int64_t recorded)
{
    if (*number)
        *(struct numbered *)ho_arena_push(arena, numbers, sizeof(struct numbered)) =
            (struct numbered){facility, number, recorded};
}

// In order, each number once: the last of the equal ones.
static void settle(struct numbers *numbers, int (*compare)(const void *, const void *))
{
    size_t kept = 0;
    if (numbers->n)
        qsort(numbers->items, numbers->n, sizeof *numbers->items, compare);
    for (size_t i = 0; i < numbers->n; i++) {
        if (kept && compare_numbers(&numbers->items[kept - 1], &numbers->items[i]) == 0)
            kept--;
        numbers->items[kept++] = numbers->items[i];
    }
    numbers->n = kept;
}

static const struct numbered *find(const struct numbers *numbers, const char *facility, const char *number)
{
    const struct numbered key = {facility, number, 0};
    if (!*number || !numbers->n)
        return NULL;
    return bsearch(&key, numbers->items, numbers->n, sizeof key, compare_numbers);
}

// ---- Gifts ----------------------------------------------------------------------------------------------

struct ho_gifts {
    struct numbers visits, accounts; // with the latest time at which each was given
};

static bool is_visit(const struct ho_fold_event *gift)
{
    return strcmp(gift->event->trigger, "A45") == 0;
}

static int compare_id(const void *key, const void *item)
{
    return memcmp(key, ((const struct ho_fold_event *)item)->id, HO_ID_BYTES);
}

static struct ho_fold_event *receiver_of(const struct ho_fold_event *gift, struct ho_fold_event *events, size_t n)
{
    uint8_t id[HO_ID_BYTES];
    memcpy(id, gift->id, HO_ID_BYTES);
    id[HO_ID_BYTES - 1] ^= 1; // subjects 2k and 2k + 1
    struct ho_fold_event *found = bsearch(id, events, n, sizeof *events, compare_id);
    return found && strcmp(found->event->trigger, gift->event->trigger) == 0 ? found : NULL;
}

static void change_numbers(struct ho_fold_event *receiver, const struct ho_fold_event *gift)
{
    receiver->kind = HO_FOLD_OTHER;
    receiver->admits = false;
    receiver->joins_accounts = !is_visit(gift);
    if (is_visit(gift))
        receiver->visit_before = gift->event->visit;
    else
        receiver->account_before = gift->account;
}

static void find_receivers(struct ho_fold_event *events, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct ho_fold_event *receiver = events[i].kind == HO_FOLD_GIVE ? receiver_of(&events[i], events, n) : NULL;
        if (!receiver)
            continue;
        change_numbers(receiver, &events[i]);
        events[i].cancelled = true;
    }
}

static size_t take_gifts(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct ho_gifts *gifts)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ho_fold_event *f = &events[i];
        if (f->kind != HO_FOLD_GIVE)
            events[kept++] = *f;
        else if (!f->cancelled)
            add(arena, is_visit(f) ? &gifts->visits : &gifts->accounts, f->event->facility,
                is_visit(f) ? f->event->visit : f->account, f->recorded);
    }
    return kept;
}

// Of each number the latest time.
static const struct numbered *later(const struct numbered *a, const struct numbered *b)
{
    return !a || (b && b->recorded > a->recorded) ? b : a;
}

void ho_fold_give(struct ho_arena *arena, const struct ho_gifts *gifts, struct ho_fold_event *events, size_t n)
{
    if (!gifts->visits.n && !gifts->accounts.n)
        return;
    const struct numbered **of_group = ho_arena_array(arena, n, sizeof(struct numbered *));
    for (size_t i = 0; i < n; i++) {
        const struct ho_fold_event *f = &events[i];
        const char *facility = f->event->facility;
        const struct numbered *gift =
            later(find(&gifts->visits, facility, f->event->visit), find(&gifts->accounts, facility, f->account));
        of_group[f->group] = later(of_group[f->group], gift);
    }
    for (size_t i = 0; i < n; i++) {
        const struct numbered *gift = of_group[events[i].group];
        events[i].given = gift && events[i].recorded <= gift->recorded;
    }
}

// ---- Accounts that are one ------------------------------------------------------------------------------

static size_t root_of(size_t *parents, size_t i)
{
    while (parents[i] != i)
        i = parents[i] = parents[parents[i]];
    return i;
}

// The least number stands for all.
static void join(size_t *parents, size_t a, size_t b)
{
    a = root_of(parents, a);
    b = root_of(parents, b);
    parents[a > b ? a : b] = a > b ? b : a;
}

static const char *stand_in(const struct numbers *accounts, size_t *parents, const char *facility, const char *account)
{
    const struct numbered *found = find(accounts, facility, account);
    return found ? accounts->items[root_of(parents, (size_t)(found - accounts->items))].number : account;
}

static bool joins_accounts(const struct ho_fold_event *f)
{
    return f->joins_accounts && *f->account && *f->account_before;
}

static void join_accounts(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct ho_gifts *gifts)
{
    struct numbers accounts = {0};
    for (size_t i = 0; i < n; i++) {
        if (!joins_accounts(&events[i]))
            continue;
        add(arena, &accounts, events[i].event->facility, events[i].account, 0);
        add(arena, &accounts, events[i].event->facility, events[i].account_before, 0);
    }
    settle(&accounts, compare_numbers);
    size_t *parents = ho_arena_array(arena, accounts.n, sizeof *parents);
    for (size_t i = 0; i < accounts.n; i++)
        parents[i] = i;
    for (size_t i = 0; i < n; i++) {
        const struct ho_fold_event *f = &events[i];
        if (joins_accounts(f))
            join(parents, (size_t)(find(&accounts, f->event->facility, f->account) - accounts.items),
                 (size_t)(find(&accounts, f->event->facility, f->account_before) - accounts.items));
    }
    for (size_t i = 0; accounts.n && i < n; i++) {
        struct ho_fold_event *f = &events[i];
        f->account = stand_in(&accounts, parents, f->event->facility, f->account);
        f->account_before = stand_in(&accounts, parents, f->event->facility, f->account_before);
    }
    for (size_t i = 0; i < gifts->accounts.n; i++) {
        struct numbered *gift = &gifts->accounts.items[i];
        gift->number = stand_in(&accounts, parents, gift->facility, gift->number);
    }
}

size_t ho_fold_numbers(struct ho_arena *arena, struct ho_fold_event *events, size_t n, struct ho_gifts **out)
{
    struct ho_gifts *gifts = *out = ho_arena_alloc(arena, sizeof *gifts);
    find_receivers(events, n);
    n = take_gifts(arena, events, n, gifts);
    join_accounts(arena, events, n, gifts);
    settle(&gifts->visits, compare_gifts);
    settle(&gifts->accounts, compare_gifts);
    return n;
}
