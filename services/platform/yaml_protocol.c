// Protocols: deploy/protocols/*.yaml.
#include <stdlib.h>
#include <sys/stat.h>

#include "handoff/digest.h"
#include "handoff/measure.h"
#include "handoff/platform/yaml.h"
#include "yaml_clauses.h"
#include "yaml_words.h"

enum { MAX_TEMPLATES = 200, MAX_WORDS = 32, MAX_WORD = 80, MAX_TEXT = 400, MAX_REMINDERS = 8 };

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
    char *key, *title, *why, *purpose, *role, *starts, *due, *measure;
    struct raw_words on, to, until, closes_with, home_with, reminders, serves;
};

struct raw_reminder {
    char *key, *title, *before, *after;
    struct raw_words roles;
};

struct raw_notice {
    char *key, *title;
    struct raw_words on, roles;
};

struct raw_protocol {
    char *name, *program, *calendar, *measure_calendar, *known_within, *notices_within;
    struct raw_reminder *reminders;
    uint64_t n_reminders;
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
    CYAML_FIELD_IGNORE("when", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_IGNORE("unless", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_STRING_PTR("starts", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_task, starts, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("due", CYAML_FLAG_POINTER, struct raw_task, due, 1, MAX_WORD),
    CYAML_FIELD_SEQUENCE_COUNT("reminders", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_task, reminders.items,
                               reminders.n, &word, 0, MAX_REMINDERS),
    CYAML_FIELD_SEQUENCE_COUNT("closes_with", CYAML_FLAG_POINTER, struct raw_task, closes_with.items, closes_with.n,
                               &word, 1, MAX_WORDS),
    CYAML_FIELD_SEQUENCE_COUNT("home_with", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_task, home_with.items,
                               home_with.n, &word, 1, MAX_WORDS),
    CYAML_FIELD_STRING_PTR("measure", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_task, measure, 1, MAX_WORD),
    CYAML_FIELD_SEQUENCE_COUNT("serves", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_task, serves.items,
                               serves.n, &word, 0, MAX_WORDS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t task = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_task, task_fields)};

static const cyaml_schema_field_t reminder_fields[] = {
    CYAML_FIELD_STRING_PTR("key", CYAML_FLAG_POINTER, struct raw_reminder, key, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER, struct raw_reminder, title, 1, MAX_TEXT),
    CYAML_FIELD_STRING_PTR("before", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_reminder, before, 1,
                           MAX_WORD),
    CYAML_FIELD_STRING_PTR("after", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_reminder, after, 1, MAX_WORD),
    CYAML_FIELD_SEQUENCE_COUNT("roles", CYAML_FLAG_POINTER, struct raw_reminder, roles.items, roles.n, &word, 1,
                               MAX_WORDS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t reminder = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_reminder, reminder_fields)};

static const cyaml_schema_field_t notice_fields[] = {
    CYAML_FIELD_STRING_PTR("key", CYAML_FLAG_POINTER, struct raw_notice, key, 1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER, struct raw_notice, title, 1, MAX_TEXT),
    CYAML_FIELD_SEQUENCE_COUNT("on", CYAML_FLAG_POINTER, struct raw_notice, on.items, on.n, &word, 1, MAX_WORDS),
    CYAML_FIELD_IGNORE("when", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_IGNORE("unless", CYAML_FLAG_OPTIONAL),
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
    CYAML_FIELD_STRING_PTR("known_within", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_protocol, known_within,
                           1, MAX_WORD),
    CYAML_FIELD_STRING_PTR("notices_within", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_protocol,
                           notices_within, 1, MAX_WORD),
    CYAML_FIELD_SEQUENCE_COUNT("reminders", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_protocol, reminders,
                               n_reminders, &reminder, 0, MAX_REMINDERS),
    CYAML_FIELD_SEQUENCE_COUNT("tasks", CYAML_FLAG_POINTER, struct raw_protocol, tasks, n_tasks, &task, 1,
                               MAX_TEMPLATES),
    CYAML_FIELD_SEQUENCE_COUNT("notices", CYAML_FLAG_POINTER, struct raw_protocol, notices, n_notices, &notice, 0,
                               MAX_TEMPLATES),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t protocol = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_protocol, protocol_fields)};

// ---- Words --------------------------------------------------------------------------------------------

static const char *occasion_words(struct ho_arena *arena)
{
    const char *words = "";
    for (int i = 0; i < HO_OCCASIONS; i++)
        words = ho_arena_printf(arena, "%s%s%s", words, i ? ", " : "", ho_occasion_name((enum ho_occasion)(1U << i)));
    return words;
}

static const char *place_words(struct ho_arena *arena)
{
    const char *words = "";
    for (size_t i = 0; i < HO_TO_PLACES; i++)
        words = ho_arena_printf(arena, "%s%s%s", words, i ? ", " : "", ho_to_name(i));
    return words;
}

// What a protocol's words are read against.
struct reading {
    const struct ho_yaml_file *file;
    const struct ho_calendar_set *calendars;
    const struct ho_codes *codes;
    struct ho_reminder *reminders; // of the protocol, that its tasks name
    size_t n_reminders;
    struct ho_error *error;
};

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

static enum ho_status read_places(const struct ho_yaml_file *file, const char *at, const struct raw_words *raw,
                                  uint32_t *out, struct ho_error *error)
{
    for (size_t i = 0; i < raw->n; i++) {
        size_t place = 0;
        while (place < HO_TO_PLACES && strcmp(raw->items[i], ho_to_name(place)) != 0)
            place++;
        if (place == HO_TO_PLACES)
            return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s[%zu]", at, i),
                                  "\"%s\" is no setting; known are: %s", raw->items[i], place_words(file->arena));
        *out |= 1U << place;
    }
    return HO_OK;
}

static enum ho_status check_words(const struct ho_yaml_file *file, const char *at, const struct raw_words *raw,
                                  struct ho_error *error)
{
    enum ho_status status = HO_OK;
    for (size_t i = 0; status == HO_OK && i < raw->n; i++)
        status = ho_yaml_check_word(file, ho_arena_printf(file->arena, "%s[%zu]", at, i), raw->items[i], error);
    return status;
}

static enum ho_status refuse_key(const struct reading *r, const char *list, size_t i, const char *key)
{
    return ho_yaml_refuse(r->file, r->error, ho_arena_printf(r->file->arena, "%s[%zu].key", list, i),
                          "the key \"%s\" stands above already; tasks are known by their keys, so choose another", key);
}

// Nothing where the word is left out.
static enum ho_status read_span(const struct reading *r, const char *at, const char *text, struct ho_due *out)
{
    return text ? ho_yaml_due(r->file, at, text, out, r->error) : HO_OK;
}

static enum ho_status read_clauses(const struct reading *r, const char *at, const struct ho_clause **out, size_t *n)
{
    struct ho_yaml_clauses clauses = {0};
    enum ho_status status = ho_yaml_clauses(r->file, at, r->codes, &clauses, r->error);
    *out = clauses.items;
    *n = clauses.n;
    return status;
}

static enum ho_status check_roles(const struct reading *r, const char *at, const struct raw_words *roles)
{
    enum ho_status status = HO_OK;
    for (size_t i = 0; status == HO_OK && i < roles->n; i++)
        status = ho_yaml_check_recipient(r->file, ho_arena_printf(r->file->arena, "%s[%zu]", at, i), roles->items[i],
                                         r->error);
    return status;
}

// ---- Reminders ----------------------------------------------------------------------------------------

static enum ho_status read_reminder(const struct reading *r, size_t i, const struct raw_reminder *raw,
                                    struct ho_reminder *out)
{
    struct ho_arena *arena = r->file->arena;
    const char *at = ho_arena_printf(arena, "reminders[%zu]", i);
    *out = (struct ho_reminder){
        .key = raw->key,
        .title = raw->title,
        .before = raw->before,
        .roles = (const char *const *)raw->roles.items,
        .n_roles = raw->roles.n,
    };
    enum ho_status status = ho_yaml_check_word(r->file, ho_arena_printf(arena, "%s.key", at), raw->key, r->error);
    if (status == HO_OK && !raw->before == !raw->after)
        status = ho_yaml_refuse(r->file, r->error, at, "the reminder \"%s\" needs either before or after", raw->key);
    if (status == HO_OK)
        status = read_span(r, ho_arena_printf(arena, "%s.%s", at, raw->before ? "before" : "after"),
                           raw->before ? raw->before : raw->after, &out->by);
    return status == HO_OK ? check_roles(r, ho_arena_printf(arena, "%s.roles", at), &raw->roles) : status;
}

static const struct ho_reminder *find_reminder(const struct reading *r, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(r->reminders[i].key, key) == 0)
            return &r->reminders[i];
    }
    return NULL;
}

static enum ho_status read_reminders(struct reading *r, const struct raw_protocol *raw)
{
    enum ho_status status = HO_OK;
    r->reminders = ho_arena_array(r->file->arena, raw->n_reminders, sizeof *r->reminders);
    for (size_t i = 0; status == HO_OK && i < raw->n_reminders; i++) {
        status = read_reminder(r, i, &raw->reminders[i], &r->reminders[i]);
        if (status == HO_OK && find_reminder(r, i, raw->reminders[i].key))
            status = refuse_key(r, "reminders", i, raw->reminders[i].key);
    }
    r->n_reminders = raw->n_reminders;
    return status;
}

// Those that the task names, in its order.
static enum ho_status choose_reminders(const struct reading *r, const char *at, const struct raw_words *keys,
                                       struct ho_task_template *out)
{
    struct ho_reminder *chosen = ho_arena_array(r->file->arena, keys->n, sizeof *chosen);
    for (size_t i = 0; i < keys->n; i++) {
        const struct ho_reminder *found = find_reminder(r, r->n_reminders, keys->items[i]);
        if (!found)
            return ho_yaml_refuse(r->file, r->error, ho_arena_printf(r->file->arena, "%s[%zu]", at, i),
                                  "there is no reminder \"%s\"; name one of the protocol's list \"reminders\"",
                                  keys->items[i]);
        chosen[i] = *found;
    }
    out->reminders = chosen;
    out->n_reminders = keys->n;
    return HO_OK;
}

// ---- Templates ----------------------------------------------------------------------------------------

static const char *service_words(struct ho_arena *arena)
{
    const char *words = "", *name;
    for (size_t i = 0; (name = ho_service_name(i)); i++)
        words = ho_arena_printf(arena, "%s%s%s", words, i ? ", " : "", name);
    return words;
}

static bool is_service(const char *text)
{
    const char *name;
    for (size_t i = 0; (name = ho_service_name(i)); i++) {
        if (strcmp(name, text) == 0)
            return true;
    }
    return false;
}

static enum ho_status check_services(const struct reading *r, const char *at, const struct raw_words *raw)
{
    struct ho_arena *arena = r->file->arena;
    for (size_t i = 0; i < raw->n; i++) {
        if (!is_service(raw->items[i]))
            return ho_yaml_refuse(r->file, r->error, ho_arena_printf(arena, "%s[%zu]", at, i),
                                  "\"%s\" is no service; known are: %s", raw->items[i], service_words(arena));
    }
    return HO_OK;
}

static const char *measure_words(struct ho_arena *arena)
{
    const char *words = "";
    for (int i = 0; i < HO_MEASURES; i++)
        words = ho_arena_printf(arena, "%s%s%s", words, i ? ", " : "", ho_measure_name((enum ho_measure)i));
    return words;
}

static enum ho_status check_measure(const struct reading *r, const char *at, const char *name)
{
    enum ho_measure measure;
    if (ho_measure_from_name(ho_bytes_of(name), &measure))
        return HO_OK;
    return ho_yaml_refuse(r->file, r->error, at, "\"%s\" is no measure; known are: %s", name,
                          measure_words(r->file->arena));
}

static bool closes_with(const struct raw_task *raw, const char *outcome)
{
    for (size_t i = 0; i < raw->closes_with.n; i++) {
        if (strcmp(raw->closes_with.items[i], outcome) == 0)
            return true;
    }
    return false;
}

static enum ho_status check_home_with(const struct reading *r, const char *at, const struct raw_task *raw)
{
    for (size_t i = 0; i < raw->home_with.n; i++) {
        if (!closes_with(raw, raw->home_with.items[i]))
            return ho_yaml_refuse(r->file, r->error, ho_arena_printf(r->file->arena, "%s.home_with[%zu]", at, i),
                                  "\"%s\" is not among closes_with; name it there, too", raw->home_with.items[i]);
    }
    return HO_OK;
}

static enum ho_status read_task_words(const struct reading *r, const char *at, const struct raw_task *raw,
                                      struct ho_task_template *out)
{
    struct ho_arena *arena = r->file->arena;
    enum ho_status status = read_occasions(r->file, ho_arena_printf(arena, "%s.on", at), &raw->on, &out->on, r->error);
    if (status == HO_OK)
        status = read_occasions(r->file, ho_arena_printf(arena, "%s.until", at), &raw->until, &out->until, r->error);
    if (status == HO_OK)
        status = read_places(r->file, ho_arena_printf(arena, "%s.to", at), &raw->to, &out->to_places, r->error);
    if (status == HO_OK)
        status = check_words(r->file, ho_arena_printf(arena, "%s.closes_with", at), &raw->closes_with, r->error);
    if (status == HO_OK)
        status = check_home_with(r, at, raw);
    if (status == HO_OK)
        status = ho_yaml_check_role(r->file, ho_arena_printf(arena, "%s.role", at), raw->role, r->error);
    if (status == HO_OK)
        status = check_services(r, ho_arena_printf(arena, "%s.serves", at), &raw->serves);
    if (status == HO_OK && raw->measure)
        status = check_measure(r, ho_arena_printf(arena, "%s.measure", at), raw->measure);
    return status == HO_OK ? read_clauses(r, at, &out->when, &out->n_when) : status;
}

static enum ho_status read_task_times(const struct reading *r, const char *at, const struct raw_task *raw,
                                      struct ho_task_template *out)
{
    struct ho_arena *arena = r->file->arena;
    enum ho_status status = read_span(r, ho_arena_printf(arena, "%s.starts", at), raw->starts, &out->starts);
    if (status == HO_OK)
        status = ho_yaml_due(r->file, ho_arena_printf(arena, "%s.due", at), raw->due, &out->due, r->error);
    return status == HO_OK ? choose_reminders(r, ho_arena_printf(arena, "%s.reminders", at), &raw->reminders, out)
                           : status;
}

static enum ho_status read_task(const struct reading *r, size_t i, const struct raw_task *raw,
                                struct ho_task_template *out)
{
    struct ho_arena *arena = r->file->arena;
    const char *at = ho_arena_printf(arena, "tasks[%zu]", i);
    *out = (struct ho_task_template){
        .key = raw->key,
        .title = raw->title,
        .why = raw->why,
        .purpose = raw->purpose ? raw->purpose : raw->key,
        .role = raw->role,
        .closes_with = (const char *const *)raw->closes_with.items,
        .n_closes_with = raw->closes_with.n,
        .home_with = (const char *const *)raw->home_with.items,
        .n_home_with = raw->home_with.n,
        .measure = raw->measure ? raw->measure : "",
        .serves = (const char *const *)raw->serves.items,
        .n_serves = raw->serves.n,
    };
    enum ho_status status = ho_yaml_check_word(r->file, ho_arena_printf(arena, "%s.key", at), raw->key, r->error);
    if (status == HO_OK)
        status = ho_yaml_check_word(r->file, ho_arena_printf(arena, "%s.purpose", at), out->purpose, r->error);
    if (status == HO_OK)
        status = read_task_words(r, at, raw, out);
    return status == HO_OK ? read_task_times(r, at, raw, out) : status;
}

static enum ho_status read_notice(const struct reading *r, size_t i, const struct raw_notice *raw,
                                  struct ho_notice_template *out)
{
    struct ho_arena *arena = r->file->arena;
    const char *at = ho_arena_printf(arena, "notices[%zu]", i);
    *out = (struct ho_notice_template){
        .key = raw->key, .title = raw->title, .roles = (const char *const *)raw->roles.items, .n_roles = raw->roles.n};
    enum ho_status status = ho_yaml_check_word(r->file, ho_arena_printf(arena, "%s.key", at), raw->key, r->error);
    if (status == HO_OK)
        status = read_occasions(r->file, ho_arena_printf(arena, "%s.on", at), &raw->on, &out->on, r->error);
    if (status == HO_OK)
        status = check_roles(r, ho_arena_printf(arena, "%s.roles", at), &raw->roles);
    return status == HO_OK ? read_clauses(r, at, &out->when, &out->n_when) : status;
}

static enum ho_status read_tasks(const struct reading *r, const struct raw_protocol *raw, struct ho_protocol *out)
{
    struct ho_task_template *tasks = ho_arena_array(r->file->arena, raw->n_tasks, sizeof *tasks);
    enum ho_status status = HO_OK;
    for (size_t i = 0; status == HO_OK && i < raw->n_tasks; i++) {
        status = read_task(r, i, &raw->tasks[i], &tasks[i]);
        for (size_t k = 0; status == HO_OK && k < i; k++) {
            if (strcmp(tasks[k].key, tasks[i].key) == 0)
                status = refuse_key(r, "tasks", i, tasks[i].key);
        }
    }
    out->tasks = tasks;
    out->n_tasks = raw->n_tasks;
    return status;
}

static enum ho_status read_notices(const struct reading *r, const struct raw_protocol *raw, struct ho_protocol *out)
{
    struct ho_notice_template *notices = ho_arena_array(r->file->arena, raw->n_notices, sizeof *notices);
    enum ho_status status = HO_OK;
    for (size_t i = 0; status == HO_OK && i < raw->n_notices; i++) {
        status = read_notice(r, i, &raw->notices[i], &notices[i]);
        for (size_t k = 0; status == HO_OK && k < i; k++) {
            if (strcmp(notices[k].key, notices[i].key) == 0)
                status = refuse_key(r, "notices", i, notices[i].key);
        }
    }
    out->notices = notices;
    out->n_notices = raw->n_notices;
    return status;
}

// ---- The protocol and the set -------------------------------------------------------------------------

static enum ho_status find_calendar(const struct reading *r, const char *at, const char *name,
                                    const struct ho_calendar **out)
{
    *out = ho_calendar_set_find(r->calendars, name);
    if (*out)
        return HO_OK;
    return ho_yaml_refuse(r->file, r->error, at, "there is no calendar \"%s\"; name one of the calendars' folder",
                          name);
}

static enum ho_status check_name(const struct ho_protocol_set *set, const struct reading *r, const char *name)
{
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->items[i]->name, name) == 0)
            return ho_yaml_refuse(r->file, r->error, "name", "another file has the protocol \"%s\" already; rename one",
                                  name);
    }
    return ho_yaml_check_word(r->file, "name", name, r->error);
}

static enum ho_status read_protocol(struct ho_protocol_set *set, struct reading *r, const struct raw_protocol *raw)
{
    struct ho_protocol *out = ho_arena_alloc(set->arena, sizeof *out);
    out->name = raw->name;
    out->program = raw->program;
    ho_digest(&r->file->bytes, 1, out->hash);
    enum ho_status status = check_name(set, r, raw->name);
    if (status == HO_OK)
        status = find_calendar(r, "calendar", raw->calendar, &out->task_calendar);
    if (status == HO_OK)
        status = find_calendar(r, "measure_calendar", raw->measure_calendar, &out->measure_calendar);
    if (status == HO_OK)
        status = read_span(r, "known_within", raw->known_within, &out->known_within);
    if (status == HO_OK)
        status = read_span(r, "notices_within", raw->notices_within, &out->notices_within);
    if (status == HO_OK)
        status = read_reminders(r, raw);
    if (status == HO_OK)
        status = read_tasks(r, raw, out);
    if (status == HO_OK)
        status = read_notices(r, raw, out);
    if (status == HO_OK)
        set->items[set->n++] = out;
    return status;
}

static enum ho_status load_file(struct ho_protocol_set *set, const struct reading *common, const char *path)
{
    struct ho_yaml_file file;
    struct reading reading = *common;
    void *raw = NULL;
    enum ho_status status = ho_yaml_read_path(set->arena, path, &file, reading.error);
    if (status == HO_OK)
        status = ho_yaml_values(&file, &protocol, &raw, reading.error);
    reading.file = &file;
    return status == HO_OK ? read_protocol(set, &reading, raw) : status;
}

static int compare_protocols(const void *left, const void *right)
{
    const struct ho_protocol *a = *(const struct ho_protocol *const *)left;
    const struct ho_protocol *b = *(const struct ho_protocol *const *)right;
    return strcmp(a->name, b->name);
}

static bool is_file(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISREG(facts.st_mode);
}

// Of a folder the paths of its files; of a file itself.
static enum ho_status list_files(struct ho_arena *arena, const char *path, struct ho_yaml_names *out,
                                 struct ho_error *error)
{
    if (is_file(path)) {
        *(const char **)ho_arena_push(arena, out, sizeof(const char *)) = ho_arena_text(arena, ho_bytes_of(path));
        return HO_OK;
    }
    enum ho_status status = ho_yaml_list(arena, path, out, error);
    for (size_t i = 0; status == HO_OK && i < out->n; i++)
        out->items[i] = ho_arena_printf(arena, "%s/%s", path, out->items[i]);
    return status;
}

enum ho_status ho_protocols_load(const char *path, const struct ho_calendar_set *calendars,
                                 const struct ho_codes *codes, struct ho_protocol_set **out, struct ho_error *error)
{
    const struct reading common = {.calendars = calendars, .codes = codes, .error = error};
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_protocol_set *set = ho_arena_alloc(arena, sizeof *set);
    struct ho_yaml_names names = {0};
    set->arena = arena;
    enum ho_status status = list_files(arena, path, &names, error);
    set->items = ho_arena_array(arena, names.n, sizeof(struct ho_protocol *));
    for (size_t i = 0; status == HO_OK && i < names.n; i++)
        status = load_file(set, &common, names.items[i]);
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
