#include "handoff/mllp.h"

#include <stdlib.h>

enum { START = 0x0B, END = 0x1C, CR = 0x0D, FIRST_BUFFER_BYTES = 4096 };

enum state {
    BETWEEN,   // looking for a start byte
    AFTER_END, // the same, but a CR still belongs to the frame before
    INSIDE,
    SKIPPING, // inside a frame that was reported as too long
};

struct ho_mllp {
    enum state state;
    bool given; // the buffer was handed out and goes with the next call
    size_t limit, n, capacity;
    uint8_t *buffer;
    uint64_t blank, junk;
};

struct ho_mllp *ho_mllp_new(size_t limit_bytes)
{
    struct ho_mllp *mllp = calloc(1, sizeof *mllp);
    if (!mllp)
        abort();
    mllp->limit = limit_bytes;
    return mllp;
}

void ho_mllp_free(struct ho_mllp *mllp)
{
    if (mllp)
        free(mllp->buffer);
    free(mllp);
}

static void drop_buffer(struct ho_mllp *m)
{
    free(m->buffer);
    m->buffer = NULL;
    m->n = m->capacity = 0;
    m->given = false;
}

// Never over the limit, for the caller checks it before.
static void hold(struct ho_mllp *m, struct ho_bytes bytes)
{
    size_t need = m->n + bytes.n;
    if (need > m->capacity) {
        size_t capacity = m->capacity ? m->capacity : FIRST_BUFFER_BYTES;
        while (capacity < need)
            capacity = capacity > m->limit / 2 ? m->limit : capacity * 2;
        m->buffer = realloc(m->buffer, capacity);
        if (!m->buffer)
            abort();
        m->capacity = capacity;
    }
    if (bytes.n)
        memcpy(m->buffer + m->n, bytes.p, bytes.n);
    m->n = need;
}

static struct ho_bytes take(struct ho_bytes *input, size_t n)
{
    struct ho_bytes taken = {input->p, n};
    input->p += n;
    input->n -= n;
    return taken;
}

// The frame so far with `bytes` behind it: a view of the input where nothing is held.
static struct ho_bytes complete(struct ho_mllp *m, struct ho_bytes bytes)
{
    if (!m->n)
        return bytes;
    hold(m, bytes);
    m->given = true;
    return (struct ho_bytes){m->buffer, m->n};
}

// The distance to the next start or end byte, or the whole input. The start byte is sought first: it bounds
// the second search, so that many short frames cost no more than one long one.
static size_t distance(struct ho_bytes input)
{
    if (!input.n)
        return 0;
    const uint8_t *start = memchr(input.p, START, input.n);
    size_t n = start ? (size_t)(start - input.p) : input.n;
    const uint8_t *end = n ? memchr(input.p, END, n) : NULL;
    return end ? (size_t)(end - input.p) : n;
}

static void pass_between(struct ho_mllp *m, struct ho_bytes *input)
{
    while (input->n) {
        uint8_t c = take(input, 1).p[0];
        if (c == START) {
            m->state = INSIDE;
            return;
        }
        if (c == CR && m->state == AFTER_END)
            m->state = BETWEEN;
        else if (c == CR || c == '\n' || c == ' ' || c == '\t')
            m->blank++;
        else
            m->junk++;
        m->state = BETWEEN;
    }
}

static void pass_rest(struct ho_mllp *m, struct ho_bytes *input)
{
    take(input, distance(*input));
    if (input->n)
        m->state = take(input, 1).p[0] == START ? INSIDE : AFTER_END;
}

// Goes on inside a frame. HO_MLLP_MORE also where nothing is to be told yet though input is left.
static enum ho_mllp_event pass_inside(struct ho_mllp *m, struct ho_bytes *input, struct ho_bytes *frame)
{
    size_t n = distance(*input);
    if (n > m->limit - m->n) {
        *frame = complete(m, take(input, m->limit - m->n));
        m->state = SKIPPING;
        return HO_MLLP_OVERSIZE;
    }
    struct ho_bytes bytes = take(input, n);
    if (!input->n) {
        hold(m, bytes);
        return HO_MLLP_MORE;
    }
    bool ended = take(input, 1).p[0] == END;
    if (!ended && m->n + n == 0) { // a doubled start byte harms nobody
        m->junk++;
        return HO_MLLP_MORE;
    }
    m->state = ended ? AFTER_END : INSIDE;
    *frame = complete(m, bytes);
    return ended ? HO_MLLP_FRAME : HO_MLLP_BROKEN;
}

enum ho_mllp_event ho_mllp_next(struct ho_mllp *mllp, struct ho_bytes *input, struct ho_bytes *frame)
{
    enum ho_mllp_event event = HO_MLLP_MORE;
    *frame = (struct ho_bytes){0};
    if (mllp->given)
        drop_buffer(mllp);
    while (input->n && event == HO_MLLP_MORE) {
        if (mllp->state == INSIDE)
            event = pass_inside(mllp, input, frame);
        else if (mllp->state == SKIPPING)
            pass_rest(mllp, input);
        else
            pass_between(mllp, input);
    }
    return event;
}

size_t ho_mllp_held_bytes(const struct ho_mllp *mllp)
{
    return mllp->capacity;
}

bool ho_mllp_inside(const struct ho_mllp *mllp)
{
    return mllp->state == INSIDE || mllp->state == SKIPPING;
}

uint64_t ho_mllp_blank_bytes(const struct ho_mllp *mllp)
{
    return mllp->blank;
}

uint64_t ho_mllp_junk_bytes(const struct ho_mllp *mllp)
{
    return mllp->junk;
}

struct ho_bytes ho_mllp_wrap(struct ho_arena *arena, struct ho_bytes message)
{
    uint8_t *p = ho_arena_alloc(arena, message.n + 3);
    p[0] = START;
    if (message.n)
        memcpy(p + 1, message.p, message.n);
    p[message.n + 1] = END;
    p[message.n + 2] = CR;
    return (struct ho_bytes){p, message.n + 3};
}
