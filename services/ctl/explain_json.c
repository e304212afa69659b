// The explanation as JSON: instants as RFC 3339 in the plan's zone, ids as hexadecimal digits, lists in the order of
// the header.
#include "explain.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "handoff/digest.h"

struct page {
    const struct ho_explanation *explanation;
    const struct ho_zone *zone;
};

static json_t *must(json_t *value)
{
    if (!value)
        abort(); // out of memory, as everywhere
    return value;
}

static void put(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, must(value)) != 0)
        abort();
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, must(value)) != 0)
        abort();
}

// What feeds send is not always UTF-8.
static json_t *text_of(const char *text)
{
    json_t *value = json_string(text);
    return value ? value : must(json_string("(text that is not UTF-8)"));
}

static json_t *id_of(const uint8_t id[HO_ID_BYTES])
{
    char hex[2 * HO_ID_BYTES + 1];
    ho_hex(id, HO_ID_BYTES, hex);
    return must(json_string(hex));
}

static json_t *time_of(const struct page *page, int64_t instant)
{
    char text[HO_TIME_TEXT_BYTES];
    return must(instant ? json_string(ho_time_format(instant, page->zone, text)) : json_null());
}

static json_t *words_of(const char *const *words, size_t n)
{
    json_t *array = must(json_array());
    for (size_t i = 0; i < n; i++)
        append(array, text_of(words[i]));
    return array;
}

// ---- What was read ------------------------------------------------------------------------------------

static json_t *protocols_of(const struct ho_plan_files *files)
{
    json_t *array = must(json_array());
    for (size_t i = 0; i < files->n_protocols; i++) {
        const struct ho_protocol *protocol = files->protocols[i];
        char hex[2 * sizeof protocol->hash + 1];
        ho_hex(protocol->hash, sizeof protocol->hash, hex);
        append(array,
               json_pack("{s:s, s:s, s:s}", "name", protocol->name, "program", protocol->program, "sha256", hex));
    }
    return array;
}

static json_t *counts_of(const struct ho_explanation *explanation)
{
    json_t *counts = must(json_pack("{s:I}", "read", (json_int_t)explanation->messages->n));
    for (int v = 0; v < HO_EXPLAIN_VERDICTS; v++)
        put(counts, ho_explain_verdict_name((enum ho_explain_verdict)v),
            json_integer((json_int_t)explanation->counts[v]));
    return counts;
}

static json_t *message_of(const struct ho_explain_message *message)
{
    json_t *value = must(json_object());
    put(value, "file", text_of(message->file));
    put(value, "message", json_integer((json_int_t)message->number));
    put(value, "verdict", json_string(ho_explain_verdict_name(message->verdict)));
    put(value, "reason", text_of(message->reason));
    if (message->verdict == HO_EXPLAIN_REFUSED)
        put(value, "place", text_of(message->place));
    else
        put(value, "candidates", words_of(message->candidates, message->n_candidates));
    return value;
}

static json_t *messages_of(const struct ho_explain_messages *messages, bool refused)
{
    json_t *array = must(json_array());
    for (size_t i = 0; i < messages->n; i++) {
        enum ho_explain_verdict verdict = messages->items[i].verdict;
        bool waits = verdict == HO_EXPLAIN_HELD || verdict == HO_EXPLAIN_REVIEW;
        if (refused ? verdict == HO_EXPLAIN_REFUSED : waits)
            append(array, message_of(&messages->items[i]));
    }
    return array;
}

// ---- Encounters and the line --------------------------------------------------------------------------

static const char *const states[] = {[HO_ENCOUNTER_OPEN] = "open",
                                     [HO_ENCOUNTER_ENDED] = "ended",
                                     [HO_ENCOUNTER_VOID] = "cancelled",
                                     [HO_ENCOUNTER_ASIDE] = "aside"};

static json_t *encounter_of(const struct page *page, const struct ho_encounter *encounter)
{
    json_t *value = must(json_object()), *phases = must(json_array()), *codes = must(json_array());
    for (size_t i = 0; i < encounter->n_phases; i++)
        append(phases, json_pack("{s:s, s:o}", "setting", ho_setting_name(encounter->phases[i].setting), "from",
                                 time_of(page, encounter->phases[i].change.occurred)));
    for (size_t i = 0; i < encounter->n_diagnoses; i++)
        append(codes, text_of(encounter->diagnoses[i]->code));
    put(value, "id", id_of(encounter->id));
    put(value, "facility", text_of(encounter->facility));
    put(value, "visit", text_of(encounter->visit));
    put(value, "state", json_string(states[encounter->state]));
    put(value, "phases", phases);
    put(value, "ended", time_of(page, encounter->state == HO_ENCOUNTER_ENDED ? encounter->end.occurred : 0));
    put(value, "disposition", text_of(encounter->disposition));
    put(value, "planned", json_boolean(encounter->planned));
    put(value, "died", json_boolean(encounter->died));
    put(value, "diagnoses", codes);
    put(value, "events", json_integer((json_int_t)encounter->n_events));
    return value;
}

static json_t *encounters_of(const struct page *page, const struct ho_encounters *encounters)
{
    json_t *array = must(json_array());
    for (size_t i = 0; i < encounters->n; i++)
        append(array, encounter_of(page, &encounters->items[i]));
    return array;
}

static json_t *episodes_of(const struct page *page, const struct ho_line *line)
{
    json_t *array = must(json_array());
    for (size_t i = 0; i < line->n_episodes; i++) {
        const struct ho_episode *episode = &line->episodes[i];
        json_t *encounters = must(json_array());
        for (size_t k = 0; k < episode->n_encounters; k++)
            append(encounters, id_of(line->encounters[episode->first_encounter + k]->id));
        append(array,
               json_pack("{s:o, s:o, s:o, s:o}", "id", id_of(episode->id), "started", time_of(page, episode->started),
                         "ended", time_of(page, episode->ended), "encounters", encounters));
    }
    return array;
}

static json_t *flags_of(uint32_t flags)
{
    json_t *array = must(json_array());
    for (int i = 0; i < HO_FLAGS; i++)
        if (flags & (1U << i))
            append(array, json_string(ho_flag_name((enum ho_flag)(1U << i))));
    return array;
}

static json_t *occasions_of(const struct ho_transition *transition)
{
    json_t *array = must(json_array());
    uint32_t occasions = ho_transition_occasions(transition);
    for (int i = 0; i < HO_OCCASIONS; i++)
        if (occasions & (1U << i))
            append(array, json_string(ho_occasion_name((enum ho_occasion)(1U << i))));
    return array;
}

static json_t *transitions_of(const struct page *page, const struct ho_line *line)
{
    json_t *array = must(json_array());
    for (size_t i = 0; i < line->n_transitions; i++) {
        const struct ho_transition *transition = &line->transitions[i];
        json_t *value = must(json_object());
        put(value, "id", id_of(transition->change.id));
        put(value, "at", time_of(page, transition->change.occurred));
        put(value, "known", time_of(page, transition->change.recorded));
        put(value, "from", json_string(ho_setting_name(transition->from)));
        put(value, "to", json_string(ho_setting_name(transition->to)));
        put(value, "occasions", occasions_of(transition));
        put(value, "flags", flags_of(transition->flags));
        put(value, "encounter", id_of(transition->encounter->id));
        put(value, "facility", text_of(transition->encounter->facility));
        append(array, value);
    }
    return array;
}

// ---- The plan -----------------------------------------------------------------------------------------

static json_t *task_of(const struct page *page, const struct ho_planned_task *task)
{
    json_t *value = must(json_object());
    put(value, "key", id_of(task->key));
    put(value, "template", text_of(task->task->key));
    put(value, "title", text_of(task->task->title));
    put(value, "role", text_of(task->task->role));
    put(value, "protocol", text_of(task->protocol->name));
    put(value, "state", json_string(task->want == HO_WANTED ? "wanted" : "superseded"));
    put(value, "begins", time_of(page, task->begins));
    put(value, "due", time_of(page, task->due));
    put(value, "reason", text_of(task->reason));
    put(value, "why", text_of(task->task->why));
    put(value, "transition", id_of(task->change.id));
    return value;
}

static json_t *tasks_of(const struct page *page, const struct ho_explain_story *story)
{
    json_t *array = must(json_array());
    for (size_t i = 0; i < story->plan.n_tasks; i++)
        append(array, task_of(page, story->tasks[i]));
    return array;
}

static json_t *notice_of(const struct page *page, const struct ho_planned_notice *notice)
{
    const struct ho_reminder *reminder = notice->reminder;
    json_t *value = must(json_object());
    put(value, "key", id_of(notice->key));
    put(value, "name", text_of(reminder ? reminder->key : notice->notice->key));
    put(value, "title", text_of(reminder ? reminder->title : notice->notice->title));
    put(value, "at", time_of(page, notice->at));
    put(value, "roles",
        reminder ? words_of(reminder->roles, reminder->n_roles)
                 : words_of(notice->notice->roles, notice->notice->n_roles));
    if (reminder) {
        put(value, "template", text_of(notice->task->key));
        put(value, "due", time_of(page, notice->due));
    }
    put(value, "protocol", text_of(notice->protocol->name));
    put(value, "transition", id_of(notice->change.id));
    return value;
}

static json_t *notices_of(const struct page *page, const struct ho_explain_story *story, bool reminders)
{
    json_t *array = must(json_array());
    for (size_t i = 0; i < story->plan.n_notices; i++)
        if (reminders == (story->notices[i]->reminder != NULL))
            append(array, notice_of(page, story->notices[i]));
    return array;
}

static json_t *date_of(uint32_t date)
{
    char text[sizeof "YYYY-MM-DD"];
    snprintf(text, sizeof text, "%04u-%02u-%02u", date / 10000 % 10000, date / 100 % 100, date % 100);
    return must(json_string(text));
}

static json_t *measures_of(const struct ho_measures *measures)
{
    json_t *array = must(json_array());
    for (size_t i = 0; i < measures->n; i++) {
        const struct ho_measure_row *row = &measures->items[i];
        json_t *value = must(json_object());
        put(value, "measure", json_string(ho_measure_name(row->measure)));
        put(value, "date", date_of(row->date));
        put(value, "state", json_string(ho_measure_state_name(row->state)));
        put(value, "last_day", row->last_day ? date_of(row->last_day) : json_null());
        put(value, "reason", text_of(row->reason));
        put(value, "transition", id_of(row->transition->change.id));
        append(array, value);
    }
    return array;
}

// ---- The whole ----------------------------------------------------------------------------------------

static json_t *member_of(const struct page *page, const struct ho_explain_story *story)
{
    json_t *value = must(json_object());
    put(value, "member", text_of(story->person->id));
    put(value, "encounters", encounters_of(page, &story->encounters));
    put(value, "episodes", episodes_of(page, &story->line));
    put(value, "transitions", transitions_of(page, &story->line));
    put(value, "tasks", tasks_of(page, story));
    put(value, "notices", notices_of(page, story, false));
    put(value, "reminders", notices_of(page, story, true));
    put(value, "measures", measures_of(&story->measures));
    return value;
}

void ho_explain_print_json(const struct ho_explanation *explanation)
{
    const struct page page = {explanation, explanation->files->zone};
    json_t *whole = must(json_object()), *members = must(json_array());
    for (size_t i = 0; i < explanation->n_stories; i++)
        append(members, member_of(&page, &explanation->stories[i]));
    put(whole, "at", time_of(&page, explanation->at));
    put(whole, "zone", text_of(ho_zone_name(page.zone)));
    put(whole, "protocols", protocols_of(explanation->files));
    put(whole, "roster", json_boolean(explanation->by_roster));
    put(whole, "messages", counts_of(explanation));
    put(whole, "measures_are", text_of(ho_measure_caveat));
    put(whole, "refused", messages_of(explanation->messages, true));
    put(whole, "waiting", messages_of(explanation->messages, false));
    put(whole, "members", members);
    if (json_dumpf(whole, stdout, JSON_INDENT(2)) != 0)
        abort();
    putchar('\n');
    json_decref(whole);
}
