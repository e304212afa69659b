// Feeds: deploy/feeds/*.yaml.
#include "handoff/platform/yaml.h"
#include "yaml_file.h"

enum {
    MAX_FEEDS = 2000,
    MAX_AUTHORITIES = 32,
    MAX_UNITS = 200,
    MAX_NAME = 80,
    MAX_CERTIFICATE = 253,
    MAX_CODES = 1000
};

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

struct raw_map {
    struct ho_code_meaning *items;
    uint64_t n;
};

// What is left out is NULL.
struct raw_feed {
    char *name, *sending_application, *sending_facility, *certificate, *facility, *setting, *zone, *charset;
    char *mrn_authority, *test_traffic, *other_messages, *broker_away, *visit_numbers, *part2, *a08_admits,
        *class_field;
    char **member_id_authorities, **nursing_units;
    uint64_t n_member_id_authorities, n_nursing_units;
    struct raw_map classes, dispositions, admit_sources;
};

struct raw_file {
    struct raw_feed *feeds;
    uint64_t n_feeds;
};

// ---- Schema -------------------------------------------------------------------------------------------

#define TEXT(key, least) CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER, struct raw_feed, key, least, MAX_NAME)
#define OPTIONAL(key, most)                                                                                            \
    CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_feed, key, 1, most)
#define MAP(key, items, n)                                                                                             \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_feed, items, n, &meaning, 0,  \
                               MAX_CODES)

static const cyaml_schema_value_t word = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, MAX_NAME)};

static const cyaml_schema_field_t meaning_fields[] = {
    CYAML_FIELD_STRING_PTR("code", CYAML_FLAG_POINTER, struct ho_code_meaning, code, 1, MAX_NAME),
    CYAML_FIELD_STRING_PTR("means", CYAML_FLAG_POINTER, struct ho_code_meaning, means, 1, MAX_NAME),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t meaning = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct ho_code_meaning, meaning_fields)};

static const cyaml_schema_field_t feed_fields[] = {
    TEXT(name, 1),
    TEXT(sending_application, 0),
    TEXT(sending_facility, 0),
    OPTIONAL(certificate, MAX_CERTIFICATE),
    TEXT(facility, 0),
    TEXT(setting, 1),
    TEXT(zone, 1),
    OPTIONAL(charset, MAX_NAME),
    TEXT(mrn_authority, 0),
    CYAML_FIELD_SEQUENCE_COUNT("member_id_authorities", CYAML_FLAG_POINTER, struct raw_feed, member_id_authorities,
                               n_member_id_authorities, &word, 0, MAX_AUTHORITIES),
    TEXT(test_traffic, 1),
    OPTIONAL(other_messages, MAX_NAME),
    OPTIONAL(broker_away, MAX_NAME),
    OPTIONAL(visit_numbers, MAX_NAME),
    OPTIONAL(part2, MAX_NAME),
    OPTIONAL(a08_admits, MAX_NAME),
    CYAML_FIELD_SEQUENCE_COUNT("nursing_units", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_feed,
                               nursing_units, n_nursing_units, &word, 0, MAX_UNITS),
    OPTIONAL(class_field, MAX_NAME),
    MAP("classes", classes.items, classes.n),
    MAP("dispositions", dispositions.items, dispositions.n),
    MAP("admit_sources", admit_sources.items, admit_sources.n),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t feed = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_feed, feed_fields)};

static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("feeds", CYAML_FLAG_POINTER, struct raw_file, feeds, n_feeds, &feed, 1, MAX_FEEDS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_file, file_fields)};

// ---- Values -------------------------------------------------------------------------------------------

// The first word is what counts where the key is left out.
struct choice {
    const char *key, *words[3], *help;
};

static const struct choice
    settings = {"setting", {"hospital", "skilled-nursing"}, "a facility is either hospital or skilled-nursing"},
    test_traffics = {"test_traffic",
                     {"count", "work"},
                     "test traffic is either count (only counted) or work (worked like real)"},
    other_messages =
        {"other_messages",
         {"refuse", "accept", "store"},
         "messages that are no ADT are either refuse (AR or CR), accept (AA or CA, and forgotten) or store "
         "(AA or CA, and kept as rejected)"},
    broker_aways = {"broker_away",
                    {"refuse", "close"},
                    "while Kafka is away a sender is either refuse (told so by AR or CE) or close (cut off)"},
    visit_numbers = {"visit_numbers",
                     {"reliable", "unreliable"},
                     "the numbers of PV1-19 are either reliable or unreliable (the sender uses them again)"},
    part2s = {"part2", {"no", "yes"}, "either yes (a 42 CFR Part 2 programme) or no"},
    a08_admits = {"a08_admits", {"no", "yes"}, "either yes (an A08 may be the first word of an arrival) or no"},
    class_fields = {"class_field", {"PV1-2", "PV1-10", "PV1-18"}, "the patient class is in PV1-2, PV1-10 or PV1-18"};

static enum ho_status choose(const struct ho_yaml_file *file, const char *at, const struct choice *choice,
                             const char *text, int *out, struct ho_error *error)
{
    *out = 0;
    for (int i = 0; text && i < 3; i++) {
        *out = i;
        if (choice->words[i] && strcmp(choice->words[i], text) == 0)
            return HO_OK;
    }
    return text ? ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.%s", at, choice->key),
                                 "\"%s\" is not known; %s", text, choice->help)
                : HO_OK;
}

static enum ho_status read_choices(const struct ho_yaml_file *file, const char *at, const struct raw_feed *raw,
                                   struct ho_feed *out, struct ho_error *error)
{
    enum { SETTING, TEST, OTHERS, AWAY, VISITS, PART2, A08, CLASS, CHOICES };
    const struct {
        const struct choice *choice;
        const char *text;
    } asked[CHOICES] = {
        [SETTING] = {&settings, raw->setting},
        [TEST] = {&test_traffics, raw->test_traffic},
        [OTHERS] = {&other_messages, raw->other_messages},
        [AWAY] = {&broker_aways, raw->broker_away},
        [VISITS] = {&visit_numbers, raw->visit_numbers},
        [PART2] = {&part2s, raw->part2},
        [A08] = {&a08_admits, raw->a08_admits},
        [CLASS] = {&class_fields, raw->class_field},
    };
    int chosen[CHOICES];
    for (int i = 0; i < CHOICES; i++)
        if (choose(file, at, asked[i].choice, asked[i].text, &chosen[i], error) != HO_OK)
            return HO_REJECT;
    out->setting = chosen[SETTING] ? HO_FACILITY_SKILLED_NURSING : HO_FACILITY_HOSPITAL;
    out->test_traffic = chosen[TEST] ? HO_TEST_WORK : HO_TEST_COUNT;
    out->other_messages = (enum ho_other_messages)chosen[OTHERS];
    out->broker_away = (enum ho_broker_away)chosen[AWAY];
    out->reuses_visit_numbers = chosen[VISITS];
    out->part2 = chosen[PART2];
    out->a08_admits = chosen[A08];
    out->class_field = (enum ho_class_field)chosen[CLASS];
    return HO_OK;
}

static bool is_class(const char *means)
{
    enum ho_patient_class class;
    return ho_adt_class_named(means, &class);
}

// What the codes of a map may mean.
struct meanings {
    const char *key;
    bool (*known)(const char *means);
    const char *help;
};

static const struct meanings
    classes = {"classes", is_class, "a class is emergency, inpatient, observation, outpatient, preadmit or recurring"},
    dispositions = {"dispositions", ho_adt_is_disposition,
                    "a disposition is a discharge status of UB-04, as 01 (home), 03 (nursing facility) or 07 (against "
                    "advice)"},
    admit_sources = {"admit_sources", ho_adt_is_admit_source,
                     "an admit source is a code of HL7 table 0023, 1 to 9 or A to G"};

static enum ho_status read_map(const struct ho_yaml_file *file, const char *at, const struct meanings *meanings,
                               const struct raw_map *raw, struct ho_code_map *out, struct ho_error *error)
{
    for (size_t i = 0; i < raw->n; i++) {
        const char *path = ho_arena_printf(file->arena, "%s.%s[%zu]", at, meanings->key, i);
        if (!meanings->known(raw->items[i].means))
            return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.means", path),
                                  "\"%s\" is not known; %s", raw->items[i].means, meanings->help);
        for (size_t k = 0; k < i; k++)
            if (strcmp(raw->items[k].code, raw->items[i].code) == 0)
                return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.code", path),
                                      "\"%s\" stands twice; a code has one meaning", raw->items[i].code);
    }
    *out = (struct ho_code_map){raw->items, raw->n};
    return HO_OK;
}

static enum ho_status read_maps(const struct ho_yaml_file *file, const char *at, const struct raw_feed *raw,
                                struct ho_feed *out, struct ho_error *error)
{
    enum ho_status status = read_map(file, at, &classes, &raw->classes, &out->classes, error);
    if (status == HO_OK)
        status = read_map(file, at, &dispositions, &raw->dispositions, &out->dispositions, error);
    if (status == HO_OK)
        status = read_map(file, at, &admit_sources, &raw->admit_sources, &out->admit_sources, error);
    if (status == HO_OK && raw->class_field && !raw->classes.n)
        return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.class_field", at),
                              "nothing says what the codes of %s mean; add classes", raw->class_field);
    return status;
}

static enum ho_status check_charset(const struct ho_yaml_file *file, const char *at, const char *charset,
                                    struct ho_error *error)
{
    if (!charset || ho_charset_is_usable(charset))
        return HO_OK;
    return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.charset", at),
                          "\"%s\" is no character set that ICU has and that contains ASCII as it is; write it as "
                          "windows-1252, ISO-8859-15, UTF-8 or Big5",
                          charset);
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
        if (raw->certificate && ho_feed_has_certificate(other, ho_bytes_of(raw->certificate)))
            return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.certificate", at),
                                  "feed \"%s\" has this certificate already; a certificate selects one feed",
                                  other->name);
    }
    return HO_OK;
}

static bool takes_everybody(const char *application, const char *facility)
{
    return strcmp(application, "*") == 0 && strcmp(facility, "*") == 0;
}

static enum ho_status check_certificate(const struct ho_yaml_file *file, const char *at, const struct raw_feed *raw,
                                        struct ho_error *error)
{
    if (!raw->certificate || !takes_everybody(raw->sending_application, raw->sending_facility))
        return HO_OK;
    return ho_yaml_refuse(file, error, ho_arena_printf(file->arena, "%s.certificate", at),
                          "the feed for senders that are not named cannot ask for a certificate; give its holder a "
                          "feed of their own");
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
        .charset = raw->charset,
        .mrn_authority = raw->mrn_authority,
        .member_id_authorities = (const char *const *)raw->member_id_authorities,
        .n_member_id_authorities = raw->n_member_id_authorities,
        .nursing_units = (const char *const *)raw->nursing_units,
        .n_nursing_units = raw->n_nursing_units,
    };
    enum ho_status status = check_unique(set, file, at, raw, error);
    if (status == HO_OK)
        status = check_certificate(file, at, raw, error);
    if (status == HO_OK)
        status = check_charset(file, at, raw->charset, error);
    if (status == HO_OK)
        status = read_choices(file, at, raw, &out, error);
    if (status == HO_OK)
        status = read_maps(file, at, raw, &out, error);
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
        if (takes_everybody(f->sending_application, f->sending_facility))
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
