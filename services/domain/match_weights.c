// The built-in weights, as deploy/match/weights.yaml states them, and the names of fields and levels.
#include "match_levels.h"

static const char *const FIELDS[HO_MATCH_FIELDS] = {
    [HO_FIELD_IDENTIFIER] = "identifier",
    [HO_FIELD_GIVEN] = "given",
    [HO_FIELD_BIRTH_DATE] = "birth_date",
    [HO_FIELD_SURNAME] = "surname",
    [HO_FIELD_MIDDLE] = "middle",
    [HO_FIELD_SUFFIX] = "suffix",
    [HO_FIELD_SEX] = "sex",
    [HO_FIELD_PHONE] = "phone",
    [HO_FIELD_ADDRESS] = "address",
    [HO_FIELD_PLACE] = "place",
};

static const char *const LEVELS[HO_MATCH_FIELDS][HO_MATCH_LEVELS_MAX] = {
    [HO_FIELD_IDENTIFIER] = {"missing", "equal", "slip", "differs"},
    [HO_FIELD_GIVEN] = {"missing", "equal", "form", "part", "slip", "initial", "second", "translated", "similar",
                        "differs"},
    [HO_FIELD_BIRTH_DATE] = {"missing", "equal", "twisted", "digit", "first", "year", "day", "differs"},
    [HO_FIELD_SURNAME] = {"missing", "equal", "part", "slip", "similar", "differs"},
    [HO_FIELD_MIDDLE] = {"missing", "equal", "initial", "differs"},
    [HO_FIELD_SUFFIX] = {"missing", "equal", "one-sided", "differs"},
    [HO_FIELD_SEX] = {"missing", "equal", "differs"},
    [HO_FIELD_PHONE] = {"missing", "equal", "slip", "differs"},
    [HO_FIELD_ADDRESS] = {"missing", "equal", "near", "half", "differs"},
    [HO_FIELD_PLACE] = {"missing", "zip", "near", "differs"},
};

const struct ho_match_weights ho_match_weights_default = {
    .level =
        {
            [HO_FIELD_IDENTIFIER] = {{0}, {0.90, 1e-6}, {0.03, 1e-4}, {0.07, 0.9}},
            [HO_FIELD_GIVEN] = {{0},
                                {0.82, 0.01},
                                {0.05, 0.005},
                                {0.05, 0.004},
                                {0.05, 0.002},
                                {0.01, 0.03},
                                {0.008, 0.003},
                                {0.008, 0.003},
                                {0.007, 0.04},
                                {0.005, 0.9}},
            [HO_FIELD_BIRTH_DATE] = {{0},
                                     {0.92, 4e-5},
                                     {0.02, 1.5e-4},
                                     {0.03, 4e-4},
                                     {0.01, 3e-4},
                                     {0.008, 3e-4},
                                     {0.006, 0.001},
                                     {0.01, 0.99}},
            [HO_FIELD_SURNAME] = {{0}, {0.85, 0.01}, {0.05, 0.006}, {0.05, 0.002}, {0.01, 0.02}, {0.04, 0.96}},
            [HO_FIELD_MIDDLE] = {{0}, {0.75, 0.02}, {0.21, 0.07}, {0.04, 0.9}},
            [HO_FIELD_SUFFIX] = {{0}, {0.55, 0.2}, {0.4, 0.6}, {0.05, 0.2}},
            [HO_FIELD_SEX] = {{0}, {0.985, 0.5}, {0.015, 0.5}},
            [HO_FIELD_PHONE] = {{0}, {0.70, 2e-5}, {0.03, 1e-4}, {0.27, 0.99}},
            [HO_FIELD_ADDRESS] = {{0}, {0.68, 2e-5}, {0.08, 2e-4}, {0.04, 0.01}, {0.2, 0.99}},
            [HO_FIELD_PLACE] = {{0}, {0.80, 0.004}, {0.10, 0.03}, {0.10, 0.96}},
        },
    .link_bits = 24,
    .review_bits = 22,
};

const char *ho_match_field_name(enum ho_match_field field)
{
    return FIELDS[field];
}

const char *ho_match_level_name(enum ho_match_field field, int level)
{
    return level >= 0 && level < HO_MATCH_LEVELS_MAX ? LEVELS[field][level] : NULL;
}

int ho_match_levels(enum ho_match_field field)
{
    int n = 0;
    while (n < HO_MATCH_LEVELS_MAX && LEVELS[field][n])
        n++;
    return n;
}
