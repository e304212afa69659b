// The people of `handoffctl simulate people`: households of invented Californians, some of whom are members.
//
// A household is a function of (seed, index), made anew whenever wanted. What is kept is 4 bytes a household
// and, to know whose name and birth date somebody shares, a hash a member: about 20 to 40 bytes a member.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "simulate_crowd_names.h"
#include "simulate_crowd_places.h"
#include "simulate_time.h"

enum {
    HO_CROWD_GIVEN_BYTES = 64,
    HO_CROWD_SURNAME_BYTES = 96,
    HO_CROWD_MIDDLE_BYTES = 48,
    HO_CROWD_SUFFIX_BYTES = 8,
    HO_CROWD_HOUSEHOLD = 12,
};

enum ho_crowd_role { HO_CROWD_ADULT, HO_CROWD_MOTHER, HO_CROWD_FATHER, HO_CROWD_CHILD, HO_CROWD_GRANDPARENT };

struct ho_crowd_person {
    uint32_t number; // names the CIN and the plan id: no two people have the same
    uint32_t culture;
    enum ho_crowd_role role;
    char given[HO_CROWD_GIVEN_BYTES], middle[HO_CROWD_MIDDLE_BYTES], surname[HO_CROWD_SURNAME_BYTES];
    char maiden[HO_CROWD_SURNAME_BYTES]; // the surname at birth
    char suffix[HO_CROWD_SUFFIX_BYTES];
    int32_t birth_day;
    char sex; // F, M
    uint64_t phone;
    struct ho_crowd_home home;
    const char *language;
    uint32_t surname_share, given_share; // how many of a million people of the culture have them
    bool enrolled;                       // a member
    // What the plan's file says of a member.
    bool file_phone, file_home, file_middle, file_initial, file_sex, file_language, file_capitals;
};

struct ho_crowd_household {
    uint32_t n;
    struct ho_crowd_person people[HO_CROWD_HOUSEHOLD];
};

enum ho_crowd_pools {
    HO_CROWD_SURNAMES,
    HO_CROWD_STEMS,
    HO_CROWD_ENDINGS,
    HO_CROWD_FEMALE,
    HO_CROWD_MALE,
    HO_CROWD_YOUNG_FEMALE,
    HO_CROWD_YOUNG_MALE,
    HO_CROWD_POOLS
};

struct ho_crowd {
    uint64_t seed;
    int32_t today;
    uint32_t n_members;
    struct ho_crowd_pool pools[HO_CROWD_CULTURES][HO_CROWD_POOLS];
    struct ho_crowd_places places;
    uint32_t n_households, room;
    uint32_t *starts; // by household: how many members there are before it
    uint64_t *keys;   // an open table, 0 free
    uint64_t mask;
};

// The caller frees, whatever the result is.
HO_MUST_USE enum ho_status ho_crowd_init(struct ho_crowd *crowd, uint64_t seed, uint32_t n_members, int32_t today,
                                         struct ho_error *error);
void ho_crowd_cleanup(struct ho_crowd *crowd);

// Invents the people, some of them enrolled.
void ho_crowd_household_invent(const struct ho_crowd *crowd, uint32_t index, struct ho_crowd_household *out);
// The same, with those alone enrolled who are on the roster: none from n_households on.
void ho_crowd_household_make(const struct ho_crowd *crowd, uint32_t index, struct ho_crowd_household *out);
// The household of the member at index, and which of its people the member is.
uint32_t ho_crowd_member_find(const struct ho_crowd *crowd, uint32_t index, struct ho_crowd_household *out);
// How many people in a million have this given name and surname, by the lists.
uint32_t ho_crowd_namesakes(const struct ho_crowd_person *person);
// How many members have this given name, surname and birth date: 0, 1, or 2 for more.
uint32_t ho_crowd_doubles(const struct ho_crowd *crowd, const struct ho_crowd_person *person);

// Parts that look-alikes are made of.
void ho_crowd_draw_given(const struct ho_crowd *crowd, struct ho_sim_random *random, struct ho_crowd_person *person);
void ho_crowd_draw_surname(const struct ho_crowd *crowd, struct ho_sim_random *random, struct ho_crowd_person *person);
