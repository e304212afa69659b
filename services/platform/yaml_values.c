// Values by schema: libcyaml reads, and its complaints become words that say where and what to do.
#include <stdio.h>
#include <stdlib.h>

#include "yaml_file.h"

static enum ho_status refuse_at(const struct ho_yaml_file *file, struct ho_error *error, size_t line, const char *words)
{
    return ho_fail(error, HO_REJECT, "%s:%zu: %s", file->path, line, words);
}

// What libcyaml says: its words, then where it was, innermost first.
struct complaint {
    char words[200];
    size_t line;
};

__attribute__((format(printf, 3, 0))) static void hear(cyaml_log_t level, void *context, const char *format,
                                                       va_list args)
{
    struct complaint *complaint = context;
    char text[200];
    vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    const char *words = strncmp(text, "Load: ", 6) == 0 ? text + 6 : text;
    const char *at = strstr(text, "(line: ");
    if (!complaint->words[0])
        snprintf(complaint->words, sizeof complaint->words, "%s", words);
    else if (at && !complaint->line)
        complaint->line = strtoul(at + 7, NULL, 10);
    (void)level;
}

// libcyaml allocates through realloc's contract; the arena keeps each length before its block.
static void *allocate(void *context, void *block, size_t n)
{
    const size_t header = _Alignof(max_align_t);
    if (n == 0)
        return NULL;
    if (n > SIZE_MAX - header)
        return NULL;
    uint8_t *p = ho_arena_alloc(context, n + header);
    memcpy(p, &n, sizeof n);
    if (block) {
        size_t before;
        memcpy(&before, (const uint8_t *)block - header, sizeof before);
        memcpy(p + header, block, before < n ? before : n);
    }
    return p + header;
}

static const char *last_word(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

// The words that the schema knows at the place of an unknown one.
static const char *known_words(const struct ho_yaml_file *file, const cyaml_schema_value_t *schema, const char *path)
{
    const cyaml_schema_field_t *fields = schema->mapping.fields;
    for (const char *dot = strchr(path, '.'); dot; path = dot + 1, dot = strchr(path, '.')) {
        size_t n = strcspn(path, ".[");
        const cyaml_schema_field_t *f = fields;
        while (f->key && (strncmp(f->key, path, n) != 0 || f->key[n]))
            f++;
        if (!f->key)
            return "";
        const cyaml_schema_value_t *value = f->value.type == CYAML_SEQUENCE ? f->value.sequence.entry : &f->value;
        fields = value->mapping.fields;
    }
    const char *words = "";
    for (; fields->key; fields++)
        words = ho_arena_printf(file->arena, "%s%s%s", words, *words ? ", " : "", fields->key);
    return words;
}

static enum ho_status refuse_unknown(const struct ho_yaml_file *file, const cyaml_schema_value_t *schema,
                                     const struct complaint *complaint, struct ho_error *error)
{
    const char *colon = strstr(complaint->words, ": "), *word = colon ? colon + 2 : "";
    for (size_t i = 0; i < file->n; i++) {
        const struct ho_yaml_place *place = &file->places[i];
        if (place->line >= complaint->line && strcmp(last_word(place->path), word) == 0)
            return ho_fail(error, HO_REJECT, "%s:%zu: \"%s\" is not known here; known are: %s", file->path, place->line,
                           word, known_words(file, schema, place->path));
    }
    return refuse_at(file, error, complaint->line, complaint->words);
}

static const char *plain_words(struct ho_arena *arena, const struct complaint *complaint)
{
    static const struct {
        const char *theirs, *ours;
    } table[] = {
        {"Invalid INT value", "a whole number is needed here"},
        {"Expecting SEQUENCE", "a list is needed here, as [one, two]"},
        {"Expecting MAPPING", "words with values are needed here, as \"name: value\""},
        {"Expecting STRING", "one value is needed here, not a list or words with values"},
        {"Expecting INT", "a whole number is needed here"},
        {"Invalid FLOAT value", "a number is needed here"},
        {"Expecting FLOAT", "a number is needed here"},
        {"STRING length <", "a value is needed here"},
        {"STRING length >", "this value is too long; shorten it"},
        {"Insufficient entries", "the list needs an entry"},
        {"Excessive entries", "the list is too long"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strncmp(complaint->words, table[i].theirs, strlen(table[i].theirs)) == 0)
            return table[i].ours;
    }
    return ho_arena_text(arena, ho_bytes_of(complaint->words));
}

enum ho_status ho_yaml_values(const struct ho_yaml_file *file, const cyaml_schema_value_t *schema, void **out,
                              struct ho_error *error)
{
    struct complaint complaint = {0};
    const cyaml_config_t config = {
        .log_fn = hear,
        .log_ctx = &complaint,
        .log_level = CYAML_LOG_ERROR,
        .mem_fn = allocate,
        .mem_ctx = file->arena,
        .flags = CYAML_CFG_NO_ALIAS,
    };
    cyaml_data_t *values = NULL;
    cyaml_err_t result = cyaml_load_data(file->bytes.p, file->bytes.n, &config, schema, &values, NULL);
    *out = values;
    if (result == CYAML_OK && values)
        return HO_OK;
    if (!complaint.line)
        complaint.line = 1;
    if (result == CYAML_ERR_INVALID_KEY)
        return refuse_unknown(file, schema, &complaint, error);
    if (result == CYAML_ERR_MAPPING_FIELD_MISSING) {
        const char *colon = strstr(complaint.words, ": ");
        return ho_fail(error, HO_REJECT, "%s:%zu: \"%s\" is missing; add it", file->path, complaint.line,
                       colon ? colon + 2 : "");
    }
    return refuse_at(file, error, complaint.line,
                     values || complaint.words[0] ? plain_words(file->arena, &complaint) : "there is nothing in it");
}
