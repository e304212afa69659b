// What people say: one transaction a word.
#include "relink.h"

#include "handoff/adt.h"
#include "handoff/digest.h"

#include <stdlib.h>

const char *const ho_review_decision_names[] = {
    [HO_REVIEW_SAME] = "same", [HO_REVIEW_NOT_SAME] = "not-same", [HO_REVIEW_NEEDS_MORE] = "needs-more", NULL};

// A number below HO_ADT_SUBJECTS_MAX, as it is printed: no sign, no leading zero.
static bool read_subject(const char *text, int64_t *out)
{
    size_t n = strspn(text, "0123456789");
    *out = strtol(text, NULL, 10);
    return n >= 1 && n <= 2 && text[n] == '\0' && (n == 1 || *text != '0') && *out < HO_ADT_SUBJECTS_MAX;
}

bool ho_review_ref_read(const char *text, struct ho_review_ref *out)
{
    size_t digits = (size_t)2 * HO_ID_BYTES;
    return strlen(text) > digits && ho_unhex(ho_bytes_from(text, digits), out->event_id, HO_ID_BYTES) &&
           text[digits] == '.' && read_subject(text + digits + 1, &out->subject);
}

// ---- Statements.

static const char IDENTITY[] = "select identity_id from review where event_id = $1 and subject = $2";
// What a not-same about the member is about: an item that says that the message contradicts the member is no question
// about the identity. $3 the cluster, $4 the member.
static const char ITEM[] =
    "select version, candidates, case"
    "  when reason = 'identity-contradicted' and cardinality(candidates) > 1 then 'candidate'"
    "  when reason = 'identity-contradicted' then 'message'"
    "  when reason = 'contradicts-decision' and exists (select from identity_member m where m.identity_id = any ($3)"
    "    and m.member_id = $4::text and m.state = 'same') then 'message'"
    "  else 'identity' end"
    " from review where event_id = $1 and subject = $2 for update";
static const char LAST[] = "select by, action from decision_history where event_id = $1 and subject = $2"
                           " order by id desc limit 1";
static const char MEMBER[] = "select 1 from member where member_id = $1 and not deleted";
// Whether the cluster is known to be the member, whether they were ruled out for it; of the links to nobody whether
// there are any, whether events of them are kept, and the same of those that were set apart.
static const char IS_KNOWN[] =
    "with nobody as (select decision = 'not-same' as apart, event is not null as kept from event_link"
    "   where identity_id = any ($1) and member_id = '')"
    " select exists (select from identity_member where identity_id = any ($1) and member_id = $2::text"
    "   and state in ('matched', 'same'))"
    "  or exists (select from event_link where identity_id = any ($1) and member_id = $2::text),"
    " exists (select from identity_member where identity_id = any ($1) and member_id = $2::text and state = "
    "'not-same'),"
    " exists (select from nobody), exists (select from nobody where kept),"
    " exists (select from nobody where apart), exists (select from nobody where apart and kept)";
// $3 note, $4 by
static const char NEEDS_MORE[] =
    "update review set status = 'needs-more', note = $3, updated_at = now(), updated_by = $4, version = default"
    " where event_id = $1 and subject = $2 returning version";
// $1 identity, $2 event, $3 subject, $4 by, $5 action, $6 member, $7 note, $8 to whom, $9 the version that was decided
static const char HISTORY[] =
    "insert into decision_history (identity_id, event_id, subject, by, action, member_id, detail)"
    " values ($1, nullif($2, ''::bytea), nullif($3, -1), $4, $5, $6, jsonb_strip_nulls(jsonb_build_object('note', "
    "$7::text, 'to', $8::text,"
    "  'version', nullif($9::bigint, 0))))";

static struct ho_pg_params *ref_params(struct ho_arena *arena, const struct ho_review_ref *item)
{
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_bytea(params, ho_bytes_from(item->event_id, HO_ID_BYTES));
    ho_pg_int(params, item->subject);
    return params;
}

// ---- Looking, under the cluster's lock where it matters.

// The item is not there: somebody decided it, or it never was.
static enum ho_status tell_gone(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_ref *item,
                                struct ho_review_outcome *out, struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    enum ho_status status = ho_pg_run(pg, LAST, ref_params(arena, item), &row, error);
    bool decided = status == HO_OK && ho_pg_rows(row) == 1;
    out->answer = decided ? HO_REVIEW_DECIDED : HO_REVIEW_NO_ITEM;
    if (decided) {
        out->by = ho_arena_text(arena, ho_pg_get_bytes(row, 0, 0));
        out->action = ho_arena_text(arena, ho_pg_get_bytes(row, 0, 1));
    }
    ho_pg_result_free(row);
    return status;
}

static enum ho_status find_member(struct ho_pg *pg, struct ho_arena *arena, const char *member_id,
                                  struct ho_review_outcome *out, struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    struct ho_pg_params *params = ho_pg_params_new(arena);
    ho_pg_text(params, member_id);
    enum ho_status status = ho_pg_run(pg, MEMBER, params, &row, error);
    if (status == HO_OK && ho_pg_rows(row) == 0)
        out->answer = HO_REVIEW_NO_MEMBER;
    ho_pg_result_free(row);
    return status;
}

static bool is_candidate(struct ho_arena *arena, const struct ho_pg_result *item, const char *member_id)
{
    struct ho_bytes *candidates;
    size_t n = ho_pg_get_array(item, 0, 1, arena, &candidates);
    for (size_t i = 0; i < n; i++)
        if (ho_bytes_is(candidates[i], member_id))
            return true;
    return false;
}

// Whether the item is as it was seen, and the decision fits it; what a not-same is about.
static enum ho_status check_item(const struct ho_cluster *cluster, const struct ho_review_request *request,
                                 const char **about, struct ho_review_outcome *out, struct ho_error *error)
{
    struct ho_pg_result *item = NULL;
    struct ho_pg_params *params = ref_params(cluster->arena, &request->item);
    ho_pg_param_array(params, cluster->ids);
    ho_pg_text(params, request->member_id);
    enum ho_status status = ho_pg_run(cluster->pg, ITEM, params, &item, error);
    bool there = status == HO_OK && ho_pg_rows(item) == 1;
    if (there) {
        out->version = ho_pg_get_int(item, 0, 0);
        *about = ho_arena_text(cluster->arena, ho_pg_get_bytes(item, 0, 2));
        if (request->version != HO_REVIEW_ANY_VERSION && request->version != out->version)
            out->answer = HO_REVIEW_CHANGED;
        else if (request->decision == HO_REVIEW_NOT_SAME && !is_candidate(cluster->arena, item, request->member_id))
            out->answer = HO_REVIEW_NO_CANDIDATE;
    }
    ho_pg_result_free(item);
    if (status == HO_OK && !there)
        return tell_gone(cluster->pg, cluster->arena, &request->item, out, error);
    if (status == HO_OK && out->answer == HO_REVIEW_DONE && request->decision == HO_REVIEW_SAME)
        status = find_member(cluster->pg, cluster->arena, request->member_id, out, error);
    return status;
}

// ---- Deciding.

static enum ho_status write_history(const struct ho_cluster *cluster, const struct ho_review_ref *item_or_null,
                                    const char *by, const char *action, const char *member_id, const char *note,
                                    const char *to_or_null, int64_t version, struct ho_error *error)
{
    struct ho_pg_params *params = ho_pg_params_new(cluster->arena);
    ho_pg_int(params, cluster->identity_id);
    ho_pg_bytea(params, item_or_null ? ho_bytes_from(item_or_null->event_id, HO_ID_BYTES) : ho_bytes_of(""));
    ho_pg_int(params, item_or_null ? item_or_null->subject : -1);
    ho_pg_text(params, by);
    ho_pg_text(params, action);
    ho_pg_text(params, member_id);
    ho_pg_text(params, note);
    ho_pg_text(params, to_or_null);
    ho_pg_int(params, version);
    return ho_pg_run(cluster->pg, HISTORY, params, NULL, error);
}

static enum ho_status mark_needs_more(const struct ho_cluster *cluster, const struct ho_review_request *request,
                                      struct ho_review_outcome *out, struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    struct ho_pg_params *params = ref_params(cluster->arena, &request->item);
    ho_pg_text(params, request->note);
    ho_pg_text(params, request->by);
    enum ho_status status = ho_pg_run(cluster->pg, NEEDS_MORE, params, &row, error);
    if (status == HO_OK)
        out->version = ho_pg_get_int(row, 0, 0);
    ho_pg_result_free(row);
    return status;
}

static enum ho_status write_word(const struct ho_cluster *cluster, const struct ho_review_request *request,
                                 const char *about, struct ho_review_outcome *out, struct ho_error *error)
{
    bool same = request->decision == HO_REVIEW_SAME;
    const struct ho_relink relink = {
        .not_member = same ? "" : request->member_id,
        .member = same ? request->member_id : "",
        .note = request->note,
        .by = request->by,
        .item = &request->item,
    };
    if (request->decision == HO_REVIEW_NEEDS_MORE)
        return mark_needs_more(cluster, request, out, error);
    if (!same && strcmp(about, "message") == 0)
        return ho_cluster_set_apart(cluster, &request->item, out, error);
    if (!same && strcmp(about, "candidate") == 0)
        return ho_cluster_strike(cluster, &request->item, request->member_id, request->by, error);
    return ho_cluster_relink(cluster, &relink, out, error);
}

static enum ho_status carry_out(const struct ho_cluster *cluster, const struct ho_review_request *request,
                                const char *about, struct ho_review_outcome *out, struct ho_error *error)
{
    int64_t seen = out->version;
    enum ho_status status = write_word(cluster, request, about, out, error);
    // Each item that became a link has its row in the history.
    if (status != HO_OK || request->decision == HO_REVIEW_SAME)
        return status;
    const char *name = ho_review_decision_names[request->decision];
    return write_history(cluster, &request->item, request->by, name, request->member_id, request->note, NULL, seen,
                         error);
}

static enum ho_status decide_item(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_request *request,
                                  struct ho_review_outcome *out, struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    struct ho_cluster cluster;
    const char *about = "";
    bool found = false;
    enum ho_status status = ho_pg_run(pg, IDENTITY, ref_params(arena, &request->item), &row, error);
    if (status == HO_OK && ho_pg_rows(row) == 1)
        status = ho_cluster_lock(pg, arena, ho_pg_get_int(row, 0, 0), &cluster, &found, error);
    ho_pg_result_free(row);
    if (status != HO_OK)
        return status;
    if (!found)
        return tell_gone(pg, arena, &request->item, out, error);
    status = check_item(&cluster, request, &about, out, error);
    if (status == HO_OK && out->answer == HO_REVIEW_DONE)
        status = carry_out(&cluster, request, about, out, error);
    return status;
}

// ---- Undoing.

static bool is_taken_back(const struct ho_review_undo *undo)
{
    return strcmp(undo->member_id, undo->to) == 0;
}

enum { KNOWN, RULED_OUT, NOBODYS, NOBODYS_KEPT, APART, APART_KEPT };

// What was known goes elsewhere; what was ruled out, for the identity or for messages, comes back, or goes to another,
// while the events are kept. Where none was ever linked there is none to keep: the look-back finds what came.
static enum ho_review_answer may_undo(const struct ho_review_undo *undo, const struct ho_pg_result *row)
{
    bool back = is_taken_back(undo);
    if (!back && ho_pg_get_int(row, 0, KNOWN))
        return HO_REVIEW_DONE;
    if (*undo->to && ho_pg_get_int(row, 0, RULED_OUT))
        return ho_pg_get_int(row, 0, NOBODYS) && !ho_pg_get_int(row, 0, NOBODYS_KEPT) ? HO_REVIEW_TOO_LATE
                                                                                      : HO_REVIEW_DONE;
    if (!back || !ho_pg_get_int(row, 0, KNOWN) || !ho_pg_get_int(row, 0, APART))
        return HO_REVIEW_NO_LINK;
    return ho_pg_get_int(row, 0, APART_KEPT) ? HO_REVIEW_DONE : HO_REVIEW_TOO_LATE;
}

static enum ho_status check_undo(const struct ho_cluster *cluster, const struct ho_review_undo *undo,
                                 struct ho_review_outcome *out, struct ho_error *error)
{
    struct ho_pg_result *row = NULL;
    struct ho_pg_params *params = ho_pg_params_new(cluster->arena);
    ho_pg_param_array(params, cluster->ids);
    ho_pg_text(params, undo->member_id);
    enum ho_status status = ho_pg_run(cluster->pg, IS_KNOWN, params, &row, error);
    if (status == HO_OK)
        out->answer = may_undo(undo, row);
    ho_pg_result_free(row);
    if (status == HO_OK && out->answer == HO_REVIEW_DONE && *undo->to)
        status = find_member(cluster->pg, cluster->arena, undo->to, out, error);
    return status;
}

static enum ho_status undo_links(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_undo *undo,
                                 struct ho_review_outcome *out, struct ho_error *error)
{
    struct ho_cluster cluster;
    bool found = false;
    enum ho_status status = ho_cluster_lock(pg, arena, undo->identity_id, &cluster, &found, error);
    if (status != HO_OK)
        return status;
    out->answer = found ? HO_REVIEW_DONE : HO_REVIEW_NO_LINK;
    if (found)
        status = check_undo(&cluster, undo, out, error);
    if (status != HO_OK || out->answer != HO_REVIEW_DONE)
        return status;
    const struct ho_relink relink = {
        .not_member = is_taken_back(undo) ? "" : undo->member_id,
        .member = undo->to,
        .note = undo->note,
        .by = undo->by,
        .back = is_taken_back(undo),
    };
    status = ho_cluster_relink(&cluster, &relink, out, error);
    if (status == HO_OK)
        status = write_history(&cluster, NULL, undo->by, "undo", undo->member_id, undo->note, undo->to, 0, error);
    return status;
}

// ---- Transactions.

static enum ho_status finish(struct ho_pg *pg, enum ho_status status, const struct ho_review_outcome *out,
                             struct ho_error *error)
{
    if (status == HO_OK && out->answer == HO_REVIEW_DONE)
        status = ho_pg_commit(pg, error);
    else
        ho_pg_rollback(pg);
    return status;
}

enum ho_status ho_review_decide(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_request *request,
                                struct ho_review_outcome *out, struct ho_error *error)
{
    *out = (struct ho_review_outcome){.by = "", .action = ""};
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = decide_item(pg, arena, request, out, error);
    return finish(pg, status, out, error);
}

enum ho_status ho_review_undo(struct ho_pg *pg, struct ho_arena *arena, const struct ho_review_undo *undo,
                              struct ho_review_outcome *out, struct ho_error *error)
{
    *out = (struct ho_review_outcome){.by = "", .action = ""};
    enum ho_status status = ho_pg_begin(pg, error);
    if (status == HO_OK)
        status = undo_links(pg, arena, undo, out, error);
    return finish(pg, status, out, error);
}
