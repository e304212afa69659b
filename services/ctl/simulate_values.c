// Values on the command lines of `handoffctl simulate` and `simulate people`.
#include "simulate_values.h"

#include <string.h>

#include "simulate_time.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_number(const char *text, uint64_t most, uint64_t *out)
{
    uint64_t number = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (!is_digit(*text))
            return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (number > (most - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = number;
    return true;
}

enum ho_status ho_sim_read_count(const char *name, const char *text, uint32_t least, uint32_t most, uint32_t *out,
                                 struct ho_error *error)
{
    uint64_t number;
    if (!read_number(text, most, &number) || number < least)
        return ho_fail(error, HO_REJECT, "%s %.40s: give a whole number from %u to %u.", name, text, least, most);
    *out = (uint32_t)number;
    return HO_OK;
}

enum ho_status ho_sim_read_seed(const char *text, uint64_t *out, struct ho_error *error)
{
    if (!read_number(text, UINT64_MAX, out))
        return ho_fail(error, HO_REJECT, "--seed %.40s: give a whole number from 0 to 18446744073709551615.", text);
    return HO_OK;
}

enum ho_status ho_sim_read_date(const char *text, int first_year, int last_year, int32_t *out, struct ho_error *error)
{
    static const char pattern[] = "0000-00-00";
    int32_t parts[3] = {0, 0, 0};
    int part = 0;
    bool fine = strlen(text) == sizeof pattern - 1;
    for (size_t i = 0; fine && text[i]; i++) {
        fine = pattern[i] == '0' ? is_digit(text[i]) : text[i] == pattern[i];
        if (pattern[i] == '0')
            parts[part] = parts[part] * 10 + (text[i] - '0');
        else
            part++;
    }
    struct ho_sim_date date = {parts[0], parts[1], parts[2]};
    if (!fine || !ho_sim_date_valid(date) || date.year < first_year || date.year > last_year)
        return ho_fail(error, HO_REJECT, "--date %.40s: give a date as YYYY-MM-DD from %d-01-01 to %d-12-31.", text,
                       first_year, last_year);
    *out = ho_sim_day_of(date);
    return HO_OK;
}
