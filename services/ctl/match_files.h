// The two files that matching is tried out with: a roster, which becomes an index, and queries, one person a line.
#pragma once

#include "handoff/match.h"
#include "match_table.h"

struct ho_match_roster {
    struct ho_roster_index *index; // the caller frees
    double seconds;
};

// Loads the roster and says so on the error stream. The weights are the index's; NULL: the built-in ones. On failure
// `out->index` is NULL.
HO_MUST_USE enum ho_status ho_match_roster_load(const char *path, const struct ho_match_weights *weights,
                                                struct ho_match_roster *out, struct ho_error *error);

struct ho_match_query {
    const char *id;
    const struct ho_match_question *question;
};

struct ho_match_queries {
    const char *path;
    enum ho_status (*query)(void *context, const struct ho_match_query *query, struct ho_error *error);
    void *context;
    struct ho_match_warnings *warnings;
};

// Each query is valid during its call; a status that is not HO_OK ends the reading.
HO_MUST_USE enum ho_status ho_match_queries_read(const struct ho_match_queries *queries, struct ho_error *error);

// YYYYMMDD of eight digits or of an ISO date, as they stand: impossible dates are often transposed ones, and the engine
// judges them. 0 where the text is neither.
uint32_t ho_match_date(const char *text);
