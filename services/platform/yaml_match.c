// The weights of matching: deploy/match/weights.yaml. The engine names the fields and levels, so the schema is made of
// those names, and a level that is missing here or unknown there is refused.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "handoff/platform/yaml.h"
#include "yaml_file.h"

enum { HIGHEST_BITS = 1000 };

// m and u of a level, as they lie in struct ho_match_weights.
struct level {
    double m, u;
};

_Static_assert(sizeof(struct level) == sizeof((struct ho_match_weights *)NULL)->level[0][0],
               "m and u lie side by side");

// ---- Schema -------------------------------------------------------------------------------------------

static const cyaml_schema_field_t level_fields[] = {
    CYAML_FIELD_FLOAT("m", CYAML_FLAG_DEFAULT, struct level, m),
    CYAML_FIELD_FLOAT("u", CYAML_FLAG_DEFAULT, struct level, u),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t threshold_fields[] = {
    CYAML_FIELD_FLOAT("link_bits", CYAML_FLAG_DEFAULT, struct ho_match_weights, link_bits),
    CYAML_FIELD_FLOAT("review_bits", CYAML_FLAG_DEFAULT, struct ho_match_weights, review_bits),
};

enum { N_THRESHOLDS = sizeof threshold_fields / sizeof *threshold_fields };

static cyaml_schema_field_t mapping(const char *key, size_t offset, size_t bytes, const cyaml_schema_field_t *fields)
{
    return (cyaml_schema_field_t){
        .key = key,
        .data_offset = (uint32_t)offset,
        .value = {.type = CYAML_MAPPING, .data_size = (uint32_t)bytes, .mapping = {.fields = fields}},
    };
}

// The levels of a field; all but "missing", which has no weight.
static cyaml_schema_field_t field_schema(struct ho_arena *arena, enum ho_match_field field)
{
    int n = ho_match_levels(field);
    cyaml_schema_field_t *levels = ho_arena_array(arena, (size_t)n, sizeof *levels); // the last one ends the list
    for (int i = 1; i < n; i++)
        levels[i - 1] = mapping(ho_match_level_name(field, i), (size_t)i * sizeof(struct level), sizeof(struct level),
                                level_fields);
    size_t bytes = sizeof(struct level) * HO_MATCH_LEVELS_MAX;
    return mapping(ho_match_field_name(field), offsetof(struct ho_match_weights, level) + (size_t)field * bytes, bytes,
                   levels);
}

static cyaml_schema_value_t weights_schema(struct ho_arena *arena)
{
    cyaml_schema_field_t *fields = ho_arena_array(arena, N_THRESHOLDS + HO_MATCH_FIELDS + 1, sizeof *fields);
    memcpy(fields, threshold_fields, sizeof threshold_fields);
    for (int i = 0; i < HO_MATCH_FIELDS; i++)
        fields[N_THRESHOLDS + i] = field_schema(arena, (enum ho_match_field)i);
    return (cyaml_schema_value_t){
        .type = CYAML_MAPPING,
        .flags = CYAML_FLAG_POINTER,
        .data_size = sizeof(struct ho_match_weights),
        .mapping = {.fields = fields},
    };
}

// ---- Values -------------------------------------------------------------------------------------------

// libcyaml tells of what is missing at the end of what it is missing in, and not in which; so it is asked first.
static enum ho_status check_there(const struct ho_yaml_file *file, const char *path, struct ho_error *error)
{
    return ho_yaml_has(file, path) ? HO_OK : ho_yaml_refuse(file, error, path, "%s is missing; add it", path);
}

static enum ho_status check_level_there(const struct ho_yaml_file *file, const char *field, const char *level,
                                        struct ho_error *error)
{
    enum ho_status status = check_there(file, ho_arena_printf(file->arena, "%s.%s", field, level), error);
    for (size_t i = 0; status == HO_OK && level_fields[i].key; i++)
        status = check_there(file, ho_arena_printf(file->arena, "%s.%s.%s", field, level, level_fields[i].key), error);
    return status;
}

static enum ho_status check_all_there(const struct ho_yaml_file *file, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    for (size_t i = 0; status == HO_OK && i < N_THRESHOLDS; i++)
        status = check_there(file, threshold_fields[i].key, error);
    for (int f = 0; status == HO_OK && f < HO_MATCH_FIELDS; f++) {
        enum ho_match_field field = (enum ho_match_field)f;
        status = check_there(file, ho_match_field_name(field), error);
        for (int i = 1; status == HO_OK && i < ho_match_levels(field); i++)
            status = check_level_there(file, ho_match_field_name(field), ho_match_level_name(field, i), error);
    }
    return status;
}

static bool is_probability(double p)
{
    return p > 0 && p < 1;
}

static enum ho_status check_level(const struct ho_yaml_file *file, enum ho_match_field field, int i,
                                  const struct ho_match_weights *weights, struct ho_error *error)
{
    double m = weights->level[field][i].m, u = weights->level[field][i].u;
    if (is_probability(m) && is_probability(u))
        return HO_OK;
    const char *letter = is_probability(m) ? "u" : "m";
    const char *at =
        ho_arena_printf(file->arena, "%s.%s.%s", ho_match_field_name(field), ho_match_level_name(field, i), letter);
    return ho_yaml_refuse(file, error, at, "%s is a probability: give a number above 0 and below 1", at);
}

static enum ho_status check_thresholds(const struct ho_yaml_file *file, const struct ho_match_weights *weights,
                                       struct ho_error *error)
{
    if (!(fabs(weights->review_bits) <= HIGHEST_BITS))
        return ho_yaml_refuse(file, error, "review_bits", "review_bits lies between -%d and %d", HIGHEST_BITS,
                              HIGHEST_BITS);
    if (!(fabs(weights->link_bits) <= HIGHEST_BITS))
        return ho_yaml_refuse(file, error, "link_bits", "link_bits lies between -%d and %d", HIGHEST_BITS,
                              HIGHEST_BITS);
    if (weights->review_bits > weights->link_bits)
        return ho_yaml_refuse(file, error, "review_bits",
                              "review_bits is above link_bits; a score that links is not too low for a review");
    return HO_OK;
}

static enum ho_status check_weights(const struct ho_yaml_file *file, const struct ho_match_weights *weights,
                                    struct ho_error *error)
{
    enum ho_status status = check_thresholds(file, weights, error);
    for (int f = 0; f < HO_MATCH_FIELDS; f++)
        for (int i = 1; status == HO_OK && i < ho_match_levels((enum ho_match_field)f); i++)
            status = check_level(file, (enum ho_match_field)f, i, weights, error);
    return status;
}

enum ho_status ho_weights_load(const char *path, struct ho_match_weights *out, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    cyaml_schema_value_t schema = weights_schema(arena);
    struct ho_yaml_file file;
    void *values = NULL;
    enum ho_status status = ho_yaml_read_path(arena, path, &file, error);
    if (status == HO_OK)
        status = check_all_there(&file, error);
    if (status == HO_OK)
        status = ho_yaml_values(&file, &schema, &values, error);
    if (status == HO_OK)
        status = check_weights(&file, values, error);
    if (status == HO_OK)
        memcpy(out, values, sizeof *out);
    ho_arena_free(arena);
    return status;
}

// ---- Writing ------------------------------------------------------------------------------------------

// A short text that reads back as the same number.
static const char *shortest(double value, char *text, size_t n)
{
    for (int digits = 3; digits <= 17; digits++) {
        snprintf(text, n, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return text;
}

static void write_level(FILE *out, const char *name, double m, double u)
{
    char m_text[32], u_text[32];
    fprintf(out, "  %s: {m: %s, u: %s} # %+.2f\n", name, shortest(m, m_text, sizeof m_text),
            shortest(u, u_text, sizeof u_text), log2(m / u));
}

void ho_weights_write(FILE *out, const struct ho_match_weights *weights)
{
    char text[32];
    fputs(
        "# Weights of matching. Of each level of each field: m, how often pairs of one person are seen at it, and u,\n"
        "# how often pairs of two people are; behind it the weight in bits, log2(m/u). A missing value weighs "
        "nothing.\n"
        "# A score of link_bits or more may link, one of review_bits or more asks a person; guards stand above both.\n",
        out);
    fprintf(out, "link_bits: %s\n", shortest(weights->link_bits, text, sizeof text));
    fprintf(out, "review_bits: %s\n", shortest(weights->review_bits, text, sizeof text));
    for (int f = 0; f < HO_MATCH_FIELDS; f++) {
        enum ho_match_field field = (enum ho_match_field)f;
        fprintf(out, "\n%s:\n", ho_match_field_name(field));
        for (int i = 1; i < ho_match_levels(field); i++)
            write_level(out, ho_match_level_name(field, i), weights->level[f][i].m, weights->level[f][i].u);
    }
}
