// Writes truth.jsonl: a line of totals, then a line for each true transition of a member, by time.
#pragma once

#include "simulate_file.h"
#include "simulate_traffic.h"

// Sorts the transitions in `traffic`.
void ho_sim_truth_put(struct ho_sim_file *file, struct ho_sim_traffic *traffic, const struct ho_sim_people *people,
                      const struct ho_sim_options *options);
