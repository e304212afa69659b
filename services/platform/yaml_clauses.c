// Conditions: facts and their values, each refused by its line where nobody knows it.
#include "yaml_clauses.h"

#include <stdlib.h>

enum { OLDEST = 200 };

struct reading {
    const struct ho_yaml_file *file;
    const struct ho_codes *codes;
    struct ho_error *error;
};

// ---- Words that are known -------------------------------------------------------------------------------

static const char *const DESTINATIONS[] = {
    [HO_DESTINATION_UNKNOWN] = "unknown",
    [HO_DESTINATION_HOME] = "home",
    [HO_DESTINATION_AGAINST_ADVICE] = "against-advice",
    [HO_DESTINATION_ACUTE] = "acute",
    [HO_DESTINATION_SKILLED_NURSING] = "skilled-nursing",
    [HO_DESTINATION_OTHER_FACILITY] = "other-facility",
    [HO_DESTINATION_DIED] = "died",
    [HO_DESTINATION_STILL_PATIENT] = "still-patient",
};
static const char *const NEEDS[] = {"food",       "temporary-housing", "permanent-housing",
                                    "child-care", "disability",        "transport"};
static const char *const HOMELESS[] = {"no", "yes", "chronic", "unknown"};
static const char *const PHONE[] = {"none", "known"};
static const char *const RISK[] = {"low", "medium", "high", "unknown"};
static const char *const PREGNANT[] = {"yes", "no"};

static const char *name_of_destination(const struct ho_codes *codes, size_t i)
{
    (void)codes;
    return i < sizeof DESTINATIONS / sizeof DESTINATIONS[0] ? DESTINATIONS[i] : NULL;
}

static const char *name_of_setting(const struct ho_codes *codes, size_t i)
{
    (void)codes;
    return i < HO_SETTING_N ? ho_setting_name((enum ho_setting)i) : NULL;
}

static const char *name_of_place(const struct ho_codes *codes, size_t i)
{
    (void)codes;
    return ho_to_name(i);
}

static const char *name_of_flag(const struct ho_codes *codes, size_t i)
{
    (void)codes;
    return i < HO_FLAGS ? ho_flag_name((enum ho_flag)(1U << i)) : NULL;
}

static const char *name_of_group(const struct ho_codes *codes, size_t i)
{
    return codes && i < codes->n ? codes->groups[i].key : NULL;
}

// What may be said of a fact: names with a bit each, words, or any text (neither).
struct vocabulary {
    const char *(*name)(const struct ho_codes *codes, size_t i);
    const char *const *words;
    size_t n_words;
};

#define WORDS(list) .words = (list), .n_words = sizeof(list) / sizeof(list)[0]

static const struct vocabulary VOCABULARIES[HO_FACTS] = {
    [HO_FACT_FROM] = {.name = name_of_setting},
    [HO_FACT_TO] = {.name = name_of_place},
    [HO_FACT_DESTINATION] = {.name = name_of_destination},
    [HO_FACT_DIAGNOSIS] = {.name = name_of_group},
    [HO_FACT_CONDITION] = {.name = name_of_group},
    [HO_FACT_FLAG] = {.name = name_of_flag},
    [HO_FACT_NEED] = {WORDS(NEEDS)},
    [HO_FACT_HOMELESS] = {WORDS(HOMELESS)},
    [HO_FACT_PHONE] = {WORDS(PHONE)},
    [HO_FACT_RISK] = {WORDS(RISK)},
    [HO_FACT_PREGNANT] = {WORDS(PREGNANT)},
};

static const char *known_word(const struct reading *r, const struct vocabulary *v, size_t i)
{
    if (v->name)
        return v->name(r->codes, i);
    return i < v->n_words ? v->words[i] : NULL;
}

static const char *known_words(const struct reading *r, const struct vocabulary *v)
{
    const char *words = "", *word;
    for (size_t i = 0; (word = known_word(r, v, i)); i++)
        words = ho_arena_printf(r->file->arena, "%s%s%s", words, *words ? ", " : "", word);
    return *words ? words : "none";
}

static const char *known_facts(struct ho_arena *arena)
{
    const char *words = "";
    for (int i = 0; i < HO_FACTS; i++)
        words = ho_arena_printf(arena, "%s%s%s", words, i ? ", " : "", ho_fact_name((enum ho_fact)i));
    return words;
}

// ---- One value ------------------------------------------------------------------------------------------

// "18..64", "65..", "..17".
static bool read_ages(const char *text, struct ho_clause *out)
{
    size_t least = strspn(text, "0123456789");
    const char *rest = text + least;
    if (least > 3 || strncmp(rest, "..", 2) != 0)
        return false;
    size_t most = strspn(rest + 2, "0123456789");
    if (most > 3 || rest[2 + most] || least + most == 0)
        return false;
    out->least = least ? (int)strtol(text, NULL, 10) : 0;
    out->most = most ? (int)strtol(rest + 2, NULL, 10) : OLDEST;
    return out->least <= out->most;
}

static bool is_language(const char *text)
{
    return strcmp(text, "unknown") == 0 || (strlen(text) == 2 && strspn(text, "abcdefghijklmnopqrstuvwxyz") == 2);
}

static enum ho_status check_text(const struct reading *r, const struct ho_yaml_place *place, enum ho_fact fact)
{
    if (fact == HO_FACT_LANGUAGE && !is_language(place->value))
        return ho_yaml_refuse(r->file, r->error, place->path,
                              "\"%s\" is no language; write its two letters by ISO 639-1, as es, or unknown",
                              place->value);
    if (!*place->value)
        return ho_yaml_refuse(r->file, r->error, place->path, "a value is needed here");
    return HO_OK;
}

// The number of the word among those known, or a refusal that names them.
static enum ho_status find_word(const struct reading *r, const struct ho_yaml_place *place, enum ho_fact fact,
                                size_t *out)
{
    const struct vocabulary *v = &VOCABULARIES[fact];
    const char *word;
    for (*out = 0; (word = known_word(r, v, *out)); (*out)++) {
        if (strcmp(word, place->value) == 0)
            return HO_OK;
    }
    return ho_yaml_refuse(r->file, r->error, place->path, "\"%s\" is no value of \"%s\"; known are: %s", place->value,
                          ho_fact_name(fact), known_words(r, v));
}

struct word_list {
    const char **items;
    size_t n, capacity;
};

static enum ho_status take_word(const struct reading *r, const struct ho_yaml_place *place, struct ho_clause *clause,
                                struct word_list *words)
{
    const struct vocabulary *v = &VOCABULARIES[clause->fact];
    size_t i = 0;
    enum ho_status status =
        v->name || v->words ? find_word(r, place, clause->fact, &i) : check_text(r, place, clause->fact);
    if (status == HO_OK && v->name)
        clause->mask |= UINT64_C(1) << i;
    else if (status == HO_OK)
        *(const char **)ho_arena_push(r->file->arena, words, sizeof(const char *)) = place->value;
    return status;
}

// ---- One fact -------------------------------------------------------------------------------------------

// The part of the path behind the beginning, where it is the place itself or inside of it; else NULL.
static const char *behind(const char *path, const char *beginning)
{
    size_t n = strlen(beginning);
    return strncmp(path, beginning, n) == 0 ? path + n : NULL;
}

static enum ho_status read_values(const struct reading *r, const struct ho_yaml_place *fact, struct ho_clause *clause)
{
    struct word_list words = {0};
    enum ho_status status = fact->value ? take_word(r, fact, clause, &words) : HO_OK;
    const struct ho_yaml_place *end = r->file->places + r->file->n;
    for (const struct ho_yaml_place *place = fact + 1; status == HO_OK && !fact->value && place < end; place++) {
        const char *rest = behind(place->path, fact->path);
        if (!rest || (*rest != '[' && *rest != '.'))
            break;
        if (!place->value || *rest == '.')
            return ho_yaml_refuse(r->file, r->error, place->path, "one word or a list of words is needed here");
        status = take_word(r, place, clause, &words);
    }
    clause->words = words.items;
    clause->n_words = words.n;
    if (status == HO_OK && !clause->mask && !words.n)
        return ho_yaml_refuse(r->file, r->error, fact->path, "the list needs an entry");
    return status;
}

static enum ho_status read_fact(const struct reading *r, const struct ho_yaml_place *place, const char *name,
                                struct ho_clause *clause)
{
    if (!ho_fact_from_name(ho_bytes_of(name), &clause->fact))
        return ho_yaml_refuse(r->file, r->error, place->path, "\"%s\" is no fact; known are: %s", name,
                              known_facts(r->file->arena));
    if (clause->fact != HO_FACT_AGE)
        return read_values(r, place, clause);
    if (place->value && read_ages(place->value, clause))
        return HO_OK;
    return ho_yaml_refuse(r->file, r->error, place->path,
                          "an age is written as \"18..64\", \"65..\" or \"..17\", in whole years");
}

// ---- Conditions -----------------------------------------------------------------------------------------

static enum ho_status read_list(const struct reading *r, const char *at, bool unless, struct ho_yaml_clauses *out)
{
    const char *inside = ho_arena_printf(r->file->arena, "%s.", at);
    enum ho_status status = HO_OK;
    size_t before = out->n;
    for (size_t i = 0; status == HO_OK && i < r->file->n; i++) {
        const char *name = behind(r->file->places[i].path, inside);
        if (!name || name[strcspn(name, ".[")])
            continue;
        struct ho_clause *clause = ho_arena_push(r->file->arena, out, sizeof *clause);
        clause->unless = unless;
        status = read_fact(r, &r->file->places[i], name, clause);
    }
    if (status == HO_OK && out->n == before && ho_yaml_has(r->file, at))
        return ho_yaml_refuse(r->file, r->error, at, "facts with values are needed here, as {to: [home], age: 18..64}");
    return status;
}

enum ho_status ho_yaml_clauses(const struct ho_yaml_file *file, const char *at, const struct ho_codes *codes,
                               struct ho_yaml_clauses *out, struct ho_error *error)
{
    const struct reading reading = {file, codes, error};
    enum ho_status status = read_list(&reading, ho_arena_printf(file->arena, "%s.when", at), false, out);
    if (status == HO_OK)
        status = read_list(&reading, ho_arena_printf(file->arena, "%s.unless", at), true, out);
    return status;
}
