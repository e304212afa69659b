#include "sieve.h"

#include "handoff/digest.h"

// ---- Without reading the message ---------------------------------------------------------------------------

// How many segments that begin behind the byte `end` are called `name`.
static int count_segments(struct ho_bytes message, char end, const char *name)
{
    int n = 0;
    const uint8_t *p = message.p, *stop = message.p + message.n;
    while (p < stop && (p = memchr(p, end, (size_t)(stop - p)))) {
        p++;
        n += stop - p > 3 && memcmp(p, name, 3) == 0;
    }
    return n;
}

// A segment ends with CR, LF or both.
static int segments_called(struct ho_bytes message, const char *name)
{
    return count_segments(message, '\r', name) + count_segments(message, '\n', name);
}

// Whether the record may be about other identities than that of its key: it names a prior one or a second person, or
// whoever sent it has keys of their own.
static bool may_name_others(const struct ho_kafka_record *record)
{
    struct ho_hl7_delimiters delimiters;
    struct ho_bytes msh;
    return !record->key.n || !memchr(record->key.p, 0x1F, record->key.n) ||
           !ho_hl7_header(record->value, &delimiters, &msh) || segments_called(record->value, "MRG") ||
           segments_called(record->value, "PID") > 1;
}

// ---- Its events --------------------------------------------------------------------------------------------

struct events {
    ho_adt_event **items;
    size_t n;
    ho_adt_event *one[1]; // of an AdtEvent
};

// As the matcher reads an AdtEvent of another system.
static bool read_protobuf(const struct ho_sieve *sieve, struct ho_arena *arena, struct ho_bytes value,
                          struct events *out)
{
    ho_adt_event *event = ho_adt_event_unpack(arena, value);
    if (!event || (!event->mrn[0] && !event->person->n_identifiers) || !event->facility[0] || !event->trigger[0] ||
        !event->recorded)
        return false;
    if (event->test && ho_feed_named(sieve->feeds, event->feed)->test_traffic == HO_TEST_COUNT)
        return false;
    if (event->id.len != HO_ID_BYTES) {
        event->id.data = ho_arena_alloc(arena, HO_ID_BYTES);
        event->id.len = HO_ID_BYTES;
        ho_adt_event_id(ho_bytes_of(event->feed), value, event->id.data);
    }
    out->one[0] = event;
    out->items = out->one;
    out->n = 1;
    return true;
}

static bool is_protobuf(struct ho_arena *arena, struct ho_kafka_record *record)
{
    ho_reader_headers(arena, record);
    return ho_bytes_is(ho_kafka_header(record, "content-type"), "application/protobuf");
}

// No AdtEvent begins as HL7 does, so most records are read without a look at their headers.
static bool read_events(const struct ho_sieve *sieve, struct ho_arena *arena, struct ho_kafka_record *record,
                        struct events *out)
{
    struct ho_hl7_delimiters delimiters;
    struct ho_bytes msh;
    struct ho_adt adt;
    if (!ho_hl7_header(record->value, &delimiters, &msh))
        return is_protobuf(arena, record) && read_protobuf(sieve, arena, record->value, out);
    ho_adt_read(arena, record->value, sieve->feeds, &adt);
    out->items = adt.events;
    out->n = adt.n_events;
    return adt.verdict == HO_ADT_EVENT;
}

// ---- Decisions ---------------------------------------------------------------------------------------------

bool ho_sieve_member(const struct ho_sieve *sieve, struct ho_arena *arena, const ho_adt_event *event)
{
    if (!ho_roster_index_size(sieve->members))
        return false;
    const struct ho_feed *feed = ho_feed_named(sieve->feeds, event->feed);
    const struct ho_match_question question = {
        .person = event->person,
        .trusted = feed->member_id_authorities,
        .n_trusted = feed->n_member_id_authorities,
        .day = ho_zone_date(feed->zone, event->recorded),
    };
    struct ho_match match;
    ho_match_decide(arena, sieve->members, &question, &match);
    return match.verdict == HO_MATCH_MATCHED || match.verdict == HO_MATCH_REVIEW ||
           (match.verdict == HO_MATCH_HELD && match.n_candidates);
}

static bool is_wanted_identity(const struct ho_sieve *sieve, struct ho_arena *arena, const ho_adt_event *event)
{
    const char *const mrns[] = {event->mrn, event->prior_mrn};
    for (size_t i = 0; i < 2 && ho_keys_size(sieve->identities); i++)
        if (mrns[i][0] && ho_keys_have(sieve->identities, ho_keys_make(arena, event->facility, mrns[i])))
            return true;
    return false;
}

// The first 8 bytes of the key's SHA-256, as the table `identity` has it.
static int64_t identity_of(struct ho_arena *arena, const ho_adt_event *event)
{
    uint8_t digest[32];
    uint64_t id = 0;
    struct ho_bytes key = ho_keys_make(arena, event->facility, event->mrn);
    ho_digest(&key, 1, digest);
    for (int i = 0; i < 8; i++)
        id = id << 8 | digest[i];
    return (int64_t)id;
}

bool ho_sieve_passes(const struct ho_sieve *sieve, struct ho_arena *arena, struct ho_kafka_record *record,
                     struct ho_finding *out)
{
    struct events events;
    if (!ho_roster_index_size(sieve->members) && !ho_keys_have(sieve->identities, record->key) &&
        !may_name_others(record))
        return false;
    *out = (struct ho_finding){0};
    if (!read_events(sieve, arena, record, &events))
        return false;
    for (size_t i = 0; i < events.n; i++) {
        const ho_adt_event *event = events.items[i];
        bool identity = is_wanted_identity(sieve, arena, event), member = ho_sieve_member(sieve, arena, event);
        if ((identity || member) && !out->event_id) {
            out->event_id = event->id.data;
            out->identity_id = identity_of(arena, event);
        }
        out->identity |= identity;
        if (member && event->subject < 32)
            out->subjects |= 1U << event->subject;
    }
    return out->event_id && is_protobuf(arena, record) == (events.items == events.one);
}
