#include "match_text.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// Marks letters of `b` that `a` has nearby; the common letters of `a` go to `common`, in order.
static size_t common_letters(struct ho_bytes a, struct ho_bytes b, uint32_t *marks, uint8_t *common)
{
    size_t longest = a.n > b.n ? a.n : b.n;
    size_t reach = longest / 2 ? longest / 2 - 1 : 0;
    size_t n = 0;
    for (size_t i = 0; i < a.n; i++) {
        size_t end = least(i + reach + 1, b.n);
        for (size_t j = i > reach ? i - reach : 0; j < end; j++)
            if (a.p[i] == b.p[j] && !(*marks >> j & 1)) {
                *marks |= UINT32_C(1) << j;
                common[n++] = a.p[i];
                break;
            }
    }
    return n;
}

double ho_text_jaro_winkler(struct ho_bytes a, struct ho_bytes b)
{
    uint8_t common[HO_WORD_BYTES] = {0};
    uint32_t marks = 0;
    a.n = least(a.n, HO_WORD_BYTES), b.n = least(b.n, HO_WORD_BYTES);
    size_t n = common_letters(a, b, &marks, common), moved = 0, k = 0;
    if (n == 0)
        return 0;
    for (size_t j = 0; j < b.n; j++)
        if (marks >> j & 1)
            moved += common[k++] != b.p[j];
    double m = (double)n;
    double jaro = (m / (double)a.n + m / (double)b.n + (m - (double)moved / 2) / m) / 3;
    size_t prefix = 0;
    while (prefix < 4 && prefix < a.n && prefix < b.n && a.p[prefix] == b.p[prefix])
        prefix++;
    return jaro + (double)prefix * 0.1 * (1 - jaro);
}

bool ho_text_may_be_like(struct ho_bytes a, struct ho_bytes b, double least_likeness)
{
    uint64_t letters = 0;
    size_t common = 0, prefix = 0;
    for (size_t i = 0; i < b.n; i++)
        letters |= UINT64_C(1) << (b.p[i] & 63);
    for (size_t i = 0; i < a.n; i++)
        common += letters >> (a.p[i] & 63) & 1;
    while (prefix < 4 && prefix < a.n && prefix < b.n && a.p[prefix] == b.p[prefix])
        prefix++;
    double m = (double)least(common, b.n);
    double jaro = (m / (double)a.n + m / (double)b.n + 1) / 3;
    return m > 0 && jaro + (double)prefix * 0.1 * (1 - jaro) >= least_likeness;
}

static unsigned least_of(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

unsigned ho_text_edits(struct ho_bytes a, struct ho_bytes b, unsigned most)
{
    unsigned rows[3][HO_WORD_BYTES + 1];
    a.n = least(a.n, HO_WORD_BYTES), b.n = least(b.n, HO_WORD_BYTES);
    if ((a.n > b.n ? a.n - b.n : b.n - a.n) > most)
        return most + 1;
    for (unsigned j = 0; j <= b.n; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        unsigned best = row[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            row[j] = least_of(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a.p[i - 1] != b.p[j - 1]));
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
            best = row[j] < best ? row[j] : best;
        }
        if (best > most)
            return most + 1;
    }
    return rows[a.n % 3][b.n];
}

bool ho_text_is_slip(struct ho_bytes a, struct ho_bytes b)
{
    size_t shorter = least(a.n, b.n);
    if (shorter < 3)
        return false;
    if (shorter >= 6 && memcmp(a.p, b.p, shorter) == 0)
        return true;
    unsigned most = shorter >= 8 ? 2 : 1;
    return ho_text_edits(a, b, most) <= most;
}

static uint8_t sound_of(struct ho_bytes w, size_t i)
{
    static const char SOUNDS[] = "-bkt-fj-j-klmn-pkrst-b-kj s"; // of a to z
    uint8_t c = w.p[i], next = i + 1 < w.n ? w.p[i + 1] : 0;
    if (c < 'a' || c > 'z')
        return c; // another script: as it is
    if (c == 'c' && (next == 'e' || next == 'i' || next == 'y'))
        return 's';
    if (c == 'p' && next == 'h')
        return 'f';
    if (c == 'y')
        return '-';
    return c == 'z' ? 's' : (uint8_t)SOUNDS[c - 'a'];
}

uint32_t ho_text_sound(struct ho_bytes word)
{
    uint32_t code = 2166136261U;
    uint8_t last = 0;
    int n = 0;
    for (size_t i = 0; i < word.n && n < 5; i++) {
        uint8_t s = sound_of(word, i);
        if (s == '-' && i == 0)
            s = 'a'; // a beginning vowel is heard
        if (s != '-' && s != last)
            code = (code ^ s) * 16777619U, n++;
        last = s;
    }
    return code ^ (code >> 13);
}

static uint8_t at(struct ho_bytes word, size_t i)
{
    return i < word.n ? word.p[i] : 0;
}

// The letter that stands for those at `*i`, which moves on; 0 for one that is not heard.
static uint8_t plain_letter(struct ho_bytes word, size_t *i)
{
    uint8_t c = word.p[(*i)++], next = at(word, *i), before = *i > 1 ? word.p[*i - 2] : 0;
    bool pair = (c == 'p' && next == 'h') || (c == 'c' && next == 'k') || (c == 'e' && (next == 'e' || next == 'i')) ||
                (c == 'o' && (next == 'u' || next == 'o')) || (c == 'i' && next == 'e' && *i + 1 == word.n);
    *i += pair;
    switch (c) {
    case 'p':
        return pair ? 'f' : 'p';
    case 'e':
        return pair ? 'i' : 'e';
    case 'o':
        return pair ? 'u' : 'o';
    case 'c':
        return !pair && (next == 'e' || next == 'i' || next == 'y') ? 's' : next == 'h' ? 'c' : 'k';
    case 'q':
        return 'k';
    case 'y':
        return 'i';
    case 'z':
        return 's';
    case 'h':
        return *i == 1 || before == 's' || before == 'c' ? 'h' : 0;
    default:
        return c;
    }
}

void ho_text_plain(struct ho_bytes word, struct ho_plain_word *out)
{
    out->n = 0;
    for (size_t i = 0; i < word.n && i < HO_WORD_BYTES;) {
        uint8_t c = plain_letter(word, &i);
        if (c && (out->n == 0 || out->text[out->n - 1] != c))
            out->text[out->n++] = c;
    }
}
