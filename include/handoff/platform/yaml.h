// The files that a plan edits: calendars, diagnosis groups, protocols, programs and feeds
// (deploy/{calendars,codes,protocols,programs,feeds}/*.yaml), and the weights of matching (deploy/match/weights.yaml).
//
// A folder is loaded whole or not at all, so a bad file never replaces a good one: the caller keeps the set it
// has until a new one is there. A refusal (HO_REJECT) says file, line, what is wrong and what to do; a folder
// that cannot be read is HO_FATAL. Files are read in the order of their names; files that do not end in .yaml
// are passed over. What may stand in them: deploy/protocols/README.md.
//
// A set owns everything it hands out. It never changes once loaded, so many threads may read it.
#pragma once

#include <stdio.h>

#include "handoff/adt.h"
#include "handoff/match.h"
#include "handoff/program.h"
#include "handoff/protocol.h"

// One calendar a file.
struct ho_calendar_set;
HO_MUST_USE enum ho_status ho_calendars_load(const char *dir, struct ho_calendar_set **out, struct ho_error *error);
void ho_calendar_set_free(struct ho_calendar_set *set); // takes NULL
// NULL where no calendar has the name.
const struct ho_calendar *ho_calendar_set_find(const struct ho_calendar_set *set, const char *name);

// Many groups a file, HO_CODE_GROUPS in all. A NULL `codes` elsewhere means that no diagnosis has a group.
struct ho_code_set;
HO_MUST_USE enum ho_status ho_codes_load(const char *dir, struct ho_code_set **out, struct ho_error *error);
void ho_code_set_free(struct ho_code_set *set); // takes NULL
const struct ho_codes *ho_code_set_codes(const struct ho_code_set *set);

// One protocol a file, by name; `path` is a folder or one file. Protocols point into `calendars`, which must outlive
// them; the groups of conditions are those of `codes`.
struct ho_protocol_set;
HO_MUST_USE enum ho_status ho_protocols_load(const char *path, const struct ho_calendar_set *calendars,
                                             const struct ho_codes *codes, struct ho_protocol_set **out,
                                             struct ho_error *error);
void ho_protocol_set_free(struct ho_protocol_set *set); // takes NULL
const struct ho_protocol *const *ho_protocol_set_items(const struct ho_protocol_set *set, size_t *n);

// One program a file, by key. Programs point into `calendars`, which must outlive them; conditions are groups of
// `codes`, in whose order the masks are read.
struct ho_program_set;
HO_MUST_USE enum ho_status ho_programs_load(const char *dir, const struct ho_calendar_set *calendars,
                                            const struct ho_codes *codes, struct ho_program_set **out,
                                            struct ho_error *error);
void ho_program_set_free(struct ho_program_set *set); // takes NULL
const struct ho_program *const *ho_program_set_items(const struct ho_program_set *set, size_t *n);

// Many feeds a file. One of them must take every sender (two wildcards).
struct ho_feed_set;
HO_MUST_USE enum ho_status ho_feeds_load(const char *dir, struct ho_feed_set **out, struct ho_error *error);
void ho_feed_set_free(struct ho_feed_set *set); // takes NULL
const struct ho_feeds *ho_feed_set_feeds(const struct ho_feed_set *set);

// One file, whole: every field and level of the engine, none besides, m and u between 0 and 1, thresholds in order.
HO_MUST_USE enum ho_status ho_weights_load(const char *path, struct ho_match_weights *out, struct ho_error *error);
// Writes such a file, with each level's weight in bits behind it. What is written reads back as the same numbers.
void ho_weights_write(FILE *out, const struct ho_match_weights *weights);
