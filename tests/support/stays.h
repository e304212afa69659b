// Stays at a few facilities, for tests of the line.
#pragma once

#include "history.h"

struct stay {
    const char *facility, *visit;
    enum ho_facility_setting setting;
};

extern const struct stay GENERAL, GENERAL_2, MERCY; // hospitals
extern const struct stay GROVE, GROVE_2, BAYSIDE;   // nursing facilities

// An event of the stay, and its discharge.
ho_adt_event *tell(struct history *h, struct stay stay, const char *trigger, int hour);
ho_adt_event *leave(struct history *h, struct stay stay, enum ho_destination destination, int hour);

// "home>ed@0 [readmission-risk recent-snf] inpatient>inpatient@5 (announced) ed>home@72 (silence) [assumed]", in hours.
const char *line_words(struct history *h, const struct ho_line *line);
