#include "simulate_crowd_people.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "simulate_crowd_text.h"

enum { DOUBLE = 1 }; // the lowest bit of a key: two members or more have it

static enum ho_status make_pools(struct ho_crowd *crowd, struct ho_error *error)
{
    enum ho_status status = ho_crowd_places_init(&crowd->places, error);
    for (uint32_t i = 0; i < HO_CROWD_CULTURES && status == HO_OK; i++) {
        const struct ho_crowd_culture *culture = &ho_crowd_cultures[i];
        const char *const texts[HO_CROWD_POOLS] = {
            culture->surnames,
            culture->stems,
            culture->endings,
            culture->female,
            culture->male,
            culture->young_female ? culture->young_female : culture->female,
            culture->young_male ? culture->young_male : culture->male,
        };
        for (int k = 0; k < HO_CROWD_POOLS && status == HO_OK; k++) {
            uint32_t head = k == HO_CROWD_SURNAMES ? culture->surname_head : culture->given_head;
            status = ho_crowd_pool_init(&crowd->pools[i][k], texts[k],
                                        k == HO_CROWD_STEMS || k == HO_CROWD_ENDINGS ? 200 : head, error);
        }
    }
    return status;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    char folded[HO_CROWD_SURNAME_BYTES];
    ho_crowd_folded(text, folded, sizeof folded);
    for (const char *p = folded; *p; p++)
        hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001B3);
    return ho_sim_random_mix(hash + 1);
}

static uint64_t key_of(const struct ho_crowd_person *person)
{
    uint64_t hash = hash_text(UINT64_C(0xCBF29CE484222325), person->given);
    hash = hash_text(hash, person->surname) ^ (uint32_t)person->birth_day;
    hash = ho_sim_random_mix(hash) & ~(uint64_t)DOUBLE;
    return hash ? hash : 2;
}

static uint64_t *key_at(const struct ho_crowd *crowd, uint64_t key)
{
    uint64_t i = (key >> 1) & crowd->mask;
    while (crowd->keys[i] && (crowd->keys[i] & ~(uint64_t)DOUBLE) != key)
        i = (i + 1) & crowd->mask;
    return &crowd->keys[i];
}

uint32_t ho_crowd_doubles(const struct ho_crowd *crowd, const struct ho_crowd_person *person)
{
    uint64_t found = *key_at(crowd, key_of(person));
    return found ? 1 + (found & DOUBLE) : 0;
}

static bool add_household(struct ho_crowd *crowd, uint32_t members)
{
    if (crowd->n_households == crowd->room) {
        uint32_t room = crowd->room ? crowd->room * 2 : 1024;
        uint32_t *starts = realloc(crowd->starts, room * sizeof *starts);
        if (!starts)
            return false;
        crowd->starts = starts;
        crowd->room = room;
    }
    crowd->starts[crowd->n_households++] = members;
    return true;
}

void ho_crowd_household_make(const struct ho_crowd *crowd, uint32_t index, struct ho_crowd_household *out)
{
    ho_crowd_household_invent(crowd, index, out);
    uint32_t room = index < crowd->n_households ? crowd->n_members - crowd->starts[index] : 0;
    for (uint32_t i = 0; i < out->n; i++) {
        out->people[i].enrolled = out->people[i].enrolled && room > 0;
        room -= out->people[i].enrolled;
    }
}

static bool settle(struct ho_crowd *crowd)
{
    uint32_t members = 0;
    struct ho_crowd_household household;
    while (members < crowd->n_members) {
        uint32_t index = crowd->n_households;
        if (!add_household(crowd, members))
            return false;
        ho_crowd_household_make(crowd, index, &household);
        for (uint32_t i = 0; i < household.n; i++) {
            if (!household.people[i].enrolled)
                continue;
            uint64_t key = key_of(&household.people[i]);
            uint64_t *at = key_at(crowd, key);
            *at = *at ? key | DOUBLE : key;
            members++;
        }
    }
    return true;
}

enum ho_status ho_crowd_init(struct ho_crowd *crowd, uint64_t seed, uint32_t n_members, int32_t today,
                             struct ho_error *error)
{
    uint64_t size = 1024;
    while (size < (uint64_t)n_members * 2)
        size *= 2;
    *crowd = (struct ho_crowd){.seed = seed, .n_members = n_members, .today = today, .mask = size - 1};
    enum ho_status status = make_pools(crowd, error);
    if (status != HO_OK)
        return status;
    crowd->keys = calloc(size, sizeof *crowd->keys);
    if (!crowd->keys || !settle(crowd))
        return ho_fail(error, HO_FATAL, "not enough memory for %u members: give fewer with --members.", n_members);
    return HO_OK;
}

void ho_crowd_cleanup(struct ho_crowd *crowd)
{
    for (uint32_t i = 0; i < HO_CROWD_CULTURES; i++)
        for (int k = 0; k < HO_CROWD_POOLS; k++)
            ho_crowd_pool_cleanup(&crowd->pools[i][k]);
    ho_crowd_places_cleanup(&crowd->places);
    free(crowd->starts);
    free(crowd->keys);
}

static uint32_t household_of(const struct ho_crowd *crowd, uint32_t index)
{
    uint32_t low = 0, high = crowd->n_households - 1;
    while (low < high) {
        uint32_t middle = (low + high + 1) / 2;
        if (crowd->starts[middle] <= index)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

uint32_t ho_crowd_member_find(const struct ho_crowd *crowd, uint32_t index, struct ho_crowd_household *out)
{
    uint32_t household = household_of(crowd, index), before = crowd->starts[household];
    ho_crowd_household_make(crowd, household, out);
    uint32_t place = 0;
    while (!out->people[place].enrolled || before++ != index)
        place++;
    assert(place < out->n); // every member lives in a household
    return place;
}

void ho_crowd_draw_surname(const struct ho_crowd *crowd, struct ho_sim_random *random, struct ho_crowd_person *person)
{
    const struct ho_crowd_culture *culture = &ho_crowd_cultures[person->culture];
    const struct ho_crowd_pool *pools = crowd->pools[person->culture];
    if (ho_sim_random_chance(random, culture->composed_per_mille)) {
        uint32_t stem = ho_crowd_pool_draw(&pools[HO_CROWD_STEMS], random);
        uint32_t ending = ho_crowd_pool_draw(&pools[HO_CROWD_ENDINGS], random);
        ho_crowd_copy(person->surname, sizeof person->surname, pools[HO_CROWD_STEMS].words[stem]);
        ho_crowd_append(person->surname, sizeof person->surname, pools[HO_CROWD_ENDINGS].words[ending]);
        person->surname_share = 200; // rare
        return;
    }
    uint32_t word = ho_crowd_pool_draw(&pools[HO_CROWD_SURNAMES], random);
    ho_crowd_copy(person->surname, sizeof person->surname, pools[HO_CROWD_SURNAMES].words[word]);
    person->surname_share = ho_crowd_pool_share(&pools[HO_CROWD_SURNAMES], word);
    if (!ho_sim_random_chance(random, culture->double_per_mille))
        return;
    uint32_t second = ho_crowd_pool_draw(&pools[HO_CROWD_SURNAMES], random);
    if (second == word)
        return;
    char joint[2] = {culture->joint == ' ' && ho_sim_random_chance(random, 150) ? '-' : culture->joint, '\0'};
    ho_crowd_append(person->surname, sizeof person->surname, joint);
    ho_crowd_append(person->surname, sizeof person->surname, pools[HO_CROWD_SURNAMES].words[second]);
    person->surname_share =
        (uint32_t)((uint64_t)person->surname_share * ho_crowd_pool_share(&pools[HO_CROWD_SURNAMES], second) / 1000000);
}

static void capital(char *letter)
{
    if (*letter >= 'a' && *letter <= 'z')
        *letter = (char)(*letter - 'a' + 'A');
}

static uint32_t draw_syllables(const struct ho_crowd_pool *pool, struct ho_sim_random *random,
                               struct ho_crowd_person *person)
{
    uint32_t first = ho_crowd_pool_draw(pool, random), second = ho_crowd_pool_draw(pool, random);
    char a[16], b[16];
    ho_crowd_copy(a, sizeof a, pool->words[first]);
    ho_crowd_copy(b, sizeof b, pool->words[second]);
    capital(a);
    uint32_t style = ho_sim_random_below(random, 100);
    if (style < 65)
        capital(b);
    ho_crowd_copy(person->given, sizeof person->given, a);
    ho_crowd_append(person->given, sizeof person->given, style < 45 ? " " : style < 65 ? "-" : "");
    ho_crowd_append(person->given, sizeof person->given, b);
    return (uint32_t)((uint64_t)ho_crowd_pool_share(pool, first) * ho_crowd_pool_share(pool, second) / 1000000);
}

static uint32_t draw_listed(const struct ho_crowd_pool *pool, struct ho_sim_random *random,
                            struct ho_crowd_person *person, uint32_t two_per_mille)
{
    uint32_t word = ho_crowd_pool_draw(pool, random), share = ho_crowd_pool_share(pool, word);
    ho_crowd_copy(person->given, sizeof person->given, pool->words[word]);
    if (strchr(person->given, ' ') || !ho_sim_random_chance(random, two_per_mille))
        return share;
    uint32_t second = ho_crowd_pool_draw(pool, random);
    if (second == word || strchr(pool->words[second], ' '))
        return share;
    ho_crowd_append(person->given, sizeof person->given, " ");
    ho_crowd_append(person->given, sizeof person->given, pool->words[second]);
    return (uint32_t)((uint64_t)share * ho_crowd_pool_share(pool, second) / 1000000);
}

// Thi and Van stand in the given field or in the middle one.
static void put_middle_word(struct ho_sim_random *random, struct ho_crowd_person *person)
{
    const char *word = person->sex == 'F' ? "Thi" : "Van";
    uint32_t where = ho_sim_random_below(random, 100);
    if (where >= 55 || strcmp(person->given, word) == 0)
        return;
    if (where < 30) {
        ho_crowd_copy(person->middle, sizeof person->middle, word);
        return;
    }
    char given[HO_CROWD_GIVEN_BYTES];
    ho_crowd_copy(given, sizeof given, person->given);
    ho_crowd_copy(person->given, sizeof person->given, word);
    ho_crowd_append(person->given, sizeof person->given, " ");
    ho_crowd_append(person->given, sizeof person->given, given);
}

static uint32_t draw_own(const struct ho_crowd *crowd, struct ho_sim_random *random, struct ho_crowd_person *person,
                         bool young)
{
    enum ho_crowd_making making = ho_crowd_cultures[person->culture].making;
    int female = young ? HO_CROWD_YOUNG_FEMALE : HO_CROWD_FEMALE, male = young ? HO_CROWD_YOUNG_MALE : HO_CROWD_MALE;
    const struct ho_crowd_pool *pool = &crowd->pools[person->culture][person->sex == 'F' ? female : male];
    if (making == HO_CROWD_SYLLABIC)
        return draw_syllables(pool, random, person);
    uint32_t share = draw_listed(pool, random, person, making == HO_CROWD_DOUBLED ? 130 : 10);
    if (making == HO_CROWD_MIDDLED)
        put_middle_word(random, person);
    return share;
}

static void draw_middle(const struct ho_crowd *crowd, struct ho_sim_random *random, struct ho_crowd_person *person,
                        bool young)
{
    int female = young ? HO_CROWD_YOUNG_FEMALE : HO_CROWD_FEMALE, male = young ? HO_CROWD_YOUNG_MALE : HO_CROWD_MALE;
    const struct ho_crowd_pool *pool = &crowd->pools[person->culture][person->sex == 'F' ? female : male];
    const char *word = ho_crowd_pool_word(pool, random);
    ho_crowd_copy(person->middle, sizeof person->middle, word);
    capital(person->middle);
    if (ho_crowd_alike(person->middle, person->given))
        person->middle[0] = '\0';
}

void ho_crowd_draw_given(const struct ho_crowd *crowd, struct ho_sim_random *random, struct ho_crowd_person *person)
{
    enum { YOUNG_SINCE = 5479 }; // 1985-01-01
    const struct ho_crowd_culture *culture = &ho_crowd_cultures[person->culture];
    bool young = person->birth_day >= YOUNG_SINCE;
    uint32_t share;
    person->middle[0] = '\0';
    if (young && ho_sim_random_chance(random, culture->american_per_mille)) {
        int pool = person->sex == 'F' ? HO_CROWD_YOUNG_FEMALE : HO_CROWD_YOUNG_MALE;
        (void)draw_own(crowd, random, person, young);
        if (ho_sim_random_chance(random, 500))
            ho_crowd_copy(person->middle, sizeof person->middle, person->given);
        else
            person->middle[0] = '\0';
        share = draw_listed(&crowd->pools[HO_CROWD_ANGLO][pool], random, person, 0);
    } else {
        share = draw_own(crowd, random, person, young);
        if (!person->middle[0] && ho_sim_random_chance(random, culture->middle_per_mille))
            draw_middle(crowd, random, person, young);
    }
    person->given_share = share;
}

uint32_t ho_crowd_namesakes(const struct ho_crowd_person *person)
{
    uint64_t both = (uint64_t)person->surname_share * person->given_share / 1000000;
    return (uint32_t)(both * ho_crowd_cultures[person->culture].weight / 2000); // half are of the other sex
}
