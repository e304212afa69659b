// The roster's CSV reader and what a row may say.
#include "../support/unit.h"

#include "roster/csv.h"
#include "roster/rows.h"

// Everything that a reader gave, as text: "line|field|field|" and "!fault" a record.
struct collected {
    char text[4096];
    size_t n;
};

static void collect(void *context, const struct ho_csv_record *record)
{
    struct collected *c = context;
    c->n += (size_t)snprintf(c->text + c->n, sizeof c->text - c->n, "%d|", (int)record->line);
    for (size_t i = 0; i < record->n; i++)
        c->n += (size_t)snprintf(c->text + c->n, sizeof c->text - c->n, "%.*s|", HO_BYTES_ARG(record->fields[i]));
    if (record->fault)
        c->n += (size_t)snprintf(c->text + c->n, sizeof c->text - c->n, "!%s", record->fault);
    c->n += (size_t)snprintf(c->text + c->n, sizeof c->text - c->n, "\n");
}

static void read_parts(struct ho_bytes bytes, size_t first, size_t second, struct collected *out)
{
    *out = (struct collected){0};
    struct ho_csv *csv = ho_csv_new(collect, out);
    ho_csv_feed(csv, ho_bytes_from(bytes.p, first));
    ho_csv_feed(csv, ho_bytes_from(bytes.p + first, second - first));
    ho_csv_feed(csv, ho_bytes_from(bytes.p + second, bytes.n - second));
    ho_csv_end(csv);
    ho_csv_free(csv);
}

static void expect(const char *text, const char *wanted)
{
    struct collected got;
    read_parts(ho_bytes_of(text), 0, 0, &got);
    assert_string_equal(got.text, wanted);
}

static void fields_are_separated_by_commas(void **state)
{
    (void)state;
    expect("a,b,c\n1,,3\n", "1|a|b|c|\n2|1||3|\n");
    expect("a,b,\n", "1|a|b||\n");
    expect(",\n", "1|||\n");
}

static void the_last_line_needs_no_end(void **state)
{
    (void)state;
    expect("a,b\nc,d", "1|a|b|\n2|c|d|\n");
    expect("a,", "1|a||\n");
    expect("\"a\"", "1|a|\n");
}

static void every_kind_of_line_end_counts_once(void **state)
{
    (void)state;
    expect("a\r\nb\rc\nd", "1|a|\n2|b|\n3|c|\n4|d|\n");
    expect("\r\n\r\n\na\n", "4|a|\n");
}

static void quoted_fields_hold_commas_marks_and_line_ends(void **state)
{
    (void)state;
    expect("\"a,b\",\"c\"\"d\",\"e\nf\r\ng\"\nh\n", "1|a,b|c\"d|e\nf\r\ng|\n4|h|\n");
    expect("\"\",\"\"\"\"\n", "1||\"|\n");
    expect("\"\"\n", "1||\n");
}

static void a_byte_order_mark_is_dropped_at_the_start_only(void **state)
{
    (void)state;
    expect("\xEF\xBB\xBF"
           "a\n\xEF\xBB\xBF"
           "b\n",
           "1|a|\n2|\xEF\xBB\xBF"
           "b|\n");
    expect("\xEF\xBB", "1|\xEF\xBB|\n");
    expect("\xEF\xEF", "1|\xEF\xEF|\n");
}

static void an_empty_input_has_no_records(void **state)
{
    (void)state;
    expect("", "");
    expect("\xEF\xBB\xBF", "");
    expect("\n\n", "");
}

static void a_wrong_record_is_told_and_the_next_is_read(void **state)
{
    (void)state;
    expect("a\"b,c\nd\n", "1|a\"b|c|!a quotation mark inside a field that does not begin with one\n2|d|\n");
    expect("\"a\"b,c\nd\n", "1|ab|c|!text after a closing quotation mark\n2|d|\n");
    expect("a\n\"b,c\n", "1|a|\n2|b,c\n|!a quotation mark is not closed\n");
}

static void every_split_gives_the_same_records(void **state)
{
    (void)state;
    static const char text[] = "\xEF\xBB\xBFid,\"na\"\"me\",x\r\n1,\"a\nb\r\nc\",\r\n\r\n2,q\"r,\xC3\xA9\r3,\"s\"t\n4";
    struct ho_bytes bytes = ho_bytes_from(text, sizeof text - 1);
    struct collected whole, got;
    read_parts(bytes, 0, 0, &whole);
    assert_non_null(strstr(whole.text, "8|4|"));
    for (size_t first = 0; first <= bytes.n; first++)
        for (size_t second = first; second <= bytes.n; second++) {
            read_parts(bytes, first, second, &got);
            assert_string_equal(got.text, whole.text);
        }
}

static void count_records(void *context, const struct ho_csv_record *record)
{
    int *counts = context;
    counts[record->fault != NULL]++;
}

static void a_record_has_at_most_64_kib(void **state)
{
    (void)state;
    int counts[2] = {0};
    struct ho_csv *csv = ho_csv_new(count_records, counts);
    ho_csv_feed(csv, HO_BYTES_LITERAL("\""));
    for (int i = 0; i < HO_CSV_RECORD_BYTES_MAX; i++)
        ho_csv_feed(csv, HO_BYTES_LITERAL("x"));
    ho_csv_feed(csv, HO_BYTES_LITERAL("\"\n"));
    assert_int_equal(counts[0], 1);
    ho_csv_feed(csv, HO_BYTES_LITERAL("\""));
    for (int i = 0; i <= HO_CSV_RECORD_BYTES_MAX; i++)
        ho_csv_feed(csv, HO_BYTES_LITERAL("x"));
    ho_csv_feed(csv, HO_BYTES_LITERAL(",\",\nnext\n"));
    ho_csv_end(csv);
    ho_csv_free(csv);
    assert_int_equal(counts[1], 1);
    assert_int_equal(counts[0], 2);
}

static void a_record_has_at_most_256_columns(void **state)
{
    (void)state;
    int counts[2] = {0};
    struct ho_csv *csv = ho_csv_new(count_records, counts);
    for (int i = 0; i < HO_CSV_FIELDS_MAX - 1; i++)
        ho_csv_feed(csv, HO_BYTES_LITERAL(","));
    ho_csv_feed(csv, HO_BYTES_LITERAL("\n"));
    assert_int_equal(counts[0], 1);
    for (int i = 0; i < HO_CSV_FIELDS_MAX; i++)
        ho_csv_feed(csv, HO_BYTES_LITERAL(","));
    ho_csv_feed(csv, HO_BYTES_LITERAL("\na\n"));
    ho_csv_end(csv);
    ho_csv_free(csv);
    assert_int_equal(counts[1], 1);
    assert_int_equal(counts[0], 2);
}

// ---- Rows ------------------------------------------------------------------------------------------

struct rows {
    struct ho_arena *arena;
    struct ho_csv *csv; // the row's texts lie in it
    struct ho_roster_header header;
    bool header_seen;
    struct ho_roster_row row; // the last one
    bool good;
    char faults[1024];
};

static void note_fault(void *context, const struct ho_roster_fault *fault)
{
    struct rows *r = context;
    size_t n = strlen(r->faults);
    snprintf(r->faults + n, sizeof r->faults - n, "%d %s: %s\n", (int)fault->line, fault->column, fault->what);
}

static void take(void *context, const struct ho_csv_record *record)
{
    struct rows *r = context;
    const struct ho_roster_faults faults = {note_fault, r};
    const char *unknown;
    if (r->header_seen) {
        r->good = ho_roster_row_read(r->arena, &r->header, record, &faults, &r->row);
        return;
    }
    r->header_seen = true;
    r->good = ho_roster_header_read(r->arena, record, &faults, &r->header, &unknown);
    if (*unknown)
        note_fault(r, &(struct ho_roster_fault){record->line, unknown, "unknown"});
}

static int rows_set_up(void **state)
{
    struct rows *r = calloc(1, sizeof *r);
    r->arena = ho_arena_new(0);
    *state = r;
    return 0;
}

static int rows_tear_down(void **state)
{
    struct rows *r = *state;
    ho_csv_free(r->csv);
    ho_arena_free(r->arena);
    free(r);
    return 0;
}

static bool read_rows(struct rows *r, const char *text)
{
    r->header_seen = false;
    r->faults[0] = '\0';
    ho_csv_free(r->csv);
    r->csv = ho_csv_new(take, r);
    ho_csv_feed(r->csv, ho_bytes_of(text));
    ho_csv_end(r->csv);
    return r->good;
}

static void columns_are_found_by_name_in_any_order(void **state)
{
    struct rows *r = *state;
    assert_true(read_rows(r, "sex, birth_date ,member_id\nf,1950-01-02, M1 \n"));
    assert_bytes(r->row.text[HO_ROSTER_MEMBER_ID], "M1");
    assert_bytes(r->row.text[HO_ROSTER_SEX], "F");
    assert_int_equal(r->row.date[HO_ROSTER_BIRTH_DATE], 19500102);
    assert_bytes(r->row.text[HO_ROSTER_SURNAME], "");
    assert_string_equal(r->faults, "");
}

static void unknown_columns_are_named_once(void **state)
{
    struct rows *r = *state;
    assert_true(read_rows(r, "member_id,shoe size,colour\nM1,44,red\n"));
    assert_string_equal(r->faults, "1 shoe size, colour: unknown\n");
}

static void a_header_needs_member_id_and_no_name_twice(void **state)
{
    struct rows *r = *state;
    assert_false(read_rows(r, "surname\n"));
    assert_non_null(strstr(r->faults, "1 member_id: is missing"));
    assert_false(read_rows(r, "member_id,cin,cin\n"));
    assert_string_equal(r->faults, "1 cin: stands twice in the header\n");
}

static void dates_are_either_form_and_real(void **state)
{
    struct rows *r = *state;
    assert_true(read_rows(r, "member_id,birth_date\nM1,20000229\n"));
    assert_int_equal(r->row.date[HO_ROSTER_BIRTH_DATE], 20000229);
    assert_false(read_rows(r, "member_id,birth_date\nM1,20010229\n"));
    assert_string_equal(r->faults, "2 birth_date: is no date (YYYYMMDD or YYYY-MM-DD)\n");
    assert_false(read_rows(r, "member_id,program,enrolled_from\nM1,ECM,next week\n"));
    assert_non_null(strstr(r->faults, "2 enrolled_from: is no date"));
}

static void faults_repeat_no_value(void **state)
{
    struct rows *r = *state;
    assert_false(read_rows(r, "member_id,birth_date,sex,coordinator_email\nM1,SECRET1,SECRET2,SECRET3\n"));
    assert_null(strstr(r->faults, "SECRET"));
    assert_non_null(strstr(r->faults, "2 birth_date: "));
    assert_non_null(strstr(r->faults, "2 sex: "));
    assert_non_null(strstr(r->faults, "2 coordinator_email: "));
}

static void latin_1_is_told_with_line_and_column(void **state)
{
    struct rows *r = *state;
    assert_false(read_rows(r, "member_id,surname\nM1,Nu\xF1"
                              "ez\n"));
    assert_non_null(strstr(r->faults, "2 surname: holds bytes that are not UTF-8"));
    assert_true(read_rows(r, "member_id,surname\nM1,Nu\xC3\xB1"
                             "ez\n"));
}

static void a_row_of_another_width_is_told(void **state)
{
    struct rows *r = *state;
    assert_false(read_rows(r, "member_id,surname\nM1\n"));
    assert_string_equal(r->faults, "2 : has 1 columns where the header has 2\n");
    assert_bytes(r->row.text[HO_ROSTER_MEMBER_ID], "M1");
}

static void enrolment_dates_need_a_program_and_an_order(void **state)
{
    struct rows *r = *state;
    assert_false(read_rows(r, "member_id,program,enrolled_from\nM1,,20250101\n"));
    assert_string_equal(r->faults, "2 program: is blank beside enrolment dates\n");
    assert_false(read_rows(r, "member_id,program,enrolled_from,enrolled_to\nM1,ECM,20250101,20241231\n"));
    assert_string_equal(r->faults, "2 enrolled_to: lies before enrolled_from\n");
}

static void line_ends_inside_a_value_become_blanks(void **state)
{
    struct rows *r = *state;
    assert_true(read_rows(r, "member_id,address\nM1,\"1 Main St\nApt 2\n\"\n"));
    assert_bytes(r->row.text[HO_ROSTER_ADDRESS], "1 Main St Apt 2");
}

static void a_value_has_at_most_256_bytes(void **state)
{
    struct rows *r = *state;
    char text[400] = "member_id,surname\nM1,";
    size_t n = strlen(text);
    memset(text + n, 'x', HO_ROSTER_FIELD_BYTES_MAX);
    assert_true(read_rows(r, text));
    text[n + HO_ROSTER_FIELD_BYTES_MAX] = 'x';
    assert_false(read_rows(r, text));
    assert_string_equal(r->faults, "2 surname: is longer than 256 bytes\n");
}

static void several_cins_are_kept_in_one_form_and_one_as_it_is(void **state)
{
    struct rows *r = *state;
    assert_true(read_rows(r, "member_id,cin\nM1,91234567a ; 98765432C\n"));
    assert_bytes(r->row.text[HO_ROSTER_CIN], "91234567A 98765432C");
    assert_true(read_rows(r, "member_id,cin\nM1,\"91234567A,91234567A\"\n"));
    assert_bytes(r->row.text[HO_ROSTER_CIN], "91234567A");
    assert_true(read_rows(r, "member_id,cin\nM1,12-345\n"));
    assert_bytes(r->row.text[HO_ROSTER_CIN], "12-345");
}

static void a_wrong_one_of_several_cins_is_told_without_a_value(void **state)
{
    struct rows *r = *state;
    assert_false(read_rows(r, "member_id,cin\nM1,91234567A 9876543\n"));
    assert_non_null(strstr(r->faults, "2 cin: holds several numbers, and one is no CIN"));
    assert_null(strstr(r->faults, "9876543"));
    assert_false(read_rows(r, "member_id,cin\nM1,90000001A 90000002A 90000003A 90000004A 90000005A 90000006A 90000007A "
                              "90000008A 90000009A\n"));
    assert_non_null(strstr(r->faults, "2 cin: holds more than 8 CINs"));
}

static void lists_are_kept_in_one_form_and_wrong_words_are_told_without_a_value(void **state)
{
    struct rows *r = *state;
    assert_true(read_rows(r, "member_id,conditions,needs\nM1,Diabetes; smi;; diabetes ,\"food,child-care\"\n"));
    assert_bytes(r->row.text[HO_ROSTER_CONDITIONS], "diabetes smi");
    assert_bytes(r->row.text[HO_ROSTER_NEEDS], "food child-care");
    assert_true(read_rows(r, "member_id,conditions,needs\nM1,;,\n"));
    assert_int_equal(0, r->row.text[HO_ROSTER_CONDITIONS].n);
    assert_false(read_rows(r, "member_id,conditions\nM1,asthma co_pd\n"));
    assert_non_null(strstr(r->faults, "2 conditions: holds something that is no word"));
    assert_null(strstr(r->faults, "co_pd"));
    assert_false(read_rows(r, "member_id,needs\nM1,food money\n"));
    assert_non_null(strstr(r->faults, "2 needs: holds a word that is none of its words"));
    assert_null(strstr(r->faults, "money"));
}

static void a_choice_is_one_of_its_words(void **state)
{
    struct rows *r = *state;
    assert_true(read_rows(r, "member_id,homeless,risk,dual,pregnant_until\nM1,Chronic,HIGH,No,2026-05-04\n"));
    assert_bytes(r->row.text[HO_ROSTER_HOMELESS], "chronic");
    assert_bytes(r->row.text[HO_ROSTER_RISK], "high");
    assert_bytes(r->row.text[HO_ROSTER_DUAL], "");
    assert_int_equal(20260504, r->row.date[HO_ROSTER_PREGNANT_UNTIL]);
    assert_false(read_rows(r, "member_id,homeless,dual\nM1,maybe,no yes\n"));
    assert_string_equal(r->faults, "2 homeless: is none of: no yes chronic\n2 dual: is none of: no yes\n");
}

static void a_fact_counts_in_the_digest_under_its_column(void **state)
{
    struct rows *r = *state;
    uint8_t none[HO_ID_BYTES], condition[HO_ID_BYTES], need[HO_ID_BYTES];
    read_rows(r, "member_id,conditions,dual\nM1,,no\n");
    ho_roster_row_person(&r->row, none);
    read_rows(r, "member_id,conditions\nM1,disability\n");
    ho_roster_row_person(&r->row, condition);
    read_rows(r, "member_id,needs\nM1,disability\n");
    ho_roster_row_person(&r->row, need);
    assert_memory_not_equal(none, condition, sizeof none);
    assert_memory_not_equal(condition, need, sizeof need);
    read_rows(r, "member_id\nM1\n");
    ho_roster_row_person(&r->row, need);
    assert_memory_equal(none, need, sizeof none);
}

static void rows_about_one_person_have_one_digest(void **state)
{
    struct rows *r = *state;
    uint8_t a[HO_ID_BYTES], b[HO_ID_BYTES], c[HO_ID_BYTES];
    read_rows(r, "member_id,given,program\nM1,Ana,ECM\n");
    ho_roster_row_person(&r->row, a);
    read_rows(r, "member_id,given,program\nM1,Ana,HHP\n");
    ho_roster_row_person(&r->row, b);
    read_rows(r, "member_id,given,program\nM1,Anna,ECM\n");
    ho_roster_row_person(&r->row, c);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
}

static void updates_are_held_to_the_same_rules(void **state)
{
    struct rows *r = *state;
    ho_enrolment one = HANDOFF__V1__ENROLMENT__INIT, two = HANDOFF__V1__ENROLMENT__INIT;
    ho_enrolment *list[] = {&one, &two};
    ho_member member = HANDOFF__V1__MEMBER__INIT;
    ho_roster_update update = HANDOFF__V1__ROSTER_UPDATE__INIT;
    char id[] = "M1", program[] = "ECM", bad[] = "not@an@address", blank[] = "";
    char two_cins[] = "91234567A;98765432C", bad_cins[] = "91234567A;98765432";
    size_t n;
    update.member = &member;
    member.member_id = id;
    member.enrolments = list;
    member.n_enrolments = 2;
    one.program = two.program = program;
    one.enrolled_from = 20250101;
    two.enrolled_from = 20260101;
    assert_non_null(ho_roster_rows_of_update(r->arena, &update, &n));
    assert_int_equal(n, 2);
    two.enrolled_from = 20250101;
    assert_null(ho_roster_rows_of_update(r->arena, &update, &n));
    two.enrolled_from = 20251301;
    assert_null(ho_roster_rows_of_update(r->arena, &update, &n));
    member.n_enrolments = 0;
    member.cin = bad_cins;
    assert_null(ho_roster_rows_of_update(r->arena, &update, &n));
    member.cin = two_cins;
    const struct ho_roster_row *row = ho_roster_rows_of_update(r->arena, &update, &n);
    assert_non_null(row);
    assert_bytes(row->text[HO_ROSTER_CIN], "91234567A 98765432C");
    member.coordinator_email = bad;
    assert_null(ho_roster_rows_of_update(r->arena, &update, &n));
    member.coordinator_email = blank;
    member.member_id = blank;
    assert_null(ho_roster_rows_of_update(r->arena, &update, &n));
}

int main(void)
{
#define ROWS(test) cmocka_unit_test_setup_teardown(test, rows_set_up, rows_tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_separated_by_commas),
        cmocka_unit_test(the_last_line_needs_no_end),
        cmocka_unit_test(every_kind_of_line_end_counts_once),
        cmocka_unit_test(quoted_fields_hold_commas_marks_and_line_ends),
        cmocka_unit_test(a_byte_order_mark_is_dropped_at_the_start_only),
        cmocka_unit_test(an_empty_input_has_no_records),
        cmocka_unit_test(a_wrong_record_is_told_and_the_next_is_read),
        cmocka_unit_test(every_split_gives_the_same_records),
        cmocka_unit_test(a_record_has_at_most_64_kib),
        cmocka_unit_test(a_record_has_at_most_256_columns),
        ROWS(columns_are_found_by_name_in_any_order),
        ROWS(unknown_columns_are_named_once),
        ROWS(a_header_needs_member_id_and_no_name_twice),
        ROWS(dates_are_either_form_and_real),
        ROWS(faults_repeat_no_value),
        ROWS(latin_1_is_told_with_line_and_column),
        ROWS(a_row_of_another_width_is_told),
        ROWS(enrolment_dates_need_a_program_and_an_order),
        ROWS(line_ends_inside_a_value_become_blanks),
        ROWS(a_value_has_at_most_256_bytes),
        ROWS(several_cins_are_kept_in_one_form_and_one_as_it_is),
        ROWS(a_wrong_one_of_several_cins_is_told_without_a_value),
        ROWS(lists_are_kept_in_one_form_and_wrong_words_are_told_without_a_value),
        ROWS(a_choice_is_one_of_its_words),
        ROWS(a_fact_counts_in_the_digest_under_its_column),
        ROWS(rows_about_one_person_have_one_digest),
        ROWS(updates_are_held_to_the_same_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
