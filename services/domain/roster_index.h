// The roster in memory, as the decision walks it. Private to the domain.
#pragma once

#include "handoff/match.h"

enum ho_roster_key { HO_KEY_MEMBER, HO_KEY_CIN, HO_KEY_PLAN, HO_KEY_BIRTH_DATE, HO_KEY_N };

struct ho_roster_member {
    char *text;     // one block: member id, CIN, plan id, folded surname and given name, each NUL-terminated
    uint32_t at[5]; // where they start
    uint32_t birth_date;
    char sex;
    uint32_t next[HO_KEY_N]; // chain of its bucket; 0 ends it
};

const char *ho_roster_member_id(const struct ho_roster_member *member);
const char *ho_roster_member_text(const struct ho_roster_member *member, enum ho_roster_key key); // not for BIRTH_DATE
const char *ho_roster_member_surname(const struct ho_roster_member *member);
const char *ho_roster_member_given(const struct ho_roster_member *member);

// Members with that value, one after another; NULL at the end. Start with *cursor = 0.
const struct ho_roster_member *ho_roster_find_text(const struct ho_roster_index *index, enum ho_roster_key key,
                                                   struct ho_bytes value, uint32_t *cursor);
const struct ho_roster_member *ho_roster_find_born(const struct ho_roster_index *index, uint32_t birth_date,
                                                   uint32_t *cursor);

char ho_sex_letter(const char *sex); // M, F, X, or 0 where unknown
