// An arena: many small allocations, one release.
//
// One arena serves one message or one batch. Memory is zeroed and aligned for any type. When the machine
// has no memory left the process ends (abort): every result is in a committed row or it is not, so a
// restart loses nothing, and no caller carries a branch that was never run.
#pragma once

#include "handoff/bytes.h"

struct ho_arena;

struct ho_arena *ho_arena_new(size_t block_bytes); // 0: 64 KiB; the caller frees
void ho_arena_free(struct ho_arena *arena);        // takes NULL
void ho_arena_reset(struct ho_arena *arena);       // forgets all, keeps the first block

void *ho_arena_alloc(struct ho_arena *arena, size_t n) __attribute__((malloc, alloc_size(2)));
// count * size, checked for overflow.
void *ho_arena_array(struct ho_arena *arena, size_t count, size_t size) __attribute__((malloc, alloc_size(2, 3)));
// A NUL-terminated copy; embedded NUL bytes become spaces.
char *ho_arena_text(struct ho_arena *arena, struct ho_bytes b);
char *ho_arena_printf(struct ho_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct ho_bytes ho_arena_copy(struct ho_arena *arena, struct ho_bytes b);

// A growing array in an arena: the header for `struct { T *items; size_t n, capacity; }`.
// Returns the place of a new zeroed last item. `items` must point at the three members' start.
void *ho_arena_push(struct ho_arena *arena, void *items_n_capacity, size_t item_bytes);
