#include "relink.h"

#include "handoff/digest.h"

// ---- What moves --------------------------------------------------------------------------------------

// Parameters of all: $1 the cluster's ids.

// People's earlier words that this one goes against. $2 who it is.
static const char OVERRULED[] = "select distinct member_id from identity_member where identity_id = any ($1)"
                                " and state = 'same' and member_id <> $2::text";

// $2 who it is, $3 who it is not, $4 whether it is somebody, $5 whether that takes back who was ruled out. With a
// member known, whatever rests on what the identity is known for moves too, and what is about nobody yet; what an
// event's own evidence says of a third person stays, and the matcher shows it as a contradiction. What was set apart
// goes where that is taken back only. The event of a link from before is its member's.
static const char LINKS[] =
    "select l.event_id, l.subject, l.version, l.member_id,"
    "  coalesce(l.event, (select e.event from member_event e where (e.member_id, e.event_id, e.subject) ="
    "    (l.member_id, l.event_id, l.subject) order by e.link desc limit 1)), ''"
    " from event_link l where l.identity_id = any ($1) and l.member_id <> $2::text"
    "  and (l.member_id = any ($3) or ($4 and (not l.own or l.member_id = '')))"
    "  and (l.member_id <> '' or l.decision <> 'not-same' or $5)"
    "  and not ($4 and exists (select from review r where (r.event_id, r.subject) = (l.event_id, l.subject)))"
    " order by l.event_id, l.subject";
// What waits and goes with a word: $2, $3 the item on which it is said, $4 who it is, $5 who it is not. What speaks
// against whom the identity is known to be, and what may be others only, is a question of its own: the matcher decides
// it again.
#define GOES                                                                                                           \
    "r.identity_id = any ($1) and ((r.event_id, r.subject) = ($2, $3)"                                                 \
    "  or r.reason not in ('identity-contradicted', 'contradicts-decision')"                                           \
    "   and ($4::text = any (r.candidates) or r.candidates <@ $5))"
static const char ITEMS[] =
    "select r.event_id, r.subject, coalesce(l.version, 0), coalesce(l.member_id, ''), r.event, r.traceparent"
    " from review r left join event_link l using (event_id, subject)"
    " where " GOES " order by r.event_id, r.subject";

enum { EVENT_ID, SUBJECT, VERSION, MEMBER, EVENT, TRACEPARENT };

struct moves {
    struct ho_pg_array *event_id, *subject, *version, *payload, *traceparent; // of the links as they will be
    struct ho_pg_array *members;                                              // whose state is locked
    struct ho_pg_array *left;                                                 // who loses events
    struct ho_pg_array *not_members;
    int64_t moved, linked, forgotten;
};

static void moves_init(struct ho_arena *arena, struct moves *m)
{
    *m = (struct moves){
        .event_id = ho_pg_array_new(arena, HO_PG_BYTEA),
        .subject = ho_pg_array_new(arena, HO_PG_INT4),
        .version = ho_pg_array_new(arena, HO_PG_INT4),
        .payload = ho_pg_array_new(arena, HO_PG_BYTEA),
        .traceparent = ho_pg_array_new(arena, HO_PG_TEXT),
        .members = ho_pg_array_new(arena, HO_PG_TEXT),
        .left = ho_pg_array_new(arena, HO_PG_TEXT),
        .not_members = ho_pg_array_new(arena, HO_PG_TEXT),
    };
}

// The message about the link in its new version; "" where there is nobody to tell.
static enum ho_status message_of(const struct ho_cluster *cluster, const struct ho_pg_result *rows, int i,
                                 const char *member, struct ho_bytes *out, struct ho_error *error)
{
    ho_matched_event matched = HANDOFF__V1__MATCHED_EVENT__INIT;
    *out = ho_bytes_of("");
    if (!*member)
        return HO_OK;
    matched.event = ho_adt_event_unpack(cluster->arena, ho_pg_get_bytes(rows, i, EVENT));
    if (!matched.event || matched.event->id.len != HO_ID_BYTES)
        return ho_fail(error, HO_FATAL, "an event of this identity is not kept, so it cannot move");
    matched.event->receiver = NULL; // nothing to whom it was taken from
    matched.member_id = (char *)(uintptr_t)member;
    matched.link = (uint32_t)ho_pg_get_int(rows, i, VERSION) + 1;
    *out = ho_message_pack(cluster->arena, &matched.base);
    return HO_OK;
}

static enum ho_status add_move(const struct ho_cluster *cluster, struct moves *m, const struct ho_pg_result *rows,
                               int i, const char *member, struct ho_error *error)
{
    struct ho_bytes message;
    enum ho_status status = message_of(cluster, rows, i, member, &message, error);
    if (status != HO_OK)
        return status;
    ho_pg_push_bytes(m->event_id, ho_pg_get_bytes(rows, i, EVENT_ID));
    ho_pg_push_int(m->subject, ho_pg_get_int(rows, i, SUBJECT));
    ho_pg_push_int(m->version, ho_pg_get_int(rows, i, VERSION) + 1);
    ho_pg_push_bytes(m->payload, message);
    ho_pg_push_bytes(m->traceparent, ho_pg_get_bytes(rows, i, TRACEPARENT));
    if (*ho_pg_get_text(rows, i, MEMBER)) {
        ho_pg_push_bytes(m->members, ho_pg_get_bytes(rows, i, MEMBER));
        ho_pg_push_bytes(m->left, ho_pg_get_bytes(rows, i, MEMBER));
    }
    return HO_OK;
}

// A link to nobody, undone so long ago that its event is deleted: it stays.
static bool is_forgotten(const struct ho_pg_result *rows, int i)
{
    return !*ho_pg_get_text(rows, i, MEMBER) && !ho_pg_get_bytes(rows, i, EVENT).n;
}

static enum ho_status add_link(const struct ho_cluster *cluster, struct moves *m, const struct ho_pg_result *rows,
                               int i, const char *member, struct ho_error *error)
{
    if (is_forgotten(rows, i)) {
        m->forgotten++;
        return HO_OK;
    }
    m->moved++;
    return add_move(cluster, m, rows, i, member, error);
}

static enum ho_status find_overruled(const struct ho_cluster *cluster, const struct ho_relink *relink, struct moves *m,
                                     struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    struct ho_pg_params *params = ho_pg_params_new(cluster->arena);
    if (*relink->not_member)
        ho_pg_push_text(m->not_members, relink->not_member);
    if (!*relink->member)
        return HO_OK;
    ho_pg_param_array(params, cluster->ids);
    ho_pg_text(params, relink->member);
    enum ho_status status = ho_pg_run(cluster->pg, OVERRULED, params, &rows, error);
    for (int i = 0; status == HO_OK && i < ho_pg_rows(rows); i++)
        if (strcmp(ho_pg_get_text(rows, i, 0), relink->not_member) != 0)
            ho_pg_push_bytes(m->not_members, ho_pg_get_bytes(rows, i, 0));
    ho_pg_result_free(rows);
    return status;
}

// Two parameters; none is of no event.
static void push_item(struct ho_pg_params *params, const struct ho_review_ref *item_or_null)
{
    ho_pg_bytea(params, item_or_null ? ho_bytes_from(item_or_null->event_id, HO_ID_BYTES) : ho_bytes_of(""));
    ho_pg_int(params, item_or_null ? item_or_null->subject : -1);
}

// The cluster's items that go with the word: $1 to $5.
static struct ho_pg_params *item_params(const struct ho_cluster *cluster, const struct ho_relink *relink,
                                        const struct moves *m)
{
    struct ho_pg_params *params = ho_pg_params_new(cluster->arena);
    ho_pg_param_array(params, cluster->ids);
    push_item(params, relink->item);
    ho_pg_text(params, relink->member);
    ho_pg_param_array(params, m->not_members);
    return params;
}

static enum ho_status find_moves(const struct ho_cluster *cluster, const struct ho_relink *relink, struct moves *m,
                                 struct ho_error *error)
{
    struct ho_pg_result *links = NULL, *items = NULL;
    struct ho_pg_params *of_links = ho_pg_params_new(cluster->arena);
    bool named = *relink->member != '\0';
    ho_pg_param_array(of_links, cluster->ids);
    ho_pg_text(of_links, relink->member);
    ho_pg_param_array(of_links, m->not_members);
    ho_pg_bool(of_links, named);
    ho_pg_bool(of_links, relink->back);
    ho_pg_queue(cluster->pg, LINKS, of_links, &links);
    if (named)
        ho_pg_queue(cluster->pg, ITEMS, item_params(cluster, relink, m), &items);
    enum ho_status status = ho_pg_flush(cluster->pg, error);
    for (int i = 0; status == HO_OK && i < ho_pg_rows(links); i++)
        status = add_link(cluster, m, links, i, relink->member, error);
    for (int i = 0; status == HO_OK && named && i < ho_pg_rows(items); i++) {
        if (strcmp(ho_pg_get_text(items, i, MEMBER), relink->member) == 0)
            continue; // it is linked so already
        status = add_move(cluster, m, items, i, relink->member, error);
        m->linked++;
    }
    ho_pg_result_free(links);
    ho_pg_result_free(items);
    return status;
}

// ---- Writing -----------------------------------------------------------------------------------------

static const char MAKE_STATES[] = "insert into member_state (member_id) select distinct m from unnest($1::text[]) m"
                                  " order by m on conflict do nothing";
static const char LOCK_STATES[] = "select from member_state where member_id = any ($1) order by member_id for update";

// What a person says takes the place of what was said before. $2 who it is not, $3 by, $4 note, $5 the identity.
static const char RULE_OUT[] =
    "insert into identity_member as k (identity_id, member_id, state, by, note)"
    " select i, m, 'not-same', $3, $4 from unnest($1::bigint[]) i cross join unnest($2::text[]) m"
    "  where (i = $5 and m = $6) or exists (select from identity_member x where (x.identity_id, x.member_id) = (i, m))"
    " on conflict (identity_id, member_id) do update set state = 'not-same', by = excluded.by, note = excluded.note,"
    "  at = now() where k.state <> 'not-same'";
// $2 who it is, $3 by, $4 note, $5 the identity.
static const char NAME[] =
    "insert into identity_member (identity_id, member_id, state, by, note)"
    " select i, $2, 'same', $3, $4 from unnest($1::bigint[]) i where i = $5"
    "  or exists (select from identity_member x where (x.identity_id, x.member_id, x.state) = (i, $2, 'not-same'))"
    " on conflict (identity_id, member_id) do update set state = 'same', by = excluded.by, note = excluded.note,"
    "  at = now()";
static const char LOOK_BACK[] = "update identity set look_back = true where identity_id = any ($1)";

// $1 to $3 the links, $4 the member, $5 the word of the decision.
static const char LINK[] =
    "insert into event_link as l (event_id, subject, member_id, version, decision, why, identity_id, own, feed, event)"
    " select i.event_id, i.subject, $4, i.version, $5, jsonb_build_object('rule', $5::text), r.identity_id, false,"
    "  coalesce(r.feed, ''), r.event"
    " from unnest($1::bytea[], $2::int4[], $3::int4[]) as i (event_id, subject, version)"
    " left join review r on (r.event_id, r.subject) = (i.event_id, i.subject)"
    " on conflict (event_id, subject) do update set member_id = excluded.member_id, version = excluded.version,"
    "  decision = excluded.decision, why = excluded.why, own = false, made_at = now(),"
    "  identity_id = coalesce(l.identity_id, excluded.identity_id), event = coalesce(l.event, excluded.event)";
// $1 to $3 the links, $4 the member, $5 the messages, $6 traceparents, $7 the part of the legs.
static const char SEND[] =
    "with sent as ("
    "  insert into outbox (topic, key, ce_id, ce_type, traceparent, payload)"
    "  select 'adt.matched', convert_to($4, 'UTF8'), encode(event_id, 'hex') || '.' || subject || '.' || version,"
    "    'org.handoff.adt.matched', traceparent, payload"
    "  from unnest($1::bytea[], $2::int4[], $3::int4[], $5::bytea[], $6::text[]) with ordinality"
    "    as i (event_id, subject, version, payload, traceparent, ord) order by ord returning 1"
    ") insert into leg (stage, part, n)"
    "  select stage, $7, (select count(*) from sent) from unnest(array['linked', 'written:adt.matched']) stage"
    "  on conflict (stage, part) do update set n = leg.n + excluded.n";
static const char REPLAN[] = "insert into replan (member_id, reason) select distinct m, 'relinked'"
                             " from unnest($1::text[]) m order by 1";

// An item that becomes a link is decided. $6 by, $7 note.
static const char CLOSE[] =
    "with gone as (delete from review r where " GOES " returning identity_id, event_id, subject, version)"
    " insert into decision_history (identity_id, event_id, subject, by, action, member_id, detail)"
    " select identity_id, event_id, subject, $6, 'same', $4, jsonb_build_object('note', $7::text, 'version', version)"
    " from gone order by event_id, subject";
// The last candidate of an item is gone: the message is decided as if it had just come, for somebody else may be left.
// $2 who it is not.
static const char GIVE_BACK[] =
    "with gone as (delete from review where identity_id = any ($1) and state = 'review' and candidates = "
    "array[$2::text]"
    "  returning message, traceparent, feed)"
    " insert into redecide (content_type, message, traceparent, source, reason)"
    " select case when position('\\x4d5348'::bytea in substring(message for 16)) > 0 then 'application/hl7-v2+er7'"
    "  else 'application/protobuf' end, message, traceparent, feed, 'decision' from gone";
// $2 who it is not, $3 by, $4 and $5 the item; '': all of the cluster.
static const char STRIKE[] =
    "update review r set candidates = array_remove(r.candidates, $2::text), explanation = x.rest, score = x.score,"
    "  version = default, updated_at = now(), updated_by = $3"
    " from review o cross join lateral (select coalesce(jsonb_agg(e order by ord), '[]') as rest,"
    "   coalesce(max((e->>'score')::float8), 0) as score"
    "   from jsonb_array_elements(o.explanation) with ordinality as a (e, ord) where e->>'member_id' <> $2) x"
    " where (o.event_id, o.subject) = (r.event_id, r.subject) and r.identity_id = any ($1)"
    "  and $2 = any (r.candidates) and ($4 = ''::bytea or (r.event_id, r.subject) = ($4, $5))";

// An item's link names nobody. $1, $2 the item.
static const char SET_APART[] =
    "with gone as (delete from review where (event_id, subject) = ($1, $2)"
    "  returning event_id, subject, identity_id, feed, event)"
    " insert into event_link as l (event_id, subject, member_id, decision, why, identity_id, own, feed, event)"
    " select event_id, subject, '', 'not-same', '{\"rule\":\"not-same\"}', identity_id, false, feed, event from gone"
    " on conflict (event_id, subject) do update set version = l.version + 1, decision = excluded.decision,"
    "  why = excluded.why, own = false, made_at = now(), identity_id = coalesce(l.identity_id, excluded.identity_id),"
    "  event = coalesce(l.event, excluded.event)";

static const char REDECIDE[] = "insert into redecide (identity_id, reason) values ($1, $2)";
static const char WAKE[] = "select pg_notify('handoff_redecide', ''), pg_notify('handoff_replan', ''),"
                           " pg_notify('handoff_outbox', '')";

enum { LEG_PART = 2000 }; // beside the matcher's, which are partitions, and the roster's, from 1000

static void queue_word(const struct ho_cluster *cluster, const struct ho_relink *relink, const struct moves *m)
{
    struct ho_pg_params *out = ho_pg_params_new(cluster->arena), *name = ho_pg_params_new(cluster->arena);
    struct ho_pg_params *ids = ho_pg_params_new(cluster->arena);
    ho_pg_param_array(ids, cluster->ids);
    ho_pg_param_array(out, cluster->ids);
    ho_pg_param_array(out, m->not_members);
    ho_pg_text(out, relink->by);
    ho_pg_text(out, relink->note);
    ho_pg_int(out, cluster->identity_id);
    ho_pg_text(out, relink->not_member);
    if (ho_pg_array_length(m->not_members))
        ho_pg_queue(cluster->pg, RULE_OUT, out, NULL);
    if (!*relink->member)
        return;
    ho_pg_param_array(name, cluster->ids);
    ho_pg_text(name, relink->member);
    ho_pg_text(name, relink->by);
    ho_pg_text(name, relink->note);
    ho_pg_int(name, cluster->identity_id);
    ho_pg_queue(cluster->pg, NAME, name, NULL);
    ho_pg_queue(cluster->pg, LOOK_BACK, ids, NULL);
}

static struct ho_pg_params *link_params(const struct ho_cluster *cluster, const struct ho_relink *relink,
                                        const struct moves *m)
{
    struct ho_pg_params *params = ho_pg_params_new(cluster->arena);
    ho_pg_param_array(params, m->event_id);
    ho_pg_param_array(params, m->subject);
    ho_pg_param_array(params, m->version);
    ho_pg_text(params, relink->member);
    return params;
}

static void queue_links(const struct ho_cluster *cluster, const struct ho_relink *relink, const struct moves *m)
{
    struct ho_pg_params *link = link_params(cluster, relink, m), *send = link_params(cluster, relink, m);
    struct ho_pg_params *left = ho_pg_params_new(cluster->arena);
    ho_pg_text(link, *relink->member ? "decision" : "undone");
    ho_pg_queue(cluster->pg, LINK, link, NULL);
    ho_pg_param_array(send, m->payload);
    ho_pg_param_array(send, m->traceparent);
    ho_pg_int(send, LEG_PART);
    if (*relink->member)
        ho_pg_queue(cluster->pg, SEND, send, NULL);
    ho_pg_param_array(left, m->left);
    if (ho_pg_array_length(m->left))
        ho_pg_queue(cluster->pg, REPLAN, left, NULL);
}

static void queue_strike(const struct ho_cluster *cluster, const struct ho_review_ref *item_or_null,
                         const char *member_id, const char *by)
{
    struct ho_pg_params *strike = ho_pg_params_new(cluster->arena);
    ho_pg_param_array(strike, cluster->ids);
    ho_pg_text(strike, member_id);
    ho_pg_text(strike, by);
    push_item(strike, item_or_null);
    ho_pg_queue(cluster->pg, STRIKE, strike, NULL);
}

static void queue_items(const struct ho_cluster *cluster, const struct ho_relink *relink, const struct moves *m,
                        struct ho_pg_result **closed)
{
    struct ho_pg_params *close = item_params(cluster, relink, m), *back = ho_pg_params_new(cluster->arena);
    ho_pg_text(close, relink->by);
    ho_pg_text(close, relink->note);
    ho_pg_param_array(back, cluster->ids);
    ho_pg_text(back, relink->not_member);
    if (*relink->member) {
        ho_pg_queue(cluster->pg, CLOSE, close, closed);
    } else {
        ho_pg_queue(cluster->pg, GIVE_BACK, back, closed);
        queue_strike(cluster, NULL, relink->not_member, relink->by);
    }
}

// The matcher decides the rest.
static void queue_again(const struct ho_cluster *cluster)
{
    struct ho_pg_params *again = ho_pg_params_new(cluster->arena);
    ho_pg_int(again, cluster->identity_id);
    ho_pg_text(again, "decision");
    ho_pg_queue(cluster->pg, REDECIDE, again, NULL);
    ho_pg_queue(cluster->pg, WAKE, NULL, NULL);
}

static enum ho_status lock_members(const struct ho_cluster *cluster, const struct ho_relink *relink, struct moves *m,
                                   struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(cluster->arena);
    if (*relink->member)
        ho_pg_push_text(m->members, relink->member);
    ho_pg_param_array(params, m->members);
    ho_pg_queue(cluster->pg, MAKE_STATES, params, NULL);
    ho_pg_queue(cluster->pg, LOCK_STATES, params, NULL);
    return ho_pg_flush(cluster->pg, error);
}

enum ho_status ho_cluster_relink(const struct ho_cluster *cluster, const struct ho_relink *relink,
                                 struct ho_review_outcome *out, struct ho_error *error)
{
    struct moves m;
    struct ho_pg_result *closed = NULL;
    moves_init(cluster->arena, &m);
    enum ho_status status = find_overruled(cluster, relink, &m, error);
    if (status == HO_OK)
        status = find_moves(cluster, relink, &m, error);
    if (status == HO_OK)
        status = lock_members(cluster, relink, &m, error);
    if (status != HO_OK)
        return status;
    queue_word(cluster, relink, &m);
    if (ho_pg_array_length(m.event_id))
        queue_links(cluster, relink, &m);
    queue_items(cluster, relink, &m, &closed);
    queue_again(cluster);
    status = ho_pg_flush(cluster->pg, error);
    if (status == HO_OK) {
        out->moved = m.moved;
        out->linked = m.linked;
        out->forgotten = m.forgotten;
        out->closed = ho_pg_affected(closed);
    }
    ho_pg_result_free(closed);
    return status;
}

enum ho_status ho_cluster_set_apart(const struct ho_cluster *cluster, const struct ho_review_ref *item,
                                    struct ho_review_outcome *out, struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(cluster->arena);
    ho_pg_bytea(params, ho_bytes_from(item->event_id, HO_ID_BYTES));
    ho_pg_int(params, item->subject);
    ho_pg_queue(cluster->pg, SET_APART, params, NULL);
    queue_again(cluster);
    out->closed = 1;
    return ho_pg_flush(cluster->pg, error);
}

enum ho_status ho_cluster_strike(const struct ho_cluster *cluster, const struct ho_review_ref *item,
                                 const char *member_id, const char *by, struct ho_error *error)
{
    queue_strike(cluster, item, member_id, by);
    return ho_pg_flush(cluster->pg, error);
}
