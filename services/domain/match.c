// From a question to a verdict: the candidates ranked, the best one explained.
#include "match_internal.h"

#include <stdio.h>

// ---- Ranking ---------------------------------------------------------------------------------------------------

// A better candidate first; equal ones in the order of their ids, so that the roster's order does not show.
static bool is_better(const struct ho_candidate *a, const struct ho_candidate *b)
{
    if (a->comparison.score != b->comparison.score)
        return a->comparison.score > b->comparison.score;
    return strcmp(a->member_id, b->member_id) < 0;
}

struct ranking {
    struct ho_candidate best[HO_MATCH_CANDIDATES];
    size_t n;
};

static void rank(struct ranking *ranking, const struct ho_candidate *c)
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

struct rankings {
    struct ranking linkable, plausible, others;
};

// False where a look at the names is enough, unless the look is to be `close`.
static bool judge_and_rank(const struct ho_question *q, uint32_t slot, bool close, struct rankings *out)
{
    struct ho_member_view member;
    ho_roster_view(q->index, slot, &member);
    struct ho_candidate c = {.member_id = member.member_id};
    ho_match_names_of(q->index, &q->asked, &member, &c.comparison);
    if (!close && ho_candidate_has_other_names(q, &member, &c.comparison))
        return false;
    ho_candidate_judge(q, &member, &c);
    bool may_link = !c.guards && c.comparison.score >= ho_roster_weights(q->index)->link_bits;
    rank(may_link ? &out->linkable : c.plausible ? &out->plausible : &out->others, &c);
    return true;
}

// The hopeless are looked at only where there is nobody else, and then a few: to say who came nearest.
static void rank_all(const struct ho_question *q, struct rankings *out)
{
    enum { HOPELESS_MAX = 8 };
    uint32_t hopeless[HOPELESS_MAX];
    size_t n_hopeless = 0;
    for (size_t i = 0; i < q->n_slots; i++) {
        bool numbered = i < q->n_numbered;
        bool judged =
            (numbered || !ho_candidate_is_elsewhere(q, q->slots[i])) && judge_and_rank(q, q->slots[i], numbered, out);
        if (!judged && n_hopeless < HOPELESS_MAX)
            hopeless[n_hopeless++] = q->slots[i];
    }
    bool nobody = !out->linkable.n && !out->plausible.n && !out->others.n;
    for (size_t i = 0; nobody && q->asked_by->in_full && i < n_hopeless; i++)
        judge_and_rank(q, hopeless[i], true, out);
}

// A trial on a small roster need not trust the blocks.
static void rank_everybody(const struct ho_question *q, struct rankings *out)
{
    enum { SMALL = 10000 };
    if (!q->asked_by->in_full || out->linkable.n || ho_roster_index_size(q->index) > SMALL)
        return;
    *out = (struct rankings){.linkable = {.n = 0}};
    for (uint32_t slot = 1; slot < ho_roster_slots(q->index); slot++)
        if (ho_roster_has(q->index, slot))
            judge_and_rank(q, slot, true, out);
}

// ---- Explanation -------------------------------------------------------------------------------------------------

static const char *explain(struct ho_arena *arena, const struct ho_candidate *c)
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
    for (int g = 0; g < HO_GUARDS; g++)
        if (c->guards >> g & 1) {
            n += (size_t)snprintf(text + n, sizeof text - n, "%s\"%s\"", between_them, ho_guard_names[g]);
            between_them = ",";
        }
    snprintf(text + n, sizeof text - n, "]}");
    return ho_arena_text(arena, ho_bytes_of(text));
}

static void answer(struct ho_question *q, enum ho_match_verdict verdict, const char *reason,
                   const struct ranking *ranking, struct ho_match *out)
{
    *out = (struct ho_match){.verdict = verdict, .reason = reason, .n_candidates = ranking->n};
    for (size_t i = 0; i < ranking->n; i++) {
        const struct ho_candidate *c = &ranking->best[i];
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
static void name_nearest(struct ho_question *q, const struct ho_candidate *c, struct ho_match *out)
{
    out->nearest = (struct ho_match_candidate){c->member_id, c->comparison.score, "{}"};
    out->score = c->comparison.score;
    if (!q->asked_by->in_full)
        return;
    out->nearest.why = explain(q->arena, c);
    out->why = ho_arena_printf(q->arena, "{\"rule\":\"%s\",\"best\":%s}", out->reason, out->nearest.why);
}

// ---- The verdict ------------------------------------------------------------------------------------------------

// Both of a house are members, and the name that was told may be short for either: Preet for Gurpreet, and Harpreet.
static bool is_twin_alike(const struct ho_candidate *best, const struct ho_candidate *other)
{
    uint8_t given = other->comparison.level[HO_FIELD_GIVEN];
    uint8_t best_given = best->comparison.level[HO_FIELD_GIVEN];
    bool numbered = best->comparison.level[HO_FIELD_IDENTIFIER] == HO_IDENTIFIER_EQUAL && best_given < HO_GIVEN_SIMILAR;
    return best_given != HO_GIVEN_EQUAL && given == HO_GIVEN_SIMILAR && !numbered &&
           other->comparison.level[HO_FIELD_BIRTH_DATE] == HO_BIRTH_EQUAL;
}

// Juan is a member, and so is his twin John.
static bool is_named_apart(const struct ho_candidate *best, const struct ho_candidate *other)
{
    return best->comparison.level[HO_FIELD_GIVEN] == HO_GIVEN_EQUAL &&
           other->comparison.level[HO_FIELD_GIVEN] >= HO_GIVEN_INITIAL;
}

// Somebody else whom it might as well be.
static bool has_rival(const struct ho_candidate *best, const struct ranking *linkable, const struct ranking *plausible)
{
    enum { GAP_BITS = 9 };
    for (size_t i = 1; i < linkable->n; i++)
        if (!is_named_apart(best, &linkable->best[i]))
            return true;
    for (size_t i = 0; i < plausible->n; i++) {
        const struct ho_candidate *c = &plausible->best[i];
        bool told_apart = c->guards & (HO_GUARD_GIVEN | HO_GUARD_BIRTH);
        if (is_twin_alike(best, c) || (!told_apart && c->comparison.score > best->comparison.score - GAP_BITS))
            return true;
    }
    return false;
}

static bool is_sparse(const struct ho_traits *t)
{
    return !t->given.n || !t->birth_date || !ho_date_is_possible(t->birth_date);
}

static const char *rule_of(const struct ho_candidate *c)
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

static void decide(struct ho_question *q, struct ho_match *out)
{
    struct rankings rankings = {.linkable = {.n = 0}, .plausible = {.n = 0}, .others = {.n = 0}};
    struct ranking *linkable = &rankings.linkable, *plausible = &rankings.plausible, *others = &rankings.others;
    rank_all(q, &rankings);
    rank_everybody(q, &rankings);
    if (linkable->n) {
        const struct ho_candidate *best = &linkable->best[0];
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
    } else if (q->too_common && others->n && !plausible->n && ho_candidate_is_namesake(q, &others->best[0])) {
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
    struct ho_question q;
    ho_question_read(&q, arena, index, question);
    if (q.asked.traits.test) {
        answer(&q, HO_MATCH_NON_MEMBER, "test-name", &(struct ranking){.n = 0}, out);
        return;
    }
    ho_question_find(&q);
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
    struct ho_question q;
    struct ho_member_view member;
    struct ho_candidate c;
    ho_question_read(&q, arena, index, question);
    ho_roster_view(index, slot, &member);
    c = (struct ho_candidate){.member_id = member.member_id};
    ho_match_names_of(index, &q.asked, &member, &c.comparison);
    ho_candidate_judge(&q, &member, &c);
    *out = (struct ho_match_candidate){c.member_id, c.comparison.score, explain(arena, &c)};
    uint8_t given = c.comparison.level[HO_FIELD_GIVEN], birth = c.comparison.level[HO_FIELD_BIRTH_DATE];
    if (given == HO_GIVEN_DIFFERS || birth == HO_BIRTH_DIFFERS)
        return given == HO_GIVEN_DIFFERS && birth == HO_BIRTH_DIFFERS ? HO_STAND_STRANGER : HO_STAND_CONTRADICTS;
    return given == HO_GIVEN_MISSING || birth == HO_BIRTH_MISSING ? HO_STAND_OPEN : HO_STAND_AGREES;
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
