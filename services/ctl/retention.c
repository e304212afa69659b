// handoffctl retention: how long everything is kept that may be about people who are none of ours: what is stated, what
// is set, and the age of the oldest that is there.
#include "command.h"

#include "handoff/feed_health.h"
#include "handoff/platform/topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    HOUR_S = 3600,
    DAY_S = 24 * HOUR_S,
    WAIT_MS = 200,
    PATIENCE_MS = 15000,
    FIRST_RECORDS = 16, // of a partition: the first offsets may hold none
    SLACK_S = HOUR_S    // for whoever deletes comes by now and then
};

struct settings {
    const char *kafka_brokers, *database_url;
    int64_t held_hours, undo_days, ruled_out_days, review_days;
};

#define AT(field) .offset = offsetof(struct settings, field)
static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    HO_CTL_KAFKA_BROKERS(struct settings),
    {"held-hours", HO_OPTION_INTEGER, "72", 0, 8760, AT(held_hours), .help = "as the matcher has it"},
    {"undo-days", HO_OPTION_INTEGER, "30", 1, 3650, AT(undo_days), .help = "as the matcher has it"},
    {"ruled-out-days", HO_OPTION_INTEGER, "2190", 90, 36500, AT(ruled_out_days), .help = "as the matcher has it"},
    {"review-days", HO_OPTION_INTEGER, "7", 1, 3650, AT(review_days),
     .help = "an open review that is older is told; it stays until somebody decides it"},
};
#undef AT

static const struct ho_option_table table = {
    .program = "handoffctl retention",
    .summary =
        "Shows for each store that may hold something of people who are none of ours how long it keeps it, and how\n"
        "old its oldest is. Exit status 1 where a topic is not as stated, or something is kept longer.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

struct check {
    struct ho_arena *arena;
    const struct settings *settings;
    int64_t now_ms;
    bool wrong; // something is
};

// ---- A line --------------------------------------------------------------------------------------------------

static const char *duration(struct ho_arena *arena, int64_t seconds)
{
    if (seconds < 0)
        return "-";
    if (seconds < INT64_C(2) * DAY_S)
        return ho_arena_printf(arena, "%.1f h", (double)seconds / HOUR_S);
    return ho_arena_printf(arena, "%.1f d", (double)seconds / DAY_S);
}

// `oldest_s` is negative where there is nothing.
static void print_line(struct check *check, const char *store, int64_t kept_s, int64_t slack_s, int64_t oldest_s,
                       const char *wrong_or_null)
{
    bool late = oldest_s > kept_s + slack_s;
    check->wrong = check->wrong || late || wrong_or_null;
    printf("%-26s %10s %10s   %s\n", store, duration(check->arena, kept_s), duration(check->arena, oldest_s),
           wrong_or_null ? wrong_or_null
           : late        ? "KEPT LONGER"
                         : "as stated");
}

// ---- Topics --------------------------------------------------------------------------------------------------

struct oldest {
    int64_t at_ms; // 0: none
};

static enum ho_status note_oldest(void *context, struct ho_arena *arena, struct ho_kafka_record *records, size_t n,
                                  struct ho_error *error)
{
    (void)arena;
    (void)error;
    struct oldest *oldest = context;
    for (size_t i = 0; i < n; i++)
        if (!oldest->at_ms || records[i].timestamp_ms < oldest->at_ms)
            oldest->at_ms = records[i].timestamp_ms;
    return HO_OK;
}

static enum ho_status read_ranges(struct ho_reader *reader, struct oldest *out, const char *topic,
                                  struct ho_error *error)
{
    enum ho_status status = HO_OK;
    long long began_ms = ho_ctl_now_ms();
    while (status == HO_OK && ho_reader_left(reader) > 0) {
        status = ho_reader_read(reader, WAIT_MS, note_oldest, out, error);
        if (status == HO_OK && ho_ctl_now_ms() - began_ms > PATIENCE_MS)
            return ho_fail(error, HO_RETRY, "Kafka has not handed over the first records of %s within %d s; try again",
                           topic, PATIENCE_MS / 1000);
    }
    return status;
}

static enum ho_status find_oldest(const struct check *check, const char *topic, struct oldest *out,
                                  struct ho_error *error)
{
    struct ho_partition_range *ranges;
    struct ho_reader *reader = NULL;
    size_t n;
    enum ho_status status =
        ho_kafka_watermarks(check->arena, check->settings->kafka_brokers, topic, &ranges, &n, error);
    if (status != HO_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        if (ranges[i].high > ranges[i].low + FIRST_RECORDS)
            ranges[i].high = ranges[i].low + FIRST_RECORDS;
    status = ho_reader_new(check->settings->kafka_brokers, "handoffctl", topic, &reader, error);
    if (status == HO_OK)
        status = ho_reader_begin(reader, ranges, n, error);
    if (status == HO_OK)
        status = read_ranges(reader, out, topic, error);
    ho_reader_free(reader);
    return status;
}

static int64_t seconds_of(const char *milliseconds)
{
    return strtoll(milliseconds, NULL, 10) / 1000;
}

// Kafka deletes whole files: a record stays until the last of its file is past its time.
static enum ho_status show_topic(struct check *check, const struct ho_topic_spec *spec, struct ho_error *error)
{
    static const char name[] = "retention.ms";
    const char *set = NULL, *stated = ho_topic_stated(spec, name);
    struct oldest oldest = {0};
    enum ho_status status =
        ho_kafka_topic_setting(check->arena, check->settings->kafka_brokers, spec->name, name, &set, error);
    if (status == HO_OK)
        status = find_oldest(check, spec->name, &oldest, error);
    if (status != HO_OK)
        return status;
    const char *wrong =
        strcmp(set, stated) == 0 ? NULL : ho_arena_printf(check->arena, "%s IS %s, stated is %s", name, set, stated);
    int64_t slack_s = seconds_of(ho_topic_stated(spec, "segment.ms")) + SLACK_S;
    print_line(check, spec->name, seconds_of(stated), slack_s,
               oldest.at_ms ? (check->now_ms - oldest.at_ms) / 1000 : -1, wrong);
    return HO_OK;
}

// What else differs, segment.ms among it.
static enum ho_status check_topics(struct check *check, struct ho_error *error)
{
    const char *report;
    enum ho_status status =
        ho_kafka_topics_check(check->arena, check->settings->kafka_brokers, ho_topics, HO_TOPICS, &report, error);
    if (status != HO_REJECT)
        return status;
    check->wrong = true;
    printf("\nTopics that are not as stated:\n%s", report);
    return HO_OK;
}

// ---- Tables --------------------------------------------------------------------------------------------------

// Each the age of its oldest row in seconds, -1 where there is none. What was said of a number that is no member's, or
// with which nothing is left, is as old as the last word about it.
static const char OLDEST[] =
    "with nobodys as ("
    "  select i.identity_id, max(greatest(i.made_at,"
    "      (select max(l.made_at) from event_link l where l.identity_id = i.identity_id),"
    "      (select max(m.at) from identity_member m where m.identity_id = i.identity_id),"
    "      (select max(h.at) from decision_history h where h.identity_id = i.identity_id)))"
    "    over (partition by i.cluster) as last_at"
    "  from identity i where not exists (select from identity c join event_link l using (identity_id)"
    "      where c.cluster = i.cluster and (l.member_id <> '' or l.event is not null))"
    "    and not exists (select from identity c join review r using (identity_id) where c.cluster = i.cluster)"
    "    and not exists (select from identity c join identity_member m using (identity_id)"
    "      where c.cluster = i.cluster and m.state <> 'not-same')"
    ") select coalesce(extract(epoch from now() - (select min(made_at) from review where state = 'held')), -1)::int8,"
    " coalesce(extract(epoch from now() - (select min(made_at) from review where state = 'review')), -1)::int8,"
    " coalesce(extract(epoch from now() - (select min(made_at) from event_link l where member_id = ''"
    "   and (event is not null or exists (select from member_event m"
    "     where (m.event_id, m.subject) = (l.event_id, l.subject) and m.event <> ''))"
    "   and not exists (select from review r where (r.event_id, r.subject) = (l.event_id, l.subject)))), -1)::int8,"
    " coalesce(extract(epoch from now() - (select min(made_at) from redecide where message is not null)), -1)::int8,"
    " coalesce(extract(epoch from now() - (select min(ce_time) from outbox where topic = 'adt.rejected')), -1)::int8,"
    " coalesce(extract(epoch from now() - (select min(hour) from feed_hour"
    "   where sender not in ('', '(others)'))), -1)::int8,"
    " coalesce(extract(epoch from now() - (select min(hour) from feed_hour)), -1)::int8,"
    " coalesce(extract(epoch from now() - (select min(made_at) from event_link l where member_id = '' and event is null"
    "   and not exists (select from review r where (r.event_id, r.subject) = (l.event_id, l.subject)))), -1)::int8,"
    " coalesce(extract(epoch from now() - (select min(last_at) from nobodys)), -1)::int8,"
    " coalesce(extract(epoch from now() - (select min(coalesce(n.last_at, h.at)) from decision_history h"
    "   left join nobodys n using (identity_id) left join identity i using (identity_id)"
    "   where n.identity_id is not null or i.identity_id is null)), -1)::int8";

enum { HELD, REVIEW, UNDONE, REDECIDE, OUTBOX, SENDERS, FEED_HOURS, BARE_LINKS, NUMBERS, DECISIONS };

static void print_feeds(struct check *check, const struct ho_pg_result *rows)
{
    enum { HOURLY_S = 2 * HOUR_S }; // a row is of a whole hour, and they go each hour
    print_line(check, "senders without a feed", (int64_t)HO_FEED_SENDER_DAYS * DAY_S, HOURLY_S,
               ho_pg_get_int(rows, 0, SENDERS), NULL);
    print_line(check, "counts of feeds", (int64_t)HO_FEED_KEPT_DAYS * DAY_S, HOURLY_S,
               ho_pg_get_int(rows, 0, FEED_HOURS), NULL);
}

static void print_ruled_out(struct check *check, const struct ho_pg_result *rows)
{
    enum { HOURLY_S = 2 * HOUR_S }; // they go each hour
    int64_t kept_s = check->settings->ruled_out_days * DAY_S;
    print_line(check, "bare links to nobody", kept_s, HOURLY_S, ho_pg_get_int(rows, 0, BARE_LINKS), NULL);
    print_line(check, "numbers of no member", kept_s, HOURLY_S, ho_pg_get_int(rows, 0, NUMBERS), NULL);
    print_line(check, "decisions about them", kept_s, HOURLY_S, ho_pg_get_int(rows, 0, DECISIONS), NULL);
}

static enum ho_status show_tables(struct check *check, struct ho_error *error)
{
    const struct settings *s = check->settings;
    struct ho_pg_result *rows = NULL;
    struct ho_pg *pg = ho_pg_new(s->database_url, "handoffctl retention");
    enum ho_status status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ho_pg_run(pg, OLDEST, NULL, &rows, error);
    if (status == HO_OK) {
        int64_t held_s = s->held_hours * HOUR_S;
        print_line(check, "held messages", held_s, held_s / 100 + SLACK_S, ho_pg_get_int(rows, 0, HELD), NULL);
        print_line(check, "events of undone links", s->undo_days * DAY_S, SLACK_S, ho_pg_get_int(rows, 0, UNDONE),
                   NULL);
        print_line(check, "open reviews", s->review_days * DAY_S, 0, ho_pg_get_int(rows, 0, REVIEW), NULL);
        print_line(check, "found by the look-back", DAY_S, 0, ho_pg_get_int(rows, 0, REDECIDE), NULL);
        print_line(check, "rejected, to be published", DAY_S, 0, ho_pg_get_int(rows, 0, OUTBOX), NULL);
        print_feeds(check, rows);
        print_ruled_out(check, rows);
    }
    ho_pg_result_free(rows);
    ho_pg_free(pg);
    return status;
}

int ho_ctl_retention(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    ho_ctl_options_only(&table, argc, argv, &settings);
    struct check check = {.arena = ho_arena_new(0), .settings = &settings, .now_ms = ho_clock_us() / 1000};
    enum ho_status status = HO_OK;
    printf("%-26s %10s %10s\n", "store", "kept for", "oldest");
    for (int i = 0; i < HO_TOPICS && status == HO_OK; i++)
        status = show_topic(&check, &ho_topics[i], &error);
    if (status == HO_OK)
        status = show_tables(&check, &error);
    if (status == HO_OK)
        status = check_topics(&check, &error);
    if (status == HO_OK && check.wrong)
        printf("\nNot everything is as stated: deploy/README.md, \"How long things are kept\", says what to do.\n");
    int exit_status = status != HO_OK ? ho_ctl_failed(&table, &error) : check.wrong ? HO_EXIT_FAILED : HO_EXIT_OK;
    ho_arena_free(check.arena);
    return exit_status;
}
