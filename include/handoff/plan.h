// The plan: the tasks and notices that should exist, and the difference to those that do.
//
// Pure: line, member, protocols and calendars in, wanted rows out. Tasks are reconciled, not fired. The
// key of a task is (member, change, template), so that corrections and joins never orphan a person's
// work; work done under any alias of the change counts.
#pragma once

#include "handoff/program.h"

// What a person did about a task, as the database holds it.
struct ho_work {
    uint8_t change[HO_ID_BYTES]; // under which it was done
    const char *template_key;
    enum { HO_WORK_OPEN, HO_WORK_CLAIMED, HO_WORK_DONE } status;
    const char *outcome; // DONE only; else ""
    int64_t at;
};

// What outcomes say of where the member is (home_with of the protocols' templates): an input of the line. In the arena.
void ho_plan_words(struct ho_arena *arena, const struct ho_protocol *const *protocols, size_t n_protocols,
                   const struct ho_work *work, size_t n_work, struct ho_words *out);

struct ho_plan_input {
    const char *member_id;
    const ho_member *member; // what the plan knows about the person; NULL: nothing
    const ho_enrolment *const *enrolments;
    size_t n_enrolments;
    const struct ho_work *work;
    size_t n_work;
    const struct ho_codes *codes;             // NULL: no diagnosis has a group
    const struct ho_program *const *programs; // those not among them run for ever, everywhere
    size_t n_programs;
    int64_t now; // what begins later is not planned yet; 0: everything is
    const struct ho_line *line;
    const struct ho_protocol *const *protocols;
    size_t n_protocols;
    uint32_t today; // the local date that an opt-out is judged by
};

// How a member stands to a program, for what happened on a date: enrolled on that date, and not opted out by today.
enum ho_standing {
    HO_STANDING_NEVER,     // no enrolment in the program
    HO_STANDING_NOT_YET,   // enrolled later
    HO_STANDING_NO_LONGER, // the enrolment had ended
    HO_STANDING_OPTED_OUT, // enrolled on the date, and opted out since
    HO_STANDING_SERVED,
};

struct ho_standing_on {
    enum ho_standing standing;
    uint32_t since; // the enrolment's beginning, its last day, or the day of the opt-out; 0 for the others
};

struct ho_standing_on ho_standing_on(const ho_enrolment *const *enrolments, size_t n, const char *program,
                                     uint32_t date, uint32_t today);

enum ho_want {
    HO_WANTED,
    HO_SUPERSEDED, // a newer transition took its place or ended its purpose, or it was known too late
    HO_WITHDRAWN,  // its cause is gone: only the difference says so, never the plan
};

struct ho_planned_task {
    uint8_t key[HO_ID_BYTES]; // of (member, change, template)
    struct ho_change change;
    const struct ho_protocol *protocol;
    const struct ho_task_template *task;
    const struct ho_transition *transition;
    enum ho_want want;
    int64_t begins; // from when on it stands in the queue
    int64_t due;
    const char *reason; // a sentence: why it exists or why it is superseded; no personal data
};

struct ho_planned_notice {
    uint8_t key[HO_ID_BYTES]; // of (member, change, notice)
    struct ho_change change;
    const struct ho_protocol *protocol;
    const struct ho_notice_template *notice; // NULL for a reminder
    const struct ho_task_template *task;     // a reminder's; NULL for the others
    const struct ho_reminder *reminder;      // NULL for the others
    int64_t due;                             // of the reminder's task
    int64_t at;                              // when it comes: once its transition is known; a reminder, at its time
    const struct ho_transition *transition;
};

// What a notice is known by in its row: the key of its template; of a reminder "TASK/REMINDER".
const char *ho_notice_name(struct ho_arena *arena, const struct ho_planned_notice *notice);
// The occasions for which its template tells of the transition, of enum ho_occasion; 0 of a reminder.
uint32_t ho_notice_occasions(const struct ho_planned_notice *notice);
// Whether by `now` the hospital's word of it is older than the protocol's notices_within: then it is wanted as ever,
// and nobody is told of it for the first time. Never of a reminder, whose task is open now.
bool ho_notice_is_over(const struct ho_planned_notice *notice, int64_t now);

// Superseded tasks are planned too, so that what is seen does not depend on whether the row came before the
// transition that superseded it; save those that were superseded before they began, which nobody has seen.
struct ho_plan {
    const struct ho_planned_task *tasks; // by key
    size_t n_tasks;
    const struct ho_planned_notice *notices; // by key
    size_t n_notices;
    int64_t wake_at; // the next instant at which the plan will be another without any event; INT64_MAX: none
};

// The line that a plan is made of: with what people said by their work. Of the input: protocols, work and now; its line
// may be `out`.
void ho_plan_line(struct ho_arena *arena, const struct ho_encounters *encounters, const struct ho_plan_input *input,
                  const struct ho_line_rules *rules, struct ho_line *out);

void ho_plan_make(struct ho_arena *arena, const struct ho_plan_input *input, struct ho_plan *out);

// The key of a task or notice: the first 16 bytes of SHA-256 over member, change and name, zero bytes between.
void ho_plan_key(const char *member_id, const uint8_t change[HO_ID_BYTES], const char *name, uint8_t out[HO_ID_BYTES]);

// Why a task or notice that stood is not in the plan any more.
enum ho_absence_cause {
    HO_ABSENT_BY_PROTOCOL, // the transition stands, and no protocol knows the template
    HO_ABSENT_BY_HOSPITAL, // the transition is gone, or at another time
    // The transition stands:
    HO_ABSENT_BY_OCCASION,  // it is not what the template is for: it has become another, or the template has
    HO_ABSENT_BY_STANDING,  // the member is not served for it
    HO_ABSENT_BY_PROGRAM,   // the program does not run for the member on the date
    HO_ABSENT_BY_SITUATION, // the template's conditions do not hold for the member
    HO_ABSENT_BY_SUCCESSOR, // by what is known now, a task that begins later was superseded before it began
    HO_ABSENT_BY_LATENESS,  // by what is known now, a notice was first known too late
};

struct ho_absence {
    enum ho_absence_cause cause;
    struct ho_standing_on standing; // BY_STANDING only
    const char *program;            // BY_STANDING and later
    uint32_t date;                  // of the transition, in the plan's zone; BY_STANDING and later
};

// `name` is the key of the template or notice; `change` any id of its change.
struct ho_absence ho_task_absence(const struct ho_plan_input *input, const uint8_t change[HO_ID_BYTES],
                                  const char *name);
// `said_on`: the occasions for which it was said (ho_notice_occasions); 0: not known. Where one of them still is, the
// protocol has changed and not what happened.
struct ho_absence ho_notice_absence(const struct ho_plan_input *input, const uint8_t change[HO_ID_BYTES],
                                    const char *name, uint32_t said_on);
// Whether what happened stands, and only the member is not served for it, or no protocol tells of it any more: then
// nobody is told that it no longer holds.
bool ho_absence_is_silent(const struct ho_absence *absence);
// A sentence for the person whose task it was; no personal data. In the arena.
const char *ho_absence_reason(struct ho_arena *arena, const struct ho_absence *absence);

// A row that exists, as the database holds it.
struct ho_task_row {
    uint8_t key[HO_ID_BYTES];
    uint8_t change[HO_ID_BYTES];
    const char *template_key;
    enum ho_want want;
    int64_t due;
    const uint8_t (*aliases)[HO_ID_BYTES]; // of its change when it was written, by which its work is found
    size_t n_aliases;
};

// Whatever names a planned task writes its row as planned: key, change, aliases, want, due, reason.
enum ho_task_action {
    HO_TASK_CREATE, // no row yet; as planned, wanted or superseded
    HO_TASK_REDATE, // wanted, with another due; or a row of an alias was withdrawn for it
    HO_TASK_REVIVE, // withdrawn or superseded before, wanted again
    HO_TASK_SUPERSEDE,
    HO_TASK_WITHDRAW, // row only: no planned task has its key; also of one withdrawn before that gives up a name
    HO_TASK_REKEY,    // row only: its change is an alias of a planned task of the same template without a row
};

struct ho_task_change {
    enum ho_task_action action;
    // The new home for REKEY. For WITHDRAW NULL, or the task that stands for it: after a join its change is an
    // alias there, so that its work counts there, and the row goes.
    const struct ho_planned_task *planned;
    const struct ho_task_row *row; // NULL for CREATE
    // Of a row that is withdrawn and stays: the names that no planned task has, so that work is seen in one place.
    const uint8_t (*aliases)[HO_ID_BYTES];
    size_t n_aliases;
};

struct ho_task_difference {
    const struct ho_task_change *items; // by key, the planned one where there is one
    size_t n;
};

// What turns `rows` into the plan. Applying it and asking again gives nothing.
void ho_plan_compare_tasks(struct ho_arena *arena, const struct ho_plan *plan, const struct ho_task_row *rows,
                           size_t n_rows, struct ho_task_difference *out);

// Work that a row has shown, and that none would: the change lost the name under which it was done, for a cancel came
// between, and no task that is planned has the name. It wants a withdrawn row of its own, made from that one.
struct ho_task_parting {
    const struct ho_work *work;
    const struct ho_task_row *row;
};

struct ho_task_partings {
    const struct ho_task_parting *items;
    size_t n;
};

// To be done before the difference is. Applying both and asking again gives nothing.
void ho_plan_find_partings(struct ho_arena *arena, const struct ho_plan *plan, const struct ho_task_row *rows,
                           size_t n_rows, const struct ho_work *work, size_t n_work, struct ho_task_partings *out);
