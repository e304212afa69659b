// The explanation as a page for the person who looks after the members.
#include "explain.h"

#include <stdio.h>

enum { WHEN_BYTES = 32 };

static const struct ho_zone *zone_of(const struct ho_explanation *explanation)
{
    return explanation->files->zone;
}

// "Tue 2026-11-24 17:00"
static const char *when(const struct ho_zone *zone, int64_t instant, char out[WHEN_BYTES])
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const struct ho_civil civil = ho_zone_civil(zone, instant);
    snprintf(out, WHEN_BYTES, "%s %04d-%02d-%02d %02d:%02d", days[ho_date_weekday(ho_zone_date(zone, instant))],
             civil.year, civil.month, civil.day, civil.hour, civil.minute);
    return out;
}

static const char *date_words(uint32_t date, char out[WHEN_BYTES])
{
    snprintf(out, WHEN_BYTES, "%04u-%02u-%02u", date / 10000, date / 100 % 100, date % 100);
    return out;
}

static const char *place(enum ho_setting setting)
{
    static const char *const words[HO_SETTING_N] = {
        [HO_SETTING_HOME] = "home",
        [HO_SETTING_ED] = "emergency department",
        [HO_SETTING_INPATIENT] = "inpatient care",
        [HO_SETTING_OBSERVATION] = "observation",
        [HO_SETTING_SNF] = "nursing facility",
        [HO_SETTING_OTHER_FACILITY] = "another facility",
        [HO_SETTING_DIED] = "died",
    };
    return words[setting];
}

static const char *destination(const struct ho_transition *transition)
{
    return ho_transition_is_to_assisted_living(transition) ? "assisted living" : place(transition->to);
}

static void print_words(const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        printf("%s%s", i ? ", " : "", words[i]);
}

// ---- What was read ------------------------------------------------------------------------------------

static void print_head(const struct ho_explanation *explanation)
{
    char at[WHEN_BYTES];
    const size_t *n = explanation->counts;
    printf("What these messages lead to, as of %s\n", when(zone_of(explanation), explanation->at, at));
    printf("Times are in %s. Protocols: ", ho_zone_name(zone_of(explanation)));
    for (size_t i = 0; i < explanation->files->n_protocols; i++)
        printf("%s%s", i ? ", " : "", explanation->files->protocols[i]->name);
    printf(".\n%zu messages: ", explanation->messages->n);
    if (explanation->by_roster)
        printf("%zu about members, %zu about nobody in the roster, %zu for review, %zu held, ", n[HO_EXPLAIN_MATCHED],
               n[HO_EXPLAIN_NON_MEMBER], n[HO_EXPLAIN_REVIEW], n[HO_EXPLAIN_HELD]);
    else
        printf("%zu read, ", n[HO_EXPLAIN_MATCHED]);
    printf("%zu test, %zu refused.\n", n[HO_EXPLAIN_TEST], n[HO_EXPLAIN_REFUSED]);
    if (!explanation->by_roster)
        puts("No roster was given: each hospital's patient is taken for a member, enrolled in every program "
             "throughout,\n"
             "of whom no more is known than the messages tell.");
}

static void print_refused(const struct ho_explain_messages *messages)
{
    puts("\nRefused");
    for (size_t i = 0; i < messages->n; i++) {
        const struct ho_explain_message *message = &messages->items[i];
        if (message->verdict != HO_EXPLAIN_REFUSED)
            continue;
        if (message->number)
            printf("  %s, message %zu: %s in %s\n", message->file, message->number, message->reason, message->place);
        else
            printf("  %s\n", message->reason); // which names the file
    }
}

static void print_waiting(const struct ho_explain_messages *messages)
{
    puts("\nFor a person to decide, or to wait for more");
    for (size_t i = 0; i < messages->n; i++) {
        const struct ho_explain_message *message = &messages->items[i];
        if (message->verdict != HO_EXPLAIN_REVIEW && message->verdict != HO_EXPLAIN_HELD)
            continue;
        printf("  %s, message %zu: %s, %s", message->file, message->number, ho_explain_verdict_name(message->verdict),
               message->reason);
        if (message->n_candidates)
            printf("; it may be ");
        print_words(message->candidates, message->n_candidates);
        putchar('\n');
    }
}

// ---- A member -----------------------------------------------------------------------------------------

static const char *flag_words(enum ho_flag flag)
{
    switch (flag) {
    case HO_FLAG_READMISSION:
        return "readmission";
    case HO_FLAG_PLANNED:
        return "planned";
    case HO_FLAG_ED_HIGH_UTILISER:
        return "many ED visits";
    case HO_FLAG_READMISSION_RISK:
        return "in hospital not long ago";
    case HO_FLAG_RECENT_SNF:
        return "in a nursing facility not long ago";
    case HO_FLAG_AGAINST_ADVICE:
        return "against medical advice";
    case HO_FLAG_ASSUMED:
        return "assumed, not yet told";
    case HO_FLAG_DIRECT_TRANSFER:
        return "direct transfer";
    }
    return ho_flag_name(flag);
}

static void print_flags(uint32_t flags)
{
    for (int i = 0, shown = 0; i < HO_FLAGS; i++)
        if (flags & (1U << i))
            printf("%s%s", shown++ ? ", " : " · ", flag_words((enum ho_flag)(1U << i)));
}

static void print_transition(const struct ho_zone *zone, const struct ho_transition *transition)
{
    char at[WHEN_BYTES];
    printf("  %s  ", when(zone, transition->change.occurred, at));
    if (transition->kind == HO_DISCHARGE_ANNOUNCED)
        printf("discharge from %s announced", place(transition->from));
    else if (transition->kind == HO_SILENCE)
        printf("nothing more heard from %s", place(transition->from));
    else if (transition->from == transition->to)
        printf("%s to that of another hospital", place(transition->from));
    else
        printf("%s to %s", place(transition->from), destination(transition));
    printf(" · %s", transition->encounter->facility);
    print_flags(transition->flags);
    putchar('\n');
}

static void print_way(const struct ho_zone *zone, const struct ho_explain_story *story)
{
    puts("\n  The way");
    for (size_t i = 0, episode = 0; i < story->line.n_transitions; i++) {
        if (i && story->line.transitions[i].episode != episode)
            putchar('\n');
        episode = story->line.transitions[i].episode;
        print_transition(zone, &story->line.transitions[i]);
    }
}

// Stays that are on no line: announced ones, outpatient visits, and what was cancelled.
static void print_besides(const struct ho_explain_story *story)
{
    bool headed = false;
    for (size_t i = 0; i < story->encounters.n; i++) {
        const struct ho_encounter *encounter = &story->encounters.items[i];
        if (encounter->state != HO_ENCOUNTER_VOID && encounter->state != HO_ENCOUNTER_ASIDE)
            continue;
        if (!headed)
            puts("\n  Kept, and not on the way");
        headed = true;
        printf("  visit %s · %s: %s\n", *encounter->visit ? encounter->visit : "without a number", encounter->facility,
               encounter->moved_away                   ? "another patient's"
               : encounter->state == HO_ENCOUNTER_VOID ? "cancelled"
                                                       : "outpatient, or only announced");
    }
}

static void print_task(const struct ho_zone *zone, const struct ho_planned_task *task)
{
    char due[WHEN_BYTES];
    printf("  %s  %s (%s)\n", when(zone, task->due, due), task->task->title, task->task->role);
    printf("  %20s  %s\n", "", task->reason);
}

static void print_tasks(const struct ho_zone *zone, const struct ho_explain_story *story, enum ho_want want,
                        const char *head)
{
    bool headed = false;
    for (size_t i = 0; i < story->plan.n_tasks; i++) {
        if (story->tasks[i]->want != want)
            continue;
        if (!headed)
            printf("\n  %s\n", head);
        headed = true;
        print_task(zone, story->tasks[i]);
    }
}

static void print_notice(const struct ho_zone *zone, const struct ho_planned_notice *notice)
{
    char at[WHEN_BYTES];
    const struct ho_reminder *reminder = notice->reminder;
    printf("  %s  %s", when(zone, notice->at, at), reminder ? reminder->title : notice->notice->title);
    if (reminder)
        printf(": %s", notice->task->title);
    printf(" (");
    if (reminder)
        print_words(reminder->roles, reminder->n_roles);
    else
        print_words(notice->notice->roles, notice->notice->n_roles);
    puts(")");
}

static void print_notices(const struct ho_zone *zone, const struct ho_explain_story *story, bool reminders,
                          const char *head)
{
    bool headed = false;
    for (size_t i = 0; i < story->plan.n_notices; i++) {
        if (reminders != (story->notices[i]->reminder != NULL))
            continue;
        if (!headed)
            printf("\n  %s\n", head);
        headed = true;
        print_notice(zone, story->notices[i]);
    }
}

static void print_measure(const struct ho_measure_row *row)
{
    char date[WHEN_BYTES], last[WHEN_BYTES];
    printf("  %s  %s: %s", date_words(row->date, date), ho_measure_title(row->measure),
           ho_measure_state_name(row->state));
    if (row->state == HO_MEASURE_OPEN || row->state == HO_MEASURE_MISSED)
        printf(", last day %s", date_words(row->last_day, last));
    if (*row->reason)
        printf(" (%s)", row->reason);
    putchar('\n');
}

static void print_measures(const struct ho_measures *measures)
{
    printf("\n  Measures. %s\n", ho_measure_caveat);
    for (size_t i = 0; i < measures->n; i++)
        print_measure(&measures->items[i]);
}

static void print_enrolment(const ho_enrolment *enrolment)
{
    char date[WHEN_BYTES];
    printf("  Enrolled in %s", enrolment->program);
    if (enrolment->enrolled_from)
        printf(" from %s", date_words(enrolment->enrolled_from, date));
    if (enrolment->enrolled_to)
        printf(" to %s", date_words(enrolment->enrolled_to, date));
    if (enrolment->opted_out_on)
        printf(", opted out on %s", date_words(enrolment->opted_out_on, date));
    putchar('\n');
}

static void print_enrolments(const struct ho_explain_person *person)
{
    for (size_t i = 0; i < person->n_enrolments; i++)
        print_enrolment(person->enrolments[i]);
    if (!person->n_enrolments)
        puts("  Enrolled in no program: nothing is planned but, where the member qualifies, to ask.");
}

static void print_member(const struct ho_explanation *explanation, const struct ho_explain_story *story)
{
    const struct ho_zone *zone = zone_of(explanation);
    printf("\n%s\n", story->person->id);
    if (explanation->by_roster)
        print_enrolments(story->person);
    if (story->line.n_transitions)
        print_way(zone, story);
    print_besides(story);
    print_tasks(zone, story, HO_WANTED, "To do, by when it is due");
    print_tasks(zone, story, HO_SUPERSEDED, "No longer to do, and why");
    print_notices(zone, story, false, "Who is told");
    print_notices(zone, story, true, "Reminders");
    if (story->measures.n)
        print_measures(&story->measures);
}

void ho_explain_print_text(const struct ho_explanation *explanation)
{
    print_head(explanation);
    if (explanation->counts[HO_EXPLAIN_REFUSED])
        print_refused(explanation->messages);
    if (explanation->counts[HO_EXPLAIN_REVIEW] + explanation->counts[HO_EXPLAIN_HELD])
        print_waiting(explanation->messages);
    for (size_t i = 0; i < explanation->n_stories; i++)
        print_member(explanation, &explanation->stories[i]);
}
