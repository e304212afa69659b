// Text of a message as UTF-8 for people and programs: without escapes, control characters and outer blanks.
#include "adt_reader.h"

enum { ROOM_BYTES = 1024 };

static char no_text[] = "";

// Texts of a message are small and many; they share blocks of the arena.
static char *room_for(struct ho_adt_reader *r, size_t n)
{
    if ((size_t)(r->room_end - r->room) < n) {
        if (n > ROOM_BYTES / 4)
            return ho_arena_alloc(r->arena, n);
        r->room = ho_arena_alloc(r->arena, ROOM_BYTES);
        r->room_end = r->room + ROOM_BYTES;
    }
    char *text = r->room;
    r->room += n;
    return text;
}

// Control characters of the upper half, U+0080 to U+009F, are C2 80 to C2 9F.
static size_t copy_utf8(struct ho_bytes b, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] < ' ' || b.p[i] == 0x7F) {
            out[n++] = ' ';
        } else if (b.p[i] == 0xC2 && b.p[i + 1] < 0xA0) {
            out[n++] = ' ';
            i++;
        } else {
            out[n++] = (char)b.p[i];
        }
    }
    return n;
}

static size_t copy_latin1(struct ho_bytes b, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];
        if (c < ' ' || (c >= 0x7F && c < 0xA0)) {
            out[n++] = ' ';
        } else if (c < 0x80) {
            out[n++] = (char)c;
        } else {
            out[n++] = (char)(0xC0 | c >> 6);
            out[n++] = (char)(0x80 | (c & 0x3F));
        }
    }
    return n;
}

// Any text at all: escapes first, for they may stand for bytes of the character set.
static char *decode(struct ho_adt_reader *r, struct ho_bytes raw)
{
    struct ho_bytes b = ho_hl7_text(&r->message, raw);
    bool utf8 = ho_is_utf8(b);
    if (!utf8 && r->charset.kind == HO_CHARSET_CONVERTED)
        utf8 = ho_is_utf8(b = ho_charset_convert_rest(r->arena, r->charset.converter, b));
    bool latin1 = !utf8 || r->charset.kind == HO_CHARSET_LATIN1;
    char *text = room_for(r, (latin1 ? 2 * b.n : b.n) + 1);
    size_t n = latin1 ? copy_latin1(b, text) : copy_utf8(b, text);
    while (n && text[n - 1] == ' ')
        n--;
    text[n] = '\0';
    while (*text == ' ')
        text++;
    return text;
}

static void set_kinds(struct ho_adt_reader *r)
{
    const struct ho_hl7_delimiters *d = &r->message.delimiters;
    memset(r->kinds, HO_ADT_SPECIAL, ' ');
    memset(r->kinds + 0x7F, HO_ADT_SPECIAL, sizeof r->kinds - 0x7F);
    r->kinds[d->escape] |= HO_ADT_SPECIAL;
    r->kinds[d->component] |= HO_ADT_DELIMITER;
    r->kinds[d->repetition] |= HO_ADT_DELIMITER;
    r->kinds[d->subcomponent] |= HO_ADT_DELIMITER;
    r->kinds[0] = HO_ADT_SPECIAL; // a delimiter that is missing
}

static void find_charset(struct ho_adt_reader *r)
{
    if (r->feed->charset) {
        r->charset = (struct ho_charset){HO_CHARSET_CONVERTED, r->feed->charset};
        return;
    }
    struct ho_bytes msh_18 = ho_hl7_field(&r->message, r->message.segments, 18);
    r->charset = ho_charset_named(msh_18, r->message.delimiters.repetition, &r->unknown_charset);
}

void ho_adt_begin(struct ho_adt_reader *r, struct ho_arena *arena, const struct ho_hl7_message *message,
                  const struct ho_feed *feed)
{
    *r = (struct ho_adt_reader){.arena = arena, .message = *message, .feed = feed};
    r->message.arena = arena;
    find_charset(r);
    struct ho_hl7_message converted;
    if (r->charset.kind == HO_CHARSET_CONVERTED &&
        ho_hl7_parse(arena, ho_charset_convert(arena, r->charset.converter, message->bytes), &converted))
        r->message = converted;
    set_kinds(r);
}

// Most text is copied as it is, in one pass; the rest is decoded.
char *ho_adt_text(struct ho_adt_reader *r, struct ho_bytes raw)
{
    raw = ho_bytes_trim(raw);
    if (!raw.n || ho_hl7_is_null(raw))
        return no_text;
    char *text = room_for(r, raw.n + 1);
    for (size_t i = 0; i < raw.n; i++) {
        if (r->kinds[raw.p[i]] & HO_ADT_SPECIAL)
            return decode(r, raw);
        text[i] = (char)raw.p[i];
    }
    text[raw.n] = '\0';
    return text;
}

char *ho_adt_join(struct ho_adt_reader *r, const char *a, const char *between, const char *b)
{
    const struct ho_bytes parts[] = {ho_bytes_of(a), ho_bytes_of(between), ho_bytes_of(b)};
    char *text = room_for(r, parts[0].n + parts[1].n + parts[2].n + 1), *end = text;
    for (size_t i = 0; i < 3; i++) {
        memcpy(end, parts[i].p, parts[i].n);
        end += parts[i].n;
    }
    *end = '\0';
    return text;
}

struct ho_bytes ho_adt_first(const struct ho_adt_reader *r, struct ho_bytes field)
{
    size_t n = 0;
    while (n < field.n && !(r->kinds[field.p[n]] & HO_ADT_DELIMITER))
        n++;
    field = ho_bytes_trim((struct ho_bytes){field.p, n});
    return ho_hl7_is_null(field) ? (struct ho_bytes){0} : field;
}

// Copies while it looks for the end, for nearly all values are plain and short.
char *ho_adt_first_text(struct ho_adt_reader *r, struct ho_bytes field)
{
    while (field.n && field.p[0] <= ' ')
        field.p++, field.n--;
    if (!field.n)
        return no_text;
    char *text = room_for(r, field.n + 1);
    size_t n = 0;
    uint8_t kind = 0;
    for (; n < field.n; n++) {
        kind = r->kinds[field.p[n]];
        if (kind)
            break;
        text[n] = (char)field.p[n];
    }
    if (kind & HO_ADT_SPECIAL || text[0] == '"')
        return ho_adt_text(r, ho_adt_first(r, field));
    while (n && text[n - 1] == ' ')
        n--;
    text[n] = '\0';
    return text;
}

void ho_adt_components(const struct ho_adt_reader *r, struct ho_bytes field, struct ho_bytes *parts, size_t max)
{
    struct ho_bytes repetition = {0};
    while (ho_hl7_next(&field, r->message.delimiters.repetition, &repetition)) {
        if (repetition.n)
            break;
    }
    ho_hl7_split(repetition, r->message.delimiters.component, parts, max);
}

int64_t ho_adt_instant(struct ho_adt_reader *r, struct ho_bytes field, const char *place)
{
    int64_t instant = 0;
    struct ho_bytes value = ho_adt_first(r, field);
    if (value.n && !ho_hl7_time(value, r->feed->zone, &instant) && !r->bad_date)
        r->bad_date = place;
    return instant;
}

int64_t ho_adt_day_end(const struct ho_adt_reader *r, struct ho_bytes field)
{
    struct ho_bytes value = ho_adt_first(r, field);
    uint32_t date = value.n == strlen("YYYYMMDD") ? ho_date_parse(value) : 0;
    return date ? ho_zone_day_end(r->feed->zone, date) : 0;
}
