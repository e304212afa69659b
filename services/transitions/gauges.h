// How the measures stand, for Prometheus: two gauges a measure, over the events of the last 90 days. They are read from
// the table, so that every copy tells the same.
#pragma once

#include "handoff/platform/pg.h"

// `today` is the date in the plan's zone.
HO_MUST_USE enum ho_status ho_gauges_read(struct ho_pg *pg, uint32_t today, struct ho_error *error);
