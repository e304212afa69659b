// What it costs to work a member's events out: fold, line, plan and measures, beside unpacking the same events alone.
// Usage: handoff-bench-fold MESSAGES.hl7 (of handoffctl simulate). Prints "name value unit", medians of several rounds
// in time of the processor. A history is all events of one name and birth date.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../support/corpus.h"
#include "files.h"
#include "handoff/measure.h"
#include "handoff/platform/yaml.h"

enum { ROUNDS = 9, LETTERS = 4 };

struct packed {
    char key[48]; // whose it is
    struct ho_bytes event;
};

struct events {
    struct packed *items;
    size_t n, capacity;
};

static struct ho_planner planner;
static size_t sink; // keeps the compiler from leaving out the work
static int64_t now;

static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct packed *)a)->key, ((const struct packed *)b)->key);
}

static void read_messages(struct ho_arena *arena, const char *path, const struct ho_feeds *feeds, struct events *out)
{
    struct corpus corpus;
    corpus_read_messages(arena, path, &corpus);
    for (size_t i = 0; i < corpus.n; i++) {
        struct ho_adt adt;
        ho_adt_read(arena, corpus.files[i].bytes, feeds, &adt);
        for (size_t k = 0; k < adt.n_events && adt.verdict == HO_ADT_EVENT; k++) {
            struct packed *packed = ho_arena_push(arena, out, sizeof *packed);
            const ho_person *person = adt.events[k]->person;
            snprintf(packed->key, sizeof packed->key, "%.*s %u", LETTERS, person->surname, person->birth_date);
            packed->event = ho_message_pack(arena, &adt.events[k]->base);
            if (adt.events[k]->recorded > now)
                now = adt.events[k]->recorded;
        }
    }
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items, by_key);
}

typedef void worker(struct ho_arena *arena, const struct packed *events, size_t n);

static const ho_adt_event **unpacked(struct ho_arena *arena, const struct packed *packed, size_t n)
{
    const ho_adt_event **events = ho_arena_array(arena, n, sizeof(void *));
    for (size_t i = 0; i < n; i++)
        events[i] = ho_adt_event_unpack(arena, packed[i].event);
    return events;
}

static void unpack_only(struct ho_arena *arena, const struct packed *packed, size_t n)
{
    sink += unpacked(arena, packed, n)[0]->id.len;
}

static void work_out(struct ho_arena *arena, const struct packed *packed, size_t n)
{
    static ho_enrolment enrolment = HANDOFF__V1__ENROLMENT__INIT;
    static const ho_enrolment *const enrolments[] = {&enrolment};
    static char program[] = "ECM";
    struct ho_encounters encounters;
    struct ho_line line;
    struct ho_plan plan;
    struct ho_measures measures;
    enrolment.program = program;
    ho_encounters_fold(arena, unpacked(arena, packed, n), n, &encounters);
    ho_line_draw(arena, &encounters, NULL, &planner.rules, now, &line);
    const struct ho_plan_input input = {
        .member_id = packed->key,
        .enrolments = enrolments,
        .n_enrolments = 1,
        .codes = planner.codes,
        .programs = planner.programs,
        .n_programs = planner.n_programs,
        .now = now,
        .line = &line,
        .protocols = planner.protocols,
        .n_protocols = planner.n_protocols,
        .today = ho_zone_date(planner.zone, now),
    };
    ho_plan_make(arena, &input, &plan);
    ho_measures_take(arena, &input, &measures);
    sink += plan.n_tasks + measures.n;
}

static size_t once(struct ho_arena *arena, const struct events *events, worker *work)
{
    size_t histories = 0;
    for (size_t i = 0, next; i < events->n; i = next, histories++) {
        for (next = i + 1; next < events->n && by_key(&events->items[i], &events->items[next]) == 0;)
            next++;
        work(arena, &events->items[i], next - i);
        ho_arena_reset(arena);
    }
    return histories;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Histories a second.
static double measure(const struct events *events, worker *work)
{
    double rounds[ROUNDS];
    struct ho_arena *arena = ho_arena_new(0);
    for (size_t i = 0; i < ROUNDS; i++) {
        uint64_t begun = cpu_ns();
        size_t histories = once(arena, events, work);
        rounds[i] = (double)histories * 1e9 / (double)(cpu_ns() - begun);
    }
    ho_arena_free(arena);
    qsort(rounds, ROUNDS, sizeof *rounds, by_value);
    return rounds[ROUNDS / 2];
}

static void report(const struct events *events)
{
    struct ho_arena *arena = ho_arena_new(0);
    size_t histories = once(arena, events, unpack_only);
    ho_arena_free(arena);
    sink = 0;
    double unpacking = measure(events, unpack_only);
    sink = 0;
    double all = measure(events, work_out);
    printf("fold.histories %zu count\n", histories);
    printf("fold.events_a_history %.2f count\n", (double)events->n / (double)histories);
    printf("fold.tasks_and_measures_a_history %.2f count\n", (double)sink / ROUNDS / (double)histories);
    printf("fold.worked_out %.0f histories/s\n", all);
    printf("fold.bare_unpacking %.0f histories/s\n", unpacking);
    printf("fold.of_bare_unpacking %.3f ratio\n", all / unpacking);
}

int main(int argc, char **argv)
{
    static const struct ho_planner_settings settings = {
        "deploy/protocols", "deploy/calendars", "deploy/codes", "deploy/programs", 36, 3, 60, 7, 400, 30, 3, 60, 30};
    struct ho_error error = {0};
    struct ho_planner_files *files = NULL;
    struct ho_feed_set *feeds = NULL;
    struct events events = {0};
    if (argc != 2) {
        fprintf(stderr, "usage: handoff-bench-fold MESSAGES.hl7\n");
        return 2;
    }
    struct ho_arena *arena = ho_arena_new(0);
    enum ho_status status = ho_planner_load(&settings, &files, &planner, &error);
    if (status == HO_OK)
        status = ho_feeds_load("deploy/feeds", &feeds, &error);
    if (status == HO_OK)
        read_messages(arena, argv[1], ho_feed_set_feeds(feeds), &events);
    if (status == HO_OK && events.n == 0)
        status = ho_fail(&error, HO_REJECT, "%s holds no messages", argv[1]);
    if (status == HO_OK)
        report(&events);
    else
        fprintf(stderr, "handoff-bench-fold: %s\n", error.text);
    ho_feed_set_free(feeds);
    ho_planner_files_free(files);
    ho_arena_free(arena);
    return status != HO_OK;
}
