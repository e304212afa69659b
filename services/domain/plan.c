// The plan: transitions against templates, what newer transitions supersede, and what the clock brings.
#include <stdlib.h>

#include "handoff/digest.h"
#include "plan_internal.h"
#include "program_internal.h"

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
    struct ho_asking asking;
    size_t *first; // of each transition of the line, and one more: where its tasks begin
    struct tasks tasks;
    struct notices notices;
    int64_t wake_at;
};

void ho_plan_key(const char *member_id, const uint8_t change[HO_ID_BYTES], const char *name, uint8_t out[HO_ID_BYTES])
{
    const struct ho_bytes parts[] = {ho_bytes_of(member_id), ho_bytes_from(change, HO_ID_BYTES), ho_bytes_of(name)};
    ho_digest_id(parts, sizeof parts / sizeof parts[0], out);
}

const char *ho_notice_name(struct ho_arena *arena, const struct ho_planned_notice *notice)
{
    if (notice->notice)
        return notice->notice->key;
    return ho_arena_printf(arena, "%s/%s", notice->task->key, notice->reminder->key);
}

uint32_t ho_notice_occasions(const struct ho_planned_notice *notice)
{
    return notice->notice ? notice->notice->on & ho_transition_occasions(notice->transition) : 0;
}

// ---- What a transition calls for ----------------------------------------------------------------------

// Two protocols may use one key for one transition: the first by name has it.
static bool has_task(const struct planning *p, size_t from, const char *key)
{
    for (size_t i = from; i < p->tasks.n; i++) {
        if (strcmp(p->tasks.items[i].task->key, key) == 0)
            return true;
    }
    return false;
}

static bool has_notice(const struct planning *p, size_t from, const char *key)
{
    for (size_t i = from; i < p->notices.n; i++) {
        if (strcmp(p->notices.items[i].notice->key, key) == 0)
            return true;
    }
    return false;
}

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
        .begins = ho_task_begins(protocol, task, t->change.occurred),
        .due = ho_task_due(protocol, task, t->change.occurred),
    };
    ho_plan_key(p->input->member_id, t->change.id, task->key, out->key);
}

static void want_notice(struct planning *p, const struct ho_protocol *protocol, const struct ho_notice_template *notice,
                        const struct ho_transition *t)
{
    struct ho_planned_notice *out = ho_arena_push(p->arena, &p->notices, sizeof *out);
    *out = (struct ho_planned_notice){
        .change = t->change, .protocol = protocol, .notice = notice, .at = t->change.recorded, .transition = t};
    ho_plan_key(p->input->member_id, t->change.id, notice->key, out->key);
}

static void ask(struct planning *p, const struct ho_protocol *protocol, const struct ho_transition *t,
                size_t first_task, size_t first_notice)
{
    const struct ho_asking *asking = &p->asking;
    if (!asking->occasions || ho_protocol_serves(asking, protocol) != HO_SERVED)
        return;
    for (size_t i = 0; i < protocol->n_tasks; i++) {
        const struct ho_task_template *task = &protocol->tasks[i];
        if (ho_task_is_asked(asking, task) && ho_conditions_hold(asking, protocol, task->when, task->n_when) &&
            !has_task(p, first_task, task->key))
            want_task(p, protocol, task, t);
    }
    if (ho_is_untold(protocol, t))
        return;
    for (size_t i = 0; i < protocol->n_notices; i++) {
        const struct ho_notice_template *notice = &protocol->notices[i];
        if (ho_notice_is_asked(asking, notice) && ho_conditions_hold(asking, protocol, notice->when, notice->n_when) &&
            !has_notice(p, first_notice, notice->key))
            want_notice(p, protocol, notice, t);
    }
}

static int compare_protocols(const void *left, const void *right)
{
    const struct ho_protocol *a = *(const struct ho_protocol *const *)left;
    const struct ho_protocol *b = *(const struct ho_protocol *const *)right;
    int c = strcmp(a->name, b->name);
    return c ? c : memcmp(a->hash, b->hash, sizeof a->hash);
}

static const struct ho_protocol **in_order(struct ho_arena *arena, const struct ho_plan_input *input)
{
    const struct ho_protocol **protocols = ho_arena_array(arena, input->n_protocols, sizeof(struct ho_protocol *));
    for (size_t i = 0; i < input->n_protocols; i++)
        protocols[i] = input->protocols[i];
    if (input->n_protocols)
        qsort(protocols, input->n_protocols, sizeof(struct ho_protocol *), compare_protocols);
    return protocols;
}

static void ask_all(struct planning *p)
{
    const struct ho_plan_input *input = p->input;
    const struct ho_protocol **protocols = in_order(p->arena, input);
    struct ho_use_history history = {0};
    if (input->n_protocols)
        ho_use_history_make(p->arena, input->member, input->line, input->codes, protocols[0]->task_calendar->zone,
                            &history);
    for (size_t i = 0; input->n_protocols && i < input->line->n_transitions; i++) {
        const struct ho_transition *t = &input->line->transitions[i];
        const struct ho_moment at = {.until = t->change.occurred};
        size_t first_notice = p->notices.n;
        p->first[i] = p->tasks.n;
        ho_asking_turn_to(&p->asking, t, ho_use_conditions(&history, &at));
        for (size_t k = 0; k < input->n_protocols; k++)
            ask(p, protocols[k], t, p->first[i], first_notice);
        p->first[i + 1] = p->tasks.n;
    }
}

// ---- Superseding --------------------------------------------------------------------------------------

struct purpose {
    const char *name;
    const struct ho_transition *next;
};

// The first of the later transitions, as the line is walked from its end: with each occasion, a death, each purpose.
struct following {
    const struct ho_transition *occasions[HO_OCCASIONS];
    const struct ho_transition *death;
    struct {
        struct purpose *items;
        size_t n, capacity;
    } purposes;
};

static const char *purpose_of(const struct ho_planned_task *task)
{
    return task->task->purpose ? task->task->purpose : task->task->key;
}

static struct purpose *find_purpose(const struct following *f, const char *name)
{
    for (size_t i = 0; i < f->purposes.n; i++) {
        if (strcmp(f->purposes.items[i].name, name) == 0)
            return &f->purposes.items[i];
    }
    return NULL;
}

static const struct ho_transition *earlier(const struct ho_transition *a, const struct ho_transition *b)
{
    return !a || (b && b < a) ? b : a;
}

// The first later transition that takes the task's place or ends what it is for.
static const struct ho_transition *successor(const struct following *f, const struct ho_planned_task *task)
{
    const struct purpose *purpose = find_purpose(f, purpose_of(task));
    const struct ho_transition *by = earlier(f->death, purpose ? purpose->next : NULL);
    for (int i = 0; i < HO_OCCASIONS; i++) {
        if (task->task->until & (1U << i))
            by = earlier(by, f->occasions[i]);
    }
    return by;
}

static void pass(struct planning *p, struct following *f, const struct ho_transition *t, size_t from, size_t to)
{
    uint32_t occasions = ho_transition_occasions(t);
    for (int i = 0; i < HO_OCCASIONS; i++) {
        if (occasions & (1U << i))
            f->occasions[i] = t;
    }
    if (t->to == HO_SETTING_DIED)
        f->death = t;
    for (size_t i = from; i < to; i++) {
        struct purpose *purpose = find_purpose(f, purpose_of(&p->tasks.items[i]));
        if (!purpose) {
            purpose = ho_arena_push(p->arena, &f->purposes, sizeof *purpose);
            purpose->name = purpose_of(&p->tasks.items[i]);
        }
        purpose->next = t;
    }
}

static bool is_known_too_late(const struct ho_planned_task *task)
{
    return ho_is_too_late(task->protocol, &task->protocol->known_within, task->due, task->change.recorded);
}

// False where nobody will ever have seen the task: superseded before it began.
static bool settle(struct planning *p, const struct following *f, struct ho_planned_task *task)
{
    const struct ho_transition *by = successor(f, task);
    bool late = !by && is_known_too_late(task);
    task->want = by || late ? HO_SUPERSEDED : HO_WANTED;
    if (by)
        task->reason = ho_reason_superseded(p->arena, task, by);
    else
        task->reason = late ? ho_reason_too_late(p->arena, task) : ho_reason_wanted(p->arena, task);
    return !by || task->begins == task->change.occurred || by->change.occurred >= task->begins;
}

static void wake(struct planning *p, int64_t at)
{
    if (at < p->wake_at)
        p->wake_at = at;
}

static bool has_begun(struct planning *p, const struct ho_planned_task *task)
{
    bool at_once = task->begins == task->change.occurred;
    if (!p->input->now || at_once || task->begins <= p->input->now)
        return true;
    wake(p, task->begins);
    return false;
}

// Walks the line from its end, so that what follows each task is known. What is not to be seen yet goes.
static void settle_all(struct planning *p)
{
    struct following following = {0};
    const struct ho_line *line = p->input->line;
    bool *seen = ho_arena_array(p->arena, p->tasks.n, sizeof *seen);
    if (!p->tasks.n)
        return;
    for (size_t i = line->n_transitions; i-- > 0;) {
        for (size_t k = p->first[i]; k < p->first[i + 1]; k++)
            seen[k] = settle(p, &following, &p->tasks.items[k]) && has_begun(p, &p->tasks.items[k]);
        pass(p, &following, &line->transitions[i], p->first[i], p->first[i + 1]);
    }
    size_t kept = 0;
    for (size_t i = 0; i < p->tasks.n; i++) {
        if (seen[i])
            p->tasks.items[kept++] = p->tasks.items[i];
    }
    p->tasks.n = kept;
}

// ---- Outreach -----------------------------------------------------------------------------------------

static void reach_out(struct planning *p)
{
    struct ho_outreach outreach;
    ho_plan_outreach(p->arena, p->input, &outreach);
    for (size_t i = 0; i < outreach.n; i++)
        *(struct ho_planned_task *)ho_arena_push(p->arena, &p->tasks, sizeof *outreach.items) = outreach.items[i];
    if (p->input->now)
        wake(p, outreach.wake_at);
}

// ---- Reminders ----------------------------------------------------------------------------------------

static bool is_done(const struct ho_plan_input *input, const struct ho_planned_task *task)
{
    for (size_t i = 0; i < input->n_work; i++) {
        const struct ho_work *work = &input->work[i];
        if (work->status == HO_WORK_DONE && strcmp(work->template_key, task->task->key) == 0 &&
            ho_change_has(&task->change, work->change))
            return true;
    }
    return false;
}

// One that would come before the task, or before anyone knew of it, says nothing new.
static bool is_in_time(const struct ho_planned_task *task, const struct ho_reminder *reminder, int64_t at)
{
    return at > task->begins && !(reminder->before && at <= task->change.recorded);
}

static void want_reminder(struct planning *p, const struct ho_planned_task *task, const struct ho_reminder *reminder,
                          int64_t at)
{
    struct ho_planned_notice *out = ho_arena_push(p->arena, &p->notices, sizeof *out);
    *out = (struct ho_planned_notice){
        .change = task->change,
        .protocol = task->protocol,
        .task = task->task,
        .reminder = reminder,
        .due = task->due,
        .at = at,
        .transition = task->transition,
    };
    ho_plan_key(p->input->member_id, task->change.id, ho_notice_name(p->arena, out), out->key);
}

static void remind(struct planning *p, const struct ho_planned_task *task)
{
    if (task->want != HO_WANTED || !task->task->n_reminders || is_done(p->input, task))
        return;
    for (size_t i = 0; i < task->task->n_reminders; i++) {
        const struct ho_reminder *reminder = &task->task->reminders[i];
        int64_t at = ho_reminder_at(task->protocol, reminder, task->due);
        if (!is_in_time(task, reminder, at))
            continue;
        if (at <= p->input->now)
            want_reminder(p, task, reminder, at);
        else
            wake(p, at);
    }
}

// ---- The whole ----------------------------------------------------------------------------------------

static int compare_tasks(const void *left, const void *right)
{
    const struct ho_planned_task *a = left, *b = right;
    return memcmp(a->key, b->key, HO_ID_BYTES);
}

static int compare_notices(const void *left, const void *right)
{
    const struct ho_planned_notice *a = left, *b = right;
    return memcmp(a->key, b->key, HO_ID_BYTES);
}

void ho_plan_make(struct ho_arena *arena, const struct ho_plan_input *input, struct ho_plan *out)
{
    struct planning p = {.arena = arena, .input = input, .asking = ho_asking_about(input), .wake_at = INT64_MAX};
    p.first = ho_arena_array(arena, input->line->n_transitions + 1, sizeof *p.first);
    ask_all(&p);
    settle_all(&p);
    reach_out(&p);
    for (size_t i = 0; input->now && i < p.tasks.n; i++)
        remind(&p, &p.tasks.items[i]);
    if (p.tasks.n)
        qsort(p.tasks.items, p.tasks.n, sizeof *p.tasks.items, compare_tasks);
    if (p.notices.n)
        qsort(p.notices.items, p.notices.n, sizeof *p.notices.items, compare_notices);
    *out = (struct ho_plan){p.tasks.items, p.tasks.n, p.notices.items, p.notices.n, p.wake_at};
}
