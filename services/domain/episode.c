// The line: a sweep over the beginnings and ends of encounters, keeping where the person is.
#include "handoff/episode.h"

#include <stdlib.h>

// An encounter, as the sweep knows it so far.
struct place {
    const struct ho_encounter *encounter;
    bool open; // begun, neither over nor displaced
    bool over; // its end has been taken
    bool displaced;
    size_t order;  // of its latest phase among all that began
    size_t phase;  // the latest that began
    int64_t since; // when that was
    size_t episode;
};

enum mark_kind { BEGINS, ENDS, DIES };

struct mark {
    int64_t at;
    int rank; // at one instant: ends of what was there, beginnings, ends of what began now, deaths
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
    int64_t gap;
    struct place *places;
    size_t n_places;
    size_t begun;
    enum ho_setting now;
    bool assumed; // `now` is where a discharge led, not yet seen
    int64_t assumed_at;
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

static bool has_bed(enum ho_setting setting)
{
    return setting == HO_SETTING_INPATIENT || setting == HO_SETTING_OBSERVATION;
}

static enum ho_setting setting_of(const struct place *p)
{
    return p->encounter->phases[p->phase].setting;
}

static struct place *top(const struct sweep *s)
{
    struct place *best = NULL;
    for (size_t i = 0; i < s->n_places; i++) {
        if (s->places[i].open && (!best || s->places[i].order > best->order))
            best = &s->places[i];
    }
    return best;
}

static void move(struct sweep *s, const struct place *p, enum ho_setting to, const struct ho_change *change, int64_t at)
{
    if (to == s->now)
        return;
    struct ho_transition *t = ho_arena_push(s->arena, &s->transitions, sizeof *t);
    *t = (struct ho_transition){.change = *change, .from = s->now, .to = to, .encounter = p->encounter};
    t->change.occurred = at;
    t->episode = (size_t)(p - s->places); // the place, until the episodes are known
    t->against_advice = to == HO_SETTING_HOME && p->encounter->destination == HO_DESTINATION_AGAINST_ADVICE;
    s->now = to;
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

static void leave(struct sweep *s, struct place *p, int64_t at)
{
    const struct place *before = top(s);
    bool decides = !s->assumed && (!before || before == p); // not a bed that was held meanwhile
    bool assumed;
    p->over = true;
    p->open = false;
    if (p->encounter->destination == HO_DESTINATION_DIED) {
        s->died = true;
        s->died_at = at;
    }
    if (!decides && !s->died)
        return;
    enum ho_setting to = setting_after(p->encounter, top(s), &assumed);
    move(s, p, to, &p->encounter->end, at);
    s->assumed = assumed;
    s->assumed_at = at;
    if (s->expected == p)
        s->expected = NULL;
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
    if (!s->assumed || at - s->assumed_at < s->gap)
        return;
    const struct place *rest = top(s);
    s->assumed = false;
    s->now = rest ? setting_of(rest) : HO_SETTING_HOME;
}

static bool displaces(const struct sweep *s, const struct place *arrival, enum ho_setting to, int64_t at,
                      const struct place *p)
{
    bool held = setting_of(p) == HO_SETTING_SNF && to != HO_SETTING_SNF;
    bool elsewhere = strcmp(arrival->encounter->facility, p->encounter->facility) != 0;
    return p->encounter->state == HO_ENCOUNTER_OPEN && !held && (elsewhere || at - p->since >= s->gap);
}

// Whether the stay's discharge, charted after the arrival, is what led to it.
static bool led_to(const struct sweep *s, const struct place *arrival, enum ho_setting to, int64_t at,
                   const struct place *p)
{
    enum ho_setting destination;
    const struct ho_encounter *e = p->encounter;
    return e->state == HO_ENCOUNTER_ENDED && strcmp(arrival->encounter->facility, e->facility) != 0 &&
           e->end.occurred - at < s->gap && destination_setting(e->destination, &destination) && fits(destination, to);
}

static void displace(struct place *p)
{
    p->open = false;
    p->displaced = true;
}

static void make_room(struct sweep *s, const struct place *arrival, enum ho_setting to, int64_t at)
{
    for (size_t i = 0; i < s->n_places; i++) {
        struct place *p = &s->places[i];
        if (p->open && p != arrival && displaces(s, arrival, to, at, p))
            displace(p);
    }
    struct place *current = top(s);
    if (current && current != arrival && led_to(s, arrival, to, at, current))
        leave(s, current, at);
}

// A discharge tells that the person was still there: what began on top of the stay and has no end of its own
// was over before.
static void clear_top(struct sweep *s, const struct place *leaving, int64_t at)
{
    for (size_t i = 0; i < s->n_places; i++) {
        struct place *p = &s->places[i];
        if (p->open && p->order > leaving->order && p->encounter->state == HO_ENCOUNTER_OPEN && at - p->since >= s->gap)
            displace(p);
    }
}

// Takes the setting without a transition where the arrival is what was assumed, or was not seen itself.
static void arrive(struct sweep *s, const struct place *p, enum ho_setting to, int64_t at)
{
    bool confirms = s->assumed && fits(s->now, to);
    s->expected = confirms && s->now == HO_SETTING_INPATIENT && to == HO_SETTING_ED ? p : NULL;
    s->assumed = false;
    if (confirms || p->encounter->admission_unseen)
        s->now = to;
    else
        move(s, p, to, &p->encounter->phases[p->phase].change, at);
}

static void begin(struct sweep *s, struct place *p, size_t phase, int64_t at)
{
    enum ho_setting to = p->encounter->phases[phase].setting;
    bool arrival = !p->open;
    forget_assumption(s, at);
    make_room(s, p, to, at);
    p->open = true;
    p->displaced = false;
    p->order = ++s->begun;
    p->phase = phase;
    p->since = at;
    if (arrival) {
        arrive(s, p, to, at);
    } else if (s->expected == p && has_bed(to)) {
        s->now = to; // the admission that was told with the discharge that led here
        s->expected = NULL;
    } else {
        s->assumed = false;
        move(s, p, to, &p->encounter->phases[phase].change, at);
    }
}

// ---- The sweep --------------------------------------------------------------------------------------

static void die(struct sweep *s, const struct place *p, int64_t at)
{
    s->died = true;
    s->died_at = at;
    s->assumed = false;
    move(s, p, HO_SETTING_DIED, &p->encounter->death, at);
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
        add_mark(s, marks, (struct mark){e->phases[i].change.occurred, 1, BEGINS, p, i});
    if (ended) {
        bool at_once = e->end.occurred == e->phases[e->n_phases - 1].change.occurred;
        add_mark(s, marks, (struct mark){e->end.occurred, at_once ? 2 : 0, ENDS, p, 0});
    }
    if (e->died && !s->ends_with_death)
        add_mark(s, marks, (struct mark){e->death.occurred, 3, DIES, p, 0});
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
    }
}

static bool is_named_by(const struct ho_change *change, const uint8_t id[HO_ID_BYTES])
{
    for (size_t i = 0; i < change->n_aliases; i++) {
        if (memcmp(change->aliases[i], id, HO_ID_BYTES) == 0)
            return true;
    }
    return false;
}

// Words that open a stay and tell of the death in it name the death alone.
static void drop_namesakes(struct transitions *all)
{
    const struct ho_transition *last = all->n ? &all->items[all->n - 1] : NULL;
    size_t kept = 0;
    if (!last || last->to != HO_SETTING_DIED)
        return;
    const struct ho_transition death = *last;
    for (size_t i = 0; i + 1 < all->n; i++) {
        if (!is_named_by(&death.change, all->items[i].change.id))
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
    if (p->displaced || !e->n_phases)
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

static void draw_episodes(struct sweep *s, struct ho_line *out)
{
    struct ho_episode *episodes = ho_arena_array(s->arena, s->n_places, sizeof *episodes);
    size_t n = 0;
    for (size_t i = 0; i < s->n_places; i++) {
        struct place *p = &s->places[i];
        int64_t from = beginning(p->encounter);
        struct ho_episode *last = n ? &episodes[n - 1] : NULL;
        if (!last || (last->ended <= from && from - last->ended >= s->gap)) {
            last = &episodes[n++];
            last->started = from;
            last->first_encounter = i;
        }
        add_to_episode(last, p->encounter, reach(s, p));
        p->episode = n - 1;
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
    struct sweep s = {.arena = arena, .gap = rules->join_gap_us, .now = HO_SETTING_HOME};
    (void)now;
    *out = (struct ho_line){.wake_at = INT64_MAX};
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
}
