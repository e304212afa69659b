// The built-in weights, as deploy/match/weights.yaml states them, and the names of fields and levels. They are what
// `handoffctl match train` found in an invented hard set of seed 51, which no figure is taken from.
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
            [HO_FIELD_IDENTIFIER] = {{0}, {0.922593, 4.9835e-06}, {0.0214232, 4.9835e-06}, {0.0559252, 0.999988}},
            [HO_FIELD_GIVEN] = {{0},
                                {0.710346, 0.00319717},
                                {0.0833299, 0.000799945},
                                {0.0458844, 0.000955418},
                                {0.0984786, 0.000505503},
                                {0.0111676, 0.000762597},
                                {0.018183, 0.00154343},
                                {0.0126004, 0.000892881},
                                {0.0152746, 0.00528607},
                                {0.00471153, 0.986056}},
            [HO_FIELD_BIRTH_DATE] = {{0},
                                     {0.818802, 3.90277e-05},
                                     {0.0575214, 4.70106e-05},
                                     {0.0791047, 0.00102004},
                                     {0.0181893, 0.000449705},
                                     {0.00604786, 2.30618e-05},
                                     {0.000958295, 0.000749509},
                                     {0.0193532, 0.997671}},
            [HO_FIELD_SURNAME] = {{0},
                                  {0.776872, 0.00369913},
                                  {0.0599062, 0.0032603},
                                  {0.126219, 0.00171978},
                                  {0.0190816, 0.00218143},
                                  {0.0178986, 0.989139}},
            [HO_FIELD_MIDDLE] = {{0}, {0.650086, 0.0119442}, {0.304216, 0.0317547}, {0.0455488, 0.956291}},
            [HO_FIELD_SUFFIX] = {{0}, {0.530131, 0.0016008}, {0.462073, 0.996112}, {0.00389806, 0.00224113}},
            [HO_FIELD_SEX] = {{0}, {0.974897, 0.502159}, {0.0250771, 0.49784}},
            [HO_FIELD_PHONE] = {{0}, {0.713062, 8.73754e-06}, {0.0494704, 2.18439e-06}, {0.237437, 0.999988}},
            [HO_FIELD_ADDRESS] = {{0},
                                  {0.772912, 2.28227e-05},
                                  {0.0364363, 5.35455e-05},
                                  {0.00394512, 0.00690738},
                                  {0.186682, 0.993015}},
            [HO_FIELD_PLACE] = {{0}, {0.84322, 0.00565598}, {0.100796, 0.0305189}, {0.0559603, 0.963824}},
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
