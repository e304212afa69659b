// Inside of the YAML loaders: a folder's files, each with the line of every word in it, so that whatever is
// wrong can be said with its place. libyaml finds the places, libcyaml reads the values by a schema.
#pragma once

#include <cyaml/cyaml.h>

#include "handoff/arena.h"
#include "handoff/error.h"

struct ho_yaml_place {
    const char *path;  // "tasks[3].due"
    size_t line;       // from 1
    const char *value; // NULL where it is a list or words with values
};

struct ho_yaml_file {
    struct ho_arena *arena;
    const char *path; // as people know it
    struct ho_bytes bytes;
    struct ho_yaml_place *places;
    size_t n, capacity; // of places
};

struct ho_yaml_names {
    const char **items;
    size_t n, capacity;
};

// The folder's *.yaml, in the order of their names; HO_FATAL where it cannot be read, HO_REJECT where it has none.
HO_MUST_USE enum ho_status ho_yaml_list(struct ho_arena *arena, const char *dir, struct ho_yaml_names *out,
                                        struct ho_error *error);

// Reads the file and finds its places. Refuses what is no YAML, a word that stands twice, aliases, and more
// than one document. `path` must live as long as the file.
HO_MUST_USE enum ho_status ho_yaml_read_path(struct ho_arena *arena, const char *path, struct ho_yaml_file *out,
                                             struct ho_error *error);
HO_MUST_USE enum ho_status ho_yaml_read(struct ho_arena *arena, const char *dir, const char *name,
                                        struct ho_yaml_file *out, struct ho_error *error);

// The file's values by the schema, which is a mapping with the flag POINTER. In the arena.
HO_MUST_USE enum ho_status ho_yaml_values(const struct ho_yaml_file *file, const cyaml_schema_value_t *schema,
                                          void **out, struct ho_error *error);

// HO_REJECT with "FILE:LINE: " and the words. `path` names the place; what has none has its parent's.
HO_MUST_USE enum ho_status ho_yaml_refuse(const struct ho_yaml_file *file, struct ho_error *error, const char *path,
                                          const char *format, ...) __attribute__((format(printf, 4, 5)));

// Whether something stands at the path.
bool ho_yaml_has(const struct ho_yaml_file *file, const char *path);

// Whether the text is a word as keys are: lower-case letters, digits and dashes.
bool ho_yaml_is_word(const char *text);
