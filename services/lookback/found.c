#include "found.h"

enum { ROWS_AT_ONCE = 500, BYTES_AT_ONCE = 4 << 20 };

enum { IDENTITY_ID, IDENTITY, EVENT_ID, SUBJECTS, CONTENT_TYPE, MESSAGE, TRACEPARENT, SOURCE, COLUMNS };
_Static_assert(HO_ADT_SUBJECTS_MAX == 32, "the statement below looks at so many");
_Static_assert((int)COLUMNS == (int)HO_FOUND_COLUMNS, "a column each");

// In the order in which they were found: an identity's messages as they came.
static const char *const WRITE =
    "with made as ("
    "  insert into redecide (identity_id, content_type, message, traceparent, source, reason)"
    "  select identity_id, content_type, message, traceparent, source, 'look-back'"
    "  from unnest($1::int8[], $2::bool[], $3::bytea[], $4::int8[], $5::text[], $6::bytea[], $7::text[], $8::text[])"
    "    with ordinality as i (identity_id, identity, event_id, subjects, content_type, message, traceparent, source, "
    "ord)"
    "  where identity or exists (select from generate_series(0, 31) as subject"
    "    where subjects & (1::int8 << subject) <> 0"
    "    and not exists (select from event_link l where l.event_id = i.event_id and l.subject = subject"
    "      and l.member_id <> '' and l.own))"
    "  order by ord returning 1"
    ") select count(*) from made";

static const char *const WAKE_MATCHER = "select pg_notify('handoff_redecide', '')";

static void begin_rows(struct ho_found *found)
{
    static const enum ho_pg_type TYPES[COLUMNS] = {
        [IDENTITY_ID] = HO_PG_INT8,  [IDENTITY] = HO_PG_BOOL, [EVENT_ID] = HO_PG_BYTEA,   [SUBJECTS] = HO_PG_INT8,
        [CONTENT_TYPE] = HO_PG_TEXT, [MESSAGE] = HO_PG_BYTEA, [TRACEPARENT] = HO_PG_TEXT, [SOURCE] = HO_PG_TEXT,
    };
    ho_arena_reset(found->arena);
    for (int i = 0; i < COLUMNS; i++)
        found->columns[i] = ho_pg_array_new(found->arena, TYPES[i]);
    found->bytes = 0;
}

void ho_found_init(struct ho_found *found)
{
    *found = (struct ho_found){.arena = ho_arena_new(0)};
    begin_rows(found);
}

void ho_found_cleanup(struct ho_found *found)
{
    ho_arena_free(found->arena);
    *found = (struct ho_found){0};
}

// A header's bytes may be any; a traceparent is some 55 printable characters (W3C Trace Context 3.2).
static struct ho_bytes traceparent_of(const struct ho_kafka_record *record)
{
    struct ho_bytes text = ho_kafka_header(record, "traceparent");
    bool fine = text.n <= 128;
    for (size_t i = 0; fine && i < text.n; i++)
        fine = text.p[i] > ' ' && text.p[i] < 0x7F;
    return fine ? text : ho_bytes_of("");
}

void ho_found_add(struct ho_found *found, const struct ho_kafka_record *record, const struct ho_finding *finding)
{
    struct ho_pg_array *const *columns = found->columns;
    ho_pg_push_int(columns[IDENTITY_ID], finding->identity_id);
    ho_pg_push_int(columns[IDENTITY], finding->identity);
    ho_pg_push_bytes(columns[EVENT_ID], ho_bytes_from(finding->event_id, HO_ID_BYTES));
    ho_pg_push_int(columns[SUBJECTS], finding->subjects);
    bool protobuf = ho_bytes_is(ho_kafka_header(record, "content-type"), "application/protobuf");
    ho_pg_push_text(columns[CONTENT_TYPE], protobuf ? "application/protobuf" : "application/hl7-v2+er7");
    ho_pg_push_bytes(columns[MESSAGE], record->value);
    ho_pg_push_bytes(columns[TRACEPARENT], traceparent_of(record));
    ho_pg_push_text(columns[SOURCE], finding->source);
    found->bytes += record->value.n;
}

bool ho_found_is_full(const struct ho_found *found)
{
    return found->bytes >= BYTES_AT_ONCE || ho_pg_array_length(found->columns[0]) >= ROWS_AT_ONCE;
}

enum ho_status ho_found_write(struct ho_found *found, struct ho_pg *pg, struct ho_error *error)
{
    if (!ho_pg_array_length(found->columns[0]))
        return HO_OK;
    struct ho_pg_params *params = ho_pg_params_new(found->arena);
    for (int i = 0; i < COLUMNS; i++)
        ho_pg_param_array(params, found->columns[i]);
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, WRITE, params, &result, error);
    int64_t written = status == HO_OK ? ho_pg_get_int(result, 0, 0) : 0;
    if (written)
        status = ho_pg_run(pg, WAKE_MATCHER, NULL, NULL, error);
    found->written += written;
    ho_pg_result_free(result);
    begin_rows(found);
    return status;
}
