#include "feed_metrics.h"

#include <stdlib.h>

#include "feeds/reports.h"
#include "handoff/platform/loop.h"
#include "handoff/platform/metrics.h"

struct feed_metrics {
    struct ho_metric *verdicts[HO_FEED_VERDICTS], *lacks[HO_FEED_FIELDS], *last, *silent, *low, *high, *skew;
    struct ho_metric *came[HO_FEED_RATES], *expected[HO_FEED_RATES];
};

struct ho_feed_metrics {
    const struct ho_feeds *feeds;
    struct ho_arena *arena;
    struct feed_metrics *items; // in the order of the feeds
    struct ho_metric *senders;
};

static void register_rates(struct ho_arena *arena, const char *feed, struct feed_metrics *m)
{
    for (int i = 0; i < HO_FEED_RATES; i++) {
        const char *labels = ho_arena_printf(arena, "%s,hours=\"%d\"", feed, ho_feed_rate_hours[i]);
        m->came[i] =
            ho_gauge("handoff_feed_recent_messages", "Messages of the running hour and so many before", labels);
        m->expected[i] = ho_gauge("handoff_feed_expected_messages",
                                  "What is usual in that time by the feed's own rhythm; 0 while it has none", labels);
    }
    m->low = ho_gauge("handoff_feed_low", "1 where less than half of what is usual came, beyond chance", feed);
    m->high = ho_gauge("handoff_feed_high", "1 where more than twice what is usual came, beyond chance", feed);
}

static struct feed_metrics register_feed(struct ho_arena *arena, const char *name)
{
    struct feed_metrics m;
    const char *feed = ho_arena_printf(arena, "feed=\"%s\"", ho_label_escape(arena, name));
    for (int v = 0; v < HO_FEED_VERDICTS; v++)
        m.verdicts[v] = ho_counter("handoff_feed_messages_total", "Messages of a feed by their first verdict",
                                   ho_arena_printf(arena, "%s,verdict=\"%s\"", feed, ho_feed_verdict_names[v]));
    for (int f = 0; f < HO_FEED_FIELDS; f++)
        m.lacks[f] = ho_counter("handoff_feed_missing_total",
                                "Messages of a feed that lack something, or have a code "
                                "that nobody knows",
                                ho_arena_printf(arena, "%s,field=\"%s\"", feed, ho_feed_field_names[f]));
    m.last = ho_gauge("handoff_feed_last_message_timestamp_seconds",
                      "When the latest message came; 0: none in eight weeks", feed);
    m.silent = ho_gauge("handoff_feed_silent", "1 where messages were to be expected and none came", feed);
    register_rates(arena, feed, &m);
    m.skew = ho_gauge("handoff_feed_clock_skew_seconds", "From record to receipt, the last day's mean", feed);
    return m;
}

struct ho_feed_metrics *ho_feed_metrics_new(const struct ho_feeds *feeds)
{
    struct ho_feed_metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics)
        abort();
    metrics->feeds = feeds;
    metrics->arena = ho_arena_new(0);
    metrics->items = calloc(feeds->n + 1, sizeof *metrics->items);
    if (!metrics->items)
        abort();
    for (size_t i = 0; i < feeds->n; i++)
        metrics->items[i] = register_feed(metrics->arena, feeds->feeds[i].name);
    metrics->senders =
        ho_gauge("handoff_feed_unknown_senders", "Senders without a feed of their own, in the last day", "");
    return metrics;
}

void ho_feed_metrics_free(struct ho_feed_metrics *metrics)
{
    if (!metrics)
        return;
    ho_arena_free(metrics->arena);
    free(metrics->items);
    free(metrics);
}

static struct feed_metrics *of(struct ho_feed_metrics *metrics, const struct ho_feed *feed)
{
    return &metrics->items[feed - metrics->feeds->feeds];
}

static void tell_last(const struct feed_metrics *m, int64_t last)
{
    const double seconds = (double)last / (double)HO_US_PER_SECOND;
    if (seconds > ho_metric_value(m->last))
        ho_metric_set(m->last, seconds);
}

void ho_feed_metrics_count(struct ho_feed_metrics *metrics, const struct ho_feed_tally *tally)
{
    for (size_t i = 0; i < tally->n; i++) {
        const struct ho_tally_row *row = tally->rows[i];
        const struct feed_metrics *m = of(metrics, row->feed);
        for (int v = 0; v < HO_FEED_VERDICTS; v++)
            ho_metric_add(m->verdicts[v], (double)row->counts.verdicts[v]);
        for (int f = 0; f < HO_FEED_FIELDS; f++)
            ho_metric_add(m->lacks[f], (double)row->counts.lacks[f]);
        tell_last(m, row->last);
    }
}

static void tell_rates(const struct feed_metrics *m, const struct ho_feed_health *health)
{
    for (int i = 0; i < HO_FEED_RATES; i++) {
        ho_metric_set(m->came[i], (double)health->rates[i].messages);
        ho_metric_set(m->expected[i], health->rates[i].expected);
    }
    ho_metric_set(m->silent, health->state == HO_FEED_SILENT);
    ho_metric_set(m->low, health->state == HO_FEED_LOW);
    ho_metric_set(m->high, health->state == HO_FEED_HIGH);
}

enum ho_status ho_feed_metrics_refresh(struct ho_feed_metrics *metrics, struct ho_pg *pg, struct ho_error *error)
{
    struct ho_feed_reports reports;
    ho_arena_reset(metrics->arena);
    enum ho_status status = ho_feed_reports_read(metrics->arena, pg, metrics->feeds, ho_clock_us(), &reports, error);
    for (size_t i = 0; status == HO_OK && i < reports.n; i++) {
        const struct ho_feed_health *health = &reports.items[i].health;
        const struct feed_metrics *m = of(metrics, reports.items[i].feed);
        tell_last(m, health->last);
        tell_rates(m, health);
        ho_metric_set(m->skew, health->skew_mean_s);
    }
    if (status == HO_OK)
        ho_metric_set(metrics->senders, (double)reports.n_senders_day);
    return status;
}
