#include "intake.h"

#include "handoff/platform/log.h"
#include "roster/members.h"

static const char *const SEQUENCE = "select seq from roster_sequence";

static enum ho_status read_changes(struct ho_intake *intake, struct ho_pg *pg, struct ho_error *error)
{
    struct ho_arena *arena = ho_arena_new(0);
    struct ho_members_cursor cursor = {intake->roster_seq + 1, ""};
    bool more = true;
    enum ho_status status = HO_OK;
    while (status == HO_OK && more)
        status = ho_members_read(pg, arena, intake->index, &cursor, INT64_MAX, &more, error);
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
