// explain: what messages lead to, by the same pure code that the services run, without any server.
//
// Messages are read from files, each about somebody; what is about one person becomes a line, a plan and measures. The
// order of the files, and repeats, change nothing: everything is sorted by what it is, never by where it stood.
// Whatever is made lies in the arena.
#pragma once

#include "handoff/adt.h"
#include "handoff/match.h"
#include "handoff/measure.h"
#include "handoff/plan.h"
#include "plan_files.h"

// ---- Messages -----------------------------------------------------------------------------------------

enum ho_explain_verdict {
    HO_EXPLAIN_NON_MEMBER,
    HO_EXPLAIN_HELD,
    HO_EXPLAIN_REVIEW,
    HO_EXPLAIN_MATCHED,
    HO_EXPLAIN_REFUSED,
    HO_EXPLAIN_TEST,
    HO_EXPLAIN_VERDICTS
};

const char *ho_explain_verdict_name(enum ho_explain_verdict verdict); // "non-member", "held" …

struct ho_explain_message {
    const char *file;
    size_t number; // in the file, from 1; 0 where the file as a whole is refused
    enum ho_explain_verdict verdict;
    const char *reason;                          // refused, review, held: a word, or a sentence about the file
    const char *place;                           // refused: "EVN-2"; ""
    const char *candidates[HO_MATCH_CANDIDATES]; // review, held: member ids
    size_t n_candidates;
    const struct ho_feed *feed;
    ho_adt_event **events;
    size_t n_events;
};

struct ho_explain_messages {
    struct ho_explain_message *items; // by file and number
    size_t n, capacity;
};

// Reads the files' messages; "-" is standard input. HO_FATAL where a file cannot be read.
HO_MUST_USE enum ho_status ho_explain_read(struct ho_arena *arena, const char *const *paths, size_t n,
                                           const struct ho_feeds *feeds, struct ho_explain_messages *out,
                                           struct ho_error *error);

// ---- The roster ---------------------------------------------------------------------------------------

struct ho_explain_roster {
    struct ho_roster_index *index; // the caller frees
    const ho_member **items;       // by member id, with their enrolments
    size_t n, capacity;
};

// Reads the plan's CSV file. Lines with faults are told on the error stream and left out.
HO_MUST_USE enum ho_status ho_explain_roster_read(struct ho_arena *arena, const char *path,
                                                  struct ho_explain_roster *out, struct ho_error *error);

// ---- Whom they are about ------------------------------------------------------------------------------

struct ho_explain_person {
    const char *id;          // member id; without a roster "FACILITY MRN", the least of those that merges joined
    const ho_member *member; // by the roster; without, what the messages tell of the person
    const ho_enrolment *const *enrolments;
    size_t n_enrolments;
    const ho_adt_event **events; // each once
    size_t n_events, events_capacity;
};

struct ho_explain_people {
    struct ho_explain_person *items; // by id
    size_t n, capacity;
};

// By the roster and the rules of identities. Settles the messages' verdicts.
void ho_explain_by_roster(struct ho_arena *arena, const struct ho_explain_roster *roster,
                          struct ho_explain_messages *messages, struct ho_explain_people *out);
// Every facility's MRN a person, merged by what merges them, enrolled throughout in every program that a protocol
// serves.
void ho_explain_by_number(struct ho_arena *arena, const struct ho_plan_files *files,
                          struct ho_explain_messages *messages, struct ho_explain_people *out);

// ---- What follows -------------------------------------------------------------------------------------

struct ho_explain_story {
    const struct ho_explain_person *person;
    struct ho_encounters encounters;
    struct ho_line line;
    struct ho_plan plan;
    const struct ho_planned_task **tasks;     // by due, then key of the template
    const struct ho_planned_notice **notices; // by when they come, then name
    struct ho_measures measures;
};

struct ho_explanation {
    const struct ho_plan_files *files;
    bool by_roster;
    int64_t at;
    const struct ho_explain_messages *messages;
    struct ho_explain_story *stories; // one a person
    size_t n_stories;
    size_t counts[HO_EXPLAIN_VERDICTS];
};

// Tells what the messages lead to at an instant.
void ho_explain_tell(struct ho_arena *arena, const struct ho_explain_people *people, struct ho_explanation *inout);

// ---- Pages --------------------------------------------------------------------------------------------

void ho_explain_print_json(const struct ho_explanation *explanation);
void ho_explain_print_text(const struct ho_explanation *explanation);
