#include "rebuild_workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct worker {
    struct ho_rebuild_workers *all;
    struct ho_pg *pg;
    bool prepared;
    pthread_t thread;
};

struct ho_rebuild_workers {
    const char *prepare;
    ho_rebuild_batch *batch;
    void *context;
    pthread_mutex_t lock; // of what follows, up to the workers
    pthread_cond_t ended;
    int at_work;
    bool stopping;
    size_t done;
    enum ho_status status; // the first failure
    struct ho_error error;
    int n_started, n_workers;
    struct worker workers[];
};

struct ho_rebuild_workers *ho_rebuild_workers_new(const char *database_url, const char *prepare, int n_workers)
{
    struct ho_rebuild_workers *all = calloc(1, sizeof *all + (size_t)n_workers * sizeof *all->workers);
    pthread_condattr_t monotonic;
    if (!all || pthread_mutex_init(&all->lock, NULL) != 0 || pthread_condattr_init(&monotonic) != 0 ||
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) != 0 || pthread_cond_init(&all->ended, &monotonic) != 0)
        abort();
    pthread_condattr_destroy(&monotonic);
    all->prepare = prepare;
    all->n_workers = n_workers;
    for (int i = 0; i < n_workers; i++) {
        all->workers[i] = (struct worker){.all = all, .pg = ho_pg_new(database_url, "handoff-rebuild-worker")};
        ho_pg_by_key(all->workers[i].pg);
    }
    return all;
}

// ---- A thread.

static enum ho_status prepare(struct worker *worker, struct ho_error *error)
{
    if (worker->prepared)
        return HO_OK;
    enum ho_status status = ho_pg_connect(worker->pg, error);
    if (status == HO_OK)
        status = ho_pg_run(worker->pg, worker->all->prepare, NULL, NULL, error);
    worker->prepared = status == HO_OK;
    return status;
}

// Whether the thread goes on.
static bool account(struct ho_rebuild_workers *all, enum ho_status status, size_t n, const struct ho_error *error)
{
    pthread_mutex_lock(&all->lock);
    if (status == HO_OK) {
        all->done += n;
    } else if (all->status == HO_OK) {
        all->status = status;
        all->error = *error;
    }
    all->stopping |= status != HO_OK;
    bool goes_on = n > 0 && !all->stopping;
    if (!goes_on && --all->at_work == 0)
        pthread_cond_signal(&all->ended);
    pthread_mutex_unlock(&all->lock);
    return goes_on;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct ho_rebuild_workers *all = worker->all;
    struct ho_error error = {0};
    enum ho_status status;
    size_t n;
    do {
        n = 0;
        status = prepare(worker, &error);
        if (status == HO_OK)
            status = all->batch(all->context, worker->pg, &n, &error);
    } while (account(all, status, n, &error));
    return NULL;
}

// ---- A pass.

void ho_rebuild_workers_begin(struct ho_rebuild_workers *workers, ho_rebuild_batch *batch, void *context)
{
    workers->batch = batch;
    workers->context = context;
    workers->at_work = workers->n_workers;
    for (int i = 0; i < workers->n_workers; i++) {
        if (pthread_create(&workers->workers[i].thread, NULL, work, &workers->workers[i]) != 0)
            abort();
        workers->n_started++;
    }
}

static void join(struct ho_rebuild_workers *workers)
{
    while (workers->n_started > 0)
        pthread_join(workers->workers[--workers->n_started].thread, NULL);
}

static struct timespec after_ms(int ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000L;
    at.tv_sec += at.tv_nsec / 1000000000L;
    at.tv_nsec %= 1000000000L;
    return at;
}

enum ho_status ho_rebuild_workers_follow(struct ho_rebuild_workers *workers, int wait_ms, size_t *done, bool *ended,
                                         struct ho_error *error)
{
    const struct timespec until = after_ms(wait_ms);
    pthread_mutex_lock(&workers->lock);
    while (workers->at_work > 0 && pthread_cond_timedwait(&workers->ended, &workers->lock, &until) == 0)
        ;
    *ended = workers->at_work == 0;
    *done = workers->done;
    workers->done = 0;
    enum ho_status status = workers->status;
    pthread_mutex_unlock(&workers->lock);
    if (*ended || status != HO_OK)
        join(workers);
    if (status != HO_OK)
        *error = workers->error;
    return status;
}

void ho_rebuild_workers_free(struct ho_rebuild_workers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->stopping = true;
    pthread_mutex_unlock(&workers->lock);
    join(workers);
    for (int i = 0; i < workers->n_workers; i++)
        ho_pg_free(workers->workers[i].pg);
    pthread_cond_destroy(&workers->ended);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}
