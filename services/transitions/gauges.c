#include "gauges.h"

#include "handoff/measure.h"
#include "handoff/platform/metrics.h"

enum { DAYS = 90 };

// $1 the first date
static const char READ[] = "select measure, count(*) filter (where state = 'met'),"
                           "  count(*) filter (where state <> 'excluded') from measure where date >= $1 group by 1";

struct figures {
    int64_t numerator, denominator;
};

static void set(struct ho_arena *arena, enum ho_measure measure, const struct figures *figures)
{
    static const char HELP[] =
        "Operational proxy of a measure over the events of the last 90 days; readmissions: lower is better";
    const char *labels = ho_arena_printf(arena, "measure=\"%s\"", ho_measure_name(measure));
    ho_metric_set(ho_gauge("handoff_measure_numerator", HELP, labels), (double)figures->numerator);
    ho_metric_set(ho_gauge("handoff_measure_denominator", HELP, labels), (double)figures->denominator);
}

static void set_all(struct ho_arena *arena, const struct ho_pg_result *rows)
{
    struct figures figures[HO_MEASURES] = {0};
    enum ho_measure measure;
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        if (ho_measure_from_name(ho_pg_get_bytes(rows, i, 0), &measure))
            figures[measure] = (struct figures){ho_pg_get_int(rows, i, 1), ho_pg_get_int(rows, i, 2)};
    }
    for (int i = 0; i < HO_MEASURES; i++)
        set(arena, (enum ho_measure)i, &figures[i]);
}

enum ho_status ho_gauges_read(struct ho_pg *pg, uint32_t today, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    struct ho_pg_result *rows = NULL;
    ho_pg_int(params, ho_date_add(today, -DAYS));
    enum ho_status status = ho_pg_run(pg, READ, params, &rows, error);
    if (status == HO_OK)
        set_all(arena, rows);
    ho_pg_result_free(rows);
    ho_arena_free(arena);
    return status;
}
