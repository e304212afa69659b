// The person of a message: PID, MRG and IN1.
#include "adt_reader.h"

enum { CX_VALUE = 0, CX_AUTHORITY = 3, CX_TYPE = 4, CX_PARTS = 5 };

static struct ho_bytes field(struct ho_adt_reader *r, struct ho_hl7_segment *segment, uint32_t n)
{
    return ho_hl7_field(&r->message, segment, n);
}

// The next identifier of a list that has a value.
static bool next_identifier(struct ho_adt_reader *r, struct ho_bytes *list, struct ho_bytes cx[CX_PARTS])
{
    struct ho_bytes one;
    while (ho_hl7_next(list, r->message.delimiters.repetition, &one)) {
        ho_hl7_split(one, r->message.delimiters.component, cx, CX_PARTS);
        cx[CX_VALUE] = ho_adt_first(r, cx[CX_VALUE]);
        if (cx[CX_VALUE].n)
            return true;
    }
    return false;
}

// The namespace of an assigning authority, or its universal id where it has no name.
static struct ho_bytes authority_of(const struct ho_adt_reader *r, struct ho_bytes hd)
{
    struct ho_bytes parts[2];
    ho_hl7_split(hd, r->message.delimiters.subcomponent, parts, 2);
    parts[0] = ho_bytes_trim(parts[0]);
    return parts[0].n && !ho_hl7_is_null(parts[0]) ? parts[0] : ho_bytes_trim(parts[1]);
}

static void add_identifiers(struct ho_adt_reader *r, struct ho_bytes list, struct ho_adt_identifiers *all)
{
    struct ho_bytes cx[CX_PARTS];
    while (next_identifier(r, &list, cx)) {
        ho_identifier *one = ho_arena_alloc(r->arena, sizeof *one);
        handoff__v1__identifier__init(one);
        one->value = ho_adt_text(r, cx[CX_VALUE]);
        one->authority = ho_adt_text(r, authority_of(r, cx[CX_AUTHORITY]));
        one->type = ho_adt_first_text(r, cx[CX_TYPE]);
        *(ho_identifier **)ho_arena_push(r->arena, all, sizeof(void *)) = one;
    }
}

void ho_adt_read_identifiers(struct ho_adt_reader *r, struct ho_hl7_segment *pid, struct ho_adt_identifiers *out)
{
    *out = (struct ho_adt_identifiers){0};
    add_identifiers(r, field(r, pid, 3), out);
    out->n_listed = out->n;
    add_identifiers(r, field(r, pid, 2), out);
    add_identifiers(r, field(r, pid, 4), out);
}

static bool is_record_number(const char *type)
{
    static const char *const types[] = {"", "MR", "MRN", "PI"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(type, types[i]) == 0)
            return true;
    }
    return false;
}

// Of the listed ones that of type MR from the feed's own authority, else the first that is a record number at
// all; NULL where none is.
static char *record_number(const struct ho_adt_reader *r, ho_identifier *const *items, size_t n)
{
    const char *own = r->feed->mrn_authority;
    char *first = NULL;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(items[i]->type, "MR") == 0 && (!*own || strcmp(items[i]->authority, own) == 0))
            return items[i]->value;
        if (!first && is_record_number(items[i]->type))
            first = items[i]->value;
    }
    return first;
}

// Old feeds have the record number in PID-2 or PID-4. At last any number will do: two persons without one
// would be the same identity.
char *ho_adt_mrn(const struct ho_adt_reader *r, const struct ho_adt_identifiers *identifiers)
{
    static char none[] = "";
    char *mrn = record_number(r, identifiers->items, identifiers->n_listed);
    if (mrn || !identifiers->n)
        return mrn ? mrn : none;
    return identifiers->items[identifiers->n_listed < identifiers->n ? identifiers->n_listed : 0]->value;
}

void ho_adt_read_merge(struct ho_adt_reader *r, struct ho_hl7_segment *mrg, ho_adt_event *event)
{
    if (!mrg)
        return;
    struct ho_adt_identifiers prior = {0};
    add_identifiers(r, field(r, mrg, 1), &prior);
    prior.n_listed = prior.n;
    event->prior_mrn = ho_adt_mrn(r, &prior);
    event->prior_account = ho_adt_first_text(r, field(r, mrg, 3));
    event->prior_visit = ho_adt_first_text(r, field(r, mrg, 5));
}

static void read_name(struct ho_adt_reader *r, struct ho_bytes xpn, ho_person *person)
{
    struct ho_bytes parts[4];
    ho_adt_components(r, xpn, parts, 4);
    person->surname = ho_adt_first_text(r, parts[0]); // FN.1
    person->given = ho_adt_first_text(r, parts[1]);
    person->middle = ho_adt_first_text(r, parts[2]);
    person->suffix = ho_adt_first_text(r, parts[3]);
}

// Nothing of the receiver's is written to the giver, but who that is.
void ho_adt_read_giver(struct ho_adt_reader *r, struct ho_hl7_segment *mrg, const ho_adt_event *event,
                       ho_adt_event *giver)
{
    giver->mrn = event->prior_mrn;
    giver->visit = *event->prior_visit ? event->prior_visit : event->visit;
    giver->account = event->prior_account;
    giver->occurred = event->occurred;
    giver->occurred_day_end = event->occurred_day_end;
    giver->recorded = event->recorded;
    giver->receiver = event->person;
    read_name(r, field(r, mrg, 7), giver->person);
}

static void read_address(struct ho_adt_reader *r, struct ho_bytes xad, ho_person *person)
{
    struct ho_bytes parts[5];
    ho_adt_components(r, xad, parts, 5);
    person->address = ho_adt_first_text(r, parts[0]); // SAD.1
    person->city = ho_adt_first_text(r, parts[2]);
    person->state = ho_adt_first_text(r, parts[3]);
    person->zip = ho_adt_first_text(r, parts[4]);
}

// The first number of XTN that is one of a telephone: as written (XTN.1), from its parts (6, 7), or XTN.12.
static char *read_phone(struct ho_adt_reader *r, struct ho_bytes list)
{
    enum { USE_TYPE = 2, AREA = 5, LOCAL = 6, UNFORMATTED = 11, XTN_PARTS = 12 };
    struct ho_bytes one, p[XTN_PARTS];
    char *phone = ho_adt_text(r, (struct ho_bytes){0});
    while (!*phone && ho_hl7_next(&list, r->message.delimiters.repetition, &one)) {
        ho_hl7_split(one, r->message.delimiters.component, p, XTN_PARTS);
        struct ho_bytes use = ho_adt_first(r, p[USE_TYPE]);
        if (ho_bytes_is(use, "Internet") || ho_bytes_is(use, "X.400"))
            continue;
        phone = ho_adt_first_text(r, p[0]);
        if (!*phone && p[LOCAL].n)
            phone = ho_adt_join(r, ho_adt_first_text(r, p[AREA]), "", ho_adt_first_text(r, p[LOCAL]));
        if (!*phone)
            phone = ho_adt_first_text(r, p[UNFORMATTED]);
    }
    return phone;
}

// PID-7 is a date, with or without a time of day behind it. What is no possible date counts as missing, and
// so does a year or month alone: half a birth date identifies nobody.
static uint32_t read_birth_date(struct ho_adt_reader *r, struct ho_bytes dtm)
{
    struct ho_bytes value = ho_adt_first(r, dtm);
    if (value.n == 10 && value.p[4] == '-')
        return ho_date_parse(value);
    return value.n < 8 ? 0 : ho_date_parse((struct ho_bytes){value.p, 8});
}

// HL7 table 0001 in four letters: other and ambiguous are X.
static char *read_sex(struct ho_adt_reader *r, struct ho_bytes code)
{
    static char male[] = "M", female[] = "F", other[] = "X", unknown[] = "U", none[] = "";
    struct ho_bytes value = ho_adt_first(r, code);
    if (!value.n)
        return none;
    switch (value.p[0] & ~0x20) {
    case 'M':
        return male;
    case 'F':
        return female;
    case 'X':
    case 'O':
    case 'A':
        return other;
    default:
        return unknown;
    }
}

// IN1-36 and IN1-49, of every insurance in order.
static void read_insured_ids(struct ho_adt_reader *r, const struct ho_adt_group *group, ho_person *person)
{
    struct {
        char **items;
        size_t n, capacity;
    } all = {0};
    const uint32_t fields[] = {36, 49};
    for (size_t i = group->first; i < group->end; i++) {
        struct ho_hl7_segment *in1 = &r->message.segments[i];
        for (size_t k = 0; in1->name == HO_HL7_NAME('I', 'N', '1') && k < 2; k++) {
            char *id = ho_adt_first_text(r, field(r, in1, fields[k]));
            if (*id)
                *(char **)ho_arena_push(r->arena, &all, sizeof id) = id;
        }
    }
    person->insured_ids = all.items;
    person->n_insured_ids = all.n;
}

void ho_adt_read_person(struct ho_adt_reader *r, const struct ho_adt_group *group, ho_adt_event *event)
{
    struct ho_hl7_segment *pid = group->pid;
    ho_person *person = event->person;
    struct ho_adt_identifiers identifiers;
    ho_adt_read_identifiers(r, pid, &identifiers);
    event->mrn = ho_adt_mrn(r, &identifiers);
    person->identifiers = identifiers.items;
    person->n_identifiers = identifiers.n;
    event->account = ho_adt_first_text(r, field(r, pid, 18));
    read_name(r, field(r, pid, 5), person);
    person->birth_date = read_birth_date(r, field(r, pid, 7));
    person->sex = read_sex(r, field(r, pid, 8));
    read_address(r, field(r, pid, 11), person);
    person->phone = read_phone(r, field(r, pid, 13));
    if (!*person->phone)
        person->phone = read_phone(r, field(r, pid, 14));
    person->language = ho_adt_first_text(r, field(r, pid, 15));
    event->died_at = ho_adt_instant(r, field(r, pid, 29), NULL);
    struct ho_bytes died = ho_adt_first(r, field(r, pid, 30));
    event->died = event->died_at || (died.n && (died.p[0] == 'Y' || died.p[0] == 'y'));
    event->alive = !event->died_at && died.n && (died.p[0] == 'N' || died.p[0] == 'n');
    read_insured_ids(r, group, person);
}
