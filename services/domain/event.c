#include "handoff/event.h"

static void *allocate(void *arena, size_t n)
{
    return ho_arena_alloc(arena, n);
}

static void release(void *arena, void *p) // the arena frees all at once
{
    (void)arena;
    (void)p;
}

static void *unpack(struct ho_arena *arena, const ProtobufCMessageDescriptor *descriptor, struct ho_bytes packed)
{
    ProtobufCAllocator allocator = {.alloc = allocate, .free = release, .allocator_data = arena};
    return protobuf_c_message_unpack(descriptor, &allocator, packed.n, packed.p);
}

// Messages inside an event are left out when they are empty; its readers need not know that.
static void fill_parts(struct ho_arena *arena, ho_adt_event *event)
{
    if (!event->person)
        handoff__v1__person__init(event->person = ho_arena_alloc(arena, sizeof *event->person));
    if (!event->location)
        handoff__v1__location__init(event->location = ho_arena_alloc(arena, sizeof *event->location));
    if (!event->prior_location)
        handoff__v1__location__init(event->prior_location = ho_arena_alloc(arena, sizeof *event->prior_location));
}

// Words of a later version are read as the unknown one.
static void settle_event(struct ho_arena *arena, ho_adt_event *event)
{
    fill_parts(arena, event);
    if (!protobuf_c_enum_descriptor_get_value(&handoff__v1__patient_class__descriptor, (int)event->patient_class))
        event->patient_class = HANDOFF__V1__PATIENT_CLASS__PATIENT_CLASS_UNKNOWN;
    if (!protobuf_c_enum_descriptor_get_value(&handoff__v1__destination__descriptor, (int)event->destination))
        event->destination = HANDOFF__V1__DESTINATION__DESTINATION_UNKNOWN;
    if (!protobuf_c_enum_descriptor_get_value(&handoff__v1__facility_setting__descriptor, (int)event->facility_setting))
        event->facility_setting = HANDOFF__V1__FACILITY_SETTING__FACILITY_SETTING_HOSPITAL;
}

ho_adt_event *ho_adt_event_unpack(struct ho_arena *arena, struct ho_bytes packed)
{
    ho_adt_event *event = unpack(arena, &handoff__v1__adt_event__descriptor, packed);
    if (!event || (event->id.len != 0 && event->id.len != HO_ID_BYTES))
        return NULL;
    settle_event(arena, event);
    return event;
}

ho_matched_event *ho_matched_event_unpack(struct ho_arena *arena, struct ho_bytes packed)
{
    ho_matched_event *matched = unpack(arena, &handoff__v1__matched_event__descriptor, packed);
    if (!matched || !matched->event || matched->event->id.len != HO_ID_BYTES)
        return NULL;
    settle_event(arena, matched->event);
    return matched;
}

ho_notice *ho_notice_unpack(struct ho_arena *arena, struct ho_bytes packed)
{
    ho_notice *notice = unpack(arena, &handoff__v1__notice__descriptor, packed);
    return notice && notice->key.len == HO_ID_BYTES ? notice : NULL;
}

ho_roster_update *ho_roster_update_unpack(struct ho_arena *arena, struct ho_bytes packed)
{
    ho_roster_update *update = unpack(arena, &handoff__v1__roster_update__descriptor, packed);
    return update && update->member ? update : NULL;
}

struct ho_bytes ho_message_pack(struct ho_arena *arena, const ProtobufCMessage *message)
{
    size_t n = protobuf_c_message_get_packed_size(message);
    uint8_t *p = ho_arena_alloc(arena, n);
    protobuf_c_message_pack(message, p);
    return (struct ho_bytes){p, n};
}
