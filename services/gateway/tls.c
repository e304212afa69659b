#include "tls.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "figures.h"
#include "handoff/platform/log.h"
#include "handoff/platform/loop.h"

enum { LOOK_EVERY_TICKS = 3, FILES = 3, SECONDS_A_DAY = 86400 };

// What shows that a file is another one.
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct tls {
    struct ho_tls_files files;
    struct ho_tls_context *context; // in force
    struct figures *figures;
    struct stamp stamps[FILES]; // of the files as they were taken or refused
    struct ho_error refusal;    // of the files as they are; "" none
    unsigned ticks;
};

// Zeros where there is no such file.
static struct stamp stamp_of(const char *path)
{
    struct stat s;
    if (stat(path, &s))
        return (struct stamp){0};
    return (struct stamp){.device = s.st_dev, .inode = s.st_ino, .size = s.st_size, .changed = s.st_mtim};
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

// Whether a file is another one than it was at the last call.
static bool have_changed(struct tls *t)
{
    const char *const paths[FILES] = {t->files.certificate, t->files.key, t->files.authority};
    bool changed = false;
    for (size_t i = 0; i < FILES; i++) {
        struct stamp now = stamp_of(paths[i]);
        changed |= !is_same(&now, &t->stamps[i]);
        t->stamps[i] = now;
    }
    return changed;
}

static double days_left(const struct ho_tls_context *context)
{
    return ((double)ho_tls_context_expires_s(context) - (double)ho_clock_us() / 1e6) / SECONDS_A_DAY;
}

static void tell_days(const struct tls *t)
{
    ho_metric_set(t->figures->certificate_days, days_left(t->context));
}

enum ho_status tls_new(const struct ho_tls_files *files, struct figures *figures, struct tls **out,
                       struct ho_error *error)
{
    struct tls *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    t->files = *files;
    t->figures = figures;
    have_changed(t);
    enum ho_status status = ho_tls_server_new(files, &t->context, error);
    if (status != HO_OK) {
        tls_free(t);
        return status;
    }
    tell_days(t);
    if (days_left(t->context) < 0)
        ho_log(HO_ERROR, "the certificate has expired: senders will refuse it", "file=\"%s\"", files->certificate);
    *out = t;
    return HO_OK;
}

void tls_free(struct tls *tls)
{
    if (tls)
        ho_tls_context_free(tls->context);
    free(tls);
}

struct ho_tls *tls_accept(struct tls *tls, int fd)
{
    return ho_tls_accept(tls->context, fd);
}

static enum ho_status load_valid(const struct tls *t, struct ho_tls_context **out, struct ho_error *error)
{
    enum ho_status status = ho_tls_server_new(&t->files, out, error);
    if (status != HO_OK || days_left(*out) >= 0)
        return status;
    ho_tls_context_free(*out);
    return ho_fail(error, HO_REJECT, "%s: it has expired", t->files.certificate);
}

// The same refusal is told once.
static void take(struct tls *t, bool tell)
{
    struct ho_tls_context *fresh;
    struct ho_error error;
    if (load_valid(t, &fresh, &error) != HO_OK) {
        if (tell || strcmp(error.text, t->refusal.text) != 0)
            ho_log(HO_ERROR, "new certificates refused, those in force stay", "error=\"%s\" days_left=%.1f", error.text,
                   days_left(t->context));
        t->refusal = error;
        return;
    }
    ho_tls_context_free(t->context);
    t->context = fresh;
    *t->refusal.text = '\0';
    tell_days(t);
    ho_log(HO_INFO, "certificates loaded", "days_left=%.1f", days_left(fresh));
}

void tls_reload(struct tls *tls)
{
    take(tls, true);
}

void tls_tick(struct tls *tls)
{
    if (++tls->ticks % LOOK_EVERY_TICKS)
        return;
    tell_days(tls);
    bool changed = have_changed(tls);
    if (changed || *tls->refusal.text) // what was wrong may have passed without a change of a file
        take(tls, changed);
}
