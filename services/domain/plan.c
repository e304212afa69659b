// The plan: transitions against templates, and what newer transitions supersede.
#include "plan_internal.h"

#include <stdlib.h>

#include "handoff/digest.h"

struct tasks {
    struct ho_planned_task *items;
    size_t n, capacity;
};

struct notices {
    struct ho_planned_notice *items;
    size_t n, capacity;
};

struct planning {
    struct ho_arena *arena;
    const struct ho_plan_input *input;
    struct tasks tasks;
    struct notices notices;
};

void ho_plan_key(const char *member_id, const uint8_t change[HO_ID_BYTES], const char *name, uint8_t out[HO_ID_BYTES])
{
    const struct ho_bytes parts[] = {ho_bytes_of(member_id), ho_bytes_from(change, HO_ID_BYTES), ho_bytes_of(name)};
    ho_digest_id(parts, sizeof parts / sizeof parts[0], out);
}

// ---- Whom a protocol serves ---------------------------------------------------------------------------

static bool serves(const struct ho_plan_input *input, const struct ho_protocol *protocol, uint32_t date)
{
    return ho_standing_on(input->enrolments, input->n_enrolments, protocol->program, date, input->today).standing ==
           HO_STANDING_SERVED;
}

// ---- When a task is due -------------------------------------------------------------------------------

static int64_t due_by(const struct ho_calendar *calendar, const struct ho_due *due, int64_t from)
{
    int64_t hours;
    switch (due->unit) {
    case HO_DUE_BUSINESS_DAYS:
        return ho_calendar_business_days_after(calendar, from, due->amount);
    case HO_DUE_DAYS:
        return ho_calendar_days_after(calendar, from, due->amount);
    case HO_DUE_HOURS:
        break;
    }
    return __builtin_add_overflow(from, due->amount * HO_US_PER_HOUR, &hours) ? from : hours;
}

static int64_t due_of(const struct ho_protocol *protocol, const struct ho_due *due, int64_t from)
{
    int64_t task = due_by(protocol->task_calendar, due, from);
    int64_t measure = protocol->measure_calendar ? due_by(protocol->measure_calendar, due, from) : task;
    return measure < task ? measure : task;
}

// ---- What a transition calls for ----------------------------------------------------------------------

static void want_task(struct planning *p, const struct ho_protocol *protocol, const struct ho_task_template *task,
                      const struct ho_transition *t)
{
    struct ho_planned_task *out = ho_arena_push(p->arena, &p->tasks, sizeof *out);
    *out = (struct ho_planned_task){
        .change = t->change,
        .protocol = protocol,
        .task = task,
        .transition = t,
        .want = HO_WANTED,
        .due = due_of(protocol, &task->due, t->change.occurred),
    };
    ho_plan_key(p->input->member_id, t->change.id, task->key, out->key);
}

static void want_notice(struct planning *p, const struct ho_protocol *protocol, const struct ho_notice_template *notice,
                        const struct ho_transition *t)
{
    struct ho_planned_notice *out = ho_arena_push(p->arena, &p->notices, sizeof *out);
    *out = (struct ho_planned_notice){.change = t->change, .protocol = protocol, .notice = notice, .transition = t};
    ho_plan_key(p->input->member_id, t->change.id, notice->key, out->key);
}

static void ask(struct planning *p, const struct ho_protocol *protocol, const struct ho_transition *t)
{
    uint32_t occasions = ho_transition_occasions(t);
    if (!occasions || !serves(p->input, protocol, ho_zone_date(protocol->task_calendar->zone, t->change.occurred)))
        return;
    for (size_t i = 0; i < protocol->n_tasks; i++) {
        const struct ho_task_template *task = &protocol->tasks[i];
        if ((task->on & occasions) && (!task->to_settings || (task->to_settings & (1U << t->to))))
            want_task(p, protocol, task, t);
    }
    for (size_t i = 0; i < protocol->n_notices; i++) {
        if (protocol->notices[i].on & occasions)
            want_notice(p, protocol, &protocol->notices[i], t);
    }
}

static int compare_protocols(const void *left, const void *right)
{
    const struct ho_protocol *a = *(const struct ho_protocol *const *)left;
    const struct ho_protocol *b = *(const struct ho_protocol *const *)right;
    int c = strcmp(a->name, b->name);
    return c ? c : memcmp(a->hash, b->hash, sizeof a->hash);
}

static void ask_all(struct planning *p)
{
    const struct ho_plan_input *input = p->input;
    const struct ho_protocol **protocols = ho_arena_array(p->arena, input->n_protocols, sizeof(struct ho_protocol *));
    for (size_t i = 0; i < input->n_protocols; i++)
        protocols[i] = input->protocols[i];
    if (input->n_protocols)
        qsort(protocols, input->n_protocols, sizeof(struct ho_protocol *), compare_protocols);
    for (size_t i = 0; i < input->line->n_transitions; i++) {
        for (size_t k = 0; k < input->n_protocols; k++)
            ask(p, protocols[k], &input->line->transitions[i]);
    }
}

// ---- Order, and each key once -------------------------------------------------------------------------

// Two protocols may use one key for one transition: the first by name has it.
static int compare_tasks(const void *left, const void *right)
{
    const struct ho_planned_task *a = left, *b = right;
    int c = memcmp(a->key, b->key, HO_ID_BYTES);
    c = c ? c : strcmp(a->protocol->name, b->protocol->name);
    return c ? c : memcmp(a->protocol->hash, b->protocol->hash, sizeof a->protocol->hash);
}

static int compare_notices(const void *left, const void *right)
{
    const struct ho_planned_notice *a = left, *b = right;
    int c = memcmp(a->key, b->key, HO_ID_BYTES);
    c = c ? c : strcmp(a->protocol->name, b->protocol->name);
    return c ? c : memcmp(a->protocol->hash, b->protocol->hash, sizeof a->protocol->hash);
}

static void order(struct planning *p)
{
    size_t kept = 0;
    if (p->tasks.n)
        qsort(p->tasks.items, p->tasks.n, sizeof *p->tasks.items, compare_tasks);
    for (size_t i = 0; i < p->tasks.n; i++) {
        if (!kept || memcmp(p->tasks.items[kept - 1].key, p->tasks.items[i].key, HO_ID_BYTES) != 0)
            p->tasks.items[kept++] = p->tasks.items[i];
    }
    p->tasks.n = kept;
    kept = 0;
    if (p->notices.n)
        qsort(p->notices.items, p->notices.n, sizeof *p->notices.items, compare_notices);
    for (size_t i = 0; i < p->notices.n; i++) {
        if (!kept || memcmp(p->notices.items[kept - 1].key, p->notices.items[i].key, HO_ID_BYTES) != 0)
            p->notices.items[kept++] = p->notices.items[i];
    }
    p->notices.n = kept;
}

// ---- Superseding --------------------------------------------------------------------------------------

static const char *purpose_of(const struct ho_planned_task *task)
{
    return task->task->purpose ? task->task->purpose : task->task->key;
}

static bool has_purpose(const struct planning *p, const struct ho_transition *t, const char *purpose)
{
    for (size_t i = 0; i < p->tasks.n; i++) {
        if (p->tasks.items[i].transition == t && strcmp(purpose_of(&p->tasks.items[i]), purpose) == 0)
            return true;
    }
    return false;
}

// The first later transition that takes the task's place or ends what it is for.
static const struct ho_transition *successor(const struct planning *p, const struct ho_planned_task *task)
{
    const struct ho_line *line = p->input->line;
    for (const struct ho_transition *t = task->transition + 1; t < line->transitions + line->n_transitions; t++) {
        if (t->to == HO_SETTING_DIED || (task->task->until & ho_transition_occasions(t)) ||
            has_purpose(p, t, purpose_of(task)))
            return t;
    }
    return NULL;
}

static void settle(struct planning *p)
{
    for (size_t i = 0; i < p->tasks.n; i++) {
        struct ho_planned_task *task = &p->tasks.items[i];
        const struct ho_transition *by = successor(p, task);
        task->want = by ? HO_SUPERSEDED : HO_WANTED;
        task->reason = by ? ho_reason_superseded(p->arena, task, by) : ho_reason_wanted(p->arena, task);
    }
}

void ho_plan_make(struct ho_arena *arena, const struct ho_plan_input *input, struct ho_plan *out)
{
    struct planning p = {.arena = arena, .input = input};
    ask_all(&p);
    order(&p);
    settle(&p);
    *out = (struct ho_plan){p.tasks.items, p.tasks.n, p.notices.items, p.notices.n, INT64_MAX};
}
