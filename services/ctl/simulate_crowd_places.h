// Where the people of `handoffctl simulate people` live, and how an address is written.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "simulate_crowd_pool.h"

enum ho_crowd_form {
    HO_CROWD_USUAL,    // 123 N Main St Apt 4
    HO_CROWD_LONG,     // 123 North Main Street Apartment 4
    HO_CROWD_DOTTED,   // 123 N. Main St., #4
    HO_CROWD_BARE,     // 123 N Main St 4
    HO_CROWD_UNIT,     // 123 N Main Street Unit 4
    HO_CROWD_TYPELESS, // 123 Main Apt 4
    HO_CROWD_LEADING,  // Apt 4, 123 N Main St
    HO_CROWD_FORMS,
};

enum { HO_CROWD_ADDRESS_BYTES = 96, HO_CROWD_ZIP_BYTES = 6 };

struct ho_crowd_home {
    uint32_t number;
    uint32_t street, city; // places in their pools
    uint8_t type, direction, zip;
    char unit[7]; // "" none
};

struct ho_crowd_places {
    struct ho_crowd_pool streets, cities;
};

HO_MUST_USE enum ho_status ho_crowd_places_init(struct ho_crowd_places *places, struct ho_error *error);
void ho_crowd_places_cleanup(struct ho_crowd_places *places);

// A house of one's own, with a unit now and then.
void ho_crowd_home_draw(const struct ho_crowd_places *places, struct ho_sim_random *random, struct ho_crowd_home *out);
void ho_crowd_home_address(const struct ho_crowd_places *places, const struct ho_crowd_home *home,
                           enum ho_crowd_form form, char out[HO_CROWD_ADDRESS_BYTES]);
const char *ho_crowd_home_city(const struct ho_crowd_places *places, const struct ho_crowd_home *home);
void ho_crowd_home_zip(const struct ho_crowd_home *home, char out[HO_CROWD_ZIP_BYTES]);
// Another ZIP of the same city, or the same where it has one only.
void ho_crowd_home_zip_beside(const struct ho_crowd_home *home, char out[HO_CROWD_ZIP_BYTES]);
// A telephone number of ten digits such as those of the city; never 0.
uint64_t ho_crowd_home_phone(const struct ho_crowd_home *home, struct ho_sim_random *random);
