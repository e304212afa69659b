#include "x12.h"

#include <stdlib.h>

enum { ISA_BYTES = 106, NUMBER_BYTES = 16 };

// Where the header's separators stand, and its last two bytes.
static const uint8_t separator_places[] = {3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103};
enum { COMPONENT_PLACE = 104, TERMINATOR_PLACE = 105 };

// The envelopes, from without to within: depth 0 is outside of all, 3 inside a transaction set.
enum { OUTSIDE, INTERCHANGE, GROUP, SET };

struct control {
    char number[NUMBER_BYTES];
    size_t number_bytes;
    uint64_t held; // groups, sets or segments so far
};

struct ho_x12 {
    ho_x12_handler *handler;
    void *context;
    uint8_t separator, component, terminator;
    unsigned depth;
    struct control open[SET + 1]; // of the envelopes that are open
    uint64_t segments;
    bool any; // an interchange was there
    bool failed;
    struct ho_x12_fault fault;
    size_t n_elements;
    struct ho_bytes elements[HO_X12_ELEMENTS_MAX];
    size_t held; // bytes of a segment that is not yet whole
    uint8_t buffer[HO_X12_SEGMENT_BYTES_MAX];
};

struct ho_x12 *ho_x12_new(ho_x12_handler *handler, void *context)
{
    struct ho_x12 *x12 = calloc(1, sizeof *x12);
    if (!x12)
        abort();
    x12->handler = handler;
    x12->context = context;
    return x12;
}

void ho_x12_free(struct ho_x12 *x12)
{
    free(x12);
}

static void fail(struct ho_x12 *x12, const char *element, const char *what)
{
    if (!x12->failed)
        x12->fault = (struct ho_x12_fault){x12->segments, element, what};
    x12->failed = true;
}

static bool is_letter_or_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// Between segments: line ends, blanks, and the end-of-file mark of old systems.
static bool is_filler(uint8_t c)
{
    return c == '\n' || c == '\r' || c == ' ' || c == '\t' || c == 0x1A;
}

// ---- Envelopes -------------------------------------------------------------------------------------

static const struct envelope {
    const char *begin, *end;
    unsigned depth; // inside it
    size_t number;  // the element of `begin` that has the control number
    const char *number_element, *count_element, *wrong_number, *wrong_count;
} envelopes[] = {
    {"ISA", "IEA", INTERCHANGE, 13, "IEA-02", "IEA-01",
     "is not the control number of its ISA-13; ask the sender for the file again",
     "is not the number of groups that are there; the file is not whole: ask the sender for it again"},
    {"GS", "GE", GROUP, 6, "GE-02", "GE-01",
     "is not the control number of its GS-06; ask the sender for the file again",
     "is not the number of transaction sets that are there; the file is not whole: ask the sender for it again"},
    {"ST", "SE", SET, 2, "SE-02", "SE-01", "is not the control number of its ST-02; ask the sender for the file again",
     "is not the number of segments that are there, ST and SE counted; the file is not whole: ask the sender for it "
     "again"},
};

static const struct envelope *envelope_of(struct ho_bytes name, bool begins)
{
    for (size_t i = 0; i < sizeof envelopes / sizeof *envelopes; i++)
        if (ho_bytes_is(name, begins ? envelopes[i].begin : envelopes[i].end))
            return &envelopes[i];
    return NULL;
}

static void open_envelope(struct ho_x12 *x12, const struct envelope *e, const struct ho_x12_segment *segment)
{
    struct ho_bytes number = ho_bytes_trim(ho_x12_element(segment, e->number));
    if (x12->depth + 1 != e->depth) {
        fail(x12, "", "begins where it cannot: the envelope before it has no end, or the one around it is missing");
        return;
    }
    if (number.n == 0 || number.n > NUMBER_BYTES) {
        fail(x12, "", "has no control number, or one that is too long; ask the sender for the file again");
        return;
    }
    x12->open[x12->depth].held++;
    x12->depth = e->depth;
    x12->open[e->depth] = (struct control){.number_bytes = number.n, .held = e->depth == SET};
    memcpy(x12->open[e->depth].number, number.p, number.n);
}

static bool is_count(struct ho_bytes text, uint64_t wanted)
{
    uint64_t n = 0;
    if (text.n == 0 || text.n > 10)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(text.p[i] - '0');
    }
    return n == wanted;
}

static void close_envelope(struct ho_x12 *x12, const struct envelope *e, const struct ho_x12_segment *segment)
{
    const struct control *open = &x12->open[e->depth];
    if (x12->depth != e->depth) {
        fail(x12, "",
             "ends what is not open, or before what is inside it has ended; ask the sender for the file again");
        return;
    }
    if (!ho_bytes_equal(ho_bytes_trim(ho_x12_element(segment, 2)), ho_bytes_from(open->number, open->number_bytes)))
        fail(x12, e->number_element, e->wrong_number);
    else if (!is_count(ho_bytes_trim(ho_x12_element(segment, 1)), open->held + (e->depth == SET)))
        fail(x12, e->count_element, e->wrong_count);
    x12->depth--;
}

static void check_envelopes(struct ho_x12 *x12, const struct ho_x12_segment *segment)
{
    const struct envelope *begins = envelope_of(segment->elements[0], true);
    const struct envelope *ends = envelope_of(segment->elements[0], false);
    if (begins)
        open_envelope(x12, begins, segment);
    else if (ends)
        close_envelope(x12, ends, segment);
    else if (x12->depth == SET)
        x12->open[SET].held++;
    else if (x12->depth != INTERCHANGE || !ho_bytes_is(segment->elements[0], "TA1"))
        fail(x12, "", "stands outside of a transaction set (ST to SE); ask the sender for the file again");
}

// ---- Segments --------------------------------------------------------------------------------------

static bool split(struct ho_x12 *x12, struct ho_bytes bytes)
{
    x12->n_elements = 0;
    for (;;) {
        const uint8_t *at = memchr(bytes.p, x12->separator, bytes.n);
        size_t n = at ? (size_t)(at - bytes.p) : bytes.n;
        if (x12->n_elements == HO_X12_ELEMENTS_MAX)
            return false;
        x12->elements[x12->n_elements++] = ho_bytes_from(bytes.p, n);
        if (!at)
            return true;
        bytes = ho_bytes_from(at + 1, bytes.n - n - 1);
    }
}

static void take_segment(struct ho_x12 *x12, struct ho_bytes bytes)
{
    x12->segments++;
    if (!split(x12, bytes)) {
        fail(x12, "", "has more than 63 elements; its end may be missing: ask the sender for the file again");
        return;
    }
    const struct ho_x12_segment segment = {x12->segments, x12->elements, x12->n_elements, x12->component};
    check_envelopes(x12, &segment);
    if (!x12->failed)
        x12->handler(x12->context, &segment);
}

static bool separators_are_good(const struct ho_x12 *x12, const uint8_t *isa)
{
    for (size_t i = 0; i < sizeof separator_places; i++)
        if (isa[separator_places[i]] != x12->separator)
            return false;
    return x12->separator != x12->terminator && !is_letter_or_digit(x12->separator) &&
           !is_letter_or_digit(x12->terminator) && x12->separator != ' ' && x12->terminator != ' ';
}

// The header is told by its length, for its own last byte says what ends a segment.
static void take_header(struct ho_x12 *x12, const uint8_t *isa)
{
    x12->separator = isa[separator_places[0]];
    x12->component = isa[COMPONENT_PLACE];
    x12->terminator = isa[TERMINATOR_PLACE];
    if (memcmp(isa, "ISA", 3) != 0 || !separators_are_good(x12, isa)) {
        x12->segments++;
        fail(x12, "",
             "is no ISA of 106 bytes with one separator between its elements; a blank may have been lost on the way: "
             "ask the sender for the file as it was made");
        return;
    }
    x12->any = true;
    take_segment(x12, ho_bytes_from(isa, TERMINATOR_PLACE));
}

static bool hold(struct ho_x12 *x12, struct ho_bytes bytes)
{
    if (bytes.n > sizeof x12->buffer - x12->held) {
        x12->segments++;
        fail(x12, "", "is longer than 64 KiB; its end may be missing: ask the sender for the file again");
        return false;
    }
    memcpy(x12->buffer + x12->held, bytes.p, bytes.n);
    x12->held += bytes.n;
    return true;
}

// Takes the header's bytes from the front; how many.
static size_t feed_header(struct ho_x12 *x12, struct ho_bytes bytes)
{
    size_t n = ISA_BYTES - x12->held < bytes.n ? ISA_BYTES - x12->held : bytes.n;
    if (!hold(x12, ho_bytes_from(bytes.p, n)) || x12->held < ISA_BYTES)
        return n;
    x12->held = 0;
    take_header(x12, x12->buffer);
    return n;
}

// Takes the bytes up to a segment's end, or all where it is not there; how many.
static size_t feed_segment(struct ho_x12 *x12, struct ho_bytes bytes)
{
    const uint8_t *end = memchr(bytes.p, x12->terminator, bytes.n);
    size_t n = end ? (size_t)(end - bytes.p) : bytes.n;
    struct ho_bytes segment = ho_bytes_from(bytes.p, n);
    if ((!end || x12->held) && !hold(x12, segment))
        return n;
    if (!end)
        return n;
    if (x12->held)
        segment = ho_bytes_from(x12->buffer, x12->held);
    x12->held = 0;
    if (segment.n)
        take_segment(x12, segment);
    return n + 1;
}

void ho_x12_feed(struct ho_x12 *x12, struct ho_bytes bytes)
{
    static const uint8_t byte_order_mark[] = {0xEF, 0xBB, 0xBF};
    while (bytes.n && !x12->failed) {
        size_t n = 1;
        bool at_mark = !x12->any && !x12->held && memchr(byte_order_mark, bytes.p[0], sizeof byte_order_mark);
        if (x12->held || (!is_filler(bytes.p[0]) && !at_mark))
            n = x12->depth == OUTSIDE ? feed_header(x12, bytes) : feed_segment(x12, bytes);
        bytes = ho_bytes_from(bytes.p + n, bytes.n - n);
    }
}

const struct ho_x12_fault *ho_x12_end(struct ho_x12 *x12)
{
    x12->segments += x12->held > 0;
    if (x12->held)
        fail(x12, "", "has no end: the file stops half-way; ask the sender for it again");
    else if (x12->depth != OUTSIDE)
        fail(x12, "", "is the last one, and IEA is missing: the file stops half-way; ask the sender for it again");
    else if (!x12->any)
        fail(x12, "", "is missing: the file is empty");
    return x12->failed ? &x12->fault : NULL;
}

bool ho_x12_begins(struct ho_bytes bytes)
{
    if (bytes.n >= 3 && memcmp(bytes.p, "\xEF\xBB\xBF", 3) == 0)
        bytes = ho_bytes_from(bytes.p + 3, bytes.n - 3);
    while (bytes.n && is_filler(bytes.p[0]))
        bytes = ho_bytes_from(bytes.p + 1, bytes.n - 1);
    return bytes.n >= 4 && memcmp(bytes.p, "ISA", 3) == 0 && !is_letter_or_digit(bytes.p[3]) && bytes.p[3] != '_';
}
