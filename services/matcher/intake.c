#include "intake.h"

#include "handoff/digest.h"

static const char TOPIC[] = "adt.inbound";

// ---- What a batch leads to, as columns of the statements below ------------------------------------

struct links {
    struct ho_pg_array *event_id, *subject, *member_id, *decision, *why, *payload, *traceparent;
};

struct reviews {
    struct ho_pg_array *event_id, *subject, *reason, *candidates, *why, *facility, *mrn, *feed, *message, *event;
};

struct rejections {
    struct ho_pg_array *key, *id, *reason, *place, *traceparent, *payload;
};

struct outcome {
    struct ho_arena *arena;
    struct links links;
    struct reviews reviews;
    struct rejections rejections;
    struct ho_tally tally;
};

static void outcome_init(struct outcome *out, struct ho_arena *arena)
{
#define COLUMN(type) ho_pg_array_new(arena, HO_PG_##type)
    *out = (struct outcome){
        .arena = arena,
        .links = {COLUMN(BYTEA), COLUMN(INT4), COLUMN(TEXT), COLUMN(TEXT), COLUMN(TEXT), COLUMN(BYTEA), COLUMN(TEXT)},
        .reviews = {COLUMN(BYTEA), COLUMN(INT4), COLUMN(TEXT), COLUMN(TEXT), COLUMN(TEXT), COLUMN(TEXT), COLUMN(TEXT),
                    COLUMN(TEXT), COLUMN(BYTEA), COLUMN(BYTEA)},
        .rejections = {COLUMN(BYTEA), COLUMN(TEXT), COLUMN(TEXT), COLUMN(TEXT), COLUMN(TEXT), COLUMN(BYTEA)},
    };
#undef COLUMN
}

// ---- One record -------------------------------------------------------------------------------------

static struct ho_bytes event_id(const ho_adt_event *event)
{
    return ho_bytes_from(event->id.data, event->id.len);
}

static void add_link(struct outcome *out, const ho_adt_event *event, const struct ho_match *match,
                     struct ho_bytes traceparent)
{
    ho_matched_event matched = HANDOFF__V1__MATCHED_EVENT__INIT;
    matched.event = (ho_adt_event *)(uintptr_t)event;
    matched.member_id = (char *)(uintptr_t)match->member_id;
    matched.link = 1;
    struct links *links = &out->links;
    ho_pg_push_bytes(links->event_id, event_id(event));
    ho_pg_push_int(links->subject, event->subject);
    ho_pg_push_text(links->member_id, match->member_id);
    ho_pg_push_text(links->decision, match->reason);
    ho_pg_push_text(links->why, match->why);
    ho_pg_push_bytes(links->payload, ho_message_pack(out->arena, &matched.base));
    ho_pg_push_bytes(links->traceparent, traceparent);
}

// Member ids joined by the unit separator, which no id may hold.
static const char *join_candidates(struct ho_arena *arena, const struct ho_match *match)
{
    const char *joined = match->candidates[0].member_id;
    for (size_t i = 1; i < match->n_candidates; i++)
        joined = ho_arena_printf(arena, "%s\x1f%s", joined, match->candidates[i].member_id);
    return joined;
}

static void add_review(struct outcome *out, const ho_adt_event *event, const struct ho_match *match,
                       struct ho_bytes message)
{
    struct reviews *reviews = &out->reviews;
    ho_pg_push_bytes(reviews->event_id, event_id(event));
    ho_pg_push_int(reviews->subject, event->subject);
    ho_pg_push_text(reviews->reason, match->reason);
    ho_pg_push_text(reviews->candidates, join_candidates(out->arena, match));
    ho_pg_push_text(reviews->why, match->why);
    ho_pg_push_text(reviews->facility, event->facility);
    ho_pg_push_text(reviews->mrn, event->mrn);
    ho_pg_push_text(reviews->feed, event->feed);
    ho_pg_push_bytes(reviews->message, message);
    ho_pg_push_bytes(reviews->event, ho_message_pack(out->arena, &event->base));
}

static enum ho_verdict reject(struct outcome *out, const struct ho_kafka_record *record, const char *reason,
                              const char *place)
{
    struct rejections *rejections = &out->rejections;
    ho_pg_push_bytes(rejections->key, record->key);
    ho_pg_push_text(rejections->id, ho_arena_printf(out->arena, "%s/%d/%lld", TOPIC, (int)record->partition,
                                                    (long long)record->offset));
    ho_pg_push_text(rejections->reason, reason);
    ho_pg_push_text(rejections->place, place);
    ho_pg_push_bytes(rejections->traceparent, ho_kafka_header(record, "traceparent"));
    ho_pg_push_bytes(rejections->payload, record->value);
    return HO_REJECTED;
}

static enum ho_verdict decide_event(const struct ho_intake *intake, struct outcome *out, const struct ho_feed *feed,
                                    const ho_adt_event *event, const struct ho_kafka_record *record)
{
    struct ho_match match;
    const struct ho_match_question question = {.person = event->person,
                                               .trusted = feed->member_id_authorities,
                                               .n_trusted = feed->n_member_id_authorities};
    ho_match_decide(out->arena, intake->index, &question, &match);
    switch (match.verdict) {
    case HO_MATCH_MATCHED:
        add_link(out, event, &match, ho_kafka_header(record, "traceparent"));
        return HO_MATCHED;
    case HO_MATCH_REVIEW:
        add_review(out, event, &match, record->value);
        return HO_REVIEW;
    case HO_MATCH_HELD:
    case HO_MATCH_NON_MEMBER:
        break;
    }
    return HO_NON_MEMBER;
}

// A message about two people has the first of matched, review, held, non-member.
static enum ho_verdict first_of(enum ho_verdict a, enum ho_verdict b)
{
    static const int RANK[HO_VERDICTS] = {[HO_MATCHED] = 4, [HO_REVIEW] = 3, [HO_HELD] = 2, [HO_NON_MEMBER] = 1};
    return RANK[a] >= RANK[b] ? a : b;
}

static enum ho_verdict decide_hl7(const struct ho_intake *intake, struct outcome *out,
                                  const struct ho_kafka_record *record)
{
    struct ho_adt adt;
    ho_adt_read(out->arena, record->value, intake->feeds, &adt);
    if (adt.verdict == HO_ADT_TEST)
        return HO_TEST;
    if (adt.verdict == HO_ADT_REJECTED)
        return reject(out, record, adt.reason, adt.place);
    enum ho_verdict verdict = HO_NON_MEMBER;
    for (size_t i = 0; i < adt.n_events; i++)
        verdict = first_of(verdict, decide_event(intake, out, adt.feed, adt.events[i], record));
    return verdict;
}

// An AdtEvent made by another system. Its id may be left out; then it is the digest of its bytes.
static enum ho_verdict decide_protobuf(const struct ho_intake *intake, struct outcome *out,
                                       const struct ho_kafka_record *record)
{
    ho_adt_event *event = ho_adt_event_unpack(out->arena, record->value);
    if (!event)
        return reject(out, record, "not-protobuf", "AdtEvent");
    if (!event->person || (!event->mrn[0] && !event->person->n_identifiers))
        return reject(out, record, "no-patient-id", "AdtEvent.mrn");
    if (!event->facility[0] || !event->trigger[0] || !event->recorded)
        return reject(out, record, "incomplete", "AdtEvent.facility, trigger, recorded");
    const struct ho_feed *feed = ho_feed_named(intake->feeds, event->feed);
    if (event->test && feed->test_traffic == HO_TEST_COUNT)
        return HO_TEST;
    if (event->id.len != HO_ID_BYTES) {
        event->id.data = ho_arena_alloc(out->arena, HO_ID_BYTES);
        event->id.len = HO_ID_BYTES;
        ho_adt_event_id(ho_bytes_of(event->feed), record->value, event->id.data);
    }
    return decide_event(intake, out, feed, event, record);
}

static enum ho_verdict decide_record(const struct ho_intake *intake, struct outcome *out,
                                     const struct ho_kafka_record *record)
{
    if (ho_bytes_is(ho_kafka_header(record, "content-type"), "application/protobuf"))
        return decide_protobuf(intake, out, record);
    return decide_hl7(intake, out, record);
}

// ---- Statements -----------------------------------------------------------------------------------

// The locks come first, in id order, so that a member's outbox rows are in order.
static const char *const LOCK = "select from member_state where member_id = any ($1) order by member_id for update";

static const char *const LINK =
    "with input as ("
    "  select distinct on (event_id, subject) * from unnest($1::bytea[], $2::int4[], $3::text[], $4::text[], "
    "$5::text[],"
    "    $6::bytea[], $7::text[]) with ordinality"
    "    as i (event_id, subject, member_id, decision, why, payload, traceparent, ord)"
    "  order by event_id, subject, ord"
    "), made as ("
    "  insert into event_link (event_id, subject, member_id, decision, why)"
    "  select event_id, subject, member_id, decision, why::jsonb from input"
    "  on conflict do nothing returning event_id, subject"
    "), decided as ("
    "  delete from review r using made m where r.event_id = m.event_id and r.subject = m.subject"
    "), sent as ("
    "  insert into outbox (topic, key, ce_id, ce_type, traceparent, payload)"
    "  select 'adt.matched', convert_to(member_id, 'UTF8'), encode(event_id, 'hex') || '.' || subject, "
    "'org.handoff.adt.matched',"
    "    traceparent, payload"
    "  from input join made using (event_id, subject) order by ord"
    ") insert into leg (stage, part, n)"
    "  select stage, $8, (select count(*) from made) from unnest(array['linked', 'written:adt.matched']) stage"
    "  on conflict (stage, part) do update set n = leg.n + excluded.n";

// An event that has its link needs no review.
static const char *const REVIEW =
    "insert into review (event_id, subject, reason, candidates, why, facility, mrn, feed, message, event)"
    "  select event_id, subject, reason, string_to_array(candidates, E'\\x1f'), why::jsonb, facility, mrn, feed, "
    "message, event"
    "  from unnest($1::bytea[], $2::int4[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], "
    "$9::bytea[],"
    "    $10::bytea[]) as i (event_id, subject, reason, candidates, why, facility, mrn, feed, message, event)"
    "  where not exists (select from event_link l where l.event_id = i.event_id and l.subject = i.subject)"
    "  on conflict do nothing";

static const char *const REJECT =
    "with sent as ("
    "  insert into outbox (topic, key, ce_id, ce_type, traceparent, headers, payload)"
    "  select 'adt.rejected', key, id, 'org.handoff.adt.rejected', traceparent,"
    "    array['ho_reason', reason, 'ho_place', place], payload"
    "  from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[])"
    "    as i (key, id, reason, place, traceparent, payload)"
    "  returning 1"
    ") insert into leg (stage, part, n) select 'written:adt.rejected', $7, count(*) from sent"
    "  on conflict (stage, part) do update set n = leg.n + excluded.n";

static const char *const LEDGER =
    "insert into ledger as l (topic, partition, non_member, matched, review, held, rejected, test, gap, lost, "
    "roster_seq)"
    "  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    "  on conflict (topic, partition) do update set non_member = l.non_member + excluded.non_member,"
    "    matched = l.matched + excluded.matched, review = l.review + excluded.review, held = l.held + excluded.held,"
    "    rejected = l.rejected + excluded.rejected, test = l.test + excluded.test, gap = l.gap + excluded.gap,"
    "    lost = l.lost + excluded.lost, roster_seq = excluded.roster_seq";

static const char *const WAKE_RELAY = "select pg_notify('handoff_outbox', '')";

static void queue_columns(struct ho_pg *pg, struct ho_arena *arena, const char *sql, struct ho_pg_array *const *columns,
                          size_t n, int32_t part)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    for (size_t i = 0; i < n; i++)
        ho_pg_param_array(params, columns[i]);
    if (part >= 0)
        ho_pg_int(params, part);
    ho_pg_queue(pg, sql, params, NULL);
}

#define COLUMNS(group) (struct ho_pg_array *const *)(group), sizeof *(group) / sizeof(struct ho_pg_array *)

static void queue_ledger(struct ho_pg *pg, const struct outcome *out, const struct ho_batch *batch, int64_t roster_seq)
{
    struct ho_pg_params *params = ho_pg_params_new(out->arena);
    ho_pg_text(params, TOPIC);
    ho_pg_int(params, batch->partition);
    for (int v = 0; v < HO_VERDICTS; v++)
        ho_pg_int(params, out->tally.n[v]);
    ho_pg_int(params, batch->gap);
    ho_pg_int(params, batch->lost);
    ho_pg_int(params, roster_seq);
    ho_pg_queue(pg, LEDGER, params, NULL);
}

static void queue_outcome(struct ho_pg *pg, const struct outcome *out, const struct ho_batch *batch, int64_t roster_seq)
{
    bool linked = ho_pg_array_length(out->links.event_id) > 0;
    bool rejected = ho_pg_array_length(out->rejections.key) > 0;
    if (linked) {
        queue_columns(pg, out->arena, LOCK, &out->links.member_id, 1, -1);
        queue_columns(pg, out->arena, LINK, COLUMNS(&out->links), batch->partition);
    }
    if (ho_pg_array_length(out->reviews.event_id) > 0)
        queue_columns(pg, out->arena, REVIEW, COLUMNS(&out->reviews), -1);
    if (rejected)
        queue_columns(pg, out->arena, REJECT, COLUMNS(&out->rejections), batch->partition);
    if (linked || rejected)
        ho_pg_queue(pg, WAKE_RELAY, NULL, NULL);
    queue_ledger(pg, out, batch, roster_seq);
}

enum ho_status ho_intake_handle(void *context, struct ho_pg *pg, struct ho_arena *arena, const struct ho_batch *batch,
                                struct ho_error *error)
{
    struct ho_intake *intake = context;
    enum ho_status status = ho_intake_follow_roster(intake, pg, error);
    if (status != HO_OK)
        return status;
    struct outcome out;
    outcome_init(&out, arena);
    for (size_t i = 0; i < batch->n_records; i++)
        out.tally.n[decide_record(intake, &out, &batch->records[i])]++;
    queue_outcome(pg, &out, batch, intake->roster_seq);
    intake->last = out.tally;
    return HO_OK; // what is queued goes out with the offset and the commit
}
