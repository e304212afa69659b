#include "reader.h"

static void reject(struct ho_adt *out, const char *reason, const char *place)
{
    out->verdict = HO_ADT_REJECTED;
    out->reason = reason;
    out->place = place;
}

// An AdtEvent made by another system. Its id may be left out; then it is the digest of its bytes.
static void read_protobuf(struct ho_arena *arena, struct ho_bytes message, const struct ho_feeds *feeds,
                          struct ho_adt *out)
{
    *out = (struct ho_adt){.verdict = HO_ADT_EVENT};
    ho_adt_event *event = ho_adt_event_unpack(arena, message);
    out->feed = ho_feed_named(feeds, event ? event->feed : "");
    if (!event)
        reject(out, "not-protobuf", "AdtEvent");
    else if (!event->mrn[0] && !event->person->n_identifiers)
        reject(out, "no-patient-id", "AdtEvent.mrn");
    else if (!event->facility[0] || !event->trigger[0] || !event->recorded)
        reject(out, "incomplete", "AdtEvent.facility, trigger, recorded");
    else if (event->subject > 1)
        reject(out, "subject", "AdtEvent.subject");
    else if (event->test && out->feed->test_traffic == HO_TEST_COUNT)
        out->verdict = HO_ADT_TEST;
    if (out->verdict != HO_ADT_EVENT)
        return;
    if (event->id.len != HO_ID_BYTES) {
        event->id.data = ho_arena_alloc(arena, HO_ID_BYTES);
        event->id.len = HO_ID_BYTES;
        ho_adt_event_id(ho_bytes_of(event->feed), message, event->id.data);
    }
    out->n_events = 1;
    out->events = ho_arena_array(arena, 1, sizeof(void *));
    out->events[0] = event;
}

void ho_inbound_read(struct ho_arena *arena, const struct ho_inbound *inbound, const struct ho_feeds *feeds,
                     struct ho_adt *out)
{
    if (inbound->protobuf)
        read_protobuf(arena, inbound->message, feeds, out);
    else
        ho_adt_read(arena, inbound->message, feeds, out);
}
