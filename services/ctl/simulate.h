// handoffctl simulate: invents members and ADT traffic, and writes down what should be found in it.
//
// The truth comes from the invented itineraries alone. Nothing here shares code with the HL7 parser, the
// matcher or the fold, for it is what they are judged by. Single-threaded; owns all that it allocates.
#pragma once

// `argc` and `argv` after the word "simulate". Returns the exit status: 0 done, 1 failed, 2 wrong usage.
int ho_simulate_main(int argc, char **argv);
