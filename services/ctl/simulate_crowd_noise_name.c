// What happens to names: at the desk, by ear, in forms with too few boxes.
#include <string.h>

#include "simulate_crowd_noise.h"
#include "simulate_crowd_text.h"

enum { PARTS = 4, WORD_BYTES = 48 };

typedef char parts_of_name[PARTS][HO_CROWD_PART_BYTES];

static bool chance(struct ho_crowd_noising *noising, uint32_t per_mille)
{
    return ho_sim_random_chance(noising->random, per_mille);
}

static void set_given(struct ho_crowd_query *query, const char *given)
{
    ho_crowd_copy(query->given, sizeof query->given, given);
}

static void set_surname(struct ho_crowd_query *query, const char *surname)
{
    ho_crowd_copy(query->surname, sizeof query->surname, surname);
}

static void add(char *text, const char *joint, const char *more)
{
    ho_crowd_append(text, HO_CROWD_SURNAME_BYTES, joint);
    ho_crowd_append(text, HO_CROWD_SURNAME_BYTES, more);
}

// The n-th word of a group; false behind the last.
static bool word_of(const char *group, uint32_t n, char out[WORD_BYTES])
{
    while (n-- > 0) {
        group = strchr(group, ' ');
        if (!group)
            return false;
        group++;
    }
    size_t length = strcspn(group, " ");
    memcpy(out, group, length);
    out[length] = '\0';
    return true;
}

// A full name becomes one of its forms; a form becomes the full name.
static bool other_form(struct ho_crowd_noising *noising, const char *name, char out[WORD_BYTES])
{
    uint32_t start = ho_sim_random_below(noising->random, ho_crowd_n_nicknames);
    for (uint32_t i = 0; i < ho_crowd_n_nicknames; i++) {
        const char *group = ho_crowd_nicknames[(start + i) % ho_crowd_n_nicknames];
        uint32_t n = 0, at = UINT32_MAX;
        for (; word_of(group, n, out); n++)
            if (at == UINT32_MAX && ho_crowd_alike(out, name))
                at = n;
        if (at == UINT32_MAX)
            continue;
        return word_of(group, at ? 0 : 1 + ho_sim_random_below(noising->random, n - 1), out);
    }
    return false;
}

static bool make_nickname(struct ho_crowd_noising *noising)
{
    parts_of_name parts;
    char other[WORD_BYTES];
    size_t n = ho_crowd_parts(noising->query->given, parts, PARTS);
    if (n == 0 || !other_form(noising, parts[0], other) || ho_crowd_alike(parts[0], other))
        return false;
    set_given(noising->query, other);
    if (n > 1 && chance(noising, 300))
        add(noising->query->given, " ", parts[1]);
    ho_crowd_noise_cost(noising->query, HO_CROWD_GIVEN, 1);
    return true;
}

static bool make_given_slip(struct ho_crowd_noising *noising)
{
    if (!ho_crowd_slip(noising->random, noising->query->given, sizeof noising->query->given))
        return false;
    ho_crowd_noise_cost(noising->query, HO_CROWD_GIVEN, 1);
    return true;
}

static bool make_given_part(struct ho_crowd_noising *noising)
{
    parts_of_name parts;
    size_t n = ho_crowd_parts(noising->query->given, parts, PARTS);
    if (n < 2 || ho_crowd_length(parts[n - 1]) < 2)
        return false;
    bool last = chance(noising, 250);
    set_given(noising->query, last ? parts[n - 1] : parts[0]);
    if (!noising->query->middle[0] && chance(noising, 450))
        ho_crowd_copy(noising->query->middle, sizeof noising->query->middle, last ? parts[0] : parts[1]);
    ho_crowd_noise_cost(noising->query, HO_CROWD_GIVEN, 1);
    return true;
}

static void rejoin(struct ho_crowd_noising *noising, char *name, parts_of_name parts, size_t n)
{
    static const char *const joints[] = {" ", "-", ""};
    const char *joint = joints[ho_sim_random_below(noising->random, 3)];
    ho_crowd_copy(name, HO_CROWD_SURNAME_BYTES, parts[0]);
    for (size_t i = 1; i < n; i++)
        add(name, joint, parts[i]);
}

static bool make_given_joined(struct ho_crowd_noising *noising)
{
    parts_of_name parts;
    char before[HO_CROWD_SURNAME_BYTES];
    size_t n = ho_crowd_parts(noising->query->given, parts, PARTS);
    if (n < 2)
        return false;
    ho_crowd_copy(before, sizeof before, noising->query->given);
    rejoin(noising, noising->query->given, parts, n);
    return strcmp(before, noising->query->given) != 0;
}

static bool make_middle_as_given(struct ho_crowd_noising *noising)
{
    const char *middle = noising->person->middle;
    if (strlen(middle) < 3)
        return false;
    char given[HO_CROWD_MIDDLE_BYTES] = "";
    if (chance(noising, 550))
        ho_crowd_copy(given, sizeof given, noising->query->given);
    set_given(noising->query, middle);
    bool recorded = noising->person->file_middle && !noising->person->file_initial;
    ho_crowd_noise_cost(noising->query, HO_CROWD_GIVEN, given[0] || recorded ? 2 : 3); // else a twin's, for all we see
    if (given[0] && chance(noising, 400))
        ho_crowd_cut(given, 1);
    ho_crowd_copy(noising->query->middle, sizeof noising->query->middle, given);
    return true;
}

static bool make_initial_in_given(struct ho_crowd_noising *noising)
{
    const char *middle = noising->person->middle;
    if (!middle[0])
        return false;
    char shown[HO_CROWD_MIDDLE_BYTES];
    ho_crowd_copy(shown, sizeof shown, middle);
    if (chance(noising, 750))
        ho_crowd_cut(shown, 1);
    add(noising->query->given, " ", shown);
    noising->query->middle[0] = '\0';
    return true;
}

static bool make_given_initial(struct ho_crowd_noising *noising)
{
    if (ho_crowd_length(noising->query->given) < 2)
        return false;
    ho_crowd_cut(noising->query->given, 1);
    ho_crowd_noise_cost(noising->query, HO_CROWD_GIVEN, 2);
    return true;
}

static bool make_given_cut(struct ho_crowd_noising *noising)
{
    size_t n = ho_crowd_length(noising->query->given);
    if (n < 6)
        return false;
    ho_crowd_cut(noising->query->given, 3 + ho_sim_random_below(noising->random, (uint32_t)n - 4));
    ho_crowd_noise_cost(noising->query, HO_CROWD_GIVEN, 1);
    return true;
}

// An American name for daily use, the own one behind it.
static bool make_english_name(struct ho_crowd_noising *noising)
{
    const struct ho_crowd_person *person = noising->person;
    if (ho_crowd_cultures[person->culture].american_per_mille < 200 || strlen(person->given) >= HO_CROWD_MIDDLE_BYTES)
        return false;
    const struct ho_crowd_pool *pools = noising->crowd->pools[HO_CROWD_ANGLO];
    const char *daily =
        ho_crowd_pool_word(&pools[person->sex == 'F' ? HO_CROWD_YOUNG_FEMALE : HO_CROWD_YOUNG_MALE], noising->random);
    if (ho_crowd_alike(daily, person->given))
        return false;
    ho_crowd_copy(noising->query->middle, sizeof noising->query->middle, noising->query->given);
    set_given(noising->query, daily);
    ho_crowd_noise_cost(noising->query, HO_CROWD_GIVEN, 2);
    return true;
}

static bool make_surname_slip(struct ho_crowd_noising *noising)
{
    if (!ho_crowd_slip(noising->random, noising->query->surname, sizeof noising->query->surname))
        return false;
    ho_crowd_noise_cost(noising->query, HO_CROWD_SURNAME, 1);
    return true;
}

static bool make_surname_part(struct ho_crowd_noising *noising)
{
    parts_of_name parts;
    size_t n = ho_crowd_parts(noising->query->surname, parts, PARTS);
    if (n < 2)
        return false;
    set_surname(noising->query, parts[chance(noising, 300) ? n - 1 : 0]);
    ho_crowd_noise_cost(noising->query, HO_CROWD_SURNAME, 1);
    return true;
}

static bool make_surname_reordered(struct ho_crowd_noising *noising)
{
    parts_of_name parts;
    if (ho_crowd_parts(noising->query->surname, parts, PARTS) != 2)
        return false;
    set_surname(noising->query, parts[1]);
    add(noising->query->surname, chance(noising, 500) ? " " : "-", parts[0]);
    ho_crowd_noise_cost(noising->query, HO_CROWD_SURNAME, 1);
    return true;
}

// De La Cruz, Delacruz, De-La-Cruz; García López, García-López, Garcialopez.
static bool make_surname_joined(struct ho_crowd_noising *noising)
{
    char *surname = noising->query->surname;
    bool hyphen = chance(noising, 400);
    if (!strpbrk(surname, " -"))
        return false;
    char *to = surname;
    for (const char *p = surname; *p; p++) {
        bool joint = *p == ' ' || *p == '-';
        if (!joint)
            *to++ = *p;
        else if (hyphen)
            *to++ = *p == ' ' ? '-' : ' ';
    }
    *to = '\0';
    return true;
}

// A woman's name before or after her marriage, alone or with the other.
static bool make_surname_married(struct ho_crowd_noising *noising)
{
    const struct ho_crowd_person *person = noising->person;
    struct ho_crowd_person other = *person;
    if (person->sex != 'F' || noising->crowd->today - person->birth_day < 7000)
        return false;
    if (ho_crowd_alike(person->maiden, person->surname))
        ho_crowd_draw_surname(noising->crowd, noising->random, &other);
    else
        ho_crowd_copy(other.surname, sizeof other.surname, person->maiden);
    if (ho_crowd_alike(other.surname, person->surname))
        return false;
    bool both = chance(noising, 300);
    if (both)
        add(noising->query->surname, "-", other.surname);
    else
        set_surname(noising->query, other.surname);
    ho_crowd_noise_cost(noising->query, HO_CROWD_SURNAME, both ? 1 : 3);
    return true;
}

static bool make_second_surname(struct ho_crowd_noising *noising)
{
    parts_of_name parts;
    struct ho_crowd_person other = *noising->person;
    if (ho_crowd_cultures[other.culture].double_per_mille < 100 ||
        ho_crowd_parts(noising->query->surname, parts, PARTS) != 1)
        return false;
    ho_crowd_draw_surname(noising->crowd, noising->random, &other);
    if (ho_crowd_parts(other.surname, parts, PARTS) != 1)
        return false;
    add(noising->query->surname, " ", other.surname);
    ho_crowd_noise_cost(noising->query, HO_CROWD_SURNAME, 1);
    return true;
}

static bool make_suffix_in_surname(struct ho_crowd_noising *noising)
{
    if (!noising->query->suffix[0])
        return false;
    add(noising->query->surname, chance(noising, 700) ? " " : ", ", noising->query->suffix);
    noising->query->suffix[0] = '\0';
    return true;
}

static bool make_surname_cut(struct ho_crowd_noising *noising)
{
    size_t n = ho_crowd_length(noising->query->surname);
    if (n < 8)
        return false;
    ho_crowd_cut(noising->query->surname, n - 1 - ho_sim_random_below(noising->random, 3));
    ho_crowd_noise_cost(noising->query, HO_CROWD_SURNAME, 1);
    return true;
}

static bool make_swapped(struct ho_crowd_noising *noising)
{
    char surname[HO_CROWD_SURNAME_BYTES];
    ho_crowd_copy(surname, sizeof surname, noising->query->surname);
    set_surname(noising->query, noising->query->given);
    set_given(noising->query, surname);
    ho_crowd_noise_cost(noising->query, HO_CROWD_SURNAME, 1);
    return true;
}

// A part of the one field stands in the other.
static bool make_half_swapped(struct ho_crowd_noising *noising)
{
    parts_of_name given, surname;
    struct ho_crowd_query *query = noising->query;
    size_t n = ho_crowd_parts(query->given, given, PARTS), m = ho_crowd_parts(query->surname, surname, PARTS);
    if (n == 2) {
        set_given(query, given[0]);
        set_surname(query, given[1]);
        for (size_t i = 0; i < m; i++)
            add(query->surname, " ", surname[i]);
    } else if (m == 2 && chance(noising, 500)) {
        add(query->given, " ", surname[0]);
        set_surname(query, surname[1]);
    } else if (m == 2) {
        ho_crowd_copy(query->middle, sizeof query->middle, surname[0]);
        set_surname(query, surname[1]);
    } else {
        return false;
    }
    ho_crowd_noise_cost(query, HO_CROWD_SURNAME, 1);
    return true;
}

static bool make_middle_missing(struct ho_crowd_noising *noising)
{
    bool had = noising->query->middle[0] != '\0';
    noising->query->middle[0] = '\0';
    return had;
}

static bool make_middle_wrong(struct ho_crowd_noising *noising)
{
    noising->query->middle[0] = (char)('A' + ho_sim_random_below(noising->random, 26));
    noising->query->middle[1] = '\0';
    return noising->query->middle[0] != noising->person->middle[0];
}

static bool make_suffix_missing(struct ho_crowd_noising *noising)
{
    bool had = noising->query->suffix[0] != '\0';
    noising->query->suffix[0] = '\0';
    return had;
}

// Infants go by another name until somebody tells the hospital theirs.
static bool make_baby_name(struct ho_crowd_noising *noising)
{
    enum { INFANT_DAYS = 60 };
    if (noising->crowd->today - noising->person->birth_day > INFANT_DAYS)
        return false;
    bool girl = noising->person->sex == 'F';
    set_given(noising->query, chance(noising, 500) ? (girl ? "Baby Girl" : "Baby Boy") : (girl ? "Bg" : "Bb"));
    ho_crowd_noise_cost(noising->query, HO_CROWD_GIVEN, 1);
    return true;
}

enum { G = HO_CROWD_ON_GIVEN, S = HO_CROWD_ON_SURNAME, R = HO_CROWD_ON_REST };

static const struct ho_crowd_noise noises[] = {
    {"nickname", G, 120, false, false, make_nickname},
    {"given-slip", G, 62, false, true, make_given_slip},
    {"given-part", G, 100, false, false, make_given_part},
    {"given-joined", G, 90, true, true, make_given_joined},
    {"middle-as-given", G, 20, false, false, make_middle_as_given},
    {"initial-in-given", G, 60, true, true, make_initial_in_given},
    {"given-initial", G, 6, false, false, make_given_initial},
    {"given-cut", G, 10, false, false, make_given_cut},
    {"english-name", G, 15, false, false, make_english_name},
    {"baby-name", G, 300, false, false, make_baby_name},
    {"surname-slip", S, 66, false, true, make_surname_slip},
    {"surname-part", S, 190, false, false, make_surname_part},
    {"surname-reordered", S, 40, false, false, make_surname_reordered},
    {"surname-joined", S, 120, true, true, make_surname_joined},
    {"surname-married", S, 36, false, false, make_surname_married},
    {"second-surname", S, 30, false, false, make_second_surname},
    {"suffix-in-surname", S, 300, true, false, make_suffix_in_surname},
    {"surname-cut", S, 10, false, false, make_surname_cut},
    {"swapped", G | S, 15, false, true, make_swapped},
    {"half-swapped", G | S, 50, false, false, make_half_swapped},
    {"middle-missing", R, 90, true, false, make_middle_missing},
    {"middle-wrong", R, 5, false, false, make_middle_wrong},
    {"suffix-missing", R, 200, true, false, make_suffix_missing},
};

const struct ho_crowd_noises ho_crowd_name_noises = {noises, sizeof noises / sizeof *noises};
