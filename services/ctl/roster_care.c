// handoffctl roster team, roster staff: files of care teams, and of the people who coordinate, into the database.
#include "command.h"

#include "roster/care_import.h"

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

#define AT(field) .offset = offsetof(struct settings, field)
static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"partial", HO_OPTION_BOOLEAN, "no", AT(partial),
     .help = "load what is good; whom a refused line is about stays as is (exit status 1 all the same)"},
};
#undef AT

static const struct ho_option_table tables[HO_CARE_KINDS] = {
    [HO_CARE_TEAM] =
        {
            .program = "handoffctl roster team",
            .summary =
                "Loads care teams from a CSV file in UTF-8 ('-': standard input), all of it or nothing. The first "
                "line\n"
                "names the columns: member_id, role, name, organisation, email, phone, since, until. One line a "
                "person; "
                "role\n"
                "is pcp, specialist, pharmacist, case-manager, cb-cme, community or family; name or organisation must "
                "be "
                "there;\n"
                "until is the last day. The lines of a member are the whole team, in place of the earlier one; a line\n"
                "with a member_id alone says that there is none; members who are not named keep theirs. Notices go to\n"
                "those with an e-mail; to family only where the member agrees ('roster consent').",
            .options = options,
            .n_options = sizeof options / sizeof *options,
            .arguments = "FILE",
        },
    [HO_CARE_STAFF] =
        {
            .program = "handoffctl roster staff",
            .summary =
                "Loads the people who coordinate from a CSV file in UTF-8 ('-': standard input), all of it or nothing. "
                "The\n"
                "first line names the columns: email, name, role, backup_email, away_from, away_to, supervisor_email. "
                "email\n"
                "is the coordinator_email of the roster; role is coordinator, supervisor or pharmacist. From away_from "
                "to\n"
                "away_to, both included (blank: until further notice), notices go to backup_email, even where that one "
                "is\n"
                "away too. A line replaces what was known of the person; who is not named stays.",
            .options = options,
            .n_options = sizeof options / sizeof *options,
            .arguments = "FILE",
        },
};

struct output {
    const char *path;
    uint64_t faults;
};

static void show_fault(void *context, const struct ho_roster_fault *fault)
{
    struct output *out = context;
    if (++out->faults <= FAULTS_SHOWN)
        fprintf(stderr, "%s: line %" PRIu64 ": %s%s%s\n", out->path, fault->line, fault->column,
                *fault->column ? ": " : "", fault->what);
}

static void show_unknown(void *context, const char *names)
{
    const struct output *out = context;
    fprintf(stderr, "%s: columns that are not known here are left out: %s\n", out->path, names);
}

static void print_counts(enum ho_care_kind kind, const struct ho_care_imported *done)
{
    const struct ho_care_counts *c = &done->counts;
    if (kind == HO_CARE_TEAM)
        printf("%" PRIu64 " lines, teams of %" PRId64 " members: %" PRId64 " entries new or changed, %" PRId64
               " gone\n",
               done->rows, c->subjects, c->written, c->gone);
    else
        printf("%" PRIu64 " lines, %" PRId64 " people: %" PRId64 " new or changed\n", done->rows, c->subjects,
               c->written);
    if (done->refused)
        printf("%" PRIu64 " lines were refused; whom they are about stays as is\n", done->refused);
}

static int import_and_tell(int fd, const char *path, enum ho_care_kind kind, const struct settings *settings)
{
    struct ho_error error = {0};
    struct ho_care_imported done;
    struct output out = {.path = path};
    const struct ho_care_import import = {
        .fd = fd,
        .kind = kind,
        .partial = settings->partial,
        .faults = {show_fault, &out},
        .unknown_columns = show_unknown,
        .context = &out,
    };
    struct ho_pg *pg = ho_pg_new(settings->database_url, tables[kind].program);
    enum ho_status status = ho_care_import(pg, &import, &done, &error);
    ho_pg_free(pg);
    if (out.faults > FAULTS_SHOWN)
        fprintf(stderr, "%s: and %" PRIu64 " more\n", path, out.faults - FAULTS_SHOWN);
    if (status != HO_OK) {
        ho_error_prefix(&error, "%s: ", path);
        return ho_ctl_failed(&tables[kind], &error);
    }
    print_counts(kind, &done);
    return done.refused ? HO_EXIT_FAILED : HO_EXIT_OK;
}

static int run(enum ho_care_kind kind, int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    int first = ho_ctl_options(&tables[kind], argc, argv, &settings);
    if (argc - first != 1)
        return ho_ctl_misused(&tables[kind], "give one file");
    const char *path = argv[first];
    if (strcmp(path, "-") == 0)
        return import_and_tell(STDIN_FILENO, "standard input", kind, &settings);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)ho_fail(&error, HO_FATAL, "%s: %s", path, strerror(errno));
        return ho_ctl_failed(&tables[kind], &error);
    }
    int exit_status = import_and_tell(fd, path, kind, &settings);
    close(fd);
    return exit_status;
}

int ho_ctl_roster_team(int argc, char **argv)
{
    return run(HO_CARE_TEAM, argc, argv);
}

int ho_ctl_roster_staff(int argc, char **argv)
{
    return run(HO_CARE_STAFF, argc, argv);
}
