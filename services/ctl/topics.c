// handoffctl topics: makes, checks and shows the Kafka topics.
#include "command.h"

#include "handoff/platform/topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct settings {
    const char *kafka_brokers;
};

static const struct ho_option options[] = {HO_CTL_KAFKA_BROKERS(struct settings)};

static const struct ho_option_table apply_table = {
    .program = "handoffctl topics apply",
    .summary = "Creates the topics that are missing and checks the others; what differs is told and left as it "
               "is,\nbut for segment.ms, which is set: it says how long beyond its retention a record may stay.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static const struct ho_option_table list_table = {
    .program = "handoffctl topics list",
    .summary = "Shows the topics with their partitions and how many offsets they hold.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

int ho_ctl_topics_apply(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    const char *report = "";
    ho_ctl_options_only(&apply_table, argc, argv, &settings);
    struct ho_arena *arena = ho_arena_new(0);
    enum ho_status status = ho_kafka_topics_apply(arena, settings.kafka_brokers, ho_topics, HO_TOPICS, &report, &error);
    if (report)
        fputs(report, stdout);
    if (status == HO_OK && (!report || !*report))
        printf("nothing to do: all %d topics are as stated\n", HO_TOPICS);
    int exit_status = status == HO_OK ? HO_EXIT_OK : ho_ctl_failed(&apply_table, &error);
    ho_arena_free(arena);
    return exit_status;
}

static enum ho_status list_topic(struct ho_arena *arena, const char *brokers, const char *topic, struct ho_error *error)
{
    struct ho_partition_range *ranges = NULL;
    size_t n = 0;
    enum ho_status status = ho_kafka_watermarks(arena, brokers, topic, &ranges, &n, error);
    if (status != HO_OK)
        return status;
    int64_t held = 0;
    for (size_t i = 0; i < n; i++)
        held += ranges[i].high - ranges[i].low;
    printf("%-18s %10zu %14" PRId64 "\n", topic, n, held);
    for (size_t i = 0; i < n; i++)
        printf("  partition %-6" PRId32 " %10s %14" PRId64 "   %" PRId64 " to %" PRId64 "\n", ranges[i].partition, "",
               ranges[i].high - ranges[i].low, ranges[i].low, ranges[i].high);
    return HO_OK;
}

int ho_ctl_topics_list(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    ho_ctl_options_only(&list_table, argc, argv, &settings);
    struct ho_arena *arena = ho_arena_new(0);
    enum ho_status status = HO_OK;
    printf("%-18s %10s %14s   %s\n", "topic", "partitions", "offsets held", "from and to");
    for (int i = 0; i < HO_TOPICS && status == HO_OK; i++)
        status = list_topic(arena, settings.kafka_brokers, ho_topics[i].name, &error);
    int exit_status = status == HO_OK ? HO_EXIT_OK : ho_ctl_failed(&list_table, &error);
    ho_arena_free(arena);
    return exit_status;
}
