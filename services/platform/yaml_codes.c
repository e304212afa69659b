// Diagnosis groups: deploy/codes/*.yaml.
#include "handoff/digest.h"
#include "handoff/platform/yaml.h"
#include "yaml_file.h"

enum { MAX_PREFIXES = 400, MAX_KEY = 80, MAX_PREFIX = 7 };

struct ho_code_set {
    struct ho_arena *arena;
    struct ho_code_group *groups;
    struct ho_codes codes;
};

struct raw_list {
    char **items;
    uint64_t n;
};

struct raw_group {
    char *key, *title;
    struct raw_list prefixes, except, includes;
};

struct raw_file {
    struct raw_group *groups;
    uint64_t n_groups;
};

// ---- Schema -------------------------------------------------------------------------------------------

static const cyaml_schema_value_t word = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, MAX_KEY)};

static const cyaml_schema_field_t group_fields[] = {
    CYAML_FIELD_STRING_PTR("key", CYAML_FLAG_POINTER, struct raw_group, key, 1, MAX_KEY),
    CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER, struct raw_group, title, 1, MAX_KEY),
    CYAML_FIELD_SEQUENCE_COUNT("prefixes", CYAML_FLAG_POINTER, struct raw_group, prefixes.items, prefixes.n, &word, 0,
                               MAX_PREFIXES),
    CYAML_FIELD_SEQUENCE_COUNT("except", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_group, except.items,
                               except.n, &word, 0, MAX_PREFIXES),
    CYAML_FIELD_SEQUENCE_COUNT("includes", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_group, includes.items,
                               includes.n, &word, 0, HO_CODE_GROUPS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t group = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_group, group_fields)};

static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("groups", CYAML_FLAG_POINTER, struct raw_file, groups, n_groups, &group, 1,
                               HO_CODE_GROUPS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_file, file_fields)};

// ---- Values -------------------------------------------------------------------------------------------

static bool is_prefix(const char *text)
{
    size_t n = strlen(text);
    return n <= MAX_PREFIX && text[0] >= 'A' && text[0] <= 'Z' &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789?") == n;
}

static enum ho_status check_prefixes(const struct ho_yaml_file *file, size_t i, const char *list,
                                     const struct raw_list *raw, struct ho_error *error)
{
    for (size_t k = 0; k < raw->n; k++) {
        if (!is_prefix(raw->items[k]))
            return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "groups[%zu].%s[%zu]", i, list, k),
                                  "\"%s\" is no beginning of an ICD-10-CM code; write it as \"I50\" or \"T40??2\", in "
                                  "capitals without dots, at most %d characters",
                                  raw->items[k], MAX_PREFIX);
    }
    return HO_OK;
}

static enum ho_status read_includes(const struct ho_code_set *set, const struct ho_yaml_file *file, size_t i,
                                    const struct raw_list *raw, uint64_t *out, struct ho_error *error)
{
    for (size_t k = 0; k < raw->n; k++) {
        uint64_t bit = ho_codes_group(&set->codes, ho_bytes_of(raw->items[k]));
        if (!bit)
            return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "groups[%zu].includes[%zu]", i, k),
                                  "no group \"%s\" stands above; a group includes those above it", raw->items[k]);
        *out |= bit;
    }
    return HO_OK;
}

static enum ho_status check_key(const struct ho_code_set *set, const struct ho_yaml_file *file, size_t i,
                                const char *key, struct ho_error *error)
{
    const char *at = ho_arena_printf(file->arena, "groups[%zu].key", i);
    if (!ho_yaml_is_word(key))
        return ho_yaml_refuse(file, error, at, "\"%s\" may have lower-case letters, digits and dashes only", key);
    if (ho_codes_group(&set->codes, ho_bytes_of(key)))
        return ho_yaml_refuse(file, error, at, "the group \"%s\" stands above already; rename one", key);
    if (set->codes.n == HO_CODE_GROUPS)
        return ho_yaml_refuse(file, error, at, "there are more than %d groups; remove one", HO_CODE_GROUPS);
    return HO_OK;
}

static enum ho_status read_group(struct ho_code_set *set, const struct ho_yaml_file *file, size_t i,
                                 const struct raw_group *raw, struct ho_error *error)
{
    enum ho_status status = check_key(set, file, i, raw->key, error);
    if (status == HO_OK && raw->prefixes.n + raw->includes.n == 0)
        status = ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "groups[%zu].prefixes", i),
                                "the group \"%s\" has neither prefixes nor includes; give it one", raw->key);
    if (status == HO_OK)
        status = check_prefixes(file, i, "prefixes", &raw->prefixes, error);
    if (status == HO_OK)
        status = check_prefixes(file, i, "except", &raw->except, error);
    uint64_t includes = 0;
    if (status == HO_OK)
        status = read_includes(set, file, i, &raw->includes, &includes, error);
    if (status == HO_OK)
        set->groups[set->codes.n++] = (struct ho_code_group){
            .key = raw->key,
            .title = raw->title,
            .prefixes = (const char *const *)raw->prefixes.items,
            .n_prefixes = raw->prefixes.n,
            .except = (const char *const *)raw->except.items,
            .n_except = raw->except.n,
            .includes = includes,
        };
    return status;
}

// ---- The set ------------------------------------------------------------------------------------------

static void add_to_hash(struct ho_codes *codes, struct ho_bytes file)
{
    const struct ho_bytes parts[] = {ho_bytes_from(codes->hash, sizeof codes->hash), file};
    ho_digest(parts, 2, codes->hash);
}

static enum ho_status load_file(struct ho_code_set *set, const char *dir, const char *name, struct ho_error *error)
{
    struct ho_yaml_file file;
    void *values = NULL;
    enum ho_status status = ho_yaml_read(set->arena, dir, name, &file, error);
    if (status == HO_OK)
        status = ho_yaml_values(&file, &schema, &values, error);
    const struct raw_file *raw = values;
    if (status == HO_OK)
        add_to_hash(&set->codes, file.bytes);
    for (size_t i = 0; status == HO_OK && i < raw->n_groups; i++)
        status = read_group(set, &file, i, &raw->groups[i], error);
    return status;
}

enum ho_status ho_codes_load(const char *dir, struct ho_code_set **out, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_code_set *set = ho_arena_alloc(arena, sizeof *set);
    struct ho_yaml_names names = {0};
    set->arena = arena;
    set->groups = ho_arena_array(arena, HO_CODE_GROUPS, sizeof *set->groups);
    set->codes.groups = set->groups;
    enum ho_status status = ho_yaml_list(arena, dir, &names, error);
    for (size_t i = 0; status == HO_OK && i < names.n; i++)
        status = load_file(set, dir, names.items[i], error);
    if (status == HO_OK)
        *out = set;
    else
        ho_code_set_free(set);
    return status;
}

void ho_code_set_free(struct ho_code_set *set)
{
    if (set)
        ho_arena_free(set->arena);
}

const struct ho_codes *ho_code_set_codes(const struct ho_code_set *set)
{
    return &set->codes;
}
