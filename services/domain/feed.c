// Which feed a sender is.
#include "handoff/adt.h"

#include <strings.h>

// Whether `pattern` is the value (2) or "*" (1).
static int fit(const char *pattern, struct ho_bytes value)
{
    if (ho_bytes_is(value, pattern))
        return 2;
    return strcmp(pattern, "*") == 0;
}

const struct ho_feed *ho_feed_find(const struct ho_feeds *feeds, struct ho_bytes application, struct ho_bytes facility)
{
    const struct ho_feed *best = NULL;
    int best_score = 0;
    for (size_t i = 0; i < feeds->n; i++) {
        int a = fit(feeds->feeds[i].sending_application, application);
        int f = fit(feeds->feeds[i].sending_facility, facility);
        if (a && f && a * 2 + f > best_score) {
            best = &feeds->feeds[i];
            best_score = a * 2 + f;
        }
    }
    return best;
}

bool ho_feed_has_certificate(const struct ho_feed *feed, struct ho_bytes name)
{
    return feed->certificate && strlen(feed->certificate) == name.n &&
           strncasecmp(feed->certificate, (const char *)name.p, name.n) == 0;
}

const struct ho_feed *ho_feed_of_certificate(const struct ho_feeds *feeds, struct ho_bytes name)
{
    for (size_t i = 0; i < feeds->n; i++)
        if (ho_feed_has_certificate(&feeds->feeds[i], name))
            return &feeds->feeds[i];
    return NULL;
}

const struct ho_feed *ho_feed_named(const struct ho_feeds *feeds, const char *name)
{
    for (size_t i = 0; i < feeds->n; i++)
        if (strcmp(feeds->feeds[i].name, name) == 0)
            return &feeds->feeds[i];
    return ho_feed_find(feeds, (struct ho_bytes){0}, (struct ho_bytes){0});
}

struct ho_bytes ho_feed_sender_part(const struct ho_hl7_delimiters *d, struct ho_bytes field)
{
    field = ho_hl7_part(ho_hl7_part(field, d->repetition, 1), d->component, 1);
    field = ho_bytes_trim(ho_hl7_part(field, d->subcomponent, 1));
    return ho_hl7_is_null(field) ? (struct ho_bytes){0} : field;
}

const struct ho_feed *ho_feed_of_sender(const struct ho_feeds *feeds, const struct ho_hl7_delimiters *delimiters,
                                        struct ho_bytes application, struct ho_bytes facility)
{
    return ho_feed_find(feeds, ho_feed_sender_part(delimiters, application), ho_feed_sender_part(delimiters, facility));
}
