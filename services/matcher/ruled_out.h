// What is left of people who are none of ours, once nobody asks any more: links to nobody whose events are gone, the
// numbers of those who were ruled out or whose links were undone, and what people said about them. After that a message
// of such a number is decided as if there had never been one; a review may be asked again.
#pragma once

#include "handoff/platform/pg.h"

struct ho_ruled_out {
    int64_t links, numbers, decisions;
};

// Deletes, in a transaction of its own, some hundred of each at most that were linked, named or spoken of last longer
// than `kept_seconds` ago. A number stays with all that was said of it while it, or one that is joined with it, has a
// member, a link, or an item; it is left for the next time while somebody decides about it. *forgotten: how many of
// each.
HO_MUST_USE enum ho_status ho_ruled_out_forget(struct ho_pg *pg, int64_t kept_seconds, struct ho_ruled_out *forgotten,
                                               struct ho_error *error);
