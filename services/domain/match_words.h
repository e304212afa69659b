// Words that names are made of: which names are one name's forms, which stand for no name at all. Private to the
// domain.
#pragma once

#include "handoff/bytes.h"

// A folded word's kind; a word may be several.
enum ho_word {
    HO_WORD_UNKNOWN = 1,   // stands for a name that is not known: "unknown", "fnu", "trauma"
    HO_WORD_TEST = 2,      // of invented patients: "zztest"
    HO_WORD_BABY = 4,      // "baby", "newborn", "bg": a child without a name yet
    HO_WORD_PARTICLE = 8,  // belongs to the word after it: "de", "la", "van"
    HO_WORD_FILLER = 16,   // in given names: says little beside another word: "thi"
    HO_WORD_TITLE = 32,    // "mr", "dr": no part of a name
    HO_WORD_STREET = 64,   // kinds and directions of streets: "ave", "north"
    HO_WORD_UNIT = 128,    // what follows is the number of a flat: "apt"
    HO_WORD_NO_HOME = 256, // "homeless", "transient"
    HO_WORD_SUFFIX = 512,
    HO_WORD_UNKNOWN_ALONE = 1024, // stands for a name that is not known where it is the only word: "na"
};

struct ho_words;

struct ho_words *ho_words_new(void);        // the caller frees
void ho_words_free(struct ho_words *words); // takes NULL

unsigned ho_word_kinds(const struct ho_words *words, struct ho_bytes word); // 0 for an ordinary one
char ho_word_suffix(const struct ho_words *words, struct ho_bytes word);    // J, S, 2 … 5; 0 none

// The names that the word is a form of ("bob" of "robert"); 0 after the last. Divided by
// HO_NAME_LANGUAGES they are equal for one name in several languages ("robert", "roberto").
enum { HO_NAME_LANGUAGES = 8, HO_NAME_GROUPS = 12 };
struct ho_name_groups {
    uint16_t id[HO_NAME_GROUPS];
};
struct ho_name_groups ho_word_groups(const struct ho_words *words, struct ho_bytes word);
