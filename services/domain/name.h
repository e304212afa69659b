// Folding of names, for comparison. Private to the domain.
#pragma once

#include "handoff/arena.h"

// Accents, case, blanks and punctuation do not count ("Núñez-Ortiz" and "NUNEZ ORTIZ" are equal). In the arena; empty
// where nothing is left. Names longer than 4096 bytes are cut.
struct ho_bytes ho_name_fold(struct ho_arena *arena, const char *name);
