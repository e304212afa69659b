#include "history.h"

#include <stdlib.h>

#include "handoff/digest.h"

struct history *history_new(void)
{
    struct history *history = calloc(1, sizeof *history);
    history->arena = ho_arena_new(0);
    return history;
}

void history_free(struct history *history)
{
    ho_arena_free(history->arena);
    free(history);
}

char *history_text(const char *text)
{
    const union {
        const char *text;
        char *field; // the generated messages own nothing here
    } same = {text};
    return same.field;
}

static uint32_t class_of(const char *trigger)
{
    if (strcmp(trigger, "A04") == 0)
        return HO_CLASS_EMERGENCY;
    if (strcmp(trigger, "A07") == 0)
        return HO_CLASS_OUTPATIENT;
    bool inpatient = strcmp(trigger, "A01") == 0 || strcmp(trigger, "A02") == 0 || strcmp(trigger, "A06") == 0;
    return inpatient ? HO_CLASS_INPATIENT : HO_CLASS_UNKNOWN;
}

ho_adt_event *history_tell_late(struct history *history, const char *trigger, int hour, int recorded)
{
    ho_adt_event *e = ho_arena_alloc(history->arena, sizeof *e);
    handoff__v1__adt_event__init(e);
    *(ho_adt_event **)ho_arena_push(history->arena, &history->events, sizeof(ho_adt_event *)) = e;
    e->id.len = HO_ID_BYTES;
    e->id.data = ho_arena_alloc(history->arena, HO_ID_BYTES);
    e->id.data[0] = (uint8_t)(history->n >> 8);
    e->id.data[1] = (uint8_t)history->n;
    e->trigger = history_text(trigger);
    e->facility = history_text("General");
    e->mrn = history_text("100");
    e->visit = history_text("V1");
    e->occurred = HISTORY_START + hour * HO_US_PER_HOUR;
    e->recorded = HISTORY_START + recorded * HO_US_PER_HOUR;
    e->patient_class = (Handoff__V1__PatientClass)class_of(trigger);
    if (strcmp(trigger, "A03") == 0)
        e->destination = (Handoff__V1__Destination)HO_DESTINATION_HOME;
    return e;
}

ho_adt_event *history_tell(struct history *history, const char *trigger, int hour)
{
    return history_tell_late(history, trigger, hour, hour);
}

void history_fold(struct history *history, struct ho_encounters *out)
{
    ho_encounters_fold(history->arena, (const ho_adt_event *const *)history->events, history->n, out);
}

void history_draw(struct history *history, struct ho_line *out)
{
    struct ho_encounters encounters;
    history_fold(history, &encounters);
    const struct ho_line_rules rules = ho_line_rules_default(NULL);
    ho_line_draw(history->arena, &encounters, NULL, &rules, 0, out);
}

// ---- Short words ----------------------------------------------------------------------------------------

static long long hour_of(int64_t instant)
{
    return (long long)((instant - HISTORY_START) / HO_US_PER_HOUR);
}

static const char *destination_name(enum ho_destination destination)
{
    static const char *const names[] = {"unknown", "home", "against-advice", "acute", "snf", "other", "died", "still"};
    return names[destination];
}

static const char *encounter_words(struct ho_arena *arena, const struct ho_encounter *e)
{
    static const char *const states[] = {"open", "ended", "void", "aside"};
    const char *words = ho_arena_printf(arena, "%s %s", e->visit, states[e->state]);
    for (size_t i = 0; i < e->n_phases; i++)
        words = ho_arena_printf(arena, e->admission_unseen ? "%s (%s@%lld)" : "%s %s@%lld", words,
                                ho_setting_name(e->phases[i].setting), hour_of(e->phases[i].change.occurred));
    if (e->state == HO_ENCOUNTER_ENDED)
        words = ho_arena_printf(arena, "%s %s@%lld", words, destination_name(e->destination), hour_of(e->end.occurred));
    if (e->died && e->destination != HO_DESTINATION_DIED)
        words = ho_arena_printf(arena, "%s death@%lld", words, hour_of(e->death.occurred));
    return words;
}

const char *history_encounters(struct history *history)
{
    struct ho_encounters encounters;
    const char *words = "";
    history_fold(history, &encounters);
    for (size_t i = 0; i < encounters.n; i++)
        words = ho_arena_printf(history->arena, "%s%s%s", words, i ? "; " : "",
                                encounter_words(history->arena, &encounters.items[i]));
    return words;
}

const char *history_line(struct history *history)
{
    struct ho_line line;
    const char *words = "";
    history_draw(history, &line);
    for (size_t i = 0; i < line.n_transitions; i++) {
        const struct ho_transition *t = &line.transitions[i];
        words = ho_arena_printf(history->arena, "%s%s%s>%s@%lld%s", words, i ? " " : "", ho_setting_name(t->from),
                                ho_setting_name(t->to), hour_of(t->change.occurred), t->against_advice ? "!" : "");
    }
    return words;
}

// ---- All words ------------------------------------------------------------------------------------------

static void describe_id(FILE *out, const uint8_t id[HO_ID_BYTES])
{
    char text[2 * HO_ID_BYTES + 1];
    ho_hex(id, HO_ID_BYTES, text);
    fprintf(out, " %s", text);
}

static void describe_change(FILE *out, const char *what, const struct ho_change *change)
{
    fprintf(out, "  %s occurred %lld recorded %lld aliases", what, (long long)change->occurred,
            (long long)change->recorded);
    describe_id(out, change->id);
    for (size_t i = 0; i < change->n_aliases; i++)
        describe_id(out, change->aliases[i]);
    fputc('\n', out);
}

static void describe_encounter(FILE *out, const struct ho_encounter *e)
{
    fprintf(out, "encounter");
    describe_id(out, e->id);
    fprintf(out, " %s %s state %d class %d unseen %d %s %s %s events %zu diagnoses %zu died %d at %lld\n", e->facility,
            e->visit, (int)e->state, (int)e->patient_class, e->admission_unseen, destination_name(e->destination),
            e->disposition, e->attending, e->n_events, e->n_diagnoses, e->died, (long long)e->died_at);
    fprintf(out, "  planned %d on leave %d moved away %d withheld %d last heard %lld\n", e->planned, e->on_leave,
            e->moved_away, e->withheld, (long long)e->last_heard);
    for (size_t i = 0; i < e->n_phases; i++)
        describe_change(out, ho_setting_name(e->phases[i].setting), &e->phases[i].change);
    describe_change(out, "end", &e->end);
    describe_change(out, "death", &e->death);
    describe_change(out, "back", &e->back);
    describe_change(out, "announced", &e->announced);
}

void describe_encounters(FILE *out, const struct ho_encounters *encounters)
{
    for (size_t i = 0; i < encounters->n; i++)
        describe_encounter(out, &encounters->items[i]);
}

void describe_line(FILE *out, const struct ho_line *line)
{
    for (size_t i = 0; i < line->n_encounters; i++) {
        fprintf(out, "on the line");
        describe_id(out, line->encounters[i]->id);
        fputc('\n', out);
    }
    for (size_t i = 0; i < line->n_episodes; i++) {
        const struct ho_episode *e = &line->episodes[i];
        fprintf(out, "episode %lld to %lld from %zu are %zu", (long long)e->started, (long long)e->ended,
                e->first_encounter, e->n_encounters);
        describe_id(out, e->id);
        fputc('\n', out);
    }
    for (size_t i = 0; i < line->n_transitions; i++) {
        const struct ho_transition *t = &line->transitions[i];
        fprintf(out, "transition kind %d flags %#x %s>%s episode %zu against advice %d of", (int)t->kind, t->flags,
                ho_setting_name(t->from), ho_setting_name(t->to), t->episode, t->against_advice);
        describe_id(out, t->encounter->id);
        fputc('\n', out);
        describe_change(out, "by", &t->change);
    }
    fprintf(out, "now %s died %d wake at %lld\n", ho_setting_name(line->now), line->died, (long long)line->wake_at);
}

void describe_plan(FILE *out, const struct ho_plan *plan)
{
    for (size_t i = 0; i < plan->n_tasks; i++) {
        const struct ho_planned_task *t = &plan->tasks[i];
        fprintf(out, "task %s of %s want %d begins %lld due %lld: %s", t->task->key, t->protocol->name, (int)t->want,
                (long long)t->begins, (long long)t->due, t->reason);
        describe_id(out, t->key);
        fputc('\n', out);
        describe_change(out, "by", &t->change);
    }
    for (size_t i = 0; i < plan->n_notices; i++) {
        const struct ho_planned_notice *n = &plan->notices[i];
        fprintf(out, "notice %s%s%s of %s at %lld due %lld", n->notice ? n->notice->key : n->task->key,
                n->reminder ? "/" : "", n->reminder ? n->reminder->key : "", n->protocol->name, (long long)n->at,
                (long long)n->due);
        describe_id(out, n->key);
        fputc('\n', out);
        describe_change(out, "by", &n->change);
    }
    fprintf(out, "wake at %lld\n", (long long)plan->wake_at);
}

void describe_measures(FILE *out, const struct ho_measures *measures)
{
    for (size_t i = 0; i < measures->n; i++) {
        const struct ho_measure_row *m = &measures->items[i];
        fprintf(out, "measure %s on %u %s until %u: %s", ho_measure_name(m->measure), m->date,
                ho_measure_state_name(m->state), m->last_day, m->reason);
        describe_id(out, m->transition->change.id);
        fputc('\n', out);
    }
    fprintf(out, "wake at %lld\n", (long long)measures->wake_at);
}

static long long hour_or_none(int64_t instant)
{
    return instant ? hour_of(instant) : -1;
}

void describe_events(FILE *out, const ho_adt_event *const *events, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const ho_adt_event *e = events[i];
        fprintf(out, "%s occurred %lld recorded %lld admitted %lld at %s/%d visit %s account %s mrn %s", e->trigger,
                hour_or_none(e->occurred), hour_or_none(e->recorded), hour_or_none(e->admitted), e->facility,
                (int)e->facility_setting, e->visit, e->account, e->mrn);
        fprintf(out, " in %s type %s admits %d discharged %lld", e->location ? e->location->point_of_care : "",
                e->admission_type, e->admits, hour_or_none(e->discharged));
        fprintf(out, " prior %s/%s/%s class %d destination %d %s died %d at %lld subject %u", e->prior_visit,
                e->prior_account, e->prior_mrn, (int)e->patient_class, (int)e->destination, e->disposition, e->died,
                hour_or_none(e->died_at), e->subject);
        fprintf(out, "%s%s", e->alive ? " alive" : "", e->part2 ? " part2" : "");
        fprintf(out, "%s%s%s", e->occurred_day_end ? " occurred that day" : "",
                e->admitted_day_end ? " admitted that day" : "", e->discharged_day_end ? " discharged that day" : "");
        for (size_t k = 0; k < e->n_diagnoses; k++)
            fprintf(out, " %s", e->diagnoses[k]->code);
        describe_id(out, e->id.data);
        fputc('\n', out);
    }
}
