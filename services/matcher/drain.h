// The drain: decides identities again when it is notified, and each second in any case; tells how much waits; each
// minute forgets the events of links that were undone too long ago, and looks which feeds are silent; each hour forgets
// what is left of people who are none of ours.
#pragma once

#include "feed_metrics.h"
#include "handoff/platform/service.h"
#include "intake.h"

struct ho_drain;

// Runs on the service's loop from now on, with a connection of its own. `intake` and `feeds` must outlive it.
struct ho_drain *ho_drain_new(struct ho_service *service, struct ho_intake *intake, struct ho_feed_metrics *feeds,
                              const char *database_url, int64_t undo_seconds, int64_t ruled_out_seconds);
void ho_drain_free(struct ho_drain *drain); // takes NULL
