#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ho_figures_by_names[] = {
    [HO_FIGURES_BY_NOTHING] = "",      [HO_FIGURES_BY_ORGANISATION] = "organisation",
    [HO_FIGURES_BY_TEAM] = "team",     [HO_FIGURES_BY_MONTH] = "month",
    [HO_FIGURES_BY_MEMBER] = "member", NULL,
};

// $1, $2 first and last date, $3 the measure or '', $4 the name of what they are told apart by
const char ho_figures_sql[] =
    "with counted as (select r.measure, r.state, case when r.state = 'excluded' then r.reason else '' end as why,"
    "  case $4::text when 'member' then r.member_id when 'organisation' then coalesce(m.organisation, '')"
    "   when 'team' then concat_ws(' / ', nullif(m.organisation, ''), nullif(m.team, ''))"
    "   when 'month' then substr(r.date::text, 1, 4) || '-' || substr(r.date::text, 5, 2) else '' end as part"
    "  from measure r left join member m using (member_id)"
    "  where r.date between $1 and $2 and ($3::text = '' or r.measure = $3))"
    " select part, measure, state, why, count(*) from counted group by 1, 2, 3, 4 order by 1, 2, 3, 4";

enum column { PART, MEASURE, STATE, WHY, COUNT };

// The first of "2026-10"; 0 where it is no month.
static uint32_t first_of(const char *month)
{
    char day[sizeof "2026-10-01"] = "";
    if (strlen(month) != strlen("2026-10"))
        return 0;
    snprintf(day, sizeof day, "%s-01", month);
    return ho_date_parse(ho_bytes_of(day));
}

bool ho_figures_month_is_valid(const char *month)
{
    return first_of(month) != 0;
}

struct ho_pg_params *ho_figures_params(struct ho_arena *arena, const struct ho_figures_question *question)
{
    enum { ALWAYS = 99999999, MONTH = 30 };
    uint32_t first = *question->month ? first_of(question->month) : 0;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_int(params, first);
    ho_pg_int(params, first ? first + MONTH : ALWAYS);
    ho_pg_text(params, question->measure);
    ho_pg_text(params, ho_figures_by_names[question->by]);
    return params;
}

// ---- Rows become figures: those of one part and measure follow each other.

static struct ho_figure *figure_of(struct ho_arena *arena, struct ho_figures *figures, struct ho_bytes part,
                                   enum ho_measure measure)
{
    struct ho_figure *last = figures->n ? &figures->items[figures->n - 1] : NULL;
    if (last && last->measure == measure && ho_bytes_is(part, last->part))
        return last;
    struct ho_figure *figure = ho_arena_push(arena, figures, sizeof *figure);
    *figure = (struct ho_figure){.part = ho_arena_text(arena, part), .measure = measure};
    return figure;
}

static void exclude(struct ho_arena *arena, struct ho_figure *figure, struct ho_bytes why, int64_t n)
{
    struct ho_figure_reason *reason = ho_arena_push(arena, &figure->reasons, sizeof *reason);
    *reason = (struct ho_figure_reason){ho_arena_text(arena, why), n};
    figure->excluded += n;
}

static void add(struct ho_arena *arena, struct ho_figure *figure, const struct ho_pg_result *rows, int i)
{
    const char *state = ho_pg_get_text(rows, i, STATE);
    int64_t n = ho_pg_get_int(rows, i, COUNT);
    if (strcmp(state, ho_measure_state_name(HO_MEASURE_EXCLUDED)) == 0) {
        exclude(arena, figure, ho_pg_get_bytes(rows, i, WHY), n);
        return;
    }
    figure->denominator += n;
    if (strcmp(state, ho_measure_state_name(HO_MEASURE_MET)) == 0)
        figure->numerator += n;
    if (strcmp(state, ho_measure_state_name(HO_MEASURE_OPEN)) == 0)
        figure->open += n;
}

static int compare(const void *left, const void *right)
{
    const struct ho_figure *a = left, *b = right;
    int c = strcmp(a->part, b->part);
    return c ? c : (int)a->measure - (int)b->measure;
}

void ho_figures_take(struct ho_arena *arena, const struct ho_pg_result *rows, struct ho_figures *out)
{
    enum ho_measure measure;
    *out = (struct ho_figures){0};
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        if (ho_measure_from_name(ho_pg_get_bytes(rows, i, MEASURE), &measure)) // else a newer version wrote it
            add(arena, figure_of(arena, out, ho_pg_get_bytes(rows, i, PART), measure), rows, i);
    }
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items, compare);
}

// ---- JSON.

static json_t *exclusions_json(const struct ho_figure *figure)
{
    json_t *exclusions = json_object();
    for (size_t i = 0; i < figure->n_reasons; i++)
        json_object_set_new(exclusions, figure->reasons[i].reason, json_integer(figure->reasons[i].n));
    return exclusions;
}

static json_t *figure_json(const struct ho_figure *f, bool has_parts)
{
    json_t *rate = f->denominator ? json_real((double)f->numerator / (double)f->denominator) : json_null();
    return json_pack("{s:s, s:s, s:o, s:I, s:I, s:o, s:I, s:I, s:o}", "measure", ho_measure_name(f->measure), "title",
                     ho_measure_title(f->measure), "part", has_parts ? json_string(f->part) : json_null(), "numerator",
                     (json_int_t)f->numerator, "denominator", (json_int_t)f->denominator, "rate", rate, "open",
                     (json_int_t)f->open, "excluded", (json_int_t)f->excluded, "exclusions", exclusions_json(f));
}

json_t *ho_figures_json(const struct ho_figures *figures, const struct ho_figures_question *question)
{
    bool has_parts = question->by != HO_FIGURES_BY_NOTHING;
    json_t *list = json_array();
    for (size_t i = 0; i < figures->n; i++)
        json_array_append_new(list, figure_json(&figures->items[i], has_parts));
    return json_pack("{s:s, s:o, s:o, s:o}", "caveat", ho_measure_caveat, "month",
                     *question->month ? json_string(question->month) : json_null(), "by",
                     has_parts ? json_string(ho_figures_by_names[question->by]) : json_null(), "measures", list);
}
