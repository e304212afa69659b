// Feeds: deploy/feeds/*.yaml.
#include "handoff/platform/yaml.h"
#include "yaml_file.h"

enum { MAX_FEEDS = 2000, MAX_AUTHORITIES = 32, MAX_UNITS = 200, MAX_NAME = 80, MAX_CERTIFICATE = 253 };

struct feeds {
    struct ho_feed *items;
    size_t n, capacity;
};

struct zones {
    struct ho_zone **items;
    size_t n, capacity;
};

struct ho_feed_set {
    struct ho_arena *arena;
    struct feeds list;
    struct zones zones; // each name once
    struct ho_feeds feeds;
};

struct raw_feed {
    char *name, *sending_application, *sending_facility, *facility, *setting, *zone, *mrn_authority, *test_traffic;
    char *certificate; // NULL: left out
    char **member_id_authorities;
    uint64_t n_member_id_authorities;
    char *a08_admits; // NULL: left out
    char **nursing_units;
    uint64_t n_nursing_units;
};

struct raw_file {
    struct raw_feed *feeds;
    uint64_t n_feeds;
};

// ---- Schema -------------------------------------------------------------------------------------------

static const cyaml_schema_value_t word = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, MAX_NAME)};

static const cyaml_schema_field_t feed_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct raw_feed, name, 1, MAX_NAME),
    CYAML_FIELD_STRING_PTR("sending_application", CYAML_FLAG_POINTER, struct raw_feed, sending_application, 0,
                           MAX_NAME),
    CYAML_FIELD_STRING_PTR("sending_facility", CYAML_FLAG_POINTER, struct raw_feed, sending_facility, 0, MAX_NAME),
    CYAML_FIELD_STRING_PTR("certificate", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_feed, certificate, 1,
                           MAX_CERTIFICATE),
    CYAML_FIELD_STRING_PTR("facility", CYAML_FLAG_POINTER, struct raw_feed, facility, 0, MAX_NAME),
    CYAML_FIELD_STRING_PTR("setting", CYAML_FLAG_POINTER, struct raw_feed, setting, 1, MAX_NAME),
    CYAML_FIELD_STRING_PTR("zone", CYAML_FLAG_POINTER, struct raw_feed, zone, 1, MAX_NAME),
    CYAML_FIELD_STRING_PTR("mrn_authority", CYAML_FLAG_POINTER, struct raw_feed, mrn_authority, 0, MAX_NAME),
    CYAML_FIELD_SEQUENCE_COUNT("member_id_authorities", CYAML_FLAG_POINTER, struct raw_feed, member_id_authorities,
                               n_member_id_authorities, &word, 0, MAX_AUTHORITIES),
    CYAML_FIELD_STRING_PTR("test_traffic", CYAML_FLAG_POINTER, struct raw_feed, test_traffic, 1, MAX_NAME),
    CYAML_FIELD_STRING_PTR("a08_admits", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_feed, a08_admits, 1,
                           MAX_NAME),
    CYAML_FIELD_SEQUENCE_COUNT("nursing_units", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_feed,
                               nursing_units, n_nursing_units, &word, 0, MAX_UNITS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t feed = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_feed, feed_fields)};

static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("feeds", CYAML_FLAG_POINTER, struct raw_file, feeds, n_feeds, &feed, 1, MAX_FEEDS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_file, file_fields)};

// ---- Values -------------------------------------------------------------------------------------------

static enum ho_status read_setting(const struct ho_yaml_file *file, const char *at, const char *text,
                                   enum ho_facility_setting *out, struct ho_error *error)
{
    *out = strcmp(text, "skilled-nursing") == 0 ? HO_FACILITY_SKILLED_NURSING : HO_FACILITY_HOSPITAL;
    if (*out == HO_FACILITY_SKILLED_NURSING || strcmp(text, "hospital") == 0)
        return HO_OK;
    return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.setting", at),
                          "\"%s\" is no setting of a facility; known are: hospital, skilled-nursing", text);
}

static enum ho_status read_test_traffic(const struct ho_yaml_file *file, const char *at, const char *text,
                                        enum ho_test_traffic *out, struct ho_error *error)
{
    *out = strcmp(text, "work") == 0 ? HO_TEST_WORK : HO_TEST_COUNT;
    if (*out == HO_TEST_WORK || strcmp(text, "count") == 0)
        return HO_OK;
    return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.test_traffic", at),
                          "\"%s\" is not known; test traffic is either count (only counted) or work (worked like real)",
                          text);
}

static enum ho_status read_admits(const struct ho_yaml_file *file, const char *at, const char *text, bool *out,
                                  struct ho_error *error)
{
    *out = text && strcmp(text, "yes") == 0;
    if (!text || *out || strcmp(text, "no") == 0)
        return HO_OK;
    return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.a08_admits", at),
                          "\"%s\" is not known; either yes (an A08 may be the first word of an arrival) or no", text);
}

static const struct ho_zone *known_zone(const struct ho_feed_set *set, const char *name)
{
    for (size_t i = 0; i < set->zones.n; i++) {
        if (strcmp(ho_zone_name(set->zones.items[i]), name) == 0)
            return set->zones.items[i];
    }
    return NULL;
}

static enum ho_status read_zone(struct ho_feed_set *set, const struct ho_yaml_file *file, const char *at,
                                const char *name, const struct ho_zone **out, struct ho_error *error)
{
    struct ho_error why = {0};
    struct ho_zone *zone = NULL;
    *out = known_zone(set, name);
    if (*out)
        return HO_OK;
    enum ho_status status = ho_zone_new(name, &zone, &why);
    if (status == HO_REJECT)
        return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.zone", at), "%s", why.text);
    if (status != HO_OK)
        return ho_fail(error, status, "%s: %s", file->path, why.text);
    *(struct ho_zone **)ho_arena_push(set->arena, &set->zones, sizeof(struct ho_zone *)) = zone;
    *out = zone;
    return HO_OK;
}

static enum ho_status check_unique(const struct ho_feed_set *set, const struct ho_yaml_file *file, const char *at,
                                   const struct raw_feed *raw, struct ho_error *error)
{
    for (size_t i = 0; i < set->list.n; i++) {
        const struct ho_feed *other = &set->list.items[i];
        if (strcmp(other->name, raw->name) == 0)
            return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.name", at),
                                  "there is another feed \"%s\"; messages are known by it, so choose another name",
                                  raw->name);
        if (strcmp(other->sending_application, raw->sending_application) == 0 &&
            strcmp(other->sending_facility, raw->sending_facility) == 0)
            return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.sending_facility", at),
                                  "feed \"%s\" has this sender already; a sender has one feed", other->name);
        if (raw->certificate && other->certificate && strcmp(other->certificate, raw->certificate) == 0)
            return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.certificate", at),
                                  "feed \"%s\" has this certificate already; a certificate selects one feed",
                                  other->name);
    }
    return HO_OK;
}

static enum ho_status read_feed(struct ho_feed_set *set, const struct ho_yaml_file *file, size_t i,
                                const struct raw_feed *raw, struct ho_error *error)
{
    const char *at = ho_arena_printf(file->arena, "feeds[%zu]", i);
    struct ho_feed out = {
        .name = raw->name,
        .sending_application = raw->sending_application,
        .sending_facility = raw->sending_facility,
        .certificate = raw->certificate,
        .facility = raw->facility,
        .mrn_authority = raw->mrn_authority,
        .member_id_authorities = (const char *const *)raw->member_id_authorities,
        .n_member_id_authorities = raw->n_member_id_authorities,
        .nursing_units = (const char *const *)raw->nursing_units,
        .n_nursing_units = raw->n_nursing_units,
    };
    enum ho_status status = check_unique(set, file, at, raw, error);
    if (status == HO_OK)
        status = read_setting(file, at, raw->setting, &out.setting, error);
    if (status == HO_OK)
        status = read_test_traffic(file, at, raw->test_traffic, &out.test_traffic, error);
    if (status == HO_OK)
        status = read_admits(file, at, raw->a08_admits, &out.a08_admits, error);
    if (status == HO_OK)
        status = read_zone(set, file, at, raw->zone, &out.zone, error);
    if (status == HO_OK)
        *(struct ho_feed *)ho_arena_push(set->arena, &set->list, sizeof out) = out;
    return status;
}

// ---- The set ------------------------------------------------------------------------------------------

static enum ho_status load_file(struct ho_feed_set *set, const char *dir, const char *name, struct ho_error *error)
{
    struct ho_yaml_file file;
    void *values = NULL;
    enum ho_status status = ho_yaml_read(set->arena, dir, name, &file, error);
    if (status == HO_OK)
        status = ho_yaml_values(&file, &file_schema, &values, error);
    const struct raw_file *raw = values;
    for (size_t i = 0; status == HO_OK && i < raw->n_feeds; i++)
        status = read_feed(set, &file, i, &raw->feeds[i], error);
    return status;
}

static enum ho_status check_default(const struct ho_feed_set *set, const char *dir, struct ho_error *error)
{
    for (size_t i = 0; i < set->list.n; i++) {
        const struct ho_feed *f = &set->list.items[i];
        if (strcmp(f->sending_application, "*") == 0 && strcmp(f->sending_facility, "*") == 0)
            return HO_OK;
    }
    return ho_fail(error, HO_REJECT,
                   "%s has no feed for senders that are not named; add one with sending_application and "
                   "sending_facility \"*\"",
                   dir);
}

enum ho_status ho_feeds_load(const char *dir, struct ho_feed_set **out, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_feed_set *set = ho_arena_alloc(arena, sizeof *set);
    struct ho_yaml_names names = {0};
    set->arena = arena;
    enum ho_status status = ho_yaml_list(arena, dir, &names, error);
    for (size_t i = 0; status == HO_OK && i < names.n; i++)
        status = load_file(set, dir, names.items[i], error);
    if (status == HO_OK)
        status = check_default(set, dir, error);
    if (status != HO_OK) {
        ho_feed_set_free(set);
        return status;
    }
    set->feeds = (struct ho_feeds){set->list.items, set->list.n};
    *out = set;
    return HO_OK;
}

void ho_feed_set_free(struct ho_feed_set *set)
{
    for (size_t i = 0; set && i < set->zones.n; i++)
        ho_zone_free(set->zones.items[i]);
    if (set)
        ho_arena_free(set->arena);
}

const struct ho_feeds *ho_feed_set_feeds(const struct ho_feed_set *set)
{
    return &set->feeds;
}
