// How alike two words are. Private to the domain. Words are folded, at most HO_WORD_BYTES long.
#pragma once

#include "handoff/bytes.h"

enum { HO_WORD_BYTES = 24 };

// Jaro and Winkler's likeness, 0 to 1: the share of letters in common, the same beginning counting more.
double ho_text_jaro_winkler(struct ho_bytes a, struct ho_bytes b);
// Whether it may reach `least`: fewer letters in common never do. Quick, for the many that do not.
bool ho_text_may_be_like(struct ho_bytes a, struct ho_bytes b, double least);

// Letters to insert, delete, change or exchange with the next one to make one from the other; above `most` only that
// it is more.
unsigned ho_text_edits(struct ho_bytes a, struct ho_bytes b, unsigned most);

// A typing slip: one edit in a word of three letters or more, two in eight or more, or the word cut short after six.
bool ho_text_is_slip(struct ho_bytes a, struct ho_bytes b);

// The consonants by sound, Spanish and English spelling alike, at most five: the same for most misspellings.
uint32_t ho_text_sound(struct ho_bytes word);

// The word in the plainest spelling of the same sound ("Karla" for "Carla", "Gurprit" for "Gurpreet").
struct ho_plain_word {
    uint8_t text[HO_WORD_BYTES];
    size_t n;
};
void ho_text_plain(struct ho_bytes word, struct ho_plain_word *out);
