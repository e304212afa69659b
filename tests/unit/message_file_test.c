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

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(a_message_begins_at_each_line_with_msh),
        WITH_ARENA(msh_inside_a_line_begins_nothing),
        WITH_ARENA(segments_keep_their_own_line_ends),
        WITH_ARENA(what_stands_before_the_first_msh_is_no_message),
        WITH_ARENA(framed_bytes_are_taken_as_they_are),
        cmocka_unit_test(a_file_without_messages_is_told),
        cmocka_unit_test(a_frame_that_does_not_end_is_told_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
