// handoffctl rejected replay: what could not be read goes the same way again, once it can be: the feed's settings were
// mended, or a producer's content-type. The same bytes are the same event, so a replay too many changes nothing.
#include "command.h"
#include "rejected_choice.h"
#include "send.h"

#include <stdio.h>
#include <stdlib.h>

struct settings {
    const char *kafka_brokers, *feeds_dir, *zone;
    struct ho_rejected_filter filter;
    bool again;
};

#define AT(field) .offset = offsetof(struct settings, field)
static const struct ho_option options[] = {
    HO_CTL_KAFKA_BROKERS(struct settings),
    HO_REJECTED_FILTERS(struct settings),
    {"again", HO_OPTION_BOOLEAN, "no", AT(again), .help = "also what was replayed before"},
    {"feeds-dir", HO_OPTION_TEXT, "deploy/feeds", AT(feeds_dir), .help = "folder of the feeds' YAML files"},
    {"zone", HO_OPTION_TEXT, "America/Los_Angeles", AT(zone), .help = "the plan's time zone, for --since"},
};
#undef AT

static const struct ho_option_table table = {
    .program = "handoffctl rejected replay",
    .summary =
        "Puts rejected messages back into adt.inbound: those of the ids, or all that --reason and --feed choose.\n"
        "Each is read with the feeds' settings first, and what would be rejected again is told and left. What "
        "was\n"
        "replayed is remembered for as long as the messages are kept; bytes that were rejected several times go "
        "once.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .arguments = "[ID...]",
};

struct replay {
    struct ho_send_kafka *kafka;
    struct ho_rejected_list put;
    size_t before, left; // replayed before; could not be replayed
    struct ho_arena *arena;
};

static void leave(struct replay *replay, const struct ho_rejected *rejected, const char *why)
{
    replay->left++;
    fprintf(stderr, "%s: %s\n", rejected->id, why);
}

// Of equals what is whole comes first: a frame that was broken off may have lacked nothing but its end.
static int by_digest_and_worth(const void *left, const void *right)
{
    const struct ho_rejected *a = left, *b = right;
    int c = memcmp(a->digest, b->digest, HO_ID_BYTES);
    if (!c)
        c = ho_rejected_is_cut(a) - ho_rejected_is_cut(b);
    return c ? c : (a->at_ms > b->at_ms) - (a->at_ms < b->at_ms);
}

// Of equal bytes of a feed the first; of those what is whole and was not replayed. Sorts the list.
static void choose(struct replay *replay, struct ho_rejected_list *chosen, bool again, struct ho_rejected_list *out)
{
    *out = (struct ho_rejected_list){0};
    if (chosen->n)
        qsort(chosen->items, chosen->n, sizeof *chosen->items, by_digest_and_worth);
    for (size_t i = 0; i < chosen->n; i++) {
        const struct ho_rejected *rejected = &chosen->items[i];
        if (i && memcmp(rejected->digest, chosen->items[i - 1].digest, HO_ID_BYTES) == 0)
            continue;
        if (ho_rejected_is_cut(rejected))
            leave(replay, rejected, "only its beginning was kept: the sender must send it again");
        else if (rejected->replayed && !again)
            replay->before++;
        else
            ho_rejected_add(replay->arena, rejected, out);
    }
}

static enum ho_status put_one(void *context, const struct ho_rejected *rejected, struct ho_bytes bytes,
                              struct ho_error *error)
{
    struct replay *replay = context;
    enum ho_status status = ho_send_kafka_replay(replay->kafka, rejected, bytes, error);
    if (status == HO_OK)
        ho_rejected_add(replay->arena, rejected, &replay->put);
    if (status != HO_REJECT)
        return status;
    leave(replay, rejected, error->text);
    return HO_OK;
}

// Only what Kafka has is remembered as replayed.
static enum ho_status remember(const struct replay *replay, struct ho_error *error)
{
    struct ho_send_counts counts = {0};
    enum ho_status status = ho_send_kafka_finish(replay->kafka, &counts, error);
    for (size_t i = 0; status == HO_OK && i < replay->put.n; i++)
        status = ho_send_kafka_replayed(replay->kafka, &replay->put.items[i], error);
    return status == HO_OK ? ho_send_kafka_finish(replay->kafka, &counts, error) : status;
}

static enum ho_status find(struct ho_arena *arena, const struct ho_rejected_list *all, const struct settings *settings,
                           char **ids, int n_ids, struct ho_rejected_list *out, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    *out = (struct ho_rejected_list){0};
    if (!n_ids)
        ho_rejected_choose(arena, all, &settings->filter, out);
    for (int i = 0; status == HO_OK && i < n_ids; i++)
        status = ho_rejected_find(arena, all, ids[i], out, error);
    return status;
}

static enum ho_status replay_chosen(struct replay *replay, const struct settings *settings,
                                    struct ho_rejected_list *chosen, struct ho_error *error)
{
    struct ho_rejected_list list;
    choose(replay, chosen, settings->again, &list);
    enum ho_status status = ho_send_kafka_open(settings->kafka_brokers, settings->feeds_dir, &replay->kafka, error);
    if (status == HO_OK)
        status = ho_rejected_visit(settings->kafka_brokers, &list, put_one, replay, error);
    if (status == HO_OK)
        status = remember(replay, error);
    ho_send_kafka_free(replay->kafka);
    return status;
}

static void print_sums(const struct replay *replay)
{
    printf("%zu replayed", replay->put.n);
    if (replay->left)
        printf(", %zu left as they are", replay->left);
    if (replay->before)
        printf(", %zu replayed before (--again replays them once more)", replay->before);
    printf("\n");
}

static enum ho_status run(struct replay *replay, const struct settings *settings, int64_t since_ms, char **ids,
                          int n_ids, struct ho_error *error)
{
    struct ho_rejected_list all, chosen;
    enum ho_status status = ho_rejected_read(replay->arena, settings->kafka_brokers, since_ms, &all, error);
    if (status == HO_OK)
        status = find(replay->arena, &all, settings, ids, n_ids, &chosen, error);
    if (status == HO_OK)
        status = replay_chosen(replay, settings, &chosen, error);
    return status;
}

// Ids, or a filter: never all that is there by a slip.
static bool is_meant(const struct settings *settings, int n_ids)
{
    bool filtered = *settings->filter.reason || *settings->filter.feed;
    return n_ids ? !filtered && !*settings->filter.since : filtered;
}

static enum ho_status read_since(const struct settings *settings, int64_t *since_ms, struct ho_error *error)
{
    struct ho_zone *zone = NULL;
    enum ho_status status = ho_zone_new(settings->zone, &zone, error);
    if (status == HO_OK)
        status = ho_rejected_since(settings->filter.since, zone, since_ms, error);
    ho_zone_free(zone);
    return status;
}

int ho_ctl_rejected_replay(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    int64_t since_ms;
    int first = ho_ctl_options(&table, argc, argv, &settings);
    if (!is_meant(&settings, argc - first))
        return ho_ctl_misused(&table, "give ids, or choose by --reason or --feed");
    if (read_since(&settings, &since_ms, &error) != HO_OK)
        return ho_ctl_misused(&table, "%s", error.text);
    struct replay replay = {.arena = ho_arena_new(0)};
    enum ho_status status = run(&replay, &settings, since_ms, argv + first, argc - first, &error);
    if (status == HO_OK)
        print_sums(&replay);
    ho_arena_free(replay.arena);
    if (status != HO_OK)
        return ho_ctl_failed(&table, &error);
    return replay.left ? HO_EXIT_FAILED : HO_EXIT_OK;
}
