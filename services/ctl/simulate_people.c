#include "simulate_people.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulate_random.h"
#include "simulate_words.h"

enum {
    STREAM_PERSON = 16,
    STREAM_MEMBERSHIP = 32,
    STREAM_FACTS = 48,
    MEMBERS_A_COORDINATOR = 60,
    ALL_CINS = 160000000, // ten million numbers by sixteen letters
    ALL_PLAN_IDS = 1000000000,
    ECM_BEGAN = 18993, // 2022-01-01
    MAX_TRIES = 255,
};

struct ho_sim_people {
    uint64_t seed;
    struct ho_sim_window window;
    uint32_t n_members;
    uint8_t *tries; // by member: how many people before it were somebody's double
    uint64_t *keys; // an open table, 0 free
    size_t mask;
};

static uint64_t hash_letter(uint64_t hash, unsigned char letter)
{
    return (hash ^ letter) * UINT64_C(0x100000001B3);
}

// Letters alone, in capitals, those with an accent as the letter below it: what the coarsest folding keeps.
static uint64_t hash_word(uint64_t hash, const char *word)
{
    static const char plain[] = "AAAAAAACEEEEIIIIDNOOOOO*OUUUUYTS";
    for (const unsigned char *p = (const unsigned char *)word; *p; p++) {
        unsigned char c = *p;
        if (c == 0xC3 && p[1] >= 0x80)
            c = (unsigned char)plain[*++p & 0x1F];
        if (c >= 'a' && c <= 'z')
            c = (unsigned char)(c - 'a' + 'A');
        if (c >= 'A' && c <= 'Z')
            hash = hash_letter(hash, c);
    }
    return hash;
}

static uint64_t key_of(const struct ho_sim_person *person, bool whole, int32_t birth_day)
{
    uint64_t hash = hash_word(UINT64_C(0xCBF29CE484222325), person->surname);
    if (whole && person->second_surname)
        hash = hash_word(hash, person->second_surname);
    hash = hash_word(hash_letter(hash, '|'), person->given);
    hash = hash_letter(hash, (unsigned char)person->sex);
    hash = ho_sim_random_mix(hash ^ (uint64_t)(uint32_t)birth_day << 32);
    return hash ? hash : 1;
}

static bool has_key(const struct ho_sim_people *people, uint64_t key)
{
    for (size_t i = key & people->mask; people->keys[i]; i = (i + 1) & people->mask)
        if (people->keys[i] == key)
            return true;
    return false;
}

static void add_key(struct ho_sim_people *people, uint64_t key)
{
    size_t i = key & people->mask;
    while (people->keys[i])
        i = (i + 1) & people->mask;
    people->keys[i] = key;
}

bool ho_sim_people_has(const struct ho_sim_people *people, const struct ho_sim_person *person, bool whole,
                       int32_t birth_day)
{
    return has_key(people, key_of(person, whole, birth_day));
}

static const char *pick(struct ho_sim_random *random, struct ho_sim_list list)
{
    return list.words[ho_sim_random_below(random, list.n)];
}

static const struct ho_sim_culture *pick_culture(struct ho_sim_random *random)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < ho_sim_n_cultures; i++)
        sum += ho_sim_cultures[i].weight;
    uint32_t at = ho_sim_random_below(random, sum);
    const struct ho_sim_culture *culture = ho_sim_cultures;
    while (at >= culture->weight)
        at -= culture++->weight;
    return culture;
}

static void draw_names(struct ho_sim_random *random, const struct ho_sim_culture *culture, struct ho_sim_person *out)
{
    struct ho_sim_list given = out->sex == 'F' ? culture->female : culture->male;
    out->surname = pick(random, culture->surnames);
    out->joint = culture->joint;
    if (ho_sim_random_chance(random, culture->double_per_mille))
        out->second_surname = pick(random, culture->surnames);
    if (out->second_surname == out->surname)
        out->second_surname = NULL;
    out->given = pick(random, given);
    out->middle = ho_sim_random_chance(random, culture->middle_per_mille) ? pick(random, given) : "";
    out->suffix = "";
    if (out->sex == 'M' && ho_sim_random_chance(random, 15))
        out->suffix = ho_sim_random_chance(random, 700) ? "Jr" : "Sr";
}

static void draw_home(struct ho_sim_random *random, struct ho_sim_person *out)
{
    static const uint32_t areas[] = {714, 949, 657};
    const struct ho_sim_city *city = &ho_sim_cities[ho_sim_random_below(random, ho_sim_n_cities)];
    uint32_t n_zips = 1;
    while (n_zips < 4 && city->zips[n_zips])
        n_zips++;
    out->city = city->name;
    out->zip = city->zips[ho_sim_random_below(random, n_zips)];
    out->street = pick(random, ho_sim_streets);
    out->house = 100 + ho_sim_random_below(random, 19900);
    out->area = areas[ho_sim_random_below(random, 3)];
    out->line = ho_sim_random_below(random, 100);
}

static int32_t draw_age_days(struct ho_sim_random *random)
{
    if (ho_sim_random_chance(random, 50))
        return ho_sim_random_between(random, 30, 6500);
    if (ho_sim_random_chance(random, 600))
        return ho_sim_random_between(random, 6600, 21900);
    return ho_sim_random_between(random, 21900, 34500);
}

static void draw_person(const struct ho_sim_people *people, enum ho_sim_population population, uint32_t index,
                        uint32_t attempt, struct ho_sim_person *out)
{
    static const char *const pretended[] = {"Patient", "Alpha", "Bravo", "Charlie", "Interface"};
    struct ho_sim_random random;
    uint64_t stream = STREAM_PERSON + (uint64_t)population;
    ho_sim_random_init(&random, people->seed, stream, (uint64_t)index << 8 | attempt);
    const struct ho_sim_culture *culture = pick_culture(&random);
    *out = (struct ho_sim_person){.sex = ho_sim_random_chance(&random, 520) ? 'F' : 'M'};
    draw_names(&random, culture, out);
    draw_home(&random, out);
    out->birth_day = people->window.first_day - draw_age_days(&random);
    out->language = ho_sim_random_chance(&random, culture->language_per_mille) ? culture->language : "en";
    if (population == HO_SIM_TEST_PATIENT) {
        out->surname = "Zztest";
        out->second_surname = NULL;
        out->given = pretended[index % 5];
    }
}

void ho_sim_person_make(const struct ho_sim_people *people, enum ho_sim_population population, uint32_t index,
                        struct ho_sim_person *out)
{
    if (population == HO_SIM_MEMBER) {
        assert(index < people->n_members);
        draw_person(people, population, index, people->tries[index], out);
        return;
    }
    uint32_t attempt = 0;
    do
        draw_person(people, population, index, attempt++, out);
    while (ho_sim_people_has(people, out, true, out->birth_day) && attempt < MAX_TRIES);
}

static enum ho_status settle_members(struct ho_sim_people *people, struct ho_error *error)
{
    for (uint32_t i = 0; i < people->n_members; i++) {
        struct ho_sim_person person;
        uint32_t attempt = 0;
        do {
            if (attempt == MAX_TRIES)
                return ho_fail(error, HO_REJECT, "--members %u: the word lists do not make so many different people.",
                               people->n_members);
            draw_person(people, HO_SIM_MEMBER, i, attempt++, &person);
        } while (ho_sim_people_has(people, &person, true, person.birth_day));
        people->tries[i] = (uint8_t)(attempt - 1);
        add_key(people, key_of(&person, true, person.birth_day));
    }
    return HO_OK;
}

enum ho_status ho_sim_people_new(uint64_t seed, uint32_t n_members, const struct ho_sim_window *window,
                                 struct ho_sim_people **out, struct ho_error *error)
{
    size_t size = 1024;
    while (size < (size_t)n_members * 2)
        size *= 2;
    struct ho_sim_people *people = calloc(1, sizeof *people);
    if (people) {
        *people = (struct ho_sim_people){.seed = seed, .window = *window, .n_members = n_members, .mask = size - 1};
        people->tries = calloc(n_members, sizeof *people->tries);
        people->keys = calloc(size, sizeof *people->keys);
    }
    enum ho_status status = HO_OK;
    if (!people || !people->tries || !people->keys)
        status = ho_fail(error, HO_FATAL, "not enough memory for %u members: give fewer with --members.", n_members);
    else
        status = settle_members(people, error);
    if (status == HO_OK)
        *out = people;
    else
        ho_sim_people_free(people);
    return status;
}

void ho_sim_people_free(struct ho_sim_people *people)
{
    if (!people)
        return;
    free(people->tries);
    free(people->keys);
    free(people);
}

uint32_t ho_sim_people_members(const struct ho_sim_people *people)
{
    return people->n_members;
}

static uint32_t coordinators(uint32_t n_members)
{
    uint32_t n = (n_members + MEMBERS_A_COORDINATOR - 1) / MEMBERS_A_COORDINATOR;
    return n < HO_SIM_COORDINATORS ? n : HO_SIM_COORDINATORS;
}

static int32_t days_before(struct ho_sim_random *random, int32_t day, int32_t least, int32_t most)
{
    int32_t result = day - ho_sim_random_between(random, least, most);
    return result < ECM_BEGAN ? ECM_BEGAN : result;
}

void ho_sim_membership_make(const struct ho_sim_people *people, uint32_t index, struct ho_sim_membership *out)
{
    const struct ho_sim_window *window = &people->window;
    struct ho_sim_random random;
    ho_sim_random_init(&random, people->seed, STREAM_MEMBERSHIP, index);
    *out = (struct ho_sim_membership){
        .enrolled = true, .from = HO_SIM_NO_DAY, .to = HO_SIM_NO_DAY, .opted_out = HO_SIM_NO_DAY};
    out->coordinator = ho_sim_random_below(&random, coordinators(people->n_members));
    out->from = days_before(&random, window->first_day, 210, 1100);
    uint32_t fate = ho_sim_random_below(&random, 100);
    if (fate < 6)
        *out = (struct ho_sim_membership){
            .from = HO_SIM_NO_DAY, .to = HO_SIM_NO_DAY, .opted_out = HO_SIM_NO_DAY, .coordinator = out->coordinator};
    else if (fate < 9)
        out->to = days_before(&random, window->first_day, 3, 200);
    else if (fate < 11)
        out->from = ho_sim_random_between(&random, window->first_day, window->last_day);
    else if (fate < 14)
        out->opted_out = days_before(&random, window->first_day, 2, 200);
    else if (fate < 15)
        out->opted_out = ho_sim_random_between(&random, window->first_day, window->last_day);
}

// ---- Facts.

struct share {
    const char *word;
    uint32_t per_mille;
};

// Each with its own chance.
static void draw_list(struct ho_sim_random *random, const struct share *shares, size_t n, char out[HO_SIM_LIST_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n; i++)
        if (ho_sim_random_chance(random, shares[i].per_mille))
            used += (size_t)snprintf(out + used, HO_SIM_LIST_BYTES - used, "%s%s", used ? ";" : "", shares[i].word);
    assert(used < HO_SIM_LIST_BYTES);
}

// One of them; "" where none is drawn.
static const char *draw_word(struct ho_sim_random *random, const struct share *shares, size_t n)
{
    uint32_t drawn = ho_sim_random_below(random, 1000);
    for (size_t i = 0; i < n; i++) {
        if (drawn < shares[i].per_mille)
            return shares[i].word;
        drawn -= shares[i].per_mille;
    }
    return "";
}

void ho_sim_facts_make(const struct ho_sim_people *people, uint32_t index, const struct ho_sim_person *person,
                       struct ho_sim_facts *out)
{
    static const struct share CONDITIONS[] = {
        {"diabetes", 220},     {"hypertension", 300}, {"asthma", 90}, {"copd", 70},
        {"heart-failure", 50}, {"renal-disease", 40}, {"smi", 100},   {"sud", 80}};
    static const struct share NEEDS[] = {
        {"food", 120},      {"transport", 100}, {"temporary-housing", 30}, {"permanent-housing", 40},
        {"child-care", 40}, {"disability", 80}};
    static const struct share HOMELESS[] = {{"no", 800}, {"yes", 40}, {"chronic", 20}};
    static const struct share RISK[] = {{"low", 500}, {"medium", 250}, {"high", 150}};
    static const struct share COUNTY[] = {{"Orange", 970}};
    enum { YEAR = 365, CHILDBEARING_FROM = 16, CHILDBEARING_TO = 44, MEDICARE_FROM = 65 };
    struct ho_sim_random random;
    int32_t age = (people->window.first_day - person->birth_day) / YEAR;
    ho_sim_random_init(&random, people->seed, STREAM_FACTS, index);
    out->county = draw_word(&random, COUNTY, sizeof COUNTY / sizeof *COUNTY);
    out->homeless = draw_word(&random, HOMELESS, sizeof HOMELESS / sizeof *HOMELESS);
    out->risk = draw_word(&random, RISK, sizeof RISK / sizeof *RISK);
    draw_list(&random, CONDITIONS, sizeof CONDITIONS / sizeof *CONDITIONS, out->conditions);
    draw_list(&random, NEEDS, sizeof NEEDS / sizeof *NEEDS, out->needs);
    out->dual = ho_sim_random_chance(&random, age >= MEDICARE_FROM ? 600 : 80);
    bool may_bear = person->sex == 'F' && age >= CHILDBEARING_FROM && age <= CHILDBEARING_TO;
    out->pregnant_until = may_bear && ho_sim_random_chance(&random, 60)
                              ? people->window.first_day + ho_sim_random_between(&random, -30, 300)
                              : HO_SIM_NO_DAY;
}

bool ho_sim_membership_has_tasks(const struct ho_sim_people *people, const struct ho_sim_membership *membership,
                                 int32_t day)
{
    if (!membership->enrolled || day < membership->from)
        return false;
    if (membership->to != HO_SIM_NO_DAY && day > membership->to)
        return false;
    return membership->opted_out == HO_SIM_NO_DAY || membership->opted_out > people->window.last_day;
}

void ho_sim_person_surname(const struct ho_sim_person *person, bool whole, char out[HO_SIM_NAME_BYTES])
{
    size_t n = strlen(person->surname);
    size_t m = whole && person->second_surname ? strlen(person->second_surname) : 0;
    assert(n + m + 2 <= HO_SIM_NAME_BYTES);
    memcpy(out, person->surname, n);
    if (m) {
        out[n++] = person->joint;
        memcpy(out + n, person->second_surname, m);
    }
    out[n + m] = '\0';
}

// A one-to-one walk through all numbers of a kind: the factor has no divisor in common with their count.
static uint32_t nth_of(const struct ho_sim_people *people, uint64_t all, uint64_t index)
{
    uint64_t start = ho_sim_random_mix(people->seed ^ all) % all;
    return (uint32_t)((index * UINT64_C(123456787) + start) % all);
}

void ho_sim_cin(const struct ho_sim_people *people, enum ho_sim_population population, uint32_t index,
                char out[HO_SIM_CIN_BYTES])
{
    static const char letters[] = "ACDEFGHMNTUVWXYZ";
    enum { LETTERS = sizeof letters - 1 };
    uint64_t offset = population == HO_SIM_MEMBER ? 0 : ALL_CINS / 2;
    uint32_t n = nth_of(people, ALL_CINS, offset + index);
    out[HO_SIM_CIN_BYTES - 1] = '\0';
    out[HO_SIM_CIN_BYTES - 2] = letters[n % LETTERS];
    n /= LETTERS;
    for (int i = HO_SIM_CIN_BYTES - 3; i > 0; i--, n /= 10)
        out[i] = (char)('0' + n % 10);
    out[0] = '9';
}

uint32_t ho_sim_plan_id(const struct ho_sim_people *people, uint32_t index)
{
    return nth_of(people, ALL_PLAN_IDS, index);
}
