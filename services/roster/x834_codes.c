#include "x834_codes.h"

#include <assert.h>
#include <strings.h>

// In the order of the alphabet, which is that of both numberings: Medi-Cal counts by one, FIPS by two.
static const char *const counties[] = {
    "Alameda",        "Alpine",        "Amador",        "Butte",       "Calaveras",
    "Colusa",         "Contra Costa",  "Del Norte",     "El Dorado",   "Fresno",
    "Glenn",          "Humboldt",      "Imperial",      "Inyo",        "Kern",
    "Kings",          "Lake",          "Lassen",        "Los Angeles", "Madera",
    "Marin",          "Mariposa",      "Mendocino",     "Merced",      "Modoc",
    "Mono",           "Monterey",      "Napa",          "Nevada",      "Orange",
    "Placer",         "Plumas",        "Riverside",     "Sacramento",  "San Benito",
    "San Bernardino", "San Diego",     "San Francisco", "San Joaquin", "San Luis Obispo",
    "San Mateo",      "Santa Barbara", "Santa Clara",   "Santa Cruz",  "Shasta",
    "Sierra",         "Siskiyou",      "Solano",        "Sonoma",      "Stanislaus",
    "Sutter",         "Tehama",        "Trinity",       "Tulare",      "Tuolumne",
    "Ventura",        "Yolo",          "Yuba",
};
enum { COUNTIES = sizeof counties / sizeof *counties };
static_assert(COUNTIES == 58, "California has 58 counties");

// CAM, SAO and TAG are Z39.53's of 1994, which files still hold.
static const struct {
    char three[4], two[3];
} languages[] = {
    {"ara", "ar"}, {"arm", "hy"}, {"cam", "km"}, {"chi", "zh"}, {"eng", "en"}, {"fas", "fa"},
    {"fre", "fr"}, {"heb", "he"}, {"hin", "hi"}, {"hye", "hy"}, {"ita", "it"}, {"jpn", "ja"},
    {"khm", "km"}, {"kor", "ko"}, {"lao", "lo"}, {"pan", "pa"}, {"per", "fa"}, {"pol", "pl"},
    {"por", "pt"}, {"rus", "ru"}, {"sao", "sm"}, {"smo", "sm"}, {"spa", "es"}, {"tag", "tl"},
    {"tgl", "tl"}, {"tha", "th"}, {"tur", "tr"}, {"ukr", "uk"}, {"vie", "vi"}, {"zho", "zh"},
};

static unsigned number_of(struct ho_bytes digits)
{
    unsigned n = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return 0;
        n = n * 10 + (unsigned)(digits.p[i] - '0');
    }
    return n;
}

struct ho_bytes ho_x834_county(struct ho_bytes code)
{
    unsigned number = 0;
    if (code.n == 2)
        number = number_of(code);
    else if (code.n == 3 && number_of(code) % 2 == 1)
        number = number_of(code) / 2 + 1;
    else if (code.n == 5 && memcmp(code.p, "06", 2) == 0)
        return ho_x834_county(ho_bytes_from(code.p + 2, 3));
    return number >= 1 && number <= COUNTIES ? ho_bytes_of(counties[number - 1]) : code;
}

struct ho_bytes ho_x834_language(struct ho_bytes code)
{
    for (size_t i = 0; i < sizeof languages / sizeof *languages && code.n == 3; i++)
        if (strncasecmp((const char *)code.p, languages[i].three, 3) == 0)
            return ho_bytes_of(languages[i].two);
    return code;
}
