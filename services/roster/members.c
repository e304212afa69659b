#include "members.h"

// Rows at once: a page of 20,000 is some 5 MB.
static const char *const PAGE =
    "select member_id, cin, plan_id, surname, given, middle, suffix, birth_date, sex, phone, address, city, state, "
    "zip, "
    "deleted, seq from member where (seq, member_id) > ($1, $2) and seq <= $3 order by seq, member_id limit 20000";

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

enum ho_status ho_members_read(struct ho_pg *pg, struct ho_arena *arena, struct ho_roster_index *index,
                               struct ho_members_cursor *cursor, int64_t last_seq, bool *more, struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_int(params, cursor->seq);
    ho_pg_text(params, cursor->member_id);
    ho_pg_int(params, last_seq);
    struct ho_pg_result *rows = NULL;
    enum ho_status status = ho_pg_run(pg, PAGE, params, &rows, error);
    if (status != HO_OK)
        return status;
    int n = ho_pg_rows(rows);
    for (int i = 0; i < n; i++)
        apply(index, rows, i);
    *more = n > 0;
    if (n > 0) {
        cursor->seq = ho_pg_get_int(rows, n - 1, SEQ);
        cursor->member_id = ho_arena_text(arena, ho_pg_get_bytes(rows, n - 1, MEMBER_ID));
    }
    ho_pg_result_free(rows);
    return HO_OK;
}
