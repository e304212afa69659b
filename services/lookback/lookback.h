// When to look back, and which copy does: one at a time, by an advisory lock of its database session.
//
// New and changed members are looked for at once; identities of which more was learnt, at most once an interval, so
// that many share a reading. Notifications wake it; polling is the truth. Runs on the service's loop.
#pragma once

#include "handoff/platform/service.h"
#include "run.h"

struct ho_lookback;

struct ho_lookback_settings {
    struct ho_run_settings run;
    const char *database_url;
    int64_t interval_seconds;
};

struct ho_lookback *ho_lookback_new(struct ho_service *service, const struct ho_lookback_settings *settings);
void ho_lookback_free(struct ho_lookback *lookback); // takes NULL; before the service
