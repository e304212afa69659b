// What handoffctl simulate people promises about its files. One property a function.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "simulate_crowd.h"
#include "simulate_crowd_text.h"

enum { COLUMNS = 15, MEMBERS = 20000, QUERIES = 20000, KEY_BYTES = 200, MOST_ARGUMENTS = 24 };

// The roster's columns; a query has the feed for the CIN's place and the surname for the plan id's, and so on.
enum { ID, R_SURNAME = 3, R_GIVEN = 4, R_BIRTH = 7, R_PHONE = 9, R_ADDRESS = 10 };
enum { Q_SURNAME = 2, Q_GIVEN = 3, Q_BIRTH = 6, Q_PHONE = 8, Q_ADDRESS = 9 };

struct table {
    char *text;
    char *header;
    char **cells; // COLUMNS a row, or 3
    size_t n_rows, n_columns;
    uint64_t digest;
};

struct output {
    struct table roster, queries, truth;
};

static struct output hard, everyday;

static int status_of(const char *arguments, const char *folder)
{
    char *copy = strdup(arguments), *argv[MOST_ARGUMENTS], *rest = NULL, out_name[] = "--out", out_value[64] = "";
    int argc = 0;
    assert_non_null(copy);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    if (folder) {
        ho_crowd_copy(out_value, sizeof out_value, folder);
        argv[argc++] = out_name;
        argv[argc++] = out_value;
    }
    int status = ho_crowd_main(argc, argv);
    free(copy);
    return status;
}

static char *read_text(const char *folder, const char *name)
{
    char path[128];
    assert_true(snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, size, file), size);
    text[size] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_int_equal(unlink(path), 0);
    return text;
}

// Ends the cell at *p and steps behind it. `last` is what must follow it.
static char *take_cell(char **p, char last)
{
    bool quoted = **p == '"';
    char *cell = *p + quoted;
    char *end = cell + strcspn(cell, quoted ? "\"" : ",\n");
    *p = end + quoted;
    assert_int_equal(**p, last);
    **p = '\0';
    *end = '\0';
    (*p)++;
    return cell;
}

static void read_table(struct table *table, const char *folder, const char *name, size_t n_columns)
{
    char *p = read_text(folder, name);
    *table = (struct table){.text = p, .n_columns = n_columns, .digest = UINT64_C(0xCBF29CE484222325)};
    for (const char *c = p; *c; c++) {
        table->digest = (table->digest ^ (unsigned char)*c) * UINT64_C(0x100000001B3);
        table->n_rows += *c == '\n';
    }
    table->n_rows--;
    table->cells = calloc(table->n_rows * n_columns, sizeof *table->cells);
    assert_non_null(table->cells);
    table->header = p;
    p = strchr(p, '\n');
    *p++ = '\0';
    for (size_t i = 0; i < table->n_rows * n_columns; i++)
        table->cells[i] = take_cell(&p, i % n_columns == n_columns - 1 ? '\n' : ',');
    assert_int_equal(*p, '\0');
}

static const char *cell(const struct table *table, size_t row, size_t column)
{
    return table->cells[row * table->n_columns + column];
}

static void make(struct output *output, const char *arguments)
{
    char folder[] = "/tmp/simulate_crowd_XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(status_of(arguments, folder), 0);
    read_table(&output->roster, folder, "roster.csv", COLUMNS);
    read_table(&output->queries, folder, "queries.csv", COLUMNS);
    read_table(&output->truth, folder, "truth.csv", 3);
    assert_int_equal(rmdir(folder), 0);
}

static void drop(struct output *output)
{
    struct table *tables[] = {&output->roster, &output->queries, &output->truth};
    for (size_t i = 0; i < 3; i++) {
        free(tables[i]->text);
        free((void *)tables[i]->cells);
    }
}

static int make_outputs(void **state)
{
    (void)state;
    make(&hard, "--mix hard --seed 7 --members 20000 --queries 20000");
    make(&everyday, "--mix everyday --seed 7 --members 20000 --queries 20000");
    return 0;
}

static int drop_outputs(void **state)
{
    (void)state;
    drop(&hard);
    drop(&everyday);
    return 0;
}

static void the_same_options_write_the_same_bytes_on_every_machine(void **state)
{
    (void)state;
    struct output again;
    make(&again, "--mix hard --seed 7 --members 20000 --queries 20000");
    assert_int_equal(again.roster.digest, hard.roster.digest);
    assert_int_equal(again.queries.digest, hard.queries.digest);
    assert_int_equal(again.truth.digest, hard.truth.digest);
    drop(&again);
    assert_int_equal(hard.roster.digest, UINT64_C(0x54ad3240e0cb5ac7));
    assert_int_equal(hard.queries.digest, UINT64_C(0x7a32b0c8c49cda0d));
    assert_int_equal(hard.truth.digest, UINT64_C(0xecf69c2f066c06dd));
}

static void another_seed_writes_other_people(void **state)
{
    (void)state;
    struct output other;
    make(&other, "--mix hard --seed 8 --members 20000 --queries 20000");
    assert_true(other.roster.digest != hard.roster.digest);
    assert_true(other.queries.digest != hard.queries.digest);
    assert_true(other.truth.digest != hard.truth.digest);
    drop(&other);
}

static void both_mixes_of_a_seed_have_one_roster(void **state)
{
    (void)state;
    assert_int_equal(everyday.roster.digest, hard.roster.digest);
}

static void the_files_have_the_columns_that_matching_reads(void **state)
{
    (void)state;
    assert_string_equal(hard.roster.header, "member_id,cin,plan_id,surname,given,middle,suffix,birth_date,sex,phone,"
                                            "address,city,state,zip,language");
    assert_string_equal(hard.queries.header, "query_id,feed,surname,given,middle,suffix,birth_date,sex,phone,address,"
                                             "city,state,zip,language,ins_id");
    assert_string_equal(hard.truth.header, "query_id,member_id,kind");
    assert_int_equal(hard.roster.n_rows, MEMBERS);
    assert_int_equal(hard.queries.n_rows, QUERIES);
    assert_int_equal(hard.truth.n_rows, QUERIES);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void assert_once(const struct table *table, size_t column)
{
    char **values = calloc(table->n_rows, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < table->n_rows; i++)
        values[i] = table->cells[i * table->n_columns + column];
    qsort(values, table->n_rows, sizeof *values, compare);
    for (size_t i = 1; i < table->n_rows; i++)
        assert_string_not_equal(values[i - 1], values[i]);
    free((void *)values);
}

static void nobody_has_another_ones_numbers(void **state)
{
    (void)state;
    for (size_t column = ID; column < R_SURNAME; column++)
        assert_once(&hard.roster, column);
    assert_once(&hard.queries, ID);
}

// Member ids count from M00000001.
static size_t row_of(const char *member_id)
{
    assert_int_equal(member_id[0], 'M');
    return strtoul(member_id + 1, NULL, 10) - 1;
}

static void every_true_member_is_on_the_roster(void **state)
{
    (void)state;
    for (size_t i = 0; i < QUERIES; i++) {
        const char *member = cell(&hard.truth, i, 1);
        assert_string_equal(cell(&hard.truth, i, ID), cell(&hard.queries, i, ID));
        if (!*member)
            continue;
        assert_true(row_of(member) < MEMBERS);
        assert_string_equal(cell(&hard.roster, row_of(member), ID), member);
    }
}

// In thousandths of the queries; `word` is a part of the kind, NULL any.
static long share(const struct output *output, bool members, const char *word)
{
    long n = 0;
    for (size_t i = 0; i < QUERIES; i++) {
        bool is_member = *cell(&output->truth, i, 1) != '\0';
        n += is_member == members && (!word || strstr(cell(&output->truth, i, 2), word) != NULL);
    }
    return n * 1000 / QUERIES;
}

static void two_thirds_of_the_hard_mix_are_members(void **state)
{
    (void)state;
    assert_in_range(share(&hard, true, NULL), 655, 680);
    assert_in_range(share(&hard, true, "clean"), 65, 110);
    assert_in_range(share(&hard, true, "undecidable"), 1, 39);
    assert_in_range(share(&hard, true, "+"), 300, 600);
}

static void every_kind_of_look_alike_has_its_share_of_the_hard_mix(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ho_crowd_n_others; i++) {
        long expected = ho_crowd_others[i].weight * 3 / 10;
        assert_in_range(share(&hard, false, ho_crowd_others[i].kind), expected * 3 / 5, expected * 3 / 2 + 3);
    }
    assert_in_range(share(&hard, false, "stranger"), 25, 45);
    assert_in_range(share(&hard, false, "nobody-can-decide"), 3, 15);
}

static void the_everyday_mix_is_mostly_strangers_and_clean(void **state)
{
    (void)state;
    assert_in_range(share(&everyday, true, NULL), 285, 315);
    assert_in_range(share(&everyday, false, "stranger"), 635, 665);
    assert_in_range(share(&everyday, true, "clean"), 120, 250);
    assert_in_range(share(&everyday, true, "undecidable"), 0, 5);
}

static void append_digits(char *key, const char *text, size_t most, bool first_run)
{
    size_t n = strlen(key);
    for (size_t kept = 0; *text && kept < most; text++) {
        bool digit = *text >= '0' && *text <= '9';
        if (!digit && first_run && kept)
            break;
        if (!digit)
            continue;
        key[n++] = *text;
        kept++;
    }
    key[n++] = '|';
    key[n] = '\0';
}

static void append_word(char *key, const char *word)
{
    char folded[KEY_BYTES / 2];
    ho_crowd_folded(word, folded, sizeof folded);
    ho_crowd_append(key, KEY_BYTES, folded);
    ho_crowd_append(key, KEY_BYTES, "|");
}

// Given name, surname, birth date, house number and phone: what everybody can see.
static char *key_of(const struct table *table, size_t row, bool is_query)
{
    char *key = calloc(1, KEY_BYTES);
    assert_non_null(key);
    const char *phone = cell(table, row, is_query ? Q_PHONE : R_PHONE);
    append_word(key, cell(table, row, is_query ? Q_GIVEN : R_GIVEN));
    append_word(key, cell(table, row, is_query ? Q_SURNAME : R_SURNAME));
    append_digits(key, cell(table, row, is_query ? Q_BIRTH : R_BIRTH), 8, false);
    append_digits(key, cell(table, row, is_query ? Q_ADDRESS : R_ADDRESS), 8, true);
    append_digits(key, phone + (strncmp(phone, "+1", 2) == 0 ? 2 : 0), 10, false);
    return key;
}

static void who_looks_like_a_member_can_be_told_apart(void **state)
{
    (void)state;
    char **keys = calloc(MEMBERS, sizeof *keys);
    assert_non_null(keys);
    for (size_t i = 0; i < MEMBERS; i++)
        keys[i] = key_of(&hard.roster, i, false);
    qsort(keys, MEMBERS, sizeof *keys, compare);
    size_t found = 0;
    for (size_t i = 0; i < QUERIES; i++) {
        bool is_member = *cell(&hard.truth, i, 1) != '\0';
        char *key = key_of(&hard.queries, i, true);
        bool seen = bsearch(&key, keys, MEMBERS, sizeof *keys, compare) != NULL;
        found += is_member && seen;
        if (!is_member && strcmp(cell(&hard.truth, i, 2), "nobody-can-decide") != 0)
            assert_false(seen);
        free(key);
    }
    assert_true(found > QUERIES / 10); // the keys do compare
    for (size_t i = 0; i < MEMBERS; i++)
        free(keys[i]);
    free((void *)keys);
}

static void a_clean_query_says_what_the_roster_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < QUERIES; i++) {
        if (strcmp(cell(&hard.truth, i, 2), "clean") != 0)
            continue;
        size_t row = row_of(cell(&hard.truth, i, 1));
        char query[16] = "", roster[16] = "";
        append_digits(query, cell(&hard.queries, i, Q_BIRTH), 8, false);
        append_digits(roster, cell(&hard.roster, row, R_BIRTH), 8, false);
        assert_string_equal(query, roster);
        if (strlen(cell(&hard.queries, i, Q_GIVEN)) < 15)
            assert_true(ho_crowd_alike(cell(&hard.queries, i, Q_GIVEN), cell(&hard.roster, row, R_GIVEN)));
    }
}

static void common_names_are_common_and_families_live_together(void **state)
{
    (void)state;
    size_t garcias = 0, together = 0;
    for (size_t i = 0; i < MEMBERS; i++) {
        const char *address = cell(&hard.roster, i, R_ADDRESS);
        garcias += ho_crowd_alike(cell(&hard.roster, i, R_SURNAME), "Garcia") &&
                   ho_crowd_alike(cell(&hard.roster, i, R_GIVEN), "Maria");
        together += i > 0 && *address && ho_crowd_alike(address, cell(&hard.roster, i - 1, R_ADDRESS));
    }
    assert_in_range(garcias, MEMBERS / 1000, MEMBERS / 200);
    assert_in_range(together, MEMBERS * 4 / 10, MEMBERS * 7 / 10);
}

static void a_small_roster_will_do(void **state)
{
    (void)state;
    struct output small;
    make(&small, "--mix hard --members 100 --queries 500 --date 2000-02-29");
    assert_int_equal(small.roster.n_rows, 100);
    assert_int_equal(small.queries.n_rows, 500);
    drop(&small);
}

static void what_cannot_be_understood_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *words;
    } cases[] = {
        {"--out x", "--mix is missing"},
        {"--mix hard", "--out is missing"},
        {"--mix soft --out x", "hard or everyday"},
        {"--mix hard --out x --members 99", "from 100 to 5000000"},
        {"--mix hard --out x --members 5000001", "from 100 to 5000000"},
        {"--mix hard --out x --queries 0", "from 1 to 5000000"},
        {"--mix hard --out x --seed -1", "from 0 to 18446744073709551615"},
        {"--mix hard --out x --seed 18446744073709551616", "from 0 to 18446744073709551615"},
        {"--mix hard --out x --date 2026-02-29", "YYYY-MM-DD"},
        {"--mix hard --out x --messages 9", "no such option"},
        {"--mix hard --out", "a value is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *copy = strdup(cases[i].arguments), *argv[MOST_ARGUMENTS], *rest = NULL;
        int argc = 0;
        assert_non_null(copy);
        for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
            argv[argc++] = word;
        struct ho_crowd_options options;
        struct ho_error error = {""};
        bool wants_help;
        assert_int_equal(ho_crowd_options_read(argc, argv, &options, &wants_help, &error), HO_REJECT);
        assert_non_null(strstr(error.text, cases[i].words));
        free(copy);
        assert_int_equal(status_of(cases[i].arguments, NULL), 2);
    }
}

static void a_folder_that_cannot_be_made_fails(void **state)
{
    (void)state;
    assert_int_equal(status_of("--mix hard --members 100 --queries 1 --out /dev/null/x", NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_options_write_the_same_bytes_on_every_machine),
        cmocka_unit_test(another_seed_writes_other_people),
        cmocka_unit_test(both_mixes_of_a_seed_have_one_roster),
        cmocka_unit_test(the_files_have_the_columns_that_matching_reads),
        cmocka_unit_test(nobody_has_another_ones_numbers),
        cmocka_unit_test(every_true_member_is_on_the_roster),
        cmocka_unit_test(two_thirds_of_the_hard_mix_are_members),
        cmocka_unit_test(every_kind_of_look_alike_has_its_share_of_the_hard_mix),
        cmocka_unit_test(the_everyday_mix_is_mostly_strangers_and_clean),
        cmocka_unit_test(who_looks_like_a_member_can_be_told_apart),
        cmocka_unit_test(a_clean_query_says_what_the_roster_says),
        cmocka_unit_test(common_names_are_common_and_families_live_together),
        cmocka_unit_test(a_small_roster_will_do),
        cmocka_unit_test(what_cannot_be_understood_is_refused_with_its_reason),
        cmocka_unit_test(a_folder_that_cannot_be_made_fails),
    };
    return cmocka_run_group_tests(tests, make_outputs, drop_outputs);
}
