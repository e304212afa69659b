// One cluster, for the rules. Private to the domain.
#pragma once

#include "handoff/identity.h"
#include "match_words.h"

struct ho_member_ids {
    const char **items;
    size_t n, capacity; // in this order for ho_arena_push
};

bool ho_member_ids_have(const struct ho_member_ids *ids, const char *member_id);
void ho_member_ids_add(struct ho_arena *arena, struct ho_member_ids *ids, const char *member_id); // each once

struct ho_cluster {
    struct ho_arena *arena;
    const struct ho_roster_index *index;
    struct ho_member_ids same, ruled_out, matched; // words
    struct ho_identity_event **events;
    size_t n;
    struct {
        const struct ho_identity_event **items;
        size_t n, capacity;
    } moves; // to members
    // Out.
    struct ho_member_ids known; // whom the words and the events' verdicts name
    bool moved;                 // by an event that is not stored yet
    bool firm;                  // people or an event by itself name somebody: more events do not change that
};

// Whether it is linked to whom it was moved, which says nothing of others of its number.
bool ho_identity_was_moved(const struct ho_identity_event *event);
// Whether the roster has the member.
bool ho_cluster_lives(const struct ho_cluster *cluster, const char *member_id);
// Fills verdict, by_own and by_itself of all events, and what the cluster is known for.
void ho_cluster_decide(struct ho_cluster *cluster);

// What a person tells without what matching takes for "unknown": those fields are empty. In the arena, with views into
// the person.
const ho_person *ho_person_told(struct ho_arena *arena, const struct ho_words *words, const ho_person *person);
// What all of the pool agree on who tell it, field by field; whatever nobody tells or two tell differently is missing.
// The pool, of ho_person_told, may be in any order.
const ho_person *ho_person_common(struct ho_arena *arena, const ho_person *const *pool, size_t n);
// The person with what is missing in `told`, which is ho_person_told of them, taken from `common`; NULL where nothing
// could be.
const ho_person *ho_person_filled(struct ho_arena *arena, const ho_person *person, const ho_person *told,
                                  const ho_person *common);

// What the event says of its pair, heard in any order and as often as it comes.
void ho_identity_pair_hear(struct ho_identity_pair *pair, const struct ho_identity_event *event);
// The same of an event that is kept by itself.
void ho_identity_pair_stand(struct ho_identity_pair *pair, const struct ho_identity_event *event);
// Whether the two are one; `anchored`: members are or were named for either, so that it matters.
bool ho_identity_pair_holds(const struct ho_identity_pair *pair, bool anchored);
