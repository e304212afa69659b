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
        if (ho_change_has(&line->transitions[i].change, change))
            return &line->transitions[i];
    }
    return NULL;
}

// What is not planned any more.
struct absent {
    const char *name;
    uint32_t said_on; // of a notice: the occasions for which it was said
};

// What a protocol has to say about it, for the transition that is asked about.
struct naming {
    bool known, asked, holds;
    bool was_asked; // by an earlier version of the protocol, for an occasion that still is
    bool has_begun; // a task that begins later, by now: what came before that has superseded it
    bool is_late;   // a notice that was first known too late
};

static bool has_begun_by_now(const struct ho_asking *asking, const struct ho_protocol *protocol,
                             const struct ho_task_template *task)
{
    int64_t now = asking->input->now;
    return task->starts.amount && (!now || ho_task_begins(protocol, task, asking->transition->change.occurred) <= now);
}

// A task and a notice may have one key: each is looked for among its own.
typedef void naming_in(const struct ho_asking *asking, const struct ho_protocol *protocol, const struct absent *absent,
                       struct naming *out);

static void name_tasks(const struct ho_asking *asking, const struct ho_protocol *protocol, const struct absent *absent,
                       struct naming *out)
{
    for (size_t i = 0; i < protocol->n_tasks; i++) {
        const struct ho_task_template *task = &protocol->tasks[i];
        if (strcmp(task->key, absent->name) != 0)
            continue;
        out->known = true;
        out->asked = asking->transition && ho_task_is_asked(asking, task);
        out->holds = out->asked && ho_conditions_hold(asking, protocol, task->when, task->n_when);
        out->has_begun = out->asked && has_begun_by_now(asking, protocol, task);
    }
}

static void name_notices(const struct ho_asking *asking, const struct ho_protocol *protocol,
                         const struct absent *absent, struct naming *out)
{
    for (size_t i = 0; i < protocol->n_notices; i++) {
        const struct ho_notice_template *notice = &protocol->notices[i];
        if (strcmp(notice->key, absent->name) != 0)
            continue;
        out->known = true;
        out->asked = asking->transition && ho_notice_is_asked(asking, notice);
        out->was_asked = absent->said_on & asking->occasions;
        out->holds = out->asked && ho_conditions_hold(asking, protocol, notice->when, notice->n_when);
        out->is_late = out->asked && ho_is_untold(protocol, asking->transition);
    }
}

static enum ho_absence_cause cause_of(const struct naming *naming)
{
    if (!naming->holds)
        return HO_ABSENT_BY_SITUATION;
    if (naming->has_begun)
        return HO_ABSENT_BY_SUCCESSOR;
    return naming->is_late ? HO_ABSENT_BY_LATENESS : HO_ABSENT_BY_HOSPITAL;
}

static struct ho_absence absence_in(const struct ho_asking *asking, const struct ho_protocol *protocol, naming_in *look,
                                    const struct absent *absent)
{
    const struct ho_plan_input *input = asking->input;
    struct naming naming = {0};
    struct ho_absence absence = {.cause = HO_ABSENT_BY_PROTOCOL, .program = protocol->program};
    look(asking, protocol, absent, &naming);
    if (naming.known && !naming.was_asked)
        absence.cause = asking->transition ? HO_ABSENT_BY_OCCASION : HO_ABSENT_BY_HOSPITAL;
    if (!naming.asked || !asking->transition)
        return absence;
    absence.date = ho_zone_date(protocol->task_calendar->zone, asking->transition->change.occurred);
    absence.standing =
        ho_standing_on(input->enrolments, input->n_enrolments, protocol->program, absence.date, input->today);
    switch (ho_protocol_serves(asking, protocol)) {
    case HO_SERVED_NOT_ENROLLED:
        absence.cause = HO_ABSENT_BY_STANDING;
        break;
    case HO_SERVED_NOT_RUNNING:
        absence.cause = HO_ABSENT_BY_PROGRAM;
        break;
    case HO_SERVED:
        absence.cause = cause_of(&naming);
        break;
    }
    return absence;
}

// Of several protocols, that of the one which came nearest to calling for it says most.
static bool says_more(const struct ho_absence *absence, const struct ho_absence *than)
{
    return absence->cause > than->cause ||
           (absence->cause == than->cause && absence->standing.standing > than->standing.standing);
}

static struct ho_absence absence_of(const struct ho_plan_input *input, const struct ho_transition *t, naming_in *look,
                                    const struct absent *absent)
{
    struct ho_absence best = {.cause = t ? HO_ABSENT_BY_PROTOCOL : HO_ABSENT_BY_HOSPITAL};
    struct ho_asking asking = ho_asking_about(input);
    if (t)
        ho_asking_turn_to(&asking, t,
                          ho_member_conditions(input->member, input->line, input->codes, t->change.occurred));
    for (size_t i = 0; i < input->n_protocols; i++) {
        struct ho_absence absence = absence_in(&asking, input->protocols[i], look, absent);
        if (says_more(&absence, &best))
            best = absence;
    }
    return best;
}

struct ho_absence ho_task_absence(const struct ho_plan_input *input, const uint8_t change[HO_ID_BYTES],
                                  const char *name)
{
    const struct ho_transition *t = transition_of(input->line, change);
    const struct absent absent = {.name = name};
    struct ho_absence absence;
    return ho_outreach_absence(input, t, name, &absence) ? absence : absence_of(input, t, name_tasks, &absent);
}

struct ho_absence ho_notice_absence(const struct ho_plan_input *input, const uint8_t change[HO_ID_BYTES],
                                    const char *name, uint32_t said_on)
{
    const struct absent absent = {name, said_on};
    return absence_of(input, transition_of(input->line, change), name_notices, &absent);
}

bool ho_absence_is_silent(const struct ho_absence *absence)
{
    return absence->cause != HO_ABSENT_BY_HOSPITAL && absence->cause != HO_ABSENT_BY_OCCASION;
}
