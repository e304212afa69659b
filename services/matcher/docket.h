// A docket: the events and identities that one transaction decides, from locking what is stored about them to writing
// what follows.
//
// Identities are locked first, whole clusters in id order, then members' states: whoever writes links keeps to that
// order. Everything lies in the arena.
#pragma once

#include "handoff/adt.h"
#include "handoff/identity.h"
#include "handoff/platform/pg.h"
#include "reader.h"

struct ho_docket;

struct ho_docket_settings {
    const struct ho_roster_index *index;
    const struct ho_feeds *feeds;
    int64_t held_seconds; // for which sparse events wait for evidence
};

// The settings outlive it.
struct ho_docket *ho_docket_new(struct ho_arena *arena, const struct ho_docket_settings *settings);
// A message's event; `asked` is its own verdict where that is known, else NULL. What is decided about it stands in the
// result afterwards.
const struct ho_identity_event *ho_docket_add(struct ho_docket *docket, const struct ho_inbound *inbound,
                                              const struct ho_feed *feed, const ho_adt_event *event,
                                              const struct ho_match *asked);
// An identity whose stored events are decided again. One that is not stored is passed over.
void ho_docket_again(struct ho_docket *docket, int64_t identity_id);
// Events that came about a crowd (crowd.h) are put off.
void ho_docket_put_off_crowds(struct ho_docket *docket);
bool ho_docket_is_empty(const struct ho_docket *docket);
// Inside the caller's transaction. What is written is queued, and goes out with what comes next. `part` spreads the
// legs' writers.
HO_MUST_USE enum ho_status ho_docket_decide(struct ho_docket *docket, struct ho_pg *pg, int32_t part,
                                            struct ho_error *error);
