#include "rows.h"

#include "handoff/digest.h"
#include "handoff/match.h"
#include "handoff/time.h"

#include <unicode/utf8.h>

enum kind { TEXT, REQUIRED, DATE, SEX, EMAIL, CINS, WORDS, CHOICE };

#define NEEDS " food temporary-housing permanent-housing child-care disability transport "

static const struct {
    const char *name;
    enum kind kind;
    bool enrolment;
    const char *choices; // of WORDS and CHOICE, a blank before and behind each; NULL: any
} columns[HO_ROSTER_COLUMNS] = {
    [HO_ROSTER_MEMBER_ID] = {"member_id", REQUIRED, false},
    [HO_ROSTER_CIN] = {"cin", CINS, false},
    [HO_ROSTER_PLAN_ID] = {"plan_id", TEXT, false},
    [HO_ROSTER_SURNAME] = {"surname", TEXT, false},
    [HO_ROSTER_GIVEN] = {"given", TEXT, false},
    [HO_ROSTER_MIDDLE] = {"middle", TEXT, false},
    [HO_ROSTER_SUFFIX] = {"suffix", TEXT, false},
    [HO_ROSTER_BIRTH_DATE] = {"birth_date", DATE, false},
    [HO_ROSTER_SEX] = {"sex", SEX, false},
    [HO_ROSTER_PHONE] = {"phone", TEXT, false},
    [HO_ROSTER_ADDRESS] = {"address", TEXT, false},
    [HO_ROSTER_CITY] = {"city", TEXT, false},
    [HO_ROSTER_STATE] = {"state", TEXT, false},
    [HO_ROSTER_ZIP] = {"zip", TEXT, false},
    [HO_ROSTER_LANGUAGE] = {"language", TEXT, false},
    [HO_ROSTER_PROGRAM] = {"program", TEXT, true},
    [HO_ROSTER_ENROLLED_FROM] = {"enrolled_from", DATE, true},
    [HO_ROSTER_ENROLLED_TO] = {"enrolled_to", DATE, true},
    [HO_ROSTER_OPTED_OUT_ON] = {"opted_out_on", DATE, true},
    [HO_ROSTER_ORGANISATION] = {"organisation", TEXT, false},
    [HO_ROSTER_TEAM] = {"team", TEXT, false},
    [HO_ROSTER_COORDINATOR] = {"coordinator", TEXT, false},
    [HO_ROSTER_COORDINATOR_EMAIL] = {"coordinator_email", EMAIL, false},
    [HO_ROSTER_COUNTY] = {"county", TEXT, false},
    [HO_ROSTER_CONDITIONS] = {"conditions", WORDS, false},
    [HO_ROSTER_NEEDS] = {"needs", WORDS, false, NEEDS},
    [HO_ROSTER_HOMELESS] = {"homeless", CHOICE, false, " no yes chronic "},
    [HO_ROSTER_RISK] = {"risk", CHOICE, false, " low medium high "},
    [HO_ROSTER_PREGNANT_UNTIL] = {"pregnant_until", DATE, false},
    [HO_ROSTER_DUAL] = {"dual", CHOICE, false, " no yes "},
};

const char *ho_roster_column_name(enum ho_roster_column column)
{
    return columns[column].name;
}

bool ho_roster_column_is_date(enum ho_roster_column column)
{
    return columns[column].kind == DATE;
}

bool ho_roster_column_is_enrolment(enum ho_roster_column column)
{
    return columns[column].enrolment;
}

// ---- Values ----------------------------------------------------------------------------------------

static bool is_utf8(struct ho_bytes b)
{
    if (b.n > INT32_MAX)
        return false;
    int32_t i = 0, n = (int32_t)b.n;
    while (i < n) {
        UChar32 c;
        U8_NEXT(b.p, i, n, c);
        if (c < 0)
            return false;
    }
    return true;
}

// Line ends and other control characters become blanks.
static struct ho_bytes without_controls(struct ho_arena *arena, struct ho_bytes b)
{
    size_t i = 0;
    while (i < b.n && b.p[i] >= ' ' && b.p[i] != 0x7F)
        i++;
    if (i == b.n)
        return b;
    uint8_t *copy = ho_arena_alloc(arena, b.n);
    for (i = 0; i < b.n; i++)
        copy[i] = b.p[i] < ' ' || b.p[i] == 0x7F ? ' ' : b.p[i];
    return ho_bytes_trim(ho_bytes_from(copy, b.n));
}

// An address that can stand in an SMTP command: one @ with text around it, printable ASCII, no brackets.
static bool is_email(struct ho_bytes b)
{
    size_t at = 0, marks = 0;
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] <= ' ' || b.p[i] >= 0x7F || strchr("<>()[]\\,;:\"", b.p[i]))
            return false;
        if (b.p[i] == '@')
            at = i, marks++;
    }
    return marks == 1 && at > 0 && at + 1 < b.n;
}

static bool is_sex(struct ho_bytes b)
{
    return b.n == 1 && strchr("MFXU", b.p[0]) && b.p[0];
}

static const char *small_letters(struct ho_arena *arena, struct ho_bytes b)
{
    char *copy = ho_arena_alloc(arena, b.n + 1);
    for (size_t i = 0; i < b.n; i++)
        copy[i] = (char)(b.p[i] >= 'A' && b.p[i] <= 'Z' ? b.p[i] - 'A' + 'a' : b.p[i]);
    return copy;
}

static struct ho_bytes upper_letter(struct ho_arena *arena, struct ho_bytes b)
{
    if (b.n != 1 || b.p[0] < 'a' || b.p[0] > 'z')
        return b;
    const uint8_t letter = (uint8_t)(b.p[0] - 'a' + 'A');
    return ho_arena_copy(arena, ho_bytes_from(&letter, 1));
}

// One number stays as sent; of several the form is ours, so that another way to part them changes nothing.
static const char *take_cins(struct ho_arena *arena, struct ho_bytes value, struct ho_bytes *out)
{
    char cins[HO_CINS_BYTES];
    const char *wrong;
    if (ho_cins_read(ho_arena_text(arena, value), cins, &wrong) > 1)
        *out = ho_arena_copy(arena, ho_bytes_of(cins));
    return wrong;
}

static bool parts_words(uint8_t c)
{
    return c == ' ' || c == ';' || c == ',';
}

static bool is_word(struct ho_bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        if (!(b.p[i] >= 'a' && b.p[i] <= 'z') && !(b.p[i] >= '0' && b.p[i] <= '9') && b.p[i] != '-')
            return false;
    return b.n > 0;
}

// Whether `words`, with a blank before and behind each, hold it.
static bool holds_word(const char *words, struct ho_bytes word)
{
    for (const char *p = words; *p && p[1]; p = strchr(p + 1, ' '))
        if (ho_bytes_equal(word, ho_bytes_from(p + 1, strcspn(p + 1, " "))))
            return true;
    return false;
}

// In small letters, one blank between, each once, in the order sent: another way to part them changes nothing.
static const char *take_words(struct ho_arena *arena, const char *choices, struct ho_bytes value, struct ho_bytes *out)
{
    const char *words = " ";
    struct ho_bytes rest = ho_bytes_of(small_letters(arena, value));
    while (rest.n) {
        size_t n = 0;
        while (n < rest.n && !parts_words(rest.p[n]))
            n++;
        struct ho_bytes word = ho_bytes_from(rest.p, n);
        rest = n < rest.n ? ho_bytes_from(rest.p + n + 1, rest.n - n - 1) : (struct ho_bytes){0};
        if (!n)
            continue;
        if (!is_word(word))
            return "holds something that is no word of small letters, digits and hyphens; part words by a blank or ';'";
        if (choices && !holds_word(choices, word))
            return "holds a word that is none of its words (handoffctl roster import --help names them)";
        if (!holds_word(words, word))
            words = ho_arena_printf(arena, "%s%s ", words, ho_arena_text(arena, word));
    }
    *out = ho_bytes_trim(ho_bytes_of(words));
    return NULL;
}

static const char *take_choice(struct ho_arena *arena, enum ho_roster_column column, struct ho_bytes value,
                               struct ho_bytes *out)
{
    struct ho_bytes word = ho_bytes_of(small_letters(arena, value));
    if (!is_word(word) || !holds_word(columns[column].choices, word))
        return ho_arena_printf(arena, "is none of:%.*s", (int)strlen(columns[column].choices) - 1,
                               columns[column].choices);
    *out = column == HO_ROSTER_DUAL && ho_bytes_is(word, "no") ? (struct ho_bytes){0} : word;
    return NULL;
}

static size_t bytes_max(enum ho_roster_column column)
{
    return columns[column].kind == WORDS ? HO_ROSTER_LIST_BYTES_MAX : HO_ROSTER_FIELD_BYTES_MAX;
}

const char *ho_roster_value_take(struct ho_arena *arena, enum ho_roster_column column, struct ho_bytes value,
                                 struct ho_roster_row *row)
{
    value = ho_bytes_trim(value);
    if (!is_utf8(value))
        return "holds bytes that are not UTF-8; a file in Latin-1 must be saved as UTF-8 first";
    if (value.n > bytes_max(column))
        return columns[column].kind == WORDS ? "is longer than 1024 bytes" : "is longer than 256 bytes";
    value = without_controls(arena, value);
    enum kind kind = columns[column].kind;
    if (kind == SEX)
        value = upper_letter(arena, value);
    row->text[column] = value;
    if (!value.n)
        return kind == REQUIRED ? "is blank" : NULL;
    if (kind == DATE && !(row->date[column] = ho_date_parse(value)))
        return "is no date (YYYYMMDD or YYYY-MM-DD)";
    if (kind == SEX && !is_sex(value))
        return "is none of M, F, X, U";
    if (kind == EMAIL && !is_email(value))
        return "is no e-mail address";
    if (kind == WORDS)
        return take_words(arena, columns[column].choices, value, &row->text[column]);
    if (kind == CHOICE)
        return take_choice(arena, column, value, &row->text[column]);
    return kind == CINS ? take_cins(arena, value, &row->text[column]) : NULL;
}

// What is wrong between the columns. NULL, or the words with the column's name.
static const char *check_row(const struct ho_roster_row *row, enum ho_roster_column *column)
{
    const uint32_t *date = row->date;
    bool enrolled = date[HO_ROSTER_ENROLLED_FROM] || date[HO_ROSTER_ENROLLED_TO] || date[HO_ROSTER_OPTED_OUT_ON];
    *column = HO_ROSTER_PROGRAM;
    if (enrolled && !row->text[HO_ROSTER_PROGRAM].n)
        return "is blank beside enrolment dates";
    *column = HO_ROSTER_ENROLLED_TO;
    if (date[HO_ROSTER_ENROLLED_TO] && date[HO_ROSTER_ENROLLED_TO] < date[HO_ROSTER_ENROLLED_FROM])
        return "lies before enrolled_from";
    return NULL;
}

// ---- Lines of a file -------------------------------------------------------------------------------

static bool report(const struct ho_roster_faults *faults, uint64_t line, const char *column, const char *what)
{
    const struct ho_roster_fault fault = {line, column, what};
    faults->report(faults->context, &fault);
    return false;
}

static int column_of(struct ho_bytes name)
{
    for (int i = 0; i < HO_ROSTER_COLUMNS; i++)
        if (ho_bytes_is(name, columns[i].name))
            return i;
    return -1;
}

// A header's name that is not ours, fit to be shown.
static const char *shown_name(struct ho_arena *arena, struct ho_bytes name)
{
    if (!is_utf8(name))
        return "(a name that is not UTF-8)";
    if (name.n > HO_ROSTER_FIELD_BYTES_MAX)
        return "(a very long name)";
    return name.n ? ho_arena_text(arena, without_controls(arena, name)) : "(blank)";
}

bool ho_roster_header_read(struct ho_arena *arena, const struct ho_csv_record *record,
                           const struct ho_roster_faults *faults, struct ho_roster_header *out, const char **unknown)
{
    bool good = true;
    *out = (struct ho_roster_header){.n_fields = record->n};
    for (int i = 0; i < HO_ROSTER_COLUMNS; i++)
        out->place[i] = -1;
    *unknown = "";
    if (record->fault)
        return report(faults, record->line, "", record->fault);
    for (size_t i = 0; i < record->n; i++) {
        struct ho_bytes name = ho_bytes_trim(record->fields[i]);
        int column = column_of(name);
        if (column < 0)
            *unknown = ho_arena_printf(arena, "%s%s%s", *unknown, **unknown ? ", " : "", shown_name(arena, name));
        else if (out->place[column] >= 0)
            good = report(faults, record->line, columns[column].name, "stands twice in the header");
        else
            out->place[column] = (int)i;
    }
    if (out->place[HO_ROSTER_MEMBER_ID] < 0)
        good = report(faults, record->line, "member_id", "is missing in the header, which must be the first line");
    return good;
}

static bool take_fields(struct ho_arena *arena, const struct ho_roster_header *header,
                        const struct ho_csv_record *record, const struct ho_roster_faults *faults,
                        struct ho_roster_row *out)
{
    bool good = true;
    for (int i = 0; i < HO_ROSTER_COLUMNS; i++) {
        if (header->place[i] < 0 || (size_t)header->place[i] >= record->n)
            continue;
        const char *wrong =
            ho_roster_value_take(arena, (enum ho_roster_column)i, record->fields[header->place[i]], out);
        if (wrong)
            good = report(faults, record->line, columns[i].name, wrong);
    }
    enum ho_roster_column column;
    const char *wrong = good ? check_row(out, &column) : NULL;
    if (wrong)
        good = report(faults, record->line, columns[column].name, wrong);
    return good;
}

// The member that a line of the wrong shape seems to be about, so that the others of its lines are left out too.
static struct ho_bytes likely_member_id(struct ho_arena *arena, const struct ho_roster_header *header,
                                        const struct ho_csv_record *record)
{
    struct ho_roster_row row = {0};
    size_t place = (size_t)header->place[HO_ROSTER_MEMBER_ID];
    if (place >= record->n || ho_roster_value_take(arena, HO_ROSTER_MEMBER_ID, record->fields[place], &row))
        return (struct ho_bytes){0};
    return row.text[HO_ROSTER_MEMBER_ID];
}

bool ho_roster_row_read(struct ho_arena *arena, const struct ho_roster_header *header,
                        const struct ho_csv_record *record, const struct ho_roster_faults *faults,
                        struct ho_roster_row *out)
{
    *out = (struct ho_roster_row){.line = record->line};
    const char *shape = record->fault;
    if (!shape && record->n != header->n_fields)
        shape = ho_arena_printf(arena, "has %zu columns where the header has %zu", record->n, header->n_fields);
    bool good = shape ? report(faults, record->line, "", shape) : take_fields(arena, header, record, faults, out);
    if (good)
        return true;
    struct ho_bytes member_id = likely_member_id(arena, header, record);
    *out = (struct ho_roster_row){.line = record->line, .text[HO_ROSTER_MEMBER_ID] = member_id};
    return false;
}

// ---- Updates ---------------------------------------------------------------------------------------

static const char *list_of(struct ho_arena *arena, char *const *words, size_t n)
{
    const char *list = "";
    for (size_t i = 0; i < n; i++)
        list = ho_arena_printf(arena, "%s;%s", list, words[i]);
    return list;
}

static bool take_person(struct ho_arena *arena, const ho_member *m, struct ho_roster_row *row)
{
    const struct {
        enum ho_roster_column column;
        const char *value;
    } texts[] = {
        {HO_ROSTER_MEMBER_ID, m->member_id},
        {HO_ROSTER_CIN, m->cin},
        {HO_ROSTER_PLAN_ID, m->plan_id},
        {HO_ROSTER_SURNAME, m->surname},
        {HO_ROSTER_GIVEN, m->given},
        {HO_ROSTER_MIDDLE, m->middle},
        {HO_ROSTER_SUFFIX, m->suffix},
        {HO_ROSTER_SEX, m->sex},
        {HO_ROSTER_PHONE, m->phone},
        {HO_ROSTER_ADDRESS, m->address},
        {HO_ROSTER_CITY, m->city},
        {HO_ROSTER_STATE, m->state},
        {HO_ROSTER_ZIP, m->zip},
        {HO_ROSTER_LANGUAGE, m->language},
        {HO_ROSTER_ORGANISATION, m->organisation},
        {HO_ROSTER_TEAM, m->team},
        {HO_ROSTER_COORDINATOR, m->coordinator},
        {HO_ROSTER_COORDINATOR_EMAIL, m->coordinator_email},
        {HO_ROSTER_COUNTY, m->county},
        {HO_ROSTER_CONDITIONS, list_of(arena, m->conditions, m->n_conditions)},
        {HO_ROSTER_NEEDS, list_of(arena, m->needs, m->n_needs)},
        {HO_ROSTER_HOMELESS, m->homeless},
        {HO_ROSTER_RISK, m->risk},
        {HO_ROSTER_DUAL, m->dual ? "yes" : ""},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (ho_roster_value_take(arena, texts[i].column, ho_bytes_of(texts[i].value), row))
            return false;
    row->date[HO_ROSTER_BIRTH_DATE] = m->birth_date;
    row->date[HO_ROSTER_PREGNANT_UNTIL] = m->pregnant_until;
    return (!m->birth_date || ho_date_valid(m->birth_date)) && (!m->pregnant_until || ho_date_valid(m->pregnant_until));
}

static bool take_enrolment(struct ho_arena *arena, const ho_enrolment *e, struct ho_roster_row *row)
{
    const uint32_t dates[] = {e->enrolled_from, e->enrolled_to, e->opted_out_on};
    for (int i = 0; i < 3; i++) {
        if (dates[i] && !ho_date_valid(dates[i]))
            return false;
        row->date[HO_ROSTER_ENROLLED_FROM + i] = dates[i];
    }
    enum ho_roster_column column;
    return e->program[0] && !ho_roster_value_take(arena, HO_ROSTER_PROGRAM, ho_bytes_of(e->program), row) &&
           row->text[HO_ROSTER_PROGRAM].n && !check_row(row, &column);
}

static bool repeats_earlier(const struct ho_roster_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ho_bytes_equal(rows[i].text[HO_ROSTER_PROGRAM], rows[n].text[HO_ROSTER_PROGRAM]) &&
            rows[i].date[HO_ROSTER_ENROLLED_FROM] == rows[n].date[HO_ROSTER_ENROLLED_FROM])
            return true;
    return false;
}

struct ho_roster_row *ho_roster_rows_of_update(struct ho_arena *arena, const ho_roster_update *update, size_t *n)
{
    const ho_member *m = update->member;
    *n = m->n_enrolments && !update->deleted ? m->n_enrolments : 1;
    if (*n > HO_CSV_FIELDS_MAX)
        return NULL;
    struct ho_roster_row *rows = ho_arena_array(arena, *n, sizeof *rows);
    rows[0].deleted = update->deleted;
    if (!take_person(arena, m, &rows[0]))
        return NULL;
    for (size_t i = 1; i < *n; i++)
        rows[i] = rows[0];
    for (size_t i = 0; i < *n && !update->deleted && m->n_enrolments; i++)
        if (!take_enrolment(arena, m->enrolments[i], &rows[i]) || repeats_earlier(rows, i))
            return NULL;
    return rows;
}

// Columns that came later count only where they say something, under their names, so that they changed nobody's digest.
void ho_roster_row_person(const struct ho_roster_row *row, uint8_t out[HO_ID_BYTES])
{
    struct ho_bytes parts[2 * HO_ROSTER_COLUMNS];
    size_t n = 0;
    for (int i = 0; i < HO_ROSTER_COLUMNS; i++) {
        bool later = i >= HO_ROSTER_COUNTY, said = columns[i].kind == DATE ? row->date[i] != 0 : row->text[i].n > 0;
        if (columns[i].enrolment || (later && !said))
            continue;
        if (later)
            parts[n++] = ho_bytes_of(columns[i].name);
        if (columns[i].kind == DATE)
            parts[n++] = ho_bytes_from(&row->date[i], sizeof row->date[i]);
        else
            parts[n++] = row->text[i];
    }
    ho_digest_id(parts, n, out);
}
