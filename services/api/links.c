// Links: which identities are known to be whom, and undoing it. Members' ids and MRNs are personal data, so they come
// in the body.
#include "reviews.h"

#include "json.h"
#include "problem.h"

static bool read_search(struct ho_call *call, const json_t *body, struct ho_review_search *s)
{
    if (!(s->member_id = ho_json_member(call, body, "member_id", HO_REVIEW_MEMBER_BYTES)) ||
        !(s->facility = ho_json_member(call, body, "facility", HO_REVIEW_MEMBER_BYTES)) ||
        !(s->mrn = ho_json_member(call, body, "mrn", HO_REVIEW_MEMBER_BYTES)))
        return false;
    bool by_member = *s->member_id && !*s->facility && !*s->mrn;
    bool by_identity = !*s->member_id && *s->facility && *s->mrn;
    if (by_member || by_identity)
        return true;
    ho_problem_reply(call, HO_PROBLEM_INVALID, "Give \"member_id\", or \"facility\" and \"mrn\".");
    return false;
}

void ho_links_search(struct ho_call *call)
{
    static const char *const names[] = {"member_id", "facility", "mrn", NULL};
    struct ho_review_search search = {0};
    struct ho_error error = {0};
    json_t *body = ho_json_body(call, names), *found = NULL;
    bool read = body && read_search(call, body, &search) && ho_database_ready(call);
    json_decref(body);
    if (!read)
        return;
    enum ho_status status = ho_review_links(call->api->pg, call->request->arena, &search, &found, &error);
    if (status == HO_OK)
        ho_reply_json(call, 200, json_pack("{s:o}", "identities", found));
    else
        ho_database_failed(call, status, &error);
}

static bool read_undo(struct ho_call *call, const json_t *body, struct ho_review_undo *u)
{
    const char *identity = ho_json_member(call, body, "identity_id", 20);
    if (!identity || !(u->member_id = ho_json_member(call, body, "member_id", HO_REVIEW_MEMBER_BYTES)) ||
        !(u->to = ho_json_member(call, body, "to_member_id", HO_REVIEW_MEMBER_BYTES)) ||
        !(u->note = ho_json_member(call, body, "note", HO_REVIEW_NOTE_BYTES)))
        return false;
    if (!ho_review_identity_read(identity, &u->identity_id))
        ho_problem_reply(call, HO_PROBLEM_INVALID, "\"identity_id\" is the text that /v1/links/search gives.");
    else if (!*u->member_id)
        ho_problem_reply(call, HO_PROBLEM_INVALID, "\"member_id\" is missing: say whom the patient is not.");
    else if (!*u->note)
        ho_problem_reply(call, HO_PROBLEM_INVALID, "\"note\" is missing: say why the link is wrong.");
    else
        return true;
    return false;
}

void ho_links_undo(struct ho_call *call)
{
    static const char *const names[] = {"identity_id", "member_id", "to_member_id", "note", "coordinator", NULL};
    struct ho_review_undo undo = {0};
    struct ho_review_outcome outcome = {0};
    struct ho_error error = {0};
    json_t *body = ho_json_body(call, names);
    bool read = body && read_undo(call, body, &undo) && ho_database_ready(call) && (undo.by = ho_json_by(call, body));
    json_decref(body);
    if (!read)
        return;
    enum ho_status status = ho_review_undo(call->api->pg, call->request->arena, &undo, &outcome, &error);
    ho_review_answer(call, status, &outcome, &error, "undo");
}
