// Codes: triggers, patient classes, dispositions.
#include "adt_reader.h"

// Chapter 2's structure has held through all of version 2.
bool ho_adt_is_version(struct ho_bytes msh_12)
{
    return msh_12.n && msh_12.p[0] == '2' && (msh_12.n == 1 || msh_12.p[1] == '.');
}

bool ho_adt_is_processing_id(struct ho_bytes msh_11)
{
    return msh_11.n == 1 && (msh_11.p[0] == 'P' || msh_11.p[0] == 'T' || msh_11.p[0] == 'D');
}

// 0 where it is none.
static int trigger_number(struct ho_bytes trigger)
{
    if (trigger.n != 3 || trigger.p[0] != 'A' || trigger.p[1] < '0' || trigger.p[1] > '9' || trigger.p[2] < '0' ||
        trigger.p[2] > '9')
        return 0;
    return (trigger.p[1] - '0') * 10 + (trigger.p[2] - '0');
}

bool ho_adt_is_trigger(struct ho_bytes trigger)
{
    int number = trigger_number(trigger);
    return number >= 1 && number <= 62;
}

bool ho_adt_links(struct ho_bytes trigger)
{
    int number = trigger_number(trigger);
    return number == 24 || number == 37;
}

bool ho_adt_repeats(struct ho_bytes trigger)
{
    int number = trigger_number(trigger);
    return number >= 39 && number <= 47;
}

bool ho_adt_moves(struct ho_bytes trigger)
{
    int number = trigger_number(trigger);
    return number == 44 || number == 45;
}

static bool lists(const char *triggers, struct ho_bytes trigger)
{
    for (const char *t = triggers; *t; t += t[3] ? 4 : 3) {
        if (memcmp(t, trigger.p, 3) == 0)
            return true;
    }
    return false;
}

struct ho_bytes ho_adt_trigger_of(struct ho_bytes structure, struct ho_bytes evn_1)
{
    static const char *const shared[] = {
        // HL7 table 0354; the first of each gives the structure its name
        "A01 A04 A08 A13",
        "A05 A14 A28 A31",
        "A06 A07",
        "A09 A10 A11",
        "A21 A22 A23 A25 A26 A27 A29 A32 A33",
        "A30 A34 A35 A36 A46 A47 A48 A49",
        "A39 A40 A41 A42",
        "A43 A44",
        "A50 A51",
        "A52 A53",
        "A54 A55",
        "A61 A62",
    };
    if (structure.n != 7 || memcmp(structure.p, "ADT_", 4) != 0)
        return evn_1;
    struct ho_bytes named = {structure.p + 4, 3};
    for (size_t i = 0; i < sizeof shared / sizeof *shared && evn_1.n == 3; i++) {
        if (memcmp(shared[i], named.p, 3) == 0 && lists(shared[i], evn_1))
            return evn_1;
    }
    return named;
}

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

static bool begins(struct ho_bytes code, const char *upper_case)
{
    size_t n = strlen(upper_case);
    for (size_t i = 0; i < n; i++) {
        if (i >= code.n || upper(code.p[i]) != (uint8_t)upper_case[i])
            return false;
    }
    return true;
}

static bool is_code(struct ho_bytes code, const char *upper_case)
{
    return code.n == strlen(upper_case) && begins(code, upper_case);
}

// HL7 table 0004. Observation has no code of its own there: some write it as a class, some as an outpatient of
// that patient type (PV1-18) or hospital service (PV1-10).
enum ho_patient_class ho_adt_class(struct ho_bytes pv1_2, struct ho_bytes pv1_10, struct ho_bytes pv1_18)
{
    if (is_code(pv1_2, "OBS") || is_code(pv1_2, "OBV"))
        return HO_CLASS_OBSERVATION;
    if (pv1_2.n != 1)
        return HO_CLASS_UNKNOWN;
    switch (upper(pv1_2.p[0])) {
    case 'E':
        return HO_CLASS_EMERGENCY;
    case 'I':
    case 'B': // obstetrics: a stay in hospital
        return HO_CLASS_INPATIENT;
    case 'O':
        return begins(pv1_18, "OBS") || is_code(pv1_10, "OBS") ? HO_CLASS_OBSERVATION : HO_CLASS_OUTPATIENT;
    case 'P':
        return HO_CLASS_PREADMIT;
    case 'R':
        return HO_CLASS_RECURRING;
    default:
        return HO_CLASS_UNKNOWN;
    }
}

// The number of a disposition; -1 where it is none of at most two digits, zeros before it aside.
static int disposition_number(struct ho_bytes code)
{
    while (code.n > 1 && code.p[0] == '0')
        code.p++, code.n--;
    int number = 0;
    for (size_t i = 0; i < code.n; i++) {
        if (i == 2 || code.p[i] < '0' || code.p[i] > '9')
            return -1;
        number = number * 10 + (code.p[i] - '0');
    }
    return code.n ? number : -1;
}

// UB-04 patient discharge status. 81 to 95 say that a readmission is planned, else the same as a base code.
enum ho_destination ho_adt_destination(struct ho_bytes disposition)
{
    static const uint8_t base_of[] = {1, 2, 3, 4, 5, 6, 21, 43, 61, 62, 63, 64, 65, 66, 70}; // from 81
    int code = disposition_number(disposition);
    if (code >= 81 && code <= 95)
        code = base_of[code - 81];
    switch (code) {
    case 1:  // home
    case 6:  // home health
    case 8:  // home infusion, as older feeds have it
    case 50: // hospice at home
        return HO_DESTINATION_HOME;
    case 7:
        return HO_DESTINATION_AGAINST_ADVICE;
    case 2:  // acute hospital
    case 5:  // cancer or children's
    case 9:  // admitted here
    case 43: // federal
    case 65: // psychiatric
    case 66: // critical access
        return HO_DESTINATION_ACUTE;
    case 3:  // skilled nursing
    case 4:  // intermediate care, assisted living
    case 61: // swing bed
    case 64: // nursing facility certified under Medicaid only
        return HO_DESTINATION_SKILLED_NURSING;
    case 21: // law enforcement
    case 51: // hospice in a facility
    case 62: // rehabilitation
    case 63: // long-term care hospital
    case 69: // disaster care site
    case 70: // other
        return HO_DESTINATION_OTHER_FACILITY;
    case 20:
    case 40:
    case 41:
    case 42:
        return HO_DESTINATION_DIED;
    case 30:
        return HO_DESTINATION_STILL_PATIENT;
    default:
        return HO_DESTINATION_UNKNOWN;
    }
}

bool ho_adt_class_named(const char *word, enum ho_patient_class *out)
{
    static const char *const words[] = {
        [HO_CLASS_EMERGENCY] = "emergency",     [HO_CLASS_INPATIENT] = "inpatient",
        [HO_CLASS_OBSERVATION] = "observation", [HO_CLASS_OUTPATIENT] = "outpatient",
        [HO_CLASS_PREADMIT] = "preadmit",       [HO_CLASS_RECURRING] = "recurring",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i] && strcmp(word, words[i]) == 0) {
            *out = (enum ho_patient_class)i;
            return true;
        }
    }
    return false;
}

bool ho_adt_is_disposition(const char *code)
{
    return ho_adt_destination(ho_bytes_of(code)) != HO_DESTINATION_UNKNOWN;
}

const char *ho_adt_meaning(const struct ho_code_map *map, struct ho_bytes code)
{
    for (size_t i = 0; i < map->n; i++) {
        if (ho_bytes_is(code, map->items[i].code))
            return map->items[i].means;
    }
    return NULL;
}

// HL7 table 0023 and the points of origin of UB-04, which have gone on where it ends.
bool ho_adt_is_admit_source(const char *code)
{
    return strlen(code) == 1 && strchr("123456789ABCDEFG", upper((uint8_t)*code));
}

unsigned ho_adt_unknown_codes(const ho_adt_event *event)
{
    unsigned codes = 0;
    if (*event->patient_class_code && (int)event->patient_class == HO_CLASS_UNKNOWN)
        codes |= 1U << HO_CODE_CLASS;
    if (*event->disposition && (int)event->destination == HO_DESTINATION_UNKNOWN)
        codes |= 1U << HO_CODE_DISPOSITION;
    if (*event->admit_source && !*event->admit_source_means && !ho_adt_is_admit_source(event->admit_source))
        codes |= 1U << HO_CODE_ADMIT_SOURCE;
    return codes;
}
