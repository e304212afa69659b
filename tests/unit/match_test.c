// The first matcher: exact or nobody, and every doubt to a person.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "handoff/match.h"

struct fixture {
    struct ho_arena *arena;
    struct ho_roster_index *index;
};

static const char *const TRUSTED[] = {"MEDI-CAL"};

static void put(struct fixture *f, const char *id, const char *cin, const char *surname, const char *given,
                uint32_t born, const char *sex)
{
    char plan_id[32];
    snprintf(plan_id, sizeof plan_id, "P%s", id);
    ho_roster_index_put(f->index, &(struct ho_roster_entry){id, cin, plan_id, surname, given, born, sex});
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = ho_arena_new(0);
    f->index = ho_roster_index_new();
    put(f, "M1", "91234567A", "García-Núñez", "María Elena", 19800229, "F");
    put(f, "M2", "92234567C", "Tran", "Minh", 19551104, "M");
    put(f, "M3", "93234567D", "Tran", "Minh", 19551104, "M");
    put(f, "M4", "94234567E", "Okafor", "Grace", 19700101, "F");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ho_roster_index_free(f->index);
    ho_arena_free(f->arena);
    free(f);
    return 0;
}

struct query {
    const char *surname, *given, *sex, *cin, *insured;
    uint32_t born;
    const char *authority;
};

static struct ho_match decide(struct fixture *f, const struct query *q)
{
    ho_person person = HANDOFF__V1__PERSON__INIT;
    ho_identifier id = HANDOFF__V1__IDENTIFIER__INIT;
    ho_identifier *ids[] = {&id};
    char *insured[] = {(char *)(uintptr_t)q->insured};
    person.surname = (char *)(uintptr_t)(q->surname ? q->surname : "");
    person.given = (char *)(uintptr_t)(q->given ? q->given : "");
    person.sex = (char *)(uintptr_t)(q->sex ? q->sex : "");
    person.birth_date = q->born;
    id.value = (char *)(uintptr_t)q->cin;
    id.type = (char *)(uintptr_t) "MA";
    id.authority = (char *)(uintptr_t)(q->authority ? q->authority : "MEDI-CAL");
    person.identifiers = ids;
    person.n_identifiers = q->cin ? 1 : 0;
    person.insured_ids = insured;
    person.n_insured_ids = q->insured ? 1 : 0;
    struct ho_match out;
    ho_match_decide(f->arena, f->index, &person, TRUSTED, 1, &out);
    return out;
}

static void assert_matched(struct ho_match m, const char *member, const char *reason)
{
    assert_int_equal(m.verdict, HO_MATCH_MATCHED);
    assert_string_equal(m.member_id, member);
    assert_string_equal(m.reason, reason);
}

static void assert_review(struct ho_match m, const char *reason, const char *first, size_t n)
{
    assert_int_equal(m.verdict, HO_MATCH_REVIEW);
    assert_string_equal(m.reason, reason);
    assert_int_equal(m.n_candidates, n);
    assert_string_equal(m.candidates[0], first);
}

static void identifier_confirmed_by_given_and_birth_date_matches(void **state)
{
    struct query q = {"Changed", "MARIA ELENA", "F", "91234567A", NULL, 19800229, NULL};
    assert_matched(decide(*state, &q), "M1", "exact-identifier");
}

static void insured_number_in_each_of_its_forms_is_an_identifier(void **state)
{
    static const char *const FORMS[] = {"91234567A", "91234567A91024", " PM1 "};
    for (size_t i = 0; i < 3; i++) {
        struct query q = {"X", "maría elena", "", NULL, FORMS[i], 19800229, NULL};
        assert_matched(decide(*state, &q), "M1", "exact-identifier");
    }
}

static void identifier_that_name_or_date_contradicts_is_a_review(void **state)
{
    struct query relative = {"Garcia Nunez", "Sofia", "F", "91234567A", NULL, 20101010, NULL};
    assert_review(decide(*state, &relative), "identifier-not-confirmed", "M1", 1);
    struct query no_date = {"Garcia Nunez", "Maria Elena", "F", "91234567A", NULL, 0, NULL};
    assert_review(decide(*state, &no_date), "identifier-not-confirmed", "M1", 1);
}

static void someone_elses_card_with_own_demographics_shows_both(void **state)
{
    struct query q = {"Okafor", "Grace", "F", "91234567A", NULL, 19700101, NULL};
    struct ho_match m = decide(*state, &q);
    assert_review(m, "identifier-not-confirmed", "M1", 2);
    assert_string_equal(m.candidates[1], "M4");
}

static void identifier_of_an_untrusted_authority_says_nothing(void **state)
{
    struct query q = {"Nobody", "Else", "F", "91234567A", NULL, 19990101, "OTHER"};
    assert_int_equal(decide(*state, &q).verdict, HO_MATCH_NON_MEMBER);
}

static void all_four_fields_equal_after_folding_match(void **state)
{
    struct query q = {"GARCIA NUNEZ", "Maria-Elena", "f", NULL, NULL, 19800229, NULL};
    assert_matched(decide(*state, &q), "M1", "exact-demographics");
}

static void two_members_who_are_equal_are_a_review(void **state)
{
    struct query q = {"Tran", "Minh", "M", NULL, NULL, 19551104, NULL};
    assert_review(decide(*state, &q), "not-unique", "M2", 2);
}

static void birth_date_and_two_of_three_are_a_review(void **state)
{
    struct query twin = {"Okafor", "Faith", "F", NULL, NULL, 19700101, NULL};
    assert_review(decide(*state, &twin), "near", "M4", 1);
    struct query no_sex = {"Okafor", "Grace", "", NULL, NULL, 19700101, NULL};
    assert_review(decide(*state, &no_sex), "near", "M4", 1);
    struct query only_one = {"Okafor", "John", "M", NULL, NULL, 19700101, NULL};
    assert_int_equal(decide(*state, &only_one).verdict, HO_MATCH_NON_MEMBER);
}

static void other_birth_date_is_nobody(void **state)
{
    struct query q = {"Okafor", "Grace", "F", NULL, NULL, 19700102, NULL};
    assert_int_equal(decide(*state, &q).verdict, HO_MATCH_NON_MEMBER);
}

static void blank_is_never_agreement(void **state)
{
    struct fixture *f = *state;
    put(f, "M9", "", "", "", 19600606, "");
    struct query q = {"", "", "", NULL, NULL, 19600606, NULL};
    assert_int_equal(decide(f, &q).verdict, HO_MATCH_NON_MEMBER);
    struct query nothing = {0};
    assert_int_equal(decide(f, &nothing).verdict, HO_MATCH_NON_MEMBER);
}

static void a_changed_member_is_found_by_the_new_and_not_by_the_old(void **state)
{
    struct fixture *f = *state;
    put(f, "M4", "94234567E", "Smith", "Grace", 19700101, "F");
    struct query new_name = {"Smith", "Grace", "F", NULL, NULL, 19700101, NULL};
    assert_matched(decide(f, &new_name), "M4", "exact-demographics");
    struct query old_name = {"Okafor", "Grace", "F", NULL, NULL, 19700101, NULL};
    assert_review(decide(f, &old_name), "near", "M4", 1);
    ho_roster_index_remove(f->index, "M4");
    assert_int_equal(decide(f, &new_name).verdict, HO_MATCH_NON_MEMBER);
    assert_int_equal(ho_roster_index_size(f->index), 3);
}

// A model in the plainest form against the index through growth, changes and removals.
static void index_finds_just_what_was_put(void **state)
{
    enum { N = 5000 };
    struct fixture *f = *state;
    static bool live[N];
    uint32_t random = 12345;
    for (int step = 0; step < 4 * N; step++) {
        random = random * 1664525u + 1013904223u;
        uint32_t i = (random >> 8) % N;
        char id[16], cin[16];
        snprintf(id, sizeof id, "X%u", i);
        snprintf(cin, sizeof cin, "9%07uZ", i);
        live[i] = (random >> 5) % 3 != 0;
        if (live[i])
            put(f, id, cin, "Same", "Name", 19000101 + i, "X");
        else
            ho_roster_index_remove(f->index, id);
    }
    for (uint32_t i = 0; i < N; i++) {
        char cin[16];
        snprintf(cin, sizeof cin, "9%07uZ", i);
        struct query q = {"Same", "Name", "X", cin, NULL, 19000101 + i, NULL};
        assert_int_equal(decide(f, &q).verdict, live[i] ? HO_MATCH_MATCHED : HO_MATCH_NON_MEMBER);
    }
}

static void the_explanation_holds_no_value(void **state)
{
    struct query q = {"Okafor", "Faith", "F", NULL, NULL, 19700101, NULL};
    struct ho_match m = decide(*state, &q);
    assert_null(strstr(m.why, "kafor"));
    assert_null(strstr(m.why, "1970"));
    assert_non_null(strstr(m.why, "\"given\":\"differs\""));
}

static void names_fold_in_any_script(void **state)
{
    struct fixture *f = *state;
    assert_true(ho_bytes_is(ho_name_fold(f->arena, "Nguyễn Thị"), "nguyenthi"));
    assert_true(ho_bytes_is(ho_name_fold(f->arena, "O'Brien-Smith, "), "obriensmith"));
    assert_true(ho_bytes_is(ho_name_fold(f->arena, "Straße"), "strasse"));
    assert_true(ho_bytes_is(ho_name_fold(f->arena, "李"), "李"));
    assert_int_equal(ho_name_fold(f->arena, "\xff\xfe -").n, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(identifier_confirmed_by_given_and_birth_date_matches),
        T(insured_number_in_each_of_its_forms_is_an_identifier),
        T(identifier_that_name_or_date_contradicts_is_a_review),
        T(someone_elses_card_with_own_demographics_shows_both),
        T(identifier_of_an_untrusted_authority_says_nothing),
        T(all_four_fields_equal_after_folding_match),
        T(two_members_who_are_equal_are_a_review),
        T(birth_date_and_two_of_three_are_a_review),
        T(other_birth_date_is_nobody),
        T(blank_is_never_agreement),
        T(a_changed_member_is_found_by_the_new_and_not_by_the_old),
        T(index_finds_just_what_was_put),
        T(the_explanation_holds_no_value),
        T(names_fold_in_any_script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
