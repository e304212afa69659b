// A member's history for tests: events made by hand, and what the fold, the line and the plan say of them as
// text that can be compared.
#pragma once

#include <stdio.h>

#include "handoff/measure.h"

// Hour 0 is Monday 2026-11-02 08:00 in California (16:00 UTC); events of hour h occurred and were recorded then.
#define HISTORY_START INT64_C(1793635200000000)

struct history {
    struct ho_arena *arena;
    ho_adt_event **events;
    size_t n, capacity;
};

struct history *history_new(void); // the caller frees
void history_free(struct history *history);

// Another event, recorded when it occurred, of visit V1 at "General". The class is that of the trigger: A04
// emergency, A01, A02, A06 inpatient, A07 outpatient, A03 with destination home. Ids ascend from 1.
ho_adt_event *history_tell(struct history *history, const char *trigger, int hour);
// The same, recorded at another hour.
ho_adt_event *history_tell_late(struct history *history, const char *trigger, int hour, int recorded);

// Sets a text of an event.
char *history_text(const char *text);

// What became of it. Results live in the history's arena.
void history_fold(struct history *history, struct ho_encounters *out);
void history_draw(struct history *history, struct ho_line *out); // with a join gap of 36 hours

// "V1 ended ed@0 inpatient@5 home@50; V2 open snf@60", "V1 void", "V1 aside"; an unseen admission is "(ed@0)".
const char *history_encounters(struct history *history);
// "home>ed@0 ed>inpatient@5 inpatient>home@50"; against advice "…@50!".
const char *history_line(struct history *history);

// Everything, for comparison byte by byte: ids, aliases, times, reasons.
void describe_encounters(FILE *out, const struct ho_encounters *encounters);
void describe_line(FILE *out, const struct ho_line *line);
void describe_plan(FILE *out, const struct ho_plan *plan);
void describe_measures(FILE *out, const struct ho_measures *measures);
// One line an event.
void describe_events(FILE *out, const ho_adt_event *const *events, size_t n);
