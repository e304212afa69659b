// Any bytes as an 834: the same loops however the stream is cut; loops of clean text or a fault; put together with what
// is known they leave sound enrolments, and said again they change nothing.
#include <unicode/utf8.h>

#include "fuzz.h"
#include "handoff/digest.h"
#include "handoff/time.h"
#include "roster/x834_merge.h"

struct reading {
    struct ho_arena *arena;
    size_t loops, refused, faults;
    uint8_t digest[32]; // of all loops so far, in order
    uint64_t last_segment;
    bool good;
};

static void check_text(struct ho_bytes text)
{
    HOLDS(text.n <= HO_ROSTER_LIST_BYTES_MAX);
    int32_t i = 0;
    while (i < (int32_t)text.n) {
        UChar32 c;
        U8_NEXT(text.p, i, (int32_t)text.n, c);
        HOLDS(c >= ' ' && c != 0x7F);
    }
}

static void check_enrolments(const struct ho_roster_known *known)
{
    for (size_t i = 0; i < known->enrolments.n; i++) {
        const struct ho_roster_enrolment *a = &known->enrolments.items[i];
        HOLDS(ho_date_valid(a->from) && (!a->to || (ho_date_valid(a->to) && a->from <= a->to)));
        for (size_t k = 0; k < i; k++) {
            const struct ho_roster_enrolment *b = &known->enrolments.items[k];
            HOLDS((a->to && a->to < b->from) || (b->to && b->to < a->from)); // none overlaps another
        }
    }
}

// The same whatever the order.
static uint64_t sum_of(const struct ho_roster_known *known)
{
    uint64_t sum = known->deleted;
    for (size_t i = 0; i < known->enrolments.n; i++)
        sum += (uint64_t)known->enrolments.items[i].from * 100000007U + known->enrolments.items[i].to;
    return sum;
}

static void check_merge(struct reading *r, const struct ho_x834_member *m)
{
    struct ho_roster_known known = {0};
    if (!ho_x834_merge(r->arena, m, "ECM", &known))
        return;
    check_enrolments(&known);
    uint64_t once = sum_of(&known);
    HOLDS(ho_x834_merge(r->arena, m, "ECM", &known));
    check_enrolments(&known);
    HOLDS(sum_of(&known) == once);
}

static void note_fault(void *context, const struct ho_roster_fault *fault)
{
    struct reading *r = context;
    HOLDS(fault->what && *fault->what && fault->column);
    r->faults++;
}

static void take_member(void *context, const struct ho_x834_member *m, bool refused)
{
    struct reading *r = context;
    HOLDS(m->segment > r->last_segment);
    HOLDS(m->n_coverages <= HO_X834_COVERAGES_MAX);
    HOLDS(refused || m->row.text[HO_ROSTER_MEMBER_ID].n > 0);
    r->last_segment = m->segment;
    r->loops++;
    r->refused += refused;
    for (int i = 0; i < HO_ROSTER_COLUMNS; i++) {
        if (!m->said[i] || refused)
            continue;
        check_text(m->row.text[i]);
        const struct ho_bytes parts[] = {ho_bytes_from(r->digest, sizeof r->digest), m->row.text[i]};
        ho_digest(parts, 2, r->digest);
    }
    if (!refused)
        check_merge(r, m);
}

static void read_cut(struct reading *r, struct ho_bytes bytes, size_t at)
{
    const struct ho_x834_options options = {"0F", "1L", "NM109", ""};
    const struct ho_x834_handler handler = {take_member, {note_fault, r}, r};
    struct ho_x834 *x834 = ho_x834_new(&options, &handler);
    ho_x834_feed(x834, ho_bytes_from(bytes.p, at));
    ho_x834_feed(x834, ho_bytes_from(bytes.p + at, bytes.n - at));
    r->good = ho_x834_end(x834);
    ho_x834_free(x834);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct ho_arena *arena;
    if (!arena)
        arena = ho_arena_new(0);
    struct reading whole = {.arena = arena}, cut = {.arena = arena};
    struct ho_bytes bytes = ho_bytes_from(data, n);
    read_cut(&whole, bytes, 0);
    read_cut(&cut, bytes, n ? (data[n / 2] * 7U + data[n - 1]) % n : 0);
    HOLDS(whole.loops == cut.loops && whole.faults == cut.faults && whole.good == cut.good);
    HOLDS(memcmp(whole.digest, cut.digest, sizeof whole.digest) == 0);
    HOLDS(whole.faults >= whole.refused && (whole.good || whole.faults > 0));
    ho_arena_reset(arena);
    return 0;
}
