// The line: a sweep over the beginnings and ends of encounters, keeping where the person is.
#include "episode_internal.h"

#include <stdlib.h>

#include "handoff/digest.h"

// An encounter, as the sweep knows it so far.
struct place {
    const struct ho_encounter *encounter;
    bool open; // begun, neither over nor displaced nor silent
    bool over; // its end has been taken
    bool displaced;
    bool silent;   // nothing was heard of it for too long
    bool bedded;   // some phase that began has a bed
    size_t order;  // of its latest phase among all that began
    size_t phase;  // the latest that began
    int64_t since; // when that was; of a silent one the last sign of it
    int64_t until; // silent only: when it was taken for over
    size_t episode;
};

enum mark_kind { BEGINS, ENDS, DIES, IS_ANNOUNCED };

struct mark {
    int64_t at;
    enum { LEAVING, ARRIVING, TELLING, LEAVING_AT_ONCE, DYING } rank; // at one instant
    enum mark_kind kind;
    struct place *place;
    size_t phase;
};

struct marks {
    struct mark *items;
    size_t n, capacity;
};

struct transitions {
    struct ho_transition *items;
    size_t n, capacity;
};

struct sweep {
    struct ho_arena *arena;
    const struct ho_line_rules *rules;
    int64_t clock;   // silences after it are not told
    int64_t wake_at; // when the first of those begins
    struct place *places;
    size_t n_places;
    struct place **open; // the last is where the person is
    size_t n_open;
    size_t begun;
    int64_t at; // the latest mark
    struct ho_way way;
    enum ho_setting now;
    bool assumed; // `now` is where a discharge led, not yet seen
    int64_t assumed_at;
    size_t assumption;            // 1 + the transition that led there; 0: it was none
    const struct place *expected; // its arrival in an ED confirmed an assumed admission, which it may yet become
    bool died;
    int64_t died_at;
    bool ends_with_death; // some stay does, and says when; words of it elsewhere are echoes
    struct transitions transitions;
};

static bool in_hospital(enum ho_setting setting)
{
    return setting == HO_SETTING_ED || setting == HO_SETTING_INPATIENT || setting == HO_SETTING_OBSERVATION;
}

static enum ho_setting setting_of(const struct place *p)
{
    return p->encounter->phases[p->phase].setting;
}

static struct place *top(const struct sweep *s)
{
    return s->n_open ? s->open[s->n_open - 1] : NULL;
}

static void close_place(struct sweep *s, struct place *p)
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
static void open_place(struct sweep *s, struct place *p)
{
    if (p->open)
        close_place(s, p);
    s->open[s->n_open++] = p;
    p->open = true;
    p->order = ++s->begun;
}

static struct ho_transition *add_transition(struct sweep *s, const struct place *p, enum ho_setting to,
                                            const struct ho_change *change, int64_t at)
{
    struct ho_transition *t = ho_arena_push(s->arena, &s->transitions, sizeof *t);
    *t = (struct ho_transition){.change = *change, .from = s->now, .to = to, .encounter = p->encounter};
    t->change.occurred = at;
    t->episode = (size_t)(p - s->places); // the place, until the episodes are known
    return t;
}

static void move(struct sweep *s, const struct place *p, enum ho_setting to, const struct ho_change *change, int64_t at,
                 uint32_t flags)
{
    if (to == s->now)
        return;
    struct ho_transition *t = add_transition(s, p, to, change, at);
    t->against_advice = to == HO_SETTING_HOME && p->encounter->destination == HO_DESTINATION_AGAINST_ADVICE;
    t->flags = flags | (t->against_advice ? HO_FLAG_AGAINST_ADVICE : 0U);
    s->now = to;
}

static uint32_t arrival_flags(const struct sweep *s, const struct place *p, enum ho_setting to, int64_t at)
{
    struct ho_arrival arrival = {.encounter = p->encounter, .from = s->now, .to = to, .at = at, .in_bed = p->bedded};
    arrival.nursing = s->now == HO_SETTING_SNF;
    for (size_t i = 0; i < s->n_open; i++) {
        const struct place *other = s->open[i];
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

// Where the person is after leaving, with `rest` the stay that is still open or NULL: "home" from an ED is back
// to the nursing facility that holds the bed; from there to a hospital is not.
static enum ho_setting setting_after(const struct ho_encounter *e, const struct place *rest, bool *assumed)
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
static void settle_assumption(struct sweep *s)
{
    s->assumed = false;
    s->assumption = 0;
}

// Takes the setting that a discharge led to.
static void go_on(struct sweep *s, struct place *p, int64_t at)
{
    bool assumed;
    size_t before = s->transitions.n;
    enum ho_setting to = setting_after(p->encounter, top(s), &assumed);
    uint32_t flags = assumed ? HO_FLAG_ASSUMED : 0;
    if (assumed && ho_has_bed(to))
        flags |= arrival_flags(s, p, to, at);
    move(s, p, to, &p->encounter->end, at, flags);
    s->assumed = assumed;
    s->assumed_at = at;
    s->assumption = assumed && s->transitions.n > before ? s->transitions.n : 0;
    if (s->expected == p)
        s->expected = NULL;
}

static void leave(struct sweep *s, struct place *p, int64_t at)
{
    const struct place *before = top(s);
    bool decides = !s->assumed && (!before || before == p); // not a bed that was held meanwhile
    p->over = true;
    close_place(s, p);
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
static void forget_assumption(struct sweep *s, int64_t at)
{
    if (!s->assumed || at - s->assumed_at < s->rules->join_gap_us)
        return;
    const struct place *rest = top(s);
    settle_assumption(s);
    s->now = rest ? setting_of(rest) : HO_SETTING_HOME;
}

static bool displaces(const struct sweep *s, const struct place *arrival, enum ho_setting to, int64_t at,
                      const struct place *p)
{
    bool held = setting_of(p) == HO_SETTING_SNF && to != HO_SETTING_SNF;
    bool elsewhere = strcmp(arrival->encounter->facility, p->encounter->facility) != 0;
    return p->encounter->state == HO_ENCOUNTER_OPEN && !held && (elsewhere || at - p->since >= s->rules->join_gap_us);
}

// Whether the stay's discharge, charted after the arrival, is what led to it.
static bool led_to(const struct sweep *s, const struct place *arrival, enum ho_setting to, int64_t at,
                   const struct place *p)
{
    enum ho_setting destination;
    const struct ho_encounter *e = p->encounter;
    return e->state == HO_ENCOUNTER_ENDED && strcmp(arrival->encounter->facility, e->facility) != 0 &&
           e->end.occurred - at < s->rules->join_gap_us && destination_setting(e->destination, &destination) &&
           fits(destination, to);
}

static void displace(struct sweep *s, struct place *p, int64_t at)
{
    int64_t heard = last_heard(p->encounter);
    close_place(s, p);
    p->displaced = true;
    ho_way_left(&s->way, p->encounter, setting_of(p), heard < at ? heard : at);
}

static void make_room(struct sweep *s, const struct place *arrival, enum ho_setting to, int64_t at)
{
    for (size_t i = s->n_open; i > 0; i--) {
        struct place *p = s->open[i - 1];
        if (p != arrival && displaces(s, arrival, to, at, p))
            displace(s, p, at);
    }
    struct place *current = top(s);
    if (current && current != arrival && led_to(s, arrival, to, at, current))
        leave(s, current, at);
}

// A discharge tells that the person was still there: what began on top of the stay and has no end of its own
// was over before.
static void clear_top(struct sweep *s, const struct place *leaving, int64_t at)
{
    for (size_t i = s->n_open; i > 0; i--) {
        struct place *p = s->open[i - 1];
        if (p->order > leaving->order && p->encounter->state == HO_ENCOUNTER_OPEN &&
            at - p->since >= s->rules->join_gap_us)
            displace(s, p, at);
    }
}

// The arrival is where a discharge led.
static void confirm(struct sweep *s, const struct place *p, enum ho_setting to)
{
    if (s->assumption) {
        struct ho_transition *t = &s->transitions.items[s->assumption - 1];
        bool elsewhere = strcmp(t->encounter->facility, p->encounter->facility) != 0;
        t->flags &= ~(uint32_t)HO_FLAG_ASSUMED;
        if (elsewhere && ho_has_bed(t->from) && ho_has_bed(to))
            t->flags |= HO_FLAG_DIRECT_TRANSFER;
    }
    s->expected = s->now == HO_SETTING_INPATIENT && to == HO_SETTING_ED ? p : NULL;
    s->now = to;
}

// Takes the setting without a transition where the arrival is what was assumed, or was not seen itself.
static void arrive(struct sweep *s, const struct place *p, enum ho_setting to, int64_t at)
{
    bool confirms = s->assumed && fits(s->now, to);
    bool often = to == HO_SETTING_ED && s->now != to && !confirms && ho_way_ed_visit(&s->way, at);
    s->expected = NULL;
    if (confirms)
        confirm(s, p, to);
    else if (p->encounter->admission_unseen)
        s->now = to;
    else
        move(s, p, to, &p->encounter->phases[p->phase].change, at,
             arrival_flags(s, p, to, at) | (often ? HO_FLAG_ED_HIGH_UTILISER : 0U));
    settle_assumption(s);
}

static void change_setting(struct sweep *s, struct place *p, enum ho_setting from, enum ho_setting to, int64_t at)
{
    if (!ho_has_bed(from) || !ho_has_bed(to))
        ho_way_left(&s->way, p->encounter, from, at);
    if (s->expected == p && ho_has_bed(to)) {
        s->now = to; // the admission that was told with the discharge that led here
        s->expected = NULL;
        return;
    }
    settle_assumption(s);
    move(s, p, to, &p->encounter->phases[p->phase].change, at, arrival_flags(s, p, to, at));
}

static void begin(struct sweep *s, struct place *p, size_t phase, int64_t at)
{
    enum ho_setting from = setting_of(p), to = p->encounter->phases[phase].setting;
    bool arrival = !p->open;
    forget_assumption(s, at);
    make_room(s, p, to, at);
    open_place(s, p);
    p->displaced = false;
    p->phase = phase;
    p->since = at;
    if (arrival)
        arrive(s, p, to, at);
    else
        change_setting(s, p, from, to, at);
    p->bedded = p->bedded || ho_has_bed(to);
}

// ---- Silence ----------------------------------------------------------------------------------------

// When the person was last known to be in the open stay: by word of it, or by coming back to it.
static int64_t last_sign(const struct sweep *s, const struct place *p)
{
    int64_t sign = last_heard(p->encounter);
    if (sign < s->at)
        sign = s->at;
    if (s->assumed && sign < s->assumed_at + s->rules->join_gap_us)
        sign = s->assumed_at + s->rules->join_gap_us;
    return sign;
}

// INT64_MAX: never. Of a person on leave nothing is expected to be heard.
static int64_t silent_from(const struct sweep *s, const struct place *p)
{
    int64_t from, stale = s->rules->stale_us[setting_of(p)];
    bool may_be = p->encounter->state == HO_ENCOUNTER_OPEN && !p->encounter->on_leave && stale > 0;
    return may_be && !__builtin_add_overflow(last_sign(s, p), stale, &from) ? from : INT64_MAX;
}

static int compare_ids(const void *left, const void *right)
{
    return memcmp(left, right, HO_ID_BYTES);
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

static void end_by_silence(struct sweep *s, struct place *p, int64_t from)
{
    const struct ho_encounter *e = p->encounter;
    p->silent = true;
    p->since = last_sign(s, p);
    p->until = from;
    forget_assumption(s, from);
    close_place(s, p);
    ho_way_left(&s->way, e, setting_of(p), p->since);
    const struct place *rest = top(s);
    enum ho_setting to = rest ? setting_of(rest) : HO_SETTING_HOME;
    s->at = from;
    if (from > s->clock && s->now != to && from < s->wake_at)
        s->wake_at = from;
    if (from > s->clock || s->now == to) {
        s->now = to;
        return;
    }
    const struct ho_change change = silence_after(s->arena, &e->phases[e->n_phases - 1].change, from);
    move(s, p, to, &change, from, HO_FLAG_ASSUMED);
    s->transitions.items[s->transitions.n - 1].kind = HO_SILENCE;
}

// Ends the stays that have fallen silent by then, one under the other; returns when the next one will.
static int64_t fall_silent(struct sweep *s, int64_t by)
{
    for (struct place *p = top(s); p; p = top(s)) {
        int64_t from = silent_from(s, p);
        if (from > by)
            return from;
        end_by_silence(s, p, from);
    }
    return INT64_MAX;
}

// ---- The sweep --------------------------------------------------------------------------------------

static void die(struct sweep *s, const struct place *p, int64_t at)
{
    s->died = true;
    s->died_at = at;
    settle_assumption(s);
    move(s, p, HO_SETTING_DIED, &p->encounter->death, at, 0);
}

// Stands only in a stay that goes on at that moment.
static void announce(struct sweep *s, const struct place *p, int64_t at)
{
    if (!p->open)
        return;
    struct ho_transition *t = add_transition(s, p, setting_of(p), &p->encounter->announced, at);
    t->kind = HO_DISCHARGE_ANNOUNCED;
    t->from = t->to;
}

static void add_mark(struct sweep *s, struct marks *marks, struct mark mark)
{
    *(struct mark *)ho_arena_push(s->arena, marks, sizeof mark) = mark;
}

static void mark_place(struct sweep *s, struct place *p, struct marks *marks)
{
    const struct ho_encounter *e = p->encounter;
    bool ended = e->state == HO_ENCOUNTER_ENDED;
    for (size_t i = 0; i < e->n_phases; i++)
        add_mark(s, marks, (struct mark){e->phases[i].change.occurred, ARRIVING, BEGINS, p, i});
    if (ended) {
        bool at_once = e->end.occurred == e->phases[e->n_phases - 1].change.occurred;
        add_mark(s, marks, (struct mark){e->end.occurred, at_once ? LEAVING_AT_ONCE : LEAVING, ENDS, p, 0});
    }
    if (e->n_phases && e->announced.n_aliases)
        add_mark(s, marks, (struct mark){e->announced.occurred, TELLING, IS_ANNOUNCED, p, 0});
    if (e->died && !s->ends_with_death)
        add_mark(s, marks, (struct mark){e->death.occurred, DYING, DIES, p, 0});
}

// Places are in the order of encounters by id where they begin in the same setting, so their addresses decide
// last: nobody is first admitted and then, at the same instant, comes to the ED.
static int compare_marks(const void *left, const void *right)
{
    const struct mark *a = left, *b = right;
    int c = (a->at > b->at) - (a->at < b->at);
    c = c ? c : (a->rank > b->rank) - (a->rank < b->rank);
    c = c ? c : (a->place > b->place) - (a->place < b->place);
    return c ? c : (a->phase > b->phase) - (a->phase < b->phase);
}

static void take(struct sweep *s, const struct mark *mark)
{
    fall_silent(s, mark->at);
    s->at = mark->at;
    switch (mark->kind) {
    case BEGINS:
        if (!mark->place->over)
            begin(s, mark->place, mark->phase, mark->at);
        break;
    case ENDS:
        if (!mark->place->over) {
            forget_assumption(s, mark->at);
            clear_top(s, mark->place, mark->at);
            leave(s, mark->place, mark->at);
        }
        break;
    case DIES:
        die(s, mark->place, mark->at);
        break;
    case IS_ANNOUNCED:
        announce(s, mark->place, mark->at);
        break;
    }
}

static bool share_alias(const struct ho_change *a, const struct ho_change *b)
{
    for (size_t i = 0, k = 0; i < a->n_aliases && k < b->n_aliases;) {
        int c = memcmp(a->aliases[i], b->aliases[k], HO_ID_BYTES);
        if (c == 0)
            return true;
        i += c < 0;
        k += c > 0;
    }
    return false;
}

// Words that open a stay, or announce its end, and tell of the death in it name the death alone.
static void drop_namesakes(struct transitions *all)
{
    const struct ho_transition *last = all->n ? &all->items[all->n - 1] : NULL;
    size_t kept = 0;
    if (!last || last->to != HO_SETTING_DIED)
        return;
    const struct ho_transition death = *last;
    for (size_t i = 0; i + 1 < all->n; i++) {
        if (!share_alias(&death.change, &all->items[i].change))
            all->items[kept++] = all->items[i];
    }
    all->items[kept++] = death;
    all->n = kept;
}

static void run(struct sweep *s)
{
    struct marks marks = {0};
    for (size_t i = 0; i < s->n_places; i++)
        mark_place(s, &s->places[i], &marks);
    if (marks.n)
        qsort(marks.items, marks.n, sizeof *marks.items, compare_marks);
    for (size_t i = 0; i < marks.n && !s->died; i++)
        take(s, &marks.items[i]);
    int64_t silent = s->died ? INT64_MAX : fall_silent(s, s->clock);
    if (silent < s->wake_at)
        s->wake_at = silent;
    drop_namesakes(&s->transitions);
}

// ---- Places and episodes ----------------------------------------------------------------------------

static int64_t beginning(const struct ho_encounter *e)
{
    return e->n_phases ? e->phases[0].change.occurred : e->death.occurred;
}

static int compare_places(const void *left, const void *right)
{
    const struct ho_encounter *a = ((const struct place *)left)->encounter;
    const struct ho_encounter *b = ((const struct place *)right)->encounter;
    int64_t from = beginning(a), to = beginning(b);
    int c = (from > to) - (from < to);
    if (!c && a->n_phases && b->n_phases)
        c = (int)a->phases[0].setting - (int)b->phases[0].setting;
    c = c ? c : (b->n_phases > 0) - (a->n_phases > 0);
    return c ? c : memcmp(a->id, b->id, HO_ID_BYTES);
}

static bool ends_with_death(const struct ho_encounter *e)
{
    return e->state == HO_ENCOUNTER_ENDED && e->destination == HO_DESTINATION_DIED;
}

// The earliest word of the death outside of a stay that ended with it, or NULL.
static const struct ho_encounter *first_word_of_death(const struct ho_encounters *encounters)
{
    const struct ho_encounter *first = NULL;
    for (size_t i = 0; i < encounters->n; i++) {
        const struct ho_encounter *e = &encounters->items[i];
        if (ends_with_death(e))
            return NULL;
        if (e->died && (!first || e->death.occurred < first->death.occurred ||
                        (e->death.occurred == first->death.occurred && memcmp(e->id, first->id, HO_ID_BYTES) < 0)))
            first = e;
    }
    return first;
}

static void list_places(struct sweep *s, const struct ho_encounters *encounters)
{
    const struct ho_encounter *word = first_word_of_death(encounters);
    s->places = ho_arena_array(s->arena, encounters->n, sizeof *s->places);
    s->open = ho_arena_array(s->arena, encounters->n, sizeof(struct place *));
    for (size_t i = 0; i < encounters->n; i++) {
        const struct ho_encounter *e = &encounters->items[i];
        s->ends_with_death = s->ends_with_death || ends_with_death(e);
        if (e->n_phases || e == word)
            s->places[s->n_places++] = (struct place){.encounter = e, .since = beginning(e)};
    }
    if (s->n_places)
        qsort(s->places, s->n_places, sizeof *s->places, compare_places);
}

// The last that is known of the person there; INT64_MAX where the stay goes on.
static int64_t reach(const struct sweep *s, const struct place *p)
{
    const struct ho_encounter *e = p->encounter;
    if (e->state == HO_ENCOUNTER_ENDED)
        return e->end.occurred;
    if (p->displaced || p->silent || !e->n_phases)
        return p->since;
    if (s->died)
        return p->since > s->died_at ? p->since : s->died_at;
    return INT64_MAX;
}

static void add_to_episode(struct ho_episode *episode, const struct ho_encounter *e, int64_t until)
{
    if (!episode->n_encounters || memcmp(e->id, episode->id, HO_ID_BYTES) < 0)
        memcpy(episode->id, e->id, HO_ID_BYTES);
    if (!episode->n_encounters || until > episode->ended)
        episode->ended = until;
    episode->n_encounters++;
}

// What is known decides what belongs together, not when a silence was taken for the end.
static void draw_episodes(struct sweep *s, struct ho_line *out)
{
    struct ho_episode *episodes = ho_arena_array(s->arena, s->n_places, sizeof *episodes);
    size_t n = 0;
    for (size_t i = 0; i < s->n_places; i++) {
        struct place *p = &s->places[i];
        int64_t from = beginning(p->encounter);
        struct ho_episode *last = n ? &episodes[n - 1] : NULL;
        if (!last || (last->ended <= from && from - last->ended >= s->rules->join_gap_us)) {
            last = &episodes[n++];
            last->started = from;
            last->first_encounter = i;
        }
        add_to_episode(last, p->encounter, reach(s, p));
        p->episode = n - 1;
    }
    for (size_t i = 0; i < s->n_places; i++) {
        const struct place *p = &s->places[i];
        if (p->silent && p->until > episodes[p->episode].ended)
            episodes[p->episode].ended = p->until;
    }
    for (size_t i = 0; i < n; i++) {
        if (episodes[i].ended == INT64_MAX)
            episodes[i].ended = 0;
    }
    out->episodes = episodes;
    out->n_episodes = n;
}

void ho_line_draw(struct ho_arena *arena, const struct ho_encounters *encounters, const struct ho_line_rules *rules,
                  int64_t now, struct ho_line *out)
{
    struct sweep s = {
        .arena = arena,
        .rules = rules,
        .clock = now ? now : INT64_MIN,
        .wake_at = INT64_MAX,
        .at = INT64_MIN,
        .way = {.arena = arena, .rules = rules},
        .now = HO_SETTING_HOME,
    };
    *out = (struct ho_line){0};
    list_places(&s, encounters);
    run(&s);
    draw_episodes(&s, out);
    const struct ho_encounter **line = ho_arena_array(arena, s.n_places, sizeof(struct ho_encounter *));
    for (size_t i = 0; i < s.n_places; i++)
        line[i] = s.places[i].encounter;
    for (size_t i = 0; i < s.transitions.n; i++)
        s.transitions.items[i].episode = s.places[s.transitions.items[i].episode].episode;
    out->encounters = line;
    out->n_encounters = s.n_places;
    out->transitions = s.transitions.items;
    out->n_transitions = s.transitions.n;
    out->now = s.now;
    out->died = s.died;
    out->wake_at = s.wake_at;
}
