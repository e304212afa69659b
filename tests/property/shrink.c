#include "shrink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

struct shrinking {
    struct ho_arena *arena;
    property *check;
    void *context;
    struct inputs now; // the smallest so far
    bool smaller;      // since the round began
};

static bool is_broken(property *check, void *context, const struct inputs *inputs)
{
    char *wrong = check(context, inputs);
    free(wrong);
    return wrong != NULL;
}

static bool keep_if_broken(struct shrinking *s, const struct inputs *tried)
{
    if (!is_broken(s->check, s->context, tried))
        return false;
    s->now = *tried;
    s->smaller = true;
    return true;
}

// ---- Dropping -----------------------------------------------------------------------------------------------

static void *without(struct ho_arena *arena, const void *items, size_t n, size_t size, size_t from, size_t count)
{
    char *rest = ho_arena_array(arena, n, size);
    memcpy(rest, items, from * size);
    memcpy(rest + from * size, (const char *)items + (from + count) * size, (n - from - count) * size);
    return rest;
}

// Halves first, then ever smaller pieces.
static void drop_events(struct shrinking *s)
{
    for (size_t piece = (s->now.n_events + 1) / 2; piece; piece /= 2) {
        for (size_t i = 0; i + piece <= s->now.n_events;) {
            struct inputs tried = s->now;
            tried.events = without(s->arena, tried.events, tried.n_events, sizeof(ho_adt_event *), i, piece);
            tried.n_events -= piece;
            if (!keep_if_broken(s, &tried))
                i += piece;
        }
    }
}

static void drop_rest(struct shrinking *s)
{
    for (size_t i = s->now.n_work; i-- > 0;) {
        struct inputs tried = s->now;
        tried.work = without(s->arena, tried.work, tried.n_work--, sizeof *tried.work, i, 1);
        keep_if_broken(s, &tried);
    }
    for (size_t i = s->now.n_enrolments; i-- > 0;) {
        struct inputs tried = s->now;
        tried.enrolments = without(s->arena, tried.enrolments, tried.n_enrolments--, sizeof(ho_enrolment *), i, 1);
        keep_if_broken(s, &tried);
    }
    struct inputs tried = s->now;
    tried.member = NULL;
    if (s->now.member)
        keep_if_broken(s, &tried);
    tried = s->now;
    tried.now = 0;
    if (s->now.now)
        keep_if_broken(s, &tried);
    tried = s->now;
    tried.shares_part2 = false;
    if (s->now.shares_part2)
        keep_if_broken(s, &tried);
}

// ---- Simplifying --------------------------------------------------------------------------------------------

static char none[] = "";

static void plain_account(ho_adt_event *e)
{
    e->account = none;
}

static void plain_priors(ho_adt_event *e)
{
    e->prior_visit = e->prior_account = e->prior_mrn = none;
}

static void plain_visit(ho_adt_event *e)
{
    e->visit = history_text("V1");
}

static void plain_place(ho_adt_event *e)
{
    e->facility = history_text("General");
    e->facility_setting = (Handoff__V1__FacilitySetting)HO_FACILITY_HOSPITAL;
    e->mrn = history_text("100");
    e->part2 = false;
}

static void plain_location(ho_adt_event *e)
{
    e->location = NULL;
}

static void plain_admitted(ho_adt_event *e)
{
    e->admitted = e->admitted_day_end = 0;
}

static void plain_day(ho_adt_event *e)
{
    e->occurred_day_end = 0;
}

static void plain_discharged(ho_adt_event *e)
{
    e->discharged = e->discharged_day_end = 0;
}

static void plain_recorded(ho_adt_event *e)
{
    e->recorded = e->occurred;
}

static void plain_life(ho_adt_event *e)
{
    e->died = e->alive = false;
    e->died_at = 0;
}

static void plain_class(ho_adt_event *e)
{
    e->patient_class = (Handoff__V1__PatientClass)HO_CLASS_UNKNOWN;
}

static void plain_end(ho_adt_event *e)
{
    e->destination = (Handoff__V1__Destination)HO_DESTINATION_UNKNOWN;
    e->disposition = none;
}

static void plain_words(ho_adt_event *e)
{
    e->attending = e->admission_type = none;
    e->admits = false;
    e->n_diagnoses = 0;
}

// A copy without some of what it tells.
typedef void simplification(ho_adt_event *e);
static simplification *const simplifications[] = {
    plain_account,    plain_priors,   plain_visit, plain_place, plain_location, plain_admitted, plain_day,
    plain_discharged, plain_recorded, plain_life,  plain_class, plain_end,      plain_words,
};
enum { SIMPLIFICATIONS = sizeof simplifications / sizeof *simplifications };

static void simplify(struct shrinking *s, size_t at, simplification *make_plain)
{
    struct inputs tried = s->now;
    ho_adt_event *plain = ho_arena_alloc(s->arena, sizeof *plain);
    *plain = *tried.events[at];
    make_plain(plain);
    if (ho_bytes_equal(ho_message_pack(s->arena, &plain->base), ho_message_pack(s->arena, &tried.events[at]->base)))
        return;
    tried.events = ho_arena_array(s->arena, tried.n_events, sizeof(ho_adt_event *));
    memcpy(tried.events, s->now.events, tried.n_events * sizeof(ho_adt_event *));
    tried.events[at] = plain;
    keep_if_broken(s, &tried);
}

struct inputs shrink(struct ho_arena *arena, property *check, void *context, const struct inputs *inputs)
{
    struct shrinking s = {.arena = arena, .check = check, .context = context, .now = *inputs};
    do {
        s.smaller = false;
        drop_events(&s);
        drop_rest(&s);
        for (size_t i = 0; i < s.now.n_events; i++) {
            for (size_t k = 0; k < SIMPLIFICATIONS; k++)
                simplify(&s, i, simplifications[k]);
        }
    } while (s.smaller);
    return s.now;
}

// ---- Many ---------------------------------------------------------------------------------------------------

static void tell(struct ho_arena *arena, property *check, void *context, const struct inputs *inputs, uint64_t seed)
{
    struct inputs small = shrink(arena, check, context, inputs);
    char *wrong = check(context, &small);
    describe_inputs(stderr, &small);
    fprintf(stderr, "%s\nHANDOFF_TEST_SEED=%llu HANDOFF_PROPERTY_HISTORIES=1 replays it\n", wrong,
            (unsigned long long)seed);
    free(wrong);
    fail_msg("the inputs above");
}

void expect_always(property *check, void *context, const struct rulebook *book, unsigned histories, size_t most)
{
    struct ho_arena *arena = ho_arena_new(1 << 20);
    uint64_t seed = random_run_seed();
    for (unsigned i = 0; i < histories; i++) {
        struct random r = {seed + i};
        ho_arena_reset(arena);
        struct inputs inputs = random_inputs(arena, &r, book, most);
        if (is_broken(check, context, &inputs))
            tell(arena, check, context, &inputs, seed + i);
    }
    ho_arena_free(arena);
}

unsigned histories_to_check(void)
{
#ifdef __SANITIZE_ADDRESS__
    enum { BY_DEFAULT = 1000 };
#else
    enum { BY_DEFAULT = 10000 };
#endif
    return random_run_histories(BY_DEFAULT);
}

// ---- The workbench ------------------------------------------------------------------------------------------

int workbench_set_up(void **state)
{
    struct workbench *bench = calloc(1, sizeof *bench);
    rulebook_load(&bench->book);
    bench->arena = ho_arena_new(1 << 20);
    *state = bench;
    return 0;
}

int workbench_tear_down(void **state)
{
    struct workbench *bench = *state;
    rulebook_free(&bench->book);
    ho_arena_free(bench->arena);
    free(bench);
    return 0;
}
