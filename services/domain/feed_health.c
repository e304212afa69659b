#include "handoff/feed_health.h"

#include <math.h>
#include <stdlib.h>

#define RARE 9.210340371976184 // ln 10,000

enum {
    DAY_HOURS = 24,
    DAYS_MAX_OF_SLOT = HO_FEED_WEEKS + 1, // the hour that comes twice has one more
    SILENT_WHILE_LEARNING_DAYS = 7,
    DAY_MESSAGES_MIN = 30, // for a share to be judged by
    BEFORE_MESSAGES_MIN = 100,
    FUTURE_MIN = 3,
};

const char *const ho_feed_verdict_names[HO_FEED_VERDICTS] = {"non-member", "matched",  "review",
                                                             "held",       "rejected", "test"};

const char *const ho_feed_field_names[HO_FEED_FIELDS] = {
    [HO_LACK_VISIT] = "visit-number",
    [HO_LACK_BIRTH_DATE] = "birth-date",
    [HO_LACK_NAME] = "name",
    [HO_LACK_MRN] = "mrn",
    [HO_LACK_SEX] = "sex",
    [HO_LACK_CONTACT] = "contact",
    [HO_LACK_EVENT_TIME] = "event-time",
    [HO_LACK_CLASS] = "class-code",
    [HO_LACK_DISPOSITION] = "disposition-code",
    [HO_LACK_ADMIT_SOURCE] = "admit-source-code",
};

const char *const ho_feed_field_words[HO_FEED_FIELDS] = {
    [HO_LACK_VISIT] = "no visit number",
    [HO_LACK_BIRTH_DATE] = "no birth date",
    [HO_LACK_NAME] = "no name",
    [HO_LACK_MRN] = "no record number",
    [HO_LACK_SEX] = "no sex",
    [HO_LACK_CONTACT] = "neither telephone nor address",
    [HO_LACK_EVENT_TIME] = "no time of the event",
    [HO_LACK_CLASS] = "unknown patient class",
    [HO_LACK_DISPOSITION] = "unknown disposition",
    [HO_LACK_ADMIT_SOURCE] = "unknown admit source",
};

const char *const ho_feed_state_names[HO_FEED_STATES] = {
    [HO_FEED_STEADY] = "steady", [HO_FEED_LEARNING] = "learning", [HO_FEED_LOW] = "low",
    [HO_FEED_HIGH] = "high",     [HO_FEED_SILENT] = "silent",     [HO_FEED_NEVER] = "never",
};

const int ho_feed_rate_hours[HO_FEED_RATES] = {1, 6, DAY_HOURS};

// ---- Counts -----------------------------------------------------------------------------------------------

int64_t ho_feed_messages(const struct ho_feed_counts *counts)
{
    int64_t n = 0;
    for (int v = 0; v < HO_FEED_VERDICTS; v++)
        n += counts->verdicts[v];
    return n;
}

void ho_feed_add_skew(struct ho_feed_counts *counts, int64_t skew_s)
{
    counts->skew_min_s = counts->has_skew && counts->skew_min_s < skew_s ? counts->skew_min_s : skew_s;
    counts->skew_max_s = counts->has_skew && counts->skew_max_s > skew_s ? counts->skew_max_s : skew_s;
    counts->has_skew = true;
    counts->in_future += skew_s < -HO_FEED_FUTURE_SECONDS;
    counts->late += skew_s > HO_FEED_LATE_SECONDS;
    if (skew_s >= -HO_FEED_SKEW_MAX_SECONDS && skew_s <= HO_FEED_SKEW_MAX_SECONDS) {
        counts->skew_n++;
        counts->skew_sum_s += skew_s;
    }
}

// ---- Chances, as the logarithm of one over the bound ------------------------------------------------------

static double rarity_of_count(double n, double expected)
{
    if (expected <= 0)
        return n > 0 ? INFINITY : 0;
    return expected - n + (n > 0 ? n * log(n / expected) : 0);
}

static double part_of_divergence(double q, double p)
{
    return q > 0 ? q * log(q / p) : 0;
}

static double rarity_of_share(double q, double n, double p)
{
    return n * (part_of_divergence(q, p) + part_of_divergence(1 - q, 1 - p));
}

// ---- The rhythm -------------------------------------------------------------------------------------------

static int64_t hour_of(int64_t instant)
{
    return instant - instant % HO_US_PER_HOUR;
}

static int hour_of_week(const struct ho_zone *zone, int64_t instant)
{
    struct ho_civil c = ho_zone_civil(zone, instant);
    return ho_date_weekday(ho_zone_date(zone, instant)) * DAY_HOURS + c.hour;
}

// The hours from `first`, each with its messages.
struct line {
    int64_t first;
    size_t n;
    int64_t *messages;
};

static int64_t earliest(const struct ho_feed_history *history)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < history->n_hours; i++)
        if (history->hours[i].messages > 0 && history->hours[i].hour < first)
            first = history->hours[i].hour;
    return first;
}

// The hours in which the feed was up, as far as is known: behind its first one, before that of its last message. An
// outage that lasts is no rhythm.
static struct line line_of(struct ho_arena *arena, const struct ho_feed_history *history, int64_t now)
{
    const int64_t end = hour_of(history->last < now ? history->last : now);
    const int64_t window = (int64_t)HO_FEED_WEEKS * HO_FEED_WEEK_HOURS * HO_US_PER_HOUR;
    int64_t first = earliest(history);
    if (first >= end)
        return (struct line){0};
    first = hour_of(first) + HO_US_PER_HOUR;
    if (first < end - window)
        first = end - window;
    struct line line = {first, (size_t)((end - first) / HO_US_PER_HOUR), NULL};
    line.messages = ho_arena_array(arena, line.n + 1, sizeof *line.messages);
    for (size_t i = 0; i < history->n_hours; i++) {
        const struct ho_feed_hour *h = &history->hours[i];
        if (h->hour >= first && h->hour < end)
            line.messages[(h->hour - first) / HO_US_PER_HOUR] += h->messages;
    }
    return line;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double median(int64_t *numbers, size_t n)
{
    if (n == 0)
        return 0;
    qsort(numbers, n, sizeof *numbers, by_number);
    size_t below = (n - 1) / 2, above = n / 2;
    return (double)(numbers[below] + numbers[above]) / 2;
}

static double median_week(const struct line *line)
{
    int64_t weeks[HO_FEED_WEEKS] = {0};
    const size_t n = line->n / HO_FEED_WEEK_HOURS;
    for (size_t i = 0; i < n * HO_FEED_WEEK_HOURS; i++)
        weeks[i / HO_FEED_WEEK_HOURS] += line->messages[line->n - 1 - i];
    return median(weeks, n);
}

static void learn_hours(const struct ho_feed_history *history, const struct line *line, double *expected)
{
    int64_t seen[HO_FEED_WEEK_HOURS][DAYS_MAX_OF_SLOT];
    size_t n[HO_FEED_WEEK_HOURS] = {0};
    for (size_t i = 0; i < line->n; i++) {
        int slot = hour_of_week(history->zone, line->first + (int64_t)i * HO_US_PER_HOUR);
        if (n[slot] < DAYS_MAX_OF_SLOT)
            seen[slot][n[slot]++] = line->messages[i];
    }
    for (int slot = 0; slot < HO_FEED_WEEK_HOURS; slot++)
        expected[slot] = median(seen[slot], n[slot]);
}

static void learn(struct ho_arena *arena, const struct ho_feed_history *history, int64_t now,
                  struct ho_feed_health *health)
{
    const struct line line = line_of(arena, history, now);
    health->has_rhythm = line.n >= (size_t)HO_FEED_WEEKS_MIN * HO_FEED_WEEK_HOURS;
    if (!health->has_rhythm)
        return;
    const double week = median_week(&line);
    if (week >= HO_FEED_WEEK_HOURS) {
        learn_hours(history, &line, health->expected);
        return;
    }
    for (int slot = 0; slot < HO_FEED_WEEK_HOURS; slot++)
        health->expected[slot] = week / HO_FEED_WEEK_HOURS;
}

static double expected_between(const struct ho_feed_health *health, const struct ho_zone *zone, int64_t from,
                               int64_t to)
{
    double n = 0;
    for (int64_t hour = hour_of(from); hour < to; hour += HO_US_PER_HOUR) {
        int64_t begin = hour > from ? hour : from;
        int64_t end = hour + HO_US_PER_HOUR < to ? hour + HO_US_PER_HOUR : to;
        n += health->expected[hour_of_week(zone, hour)] * (double)(end - begin) / (double)HO_US_PER_HOUR;
    }
    return n;
}

// ---- What came lately -------------------------------------------------------------------------------------

static void count_lately(const struct ho_feed_history *history, int64_t now, struct ho_feed_health *health)
{
    const int64_t running = hour_of(now);
    for (int i = 0; i < HO_FEED_RATES; i++)
        health->rates[i].hours = ho_feed_rate_hours[i];
    for (size_t k = 0; k < history->n_hours; k++) {
        const struct ho_feed_hour *h = &history->hours[k];
        const int64_t ago = (running - h->hour) / HO_US_PER_HOUR;
        for (int i = 0; i < HO_FEED_RATES; i++)
            health->rates[i].messages += ago <= ho_feed_rate_hours[i] ? h->messages : 0;
        if (ago >= 1 && ago <= HO_FEED_WEEK_HOURS)
            health->got[hour_of_week(history->zone, h->hour)] += h->messages;
    }
    for (int i = 0; health->has_rhythm && i < HO_FEED_RATES; i++)
        health->rates[i].expected =
            expected_between(health, history->zone, running - ho_feed_rate_hours[i] * HO_US_PER_HOUR, now);
}

// ---- Words ------------------------------------------------------------------------------------------------

static void note(struct ho_arena *arena, struct ho_feed_health *health, const char *words)
{
    const char **to = ho_arena_push(arena, &health->notes, sizeof *to);
    *to = words;
}

static const char *local_text(struct ho_arena *arena, const struct ho_zone *zone, int64_t at, int64_t now)
{
    const struct ho_civil c = ho_zone_civil(zone, at);
    const uint32_t date = ho_zone_date(zone, at);
    if (date == ho_zone_date(zone, now))
        return ho_arena_printf(arena, "%02d:%02d", c.hour, c.minute);
    return ho_arena_printf(arena, "%s %02d:%02d", ho_date_text(arena, date), c.hour, c.minute);
}

static const char *percent(struct ho_arena *arena, double share)
{
    return ho_arena_printf(arena, "%.*f %%", share > 0 && share < 0.1 ? 1 : 0, 100 * share);
}

// ---- The rate ---------------------------------------------------------------------------------------------

static void judge_silence(struct ho_arena *arena, const struct ho_feed_history *history, int64_t now,
                          struct ho_feed_health *health)
{
    const char *since = local_text(arena, history->zone, history->last, now);
    if (!health->has_rhythm) {
        const int64_t week = (int64_t)SILENT_WHILE_LEARNING_DAYS * DAY_HOURS * HO_US_PER_HOUR;
        health->state = now - history->last > week ? HO_FEED_SILENT : HO_FEED_LEARNING;
        if (health->state == HO_FEED_SILENT)
            note(arena, health, ho_arena_printf(arena, "silent since %s", since));
        return;
    }
    health->missed = expected_between(health, history->zone, history->last, now);
    if (rarity_of_count(0, health->missed) <= RARE)
        return;
    health->state = HO_FEED_SILENT;
    note(arena, health,
         ho_arena_printf(arena, "silent since %s: %.0f messages were to be expected", since, health->missed));
}

// Counts of the same kind vary more than chance alone would have it, so low is less than half and high more than twice.
static bool judge_rate(struct ho_arena *arena, const struct ho_feed_rate *rate, struct ho_feed_health *health)
{
    const double n = (double)rate->messages;
    const bool low = n<rate->expected / 2, high = n> rate->expected * 2;
    if ((!low && !high) || rarity_of_count(n, rate->expected > 1 ? rate->expected : 1) <= RARE)
        return false;
    health->state = low ? HO_FEED_LOW : HO_FEED_HIGH;
    note(arena, health,
         ho_arena_printf(arena, "%s: %lld messages in the last %d %s, %.0f were to be expected", low ? "low" : "high",
                         (long long)rate->messages, rate->hours, rate->hours == 1 ? "hour" : "hours", rate->expected));
    return true;
}

static void judge_rates(struct ho_arena *arena, struct ho_feed_health *health)
{
    for (int i = HO_FEED_RATES; i-- > 0 && health->has_rhythm && health->state == HO_FEED_STEADY;)
        if (judge_rate(arena, &health->rates[i], health))
            return;
}

// ---- Shares -----------------------------------------------------------------------------------------------

// `n` messages of the day have it `x` times, and `n0` before `x0` times.
static struct ho_feed_share share_of(int64_t x, int64_t n, int64_t x0, int64_t n0)
{
    static const double LEAST = 0.02; // that a share has to move by
    struct ho_feed_share share = {n > 0 ? (double)x / (double)n : -1, n0 > 0 ? (double)x0 / (double)n0 : -1, false};
    if (n < DAY_MESSAGES_MIN || n0 < BEFORE_MESSAGES_MIN)
        return share;
    const double p = ((double)x0 + 1) / ((double)n0 + 2); // of what never was too little is known to call it impossible
    share.moved = fabs(share.day - share.before) >= LEAST && rarity_of_share(share.day, (double)n, p) > RARE;
    return share;
}

static void tell_share(struct ho_arena *arena, struct ho_feed_health *health, const char *what,
                       const struct ho_feed_share *share, bool less_too)
{
    if (share->moved && (less_too || share->day > share->before))
        note(arena, health,
             ho_arena_printf(arena, "%s: %s of the last day's messages, %s of those before", what,
                             percent(arena, share->day), percent(arena, share->before)));
}

static void judge_verdicts(struct ho_arena *arena, const struct ho_feed_history *history, struct ho_feed_health *health)
{
    const int64_t n = ho_feed_messages(&history->day), n0 = ho_feed_messages(&history->before);
    for (int v = 0; v < HO_FEED_VERDICTS; v++) {
        health->verdicts[v] = share_of(history->day.verdicts[v], n, history->before.verdicts[v], n0);
        tell_share(arena, health, ho_feed_verdict_names[v], &health->verdicts[v], true);
    }
}

// Rejected and test messages are not read; but some are rejected because they name nobody.
static int64_t could_lack(const struct ho_feed_counts *counts, int field)
{
    enum { REJECTED = 4, TEST = 5 };
    const int64_t read = ho_feed_messages(counts) - counts->verdicts[TEST];
    return field == HO_LACK_MRN ? read : read - counts->verdicts[REJECTED];
}

static void judge_fields(struct ho_arena *arena, const struct ho_feed_history *history, struct ho_feed_health *health)
{
    for (int f = 0; f < HO_FEED_FIELDS; f++) {
        health->lacks[f] = share_of(history->day.lacks[f], could_lack(&history->day, f), history->before.lacks[f],
                                    could_lack(&history->before, f));
        tell_share(arena, health, ho_feed_field_words[f], &health->lacks[f], false);
    }
}

// ---- The clock --------------------------------------------------------------------------------------------

static double mean_skew(const struct ho_feed_counts *counts)
{
    return counts->skew_n ? (double)counts->skew_sum_s / (double)counts->skew_n : 0;
}

static void judge_clock(struct ho_arena *arena, const struct ho_feed_history *history, struct ho_feed_health *health)
{
    const struct ho_feed_counts *day = &history->day, *before = &history->before;
    enum { ONE_IN = 100 };
    health->has_skew = day->skew_n > 0;
    health->skew_mean_s = mean_skew(day);
    if (day->in_future >= FUTURE_MIN && day->in_future * ONE_IN >= ho_feed_messages(day))
        note(arena, health,
             ho_arena_printf(arena,
                             "its clock is ahead: %lld messages of the last day were recorded more than %d "
                             "minutes after they came",
                             (long long)day->in_future, HO_FEED_FUTURE_SECONDS / 60));
    if (day->skew_n >= DAY_MESSAGES_MIN && before->skew_n >= BEFORE_MESSAGES_MIN &&
        fabs(mean_skew(day) - mean_skew(before)) > HO_FEED_FUTURE_SECONDS)
        note(arena, health,
             ho_arena_printf(arena,
                             "its clock has moved, or messages take another time to come: %.0f s from record to "
                             "receipt in the last day, %.0f s before",
                             mean_skew(day), mean_skew(before)));
}

void ho_feed_health(struct ho_arena *arena, const struct ho_feed_history *history, int64_t now,
                    struct ho_feed_health *out)
{
    *out = (struct ho_feed_health){.state = HO_FEED_STEADY, .last = history->last, .day = history->day};
    if (history->last && !history->irregular)
        learn(arena, history, now, out);
    count_lately(history, now, out);
    if (!history->last) {
        out->state = HO_FEED_NEVER;
        return;
    }
    if (!history->irregular)
        judge_silence(arena, history, now, out);
    judge_rates(arena, out);
    judge_verdicts(arena, history, out);
    judge_fields(arena, history, out);
    judge_clock(arena, history, out);
}
