#include "handoff/adt.h"

const struct ho_feed *ho_feed_named(const struct ho_feeds *feeds, const char *name)
{
    for (size_t i = 0; i < feeds->n; i++)
        if (strcmp(feeds->feeds[i].name, name) == 0)
            return &feeds->feeds[i];
    return ho_feed_find(feeds, (struct ho_bytes){0}, (struct ho_bytes){0});
}
