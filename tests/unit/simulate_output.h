// What `handoffctl simulate` wrote, read back by a reader of its own for the tests: no code of the
// product's parser or matcher is in it.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COLUMNS = 30 };

enum column {
    MEMBER_ID,
    CIN,
    PLAN_ID,
    SURNAME,
    GIVEN,
    BIRTH_DATE = 7,
    SEX = 8,
    PHONE,
    ADDRESS,
    PROGRAM = 15,
    ENROLLED_FROM,
    ENROLLED_TO,
    OPTED_OUT_ON,
    COORDINATOR = 21,
    COORDINATOR_EMAIL,
    COUNTY,
    CONDITIONS,
    NEEDS,
    HOMELESS,
    RISK,
    PREGNANT_UNTIL,
    DUAL,
};

struct text {
    const char *p;
    size_t n;
};

struct member {
    char *columns[COLUMNS];
    char person[160]; // surname, given, birth date and sex, folded
};

struct output {
    char *files[3]; // roster.csv (in pieces), messages.hl7, truth.jsonl
    size_t sizes[3];
    uint64_t digests[3]; // FNV-1a of the files as written
    struct member *members;
    size_t n_members;
    struct text *messages; // with their last \r, without the \n behind it
    size_t n_messages;
    json_t **truth; // [0] the summary, then the transitions
    size_t n_truth;
};

enum { ROSTER, MESSAGES, TRUTH };

// Runs the simulator with "--name value …" into a folder of its own, which is gone afterwards. The caller
// ends with output_free.
struct output *output_of(const char *arguments);
void output_free(struct output *output);

// The exit status alone, and no folder but the one in the arguments.
int simulate_status(const char *arguments);

// The text of a field as "PID", 3, in `out`; "" where there is none.
const char *field(struct text message, const char *segment, int number, char out[256]);
// The n-th piece of a text between separators, from 1.
const char *piece(const char *text, char separator, int n, char out[256]);
// The member whom a careful person finds in the message: by CIN with given name and birth date; by surname, given
// name, birth date and sex; or by these with one wrong digit in the date, where address and telephone agree. NULL for
// none.
const struct member *member_of(const struct output *output, struct text message);
const struct member *member_by_id(const struct output *output, const char *id);

const char *json_text(const json_t *object, const char *key);
long json_count(const json_t *object, const char *key);
