// Links that were undone to nobody: they, and the member who had them, keep the event for as long as the undoing may
// itself be undone, and no longer. The bare link stays (ruled_out.h says how long), so that the message is not taken
// for a new one and the sums of the ledger hold.
#pragma once

#include "handoff/platform/pg.h"

// Deletes the events of links that were undone longer than `undo_seconds` ago, up to some hundred, in a transaction of
// its own; links whose identity somebody is deciding about are left for the next time. *forgotten: how many.
HO_MUST_USE enum ho_status ho_undone_forget(struct ho_pg *pg, int64_t undo_seconds, int64_t *forgotten,
                                            struct ho_error *error);
