// The names that the people of `handoffctl simulate people` are given, by culture. Tables only.
//
// A list is one text: words between blanks, the most frequent first, with '_' for a blank within a word.
#pragma once

#include <stdint.h>

// How a culture's given names are put together.
enum ho_crowd_making {
    HO_CROWD_LISTED,   // one of the list, now and then two
    HO_CROWD_DOUBLED,  // often two: María Elena, José Luis
    HO_CROWD_SYLLABIC, // two syllables of the list: Xiao Mei, Xiaomei, Xiao-Mei
    HO_CROWD_MIDDLED,  // Vietnamese: Thi or Van before it, as a part of it or as the middle name
};

struct ho_crowd_culture {
    const char *surnames;
    const char *stems, *endings; // of rarer surnames, put together; NULL: none
    const char *female, *male;
    const char *young_female, *young_male; // of those born since 1985; NULL: the same
    const char *language;                  // spoken at home where it is not English
    enum ho_crowd_making making;
    char joint;                  // between two surnames
    uint16_t weight;             // in thousandths of the population
    uint16_t surname_head;       // the smaller, the more have the first names of the list: tenths, Zipf's offset
    uint16_t given_head;         // likewise
    uint16_t composed_per_mille; // whose surname is put together from a stem and an ending
    uint16_t language_per_mille; // who speak the language
    uint16_t double_per_mille;   // who carry two surnames
    uint16_t middle_per_mille;   // who have a middle name
    uint16_t keeps_per_mille;    // of the wives: keep their own surname
    uint16_t namesake_per_mille; // of the eldest sons: have their father's name
    uint16_t american_per_mille; // of those born since 1985: have an American given name
    uint16_t january_per_mille;  // whose papers say 1 January
};

enum { HO_CROWD_CULTURES = 15, HO_CROWD_ANGLO = 1 };

extern const struct ho_crowd_culture ho_crowd_cultures[HO_CROWD_CULTURES];

// The parts of the table that stand in files of their own.
extern const char ho_crowd_spanish_surnames[], ho_crowd_spanish_female[], ho_crowd_spanish_male[],
    ho_crowd_spanish_young_female[], ho_crowd_spanish_young_male[];
extern const char ho_crowd_filipino_surnames[], ho_crowd_filipino_female[], ho_crowd_filipino_male[];
extern const char ho_crowd_anglo_surnames[], ho_crowd_anglo_stems[], ho_crowd_anglo_endings[], ho_crowd_anglo_female[],
    ho_crowd_anglo_male[], ho_crowd_anglo_young_female[], ho_crowd_anglo_young_male[];
extern const char ho_crowd_black_surnames[], ho_crowd_black_female[], ho_crowd_black_male[],
    ho_crowd_black_young_female[], ho_crowd_black_young_male[];
extern const char ho_crowd_vietnamese_surnames[], ho_crowd_vietnamese_female[], ho_crowd_vietnamese_male[];
extern const char ho_crowd_chinese_surnames[], ho_crowd_chinese_female[], ho_crowd_chinese_male[];
extern const char ho_crowd_korean_surnames[], ho_crowd_korean_female[], ho_crowd_korean_male[];
extern const char ho_crowd_hmong_surnames[], ho_crowd_hmong_female[], ho_crowd_hmong_male[];
extern const char ho_crowd_japanese_surnames[], ho_crowd_japanese_female[], ho_crowd_japanese_male[];
extern const char ho_crowd_indian_surnames[], ho_crowd_indian_female[], ho_crowd_indian_male[];
extern const char ho_crowd_samoan_surnames[], ho_crowd_samoan_female[], ho_crowd_samoan_male[];
extern const char ho_crowd_armenian_surnames[], ho_crowd_armenian_stems[], ho_crowd_armenian_endings[],
    ho_crowd_armenian_female[], ho_crowd_armenian_male[];
extern const char ho_crowd_persian_surnames[], ho_crowd_persian_stems[], ho_crowd_persian_endings[],
    ho_crowd_persian_female[], ho_crowd_persian_male[];
extern const char ho_crowd_arabic_surnames[], ho_crowd_arabic_female[], ho_crowd_arabic_male[];
extern const char ho_crowd_russian_surnames[], ho_crowd_russian_stems[], ho_crowd_russian_endings[],
    ho_crowd_russian_female[], ho_crowd_russian_male[];

// Groups of one name's forms, one group a line: the full name first, then what it is called or written as.
extern const char *const ho_crowd_nicknames[];
extern const uint32_t ho_crowd_n_nicknames;
