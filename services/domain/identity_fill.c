#include "identity_internal.h"

#include <stddef.h>

#include "match_internal.h"
#include "name.h"

static const size_t TEXTS[] = {
    offsetof(ho_person, surname), offsetof(ho_person, given), offsetof(ho_person, middle),
    offsetof(ho_person, suffix),  offsetof(ho_person, sex),   offsetof(ho_person, phone),
};
// Taken as a whole: half of two addresses is none. The address itself stands first.
static const size_t PLACE[] = {
    offsetof(ho_person, address),
    offsetof(ho_person, city),
    offsetof(ho_person, state),
    offsetof(ho_person, zip),
};

enum { N_TEXTS = sizeof TEXTS / sizeof *TEXTS, N_PLACE = sizeof PLACE / sizeof *PLACE };

struct pool {
    const ho_person *const *items;
    size_t n;
};

static const char *text_at(const ho_person *person, size_t offset)
{
    const char *text = *(char *const *)(const void *)((const char *)person + offset);
    return text ? text : "";
}

static void set_text(ho_person *person, size_t offset, const char *text)
{
    *(char **)(void *)((char *)person + offset) = (char *)(uintptr_t)text;
}

static int lower(int c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

// ASCII case does not count.
static bool alike(const char *a, const char *b)
{
    while (*a && lower((unsigned char)*a) == lower((unsigned char)*b))
        a++, b++;
    return *a == *b;
}

// ---- What one tells ---------------------------------------------------------------------------------------

static void keep_if(bool told, char **text)
{
    if (!told)
        *text = (char *)(uintptr_t) "";
}

// Of a middle name the traits may be empty though it is one: it stands in the given name's place, or says little.
static bool tells_middle(struct ho_arena *arena, const struct ho_words *words, const ho_person *person,
                         const struct ho_traits *t)
{
    struct ho_traits alone;
    if (t->middle.n || !t->given.n)
        return t->middle.n;
    ho_traits_read(arena, words, &(struct ho_raw_person){.middle = person->middle}, &alone);
    return alone.middle.n || ho_word_kinds(words, ho_name_fold(arena, person->middle)) & HO_WORD_FILLER;
}

static void keep_numbers(struct ho_arena *arena, ho_person *out)
{
    char number[HO_NUMBER_BYTES];
    ho_identifier **ids = ho_arena_array(arena, out->n_identifiers + 1, sizeof(void *));
    char **insured = ho_arena_array(arena, out->n_insured_ids + 1, sizeof(char *));
    size_t n_ids = 0, n_insured = 0;
    for (size_t i = 0; i < out->n_identifiers; i++) {
        ho_number_read(out->identifiers[i]->value, number);
        if (number[0])
            ids[n_ids++] = out->identifiers[i];
    }
    for (size_t i = 0; i < out->n_insured_ids; i++) {
        ho_number_read(out->insured_ids[i], number);
        if (number[0])
            insured[n_insured++] = out->insured_ids[i];
    }
    out->identifiers = ids;
    out->n_identifiers = n_ids;
    out->insured_ids = insured;
    out->n_insured_ids = n_insured;
}

const ho_person *ho_person_told(struct ho_arena *arena, const struct ho_words *words, const ho_person *person)
{
    struct ho_traits t;
    const struct ho_raw_person raw = ho_person_raw(person);
    ho_person *out = ho_arena_alloc(arena, sizeof *out);
    *out = *person;
    ho_traits_read(arena, words, &raw, &t);
    keep_if(t.surname.n, &out->surname);
    keep_if(t.given.n, &out->given);
    keep_if(tells_middle(arena, words, person, &t), &out->middle);
    keep_if(t.suffix, &out->suffix);
    keep_if(t.sex, &out->sex);
    keep_if(t.phone, &out->phone);
    keep_if(t.street.n || t.house || t.unit.n, &out->address);
    keep_if(t.city.n, &out->city);
    keep_if(t.zip, &out->zip);
    out->birth_date = t.birth_date;
    keep_numbers(arena, out);
    return out;
}

// ---- What all agree on

// Of alike texts the least, so that the order does not matter.
static const char *common_text(const struct pool *pool, size_t offset)
{
    const char *found = "";
    for (size_t i = 0; i < pool->n; i++) {
        const char *text = text_at(pool->items[i], offset);
        if (*text && *found && !alike(found, text))
            return "";
        if (*text && (!*found || strcmp(text, found) < 0))
            found = text;
    }
    return found;
}

static uint32_t common_birth_date(const struct pool *pool)
{
    uint32_t found = 0;
    for (size_t i = 0; i < pool->n; i++) {
        uint32_t date = pool->items[i]->birth_date;
        if (date && found && date != found)
            return 0;
        found = date ? date : found;
    }
    return found;
}

// The number that a programme gave its member, if any.
static ho_identifier *members_number(const ho_person *person)
{
    for (size_t i = 0; i < person->n_identifiers; i++)
        if (strcmp(person->identifiers[i]->type, "MA") == 0)
            return person->identifiers[i];
    return NULL;
}

static void set_common_number(struct ho_arena *arena, const struct pool *pool, ho_person *out)
{
    ho_identifier *found = NULL;
    for (size_t i = 0; i < pool->n; i++) {
        ho_identifier *id = members_number(pool->items[i]);
        if (id && found && (strcmp(id->value, found->value) != 0 || strcmp(id->authority, found->authority) != 0))
            return;
        found = id ? id : found;
    }
    if (!found)
        return;
    out->identifiers = ho_arena_array(arena, 1, sizeof(void *));
    out->identifiers[0] = found;
    out->n_identifiers = 1;
}

static bool same_insured(const ho_person *a, const ho_person *b)
{
    if (a->n_insured_ids != b->n_insured_ids)
        return false;
    for (size_t i = 0; i < a->n_insured_ids; i++)
        if (strcmp(a->insured_ids[i], b->insured_ids[i]) != 0)
            return false;
    return true;
}

static void set_insured(ho_person *out, const ho_person *from)
{
    out->insured_ids = from->insured_ids;
    out->n_insured_ids = from->n_insured_ids;
}

static void set_common_insured(const struct pool *pool, ho_person *out)
{
    const ho_person *found = NULL;
    for (size_t i = 0; i < pool->n; i++) {
        if (!pool->items[i]->n_insured_ids)
            continue;
        if (found && !same_insured(found, pool->items[i]))
            return;
        found = pool->items[i];
    }
    if (found)
        set_insured(out, found);
}

const ho_person *ho_person_common(struct ho_arena *arena, const ho_person *const *items, size_t n)
{
    const struct pool pool = {items, n};
    ho_person *out = ho_arena_alloc(arena, sizeof *out);
    handoff__v1__person__init(out);
    for (size_t i = 0; i < N_TEXTS; i++)
        set_text(out, TEXTS[i], common_text(&pool, TEXTS[i]));
    for (size_t i = 0; i < N_PLACE; i++)
        set_text(out, PLACE[i], common_text(&pool, PLACE[i]));
    out->birth_date = common_birth_date(&pool);
    set_common_number(arena, &pool, out);
    set_common_insured(&pool, out);
    return out;
}

// ---- Filling

static bool fill_texts(ho_person *out, const ho_person *told, const ho_person *common)
{
    bool any = false;
    for (size_t i = 0; i < N_TEXTS; i++) {
        const char *text = text_at(common, TEXTS[i]);
        if (*text_at(told, TEXTS[i]) || !*text)
            continue;
        set_text(out, TEXTS[i], text);
        any = true;
    }
    return any;
}

static bool fill_place(ho_person *out, const ho_person *told, const ho_person *common)
{
    for (size_t i = 0; i < N_PLACE; i++)
        if (*text_at(told, PLACE[i]))
            return false;
    if (!*text_at(common, PLACE[0]))
        return false;
    for (size_t i = 0; i < N_PLACE; i++)
        set_text(out, PLACE[i], text_at(common, PLACE[i]));
    return true;
}

static bool fill_birth_date(ho_person *out, const ho_person *told, const ho_person *common)
{
    if (told->birth_date || !common->birth_date)
        return false;
    out->birth_date = common->birth_date;
    return true;
}

static bool fill_number(struct ho_arena *arena, ho_person *out, const ho_person *told, const ho_person *common)
{
    if (!common->n_identifiers || members_number(told))
        return false;
    ho_identifier **all = ho_arena_array(arena, told->n_identifiers + 1, sizeof(void *));
    if (told->n_identifiers)
        memcpy(all, told->identifiers, told->n_identifiers * sizeof(void *));
    all[told->n_identifiers] = common->identifiers[0];
    out->identifiers = all;
    out->n_identifiers = told->n_identifiers + 1;
    return true;
}

static bool fill_insured(ho_person *out, const ho_person *told, const ho_person *common)
{
    if (!common->n_insured_ids || told->n_insured_ids)
        return false;
    set_insured(out, common);
    return true;
}

const ho_person *ho_person_filled(struct ho_arena *arena, const ho_person *person, const ho_person *told,
                                  const ho_person *common)
{
    ho_person *out = ho_arena_alloc(arena, sizeof *out);
    *out = *person;
    bool any = fill_texts(out, told, common);
    any |= fill_place(out, told, common);
    any |= fill_birth_date(out, told, common);
    any |= fill_number(arena, out, told, common);
    any |= fill_insured(out, told, common);
    return any ? out : NULL;
}
