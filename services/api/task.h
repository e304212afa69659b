// One task as the API shows it: the columns of a select and the JSON they make.
#pragma once

#include "api.h"

// What follows "select" and stands before "where": one task a row, its columns as enum ho_task_column.
#define HO_TASK_SELECT                                                                                                 \
    "select encode(t.key, 'hex'), t.member_id,"                                                                        \
    " concat_ws(' ', nullif(m.given, ''), nullif(m.surname, ''), nullif(m.suffix, '')),"                               \
    " coalesce(m.birth_date, 0), coalesce(m.phone, ''), coalesce(m.language, ''),"                                     \
    " coordinator_id(coalesce(m.coordinator_email, ''), coalesce(m.coordinator, '')), coalesce(m.coordinator, ''),"    \
    " t.template, t.title, t.role, t.status, t.flagged, t.due, (t.due < now() and t.status in ('open', 'claimed')),"   \
    " t.why, t.occurred, t.protocol, t.outcomes, coordinator_id(t.assignee, ''), coalesce(a.coordinator, t.assignee)," \
    " t.outcome, t.note, t.version, t.updated_at,"                                                                     \
    " r.from_setting, r.to_setting, r.facility, r.destination, r.disposition, t.key, t.aliases, t.work_status,"        \
    " coalesce(r.withheld, false), coordinator_id(coalesce(s.backup_email, ''), ''),"                                  \
    " coalesce(nullif(b.name, ''), s.backup_email, ''), coalesce(s.away_from, 0), coalesce(s.away_to, 0)"              \
    " from task t"                                                                                                     \
    " left join member m on m.member_id = t.member_id"                                                                 \
    " left join staff s on s.email = lower(m.coordinator_email) and s.backup_email <> '' and s.away_from > 0"          \
    " left join staff b on b.email = lower(s.backup_email)"                                                            \
    " left join transition r on r.member_id = t.member_id and r.transition_id = t.change"                              \
    " left join lateral (select s.coordinator from member s"                                                           \
    "   where coordinator_id(s.coordinator_email, s.coordinator) = coordinator_id(t.assignee, '')"                     \
    "   order by s.seq desc limit 1) a on t.assignee <> '' "

enum ho_task_column {
    HO_TASK_KEY,
    HO_TASK_MEMBER,
    HO_TASK_MEMBER_NAME,
    HO_TASK_BIRTH_DATE,
    HO_TASK_PHONE,
    HO_TASK_LANGUAGE,
    HO_TASK_COORDINATOR,
    HO_TASK_COORDINATOR_NAME,
    HO_TASK_TEMPLATE,
    HO_TASK_TITLE,
    HO_TASK_ROLE,
    HO_TASK_STATUS,
    HO_TASK_FLAGGED,
    HO_TASK_DUE,
    HO_TASK_OVERDUE,
    HO_TASK_WHY,
    HO_TASK_OCCURRED,
    HO_TASK_PROTOCOL,
    HO_TASK_OUTCOMES,
    HO_TASK_ASSIGNEE,
    HO_TASK_ASSIGNEE_NAME,
    HO_TASK_OUTCOME,
    HO_TASK_NOTE,
    HO_TASK_VERSION,
    HO_TASK_UPDATED,
    HO_TASK_FROM,
    HO_TASK_TO,
    HO_TASK_FACILITY,
    HO_TASK_DESTINATION,
    HO_TASK_DISPOSITION,
    HO_TASK_KEY_BYTES,
    HO_TASK_ALIASES,
    HO_TASK_WORK_STATUS,
    HO_TASK_WITHHELD,
    HO_TASK_BACKUP,
    HO_TASK_BACKUP_NAME,
    HO_TASK_AWAY_FROM,
    HO_TASK_AWAY_TO,
};

// `today`, in the plan's zone, says whether the coordinator is away.
json_t *ho_task_json(const struct ho_pg_result *result, int row, uint32_t today, struct ho_arena *arena);
// The date in the plan's zone.
uint32_t ho_task_today(const struct ho_call *call);
// {"id", "name"}, or null where `id` is empty.
json_t *ho_task_person(const struct ho_pg_result *result, int row, int id_column, int name_column);
// The keys that the task has had: one for each alias of its change. A bytea array.
struct ho_pg_array *ho_task_keys(const struct ho_pg_result *result, int row, struct ho_arena *arena);
// 32 hex digits as 16 bytes. False where the text is not that.
bool ho_task_key_read(const char *text, uint8_t key[16]);
// The task of the key, one row or none. False: the answer is already written.
bool ho_task_read(struct ho_call *call, const uint8_t key[16], struct ho_pg_result **out);
// Answers with the task of row 0, with its version as ETag.
void ho_task_reply(struct ho_call *call, const struct ho_pg_result *result, json_t *history_or_null);
