// From the bytes of an ADT message to its events.
#include "../support/unit.h"

#include "../support/corpus.h"
#include "handoff/adt.h"
#include "handoff/digest.h"

static struct ho_arena *arena;
static struct ho_feed feeds[] = {
    {.name = "default", .sending_application = "*", .sending_facility = "*", .facility = "", .mrn_authority = ""},
    {.name = "app", .sending_application = "APP", .sending_facility = "*", .facility = "", .mrn_authority = ""},
    {.name = "fac", .sending_application = "*", .sending_facility = "FAC", .facility = "", .mrn_authority = ""},
    {.name = "both",
     .sending_application = "APP",
     .sending_facility = "FAC",
     .facility = "Golden Gate",
     .setting = HO_FACILITY_SKILLED_NURSING,
     .mrn_authority = "GG",
     .test_traffic = HO_TEST_WORK,
     .part2 = true},
};
static const struct ho_feeds all_feeds = {feeds, COUNT_OF(feeds)};
static struct ho_zone *zone;

static int open_all(void **state)
{
    (void)state;
    arena = ho_arena_new(0);
    if (ho_zone_new("America/Los_Angeles", &zone, NULL) != HO_OK)
        return -1;
    for (size_t i = 0; i < COUNT_OF(feeds); i++)
        feeds[i].zone = zone;
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    ho_zone_free(zone);
    ho_arena_free(arena);
    return 0;
}

static struct ho_adt read_message(const char *text)
{
    struct ho_adt adt;
    ho_adt_read(arena, ho_bytes_of(text), &all_feeds, &adt);
    return adt;
}

// The one event of a message that must have one.
static const ho_adt_event *event_of(const char *text)
{
    struct ho_adt adt = read_message(text);
    if (adt.verdict != HO_ADT_EVENT)
        fail_msg("%s at %s", adt.reason, adt.place);
    assert_int_equal(adt.n_events, 1);
    return adt.events[0];
}

static void expect_rejected(const char *text, const char *reason, const char *place)
{
    struct ho_adt adt = read_message(text);
    assert_int_equal(adt.verdict, HO_ADT_REJECTED);
    assert_string_equal(adt.reason, reason);
    assert_string_equal(adt.place, place);
    assert_int_equal(adt.n_events, 0);
    assert_non_null(adt.feed);
}

static const char *join(const char *a, const char *b, const char *c)
{
    return ho_arena_printf(arena, "%s%s%s", a, b, c);
}

#define HEAD "MSH|^~\\&|APP|FAC|ME|HERE|20261120083212||ADT^A01^ADT_A01|ID1|P|2.5.1\r"
#define OTHER "MSH|^~\\&|X|SOME HOSPITAL^1.2.3^ISO|ME|HERE|20261120083212||ADT^A01|ID1|P|2.5.1\r"
#define EVN "EVN|A01|20261120083210|||OP|20261120081500\r"
#define PID "PID|1||42^^^GG^MR||Doe^Jane\r"

static int64_t instant_of(const char *rfc)
{
    int64_t instant = 0;
    assert_true(ho_time_parse(ho_bytes_of(rfc), &instant));
    return instant;
}

static void every_field_of_an_event_is_filled(void **state)
{
    (void)state;
    const char *text =
        "MSH|^~\\&|APP|FAC^9|ME|HERE|20261120083212||ADT^A03^ADT_A03|ID1|T|2.5.1||||||UNICODE UTF-8\r"
        "EVN|A01|20261120083210|||OP|20261120081500\r"
        "PID|1|EXT7|42^^^GG^MR~91234567A^^^MEDI-CAL^MA|ALT9^^^X|Nu\xC3\xB1"
        "ez&Nu\xC3\xB1"
        "ez^Ana^Luz^Jr||19710423|F||2106-3|"
        "18 Elm St&Elm St&18^Apt 2^Santa Ana^CA^92701||^PRN^PH^^1^714^5550182||es^Spanish|||8800^^^GG^AN|||||||||||"
        "20261120080000|N\r"
        "PV1|1|I|5W^512^B^GG|E||2E^1^A^GG|109^Ferraro^Lucinda|||MED||||7||||IP|5500^^^GG^VN|||||||||||||||||20||||||||"
        "20261118101500|20261120081000\r"
        "DG1|1||J44.1^COPD^I10|Lung|20261118|A\r"
        "DG1|2||E11.9||||\r"
        "DG1|3|||Fall|||F\r"
        "IN1|1|MCAL||||||||||||||||||||||||||||||||||91234567A|||||||||||||777^^^P\r"
        "IN1|2|OTHER||||||||||||||||||||||||||||||||||S2\r";
    const ho_adt_event *e = event_of(text);
    uint8_t id[HO_ID_BYTES];
    ho_adt_event_id(HO_BYTES_LITERAL("both"), ho_bytes_of(text), id);
    assert_int_equal(e->id.len, HO_ID_BYTES);
    assert_memory_equal(e->id.data, id, HO_ID_BYTES);
    assert_int_equal(e->subject, 0);
    assert_string_equal(e->feed, "both");
    assert_string_equal(e->trigger, "A03");
    assert_string_equal(e->facility, "Golden Gate");
    assert_int_equal(e->facility_setting, HO_FACILITY_SKILLED_NURSING);
    assert_true(e->test);
    assert_true(e->part2);
    assert_int_equal(e->occurred, instant_of("2026-11-20T08:15:00-08:00"));
    assert_int_equal(e->recorded, instant_of("2026-11-20T08:32:10-08:00"));
    assert_string_equal(e->mrn, "42");
    assert_string_equal(e->visit, "5500");
    assert_string_equal(e->account, "8800");
    assert_string_equal(e->prior_mrn, "");
    assert_int_equal(e->patient_class, HO_CLASS_INPATIENT);
    assert_string_equal(e->patient_class_code, "I");
    assert_int_equal(e->destination, HO_DESTINATION_DIED);
    assert_string_equal(e->disposition, "20");
    assert_int_equal(e->admitted, instant_of("2026-11-18T10:15:00-08:00"));
    assert_int_equal(e->discharged, instant_of("2026-11-20T08:10:00-08:00"));
    assert_true(e->died);
    assert_int_equal(e->died_at, instant_of("2026-11-20T08:00:00-08:00"));
    assert_string_equal(e->location->point_of_care, "5W");
    assert_string_equal(e->location->room, "512");
    assert_string_equal(e->location->bed, "B");
    assert_string_equal(e->location->facility, "GG");
    assert_string_equal(e->prior_location->point_of_care, "2E");
    assert_string_equal(e->attending, "Ferraro, Lucinda");
    assert_string_equal(e->admit_source, "7");
    assert_string_equal(e->service, "MED");
    assert_int_equal(e->n_diagnoses, 3);
    assert_string_equal(e->diagnoses[0]->code, "J44.1");
    assert_string_equal(e->diagnoses[0]->system, "I10");
    assert_string_equal(e->diagnoses[0]->text, "COPD");
    assert_string_equal(e->diagnoses[0]->type, "A");
    assert_string_equal(e->diagnoses[2]->text, "Fall");
    const ho_person *p = e->person;
    assert_string_equal(p->surname, "Nu\xC3\xB1"
                                    "ez");
    assert_string_equal(p->given, "Ana");
    assert_string_equal(p->middle, "Luz");
    assert_string_equal(p->suffix, "Jr");
    assert_int_equal(p->birth_date, 19710423);
    assert_string_equal(p->sex, "F");
    assert_string_equal(p->phone, "7145550182");
    assert_string_equal(p->address, "18 Elm St");
    assert_string_equal(p->city, "Santa Ana");
    assert_string_equal(p->state, "CA");
    assert_string_equal(p->zip, "92701");
    assert_string_equal(p->language, "es");
    assert_int_equal(p->n_identifiers, 4);
    assert_string_equal(p->identifiers[1]->value, "91234567A");
    assert_string_equal(p->identifiers[1]->authority, "MEDI-CAL");
    assert_string_equal(p->identifiers[1]->type, "MA");
    assert_string_equal(p->identifiers[2]->value, "EXT7");
    assert_string_equal(p->identifiers[3]->value, "ALT9");
    assert_int_equal(p->n_insured_ids, 3);
    assert_string_equal(p->insured_ids[0], "91234567A");
    assert_string_equal(p->insured_ids[1], "777");
    assert_string_equal(p->insured_ids[2], "S2");
}

static void a_sparse_message_leaves_the_rest_empty(void **state)
{
    (void)state;
    const ho_adt_event *e = event_of(OTHER "PID|||7\r");
    assert_string_equal(e->facility, "SOME HOSPITAL");
    assert_string_equal(e->mrn, "7");
    assert_string_equal(e->visit, "");
    assert_string_equal(e->location->bed, "");
    assert_string_equal(e->person->surname, "");
    assert_string_equal(e->person->sex, "");
    assert_int_equal(e->person->birth_date, 0);
    assert_int_equal(e->patient_class, HO_CLASS_UNKNOWN);
    assert_false(e->died);
    assert_false(e->test);
    assert_int_equal(e->recorded, instant_of("2026-11-20T08:32:12-08:00"));
    assert_int_equal(e->occurred, e->recorded);
}

static void an_event_survives_packing(void **state)
{
    (void)state;
    const ho_adt_event *e = event_of(HEAD EVN PID "PV1||I|||||||||||||||||5\rDG1|||A1\r");
    struct ho_bytes packed = ho_message_pack(arena, &e->base);
    const ho_adt_event *back = ho_adt_event_unpack(arena, packed);
    assert_non_null(back);
    assert_true(ho_bytes_equal(ho_message_pack(arena, &back->base), packed));
    assert_string_equal(back->visit, "5");
    for (size_t n = 0; n < packed.n; n++) { // whatever is left, it is an event or none
        const ho_adt_event *cut = ho_adt_event_unpack(arena, (struct ho_bytes){packed.p, n});
        assert_true(!cut || (cut->person && cut->location && cut->prior_location));
    }
}

static void only_a_matched_event_must_have_its_id(void **state)
{
    (void)state;
    uint8_t id[HO_ID_BYTES] = {1};
    ho_adt_event event;
    ho_matched_event matched;
    handoff__v1__adt_event__init(&event);
    handoff__v1__matched_event__init(&matched);
    assert_null(ho_matched_event_unpack(arena, ho_message_pack(arena, &matched.base)));
    matched.event = &event;
    assert_non_null(ho_adt_event_unpack(arena, ho_message_pack(arena, &event.base)));
    assert_null(ho_matched_event_unpack(arena, ho_message_pack(arena, &matched.base)));
    event.id = (ProtobufCBinaryData){sizeof id, id};
    assert_non_null(ho_matched_event_unpack(arena, ho_message_pack(arena, &matched.base)));
    event.id.len = 15;
    assert_null(ho_adt_event_unpack(arena, ho_message_pack(arena, &event.base)));
}

static void words_of_a_later_version_are_unknown(void **state)
{
    (void)state;
    ho_adt_event event;
    handoff__v1__adt_event__init(&event);
    event.patient_class = (Handoff__V1__PatientClass)99;
    event.destination = (Handoff__V1__Destination)99;
    event.facility_setting = (Handoff__V1__FacilitySetting)99;
    const ho_adt_event *back = ho_adt_event_unpack(arena, ho_message_pack(arena, &event.base));
    assert_int_equal(back->patient_class, HO_CLASS_UNKNOWN);
    assert_int_equal(back->destination, HO_DESTINATION_UNKNOWN);
    assert_int_equal(back->facility_setting, HO_FACILITY_HOSPITAL);
    assert_string_equal(back->person->surname, "");
}

static void the_nearest_feed_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *application, *facility, *feed;
    } table[] = {
        {"APP", "FAC", "both"}, {"APP", "x", "app"}, {"x", "FAC", "fac"}, {"x", "y", "default"}, {"", "", "default"}};
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const struct ho_feed *feed =
            ho_feed_find(&all_feeds, ho_bytes_of(table[i].application), ho_bytes_of(table[i].facility));
        assert_string_equal(feed->name, table[i].feed);
    }
    const struct ho_feeds halves = {&feeds[1], 2};
    assert_string_equal(ho_feed_find(&halves, HO_BYTES_LITERAL("APP"), HO_BYTES_LITERAL("FAC"))->name, "app");
    const struct ho_feeds one = {&feeds[1], 1};
    assert_null(ho_feed_find(&one, HO_BYTES_LITERAL("x"), HO_BYTES_LITERAL("y")));
}

static void what_is_not_ours_is_rejected_with_reason_and_place(void **state)
{
    (void)state;
    expect_rejected("", "not-hl7", "MSH");
    expect_rejected("PID|1||42\r", "not-hl7", "MSH");
    expect_rejected("MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5\r" PID, "not-adt", "MSH-9");
    expect_rejected("MSH|^~\\&|A|B|C|D|2026|||1|P|2.5\r" PID, "not-adt", "MSH-9");
    expect_rejected("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|3\r" PID, "version", "MSH-12");
    expect_rejected("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|\r" PID, "version", "MSH-12");
    expect_rejected("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|Q|2.5\r" PID, "processing-id", "MSH-11");
    expect_rejected("MSH|^~\\&|A|B|C|D|2026||ADT^A63|1|P|2.5\r" PID, "unknown-trigger", "MSH-9");
    expect_rejected("MSH|^~\\&|A|B|C|D|2026||ADT^A00|1|P|2.5\r" PID, "unknown-trigger", "MSH-9");
    expect_rejected("MSH|^~\\&|A|B|C|D|2026||ADT^Z01|1|P|2.5\r" PID, "unknown-trigger", "MSH-9");
    expect_rejected("MSH|^~\\&|A|B|C|D|2026||ADT|1|P|2.5\r" PID, "unknown-trigger", "MSH-9");
}

static void a_patient_without_identifier_is_rejected(void **state)
{
    (void)state;
    expect_rejected(HEAD EVN, "no-patient-id", "PID-3");
    expect_rejected(HEAD EVN "PID|1||||Doe^Jane\r", "no-patient-id", "PID-3");
    expect_rejected(HEAD EVN "PID|1|\"\"|^^^GG^MR~\"\"^^^GG^MR|  |Doe^Jane\r", "no-patient-id", "PID-3");
    assert_string_equal(event_of(HEAD EVN "PID|1|E1\r")->mrn, "E1");
    assert_string_equal(event_of(HEAD EVN "PID|1|||A1\r")->mrn, "A1");
}

static void impossible_dates_that_order_events_are_rejected(void **state)
{
    (void)state;
    static const char bad[] = "20260231";
    expect_rejected(join(HEAD "EVN||", bad, "\r" PID), "impossible-date", "EVN-2");
    expect_rejected(join(HEAD "EVN||2026||||", bad, "\r" PID), "impossible-date", "EVN-6");
    expect_rejected(join("MSH|^~\\&|A|B|C|D|", bad, "||ADT^A01|1|P|2.5\r" PID), "impossible-date", "MSH-7");
    const char *pv1 = "PV1|1|I||||||||||||||||||||||||||||||||||||||||||";
    expect_rejected(join(HEAD EVN PID, pv1, "yesterday\r"), "impossible-date", "PV1-44");
    expect_rejected(join(HEAD EVN PID, pv1, "|00000000\r"), "impossible-date", "PV1-45");
    event_of(join(HEAD EVN PID, pv1, "\"\"|\"\"\r"));
}

static void impossible_birth_and_death_dates_count_as_missing(void **state)
{
    (void)state;
    const ho_adt_event *e = event_of(HEAD EVN "PID|1||4||Doe||19175009||||||||||||||||||||||00000000\r");
    assert_int_equal(e->person->birth_date, 0);
    assert_false(e->died);
    assert_int_equal(e->died_at, 0);
}

static void a_birth_date_is_whole_or_missing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t date;
    } table[] = {{"19710423", 19710423},
                 {"19710423061500", 19710423},
                 {"19710423235959+1400", 19710423},
                 {"1971-04-23", 19710423},
                 {"197104", 0},
                 {"1971", 0},
                 {"\"\"", 0},
                 {"04/23/1971", 0},
                 {" 19710423 ", 19710423},
                 {"19710423^D", 19710423}};
    for (size_t i = 0; i < COUNT_OF(table); i++)
        assert_int_equal(event_of(join(HEAD EVN "PID|1||4||Doe||", table[i].text, "\r"))->person->birth_date,
                         table[i].date);
}

static void without_any_time_a_message_is_rejected(void **state)
{
    (void)state;
    expect_rejected("MSH|^~\\&|A|B|C|D|||ADT^A08|1|P|2.5\r" PID, "no-time", "EVN-2");
    const ho_adt_event *e = event_of("MSH|^~\\&|A|B|C|D|||ADT^A08|1|P|2.5\rEVN||||||20261120\r" PID);
    assert_int_equal(e->recorded, e->occurred);
}

static void what_happened_when_depends_on_the_trigger(void **state)
{
    (void)state;
    static const char pv1[] = "PV1|1|I||||||||||||||||||||||||||||||||||||||||||20261101|20261102\r";
    static const struct {
        const char *trigger, *occurred;
    } table[] = {
        {"A01", "2026-11-01T00:00:00-07:00"}, {"A04", "2026-11-01T00:00:00-07:00"},
        {"A06", "2026-11-01T00:00:00-07:00"}, {"A07", "2026-11-01T00:00:00-07:00"},
        {"A03", "2026-11-02T00:00:00-08:00"}, {"A02", "2026-11-03T00:00:00-08:00"},
        {"A08", "2026-11-03T00:00:00-08:00"}, {"A11", "2026-11-03T00:00:00-08:00"},
        {"A13", "2026-11-03T00:00:00-08:00"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const char *head = join("MSH|^~\\&|A|B|C|D|2026||ADT^", table[i].trigger, "|1|P|2.5\rEVN||20261103\r" PID);
        assert_int_equal(event_of(join(head, pv1, ""))->occurred, instant_of(table[i].occurred));
        // Without times of the visit it is when it was recorded; with EVN-6 it is that.
        assert_int_equal(event_of(head)->occurred, instant_of("2026-11-03T00:00:00-08:00"));
        head = join("MSH|^~\\&|A|B|C|D|2026||ADT^", table[i].trigger, "|1|P|2.5\rEVN||20261103||||20261031\r" PID);
        assert_int_equal(event_of(join(head, pv1, ""))->occurred, instant_of("2026-10-31T00:00:00-07:00"));
    }
}

static void the_trigger_is_the_headers_before_the_events(void **state)
{
    (void)state;
    static const struct {
        const char *msh_9, *evn_1, *trigger;
    } table[] = {
        {"ADT^A03^ADT_A03", "A01", "A03"}, {"ADT^A03", "A01", "A03"},      {"ADT^^ADT_A02", "A01", "A02"},
        {"ADT^^ADT_A01", "", "A01"},       {"ADT^^ADT_A01", "A13", "A13"}, {"ADT^^ADT_A01", "A03", "A01"},
        {"ADT^^ADT_A39", "A40", "A40"},    {"ADT^^ADT_A21", "A33", "A33"}, {"ADT", "A04", "A04"},
        {"ADT^\"\"", "A04", "A04"},        {"ADT^^ADT_A61", "A62", "A62"}, {"ADT^^ADT_A05", "A31", "A31"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const char *text = ho_arena_printf(arena, "MSH|^~\\&|A|B|C|D|2026||%s|1|P|2.5\rEVN|%s|2026\r" PID,
                                           table[i].msh_9, table[i].evn_1);
        assert_string_equal(event_of(text)->trigger, table[i].trigger);
    }
}

static void test_traffic_is_a_verdict_unless_the_feed_works_it(void **state)
{
    (void)state;
    struct ho_adt adt = read_message("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|T|2.5\r" PID);
    assert_int_equal(adt.verdict, HO_ADT_TEST);
    assert_int_equal(adt.n_events, 0);
    assert_int_equal(read_message("MSH|^~\\&|A|B|C|D|2026||ADT^Z99|1|D|2.5\r").verdict, HO_ADT_TEST);
    const ho_adt_event *e = event_of("MSH|^~\\&|APP|FAC|C|D|2026||ADT^A01|1|D^x|2.5\r" PID);
    assert_true(e->test);
}

static const char *mrn_of(const char *head, const char *pid_2_3_4)
{
    return event_of(join(head, join("PID|1|", pid_2_3_4, "|Doe\r"), ""))->mrn;
}

static void the_record_number_is_chosen_by_type_and_authority(void **state)
{
    (void)state;
    // The feed "both" has its own authority, GG.
    assert_string_equal(mrn_of(HEAD, "|1^^^XX^MR~2^^^GG^MR|"), "2");
    assert_string_equal(mrn_of(HEAD, "|1^^^GG^SS~2^^^GG^MR|"), "2");
    assert_string_equal(mrn_of(HEAD, "|1^^^GG&9.9&ISO^SS~2^^^GG&9.9&ISO^MR|"), "2");
    assert_string_equal(mrn_of(HEAD, "|1^^^YY^MA~2^^^XX^MR~3^^^ZZ^PI|"), "2");
    assert_string_equal(mrn_of(HEAD, "|1^^^YY^MA~2^^^XX^PI~3^^^ZZ^MR|"), "2");
    assert_string_equal(mrn_of(HEAD, "|1^^^YY^MA~2~3^^^ZZ^MR|"), "2");
    assert_string_equal(mrn_of(OTHER, "|1^^^YY^PI~2^^^XX^MR|"), "2");
    assert_string_equal(mrn_of(OTHER, "|1^^^S^MRN~2^^^N^NHSNMBR|"), "1");
    assert_string_equal(mrn_of(OTHER, "E1|1^^^YY^MA|A1"), "E1");
    assert_string_equal(mrn_of(OTHER, "|1^^^YY^MA|A1"), "A1");
    assert_string_equal(mrn_of(OTHER, "|1^^^YY^MA|"), "1");
    assert_string_equal(mrn_of(OTHER, "|~^^^X^MR~ 7 |"), "7");
}

static void the_kafka_key_is_facility_and_record_number(void **state)
{
    (void)state;
    struct ho_hl7_message m;
    assert_true(ho_hl7_parse(arena, ho_bytes_of(HEAD EVN "PID|1||1^^^X^SS~4\xE9^^^GG^MR\r"), &m));
    assert_bytes(ho_adt_key(arena, &m, &feeds[3]), "Golden Gate\x1F"
                                                   "4\xC3\xA9");
    assert_bytes(ho_adt_key(arena, &m, &feeds[0]), "FAC\x1F"
                                                   "4\xC3\xA9");
    assert_true(ho_hl7_parse(arena, ho_bytes_of(HEAD "PID|1\r"), &m));
    assert_bytes(ho_adt_key(arena, &m, &feeds[3]), "Golden Gate");
    assert_true(ho_hl7_parse(arena, ho_bytes_of("MSH|^~\\&\r"), &m));
    assert_bytes(ho_adt_key(arena, &m, &feeds[0]), "");
}

static void a_sender_without_facility_is_named_by_what_it_says(void **state)
{
    (void)state;
    assert_string_equal(event_of("MSH|^~\\&|X|^9.8.7^ISO|||2026||ADT^A01|1|P|2.5\r" PID)->facility, "9.8.7");
    assert_string_equal(event_of("MSH|^~\\&|X||||2026||ADT^A01|1|P|2.5\r" PID)->facility, "X");
}

static void a_swap_gives_two_events_that_share_nothing_of_the_persons(void **state)
{
    (void)state;
    static const char swap[] =
        "MSH|^~\\&|APP|FAC|C|D|2026||ADT^A17|1|P|2.5\r" EVN "PID|1||1^^^GG^MR||Uno^Ana||19710101|F||||||||||acc1\r"
        "PV1|1|I|W1^1^A\rDG1|1||A1\r"
        "PID|2||2^^^GG^MR||Due^Bea\r"
        "PV1|2|E|W2^2^B\r"
        "PID|3||3^^^GG^MR||Tre\rDG1|||B1\r";
    struct ho_adt adt = read_message(swap);
    assert_int_equal(adt.verdict, HO_ADT_EVENT);
    assert_int_equal(adt.n_events, 2);
    const ho_adt_event *a = adt.events[0], *b = adt.events[1];
    assert_memory_equal(a->id.data, b->id.data, HO_ID_BYTES);
    assert_int_equal(a->subject, 0);
    assert_int_equal(b->subject, 1);
    assert_string_equal(a->mrn, "1");
    assert_string_equal(b->mrn, "2");
    assert_string_equal(a->location->point_of_care, "W1");
    assert_string_equal(b->location->point_of_care, "W2");
    assert_int_equal(b->patient_class, HO_CLASS_EMERGENCY);
    assert_string_equal(b->account, "");
    assert_int_equal(b->person->birth_date, 0);
    assert_int_equal(a->n_diagnoses, 1);
    assert_int_equal(b->n_diagnoses, 0);
    expect_rejected("MSH|^~\\&|APP|FAC|C|D|2026||ADT^A17|1|P|2.5\r" EVN PID, "no-patient-id", "PID[2]-3");
}

static void a_second_patient_of_another_trigger_is_not_mixed_in(void **state)
{
    (void)state;
    const ho_adt_event *e = event_of(HEAD EVN PID "PID|2||99^^^GG^MR||Roe||19800101\rPV1|2|E\rDG1|||X1\r");
    assert_string_equal(e->mrn, "42");
    assert_int_equal(e->patient_class, HO_CLASS_UNKNOWN);
    assert_int_equal(e->n_diagnoses, 0);
    assert_int_equal(e->person->birth_date, 0);
}

static void merges_tell_the_numbers_before(void **state)
{
    (void)state;
    const ho_adt_event *e = event_of("MSH|^~\\&|APP|FAC|C|D|2026||ADT^A40^ADT_A39|1|P|2.5\r" EVN PID
                                     "MRG|1^^^XX^PI~2^^^GG^MR||acc0^^^GG||vis0^^^GG\r");
    assert_string_equal(e->mrn, "42");
    assert_string_equal(e->prior_mrn, "2");
    assert_string_equal(e->prior_account, "acc0");
    assert_string_equal(e->prior_visit, "vis0");
}

static void the_first_name_and_address_that_say_anything_are_taken(void **state)
{
    (void)state;
    const ho_person *p = event_of(HEAD EVN "PID|1||4||~Doe^Jane~Roe^J||||||~1 Elm St^^Orange~2 Oak St\r")->person;
    assert_string_equal(p->surname, "Doe");
    assert_string_equal(p->given, "Jane");
    assert_string_equal(p->address, "1 Elm St");
    assert_string_equal(p->city, "Orange");
}

static void classes_are_read_by_table_and_practice(void **state)
{
    (void)state;
    static const struct {
        const char *pv1_2, *pv1_10, *pv1_18;
        enum ho_patient_class class;
    } table[] = {
        {"E", "", "", HO_CLASS_EMERGENCY},
        {"I", "", "", HO_CLASS_INPATIENT},
        {"B", "", "", HO_CLASS_INPATIENT},
        {"O", "", "", HO_CLASS_OUTPATIENT},
        {"P", "", "", HO_CLASS_PREADMIT},
        {"R", "", "", HO_CLASS_RECURRING},
        {"C", "", "", HO_CLASS_UNKNOWN},
        {"N", "", "", HO_CLASS_UNKNOWN},
        {"U", "", "", HO_CLASS_UNKNOWN},
        {"", "", "", HO_CLASS_UNKNOWN},
        {"e", "", "", HO_CLASS_EMERGENCY},
        {"OBS", "", "", HO_CLASS_OBSERVATION},
        {"OBV", "", "", HO_CLASS_OBSERVATION},
        {"obs", "", "", HO_CLASS_OBSERVATION},
        {"O", "", "OBSERVATION", HO_CLASS_OBSERVATION},
        {"O", "OBS", "", HO_CLASS_OBSERVATION},
        {"O", "OBSTET", "", HO_CLASS_OUTPATIENT},
        {"I", "OBS", "OBS", HO_CLASS_INPATIENT},
        {"EMERGENCY", "", "", HO_CLASS_UNKNOWN},
        {"\"\"", "", "", HO_CLASS_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const ho_adt_event *e = event_of(ho_arena_printf(arena, HEAD EVN PID "PV1|1|%s^x||||||||%s^x||||||||%s^x\r",
                                                         table[i].pv1_2, table[i].pv1_10, table[i].pv1_18));
        if ((int)e->patient_class != (int)table[i].class)
            fail_msg("%s %s %s is %d", table[i].pv1_2, table[i].pv1_10, table[i].pv1_18, (int)e->patient_class);
    }
}

static const ho_adt_event *discharged(const char *disposition)
{
    return event_of(join(HEAD EVN PID "PV1|1|I||||||||||||||||||||||||||||||||||", disposition, "\r"));
}

static void dispositions_lead_to_their_destinations(void **state)
{
    (void)state;
    static const struct {
        const char *codes; // separated by blanks
        enum ho_destination destination;
    } table[] = {
        {"01 1 001 06 08 50 81 86", HO_DESTINATION_HOME},
        {"07 7", HO_DESTINATION_AGAINST_ADVICE},
        {"02 05 09 43 65 66 82 85 88 93 94", HO_DESTINATION_ACUTE},
        {"03 04 61 64 83 84 89 92", HO_DESTINATION_SKILLED_NURSING},
        {"21 51 62 63 69 70 87 90 91 95", HO_DESTINATION_OTHER_FACILITY},
        {"20 40 41 42", HO_DESTINATION_DIED},
        {"30 030", HO_DESTINATION_STILL_PATIENT},
        {"00 0 10 31 99 100 181 HOME A1 1A -1 80 96", HO_DESTINATION_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct ho_bytes codes = ho_bytes_of(table[i].codes), code;
        while (ho_hl7_next(&codes, ' ', &code)) {
            const ho_adt_event *e = discharged(ho_arena_text(arena, code));
            if ((int)e->destination != (int)table[i].destination)
                fail_msg("%.*s is %d", HO_BYTES_ARG(code), (int)e->destination);
            assert_int_equal(e->died, table[i].destination == HO_DESTINATION_DIED);
        }
    }
    assert_int_equal(discharged("")->destination, HO_DESTINATION_UNKNOWN);
    assert_string_equal(discharged("007^x")->disposition, "007");
}

static const ho_adt_event *with_death(const char *pid_29_30)
{
    return event_of(join(HEAD EVN "PID|1||4||Doe||||||||||||||||||||||||", pid_29_30, "\r"));
}

static void death_is_read_from_its_three_places(void **state)
{
    (void)state;
    assert_true(with_death("|Y")->died);
    assert_true(with_death("|y")->died);
    assert_true(with_death("20261120|")->died);
    assert_false(with_death("|N")->died);
    assert_false(with_death("|")->died);
    assert_false(with_death("\"\"|\"\"")->died);
    assert_true(discharged("20")->died);
}

static const char *surname(const char *charset, const char *raw)
{
    return event_of(
               ho_arena_printf(arena, "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||%s\rPID|1||4||%s\r", charset, raw))
        ->person->surname;
}

static void text_is_utf_8_whatever_was_sent(void **state)
{
    (void)state;
    assert_string_equal(surname("", "Nu\xC3\xB1"
                                    "ez"),
                        "Nu\xC3\xB1"
                        "ez");
    assert_string_equal(surname("", "Nu\xF1"
                                    "ez"),
                        "Nu\xC3\xB1"
                        "ez");
    assert_string_equal(surname("UNICODE UTF-8", "Nu\xC3\xB1"
                                                 "ez"),
                        "Nu\xC3\xB1"
                        "ez");
    assert_string_equal(surname("UNICODE UTF-8", "Nu\xF1"
                                                 "ez"),
                        "Nu\xC3\xB1"
                        "ez");
    assert_string_equal(surname("8859/1", "Nu\xF1"
                                          "ez"),
                        "Nu\xC3\xB1"
                        "ez");
    assert_string_equal(surname("8859/1", "\xC3\xB1"), "\xC3\x83\xC2\xB1");
    assert_string_equal(surname("ASCII", "Nu\xF1"
                                         "ez"),
                        "Nu\xC3\xB1"
                        "ez");
    assert_string_equal(surname("", "Nu\\XF1\\ez"), "Nu\xC3\xB1"
                                                    "ez");
    assert_string_equal(surname("", "\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
}

static void malformed_utf_8_is_read_as_latin_1(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *text;
    } table[] = {
        {"\xE0\x80\xAF", "\xC3\xA0 \xC2\xAF"},      // overlong, with U+0080, which is a control character
        {"\xF0\x80\x80\xAF", "\xC3\xB0  \xC2\xAF"}, // the same in four bytes
        {"\xC0\xAF", "\xC3\x80\xC2\xAF"},           // overlong
        {"\xED\xA0\x80", "\xC3\xAD\xC2\xA0"},       // a surrogate; U+0080 is a control character
        {"\xF4\x90\x80\x80", "\xC3\xB4"},           // above U+10FFFF
        {"\xE2\x82", "\xC3\xA2"},                   // cut off; U+0082
        {"\xF8\x88\x88\x88\x88", "\xC3\xB8"},       // five bytes
        {"\xE9t\xE9", "\xC3\xA9t\xC3\xA9"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++)
        assert_string_equal(surname("", table[i].raw), table[i].text);
}

static void control_characters_become_blanks_and_ends_are_trimmed(void **state)
{
    (void)state;
    assert_string_equal(surname("", " \tvan\x01"
                                    "der\x7F"
                                    "Berg \t"),
                        "van der Berg");
    assert_string_equal(surname("", "\\X0A\\line\\.br\\two\\X00\\"), "line two");
    assert_string_equal(surname("", "a\xC2\x85"
                                    "b"),
                        "a b");
    assert_string_equal(surname("8859/1", "a\x85"
                                          "b"),
                        "a b");
    assert_string_equal(surname("", "a\\T\\b"), "a&b");
    assert_string_equal(surname("", "\"\""), "");
    assert_string_equal(surname("", "\"quoted\""), "\"quoted\"");
    assert_string_equal(surname("", "\\X2020\\"), "");
}

static void a_phone_is_found_in_any_of_its_forms(void **state)
{
    (void)state;
    static const struct {
        const char *pid_13_14, *phone;
    } table[] = {
        {"(714)555-0182^PRN|", "(714)555-0182"},
        {"^PRN^PH^^1^714^5550182|", "7145550182"},
        {"^PRN^PH^^^^5550182|", "5550182"},
        {"^NET^Internet^a@b.example~5550182|", "5550182"},
        {"a@b.example^NET^Internet|5550183", "5550183"},
        {"^^^^^^^^^^^+1 714 555 0182|", "+1 714 555 0182"},
        {"|", ""},
        {"\"\"|5550184", "5550184"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++)
        assert_string_equal(event_of(join(HEAD EVN "PID|1||4||Doe||||||||", table[i].pid_13_14, "\r"))->person->phone,
                            table[i].phone);
}

static void sex_is_one_of_four_letters(void **state)
{
    (void)state;
    static const char *const table[][2] = {{"M", "M"}, {"F", "F"}, {"f", "F"}, {"male", "M"}, {"X", "X"}, {"O", "X"},
                                           {"A", "X"}, {"U", "U"}, {"N", "U"}, {"?", "U"},    {"", ""},   {"\"\"", ""}};
    for (size_t i = 0; i < COUNT_OF(table); i++)
        assert_string_equal(event_of(join(HEAD EVN "PID|1||4||Doe|||", table[i][0], "\r"))->person->sex, table[i][1]);
}

static void the_same_bytes_from_another_feed_are_another_event(void **state)
{
    (void)state;
    uint8_t a[HO_ID_BYTES], b[HO_ID_BYTES], c[HO_ID_BYTES];
    ho_adt_event_id(HO_BYTES_LITERAL("feed"), HO_BYTES_LITERAL("message"), a);
    ho_adt_event_id(HO_BYTES_LITERAL("feed2"), HO_BYTES_LITERAL("message"), b);
    const struct ho_bytes whole = HO_BYTES_LITERAL("feed\0message");
    ho_digest_id(&whole, 1, c);
    assert_memory_not_equal(a, b, HO_ID_BYTES);
    assert_memory_equal(a, c, HO_ID_BYTES);
}

static void every_file_of_the_converter_is_read_to_its_trigger(void **state)
{
    (void)state;
    struct corpus c;
    corpus_read_folder(arena, CONVERTER_FOLDER, ".hl7", &c);
    if (!c.n) {
        print_message("skipped: %s is not there\n", CONVERTER_FOLDER);
        skip();
    }
    assert_int_equal(c.n, 57);
    struct ho_feed work = feeds[0];
    work.test_traffic = HO_TEST_WORK; // two are marked T
    const struct ho_feeds set = {&work, 1};
    for (size_t i = 0; i < c.n; i++) {
        const char *name = c.files[i].name; // ADT-A01-01.hl7 or ADT01-23.hl7
        const char trigger[] = {'A', name[3] == '-' ? name[5] : name[3], name[3] == '-' ? name[6] : name[4], '\0'};
        struct ho_adt adt;
        ho_adt_read(arena, c.files[i].bytes, &set, &adt);
        if (adt.verdict != HO_ADT_EVENT)
            fail_msg("%s: %s at %s", name, adt.reason, adt.place);
        assert_string_equal(adt.events[0]->trigger, trigger);
        assert_true(*adt.events[0]->mrn && *adt.events[0]->facility && adt.events[0]->recorded);
    }
}

static void the_simulated_hospitals_admissions_are_read_and_the_rest_refused(void **state)
{
    (void)state;
    struct corpus c;
    corpus_read_messages(arena, SIMHOSPITAL_FILE, &c);
    if (!c.n) {
        print_message("skipped: %s is not there\n", SIMHOSPITAL_FILE);
        skip();
    }
    struct ho_feed work = feeds[0];
    work.test_traffic = HO_TEST_WORK;
    const struct ho_feeds set = {&work, 1};
    size_t read = 0, not_adt = 0;
    for (size_t i = 0; i < c.n; i++) {
        struct ho_adt adt;
        ho_adt_read(arena, c.files[i].bytes, &set, &adt);
        read += adt.verdict == HO_ADT_EVENT;
        not_adt += adt.verdict == HO_ADT_REJECTED && strcmp(adt.reason, "not-adt") == 0;
    }
    assert_int_equal(read, 401);
    assert_int_equal(not_adt, 612);
}

// Reads the bytes from a block of exactly their size, so that a read beyond the end is seen.
static void read_exactly(struct ho_arena *own, const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n + !n);
    memcpy(exact, bytes, n);
    struct ho_adt adt;
    ho_adt_read(own, ho_bytes_from(exact, n), &all_feeds, &adt);
    for (size_t i = 0; i < adt.n_events; i++)
        assert_true(ho_message_pack(own, &adt.events[i]->base).n > 0);
    free(exact);
    ho_arena_reset(own);
}

static void damage(struct ho_bytes message)
{
    struct ho_arena *own = ho_arena_new(0);
    uint8_t *bytes = malloc(message.n);
    memcpy(bytes, message.p, message.n);
    for (size_t n = 0; n <= message.n; n++)
        read_exactly(own, bytes, n);
    for (size_t i = 0; i < message.n; i++) {
        static const uint8_t changes[] = {0,   '\n', '\r', '|', '^', '~',  '\\', '&',
                                          '"', ' ',  '0',  '9', 'A', 0x7F, 0xC3, 0xFF};
        for (size_t k = 0; k < sizeof changes; k++) {
            bytes[i] = changes[k];
            read_exactly(own, bytes, message.n);
        }
        bytes[i] = message.p[i];
    }
    free(bytes);
    ho_arena_free(own);
}

static void every_truncation_and_change_of_a_byte_is_safe(void **state)
{
    (void)state;
    damage(HO_BYTES_LITERAL(HEAD EVN
                            "PID|1|E|1^^^GG&1&ISO^MR~2|A|Nu\\XF1\\ez&x^A^B^C||19710423|F|||1&2^3^4^CA^9||^PH^^1^2^3\r"
                            "PV1|1|O|a^b^c^d|||e^f|g^h^i|||OBS||||7||||OBS|5||||||||||||||||||07||||||||2026|2026\r"
                            "DG1|1||J^K^L\rIN1|1|||||||||||||||||||||||||||||||||||9\r"));
    struct corpus c;
    corpus_read_folder(arena, CONVERTER_FOLDER, "-23.hl7", &c);
    for (size_t i = 0; i < c.n; i++)
        damage(c.files[i].bytes);
    if (!c.n)
        print_message("%s is not there: only the message made here was damaged\n", CONVERTER_FOLDER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_an_event_is_filled),
        cmocka_unit_test(a_sparse_message_leaves_the_rest_empty),
        cmocka_unit_test(an_event_survives_packing),
        cmocka_unit_test(only_a_matched_event_must_have_its_id),
        cmocka_unit_test(words_of_a_later_version_are_unknown),
        cmocka_unit_test(the_nearest_feed_is_found),
        cmocka_unit_test(what_is_not_ours_is_rejected_with_reason_and_place),
        cmocka_unit_test(a_patient_without_identifier_is_rejected),
        cmocka_unit_test(impossible_dates_that_order_events_are_rejected),
        cmocka_unit_test(impossible_birth_and_death_dates_count_as_missing),
        cmocka_unit_test(a_birth_date_is_whole_or_missing),
        cmocka_unit_test(without_any_time_a_message_is_rejected),
        cmocka_unit_test(what_happened_when_depends_on_the_trigger),
        cmocka_unit_test(the_trigger_is_the_headers_before_the_events),
        cmocka_unit_test(test_traffic_is_a_verdict_unless_the_feed_works_it),
        cmocka_unit_test(the_record_number_is_chosen_by_type_and_authority),
        cmocka_unit_test(the_kafka_key_is_facility_and_record_number),
        cmocka_unit_test(a_sender_without_facility_is_named_by_what_it_says),
        cmocka_unit_test(a_swap_gives_two_events_that_share_nothing_of_the_persons),
        cmocka_unit_test(a_second_patient_of_another_trigger_is_not_mixed_in),
        cmocka_unit_test(merges_tell_the_numbers_before),
        cmocka_unit_test(the_first_name_and_address_that_say_anything_are_taken),
        cmocka_unit_test(classes_are_read_by_table_and_practice),
        cmocka_unit_test(dispositions_lead_to_their_destinations),
        cmocka_unit_test(death_is_read_from_its_three_places),
        cmocka_unit_test(text_is_utf_8_whatever_was_sent),
        cmocka_unit_test(malformed_utf_8_is_read_as_latin_1),
        cmocka_unit_test(control_characters_become_blanks_and_ends_are_trimmed),
        cmocka_unit_test(a_phone_is_found_in_any_of_its_forms),
        cmocka_unit_test(sex_is_one_of_four_letters),
        cmocka_unit_test(the_same_bytes_from_another_feed_are_another_event),
        cmocka_unit_test(every_file_of_the_converter_is_read_to_its_trigger),
        cmocka_unit_test(the_simulated_hospitals_admissions_are_read_and_the_rest_refused),
        cmocka_unit_test(every_truncation_and_change_of_a_byte_is_safe),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
