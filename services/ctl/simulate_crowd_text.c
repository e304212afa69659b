#include "simulate_crowd_text.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

enum { SLIP_BYTES = 128 };

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

void ho_crowd_copy(char *to, size_t size, const char *from)
{
    size_t n = strlen(from);
    if (n >= size) {
        n = size - 1;
        while (n > 0 && continues(from[n]))
            n--;
    }
    memmove(to, from, n);
    to[n] = '\0';
}

void ho_crowd_append(char *to, size_t size, const char *more)
{
    size_t n = strlen(to);
    ho_crowd_copy(to + n, size - n, more);
}

void ho_crowd_cut(char *text, size_t n)
{
    for (; *text; text++)
        if (!continues(*text) && n-- == 0)
            break;
    *text = '\0';
}

size_t ho_crowd_length(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += !continues(*text);
    return n;
}

void ho_crowd_plain(char *text)
{
    static const char plain[] = "AAAAAAACEEEEIIIIDNOOOOO*OUUUUYTSaaaaaaaceeeeiiiidnooooo/ouuuuyty";
    char *to = text;
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == 0xC3 && continues(p[1]))
            *to++ = plain[(unsigned char)*++p & 0x3F];
        else
            *to++ = *p;
    }
    *to = '\0';
}

void ho_crowd_upper(char *text)
{
    for (; *text; text++)
        if (*text >= 'a' && *text <= 'z')
            *text = (char)(*text - 'a' + 'A');
}

void ho_crowd_folded(const char *text, char *out, size_t size)
{
    ho_crowd_copy(out, size, text);
    ho_crowd_plain(out);
    ho_crowd_upper(out);
    char *to = out;
    for (const char *p = out; *p; p++)
        if ((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9'))
            *to++ = *p;
    *to = '\0';
}

bool ho_crowd_alike(const char *a, const char *b)
{
    char x[SLIP_BYTES], y[SLIP_BYTES];
    ho_crowd_folded(a, x, sizeof x);
    ho_crowd_folded(b, y, sizeof y);
    return strcmp(x, y) == 0;
}

static bool is_particle(const char *word, size_t n)
{
    static const char *const particles[] = {"De",  "Del", "La",    "Las", "Los", "Dela", "Delos", "Van", "Vander",
                                            "Der", "San", "Santa", "Al",  "El",  "Abu",  "Abdel", "Ter"};
    for (size_t i = 0; i < sizeof particles / sizeof *particles; i++)
        if (strlen(particles[i]) == n && memcmp(particles[i], word, n) == 0)
            return true;
    return false;
}

size_t ho_crowd_parts(const char *name, char parts[][HO_CROWD_PART_BYTES], size_t most)
{
    size_t n_parts = 0;
    const char *begin = name;
    while (*begin && n_parts < most) {
        size_t n = strcspn(begin, " -"), last = n;
        while (is_particle(begin + n - last, last) && begin[n]) {
            last = strcspn(begin + n + 1, " -");
            n += 1 + last;
        }
        size_t kept = n < HO_CROWD_PART_BYTES ? n : HO_CROWD_PART_BYTES - 1;
        memcpy(parts[n_parts], begin, kept);
        parts[n_parts++][kept] = '\0';
        begin += n + (begin[n] != '\0');
    }
    return n_parts;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char in_case(char letter, char like)
{
    return like >= 'A' && like <= 'Z' ? (char)(letter - 'a' + 'A') : letter;
}

static char beside(struct ho_sim_random *random, char c)
{
    static const char *const rows[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm"};
    char low = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    for (size_t i = 0; i < 3; i++) {
        const char *at = strchr(rows[i], low);
        if (!at)
            continue;
        bool left = at != rows[i] && (!at[1] || ho_sim_random_chance(random, 500));
        return in_case(left ? at[-1] : at[1], c);
    }
    return c;
}

// Puts `with` in the place of the n bytes at `at`.
static void splice(char *text, size_t size, size_t at, size_t n, const char *with)
{
    char tail[SLIP_BYTES];
    ho_crowd_copy(tail, sizeof tail, text + at + n);
    text[at] = '\0';
    ho_crowd_append(text, size, with);
    ho_crowd_append(text, size, tail);
}

// The first letter is seldom wrong.
static size_t place_of_letter(struct ho_sim_random *random, const char *text)
{
    size_t n = strlen(text), at = 0;
    for (int tries = 0; tries < 12; tries++) {
        at = ho_sim_random_below(random, (uint32_t)n);
        if (is_letter(text[at]) && (at > 0 || ho_sim_random_chance(random, 250)))
            break;
    }
    return at;
}

static void slip_key(struct ho_sim_random *random, char *text, size_t size)
{
    size_t at = place_of_letter(random, text);
    if (!is_letter(text[at]))
        return;
    char near[3] = {beside(random, text[at]), '\0', '\0'};
    switch (ho_sim_random_below(random, 4)) {
    case 0:
        splice(text, size, at, 1, "");
        break;
    case 1:
        if (ho_sim_random_chance(random, 600))
            near[0] = text[at];
        splice(text, size, at, 0, near);
        break;
    case 2:
        splice(text, size, at, 1, near);
        break;
    default:
        if (is_letter(text[at + 1])) {
            char pair[3] = {text[at + 1], text[at], '\0'};
            splice(text, size, at, 2, pair);
        }
    }
}

struct reading {
    const char *from, *to;
};

static void slip_reading(struct ho_sim_random *random, char *text, size_t size, const struct reading *readings,
                         uint32_t n_readings)
{
    uint32_t start = ho_sim_random_below(random, n_readings);
    for (uint32_t i = 0; i < n_readings; i++) {
        const struct reading *reading = &readings[(start + i) % n_readings];
        const char *at = strstr(text + 1, reading->from);
        if (!at)
            continue;
        splice(text, size, (size_t)(at - text), strlen(reading->from), reading->to);
        return;
    }
}

static void slip_ear(struct ho_sim_random *random, char *text, size_t size)
{
    static const struct reading heard[] = {
        {"ph", "f"},  {"f", "ph"},  {"ck", "k"},    {"k", "c"},     {"c", "k"},     {"s", "z"},     {"z", "s"},
        {"v", "b"},   {"b", "v"},   {"y", "i"},     {"i", "y"},     {"ee", "i"},    {"i", "ee"},    {"th", "t"},
        {"ll", "y"},  {"ll", "l"},  {"nn", "n"},    {"h", ""},      {"x", "j"},     {"qu", "k"},    {"ie", "y"},
        {"ou", "u"},  {"oo", "u"},  {"u", "oo"},    {"e", "i"},     {"a", "e"},     {"o", "u"},     {"sh", "ch"},
        {"ch", "sh"}, {"tz", "ts"}, {"ian", "yan"}, {"yan", "ian"}, {"son", "sen"}, {"sen", "son"}, {"ay", "ai"},
        {"ei", "ie"}, {"ea", "ee"}, {"ey", "y"},    {"m", "n"},     {"n", "m"},
    };
    slip_reading(random, text, size, heard, sizeof heard / sizeof *heard);
}

static void slip_scan(struct ho_sim_random *random, char *text, size_t size)
{
    static const struct reading read[] = {
        {"o", "0"}, {"l", "1"}, {"i", "l"}, {"l", "i"}, {"rn", "m"}, {"m", "rn"}, {"cl", "d"},
        {"e", "c"}, {"c", "e"}, {"u", "v"}, {"v", "u"}, {"h", "b"},  {"n", "ri"}, {"g", "q"},
    };
    slip_reading(random, text, size, read, sizeof read / sizeof *read);
}

bool ho_crowd_slip(struct ho_sim_random *random, char *text, size_t size)
{
    char before[SLIP_BYTES];
    assert(size <= sizeof before);
    if (ho_crowd_length(text) < 3)
        return false;
    ho_crowd_copy(before, sizeof before, text);
    for (int tries = 0; tries < 8; tries++) {
        uint32_t way = ho_sim_random_below(random, 100);
        if (way < 62)
            slip_key(random, text, size);
        else if (way < 90)
            slip_ear(random, text, size);
        else
            slip_scan(random, text, size);
        if (!ho_crowd_alike(before, text))
            return true;
        ho_crowd_copy(text, size, before);
    }
    return false;
}

bool ho_crowd_digit_off(struct ho_sim_random *random, char *text, size_t from)
{
    size_t n = strlen(text);
    if (n <= from)
        return false;
    for (int tries = 0; tries < 12; tries++) {
        size_t at = from + ho_sim_random_below(random, (uint32_t)(n - from));
        if (text[at] < '0' || text[at] > '9')
            continue;
        text[at] = (char)('0' + (text[at] - '0' + (int)ho_sim_random_below(random, 9) + 1) % 10);
        return true;
    }
    return false;
}
