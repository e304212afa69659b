#include "outcome.h"

#include <stdlib.h>

#include "handoff/digest.h"
#include "history.h"

static void must(enum ho_status status, const struct ho_error *error)
{
    if (status == HO_OK)
        return;
    fprintf(stderr, "%s\n", error->text);
    exit(EXIT_FAILURE);
}

void rulebook_load(struct rulebook *out)
{
    struct ho_error error = {0};
    size_t n;
    *out = (struct rulebook){0};
    must(ho_calendars_load("deploy/calendars", &out->calendars, &error), &error);
    must(ho_codes_load("deploy/codes", &out->codes, &error), &error);
    const struct ho_codes *codes = ho_code_set_codes(out->codes);
    must(ho_programs_load("deploy/programs", out->calendars, codes, &out->programs, &error), &error);
    must(ho_protocols_load("deploy/protocols", out->calendars, codes, &out->protocols, &error), &error);
    out->zone = ho_protocol_set_items(out->protocols, &n)[0]->task_calendar->zone;
    out->rules = ho_line_rules_default(out->zone);
}

void rulebook_free(struct rulebook *book)
{
    ho_protocol_set_free(book->protocols);
    ho_program_set_free(book->programs);
    ho_code_set_free(book->codes);
    ho_calendar_set_free(book->calendars);
}

static struct ho_plan_input plan_input(const struct rulebook *book, const struct inputs *inputs,
                                       const struct ho_line *line)
{
    const uint32_t no_clock = 20270101;
    struct ho_plan_input input = {
        .member_id = inputs->member_id,
        .member = inputs->member,
        .enrolments = inputs->enrolments,
        .n_enrolments = inputs->n_enrolments,
        .work = inputs->work,
        .n_work = inputs->n_work,
        .codes = ho_code_set_codes(book->codes),
        .now = inputs->now,
        .line = line,
        .today = inputs->now ? ho_zone_date(book->zone, inputs->now) : no_clock,
    };
    input.programs = ho_program_set_items(book->programs, &input.n_programs);
    input.protocols = ho_protocol_set_items(book->protocols, &input.n_protocols);
    return input;
}

const struct outcome *outcome_of(const struct rulebook *book, struct ho_arena *arena, const struct inputs *inputs)
{
    struct outcome *o = ho_arena_alloc(arena, sizeof *o);
    ho_encounters_fold(arena, inputs->events, inputs->n_events, &o->encounters);
    if (!inputs->shares_part2)
        ho_encounters_withhold(&o->encounters);
    o->input = plan_input(book, inputs, &o->line);
    ho_plan_line(arena, &o->encounters, &o->input, &book->rules, &o->line);
    ho_plan_make(arena, &o->input, &o->plan);
    ho_measures_take(arena, &o->input, &o->measures);
    return o;
}

void describe_outcome(FILE *out, const struct outcome *outcome)
{
    describe_encounters(out, &outcome->encounters);
    describe_line(out, &outcome->line);
    describe_plan(out, &outcome->plan);
    describe_measures(out, &outcome->measures);
}

// ---- Inputs ---------------------------------------------------------------------------------------------

static void describe_member(FILE *out, const ho_member *m)
{
    fprintf(out, "member born %u phone \"%s\" county \"%s\" homeless \"%s\" risk \"%s\" pregnant until %u, with",
            m->birth_date, m->phone, m->county, m->homeless, m->risk, m->pregnant_until);
    for (size_t i = 0; i < m->n_conditions; i++)
        fprintf(out, " %s", m->conditions[i]);
    for (size_t i = 0; i < m->n_needs; i++)
        fprintf(out, " %s", m->needs[i]);
    fputc('\n', out);
}

static void describe_work(FILE *out, const struct ho_work *work)
{
    static const char *const statuses[] = {"open", "claimed", "done"};
    char change[2 * HO_ID_BYTES + 1];
    ho_hex(work->change, HO_ID_BYTES, change);
    fprintf(out, "work %s %s %s under %s at %lld\n", work->template_key, statuses[work->status], work->outcome, change,
            (long long)work->at);
}

void describe_inputs(FILE *out, const struct inputs *inputs)
{
    describe_events(out, inputs->events, inputs->n_events);
    for (size_t i = 0; i < inputs->n_work; i++)
        describe_work(out, &inputs->work[i]);
    for (size_t i = 0; i < inputs->n_enrolments; i++) {
        const ho_enrolment *e = inputs->enrolments[i];
        fprintf(out, "enrolled in %s from %u to %u, opted out on %u\n", e->program, e->enrolled_from, e->enrolled_to,
                e->opted_out_on);
    }
    if (inputs->member)
        describe_member(out, inputs->member);
    if (inputs->shares_part2)
        fprintf(out, "agreed to share Part 2\n");
    if (inputs->now)
        fprintf(out, "now %lld\n", (long long)inputs->now);
}
