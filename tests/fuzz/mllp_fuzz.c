// Any bytes, cut anywhere: the same events as in one piece, and never more held than the limit asks for.
#include "fuzz.h"
#include "handoff/mllp.h"

enum { LIMIT = 200, FIRST_BUFFER = 4096 };

// What happened, as one number: order, kind and bytes of every event.
struct trace {
    uint64_t sum;
    size_t events, frame_bytes;
};

static void note(struct trace *t, enum ho_mllp_event event, struct ho_bytes frame)
{
    HOLDS(frame.n <= LIMIT);
    t->sum = (t->sum ^ (uint64_t)event) * 1099511628211u;
    for (size_t i = 0; i < frame.n; i++)
        t->sum = (t->sum ^ frame.p[i]) * 1099511628211u;
    t->sum = (t->sum ^ frame.n) * 1099511628211u;
    t->events++;
    t->frame_bytes += frame.n;
}

// Pieces of 1 to `most` bytes, by a row of numbers that the seed begins.
static struct trace run(struct ho_bytes all, size_t most, uint32_t seed, uint64_t counts[2])
{
    struct trace t = {0};
    struct ho_mllp *mllp = ho_mllp_new(LIMIT);
    while (all.n) {
        seed = seed * 1664525u + 1013904223u;
        size_t n = 1 + (seed >> 8) % most;
        n = n < all.n ? n : all.n;
        uint8_t *piece = malloc(n);
        memcpy(piece, all.p, n);
        struct ho_bytes input = {piece, n}, frame;
        for (enum ho_mllp_event e; (e = ho_mllp_next(mllp, &input, &frame)) != HO_MLLP_MORE;)
            note(&t, e, frame);
        HOLDS(input.n == 0 && ho_mllp_held_bytes(mllp) <= FIRST_BUFFER);
        HOLDS(ho_mllp_inside(mllp) || ho_mllp_held_bytes(mllp) == 0);
        free(piece);
        all.p += n;
        all.n -= n;
    }
    counts[0] = ho_mllp_blank_bytes(mllp);
    counts[1] = ho_mllp_junk_bytes(mllp);
    ho_mllp_free(mllp);
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const size_t most[] = {1, 3, 17, 300};
    uint64_t counts[2], other[2];
    struct ho_bytes all = {data, n};
    struct trace whole = run(all, n + 1, 0, counts);
    HOLDS(whole.frame_bytes + counts[0] + counts[1] <= n);
    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
        struct trace cut = run(all, most[i], (uint32_t)n + (uint32_t)i, other);
        HOLDS(cut.sum == whole.sum && cut.events == whole.events);
        HOLDS(counts[0] == other[0] && counts[1] == other[1]);
    }
    return 0;
}
