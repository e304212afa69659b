// handoffctl tasks: the tasks as people see them, one JSON object a line or a table.
#include "command.h"

#include "handoff/digest.h"
#include "handoff/event.h"
#include "handoff/time.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

struct settings {
    const char *database_url, *member, *coordinator, *status, *zone;
    bool json;
};

static const char *const statuses[] = {"", "open", "claimed", "done", "withdrawn", "superseded", NULL};

static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"member", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, member),
     .help = "only this member's, by member id"},
    {"coordinator", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, coordinator),
     .help = "only those of this coordinator's members, by e-mail"},
    {"status", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, status), .choices = statuses,
     .help = "only open, claimed, done, withdrawn or superseded"},
    {"json", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, json), .help = "one JSON object a line"},
    {"zone", HO_OPTION_TEXT, "America/Los_Angeles", .offset = offsetof(struct settings, zone),
     .help = "time zone of the table's due times; JSON is in UTC"},
};

static const struct ho_option_table table = {
    .program = "handoffctl tasks",
    .summary = "Lists tasks, the next due first.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static const char read_tasks[] =
    "select t.key, t.member_id, t.template, t.status, t.flagged, t.due, t.why "
    "from task t left join member m using (member_id) "
    "where ($1 = '' or t.member_id = $1) and ($2 = '' or lower(m.coordinator_email) = lower($2)) "
    " and ($3 = '' or t.status = $3) order by t.due, t.key";

enum column { KEY, MEMBER, TEMPLATE, STATUS, FLAGGED, DUE, WHY };

static void print_json(const struct ho_pg_result *rows, int i)
{
    char key[2 * HO_ID_BYTES + 1] = "", due[HO_TIME_TEXT_BYTES];
    struct ho_bytes id = ho_pg_get_bytes(rows, i, KEY);
    if (id.n == HO_ID_BYTES)
        ho_hex(id.p, id.n, key);
    json_t *task =
        json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s}", "key", key, "member", ho_pg_get_text(rows, i, MEMBER),
                  "template", ho_pg_get_text(rows, i, TEMPLATE), "status", ho_pg_get_text(rows, i, STATUS), "flagged",
                  ho_pg_get_int(rows, i, FLAGGED) != 0, "due", ho_time_format(ho_pg_get_time(rows, i, DUE), NULL, due),
                  "why", ho_pg_get_text(rows, i, WHY));
    if (!task || json_dumpf(task, stdout, JSON_COMPACT) != 0)
        abort();
    json_decref(task);
    putchar('\n');
}

static void print_row(const struct ho_pg_result *rows, int i, const struct ho_zone *zone)
{
    char due[HO_TIME_TEXT_BYTES];
    ho_time_format(ho_pg_get_time(rows, i, DUE), zone, due);
    due[10] = ' '; // between date and time
    printf("%-16.16s  %-14s  %-24s  %-10s  %s%s\n", due, ho_pg_get_text(rows, i, MEMBER),
           ho_pg_get_text(rows, i, TEMPLATE), ho_pg_get_text(rows, i, STATUS),
           ho_pg_get_int(rows, i, FLAGGED) ? "[flagged] " : "", ho_pg_get_text(rows, i, WHY));
}

static void print_table(const struct ho_pg_result *rows, const struct ho_zone *zone)
{
    int n = ho_pg_rows(rows);
    if (n)
        printf("%-16s  %-14s  %-24s  %-10s  %s\n", "due", "member", "task", "status", "why");
    for (int i = 0; i < n; i++)
        print_row(rows, i, zone);
    printf("%s%d task%s, times in %s\n", n ? "\n" : "", n, n == 1 ? "" : "s", ho_zone_name(zone));
}

static enum ho_status list(struct ho_pg *pg, const struct settings *settings, const struct ho_zone *zone,
                           struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(1024);
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_text(params, settings->member);
    ho_pg_text(params, settings->coordinator);
    ho_pg_text(params, settings->status);
    struct ho_pg_result *rows = NULL;
    enum ho_status status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ho_pg_run(pg, read_tasks, params, &rows, error);
    for (int i = 0; status == HO_OK && settings->json && i < ho_pg_rows(rows); i++)
        print_json(rows, i);
    if (status == HO_OK && !settings->json)
        print_table(rows, zone);
    ho_pg_result_free(rows);
    ho_arena_free(arena);
    return status;
}

int ho_ctl_tasks(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    struct ho_zone *zone = NULL;
    ho_ctl_options_only(&table, argc, argv, &settings);
    if (ho_zone_new(settings.zone, &zone, &error) != HO_OK)
        return ho_ctl_misused(&table, "--zone: %s", error.text);
    struct ho_pg *pg = ho_pg_new(settings.database_url, "handoffctl tasks");
    enum ho_status status = list(pg, &settings, zone, &error);
    ho_pg_free(pg);
    ho_zone_free(zone);
    return status == HO_OK ? HO_EXIT_OK : ho_ctl_failed(&table, &error);
}
