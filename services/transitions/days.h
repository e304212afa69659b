// Days that begin: an opt-out, a beginning or an end of an enrolment takes effect on its date, without any message.
#pragma once

#include "handoff/platform/pg.h"

// Once a day, whichever copy is first: replan rows for the members with events whose date has come since the last
// time, in a transaction of its own. `today` is the date in the plan's zone. *replanned: how many rows.
HO_MUST_USE enum ho_status ho_days_follow(struct ho_pg *pg, uint32_t today, int64_t *replanned, struct ho_error *error);
