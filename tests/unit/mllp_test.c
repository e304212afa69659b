// MLLP framing: the same events however the bytes are cut.
#include "../support/unit.h"

#include "handoff/mllp.h"

enum { LIMIT = 32, MOST_EVENTS = 64 };

#define VT "\x0B"
#define FS "\x1C"
#define END FS "\r"

struct log {
    enum ho_mllp_event events[MOST_EVENTS];
    char frames[MOST_EVENTS][LIMIT + 1];
    size_t n;
};

static void feed(struct ho_mllp *mllp, const char *bytes, size_t n, struct log *log)
{
    uint8_t *exact = malloc(n + !n); // so that a read beyond the end is seen
    memcpy(exact, bytes, n);
    struct ho_bytes input = ho_bytes_from(exact, n), frame;
    for (;;) {
        enum ho_mllp_event event = ho_mllp_next(mllp, &input, &frame);
        if (event == HO_MLLP_MORE)
            break;
        assert_true(log->n < MOST_EVENTS && frame.n <= LIMIT);
        log->events[log->n] = event;
        memcpy(log->frames[log->n], frame.p, frame.n);
        log->frames[log->n++][frame.n] = '\0';
    }
    assert_int_equal(input.n, 0);
    free(exact);
}

static struct log run(const char *bytes)
{
    struct log log = {0};
    struct ho_mllp *mllp = ho_mllp_new(LIMIT);
    feed(mllp, bytes, strlen(bytes), &log);
    ho_mllp_free(mllp);
    return log;
}

static void expect(const struct log *log, size_t i, enum ho_mllp_event event, const char *frame)
{
    assert_true(i < log->n);
    assert_int_equal(log->events[i], event);
    assert_string_equal(log->frames[i], frame);
}

static void a_whole_frame_is_a_view_of_the_input(void **state)
{
    (void)state;
    const char bytes[] = VT "MSH|message" END;
    struct ho_mllp *mllp = ho_mllp_new(LIMIT);
    struct ho_bytes input = ho_bytes_of(bytes), frame;
    assert_int_equal(ho_mllp_next(mllp, &input, &frame), HO_MLLP_FRAME);
    assert_ptr_equal(frame.p, bytes + 1);
    assert_bytes(frame, "MSH|message");
    assert_int_equal(ho_mllp_held_bytes(mllp), 0);
    assert_int_equal(ho_mllp_next(mllp, &input, &frame), HO_MLLP_MORE);
    assert_false(ho_mllp_inside(mllp));
    ho_mllp_free(mllp);
}

static void many_frames_in_one_input_come_in_order(void **state)
{
    (void)state;
    struct log log = run(VT "one" END VT "two" END VT END VT "four" END);
    assert_int_equal(log.n, 4);
    expect(&log, 0, HO_MLLP_FRAME, "one");
    expect(&log, 1, HO_MLLP_FRAME, "two");
    expect(&log, 2, HO_MLLP_FRAME, "");
    expect(&log, 3, HO_MLLP_FRAME, "four");
}

static void the_carriage_return_may_be_missing(void **state)
{
    (void)state;
    struct log log = run(VT "one" FS VT "two" FS "\n" VT "three" FS);
    assert_int_equal(log.n, 3);
    expect(&log, 0, HO_MLLP_FRAME, "one");
    expect(&log, 1, HO_MLLP_FRAME, "two");
    expect(&log, 2, HO_MLLP_FRAME, "three");
}

static void what_lies_between_frames_is_skipped_and_counted(void **state)
{
    (void)state;
    struct log log = {0};
    struct ho_mllp *mllp = ho_mllp_new(LIMIT);
    const char bytes[] = "GET /" VT "one" END "\r\n \t" VT "two" END "xy" FS "z";
    feed(mllp, bytes, strlen(bytes), &log);
    assert_int_equal(log.n, 2);
    expect(&log, 1, HO_MLLP_FRAME, "two");
    assert_int_equal(ho_mllp_blank_bytes(mllp), 5); // the one of "GET /" too
    assert_int_equal(ho_mllp_junk_bytes(mllp), 8);
    ho_mllp_free(mllp);
}

static void a_start_inside_a_frame_breaks_the_first_and_begins_another(void **state)
{
    (void)state;
    struct log log = run(VT "lost" VT "kept" END);
    assert_int_equal(log.n, 2);
    expect(&log, 0, HO_MLLP_BROKEN, "lost");
    expect(&log, 1, HO_MLLP_FRAME, "kept");
}

static void a_doubled_start_byte_harms_nobody(void **state)
{
    (void)state;
    struct log log = run(VT VT VT "kept" END);
    assert_int_equal(log.n, 1);
    expect(&log, 0, HO_MLLP_FRAME, "kept");
}

static void a_frame_of_the_limit_passes_and_one_byte_more_does_not(void **state)
{
    (void)state;
    struct log log = run(VT "12345678901234567890123456789012" END);
    assert_int_equal(log.n, 1);
    expect(&log, 0, HO_MLLP_FRAME, "12345678901234567890123456789012");
    log = run(VT "123456789012345678901234567890123" END VT "next" END);
    assert_int_equal(log.n, 2);
    expect(&log, 0, HO_MLLP_OVERSIZE, "12345678901234567890123456789012");
    expect(&log, 1, HO_MLLP_FRAME, "next");
}

static void an_endless_frame_is_reported_once_and_never_stored(void **state)
{
    (void)state;
    struct log log = {0};
    struct ho_mllp *mllp = ho_mllp_new(LIMIT);
    feed(mllp, VT, 1, &log);
    for (int i = 0; i < 10000; i++) {
        feed(mllp, "0123456789", 10, &log);
        assert_true(ho_mllp_held_bytes(mllp) <= 4096);
    }
    assert_int_equal(log.n, 1);
    expect(&log, 0, HO_MLLP_OVERSIZE, "01234567890123456789012345678901");
    assert_int_equal(ho_mllp_held_bytes(mllp), 0);
    assert_true(ho_mllp_inside(mllp));
    feed(mllp, END VT "alive" END, 9, &log);
    expect(&log, 1, HO_MLLP_FRAME, "alive");
    ho_mllp_free(mllp);
}

static void a_start_ends_the_rest_of_a_frame_that_was_too_long(void **state)
{
    (void)state;
    struct log log = run(VT "123456789012345678901234567890123456" VT "next" END);
    assert_int_equal(log.n, 2);
    expect(&log, 0, HO_MLLP_OVERSIZE, "12345678901234567890123456789012");
    expect(&log, 1, HO_MLLP_FRAME, "next");
}

static void only_a_cut_frame_is_held_and_no_longer_than_needed(void **state)
{
    (void)state;
    struct log log = {0};
    struct ho_mllp *mllp = ho_mllp_new(LIMIT);
    feed(mllp, VT "begin", 6, &log);
    assert_true(ho_mllp_inside(mllp));
    assert_true(ho_mllp_held_bytes(mllp) >= 5);
    feed(mllp, "ning" END, 6, &log);
    expect(&log, 0, HO_MLLP_FRAME, "beginning");
    assert_int_equal(ho_mllp_held_bytes(mllp), 0);
    ho_mllp_free(mllp);
}

static void a_large_frame_in_pieces_comes_whole(void **state)
{
    (void)state;
    enum { SIZE = 300000, PIECE = 1000 };
    uint8_t *bytes = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)('a' + i % 26);
    struct ho_mllp *mllp = ho_mllp_new(SIZE);
    struct ho_bytes input = HO_BYTES_LITERAL(VT), frame;
    assert_int_equal(ho_mllp_next(mllp, &input, &frame), HO_MLLP_MORE);
    for (size_t i = 0; i < SIZE; i += PIECE) {
        input = ho_bytes_from(bytes + i, PIECE);
        assert_int_equal(ho_mllp_next(mllp, &input, &frame), HO_MLLP_MORE);
        assert_true(ho_mllp_held_bytes(mllp) >= i + PIECE && ho_mllp_held_bytes(mllp) <= SIZE);
    }
    input = HO_BYTES_LITERAL(END);
    assert_int_equal(ho_mllp_next(mllp, &input, &frame), HO_MLLP_FRAME);
    assert_int_equal(frame.n, SIZE);
    assert_memory_equal(frame.p, bytes, SIZE);
    ho_mllp_free(mllp);
    free(bytes);
}

// Everything that can happen, in one stream.
static const char stream[] = "junk\r\n" VT "one" END VT "two" FS VT "broken" VT "three" END "\r\n" VT
                             "much too long for this limit: it is skipped" END VT VT "four" END VT END "\n" VT
                             "also too long for the limit of the test" VT "five" END "\r" VT "cut";

static void assert_same(const struct log *a, const struct log *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        assert_int_equal(a->events[i], b->events[i]);
        assert_string_equal(a->frames[i], b->frames[i]);
    }
}

static void every_cut_in_two_or_three_gives_the_same_events(void **state)
{
    (void)state;
    const size_t n = sizeof stream - 1;
    struct log whole = run(stream);
    assert_int_equal(whole.n, 9);
    for (size_t a = 0; a <= n; a++) {
        for (size_t b = a; b <= n; b++) {
            struct log log = {0};
            struct ho_mllp *mllp = ho_mllp_new(LIMIT);
            feed(mllp, stream, a, &log);
            feed(mllp, stream + a, b - a, &log);
            feed(mllp, stream + b, n - b, &log);
            assert_same(&log, &whole);
            assert_int_equal(ho_mllp_junk_bytes(mllp), 5);
            assert_int_equal(ho_mllp_blank_bytes(mllp), 6);
            ho_mllp_free(mllp);
        }
    }
}

static void byte_by_byte_gives_the_same_events(void **state)
{
    (void)state;
    struct log whole = run(stream), log = {0};
    struct ho_mllp *mllp = ho_mllp_new(LIMIT);
    for (size_t i = 0; i < sizeof stream - 1; i++)
        feed(mllp, stream + i, 1, &log);
    assert_same(&log, &whole);
    ho_mllp_free(mllp);
}

static void every_truncation_gives_a_beginning_of_the_events(void **state)
{
    (void)state;
    struct log whole = run(stream);
    for (size_t n = 0; n < sizeof stream; n++) {
        struct log log = {0};
        struct ho_mllp *mllp = ho_mllp_new(LIMIT);
        feed(mllp, stream, n, &log);
        whole.n = log.n;
        assert_same(&log, &whole);
        ho_mllp_free(mllp);
    }
}

static void a_wrapped_message_is_a_frame(void **state)
{
    (void)state;
    struct ho_arena *arena = ho_arena_new(0);
    assert_bytes(ho_mllp_wrap(arena, HO_BYTES_LITERAL("MSH|")), VT "MSH|" END);
    assert_bytes(ho_mllp_wrap(arena, (struct ho_bytes){0}), VT END);
    ho_arena_free(arena);
}

static void start_bytes_alone_take_no_time_to_speak_of(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    char *bytes = malloc(SIZE);
    struct ho_mllp *mllp = ho_mllp_new(LIMIT);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = i % 2 ? 'x' : 0x0B;
    struct ho_bytes input = ho_bytes_from(bytes, SIZE), frame;
    size_t broken = 0;
    for (enum ho_mllp_event e; (e = ho_mllp_next(mllp, &input, &frame)) != HO_MLLP_MORE;)
        broken += e == HO_MLLP_BROKEN;
    assert_int_equal(broken, SIZE / 2 - 1);
    ho_mllp_free(mllp);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_frame_is_a_view_of_the_input),
        cmocka_unit_test(many_frames_in_one_input_come_in_order),
        cmocka_unit_test(the_carriage_return_may_be_missing),
        cmocka_unit_test(what_lies_between_frames_is_skipped_and_counted),
        cmocka_unit_test(a_start_inside_a_frame_breaks_the_first_and_begins_another),
        cmocka_unit_test(a_doubled_start_byte_harms_nobody),
        cmocka_unit_test(a_frame_of_the_limit_passes_and_one_byte_more_does_not),
        cmocka_unit_test(an_endless_frame_is_reported_once_and_never_stored),
        cmocka_unit_test(a_start_ends_the_rest_of_a_frame_that_was_too_long),
        cmocka_unit_test(only_a_cut_frame_is_held_and_no_longer_than_needed),
        cmocka_unit_test(a_large_frame_in_pieces_comes_whole),
        cmocka_unit_test(every_cut_in_two_or_three_gives_the_same_events),
        cmocka_unit_test(byte_by_byte_gives_the_same_events),
        cmocka_unit_test(every_truncation_gives_a_beginning_of_the_events),
        cmocka_unit_test(a_wrapped_message_is_a_frame),
        cmocka_unit_test(start_bytes_alone_take_no_time_to_speak_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
