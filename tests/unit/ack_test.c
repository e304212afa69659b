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

static struct ho_ack_request inspect(const char *frame)
{
    struct ho_ack_request request;
    ho_ack_inspect(ho_bytes_of(frame), &request);
    return request;
}

// ---- The table of causes (HL7 v2.8.2 ch. 2.9, and what becomes of the bytes).

// What befalls a frame, and its header's fields besides MSH-15 and MSH-16.
static const struct row {
    const char *cause, *type, *control_id, *processing, *version;
    enum ho_other_messages others;  // of its feed
    enum ho_ack_outcome because_of; // what its header does not tell; STORED: nothing
    const char *original, *enhanced;
    enum ho_ack_keep keep;
} rows[] = {
    {"stored", "ADT^A01", "1", "P", "2.5", HO_OTHERS_REFUSE, HO_ACK_STORED, "AA", "CA", HO_KEEP_INBOUND},
    {"test", "ADT^A01", "1", "T", "2.1", HO_OTHERS_REFUSE, HO_ACK_STORED, "AA", "CA", HO_KEEP_INBOUND},
    {"ADT of no sense", "ADT^Z99", "1", "D", "2", HO_OTHERS_REFUSE, HO_ACK_STORED, "AA", "CA", HO_KEEP_INBOUND},
    {"ADT, others accepted", "ADT^A01", "1", "P", "2.5", HO_OTHERS_ACCEPT, HO_ACK_STORED, "AA", "CA", HO_KEEP_INBOUND},
    {"MSH-9", "ORU^R01", "1", "P", "2.5", HO_OTHERS_REFUSE, HO_ACK_STORED, "AR", "CR", HO_KEEP_NONE},
    {"MSH-11", "ADT^A01", "1", "Q", "2.5", HO_OTHERS_REFUSE, HO_ACK_STORED, "AR", "CR", HO_KEEP_NONE},
    {"MSH-12", "ADT^A01", "1", "P", "3.0", HO_OTHERS_REFUSE, HO_ACK_STORED, "AR", "CR", HO_KEEP_NONE},
    {"MSH-9 accepted", "ORU^R01", "1", "P", "2.5", HO_OTHERS_ACCEPT, HO_ACK_STORED, "AA", "CA", HO_KEEP_NONE},
    {"MSH-11 accepted", "ADT^A01", "1", "Q", "2.5", HO_OTHERS_ACCEPT, HO_ACK_STORED, "AA", "CA", HO_KEEP_NONE},
    {"MSH-12 accepted", "ADT^A01", "1", "P", "3.0", HO_OTHERS_ACCEPT, HO_ACK_STORED, "AA", "CA", HO_KEEP_NONE},
    {"MSH-9 stored", "ORU^R01", "1", "P", "2.5", HO_OTHERS_STORE, HO_ACK_STORED, "AA", "CA", HO_KEEP_INBOUND},
    {"MSH-11 stored", "ADT^A01", "1", "Q", "2.5", HO_OTHERS_STORE, HO_ACK_STORED, "AA", "CA", HO_KEEP_INBOUND},
    {"MSH-12 stored", "ADT^A01", "1", "P", "3.0", HO_OTHERS_STORE, HO_ACK_STORED, "AA", "CA", HO_KEEP_INBOUND},
    {"no MSH-10", "ADT^A01", "", "P", "2.5", HO_OTHERS_REFUSE, HO_ACK_STORED, "AE", "CE", HO_KEEP_REJECTED},
    {"no MSH-10, others accepted", "ORU^R01", "", "P", "2.5", HO_OTHERS_ACCEPT, HO_ACK_STORED, "AE", "CE",
     HO_KEEP_REJECTED},
    {"unreadable", "ADT^A01", "1", "P", "2.5", HO_OTHERS_REFUSE, HO_ACK_UNREADABLE, "AE", "CE", HO_KEEP_REJECTED},
    {"too long", "ADT^A01", "1", "P", "2.5", HO_OTHERS_REFUSE, HO_ACK_TOO_LONG, "AE", "CE", HO_KEEP_REJECTED},
    {"too long, others stored", "ORU^R01", "1", "P", "2.5", HO_OTHERS_STORE, HO_ACK_TOO_LONG, "AE", "CE",
     HO_KEEP_REJECTED},
    {"another's certificate", "ADT^A01", "1", "P", "2.5", HO_OTHERS_REFUSE, HO_ACK_NOT_ALLOWED, "AR", "CR",
     HO_KEEP_NONE},
    {"Kafka away", "ADT^A01", "1", "P", "2.5", HO_OTHERS_REFUSE, HO_ACK_BROKER_AWAY, "AR", "CE", HO_KEEP_NONE},
};

enum { MODES = 5 };
static const char *const modes[MODES] = {"", "AL", "NE", "ER", "SU"};

// By MSH-15 (down) and MSH-16 (across), in the order above: the (o)riginal code, the (e)nhanced one, (b)oth, or
// nothing.
static const char *const good[MODES] = {"oo--o", "ebeeb", "-o--o", "-o--o", "ebeeb"};
static const char *const bad[MODES] = {"oo-o-", "eeeee", "-o-o-", "eeeee", "-o-o-"};

static struct ho_ack_request request_of(const struct row *row, const char *accept, const char *application)
{
    struct ho_ack_request request;
    ho_ack_inspect(
        ho_bytes_of(ho_arena_printf(arena, "MSH|^~\\&|A|B|C|D|20261122||%s|%s|%s|%s|||%s|%s\rPID|", row->type,
                                    row->control_id, row->processing, row->version, accept, application)),
        &request);
    return request;
}

static enum ho_ack_outcome outcome_of(const struct row *row, const struct ho_ack_request *request)
{
    return ho_ack_treat(row->because_of ? row->because_of : ho_ack_outcome_of(request), row->others);
}

// "CA", "CA+AA", "-".
static const char *decide(const struct row *row, const char *accept, const char *application)
{
    struct ho_ack_request request = request_of(row, accept, application);
    struct ho_ack_decision decision;
    ho_ack_decide(&request, outcome_of(row, &request), &decision);
    assert_int_equal(decision.keep, row->keep);
    // Silence would be taken for success.
    assert_true(decision.must_close_at_shutdown == (row->because_of == HO_ACK_BROKER_AWAY && !decision.code));
    return ho_arena_printf(arena, "%s%s", decision.code ? decision.code : "-", decision.application_ack ? "+AA" : "");
}

static const char *expected(const struct row *row, char sign)
{
    switch (sign) {
    case 'o':
        return row->original;
    case 'e':
        return row->enhanced;
    case 'b':
        return ho_arena_printf(arena, "%s+%s", row->enhanced, row->original);
    default:
        return "-";
    }
}

static void every_cause_in_every_mode_has_its_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *const *signs = strcmp(rows[i].original, "AA") == 0 ? good : bad;
        for (size_t k = 0; k < (size_t)MODES * MODES; k++) {
            const char *accept = modes[k / MODES], *application = modes[k % MODES];
            const char *answer = decide(&rows[i], accept, application);
            if (strcmp(answer, expected(&rows[i], signs[k / MODES][k % MODES])) != 0)
                fail_msg("%s, MSH-15 %s, MSH-16 %s: %s", rows[i].cause, accept, application, answer);
        }
    }
}

static void what_is_blank_or_null_is_no_mode_and_what_is_unknown_asks(void **state)
{
    (void)state;
    assert_string_equal(decide(&rows[0], " ", "\"\""), "AA");
    assert_string_equal(decide(&rows[0], "XX", "NE"), "CA");
    assert_string_equal(decide(&rows[0], "NE", "XX"), "AA");
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

// Senders have been seen to put patients into headers. An answer goes back to whoever wrote them, but ends in logs.
static void an_error_quotes_nothing_of_the_message(void **state)
{
    (void)state;
    enum { MSH_FIELDS = 25 };
    static const enum ho_ack_outcome outcomes[] = {HO_ACK_NOT_OURS, HO_ACK_UNREADABLE, HO_ACK_TOO_LONG,
                                                   HO_ACK_NOT_ALLOWED, HO_ACK_BROKER_AWAY};
    const char *header = "MSH|^~\\&";
    for (int i = 3; i <= MSH_FIELDS; i++)
        header = ho_arena_printf(arena, "%s|Quimby%d^Zelda%d&19480229^(555)0100-%d", header, i, i, i);
    const char *frame = ho_arena_printf(arena, "%s\rPID|1||8001||Quimby^Zelda\r", header);
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        const char *error = strstr(write_ack(frame, outcomes[i], "AE"), "\rERR");
        assert_non_null(error);
        static const char *const personal[] = {"Quimby", "Zelda", "1948", "555", "8001"};
        for (size_t k = 0; k < COUNT_OF(personal); k++)
            assert_null(strstr(error, personal[k]));
    }
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
        cmocka_unit_test(every_cause_in_every_mode_has_its_answer),
        cmocka_unit_test(what_is_blank_or_null_is_no_mode_and_what_is_unknown_asks),
        cmocka_unit_test(the_header_is_read),
        cmocka_unit_test(what_is_wrong_with_a_header_is_named),
        cmocka_unit_test(a_positive_answer_swaps_the_parties_and_echoes_the_id),
        cmocka_unit_test(the_senders_delimiters_are_used),
        cmocka_unit_test(without_a_header_the_answer_has_the_usual_delimiters_and_no_id),
        cmocka_unit_test(every_negative_answer_names_code_and_place),
        cmocka_unit_test(an_error_quotes_nothing_of_the_message),
        cmocka_unit_test(an_answer_is_hl7_that_can_be_read),
        cmocka_unit_test(every_truncation_of_a_frame_gets_an_answer),
        cmocka_unit_test(the_corpora_ask_for_what_they_get),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
