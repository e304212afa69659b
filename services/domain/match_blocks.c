// What two records of one person are likely to share, whatever else went wrong.
#include "match_text.h"
#include "roster_index.h"

enum kind { ID = 1, NUMBER, BORN, NAMES_YEAR, NAMES_DAY, PHONE, HOME, SURNAME_HOUSE, BORN_HOUSE, NAMES };

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ (h >> 29);
}

static uint64_t start(enum kind kind)
{
    return mix(UINT64_C(0x243f6a8885a308d3), (uint64_t)kind);
}

static uint64_t mix_bytes(uint64_t h, struct ho_bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        h = (h ^ b.p[i]) * UINT64_C(0x100000001b3);
    return mix(h, b.n);
}

uint64_t ho_block_of_id(const char *member_id)
{
    return mix_bytes(start(ID), ho_bytes_of(member_id));
}

// Of a BIC's number the CIN.
uint64_t ho_block_of_number(struct ho_bytes number)
{
    return mix_bytes(start(NUMBER), number);
}

static void add(struct ho_blocks *out, uint64_t hash, bool telling)
{
    if (out->n == HO_BLOCKS_MAX)
        return;
    for (size_t i = 0; i < out->n; i++)
        if (out->hash[i] == hash)
            return;
    out->telling[out->n] = telling;
    out->hash[out->n++] = hash;
}

static void add_born(struct ho_blocks *out, uint32_t birth_date, const struct ho_tokens *tokens, uint32_t most)
{
    for (uint32_t i = 0; i < tokens->n && i < most; i++) {
        struct ho_bytes word = tokens->item[i];
        uint64_t beginning = word.p[0];
        for (size_t c = 1; c < 3 && c < word.n; c++)
            beginning = beginning << 8 | word.p[c];
        add(out, mix(mix(start(BORN), birth_date), beginning), true);
    }
}

// The names alone, or with one half of the birth date.
static void add_names(struct ho_blocks *out, enum kind kind, const struct ho_traits *t, uint32_t surname,
                      uint32_t given)
{
    uint64_t pair = (uint64_t)surname << 32 | given;
    if (kind == NAMES)
        add(out, mix(start(NAMES), pair), false);
    else if (t->birth_date && kind == NAMES_YEAR)
        add(out, mix(mix(start(NAMES_YEAR), pair), t->birth_date / 10000), false);
    else if (t->birth_date)
        add(out, mix(mix(start(NAMES_DAY), pair), t->birth_date % 10000), true);
}

// Codes under which a given name's forms meet: those of its groups, and last its sound.
struct name_codes {
    uint32_t code[HO_NAME_GROUPS + 1];
    size_t n;
    uint32_t sound;
};

static void read_codes(const struct ho_words *words, struct ho_bytes word, struct name_codes *out)
{
    struct ho_name_groups groups = ho_word_groups(words, word);
    out->n = 0;
    out->sound = ho_text_sound(word);
    for (int i = 0; i < HO_NAME_GROUPS && groups.id[i]; i++)
        out->code[out->n++] = groups.id[i] / HO_NAME_LANGUAGES;
    out->code[out->n++] = out->sound | UINT32_C(0x80000000);
}

static void add_home(struct ho_blocks *out, const struct ho_traits *t)
{
    if (t->phone)
        add(out, mix(start(PHONE), t->phone), false), out->phone = out->n;
    if (t->house && t->street.n)
        add(out, mix(mix(start(HOME), t->house), ho_text_sound(t->street.item[0])), false), out->home = out->n;
    if (t->house && t->birth_date)
        add(out, mix(mix(start(BORN_HOUSE), t->house), t->birth_date), false);
    for (uint32_t i = 0; t->house && i < t->surname.n && i < 2; i++)
        add(out, mix(mix(start(SURNAME_HOUSE), t->house), ho_text_sound(t->surname.item[i])), false);
}

void ho_blocks_of_member(const struct ho_words *words, const struct ho_member_view *member, struct ho_blocks *out)
{
    const struct ho_traits *t = &member->traits;
    out->n = out->phone = out->home = 0;
    add(out, ho_block_of_id(member->member_id), false);
    struct ho_bytes cin;
    for (const char *rest = member->cins; ho_number_next(&rest, &cin);)
        add(out, ho_block_of_number(cin), false);
    if (member->plan_id[0])
        add(out, ho_block_of_number(ho_bytes_of(member->plan_id)), false);
    if (t->birth_date) {
        add_born(out, t->birth_date, &t->given, 1);
        add_born(out, t->birth_date, &t->surname, 2);
    }
    for (uint32_t s = 0; s < t->surname.n && s < 2; s++)
        if (t->given.n) {
            struct name_codes given;
            read_codes(words, t->given.item[0], &given);
            uint32_t surname = ho_text_sound(t->surname.item[s]);
            add_names(out, NAMES, t, surname, given.code[0]);
            add_names(out, NAMES_YEAR, t, surname, given.code[0]);
            add_names(out, NAMES_DAY, t, surname, given.code[0]);
        }
    add_home(out, t);
}

// A name field's first words.
struct field_codes {
    struct name_codes word[2];
    uint32_t n;
};

static void read_field(const struct ho_words *words, const struct ho_tokens *tokens, struct field_codes *out)
{
    out->n = tokens->n < 2 ? tokens->n : 2;
    for (uint32_t i = 0; i < out->n; i++)
        read_codes(words, tokens->item[i], &out->word[i]);
}

static void add_all_names(struct ho_blocks *out, enum kind kind, const struct ho_traits *t,
                          const struct field_codes *surnames, const struct field_codes *givens)
{
    for (uint32_t g = 0; g < givens->n; g++)
        for (uint32_t s = 0; s < surnames->n; s++)
            for (size_t i = 0; i < givens->word[g].n; i++)
                add_names(out, kind, t, surnames->word[s].sound, givens->word[g].code[i]);
}

// A date that is none may be one with two digits exchanged.
static void add_untwisted(struct ho_blocks *out, const struct ho_traits *t)
{
    for (uint32_t place = 1; place < 10000000; place *= 10) {
        uint32_t low = t->birth_date / place % 10, high = t->birth_date / place / 10 % 10;
        uint32_t date = t->birth_date - low * place - high * place * 10 + low * place * 10 + high * place;
        if (low != high && ho_date_is_possible(date)) {
            add_born(out, date, &t->given, 2);
            add_born(out, date, &t->surname, 2);
        }
    }
}

void ho_blocks_of_question(const struct ho_words *words, const struct ho_traits *person,
                           const char (*numbers)[HO_NUMBER_BYTES], size_t n_numbers, bool widely, struct ho_blocks *out)
{
    const struct ho_traits *t = person;
    out->n = out->phone = out->home = 0;
    for (size_t i = 0; i < n_numbers; i++) {
        struct ho_bytes number = ho_bytes_of(numbers[i]);
        add(out, ho_block_of_number(number), false);
        if (number.n == 14 && ho_number_is_cin(numbers[i]))
            add(out, ho_block_of_number(ho_bytes_from(number.p, 9)), false);
    }
    out->n_numbers = out->n;
    if (t->birth_date && ho_date_is_possible(t->birth_date)) {
        add_born(out, t->birth_date, &t->given, 2);
        add_born(out, t->birth_date, &t->surname, 2);
    } else if (t->birth_date) {
        add_untwisted(out, t);
    }
    add_home(out, t);
    // A birth date that is missing narrows nothing, and the names stand alone; else they have half of it beside them.
    enum kind kind = ho_date_is_possible(t->birth_date) ? NAMES_YEAR : NAMES;
    struct field_codes surname, given;
    read_field(words, &t->surname, &surname);
    read_field(words, &t->given, &given);
    add_all_names(out, kind, t, &surname, &given);
    add_all_names(out, kind, t, &given, &surname);
    add_all_names(out, NAMES_DAY, t, &surname, &given);
    if (widely && kind != NAMES)
        add_all_names(out, NAMES, t, &surname, &given);
}
