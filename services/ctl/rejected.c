// handoffctl rejected list and show: what could not be read, why, and where it came from.
#include "rejected.h"
#include "command.h"
#include "rejected_choice.h"

#include "handoff/time.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

struct settings {
    const char *kafka_brokers, *zone;
    struct ho_rejected_filter filter;
    int64_t limit;
    bool json, bytes;
};

#define AT(field) .offset = offsetof(struct settings, field)
#define ZONE                                                                                                           \
    {                                                                                                                  \
        "zone", HO_OPTION_TEXT, "America/Los_Angeles", AT(zone), .help = "the plan's time zone; JSON is in UTC"        \
    }

static const struct ho_option list_options[] = {
    HO_CTL_KAFKA_BROKERS(struct settings),
    HO_REJECTED_FILTERS(struct settings),
    {"limit", HO_OPTION_INTEGER, "50", 1, 1000000, AT(limit), .help = "the latest, so many at most"},
    {"json", HO_OPTION_BOOLEAN, "no", AT(json), .help = "one JSON object a line"},
    ZONE,
};
static const struct ho_option show_options[] = {
    HO_CTL_KAFKA_BROKERS(struct settings),
    {"bytes", HO_OPTION_BOOLEAN, "no", AT(bytes),
     .help = "print the message itself and nothing else: it tells of a stranger, so mind where it goes"},
    {"json", HO_OPTION_BOOLEAN, "no", AT(json), .help = "as one JSON object"},
    ZONE,
};
#undef AT

static const struct ho_option_table list_table = {
    .program = "handoffctl rejected list",
    .summary = "Lists the messages that could not be read, with reason and place, the oldest first. They stay for the\n"
               "retention of " HO_REJECTED_TOPIC " ('handoffctl retention' shows it).",
    .options = list_options,
    .n_options = sizeof list_options / sizeof *list_options,
};
static const struct ho_option_table show_table = {
    .program = "handoffctl rejected show",
    .summary = "Shows one rejected message, by its id in the list or by its place in adt.inbound (adt.inbound/3/17).\n"
               "To mend one: 'rejected show --bytes ID > file', edit the file, 'handoffctl send file'.",
    .options = show_options,
    .n_options = sizeof show_options / sizeof *show_options,
    .arguments = "ID",
};

// ---- One message ------------------------------------------------------------------------------------------

static void print_json(const struct ho_rejected *rejected)
{
    char at[HO_TIME_TEXT_BYTES];
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:b}", "id", rejected->id, "at",
                               ho_time_format(rejected->at_ms * 1000, NULL, at), "reason", rejected->reason, "place",
                               rejected->place, "feed", rejected->feed, "origin", rejected->origin, "bytes",
                               (json_int_t)rejected->size_bytes, "replayed", rejected->replayed);
    if (!object || json_dumpf(object, stdout, JSON_COMPACT) != 0)
        abort();
    json_decref(object);
    putchar('\n');
}

static const char *time_text(const struct ho_rejected *rejected, const struct ho_zone *zone,
                             char out[HO_TIME_TEXT_BYTES])
{
    ho_time_format(rejected->at_ms * 1000, zone, out);
    out[10] = ' '; // between date and time
    return out;
}

static void print_text(const struct ho_rejected *rejected, const struct ho_zone *zone)
{
    char at[HO_TIME_TEXT_BYTES];
    printf("id        %s\nrejected  %.19s, %s\nreason    %s at %s\nfeed      %s\norigin    %s\nbytes     %zu%s\n",
           rejected->id, time_text(rejected, zone, at), ho_zone_name(zone), rejected->reason, rejected->place,
           rejected->feed, rejected->origin, rejected->size_bytes,
           ho_rejected_is_cut(rejected) ? ", the beginning only" : "");
    printf("replayed  %s\n", rejected->replayed ? "yes" : "no");
}

static enum ho_status print_bytes(void *context, const struct ho_rejected *rejected, struct ho_bytes bytes,
                                  struct ho_error *error)
{
    (void)context, (void)rejected;
    if (bytes.n && fwrite(bytes.p, 1, bytes.n, stdout) != bytes.n)
        return ho_fail(error, HO_FATAL, "the message could not be written");
    return HO_OK;
}

static enum ho_status show(const struct settings *settings, const struct ho_zone *zone, const char *id,
                           struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_rejected_list all, one = {0};
    enum ho_status status = ho_rejected_read(arena, settings->kafka_brokers, 0, &all, error);
    if (status == HO_OK)
        status = ho_rejected_find(arena, &all, id, &one, error);
    if (status == HO_OK && settings->bytes)
        status = ho_rejected_visit(settings->kafka_brokers, &one, print_bytes, NULL, error);
    else if (status == HO_OK && settings->json)
        print_json(one.items);
    else if (status == HO_OK)
        print_text(one.items, zone);
    ho_arena_free(arena);
    return status;
}

int ho_ctl_rejected_show(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    struct ho_zone *zone = NULL;
    int first = ho_ctl_options(&show_table, argc, argv, &settings);
    if (argc - first != 1)
        return ho_ctl_misused(&show_table, "give one id, as 'handoffctl rejected list' tells it");
    if (ho_zone_new(settings.zone, &zone, &error) != HO_OK)
        return ho_ctl_misused(&show_table, "%s", error.text);
    enum ho_status status = show(&settings, zone, argv[first], &error);
    ho_zone_free(zone);
    return status == HO_OK ? HO_EXIT_OK : ho_ctl_failed(&show_table, &error);
}

// ---- Many ---------------------------------------------------------------------------------------------------

static void print_rows(const struct ho_rejected_list *list, size_t from, const struct ho_zone *zone)
{
    char at[HO_TIME_TEXT_BYTES];
    if (from < list->n)
        printf("%-12s  %-19s  %-22s  %-14s  %-18s  %8s\n", "id", "rejected", "reason", "place", "feed", "bytes");
    for (size_t i = from; i < list->n; i++) {
        const struct ho_rejected *r = &list->items[i];
        printf("%-12s  %.19s  %-22s  %-14s  %-18s  %8zu%s\n", r->id, time_text(r, zone, at), r->reason, r->place,
               r->feed, r->size_bytes, r->replayed ? "  replayed" : "");
    }
}

static int by_reason(const void *a, const void *b)
{
    return strcmp(((const struct ho_rejected *)a)->reason, ((const struct ho_rejected *)b)->reason);
}

// "12 messages: 9 not-adt, 3 version". Sorts the list.
static void print_sums(struct ho_rejected_list *list, size_t shown, const struct ho_zone *zone)
{
    if (list->n)
        qsort(list->items, list->n, sizeof *list->items, by_reason);
    printf("%s%zu message%s", shown ? "\n" : "", list->n, list->n == 1 ? "" : "s");
    for (size_t i = 0, next; i < list->n; i = next) {
        for (next = i; next < list->n && by_reason(&list->items[i], &list->items[next]) == 0;)
            next++;
        printf("%s%zu %s", i ? ", " : ": ", next - i, list->items[i].reason);
    }
    if (shown < list->n)
        printf("; the latest %zu are shown", shown);
    printf("; times in %s\n", ho_zone_name(zone));
}

static void print_list(struct ho_rejected_list *list, const struct settings *settings, const struct ho_zone *zone)
{
    size_t shown = list->n < (size_t)settings->limit ? list->n : (size_t)settings->limit;
    for (size_t i = list->n - shown; settings->json && i < list->n; i++)
        print_json(&list->items[i]);
    if (settings->json)
        return;
    print_rows(list, list->n - shown, zone);
    print_sums(list, shown, zone);
}

static enum ho_status list(const struct settings *settings, const struct ho_zone *zone, int64_t since_ms,
                           struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_rejected_list all, chosen;
    enum ho_status status = ho_rejected_read(arena, settings->kafka_brokers, since_ms, &all, error);
    if (status == HO_OK) {
        ho_rejected_choose(arena, &all, &settings->filter, &chosen);
        print_list(&chosen, settings, zone);
    }
    ho_arena_free(arena);
    return status;
}

int ho_ctl_rejected_list(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    struct ho_zone *zone = NULL;
    int64_t since_ms;
    ho_ctl_options_only(&list_table, argc, argv, &settings);
    if (ho_zone_new(settings.zone, &zone, &error) != HO_OK ||
        ho_rejected_since(settings.filter.since, zone, &since_ms, &error) != HO_OK) {
        ho_zone_free(zone);
        return ho_ctl_misused(&list_table, "%s", error.text);
    }
    enum ho_status status = list(&settings, zone, since_ms, &error);
    ho_zone_free(zone);
    return status == HO_OK ? HO_EXIT_OK : ho_ctl_failed(&list_table, &error);
}
