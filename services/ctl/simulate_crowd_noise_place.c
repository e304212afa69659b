// What happens to telephone numbers, addresses and numbers on cards.
#include <string.h>

#include "simulate_crowd_noise.h"
#include "simulate_crowd_text.h"

enum { OTHER_NUMBERS = 145000000 }; // above every person's number

static bool chance(struct ho_crowd_noising *noising, uint32_t per_mille)
{
    return ho_sim_random_chance(noising->random, per_mille);
}

static bool set_phone(struct ho_crowd_noising *noising, const char *phone)
{
    ho_crowd_copy(noising->query->phone, sizeof noising->query->phone, phone);
    ho_crowd_noise_cost(noising->query, HO_CROWD_PHONE, 3);
    return true;
}

static bool put_number(struct ho_crowd_noising *noising, uint64_t number)
{
    char digits[11];
    for (int i = 9; i >= 0; i--, number /= 10)
        digits[i] = (char)('0' + number % 10);
    digits[10] = '\0';
    return set_phone(noising, digits);
}

static bool make_phone_missing(struct ho_crowd_noising *noising)
{
    return noising->query->phone[0] && set_phone(noising, "");
}

static bool make_phone_changed(struct ho_crowd_noising *noising)
{
    return put_number(noising, ho_crowd_home_phone(&noising->query->home, noising->random));
}

static bool make_phone_digit(struct ho_crowd_noising *noising)
{
    if (!ho_crowd_digit_off(noising->random, noising->query->phone, 0))
        return false;
    ho_crowd_noise_cost(noising->query, HO_CROWD_PHONE, 1);
    return true;
}

static bool make_phone_short(struct ho_crowd_noising *noising)
{
    struct ho_crowd_query *query = noising->query;
    if (strlen(query->phone) != 10)
        return false;
    memmove(query->phone, query->phone + 3, 8);
    return true;
}

static bool make_phone_facility(struct ho_crowd_noising *noising)
{
    uint64_t number = 0;
    for (const char *p = noising->query->feed->name; *p; p++)
        number = (number * 31 + (unsigned char)*p) % 10000;
    return put_number(noising, 7148340000 + number);
}

static bool make_phone_placeholder(struct ho_crowd_noising *noising)
{
    static const char *const fillers[] = {"9999999999", "0000000000", "5555555555", "1111111111",
                                          "7140000000", "1234567890", "NONE",       "9999999"};
    return set_phone(noising, fillers[ho_sim_random_below(noising->random, 8)]);
}

static void settle(struct ho_crowd_noising *noising, const struct ho_crowd_home *home)
{
    struct ho_crowd_query *query = noising->query;
    query->home = *home;
    ho_crowd_home_address(&noising->crowd->places, home, query->feed->address_form, query->address);
    ho_crowd_copy(query->city, sizeof query->city, ho_crowd_home_city(&noising->crowd->places, home));
    ho_crowd_home_zip(home, query->zip);
    ho_crowd_noise_cost(query, HO_CROWD_ADDRESS, 4);
}

// Most move within their city; a third have another number then.
static bool make_moved(struct ho_crowd_noising *noising)
{
    struct ho_crowd_home home;
    ho_crowd_home_draw(&noising->crowd->places, noising->random, &home);
    if (chance(noising, 600)) {
        home.city = noising->query->home.city;
        home.zip = noising->query->home.zip;
    }
    settle(noising, &home);
    if (!(noising->keep & HO_CROWD_ON_PHONE) && chance(noising, 350)) {
        (void)make_phone_changed(noising);
        ho_crowd_query_kind(noising->query, "phone-changed");
    }
    return true;
}

static bool make_address_form(struct ho_crowd_noising *noising)
{
    struct ho_crowd_query *query = noising->query;
    if (!query->address[0])
        return false;
    enum ho_crowd_form form = (enum ho_crowd_form)ho_sim_random_below(noising->random, HO_CROWD_FORMS);
    ho_crowd_home_address(&noising->crowd->places, &query->home, form, query->address);
    return true;
}

static bool make_address_slip(struct ho_crowd_noising *noising)
{
    struct ho_crowd_query *query = noising->query;
    bool done = chance(noising, 250) ? ho_crowd_digit_off(noising->random, query->address, 0)
                                     : ho_crowd_slip(noising->random, query->address, sizeof query->address);
    if (done)
        ho_crowd_noise_cost(query, HO_CROWD_ADDRESS, 1);
    return done;
}

static bool make_address_missing(struct ho_crowd_noising *noising)
{
    static const char *const blanks[] = {"", "", "Homeless", "Unknown", "General Delivery"};
    struct ho_crowd_query *query = noising->query;
    if (!query->address[0])
        return false;
    ho_crowd_copy(query->address, sizeof query->address, blanks[ho_sim_random_below(noising->random, 5)]);
    if (chance(noising, 700)) {
        query->city[0] = '\0';
        query->zip[0] = '\0';
    }
    ho_crowd_noise_cost(query, HO_CROWD_ADDRESS, 4);
    return true;
}

static bool make_unit(struct ho_crowd_noising *noising)
{
    struct ho_crowd_home home = noising->query->home;
    if (!home.unit[0] || !noising->query->address[0])
        return false;
    if (chance(noising, 700))
        home.unit[0] = '\0';
    else
        (void)ho_crowd_digit_off(noising->random, home.unit, 0);
    ho_crowd_home_address(&noising->crowd->places, &home, noising->query->feed->address_form, noising->query->address);
    ho_crowd_noise_cost(noising->query, HO_CROWD_ADDRESS, 1);
    return true;
}

static bool make_box(struct ho_crowd_noising *noising)
{
    char box[] = "PO Box 0000";
    for (int i = 0; i < 3; i++)
        (void)ho_crowd_digit_off(noising->random, box, 7);
    ho_crowd_copy(noising->query->address, sizeof noising->query->address, box);
    ho_crowd_noise_cost(noising->query, HO_CROWD_ADDRESS, 3);
    return true;
}

// The second line first, or the city behind the street.
static bool make_lines(struct ho_crowd_noising *noising)
{
    struct ho_crowd_query *query = noising->query;
    if (!query->address[0])
        return false;
    if (chance(noising, 500)) {
        ho_crowd_append(query->address, sizeof query->address, ", ");
        ho_crowd_append(query->address, sizeof query->address, query->city);
        return true;
    }
    char address[HO_CROWD_ADDRESS_BYTES];
    ho_crowd_copy(address, sizeof address, query->address);
    ho_crowd_copy(query->address, sizeof query->address, query->city);
    ho_crowd_copy(query->city, sizeof query->city, address);
    ho_crowd_noise_cost(query, HO_CROWD_ADDRESS, 1);
    return true;
}

static bool make_zip_digit(struct ho_crowd_noising *noising)
{
    if (!ho_crowd_digit_off(noising->random, noising->query->zip, 2))
        return false;
    ho_crowd_noise_cost(noising->query, HO_CROWD_ADDRESS, 1);
    return true;
}

static bool make_zip_beside(struct ho_crowd_noising *noising)
{
    char zip[HO_CROWD_ZIP_BYTES];
    ho_crowd_home_zip_beside(&noising->query->home, zip);
    if (strcmp(zip, noising->query->zip) == 0 || !noising->query->zip[0])
        return false;
    ho_crowd_copy(noising->query->zip, sizeof noising->query->zip, zip);
    return true;
}

static bool make_zip_missing(struct ho_crowd_noising *noising)
{
    bool had = noising->query->zip[0] != '\0';
    noising->query->zip[0] = '\0';
    return had;
}

static bool make_city_slip(struct ho_crowd_noising *noising)
{
    return ho_crowd_slip(noising->random, noising->query->city, sizeof noising->query->city);
}

static bool make_card_missing(struct ho_crowd_noising *noising)
{
    bool had = noising->query->card[0] != '\0';
    noising->query->card[0] = '\0';
    ho_crowd_noise_cost(noising->query, HO_CROWD_CARD, 6);
    return had;
}

static bool make_card_digit(struct ho_crowd_noising *noising)
{
    if (!ho_crowd_digit_off(noising->random, noising->query->card, 1))
        return false;
    ho_crowd_noise_cost(noising->query, HO_CROWD_CARD, 5);
    return true;
}

static bool make_card_cut(struct ho_crowd_noising *noising)
{
    size_t n = strlen(noising->query->card);
    if (n < 9)
        return false;
    noising->query->card[n - 1 - ho_sim_random_below(noising->random, 3)] = '\0';
    ho_crowd_noise_cost(noising->query, HO_CROWD_CARD, n == 14 ? 0 : 4);
    return true;
}

// Another number of the same person, which the plan's file does not know.
static bool make_card_other(struct ho_crowd_noising *noising)
{
    ho_crowd_card_put(noising->query->card, noising->crowd, noising->random, HO_CROWD_CIN,
                      OTHER_NUMBERS + noising->person->number % 1000000);
    ho_crowd_noise_cost(noising->query, HO_CROWD_CARD, 6);
    return true;
}

enum { P = HO_CROWD_ON_PHONE, A = HO_CROWD_ON_ADDRESS, C = HO_CROWD_ON_CARD, R = HO_CROWD_ON_REST };

static const struct ho_crowd_noise noises[] = {
    {"phone-missing", P, 55, false, false, make_phone_missing},
    {"phone-changed", P, 80, false, false, make_phone_changed},
    {"phone-digit", P, 25, false, false, make_phone_digit},
    {"phone-short", P, 30, true, false, make_phone_short},
    {"phone-facility", P, 10, false, false, make_phone_facility},
    {"phone-placeholder", P, 15, false, false, make_phone_placeholder},
    {"moved", A, 80, false, false, make_moved},
    {"address-form", A, 250, true, false, make_address_form},
    {"address-slip", A, 45, false, false, make_address_slip},
    {"address-missing", A, 22, false, false, make_address_missing},
    {"unit", A, 40, false, false, make_unit},
    {"po-box", A, 10, false, false, make_box},
    {"address-lines", A, 14, false, false, make_lines},
    {"zip-digit", A, 10, false, false, make_zip_digit},
    {"zip-beside", A, 40, true, false, make_zip_beside},
    {"zip-missing", A, 30, true, false, make_zip_missing},
    {"city-slip", A, 40, true, false, make_city_slip},
    {"card-missing", C, 25, false, false, make_card_missing},
    {"card-digit", C, 10, false, false, make_card_digit},
    {"card-cut", C, 8, false, false, make_card_cut},
    {"card-other", C, 4, false, false, make_card_other},
};

const struct ho_crowd_noises ho_crowd_place_noises = {noises, sizeof noises / sizeof *noises};
