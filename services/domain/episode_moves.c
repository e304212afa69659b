// The line: where the person is, and what changes of that.
#include "episode_internal.h"

#include <stdlib.h>

#include "handoff/digest.h"

static const int64_t BED_HOLD_US = INT64_C(7) * 24 * HO_US_PER_HOUR;

static bool in_hospital(enum ho_setting setting)
{
    return ho_setting_care(setting) > 0;
}

static enum ho_setting setting_of(const struct ho_place *p)
{
    return p->encounter->phases[p->phase].setting;
}

static struct ho_place *top(const struct ho_sweep *s)
{
    return s->n_open ? s->open[s->n_open - 1] : NULL;
}

static void close_place(struct ho_sweep *s, struct ho_place *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->n_open; i++) {
        if (s->open[i] != p)
            s->open[kept++] = s->open[i];
    }
    s->n_open = kept;
    p->open = false;
}

// As the latest of all.
static void open_place(struct ho_sweep *s, struct ho_place *p)
{
    if (p->open)
        close_place(s, p);
    s->open[s->n_open++] = p;
    p->open = true;
    p->order = ++s->begun;
}

static struct ho_transition *add_transition(struct ho_sweep *s, const struct ho_place *p, enum ho_setting to,
                                            const struct ho_change *change, int64_t at)
{
    struct ho_transition *t = ho_arena_push(s->arena, &s->transitions, sizeof *t);
    *t = (struct ho_transition){.change = *change, .from = s->now, .to = to, .encounter = p->encounter};
    t->change.occurred = at;
    t->episode = (size_t)(p - s->places); // the place, until the episodes are known
    return t;
}

static bool is_elsewhere(const struct ho_encounter *a, const struct ho_encounter *b)
{
    return strcmp(a->site, b->site) != 0;
}

static void move(struct ho_sweep *s, const struct ho_place *p, enum ho_setting to, const struct ho_change *change,
                 int64_t at, uint32_t flags)
{
    struct ho_transition *t = add_transition(s, p, to, change, at);
    t->against_advice = to == HO_SETTING_HOME && p->encounter->destination == HO_DESTINATION_AGAINST_ADVICE;
    t->flags = flags | (t->against_advice ? HO_FLAG_AGAINST_ADVICE : 0U);
    s->now = to;
    s->way_home = to == HO_SETTING_HOME ? s->transitions.n : 0;
}

// Nothing tells of the way there.
static void conclude(struct ho_sweep *s, enum ho_setting now)
{
    s->now = now;
    s->way_home = 0;
}

// `was`: where the person is seen to come from, or NULL.
static uint32_t arrival_flags(const struct ho_sweep *s, const struct ho_place *p, enum ho_setting to, int64_t at,
                              const struct ho_place *was)
{
    struct ho_arrival arrival = {.encounter = p->encounter, .from = s->now, .to = to, .at = at, .in_bed = p->bedded};
    arrival.moved = was && ho_has_bed(s->now) && is_elsewhere(was->encounter, p->encounter);
    arrival.nursing = s->now == HO_SETTING_SNF;
    for (size_t i = 0; i < s->n_open; i++) {
        const struct ho_place *other = s->open[i];
        arrival.in_bed = arrival.in_bed || (other != p && ho_has_bed(setting_of(other)));
        arrival.nursing = arrival.nursing || setting_of(other) == HO_SETTING_SNF;
    }
    return ho_way_flags(&s->way, &arrival);
}

// The last that was heard of an open stay.
static int64_t last_heard(const struct ho_encounter *e)
{
    const struct ho_change *last = &e->phases[e->n_phases - 1].change;
    int64_t heard = e->last_heard ? e->last_heard : last->recorded;
    return heard > last->occurred ? heard : last->occurred;
}

static void displace(struct ho_sweep *s, struct ho_place *p, int64_t at)
{
    int64_t heard = last_heard(p->encounter);
    close_place(s, p);
    p->displaced = true;
    ho_way_left(&s->way, p->encounter, setting_of(p), heard < at ? heard : at);
}

static int compare_ids(const void *left, const void *right)
{
    return memcmp(left, right, HO_ID_BYTES);
}

// What names the arrival names the transition, too: it may have been known by the arrival first.
void ho_change_add_names(struct ho_arena *arena, struct ho_change *change, const struct ho_change *more)
{
    uint8_t(*aliases)[HO_ID_BYTES] = ho_arena_array(arena, change->n_aliases + more->n_aliases, sizeof *aliases);
    memcpy(aliases, change->aliases, change->n_aliases * sizeof *aliases);
    memcpy(aliases + change->n_aliases, more->aliases, more->n_aliases * sizeof *aliases);
    change->n_aliases += more->n_aliases;
    qsort(aliases, change->n_aliases, sizeof *aliases, compare_ids);
    change->aliases = (const uint8_t(*)[HO_ID_BYTES])aliases;
    if (more->recorded < change->recorded)
        change->recorded = more->recorded;
}

// ---- Leaving ----------------------------------------------------------------------------------------

// Where a discharge leads; true where that is a place that will be seen only if it has a feed.
static bool destination_setting(enum ho_destination destination, enum ho_setting *out)
{
    switch (destination) {
    case HO_DESTINATION_ACUTE:
        *out = HO_SETTING_INPATIENT;
        return true;
    case HO_DESTINATION_SKILLED_NURSING:
        *out = HO_SETTING_SNF;
        return true;
    case HO_DESTINATION_OTHER_FACILITY:
        *out = HO_SETTING_OTHER_FACILITY;
        return true;
    case HO_DESTINATION_DIED:
        *out = HO_SETTING_DIED;
        return false;
    case HO_DESTINATION_UNKNOWN:
    case HO_DESTINATION_HOME:
    case HO_DESTINATION_AGAINST_ADVICE:
    case HO_DESTINATION_STILL_PATIENT:
        break;
    }
    *out = HO_SETTING_HOME;
    return false;
}

bool ho_leaves_for_another_hospital(const struct ho_encounter *encounter)
{
    return encounter->state == HO_ENCOUNTER_ENDED && encounter->destination == HO_DESTINATION_ACUTE &&
           strcmp(encounter->disposition, "09") != 0 && strcmp(encounter->disposition, "9") != 0;
}

// Whether a nursing facility takes the person back who leaves a hospital for home: so long it must hold the bed for a
// hospital stay (22 CCR 72520). Its discharge soon after is paperwork, a later one says that the person was back.
static bool holds_bed(const struct ho_sweep *s, const struct ho_encounter *hospital, const struct ho_place *rest,
                      int64_t at)
{
    const struct ho_phase *first = &hospital->phases[0], *last = &hospital->phases[hospital->n_phases - 1];
    const struct ho_encounter *nursing = rest->encounter;
    enum ho_setting to;
    if (setting_of(rest) != HO_SETTING_SNF || !ho_has_bed(last->setting) ||
        destination_setting(hospital->destination, &to) || to != HO_SETTING_HOME)
        return true;
    if (nursing->state == HO_ENCOUNTER_ENDED && nursing->end.occurred - at > s->rules->join_gap_us)
        return true;
    return hospital->destination != HO_DESTINATION_AGAINST_ADVICE && at - first->change.occurred <= BED_HOLD_US;
}

// Whether of the hospital stay before nothing is left but paperwork, though its end is told for later: the person is
// sent away, not back, from more care, or from as much elsewhere, or not long before.
static bool is_left_behind(const struct ho_sweep *s, const struct ho_place *leaving, const struct ho_place *rest,
                           int64_t at)
{
    int before = ho_setting_care(setting_of(rest)), care = ho_setting_care(setting_of(leaving));
    enum ho_destination destination = leaving->encounter->destination;
    bool away = destination != HO_DESTINATION_UNKNOWN && destination != HO_DESTINATION_ACUTE;
    bool soon = rest->encounter->end.occurred - at < s->rules->join_gap_us;
    bool alike = care == before && (soon || is_elsewhere(leaving->encounter, rest->encounter));
    return before && away && (care > before || alike);
}

// Where the person is after leaving, with `rest` the stay that is still open or NULL: "home" from an ED is back
// to the nursing facility that holds the bed; from there to a hospital is not.
static enum ho_setting setting_after(const struct ho_encounter *e, const struct ho_place *rest, bool *assumed)
{
    enum ho_setting to;
    *assumed = destination_setting(e->destination, &to);
    if (!rest || to == HO_SETTING_DIED)
        return to;
    bool goes_on = *assumed && setting_of(rest) == HO_SETTING_SNF && to != HO_SETTING_SNF;
    *assumed = goes_on;
    return goes_on ? to : setting_of(rest);
}

// Where the person was assumed to be, this is over.
static void settle_assumption(struct ho_sweep *s)
{
    s->assumed = false;
    s->assumption = 0;
}

// Takes the setting that a discharge led to.
static void go_on(struct ho_sweep *s, struct ho_place *p, int64_t at)
{
    bool assumed;
    size_t before = s->transitions.n;
    enum ho_setting to = setting_after(p->encounter, top(s), &assumed);
    uint32_t flags = assumed ? HO_FLAG_ASSUMED : 0;
    if (assumed && ho_has_bed(to))
        flags |= arrival_flags(s, p, to, at, NULL);
    if (to != s->now || (assumed && ho_leaves_for_another_hospital(p->encounter)))
        move(s, p, to, &p->encounter->end, at, flags);
    if (p->said.n_aliases && s->transitions.n > before && to == HO_SETTING_HOME)
        ho_change_add_names(s->arena, &s->transitions.items[s->way_home - 1].change, &p->said);
    s->assumed = assumed;
    s->assumed_at = at;
    s->assumer = p;
    s->assumption = assumed && s->transitions.n > before ? s->transitions.n : 0;
    if (s->expected == p)
        s->expected = NULL;
}

static void leave(struct ho_sweep *s, struct ho_place *p, int64_t at)
{
    const struct ho_place *before = top(s);
    bool decides = !s->assumed && (!before || before == p); // not a bed that was held meanwhile
    p->over = true;
    close_place(s, p);
    while (decides && s->n_open && (!holds_bed(s, p->encounter, top(s), at) || is_left_behind(s, p, top(s), at)))
        displace(s, top(s), p->encounter->phases[0].change.occurred);
    ho_way_left(&s->way, p->encounter, setting_of(p), at);
    if (p->encounter->destination == HO_DESTINATION_SKILLED_NURSING)
        ho_way_left(&s->way, p->encounter, HO_SETTING_SNF, at);
    if (p->encounter->destination == HO_DESTINATION_DIED) {
        s->died = true;
        s->died_at = at;
    }
    if (decides || s->died)
        go_on(s, p, at);
}

// ---- Arriving ---------------------------------------------------------------------------------------

static bool fits(enum ho_setting assumed, enum ho_setting arrival)
{
    return arrival == assumed || (assumed == HO_SETTING_INPATIENT && in_hospital(arrival));
}

// After the gap an assumption that nobody confirmed is over: the person went home, or back to the bed that is
// held.
static void forget_assumption(struct ho_sweep *s, int64_t at)
{
    if (!s->assumed || at - s->assumed_at < s->rules->join_gap_us)
        return;
    const struct ho_place *rest = top(s);
    settle_assumption(s);
    conclude(s, rest ? setting_of(rest) : HO_SETTING_HOME);
}

// Whether a stay may be the next of the same person in the same hospital: as much care as in the one before, or more.
static bool goes_beyond(enum ho_setting next, enum ho_setting before)
{
    return ho_setting_care(before) && ho_setting_care(next) >= ho_setting_care(before);
}

static bool displaces(const struct ho_sweep *s, const struct ho_place *arrival, enum ho_setting to, int64_t at,
                      const struct ho_place *p)
{
    bool held = setting_of(p) == HO_SETTING_SNF && to != HO_SETTING_SNF;
    return p->encounter->state == HO_ENCOUNTER_OPEN && !held &&
           (is_elsewhere(arrival->encounter, p->encounter) || goes_beyond(to, setting_of(p)) ||
            at - p->since >= s->rules->join_gap_us);
}

// Whether the stay's discharge, charted after the arrival, is what led to it.
static bool led_to(const struct ho_sweep *s, const struct ho_place *arrival, enum ho_setting to, int64_t at,
                   const struct ho_place *p)
{
    enum ho_setting destination;
    const struct ho_encounter *e = p->encounter;
    return e->state == HO_ENCOUNTER_ENDED && is_elsewhere(arrival->encounter, e) &&
           e->end.occurred - at < s->rules->join_gap_us && destination_setting(e->destination, &destination) &&
           fits(destination, to);
}

// Whether the person must have left the ED, for they come to the same one long after the last word of it.
static bool came_back(const struct ho_sweep *s, const struct ho_place *arrival, enum ho_setting to, int64_t at,
                      const struct ho_place *p)
{
    return to == HO_SETTING_ED && s->now == to && !is_elsewhere(arrival->encounter, p->encounter) &&
           at - last_heard(p->encounter) >= s->rules->join_gap_us;
}

static void make_room(struct ho_sweep *s, const struct ho_place *arrival, enum ho_setting to, int64_t at)
{
    bool gone = false;
    for (size_t i = s->n_open; i > 0; i--) {
        struct ho_place *p = s->open[i - 1];
        if (p == arrival || !displaces(s, arrival, to, at, p))
            continue;
        gone = gone || (i == s->n_open && came_back(s, arrival, to, at, p));
        displace(s, p, at);
    }
    struct ho_place *current = top(s);
    if (gone)
        conclude(s, current ? setting_of(current) : HO_SETTING_HOME);
    if (current && current != arrival && led_to(s, arrival, to, at, current))
        leave(s, current, at);
}

// Whether the discharge is the paperwork of a transfer: to where the person is seen to be.
static bool is_transferred(const struct ho_sweep *s, const struct ho_place *leaving)
{
    const struct ho_place *current = top(s);
    return current && ho_leaves_for_another_hospital(leaving->encounter) && in_hospital(setting_of(current)) &&
           is_elsewhere(current->encounter, leaving->encounter);
}

// A discharge tells that the person was still there: what began on top of the stay and has no end of its own
// was over before.
static void clear_top(struct ho_sweep *s, const struct ho_place *leaving, int64_t at)
{
    for (size_t i = s->n_open; i > 0; i--) {
        struct ho_place *p = s->open[i - 1];
        if (p->order > leaving->order && p->encounter->state == HO_ENCOUNTER_OPEN &&
            at - p->since >= s->rules->join_gap_us)
            displace(s, p, at);
    }
}

// It led to where the person was.
static void forget_transition(struct ho_sweep *s, size_t i)
{
    struct ho_transitions *all = &s->transitions;
    memmove(&all->items[i], &all->items[i + 1], (--all->n - i) * sizeof *all->items);
}

// The person was taken for admitted, and came to the ED.
static void turn_to_ed(struct ho_sweep *s, struct ho_transition *t, const struct ho_place *p, int64_t at)
{
    s->now = t->from;
    t->to = HO_SETTING_ED;
    t->encounter = p->encounter;
    t->episode = (size_t)(p - s->places);
    t->flags = arrival_flags(s, p, HO_SETTING_ED, at, NULL);
    if (ho_way_ed_visit(&s->way, at))
        t->flags |= HO_FLAG_ED_HIGH_UTILISER;
}

// The arrival is where a discharge led. Between hospitals an arrival in the ED is the beginning of the admission.
static void confirm(struct ho_sweep *s, const struct ho_place *p, const struct ho_change *change, enum ho_setting to,
                    int64_t at)
{
    struct ho_transition *t = s->assumption ? &s->transitions.items[s->assumption - 1] : NULL;
    bool by_ed = s->now == HO_SETTING_INPATIENT && to == HO_SETTING_ED;
    s->expected = by_ed && !(t && !in_hospital(t->from)) ? p : NULL;
    if (t) {
        bool elsewhere = is_elsewhere(t->encounter, p->encounter);
        t->flags &= ~(uint32_t)HO_FLAG_ASSUMED;
        if (!p->encounter->admission_unseen)
            ho_change_add_names(s->arena, &t->change, change);
        if (elsewhere && ho_has_bed(t->from) && ho_has_bed(to))
            t->flags |= HO_FLAG_DIRECT_TRANSFER;
        if (by_ed && !s->expected)
            turn_to_ed(s, t, p, at);
        if (!elsewhere && t->from == t->to)
            forget_transition(s, s->assumption - 1);
    }
    s->now = to;
}

// The admission that was told with the discharge which led to the ED, under another visit number.
static bool is_expected(const struct ho_sweep *s, const struct ho_place *p, enum ho_setting to)
{
    return s->expected && s->expected->displaced && !is_elsewhere(s->expected->encounter, p->encounter) &&
           ho_has_bed(to);
}

// Takes the setting without a transition where the arrival is what was assumed, or was not seen itself. `was`: where
// the person was; NULL: at home, or where a discharge led.
static void arrive(struct ho_sweep *s, const struct ho_place *p, const struct ho_change *change, enum ho_setting to,
                   int64_t at, const struct ho_place *was)
{
    bool confirms = s->assumed && fits(s->now, to);
    bool elsewhere = was && in_hospital(to) && is_elsewhere(was->encounter, p->encounter);
    bool unseen = p->encounter->admission_unseen || is_expected(s, p, to);
    bool often = to == HO_SETTING_ED && (s->now != to || elsewhere) && !confirms && ho_way_ed_visit(&s->way, at);
    s->expected = NULL;
    if (confirms)
        confirm(s, p, change, to, at);
    else if (unseen)
        s->now = to;
    else if (s->now != to || elsewhere)
        move(s, p, to, change, at, arrival_flags(s, p, to, at, was) | (often ? HO_FLAG_ED_HIGH_UTILISER : 0U));
    settle_assumption(s);
}

static void change_setting(struct ho_sweep *s, struct ho_place *p, const struct ho_change *change, enum ho_setting from,
                           enum ho_setting to, int64_t at)
{
    if (!ho_has_bed(from) || !ho_has_bed(to))
        ho_way_left(&s->way, p->encounter, from, at);
    if (s->expected == p && ho_has_bed(to)) {
        s->now = to; // the admission that was told with the discharge that led here
        s->expected = NULL;
        return;
    }
    settle_assumption(s);
    if (s->now != to)
        move(s, p, to, change, at, arrival_flags(s, p, to, at, NULL));
}

static void begin(struct ho_sweep *s, struct ho_place *p, size_t phase, const struct ho_change *change, int64_t at)
{
    enum ho_setting from = setting_of(p), to = p->encounter->phases[phase].setting;
    bool arrival = !p->open;
    forget_assumption(s, at);
    s->silent = NULL;
    const struct ho_place *was = s->assumed ? NULL : top(s);
    make_room(s, p, to, at);
    open_place(s, p);
    p->displaced = false;
    p->phase = phase;
    p->since = at;
    if (arrival)
        arrive(s, p, change, to, at, was);
    else
        change_setting(s, p, change, from, to, at);
    p->bedded = p->bedded || ho_has_bed(to);
}

void ho_sweep_begin(struct ho_sweep *s, struct ho_place *p, size_t phase, int64_t at)
{
    begin(s, p, phase, &p->encounter->phases[phase].change, at);
}

void ho_sweep_come_back(struct ho_sweep *s, struct ho_place *p, int64_t at)
{
    if (p != top(s))
        begin(s, p, p->phase, &p->encounter->back, at);
}

void ho_sweep_end(struct ho_sweep *s, struct ho_place *p, int64_t at)
{
    forget_assumption(s, at);
    p->over = true;
    if (p->displaced)
        return; // paperwork
    if (!is_transferred(s, p))
        clear_top(s, p, at);
    leave(s, p, at);
}

// ---- Silence ----------------------------------------------------------------------------------------

// When the person was last known to be in the open stay: by word of it, or by coming back to it.
static int64_t last_sign(const struct ho_sweep *s, const struct ho_place *p)
{
    int64_t sign = last_heard(p->encounter);
    if (sign < s->at)
        sign = s->at;
    if (s->assumed && sign < s->assumed_at + s->rules->join_gap_us)
        sign = s->assumed_at + s->rules->join_gap_us;
    return sign;
}

// INT64_MAX: never.
static int64_t silent_from(const struct ho_sweep *s, const struct ho_place *p)
{
    int64_t from, stale = s->rules->stale_us[setting_of(p)];
    bool may_be = p->encounter->state == HO_ENCOUNTER_OPEN && stale > 0;
    return may_be && !__builtin_add_overflow(last_sign(s, p), stale, &from) ? from : INT64_MAX;
}

// No event tells of it, so its ids are made from those of the change that was heard last.
static struct ho_change silence_after(struct ho_arena *arena, const struct ho_change *last, int64_t at)
{
    struct ho_change change = {.occurred = at, .recorded = at, .n_aliases = last->n_aliases};
    uint8_t(*aliases)[HO_ID_BYTES] = ho_arena_array(arena, last->n_aliases, sizeof *aliases);
    for (size_t i = 0; i < last->n_aliases; i++) {
        const struct ho_bytes parts[] = {{last->aliases[i], HO_ID_BYTES}, HO_BYTES_LITERAL("silence")};
        ho_digest_id(parts, 2, aliases[i]);
    }
    qsort(aliases, last->n_aliases, sizeof *aliases, compare_ids);
    memcpy(change.id, aliases[0], HO_ID_BYTES);
    change.aliases = (const uint8_t(*)[HO_ID_BYTES])aliases;
    return change;
}

static void end_by_silence(struct ho_sweep *s, struct ho_place *p, int64_t from)
{
    const struct ho_encounter *e = p->encounter;
    p->silent = true;
    p->since = last_sign(s, p);
    p->until = from;
    s->silent = p;
    forget_assumption(s, from);
    close_place(s, p);
    ho_way_left(&s->way, e, setting_of(p), p->since);
    const struct ho_place *rest = top(s);
    enum ho_setting to = rest ? setting_of(rest) : HO_SETTING_HOME;
    s->at = from;
    if (from > s->clock && s->now != to && from < s->wake_at)
        s->wake_at = from;
    if (from > s->clock || s->now == to) {
        conclude(s, to);
        return;
    }
    const struct ho_change change = silence_after(s->arena, &e->phases[e->n_phases - 1].change, from);
    move(s, p, to, &change, from, HO_FLAG_ASSUMED);
    s->transitions.items[s->transitions.n - 1].kind = HO_SILENCE;
    conclude(s, to);
}

int64_t ho_sweep_silence(struct ho_sweep *s, int64_t by)
{
    for (struct ho_place *p = top(s); p; p = top(s)) {
        int64_t from = silent_from(s, p);
        if (from > by)
            return from;
        end_by_silence(s, p, from);
    }
    return INT64_MAX;
}

// ---- Death, and what is announced -------------------------------------------------------------------

void ho_sweep_die(struct ho_sweep *s, const struct ho_place *p, int64_t at)
{
    s->died = true;
    s->died_at = at;
    settle_assumption(s);
    if (s->now != HO_SETTING_DIED)
        move(s, p, HO_SETTING_DIED, &p->encounter->death, at, 0);
}

// ---- What people say --------------------------------------------------------------------------------

// The way home is known already, or will be: by its names, and by the word's.
static void hear_again(struct ho_sweep *s, struct ho_change *way_home, const struct ho_change *word)
{
    if (way_home->n_aliases)
        ho_change_add_names(s->arena, way_home, word);
    else
        *way_home = *word;
}

static void leave_by_word(struct ho_sweep *s, const struct ho_place *from, const struct ho_change *word)
{
    move(s, from, HO_SETTING_HOME, word, word->occurred, 0);
    s->transitions.items[s->transitions.n - 1].kind = HO_SAID_HOME;
    settle_assumption(s);
    s->expected = NULL;
    s->silent = NULL;
}

// The person was taken for home: the way there is told, or was only concluded from a silence.
static void say_home_again(struct ho_sweep *s, const struct ho_change *word)
{
    if (s->way_home) {
        hear_again(s, &s->transitions.items[s->way_home - 1].change, word);
    } else if (s->silent) {
        s->now = setting_of(s->silent);
        leave_by_word(s, s->silent, word);
    }
}

void ho_sweep_say_home(struct ho_sweep *s, const struct ho_change *word)
{
    struct ho_place *rest = top(s);
    struct ho_place *nursing = rest && setting_of(rest) == HO_SETTING_SNF ? rest : NULL;
    if (s->now == HO_SETTING_HOME) {
        say_home_again(s, word);
    } else if (!s->assumed && nursing && nursing->encounter->state == HO_ENCOUNTER_ENDED) {
        hear_again(s, &nursing->said, word);
    } else if (s->assumed || nursing) {
        if (nursing)
            displace(s, nursing, word->occurred);
        if (nursing && !s->assumed)
            nursing->since = word->occurred; // for so long the person was there
        const struct ho_place *from = s->assumed ? s->assumer : nursing;
        ho_way_left(&s->way, from->encounter, s->now, word->occurred);
        leave_by_word(s, from, word);
    }
}

void ho_sweep_announce(struct ho_sweep *s, const struct ho_place *p, int64_t at)
{
    if (!p->open)
        return;
    struct ho_transition *t = add_transition(s, p, setting_of(p), &p->encounter->announced, at);
    t->kind = HO_DISCHARGE_ANNOUNCED;
    t->from = t->to;
}
