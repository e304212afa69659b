// SHA-256, cut to the 16 bytes that identities use. Pure; the one place in the domain that calls libcrypto.
#pragma once

#include "handoff/bytes.h"

// SHA-256 of the parts with a zero byte between them.
void ho_digest(const struct ho_bytes *parts, size_t n_parts, uint8_t out[32]);
// Its first 16 bytes.
void ho_digest_id(const struct ho_bytes *parts, size_t n_parts, uint8_t out[16]);

// Lower-case hexadecimal with a NUL: 2 * n + 1 bytes. The reverse is false where the text is not exactly that.
void ho_hex(const uint8_t *bytes, size_t n, char *out);
bool ho_unhex(struct ho_bytes text, uint8_t *out, size_t n);
