// What the planner reads of its members, and the rows that it writes. Private to the service.
#pragma once

#include "planner.h"

struct ho_notice_row {
    uint8_t plan_key[HO_ID_BYTES], change[HO_ID_BYTES], key[HO_ID_BYTES];
    const char *name;
    bool wanted;
    bool paused;    // not wanted, only because the member is not served: no correction was made
    bool put_aside; // paused, and the notifier has settled it without telling anybody
};

struct ho_moved_event {
    uint8_t id[HO_ID_BYTES];
};

// One member as the database holds it.
struct ho_member_state {
    const struct ho_planner_member *member;
    const ho_adt_event **events;
    size_t n_events, events_capacity;
    struct ho_moved_event *moved; // events that were the member's until their links were changed
    size_t n_moved, moved_capacity;
    const ho_enrolment **enrolments;
    size_t n_enrolments, enrolments_capacity;
    struct ho_task_row *tasks;
    size_t n_tasks, tasks_capacity;
    struct ho_notice_row *notices;
    size_t n_notices, notices_capacity;
    int64_t messages; // notices and corrections written so far
};

extern const char *const ho_want_names[]; // as the database writes enum ho_want

// Fills `states`, one for each member in its order.
HO_MUST_USE enum ho_status ho_state_read(struct ho_pg *pg, struct ho_arena *arena,
                                         const struct ho_planner_member *members, size_t n,
                                         struct ho_member_state *states, struct ho_error *error);

// The rows to be written, as columns of statements.
struct ho_store;

struct ho_store *ho_store_new(struct ho_arena *arena);
void ho_store_member(struct ho_store *store, const char *member_id);
void ho_store_line(struct ho_store *store, const char *member_id, const struct ho_encounters *encounters,
                   const struct ho_line *line);
void ho_store_task(struct ho_store *store, const char *member_id, const struct ho_planned_task *task);
void ho_store_withdrawal(struct ho_store *store, const uint8_t key[HO_ID_BYTES], const char *reason);
void ho_store_task_deletion(struct ho_store *store, const uint8_t key[HO_ID_BYTES]);
void ho_store_notice(struct ho_store *store, const char *member_id, const struct ho_notice_row *row);
void ho_store_notice_deletion(struct ho_store *store, const uint8_t plan_key[HO_ID_BYTES]);
void ho_store_messages(struct ho_store *store, const char *member_id, int64_t messages);
void ho_store_message(struct ho_store *store, const struct ho_planner_member *member, const ho_notice *notice);
// Queues the statements.
void ho_store_write(struct ho_store *store, struct ho_pg *pg);
