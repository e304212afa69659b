#include "coordinators.h"

#include <stdlib.h>

#include "handoff/platform/loop.h"
#include "json.h"
#include "problem.h"

// The list counts every open task, so it is kept for ten times as long as it took to make, ten seconds at most.
enum { KEEP_FACTOR = 10, KEEP_MOST_US = 10000000 };

struct ho_coordinators {
    json_t *list;
    int64_t until_us;
};

#define ID "coordinator_id(coordinator_email, coordinator)"
#define NEWEST_ROW "select " ID " as id, coordinator, team, organisation from member where not deleted and " ID " > ''"
#define NEWEST_FIRST " order by " ID " desc, seq desc limit 1"

// From one coordinator to the next by the index, whatever the size of the roster. A task is to be done where it
// is wanted and no work under any of its aliases is done: the view's status, in a form that joins as a whole.
static const char LIST[] =
    "with recursive walk as ((" NEWEST_ROW NEWEST_FIRST ") union all"
    " select n.* from walk w cross join lateral (" NEWEST_ROW " and " ID " < w.id" NEWEST_FIRST ") n),"
    " waiting as (select " ID " as id, count(*) as n, count(*) filter (where p.due < now()) as late"
    "  from task_plan p left join member m on m.member_id = p.member_id"
    "  where p.want = 'wanted' and not exists (select from task_work d where d.status = 'done'"
    "   and d.member_id = p.member_id and d.template = p.template and d.change = any (p.aliases)) group by 1)"
    " select coalesce(w.id, ''), coalesce(w.coordinator, ''), coalesce(w.team, ''), coalesce(w.organisation, ''),"
    "  coalesce(t.n, 0), coalesce(t.late, 0)"
    " from walk w full join (select coalesce(k.id, '') as id, sum(n)::bigint as n, sum(late)::bigint as late"
    "  from waiting k group by 1) t on t.id = w.id order by w.coordinator, w.id";

static const char FIND[] = "select coalesce(nullif(coordinator_email, ''), coordinator) from member where " ID " = $1"
                           " order by seq desc limit 1";

struct ho_coordinators *ho_coordinators_new(void)
{
    struct ho_coordinators *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    return c;
}

void ho_coordinators_free(struct ho_coordinators *coordinators)
{
    if (coordinators)
        json_decref(coordinators->list);
    free(coordinators);
}

static json_t *list_json(const struct ho_pg_result *result)
{
    json_t *list = json_array();
    for (int row = 0; row < ho_pg_rows(result); row++) {
        bool nobody = !*ho_pg_get_text(result, row, 0);
        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:o, s:I, s:I}", "id",
                      nobody ? json_string("none") : ho_json_cell_text(result, row, 0), "name",
                      nobody ? json_string("No coordinator") : ho_json_cell_text(result, row, 1), "team",
                      ho_json_cell_text(result, row, 2), "organisation", ho_json_cell_text(result, row, 3), "open",
                      (json_int_t)ho_pg_get_int(result, row, 4), "overdue", (json_int_t)ho_pg_get_int(result, row, 5)));
    }
    return json_pack("{s:o}", "coordinators", list);
}

static bool refresh(struct ho_call *call)
{
    struct ho_coordinators *c = call->api->coordinators;
    struct ho_pg_result *result = NULL;
    int64_t begun_us = ho_monotonic_us();
    if (c->list && begun_us < c->until_us)
        return true;
    if (!ho_database_ready(call) || !ho_database_run(call, LIST, NULL, &result))
        return false;
    json_decref(c->list);
    c->list = list_json(result);
    ho_pg_result_free(result);
    int64_t now_us = ho_monotonic_us(), keep_us = (now_us - begun_us) * KEEP_FACTOR;
    c->until_us = now_us + (keep_us < KEEP_MOST_US ? keep_us : KEEP_MOST_US);
    return true;
}

void ho_coordinators_list(struct ho_call *call)
{
    if (refresh(call))
        ho_reply_json(call, 200, json_incref(call->api->coordinators->list));
}

bool ho_coordinators_find(struct ho_call *call, const char *id, const char **who)
{
    struct ho_pg_result *result = NULL;
    struct ho_pg_params *params = ho_pg_params_new(call->request->arena);
    ho_pg_text(params, id);
    if (!ho_database_run(call, FIND, params, &result))
        return false;
    bool found = ho_pg_rows(result) == 1;
    if (found)
        *who = ho_arena_text(call->request->arena, ho_pg_get_bytes(result, 0, 0));
    else
        ho_problem_reply(call, HO_PROBLEM_INVALID, "\"coordinator\" is no id of /v1/coordinators.");
    ho_pg_result_free(result);
    return found;
}
