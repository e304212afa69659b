// A small protocol for tests of the plan: every kind of template once.
#pragma once

#include "handoff/plan.h"

struct test_protocol {
    struct ho_zone *zone;
    struct ho_calendar plan, federal;
    struct ho_protocol protocol; // "ecm", for members enrolled in ECM
};

void test_protocol_init(struct test_protocol *p);
void test_protocol_cleanup(struct test_protocol *p);

// Plans the line for a member M1 enrolled in ECM since 2026-01-01.
void test_protocol_plan(const struct test_protocol *p, struct ho_arena *arena, const struct ho_line *line,
                        struct ho_plan *out);

// Rows that exist, as a database would hold them.
struct test_rows {
    struct ho_task_row *items;
    size_t n, capacity;
};

// Does to the rows what the difference says.
void test_rows_apply(struct ho_arena *arena, struct test_rows *rows, const struct ho_task_difference *difference);
