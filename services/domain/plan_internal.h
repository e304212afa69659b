// Inside of the plan: the sentences that say why a task exists.
#pragma once

#include "handoff/plan.h"

// Facts only: setting, facility, date in the plan's zone, rule. No name of a person. In the arena.
const char *ho_reason_wanted(struct ho_arena *arena, const struct ho_planned_task *task);
const char *ho_reason_superseded(struct ho_arena *arena, const struct ho_planned_task *task,
                                 const struct ho_transition *by);
