#include "columns.h"

#include "handoff/match.h"
#include "handoff/time.h"

bool ho_roster_fault_report(const struct ho_roster_faults *faults, uint64_t line, const char *column, const char *what)
{
    const struct ho_roster_fault fault = {line, column, what};
    faults->report(faults->context, &fault);
    return false;
}

// ---- Values ----------------------------------------------------------------------------------------

// Line ends and other control characters become blanks.
static struct ho_bytes without_controls(struct ho_arena *arena, struct ho_bytes b)
{
    size_t i = 0;
    while (i < b.n && b.p[i] >= ' ' && b.p[i] != 0x7F)
        i++;
    if (i == b.n)
        return b;
    uint8_t *copy = ho_arena_alloc(arena, b.n);
    for (i = 0; i < b.n; i++)
        copy[i] = b.p[i] < ' ' || b.p[i] == 0x7F ? ' ' : b.p[i];
    return ho_bytes_trim(ho_bytes_from(copy, b.n));
}

// An address that can stand in an SMTP command: one @ with text around it, printable ASCII, no brackets.
static bool is_email(struct ho_bytes b)
{
    size_t at = 0, marks = 0;
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] <= ' ' || b.p[i] >= 0x7F || strchr("<>()[]\\,;:\"", b.p[i]))
            return false;
        if (b.p[i] == '@')
            at = i, marks++;
    }
    return marks == 1 && at > 0 && at + 1 < b.n;
}

static bool is_sex(struct ho_bytes b)
{
    return b.n == 1 && strchr("MFXU", b.p[0]) && b.p[0];
}

static const char *small_letters(struct ho_arena *arena, struct ho_bytes b)
{
    char *copy = ho_arena_alloc(arena, b.n + 1);
    for (size_t i = 0; i < b.n; i++)
        copy[i] = (char)(b.p[i] >= 'A' && b.p[i] <= 'Z' ? b.p[i] - 'A' + 'a' : b.p[i]);
    return copy;
}

static struct ho_bytes upper_letter(struct ho_arena *arena, struct ho_bytes b)
{
    if (b.n != 1 || b.p[0] < 'a' || b.p[0] > 'z')
        return b;
    const uint8_t letter = (uint8_t)(b.p[0] - 'a' + 'A');
    return ho_arena_copy(arena, ho_bytes_from(&letter, 1));
}

// One number stays as sent; of several the form is ours, so that another way to part them changes nothing.
static const char *take_cins(struct ho_arena *arena, struct ho_bytes value, struct ho_bytes *out)
{
    char cins[HO_CINS_BYTES];
    const char *wrong;
    if (ho_cins_read(ho_arena_text(arena, value), cins, &wrong) > 1)
        *out = ho_arena_copy(arena, ho_bytes_of(cins));
    return wrong;
}

static bool parts_words(uint8_t c)
{
    return c == ' ' || c == ';' || c == ',';
}

static bool is_word(struct ho_bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        if (!(b.p[i] >= 'a' && b.p[i] <= 'z') && !(b.p[i] >= '0' && b.p[i] <= '9') && b.p[i] != '-')
            return false;
    return b.n > 0;
}

// Whether `words`, with a blank before and behind each, hold it.
static bool holds_word(const char *words, struct ho_bytes word)
{
    for (const char *p = words; *p && p[1]; p = strchr(p + 1, ' '))
        if (ho_bytes_equal(word, ho_bytes_from(p + 1, strcspn(p + 1, " "))))
            return true;
    return false;
}

// In small letters, one blank between, each once, in the order sent: another way to part them changes nothing.
static const char *take_words(struct ho_arena *arena, const char *choices, struct ho_bytes value, struct ho_bytes *out)
{
    const char *words = " ";
    struct ho_bytes rest = ho_bytes_of(small_letters(arena, value));
    while (rest.n) {
        size_t n = 0;
        while (n < rest.n && !parts_words(rest.p[n]))
            n++;
        struct ho_bytes word = ho_bytes_from(rest.p, n);
        rest = n < rest.n ? ho_bytes_from(rest.p + n + 1, rest.n - n - 1) : (struct ho_bytes){0};
        if (!n)
            continue;
        if (!is_word(word))
            return "holds something that is no word of small letters, digits and hyphens; part words by a blank or ';'";
        if (choices && !holds_word(choices, word))
            return "holds a word that is none of its words (handoffctl roster import --help names them)";
        if (!holds_word(words, word))
            words = ho_arena_printf(arena, "%s%s ", words, ho_arena_text(arena, word));
    }
    *out = ho_bytes_trim(ho_bytes_of(words));
    return NULL;
}

static const char *take_choice(struct ho_arena *arena, const struct ho_column *column, struct ho_bytes value,
                               struct ho_bytes *out)
{
    *out = ho_bytes_of(small_letters(arena, value));
    if (is_word(*out) && holds_word(column->choices, *out))
        return NULL;
    return ho_arena_printf(arena, "is none of:%.*s", (int)strlen(column->choices) - 1, column->choices);
}

static size_t bytes_max(const struct ho_column *column)
{
    return column->kind == HO_COLUMN_WORDS ? HO_COLUMN_WORDS_BYTES_MAX : HO_COLUMN_BYTES_MAX;
}

// Of a value that is not blank.
static const char *take_kind(struct ho_arena *arena, const struct ho_column *column, struct ho_bytes value,
                             struct ho_bytes *text, uint32_t *date)
{
    switch (column->kind) {
    case HO_COLUMN_DATE:
        return (*date = ho_date_parse(value)) ? NULL : "is no date (YYYYMMDD or YYYY-MM-DD)";
    case HO_COLUMN_SEX:
        *text = upper_letter(arena, value);
        return is_sex(*text) ? NULL : "is none of M, F, X, U";
    case HO_COLUMN_EMAIL:
        return is_email(value) ? NULL : "is no e-mail address";
    case HO_COLUMN_WORDS:
        return take_words(arena, column->choices, value, text);
    case HO_COLUMN_CHOICE:
        return take_choice(arena, column, value, text);
    case HO_COLUMN_CINS:
        return take_cins(arena, value, text);
    case HO_COLUMN_TEXT:
    case HO_COLUMN_REQUIRED:
        break;
    }
    return NULL;
}

const char *ho_column_take(struct ho_arena *arena, const struct ho_column *column, struct ho_bytes value,
                           struct ho_bytes *text, uint32_t *date)
{
    value = ho_bytes_trim(value);
    if (!ho_is_utf8(value))
        return "holds bytes that are not UTF-8; a file in Latin-1 must be saved as UTF-8 first";
    if (value.n > bytes_max(column))
        return column->kind == HO_COLUMN_WORDS ? "is longer than 1024 bytes" : "is longer than 256 bytes";
    *text = without_controls(arena, value);
    if (!text->n)
        return column->kind == HO_COLUMN_REQUIRED ? "is blank" : NULL;
    return take_kind(arena, column, *text, text, date);
}

// ---- Headers ---------------------------------------------------------------------------------------

static int column_of(const struct ho_column *columns, size_t n, struct ho_bytes name)
{
    for (size_t i = 0; i < n; i++)
        if (ho_bytes_is(name, columns[i].name))
            return (int)i;
    return -1;
}

// A header's name that is not ours, fit to be shown.
static const char *shown_name(struct ho_arena *arena, struct ho_bytes name)
{
    if (!ho_is_utf8(name))
        return "(a name that is not UTF-8)";
    if (name.n > HO_COLUMN_BYTES_MAX)
        return "(a very long name)";
    return name.n ? ho_arena_text(arena, without_controls(arena, name)) : "(blank)";
}

bool ho_columns_find(struct ho_arena *arena, const struct ho_column *columns, size_t n,
                     const struct ho_csv_record *record, const struct ho_roster_faults *faults, int *places,
                     const char **unknown)
{
    bool good = true;
    for (size_t i = 0; i < n; i++)
        places[i] = -1;
    *unknown = "";
    if (record->fault)
        return ho_roster_fault_report(faults, record->line, "", record->fault);
    for (size_t i = 0; i < record->n; i++) {
        struct ho_bytes name = ho_bytes_trim(record->fields[i]);
        int column = column_of(columns, n, name);
        if (column < 0)
            *unknown = ho_arena_printf(arena, "%s%s%s", *unknown, **unknown ? ", " : "", shown_name(arena, name));
        else if (places[column] >= 0)
            good = ho_roster_fault_report(faults, record->line, columns[column].name, "stands twice in the header");
        else
            places[column] = (int)i;
    }
    if (places[0] < 0)
        good = ho_roster_fault_report(faults, record->line, columns[0].name,
                                      "is missing in the header, which must be the first line");
    return good;
}

const char *ho_record_shape(struct ho_arena *arena, const struct ho_csv_record *record, size_t n_fields)
{
    if (record->fault || record->n == n_fields)
        return record->fault;
    return ho_arena_printf(arena, "has %zu columns where the header has %zu", record->n, n_fields);
}
