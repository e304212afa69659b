// The invented people: members of the plan, strangers, and the hospitals' test patients.
//
// A person is a function of (seed, population, index), made anew whenever wanted. No two members are equal
// in surname, given name, birth date and sex, and no stranger equals a member in all four, however case,
// accents, spaces and hyphens are folded. For that a hash of each member's four is kept: 17 bytes or more
// a member.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "handoff/error.h"
#include "simulate_time.h"

enum ho_sim_population { HO_SIM_MEMBER, HO_SIM_STRANGER, HO_SIM_TEST_PATIENT };

enum { HO_SIM_NAME_BYTES = 64, HO_SIM_CIN_BYTES = 10 };

// The first and last days of the traffic, both included, and the instants between which it happens.
struct ho_sim_window {
    int64_t begin, end;
    int32_t first_day, last_day;
};

struct ho_sim_person {
    const char *surname, *second_surname; // second: NULL where there is one only
    char joint;                           // between the two
    const char *given;
    const char *middle, *suffix; // "" where there is none
    int32_t birth_day;
    char sex;                   // F, M
    uint32_t house, area, line; // phone: area-555-01line
    const char *street, *city, *zip, *language;
};

// How a member stands with the program. Days are HO_SIM_NO_DAY where blank.
struct ho_sim_membership {
    bool enrolled; // ever
    int32_t from, to, opted_out;
    uint32_t coordinator;
};

// What protocols' conditions ask about. Lists are parted by ';'.
enum { HO_SIM_LIST_BYTES = 256 };

struct ho_sim_facts {
    const char *county, *homeless, *risk; // "" where the plan does not know
    char conditions[HO_SIM_LIST_BYTES], needs[HO_SIM_LIST_BYTES];
    int32_t pregnant_until; // HO_SIM_NO_DAY: is not
    bool dual;
};

struct ho_sim_people;

// The caller frees.
HO_MUST_USE enum ho_status ho_sim_people_new(uint64_t seed, uint32_t n_members, const struct ho_sim_window *window,
                                             struct ho_sim_people **out, struct ho_error *error);
void ho_sim_people_free(struct ho_sim_people *people);
uint32_t ho_sim_people_members(const struct ho_sim_people *people);

// A member's index is below ho_sim_people_members().
void ho_sim_person_make(const struct ho_sim_people *people, enum ho_sim_population population, uint32_t index,
                        struct ho_sim_person *out);
void ho_sim_facts_make(const struct ho_sim_people *people, uint32_t index, const struct ho_sim_person *person,
                       struct ho_sim_facts *out);
void ho_sim_membership_make(const struct ho_sim_people *people, uint32_t index, struct ho_sim_membership *out);
// Enrolled on that day, and not opted out by the last day of the traffic.
bool ho_sim_membership_has_tasks(const struct ho_sim_people *people, const struct ho_sim_membership *membership,
                                 int32_t day);

// True where a member has these four; `whole` says whether the second surname counts.
bool ho_sim_people_has(const struct ho_sim_people *people, const struct ho_sim_person *person, bool whole,
                       int32_t birth_day);

// The surname as said in full, or its first part alone.
void ho_sim_person_surname(const struct ho_sim_person *person, bool whole, char out[HO_SIM_NAME_BYTES]);
// 9NNNNNNNA: no two people have the same.
void ho_sim_cin(const struct ho_sim_people *people, enum ho_sim_population population, uint32_t index,
                char out[HO_SIM_CIN_BYTES]);
// The number behind "OC": no two members have the same.
uint32_t ho_sim_plan_id(const struct ho_sim_people *people, uint32_t index);
