#include "simulate_output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "simulate.h"

enum { MOST_ARGUMENTS = 32 };

static int run(char *arguments, const char *folder)
{
    char *argv[MOST_ARGUMENTS], *rest = NULL, out_name[] = "--out", out_value[128];
    int argc = 0;
    for (char *word = strtok_r(arguments, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    if (folder) {
        assert_true(snprintf(out_value, sizeof out_value, "%s", folder) < (int)sizeof out_value);
        argv[argc++] = out_name;
        argv[argc++] = out_value;
    }
    return ho_simulate_main(argc, argv);
}

int simulate_status(const char *arguments)
{
    char *copy = strdup(arguments);
    assert_non_null(copy);
    int status = run(copy, NULL);
    free(copy);
    return status;
}

static char *read_file(const char *folder, const char *name, size_t *size)
{
    char path[160];
    assert_true(snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, *size, file), *size);
    text[*size] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_int_equal(unlink(path), 0);
    return text;
}

static size_t count_byte(const char *text, char byte)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == byte;
    return n;
}

// Small letters without accents; nothing else is kept.
static void fold(const char *name, char out[80])
{
    static const char *const accents[][2] = {
        {"ÁÀÂáàâ", "a"}, {"ÉÈÊéèê", "e"}, {"Íí", "i"}, {"Óó", "o"}, {"ÚÜúü", "u"}, {"Ññ", "n"},
    };
    size_t n = 0;
    for (const char *p = name; *p; p++) {
        char c = *p;
        if ((unsigned char)c == 0xC3) {
            const char letter[] = {c, *++p, '\0'};
            for (size_t i = 0; i < sizeof accents / sizeof accents[0]; i++)
                if (strstr(accents[i][0], letter))
                    c = accents[i][1][0];
        }
        assert_in_range((unsigned char)c, ' ', 'z');
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c >= 'a' && c <= 'z')
            out[n++] = c;
    }
    out[n] = '\0';
}

static void fold_person(const char *surname, const char *given, const char *birth_date, const char *sex, char out[160])
{
    char a[80], b[80], date[16];
    size_t n = 0;
    fold(surname, a);
    fold(given, b);
    for (const char *p = birth_date; *p; p++)
        if (*p != '-')
            date[n++] = *p;
    date[n] = '\0';
    assert_true(snprintf(out, 160, "%s|%s|%s|%s", a, b, date, sex) < 160);
}

static void read_members(struct output *output)
{
    char *line = output->files[ROSTER];
    output->n_members = count_byte(line, '\n') - 1;
    output->members = calloc(output->n_members + 1, sizeof *output->members);
    assert_non_null(output->members);
    line = strchr(line, '\n') + 1;
    for (size_t i = 0; i < output->n_members; i++) {
        struct member *member = &output->members[i];
        char *end = strchr(line, '\n');
        *end = '\0';
        assert_int_equal(count_byte(line, ','), COLUMNS - 1);
        for (int c = 0; c < COLUMNS; c++)
            member->columns[c] = strsep(&line, ",");
        fold_person(member->columns[SURNAME], member->columns[GIVEN], member->columns[BIRTH_DATE], member->columns[SEX],
                    member->person);
        line = end + 1;
    }
}

static void read_messages(struct output *output)
{
    const char *p = output->files[MESSAGES];
    output->messages = calloc(count_byte(p, '\n') + 1, sizeof *output->messages);
    assert_non_null(output->messages);
    while (*p) {
        const char *end = strchr(p, '\n');
        assert_non_null(end);
        output->messages[output->n_messages++] = (struct text){p, (size_t)(end - p)};
        p = end + 1;
    }
}

static void read_truth(struct output *output)
{
    char *line = output->files[TRUTH];
    output->truth = calloc(count_byte(line, '\n') + 1, sizeof(json_t *));
    assert_non_null(output->truth);
    while (*line) {
        char *end = strchr(line, '\n');
        json_t *object = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(object);
        output->truth[output->n_truth++] = object;
        line = end + 1;
    }
}

static uint64_t digest(const char *text, size_t n)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001B3);
    return hash;
}

struct output *output_of(const char *arguments)
{
    static const char *const names[] = {"roster.csv", "messages.hl7", "truth.jsonl"};
    char folder[] = "/tmp/simulate-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *copy = strdup(arguments);
    struct output *output = calloc(1, sizeof *output);
    assert_true(copy && output);
    assert_int_equal(run(copy, folder), 0);
    free(copy);
    for (int i = 0; i < 3; i++) {
        output->files[i] = read_file(folder, names[i], &output->sizes[i]);
        output->digests[i] = digest(output->files[i], output->sizes[i]);
    }
    assert_int_equal(rmdir(folder), 0); // nothing else was left there
    read_members(output);
    read_messages(output);
    read_truth(output);
    return output;
}

void output_free(struct output *output)
{
    for (int i = 0; i < 3; i++)
        free(output->files[i]);
    for (size_t i = 0; i < output->n_truth; i++)
        json_decref(output->truth[i]);
    free(output->members);
    free(output->messages);
    free(output->truth);
    free(output);
}

const char *piece(const char *text, char separator, int n, char out[256])
{
    const char *end;
    for (; n > 1 && text; n--) {
        text = strchr(text, separator);
        text = text ? text + 1 : NULL;
    }
    out[0] = '\0';
    if (!text)
        return out;
    end = strchr(text, separator);
    size_t length = end ? (size_t)(end - text) : strlen(text);
    assert_true(length < 256);
    memmove(out, text, length);
    out[length] = '\0';
    return out;
}

const char *field(struct text message, const char *segment, int number, char out[256])
{
    char line[1024];
    const char *p = message.p, *end = message.p + message.n;
    out[0] = '\0';
    while (p < end) {
        const char *stop = memchr(p, '\r', (size_t)(end - p));
        assert_non_null(stop);
        size_t length = (size_t)(stop - p);
        assert_true(length < sizeof line);
        if (strncmp(p, segment, 3) == 0) {
            memcpy(line, p, length);
            line[length] = '\0';
            return piece(line, '|', strcmp(segment, "MSH") == 0 ? number : number + 1, out);
        }
        p = stop + 1;
    }
    return out;
}

static const char *cin_of(struct text message, char out[256])
{
    char identifiers[256], one[256], type[256];
    field(message, "PID", 3, identifiers);
    for (int i = 1; *piece(identifiers, '~', i, one); i++)
        if (strcmp(piece(one, '^', 5, type), "MA") == 0)
            return piece(one, '^', 1, out);
    out[0] = '\0';
    return out;
}

static const struct member *by_card(const struct output *output, const char *cin, const char *person)
{
    char a[256], b[256];
    for (size_t i = 0; i < output->n_members; i++) {
        const struct member *member = &output->members[i];
        if (strcmp(member->columns[CIN], cin) != 0)
            continue;
        bool given = strcmp(piece(member->person, '|', 2, a), piece(person, '|', 2, b)) == 0;
        bool birth = strcmp(piece(member->person, '|', 3, a), piece(person, '|', 3, b)) == 0;
        return given && birth ? member : NULL;
    }
    return NULL;
}

// Letters and digits alone, in capitals without accents.
static void fold_place(const char *text, char out[160])
{
    size_t n = 0;
    for (const char *p = text; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            out[n++] = (char)(*p - 'a' + 'A');
        else if ((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9'))
            out[n++] = *p;
    out[n] = '\0';
}

static bool same_place(const char *a, const char *b)
{
    char x[160], y[160];
    fold_place(a, x);
    fold_place(b, y);
    return *x && strcmp(x, y) == 0;
}

// Equal but for one letter.
static bool one_letter_off(const char *a, const char *b)
{
    int off = 0;
    for (; *a && *b; a++, b++)
        off += *a != *b;
    return !*a && !*b && off == 1;
}

// One digit of the birth date is wrong, and all else is the member's.
static const struct member *by_home(const struct output *output, struct text message, const char *person)
{
    char field_text[256], address[256], phone[256];
    piece(field(message, "PID", 11, field_text), '^', 1, address);
    piece(field(message, "PID", 13, field_text), '^', 1, phone);
    const char *birth = strrchr(person, '|') - 8;
    for (size_t i = 0; i < output->n_members; i++) {
        const struct member *member = &output->members[i];
        bool named = strncmp(member->person, person, (size_t)(birth - person)) == 0;
        if (named && one_letter_off(member->person, person) && same_place(member->columns[ADDRESS], address) &&
            same_place(member->columns[PHONE], phone))
            return member;
    }
    return NULL;
}

const struct member *member_of(const struct output *output, struct text message)
{
    char name[256], surname[256], given[256], birth[256], sex[256], cin[256], person[160];
    field(message, "PID", 5, name);
    fold_person(piece(name, '^', 1, surname), piece(name, '^', 2, given), field(message, "PID", 7, birth),
                field(message, "PID", 8, sex), person);
    const struct member *member = *cin_of(message, cin) ? by_card(output, cin, person) : NULL;
    for (size_t i = 0; !member && i < output->n_members; i++)
        if (strcmp(output->members[i].person, person) == 0)
            member = &output->members[i];
    return member ? member : by_home(output, message, person);
}

const struct member *member_by_id(const struct output *output, const char *id)
{
    for (size_t i = 0; i < output->n_members; i++)
        if (strcmp(output->members[i].columns[MEMBER_ID], id) == 0)
            return &output->members[i];
    return NULL;
}

const char *json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

long json_count(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    assert_true(json_is_integer(number));
    return (long)json_integer_value(number);
}
