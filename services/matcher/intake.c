#include "intake.h"

#include <stdlib.h>

static const char TOPIC[] = "adt.inbound";

void ho_intake_init(struct ho_intake *intake, const struct ho_feeds *feeds, const struct ho_match_weights *weights,
                    int64_t held_seconds)
{
    *intake = (struct ho_intake){.index = ho_roster_index_new(weights), .scratch = ho_arena_new(0)};
    intake->docket = (struct ho_docket_settings){intake->index, feeds, held_seconds};
}

void ho_intake_cleanup(struct ho_intake *intake)
{
    ho_roster_index_free(intake->index);
    ho_arena_free(intake->scratch);
}

// Who asks for the same lock alone waits until all that decide with an older roster have ended.
static const char *const DECIDING = "select pg_advisory_xact_lock_shared(hashtextextended('handoff matcher batch', 0))";

enum ho_status ho_intake_begin(struct ho_intake *intake, struct ho_pg *pg, struct ho_error *error)
{
    ho_pg_queue(pg, DECIDING, NULL, NULL);
    return ho_intake_follow_roster(intake, pg, error);
}

// ---- What a batch leads to --------------------------------------------------------------------------------

enum { US_PER_MS = 1000, MS_PER_DAY = 86400000 };
enum { PEOPLE = HO_ADT_SUBJECTS_MAX, IDS = 2 * PEOPLE }; // of a message; each may merge an identity

// A record at first sight.
struct sight {
    enum ho_verdict verdict;              // of those that are read again: once they are
    bool kept;                            // by its own evidence
    struct ho_tally_row *row;             // of its sender and hour
    const struct ho_match *asked[PEOPLE]; // its own verdicts
    int n_ids;
    int64_t ids[IDS]; // of the identities that it names
};

struct rejections {
    struct ho_pg_array *key, *id, *reason, *place, *feed, *traceparent, *payload;
};

struct outcome {
    struct ho_arena *arena;
    const struct ho_batch *batch;
    struct sight *sights; // one a record
    struct ho_docket *docket;
    struct rejections rejections;
    struct ho_tally tally;
    struct ho_feed_tally feeds;
};

static void outcome_init(struct outcome *out, const struct ho_intake *intake, struct ho_arena *arena,
                         const struct ho_batch *batch)
{
    *out = (struct outcome){.arena = arena, .batch = batch};
    out->sights = ho_arena_array(arena, batch->n_records + 1, sizeof *out->sights);
    out->docket = ho_docket_new(arena, &intake->docket);
    ho_docket_put_off_crowds(out->docket);
    ho_feed_tally_init(&out->feeds, arena, batch->n_records);
    out->rejections = (struct rejections){
        .key = ho_pg_array_new(arena, HO_PG_BYTEA),
        .id = ho_pg_array_new(arena, HO_PG_TEXT),
        .reason = ho_pg_array_new(arena, HO_PG_TEXT),
        .place = ho_pg_array_new(arena, HO_PG_TEXT),
        .feed = ho_pg_array_new(arena, HO_PG_TEXT),
        .traceparent = ho_pg_array_new(arena, HO_PG_TEXT),
        .payload = ho_pg_array_new(arena, HO_PG_BYTEA),
    };
}

static void reject(struct outcome *out, const struct ho_kafka_record *record, const struct ho_adt *adt)
{
    struct rejections *rejections = &out->rejections;
    ho_pg_push_bytes(rejections->key, record->key);
    ho_pg_push_text(rejections->id, ho_arena_printf(out->arena, "%s/%d/%lld", TOPIC, (int)record->partition,
                                                    (long long)record->offset));
    ho_pg_push_text(rejections->reason, adt->reason);
    ho_pg_push_text(rejections->place, adt->place);
    ho_pg_push_text(rejections->feed, adt->feed->name);
    ho_pg_push_bytes(rejections->traceparent, ho_inbound_traceparent(ho_kafka_header(record, "traceparent")));
    ho_pg_push_bytes(rejections->payload, record->value);
}

static struct ho_inbound inbound_of(const struct ho_kafka_record *record)
{
    return ho_inbound_of(ho_kafka_header(record, "content-type"), record->value, ho_kafka_header(record, "traceparent"),
                         ho_kafka_header(record, "ce_source"));
}

// By the broker's clock; by ours where it tells none that can be.
static int64_t received_at(const struct ho_kafka_record *record)
{
    const int64_t now = ho_clock_us();
    const bool told = record->timestamp_ms > 0 && record->timestamp_ms < now / US_PER_MS + MS_PER_DAY;
    return told ? record->timestamp_ms * US_PER_MS : now;
}

// ---- At first sight ---------------------------------------------------------------------------------------

// What the engine says of the message in hand, for as long as the batch. Of nobody of ours nothing more is to be known.
static const struct ho_match *copy_match(struct ho_arena *arena, const struct ho_match *match)
{
    static const struct ho_match nobody = {.reason = "non-member", .why = "{}"};
    if (match->verdict == HO_MATCH_NON_MEMBER)
        return &nobody;
    struct ho_match *copy = ho_arena_alloc(arena, sizeof *copy);
    *copy = *match;
    copy->why = ho_arena_text(arena, ho_bytes_of(match->why));
    for (size_t i = 0; i < copy->n_candidates; i++)
        copy->candidates[i].why = ho_arena_text(arena, ho_bytes_of(match->candidates[i].why));
    return copy;
}

static void see_event(const struct ho_intake *intake, const struct outcome *out, const struct ho_feed *feed,
                      const ho_adt_event *event, const struct ho_match **asked, struct sight *sight)
{
    struct ho_match match;
    const struct ho_match_question question = ho_identity_question(event, feed);
    ho_match_decide(intake->scratch, intake->index, &question, &match);
    sight->kept |= match.verdict != HO_MATCH_NON_MEMBER;
    *asked = copy_match(out->arena, &match);
    if (!event->mrn[0])
        return; // an identity by itself
    int64_t id = ho_identity_id(event->facility, event->mrn);
    int64_t prior = ho_identity_prior(event, id);
    sight->ids[sight->n_ids++] = id;
    if (prior != id)
        sight->ids[sight->n_ids++] = prior;
}

static void count_codes(struct ho_tally *tally, const ho_adt_event *event)
{
    unsigned unknown = ho_adt_unknown_codes(event);
    for (int i = 0; i < HO_ADT_CODES; i++)
        tally->unknown_codes[i] += unknown >> i & 1;
}

static void see(const struct ho_intake *intake, struct outcome *out, size_t i)
{
    struct ho_adt adt;
    struct sight *sight = &out->sights[i];
    const struct ho_inbound inbound = inbound_of(&out->batch->records[i]);
    ho_arena_reset(intake->scratch);
    ho_inbound_read(intake->scratch, &inbound, intake->docket.feeds, &adt);
    sight->verdict = adt.verdict == HO_ADT_TEST       ? HO_TEST
                     : adt.verdict == HO_ADT_REJECTED ? HO_REJECTED
                                                      : HO_NON_MEMBER;
    sight->row = ho_feed_tally_see(&out->feeds, &inbound, &adt, received_at(&out->batch->records[i]));
    out->tally.unknown_codes[HO_CODE_CHARSET] += adt.unknown_charset;
    if (adt.verdict == HO_ADT_REJECTED)
        reject(out, &out->batch->records[i], &adt);
    for (size_t k = 0; sight->verdict == HO_NON_MEMBER && k < adt.n_events; k++) {
        count_codes(&out->tally, adt.events[k]);
        see_event(intake, out, adt.feed, adt.events[k], &sight->asked[k], sight);
    }
}

// ---- Known identities

static const char *const KNOWN = "select identity_id from identity where identity_id = any ($1)";

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct id_list {
    int64_t *items;
    size_t n;
};

// The identities of the messages that are kept, or of those that are not, in order, each once.
static struct id_list ids_of(const struct outcome *out, bool kept)
{
    struct id_list list = {ho_arena_array(out->arena, IDS * out->batch->n_records + 1, sizeof *list.items), 0};
    size_t n = 0;
    for (size_t i = 0; i < out->batch->n_records; i++)
        for (int k = 0; k < out->sights[i].n_ids && out->sights[i].kept == kept; k++)
            list.items[n++] = out->sights[i].ids[k];
    qsort(list.items, n, sizeof *list.items, by_number);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || list.items[i] != list.items[i - 1])
            list.items[list.n++] = list.items[i];
    return list;
}

static bool names_any(const struct sight *sight, const struct id_list *known)
{
    for (int k = 0; k < sight->n_ids; k++)
        if (bsearch(&sight->ids[k], known->items, known->n, sizeof *known->items, by_number))
            return true;
    return false;
}

static void keep_known(const struct outcome *out, const struct id_list *known)
{
    for (size_t i = 0; known->n && i < out->batch->n_records; i++)
        out->sights[i].kept |= names_any(&out->sights[i], known);
}

static enum ho_status read_known(const struct outcome *out, struct ho_pg *pg, const struct id_list *asked,
                                 struct id_list *known, struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    struct ho_pg_array *ids = ho_pg_array_new(out->arena, HO_PG_INT8);
    struct ho_pg_params *params = ho_pg_params_new(out->arena);
    for (size_t i = 0; i < asked->n; i++)
        ho_pg_push_int(ids, asked->items[i]);
    ho_pg_param_array(params, ids);
    enum ho_status status = ho_pg_run(pg, KNOWN, params, &rows, error);
    if (status != HO_OK)
        return status;
    known->n = (size_t)ho_pg_rows(rows);
    known->items = ho_arena_array(out->arena, known->n + 1, sizeof *known->items);
    for (size_t i = 0; i < known->n; i++)
        known->items[i] = ho_pg_get_int(rows, (int)i, 0);
    ho_pg_result_free(rows);
    qsort(known->items, known->n, sizeof *known->items, by_number);
    return HO_OK;
}

// Messages whose identity is known, from the tables or by another of the batch, are decided with the others of it,
// whoever they name.
static enum ho_status find_known(const struct outcome *out, struct ho_pg *pg, struct ho_error *error)
{
    const struct id_list kept = ids_of(out, true);
    keep_known(out, &kept);
    const struct id_list asked = ids_of(out, false);
    struct id_list known;
    if (asked.n == 0)
        return HO_OK;
    enum ho_status status = read_known(out, pg, &asked, &known, error);
    if (status == HO_OK)
        keep_known(out, &known);
    return status;
}

// ---- With all evidence ---------------------------------------------------------------------------------------

// A message whose events stand in the docket.
struct listed {
    size_t record;
    size_t n;
    const struct ho_identity_event *events[PEOPLE];
};

static void list(const struct ho_intake *intake, const struct outcome *out, struct listed *listed)
{
    struct ho_adt adt;
    const struct sight *sight = &out->sights[listed->record];
    const struct ho_inbound inbound = inbound_of(&out->batch->records[listed->record]);
    ho_inbound_read(out->arena, &inbound, intake->docket.feeds, &adt);
    for (size_t i = 0; i < adt.n_events; i++)
        listed->events[listed->n++] = ho_docket_add(out->docket, &inbound, adt.feed, adt.events[i], sight->asked[i]);
}

static struct listed *list_kept(const struct ho_intake *intake, const struct outcome *out, size_t *n)
{
    struct listed *listed = ho_arena_array(out->arena, out->batch->n_records + 1, sizeof *listed);
    *n = 0;
    for (size_t i = 0; i < out->batch->n_records; i++)
        if (out->sights[i].kept) {
            listed[*n].record = i;
            list(intake, out, &listed[(*n)++]);
        }
    return listed;
}

// A message about two people has the first of matched, review, held, non-member.
static enum ho_verdict verdict_of(const struct listed *listed)
{
    static const enum ho_verdict NAMES[] = {[HO_MATCH_NON_MEMBER] = HO_NON_MEMBER,
                                            [HO_MATCH_HELD] = HO_HELD,
                                            [HO_MATCH_REVIEW] = HO_REVIEW,
                                            [HO_MATCH_MATCHED] = HO_MATCHED};
    enum ho_match_verdict most = HO_MATCH_NON_MEMBER;
    for (size_t i = 0; i < listed->n; i++)
        if (listed->events[i]->verdict.verdict > most)
            most = listed->events[i]->verdict.verdict;
    return NAMES[most];
}

static enum ho_status decide(const struct ho_intake *intake, struct outcome *out, struct ho_pg *pg,
                             struct ho_error *error)
{
    size_t n;
    enum ho_status status = find_known(out, pg, error);
    if (status != HO_OK)
        return status;
    const struct listed *listed = list_kept(intake, out, &n);
    if (!ho_docket_is_empty(out->docket))
        status = ho_docket_decide(out->docket, pg, out->batch->partition, error);
    for (size_t i = 0; status == HO_OK && i < n; i++)
        out->sights[listed[i].record].verdict = verdict_of(&listed[i]);
    for (size_t i = 0; i < out->batch->n_records; i++) {
        out->tally.n[out->sights[i].verdict]++;
        out->sights[i].row->counts.verdicts[out->sights[i].verdict]++;
    }
    return status;
}

// ---- Statements -----------------------------------------------------------------------------------

static const char *const REJECT =
    "with sent as ("
    "  insert into outbox (topic, key, ce_id, ce_type, traceparent, headers, payload)"
    "  select 'adt.rejected', key, id, 'org.handoff.adt.rejected', traceparent,"
    "    array['ho_reason', reason, 'ho_place', place, 'ho_feed', feed], payload"
    "  from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])"
    "    as i (key, id, reason, place, feed, traceparent, payload)"
    "  returning 1"
    ") insert into leg (stage, part, n) select 'written:adt.rejected', $8, count(*) from sent"
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

static void queue_rejections(struct ho_pg *pg, const struct outcome *out)
{
    const struct rejections *r = &out->rejections;
    enum { COLUMNS = 7 };
    struct ho_pg_array *const columns[COLUMNS] = {r->key,  r->id,          r->reason, r->place,
                                                  r->feed, r->traceparent, r->payload};
    if (!ho_pg_array_length(r->key))
        return;
    struct ho_pg_params *params = ho_pg_params_new(out->arena);
    for (size_t i = 0; i < COLUMNS; i++)
        ho_pg_param_array(params, columns[i]);
    ho_pg_int(params, out->batch->partition);
    ho_pg_queue(pg, REJECT, params, NULL);
    ho_pg_queue(pg, WAKE_RELAY, NULL, NULL);
}

static void queue_ledger(struct ho_pg *pg, const struct outcome *out, int64_t roster_seq)
{
    struct ho_pg_params *params = ho_pg_params_new(out->arena);
    ho_pg_text(params, TOPIC);
    ho_pg_int(params, out->batch->partition);
    for (int v = 0; v < HO_VERDICTS; v++)
        ho_pg_int(params, out->tally.n[v]);
    ho_pg_int(params, out->batch->gap);
    ho_pg_int(params, out->batch->lost);
    ho_pg_int(params, roster_seq);
    ho_pg_queue(pg, LEDGER, params, NULL);
}

enum ho_status ho_intake_handle(void *context, struct ho_pg *pg, struct ho_arena *arena, const struct ho_batch *batch,
                                struct ho_error *error)
{
    struct ho_intake *intake = context;
    struct outcome out;
    enum ho_status status = ho_intake_begin(intake, pg, error);
    if (status != HO_OK)
        return status;
    outcome_init(&out, intake, arena, batch);
    for (size_t i = 0; i < batch->n_records; i++)
        see(intake, &out, i);
    status = decide(intake, &out, pg, error);
    if (status != HO_OK)
        return status;
    queue_rejections(pg, &out);
    queue_ledger(pg, &out, intake->roster_seq);
    ho_feed_tally_queue(&out.feeds, pg);
    intake->last = out.tally;
    intake->feeds = out.feeds;
    return HO_OK; // what is queued goes out with the offset and the commit
}
