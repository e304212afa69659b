// handoffctl measures: the figures of the measures, as a table, JSON or CSV.
#include "command.h"

#include "measures/figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    const char *database_url, *month, *by, *measure;
    bool json, csv;
};

static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"month", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, month),
     .help = "only events of this month, as 2026-10"},
    {"by", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, by), .choices = ho_figures_by_names,
     .help = "figures for each organisation, team, month or member"},
    {"measure", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, measure), .help = "only this one: tcm-contact"},
    {"json", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, json), .help = "one JSON object"},
    {"csv", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, csv),
     .help = "a line a figure; the first begins with # and says what they are"},
};

static const struct ho_option_table table = {
    .program = "handoffctl measures",
    .summary = "Shows how many transitions were followed up in time. Open ones are in the denominator.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

// ---- CSV.

static void print_cell(const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text; text++)
        printf(*text == '"' ? "\"\"" : "%c", *text);
    putchar('"');
}

static void print_csv_line(const struct ho_figure *f)
{
    print_cell(f->part);
    printf(",%s,%" PRId64 ",%" PRId64 ",", ho_measure_name(f->measure), f->numerator, f->denominator);
    if (f->denominator)
        printf("%.4f", (double)f->numerator / (double)f->denominator);
    printf(",%" PRId64 ",%" PRId64 ",\"", f->open, f->excluded);
    for (size_t i = 0; i < f->n_reasons; i++)
        printf("%s%s: %" PRId64, i ? "; " : "", f->reasons[i].reason, f->reasons[i].n);
    puts("\"");
}

static void print_csv(const struct ho_figures *figures, const char *by)
{
    printf("# %s\n%s,measure,numerator,denominator,rate,open,excluded,exclusions\n", ho_measure_caveat,
           *by ? by : "all");
    for (size_t i = 0; i < figures->n; i++)
        print_csv_line(&figures->items[i]);
}

// ---- A table.

static void print_rate(const struct ho_figure *f)
{
    if (f->denominator)
        printf("  %5.1f %%", 100.0 * (double)f->numerator / (double)f->denominator);
    else
        printf("  %7s", "-");
}

static void print_figure(const struct ho_figure *f)
{
    printf("  %-15s  %7" PRId64 "  %7" PRId64, ho_measure_name(f->measure), f->numerator, f->denominator);
    print_rate(f);
    printf("  %6" PRId64 "  %8" PRId64 "  %s\n", f->open, f->excluded, ho_measure_title(f->measure));
    for (size_t i = 0; i < f->n_reasons; i++)
        printf("%*s%" PRId64 " %s\n", 62, "excluded: ", f->reasons[i].n, f->reasons[i].reason);
}

static void print_head(const char *part, const struct settings *settings)
{
    if (*settings->by)
        printf("\n%s\n", *part ? part : "none");
    else
        printf("\n%s\n", *settings->month ? settings->month : "All months");
    printf("  %-15s  %7s  %7s  %7s  %6s  %8s\n", "measure", "met", "of", "rate", "open", "excluded");
}

static void print_table(const struct ho_figures *figures, const struct settings *settings)
{
    printf("%s\nOpen ones are in the denominator: their windows are not over.\n", ho_measure_caveat);
    if (!figures->n)
        printf("\nNothing is counted yet.\n");
    for (size_t i = 0; i < figures->n; i++) {
        const struct ho_figure *f = &figures->items[i];
        if (i == 0 || strcmp(f->part, figures->items[i - 1].part) != 0)
            print_head(f->part, settings);
        print_figure(f);
    }
}

// ---- Asking.

static void print_json(const struct ho_figures *figures, const struct ho_figures_question *question)
{
    json_t *json = ho_figures_json(figures, question);
    if (!json || json_dumpf(json, stdout, JSON_INDENT(2)) != 0)
        abort();
    json_decref(json);
    putchar('\n');
}

static void print(const struct ho_figures *figures, const struct ho_figures_question *question,
                  const struct settings *settings)
{
    if (settings->json)
        print_json(figures, question);
    else if (settings->csv)
        print_csv(figures, settings->by);
    else
        print_table(figures, settings);
}

static enum ho_status show(struct ho_pg *pg, const struct settings *settings,
                           const struct ho_figures_question *question, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_pg_result *rows = NULL;
    struct ho_figures figures;
    enum ho_status status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ho_pg_run(pg, ho_figures_sql, ho_figures_params(arena, question), &rows, error);
    if (status == HO_OK) {
        ho_figures_take(arena, rows, &figures);
        print(&figures, question, settings);
    }
    ho_pg_result_free(rows);
    ho_arena_free(arena);
    return status;
}

static enum ho_figures_by by_of(const char *name)
{
    int by = 0;
    while (strcmp(ho_figures_by_names[by], name) != 0)
        by++;
    return (enum ho_figures_by)by;
}

int ho_ctl_measures(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    enum ho_measure measure;
    ho_ctl_options_only(&table, argc, argv, &settings);
    if (*settings.month && !ho_figures_month_is_valid(settings.month))
        return ho_ctl_misused(&table, "--month: \"%s\" is no month; write it as 2026-10", settings.month);
    if (*settings.measure && !ho_measure_from_name(ho_bytes_of(settings.measure), &measure))
        return ho_ctl_misused(&table, "--measure: there is no \"%s\"; one is %s", settings.measure, ho_measure_name(0));
    const struct ho_figures_question question = {settings.month, settings.measure, by_of(settings.by)};
    struct ho_pg *pg = ho_pg_new(settings.database_url, "handoffctl measures");
    enum ho_status status = show(pg, &settings, &question, &error);
    ho_pg_free(pg);
    return status == HO_OK ? HO_EXIT_OK : ho_ctl_failed(&table, &error);
}
