// Calendar arithmetic that time.c and zone.c share.
#pragma once

#include "handoff/time.h"

// Microseconds since 1970-01-01T00:00:00 on the clock that the civil time was read from, and back.
int64_t ho_civil_micros(const struct ho_civil *civil);
struct ho_civil ho_micros_civil(int64_t micros);
