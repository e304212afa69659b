// Episodes: a member's encounters on one line, and the changes of setting on it.
//
// An episode is a chain of encounters whose gaps are under the join gap, across facilities: home, ED,
// inpatient, SNF, home. A transition is a change of setting on that line. Home is a setting too:
// discharged at 08:00 and back 30 hours later is one episode with a discharge and a return in it.
//
// The setting is that of the phase which started last and is still open: an ED visit during a stay in a nursing
// facility goes to the ED and back. When the last open stay ends, its destination decides; a destination that is itself
// a facility is assumed until the next arrival. From one hospital to another the person moves though the setting stays.
// "Home" after more than seven days in hospital is home, also for whom a nursing facility has a stay without an end: it
// holds a bed no longer, until its A22 says that the person is back. An arrival that fits, within the join gap,
// confirms the assumption and is no transition of its own; after the gap the person was at home in between, silently.
//
// Discharges get lost, and one that did must not hide those that come after it. So the beginning of a phase displaces
// an open stay without a discharge that cannot be true beside it: at another facility, save a nursing facility that
// holds the bed during a hospital stay; at the same one, where it brings as much care or more (the ED visit whose end
// was never told is over with the admission), or the stay last changed longer ago than the join gap (and in the ED, if
// its last word is as old, the person comes anew). A discharge displaces what began after that stay, longer ago than
// the join gap, and has none. And facilities' clocks differ: where the discharge is told up to the join gap after the
// arrival that it led to, the discharge still names the transition. The names of both are the transition's; in the ED
// of a hospital, who was sent by a nursing facility is not admitted yet. And an end that is told for later than the way
// home from the next stay is paperwork.
//
// Discharges get lost for good, too. An open stay of which nothing was heard for so long (ho_line_rules.stale_us) is
// taken for over: the person is at home, or back in the bed that is held elsewhere. Coming back to a stay is a sign of
// it. That it was over when a later arrival came follows from the events alone; whether the silence itself is told, as
// a transition, is what `now` decides. A later word of the stay takes it back.
//
// Where nobody sends a feed, people hear it first. A person's word that the member is at home (ho_words) ends a stay
// that is only assumed, that a nursing facility has not ended itself, or that was taken for over by silence. In the
// hospital of a feed the feed counts; and a way home that it tells all the same, before or after the word, is that way
// home, known by the names of both.
//
// Nothing comes after the death. A stay that ended with it says when; where none did, the earliest word of it. All
// words of it, wherever they were told, name its transition.
#pragma once

#include "handoff/encounter.h"

// What is known of the person's way at the moment of a transition. A bit mask. "Within N days" is at most N calendar
// days later, the day itself being day 0. They may come and go with what is learnt: no key depends on them, and of the
// occasions only the transfer, on the direct one.
enum ho_flag {
    // To a bed, not planned, within 30 days of leaving one to home or elsewhere; no direct transfer.
    HO_FLAG_READMISSION = 1 << 0,
    // Of an arrival: announced (A05, A14), elective (PV1-4 C), or by the disposition of the last bed (81 to 95).
    HO_FLAG_PLANNED = 1 << 1,
    HO_FLAG_ED_HIGH_UTILISER = 1 << 2, // to the ED, the third visit within 60 days
    HO_FLAG_READMISSION_RISK = 1 << 3, // to the ED or observation, within 30 days of the end of an inpatient stay
    // To the ED or a bed, from a nursing facility or within 30 days of leaving one; where it has no feed, of the
    // discharge that led there.
    HO_FLAG_RECENT_SNF = 1 << 4,
    HO_FLAG_AGAINST_ADVICE = 1 << 5,
    // Nobody said so: silence; or a discharge to a facility, until the person is seen to have arrived at one.
    HO_FLAG_ASSUMED = 1 << 6,
    // To a bed, less than two calendar days after one in another facility. Where a discharge led there it is the
    // discharge's flag, once the arrival confirms it.
    HO_FLAG_DIRECT_TRANSFER = 1 << 7,
};
enum { HO_FLAGS = 8 };

const char *ho_flag_name(enum ho_flag flag); // "readmission", "planned", "ed-high-utiliser" …
bool ho_flag_from_name(struct ho_bytes name, enum ho_flag *out);

enum ho_transition_kind {
    HO_CHANGE_OF_SETTING,
    HO_DISCHARGE_ANNOUNCED, // A16 that stands, told while the stay went on: from and to are the stay's setting
    HO_SILENCE,   // an open stay of which nothing was heard for so long that it is taken for over: from its setting to
                  // home, or to where a bed is held
    HO_SAID_HOME, // a person's word: to home from a stay that was assumed, or in a nursing facility, or taken for over
                  // by silence, whose end it then tells
};

struct ho_transition {
    struct ho_change change; // names the transition; of silence: ids made from those of the stay's last phase; of a
                             // person's word: what was said
    enum ho_transition_kind kind;
    uint32_t flags; // of enum ho_flag
    enum ho_setting from, to;
    const struct ho_encounter *encounter; // the one that changed, or that led to the stay which was assumed
    bool against_advice;                  // to home only; the flag says the same
    size_t episode;                       // index into ho_line.episodes
};

// Whether somebody says that the person went; no silence, and nothing that is announced.
static inline bool ho_transition_is_move(const struct ho_transition *transition)
{
    return transition->kind == HO_CHANGE_OF_SETTING || transition->kind == HO_SAID_HOME;
}

struct ho_episode {
    uint8_t id[HO_ID_BYTES];              // the least encounter id in it
    int64_t started, ended;               // ended 0: still going on
    size_t first_encounter, n_encounters; // in ho_line.encounters
};

struct ho_line {
    // Those with phases, in the order of their beginnings; and one without where only it tells of the death.
    const struct ho_encounter *const *encounters;
    size_t n_encounters;
    const struct ho_episode *episodes;
    size_t n_episodes;
    const struct ho_transition *transitions; // in the order of the line; no two have the same id
    size_t n_transitions;
    enum ho_setting now; // the setting at the end of the line
    bool died;
    int64_t wake_at; // the next instant at which the line will be another without any event; INT64_MAX: none
};

// What people said: each a change by itself, that the member is at home from then on. In any order; no two of one id.
struct ho_words {
    const struct ho_change *items;
    size_t n;
};

// The numbers that a plan may choose. Windows count calendar days in `zone`.
struct ho_line_rules {
    int64_t join_gap_us;            // encounters nearer than this are one episode (36 hours)
    int64_t stale_us[HO_SETTING_N]; // an open phase silent for so long is taken for over; 0: never
    int readmission_days;           // 30
    int ed_visits, ed_visits_days;  // 3 in 60
    int recent_snf_days;            // 30
    const struct ho_zone *zone;     // NULL: UTC
};

// The defaults, as given above; stale after 3 days in the ED, 60 as inpatient, 7 in observation, 400 in a nursing
// facility.
struct ho_line_rules ho_line_rules_default(const struct ho_zone *zone);

// `now` decides which silences are told, and with them where the line ends; nothing else. 0: none is.
void ho_line_draw(struct ho_arena *arena, const struct ho_encounters *encounters, const struct ho_words *words_or_null,
                  const struct ho_line_rules *rules, int64_t now, struct ho_line *out);

// Where the transition was; "" where nobody knows the name, as of a stay that was only assumed.
const char *ho_transition_facility(const struct ho_transition *transition);

// Whether the discharge tells of one: a destination of acute care that is not this hospital (disposition 09).
bool ho_leaves_for_another_hospital(const struct ho_encounter *encounter);
// The transition that tells of the death, the last of the line; NULL where none does.
const struct ho_transition *ho_line_death(const struct ho_line *line);
