// Guards: what stands against a link whatever the score, and what a person should be asked.
#include "match_internal.h"

#include <math.h>

const char *const ho_guard_names[HO_GUARDS] = {
    "given-name",  "birth-date", "missing",    "surname",   "suffix",
    "middle-name", "sex",        "no-support", "ruled-out", "newborn",
};

// ---- Guards ---------------------------------------------------------------------------------------------------

static bool between(int x, int least, int most)
{
    return x >= least && x <= most;
}

// The evidence as the rules speak of it.
struct stand {
    bool given_good, given_weak;    // agrees; agrees by initial, second name or translation
    bool birth_equal, birth_near;   // equal, or no date but for two digits exchanged; a slip of the keyboard apart
    bool surname_good, number_good; // the identifier is the member's
    bool other_card;                // a CIN, which is for life, is another
    bool home, house, whole_home;   // telephone or address agree; the address does; both do
};

// A shelter's telephone and a tower's door are nobody's home; a flat's number makes them one.
static struct stand stand_of(const struct ho_question *q, const struct ho_comparison *c)
{
    const uint8_t *level = c->level;
    bool phone = level[HO_FIELD_PHONE] == HO_PHONE_EQUAL && !q->shared_phone;
    bool address = level[HO_FIELD_ADDRESS] == HO_ADDRESS_EQUAL && (!q->shared_house || c->same_unit);
    bool twisted = level[HO_FIELD_BIRTH_DATE] == HO_BIRTH_TWISTED;
    return (struct stand){
        .given_good = between(level[HO_FIELD_GIVEN], HO_GIVEN_EQUAL, HO_GIVEN_SLIP),
        .given_weak = between(level[HO_FIELD_GIVEN], HO_GIVEN_INITIAL, HO_GIVEN_TRANSLATED),
        .birth_equal = level[HO_FIELD_BIRTH_DATE] == HO_BIRTH_EQUAL ||
                       (twisted && !ho_date_is_possible(q->asked.traits.birth_date)),
        .birth_near = between(level[HO_FIELD_BIRTH_DATE], HO_BIRTH_TWISTED, HO_BIRTH_YEAR),
        .surname_good = between(level[HO_FIELD_SURNAME], HO_SURNAME_EQUAL, HO_SURNAME_SLIP),
        .number_good = level[HO_FIELD_IDENTIFIER] == HO_IDENTIFIER_EQUAL,
        .other_card = level[HO_FIELD_IDENTIFIER] == HO_IDENTIFIER_DIFFERS,
        .home = phone || address,
        .house = address,
        .whole_home = phone && address,
    };
}

// Name and birth date alone: how rare the name is, and what else speaks for the member, in bits.
static double rarity_of(const struct ho_comparison *c)
{
    static const double MIDDLE[] = {[HO_MIDDLE_EQUAL] = 3, [HO_MIDDLE_INITIAL] = 3, [HO_MIDDLE_DIFFERS] = -8};
    const uint8_t *level = c->level;
    double bits = c->rarity + MIDDLE[level[HO_FIELD_MIDDLE]];
    // A slip away, or a shelter's or a tower's door: of its few thousand people hardly two share name and birth date.
    uint8_t address = level[HO_FIELD_ADDRESS];
    if (level[HO_FIELD_PHONE] == HO_PHONE_SLIP || address == HO_ADDRESS_EQUAL || address == HO_ADDRESS_NEAR)
        bits += 6;
    bool whole = level[HO_FIELD_GIVEN] == HO_GIVEN_EQUAL && level[HO_FIELD_SURNAME] == HO_SURNAME_EQUAL && !c->swapped;
    bits -= whole ? 0 : c->shuffled ? 4 : 1;
    bits -= level[HO_FIELD_BIRTH_DATE] == HO_BIRTH_EQUAL ? 0 : 2;
    return level[HO_FIELD_IDENTIFIER] == HO_IDENTIFIER_DIFFERS ? bits - 8 : bits;
}

// Of forty million Californians a name of 20 bits leaves forty, whom their birth dates tell apart.
enum { RARE_BITS = 20 };

// Below it a name is borne by so many that the same birth date is no surprise: a hundred of a million, a few of a
// small roster.
static double doubtful_bits(const struct ho_roster_index *index)
{
    enum { MOST = 13, BELOW_UNIQUE = 4 };
    return fmin(MOST, log2((double)ho_roster_population(index) + 1) - BELOW_UNIQUE);
}

// Something besides name and birth date says that it is the same person.
static bool is_supported(const struct ho_comparison *c, const struct stand *s)
{
    bool number = s->number_good || (c->level[HO_FIELD_IDENTIFIER] == HO_IDENTIFIER_SLIP && s->birth_equal);
    if (number || s->home)
        return true;
    return s->birth_equal && s->given_good && s->surname_good && rarity_of(c) >= RARE_BITS;
}

static bool given_is_safe(const struct ho_comparison *c, const struct stand *s)
{
    uint8_t given = c->level[HO_FIELD_GIVEN];
    bool very_name = given == HO_GIVEN_EQUAL || given == HO_GIVEN_PART;
    if (s->given_good)
        return very_name || !s->other_card; // Jayden may have a twin Jaden
    bool near = s->birth_equal || s->birth_near;
    if (s->number_good && s->surname_good && ((s->given_weak && near) || (c->misspelt && s->birth_equal)))
        return true;
    bool goes_by = c->crossed || c->keeps_name || given == HO_GIVEN_INITIAL;
    return goes_by && !s->other_card && s->birth_equal && s->surname_good && s->home;
}

// Twins share it, relatives share it, and people marry.
static bool surname_is_safe(const struct ho_comparison *c, const struct stand *s)
{
    if (s->surname_good)
        return true;
    bool one_line = s->birth_equal && c->level[HO_FIELD_GIVEN] == HO_GIVEN_EQUAL && s->home;
    bool close = c->level[HO_FIELD_GIVEN] <= HO_GIVEN_FORM || c->level[HO_FIELD_SURNAME] == HO_SURNAME_SIMILAR;
    return s->given_good && (s->number_good || one_line || (s->house && close));
}

static bool birth_is_safe(const struct ho_comparison *c, const struct stand *s)
{
    if (s->birth_equal)
        return true;
    // Father and son of one name share a house, but seldom a card: the number with both names stands for the date.
    if (c->level[HO_FIELD_BIRTH_DATE] == HO_BIRTH_MISSING)
        return s->number_good && s->given_good && s->surname_good;
    if (s->other_card && (c->level[HO_FIELD_GIVEN] != HO_GIVEN_EQUAL || c->generation_apart))
        return false;
    return s->birth_near && (s->home || s->number_good);
}

static bool sex_may_be_wrong(const struct ho_comparison *c, const struct stand *s)
{
    uint8_t given = c->level[HO_FIELD_GIVEN];
    bool same_name = given == HO_GIVEN_EQUAL || given == HO_GIVEN_PART; // Samira's twin is no Samir mistyped
    if (s->birth_equal)
        return s->given_good && (s->number_good || (same_name && s->home));
    return s->birth_near && given == HO_GIVEN_EQUAL && (s->house || s->number_good);
}

// Twins and cousins share a common first name and are told apart by the second.
static bool middle_may_be_wrong(const struct ho_question *q, const struct ho_comparison *c, const struct stand *s)
{
    if (!s->given_good || !s->birth_equal)
        return false;
    double usual = ho_roster_bits(q->index, HO_FIELD_GIVEN, HO_GIVEN_EQUAL);
    bool uncommon = (double)c->bits[HO_FIELD_GIVEN] >= usual && c->level[HO_FIELD_GIVEN] == HO_GIVEN_EQUAL;
    return s->number_good || (uncommon && s->surname_good && s->home);
}

static unsigned guards_of(const struct ho_question *q, const struct ho_comparison *c)
{
    struct stand s = stand_of(q, c);
    const uint8_t *level = c->level;
    unsigned guards = 0;
    if (!given_is_safe(c, &s))
        guards |= level[HO_FIELD_GIVEN] == HO_GIVEN_MISSING ? HO_GUARD_MISSING : HO_GUARD_GIVEN;
    if (!birth_is_safe(c, &s))
        guards |= level[HO_FIELD_BIRTH_DATE] == HO_BIRTH_MISSING ? HO_GUARD_MISSING : HO_GUARD_BIRTH;
    if (!surname_is_safe(c, &s))
        guards |= HO_GUARD_SURNAME;
    if (level[HO_FIELD_MIDDLE] == HO_MIDDLE_DIFFERS && !middle_may_be_wrong(q, c, &s))
        guards |= HO_GUARD_MIDDLE;
    if (level[HO_FIELD_SUFFIX] == HO_SUFFIX_DIFFERS ||
        (level[HO_FIELD_SUFFIX] == HO_SUFFIX_ONE_SIDED && !s.birth_equal))
        guards |= HO_GUARD_SUFFIX;
    if (level[HO_FIELD_SEX] == HO_SEX_DIFFERS && !sex_may_be_wrong(c, &s))
        guards |= HO_GUARD_SEX;
    if (!is_supported(c, &s))
        guards |= HO_GUARD_SUPPORT;
    return guards;
}

// ---- What a person should look at ------------------------------------------------------------------------------

// The number is the member's: a card lent to a relative, or a child under the mother's, is told by given name and birth
// date; where both are another's, nothing is left to ask.
static bool card_is_doubtful(const struct ho_comparison *c)
{
    bool other_birth = c->level[HO_FIELD_BIRTH_DATE] == HO_BIRTH_DIFFERS;
    return !(c->level[HO_FIELD_GIVEN] >= HO_GIVEN_SIMILAR && other_birth);
}

static bool is_plausible(const struct ho_question *q, const struct ho_comparison *c)
{
    struct stand s = stand_of(q, c);
    uint8_t given = c->level[HO_FIELD_GIVEN], birth = c->level[HO_FIELD_BIRTH_DATE];
    if (s.number_good)
        return card_is_doubtful(c);
    if (c->score < ho_roster_weights(q->index)->review_bits)
        return false;
    if (given == HO_GIVEN_DIFFERS)
        return false; // of one house and birth date they are twins
    if (given == HO_GIVEN_SIMILAR)
        return s.birth_equal && s.surname_good && s.home;
    if (birth == HO_BIRTH_DIFFERS)
        return s.given_good && s.surname_good && s.home && !c->generation_apart;
    if (!s.home && s.birth_equal && s.given_good)
        return rarity_of(c) >= doubtful_bits(q->index);
    return true;
}

// A newborn without a name: only an infant of the very birth date and household.
static void judge_baby(const struct ho_question *q, struct ho_candidate *c)
{
    struct stand s = stand_of(q, &c->comparison);
    c->guards = (c->guards & ~(unsigned)(HO_GUARD_MISSING | HO_GUARD_GIVEN)) | HO_GUARD_BABY;
    bool infant = s.birth_equal && s.home && s.surname_good && c->comparison.level[HO_FIELD_SEX] != HO_SEX_DIFFERS;
    bool young = !q->asked_by->day || q->asked.traits.birth_date + 10000 > q->asked_by->day;
    if (infant && young && q->asked.traits.baby)
        c->guards &= ~(unsigned)HO_GUARD_BABY;
    c->plausible = infant;
}

static bool is_ruled_out(const struct ho_question *q, const char *member_id)
{
    for (size_t i = 0; i < q->asked_by->n_ruled_out; i++)
        if (strcmp(q->asked_by->ruled_out[i], member_id) == 0)
            return true;
    return false;
}

bool ho_candidate_has_other_names(const struct ho_question *q, const struct ho_member_view *member,
                                  const struct ho_comparison *c)
{
    return c->level[HO_FIELD_GIVEN] == HO_GIVEN_DIFFERS && c->level[HO_FIELD_SURNAME] == HO_SURNAME_DIFFERS &&
           !(q->family_phone && q->asked.traits.phone == member->traits.phone);
}

void ho_candidate_judge(const struct ho_question *q, const struct ho_member_view *member, struct ho_candidate *out)
{
    ho_match_rest_of(&q->asked, member, &out->comparison);
    ho_match_score(q->index, member, &out->comparison);
    out->guards = guards_of(q, &out->comparison);
    out->plausible = is_plausible(q, &out->comparison);
    if (q->asked.traits.baby || member->traits.baby)
        judge_baby(q, out);
    if (is_ruled_out(q, member->member_id)) {
        out->guards |= HO_GUARD_RULED_OUT;
        out->plausible = false;
    }
}

bool ho_candidate_is_elsewhere(const struct ho_question *q, uint32_t slot)
{
    const struct ho_traits *t = &q->asked.traits;
    struct ho_member_glance member = ho_roster_glance(q->index, slot);
    if (!t->birth_date || !member.birth_date || (q->family_phone && t->phone == member.phone))
        return false;
    return !(t->house && t->house == member.house) &&
           ho_match_birth_level(t->birth_date, member.birth_date) == HO_BIRTH_DIFFERS;
}

bool ho_candidate_is_namesake(const struct ho_question *q, const struct ho_candidate *c)
{
    struct stand s = stand_of(q, &c->comparison);
    return s.given_good && s.surname_good && s.birth_equal;
}
