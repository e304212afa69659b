// Measures: which events count, what excludes them, and which work meets them.
#include "handoff/measure.h"

#include "episode_internal.h"
#include "measure_internal.h"
#include "plan_internal.h"
#include "program_internal.h"

const char ho_measure_caveat[] =
    "Operational proxy: counted from hospital messages and completed tasks on handoff's own lists of diagnoses; no "
    "claims, and no quality organisation's value sets.";

// ---- The rules ------------------------------------------------------------------------------------------

// What counts; a transition may be several. A return is leaving hospital or nursing facility alive.
enum event {
    ADMISSION = 1 << 0,        // to hospital, for a stay that is not observation alone
    RETURN = 1 << 1,           // from either, whatever the stay
    DISCHARGE = 1 << 2,        // from either, where a hospital stay is not observation alone
    MENTAL_RETURN = 1 << 3,    // from such a hospital stay for mental health
    MENTAL_ED = 1 << 4,        // from an ED visit for mental health, to no bed
    SUBSTANCE_ED = 1 << 5,     // the same for substance use
    HOSPITAL_LEAVING = 1 << 6, // by death, too
};

enum { NEVER = -1, IN_WINDOW = -2, MONTH_DAYS = 30, SPAN_DAYS = 29, UNPLANNED_FROM_DAY = 2 };

#define BIT(measure) (1U << (measure))
// The later of two visits of one kind takes the earlier one's place, and is seen to once for both.
#define MENTAL_VISITS (BIT(HO_MEASURE_FUH_7) | BIT(HO_MEASURE_FUH_30) | BIT(HO_MEASURE_FUM_7) | BIT(HO_MEASURE_FUM_30))
#define TCM_VISITS (BIT(HO_MEASURE_TCM_VISIT_7) | BIT(HO_MEASURE_TCM_VISIT_14))

struct rule {
    const char *name, *title;
    enum event event;
    int first_day, days; // the window, in calendar days; the day of the event is day 0
    int business_days;   // instead of `days`
    int least_age;
    bool dual;               // for members of Medicare too only
    bool home;               // no return to a facility counts
    bool first;              // the first in 31 days counts
    int admitted_days;       // not counted where another admission follows within so many days, or NEVER or IN_WINDOW
    int died_days;           // the same of a death
    bool notice;             // a notice to the team meets it
    uint32_t tasks;          // work on templates that name one of these meets it …
    const char *outcomes[4]; // … by one of these
};

#define TRC_RETURN .event = DISCHARGE, .least_age = 18, .dual = true, .home = true
#define FOLLOW_UP .admitted_days = MONTH_DAYS, .died_days = MONTH_DAYS
#define VISIT_DONE .outcomes = {"visit-done"}

static const struct rule RULES[HO_MEASURES] = {
    [HO_MEASURE_TCM_CONTACT] = {.name = "tcm-contact",
                                .title = "Contact within two business days of discharge",
                                .event = RETURN,
                                .business_days = 2,
                                .home = true,
                                .admitted_days = IN_WINDOW,
                                .died_days = SPAN_DAYS,
                                .tasks = BIT(HO_MEASURE_TCM_CONTACT),
                                .outcomes = {"reached-member", "reached-caregiver", "two-attempts"}},
    [HO_MEASURE_TCM_VISIT_7] = {.name = "tcm-visit-7",
                                .title = "Visit within 7 days of discharge",
                                .event = RETURN,
                                .days = 7,
                                .home = true,
                                .admitted_days = IN_WINDOW,
                                .died_days = SPAN_DAYS,
                                .tasks = TCM_VISITS,
                                VISIT_DONE},
    [HO_MEASURE_TCM_VISIT_14] = {.name = "tcm-visit-14",
                                 .title = "Visit within 14 days of discharge",
                                 .event = RETURN,
                                 .days = 14,
                                 .home = true,
                                 .admitted_days = IN_WINDOW,
                                 .died_days = SPAN_DAYS,
                                 .tasks = TCM_VISITS,
                                 VISIT_DONE},
    [HO_MEASURE_TRC_ADMISSION] = {.name = "trc-admission",
                                  .title = "Team told of the admission by day 2",
                                  .event = ADMISSION,
                                  .days = 2,
                                  .least_age = 18,
                                  .dual = true,
                                  .admitted_days = NEVER,
                                  .died_days = NEVER,
                                  .notice = true,
                                  .tasks = BIT(HO_MEASURE_TRC_ADMISSION),
                                  .outcomes = {"team-told"}},
    [HO_MEASURE_TRC_DISCHARGE] = {.name = "trc-discharge",
                                  .title = "Team told of the discharge by day 2",
                                  TRC_RETURN,
                                  .days = 2,
                                  FOLLOW_UP,
                                  .notice = true,
                                  .tasks = BIT(HO_MEASURE_TRC_DISCHARGE),
                                  .outcomes = {"sent"}},
    [HO_MEASURE_TRC_ENGAGEMENT] = {.name = "trc-engagement",
                                   .title = "Member engaged within 30 days of discharge",
                                   TRC_RETURN,
                                   .first_day = 1,
                                   .days = 30,
                                   FOLLOW_UP,
                                   .tasks = BIT(HO_MEASURE_TRC_ENGAGEMENT) | BIT(HO_MEASURE_TCM_CONTACT) | TCM_VISITS,
                                   .outcomes = {"reached-member", "reached-caregiver", "visit-done"}},
    [HO_MEASURE_TRC_MEDICATIONS] = {.name = "trc-medications",
                                    .title = "Medications reconciled within 30 days of discharge",
                                    TRC_RETURN,
                                    .days = 30,
                                    FOLLOW_UP,
                                    .tasks = BIT(HO_MEASURE_TRC_MEDICATIONS),
                                    .outcomes = {"reconciled"}},
    [HO_MEASURE_FUH_7] = {.name = "fuh-7",
                          .title = "Visit within 7 days of a stay for mental health",
                          .event = MENTAL_RETURN,
                          .first_day = 1,
                          .days = 7,
                          .least_age = 6,
                          .home = true,
                          FOLLOW_UP,
                          .tasks = MENTAL_VISITS,
                          VISIT_DONE},
    [HO_MEASURE_FUH_30] = {.name = "fuh-30",
                           .title = "Visit within 30 days of a stay for mental health",
                           .event = MENTAL_RETURN,
                           .first_day = 1,
                           .days = 30,
                           .least_age = 6,
                           .home = true,
                           FOLLOW_UP,
                           .tasks = MENTAL_VISITS,
                           VISIT_DONE},
    [HO_MEASURE_FUM_7] = {.name = "fum-7",
                          .title = "Visit within 7 days of an ED visit for mental health",
                          .event = MENTAL_ED,
                          .days = 7,
                          .least_age = 6,
                          .first = true,
                          FOLLOW_UP,
                          .tasks = MENTAL_VISITS,
                          VISIT_DONE},
    [HO_MEASURE_FUM_30] = {.name = "fum-30",
                           .title = "Visit within 30 days of an ED visit for mental health",
                           .event = MENTAL_ED,
                           .days = 30,
                           .least_age = 6,
                           .first = true,
                           FOLLOW_UP,
                           .tasks = MENTAL_VISITS,
                           VISIT_DONE},
    [HO_MEASURE_FUA_7] = {.name = "fua-7",
                          .title = "Visit within 7 days of an ED visit for substance use",
                          .event = SUBSTANCE_ED,
                          .days = 7,
                          .least_age = 13,
                          .first = true,
                          FOLLOW_UP,
                          .tasks = BIT(HO_MEASURE_FUA_7) | BIT(HO_MEASURE_FUA_30),
                          VISIT_DONE},
    [HO_MEASURE_FUA_30] = {.name = "fua-30",
                           .title = "Visit within 30 days of an ED visit for substance use",
                           .event = SUBSTANCE_ED,
                           .days = 30,
                           .least_age = 13,
                           .first = true,
                           FOLLOW_UP,
                           .tasks = BIT(HO_MEASURE_FUA_7) | BIT(HO_MEASURE_FUA_30),
                           VISIT_DONE},
    [HO_MEASURE_READMISSION] = {.name = "readmission",
                                .title = "Unplanned readmission within 30 days (lower is better)",
                                .event = HOSPITAL_LEAVING,
                                .days = 30,
                                .admitted_days = NEVER,
                                .died_days = NEVER},
};

const char *ho_measure_name(enum ho_measure measure)
{
    return RULES[measure].name;
}

const char *ho_measure_title(enum ho_measure measure)
{
    return RULES[measure].title;
}

bool ho_measure_from_name(struct ho_bytes name, enum ho_measure *out)
{
    for (int i = 0; i < HO_MEASURES; i++) {
        if (ho_bytes_is(name, RULES[i].name)) {
            *out = (enum ho_measure)i;
            return true;
        }
    }
    return false;
}

const char *ho_measure_state_name(enum ho_measure_state state)
{
    static const char *const names[HO_MEASURE_STATES] = {"met", "missed", "open", "excluded"};
    return names[state];
}

// ---- What is known --------------------------------------------------------------------------------------

// Work that may meet a measure.
struct deed {
    const struct ho_work *work;
    uint32_t measures; // that its template names, as bits
};

struct groups {
    uint64_t mental, self_harm, substance, overdose, pregnancy;
};

struct rows {
    struct ho_measure_row *items;
    size_t n, capacity;
};

struct measuring {
    struct ho_arena *arena;
    const struct ho_plan_input *input;
    struct groups groups;
    struct ho_bed_times beds;
    struct ho_use_history history;
    struct deed *deeds;
    size_t n_deeds;
    const struct ho_transition *death;
    uint32_t first_date[HO_MEASURES]; // of the last one that counted, where only the first in 31 days does
    struct rows rows;
    int64_t wake_at;
};

// A transition that counts for some measures.
struct event_at {
    const struct ho_transition *transition;
    uint32_t events, date;
    struct ho_plan_input then; // as of its date: an opt-out after it does not undo what happened
    struct ho_asking asking;   // of `then`
    const struct ho_protocol *protocol;
    const struct ho_bed_time *bed; // that it begins or ends; NULL
};

static const struct ho_zone *zone_of(const struct event_at *e)
{
    return e->protocol->task_calendar->zone;
}

// ---- Diagnoses ------------------------------------------------------------------------------------------

static struct groups find_groups(const struct ho_codes *codes)
{
    if (!codes)
        return (struct groups){0};
    return (struct groups){
        .mental = ho_codes_group(codes, ho_bytes_of("mental-health")),
        .self_harm = ho_codes_group(codes, ho_bytes_of("self-harm")),
        .substance = ho_codes_group(codes, ho_bytes_of("sud")),
        .overdose = ho_codes_group(codes, ho_bytes_of("overdose")),
        .pregnancy = ho_codes_group(codes, ho_bytes_of("pregnancy")),
    };
}

static uint64_t groups_of(const struct measuring *m, const ho_diagnosis *diagnosis)
{
    return m->input->codes ? ho_codes_of(m->input->codes, ho_bytes_of(diagnosis->code)) : 0;
}

static uint64_t main_groups(const struct measuring *m, const struct ho_encounter *e)
{
    for (size_t i = 0; i < e->n_diagnoses; i++) {
        if (strcmp(e->diagnoses[i]->type, "F") == 0)
            return groups_of(m, e->diagnoses[i]);
    }
    return e->n_diagnoses ? groups_of(m, e->diagnoses[0]) : 0;
}

// Mainly for the one, or with any sign of the other.
static bool is_for(const struct measuring *m, const struct ho_encounter *e, uint64_t reason, uint64_t sign)
{
    return (main_groups(m, e) & reason) || (ho_encounter_groups(e, m->input->codes) & sign);
}

static bool is_for_mental_health(const struct measuring *m, const struct ho_encounter *e)
{
    return is_for(m, e, m->groups.mental | m->groups.self_harm, m->groups.self_harm);
}

static bool is_for_substance_use(const struct measuring *m, const struct ho_encounter *e)
{
    return is_for(m, e, m->groups.substance | m->groups.overdose, m->groups.overdose);
}

// ---- Events ---------------------------------------------------------------------------------------------

static const struct ho_bed_time *bed_of(const struct measuring *m, const struct ho_transition *t)
{
    for (size_t i = 0; i < m->beds.n; i++) {
        if (m->beds.items[i].admitted == t || m->beds.items[i].left == t)
            return &m->beds.items[i];
    }
    return NULL;
}

static bool returns(const struct ho_transition *t)
{
    return t->to == HO_SETTING_HOME || t->to == HO_SETTING_SNF || t->to == HO_SETTING_OTHER_FACILITY;
}

static uint32_t ed_events(const struct measuring *m, const struct ho_transition *t)
{
    bool home = t->to == HO_SETTING_HOME || t->to == HO_SETTING_OTHER_FACILITY;
    if (!home && !ho_transition_is_to_assisted_living(t))
        return 0;
    return (is_for_mental_health(m, t->encounter) ? MENTAL_ED : 0U) |
           (is_for_substance_use(m, t->encounter) ? SUBSTANCE_ED : 0U);
}

static uint32_t leaving_events(const struct measuring *m, const struct ho_transition *t, const struct ho_bed_time *bed)
{
    if (t->to == HO_SETTING_DIED)
        return HOSPITAL_LEAVING;
    if (!returns(t))
        return 0;
    if (!bed->inpatient)
        return HOSPITAL_LEAVING | RETURN;
    return HOSPITAL_LEAVING | RETURN | DISCHARGE | (is_for_mental_health(m, t->encounter) ? MENTAL_RETURN : 0U);
}

static uint32_t events_of(const struct measuring *m, const struct ho_transition *t, const struct ho_bed_time *bed)
{
    if (!ho_transition_is_move(t))
        return 0;
    if (bed && bed->admitted == t)
        return bed->inpatient && !bed->follows ? ADMISSION : 0;
    if (bed)
        return leaving_events(m, t, bed);
    if (t->from == HO_SETTING_ED)
        return ed_events(m, t);
    return t->from == HO_SETTING_SNF && returns(t) ? RETURN | DISCHARGE : 0;
}

// The first protocol by name that served the member; NULL: none did. Its zone dates the event.
static const struct ho_protocol *serving(struct event_at *e, const struct ho_plan_input *input)
{
    const struct ho_protocol *first = NULL;
    for (size_t i = 0; i < input->n_protocols; i++) {
        const struct ho_protocol *p = input->protocols[i];
        e->then.today = ho_zone_date(p->task_calendar->zone, e->transition->change.occurred);
        if ((!first || strcmp(p->name, first->name) < 0) && ho_protocol_serves(&e->asking, p) == HO_SERVED)
            first = p;
    }
    return first;
}

static bool look_at(const struct measuring *m, const struct ho_transition *t, struct event_at *e)
{
    const struct ho_plan_input *input = m->input;
    const struct ho_bed_time *bed = bed_of(m, t);
    *e = (struct event_at){.transition = t, .then = *input, .bed = bed, .events = events_of(m, t, bed)};
    if (!e->events)
        return false;
    e->asking = ho_asking_about(&e->then);
    ho_asking_turn_to(&e->asking, t, ho_use_conditions(&m->history, &(struct ho_moment){.until = t->change.occurred}));
    e->protocol = serving(e, input);
    if (!e->protocol)
        return false;
    e->date = e->then.today = ho_zone_date(zone_of(e), t->change.occurred);
    return true;
}

// ---- Exclusions -----------------------------------------------------------------------------------------

// The next stay that begins after the event.
static const struct ho_bed_time *next_bed(const struct measuring *m, const struct event_at *e)
{
    for (size_t i = 0; i < m->beds.n; i++) {
        if (m->beds.items[i].first > e->transition)
            return &m->beds.items[i];
    }
    return NULL;
}

static bool within(uint32_t date, uint32_t next, int days, uint32_t last_day)
{
    if (!next || days == NEVER)
        return false;
    return days == IN_WINDOW ? next <= last_day : ho_days_between(date, next) <= days;
}

static bool is_admitted(const struct measuring *m, const struct event_at *e, const struct rule *rule, uint32_t last_day)
{
    const struct ho_bed_time *next = next_bed(m, e);
    return next && within(e->date, next->begins, rule->admitted_days, last_day);
}

static bool has_died(const struct measuring *m, const struct event_at *e, const struct rule *rule, uint32_t last_day)
{
    uint32_t died = m->death ? ho_zone_date(zone_of(e), m->death->change.occurred) : 0;
    return within(e->date, died, rule->died_days, last_day);
}

static const char *not_home(const struct ho_transition *t)
{
    if (t->to == HO_SETTING_OTHER_FACILITY)
        return "to another facility";
    return t->to == HO_SETTING_SNF && !ho_transition_is_to_assisted_living(t) ? "to a nursing facility" : NULL;
}

static const char *not_for(const struct measuring *m, const struct event_at *e, const struct rule *rule)
{
    const ho_member *member = m->input->member;
    uint32_t born = member ? member->birth_date : 0;
    if (rule->dual && !(member && member->dual))
        return "not in Medicare";
    if (rule->least_age && (!born || born > e->date))
        return "age not known";
    return (int)(e->date - born) / 10000 < rule->least_age ? "too young" : NULL;
}

static const char *no_index(const struct measuring *m, const struct event_at *e)
{
    if (e->transition->to == HO_SETTING_DIED)
        return "died in hospital";
    if (e->bed->goes_on)
        return "direct transfer";
    if (e->bed->stay_begins == e->bed->ends)
        return "same-day stay";
    return main_groups(m, e->transition->encounter) & m->groups.pregnancy ? "pregnancy" : NULL;
}

// NULL: it counts.
static const char *excluded(const struct measuring *m, const struct event_at *e, const struct rule *rule,
                            uint32_t last_day)
{
    const char *why = rule->least_age || rule->dual ? not_for(m, e, rule) : NULL;
    if (!why && rule->event == HOSPITAL_LEAVING)
        why = no_index(m, e);
    if (!why && rule->home)
        why = not_home(e->transition);
    if (!why && has_died(m, e, rule, last_day))
        why = "died";
    return !why && is_admitted(m, e, rule, last_day) ? "admitted to hospital" : why;
}

// Assessed for the other exclusions before.
static bool is_repeat(struct measuring *m, const struct event_at *e, enum ho_measure measure)
{
    uint32_t *first = &m->first_date[measure];
    if (!RULES[measure].first)
        return false;
    if (*first && ho_days_between(*first, e->date) <= MONTH_DAYS)
        return true;
    *first = e->date;
    return false;
}

// ---- What meets a measure -------------------------------------------------------------------------------

static bool is_among(const char *const outcomes[], const char *outcome)
{
    for (; *outcomes; outcomes++) {
        if (strcmp(*outcomes, outcome) == 0)
            return true;
    }
    return false;
}

static bool is_in_window(const struct event_at *e, const struct rule *rule, uint32_t last_day, int64_t at)
{
    uint32_t date = ho_zone_date(zone_of(e), at);
    return at >= e->transition->change.occurred && date >= ho_date_add(e->date, rule->first_day) && date <= last_day;
}

static bool is_before(const struct ho_work *a, const struct ho_work *b)
{
    if (a->at != b->at)
        return a->at < b->at;
    int c = strcmp(a->template_key, b->template_key);
    return c ? c < 0 : strcmp(a->outcome, b->outcome) < 0;
}

// The first work that does.
static const char *met_by_work(const struct measuring *m, const struct event_at *e, const struct rule *rule,
                               uint32_t last_day)
{
    const struct ho_work *first = NULL;
    for (size_t i = 0; i < m->n_deeds; i++) {
        const struct ho_work *work = m->deeds[i].work;
        if ((m->deeds[i].measures & rule->tasks) && is_among(rule->outcomes, work->outcome) &&
            is_in_window(e, rule, last_day, work->at) && (!first || is_before(work, first)))
            first = work;
    }
    return first ? ho_arena_printf(m->arena, "%s: %s", first->template_key, first->outcome) : NULL;
}

static bool is_for_team(const struct ho_notice_template *notice)
{
    for (size_t i = 0; i < notice->n_roles; i++) {
        if (strcmp(notice->roles[i], "team") == 0)
            return true;
    }
    return false;
}

// A notice goes out when the hospital's word comes; whether it was delivered, the deliveries tell.
static const char *met_by_notice(const struct measuring *m, const struct event_at *e, uint32_t last_day)
{
    const struct ho_change *change = &e->transition->change;
    const struct ho_protocol *p = e->protocol;
    if (ho_zone_date(zone_of(e), change->recorded) > last_day ||
        ho_is_too_late(p, &p->notices_within, change->occurred, change->recorded))
        return NULL;
    for (size_t i = 0; i < p->n_notices; i++) {
        const struct ho_notice_template *notice = &p->notices[i];
        if (is_for_team(notice) && ho_notice_is_asked(&e->asking, notice) &&
            ho_conditions_hold(&e->asking, p, notice->when, notice->n_when))
            return ho_arena_printf(m->arena, "notice %s", notice->key);
    }
    return NULL;
}

static bool is_unplanned(const struct measuring *m, const struct ho_bed_time *bed)
{
    const struct ho_transition *t = bed->first;
    bool planned = t->encounter->planned || (bed->admitted && (t->flags & HO_FLAG_PLANNED));
    return !planned && !(main_groups(m, t->encounter) & m->groups.pregnancy);
}

// Any unplanned stay in the window, be it after a planned one.
static const char *met_by_readmission(const struct measuring *m, const struct event_at *e, uint32_t last_day)
{
    for (size_t i = 0; i < m->beds.n; i++) {
        const struct ho_bed_time *bed = &m->beds.items[i];
        bool later = bed->begins && ho_days_between(e->date, bed->begins) >= UNPLANNED_FROM_DAY;
        if (later && !bed->follows && bed->begins <= last_day && is_unplanned(m, bed))
            return "unplanned admission";
    }
    return NULL;
}

static const char *met_by(const struct measuring *m, const struct event_at *e, const struct rule *rule,
                          uint32_t last_day)
{
    if (rule->event == HOSPITAL_LEAVING)
        return met_by_readmission(m, e, last_day);
    const char *by = rule->notice ? met_by_notice(m, e, last_day) : NULL;
    return by ? by : met_by_work(m, e, rule, last_day);
}

// ---- Rows -----------------------------------------------------------------------------------------------

// Whoever leaves the program in the window is called no more. NULL: still served.
static const char *left_program(const struct measuring *m, const struct event_at *e, uint32_t last_day)
{
    const struct ho_plan_input *input = m->input;
    uint32_t day = last_day < input->today ? last_day : input->today;
    if (day < e->date)
        return NULL;
    enum ho_standing standing =
        ho_standing_on(input->enrolments, input->n_enrolments, e->protocol->program, day, day).standing;
    if (standing == HO_STANDING_SERVED)
        return NULL;
    return standing == HO_STANDING_OPTED_OUT ? "opted out" : "no longer enrolled";
}

static uint32_t last_day_of(const struct event_at *e, const struct rule *rule)
{
    const struct ho_protocol *p = e->protocol;
    const struct ho_calendar *calendar = p->measure_calendar ? p->measure_calendar : p->task_calendar;
    if (!rule->business_days)
        return ho_date_add(e->date, rule->days);
    int64_t closes = ho_calendar_business_days_after(calendar, e->transition->change.occurred, rule->business_days);
    return ho_zone_date(calendar->zone, closes);
}

// Without a met or excluded state: the clock decides.
static void wait_for(struct measuring *m, const struct event_at *e, struct ho_measure_row *row)
{
    int64_t ends = ho_zone_day_end(zone_of(e), row->last_day);
    row->state = !m->input->now || m->input->now >= ends ? HO_MEASURE_MISSED : HO_MEASURE_OPEN;
    if (row->state == HO_MEASURE_OPEN && ends < m->wake_at)
        m->wake_at = ends;
}

static void judge(struct measuring *m, const struct event_at *e, struct ho_measure_row *row)
{
    const struct rule *rule = &RULES[row->measure];
    const char *why = excluded(m, e, rule, row->last_day);
    if (!why && is_repeat(m, e, row->measure))
        why = "an earlier visit counts";
    const char *by = why ? NULL : met_by(m, e, rule, row->last_day);
    if (!why && !by && rule->tasks)
        why = left_program(m, e, row->last_day);
    row->reason = why ? why : by ? by : "";
    row->state = why ? HO_MEASURE_EXCLUDED : HO_MEASURE_MET;
    if (!why && !by)
        wait_for(m, e, row);
}

static void add_rows(struct measuring *m, const struct event_at *e)
{
    for (int i = 0; i < HO_MEASURES; i++) {
        if (!(e->events & RULES[i].event))
            continue;
        struct ho_measure_row *row = ho_arena_push(m->arena, &m->rows, sizeof *row);
        *row = (struct ho_measure_row){.measure = (enum ho_measure)i, .transition = e->transition, .date = e->date};
        row->last_day = last_day_of(e, &RULES[i]);
        judge(m, e, row);
    }
}

// ---- Work -----------------------------------------------------------------------------------------------

// The measures that the templates of this key name.
static uint32_t measures_of(const struct ho_plan_input *input, const char *template_key)
{
    uint32_t measures = 0;
    enum ho_measure measure;
    for (size_t i = 0; i < input->n_protocols; i++) {
        for (size_t k = 0; k < input->protocols[i]->n_tasks; k++) {
            const struct ho_task_template *task = &input->protocols[i]->tasks[k];
            if (task->measure && strcmp(task->key, template_key) == 0 &&
                ho_measure_from_name(ho_bytes_of(task->measure), &measure))
                measures |= BIT(measure);
        }
    }
    return measures;
}

// Work on what is no longer on the line was about somebody else, or about what has not been.
static bool is_on_line(const struct ho_line *line, const uint8_t change[HO_ID_BYTES])
{
    for (size_t i = 0; i < line->n_transitions; i++) {
        if (ho_change_has(&line->transitions[i].change, change))
            return true;
    }
    return false;
}

static void find_deeds(struct measuring *m)
{
    const struct ho_plan_input *input = m->input;
    m->deeds = ho_arena_array(m->arena, input->n_work, sizeof *m->deeds);
    for (size_t i = 0; i < input->n_work; i++) {
        const struct ho_work *work = &input->work[i];
        uint32_t measures = work->status == HO_WORK_DONE ? measures_of(input, work->template_key) : 0;
        if (measures && is_on_line(input->line, work->change))
            m->deeds[m->n_deeds++] = (struct deed){work, measures};
    }
}

// ---- The whole ------------------------------------------------------------------------------------------

void ho_measures_take(struct ho_arena *arena, const struct ho_plan_input *input, struct ho_measures *out)
{
    struct measuring m = {.arena = arena, .input = input, .wake_at = INT64_MAX, .death = ho_line_death(input->line)};
    *out = (struct ho_measures){.wake_at = INT64_MAX};
    if (!input->n_protocols)
        return;
    m.groups = find_groups(input->codes);
    const struct ho_zone *zone = input->protocols[0]->task_calendar->zone;
    ho_bed_times_make(arena, input->line, zone, &m.beds);
    ho_use_history_make(arena, input->member, input->line, input->codes, zone, &m.history);
    find_deeds(&m);
    for (size_t i = 0; i < input->line->n_transitions; i++) {
        struct event_at e;
        if (look_at(&m, &input->line->transitions[i], &e))
            add_rows(&m, &e);
    }
    *out = (struct ho_measures){m.rows.items, m.rows.n, m.wake_at};
}
