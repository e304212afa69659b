#include "rejected_choice.h"

#include <stdlib.h>
#include <time.h>

// Seconds of "30m", "12h" and "7d"; 0 where it is none of them.
static int64_t ago_seconds(const char *text)
{
    enum { DIGITS_MAX = 6 };
    char *unit;
    if (*text < '0' || *text > '9')
        return 0;
    long n = strtol(text, &unit, 10);
    if (unit - text > DIGITS_MAX || strlen(unit) != 1)
        return 0;
    return *unit == 'm' ? n * 60 : *unit == 'h' ? n * 3600 : *unit == 'd' ? n * 86400 : 0;
}

enum ho_status ho_rejected_since(const char *text, const struct ho_zone *zone, int64_t *since_ms,
                                 struct ho_error *error)
{
    enum { US_PER_MS = 1000 };
    int64_t instant_us;
    uint32_t date = ho_date_parse(ho_bytes_of(text));
    int64_t ago = ago_seconds(text);
    *since_ms = 0;
    if (!*text)
        return HO_OK;
    if (ago)
        *since_ms = ((int64_t)time(NULL) - ago) * 1000;
    else if (date)
        *since_ms = ho_zone_day_end(zone, ho_date_add(date, -1)) / US_PER_MS;
    else if (ho_time_parse(ho_bytes_of(text), &instant_us))
        *since_ms = instant_us / US_PER_MS;
    else
        return ho_fail(error, HO_REJECT, "--since is 30m, 12h, 7d, a date like 2026-11-20 or RFC 3339, not '%s'", text);
    if (*since_ms < 0) // to Kafka such times are commands
        *since_ms = 0;
    return HO_OK;
}

void ho_rejected_add(struct ho_arena *arena, const struct ho_rejected *rejected, struct ho_rejected_list *out)
{
    *(struct ho_rejected *)ho_arena_push(arena, out, sizeof *rejected) = *rejected;
}

static bool fits(const char *wanted, const char *text)
{
    return !*wanted || strcmp(wanted, text) == 0;
}

void ho_rejected_choose(struct ho_arena *arena, const struct ho_rejected_list *all,
                        const struct ho_rejected_filter *filter, struct ho_rejected_list *out)
{
    *out = (struct ho_rejected_list){0};
    for (size_t i = 0; i < all->n; i++)
        if (fits(filter->reason, all->items[i].reason) && fits(filter->feed, all->items[i].feed))
            ho_rejected_add(arena, &all->items[i], out);
}

enum ho_status ho_rejected_find(struct ho_arena *arena, const struct ho_rejected_list *all, const char *id,
                                struct ho_rejected_list *out, struct ho_error *error)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->items[i].id, id) == 0 || strcmp(all->items[i].origin, id) == 0) {
            ho_rejected_add(arena, &all->items[i], out);
            return HO_OK;
        }
    return ho_fail(error, HO_REJECT,
                   "'%s' is not in " HO_REJECTED_TOPIC
                   ": see 'handoffctl rejected list'; what is older than its retention is gone",
                   id);
}
