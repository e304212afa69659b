// Diagnosis groups: named sets of ICD-10-CM prefixes (deploy/codes/*.yaml). Operational lists of our own, which stand
// in for no quality organisation's value set.
#pragma once

#include "handoff/bytes.h"

#include <stddef.h>
#include <stdint.h>

enum { HO_CODE_GROUPS = 64 }; // a set of groups is a mask: 1 << its place in ho_codes.groups

// Prefixes are upper case without dots; '?' stands for any one character ("T40??2": the intent comes sixth).
struct ho_code_group {
    const char *key;   // "heart-failure", "smi"
    const char *title; // "Congestive heart failure"
    const char *const *prefixes;
    size_t n_prefixes;
    const char *const *except; // longer prefixes that are not of the group
    size_t n_except;
    uint64_t includes; // groups before it whose codes are of this group too: "smi" has those of "bipolar"
};

struct ho_codes {
    const struct ho_code_group *groups;
    size_t n;
    uint8_t hash[32]; // of the files: each one's SHA-256 is over the one before and its bytes
};

// The groups of a code as sent, whatever its dots, spaces and case ("I50.9", "i509"); 0 for none.
uint64_t ho_codes_of(const struct ho_codes *codes, struct ho_bytes code);
// The group's bit; 0 where there is none of the key.
uint64_t ho_codes_group(const struct ho_codes *codes, struct ho_bytes key);
// The groups, and all that include one of them: who is known to have "bipolar" has "smi".
uint64_t ho_codes_with_unions(const struct ho_codes *codes, uint64_t groups);
