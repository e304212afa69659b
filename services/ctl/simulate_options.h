// The command line of `handoffctl simulate`.
#pragma once

#include "simulate_traffic.h"

extern const char ho_sim_help[];

// HO_REJECT, with the option, what is wrong with it and its range, for what cannot be understood.
// `wants_help` is set by --help, and the rest is then not read.
HO_MUST_USE enum ho_status ho_sim_options_read(int argc, char **argv, struct ho_sim_options *out, bool *wants_help,
                                               struct ho_error *error);
