// Places by text, and escape sequences (HL7 v2.8.2 ch. 2.7).
#include "handoff/hl7.h"

enum { MAX_NUMBER = 1000000 };

static bool take(struct ho_bytes *text, char c)
{
    if (!text->n || text->p[0] != (uint8_t)c)
        return false;
    text->p++, text->n--;
    return true;
}

static bool take_number(struct ho_bytes *text, uint32_t *out)
{
    uint32_t n = 0;
    size_t digits = 0;
    for (; text->n && text->p[0] >= '0' && text->p[0] <= '9' && n < MAX_NUMBER; digits++) {
        n = n * 10 + (uint32_t)(text->p[0] - '0');
        text->p++, text->n--;
    }
    *out = n;
    return digits && n > 0 && n < MAX_NUMBER;
}

// "[2]"; leaves `out` alone where there is none.
static bool take_index(struct ho_bytes *text, uint32_t *out)
{
    if (!take(text, '['))
        return true;
    return take_number(text, out) && take(text, ']');
}

static bool take_name(struct ho_bytes *text, uint32_t *out)
{
    if (text->n < 3)
        return false;
    for (size_t i = 0; i < 3; i++) {
        uint8_t c = text->p[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            return false;
    }
    *out = HO_HL7_NAME(text->p[0], text->p[1], text->p[2]);
    text->p += 3, text->n -= 3;
    return true;
}

bool ho_hl7_path_parse(struct ho_bytes text, struct ho_hl7_path *out)
{
    struct ho_hl7_path path = {0};
    if (!take_name(&text, &path.segment) || !take_index(&text, &path.occurrence) || !take(&text, '-') ||
        !take_number(&text, &path.field) || !take_index(&text, &path.repetition))
        return false;
    if (take(&text, '.') && !take_number(&text, &path.component))
        return false;
    if (path.component && take(&text, '.') && !take_number(&text, &path.subcomponent))
        return false;
    *out = path;
    return text.n == 0;
}

static uint32_t at_least_one(uint32_t n)
{
    return n ? n : 1;
}

struct ho_bytes ho_hl7_get(const struct ho_hl7_message *message, const struct ho_hl7_path *path)
{
    const struct ho_hl7_delimiters *d = &message->delimiters;
    struct ho_hl7_segment *segment = ho_hl7_segment(message, path->segment, 0);
    for (uint32_t i = 1; segment && i < path->occurrence; i++)
        segment = ho_hl7_segment(message, path->segment, (size_t)(segment - message->segments) + 1);
    struct ho_bytes view = ho_hl7_field(message, segment, path->field);
    // MSH-1 and MSH-2 are the delimiters themselves and have no parts.
    if (path->segment == HO_HL7_NAME('M', 'S', 'H') && path->field <= 2)
        return view;
    if (path->repetition || path->component || path->subcomponent)
        view = ho_hl7_part(view, d->repetition, at_least_one(path->repetition));
    if (path->component || path->subcomponent)
        view = ho_hl7_part(view, d->component, at_least_one(path->component));
    if (path->subcomponent)
        view = ho_hl7_part(view, d->subcomponent, path->subcomponent);
    return view;
}

struct ho_bytes ho_hl7_at(const struct ho_hl7_message *message, const char *path)
{
    struct ho_hl7_path place;
    if (!ho_hl7_path_parse(ho_bytes_of(path), &place))
        return (struct ho_bytes){0};
    return ho_hl7_get(message, &place);
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The pairs of hexadecimal digits of \Xdd…\; false where they are none.
static bool put_hex(struct ho_bytes digits, uint8_t *out, size_t *n)
{
    if (!digits.n || digits.n % 2)
        return false;
    for (size_t i = 0; i < digits.n; i += 2) {
        int high = hex_value(digits.p[i]), low = hex_value(digits.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (uint8_t)(high * 16 + low);
    }
    *n = digits.n / 2;
    return true;
}

// Formatting (2.7.6): what breaks the line does so here, the rest is layout and vanishes.
static bool put_format(struct ho_bytes command, uint8_t *out, size_t *n)
{
    static const char *const breaks[] = {".br", ".sp", ".ce"};
    static const char *const layout[] = {".fi", ".nf", ".in", ".ti", ".sk"};
    if (command.n < 3)
        return false;
    struct ho_bytes word = {command.p, 3};
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        if (ho_bytes_is(word, breaks[i])) {
            out[(*n)++] = '\n';
            return true;
        }
    }
    for (size_t i = 0; i < sizeof layout / sizeof *layout; i++) {
        if (ho_bytes_is(word, layout[i]))
            return true;
    }
    return false;
}

// What one letter stands for; 0 where it stands for nothing known.
static uint8_t delimiter_of(const struct ho_hl7_delimiters *d, uint8_t letter)
{
    switch (letter) {
    case 'F':
        return d->field;
    case 'S':
        return d->component;
    case 'T':
        return d->subcomponent ? d->subcomponent : '&';
    case 'R':
        return d->repetition;
    case 'E':
        return d->escape;
    case 'P':
        return '#';
    default:
        return 0;
    }
}

// Writes what the sequence stands for, which is never longer than itself. False where it is none.
static bool put_sequence(const struct ho_hl7_delimiters *d, struct ho_bytes sequence, uint8_t *out, size_t *n)
{
    *n = 0;
    if (!sequence.n)
        return false;
    uint8_t letter = sequence.p[0];
    struct ho_bytes rest = {sequence.p + 1, sequence.n - 1};
    if (!rest.n) {
        uint8_t meant = delimiter_of(d, letter);
        if (meant)
            out[(*n)++] = meant;
        return meant || letter == 'H' || letter == 'N';
    }
    if (letter == 'X')
        return put_hex(rest, out, n);
    if (letter == 'C' || letter == 'M') // a switch of character set: 4 or 6 hexadecimal digits
        return (rest.n == 4 || rest.n == 6) && put_hex(rest, out, n) && ((*n = 0), true);
    return letter == '.' && put_format(sequence, out, n);
}

static struct ho_bytes decode(struct ho_arena *arena, const struct ho_hl7_delimiters *d, struct ho_bytes raw, size_t i)
{
    uint8_t *out = ho_arena_alloc(arena, raw.n);
    memcpy(out, raw.p, i);
    size_t n = i;
    while (i < raw.n) {
        const uint8_t *open = memchr(raw.p + i, d->escape, raw.n - i);
        size_t plain = open ? (size_t)(open - raw.p) : raw.n;
        memcpy(out + n, raw.p + i, plain - i);
        n += plain - i;
        i = plain;
        if (!open)
            break;
        const uint8_t *close = raw.n - i > 1 ? memchr(open + 1, d->escape, raw.n - i - 1) : NULL;
        size_t put = 0;
        if (close && put_sequence(d, (struct ho_bytes){open + 1, (size_t)(close - open) - 1}, out + n, &put)) {
            n += put;
            i = (size_t)(close - raw.p) + 1;
        } else {
            out[n++] = raw.p[i++]; // no sequence: the character itself
        }
    }
    return (struct ho_bytes){out, n};
}

struct ho_bytes ho_hl7_unescape(struct ho_arena *arena, const struct ho_hl7_delimiters *delimiters, struct ho_bytes raw)
{
    if (!delimiters->escape || !raw.n)
        return raw;
    const uint8_t *first = memchr(raw.p, delimiters->escape, raw.n);
    return first ? decode(arena, delimiters, raw, (size_t)(first - raw.p)) : raw;
}

struct ho_bytes ho_hl7_text(const struct ho_hl7_message *message, struct ho_bytes raw)
{
    if (ho_hl7_is_null(raw))
        return (struct ho_bytes){0};
    return ho_hl7_unescape(message->arena, &message->delimiters, raw);
}
