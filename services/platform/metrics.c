#include "handoff/platform/metrics.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { COUNTER, GAUGE, HISTOGRAM };

static const double bounds[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                1,      2.5,   5,      10,    30,   60,    120,  300, 600};

enum { N_BOUNDS = sizeof bounds / sizeof *bounds, NUMBER_BYTES = 32 };

struct ho_metric {
    struct ho_metric *next; // of the family
    char *labels;
    enum kind kind;
    double value;                   // of a histogram: the sum
    uint64_t buckets[N_BOUNDS + 1]; // observations by the least bound that holds them; the last has none
};

// All metrics of one name: they stand together on the page, under one HELP and TYPE.
struct family {
    struct family *next;
    const char *name, *help;
    enum kind kind;
    struct ho_metric *first;
};

static struct family *families; // in order of registration, for the process's life

static void *must_alloc(size_t n)
{
    void *p = calloc(1, n);
    if (!p)
        abort();
    return p;
}

static struct family *family_of(const char *name, const char *help, enum kind kind)
{
    struct family **place = &families;
    for (; *place; place = &(*place)->next)
        if (strcmp((*place)->name, name) == 0) {
            assert((*place)->kind == kind);
            return *place;
        }
    struct family *f = must_alloc(sizeof *f);
    f->name = name;
    f->help = help;
    f->kind = kind;
    return *place = f;
}

static struct ho_metric *metric_of(const char *name, const char *help, const char *labels, enum kind kind)
{
    struct ho_metric **place = &family_of(name, help, kind)->first;
    for (; *place; place = &(*place)->next)
        if (strcmp((*place)->labels, labels) == 0)
            return *place;
    struct ho_metric *m = must_alloc(sizeof *m);
    m->labels = strdup(labels);
    if (!m->labels)
        abort();
    m->kind = kind;
    return *place = m;
}

struct ho_metric *ho_counter(const char *name, const char *help, const char *labels)
{
    return metric_of(name, help, labels, COUNTER);
}

struct ho_metric *ho_gauge(const char *name, const char *help, const char *labels)
{
    return metric_of(name, help, labels, GAUGE);
}

struct ho_metric *ho_histogram(const char *name, const char *help, const char *labels)
{
    return metric_of(name, help, labels, HISTOGRAM);
}

const char *ho_label_escape(struct ho_arena *arena, const char *value)
{
    char *text = ho_arena_alloc(arena, 2 * strlen(value) + 1), *to = text;
    for (; *value; value++) {
        if (*value == '"' || *value == '\\' || *value == '\n')
            *to++ = '\\';
        *to++ = *value == '\n' ? 'n' : *value;
    }
    return text;
}

void ho_metric_add(struct ho_metric *metric, double value)
{
    assert(metric->kind != HISTOGRAM && (metric->kind == GAUGE || value >= 0));
    metric->value += value;
}

void ho_metric_set(struct ho_metric *gauge, double value)
{
    assert(gauge->kind == GAUGE);
    gauge->value = value;
}

void ho_metric_observe(struct ho_metric *histogram, double seconds)
{
    assert(histogram->kind == HISTOGRAM);
    size_t i = 0;
    while (i < N_BOUNDS && seconds > bounds[i])
        i++;
    histogram->buckets[i]++;
    histogram->value += seconds;
}

double ho_metric_value(const struct ho_metric *metric)
{
    return metric->value;
}

// ---- The page.

struct page {
    char *text;
    size_t n, capacity;
};

__attribute__((format(printf, 2, 3))) static void put(struct page *page, const char *format, ...)
{
    for (;;) {
        va_list args;
        va_start(args, format);
        int n = vsnprintf(page->text + page->n, page->capacity - page->n, format, args);
        va_end(args);
        if (n < 0)
            abort();
        if ((size_t)n < page->capacity - page->n) {
            page->n += (size_t)n;
            return;
        }
        page->capacity = page->capacity * 2 + (size_t)n;
        page->text = realloc(page->text, page->capacity);
        if (!page->text)
            abort();
    }
}

// The shortest decimal that reads back as the same number.
static const char *number(double value, char out[NUMBER_BYTES])
{
    if (isnan(value))
        return "NaN";
    if (isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    if (value == trunc(value) && fabs(value) < 1e15)
        snprintf(out, NUMBER_BYTES, "%.0f", value);
    else
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(out, NUMBER_BYTES, "%.*g", digits, value);
            if (strtod(out, NULL) == value)
                break;
        }
    return out;
}

static void put_head(struct page *page, const struct family *f)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    put(page, "# HELP %s ", f->name);
    for (const char *p = f->help; *p; p++) {
        if (*p == '\n')
            put(page, "\\n");
        else
            put(page, *p == '\\' ? "%c\\" : "%c", *p);
    }
    put(page, "\n# TYPE %s %s\n", f->name, types[f->kind]);
}

static void put_simple(struct page *page, const struct family *f, const struct ho_metric *m)
{
    char text[NUMBER_BYTES];
    put(page, *m->labels ? "%s{%s} %s\n" : "%s%s %s\n", f->name, m->labels, number(m->value, text));
}

static void put_histogram(struct page *page, const struct family *f, const struct ho_metric *m)
{
    const char *comma = *m->labels ? "," : "";
    const char *open = *m->labels ? "{" : "", *close = *m->labels ? "}" : "";
    char text[NUMBER_BYTES];
    unsigned long long total = 0;
    for (size_t i = 0; i <= N_BOUNDS; i++) {
        total += m->buckets[i];
        put(page, "%s_bucket{%s%sle=\"%s\"} %llu\n", f->name, m->labels, comma,
            number(i < N_BOUNDS ? bounds[i] : INFINITY, text), total);
    }
    put(page, "%s_sum%s%s%s %s\n", f->name, open, m->labels, close, number(m->value, text));
    put(page, "%s_count%s%s%s %llu\n", f->name, open, m->labels, close, total);
}

char *ho_metrics_page(size_t *length)
{
    struct page page = {.text = must_alloc(4096), .capacity = 4096};
    for (const struct family *f = families; f; f = f->next) {
        put_head(&page, f);
        for (const struct ho_metric *m = f->first; m; m = m->next) {
            if (f->kind == HISTOGRAM)
                put_histogram(&page, f, m);
            else
                put_simple(&page, f, m);
        }
    }
    *length = page.n;
    return page.text;
}
