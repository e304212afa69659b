#include "simulate_stories.h"

static uint8_t a_hospital(struct ho_sim_teller *teller)
{
    return (uint8_t)ho_sim_random_below(&teller->random, HO_SIM_HOSPITALS);
}

static uint8_t a_nursing_facility(struct ho_sim_teller *teller)
{
    return (uint8_t)(HO_SIM_HOSPITALS + ho_sim_random_below(&teller->random, HO_SIM_NURSING));
}

static enum ho_sim_disposition homeward(struct ho_sim_teller *teller)
{
    return ho_sim_random_chance(&teller->random, 800) ? HO_SIM_TO_HOME : HO_SIM_TO_HOME_HEALTH;
}

// Two draws in one expression would come in an order that each compiler chooses: hence the statements.
static void a_while(struct ho_sim_teller *teller, int32_t least_n, int32_t most_n, int32_t least_minutes,
                    int32_t most_minutes)
{
    int32_t n = ho_sim_random_between(&teller->random, least_n, most_n);
    int32_t minutes = ho_sim_random_between(&teller->random, least_minutes, most_minutes);
    ho_sim_pass_time(teller, n, teller->clock + minutes * HO_SIM_MINUTE);
}

// The same for a stay of days.
static void stay(struct ho_sim_teller *teller, int32_t least_n, int32_t most_n, int32_t least_hours, int32_t most_hours)
{
    int64_t begin = teller->clock;
    ho_sim_wait_hours(teller, least_hours, most_hours);
    int64_t until = teller->clock;
    teller->clock = begin;
    ho_sim_pass_time(teller, ho_sim_random_between(&teller->random, least_n, most_n), until);
}

static void ward(struct ho_sim_teller *teller)
{
    stay(teller, 3, 5, 20, 110);
}

static void ed_visit_at(struct ho_sim_teller *teller, uint8_t hospital)
{
    ho_sim_arrive(teller, hospital, HO_SIM_A04, HO_SIM_EMERGENCY);
    a_while(teller, 2, 5, 120, 540);
}

static void ed_visit(struct ho_sim_teller *teller)
{
    ed_visit_at(teller, a_hospital(teller));
}

static void admit_from_ed(struct ho_sim_teller *teller)
{
    ho_sim_wait(teller, 5, 40);
    ho_sim_change_class(teller, HO_SIM_A01, HO_SIM_INPATIENT, false);
}

static void admit_directly(struct ho_sim_teller *teller)
{
    ho_sim_arrive(teller, a_hospital(teller), HO_SIM_A01, HO_SIM_INPATIENT);
}

// By the ED more often than directly.
static void admit(struct ho_sim_teller *teller)
{
    if (ho_sim_random_chance(&teller->random, 700)) {
        ed_visit(teller);
        admit_from_ed(teller);
    } else {
        admit_directly(teller);
    }
}

static void ed_home(struct ho_sim_teller *teller)
{
    ed_visit(teller);
    ho_sim_leave(teller, HO_SIM_TO_HOME);
}

static void ed_admitted(struct ho_sim_teller *teller)
{
    ed_visit(teller);
    admit_from_ed(teller);
    ward(teller);
    ho_sim_leave(teller, homeward(teller));
}

static void ed_admitted_by_a06(struct ho_sim_teller *teller)
{
    ed_visit(teller);
    ho_sim_wait(teller, 5, 40);
    ho_sim_change_class(teller, HO_SIM_A06, HO_SIM_INPATIENT, ho_sim_random_chance(&teller->random, 750));
    ward(teller);
    ho_sim_leave(teller, homeward(teller));
}

static void inpatient_stay(struct ho_sim_teller *teller, uint8_t hospital)
{
    ho_sim_arrive(teller, hospital, HO_SIM_A01, HO_SIM_INPATIENT);
    ward(teller);
    ho_sim_leave(teller, homeward(teller));
}

// Under another visit number, and nobody tells that the visit to the ED is over.
static void ed_admitted_anew(struct ho_sim_teller *teller)
{
    uint8_t hospital = a_hospital(teller);
    ed_visit_at(teller, hospital);
    ho_sim_wait(teller, 5, 40);
    inpatient_stay(teller, hospital);
}

static void to_another_hospital(struct ho_sim_teller *teller)
{
    admit(teller);
    stay(teller, 2, 5, 8, 72);
    uint8_t next = (uint8_t)((teller->now.facility + 1) % HO_SIM_HOSPITALS);
    ho_sim_leave(teller, HO_SIM_TO_HOSPITAL);
    ho_sim_wait(teller, 60, 300);
    inpatient_stay(teller, next);
}

static void direct_admission(struct ho_sim_teller *teller)
{
    uint8_t hospital = a_hospital(teller);
    if (ho_sim_random_chance(&teller->random, 200)) {
        ho_sim_announce(teller, hospital);
        ho_sim_wait_hours(teller, 12, 40);
    }
    inpatient_stay(teller, hospital);
}

static void to_nursing_facility(struct ho_sim_teller *teller)
{
    admit(teller);
    stay(teller, 2, 5, 20, 72);
    ho_sim_leave(teller, HO_SIM_TO_SNF);
    ho_sim_wait(teller, 90, 300);
    ho_sim_arrive(teller, a_nursing_facility(teller), HO_SIM_A01, HO_SIM_RESIDENT);
    stay(teller, 2, 4, 24, 24 * 14);
    ho_sim_leave(teller, homeward(teller));
}

static void return_to_hospital(struct ho_sim_teller *teller)
{
    admit(teller);
    ward(teller);
    ho_sim_leave(teller, homeward(teller));
}

static void back_within_30_hours(struct ho_sim_teller *teller)
{
    admit(teller);
    stay(teller, 2, 5, 18, 60);
    ho_sim_leave(teller, HO_SIM_TO_HOME);
    ho_sim_wait(teller, 6 * 60, 27 * 60);
    return_to_hospital(teller);
}

static void back_within_30_days(struct ho_sim_teller *teller)
{
    admit(teller);
    stay(teller, 2, 5, 18, 60);
    ho_sim_leave(teller, homeward(teller));
    ho_sim_wait_hours(teller, 40, 24 * 28);
    return_to_hospital(teller);
}

static void observe(struct ho_sim_teller *teller)
{
    enum ho_sim_trigger trigger = ho_sim_random_chance(&teller->random, 500) ? HO_SIM_A01 : HO_SIM_A04;
    ho_sim_arrive(teller, a_hospital(teller), trigger, HO_SIM_OBSERVATION);
    stay(teller, 3, 5, 8, 36);
}

static void observation_home(struct ho_sim_teller *teller)
{
    observe(teller);
    ho_sim_leave(teller, HO_SIM_TO_HOME);
}

static void observation_admitted(struct ho_sim_teller *teller)
{
    observe(teller);
    ho_sim_change_class(teller, HO_SIM_A06, HO_SIM_INPATIENT, ho_sim_random_chance(&teller->random, 500));
    ward(teller);
    ho_sim_leave(teller, homeward(teller));
}

static void inpatient_to_observation(struct ho_sim_teller *teller)
{
    admit(teller);
    stay(teller, 2, 3, 6, 20);
    ho_sim_change_class(teller, HO_SIM_A07, HO_SIM_OBSERVATION, ho_sim_random_chance(&teller->random, 300));
    stay(teller, 2, 4, 8, 30);
    ho_sim_leave(teller, HO_SIM_TO_HOME);
}

static void cancelled_stay(struct ho_sim_teller *teller)
{
    teller->pretending = true;
    admit_directly(teller);
    a_while(teller, 0, 3, 20, 200);
    ho_sim_cancel_admission(teller);
}

static void cancelled_admission_from_ed(struct ho_sim_teller *teller)
{
    ed_visit(teller);
    struct ho_sim_event ed = teller->now;
    teller->pretending = true;
    admit_from_ed(teller);
    a_while(teller, 0, 2, 20, 120);
    ho_sim_cancel_admission(teller);
    teller->now = ed;
    a_while(teller, 1, 3, 30, 240);
    ho_sim_leave(teller, HO_SIM_TO_HOME);
}

static void cancelled_discharge(struct ho_sim_teller *teller)
{
    admit(teller);
    stay(teller, 3, 5, 20, 80);
    ho_sim_cancelled_discharge(teller);
    stay(teller, 1, 3, 4, 40);
    ho_sim_leave(teller, homeward(teller));
}

static void against_advice(struct ho_sim_teller *teller)
{
    if (ho_sim_random_chance(&teller->random, 500)) {
        ed_visit(teller);
    } else {
        admit(teller);
        stay(teller, 2, 5, 6, 48);
    }
    ho_sim_leave(teller, HO_SIM_AGAINST_ADVICE);
}

static void death(struct ho_sim_teller *teller)
{
    if (ho_sim_random_chance(&teller->random, 200)) {
        ed_visit(teller);
    } else {
        admit(teller);
        ward(teller);
    }
    ho_sim_leave(teller, HO_SIM_EXPIRED);
}

static void outpatient(struct ho_sim_teller *teller)
{
    ho_sim_arrive(teller, a_hospital(teller), HO_SIM_A04, HO_SIM_OUTPATIENT);
    a_while(teller, 1, 4, 40, 240);
    ho_sim_leave(teller, HO_SIM_TO_HOME);
}

static void person_message(struct ho_sim_teller *teller)
{
    bool added = ho_sim_random_chance(&teller->random, 300);
    ho_sim_person_message(teller, a_hospital(teller), added ? HO_SIM_A28 : HO_SIM_A31);
}

const struct ho_sim_kind ho_sim_kinds[] = {
    {"ed-home", 290, 8, ed_home},
    {"ed-admitted", 130, 60, ed_admitted},
    {"ed-admitted-a06", 70, 60, ed_admitted_by_a06},
    {"ed-admitted-anew", 40, 60, ed_admitted_anew},
    {"to-another-hospital", 20, 100, to_another_hospital},
    {"direct-admission", 70, 60, direct_admission},
    {"to-snf", 65, 100, to_nursing_facility},
    {"back-within-30-hours", 40, 90, back_within_30_hours},
    {"back-within-30-days", 30, 130, back_within_30_days},
    {"observation-home", 40, 24, observation_home},
    {"observation-admitted", 40, 60, observation_admitted},
    {"inpatient-to-observation", 20, 48, inpatient_to_observation},
    {"cancelled-stay", 20, 12, cancelled_stay},
    {"cancelled-admission-from-ed", 20, 24, cancelled_admission_from_ed},
    {"cancelled-discharge", 30, 90, cancelled_discharge},
    {"against-advice", 30, 36, against_advice},
    {"death", 20, 80, death},
    {"outpatient", 80, 6, outpatient},
    {"person-message", 25, 1, person_message},
};
const uint32_t ho_sim_n_kinds = sizeof ho_sim_kinds / sizeof ho_sim_kinds[0];

uint32_t ho_sim_kind_draw(struct ho_sim_random *random)
{
    uint32_t sum = 0, kind = 0;
    for (uint32_t i = 0; i < ho_sim_n_kinds; i++)
        sum += ho_sim_kinds[i].weight;
    uint32_t at = ho_sim_random_below(random, sum);
    while (at >= ho_sim_kinds[kind].weight)
        at -= ho_sim_kinds[kind++].weight;
    return kind;
}

uint32_t ho_sim_kind_of_one_message(void)
{
    return ho_sim_n_kinds - 1;
}

// Stories with much to tell begin earlier; none before the window.
static int64_t beginning(struct ho_sim_teller *teller, int32_t room_hours)
{
    const struct ho_sim_window *window = &teller->traffic->window;
    int64_t length = window->end - window->begin;
    int64_t room = length - room_hours * HO_SIM_HOUR;
    if (room < length / 4)
        room = length / 4;
    uint32_t minutes = ho_sim_random_below(&teller->random, (uint32_t)(room / HO_SIM_MINUTE));
    return window->begin + minutes * HO_SIM_MINUTE;
}

bool ho_sim_story_tell(struct ho_sim_teller *teller, uint32_t kind)
{
    teller->clock = beginning(teller, ho_sim_kinds[kind].room_hours);
    teller->recorded = teller->clock - HO_SIM_HOUR;
    ho_sim_kinds[kind].tell(teller);
    return !teller->pretending;
}
