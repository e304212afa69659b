// The feeds in metrics. Labels have the names of configured feeds and nothing that a sender writes, so their number is
// bounded.
#pragma once

#include "tally.h"

struct ho_feed_metrics;

// `feeds` outlive it.
struct ho_feed_metrics *ho_feed_metrics_new(const struct ho_feeds *feeds);
void ho_feed_metrics_free(struct ho_feed_metrics *metrics); // takes NULL

// Counts a batch that was committed.
void ho_feed_metrics_count(struct ho_feed_metrics *metrics, const struct ho_feed_tally *tally);
// Reads anew which feeds are silent, and their clocks. Every copy of the service tells the same.
HO_MUST_USE enum ho_status ho_feed_metrics_refresh(struct ho_feed_metrics *metrics, struct ho_pg *pg,
                                                   struct ho_error *error);
