// What is read of members, by the planner and by the commands that plan or judge without writing; and the rows that the
// planner writes.
#pragma once

#include "handoff/measure.h"
#include "planner.h"

struct ho_notice_row {
    uint8_t plan_key[HO_ID_BYTES], change[HO_ID_BYTES], key[HO_ID_BYTES];
    const char *name;
    const char *task; // a reminder's template; "" where the notice tells of a transition
    int64_t due; // of the reminder's task, as it was said; of another notice that was over, so that nobody was told,
                 // the hospital's word; else 0
    uint32_t occasions; // for which it is said; 0 of a reminder, and where it is not known
    bool wanted;
    bool paused;    // not wanted, and no correction was made: the member is not served, or the reminder is needless
    bool put_aside; // the notifier has settled it without telling anybody
};

struct ho_row_id {
    uint8_t id[HO_ID_BYTES];
};

// What makes a derived row one of its member's: its id, and of a measure the name too.
struct ho_row_key {
    uint8_t id[HO_ID_BYTES];
    const char *name; // "" of the others
    bool stays;       // the row is planned again
};

enum ho_row_kind { HO_ENCOUNTER_ROWS, HO_EPISODE_ROWS, HO_TRANSITION_ROWS, HO_MEASURE_ROWS, HO_ROW_KINDS };

struct ho_row_keys {
    struct ho_row_key *items; // ascending
    size_t n, capacity;
};

// One member as the database holds it.
struct ho_member_state {
    const struct ho_planner_member *member;
    const ho_adt_event **events;
    size_t n_events, events_capacity;
    struct ho_row_id *moved; // events that were the member's until their links were changed
    size_t n_moved, moved_capacity;
    const ho_member *facts; // NULL: the roster does not know the member, or no longer
    const ho_enrolment **enrolments;
    size_t n_enrolments, enrolments_capacity;
    struct ho_work *work;
    size_t n_work, work_capacity;
    struct ho_row_keys rows[HO_ROW_KINDS]; // that stand
    struct ho_task_row *tasks;
    size_t n_tasks, tasks_capacity;
    struct ho_notice_row *notices; // by change and name
    size_t n_notices, notices_capacity;
    int64_t messages;  // notices and corrections written so far
    bool shares_part2; // the member agreed that what 42 CFR Part 2 programmes tell is shared
    bool quiet;        // as the planner
};

extern const char *const ho_want_names[]; // as the database writes enum ho_want

// Fills `states`, one for each member in its order.
HO_MUST_USE enum ho_status ho_state_read(struct ho_pg *pg, struct ho_arena *arena,
                                         const struct ho_planner_member *members, size_t n,
                                         struct ho_member_state *states, struct ho_error *error);

// The row that stands; NULL where there is none.
struct ho_row_key *ho_state_row(const struct ho_member_state *state, enum ho_row_kind kind,
                                const uint8_t id[HO_ID_BYTES], const char *name);
// The row of the notice under this name of its change; NULL where there is none.
const struct ho_notice_row *ho_state_notice(const struct ho_member_state *state, const uint8_t change[HO_ID_BYTES],
                                            const char *name);

// The rows to be written, as columns of statements.
struct ho_store;

// `apart`: what stands is written over, and not as if it were new.
struct ho_store *ho_store_new(struct ho_arena *arena, bool apart);
void ho_store_member(struct ho_store *store, const char *member_id);
// These mark the rows of `state` that stay; the others go with ho_store_gone, to be called after both.
void ho_store_line(struct ho_store *store, struct ho_member_state *state, const struct ho_encounters *encounters,
                   const struct ho_line *line);
void ho_store_measures(struct ho_store *store, struct ho_member_state *state, const struct ho_measures *measures);
void ho_store_gone(struct ho_store *store, const struct ho_member_state *state);
// `stands`: a row with the task's key is there.
void ho_store_task(struct ho_store *store, const char *member_id, const struct ho_planned_task *task, bool stands);
void ho_store_withdrawal(struct ho_store *store, const struct ho_task_change *withdrawal, const char *reason);
// A withdrawn row for work that is shown by `row`, under `change` alone.
void ho_store_parting(struct ho_store *store, const uint8_t key[HO_ID_BYTES], const uint8_t change[HO_ID_BYTES],
                      const uint8_t row[HO_ID_BYTES], const char *reason);
void ho_store_task_deletion(struct ho_store *store, const uint8_t key[HO_ID_BYTES]);
void ho_store_notice(struct ho_store *store, const char *member_id, const struct ho_notice_row *row);
void ho_store_notice_deletion(struct ho_store *store, const uint8_t plan_key[HO_ID_BYTES]);
// That the member was planned: the number of messages written so far, and when to plan again (INT64_MAX: never).
void ho_store_planned(struct ho_store *store, const char *member_id, int64_t messages, int64_t wake_at);
void ho_store_message(struct ho_store *store, const struct ho_planner_member *member, const ho_notice *notice);
// Queues the statements. `tell`: that people are shown the tasks anew.
void ho_store_write(struct ho_store *store, struct ho_pg *pg, bool tell);
