// The tables of identities in memory, with the matcher's way of deciding: a batch of messages, words of people, and the
// look-back that reads earlier messages again.
#pragma once

#include "handoff/identity.h"

enum { STORE_MOST = 64 };

struct test_message {
    uint8_t id[HO_ID_BYTES];
    uint32_t subject;
    const char *mrn, *prior;  // prior NULL: none
    enum ho_identity_tie tie; // with a prior; HO_TIE_NONE there: a merge
    enum ho_identity_move move;
    const char *visit;         // NULL: none
    const ho_person *receiver; // of what is moved; NULL: the person
    int64_t recorded;
    ho_person person;
};

struct test_link {
    const struct test_message *message;
    int32_t version; // 0: no link
    const char *member_id, *decision;
    bool own;
};

struct test_item {
    const struct test_message *message;
    enum ho_match_verdict state; // HO_MATCH_NON_MEMBER: no item
    const char *reason;
    struct ho_bytes candidates[HO_MATCH_CANDIDATES];
    size_t n_candidates;
};

struct test_identity {
    int64_t id, cluster;
    bool look_back, moved;
};

struct test_word {
    int64_t id;
    const char *member_id;
    enum ho_identity_word word;
};

// Texts live in `arena` or with the caller.
struct test_store {
    struct ho_arena *arena;
    const struct ho_roster_index *index;
    const char *trusted[1];
    struct test_link links[STORE_MOST];
    struct test_item items[STORE_MOST];
    struct test_identity identities[STORE_MOST];
    struct test_word words[STORE_MOST];
    struct ho_identity_pair pairs[STORE_MOST];
    size_t n_links, n_items, n_identities, n_words, n_pairs;
    struct {
        int64_t *items;
        size_t n, capacity;
    } moves;      // of numbers
    bool expired; // whatever is held is held too long
};

void test_store_init(struct test_store *store, struct ho_arena *arena, const struct ho_roster_index *index);
int64_t test_store_id(const char *mrn);
// A batch as the matcher's intake decides it.
void test_store_intake(struct test_store *store, const struct test_message *const *messages, size_t n);
// Messages that were found again, and an identity whose events are decided again ("" none), as the drain does.
void test_store_again(struct test_store *store, const struct test_message *const *messages, size_t n, const char *mrn);
// What a person says; false where the identity is not stored. An earlier word about the same member is replaced.
bool test_store_say(struct test_store *store, const char *mrn, const char *member_id, enum ho_identity_word word);
// The same, said on an item: its event is given to the member at once.
void test_store_give(struct test_store *store, const struct test_message *message, const char *member_id);
// Not-same, said on an item that says that its event contradicts the member: it is about the event alone.
void test_store_set_apart(struct test_store *store, const struct test_message *message);
// Reads what has arrived again for all identities of which more was learnt, until no more is.
void test_store_look_back(struct test_store *store, const struct test_message *const *arrived, size_t n);

// What is linked, in review and held, one line each, sorted; in the arena.
const char *test_store_print(struct test_store *store);
const struct test_link *test_store_link(const struct test_store *store, const struct test_message *message);
const struct test_item *test_store_item(const struct test_store *store, const struct test_message *message);
