#include "handoff/bytes.h"

size_t ho_utf8_length(const uint8_t *p, size_t n)
{
    uint8_t c = p[0], low = 0x80, high = 0xBF;
    size_t length = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    if (c == 0xE0)
        low = 0xA0;
    else if (c == 0xED)
        high = 0x9F;
    else if (c == 0xF0)
        low = 0x90;
    else if (c == 0xF4)
        high = 0x8F;
    if (length > n || (length > 1 && (p[1] < low || p[1] > high)))
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    }
    return length;
}

bool ho_is_utf8(struct ho_bytes b)
{
    for (size_t i = 0; i < b.n;) {
        size_t length = ho_utf8_length(b.p + i, b.n - i);
        if (!length)
            return false;
        i += length;
    }
    return true;
}
