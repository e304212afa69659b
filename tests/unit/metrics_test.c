#include "handoff/platform/metrics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *page;

static void load(void)
{
    size_t n;
    free(page);
    page = ho_metrics_page(&n);
    assert_int_equal(strlen(page), n);
}

static void assert_line(const char *line)
{
    char wanted[400];
    load();
    snprintf(wanted, sizeof wanted, "%s\n", line);
    const char *at = strstr(page, wanted);
    if (!at || (at != page && at[-1] != '\n'))
        fail_msg("no line '%s' in:\n%s", line, page);
}

static void the_same_name_and_labels_are_one_metric(void **state)
{
    (void)state;
    char labels[] = "code=\"AA\"";
    struct ho_metric *m = ho_counter("t_same_total", "Help.", labels);
    labels[6] = 'X';
    assert_ptr_equal(ho_counter("t_same_total", "Help.", "code=\"AA\""), m);
    assert_ptr_not_equal(ho_counter("t_same_total", "Help.", "code=\"AE\""), m);
    ho_metric_add(m, 2);
    assert_true(ho_metric_value(m) == 2);
    assert_line("t_same_total{code=\"AA\"} 2");
    assert_line("t_same_total{code=\"AE\"} 0");
}

static void a_family_stands_together_under_one_head(void **state)
{
    (void)state;
    ho_counter("t_family_total", "Two of them.", "a=\"1\"");
    ho_gauge("t_between", "Between.", "");
    ho_counter("t_family_total", "Two of them.", "a=\"2\"");
    load();
    assert_non_null(strstr(page, "# HELP t_family_total Two of them.\n# TYPE t_family_total counter\n"
                                 "t_family_total{a=\"1\"} 0\nt_family_total{a=\"2\"} 0\n"));
}

static void help_is_escaped(void **state)
{
    (void)state;
    ho_gauge("t_help", "a\\b\nc", "");
    assert_line("# HELP t_help a\\\\b\\nc");
}

static void numbers_are_short_and_exact(void **state)
{
    (void)state;
    struct ho_metric *m = ho_gauge("t_number", "Help.", "");
    static const struct {
        double value;
        const char *line;
    } cases[] = {{0, "t_number 0"},           {0.1, "t_number 0.1"},
                 {-2.5, "t_number -2.5"},     {1e20, "t_number 1e+20"},
                 {INFINITY, "t_number +Inf"}, {-INFINITY, "t_number -Inf"},
                 {NAN, "t_number NaN"},       {9007199254740991.0, "t_number 9007199254740991"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ho_metric_set(m, cases[i].value);
        assert_line(cases[i].line);
    }
}

static void a_histogram_is_cumulative_and_ends_with_inf(void **state)
{
    (void)state;
    struct ho_metric *m = ho_histogram("t_seconds", "Help.", "stage=\"x\"");
    ho_metric_observe(m, 0.0005); // on a bound: within it
    ho_metric_observe(m, 0.3);
    ho_metric_observe(m, 1000);
    assert_line("# TYPE t_seconds histogram");
    assert_line("t_seconds_bucket{stage=\"x\",le=\"0.0005\"} 1");
    assert_line("t_seconds_bucket{stage=\"x\",le=\"0.25\"} 1");
    assert_line("t_seconds_bucket{stage=\"x\",le=\"0.5\"} 2");
    assert_line("t_seconds_bucket{stage=\"x\",le=\"600\"} 2");
    assert_line("t_seconds_bucket{stage=\"x\",le=\"+Inf\"} 3");
    assert_line("t_seconds_sum{stage=\"x\"} 1000.3005");
    assert_line("t_seconds_count{stage=\"x\"} 3");
    ho_metric_observe(ho_histogram("t_bare_seconds", "Help.", ""), 1);
    assert_line("t_bare_seconds_bucket{le=\"1\"} 1");
    assert_line("t_bare_seconds_count 1");
}

// A sample's line: name, labels where there are any, one blank, a number.
static const char *skip_name(const char *p)
{
    size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:");
    assert_true(n > 0 && !(p[0] >= '0' && p[0] <= '9'));
    return p + n;
}

static const char *skip_labels(const char *p)
{
    if (*p != '{')
        return p;
    do {
        p = skip_name(p + 1);
        assert_memory_equal(p, "=\"", 2);
        for (p += 2; *p != '"'; p++) {
            assert_true(*p && *p != '\n');
            p += *p == '\\';
        }
        p++;
    } while (*p == ',');
    assert_int_equal(*p, '}');
    return p + 1;
}

static void assert_sample(const char *line)
{
    char *end;
    const char *p = skip_labels(skip_name(line));
    assert_int_equal(*p, ' ');
    strtod(p + 1, &end);
    assert_true(end > p + 1);
    assert_int_equal(*end, '\n');
}

static void every_line_follows_the_grammar(void **state)
{
    (void)state;
    struct ho_arena *arena = ho_arena_new(0);
    const char *value = ho_label_escape(arena, "a\"b\\c\nd");
    assert_string_equal(value, "a\\\"b\\\\c\\nd");
    ho_gauge("t_quoted", "Help.", ho_arena_printf(arena, "v=\"%s\"", value));
    ho_arena_free(arena);
    ho_histogram("t_grammar_seconds", "Help.", "");
    load();
    for (const char *line = page; *line; line = strchr(line, '\n') + 1) {
        if (line[0] == '#')
            assert_true(strncmp(line, "# HELP ", 7) == 0 || strncmp(line, "# TYPE ", 7) == 0);
        else
            assert_sample(line);
    }
}

static int free_page(void **state)
{
    (void)state;
    free(page);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_name_and_labels_are_one_metric),
        cmocka_unit_test(a_family_stands_together_under_one_head),
        cmocka_unit_test(help_is_escaped),
        cmocka_unit_test(numbers_are_short_and_exact),
        cmocka_unit_test(a_histogram_is_cumulative_and_ends_with_inf),
        cmocka_unit_test(every_line_follows_the_grammar),
    };
    return cmocka_run_group_tests(tests, NULL, free_page);
}
