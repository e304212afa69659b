#include "keys.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 64 }; // slots are a power of two, at most half of them full

struct slot {
    uint64_t hash;
    struct ho_bytes key; // p NULL: free
};

struct ho_keys {
    struct ho_arena *arena;
    struct slot *slots;
    size_t n, n_slots;
};

// FNV-1a.
static uint64_t hash_of(struct ho_bytes b)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < b.n; i++)
        hash = (hash ^ b.p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static struct slot *slots_new(size_t n)
{
    struct slot *slots = calloc(n, sizeof *slots);
    if (!slots)
        abort();
    return slots;
}

struct ho_keys *ho_keys_new(void)
{
    struct ho_keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        abort();
    keys->arena = ho_arena_new(0);
    keys->n_slots = FIRST_SLOTS;
    keys->slots = slots_new(keys->n_slots);
    return keys;
}

void ho_keys_free(struct ho_keys *keys)
{
    if (!keys)
        return;
    ho_arena_free(keys->arena);
    free(keys->slots);
    free(keys);
}

// Where the key is, or the free slot where it belongs.
static struct slot *place_of(const struct ho_keys *keys, uint64_t hash, struct ho_bytes key)
{
    size_t i = (size_t)(hash ^ hash >> 32) & (keys->n_slots - 1);
    while (keys->slots[i].key.p && (keys->slots[i].hash != hash || !ho_bytes_equal(keys->slots[i].key, key)))
        i = (i + 1) & (keys->n_slots - 1);
    return &keys->slots[i];
}

static void grow(struct ho_keys *keys)
{
    struct ho_keys larger = {.n_slots = keys->n_slots * 2};
    larger.slots = slots_new(larger.n_slots);
    for (size_t i = 0; i < keys->n_slots; i++)
        if (keys->slots[i].key.p)
            *place_of(&larger, keys->slots[i].hash, keys->slots[i].key) = keys->slots[i];
    free(keys->slots);
    keys->slots = larger.slots;
    keys->n_slots = larger.n_slots;
}

void ho_keys_add(struct ho_keys *keys, const char *facility, const char *mrn)
{
    struct ho_bytes key = ho_keys_make(keys->arena, facility, mrn);
    uint64_t hash = hash_of(key);
    struct slot *slot = place_of(keys, hash, key);
    if (slot->key.p)
        return;
    *slot = (struct slot){hash, key};
    if (++keys->n > keys->n_slots / 2)
        grow(keys);
}

struct ho_bytes ho_keys_make(struct ho_arena *arena, const char *facility, const char *mrn)
{
    return ho_bytes_of(ho_arena_printf(arena, "%s\x1f%s", facility, mrn));
}

size_t ho_keys_size(const struct ho_keys *keys)
{
    return keys->n;
}

bool ho_keys_have(const struct ho_keys *keys, struct ho_bytes key)
{
    return keys->n && place_of(keys, hash_of(key), key)->key.p;
}
