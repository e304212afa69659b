// What the levels of agreement are worth together.
#include <math.h>

#include "match_levels.h"

static double within(double least, double x, double most)
{
    return x < least ? least : x > most ? most : x;
}

// How much rarer, in bits, the value is than the values that agree by chance on the average. A small roster says little
// about that: it counts as if a hundred average people were in it, too.
static double surprise(const struct ho_roster_index *index, double average, uint32_t n)
{
    enum { AVERAGE_PEOPLE = 100 };
    double share = ((double)n + AVERAGE_PEOPLE * average) / ((double)ho_roster_population(index) + AVERAGE_PEOPLE);
    return within(-4, log2(average / share), 7);
}

static double u_of(const struct ho_roster_index *index, enum ho_match_field field)
{
    return ho_roster_weights(index)->level[field][1].u;
}

static bool is_name_agreement(const struct ho_comparison *c)
{
    uint8_t given = c->level[HO_FIELD_GIVEN], surname = c->level[HO_FIELD_SURNAME];
    return given >= HO_GIVEN_EQUAL && given <= HO_GIVEN_SLIP && surname >= HO_SURNAME_EQUAL &&
           surname <= HO_SURNAME_SLIP;
}

// Of the two names together. Given names and surnames come from one culture, so a pair is counted as a pair; where
// nobody else bears it, the two counts are all that is known.
static double rarity_of(const struct ho_roster_index *index, const struct ho_member_view *member)
{
    const struct ho_traits *t = &member->traits;
    if (!t->surname.n || !t->given.n)
        return 0;
    double all = (double)ho_roster_population(index);
    uint32_t pair = ho_roster_name_count(index, t->surname.item[0], t->given.item[0]);
    double bits = log2(all / (pair > 1 ? pair : 1));
    if (pair > 1)
        return bits;
    enum { ONE_CULTURE = 5 }; // bits that given name and surname say of each other
    double surname = log2(all / ((double)ho_roster_surname_count(index, t->surname.item[0]) + 1));
    double given = log2(all / ((double)ho_roster_given_count(index, t->given.item[0]) + 1));
    double both = surname + given - ONE_CULTURE;
    return both > bits ? both : bits;
}

static void score_names(const struct ho_roster_index *index, const struct ho_member_view *member,
                        struct ho_comparison *c)
{
    const struct ho_traits *t = &member->traits;
    uint8_t given = c->level[HO_FIELD_GIVEN], surname = c->level[HO_FIELD_SURNAME];
    float *g = &c->bits[HO_FIELD_GIVEN], *s = &c->bits[HO_FIELD_SURNAME];
    if (given >= HO_GIVEN_EQUAL && given <= HO_GIVEN_SLIP)
        *g += (float)surprise(index, u_of(index, HO_FIELD_GIVEN), ho_roster_given_count(index, t->given.item[0]));
    if (surname >= HO_SURNAME_EQUAL && surname <= HO_SURNAME_SLIP)
        *s += (float)surprise(index, u_of(index, HO_FIELD_SURNAME), ho_roster_surname_count(index, t->surname.item[0]));
    c->rarity = is_name_agreement(c) ? rarity_of(index, member) : 0;
    double most = c->rarity + 3;
    if (is_name_agreement(c) && *g + *s > most)
        *s = (float)(most - *g);
    if (c->swapped)
        *s -= 3;
}

// Telephone, address and place tell of one household: the best of them counts, the others a little.
static double household(const struct ho_comparison *c)
{
    double best = 0, rest = 0, against = 0;
    for (int f = HO_FIELD_PHONE; f <= HO_FIELD_PLACE; f++) {
        double bits = c->bits[f];
        if (bits < 0) {
            against += bits;
        } else if (bits > best) {
            rest += best;
            best = bits;
        } else {
            rest += bits;
        }
    }
    return best + rest * 0.5 + within(-4, against, 0);
}

void ho_match_score(const struct ho_roster_index *index, const struct ho_member_view *member, struct ho_comparison *out)
{
    for (int f = 0; f < HO_MATCH_FIELDS; f++)
        out->bits[f] = (float)ho_roster_bits(index, (enum ho_match_field)f, out->level[f]);
    score_names(index, member, out);
    out->score = household(out);
    for (int f = 0; f < HO_FIELD_PHONE; f++)
        out->score += out->bits[f];
}
