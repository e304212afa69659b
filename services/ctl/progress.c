#include "progress.h"

#include "command.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { TERMINAL_MS = 200, LINES_MS = 10000, TEXT_BYTES = 160, BAR_CELLS = 24 };

void ho_progress_begin(struct ho_progress *progress, const char *what)
{
    long long now_ms = ho_ctl_now_ms();
    *progress =
        (struct ho_progress){.what = what, .terminal = isatty(STDERR_FILENO), .begun_ms = now_ms, .told_ms = now_ms};
}

// "[######..................] 25 %, " on a terminal, else the share alone.
static void write_share(const struct ho_progress *progress, double share, char out[TEXT_BYTES])
{
    char cells[BAR_CELLS + 1] = {0};
    for (int i = 0; i < BAR_CELLS; i++)
        cells[i] = i < (int)(share * BAR_CELLS) ? '#' : '.';
    if (progress->terminal)
        snprintf(out, TEXT_BYTES, "[%s] %.0f %%, ", cells, share * 100);
    else
        snprintf(out, TEXT_BYTES, "%.0f %%, ", share * 100);
}

void ho_progress_tell(struct ho_progress *progress, uint64_t n, uint64_t done_bytes, uint64_t all_bytes)
{
    long long now_ms = ho_ctl_now_ms();
    if (now_ms - progress->told_ms < (progress->terminal ? TERMINAL_MS : LINES_MS))
        return;
    progress->told_ms = now_ms;
    double seconds = (double)(now_ms - progress->begun_ms) / 1000,
           share = all_bytes ? (double)done_bytes / (double)all_bytes : 0;
    char known[TEXT_BYTES] = "", left[TEXT_BYTES] = "";
    if (all_bytes)
        write_share(progress, share, known);
    if (share > 0 && share < 1)
        snprintf(left, sizeof left, ", %.0f s left", seconds * (1 - share) / share);
    fprintf(stderr, "%s%s%" PRIu64 " %s, %.0f a second%s%s", progress->terminal ? "\r\033[K" : "", known, n,
            progress->what, (double)n / seconds, left, progress->terminal ? "" : "\n");
    progress->shown = progress->terminal;
}

void ho_progress_step(struct ho_progress *progress, uint64_t n, const char *step)
{
    if (!progress->terminal)
        return;
    fprintf(stderr, "\r\033[K%" PRIu64 " %s read, %s", n, progress->what, step);
    progress->shown = true;
}

void ho_progress_clear(struct ho_progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}
