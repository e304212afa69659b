#include "simulate_crowd_mix.h"

#include <assert.h>

#include "simulate_crowd_text.h"

struct levels {
    uint16_t light[3], heavy[6]; // in thousandths
};

struct mix {
    uint16_t members, strangers; // in thousandths; the rest looks like a member
    struct levels of_members, of_others;
};

// Strangers are one in ten of the hard mix's others.
static const struct mix mixes[] = {
    {667, 33, {{350, 450, 200}, {350, 190, 170, 140, 95, 55}}, {{350, 450, 200}, {550, 280, 120, 50, 0, 0}}},
    {300, 650, {{650, 300, 50}, {840, 120, 30, 10, 0, 0}}, {{650, 300, 50}, {840, 120, 30, 10, 0, 0}}},
};

enum { STAYS_UNDECIDABLE = 100, MOST_TRIES = 400 };

static uint32_t draw_level(struct ho_sim_random *random, const uint16_t *levels)
{
    uint32_t at = ho_sim_random_below(random, 1000), level = 0;
    while (at >= levels[level])
        at -= levels[level++];
    return level;
}

static void ask_of_member(const struct ho_crowd *crowd, const struct levels *levels, struct ho_sim_random *random,
                          struct ho_crowd_answer *out)
{
    struct ho_crowd_household household;
    out->is_member = true;
    out->member = ho_sim_random_below(random, crowd->n_members);
    uint32_t place = ho_crowd_member_find(crowd, out->member, &household);
    struct ho_crowd_noising noising = {
        .crowd = crowd, .random = random, .person = &household.people[place], .query = &out->query};
    uint32_t light = draw_level(random, levels->light), heavy = draw_level(random, levels->heavy);
    for (;;) {
        ho_crowd_query_init(&out->query, crowd, random, noising.person);
        ho_crowd_noise(&noising, light, heavy);
        if (ho_crowd_decidable(crowd, &out->query, &household, place))
            return;
        if (heavy == 0 || ho_sim_random_chance(random, STAYS_UNDECIDABLE))
            break;
        heavy--;
    }
    ho_crowd_query_kind(&out->query, "undecidable");
}

static const struct ho_crowd_other *draw_other(struct ho_sim_random *random)
{
    uint32_t sum = 0, i = 0;
    for (uint32_t k = 0; k < ho_crowd_n_others; k++)
        sum += ho_crowd_others[k].weight;
    uint32_t at = ho_sim_random_below(random, sum);
    while (at >= ho_crowd_others[i].weight)
        at -= ho_crowd_others[i++].weight;
    return &ho_crowd_others[i];
}

// What tells the two apart must still do so.
static bool is_told_apart(const struct ho_crowd_otherness *o)
{
    char theirs[HO_CROWD_SURNAME_BYTES], ours[HO_CROWD_SURNAME_BYTES];
    size_t width = o->query.feed->width ? o->query.feed->width : HO_CROWD_SURNAME_BYTES;
    if (!(o->keep & HO_CROWD_ON_GIVEN) || (o->keep & HO_CROWD_ON_BIRTH))
        return true;
    ho_crowd_copy(theirs, sizeof theirs, o->query.given);
    ho_crowd_copy(ours, sizeof ours, o->member->given);
    ho_crowd_cut(theirs, width);
    ho_crowd_cut(ours, width);
    return !ho_crowd_alike(theirs, ours);
}

static bool make_other(struct ho_crowd_otherness *o, const struct ho_crowd_other *other, const struct levels *levels)
{
    o->keep = 0;
    if (!other->invent(o) || (!other->may_double && ho_crowd_doubles(o->crowd, &o->person) > 0))
        return false;
    ho_crowd_query_init(&o->query, o->crowd, o->random, &o->person);
    if (other->dress)
        other->dress(o);
    struct ho_crowd_noising noising = {
        .crowd = o->crowd, .random = o->random, .person = &o->person, .query = &o->query, .keep = o->keep};
    uint32_t light = draw_level(o->random, levels->light), heavy = draw_level(o->random, levels->heavy);
    ho_crowd_noise(&noising, light, heavy);
    return is_told_apart(o);
}

static const struct ho_crowd_other stranger = {"stranger", 0, ho_crowd_invent_stranger, NULL, true};

// Draws members until one has a look-alike of the kind: a small roster may hold none.
static void ask_of_other(const struct ho_crowd *crowd, const struct levels *levels, const struct ho_crowd_other *other,
                         struct ho_sim_random *random, uint32_t number, struct ho_crowd_answer *out)
{
    struct ho_crowd_household household;
    struct ho_crowd_otherness o = {.crowd = crowd, .random = random, .household = &household, .number = number};
    bool made = false;
    for (int tries = 0; tries < MOST_TRIES && !made; tries++) {
        uint32_t member = ho_sim_random_below(random, crowd->n_members);
        o.member = &household.people[ho_crowd_member_find(crowd, member, &household)];
        made = make_other(&o, other, levels);
    }
    if (!made)
        other = &stranger;
    while (!made)
        made = make_other(&o, other, levels);
    out->is_member = false;
    out->query = o.query;
    bool chance_double = other == &stranger && o.keep;
    ho_crowd_copy(out->query.kind, sizeof out->query.kind, chance_double ? "same-name-same-birth" : other->kind);
}

void ho_crowd_ask(const struct ho_crowd *crowd, enum ho_crowd_mix mix, struct ho_sim_random *random, uint32_t number,
                  struct ho_crowd_answer *out)
{
    const struct mix *of = &mixes[mix];
    uint32_t at = ho_sim_random_below(random, 1000);
    if (at < of->members)
        ask_of_member(crowd, &of->of_members, random, out);
    else if (at < (uint32_t)of->members + of->strangers)
        ask_of_other(crowd, &of->of_others, &stranger, random, number, out);
    else
        ask_of_other(crowd, &of->of_others, draw_other(random), random, number, out);
}
