#include "random_inputs.h"

// ---- The roster -------------------------------------------------------------------------------------------

static char *one_of(struct random *r, const char *const *texts, unsigned n)
{
    return history_text(texts[random_below(r, n)]);
}

static char **some_of(struct ho_arena *arena, struct random *r, const char *const *texts, unsigned n, size_t *out)
{
    char **some = ho_arena_array(arena, n, sizeof(char *));
    *out = 0;
    for (unsigned i = 0; i < n; i++) {
        if (random_chance(r, 30))
            some[(*out)++] = history_text(texts[i]);
    }
    return some;
}

static const ho_member *random_member(struct ho_arena *arena, struct random *r)
{
    static const char *const conditions[] = {"diabetes", "smi", "opioid", "heart-failure", "asthma"};
    static const char *const needs[] = {"food", "temporary-housing", "transport"};
    static const char *const homeless[] = {"", "no", "yes", "chronic"};
    static const char *const risks[] = {"", "low", "medium", "high"};
    static const char *const counties[] = {"", "Orange", "Fresno"};
    static const uint32_t births[] = {0, 19580713, 19941119, 20170302};
    static const uint32_t pregnancies[] = {0, 0, 20261103, 20270601};
    ho_member *m = ho_arena_alloc(arena, sizeof *m);
    handoff__v1__member__init(m);
    m->conditions = some_of(arena, r, conditions, 5, &m->n_conditions);
    m->needs = some_of(arena, r, needs, 3, &m->n_needs);
    m->homeless = one_of(r, homeless, 4);
    m->risk = one_of(r, risks, 4);
    m->county = one_of(r, counties, 3);
    m->phone = history_text(random_chance(r, 70) ? "7145550111" : "");
    m->language = history_text(random_chance(r, 70) ? "es" : "");
    m->birth_date = births[random_below(r, 4)];
    m->pregnant_until = pregnancies[random_below(r, 4)];
    return m;
}

static const ho_enrolment *random_enrolment(struct ho_arena *arena, struct random *r)
{
    ho_enrolment *e = ho_arena_alloc(arena, sizeof *e);
    handoff__v1__enrolment__init(e);
    e->program = history_text(random_chance(r, 90) ? "ECM" : "HHP");
    e->enrolled_from = random_chance(r, 80) ? 20260101 : 20261103 + random_below(r, 10);
    if (random_chance(r, 20))
        e->enrolled_to = 20261101 + random_below(r, 28);
    if (random_chance(r, 10))
        e->opted_out_on = 20261101 + random_below(r, 28);
    return e;
}

static bool begins_as_another(const struct inputs *inputs, const ho_enrolment *e)
{
    for (size_t i = 0; i < inputs->n_enrolments; i++) {
        const ho_enrolment *other = inputs->enrolments[i];
        if (other->enrolled_from == e->enrolled_from && strcmp(other->program, e->program) == 0)
            return true;
    }
    return false;
}

static void enrol(struct ho_arena *arena, struct random *r, struct inputs *out)
{
    static const unsigned counts[] = {0, 1, 1, 1, 1, 1, 2, 3};
    size_t most = counts[random_below(r, 8)];
    out->enrolments = ho_arena_array(arena, most, sizeof(ho_enrolment *));
    for (size_t i = 0; i < most; i++) {
        const ho_enrolment *e = random_enrolment(arena, r);
        if (!begins_as_another(out, e)) // as the roster's key wants it
            out->enrolments[out->n_enrolments++] = e;
    }
}

// ---- People and the clock ---------------------------------------------------------------------------------

static struct ho_work work_on(struct random *r, const struct ho_planned_task *task)
{
    struct ho_work work = {.template_key = task->task->key, .outcome = "", .at = task->change.occurred};
    memcpy(work.change, task->change.aliases[random_below(r, (unsigned)task->change.n_aliases)], HO_ID_BYTES);
    work.at += (int64_t)random_below(r, 400) * HO_US_PER_HOUR;
    work.status = random_chance(r, 60) ? HO_WORK_DONE : random_chance(r, 80) ? HO_WORK_CLAIMED : HO_WORK_OPEN;
    if (work.status == HO_WORK_DONE)
        work.outcome = task->task->closes_with[random_below(r, (unsigned)task->task->n_closes_with)];
    return work;
}

struct random random_of(uint64_t seed, const uint8_t id[HO_ID_BYTES])
{
    struct random r;
    memcpy(&r.state, id, sizeof r.state);
    r.state ^= seed;
    return r;
}

struct ho_work *random_work(struct ho_arena *arena, uint64_t seed, const struct ho_plan *plan, size_t *n)
{
    struct ho_work *work = ho_arena_array(arena, plan->n_tasks, sizeof *work);
    *n = 0;
    for (size_t i = 0; i < plan->n_tasks; i++) {
        struct random r = random_of(seed, plan->tasks[i].key);
        if (random_chance(&r, 20))
            work[(*n)++] = work_on(&r, &plan->tasks[i]);
    }
    return work;
}

// Work done when only some of the events were known.
static void work_early(struct ho_arena *arena, struct random *r, const struct rulebook *book, struct inputs *inputs)
{
    struct inputs early = *inputs;
    early.events = ho_arena_array(arena, inputs->n_events, sizeof(ho_adt_event *));
    early.n_events = 0;
    for (size_t i = 0; i < inputs->n_events; i++) {
        if (random_chance(r, 70))
            early.events[early.n_events++] = inputs->events[i];
    }
    inputs->work = random_work(arena, random_next(r), &outcome_of(book, arena, &early)->plan, &inputs->n_work);
}

static int64_t random_now(struct random *r)
{
    unsigned days = random_below(r, random_chance(r, 80) ? 60 : 500);
    return random_chance(r, 15) ? 0 : HISTORY_START + (int64_t)(24 * days + random_below(r, 24)) * HO_US_PER_HOUR;
}

struct inputs random_inputs(struct ho_arena *arena, struct random *r, const struct rulebook *book, size_t most)
{
    struct inputs inputs = {.member_id = "M1", .n_events = 1 + random_below(r, (unsigned)most), .now = random_now(r)};
    inputs.events = (const ho_adt_event **)random_history(arena, r, inputs.n_events);
    inputs.member = random_chance(r, 80) ? random_member(arena, r) : NULL;
    inputs.shares_part2 = inputs.member && random_chance(r, 50); // who is not in the roster said nothing
    enrol(arena, r, &inputs);
    if (random_chance(r, 70))
        work_early(arena, r, book, &inputs);
    inputs.seed = random_next(r);
    return inputs;
}
