// Messages as views: delimiters, places, escapes, and any bytes at all.
#include "../support/unit.h"

#include "../../services/domain/scan.h"
#include "handoff/hl7.h"

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

static struct ho_hl7_message parse(const char *text)
{
    struct ho_hl7_message message;
    assert_true(ho_hl7_parse(arena, ho_bytes_of(text), &message));
    return message;
}

static const char usual[] = "MSH|^~\\&|APP|FAC^1.2.3^ISO|||20261122||ADT^A01^ADT_A01|ID1|P|2.5.1\r"
                            "EVN||20261122\r"
                            "PID|1||11^^^A&1.2&ISO^MR~22^^^B^PI||Doe^Jane~Roe^J|\"\"|\r"
                            "DG1|1||I10\r"
                            "DG1|2||E11.9^Diabetes\r";

static void places_are_found_by_text(void **state)
{
    (void)state;
    struct ho_hl7_message m = parse(usual);
    static const struct {
        const char *path, *value;
    } table[] = {
        {"MSH-1", "|"},
        {"MSH-2", "^~\\&"},
        {"MSH-2.1", "^~\\&"},
        {"MSH-3", "APP"},
        {"MSH-4.2", "1.2.3"},
        {"MSH-9.2", "A01"},
        {"MSH-12", "2.5.1"},
        {"MSH-13", ""},
        {"PID-1", "1"},
        {"PID-2", ""},
        {"PID-3", "11^^^A&1.2&ISO^MR~22^^^B^PI"},
        {"PID-3[1]", "11^^^A&1.2&ISO^MR"},
        {"PID-3[2]", "22^^^B^PI"},
        {"PID-3[3]", ""},
        {"PID-3.1", "11"},
        {"PID-3[2].1", "22"},
        {"PID-3[2].4.1", "B"},
        {"PID-3.4", "A&1.2&ISO"},
        {"PID-3.4.2", "1.2"},
        {"PID-3.4.4", ""},
        {"PID-3.9", ""},
        {"PID-5[2].1", "Roe"},
        {"PID-6", "\"\""},
        {"PID-7", ""},
        {"PID-99", ""},
        {"DG1-3", "I10"},
        {"DG1[2]-3.1", "E11.9"},
        {"DG1[3]-3.1", ""},
        {"PV1-2", ""},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (!ho_bytes_is(ho_hl7_at(&m, table[i].path), table[i].value))
            fail_msg("%s is \"%.*s\"", table[i].path, HO_BYTES_ARG(ho_hl7_at(&m, table[i].path)));
    }
}

static void a_path_in_numbers_is_the_path_in_text(void **state)
{
    (void)state;
    struct ho_hl7_message m = parse(usual);
    struct ho_hl7_path path;
    assert_true(ho_hl7_path_parse(ho_bytes_of("PID-3[2].4.1"), &path));
    assert_int_equal(path.segment, HO_HL7_NAME('P', 'I', 'D'));
    assert_int_equal(path.field, 3);
    assert_int_equal(path.repetition, 2);
    assert_int_equal(path.component, 4);
    assert_int_equal(path.subcomponent, 1);
    assert_bytes(ho_hl7_get(&m, &path), "B");
    const struct ho_hl7_path gap = {.segment = path.segment, .field = 3, .subcomponent = 1};
    assert_bytes(ho_hl7_get(&m, &gap), "11"); // what lies between reads as 1
}

static void what_is_no_path_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "PID",
                                        "PID-",
                                        "PID-0",
                                        "PID-3[",
                                        "PID-3[]",
                                        "PID-3[0]",
                                        "PID-3[2",
                                        "PID-3.",
                                        "PID-3.0",
                                        "PID-3.4.",
                                        "PID-3.4.1.",
                                        "pid-3",
                                        "PI-3",
                                        "PID3",
                                        "PID-3x",
                                        "PID[0]-3",
                                        "PID[1-3",
                                        "PID--3",
                                        " PID-3",
                                        "PID-3 ",
                                        "PID-3.4.x",
                                        "PID-99999999999999999999"};
    struct ho_hl7_path path;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (ho_hl7_path_parse(ho_bytes_of(wrong[i]), &path))
            fail_msg("\"%s\" was read", wrong[i]);
    }
}

static void any_delimiters_are_taken_from_the_header(void **state)
{
    (void)state;
    struct ho_hl7_message m = parse("MSH#*!?%#APP##\rPID#1##1*2*3*A%B!4*5##?F?x?S?y?T?z?R?w?E?\r");
    assert_bytes(ho_hl7_at(&m, "PID-3[2].2"), "5");
    assert_bytes(ho_hl7_at(&m, "PID-3.4.2"), "B");
    assert_bytes(ho_hl7_text(&m, ho_hl7_at(&m, "PID-5")), "#x*y%z!w?");
}

static void missing_delimiters_separate_nothing(void **state)
{
    (void)state;
    struct ho_hl7_message m = parse("MSH|^~|APP\rPID|1||1^2&3\\F\\^4\r");
    assert_int_equal(m.delimiters.escape, 0);
    assert_int_equal(m.delimiters.subcomponent, 0);
    assert_bytes(ho_hl7_at(&m, "PID-3.2"), "2&3\\F\\");
    assert_bytes(ho_hl7_at(&m, "PID-3.2.1"), "2&3\\F\\");
    assert_bytes(ho_hl7_text(&m, ho_hl7_at(&m, "PID-3.2")), "2&3\\F\\");
    m = parse("MSH|\rPID|1||1^2\r");
    assert_int_equal(m.delimiters.component, 0);
    assert_bytes(ho_hl7_at(&m, "PID-3.1"), "1^2");
    m = parse("MSH||APP\rPID|1||1^2\r");
    assert_bytes(ho_hl7_at(&m, "MSH-2"), "");
    assert_bytes(ho_hl7_at(&m, "MSH-3"), "APP");
}

static void segments_end_with_cr_lf_or_both(void **state)
{
    (void)state;
    static const char *const ends[] = {"\r", "\n", "\r\n", "\r\r", "\n\n", "\r\n\r\n", "\n\r"};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct ho_hl7_message m =
            parse(ho_arena_printf(arena, "MSH|^~\\&|A%sEVN|A01%sPID|1%s", ends[i], ends[i], i % 2 ? "" : ends[i]));
        assert_int_equal(m.n_segments, 3);
        assert_bytes(ho_hl7_at(&m, "MSH-3"), "A");
        assert_bytes(ho_hl7_at(&m, "EVN-1"), "A01");
        assert_bytes(ho_hl7_at(&m, "PID-1"), "1");
    }
    struct ho_hl7_message m = parse("MSH|^~\\&|A\rEVN|A01\nPID|1\r\nPV1|2");
    assert_int_equal(m.n_segments, 4);
}

static void a_byte_order_mark_and_leading_blanks_are_skipped(void **state)
{
    (void)state;
    struct ho_hl7_message m = parse("\xEF\xBB\xBF\r\n \tMSH|^~\\&|A\r");
    assert_bytes(ho_hl7_at(&m, "MSH-3"), "A");
}

static void lines_that_are_no_segment_are_passed_over(void **state)
{
    (void)state;
    struct ho_hl7_message m = parse("MSH|^~\\&|A\r\r  \rPI\rpid|x\rPIDX|y\r|||\rPID|1\rZ01|2\rEVN\r");
    assert_int_equal(m.n_segments, 4);
    assert_bytes(ho_hl7_at(&m, "PID-1"), "1");
    assert_bytes(ho_hl7_at(&m, "Z01-1"), "2");
    assert_bytes(ho_hl7_at(&m, "EVN-1"), "");
}

static void a_second_header_without_separator_has_no_fields(void **state)
{
    (void)state;
    struct ho_hl7_message m = parse("MSH|^~\\&|A\rMSH");
    assert_int_equal(m.n_segments, 2);
    assert_bytes(ho_hl7_at(&m, "MSH[2]-1"), "");
    assert_bytes(ho_hl7_at(&m, "MSH[2]-2"), "");
}

static void what_is_no_hl7_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "M",
                                        "MSH",
                                        "MSHA^~\\&",
                                        "MSH0",
                                        "MSH\r|",
                                        "msh|^~\\&|",
                                        "PID|1\r",
                                        "{\"a\":1}",
                                        "<ADT_A01/>",
                                        "XMSH|^~\\&",
                                        "MSH\n|^",
                                        "\xFF\xFEM\x01S\x01"};
    struct ho_hl7_message m;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(ho_hl7_parse(arena, ho_bytes_of(wrong[i]), &m));
    assert_false(ho_hl7_parse(arena, ho_bytes_from("MSH\0^~\\&", 8), &m));
    assert_false(ho_hl7_parse(arena, (struct ho_bytes){0}, &m));
    assert_false(ho_hl7_parse(arena, ho_bytes_from("MSH|", (size_t)HO_HL7_MAX_BYTES + 1), &m));
}

static void null_is_told_from_absent_and_empty(void **state)
{
    (void)state;
    struct ho_hl7_message m = parse("MSH|^~\\&\rPID||\"\"|\"\"^x|\"\r");
    assert_true(ho_hl7_is_null(ho_hl7_at(&m, "PID-2")));
    assert_true(ho_hl7_is_null(ho_hl7_at(&m, "PID-3.1")));
    assert_false(ho_hl7_is_null(ho_hl7_at(&m, "PID-1")));
    assert_false(ho_hl7_is_null(ho_hl7_at(&m, "PID-4")));
    assert_false(ho_hl7_is_null(ho_hl7_at(&m, "PID-50")));
    assert_bytes(ho_hl7_text(&m, ho_hl7_at(&m, "PID-2")), "");
    assert_bytes(ho_hl7_text(&m, ho_hl7_at(&m, "PID-4")), "\"");
}

static void escapes_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *text;
    } table[] = {
        {"plain", "plain"},
        {"", ""},
        {"a\\F\\b", "a|b"},
        {"a\\S\\b", "a^b"},
        {"a\\T\\b", "a&b"},
        {"a\\R\\b", "a~b"},
        {"a\\E\\b", "a\\b"},
        {"a\\P\\b", "a#b"},
        {"\\F\\\\S\\", "|^"},
        {"\\E\\F\\E\\", "\\F\\"},
        {"caf\\XC3A9\\", "caf\xC3\xA9"},
        {"\\X0D0A\\", "\r\n"},
        {"\\Xe9\\", "\xE9"},
        {"one\\.br\\two", "one\ntwo"},
        {"one\\.sp2\\two", "one\ntwo"},
        {"one\\.ce\\two", "one\ntwo"},
        {"\\.in4\\\\.fi\\x", "x"},
        {"\\H\\loud\\N\\", "loud"},
        {"\\C2842\\x\\M241241\\", "x"},
        // No sequence: stays as it is.
        {"C:\\temp", "C:\\temp"},
        {"\\", "\\"},
        {"\\\\", "\\\\"},
        {"a\\", "a\\"},
        {"\\Q\\", "\\Q\\"},
        {"\\f\\", "\\f\\"},
        {"\\X\\", "\\X\\"},
        {"\\X0\\", "\\X0\\"},
        {"\\X0G\\", "\\X0G\\"},
        {"\\Zcustom\\", "\\Zcustom\\"},
        {"\\.xx\\", "\\.xx\\"},
        {"\\C12\\", "\\C12\\"},
        {"\\temp\\F\\", "\\temp|"},
    };
    struct ho_hl7_message m = parse(usual);
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct ho_bytes text = ho_hl7_text(&m, ho_bytes_of(table[i].raw));
        if (!ho_bytes_is(text, table[i].text))
            fail_msg("%s gives %.*s", table[i].raw, HO_BYTES_ARG(text));
    }
}

static void text_without_escapes_is_the_view_itself(void **state)
{
    (void)state;
    struct ho_hl7_message m = parse(usual);
    struct ho_bytes raw = ho_hl7_at(&m, "PID-5.1");
    assert_ptr_equal(ho_hl7_text(&m, raw).p, raw.p);
    assert_ptr_equal(raw.p, strstr(usual, "Doe"));
}

static void splitting_stepping_and_picking_agree(void **state)
{
    (void)state;
    static const char *const wholes[] = {"",   "a",    "^",   "a^",
                                         "^a", "a^^b", "^^^", "a^b^c^d^e^f^g^h^i^j^k^l^m^n^o^p^q^r^s"};
    for (size_t i = 0; i < COUNT_OF(wholes); i++) {
        for (size_t max = 1; max < 25; max++) {
            struct ho_bytes parts[25], rest = ho_bytes_of(wholes[i]), step;
            ho_hl7_split(rest, '^', parts, max);
            for (uint32_t k = 0; k < max; k++) {
                struct ho_bytes picked = ho_hl7_part(ho_bytes_of(wholes[i]), '^', k + 1);
                assert_true(ho_bytes_equal(parts[k], picked));
                if (!ho_hl7_next(&rest, '^', &step))
                    step = (struct ho_bytes){0};
                assert_true(ho_bytes_equal(parts[k], step));
            }
        }
    }
    struct ho_bytes parts[2];
    ho_hl7_split(HO_BYTES_LITERAL("a^b"), 0, parts, 2);
    assert_bytes(parts[0], "a^b");
    assert_bytes(ho_hl7_part(HO_BYTES_LITERAL("a"), '^', 0), "");
}

static size_t count_parts(const char *text)
{
    struct ho_bytes rest = ho_bytes_of(text), part;
    size_t n = 0;
    while (ho_hl7_next(&rest, '~', &part))
        n++;
    return n;
}

static void nothing_stands_behind_a_last_delimiter(void **state)
{
    (void)state;
    assert_int_equal(count_parts(""), 0);
    assert_int_equal(count_parts("a"), 1);
    assert_int_equal(count_parts("a~"), 1);
    assert_int_equal(count_parts("a~~"), 2);
    assert_int_equal(count_parts("~"), 1);
    assert_int_equal(count_parts("~a"), 2);
}

static void indexes_of_many_segments_do_not_touch_each_other(void **state)
{
    (void)state;
    enum { SEGMENTS = 60 };
    char text[20000];
    int n = snprintf(text, sizeof text, "MSH|^~\\&\r");
    for (int i = 0; i < SEGMENTS; i++) {
        n += snprintf(text + n, sizeof text - (size_t)n, "ZZZ");
        for (int k = 0; k < 50 + i % 20; k++)
            n += snprintf(text + n, sizeof text - (size_t)n, "|%d", i);
        n += snprintf(text + n, sizeof text - (size_t)n, "\r");
    }
    struct ho_hl7_message m = parse(text);
    for (size_t i = 1; i <= SEGMENTS; i++)
        ho_hl7_field(&m, &m.segments[i], 1);
    for (int i = 0; i < SEGMENTS; i++) {
        for (uint32_t k = 1; k <= 50; k++)
            assert_bytes(ho_hl7_field(&m, &m.segments[i + 1], k), ho_arena_printf(arena, "%d", i));
    }
}

static void fields_beyond_the_index_are_found(void **state)
{
    (void)state;
    char text[4096];
    int n = snprintf(text, sizeof text, "MSH|^~\\&\rZZZ");
    for (int i = 1; i <= 200; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "|f%d", i);
    struct ho_hl7_message m = parse(text);
    for (int i = 1; i <= 200; i++)
        assert_bytes(ho_hl7_at(&m, ho_arena_printf(arena, "ZZZ-%d", i)), ho_arena_printf(arena, "f%d", i));
    assert_bytes(ho_hl7_at(&m, "ZZZ-201"), "");
    for (int fields = 62; fields < 67; fields++) {
        n = snprintf(text, sizeof text, "MSH|^~\\&\rZZZ");
        for (int i = 1; i <= fields; i++)
            n += snprintf(text + n, sizeof text - (size_t)n, "|f%d", i);
        m = parse(text);
        for (int i = 1; i <= 70; i++)
            assert_bytes(ho_hl7_at(&m, ho_arena_printf(arena, "ZZZ-%d", i)),
                         i <= fields ? ho_arena_printf(arena, "f%d", i) : "");
    }
}

static void the_header_alone_is_that_of_the_message(void **state)
{
    (void)state;
    struct ho_hl7_delimiters d;
    struct ho_bytes msh;
    assert_true(ho_hl7_header(ho_bytes_of(usual), &d, &msh));
    struct ho_hl7_message m = parse(usual);
    assert_true(ho_bytes_equal(msh, m.segments[0].bytes));
    assert_memory_equal(&d, &m.delimiters, sizeof d);
    assert_false(ho_hl7_header(HO_BYTES_LITERAL("PID|"), &d, &msh));
}

static void a_scan_finds_what_a_loop_finds(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        for (size_t n = 0; n <= HO_SCAN_BYTES; n += 1 + (size_t)(round % 7)) {
            uint8_t *exact = malloc(n + !n); // so that a read beyond the end is seen
            uint64_t expected = 0;
            for (size_t i = 0; i < n; i++) {
                seed = seed * 1664525u + 1013904223u;
                exact[i] = (uint8_t)(seed >> 24 & (round % 2 ? 0x83 : 0xFF));
                expected |= (uint64_t)(exact[i] == (uint8_t)round) << i;
            }
            assert_true(ho_scan(exact, n, (uint8_t)round) == expected);
            assert_true(ho_scan_portable(exact, n, (uint8_t)round) == expected);
            free(exact);
        }
    }
}

// Reads everything there is, and holds every view to the message's own bytes.
static size_t read_all(struct ho_bytes bytes)
{
    struct ho_hl7_message m;
    if (!ho_hl7_parse(arena, bytes, &m))
        return 0;
    size_t seen = 0;
    for (size_t i = 0; i < m.n_segments; i++) {
        for (uint32_t f = 0; f < 70; f++) {
            struct ho_bytes rest = ho_hl7_field(&m, &m.segments[i], f), repetition, component;
            assert_true(!rest.n || (rest.p >= bytes.p && rest.p + rest.n <= bytes.p + bytes.n));
            while (ho_hl7_next(&rest, m.delimiters.repetition, &repetition)) {
                while (ho_hl7_next(&repetition, m.delimiters.component, &component))
                    seen += ho_hl7_text(&m, component).n;
            }
        }
    }
    return seen;
}

// The same bytes at the end of a block of their own, so that a read beyond them is seen.
static size_t read_exactly(struct ho_bytes bytes)
{
    uint8_t *exact = malloc(bytes.n + !bytes.n);
    if (bytes.n)
        memcpy(exact, bytes.p, bytes.n);
    size_t seen = read_all(ho_bytes_from(exact, bytes.n));
    free(exact);
    ho_arena_reset(arena);
    return seen;
}

static void every_truncation_is_safe(void **state)
{
    (void)state;
    size_t before = 0;
    for (size_t n = 0; n < sizeof usual; n++) {
        size_t seen = read_exactly(ho_bytes_from(usual, n));
        assert_true(seen + 4 >= before || n < 12); // what was read stays read, delimiters aside
        before = seen;
    }
    assert_true(before > 60);
}

static void every_change_of_a_byte_is_safe(void **state)
{
    (void)state;
    uint8_t bytes[sizeof usual - 1];
    memcpy(bytes, usual, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        for (unsigned c = 0; c < 256; c++) {
            bytes[i] = (uint8_t)c;
            read_exactly(ho_bytes_from(bytes, sizeof bytes));
        }
        bytes[i] = (uint8_t)usual[i];
    }
}

static void put(uint8_t *out, struct ho_bytes bytes)
{
    memcpy(out, bytes.p, bytes.n);
}

static void a_message_of_separators_takes_no_time_to_speak_of(void **state)
{
    (void)state;
    size_t n = 4 << 20;
    uint8_t *bytes = malloc(n);
    memset(bytes, '|', n);
    put(bytes, HO_BYTES_LITERAL("MSH|^~\\&\rPID"));
    struct ho_hl7_message m;
    assert_true(ho_hl7_parse(arena, ho_bytes_from(bytes, n), &m));
    assert_int_equal(ho_hl7_field(&m, &m.segments[1], (uint32_t)n - 13).n, 0);
    memset(bytes + 9, '\\', n - 9);
    put(bytes + 9, HO_BYTES_LITERAL("PID|"));
    assert_true(ho_hl7_parse(arena, ho_bytes_from(bytes, n), &m));
    assert_true(ho_hl7_text(&m, ho_hl7_at(&m, "PID-1")).n <= n);
    free(bytes);
    ho_arena_reset(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_found_by_text),
        cmocka_unit_test(a_path_in_numbers_is_the_path_in_text),
        cmocka_unit_test(what_is_no_path_is_refused),
        cmocka_unit_test(any_delimiters_are_taken_from_the_header),
        cmocka_unit_test(missing_delimiters_separate_nothing),
        cmocka_unit_test(segments_end_with_cr_lf_or_both),
        cmocka_unit_test(a_byte_order_mark_and_leading_blanks_are_skipped),
        cmocka_unit_test(lines_that_are_no_segment_are_passed_over),
        cmocka_unit_test(a_second_header_without_separator_has_no_fields),
        cmocka_unit_test(what_is_no_hl7_is_refused),
        cmocka_unit_test(null_is_told_from_absent_and_empty),
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(text_without_escapes_is_the_view_itself),
        cmocka_unit_test(splitting_stepping_and_picking_agree),
        cmocka_unit_test(nothing_stands_behind_a_last_delimiter),
        cmocka_unit_test(indexes_of_many_segments_do_not_touch_each_other),
        cmocka_unit_test(fields_beyond_the_index_are_found),
        cmocka_unit_test(the_header_alone_is_that_of_the_message),
        cmocka_unit_test(a_scan_finds_what_a_loop_finds),
        cmocka_unit_test(every_truncation_is_safe),
        cmocka_unit_test(every_change_of_a_byte_is_safe),
        cmocka_unit_test(a_message_of_separators_takes_no_time_to_speak_of),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
