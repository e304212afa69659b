#include "roster_index.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>

// ---- What is kept of a member -----------------------------------------------------------------------------

enum text { CINS, PLAN_ID, SURNAME, GIVEN, MIDDLE, STREET, UNIT, CITY, MEMBER_ID, TEXTS };

struct record {
    uint64_t phone;
    uint32_t birth_date, house, zip;
    char suffix, sex;
    bool baby;
    uint8_t bytes[MEMBER_ID]; // of each text but the last
    char texts[];             // each NUL-terminated, words of one parted by blanks
};
_Static_assert(HO_CINS_BYTES <= UINT8_MAX, "their length is a byte");

// ---- Postings: a hash table of buckets of a cache line, the full ones chained ------------------------------

enum { BUCKET = 10, GROWS_AT_PERCENT = 78, FIRST_BUCKETS = 256 };

struct bucket {
    uint32_t slot[BUCKET]; // 0 free; the used ones are in front
    uint16_t tag[BUCKET];
    uint32_t next; // in `overflow`, from 1
};
_Static_assert(sizeof(struct bucket) == 64, "a bucket is a cache line");

struct buckets {
    struct bucket *items;
    uint32_t n, capacity;
};

// ---- Counts of words: open addressing, by 32 bits of hash ---------------------------------------------------

struct count {
    uint32_t hash, n;
};

struct counts {
    struct count *items;
    uint32_t used, capacity; // a power of two
};

struct ho_roster_index {
    struct ho_match_weights weights;
    double bits[HO_MATCH_FIELDS][HO_MATCH_LEVELS_MAX];
    struct ho_words *words;
    struct ho_arena *scratch;
    struct record **records; // by slot; 0 is never used
    uint32_t n_slots, capacity;
    uint32_t *free_slots;
    uint32_t n_free, free_capacity;
    size_t n_live, n_postings, record_bytes;
    size_t whole; // members of the roster that this is a part of; 0 it is all
    struct buckets table, overflow;
    struct counts surnames, givens, names;
};

static void *allocate(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count, size);
    if (!p)
        abort(); // as arenas do: a restart reads the roster again
    return p;
}

// A look-up reads some thirty buckets at random places: of ordinary pages each would be another one to find first.
static struct bucket *new_buckets(size_t n)
{
    enum { HUGE_PAGE = 2 << 20 };
    size_t bytes = n * sizeof(struct bucket);
    bool large = bytes >= HUGE_PAGE;
    if (large)
        bytes = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE; // aligned_alloc takes whole pages alone
    struct bucket *items = aligned_alloc(large ? HUGE_PAGE : sizeof *items, bytes);
    if (!items)
        abort();
    if (large)
        (void)madvise(items, bytes, MADV_HUGEPAGE); // a wish: without it all is the same, and slower
    memset(items, 0, bytes);
    return items;
}

// ---- Counts -------------------------------------------------------------------------------------------------

static uint32_t hash_word(struct ho_bytes word)
{
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < word.n; i++)
        h = (h ^ word.p[i]) * 16777619U;
    h ^= h >> 16;
    h *= UINT32_C(0x85ebca6b);
    h ^= h >> 13;
    return h ? h : 1;
}

static uint32_t hash_pair(struct ho_bytes surname, struct ho_bytes given)
{
    uint32_t h = (hash_word(surname) * UINT32_C(0x9e3779b1)) ^ hash_word(given);
    h ^= h >> 15;
    return h ? h : 1;
}

static struct count *find_count(const struct counts *counts, uint32_t hash)
{
    uint32_t i = hash & (counts->capacity - 1);
    while (counts->items[i].hash && counts->items[i].hash != hash)
        i = (i + 1) & (counts->capacity - 1);
    return &counts->items[i];
}

static void grow_counts(struct counts *counts)
{
    struct counts old = *counts;
    counts->capacity = old.capacity ? old.capacity * 2 : 1024;
    counts->items = allocate(NULL, counts->capacity, sizeof *counts->items);
    memset(counts->items, 0, counts->capacity * sizeof *counts->items);
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.items[i].hash)
            *find_count(counts, old.items[i].hash) = old.items[i];
    free(old.items);
}

// Words that nobody bears any more keep their place: names come back.
static void count(struct counts *counts, uint32_t hash, int by)
{
    if (counts->used >= counts->capacity / 4 * 3)
        grow_counts(counts);
    struct count *c = find_count(counts, hash);
    if (!c->hash) {
        c->hash = hash;
        counts->used++;
    }
    c->n += (uint32_t)by;
}

static uint32_t counted(const struct counts *counts, uint32_t hash)
{
    return counts->capacity ? find_count(counts, hash)->n : 0;
}

static void count_names(struct ho_roster_index *index, const struct ho_traits *t, int by)
{
    for (uint32_t i = 0; i < t->surname.n; i++)
        count(&index->surnames, hash_word(t->surname.item[i]), by);
    for (uint32_t i = 0; i < t->given.n; i++)
        count(&index->givens, hash_word(t->given.item[i]), by);
    if (t->surname.n && t->given.n)
        count(&index->names, hash_pair(t->surname.item[0], t->given.item[0]), by);
}

uint32_t ho_roster_surname_count(const struct ho_roster_index *index, struct ho_bytes word)
{
    return counted(&index->surnames, hash_word(word));
}

uint32_t ho_roster_given_count(const struct ho_roster_index *index, struct ho_bytes word)
{
    return counted(&index->givens, hash_word(word));
}

uint32_t ho_roster_name_count(const struct ho_roster_index *index, struct ho_bytes surname, struct ho_bytes given)
{
    return counted(&index->names, hash_pair(surname, given));
}

// ---- Postings -------------------------------------------------------------------------------------------------

static struct bucket *bucket_of(const struct ho_roster_index *index, uint64_t hash)
{
    return &index->table.items[(hash >> 32) * index->table.n >> 32];
}

static uint16_t tag_of(uint64_t hash)
{
    return (uint16_t)hash;
}

static const struct bucket *next_bucket(const struct ho_roster_index *index, const struct bucket *bucket)
{
    return bucket->next ? &index->overflow.items[bucket->next] : NULL;
}

static uint32_t new_overflow(struct ho_roster_index *index)
{
    struct buckets *o = &index->overflow;
    if (o->n + 1 >= o->capacity) {
        uint32_t capacity = o->capacity ? o->capacity / 2 * 3 : 64;
        struct bucket *items = new_buckets(capacity);
        if (o->items)
            memcpy(items, o->items, (o->n + 1) * sizeof *items);
        free(o->items);
        o->items = items;
        o->capacity = capacity;
    }
    return ++o->n;
}

// A full bucket moves into the chain as it is, so that adding never walks it.
static void post(struct ho_roster_index *index, uint64_t hash, uint32_t slot)
{
    struct bucket *bucket = bucket_of(index, hash);
    if (bucket->slot[BUCKET - 1]) {
        uint32_t next = new_overflow(index);
        index->overflow.items[next] = *bucket;
        *bucket = (struct bucket){.next = next};
    }
    int i = 0;
    while (bucket->slot[i])
        i++;
    bucket->slot[i] = slot;
    bucket->tag[i] = tag_of(hash);
    index->n_postings++;
}

// The bucket's last entry takes the place; an empty one stays in the chain.
static bool unpost_from(struct bucket *bucket, uint16_t tag, uint32_t slot)
{
    int last = BUCKET;
    while (last > 0 && !bucket->slot[last - 1])
        last--;
    for (int i = 0; i < last; i++)
        if (bucket->slot[i] == slot && bucket->tag[i] == tag) {
            bucket->slot[i] = bucket->slot[last - 1];
            bucket->tag[i] = bucket->tag[last - 1];
            bucket->slot[last - 1] = 0;
            return true;
        }
    return false;
}

static void unpost(struct ho_roster_index *index, uint64_t hash, uint32_t slot)
{
    struct bucket *bucket = bucket_of(index, hash);
    while (bucket && !unpost_from(bucket, tag_of(hash), slot))
        bucket = bucket->next ? &index->overflow.items[bucket->next] : NULL;
    index->n_postings--;
}

void ho_roster_prefetch(const struct ho_roster_index *index, uint64_t hash)
{
    __builtin_prefetch(bucket_of(index, hash));
}

void ho_roster_prefetch_chain(const struct ho_roster_index *index, uint64_t hash)
{
    const struct bucket *bucket = bucket_of(index, hash);
    if (bucket->next)
        __builtin_prefetch(&index->overflow.items[bucket->next]);
}

size_t ho_roster_find(const struct ho_roster_index *index, uint64_t hash, uint32_t *slots, size_t max, bool *more)
{
    size_t n = 0;
    *more = false;
    for (const struct bucket *b = bucket_of(index, hash); b; b = next_bucket(index, b))
        for (int i = 0; i < BUCKET && b->slot[i]; i++)
            if (b->tag[i] == tag_of(hash)) {
                if (n == max) {
                    *more = true;
                    return n;
                }
                slots[n++] = b->slot[i];
            }
    return n;
}

// ---- Records ----------------------------------------------------------------------------------------------------

static void read_tokens(const char *text, size_t n, struct ho_tokens *out)
{
    const char *start = text, *end = text + n;
    out->n = 0;
    if (!n)
        return;
    for (const char *p = text; p <= end; p++)
        if (p == end || *p == ' ') {
            out->item[out->n++] = ho_bytes_from(start, (size_t)(p - start));
            start = p + 1;
        }
}

static void view_record(const struct record *record, struct ho_member_view *out)
{
    const char *text[TEXTS] = {record->texts};
    const uint8_t *bytes = record->bytes;
    for (int i = 0; i < MEMBER_ID; i++)
        text[i + 1] = text[i] + bytes[i] + 1;
    struct ho_traits *t = &out->traits;
    out->member_id = text[MEMBER_ID];
    out->cins = text[CINS];
    out->plan_id = text[PLAN_ID];
    read_tokens(text[SURNAME], bytes[SURNAME], &t->surname);
    read_tokens(text[GIVEN], bytes[GIVEN], &t->given);
    read_tokens(text[MIDDLE], bytes[MIDDLE], &t->middle);
    read_tokens(text[STREET], bytes[STREET], &t->street);
    t->unit = ho_bytes_from(text[UNIT], bytes[UNIT]);
    t->city = ho_bytes_from(text[CITY], bytes[CITY]);
    t->phone = record->phone;
    t->birth_date = record->birth_date;
    t->house = record->house;
    t->zip = record->zip;
    t->suffix = record->suffix;
    t->sex = record->sex;
    t->baby = record->baby;
    t->unnamed = t->test = false;
}

uint32_t ho_roster_slots(const struct ho_roster_index *index)
{
    return index->n_slots;
}

bool ho_roster_has(const struct ho_roster_index *index, uint32_t slot)
{
    return slot > 0 && slot < index->n_slots && index->records[slot];
}

struct ho_member_glance ho_roster_glance(const struct ho_roster_index *index, uint32_t slot)
{
    const struct record *record = index->records[slot];
    return (struct ho_member_glance){record->phone, record->birth_date, record->house, record->zip};
}

void ho_roster_prefetch_slot(const struct ho_roster_index *index, uint32_t slot)
{
    __builtin_prefetch(&index->records[slot]);
}

void ho_roster_prefetch_member(const struct ho_roster_index *index, uint32_t slot)
{
    __builtin_prefetch(index->records[slot]);
    __builtin_prefetch((const char *)index->records[slot] + 64);
}

void ho_roster_view(const struct ho_roster_index *index, uint32_t slot, struct ho_member_view *out)
{
    view_record(index->records[slot], out);
}

static struct ho_bytes text_of_tokens(struct ho_arena *arena, const struct ho_tokens *tokens)
{
    size_t n = 0;
    uint8_t *out = ho_arena_alloc(arena, (size_t)HO_TOKENS * 32);
    for (uint32_t i = 0; i < tokens->n; i++) {
        if (i)
            out[n++] = ' ';
        memcpy(out + n, tokens->item[i].p, tokens->item[i].n);
        n += tokens->item[i].n;
    }
    return ho_bytes_from(out, n);
}

static struct record *new_record(struct ho_roster_index *index, const struct ho_roster_entry *entry)
{
    struct ho_traits t;
    const struct ho_raw_person raw = {entry->surname, entry->given,   entry->middle, entry->suffix, entry->sex,
                                      entry->phone,   entry->address, entry->city,   entry->zip,    entry->birth_date};
    char cins[HO_CINS_BYTES], plan_id[HO_NUMBER_BYTES];
    const char *wrong; // told by those who read the roster
    ho_traits_read(index->scratch, index->words, &raw, &t);
    ho_cins_read(entry->cin, cins, &wrong);
    ho_number_read(entry->plan_id, plan_id);
    const struct ho_bytes texts[TEXTS] = {
        [MEMBER_ID] = ho_bytes_of(entry->member_id),
        [CINS] = ho_bytes_of(cins),
        [PLAN_ID] = ho_bytes_of(plan_id),
        [SURNAME] = text_of_tokens(index->scratch, &t.surname),
        [GIVEN] = text_of_tokens(index->scratch, &t.given),
        [MIDDLE] = text_of_tokens(index->scratch, &t.middle),
        [STREET] = text_of_tokens(index->scratch, &t.street),
        [UNIT] = t.unit,
        [CITY] = t.city,
    };
    size_t n = offsetof(struct record, texts);
    for (int i = 0; i < TEXTS; i++)
        n += texts[i].n + 1;
    struct record *record = allocate(NULL, n, 1);
    *record = (struct record){
        .phone = t.phone,
        .birth_date = ho_date_is_possible(t.birth_date) ? t.birth_date : 0,
        .house = t.house,
        .zip = t.zip,
        .suffix = t.suffix,
        .sex = t.sex,
        .baby = t.baby,
    };
    char *out = record->texts;
    for (int i = 0; i < TEXTS; i++) {
        if (texts[i].n)
            memcpy(out, texts[i].p, texts[i].n);
        out[texts[i].n] = 0;
        if (i < MEMBER_ID)
            record->bytes[i] = (uint8_t)texts[i].n; // at most HO_TOKENS words of HO_WORD_BYTES
        out += texts[i].n + 1;
    }
    index->record_bytes += n;
    return record;
}

// ---- The index ----------------------------------------------------------------------------------------------------

struct ho_roster_index *ho_roster_index_new(const struct ho_match_weights *weights)
{
    struct ho_roster_index *index = allocate(NULL, 1, sizeof *index);
    *index = (struct ho_roster_index){.weights = weights ? *weights : ho_match_weights_default};
    for (int f = 0; f < HO_MATCH_FIELDS; f++)
        for (int l = 1; l < ho_match_levels((enum ho_match_field)f); l++)
            index->bits[f][l] = log2(index->weights.level[f][l].m / index->weights.level[f][l].u);
    index->words = ho_words_new();
    index->scratch = ho_arena_new(0);
    index->table = (struct buckets){new_buckets(FIRST_BUCKETS), FIRST_BUCKETS, FIRST_BUCKETS};
    index->n_slots = 1;
    return index;
}

void ho_roster_index_free(struct ho_roster_index *index)
{
    if (!index)
        return;
    for (uint32_t i = 1; i < index->n_slots; i++)
        free(index->records[i]);
    free(index->records);
    free(index->free_slots);
    free(index->table.items);
    free(index->overflow.items);
    free(index->surnames.items);
    free(index->givens.items);
    free(index->names.items);
    ho_words_free(index->words);
    ho_arena_free(index->scratch);
    free(index);
}

static void post_all(struct ho_roster_index *index, uint32_t slot)
{
    struct ho_member_view view;
    struct ho_blocks blocks;
    ho_roster_view(index, slot, &view);
    ho_blocks_of_member(index->words, &view, &blocks);
    for (size_t i = 0; i < blocks.n; i++)
        post(index, blocks.hash[i], slot);
}

static void grow_table(struct ho_roster_index *index)
{
    uint32_t n = index->table.n / 2 * 3;
    free(index->table.items);
    index->table = (struct buckets){new_buckets(n), n, n};
    index->overflow.n = 0;
    index->n_postings = 0;
    for (uint32_t slot = 1; slot < index->n_slots; slot++)
        if (index->records[slot])
            post_all(index, slot);
}

static uint32_t take_slot(struct ho_roster_index *index)
{
    if (index->n_free)
        return index->free_slots[--index->n_free];
    if (index->n_slots >= index->capacity) {
        index->capacity = index->capacity ? index->capacity / 2 * 3 : 1024;
        index->records = allocate(index->records, index->capacity, sizeof(void *));
    }
    return index->n_slots++;
}

static void give_slot(struct ho_roster_index *index, uint32_t slot)
{
    if (index->n_free == index->free_capacity) {
        index->free_capacity = index->free_capacity ? index->free_capacity * 2 : 64;
        index->free_slots = allocate(index->free_slots, index->free_capacity, sizeof *index->free_slots);
    }
    index->free_slots[index->n_free++] = slot;
}

static const char *id_of(const struct record *record)
{
    const char *text = record->texts;
    for (int i = 0; i < MEMBER_ID; i++)
        text += record->bytes[i] + 1;
    return text;
}

uint32_t ho_roster_slot(const struct ho_roster_index *index, const char *member_id)
{
    enum { SAME_TAG_MAX = 64 };
    uint32_t slots[SAME_TAG_MAX];
    bool more;
    size_t n = ho_roster_find(index, ho_block_of_id(member_id), slots, SAME_TAG_MAX, &more);
    for (size_t i = 0; i < n; i++)
        if (strcmp(id_of(index->records[slots[i]]), member_id) == 0)
            return slots[i];
    return 0;
}

void ho_roster_index_put(struct ho_roster_index *index, const struct ho_roster_entry *entry)
{
    assert(entry->member_id && entry->member_id[0]);
    ho_roster_index_remove(index, entry->member_id);
    if (index->n_postings * 100 >= (size_t)index->table.n * BUCKET * GROWS_AT_PERCENT)
        grow_table(index);
    struct record *record = new_record(index, entry);
    uint32_t slot = take_slot(index);
    index->records[slot] = record;
    struct ho_member_view view;
    view_record(record, &view);
    count_names(index, &view.traits, 1);
    post_all(index, slot);
    index->n_live++;
    ho_arena_reset(index->scratch);
}

static size_t size_of_record(const struct record *record)
{
    const char *id = id_of(record);
    return (size_t)(id + strlen(id) + 1 - (const char *)record);
}

void ho_roster_index_remove(struct ho_roster_index *index, const char *member_id)
{
    uint32_t slot = ho_roster_slot(index, member_id);
    if (!slot)
        return;
    struct record *record = index->records[slot];
    struct ho_member_view view;
    struct ho_blocks blocks;
    view_record(record, &view);
    ho_blocks_of_member(index->words, &view, &blocks);
    for (size_t i = 0; i < blocks.n; i++)
        unpost(index, blocks.hash[i], slot);
    count_names(index, &view.traits, -1);
    index->record_bytes -= size_of_record(record);
    free(record);
    index->records[slot] = NULL;
    give_slot(index, slot);
    index->n_live--;
}

size_t ho_roster_index_size(const struct ho_roster_index *index)
{
    return index->n_live;
}

size_t ho_roster_index_bytes(const struct ho_roster_index *index)
{
    enum { HEAP_OVERHEAD = 16 };
    size_t counts = (size_t)index->surnames.capacity + index->givens.capacity + index->names.capacity;
    return sizeof *index + sizeof(struct bucket) * ((size_t)index->table.capacity + index->overflow.capacity) +
           counts * sizeof(struct count) + index->capacity * sizeof(void *) + index->record_bytes +
           index->n_live * HEAP_OVERHEAD + index->free_capacity * sizeof *index->free_slots;
}

void ho_roster_index_part_of(struct ho_roster_index *index, size_t members)
{
    index->whole = members;
}

bool ho_roster_is_part(const struct ho_roster_index *index)
{
    return index->whole > index->n_live;
}

size_t ho_roster_population(const struct ho_roster_index *index)
{
    return ho_roster_is_part(index) ? index->whole : index->n_live;
}

const struct ho_match_weights *ho_roster_weights(const struct ho_roster_index *index)
{
    return &index->weights;
}

double ho_roster_bits(const struct ho_roster_index *index, enum ho_match_field field, int level)
{
    return index->bits[field][level];
}

const struct ho_words *ho_roster_words(const struct ho_roster_index *index)
{
    return index->words;
}
