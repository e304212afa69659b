#include "sieve.h"

#include "handoff/identity.h"
#include "matcher/reader.h"

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

static bool is_protobuf(struct ho_arena *arena, struct ho_kafka_record *record)
{
    ho_reader_headers(arena, record);
    return ho_bytes_is(ho_kafka_header(record, "content-type"), "application/protobuf");
}

static bool any_certificate(const struct ho_feeds *feeds)
{
    for (size_t i = 0; i < feeds->n; i++)
        if (feeds->feeds[i].certificate)
            return true;
    return false;
}

// No AdtEvent begins as HL7 does, so where no certificate selects a feed, most records are read without a look at their
// headers.
static bool read_events(const struct ho_sieve *sieve, struct ho_arena *arena, struct ho_kafka_record *record,
                        bool *protobuf, const char **source, struct ho_adt *out)
{
    struct ho_hl7_delimiters delimiters;
    struct ho_bytes msh;
    *protobuf = !ho_hl7_header(record->value, &delimiters, &msh);
    if (*protobuf && !is_protobuf(arena, record))
        return false;
    struct ho_inbound inbound = {.protobuf = *protobuf, .message = record->value};
    if (any_certificate(sieve->feeds)) {
        ho_reader_headers(arena, record);
        inbound.source = ho_kafka_header(record, "ce_source");
    }
    *source = ho_inbound_source(&inbound, sieve->feeds);
    ho_inbound_read(arena, &inbound, sieve->feeds, out);
    return out->verdict == HO_ADT_EVENT;
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

bool ho_sieve_passes(const struct ho_sieve *sieve, struct ho_arena *arena, struct ho_kafka_record *record,
                     struct ho_finding *out)
{
    struct ho_adt adt;
    bool protobuf;
    if (!ho_roster_index_size(sieve->members) && !ho_keys_have(sieve->identities, record->key) &&
        !may_name_others(record))
        return false;
    *out = (struct ho_finding){0};
    if (!read_events(sieve, arena, record, &protobuf, &out->source, &adt))
        return false;
    for (size_t i = 0; i < adt.n_events; i++) {
        const ho_adt_event *event = adt.events[i];
        bool identity = is_wanted_identity(sieve, arena, event), member = ho_sieve_member(sieve, arena, event);
        if ((identity || member) && !out->event_id) {
            out->event_id = event->id.data;
            out->identity_id = ho_identity_id(event->facility, ho_identity_mrn(arena, event));
        }
        out->identity |= identity;
        if (member && event->subject < HO_ADT_SUBJECTS_MAX)
            out->subjects |= 1U << event->subject;
    }
    return out->event_id && is_protobuf(arena, record) == protobuf;
}
