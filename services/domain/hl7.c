#include "handoff/hl7.h"

#include "scan.h"

enum { FIRST_SEGMENTS = 16, INDEXED_FIELDS = 64, ROOM_FIELDS = 256, AT_ONCE = 16 };

// Indexes are short and many; they share blocks of the arena.
struct ho_hl7_room {
    uint32_t *places;
    size_t left;
};

static bool is_line_end(uint8_t c)
{
    return c == '\r' || c == '\n';
}

static bool is_alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool may_separate(uint8_t c)
{
    return c && !is_alphanumeric(c) && !is_line_end(c);
}

static struct ho_bytes from(struct ho_bytes b, size_t n)
{
    return (struct ho_bytes){b.p + n, b.n - n};
}

static struct ho_bytes skip_preamble(struct ho_bytes b)
{
    if (b.n >= 3 && memcmp(b.p, "\xEF\xBB\xBF", 3) == 0)
        b = from(b, 3);
    size_t i = 0;
    while (i < b.n && (is_line_end(b.p[i]) || b.p[i] == ' ' || b.p[i] == '\t'))
        i++;
    return i ? from(b, i) : b;
}

static void read_delimiters(struct ho_bytes b, struct ho_hl7_delimiters *d)
{
    *d = (struct ho_hl7_delimiters){.field = b.p[3]};
    uint8_t *order[] = {&d->component, &d->repetition, &d->escape, &d->subcomponent};
    for (size_t i = 0; i < 4 && 4 + i < b.n; i++) {
        uint8_t c = b.p[4 + i];
        if (c == d->field || is_line_end(c))
            break;
        *order[i] = c;
    }
}

// A segment's name is three capitals or digits, followed by the separator or the end.
static uint32_t name_of(struct ho_bytes line, uint8_t separator)
{
    if (line.n < 3 || (line.n > 3 && line.p[3] != separator))
        return 0;
    for (size_t i = 0; i < 3; i++) {
        if (!is_alphanumeric(line.p[i]) || line.p[i] >= 'a')
            return 0;
    }
    return HO_HL7_NAME(line.p[0], line.p[1], line.p[2]);
}

static void add_segment(struct ho_hl7_message *m, size_t *capacity, struct ho_bytes line)
{
    uint32_t name = name_of(line, m->delimiters.field);
    if (!name)
        return;
    if (m->n_segments == *capacity) {
        size_t doubled = *capacity ? *capacity * 2 : FIRST_SEGMENTS;
        struct ho_hl7_segment *more = ho_arena_array(m->arena, doubled, sizeof *more);
        if (m->n_segments)
            memcpy(more, m->segments, m->n_segments * sizeof *more);
        m->segments = more;
        *capacity = doubled;
    }
    m->segments[m->n_segments++] = (struct ho_hl7_segment){.bytes = line, .name = name};
}

static const uint8_t *find(const uint8_t *p, const uint8_t *end, int c)
{
    const uint8_t *hit = p < end ? memchr(p, c, (size_t)(end - p)) : NULL;
    return hit ? hit : end;
}

// Two searches, each of which passes over the bytes once: the next CR and the next LF.
static void index_segments(struct ho_hl7_message *m)
{
    size_t capacity = 0;
    const uint8_t *p = m->bytes.p, *end = p + m->bytes.n;
    const uint8_t *cr = find(p, end, '\r'), *lf = find(p, end, '\n');
    while (p < end) {
        const uint8_t *stop = cr < lf ? cr : lf;
        if (stop > p)
            add_segment(m, &capacity, (struct ho_bytes){p, (size_t)(stop - p)});
        p = stop + 1;
        if (stop == cr)
            cr = find(p, end, '\r');
        else
            lf = find(p, end, '\n');
    }
}

// The bytes from MSH on; empty where they do not begin so.
static struct ho_bytes find_header(struct ho_bytes bytes)
{
    bytes = bytes.n > HO_HL7_MAX_BYTES ? (struct ho_bytes){0} : skip_preamble(bytes);
    if (bytes.n < 4 || memcmp(bytes.p, "MSH", 3) != 0 || !may_separate(bytes.p[3]))
        return (struct ho_bytes){0};
    return bytes;
}

bool ho_hl7_header(struct ho_bytes bytes, struct ho_hl7_delimiters *delimiters, struct ho_bytes *msh)
{
    *msh = find_header(bytes);
    if (!msh->n)
        return false;
    read_delimiters(*msh, delimiters);
    size_t n = 0;
    while (n < msh->n && !is_line_end(msh->p[n]))
        n++;
    msh->n = n;
    return true;
}

bool ho_hl7_parse(struct ho_arena *arena, struct ho_bytes bytes, struct ho_hl7_message *out)
{
    *out = (struct ho_hl7_message){.arena = arena, .bytes = find_header(bytes)};
    if (!out->bytes.n)
        return false;
    out->room = ho_arena_alloc(arena, sizeof *out->room);
    read_delimiters(out->bytes, &out->delimiters);
    index_segments(out);
    return true;
}

struct ho_hl7_segment *ho_hl7_segment(const struct ho_hl7_message *message, uint32_t name, size_t first)
{
    for (size_t i = first; i < message->n_segments; i++) {
        if (message->segments[i].name == name)
            return &message->segments[i];
    }
    return NULL;
}

// Where the first `max` delimiters lie. The delimiter is not zero.
static size_t find_all(struct ho_bytes b, uint8_t delimiter, uint32_t *places, size_t max)
{
    size_t n = 0;
    for (size_t at = 0; at < b.n; at += HO_SCAN_BYTES) {
        size_t left = b.n - at < HO_SCAN_BYTES ? b.n - at : HO_SCAN_BYTES;
        for (uint64_t hits = ho_scan(b.p + at, left, delimiter); hits; hits &= hits - 1) {
            if (n == max)
                return n;
            places[n++] = (uint32_t)at + (uint32_t)__builtin_ctzll(hits);
        }
    }
    return n;
}

static void index_fields(const struct ho_hl7_message *m, struct ho_hl7_segment *s)
{
    struct ho_hl7_room *room = m->room;
    if (room->left < INDEXED_FIELDS) {
        room->places = ho_arena_array(m->arena, ROOM_FIELDS, sizeof *room->places);
        room->left = ROOM_FIELDS;
    }
    size_t n = find_all(s->bytes, m->delimiters.field, room->places, INDEXED_FIELDS);
    s->fields = room->places;
    s->n_fields = (uint32_t)n;
    room->places += n;
    room->left -= n;
}

// The field behind the last indexed separator, or, which no segment of the standard has, one farther on.
static struct ho_bytes field_behind(const struct ho_hl7_segment *segment, uint8_t separator, uint32_t n)
{
    const uint32_t indexed = segment->n_fields;
    if (indexed == 0 || (n > indexed && indexed < INDEXED_FIELDS))
        return (struct ho_bytes){0};
    struct ho_bytes rest = from(segment->bytes, segment->fields[indexed - 1] + 1);
    return indexed < INDEXED_FIELDS ? rest : ho_hl7_part(rest, separator, n - indexed + 1);
}

struct ho_bytes ho_hl7_field(const struct ho_hl7_message *message, struct ho_hl7_segment *segment, uint32_t n)
{
    const uint8_t separator = message->delimiters.field;
    if (!segment || n == 0)
        return (struct ho_bytes){0};
    if (segment->name == HO_HL7_NAME('M', 'S', 'H') && --n == 0)
        return (struct ho_bytes){segment->bytes.p + 3, segment->bytes.n > 3};
    if (!segment->fields)
        index_fields(message, segment);
    if (n >= segment->n_fields)
        return field_behind(segment, separator, n);
    uint32_t start = segment->fields[n - 1] + 1;
    return (struct ho_bytes){segment->bytes.p + start, segment->fields[n] - start};
}

bool ho_hl7_next(struct ho_bytes *rest, uint8_t delimiter, struct ho_bytes *part)
{
    if (!rest->p)
        return false;
    const uint8_t *hit = delimiter && rest->n ? memchr(rest->p, delimiter, rest->n) : NULL;
    *part = *rest;
    if (!hit) {
        *rest = (struct ho_bytes){0};
        return part->n != 0;
    }
    part->n = (size_t)(hit - rest->p);
    *rest = from(*rest, part->n + 1);
    return true;
}

struct ho_bytes ho_hl7_part(struct ho_bytes whole, uint8_t delimiter, uint32_t n)
{
    struct ho_bytes part = {0};
    while (n && ho_hl7_next(&whole, delimiter, &part))
        n--;
    return n ? (struct ho_bytes){0} : part;
}

void ho_hl7_split(struct ho_bytes whole, uint8_t delimiter, struct ho_bytes *parts, size_t max)
{
    uint32_t places[AT_ONCE];
    size_t n = 0;
    while (n < max && whole.n) {
        size_t wanted = max - n < AT_ONCE ? max - n : AT_ONCE;
        size_t found = delimiter ? find_all(whole, delimiter, places, wanted) : 0;
        size_t start = 0;
        for (size_t i = 0; i < found; i++) {
            parts[n++] = (struct ho_bytes){whole.p + start, places[i] - start};
            start = (size_t)places[i] + 1;
        }
        whole = from(whole, start);
        if (found < wanted) {
            parts[n++] = whole;
            break;
        }
    }
    for (; n < max; n++)
        parts[n] = (struct ho_bytes){0};
}
