// The way of a message: header, verdict, groups of segments, events.
#include "adt_reader.h"

#include <assert.h>

#include "handoff/digest.h"

enum { SEPARATOR = 0x1F };

void ho_adt_event_id(struct ho_bytes feed_name, struct ho_bytes message, uint8_t out[HO_ID_BYTES])
{
    const struct ho_bytes parts[] = {feed_name, message};
    ho_digest_id(parts, 2, out);
}

static struct ho_bytes msh(const struct ho_adt_reader *r, uint32_t n)
{
    return ho_hl7_field(&r->message, r->message.segments, n);
}

// The feed's own name for the place, else the sender's. Without any, the sending application: two senders
// that say nothing of themselves must still not share their patients' numbers.
static char *facility_of(struct ho_adt_reader *r)
{
    struct ho_bytes hd[2];
    if (*r->feed->facility)
        return ho_adt_join(r, r->feed->facility, "", "");
    ho_adt_components(r, msh(r, 4), hd, 2);
    for (size_t i = 0; i < 2; i++) {
        char *text = ho_adt_first_text(r, hd[i]);
        if (*text)
            return text;
    }
    return ho_adt_first_text(r, msh(r, 3));
}

struct groups {
    struct ho_adt_group *items;
    size_t n, capacity;
};

static struct ho_adt_group *add_group(struct ho_adt_reader *r, struct groups *groups, struct ho_adt_group group)
{
    struct ho_adt_group *g = ho_arena_push(r->arena, groups, sizeof *g);
    *g = group;
    return g;
}

static struct ho_adt_group *add_person(struct ho_adt_reader *r, struct groups *groups, struct ho_hl7_segment *pid,
                                       struct ho_hl7_segment *visit)
{
    size_t person = groups->n ? groups->items[groups->n - 1].person + 1 : 1;
    size_t first = (size_t)((visit ? visit : pid) - r->message.segments);
    return add_group(r, groups, (struct ho_adt_group){.pid = pid, .pv1 = visit, .first = first, .person = person});
}

// The persons of a message: a PID begins each, and where groups repeat, each further MRG a group of the same person.
// Where a visit stands before the first of them, each person's visit does. One more than a message may have shows that
// it has too many.
static struct groups find_groups(struct ho_adt_reader *r, bool repeats)
{
    struct groups groups = {0};
    struct ho_adt_group *g = NULL;
    struct ho_hl7_segment *visit = NULL; // of the person who follows
    bool visits_first = false;
    for (size_t i = 0; i < r->message.n_segments && groups.n <= HO_ADT_SUBJECTS_MAX; i++) {
        struct ho_hl7_segment *s = &r->message.segments[i];
        bool is_merge = s->name == HO_HL7_NAME('M', 'R', 'G'), is_visit = s->name == HO_HL7_NAME('P', 'V', '1');
        visits_first |= is_visit && !g;
        if (is_visit && visits_first) {
            visit = s;
        } else if (s->name == HO_HL7_NAME('P', 'I', 'D')) {
            g = add_person(r, &groups, s, visit);
            visit = NULL;
        } else if (!visit && g && g->mrg && is_merge && repeats) {
            g = add_group(r, &groups, (struct ho_adt_group){.pid = g->pid, .first = i, .person = g->person});
        }
        if (!g || visit)
            continue;
        g->end = i + 1;
        if (!g->pv1 && is_visit)
            g->pv1 = s;
        else if (!g->mrg && is_merge)
            g->mrg = s;
    }
    return groups;
}

// An event with all that it always has, in one piece.
static ho_adt_event *new_event(struct ho_adt_reader *r, const uint8_t *id, struct ho_bytes trigger)
{
    struct whole {
        ho_adt_event event;
        ho_person person;
        Handoff__V1__Location location, prior_location;
        uint8_t id[HO_ID_BYTES];
    } *whole = ho_arena_alloc(r->arena, sizeof *whole);
    ho_adt_event *event = &whole->event;
    handoff__v1__adt_event__init(event);
    handoff__v1__person__init(event->person = &whole->person);
    handoff__v1__location__init(event->location = &whole->location);
    handoff__v1__location__init(event->prior_location = &whole->prior_location);
    memcpy(whole->id, id, HO_ID_BYTES);
    event->id.data = whole->id;
    event->id.len = HO_ID_BYTES;
    event->feed = ho_adt_join(r, r->feed->name, "", "");
    event->trigger = ho_adt_text(r, trigger);
    event->facility = facility_of(r);
    event->facility_setting = (Handoff__V1__FacilitySetting)r->feed->setting;
    event->part2 = r->feed->part2;
    event->admits = r->feed->a08_admits && ho_bytes_is(trigger, "A08");
    event->test = !ho_bytes_is(ho_adt_first(r, msh(r, 11)), "P");
    return event;
}

static bool reject(struct ho_adt *out, const char *reason, const char *place)
{
    out->verdict = HO_ADT_REJECTED;
    out->reason = reason;
    out->place = place;
    out->events = NULL;
    out->n_events = 0;
    return false;
}

// MSH-9.2; where it is empty, what MSH-9.3 and EVN-1 say. EVN-1 alone is often a stale copy.
static struct ho_bytes trigger_of(struct ho_adt_reader *r)
{
    struct ho_bytes parts[3];
    ho_adt_components(r, msh(r, 9), parts, 3);
    struct ho_bytes trigger = ho_adt_first(r, parts[1]);
    if (trigger.n)
        return trigger;
    struct ho_hl7_segment *evn = ho_hl7_segment(&r->message, HO_HL7_NAME('E', 'V', 'N'), 0);
    return ho_adt_trigger_of(ho_adt_first(r, parts[2]), ho_adt_first(r, ho_hl7_field(&r->message, evn, 1)));
}

// What the header decides. False where the message goes no further.
static bool check_header(struct ho_adt_reader *r, struct ho_adt *out)
{
    if (!ho_bytes_is(ho_adt_first(r, msh(r, 9)), "ADT"))
        return reject(out, "not-adt", "MSH-9");
    if (!ho_adt_is_version(ho_adt_first(r, msh(r, 12))))
        return reject(out, "version", "MSH-12");
    struct ho_bytes processing = ho_adt_first(r, msh(r, 11));
    if (!ho_adt_is_processing_id(processing))
        return reject(out, "processing-id", "MSH-11");
    if (r->charset.kind == HO_CHARSET_REFUSED)
        return reject(out, "charset", "MSH-18");
    if (processing.p[0] != 'P' && r->feed->test_traffic == HO_TEST_COUNT) {
        out->verdict = HO_ADT_TEST;
        return false;
    }
    return true;
}

// ---- Events -------------------------------------------------------------------------------------------

struct reading {
    struct ho_adt_reader *r;
    const uint8_t *id;
    struct ho_bytes trigger;
    struct ho_adt *out;
};

static ho_adt_event *add_event(struct reading *reading, size_t subject)
{
    ho_adt_event *event = new_event(reading->r, reading->id, reading->trigger);
    event->subject = (uint32_t)subject;
    reading->out->events[reading->out->n_events++] = event;
    return event;
}

static bool is_between_patients(const struct reading *reading, const ho_adt_event *event)
{
    return ho_adt_moves(reading->trigger) && *event->prior_mrn && strcmp(event->prior_mrn, event->mrn) != 0;
}

static void split_move(struct reading *reading, const struct ho_adt_group *group, const ho_adt_event *event)
{
    ho_adt_read_giver(reading->r, group->mrg, event, add_event(reading, event->subject + 1));
}

static const char *place_of(const struct ho_adt_reader *r, size_t person)
{
    return person > 1 ? ho_arena_printf(r->arena, "PID[%zu]-3", person) : "PID-3";
}

static bool read_group(struct reading *reading, const struct ho_adt_group *group, size_t subject)
{
    struct ho_adt_reader *r = reading->r;
    ho_adt_event *event = add_event(reading, subject);
    ho_adt_read_person(r, group, event);
    if (!*event->mrn)
        return reject(reading->out, "no-patient-id", place_of(r, group->person));
    ho_adt_read_visit(r, group, event);
    if (r->bad_date)
        return reject(reading->out, "impossible-date", r->bad_date);
    if (!event->recorded)
        return reject(reading->out, "no-time", "EVN-2");
    if (is_between_patients(reading, event))
        split_move(reading, group, event);
    return true;
}

// How many events a message has whose groups do not repeat.
static size_t events_of_one(struct ho_bytes trigger, const struct groups *groups)
{
    return ho_bytes_is(trigger, "A17") || (ho_adt_links(trigger) && groups->n > 1) ? 2 : 1;
}

static void name_each_other(ho_adt_event *a, ho_adt_event *b)
{
    a->prior_mrn = b->mrn;
    b->prior_mrn = a->mrn;
}

// A move has two subjects a group, whether it needs both or not: the fold knows the giver by its odd number.
static bool read_events(struct ho_adt_reader *r, const uint8_t *id, struct ho_bytes trigger, struct ho_adt *out)
{
    struct reading reading = {r, id, trigger, out};
    bool repeats = ho_adt_repeats(trigger);
    struct groups groups = find_groups(r, repeats);
    size_t n = repeats && groups.n ? groups.n : events_of_one(trigger, &groups), each = ho_adt_moves(trigger) ? 2 : 1;
    if (n * each > HO_ADT_SUBJECTS_MAX) {
        size_t person = groups.items[HO_ADT_SUBJECTS_MAX / each].person;
        return reject(out, "too-many-persons", ho_arena_printf(r->arena, "PID[%zu]", person));
    }
    out->events = ho_arena_array(r->arena, n * each, sizeof(void *));
    for (size_t i = 0; i < n; i++) {
        const struct ho_adt_group none = {.person = i + 1};
        if (!read_group(&reading, i < groups.n ? &groups.items[i] : &none, i * each))
            return false;
    }
    if (ho_adt_links(trigger) && out->n_events == 2)
        name_each_other(out->events[0], out->events[1]);
    return true;
}

void ho_adt_read_as(struct ho_arena *arena, struct ho_bytes message, const struct ho_feed *feed, struct ho_adt *out)
{
    struct ho_hl7_message parsed;
    struct ho_adt_reader r;
    *out = (struct ho_adt){.verdict = HO_ADT_EVENT, .feed = feed};
    if (!ho_hl7_parse(arena, message, &parsed)) {
        reject(out, "not-hl7", "MSH");
        return;
    }
    ho_adt_begin(&r, arena, &parsed, feed);
    out->unknown_charset = r.unknown_charset;
    if (!check_header(&r, out))
        return;
    struct ho_bytes trigger = trigger_of(&r);
    if (!ho_adt_is_trigger(trigger)) {
        reject(out, "unknown-trigger", "MSH-9");
        return;
    }
    uint8_t id[HO_ID_BYTES];
    ho_adt_event_id(ho_bytes_of(feed->name), message, id);
    read_events(&r, id, trigger, out);
}

void ho_adt_read(struct ho_arena *arena, struct ho_bytes message, const struct ho_feeds *feeds, struct ho_adt *out)
{
    enum { MSH_3 = 2, MSH_4 = 3, PARTS = 4 }; // the segment's name takes the place of MSH-1
    struct ho_hl7_delimiters delimiters = {0};
    struct ho_bytes msh = {0}, parts[PARTS];
    if (!ho_hl7_header(message, &delimiters, &msh))
        msh = (struct ho_bytes){0};
    ho_hl7_split(msh, delimiters.field, parts, PARTS);
    const struct ho_feed *feed = ho_feed_of_sender(feeds, &delimiters, parts[MSH_3], parts[MSH_4]);
    assert(feed); // the set has one for everybody
    ho_adt_read_as(arena, message, feed, out);
}

struct ho_bytes ho_adt_key(struct ho_arena *arena, const struct ho_hl7_message *message, const struct ho_feed *feed)
{
    struct ho_adt_reader r;
    ho_adt_begin(&r, arena, message, feed);
    const char *facility = facility_of(&r);
    struct ho_adt_identifiers identifiers;
    ho_adt_read_identifiers(&r, ho_hl7_segment(&r.message, HO_HL7_NAME('P', 'I', 'D'), 0), &identifiers);
    const char *mrn = ho_adt_mrn(&r, &identifiers);
    if (!*mrn)
        return ho_arena_copy(arena, ho_bytes_of(facility));
    return ho_bytes_of(ho_arena_printf(arena, "%s%c%s", facility, SEPARATOR, mrn));
}
