// Matching: which member, if any, a person is.
//
// Pure, and a function of the question and the roster alone. Fellegi and Sunter's model: each field agrees at some
// level, each level has the probability m of being seen for the same person and u for two different ones, and the
// score is the sum of log2(m/u) over independent evidence. A household's fields (surname, telephone, address, ZIP) are
// one piece of evidence: what tells people of one house apart is given name, birth date and a personal number.
//
// A wrong link puts a stranger's stay into someone's record, so guards stand above the score: a given name or a birth
// date that contradicts is never linked, whatever else agrees. Every doubt that a person could settle is a review.
#pragma once

#include "handoff/event.h"

// ---- Fields and levels ----------------------------------------------------------------------------------

enum ho_match_field {
    HO_FIELD_IDENTIFIER,
    HO_FIELD_GIVEN,
    HO_FIELD_BIRTH_DATE,
    HO_FIELD_SURNAME,
    HO_FIELD_MIDDLE,
    HO_FIELD_SUFFIX,
    HO_FIELD_SEX,
    HO_FIELD_PHONE,
    HO_FIELD_ADDRESS,
    HO_FIELD_PLACE, // city and ZIP
    HO_MATCH_FIELDS
};

enum { HO_MATCH_LEVELS_MAX = 10 };

// Level 0 of every field is "missing", on either side: it is no evidence, and has no weight.
const char *ho_match_field_name(enum ho_match_field field);            // "birth_date"
const char *ho_match_level_name(enum ho_match_field field, int level); // "missing", "equal", …; NULL past the last
int ho_match_levels(enum ho_match_field field);

struct ho_match_weights {
    struct {
        double m, u; // 0 < m, u < 1
    } level[HO_MATCH_FIELDS][HO_MATCH_LEVELS_MAX];
    double link_bits, review_bits; // least scores
};

// What deploy/match/weights.yaml says.
extern const struct ho_match_weights ho_match_weights_default;

// ---- The roster in memory -------------------------------------------------------------------------

struct ho_roster_index;

// What matching knows of a member. NULL is as good as "". Texts are copied.
struct ho_roster_entry {
    const char *member_id; // not empty
    const char *cin;       // or several, as ho_cins_read takes them: each is the member's
    const char *plan_id;
    const char *surname, *given, *middle, *suffix;
    uint32_t birth_date; // YYYYMMDD, 0 unknown
    const char *sex;
    const char *phone, *address, *city, *state, *zip;
};

bool ho_number_is_cin(const char *number); // 9, seven digits, a letter; or that and the rest of a BIC's 14

enum { HO_CINS_MAX = 8, HO_CINS_BYTES = 192 };

// A member's CINs as a roster says them: the current one first, parted by blanks, ';' or ','. A member who was entered
// twice keeps the frozen number, and hospitals go on sending it.
//
// `out` has them standardised: capitals, of a card's 14 characters the CIN, each once, parted by one blank. Returns how
// many the text says, and in *wrong NULL or what is wrong with it, without a value: of several each must be a CIN, and
// HO_CINS_MAX are the most; the others are read all the same. A text that is one number, of whatever form, is not
// judged.
size_t ho_cins_read(const char *text, char out[HO_CINS_BYTES], const char **wrong);

// The weights are copied; NULL stands for the default ones. The caller frees.
struct ho_roster_index *ho_roster_index_new(const struct ho_match_weights *weights);
void ho_roster_index_free(struct ho_roster_index *index); // takes NULL
// Adds the member, or replaces what was known of them.
void ho_roster_index_put(struct ho_roster_index *index, const struct ho_roster_entry *entry);
void ho_roster_index_remove(struct ho_roster_index *index, const char *member_id);
// For an index that holds a part of the roster: a name is as rare as among so many members. Whom the whole roster would
// link or send to review, the part does not call a non-member.
void ho_roster_index_part_of(struct ho_roster_index *index, size_t members);
size_t ho_roster_index_size(const struct ho_roster_index *index);
size_t ho_roster_index_bytes(const struct ho_roster_index *index); // of memory, all in all

// ---- The decision -----------------------------------------------------------------------------------

enum ho_match_verdict {
    HO_MATCH_NON_MEMBER,
    HO_MATCH_HELD, // too little is known to say either: more may come about the same facility and MRN
    HO_MATCH_REVIEW,
    HO_MATCH_MATCHED,
};

const char *ho_match_verdict_name(enum ho_match_verdict verdict); // "non-member", "held", "review", "matched"

struct ho_match_question {
    const ho_person *person;
    // The authorities whose identifiers of type MA are members' (the feed's). Insured ids count when they have the
    // form of a CIN, of a BIC number, or equal a plan id.
    const char *const *trusted;
    size_t n_trusted;
    const char *const *ruled_out; // member ids that a person has ruled out for this identity
    size_t n_ruled_out;
    uint32_t day; // of the message, YYYYMMDD: how old the person is; 0 unknown
    // For trials: of a non-member, too, say who came nearest and why; a roster of up to 10,000 is compared one by one.
    bool in_full;
};

struct ho_match_candidate {
    const char *member_id; // lives as long as the index is unchanged
    double score;          // bits: log2 of the odds, before any guard
    const char *why;       // a JSON object: each field's level and weight, and the guards; no values
};

enum { HO_MATCH_CANDIDATES = 10 };

struct ho_match {
    enum ho_match_verdict verdict;
    const char *reason;    // a fixed word: the rule that decided
    const char *why;       // a JSON object: rule, score, and the best candidate's explanation; no values
    const char *member_id; // matched: the member; NULL else
    double score;          // the best candidate's; 0 where there is none
    // Whom it may be, best first, the same for any order of the roster: of a matched, a review or a held one.
    struct ho_match_candidate candidates[HO_MATCH_CANDIDATES];
    size_t n_candidates;
    // The best of all who were compared, also of a non-member: for logs and trials. member_id NULL where nobody was.
    struct ho_match_candidate nearest;
};

void ho_match_decide(struct ho_arena *arena, const struct ho_roster_index *index,
                     const struct ho_match_question *question, struct ho_match *out);

// How a person stands to one member, for those who are known by other evidence (an MRN seen before).
enum ho_match_stand {
    HO_STAND_UNKNOWN,     // no such member
    HO_STAND_AGREES,      // given name and birth date are there, and neither contradicts
    HO_STAND_OPEN,        // nothing contradicts, and one of the two is missing
    HO_STAND_CONTRADICTS, // given name or birth date does
    HO_STAND_STRANGER,    // both do
};

enum ho_match_stand ho_match_compare(struct ho_arena *arena, const struct ho_roster_index *index,
                                     const struct ho_match_question *question, const char *member_id,
                                     struct ho_match_candidate *out);

// ---- Weights from data: expectation and maximisation ----------------------------------------------------

// How often each combination of levels was seen.
struct ho_match_pattern {
    uint8_t level[HO_MATCH_FIELDS];
    uint64_t n;
};

struct ho_match_patterns; // in the arena
struct ho_match_patterns *ho_match_patterns_new(struct ho_arena *arena);
// The question with each member that shares a block with it.
void ho_match_patterns_add(struct ho_match_patterns *patterns, const struct ho_roster_index *index,
                           const struct ho_match_question *question);
// The question with `n` members drawn by `seed`: what agrees by chance.
void ho_match_patterns_add_chance(struct ho_match_patterns *patterns, const struct ho_roster_index *index,
                                  const struct ho_match_question *question, uint64_t seed, size_t n);
size_t ho_match_patterns_list(const struct ho_match_patterns *patterns, const struct ho_match_pattern **out);

// u from the pairs by chance; m by EM over the pairs that share a block, with that u, as the few among `all` pairs
// (questions times members) that may be one person. Pairs whose given name or birth date contradicts are left out but
// where a number agrees: relatives and neighbours, whom EM would take for the same person. Levels that were never seen
// keep what `start` says, and so do the thresholds. Returns how many pairs are one person, as far as can be told.
double ho_match_train(const struct ho_match_patterns *pairs, const struct ho_match_patterns *chance, double all,
                      const struct ho_match_weights *start, struct ho_match_weights *out);
