// The arena, and the words of errors.
#include "../support/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handoff/arena.h"
#include "handoff/error.h"

static void memory_is_aligned_and_zeroed_even_when_used_before(void **state)
{
    (void)state;
    struct ho_arena *arena = ho_arena_new(256);
    for (int round = 0; round < 3; round++) {
        for (size_t n = 0; n < 300; n += 7) {
            unsigned char *p = ho_arena_alloc(arena, n);
            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xFF, n);
        }
        ho_arena_reset(arena);
    }
    ho_arena_free(arena);
}

static void allocations_do_not_overlap(void **state)
{
    (void)state;
    struct ho_arena *arena = ho_arena_new(128);
    unsigned char *all[64];
    for (size_t i = 0; i < 64; i++)
        all[i] = memset(ho_arena_alloc(arena, i + 1), (int)i, i + 1);
    for (size_t i = 0; i < 64; i++) {
        for (size_t k = 0; k <= i; k++)
            assert_int_equal(all[i][k], i);
    }
    ho_arena_free(arena);
}

static void a_reset_arena_gives_its_first_block_again(void **state)
{
    (void)state;
    struct ho_arena *arena = ho_arena_new(1024);
    void *first = ho_arena_alloc(arena, 16);
    ho_arena_alloc(arena, 100000);
    ho_arena_reset(arena);
    assert_ptr_equal(ho_arena_alloc(arena, 16), first);
    ho_arena_free(arena);
}

static void freeing_nothing_is_allowed(void **state)
{
    (void)state;
    ho_arena_free(NULL);
}

static void texts_end_and_hold_no_nul(void **state)
{
    (void)state;
    struct ho_arena *arena = ho_arena_new(0);
    assert_string_equal(ho_arena_text(arena, ho_bytes_from("a\0b", 3)), "a b");
    assert_string_equal(ho_arena_text(arena, (struct ho_bytes){0}), "");
    assert_string_equal(ho_arena_printf(arena, "%s-%d", "PID", 3), "PID-3");
    assert_bytes(ho_arena_copy(arena, HO_BYTES_LITERAL("copy")), "copy");
    ho_arena_free(arena);
}

static void a_growing_array_keeps_its_items(void **state)
{
    (void)state;
    struct ho_arena *arena = ho_arena_new(64);
    struct {
        int *items;
        size_t n, capacity;
    } array = {0};
    for (int i = 0; i < 1000; i++) {
        int *item = ho_arena_push(arena, &array, sizeof *item);
        assert_int_equal(*item, 0);
        *item = i;
    }
    assert_int_equal(array.n, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(array.items[i], i);
    ho_arena_free(arena);
}

static void a_size_that_overflows_ends_the_process(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        volatile size_t much = SIZE_MAX / 2;
        signal(SIGABRT, SIG_DFL);
        ho_arena_array(ho_arena_new(0), much, 4);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void a_failure_gives_its_status_and_cuts_long_words(void **state)
{
    (void)state;
    struct ho_error error;
    assert_int_equal(ho_fail(&error, HO_RETRY, "no answer from %s", "broker"), HO_RETRY);
    assert_string_equal(error.text, "no answer from broker");
    assert_int_equal(ho_fail(&error, HO_REJECT, "%*d", 1000, 7), HO_REJECT);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    assert_int_equal(ho_fail(NULL, HO_FATAL, "nobody listens"), HO_FATAL);
}

static void a_prefix_comes_before_the_words_and_cuts_at_the_end(void **state)
{
    (void)state;
    struct ho_error error;
    (void)ho_fail(&error, HO_REJECT, "line 3: no such key");
    ho_error_prefix(&error, "%s: ", "feeds/default.yaml");
    assert_string_equal(error.text, "feeds/default.yaml: line 3: no such key");
    ho_error_prefix(&error, "%*d", 1000, 7);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    ho_error_prefix(NULL, "nobody listens");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_and_zeroed_even_when_used_before),
        cmocka_unit_test(allocations_do_not_overlap),
        cmocka_unit_test(a_reset_arena_gives_its_first_block_again),
        cmocka_unit_test(freeing_nothing_is_allowed),
        cmocka_unit_test(texts_end_and_hold_no_nul),
        cmocka_unit_test(a_growing_array_keeps_its_items),
        cmocka_unit_test(a_size_that_overflows_ends_the_process),
        cmocka_unit_test(a_failure_gives_its_status_and_cuts_long_words),
        cmocka_unit_test(a_prefix_comes_before_the_words_and_cuts_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
