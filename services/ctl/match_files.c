#include "match_files.h"

#include <time.h>

enum { ROWS_A_LOOK = 4096, DATE_DIGITS = 8, ISO_BYTES = 10 };

// ---- Values ---------------------------------------------------------------------------------------------

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

uint32_t ho_match_date(const char *text)
{
    size_t n = strlen(text);
    bool iso = n >= ISO_BYTES && text[4] == '-' && text[7] == '-' && (n == ISO_BYTES || strchr("T ", text[ISO_BYTES]));
    if (!iso && n != DATE_DIGITS)
        return 0;
    uint32_t date = 0;
    for (size_t i = 0; i < (iso ? ISO_BYTES : DATE_DIGITS); i++) {
        if (iso && (i == 4 || i == 7))
            continue;
        if (!is_digit(text[i]))
            return 0;
        date = date * 10 + (uint32_t)(text[i] - '0');
    }
    return date;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// ---- The roster -----------------------------------------------------------------------------------------

enum {
    R_MEMBER_ID,
    R_CIN,
    R_PLAN_ID,
    R_SURNAME,
    R_GIVEN,
    R_MIDDLE,
    R_SUFFIX,
    R_BIRTH_DATE,
    R_SEX,
    R_PHONE,
    R_ADDRESS,
    R_CITY,
    R_STATE,
    R_ZIP,
    R_COLUMNS
};

static const char *const roster_columns[R_COLUMNS] = {
    "member_id",  "cin", "plan_id", "surname", "given", "middle", "suffix",
    "birth_date", "sex", "phone",   "address", "city",  "state",  "zip",
};

struct loading {
    struct ho_roster_index *index;
    struct ho_match_warnings warnings;
    uint64_t lines;
};

static enum ho_status put_member(void *context, uint64_t line, const char *const *v, struct ho_error *error)
{
    struct loading *loading = context;
    (void)error;
    if (++loading->lines % ROWS_A_LOOK == 0)
        ho_match_progress(&loading->warnings, "%zu members", ho_roster_index_size(loading->index));
    if (!*v[R_MEMBER_ID]) {
        ho_match_warn(&loading->warnings, line, "member_id is blank; the line is left out");
        return HO_OK;
    }
    char cins[HO_CINS_BYTES];
    const char *wrong;
    ho_cins_read(v[R_CIN], cins, &wrong);
    if (wrong)
        ho_match_warn(&loading->warnings, line, "cin: %s; the line is read as far as it can be", wrong);
    size_t before = ho_roster_index_size(loading->index);
    ho_roster_index_put(loading->index, &(struct ho_roster_entry){
                                            .member_id = v[R_MEMBER_ID],
                                            .cin = v[R_CIN],
                                            .plan_id = v[R_PLAN_ID],
                                            .surname = v[R_SURNAME],
                                            .given = v[R_GIVEN],
                                            .middle = v[R_MIDDLE],
                                            .suffix = v[R_SUFFIX],
                                            .birth_date = ho_match_date(v[R_BIRTH_DATE]),
                                            .sex = v[R_SEX],
                                            .phone = v[R_PHONE],
                                            .address = v[R_ADDRESS],
                                            .city = v[R_CITY],
                                            .state = v[R_STATE],
                                            .zip = v[R_ZIP],
                                        });
    if (ho_roster_index_size(loading->index) == before)
        ho_match_warn(&loading->warnings, line, "this member_id stands above already; the later line replaces it");
    return HO_OK;
}

enum ho_status ho_match_roster_load(const char *path, const struct ho_match_weights *weights,
                                    struct ho_match_roster *out, struct ho_error *error)
{
    struct loading loading = {.index = ho_roster_index_new(weights), .warnings = {.path = path}};
    const struct ho_match_table table = {
        .path = path,
        .columns = roster_columns,
        .n_columns = R_COLUMNS,
        .row = put_member,
        .context = &loading,
        .warnings = &loading.warnings,
    };
    double begun = now_s();
    enum ho_status status = ho_match_table_read(&table, error);
    *out = (struct ho_match_roster){loading.index, now_s() - begun};
    if (status == HO_OK) {
        size_t n = ho_roster_index_size(out->index);
        fprintf(stderr, "%s: %zu members in %.1f s, %zu bytes a member\n", path, n, out->seconds,
                n ? ho_roster_index_bytes(out->index) / n : 0);
        return HO_OK;
    }
    ho_roster_index_free(out->index);
    out->index = NULL;
    return status;
}

// ---- The queries ----------------------------------------------------------------------------------------

enum {
    Q_QUERY_ID,
    Q_SURNAME,
    Q_GIVEN,
    Q_MIDDLE,
    Q_SUFFIX,
    Q_BIRTH_DATE,
    Q_SEX,
    Q_PHONE,
    Q_ADDRESS,
    Q_CITY,
    Q_STATE,
    Q_ZIP,
    Q_INS_ID,
    Q_COLUMNS
};

static const char *const query_columns[Q_COLUMNS] = {
    "query_id", "surname", "given", "middle", "suffix", "birth_date", "sex",
    "phone",    "address", "city",  "state",  "zip",    "ins_id",
};

// The generated struct wants pointers that are not const; nobody writes through them.
static char *field(const char *text)
{
    return (char *)(uintptr_t)text;
}

static enum ho_status ask(void *context, uint64_t line, const char *const *v, struct ho_error *error)
{
    const struct ho_match_queries *queries = context;
    (void)line;
    char *insured[] = {field(v[Q_INS_ID])};
    ho_person person = HANDOFF__V1__PERSON__INIT;
    person.surname = field(v[Q_SURNAME]);
    person.given = field(v[Q_GIVEN]);
    person.middle = field(v[Q_MIDDLE]);
    person.suffix = field(v[Q_SUFFIX]);
    person.birth_date = ho_match_date(v[Q_BIRTH_DATE]);
    person.sex = field(v[Q_SEX]);
    person.phone = field(v[Q_PHONE]);
    person.address = field(v[Q_ADDRESS]);
    person.city = field(v[Q_CITY]);
    person.state = field(v[Q_STATE]);
    person.zip = field(v[Q_ZIP]);
    person.insured_ids = insured;
    person.n_insured_ids = *v[Q_INS_ID] ? 1 : 0;
    const struct ho_match_question question = {.person = &person, .in_full = true};
    return queries->query(queries->context, &(struct ho_match_query){v[Q_QUERY_ID], &question}, error);
}

enum ho_status ho_match_queries_read(const struct ho_match_queries *queries, struct ho_error *error)
{
    const struct ho_match_table table = {
        .path = queries->path,
        .columns = query_columns,
        .n_columns = Q_COLUMNS,
        .row = ask,
        .context = (void *)(uintptr_t)queries,
        .warnings = queries->warnings,
    };
    return ho_match_table_read(&table, error);
}
