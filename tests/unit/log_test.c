#include "handoff/platform/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

enum { LINE_BYTES = 1 << 16 };

static int saved_stderr, reader;
static char line[LINE_BYTES];

static void begin(const char *format)
{
    int ends[2];
    setenv("HANDOFF_LOG_FORMAT", format, 1);
    ho_log_init("unit test", HO_INFO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    saved_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    reader = ends[0];
}

// What one read gives: a pipe in packet-free mode still holds what one write put there.
static const char *end(void)
{
    ssize_t n = read(reader, line, sizeof line - 1);
    line[n > 0 ? n : 0] = '\0';
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    close(reader);
    return line;
}

static json_t *end_json(void)
{
    json_error_t error;
    const char *text = end();
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!object)
        fail_msg("%s in: %s", error.text, text);
    return object;
}

static void assert_text(const json_t *object, const char *key, const char *value)
{
    assert_string_equal(json_string_value(json_object_get(object, key)), value);
}

static void json_has_time_level_service_message_and_typed_fields(void **state)
{
    (void)state;
    begin("json");
    ho_log(HO_WARN, "batch committed", "partition=%d seconds=%s topic=%s live=%s note=\"%s\"", 3, "-0.25",
           "adt.inbound", "true", "two words");
    json_t *o = end_json();
    assert_text(o, "level", "warn");
    assert_text(o, "service", "unit test");
    assert_text(o, "message", "batch committed");
    assert_int_equal(json_integer_value(json_object_get(o, "partition")), 3);
    assert_true(json_real_value(json_object_get(o, "seconds")) == -0.25);
    assert_text(o, "topic", "adt.inbound");
    assert_true(json_is_true(json_object_get(o, "live")));
    assert_text(o, "note", "two words");
    json_decref(o);
}

static void the_time_is_rfc_3339_in_utc(void **state)
{
    (void)state;
    begin("json");
    ho_log(HO_INFO, "m", "%s", "");
    json_t *o = end_json();
    const char *time = json_string_value(json_object_get(o, "time"));
    for (size_t i = 0; i < 24; i++) {
        char kind = "dddd-dd-ddTdd:dd:dd.dddZ"[i];
        assert_true(kind == 'd' ? time[i] >= '0' && time[i] <= '9' : time[i] == kind);
    }
    assert_int_equal(strlen(time), 24);
    assert_memory_equal(time, "20", 2);
    json_decref(o);
}

static void quotes_and_controls_in_a_value_stay_in_it(void **state)
{
    (void)state;
    begin("json");
    ho_log(HO_INFO, "m", "error=\"%s\" next=%d", "near \"x\" or \"y\"\n\x01\\", 7);
    json_t *o = end_json();
    assert_text(o, "error", "near \"x\" or \"y\"\n\x01\\");
    assert_int_equal(json_integer_value(json_object_get(o, "next")), 7);
    json_decref(o);
}

static void no_value_forges_what_the_line_says_of_itself(void **state)
{
    (void)state;
    begin("json");
    ho_log(HO_INFO, "m", "a=%s b=\"%s\"", "x level=error", "x\" message=\"forged");
    json_t *o = end_json();
    assert_text(o, "level", "info");
    assert_text(o, "message", "m");
    json_decref(o);
}

static void what_only_looks_like_a_number_stays_text(void **state)
{
    static const char *const texts[] = {"007", "1.", ".5", "-", "1e5", "12345678901234567890", "+1", "1.2.3", "0x1"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        begin("json");
        ho_log(HO_INFO, "m", "v=%s q=\"12\"", texts[i]);
        json_t *o = end_json();
        assert_text(o, "v", texts[i]);
        assert_text(o, "q", "12");
        json_decref(o);
    }
}

static void bytes_that_are_no_utf8_show_as_the_replacement_character(void **state)
{
    (void)state;
    begin("json");
    ho_log(HO_INFO, "m", "v=\"%s\"", "M\xFCller \xC3\xBC \xED\xA0\x80");
    json_t *o = end_json();
    assert_text(o, "v", "M\xEF\xBF\xBDller \xC3\xBC \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    json_decref(o);
}

static void any_bytes_make_one_whole_json_line(void **state)
{
    (void)state;
    char noise[6000];
    srandom(1);
    for (int round = 0; round < 300; round++) {
        size_t n = (size_t)random() % (sizeof noise - 1);
        for (size_t i = 0; i < n; i++)
            noise[i] = (char)(round % 2 ? 1 + random() % 255 : "ab= \"\\\n\x01"[random() % 8]);
        noise[n] = '\0';
        begin("json");
        ho_log(HO_INFO, round % 3 ? "m" : noise, round % 5 ? "v=\"%s\"" : "v=%s", noise);
        const char *text = end();
        json_t *o = json_loads(text, 0, NULL);
        assert_non_null(o);
        assert_int_equal(text[strlen(text) - 1], '\n');
        json_decref(o);
    }
}

static void logfmt_quotes_what_needs_it(void **state)
{
    (void)state;
    begin("logfmt");
    ho_log(HO_ERROR, "went wrong", "n=1 plain=a-b text=\"two words\" quote=\"a\"b\" empty=\"\"");
    const char *text = end();
    assert_non_null(strstr(text, " level=error service=\"unit test\" message=\"went wrong\" n=1 plain=a-b "
                                 "text=\"two words\" quote=\"a\\\"b\" empty=\"\"\n"));
    assert_memory_equal(text, "time=20", 7);
}

static void lines_below_the_level_are_not_written(void **state)
{
    (void)state;
    begin("json");
    ho_log(HO_DEBUG, "m", "v=%d", 1);
    assert_string_equal(end(), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_time_level_service_message_and_typed_fields),
        cmocka_unit_test(the_time_is_rfc_3339_in_utc),
        cmocka_unit_test(quotes_and_controls_in_a_value_stay_in_it),
        cmocka_unit_test(no_value_forges_what_the_line_says_of_itself),
        cmocka_unit_test(what_only_looks_like_a_number_stays_text),
        cmocka_unit_test(bytes_that_are_no_utf8_show_as_the_replacement_character),
        cmocka_unit_test(any_bytes_make_one_whole_json_line),
        cmocka_unit_test(logfmt_quotes_what_needs_it),
        cmocka_unit_test(lines_below_the_level_are_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
