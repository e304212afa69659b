// Codes of an 834 in the words of the roster. Pure; texts are constants or views into what was given.
#pragma once

#include "handoff/bytes.h"

// California's county by its Medi-Cal number (two digits, 30) or its FIPS code (059, 06059): "Orange". Anything else
// comes back as it is.
struct ho_bytes ho_x834_county(struct ho_bytes code);
// Two letters by ISO 639-1 for the three that Medi-Cal's languages have in ISO 639-2 and NISO Z39.53: "es" for SPA.
// Anything else comes back as it is.
struct ho_bytes ho_x834_language(struct ho_bytes code);
