// Whom a template is for: occasion, enrolment, program, conditions.
#include "plan_internal.h"
#include "program_internal.h"

struct ho_asking ho_asking_about(const struct ho_plan_input *input)
{
    return (struct ho_asking){.input = input, .pregnancy = ho_pregnancy_group(input->codes)};
}

void ho_asking_turn_to(struct ho_asking *asking, const struct ho_transition *transition, uint64_t conditions)
{
    asking->transition = transition;
    asking->occasions = ho_transition_occasions(transition);
    asking->conditions = conditions;
    asking->diagnoses = ho_encounter_groups(transition->encounter, asking->input->codes);
}

static uint32_t date_of(const struct ho_asking *asking, const struct ho_protocol *protocol)
{
    return ho_zone_date(protocol->task_calendar->zone, asking->transition->change.occurred);
}

// A program of which nothing is known runs.
static bool runs(const struct ho_asking *asking, const char *program, uint32_t date)
{
    const struct ho_plan_input *input = asking->input;
    for (size_t i = 0; i < input->n_programs; i++) {
        if (strcmp(input->programs[i]->key, program) == 0)
            return ho_program_runs(input->programs[i], input->member, asking->conditions, date);
    }
    return true;
}

enum ho_serving ho_protocol_serves(const struct ho_asking *asking, const struct ho_protocol *protocol)
{
    const struct ho_plan_input *input = asking->input;
    uint32_t date = date_of(asking, protocol);
    struct ho_standing_on standing =
        ho_standing_on(input->enrolments, input->n_enrolments, protocol->program, date, input->today);
    if (standing.standing != HO_STANDING_SERVED)
        return HO_SERVED_NOT_ENROLLED;
    return runs(asking, protocol->program, date) ? HO_SERVED : HO_SERVED_NOT_RUNNING;
}

bool ho_task_is_asked(const struct ho_asking *asking, const struct ho_task_template *task)
{
    return (task->on & asking->occasions) &&
           (!task->to_places || (task->to_places & ho_transition_to(asking->transition)));
}

bool ho_notice_is_asked(const struct ho_asking *asking, const struct ho_notice_template *notice)
{
    return notice->on & asking->occasions;
}

bool ho_is_untold(const struct ho_protocol *protocol, const struct ho_transition *transition)
{
    const struct ho_change *change = &transition->change;
    return ho_is_too_late(protocol, &protocol->notices_within, change->occurred, change->recorded);
}

bool ho_conditions_hold(const struct ho_asking *asking, const struct ho_protocol *protocol,
                        const struct ho_clause *when, size_t n)
{
    const struct ho_facts facts = {
        .member = asking->input->member,
        .transition = asking->transition,
        .diagnoses = asking->diagnoses,
        .conditions = asking->conditions,
        .pregnancy = asking->pregnancy,
        .date = date_of(asking, protocol),
    };
    return ho_clauses_hold(when, n, &facts);
}
