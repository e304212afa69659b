// handoffctl simulate people: a roster, queries as hospitals' feeds would send them, and the truth about each.
//
// It is what the matcher is judged by, so it shares no code with it, and its noise is what feeds do, not what the
// matcher knows. Single-threaded; owns all that it allocates.
#pragma once

#include "simulate_crowd_mix.h"

struct ho_crowd_options {
    enum ho_crowd_mix mix;
    uint64_t seed;
    uint32_t members, queries;
    int32_t date;
    const char *out;
};

extern const char ho_crowd_help[];

// HO_REJECT, with the option, what is wrong with it and its range, for what cannot be understood.
// `wants_help` is set by --help, and the rest is then not read.
HO_MUST_USE enum ho_status ho_crowd_options_read(int argc, char **argv, struct ho_crowd_options *out, bool *wants_help,
                                                 struct ho_error *error);

// `argc` and `argv` after the words "simulate people". Returns the exit status: 0 done, 1 failed, 2 wrong usage.
int ho_crowd_main(int argc, char **argv);
