#include "simulate_messages.h"

#include <string.h>

#include "simulate_words.h"

// One message being written. `field` is the number of the field that the pen is in.
struct pen {
    struct ho_sim_file *file;
    const struct ho_sim_people *people;
    const struct ho_sim_event *event;
    const struct ho_sim_story *story;
    const struct ho_sim_facility *facility;
    struct ho_sim_person person;
    uint32_t number; // of the event: what is optional hangs on it
    int field;
};

enum { MRNS = 100000000, A_STRANGER = 5000000, A_TEST_PATIENT = 10000000 };

static const struct trigger {
    const char *name, *structure;
} triggers[HO_SIM_TRIGGERS] = {
    [HO_SIM_A01] = {"A01", "ADT_A01"}, [HO_SIM_A02] = {"A02", "ADT_A02"}, [HO_SIM_A03] = {"A03", "ADT_A03"},
    [HO_SIM_A04] = {"A04", "ADT_A01"}, [HO_SIM_A05] = {"A05", "ADT_A05"}, [HO_SIM_A06] = {"A06", "ADT_A06"},
    [HO_SIM_A07] = {"A07", "ADT_A06"}, [HO_SIM_A08] = {"A08", "ADT_A01"}, [HO_SIM_A11] = {"A11", "ADT_A09"},
    [HO_SIM_A13] = {"A13", "ADT_A01"}, [HO_SIM_A28] = {"A28", "ADT_A05"}, [HO_SIM_A31] = {"A31", "ADT_A05"},
};

static const struct class_words {
    const char *patient_class, *admission_type, *service, *source, *patient_type; // PV1-2, 4, 10, 14, 18
} class_words[HO_SIM_CLASSES] = {
    [HO_SIM_NO_CLASS] = {"N", "", "", "", ""},           [HO_SIM_EMERGENCY] = {"E", "E", "EMR", "7", "ED"},
    [HO_SIM_INPATIENT] = {"I", "U", "MED", "7", "INP"},  [HO_SIM_OBSERVATION] = {"O", "U", "MED", "1", "OBS"},
    [HO_SIM_OUTPATIENT] = {"O", "R", "AMB", "1", "OUT"}, [HO_SIM_RESIDENT] = {"I", "R", "SNF", "4", "SNF"},
    [HO_SIM_PREADMIT] = {"P", "R", "MED", "1", "PRE"},
};

const char *ho_sim_disposition_code(uint8_t disposition)
{
    static const char *const codes[] = {
        [HO_SIM_NO_DISPOSITION] = "", [HO_SIM_TO_HOME] = "01",        [HO_SIM_TO_SNF] = "03",
        [HO_SIM_TO_HOSPITAL] = "02",  [HO_SIM_TO_HOME_HEALTH] = "06", [HO_SIM_AGAINST_ADVICE] = "07",
        [HO_SIM_EXPIRED] = "20",
    };
    return codes[disposition];
}

// The pen goes on to a field. MSH-1 is the separator itself.
static void go(struct pen *pen, int field)
{
    for (; pen->field < field; pen->field++)
        ho_sim_put_char(pen->file, '|');
}

static void put(struct pen *pen, int field, const char *text)
{
    if (!*text)
        return;
    go(pen, field);
    ho_sim_put(pen->file, text);
}

static void put_number(struct pen *pen, int field, uint64_t number, int width)
{
    go(pen, field);
    ho_sim_put_number(pen->file, number, width);
}

static void begin_segment(struct pen *pen, const char *name)
{
    ho_sim_put(pen->file, name);
    pen->field = 0;
}

static void end_segment(struct pen *pen)
{
    ho_sim_put_char(pen->file, '\r');
}

static void put_date(struct pen *pen, struct ho_sim_date date)
{
    ho_sim_put_number(pen->file, (uint64_t)date.year, 4);
    ho_sim_put_number(pen->file, (uint64_t)date.month, 2);
    ho_sim_put_number(pen->file, (uint64_t)date.day, 2);
}

static void put_time(struct pen *pen, int field, int64_t instant)
{
    if (!instant)
        return;
    struct ho_sim_civil civil = ho_sim_zone_civil(instant);
    enum ho_sim_time_style style = pen->facility->time;
    go(pen, field);
    put_date(pen, civil.date);
    ho_sim_put_number(pen->file, (uint64_t)civil.hour, 2);
    ho_sim_put_number(pen->file, (uint64_t)civil.minute, 2);
    if (style != HO_SIM_TIME_MINUTES)
        ho_sim_put_number(pen->file, (uint64_t)civil.second, 2);
    if (style == HO_SIM_TIME_MILLIS)
        ho_sim_put(pen->file, ".000");
    if (style == HO_SIM_TIME_MILLIS || style == HO_SIM_TIME_OFFSET)
        ho_sim_put(pen->file, ho_sim_zone_offset(instant) == -7 * HO_SIM_HOUR ? "-0700" : "-0800");
}

static char plain_letter(unsigned char second)
{
    static const char plain[] = "AAAAAAACEEEEIIIIDNOOOOO*OUUUUYTS";
    char letter = plain[second & 0x1F];
    return second & 0x20 ? (char)(letter - 'A' + 'a') : letter;
}

// The accented letters of the word lists are those of U+00C0 … U+00FF: two bytes, the first of them C3,
// and 20 in the second tells small from capital.
static void put_name(struct pen *pen, const char *name)
{
    enum ho_sim_name_style style = pen->facility->names;
    for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
        unsigned char c = *p;
        if (c == 0xC3 && style == HO_SIM_NAME_UPPER_ASCII) {
            c = (unsigned char)plain_letter(*++p);
        } else if (c == 0xC3) {
            ho_sim_put_char(pen->file, (char)c);
            c = *++p;
            if (style == HO_SIM_NAME_UPPER)
                c = (unsigned char)(c & ~0x20U);
        }
        if (style != HO_SIM_NAME_MIXED && c >= 'a' && c <= 'z')
            c = (unsigned char)(c - 'a' + 'A');
        ho_sim_put_char(pen->file, (char)c);
    }
}

static void put_cin(struct pen *pen)
{
    char cin[HO_SIM_CIN_BYTES];
    if (pen->story->borrows_card)
        ho_sim_cin(pen->people, HO_SIM_MEMBER, pen->story->card_owner, cin);
    else
        ho_sim_cin(pen->people, pen->story->population, pen->story->person, cin);
    ho_sim_put(pen->file, cin);
}

// A person has one number in each facility, and no two people have the same there.
static uint32_t mrn(const struct pen *pen)
{
    static const uint32_t first[] = {
        [HO_SIM_MEMBER] = 0, [HO_SIM_STRANGER] = A_STRANGER, [HO_SIM_TEST_PATIENT] = A_TEST_PATIENT};
    uint64_t index = first[pen->story->population] + pen->story->person;
    return (uint32_t)((index * UINT64_C(7654321) + pen->event->facility * UINT64_C(1357911)) % MRNS);
}

static void put_mrn(struct pen *pen)
{
    ho_sim_put_number(pen->file, mrn(pen), 8);
    ho_sim_put(pen->file, "^^^");
    ho_sim_put(pen->file, pen->facility->code);
    ho_sim_put(pen->file, "^MR");
}

static void put_msh(struct pen *pen)
{
    const struct trigger *trigger = &triggers[pen->event->trigger];
    begin_segment(pen, "MSH|^~\\&");
    pen->field = 2;
    put(pen, 3, pen->facility->application);
    put(pen, 4, pen->facility->code);
    put(pen, 5, "HANDOFF");
    put(pen, 6, "PLAN");
    put_time(pen, 7, pen->event->sent);
    put(pen, 9, "ADT^");
    ho_sim_put(pen->file, trigger->name);
    ho_sim_put_char(pen->file, '^');
    ho_sim_put(pen->file, trigger->structure);
    put(pen, 10, pen->facility->code);
    ho_sim_put_number(pen->file, pen->number + 1, 9);
    put(pen, 11, pen->story->population == HO_SIM_TEST_PATIENT ? "T" : "P");
    put(pen, 12, "2.5.1");
    put(pen, 18, "UNICODE UTF-8");
    end_segment(pen);
}

static void put_evn(struct pen *pen)
{
    begin_segment(pen, "EVN");
    if (pen->facility->evn == HO_SIM_EVN_TRIGGER)
        put(pen, 1, triggers[pen->event->trigger].name);
    else if (pen->facility->evn == HO_SIM_EVN_STALE)
        put(pen, 1, "A01");
    put_time(pen, 2, pen->event->recorded);
    if (pen->event->says_occurred)
        put_time(pen, 6, pen->event->occurred);
    end_segment(pen);
}

static void put_pid_name(struct pen *pen)
{
    char surname[HO_SIM_NAME_BYTES];
    ho_sim_person_surname(&pen->person, !pen->story->cuts_surname, surname);
    go(pen, 5);
    put_name(pen, surname);
    ho_sim_put_char(pen->file, '^');
    put_name(pen, pen->person.given);
    ho_sim_put_char(pen->file, '^');
    put_name(pen, pen->person.middle);
    ho_sim_put_char(pen->file, '^');
    put_name(pen, pen->person.suffix);
    ho_sim_put(pen->file, "^^^L");
}

static void put_pid_address(struct pen *pen)
{
    const struct ho_sim_person *person = &pen->person;
    put_number(pen, 11, person->house, 0);
    ho_sim_put_char(pen->file, ' ');
    put_name(pen, person->street);
    ho_sim_put(pen->file, "^^");
    put_name(pen, person->city);
    ho_sim_put(pen->file, "^CA^");
    ho_sim_put(pen->file, person->zip);
    ho_sim_put(pen->file, "^USA^H");
    put(pen, 13, "(");
    ho_sim_put_number(pen->file, person->area, 0);
    ho_sim_put(pen->file, ")555-01");
    ho_sim_put_number(pen->file, person->line, 2);
    ho_sim_put(pen->file, "^PRN^PH");
}

static void put_pid(struct pen *pen)
{
    char sex[] = {pen->person.sex, '\0'};
    begin_segment(pen, "PID");
    put(pen, 1, "1");
    go(pen, 3);
    put_mrn(pen);
    if (pen->story->shows_cin) {
        ho_sim_put_char(pen->file, '~');
        put_cin(pen);
        ho_sim_put(pen->file, "^^^MEDI-CAL^MA");
    }
    put_pid_name(pen);
    go(pen, 7);
    put_date(pen, ho_sim_date_of(pen->story->birth_day));
    put(pen, 8, sex);
    put_pid_address(pen);
    put(pen, 15, pen->person.language);
    if (pen->event->account)
        put_number(pen, 18, pen->event->account, 0);
    if (pen->event->died) {
        put_time(pen, 29, pen->event->ended);
        put(pen, 30, "Y");
    }
    end_segment(pen);
}

static void put_doctor(struct pen *pen, int field, uint32_t draw)
{
    uint32_t doctor = draw % ho_sim_doctors.n;
    put(pen, field, "D");
    ho_sim_put_number(pen->file, 1000 + doctor, 4);
    ho_sim_put_char(pen->file, '^');
    ho_sim_put(pen->file, ho_sim_doctors.words[doctor]);
}

static void put_pd1(struct pen *pen)
{
    if (pen->story->person % 3 != 0)
        return;
    begin_segment(pen, "PD1");
    put_doctor(pen, 4, pen->story->person / 3);
    end_segment(pen);
}

static void put_mrg(struct pen *pen)
{
    if (!pen->event->old_visit)
        return;
    begin_segment(pen, "MRG");
    go(pen, 1);
    put_mrn(pen);
    put_number(pen, 3, pen->event->old_account, 0);
    put_number(pen, 5, pen->event->old_visit, 0);
    end_segment(pen);
}

static void put_bed(struct pen *pen, int field, struct ho_sim_bed bed)
{
    if (!bed.room)
        return;
    put(pen, field, ho_sim_units.words[bed.unit]);
    ho_sim_put_char(pen->file, '^');
    ho_sim_put_number(pen->file, 100U + bed.room / 2U, 0);
    ho_sim_put(pen->file, bed.room % 2 ? "^A^" : "^B^");
    ho_sim_put(pen->file, pen->facility->code);
}

static void put_pv1(struct pen *pen)
{
    const struct ho_sim_event *event = pen->event;
    const struct class_words *words = &class_words[event->patient_class];
    begin_segment(pen, "PV1");
    put(pen, 1, "1");
    put(pen, 2, words->patient_class);
    put_bed(pen, 3, event->bed);
    put(pen, 4, words->admission_type);
    put_bed(pen, 6, event->old_bed);
    if (event->visit)
        put_doctor(pen, 7, event->visit);
    put(pen, 10, words->service);
    put(pen, 14, words->source);
    put(pen, 18, words->patient_type);
    if (event->visit)
        put_number(pen, 19, event->visit, 0);
    put(pen, 36, ho_sim_disposition_code(event->disposition));
    put_time(pen, 44, event->started);
    put_time(pen, 45, event->ended);
    end_segment(pen);
}

static const struct ho_sim_diagnosis *diagnosis_of(const struct ho_sim_event *event)
{
    const struct ho_sim_diagnoses *list = &ho_sim_ward_diagnoses;
    if (event->patient_class == HO_SIM_EMERGENCY)
        list = &ho_sim_ed_diagnoses;
    else if (event->patient_class == HO_SIM_OUTPATIENT)
        list = &ho_sim_clinic_diagnoses;
    return &list->items[event->diagnosis % list->n];
}

static void put_pv2(struct pen *pen)
{
    if (pen->event->visit % 4 != 0)
        return;
    begin_segment(pen, "PV2");
    put(pen, 3, "^");
    ho_sim_put(pen->file, diagnosis_of(pen->event)->text);
    end_segment(pen);
}

static void put_dg1(struct pen *pen)
{
    const struct ho_sim_diagnosis *diagnosis = diagnosis_of(pen->event);
    begin_segment(pen, "DG1");
    put(pen, 1, "1");
    put(pen, 3, diagnosis->code);
    ho_sim_put_char(pen->file, '^');
    ho_sim_put(pen->file, diagnosis->text);
    ho_sim_put(pen->file, "^I10");
    put(pen, 6, pen->event->ended ? "F" : "W");
    end_segment(pen);
}

// The plan's own number stands in IN1-36 as many senders have it; other insurers' numbers are nobody's CIN.
static void put_in1(struct pen *pen)
{
    if (pen->story->person % 5 >= 3)
        return;
    bool own = pen->story->shows_cin;
    begin_segment(pen, "IN1");
    put(pen, 1, "1");
    put(pen, 2, own ? "MCAL" : "HMO");
    put(pen, 3, own ? "60001" : "60077");
    put(pen, 4, own ? "MEDI-CAL MANAGED CARE" : "TIDEPOOL MUTUAL");
    go(pen, 36);
    if (own)
        put_cin(pen);
    else
        ho_sim_put_number(pen->file, 40000000U + mrn(pen), 10);
    end_segment(pen);
}

void ho_sim_message_put(struct ho_sim_file *file, const struct ho_sim_traffic *traffic,
                        const struct ho_sim_people *people, uint32_t event)
{
    struct pen pen = {.file = file, .people = people, .event = &traffic->events[event], .number = event};
    pen.story = &traffic->stories[pen.event->story];
    pen.facility = &ho_sim_facilities[pen.event->facility];
    ho_sim_person_make(people, pen.story->population, pen.story->person, &pen.person);
    put_msh(&pen);
    put_evn(&pen);
    put_pid(&pen);
    put_pd1(&pen);
    put_mrg(&pen);
    put_pv1(&pen);
    if (pen.event->patient_class != HO_SIM_NO_CLASS) {
        put_pv2(&pen);
        put_dg1(&pen);
        put_in1(&pen);
    }
    ho_sim_put_char(file, '\n');
}
