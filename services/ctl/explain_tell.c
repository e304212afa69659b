// From a person's events to everything that follows.
#include "explain.h"

#include <stdlib.h>

static int by_due(const void *left, const void *right)
{
    const struct ho_planned_task *a = *(const struct ho_planned_task *const *)left;
    const struct ho_planned_task *b = *(const struct ho_planned_task *const *)right;
    if (a->due != b->due)
        return a->due < b->due ? -1 : 1;
    int c = strcmp(a->task->key, b->task->key);
    return c ? c : memcmp(a->key, b->key, HO_ID_BYTES);
}

static int by_time(const void *left, const void *right)
{
    const struct ho_planned_notice *a = *(const struct ho_planned_notice *const *)left;
    const struct ho_planned_notice *b = *(const struct ho_planned_notice *const *)right;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return memcmp(a->key, b->key, HO_ID_BYTES);
}

static void sort_plan(struct ho_arena *arena, struct ho_explain_story *story)
{
    const struct ho_plan *plan = &story->plan;
    story->tasks = ho_arena_array(arena, plan->n_tasks + 1, sizeof(void *));
    story->notices = ho_arena_array(arena, plan->n_notices + 1, sizeof(void *));
    for (size_t i = 0; i < plan->n_tasks; i++)
        story->tasks[i] = &plan->tasks[i];
    for (size_t i = 0; i < plan->n_notices; i++)
        story->notices[i] = &plan->notices[i];
    qsort(story->tasks, plan->n_tasks, sizeof(void *), by_due);
    qsort(story->notices, plan->n_notices, sizeof(void *), by_time);
}

static void tell(struct ho_arena *arena, const struct ho_explanation *explanation, struct ho_explain_story *story)
{
    const struct ho_plan_files *files = explanation->files;
    const struct ho_explain_person *person = story->person;
    const struct ho_line_rules rules = ho_line_rules_default(files->zone);
    struct ho_plan_input input = {
        .member_id = person->id,
        .member = person->member,
        .enrolments = person->enrolments,
        .n_enrolments = person->n_enrolments,
        .codes = ho_code_set_codes(files->codes),
        .now = explanation->at,
        .line = &story->line,
        .protocols = files->protocols,
        .n_protocols = files->n_protocols,
        .today = ho_zone_date(files->zone, explanation->at),
    };
    input.programs = ho_program_set_items(files->programs, &input.n_programs);
    ho_encounters_fold(arena, person->events, person->n_events, &story->encounters);
    ho_line_draw(arena, &story->encounters, NULL, &rules, explanation->at, &story->line);
    ho_plan_make(arena, &input, &story->plan);
    ho_measures_take(arena, &input, &story->measures);
    sort_plan(arena, story);
}

void ho_explain_tell(struct ho_arena *arena, const struct ho_explain_people *people, struct ho_explanation *inout)
{
    inout->n_stories = people->n;
    inout->stories = ho_arena_array(arena, people->n + 1, sizeof *inout->stories);
    for (size_t i = 0; i < people->n; i++) {
        inout->stories[i].person = &people->items[i];
        tell(arena, inout, &inout->stories[i]);
    }
    for (size_t i = 0; i < inout->messages->n; i++)
        inout->counts[inout->messages->items[i].verdict]++;
}
