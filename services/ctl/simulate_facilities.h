// The invented hospitals and nursing facilities, and the habits of their feeds.
//
// deploy/feeds/sample.yaml states the same feeds for the services; a test holds the two together.
#pragma once

#include <stdbool.h>

enum ho_sim_time_style {
    HO_SIM_TIME_LOCAL,   // 20261119140512
    HO_SIM_TIME_MINUTES, // 202611191405
    HO_SIM_TIME_OFFSET,  // 20261119140512-0800
    HO_SIM_TIME_MILLIS,  // 20261119140512.000-0800
};

enum ho_sim_name_style {
    HO_SIM_NAME_UPPER,       // MUÑOZ
    HO_SIM_NAME_UPPER_ASCII, // MUNOZ
    HO_SIM_NAME_MIXED,       // Muñoz
};

enum ho_sim_evn_style {
    HO_SIM_EVN_TRIGGER, // EVN-1 repeats MSH-9.2
    HO_SIM_EVN_EMPTY,
    HO_SIM_EVN_STALE, // EVN-1 says A01 whatever happened
};

struct ho_sim_facility {
    const char *feed, *application, *code, *name; // code: MSH-4.1 and the authority of its MRNs
    bool skilled_nursing;
    enum ho_sim_time_style time;
    enum ho_sim_name_style names;
    enum ho_sim_evn_style evn;
};

enum { HO_SIM_HOSPITALS = 6, HO_SIM_NURSING = 2, HO_SIM_FACILITIES = HO_SIM_HOSPITALS + HO_SIM_NURSING };

// The hospitals first.
extern const struct ho_sim_facility ho_sim_facilities[HO_SIM_FACILITIES];
