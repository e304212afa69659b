// Outreach: members who began to qualify for a program and are not enrolled in it are asked once whether they want to.
//
// The task is named by the transition that lifted them over the program's criteria. Later ones that would do so too are
// its aliases, so that a correction that moves the first does not orphan a person's work. A year after it, or after
// the last answer, another transition may ask again; an enrolment in between begins anew, too.
#include <stdlib.h>

#include "plan_internal.h"
#include "program_internal.h"

enum { MONTHS_A_YEAR = 12 };

// One asking: the transitions by which the member qualified, until the question was open no more.
struct round {
    const size_t *lifts; // places in the line; the first names the task
    size_t n;
    uint32_t date, ends; // of the first; the last day on which another is the same question
};

struct lifts {
    size_t *items;
    size_t n, capacity;
};

struct outreach {
    struct ho_arena *arena;
    const struct ho_plan_input *input;
    const struct ho_program *program;
    struct ho_use_history history;
    struct lifts lifts;
};

static uint32_t year_after(uint32_t date)
{
    return ho_months_before(date, -MONTHS_A_YEAR);
}

static const struct ho_transition *transition_at(const struct outreach *o, size_t place)
{
    return &o->input->line->transitions[place];
}

// ---- Enrolment ----------------------------------------------------------------------------------------

static bool is_served(const struct outreach *o, uint32_t date)
{
    return ho_standing_on(o->input->enrolments, o->input->n_enrolments, o->program->key, date, o->input->today)
               .standing == HO_STANDING_SERVED;
}

// The first opt-out of the program by today; 0 none.
static uint32_t opted_out_on(const struct ho_plan_input *input, const char *program)
{
    uint32_t first = 0;
    for (size_t i = 0; i < input->n_enrolments; i++) {
        const ho_enrolment *e = input->enrolments[i];
        bool out = e->opted_out_on && e->opted_out_on <= input->today && strcmp(e->program, program) == 0;
        if (out && (!first || e->opted_out_on < first))
            first = e->opted_out_on;
    }
    return first;
}

// The first enrolment that begins after the date; 0 none.
static uint32_t enrolled_after(const struct outreach *o, uint32_t date)
{
    uint32_t first = 0;
    for (size_t i = 0; i < o->input->n_enrolments; i++) {
        const ho_enrolment *e = o->input->enrolments[i];
        if (strcmp(e->program, o->program->key) == 0 && e->enrolled_from > date && (!first || e->enrolled_from < first))
            first = e->enrolled_from;
    }
    return first;
}

// ---- Answers ------------------------------------------------------------------------------------------

static bool is_answer(const struct outreach *o, const struct ho_work *work)
{
    return work->status == HO_WORK_DONE && strcmp(work->template_key, o->program->outreach.tasks->key) == 0;
}

static uint32_t answered_on(const struct outreach *o, const struct ho_work *work)
{
    return ho_zone_date(o->program->outreach.task_calendar->zone, work->at);
}

// The last answer under the transition's names; 0 none.
static uint32_t answer_to(const struct outreach *o, const struct ho_transition *t)
{
    uint32_t last = 0;
    for (size_t i = 0; i < o->input->n_work; i++) {
        const struct ho_work *work = &o->input->work[i];
        if (is_answer(o, work) && ho_change_has(&t->change, work->change) && answered_on(o, work) > last)
            last = answered_on(o, work);
    }
    return last;
}

static bool is_lift(const struct outreach *o, const uint8_t change[HO_ID_BYTES])
{
    for (size_t i = 0; i < o->lifts.n; i++) {
        if (ho_change_has(&transition_at(o, o->lifts.items[i])->change, change))
            return true;
    }
    return false;
}

// Whether they answered, in the year before the date or since, a question whose cause is gone.
static bool answered_before(const struct outreach *o, uint32_t date)
{
    for (size_t i = 0; i < o->input->n_work; i++) {
        const struct ho_work *work = &o->input->work[i];
        if (is_answer(o, work) && date <= year_after(answered_on(o, work)) && !is_lift(o, work->change))
            return true;
    }
    return false;
}

// ---- Rounds -------------------------------------------------------------------------------------------

// Silence lifts nobody: it is gone with the hospital's next word. What it seems to end counts all the same.
static void find_lifts(struct outreach *o)
{
    for (size_t i = 0; i < o->input->line->n_transitions; i++) {
        uint32_t date = o->history.dates[i];
        const struct ho_moment at = ho_moment_after(&o->history, i, date);
        if (ho_transition_is_move(transition_at(o, i)) && !is_served(o, date) &&
            ho_program_population(o->program, &o->history, &at))
            *(size_t *)ho_arena_push(o->arena, &o->lifts, sizeof(size_t)) = i;
    }
}

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

// The round that begins with the lift.
static struct round round_from(const struct outreach *o, size_t first)
{
    struct round round = {.lifts = &o->lifts.items[first], .date = o->history.dates[o->lifts.items[first]]};
    uint32_t enrolled = enrolled_after(o, round.date);
    round.ends = year_after(round.date);
    for (size_t i = first; i < o->lifts.n; i++) {
        size_t place = o->lifts.items[i];
        uint32_t date = o->history.dates[place], answered = answer_to(o, transition_at(o, place));
        if (date > round.ends || (enrolled && date >= enrolled))
            break;
        round.n++;
        if (answered)
            round.ends = later(round.ends, year_after(answered));
    }
    return round;
}

static bool has_answer(const struct outreach *o, const struct round *round)
{
    for (size_t i = 0; i < round->n; i++) {
        if (answer_to(o, transition_at(o, round->lifts[i])))
            return true;
    }
    return false;
}

// ---- The task -----------------------------------------------------------------------------------------

static int compare_ids(const void *left, const void *right)
{
    return memcmp(left, right, HO_ID_BYTES);
}

// The first transition's change, under the names of all.
static struct ho_change change_of(const struct outreach *o, const struct round *round)
{
    struct ho_change change = transition_at(o, round->lifts[0])->change;
    size_t n = 0;
    for (size_t i = 0; i < round->n; i++)
        n += transition_at(o, round->lifts[i])->change.n_aliases;
    uint8_t(*aliases)[HO_ID_BYTES] = ho_arena_array(o->arena, n, sizeof *aliases);
    change.aliases = (const uint8_t(*)[HO_ID_BYTES])aliases;
    change.n_aliases = n;
    for (size_t i = 0; i < round->n; i++) {
        const struct ho_change *one = &transition_at(o, round->lifts[i])->change;
        memcpy(aliases, one->aliases, one->n_aliases * HO_ID_BYTES);
        aliases += one->n_aliases;
    }
    qsort(aliases - n, n, sizeof *aliases, compare_ids);
    return change;
}

// By the program's calendar, at whose midnight the plan wakes.
static uint32_t today_of(const struct outreach *o)
{
    return o->input->now ? ho_zone_date(o->history.zone, o->input->now) : o->input->today;
}

// Why the question is open no more; NULL while it is.
static const char *over_words(const struct outreach *o, const struct ho_planned_task *task, const struct round *round)
{
    const struct ho_transition *died = ho_line_death(o->input->line);
    uint32_t enrolled = enrolled_after(o, round->date), today = today_of(o);
    if (died)
        return ho_reason_superseded(o->arena, task, died);
    if (enrolled)
        return ho_arena_printf(o->arena, "Enrolled in %s from %s.", o->program->key, ho_date_text(o->arena, enrolled));
    if (o->program->to && today > o->program->to)
        return ho_arena_printf(o->arena, "%s ended with %s.", o->program->title,
                               ho_date_text(o->arena, o->program->to));
    if (today > year_after(round->date))
        return ho_arena_printf(o->arena, "More than a year has passed since %s.", ho_date_text(o->arena, round->date));
    return NULL;
}

static void want(struct outreach *o, const struct round *round, struct ho_outreach *out)
{
    const struct ho_protocol *protocol = &o->program->outreach;
    struct ho_planned_task *task = ho_arena_push(o->arena, out, sizeof *task);
    uint32_t last = year_after(round->date);
    *task = (struct ho_planned_task){
        .change = change_of(o, round),
        .protocol = protocol,
        .task = protocol->tasks,
        .transition = transition_at(o, round->lifts[0]),
        .want = HO_WANTED,
    };
    task->begins = task->change.occurred;
    task->due = ho_task_due(protocol, protocol->tasks, task->change.occurred);
    ho_plan_key(o->input->member_id, task->change.id, protocol->tasks->key, task->key);
    task->reason = over_words(o, task, round);
    if (task->reason) {
        task->want = HO_SUPERSEDED;
        return;
    }
    task->reason = ho_arena_printf(o->arena, "Qualifies for %s since %s, and is not enrolled.", o->program->title,
                                   ho_date_text(o->arena, round->date));
    if (o->program->to && o->program->to < last)
        last = o->program->to;
    int64_t over = ho_zone_day_end(o->history.zone, last);
    if (over < out->wake_at)
        out->wake_at = over;
}

static void ask(struct outreach *o, struct ho_outreach *out)
{
    find_lifts(o);
    for (size_t i = 0; i < o->lifts.n;) {
        struct round round = round_from(o, i);
        i += round.n;
        if (has_answer(o, &round) || !answered_before(o, round.date))
            want(o, &round, out);
    }
}

// Most members are: then there is nothing to be found out.
static bool is_served_throughout(const struct outreach *o)
{
    const struct ho_line *line = o->input->line;
    for (size_t i = 0; i < line->n_transitions; i++) {
        if (!is_served(o, ho_zone_date(o->program->outreach.task_calendar->zone, line->transitions[i].change.occurred)))
            return false;
    }
    return true;
}

void ho_plan_outreach(struct ho_arena *arena, const struct ho_plan_input *input, struct ho_outreach *out)
{
    *out = (struct ho_outreach){.wake_at = INT64_MAX};
    for (size_t i = 0; input->member && i < input->n_programs; i++) {
        const struct ho_program *program = input->programs[i];
        struct outreach o = {.arena = arena, .input = input, .program = program};
        if (!program->outreach.n_tasks || opted_out_on(input, program->key) || is_served_throughout(&o))
            continue;
        ho_use_history_make(arena, input->member, input->line, input->codes, program->outreach.task_calendar->zone,
                            &o.history);
        ask(&o, out);
    }
}

bool ho_outreach_absence(const struct ho_plan_input *input, const struct ho_transition *transition, const char *name,
                         struct ho_absence *out)
{
    for (size_t i = 0; i < input->n_programs; i++) {
        const struct ho_protocol *protocol = &input->programs[i]->outreach;
        if (!protocol->n_tasks || strcmp(protocol->tasks->key, name) != 0)
            continue;
        uint32_t opted_out = opted_out_on(input, protocol->program);
        *out = (struct ho_absence){.cause = transition ? HO_ABSENT_BY_SITUATION : HO_ABSENT_BY_HOSPITAL,
                                   .program = protocol->program};
        if (opted_out)
            *out = (struct ho_absence){.cause = HO_ABSENT_BY_STANDING,
                                       .standing = {HO_STANDING_OPTED_OUT, opted_out},
                                       .program = protocol->program};
        return true;
    }
    return false;
}
