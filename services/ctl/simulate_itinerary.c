#include "simulate_itinerary.h"

enum {
    RECORDED_APART = 2, // minutes: the least between two messages of a person
    LATE_CHARTING = 50, // in 1000 discharges
    SAYS_OCCURRED = 500,
    DUPLICATED = 15,
    MOVED = 20,
    MOVED_A_DAY = 3,
};

void ho_sim_wait(struct ho_sim_teller *teller, int32_t least_minutes, int32_t most_minutes)
{
    teller->clock += ho_sim_random_between(&teller->random, least_minutes, most_minutes) * HO_SIM_MINUTE;
}

void ho_sim_wait_hours(struct ho_sim_teller *teller, int32_t least_hours, int32_t most_hours)
{
    const struct ho_sim_window *window = &teller->traffic->window;
    int32_t hours = (int32_t)((window->end - window->begin) / HO_SIM_HOUR);
    int32_t least = least_hours < hours / 4 ? least_hours : hours / 4;
    int32_t most = most_hours < hours * 3 / 5 ? most_hours : hours * 3 / 5;
    ho_sim_wait(teller, least * 60, (most > least ? most : least) * 60);
}

static void deliver(struct ho_sim_teller *teller, uint32_t event, int64_t at)
{
    struct ho_sim_traffic *traffic = teller->traffic;
    traffic->deliveries[traffic->n_deliveries++] = (struct ho_sim_delivery){.at = at, .event = event};
    teller->story->deliveries++;
}

// Most messages arrive as they were sent; some late, some twice.
static void send(struct ho_sim_teller *teller, uint32_t event, int64_t sent)
{
    struct ho_sim_random *random = &teller->random;
    int64_t at = sent;
    if (ho_sim_random_chance(random, MOVED_A_DAY))
        at += ho_sim_random_between(random, 20 * 60, 30 * 60) * HO_SIM_MINUTE;
    else if (ho_sim_random_chance(random, MOVED))
        at += ho_sim_random_between(random, 3, 240) * HO_SIM_MINUTE;
    deliver(teller, event, at);
    if (ho_sim_random_chance(random, DUPLICATED))
        deliver(teller, event, at + ho_sim_random_between(random, 5, 1800));
}

static int64_t recorded_at(struct ho_sim_teller *teller, enum ho_sim_trigger trigger)
{
    struct ho_sim_random *random = &teller->random;
    int32_t lag = ho_sim_random_between(random, 0, 12);
    if (trigger == HO_SIM_A03 && ho_sim_random_chance(random, LATE_CHARTING))
        lag = ho_sim_random_between(random, 60, 180);
    int64_t recorded = teller->clock + lag * HO_SIM_MINUTE;
    int64_t least = teller->recorded + RECORDED_APART * HO_SIM_MINUTE;
    return recorded > least ? recorded : least;
}

static int64_t in_words(int64_t instant)
{
    return instant ? ho_sim_unambiguous(instant) : 0;
}

static bool says_occurred(struct ho_sim_random *random, enum ho_sim_trigger trigger)
{
    bool chance = ho_sim_random_chance(random, SAYS_OCCURRED);
    return chance || trigger == HO_SIM_A06 || trigger == HO_SIM_A07; // these have no other place for it
}

// Sends the visit as it is now. False where that would be after the window.
static bool tell(struct ho_sim_teller *teller, enum ho_sim_trigger trigger, int64_t occurred)
{
    struct ho_sim_traffic *traffic = teller->traffic;
    if (teller->over)
        return false;
    int64_t recorded = recorded_at(teller, trigger);
    struct ho_sim_event event = teller->now;
    event.trigger = (uint8_t)trigger;
    event.occurred = in_words(occurred);
    event.started = in_words(event.started);
    event.ended = in_words(event.ended);
    event.recorded = in_words(recorded) + ho_sim_random_between(&teller->random, 0, 39);
    event.sent = event.recorded + ho_sim_random_between(&teller->random, 1, 19);
    event.says_occurred = says_occurred(&teller->random, trigger);
    if (event.sent > traffic->window.end || traffic->n_deliveries + 2 > traffic->room) {
        teller->over = true;
        return false;
    }
    teller->recorded = recorded;
    traffic->events[traffic->n_events] = event;
    send(teller, traffic->n_events++, event.sent);
    return true;
}

static enum ho_sim_setting setting_of(enum ho_sim_class patient_class, enum ho_sim_setting before)
{
    static const enum ho_sim_setting settings[HO_SIM_CLASSES] = {
        [HO_SIM_EMERGENCY] = HO_SIM_AT_ED,
        [HO_SIM_INPATIENT] = HO_SIM_AT_WARD,
        [HO_SIM_OBSERVATION] = HO_SIM_AT_OBSERVATION,
        [HO_SIM_RESIDENT] = HO_SIM_AT_SNF,
    };
    return patient_class == HO_SIM_OUTPATIENT ? before : settings[patient_class];
}

static enum ho_sim_setting destination_of(enum ho_sim_disposition disposition)
{
    if (disposition == HO_SIM_EXPIRED)
        return HO_SIM_DEAD;
    if (disposition == HO_SIM_TO_HOSPITAL)
        return HO_SIM_AT_WARD;
    return disposition == HO_SIM_TO_SNF ? HO_SIM_AT_SNF : HO_SIM_AT_HOME;
}

// The person moves: this is the truth. From one hospital's ward to another's, too.
static void move(struct ho_sim_teller *teller, enum ho_sim_setting to, enum ho_sim_disposition disposition)
{
    struct ho_sim_traffic *traffic = teller->traffic;
    if (teller->pretending || (to == teller->where && disposition != HO_SIM_TO_HOSPITAL))
        return;
    if (teller->story->population == HO_SIM_MEMBER)
        traffic->transitions[traffic->n_transitions++] = (struct ho_sim_transition){
            .at = in_words(teller->clock),
            .story = traffic->n_stories,
            .from = (uint8_t)teller->where,
            .to = (uint8_t)to,
            .facility = teller->now.facility,
            .disposition = (uint8_t)disposition,
        };
    teller->where = to;
}

static struct ho_sim_bed new_bed(struct ho_sim_teller *teller)
{
    static const uint8_t units[HO_SIM_CLASSES][2] = {
        // first, and how many
        [HO_SIM_NO_CLASS] = {0, 1},    [HO_SIM_EMERGENCY] = {0, 2},   [HO_SIM_INPATIENT] = {2, 6},
        [HO_SIM_OBSERVATION] = {8, 2}, [HO_SIM_OUTPATIENT] = {10, 4}, [HO_SIM_RESIDENT] = {14, 3},
        [HO_SIM_PREADMIT] = {2, 1},
    };
    const uint8_t *unit = units[teller->now.patient_class];
    struct ho_sim_bed bed;
    bed.unit = (uint8_t)(unit[0] + ho_sim_random_below(&teller->random, unit[1]));
    bed.room = (uint8_t)(1 + ho_sim_random_below(&teller->random, 60));
    return bed;
}

// Numbers start alike in every facility, so that the same number means different visits in different places.
static void number_visit(struct ho_sim_teller *teller, uint8_t facility)
{
    struct ho_sim_traffic *traffic = teller->traffic;
    teller->now.visit = 1000000 + traffic->last_visit[facility]++;
    teller->now.account = 7000000 + traffic->last_account[facility]++;
}

void ho_sim_arrive(struct ho_sim_teller *teller, uint8_t facility, enum ho_sim_trigger trigger,
                   enum ho_sim_class patient_class)
{
    bool announced = teller->now.patient_class == HO_SIM_PREADMIT && teller->now.facility == facility;
    uint32_t story = teller->now.story, visit = teller->now.visit, account = teller->now.account;
    teller->now = (struct ho_sim_event){.story = story, .facility = facility, .visit = visit, .account = account};
    if (!announced)
        number_visit(teller, facility);
    teller->now.patient_class = (uint8_t)patient_class;
    teller->now.started = teller->clock;
    teller->now.bed = new_bed(teller);
    teller->now.diagnosis = (uint8_t)ho_sim_random_below(&teller->random, 250);
    teller->opened_by = trigger;
    if (!tell(teller, trigger, teller->clock))
        return;
    teller->story->encounters++;
    move(teller, setting_of(patient_class, teller->where), HO_SIM_NO_DISPOSITION);
}

void ho_sim_change_class(struct ho_sim_teller *teller, enum ho_sim_trigger trigger, enum ho_sim_class patient_class,
                         bool new_visit)
{
    struct ho_sim_event *now = &teller->now;
    if (teller->over)
        return;
    if (new_visit) {
        now->old_visit = now->visit;
        now->old_account = now->account;
        number_visit(teller, now->facility);
    }
    now->patient_class = (uint8_t)patient_class;
    now->started = teller->clock;
    now->old_bed = now->bed;
    now->bed = new_bed(teller);
    now->diagnosis = (uint8_t)ho_sim_random_below(&teller->random, 250);
    teller->opened_by = trigger;
    if (tell(teller, trigger, teller->clock))
        move(teller, setting_of(patient_class, teller->where), HO_SIM_NO_DISPOSITION);
    now->old_visit = now->old_account = 0;
    now->old_bed = (struct ho_sim_bed){0, 0};
}

static void transfer(struct ho_sim_teller *teller)
{
    teller->now.old_bed = teller->now.bed;
    teller->now.bed = new_bed(teller);
    (void)tell(teller, HO_SIM_A02, teller->clock);
    teller->now.old_bed = (struct ho_sim_bed){0, 0};
}

// An update, a transfer, or the opening message once more.
static void something_happens(struct ho_sim_teller *teller)
{
    uint32_t percent = ho_sim_random_below(&teller->random, 100);
    bool may_repeat = teller->opened_by == HO_SIM_A01 || teller->opened_by == HO_SIM_A04;
    bool may_transfer = teller->now.patient_class != HO_SIM_OUTPATIENT;
    if (percent < 7 && may_repeat)
        (void)tell(teller, teller->opened_by, teller->now.started);
    else if (percent < 30 && may_transfer)
        transfer(teller);
    else
        (void)tell(teller, HO_SIM_A08, teller->clock);
}

void ho_sim_pass_time(struct ho_sim_teller *teller, int32_t n, int64_t until)
{
    for (int32_t left = n; left > 0 && !teller->over; left--) {
        int32_t minutes = (int32_t)((until - teller->clock) / HO_SIM_MINUTE) / (left + 1);
        if (minutes < RECORDED_APART)
            break;
        ho_sim_wait(teller, (minutes + 1) / 2, minutes);
        something_happens(teller);
    }
    if (until > teller->clock)
        teller->clock = until;
}

static bool discharge(struct ho_sim_teller *teller, enum ho_sim_disposition disposition)
{
    teller->now.ended = teller->clock;
    teller->now.disposition = (uint8_t)disposition;
    teller->now.died = disposition == HO_SIM_EXPIRED;
    if (!tell(teller, HO_SIM_A03, teller->clock))
        return false;
    move(teller, destination_of(disposition), disposition);
    return true;
}

void ho_sim_leave(struct ho_sim_teller *teller, enum ho_sim_disposition disposition)
{
    if (!discharge(teller, disposition))
        return;
    if (ho_sim_random_chance(&teller->random, 150)) {
        ho_sim_wait(teller, 10, 50);
        (void)tell(teller, HO_SIM_A03, teller->now.ended);
    }
    if (ho_sim_random_chance(&teller->random, 500)) {
        ho_sim_wait(teller, 10, 60);
        (void)tell(teller, HO_SIM_A08, teller->clock);
    }
}

void ho_sim_cancelled_discharge(struct ho_sim_teller *teller)
{
    int64_t undone = teller->clock;
    teller->pretending = true;
    if (discharge(teller, HO_SIM_TO_HOME) && ho_sim_random_chance(&teller->random, 250)) {
        ho_sim_wait(teller, 5, 20);
        (void)tell(teller, HO_SIM_A03, undone);
    }
    ho_sim_wait(teller, 20, 150);
    teller->now.ended = 0;
    teller->now.disposition = HO_SIM_NO_DISPOSITION;
    if (tell(teller, HO_SIM_A13, undone))
        teller->pretending = false;
    teller->opened_by = HO_SIM_A13; // the opening message is not repeated after a cancel
}

void ho_sim_cancel_admission(struct ho_sim_teller *teller)
{
    ho_sim_wait(teller, 15, 120);
    if (tell(teller, HO_SIM_A11, teller->now.started))
        teller->pretending = false;
    teller->opened_by = HO_SIM_A11;
}

void ho_sim_announce(struct ho_sim_teller *teller, uint8_t facility)
{
    number_visit(teller, facility);
    teller->now.facility = facility;
    teller->now.patient_class = HO_SIM_PREADMIT;
    (void)tell(teller, HO_SIM_A05, teller->clock);
}

void ho_sim_person_message(struct ho_sim_teller *teller, uint8_t facility, enum ho_sim_trigger trigger)
{
    teller->now = (struct ho_sim_event){.story = teller->now.story, .facility = facility};
    (void)tell(teller, trigger, teller->clock);
}
