// The word lists that people, places and illnesses are invented from. Tables only.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ho_sim_list {
    const char *const *words;
    uint32_t n;
};

// A part of California's mix of names.
struct ho_sim_culture {
    struct ho_sim_list surnames, female, male;
    const char *language;        // spoken at home where it is not English
    uint32_t weight;             // share of the population, in parts of the sum of all weights
    uint32_t language_per_mille; // who speak it
    uint32_t double_per_mille;   // who carry two surnames
    uint32_t middle_per_mille;   // who have a middle name
    char joint;                  // between two surnames
};

struct ho_sim_city {
    const char *name;
    const char *zips[4]; // NULL after the last
};

struct ho_sim_organisation {
    const char *name, *domain;
    const char *teams[2];
};

struct ho_sim_coordinator {
    const char *name, *mailbox;
};

struct ho_sim_diagnosis {
    const char *code, *text;
};

struct ho_sim_diagnoses {
    const struct ho_sim_diagnosis *items;
    uint32_t n;
};

enum { HO_SIM_ORGANISATIONS = 5, HO_SIM_COORDINATORS = 40 };

extern const struct ho_sim_culture ho_sim_cultures[];
extern const uint32_t ho_sim_n_cultures;
extern const struct ho_sim_city ho_sim_cities[];
extern const uint32_t ho_sim_n_cities;
extern const struct ho_sim_list ho_sim_streets;
// Wards by kind of stay: two of the ED, six for inpatients, two for observation, four clinics, three of a nursing
// facility.
extern const struct ho_sim_list ho_sim_units;
extern const struct ho_sim_list ho_sim_doctors; // "surname^given"
extern const struct ho_sim_organisation ho_sim_organisations[HO_SIM_ORGANISATIONS];
extern const struct ho_sim_coordinator ho_sim_coordinators[HO_SIM_COORDINATORS];
extern const struct ho_sim_diagnoses ho_sim_ed_diagnoses, ho_sim_ward_diagnoses, ho_sim_clinic_diagnoses;
