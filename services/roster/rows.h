// The roster's rows: what a line of the plan's file, or an update on roster.updates, may say.
//
// Pure. A row is one enrolment of one member, or a member without any. Faults name line and column and
// never repeat a value, for the values are personal.
#pragma once

#include "columns.h"

#include "handoff/event.h"

enum ho_roster_column {
    HO_ROSTER_MEMBER_ID,
    HO_ROSTER_CIN,
    HO_ROSTER_PLAN_ID,
    HO_ROSTER_SURNAME,
    HO_ROSTER_GIVEN,
    HO_ROSTER_MIDDLE,
    HO_ROSTER_SUFFIX,
    HO_ROSTER_BIRTH_DATE,
    HO_ROSTER_SEX,
    HO_ROSTER_PHONE,
    HO_ROSTER_ADDRESS,
    HO_ROSTER_CITY,
    HO_ROSTER_STATE,
    HO_ROSTER_ZIP,
    HO_ROSTER_LANGUAGE,
    HO_ROSTER_PROGRAM,
    HO_ROSTER_ENROLLED_FROM,
    HO_ROSTER_ENROLLED_TO,
    HO_ROSTER_OPTED_OUT_ON,
    HO_ROSTER_ORGANISATION,
    HO_ROSTER_TEAM,
    HO_ROSTER_COORDINATOR,
    HO_ROSTER_COORDINATOR_EMAIL,
    HO_ROSTER_COUNTY,
    HO_ROSTER_CONDITIONS, // a list: words in small letters, a blank between
    HO_ROSTER_NEEDS,      // the same
    HO_ROSTER_HOMELESS,   // no, yes, chronic
    HO_ROSTER_RISK,       // low, medium, high
    HO_ROSTER_PREGNANT_UNTIL,
    HO_ROSTER_DUAL, // "yes" or ""
    HO_ROSTER_COLUMNS
};

enum { HO_ROSTER_FIELD_BYTES_MAX = HO_COLUMN_BYTES_MAX, HO_ROSTER_LIST_BYTES_MAX = HO_COLUMN_WORDS_BYTES_MAX };

struct ho_roster_row {
    uint64_t line;
    bool deleted;
    struct ho_bytes text[HO_ROSTER_COLUMNS]; // trimmed, valid UTF-8 without control characters
    uint32_t date[HO_ROSTER_COLUMNS];        // of the columns that are dates; 0 none
};

const char *ho_roster_column_name(enum ho_roster_column column);
bool ho_roster_column_is_date(enum ho_roster_column column);
bool ho_roster_column_is_enrolment(enum ho_roster_column column); // of the enrolment, not of the person

// Takes a value as sent into the row, as one line of a file would. NULL, or what is wrong with it, without the value.
const char *ho_roster_value_take(struct ho_arena *arena, enum ho_roster_column column, struct ho_bytes value,
                                 struct ho_roster_row *row);

// Where a file has each column.
struct ho_roster_header {
    size_t n_fields;
    int place[HO_ROSTER_COLUMNS]; // -1: the file has no such column
};

// Reads the header line. `unknown` gets the names of columns that are not ours, as "a, b", in the arena; "" where
// there are none. False after reporting what is wrong: no member_id, a name twice.
bool ho_roster_header_read(struct ho_arena *arena, const struct ho_csv_record *record,
                           const struct ho_roster_faults *faults, struct ho_roster_header *out, const char **unknown);

// Reads one line. False after reporting every fault in it; then `out` holds line and member id alone, and
// that id is empty where it could not be read. Texts are views into the record or lie in the arena.
bool ho_roster_row_read(struct ho_arena *arena, const struct ho_roster_header *header,
                        const struct ho_csv_record *record, const struct ho_roster_faults *faults,
                        struct ho_roster_row *out);

// The rows of an update: one an enrolment, or one. NULL where something in it is wrong.
struct ho_roster_row *ho_roster_rows_of_update(struct ho_arena *arena, const ho_roster_update *update, size_t *n);

// What tells whether two rows of one member say the same about the person: a digest of all but the enrolment.
void ho_roster_row_person(const struct ho_roster_row *row, uint8_t out[HO_ID_BYTES]);
