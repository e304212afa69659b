// Which of the rejected messages a command is about.
#pragma once

#include "rejected.h"

#include "handoff/time.h"

struct ho_rejected_filter {
    const char *since, *reason, *feed; // "" all
};

// Of settings that have the filter as `filter`.
#define HO_REJECTED_FILTERS(settings)                                                                                  \
    {"since", HO_OPTION_TEXT, "", .offset = offsetof(settings, filter.since),                                          \
     .help = "what was rejected since then: 30m, 12h or 7d ago, a date, or RFC 3339"},                                 \
        {"reason", HO_OPTION_TEXT, "", .offset = offsetof(settings, filter.reason), .help = "only of this reason"},    \
    {                                                                                                                  \
        "feed", HO_OPTION_TEXT, "", .offset = offsetof(settings, filter.feed), .help = "only of this feed"             \
    }

void ho_rejected_add(struct ho_arena *arena, const struct ho_rejected *rejected, struct ho_rejected_list *out);

// Milliseconds since 1970 for the filter's word, 0 for none; a date begins in the zone. HO_REJECT where it is none.
HO_MUST_USE enum ho_status ho_rejected_since(const char *text, const struct ho_zone *zone, int64_t *since_ms,
                                             struct ho_error *error);

// Those of the reason and feed, in their order.
void ho_rejected_choose(struct ho_arena *arena, const struct ho_rejected_list *all,
                        const struct ho_rejected_filter *filter, struct ho_rejected_list *out);

// Adds the one of that id or origin. HO_REJECT where there is none.
HO_MUST_USE enum ho_status ho_rejected_find(struct ho_arena *arena, const struct ho_rejected_list *all, const char *id,
                                            struct ho_rejected_list *out, struct ho_error *error);
