// The roster in memory, as the decision walks it. Private to the domain.
//
// A member is one compact record, and some thirteen postings: hashes of what a message about them is likely to share
// (match_blocks.c), each with the member's slot, in buckets of one cache line. A question asks for a few postings and
// compares whom they name.
#pragma once

#include "match_traits.h"

struct ho_member_view {
    struct ho_traits traits;                // views into the record
    const char *member_id, *cins, *plan_id; // CINs as ho_number_next takes them
};

void ho_roster_view(const struct ho_roster_index *index, uint32_t slot, struct ho_member_view *out);
uint32_t ho_roster_slots(const struct ho_roster_index *index); // one past the last; the first is 1
bool ho_roster_has(const struct ho_roster_index *index, uint32_t slot);

// What costs next to nothing to look at.
struct ho_member_glance {
    uint64_t phone;
    uint32_t birth_date, house, zip;
};
struct ho_member_glance ho_roster_glance(const struct ho_roster_index *index, uint32_t slot);
// Many members' slots first, and then the members: each is one step of two, and waits for no other.
void ho_roster_prefetch_slot(const struct ho_roster_index *index, uint32_t slot);
void ho_roster_prefetch_member(const struct ho_roster_index *index, uint32_t slot);
uint32_t ho_roster_slot(const struct ho_roster_index *index, const char *member_id); // 0: no such member

// Slots under a block's hash, at most `max`; *more where there are others. A slot may be another's by chance: compare.
size_t ho_roster_find(const struct ho_roster_index *index, uint64_t hash, uint32_t *slots, size_t max, bool *more);
// Many blocks' first, and then their chains.
void ho_roster_prefetch(const struct ho_roster_index *index, uint64_t hash);
void ho_roster_prefetch_chain(const struct ho_roster_index *index, uint64_t hash);

// How many members have the word among their surnames or given names, and how many bear the two together.
uint32_t ho_roster_surname_count(const struct ho_roster_index *index, struct ho_bytes word);
uint32_t ho_roster_given_count(const struct ho_roster_index *index, struct ho_bytes word);
uint32_t ho_roster_name_count(const struct ho_roster_index *index, struct ho_bytes surname, struct ho_bytes given);

size_t ho_roster_population(const struct ho_roster_index *index); // among how many a name is rare
bool ho_roster_is_part(const struct ho_roster_index *index);      // how many bear a name is not known here

const struct ho_match_weights *ho_roster_weights(const struct ho_roster_index *index);
// log2(m/u); 0 for missing.
double ho_roster_bits(const struct ho_roster_index *index, enum ho_match_field field, int level);
const struct ho_words *ho_roster_words(const struct ho_roster_index *index);

// ---- Blocks ------------------------------------------------------------------------------------------------

enum { HO_BLOCKS_MAX = 96 };

// Hashes; those at the front by themselves stand for much (identifier, name with birth date).
struct ho_blocks {
    uint64_t hash[HO_BLOCKS_MAX];
    bool telling[HO_BLOCKS_MAX]; // a block with too many members means that the person is too common to tell
    size_t n, n_numbers;         // those of numbers are in front
    size_t phone, home;          // which of them, from 1; 0 none
};

uint64_t ho_block_of_id(const char *member_id);
uint64_t ho_block_of_number(struct ho_bytes number); // CIN or plan id
// Those that a member is posted under, and those that a question asks for: `widely` the names alone, too.
void ho_blocks_of_member(const struct ho_words *words, const struct ho_member_view *member, struct ho_blocks *out);
void ho_blocks_of_question(const struct ho_words *words, const struct ho_traits *person,
                           const char (*numbers)[HO_NUMBER_BYTES], size_t n_numbers, bool widely,
                           struct ho_blocks *out);
