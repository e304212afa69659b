// handoffctl explain: what HL7 messages lead to, without any server.
#include "explain.h"
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
struct settings {
    struct ho_plan_paths paths;
    const char *roster, *at;
    bool json;
};

static const struct ho_option options[] = {
    {"json", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, json),
     .help = "as one JSON object, not as a page of text"},
    HO_CTL_PLAN_PATHS(struct settings),
    {"roster", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, roster),
     .help = "CSV file of the members, as for 'roster import'; \"\" takes every patient for a member"},
    {"at", HO_OPTION_TEXT, "", .offset = offsetof(struct settings, at),
     .help = "the moment to look from: RFC 3339, or a date, which is its end; \"\" now"},
};

static const struct ho_option_table table = {
    .program = "handoffctl explain",
    .summary =
        "Reads HL7 messages from files, in any order and any number a file, and shows what they lead to: stays, the\n"
        "member's way and its flags, tasks with their due times and why they exist, notices and reminders. It is done "
        "by\n"
        "the code that the services run, with the services' default settings, and no server is touched.\n\n"
        "With --roster, who a message is about is decided by the roster and all other messages of the same patient.\n"
        "Without, every patient of a hospital is taken for a member who is enrolled in every program. Messages that\n"
        "cannot be read are listed with the reason. The order of the files makes no difference. '-' is standard input.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .arguments = "MESSAGES...",
};

static enum ho_status find_people(struct ho_arena *arena, const struct settings *settings,
                                  const struct ho_plan_files *files, struct ho_explain_messages *messages,
                                  struct ho_explain_people *out, struct ho_error *error)
{
    if (!*settings->roster) {
        ho_explain_by_number(arena, files, messages, out);
        return HO_OK;
    }
    struct ho_explain_roster roster;
    enum ho_status status = ho_explain_roster_read(arena, settings->roster, &roster, error);
    if (status != HO_OK)
        return status;
    ho_explain_by_roster(arena, &roster, messages, out);
    ho_roster_index_free(roster.index);
    return HO_OK;
}

static enum ho_status explain(struct ho_arena *arena, const struct settings *settings,
                              const struct ho_plan_files *files, const char *const *paths, size_t n,
                              struct ho_error *error)
{
    struct ho_explain_messages messages;
    struct ho_explain_people people;
    struct ho_explanation explanation = {.files = files, .by_roster = *settings->roster, .messages = &messages};
    enum ho_status status = ho_plan_moment(settings->at, files->zone, &explanation.at, error);
    if (status == HO_OK)
        status = ho_explain_read(arena, paths, n, ho_feed_set_feeds(files->feeds), &messages, error);
    if (status == HO_OK)
        status = find_people(arena, settings, files, &messages, &people, error);
    if (status != HO_OK)
        return status;
    ho_explain_tell(arena, &people, &explanation);
    (settings->json ? ho_explain_print_json : ho_explain_print_text)(&explanation);
    if (fflush(stdout) != 0)
        return ho_fail(error, HO_FATAL, "the explanation cannot be written (%s)", strerror(errno));
    return HO_OK;
}

int ho_ctl_explain(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_plan_files files;
    struct ho_error error = {0};
    int first = ho_ctl_options(&table, argc, argv, &settings);
    if (first == argc)
        return ho_ctl_misused(&table, "give a file of HL7 messages at least");
    struct ho_arena *arena = ho_arena_new(0);
    ho_plan_paths_join(arena, first, argv, &settings.paths);
    enum ho_status status = ho_plan_files_load(&settings.paths, &files, &error);
    if (status == HO_OK)
        status = explain(arena, &settings, &files, (const char *const *)(argv + first), (size_t)(argc - first), &error);
    ho_arena_free(arena);
    ho_plan_files_cleanup(&files);
    return status == HO_OK ? HO_EXIT_OK : ho_ctl_failed(&table, &error);
}
