// Weights from data: which levels pairs of one person show, and which pairs of two, estimated without knowing which is
// which (Winkler's use of expectation and maximisation for Fellegi and Sunter's model).
#include <math.h>
#include <stdlib.h>

#include "match_levels.h"

struct ho_match_patterns {
    struct ho_match_pattern *items;
    size_t n, capacity;
    struct ho_arena *arena;
    uint32_t *places; // an open table of indexes, from 1
    size_t n_places;
};

enum { FIRST_PLACES = 1024 };

struct ho_match_patterns *ho_match_patterns_new(struct ho_arena *arena)
{
    struct ho_match_patterns *patterns = ho_arena_alloc(arena, sizeof *patterns);
    patterns->arena = arena;
    patterns->n_places = FIRST_PLACES;
    patterns->places = ho_arena_array(arena, FIRST_PLACES, sizeof *patterns->places);
    return patterns;
}

static uint32_t *place_of(const struct ho_match_patterns *patterns, const uint8_t level[HO_MATCH_FIELDS])
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (int f = 0; f < HO_MATCH_FIELDS; f++)
        h = (h ^ level[f]) * UINT64_C(0x100000001b3);
    size_t i = (h ^ h >> 32) & (patterns->n_places - 1);
    while (patterns->places[i] && memcmp(patterns->items[patterns->places[i] - 1].level, level, HO_MATCH_FIELDS) != 0)
        i = (i + 1) & (patterns->n_places - 1);
    return &patterns->places[i];
}

static void grow(struct ho_match_patterns *patterns)
{
    patterns->n_places *= 2;
    patterns->places = ho_arena_array(patterns->arena, patterns->n_places, sizeof *patterns->places);
    for (size_t i = 0; i < patterns->n; i++)
        *place_of(patterns, patterns->items[i].level) = (uint32_t)(i + 1);
}

void ho_match_patterns_count(struct ho_match_patterns *patterns, const uint8_t level[HO_MATCH_FIELDS])
{
    uint32_t *place = place_of(patterns, level);
    if (*place) {
        patterns->items[*place - 1].n++;
        return;
    }
    struct ho_match_pattern *pattern = ho_arena_push(patterns->arena, &patterns->items, sizeof *pattern);
    memcpy(pattern->level, level, HO_MATCH_FIELDS);
    pattern->n = 1;
    *place = (uint32_t)patterns->n;
    if (patterns->n * 2 > patterns->n_places)
        grow(patterns);
}

size_t ho_match_patterns_list(const struct ho_match_patterns *patterns, const struct ho_match_pattern **out)
{
    *out = patterns->items;
    return patterns->n;
}

// ---- Expectation and maximisation ------------------------------------------------------------------------

struct sums {
    double match[HO_MATCH_FIELDS][HO_MATCH_LEVELS_MAX], other[HO_MATCH_FIELDS][HO_MATCH_LEVELS_MAX];
    double matches, all;
};

// The probability that a pair of the pattern is one person. A missing field says nothing.
static double expect(const struct ho_match_pattern *pattern, const struct ho_match_weights *weights, double share)
{
    double odds = log(share / (1 - share));
    for (int f = 0; f < HO_MATCH_FIELDS; f++)
        if (pattern->level[f])
            odds += log(weights->level[f][pattern->level[f]].m / weights->level[f][pattern->level[f]].u);
    return 1 / (1 + exp(-odds));
}

static void add(struct sums *sums, const struct ho_match_pattern *pattern, double p)
{
    double n = (double)pattern->n;
    for (int f = 0; f < HO_MATCH_FIELDS; f++) {
        sums->match[f][pattern->level[f]] += n * p;
        sums->other[f][pattern->level[f]] += n * (1 - p);
    }
    sums->matches += n * p;
    sums->all += n;
}

static double within(double x)
{
    enum { LEAST_OF_A_BILLION = 10 };
    const double least = LEAST_OF_A_BILLION * 1e-9;
    return x < least ? least : x > 1 - least ? 1 - least : x;
}

// A level that was never seen keeps what it had.
static void maximise(const struct sums *sums, struct ho_match_weights *weights)
{
    for (int f = 0; f < HO_MATCH_FIELDS; f++) {
        double match = 0, other = 0;
        int levels = ho_match_levels((enum ho_match_field)f);
        for (int l = 1; l < levels; l++)
            match += sums->match[f][l], other += sums->other[f][l];
        for (int l = 1; l < levels; l++) {
            if (sums->match[f][l] + sums->other[f][l] == 0)
                continue;
            if (match > 0)
                weights->level[f][l].m = within(sums->match[f][l] / match);
            if (other > 0)
                weights->level[f][l].u = within(sums->other[f][l] / other);
        }
    }
}

double ho_match_train(const struct ho_match_pattern *patterns, size_t n, const struct ho_match_weights *start,
                      struct ho_match_weights *out)
{
    enum { ROUNDS_MAX = 500 };
    double share = 0.1, before = 0;
    *out = *start;
    for (int round = 0; round < ROUNDS_MAX && fabs(share - before) > 1e-9; round++) {
        struct sums sums = {0};
        for (size_t i = 0; i < n; i++)
            add(&sums, &patterns[i], expect(&patterns[i], out, share));
        if (sums.all == 0)
            return 0;
        maximise(&sums, out);
        before = share;
        share = within(sums.matches / sums.all);
    }
    return share;
}
