// Programs: deploy/programs/*.yaml.
#include <stdlib.h>

#include "handoff/digest.h"
#include "handoff/platform/yaml.h"
#include "yaml_clauses.h"
#include "yaml_words.h"

enum { MAX_POPULATIONS = 40, MAX_TESTS = 40, MAX_WORDS = 100, MAX_WORD = 80, MAX_TEXT = 400 };
enum { MAX_COUNT = 365, MAX_MONTHS = 60, USUAL_MONTHS = 12 };

struct ho_program_set {
    struct ho_arena *arena;
    const struct ho_program **items;
    size_t n;
};

struct raw_words {
    char **items;
    uint64_t n;
};

struct raw_opening {
    struct raw_words counties;
    char *from, *to;
};

struct raw_test {
    char *title, *use;
    struct raw_words of, diagnoses;
    int at_least, count, months;
    bool by_person;
};

struct raw_tests {
    struct raw_test *items;
    uint64_t n;
};

struct raw_population {
    char *key, *title;
    struct raw_opening *openings;
    uint64_t n_openings;
    struct raw_tests who, conditions, acuity;
};

struct raw_outreach {
    char *title, *why, *role, *due;
    struct raw_words closes_with;
};

struct raw_program {
    char *key, *title, *calendar, *from, *to, *default_county;
    struct raw_outreach *outreach;
    struct raw_population *populations;
    uint64_t n_populations;
};

// ---- Schema -------------------------------------------------------------------------------------------

enum { NEEDED = CYAML_FLAG_POINTER, OPTIONAL = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL };

static const cyaml_schema_value_t word = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, MAX_WORD)};

static const cyaml_schema_field_t opening_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("counties", OPTIONAL, struct raw_opening, counties.items, counties.n, &word, 1,
                               MAX_WORDS),
    CYAML_FIELD_STRING_PTR("from", NEEDED, struct raw_opening, from, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("to", OPTIONAL, struct raw_opening, to, 1, MAX_WORD),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t opening = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_opening, opening_fields)};

static const cyaml_schema_field_t test_fields[] = {
    CYAML_FIELD_STRING_PTR("title", NEEDED, struct raw_test, title, 1, MAX_TEXT),
    CYAML_FIELD_SEQUENCE_COUNT("of", OPTIONAL, struct raw_test, of.items, of.n, &word, 1, HO_CODE_GROUPS),
    CYAML_FIELD_INT("at_least", CYAML_FLAG_OPTIONAL, struct raw_test, at_least),
    CYAML_FIELD_IGNORE("when", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_IGNORE("unless", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_STRING_PTR("use", OPTIONAL, struct raw_test, use, 1, MAX_WORD),
    CYAML_FIELD_INT("count", CYAML_FLAG_OPTIONAL, struct raw_test, count),
    CYAML_FIELD_INT("months", CYAML_FLAG_OPTIONAL, struct raw_test, months),
    CYAML_FIELD_SEQUENCE_COUNT("diagnoses", OPTIONAL, struct raw_test, diagnoses.items, diagnoses.n, &word, 1,
                               HO_CODE_GROUPS),
    CYAML_FIELD_BOOL("by_person", CYAML_FLAG_OPTIONAL, struct raw_test, by_person),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t test = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_test, test_fields)};

static const cyaml_schema_field_t population_fields[] = {
    CYAML_FIELD_STRING_PTR("key", NEEDED, struct raw_population, key, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("title", NEEDED, struct raw_population, title, 1, MAX_TEXT),
    CYAML_FIELD_SEQUENCE_COUNT("openings", NEEDED, struct raw_population, openings, n_openings, &opening, 1, MAX_WORDS),
    CYAML_FIELD_SEQUENCE_COUNT("who", OPTIONAL, struct raw_population, who.items, who.n, &test, 1, MAX_TESTS),
    CYAML_FIELD_SEQUENCE_COUNT("conditions", OPTIONAL, struct raw_population, conditions.items, conditions.n, &test, 1,
                               MAX_TESTS),
    CYAML_FIELD_SEQUENCE_COUNT("acuity", OPTIONAL, struct raw_population, acuity.items, acuity.n, &test, 1, MAX_TESTS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t population = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_population, population_fields)};

static const cyaml_schema_field_t outreach_fields[] = {
    CYAML_FIELD_STRING_PTR("title", NEEDED, struct raw_outreach, title, 1, MAX_TEXT),
    CYAML_FIELD_STRING_PTR("why", NEEDED, struct raw_outreach, why, 1, MAX_TEXT),
    CYAML_FIELD_STRING_PTR("role", NEEDED, struct raw_outreach, role, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("due", NEEDED, struct raw_outreach, due, 1, MAX_WORD),
    CYAML_FIELD_SEQUENCE_COUNT("closes_with", NEEDED, struct raw_outreach, closes_with.items, closes_with.n, &word, 1,
                               MAX_WORDS),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t program_fields[] = {
    CYAML_FIELD_STRING_PTR("key", NEEDED, struct raw_program, key, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("title", NEEDED, struct raw_program, title, 1, MAX_TEXT),
    CYAML_FIELD_STRING_PTR("calendar", NEEDED, struct raw_program, calendar, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("from", NEEDED, struct raw_program, from, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("to", OPTIONAL, struct raw_program, to, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("default_county", OPTIONAL, struct raw_program, default_county, 1, MAX_WORD),
    CYAML_FIELD_MAPPING_PTR("outreach", OPTIONAL, struct raw_program, outreach, outreach_fields),
    CYAML_FIELD_SEQUENCE_COUNT("populations", NEEDED, struct raw_program, populations, n_populations, &population, 1,
                               MAX_POPULATIONS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_program, program_fields)};

// ---- Places and dates ---------------------------------------------------------------------------------

// What a program's words are read against.
struct reading {
    const struct ho_yaml_file *file;
    const struct ho_calendar_set *calendars;
    const struct ho_codes *codes;
    struct ho_error *error;
};

// "populations[2].acuity".
static const char *within(const struct reading *r, const char *at, const char *name)
{
    return ho_arena_printf(r->file->arena, "%s%s%s", at, *at ? "." : "", name);
}

static const char *item(const struct reading *r, const char *list, size_t i)
{
    return ho_arena_printf(r->file->arena, "%s[%zu]", list, i);
}

static enum ho_status read_date(const struct reading *r, const char *at, const char *text, uint32_t *out)
{
    *out = ho_date_parse(ho_bytes_of(text));
    if (*out)
        return HO_OK;
    return ho_yaml_refuse(r->file, r->error, at, "\"%s\" is no date; write it as 2022-01-01", text);
}

// The first and the last day; `to` may be NULL.
static enum ho_status read_span(const struct reading *r, const char *at, const char *from, const char *to,
                                uint32_t *first, uint32_t *last)
{
    enum ho_status status = read_date(r, within(r, at, "from"), from, first);
    if (status == HO_OK && to)
        status = read_date(r, within(r, at, "to"), to, last);
    if (status == HO_OK && *last && *last < *first)
        status = ho_yaml_refuse(r->file, r->error, within(r, at, "to"), "the last day %s lies before the first, %s", to,
                                from);
    return status;
}

// ---- Openings -----------------------------------------------------------------------------------------

struct openings {
    struct ho_opening *items;
    size_t n, capacity;
};

static enum ho_status add_opening(const struct reading *r, const char *at, const struct ho_opening *new_one,
                                  struct openings *all)
{
    for (size_t i = 0; i < all->n; i++) {
        if (strcmp(all->items[i].county, new_one->county) == 0)
            return ho_yaml_refuse(r->file, r->error, at, "%s stands above already; a population opens once in a county",
                                  *new_one->county ? new_one->county : "an opening without counties");
    }
    *(struct ho_opening *)ho_arena_push(r->file->arena, all, sizeof *new_one) = *new_one;
    return HO_OK;
}

static enum ho_status read_opening(const struct reading *r, const char *at, const struct raw_opening *raw,
                                   struct openings *all)
{
    struct ho_opening span = {.county = ""};
    enum ho_status status = read_span(r, at, raw->from, raw->to, &span.from, &span.to);
    if (status == HO_OK && !raw->counties.n)
        status = add_opening(r, at, &span, all);
    for (size_t i = 0; status == HO_OK && i < raw->counties.n; i++) {
        span.county = raw->counties.items[i];
        status = add_opening(r, item(r, within(r, at, "counties"), i), &span, all);
    }
    return status;
}

// ---- Tests --------------------------------------------------------------------------------------------

static const char *group_words(const struct reading *r)
{
    const char *words = "";
    for (size_t i = 0; i < r->codes->n; i++)
        words = ho_arena_printf(r->file->arena, "%s%s%s", words, i ? ", " : "", r->codes->groups[i].key);
    return words;
}

static enum ho_status read_groups(const struct reading *r, const char *at, const struct raw_words *raw, uint64_t *out)
{
    for (size_t i = 0; i < raw->n; i++) {
        uint64_t group = ho_codes_group(r->codes, ho_bytes_of(raw->items[i]));
        if (!group)
            return ho_yaml_refuse(r->file, r->error, item(r, at, i), "\"%s\" is no condition; known are: %s",
                                  raw->items[i], group_words(r));
        *out |= group;
    }
    return HO_OK;
}

static enum ho_status read_of(const struct reading *r, const char *at, const struct raw_test *raw, struct ho_test *out)
{
    bool counts = ho_yaml_has(r->file, within(r, at, "at_least"));
    enum ho_status status = read_groups(r, within(r, at, "of"), &raw->of, &out->conditions);
    if (status != HO_OK)
        return status;
    out->at_least = counts ? raw->at_least : 1;
    if (counts && !raw->of.n)
        return ho_yaml_refuse(r->file, r->error, within(r, at, "at_least"), "at_least needs conditions under \"of\"");
    if (raw->of.n && (out->at_least < 1 || out->at_least > __builtin_popcountll(out->conditions)))
        return ho_yaml_refuse(r->file, r->error, within(r, at, "at_least"), "at_least is 1 to %d here, not %d",
                              __builtin_popcountll(out->conditions), out->at_least);
    return HO_OK;
}

static bool is_of_member(enum ho_fact fact)
{
    switch (fact) {
    case HO_FACT_CONDITION:
    case HO_FACT_NEED:
    case HO_FACT_HOMELESS:
    case HO_FACT_PHONE:
    case HO_FACT_LANGUAGE:
    case HO_FACT_RISK:
    case HO_FACT_PREGNANT:
    case HO_FACT_AGE:
    case HO_FACT_COUNTY:
        return true;
    case HO_FACT_FROM:
    case HO_FACT_TO:
    case HO_FACT_DESTINATION:
    case HO_FACT_DISPOSITION:
    case HO_FACT_DIAGNOSIS:
    case HO_FACT_FLAG:
    case HO_FACTS:
        break;
    }
    return false;
}

static enum ho_status read_when(const struct reading *r, const char *at, struct ho_test *out)
{
    struct ho_yaml_clauses clauses = {0};
    enum ho_status status = ho_yaml_clauses(r->file, at, r->codes, &clauses, r->error);
    for (size_t i = 0; status == HO_OK && i < clauses.n; i++) {
        const struct ho_clause *clause = &clauses.items[i];
        const char *name = ho_fact_name(clause->fact), *list = within(r, at, clause->unless ? "unless" : "when");
        if (!is_of_member(clause->fact))
            status = ho_yaml_refuse(r->file, r->error, within(r, list, name),
                                    "\"%s\" is told by a transition; a program asks about the member", name);
    }
    out->when = clauses.items;
    out->n_when = clauses.n;
    return status;
}

static const char *use_words(const struct reading *r)
{
    const char *words = "";
    for (int i = 0; i < HO_USES; i++)
        words = ho_arena_printf(r->file->arena, "%s%s%s", words, i ? ", " : "", ho_use_name((enum ho_use)i));
    return words;
}

static enum ho_status check_use(const struct reading *r, const char *at, const struct raw_test *raw,
                                const struct ho_test *out)
{
    bool asks = out->use == HO_USE_INPATIENT_DIAGNOSED || out->use == HO_USE_ED_DIAGNOSED;
    if (out->count < 1 || out->count > MAX_COUNT)
        return ho_yaml_refuse(r->file, r->error, within(r, at, "count"), "\"%s\" needs a count, 1 to %d", raw->use,
                              MAX_COUNT);
    if (out->months < 1 || out->months > MAX_MONTHS)
        return ho_yaml_refuse(r->file, r->error, within(r, at, "months"), "months is 1 to %d, not %d", MAX_MONTHS,
                              out->months);
    if (asks != (out->diagnoses != 0))
        return ho_yaml_refuse(r->file, r->error, within(r, at, asks ? "use" : "diagnoses"),
                              asks ? "\"%s\" needs diagnoses" : "\"%s\" asks for no diagnoses; remove them", raw->use);
    return HO_OK;
}

static enum ho_status read_use(const struct reading *r, const char *at, bool may_use, const struct raw_test *raw,
                               struct ho_test *out)
{
    if (!raw->use && (raw->count || raw->months || raw->diagnoses.n))
        return ho_yaml_refuse(r->file, r->error, at, "count, months and diagnoses need the word use beside them");
    if (!raw->use)
        return HO_OK;
    if (!may_use)
        return ho_yaml_refuse(r->file, r->error, within(r, at, "use"),
                              "use of care is asked about under acuity; move the test there");
    if (!ho_use_from_name(ho_bytes_of(raw->use), &out->use))
        return ho_yaml_refuse(r->file, r->error, within(r, at, "use"), "\"%s\" is no use of care; known are: %s",
                              raw->use, use_words(r));
    out->count = raw->count;
    out->months = ho_yaml_has(r->file, within(r, at, "months")) ? raw->months : USUAL_MONTHS;
    enum ho_status status = read_groups(r, within(r, at, "diagnoses"), &raw->diagnoses, &out->diagnoses);
    return status == HO_OK ? check_use(r, at, raw, out) : status;
}

static enum ho_status read_test(const struct reading *r, const char *at, bool may_use, const struct raw_test *raw,
                                struct ho_test *out)
{
    out->title = raw->title;
    out->by_person = raw->by_person;
    enum ho_status status = read_of(r, at, raw, out);
    if (status == HO_OK)
        status = read_when(r, at, out);
    if (status == HO_OK)
        status = read_use(r, at, may_use, raw, out);
    if (status == HO_OK && !out->conditions && !out->n_when && !out->count && !out->by_person)
        status =
            ho_yaml_refuse(r->file, r->error, at, "the test asks nothing; give it of, when, unless, use or by_person");
    return status;
}

static enum ho_status read_tests(const struct reading *r, const char *at, bool may_use, const struct raw_tests *raw,
                                 struct ho_tests *out)
{
    struct ho_test *tests = ho_arena_array(r->file->arena, raw->n, sizeof *tests);
    enum ho_status status = HO_OK;
    for (size_t i = 0; status == HO_OK && i < raw->n; i++)
        status = read_test(r, item(r, at, i), may_use, &raw->items[i], &tests[i]);
    *out = (struct ho_tests){tests, raw->n};
    return status;
}

// ---- Populations --------------------------------------------------------------------------------------

static enum ho_status read_population(const struct reading *r, const char *at, const struct raw_population *raw,
                                      struct ho_population *out)
{
    const struct raw_tests *const tests[HO_CRITERIA] = {&raw->who, &raw->conditions, &raw->acuity};
    struct openings openings = {0};
    enum ho_status status = ho_yaml_check_word(r->file, within(r, at, "key"), raw->key, r->error);
    for (size_t i = 0; status == HO_OK && i < raw->n_openings; i++)
        status = read_opening(r, item(r, within(r, at, "openings"), i), &raw->openings[i], &openings);
    *out = (struct ho_population){
        .key = raw->key, .title = raw->title, .openings = openings.items, .n_openings = openings.n};
    for (int c = 0; status == HO_OK && c < HO_CRITERIA; c++)
        status = read_tests(r, within(r, at, ho_criterion_name((enum ho_criterion)c)), c == HO_CRITERION_ACUITY,
                            tests[c], &out->criteria[c]);
    return status;
}

static enum ho_status read_populations(const struct reading *r, const struct raw_program *raw, struct ho_program *out)
{
    struct ho_population *all = ho_arena_array(r->file->arena, raw->n_populations, sizeof *all);
    enum ho_status status = HO_OK;
    for (size_t i = 0; status == HO_OK && i < raw->n_populations; i++) {
        const char *at = item(r, "populations", i);
        status = read_population(r, at, &raw->populations[i], &all[i]);
        for (size_t k = 0; status == HO_OK && k < i; k++) {
            if (strcmp(all[k].key, all[i].key) == 0)
                status = ho_yaml_refuse(r->file, r->error, within(r, at, "key"),
                                        "the population \"%s\" stands above already; rename one", all[i].key);
        }
    }
    out->populations = all;
    out->n_populations = raw->n_populations;
    return status;
}

// ---- Outreach -----------------------------------------------------------------------------------------

static char *lower_case(struct ho_arena *arena, const char *text)
{
    char *lower = ho_arena_text(arena, ho_bytes_of(text));
    for (char *c = lower; *c; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    }
    return lower;
}

static enum ho_status read_outreach_task(const struct reading *r, const struct raw_outreach *raw,
                                         struct ho_task_template *out)
{
    enum ho_status status = ho_yaml_check_role(r->file, "outreach.role", raw->role, r->error);
    for (size_t i = 0; status == HO_OK && i < raw->closes_with.n; i++)
        status = ho_yaml_check_word(r->file, item(r, "outreach.closes_with", i), raw->closes_with.items[i], r->error);
    if (status == HO_OK)
        status = ho_yaml_due(r->file, "outreach.due", raw->due, &out->due, r->error);
    return status;
}

static enum ho_status read_outreach(const struct reading *r, const struct raw_program *raw, struct ho_program *out)
{
    const char *name = ho_arena_printf(r->file->arena, "outreach-%s", lower_case(r->file->arena, raw->key));
    out->outreach.name = name;
    out->outreach.program = raw->key;
    memcpy(out->outreach.hash, out->hash, sizeof out->hash);
    if (!raw->outreach)
        return HO_OK;
    struct ho_task_template *task = ho_arena_alloc(r->file->arena, sizeof *task);
    *task = (struct ho_task_template){
        .key = name,
        .title = raw->outreach->title,
        .why = raw->outreach->why,
        .purpose = name,
        .role = raw->outreach->role,
        .closes_with = (const char *const *)raw->outreach->closes_with.items,
        .n_closes_with = raw->outreach->closes_with.n,
        .measure = "",
    };
    out->outreach.tasks = task;
    out->outreach.n_tasks = 1;
    return read_outreach_task(r, raw->outreach, task);
}

// ---- The program and the set --------------------------------------------------------------------------

static enum ho_status check_key(const struct ho_program_set *set, const struct reading *r, const char *key)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
    if (strspn(key, letters) != strlen(key))
        return ho_yaml_refuse(r->file, r->error, "key", "\"%s\" may have letters, digits and dashes only", key);
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->items[i]->outreach.name + strlen("outreach-"), lower_case(r->file->arena, key)) == 0)
            return ho_yaml_refuse(r->file, r->error, "key", "another file has the program \"%s\" already; rename one",
                                  key);
    }
    return HO_OK;
}

static enum ho_status read_program(struct ho_program_set *set, const struct reading *r, const struct raw_program *raw)
{
    struct ho_program *out = ho_arena_alloc(set->arena, sizeof *out);
    out->key = raw->key;
    out->title = raw->title;
    out->default_county = raw->default_county ? raw->default_county : "";
    ho_digest(&r->file->bytes, 1, out->hash);
    enum ho_status status = check_key(set, r, raw->key);
    if (status == HO_OK)
        status = read_span(r, "", raw->from, raw->to, &out->from, &out->to);
    out->outreach.task_calendar = ho_calendar_set_find(r->calendars, raw->calendar);
    if (status == HO_OK && !out->outreach.task_calendar)
        status = ho_yaml_refuse(r->file, r->error, "calendar",
                                "there is no calendar \"%s\"; name one of the calendars' folder", raw->calendar);
    if (status == HO_OK)
        status = read_populations(r, raw, out);
    if (status == HO_OK)
        status = read_outreach(r, raw, out);
    if (status == HO_OK)
        set->items[set->n++] = out;
    return status;
}

static enum ho_status load_file(struct ho_program_set *set, struct reading reading, const char *dir, const char *name)
{
    struct ho_yaml_file file;
    void *raw = NULL;
    enum ho_status status = ho_yaml_read(set->arena, dir, name, &file, reading.error);
    if (status == HO_OK)
        status = ho_yaml_values(&file, &schema, &raw, reading.error);
    reading.file = &file;
    return status == HO_OK ? read_program(set, &reading, raw) : status;
}

static int compare_programs(const void *left, const void *right)
{
    const struct ho_program *a = *(const struct ho_program *const *)left;
    const struct ho_program *b = *(const struct ho_program *const *)right;
    return strcmp(a->key, b->key);
}

enum ho_status ho_programs_load(const char *dir, const struct ho_calendar_set *calendars, const struct ho_codes *codes,
                                struct ho_program_set **out, struct ho_error *error)
{
    const struct reading reading = {.calendars = calendars, .codes = codes, .error = error};
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_program_set *set = ho_arena_alloc(arena, sizeof *set);
    struct ho_yaml_names names = {0};
    set->arena = arena;
    enum ho_status status = ho_yaml_list(arena, dir, &names, error);
    set->items = ho_arena_array(arena, names.n, sizeof(struct ho_program *));
    for (size_t i = 0; status == HO_OK && i < names.n; i++)
        status = load_file(set, reading, dir, names.items[i]);
    if (status != HO_OK) {
        ho_program_set_free(set);
        return status;
    }
    qsort(set->items, set->n, sizeof(struct ho_program *), compare_programs);
    *out = set;
    return HO_OK;
}

void ho_program_set_free(struct ho_program_set *set)
{
    if (set)
        ho_arena_free(set->arena);
}

const struct ho_program *const *ho_program_set_items(const struct ho_program_set *set, size_t *n)
{
    *n = set->n;
    return set->items;
}
