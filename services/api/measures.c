// The figures of the measures: numbers only, so that whoever looks after operations may see them. Of single members
// they are told by handoffctl.
#include "api.h"

#include <string.h>

#include "measures/figures.h"
#include "problem.h"

static bool read_by(const struct ho_call *call, enum ho_figures_by *out)
{
    const char *by = ho_http_query(call->request, "by");
    *out = HO_FIGURES_BY_NOTHING;
    if (!by)
        return true;
    for (int i = HO_FIGURES_BY_ORGANISATION; i <= HO_FIGURES_BY_MONTH; i++) {
        if (strcmp(ho_figures_by_names[i], by) == 0)
            *out = (enum ho_figures_by)i;
    }
    return *out != HO_FIGURES_BY_NOTHING;
}

static bool read_question(struct ho_call *call, struct ho_figures_question *out)
{
    const char *month = ho_http_query(call->request, "month"), *name = ho_http_query(call->request, "measure");
    enum ho_measure measure;
    *out = (struct ho_figures_question){month ? month : "", name ? name : "", HO_FIGURES_BY_NOTHING};
    if (!read_by(call, &out->by))
        ho_problem_reply(call, HO_PROBLEM_INVALID, "by is organisation, team or month.");
    else if (month && !ho_figures_month_is_valid(month))
        ho_problem_reply(call, HO_PROBLEM_INVALID, "month is written as 2026-10.");
    else if (name && !ho_measure_from_name(ho_bytes_of(name), &measure))
        ho_problem_reply(call, HO_PROBLEM_INVALID, "measure is the name of one, as in the answer without it.");
    else
        return true;
    return false;
}

void ho_measures_show(struct ho_call *call)
{
    struct ho_arena *arena = call->request->arena;
    struct ho_figures_question question;
    struct ho_pg_result *rows = NULL;
    struct ho_figures figures;
    if (!read_question(call, &question) || !ho_database_ready(call) ||
        !ho_database_run(call, ho_figures_sql, ho_figures_params(arena, &question), &rows))
        return;
    ho_figures_take(arena, rows, &figures);
    ho_pg_result_free(rows);
    ho_reply_json(call, 200, ho_figures_json(&figures, &question));
}
