#include "docket.h"

#include <stdlib.h>

#include "crowd.h"
#include "evidence.h"
#include "store.h"

struct ho_docket {
    struct ho_arena *arena;
    const struct ho_docket_settings *settings;
    struct {
        struct ho_identity_event **items;
        size_t n, capacity;
    } fresh;
    bool again;    // stored events are decided again
    bool puts_off; // what is about a crowd
    struct ho_evidence evidence;
};

struct ho_docket *ho_docket_new(struct ho_arena *arena, const struct ho_docket_settings *settings)
{
    struct ho_docket *docket = ho_arena_alloc(arena, sizeof *docket);
    docket->arena = arena;
    docket->settings = settings;
    ho_evidence_init(&docket->evidence, arena);
    return docket;
}

static struct ho_identity_event *new_event(struct ho_docket *docket, const ho_adt_event *event,
                                           const struct ho_feed *feed, struct ho_matter *matter)
{
    struct ho_identity_event *e = ho_identity_event_new(docket->arena, event, feed);
    matter->event = event;
    matter->mrn = ho_identity_mrn(docket->arena, event);
    e->context = matter;
    return e;
}

const struct ho_identity_event *ho_docket_add(struct ho_docket *docket, const struct ho_inbound *inbound,
                                              const struct ho_feed *feed, const ho_adt_event *event,
                                              const struct ho_match *asked)
{
    struct ho_matter *matter = ho_arena_alloc(docket->arena, sizeof *matter);
    matter->message = inbound->message;
    matter->traceparent = inbound->traceparent;
    matter->protobuf = inbound->protobuf;
    matter->source = ho_inbound_source(inbound, docket->settings->feeds);
    struct ho_identity_event *e = new_event(docket, event, feed, matter);
    e->asked = asked;
    ho_evidence_want(&docket->evidence, e->identity, event->facility, matter->mrn);
    if (e->prior != e->identity)
        ho_evidence_want(&docket->evidence, e->prior, event->facility, event->prior_mrn);
    if (e->move) {
        ho_evidence_move(&docket->evidence, e->identity);
        ho_evidence_move(&docket->evidence, e->prior);
    }
    *(struct ho_identity_event **)ho_arena_push(docket->arena, &docket->fresh, sizeof(void *)) = e;
    return e;
}

void ho_docket_again(struct ho_docket *docket, int64_t identity_id)
{
    docket->again = true;
    ho_evidence_want(&docket->evidence, identity_id, NULL, NULL);
}

void ho_docket_put_off_crowds(struct ho_docket *docket)
{
    docket->puts_off = true;
}

bool ho_docket_is_empty(const struct ho_docket *docket)
{
    return !docket->fresh.n && !docket->again;
}

// ---- Deciding ------------------------------------------------------------------------------------------

static void add_stored(struct ho_docket *docket, struct ho_identity_set *set, const struct ho_evidence_row *row)
{
    const ho_adt_event *event = ho_adt_event_unpack(docket->arena, row->event);
    if (!event || event->id.len != HO_ID_BYTES)
        abort(); // packed by us, kept in a bytea
    struct ho_matter *matter = ho_arena_alloc(docket->arena, sizeof *matter);
    matter->packed = row->event;
    matter->traceparent = row->traceparent;
    struct ho_identity_event *e = new_event(docket, event, ho_feed_named(docket->settings->feeds, event->feed), matter);
    e->link = row->link;
    e->member_id = row->member_id;
    e->own = row->own;
    e->decision = row->decision;
    e->item = row->item;
    e->item_reason = row->item_reason;
    e->candidates = row->candidates;
    e->n_candidates = row->n_candidates;
    e->expired = row->expired;
    e->identity = row->identity_id;
    if (!ho_identity_set_has(set, e->prior)) { // which is another cluster's, or was forgotten
        e->prior = e->identity;
        e->move = HO_MOVE_NONE;
    }
    ho_identity_set_event(set, e);
}

// Of crowds nothing is read: nothing that came about them is left.
static size_t leave_out(const struct ho_crowd *crowd, int64_t *ids, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!ho_crowd_waiting(crowd, ids[i]))
            ids[kept++] = ids[i];
    return kept;
}

static enum ho_status add_kept(struct ho_docket *docket, struct ho_pg *pg, const struct ho_crowd *crowd,
                               struct ho_identity_set *set, struct ho_error *error)
{
    int64_t *ids;
    size_t n = docket->again ? ho_evidence_ids(&docket->evidence, &ids) : ho_identity_set_wanted(set, &ids);
    n = leave_out(crowd, ids, n);
    enum ho_status status = ho_evidence_events(&docket->evidence, pg, ids, n, docket->settings->held_seconds, error);
    const struct ho_evidence_row *rows = docket->evidence.rows.items;
    for (size_t i = 0; status == HO_OK && i < docket->evidence.rows.n; i++)
        add_stored(docket, set, &rows[i]);
    return status;
}

static void write(struct ho_docket *docket, struct ho_pg *pg, int32_t part, const struct ho_identity_set *set)
{
    size_t n;
    struct ho_store *store = ho_store_new(docket->arena);
    struct ho_identity_event *const *events = ho_identity_set_events(set, &n);
    for (size_t i = 0; i < n; i++)
        ho_store_event(store, events[i]);
    const struct ho_identity_pair *pairs = ho_identity_set_pairs(set, &n);
    for (size_t i = 0; i < n; i++)
        ho_store_pair(store, &pairs[i]);
    const struct ho_identity *identities = ho_identity_set_items(set, &n);
    for (size_t i = 0; i < n; i++)
        ho_store_identity(store, &identities[i]);
    ho_store_write(store, pg, part);
}

// ---- Putting off -------------------------------------------------------------------------------------------

static bool is_of_message(const struct ho_identity_event *a, const struct ho_identity_event *b)
{
    const struct ho_matter *x = a->context, *y = b->context;
    return x->message.p == y->message.p;
}

static int64_t waiting_for(const struct ho_crowd *crowd, const struct ho_identity_event *e)
{
    int64_t waiting = ho_crowd_waiting(crowd, e->identity), prior = ho_crowd_waiting(crowd, e->prior);
    return waiting > prior ? waiting : prior;
}

static void put_off(const struct ho_docket *docket, struct ho_pg *pg, const struct ho_identity_event *e,
                    int64_t waiting)
{
    const struct ho_matter *matter = e->context;
    const struct ho_inbound inbound = {.protobuf = matter->protobuf,
                                       .message = matter->message,
                                       .traceparent = matter->traceparent,
                                       .source = ho_bytes_of(matter->source)};
    ho_crowd_put_off(docket->arena, pg, e->identity, waiting, &inbound);
}

// A message goes as a whole, and counts as held meanwhile.
static void put_off_crowds(struct ho_docket *docket, struct ho_pg *pg, const struct ho_crowd *crowd)
{
    struct ho_identity_event **fresh = docket->fresh.items;
    size_t n = docket->fresh.n, kept = 0;
    for (size_t from = 0, to; from < n; from = to) {
        int64_t waiting = 0;
        for (to = from; to < n && is_of_message(fresh[from], fresh[to]); to++)
            waiting = waiting ? waiting : waiting_for(crowd, fresh[to]);
        if (waiting)
            put_off(docket, pg, fresh[from], waiting);
        for (size_t i = from; i < to; i++)
            if (waiting)
                fresh[i]->verdict = (struct ho_match){.verdict = HO_MATCH_HELD, .reason = "crowd"};
            else
                fresh[kept++] = fresh[i];
    }
    docket->fresh.n = kept;
}

static struct ho_identity_set *set_of_fresh(const struct ho_docket *docket)
{
    struct ho_identity_set *set = ho_identity_set_new(docket->arena, docket->settings->index);
    ho_evidence_fill(&docket->evidence, set);
    for (size_t i = 0; i < docket->fresh.n; i++)
        ho_identity_set_event(set, docket->fresh.items[i]);
    return set;
}

static enum ho_status gather(struct ho_docket *docket, struct ho_pg *pg, struct ho_identity_set **out,
                             struct ho_error *error)
{
    int64_t *ids;
    struct ho_crowd crowd = {.n = 0};
    *out = set_of_fresh(docket);
    size_t n = docket->puts_off ? ho_identity_set_wanted(*out, &ids) : 0;
    enum ho_status status = n ? ho_crowd_find(docket->arena, pg, ids, n, &crowd, error) : HO_OK;
    if (status == HO_OK && crowd.n) {
        put_off_crowds(docket, pg, &crowd);
        *out = set_of_fresh(docket);
    }
    return status == HO_OK ? add_kept(docket, pg, &crowd, *out, error) : status;
}

enum ho_status ho_docket_decide(struct ho_docket *docket, struct ho_pg *pg, int32_t part, struct ho_error *error)
{
    struct ho_identity_set *set = NULL;
    enum ho_status status = ho_evidence_lock(&docket->evidence, pg, error);
    if (status == HO_OK)
        status = gather(docket, pg, &set, error);
    if (status == HO_OK) {
        ho_identity_set_decide(set);
        write(docket, pg, part, set);
    }
    ho_evidence_cleanup(&docket->evidence);
    return status;
}
