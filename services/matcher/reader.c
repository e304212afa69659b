#include "reader.h"

static void reject(struct ho_adt *out, const char *reason, const char *place)
{
    out->verdict = HO_ADT_REJECTED;
    out->reason = reason;
    out->place = place;
}

// ---- Text: proto3's strings are UTF-8, which protobuf-c does not look at, and PostgreSQL does.

static bool all_text(const ProtobufCMessage *message);

static bool is_text(const ProtobufCFieldDescriptor *field, const void *value)
{
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return ho_is_utf8(ho_bytes_of(*(char *const *)value));
    const ProtobufCMessage *part = *(ProtobufCMessage *const *)value;
    return !part || all_text(part);
}

static bool field_is_text(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const uint8_t *base = (const uint8_t *)message;
    if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)
        return true;
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return is_text(field, base + field->offset);
    size_t n = *(const size_t *)(const void *)(base + field->quantifier_offset);
    void *const *items = *(void *const *const *)(const void *)(base + field->offset);
    for (size_t i = 0; i < n; i++)
        if (!is_text(field, &items[i]))
            return false;
    return true;
}

static bool all_text(const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        if (!field_is_text(message, &message->descriptor->fields[i]))
            return false;
    return true;
}

// ---- Messages

// Between the years 1 and 9999, as HL7's are; PostgreSQL takes no others either.
static bool is_time(int64_t instant_us)
{
    return instant_us >= INT64_C(-62135596800000000) && instant_us < INT64_C(253402300800000000);
}

static const char *place_of_bad_time(const ho_adt_event *event)
{
    enum { EIGHT_DIGITS = 99999999 };
    const struct {
        int64_t instant_us;
        const char *place;
    } times[] = {
        {event->recorded, "AdtEvent.recorded"}, {event->occurred, "AdtEvent.occurred"},
        {event->admitted, "AdtEvent.admitted"}, {event->discharged, "AdtEvent.discharged"},
        {event->died_at, "AdtEvent.died_at"},
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (!is_time(times[i].instant_us))
            return times[i].place;
    return event->person->birth_date > EIGHT_DIGITS ? "AdtEvent.person.birth_date" : NULL;
}

static void check_event(const ho_adt_event *event, struct ho_adt *out)
{
    const char *bad_time = place_of_bad_time(event);
    if (!event->mrn[0] && !event->person->n_identifiers)
        reject(out, "no-patient-id", "AdtEvent.mrn");
    else if (!event->facility[0] || !event->trigger[0] || !event->recorded)
        reject(out, "incomplete", "AdtEvent.facility, trigger, recorded");
    else if (!ho_adt_is_trigger(ho_bytes_of(event->trigger)))
        reject(out, "unknown-trigger", "AdtEvent.trigger");
    else if (event->subject >= HO_ADT_SUBJECTS_MAX)
        reject(out, "subject", "AdtEvent.subject");
    else if (bad_time)
        reject(out, "impossible-date", bad_time);
    else if (event->test && out->feed->test_traffic == HO_TEST_COUNT)
        out->verdict = HO_ADT_TEST;
}

// What an AdtEvent made by another system may leave out: its id is the digest of its bytes then, and it happened when
// it was recorded.
static void complete_event(struct ho_arena *arena, struct ho_bytes message, ho_adt_event *event)
{
    if (!event->occurred)
        event->occurred = event->recorded;
    if (event->id.len == HO_ID_BYTES)
        return;
    event->id.data = ho_arena_alloc(arena, HO_ID_BYTES);
    event->id.len = HO_ID_BYTES;
    ho_adt_event_id(ho_bytes_of(event->feed), message, event->id.data);
}

static void read_protobuf(struct ho_arena *arena, struct ho_bytes message, const struct ho_feeds *feeds,
                          struct ho_adt *out)
{
    *out = (struct ho_adt){.verdict = HO_ADT_EVENT};
    ho_adt_event *event = ho_adt_event_unpack(arena, message);
    out->feed = ho_feed_named(feeds, event ? event->feed : "");
    if (!event || !all_text(&event->base))
        reject(out, "not-protobuf", "AdtEvent");
    else
        check_event(event, out);
    if (out->verdict != HO_ADT_EVENT)
        return;
    complete_event(arena, message, event);
    out->n_events = 1;
    out->events = ho_arena_array(arena, 1, sizeof(void *));
    out->events[0] = event;
}

// Whoever can write to the topic may name any feed; only a feed that asks for a certificate is not told by its sender.
static const struct ho_feed *certified(const struct ho_feeds *feeds, struct ho_bytes source)
{
    for (size_t i = 0; i < feeds->n && source.n; i++)
        if (feeds->feeds[i].certificate && ho_bytes_is(source, feeds->feeds[i].name))
            return &feeds->feeds[i];
    return NULL;
}

const char *ho_inbound_source(const struct ho_inbound *inbound, const struct ho_feeds *feeds)
{
    const struct ho_feed *feed = certified(feeds, inbound->source);
    return feed ? feed->name : "";
}

void ho_inbound_read(struct ho_arena *arena, const struct ho_inbound *inbound, const struct ho_feeds *feeds,
                     struct ho_adt *out)
{
    struct ho_hl7_delimiters delimiters;
    struct ho_bytes msh;
    const struct ho_feed *feed = certified(feeds, inbound->source);
    if (inbound->protobuf)
        read_protobuf(arena, inbound->message, feeds, out);
    else if (feed)
        ho_adt_read_as(arena, inbound->message, feed, out);
    else
        ho_adt_read(arena, inbound->message, feeds, out);
    if (inbound->foreign && !ho_hl7_header(inbound->message, &delimiters, &msh))
        reject(out, "content-type", "content-type");
}

struct ho_inbound ho_inbound_of(struct ho_bytes content_type, struct ho_bytes message, struct ho_bytes traceparent,
                                struct ho_bytes source)
{
    bool protobuf = ho_bytes_is(content_type, "application/protobuf");
    return (struct ho_inbound){
        .protobuf = protobuf,
        .foreign = content_type.n && !protobuf && !ho_bytes_is(content_type, "application/hl7-v2+er7"),
        .message = message,
        .traceparent = ho_inbound_traceparent(traceparent),
        .source = source,
    };
}

// 55 characters by the W3C's Trace Context; what is none is not carried on.
struct ho_bytes ho_inbound_traceparent(struct ho_bytes header)
{
    enum { LENGTH_MAX = 128 };
    for (size_t i = 0; i < header.n; i++)
        if (header.p[i] <= ' ' || header.p[i] > '~')
            return ho_bytes_of("");
    return header.n <= LENGTH_MAX ? header : ho_bytes_of("");
}
