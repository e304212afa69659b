// The difference between the plan and the rows that exist.
#include <stdlib.h>

#include "plan_internal.h"

struct changes {
    struct ho_task_change *items;
    size_t n, capacity;
};

struct comparing {
    struct ho_arena *arena;
    const struct ho_plan *plan;
    const struct ho_task_row **by_key; // the row with the key of each planned task, or NULL
    const struct ho_task_row **moved;  // the row that becomes each planned task, or NULL
    bool *joined;                      // a row of an alias is withdrawn for the planned task
    struct changes changes;
};

static void add(struct comparing *c, enum ho_task_action action, const struct ho_planned_task *planned,
                const struct ho_task_row *row)
{
    struct ho_task_change *change = ho_arena_push(c->arena, &c->changes, sizeof *change);
    *change = (struct ho_task_change){.action = action, .planned = planned, .row = row};
}

static int compare_key(const void *key, const void *planned)
{
    return memcmp(key, ((const struct ho_planned_task *)planned)->key, HO_ID_BYTES);
}

// The index of the planned task with the row's key; n_tasks where there is none.
static size_t planned_with_key(const struct ho_plan *plan, const struct ho_task_row *row)
{
    const struct ho_planned_task *found =
        plan->n_tasks ? bsearch(row->key, plan->tasks, plan->n_tasks, sizeof *plan->tasks, compare_key) : NULL;
    return found ? (size_t)(found - plan->tasks) : plan->n_tasks;
}

// The first planned task of the template whose change has the name; n_tasks where there is none.
static size_t planned_under(const struct ho_plan *plan, const char *template_key, const uint8_t name[HO_ID_BYTES])
{
    size_t i = 0;
    while (i < plan->n_tasks &&
           (strcmp(plan->tasks[i].task->key, template_key) != 0 || !ho_change_has(&plan->tasks[i].change, name)))
        i++;
    return i;
}

static size_t planned_with_alias(const struct ho_plan *plan, const struct ho_task_row *row)
{
    return planned_under(plan, row->template_key, row->change);
}

// The row that is to become the planned task: what is wanted before what was superseded or withdrawn.
static bool is_better(const struct ho_task_row *row, const struct ho_task_row *than)
{
    return !than || row->want < than->want || (row->want == than->want && memcmp(row->key, than->key, HO_ID_BYTES) < 0);
}

static void find_homes(struct comparing *c, const struct ho_task_row *rows, size_t n_rows)
{
    size_t n = c->plan->n_tasks, home;
    for (size_t i = 0; i < n_rows; i++) {
        home = planned_with_key(c->plan, &rows[i]);
        if (home < n)
            c->by_key[home] = &rows[i];
    }
    for (size_t i = 0; i < n_rows; i++) {
        home = planned_with_key(c->plan, &rows[i]) < n ? n : planned_with_alias(c->plan, &rows[i]);
        if (home < n && !c->by_key[home] && is_better(&rows[i], c->moved[home]))
            c->moved[home] = &rows[i];
    }
}

// Withdraws a row that stays, with the names that no planned task has.
static void withdraw(struct comparing *c, const struct ho_task_row *row)
{
    uint8_t(*aliases)[HO_ID_BYTES] = ho_arena_array(c->arena, row->n_aliases, sizeof *aliases);
    size_t n = 0;
    for (size_t i = 0; i < row->n_aliases; i++) {
        if (planned_under(c->plan, row->template_key, row->aliases[i]) == c->plan->n_tasks)
            memcpy(aliases[n++], row->aliases[i], HO_ID_BYTES);
    }
    if (row->want == HO_WITHDRAWN && n == row->n_aliases)
        return;
    add(c, HO_TASK_WITHDRAW, NULL, row);
    struct ho_task_change *change = &c->changes.items[c->changes.n - 1];
    change->aliases = (const uint8_t(*)[HO_ID_BYTES])aliases;
    change->n_aliases = n;
}

static void withdraw_rest(struct comparing *c, const struct ho_task_row *rows, size_t n_rows)
{
    size_t n = c->plan->n_tasks;
    for (size_t i = 0; i < n_rows; i++) {
        if (planned_with_key(c->plan, &rows[i]) < n)
            continue;
        size_t home = planned_with_alias(c->plan, &rows[i]);
        if (home == n) {
            withdraw(c, &rows[i]);
        } else if (c->moved[home] != &rows[i]) {
            add(c, HO_TASK_WITHDRAW, &c->plan->tasks[home], &rows[i]);
            c->joined[home] = true;
        }
    }
}

static void settle(struct comparing *c, const struct ho_planned_task *planned, const struct ho_task_row *row,
                   bool joined)
{
    if (planned->want != row->want)
        add(c, planned->want == HO_WANTED ? HO_TASK_REVIVE : HO_TASK_SUPERSEDE, planned, row);
    else if (joined || (planned->want == HO_WANTED && planned->due != row->due))
        add(c, HO_TASK_REDATE, planned, row);
}

static int compare_changes(const void *left, const void *right)
{
    const struct ho_task_change *a = left, *b = right;
    int c = memcmp(a->planned ? a->planned->key : a->row->key, b->planned ? b->planned->key : b->row->key, HO_ID_BYTES);
    c = c ? c : (int)a->action - (int)b->action;
    return c || !a->row || !b->row ? c : memcmp(a->row->key, b->row->key, HO_ID_BYTES);
}

void ho_plan_compare_tasks(struct ho_arena *arena, const struct ho_plan *plan, const struct ho_task_row *rows,
                           size_t n_rows, struct ho_task_difference *out)
{
    struct comparing c = {.arena = arena, .plan = plan};
    c.by_key = ho_arena_array(arena, plan->n_tasks, sizeof(struct ho_task_row *));
    c.moved = ho_arena_array(arena, plan->n_tasks, sizeof(struct ho_task_row *));
    c.joined = ho_arena_array(arena, plan->n_tasks, sizeof *c.joined);
    find_homes(&c, rows, n_rows);
    withdraw_rest(&c, rows, n_rows);
    for (size_t i = 0; i < plan->n_tasks; i++) {
        if (c.by_key[i])
            settle(&c, &plan->tasks[i], c.by_key[i], c.joined[i]);
        else
            add(&c, c.moved[i] ? HO_TASK_REKEY : HO_TASK_CREATE, &plan->tasks[i], c.moved[i]);
    }
    if (c.changes.n)
        qsort(c.changes.items, c.changes.n, sizeof *c.changes.items, compare_changes);
    *out = (struct ho_task_difference){c.changes.items, c.changes.n};
}

// ---- Partings -----------------------------------------------------------------------------------------

static bool shows(const struct ho_task_row *row, const struct ho_work *work)
{
    const struct ho_change names = {.aliases = row->aliases, .n_aliases = row->n_aliases};
    return strcmp(row->template_key, work->template_key) == 0 && ho_change_has(&names, work->change);
}

// Whether the row keeps its names: whatever is planned writes its own over those of the row that it takes.
static bool is_left(const struct ho_plan *plan, const struct ho_task_row *row)
{
    return planned_with_key(plan, row) == plan->n_tasks && planned_with_alias(plan, row) == plan->n_tasks;
}

void ho_plan_find_partings(struct ho_arena *arena, const struct ho_plan *plan, const struct ho_task_row *rows,
                           size_t n_rows, const struct ho_work *work, size_t n_work, struct ho_task_partings *out)
{
    struct {
        struct ho_task_parting *items;
        size_t n, capacity;
    } partings = {0};
    for (size_t i = 0; i < n_work; i++) {
        const struct ho_task_row *row = NULL;
        bool seen = planned_under(plan, work[i].template_key, work[i].change) < plan->n_tasks;
        for (size_t k = 0; !seen && k < n_rows; k++) {
            if (!shows(&rows[k], &work[i]))
                continue;
            row = &rows[k];
            seen = is_left(plan, row);
        }
        if (!seen && row)
            *(struct ho_task_parting *)ho_arena_push(arena, &partings, sizeof *partings.items) =
                (struct ho_task_parting){&work[i], row};
    }
    *out = (struct ho_task_partings){partings.items, partings.n};
}
