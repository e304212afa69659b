// The weights of matching as a file: what is written is read back, and each mistake is refused with its place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "handoff/platform/yaml.h"

struct fixture {
    char path[64];
    char *text;         // of the built-in weights
    char here[1 << 16]; // of the repository's file
    struct ho_match_weights read;
    struct ho_error error;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    size_t n = 0;
    snprintf(f->path, sizeof f->path, "/tmp/handoff-weights-XXXXXX");
    int fd = mkstemp(f->path);
    assert_true(fd >= 0);
    close(fd);
    FILE *out = open_memstream(&f->text, &n);
    ho_weights_write(out, &ho_match_weights_default);
    fclose(out);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    free(f->text);
    free(f);
    return 0;
}

static void put(const struct fixture *f, const char *text)
{
    FILE *out = fopen(f->path, "wb");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

static size_t line_of(const char *text, const char *at)
{
    size_t line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

// The built-in file with the first `old` behind `after` replaced; returns the line of that place.
static size_t put_changed(const struct fixture *f, const char *after, const char *old, const char *new)
{
    const char *at = strstr(f->text, after);
    assert_non_null(at);
    at = strstr(at, old);
    assert_non_null(at);
    char *changed = NULL;
    assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - f->text), f->text, new, at + strlen(old)) > 0);
    put(f, changed);
    free(changed);
    return line_of(f->text, at);
}

static void expect(struct fixture *f, size_t line, const char *words)
{
    char expected[400];
    struct ho_match_weights before = f->read;
    assert_int_equal(ho_weights_load(f->path, &f->read, &f->error), HO_REJECT);
    snprintf(expected, sizeof expected, "%s:%zu: %s", f->path, line, words);
    assert_string_equal(f->error.text, expected);
    assert_memory_equal(&before, &f->read, sizeof before); // a bad file replaces nothing
}

static void assert_equal(const struct ho_match_weights *a, const struct ho_match_weights *b)
{
    assert_true(a->link_bits == b->link_bits);
    assert_true(a->review_bits == b->review_bits);
    for (int f = 0; f < HO_MATCH_FIELDS; f++)
        for (int i = 1; i < ho_match_levels((enum ho_match_field)f); i++) {
            assert_true(a->level[f][i].m == b->level[f][i].m);
            assert_true(a->level[f][i].u == b->level[f][i].u);
        }
}

static void the_file_of_this_repository_is_the_built_in_weights(void **state)
{
    struct fixture *f = *state;
    if (ho_weights_load("deploy/match/weights.yaml", &f->read, &f->error) != HO_OK)
        fail_msg("%s; make it again: handoffctl match weights >deploy/match/weights.yaml", f->error.text);
    assert_equal(&f->read, &ho_match_weights_default);
}

static void the_file_of_this_repository_is_as_it_is_written(void **state)
{
    struct fixture *f = *state;
    FILE *in = fopen("deploy/match/weights.yaml", "rb");
    assert_non_null(in);
    f->here[fread(f->here, 1, sizeof f->here - 1, in)] = '\0';
    fclose(in);
    if (strcmp(f->here, f->text) != 0)
        fail_msg("%s", "make it again: handoffctl match weights >deploy/match/weights.yaml");
}

static void what_is_written_is_read_back_to_the_last_bit(void **state)
{
    struct fixture *f = *state;
    struct ho_match_weights made = ho_match_weights_default;
    unsigned random = 1;
    for (int field = 0; field < HO_MATCH_FIELDS; field++)
        for (int i = 1; i < ho_match_levels((enum ho_match_field)field); i++) {
            made.level[field][i].m = 1.0 / (2.0 + (double)(random = random * 1664525u + 1013904223u));
            made.level[field][i].u = 1.0 - 1.0 / (3.0 + (double)(random % 1000));
        }
    made.link_bits = 100.0 / 3;
    made.review_bits = -1.0 / 3;
    FILE *out = fopen(f->path, "wb");
    ho_weights_write(out, &made);
    fclose(out);
    assert_int_equal(ho_weights_load(f->path, &f->read, &f->error), HO_OK);
    assert_equal(&f->read, &made);
}

static void the_order_of_fields_and_levels_does_not_matter(void **state)
{
    struct fixture *f = *state;
    const char *sex = strstr(f->text, "\nsex:"), *phone = strstr(f->text, "\nphone:");
    char *changed = NULL;
    assert_true(asprintf(&changed, "%.*s\n%.*s%s", (int)(phone - sex), sex, (int)(sex - f->text), f->text, phone) > 0);
    put(f, changed);
    free(changed);
    assert_int_equal(ho_weights_load(f->path, &f->read, &f->error), HO_OK);
    assert_equal(&f->read, &ho_match_weights_default);
}

static void a_missing_level_is_named(void **state)
{
    struct fixture *f = *state;
    size_t line = put_changed(f, "\nsex:", "  equal:", "  #");
    expect(f, line - 1, "sex.equal is missing; add it");
}

static void a_missing_field_is_named(void **state)
{
    struct fixture *f = *state;
    const char *sex = strstr(f->text, "\nsex:"), *phone = strstr(f->text, "\nphone:");
    char *changed = NULL;
    assert_true(asprintf(&changed, "%.*s%s", (int)(sex - f->text), f->text, phone) > 0);
    put(f, changed);
    free(changed);
    expect(f, 1, "sex is missing; add it");
}

static void a_missing_threshold_is_named(void **state)
{
    struct fixture *f = *state;
    put_changed(f, "", "\nlink_bits:", "\n#");
    expect(f, 1, "link_bits is missing; add it");
}

static void a_missing_probability_is_named(void **state)
{
    struct fixture *f = *state;
    size_t line = put_changed(f, "\nsex:", "{m: ", "{u: 0.5} # {m: ");
    expect(f, line, "sex.equal.m is missing; add it");
}

static void an_unknown_level_is_refused_with_those_that_are_known(void **state)
{
    struct fixture *f = *state;
    size_t line = put_changed(f, "\nsex:", "  differs:", "  differ: {m: 0.5, u: 0.5}\n  differs:");
    expect(f, line, "\"differ\" is not known here; known are: equal, differs");
}

static void missing_has_no_weight(void **state)
{
    struct fixture *f = *state;
    size_t line = put_changed(f, "\nsex:", "  differs:", "  missing: {m: 0.5, u: 0.5}\n  differs:");
    expect(f, line, "\"missing\" is not known here; known are: equal, differs");
}

static void an_unknown_field_is_refused(void **state)
{
    struct fixture *f = *state;
    size_t line = put_changed(f, "", "link_bits:", "favourite_colour: 1\nlink_bits:");
    assert_int_equal(ho_weights_load(f->path, &f->read, &f->error), HO_REJECT);
    char words[200];
    snprintf(words, sizeof words, "%s:%zu: \"favourite_colour\" is not known here; known are: link_bits, review_bits, ",
             f->path, line);
    assert_memory_equal(f->error.text, words, strlen(words));
}

static void a_level_that_stands_twice_is_refused(void **state)
{
    struct fixture *f = *state;
    size_t line = put_changed(f, "\nsex:", "  differs:", "  equal: {}\n  differs:");
    char words[200];
    snprintf(words, sizeof words, "\"equal\" stands here and in line %zu; remove one of them", line - 1);
    expect(f, line, words);
}

static void what_is_no_probability_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {"0", "1", "-0.5", "1.5", "nan", "inf", "0.0", "1e-400"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char new[40];
        snprintf(new, sizeof new, "{m: %s, u: 0.5} #", bad[i]);
        size_t line = put_changed(f, "\nsex:", "{m:", new);
        assert_int_equal(ho_weights_load(f->path, &f->read, &f->error), HO_REJECT);
        char place[100];
        snprintf(place, sizeof place, "%s:%zu: ", f->path, line);
        assert_memory_equal(f->error.text, place, strlen(place));
    }
    size_t line = put_changed(f, "\nsex:", "{m:", "{u: 1.5, m: 0.5} # {m:");
    expect(f, line, "sex.equal.u is a probability: give a number above 0 and below 1");
}

static void what_is_no_number_is_refused(void **state)
{
    struct fixture *f = *state;
    size_t line = put_changed(f, "\nsex:", "{m:", "{m: often, u: 0.5} # {m:");
    expect(f, line, "a number is needed here");
}

static void thresholds_in_the_wrong_order_are_refused(void **state)
{
    struct fixture *f = *state;
    size_t line = put_changed(f, "", "review_bits:", "review_bits: 999 #");
    expect(f, line, "review_bits is above link_bits; a score that links is not too low for a review");
}

static void a_threshold_that_is_no_number_is_refused(void **state)
{
    struct fixture *f = *state;
    size_t line = put_changed(f, "", "link_bits:", "link_bits: nan #");
    expect(f, line, "link_bits lies between -1000 and 1000");
}

static void an_empty_file_is_refused(void **state)
{
    struct fixture *f = *state;
    put(f, "");
    expect(f, 1, "the file is empty; fill or remove it");
}

static void a_file_that_is_not_there_is_named(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ho_weights_load("nowhere/weights.yaml", &f->read, &f->error), HO_FATAL);
    assert_string_equal(f->error.text, "nowhere/weights.yaml cannot be read (No such file or directory)");
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(the_file_of_this_repository_is_the_built_in_weights),
        PROPERTY(the_file_of_this_repository_is_as_it_is_written),
        PROPERTY(what_is_written_is_read_back_to_the_last_bit),
        PROPERTY(the_order_of_fields_and_levels_does_not_matter),
        PROPERTY(a_missing_level_is_named),
        PROPERTY(a_missing_field_is_named),
        PROPERTY(a_missing_threshold_is_named),
        PROPERTY(a_missing_probability_is_named),
        PROPERTY(an_unknown_level_is_refused_with_those_that_are_known),
        PROPERTY(missing_has_no_weight),
        PROPERTY(an_unknown_field_is_refused),
        PROPERTY(a_level_that_stands_twice_is_refused),
        PROPERTY(what_is_no_probability_is_refused),
        PROPERTY(what_is_no_number_is_refused),
        PROPERTY(thresholds_in_the_wrong_order_are_refused),
        PROPERTY(a_threshold_that_is_no_number_is_refused),
        PROPERTY(an_empty_file_is_refused),
        PROPERTY(a_file_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
