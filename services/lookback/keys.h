// A set of identities, each by the Kafka key of its messages: facility, 0x1f, MRN. Texts are copied. One thread.
#pragma once

#include "handoff/arena.h"

struct ho_keys;

struct ho_keys *ho_keys_new(void);       // the caller frees
void ho_keys_free(struct ho_keys *keys); // takes NULL
void ho_keys_add(struct ho_keys *keys, const char *facility, const char *mrn);
size_t ho_keys_size(const struct ho_keys *keys);
bool ho_keys_have(const struct ho_keys *keys, struct ho_bytes key);
// The key of an identity, in the arena.
struct ho_bytes ho_keys_make(struct ho_arena *arena, const char *facility, const char *mrn);
