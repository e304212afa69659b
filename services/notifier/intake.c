#include "intake.h"

#include "handoff/platform/log.h"
#include "handoff/platform/loop.h"
#include "handoff/time.h"

#include <inttypes.h>

// Rows of one kind of notice, as columns.
struct notices {
    struct ho_pg_array *keys, *members, *names, *bodies, *programs, *dates;
    struct ho_pg_array *role_keys, *roles; // of notices: the key beside each role
    struct ho_pg_array *corrects;          // of a correction
};

static void notices_init(struct ho_arena *arena, struct notices *n)
{
    n->keys = ho_pg_array_new(arena, HO_PG_BYTEA);
    n->members = ho_pg_array_new(arena, HO_PG_TEXT);
    n->names = ho_pg_array_new(arena, HO_PG_TEXT);
    n->bodies = ho_pg_array_new(arena, HO_PG_BYTEA);
    n->programs = ho_pg_array_new(arena, HO_PG_TEXT);
    n->dates = ho_pg_array_new(arena, HO_PG_INT4);
    n->role_keys = ho_pg_array_new(arena, HO_PG_BYTEA);
    n->roles = ho_pg_array_new(arena, HO_PG_TEXT);
    n->corrects = ho_pg_array_new(arena, HO_PG_BYTEA);
}

static void add(struct notices *n, const ho_notice *notice, struct ho_bytes body)
{
    ho_pg_push_bytes(n->keys, ho_bytes_from(notice->key.data, notice->key.len));
    ho_pg_push_text(n->members, notice->member_id);
    ho_pg_push_text(n->names, notice->name);
    ho_pg_push_bytes(n->bodies, body);
    ho_pg_push_text(n->programs, notice->program);
    ho_pg_push_int(n->dates, (int64_t)notice->date);
    ho_pg_push_bytes(n->corrects, ho_bytes_from(notice->corrects.data, notice->corrects.len));
    for (size_t i = 0; i < notice->n_roles; i++) {
        ho_pg_push_bytes(n->role_keys, ho_bytes_from(notice->key.data, notice->key.len));
        ho_pg_push_text(n->roles, notice->roles[i]);
    }
}

static void sort_out(struct ho_intake *intake, struct ho_arena *arena, const struct ho_batch *batch,
                     struct notices *first, struct notices *corrections)
{
    for (size_t i = 0; i < batch->n_records; i++) {
        const struct ho_kafka_record *record = &batch->records[i];
        const ho_notice *notice = ho_notice_unpack(arena, record->value);
        if (!notice) {
            intake->unreadable++;
            ho_log(HO_ERROR, "a notice cannot be read and is passed over",
                   "topic=transition.events partition=%" PRId32 " offset=%" PRId64, record->partition, record->offset);
            continue;
        }
        add(notice->correction ? corrections : first, notice, record->value);
    }
}

// A key that comes again makes nothing: its notice is there. $5 and $6: the roles that are to be told; $7: by e-mail;
// $8: domain of the Message-ID; $9: host of the webhook; $10: partition; $11 and $12: program and date, by which the
// member's standing is asked before each attempt; $13: today.
static const char take_notices[] =
    "with input as ("
    "  select distinct on (key) *"
    "  from unnest($1::bytea[], $2::text[], $3::text[], $4::bytea[], $11::text[], $12::int4[])"
    "    with ordinality as i (key, member_id, name, body, program, on_date, ord) order by key, ord"
    "), made as ("
    "  insert into notice (key, member_id, name, body, program, on_date)"
    "  select key, member_id, name, body, program, on_date from input order by ord"
    "  on conflict do nothing returning key"
    "), fresh as ("
    "  select key, ord, member_id from made join input using (key)"
    "), asked as ("
    "  select distinct key, role from unnest($5::bytea[], $6::text[]) as r (key, role)"
    "), told as ("
    "  select f.key, f.ord, a.role, r.email from fresh f join asked a using (key)"
    "    left join lateral recipients(f.member_id, a.role, $13::int8::int4) r on true"
    "), mails as ("
    "  insert into delivery (notice_key, channel, recipient, message_id, roles)"
    "  select key, 'email', min(email), '<' || encode(key, 'hex') || '.'"
    "    || left(encode(sha256(convert_to(lower(email), 'UTF8')), 'hex'), 16) || '@' || $8 || '>',"
    "    array_agg(distinct role order by role)"
    "  from told where email is not null and $7 group by key, ord, lower(email) order by ord, lower(email)"
    "  returning notice_key"
    "), calls as ("
    "  insert into delivery (notice_key, channel, recipient, message_id)"
    "  select key, 'webhook', $9, encode(key, 'hex') || '.webhook' from fresh where $9 <> '' order by ord"
    "), counted as ("
    "  insert into leg (stage, part, n) select 'handled:transition.events', $10, count(*) from made"
    "  on conflict (stage, part) do update set n = leg.n + excluded.n"
    ") select count(*),"
    "  count(*) filter (where $9 = '' and not exists (select from mails where notice_key = key)),"
    "  (select coalesce(array_agg(role), '{}') from told where email is null) from fresh";

// $5: what each corrects; $6: domain of the Message-ID; $7: partition.
static const char take_corrections[] =
    "with input as ("
    "  select distinct on (key) * from unnest($1::bytea[], $2::text[], $3::text[], $4::bytea[], $5::bytea[])"
    "    with ordinality as i (key, member_id, name, body, corrects, ord) order by key, ord"
    "), made as ("
    "  insert into notice (key, member_id, name, body) select key, member_id, name, body from input order by ord"
    "  on conflict do nothing returning key"
    "), told as ("
    "  insert into delivery (notice_key, channel, recipient, roles, message_id)"
    "  select i.key, d.channel, d.recipient, d.roles, case when d.channel = 'email' then '<' || encode(i.key, 'hex') "
    "|| '.'"
    "      || left(encode(sha256(convert_to(lower(d.recipient), 'UTF8')), 'hex'), 16) || '@' || $6 || '>'"
    "    else encode(i.key, 'hex') || '.' || d.channel end"
    "  from made join input i using (key) join delivery d on d.notice_key = i.corrects order by i.ord, d.id"
    "), counted as ("
    "  insert into leg (stage, part, n) select 'handled:transition.events', $7, count(*) from made"
    "  on conflict (stage, part) do update set n = leg.n + excluded.n"
    ") select count(*) from made";

static struct ho_pg_params *common_params(struct ho_arena *arena, const struct notices *n)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_param_array(params, n->keys);
    ho_pg_param_array(params, n->members);
    ho_pg_param_array(params, n->names);
    ho_pg_param_array(params, n->bodies);
    return params;
}

static void count_unresolved(struct ho_intake *intake, struct ho_arena *arena, const struct ho_pg_result *result)
{
    enum ho_role role;
    struct ho_bytes *roles;
    size_t n = ho_pg_get_array(result, 0, 2, arena, &roles);
    for (size_t i = 0; i < n; i++)
        if (ho_role_from_name(roles[i], &role))
            intake->unresolved[role]++;
}

static enum ho_status write_notices(struct ho_intake *intake, struct ho_pg *pg, struct ho_arena *arena,
                                    const struct notices *n, int32_t partition, struct ho_error *error)
{
    if (!ho_pg_array_length(n->keys))
        return HO_OK;
    struct ho_pg_result *result = NULL;
    struct ho_pg_params *params = common_params(arena, n);
    ho_pg_param_array(params, n->role_keys);
    ho_pg_param_array(params, n->roles);
    ho_pg_bool(params, intake->channels.email);
    ho_pg_text(params, intake->channels.mail_domain);
    ho_pg_text(params, intake->channels.webhook_host);
    ho_pg_int(params, partition);
    ho_pg_param_array(params, n->programs);
    ho_pg_param_array(params, n->dates);
    ho_pg_int(params, ho_zone_date(intake->channels.zone, ho_clock_us()));
    enum ho_status status = ho_pg_run(pg, take_notices, params, &result, error);
    if (status == HO_OK) {
        intake->notices += ho_pg_get_int(result, 0, 0);
        intake->without_recipient += ho_pg_get_int(result, 0, 1);
        count_unresolved(intake, arena, result);
    }
    ho_pg_result_free(result);
    return status;
}

static enum ho_status write_corrections(struct ho_intake *intake, struct ho_pg *pg, struct ho_arena *arena,
                                        const struct notices *n, int32_t partition, struct ho_error *error)
{
    if (!ho_pg_array_length(n->keys))
        return HO_OK;
    struct ho_pg_result *result = NULL;
    struct ho_pg_params *params = common_params(arena, n);
    ho_pg_param_array(params, n->corrects);
    ho_pg_text(params, intake->channels.mail_domain);
    ho_pg_int(params, partition);
    enum ho_status status = ho_pg_run(pg, take_corrections, params, &result, error);
    if (status == HO_OK)
        intake->notices += ho_pg_get_int(result, 0, 0);
    ho_pg_result_free(result);
    return status;
}

enum ho_status ho_intake_handle(void *context, struct ho_pg *pg, struct ho_arena *arena, const struct ho_batch *batch,
                                struct ho_error *error)
{
    struct ho_intake *intake = context;
    struct notices first, corrections;
    *intake = (struct ho_intake){.channels = intake->channels};
    notices_init(arena, &first);
    notices_init(arena, &corrections);
    sort_out(intake, arena, batch, &first, &corrections);
    enum ho_status status = write_notices(intake, pg, arena, &first, batch->partition, error);
    // What a correction corrects may stand in the same batch, before it.
    if (status == HO_OK)
        status = write_corrections(intake, pg, arena, &corrections, batch->partition, error);
    return status;
}
