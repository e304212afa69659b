#include "match_traits.h"

#include "handoff/time.h"
#include "match_text.h"
#include "name.h"

// ---- Words ---------------------------------------------------------------------------------------------

static bool is_break(uint8_t c)
{
    return c <= ' ' || c == '-' || c == ',' || c == '.' || c == '/' || c == '(' || c == ')' || c == '"' || c == '&' ||
           c == ';' || c == '_' || c == '+' || c == '#' || c == ':';
}

struct splitter {
    struct ho_arena *arena;
    const char *text;
    size_t left; // bytes still to be looked at: a longer text is cut
};

enum { LONGEST_TEXT = 512 };

static struct splitter split(struct ho_arena *arena, const char *text)
{
    return (struct splitter){arena, text ? text : "", LONGEST_TEXT};
}

static bool is_plain(struct ho_bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] >= 0x80)
            return false;
    return true;
}

static struct ho_bytes fold_plain(struct ho_arena *arena, struct ho_bytes raw)
{
    uint8_t *out = ho_arena_alloc(arena, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        uint8_t c = raw.p[i];
        if (c >= 'A' && c <= 'Z')
            out[n++] = (uint8_t)(c + ('a' - 'A'));
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out[n++] = c;
    }
    return ho_bytes_from(out, n);
}

// Cut at a whole character.
static struct ho_bytes cut(struct ho_bytes word)
{
    if (word.n > HO_WORD_BYTES) {
        word.n = HO_WORD_BYTES;
        while (word.n && (word.p[word.n] & 0xC0) == 0x80)
            word.n--;
    }
    return word;
}

// The next word, folded.
static bool next_word(struct splitter *s, struct ho_bytes *out)
{
    for (;;) {
        while (s->left && *s->text && is_break((uint8_t)*s->text))
            s->text++, s->left--;
        const char *start = s->text;
        while (s->left && *s->text && !is_break((uint8_t)*s->text))
            s->text++, s->left--;
        struct ho_bytes raw = ho_bytes_from(start, (size_t)(s->text - start));
        if (!raw.n)
            return false;
        *out = cut(is_plain(raw) ? fold_plain(s->arena, raw) : ho_name_fold(s->arena, ho_arena_text(s->arena, raw)));
        if (out->n)
            return true;
    }
}

static struct ho_bytes join(struct ho_arena *arena, struct ho_bytes a, struct ho_bytes b)
{
    uint8_t *out = ho_arena_alloc(arena, a.n + b.n + 1);
    if (a.n)
        memcpy(out, a.p, a.n);
    if (b.n)
        memcpy(out + a.n, b.p, b.n);
    return cut(ho_bytes_from(out, a.n + b.n));
}

static void add(struct ho_tokens *tokens, struct ho_bytes word)
{
    if (tokens->n < HO_TOKENS)
        tokens->item[tokens->n++] = word;
}

// ---- Names ---------------------------------------------------------------------------------------------

// "N/A", "Not given": the words together. "NA" alone may be a name.
static bool stands_for_nothing(struct ho_arena *arena, const struct ho_words *words, const char *text)
{
    enum { LONGEST = 24 };
    if (!text || !text[0] || strlen(text) > LONGEST)
        return false;
    unsigned kinds = ho_word_kinds(words, ho_name_fold(arena, text));
    return kinds & HO_WORD_UNKNOWN || (kinds & HO_WORD_UNKNOWN_ALONE && strpbrk(text, "/."));
}

// Words of a name field: suffixes, titles and words that stand for no name are taken out and noted.
static void read_name(struct ho_arena *arena, const struct ho_words *words, const char *text, bool particles,
                      struct ho_tokens *tokens, struct ho_traits *out)
{
    struct splitter s = split(arena, text);
    struct ho_bytes word, held = {0};
    if (stands_for_nothing(arena, words, text)) {
        out->unnamed = true;
        return;
    }
    while (next_word(&s, &word)) {
        unsigned kinds = ho_word_kinds(words, word);
        if (kinds & HO_WORD_SUFFIX && (tokens->n || held.n)) {
            out->suffix = ho_word_suffix(words, word);
        } else if (kinds & (HO_WORD_UNKNOWN | HO_WORD_TEST | HO_WORD_BABY)) {
            out->unnamed = out->unnamed || kinds & HO_WORD_UNKNOWN;
            out->test = out->test || kinds & HO_WORD_TEST;
            out->baby = out->baby || kinds & HO_WORD_BABY;
        } else if (kinds & HO_WORD_TITLE && word.n < 5 && !particles) {
            continue;
        } else if (particles && kinds & HO_WORD_PARTICLE) {
            held = join(arena, held, word);
        } else {
            add(tokens, held.n ? join(arena, held, word) : word);
            held.n = 0;
        }
    }
    if (held.n)
        add(tokens, held);
}

static void drop_fillers(const struct ho_words *words, struct ho_tokens *tokens)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < tokens->n; i++)
        if (tokens->n == 1 || !(ho_word_kinds(words, tokens->item[i]) & HO_WORD_FILLER))
            tokens->item[kept++] = tokens->item[i];
    tokens->n = kept;
}

static bool is_word(const struct ho_tokens *tokens, const char *word)
{
    return tokens->n == 1 && ho_bytes_is(tokens->item[0], word);
}

// "John Doe" and "Test Patient" are nobody's names, though each word may be somebody's.
static void find_pretenders(struct ho_traits *out)
{
    static const char *const DOES[] = {"john", "jane", "jon", "johnny", "janie", "baby"};
    bool doe = false;
    for (size_t i = 0; i < sizeof DOES / sizeof *DOES; i++)
        doe = doe || (is_word(&out->surname, "doe") && (out->given.n == 0 || is_word(&out->given, DOES[i]))) ||
              (is_word(&out->given, "doe") && is_word(&out->surname, DOES[i]));
    bool patient = is_word(&out->surname, "patient") || (is_word(&out->given, "patient") && out->surname.n == 0);
    out->unnamed = out->unnamed || doe || patient;
    for (const struct ho_tokens *t = &out->surname;; t = &out->given) {
        if (t->n && t->item[0].n > 2 && memcmp(t->item[0].p, "zz", 2) == 0)
            out->test = true;
        if (t == &out->given)
            break;
    }
}

// "NA" is "not available", and a part of Korean names: Na Young, or the surname Na.
static void find_not_available(const struct ho_words *words, struct ho_traits *out)
{
    struct ho_tokens *const given = &out->given, *const surname = &out->surname;
    if (given->n == 1 && ho_word_kinds(words, given->item[0]) & HO_WORD_UNKNOWN_ALONE) {
        given->n = 0;
        out->unnamed = true;
    }
    if (!given->n && surname->n == 1 && ho_word_kinds(words, surname->item[0]) & HO_WORD_UNKNOWN_ALONE)
        surname->n = 0;
    if (out->middle.n == 1 && ho_word_kinds(words, out->middle.item[0]) & HO_WORD_UNKNOWN_ALONE)
        out->middle.n = 0;
}

static void read_names(struct ho_arena *arena, const struct ho_words *words, const struct ho_raw_person *raw,
                       struct ho_traits *out)
{
    struct ho_traits by_middle = {0}, by_suffix = {0}; // an unknown one leaves the person's name
    struct ho_tokens rest = {0};
    read_name(arena, words, raw->surname, true, &out->surname, out);
    bool surname_is_unnamed = out->unnamed;
    read_name(arena, words, raw->given, false, &out->given, out);
    read_name(arena, words, raw->middle, false, &out->middle, &by_middle);
    if (raw->suffix && raw->suffix[0])
        read_name(arena, words, ho_arena_printf(arena, "x %.64s", raw->suffix), false, &rest, &by_suffix);
    if (by_suffix.suffix)
        out->suffix = by_suffix.suffix;
    if (!out->suffix)
        out->suffix = by_middle.suffix;
    find_not_available(words, out);
    if (out->given.n == 1 && out->middle.n && out->middle.item[0].n > 1 &&
        ho_word_kinds(words, out->given.item[0]) & HO_WORD_FILLER) {
        out->given = out->middle; // "Thi" "Lan" is Lan
        out->middle.n = 0;
    }
    drop_fillers(words, &out->given);
    if (out->middle.n == 1 && ho_word_kinds(words, out->middle.item[0]) & HO_WORD_FILLER)
        out->middle.n = 0;
    find_pretenders(out);
    if (out->unnamed || out->test || out->baby)
        out->given.n = out->middle.n = 0; // "trauma alpha", "baby boy maria": what is left is no given name
    if (surname_is_unnamed || out->test || (out->unnamed && is_word(&out->surname, "doe")) ||
        is_word(&out->surname, "patient"))
        out->surname.n = 0;
}

// ---- Places and numbers ----------------------------------------------------------------------------------

static uint32_t leading_number(struct ho_bytes word)
{
    uint32_t n = 0;
    for (size_t i = 0; i < word.n && i < 7 && word.p[i] >= '0' && word.p[i] <= '9'; i++)
        n = n * 10 + (uint32_t)(word.p[i] - '0');
    return n;
}

static bool is_ordinal(struct ho_bytes word)
{
    return word.n > 2 && word.p[word.n - 1] >= 'a' && leading_number(word) &&
           (memcmp(word.p + word.n - 2, "th", 2) == 0 || memcmp(word.p + word.n - 2, "st", 2) == 0 ||
            memcmp(word.p + word.n - 2, "nd", 2) == 0 || memcmp(word.p + word.n - 2, "rd", 2) == 0);
}

static void read_address(struct ho_arena *arena, const struct ho_words *words, const char *text, struct ho_traits *out)
{
    struct splitter s = split(arena, text);
    struct ho_bytes word;
    struct ho_tokens kinds = {0};
    bool unit_next = false;
    while (next_word(&s, &word)) {
        unsigned kind = ho_word_kinds(words, word);
        uint32_t number = leading_number(word);
        if (unit_next && (number || word.n <= 2)) {
            out->unit = word;
            unit_next = false;
        } else if (kind & HO_WORD_UNIT && word.n > 1) {
            unit_next = true;
        } else if (number && !out->house && !is_ordinal(word)) {
            out->house = number;
        } else if (number && !out->unit.n && !is_ordinal(word)) {
            out->unit = word;
        } else if (kind & HO_WORD_NO_HOME) {
            out->street.n = out->house = 0;
            return;
        } else {
            add(kind & HO_WORD_STREET ? &kinds : &out->street, word);
        }
    }
    if (!out->street.n && out->house)
        out->street = kinds; // "12 North Street"
}

static uint64_t read_phone(const char *text)
{
    uint64_t n = 0;
    unsigned digits = 0, same = 0;
    char last = 0;
    for (; text && *text && digits < 15; text++)
        if (*text >= '0' && *text <= '9') {
            if (digits == 0 && *text == '1')
                continue; // the country's
            n = n * 10 + (uint64_t)(*text - '0'), digits++;
            same += *text == last;
            last = *text;
        } else if (digits >= 7 && (*text == 'x' || *text == 'X')) {
            break; // an extension
        }
    if (digits < 7 || (digits != 7 && digits < 10))
        return 0;
    n %= UINT64_C(10000000000);
    bool placeholder = same + 2 >= digits || n == UINT64_C(1234567890) || n == UINT64_C(2345678901) ||
                       n % 10000000 == 0 || n % 10000000 == 5555555 || n % 10000000 == 9999999;
    return placeholder ? 0 : n;
}

static uint32_t read_zip(const char *text)
{
    uint32_t n = 0, digits = 0;
    for (; text && *text && digits < 5; text++)
        if (*text >= '0' && *text <= '9')
            n = n * 10 + (uint32_t)(*text - '0'), digits++;
    return digits < 4 || n == 99999 || n == 12345 ? 0 : n;
}

bool ho_date_is_possible(uint32_t date)
{
    static const uint8_t DAYS[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint32_t year = date / 10000, month = date / 100 % 100, day = date % 100;
    if (year < 1890 || year > 2099 || month < 1 || month > 12 || day < 1 || day > DAYS[month - 1])
        return false;
    return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

static uint32_t read_birth_date(uint32_t date)
{
    static const uint32_t PLACEHOLDERS[] = {19000101, 19010101, 18000101, 11111111,
                                            99991231, 99999999, 20000000, 19700000};
    for (size_t i = 0; i < sizeof PLACEHOLDERS / sizeof *PLACEHOLDERS; i++)
        if (date == PLACEHOLDERS[i])
            return 0;
    return date < 10000000 || date > 99999999 ? 0 : date;
}

// ---- All of it -------------------------------------------------------------------------------------------

static char read_sex(const char *text)
{
    char c = text ? text[0] : 0;
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    return c == 'M' || c == 'F' ? c : 0;
}

void ho_traits_read(struct ho_arena *arena, const struct ho_words *words, const struct ho_raw_person *raw,
                    struct ho_traits *out)
{
    *out = (struct ho_traits){
        .birth_date = read_birth_date(raw->birth_date),
        .phone = read_phone(raw->phone),
        .zip = read_zip(raw->zip),
        .sex = read_sex(raw->sex),
    };
    read_names(arena, words, raw, out);
    read_address(arena, words, raw->address, out);
    struct splitter s = split(arena, raw->city);
    struct ho_bytes word;
    while (next_word(&s, &word))
        out->city = join(arena, out->city, word);
}
