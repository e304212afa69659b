#include "apply.h"

#include "handoff/digest.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BUFFER_BYTES = 256 * 1024,
    ROW_BYTES_MAX = HO_ROSTER_COLUMNS * (2 * HO_ROSTER_LIST_BYTES_MAX + 16),
    ANALYZED_FROM_ROWS = 1000, // the planner needs no numbers for fewer
};
static_assert(ROW_BYTES_MAX < BUFFER_BYTES, "a row fits the buffer");

// ---- Staging ---------------------------------------------------------------------------------------

struct ho_roster_stage {
    struct ho_pg *pg;
    uint64_t rows;
    size_t used;
    uint8_t buffer[BUFFER_BYTES];
};

// One row a line of the file; then one row a member that differs from what is known.
static const char make_tables[] =
    "create temporary table roster_row (line bigint not null, refused boolean not null, deleted boolean not null, "
    " person bytea not null, member_id text not null, cin text not null, plan_id text not null, surname text not null, "
    " given text not null, middle text not null, suffix text not null, birth_date int not null, sex text not null, "
    " phone text not null, address text not null, city text not null, state text not null, zip text not null, "
    " language text not null, program text not null, enrolled_from int not null, enrolled_to int not null, "
    " opted_out_on int not null, organisation text not null, team text not null, coordinator text not null, "
    " coordinator_email text not null, county text not null, conditions text not null, needs text not null, "
    " homeless text not null, risk text not null, pregnant_until int not null, dual text not null) "
    " on commit delete rows;"
    "create temporary table roster_change (member_id text not null, line bigint not null, deleted boolean not null, "
    " existed boolean not null, hash bytea not null) on commit delete rows";

static const char copy_rows[] = "copy roster_row from stdin";

static enum ho_status tables_ready(struct ho_pg *pg, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    enum ho_status status =
        ho_pg_run(pg, "select to_regclass('pg_temp.roster_change') is not null", NULL, &result, error);
    if (status == HO_OK && !ho_pg_get_int(result, 0, 0))
        status = ho_pg_script(pg, make_tables, error);
    ho_pg_result_free(result);
    return status;
}

enum ho_status ho_roster_stage_begin(struct ho_pg *pg, struct ho_roster_stage **out, struct ho_error *error)
{
    enum ho_status status = tables_ready(pg, error);
    if (status == HO_OK)
        status = ho_pg_copy_begin(pg, copy_rows, error);
    if (status != HO_OK)
        return status;
    struct ho_roster_stage *stage = calloc(1, sizeof *stage);
    if (!stage)
        abort();
    stage->pg = pg;
    *out = stage;
    return HO_OK;
}

static enum ho_status stage_flush(struct ho_roster_stage *stage, struct ho_error *error)
{
    struct ho_bytes bytes = ho_bytes_from(stage->buffer, stage->used);
    stage->used = 0;
    return bytes.n ? ho_pg_copy_put(stage->pg, bytes, error) : HO_OK;
}

static void put_byte(struct ho_roster_stage *stage, char c)
{
    stage->buffer[stage->used++] = (uint8_t)c;
}

// Control characters are gone from a row's texts, so only the backslash needs one before it.
static void put_text(struct ho_roster_stage *stage, struct ho_bytes text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\\')
            put_byte(stage, '\\');
        put_byte(stage, (char)text.p[i]);
    }
}

static void put_number(struct ho_roster_stage *stage, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    put_text(stage, ho_bytes_of(text));
}

static void put_column(struct ho_roster_stage *stage, const struct ho_roster_row *row, enum ho_roster_column column)
{
    put_byte(stage, '\t');
    if (ho_roster_column_is_date(column))
        put_number(stage, row->date[column]);
    else
        put_text(stage, row->text[column]);
}

static enum ho_status put_row(struct ho_roster_stage *stage, const struct ho_roster_row *row, bool refused,
                              struct ho_error *error)
{
    enum ho_status status = HO_OK;
    if (stage->used + ROW_BYTES_MAX > BUFFER_BYTES)
        status = stage_flush(stage, error);
    uint8_t person[HO_ID_BYTES];
    char hex[2 * HO_ID_BYTES + 1];
    ho_roster_row_person(row, person);
    ho_hex(person, sizeof person, hex);
    put_number(stage, row->line);
    put_text(stage, ho_bytes_of(refused ? "\tt" : "\tf"));
    put_text(stage, ho_bytes_of(row->deleted ? "\tt\t" : "\tf\t"));
    put_text(stage, ho_bytes_of("\\x"));
    put_text(stage, ho_bytes_of(hex));
    for (int i = 0; i < HO_ROSTER_COLUMNS; i++)
        put_column(stage, row, (enum ho_roster_column)i);
    put_byte(stage, '\n');
    stage->rows++;
    return status;
}

enum ho_status ho_roster_stage_row(struct ho_roster_stage *stage, const struct ho_roster_row *row,
                                   struct ho_error *error)
{
    return put_row(stage, row, false, error);
}

enum ho_status ho_roster_stage_refused(struct ho_roster_stage *stage, const struct ho_roster_row *row,
                                       struct ho_error *error)
{
    if (!row->text[HO_ROSTER_MEMBER_ID].n)
        return HO_OK;
    const struct ho_roster_row bare = {.line = row->line, .text[HO_ROSTER_MEMBER_ID] = row->text[HO_ROSTER_MEMBER_ID]};
    return put_row(stage, &bare, true, error);
}

enum ho_status ho_roster_stage_pause(struct ho_roster_stage *stage, struct ho_error *error)
{
    enum ho_status status = stage_flush(stage, error);
    return status == HO_OK ? ho_pg_copy_end(stage->pg, error) : status;
}

enum ho_status ho_roster_stage_resume(struct ho_roster_stage *stage, struct ho_error *error)
{
    return ho_pg_copy_begin(stage->pg, copy_rows, error);
}

enum ho_status ho_roster_stage_end(struct ho_roster_stage *stage, struct ho_error *error)
{
    enum ho_status status = ho_roster_stage_pause(stage, error);
    if (status == HO_OK && stage->rows >= ANALYZED_FROM_ROWS)
        status = ho_pg_script(stage->pg, "analyze roster_row", error);
    return status;
}

void ho_roster_stage_free(struct ho_roster_stage *stage)
{
    free(stage);
}

// ---- Rows against each other -----------------------------------------------------------------------

static const char mark_duplicates[] =
    "with numbered as ("
    " select line, person, first_value(line) over member as first_line, first_value(person) over member as "
    "first_person, "
    "  program, first_value(line) over enrolment as first_enrolment "
    " from roster_row where not refused "
    " window member as (partition by member_id order by line), "
    "  enrolment as (partition by member_id, program, enrolled_from order by line)), "
    "wrong as (select line, person is distinct from first_person as contradicts, "
    "  case when person is distinct from first_person then first_line else first_enrolment end as other "
    " from numbered where person is distinct from first_person or line <> first_enrolment), "
    "marked as (update roster_row r set refused = true from wrong w where r.line = w.line) "
    "select line, contradicts, other from wrong order by line";

static void report_duplicate(const struct ho_pg_result *result, int row, struct ho_arena *arena,
                             const struct ho_roster_faults *faults)
{
    bool contradicts = ho_pg_get_int(result, row, 1);
    int64_t other = ho_pg_get_int(result, row, 2);
    const struct ho_roster_fault fault = {
        .line = (uint64_t)ho_pg_get_int(result, row, 0),
        .column = ho_roster_column_name(HO_ROSTER_MEMBER_ID),
        .what = ho_arena_printf(arena,
                                contradicts ? "duplicate id: says something else about the person than line %" PRId64
                                            : "duplicate id: the same program and enrolled_from as line %" PRId64,
                                other),
    };
    faults->report(faults->context, &fault);
}

enum ho_status ho_roster_stage_check(struct ho_pg *pg, struct ho_arena *arena, const struct ho_roster_faults *faults,
                                     uint64_t *n, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, mark_duplicates, NULL, &result, error);
    if (status == HO_OK) {
        *n = (uint64_t)ho_pg_rows(result);
        for (int i = 0; i < ho_pg_rows(result); i++)
            report_duplicate(result, i, arena, faults);
    }
    ho_pg_result_free(result);
    return status;
}

// ---- The difference --------------------------------------------------------------------------------

// Roster writers one at a time, so that what is compared is what is written over.
static const char lock_writers[] = "select pg_advisory_xact_lock(hashtextextended('handoff roster', 0))";

enum ho_status ho_roster_lock(struct ho_pg *pg, struct ho_error *error)
{
    return ho_pg_run(pg, lock_writers, NULL, NULL, error);
}

// A member's hash covers the person and every enrolment; one who is gone has a hash of its own.
static const char find_changes[] =
    "insert into roster_change (member_id, line, deleted, existed, hash) "
    "select s.member_id, s.line, s.deleted, m.member_id is not null, s.hash "
    "from (select g.member_id, g.line, r.deleted, "
    "        case when r.deleted then sha256('deleted') "
    "             else sha256(r.person || convert_to(g.enrolments, 'UTF8')) end as hash "
    "      from (select member_id, min(line) as line, "
    "              string_agg(concat_ws(E'\\x1f', program, enrolled_from, enrolled_to, opted_out_on), E'\\x1e' "
    "                         order by program, enrolled_from) as enrolments "
    "            from roster_row group by member_id having not bool_or(refused)) g "
    "      join roster_row r using (line)) s "
    "left join member m using (member_id) "
    "where m.hash is distinct from s.hash and not (s.deleted and m.member_id is null)";

static const char count_changes[] =
    "select count(*) filter (where not existed), count(*) filter (where existed), count(*) filter (where deleted), "
    " (select count(distinct member_id) from roster_row), "
    " (select count(distinct member_id) from roster_row where refused), "
    " (select count(*) from roster_row r join (select distinct on (member_id, program) member_id, program, "
    "opted_out_on "
    "   from consent order by member_id, program, id desc) c using (member_id, program) "
    "  where c.opted_out_on > 0 and r.opted_out_on = 0 and not r.refused) from roster_change";

static const char make_states[] = "insert into member_state (member_id) select member_id from roster_change "
                                  "order by member_id on conflict do nothing";

static const char lock_states[] =
    "select count(*) from (select 1 from member_state s join roster_change c using (member_id) "
    " where c.existed order by s.member_id for update of s) locked";

static const char take_sequence[] = "update roster_sequence set seq = seq + 1 returning seq";

static const char write_members[] =
    "insert into member (member_id, cin, plan_id, surname, given, middle, suffix, birth_date, sex, phone, address, "
    "city, "
    " state, zip, language, organisation, team, coordinator, coordinator_email, county, conditions, needs, homeless, "
    " risk, pregnant_until, dual, deleted, seq, hash) "
    "select r.member_id, r.cin, r.plan_id, r.surname, r.given, r.middle, r.suffix, r.birth_date, r.sex, r.phone, "
    "r.address, "
    " r.city, r.state, r.zip, r.language, r.organisation, r.team, r.coordinator, r.coordinator_email, r.county, "
    " string_to_array(r.conditions, ' '), string_to_array(r.needs, ' '), r.homeless, r.risk, r.pregnant_until, "
    " r.dual = 'yes', false, $1, "
    "c.hash "
    "from roster_change c join roster_row r using (line) where not c.deleted order by r.member_id "
    "on conflict (member_id) do update set cin = excluded.cin, plan_id = excluded.plan_id, surname = excluded.surname, "
    " given = excluded.given, middle = excluded.middle, suffix = excluded.suffix, birth_date = excluded.birth_date, "
    " sex = excluded.sex, phone = excluded.phone, address = excluded.address, city = excluded.city, "
    " state = excluded.state, zip = excluded.zip, language = excluded.language, organisation = excluded.organisation, "
    " team = excluded.team, coordinator = excluded.coordinator, coordinator_email = excluded.coordinator_email, "
    " county = excluded.county, conditions = excluded.conditions, needs = excluded.needs, "
    " homeless = excluded.homeless, risk = excluded.risk, pregnant_until = excluded.pregnant_until, "
    " dual = excluded.dual, deleted = false, seq = excluded.seq, hash = excluded.hash, "
    " returned_seq = case when member.deleted then excluded.seq else member.returned_seq end";

// What was known stays readable beside the work already done; the matcher and the plan pass over it.
static const char write_removals[] = "update member m set deleted = true, seq = $1, hash = c.hash "
                                     "from roster_change c where c.member_id = m.member_id and c.deleted";

static const char forget_enrolments[] = "delete from enrolment e using roster_change c "
                                        "where e.member_id = c.member_id and c.existed";

static const char write_enrolments[] =
    "insert into enrolment (member_id, program, enrolled_from, enrolled_to, opted_out_on) "
    "select r.member_id, r.program, r.enrolled_from, r.enrolled_to, r.opted_out_on "
    "from roster_row r join roster_change c using (member_id) where r.program <> '' and not c.deleted";

static const char write_replans[] =
    "insert into replan (member_id, reason) select c.member_id, 'roster' from roster_change c "
    "where exists (select 1 from member_event e where e.member_id = c.member_id) order by c.member_id";

static const char wake_others[] = "select pg_notify('handoff_roster', ''), pg_notify('handoff_replan', '')";

static enum ho_status find_difference(struct ho_pg *pg, struct ho_roster_counts *out, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    ho_pg_queue(pg, lock_writers, NULL, NULL);
    ho_pg_queue(pg, find_changes, NULL, NULL);
    ho_pg_queue(pg, count_changes, NULL, &result);
    enum ho_status status = ho_pg_flush(pg, error);
    if (status == HO_OK) {
        out->added = ho_pg_get_int(result, 0, 0);
        out->changed = ho_pg_get_int(result, 0, 1);
        out->removed = ho_pg_get_int(result, 0, 2);
        out->refused = ho_pg_get_int(result, 0, 4);
        out->own_word = ho_pg_get_int(result, 0, 5);
        out->members = ho_pg_get_int(result, 0, 3) - out->refused;
    }
    ho_pg_result_free(result);
    return status;
}

// The members' states are locked before their inputs change and before their events are looked for, so that
// a plan made meanwhile either saw the change or is made anew.
static enum ho_status lock_members(struct ho_pg *pg, int64_t n_changes, struct ho_error *error)
{
    enum ho_status status = n_changes >= ANALYZED_FROM_ROWS ? ho_pg_script(pg, "analyze roster_change", error) : HO_OK;
    if (status != HO_OK)
        return status;
    ho_pg_queue(pg, make_states, NULL, NULL);
    ho_pg_queue(pg, lock_states, NULL, NULL);
    return ho_pg_flush(pg, error);
}

static enum ho_status next_sequence(struct ho_pg *pg, int64_t *sequence, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, take_sequence, NULL, &result, error);
    if (status == HO_OK)
        *sequence = ho_pg_get_int(result, 0, 0);
    ho_pg_result_free(result);
    return status;
}

// Autovacuum that comes by in the middle of a first load counts no member, and then each enrolment would look for its
// member through the whole of another index than the key's. Counted here, inside the transaction, that cannot be.
static enum ho_status count_new_members(struct ho_pg *pg, int64_t n_added, struct ho_error *error)
{
    return n_added >= ANALYZED_FROM_ROWS ? ho_pg_script(pg, "analyze member (member_id)", error) : HO_OK;
}

static enum ho_status write_members_of(struct ho_pg *pg, const struct ho_pg_params *sequence, int64_t n_added,
                                       struct ho_error *error)
{
    ho_pg_queue(pg, write_members, sequence, NULL);
    ho_pg_queue(pg, write_removals, sequence, NULL);
    enum ho_status status = ho_pg_flush(pg, error);
    return status == HO_OK ? count_new_members(pg, n_added, error) : status;
}

static enum ho_status write_others(struct ho_pg *pg, int64_t *replanned, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    ho_pg_queue(pg, forget_enrolments, NULL, NULL);
    ho_pg_queue(pg, write_enrolments, NULL, NULL);
    ho_pg_queue(pg, write_replans, NULL, &result);
    ho_pg_queue(pg, wake_others, NULL, NULL);
    enum ho_status status = ho_pg_flush(pg, error);
    if (status == HO_OK)
        *replanned = ho_pg_affected(result);
    ho_pg_result_free(result);
    return status;
}

static enum ho_status write_difference(struct ho_pg *pg, struct ho_roster_counts *counts, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(1024);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_int(params, counts->sequence);
    enum ho_status status = write_members_of(pg, params, counts->added, error);
    if (status == HO_OK)
        status = write_others(pg, &counts->replanned, error);
    ho_arena_free(arena);
    return status;
}

enum ho_status ho_roster_apply(struct ho_pg *pg, void (*step)(void *context, const char *what), void *context,
                               struct ho_roster_counts *out, struct ho_error *error)
{
    *out = (struct ho_roster_counts){0};
    if (step)
        step(context, "comparing with what is known");
    enum ho_status status = find_difference(pg, out, error);
    if (status != HO_OK || out->added + out->changed == 0)
        return status;
    if (step)
        step(context, "writing the difference");
    status = lock_members(pg, out->added + out->changed, error);
    if (status == HO_OK)
        status = next_sequence(pg, &out->sequence, error);
    if (status == HO_OK)
        status = write_difference(pg, out, error);
    return status;
}
