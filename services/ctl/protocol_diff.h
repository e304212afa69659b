// What another version of a protocol would have planned for the members, from what is kept of them.
//
// Every member is planned twice at one moment, with the running protocols and with the new one in the place of its
// namesake; the tasks that are wanted are compared by their keys.
#pragma once

#include "handoff/plan.h"
#include "handoff/platform/pg.h"
#include "plan_files.h"

enum ho_diff_kind { HO_DIFF_ADDED, HO_DIFF_GONE, HO_DIFF_REDATED, HO_DIFF_KINDS };

enum { HO_DIFF_EXAMPLES = 3 }; // of each kind and template

const char *ho_diff_kind_name(enum ho_diff_kind kind); // "added", "gone", "redated"

struct ho_diff_example {
    uint8_t key[HO_ID_BYTES];
    int64_t before, after; // due; 0 where there is no such task
};

struct ho_diff_template {
    const char *key;
    size_t n[HO_DIFF_KINDS];
    struct ho_diff_example examples[HO_DIFF_KINDS][HO_DIFF_EXAMPLES];
};

// How many wanted tasks of a role are due in a week.
struct ho_diff_week {
    uint32_t monday;
    const char *role;
    size_t before, after;
};

struct ho_diff {
    size_t members, before, after; // members with history; tasks that are wanted
    struct {
        struct ho_diff_template *items; // by key; those with differences
        size_t n, capacity;
    } templates;
    struct {
        struct ho_diff_week *items; // by Monday, then role
        size_t n, capacity;
    } weeks;
};

struct ho_diff_input {
    const struct ho_plan_files *files;     // its protocols run
    const struct ho_protocol *const *with; // the new one among the others
    size_t n_with;
    uint32_t since; // transitions of earlier dates do not count
    int64_t at;
};

// In a transaction that can only read. The result lies in the arena.
HO_MUST_USE enum ho_status ho_diff_read(struct ho_pg *pg, struct ho_arena *arena, const struct ho_diff_input *input,
                                        struct ho_diff *out, struct ho_error *error);
