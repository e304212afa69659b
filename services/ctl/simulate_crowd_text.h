// Small texts of fixed size, and what keyboards, ears and scanners do to them. UTF-8 stays whole.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "simulate_random.h"

// What does not fit is cut.
void ho_crowd_copy(char *to, size_t size, const char *from);
void ho_crowd_append(char *to, size_t size, const char *more);
// Keeps the first n characters.
void ho_crowd_cut(char *text, size_t n);
size_t ho_crowd_length(const char *text); // in characters

// Letters with an accent as the letter below it.
void ho_crowd_plain(char *text);
void ho_crowd_upper(char *text); // after ho_crowd_plain, for it knows A to Z alone
// Letters alone, plain, in capitals: equal for two spellings that a clerk would call the same.
void ho_crowd_folded(const char *text, char *out, size_t size);
bool ho_crowd_alike(const char *a, const char *b);

// The parts of a name between blanks and hyphens; "De La Cruz" is one part. Returns how many, `most` at most.
enum { HO_CROWD_PART_BYTES = 48 };
size_t ho_crowd_parts(const char *name, char parts[][HO_CROWD_PART_BYTES], size_t most);

// One slip: a letter left out, doubled, hit beside, two exchanged, written by ear, or read wrong by a machine.
// False where the text is too short for any.
bool ho_crowd_slip(struct ho_sim_random *random, char *text, size_t size);
// One digit, of those from `from` on, becomes another. False where there is none.
bool ho_crowd_digit_off(struct ho_sim_random *random, char *text, size_t from);
