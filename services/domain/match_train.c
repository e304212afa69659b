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
    double n[HO_MATCH_FIELDS][HO_MATCH_LEVELS_MAX];
    double matches;
};

static void add(struct sums *sums, const struct ho_match_pattern *pattern, double p)
{
    double n = (double)pattern->n;
    for (int f = 0; f < HO_MATCH_FIELDS; f++)
        sums->n[f][pattern->level[f]] += n * p;
    sums->matches += n * p;
}

static double seen_of(const struct sums *sums, int field)
{
    double seen = 0;
    for (int l = 1; l < ho_match_levels((enum ho_match_field)field); l++)
        seen += sums->n[field][l];
    return seen;
}

// One more of each level than was seen: what did not happen among a million may yet.
static void take_chance(const struct ho_match_patterns *chance, struct ho_match_weights *weights)
{
    struct sums sums = {0};
    for (size_t i = 0; i < chance->n; i++)
        add(&sums, &chance->items[i], 1);
    for (int f = 0; f < HO_MATCH_FIELDS; f++) {
        int levels = ho_match_levels((enum ho_match_field)f);
        double seen = seen_of(&sums, f);
        for (int l = 1; seen > 0 && l < levels; l++)
            weights->level[f][l].u = (sums.n[f][l] + 1) / (seen + levels);
    }
}

// The probability that a pair of the pattern is one person. A missing field says nothing.
static double expect(const struct ho_match_pattern *pattern, const struct ho_match_weights *weights, double share)
{
    double odds = log(share / (1 - share));
    for (int f = 0; f < HO_MATCH_FIELDS; f++)
        if (pattern->level[f])
            odds += log(weights->level[f][pattern->level[f]].m / weights->level[f][pattern->level[f]].u);
    return 1 / (1 + exp(-odds));
}

static void maximise(const struct sums *sums, struct ho_match_weights *weights)
{
    for (int f = 0; f < HO_MATCH_FIELDS; f++) {
        int levels = ho_match_levels((enum ho_match_field)f);
        double seen = seen_of(sums, f);
        for (int l = 1; seen > 0 && l < levels; l++)
            weights->level[f][l].m = (sums->n[f][l] + 1) / (seen + levels);
    }
}

// Relatives, twins and people of one name share so much that EM would take them for the same person.
static bool is_anothers(const struct ho_match_pattern *pattern)
{
    uint8_t given = pattern->level[HO_FIELD_GIVEN], birth = pattern->level[HO_FIELD_BIRTH_DATE];
    bool contradicts = given == HO_GIVEN_DIFFERS || birth == HO_BIRTH_DIFFERS;
    bool both = given >= HO_GIVEN_SIMILAR && birth == HO_BIRTH_DIFFERS;
    return both || (contradicts && pattern->level[HO_FIELD_IDENTIFIER] != HO_IDENTIFIER_EQUAL);
}

double ho_match_train(const struct ho_match_patterns *pairs, const struct ho_match_patterns *chance, double all,
                      const struct ho_match_weights *start, struct ho_match_weights *out)
{
    enum { ROUNDS_MAX = 500 };
    static const double STILL = 1e-3, LEAST = 1;
    double matches = LEAST, before = 0;
    *out = *start;
    take_chance(chance, out);
    for (int round = 0; round < ROUNDS_MAX && fabs(matches - before) > STILL; round++) {
        struct sums sums = {0};
        for (size_t i = 0; i < pairs->n; i++)
            if (!is_anothers(&pairs->items[i]))
                add(&sums, &pairs->items[i], expect(&pairs->items[i], out, matches / all));
        maximise(&sums, out);
        before = matches;
        matches = fmin(fmax(sums.matches, LEAST), all / 2);
    }
    return matches;
}
