#include "random_history.h"

#include <stdlib.h>

uint64_t random_next(struct random *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15U; // SplitMix64
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

unsigned random_below(struct random *r, unsigned n)
{
    return (unsigned)(random_next(r) % n);
}

bool random_chance(struct random *r, unsigned percent)
{
    return random_below(r, 100) < percent;
}

uint64_t random_run_seed(void)
{
    const char *text = getenv("HANDOFF_TEST_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 10) : 20261122;
    printf("seed %llu (set HANDOFF_TEST_SEED for another)\n", (unsigned long long)seed);
    return seed;
}

unsigned random_run_histories(unsigned by_default)
{
    const char *text = getenv("HANDOFF_PROPERTY_HISTORIES");
    return text ? (unsigned)strtoul(text, NULL, 10) : by_default;
}

static char *one_of(struct random *r, const char *const *texts, unsigned n)
{
    return history_text(texts[random_below(r, n)]);
}

// Half of them what most messages are, the rest any of all.
static const char *trigger(struct random *r)
{
    static const char *const most[] = {"A01", "A01", "A01", "A02", "A02", "A03", "A03", "A03", "A04", "A04",
                                       "A06", "A06", "A07", "A08", "A08", "A11", "A11", "A13", "A13", "A31"};
    static const char *const others[] = {"A05", "A10", "A12", "A14", "A16", "A17", "A21", "A22", "A25",
                                         "A27", "A35", "A38", "A40", "A41", "A42", "A44", "A45", "A45",
                                         "A49", "A50", "A52", "A53", "A54", "A02", "A12"};
    if (random_chance(r, 60))
        return most[random_below(r, sizeof most / sizeof most[0])];
    return others[random_below(r, sizeof others / sizeof others[0])];
}

// Whole hours and whole days, near and far from each other, so that times are equal often.
static int64_t instant(struct random *r)
{
    int hour = (int)random_below(r, random_chance(r, 70) ? 30 : random_chance(r, 90) ? 300 : 3000);
    if (random_chance(r, 30))
        hour -= hour % 24;
    return HISTORY_START + hour * HO_US_PER_HOUR;
}

static Handoff__V1__Location *location(struct ho_arena *arena, struct random *r)
{
    static const char *const units[] = {"", "ICU", "3W"};
    Handoff__V1__Location *location = ho_arena_alloc(arena, sizeof *location);
    handoff__v1__location__init(location);
    location->point_of_care = one_of(r, units, 3);
    return location;
}

static void place(struct ho_arena *arena, struct random *r, ho_adt_event *e)
{
    static const char *const facilities[] = {"General", "Mercy", "Orange Grove", PART2_PROGRAMME};
    static const char *const visits[] = {"V1", "V1", "V2", "V3", ""};
    static const char *const accounts[] = {"", "A1", "A2"};
    static const char *const records[] = {"100", "100", "200"};
    unsigned facility = random_chance(r, 50) ? 0 : random_below(r, 4);
    e->facility = history_text(facilities[facility]);
    e->part2 = facility == 3;
    e->facility_setting = (Handoff__V1__FacilitySetting)(facility == 2);
    if (random_chance(r, 10))
        e->facility_setting ^= 1; // a nursing unit
    e->location = location(arena, r);
    e->visit = one_of(r, visits, 5);
    e->account = one_of(r, accounts, 3);
    e->mrn = one_of(r, records, 3);
    if (random_chance(r, 20))
        e->prior_visit = one_of(r, visits, 5);
    if (random_chance(r, 20))
        e->prior_account = one_of(r, accounts, 3);
    if (random_chance(r, 10))
        e->prior_mrn = one_of(r, records, 3);
}

static void tell_day(int64_t *instant, int64_t *day_end)
{
    const int64_t day = 24 * HO_US_PER_HOUR;
    *instant -= (*instant - HISTORY_START) % day;
    *day_end = *instant + day;
}

static void tell_times(struct random *r, ho_adt_event *e)
{
    e->occurred = instant(r);
    e->recorded = random_chance(r, 60) ? e->occurred : instant(r);
    if (random_chance(r, 40))
        e->admitted = instant(r);
    if (e->admitted && random_chance(r, 20))
        tell_day(&e->admitted, &e->admitted_day_end);
    if (e->admitted && random_chance(r, 20)) {
        e->occurred = e->admitted; // PV1-44 stands in for EVN-6
        e->occurred_day_end = e->admitted_day_end;
    } else if (random_chance(r, 10)) {
        tell_day(&e->occurred, &e->occurred_day_end);
    }
    if (random_chance(r, 20))
        e->discharged = instant(r);
    if (e->discharged && random_chance(r, 30))
        tell_day(&e->discharged, &e->discharged_day_end);
    if (random_chance(r, 2))
        e->recorded = 0;
    if (random_chance(r, 2))
        e->occurred = 0;
    if (random_chance(r, 1))
        e->occurred = random_chance(r, 50) ? INT64_MAX : INT64_MIN;
    if (random_chance(r, 1))
        e->admitted = random_chance(r, 50) ? INT64_MAX : INT64_MIN;
}

static void diagnose(struct ho_arena *arena, struct random *r, ho_adt_event *e)
{
    static const char *const codes[] = {"I50.9", "F20.0", "F10.10", "T40.1X1A", "Z59.00", "J18.9", ""};
    e->n_diagnoses = 1 + random_below(r, 2);
    e->diagnoses = ho_arena_array(arena, e->n_diagnoses, sizeof(ho_diagnosis *));
    for (size_t i = 0; i < e->n_diagnoses; i++) {
        ho_diagnosis *diagnosis = ho_arena_alloc(arena, sizeof *diagnosis);
        handoff__v1__diagnosis__init(diagnosis);
        diagnosis->code = one_of(r, codes, 7);
        diagnosis->type = history_text(random_chance(r, 50) ? "F" : "W");
        e->diagnoses[i] = diagnosis;
    }
}

static void tell_fields(struct ho_arena *arena, struct random *r, ho_adt_event *e)
{
    static const char *const doctors[] = {"", "Okafor, Grace", "Tran, Minh"};
    static const char *const dispositions[] = {"", "01", "03", "04", "86"}; // 86: with a planned readmission
    static const char *const types[] = {"", "", "E", "C"};
    e->patient_class = (Handoff__V1__PatientClass)random_below(r, 7);
    e->attending = one_of(r, doctors, 3);
    e->admission_type = one_of(r, types, 4);
    e->admits = random_chance(r, 20);
    if (random_chance(r, 20))
        diagnose(arena, r, e);
    if (strcmp(e->trigger, "A03") == 0 || (strcmp(e->trigger, "A08") == 0 && random_chance(r, 30))) {
        e->destination = (Handoff__V1__Destination)random_below(r, random_chance(r, 90) ? 6 : 8);
        e->disposition = one_of(r, dispositions, 5);
    }
    e->died = (int)e->destination == HO_DESTINATION_DIED || random_chance(r, 2);
    e->alive = !e->died && random_chance(r, 5);
    if (e->died && random_chance(r, 50))
        e->died_at = random_chance(r, 95) ? instant(r) : INT64_MIN;
}

static bool is_move(const ho_adt_event *e)
{
    return strcmp(e->trigger, "A44") == 0 || strcmp(e->trigger, "A45") == 0;
}

ho_adt_event **random_history(struct ho_arena *arena, struct random *r, size_t n)
{
    ho_adt_event **events = ho_arena_array(arena, n, sizeof(ho_adt_event *));
    for (size_t i = 0; i < n; i++) {
        ho_adt_event *e = ho_arena_alloc(arena, sizeof *e);
        handoff__v1__adt_event__init(e);
        e->id.len = HO_ID_BYTES;
        e->id.data = ho_arena_alloc(arena, HO_ID_BYTES);
        for (size_t k = 0; k < HO_ID_BYTES; k++)
            e->id.data[k] = (uint8_t)random_next(r);
        e->trigger = history_text(trigger(r));
        place(arena, r, e);
        tell_times(r, e);
        tell_fields(arena, r, e);
        if (i && random_chance(r, is_move(events[i - 1]) ? 50 : 3)) { // the next person of the message before
            e->id = events[i - 1]->id;
            e->subject = events[i - 1]->subject + 1;
            e->trigger = events[i - 1]->trigger;
        }
        events[i] = e;
    }
    return events;
}

void random_shuffle(struct random *r, const ho_adt_event **events, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = random_below(r, (unsigned)i);
        const ho_adt_event *e = events[i - 1];
        events[i - 1] = events[k];
        events[k] = e;
    }
}
