// Diagnosis groups: which groups a code as sent belongs to.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "handoff/codes.h"

enum { FAILURE = 1, DEPRESSION = 2, BIPOLAR = 4, SMI = 8, SELF_HARM = 16 };

static const char *const failure[] = {"I50", "I110"};
static const char *const depression[] = {"F32"}, *const remission[] = {"F325", "F32A"};
static const char *const bipolar[] = {"F31"};
static const char *const self_harm[] = {"T40??2", "X7"};

static const struct ho_code_group groups[] = {
    {.key = "heart-failure", .prefixes = failure, .n_prefixes = 2},
    {.key = "major-depression", .prefixes = depression, .n_prefixes = 1, .except = remission, .n_except = 2},
    {.key = "bipolar", .prefixes = bipolar, .n_prefixes = 1},
    {.key = "smi", .includes = DEPRESSION | BIPOLAR},
    {.key = "self-harm", .prefixes = self_harm, .n_prefixes = 2},
};
static const struct ho_codes codes = {groups, 5};

static uint64_t of(const char *code)
{
    return ho_codes_of(&codes, ho_bytes_of(code));
}

static void a_code_is_known_by_its_beginning(void **state)
{
    (void)state;
    assert_int_equal(of("I50"), FAILURE);
    assert_int_equal(of("I5023"), FAILURE);
    assert_int_equal(of("I110"), FAILURE);
    assert_int_equal(of("I11"), 0);
    assert_int_equal(of("I5"), 0);
    assert_int_equal(of(""), 0);
    assert_int_equal(of(" . "), 0);
}

static void dots_blanks_and_case_do_not_matter(void **state)
{
    (void)state;
    assert_int_equal(of(" i50.9 "), FAILURE);
    assert_int_equal(of("I11.0"), FAILURE);
    assert_int_equal(of("f 31.9"), BIPOLAR | SMI);
}

static void an_exception_is_not_of_the_group_nor_of_its_union(void **state)
{
    (void)state;
    assert_int_equal(of("F32.2"), DEPRESSION | SMI);
    assert_int_equal(of("F32.5"), 0);
    assert_int_equal(of("f32.a"), 0);
}

static void a_question_mark_is_any_one_character(void **state)
{
    (void)state;
    assert_int_equal(of("T40.2X2A"), SELF_HARM);
    assert_int_equal(of("T40.602D"), SELF_HARM);
    assert_int_equal(of("T40.2X1A"), 0);
    assert_int_equal(of("T40.2X"), 0);
    assert_int_equal(of("X71"), SELF_HARM);
}

static void what_is_longer_than_any_code_is_cut(void **state)
{
    (void)state;
    assert_int_equal(of("I50.9 and a very long text that somebody typed into the field"), FAILURE);
}

static void a_group_is_found_by_its_key(void **state)
{
    (void)state;
    assert_int_equal(ho_codes_group(&codes, HO_BYTES_LITERAL("smi")), SMI);
    assert_int_equal(ho_codes_group(&codes, HO_BYTES_LITERAL("SMI")), 0);
    assert_int_equal(ho_codes_group(&codes, HO_BYTES_LITERAL("")), 0);
}

static void who_has_a_part_has_the_union(void **state)
{
    (void)state;
    assert_int_equal(ho_codes_with_unions(&codes, BIPOLAR), BIPOLAR | SMI);
    assert_int_equal(ho_codes_with_unions(&codes, FAILURE), FAILURE);
    assert_int_equal(ho_codes_with_unions(&codes, SMI), SMI);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_known_by_its_beginning),
        cmocka_unit_test(dots_blanks_and_case_do_not_matter),
        cmocka_unit_test(an_exception_is_not_of_the_group_nor_of_its_union),
        cmocka_unit_test(a_question_mark_is_any_one_character),
        cmocka_unit_test(what_is_longer_than_any_code_is_cut),
        cmocka_unit_test(a_group_is_found_by_its_key),
        cmocka_unit_test(who_has_a_part_has_the_union),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
