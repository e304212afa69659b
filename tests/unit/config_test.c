#include "handoff/platform/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct settings {
    const char *brokers, *url, *address;
    int64_t limit;
    bool fast;
};

static const struct ho_option options[] = {
    {.name = "kafka-brokers",
     .fallback = "127.0.0.1:9092",
     .offset = offsetof(struct settings, brokers),
     .help = "Where Kafka is."},
    {.name = "database-url",
     .fallback = "",
     .secret = true,
     .offset = offsetof(struct settings, url),
     .help = "The database."},
    {.name = "admin-address",
     .type = HO_OPTION_ADDRESS,
     .fallback = "",
     .offset = offsetof(struct settings, address),
     .help = "The admin port."},
    {.name = "limit",
     .type = HO_OPTION_INTEGER,
     .fallback = "10",
     .least = 1,
     .most = 100,
     .offset = offsetof(struct settings, limit),
     .help = "A limit."},
    {.name = "fast",
     .type = HO_OPTION_BOOLEAN,
     .fallback = "false",
     .offset = offsetof(struct settings, fast),
     .help = "Be fast."},
};

static const struct ho_option_table table = {"handoff-test", "Tests the options.", options,
                                             sizeof options / sizeof *options};

static const struct ho_option needed[] = {
    {.name = "must-have", .fallback = NULL, .offset = 0, .help = "A thing."},
};

static const struct ho_option_table strict = {"handoff-test", "Tests the options.", needed, 1};

enum { MAX_ARGS = 8, OUTPUT_BYTES = 8192 };

// Fills argv behind the program's name; returns argc.
static int arguments(char **argv, const char *const *args)
{
    int n = 1;
    static char program[] = "handoff-test";
    argv[0] = program;
    for (; args[n - 1]; n++)
        argv[n] = (char *)args[n - 1];
    argv[n] = NULL;
    return n;
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static int read_into(struct settings *s, const char *const *args)
{
    char *argv[MAX_ARGS + 1];
    int argc = arguments(argv, args);
    return ho_config_read(&table, argc, argv, s);
}

static char output[OUTPUT_BYTES];

// Runs it in a child, for it ends the program. Returns the exit status, 99 where it came back.
static int run(const struct ho_option_table *t, const char *const *args)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        struct settings s;
        char *argv[MAX_ARGS + 1];
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        ho_config_read(t, arguments(argv, args), argv, &s);
        _exit(99);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; (got = read(ends[0], output + n, sizeof output - 1 - n)) > 0;)
        n += (size_t)got;
    output[n] = '\0';
    close(ends[0]);
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void assert_output(const char *part)
{
    if (!strstr(output, part))
        fail_msg("no '%s' in:\n%s", part, output);
}

static int clear_environment(void **state)
{
    (void)state;
    return unsetenv("HANDOFF_LIMIT") || unsetenv("HANDOFF_DATABASE_URL") || unsetenv("HANDOFF_KAFKA_BROKERS") ||
           unsetenv("HANDOFF_ADMIN_ADDRESS") || unsetenv("HANDOFF_FAST") || unsetenv("HANDOFF_MUST_HAVE");
}

static void defaults_stand_where_nothing_is_given(void **state)
{
    struct settings s;
    (void)state;
    assert_int_equal(read_into(&s, (const char *const[]){NULL}), 1);
    assert_string_equal(s.brokers, "127.0.0.1:9092");
    assert_string_equal(s.url, "");
    assert_string_equal(s.address, "");
    assert_int_equal(s.limit, 10);
    assert_false(s.fast);
}

static void the_flag_wins_over_the_variable_over_the_default(void **state)
{
    struct settings s;
    (void)state;
    setenv("HANDOFF_LIMIT", "20", 1);
    setenv("HANDOFF_FAST", "yes", 1);
    read_into(&s, (const char *const[]){NULL});
    assert_int_equal(s.limit, 20);
    assert_true(s.fast);
    read_into(&s, ARGS("--limit", "30", "--fast=false"));
    assert_int_equal(s.limit, 30);
    assert_false(s.fast);
}

static void a_value_follows_its_flag_or_an_equals_sign(void **state)
{
    struct settings s;
    (void)state;
    assert_int_equal(read_into(&s, ARGS("--kafka-brokers", "a:1", "--admin-address=[::1]:0", "--fast", "FILE")), 5);
    assert_string_equal(s.brokers, "a:1");
    assert_string_equal(s.address, "[::1]:0");
    assert_true(s.fast);
}

static void two_dashes_end_the_flags(void **state)
{
    struct settings s;
    (void)state;
    assert_int_equal(read_into(&s, ARGS("--fast", "--", "--limit")), 3);
    assert_int_equal(s.limit, 10);
}

static void an_unknown_flag_is_refused_with_the_nearest(void **state)
{
    (void)state;
    assert_int_equal(run(&table, ARGS("--kafka-broker", "x")), 2);
    assert_output("--kafka-broker");
    assert_output("the nearest is --kafka-brokers");
    assert_int_equal(run(&table, ARGS("--hepl")), 2);
    assert_output("the nearest is --help");
}

static void a_number_out_of_range_is_refused_with_the_range(void **state)
{
    (void)state;
    static const char *const wrong[] = {"0", "101", "ten", "", "1x", " 1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(run(&table, ARGS("--limit", wrong[i])), 2);
        assert_output("--limit: '");
        assert_output("from 1 to 100");
    }
    setenv("HANDOFF_LIMIT", "0", 1);
    assert_int_equal(run(&table, (const char *const[]){NULL}), 2);
    assert_output("HANDOFF_LIMIT: '0'");
}

static void wrong_booleans_addresses_and_missing_values_are_refused(void **state)
{
    (void)state;
    assert_int_equal(run(&table, ARGS("--fast=maybe")), 2);
    assert_output("neither true nor false");
    assert_int_equal(run(&table, ARGS("--admin-address", "8080")), 2);
    assert_output("host:port");
    assert_int_equal(run(&table, ARGS("--limit")), 2);
    assert_output("--limit needs a value");
}

static void what_must_be_given_is_asked_for(void **state)
{
    (void)state;
    assert_int_equal(run(&strict, (const char *const[]){NULL}), 2);
    assert_output("--must-have or HANDOFF_MUST_HAVE must be given");
    assert_int_equal(run(&strict, ARGS("--must-have", "x")), 99);
}

static void secrets_are_never_printed(void **state)
{
    (void)state;
    setenv("HANDOFF_DATABASE_URL", "postgres://u:hunter2@h/d", 1);
    assert_int_equal(run(&table, ARGS("--limit=11", "--print-config")), 0);
    assert_output("database-url = (set)  # variable\n");
    assert_output("limit = 11  # flag\n");
    assert_output("fast = false  # default\n");
    assert_null(strstr(output, "hunter2"));
}

static void help_names_flag_variable_default_and_range(void **state)
{
    (void)state;
    assert_int_equal(run(&table, ARGS("--help")), 0);
    assert_output("handoff-test: Tests the options.\n");
    assert_output("  --limit N                  A limit.\n"
                  "                             HANDOFF_LIMIT (1 to 100; default 10)\n");
    assert_output("HANDOFF_ADMIN_ADDRESS (default none)");
    assert_int_equal(run(&table, ARGS("--help=markdown")), 0);
    assert_output("| `--limit` | `HANDOFF_LIMIT` | 1 to 100; default 10 | A limit. |\n");
}

static void version_is_printed(void **state)
{
    (void)state;
    assert_int_equal(run(&table, ARGS("--version")), 0);
    assert_string_equal(output, "handoff-test " HO_VERSION "\n");
}

static void addresses_are_split_and_others_refused(void **state)
{
    static const char *const wrong[] = {"",     ":1",   "a",    "a:",     "a:b", "a:65536",
                                        "a:-1", "a:+1", "a: 1", "::1:80", "[]:1"};
    char host[16];
    uint16_t port;
    (void)state;
    assert_true(ho_address_split("localhost:65535", host, sizeof host, &port));
    assert_string_equal(host, "localhost");
    assert_int_equal(port, 65535);
    assert_true(ho_address_split("[::1]:0", host, sizeof host, &port));
    assert_string_equal(host, "::1");
    assert_int_equal(port, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(ho_address_split(wrong[i], host, sizeof host, &port));
    assert_false(ho_address_split("a-host-name-of-16:1", host, sizeof host, &port));
}

#define TEST(f) cmocka_unit_test_setup(f, clear_environment)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(defaults_stand_where_nothing_is_given),
        TEST(the_flag_wins_over_the_variable_over_the_default),
        TEST(a_value_follows_its_flag_or_an_equals_sign),
        TEST(two_dashes_end_the_flags),
        TEST(an_unknown_flag_is_refused_with_the_nearest),
        TEST(a_number_out_of_range_is_refused_with_the_range),
        TEST(wrong_booleans_addresses_and_missing_values_are_refused),
        TEST(what_must_be_given_is_asked_for),
        TEST(secrets_are_never_printed),
        TEST(help_names_flag_variable_default_and_range),
        TEST(version_is_printed),
        TEST(addresses_are_split_and_others_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
