#include "care.h"

#include "handoff/time.h"

static const struct ho_column team[HO_TEAM_COLUMNS] = {
    [HO_TEAM_MEMBER_ID] = {"member_id", HO_COLUMN_REQUIRED},
    [HO_TEAM_ROLE] = {"role", HO_COLUMN_CHOICE, " pcp specialist pharmacist case-manager cb-cme community family "},
    [HO_TEAM_NAME] = {"name", HO_COLUMN_TEXT},
    [HO_TEAM_ORGANISATION] = {"organisation", HO_COLUMN_TEXT},
    [HO_TEAM_EMAIL] = {"email", HO_COLUMN_EMAIL},
    [HO_TEAM_PHONE] = {"phone", HO_COLUMN_TEXT},
    [HO_TEAM_SINCE] = {"since", HO_COLUMN_DATE},
    [HO_TEAM_UNTIL] = {"until", HO_COLUMN_DATE},
};

static const struct ho_column staff[HO_STAFF_COLUMNS] = {
    [HO_STAFF_EMAIL] = {"email", HO_COLUMN_EMAIL},
    [HO_STAFF_NAME] = {"name", HO_COLUMN_TEXT},
    [HO_STAFF_ROLE] = {"role", HO_COLUMN_CHOICE, " coordinator supervisor pharmacist "},
    [HO_STAFF_BACKUP_EMAIL] = {"backup_email", HO_COLUMN_EMAIL},
    [HO_STAFF_AWAY_FROM] = {"away_from", HO_COLUMN_DATE},
    [HO_STAFF_AWAY_TO] = {"away_to", HO_COLUMN_DATE},
    [HO_STAFF_SUPERVISOR_EMAIL] = {"supervisor_email", HO_COLUMN_EMAIL},
};

const struct ho_column *ho_care_columns(enum ho_care_kind kind, size_t *n)
{
    *n = kind == HO_CARE_TEAM ? HO_TEAM_COLUMNS : HO_STAFF_COLUMNS;
    return kind == HO_CARE_TEAM ? team : staff;
}

// ---- Between the columns. What is wrong, or NULL; `*column` is where.

static const char *check_team(const struct ho_care_row *row, int *column)
{
    const uint32_t since = row->date[HO_TEAM_SINCE], until = row->date[HO_TEAM_UNTIL];
    bool says_more = since || until;
    for (int i = HO_TEAM_NAME; i <= HO_TEAM_PHONE; i++)
        says_more |= row->text[i].n > 0;
    *column = HO_TEAM_ROLE;
    if (!row->text[HO_TEAM_ROLE].n)
        return says_more ? "is blank beside a person; only a line without any says that there is no team" : NULL;
    *column = HO_TEAM_NAME;
    if (!row->text[HO_TEAM_NAME].n && !row->text[HO_TEAM_ORGANISATION].n)
        return "is blank, and so is organisation";
    *column = HO_TEAM_UNTIL;
    return until && until < since ? "lies before since" : NULL;
}

static bool is_same_address(struct ho_bytes a, struct ho_bytes b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++) {
        uint8_t x = a.p[i], y = b.p[i];
        if ((x >= 'A' && x <= 'Z' ? x + 32 : x) != (y >= 'A' && y <= 'Z' ? y + 32 : y))
            return false;
    }
    return true;
}

static const char *check_staff(const struct ho_care_row *row, int *column)
{
    const uint32_t from = row->date[HO_STAFF_AWAY_FROM], to = row->date[HO_STAFF_AWAY_TO];
    *column = HO_STAFF_EMAIL;
    if (!row->text[HO_STAFF_EMAIL].n)
        return "is blank";
    *column = HO_STAFF_BACKUP_EMAIL;
    if (is_same_address(row->text[HO_STAFF_EMAIL], row->text[HO_STAFF_BACKUP_EMAIL]))
        return "is the person's own address";
    *column = HO_STAFF_AWAY_FROM;
    if (to && !from)
        return "is blank beside away_to";
    *column = HO_STAFF_AWAY_TO;
    return to && to < from ? "lies before away_from" : NULL;
}

static const char *check(enum ho_care_kind kind, const struct ho_care_row *row, int *column)
{
    return kind == HO_CARE_TEAM ? check_team(row, column) : check_staff(row, column);
}

// ---- Lines of a file -------------------------------------------------------------------------------

bool ho_care_header_read(struct ho_arena *arena, enum ho_care_kind kind, const struct ho_csv_record *record,
                         const struct ho_roster_faults *faults, struct ho_care_header *out, const char **unknown)
{
    size_t n;
    const struct ho_column *columns = ho_care_columns(kind, &n);
    out->n_fields = record->n;
    return ho_columns_find(arena, columns, n, record, faults, out->place, unknown);
}

static bool take_fields(struct ho_arena *arena, enum ho_care_kind kind, const struct ho_care_header *header,
                        const struct ho_csv_record *record, const struct ho_roster_faults *faults,
                        struct ho_care_row *out)
{
    size_t n;
    bool good = true;
    const struct ho_column *columns = ho_care_columns(kind, &n);
    for (size_t i = 0; i < n; i++) {
        if (header->place[i] < 0)
            continue;
        const char *wrong =
            ho_column_take(arena, &columns[i], record->fields[header->place[i]], &out->text[i], &out->date[i]);
        if (wrong)
            good = ho_roster_fault_report(faults, record->line, columns[i].name, wrong);
    }
    int column;
    const char *wrong = good ? check(kind, out, &column) : NULL;
    return wrong ? ho_roster_fault_report(faults, record->line, columns[column].name, wrong) : good;
}

// Whom a line of the wrong shape seems to be about, so that the others of its lines are left out too.
static struct ho_bytes likely_subject(struct ho_arena *arena, enum ho_care_kind kind,
                                      const struct ho_care_header *header, const struct ho_csv_record *record)
{
    size_t n, place = (size_t)header->place[0];
    uint32_t date = 0;
    struct ho_bytes text = {0};
    const struct ho_column *columns = ho_care_columns(kind, &n);
    if (place >= record->n || ho_column_take(arena, columns, record->fields[place], &text, &date))
        return (struct ho_bytes){0};
    return text;
}

bool ho_care_row_read(struct ho_arena *arena, enum ho_care_kind kind, const struct ho_care_header *header,
                      const struct ho_csv_record *record, const struct ho_roster_faults *faults,
                      struct ho_care_row *out)
{
    *out = (struct ho_care_row){.line = record->line};
    const char *shape = ho_record_shape(arena, record, header->n_fields);
    bool good = shape ? ho_roster_fault_report(faults, record->line, "", shape)
                      : take_fields(arena, kind, header, record, faults, out);
    if (!good)
        *out = (struct ho_care_row){.line = record->line, .text[0] = likely_subject(arena, kind, header, record)};
    return good;
}

// ---- Updates ---------------------------------------------------------------------------------------

static bool take_person(struct ho_arena *arena, const char *member_id, const ho_care_team_member *m,
                        struct ho_care_row *row)
{
    const char *const values[] = {member_id, m->role, m->name, m->organisation, m->email, m->phone};
    const uint32_t dates[] = {m->since, m->until};
    for (int i = 0; i <= HO_TEAM_PHONE; i++)
        if (ho_column_take(arena, &team[i], ho_bytes_of(values[i]), &row->text[i], &row->date[i]))
            return false;
    for (int i = 0; i < 2; i++) {
        if (dates[i] && !ho_date_valid(dates[i]))
            return false;
        row->date[HO_TEAM_SINCE + i] = dates[i];
    }
    int column;
    return row->text[HO_TEAM_ROLE].n && !check_team(row, &column);
}

static bool repeats_earlier(const struct ho_care_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ho_bytes_equal(rows[i].text[HO_TEAM_ROLE], rows[n].text[HO_TEAM_ROLE]) &&
            ho_bytes_equal(rows[i].text[HO_TEAM_NAME], rows[n].text[HO_TEAM_NAME]) &&
            ho_bytes_equal(rows[i].text[HO_TEAM_ORGANISATION], rows[n].text[HO_TEAM_ORGANISATION]) &&
            ho_bytes_equal(rows[i].text[HO_TEAM_EMAIL], rows[n].text[HO_TEAM_EMAIL]))
            return true;
    return false;
}

bool ho_care_rows_of_update(struct ho_arena *arena, const ho_roster_update *update, struct ho_care_row **rows,
                            size_t *n)
{
    *n = 0;
    if (!update->care_team || update->deleted)
        return true;
    const size_t people = update->care_team->n_members;
    if (people > HO_CSV_FIELDS_MAX)
        return false;
    *n = people ? people : 1;
    *rows = ho_arena_array(arena, *n, sizeof **rows);
    if (ho_column_take(arena, &team[HO_TEAM_MEMBER_ID], ho_bytes_of(update->member->member_id),
                       &(*rows)[0].text[HO_TEAM_MEMBER_ID], &(*rows)[0].date[HO_TEAM_MEMBER_ID]))
        return false;
    for (size_t i = 0; i < people; i++)
        if (!take_person(arena, update->member->member_id, update->care_team->members[i], &(*rows)[i]) ||
            repeats_earlier(*rows, i))
            return false;
    return true;
}
