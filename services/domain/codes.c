// Diagnosis groups: which groups a code belongs to.
#include "handoff/codes.h"

enum { MAX_CODE = 8 }; // ICD-10-CM codes have at most 7 characters

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

// The code without dots and blanks, in upper case; what is longer than any code is cut.
static struct ho_bytes plain(struct ho_bytes code, uint8_t out[MAX_CODE])
{
    size_t n = 0;
    for (size_t i = 0; i < code.n && n < MAX_CODE; i++) {
        if (code.p[i] > ' ' && code.p[i] != '.')
            out[n++] = upper(code.p[i]);
    }
    return ho_bytes_from(out, n);
}

static bool begins_with(struct ho_bytes code, const char *prefix)
{
    size_t i = 0;
    while (i < code.n && prefix[i] && (prefix[i] == '?' || (uint8_t)prefix[i] == code.p[i]))
        i++;
    return !prefix[i];
}

static bool begins_with_any(struct ho_bytes code, const char *const *prefixes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (begins_with(code, prefixes[i]))
            return true;
    }
    return false;
}

uint64_t ho_codes_of(const struct ho_codes *codes, struct ho_bytes code)
{
    uint8_t letters[MAX_CODE];
    struct ho_bytes c = plain(code, letters);
    uint64_t groups = 0;
    for (size_t i = 0; c.n && i < codes->n; i++) {
        const struct ho_code_group *g = &codes->groups[i];
        if (begins_with_any(c, g->prefixes, g->n_prefixes) && !begins_with_any(c, g->except, g->n_except))
            groups |= UINT64_C(1) << i;
    }
    return ho_codes_with_unions(codes, groups);
}

uint64_t ho_codes_group(const struct ho_codes *codes, struct ho_bytes key)
{
    for (size_t i = 0; i < codes->n; i++) {
        if (ho_bytes_is(key, codes->groups[i].key))
            return UINT64_C(1) << i;
    }
    return 0;
}

uint64_t ho_codes_with_unions(const struct ho_codes *codes, uint64_t groups)
{
    for (size_t i = 0; i < codes->n; i++) {
        if (groups & codes->groups[i].includes)
            groups |= UINT64_C(1) << i;
    }
    return groups;
}
