// From a question to a verdict: candidates from the blocks, a score for each, and the guards.
#include "match_levels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CANDIDATES_MAX = 320, PER_BLOCK_MAX = 128, NUMBERS_MAX = 12, SHARED_BY = 100, FAMILY = 8 };

// Why a candidate may not be linked by the machine.
enum guard {
    GUARD_GIVEN = 1,   // the given names are, or may be, two people's
    GUARD_BIRTH = 2,   // the birth dates are, or may be, two people's
    GUARD_MISSING = 4, // given name or birth date is missing
    GUARD_SURNAME = 8, // the surnames differ, and nothing makes up for it
    GUARD_SUFFIX = 16, // Jr and Sr
    GUARD_MIDDLE = 32, // middle names differ
    GUARD_SEX = 64,
    GUARD_SUPPORT = 128,   // no number, telephone or address agrees, and the name is not rare
    GUARD_CARD = 256,      // the number is this member's and the person is another
    GUARD_RULED_OUT = 512, // a person said so
    GUARD_BABY = 1024,
    GUARDS = 11
};

static const char *const GUARD_NAMES[GUARDS] = {
    "given-name", "birth-date", "missing", "surname",   "suffix",  "middle-name",
    "sex",        "no-support", "card",    "ruled-out", "newborn",
};

struct candidate {
    uint32_t slot;
    const char *member_id;
    struct ho_comparison comparison;
    unsigned guards;
    bool plausible; // a person should look at it, if the machine may not link
};

struct question {
    struct ho_arena *arena;
    const struct ho_roster_index *index;
    const struct ho_match_question *asked_by;
    struct ho_asked asked;
    char numbers[NUMBERS_MAX][HO_NUMBER_BYTES];
    uint32_t slots[CANDIDATES_MAX];
    size_t n_slots, n_numbered; // those that a number named are in front
    bool too_common;
    bool family_phone;               // of so few members that the telephone alone makes one worth a look
    bool shared_phone, shared_house; // by more members than a family or a house of flats
};

// ---- Reading the question ------------------------------------------------------------------------------------

static void add_number(struct question *q, const char *text)
{
    if (q->asked.n_numbers == NUMBERS_MAX)
        return;
    char *number = q->numbers[q->asked.n_numbers];
    ho_number_read(text, number);
    q->asked.n_numbers += number[0] != 0;
}

static bool is_trusted(const struct ho_match_question *question, const ho_identifier *id)
{
    if (strcmp(id->type, "MA") != 0)
        return false;
    for (size_t i = 0; i < question->n_trusted; i++)
        if (strcmp(id->authority, question->trusted[i]) == 0)
            return true;
    return false;
}

static void read_question(struct question *q, struct ho_arena *arena, const struct ho_roster_index *index,
                          const struct ho_match_question *question)
{
    const ho_person *p = question->person;
    const struct ho_raw_person raw = {p->surname, p->given,   p->middle, p->suffix, p->sex,
                                      p->phone,   p->address, p->city,   p->zip,    p->birth_date};
    q->arena = arena;
    q->index = index;
    q->asked_by = question;
    q->n_slots = q->n_numbered = 0;
    q->too_common = q->family_phone = q->shared_phone = q->shared_house = false;
    ho_traits_read(arena, ho_roster_words(index), &raw, &q->asked.traits);
    q->asked.numbers = (const char(*)[HO_NUMBER_BYTES])q->numbers;
    q->asked.n_numbers = 0;
    for (size_t i = 0; i < p->n_identifiers; i++)
        if (is_trusted(question, p->identifiers[i]))
            add_number(q, p->identifiers[i]->value);
    for (size_t i = 0; i < p->n_insured_ids; i++)
        add_number(q, p->insured_ids[i]);
    if (question->day && q->asked.traits.birth_date > question->day + 10000)
        q->asked.traits.birth_date = 0; // not yet born
}

// ---- Candidates -------------------------------------------------------------------------------------------------

// Remembers the slots that were seen, in an open table.
struct seen {
    uint32_t slots[1024];
};

static bool see(struct seen *seen, uint32_t slot)
{
    uint32_t i = (slot * UINT32_C(0x9e3779b1)) >> 22;
    while (seen->slots[i]) {
        if (seen->slots[i] == slot)
            return false;
        i = (i + 1) & 1023;
    }
    seen->slots[i] = slot;
    return true;
}

// Of those with the house number and a street like it: many in the same ZIP.
static bool lives_with_many(const struct question *q, const uint32_t *slots, size_t n)
{
    size_t here = 0;
    for (size_t i = 0; n > SHARED_BY && i < n; i++)
        here += ho_roster_glance(q->index, slots[i]).zip == q->asked.traits.zip;
    return here > SHARED_BY;
}

static void find_candidates(struct question *q)
{
    struct ho_blocks blocks;
    ho_blocks_of_question(ho_roster_words(q->index), &q->asked.traits, q->asked.numbers, q->asked.n_numbers,
                          q->asked_by->in_full, &blocks);
    for (size_t i = 0; i < blocks.n; i++)
        ho_roster_prefetch(q->index, blocks.hash[i]);
    struct seen seen = {{0}};
    for (size_t i = 0; i < blocks.n; i++) {
        uint32_t slots[PER_BLOCK_MAX];
        bool more;
        size_t n = ho_roster_find(q->index, blocks.hash[i], slots, PER_BLOCK_MAX, &more);
        q->too_common = q->too_common || (more && blocks.telling[i]);
        if (i + 1 == blocks.phone) {
            q->family_phone = n <= FAMILY;
            q->shared_phone = n > SHARED_BY;
        }
        q->shared_house = q->shared_house || (i + 1 == blocks.home && lives_with_many(q, slots, n));
        for (size_t s = 0; s < n && q->n_slots < CANDIDATES_MAX; s++)
            if (see(&seen, slots[s])) {
                ho_roster_prefetch_member(q->index, slots[s]);
                q->slots[q->n_slots++] = slots[s];
            }
        if (i < blocks.n_numbers)
            q->n_numbered = q->n_slots;
    }
}

// ---- Guards ---------------------------------------------------------------------------------------------------

static bool between(int x, int least, int most)
{
    return x >= least && x <= most;
}

// The evidence as the rules speak of it.
struct stand {
    bool given_good, given_weak;    // agrees; agrees by initial, second name or translation
    bool birth_equal, birth_near;   // equal; a slip of the keyboard apart
    bool surname_good, number_good; // the identifier is the member's
    bool home, near_home;           // telephone or address agree; or nearly, or the ZIP does
    bool house, whole_home;         // the address does; both do
};

// A shelter's telephone and a tower's door are nobody's home; a flat's number makes them one.
static struct stand stand_of(const struct question *q, const struct ho_comparison *c)
{
    const uint8_t *level = c->level;
    bool phone = level[HO_FIELD_PHONE] == HO_PHONE_EQUAL && !q->shared_phone;
    bool address = level[HO_FIELD_ADDRESS] == HO_ADDRESS_EQUAL && (!q->shared_house || c->same_unit);
    return (struct stand){
        .given_good = between(level[HO_FIELD_GIVEN], HO_GIVEN_EQUAL, HO_GIVEN_SLIP),
        .given_weak = between(level[HO_FIELD_GIVEN], HO_GIVEN_INITIAL, HO_GIVEN_TRANSLATED),
        .birth_equal = level[HO_FIELD_BIRTH_DATE] == HO_BIRTH_EQUAL,
        .birth_near = between(level[HO_FIELD_BIRTH_DATE], HO_BIRTH_TWISTED, HO_BIRTH_YEAR),
        .surname_good = between(level[HO_FIELD_SURNAME], HO_SURNAME_EQUAL, HO_SURNAME_SLIP),
        .number_good = level[HO_FIELD_IDENTIFIER] == HO_IDENTIFIER_EQUAL,
        .home = phone || address,
        .house = address,
        .whole_home = phone && address,
        .near_home = level[HO_FIELD_PHONE] == HO_PHONE_SLIP || level[HO_FIELD_ADDRESS] == HO_ADDRESS_NEAR ||
                     level[HO_FIELD_PLACE] == HO_PLACE_ZIP,
    };
}

// Name and birth date alone: how rare the name is, and what else speaks for the member, in bits.
static double rarity_of(const struct ho_comparison *c)
{
    static const double MIDDLE[] = {[HO_MIDDLE_EQUAL] = 3, [HO_MIDDLE_INITIAL] = 3, [HO_MIDDLE_DIFFERS] = -8};
    const uint8_t *level = c->level;
    double bits = c->rarity + MIDDLE[level[HO_FIELD_MIDDLE]];
    if (level[HO_FIELD_PHONE] == HO_PHONE_SLIP || level[HO_FIELD_ADDRESS] == HO_ADDRESS_NEAR)
        bits += 6;
    bool whole = level[HO_FIELD_GIVEN] == HO_GIVEN_EQUAL && level[HO_FIELD_SURNAME] == HO_SURNAME_EQUAL && !c->swapped;
    bits -= whole ? 0 : c->shuffled ? 4 : 1;
    return level[HO_FIELD_IDENTIFIER] == HO_IDENTIFIER_DIFFERS ? bits - 8 : bits;
}

// Of forty million Californians a name of 20 bits leaves forty, whom their birth dates tell apart.
enum { RARE_BITS = 20 };

// Below it a name is borne by so many that the same birth date is no surprise: a hundred of a million, a few of a
// small roster.
static double doubtful_bits(const struct ho_roster_index *index)
{
    enum { MOST = 13, BELOW_UNIQUE = 4 };
    return fmin(MOST, log2((double)ho_roster_index_size(index) + 1) - BELOW_UNIQUE);
}

// Something besides name and birth date says that it is the same person.
static bool is_supported(const struct ho_comparison *c, const struct stand *s)
{
    if (s->number_good || s->home)
        return true;
    return s->birth_equal && s->given_good && s->surname_good && rarity_of(c) >= RARE_BITS;
}

static bool given_is_safe(const struct ho_comparison *c, const struct stand *s)
{
    if (s->given_good)
        return true;
    bool near = s->birth_equal || s->birth_near;
    if (s->given_weak && s->number_good && near && s->surname_good)
        return true;
    bool initial = c->level[HO_FIELD_GIVEN] == HO_GIVEN_INITIAL;
    return (c->crossed || initial) && s->birth_equal && s->surname_good && s->home;
}

// Twins share it, relatives share it, and people marry.
static bool surname_is_safe(const struct ho_comparison *c, const struct stand *s)
{
    if (s->surname_good)
        return true;
    bool one_line = s->birth_equal && c->level[HO_FIELD_GIVEN] == HO_GIVEN_EQUAL && s->home;
    return s->given_good && (s->number_good || one_line || s->house);
}

static bool birth_is_safe(const struct ho_comparison *c, const struct stand *s)
{
    if (s->birth_equal)
        return true;
    // Father and son of one name share a house, but seldom a card: the number with both names stands for the date.
    if (c->level[HO_FIELD_BIRTH_DATE] == HO_BIRTH_MISSING)
        return s->number_good && s->given_good && s->surname_good;
    return s->birth_near && (s->home || s->number_good);
}

static bool sex_may_be_wrong(const struct ho_comparison *c, const struct stand *s)
{
    if (s->birth_equal)
        return s->given_good && (s->home || s->number_good);
    return s->birth_near && c->level[HO_FIELD_GIVEN] == HO_GIVEN_EQUAL && (s->house || s->number_good);
}

// Twins and cousins share a common first name and are told apart by the second.
static bool middle_may_be_wrong(const struct question *q, const struct ho_comparison *c, const struct stand *s)
{
    if (!s->given_good || !s->birth_equal)
        return false;
    double usual = ho_roster_bits(q->index, HO_FIELD_GIVEN, HO_GIVEN_EQUAL);
    bool uncommon = (double)c->bits[HO_FIELD_GIVEN] >= usual && c->level[HO_FIELD_GIVEN] == HO_GIVEN_EQUAL;
    return s->number_good || (uncommon && s->surname_good && s->home);
}

static unsigned guards_of(const struct question *q, const struct ho_comparison *c)
{
    struct stand s = stand_of(q, c);
    const uint8_t *level = c->level;
    unsigned guards = 0;
    if (!given_is_safe(c, &s))
        guards |= level[HO_FIELD_GIVEN] == HO_GIVEN_MISSING ? GUARD_MISSING : GUARD_GIVEN;
    if (!birth_is_safe(c, &s))
        guards |= level[HO_FIELD_BIRTH_DATE] == HO_BIRTH_MISSING ? GUARD_MISSING : GUARD_BIRTH;
    if (!surname_is_safe(c, &s))
        guards |= GUARD_SURNAME;
    if (level[HO_FIELD_MIDDLE] == HO_MIDDLE_DIFFERS && !middle_may_be_wrong(q, c, &s))
        guards |= GUARD_MIDDLE;
    if (level[HO_FIELD_SUFFIX] == HO_SUFFIX_DIFFERS ||
        (level[HO_FIELD_SUFFIX] == HO_SUFFIX_ONE_SIDED && !s.birth_equal))
        guards |= GUARD_SUFFIX;
    if (level[HO_FIELD_SEX] == HO_SEX_DIFFERS && !sex_may_be_wrong(c, &s))
        guards |= GUARD_SEX;
    if (!is_supported(c, &s))
        guards |= GUARD_SUPPORT;
    return guards;
}

// ---- What a person should look at ------------------------------------------------------------------------------

static int years_between(uint32_t a, uint32_t b)
{
    return abs((int)(a / 10000) - (int)(b / 10000));
}

// The number is the member's: a card lent to a relative, or a child under the mother's, is told by given name and birth
// date; where both are another's, nothing is left to ask.
static bool card_is_doubtful(const struct ho_comparison *c)
{
    bool other_birth = c->level[HO_FIELD_BIRTH_DATE] == HO_BIRTH_DIFFERS;
    return !(c->level[HO_FIELD_GIVEN] >= HO_GIVEN_SIMILAR && other_birth);
}

static bool is_plausible(const struct question *q, const struct ho_comparison *c, const struct ho_member_view *member)
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
        return s.given_good && s.surname_good && s.home &&
               years_between(q->asked.traits.birth_date, member->traits.birth_date) < 12;
    if (!s.home && s.birth_equal && s.given_good)
        return rarity_of(c) >= doubtful_bits(q->index);
    return true;
}

// A newborn without a name: only an infant of the very birth date and household.
static void judge_baby(const struct question *q, struct candidate *c)
{
    struct stand s = stand_of(q, &c->comparison);
    c->guards = (c->guards & ~(unsigned)(GUARD_MISSING | GUARD_GIVEN)) | GUARD_BABY;
    bool infant = s.birth_equal && s.home && s.surname_good && c->comparison.level[HO_FIELD_SEX] != HO_SEX_DIFFERS;
    bool young = !q->asked_by->day || q->asked.traits.birth_date + 10000 > q->asked_by->day;
    if (infant && young && q->asked.traits.baby)
        c->guards &= ~(unsigned)GUARD_BABY;
    c->plausible = infant;
}

static bool is_ruled_out(const struct question *q, const char *member_id)
{
    for (size_t i = 0; i < q->asked_by->n_ruled_out; i++)
        if (strcmp(q->asked_by->ruled_out[i], member_id) == 0)
            return true;
    return false;
}

// Another's names altogether, and no telephone in common: nobody to look at closely, whatever else agrees.
static bool has_other_names(const struct question *q, const struct ho_member_view *member,
                            const struct ho_comparison *c)
{
    return c->level[HO_FIELD_GIVEN] == HO_GIVEN_DIFFERS && c->level[HO_FIELD_SURNAME] == HO_SURNAME_DIFFERS &&
           !(q->family_phone && q->asked.traits.phone == member->traits.phone);
}

// Fills in what the names, which are compared already, leave open.
static void judge(const struct question *q, const struct ho_member_view *member, struct candidate *out)
{
    ho_match_rest_of(&q->asked, member, &out->comparison);
    ho_match_score(q->index, &q->asked, member, &out->comparison);
    out->guards = guards_of(q, &out->comparison);
    out->plausible = is_plausible(q, &out->comparison, member);
    if (q->asked.traits.baby || member->traits.baby)
        judge_baby(q, out);
    if (is_ruled_out(q, member->member_id)) {
        out->guards |= GUARD_RULED_OUT;
        out->plausible = false;
    }
}

// ---- Ranking ---------------------------------------------------------------------------------------------------

// A better candidate first; equal ones in the order of their ids, so that the roster's order does not show.
static bool is_better(const struct candidate *a, const struct candidate *b)
{
    if (a->comparison.score != b->comparison.score)
        return a->comparison.score > b->comparison.score;
    return strcmp(a->member_id, b->member_id) < 0;
}

struct ranking {
    struct candidate best[HO_MATCH_CANDIDATES];
    size_t n;
};

static void rank(struct ranking *ranking, const struct candidate *c)
{
    size_t i = ranking->n;
    if (i == HO_MATCH_CANDIDATES && !is_better(c, &ranking->best[i - 1]))
        return;
    if (i == HO_MATCH_CANDIDATES)
        i--;
    else
        ranking->n++;
    for (; i > 0 && is_better(c, &ranking->best[i - 1]); i--)
        ranking->best[i] = ranking->best[i - 1];
    ranking->best[i] = *c;
}

// Of another birth date, telephone and house: nobody to look at closely, whatever the name.
static bool is_elsewhere(const struct question *q, uint32_t slot)
{
    const struct ho_traits *t = &q->asked.traits;
    struct ho_member_glance member = ho_roster_glance(q->index, slot);
    if (!t->birth_date || !member.birth_date || (q->family_phone && t->phone == member.phone))
        return false;
    return !(t->house && t->house == member.house) &&
           ho_match_birth_level(t->birth_date, member.birth_date) == HO_BIRTH_DIFFERS;
}

struct rankings {
    struct ranking linkable, plausible, others;
};

// False where a look at the names is enough, unless the look is to be `close`.
static bool judge_and_rank(const struct question *q, uint32_t slot, bool close, struct rankings *out)
{
    struct ho_member_view member;
    ho_roster_view(q->index, slot, &member);
    struct candidate c = {.slot = slot, .member_id = member.member_id};
    ho_match_names_of(q->index, &q->asked, &member, &c.comparison);
    if (!close && has_other_names(q, &member, &c.comparison))
        return false;
    judge(q, &member, &c);
    bool may_link = !c.guards && c.comparison.score >= ho_roster_weights(q->index)->link_bits;
    rank(may_link ? &out->linkable : c.plausible ? &out->plausible : &out->others, &c);
    return true;
}

// The hopeless are looked at only where there is nobody else, and then a few: to say who came nearest.
static void rank_all(const struct question *q, struct rankings *out)
{
    enum { HOPELESS_MAX = 8 };
    uint32_t hopeless[HOPELESS_MAX];
    size_t n_hopeless = 0;
    for (size_t i = 0; i < q->n_slots; i++) {
        bool numbered = i < q->n_numbered;
        bool judged = (numbered || !is_elsewhere(q, q->slots[i])) && judge_and_rank(q, q->slots[i], numbered, out);
        if (!judged && n_hopeless < HOPELESS_MAX)
            hopeless[n_hopeless++] = q->slots[i];
    }
    bool nobody = !out->linkable.n && !out->plausible.n && !out->others.n;
    for (size_t i = 0; nobody && q->asked_by->in_full && i < n_hopeless; i++)
        judge_and_rank(q, hopeless[i], true, out);
}

// ---- Explanation -------------------------------------------------------------------------------------------------

static const char *explain(struct ho_arena *arena, const struct candidate *c)
{
    char text[1200];
    size_t n = (size_t)snprintf(text, sizeof text, "{\"score\":%.1f,\"fields\":{", c->comparison.score);
    for (int f = 0; f < HO_MATCH_FIELDS; f++) {
        enum ho_match_field field = (enum ho_match_field)f;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\"%s\":[\"%s\",%.1f]", f ? "," : "",
                              ho_match_field_name(field), ho_match_level_name(field, c->comparison.level[f]),
                              (double)c->comparison.bits[f]);
    }
    n += (size_t)snprintf(text + n, sizeof text - n, "},\"swapped\":%s,\"rarity\":%.1f,\"guards\":[",
                          c->comparison.swapped ? "true" : "false", c->comparison.rarity);
    const char *between_them = "";
    for (int g = 0; g < GUARDS; g++)
        if (c->guards >> g & 1) {
            n += (size_t)snprintf(text + n, sizeof text - n, "%s\"%s\"", between_them, GUARD_NAMES[g]);
            between_them = ",";
        }
    snprintf(text + n, sizeof text - n, "]}");
    return ho_arena_text(arena, ho_bytes_of(text));
}

static void answer(struct question *q, enum ho_match_verdict verdict, const char *reason, const struct ranking *ranking,
                   struct ho_match *out)
{
    *out = (struct ho_match){.verdict = verdict, .reason = reason, .n_candidates = ranking->n};
    for (size_t i = 0; i < ranking->n; i++) {
        const struct candidate *c = &ranking->best[i];
        bool told = i == 0 || verdict == HO_MATCH_REVIEW;
        out->candidates[i] =
            (struct ho_match_candidate){c->member_id, c->comparison.score, told ? explain(q->arena, c) : "{}"};
    }
    if (ranking->n) {
        out->score = out->candidates[0].score;
        out->why = ho_arena_printf(q->arena, "{\"rule\":\"%s\",\"best\":%s}", reason, out->candidates[0].why);
    } else {
        out->why = ho_arena_printf(q->arena, "{\"rule\":\"%s\"}", reason);
    }
    out->nearest = out->candidates[0];
    if (verdict == HO_MATCH_MATCHED)
        out->member_id = out->candidates[0].member_id;
}

// Of those who are no candidates.
static void name_nearest(struct question *q, const struct candidate *c, struct ho_match *out)
{
    out->nearest = (struct ho_match_candidate){c->member_id, c->comparison.score, "{}"};
    out->score = c->comparison.score;
    if (!q->asked_by->in_full)
        return;
    out->nearest.why = explain(q->arena, c);
    out->why = ho_arena_printf(q->arena, "{\"rule\":\"%s\",\"best\":%s}", out->reason, out->nearest.why);
}

// ---- The verdict ------------------------------------------------------------------------------------------------

// Somebody else whom it might as well be.
static bool has_rival(const struct candidate *best, const struct ranking *linkable, const struct ranking *plausible)
{
    enum { GAP_BITS = 9 };
    if (linkable->n > 1)
        return true;
    for (size_t i = 0; i < plausible->n; i++) {
        const struct candidate *c = &plausible->best[i];
        bool told_apart = c->guards & (GUARD_GIVEN | GUARD_BIRTH);
        if (!told_apart && c->comparison.score > best->comparison.score - GAP_BITS)
            return true;
    }
    return false;
}

static bool is_namesake(const struct question *q, const struct candidate *c)
{
    struct stand s = stand_of(q, &c->comparison);
    return s.given_good && s.surname_good && s.birth_equal;
}

static bool is_sparse(const struct ho_traits *t)
{
    return !t->given.n || !t->birth_date || !ho_date_is_possible(t->birth_date);
}

static const char *rule_of(const struct candidate *c)
{
    if (c->comparison.level[HO_FIELD_IDENTIFIER] == HO_IDENTIFIER_EQUAL)
        return "identifier-confirmed";
    if (c->comparison.level[HO_FIELD_PHONE] == HO_PHONE_EQUAL ||
        c->comparison.level[HO_FIELD_ADDRESS] == HO_ADDRESS_EQUAL)
        return "name-birth-date-household";
    return "rare-name-birth-date";
}

static void merge(struct ranking *into, const struct ranking *from)
{
    for (size_t i = 0; i < from->n; i++)
        rank(into, &from->best[i]);
}

static void decide(struct question *q, struct ho_match *out)
{
    struct rankings rankings = {.linkable = {.n = 0}, .plausible = {.n = 0}, .others = {.n = 0}};
    struct ranking *linkable = &rankings.linkable, *plausible = &rankings.plausible, *others = &rankings.others;
    rank_all(q, &rankings);
    const struct ranking nobody = {.n = 0};
    if (q->asked.traits.test) {
        answer(q, HO_MATCH_NON_MEMBER, "test-name", &nobody, out);
        return;
    }
    if (linkable->n) {
        const struct candidate *best = &linkable->best[0];
        const char *doubt = has_rival(best, linkable, plausible) ? "not-unique"
                            : q->too_common && best->comparison.level[HO_FIELD_IDENTIFIER] != HO_IDENTIFIER_EQUAL
                                ? "too-common"
                                : NULL;
        const char *rule = rule_of(best);
        if (doubt)
            merge(linkable, plausible);
        answer(q, doubt ? HO_MATCH_REVIEW : HO_MATCH_MATCHED, doubt ? doubt : rule, linkable, out);
    } else if (is_sparse(&q->asked.traits) && !q->asked.traits.baby) {
        answer(q, HO_MATCH_HELD, "sparse", plausible, out);
        if (!plausible->n && others->n)
            name_nearest(q, &others->best[0], out);
    } else if (q->too_common && others->n && !plausible->n && is_namesake(q, &others->best[0])) {
        answer(q, HO_MATCH_REVIEW, "too-common", others, out);
    } else if (plausible->n) {
        answer(q, HO_MATCH_REVIEW, q->too_common ? "too-common" : "undecided", plausible, out);
    } else {
        answer(q, HO_MATCH_NON_MEMBER, others->n ? "no-likely-candidate" : "no-candidate", plausible, out);
        if (others->n)
            name_nearest(q, &others->best[0], out);
    }
}

void ho_match_decide(struct ho_arena *arena, const struct ho_roster_index *index,
                     const struct ho_match_question *question, struct ho_match *out)
{
    struct question q;
    read_question(&q, arena, index, question);
    find_candidates(&q);
    decide(&q, out);
}

enum ho_match_stand ho_match_compare(struct ho_arena *arena, const struct ho_roster_index *index,
                                     const struct ho_match_question *question, const char *member_id,
                                     struct ho_match_candidate *out)
{
    *out = (struct ho_match_candidate){0};
    uint32_t slot = ho_roster_slot(index, member_id);
    if (!slot)
        return HO_STAND_UNKNOWN;
    struct question q;
    struct ho_member_view member;
    struct candidate c;
    read_question(&q, arena, index, question);
    ho_roster_view(index, slot, &member);
    c = (struct candidate){.slot = slot, .member_id = member.member_id};
    ho_match_names_of(index, &q.asked, &member, &c.comparison);
    judge(&q, &member, &c);
    *out = (struct ho_match_candidate){c.member_id, c.comparison.score, explain(arena, &c)};
    uint8_t given = c.comparison.level[HO_FIELD_GIVEN], birth = c.comparison.level[HO_FIELD_BIRTH_DATE];
    if (given == HO_GIVEN_DIFFERS || birth == HO_BIRTH_DIFFERS)
        return HO_STAND_CONTRADICTS;
    return given == HO_GIVEN_MISSING || birth == HO_BIRTH_MISSING ? HO_STAND_OPEN : HO_STAND_AGREES;
}

void ho_match_patterns_add(struct ho_match_patterns *patterns, const struct ho_roster_index *index,
                           const struct ho_match_question *question)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct question q;
    read_question(&q, arena, index, question);
    find_candidates(&q);
    for (size_t i = 0; i < q.n_slots; i++) {
        struct ho_member_view member;
        struct ho_comparison comparison;
        ho_roster_view(index, q.slots[i], &member);
        ho_match_levels_of(index, &q.asked, &member, &comparison);
        ho_match_patterns_count(patterns, comparison.level);
    }
    ho_arena_free(arena);
}

void ho_match_patterns_add_chance(struct ho_match_patterns *patterns, const struct ho_roster_index *index,
                                  const struct ho_match_question *question, uint64_t seed, size_t n)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct question q;
    read_question(&q, arena, index, question);
    for (size_t i = 0; i < n; i++) {
        struct ho_member_view member;
        struct ho_comparison comparison;
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        if (!ho_roster_view_any(index, seed >> 32, &member))
            continue;
        ho_match_levels_of(index, &q.asked, &member, &comparison);
        ho_match_patterns_count(patterns, comparison.level);
    }
    ho_arena_free(arena);
}

const char *ho_match_verdict_name(enum ho_match_verdict verdict)
{
    static const char *const NAMES[] = {
        [HO_MATCH_NON_MEMBER] = "non-member",
        [HO_MATCH_HELD] = "held",
        [HO_MATCH_REVIEW] = "review",
        [HO_MATCH_MATCHED] = "matched",
    };
    return NAMES[verdict];
}
