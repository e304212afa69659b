// Inside of the line: a sweep over the beginnings and ends of encounters, keeping where the person is. episode.c has
// the order, episode_moves.c what each of them does, episode_flags.c what a person has come through so far, from which
// an arrival's flags follow.
#pragma once

#include "handoff/episode.h"

// The latest leaving of a kind of stay.
struct ho_left {
    const struct ho_encounter *encounter; // NULL: none yet
    int64_t at;
};

struct ho_way {
    struct ho_arena *arena;
    const struct ho_line_rules *rules;
    struct ho_left bed, inpatient, nursing;
    struct {
        int64_t *items; // calendar days of ED visits, in the order of the line
        size_t n, capacity;
    } ed_visits;
};

struct ho_arrival {
    const struct ho_encounter *encounter;
    enum ho_setting from, to;
    int64_t at;
    bool in_bed;  // the stay, or another that goes on, has the person in a bed already
    bool moved;   // from a bed in another hospital
    bool nursing; // from a nursing facility, whether or not it holds the bed
};

static inline bool ho_has_bed(enum ho_setting setting)
{
    return setting == HO_SETTING_INPATIENT || setting == HO_SETTING_OBSERVATION;
}

// The person was in the stay, in that setting, until then.
void ho_way_left(struct ho_way *way, const struct ho_encounter *encounter, enum ho_setting setting, int64_t at);
// Another ED visit; whether there were many in the window now.
bool ho_way_ed_visit(struct ho_way *way, int64_t at);
// Of enum ho_flag: planned, readmission, direct transfer, readmission risk, recent SNF.
uint32_t ho_way_flags(const struct ho_way *way, const struct ho_arrival *arrival);

// An encounter, as the sweep knows it so far.
struct ho_place {
    const struct ho_encounter *encounter;
    bool open; // begun, neither over nor displaced nor silent
    bool over; // its end has been taken
    bool displaced;
    bool silent;           // nothing was heard of it for too long
    bool bedded;           // some phase that began has a bed
    struct ho_change said; // before its end: the words that the person is at home; n_aliases 0: none
    size_t order;          // of its latest phase among all that began
    size_t phase;          // the latest that began
    int64_t since;         // when that was; of a silent one the last sign of it
    int64_t until;         // silent only: when it was taken for over
    size_t episode;
};

struct ho_transitions {
    struct ho_transition *items;
    size_t n, capacity;
};

struct ho_sweep {
    struct ho_arena *arena;
    const struct ho_line_rules *rules;
    int64_t clock;   // silences after it are not told
    int64_t wake_at; // when the first of those begins
    struct ho_place *places;
    size_t n_places;
    struct ho_place **open; // the last is where the person is
    size_t n_open;
    size_t begun;
    int64_t at; // the latest mark
    struct ho_way way;
    enum ho_setting now;
    const struct ho_place *silent; // the stay that was taken for over, where nothing came after it
    size_t way_home; // 1 + the transition that led home, where the person is; 0: none did, it is only concluded
    bool assumed;    // `now` is where a discharge led, not yet seen
    int64_t assumed_at;
    size_t assumption;               // 1 + the transition that led there; 0: it was none
    const struct ho_place *assumer;  // whose discharge led there
    const struct ho_place *expected; // its arrival in an ED confirmed an assumed admission, which it may yet become
    bool died;
    int64_t died_at;
    bool ends_with_death; // some stay does, and says when; words of it elsewhere are echoes
    struct ho_transitions transitions;
};

// The change goes by the names of the other, too, and was recorded when the first of both was; its id stays.
void ho_change_add_names(struct ho_arena *arena, struct ho_change *change, const struct ho_change *more);

// What the marks do; `at` never decreases. An arrival or another phase of the stay; its end.
void ho_sweep_begin(struct ho_sweep *s, struct ho_place *p, size_t phase, int64_t at);
// From leave (A22), as which a stay in hospital is told by a nursing facility: the person is seen there.
void ho_sweep_come_back(struct ho_sweep *s, struct ho_place *p, int64_t at);
void ho_sweep_end(struct ho_sweep *s, struct ho_place *p, int64_t at);
void ho_sweep_die(struct ho_sweep *s, const struct ho_place *p, int64_t at);
// A person's word that the member is at home.
void ho_sweep_say_home(struct ho_sweep *s, const struct ho_change *word);
// Stands only in a stay that goes on at that moment.
void ho_sweep_announce(struct ho_sweep *s, const struct ho_place *p, int64_t at);
// Ends the stays that have fallen silent by then, one under the other; returns when the next one will.
int64_t ho_sweep_silence(struct ho_sweep *s, int64_t by);
