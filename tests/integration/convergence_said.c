#include "convergence_said.h"

#include <stdlib.h>

enum { PLAN_KEY, KEY, STANDS };

static const char MESSAGES[] = "select payload from outbox where key = convert_to($1, 'UTF8') order by id";
static const char NOTICES[] = "select plan_key, key, wanted or paused from notice_plan where member_id = $1";

static const ho_notice *unpacked(struct ho_arena *arena, struct ho_bytes payload)
{
    const ho_notice *notice = ho_notice_unpack(arena, ho_arena_copy(arena, payload));
    if (!notice)
        abort(); // packed by the planner
    return notice;
}

enum ho_status said_read(struct ho_pg *pg, struct ho_arena *arena, const char *member_id, struct said *out,
                         struct ho_error *error)
{
    struct ho_pg_result *rows = NULL;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_text(params, member_id);
    *out = (struct said){0};
    ho_pg_queue(pg, NOTICES, params, &out->rows);
    ho_pg_queue(pg, MESSAGES, params, &rows);
    enum ho_status status = ho_pg_flush(pg, error);
    out->n = status == HO_OK ? (size_t)ho_pg_rows(rows) : 0;
    out->messages = ho_arena_array(arena, out->n, sizeof(ho_notice *));
    for (size_t i = 0; i < out->n; i++)
        out->messages[i] = unpacked(arena, ho_pg_get_bytes(rows, (int)i, 0));
    ho_pg_result_free(rows);
    return status;
}

void said_cleanup(struct said *said)
{
    ho_pg_result_free(said->rows);
}

static bool is_key(ProtobufCBinaryData data, struct ho_bytes key)
{
    return ho_bytes_equal(ho_bytes_from(data.data, data.len), key);
}

static size_t count_said(const struct said *s, struct ho_bytes key)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += is_key(s->messages[i]->key, key);
    return n;
}

static size_t count_corrections(const struct said *s, struct ho_bytes key)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->messages[i]->correction && is_key(s->messages[i]->corrects, key);
    return n;
}

// The row with that key in the column; -1 where there is none.
static int find_row(const struct said *s, int column, struct ho_bytes key)
{
    int i = ho_pg_rows(s->rows) - 1;
    while (i >= 0 && !ho_bytes_equal(ho_pg_get_bytes(s->rows, i, column), key))
        i--;
    return i;
}

static const char *message_fault(const struct said *s, const ho_notice *message)
{
    struct ho_bytes key = ho_bytes_from(message->key.data, message->key.len);
    int row = find_row(s, KEY, key);
    bool stands = row >= 0 && ho_pg_get_int(s->rows, row, STANDS);
    size_t corrections = count_corrections(s, key);
    if (count_said(s, key) != 1)
        return "two messages have one key";
    if (corrections > (message->correction || stands ? 0 : 1))
        return "a notice is corrected that stands, or twice";
    bool is_reminder = message->task[0] != 0;
    if (!message->correction && !is_reminder && !stands && !corrections)
        return "a notice does not hold, and nobody is told";
    return NULL;
}

const char *said_fault(const struct said *said)
{
    const char *fault = NULL;
    for (size_t i = 0; !fault && i < said->n; i++)
        fault = message_fault(said, said->messages[i]);
    return fault;
}

// Of reminders that come at once the last is said.
static bool is_last(const struct ho_plan *plan, const struct ho_planned_notice *notice)
{
    for (size_t i = 0; notice->reminder && i < plan->n_notices; i++) {
        const struct ho_planned_notice *other = &plan->notices[i];
        if (other->reminder && other->task == notice->task && other->transition == notice->transition &&
            other->at > notice->at)
            return false;
    }
    return true;
}

const char *said_plan_fault(const struct said *said, const struct ho_plan *plan, int64_t now)
{
    for (size_t i = 0; i < plan->n_notices; i++) {
        const struct ho_planned_notice *notice = &plan->notices[i];
        int row = find_row(said, PLAN_KEY, ho_bytes_from(notice->key, HO_ID_BYTES));
        if (row < 0)
            return "a planned notice has no row";
        if (is_last(plan, notice) && !ho_notice_is_over(notice, now) &&
            count_said(said, ho_pg_get_bytes(said->rows, row, KEY)) != 1)
            return "a notice was not said";
    }
    return NULL;
}
