// From the bytes of an ADT message to its events: verdicts, triggers, times, and whose they are.
#include "adt_fixture.h"
#include "handoff/digest.h"

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

static void a_date_without_a_time_is_a_day(void **state)
{
    (void)state;
    static const char pv1[] = "PV1|1|I||||||||||||||||||||||||||||||||||||||||||";
    const ho_adt_event *e = event_of(join(HEAD "EVN||20261103\r" PID, pv1, "20261101|202611021530\r"));
    assert_int_equal(e->occurred, instant_of("2026-11-01T00:00:00-07:00"));
    assert_int_equal(e->occurred_day_end, instant_of("2026-11-02T00:00:00-08:00"));
    assert_int_equal(e->admitted_day_end, e->occurred_day_end);
    assert_int_equal(e->discharged_day_end, 0);
    e = event_of(join(HEAD "EVN||20261103||||202611010700\r" PID, pv1, "202611010700|20261102\r"));
    assert_int_equal(e->occurred_day_end, 0);
    assert_int_equal(e->admitted_day_end, 0);
    assert_int_equal(e->discharged_day_end, instant_of("2026-11-03T00:00:00-08:00"));
    // No time at all is when it was recorded; a month is no day.
    assert_int_equal(event_of(HEAD "EVN||20261103\r" PID)->occurred_day_end, 0);
    assert_int_equal(event_of(HEAD "EVN||20261103||||202611\r" PID)->occurred_day_end, 0);
    assert_int_equal(event_of(HEAD "EVN||20261103||||20261031\r" PID)->occurred_day_end,
                     instant_of("2026-11-01T00:00:00-07:00"));
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

static void a_visit_before_its_person_is_that_persons(void **state)
{
    (void)state;
    const ho_adt_event *e = event_of(HEAD EVN "PV1|1|E|W1||||||||||||||||V1\rDG1|1||J18\r" PID "DG1|2||I10\r");
    assert_int_equal(e->patient_class, HO_CLASS_EMERGENCY);
    assert_string_equal(e->visit, "V1");
    assert_string_equal(e->person->surname, "Doe");
    assert_int_equal(e->n_diagnoses, 2);
    struct ho_adt adt = read_message(
        "MSH|^~\\&|APP|FAC|C|D|2026||ADT^A17|1|P|2.5\r" EVN "PV1|1|I|W1\rDG1|1||A1\rPID|1||1^^^GG^MR||Uno^Ana\r"
        "PV1|2|E|W2\rDG1|1||B1\rDG1|2||B2\rPID|2||2^^^GG^MR||Due^Bea\rPV1|3|O|W3\rDG1|||C1\r");
    assert_int_equal(adt.n_events, 2);
    static const char *const mrns[] = {"1", "2"}, *const places[] = {"W1", "W2"};
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(adt.events[i]->mrn, mrns[i]);
        assert_string_equal(adt.events[i]->location->point_of_care, places[i]);
        assert_int_equal(adt.events[i]->n_diagnoses, i + 1);
    }
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

static struct ho_adt read_trigger(const char *trigger, const char *segments)
{
    return read_message(
        ho_arena_printf(arena, "MSH|^~\\&|APP|FAC|C|D|2026||ADT^%s|1|P|2.5\r" EVN "%s", trigger, segments));
}

// What the triggers do to an encounter stands in encounter_test.
static void every_trigger_is_read_to_an_event(void **state)
{
    (void)state;
    static const char two_persons[] = "PID|1||1^^^GG^MR||Uno^Ana\rPV1|1|I|W1||||||||||||||||v1\r"
                                      "PID|2||2^^^GG^MR||Due^Bea\rPV1|2|I|W2||||||||||||||||v2\r";
    static const char merge[] = PID "MRG|9^^^GG^MR||acc9||vis9\rPV1|1|I|W1||||||||||||||||v1\r";
    static const struct {
        const char *triggers, *segments;
        size_t events;
    } table[] = {
        {"A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A11 A12 A13 A14 A15 A16 A19 A20 A21 A22 A23 A25 A26 A27 A28 A29 A31 "
         "A32 A33 A38 A48 A52 A53 A54 A55 A56 A57 A58 A59 A60 A61 A62",
         PID "PV1|1|I|W1||||||||||||||||v1\r", 1},
        {"A06 A07 A18 A30 A34 A35 A36 A39 A40 A41 A42 A43 A46 A47 A49 A50 A51", merge, 1},
        {"A17 A24 A37", two_persons, 2},
        {"A44 A45", merge, 2},
    };
    bool seen[63] = {false};
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        for (const char *t = table[i].triggers; strlen(t) >= 3; t += t[3] ? 4 : 3) {
            const char *trigger = ho_arena_printf(arena, "%.3s", t);
            struct ho_adt adt = read_trigger(trigger, table[i].segments);
            if (adt.verdict != HO_ADT_EVENT || adt.n_events != table[i].events)
                fail_msg("%s: %s at %s, %zu events", trigger, adt.reason, adt.place, adt.n_events);
            for (size_t k = 0; k < adt.n_events; k++)
                assert_string_equal(adt.events[k]->trigger, trigger);
            seen[(trigger[1] - '0') * 10 + (trigger[2] - '0')] = true;
        }
    }
    for (size_t i = 1; i < COUNT_OF(seen); i++)
        assert_true(seen[i]);
}

static const char *replaced(const char *text, const char *from, const char *to)
{
    const char *out = "";
    for (const char *at; (at = strstr(text, from)); text = at + strlen(from))
        out = ho_arena_printf(arena, "%s%.*s%s", out, (int)(at - text), text, to);
    return join(out, text, "");
}

static const char *with_delimiters(const char *text, const char *delimiters)
{
    char *out = ho_arena_text(arena, ho_bytes_of(text));
    for (char *c = out; *c; c++) {
        const char *which = strchr("|^~\\&", *c);
        *c = which ? delimiters[which - "|^~\\&"] : *c;
    }
    return out;
}

static struct ho_bytes packed(const char *text)
{
    static uint8_t none[1];
    ho_adt_event *event = (ho_adt_event *)event_of(text);
    event->id = (ProtobufCBinaryData){0, none};
    return ho_message_pack(arena, &event->base);
}

static void the_form_of_a_message_changes_nothing_of_its_event(void **state)
{
    (void)state;
    static const char pid[] =
        "PID|1|E|1^^^GG&1&ISO^MR~2^^^X^SS|A|Nu\\XF1\\ez&x^A^B||19710423|F|||1&2^3^4^CA^9||^PH^^1^2^3\r";
    static const char pv1[] = "PV1|1|O|a^b^c^d|||e^f|g^h^i|||OBS||||7||||OBS|5||||||||||||||||||07||||||||2026|2026\r";
    const char *text =
        ho_arena_printf(arena, HEAD EVN "%s%sDG1|1||J^K^L\rIN1|1|||||||||||||||||||||||||||||||||||9\r", pid, pv1);
    const struct ho_bytes event = packed(text);
    const char *const forms[] = {
        replaced(text, "\r", "\n"),
        replaced(text, "\r", "\r\n"),
        replaced(text, "\r", "\r\r"),
        replaced(text, "\r", "\n\n \n"),
        join("\xEF\xBB\xBF", text, ""),
        join("\r\n\n", text, ""),
        ho_arena_printf(arena, "%.*s", (int)strlen(text) - 1, text), // without the last end
        replaced(replaced(text, pid, ""), pv1, join(pv1, pid, "")),
        with_delimiters(text, "#*!?%"),
        with_delimiters(text, "\t;:/+"),
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (!ho_bytes_equal(packed(forms[i]), event))
            fail_msg("%zu: %s", i, forms[i]);
    }
}

static void each_group_of_a_merge_makes_its_event(void **state)
{
    (void)state;
    static const char *const triggers[] = {"A39", "A40", "A41", "A42", "A43", "A46", "A47"};
    for (size_t i = 0; i < COUNT_OF(triggers); i++) {
        struct ho_adt adt = read_trigger(triggers[i], "PID|1||1^^^GG^MR||Uno^Ana\rMRG|11^^^GG^MR\r"
                                                      "PID|2||2^^^GG^MR||Due^Bea\rMRG|22^^^GG^MR\rPV1|1|I\r"
                                                      "PID|3||3^^^GG^MR||Tre^Cleo\rMRG|33^^^GG^MR\r");
        assert_int_equal(adt.n_events, 3);
        for (uint32_t k = 0; k < 3; k++) {
            static const char *const mrns[] = {"1", "2", "3"}, *const priors[] = {"11", "22", "33"};
            assert_int_equal(adt.events[k]->subject, k);
            assert_string_equal(adt.events[k]->mrn, mrns[k]);
            assert_string_equal(adt.events[k]->prior_mrn, priors[k]);
            assert_int_equal(adt.events[k]->patient_class, k == 1 ? HO_CLASS_INPATIENT : HO_CLASS_UNKNOWN);
        }
    }
}

static void a_link_is_an_event_of_each_person_that_names_the_other(void **state)
{
    (void)state;
    static const char *const triggers[] = {"A24", "A37"};
    for (size_t i = 0; i < COUNT_OF(triggers); i++) {
        struct ho_adt adt = read_trigger(triggers[i], "PID|1||1^^^GG^MR||Uno^Ana||19710101\rPV1|1|I\r"
                                                      "PID|2||2^^^GG^MR||Due^Bea||19820202\rPV1|1|E\r");
        static const char *const mrns[] = {"1", "2"}, *const surnames[] = {"Uno", "Due"};
        assert_int_equal(adt.n_events, 2);
        for (uint32_t k = 0; k < 2; k++) {
            assert_int_equal(adt.events[k]->subject, k);
            assert_string_equal(adt.events[k]->mrn, mrns[k]);
            assert_string_equal(adt.events[k]->prior_mrn, mrns[1 - k]);
            assert_string_equal(adt.events[k]->person->surname, surnames[k]);
        }
        assert_int_equal(adt.events[0]->patient_class, HO_CLASS_INPATIENT);
        assert_int_equal(adt.events[1]->patient_class, HO_CLASS_EMERGENCY);
    }
}

static void a_link_of_one_person_is_about_that_one(void **state)
{
    (void)state;
    struct ho_adt adt = read_trigger("A24", PID);
    assert_int_equal(adt.n_events, 1);
    assert_string_equal(adt.events[0]->prior_mrn, "");
    adt = read_trigger("A37", PID "PID|2||||Roe\r");
    assert_string_equal(adt.reason, "no-patient-id");
    assert_string_equal(adt.place, "PID[2]-3");
}

static void a_visit_taken_from_another_patient_is_two_events(void **state)
{
    (void)state;
    struct ho_adt adt = read_trigger("A45", "PID|1||1^^^GG^MR||Uno^Ana||19710101\r"
                                            "MRG|9^^^GG^MR||acc9||vis9||Nove^Rita\r"
                                            "PV1|1|I|W1|C|||7^Tran^Minh||||||||||||vis1|||||||||||||||||01\r");
    assert_int_equal(adt.n_events, 2);
    const ho_adt_event *to = adt.events[0], *from = adt.events[1];
    assert_int_equal(to->subject, 0);
    assert_string_equal(to->mrn, "1");
    assert_string_equal(to->visit, "vis1");
    assert_string_equal(to->prior_mrn, "9");
    assert_string_equal(to->prior_visit, "vis9");
    assert_string_equal(to->prior_account, "acc9");
    assert_string_equal(to->admission_type, "C");
    assert_null(to->receiver);
    assert_int_equal(from->subject, 1);
    assert_string_equal(from->mrn, "9");
    assert_string_equal(from->visit, "vis9");
    assert_string_equal(from->account, "acc9");
    assert_string_equal(from->person->surname, "Nove");
    assert_string_equal(from->receiver->surname, "Uno");
    assert_int_equal(from->person->birth_date, 0);
    assert_int_equal(from->person->n_identifiers, 0);
    assert_int_equal(from->patient_class, HO_CLASS_UNKNOWN);
    assert_string_equal(from->attending, "");
    assert_string_equal(from->disposition, "");
    assert_int_equal(from->recorded, to->recorded);
    assert_memory_equal(from->id.data, to->id.data, HO_ID_BYTES);
}

static void a_move_without_the_visits_old_number_is_of_the_visit_that_it_names(void **state)
{
    (void)state;
    struct ho_adt adt = read_trigger("A45", PID "MRG|9^^^GG^MR\rPV1|1|I||||||||||||||||vis1|vis1\r");
    assert_string_equal(adt.events[1]->visit, "vis1");
}

static void a_move_within_one_patient_changes_numbers_only(void **state)
{
    (void)state;
    static const char *const merges[] = {"MRG|42^^^GG^MR||acc9||vis9\r", "MRG|||acc9||vis9\r"};
    for (size_t i = 0; i < COUNT_OF(merges); i++) {
        struct ho_adt adt = read_trigger("A45", join(PID, merges[i], "PV1|1|I\r"));
        assert_int_equal(adt.n_events, 1);
        assert_string_equal(adt.events[0]->prior_visit, "vis9");
        assert_string_equal(adt.events[0]->prior_account, "acc9");
    }
}

static void each_move_of_a_message_has_an_even_subject_and_the_next_odd_one(void **state)
{
    (void)state;
    struct ho_adt adt = read_trigger("A45", PID "MRG|42^^^GG^MR||||v1\rPV1|1|I\rMRG|9^^^GG^MR||||v2\rPV1|2|E\r"
                                                "PID|2||43^^^GG^MR||Roe\rMRG|9^^^GG^MR||||v3\rPV1|1|I\r");
    static const uint32_t subjects[] = {0, 2, 3, 4, 5};
    static const char *const mrns[] = {"42", "42", "9", "43", "9"};
    assert_int_equal(adt.n_events, COUNT_OF(subjects));
    for (size_t i = 0; i < COUNT_OF(subjects); i++) {
        assert_int_equal(adt.events[i]->subject, subjects[i]);
        assert_string_equal(adt.events[i]->mrn, mrns[i]);
    }
    assert_int_equal(adt.events[1]->patient_class, HO_CLASS_EMERGENCY);
    assert_string_equal(adt.events[4]->visit, "v3");
}

static const char *groups(size_t n)
{
    const char *all = "";
    for (size_t i = 0; i < n; i++)
        all = join(all, ho_arena_printf(arena, "PID|||%zu^^^GG^MR\r", i), "MRG|x^^^GG^MR\r");
    return all;
}

static void a_message_about_too_many_persons_is_rejected(void **state)
{
    (void)state;
    assert_int_equal(read_trigger("A40", groups(HO_ADT_SUBJECTS_MAX)).n_events, HO_ADT_SUBJECTS_MAX);
    struct ho_adt adt = read_trigger("A40", groups(HO_ADT_SUBJECTS_MAX + 1));
    assert_int_equal(adt.verdict, HO_ADT_REJECTED);
    assert_string_equal(adt.reason, "too-many-persons");
    assert_string_equal(adt.place, "PID[33]");
    assert_int_equal(read_trigger("A44", groups(HO_ADT_SUBJECTS_MAX / 2)).n_events, HO_ADT_SUBJECTS_MAX);
    assert_string_equal(read_trigger("A44", groups(HO_ADT_SUBJECTS_MAX / 2 + 1)).place, "PID[17]");
    assert_int_equal(read_trigger("A01", groups(HO_ADT_SUBJECTS_MAX + 1)).n_events, 1);
}

static void a_repeated_person_without_identifier_is_rejected_by_place(void **state)
{
    (void)state;
    struct ho_adt adt = read_trigger("A40", PID "MRG|1\rPID|2||||Roe\rMRG|2\r");
    assert_string_equal(adt.reason, "no-patient-id");
    assert_string_equal(adt.place, "PID[2]-3");
}

static void what_the_feed_says_of_a08_stands_in_the_event(void **state)
{
    (void)state;
    feeds[3].a08_admits = true;
    bool a08 = read_trigger("A08", PID).events[0]->admits, a31 = read_trigger("A31", PID).events[0]->admits;
    feeds[3].a08_admits = false;
    assert_true(a08);
    assert_false(a31);
    assert_false(read_trigger("A08", PID).events[0]->admits);
}

static void a_nursing_unit_of_a_hospital_is_a_nursing_facility(void **state)
{
    (void)state;
    static const char *const units[] = {"TCU", "SWING"};
    struct ho_feed hospital = feeds[3];
    hospital.setting = HO_FACILITY_HOSPITAL;
    hospital.nursing_units = units;
    hospital.n_nursing_units = COUNT_OF(units);
    const struct ho_feeds set = {&hospital, 1};
    static const struct {
        const char *place;
        enum ho_facility_setting setting;
    } table[] = {
        {"SWING^2^B", HO_FACILITY_SKILLED_NURSING}, {"ICU^2^B", HO_FACILITY_HOSPITAL}, {"", HO_FACILITY_HOSPITAL}};
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct ho_adt adt;
        const char *text = join(HEAD EVN PID "PV1|1|I|", table[i].place, "\r");
        hospital.sending_application = hospital.sending_facility = "*";
        ho_adt_read(arena, ho_bytes_of(text), &set, &adt);
        assert_int_equal(adt.events[0]->facility_setting, table[i].setting);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_feed_is_found),
        cmocka_unit_test(what_is_not_ours_is_rejected_with_reason_and_place),
        cmocka_unit_test(a_patient_without_identifier_is_rejected),
        cmocka_unit_test(impossible_dates_that_order_events_are_rejected),
        cmocka_unit_test(without_any_time_a_message_is_rejected),
        cmocka_unit_test(what_happened_when_depends_on_the_trigger),
        cmocka_unit_test(a_date_without_a_time_is_a_day),
        cmocka_unit_test(the_trigger_is_the_headers_before_the_events),
        cmocka_unit_test(test_traffic_is_a_verdict_unless_the_feed_works_it),
        cmocka_unit_test(the_record_number_is_chosen_by_type_and_authority),
        cmocka_unit_test(the_kafka_key_is_facility_and_record_number),
        cmocka_unit_test(a_sender_without_facility_is_named_by_what_it_says),
        cmocka_unit_test(a_swap_gives_two_events_that_share_nothing_of_the_persons),
        cmocka_unit_test(a_second_patient_of_another_trigger_is_not_mixed_in),
        cmocka_unit_test(a_visit_before_its_person_is_that_persons),
        cmocka_unit_test(every_trigger_is_read_to_an_event),
        cmocka_unit_test(the_form_of_a_message_changes_nothing_of_its_event),
        cmocka_unit_test(merges_tell_the_numbers_before),
        cmocka_unit_test(each_group_of_a_merge_makes_its_event),
        cmocka_unit_test(a_link_is_an_event_of_each_person_that_names_the_other),
        cmocka_unit_test(a_link_of_one_person_is_about_that_one),
        cmocka_unit_test(a_visit_taken_from_another_patient_is_two_events),
        cmocka_unit_test(a_move_without_the_visits_old_number_is_of_the_visit_that_it_names),
        cmocka_unit_test(a_move_within_one_patient_changes_numbers_only),
        cmocka_unit_test(each_move_of_a_message_has_an_even_subject_and_the_next_odd_one),
        cmocka_unit_test(a_message_about_too_many_persons_is_rejected),
        cmocka_unit_test(a_repeated_person_without_identifier_is_rejected_by_place),
        cmocka_unit_test(what_the_feed_says_of_a08_stands_in_the_event),
        cmocka_unit_test(a_nursing_unit_of_a_hospital_is_a_nursing_facility),
        cmocka_unit_test(the_same_bytes_from_another_feed_are_another_event),
    };
    return cmocka_run_group_tests(tests, adt_open, adt_close);
}
