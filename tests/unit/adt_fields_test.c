// The fields of an event, one by one.
#include "adt_fixture.h"

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

static unsigned unknown_codes(const char *class, const char *admit_source, const char *disposition)
{
    return ho_adt_unknown_codes(event_of(ho_arena_printf(
        arena, HEAD EVN PID "PV1|1|%s||||||||||||%s||||||||||||||||||||||%s\r", class, admit_source, disposition)));
}

static void codes_that_no_table_knows_are_told_of(void **state)
{
    const unsigned class = 1U << HO_CODE_CLASS, disposition = 1U << HO_CODE_DISPOSITION,
                   source = 1U << HO_CODE_ADMIT_SOURCE;
    (void)state;
    assert_int_equal(unknown_codes("I", "7", "01"), 0);
    assert_int_equal(unknown_codes("", "", ""), 0);
    assert_int_equal(unknown_codes("\"\"", "\"\"", "\"\""), 0);
    assert_int_equal(unknown_codes("ER", "7", "01"), class);
    assert_int_equal(unknown_codes("I", "HOMELESS", "01"), source);
    assert_int_equal(unknown_codes("I", "f", "HOME"), disposition);
    assert_int_equal(unknown_codes("ER", "10", "HOME"), class | source | disposition);
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

static void that_somebody_is_not_dead_is_read_where_it_is_said(void **state)
{
    (void)state;
    assert_true(with_death("|N")->alive);
    assert_true(with_death("\"\"|n")->alive);
    assert_false(with_death("20261120|N")->alive); // says both
    assert_false(with_death("|Y")->alive);
    assert_false(with_death("|")->alive);
    assert_false(with_death("|\"\"")->alive);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_an_event_is_filled),
        cmocka_unit_test(a_sparse_message_leaves_the_rest_empty),
        cmocka_unit_test(an_event_survives_packing),
        cmocka_unit_test(only_a_matched_event_must_have_its_id),
        cmocka_unit_test(words_of_a_later_version_are_unknown),
        cmocka_unit_test(impossible_birth_and_death_dates_count_as_missing),
        cmocka_unit_test(a_birth_date_is_whole_or_missing),
        cmocka_unit_test(the_first_name_and_address_that_say_anything_are_taken),
        cmocka_unit_test(classes_are_read_by_table_and_practice),
        cmocka_unit_test(dispositions_lead_to_their_destinations),
        cmocka_unit_test(codes_that_no_table_knows_are_told_of),
        cmocka_unit_test(death_is_read_from_its_three_places),
        cmocka_unit_test(that_somebody_is_not_dead_is_read_where_it_is_said),
        cmocka_unit_test(text_is_utf_8_whatever_was_sent),
        cmocka_unit_test(malformed_utf_8_is_read_as_latin_1),
        cmocka_unit_test(control_characters_become_blanks_and_ends_are_trimmed),
        cmocka_unit_test(a_phone_is_found_in_any_of_its_forms),
        cmocka_unit_test(sex_is_one_of_four_letters),
    };
    return cmocka_run_group_tests(tests, adt_open, adt_close);
}
