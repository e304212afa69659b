// The sentences that tell a nurse why a task stands in the queue.
#include "plan_internal.h"

static const char *place_words(enum ho_setting setting)
{
    static const char *const words[HO_SETTING_N] = {
        [HO_SETTING_HOME] = "home",
        [HO_SETTING_ED] = "the emergency department",
        [HO_SETTING_INPATIENT] = "inpatient care",
        [HO_SETTING_OBSERVATION] = "observation",
        [HO_SETTING_SNF] = "a skilled nursing facility",
        [HO_SETTING_OTHER_FACILITY] = "another facility",
        [HO_SETTING_DIED] = "death",
    };
    return words[setting];
}

static const char *destination_words(const struct ho_transition *t)
{
    return ho_transition_is_to_assisted_living(t) ? "assisted living" : place_words(t->to);
}

static const char *arrival_words(enum ho_setting setting)
{
    switch (setting) {
    case HO_SETTING_ED:
        return "Arrived in the emergency department";
    case HO_SETTING_OBSERVATION:
        return "Placed under observation";
    case HO_SETTING_SNF:
        return "Admitted to skilled nursing";
    case HO_SETTING_INPATIENT:
    case HO_SETTING_HOME:
    case HO_SETTING_OTHER_FACILITY:
    case HO_SETTING_DIED:
    case HO_SETTING_N:
        break;
    }
    return "Admitted as an inpatient";
}

static const char *facility_words(const struct ho_encounter *encounter)
{
    if (encounter->withheld)
        return "a facility that may not be named";
    return *encounter->facility ? encounter->facility : "a facility without a name";
}

// "Discharged from inpatient care at St. Anne Hospital to home on 2026-11-20".
static const char *what_happened(struct ho_arena *arena, const struct ho_transition *t, const struct ho_zone *zone)
{
    const char *facility = facility_words(t->encounter);
    const char *on = ho_date_text(arena, ho_zone_date(zone, t->change.occurred));
    if (t->kind == HO_DISCHARGE_ANNOUNCED)
        return ho_arena_printf(arena, "Discharge from %s at %s announced on %s", place_words(t->from), facility, on);
    if (t->kind == HO_SILENCE)
        return ho_arena_printf(arena, "Nothing more heard from %s at %s by %s", place_words(t->from), facility, on);
    if (t->kind == HO_SAID_HOME)
        return ho_arena_printf(arena, "Home from %s, by a task's outcome on %s", place_words(t->from), on);
    if (t->to == HO_SETTING_DIED)
        return ho_arena_printf(arena, "Death reported by %s on %s", facility, on);
    if (t->against_advice)
        return ho_arena_printf(arena, "Left %s at %s against medical advice on %s", place_words(t->from), facility, on);
    if (ho_transition_is_leaving(t) && ho_leaves_for_another_hospital(t->encounter))
        return ho_arena_printf(arena, "Sent from %s at %s to another hospital on %s", place_words(t->from), facility,
                               on);
    if (ho_transition_is_leaving(t))
        return ho_arena_printf(arena, "Discharged from %s at %s to %s on %s", place_words(t->from), facility,
                               destination_words(t), on);
    return ho_arena_printf(arena, "%s at %s on %s", arrival_words(t->to), facility, on);
}

static const char *rule_words(struct ho_arena *arena, const struct ho_due *due)
{
    static const char *const units[] = {
        [HO_DUE_BUSINESS_DAYS] = "business day", [HO_DUE_DAYS] = "day", [HO_DUE_HOURS] = "hour"};
    return ho_arena_printf(arena, "%d %s%s", due->amount, units[due->unit], due->amount == 1 ? "" : "s");
}

const char *ho_reason_wanted(struct ho_arena *arena, const struct ho_planned_task *task)
{
    const struct ho_zone *zone = task->protocol->task_calendar->zone;
    return ho_arena_printf(arena, "%s; to be done within %s.", what_happened(arena, task->transition, zone),
                           rule_words(arena, &task->task->due));
}

const char *ho_reason_superseded(struct ho_arena *arena, const struct ho_planned_task *task,
                                 const struct ho_transition *by)
{
    const struct ho_zone *zone = task->protocol->task_calendar->zone;
    return ho_arena_printf(arena, "No longer needed: %s.", what_happened(arena, by, zone));
}

const char *ho_reason_too_late(struct ho_arena *arena, const struct ho_planned_task *task)
{
    const struct ho_zone *zone = task->protocol->task_calendar->zone;
    uint32_t known = ho_zone_date(zone, task->change.recorded), due = ho_zone_date(zone, task->due);
    return ho_arena_printf(arena, "Known only on %s, %d days after it was due.", ho_date_text(arena, known),
                           ho_date_to_days(known) - ho_date_to_days(due));
}

// "Opted out of ECM on 2026-11-22."
static const char *standing_words(struct ho_arena *arena, const struct ho_absence *absence)
{
    const char *on = ho_date_text(arena, absence->date), *since = ho_date_text(arena, absence->standing.since);
    switch (absence->standing.standing) {
    case HO_STANDING_OPTED_OUT:
        return ho_arena_printf(arena, "Opted out of %s on %s.", absence->program, since);
    case HO_STANDING_NOT_YET:
        return ho_arena_printf(arena, "Not yet enrolled in %s on %s: enrolled from %s.", absence->program, on, since);
    case HO_STANDING_NO_LONGER:
        return ho_arena_printf(arena, "No longer enrolled in %s on %s: enrolled until %s.", absence->program, on,
                               since);
    case HO_STANDING_NEVER:
    case HO_STANDING_SERVED:
        break;
    }
    return ho_arena_printf(arena, "Not enrolled in %s.", absence->program);
}

const char *ho_absence_reason(struct ho_arena *arena, const struct ho_absence *absence)
{
    switch (absence->cause) {
    case HO_ABSENT_BY_STANDING:
        return standing_words(arena, absence);
    case HO_ABSENT_BY_PROGRAM:
        return ho_arena_printf(arena, "%s did not serve the member on %s.", absence->program,
                               ho_date_text(arena, absence->date));
    case HO_ABSENT_BY_SITUATION:
        return "The member's situation no longer calls for it.";
    case HO_ABSENT_BY_SUCCESSOR:
        return "No longer needed: something that was told late came before it began.";
    case HO_ABSENT_BY_LATENESS:
        return "No longer needed: it was told too late.";
    case HO_ABSENT_BY_OCCASION:
        return "What happened, as it is known now, does not call for it.";
    case HO_ABSENT_BY_PROTOCOL:
        return "The protocol no longer calls for it.";
    case HO_ABSENT_BY_HOSPITAL:
        break;
    }
    return "The hospital cancelled or corrected what called for it.";
}
