#include "store.h"

#include <stdio.h>

struct links {
    struct ho_pg_array *event_id, *subject, *member_id, *decision, *why, *own, *payload, *traceparent;
    struct ho_pg_array *identity_id, *feed, *event; // of new ones only
};

struct items {
    struct ho_pg_array *event_id, *subject, *state, *reason, *candidates, *why, *explanation, *score;
    struct ho_pg_array *identity_id, *facility, *mrn, *feed, *message, *event, *traceparent; // of new ones only
};

struct pairs {
    struct ho_pg_array *a, *b, *merged, *merge_stands, *linked, *link_stands, *recorded, *said_by;
};

struct ho_store {
    struct ho_arena *arena;
    struct links made, moved, settled;
    struct items put, changed;
    struct {
        struct ho_pg_array *event_id, *subject;
    } gone;
    struct {
        struct ho_pg_array *identity_id, *member_id;
    } known;
    struct {
        struct ho_pg_array *identity_id, *cluster;
    } joined;
    struct pairs pairs;
    struct ho_pg_array *look_back, *unused; // identities
    struct ho_pg_array *members, *left;     // whose state is locked; who lose an event
};

static struct ho_pg_array *column(const struct ho_store *store, enum ho_pg_type type)
{
    return ho_pg_array_new(store->arena, type);
}

static struct links links_new(const struct ho_store *s)
{
    return (struct links){
        .event_id = column(s, HO_PG_BYTEA),
        .subject = column(s, HO_PG_INT4),
        .member_id = column(s, HO_PG_TEXT),
        .decision = column(s, HO_PG_TEXT),
        .why = column(s, HO_PG_TEXT),
        .own = column(s, HO_PG_BOOL),
        .payload = column(s, HO_PG_BYTEA),
        .traceparent = column(s, HO_PG_TEXT),
        .identity_id = column(s, HO_PG_INT8),
        .feed = column(s, HO_PG_TEXT),
        .event = column(s, HO_PG_BYTEA),
    };
}

static struct items items_new(const struct ho_store *s)
{
    return (struct items){
        .event_id = column(s, HO_PG_BYTEA),
        .subject = column(s, HO_PG_INT4),
        .state = column(s, HO_PG_TEXT),
        .reason = column(s, HO_PG_TEXT),
        .candidates = column(s, HO_PG_TEXT),
        .why = column(s, HO_PG_TEXT),
        .explanation = column(s, HO_PG_TEXT),
        .score = column(s, HO_PG_TEXT),
        .identity_id = column(s, HO_PG_INT8),
        .facility = column(s, HO_PG_TEXT),
        .mrn = column(s, HO_PG_TEXT),
        .feed = column(s, HO_PG_TEXT),
        .message = column(s, HO_PG_BYTEA),
        .event = column(s, HO_PG_BYTEA),
        .traceparent = column(s, HO_PG_TEXT),
    };
}

static struct pairs pairs_new(const struct ho_store *s)
{
    return (struct pairs){
        .a = column(s, HO_PG_INT8),
        .b = column(s, HO_PG_INT8),
        .merged = column(s, HO_PG_BOOL),
        .merge_stands = column(s, HO_PG_BOOL),
        .linked = column(s, HO_PG_BOOL),
        .link_stands = column(s, HO_PG_BOOL),
        .recorded = column(s, HO_PG_INT8),
        .said_by = column(s, HO_PG_BYTEA),
    };
}

struct ho_store *ho_store_new(struct ho_arena *arena)
{
    struct ho_store *s = ho_arena_alloc(arena, sizeof *s);
    s->arena = arena;
    s->made = links_new(s);
    s->moved = links_new(s);
    s->settled = links_new(s);
    s->put = items_new(s);
    s->changed = items_new(s);
    s->pairs = pairs_new(s);
    s->gone.event_id = column(s, HO_PG_BYTEA);
    s->gone.subject = column(s, HO_PG_INT4);
    s->known.identity_id = column(s, HO_PG_INT8);
    s->known.member_id = column(s, HO_PG_TEXT);
    s->joined.identity_id = column(s, HO_PG_INT8);
    s->joined.cluster = column(s, HO_PG_INT8);
    s->look_back = column(s, HO_PG_INT8);
    s->unused = column(s, HO_PG_INT8);
    s->members = column(s, HO_PG_TEXT);
    s->left = column(s, HO_PG_TEXT);
    return s;
}

// ---- Events --------------------------------------------------------------------------------------------

static const struct ho_matter *matter_of(const struct ho_identity_event *e)
{
    return e->context;
}

static struct ho_bytes packed_of(const struct ho_store *s, const struct ho_identity_event *e)
{
    const struct ho_matter *matter = matter_of(e);
    return matter->packed.n ? matter->packed : ho_message_pack(s->arena, &matter->event->base);
}

// The message that tells of the link in that version; empty where it names nobody.
static struct ho_bytes payload_of(const struct ho_store *s, const struct ho_identity_event *e, const char *member_id,
                                  int32_t version)
{
    ho_matched_event matched = HANDOFF__V1__MATCHED_EVENT__INIT;
    ho_adt_event event = *matter_of(e)->event;
    if (!*member_id)
        return ho_bytes_of("");
    event.receiver = NULL; // nothing to whom it was taken from
    matched.event = &event;
    matched.member_id = (char *)(uintptr_t)member_id;
    matched.link = (uint32_t)version;
    return ho_message_pack(s->arena, &matched.base);
}

static void push_link(struct ho_store *s, struct links *links, const struct ho_identity_event *e)
{
    const char *member_id = e->verdict.verdict == HO_MATCH_MATCHED ? e->verdict.member_id : "";
    ho_pg_push_bytes(links->event_id, ho_bytes_from(e->id, HO_ID_BYTES));
    ho_pg_push_int(links->subject, e->subject);
    ho_pg_push_text(links->member_id, member_id);
    ho_pg_push_text(links->decision, e->verdict.reason);
    ho_pg_push_text(links->why, e->verdict.why);
    ho_pg_push_int(links->own, e->by_own);
    if (links == &s->settled)
        return;
    ho_pg_push_bytes(links->payload, payload_of(s, e, member_id, e->link + 1));
    ho_pg_push_bytes(links->traceparent, matter_of(e)->traceparent);
    if (*member_id)
        ho_pg_push_text(s->members, member_id);
}

static void add_made(struct ho_store *s, const struct ho_identity_event *e)
{
    push_link(s, &s->made, e);
    ho_pg_push_int(s->made.identity_id, e->identity);
    ho_pg_push_text(s->made.feed, matter_of(e)->event->feed);
    ho_pg_push_bytes(s->made.event, packed_of(s, e));
}

static void add_moved(struct ho_store *s, const struct ho_identity_event *e)
{
    push_link(s, &s->moved, e);
    if (!e->member_id[0])
        return;
    ho_pg_push_text(s->members, e->member_id);
    ho_pg_push_text(s->left, e->member_id);
}

// A text as a JSON string.
static const char *quoted(struct ho_arena *arena, const char *text)
{
    size_t n = 0;
    char *out = ho_arena_alloc(arena, 6 * strlen(text) + 3);
    out[n++] = '"';
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            out[n++] = '\\';
        if (*p >= ' ')
            out[n++] = (char)*p;
        else
            n += (size_t)snprintf(out + n, 7, "\\u%04x", *p);
    }
    out[n++] = '"';
    out[n] = '\0';
    return out;
}

static const char *explain(struct ho_arena *arena, const struct ho_match *match)
{
    const char *list = "";
    for (size_t i = 0; i < match->n_candidates; i++) {
        const struct ho_match_candidate *c = &match->candidates[i];
        list = ho_arena_printf(arena, "%s%s{\"member_id\":%s,\"score\":%.3f,\"why\":%s}", list, i ? "," : "",
                               quoted(arena, c->member_id), c->score, c->why);
    }
    return ho_arena_printf(arena, "[%s]", list);
}

// Member ids joined by the unit separator, which no id may hold.
static const char *join_candidates(struct ho_arena *arena, const struct ho_match *match)
{
    const char *joined = match->n_candidates ? match->candidates[0].member_id : "";
    for (size_t i = 1; i < match->n_candidates; i++)
        joined = ho_arena_printf(arena, "%s\x1f%s", joined, match->candidates[i].member_id);
    return joined;
}

static void push_item(const struct ho_store *s, const struct items *items, const struct ho_identity_event *e)
{
    ho_pg_push_bytes(items->event_id, ho_bytes_from(e->id, HO_ID_BYTES));
    ho_pg_push_int(items->subject, e->subject);
    ho_pg_push_text(items->state, ho_match_verdict_name(e->verdict.verdict));
    ho_pg_push_text(items->reason, e->verdict.reason);
    ho_pg_push_text(items->candidates, join_candidates(s->arena, &e->verdict));
    ho_pg_push_text(items->why, e->verdict.why);
    ho_pg_push_text(items->explanation, explain(s->arena, &e->verdict));
    ho_pg_push_text(items->score, ho_arena_printf(s->arena, "%.3f", e->verdict.score));
}

static void add_item(struct ho_store *s, const struct ho_identity_event *e)
{
    const struct ho_matter *matter = matter_of(e);
    const struct items *items = &s->put;
    struct ho_bytes packed = packed_of(s, e);
    push_item(s, items, e);
    ho_pg_push_int(items->identity_id, e->identity);
    ho_pg_push_text(items->facility, matter->event->facility);
    ho_pg_push_text(items->mrn, matter->mrn);
    ho_pg_push_text(items->feed, matter->event->feed);
    ho_pg_push_bytes(items->message, matter->message.n ? matter->message : packed);
    ho_pg_push_bytes(items->event, packed);
    ho_pg_push_bytes(items->traceparent, matter->traceparent);
}

void ho_store_event(struct ho_store *s, const struct ho_identity_event *e)
{
    if (e->changes & HO_LINK_MADE)
        add_made(s, e);
    if (e->changes & HO_LINK_MOVED)
        add_moved(s, e);
    if (e->changes & HO_LINK_SETTLED)
        push_link(s, &s->settled, e);
    if (e->changes & HO_ITEM_MADE)
        add_item(s, e);
    if (e->changes & HO_ITEM_CHANGED)
        push_item(s, &s->changed, e);
    if (e->changes & HO_ITEM_GONE) {
        ho_pg_push_bytes(s->gone.event_id, ho_bytes_from(e->id, HO_ID_BYTES));
        ho_pg_push_int(s->gone.subject, e->subject);
    }
    if (e->known_for) {
        ho_pg_push_int(s->known.identity_id, e->identity);
        ho_pg_push_text(s->known.member_id, e->known_for);
    }
}

void ho_store_pair(struct ho_store *s, const struct ho_identity_pair *pair)
{
    if (!pair->changed)
        return;
    ho_pg_push_int(s->pairs.a, pair->a);
    ho_pg_push_int(s->pairs.b, pair->b);
    ho_pg_push_int(s->pairs.merged, pair->merged);
    ho_pg_push_int(s->pairs.merge_stands, pair->merge_stands);
    ho_pg_push_int(s->pairs.linked, pair->linked);
    ho_pg_push_int(s->pairs.link_stands, pair->link_stands);
    ho_pg_push_int(s->pairs.recorded, pair->recorded);
    ho_pg_push_bytes(s->pairs.said_by, pair->said_by ? ho_bytes_from(pair->said_by, HO_ID_BYTES) : ho_bytes_of(""));
}

void ho_store_identity(struct ho_store *s, const struct ho_identity *identity)
{
    if (identity->joined != identity->cluster) {
        ho_pg_push_int(s->joined.identity_id, identity->id);
        ho_pg_push_int(s->joined.cluster, identity->joined);
    }
    if (identity->look_back)
        ho_pg_push_int(s->look_back, identity->id);
    if (!identity->kept)
        ho_pg_push_int(s->unused, identity->id);
}

// ---- Statements ----------------------------------------------------------------------------------------

// The locks come first, in id order, so that a member's outbox rows are in order.
static const char *const LOCK = "select from member_state where member_id = any ($1) order by member_id for update";

// A message that came before has its link, whoever it names by now.
static const char *const LINK =
    "with input as ("
    "  select * from unnest($1::bytea[], $2::int4[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::bytea[],"
    "    $8::text[], $9::int8[], $10::text[], $11::bytea[]) with ordinality as i (event_id, subject, member_id,"
    "    decision, why, own, payload, traceparent, identity_id, feed, event, ord)"
    "), made as ("
    "  insert into event_link (event_id, subject, member_id, decision, why, own, identity_id, feed, event)"
    "  select event_id, subject, member_id, decision, why::jsonb, own, identity_id, feed, event from input order by ord"
    "  on conflict do nothing returning event_id, subject"
    "), decided as ("
    "  delete from review r using made m where r.event_id = m.event_id and r.subject = m.subject"
    "), sent as ("
    "  insert into outbox (topic, key, ce_id, ce_type, traceparent, payload)"
    "  select 'adt.matched', convert_to(member_id, 'UTF8'), encode(event_id, 'hex') || '.' || subject,"
    "    'org.handoff.adt.matched', traceparent, payload"
    "  from input join made using (event_id, subject) order by ord"
    ") insert into leg (stage, part, n)"
    "  select stage, $12, (select count(*) from made) from unnest(array['linked', 'written:adt.matched']) stage"
    "  on conflict (stage, part) do update set n = leg.n + excluded.n";

static const char *const MOVE =
    "with input as ("
    "  select * from unnest($1::bytea[], $2::int4[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::bytea[],"
    "    $8::text[]) with ordinality as i (event_id, subject, member_id, decision, why, own, payload, traceparent, ord)"
    "), moved as ("
    "  update event_link l set member_id = i.member_id, version = l.version + 1, decision = i.decision,"
    "    why = i.why::jsonb, own = i.own, made_at = now()"
    "  from input i where (l.event_id, l.subject) = (i.event_id, i.subject)"
    "  returning l.event_id, l.subject, l.version, l.member_id"
    "), sent as ("
    "  insert into outbox (topic, key, ce_id, ce_type, traceparent, payload)"
    "  select 'adt.matched', convert_to(m.member_id, 'UTF8'),"
    "    encode(event_id, 'hex') || '.' || subject || '.' || m.version, 'org.handoff.adt.matched', traceparent, payload"
    "  from input join moved m using (event_id, subject) where m.member_id <> '' order by ord returning 1"
    ") insert into leg (stage, part, n)"
    "  select stage, $9, (select count(*) from sent) from unnest(array['linked', 'written:adt.matched']) stage"
    "  on conflict (stage, part) do update set n = leg.n + excluded.n";

static const char *const SETTLE =
    "update event_link l set decision = i.decision, why = i.why::jsonb, own = i.own"
    "  from unnest($1::bytea[], $2::int4[], $3::text[], $4::text[], $5::text[], $6::bool[])"
    "    as i (event_id, subject, member_id, decision, why, own)"
    "  where (l.event_id, l.subject, l.member_id) = (i.event_id, i.subject, i.member_id)";

// An event that is linked to somebody needs no review, and one that people set apart none about its identity.
static const char *const PUT =
    "insert into review (event_id, subject, state, reason, candidates, why, explanation, score, identity_id, facility,"
    "    mrn, feed, message, event, traceparent)"
    "  select event_id, subject, state, reason, string_to_array(candidates, E'\\x1f'), why::jsonb, explanation::jsonb,"
    "    score::float8, identity_id, facility, mrn, feed, message, event, traceparent"
    "  from unnest($1::bytea[], $2::int4[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],"
    "    $9::int8[], $10::text[], $11::text[], $12::text[], $13::bytea[], $14::bytea[], $15::text[])"
    "    as i (event_id, subject, state, reason, candidates, why, explanation, score, identity_id, facility, mrn, feed,"
    "    message, event, traceparent)"
    "  where not exists (select from event_link l where l.event_id = i.event_id and l.subject = i.subject"
    "    and (l.member_id <> ''"
    "      or l.decision = 'not-same' and i.reason in ('identity-contradicted', 'contradicts-decision')))"
    "  on conflict do nothing";

static const char *const CHANGE =
    "update review r set state = i.state, reason = i.reason, candidates = string_to_array(i.candidates, E'\\x1f'),"
    "    why = i.why::jsonb, explanation = i.explanation::jsonb, score = i.score::float8, version = default,"
    "    updated_at = now()"
    "  from unnest($1::bytea[], $2::int4[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])"
    "    as i (event_id, subject, state, reason, candidates, why, explanation, score)"
    "  where (r.event_id, r.subject) = (i.event_id, i.subject)";

static const char *const DROP = "delete from review r using unnest($1::bytea[], $2::int4[]) as i (event_id, subject)"
                                "  where (r.event_id, r.subject) = (i.event_id, i.subject)";

static const char *const KNOW =
    "insert into identity_member (identity_id, member_id, state)"
    "  select distinct identity_id, member_id, 'matched' from unnest($1::int8[], $2::text[]) as i (identity_id, "
    "member_id)"
    "  on conflict do nothing";

static const char *const JOIN = "update identity i set cluster = j.cluster"
                                "  from unnest($1::int8[], $2::int8[]) as j (identity_id, cluster)"
                                "  where i.identity_id = j.identity_id";

static const char *const LOOK_BACK = "update identity set look_back = true where identity_id = any ($1)";

// Identities of clusters of which nothing is kept and nothing was said.
static const char *const FORGET =
    "delete from identity i where identity_id = any ($1)"
    "  and not exists (select from identity c join event_link l using (identity_id) where c.cluster = i.cluster)"
    "  and not exists (select from identity c join review r using (identity_id) where c.cluster = i.cluster)"
    "  and not exists (select from identity c join identity_member m using (identity_id) where c.cluster = i.cluster)";

// Both are locked, so nobody else writes the row.
static const char *const TIE =
    "insert into identity_pair (a, b, merged, merge_stands, linked, link_stands, recorded, said_by)"
    "  select * from unnest($1::int8[], $2::int8[], $3::bool[], $4::bool[], $5::bool[], $6::bool[], $7::int8[],"
    "    $8::bytea[]) as i (a, b, merged, merge_stands, linked, link_stands, recorded, said_by)"
    "  where exists (select from identity where identity_id in (i.a, i.b))"
    "  on conflict (a, b) do update set merged = excluded.merged, merge_stands = excluded.merge_stands,"
    "    linked = excluded.linked, link_stands = excluded.link_stands, recorded = excluded.recorded,"
    "    said_by = excluded.said_by";

// What was said of two of whom neither is kept any more.
static const char *const UNTIE = "delete from identity_pair p where (a = any ($1) or b = any ($1))"
                                 "  and not exists (select from identity where identity_id in (p.a, p.b))";

static const char *const REPLAN =
    "insert into replan (member_id, reason) select distinct m, 'relinked' from unnest($1::text[]) m order by 1";

static const char *const WAKE_RELAY = "select pg_notify('handoff_outbox', '')";
static const char *const WAKE_TRANSITIONS = "select pg_notify('handoff_replan', '')";

static struct ho_pg_params *params_of(const struct ho_store *s, struct ho_pg_array *const *columns, size_t n)
{
    struct ho_pg_params *params = ho_pg_params_new(s->arena);
    for (size_t i = 0; i < n; i++)
        ho_pg_param_array(params, columns[i]);
    return params;
}

// Nothing is queued where the first column is empty.
static void queue(const struct ho_store *s, struct ho_pg *pg, const char *sql, struct ho_pg_array *const *columns,
                  size_t n)
{
    if (ho_pg_array_length(columns[0]))
        ho_pg_queue(pg, sql, params_of(s, columns, n), NULL);
}

static void queue_counted(const struct ho_store *s, struct ho_pg *pg, const char *sql,
                          struct ho_pg_array *const *columns, size_t n, int32_t part)
{
    if (!ho_pg_array_length(columns[0]))
        return;
    struct ho_pg_params *params = params_of(s, columns, n);
    ho_pg_int(params, part);
    ho_pg_queue(pg, sql, params, NULL);
}

#define COLUMNS(first) (struct ho_pg_array *const *)(first)
#define N_COLUMNS(group, past) (offsetof(struct group, past) / sizeof(struct ho_pg_array *))
#define ALL_COLUMNS(group) (sizeof(struct group) / sizeof(struct ho_pg_array *))

bool ho_store_sends(const struct ho_store *s)
{
    return ho_pg_array_length(s->made.event_id) || ho_pg_array_length(s->moved.event_id);
}

static void queue_links(const struct ho_store *s, struct ho_pg *pg, int32_t part)
{
    queue(s, pg, LOCK, &s->members, 1);
    queue_counted(s, pg, LINK, COLUMNS(&s->made), ALL_COLUMNS(links), part);
    queue_counted(s, pg, MOVE, COLUMNS(&s->moved), N_COLUMNS(links, identity_id), part);
    queue(s, pg, SETTLE, COLUMNS(&s->settled), N_COLUMNS(links, payload));
    queue(s, pg, REPLAN, &s->left, 1);
}

static void queue_items(const struct ho_store *s, struct ho_pg *pg)
{
    queue(s, pg, PUT, COLUMNS(&s->put), ALL_COLUMNS(items));
    queue(s, pg, CHANGE, COLUMNS(&s->changed), N_COLUMNS(items, identity_id));
    queue(s, pg, DROP, COLUMNS(&s->gone), 2);
}

void ho_store_write(struct ho_store *s, struct ho_pg *pg, int32_t part)
{
    queue_links(s, pg, part);
    queue_items(s, pg);
    queue(s, pg, KNOW, COLUMNS(&s->known), 2);
    queue(s, pg, JOIN, COLUMNS(&s->joined), 2);
    queue(s, pg, LOOK_BACK, &s->look_back, 1);
    queue(s, pg, FORGET, &s->unused, 1);
    queue(s, pg, UNTIE, &s->unused, 1);
    queue(s, pg, TIE, COLUMNS(&s->pairs), ALL_COLUMNS(pairs));
    if (ho_store_sends(s))
        ho_pg_queue(pg, WAKE_RELAY, NULL, NULL);
    if (ho_pg_array_length(s->left))
        ho_pg_queue(pg, WAKE_TRANSITIONS, NULL, NULL);
}
