// The rows to be written, as columns: each statement takes one array a column, whatever the number of members. Private
// to those who write them: the planner, over what stands, and the rebuild, into tables of its own.
#pragma once

#include "state.h"

enum { HO_STORE_MOST_COLUMNS = 20 };

struct ho_store_table {
    struct ho_pg_array *columns[HO_STORE_MOST_COLUMNS];
    size_t n_columns;
};

// The new rows, and those with whose key one stands in the tables that were read.
enum { HO_STORE_NEW, HO_STORE_STANDING, HO_STORE_HALVES };

struct ho_store {
    struct ho_arena *arena;
    bool apart; // else all rows are new
    struct ho_store_table encounters[HO_STORE_HALVES], episodes[HO_STORE_HALVES], transitions[HO_STORE_HALVES],
        measures[HO_STORE_HALVES], tasks[HO_STORE_HALVES];
    struct ho_store_table members, partings, withdrawals, task_deletions, notices, notice_deletions, planned, messages,
        gone[HO_ROW_KINDS];
};

// Queues the statement with the table's columns, unless there is no row.
void ho_store_queue(const struct ho_store *store, struct ho_pg *pg, const char *sql,
                    const struct ho_store_table *table);

// ---- Columns and values of the statements that insert.

#define HO_STORE_ENCOUNTER_COLUMNS                                                                                     \
    "member_id, encounter_id, facility, visit, setting, state, started, ended, destination, disposition, episode_id,"  \
    " planned, on_leave, last_heard, withheld"
#define HO_STORE_ENCOUNTER_ARRAYS                                                                                      \
    "$1::text[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],"   \
    " $9::text[], $10::text[], $11::bytea[], $12::bool[], $13::bool[], $14::timestamptz[], $15::bool[]"
#define HO_STORE_ENCOUNTERS "(" HO_STORE_ENCOUNTER_COLUMNS ") select * from unnest(" HO_STORE_ENCOUNTER_ARRAYS ")"

#define HO_STORE_EPISODE_COLUMNS "member_id, episode_id, started, ended"
#define HO_STORE_EPISODE_ARRAYS "$1::text[], $2::bytea[], $3::timestamptz[], $4::timestamptz[]"
#define HO_STORE_EPISODES "(" HO_STORE_EPISODE_COLUMNS ") select * from unnest(" HO_STORE_EPISODE_ARRAYS ")"

// A list inside an array has no form of its own: ids travel as one run of bytes, words with unit separators.
#define HO_STORE_TRANSITION_COLUMNS                                                                                    \
    "member_id, transition_id, episode_id, encounter_id, from_setting, to_setting, occurred, facility, destination,"   \
    " disposition, kind, withheld, flags"
#define HO_STORE_TRANSITION_VALUES                                                                                     \
    "member_id, transition_id, episode_id, encounter_id, from_setting, to_setting, occurred, facility, destination,"   \
    " disposition, kind, withheld, string_to_array(flags, E'\\x1f')"
#define HO_STORE_TRANSITION_ARRAYS                                                                                     \
    "$1::text[], $2::bytea[], $3::bytea[], $4::bytea[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],"        \
    " $9::text[], $10::text[], $11::text[], $12::bool[], $13::text[]"
#define HO_STORE_TRANSITIONS                                                                                           \
    "(" HO_STORE_TRANSITION_COLUMNS ") select " HO_STORE_TRANSITION_VALUES "  from unnest(" HO_STORE_TRANSITION_ARRAYS \
    ") as i (" HO_STORE_TRANSITION_COLUMNS ")"

#define HO_STORE_MEASURE_COLUMNS "member_id, measure, transition_id, date, state, last_day, reason"
#define HO_STORE_MEASURE_ARRAYS "$1::text[], $2::text[], $3::bytea[], $4::int4[], $5::text[], $6::int4[], $7::text[]"
#define HO_STORE_MEASURES "(" HO_STORE_MEASURE_COLUMNS ") select * from unnest(" HO_STORE_MEASURE_ARRAYS ")"

#define HO_STORE_TASK_COLUMNS                                                                                          \
    "key, member_id, change, aliases, template, title, role, want, due, reason, protocol, protocol_hash, outcomes,"    \
    " occurred, purpose, measure, serves"
#define HO_STORE_TASK_VALUES                                                                                           \
    "i.key, i.member_id, i.change,"                                                                                    \
    " case when length(ids) = 16 then array[ids] else"                                                                 \
    "   (select array_agg(substr(ids, k + 1, 16) order by k) from generate_series(0, length(ids) - 1, 16) k) end,"     \
    " i.template, i.title, i.role, i.want, i.due, i.reason, i.protocol, i.protocol_hash,"                              \
    " string_to_array(i.outcomes, E'\\x1f'), i.occurred, i.purpose, i.measure, string_to_array(i.serves, E'\\x1f')"
#define HO_STORE_TASK_ARRAYS                                                                                           \
    "$1::bytea[], $2::text[], $3::bytea[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[],"               \
    " $9::timestamptz[], $10::text[], $11::text[], $12::bytea[], $13::text[], $14::timestamptz[], $15::text[],"        \
    " $16::text[], $17::text[]"
#define HO_STORE_TASK_INPUT_COLUMNS                                                                                    \
    "key, member_id, change, ids, template, title, role, want, due, reason, protocol, protocol_hash, outcomes,"        \
    " occurred, purpose, measure, serves"
#define HO_STORE_TASK_INPUT "unnest(" HO_STORE_TASK_ARRAYS ") as i (" HO_STORE_TASK_INPUT_COLUMNS ")"

#define HO_STORE_TASKS "(" HO_STORE_TASK_COLUMNS ") select " HO_STORE_TASK_VALUES " from " HO_STORE_TASK_INPUT

#define HO_STORE_PARTINGS                                                                                              \
    "(" HO_STORE_TASK_COLUMNS ")"                                                                                      \
    "  select i.key, t.member_id, i.change, array[i.change], t.template, t.title, t.role, 'withdrawn', t.due,"         \
    "    i.reason, t.protocol, t.protocol_hash, t.outcomes, t.occurred, t.purpose, t.measure, t.serves"                \
    "  from unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::text[]) as i (key, change, row, reason)"
#define HO_STORE_WITHDRAWAL_INPUT "unnest($1::bytea[], $2::text[], $3::bytea[]) as i (key, reason, ids)"
#define HO_STORE_WITHDRAWAL_ALIASES                                                                                    \
    "(select array_agg(substr(i.ids, k + 1, 16) order by k) from generate_series(0, length(i.ids) - 1, 16) k)"

#define HO_STORE_NOTICES                                                                                               \
    "(plan_key, member_id, change, name, wanted, key, paused, task, due, occasions)"                                   \
    "  select * from unnest($1::bytea[], $2::text[], $3::bytea[], $4::text[], $5::bool[], $6::bytea[], $7::bool[],"    \
    "    $8::text[], $9::timestamptz[], $10::int[])"
