#include "identity_store.h"

#include <assert.h>
#include <stdlib.h>

#include "handoff/digest.h"

static const char FACILITY[] = "GG";

void test_store_init(struct test_store *store, struct ho_arena *arena, const struct ho_roster_index *index)
{
    *store = (struct test_store){.arena = arena, .index = index, .trusted = {"MEDI-CAL"}};
}

int64_t test_store_id(const char *mrn)
{
    return ho_identity_id(FACILITY, mrn);
}

// ---- Rows ------------------------------------------------------------------------------------------------

static struct test_identity *find_identity(struct test_store *s, int64_t id)
{
    for (size_t i = 0; i < s->n_identities; i++)
        if (s->identities[i].id == id)
            return &s->identities[i];
    return NULL;
}

static struct test_link *find_link(struct test_store *s, const struct test_message *m)
{
    for (size_t i = 0; i < s->n_links; i++)
        if (s->links[i].message == m)
            return &s->links[i];
    return NULL;
}

static struct test_item *find_item(struct test_store *s, const struct test_message *m)
{
    for (size_t i = 0; i < s->n_items; i++)
        if (s->items[i].message == m && s->items[i].state != HO_MATCH_NON_MEMBER)
            return &s->items[i];
    return NULL;
}

const struct test_link *test_store_link(const struct test_store *s, const struct test_message *m)
{
    return find_link((struct test_store *)(uintptr_t)s, m);
}

const struct test_item *test_store_item(const struct test_store *s, const struct test_message *m)
{
    return find_item((struct test_store *)(uintptr_t)s, m);
}

static bool says(const struct test_store *s, const int64_t *ids, size_t n, const struct test_link *link)
{
    for (size_t i = 0; i < s->n_words; i++)
        for (size_t k = 0; k < n; k++) {
            const struct test_word *w = &s->words[i];
            bool same = strcmp(w->member_id, link->member_id) == 0;
            if (w->id == ids[k] &&
                ((w->word == HO_IDENTITY_NOT_SAME && same) || (w->word == HO_IDENTITY_SAME && !same)))
                return true;
        }
    return false;
}

static bool has_id(const int64_t *ids, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

// ---- Deciding --------------------------------------------------------------------------------------------

static struct ho_identity_event *event_of(struct test_store *s, const struct test_message *m)
{
    struct ho_identity_event *e = ho_arena_alloc(s->arena, sizeof *e);
    e->id = m->id;
    e->identity = test_store_id(m->mrn);
    e->subject = m->subject;
    e->prior = m->prior ? test_store_id(m->prior) : e->identity;
    e->tie = m->prior && !m->tie ? HO_TIE_MERGE : m->tie;
    e->move = m->move;
    e->account = "";
    e->visit = m->visit ? m->visit : "";
    e->receiver = m->receiver;
    e->recorded = m->recorded;
    e->question = (struct ho_match_question){.person = &m->person, .trusted = s->trusted, .n_trusted = 1};
    e->context = (void *)(uintptr_t)m;
    e->member_id = e->decision = e->item_reason = "";
    return e;
}

static struct ho_identity_event *stored_event(struct test_store *s, const struct test_message *m)
{
    struct ho_identity_event *e = event_of(s, m);
    const struct test_link *link = find_link(s, m);
    const struct test_item *item = find_item(s, m);
    if (link) {
        e->link = link->version;
        e->member_id = link->member_id;
        e->own = link->own;
        e->decision = link->decision;
    }
    if (item) {
        e->item = item->state;
        e->item_reason = item->reason;
        e->candidates = item->candidates;
        e->n_candidates = item->n_candidates;
        e->expired = s->expired || strcmp(item->reason, "held-too-long") == 0;
    }
    return e;
}

static void load_event(struct test_store *s, struct ho_identity_set *set, const struct test_message *m)
{
    struct ho_identity_event *e = stored_event(s, m);
    if (!ho_identity_set_has(set, e->prior)) {
        e->prior = e->identity;
        e->move = HO_MOVE_NONE;
    }
    ho_identity_set_event(set, e);
}

static void load(struct test_store *s, struct ho_identity_set *set, const int64_t *ids, size_t n)
{
    for (size_t i = 0; i < s->n_items; i++) {
        const struct test_item *item = &s->items[i];
        if (item->state != HO_MATCH_NON_MEMBER && has_id(ids, n, test_store_id(item->message->mrn)))
            load_event(s, set, item->message);
    }
    for (size_t i = 0; i < s->n_links; i++) {
        const struct test_link *link = &s->links[i];
        const struct test_identity *of = find_identity(s, test_store_id(link->message->mrn));
        bool open = !link->own || !*link->member_id || says(s, ids, n, link) || (of && of->moved);
        if (open && has_id(ids, n, test_store_id(link->message->mrn)) && !find_item(s, link->message))
            load_event(s, set, link->message);
    }
}

static void add_cluster(struct test_store *s, struct ho_identity_set *set, int64_t id)
{
    const struct test_identity *of = find_identity(s, id);
    int64_t cluster = of ? of->cluster : id;
    for (size_t i = 0; of && i < s->n_identities; i++) {
        const struct test_identity *row = &s->identities[i];
        if (row->cluster != cluster)
            continue;
        ho_identity_set_add(set, row->id, cluster, true);
        if (row->moved)
            ho_identity_set_move(set, row->id);
    }
    if (!of)
        ho_identity_set_add(set, id, id, false);
}

static void add_event(struct test_store *s, struct ho_identity_set *set, struct ho_identity_event *e)
{
    const int64_t ids[] = {e->identity, e->prior};
    ho_identity_set_event(set, e);
    for (size_t i = 0; e->move && i < 2; i++) {
        struct test_identity *of = find_identity(s, ids[i]);
        if (of)
            of->moved = true;
        *(int64_t *)ho_arena_push(s->arena, &s->moves, sizeof(int64_t)) = ids[i];
    }
}

// Words of people and messages.
static void add_words(struct test_store *s, struct ho_identity_set *set)
{
    for (size_t i = 0; i < s->n_words; i++)
        if (ho_identity_set_has(set, s->words[i].id))
            ho_identity_set_say(set, s->words[i].id, s->words[i].member_id, s->words[i].word);
    for (size_t i = 0; i < s->n_pairs; i++)
        if (ho_identity_set_has(set, s->pairs[i].a) && ho_identity_set_has(set, s->pairs[i].b))
            ho_identity_set_pair(set, &s->pairs[i]);
}

// ---- Writing ---------------------------------------------------------------------------------------------

static void write_link(struct test_store *s, const struct ho_identity_event *e)
{
    const struct test_message *m = e->context;
    struct test_link *link = find_link(s, m);
    bool matched = e->verdict.verdict == HO_MATCH_MATCHED;
    if (e->changes & HO_LINK_MADE && link)
        return; // it came before
    if (!link) {
        assert(s->n_links < STORE_MOST);
        link = &s->links[s->n_links++];
    }
    *link = (struct test_link){m, e->link + (e->changes & HO_LINK_SETTLED ? 0 : 1),
                               matched ? ho_arena_text(s->arena, ho_bytes_of(e->verdict.member_id)) : "",
                               e->verdict.reason, e->by_own};
}

static bool contradicts(const struct ho_identity_event *e)
{
    return strcmp(e->verdict.reason, "identity-contradicted") == 0 ||
           strcmp(e->verdict.reason, "contradicts-decision") == 0;
}

static void write_item(struct test_store *s, const struct ho_identity_event *e)
{
    const struct test_message *m = e->context;
    struct test_item *item = find_item(s, m);
    const struct test_link *link = find_link(s, m);
    if (e->changes & HO_ITEM_GONE) {
        if (item)
            item->state = HO_MATCH_NON_MEMBER;
        return;
    }
    bool settled = link && (*link->member_id || (strcmp(link->decision, "not-same") == 0 && contradicts(e)));
    if (e->changes & HO_ITEM_MADE && (item || settled))
        return;
    if (!item) {
        assert(s->n_items < STORE_MOST);
        item = &s->items[s->n_items++];
    }
    *item = (struct test_item){.message = m, .state = e->verdict.verdict, .reason = e->verdict.reason};
    for (size_t i = 0; i < e->verdict.n_candidates; i++)
        item->candidates[item->n_candidates++] =
            ho_arena_copy(s->arena, ho_bytes_of(e->verdict.candidates[i].member_id));
}

static void put_word(struct test_store *s, int64_t id, const char *member_id, enum ho_identity_word word, bool replace)
{
    for (size_t i = 0; i < s->n_words; i++)
        if (s->words[i].id == id && strcmp(s->words[i].member_id, member_id) == 0) {
            if (replace)
                s->words[i].word = word;
            return;
        }
    assert(s->n_words < STORE_MOST);
    s->words[s->n_words++] = (struct test_word){id, ho_arena_text(s->arena, ho_bytes_of(member_id)), word};
}

static void write_event(struct test_store *s, const struct ho_identity_event *e)
{
    if (e->changes & (HO_LINK_MADE | HO_LINK_MOVED | HO_LINK_SETTLED))
        write_link(s, e);
    if (e->changes & (HO_ITEM_MADE | HO_ITEM_CHANGED | HO_ITEM_GONE))
        write_item(s, e);
    if (e->known_for)
        put_word(s, e->identity, e->known_for, HO_IDENTITY_MATCHED, false);
}

static void write_identity(struct test_store *s, const struct ho_identity *identity)
{
    struct test_identity *row = find_identity(s, identity->id);
    if (!row && !identity->kept)
        return;
    if (!row) {
        assert(s->n_identities < STORE_MOST);
        row = &s->identities[s->n_identities++];
        *row = (struct test_identity){
            .id = identity->id, .cluster = identity->id, .moved = has_id(s->moves.items, s->moves.n, identity->id)};
    }
    row->cluster = identity->joined;
    row->look_back |= identity->look_back;
}

static void write_pair(struct test_store *s, const struct ho_identity_pair *pair)
{
    size_t i = 0;
    if (!pair->changed || (!find_identity(s, pair->a) && !find_identity(s, pair->b)))
        return;
    while (i < s->n_pairs && (s->pairs[i].a != pair->a || s->pairs[i].b != pair->b))
        i++;
    assert(i < STORE_MOST);
    s->n_pairs += i == s->n_pairs;
    s->pairs[i] = *pair;
}

// Whether anything is kept of the cluster.
static bool is_kept(struct test_store *s, int64_t cluster)
{
    for (size_t i = 0; i < s->n_identities; i++) {
        int64_t id = s->identities[i].id;
        if (s->identities[i].cluster != cluster)
            continue;
        for (size_t k = 0; k < s->n_links; k++)
            if (test_store_id(s->links[k].message->mrn) == id)
                return true;
        for (size_t k = 0; k < s->n_items; k++)
            if (s->items[k].state != HO_MATCH_NON_MEMBER && test_store_id(s->items[k].message->mrn) == id)
                return true;
        for (size_t k = 0; k < s->n_words; k++)
            if (s->words[k].id == id)
                return true;
    }
    return false;
}

// Identities of clusters of which nothing is kept, and pairs of which neither is.
static void forget(struct test_store *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->n_identities; i++)
        if (is_kept(s, s->identities[i].cluster))
            s->identities[kept++] = s->identities[i];
    s->n_identities = kept;
    kept = 0;
    for (size_t i = 0; i < s->n_pairs; i++)
        if (find_identity(s, s->pairs[i].a) || find_identity(s, s->pairs[i].b))
            s->pairs[kept++] = s->pairs[i];
    s->n_pairs = kept;
}

static void write_all(struct test_store *s, const struct ho_identity_set *set)
{
    size_t n;
    struct ho_identity_event *const *events = ho_identity_set_events(set, &n);
    for (size_t i = 0; i < n; i++)
        if (!events[i]->same_as)
            write_event(s, events[i]);
    const struct ho_identity *identities = ho_identity_set_items(set, &n);
    for (size_t i = 0; i < n; i++)
        write_identity(s, &identities[i]);
    forget(s);
    const struct ho_identity_pair *pairs = ho_identity_set_pairs(set, &n);
    for (size_t i = 0; i < n; i++)
        write_pair(s, &pairs[i]);
}

// ---- What the services do --------------------------------------------------------------------------------

static bool is_of_interest(struct test_store *s, const struct ho_identity_event *e)
{
    return e->asked->verdict != HO_MATCH_NON_MEMBER || find_identity(s, e->identity) || find_identity(s, e->prior);
}

void test_store_intake(struct test_store *s, const struct test_message *const *messages, size_t n)
{
    struct ho_identity_set *set = ho_identity_set_new(s->arena, s->index);
    struct ho_identity_event **events = ho_arena_array(s->arena, n + 1, sizeof(void *));
    size_t n_events = 0;
    for (size_t i = 0; i < n; i++) {
        struct ho_identity_event *e = event_of(s, messages[i]);
        struct ho_match *asked = ho_arena_alloc(s->arena, sizeof *asked);
        ho_match_decide(s->arena, s->index, &e->question, asked);
        e->asked = asked;
        if (!is_of_interest(s, e))
            continue;
        add_cluster(s, set, e->identity);
        add_cluster(s, set, e->prior);
        events[n_events++] = e;
    }
    add_words(s, set);
    for (size_t i = 0; i < n_events; i++)
        add_event(s, set, events[i]);
    int64_t *ids;
    size_t n_ids = ho_identity_set_wanted(set, &ids);
    load(s, set, ids, n_ids);
    ho_identity_set_decide(set);
    write_all(s, set);
}

void test_store_again(struct test_store *s, const struct test_message *const *messages, size_t n, const char *mrn)
{
    struct ho_identity_set *set = ho_identity_set_new(s->arena, s->index);
    if (*mrn && find_identity(s, test_store_id(mrn)))
        add_cluster(s, set, test_store_id(mrn));
    for (size_t i = 0; i < n; i++) {
        add_cluster(s, set, test_store_id(messages[i]->mrn));
        if (messages[i]->prior)
            add_cluster(s, set, test_store_id(messages[i]->prior));
    }
    add_words(s, set);
    for (size_t i = 0; i < n; i++)
        add_event(s, set, event_of(s, messages[i]));
    int64_t ids[STORE_MOST];
    size_t n_ids = 0;
    for (size_t i = 0; i < s->n_identities; i++)
        if (ho_identity_set_has(set, s->identities[i].id))
            ids[n_ids++] = s->identities[i].id;
    load(s, set, ids, n_ids);
    ho_identity_set_decide(set);
    write_all(s, set);
}

bool test_store_say(struct test_store *s, const char *mrn, const char *member_id, enum ho_identity_word word)
{
    const struct test_identity *of = find_identity(s, test_store_id(mrn));
    if (!of)
        return false;
    for (size_t i = 0; i < s->n_identities; i++)
        s->identities[i].look_back |= word == HO_IDENTITY_SAME && s->identities[i].cluster == of->cluster;
    put_word(s, test_store_id(mrn), member_id, word, true);
    test_store_again(s, NULL, 0, mrn);
    return true;
}

// The item goes, and its link says instead what a person said.
static void settle_item(struct test_store *s, const struct test_message *m, const char *member_id, const char *word)
{
    struct test_item *item = find_item(s, m);
    struct test_link *link = find_link(s, m);
    assert(item);
    if (!link) {
        assert(s->n_links < STORE_MOST);
        link = &s->links[s->n_links++];
        *link = (struct test_link){.message = m};
    }
    *link = (struct test_link){m, link->version + 1, member_id, word, false};
    item->state = HO_MATCH_NON_MEMBER;
}

void test_store_set_apart(struct test_store *s, const struct test_message *m)
{
    settle_item(s, m, "", "not-same");
    test_store_again(s, NULL, 0, m->mrn);
}

void test_store_give(struct test_store *s, const struct test_message *m, const char *member_id)
{
    settle_item(s, m, member_id, "decision");
    (void)test_store_say(s, m->mrn, member_id, HO_IDENTITY_SAME);
}

void test_store_look_back(struct test_store *s, const struct test_message *const *arrived, size_t n)
{
    for (bool any = true; any;) {
        const struct test_message **found = ho_arena_array(s->arena, n + 1, sizeof(void *));
        size_t n_found = 0;
        any = false;
        for (size_t i = 0; i < n; i++) {
            const struct test_identity *a = find_identity(s, test_store_id(arrived[i]->mrn));
            const struct test_identity *b =
                arrived[i]->prior ? find_identity(s, test_store_id(arrived[i]->prior)) : NULL;
            if ((a && a->look_back) || (b && b->look_back))
                found[n_found++] = arrived[i];
        }
        for (size_t i = 0; i < s->n_identities; i++) {
            any |= s->identities[i].look_back;
            s->identities[i].look_back = false;
        }
        if (n_found)
            test_store_again(s, found, n_found, "");
    }
}

// ---- Printing --------------------------------------------------------------------------------------------

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *print_item(struct test_store *s, const struct test_item *item)
{
    char *line = ho_arena_printf(s->arena, "%s: %s, %s:", (const char *)item->message->id,
                                 ho_match_verdict_name(item->state), item->reason);
    for (size_t i = 0; i < item->n_candidates; i++)
        line = ho_arena_printf(s->arena, "%s %.*s", line, HO_BYTES_ARG(item->candidates[i]));
    return line;
}

const char *test_store_print(struct test_store *s)
{
    const char *lines[2 * STORE_MOST];
    size_t n = 0;
    for (size_t i = 0; i < s->n_links; i++)
        if (*s->links[i].member_id)
            lines[n++] = ho_arena_printf(s->arena, "%s: %s, %s%s", (const char *)s->links[i].message->id,
                                         s->links[i].member_id, s->links[i].decision, s->links[i].own ? ", own" : "");
    for (size_t i = 0; i < s->n_items; i++)
        if (s->items[i].state != HO_MATCH_NON_MEMBER)
            lines[n++] = print_item(s, &s->items[i]);
    qsort(lines, n, sizeof *lines, by_text);
    const char *all = "";
    for (size_t i = 0; i < n; i++)
        all = ho_arena_printf(s->arena, "%s%s\n", all, lines[i]);
    return all;
}
