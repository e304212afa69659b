#include "plan_files.h"

#include <stdlib.h>
#include <unistd.h>

#include "handoff/platform/loop.h"

const char *ho_deploy_folder(struct ho_arena *arena, const char *name)
{
    static const char *const places[] = {"../../../deploy", "../share/handoff"};
    char program[4096];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n <= 0)
        return NULL;
    program[n] = '\0';
    char *slash = strrchr(program, '/');
    if (!slash)
        return NULL;
    *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *dir = ho_arena_printf(arena, "%s/%s/%s", program, places[i], name);
        if (access(dir, R_OK | X_OK) == 0)
            return dir;
    }
    return NULL;
}

static const char *folder(struct ho_arena *arena, const char *given, const char *name)
{
    const char *found = *given ? given : ho_deploy_folder(arena, name);
    return found ? found : ho_arena_printf(arena, "deploy/%s", name); // its absence is told where it is read
}

void ho_plan_paths_join(struct ho_arena *arena, int n, char **argv, struct ho_plan_paths *inout)
{
    static const char flag[] = "--protocol";
    const char *joined = NULL;
    for (int i = 1; i < n; i++) {
        const char *value = NULL;
        if (strcmp(argv[i], flag) == 0 && i + 1 < n)
            value = argv[++i];
        else if (strncmp(argv[i], flag, sizeof flag - 1) == 0 && argv[i][sizeof flag - 1] == '=')
            value = argv[i] + sizeof flag;
        if (value)
            joined = joined ? ho_arena_printf(arena, "%s,%s", joined, value) : value;
    }
    if (joined)
        inout->protocols = joined;
}

static int by_name(const void *left, const void *right)
{
    const struct ho_protocol *a = *(const struct ho_protocol *const *)left;
    const struct ho_protocol *b = *(const struct ho_protocol *const *)right;
    return strcmp(a->name, b->name);
}

static enum ho_status load_protocols(struct ho_plan_files *files, const char *path, struct ho_error *error)
{
    if (files->n_sets == HO_PLAN_PROTOCOLS_MAX)
        return ho_fail(error, HO_REJECT, "more than %d protocols are named; put them into a folder",
                       HO_PLAN_PROTOCOLS_MAX);
    enum ho_status status =
        ho_protocols_load(path, files->calendars, ho_code_set_codes(files->codes), &files->sets[files->n_sets], error);
    files->n_sets += status == HO_OK;
    return status;
}

static enum ho_status join_sets(struct ho_plan_files *files, struct ho_error *error)
{
    size_t n;
    for (size_t i = 0; i < files->n_sets; i++) {
        ho_protocol_set_items(files->sets[i], &n);
        files->n_protocols += n;
    }
    files->protocols = ho_arena_array(files->arena, files->n_protocols, sizeof(struct ho_protocol *));
    for (size_t i = 0, at = 0; i < files->n_sets; i++) {
        const struct ho_protocol *const *items = ho_protocol_set_items(files->sets[i], &n);
        memcpy(&files->protocols[at], items, n * sizeof(void *));
        at += n;
    }
    qsort(files->protocols, files->n_protocols, sizeof(struct ho_protocol *), by_name);
    for (size_t i = 1; i < files->n_protocols; i++)
        if (strcmp(files->protocols[i - 1]->name, files->protocols[i]->name) == 0)
            return ho_fail(error, HO_REJECT, "two of the files have the protocol \"%s\"; rename or leave out one",
                           files->protocols[i]->name);
    files->zone = files->protocols[0]->task_calendar->zone;
    return HO_OK;
}

static enum ho_status load_all_protocols(struct ho_plan_files *files, const char *given, struct ho_error *error)
{
    const char *rest = folder(files->arena, given, "protocols");
    enum ho_status status = HO_OK;
    for (const char *comma = rest; status == HO_OK && comma; rest = comma + 1) {
        comma = strchr(rest, ',');
        size_t n = comma ? (size_t)(comma - rest) : strlen(rest);
        status = load_protocols(files, ho_arena_text(files->arena, ho_bytes_from(rest, n)), error);
        if (!comma)
            break;
    }
    return status == HO_OK ? join_sets(files, error) : status;
}

enum ho_status ho_plan_files_load(const struct ho_plan_paths *paths, struct ho_plan_files *out, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    *out = (struct ho_plan_files){.arena = arena};
    enum ho_status status = ho_calendars_load(folder(arena, paths->calendars, "calendars"), &out->calendars, error);
    if (status == HO_OK)
        status = ho_codes_load(folder(arena, paths->codes, "codes"), &out->codes, error);
    if (status == HO_OK)
        status = ho_programs_load(folder(arena, paths->programs, "programs"), out->calendars,
                                  ho_code_set_codes(out->codes), &out->programs, error);
    if (status == HO_OK)
        status = ho_feeds_load(folder(arena, paths->feeds, "feeds"), &out->feeds, error);
    if (status == HO_OK)
        status = load_all_protocols(out, paths->protocols, error);
    if (status != HO_OK)
        ho_plan_files_cleanup(out);
    return status;
}

void ho_plan_files_cleanup(struct ho_plan_files *files)
{
    for (size_t i = 0; i < files->n_sets; i++)
        ho_protocol_set_free(files->sets[i]);
    ho_feed_set_free(files->feeds);
    ho_program_set_free(files->programs);
    ho_code_set_free(files->codes);
    ho_calendar_set_free(files->calendars);
    ho_arena_free(files->arena);
    *files = (struct ho_plan_files){0};
}

enum ho_status ho_plan_moment(const char *text, const struct ho_zone *zone, int64_t *out, struct ho_error *error)
{
    uint32_t date = ho_date_parse(ho_bytes_of(text));
    const struct ho_civil end = {(int)(date / 10000), (int)(date / 100 % 100), (int)(date % 100), 23, 59, 59, 0};
    if (!*text)
        *out = ho_clock_us();
    else if (date)
        *out = ho_zone_instant(zone, &end);
    else if (!ho_time_parse(ho_bytes_of(text), out))
        return ho_fail(error, HO_REJECT, "--at: '%s' is no time; write 2026-11-24 or 2026-11-24T17:00:00-08:00", text);
    return HO_OK;
}
