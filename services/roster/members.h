// The members as matching knows them: pages of the table in the order of their changes, read into an index.
#pragma once

#include "handoff/match.h"
#include "handoff/platform/pg.h"

// Behind whom the next page begins. All of a change has one sequence number, so begin with the number after the last
// one that was read whole, and "".
struct ho_members_cursor {
    int64_t seq;
    const char *member_id; // in the arena that the pages are read with
};

// Puts the members of one page into the index, and takes those out who were deleted. The cursor moves on; *more where
// another page may follow. Changes after `last_seq` are left out.
HO_MUST_USE enum ho_status ho_members_read(struct ho_pg *pg, struct ho_arena *arena, struct ho_roster_index *index,
                                           struct ho_members_cursor *cursor, int64_t last_seq, bool *more,
                                           struct ho_error *error);
