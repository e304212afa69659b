#include "days.h"

// The row is locked, so that of several copies one does it and the others find it done.
static const char LOCK[] = "select day from enrolment_day for update";

// $1 the last day that was seen, $2 today. An enrolment's last day is over on the next one. The first time, only
// opt-outs are looked for from the beginning.
static const char REPLAN[] =
    "insert into replan (member_id, reason) select distinct e.member_id, 'day' from enrolment_now e"
    " where ((e.opted_out_on > $1 and e.opted_out_on <= $2)"
    "  or ($1 > 0 and ((e.enrolled_from > $1 and e.enrolled_from <= $2)"
    "   or (e.enrolled_to >= $1 and e.enrolled_to < $2))))"
    "  and exists (select from member_event v where v.member_id = e.member_id) order by 1";
static const char MOVE[] = "update enrolment_day set day = $1";

static enum ho_status follow(struct ho_pg *pg, uint32_t today, int64_t *replanned, struct ho_error *error)
{
    struct ho_pg_result *row = NULL, *made = NULL;
    enum ho_status status = ho_pg_run(pg, LOCK, NULL, &row, error);
    int64_t seen = status == HO_OK ? ho_pg_get_int(row, 0, 0) : 0;
    ho_pg_result_free(row);
    if (status != HO_OK || seen >= today)
        return status;
    struct ho_arena *arena = ho_arena_new(1024);
    struct ho_pg_params *days = ho_pg_params_new(arena), *last = ho_pg_params_new(arena);
    ho_pg_int(days, seen);
    ho_pg_int(days, today);
    ho_pg_int(last, today);
    ho_pg_queue(pg, REPLAN, days, &made);
    ho_pg_queue(pg, MOVE, last, NULL);
    status = ho_pg_flush(pg, error);
    if (status == HO_OK)
        *replanned = ho_pg_affected(made);
    ho_pg_result_free(made);
    ho_arena_free(arena);
    return status;
}

enum ho_status ho_days_follow(struct ho_pg *pg, uint32_t today, int64_t *replanned, struct ho_error *error)
{
    *replanned = 0;
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = follow(pg, today, replanned, error);
    if (status == HO_OK)
        status = ho_pg_commit(pg, error);
    if (status != HO_OK)
        ho_pg_rollback(pg);
    return status;
}
