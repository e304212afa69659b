#include "task.h"

#include <assert.h>
#include <inttypes.h>

#include "handoff/digest.h"
#include "handoff/plan.h"
#include "handoff/platform/loop.h"
#include "json.h"

static json_t *member_json(const struct ho_pg_result *r, int row)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "id", ho_json_cell_text(r, row, HO_TASK_MEMBER), "name",
                     ho_json_cell_text(r, row, HO_TASK_MEMBER_NAME), "birth_date",
                     ho_json_date(ho_pg_get_int(r, row, HO_TASK_BIRTH_DATE)), "phone",
                     ho_json_cell_text(r, row, HO_TASK_PHONE), "language", ho_json_cell_text(r, row, HO_TASK_LANGUAGE));
}

// Where the transition is gone (the hospital took it back), only the time stays.
static json_t *transition_json(const struct ho_pg_result *r, int row)
{
    json_t *json = json_pack("{s:o}", "occurred", ho_json_cell_instant(r, row, HO_TASK_OCCURRED));
    bool known = !ho_pg_is_null(r, row, HO_TASK_TO);
    bool withheld = ho_pg_get_int(r, row, HO_TASK_WITHHELD);
    static const char *const names[] = {"from", "to", "facility", "destination", "disposition"};
    for (int i = 0; i < 5; i++) {
        bool shown = known && !(withheld && (i == 2 || i == 4));
        json_object_set_new(json, names[i], shown ? ho_json_cell_text(r, row, HO_TASK_FROM + i) : json_null());
    }
    json_object_set_new(json, "withheld", withheld ? json_string("part2") : json_null());
    return json;
}

uint32_t ho_task_today(const struct ho_call *call)
{
    return ho_zone_date(call->api->zone, ho_clock_us());
}

// Who stands in for the coordinator today; null: nobody has to, or can.
static json_t *backup_json(const struct ho_pg_result *r, int row, uint32_t today)
{
    uint32_t from = (uint32_t)ho_pg_get_int(r, row, HO_TASK_AWAY_FROM);
    uint32_t to = (uint32_t)ho_pg_get_int(r, row, HO_TASK_AWAY_TO);
    bool away = from && from <= today && (!to || today <= to);
    return away ? ho_task_person(r, row, HO_TASK_BACKUP, HO_TASK_BACKUP_NAME) : json_null();
}

json_t *ho_task_person(const struct ho_pg_result *result, int row, int id_column, int name_column)
{
    if (!*ho_pg_get_text(result, row, id_column))
        return json_null();
    return json_pack("{s:o, s:o}", "id", ho_json_cell_text(result, row, id_column), "name",
                     ho_json_cell_text(result, row, name_column));
}

json_t *ho_task_json(const struct ho_pg_result *r, int row, uint32_t today, struct ho_arena *arena)
{
    json_t *json =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:b, s:o, s:o}", "key",
                  ho_json_cell_text(r, row, HO_TASK_KEY), "member", member_json(r, row), "coordinator",
                  ho_task_person(r, row, HO_TASK_COORDINATOR, HO_TASK_COORDINATOR_NAME), "template",
                  ho_json_cell_text(r, row, HO_TASK_TEMPLATE), "title", ho_json_cell_text(r, row, HO_TASK_TITLE),
                  "role", ho_json_cell_text(r, row, HO_TASK_ROLE), "status", ho_json_cell_text(r, row, HO_TASK_STATUS),
                  "flagged", (int)ho_pg_get_int(r, row, HO_TASK_FLAGGED), "due",
                  ho_json_cell_instant(r, row, HO_TASK_DUE), "overdue", (int)ho_pg_get_int(r, row, HO_TASK_OVERDUE),
                  "why", ho_json_cell_text(r, row, HO_TASK_WHY), "transition", transition_json(r, row));
    json_t *rest = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "backup", backup_json(r, row, today), "protocol",
        ho_json_cell_text(r, row, HO_TASK_PROTOCOL), "outcomes", ho_json_cell_texts(r, row, HO_TASK_OUTCOMES, arena),
        "assignee", ho_task_person(r, row, HO_TASK_ASSIGNEE, HO_TASK_ASSIGNEE_NAME), "outcome",
        ho_json_cell_text(r, row, HO_TASK_OUTCOME), "note", ho_json_cell_text(r, row, HO_TASK_NOTE), "version",
        (json_int_t)ho_pg_get_int(r, row, HO_TASK_VERSION), "updated_at",
        ho_json_cell_instant(r, row, HO_TASK_UPDATED));
    json_object_update_new(json, rest);
    return json;
}

struct ho_pg_array *ho_task_keys(const struct ho_pg_result *result, int row, struct ho_arena *arena)
{
    struct ho_bytes *aliases;
    size_t n = ho_pg_get_array(result, row, HO_TASK_ALIASES, arena, &aliases);
    struct ho_pg_array *keys = ho_pg_array_new(arena, HO_PG_BYTEA);
    ho_pg_push_bytes(keys, ho_pg_get_bytes(result, row, HO_TASK_KEY_BYTES));
    for (size_t i = 0; i < n; i++) {
        uint8_t key[HO_ID_BYTES];
        if (aliases[i].n != HO_ID_BYTES)
            continue;
        ho_plan_key(ho_pg_get_text(result, row, HO_TASK_MEMBER), aliases[i].p,
                    ho_pg_get_text(result, row, HO_TASK_TEMPLATE), key);
        ho_pg_push_bytes(keys, ho_bytes_from(key, sizeof key));
    }
    return keys;
}

bool ho_task_key_read(const char *text, uint8_t key[16])
{
    return ho_unhex(ho_bytes_of(text), key, 16);
}

bool ho_task_read(struct ho_call *call, const uint8_t key[16], struct ho_pg_result **out)
{
    struct ho_pg_params *params = ho_pg_params_new(call->request->arena);
    ho_pg_bytea(params, ho_bytes_from(key, 16));
    return ho_database_run(call, HO_TASK_SELECT "where t.key = $1", params, out);
}

void ho_task_reply(struct ho_call *call, const struct ho_pg_result *result, json_t *history_or_null)
{
    struct ho_arena *arena = call->request->arena;
    json_t *task = ho_task_json(result, 0, ho_task_today(call), arena);
    if (history_or_null)
        json_object_set_new(task, "history", history_or_null);
    ho_reply_header(call, "ETag", ho_arena_printf(arena, "\"%" PRId64 "\"", ho_pg_get_int(result, 0, HO_TASK_VERSION)));
    ho_reply_json(call, 200, task);
}
