// Reviews: what the matcher could not decide, and what people say about it. The one place that has its SQL.
//
// A decision is about an identity, a facility's MRN, and about all that merges joined it with (its cluster): whoever
// decides locks the cluster's rows in id order, then the states of the members whose events move, in member order, and
// writes all that follows in the same transaction. Texts in results lie in the caller's arena.
#pragma once

#include <jansson.h>

#include "handoff/event.h"
#include "handoff/platform/pg.h"
#include "handoff/time.h"

// An item: an event's id, and which of its people. As text "0123…cdef.0", and up to
// .31 (HO_ADT_SUBJECTS_MAX).
struct ho_review_ref {
    uint8_t event_id[HO_ID_BYTES];
    int64_t subject;
};

bool ho_review_ref_read(const char *text, struct ho_review_ref *out);

// ---- Deciding ----------------------------------------------------------------------------------------

enum ho_review_decision { HO_REVIEW_SAME, HO_REVIEW_NOT_SAME, HO_REVIEW_NEEDS_MORE };

extern const char *const ho_review_decision_names[]; // "same", "not-same", "needs-more", NULL

enum { HO_REVIEW_ANY_VERSION = -1, HO_REVIEW_NOTE_BYTES = 4000, HO_REVIEW_MEMBER_BYTES = 256 };

struct ho_review_request {
    struct ho_review_ref item;
    enum ho_review_decision decision;
    // "" for needs-more; a candidate for not-same; anybody of the roster for same. A not-same is about the identity;
    // about the item's message alone where the item says that the message contradicts the member
    // (identity-contradicted, contradicts-decision): the member's own links of that number stay.
    const char *member_id;
    const char *note, *by;
    int64_t version; // that was seen, or HO_REVIEW_ANY_VERSION
};

struct ho_review_undo {
    int64_t identity_id;
    const char *member_id; // who it is not, or was said not to be
    const char *to;        // who it is; "" nobody of ours; member_id: that member after all, who was ruled out
    const char *note, *by;
};

enum ho_review_answer {
    HO_REVIEW_DONE,
    HO_REVIEW_NO_ITEM,
    HO_REVIEW_DECIDED,      // by somebody else meanwhile; `by` and `action` say how
    HO_REVIEW_CHANGED,      // `version` is another now
    HO_REVIEW_NO_CANDIDATE, // member_id is none of the item's candidates
    HO_REVIEW_NO_MEMBER,    // not in the roster
    HO_REVIEW_NO_LINK,      // the identity is not known to be that member, nor were they ruled out for it, any more
    HO_REVIEW_TOO_LATE,     // it was, until that was undone, and the time for undoing that is over
};

struct ho_review_outcome {
    enum ho_review_answer answer;
    const char *by, *action;
    int64_t version;
    int64_t linked; // open items that became links
    int64_t moved;  // links that name another member now, or nobody
    int64_t closed; // items that are no more
    // Links that stay with nobody: they were undone so long ago that the events are deleted.
    int64_t forgotten;
};

// Each is a transaction of its own. Anything but HO_REVIEW_DONE changed nothing.
HO_MUST_USE enum ho_status ho_review_decide(struct ho_pg *pg, struct ho_arena *arena,
                                            const struct ho_review_request *request, struct ho_review_outcome *out,
                                            struct ho_error *error);
HO_MUST_USE enum ho_status ho_review_undo(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_undo *undo,
                                          struct ho_review_outcome *out, struct ho_error *error);

// ---- Reading -----------------------------------------------------------------------------------------

enum { HO_REVIEW_CURSOR_BYTES = 8 + HO_ID_BYTES + 2, HO_REVIEW_PAGE_MOST = 200 };

struct ho_review_question {
    const char *state;    // review, held
    const char *status;   // open, needs-more; "" either
    const uint8_t *after; // HO_REVIEW_CURSOR_BYTES of an earlier page; NULL from the oldest
    int64_t limit;
};

// A page, the oldest first: a list of objects. *more: `next` is where the next one begins.
HO_MUST_USE enum ho_status ho_review_list(struct ho_pg *pg, struct ho_arena *arena,
                                          const struct ho_review_question *question, json_t **out, bool *more,
                                          uint8_t next[HO_REVIEW_CURSOR_BYTES], struct ho_error *error);

// One item with both sides, and what is known of its identity. *out is NULL where there is none (any more). `zone` is
// the plan's, by which enrolments are judged.
HO_MUST_USE enum ho_status ho_review_show(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_ref *item,
                                          const struct ho_zone *zone, int64_t now, json_t **out,
                                          struct ho_error *error);

// Identities with whom they were found to be and how many events are linked to whom: those of a member, or one with all
// that merges joined it with. Exactly one of member_id and (facility, mrn) is given. At most HO_REVIEW_PAGE_MOST.
struct ho_review_search {
    const char *member_id, *facility, *mrn;
};

HO_MUST_USE enum ho_status ho_review_links(struct ho_pg *pg, struct ho_arena *arena,
                                           const struct ho_review_search *search, json_t **out, struct ho_error *error);

// The id of an identity; false where nothing is known of it.
HO_MUST_USE enum ho_status ho_review_identity(struct ho_pg *pg, struct ho_arena *arena, const char *facility,
                                              const char *mrn, bool *found, int64_t *identity_id,
                                              struct ho_error *error);
// "-123" as a number; false where it is none.
bool ho_review_identity_read(const char *text, int64_t *out);
