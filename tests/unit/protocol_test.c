// Occasions: what a change of setting is called in a protocol.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "handoff/protocol.h"

static uint32_t occasions(enum ho_setting from, enum ho_setting to)
{
    const struct ho_transition transition = {.from = from, .to = to};
    return ho_transition_occasions(&transition);
}

// By where from (rows) and where to (columns): home, ed, inpatient, observation, snf, other, died.
static void every_change_of_setting_has_its_occasion(void **state)
{
    enum {
        ED = HO_ON_ED_ARRIVAL,
        AD = HO_ON_ADMISSION,
        DI = HO_ON_DISCHARGE,
        EX = HO_ON_ED_DISCHARGE,
        SA = HO_ON_SNF_ADMISSION,
        SX = HO_ON_SNF_DISCHARGE,
        X = HO_ON_DEATH
    };
    static const uint32_t expected[HO_SETTING_N - 1][HO_SETTING_N] = {
        [HO_SETTING_HOME] = {0, ED, AD, AD, SA, 0, X},      [HO_SETTING_ED] = {EX, 0, AD, AD, SA, EX, X},
        [HO_SETTING_INPATIENT] = {DI, ED, 0, 0, DI, DI, X}, [HO_SETTING_OBSERVATION] = {DI, ED, 0, 0, DI, DI, X},
        [HO_SETTING_SNF] = {SX, ED, AD, AD, 0, SX, X},      [HO_SETTING_OTHER_FACILITY] = {0, ED, AD, AD, SA, 0, X},
    };
    (void)state;
    for (int from = 0; from < HO_SETTING_N - 1; from++) {
        for (int to = 0; to < HO_SETTING_N; to++) {
            if (from != to)
                assert_int_equal(occasions((enum ho_setting)from, (enum ho_setting)to), expected[from][to]);
        }
    }
}

static void leaving_against_advice_is_no_other_discharge(void **state)
{
    (void)state;
    for (int from = HO_SETTING_ED; from <= HO_SETTING_SNF; from++) {
        const struct ho_transition transition = {
            .from = (enum ho_setting)from, .to = HO_SETTING_HOME, .against_advice = true};
        assert_int_equal(ho_transition_occasions(&transition), HO_ON_AGAINST_ADVICE);
    }
}

static void occasion_names_go_both_ways(void **state)
{
    (void)state;
    for (int i = 0; i < HO_OCCASIONS; i++) {
        enum ho_occasion occasion = HO_ON_ED_ARRIVAL;
        const char *name = ho_occasion_name((enum ho_occasion)(1U << i));
        assert_true(ho_occasion_from_name(ho_bytes_of(name), &occasion));
        assert_int_equal(occasion, 1U << i);
    }
    enum ho_occasion none;
    assert_false(ho_occasion_from_name(ho_bytes_of("dishcarge"), &none));
    assert_string_equal(ho_occasion_name((enum ho_occasion)0), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_of_setting_has_its_occasion),
        cmocka_unit_test(leaving_against_advice_is_no_other_discharge),
        cmocka_unit_test(occasion_names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
