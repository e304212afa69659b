// How each configured feed is, from the rows of feed_hour (deploy/sql/009_feeds.sql), and who sends without a feed of
// their own, in words that may be somebody's name (matcher/tally.h). Reads eight weeks. Where there are others, the
// default feed is not judged by a rhythm.
#pragma once

#include "handoff/adt.h"
#include "handoff/feed_health.h"
#include "handoff/platform/pg.h"

struct ho_feed_report {
    const struct ho_feed *feed;
    struct ho_feed_health health;
};

// Whom no feed names: the one with two wildcards serves them.
struct ho_feed_sender {
    // MSH-3.1 and MSH-4.1; "" where none was told. "AdtEvent" and the feed that it names; "(others)", "(not a code)"
    // and "(no header)" alone.
    const char *application, *facility;
    int64_t day, messages; // of the last day, and of HO_FEED_SENDER_DAYS
    int64_t last;          // the latest message
};

struct ho_feed_reports {
    int64_t at; // the time of the judgement
    struct ho_feed_report *items;
    size_t n;                       // what needs somebody first, then by name
    struct ho_feed_sender *senders; // the busiest first, 100 at most
    size_t n_senders, senders_capacity;
    int64_t n_senders_all, n_senders_day; // those beyond 100 too, and those of the last day
};

// In the arena; feeds outlive it. `pg` is connected.
HO_MUST_USE enum ho_status ho_feed_reports_read(struct ho_arena *arena, struct ho_pg *pg, const struct ho_feeds *feeds,
                                                int64_t now, struct ho_feed_reports *out, struct ho_error *error);

// Whether the feed takes any sender.
bool ho_feed_is_default(const struct ho_feed *feed);
