#include "protocol.h"

#include <stdlib.h>

static const struct ho_holiday FEDERAL[] = {
    {.name = "Thanksgiving", .kind = HO_HOLIDAY_NTH, .month = 11, .nth = 4, .weekday = 3},
    {.name = "Veterans Day", .kind = HO_HOLIDAY_FIXED, .month = 11, .day = 11},
};
static const struct ho_holiday PLAN[] = {
    {.name = "Thanksgiving", .kind = HO_HOLIDAY_NTH, .month = 11, .nth = 4, .weekday = 3},
    {.name = "The day after", .kind = HO_HOLIDAY_RELATIVE, .month = 11, .nth = 4, .weekday = 3, .offset = 1},
};

static const char *const ROLES[] = {"coordinator", "team"};
static const char *const OUTCOMES[] = {"reached", "not-reached"};

static const struct ho_task_template TASKS[] = {
    {.key = "tell-hospital",
     .purpose = "hospital",
     .role = "coordinator",
     .on = HO_ON_ADMISSION,
     .until = HO_ON_DISCHARGE | HO_ON_AGAINST_ADVICE,
     .due = {1, HO_DUE_BUSINESS_DAYS}},
    {.key = "contact",
     .purpose = "contact",
     .role = "coordinator",
     .on = HO_ON_DISCHARGE,
     .to_places = 1U << HO_SETTING_HOME,
     .until = HO_ON_ADMISSION,
     .due = {2, HO_DUE_BUSINESS_DAYS},
     .closes_with = OUTCOMES,
     .n_closes_with = 2},
    {.key = "visit", .role = "coordinator", .on = HO_ON_DISCHARGE | HO_ON_SNF_DISCHARGE, .due = {7, HO_DUE_DAYS}},
    {.key = "facility",
     .role = "coordinator",
     .on = HO_ON_DISCHARGE | HO_ON_SNF_ADMISSION,
     .to_places = 1U << HO_SETTING_SNF,
     .due = {7, HO_DUE_DAYS}},
    {.key = "contact-ed",
     .purpose = "contact",
     .role = "coordinator",
     .on = HO_ON_ED_DISCHARGE | HO_ON_AGAINST_ADVICE,
     .due = {24, HO_DUE_HOURS}},
    {.key = "death", .role = "coordinator", .on = HO_ON_DEATH, .due = {1, HO_DUE_BUSINESS_DAYS}},
};

static const struct ho_notice_template NOTICES[] = {
    {.key = "admission", .title = "Admitted", .on = HO_ON_ADMISSION, .roles = ROLES, .n_roles = 2},
    {.key = "discharge", .title = "Discharged", .on = HO_ON_DISCHARGE, .roles = ROLES, .n_roles = 1},
    {.key = "death", .title = "Died", .on = HO_ON_DEATH, .roles = ROLES, .n_roles = 2},
};

void test_protocol_init(struct test_protocol *p)
{
    *p = (struct test_protocol){0};
    if (ho_zone_new("America/Los_Angeles", &p->zone, NULL) != HO_OK)
        abort();
    p->federal = (struct ho_calendar){"federal", p->zone, 8 * 60, 17 * 60, FEDERAL, 2, {0}};
    p->plan = (struct ho_calendar){"plan", p->zone, 8 * 60, 16 * 60, PLAN, 2, {0}};
    p->protocol = (struct ho_protocol){
        .name = "ecm",
        .program = "ECM",
        .task_calendar = &p->plan,
        .measure_calendar = &p->federal,
        .tasks = TASKS,
        .n_tasks = sizeof TASKS / sizeof TASKS[0],
        .notices = NOTICES,
        .n_notices = sizeof NOTICES / sizeof NOTICES[0],
    };
}

void test_protocol_cleanup(struct test_protocol *p)
{
    ho_zone_free(p->zone);
}

void test_protocol_plan(const struct test_protocol *p, struct ho_arena *arena, const struct ho_line *line,
                        struct ho_plan *out)
{
    static char program[] = "ECM";
    ho_enrolment enrolment = HANDOFF__V1__ENROLMENT__INIT;
    enrolment.program = program;
    enrolment.enrolled_from = 20260101;
    const ho_enrolment *enrolments[] = {&enrolment};
    const struct ho_protocol *protocols[] = {&p->protocol};
    const struct ho_plan_input input = {
        .member_id = "M1",
        .enrolments = enrolments,
        .n_enrolments = 1,
        .line = line,
        .protocols = protocols,
        .n_protocols = 1,
        .today = 20261122,
    };
    ho_plan_make(arena, &input, out);
}

static struct ho_task_row *row_with(struct test_rows *rows, const uint8_t key[HO_ID_BYTES])
{
    for (size_t i = 0; i < rows->n; i++) {
        if (memcmp(rows->items[i].key, key, HO_ID_BYTES) == 0)
            return &rows->items[i];
    }
    return NULL;
}

static void write(struct ho_task_row *row, const struct ho_planned_task *planned)
{
    memcpy(row->key, planned->key, HO_ID_BYTES);
    memcpy(row->change, planned->change.id, HO_ID_BYTES);
    row->template_key = planned->task->key;
    row->want = planned->want;
    row->due = planned->due;
}

void test_rows_apply(struct ho_arena *arena, struct test_rows *rows, const struct ho_task_difference *difference)
{
    for (size_t i = 0; i < difference->n; i++) {
        const struct ho_task_change *change = &difference->items[i];
        struct ho_task_row *row = change->row ? row_with(rows, change->row->key) : NULL;
        if (row && change->action == HO_TASK_WITHDRAW && change->planned)
            *row = rows->items[--rows->n];
        else if (change->action != HO_TASK_WITHDRAW)
            write(row ? row : ho_arena_push(arena, rows, sizeof *row), change->planned);
        else if (row)
            row->want = HO_WITHDRAWN;
    }
}
