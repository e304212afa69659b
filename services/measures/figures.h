// The figures of the measures: how many events counted, were met, are open or excluded and why, from the rows that the
// transitions service keeps. Asking is the caller's: one statement, its parameters, and what its rows say.
#pragma once

#include <jansson.h>

#include "handoff/measure.h"
#include "handoff/platform/pg.h"

// What figures are told apart by, besides the measure.
enum ho_figures_by {
    HO_FIGURES_BY_NOTHING,
    HO_FIGURES_BY_ORGANISATION,
    HO_FIGURES_BY_TEAM, // as the roster has the member's now
    HO_FIGURES_BY_MONTH,
    HO_FIGURES_BY_MEMBER, // personal data
};

extern const char *const ho_figures_by_names[]; // "", "organisation", "team", "month", "member"; NULL after the last

struct ho_figures_question {
    const char *month;   // of the events, "2026-10"; "" every
    const char *measure; // "" every
    enum ho_figures_by by;
};

// Whether the month is one.
bool ho_figures_month_is_valid(const char *month);

extern const char ho_figures_sql[];
struct ho_pg_params *ho_figures_params(struct ho_arena *arena, const struct ho_figures_question *question);

struct ho_figure_reason {
    const char *reason; // of exclusion
    int64_t n;
};

struct ho_figure {
    const char *part; // organisation, "organisation / team", month or member id; "" for nobody's
    enum ho_measure measure;
    int64_t numerator;
    int64_t denominator; // met, missed and open
    int64_t open;        // not met, and the window is not over: they may come into the numerator yet
    int64_t excluded;
    struct ho_figure_reason *reasons; // those of `excluded`
    size_t n_reasons, reasons_capacity;
};

struct ho_figures {
    struct ho_figure *items; // by part, then measure
    size_t n, capacity;
};

// From the statement's rows; in the arena.
void ho_figures_take(struct ho_arena *arena, const struct ho_pg_result *rows, struct ho_figures *out);

// With the caveat. The caller drops the reference.
json_t *ho_figures_json(const struct ho_figures *figures, const struct ho_figures_question *question);
