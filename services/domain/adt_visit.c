// The visit of a message: EVN's and PV1's times, class, places and disposition; diagnoses.
#include "adt_reader.h"

static struct ho_bytes field(struct ho_adt_reader *r, struct ho_hl7_segment *segment, uint32_t n)
{
    return ho_hl7_field(&r->message, segment, n);
}

static void read_location(struct ho_adt_reader *r, struct ho_bytes pl, Handoff__V1__Location *out)
{
    struct ho_bytes parts[4];
    if (!pl.n)
        return;
    ho_adt_components(r, pl, parts, 4);
    out->point_of_care = ho_adt_first_text(r, parts[0]);
    out->room = ho_adt_first_text(r, parts[1]);
    out->bed = ho_adt_first_text(r, parts[2]);
    out->facility = ho_adt_first_text(r, parts[3]);
}

// "surname, given" of an XCN; the surname alone where there is no more.
static char *read_doctor(struct ho_adt_reader *r, struct ho_bytes xcn)
{
    struct ho_bytes parts[3];
    ho_adt_components(r, xcn, parts, 3);
    char *surname = ho_adt_first_text(r, parts[1]);
    char *given = ho_adt_first_text(r, parts[2]);
    if (!*surname || !*given)
        return *surname ? surname : given;
    return ho_adt_join(r, surname, ", ", given);
}

static ho_diagnosis *read_diagnosis(struct ho_adt_reader *r, struct ho_hl7_segment *dg1)
{
    struct ho_bytes parts[3];
    ho_diagnosis *diagnosis = ho_arena_alloc(r->arena, sizeof *diagnosis);
    handoff__v1__diagnosis__init(diagnosis);
    ho_adt_components(r, field(r, dg1, 3), parts, 3);
    diagnosis->code = ho_adt_first_text(r, parts[0]);
    diagnosis->text = ho_adt_first_text(r, parts[1]);
    diagnosis->system = ho_adt_first_text(r, parts[2]);
    if (!*diagnosis->text)
        diagnosis->text = ho_adt_first_text(r, field(r, dg1, 4));
    diagnosis->type = ho_adt_first_text(r, field(r, dg1, 6));
    return diagnosis;
}

static void read_diagnoses(struct ho_adt_reader *r, const struct ho_adt_group *group, ho_adt_event *event)
{
    struct {
        ho_diagnosis **items;
        size_t n, capacity;
    } all = {0};
    for (size_t i = group->first; i < group->end; i++) {
        struct ho_hl7_segment *dg1 = &r->message.segments[i];
        if (dg1->name != HO_HL7_NAME('D', 'G', '1'))
            continue;
        ho_diagnosis *one = read_diagnosis(r, dg1);
        if (*one->code || *one->text)
            *(ho_diagnosis **)ho_arena_push(r->arena, &all, sizeof(void *)) = one;
    }
    event->diagnoses = all.items;
    event->n_diagnoses = all.n;
}

// By the feed's map where that has the code; else by HL7's table, which asks three fields.
static void read_class(struct ho_adt_reader *r, struct ho_hl7_segment *pv1, ho_adt_event *event)
{
    static const uint32_t fields[] = {[HO_CLASS_PV1_2] = 2, [HO_CLASS_PV1_10] = 10, [HO_CLASS_PV1_18] = 18};
    struct ho_bytes code = ho_adt_first(r, field(r, pv1, fields[r->feed->class_field]));
    enum ho_patient_class class = HO_CLASS_UNKNOWN;
    const char *word = ho_adt_meaning(&r->feed->classes, ho_bytes_of(ho_adt_text(r, code)));
    if (!word || !ho_adt_class_named(word, &class)) {
        code = ho_adt_first(r, field(r, pv1, 2));
        class = ho_adt_class(code, ho_adt_first(r, field(r, pv1, 10)), ho_adt_first(r, field(r, pv1, 18)));
    }
    event->patient_class = (Handoff__V1__PatientClass) class;
    event->patient_class_code = ho_adt_text(r, code);
}

static void read_disposition(struct ho_adt_reader *r, struct ho_hl7_segment *pv1, ho_adt_event *event)
{
    event->disposition = ho_adt_first_text(r, field(r, pv1, 36));
    const char *means = ho_adt_meaning(&r->feed->dispositions, ho_bytes_of(event->disposition));
    if (means)
        event->disposition_means = ho_adt_join(r, means, "", "");
    enum ho_destination destination = ho_adt_destination(ho_bytes_of(means ? means : event->disposition));
    event->destination = (Handoff__V1__Destination)destination;
    event->died = event->died || destination == HO_DESTINATION_DIED;
}

static void read_admit_source(struct ho_adt_reader *r, struct ho_hl7_segment *pv1, ho_adt_event *event)
{
    event->admit_source = ho_adt_first_text(r, field(r, pv1, 14));
    const char *means = ho_adt_meaning(&r->feed->admit_sources, ho_bytes_of(event->admit_source));
    if (means)
        event->admit_source_means = ho_adt_join(r, means, "", "");
}

static void read_pv1(struct ho_adt_reader *r, struct ho_hl7_segment *pv1, ho_adt_event *event)
{
    read_class(r, pv1, event);
    read_disposition(r, pv1, event);
    read_admit_source(r, pv1, event);
    event->service = ho_adt_first_text(r, field(r, pv1, 10));
    event->admission_type = ho_adt_first_text(r, field(r, pv1, 4));
    event->attending = read_doctor(r, field(r, pv1, 7));
    event->visit = ho_adt_first_text(r, field(r, pv1, 19));
    event->admitted = ho_adt_instant(r, field(r, pv1, 44), "PV1-44");
    event->admitted_day_end = ho_adt_day_end(r, field(r, pv1, 44));
    event->discharged = ho_adt_instant(r, field(r, pv1, 45), "PV1-45");
    event->discharged_day_end = ho_adt_day_end(r, field(r, pv1, 45));
}

static bool tells_start(const ho_adt_event *event)
{
    static const char starts[][4] = {"A01", "A04", "A06", "A07"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (memcmp(event->trigger, starts[i], 3) == 0)
            return true;
    }
    return false;
}

// The visit's own time of what the trigger tells: a start or an end. Cancels and updates have none.
static void take_visit_time(ho_adt_event *event)
{
    if (memcmp(event->trigger, "A03", 3) == 0) {
        event->occurred = event->discharged;
        event->occurred_day_end = event->discharged_day_end;
    } else if (tells_start(event)) {
        event->occurred = event->admitted;
        event->occurred_day_end = event->admitted_day_end;
    }
}

static void read_times(struct ho_adt_reader *r, ho_adt_event *event)
{
    struct ho_hl7_segment *evn = ho_hl7_segment(&r->message, HO_HL7_NAME('E', 'V', 'N'), 0);
    int64_t sent = ho_adt_instant(r, field(r, r->message.segments, 7), "MSH-7");
    event->recorded = ho_adt_instant(r, field(r, evn, 2), "EVN-2");
    if (!event->recorded)
        event->recorded = sent;
    event->occurred = ho_adt_instant(r, field(r, evn, 6), "EVN-6");
    event->occurred_day_end = ho_adt_day_end(r, field(r, evn, 6));
    if (!event->occurred)
        take_visit_time(event);
    if (!event->occurred)
        event->occurred = event->recorded;
    if (!event->recorded)
        event->recorded = event->occurred;
}

// A hospital may have units that are nursing facilities: swing beds, transitional care.
static bool is_nursing_unit(const struct ho_feed *feed, const char *point_of_care)
{
    for (size_t i = 0; i < feed->n_nursing_units; i++) {
        if (strcmp(feed->nursing_units[i], point_of_care) == 0)
            return true;
    }
    return false;
}

void ho_adt_read_visit(struct ho_adt_reader *r, const struct ho_adt_group *group, ho_adt_event *event)
{
    read_pv1(r, group->pv1, event);
    read_location(r, field(r, group->pv1, 3), event->location);
    read_location(r, field(r, group->pv1, 6), event->prior_location);
    if (is_nursing_unit(r->feed, event->location->point_of_care))
        event->facility_setting = HANDOFF__V1__FACILITY_SETTING__FACILITY_SETTING_SKILLED_NURSING;
    ho_adt_read_merge(r, group->mrg, event);
    if (r->feed->reuses_visit_numbers)
        event->visit = event->prior_visit = ho_adt_text(r, (struct ho_bytes){0});
    read_diagnoses(r, group, event);
    read_times(r, event);
}
