// Deciding again: rows of redecide, and held items whose time is over.
#pragma once

#include "intake.h"

// Up to some hundred, in a transaction of its own. *taken: 0 where there was nothing to do.
HO_MUST_USE enum ho_status ho_redecide_some(struct ho_intake *intake, struct ho_pg *pg, size_t *taken,
                                            struct ho_error *error);

struct ho_waiting {
    int64_t reviews, held;
    double oldest_seconds; // of the reviews
};

HO_MUST_USE enum ho_status ho_redecide_waiting(struct ho_pg *pg, struct ho_waiting *out, struct ho_error *error);
