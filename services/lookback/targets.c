#include "targets.h"

// ---- Statements ------------------------------------------------------------------------------------------

static const char *const PENDING = "select s.seq > l.roster_seq, exists (select from identity where look_back)"
                                   " from roster_sequence s, look_back l";

// And how many members there are, where some of them are looked for.
static const char *const SEQUENCES =
    "select l.roster_seq, s.seq,"
    "  case when s.seq > l.roster_seq then (select count(*) from member where not deleted) else 0 end"
    " from roster_sequence s, look_back l";

// What said no more than the number while its member was removed names nobody, so only the number finds it. In id
// order, as the matcher locks them; marked rather than read, so that those beyond a run's most are left for the next.
static const char *const MARK_RETURNED =
    "with locked as (select identity_id from identity where not look_back and identity_id in ("
    "    select k.identity_id from identity_member k join member m using (member_id)"
    "    where m.seq > $1 and m.returned_seq > $1 and not m.deleted and k.state <> 'not-same')"
    "  order by identity_id for update"
    ") update identity i set look_back = true from locked where i.identity_id = locked.identity_id";

// What was learnt about one identity holds for all that merges joined to it.
static const char *const IDENTITIES =
    "with pending as (select cluster from identity where look_back order by identity_id limit $1)"
    " select identity_id, xmin::text::int8, facility, mrn from identity where cluster in (select cluster from pending)"
    " order by identity_id";

// In id order, as the matcher locks them. Whoever marks an identity anew writes its row, and so its version.
static const char *const DONE_IDENTITIES =
    "with looked_for as (select * from unnest($1::int8[], $2::int8[]) as t (identity_id, version)), locked as ("
    "  select identity_id, xmin::text::int8 as version from identity"
    "  where identity_id in (select identity_id from looked_for) order by identity_id for update"
    ") update identity i set look_back = false from locked join looked_for using (identity_id, version)"
    "  where i.identity_id = locked.identity_id and i.look_back";

static const char *const DONE =
    "update look_back set roster_seq = $1, messages = messages + $2, found = found + $3, updated_at = now()";

// ---- Reading ---------------------------------------------------------------------------------------------

void ho_targets_init(struct ho_targets *targets, const struct ho_match_weights *weights)
{
    struct ho_arena *arena = ho_arena_new(0);
    *targets = (struct ho_targets){
        .members = ho_roster_index_new(weights),
        .identities = ho_keys_new(),
        .arena = arena,
        .identity_ids = ho_pg_array_new(arena, HO_PG_INT8),
        .versions = ho_pg_array_new(arena, HO_PG_INT8),
        .page = {.member_id = ""},
    };
}

void ho_targets_cleanup(struct ho_targets *targets)
{
    ho_roster_index_free(targets->members);
    ho_keys_free(targets->identities);
    ho_arena_free(targets->arena);
    *targets = (struct ho_targets){0};
}

static enum ho_status read_sequences(struct ho_targets *targets, struct ho_pg *pg, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, SEQUENCES, NULL, &result, error);
    if (status != HO_OK)
        return status;
    targets->after_seq = ho_pg_get_int(result, 0, 0);
    targets->seq = ho_pg_get_int(result, 0, 1);
    ho_roster_index_part_of(targets->members, (size_t)ho_pg_get_int(result, 0, 2));
    targets->page.seq = targets->after_seq + 1;
    ho_pg_result_free(result);
    return HO_OK;
}

static enum ho_status mark_returned(const struct ho_targets *targets, struct ho_pg *pg, struct ho_error *error)
{
    if (targets->seq == targets->after_seq)
        return HO_OK;
    struct ho_pg_params *params = ho_pg_params_new(targets->arena);
    ho_pg_int(params, targets->after_seq);
    return ho_pg_run(pg, MARK_RETURNED, params, NULL, error);
}

static enum ho_status read_identities(struct ho_targets *targets, struct ho_pg *pg, struct ho_error *error)
{
    enum { IDENTITY_ID, VERSION, FACILITY, MRN };
    struct ho_pg_params *params = ho_pg_params_new(targets->arena);
    ho_pg_int(params, HO_TARGET_IDENTITIES_MAX);
    struct ho_pg_result *rows = NULL;
    enum ho_status status = ho_pg_run(pg, IDENTITIES, params, &rows, error);
    if (status != HO_OK)
        return status;
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        ho_keys_add(targets->identities, ho_pg_get_text(rows, i, FACILITY), ho_pg_get_text(rows, i, MRN));
        ho_pg_push_int(targets->identity_ids, ho_pg_get_int(rows, i, IDENTITY_ID));
        ho_pg_push_int(targets->versions, ho_pg_get_int(rows, i, VERSION));
    }
    targets->n_identities = (size_t)ho_pg_rows(rows);
    ho_pg_result_free(rows);
    return HO_OK;
}

static enum ho_status read_members(struct ho_targets *targets, struct ho_pg *pg, struct ho_error *error)
{
    bool more = false;
    enum ho_status status =
        ho_members_read(pg, targets->arena, targets->members, &targets->page, targets->seq, &more, error);
    if (status == HO_OK)
        targets->read = !more;
    return status;
}

enum ho_status ho_targets_read(struct ho_targets *targets, struct ho_pg *pg, struct ho_error *error)
{
    if (targets->begun)
        return read_members(targets, pg, error);
    targets->begun = true;
    enum ho_status status = read_sequences(targets, pg, error);
    if (status == HO_OK)
        status = mark_returned(targets, pg, error);
    return status == HO_OK ? read_identities(targets, pg, error) : status;
}

// ---- The end of a run --------------------------------------------------------------------------------------

void ho_targets_queue_done(struct ho_targets *targets, struct ho_pg *pg, int64_t messages, int64_t found)
{
    struct ho_pg_params *identities = ho_pg_params_new(targets->arena);
    ho_pg_param_array(identities, targets->identity_ids);
    ho_pg_param_array(identities, targets->versions);
    struct ho_pg_params *counts = ho_pg_params_new(targets->arena);
    ho_pg_int(counts, targets->seq);
    ho_pg_int(counts, messages);
    ho_pg_int(counts, found);
    ho_pg_queue(pg, DONE_IDENTITIES, identities, NULL);
    ho_pg_queue(pg, DONE, counts, NULL);
}

enum ho_status ho_targets_pending(struct ho_pg *pg, struct ho_pending *out, struct ho_error *error)
{
    struct ho_pg_result *result = NULL;
    enum ho_status status = ho_pg_run(pg, PENDING, NULL, &result, error);
    if (status == HO_OK)
        *out = (struct ho_pending){ho_pg_get_int(result, 0, 0), ho_pg_get_int(result, 0, 1)};
    ho_pg_result_free(result);
    return status;
}
