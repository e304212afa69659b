// ADT as others send it, whole and damaged.
#include "adt_fixture.h"

#include <unicode/ustring.h>

#include "../support/corpus.h"
#include "handoff/ack.h"

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

// ---- Damage.

static struct ho_feed damaged_feed; // whose settings the reader has
static size_t n_read, n_events;

static bool is_utf8(const char *text)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t n = 0;
    u_strFromUTF8(NULL, 0, &n, text, -1, &status);
    return status == U_BUFFER_OVERFLOW_ERROR || U_SUCCESS(status);
}

static void check_text(const ProtobufCMessage *message);

static void check_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const uint8_t *at = (const uint8_t *)message + field->offset;
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    size_t n = repeated ? *(const size_t *)(const void *)((const uint8_t *)message + field->quantifier_offset) : 1;
    void *const *items = repeated ? *(void *const *const *)(const void *)at : (void *const *)(const void *)at;
    for (size_t i = 0; i < n; i++) {
        if (field->type == PROTOBUF_C_TYPE_STRING)
            assert_true(is_utf8(items[i]));
        else if (field->type == PROTOBUF_C_TYPE_MESSAGE && items[i])
            check_text(items[i]);
    }
}

static void check_text(const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
            check_field(message, field);
    }
}

// Events that can be stored, or one of the refusals; and an answer whatever it is.
static void check_read(struct ho_arena *own, struct ho_bytes bytes)
{
    struct ho_adt adt;
    ho_adt_read_as(own, bytes, &damaged_feed, &adt);
    assert_int_equal(adt.verdict == HO_ADT_EVENT, adt.n_events > 0);
    assert_int_equal(adt.verdict == HO_ADT_REJECTED, adt.reason && adt.place);
    for (size_t i = 0; i < adt.n_events; i++) {
        const ho_adt_event *event = adt.events[i];
        assert_true(*event->mrn && event->recorded && event->occurred);
        check_text(&event->base);
        assert_true(ho_message_pack(own, &event->base).n > 0);
    }
    n_read++;
    n_events += adt.n_events > 0;
}

static void check_answer(struct ho_arena *own, struct ho_bytes bytes)
{
    struct ho_ack_request request;
    struct ho_hl7_message answer;
    ho_ack_inspect(bytes, &request);
    enum ho_ack_outcome outcome = ho_ack_outcome_of(&request);
    const char *code = outcome == HO_ACK_STORED ? "AA" : "AE";
    assert_true(ho_hl7_parse(own, ho_ack_write(own, &request, outcome, code, "2026", "1"), &answer));
}

// From a block of exactly their size, so that a read beyond the end is seen.
static void read_exactly(struct ho_arena *own, const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n + !n);
    memcpy(exact, bytes, n);
    check_read(own, ho_bytes_from(exact, n));
    check_answer(own, ho_bytes_from(exact, n));
    free(exact);
    ho_arena_reset(own);
}

enum { WAYS = 17 }; // to damage a message at a byte

// Each truncation, and each byte changed to each of some; of these every `stride`th, from another one each message.
static void damage(struct ho_bytes message, size_t stride)
{
    static const uint8_t changes[] = {0, '\n', '\r', '|', '^', '~', '\\', '&', '"', ' ', '0', 'A', 0x7F, 0xC3, 0xFF};
    const size_t n_changes = sizeof changes + 1; // and the byte after it
    assert_int_equal(n_changes + 1, WAYS);
    static size_t turn;
    struct ho_arena *own = ho_arena_new(0);
    uint8_t *bytes = malloc(message.n + 1);
    memcpy(bytes, message.p, message.n);
    for (size_t at = turn++ % stride; at < message.n * WAYS; at += stride) {
        size_t i = at / WAYS, k = at % WAYS;
        if (k == n_changes) {
            read_exactly(own, bytes, i);
            continue;
        }
        bytes[i] = k < sizeof changes ? changes[k] : (uint8_t)(message.p[i] + 1);
        read_exactly(own, bytes, message.n);
        bytes[i] = message.p[i];
    }
    read_exactly(own, bytes, message.n);
    free(bytes);
    ho_arena_free(own);
}

static const char crowded[] =
    HEAD EVN "PID|1|E|1^^^GG&1&ISO^MR~2|A|Nu\\XF1\\ez&x^A^B^C||19710423|F|||1&2^3^4^CA^9||^PH^^1^2^3\r"
             "PV1|1|O|a^b^c^d|||e^f|g^h^i|||OBS||||7||||OBS|5||||||||||||||||||07||||||||2026|2026\r"
             "DG1|1||J^K^L\rIN1|1|||||||||||||||||||||||||||||||||||9\r";

static void every_truncation_and_change_of_a_byte_is_read_or_refused(void **state)
{
    (void)state;
    static const char *const charsets[] = {NULL, "Shift_JIS", "GB18030", "ISO-2022-JP", "UTF-8"};
    for (size_t i = 0; i < COUNT_OF(charsets); i++) {
        damaged_feed = feeds[0];
        damaged_feed.charset = charsets[i];
        n_events = 0;
        damage(ho_bytes_of(crowded), charsets[i] ? 7 : 1);
        assert_true(n_events > 100);
    }
}

static void each_byte_may_have_any_value(void **state)
{
    (void)state;
    struct ho_arena *own = ho_arena_new(0);
    const size_t n = strlen(crowded);
    uint8_t *bytes = malloc(n);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)crowded[i];
    damaged_feed = feeds[0];
    for (size_t i = 0; i < n; i++) {
        for (unsigned value = 0; value <= UINT8_MAX; value++) {
            bytes[i] = (uint8_t)value;
            read_exactly(own, bytes, n);
        }
        bytes[i] = (uint8_t)crowded[i];
    }
    free(bytes);
    ho_arena_free(own);
}

// HANDOFF_TEST_FULL=1 leaves none of these ways out; otherwise a hundred thousand of the millions.
static void so_is_the_damage_of_what_others_send(void **state)
{
    (void)state;
    enum { SAMPLES = 100000, SIMULATED = 40 };
    struct corpus c, simulated;
    corpus_read_folder(arena, CONVERTER_FOLDER, ".hl7", &c);
    corpus_read_messages(arena, SIMHOSPITAL_FILE, &simulated);
    if (!c.n && !simulated.n) {
        print_message("skipped: neither %s nor %s is there\n", CONVERTER_FOLDER, SIMHOSPITAL_FILE);
        skip();
    }
    bool full = getenv("HANDOFF_TEST_FULL") != NULL;
    size_t bytes = 0;
    for (size_t i = 0; i < c.n; i++)
        bytes += c.files[i].bytes.n;
    for (size_t i = 0; i < simulated.n; i += SIMULATED)
        bytes += simulated.files[i].bytes.n;
    size_t stride = full ? 1 : bytes * WAYS / SAMPLES + 1;
    stride += stride % WAYS == 0; // or it would be the same way everywhere
    damaged_feed = feeds[0];
    damaged_feed.test_traffic = HO_TEST_WORK;
    n_read = n_events = 0;
    for (size_t i = 0; i < c.n; i++)
        damage(c.files[i].bytes, stride);
    for (size_t i = 0; i < simulated.n; i += full ? 1 : SIMULATED)
        damage(simulated.files[i].bytes, stride);
    print_message("%zu damaged messages, %zu of them still events\n", n_read, n_events);
    assert_true(n_read > SAMPLES / 2 && n_events > n_read / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_of_the_converter_is_read_to_its_trigger),
        cmocka_unit_test(the_simulated_hospitals_admissions_are_read_and_the_rest_refused),
        cmocka_unit_test(every_truncation_and_change_of_a_byte_is_read_or_refused),
        cmocka_unit_test(each_byte_may_have_any_value),
        cmocka_unit_test(so_is_the_damage_of_what_others_send),
    };
    return cmocka_run_group_tests(tests, adt_open, adt_close);
}
