// handoffctl protocol diff: what another version of a protocol would change.
#include "protocol_diff.h"
#include "command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "handoff/digest.h"

struct settings {
    struct ho_plan_paths paths;
    const char *database_url, *since, *at;
    bool json;
};

static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"since", HO_OPTION_TEXT, NULL, .offset = offsetof(struct settings, since),
     .help = "only what follows from transitions of this date and later: 2026-10-01"},
    {"json", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, json),
     .help = "as one JSON object, not as a page of text"},
    {"at", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, at),
     .help = "the moment to plan at: RFC 3339, or a date, which is its end; \"\" now"},
    HO_CTL_PLAN_PATHS(struct settings),
};

static const struct ho_option_table table = {
    .program = "handoffctl protocol diff",
    .summary = "Plans every member anew from what is kept in the database, once with the running protocols and once "
               "with NEW in\n"
               "the place of the one with its name, and shows which tasks would be added, gone or due at another time, "
               "and how\n"
               "much work each role has in each week before and after. Nothing is written: neither in the database nor "
               "elsewhere.\n"
               "The way is drawn with the services' default settings.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .arguments = "NEW",
};

struct answer {
    const struct settings *settings;
    const struct ho_protocol *old, *new; // old: NULL where no running one has the name
    uint32_t since;
    int64_t at;
    const struct ho_zone *zone;
    struct ho_diff diff;
};

// ---- As JSON ------------------------------------------------------------------------------------------

static json_t *must(json_t *value)
{
    if (!value)
        abort(); // out of memory, as everywhere
    return value;
}

static json_t *hash_of(const struct ho_protocol *protocol)
{
    char hex[2 * sizeof protocol->hash + 1];
    if (!protocol)
        return must(json_null());
    ho_hex(protocol->hash, sizeof protocol->hash, hex);
    return must(json_string(hex));
}

static json_t *time_of(const struct ho_zone *zone, int64_t instant)
{
    char text[HO_TIME_TEXT_BYTES];
    return must(instant ? json_string(ho_time_format(instant, zone, text)) : json_null());
}

static json_t *date_of(uint32_t date)
{
    return must(json_sprintf("%04u-%02u-%02u", date / 10000, date / 100 % 100, date % 100));
}

static json_t *examples_of(const struct answer *answer, const struct ho_diff_template *template, enum ho_diff_kind kind)
{
    json_t *array = must(json_array());
    for (size_t i = 0; i < template->n[kind] && i < HO_DIFF_EXAMPLES; i++) {
        const struct ho_diff_example *example = &template->examples[kind][i];
        char key[2 * HO_ID_BYTES + 1];
        ho_hex(example->key, HO_ID_BYTES, key);
        json_array_append_new(
            array, must(json_pack("{s:s, s:o, s:o}", "key", key, "before", time_of(answer->zone, example->before),
                                  "after", time_of(answer->zone, example->after))));
    }
    return array;
}

static json_t *templates_of(const struct answer *answer)
{
    json_t *array = must(json_array());
    for (size_t i = 0; i < answer->diff.templates.n; i++) {
        const struct ho_diff_template *template = &answer->diff.templates.items[i];
        json_t *value = must(json_pack("{s:s}", "template", template->key)), *examples = must(json_object());
        for (int kind = 0; kind < HO_DIFF_KINDS; kind++) {
            const char *name = ho_diff_kind_name((enum ho_diff_kind)kind);
            json_object_set_new(value, name, must(json_integer((json_int_t) template->n[kind])));
            json_object_set_new(examples, name, examples_of(answer, template, (enum ho_diff_kind)kind));
        }
        json_object_set_new(value, "examples", examples);
        json_array_append_new(array, value);
    }
    return array;
}

static json_t *weeks_of(const struct ho_diff *diff)
{
    json_t *array = must(json_array());
    for (size_t i = 0; i < diff->weeks.n; i++) {
        const struct ho_diff_week *week = &diff->weeks.items[i];
        json_array_append_new(array,
                              must(json_pack("{s:o, s:s, s:I, s:I}", "week", date_of(week->monday), "role", week->role,
                                             "before", (json_int_t)week->before, "after", (json_int_t)week->after)));
    }
    return array;
}

static void print_json(const struct answer *answer)
{
    const struct ho_diff *diff = &answer->diff;
    json_t *whole =
        must(json_pack("{s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:o}", "protocol", answer->new->name,
                       "sha256_before", hash_of(answer->old), "sha256_after", hash_of(answer->new), "since",
                       date_of(answer->since), "at", time_of(answer->zone, answer->at), "members",
                       (json_int_t)diff->members, "tasks_before", (json_int_t)diff->before, "tasks_after",
                       (json_int_t)diff->after, "templates", templates_of(answer), "workload", weeks_of(diff)));
    if (json_dumpf(whole, stdout, JSON_INDENT(2)) != 0)
        abort();
    putchar('\n');
    json_decref(whole);
}

// ---- As text ------------------------------------------------------------------------------------------

static void print_due(const struct ho_zone *zone, int64_t due)
{
    char text[HO_TIME_TEXT_BYTES];
    ho_time_format(due, zone, text);
    printf("%.10s %.5s", text, text + 11);
}

static void print_example(const struct answer *answer, const struct ho_diff_example *example, const char *kind)
{
    char key[2 * HO_ID_BYTES + 1];
    ho_hex(example->key, HO_ID_BYTES, key);
    printf("    %-8s %s  ", kind, key);
    if (example->before)
        print_due(answer->zone, example->before);
    if (example->before && example->after)
        printf(" -> ");
    if (example->after)
        print_due(answer->zone, example->after);
    putchar('\n');
}

static void print_template(const struct answer *answer, const struct ho_diff_template *template)
{
    printf("  %-40s %8zu %8zu %8zu\n", template->key, template->n[HO_DIFF_ADDED], template->n[HO_DIFF_GONE],
           template->n[HO_DIFF_REDATED]);
    for (int kind = 0; kind < HO_DIFF_KINDS; kind++)
        for (size_t i = 0; i < template->n[kind] && i < HO_DIFF_EXAMPLES; i++)
            print_example(answer, &template->examples[kind][i], ho_diff_kind_name((enum ho_diff_kind)kind));
}

static void print_week(const struct ho_diff_week *week)
{
    printf("  %04u-%02u-%02u  %-28s %8zu %8zu %+8lld\n", week->monday / 10000, week->monday / 100 % 100,
           week->monday % 100, week->role, week->before, week->after, (long long)week->after - (long long)week->before);
}

static void print_text(const struct answer *answer)
{
    const struct ho_diff *diff = &answer->diff;
    printf("%s%s, what follows from transitions since %04u-%02u-%02u, planned at ", answer->new->name,
           answer->old ? "" : " (no running protocol has the name: it would be one more)", answer->since / 10000,
           answer->since / 100 % 100, answer->since % 100);
    print_due(answer->zone, answer->at);
    printf(", %s\n%zu members with history; %zu tasks wanted before, %zu after\n", ho_zone_name(answer->zone),
           diff->members, diff->before, diff->after);
    if (!diff->templates.n)
        puts("\nNo task would be another.");
    else
        printf("\n  %-40s %8s %8s %8s\n", "template", "added", "gone", "re-dated");
    for (size_t i = 0; i < diff->templates.n; i++)
        print_template(answer, &diff->templates.items[i]);
    if (diff->weeks.n)
        printf("\n  %-10s  %-28s %8s %8s\n", "week of", "tasks due, by role", "before", "after");
    for (size_t i = 0; i < diff->weeks.n; i++)
        print_week(&diff->weeks.items[i]);
}

// ---- The command --------------------------------------------------------------------------------------

static enum ho_status load_new(const struct ho_plan_files *files, const char *path, struct ho_protocol_set **set,
                               const struct ho_protocol **out, struct ho_error *error)
{
    size_t n;
    enum ho_status status = ho_protocols_load(path, files->calendars, ho_code_set_codes(files->codes), set, error);
    if (status != HO_OK)
        return status;
    *out = ho_protocol_set_items(*set, &n)[0];
    return n == 1 ? HO_OK : ho_fail(error, HO_REJECT, "%s holds %zu protocols; name one file", path, n);
}

// The running protocols with the new one in the place of its namesake, or besides.
static const struct ho_protocol **replace(const struct ho_plan_files *files, struct answer *answer, size_t *n)
{
    const struct ho_protocol **with =
        ho_arena_array(files->arena, files->n_protocols + 1, sizeof(struct ho_protocol *));
    *n = files->n_protocols;
    for (size_t i = 0; i < *n; i++) {
        bool same = strcmp(files->protocols[i]->name, answer->new->name) == 0;
        with[i] = same ? answer->new : files->protocols[i];
        if (same)
            answer->old = files->protocols[i];
    }
    if (!answer->old)
        with[(*n)++] = answer->new;
    return with;
}

static enum ho_status diff(const struct ho_plan_files *files, struct answer *answer, struct ho_arena *arena,
                           struct ho_error *error)
{
    struct ho_diff_input input = {.files = files, .since = answer->since, .at = answer->at};
    input.with = replace(files, answer, &input.n_with);
    struct ho_pg *pg = ho_pg_new(answer->settings->database_url, table.program);
    enum ho_status status = ho_pg_connect(pg, error);
    if (status == HO_OK)
        status = ho_diff_read(pg, arena, &input, &answer->diff, error);
    ho_pg_free(pg);
    return status;
}

static int run(struct answer *answer, const struct ho_plan_files *files, const char *path)
{
    struct ho_error error = {0};
    struct ho_protocol_set *set = NULL;
    struct ho_arena *arena = ho_arena_new(0);
    answer->zone = files->zone;
    enum ho_status status = ho_plan_moment(answer->settings->at, files->zone, &answer->at, &error);
    if (status == HO_OK)
        status = load_new(files, path, &set, &answer->new, &error);
    if (status == HO_OK)
        status = diff(files, answer, arena, &error);
    if (status == HO_OK)
        (answer->settings->json ? print_json : print_text)(answer);
    ho_arena_free(arena);
    ho_protocol_set_free(set);
    return status == HO_OK ? HO_EXIT_OK : ho_ctl_failed(&table, &error);
}

int ho_ctl_protocol_diff(int argc, char **argv)
{
    struct settings settings = {0};
    struct answer answer = {.settings = &settings};
    struct ho_plan_files files;
    struct ho_error error = {0};
    int first = ho_ctl_options(&table, argc, argv, &settings);
    if (argc - first != 1)
        return ho_ctl_misused(&table, "give one protocol's file");
    answer.since = ho_date_parse(ho_bytes_of(settings.since));
    if (!answer.since)
        return ho_ctl_misused(&table, "--since: '%s' is no date; write 2026-10-01", settings.since);
    struct ho_arena *arena = ho_arena_new(0);
    ho_plan_paths_join(arena, first, argv, &settings.paths);
    enum ho_status status = ho_plan_files_load(&settings.paths, &files, &error);
    ho_arena_free(arena);
    if (status != HO_OK)
        return ho_ctl_failed(&table, &error);
    int exit_status = run(&answer, &files, argv[first]);
    ho_plan_files_cleanup(&files);
    return exit_status;
}
