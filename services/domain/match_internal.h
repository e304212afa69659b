// Inside of matching: a question, its candidates, and what may be done with them. Private to the domain.
#pragma once

#include "match_levels.h"

enum { HO_CANDIDATES_MAX = 320, HO_QUESTION_NUMBERS_MAX = 12 };

// Why a candidate may not be linked by the machine.
enum ho_guard {
    HO_GUARD_GIVEN = 1,   // the given names are, or may be, two people's
    HO_GUARD_BIRTH = 2,   // the birth dates are, or may be, two people's
    HO_GUARD_MISSING = 4, // given name or birth date is missing
    HO_GUARD_SURNAME = 8, // the surnames differ, and nothing makes up for it
    HO_GUARD_SUFFIX = 16, // Jr and Sr
    HO_GUARD_MIDDLE = 32, // middle names differ
    HO_GUARD_SEX = 64,
    HO_GUARD_SUPPORT = 128,   // no number, telephone or address agrees, and the name is not rare
    HO_GUARD_RULED_OUT = 256, // a person said so
    HO_GUARD_BABY = 512,
    HO_GUARDS = 10
};

extern const char *const ho_guard_names[HO_GUARDS]; // by bit

struct ho_candidate {
    const char *member_id;
    struct ho_comparison comparison;
    unsigned guards;
    bool plausible; // a person should look at it, if the machine may not link
};

struct ho_question {
    struct ho_arena *arena;
    const struct ho_roster_index *index;
    const struct ho_match_question *asked_by;
    struct ho_asked asked;
    char numbers[HO_QUESTION_NUMBERS_MAX][HO_NUMBER_BYTES];
    uint32_t slots[HO_CANDIDATES_MAX];
    size_t n_slots, n_numbered; // those that a number named are in front
    bool too_common;
    bool family_phone;               // of so few members that the telephone alone makes one worth a look
    bool shared_phone, shared_house; // by more members than a family or a house of flats
};

struct ho_raw_person ho_person_raw(const ho_person *person);
void ho_question_read(struct ho_question *q, struct ho_arena *arena, const struct ho_roster_index *index,
                      const struct ho_match_question *question);
// Fills the slots, those that a number names in front.
void ho_question_find(struct ho_question *q);

// Another's names altogether, and no telephone in common: nobody to look at closely, whatever else agrees. The names
// are compared already.
bool ho_candidate_has_other_names(const struct ho_question *q, const struct ho_member_view *member,
                                  const struct ho_comparison *c);
// Of another birth date, telephone and house: nobody to look at closely, whatever the name.
bool ho_candidate_is_elsewhere(const struct ho_question *q, uint32_t slot);
// Fills in what the names, which are compared already, leave open.
void ho_candidate_judge(const struct ho_question *q, const struct ho_member_view *member, struct ho_candidate *out);
// Name and birth date are the same, whoever it is.
bool ho_candidate_is_namesake(const struct ho_question *q, const struct ho_candidate *c);
