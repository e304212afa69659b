// What the answers to words about identities have in common.
#pragma once

#include "api.h"
#include "review/review.h"

// Answers a decision or an undo, and logs it.
void ho_review_answer(struct ho_call *call, enum ho_status status, const struct ho_review_outcome *outcome,
                      const struct ho_error *error, const char *action);
