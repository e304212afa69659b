// A person as matching compares them: every field folded, split into words and standardised; what stands for "unknown"
// is missing. Private to the domain.
#pragma once

#include "handoff/match.h"
#include "match_words.h"

enum { HO_TOKENS = 4 };

// Words; views into the text that they were read from.
struct ho_tokens {
    struct ho_bytes item[HO_TOKENS];
    uint32_t n;
};

struct ho_traits {
    struct ho_tokens surname, given, middle, street;
    struct ho_bytes unit, city;
    uint64_t phone;      // ten digits, or seven; 0 missing
    uint32_t birth_date; // as it came, also where it is no date; 0 missing
    uint32_t house, zip; // 0 missing
    char suffix, sex;    // 0 missing
    bool baby;           // a child without a name yet
    bool unnamed;        // a name is there that stands for "unknown"
    bool test;           // an invented patient's name
};

// What a record or a message says, as it says it; NULL is "".
struct ho_raw_person {
    const char *surname, *given, *middle, *suffix, *sex, *phone, *address, *city, *zip;
    uint32_t birth_date;
};

// Views into the arena.
void ho_traits_read(struct ho_arena *arena, const struct ho_words *words, const struct ho_raw_person *raw,
                    struct ho_traits *out);

bool ho_date_is_possible(uint32_t date); // a day of the calendar between 1890 and 2099

// Identifiers, standardised: letters and digits, in capitals, at most 23; "" for placeholders.
enum { HO_NUMBER_BYTES = 24 };
void ho_number_read(const char *text, char out[HO_NUMBER_BYTES]);
// The next of numbers that are parted by one blank, and *rest behind it; false where there is none.
bool ho_number_next(const char **rest, struct ho_bytes *out);
