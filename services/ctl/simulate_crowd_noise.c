#include "simulate_crowd_noise.h"

#include <string.h>

#include "simulate_crowd_text.h"

enum { TABLES = 3, MOST_TRIES = 40 };

static const struct ho_crowd_noises *const tables[TABLES] = {&ho_crowd_name_noises, &ho_crowd_birth_noises,
                                                             &ho_crowd_place_noises};

void ho_crowd_noise_cost(struct ho_crowd_query *query, enum ho_crowd_part part, int cost)
{
    query->worth[part] = query->worth[part] > cost ? query->worth[part] - cost : 0;
}

static uint32_t weight_of(const struct ho_crowd_noise *noise, bool light)
{
    return noise->light == light ? noise->weight : 0;
}

static const struct ho_crowd_noise *draw(struct ho_sim_random *random, bool light)
{
    uint32_t sum = 0;
    for (size_t t = 0; t < TABLES; t++)
        for (uint32_t i = 0; i < tables[t]->n; i++)
            sum += weight_of(&tables[t]->items[i], light);
    uint32_t at = ho_sim_random_below(random, sum);
    for (size_t t = 0; t < TABLES; t++)
        for (uint32_t i = 0; i < tables[t]->n; i++) {
            uint32_t weight = weight_of(&tables[t]->items[i], light);
            if (at < weight)
                return &tables[t]->items[i];
            at -= weight;
        }
    return NULL; // not reached: `at` is below the sum
}

// A part is hurt twice by a slip of the pen alone, and seldom.
static bool is_free(struct ho_crowd_noising *noising, const struct ho_crowd_noise *noise, unsigned done)
{
    enum { NAMES = HO_CROWD_ON_GIVEN | HO_CROWD_ON_SURNAME };
    unsigned kept = noise->gentle ? noising->keep & ~(unsigned)NAMES : noising->keep;
    if (noise->on & kept)
        return false;
    return !(noise->on & done) || (noise->gentle && ho_sim_random_chance(noising->random, 150));
}

static void make_some(struct ho_crowd_noising *noising, uint32_t n, bool light, unsigned *done)
{
    uint32_t tries = 0;
    while (n > 0 && tries++ < MOST_TRIES) {
        const struct ho_crowd_noise *noise = draw(noising->random, light);
        if (strstr(noising->query->kind, noise->name) || !is_free(noising, noise, *done) || !noise->make(noising))
            continue;
        ho_crowd_query_kind(noising->query, noise->name);
        *done |= noise->on;
        n--;
    }
}

void ho_crowd_noise(struct ho_crowd_noising *noising, uint32_t n_light, uint32_t n_heavy)
{
    unsigned light = 0, heavy = 0;
    make_some(noising, n_light, true, &light);
    make_some(noising, n_heavy, false, &heavy);
    if (!noising->query->kind[0])
        ho_crowd_query_kind(noising->query, "clean");
}

// Somebody else of the house who was born the same day, or bears the same name.
static bool is_rival(const struct ho_crowd_person *person, const struct ho_crowd_person *other, bool *twin)
{
    *twin = other->birth_day == person->birth_day;
    return *twin || ho_crowd_alike(other->given, person->given);
}

bool ho_crowd_decidable(const struct ho_crowd *crowd, const struct ho_crowd_query *query,
                        const struct ho_crowd_household *household, uint32_t place)
{
    enum { COMMON = 40, LIMIT = 11, LIMIT_COMMON = 13 };
    const struct ho_crowd_person *person = &household->people[place];
    bool common = ho_crowd_namesakes(person) >= COMMON || ho_crowd_doubles(crowd, person) > 1;
    int sum = 0;
    for (int i = 0; i < HO_CROWD_PARTS; i++)
        sum += query->worth[i];
    if (query->worth[HO_CROWD_GIVEN] < 1 || sum < (common ? LIMIT_COMMON : LIMIT))
        return false;
    for (uint32_t i = 0; i < household->n; i++) {
        bool twin;
        if (i == place || !is_rival(person, &household->people[i], &twin))
            continue;
        if (twin ? query->worth[HO_CROWD_GIVEN] < 2 : query->worth[HO_CROWD_BIRTH] < 3)
            return false;
    }
    return true;
}
