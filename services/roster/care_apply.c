#include "care_apply.h"

#include "apply.h"

#include <stdlib.h>

struct ho_care_stage {
    struct ho_pg *pg;
    enum ho_care_kind kind;
};

// ---- Statements, by kind -----------------------------------------------------------------------------

#define TEAM_COLUMNS "member_id, role, name, organisation, email, phone, since, until"
#define STAFF_COLUMNS "email, name, role, backup_email, away_from, away_to, supervisor_email"
// Whom no refused line is about.
#define STAFF_NAMED                                                                                                    \
    "staff_row r where not exists (select from staff_row w where w.refused and lower(w.email) = lower(r.email))"
#define NAMED "(select member_id from team_row group by member_id having not bool_or(refused))"

static const char *const exists[HO_CARE_KINDS] = {
    [HO_CARE_TEAM] = "select to_regclass('pg_temp.team_row') is not null",
    [HO_CARE_STAFF] = "select to_regclass('pg_temp.staff_row') is not null",
};
static const char *const make[HO_CARE_KINDS] = {
    [HO_CARE_TEAM] = "create temporary table team_row (line bigint not null, refused boolean not null,"
                     " member_id text not null, role text not null, name text not null, organisation text not null,"
                     " email text not null, phone text not null, since int not null, until int not null)"
                     " on commit delete rows",
    [HO_CARE_STAFF] = "create temporary table staff_row (line bigint not null, refused boolean not null,"
                      " email text not null, name text not null, role text not null, backup_email text not null,"
                      " away_from int not null, away_to int not null, supervisor_email text not null)"
                      " on commit delete rows",
};
static const char *const copy[HO_CARE_KINDS] = {
    [HO_CARE_TEAM] = "copy team_row from stdin",
    [HO_CARE_STAFF] = "copy staff_row from stdin",
};

// The line, and the earlier one that it repeats; 0: the roster does not know the member.
static const char *const mark_wrong[HO_CARE_KINDS] = {
    [HO_CARE_TEAM] =
        "with numbered as (select line, member_id,"
        "   first_value(line) over (partition by member_id, role, name, organisation, email order by line) as first"
        "  from team_row where not refused),"
        " wrong as (select n.line, case when m.member_id is null then 0 else n.first end as other"
        "  from numbered n left join member m using (member_id) where m.member_id is null or n.first <> n.line),"
        " marked as (update team_row r set refused = true from wrong w where r.line = w.line)"
        " select line, other from wrong order by line",
    [HO_CARE_STAFF] =
        "with numbered as (select line, first_value(line) over (partition by lower(email) order by line) as first"
        "  from staff_row where not refused),"
        " wrong as (select line, first as other from numbered where first <> line),"
        " marked as (update staff_row r set refused = true from wrong w where r.line = w.line)"
        " select line, other from wrong order by line",
};

static const char *const count_subjects[HO_CARE_KINDS] = {
    [HO_CARE_TEAM] = "select count(*) from " NAMED " n",
    [HO_CARE_STAFF] = "select count(*) from " STAFF_NAMED,
};
// A team is replaced whole. Staff is added to: who is not named stays.
static const char *const remove_gone[HO_CARE_KINDS] = {
    [HO_CARE_TEAM] = "delete from care_team t using " NAMED " n where t.member_id = n.member_id and not exists"
                     " (select from team_row r where (r.member_id, r.role, r.name, r.organisation, r.email, r.phone,"
                     "  r.since, r.until) = (t.member_id, t.role, t.name, t.organisation, t.email, t.phone, t.since,"
                     "  t.until))",
};
static const char *const write_rows[HO_CARE_KINDS] = {
    [HO_CARE_TEAM] = "insert into care_team (" TEAM_COLUMNS ") select " TEAM_COLUMNS " from team_row join " NAMED
                     " n using (member_id) where role <> '' on conflict do nothing",
    [HO_CARE_STAFF] =
        "insert into staff as s (" STAFF_COLUMNS ") select lower(email), name, role, backup_email, away_from, away_to,"
        "  supervisor_email from " STAFF_NAMED
        " on conflict (email) do update set name = excluded.name, role = excluded.role,"
        "  backup_email = excluded.backup_email, away_from = excluded.away_from, away_to = excluded.away_to,"
        "  supervisor_email = excluded.supervisor_email"
        " where (s.name, s.role, s.backup_email, s.away_from, s.away_to, s.supervisor_email) is distinct from"
        "  (excluded.name, excluded.role, excluded.backup_email, excluded.away_from, excluded.away_to,"
        "   excluded.supervisor_email)",
};

// ---- Staging ---------------------------------------------------------------------------------------

static enum ho_status table_ready(struct ho_pg *pg, enum ho_care_kind kind, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, exists[kind], NULL, &result, error);
    if (status == HO_OK && !ho_pg_get_int(result, 0, 0))
        status = ho_pg_script(pg, make[kind], error);
    ho_pg_result_free(result);
    return status;
}

enum ho_status ho_care_stage_begin(struct ho_pg *pg, enum ho_care_kind kind, struct ho_care_stage **out,
                                   struct ho_error *error)
{
    enum ho_status status = table_ready(pg, kind, error);
    if (status == HO_OK)
        status = ho_pg_copy_begin(pg, copy[kind], error);
    if (status != HO_OK)
        return status;
    struct ho_care_stage *stage = malloc(sizeof *stage);
    if (!stage)
        abort();
    *stage = (struct ho_care_stage){pg, kind};
    *out = stage;
    return HO_OK;
}

// Control characters are gone from a row's texts, so only the backslash needs one before it.
static const char *escaped(struct ho_arena *arena, struct ho_bytes text)
{
    char *out = ho_arena_alloc(arena, 2 * text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\\')
            out[n++] = '\\';
        out[n++] = (char)text.p[i];
    }
    out[n] = '\0';
    return out;
}

enum ho_status ho_care_stage_row(struct ho_care_stage *stage, struct ho_arena *arena, const struct ho_care_row *row,
                                 bool refused, struct ho_error *error)
{
    size_t n;
    const struct ho_column *columns = ho_care_columns(stage->kind, &n);
    if (refused && !row->text[0].n)
        return HO_OK;
    const char *line = ho_arena_printf(arena, "%llu\t%s", (unsigned long long)row->line, refused ? "t" : "f");
    for (size_t i = 0; i < n; i++)
        line = columns[i].kind == HO_COLUMN_DATE ? ho_arena_printf(arena, "%s\t%u", line, row->date[i])
                                                 : ho_arena_printf(arena, "%s\t%s", line, escaped(arena, row->text[i]));
    return ho_pg_copy_put(stage->pg, ho_bytes_of(ho_arena_printf(arena, "%s\n", line)), error);
}

enum ho_status ho_care_stage_end(struct ho_care_stage *stage, struct ho_error *error)
{
    enum ho_status status = ho_pg_copy_end(stage->pg, error);
    return status == HO_OK ? ho_roster_lock(stage->pg, error) : status;
}

void ho_care_stage_free(struct ho_care_stage *stage)
{
    free(stage);
}

// ---- Checking and writing --------------------------------------------------------------------------

static void report_wrong(const struct ho_pg_result *result, int row, struct ho_arena *arena, enum ho_care_kind kind,
                         const struct ho_roster_faults *faults)
{
    size_t n;
    const long long other = (long long)ho_pg_get_int(result, row, 1);
    const char *what = "is not in the roster";
    if (other)
        what = ho_arena_printf(arena,
                               kind == HO_CARE_TEAM ? "the same role, name, organisation and e-mail as line %lld"
                                                    : "stands in line %lld already",
                               other);
    ho_roster_fault_report(faults, (uint64_t)ho_pg_get_int(result, row, 0), ho_care_columns(kind, &n)->name, what);
}

enum ho_status ho_care_stage_check(struct ho_pg *pg, struct ho_arena *arena, enum ho_care_kind kind,
                                   const struct ho_roster_faults *faults, uint64_t *n, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, mark_wrong[kind], NULL, &result, error);
    if (status == HO_OK) {
        *n = (uint64_t)ho_pg_rows(result);
        for (int i = 0; i < ho_pg_rows(result); i++)
            report_wrong(result, i, arena, kind, faults);
    }
    ho_pg_result_free(result);
    return status;
}

enum ho_status ho_care_apply(struct ho_pg *pg, enum ho_care_kind kind, struct ho_care_counts *out,
                             struct ho_error *error)
{
    struct ho_pg_result *subjects = NULL, *gone = NULL, *written = NULL;
    *out = (struct ho_care_counts){0};
    ho_pg_queue(pg, count_subjects[kind], NULL, &subjects);
    if (remove_gone[kind])
        ho_pg_queue(pg, remove_gone[kind], NULL, &gone);
    ho_pg_queue(pg, write_rows[kind], NULL, &written);
    enum ho_status status = ho_pg_flush(pg, error);
    if (status == HO_OK) {
        out->subjects = ho_pg_get_int(subjects, 0, 0);
        out->gone = gone ? ho_pg_affected(gone) : 0;
        out->written = ho_pg_affected(written);
    }
    ho_pg_result_free(subjects);
    ho_pg_result_free(gone);
    ho_pg_result_free(written);
    return status;
}
