#include "command.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct ho_option *find_option(const struct ho_option_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_options; i++)
        if (strcmp(table->options[i].name, name) == 0)
            return &table->options[i];
    return NULL;
}

// A flag whose value is the next argument.
static bool takes_next(const struct ho_option_table *table, const char *argument)
{
    const struct ho_option *option = find_option(table, argument + 2);
    return option && option->type != HO_OPTION_BOOLEAN;
}

// Flags to the front and arguments to the end, each in their order; all behind "--" are arguments.
static void sort_arguments(const struct ho_option_table *table, int argc, char **argv)
{
    char **arguments = calloc((size_t)argc + 1, sizeof *arguments);
    if (!arguments)
        abort();
    int n_flags = 1, n_arguments = 0, i = 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            arguments[n_arguments++] = argv[i];
            continue;
        }
        argv[n_flags++] = argv[i];
        if (takes_next(table, argv[i]) && i + 1 < argc)
            argv[n_flags++] = argv[++i];
    }
    char *separator = i < argc ? argv[i++] : NULL;
    while (i < argc)
        arguments[n_arguments++] = argv[i++];
    if (separator)
        argv[n_flags++] = separator;
    for (int k = 0; k < n_arguments; k++)
        argv[n_flags + k] = arguments[k];
    free(arguments);
}

int ho_ctl_options(const struct ho_option_table *table, int argc, char **argv, void *settings)
{
    sort_arguments(table, argc, argv);
    return ho_config_read(table, argc, argv, settings);
}

void ho_ctl_options_only(const struct ho_option_table *table, int argc, char **argv, void *settings)
{
    int first = ho_ctl_options(table, argc, argv, settings);
    if (first < argc)
        exit(ho_ctl_misused(table, "'%s' is no option", argv[first]));
}

int ho_ctl_failed(const struct ho_option_table *table, const struct ho_error *error)
{
    fflush(stdout);
    fprintf(stderr, "%s: %s\n", table->program, error->text);
    return HO_EXIT_FAILED;
}

int ho_ctl_misused(const struct ho_option_table *table, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", table->program);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\nTry '%s --help'.\n", table->program);
    va_end(args);
    return HO_EXIT_USAGE;
}

const char *ho_ctl_by(const char *given)
{
    const struct passwd *user = *given ? NULL : getpwuid(geteuid());
    return *given ? given : user ? user->pw_name : "handoffctl";
}

long long ho_ctl_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void ho_ctl_pause_ms(long ms)
{
    const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}
