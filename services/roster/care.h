// The rows of the plan's two other files: care teams, and the people who coordinate.
//
// Pure. Faults name line and column and never repeat a value.
#pragma once

#include "columns.h"

#include "handoff/event.h"

enum ho_team_column {
    HO_TEAM_MEMBER_ID,
    HO_TEAM_ROLE, // blank, with all else: the member has no team
    HO_TEAM_NAME,
    HO_TEAM_ORGANISATION,
    HO_TEAM_EMAIL,
    HO_TEAM_PHONE,
    HO_TEAM_SINCE,
    HO_TEAM_UNTIL,
    HO_TEAM_COLUMNS
};

enum ho_staff_column {
    HO_STAFF_EMAIL,
    HO_STAFF_NAME,
    HO_STAFF_ROLE,
    HO_STAFF_BACKUP_EMAIL,
    HO_STAFF_AWAY_FROM,
    HO_STAFF_AWAY_TO,
    HO_STAFF_SUPERVISOR_EMAIL,
    HO_STAFF_COLUMNS
};

enum { HO_CARE_COLUMNS_MAX = HO_TEAM_COLUMNS };

struct ho_care_row {
    uint64_t line;
    struct ho_bytes text[HO_CARE_COLUMNS_MAX];
    uint32_t date[HO_CARE_COLUMNS_MAX]; // of the columns that are dates; 0 none
};

enum ho_care_kind { HO_CARE_TEAM, HO_CARE_STAFF, HO_CARE_KINDS };

// The columns of a kind's file; the first names whom a row is about.
const struct ho_column *ho_care_columns(enum ho_care_kind kind, size_t *n);

struct ho_care_header {
    size_t n_fields;
    int place[HO_CARE_COLUMNS_MAX]; // -1: the file has no such column
};

// As ho_roster_header_read and ho_roster_row_read: a line with faults leaves `out` with line and first column alone.
bool ho_care_header_read(struct ho_arena *arena, enum ho_care_kind kind, const struct ho_csv_record *record,
                         const struct ho_roster_faults *faults, struct ho_care_header *out, const char **unknown);
bool ho_care_row_read(struct ho_arena *arena, enum ho_care_kind kind, const struct ho_care_header *header,
                      const struct ho_csv_record *record, const struct ho_roster_faults *faults,
                      struct ho_care_row *out);

// The team that an update tells: a row each, or one that says that there is none. `*n` is 0 where the update says
// nothing about the team. False where something in it is wrong.
bool ho_care_rows_of_update(struct ho_arena *arena, const ho_roster_update *update, struct ho_care_row **rows,
                            size_t *n);
