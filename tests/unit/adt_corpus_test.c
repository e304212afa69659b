// ADT as others send it, whole and damaged.
#include "../support/corpus.h"
#include "adt_fixture.h"

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
        cmocka_unit_test(every_file_of_the_converter_is_read_to_its_trigger),
        cmocka_unit_test(the_simulated_hospitals_admissions_are_read_and_the_rest_refused),
        cmocka_unit_test(every_truncation_and_change_of_a_byte_is_safe),
    };
    return cmocka_run_group_tests(tests, adt_open, adt_close);
}
