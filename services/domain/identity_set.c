// Identities stand in an array, found by their ids; union and find joins them to clusters, whose members hang on their
// roots as lists. The stored clusters say which stored events are needed; then the clusters are made anew from what
// ties the pairs, and what a cluster says is worked out for those that changed, until no pair joins any more.
#include "identity_internal.h"

#include <assert.h>
#include <stdlib.h>

struct word {
    const char *member_id;
    enum ho_identity_word word;
    struct word *next;
};

enum { NONE = 0 }; // else a number counts from 1

struct node {
    struct ho_identity about;
    size_t parent;                    // itself: a root
    size_t next_of_cluster;           // NONE: the last
    size_t last;                      // roots: of the cluster
    size_t next_of_id;                // NONE: the last
    size_t pairs;                     // the first of those whose lesser one it is
    struct word *words;               // its own
    struct ho_identity_event *events; // its own
    bool stored;
    bool moved;        // some event moves something of it, or is of it and moves something: all that is linked is there
    bool number_moved; // by some event that is there
    bool known_before, firm_before; // as stored
    bool known, firm, kept;         // roots: as decided
    bool given;                     // roots: something of it, to a member, as is not stored yet
    bool anchored;                  // roots: members are or were named, by people or for good
    bool dirty, wanted;
};

struct pair {
    struct ho_identity_pair about;
    bool link_stood; // as stored
    size_t next_of_a;
};

struct node_list {
    struct node *items;
    size_t n, capacity;
};

struct pair_list {
    struct pair *items;
    size_t n, capacity;
};

struct event_list {
    struct ho_identity_event **items;
    size_t n, capacity;
};

struct ho_identity_set {
    struct ho_arena *arena;
    const struct ho_roster_index *index;
    struct node_list nodes;
    struct pair_list pairs;
    struct event_list events;
    size_t *buckets; // heads of chains through next_of_id
    size_t n_buckets;
    struct ho_identity *items; // decided
    struct ho_identity_pair *said;
};

enum { FIRST_BUCKETS = 64 };

// ---- Building ------------------------------------------------------------------------------------------

struct ho_identity_set *ho_identity_set_new(struct ho_arena *arena, const struct ho_roster_index *index)
{
    struct ho_identity_set *set = ho_arena_alloc(arena, sizeof *set);
    set->arena = arena;
    set->index = index;
    set->n_buckets = FIRST_BUCKETS;
    set->buckets = ho_arena_array(arena, set->n_buckets, sizeof *set->buckets);
    return set;
}

// The ids are digests: any of their bits are as good as a hash.
static size_t *bucket_of(const struct ho_identity_set *set, int64_t id)
{
    return &set->buckets[(uint64_t)id & (set->n_buckets - 1)];
}

static struct node *find_node(const struct ho_identity_set *set, int64_t id)
{
    for (size_t at = *bucket_of(set, id); at; at = set->nodes.items[at - 1].next_of_id)
        if (set->nodes.items[at - 1].about.id == id)
            return &set->nodes.items[at - 1];
    return NULL;
}

static void stand_alone(struct node *node, size_t number)
{
    node->parent = node->last = number;
    node->next_of_cluster = NONE;
    node->anchored = node->words != NULL;
    node->dirty = true;
}

static void chain(struct ho_identity_set *set, size_t number)
{
    struct node *node = &set->nodes.items[number];
    size_t *head = bucket_of(set, node->about.id);
    node->next_of_id = *head;
    *head = number + 1;
}

static void grow_buckets(struct ho_identity_set *set)
{
    set->n_buckets *= 4;
    set->buckets = ho_arena_array(set->arena, set->n_buckets, sizeof *set->buckets);
    for (size_t i = 0; i < set->nodes.n; i++)
        chain(set, i);
}

static struct node *root_of(const struct ho_identity_set *set, struct node *node)
{
    struct node *items = set->nodes.items;
    while (node->parent != (size_t)(node - items)) {
        node->parent = items[node->parent].parent; // halves the way
        node = &items[node->parent];
    }
    return node;
}

static struct node *root_of_id(const struct ho_identity_set *set, int64_t id)
{
    struct node *node = find_node(set, id);
    assert(node); // was added
    return root_of(set, node);
}

static struct node *next_of(const struct ho_identity_set *set, const struct node *node)
{
    return node->next_of_cluster == NONE ? NULL : &set->nodes.items[node->next_of_cluster - 1];
}

// The least id is the root.
static void join(struct ho_identity_set *set, struct node *a, struct node *b)
{
    if (b->about.id < a->about.id) {
        join(set, b, a);
        return;
    }
    b->parent = a->parent;
    set->nodes.items[a->last].next_of_cluster = (size_t)(b - set->nodes.items) + 1;
    a->last = b->last;
    a->anchored |= b->anchored;
    a->dirty = true;
}

void ho_identity_set_add(struct ho_identity_set *set, int64_t id, int64_t cluster, bool stored)
{
    if (find_node(set, id))
        return;
    if (set->nodes.n >= set->n_buckets)
        grow_buckets(set);
    struct node *node = ho_arena_push(set->arena, &set->nodes, sizeof *node);
    size_t number = set->nodes.n - 1;
    node->about = (struct ho_identity){.id = id, .cluster = cluster, .joined = cluster};
    node->stored = stored;
    stand_alone(node, number);
    chain(set, number);
    if (cluster == id)
        return;
    ho_identity_set_add(set, cluster, cluster, stored);
    join(set, root_of_id(set, cluster), &set->nodes.items[number]); // the array may have moved
}

bool ho_identity_set_has(const struct ho_identity_set *set, int64_t id)
{
    return find_node(set, id) != NULL;
}

void ho_identity_set_move(struct ho_identity_set *set, int64_t id)
{
    struct node *node = find_node(set, id);
    assert(node); // was added
    node->moved = true;
}

void ho_identity_set_say(struct ho_identity_set *set, int64_t id, const char *member_id, enum ho_identity_word said)
{
    struct node *node = find_node(set, id);
    struct word *word = ho_arena_alloc(set->arena, sizeof *word);
    assert(node); // was added
    *word = (struct word){member_id, said, node->words};
    node->words = word;
}

// The pair of two identities that were added.
static struct pair *pair_of(struct ho_identity_set *set, int64_t id, int64_t other)
{
    struct node *a = find_node(set, id < other ? id : other);
    assert(a && find_node(set, id < other ? other : id));
    for (size_t at = a->pairs; at != NONE; at = set->pairs.items[at - 1].next_of_a)
        if (set->pairs.items[at - 1].about.b == (id < other ? other : id))
            return &set->pairs.items[at - 1];
    struct pair *pair = ho_arena_push(set->arena, &set->pairs, sizeof *pair);
    *pair = (struct pair){.about = {.a = id < other ? id : other, .b = id < other ? other : id}, .next_of_a = a->pairs};
    a->pairs = set->pairs.n;
    return pair;
}

void ho_identity_set_pair(struct ho_identity_set *set, const struct ho_identity_pair *stored)
{
    struct pair *pair = pair_of(set, stored->a, stored->b);
    pair->about = *stored;
    pair->about.changed = false;
    pair->link_stood = stored->link_stands;
}

void ho_identity_set_event(struct ho_identity_set *set, struct ho_identity_event *event)
{
    *(struct ho_identity_event **)ho_arena_push(set->arena, &set->events, sizeof(void *)) = event;
    if (!event->move)
        return;
    ho_identity_set_move(set, event->identity);
    ho_identity_set_move(set, event->prior);
    find_node(set, event->prior)->number_moved |= event->move == HO_MOVE_NUMBER;
}

// ---- One cluster -------------------------------------------------------------------------------------

// Whom a moved number is known for, its links say: all are there.
static void add_words(const struct node *node, bool found_anew, struct ho_cluster *c)
{
    for (const struct word *w = node->words; w; w = w->next) {
        if (found_anew && node->number_moved && w->word == HO_IDENTITY_MATCHED)
            continue;
        struct ho_member_ids *lists[] = {
            [HO_IDENTITY_MATCHED] = &c->matched, [HO_IDENTITY_SAME] = &c->same, [HO_IDENTITY_NOT_SAME] = &c->ruled_out};
        ho_member_ids_add(c->arena, lists[w->word], w->member_id);
    }
}

static struct ho_cluster cluster_of(const struct ho_identity_set *set, const struct node *root, bool found_anew)
{
    struct ho_cluster c = {.arena = set->arena, .index = set->index};
    for (const struct node *node = root; node; node = next_of(set, node))
        add_words(node, found_anew, &c);
    return c;
}

static struct ho_cluster stored_cluster(const struct ho_identity_set *set, const struct node *root)
{
    return cluster_of(set, root, false);
}

static void list_events(const struct ho_identity_set *set, const struct node *root, struct ho_cluster *out)
{
    for (const struct node *node = root; node; node = next_of(set, node))
        for (const struct ho_identity_event *e = node->events; e; e = e->next)
            out->n++;
    out->events = ho_arena_array(set->arena, out->n + 1, sizeof(void *));
    size_t n = 0;
    for (const struct node *node = root; node; node = next_of(set, node))
        for (struct ho_identity_event *e = node->events; e; e = e->next)
            out->events[n++] = e;
}

static void decide_cluster(const struct ho_identity_set *set, struct node *root)
{
    struct ho_cluster c = cluster_of(set, root, true);
    list_events(set, root, &c);
    ho_cluster_decide(&c);
    root->known = c.same.n || c.known.n;
    root->firm = c.firm;
    root->anchored |= c.firm;
    root->given |= c.moved;
    root->dirty = false;
}

static bool lives_any(const struct ho_cluster *c)
{
    for (size_t i = 0; i < c->matched.n; i++)
        if (!ho_member_ids_have(&c->ruled_out, c->matched.items[i]) && ho_cluster_lives(c, c->matched.items[i]))
            return true;
    return false;
}

// ---- Which stored events are needed ----------------------------------------------------------------------

// Whether the event may change what the others of its cluster rest on.
static bool is_news(const struct ho_cluster *c, const struct ho_identity_event *e)
{
    if (!e->asked || (c->ruled_out.n && e->asked->verdict != HO_MATCH_NON_MEMBER))
        return true;
    return !c->same.n && e->asked->verdict == HO_MATCH_MATCHED && !ho_member_ids_have(&c->matched, e->asked->member_id);
}

static void survey_event(const struct ho_identity_set *set, const struct ho_identity_event *e)
{
    struct node *root = root_of_id(set, e->identity), *prior = root_of_id(set, e->prior);
    bool may_part = e->tie == HO_TIE_LINK || e->tie == HO_TIE_UNLINK;
    if (root != prior || may_part)
        root->wanted = prior->wanted = true;
    if (!root->stored || root->wanted)
        return;
    const struct ho_cluster c = stored_cluster(set, root);
    root->wanted = is_news(&c, e);
}

size_t ho_identity_set_wanted(const struct ho_identity_set *set, int64_t **ids)
{
    struct node *nodes = set->nodes.items;
    for (size_t i = 0; i < set->nodes.n; i++) {
        const struct ho_cluster c = stored_cluster(set, &nodes[i]);
        nodes[i].wanted = root_of(set, &nodes[i]) == &nodes[i] && nodes[i].stored && !c.same.n && !lives_any(&c);
    }
    for (size_t i = 0; i < set->nodes.n; i++)
        root_of(set, &nodes[i])->wanted |= nodes[i].moved;
    for (size_t i = 0; i < set->events.n; i++)
        survey_event(set, set->events.items[i]);
    size_t n = 0;
    *ids = ho_arena_array(set->arena, set->nodes.n + 1, sizeof **ids);
    for (size_t i = 0; i < set->nodes.n; i++)
        if (nodes[i].stored && root_of(set, &nodes[i])->wanted)
            (*ids)[n++] = nodes[i].about.id;
    return n;
}

// ---- Repeats -------------------------------------------------------------------------------------------

struct place {
    struct ho_identity_event *event;
    size_t number;
};

static bool is_one(const struct ho_identity_event *a, const struct ho_identity_event *b)
{
    return memcmp(a->id, b->id, HO_ID_BYTES) == 0 && a->subject == b->subject;
}

static bool is_stored(const struct ho_identity_event *e)
{
    return e->link || e->item != HO_MATCH_NON_MEMBER;
}

static int by_event(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    const struct ho_identity_event *e = x->event, *f = y->event;
    int order = memcmp(e->id, f->id, HO_ID_BYTES);
    if (order == 0)
        order = (e->subject > f->subject) - (e->subject < f->subject);
    if (order == 0)
        order = (int)is_stored(f) - (int)is_stored(e);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

// Of events that are there twice the stored one counts, else the first.
static void find_repeats(struct ho_identity_set *set)
{
    size_t n = set->events.n;
    struct place *sorted = ho_arena_array(set->arena, n + 1, sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        sorted[i] = (struct place){set->events.items[i], i};
    qsort(sorted, n, sizeof *sorted, by_event);
    for (size_t i = 1; i < n; i++) {
        const struct ho_identity_event *before = sorted[i - 1].event;
        if (is_one(before, sorted[i].event))
            sorted[i].event->same_as = before->same_as ? before->same_as : before;
    }
}

// ---- What changes ----------------------------------------------------------------------------------------

static unsigned link_change(const struct ho_identity_event *e)
{
    bool matched = e->verdict.verdict == HO_MATCH_MATCHED;
    const char *member_id = matched ? e->verdict.member_id : "";
    if (!e->link)
        return matched ? HO_LINK_MADE : 0;
    if (strcmp(e->member_id, member_id) != 0)
        return HO_LINK_MOVED;
    bool other = e->own != e->by_own || strcmp(e->decision, e->verdict.reason) != 0;
    return matched && other ? HO_LINK_SETTLED : 0;
}

static bool same_candidates(const struct ho_identity_event *e)
{
    if (e->n_candidates != e->verdict.n_candidates)
        return false;
    for (size_t i = 0; i < e->n_candidates; i++)
        if (!ho_bytes_is(e->candidates[i], e->verdict.candidates[i].member_id))
            return false;
    return true;
}

static unsigned item_change(const struct ho_identity_event *e)
{
    enum ho_match_verdict verdict = e->verdict.verdict;
    bool wanted = verdict == HO_MATCH_HELD || verdict == HO_MATCH_REVIEW;
    if (e->item == HO_MATCH_NON_MEMBER)
        return wanted ? HO_ITEM_MADE : 0;
    if (!wanted)
        return HO_ITEM_GONE;
    bool same = e->item == verdict && strcmp(e->item_reason, e->verdict.reason) == 0 && same_candidates(e);
    return same ? 0 : HO_ITEM_CHANGED;
}

// ---- Deciding ----------------------------------------------------------------------------------------

static bool join_pairs(struct ho_identity_set *set)
{
    bool any = false;
    for (size_t i = 0; i < set->pairs.n; i++) {
        const struct pair *pair = &set->pairs.items[i];
        struct node *a = root_of_id(set, pair->about.a), *b = root_of_id(set, pair->about.b);
        if (a == b || !ho_identity_pair_holds(&pair->about, a->anchored || b->anchored))
            continue;
        join(set, a, b);
        any = true;
    }
    return any;
}

// Who was known for the stored clusters.
static void see_before(struct ho_identity_set *set)
{
    for (size_t i = 0; i < set->events.n; i++) {
        const struct ho_identity_event *e = set->events.items[i];
        root_of_id(set, e->identity)->known_before |= e->link && e->member_id[0] && !ho_identity_was_moved(e);
    }
    for (size_t i = 0; i < set->nodes.n; i++) {
        struct node *node = &set->nodes.items[i];
        if (root_of(set, node) != node)
            continue;
        const struct ho_cluster c = stored_cluster(set, node);
        node->firm_before = c.same.n || lives_any(&c);
        node->known_before |= node->firm_before;
    }
    for (size_t i = 0; i < set->nodes.n; i++) {
        struct node *node = &set->nodes.items[i];
        node->known_before = root_of(set, node)->known_before;
        node->firm_before = root_of(set, node)->firm_before;
    }
}

// Attaches the events to their identities, and hears what they say of pairs.
static void attach_events(struct ho_identity_set *set)
{
    for (size_t i = set->events.n; i-- > 0;) {
        struct ho_identity_event *e = set->events.items[i];
        if (e->same_as)
            continue;
        struct node *node = find_node(set, e->identity);
        e->next = node->events;
        node->events = e;
        if (e->prior != e->identity)
            ho_identity_pair_hear(&pair_of(set, e->identity, e->prior)->about, e);
    }
}

// From here on the clusters are those that the pairs make, as far as that can be told before the events are decided.
static void begin(struct ho_identity_set *set)
{
    see_before(set);
    attach_events(set);
    for (size_t i = 0; i < set->nodes.n; i++)
        stand_alone(&set->nodes.items[i], i);
    while (join_pairs(set))
        ;
}

static void decide_dirty(const struct ho_identity_set *set)
{
    for (size_t i = 0; i < set->nodes.n; i++) {
        struct node *node = &set->nodes.items[i];
        if (node->dirty && root_of(set, node) == node)
            decide_cluster(set, node);
    }
}

// A tie that is kept by itself holds. Others do where somebody is known for either for good: what waiting events say
// together is not enough, for more of them may say otherwise.
static bool join_decided(struct ho_identity_set *set)
{
    for (size_t i = 0; i < set->events.n; i++) {
        const struct ho_identity_event *e = set->events.items[i];
        if (!e->same_as && e->by_itself && e->prior != e->identity)
            ho_identity_pair_stand(&pair_of(set, e->identity, e->prior)->about, e);
    }
    return join_pairs(set);
}

static void finish_events(struct ho_identity_set *set)
{
    for (size_t i = 0; i < set->events.n; i++) {
        struct ho_identity_event *e = set->events.items[i];
        if (e->same_as) {
            e->verdict = e->same_as->verdict;
            continue;
        }
        e->changes = link_change(e) | item_change(e);
        if (!(e->changes & (HO_LINK_MADE | HO_LINK_MOVED | HO_LINK_SETTLED)) && !ho_identity_was_moved(e))
            e->known_for = NULL; // it is stored
        root_of_id(set, e->identity)->kept |= e->verdict.verdict != HO_MATCH_NON_MEMBER;
    }
}

// What else was said of the two is known where somebody was known for either.
static void finish_pairs(struct ho_identity_set *set)
{
    set->said = ho_arena_array(set->arena, set->pairs.n + 1, sizeof *set->said);
    for (size_t i = 0; i < set->pairs.n; i++) {
        const struct pair *pair = &set->pairs.items[i];
        struct node *a = find_node(set, pair->about.a), *b = find_node(set, pair->about.b);
        set->said[i] = pair->about;
        if (pair->about.link_stands && !pair->link_stood && !a->firm_before && !b->firm_before)
            a->about.look_back = b->about.look_back = true;
    }
}

static void finish(struct ho_identity_set *set)
{
    finish_events(set);
    finish_pairs(set);
    set->items = ho_arena_array(set->arena, set->nodes.n + 1, sizeof *set->items);
    for (size_t i = 0; i < set->nodes.n; i++) {
        struct node *node = &set->nodes.items[i];
        const struct node *root = root_of(set, node);
        node->about.joined = root->about.id;
        node->about.look_back |=
            (root->known && !node->known_before) || (root->firm && !node->firm_before) || root->given;
        node->about.kept = root->kept;
        set->items[i] = node->about;
    }
}

void ho_identity_set_decide(struct ho_identity_set *set)
{
    find_repeats(set);
    begin(set);
    do
        decide_dirty(set);
    while (join_decided(set));
    finish(set);
}

const struct ho_identity *ho_identity_set_items(const struct ho_identity_set *set, size_t *n)
{
    *n = set->nodes.n;
    return set->items;
}

struct ho_identity_event *const *ho_identity_set_events(const struct ho_identity_set *set, size_t *n)
{
    *n = set->events.n;
    return set->events.items;
}

const struct ho_identity_pair *ho_identity_set_pairs(const struct ho_identity_set *set, size_t *n)
{
    *n = set->pairs.n;
    return set->said;
}
