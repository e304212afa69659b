// Four chained hash tables over one array of members. Slot 0 is never used, so that 0 ends a chain.
#include "name.h"
#include "roster_index.h"

#include <assert.h>
#include <stdlib.h>

struct ho_roster_index {
    struct ho_roster_member *members;
    uint32_t n_slots, capacity; // used slots, the free ones among them included
    uint32_t free_slot;         // chain through next[HO_KEY_MEMBER]
    size_t n_live;
    uint32_t *buckets[HO_KEY_N];
    uint32_t n_buckets; // a power of two
};

enum { FIRST_CAPACITY = 1024, TEXT_SURNAME = 3, TEXT_GIVEN = 4, N_TEXTS = 5 };

static uint64_t hash_bytes(struct ho_bytes b)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < b.n; i++)
        h = (h ^ b.p[i]) * UINT64_C(0x100000001b3);
    return h ^ (h >> 32);
}

static uint64_t hash_date(uint32_t date)
{
    return ((uint64_t)date * UINT64_C(0x9e3779b97f4a7c15)) >> 20;
}

static void *allocate(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count, size);
    if (!p)
        abort(); // as arenas do: a restart reads the roster again
    return p;
}

const char *ho_roster_member_id(const struct ho_roster_member *member)
{
    return ho_roster_member_text(member, HO_KEY_MEMBER);
}

const char *ho_roster_member_text(const struct ho_roster_member *member, enum ho_roster_key key)
{
    assert(key < HO_KEY_BIRTH_DATE);
    return member->text + member->at[key];
}

const char *ho_roster_member_surname(const struct ho_roster_member *member)
{
    return member->text + member->at[TEXT_SURNAME];
}

const char *ho_roster_member_given(const struct ho_roster_member *member)
{
    return member->text + member->at[TEXT_GIVEN];
}

char ho_sex_letter(const char *sex)
{
    char c = sex ? (char)(sex[0] & ~0x20) : 0;
    return c == 'M' || c == 'F' || c == 'X' ? c : 0;
}

// The bucket of a member under a key; NULL where it has no value there.
static uint32_t *bucket_of(const struct ho_roster_index *index, const struct ho_roster_member *member,
                           enum ho_roster_key key)
{
    uint64_t hash;
    if (key == HO_KEY_BIRTH_DATE) {
        if (!member->birth_date)
            return NULL;
        hash = hash_date(member->birth_date);
    } else {
        struct ho_bytes text = ho_bytes_of(ho_roster_member_text(member, key));
        if (!text.n)
            return NULL;
        hash = hash_bytes(text);
    }
    return &index->buckets[key][hash & (index->n_buckets - 1)];
}

static void chain(struct ho_roster_index *index, uint32_t slot)
{
    struct ho_roster_member *member = &index->members[slot];
    for (enum ho_roster_key key = 0; key < HO_KEY_N; key++) {
        uint32_t *head = bucket_of(index, member, key);
        member->next[key] = head ? *head : 0;
        if (head)
            *head = slot;
    }
}

static void unchain(struct ho_roster_index *index, uint32_t slot)
{
    const struct ho_roster_member *member = &index->members[slot];
    for (enum ho_roster_key key = 0; key < HO_KEY_N; key++) {
        uint32_t *link = bucket_of(index, member, key);
        while (link && *link != slot)
            link = &index->members[*link].next[key];
        if (link)
            *link = member->next[key];
    }
}

static bool is_live(const struct ho_roster_member *member)
{
    return member->text != NULL;
}

static void rehash(struct ho_roster_index *index, uint32_t n_buckets)
{
    index->n_buckets = n_buckets;
    for (enum ho_roster_key key = 0; key < HO_KEY_N; key++) {
        index->buckets[key] = allocate(index->buckets[key], n_buckets, sizeof **index->buckets);
        memset(index->buckets[key], 0, n_buckets * sizeof **index->buckets);
    }
    for (uint32_t slot = 1; slot < index->n_slots; slot++)
        if (is_live(&index->members[slot]))
            chain(index, slot);
}

static uint32_t take_slot(struct ho_roster_index *index)
{
    uint32_t slot = index->free_slot;
    if (slot) {
        index->free_slot = index->members[slot].next[HO_KEY_MEMBER];
        return slot;
    }
    if (index->n_slots == index->capacity) {
        index->capacity *= 2;
        index->members = allocate(index->members, index->capacity, sizeof *index->members);
        rehash(index, index->capacity);
    }
    return index->n_slots++;
}

struct ho_roster_index *ho_roster_index_new(const struct ho_match_weights *weights)
{
    (void)weights;
    struct ho_roster_index *index = allocate(NULL, 1, sizeof *index);
    *index = (struct ho_roster_index){.n_slots = 1, .capacity = FIRST_CAPACITY};
    index->members = allocate(NULL, index->capacity, sizeof *index->members);
    rehash(index, index->capacity);
    return index;
}

void ho_roster_index_free(struct ho_roster_index *index)
{
    if (!index)
        return;
    for (uint32_t slot = 1; slot < index->n_slots; slot++)
        free(index->members[slot].text);
    for (enum ho_roster_key key = 0; key < HO_KEY_N; key++)
        free(index->buckets[key]);
    free(index->members);
    free(index);
}

const struct ho_roster_member *ho_roster_find_text(const struct ho_roster_index *index, enum ho_roster_key key,
                                                   struct ho_bytes value, uint32_t *cursor)
{
    uint32_t slot = *cursor ? index->members[*cursor].next[key] : 0;
    if (!*cursor && value.n)
        slot = index->buckets[key][hash_bytes(value) & (index->n_buckets - 1)];
    for (; slot; slot = index->members[slot].next[key])
        if (ho_bytes_is(value, ho_roster_member_text(&index->members[slot], key))) {
            *cursor = slot;
            return &index->members[slot];
        }
    return NULL;
}

const struct ho_roster_member *ho_roster_find_born(const struct ho_roster_index *index, uint32_t birth_date,
                                                   uint32_t *cursor)
{
    uint32_t slot = *cursor ? index->members[*cursor].next[HO_KEY_BIRTH_DATE] : 0;
    if (!*cursor && birth_date)
        slot = index->buckets[HO_KEY_BIRTH_DATE][hash_date(birth_date) & (index->n_buckets - 1)];
    for (; slot; slot = index->members[slot].next[HO_KEY_BIRTH_DATE])
        if (index->members[slot].birth_date == birth_date) {
            *cursor = slot;
            return &index->members[slot];
        }
    return NULL;
}

void ho_roster_index_remove(struct ho_roster_index *index, const char *member_id)
{
    uint32_t slot = 0;
    if (!ho_roster_find_text(index, HO_KEY_MEMBER, ho_bytes_of(member_id), &slot))
        return;
    unchain(index, slot);
    free(index->members[slot].text);
    index->members[slot] = (struct ho_roster_member){.next[HO_KEY_MEMBER] = index->free_slot};
    index->free_slot = slot;
    index->n_live--;
}

// One block with the texts of a member.
static void write_texts(struct ho_roster_member *member, const struct ho_bytes texts[N_TEXTS])
{
    size_t n = 0;
    for (int i = 0; i < N_TEXTS; i++) {
        member->at[i] = (uint32_t)n;
        n += texts[i].n + 1;
    }
    member->text = allocate(NULL, n, 1);
    for (int i = 0; i < N_TEXTS; i++) {
        if (texts[i].n)
            memcpy(member->text + member->at[i], texts[i].p, texts[i].n);
        member->text[member->at[i] + texts[i].n] = 0;
    }
}

void ho_roster_index_put(struct ho_roster_index *index, const struct ho_roster_entry *entry)
{
    assert(entry->member_id && entry->member_id[0]);
    ho_roster_index_remove(index, entry->member_id);
    struct ho_arena *arena = ho_arena_new(1024);
    struct ho_bytes texts[N_TEXTS] = {
        [HO_KEY_MEMBER] = ho_bytes_of(entry->member_id),  [HO_KEY_CIN] = ho_bytes_of(entry->cin),
        [HO_KEY_PLAN] = ho_bytes_of(entry->plan_id),      [TEXT_SURNAME] = ho_name_fold(arena, entry->surname),
        [TEXT_GIVEN] = ho_name_fold(arena, entry->given),
    };
    uint32_t slot = take_slot(index);
    struct ho_roster_member *member = &index->members[slot];
    *member = (struct ho_roster_member){.birth_date = entry->birth_date, .sex = ho_sex_letter(entry->sex)};
    write_texts(member, texts);
    chain(index, slot);
    index->n_live++;
    ho_arena_free(arena);
}

size_t ho_roster_index_size(const struct ho_roster_index *index)
{
    return index->n_live;
}
