// Reviews: what the matcher could not decide, shown with both sides, and what people say about it. The work is done in
// services/review, which handoffctl uses too.
#include "reviews.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "handoff/digest.h"
#include "handoff/platform/log.h"
#include "handoff/platform/loop.h"
#include "json.h"
#include "problem.h"

enum { LIMIT_DEFAULT = 50 };

// ---- Lists.

static bool is_one_of(const char *text, const char *const *words)
{
    while (*words && strcmp(*words, text) != 0)
        words++;
    return *words != NULL;
}

static bool read_words(struct ho_call *call, struct ho_review_question *q)
{
    static const char *const states[] = {"review", "held", NULL}, *const statuses[] = {"open", "needs-more", NULL};
    const char *state = ho_http_query(call->request, "state"), *status = ho_http_query(call->request, "status");
    q->state = state ? state : "review";
    q->status = status ? status : "";
    if (!is_one_of(q->state, states))
        ho_problem_reply(call, HO_PROBLEM_INVALID, "state is review or held.");
    else if (status && !is_one_of(status, statuses))
        ho_problem_reply(call, HO_PROBLEM_INVALID, "status is open or needs-more.");
    else
        return true;
    return false;
}

static bool read_page(struct ho_call *call, struct ho_review_question *q)
{
    const char *limit = ho_http_query(call->request, "limit"), *after = ho_http_query(call->request, "after");
    char *end = NULL;
    q->limit = limit ? strtoll(limit, &end, 10) : LIMIT_DEFAULT;
    if (limit && (end == limit || *end || q->limit < 1 || q->limit > HO_REVIEW_PAGE_MOST)) {
        ho_problem_reply(call, HO_PROBLEM_INVALID, "limit is a whole number from 1 to %d.", HO_REVIEW_PAGE_MOST);
        return false;
    }
    if (!after)
        return true;
    uint8_t *bytes = ho_arena_alloc(call->request->arena, HO_REVIEW_CURSOR_BYTES);
    q->after = bytes;
    // No item is from before 1970 or after the year 9999.
    if (ho_unhex(ho_bytes_of(after), bytes, HO_REVIEW_CURSOR_BYTES) && bytes[0] < 4)
        return true;
    ho_problem_reply(call, HO_PROBLEM_INVALID, "after is the \"next\" of an earlier page.");
    return false;
}

static json_t *next_json(struct ho_arena *arena, bool more, const uint8_t next[HO_REVIEW_CURSOR_BYTES])
{
    char *text = ho_arena_alloc(arena, 2 * (size_t)HO_REVIEW_CURSOR_BYTES + 1);
    if (!more)
        return json_null();
    ho_hex(next, HO_REVIEW_CURSOR_BYTES, text);
    return json_string(text);
}

void ho_reviews_list(struct ho_call *call)
{
    struct ho_review_question q = {0};
    struct ho_error error = {0};
    struct ho_arena *arena = call->request->arena;
    uint8_t next[HO_REVIEW_CURSOR_BYTES];
    json_t *items = NULL;
    bool more = false;
    if (!read_words(call, &q) || !read_page(call, &q) || !ho_database_ready(call))
        return;
    enum ho_status status = ho_review_list(call->api->pg, arena, &q, &items, &more, next, &error);
    if (status != HO_OK) {
        ho_database_failed(call, status, &error);
        return;
    }
    ho_reply_json(call, 200,
                  json_pack("{s:o, s:o, s:o}", "reviews", items, "next", next_json(arena, more, next), "as_of",
                            ho_json_instant(ho_clock_us())));
}

// ---- One item.

static bool read_ref(struct ho_call *call, struct ho_review_ref *out)
{
    if (ho_review_ref_read(call->key, out))
        return true;
    ho_problem_reply(call, HO_PROBLEM_NOT_FOUND, "An item's id has 32 hexadecimal digits, a dot, and 0 to 31.");
    return false;
}

static void refuse_unknown(struct ho_call *call)
{
    ho_problem_reply(call, HO_PROBLEM_NOT_FOUND, "There is no such item, or none any more. List them again.");
}

void ho_reviews_show(struct ho_call *call)
{
    struct ho_review_ref ref;
    struct ho_error error = {0};
    json_t *item = NULL;
    if (!read_ref(call, &ref) || !ho_database_ready(call))
        return;
    enum ho_status status =
        ho_review_show(call->api->pg, call->request->arena, &ref, call->api->zone, ho_clock_us(), &item, &error);
    if (status != HO_OK)
        ho_database_failed(call, status, &error);
    else if (!item)
        refuse_unknown(call);
    else
        ho_reply_json(call, 200, item);
}

// ---- A decision.

static bool read_decision(struct ho_call *call, const json_t *body, struct ho_review_request *r)
{
    const char *decision = ho_json_member(call, body, "decision", 20);
    if (!decision)
        return false;
    for (int i = 0; ho_review_decision_names[i]; i++) {
        r->decision = (enum ho_review_decision)i;
        if (strcmp(decision, ho_review_decision_names[i]) == 0)
            return true;
    }
    ho_problem_reply(call, HO_PROBLEM_INVALID, "\"decision\" is same, not-same or needs-more.");
    return false;
}

static bool read_version(struct ho_call *call, const json_t *body, struct ho_review_request *r)
{
    const json_t *version = json_object_get(body, "version");
    r->version = json_integer_value(version);
    if (json_is_integer(version) && r->version >= 0)
        return true;
    ho_problem_reply(call, HO_PROBLEM_INVALID, "\"version\" is missing: give the version of the item as you read it.");
    return false;
}

static bool read_request(struct ho_call *call, const json_t *body, struct ho_review_request *r)
{
    if (!read_decision(call, body, r) || !read_version(call, body, r) ||
        !(r->member_id = ho_json_member(call, body, "member_id", HO_REVIEW_MEMBER_BYTES)) ||
        !(r->note = ho_json_member(call, body, "note", HO_REVIEW_NOTE_BYTES)))
        return false;
    if ((r->decision == HO_REVIEW_NEEDS_MORE) == (*r->member_id == '\0'))
        return true;
    ho_problem_reply(call, HO_PROBLEM_INVALID,
                     *r->member_id ? "needs-more is about no \"member_id\"."
                                   : "\"member_id\" is missing: say whom the patient is or is not.");
    return false;
}

static void refuse_changed(struct ho_call *call, const struct ho_review_outcome *o)
{
    ho_problem_reply_with(call, HO_PROBLEM_REVIEW_CHANGED, json_pack("{s:I}", "version", (json_int_t)o->version),
                          "The item is at version %" PRId64 " now. Read it again.", o->version);
}

static void answer(struct ho_call *call, const struct ho_review_outcome *o)
{
    switch (o->answer) {
    case HO_REVIEW_DONE:
        ho_reply_json(call, 200,
                      json_pack("{s:I, s:I, s:I, s:I}", "linked", (json_int_t)o->linked, "moved", (json_int_t)o->moved,
                                "closed", (json_int_t)o->closed, "forgotten", (json_int_t)o->forgotten));
        break;
    case HO_REVIEW_NO_ITEM:
        refuse_unknown(call);
        break;
    case HO_REVIEW_DECIDED:
        ho_problem_reply_with(call, HO_PROBLEM_REVIEW_DECIDED,
                              json_pack("{s:s, s:s}", "by", o->by, "action", o->action),
                              "Somebody has decided it meanwhile: \"by\" and \"action\" tell who and how.");
        break;
    case HO_REVIEW_CHANGED:
        refuse_changed(call, o);
        break;
    case HO_REVIEW_NO_CANDIDATE:
        ho_problem_reply(call, HO_PROBLEM_INVALID, "\"member_id\" is none of the item's candidates.");
        break;
    case HO_REVIEW_NO_MEMBER:
        ho_problem_reply(call, HO_PROBLEM_INVALID, "The member is not in the roster.");
        break;
    case HO_REVIEW_NO_LINK:
        ho_problem_reply(
            call, HO_PROBLEM_NO_LINK,
            "Nothing of this identity is linked to that member, nor was the member ruled out for it, or that was so "
            "long ago that it is forgotten.");
        break;
    case HO_REVIEW_TOO_LATE:
        ho_problem_reply(call, HO_PROBLEM_NO_LINK,
                         "The link was undone, and the time for undoing that is over: the messages were deleted, so "
                         "nothing of them can be moved any more.");
        break;
    }
}

void ho_review_answer(struct ho_call *call, enum ho_status status, const struct ho_review_outcome *outcome,
                      const struct ho_error *error, const char *action)
{
    if (status != HO_OK) {
        ho_database_failed(call, status, error);
        return;
    }
    answer(call, outcome);
    if (outcome->answer == HO_REVIEW_DONE)
        ho_log(HO_INFO, "identity decided", "action=%s linked=%" PRId64 " moved=%" PRId64 " closed=%" PRId64, action,
               outcome->linked, outcome->moved, outcome->closed);
}

void ho_reviews_decide(struct ho_call *call)
{
    static const char *const names[] = {"decision", "member_id", "note", "version", "coordinator", NULL};
    struct ho_review_request request = {0};
    struct ho_review_outcome outcome = {0};
    struct ho_error error = {0};
    json_t *body = read_ref(call, &request.item) ? ho_json_body(call, names) : NULL;
    bool read =
        body && read_request(call, body, &request) && ho_database_ready(call) && (request.by = ho_json_by(call, body));
    json_decref(body);
    if (!read)
        return;
    enum ho_status status = ho_review_decide(call->api->pg, call->request->arena, &request, &outcome, &error);
    ho_review_answer(call, status, &outcome, &error, ho_review_decision_names[request.decision]);
}
