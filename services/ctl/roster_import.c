// handoffctl roster import: a file of members and enrolments, CSV or an 834, into the database.
#include "command.h"
#include "progress.h"

#include "roster/import.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FAULTS_SHOWN = 50 };

struct settings {
    const char *database_url, *program, *member_ref, *cin_ref, *plan_ref, *coverage;
    int64_t allow_ending, allow_twins;
    bool partial, full, older, test;
};

#define AT(field) .offset = offsetof(struct settings, field)
static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"partial", HO_OPTION_BOOLEAN, "no", AT(partial),
     .help = "import what is good; members with a refused line or loop stay as they are (exit status 1 all the same)"},
    {"program", HO_OPTION_TEXT, "", AT(program),
     .help =
         "834: the program that its coverages (HD) mean; without it they change no enrolment, and an end (024) ends "
         "all of the member's"},
    {"full", HO_OPTION_BOOLEAN, "no", AT(full),
     .help = "834: the file names everyone; who is not named ends with the file's date"},
    {"allow-ending", HO_OPTION_INTEGER, "0", 0, INT32_MAX, AT(allow_ending),
     .help = "834: so many may end by --full, be it more than 5 %"},
    {"allow-twins", HO_OPTION_INTEGER, "0", 0, INT32_MAX, AT(allow_twins),
     .help = "834: so many new members may have the CIN of another, be it more than ten and 5 %"},
    {"member-ref", HO_OPTION_TEXT, "0F", AT(member_ref),
     .help = "834: the reference (REF-01) that holds the member_id; NM109 is the number beside the name"},
    {"cin-ref", HO_OPTION_TEXT, "0F", AT(cin_ref),
     .help = "834: the reference that holds the CIN; where it is the member-ref too, what has another form is none"},
    {"plan-ref", HO_OPTION_TEXT, "", AT(plan_ref), .help = "834: the reference that holds the plan_id, where one does"},
    {"coverage", HO_OPTION_TEXT, "", AT(coverage),
     .help = "834: count only coverages with this HD-03 or HD-04, such as HLT"},
    {"older", HO_OPTION_BOOLEAN, "no", AT(older),
     .help = "834: import a file though one with a later date (BGN-03) of this sender and program was imported before"},
    {"test", HO_OPTION_BOOLEAN, "no", AT(test),
     .help = "834: import a file that its sender calls test data (ISA-15 T)"},
};
#undef AT

static const struct ho_option_table table = {
    .program = "handoffctl roster import",
    .summary =
        "Loads members and enrolments from a file ('-': standard input), all of it or nothing: CSV in UTF-8, or an\n"
        "X12 834 (005010X220A1), told apart by the first bytes.\n\n"
        "CSV: the first line names the columns, in any order: member_id, cin, plan_id, surname, given, middle, "
        "suffix,\n"
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
        "is yes or no; county is that of residence, as deploy/programs writes it (Orange).\n\n"
        "834: replaces what it says of a member, and leaves teams, coordinators and whatever else it cannot say. 021,\n"
        "025 and 001 add or change; 024 ends enrolments with its date and takes nobody away who had one; a file with\n"
        "030 (audit) is compared only, unless it is said to be --full: exit status 1 where it differs. "
        "services/roster/README.md has the table of\n"
        "elements and columns. A wrong control number or count, or a file that stops half-way, changes nothing.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .arguments = "FILE",
};

struct output {
    const char *path;
    const struct ho_roster_imported *done;
    struct ho_progress progress;
    uint64_t all_bytes; // of the file; 0 unknown
    uint64_t faults, notes;
};

static void show_line(struct output *out, uint64_t *n, const struct ho_roster_fault *fault)
{
    (*n)++;
    if (*n > FAULTS_SHOWN)
        return;
    ho_progress_clear(&out->progress);
    fprintf(stderr, "%s: %s %" PRIu64 ": %s%s%s\n", out->path, out->done->is_x834 ? "segment" : "line", fault->line,
            fault->column, *fault->column ? ": " : "", fault->what);
}

static void show_fault(void *context, const struct ho_roster_fault *fault)
{
    struct output *out = context;
    show_line(out, &out->faults, fault);
}

static void show_note(void *context, const struct ho_roster_fault *fault)
{
    struct output *out = context;
    show_line(out, &out->notes, fault);
}

static void show_unknown(void *context, const char *names)
{
    struct output *out = context;
    ho_progress_clear(&out->progress);
    fprintf(stderr, "%s: columns that are not known here are left out: %s\n", out->path, names);
}

static void show_progress(void *context, const struct ho_roster_progress *progress)
{
    struct output *out = context;
    out->progress.what = progress->unit;
    if (progress->step)
        ho_progress_step(&out->progress, progress->rows, progress->step);
    else
        ho_progress_tell(&out->progress, progress->rows, progress->bytes_read, out->all_bytes);
}

static void show_rest(const struct output *out, uint64_t n)
{
    if (n > FAULTS_SHOWN)
        fprintf(stderr, "%s: and %" PRIu64 " more\n", out->path, n - FAULTS_SHOWN);
}

static void print_x834(const struct ho_x834_counts *c)
{
    if (c->ended)
        printf("%" PRId64 " members that the file does not name end with its date\n", c->ended);
    if (c->unknown)
        printf("%" PRId64 " ends of members whom the roster never had\n", c->unknown);
    if (c->twins)
        printf("%" PRId64 " new members have the CIN of another: look whether they are the same people\n", c->twins);
    if (c->ends_later)
        printf("%" PRId64 " members without an enrolment end after the file's date: they stay until a later file says "
               "so again\n",
               c->ends_later);
}

static void print_counts(const struct ho_roster_imported *done)
{
    const struct ho_roster_counts *c = &done->counts;
    printf("%" PRIu64 " %s, %" PRId64 " members: %" PRId64 " new, %" PRId64 " changed, %" PRId64 " as before",
           done->rows, done->is_x834 ? "loops" : "lines", c->members, c->added, c->changed,
           c->members - c->added - c->changed);
    if (c->replanned)
        printf("; %" PRId64 " with events are planned anew", c->replanned);
    printf("\n");
    if (c->own_word)
        printf("%" PRId64 " enrolments stay opted out by the members' own word, which the file does not know\n",
               c->own_word);
    if (done->refused)
        printf("%" PRIu64 " %s were refused; %" PRId64 " members stay as they were\n", done->refused,
               done->is_x834 ? "loops" : "lines", c->refused);
    print_x834(&done->x834);
    if (done->compared_only)
        printf("compared only, nothing was changed: the file is an audit (030); import it with --full where it names "
               "everyone\n");
}

static enum ho_status import_file(int fd, const struct settings *settings, struct output *out,
                                  struct ho_roster_imported *done, struct ho_error *error)
{
    const struct ho_roster_import import = {
        .fd = fd,
        .partial = settings->partial,
        .x834 = {settings->member_ref, settings->cin_ref, settings->plan_ref, settings->coverage, settings->test},
        .plan = {settings->program, settings->full, settings->allow_ending, settings->allow_twins, settings->older},
        .faults = {show_fault, out},
        .notes = {show_note, out},
        .unknown_columns = show_unknown,
        .progress = show_progress,
        .context = out,
    };
    struct ho_pg *pg = ho_pg_new(settings->database_url, "handoffctl roster import");
    enum ho_status status = ho_roster_import(pg, &import, done, error);
    ho_pg_free(pg);
    return status;
}

static int import_and_tell(int fd, const char *path, const struct settings *settings)
{
    struct ho_roster_imported done = {0};
    struct output out = {.path = path, .done = &done};
    struct ho_error error = {0};
    struct stat about;
    out.all_bytes = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0;
    ho_progress_begin(&out.progress, "lines");
    enum ho_status status = import_file(fd, settings, &out, &done, &error);
    ho_progress_clear(&out.progress);
    show_rest(&out, out.faults);
    show_rest(&out, out.notes);
    if (status != HO_OK) {
        ho_error_prefix(&error, "%s: ", path);
        return ho_ctl_failed(&table, &error);
    }
    print_counts(&done);
    bool differs = done.compared_only && done.counts.added + done.counts.changed > 0;
    return done.refused || differs ? HO_EXIT_FAILED : HO_EXIT_OK;
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
        return import_and_tell(STDIN_FILENO, "standard input", &settings);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)ho_fail(&error, HO_FATAL, "%s: %s", path, strerror(errno));
        return ho_ctl_failed(&table, &error);
    }
    int exit_status = import_and_tell(fd, path, &settings);
    close(fd);
    return exit_status;
}
