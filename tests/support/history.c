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
    return (char *)(uintptr_t)text;
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
    *(ho_adt_event **)ho_arena_push(history->arena, &history->events, sizeof e) = e;
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
    ho_line_draw(history->arena, &encounters, 36 * HO_US_PER_HOUR, out);
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

static const char *hex(struct ho_arena *arena, const uint8_t id[HO_ID_BYTES])
{
    char *out = ho_arena_alloc(arena, 2 * HO_ID_BYTES + 1);
    ho_hex(id, HO_ID_BYTES, out);
    return out;
}

static const char *change_words(struct ho_arena *arena, const struct ho_change *change)
{
    const char *words = ho_arena_printf(arena, "{%s occurred %lld recorded %lld aliases", hex(arena, change->id),
                                        (long long)change->occurred, (long long)change->recorded);
    for (size_t i = 0; i < change->n_aliases; i++)
        words = ho_arena_printf(arena, "%s %s", words, hex(arena, change->aliases[i]));
    return ho_arena_printf(arena, "%s}", words);
}

const char *describe_encounters(struct ho_arena *arena, const struct ho_encounters *encounters)
{
    const char *words = "";
    for (size_t i = 0; i < encounters->n; i++) {
        const struct ho_encounter *e = &encounters->items[i];
        words = ho_arena_printf(arena, "%sencounter %s %s: %s class %d unseen %d disposition %s attending %s\n", words,
                                hex(arena, e->id), e->facility, encounter_words(arena, e), (int)e->patient_class,
                                e->admission_unseen, e->disposition, e->attending);
        words = ho_arena_printf(arena, "%s  events %zu diagnoses %zu died %d at %lld\n", words, e->n_events,
                                e->n_diagnoses, e->died, (long long)e->died_at);
        for (size_t k = 0; k < e->n_phases; k++)
            words = ho_arena_printf(arena, "%s  phase %s %s\n", words, ho_setting_name(e->phases[k].setting),
                                    change_words(arena, &e->phases[k].change));
        words = ho_arena_printf(arena, "%s  end %s death %s\n", words, change_words(arena, &e->end),
                                change_words(arena, &e->death));
    }
    return words;
}

const char *describe_line(struct ho_arena *arena, const struct ho_line *line)
{
    const char *words = "";
    for (size_t i = 0; i < line->n_encounters; i++)
        words = ho_arena_printf(arena, "%son the line %s\n", words, hex(arena, line->encounters[i]->id));
    for (size_t i = 0; i < line->n_episodes; i++) {
        const struct ho_episode *e = &line->episodes[i];
        words = ho_arena_printf(arena, "%sepisode %s %lld-%lld first %zu of %zu\n", words, hex(arena, e->id),
                                (long long)e->started, (long long)e->ended, e->first_encounter, e->n_encounters);
    }
    for (size_t i = 0; i < line->n_transitions; i++) {
        const struct ho_transition *t = &line->transitions[i];
        words = ho_arena_printf(arena, "%stransition %s>%s %s of %s episode %zu advice %d\n", words,
                                ho_setting_name(t->from), ho_setting_name(t->to), change_words(arena, &t->change),
                                hex(arena, t->encounter->id), t->episode, t->against_advice);
    }
    return ho_arena_printf(arena, "%snow %s died %d\n", words, ho_setting_name(line->now), line->died);
}

const char *describe_plan(struct ho_arena *arena, const struct ho_plan *plan)
{
    const char *words = "";
    for (size_t i = 0; i < plan->n_tasks; i++) {
        const struct ho_planned_task *t = &plan->tasks[i];
        words = ho_arena_printf(arena, "%stask %s %s of %s want %d due %lld %s %s\n", words, hex(arena, t->key),
                                t->task->key, t->protocol->name, (int)t->want, (long long)t->due,
                                change_words(arena, &t->change), t->reason);
    }
    for (size_t i = 0; i < plan->n_notices; i++) {
        const struct ho_planned_notice *n = &plan->notices[i];
        words = ho_arena_printf(arena, "%snotice %s %s of %s %s\n", words, hex(arena, n->key), n->notice->key,
                                n->protocol->name, change_words(arena, &n->change));
    }
    return words;
}

const char *describe_events(struct ho_arena *arena, const ho_adt_event *const *events, size_t n)
{
    const char *words = "";
    for (size_t i = 0; i < n; i++) {
        const ho_adt_event *e = events[i];
        words = ho_arena_printf(
            arena,
            "%s%s id %s occurred %lld recorded %lld admitted %lld facility %s/%d visit %s account %s mrn %s "
            "prior %s/%s class %d destination %d died %d at %lld\n",
            words, e->trigger, hex(arena, e->id.data), hour_of(e->occurred), hour_of(e->recorded),
            e->admitted ? hour_of(e->admitted) : -1, e->facility, (int)e->facility_setting, e->visit, e->account,
            e->mrn, e->prior_visit, e->prior_account, (int)e->patient_class, (int)e->destination, e->died,
            e->died_at ? hour_of(e->died_at) : -1);
    }
    return words;
}
