#include "reports.h"

#include <stdlib.h>

// $1 the beginning of eight weeks, $2 the default feed. Hours of several rows are added up later, which takes a
// fraction of the time; but of those without a feed there may be many.
static const char *const RHYTHM =
    "select feed, hour, messages from feed_hour where hour >= $1::timestamptz and feed <> $2::text"
    " union all select $2::text, hour, sum(messages)::int8 from feed_hour where hour >= $1::timestamptz"
    "  and feed = $2::text group by hour";
// $1 the same, $2 the beginning of the last day
static const char *const COUNTS =
    "select feed, hour >= $2::timestamptz, max(last_at), sum(non_member)::int8, sum(matched)::int8, sum(review)::int8,"
    "  sum(held)::int8, sum(rejected)::int8, sum(test)::int8, sum(no_visit)::int8, sum(no_birth_date)::int8,"
    "  sum(no_name)::int8, sum(no_mrn)::int8, sum(no_sex)::int8, sum(no_contact)::int8, sum(no_event_time)::int8,"
    "  sum(unknown_class)::int8, sum(unknown_disposition)::int8, sum(unknown_admit_source)::int8, sum(skew_n)::int8,"
    "  sum(skew_sum)::int8, min(skew_min), max(skew_max), sum(in_future)::int8, sum(late)::int8"
    "  from feed_hour where hour >= $1::timestamptz group by 1, 2";
// $1 the beginning of the time for which their words are kept, $2 the same, $3 the default feed
static const char *const SENDERS =
    "select split_part(sender, '|', 1), split_part(sender, '|', 2),"
    "  coalesce(sum(messages) filter (where hour >= $2::timestamptz), 0)::int8, sum(messages)::int8, max(last_at),"
    "  count(*) over (), sum((max(hour) >= $2::timestamptz)::int) over ()"
    "  from feed_hour where hour >= $1::timestamptz and feed = $3::text group by 1, 2 order by 4 desc, 1, 2 limit 100";

enum {
    COUNTS_VERDICTS = 3,
    COUNTS_LACKS = COUNTS_VERDICTS + HO_FEED_VERDICTS,
    COUNTS_SKEW = COUNTS_LACKS + HO_FEED_FIELDS
};

bool ho_feed_is_default(const struct ho_feed *feed)
{
    return strcmp(feed->sending_application, "*") == 0 && strcmp(feed->sending_facility, "*") == 0;
}

// ---- Rows become histories --------------------------------------------------------------------------------

struct history {
    const struct ho_feed *feed;
    struct ho_feed_hour *hours;
    size_t n, capacity;
    int64_t last;
    struct ho_feed_counts day, before;
};

static int by_name(const void *a, const void *b)
{
    const struct history *x = a, *y = b;
    return strcmp(x->feed->name, y->feed->name);
}

static struct history *histories_new(struct ho_arena *arena, const struct ho_feeds *feeds)
{
    struct history *histories = ho_arena_array(arena, feeds->n + 1, sizeof *histories);
    for (size_t i = 0; i < feeds->n; i++)
        histories[i].feed = &feeds->feeds[i];
    qsort(histories, feeds->n, sizeof *histories, by_name);
    return histories;
}

// NULL for a feed that is not configured any more.
static struct history *find(struct history *histories, size_t n, const char *name)
{
    const struct ho_feed feed = {.name = name};
    const struct history wanted = {.feed = &feed};
    return bsearch(&wanted, histories, n, sizeof *histories, by_name);
}

static void take_hours(struct ho_arena *arena, const struct ho_pg_result *rows, struct history *histories, size_t n)
{
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        struct history *history = find(histories, n, ho_pg_get_text(rows, i, 0));
        if (!history)
            continue;
        struct ho_feed_hour *hour = ho_arena_push(arena, &history->hours, sizeof *hour);
        *hour = (struct ho_feed_hour){ho_pg_get_time(rows, i, 1), ho_pg_get_int(rows, i, 2)};
    }
}

static void take_count(const struct ho_pg_result *rows, int i, struct ho_feed_counts *counts)
{
    enum { N, SUM, MIN, MAX, IN_FUTURE, LATE };
    for (int v = 0; v < HO_FEED_VERDICTS; v++)
        counts->verdicts[v] = ho_pg_get_int(rows, i, COUNTS_VERDICTS + v);
    for (int f = 0; f < HO_FEED_FIELDS; f++)
        counts->lacks[f] = ho_pg_get_int(rows, i, COUNTS_LACKS + f);
    counts->skew_n = ho_pg_get_int(rows, i, COUNTS_SKEW + N);
    counts->skew_sum_s = ho_pg_get_int(rows, i, COUNTS_SKEW + SUM);
    counts->has_skew = !ho_pg_is_null(rows, i, COUNTS_SKEW + MIN);
    if (counts->has_skew) {
        counts->skew_min_s = ho_pg_get_int(rows, i, COUNTS_SKEW + MIN);
        counts->skew_max_s = ho_pg_get_int(rows, i, COUNTS_SKEW + MAX);
    }
    counts->in_future = ho_pg_get_int(rows, i, COUNTS_SKEW + IN_FUTURE);
    counts->late = ho_pg_get_int(rows, i, COUNTS_SKEW + LATE);
}

static void take_counts(const struct ho_pg_result *rows, struct history *histories, size_t n)
{
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        struct history *history = find(histories, n, ho_pg_get_text(rows, i, 0));
        if (!history)
            continue;
        const int64_t last = ho_pg_get_time(rows, i, 2);
        history->last = last > history->last ? last : history->last;
        take_count(rows, i, ho_pg_get_int(rows, i, 1) ? &history->day : &history->before);
    }
}

static void take_senders(struct ho_arena *arena, const struct ho_pg_result *rows, struct ho_feed_reports *out)
{
    out->n_senders_all = ho_pg_rows(rows) ? ho_pg_get_int(rows, 0, 5) : 0;
    out->n_senders_day = ho_pg_rows(rows) ? ho_pg_get_int(rows, 0, 6) : 0;
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        struct ho_feed_sender *sender = ho_arena_push(arena, &out->senders, sizeof *sender);
        *sender = (struct ho_feed_sender){
            .application = ho_arena_text(arena, ho_pg_get_bytes(rows, i, 0)),
            .facility = ho_arena_text(arena, ho_pg_get_bytes(rows, i, 1)),
            .day = ho_pg_get_int(rows, i, 2),
            .messages = ho_pg_get_int(rows, i, 3),
            .last = ho_pg_get_time(rows, i, 4),
        };
    }
}

// ---- Judging ----------------------------------------------------------------------------------------------

// What needs somebody comes first.
static int rank(const struct ho_feed_health *health)
{
    static const int RANKS[HO_FEED_STATES] = {
        [HO_FEED_SILENT] = 0, [HO_FEED_LOW] = 1,      [HO_FEED_HIGH] = 2,
        [HO_FEED_STEADY] = 4, [HO_FEED_LEARNING] = 5, [HO_FEED_NEVER] = 6,
    };
    enum { NOTED = 3 };
    const int own = RANKS[health->state];
    return own > NOTED && health->n_notes ? NOTED : own;
}

static int by_need(const void *a, const void *b)
{
    const struct ho_feed_report *x = a, *y = b;
    const int difference = rank(&x->health) - rank(&y->health);
    return difference ? difference : strcmp(x->feed->name, y->feed->name);
}

static void judge(struct ho_arena *arena, const struct history *histories, size_t n, struct ho_feed_reports *out)
{
    out->items = ho_arena_array(arena, n + 1, sizeof *out->items);
    out->n = n;
    for (size_t i = 0; i < n; i++) {
        const struct history *h = &histories[i];
        // Whoever gets a feed of their own leaves the default one.
        const bool irregular = n > 1 && ho_feed_is_default(h->feed);
        const struct ho_feed_history history = {h->feed->zone, h->hours, h->n, h->last, h->day, h->before, irregular};
        out->items[i].feed = h->feed;
        ho_feed_health(arena, &history, out->at, &out->items[i].health);
    }
    qsort(out->items, n, sizeof *out->items, by_need);
}

// ---- Reading ----------------------------------------------------------------------------------------------

static const char *name_of_default(const struct ho_feeds *feeds)
{
    const struct ho_feed *feed = ho_feed_find(feeds, (struct ho_bytes){0}, (struct ho_bytes){0});
    return feed ? feed->name : "";
}

static int64_t before(int64_t now, int hours)
{
    return now - now % HO_US_PER_HOUR - hours * HO_US_PER_HOUR;
}

static void ask(struct ho_arena *arena, struct ho_pg *pg, int64_t now, const char *feed,
                struct ho_pg_result *results[3])
{
    enum { DAY_HOURS = 24 };
    const int64_t weeks = before(now, HO_FEED_WEEKS * HO_FEED_WEEK_HOURS), day = before(now, DAY_HOURS);
    struct ho_pg_params *rhythm = ho_pg_params_new(arena), *counts = ho_pg_params_new(arena),
                        *senders = ho_pg_params_new(arena);
    ho_pg_time(rhythm, weeks);
    ho_pg_text(rhythm, feed);
    ho_pg_time(counts, weeks);
    ho_pg_time(counts, day);
    ho_pg_time(senders, before(now, HO_FEED_SENDER_DAYS * DAY_HOURS));
    ho_pg_time(senders, day);
    ho_pg_text(senders, feed);
    ho_pg_queue(pg, RHYTHM, rhythm, &results[0]);
    ho_pg_queue(pg, COUNTS, counts, &results[1]);
    ho_pg_queue(pg, SENDERS, senders, &results[2]);
}

enum ho_status ho_feed_reports_read(struct ho_arena *arena, struct ho_pg *pg, const struct ho_feeds *feeds, int64_t now,
                                    struct ho_feed_reports *out, struct ho_error *error)
{
    enum { HOURS, COUNTED, SENT_BY, RESULTS };
    struct ho_pg_result *results[RESULTS] = {0};
    *out = (struct ho_feed_reports){.at = now};
    ask(arena, pg, now, name_of_default(feeds), results);
    enum ho_status status = ho_pg_flush(pg, error);
    if (status == HO_OK) {
        struct history *histories = histories_new(arena, feeds);
        take_hours(arena, results[HOURS], histories, feeds->n);
        take_counts(results[COUNTED], histories, feeds->n);
        take_senders(arena, results[SENT_BY], out);
        judge(arena, histories, feeds->n, out);
    }
    for (int i = 0; i < RESULTS; i++)
        ho_pg_result_free(results[i]);
    return status;
}
