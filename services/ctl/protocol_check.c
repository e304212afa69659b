// handoffctl protocol check: whether files are protocols, and what they contain.
#include "command.h"
#include "plan_files.h"

#include <stdio.h>

struct settings {
    struct ho_plan_paths paths;
};

static const struct ho_option options[] = {
    HO_CTL_PLAN_FOLDERS(struct settings),
};

static const struct ho_option_table table = {
    .program = "handoffctl protocol check",
    .summary =
        "Reads protocols as the services would, with all that they refer to, and prints what they contain: the\n"
        "tasks and notices of each occasion, and the services of the program that they bring. What is wrong is told\n"
        "with file and line, and the exit status is 1. Nothing is changed.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .arguments = "FILE...",
};

static void print_due(const struct ho_due *due)
{
    static const char *const units[] = {
        [HO_DUE_BUSINESS_DAYS] = "business day", [HO_DUE_DAYS] = "day", [HO_DUE_HOURS] = "hour"};
    printf("%d %s%s", due->amount, units[due->unit], due->amount == 1 ? "" : "s");
}

static void print_task(const struct ho_task_template *task)
{
    printf("    %-38s %-11s ", task->key, task->role);
    print_due(&task->due);
    if (task->starts.amount) {
        printf(", starts after ");
        print_due(&task->starts);
    }
    if (task->n_when)
        printf(", on %zu condition%s", task->n_when, task->n_when == 1 ? "" : "s");
    for (size_t i = 0; i < task->n_reminders; i++)
        printf("%s%s", i ? ", " : "; reminders: ", task->reminders[i].key);
    putchar('\n');
}

static void print_notice(const struct ho_notice_template *notice)
{
    printf("    notice %-31s ", notice->key);
    for (size_t i = 0; i < notice->n_roles; i++)
        printf("%s%s", i ? ", " : "", notice->roles[i]);
    putchar('\n');
}

static void print_occasion(const struct ho_protocol *protocol, enum ho_occasion occasion)
{
    printf("  on %s\n", ho_occasion_name(occasion));
    for (size_t i = 0; i < protocol->n_tasks; i++)
        if (protocol->tasks[i].on & occasion)
            print_task(&protocol->tasks[i]);
    for (size_t i = 0; i < protocol->n_notices; i++)
        if (protocol->notices[i].on & occasion)
            print_notice(&protocol->notices[i]);
}

static bool serves(const struct ho_task_template *task, const char *service)
{
    for (size_t i = 0; i < task->n_serves; i++)
        if (strcmp(task->serves[i], service) == 0)
            return true;
    return false;
}

static void print_services(const struct ho_protocol *protocol)
{
    const char *service;
    puts("  services of the program, and how many templates bring them");
    for (size_t i = 0; (service = ho_service_name(i)); i++) {
        size_t n = 0;
        for (size_t k = 0; k < protocol->n_tasks; k++)
            n += serves(&protocol->tasks[k], service);
        printf("    %-38s %zu\n", service, n);
    }
}

static const char *program_title(const struct ho_plan_files *files, const char *key)
{
    size_t n;
    const struct ho_program *const *programs = ho_program_set_items(files->programs, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(programs[i]->key, key) == 0)
            return programs[i]->title;
    return "in no file of the programs, so that it runs for ever and everywhere";
}

static void print_protocol(const struct ho_plan_files *files, const struct ho_protocol *protocol)
{
    printf("  %s, for members enrolled in %s (%s)\n", protocol->name, protocol->program,
           program_title(files, protocol->program));
    printf("  calendars %s and %s, in %s\n", protocol->task_calendar->name, protocol->measure_calendar->name,
           ho_zone_name(protocol->task_calendar->zone));
    printf("  %zu task templates, %zu notices\n", protocol->n_tasks, protocol->n_notices);
    for (int i = 0; i < HO_OCCASIONS; i++)
        print_occasion(protocol, (enum ho_occasion)(1U << i));
    print_services(protocol);
}

static int check(const struct settings *settings, const char *path)
{
    struct ho_plan_files files;
    struct ho_error error = {0};
    struct ho_plan_paths paths = settings->paths;
    paths.protocols = path;
    if (ho_plan_files_load(&paths, &files, &error) != HO_OK)
        return ho_ctl_failed(&table, &error);
    printf("%s: good\n", path);
    for (size_t i = 0; i < files.n_protocols; i++)
        print_protocol(&files, files.protocols[i]);
    ho_plan_files_cleanup(&files);
    return HO_EXIT_OK;
}

int ho_ctl_protocol_check(int argc, char **argv)
{
    struct settings settings = {0};
    int first = ho_ctl_options(&table, argc, argv, &settings), exit_status = HO_EXIT_OK;
    if (first == argc)
        return ho_ctl_misused(&table, "give a protocol's file at least");
    for (int i = first; i < argc; i++)
        if (check(&settings, argv[i]) != HO_EXIT_OK)
            exit_status = HO_EXIT_FAILED;
    return exit_status;
}
