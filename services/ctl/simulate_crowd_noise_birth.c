// What happens to birth dates and sexes.
#include <string.h>

#include "simulate_crowd_noise.h"
#include "simulate_crowd_text.h"

enum { DATE_DIGITS = 8 };

static bool is_whole(const struct ho_crowd_query *query)
{
    return strlen(query->birth) == DATE_DIGITS;
}

static bool exchange(char *birth, size_t at)
{
    char kept = birth[at];
    if (kept == birth[at + 1])
        return false;
    birth[at] = birth[at + 1];
    birth[at + 1] = kept;
    return true;
}

// Two digits of month and day, seldom of the year; what results may be no date: 19175009.
static bool make_transposed(struct ho_crowd_noising *noising)
{
    if (!is_whole(noising->query))
        return false;
    bool year = ho_sim_random_chance(noising->random, 120);
    if (!exchange(noising->query->birth, year ? 2 : 4 + ho_sim_random_below(noising->random, 3)))
        return false;
    ho_crowd_noise_cost(noising->query, HO_CROWD_BIRTH, year ? 3 : 1);
    return true;
}

// Never the decade: with that, father and son of one name are one.
static bool make_digit_off(struct ho_crowd_noising *noising)
{
    char *birth = noising->query->birth;
    if (!is_whole(noising->query))
        return false;
    size_t at = 3 + ho_sim_random_below(noising->random, 5);
    uint32_t most = at == 4 ? 1 : at == 6 ? 3 : 9;
    char digit = (char)('0' + ho_sim_random_below(noising->random, most + 1));
    if (digit == birth[at])
        return false;
    birth[at] = digit;
    ho_crowd_noise_cost(noising->query, HO_CROWD_BIRTH, 2);
    return true;
}

static bool make_day_month(struct ho_crowd_noising *noising)
{
    char *birth = noising->query->birth;
    if (!is_whole(noising->query) || memcmp(birth + 4, birth + 6, 2) == 0)
        return false;
    bool possible = birth[6] == '0' || (birth[6] == '1' && birth[7] <= '2');
    if (!possible && ho_sim_random_chance(noising->random, 800))
        return false;
    char month[2] = {birth[4], birth[5]};
    memmove(birth + 4, birth + 6, 2);
    memcpy(birth + 6, month, 2);
    ho_crowd_noise_cost(noising->query, HO_CROWD_BIRTH, 1);
    return true;
}

static bool make_january(struct ho_crowd_noising *noising)
{
    char *birth = noising->query->birth;
    if (!is_whole(noising->query) || strcmp(birth + 4, "0101") == 0)
        return false;
    memcpy(birth + 4, "0101", 4);
    ho_crowd_noise_cost(noising->query, HO_CROWD_BIRTH, 3);
    return true;
}

static bool make_missing(struct ho_crowd_noising *noising)
{
    static const char *const blanks[] = {"", "", "", "19000101", "00000000", "11111111"};
    const char *blank = blanks[ho_sim_random_below(noising->random, 6)];
    ho_crowd_copy(noising->query->birth, sizeof noising->query->birth, blank);
    ho_crowd_noise_cost(noising->query, HO_CROWD_BIRTH, 5);
    return true;
}

static bool make_impossible(struct ho_crowd_noising *noising)
{
    char *birth = noising->query->birth;
    if (!is_whole(noising->query))
        return false;
    switch (ho_sim_random_below(noising->random, 3)) {
    case 0:
        birth[4] = birth[5] = '0';
        break;
    case 1:
        birth[6] = birth[7] = '0';
        break;
    default:
        birth[4] = (char)('2' + ho_sim_random_below(noising->random, 8));
    }
    ho_crowd_noise_cost(noising->query, HO_CROWD_BIRTH, 2);
    return true;
}

static bool make_year_off(struct ho_crowd_noising *noising)
{
    char *birth = noising->query->birth;
    bool up = ho_sim_random_chance(noising->random, 500);
    if (!is_whole(noising->query) || birth[3] == (up ? '9' : '0'))
        return false;
    birth[3] = (char)(birth[3] + (up ? 1 : -1));
    ho_crowd_noise_cost(noising->query, HO_CROWD_BIRTH, 2);
    return true;
}

// 20th and 21st century: 2048 for 1948.
static bool make_century_off(struct ho_crowd_noising *noising)
{
    char *birth = noising->query->birth;
    if (!is_whole(noising->query) || (memcmp(birth, "19", 2) != 0 && memcmp(birth, "20", 2) != 0))
        return false;
    memcpy(birth, birth[0] == '1' ? "20" : "19", 2);
    ho_crowd_noise_cost(noising->query, HO_CROWD_BIRTH, 2);
    return true;
}

static bool make_sex_missing(struct ho_crowd_noising *noising)
{
    ho_crowd_copy(noising->query->sex, sizeof noising->query->sex,
                  ho_sim_random_chance(noising->random, 500) ? "" : "U");
    return true;
}

static bool make_sex_wrong(struct ho_crowd_noising *noising)
{
    noising->query->sex[0] = noising->person->sex == 'F' ? 'M' : 'F';
    return true;
}

enum { B = HO_CROWD_ON_BIRTH, R = HO_CROWD_ON_REST };

static const struct ho_crowd_noise noises[] = {
    {"birth-transposed", B, 16, false, false, make_transposed},
    {"birth-digit", B, 22, false, false, make_digit_off},
    {"birth-day-month", B, 20, false, false, make_day_month},
    {"birth-january", B, 10, false, false, make_january},
    {"birth-missing", B, 8, false, false, make_missing},
    {"birth-impossible", B, 5, false, false, make_impossible},
    {"birth-year", B, 10, false, false, make_year_off},
    {"birth-century", B, 3, false, false, make_century_off},
    {"sex-missing", R, 30, true, false, make_sex_missing},
    {"sex-wrong", R, 4, false, false, make_sex_wrong},
};

const struct ho_crowd_noises ho_crowd_birth_noises = {noises, sizeof noises / sizeof *noises};
