// The drain: takes replan rows when they are notified, and each second in any case; plans the
// members whose time has come; and makes the replan rows of a new day.
#pragma once

#include "handoff/platform/service.h"
#include "planner.h"

struct ho_drain;

// Runs on the service's loop from now on, with a connection of its own. `planner` must outlive it.
struct ho_drain *ho_drain_new(struct ho_service *service, const struct ho_planner *planner, const char *database_url);
void ho_drain_free(struct ho_drain *drain); // takes NULL

// Adds the counts of a planning that was committed to the metrics.
void ho_planner_count(const struct ho_planner_counts *counts);
