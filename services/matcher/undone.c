#include "undone.h"

// The identity's row is locked as by whoever moves its links, and what is due is asked again once it is. An event that
// waits in an item is not over yet. Whoever's event it was before loses it too: nothing of theirs reads it any more.
static const char *const FORGET =
    "with due as ("
    "  select event_id, subject, identity_id from event_link l where member_id = '' and event is not null"
    "    and made_at < now() - make_interval(secs => $1)"
    "    and not exists (select from review r where (r.event_id, r.subject) = (l.event_id, l.subject)) limit 500"
    "), locked as ("
    "  select identity_id from identity where identity_id in (select identity_id from due)"
    "  order by identity_id for update skip locked"
    "), forgotten as ("
    "  update event_link l set event = null from due join locked using (identity_id)"
    "  where (l.event_id, l.subject) = (due.event_id, due.subject) and l.member_id = ''"
    "    and l.made_at < now() - make_interval(secs => $1) returning l.event_id, l.subject"
    "), emptied as ("
    "  update member_event m set event = '' from forgotten f"
    "  where (m.event_id, m.subject) = (f.event_id, f.subject)"
    ") select count(*) from forgotten";

enum ho_status ho_undone_forget(struct ho_pg *pg, int64_t undo_seconds, int64_t *forgotten, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_pg_result *result = NULL;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_int(params, undo_seconds);
    enum ho_status status = ho_pg_run(pg, FORGET, params, &result, error);
    *forgotten = status == HO_OK ? ho_pg_get_int(result, 0, 0) : 0;
    ho_pg_result_free(result);
    ho_arena_free(arena);
    return status;
}
