// Protocols: deploy/protocols/*.yaml.
#include <stdlib.h>

#include "handoff/digest.h"
#include "handoff/platform/yaml.h"
#include "yaml_file.h"

enum { MAX_TEMPLATES = 200, MAX_WORDS = 32, MAX_WORD = 80, MAX_TEXT = 400, MAX_AMOUNT = 400 };

struct ho_protocol_set {
    struct ho_arena *arena;
    const struct ho_protocol **items;
    size_t n;
};

struct raw_words {
    char **items;
    uint64_t n;
};

struct raw_task {
    char *key, *title, *why, *purpose, *role, *due;
    struct raw_words on, to, until, closes_with;
};

struct raw_notice {
    char *key, *title;
    struct raw_words on, roles;
};

struct raw_protocol {
    char *name, *program, *calendar, *measure_calendar;
    struct raw_task *tasks;
    uint64_t n_tasks;
    struct raw_notice *notices;
    uint64_t n_notices;
};

// ---- Schema -------------------------------------------------------------------------------------------

static const cyaml_schema_value_t word = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, MAX_WORD)};

static const cyaml_schema_field_t task_fields[] = {
    CYAML_FIELD_STRING_PTR("key", CYAML_FLAG_POINTER, struct raw_task, key, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER, struct raw_task, title, 1, MAX_TEXT),
    CYAML_FIELD_STRING_PTR("why", CYAML_FLAG_POINTER, struct raw_task, why, 1, MAX_TEXT),
    CYAML_FIELD_STRING_PTR("purpose", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_task, purpose, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("role", CYAML_FLAG_POINTER, struct raw_task, role, 1, MAX_WORD),
    CYAML_FIELD_SEQUENCE_COUNT("on", CYAML_FLAG_POINTER, struct raw_task, on.items, on.n, &word, 1, MAX_WORDS),
    CYAML_FIELD_SEQUENCE_COUNT("to", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_task, to.items, to.n, &word,
                               1, MAX_WORDS),
    CYAML_FIELD_SEQUENCE_COUNT("until", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_task, until.items, until.n,
                               &word, 1, MAX_WORDS),
    CYAML_FIELD_STRING_PTR("due", CYAML_FLAG_POINTER, struct raw_task, due, 1, MAX_WORD),
    CYAML_FIELD_SEQUENCE_COUNT("closes_with", CYAML_FLAG_POINTER, struct raw_task, closes_with.items, closes_with.n,
                               &word, 1, MAX_WORDS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t task = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_task, task_fields)};

static const cyaml_schema_field_t notice_fields[] = {
    CYAML_FIELD_STRING_PTR("key", CYAML_FLAG_POINTER, struct raw_notice, key, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER, struct raw_notice, title, 1, MAX_TEXT),
    CYAML_FIELD_SEQUENCE_COUNT("on", CYAML_FLAG_POINTER, struct raw_notice, on.items, on.n, &word, 1, MAX_WORDS),
    CYAML_FIELD_SEQUENCE_COUNT("roles", CYAML_FLAG_POINTER, struct raw_notice, roles.items, roles.n, &word, 1,
                               MAX_WORDS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t notice = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_notice, notice_fields)};

static const cyaml_schema_field_t protocol_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct raw_protocol, name, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("program", CYAML_FLAG_POINTER, struct raw_protocol, program, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("calendar", CYAML_FLAG_POINTER, struct raw_protocol, calendar, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("measure_calendar", CYAML_FLAG_POINTER, struct raw_protocol, measure_calendar, 1, MAX_WORD),
    CYAML_FIELD_SEQUENCE_COUNT("tasks", CYAML_FLAG_POINTER, struct raw_protocol, tasks, n_tasks, &task, 1,
                               MAX_TEMPLATES),
    CYAML_FIELD_SEQUENCE_COUNT("notices", CYAML_FLAG_POINTER, struct raw_protocol, notices, n_notices, &notice, 0,
                               MAX_TEMPLATES),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t protocol = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_protocol, protocol_fields)};

// ---- Words --------------------------------------------------------------------------------------------

static const char *const ROLES[] = {"coordinator", "pharmacist", "supervisor", "team"};
enum { N_ROLES = sizeof ROLES / sizeof ROLES[0] };

static const char *occasion_words(struct ho_arena *arena)
{
    const char *words = "";
    for (int i = 0; i < HO_OCCASIONS; i++)
        words = ho_arena_printf(arena, "%s%s%s", words, i ? ", " : "", ho_occasion_name((enum ho_occasion)(1U << i)));
    return words;
}

static const char *setting_words(struct ho_arena *arena)
{
    const char *words = "";
    for (int i = 0; i < HO_SETTING_N; i++)
        words = ho_arena_printf(arena, "%s%s%s", words, i ? ", " : "", ho_setting_name((enum ho_setting)i));
    return words;
}

static enum ho_status read_occasions(const struct ho_yaml_file *file, const char *at, const struct raw_words *raw,
                                     uint32_t *out, struct ho_error *error)
{
    for (size_t i = 0; i < raw->n; i++) {
        enum ho_occasion occasion;
        if (!ho_occasion_from_name(ho_bytes_of(raw->items[i]), &occasion))
            return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s[%zu]", at, i),
                                  "\"%s\" is no occasion; known are: %s", raw->items[i], occasion_words(file->arena));
        *out |= (uint32_t)occasion;
    }
    return HO_OK;
}

static enum ho_status read_settings(const struct ho_yaml_file *file, const char *at, const struct raw_words *raw,
                                    uint32_t *out, struct ho_error *error)
{
    for (size_t i = 0; i < raw->n; i++) {
        enum ho_setting setting;
        if (!ho_setting_from_name(ho_bytes_of(raw->items[i]), &setting))
            return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s[%zu]", at, i),
                                  "\"%s\" is no setting; known are: %s", raw->items[i], setting_words(file->arena));
        *out |= 1U << setting;
    }
    return HO_OK;
}

static enum ho_status check_role(const struct ho_yaml_file *file, const char *at, const char *role,
                                 struct ho_error *error)
{
    for (size_t i = 0; i < N_ROLES; i++) {
        if (strcmp(role, ROLES[i]) == 0)
            return HO_OK;
    }
    return ho_yaml_refuse(file, error, at, "\"%s\" is no role; known are: %s, %s, %s, %s", role, ROLES[0], ROLES[1],
                          ROLES[2], ROLES[3]);
}

static enum ho_status check_word(const struct ho_yaml_file *file, const char *at, const char *text,
                                 struct ho_error *error)
{
    if (ho_yaml_is_word(text))
        return HO_OK;
    return ho_yaml_refuse(file, error, at, "\"%s\" may have lower-case letters, digits and dashes only", text);
}

static enum ho_status check_words(const struct ho_yaml_file *file, const char *at, const struct raw_words *raw,
                                  struct ho_error *error)
{
    enum ho_status status = HO_OK;
    for (size_t i = 0; status == HO_OK && i < raw->n; i++)
        status = check_word(file, ho_arena_printf(file->arena, "%s[%zu]", at, i), raw->items[i], error);
    return status;
}

// "2 business days", "7 days", "24 hours", and each with one.
static bool read_due(const char *text, struct ho_due *out)
{
    static const struct {
        const char *one, *many;
        enum ho_due_unit unit;
    } units[] = {
        {"business day", "business days", HO_DUE_BUSINESS_DAYS},
        {"day", "days", HO_DUE_DAYS},
        {"hour", "hours", HO_DUE_HOURS},
    };
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 3 || text[n] != ' ')
        return false;
    out->amount = (int)strtol(text, NULL, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + n + 1, out->amount == 1 ? units[i].one : units[i].many) == 0) {
            out->unit = units[i].unit;
            return out->amount >= 1 && out->amount <= MAX_AMOUNT;
        }
    }
    return false;
}

// ---- Templates ----------------------------------------------------------------------------------------

static enum ho_status read_task_words(const struct ho_yaml_file *file, const char *at, const struct raw_task *raw,
                                      struct ho_task_template *out, struct ho_error *error)
{
    struct ho_arena *arena = file->arena;
    enum ho_status status = read_occasions(file, ho_arena_printf(arena, "%s.on", at), &raw->on, &out->on, error);
    if (status == HO_OK)
        status = read_occasions(file, ho_arena_printf(arena, "%s.until", at), &raw->until, &out->until, error);
    if (status == HO_OK)
        status = read_settings(file, ho_arena_printf(arena, "%s.to", at), &raw->to, &out->to_settings, error);
    if (status == HO_OK)
        status = check_words(file, ho_arena_printf(arena, "%s.closes_with", at), &raw->closes_with, error);
    if (status == HO_OK)
        status = check_role(file, ho_arena_printf(arena, "%s.role", at), raw->role, error);
    if (status == HO_OK && !read_due(raw->due, &out->due))
        status = ho_yaml_refuse(file, error, ho_arena_printf(arena, "%s.due", at),
                                "\"%s\" is no due time; write it as \"2 business days\", \"7 days\" or \"24 hours\", "
                                "at most %d",
                                raw->due, MAX_AMOUNT);
    return status;
}

static enum ho_status read_task(const struct ho_yaml_file *file, size_t i, const struct raw_task *raw,
                                struct ho_task_template *out, struct ho_error *error)
{
    const char *at = ho_arena_printf(file->arena, "tasks[%zu]", i);
    *out = (struct ho_task_template){
        .key = raw->key,
        .title = raw->title,
        .why = raw->why,
        .purpose = raw->purpose ? raw->purpose : raw->key,
        .role = raw->role,
        .closes_with = (const char *const *)raw->closes_with.items,
        .n_closes_with = raw->closes_with.n,
    };
    enum ho_status status = check_word(file, ho_arena_printf(file->arena, "%s.key", at), raw->key, error);
    if (status == HO_OK)
        status = check_word(file, ho_arena_printf(file->arena, "%s.purpose", at), out->purpose, error);
    return status == HO_OK ? read_task_words(file, at, raw, out, error) : status;
}

static enum ho_status read_notice(const struct ho_yaml_file *file, size_t i, const struct raw_notice *raw,
                                  struct ho_notice_template *out, struct ho_error *error)
{
    const char *at = ho_arena_printf(file->arena, "notices[%zu]", i);
    *out = (struct ho_notice_template){
        .key = raw->key, .title = raw->title, .roles = (const char *const *)raw->roles.items, .n_roles = raw->roles.n};
    enum ho_status status = check_word(file, ho_arena_printf(file->arena, "%s.key", at), raw->key, error);
    if (status == HO_OK)
        status = read_occasions(file, ho_arena_printf(file->arena, "%s.on", at), &raw->on, &out->on, error);
    for (size_t k = 0; status == HO_OK && k < raw->roles.n; k++)
        status = check_role(file, ho_arena_printf(file->arena, "%s.roles[%zu]", at, k), raw->roles.items[k], error);
    return status;
}

static enum ho_status refuse_key(const struct ho_yaml_file *file, const char *list, size_t i, const char *key,
                                 struct ho_error *error)
{
    return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s[%zu].key", list, i),
                          "the key \"%s\" stands above already; tasks are known by their keys, so choose another", key);
}

static enum ho_status read_tasks(const struct ho_yaml_file *file, const struct raw_protocol *raw,
                                 struct ho_protocol *out, struct ho_error *error)
{
    struct ho_task_template *tasks = ho_arena_array(file->arena, raw->n_tasks, sizeof *tasks);
    enum ho_status status = HO_OK;
    for (size_t i = 0; status == HO_OK && i < raw->n_tasks; i++) {
        status = read_task(file, i, &raw->tasks[i], &tasks[i], error);
        for (size_t k = 0; status == HO_OK && k < i; k++) {
            if (strcmp(tasks[k].key, tasks[i].key) == 0)
                status = refuse_key(file, "tasks", i, tasks[i].key, error);
        }
    }
    out->tasks = tasks;
    out->n_tasks = raw->n_tasks;
    return status;
}

static enum ho_status read_notices(const struct ho_yaml_file *file, const struct raw_protocol *raw,
                                   struct ho_protocol *out, struct ho_error *error)
{
    struct ho_notice_template *notices = ho_arena_array(file->arena, raw->n_notices, sizeof *notices);
    enum ho_status status = HO_OK;
    for (size_t i = 0; status == HO_OK && i < raw->n_notices; i++) {
        status = read_notice(file, i, &raw->notices[i], &notices[i], error);
        for (size_t k = 0; status == HO_OK && k < i; k++) {
            if (strcmp(notices[k].key, notices[i].key) == 0)
                status = refuse_key(file, "notices", i, notices[i].key, error);
        }
    }
    out->notices = notices;
    out->n_notices = raw->n_notices;
    return status;
}

// ---- The protocol and the set -------------------------------------------------------------------------

static enum ho_status find_calendar(const struct ho_yaml_file *file, const struct ho_calendar_set *calendars,
                                    const char *at, const char *name, const struct ho_calendar **out,
                                    struct ho_error *error)
{
    *out = ho_calendar_set_find(calendars, name);
    if (*out)
        return HO_OK;
    return ho_yaml_refuse(file, error, at, "there is no calendar \"%s\"; name one of the calendars' folder", name);
}

static enum ho_status check_name(const struct ho_protocol_set *set, const struct ho_yaml_file *file, const char *name,
                                 struct ho_error *error)
{
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->items[i]->name, name) == 0)
            return ho_yaml_refuse(file, error, "name", "another file has the protocol \"%s\" already; rename one",
                                  name);
    }
    return check_word(file, "name", name, error);
}

static enum ho_status read_protocol(struct ho_protocol_set *set, const struct ho_yaml_file *file,
                                    const struct raw_protocol *raw, const struct ho_calendar_set *calendars,
                                    struct ho_error *error)
{
    struct ho_protocol *out = ho_arena_alloc(set->arena, sizeof *out);
    out->name = raw->name;
    out->program = raw->program;
    ho_digest(&file->bytes, 1, out->hash);
    enum ho_status status = check_name(set, file, raw->name, error);
    if (status == HO_OK)
        status = find_calendar(file, calendars, "calendar", raw->calendar, &out->task_calendar, error);
    if (status == HO_OK)
        status =
            find_calendar(file, calendars, "measure_calendar", raw->measure_calendar, &out->measure_calendar, error);
    if (status == HO_OK)
        status = read_tasks(file, raw, out, error);
    if (status == HO_OK)
        status = read_notices(file, raw, out, error);
    if (status == HO_OK)
        set->items[set->n++] = out;
    return status;
}

static enum ho_status load_file(struct ho_protocol_set *set, const char *dir, const char *name,
                                const struct ho_calendar_set *calendars, struct ho_error *error)
{
    struct ho_yaml_file file;
    void *raw = NULL;
    enum ho_status status = ho_yaml_read(set->arena, dir, name, &file, error);
    if (status == HO_OK)
        status = ho_yaml_values(&file, &protocol, &raw, error);
    return status == HO_OK ? read_protocol(set, &file, raw, calendars, error) : status;
}

static int compare_protocols(const void *left, const void *right)
{
    const struct ho_protocol *a = *(const struct ho_protocol *const *)left;
    const struct ho_protocol *b = *(const struct ho_protocol *const *)right;
    return strcmp(a->name, b->name);
}

enum ho_status ho_protocols_load(const char *dir, const struct ho_calendar_set *calendars, struct ho_protocol_set **out,
                                 struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_protocol_set *set = ho_arena_alloc(arena, sizeof *set);
    struct ho_yaml_names names = {0};
    set->arena = arena;
    enum ho_status status = ho_yaml_list(arena, dir, &names, error);
    set->items = ho_arena_array(arena, names.n, sizeof(struct ho_protocol *));
    for (size_t i = 0; status == HO_OK && i < names.n; i++)
        status = load_file(set, dir, names.items[i], calendars, error);
    if (status != HO_OK) {
        ho_protocol_set_free(set);
        return status;
    }
    qsort(set->items, set->n, sizeof(struct ho_protocol *), compare_protocols);
    *out = set;
    return HO_OK;
}

void ho_protocol_set_free(struct ho_protocol_set *set)
{
    if (set)
        ho_arena_free(set->arena);
}

const struct ho_protocol *const *ho_protocol_set_items(const struct ho_protocol_set *set, size_t *n)
{
    *n = set->n;
    return set->items;
}
