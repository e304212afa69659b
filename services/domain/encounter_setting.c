// Settings: their names, and what a patient class means for each kind of event (HL7 v2.8.2 table 0004).
#include "fold.h"

static const char *const NAMES[HO_SETTING_N] = {
    [HO_SETTING_HOME] = "home",
    [HO_SETTING_ED] = "ed",
    [HO_SETTING_INPATIENT] = "inpatient",
    [HO_SETTING_OBSERVATION] = "observation",
    [HO_SETTING_SNF] = "snf",
    [HO_SETTING_OTHER_FACILITY] = "other-facility",
    [HO_SETTING_DIED] = "died",
};

const char *ho_setting_name(enum ho_setting setting)
{
    return (unsigned)setting < HO_SETTING_N ? NAMES[setting] : "";
}

int ho_setting_care(enum ho_setting setting)
{
    static const int care[HO_SETTING_N] = {
        [HO_SETTING_ED] = 1, [HO_SETTING_OBSERVATION] = 2, [HO_SETTING_INPATIENT] = 3};
    return care[setting];
}

bool ho_setting_from_name(struct ho_bytes name, enum ho_setting *out)
{
    for (int i = 0; i < HO_SETTING_N; i++) {
        if (ho_bytes_is(name, NAMES[i])) {
            *out = (enum ho_setting)i;
            return true;
        }
    }
    return false;
}

enum { NOT_ON_THE_LINE = -1 };

// A04: without a bed. An unknown class may be an ED visit, and a visit missed is worse than one looked at.
static int registered(enum ho_patient_class patient_class)
{
    switch (patient_class) {
    case HO_CLASS_INPATIENT:
        return HO_SETTING_INPATIENT;
    case HO_CLASS_OBSERVATION:
        return HO_SETTING_OBSERVATION;
    case HO_CLASS_OUTPATIENT:
    case HO_CLASS_PREADMIT:
    case HO_CLASS_RECURRING:
        return NOT_ON_THE_LINE;
    case HO_CLASS_UNKNOWN:
    case HO_CLASS_EMERGENCY:
        break;
    }
    return HO_SETTING_ED;
}

// A01: a bed was assigned, whatever class the message still carries; an outpatient in a bed is observed.
static int admitted(enum ho_patient_class patient_class)
{
    bool observed = patient_class == HO_CLASS_OBSERVATION || patient_class == HO_CLASS_OUTPATIENT ||
                    patient_class == HO_CLASS_RECURRING;
    return observed ? HO_SETTING_OBSERVATION : HO_SETTING_INPATIENT;
}

// A06 makes an inpatient; a class that was not brought up to date does not say otherwise.
static int upgraded(enum ho_patient_class patient_class)
{
    return patient_class == HO_CLASS_OBSERVATION ? HO_SETTING_OBSERVATION : HO_SETTING_INPATIENT;
}

// A02 between beds: says something only where its class does.
static int transferred(enum ho_patient_class patient_class)
{
    if (patient_class == HO_CLASS_INPATIENT)
        return HO_SETTING_INPATIENT;
    return patient_class == HO_CLASS_OBSERVATION ? HO_SETTING_OBSERVATION : NOT_ON_THE_LINE;
}

// An update that stands for an arrival: only a class that says so makes one.
static int implied(enum ho_patient_class patient_class)
{
    return patient_class == HO_CLASS_EMERGENCY ? HO_SETTING_ED : transferred(patient_class);
}

// Back from a nursing unit into another bed.
static int left_nursing(enum ho_patient_class patient_class)
{
    return patient_class == HO_CLASS_UNKNOWN ? HO_SETTING_INPATIENT : transferred(patient_class);
}

// A03 of a stay whose beginning was not seen. An unknown class counts as a stay, so that somebody calls.
static int discharged(enum ho_patient_class patient_class)
{
    int setting = registered(patient_class);
    return patient_class == HO_CLASS_UNKNOWN ? HO_SETTING_INPATIENT : setting;
}

static int setting_in_hospital(enum ho_fold_kind kind, enum ho_patient_class patient_class)
{
    switch (kind) {
    case HO_FOLD_REGISTER:
        return registered(patient_class);
    case HO_FOLD_ADMIT:
        return admitted(patient_class);
    case HO_FOLD_UPGRADE:
        return upgraded(patient_class);
    case HO_FOLD_TRANSFER:
        return transferred(patient_class);
    case HO_FOLD_UPDATE:
        return implied(patient_class);
    case HO_FOLD_FROM_NURSING:
        return left_nursing(patient_class);
    case HO_FOLD_DISCHARGE:
        return discharged(patient_class);
    default:
        return NOT_ON_THE_LINE;
    }
}

// In a nursing facility every bed is the facility's, and there is no ED: only visitors are not residents.
static int setting_in_nursing(enum ho_fold_kind kind, enum ho_patient_class patient_class)
{
    bool visitor = patient_class == HO_CLASS_OUTPATIENT || patient_class == HO_CLASS_RECURRING ||
                   patient_class == HO_CLASS_PREADMIT;
    bool bed = kind == HO_FOLD_ADMIT || kind == HO_FOLD_UPGRADE;
    bool arrival = kind == HO_FOLD_REGISTER || kind == HO_FOLD_TRANSFER || kind == HO_FOLD_TO_NURSING ||
                   kind == HO_FOLD_DISCHARGE || (kind == HO_FOLD_UPDATE && patient_class != HO_CLASS_UNKNOWN);
    return bed || (arrival && !visitor) ? HO_SETTING_SNF : NOT_ON_THE_LINE;
}

bool ho_fold_setting(enum ho_fold_kind kind, enum ho_patient_class patient_class, enum ho_facility_setting facility,
                     enum ho_setting *out)
{
    int setting = facility == HO_FACILITY_SKILLED_NURSING ? setting_in_nursing(kind, patient_class)
                                                          : setting_in_hospital(kind, patient_class);
    if (setting != NOT_ON_THE_LINE)
        *out = (enum ho_setting)setting;
    return setting != NOT_ON_THE_LINE;
}
