// Whom a program serves, and why a task or notice that stood is not planned any more.
#include "plan_internal.h"

// ---- Standing -----------------------------------------------------------------------------------------

// Later ones in this order say more about why the member is not served.
static enum ho_standing standing_in(const ho_enrolment *e, uint32_t date, uint32_t today)
{
    if (date < e->enrolled_from)
        return HO_STANDING_NOT_YET;
    if (e->enrolled_to && date > e->enrolled_to)
        return HO_STANDING_NO_LONGER;
    return e->opted_out_on && e->opted_out_on <= today ? HO_STANDING_OPTED_OUT : HO_STANDING_SERVED;
}

static uint32_t since(const ho_enrolment *e, enum ho_standing standing)
{
    switch (standing) {
    case HO_STANDING_NOT_YET:
        return e->enrolled_from;
    case HO_STANDING_NO_LONGER:
        return e->enrolled_to;
    case HO_STANDING_OPTED_OUT:
        return e->opted_out_on;
    case HO_STANDING_NEVER:
    case HO_STANDING_SERVED:
        break;
    }
    return 0;
}

// Of two that are equal: the nearest beginning to come, the latest end, the first opt-out.
static bool is_nearer(enum ho_standing standing, uint32_t date, uint32_t than)
{
    return standing == HO_STANDING_NO_LONGER ? date > than : date < than;
}

struct ho_standing_on ho_standing_on(const ho_enrolment *const *enrolments, size_t n, const char *program,
                                     uint32_t date, uint32_t today)
{
    struct ho_standing_on best = {HO_STANDING_NEVER, 0};
    for (size_t i = 0; i < n; i++) {
        if (strcmp(enrolments[i]->program, program) != 0)
            continue;
        enum ho_standing standing = standing_in(enrolments[i], date, today);
        uint32_t at = since(enrolments[i], standing);
        if (standing > best.standing || (standing == best.standing && is_nearer(standing, at, best.since)))
            best = (struct ho_standing_on){standing, at};
    }
    return best;
}

// ---- Absence ------------------------------------------------------------------------------------------

static const struct ho_transition *transition_of(const struct ho_line *line, const uint8_t change[HO_ID_BYTES])
{
    for (size_t i = 0; i < line->n_transitions; i++) {
        const struct ho_change *c = &line->transitions[i].change;
        for (size_t k = 0; k < c->n_aliases; k++)
            if (memcmp(c->aliases[k], change, HO_ID_BYTES) == 0)
                return &line->transitions[i];
    }
    return NULL;
}

// Whether the protocol has a task or notice of the name; *asks: for this transition.
static bool has_name(const struct ho_protocol *protocol, const char *name, const struct ho_transition *t, bool *asks)
{
    uint32_t occasions = t ? ho_transition_occasions(t) : 0;
    bool found = false;
    for (size_t i = 0; i < protocol->n_tasks; i++) {
        const struct ho_task_template *task = &protocol->tasks[i];
        if (strcmp(task->key, name) != 0)
            continue;
        found = true;
        *asks |= (task->on & occasions) && (!task->to_settings || (task->to_settings & (1U << t->to)));
    }
    for (size_t i = 0; i < protocol->n_notices; i++) {
        if (strcmp(protocol->notices[i].key, name) != 0)
            continue;
        found = true;
        *asks |= (protocol->notices[i].on & occasions) != 0;
    }
    return found;
}

struct ho_absence ho_plan_absence(const struct ho_plan_input *input, const uint8_t change[HO_ID_BYTES],
                                  const char *name)
{
    const struct ho_transition *t = transition_of(input->line, change);
    struct ho_absence absence = {.cause = HO_ABSENT_BY_PROTOCOL};
    for (size_t i = 0; i < input->n_protocols && absence.cause != HO_ABSENT_BY_STANDING; i++) {
        const struct ho_protocol *protocol = input->protocols[i];
        bool asks = false;
        if (!has_name(protocol, name, t, &asks))
            continue;
        absence.cause = HO_ABSENT_BY_HOSPITAL;
        if (!asks)
            continue;
        uint32_t date = ho_zone_date(protocol->task_calendar->zone, t->change.occurred);
        struct ho_standing_on standing =
            ho_standing_on(input->enrolments, input->n_enrolments, protocol->program, date, input->today);
        if (standing.standing != HO_STANDING_SERVED)
            absence = (struct ho_absence){HO_ABSENT_BY_STANDING, standing, protocol->program, date};
    }
    return absence;
}
