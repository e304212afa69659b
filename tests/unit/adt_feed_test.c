// What a feed says of its messages: character sets, the meanings of its own codes, its visit numbers.
#include "adt_fixture.h"

// Reads a message as that of a feed with these settings.
static struct ho_adt read_as(const struct ho_feed *changes, const char *text)
{
    struct ho_feed feed = *changes;
    struct ho_adt adt;
    feed.name = feed.facility = feed.mrn_authority = "";
    feed.zone = feeds[0].zone;
    ho_adt_read_as(arena, ho_bytes_of(text), &feed, &adt);
    return adt;
}

static const ho_adt_event *event_as(const struct ho_feed *changes, const char *text)
{
    struct ho_adt adt = read_as(changes, text);
    if (adt.verdict != HO_ADT_EVENT)
        fail_msg("%s at %s", adt.reason, adt.place);
    return adt.events[0];
}

// ---- Character sets.

static const char *message(const char *msh_18, const char *name)
{
    return ho_arena_printf(arena, "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||%s\rPID|1||4||%s^Ana|x|19710423\r",
                           msh_18, name);
}

// The surname as read; the fields behind it must have stayed where they are.
static const char *surname_as(const char *charset, const char *msh_18, const char *name)
{
    const ho_adt_event *e = event_as(&(struct ho_feed){.charset = charset}, message(msh_18, name));
    assert_string_equal(e->person->given, "Ana");
    assert_int_equal(e->person->birth_date, 19710423);
    return e->person->surname;
}

static void what_the_feed_says_of_its_character_set_counts(void **state)
{
    (void)state;
    assert_string_equal(surname_as("windows-1252", "UNICODE UTF-8",
                                   "O\x92"
                                   "Bria\xF1"),
                        "O’Briañ");
    assert_string_equal(surname_as("windows-1252", "UNICODE UTF-16", "Zo\xEB"), "Zoë");
    assert_string_equal(surname_as("ISO-8859-15", "", "\xA4\xC3\xB1"), "€Ã±");
    assert_string_equal(surname_as("UTF-8", "8859/1",
                                   "Nu\xC3\xB1"
                                   "ez"),
                        "Nuñez");
}

static void each_name_of_table_0211_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *msh_18, *name, *text;
    } table[] = {
        {"ASCII", "Doe", "Doe"},
        {"ISO IR6", "Doe", "Doe"},
        {"8859/1", "\xE1", "á"},
        {"8859/2", "\xB1", "ą"},
        {"8859/3", "\xA1", "Ħ"},
        {"8859/4", "\xA2", "ĸ"},
        {"8859/5", "\xB0", "А"},
        {"8859/6", "\xC7", "ا"},
        {"8859/7", "\xC1", "Α"},
        {"8859/8", "\xE0", "א"},
        {"8859/9", "\xDD", "İ"},
        {"8859/15", "\xA4", "€"},
        {"ISO IR87", "\x1B$B;3ED\x1B(B", "山田"},
        {"ASCII~ISO IR87", "\x1B$B;3ED\x1B(B", "山田"},
        {"~ISO IR87~ISO IR159", "\x1B$B;3ED\x1B(B", "山田"},
        {"ISO IR14", "\x1B(JDoe\x1B(B", "Doe"},
        {"GB 18030-2000", "\xCD\xF5", "王"},
        {"KS X 1001", "\xB1\xE8", "김"},
        {"CNS 11643-1992", "\xC4\xE3", "中"},
        {"BIG-5", "\xA4\xFD", "王"},
        {"UNICODE", "\xC3\xB1", "ñ"},
        {"UNICODE UTF-8", "\xC3\xB1", "ñ"},
        {"UNICODE UTF-8~ISO IR87", "\xC3\xB1", "ñ"},
        {"utf-8", "\xC3\xB1", "ñ"}, // names that are not in the table, and are sent
        {"ISO-8859-2", "\xB1", "ą"},
        {"Windows-1252", "\x8A", "Š"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct ho_adt adt = read_as(&(struct ho_feed){0}, message(table[i].msh_18, table[i].name));
        assert_false(adt.unknown_charset);
        const char *text = surname_as(NULL, table[i].msh_18, table[i].name);
        if (strcmp(text, table[i].text) != 0)
            fail_msg("%s: %s instead of %s", table[i].msh_18, text, table[i].text);
    }
}

static void a_name_that_no_table_has_is_told_and_counts_as_empty(void **state)
{
    (void)state;
    static const char *const names[] = {"8859/16",
                                        "8859/",
                                        "LATIN",
                                        "UNICODE UTF-9",
                                        "x^y",
                                        "../../UTF-8",
                                        "A NAME THAT IS LONGER THAN ANY NAME OF A CHARACTER SET"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct ho_adt adt = read_as(&(struct ho_feed){0}, message(names[i], "Nu\xF1"
                                                                            "ez"));
        if (!adt.unknown_charset)
            fail_msg("%s is known", names[i]);
        assert_string_equal(adt.events[0]->person->surname, "Nuñez");
    }
    assert_false(read_as(&(struct ho_feed){0}, message("", "Doe")).unknown_charset);
    assert_false(read_as(&(struct ho_feed){0}, message("\"\"", "Doe")).unknown_charset);
    assert_false(read_as(&(struct ho_feed){.charset = "UTF-8"}, message("LATIN", "Doe")).unknown_charset);
}

static void what_cannot_have_written_its_own_header_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"UNICODE UTF-16", "UNICODE UTF-32"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct ho_adt adt = read_as(&(struct ho_feed){0}, message(names[i], "Doe"));
        assert_int_equal(adt.verdict, HO_ADT_REJECTED);
        assert_string_equal(adt.reason, "charset");
        assert_string_equal(adt.place, "MSH-18");
    }
}

static void bytes_that_cannot_be_read_are_replaced_and_the_message_goes_on(void **state)
{
    (void)state;
    assert_string_equal(surname_as("UTF-8", "",
                                   "Nu\xF1"
                                   "ez"),
                        "Nu\xEF\xBF\xBD"
                        "ez");
    assert_string_equal(surname_as("US-ASCII", "",
                                   "Nu\xF1"
                                   "ez"),
                        "Nu\xEF\xBF\xBD"
                        "ez");
    assert_string_equal(surname_as("Big5", "", "\xA4 Li"), "\xEF\xBF\xBD Li");
    assert_string_equal(surname_as("Shift_JIS", "",
                                   "\xFD"
                                   "Li"),
                        "\xEF\xBF\xBD"
                        "Li");
    assert_string_equal(surname_as(NULL, "8859/3",
                                   "\xA5"
                                   "x"),
                        "\xEF\xBF\xBD"
                        "x");
}

// The message whose surname they are, where lead and trail are one character of the set; else NULL.
static const ho_adt_event *pair_event(const char *charset, unsigned lead, char trail)
{
    const char pair[] = {(char)lead, trail, '\0'};
    const struct ho_feed feed = {.charset = charset};
    const ho_adt_event *e = event_as(&feed, message("", pair));
    const char *text = e->person->surname;
    bool one = strlen(text) == (text[0] & 0x20 ? 3U : 2U) && strcmp(text, "\xEF\xBF\xBD") != 0;
    return one ? e : NULL;
}

// Of the leads from `first` to `last` with each delimiter behind.
static size_t count_pairs(const char *charset, unsigned first, unsigned last)
{
    size_t n = 0;
    for (unsigned lead = first; lead <= last; lead++) {
        for (const char *trail = "|^~\\"; *trail; trail++) {
            const ho_adt_event *e = pair_event(charset, lead, *trail);
            if (!e)
                continue;
            assert_string_equal(e->person->given, "Ana");
            assert_int_equal(e->person->birth_date, 19710423);
            n++;
        }
    }
    return n;
}

static void trail_bytes_that_look_like_delimiters_are_none(void **state)
{
    (void)state;
    assert_true(count_pairs("Shift_JIS", 0x81, 0x9F) + count_pairs("Shift_JIS", 0xE0, 0xEA) > 100);
    assert_true(count_pairs("Big5", 0xA1, 0xF9) > 100);
    assert_true(count_pairs("GB18030", 0x81, 0xFD) > 100);
    assert_string_equal(surname_as("Big5", "", "\xA5|"), "四");
    assert_string_equal(surname_as("Shift_JIS", "", "\x83\\"), "ソ");
    assert_string_equal(surname_as("Shift_JIS", "8859/1", "\x94\\"), "能");
}

static void an_escape_stands_for_bytes_of_the_senders_set(void **state)
{
    (void)state;
    assert_string_equal(surname_as(NULL, "8859/2", "\xB1\\XB1\\\\T\\"), "ąą&");
    assert_string_equal(surname_as("windows-1252", "", "\\X9A\\\xF1"), "šñ");
    assert_string_equal(surname_as("windows-1252", "", "\\X9A\\x\xF1\\XE1E9\\\\X8A\\"), "šxñáéŠ");
    assert_string_equal(surname_as("Big5", "", "\\XA57C\\"), "\xEF\xBF\xBD|"); // a byte at a time
}

static void the_key_is_in_utf_8_whatever_was_sent(void **state)
{
    (void)state;
    struct ho_hl7_message m;
    const struct ho_feed feed = {.charset = "Big5", .facility = "", .mrn_authority = ""};
    assert_true(ho_hl7_parse(arena, ho_bytes_of(HEAD "PID|1||\xA5|1\r"), &m));
    assert_bytes(ho_adt_key(arena, &m, &feed), "FAC\x1F"
                                               "四1");
}

static void the_identity_of_a_message_is_that_of_its_bytes(void **state)
{
    (void)state;
    uint8_t id[HO_ID_BYTES];
    const char *text = message("", "\xA5|");
    ho_adt_event_id(HO_BYTES_LITERAL(""), ho_bytes_of(text), id);
    assert_memory_equal(event_as(&(struct ho_feed){.charset = "Big5"}, text)->id.data, id, HO_ID_BYTES);
}

// ---- Codes.

static const struct ho_code_meaning class_items[] = {
    {"ER", "emergency"}, {"O", "observation"}, {"S\xC3\xA9", "inpatient"}};
static const struct ho_code_meaning disposition_items[] = {
    {"HOME", "01"}, {"01", "03"}, {"REHAB-BACK", "90"}, {"RIP", "20"}};
static const struct ho_code_meaning source_items[] = {{"DOC", "1"}};
static const struct ho_feed mapped = {.classes = {class_items, COUNT_OF(class_items)},
                                      .dispositions = {disposition_items, COUNT_OF(disposition_items)},
                                      .admit_sources = {source_items, COUNT_OF(source_items)}};

static const ho_adt_event *coded(const struct ho_feed *feed, const char *class, const char *source,
                                 const char *disposition)
{
    return event_as(feed, ho_arena_printf(arena, HEAD EVN PID "PV1|1|%s||||||||||||%s||||||||||||||||||||||%s\r", class,
                                          source, disposition));
}

static void a_feeds_own_codes_have_its_meanings_and_stay_as_sent(void **state)
{
    (void)state;
    const ho_adt_event *e = coded(&mapped, "ER", "DOC", "HOME");
    assert_int_equal(e->patient_class, HO_CLASS_EMERGENCY);
    assert_string_equal(e->patient_class_code, "ER");
    assert_int_equal(e->destination, HO_DESTINATION_HOME);
    assert_string_equal(e->disposition, "HOME");
    assert_string_equal(e->disposition_means, "01");
    assert_string_equal(e->admit_source, "DOC");
    assert_string_equal(e->admit_source_means, "1");
    assert_int_equal(ho_adt_unknown_codes(e), 0);
}

static void a_map_goes_before_the_tables_and_they_before_nothing(void **state)
{
    (void)state;
    const ho_adt_event *e = coded(&mapped, "O", "7", "01");
    assert_int_equal(e->patient_class, HO_CLASS_OBSERVATION);
    assert_int_equal(e->destination, HO_DESTINATION_SKILLED_NURSING);
    e = coded(&mapped, "I", "7", "07");
    assert_int_equal(e->patient_class, HO_CLASS_INPATIENT);
    assert_int_equal(e->destination, HO_DESTINATION_AGAINST_ADVICE);
    assert_string_equal(e->disposition_means, "");
    assert_int_equal(ho_adt_unknown_codes(e), 0);
    e = coded(&mapped, "er", "doc", "home"); // another code
    assert_int_equal(e->patient_class, HO_CLASS_UNKNOWN);
    assert_int_equal(ho_adt_unknown_codes(e), 7);
}

static void a_disposition_that_means_death_is_one(void **state)
{
    (void)state;
    assert_true(coded(&mapped, "I", "", "RIP")->died);
    assert_int_equal(coded(&mapped, "I", "", "REHAB-BACK")->destination, HO_DESTINATION_OTHER_FACILITY);
}

static void a_code_is_compared_as_text_whatever_the_character_set(void **state)
{
    (void)state;
    struct ho_feed latin = mapped;
    latin.charset = "ISO-8859-1";
    assert_int_equal(coded(&latin, "S\xE9", "", "")->patient_class, HO_CLASS_INPATIENT);
    assert_int_equal(coded(&mapped, "S\xE9", "", "")->patient_class, HO_CLASS_INPATIENT);
}

static void the_class_may_stand_in_another_field(void **state)
{
    (void)state;
    static const struct ho_code_meaning items[] = {{"OBSV", "observation"}};
    struct ho_feed feed = {.classes = {items, 1}, .class_field = HO_CLASS_PV1_18};
    const ho_adt_event *e = event_as(&feed, HEAD EVN PID "PV1|1|O||||||||||||||||OBSV\r");
    assert_int_equal(e->patient_class, HO_CLASS_OBSERVATION);
    assert_string_equal(e->patient_class_code, "OBSV");
    e = event_as(&feed, HEAD EVN PID "PV1|1|O||||||||||||||||SURG\r");
    assert_int_equal(e->patient_class, HO_CLASS_OUTPATIENT);
    assert_string_equal(e->patient_class_code, "O");
    feed.class_field = HO_CLASS_PV1_10;
    e = event_as(&feed, HEAD EVN PID "PV1|1|O||||||||OBSV\r");
    assert_int_equal(e->patient_class, HO_CLASS_OBSERVATION);
}

// ---- Visit numbers.

static void visit_numbers_that_are_used_again_are_none(void **state)
{
    (void)state;
    static const char text[] = "MSH|^~\\&|A|B|C|D|2026||ADT^A42|1|P|2.5\r" PID "MRG|9||acc9||vis9\r"
                               "PV1|1|I|||||||||||||||||V1\r";
    const ho_adt_event *e = event_as(&(struct ho_feed){0}, text);
    assert_string_equal(e->visit, "V1");
    assert_string_equal(e->prior_visit, "vis9");
    e = event_as(&(struct ho_feed){.reuses_visit_numbers = true}, text);
    assert_string_equal(e->visit, "");
    assert_string_equal(e->prior_visit, "");
    assert_string_equal(e->prior_account, "acc9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_feed_says_of_its_character_set_counts),
        cmocka_unit_test(each_name_of_table_0211_is_read),
        cmocka_unit_test(a_name_that_no_table_has_is_told_and_counts_as_empty),
        cmocka_unit_test(what_cannot_have_written_its_own_header_is_refused),
        cmocka_unit_test(bytes_that_cannot_be_read_are_replaced_and_the_message_goes_on),
        cmocka_unit_test(trail_bytes_that_look_like_delimiters_are_none),
        cmocka_unit_test(an_escape_stands_for_bytes_of_the_senders_set),
        cmocka_unit_test(the_key_is_in_utf_8_whatever_was_sent),
        cmocka_unit_test(the_identity_of_a_message_is_that_of_its_bytes),
        cmocka_unit_test(a_feeds_own_codes_have_its_meanings_and_stay_as_sent),
        cmocka_unit_test(a_map_goes_before_the_tables_and_they_before_nothing),
        cmocka_unit_test(a_disposition_that_means_death_is_one),
        cmocka_unit_test(a_code_is_compared_as_text_whatever_the_character_set),
        cmocka_unit_test(the_class_may_stand_in_another_field),
        cmocka_unit_test(visit_numbers_that_are_used_again_are_none),
    };
    return cmocka_run_group_tests(tests, adt_open, adt_close);
}
