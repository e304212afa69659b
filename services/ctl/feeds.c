// handoffctl feeds: which feeds send as they used to, which are silent, and who sends without a feed.
#include "command.h"

#include "feeds/reports_json.h"
#include "handoff/platform/loop.h"
#include "handoff/platform/yaml.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { DAY_HOURS = 24, WEEK_DAYS = 7 };

struct settings {
    const char *database_url, *feeds_dir;
    bool json;
};

static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"feeds-dir", HO_OPTION_TEXT, "deploy/feeds", .offset = offsetof(struct settings, feeds_dir),
     .help = "folder of the feeds' YAML files"},
    {"json", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, json), .help = "one JSON object"},
};

static const struct ho_option_table table = {
    .program = "handoffctl feeds",
    .summary =
        "Shows how each feed is, by its own rhythm of the last eight weeks, and who sends without a feed of their\n"
        "own (the last 30 days); with a feed's name all that is known of it, with its week. Exit status 1 where any is "
        "silent.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .arguments = "[FEED]",
};

// ---- A line a feed ----------------------------------------------------------------------------------------

// "2026-11-24 17:00" in the zone.
static const char *shown_time(int64_t instant, const struct ho_zone *zone, char out[HO_TIME_TEXT_BYTES])
{
    enum { DATE = 10, MINUTE = 16 };
    if (!instant)
        return "-";
    ho_time_format(instant, zone, out);
    out[DATE] = ' ';
    out[MINUTE] = '\0';
    return out;
}

// "38/40": what came, and what was to be expected.
static const char *shown_rate(const struct ho_feed_health *health, int i, char out[HO_TIME_TEXT_BYTES])
{
    const struct ho_feed_rate *rate = &health->rates[i];
    if (health->has_rhythm)
        snprintf(out, HO_TIME_TEXT_BYTES, "%" PRId64 "/%.0f", rate->messages, rate->expected);
    else
        snprintf(out, HO_TIME_TEXT_BYTES, "%" PRId64, rate->messages);
    return out;
}

static const char *shown_skew(const struct ho_feed_health *health, char out[HO_TIME_TEXT_BYTES])
{
    if (!health->has_skew)
        return "-";
    snprintf(out, HO_TIME_TEXT_BYTES, "%.0f s", health->skew_mean_s);
    return out;
}

static const char *shown_share(double share, char out[HO_TIME_TEXT_BYTES])
{
    if (share < 0)
        return "-";
    snprintf(out, HO_TIME_TEXT_BYTES, "%.1f %%", 100 * share);
    return out;
}

static void print_line(const struct ho_feed_report *report)
{
    const struct ho_feed_health *health = &report->health;
    char last[HO_TIME_TEXT_BYTES], hour[HO_TIME_TEXT_BYTES], day[HO_TIME_TEXT_BYTES], skew[HO_TIME_TEXT_BYTES],
        matched[HO_TIME_TEXT_BYTES], rejected[HO_TIME_TEXT_BYTES], visit[HO_TIME_TEXT_BYTES];
    enum { LAST_DAY = HO_FEED_RATES - 1, MATCHED = 1, REJECTED = 4 };
    printf("%-9s %-24s %-16s %12s %14s %8s %8s %8s %9s\n", ho_feed_state_names[health->state], report->feed->name,
           shown_time(health->last, report->feed->zone, last), shown_rate(health, 0, hour),
           shown_rate(health, LAST_DAY, day), shown_share(health->verdicts[MATCHED].day, matched),
           shown_share(health->verdicts[REJECTED].day, rejected), shown_share(health->lacks[HO_LACK_VISIT].day, visit),
           shown_skew(health, skew));
    for (size_t i = 0; i < health->n_notes; i++)
        printf("%10s%s\n", "", health->notes[i]);
}

static void print_sender(const struct ho_feed_sender *sender)
{
    printf("  %8" PRId64 " messages, %" PRId64 " in the last day: ", sender->messages, sender->day);
    if (sender->application[0] == '(') // "(others)", "(not a code)", "(no header)"
        printf("%s\n", sender->application);
    else if (strcmp(sender->application, "AdtEvent") == 0)
        printf("AdtEvent whose feed is \"%s\"\n", sender->facility);
    else
        printf("sending_application: \"%s\", sending_facility: \"%s\"\n", sender->application, sender->facility);
}

static void print_senders(const struct ho_feed_reports *reports)
{
    if (reports->n_senders)
        printf("\nSenders without a feed of their own, served by the default one. To name one, add a feed to "
               "deploy/feeds:\n");
    for (size_t i = 0; i < reports->n_senders; i++)
        print_sender(&reports->senders[i]);
    if (reports->n_senders_all > (int64_t)reports->n_senders)
        printf("  and %" PRId64 " more\n", reports->n_senders_all - (int64_t)reports->n_senders);
}

static void print_never(const struct ho_feed_reports *reports)
{
    bool first = true;
    for (size_t i = 0; i < reports->n; i++) {
        const struct ho_feed_report *report = &reports->items[i];
        if (report->health.state != HO_FEED_NEVER || ho_feed_is_default(report->feed))
            continue;
        printf(first ? "\nConfigured, and nothing came of them in eight weeks: %s" : ", %s", report->feed->name);
        first = false;
    }
    if (!first)
        printf("\nCheck MSH-3 and MSH-4 of what they send against their files, and whether they send at all.\n");
}

static void print_text(const struct ho_feed_reports *reports)
{
    printf("%-9s %-24s %-16s %12s %14s %8s %8s %8s %9s\n", "state", "feed", "last message", "hour/usual", "day/usual",
           "matched", "rejected", "no visit", "clock");
    for (size_t i = 0; i < reports->n; i++)
        if (reports->items[i].health.state != HO_FEED_NEVER)
            print_line(&reports->items[i]);
    print_senders(reports);
    print_never(reports);
}

// ---- One feed ---------------------------------------------------------------------------------------------

static void print_shares(const char *const *words, const struct ho_feed_share *shares, int n)
{
    char day[HO_TIME_TEXT_BYTES], before[HO_TIME_TEXT_BYTES];
    for (int i = 0; i < n; i++)
        printf("  %-30s %9s %9s%s\n", words[i], shown_share(shares[i].day, day), shown_share(shares[i].before, before),
               shares[i].moved ? "  moved" : "");
}

static void print_clock(const struct ho_feed_counts *day)
{
    if (!day->has_skew)
        return;
    printf("\nSeconds from record (EVN-2, MSH-7) to receipt, last day: from %" PRId64 " to %" PRId64 "; %" PRId64
           " recorded in the future, %" PRId64 " more than an hour ago\n",
           day->skew_min_s, day->skew_max_s, day->in_future, day->late);
}

static void print_week(const struct ho_feed_health *health)
{
    static const char *const DAYS[WEEK_DAYS] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    printf("\nMessages of the last seven days%s, by hour\n     ", health->has_rhythm ? ", and what is usual" : "");
    for (int day = 0; day < WEEK_DAYS; day++)
        printf(" %11s", DAYS[day]);
    for (int hour = 0; hour < DAY_HOURS; hour++) {
        printf("\n  %02d ", hour);
        for (int day = 0; day < WEEK_DAYS; day++) {
            char cell[HO_TIME_TEXT_BYTES];
            const int slot = day * DAY_HOURS + hour;
            if (health->has_rhythm)
                snprintf(cell, sizeof cell, "%" PRId64 "/%.*f", health->got[slot], health->expected[slot] < 1 ? 1 : 0,
                         health->expected[slot]);
            else
                snprintf(cell, sizeof cell, "%" PRId64, health->got[slot]);
            printf(" %11s", cell);
        }
    }
    printf("\n");
}

static void print_one(const struct ho_feed_report *report)
{
    const struct ho_feed_health *health = &report->health;
    char last[HO_TIME_TEXT_BYTES], rate[HO_TIME_TEXT_BYTES];
    printf("%s: %s, last message %s (%s)\n", report->feed->name, ho_feed_state_names[health->state],
           shown_time(health->last, report->feed->zone, last), ho_zone_name(report->feed->zone));
    for (size_t i = 0; i < health->n_notes; i++)
        printf("  %s\n", health->notes[i]);
    for (int i = 0; i < HO_FEED_RATES; i++)
        printf("  last %2d h: %s%s\n", health->rates[i].hours, shown_rate(health, i, rate),
               health->has_rhythm ? " usual" : "");
    printf("\n  %-30s %9s %9s\n", "Share of messages", "last day", "before");
    print_shares(ho_feed_verdict_names, health->verdicts, HO_FEED_VERDICTS);
    print_shares(ho_feed_field_words, health->lacks, HO_FEED_FIELDS);
    print_clock(&health->day);
    print_week(health);
}

// ---- The command ------------------------------------------------------------------------------------------

static void print_json(json_t *json)
{
    if (!json || json_dumpf(json, stdout, JSON_INDENT(2)) != 0)
        abort();
    json_decref(json);
    putchar('\n');
}

static json_t *one_json(const struct ho_feed_report *report)
{
    json_t *json = ho_feed_report_json(report);
    json_object_set_new(json, "week", ho_feed_week_json(&report->health));
    return json;
}

static void show_all(const struct ho_feed_reports *reports, bool json)
{
    if (json)
        print_json(ho_feed_reports_json(reports));
    else
        print_text(reports);
}

static void show_one(const struct ho_feed_report *report, bool json)
{
    if (json)
        print_json(one_json(report));
    else
        print_one(report);
}

// Shows all, or the one of that name; whether any of those shown is silent.
static bool show(const struct ho_feed_reports *reports, const char *name, bool json)
{
    bool silent = false;
    for (size_t i = 0; i < reports->n; i++) {
        const struct ho_feed_report *report = &reports->items[i];
        if (name && strcmp(report->feed->name, name) != 0)
            continue;
        silent |= report->health.state == HO_FEED_SILENT;
        if (name)
            show_one(report, json);
    }
    if (!name)
        show_all(reports, json);
    return silent;
}

static enum ho_status read_and_show(struct ho_pg *pg, const struct ho_feeds *feeds, const char *name, bool json,
                                    bool *silent, struct ho_error *error)
{
    struct ho_feed_reports reports;
    struct ho_arena *arena = ho_arena_new(0);
    enum ho_status status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ho_feed_reports_read(arena, pg, feeds, ho_clock_us(), &reports, error);
    if (status == HO_OK)
        *silent = show(&reports, name, json);
    ho_arena_free(arena);
    return status;
}

static bool is_known(const struct ho_feeds *feeds, const char *name)
{
    return strcmp(ho_feed_named(feeds, name)->name, name) == 0;
}

int ho_ctl_feeds(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    struct ho_feed_set *set = NULL;
    bool silent = false;
    int first = ho_ctl_options(&table, argc, argv, &settings);
    if (argc - first > 1)
        return ho_ctl_misused(&table, "one FEED at most");
    if (ho_feeds_load(settings.feeds_dir, &set, &error) != HO_OK)
        return ho_ctl_failed(&table, &error);
    const struct ho_feeds *feeds = ho_feed_set_feeds(set);
    const char *name = first < argc ? argv[first] : NULL;
    if (name && !is_known(feeds, name)) {
        ho_feed_set_free(set);
        return ho_ctl_misused(&table, "no feed in %s is called \"%s\"", settings.feeds_dir, name);
    }
    struct ho_pg *pg = ho_pg_new(settings.database_url, "handoffctl feeds");
    enum ho_status status = read_and_show(pg, feeds, name, settings.json, &silent, &error);
    ho_pg_free(pg);
    ho_feed_set_free(set);
    if (status != HO_OK)
        return ho_ctl_failed(&table, &error);
    return silent ? HO_EXIT_FAILED : HO_EXIT_OK;
}
