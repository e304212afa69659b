// Character sets of messages: which one it is, and its bytes as UTF-8 (HL7 table 0211, ICU's converters).
#include "adt_reader.h"

#include <limits.h>

#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ustring.h>

enum { NAME_BYTES = 32 };

// ---- Names.

// Without blanks, in upper case; empty where it is longer than any name.
static void fold_name(struct ho_bytes name, char out[NAME_BYTES])
{
    size_t n = 0;
    for (size_t i = 0; i < name.n && n < NAME_BYTES; i++) {
        uint8_t c = name.p[i];
        if (c > ' ')
            out[n++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    out[n < NAME_BYTES ? n : 0] = '\0';
}

// The parts of ISO 8859 that table 0211 has, under its names and those of others.
static const char *part_of_8859(const char *name)
{
    static const char *const prefixes[] = {"8859/", "ISO8859/", "ISO-8859-", "ISO8859-"};
    static const char *const converters[] = {
        [1] = "ISO-8859-1", [2] = "ISO-8859-2", [3] = "ISO-8859-3", [4] = "ISO-8859-4", [5] = "ISO-8859-5",
        [6] = "ISO-8859-6", [7] = "ISO-8859-7", [8] = "ISO-8859-8", [9] = "ISO-8859-9", [15] = "ISO-8859-15"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t n = strlen(prefixes[i]);
        if (strncmp(name, prefixes[i], n) != 0)
            continue;
        for (size_t part = 1; part < sizeof converters / sizeof *converters; part++) {
            if (converters[part] && strcmp(name + n, strrchr(converters[part], '-') + 1) == 0)
                return converters[part];
        }
    }
    return NULL;
}

static const struct {
    const char *name; // as fold_name leaves it
    enum ho_charset_kind kind;
    const char *converter; // NULL: plain ASCII, behind which another may follow
} sets[] = {
    {"ASCII", HO_CHARSET_GUESSED, NULL},
    {"US-ASCII", HO_CHARSET_GUESSED, NULL},
    {"ISOIR6", HO_CHARSET_GUESSED, NULL},
    {"UNICODE", HO_CHARSET_GUESSED, "UTF-8"}, // withdrawn; whoever writes it in ASCII means UTF-8
    {"UNICODEUTF-8", HO_CHARSET_GUESSED, "UTF-8"},
    {"UTF-8", HO_CHARSET_GUESSED, "UTF-8"},
    {"UTF8", HO_CHARSET_GUESSED, "UTF-8"},
    {"UNICODEUTF-16", HO_CHARSET_REFUSED, NULL},
    {"UNICODEUTF-32", HO_CHARSET_REFUSED, NULL},
    {"ISOIR14", HO_CHARSET_CONVERTED, "ISO-2022-JP-1"},
    {"ISOIR87", HO_CHARSET_CONVERTED, "ISO-2022-JP-1"},
    {"ISOIR159", HO_CHARSET_CONVERTED, "ISO-2022-JP-1"},
    {"GB18030-2000", HO_CHARSET_CONVERTED, "GB18030"},
    {"GB18030", HO_CHARSET_CONVERTED, "GB18030"},
    {"KSX1001", HO_CHARSET_CONVERTED, "windows-949"},
    {"CNS11643-1992", HO_CHARSET_CONVERTED, "EUC-TW"},
    {"BIG-5", HO_CHARSET_CONVERTED, "Big5"},
    {"BIG5", HO_CHARSET_CONVERTED, "Big5"},
    {"WINDOWS-1252", HO_CHARSET_CONVERTED, "windows-1252"},
};

// False where no table has the name.
static bool find_set(struct ho_bytes name, struct ho_charset *out)
{
    char folded[NAME_BYTES];
    fold_name(name, folded);
    const char *part = part_of_8859(folded);
    if (part) {
        *out = (struct ho_charset){strcmp(part, "ISO-8859-1") == 0 ? HO_CHARSET_LATIN1 : HO_CHARSET_CONVERTED, part};
        return true;
    }
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (strcmp(folded, sets[i].name) == 0) {
            *out = (struct ho_charset){sets[i].kind, sets[i].converter};
            return true;
        }
    }
    return false;
}

// Japanese feeds name ASCII first and behind it the sets that they switch to, so the first that says more counts.
struct ho_charset ho_charset_named(struct ho_bytes msh_18, uint8_t repetition, bool *unknown)
{
    struct ho_charset charset = {0};
    struct ho_bytes name;
    *unknown = false;
    while (charset.kind == HO_CHARSET_GUESSED && !charset.converter && ho_hl7_next(&msh_18, repetition, &name)) {
        name = ho_bytes_trim(name);
        if (name.n && !ho_hl7_is_null(name) && !find_set(name, &charset))
            *unknown = true;
    }
    return charset;
}

// ---- Conversion.

// ICU would write U+001A for some; one sign for all that cannot be read.
static void write_replacement(const void *context, UConverterToUnicodeArgs *args, const char *bytes, int32_t n,
                              UConverterCallbackReason reason, UErrorCode *status)
{
    static const UChar replacement = 0xFFFD;
    (void)context, (void)bytes, (void)n;
    if (reason > UCNV_IRREGULAR)
        return; // opened, reset, closed
    *status = U_ZERO_ERROR;
    ucnv_cbToUWriteUChars(args, &replacement, 1, 0, status);
}

static UConverter *open_converter(const char *name)
{
    UErrorCode status = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(name, &status);
    if (U_SUCCESS(status))
        ucnv_setToUCallBack(converter, write_replacement, NULL, NULL, NULL, &status);
    if (U_SUCCESS(status))
        return converter;
    ucnv_close(converter);
    return NULL;
}

// A byte makes one UTF-16 unit at most in nearly all sets; where it makes more ICU says how many.
static UChar *to_utf16(struct ho_arena *arena, UConverter *converter, struct ho_bytes b, int32_t *n)
{
    int32_t capacity = (int32_t)b.n + 1;
    for (;;) {
        UErrorCode status = U_ZERO_ERROR;
        UChar *units = ho_arena_array(arena, (size_t)capacity, sizeof *units);
        *n = ucnv_toUChars(converter, units, capacity, (const char *)b.p, (int32_t)b.n, &status);
        if (status != U_BUFFER_OVERFLOW_ERROR)
            return U_SUCCESS(status) ? units : NULL;
        capacity = *n + 1;
    }
}

// As they are where they are too many.
static struct ho_bytes convert(struct ho_arena *arena, UConverter *converter, struct ho_bytes b)
{
    enum { UTF8_PER_UNIT = 3, MAX_BYTES = INT_MAX / 8 };
    int32_t n_units, n = 0;
    UChar *units = b.n <= MAX_BYTES ? to_utf16(arena, converter, b, &n_units) : NULL;
    if (!units)
        return b;
    UErrorCode status = U_ZERO_ERROR;
    char *text = ho_arena_alloc(arena, (size_t)n_units * UTF8_PER_UNIT + 1);
    u_strToUTF8WithSub(text, n_units * UTF8_PER_UNIT + 1, &n, units, n_units, 0xFFFD, NULL, &status);
    return U_SUCCESS(status) ? ho_bytes_from(text, (size_t)n) : b;
}

struct ho_bytes ho_charset_convert(struct ho_arena *arena, const char *converter, struct ho_bytes b)
{
    UConverter *open = b.n ? open_converter(converter) : NULL;
    if (!open)
        return b;
    b = convert(arena, open, b);
    ucnv_close(open);
    return b;
}

// How many bytes there are before the next that are UTF-8.
static size_t foreign_bytes(struct ho_bytes b)
{
    size_t n = 0;
    while (n < b.n && !ho_utf8_length(b.p + n, b.n - n))
        n++;
    return n;
}

struct ho_bytes ho_charset_convert_rest(struct ho_arena *arena, const char *converter, struct ho_bytes b)
{
    struct {
        uint8_t *items;
        size_t n, capacity;
    } out = {0};
    UConverter *open = open_converter(converter); // one for all: opening it takes longer than what it does
    for (size_t i = 0, n; open && i < b.n; i += n) {
        size_t foreign = foreign_bytes(ho_bytes_from(b.p + i, b.n - i));
        n = foreign ? foreign : ho_utf8_length(b.p + i, b.n - i);
        struct ho_bytes part = ho_bytes_from(b.p + i, n);
        if (foreign)
            part = convert(arena, open, part);
        for (size_t k = 0; k < part.n; k++)
            *(uint8_t *)ho_arena_push(arena, &out, 1) = part.p[k];
    }
    if (!open)
        return b;
    ucnv_close(open);
    return (struct ho_bytes){out.items, out.n};
}

bool ho_charset_is_usable(const char *name)
{
    const struct ho_bytes header = HO_BYTES_LITERAL("MSH|^~\\&|A1\r");
    UConverter *converter = open_converter(name);
    if (!converter)
        return false;
    ucnv_close(converter);
    struct ho_arena *arena = ho_arena_new(0);
    bool usable = ho_bytes_equal(ho_charset_convert(arena, name, header), header);
    ho_arena_free(arena);
    return usable;
}
