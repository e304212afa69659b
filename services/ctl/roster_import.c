// handoffctl roster import: a CSV file of members and enrolments into the database.
#include "command.h"

#include "roster/import.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FAULTS_SHOWN = 50 };

struct settings {
    const char *database_url;
    bool partial;
};

static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"partial", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, partial),
     .help = "import the good lines; members with a refused line stay as they are (exit status 1 all the same)"},
};

static const struct ho_option_table table = {
    .program = "handoffctl roster import",
    .summary =
        "Loads members and enrolments from a CSV file in UTF-8 ('-': standard input), all of it or nothing.\n\n"
        "The first line names the columns, in any order: member_id, cin, plan_id, surname, given, middle, suffix,\n"
        "birth_date, sex, phone, address, city, state, zip, language, program, enrolled_from, enrolled_to, "
        "opted_out_on,\n"
        "organisation, team, coordinator, coordinator_email, county, conditions, needs, homeless, risk, "
        "pregnant_until,\n"
        "dual. Only member_id must be there; missing columns are blank.\n"
        "Dates are YYYYMMDD or YYYY-MM-DD, sex is M, F, X or U. A member who has several CINs has them all in cin,\n"
        "the current one first, parted by a blank, ';' or ','. Several lines of one member are its enrolments and say\n"
        "the same about the person. What a line says replaces what was known; members that the file does not\n"
        "name stay.\n\n"
        "What a protocol's conditions may ask about: conditions are groups of deploy/codes that the plan knows of\n"
        "(diabetes, smi, sud ...); needs are food, temporary-housing, permanent-housing, child-care, disability,\n"
        "transport; both are lists, parted by a blank, ';' or ','. homeless is no, yes or chronic; risk is low, "
        "medium\n"
        "or high; pregnant_until is the last day of pregnancy or of the time after it; dual (covered by Medicare too)\n"
        "is yes or no; county is that of residence, as deploy/programs writes it (Orange).",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .arguments = "FILE.csv",
};

struct output {
    const char *path;
    bool live; // progress is wanted: a person is looking
    bool line_open;
    uint64_t faults;
};

static void end_progress(struct output *out)
{
    if (out->line_open)
        fputs("\r\033[K", stderr);
    out->line_open = false;
}

static void show_fault(void *context, const struct ho_roster_fault *fault)
{
    struct output *out = context;
    out->faults++;
    if (out->faults > FAULTS_SHOWN)
        return;
    end_progress(out);
    fprintf(stderr, "%s: line %" PRIu64 ": %s%s%s\n", out->path, fault->line, fault->column, *fault->column ? ": " : "",
            fault->what);
}

static void show_unknown(void *context, const char *names)
{
    struct output *out = context;
    end_progress(out);
    fprintf(stderr, "%s: columns that are not known here are left out: %s\n", out->path, names);
}

static void show_progress(void *context, const char *what, uint64_t lines)
{
    struct output *out = context;
    if (!out->live)
        return;
    fprintf(stderr, "\r\033[K%s: %" PRIu64 " lines, %s", out->path, lines, what);
    fflush(stderr);
    out->line_open = true;
}

static void show_rest(const struct output *out)
{
    if (out->faults > FAULTS_SHOWN)
        fprintf(stderr, "%s: and %" PRIu64 " more\n", out->path, out->faults - FAULTS_SHOWN);
}

static void print_counts(const struct ho_roster_imported *done)
{
    const struct ho_roster_counts *c = &done->counts;
    printf("%" PRIu64 " lines, %" PRId64 " members: %" PRId64 " new, %" PRId64 " changed, %" PRId64 " as before",
           done->rows, c->members, c->added, c->changed, c->members - c->added - c->changed);
    if (c->replanned)
        printf("; %" PRId64 " with events are planned anew", c->replanned);
    printf("\n");
    if (c->own_word)
        printf("%" PRId64 " enrolments stay opted out by the members' own word, which the file does not know\n",
               c->own_word);
    if (done->refused)
        printf("%" PRIu64 " lines were refused; %" PRId64 " members stay as they were\n", done->refused, c->refused);
}

static int import_file(int fd, const char *path, const struct settings *settings)
{
    struct output out = {.path = path, .live = isatty(STDERR_FILENO)};
    struct ho_roster_imported done;
    struct ho_error error = {0};
    const struct ho_roster_import import = {
        .fd = fd,
        .partial = settings->partial,
        .faults = {show_fault, &out},
        .unknown_columns = show_unknown,
        .progress = show_progress,
        .context = &out,
    };
    struct ho_pg *pg = ho_pg_new(settings->database_url, "handoffctl roster import");
    enum ho_status status = ho_roster_import(pg, &import, &done, &error);
    ho_pg_free(pg);
    end_progress(&out);
    show_rest(&out);
    if (status != HO_OK) {
        ho_error_prefix(&error, "%s: ", path);
        return ho_ctl_failed(&table, &error);
    }
    print_counts(&done);
    return done.refused ? HO_EXIT_FAILED : HO_EXIT_OK;
}

int ho_ctl_roster_import(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    int first = ho_ctl_options(&table, argc, argv, &settings);
    if (argc - first != 1)
        return ho_ctl_misused(&table, "give one file");
    const char *path = argv[first];
    if (strcmp(path, "-") == 0)
        return import_file(STDIN_FILENO, "standard input", &settings);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)ho_fail(&error, HO_FATAL, "%s: %s", path, strerror(errno));
        return ho_ctl_failed(&table, &error);
    }
    int exit_status = import_file(fd, path, &settings);
    close(fd);
    return exit_status;
}
