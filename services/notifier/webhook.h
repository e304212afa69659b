// A call to a partner's system, signed as Standard Webhooks 1.0.0 says. Pure.
#pragma once

#include "handoff/event.h"

enum { HO_WEBHOOK_SECRET_BYTES_MIN = 24, HO_WEBHOOK_SECRET_BYTES_MAX = 64 };

struct ho_webhook_secret {
    uint8_t bytes[HO_WEBHOOK_SECRET_BYTES_MAX];
    size_t n;
};

// Reads "whsec_" and base64; blanks and line ends around it are passed over. HO_REJECT otherwise.
HO_MUST_USE enum ho_status ho_webhook_secret_read(struct ho_bytes text, struct ho_webhook_secret *out,
                                                  struct ho_error *error);

// The JSON object of a notice, in the arena.
struct ho_bytes ho_webhook_body(struct ho_arena *arena, const ho_notice *notice);

// The value of webhook-signature: "v1," and base64 of HMAC-SHA-256 over "id.timestamp.body", in the arena.
const char *ho_webhook_sign(struct ho_arena *arena, const struct ho_webhook_secret *secret, const char *id,
                            int64_t timestamp_s, struct ho_bytes body);
