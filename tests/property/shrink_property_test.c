// How inputs that break a property are made small, tried with faults that are planted.
#include "../support/unit.h"

#include "shrink.h"

enum { CASES = 60 };

struct fixture {
    struct rulebook book;
    struct ho_arena *arena, *checking;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    rulebook_load(&f->book);
    f->arena = ho_arena_new(1 << 20);
    f->checking = ho_arena_new(1 << 20);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    rulebook_free(&f->book);
    ho_arena_free(f->arena);
    ho_arena_free(f->checking);
    free(f);
    return 0;
}

static size_t count_trigger(const struct inputs *inputs, const char *trigger)
{
    size_t n = 0;
    for (size_t i = 0; i < inputs->n_events; i++)
        n += strcmp(inputs->events[i]->trigger, trigger) == 0;
    return n;
}

// The fault: a transfer and a discharge are not borne together.
static char *check_planted(void *context, const struct inputs *inputs)
{
    (void)context;
    return count_trigger(inputs, "A02") && count_trigger(inputs, "A03") ? strdup("planted") : NULL;
}

// The fault: a day on which somebody died is not borne; it must be left as it is.
static char *check_planted_death(void *context, const struct inputs *inputs)
{
    struct fixture *f = context;
    ho_arena_reset(f->checking);
    return outcome_of(&f->book, f->checking, inputs)->line.died ? strdup("planted") : NULL;
}

static bool breaks(struct fixture *f, property *check, const struct inputs *inputs)
{
    char *wrong = check(f, inputs);
    free(wrong);
    return wrong != NULL;
}

static void assert_plain(const ho_adt_event *e)
{
    assert_string_equal(e->account, "");
    assert_string_equal(e->prior_visit, "");
    assert_string_equal(e->visit, "V1");
    assert_string_equal(e->facility, "General");
    assert_null(e->location);
    assert_int_equal(e->patient_class, 0);
    assert_int_equal(e->admitted, 0);
    assert_int_equal(e->n_diagnoses, 0);
    assert_true(e->recorded == e->occurred);
    assert_false(e->died);
}

static void what_breaks_a_property_is_left_alone_with_what_it_takes(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = random_run_seed();
    unsigned broken = 0;
    for (unsigned i = 0; broken < CASES; i++) {
        struct random r = {seed + i};
        ho_arena_reset(f->arena);
        struct inputs inputs = random_inputs(f->arena, &r, &f->book, MOST_EVENTS);
        if (!breaks(f, check_planted, &inputs))
            continue;
        struct inputs small = shrink(f->arena, check_planted, f, &inputs);
        broken++;
        assert_int_equal(small.n_events, 2);
        assert_int_equal(count_trigger(&small, "A02") + count_trigger(&small, "A03"), 2);
        assert_plain(small.events[0]);
        assert_plain(small.events[1]);
        assert_true(small.n_work == 0 && small.n_enrolments == 0 && !small.member && small.now == 0 &&
                    !small.shares_part2);
    }
}

// One event tells of a death; the one that is left must still do it.
static void what_breaks_by_its_outcome_still_breaks_when_it_is_small(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = random_run_seed();
    unsigned broken = 0;
    for (unsigned i = 0; broken < CASES; i++) {
        struct random r = {seed + i};
        ho_arena_reset(f->arena);
        struct inputs inputs = random_inputs(f->arena, &r, &f->book, MOST_EVENTS);
        if (!breaks(f, check_planted_death, &inputs))
            continue;
        struct inputs small = shrink(f->arena, check_planted_death, f, &inputs);
        broken++;
        assert_int_equal(small.n_events, 1);
        assert_true(outcome_of(&f->book, f->arena, &small)->line.died);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_breaks_a_property_is_left_alone_with_what_it_takes),
        cmocka_unit_test(what_breaks_by_its_outcome_still_breaks_when_it_is_small),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
