// 42 CFR Part 2: that somebody was treated for substance use is told by the name of the facility alone.
#include "handoff/encounter.h"

void ho_encounters_withhold(struct ho_encounters *encounters)
{
    for (size_t i = 0; i < encounters->n; i++) {
        struct ho_encounter *e = &encounters->items[i];
        if (!e->part2)
            continue;
        e->facility = e->attending = e->disposition = "";
        e->diagnoses = NULL;
        e->n_diagnoses = 0;
        e->withheld = true;
    }
}
