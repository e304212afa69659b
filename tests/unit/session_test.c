// The api's sessions: who has the token, and for how long.
#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN HO_BYTES_LITERAL("0123456789abcdef")

enum { NOW = 1000 };

static const int64_t LIFE_US = HO_SESSION_SECONDS * INT64_C(1000000);

static int setup(void **state)
{
    struct ho_sessions *s = NULL;
    assert_int_equal(ho_sessions_new(TOKEN, &s, NULL), HO_OK);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    ho_sessions_free(*state);
    return 0;
}

static void only_the_very_token_is_the_token(void **state)
{
    assert_true(ho_sessions_is_api_token(*state, TOKEN));
    assert_false(ho_sessions_is_api_token(*state, HO_BYTES_LITERAL("0123456789abcdeF")));
    assert_false(ho_sessions_is_api_token(*state, HO_BYTES_LITERAL("0123456789abcde")));
    assert_false(ho_sessions_is_api_token(*state, HO_BYTES_LITERAL("0123456789abcdef0")));
    assert_false(ho_sessions_is_api_token(*state, HO_BYTES_LITERAL("")));
}

static void a_short_token_is_refused(void **state)
{
    (void)state;
    struct ho_sessions *s = NULL;
    struct ho_error error = {0};
    assert_int_equal(ho_sessions_new(HO_BYTES_LITERAL("0123456789abcde"), &s, &error), HO_REJECT);
    assert_non_null(strstr(error.text, "needs 16"));
    assert_null(strstr(error.text, "0123456789"));
}

static void a_session_is_found_by_its_token_alone(void **state)
{
    char first[HO_SESSION_TOKEN_BYTES], second[HO_SESSION_TOKEN_BYTES];
    const struct ho_session *a = ho_sessions_open(*state, NOW, first), *b = ho_sessions_open(*state, NOW, second);
    assert_string_not_equal(first, second);
    assert_ptr_equal(ho_sessions_find(*state, ho_bytes_of(first), NOW), a);
    assert_ptr_equal(ho_sessions_find(*state, ho_bytes_of(second), NOW), b);
    first[10] = first[10] == '0' ? '1' : '0';
    assert_null(ho_sessions_find(*state, ho_bytes_of(first), NOW));
    assert_null(ho_sessions_find(*state, HO_BYTES_LITERAL(""), NOW));
}

static void a_session_ends_after_twelve_hours(void **state)
{
    char token[HO_SESSION_TOKEN_BYTES];
    const struct ho_session *s = ho_sessions_open(*state, NOW, token);
    uint64_t number = ho_session_number(s);
    assert_int_equal(ho_session_ends_us(s), NOW + LIFE_US);
    assert_non_null(ho_sessions_find(*state, ho_bytes_of(token), NOW + LIFE_US - 1));
    assert_true(ho_sessions_is_open(*state, number, NOW + LIFE_US - 1));
    assert_null(ho_sessions_find(*state, ho_bytes_of(token), NOW + LIFE_US));
    assert_false(ho_sessions_is_open(*state, number, NOW + LIFE_US));
}

static void a_closed_session_is_gone_and_its_number_not_used_again(void **state)
{
    char token[HO_SESSION_TOKEN_BYTES], next[HO_SESSION_TOKEN_BYTES];
    const struct ho_session *s = ho_sessions_open(*state, NOW, token);
    uint64_t number = ho_session_number(s);
    ho_sessions_close(*state, s);
    assert_null(ho_sessions_find(*state, ho_bytes_of(token), NOW));
    assert_int_not_equal(ho_session_number(ho_sessions_open(*state, NOW, next)), number);
    assert_false(ho_sessions_is_open(*state, number, NOW));
}

static void beyond_the_limit_the_oldest_session_ends(void **state)
{
    char first[HO_SESSION_TOKEN_BYTES], second[HO_SESSION_TOKEN_BYTES], token[HO_SESSION_TOKEN_BYTES];
    ho_sessions_open(*state, NOW, first);
    ho_sessions_open(*state, NOW + 1, second);
    for (int i = 2; i <= HO_SESSIONS_MAX; i++)
        ho_sessions_open(*state, NOW + i, token);
    assert_null(ho_sessions_find(*state, ho_bytes_of(first), NOW));
    assert_non_null(ho_sessions_find(*state, ho_bytes_of(second), NOW));
    assert_non_null(ho_sessions_find(*state, ho_bytes_of(token), NOW));
}

static void the_token_is_the_first_line_of_a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/handoff-token-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    fputs("0123456789abcdef \r\nsecond line\n", file);
    fclose(file);
    struct ho_sessions *s = NULL;
    struct ho_error error = {0};
    assert_int_equal(ho_sessions_from_file(path, &s, &error), HO_OK);
    assert_true(ho_sessions_is_api_token(s, TOKEN));
    ho_sessions_free(s);
    unlink(path);
    assert_int_equal(ho_sessions_from_file(path, &s, &error), HO_FATAL);
    assert_non_null(strstr(error.text, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_the_very_token_is_the_token, setup, teardown),
        cmocka_unit_test(a_short_token_is_refused),
        cmocka_unit_test_setup_teardown(a_session_is_found_by_its_token_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_session_ends_after_twelve_hours, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closed_session_is_gone_and_its_number_not_used_again, setup, teardown),
        cmocka_unit_test_setup_teardown(beyond_the_limit_the_oldest_session_ends, setup, teardown),
        cmocka_unit_test(the_token_is_the_first_line_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
