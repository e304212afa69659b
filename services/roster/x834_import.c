#include "x834_import.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

// Who has more loops than a member of any plan has is no member, but what --member-ref names by mistake: a group.
enum { LOOPS_AT_ONCE = 5000, LOOPS_A_MEMBER_MAX = 500 };

struct ho_x834_import {
    struct ho_pg *pg;
    struct ho_arena *arena; // of the loops that are not yet written
    struct ho_pg_array *lines, *refused, *members, *loops;
    uint64_t last_segment;
    uint32_t file_date; // the latest of the file
    char sender[HO_X834_SENDER_BYTES];
    bool nameless; // a refused loop whose member could not be read
};

// ---- Keeping ---------------------------------------------------------------------------------------

static const char make_table[] =
    "create temporary table if not exists roster_834 (line bigint not null, refused boolean not null, "
    " member_id text not null, loop bytea not null) on commit delete rows";

static const char keep_loops[] =
    "insert into roster_834 select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::bytea[])";

static void begin_batch(struct ho_x834_import *import)
{
    ho_arena_reset(import->arena);
    import->lines = ho_pg_array_new(import->arena, HO_PG_INT8);
    import->refused = ho_pg_array_new(import->arena, HO_PG_BOOL);
    import->members = ho_pg_array_new(import->arena, HO_PG_TEXT);
    import->loops = ho_pg_array_new(import->arena, HO_PG_BYTEA);
}

enum ho_status ho_x834_import_begin(struct ho_pg *pg, struct ho_x834_import **out, struct ho_error *error)
{
    enum ho_status status = ho_pg_script(pg, make_table, error);
    if (status != HO_OK)
        return status;
    struct ho_x834_import *import = calloc(1, sizeof *import);
    if (!import)
        abort();
    import->pg = pg;
    import->arena = ho_arena_new(0);
    begin_batch(import);
    *out = import;
    return HO_OK;
}

void ho_x834_import_free(struct ho_x834_import *import)
{
    if (!import)
        return;
    ho_arena_free(import->arena);
    free(import);
}

static enum ho_status write_batch(struct ho_x834_import *import, struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(import->arena);
    ho_pg_param_array(params, import->lines);
    ho_pg_param_array(params, import->refused);
    ho_pg_param_array(params, import->members);
    ho_pg_param_array(params, import->loops);
    enum ho_status status = ho_pg_run(import->pg, keep_loops, params, NULL, error);
    begin_batch(import);
    return status;
}

// A loop as bytes, for this process alone: its fixed part, its coverages, and each column that is said.
struct packed {
    enum ho_x834_maintenance maintenance;
    uint32_t file_date, began, ended, changed, died;
    uint32_t n_coverages, n_said;
};

struct packed_column {
    uint32_t column, date, n;
};

static struct ho_bytes pack(struct ho_arena *arena, const struct ho_x834_member *m)
{
    struct packed head = {
        m->maintenance, m->file_date, m->began, m->ended, m->changed, m->died, (uint32_t)m->n_coverages, 0};
    size_t coverages = m->n_coverages * sizeof *m->coverages, n = sizeof head + coverages;
    for (int i = 0; i < HO_ROSTER_COLUMNS; i++)
        if (m->said[i])
            n += sizeof(struct packed_column) + m->row.text[i].n, head.n_said++;
    uint8_t *bytes = ho_arena_alloc(arena, n), *p = bytes;
    memcpy(p, &head, sizeof head);
    memcpy(p + sizeof head, m->coverages, coverages);
    p += sizeof head + coverages;
    for (uint32_t i = 0; i < HO_ROSTER_COLUMNS; i++) {
        struct ho_bytes text = m->row.text[i];
        if (!m->said[i])
            continue;
        memcpy(p, &(struct packed_column){i, m->row.date[i], (uint32_t)text.n}, sizeof(struct packed_column));
        if (text.n)
            memcpy(p + sizeof(struct packed_column), text.p, text.n);
        p += sizeof(struct packed_column) + text.n;
    }
    return ho_bytes_from(bytes, n);
}

static void unpack(const uint8_t *p, struct ho_x834_member *out)
{
    struct packed head;
    memcpy(&head, p, sizeof head);
    p += sizeof head;
    *out = (struct ho_x834_member){.maintenance = head.maintenance,
                                   .file_date = head.file_date,
                                   .began = head.began,
                                   .ended = head.ended,
                                   .changed = head.changed,
                                   .died = head.died,
                                   .n_coverages = head.n_coverages};
    memcpy(out->coverages, p, head.n_coverages * sizeof *out->coverages);
    p += head.n_coverages * sizeof *out->coverages;
    for (uint32_t i = 0; i < head.n_said; i++) {
        struct packed_column c;
        memcpy(&c, p, sizeof c);
        out->said[c.column] = true;
        out->row.date[c.column] = c.date;
        out->row.text[c.column] = ho_bytes_from(p + sizeof c, c.n);
        p += sizeof c + c.n;
    }
}

enum ho_status ho_x834_import_member(struct ho_x834_import *import, const struct ho_x834_member *member, bool refused,
                                     struct ho_error *error)
{
    struct ho_bytes member_id = member->row.text[HO_ROSTER_MEMBER_ID];
    import->last_segment = member->segment;
    if (member->file_date > import->file_date)
        import->file_date = member->file_date;
    memcpy(import->sender, member->sender, sizeof import->sender);
    if (!member_id.n) {
        import->nameless = true;
        return HO_OK;
    }
    static const struct ho_x834_member nothing;
    ho_pg_push_int(import->lines, (int64_t)member->segment);
    ho_pg_push_int(import->refused, refused);
    ho_pg_push_bytes(import->members, member_id);
    ho_pg_push_bytes(import->loops, pack(import->arena, refused ? &nothing : member));
    return ho_pg_array_length(import->lines) < LOOPS_AT_ONCE ? HO_OK : write_batch(import, error);
}

// ---- Which file --------------------------------------------------------------------------------------

static const char last_date[] =
    "select coalesce((select file_date from roster_file where sender = $1 and program = $2), 0)";
static const char note_file[] = "insert into roster_file as f (sender, program, file_date) values ($1, $2, $3) "
                                "on conflict (sender, program) do update set imported_at = now(), "
                                " file_date = greatest(f.file_date, excluded.file_date)";

// What a file says of a member's end, an older one would take back.
static enum ho_status check_age(struct ho_x834_import *import, const struct ho_x834_plan *plan, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    struct ho_pg_params *which = ho_pg_params_new(import->arena), *all = ho_pg_params_new(import->arena);
    ho_pg_text(which, import->sender);
    ho_pg_text(which, plan->program);
    ho_pg_text(all, import->sender);
    ho_pg_text(all, plan->program);
    ho_pg_int(all, import->file_date);
    ho_pg_queue(import->pg, last_date, which, &result);
    ho_pg_queue(import->pg, note_file, all, NULL);
    enum ho_status status = ho_pg_flush(import->pg, error);
    int64_t last = status == HO_OK ? ho_pg_get_int(result, 0, 0) : 0;
    ho_pg_result_free(result);
    if (status == HO_OK && import->file_date < last && !plan->older)
        status = ho_fail(error, HO_REJECT,
                         "nothing was changed: the file is of %" PRIu32 ", and one of %" PRId64 " was imported before, "
                         "which it could undo; where that is right, import it with --older",
                         import->file_date, last);
    return status;
}

// ---- A full file -----------------------------------------------------------------------------------

// Who could end: $1 is the program, '' any; $2 the file's date.
#define COULD_END                                                                                                      \
    " not m.deleted and (exists (select from enrolment e where e.member_id = m.member_id and $1 in ('', e.program)"    \
    "   and (e.enrolled_to = 0 or e.enrolled_to > $2))"                                                                \
    "  or ($1 = '' and not exists (select from enrolment e where e.member_id = m.member_id)))"

static const char count_those_who_could_end[] = "select count(*) from member m where $1::text is not null and "
                                                "$2::bigint is not null and" COULD_END;

static const char end_those_not_named[] =
    "insert into roster_834 select $3::bigint + row_number() over (), false, m.member_id, $4::bytea from member m "
    "where not exists (select from roster_834 l where l.member_id = m.member_id) and $1::text is not null and "
    "$2::bigint is not null and" COULD_END;

static enum ho_status check_ends(const struct ho_x834_plan *plan, int64_t ended, int64_t could, struct ho_error *error)
{
    if (ended * 20 <= could || ended <= plan->ends_allowed)
        return HO_OK;
    return ho_fail(error, HO_REJECT,
                   "nothing was changed: as a full file it would end %" PRId64 " of %" PRId64
                   " members, more than 5 %%; where that is right, import it with --allow-ending %" PRId64,
                   ended, could, ended);
}

static enum ho_status end_others(struct ho_x834_import *import, const struct ho_x834_plan *plan,
                                 struct ho_x834_counts *out, struct ho_error *error)
{
    if (import->nameless)
        return ho_fail(error, HO_REJECT,
                       "nothing was changed: of a full file every member's number must be read, or --full would end "
                       "whom it names; correct the file");
    if (!import->last_segment)
        return ho_fail(
            error, HO_REJECT,
            "nothing was changed: the file names nobody, and --full would end everyone; ask the sender for it "
            "again");
    const struct ho_x834_member end = {.maintenance = HO_X834_END, .file_date = import->file_date};
    struct ho_pg_result *could = NULL, *ended = NULL;
    struct ho_pg_params *who = ho_pg_params_new(import->arena), *all = ho_pg_params_new(import->arena);
    ho_pg_text(who, plan->program);
    ho_pg_int(who, import->file_date);
    ho_pg_text(all, plan->program);
    ho_pg_int(all, import->file_date);
    ho_pg_int(all, (int64_t)import->last_segment);
    ho_pg_bytea(all, pack(import->arena, &end));
    ho_pg_queue(import->pg, count_those_who_could_end, who, &could);
    ho_pg_queue(import->pg, end_those_not_named, all, &ended);
    enum ho_status status = ho_pg_flush(import->pg, error);
    if (status == HO_OK) {
        out->ended = ho_pg_affected(ended);
        status = check_ends(plan, out->ended, ho_pg_get_int(could, 0, 0), error);
    }
    ho_pg_result_free(could);
    ho_pg_result_free(ended);
    return status;
}

// ---- Putting together ------------------------------------------------------------------------------

// The person's columns in the order of the statement below.
static const enum ho_roster_column person[] = {
    HO_ROSTER_CIN,        HO_ROSTER_PLAN_ID,     HO_ROSTER_SURNAME,
    HO_ROSTER_GIVEN,      HO_ROSTER_MIDDLE,      HO_ROSTER_SUFFIX,
    HO_ROSTER_BIRTH_DATE, HO_ROSTER_SEX,         HO_ROSTER_PHONE,
    HO_ROSTER_ADDRESS,    HO_ROSTER_CITY,        HO_ROSTER_STATE,
    HO_ROSTER_ZIP,        HO_ROSTER_LANGUAGE,    HO_ROSTER_ORGANISATION,
    HO_ROSTER_TEAM,       HO_ROSTER_COORDINATOR, HO_ROSTER_COORDINATOR_EMAIL,
    HO_ROSTER_COUNTY,     HO_ROSTER_CONDITIONS,  HO_ROSTER_NEEDS,
    HO_ROSTER_HOMELESS,   HO_ROSTER_RISK,        HO_ROSTER_PREGNANT_UNTIL,
    HO_ROSTER_DUAL,
};
static_assert(HO_ROSTER_COLUMNS == 30, "a column that is not read here would be blanked by every 834");

enum { MEMBER_ID, LINE, REFUSED, LOOP, THERE, DELETED, ENROLMENTS, PERSON };

static const char open_known[] =
    "analyze roster_834; set local cursor_tuple_fraction = 1; "
    "declare roster_834_known cursor for "
    "select l.member_id, l.line, l.refused, l.loop, m.member_id is not null, coalesce(m.deleted, false), "
    " (select string_agg(concat_ws(E'\\x1f', e.program, e.enrolled_from, e.enrolled_to, e.opted_out_on), E'\\x1e' "
    "   order by e.program, e.enrolled_from) from enrolment e where e.member_id = l.member_id), "
    " m.cin, m.plan_id, m.surname, m.given, m.middle, m.suffix, m.birth_date, m.sex, m.phone, m.address, m.city, "
    " m.state, m.zip, m.language, m.organisation, m.team, m.coordinator, m.coordinator_email, m.county, "
    " array_to_string(m.conditions, ' '), array_to_string(m.needs, ' '), m.homeless, m.risk, m.pregnant_until, "
    " case when m.dual then 'yes' else '' end "
    "from roster_834 l left join member m using (member_id) order by l.member_id collate \"C\", l.line";

static const char fetch_known[] = "fetch 5000 from roster_834_known";

struct merging {
    const struct ho_x834_plan *plan;
    const struct ho_roster_faults *notes;
    struct ho_x834_counts *counts;
    struct ho_roster_stage *stage;
    struct ho_arena *arena; // the member's in hand
    struct ho_roster_known known;
    bool begun, refused;
    int loops;             // so far
    uint64_t unknown_line; // of a loop that only ends the member whom the roster never had
    uint64_t rows;
};

static struct ho_bytes next_part(struct ho_bytes *rest, uint8_t separator)
{
    const uint8_t *at = rest->n ? memchr(rest->p, separator, rest->n) : NULL;
    size_t n = at ? (size_t)(at - rest->p) : rest->n;
    struct ho_bytes part = ho_bytes_from(rest->p, n);
    *rest = at ? ho_bytes_from(at + 1, rest->n - n - 1) : (struct ho_bytes){0};
    return part;
}

static uint32_t next_number(struct ho_arena *arena, struct ho_bytes *rest)
{
    return (uint32_t)strtoul(ho_arena_text(arena, next_part(rest, 0x1F)), NULL, 10);
}

static void read_enrolments(struct merging *m, struct ho_bytes all)
{
    while (all.n) {
        struct ho_bytes one = next_part(&all, 0x1E);
        struct ho_roster_enrolment *e = ho_arena_push(m->arena, &m->known.enrolments, sizeof *e);
        e->program = next_part(&one, 0x1F);
        e->from = next_number(m->arena, &one);
        e->to = next_number(m->arena, &one);
        e->opted_out_on = next_number(m->arena, &one);
    }
}

static void read_known(struct merging *m, const struct ho_pg_result *result, int row)
{
    ho_arena_reset(m->arena);
    m->known = (struct ho_roster_known){
        .there = ho_pg_get_int(result, row, THERE),
        .deleted = ho_pg_get_int(result, row, DELETED),
    };
    m->known.row.text[HO_ROSTER_MEMBER_ID] = ho_arena_copy(m->arena, ho_pg_get_bytes(result, row, MEMBER_ID));
    m->begun = true;
    m->refused = false;
    m->loops = 0;
    m->unknown_line = 0;
    if (!m->known.there)
        return;
    for (int i = 0; i < (int)(sizeof person / sizeof *person); i++)
        if (ho_roster_column_is_date(person[i]))
            m->known.row.date[person[i]] = (uint32_t)ho_pg_get_int(result, row, PERSON + i);
        else
            m->known.row.text[person[i]] = ho_arena_copy(m->arena, ho_pg_get_bytes(result, row, PERSON + i));
    read_enrolments(m, ho_arena_copy(m->arena, ho_pg_get_bytes(result, row, ENROLMENTS)));
}

static void note_unknown(struct merging *m)
{
    const struct ho_roster_fault fault = {m->unknown_line, "INS-03",
                                          "ends a member whom the roster never had; nothing is to be done"};
    m->notes->report(m->notes->context, &fault);
    m->counts->unknown++;
}

static enum ho_status finish_member(struct merging *m, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    size_t n = 0;
    if (!m->begun)
        return HO_OK;
    m->counts->refused += m->refused;
    if (!m->refused && !m->known.there)
        note_unknown(m);
    if (m->refused || !m->known.there)
        return HO_OK;
    m->counts->ends_later += m->known.ends_later;
    struct ho_roster_row *rows = ho_roster_rows_of_known(m->arena, &m->known, &n);
    for (size_t i = 0; i < n && status == HO_OK; i++) {
        rows[i].line = ++m->rows;
        status = ho_roster_stage_row(m->stage, &rows[i], error);
    }
    return status;
}

static enum ho_status take_loop(struct merging *m, const struct ho_pg_result *result, int row, struct ho_error *error)
{
    struct ho_x834_member loop;
    enum ho_status status = HO_OK;
    if (!m->begun || !ho_bytes_equal(m->known.row.text[HO_ROSTER_MEMBER_ID], ho_pg_get_bytes(result, row, MEMBER_ID))) {
        status = finish_member(m, error);
        read_known(m, result, row);
    }
    if (status == HO_OK && ++m->loops > LOOPS_A_MEMBER_MAX)
        return ho_fail(error, HO_REJECT,
                       "nothing was changed: more than %d loops (INS) have one number, the last in segment %" PRId64
                       "; say with --member-ref which reference is each member's own",
                       LOOPS_A_MEMBER_MAX, ho_pg_get_int(result, row, LINE));
    m->refused |= ho_pg_get_int(result, row, REFUSED) != 0;
    unpack(ho_arena_copy(m->arena, ho_pg_get_bytes(result, row, LOOP)).p, &loop);
    if (!ho_x834_merge(m->arena, &loop, m->plan->program, &m->known))
        m->unknown_line = (uint64_t)ho_pg_get_int(result, row, LINE);
    return status;
}

static enum ho_status merge_batch(struct merging *m, struct ho_pg *pg, bool *more, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, fetch_known, NULL, &result, error);
    if (status == HO_OK)
        status = ho_roster_stage_resume(m->stage, error);
    *more = status == HO_OK && ho_pg_rows(result) > 0;
    for (int i = 0; *more && i < ho_pg_rows(result) && status == HO_OK; i++)
        status = take_loop(m, result, i, error);
    if (status == HO_OK && !*more)
        status = finish_member(m, error);
    if (status == HO_OK && *more)
        status = ho_roster_stage_pause(m->stage, error);
    ho_pg_result_free(result);
    return status;
}

static enum ho_status merge_all(struct merging *m, struct ho_pg *pg, struct ho_error *error)
{
    bool more = true;
    enum ho_status status = ho_pg_script(pg, open_known, error);
    if (status == HO_OK)
        status = ho_roster_stage_begin(pg, &m->stage, error);
    if (status == HO_OK)
        status = ho_roster_stage_pause(m->stage, error);
    while (more && status == HO_OK)
        status = merge_batch(m, pg, &more, error);
    if (status == HO_OK)
        status = ho_roster_stage_end(m->stage, error);
    ho_roster_stage_free(m->stage);
    return status;
}

// ---- Twins -----------------------------------------------------------------------------------------

// A number that is not the roster's member_id would make everybody twice, and then matching finds nobody by the CIN.
static const char count_twins[] =
    "select count(distinct r.member_id), (select count(distinct member_id) from roster_row) from roster_row r "
    " join member m on m.cin = r.cin and m.member_id <> r.member_id and not m.deleted "
    "where r.cin <> '' and not r.deleted and not exists (select from member k where k.member_id = r.member_id)";

static enum ho_status check_twins(struct ho_pg *pg, const struct ho_x834_plan *plan, int64_t *twins,
                                  struct ho_error *error)
{
    enum { TWINS_MAX = 10 };
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, count_twins, NULL, &result, error);
    if (status == HO_OK) {
        int64_t members = ho_pg_get_int(result, 0, 1);
        *twins = ho_pg_get_int(result, 0, 0);
        if (*twins > TWINS_MAX && *twins * 20 > members && *twins > plan->twins_allowed)
            status = ho_fail(error, HO_REJECT,
                             "nothing was changed: %" PRId64 " of %" PRId64
                             " members are new and have the CIN of another: say with --member-ref which reference is "
                             "the roster's member_id, or --allow-twins %" PRId64 " where they are not the same people",
                             *twins, members, *twins);
    }
    ho_pg_result_free(result);
    return status;
}

enum ho_status ho_x834_import_stage(struct ho_x834_import *import, const struct ho_x834_plan *plan,
                                    const struct ho_roster_faults *notes, struct ho_x834_counts *out,
                                    struct ho_error *error)
{
    struct merging m = {.plan = plan, .notes = notes, .counts = out, .arena = ho_arena_new(0)};
    *out = (struct ho_x834_counts){0};
    enum ho_status status = write_batch(import, error);
    if (status == HO_OK)
        status = ho_roster_lock(import->pg, error);
    if (status == HO_OK && import->last_segment)
        status = check_age(import, plan, error);
    if (status == HO_OK && plan->full)
        status = end_others(import, plan, out, error);
    if (status == HO_OK)
        status = merge_all(&m, import->pg, error);
    if (status == HO_OK)
        status = check_twins(import->pg, plan, &out->twins, error);
    ho_arena_free(m.arena);
    return status;
}
