#include "match_levels.h"

#include <stdlib.h>

#include "match_text.h"

// ---- Words ---------------------------------------------------------------------------------------------

enum { JOINED_BYTES = HO_TOKENS * HO_WORD_BYTES };

struct joined {
    uint8_t text[JOINED_BYTES];
    size_t n;
};

static void join(struct joined *out, const struct ho_tokens *tokens)
{
    for (uint32_t i = 0; i < tokens->n; i++) {
        memcpy(out->text + out->n, tokens->item[i].p, tokens->item[i].n);
        out->n += tokens->item[i].n;
    }
}

static struct ho_bytes joined_text(const struct joined *joined)
{
    return ho_bytes_from(joined->text, joined->n);
}

static bool same_joined(const struct ho_tokens *a, const struct ho_tokens *b)
{
    if (a->n == 1 && b->n == 1)
        return ho_bytes_equal(a->item[0], b->item[0]);
    struct joined x = {.n = 0}, y = {.n = 0};
    join(&x, a);
    join(&y, b);
    return ho_bytes_equal(joined_text(&x), joined_text(&y));
}

static bool has(const struct ho_tokens *tokens, struct ho_bytes word)
{
    for (uint32_t i = 0; i < tokens->n; i++)
        if (ho_bytes_equal(tokens->item[i], word))
            return true;
    return false;
}

static uint32_t common_words(const struct ho_tokens *a, const struct ho_tokens *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n; i++)
        n += has(b, a->item[i]);
    return n;
}

// ---- Given names -----------------------------------------------------------------------------------------

// 0 none, 1 the same name in two languages, 2 two forms of it in one.
static int kinship(const struct ho_words *words, struct ho_bytes a, struct ho_bytes b)
{
    struct ho_name_groups x = ho_word_groups(words, a);
    if (!x.id[0])
        return 0;
    struct ho_name_groups y = ho_word_groups(words, b);
    int kin = 0;
    for (int i = 0; i < HO_NAME_GROUPS && x.id[i]; i++)
        for (int j = 0; j < HO_NAME_GROUPS && y.id[j]; j++) {
            if (x.id[i] == y.id[j])
                return 2;
            kin = x.id[i] / HO_NAME_LANGUAGES == y.id[j] / HO_NAME_LANGUAGES ? 1 : kin;
        }
    return kin;
}

// Whether people bear the name; a slip of the keyboard is nobody's name.
static bool is_name(const struct ho_roster_index *index, struct ho_bytes word)
{
    uint32_t enough = 3 + (uint32_t)(ho_roster_population(index) / 250000);
    return ho_roster_given_count(index, word) >= enough || ho_word_groups(ho_roster_words(index), word).id[0];
}

static bool same_beginning(struct ho_bytes a, struct ho_bytes b)
{
    return a.p[0] == b.p[0] || (a.n > 1 && b.n > 1 && a.p[0] == b.p[1] && a.p[1] == b.p[0]);
}

// Nobody bears the name, of so many that somebody should.
static bool is_unheard_of(const struct ho_roster_index *index, struct ho_bytes word)
{
    enum { LARGE = 20000 };
    return ho_roster_population(index) >= LARGE && !ho_roster_given_count(index, word) &&
           !ho_word_groups(ho_roster_words(index), word).id[0];
}

// No slip makes another name, and few change the first letter: there, a name that nobody bears in a large roster.
static bool is_slip_of(const struct ho_roster_index *index, struct ho_bytes asked, struct ho_bytes known)
{
    if (is_name(index, asked) && is_name(index, known))
        return false;
    return same_beginning(asked, known) ||
           (asked.n > 4 && is_unheard_of(index, asked) && (is_name(index, known) || ho_roster_is_part(index)));
}

static bool same_sound(struct ho_bytes a, struct ho_bytes b)
{
    struct ho_plain_word x, y;
    if (a.n < 4 || b.n < 4)
        return false;
    ho_text_plain(a, &x);
    ho_text_plain(b, &y);
    return ho_bytes_equal(ho_bytes_from(x.text, x.n), ho_bytes_from(y.text, y.n));
}

// Two slips at once, in a name that nobody bears in a large roster: "Ernily", written by hand.
static bool is_far_slip(const struct ho_roster_index *index, struct ho_bytes asked, struct ho_bytes known)
{
    return asked.n > 4 && known.n > 4 && asked.p[0] == known.p[0] && is_unheard_of(index, asked) &&
           (is_name(index, known) || ho_roster_is_part(index)) && ho_text_edits(asked, known, 2) <= 2;
}

// "Xiu" of "Xiuyu": the first part of a compound whose other part is a name, too.
static bool is_part_of(const struct ho_roster_index *index, struct ho_bytes part, struct ho_bytes whole)
{
    if (part.n < 2 || whole.n < part.n + 2 || part.n + whole.n < 7 || memcmp(whole.p, part.p, part.n) != 0)
        return false;
    return is_name(index, part) && is_name(index, ho_bytes_from(whole.p + part.n, whole.n - part.n));
}

static bool is_beginning(struct ho_bytes part, struct ho_bytes whole)
{
    return part.n >= 3 && whole.n > part.n && memcmp(whole.p, part.p, part.n) == 0;
}

// So few letters in common that no slip, spelling or likeness is left to look for: true of nearly all pairs.
static bool is_another_word(struct ho_bytes a, struct ho_bytes b)
{
    return !ho_text_may_be_like(a, b, 0.72);
}

static bool ends_as(struct ho_bytes whole, struct ho_bytes end)
{
    return whole.n > end.n && memcmp(whole.p + whole.n - end.n, end.p, end.n) == 0;
}

// Cut short after three letters or more, where what is left is nobody's name.
static bool is_cut(const struct ho_roster_index *index, struct ho_bytes asked, struct ho_bytes known)
{
    return is_beginning(asked, known) && !is_name(index, asked);
}

// One ends as the other: Cisco and Francisco, but also Ella and Isabella.
static bool is_tail(struct ho_bytes tail, struct ho_bytes whole)
{
    return tail.n >= 3 && ends_as(whole, tail);
}

static enum ho_given_level word_level(const struct ho_roster_index *index, struct ho_bytes a, struct ho_bytes b)
{
    if (ho_bytes_equal(a, b))
        return HO_GIVEN_EQUAL;
    if (a.n == 1 || b.n == 1)
        return a.p[0] == b.p[0] ? HO_GIVEN_INITIAL : HO_GIVEN_DIFFERS;
    int kin = kinship(ho_roster_words(index), a, b);
    if (kin)
        return kin == 2 ? HO_GIVEN_FORM : HO_GIVEN_TRANSLATED;
    if (is_another_word(a, b))
        return is_tail(a, b) || is_tail(b, a) ? HO_GIVEN_SIMILAR : HO_GIVEN_DIFFERS;
    if (same_sound(a, b))
        return HO_GIVEN_FORM;
    if (is_part_of(index, a, b) || is_part_of(index, b, a))
        return HO_GIVEN_PART;
    if (ho_text_is_slip(a, b))
        return is_slip_of(index, a, b) ? HO_GIVEN_SLIP : HO_GIVEN_SIMILAR;
    if (is_cut(index, a, b) || is_far_slip(index, a, b))
        return HO_GIVEN_SLIP;
    if (ho_text_jaro_winkler(a, b) >= 0.84 || is_tail(a, b) || is_tail(b, a) || ho_text_sound(a) == ho_text_sound(b))
        return HO_GIVEN_SIMILAR;
    return HO_GIVEN_DIFFERS;
}

// Given name and middle name of one side joined are the given name of the other: "Xiao" "Ming" and "Xiaoming".
static bool is_split(const struct ho_tokens *given, const struct ho_tokens *middle, const struct ho_tokens *whole)
{
    struct ho_tokens both = *given;
    for (uint32_t i = 0; i < middle->n && both.n < HO_TOKENS; i++)
        both.item[both.n++] = middle->item[i];
    return middle->n && same_joined(&both, whole);
}

// Both have two words or more.
static enum ho_given_level long_level(const struct ho_roster_index *index, const struct ho_tokens *a,
                                      const struct ho_tokens *b)
{
    enum ho_given_level first = word_level(index, a->item[0], b->item[0]);
    enum ho_given_level second = word_level(index, a->item[1], b->item[1]);
    if (first >= HO_GIVEN_SIMILAR)
        return common_words(a, b) == a->n && common_words(b, a) == b->n ? HO_GIVEN_PART : first;
    if (second >= HO_GIVEN_SIMILAR)
        return HO_GIVEN_SIMILAR;
    if (second == HO_GIVEN_INITIAL || a->n != b->n)
        return first == HO_GIVEN_EQUAL ? HO_GIVEN_PART : first;
    return first > second ? first : second;
}

// The one is called by a second name of the other.
static bool goes_by_second(const struct ho_traits *a, const struct ho_traits *b)
{
    struct ho_bytes name = a->given.item[0];
    if (name.n < 2)
        return false;
    for (uint32_t i = 1; i < b->given.n; i++)
        if (ho_bytes_equal(name, b->given.item[i]))
            return true;
    return has(&b->middle, name) || (b->middle.n > 1 && same_joined(&b->middle, &a->given));
}

// "Thi" and "Van" say next to nothing.
static bool is_filler(const struct ho_roster_index *index, const struct ho_tokens *tokens)
{
    return tokens->n == 1 && ho_word_kinds(ho_roster_words(index), tokens->item[0]) & HO_WORD_FILLER;
}

// "Thiyen" and "Thi Yen", of which Yen is left.
static bool begins_with_filler(const struct ho_roster_index *index, struct ho_bytes joined, struct ho_bytes name)
{
    return ends_as(joined, name) &&
           ho_word_kinds(ho_roster_words(index), ho_bytes_from(joined.p, joined.n - name.n)) & HO_WORD_FILLER;
}

static struct ho_bytes second_name(const struct ho_traits *t)
{
    if (t->middle.n)
        return t->middle.item[0];
    return t->given.n > 1 ? t->given.item[1] : (struct ho_bytes){0};
}

static bool begins_alike(struct ho_bytes a, struct ho_bytes b)
{
    return a.n && b.n && (a.n == 1 || b.n == 1 ? a.p[0] == b.p[0] : ho_bytes_equal(a, b));
}

// Both names are there, in the other order; one of them may be an initial, not both.
static bool is_crossed(const struct ho_traits *a, const struct ho_traits *b)
{
    struct ho_bytes x = second_name(a), y = second_name(b);
    return a->given.n && b->given.n && (x.n > 1 || y.n > 1) && begins_alike(a->given.item[0], y) &&
           begins_alike(x, b->given.item[0]) && !ho_bytes_equal(a->given.item[0], b->given.item[0]);
}

// Made of names: "Guo Bin" and "Guojin", which are no slips of each other.
static bool is_compound(const struct ho_roster_index *index, const struct ho_tokens *tokens)
{
    bool all = tokens->n > 1, halves = false;
    for (uint32_t i = 0; i < tokens->n; i++)
        all = all && is_name(index, tokens->item[i]);
    struct ho_bytes word = tokens->item[0];
    for (size_t i = 2; tokens->n == 1 && i + 2 <= word.n; i++)
        halves = halves ||
                 (is_name(index, ho_bytes_from(word.p, i)) && is_name(index, ho_bytes_from(word.p + i, word.n - i)));
    return all || halves;
}

// Like the member's name, and itself nobody's.
static bool is_misspelt(const struct ho_roster_index *index, const struct ho_tokens *asked)
{
    for (uint32_t i = 0; i < asked->n; i++)
        if (!is_name(index, asked->item[i]))
            return true;
    return false;
}

static bool is_usual(const struct ho_roster_index *index, struct ho_bytes name)
{
    enum { FEW = 3, SHARE = 100 };
    return ho_roster_given_count(index, name) > FEW + ho_roster_population(index) / SHARE;
}

// One whole name of the member is there, in another place: Stephen Sebastian is the member Sebastian, and Sofía the
// member Noemí Sofía. What many bear as a second name, such as María, says nothing.
static bool keeps_name(const struct ho_roster_index *index, const struct ho_traits *asked,
                       const struct ho_traits *known)
{
    if (asked->given.n == 1 && known->given.n > 1)
        return has(&known->given, asked->given.item[0]) && !is_usual(index, asked->given.item[0]);
    return known->given.n && common_words(&known->given, &asked->middle) == known->given.n &&
           known->given.item[0].n > 1 && !is_usual(index, known->given.item[0]);
}

static enum ho_given_level given_level(const struct ho_roster_index *index, const struct ho_traits *a,
                                       const struct ho_traits *b)
{
    const struct ho_tokens *x = &a->given, *y = &b->given;
    if (!x->n || !y->n)
        return HO_GIVEN_MISSING;
    if (same_joined(x, y) || is_split(x, &a->middle, y) || is_split(y, &b->middle, x))
        return HO_GIVEN_EQUAL;
    enum ho_given_level level;
    if (x->n > 1 && y->n > 1) {
        level = long_level(index, x, y);
    } else {
        level = word_level(index, x->item[0], y->item[0]);
        if (begins_with_filler(index, x->item[0], y->item[0]) || begins_with_filler(index, y->item[0], x->item[0]))
            level = HO_GIVEN_EQUAL;
        if (x->n != y->n)
            level = level == HO_GIVEN_EQUAL ? HO_GIVEN_PART : level == HO_GIVEN_PART ? HO_GIVEN_SIMILAR : level;
    }
    if (level >= HO_GIVEN_SIMILAR && x->n != y->n && !(is_name(index, x->item[0]) && is_name(index, y->item[0])) &&
        !(is_compound(index, x) && is_compound(index, y))) {
        struct joined i = {.n = 0}, j = {.n = 0};
        join(&i, x);
        join(&j, y);
        if (i.n >= 6 && j.n >= 6 && ho_text_edits(joined_text(&i), joined_text(&j), 1) == 1)
            level = HO_GIVEN_SLIP;
    }
    if (level >= HO_GIVEN_SIMILAR && (goes_by_second(a, b) || goes_by_second(b, a) || is_crossed(a, b)))
        level = HO_GIVEN_SECOND;
    if (level >= HO_GIVEN_SIMILAR && (is_filler(index, x) || is_filler(index, y)))
        level = HO_GIVEN_MISSING;
    return level;
}

// ---- Surnames ---------------------------------------------------------------------------------------------

static bool ends_with(struct ho_bytes whole, struct ho_bytes end)
{
    return end.n >= 4 && ends_as(whole, end);
}

static enum ho_surname_level surname_words_level(struct ho_bytes a, struct ho_bytes b)
{
    if (ho_bytes_equal(a, b))
        return HO_SURNAME_EQUAL;
    if (ends_with(a, b) || ends_with(b, a))
        return HO_SURNAME_PART;
    if (is_another_word(a, b))
        return HO_SURNAME_DIFFERS;
    if (ho_text_is_slip(a, b))
        return HO_SURNAME_SLIP;
    if (ho_text_jaro_winkler(a, b) >= 0.87 || (ho_text_sound(a) == ho_text_sound(b) && a.n > 2 && b.n > 2))
        return HO_SURNAME_SIMILAR;
    return HO_SURNAME_DIFFERS;
}

static enum ho_surname_level surname_level(const struct ho_tokens *a, const struct ho_tokens *b)
{
    if (!a->n || !b->n)
        return HO_SURNAME_MISSING;
    if (same_joined(a, b))
        return HO_SURNAME_EQUAL;
    if (a->n == 1 && b->n == 1)
        return surname_words_level(a->item[0], b->item[0]);
    uint32_t fewer = a->n < b->n ? a->n : b->n;
    uint32_t common = common_words(a, b), back = common_words(b, a);
    if (common == fewer && (back == fewer || a->n != b->n))
        return a->n == b->n ? HO_SURNAME_EQUAL : HO_SURNAME_PART;
    if (common)
        return HO_SURNAME_SIMILAR; // half-brothers, cousins
    struct joined i = {.n = 0}, j = {.n = 0};
    join(&i, a);
    join(&j, b);
    if (ho_text_is_slip(joined_text(&i), joined_text(&j)))
        return HO_SURNAME_SLIP;
    enum ho_surname_level best = HO_SURNAME_DIFFERS;
    for (uint32_t x = 0; x < a->n; x++)
        for (uint32_t y = 0; y < b->n; y++) {
            enum ho_surname_level level = surname_words_level(a->item[x], b->item[y]);
            best = level < best ? level : best;
        }
    return best == HO_SURNAME_EQUAL ? HO_SURNAME_PART : best;
}

// ---- Names that changed places -------------------------------------------------------------------------------

static void exchange(const struct ho_traits *from, struct ho_traits *to)
{
    *to = *from;
    to->given = from->surname;
    to->surname = from->given;
}

// Every word of the one is a word of the other, given name and surname both among them, in whatever field.
static bool is_shuffled(const struct ho_traits *a, const struct ho_traits *b)
{
    uint32_t given = 0, surname = 0, n = a->given.n + a->surname.n;
    for (uint32_t i = 0; i < n; i++) {
        struct ho_bytes word = i < a->given.n ? a->given.item[i] : a->surname.item[i - a->given.n];
        bool in_given = has(&b->given, word), in_surname = has(&b->surname, word);
        if (!in_given && !in_surname && !has(&b->middle, word))
            return false;
        given += in_given;
        surname += in_surname;
    }
    return given && surname;
}

static void names_levels(const struct ho_roster_index *index, const struct ho_traits *a, const struct ho_traits *b,
                         struct ho_comparison *out)
{
    uint8_t *given = &out->level[HO_FIELD_GIVEN], *surname = &out->level[HO_FIELD_SURNAME];
    *given = (uint8_t)given_level(index, a, b);
    *surname = (uint8_t)surname_level(&a->surname, &b->surname);
    bool doubtful = *given >= HO_GIVEN_SIMILAR && (*surname >= HO_SURNAME_SIMILAR || *surname == HO_SURNAME_PART);
    if (!doubtful)
        return;
    struct ho_traits other;
    exchange(a, &other);
    enum ho_given_level g = given_level(index, &other, b);
    enum ho_surname_level s = surname_level(&other.surname, &b->surname);
    bool good = g >= HO_GIVEN_EQUAL && g <= HO_GIVEN_SLIP && s >= HO_SURNAME_EQUAL && s <= HO_SURNAME_SLIP;
    if (good) {
        *given = (uint8_t)g;
        *surname = (uint8_t)s;
    } else if (is_shuffled(a, b)) {
        *given = HO_GIVEN_PART;
        *surname = HO_SURNAME_PART;
        out->shuffled = true;
    }
    out->swapped = good || out->shuffled;
}

// The one's middle name is the other's given name or surname.
static bool is_only_in(struct ho_bytes middle, const struct ho_traits *other, const struct ho_traits *own)
{
    bool own_name = has(&own->surname, middle) || (own->given.n && ho_bytes_equal(own->given.item[0], middle));
    return !own_name && (has(&other->given, middle) || has(&other->surname, middle));
}

static enum ho_middle_level middle_level(const struct ho_traits *a, const struct ho_traits *b)
{
    struct ho_bytes x = second_name(a), y = second_name(b);
    if (!x.n || !y.n)
        return HO_MIDDLE_MISSING;
    if (ho_bytes_equal(x, y) || ho_text_is_slip(x, y) || same_sound(x, y) || is_beginning(x, y) || is_beginning(y, x))
        return HO_MIDDLE_EQUAL;
    if ((x.n == 1 || y.n == 1) && x.p[0] == y.p[0])
        return HO_MIDDLE_INITIAL;
    bool elsewhere = is_only_in(y, a, b) || is_only_in(x, b, a);
    return elsewhere ? HO_MIDDLE_MISSING : HO_MIDDLE_DIFFERS;
}

// ---- Dates ---------------------------------------------------------------------------------------------------

enum { GENERATION = 12 }; // years

// Digits that differ, of eight; *adjacent where they are two side by side, exchanged.
static int digits_off(uint32_t a, uint32_t b, int digits, bool *exchanged)
{
    int n = 0, last = -2;
    uint32_t last_a = 0, last_b = 0;
    *exchanged = false;
    for (int i = 0; i < digits; i++, a /= 10, b /= 10) {
        if (a % 10 == b % 10)
            continue;
        *exchanged = n == 1 && last == i - 1 && a % 10 == last_b && b % 10 == last_a;
        n++;
        last = i, last_a = a % 10, last_b = b % 10;
    }
    if (n != 2)
        *exchanged = false;
    return n;
}

enum ho_birth_level ho_match_birth_level(uint32_t asked, uint32_t known)
{
    if (!asked || !known)
        return HO_BIRTH_MISSING;
    if (asked == known)
        return HO_BIRTH_EQUAL;
    uint32_t year = asked / 10000, month = asked / 100 % 100, day = asked % 100;
    uint32_t known_year = known / 10000, known_month = known / 100 % 100, known_day = known % 100;
    bool exchanged;
    int off = digits_off(asked, known, 8, &exchanged);
    if (exchanged || (year == known_year && month == known_day && day == known_month))
        return HO_BIRTH_TWISTED;
    if (off == 1)
        return HO_BIRTH_DIGIT;
    if (!ho_date_is_possible(asked))
        return HO_BIRTH_MISSING;
    if (year == known_year && month == known_month && (day == 1 || known_day == 1))
        return HO_BIRTH_FIRST;
    if (year == known_year && (asked % 10000 == 101 || known % 10000 == 101))
        return HO_BIRTH_FIRST;
    if (year == known_year && (month == known_month || day == known_day))
        return HO_BIRTH_DAY;
    uint32_t years = year > known_year ? year - known_year : known_year - year;
    if (month == known_month && day == known_day && (years <= 2 || years == 100))
        return HO_BIRTH_YEAR;
    return HO_BIRTH_DIFFERS;
}

// ---- The household ---------------------------------------------------------------------------------------------

static enum ho_phone_level phone_level(uint64_t a, uint64_t b)
{
    if (!a || !b)
        return HO_PHONE_MISSING;
    if (a < 10000000 || b < 10000000)
        a %= 10000000, b %= 10000000;
    if (a == b)
        return HO_PHONE_EQUAL;
    bool exchanged;
    int high = digits_off((uint32_t)(a / 100000), (uint32_t)(b / 100000), 5, &exchanged);
    bool high_exchanged = exchanged;
    int low = digits_off((uint32_t)(a % 100000), (uint32_t)(b % 100000), 5, &exchanged);
    bool slip = high + low == 1 || (high == 0 && exchanged) || (low == 0 && high_exchanged);
    return slip ? HO_PHONE_SLIP : HO_PHONE_DIFFERS;
}

static double street_likeness(const struct ho_traits *a, const struct ho_traits *b)
{
    if (common_words(&a->street, &b->street))
        return 1;
    struct joined i = {.n = 0}, j = {.n = 0};
    join(&i, &a->street);
    join(&j, &b->street);
    struct ho_bytes x = joined_text(&i), y = joined_text(&j);
    return ho_text_may_be_like(x, y, 0.75) ? ho_text_jaro_winkler(x, y) : 0;
}

static bool number_slips(uint32_t a, uint32_t b)
{
    bool exchanged;
    return a > 99 && b > 99 && (digits_off(a, b, 7, &exchanged) == 1 || exchanged || a / 10 == b || b / 10 == a);
}

static enum ho_address_level address_level(const struct ho_traits *a, const struct ho_traits *b)
{
    if (!a->street.n || !b->street.n)
        return HO_ADDRESS_MISSING;
    double street = street_likeness(a, b);
    bool both = a->house && b->house, number = both && a->house == b->house;
    if (number && street >= 0.9) {
        bool other_flat = a->unit.n && b->unit.n && !ho_bytes_equal(a->unit, b->unit);
        return other_flat ? HO_ADDRESS_NEAR : HO_ADDRESS_EQUAL;
    }
    if ((number && street >= 0.75) || (street >= 0.9 && both && number_slips(a->house, b->house)))
        return HO_ADDRESS_NEAR;
    return number || street >= 0.9 ? HO_ADDRESS_HALF : HO_ADDRESS_DIFFERS;
}

static enum ho_place_level place_level(const struct ho_traits *a, const struct ho_traits *b)
{
    bool cities = a->city.n && b->city.n, zips = a->zip && b->zip;
    if (!cities && !zips)
        return HO_PLACE_MISSING;
    if (zips && a->zip == b->zip)
        return HO_PLACE_ZIP;
    bool exchanged;
    if (zips && (digits_off(a->zip, b->zip, 5, &exchanged) == 1 || exchanged))
        return HO_PLACE_NEAR;
    return cities && (ho_bytes_equal(a->city, b->city) || ho_text_is_slip(a->city, b->city)) ? HO_PLACE_NEAR
                                                                                             : HO_PLACE_DIFFERS;
}

// ---- Numbers ------------------------------------------------------------------------------------------------------

static bool is_number(const char *asked, struct ho_bytes known)
{
    struct ho_bytes whole = ho_bytes_from(asked, strlen(asked));
    return ho_bytes_equal(whole, known) || (ho_number_is_cin(asked) && ho_bytes_equal(ho_bytes_from(asked, 9), known));
}

static bool number_is_slip(const char *asked, struct ho_bytes known)
{
    struct ho_bytes a = ho_bytes_of(asked);
    return a.n >= 6 && a.n == known.n && ho_text_edits(a, known, 1) == 1;
}

// The best that the number is to one of those known.
static enum ho_identifier_level number_level(const char *asked, const char *known)
{
    enum ho_identifier_level level = HO_IDENTIFIER_MISSING;
    struct ho_bytes number;
    while (ho_number_next(&known, &number)) {
        if (is_number(asked, number))
            return HO_IDENTIFIER_EQUAL;
        if (number_is_slip(asked, number))
            level = HO_IDENTIFIER_SLIP;
    }
    return level;
}

static enum ho_identifier_level identifier_level(const struct ho_asked *asked, const struct ho_member_view *member)
{
    enum ho_identifier_level level = HO_IDENTIFIER_MISSING;
    for (size_t i = 0; i < asked->n_numbers; i++) {
        const char *number = asked->numbers[i];
        enum ho_identifier_level by_cin = number_level(number, member->cins);
        enum ho_identifier_level by_plan_id = number_level(number, member->plan_id);
        if (by_cin == HO_IDENTIFIER_EQUAL || by_plan_id == HO_IDENTIFIER_EQUAL)
            return HO_IDENTIFIER_EQUAL;
        if (by_cin == HO_IDENTIFIER_SLIP || by_plan_id == HO_IDENTIFIER_SLIP)
            level = HO_IDENTIFIER_SLIP;
        else if (level == HO_IDENTIFIER_MISSING && member->cins[0] && ho_number_is_cin(number))
            level = HO_IDENTIFIER_DIFFERS;
    }
    return level;
}

static enum ho_suffix_level suffix_level(char a, char b)
{
    if (a == b)
        return a ? HO_SUFFIX_EQUAL : HO_SUFFIX_MISSING;
    return a && b ? HO_SUFFIX_DIFFERS : HO_SUFFIX_ONE_SIDED;
}

void ho_match_names_of(const struct ho_roster_index *index, const struct ho_asked *asked,
                       const struct ho_member_view *member, struct ho_comparison *out)
{
    out->swapped = out->shuffled = false;
    names_levels(index, &asked->traits, &member->traits, out);
    out->misspelt = out->level[HO_FIELD_GIVEN] == HO_GIVEN_SIMILAR && is_misspelt(index, &asked->traits.given);
    out->keeps_name =
        out->level[HO_FIELD_GIVEN] == HO_GIVEN_SECOND && keeps_name(index, &asked->traits, &member->traits);
}

void ho_match_levels_of(const struct ho_roster_index *index, const struct ho_asked *asked,
                        const struct ho_member_view *member, struct ho_comparison *out)
{
    ho_match_names_of(index, asked, member, out);
    ho_match_rest_of(asked, member, out);
}

void ho_match_rest_of(const struct ho_asked *asked, const struct ho_member_view *member, struct ho_comparison *out)
{
    const struct ho_traits *a = &asked->traits, *b = &member->traits;
    uint8_t *level = out->level;
    level[HO_FIELD_BIRTH_DATE] = (uint8_t)ho_match_birth_level(a->birth_date, b->birth_date);
    out->crossed = is_crossed(a, b);
    out->generation_apart = a->birth_date && b->birth_date &&
                            abs((int)(a->birth_date / 10000) - (int)(b->birth_date / 10000)) >= GENERATION;
    out->same_unit = a->unit.n && ho_bytes_equal(a->unit, b->unit);
    level[HO_FIELD_IDENTIFIER] = (uint8_t)identifier_level(asked, member);
    level[HO_FIELD_MIDDLE] = (uint8_t)middle_level(a, b);
    level[HO_FIELD_SUFFIX] = (uint8_t)suffix_level(a->suffix, b->suffix);
    level[HO_FIELD_SEX] = (uint8_t)(!a->sex || !b->sex ? HO_SEX_MISSING
                                    : a->sex == b->sex ? HO_SEX_EQUAL
                                                       : HO_SEX_DIFFERS);
    level[HO_FIELD_PHONE] = (uint8_t)phone_level(a->phone, b->phone);
    level[HO_FIELD_ADDRESS] = (uint8_t)address_level(a, b);
    level[HO_FIELD_PLACE] = (uint8_t)place_level(a, b);
}
