// Writes roster.csv: who is a member, how they stand with the program, and who coordinates their care.
#pragma once

#include "simulate_file.h"
#include "simulate_people.h"

void ho_sim_roster_put(struct ho_sim_file *file, const struct ho_sim_people *people);
// "M0000001" for index 0.
void ho_sim_put_member_id(struct ho_sim_file *file, uint32_t index);
// YYYY-MM-DD; nothing for HO_SIM_NO_DAY.
void ho_sim_put_day(struct ho_sim_file *file, int32_t day);
