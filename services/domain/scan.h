// Finding a byte many times: which of up to 64 bytes are it, as a mask. Messages are mostly delimiters, and
// one branch a mask costs far less than one a byte or a call a field.
#pragma once

#include "handoff/bytes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { HO_SCAN_BYTES = 64 };

// Eight bytes a step, on any machine. `n` is at most 64; bit i stands for p[i].
static inline uint64_t ho_scan_portable(const uint8_t *p, size_t n, uint8_t byte)
{
    const uint64_t every = UINT64_C(0x0101010101010101), low = every * 0x7F;
    uint64_t mask = 0;
    for (size_t i = 0; i < n; i += 8) {
        uint64_t word = 0;
        memcpy(&word, p + i, n - i < 8 ? n - i : 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        uint64_t differs = word ^ every * byte;
        // The highest bit of each byte that differs in none, then these eight bits side by side.
        uint64_t equal = ~(((differs & low) + low) | differs | low) >> 7;
        mask |= (equal * UINT64_C(0x0102040810204080) >> 56) << i;
    }
    return n < HO_SCAN_BYTES ? mask & ((UINT64_C(1) << n) - 1) : mask;
}

#if defined(__SSE2__)
static inline uint64_t ho_scan_sixteen(const uint8_t *p, __m128i pattern)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)p);
    return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, pattern));
}

static inline uint64_t ho_scan(const uint8_t *p, size_t n, uint8_t byte)
{
    const __m128i pattern = _mm_set1_epi8((char)byte);
    if (n >= HO_SCAN_BYTES)
        return ho_scan_sixteen(p, pattern) | ho_scan_sixteen(p + 16, pattern) << 16 |
               ho_scan_sixteen(p + 32, pattern) << 32 | ho_scan_sixteen(p + 48, pattern) << 48;
    uint64_t mask = 0;
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        mask |= ho_scan_sixteen(p + i, pattern) << i;
    if (i < n) {
        uint8_t tail[16] = {0};
        memcpy(tail, p + i, n - i);
        mask |= (ho_scan_sixteen(tail, pattern) & ((UINT64_C(1) << (n - i)) - 1)) << i;
    }
    return mask;
}
#else
static inline uint64_t ho_scan(const uint8_t *p, size_t n, uint8_t byte)
{
    return ho_scan_portable(p, n, byte);
}
#endif
