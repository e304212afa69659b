// What it costs to match: loading a roster, and look-ups at random order on one core.
// Usage: handoff-bench-match ROSTER.csv [NAME QUERIES.csv]... Prints "name value unit", a line each.
//
// The ceilings: of loading, reading the same file and keeping nothing; of a look-up, one look into a bare hash table of
// as many keys, and one copy of as many bytes as a member has, each at a random place of that much memory.
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "match_files.h"

enum { LOOKS = 2000000 };

struct person {
    ho_person person;
    char *insured[1];
};

struct persons {
    struct person *items;
    size_t n, capacity;
};

struct reading {
    struct ho_arena *arena;
    struct persons persons;
};

static uint64_t sink; // keeps the compiler from leaving out the work

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t next_random(void)
{
    static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void *allocate(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (!p)
        abort();
    return p;
}

static void end_on(enum ho_status status, const struct ho_error *error)
{
    if (status == HO_OK)
        return;
    fprintf(stderr, "handoff-bench-match: %s\n", error->text);
    exit(1);
}

// ---- Loading --------------------------------------------------------------------------------------------

static double resident_bytes(void)
{
    char line[128] = "", *resident = line;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fgets(line, sizeof line, file))
        resident += strcspn(line, " "); // behind the size
    if (file)
        fclose(file);
    return (double)strtoul(resident, NULL, 10) * (double)sysconf(_SC_PAGESIZE);
}

static enum ho_status drop(void *context, uint64_t line, const char *const *values, struct ho_error *error)
{
    (void)context, (void)line, (void)error;
    sink += (uint8_t)values[0][0];
    return HO_OK;
}

static double bare_reading_s(const char *path)
{
    static const char *const columns[] = {"member_id",  "cin", "plan_id", "surname", "given", "middle", "suffix",
                                          "birth_date", "sex", "phone",   "address", "city",  "state",  "zip"};
    struct ho_match_warnings warnings = {.path = path};
    struct ho_error error = {0};
    const struct ho_match_table table = {path, columns, sizeof columns / sizeof *columns, drop, NULL, &warnings};
    uint64_t begun = now_ns();
    end_on(ho_match_table_read(&table, &error), &error);
    return (double)(now_ns() - begun) / 1e9;
}

static struct ho_roster_index *load(const char *path)
{
    struct ho_match_roster roster;
    struct ho_error error = {0};
    double bare_s = bare_reading_s(path), before = resident_bytes();
    end_on(ho_match_roster_load(path, NULL, &roster, &error), &error);
    double n = (double)ho_roster_index_size(roster.index);
    printf("match_members %.0f count\n", n);
    printf("match_load %.2f s\n", roster.seconds);
    printf("match_load_bare_reading %.2f s\n", bare_s);
    printf("match_bytes_a_member %.0f bytes\n", (double)ho_roster_index_bytes(roster.index) / n);
    printf("match_resident_a_member %.0f bytes\n", (resident_bytes() - before) / n);
    return roster.index;
}

// ---- Ceilings -------------------------------------------------------------------------------------------

static void print_hash_ceiling(size_t n)
{
    size_t slots = 1;
    while (slots < 2 * n)
        slots *= 2;
    uint64_t *table = allocate(slots, sizeof *table), *keys = allocate(n, sizeof *keys);
    for (size_t i = 0; i < n; i++) {
        size_t at = (keys[i] = next_random() | 1) & (slots - 1);
        while (table[at])
            at = (at + 1) & (slots - 1);
        table[at] = keys[i];
    }
    uint64_t begun = now_ns();
    for (size_t i = 0; i < LOOKS; i++) {
        uint64_t key = keys[next_random() % n] + (i & 1) * 2; // every second one is most likely not there
        size_t at = key & (slots - 1);
        while (table[at] && table[at] != key)
            at = (at + 1) & (slots - 1);
        sink += table[at];
    }
    printf("match_ceiling_hash_look %.3f us\n", (double)(now_ns() - begun) / LOOKS / 1000);
    free(table);
    free(keys);
}

static void print_copy_ceiling(size_t n, size_t bytes)
{
    uint8_t *members = allocate(n, bytes), *one = allocate(1, bytes);
    memset(members, 1, n * bytes);
    uint64_t begun = now_ns();
    for (size_t i = 0; i < LOOKS; i++) {
        memcpy(one, members + next_random() % n * bytes, bytes);
        sink += one[i % bytes];
    }
    printf("match_ceiling_member_copy %.3f us\n", (double)(now_ns() - begun) / LOOKS / 1000);
    free(members);
    free(one);
}

// ---- Look-ups -------------------------------------------------------------------------------------------

static char *copy(struct ho_arena *arena, const char *text)
{
    return ho_arena_text(arena, ho_bytes_of(text));
}

static enum ho_status keep(void *context, const struct ho_match_query *query, struct ho_error *error)
{
    struct reading *r = context;
    const ho_person *p = query->question->person;
    (void)error;
    struct person *out = ho_arena_push(r->arena, &r->persons, sizeof *out);
    out->person = *p;
    out->person.surname = copy(r->arena, p->surname);
    out->person.given = copy(r->arena, p->given);
    out->person.middle = copy(r->arena, p->middle);
    out->person.suffix = copy(r->arena, p->suffix);
    out->person.sex = copy(r->arena, p->sex);
    out->person.phone = copy(r->arena, p->phone);
    out->person.address = copy(r->arena, p->address);
    out->person.city = copy(r->arena, p->city);
    out->person.state = copy(r->arena, p->state);
    out->person.zip = copy(r->arena, p->zip);
    if (p->n_insured_ids)
        out->insured[0] = copy(r->arena, p->insured_ids[0]);
    return HO_OK;
}

static void shuffle(struct persons *persons)
{
    for (size_t i = persons->n; i > 1; i--) {
        size_t k = next_random() % i;
        struct person other = persons->items[k];
        persons->items[k] = persons->items[i - 1];
        persons->items[i - 1] = other;
    }
    for (size_t i = 0; i < persons->n; i++) // the pointers into the items, when they no longer move
        persons->items[i].person.insured_ids = persons->items[i].insured;
}

static struct ho_match look_up(struct ho_arena *arena, const struct ho_roster_index *index, const struct person *person)
{
    const struct ho_match_question question = {.person = &person->person};
    struct ho_match match;
    ho_arena_reset(arena);
    ho_match_decide(arena, index, &question, &match);
    sink += match.verdict;
    return match;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum { WITHOUT_CANDIDATE, WITH_CANDIDATES, NON_MEMBER, ALL, CLASSES };

struct times {
    double *us;
    size_t n;
};

static void print_times(const char *set, const char *which, struct times *times)
{
    if (!times->n)
        return;
    qsort(times->us, times->n, sizeof *times->us, by_value);
    printf("match_%s_%s %zu count\n", set, which, times->n);
    printf("match_%s_%s_p50 %.2f us\n", set, which, times->us[times->n / 2]);
    printf("match_%s_%s_p99 %.2f us\n", set, which, times->us[times->n * 99 / 100]);
}

static void note(struct times *times, double us)
{
    times->us[times->n++] = us;
}

static void time_each(struct ho_arena *arena, const struct ho_roster_index *index, const struct persons *persons,
                      struct times *times)
{
    for (size_t i = 0; i < persons->n; i++) {
        uint64_t begun = now_ns();
        struct ho_match match = look_up(arena, index, &persons->items[i]);
        double us = (double)(now_ns() - begun) / 1000;
        note(&times[ALL], us);
        note(&times[match.n_candidates ? WITH_CANDIDATES : WITHOUT_CANDIDATE], us);
        if (match.verdict == HO_MATCH_NON_MEMBER)
            note(&times[NON_MEMBER], us);
    }
}

static void measure(const char *set, const struct ho_roster_index *index, const struct persons *persons)
{
    static const char *const names[CLASSES] = {"without_candidate", "with_candidates", "non_member", "all"};
    struct ho_arena *arena = ho_arena_new(0);
    struct times times[CLASSES] = {0};
    for (int c = 0; c < CLASSES; c++)
        times[c].us = allocate(persons->n, sizeof(double));
    uint64_t begun = now_ns();
    for (size_t i = 0; i < persons->n; i++)
        (void)look_up(arena, index, &persons->items[i]);
    printf("match_%s_rate %.0f lookups/s\n", set, (double)persons->n / ((double)(now_ns() - begun) / 1e9));
    time_each(arena, index, persons, times);
    for (int c = 0; c < CLASSES; c++) {
        print_times(set, names[c], &times[c]);
        free(times[c].us);
    }
    ho_arena_free(arena);
}

static void bench_set(const char *name, const char *path, const struct ho_roster_index *index)
{
    struct reading reading = {.arena = ho_arena_new(1 << 20)};
    struct ho_match_warnings warnings = {.path = path};
    struct ho_error error = {0};
    const struct ho_match_queries queries = {path, keep, &reading, &warnings};
    end_on(ho_match_queries_read(&queries, &error), &error);
    shuffle(&reading.persons);
    if (reading.persons.n)
        measure(name, index, &reading.persons);
    ho_arena_free(reading.arena);
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc % 2 != 0) {
        fprintf(stderr, "usage: handoff-bench-match ROSTER.csv [NAME QUERIES.csv]...\n");
        return 2;
    }
    struct ho_roster_index *index = load(argv[1]);
    size_t n = ho_roster_index_size(index);
    if (n) {
        print_hash_ceiling(n);
        print_copy_ceiling(n, ho_roster_index_bytes(index) / n);
    }
    for (int i = 2; i < argc; i += 2)
        bench_set(argv[i], argv[i + 1], index);
    ho_roster_index_free(index);
    return sink == 0;
}
