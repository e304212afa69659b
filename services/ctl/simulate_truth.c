#include "simulate_truth.h"

#include <stdlib.h>

#include "simulate_messages.h"
#include "simulate_roster.h"
#include "simulate_stories.h"

enum { MAX_KINDS = 32 };

// What a run's ledger and tables can be held against.
struct totals {
    uint64_t member_messages, found_messages, borrowed_card_messages, test_messages, other_triggers;
    uint64_t encounters, member_encounters;
    uint64_t found, with_tasks;
    uint64_t stories[MAX_KINDS], member_stories[MAX_KINDS];
};

static const char *const settings[] = {
    [HO_SIM_AT_HOME] = "home",      [HO_SIM_AT_ED] = "ed",
    [HO_SIM_AT_WARD] = "inpatient", [HO_SIM_AT_OBSERVATION] = "observation",
    [HO_SIM_AT_SNF] = "snf",        [HO_SIM_DEAD] = "died",
};

static bool has_tasks(const struct ho_sim_traffic *traffic, const struct ho_sim_people *people,
                      const struct ho_sim_transition *transition)
{
    struct ho_sim_membership membership;
    ho_sim_membership_make(people, traffic->stories[transition->story].person, &membership);
    return ho_sim_membership_has_tasks(people, &membership, ho_sim_zone_day(transition->at));
}

static void count_stories(const struct ho_sim_traffic *traffic, struct totals *totals)
{
    for (uint32_t i = 0; i < traffic->n_stories; i++) {
        const struct ho_sim_story *story = &traffic->stories[i];
        totals->stories[story->kind]++;
        totals->encounters += story->encounters;
        if (story->population == HO_SIM_TEST_PATIENT)
            totals->test_messages += story->deliveries;
        if (story->borrows_card)
            totals->borrowed_card_messages += story->deliveries;
        if (story->population != HO_SIM_MEMBER)
            continue;
        totals->member_stories[story->kind]++;
        totals->member_encounters += story->encounters;
        totals->member_messages += story->deliveries;
        if (story->found)
            totals->found_messages += story->deliveries;
    }
}

static void count_others(const struct ho_sim_traffic *traffic, struct totals *totals)
{
    for (uint32_t i = 0; i < traffic->n_deliveries; i++) {
        uint8_t trigger = traffic->events[traffic->deliveries[i].event].trigger;
        if (trigger == HO_SIM_A05 || trigger == HO_SIM_A28 || trigger == HO_SIM_A31)
            totals->other_triggers++;
    }
}

static void count_transitions(const struct ho_sim_traffic *traffic, const struct ho_sim_people *people,
                              struct totals *totals)
{
    for (uint32_t i = 0; i < traffic->n_transitions; i++) {
        const struct ho_sim_transition *transition = &traffic->transitions[i];
        if (!traffic->stories[transition->story].found)
            continue;
        totals->found++;
        if (has_tasks(traffic, people, transition))
            totals->with_tasks++;
    }
}

static void put_key(struct ho_sim_file *file, const char *key)
{
    ho_sim_put(file, ",\"");
    ho_sim_put(file, key);
    ho_sim_put(file, "\":");
}

static void put_count(struct ho_sim_file *file, const char *key, uint64_t count)
{
    put_key(file, key);
    ho_sim_put_number(file, count, 0);
}

// Nothing that is written needs escaping: dates, codes and names from the tables.
static void put_text(struct ho_sim_file *file, const char *key, const char *text)
{
    put_key(file, key);
    ho_sim_put_char(file, '"');
    ho_sim_put(file, text);
    ho_sim_put_char(file, '"');
}

static void put_kinds(struct ho_sim_file *file, const char *key, const uint64_t counts[MAX_KINDS])
{
    put_key(file, key);
    for (uint32_t i = 0; i < ho_sim_n_kinds; i++) {
        ho_sim_put(file, i ? ",\"" : "{\"");
        ho_sim_put(file, ho_sim_kinds[i].name);
        ho_sim_put(file, "\":");
        ho_sim_put_number(file, counts[i], 0);
    }
    ho_sim_put_char(file, '}');
}

static void put_summary(struct ho_sim_file *file, const struct ho_sim_traffic *traffic,
                        const struct ho_sim_options *options, const struct totals *totals)
{
    ho_sim_put(file, "{\"kind\":\"summary\"");
    put_count(file, "seed", options->seed);
    put_key(file, "date");
    ho_sim_put_char(file, '"');
    ho_sim_put_day(file, options->date);
    ho_sim_put_char(file, '"');
    put_count(file, "days", options->days);
    put_count(file, "messages", traffic->n_deliveries);
    put_count(file, "distinct_messages", traffic->n_events);
    put_count(file, "duplicates", traffic->n_deliveries - traffic->n_events);
    put_count(file, "member_messages", totals->member_messages);
    put_count(file, "found_messages", totals->found_messages);
    put_count(file, "borrowed_card_messages", totals->borrowed_card_messages);
    put_count(file, "test_messages", totals->test_messages);
    put_count(file, "other_triggers", totals->other_triggers);
    put_count(file, "members", options->members);
    put_count(file, "encounters", totals->encounters);
    put_count(file, "member_encounters", totals->member_encounters);
    put_count(file, "transitions", traffic->n_transitions);
    put_count(file, "found_transitions", totals->found);
    put_count(file, "transitions_with_tasks", totals->with_tasks);
    put_kinds(file, "stories", totals->stories);
    put_kinds(file, "member_stories", totals->member_stories);
    ho_sim_put(file, "}\n");
}

static void put_time(struct ho_sim_file *file, int64_t instant)
{
    struct ho_sim_civil civil = ho_sim_zone_civil(instant);
    put_key(file, "at");
    ho_sim_put_char(file, '"');
    ho_sim_put_day(file, ho_sim_day_of(civil.date));
    ho_sim_put_char(file, 'T');
    ho_sim_put_number(file, (uint64_t)civil.hour, 2);
    ho_sim_put_char(file, ':');
    ho_sim_put_number(file, (uint64_t)civil.minute, 2);
    ho_sim_put_char(file, ':');
    ho_sim_put_number(file, (uint64_t)civil.second, 2);
    ho_sim_put(file, ho_sim_zone_offset(instant) == -7 * HO_SIM_HOUR ? "-07:00\"" : "-08:00\"");
}

static void put_transition(struct ho_sim_file *file, const struct ho_sim_traffic *traffic,
                           const struct ho_sim_people *people, const struct ho_sim_transition *transition)
{
    const struct ho_sim_story *story = &traffic->stories[transition->story];
    ho_sim_put(file, "{\"kind\":\"transition\",\"member\":\"");
    ho_sim_put_member_id(file, story->person);
    ho_sim_put_char(file, '"');
    put_time(file, transition->at);
    put_text(file, "from", settings[transition->from]);
    put_text(file, "to", settings[transition->to]);
    put_text(file, "facility", ho_sim_facilities[transition->facility].name);
    put_key(file, "found");
    ho_sim_put(file, story->found ? "true" : "false");
    put_key(file, "tasks");
    ho_sim_put(file, has_tasks(traffic, people, transition) ? "true" : "false");
    put_text(file, "disposition", ho_sim_disposition_code(transition->disposition));
    ho_sim_put(file, "}\n");
}

static int by_time(const void *a, const void *b)
{
    const struct ho_sim_transition *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->story > y->story) - (x->story < y->story);
}

void ho_sim_truth_put(struct ho_sim_file *file, struct ho_sim_traffic *traffic, const struct ho_sim_people *people,
                      const struct ho_sim_options *options)
{
    struct totals totals = {0};
    qsort(traffic->transitions, traffic->n_transitions, sizeof *traffic->transitions, by_time);
    count_stories(traffic, &totals);
    count_others(traffic, &totals);
    count_transitions(traffic, people, &totals);
    put_summary(file, traffic, options, &totals);
    for (uint32_t i = 0; i < traffic->n_transitions; i++)
        put_transition(file, traffic, people, &traffic->transitions[i]);
}
