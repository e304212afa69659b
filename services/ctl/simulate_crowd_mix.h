// Which queries there are, and how noisy they are.
//
// The hard mix asks what a matcher does where it is hard: two thirds members through noisy feeds, a third people who
// look like one. The everyday mix is a usual day: three in ten members, mostly registered well; strangers; and a
// few look-alikes. How many noises a query has (in thousandths):
//
//            light noises                heavy noises (they cost evidence)
//            0     1     2               0     1     2     3     4     5
//   hard     350   450   200             350   190   170   140   95    55      members
//                                        550   280   120   50    0     0       others
//   everyday 650   300   50              840   120   30    10    0     0       both
//
// That is a third clean or nearly so, a third with one noise or two, a third with more. It stands for registration
// desks and phones in an emergency department, where half of the fields may be filled by hand, and not for feeds
// that copy an eligibility answer. The weights of the single noises are in their tables: names spelt or chosen
// otherwise most often, addresses and telephone numbers that are out of date next, birth dates that are wrong in one
// way or another in one query of six, and none of that evenly: who is hurt twice in a part is rare.
//
// A member of whom no careful person could say who it is, by the rule in simulate_crowd_noise.c, is drawn again with
// a noise less; one in ten stays, and has "undecidable" in the kind.
#pragma once

#include "simulate_crowd_others.h"

enum ho_crowd_mix { HO_CROWD_HARD, HO_CROWD_EVERYDAY };

struct ho_crowd_answer {
    bool is_member;
    uint32_t member;             // where is_member
    struct ho_crowd_query query; // its kind is the truth's
};

void ho_crowd_ask(const struct ho_crowd *crowd, enum ho_crowd_mix mix, struct ho_sim_random *random, uint32_t number,
                  struct ho_crowd_answer *out);
