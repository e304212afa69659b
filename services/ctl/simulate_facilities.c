#include "simulate_facilities.h"

const struct ho_sim_facility ho_sim_facilities[HO_SIM_FACILITIES] = {
    {"st-anne", "EPIC", "STANNE", "St. Anne Hospital", false, HO_SIM_TIME_LOCAL, HO_SIM_NAME_UPPER, HO_SIM_EVN_TRIGGER},
    {"mesa-linda", "CERNER", "MESALINDA", "Mesa Linda Medical Center", false, HO_SIM_TIME_OFFSET,
     HO_SIM_NAME_UPPER_ASCII, HO_SIM_EVN_TRIGGER},
    {"harbor-pines", "MEDITECH", "HPINES", "Harbor Pines Hospital", false, HO_SIM_TIME_MINUTES, HO_SIM_NAME_UPPER_ASCII,
     HO_SIM_EVN_EMPTY},
    {"arroyo-regional", "EPIC", "ARROYO", "Arroyo Regional Medical Center", false, HO_SIM_TIME_OFFSET,
     HO_SIM_NAME_MIXED, HO_SIM_EVN_TRIGGER},
    {"quail-ridge", "PARAGON", "QRIDGE", "Quail Ridge Community Hospital", false, HO_SIM_TIME_LOCAL, HO_SIM_NAME_UPPER,
     HO_SIM_EVN_STALE},
    {"bluff-point", "ALTERA", "BLUFFPT", "Bluff Point Hospital", false, HO_SIM_TIME_MILLIS, HO_SIM_NAME_UPPER,
     HO_SIM_EVN_TRIGGER},
    {"orange-grove-care", "PCC", "OGROVE", "Orange Grove Care Center", true, HO_SIM_TIME_MINUTES,
     HO_SIM_NAME_UPPER_ASCII, HO_SIM_EVN_TRIGGER},
    {"bayside-nursing", "MATRIX", "BAYSIDE", "Bayside Nursing and Rehabilitation", true, HO_SIM_TIME_OFFSET,
     HO_SIM_NAME_UPPER, HO_SIM_EVN_TRIGGER},
};
