// The line: the order in which encounters begin and end, and the episodes that they make.
#include "episode_internal.h"

#include <stdlib.h>

enum mark_kind { BEGINS, COMES_BACK, ENDS, DIES, IS_ANNOUNCED, IS_SAID_HOME };

struct mark {
    int64_t at;
    enum { LEAVING, ARRIVING, TELLING, LEAVING_AT_ONCE, SAYING, DYING } rank; // at one instant
    enum mark_kind kind;
    struct ho_place *place;
    size_t phase;
    const struct ho_change *word;
};

struct marks {
    struct mark *items;
    size_t n, capacity;
};

// ---- The sweep --------------------------------------------------------------------------------------

static void add_mark(struct ho_sweep *s, struct marks *marks, struct mark mark)
{
    *(struct mark *)ho_arena_push(s->arena, marks, sizeof mark) = mark;
}

static void mark_place(struct ho_sweep *s, struct ho_place *p, struct marks *marks)
{
    const struct ho_encounter *e = p->encounter;
    bool ended = e->state == HO_ENCOUNTER_ENDED;
    for (size_t i = 0; i < e->n_phases; i++)
        add_mark(s, marks, (struct mark){e->phases[i].change.occurred, ARRIVING, BEGINS, p, i, NULL});
    if (e->back.n_aliases)
        add_mark(s, marks, (struct mark){e->back.occurred, ARRIVING, COMES_BACK, p, e->n_phases, NULL});
    if (ended) {
        bool at_once = e->end.occurred == e->phases[e->n_phases - 1].change.occurred;
        add_mark(s, marks, (struct mark){e->end.occurred, at_once ? LEAVING_AT_ONCE : LEAVING, ENDS, p, 0, NULL});
    }
    if (e->n_phases && e->announced.n_aliases)
        add_mark(s, marks, (struct mark){e->announced.occurred, TELLING, IS_ANNOUNCED, p, 0, NULL});
    if (e->died && !s->ends_with_death)
        add_mark(s, marks, (struct mark){e->death.occurred, DYING, DIES, p, 0, NULL});
}

// Places are in the order of encounters by id where they begin in the same setting, so their addresses decide
// last: nobody is first admitted and then, at the same instant, comes to the ED.
static int compare_marks(const void *left, const void *right)
{
    const struct mark *a = left, *b = right;
    int c = (a->at > b->at) - (a->at < b->at);
    c = c ? c : (a->rank > b->rank) - (a->rank < b->rank);
    c = c ? c : (a->place > b->place) - (a->place < b->place);
    c = c ? c : (a->phase > b->phase) - (a->phase < b->phase);
    return c || !a->word ? c : memcmp(a->word->id, b->word->id, HO_ID_BYTES);
}

static void take(struct ho_sweep *s, const struct mark *mark)
{
    ho_sweep_silence(s, mark->at);
    s->at = mark->at;
    switch (mark->kind) {
    case BEGINS:
        if (!mark->place->over)
            ho_sweep_begin(s, mark->place, mark->phase, mark->at);
        break;
    case COMES_BACK:
        if (!mark->place->over)
            ho_sweep_come_back(s, mark->place, mark->at);
        break;
    case ENDS:
        if (!mark->place->over)
            ho_sweep_end(s, mark->place, mark->at);
        break;
    case DIES:
        ho_sweep_die(s, mark->place, mark->at);
        break;
    case IS_ANNOUNCED:
        ho_sweep_announce(s, mark->place, mark->at);
        break;
    case IS_SAID_HOME:
        ho_sweep_say_home(s, mark->word);
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
static void drop_namesakes(struct ho_transitions *all)
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

static bool names_another(const struct ho_transitions *all, const uint8_t id[HO_ID_BYTES])
{
    for (size_t i = 0; i + 1 < all->n; i++) {
        if (ho_change_has(&all->items[i].change, id))
            return true;
    }
    return false;
}

// The word, under those of its names that name nothing else on the line.
static struct ho_change with_new_names(const struct ho_sweep *s, const struct ho_change *word)
{
    struct ho_change out = *word;
    uint8_t(*names)[HO_ID_BYTES] = ho_arena_array(s->arena, word->n_aliases, sizeof *names);
    out.n_aliases = 0;
    for (size_t i = 0; i < word->n_aliases; i++) {
        if (!names_another(&s->transitions, word->aliases[i]))
            memcpy(names[out.n_aliases++], word->aliases[i], HO_ID_BYTES);
    }
    out.aliases = (const uint8_t(*)[HO_ID_BYTES])names;
    return out;
}

// Whoever tells of the death first, it is one: all words of it name it, and the least of its names is its id.
static void name_death(const struct ho_sweep *s, const struct ho_encounters *encounters)
{
    struct ho_transition *death = s->transitions.n ? &s->transitions.items[s->transitions.n - 1] : NULL;
    if (!death || death->to != HO_SETTING_DIED)
        return;
    for (size_t i = 0; i < encounters->n; i++) {
        struct ho_change word = with_new_names(s, &encounters->items[i].death);
        if (word.n_aliases && &encounters->items[i] != death->encounter)
            ho_change_add_names(s->arena, &death->change, &word);
    }
    memcpy(death->change.id, death->change.aliases[0], HO_ID_BYTES);
}

static void run(struct ho_sweep *s, const struct ho_words *words)
{
    struct marks marks = {0};
    for (size_t i = 0; i < s->n_places; i++)
        mark_place(s, &s->places[i], &marks);
    for (size_t i = 0; words && i < words->n; i++)
        add_mark(s, &marks, (struct mark){words->items[i].occurred, SAYING, IS_SAID_HOME, NULL, 0, &words->items[i]});
    if (marks.n)
        qsort(marks.items, marks.n, sizeof *marks.items, compare_marks);
    for (size_t i = 0; i < marks.n && !s->died; i++)
        take(s, &marks.items[i]);
    int64_t silent = s->died ? INT64_MAX : ho_sweep_silence(s, s->clock);
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
    const struct ho_encounter *a = ((const struct ho_place *)left)->encounter;
    const struct ho_encounter *b = ((const struct ho_place *)right)->encounter;
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

static void list_places(struct ho_sweep *s, const struct ho_encounters *encounters)
{
    const struct ho_encounter *word = first_word_of_death(encounters);
    s->places = ho_arena_array(s->arena, encounters->n, sizeof *s->places);
    s->open = ho_arena_array(s->arena, encounters->n, sizeof(struct ho_place *));
    for (size_t i = 0; i < encounters->n; i++) {
        const struct ho_encounter *e = &encounters->items[i];
        s->ends_with_death = s->ends_with_death || ends_with_death(e);
        if (e->n_phases || e == word)
            s->places[s->n_places++] = (struct ho_place){.encounter = e, .since = beginning(e)};
    }
    if (s->n_places)
        qsort(s->places, s->n_places, sizeof *s->places, compare_places);
}

// The last that is known of the person there; INT64_MAX where the stay goes on.
static int64_t reach(const struct ho_sweep *s, const struct ho_place *p)
{
    const struct ho_encounter *e = p->encounter;
    if (p->displaced || p->silent || !e->n_phases)
        return p->since;
    if (e->state == HO_ENCOUNTER_ENDED)
        return e->end.occurred;
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
static void draw_episodes(struct ho_sweep *s, struct ho_line *out)
{
    struct ho_episode *episodes = ho_arena_array(s->arena, s->n_places, sizeof *episodes);
    size_t n = 0;
    for (size_t i = 0; i < s->n_places; i++) {
        struct ho_place *p = &s->places[i];
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
        const struct ho_place *p = &s->places[i];
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

void ho_line_draw(struct ho_arena *arena, const struct ho_encounters *encounters, const struct ho_words *words_or_null,
                  const struct ho_line_rules *rules, int64_t now, struct ho_line *out)
{
    struct ho_sweep s = {
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
    run(&s, words_or_null);
    name_death(&s, encounters);
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

const char *ho_transition_facility(const struct ho_transition *transition)
{
    const struct ho_encounter *e = transition->encounter;
    bool assumed = transition->kind == HO_SAID_HOME && e->phases[e->n_phases - 1].setting != transition->from;
    return assumed ? "" : e->facility;
}

const struct ho_transition *ho_line_death(const struct ho_line *line)
{
    const struct ho_transition *last = line->n_transitions ? &line->transitions[line->n_transitions - 1] : NULL;
    return last && last->to == HO_SETTING_DIED ? last : NULL;
}
