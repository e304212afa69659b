// Values on the command lines of `handoffctl simulate` and `simulate people`. HO_REJECT tells the option, what was
// given and what may be.
#pragma once

#include <stdint.h>

#include "handoff/error.h"

HO_MUST_USE enum ho_status ho_sim_read_count(const char *name, const char *text, uint32_t least, uint32_t most,
                                             uint32_t *out, struct ho_error *error);
HO_MUST_USE enum ho_status ho_sim_read_seed(const char *text, uint64_t *out, struct ho_error *error);
// As a day number (simulate_time.h).
HO_MUST_USE enum ho_status ho_sim_read_date(const char *text, int first_year, int last_year, int32_t *out,
                                            struct ho_error *error);
