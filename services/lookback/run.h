// One reading of the look-back window, in steps: who is looked for; where each partition's reading ends; the records;
// the open items; done. A run that is broken off leaves nothing but rows of redecide, and is done again from its
// beginning.
#pragma once

#include "handoff/adt.h"
#include "handoff/match.h"
#include "handoff/platform/kafka.h"
#include "handoff/platform/pg.h"

struct ho_run;

struct ho_run_settings {
    const char *brokers, *client_id;
    const struct ho_feeds *feeds;
    const struct ho_match_weights *weights; // NULL: the default ones
    int64_t window_days;
};

struct ho_run_counts {
    int64_t members, identities; // looked for
    int64_t messages;            // read
    int64_t left;                // still to be read
    int64_t found;               // handed to the matcher
};

struct ho_run *ho_run_new(const struct ho_run_settings *settings); // the texts are not copied
void ho_run_free(struct ho_run *run);                              // takes NULL
// Goes on for a fraction of a second. After an error the run is of no more use.
HO_MUST_USE enum ho_status ho_run_step(struct ho_run *run, struct ho_pg *pg, bool *done, struct ho_error *error);
struct ho_run_counts ho_run_counts(const struct ho_run *run);
bool ho_run_waits(const struct ho_run *run); // for a broker that does not answer
