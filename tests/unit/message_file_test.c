// Messages out of files, as handoffctl send takes them.
#include "../support/unit.h"

#include <unistd.h>

#include "ctl/message_file.h"

static int set_up(void **state)
{
    *state = ho_arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    ho_arena_free(*state);
    return 0;
}

static void expect(struct ho_arena *arena, const char *text, const char *const *wanted, size_t n)
{
    struct ho_bytes rest = ho_bytes_of(text), message;
    for (size_t i = 0; i < n; i++) {
        assert_true(ho_message_next(&rest, arena, &message));
        assert_bytes(message, wanted[i]);
    }
    assert_false(ho_message_next(&rest, arena, &message));
}

static void a_message_begins_at_each_line_with_msh(void **state)
{
    static const char *const two[] = {"MSH|1\rPID|a\r", "MSH|2\rPID|b\r"};
    expect(*state, "MSH|1\rPID|a\rMSH|2\rPID|b\r", two, 2);
    expect(*state, "MSH|1\rPID|a\r\nMSH|2\rPID|b\r\n", two, 2);
    expect(*state, "\r\nMSH|1\rPID|a\r\n\r\n\r\nMSH|2\rPID|b", two, 2);
}

static void msh_inside_a_line_begins_nothing(void **state)
{
    static const char *const one[] = {"MSH|1\rPID|xMSH|M MSH\r"};
    expect(*state, "MSH|1\rPID|xMSH|M MSH\r", one, 1);
}

static void segments_keep_their_own_line_ends(void **state)
{
    static const char *const one[] = {"MSH|1\nPID|a\r"};
    expect(*state, "MSH|1\nPID|a\n", one, 1);
}

static void what_stands_before_the_first_msh_is_no_message(void **state)
{
    static const char *const one[] = {"MSH|1\r"};
    expect(*state, "notes\nMSH|1\n", one, 1);
    expect(*state, "no message\n", NULL, 0);
    expect(*state, "MS", NULL, 0);
    expect(*state, "", NULL, 0);
}

static void the_segments_of_a_batch_are_no_part_of_a_message(void **state)
{
    static const char *const three[] = {"MSH|1\rPID|a\r", "MSH|2\r", "MSH|3\r"};
    expect(*state, "FHS|^~\\&\rBHS|^~\\&\rMSH|1\rPID|a\rMSH|2\rBTS|2\rBHS|^~\\&\rMSH|3\rBTS|1\rFTS|2\r", three, 3);
    static const char *const longer[] = {"MSH|1\nBTSX|no trailer\r"};
    expect(*state, "MSH|1\nBTSX|no trailer\n", longer, 1);
}

static void framed_bytes_are_taken_as_they_are(void **state)
{
    static const char *const two[] = {"MSH|1\r", "no HL7 at all\x1C, MSH"};
    expect(*state, "\x0BMSH|1\r\x1C\r\x0Bno HL7 at all\x1C, MSH\x1C\r\n", two, 2);
    static const char *const empty[] = {""};
    expect(*state, "\x0B\x1C\r", empty, 1);
}

static enum ho_status open_text(const char *text, struct ho_error *error)
{
    char path[] = "/tmp/handoff-message-XXXXXX";
    struct ho_message_file *file = NULL;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    enum ho_status status = ho_message_file_open(path, &file, error);
    ho_message_file_free(file);
    unlink(path);
    return status;
}

static void a_file_without_messages_is_told(void **state)
{
    (void)state;
    struct ho_error error;
    struct ho_message_file *file;
    assert_int_equal(open_text("member_id,cin\n", &error), HO_REJECT);
    assert_non_null(strstr(error.text, "no line begins with MSH"));
    assert_int_equal(open_text("", &error), HO_REJECT);
    assert_non_null(strstr(error.text, "empty"));
    assert_int_equal(ho_message_file_open("/nowhere/file", &file, &error), HO_FATAL);
    assert_non_null(strstr(error.text, "/nowhere/file: No such file"));
    assert_int_equal(open_text("\xEF\xBB\xBFMSH|1\r", &error), HO_OK);
}

static void a_frame_that_does_not_end_is_told_with_its_place(void **state)
{
    (void)state;
    struct ho_error error;
    assert_int_equal(open_text("\x0BMSH|1\r\x1C\r\x0BMSH|2\r", &error), HO_REJECT);
    assert_non_null(strstr(error.text, "the frame at byte 9 has no end"));
    assert_int_equal(open_text("\x0BMSH|1\r\x1C\rMSH|2\r", &error), HO_REJECT);
    assert_non_null(strstr(error.text, "at byte 9: a frame should begin"));
    assert_int_equal(open_text("\x0BMSH|1\r\x1C\r", &error), HO_OK);
}

static enum ho_status check_batches(const char *text, struct ho_error *error)
{
    return ho_message_batches_check(ho_bytes_of(text), error);
}

static void a_batch_has_as_many_messages_as_it_says(void **state)
{
    (void)state;
    struct ho_error error;
    static const char *const good[] = {
        "MSH|1\rMSH|2\r",
        "BHS|\rMSH|1\rMSH|2\rBTS|2\r",
        "BHS|\r\nMSH|1\r\nBTS| 01 |all\r\n",
        "BHS|\rMSH|1\rBTS\r",
        "BHS|\rBTS|0\r",
        "FHS|\rBHS|\rMSH|1\rBTS|1\rBHS|\rMSH|2\rMSH|3\rBTS|2\rFTS|2\r",
        "FHS|\rMSH|1\rMSH|2\rFTS|1\r",
        "FHS|\rMSH|1\rFTS|\rFHS|\rBHS|\rMSH|2\rBTS|1\rFTS|1",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(check_batches(good[i], &error), HO_OK);
}

static void a_wrong_count_is_told_with_its_line(void **state)
{
    (void)state;
    struct ho_error error;
    static const char *const wrong[][2] = {
        {"BHS|\rMSH|1\rBTS|2\r", "line 3: BTS-1 says 2 messages, but there are 1"},
        {"BHS|\rMSH|1\rBTS|1\rBHS|\rMSH|2\rBTS|2\r", "line 6: BTS-1 says 2 messages, but there are 1"},
        {"FHS|\rBHS|\rMSH|1\rBTS|1\rFTS|2\r", "line 5: FTS-1 says 2 batches, but there are 1"},
        {"BHS|\rMSH|1\rBTS|many\r", "line 3: BTS-1 is no number"},
        {"BHS|\rMSH|1\rBTS|1111111111111111111111\r", "line 3: BTS-1 is no number"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(check_batches(wrong[i][0], &error), HO_REJECT);
        assert_string_equal(error.text, wrong[i][1]);
    }
}

static void a_batch_that_does_not_end_is_told(void **state)
{
    (void)state;
    struct ho_error error;
    static const char *const cut[][2] = {
        {"FHS|\rBHS|\rMSH|1\r", "the BHS of line 2 has no BTS"},
        {"FHS|\rBHS|\rMSH|1\rBTS|1\r", "the FHS of line 1 has no FTS"},
        {"BHS|\rMSH|1\rBHS|\rMSH|2\rBTS|1\r", "the BHS of line 1 has no BTS"},
        {"FHS|\rMSH|1\rFHS|\rMSH|2\rFTS|1\r", "the FHS of line 1 has no FTS"},
    };
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        assert_int_equal(check_batches(cut[i][0], &error), HO_REJECT);
        assert_non_null(strstr(error.text, cut[i][1]));
    }
}

// Any cut of a batch file is told, but for the cut that leaves nothing begun and those in the last line.
static void a_batch_file_that_was_cut_is_told(void **state)
{
    (void)state;
    struct ho_error error;
    const char whole[] = "FHS|^~\\&|A\rBHS|^~\\&|A\rMSH|1\rPID|a\rMSH|2\rBTS|2\rFTS|1\r";
    size_t last = sizeof whole - sizeof "FTS|1\r";
    for (size_t n = 3; n <= last; n++)
        assert_int_equal(ho_message_batches_check(ho_bytes_from(whole, n), &error), HO_REJECT);
    assert_int_equal(check_batches(whole, &error), HO_OK);
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(a_message_begins_at_each_line_with_msh),
        WITH_ARENA(msh_inside_a_line_begins_nothing),
        WITH_ARENA(segments_keep_their_own_line_ends),
        WITH_ARENA(what_stands_before_the_first_msh_is_no_message),
        WITH_ARENA(the_segments_of_a_batch_are_no_part_of_a_message),
        WITH_ARENA(framed_bytes_are_taken_as_they_are),
        cmocka_unit_test(a_file_without_messages_is_told),
        cmocka_unit_test(a_frame_that_does_not_end_is_told_with_its_place),
        cmocka_unit_test(a_batch_has_as_many_messages_as_it_says),
        cmocka_unit_test(a_wrong_count_is_told_with_its_line),
        cmocka_unit_test(a_batch_that_does_not_end_is_told),
        cmocka_unit_test(a_batch_file_that_was_cut_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
