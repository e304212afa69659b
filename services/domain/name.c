// Folding of names. Nearly all names are ASCII, so those never meet ICU.
#include "name.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

static bool is_ascii(struct ho_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= 0x80)
            return false;
    return true;
}

static struct ho_bytes fold_ascii(struct ho_arena *arena, struct ho_bytes text)
{
    uint8_t *out = ho_arena_alloc(arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c >= 'A' && c <= 'Z')
            out[n++] = (uint8_t)(c + ('a' - 'A'));
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out[n++] = c;
    }
    return ho_bytes_from(out, n);
}

// Decomposed and case-folded UTF-16 of the name; NULL where ICU refuses.
static UChar *decompose(struct ho_arena *arena, struct ho_bytes text, int32_t *n_out)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t room = (int32_t)text.n * 20 + 8; // NFKD grows by 18 at most
    UChar *raw = ho_arena_array(arena, (size_t)room, sizeof *raw);
    UChar *nfkd = ho_arena_array(arena, (size_t)room, sizeof *nfkd);
    UChar *folded = ho_arena_array(arena, (size_t)room * 3, sizeof *folded);
    int32_t n = 0;
    u_strFromUTF8WithSub(raw, room, &n, (const char *)text.p, (int32_t)text.n, ' ', NULL, &status);
    const UNormalizer2 *normalizer = unorm2_getNFKDInstance(&status);
    n = unorm2_normalize(normalizer, raw, n, nfkd, room, &status);
    n = u_strFoldCase(folded, room * 3, nfkd, n, U_FOLD_CASE_DEFAULT, &status);
    *n_out = n;
    return U_SUCCESS(status) ? folded : NULL;
}

// Letters and digits only. Halves of a supplementary character are kept: all scripts there are letters.
static int32_t keep_letters(UChar *units, int32_t n)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < n; i++)
        if (U16_IS_SURROGATE(units[i]) || u_isalnum(units[i]))
            units[kept++] = units[i];
    return kept;
}

struct ho_bytes ho_name_fold(struct ho_arena *arena, const char *name)
{
    enum { LONGEST_NAME = 4096 };
    struct ho_bytes text = ho_bytes_of(name);
    if (text.n > LONGEST_NAME)
        text.n = LONGEST_NAME;
    if (is_ascii(text))
        return fold_ascii(arena, text);
    int32_t n_units = 0, n = 0;
    UChar *units = decompose(arena, text, &n_units);
    if (!units)
        return fold_ascii(arena, text);
    n_units = keep_letters(units, n_units);
    UErrorCode status = U_ZERO_ERROR;
    int32_t room = n_units * 3 + 1;
    char *out = ho_arena_alloc(arena, (size_t)room);
    u_strToUTF8WithSub(out, room, &n, units, n_units, '?', NULL, &status);
    return ho_bytes_from(out, U_SUCCESS(status) ? (size_t)n : 0);
}
