// How two people agree, field by field, and what that is worth. Private to the domain.
#pragma once

#include "roster_index.h"

enum ho_identifier_level { HO_IDENTIFIER_MISSING, HO_IDENTIFIER_EQUAL, HO_IDENTIFIER_SLIP, HO_IDENTIFIER_DIFFERS };
enum ho_given_level {
    HO_GIVEN_MISSING,
    HO_GIVEN_EQUAL,
    HO_GIVEN_FORM,       // Bob and Robert
    HO_GIVEN_PART,       // María and María Elena
    HO_GIVEN_SLIP,       // a typing slip that makes no other name
    HO_GIVEN_INITIAL,    // M and María
    HO_GIVEN_SECOND,     // the message has the member's second or middle name
    HO_GIVEN_TRANSLATED, // José and Joseph
    HO_GIVEN_SIMILAR,    // Jayden and Kayden, María Elena and María Isabel: may well be two people
    HO_GIVEN_DIFFERS,
};
enum ho_birth_level {
    HO_BIRTH_MISSING,
    HO_BIRTH_EQUAL,
    HO_BIRTH_TWISTED, // day and month, or two digits side by side, exchanged
    HO_BIRTH_DIGIT,   // one digit off
    HO_BIRTH_FIRST,   // the same year, and one of the two says 1 January or the first of the month
    HO_BIRTH_YEAR,    // month and day agree, and the years are near, or a century apart
    HO_BIRTH_DAY,     // the year and one of month and day agree
    HO_BIRTH_DIFFERS,
};
enum ho_surname_level {
    HO_SURNAME_MISSING,
    HO_SURNAME_EQUAL, // in any order
    HO_SURNAME_PART,  // one of a double surname
    HO_SURNAME_SLIP,
    HO_SURNAME_SIMILAR,
    HO_SURNAME_DIFFERS,
};
enum ho_middle_level { HO_MIDDLE_MISSING, HO_MIDDLE_EQUAL, HO_MIDDLE_INITIAL, HO_MIDDLE_DIFFERS };
enum ho_suffix_level { HO_SUFFIX_MISSING, HO_SUFFIX_EQUAL, HO_SUFFIX_ONE_SIDED, HO_SUFFIX_DIFFERS };
enum ho_sex_level { HO_SEX_MISSING, HO_SEX_EQUAL, HO_SEX_DIFFERS };
enum ho_phone_level { HO_PHONE_MISSING, HO_PHONE_EQUAL, HO_PHONE_SLIP, HO_PHONE_DIFFERS };
enum ho_address_level {
    HO_ADDRESS_MISSING,
    HO_ADDRESS_EQUAL,
    HO_ADDRESS_NEAR, // another flat of the house, or a slip in number or street
    HO_ADDRESS_HALF, // the street or the number alone
    HO_ADDRESS_DIFFERS,
};
enum ho_place_level { HO_PLACE_MISSING, HO_PLACE_ZIP, HO_PLACE_NEAR, HO_PLACE_DIFFERS };

// The question, read once.
struct ho_asked {
    struct ho_traits traits;
    const char (*numbers)[HO_NUMBER_BYTES];
    size_t n_numbers;
};

struct ho_comparison {
    uint8_t level[HO_MATCH_FIELDS];
    float bits[HO_MATCH_FIELDS]; // with the frequency of the values; a household's fields before they are combined
    bool swapped, shuffled;      // given name and surname changed places; or their words did
    bool same_unit;              // both say the same flat
    bool crossed;                // second name for given name, and the given name, or its initial, for the second
    bool keeps_name;             // the member's given name is the middle name of the one asked about
    bool misspelt;               // the given names are alike, and the one asked about is nobody's
    bool generation_apart;       // born twelve years apart or more
    double score;
    double rarity; // bits: how rare the two names are together
};

// `asked` may be a date that is none; `known` is one, or 0.
enum ho_birth_level ho_match_birth_level(uint32_t asked, uint32_t known);
// Given name and surname alone, and then the other fields; or all at once.
void ho_match_names_of(const struct ho_roster_index *index, const struct ho_asked *asked,
                       const struct ho_member_view *member, struct ho_comparison *out);
void ho_match_rest_of(const struct ho_asked *asked, const struct ho_member_view *member, struct ho_comparison *out);
void ho_match_levels_of(const struct ho_roster_index *index, const struct ho_asked *asked,
                        const struct ho_member_view *member, struct ho_comparison *out);
// Fills bits, rarity and score from the levels.
void ho_match_score(const struct ho_roster_index *index, const struct ho_member_view *member,
                    struct ho_comparison *out);

void ho_match_patterns_count(struct ho_match_patterns *patterns, const uint8_t level[HO_MATCH_FIELDS]);
