// Inside of the plan: what a protocol asks for at a transition, and the sentences that say why a task exists.
#pragma once

#include "handoff/plan.h"

// ---- Whom a template is for (plan_serve.c) --------------------------------------------------------------

// What is known of the member at one transition of the line, for one protocol after the other.
struct ho_asking {
    const struct ho_plan_input *input;
    uint64_t conditions; // at the transition
    uint64_t diagnoses;  // of its encounter
    uint64_t pregnancy;  // the group of that name
    const struct ho_transition *transition;
    uint32_t occasions;
};

struct ho_asking ho_asking_about(const struct ho_plan_input *input);
void ho_asking_turn_to(struct ho_asking *asking, const struct ho_transition *transition, uint64_t conditions);

enum ho_serving {
    HO_SERVED,
    HO_SERVED_NOT_ENROLLED,
    HO_SERVED_NOT_RUNNING,
};

enum ho_serving ho_protocol_serves(const struct ho_asking *asking, const struct ho_protocol *protocol);
bool ho_task_is_asked(const struct ho_asking *asking, const struct ho_task_template *task); // by occasion and setting
bool ho_notice_is_asked(const struct ho_asking *asking, const struct ho_notice_template *notice);
// Whether it was first known too late for any notice.
bool ho_is_untold(const struct ho_protocol *protocol, const struct ho_transition *transition);
bool ho_conditions_hold(const struct ho_asking *asking, const struct ho_protocol *protocol,
                        const struct ho_clause *when, size_t n);

// ---- Times (plan_time.c) --------------------------------------------------------------------------------

int64_t ho_task_due(const struct ho_protocol *protocol, const struct ho_task_template *task, int64_t occurred);
// The opening of business on the day, or the hour; `occurred` where the template begins at once.
int64_t ho_task_begins(const struct ho_protocol *protocol, const struct ho_task_template *task, int64_t occurred);
int64_t ho_reminder_at(const struct ho_protocol *protocol, const struct ho_reminder *reminder, int64_t due);
// Whether `recorded` is later than the span after `from`; never where the span is none.
bool ho_is_too_late(const struct ho_protocol *protocol, const struct ho_due *span, int64_t from, int64_t recorded);

// ---- Outreach (plan_outreach.c) -------------------------------------------------------------------------

struct ho_outreach {
    struct ho_planned_task *items;
    size_t n, capacity;
    int64_t wake_at; // when one of them is over without any event; INT64_MAX: none
};

// The tasks that ask members who qualify for a program and are not enrolled; settled.
void ho_plan_outreach(struct ho_arena *arena, const struct ho_plan_input *input, struct ho_outreach *out);
// Why such a task is not planned any more; false where the name is none of theirs. `transition` NULL: it is gone.
bool ho_outreach_absence(const struct ho_plan_input *input, const struct ho_transition *transition, const char *name,
                         struct ho_absence *out);

// ---- Sentences (plan_reason.c) --------------------------------------------------------------------------

// Facts only: setting, facility, date in the plan's zone, rule. No name of a person. In the arena.
const char *ho_reason_wanted(struct ho_arena *arena, const struct ho_planned_task *task);
const char *ho_reason_superseded(struct ho_arena *arena, const struct ho_planned_task *task,
                                 const struct ho_transition *by);
const char *ho_reason_too_late(struct ho_arena *arena, const struct ho_planned_task *task);
