#include "simulate_crowd_query.h"
#include "simulate_crowd_text.h"

#include <string.h>

enum { ALL_CINS = 160000000, ALL_PLAN_IDS = 100000000, CIN_LETTERS = 16 };

// A one-to-one walk through all numbers of a kind: the factor has no divisor in common with their count.
static uint32_t nth_of(const struct ho_crowd *crowd, uint64_t all, uint64_t number)
{
    uint64_t start = ho_sim_random_mix(crowd->seed ^ all) % all;
    return (uint32_t)((number * UINT64_C(123456787) + start) % all);
}

static void put_digits(char *out, uint32_t number, int width)
{
    for (int i = width - 1; i >= 0; i--, number /= 10)
        out[i] = (char)('0' + number % 10);
    out[width] = '\0';
}

static void put_cin(char *out, const struct ho_crowd *crowd, uint32_t number)
{
    static const char letters[] = "ACDEFGHMNTUVWXYZ";
    uint32_t n = nth_of(crowd, ALL_CINS, number);
    out[0] = '9';
    put_digits(out + 1, n / CIN_LETTERS, 7);
    out[8] = letters[n % CIN_LETTERS];
    out[9] = '\0';
}

// CIN, check digit, and the day of issue as one digit of the year and the day of it.
static void put_bic(char *out, const struct ho_crowd *crowd, struct ho_sim_random *random, uint32_t number)
{
    put_cin(out, crowd, number);
    put_digits(out + 9, ho_sim_random_below(random, 10), 1);
    put_digits(out + 10, ho_sim_random_below(random, 10), 1);
    put_digits(out + 11, 1 + ho_sim_random_below(random, 365), 3);
}

static void put_mbi(char *out, const struct ho_crowd *crowd, uint32_t number)
{
    static const char pattern[] = "CA*NA*NAANN", letters[] = "ACDEFGHJKMNPQRTUVWXY";
    struct ho_sim_random random;
    ho_sim_random_init(&random, crowd->seed, 80, number);
    for (size_t i = 0; i < sizeof pattern; i++) {
        char letter = letters[ho_sim_random_below(&random, 20)];
        char digit = (char)('0' + ho_sim_random_below(&random, 10));
        bool takes_letter = pattern[i] == 'A' || (pattern[i] == '*' && ho_sim_random_chance(&random, 500));
        out[i] = takes_letter ? letter : digit;
    }
    out[0] = out[0] == '0' ? '1' : out[0];
    out[sizeof pattern - 1] = '\0';
}

static void put_other(char *out, struct ho_sim_random *random)
{
    static const char *const starts[] = {"XEA", "W", "JHX", "U", "R", "KP", "YUP", "H"};
    ho_crowd_copy(out, HO_CROWD_CARD_BYTES, starts[ho_sim_random_below(random, 8)]);
    put_digits(out + strlen(out), ho_sim_random_below(random, 1000000000), 9);
}

void ho_crowd_card_put(char out[HO_CROWD_CARD_BYTES], const struct ho_crowd *crowd, struct ho_sim_random *random,
                       enum ho_crowd_card card, uint32_t number)
{
    out[0] = '\0';
    switch (card) {
    case HO_CROWD_CIN:
        put_cin(out, crowd, number);
        return;
    case HO_CROWD_BIC:
        put_bic(out, crowd, random, number);
        return;
    case HO_CROWD_PLAN_ID:
        memcpy(out, "CV", 3);
        put_digits(out + 2, nth_of(crowd, ALL_PLAN_IDS, number), 8);
        return;
    case HO_CROWD_MBI:
        put_mbi(out, crowd, number);
        return;
    case HO_CROWD_OTHER_CARD:
        put_other(out, random);
        return;
    case HO_CROWD_NO_CARD:
        return;
    }
}
