#include "rows.h"

#include "handoff/digest.h"
#include "handoff/time.h"

#define NEEDS " food temporary-housing permanent-housing child-care disability transport "

static const struct ho_column columns[HO_ROSTER_COLUMNS] = {
    [HO_ROSTER_MEMBER_ID] = {"member_id", HO_COLUMN_REQUIRED},
    [HO_ROSTER_CIN] = {"cin", HO_COLUMN_CINS},
    [HO_ROSTER_PLAN_ID] = {"plan_id", HO_COLUMN_TEXT},
    [HO_ROSTER_SURNAME] = {"surname", HO_COLUMN_TEXT},
    [HO_ROSTER_GIVEN] = {"given", HO_COLUMN_TEXT},
    [HO_ROSTER_MIDDLE] = {"middle", HO_COLUMN_TEXT},
    [HO_ROSTER_SUFFIX] = {"suffix", HO_COLUMN_TEXT},
    [HO_ROSTER_BIRTH_DATE] = {"birth_date", HO_COLUMN_DATE},
    [HO_ROSTER_SEX] = {"sex", HO_COLUMN_SEX},
    [HO_ROSTER_PHONE] = {"phone", HO_COLUMN_TEXT},
    [HO_ROSTER_ADDRESS] = {"address", HO_COLUMN_TEXT},
    [HO_ROSTER_CITY] = {"city", HO_COLUMN_TEXT},
    [HO_ROSTER_STATE] = {"state", HO_COLUMN_TEXT},
    [HO_ROSTER_ZIP] = {"zip", HO_COLUMN_TEXT},
    [HO_ROSTER_LANGUAGE] = {"language", HO_COLUMN_TEXT},
    [HO_ROSTER_PROGRAM] = {"program", HO_COLUMN_TEXT},
    [HO_ROSTER_ENROLLED_FROM] = {"enrolled_from", HO_COLUMN_DATE},
    [HO_ROSTER_ENROLLED_TO] = {"enrolled_to", HO_COLUMN_DATE},
    [HO_ROSTER_OPTED_OUT_ON] = {"opted_out_on", HO_COLUMN_DATE},
    [HO_ROSTER_ORGANISATION] = {"organisation", HO_COLUMN_TEXT},
    [HO_ROSTER_TEAM] = {"team", HO_COLUMN_TEXT},
    [HO_ROSTER_COORDINATOR] = {"coordinator", HO_COLUMN_TEXT},
    [HO_ROSTER_COORDINATOR_EMAIL] = {"coordinator_email", HO_COLUMN_EMAIL},
    [HO_ROSTER_COUNTY] = {"county", HO_COLUMN_TEXT},
    [HO_ROSTER_CONDITIONS] = {"conditions", HO_COLUMN_WORDS},
    [HO_ROSTER_NEEDS] = {"needs", HO_COLUMN_WORDS, NEEDS},
    [HO_ROSTER_HOMELESS] = {"homeless", HO_COLUMN_CHOICE, " no yes chronic "},
    [HO_ROSTER_RISK] = {"risk", HO_COLUMN_CHOICE, " low medium high "},
    [HO_ROSTER_PREGNANT_UNTIL] = {"pregnant_until", HO_COLUMN_DATE},
    [HO_ROSTER_DUAL] = {"dual", HO_COLUMN_CHOICE, " no yes "},
};

const char *ho_roster_column_name(enum ho_roster_column column)
{
    return columns[column].name;
}

bool ho_roster_column_is_date(enum ho_roster_column column)
{
    return columns[column].kind == HO_COLUMN_DATE;
}

bool ho_roster_column_is_enrolment(enum ho_roster_column column)
{
    return column >= HO_ROSTER_PROGRAM && column <= HO_ROSTER_OPTED_OUT_ON;
}

const char *ho_roster_value_take(struct ho_arena *arena, enum ho_roster_column column, struct ho_bytes value,
                                 struct ho_roster_row *row)
{
    const char *wrong = ho_column_take(arena, &columns[column], value, &row->text[column], &row->date[column]);
    if (column == HO_ROSTER_DUAL && ho_bytes_is(row->text[column], "no"))
        row->text[column] = (struct ho_bytes){0};
    return wrong;
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

bool ho_roster_header_read(struct ho_arena *arena, const struct ho_csv_record *record,
                           const struct ho_roster_faults *faults, struct ho_roster_header *out, const char **unknown)
{
    out->n_fields = record->n;
    return ho_columns_find(arena, columns, HO_ROSTER_COLUMNS, record, faults, out->place, unknown);
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
            good = ho_roster_fault_report(faults, record->line, columns[i].name, wrong);
    }
    enum ho_roster_column column;
    const char *wrong = good ? check_row(out, &column) : NULL;
    if (wrong)
        good = ho_roster_fault_report(faults, record->line, columns[column].name, wrong);
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
    const char *shape = ho_record_shape(arena, record, header->n_fields);
    bool good = shape ? ho_roster_fault_report(faults, record->line, "", shape)
                      : take_fields(arena, header, record, faults, out);
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
        bool later = i >= HO_ROSTER_COUNTY,
             said = columns[i].kind == HO_COLUMN_DATE ? row->date[i] != 0 : row->text[i].n > 0;
        if (ho_roster_column_is_enrolment((enum ho_roster_column)i) || (later && !said))
            continue;
        if (later)
            parts[n++] = ho_bytes_of(columns[i].name);
        if (columns[i].kind == HO_COLUMN_DATE)
            parts[n++] = ho_bytes_from(&row->date[i], sizeof row->date[i]);
        else
            parts[n++] = row->text[i];
    }
    ho_digest_id(parts, n, out);
}
