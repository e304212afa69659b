// Acknowledgements: the table of outcomes and modes, and the bytes.
#include "../support/unit.h"

#include "../support/corpus.h"
#include "handoff/ack.h"

static struct ho_arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = ho_arena_new(0);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    ho_arena_free(arena);
    return 0;
}

// A message with these MSH-15 and MSH-16.
static struct ho_ack_request request_of(const char *accept, const char *application)
{
    struct ho_ack_request request;
    ho_ack_inspect(ho_bytes_of(ho_arena_printf(arena, "MSH|^~\\&|A|B|C|D|20261122||ADT^A01|ID|P|2.5|||%s|%s\rPID|",
                                               accept, application)),
                   &request);
    return request;
}

static struct ho_ack_request inspect(const char *frame)
{
    struct ho_ack_request request;
    ho_ack_inspect(ho_bytes_of(frame), &request);
    return request;
}

static const char *const silence = "-";

// "CA", "CA+AA", "-" and, where the connection must wait for the shutdown, a "!".
static const char *decide(const char *accept, const char *application, enum ho_ack_outcome outcome)
{
    struct ho_ack_request request = request_of(accept, application);
    struct ho_ack_decision decision;
    ho_ack_decide(&request, outcome, &decision);
    return ho_arena_printf(arena, "%s%s%s", decision.code ? decision.code : silence,
                           decision.application_ack ? "+AA" : "", decision.must_close_at_shutdown ? "!" : "");
}

static void every_outcome_in_every_mode_has_its_answer(void **state)
{
    (void)state;
    static const struct {
        const char *accept, *application;
        const char *stored, *not_ours, *unreadable, *too_long, *away;
    } table[] = {
        {"", "", "AA", "AR", "AE", "AE", "AR"},        {" ", "\"\"", "AA", "AR", "AE", "AE", "AR"},
        {"AL", "", "CA", "CR", "CE", "CE", "CE"},      {"AL", "NE", "CA", "CR", "CE", "CE", "CE"},
        {"AL", "AL", "CA+AA", "CR", "CE", "CE", "CE"}, {"AL", "SU", "CA+AA", "CR", "CE", "CE", "CE"},
        {"AL", "ER", "CA", "CR", "CE", "CE", "CE"},    {"ER", "NE", "-", "CR", "CE", "CE", "CE"},
        {"SU", "NE", "CA", "-", "-", "-", "-!"},       {"NE", "NE", "-", "-", "-", "-", "-!"},
        {"NE", "", "-", "-", "-", "-", "-!"},          {"NE", "AL", "AA", "AR", "AE", "AE", "AR"},
        {"NE", "SU", "AA", "-", "-", "-", "-!"},       {"NE", "ER", "-", "AR", "AE", "AE", "AR"},
        {"", "AL", "AA", "AR", "AE", "AE", "AR"},      {"", "NE", "-", "-", "-", "-", "-!"},
        {"ER", "AL", "AA", "CR", "CE", "CE", "CE"},    {"SU", "AL", "CA+AA", "AR", "AE", "AE", "AR"},
        {"XX", "NE", "CA", "CR", "CE", "CE", "CE"}, // not in table 0155: answered
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const char *const expected[] = {
            [HO_ACK_STORED] = table[i].stored,         [HO_ACK_NOT_OURS] = table[i].not_ours,
            [HO_ACK_UNREADABLE] = table[i].unreadable, [HO_ACK_TOO_LONG] = table[i].too_long,
            [HO_ACK_NOT_ALLOWED] = table[i].not_ours,  [HO_ACK_BROKER_AWAY] = table[i].away,
        };
        for (size_t outcome = 0; outcome < COUNT_OF(expected); outcome++) {
            const char *answer = decide(table[i].accept, table[i].application, (enum ho_ack_outcome)outcome);
            if (strcmp(answer, expected[outcome]) != 0)
                fail_msg("MSH-15 %s MSH-16 %s outcome %zu: %s", table[i].accept, table[i].application, outcome, answer);
        }
    }
}

static void the_bytes_go_where_the_outcome_says(void **state)
{
    (void)state;
    static const enum ho_ack_keep keep[] = {
        [HO_ACK_STORED] = HO_KEEP_INBOUND,      [HO_ACK_NOT_OURS] = HO_KEEP_NONE,
        [HO_ACK_UNREADABLE] = HO_KEEP_REJECTED, [HO_ACK_TOO_LONG] = HO_KEEP_REJECTED,
        [HO_ACK_NOT_ALLOWED] = HO_KEEP_NONE,    [HO_ACK_BROKER_AWAY] = HO_KEEP_NONE,
    };
    for (size_t outcome = 0; outcome < COUNT_OF(keep); outcome++) {
        struct ho_ack_request request = request_of("NE", "NE");
        struct ho_ack_decision decision;
        ho_ack_decide(&request, (enum ho_ack_outcome)outcome, &decision);
        assert_int_equal(decision.keep, keep[outcome]);
    }
}

static void the_header_is_read(void **state)
{
    (void)state;
    struct ho_ack_request r =
        inspect("MSH|^~\\&|APP^1|FAC^2^ISO|ME|HERE|20261122||ADT^A08^ADT_A01| ID 7|T^A|2.5.1^USA|||AL|NE||"
                "UNICODE UTF-8\rPID|1\r");
    const struct {
        struct ho_bytes read;
        const char *sent;
    } table[] = {
        {r.encoding, "^~\\&"},
        {r.sending_application, "APP^1"},
        {r.sending_facility, "FAC^2^ISO"},
        {r.message_code, "ADT"},
        {r.receiving_application, "ME"},
        {r.receiving_facility, "HERE"},
        {r.trigger, "A08"},
        {r.control_id, " ID 7"},
        {r.processing_id, "T"},
        {r.version, "2.5.1"},
        {r.character_set, "UNICODE UTF-8"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++)
        assert_bytes(table[i].read, table[i].sent);
    assert_true(r.has_msh && r.enhanced);
    assert_int_equal(r.accept, HO_ACK_ALWAYS);
    assert_int_equal(r.application, HO_ACK_NEVER);
    assert_int_equal(r.fault, HO_ACK_FAULT_NONE);
    assert_int_equal(ho_ack_outcome_of(&r), HO_ACK_STORED);
}

static void what_is_wrong_with_a_header_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *frame;
        enum ho_ack_fault fault;
        enum ho_ack_outcome outcome;
    } table[] = {
        {"", HO_ACK_FAULT_NO_MSH, HO_ACK_UNREADABLE},
        {"GET / HTTP/1.1", HO_ACK_FAULT_NO_MSH, HO_ACK_UNREADABLE},
        {"MSH|^~\\&|A", HO_ACK_FAULT_NO_CONTROL_ID, HO_ACK_UNREADABLE},
        {"MSH|^~\\&|||||||ADT^A01||P|2.5", HO_ACK_FAULT_NO_CONTROL_ID, HO_ACK_UNREADABLE},
        {"MSH|^~\\&|||||||ADT^A01|\"\"|P|2.5", HO_ACK_FAULT_NO_CONTROL_ID, HO_ACK_UNREADABLE},
        {"MSH|^~\\&|||||||ADT^A01| |P|2.5", HO_ACK_FAULT_NO_CONTROL_ID, HO_ACK_UNREADABLE},
        {"MSH|^~\\&|||||||ORU^R01|1|P|2.5", HO_ACK_FAULT_MESSAGE_TYPE, HO_ACK_NOT_OURS},
        {"MSH|^~\\&||||||||1|P|2.5", HO_ACK_FAULT_MESSAGE_TYPE, HO_ACK_NOT_OURS},
        {"MSH|^~\\&|||||||ADT^A01|1|X|2.5", HO_ACK_FAULT_PROCESSING_ID, HO_ACK_NOT_OURS},
        {"MSH|^~\\&|||||||ADT^A01|1||2.5", HO_ACK_FAULT_PROCESSING_ID, HO_ACK_NOT_OURS},
        {"MSH|^~\\&|||||||ADT^A01|1|P|3.0", HO_ACK_FAULT_VERSION, HO_ACK_NOT_OURS},
        {"MSH|^~\\&|||||||ADT^A01|1|P|25", HO_ACK_FAULT_VERSION, HO_ACK_NOT_OURS},
        {"MSH|^~\\&|||||||ADT^A01|1|P|", HO_ACK_FAULT_VERSION, HO_ACK_NOT_OURS},
        {"MSH|^~\\&|||||||ADT|1|P|2", HO_ACK_FAULT_NONE, HO_ACK_STORED},
        {"\xEF\xBB\xBFMSH|^~\\&|||||||ADT^Z99|1|D|2.3.1", HO_ACK_FAULT_NONE, HO_ACK_STORED},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct ho_ack_request r = inspect(table[i].frame);
        if (r.fault != table[i].fault || ho_ack_outcome_of(&r) != table[i].outcome)
            fail_msg("%s: fault %d, outcome %d", table[i].frame, (int)r.fault, (int)ho_ack_outcome_of(&r));
    }
}

static const char *write_ack(const char *frame, enum ho_ack_outcome outcome, const char *code)
{
    struct ho_ack_request r = inspect(frame);
    return ho_arena_text(arena, ho_ack_write(arena, &r, outcome, code, "20261122103000+0000", "H1"));
}

static void a_positive_answer_swaps_the_parties_and_echoes_the_id(void **state)
{
    (void)state;
    assert_string_equal(write_ack("MSH|^~\\&|APP^1|FAC|ME|HERE|2026||ADT^A08^ADT_A01| ID\\T\\7 |T|2.3||||||8859/1\r",
                                  HO_ACK_STORED, "AA"),
                        "MSH|^~\\&|ME|HERE|APP^1|FAC|20261122103000+0000||ACK^A08^ACK|H1|T|2.3||||||8859/1\r"
                        "MSA|AA| ID\\T\\7 \r");
}

static void the_senders_delimiters_are_used(void **state)
{
    (void)state;
    assert_string_equal(write_ack("MSH#*!?%#APP#FAC#ME#HERE#2026##ORU*R01#9#P#2.5\r", HO_ACK_NOT_OURS, "AR"),
                        "MSH#*!?%#ME#HERE#APP#FAC#20261122103000+0000##ACK*R01*ACK#H1#P#2.5\r"
                        "MSA#AR#9\r"
                        "ERR##MSH*1*9#200*Unsupported message type*HL70357#E\r");
    assert_string_equal(write_ack("MSH|\r", HO_ACK_UNREADABLE, "AE"), "MSH||||||20261122103000+0000||ACK|H1|P|2.5.1\r"
                                                                      "MSA|AE|\r"
                                                                      "ERR||MSH|101|E\r");
}

static void without_a_header_the_answer_has_the_usual_delimiters_and_no_id(void **state)
{
    (void)state;
    assert_string_equal(write_ack("nonsense", HO_ACK_UNREADABLE, "AE"),
                        "MSH|^~\\&|||||20261122103000+0000||ACK|H1|P|2.5.1\r"
                        "MSA|AE|\r"
                        "ERR||MSH^1|100^Segment sequence error^HL70357|E\r");
}

static void every_negative_answer_names_code_and_place(void **state)
{
    (void)state;
    static const struct {
        const char *frame;
        enum ho_ack_outcome outcome;
        const char *error;
    } table[] = {
        {"MSH|^~\\&|||||||ADT^A01|1|X|2.5", HO_ACK_NOT_OURS, "ERR||MSH^1^11|202^"},
        {"MSH|^~\\&|||||||ADT^A01|1|P|3", HO_ACK_NOT_OURS, "ERR||MSH^1^12|203^"},
        {"MSH|^~\\&|||||||ADT^A01||P|2.5", HO_ACK_UNREADABLE, "ERR||MSH^1^10|101^"},
        {"MSH|^~\\&|||||||ADT^A01|1|P|2.5", HO_ACK_UNREADABLE, "ERR|||100^"},
        {"MSH|^~\\&|||||||ADT^A01|1|P|2.5", HO_ACK_TOO_LONG,
         "ERR|||207^Application error^HL70357|E||||The message is longer"},
        {"MSH|^~\\&|||||||ADT^A01|1|P|2.5", HO_ACK_NOT_ALLOWED, "ERR||MSH^1^3|207^"},
        {"MSH|^~\\&|||||||ADT^A01|1|P|2.5", HO_ACK_BROKER_AWAY,
         "ERR|||207^Application error^HL70357|E||||The message was not"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const char *text = write_ack(table[i].frame, table[i].outcome, "CE");
        if (!strstr(text, table[i].error))
            fail_msg("%s lacks %s", text, table[i].error);
    }
    assert_null(strstr(write_ack("MSH|^~\\&|||||||ADT^A01|1|P|2.5", HO_ACK_STORED, "CA"), "ERR"));
}

static void an_answer_is_hl7_that_can_be_read(void **state)
{
    (void)state;
    const char *text = write_ack("MSH|^~\\&|A|B|C|D|2026||ADT^A01|77|P|2.5", HO_ACK_STORED, "CA");
    struct ho_hl7_message m;
    assert_true(ho_hl7_parse(arena, ho_bytes_of(text), &m));
    assert_bytes(ho_hl7_at(&m, "MSH-5"), "A");
    assert_bytes(ho_hl7_at(&m, "MSA-1"), "CA");
    assert_bytes(ho_hl7_at(&m, "MSA-2"), "77");
}

static void every_truncation_of_a_frame_gets_an_answer(void **state)
{
    (void)state;
    const char frame[] = "MSH|^~\\&|APP|FAC|ME|HERE|2026||ADT^A08^ADT_A01|ID7|P|2.5|||AL|AL|USA|8859/1\rPID|1\r";
    for (size_t n = 0; n < sizeof frame; n++) {
        uint8_t *exact = malloc(n + !n);
        memcpy(exact, frame, n);
        struct ho_ack_request r;
        ho_ack_inspect(ho_bytes_from(exact, n), &r);
        struct ho_ack_decision d;
        ho_ack_decide(&r, ho_ack_outcome_of(&r), &d);
        assert_non_null(d.code);
        struct ho_bytes ack = ho_ack_write(arena, &r, ho_ack_outcome_of(&r), d.code, "2026", "H1");
        assert_true(ack.n > 20);
        free(exact);
    }
}

static void the_corpora_ask_for_what_they_get(void **state)
{
    (void)state;
    struct corpus c;
    corpus_read_folder(arena, CONVERTER_FOLDER, ".hl7", &c);
    if (!c.n) {
        print_message("skipped: %s is not there\n", CONVERTER_FOLDER);
        skip();
    }
    size_t silent = 0;
    for (size_t i = 0; i < c.n; i++) {
        struct ho_ack_request r;
        struct ho_ack_decision d;
        ho_ack_inspect(c.files[i].bytes, &r);
        assert_int_equal(ho_ack_outcome_of(&r), HO_ACK_STORED);
        ho_ack_decide(&r, HO_ACK_STORED, &d);
        assert_int_equal(d.keep, HO_KEEP_INBOUND);
        assert_true(r.enhanced ? !d.code : strcmp(d.code, "AA") == 0);
        silent += !d.code;
    }
    assert_int_equal(c.n, 57);
    assert_int_equal(silent, 2);
    corpus_read_messages(arena, SIMHOSPITAL_FILE, &c);
    size_t stored = 0, refused = 0;
    for (size_t i = 0; i < c.n; i++) {
        struct ho_ack_request r;
        struct ho_ack_decision d;
        ho_ack_inspect(c.files[i].bytes, &r);
        ho_ack_decide(&r, ho_ack_outcome_of(&r), &d);
        stored += strcmp(d.code, "CA") == 0;
        refused += strcmp(d.code, "CR") == 0;
    }
    assert_int_equal(stored, c.n ? 401 : 0);
    assert_int_equal(refused, c.n ? 612 : 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_outcome_in_every_mode_has_its_answer),
        cmocka_unit_test(the_bytes_go_where_the_outcome_says),
        cmocka_unit_test(the_header_is_read),
        cmocka_unit_test(what_is_wrong_with_a_header_is_named),
        cmocka_unit_test(a_positive_answer_swaps_the_parties_and_echoes_the_id),
        cmocka_unit_test(the_senders_delimiters_are_used),
        cmocka_unit_test(without_a_header_the_answer_has_the_usual_delimiters_and_no_id),
        cmocka_unit_test(every_negative_answer_names_code_and_place),
        cmocka_unit_test(an_answer_is_hl7_that_can_be_read),
        cmocka_unit_test(every_truncation_of_a_frame_gets_an_answer),
        cmocka_unit_test(the_corpora_ask_for_what_they_get),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
