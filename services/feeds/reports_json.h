// Feeds as JSON, as the API describes them (services/api/openapi.json).
#pragma once

#include <jansson.h>

#include "reports.h"

// {"as_of", "feeds", "unknown_senders_count", "unknown_senders"}. The caller drops the reference.
json_t *ho_feed_reports_json(const struct ho_feed_reports *reports);
json_t *ho_feed_report_json(const struct ho_feed_report *report);
// What came and what was to be expected, for each hour of the week.
json_t *ho_feed_week_json(const struct ho_feed_health *health);
