// Matching: which member, if any, a message is about.
//
// A verdict is a function of the message's person and the roster alone. Exact identifier confirmed by given
// name and birth date, or all of surname, given name, birth date and sex; what is near goes to a person.
// A wrong link puts a stranger's stay into someone's record, so every doubt is a review.
#pragma once

#include "handoff/event.h"

// Folds a name for comparison: accents, case, blanks and punctuation do not count ("Núñez-Ortiz" and
// "NUNEZ ORTIZ" are equal). In the arena; empty where nothing is left.
struct ho_bytes ho_name_fold(struct ho_arena *arena, const char *name);

// ---- The roster in memory -------------------------------------------------------------------------

struct ho_roster_index;

// What matching knows of a member. Texts are copied.
struct ho_roster_entry {
    const char *member_id;
    const char *cin;
    const char *plan_id;
    const char *surname;
    const char *given;
    uint32_t birth_date;
    const char *sex;
};

struct ho_roster_index *ho_roster_index_new(void);        // the caller frees
void ho_roster_index_free(struct ho_roster_index *index); // takes NULL
// Adds the member, or replaces what was known of them.
void ho_roster_index_put(struct ho_roster_index *index, const struct ho_roster_entry *entry);
void ho_roster_index_remove(struct ho_roster_index *index, const char *member_id);
size_t ho_roster_index_size(const struct ho_roster_index *index);

// ---- The decision -----------------------------------------------------------------------------------

enum ho_match_verdict { HO_MATCH_NON_MEMBER, HO_MATCH_REVIEW, HO_MATCH_MATCHED };

struct ho_match {
    enum ho_match_verdict verdict;
    const char *member_id; // matched; lives as long as the index is unchanged
    // matched: "exact-identifier", "exact-demographics"; review: "identifier-not-confirmed", "near",
    // "not-unique"; non-member: "no-candidate".
    const char *reason;
    const char **candidates; // review: member ids, ascending, at most HO_MATCH_CANDIDATES
    size_t n_candidates;
    const char *why; // a JSON object: the fields that agree and those that do not; no values
};

enum { HO_MATCH_CANDIDATES = 10 };

// `trusted` are the authorities whose identifiers of type MA are members' (the feed's). Insured ids count
// when they have the form of a CIN, of a BIC number, or equal a plan id.
void ho_match_decide(struct ho_arena *arena, const struct ho_roster_index *index, const ho_person *person,
                     const char *const *trusted, size_t n_trusted, struct ho_match *out);
