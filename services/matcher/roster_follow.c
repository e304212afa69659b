#include "intake.h"

#include "handoff/platform/log.h"

// Rows at once: a page of 20,000 is some 5 MB.
static const char *const SEQUENCE = "select seq from roster_sequence";
static const char *const CHANGES =
    "select member_id, cin, plan_id, surname, given, middle, suffix, birth_date, sex, phone, address, city, state, "
    "zip, "
    "deleted, seq from member where (seq, member_id) > ($1, $2) order by seq, member_id limit 20000";

enum {
    MEMBER_ID,
    CIN,
    PLAN_ID,
    SURNAME,
    GIVEN,
    MIDDLE,
    SUFFIX,
    BIRTH_DATE,
    SEX,
    PHONE,
    ADDRESS,
    CITY,
    STATE,
    ZIP,
    DELETED,
    SEQ
};

static void apply(struct ho_roster_index *index, const struct ho_pg_result *rows, int i)
{
    const char *member_id = ho_pg_get_text(rows, i, MEMBER_ID);
    if (ho_pg_get_int(rows, i, DELETED)) {
        ho_roster_index_remove(index, member_id);
        return;
    }
    ho_roster_index_put(index, &(struct ho_roster_entry){
                                   .member_id = member_id,
                                   .cin = ho_pg_get_text(rows, i, CIN),
                                   .plan_id = ho_pg_get_text(rows, i, PLAN_ID),
                                   .surname = ho_pg_get_text(rows, i, SURNAME),
                                   .given = ho_pg_get_text(rows, i, GIVEN),
                                   .middle = ho_pg_get_text(rows, i, MIDDLE),
                                   .suffix = ho_pg_get_text(rows, i, SUFFIX),
                                   .birth_date = (uint32_t)ho_pg_get_int(rows, i, BIRTH_DATE),
                                   .sex = ho_pg_get_text(rows, i, SEX),
                                   .phone = ho_pg_get_text(rows, i, PHONE),
                                   .address = ho_pg_get_text(rows, i, ADDRESS),
                                   .city = ho_pg_get_text(rows, i, CITY),
                                   .state = ho_pg_get_text(rows, i, STATE),
                                   .zip = ho_pg_get_text(rows, i, ZIP),
                               });
}

// One page after (*seq, *member_id), which move on; *more where another may follow.
static enum ho_status read_page(struct ho_intake *intake, struct ho_pg *pg, struct ho_arena *arena, int64_t *seq,
                                const char **member_id, bool *more, struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_int(params, *seq);
    ho_pg_text(params, *member_id);
    struct ho_pg_result *rows = NULL;
    enum ho_status status = ho_pg_run(pg, CHANGES, params, &rows, error);
    if (status != HO_OK)
        return status;
    int n = ho_pg_rows(rows);
    for (int i = 0; i < n; i++)
        apply(intake->index, rows, i);
    *more = n > 0;
    if (n > 0) {
        *seq = ho_pg_get_int(rows, n - 1, SEQ);
        *member_id = ho_arena_text(arena, ho_pg_get_bytes(rows, n - 1, MEMBER_ID));
    }
    ho_pg_result_free(rows);
    return HO_OK;
}

static enum ho_status read_changes(struct ho_intake *intake, struct ho_pg *pg, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    // All of a change has one sequence number, so begin after the last one that was read whole.
    int64_t seq = intake->roster_seq + 1;
    const char *member_id = "";
    bool more = true;
    enum ho_status status = HO_OK;
    while (status == HO_OK && more)
        status = read_page(intake, pg, arena, &seq, &member_id, &more, error);
    ho_arena_free(arena);
    return status;
}

enum ho_status ho_intake_follow_roster(struct ho_intake *intake, struct ho_pg *pg, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, SEQUENCE, NULL, &result, error);
    if (status != HO_OK)
        return status;
    int64_t seq = ho_pg_get_int(result, 0, 0);
    ho_pg_result_free(result);
    if (seq <= intake->roster_seq)
        return HO_OK;
    int64_t before_us = ho_monotonic_us();
    bool first = intake->roster_seq == 0;
    status = read_changes(intake, pg, error);
    if (status != HO_OK)
        return status;
    intake->roster_seq = seq;
    if (first)
        ho_log(HO_INFO, "roster read", "members=%zu sequence=%lld seconds=%.1f bytes=%zu",
               ho_roster_index_size(intake->index), (long long)seq, (double)(ho_monotonic_us() - before_us) / 1e6,
               ho_roster_index_bytes(intake->index));
    return HO_OK;
}
