// What is asked: the person, read once, and the members who share a block.
#include "match_internal.h"

enum { PER_BLOCK_MAX = 128, SHARED_BY = 100, FAMILY = 8 };

// ---- Reading the question ------------------------------------------------------------------------------------

static void add_number(struct ho_question *q, const char *text)
{
    if (q->asked.n_numbers == HO_QUESTION_NUMBERS_MAX)
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

struct ho_raw_person ho_person_raw(const ho_person *p)
{
    return (struct ho_raw_person){p->surname, p->given,   p->middle, p->suffix, p->sex,
                                  p->phone,   p->address, p->city,   p->zip,    p->birth_date};
}

void ho_question_read(struct ho_question *q, struct ho_arena *arena, const struct ho_roster_index *index,
                      const struct ho_match_question *question)
{
    const ho_person *p = question->person;
    const struct ho_raw_person raw = ho_person_raw(p);
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
    uint32_t slots[512];
};
_Static_assert(HO_CANDIDATES_MAX < 512 * 3 / 4, "it never fills");

static bool see(struct seen *seen, uint32_t slot)
{
    uint32_t i = (slot * UINT32_C(0x9e3779b1)) >> 23;
    while (seen->slots[i]) {
        if (seen->slots[i] == slot)
            return false;
        i = (i + 1) & 511;
    }
    seen->slots[i] = slot;
    return true;
}

// Of those with the house number and a street like it: many in the same ZIP.
static bool lives_with_many(const struct ho_question *q, const uint32_t *slots, size_t n)
{
    size_t here = 0;
    for (size_t i = 0; n > SHARED_BY && i < n; i++)
        here += ho_roster_glance(q->index, slots[i]).zip == q->asked.traits.zip;
    return here > SHARED_BY;
}

void ho_question_find(struct ho_question *q)
{
    struct ho_blocks blocks;
    ho_blocks_of_question(ho_roster_words(q->index), &q->asked.traits, q->asked.numbers, q->asked.n_numbers,
                          q->asked_by->in_full, &blocks);
    for (size_t i = 0; i < blocks.n; i++)
        ho_roster_prefetch(q->index, blocks.hash[i]);
    for (size_t i = 0; i < blocks.n; i++)
        ho_roster_prefetch_chain(q->index, blocks.hash[i]);
    struct seen seen = {{0}};
    uint32_t slots[PER_BLOCK_MAX];
    for (size_t i = 0; i < blocks.n; i++) {
        bool more;
        size_t n = ho_roster_find(q->index, blocks.hash[i], slots, PER_BLOCK_MAX, &more);
        q->too_common = q->too_common || (more && blocks.telling[i]);
        if (i + 1 == blocks.phone) {
            q->family_phone = n <= FAMILY;
            q->shared_phone = n > SHARED_BY;
        }
        q->shared_house = q->shared_house || (i + 1 == blocks.home && lives_with_many(q, slots, n));
        for (size_t s = 0; s < n && q->n_slots < HO_CANDIDATES_MAX; s++)
            if (see(&seen, slots[s])) {
                ho_roster_prefetch_slot(q->index, slots[s]);
                q->slots[q->n_slots++] = slots[s];
            }
        if (i < blocks.n_numbers)
            q->n_numbered = q->n_slots;
    }
    for (size_t i = 0; i < q->n_slots; i++)
        ho_roster_prefetch_member(q->index, q->slots[i]);
}

// ---- Patterns, for training --------------------------------------------------------------------------------

void ho_match_patterns_add(struct ho_match_patterns *patterns, const struct ho_roster_index *index,
                           const struct ho_match_question *question)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_question q;
    ho_question_read(&q, arena, index, question);
    ho_question_find(&q);
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
    struct ho_question q;
    ho_question_read(&q, arena, index, question);
    for (size_t i = 0; i < n; i++) {
        struct ho_member_view member;
        struct ho_comparison comparison;
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t slot = (uint32_t)((seed >> 32) % ho_roster_slots(index));
        if (!ho_roster_has(index, slot))
            continue;
        ho_roster_view(index, slot, &member);
        ho_match_levels_of(index, &q.asked, &member, &comparison);
        ho_match_patterns_count(patterns, comparison.level);
    }
    ho_arena_free(arena);
}
