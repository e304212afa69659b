// Views of bytes: a pointer and a length, never owned, never NUL-terminated.
//
// All text inside handoff travels as struct ho_bytes; C strings appear only where a library wants them.
// A view is valid as long as the memory behind it, which the function that returns it names.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ho_bytes {
    const uint8_t *p;
    size_t n;
};

#define HO_BYTES_LITERAL(s) ((struct ho_bytes){(const uint8_t *)(s), sizeof(s) - 1})

static inline struct ho_bytes ho_bytes_of(const char *s)
{
    return (struct ho_bytes){(const uint8_t *)s, s ? strlen(s) : 0};
}

static inline struct ho_bytes ho_bytes_from(const void *p, size_t n)
{
    return (struct ho_bytes){p, n};
}

static inline bool ho_bytes_equal(struct ho_bytes a, struct ho_bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool ho_bytes_is(struct ho_bytes a, const char *s)
{
    return ho_bytes_equal(a, ho_bytes_of(s));
}

// Lexical order by bytes, the shorter first: <0, 0, >0.
static inline int ho_bytes_compare(struct ho_bytes a, struct ho_bytes b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

// Without white space (ASCII blanks and control characters) at both ends.
static inline struct ho_bytes ho_bytes_trim(struct ho_bytes b)
{
    while (b.n && b.p[0] <= ' ')
        b.p++, b.n--;
    while (b.n && b.p[b.n - 1] <= ' ')
        b.n--;
    return b;
}

// The length of the well-formed UTF-8 sequence at `p`, of which `n` > 0 bytes are there; 0 where there is none (RFC
// 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
size_t ho_utf8_length(const uint8_t *p, size_t n);
bool ho_is_utf8(struct ho_bytes b);

// For printf's "%.*s".
#define HO_BYTES_ARG(b) (int)(b).n, (const char *)(b).p
