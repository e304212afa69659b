// Administration: each call opens a client of its own and waits for the answers.
#include "kafka_internal.h"

#include <stdio.h>
#include <unistd.h>

enum {
    CONTACT_TIMEOUT_MS = 5000,
    ANSWER_TIMEOUT_MS = 15000,
    PAUSE_US = 10000,
    BROKERS_FOR_REPLICAS = 3, // from so many on, partitions have three replicas
    REPLICAS = 3,
    MAX_SPECS = 64,
};

struct admin {
    struct ho_kafka_health health;
    rd_kafka_t *client;
    rd_kafka_queue_t *answers;
    const struct rd_kafka_metadata *metadata;
    bool able; // there is a controller to ask; the evaluation broker names one that does not exist
};

static bool has_controller(const struct admin *admin)
{
    int32_t controller = rd_kafka_controllerid(admin->client, CONTACT_TIMEOUT_MS);
    for (int i = 0; i < admin->metadata->broker_cnt; i++)
        if (admin->metadata->brokers[i].id == controller)
            return true;
    return false;
}

static enum ho_status admin_open(struct admin *admin, rd_kafka_type_t type, const char *brokers, const char *group,
                                 struct ho_error *error)
{
    const struct ho_kafka_setting settings[] = {{group ? "group.id" : NULL, group}, {NULL, NULL}};
    rd_kafka_conf_t *conf;
    enum ho_status status = ho_kafka_conf_new(brokers, "handoff-admin", settings, &admin->health, &conf, error);
    if (!status)
        status = ho_kafka_client_new(type, conf, &admin->client, error);
    if (status)
        return status;
    admin->answers = rd_kafka_queue_new(admin->client);
    rd_kafka_resp_err_t code = rd_kafka_metadata(admin->client, 1, NULL, &admin->metadata, CONTACT_TIMEOUT_MS);
    if (code)
        return ho_fail(error, HO_RETRY, "Kafka at %s does not answer: %s", brokers, rd_kafka_err2str(code));
    admin->able = has_controller(admin);
    return HO_OK;
}

static void admin_close(struct admin *admin)
{
    if (admin->metadata)
        rd_kafka_metadata_destroy(admin->metadata);
    if (admin->answers)
        rd_kafka_queue_destroy(admin->answers);
    if (admin->client)
        rd_kafka_destroy(admin->client);
}

// NULL where there is no such topic.
static const struct rd_kafka_metadata_topic *topic_find(const struct admin *admin, const char *name)
{
    for (int i = 0; i < admin->metadata->topic_cnt; i++)
        if (strcmp(admin->metadata->topics[i].topic, name) == 0 && !admin->metadata->topics[i].err)
            return &admin->metadata->topics[i];
    return NULL;
}

// Waits for the answer; NULL with the status where there is none or it is an error as a whole.
static rd_kafka_event_t *answer(struct admin *admin, const char *what, enum ho_status *status, struct ho_error *error)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(admin->answers, ANSWER_TIMEOUT_MS);
    if (!event) {
        *status = ho_fail(error, HO_RETRY, "Kafka did not %s within %d s", what, ANSWER_TIMEOUT_MS / 1000);
        return NULL;
    }
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    if (!code)
        return event;
    bool able = code != RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
    *status =
        ho_fail(error, able ? HO_RETRY : HO_REJECT, "Kafka did not %s: %s", what, rd_kafka_event_error_string(event));
    rd_kafka_event_destroy(event);
    return NULL;
}

// ---- Topics ----------------------------------------------------------------------------------------------

struct apply {
    struct admin admin;
    struct ho_arena *arena;
    const char *report;
    enum ho_status status; // of what was found: HO_REJECT where a topic is not as specified
    bool check_only;       // nothing is created or set
};

__attribute__((format(printf, 2, 3))) static void tell(struct apply *apply, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    apply->report = ho_arena_printf(apply->arena, "%s%s\n", apply->report, line);
}

static int replicas_wanted(const struct apply *apply)
{
    return apply->admin.metadata->broker_cnt >= BROKERS_FOR_REPLICAS ? REPLICAS : 1;
}

static rd_kafka_NewTopic_t *new_topic(const struct apply *apply, const struct ho_topic_spec *spec,
                                      struct ho_error *error)
{
    char words[HO_KAFKA_WORDS_BYTES];
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(spec->name, spec->partitions, replicas_wanted(apply), words, sizeof words);
    if (!topic) {
        ho_fail(error, HO_FATAL, "topic %s: %s", spec->name, words);
        return NULL;
    }
    for (size_t i = 0; i < sizeof spec->settings / sizeof *spec->settings && spec->settings[i][0]; i++)
        rd_kafka_NewTopic_set_config(topic, spec->settings[i][0], spec->settings[i][1]);
    if (replicas_wanted(apply) == REPLICAS)
        rd_kafka_NewTopic_set_config(topic, "min.insync.replicas", "2");
    return topic;
}

static enum ho_status take_created(struct apply *apply, rd_kafka_event_t *event, struct ho_error *error)
{
    size_t n = 0;
    enum ho_status status = HO_OK;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
    for (size_t i = 0; i < n; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
        const char *name = rd_kafka_topic_result_name(results[i]);
        if (!code)
            tell(apply, "%s: created", name);
        else if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            tell(apply, "%s: created meanwhile by another", name);
        else
            status = ho_fail(error, HO_REJECT, "topic %s was not created: %s", name,
                             rd_kafka_topic_result_error_string(results[i]));
    }
    rd_kafka_event_destroy(event);
    return status;
}

// The client remembers what it knew about topics; asking about all of them makes it forget.
static void refresh_metadata(struct admin *admin)
{
    const struct rd_kafka_metadata *metadata = NULL;
    if (!rd_kafka_metadata(admin->client, 1, NULL, &metadata, CONTACT_TIMEOUT_MS))
        rd_kafka_metadata_destroy(metadata);
}

// A topic is told as created before its partitions answer; whoever comes next should find them.
static enum ho_status wait_for_partitions(struct apply *apply, const struct ho_topic_spec *spec, struct ho_error *error)
{
    int64_t deadline_us = ho_monotonic_us() + INT64_C(1000) * ANSWER_TIMEOUT_MS;
    for (int32_t partition = 0; partition < spec->partitions;) {
        int64_t low, high;
        rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(apply->admin.client, spec->name, partition, &low,
                                                                    &high, CONTACT_TIMEOUT_MS);
        if (code && ho_monotonic_us() > deadline_us)
            return ho_fail(error, HO_RETRY, "topic %s is created, but its partition %d does not answer: %s", spec->name,
                           (int)partition, rd_kafka_err2str(code));
        if (code) {
            usleep(PAUSE_US);
            refresh_metadata(&apply->admin);
        } else {
            partition++;
        }
    }
    return HO_OK;
}

static enum ho_status create_missing(struct apply *apply, const struct ho_topic_spec *specs, size_t n_specs,
                                     struct ho_error *error)
{
    rd_kafka_NewTopic_t *topics[MAX_SPECS];
    size_t n = 0;
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < n_specs && !status; i++) {
        if (topic_find(&apply->admin, specs[i].name))
            continue;
        if (!apply->admin.able)
            return ho_fail(error, HO_REJECT,
                           "this broker has no topic %s and creates none (handoff-devbroker --topics)", specs[i].name);
        topics[n] = new_topic(apply, &specs[i], error);
        if (topics[n])
            n++;
        else
            status = HO_FATAL;
    }
    if (n && !status) {
        rd_kafka_CreateTopics(apply->admin.client, topics, n, NULL, apply->admin.answers);
        rd_kafka_event_t *event = answer(&apply->admin, "create the missing topics", &status, error);
        if (event)
            status = take_created(apply, event, error);
    }
    for (size_t i = 0; i < n_specs && !status; i++)
        if (!topic_find(&apply->admin, specs[i].name))
            status = wait_for_partitions(apply, &specs[i], error);
    rd_kafka_NewTopic_destroy_array(topics, n);
    return status;
}

static void check_shape(struct apply *apply, const struct ho_topic_spec *spec,
                        const struct rd_kafka_metadata_topic *topic)
{
    if (topic->partition_cnt < spec->partitions) {
        tell(apply, "%s: has %d partitions, should have %d", spec->name, topic->partition_cnt, spec->partitions);
        apply->status = HO_REJECT;
    }
    int replicas = topic->partition_cnt ? topic->partitions[0].replica_cnt : 0;
    if (replicas < replicas_wanted(apply)) {
        tell(apply, "%s: has %d replicas, should have %d", spec->name, replicas, replicas_wanted(apply));
        apply->status = HO_REJECT;
    }
}

static const rd_kafka_ConfigEntry_t *find_entry(const rd_kafka_ConfigResource_t *resource, const char *name)
{
    size_t n = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), name) == 0)
            return entries[i];
    return NULL;
}

static const char *value_of(const rd_kafka_ConfigResource_t *resource, const char *name)
{
    const rd_kafka_ConfigEntry_t *entry = find_entry(resource, name);
    const char *value = entry ? rd_kafka_ConfigEntry_value(entry) : NULL;
    return value ? value : "not told";
}

// The settings of a topic, which lie in the event: the caller destroys it.
static enum ho_status describe(struct admin *admin, const char *topic, rd_kafka_event_t **event,
                               const rd_kafka_ConfigResource_t **out, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_DescribeConfigs(admin->client, &resource, 1, NULL, admin->answers);
    *event = answer(admin, "tell a topic's settings", &status, error);
    rd_kafka_ConfigResource_destroy(resource);
    if (!*event)
        return status;
    size_t n = 0;
    const rd_kafka_ConfigResource_t **resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(*event), &n);
    if (n == 1 && !rd_kafka_ConfigResource_error(resources[0])) {
        *out = resources[0];
        return HO_OK;
    }
    status = ho_fail(error, HO_RETRY, "the settings of topic %s were not told: %s", topic,
                     n == 1 ? rd_kafka_ConfigResource_error_string(resources[0]) : "no answer for it");
    rd_kafka_event_destroy(*event);
    return status;
}

// ---- Settings that are set on what exists ------------------------------------------------------------------

// How long a file takes records says how much longer than the retention they stay; it deletes nothing that the
// retention would keep.
static bool is_mended(const char *name)
{
    return strcmp(name, "segment.ms") == 0;
}

// All that was set for the topic goes with the new value: what is left out would be set back (KIP-133).
static rd_kafka_ConfigResource_t *mended(const struct ho_topic_spec *spec, const rd_kafka_ConfigResource_t *now,
                                         const char *const setting[2])
{
    size_t n = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(now, &n);
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, spec->name);
    for (size_t i = 0; i < n; i++)
        if (rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG &&
            strcmp(rd_kafka_ConfigEntry_name(entries[i]), setting[0]) != 0)
            rd_kafka_ConfigResource_set_config(resource, rd_kafka_ConfigEntry_name(entries[i]),
                                               rd_kafka_ConfigEntry_value(entries[i]));
    rd_kafka_ConfigResource_set_config(resource, setting[0], setting[1]);
    return resource;
}

static enum ho_status mend(struct apply *apply, const struct ho_topic_spec *spec, const rd_kafka_ConfigResource_t *now,
                           const char *const setting[2], struct ho_error *error)
{
    enum ho_status status = HO_OK;
    rd_kafka_ConfigResource_t *resource = mended(spec, now, setting);
    rd_kafka_AlterConfigs(apply->admin.client, &resource, 1, NULL, apply->admin.answers);
    rd_kafka_event_t *event = answer(&apply->admin, "change a topic's settings", &status, error);
    rd_kafka_ConfigResource_destroy(resource);
    if (!event)
        return status;
    size_t n = 0;
    const rd_kafka_ConfigResource_t **results =
        rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &n);
    if (n == 1 && !rd_kafka_ConfigResource_error(results[0]))
        tell(apply, "%s: %s is %s now, was %s", spec->name, setting[0], setting[1], value_of(now, setting[0]));
    else
        status = ho_fail(error, HO_REJECT, "%s of topic %s was not set: %s", setting[0], spec->name,
                         n == 1 ? rd_kafka_ConfigResource_error_string(results[0]) : "no answer for it");
    rd_kafka_event_destroy(event);
    return status;
}

static enum ho_status check_setting(struct apply *apply, const struct ho_topic_spec *spec,
                                    const rd_kafka_ConfigResource_t *now, const char *const setting[2],
                                    struct ho_error *error)
{
    const char *found = value_of(now, setting[0]);
    if (strcmp(found, setting[1]) == 0)
        return HO_OK;
    if (!apply->check_only && is_mended(setting[0]))
        return mend(apply, spec, now, setting, error);
    tell(apply, "%s: %s is %s, should be %s", spec->name, setting[0], found, setting[1]);
    apply->status = HO_REJECT;
    return HO_OK;
}

static enum ho_status check_settings(struct apply *apply, const struct ho_topic_spec *spec, struct ho_error *error)
{
    static const char *const in_step[2] = {"min.insync.replicas", "2"};
    rd_kafka_event_t *event = NULL;
    const rd_kafka_ConfigResource_t *now = NULL;
    enum ho_status status = describe(&apply->admin, spec->name, &event, &now, error);
    if (status)
        return status;
    for (size_t i = 0; i < sizeof spec->settings / sizeof *spec->settings && spec->settings[i][0] && !status; i++)
        status = check_setting(apply, spec, now, spec->settings[i], error);
    if (!status && replicas_wanted(apply) == REPLICAS)
        status = check_setting(apply, spec, now, in_step, error);
    rd_kafka_event_destroy(event);
    return status;
}

static void tell_missing(struct apply *apply, const struct ho_topic_spec *spec)
{
    if (!apply->check_only)
        return; // it is created
    tell(apply, "%s: is not there", spec->name);
    apply->status = HO_REJECT;
}

static enum ho_status check_existing(struct apply *apply, const struct ho_topic_spec *specs, size_t n_specs,
                                     struct ho_error *error)
{
    enum ho_status status = HO_OK;
    if (!apply->admin.able)
        tell(apply, "this broker cannot tell the settings of topics; they are not checked");
    for (size_t i = 0; i < n_specs && !status; i++) {
        const struct rd_kafka_metadata_topic *topic = topic_find(&apply->admin, specs[i].name);
        if (!topic) {
            tell_missing(apply, &specs[i]);
            continue;
        }
        check_shape(apply, &specs[i], topic);
        if (apply->admin.able)
            status = check_settings(apply, &specs[i], error);
    }
    return status;
}

static enum ho_status apply_topics(struct apply *apply, const char *brokers, const struct ho_topic_spec *specs,
                                   size_t n_specs, const char **report, struct ho_error *error)
{
    *report = apply->report = "";
    if (n_specs > MAX_SPECS)
        return ho_fail(error, HO_FATAL, "more than %d topics at once", MAX_SPECS);
    enum ho_status status = admin_open(&apply->admin, RD_KAFKA_PRODUCER, brokers, NULL, error);
    if (!status)
        status = check_existing(apply, specs, n_specs, error);
    if (!status && !apply->check_only)
        status = create_missing(apply, specs, n_specs, error);
    admin_close(&apply->admin);
    *report = apply->report;
    if (!status && apply->status)
        status = ho_fail(error, apply->status, "a topic is not as it should be");
    return status;
}

enum ho_status ho_kafka_topics_apply(struct ho_arena *arena, const char *brokers, const struct ho_topic_spec *specs,
                                     size_t n_specs, const char **report, struct ho_error *error)
{
    struct apply apply = {.arena = arena};
    return apply_topics(&apply, brokers, specs, n_specs, report, error);
}

enum ho_status ho_kafka_topics_check(struct ho_arena *arena, const char *brokers, const struct ho_topic_spec *specs,
                                     size_t n_specs, const char **report, struct ho_error *error)
{
    struct apply apply = {.arena = arena, .check_only = true};
    return apply_topics(&apply, brokers, specs, n_specs, report, error);
}

enum ho_status ho_kafka_topic_setting(struct ho_arena *arena, const char *brokers, const char *topic, const char *name,
                                      const char **out, struct ho_error *error)
{
    struct admin admin = {0};
    rd_kafka_event_t *event = NULL;
    const rd_kafka_ConfigResource_t *now = NULL;
    *out = "not told";
    enum ho_status status = admin_open(&admin, RD_KAFKA_PRODUCER, brokers, NULL, error);
    if (!status && admin.able)
        status = describe(&admin, topic, &event, &now, error);
    if (!status && admin.able) {
        *out = ho_arena_text(arena, ho_bytes_of(value_of(now, name)));
        rd_kafka_event_destroy(event);
    }
    admin_close(&admin);
    return status;
}

// ---- Offsets ---------------------------------------------------------------------------------------------

static enum ho_status fail_no_topic(const char *topic, struct ho_error *error)
{
    return ho_fail(error, HO_REJECT, "there is no topic %s (handoffctl topics apply creates it)", topic);
}

static enum ho_status query(struct admin *admin, const struct rd_kafka_metadata_topic *topic,
                            struct ho_partition_range *ranges, struct ho_error *error)
{
    for (int i = 0; i < topic->partition_cnt; i++) {
        struct ho_partition_range *range = &ranges[i];
        range->partition = topic->partitions[i].id;
        rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(admin->client, topic->topic, range->partition,
                                                                    &range->low, &range->high, ANSWER_TIMEOUT_MS);
        if (code)
            return ho_fail(error, HO_RETRY, "the watermarks of %s partition %d were not told: %s", topic->topic,
                           (int)range->partition, rd_kafka_err2str(code));
    }
    return HO_OK;
}

enum ho_status ho_kafka_watermarks(struct ho_arena *arena, const char *brokers, const char *topic,
                                   struct ho_partition_range **out, size_t *n, struct ho_error *error)
{
    struct admin admin = {0};
    enum ho_status status = admin_open(&admin, RD_KAFKA_PRODUCER, brokers, NULL, error);
    const struct rd_kafka_metadata_topic *found = status ? NULL : topic_find(&admin, topic);
    if (found) {
        *n = (size_t)found->partition_cnt;
        *out = ho_arena_array(arena, *n, sizeof **out);
        status = query(&admin, found, *out, error);
    } else if (!status) {
        status = fail_no_topic(topic, error);
    }
    admin_close(&admin);
    return status;
}

static enum ho_status committed(struct admin *admin, const struct rd_kafka_metadata_topic *topic,
                                struct ho_partition_range *ranges, size_t *n, struct ho_error *error)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(topic->partition_cnt);
    for (int i = 0; i < topic->partition_cnt; i++)
        rd_kafka_topic_partition_list_add(list, topic->topic, topic->partitions[i].id);
    rd_kafka_resp_err_t code = rd_kafka_committed(admin->client, list, ANSWER_TIMEOUT_MS);
    *n = 0;
    for (int i = 0; i < list->cnt && !code; i++) {
        code = list->elems[i].err;
        if (!code && list->elems[i].offset >= 0)
            ranges[(*n)++] =
                (struct ho_partition_range){.partition = list->elems[i].partition, .high = list->elems[i].offset};
    }
    rd_kafka_topic_partition_list_destroy(list);
    if (code)
        return ho_fail(error, HO_RETRY, "the acknowledged offsets of %s were not told: %s", topic->topic,
                       rd_kafka_err2str(code));
    return HO_OK;
}

enum ho_status ho_kafka_statement_read(struct ho_arena *arena, const char *brokers, const char *group,
                                       const char *topic, struct ho_partition_range **out, size_t *n,
                                       struct ho_error *error)
{
    struct admin admin = {0};
    *n = 0;
    enum ho_status status = admin_open(&admin, RD_KAFKA_CONSUMER, brokers, group, error);
    const struct rd_kafka_metadata_topic *found = status ? NULL : topic_find(&admin, topic);
    if (found) {
        *out = ho_arena_array(arena, (size_t)found->partition_cnt, sizeof **out);
        status = committed(&admin, found, *out, n, error);
    } else if (!status) {
        status = fail_no_topic(topic, error);
    }
    admin_close(&admin);
    return status;
}
