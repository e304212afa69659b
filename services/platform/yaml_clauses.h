// Conditions in the files that a plan edits: `when` and `unless`, read from their places, as a fact may have one
// word or a list of them.
#pragma once

#include "handoff/protocol.h"
#include "yaml_file.h"

struct ho_yaml_clauses {
    struct ho_clause *items;
    size_t n, capacity;
};

// Those of the words with values at `at` ("tasks[3]"), in the file's arena. The schema passes over both words
// (CYAML_FIELD_IGNORE). `codes` NULL: no group is known. HO_REJECT for an unknown fact or value, with those known.
HO_MUST_USE enum ho_status ho_yaml_clauses(const struct ho_yaml_file *file, const char *at,
                                           const struct ho_codes *codes, struct ho_yaml_clauses *out,
                                           struct ho_error *error);
