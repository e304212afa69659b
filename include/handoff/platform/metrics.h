// Metrics in the Prometheus text format. Single-threaded: register at start, change from the loop.
#pragma once

#include <stddef.h>

#include "handoff/arena.h"

struct ho_metric;

// `labels` is "" or a ready text such as "verdict=\"matched\"". The same name and labels give the same metric.
// `name` and `help` are kept as pointers (give literals), `labels` is copied. The metrics live as long as the process.
struct ho_metric *ho_counter(const char *name, const char *help, const char *labels);
struct ho_metric *ho_gauge(const char *name, const char *help, const char *labels);
// Bounds in seconds, fixed for all: 0.5 ms to 10 min.
struct ho_metric *ho_histogram(const char *name, const char *help, const char *labels);

// A value as it stands within a label's quotes, in the arena.
const char *ho_label_escape(struct ho_arena *arena, const char *value);

void ho_metric_add(struct ho_metric *metric, double value); // counters and gauges
void ho_metric_set(struct ho_metric *gauge, double value);
void ho_metric_observe(struct ho_metric *histogram, double seconds);
double ho_metric_value(const struct ho_metric *metric);

// The whole page, malloc'd, NUL-terminated; the caller frees.
char *ho_metrics_page(size_t *length);
