// Programs as data (deploy/programs/*.yaml): whom a program is for, where and when it runs, and who may join.
//
// Whether a program runs for a member on a date depends on the population that the member belongs to and on the
// county: CalOptima's Health Homes Program began on 1 January 2020 for chronic conditions and on 1 July 2020 for
// serious mental illness, and ended with 2021. Pure: member, line, codes and date in, answer with reasons out.
#pragma once

#include "handoff/protocol.h"

// Where and when a population may join. Dates are inclusive and local.
struct ho_opening {
    const char *county; // "" any other
    uint32_t from, to;  // to 0: no end
};

// Use of care in the months before the date, the last of them included. "Bed" is inpatient care or observation, as in
// the occasions of protocols; a stay is counted when it begins, a visit when it ends. What a member's line tells is
// all that is known: there are no claims here.
enum ho_use {
    HO_USE_INPATIENT,           // stays in a bed; what a direct transfer joins is one
    HO_USE_UNPLANNED_STAY,      // stays in a bed or, where none led there, in a nursing facility; none that was planned
    HO_USE_ED,                  // ED visits that did not end in a bed
    HO_USE_INPATIENT_DIAGNOSED, // stays in a bed with a diagnosis of `diagnoses`
    HO_USE_ED_DIAGNOSED,        // ED visits with one
    HO_USES
};

const char *ho_use_name(enum ho_use use); // "inpatient-stays", "unplanned-stays", "ed-visits" …
bool ho_use_from_name(struct ho_bytes name, enum ho_use *out);

// One test. All that is set must hold.
struct ho_test {
    const char *title;   // "three ED visits in twelve months"
    uint64_t conditions; // member has at least `at_least` of these groups; 0: not asked
    int at_least;
    const struct ho_clause *when; // other facts; of a transition they hold for none
    size_t n_when;
    enum ho_use use;
    int count, months; // count 0: not asked
    uint64_t diagnoses;
    bool by_person; // nothing that is known here can tell: it never holds, and says that a person has to find out
};

struct ho_tests {
    const struct ho_test *items;
    size_t n;
};

// What is asked about a person, in this order. Use of care is asked about under acuity alone, so that the others tell
// whom a population is for.
enum ho_criterion {
    HO_CRITERION_WHO, // age, and whom another population takes
    HO_CRITERION_CONDITIONS,
    HO_CRITERION_ACUITY,
    HO_CRITERIA
};

const char *ho_criterion_name(enum ho_criterion criterion); // "who", "conditions", "acuity"

// A member qualifies by a population where of each list at least one test holds; an empty list holds.
struct ho_population {
    const char *key, *title;
    const struct ho_opening *openings; // a county once
    size_t n_openings;
    struct ho_tests criteria[HO_CRITERIA];
};

struct ho_program {
    const char *key;            // as enrolments name it: "ECM"
    const char *title;          // "Enhanced Care Management"
    uint8_t hash[32];           // SHA-256 of the file
    uint32_t from, to;          // of the program as a whole; to 0: no end
    const char *default_county; // of members whose county is not known
    const struct ho_population *populations;
    size_t n_populations;
    // How those who qualify and are not enrolled are asked to join: a protocol with one task, whose occasion is that
    // they began to qualify. No task: nobody is asked.
    struct ho_protocol outreach;
};

// Whether the program serves a member of these conditions on a date: some population that the member may belong to,
// by who they are and their conditions, has begun in the county and not ended. Who belongs to none by what is known
// is served from the first that began. `member` NULL: nothing is known.
bool ho_program_runs(const struct ho_program *program, const ho_member *member, uint64_t conditions, uint32_t date);

struct ho_finding {
    const struct ho_population *population; // NULL: about the program or the member as a whole
    const char *criterion;                  // "open", "who", "conditions" or "acuity"
    bool holds;
    const char *text; // a sentence with the numbers that count: "2 ED visits in 12 months; 3 are needed." No name.
};

struct ho_eligibility {
    bool eligible;
    const struct ho_population *population; // the first that holds; NULL
    const struct ho_transition *lifted_by;  // the transition with whose count it began to hold; NULL: by facts alone
    const struct ho_finding *findings;      // every population's tests, in order
    size_t n_findings;
};

// Who may join on a date, counting what had happened by its end. `zone` dates the transitions. `member` as above.
void ho_program_eligibility(struct ho_arena *arena, const struct ho_program *program, const ho_member *member,
                            const struct ho_line *line, const struct ho_codes *codes, const struct ho_zone *zone,
                            uint32_t date, struct ho_eligibility *out);

// The groups of an encounter's diagnoses; none where `codes` is NULL.
uint64_t ho_encounter_groups(const struct ho_encounter *encounter, const struct ho_codes *codes);

// The groups of the plan's own word about a member, and of all diagnoses of encounters that began up to an instant;
// "pregnancy" of those that began in the year before it.
// Without codes (NULL) there are none.
uint64_t ho_member_conditions(const ho_member *member, const struct ho_line *line, const struct ho_codes *codes,
                              int64_t until);
