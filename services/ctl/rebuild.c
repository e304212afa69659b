// handoffctl rebuild: everything that is derived, made again beside what stands, and put in its place.
#include "command.h"

#include "transitions/files.h"
#include "transitions/rebuild.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    PAUSE_MS = 200,
    TRIES_MOST = 1500,
    TELL_EACH_MS = 1000,
    TELL_FILE_EACH_MS = 10000,
    WORKERS_MOST = 64,
    WORKERS_UNASKED = 8,
};

struct settings {
    const char *database_url;
    bool status, abort;
    int64_t workers;
    struct ho_planner_settings plan;
};

static const struct ho_option options[] = {
    HO_CTL_DATABASE_URL(struct settings),
    {"status", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, status),
     .help = "only show how far a rebuild has come"},
    {"abort", HO_OPTION_BOOLEAN, "no", .offset = offsetof(struct settings, abort),
     .help = "throw away what a rebuild has made so far"},
    {"workers", HO_OPTION_INTEGER, "0", 0, WORKERS_MOST, .offset = offsetof(struct settings, workers),
     .help = "how many work at once, each on a database connection of its own; 0: one a processor, 8 at most"},
    HO_PLANNER_OPTIONS(struct settings),
};

static const struct ho_option_table table = {
    .program = "handoffctl rebuild",
    .summary =
        "Makes encounters, episodes, transitions, measures and planned tasks again from the events that are kept, and\n"
        "puts them in the place of those that stand, at once. The services go on meanwhile, and nobody is told of\n"
        "anything. It may be stopped at any time: the next run goes on with it. Give it the transitions service's\n"
        "options; where the protocols are newer than the service's, stop that first and start it anew afterwards.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * HO_US_PER_SECOND + now.tv_nsec / 1000;
}

// ---- Progress, on the error stream: one line that is written over, or on a file one each ten seconds.

struct teller {
    bool terminal;
    long long begun_ms, told_ms;
    int64_t members, done, done_at_start;
    enum ho_rebuild_phase phase;
};

static void tell(struct teller *t, bool last)
{
    long long now_ms = ho_ctl_now_ms(), each_ms = t->terminal ? TELL_EACH_MS : TELL_FILE_EACH_MS;
    if (!last && now_ms - t->told_ms < each_ms)
        return;
    t->told_ms = now_ms;
    double rate = (double)(t->done - t->done_at_start) * 1000.0 / (double)(now_ms - t->begun_ms + 1);
    int left_s = rate > 0 && t->members > t->done ? (int)((double)(t->members - t->done) / rate) : 0;
    fprintf(stderr, "%s%" PRId64 " of %" PRId64 " members", t->terminal ? "\r" : "", t->done, t->members);
    if (t->phase == HO_REBUILD_FILL && rate > 0)
        fprintf(stderr, ", %.0f a second, about %d min %02d s left, then the indexes", rate, left_s / 60, left_s % 60);
    else if (t->phase == HO_REBUILD_INDEX)
        fputs(", now the indexes", stderr);
    else if (t->phase == HO_REBUILD_FOLLOW)
        fputs(", now those who changed meanwhile", stderr);
    fputs(t->terminal && !last ? "\033[K" : "\n", stderr);
}

// ---- The run.

struct run {
    const struct settings *settings;
    struct ho_planner planner;
    struct ho_rebuild *rebuild;
    struct teller teller;
    int tries; // in a row that had to be given up
    bool done;
};

static int n_workers(const struct settings *settings)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (settings->workers)
        return (int)settings->workers;
    return processors < 1 ? 1 : processors > WORKERS_UNASKED ? WORKERS_UNASKED : (int)processors;
}

static enum ho_status open_rebuild(struct run *run, struct ho_error *error)
{
    struct ho_rebuild_progress progress;
    enum ho_status status = ho_rebuild_open(run->settings->database_url, &run->planner, n_workers(run->settings),
                                            &run->rebuild, &progress, error);
    if (status != HO_OK || run->teller.begun_ms)
        return status;
    run->teller = (struct teller){
        .terminal = isatty(STDERR_FILENO) == 1,
        .begun_ms = ho_ctl_now_ms(),
        .members = progress.members,
        .done = progress.done,
        .done_at_start = progress.done,
        .phase = progress.phase,
    };
    if (progress.done)
        fprintf(stderr, "goes on with the rebuild under way: %" PRId64 " of %" PRId64 " members are done\n",
                progress.done, progress.members);
    return HO_OK;
}

static enum ho_status advance(struct run *run, struct ho_error *error)
{
    struct ho_rebuild_step step;
    enum ho_status status = ho_rebuild_step(run->rebuild, now_us(), &step, error);
    if (status != HO_OK)
        return status;
    run->teller.phase = step.phase;
    if (step.phase == HO_REBUILD_FILL)
        run->teller.done += (int64_t)step.planned;
    if (run->teller.members < run->teller.done) // some came since they were counted
        run->teller.members = run->teller.done;
    tell(&run->teller, false);
    if (!step.ready)
        return HO_OK;
    status = ho_rebuild_swap(run->rebuild, &run->done, error);
    if (status == HO_OK && !run->done)
        ho_ctl_pause_ms(PAUSE_MS);
    return status;
}

// The database away, or readers in the way of the swap: all is as it was, and is tried again for some minutes.
static enum ho_status try_again(struct run *run, struct ho_error *error)
{
    ho_rebuild_free(run->rebuild);
    run->rebuild = NULL;
    if (!run->teller.begun_ms || ++run->tries > TRIES_MOST)
        return HO_RETRY;
    *error = (struct ho_error){0};
    ho_ctl_pause_ms(PAUSE_MS);
    return HO_OK;
}

static enum ho_status go(struct run *run, struct ho_error *error)
{
    enum ho_status status = HO_OK;
    while (status == HO_OK && !run->done && !stopping) {
        status = run->rebuild ? HO_OK : open_rebuild(run, error);
        if (status == HO_OK)
            status = advance(run, error);
        if (status == HO_OK)
            run->tries = 0;
        if (status == HO_RETRY)
            status = try_again(run, error);
    }
    if (stopping && !run->done && run->rebuild)
        fputs("stopping, as soon as the batches in hand are done\n", stderr);
    ho_rebuild_free(run->rebuild);
    run->rebuild = NULL;
    return status;
}

static int rebuild(const struct settings *settings, struct ho_error *error)
{
    struct run run = {.settings = settings};
    struct ho_planner_files *files = NULL;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    enum ho_status status = ho_planner_load(&settings->plan, &files, &run.planner, error);
    if (status == HO_OK)
        status = go(&run, error);
    if (run.teller.begun_ms)
        tell(&run.teller, true);
    if (status == HO_OK && run.done)
        fputs("done: what was made is in its place\n", stderr);
    else if (status == HO_OK)
        fputs("stopped; nothing has changed yet. The same command goes on with it, --abort throws it away.\n", stderr);
    ho_planner_files_free(files);
    return status == HO_OK && run.done ? HO_EXIT_OK : HO_EXIT_FAILED;
}

static int show_status(const struct settings *settings, struct ho_error *error)
{
    struct ho_rebuild_progress progress;
    char started[HO_TIME_TEXT_BYTES];
    if (ho_rebuild_status(settings->database_url, &progress, error) != HO_OK)
        return HO_EXIT_FAILED;
    if (!progress.started)
        return puts("no rebuild is under way") < 0;
    printf("begun %s, %s: %" PRId64 " of %" PRId64 " members\n", ho_time_format(progress.started, NULL, started),
           progress.running ? "running" : "stopped", progress.done, progress.members);
    return HO_EXIT_OK;
}

static int throw_away(const struct settings *settings, struct ho_error *error)
{
    bool aborted = false;
    if (ho_rebuild_abort(settings->database_url, &aborted, error) != HO_OK)
        return HO_EXIT_FAILED;
    return puts(aborted ? "thrown away; what stood still stands" : "no rebuild is under way") < 0;
}

int ho_ctl_rebuild(int argc, char **argv)
{
    struct settings settings = {0};
    struct ho_error error = {0};
    ho_ctl_options_only(&table, argc, argv, &settings);
    if (settings.status && settings.abort)
        return ho_ctl_misused(&table, "--status and --abort are two things; give one");
    int status = settings.status  ? show_status(&settings, &error)
                 : settings.abort ? throw_away(&settings, &error)
                                  : rebuild(&settings, &error);
    return error.text[0] ? ho_ctl_failed(&table, &error) : status;
}
