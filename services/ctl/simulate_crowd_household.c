// How the people of a household belong together: who lives there, who is named for whom, who has which phone.
#include <string.h>

#include "simulate_crowd_people.h"
#include "simulate_crowd_text.h"

enum {
    STREAM_HOUSEHOLD = 64,
    STREAM_BUILDING,
    STREAM_SHELTER,
    YEAR = 365,
    NO_PHONE = 0,
    LAST_PLACEHOLDER_BIRTH = 9131, // 1995-01-01: later births have papers
};

// While a household is made.
struct making {
    const struct ho_crowd *crowd;
    struct ho_sim_random random;
    struct ho_crowd_household *out;
    uint32_t index, culture;
    struct ho_crowd_home home;
    uint64_t family_phone;
};

static bool chance(struct making *making, uint32_t per_mille)
{
    return ho_sim_random_chance(&making->random, per_mille);
}

static int32_t between(struct making *making, int32_t low, int32_t high)
{
    return ho_sim_random_between(&making->random, low, high);
}

static const struct ho_crowd_culture *culture_of(const struct ho_crowd_person *person)
{
    return &ho_crowd_cultures[person->culture];
}

static uint32_t draw_culture(struct making *making)
{
    uint32_t at = ho_sim_random_below(&making->random, 1000), i = 0;
    while (i + 1 < HO_CROWD_CULTURES && at >= ho_crowd_cultures[i].weight)
        at -= ho_crowd_cultures[i++].weight;
    return i;
}

// Everything but the names. The names may need the surname first, so they come with name_person or name_child.
static struct ho_crowd_person *add_person(struct making *making, enum ho_crowd_role role, char sex, int32_t birth_day)
{
    struct ho_crowd_person *person = &making->out->people[making->out->n];
    *person = (struct ho_crowd_person){.role = role, .sex = sex, .birth_day = birth_day, .culture = making->culture};
    person->number = making->index * HO_CROWD_HOUSEHOLD + making->out->n++;
    person->home = making->home;
    person->phone = making->family_phone;
    if (role != HO_CROWD_CHILD && chance(making, 450))
        person->phone = ho_crowd_home_phone(&making->home, &making->random);
    if (birth_day < LAST_PLACEHOLDER_BIRTH && chance(making, culture_of(person)->january_per_mille)) {
        struct ho_sim_date date = ho_sim_date_of(birth_day);
        person->birth_day = ho_sim_day_of((struct ho_sim_date){date.year, 1, 1});
    }
    return person;
}

static bool room_for(const struct making *making, uint32_t n)
{
    return making->out->n + n <= HO_CROWD_HOUSEHOLD;
}

static void name_person(struct making *making, struct ho_crowd_person *person)
{
    ho_crowd_draw_surname(making->crowd, &making->random, person);
    ho_crowd_copy(person->maiden, sizeof person->maiden, person->surname);
    ho_crowd_draw_given(making->crowd, &making->random, person);
}

static int32_t born_at_age(struct making *making, int32_t youngest, int32_t oldest)
{
    return making->crowd->today - between(making, youngest * YEAR, oldest * YEAR);
}

static char either_sex(struct making *making)
{
    return chance(making, 520) ? 'F' : 'M';
}

static struct ho_crowd_person *add_single(struct making *making, int32_t youngest, int32_t oldest)
{
    char sex = either_sex(making); // one draw a statement: the order of arguments is the compiler's
    struct ho_crowd_person *person = add_person(making, HO_CROWD_ADULT, sex, born_at_age(making, youngest, oldest));
    name_person(making, person);
    return person;
}

// The wife keeps her surname, takes his, or joins both.
static void marry(struct making *making, struct ho_crowd_person *wife, const struct ho_crowd_person *husband)
{
    if (chance(making, culture_of(wife)->keeps_per_mille))
        return;
    ho_crowd_copy(wife->surname, sizeof wife->surname, husband->surname);
    wife->surname_share = husband->surname_share;
    if (!chance(making, 60))
        return;
    char parts[2][HO_CROWD_PART_BYTES];
    if (ho_crowd_parts(husband->surname, parts, 2) == 1 && ho_crowd_parts(wife->maiden, parts, 2) == 1) {
        ho_crowd_copy(wife->surname, sizeof wife->surname, wife->maiden);
        ho_crowd_append(wife->surname, sizeof wife->surname, "-");
        ho_crowd_append(wife->surname, sizeof wife->surname, husband->surname);
        wife->surname_share /= 40;
    }
}

struct couple {
    struct ho_crowd_person *mother, *father; // either may be NULL, not both
};

static struct couple add_couple(struct making *making, int32_t her_birth, enum ho_crowd_role role)
{
    struct couple couple;
    uint32_t culture = making->culture;
    couple.father = add_person(making, role == HO_CROWD_MOTHER ? HO_CROWD_FATHER : role, 'M',
                               her_birth - between(making, -3 * YEAR, 9 * YEAR));
    name_person(making, couple.father);
    if (chance(making, 130))
        making->culture = draw_culture(making);
    couple.mother = add_person(making, role, 'F', her_birth);
    name_person(making, couple.mother);
    making->culture = culture;
    marry(making, couple.mother, couple.father);
    return couple;
}

static bool is_taken(const struct making *making, const struct ho_crowd_person *person)
{
    for (uint32_t i = 0; i < making->out->n; i++) {
        const struct ho_crowd_person *other = &making->out->people[i];
        if (other != person && ho_crowd_alike(other->given, person->given))
            return true;
    }
    return false;
}

// Father's and mother's first, the father's alone, or the mother's.
static void name_child_surname(struct making *making, struct ho_crowd_person *child, struct couple parents)
{
    const struct ho_crowd_person *named = parents.father ? parents.father : parents.mother;
    ho_crowd_copy(child->surname, sizeof child->surname, named->surname);
    child->surname_share = named->surname_share;
    if (parents.father && parents.mother && culture_of(child)->joint == ' ' &&
        chance(making, culture_of(child)->double_per_mille)) {
        char his[1][HO_CROWD_PART_BYTES], hers[1][HO_CROWD_PART_BYTES];
        (void)ho_crowd_parts(parents.father->surname, his, 1);
        (void)ho_crowd_parts(parents.mother->maiden, hers, 1);
        ho_crowd_copy(child->surname, sizeof child->surname, his[0]);
        if (strcmp(his[0], hers[0]) != 0) {
            ho_crowd_append(child->surname, sizeof child->surname, " ");
            ho_crowd_append(child->surname, sizeof child->surname, hers[0]);
            child->surname_share /= 40; // about the share of a second surname
        }
    }
    ho_crowd_copy(child->maiden, sizeof child->maiden, child->surname);
}

static void name_for(struct making *making, struct ho_crowd_person *child, struct ho_crowd_person *parent)
{
    ho_crowd_copy(child->given, sizeof child->given, parent->given);
    child->given_share = parent->given_share;
    if (chance(making, 600))
        ho_crowd_copy(child->middle, sizeof child->middle, parent->middle);
    if (child->sex == 'F')
        return;
    bool third = strcmp(parent->suffix, "Jr") == 0;
    if (chance(making, 550))
        ho_crowd_copy(child->suffix, sizeof child->suffix, third ? "III" : "Jr");
    if (!third && chance(making, 120))
        ho_crowd_copy(parent->suffix, sizeof parent->suffix, "Sr");
}

static void name_child(struct making *making, struct ho_crowd_person *child, struct couple parents, bool eldest)
{
    struct ho_crowd_person *parent = child->sex == 'M' ? parents.father : parents.mother;
    const struct ho_crowd_culture *culture = culture_of(child);
    uint32_t namesake = child->sex == 'M' ? culture->namesake_per_mille : culture->namesake_per_mille / 4U;
    name_child_surname(making, child, parents);
    int tries = 0;
    do
        ho_crowd_draw_given(making->crowd, &making->random, child);
    while (is_taken(making, child) && ++tries < 20);
    if (parent && eldest && chance(making, namesake))
        name_for(making, child, parent);
}

static void add_child(struct making *making, int32_t birth_day, struct couple parents, bool eldest, char sex)
{
    if (!room_for(making, 1))
        return;
    name_child(making, add_person(making, HO_CROWD_CHILD, sex, birth_day), parents, eldest);
}

static void add_children(struct making *making, struct couple parents, int32_t her_birth, uint32_t n)
{
    int32_t oldest = making->crowd->today - 24 * YEAR, first = her_birth + 18 * YEAR;
    int32_t birth = (first > oldest ? first : oldest) + between(making, 0, 10 * YEAR);
    for (uint32_t i = 0; i < n && birth <= making->crowd->today && birth < her_birth + 44 * YEAR; i++) {
        char sex = either_sex(making);
        add_child(making, birth, parents, i == 0, sex);
        if (chance(making, 28))
            add_child(making, birth, parents, false, chance(making, 650) ? sex : either_sex(making));
        birth += between(making, 320, 1800);
    }
}

static struct couple add_parents(struct making *making, int32_t her_birth)
{
    if (chance(making, 680))
        return add_couple(making, her_birth, HO_CROWD_MOTHER);
    struct couple one = {NULL, NULL};
    bool mother = chance(making, 820);
    struct ho_crowd_person *person =
        add_person(making, mother ? HO_CROWD_MOTHER : HO_CROWD_FATHER, mother ? 'F' : 'M', her_birth);
    name_person(making, person);
    if (mother)
        one.mother = person;
    else
        one.father = person;
    return one;
}

static void make_family(struct making *making)
{
    int32_t her_birth = born_at_age(making, 19, 52);
    struct couple parents = add_parents(making, her_birth);
    uint32_t n = 1;
    while (n < 6 && chance(making, 520))
        n++;
    add_children(making, parents, her_birth, n);
}

// The grandparents are his or hers; a father may be a junior himself.
static void make_generations(struct making *making)
{
    int32_t her_birth = born_at_age(making, 22, 48);
    struct couple parents = add_parents(making, her_birth);
    struct ho_crowd_person *child = parents.father ? parents.father : parents.mother;
    int32_t birth = child->birth_day - between(making, 19 * YEAR, 36 * YEAR);
    struct couple old = {NULL, NULL};
    if (chance(making, 500)) {
        old = add_couple(making, birth, HO_CROWD_GRANDPARENT);
    } else {
        struct ho_crowd_person *one = add_person(making, HO_CROWD_GRANDPARENT, chance(making, 750) ? 'F' : 'M', birth);
        name_person(making, one);
        old = one->sex == 'F' ? (struct couple){one, NULL} : (struct couple){NULL, one};
    }
    struct ho_crowd_person *elder = old.father ? old.father : old.mother;
    if (old.father && old.mother && strcmp(old.mother->surname, old.father->surname) == 0)
        ho_crowd_copy(old.mother->surname, sizeof old.mother->surname, child->maiden);
    ho_crowd_copy(elder->surname, sizeof elder->surname, child->maiden);
    if (old.father && child->sex == 'M' && chance(making, culture_of(child)->namesake_per_mille))
        name_for(making, child, old.father);
    uint32_t n = 1 + ho_sim_random_below(&making->random, 3);
    add_children(making, parents, her_birth, n);
}

static void make_room_mates(struct making *making)
{
    uint32_t n = 2 + ho_sim_random_below(&making->random, 4);
    for (uint32_t i = 0; i < n; i++) {
        making->culture = chance(making, 600) ? making->culture : draw_culture(making);
        struct ho_crowd_person *person = add_single(making, 18, 60);
        if (person->phone == making->family_phone && chance(making, 800))
            person->phone = ho_crowd_home_phone(&making->home, &making->random);
    }
}

static void make_siblings(struct making *making)
{
    struct ho_crowd_person *first = add_single(making, 25, 75);
    struct couple parents = {NULL, first};
    for (uint32_t n = 1 + ho_sim_random_below(&making->random, 2); n > 0; n--) {
        int32_t birth = first->birth_day + between(making, 1, 6) * (YEAR + 40);
        struct ho_crowd_person *person = add_person(making, HO_CROWD_ADULT, either_sex(making), birth);
        name_child(making, person, parents, false);
    }
}

static void settle_in_building(struct making *making)
{
    char unit[sizeof making->home.unit] = "";
    struct ho_sim_random random;
    struct ho_crowd_home home = making->home;
    while (!home.unit[0])
        ho_crowd_home_draw(&making->crowd->places, &making->random, &home);
    memcpy(unit, home.unit, sizeof unit);
    uint32_t building = ho_sim_random_below(&making->random, making->crowd->n_members / 250 + 3);
    ho_sim_random_init(&random, making->crowd->seed, STREAM_BUILDING, building);
    ho_crowd_home_draw(&making->crowd->places, &random, &making->home);
    memcpy(making->home.unit, unit, sizeof unit);
}

static void make_guest(struct making *making)
{
    struct ho_sim_random random;
    uint32_t shelter = ho_sim_random_below(&making->random, making->crowd->n_members / 15000 + 2);
    ho_sim_random_init(&random, making->crowd->seed, STREAM_SHELTER, shelter);
    ho_crowd_home_draw(&making->crowd->places, &random, &making->home);
    making->home.unit[0] = '\0';
    uint64_t desk = ho_crowd_home_phone(&making->home, &random);
    struct ho_crowd_person *person = add_single(making, 19, 72);
    uint32_t way = ho_sim_random_below(&making->random, 100);
    if (way < 60)
        person->phone = way < 30 ? desk : NO_PHONE;
}

static void make_people(struct making *making)
{
    uint32_t kind = ho_sim_random_below(&making->random, 100);
    if (kind < 25)
        add_single(making, 19, 95);
    else if (kind < 38)
        add_couple(making, born_at_age(making, 22, 88), HO_CROWD_ADULT);
    else if (kind < 76)
        make_family(making);
    else if (kind < 88)
        make_generations(making);
    else if (kind < 94)
        make_room_mates(making);
    else if (kind < 97)
        make_siblings(making);
    else
        make_guest(making);
}

static void enrol(struct making *making, struct ho_crowd_person *person)
{
    int32_t age = (making->crowd->today - person->birth_day) / YEAR;
    uint32_t share = age < 19 ? 850 : age < 65 ? 640 : 800;
    if (making->crowd->today - person->birth_day < 45)
        share = 300; // a newborn is billed under the mother's card at first
    person->enrolled = chance(making, share);
    person->file_phone = person->phone != NO_PHONE && chance(making, 880);
    person->file_home = chance(making, 985);
    person->file_middle = chance(making, 550);
    person->file_initial = chance(making, 450);
    person->file_sex = chance(making, 997);
    person->file_language = chance(making, 880);
    person->file_capitals = chance(making, 550);
    bool speaks = chance(making, culture_of(person)->language_per_mille);
    person->language = speaks ? culture_of(person)->language : "en";
}

void ho_crowd_household_invent(const struct ho_crowd *crowd, uint32_t index, struct ho_crowd_household *out)
{
    struct making making = {.crowd = crowd, .out = out, .index = index};
    ho_sim_random_init(&making.random, crowd->seed, STREAM_HOUSEHOLD, index);
    out->n = 0;
    making.culture = draw_culture(&making);
    ho_crowd_home_draw(&crowd->places, &making.random, &making.home);
    if (chance(&making, 160))
        settle_in_building(&making);
    making.family_phone = ho_crowd_home_phone(&making.home, &making.random);
    make_people(&making);
    for (uint32_t i = 0; i < out->n; i++)
        enrol(&making, &out->people[i]);
}
