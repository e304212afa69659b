#include "handoff/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_BLOCK_BYTES = 64 * 1024, FIRST_CAPACITY = 8 };

struct block {
    struct block *next; // the one filled before it
    size_t size, used;  // of data
    alignas(max_align_t) unsigned char data[];
};

struct ho_arena {
    struct block *current;
    struct block *first;
    size_t block_bytes;
};

static struct block *block_new(size_t size, struct block *next)
{
    if (size > SIZE_MAX - sizeof(struct block))
        abort();
    struct block *b = malloc(sizeof *b + size);
    if (!b)
        abort();
    b->next = next;
    b->size = size;
    b->used = 0;
    return b;
}

struct ho_arena *ho_arena_new(size_t block_bytes)
{
    struct ho_arena *arena = malloc(sizeof *arena);
    if (!arena)
        abort();
    arena->block_bytes = block_bytes ? block_bytes : DEFAULT_BLOCK_BYTES;
    arena->first = arena->current = block_new(arena->block_bytes, NULL);
    return arena;
}

// Frees the blocks that were added after `keep`.
static void free_blocks(struct ho_arena *arena, const struct block *keep)
{
    while (arena->current != keep) {
        struct block *next = arena->current->next;
        free(arena->current);
        arena->current = next;
    }
}

void ho_arena_free(struct ho_arena *arena)
{
    if (!arena)
        return;
    free_blocks(arena, NULL);
    free(arena);
}

void ho_arena_reset(struct ho_arena *arena)
{
    free_blocks(arena, arena->first);
    arena->first->used = 0;
}

void *ho_arena_alloc(struct ho_arena *arena, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > SIZE_MAX - align)
        abort();
    size_t rounded = (n + align - 1) & ~(align - 1);
    struct block *b = arena->current;
    if (b->size - b->used < rounded) {
        b = block_new(rounded > arena->block_bytes ? rounded : arena->block_bytes, b);
        arena->current = b;
    }
    unsigned char *p = b->data + b->used;
    b->used += rounded;
    return memset(p, 0, rounded);
}

void *ho_arena_array(struct ho_arena *arena, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n))
        abort();
    return ho_arena_alloc(arena, n);
}

char *ho_arena_text(struct ho_arena *arena, struct ho_bytes b)
{
    char *text = ho_arena_alloc(arena, b.n + 1);
    for (size_t i = 0; i < b.n; i++)
        text[i] = b.p[i] ? (char)b.p[i] : ' ';
    return text;
}

char *ho_arena_printf(struct ho_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        abort();
    char *text = ho_arena_alloc(arena, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

struct ho_bytes ho_arena_copy(struct ho_arena *arena, struct ho_bytes b)
{
    uint8_t *p = ho_arena_alloc(arena, b.n);
    if (b.n)
        memcpy(p, b.p, b.n);
    return (struct ho_bytes){p, b.n};
}

// The array's header is read and written as bytes, for its item type is the caller's.
void *ho_arena_push(struct ho_arena *arena, void *items_n_capacity, size_t item_bytes)
{
    struct {
        unsigned char *items;
        size_t n, capacity;
    } array;
    memcpy(&array, items_n_capacity, sizeof array);
    if (array.n == array.capacity) {
        size_t capacity = array.capacity ? array.capacity : FIRST_CAPACITY / 2;
        if (__builtin_mul_overflow(capacity, 2, &capacity))
            abort();
        unsigned char *items = ho_arena_array(arena, capacity, item_bytes);
        if (array.n)
            memcpy(items, array.items, array.n * item_bytes);
        array.items = items;
        array.capacity = capacity;
    }
    void *item = array.items + array.n++ * item_bytes;
    memcpy(items_n_capacity, &array, sizeof array);
    return item;
}
