// Identities: what is matched is a facility's MRN, on all evidence about it.
//
// Pure. The verdict of an event is a function of the set of events of its identity, of the roster and of what people
// said, never of the order in which they came: a sparse discharge before its admission ends where the other order does.
//
// Messages tie identities to clusters, whose evidence is one. A merge does so for good; of the links and unlinks (A24,
// A37) of two identities the latest recorded counts, and where two were recorded at once the one with the greater id.
// An unlink takes back no merge. A tie that is about nobody by itself holds where people or some event by itself named
// a member for either. What the ties say is kept while anything of either identity is (ho_identity_pair), so that the
// clusters are made anew from them each time.
//
// An event is kept while it is linked, held or in review; what is about nobody of ours is forgotten at once, and read
// again from the topic when more is known (look_back).
//
// The rules, in this order, for every event of a cluster. Its own verdict is ho_match_decide's, with the members that
// people ruled out for the cluster.
//  1. People said who it is: linked to them; in review where its own verdict is another member, where given name and
//     birth date both contradict them, or where they said two different things. An event that was there when they said
//     it, and that they gave to a member by that ("decision"), stays with them as long as the word about the identity
//     stands: it is a word about that event too. An event of which people said that it is not about whom its identity
//     is known to be ("not-same") has its own verdict (5).
//  2. Its number, account or visit was moved (A43, A44, A45) to a patient who is a member by what that message tells of
//     them, and it was recorded no later than the latest such message: linked to them, whomever it names itself. Where
//     the number was moved, nobody is known for the cluster by what was recorded before. Such a link stays until there
//     is a later move, or people rule its member out.
//  3. Its own verdict is a member: linked to them. They are known for the cluster from now on.
//  4. Members are known for the cluster: linked to the one whom given name and birth date do not contradict; in review
//     where several or none are left.
//  5. Its own verdict.
// Where nobody is known for the cluster, what an event does not tell is filled from the others that are held or in
// review, a field where all that tell it agree, and its own verdict is asked again; a member that is found so counts as
// known, as long as the evidence stands. What stands for "unknown" ("John Doe", a telephone of fives) is not told.
//
// An own link stays, whatever becomes of the roster, until people rule its member out or name another, or the event is
// moved.
#pragma once

#include "handoff/adt.h"
#include "handoff/match.h"

// The first 8 bytes of SHA-256 over facility, 0x1f and MRN, as they stand. Facility and 0x1f and MRN are the Kafka key.
int64_t ho_identity_id(const char *facility, const char *mrn);
// The MRN under which an event is kept: its own; an event without one is an identity by itself, called after its id.
const char *ho_identity_mrn(struct ho_arena *arena, const ho_adt_event *event);

// What an event says of its identity and the one that its prior_mrn names.
enum ho_identity_tie { HO_TIE_NONE, HO_TIE_MERGE, HO_TIE_LINK, HO_TIE_UNLINK };

// By its trigger (HL7 v2.8.2 ch. 3, and for the withdrawn ones v2.5.1 ch. 3). Merges of patients and persons, and
// changes and moves of their numbers, say that two numbers are one person's: A18 A30 A34 A36 A39 A40 A43 A46 A47. A24
// and A37 link and unlink. All others have MRG-1 because MRG must have it, and it is to equal PID-3: what they merge,
// move or change is an account or visit (A06 A07 A35 A41 A42 A44 A45 A49 A50 A51). Where it differs there all the same,
// it is no word about who is who.
enum ho_identity_tie ho_identity_tie_of(const ho_adt_event *event);
// The identity that the event ties to its own; its own where it ties none.
int64_t ho_identity_prior(const ho_adt_event *event, int64_t identity);

// What an event moves to another patient (v2.8.2 3.3.43 to 3.3.45): A43 the number that its prior_mrn names, which may
// be its own, to its own person; the giver's event of A44 or A45 its account or visit to its receiver.
enum ho_identity_move { HO_MOVE_NONE, HO_MOVE_NUMBER, HO_MOVE_ACCOUNT, HO_MOVE_VISIT };
enum ho_identity_move ho_identity_move_of(const ho_adt_event *event);
// The question about an event's person; whose numbers are members', the feed tells.
struct ho_match_question ho_identity_question(const ho_adt_event *event, const struct ho_feed *feed);

// What is known of an identity: whom its events named, and what people said.
enum ho_identity_word { HO_IDENTITY_MATCHED, HO_IDENTITY_SAME, HO_IDENTITY_NOT_SAME };

// An event of one of the identities: fresh, or as it is stored, or decided again.
struct ho_identity_event {
    const uint8_t *id; // HO_ID_BYTES
    uint32_t subject;
    int64_t identity;
    int64_t prior;                     // the identity that it ties to this one; the same where there is none
    enum ho_identity_tie tie;          // of the two
    enum ho_identity_move move;        // of prior's number, or of what has this account or visit
    const char *account, *visit;       // "" none
    const ho_person *receiver;         // to whom; NULL: its own person
    int64_t recorded;                  // by which links, unlinks and moves are ordered
    struct ho_match_question question; // ruled_out is filled by the rules
    const struct ho_match *asked;      // its own verdict, asked with nobody ruled out; NULL: the rules ask
    void *context;                     // the caller's

    // What is stored about it.
    int32_t link;               // the link's version; 0 without one
    const char *member_id;      // the link's; "" nobody
    bool own;                   // the link's
    const char *decision;       // the link's
    enum ho_match_verdict item; // HO_MATCH_HELD or HO_MATCH_REVIEW where there is such an item
    const char *item_reason;
    const struct ho_bytes *candidates; // the item's
    size_t n_candidates;
    bool expired; // the item was held for too long

    // What the rules say. The verdict's candidates never include those who are ruled out.
    struct ho_match verdict;
    bool by_own;                             // the link rests on its own evidence
    const char *known_for;                   // for whom its identity is known by it, to be stored; NULL
    const char *gives_to;                    // the member to whom it moves something; NULL
    bool by_itself;                          // it is kept whatever is known of its identity
    const struct ho_identity_event *same_as; // it stands there twice, and the other one counts
    unsigned changes;                        // enum ho_identity_change
    struct ho_identity_event *next;          // of its cluster; the rules' own
};

// What differs from what is stored.
enum ho_identity_change {
    HO_LINK_MADE = 1,    // there was none
    HO_LINK_MOVED = 2,   // to another member, or to nobody: the next version
    HO_LINK_SETTLED = 4, // the same member for another reason: the same version
    HO_ITEM_MADE = 8,
    HO_ITEM_CHANGED = 16,
    HO_ITEM_GONE = 32,
};

// One that nothing is stored of yet, of an event with its id. The event outlives it; whose numbers are members', the
// feed tells.
struct ho_identity_event *ho_identity_event_new(struct ho_arena *arena, const ho_adt_event *event,
                                                const struct ho_feed *feed);

// The latest of some events that moves the event; NULL. A move itself is not moved.
const struct ho_identity_event *ho_identity_find_move(const struct ho_identity_event *event,
                                                      const struct ho_identity_event *const *moves, size_t n);

struct ho_identity {
    int64_t id;
    int64_t cluster; // as it is stored; a new one's own id
    // As decided.
    int64_t joined; // the least id of its cluster
    // More is known for it than before, so that messages which were about nobody may not be; or a link of it begins to
    // count, and others that say so or otherwise may have been forgotten.
    bool look_back;
    bool kept; // some event of its cluster that was added is kept
};

// What messages said of two identities.
struct ho_identity_pair {
    int64_t a, b;           // the lesser one first
    bool merged;            // some message merged them
    bool merge_stands;      // and was kept by itself
    bool linked;            // the latest link or unlink is a link
    bool link_stands;       // some link was kept by itself
    int64_t recorded;       // of the latest
    const uint8_t *said_by; // the latest, HO_ID_BYTES; NULL: there is none
    bool changed;           // as decided: differs from what is stored
};

// ---- Identities that are decided together. Everything lies in the arena; texts and events that are given outlive it.

struct ho_identity_set;

struct ho_identity_set *ho_identity_set_new(struct ho_arena *arena, const struct ho_roster_index *index);
// All identities of a stored cluster, or none; `cluster` is the least of their ids. One that is there already is not
// added again.
void ho_identity_set_add(struct ho_identity_set *set, int64_t id, int64_t cluster, bool stored);
bool ho_identity_set_has(const struct ho_identity_set *set, int64_t id);
// Of one that was added: some stored event moves something of it, or is of it and moves something.
void ho_identity_set_move(struct ho_identity_set *set, int64_t id);
// What is known of one that was added.
void ho_identity_set_say(struct ho_identity_set *set, int64_t id, const char *member_id, enum ho_identity_word word);
// What is stored of two that were added.
void ho_identity_set_pair(struct ho_identity_set *set, const struct ho_identity_pair *pair);
// An event of one that was added; `prior` was, too. Of two with one id and subject the first counts that is stored, or
// the first where none is.
void ho_identity_set_event(struct ho_identity_set *set, struct ho_identity_event *event);
// The identities, of whole stored clusters, whose stored events must be added before the set is decided: all that is
// held or in review, and links that are not own, or whose member is nobody, ruled out, or another than people said, and
// all links of those that moves are of or about. Asked when everything else is there. Of the others no stored event's
// verdict can change.
size_t ho_identity_set_wanted(const struct ho_identity_set *set, int64_t **ids);

void ho_identity_set_decide(struct ho_identity_set *set);

// All identities, as decided.
const struct ho_identity *ho_identity_set_items(const struct ho_identity_set *set, size_t *n);
// All pairs, as decided. What changed is to be stored where either identity is.
const struct ho_identity_pair *ho_identity_set_pairs(const struct ho_identity_set *set, size_t *n);
// All events, as decided.
struct ho_identity_event *const *ho_identity_set_events(const struct ho_identity_set *set, size_t *n);
