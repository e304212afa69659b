#include "identity_internal.h"

#include <stdlib.h>

#include "handoff/digest.h"
#include "handoff/time.h"
#include "roster_index.h"

// ---- Names ---------------------------------------------------------------------------------------------

static int64_t read_id(const uint8_t *digest)
{
    uint64_t id = 0;
    for (int i = 0; i < 8; i++)
        id = id << 8 | digest[i];
    return (int64_t)id;
}

int64_t ho_identity_id(const char *facility, const char *mrn)
{
    enum { STACK_BYTES = 256 };
    uint8_t digest[32], stack[STACK_BYTES];
    size_t nf = strlen(facility), nm = strlen(mrn);
    uint8_t *key = nf + nm + 2 <= STACK_BYTES ? stack : malloc(nf + nm + 2);
    if (!key)
        abort();
    memcpy(key, facility, nf + 1);
    key[nf] = 0x1f;
    memcpy(key + nf + 1, mrn, nm + 1);
    const struct ho_bytes part = ho_bytes_from(key, nf + nm + 1);
    ho_digest(&part, 1, digest);
    if (key != stack)
        free(key);
    return read_id(digest);
}

const char *ho_identity_mrn(struct ho_arena *arena, const ho_adt_event *event)
{
    if (event->mrn[0])
        return event->mrn;
    char hex[2 * HO_ID_BYTES + 1] = "";
    if (event->id.len == HO_ID_BYTES)
        ho_hex(event->id.data, HO_ID_BYTES, hex);
    return ho_arena_printf(arena, "event %s.%u", hex, (unsigned)event->subject);
}

// The day is UTC's: ages are told in days, and a day more or less changes none of them.
struct ho_match_question ho_identity_question(const ho_adt_event *event, const struct ho_feed *feed)
{
    int64_t instant = event->recorded ? event->recorded : event->occurred;
    return (struct ho_match_question){
        .person = event->person,
        .trusted = feed->member_id_authorities,
        .n_trusted = feed->n_member_id_authorities,
        .day = instant > 0 ? ho_days_to_date((int32_t)(instant / (24 * HO_US_PER_HOUR))) : 0,
    };
}

struct ho_identity_event *ho_identity_event_new(struct ho_arena *arena, const ho_adt_event *event,
                                                const struct ho_feed *feed)
{
    struct ho_identity_event *e = ho_arena_alloc(arena, sizeof *e);
    e->id = event->id.data;
    e->subject = event->subject;
    e->identity = ho_identity_id(event->facility, ho_identity_mrn(arena, event));
    e->prior = ho_identity_prior(event, e->identity);
    e->tie = ho_identity_tie_of(event);
    e->move = ho_identity_move_of(event);
    e->account = event->account;
    e->visit = event->visit;
    e->receiver = event->receiver;
    e->recorded = event->recorded;
    e->question = ho_identity_question(event, feed);
    e->member_id = e->decision = e->item_reason = "";
    return e;
}

bool ho_member_ids_have(const struct ho_member_ids *ids, const char *member_id)
{
    for (size_t i = 0; i < ids->n; i++)
        if (strcmp(ids->items[i], member_id) == 0)
            return true;
    return false;
}

void ho_member_ids_add(struct ho_arena *arena, struct ho_member_ids *ids, const char *member_id)
{
    if (!ho_member_ids_have(ids, member_id))
        *(const char **)ho_arena_push(arena, ids, sizeof *ids->items) = member_id;
}

// ---- Verdicts ------------------------------------------------------------------------------------------

static const char *why_of(const struct ho_cluster *c, const char *reason, const struct ho_match *match)
{
    if (!match->n_candidates || !match->candidates[0].why)
        return ho_arena_printf(c->arena, "{\"rule\":\"%s\"}", reason);
    return ho_arena_printf(c->arena, "{\"rule\":\"%s\",\"best\":%s}", reason, match->candidates[0].why);
}

static int best_first(const void *a, const void *b)
{
    const struct ho_match_candidate *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return strcmp(x->member_id, y->member_id);
}

// Who of `members` the event may be, as candidates; how each stands to it in `stands`.
static size_t compare_all(const struct ho_cluster *c, const struct ho_identity_event *e,
                          const struct ho_member_ids *members, bool contradicting, struct ho_match *out)
{
    size_t n = 0;
    for (size_t i = 0; i < members->n; i++) {
        struct ho_match_candidate candidate;
        enum ho_match_stand stand = ho_match_compare(c->arena, c->index, &e->question, members->items[i], &candidate);
        bool contradicts = stand == HO_STAND_CONTRADICTS || stand == HO_STAND_STRANGER;
        if (stand == HO_STAND_UNKNOWN || contradicts != contradicting)
            continue;
        candidate.member_id = members->items[i];
        if (n < HO_MATCH_CANDIDATES)
            out->candidates[n++] = candidate;
    }
    qsort(out->candidates, n, sizeof *out->candidates, best_first);
    out->n_candidates = n;
    out->score = n ? out->candidates[0].score : 0;
    return n;
}

static void finish(const struct ho_cluster *c, struct ho_match *v, enum ho_match_verdict verdict, const char *reason)
{
    v->verdict = verdict;
    v->reason = reason;
    v->why = why_of(c, reason, v);
    v->member_id = verdict == HO_MATCH_MATCHED ? v->candidates[0].member_id : NULL;
}

// A verdict about members whom words name, in the roster or not.
static void finish_named(const struct ho_cluster *c, struct ho_identity_event *e, const struct ho_member_ids *named,
                         enum ho_match_verdict verdict, const char *reason)
{
    struct ho_match *v = &e->verdict;
    *v = (struct ho_match){0};
    for (size_t i = 0; i < named->n && v->n_candidates < HO_MATCH_CANDIDATES; i++) {
        struct ho_match_candidate *candidate = &v->candidates[v->n_candidates++];
        if (ho_match_compare(c->arena, c->index, &e->question, named->items[i], candidate) == HO_STAND_UNKNOWN)
            *candidate = (struct ho_match_candidate){.why = "{}"};
        candidate->member_id = named->items[i];
    }
    qsort(v->candidates, v->n_candidates, sizeof *v->candidates, best_first);
    v->score = v->n_candidates ? v->candidates[0].score : 0;
    finish(c, v, verdict, reason);
}

// ---- The rules -------------------------------------------------------------------------------------------

static bool is_matched(const struct ho_match *match, const char *member_id)
{
    return match->verdict == HO_MATCH_MATCHED && strcmp(match->member_id, member_id) == 0;
}

// What people said of this very event, as relink.c writes it into its link. The rules only keep it.
static const char GIVEN[] = "decision", APART[] = "not-same";

static bool is_given(const struct ho_cluster *c, const struct ho_identity_event *e)
{
    return e->link && !e->own && strcmp(e->decision, GIVEN) == 0 && ho_member_ids_have(&c->same, e->member_id) &&
           !ho_member_ids_have(&c->ruled_out, e->member_id);
}

static bool is_stranger(const struct ho_cluster *c, const struct ho_identity_event *e, const char *member_id)
{
    struct ho_match_candidate ignored;
    return ho_match_compare(c->arena, c->index, &e->question, member_id, &ignored) == HO_STAND_STRANGER;
}

// 1. People said who it is.
static void follow_words(const struct ho_cluster *c, struct ho_identity_event *e, const struct ho_match *own)
{
    const char *said = c->same.items[0];
    if (is_given(c, e)) {
        struct ho_member_ids given = {0};
        ho_member_ids_add(c->arena, &given, e->member_id);
        finish_named(c, e, &given, HO_MATCH_MATCHED, GIVEN);
    } else if (c->same.n > 1 || ho_member_ids_have(&c->ruled_out, said)) {
        finish_named(c, e, &c->same, HO_MATCH_REVIEW, "two-decisions");
    } else if (is_matched(own, said)) {
        e->verdict = *own;
        e->by_own = true;
    } else if (own->verdict == HO_MATCH_MATCHED) {
        struct ho_member_ids both = {0};
        ho_member_ids_add(c->arena, &both, said);
        ho_member_ids_add(c->arena, &both, own->member_id);
        finish_named(c, e, &both, HO_MATCH_REVIEW, "contradicts-decision");
    } else if (is_stranger(c, e, said)) {
        finish_named(c, e, &c->same, HO_MATCH_REVIEW, "contradicts-decision");
    } else {
        finish_named(c, e, &c->same, HO_MATCH_MATCHED, "decided-identity");
    }
}

// 2. It was moved.
static const struct ho_identity_event *find_move(const struct ho_cluster *c, const struct ho_identity_event *e)
{
    return ho_identity_find_move(e, c->moves.items, c->moves.n);
}

static bool lost_number(const struct ho_cluster *c, const struct ho_identity_event *e)
{
    const struct ho_identity_event *move = find_move(c, e);
    return move && move->move == HO_MOVE_NUMBER;
}

static const char MOVED[] = "moved";

bool ho_identity_was_moved(const struct ho_identity_event *e)
{
    return e->link && strcmp(e->decision, MOVED) == 0;
}

// Who gets the event; NULL where it was not moved.
static const char *receiver_of(const struct ho_cluster *c, const struct ho_identity_event *e)
{
    const struct ho_identity_event *move = find_move(c, e);
    bool moved_before = ho_identity_was_moved(e) && !ho_member_ids_have(&c->ruled_out, e->member_id);
    return move ? move->gives_to : moved_before ? e->member_id : NULL;
}

static void follow_move(const struct ho_cluster *c, struct ho_identity_event *e, const struct ho_match *own,
                        const char *member_id)
{
    struct ho_member_ids receiver = {0};
    ho_member_ids_add(c->arena, &receiver, member_id);
    finish_named(c, e, &receiver, HO_MATCH_MATCHED, MOVED);
    if (own->verdict == HO_MATCH_MATCHED && !lost_number(c, e))
        e->known_for = own->member_id;
}

// 4. Members are known. False where the roster has none of them any more.
static bool follow_known(const struct ho_cluster *c, struct ho_identity_event *e)
{
    struct ho_match *v = &e->verdict;
    *v = (struct ho_match){0};
    size_t n = compare_all(c, e, &c->known, false, v);
    if (n > 0) {
        finish(c, v, n == 1 ? HO_MATCH_MATCHED : HO_MATCH_REVIEW, n == 1 ? "known-identity" : "identity-ambiguous");
        return true;
    }
    n = compare_all(c, e, &c->known, true, v);
    if (n > 0)
        finish(c, v, HO_MATCH_REVIEW, "identity-contradicted");
    return n > 0;
}

// 5. Its own verdict, without those who are ruled out. What was held for too long is a review or nothing.
static void follow_own(const struct ho_cluster *c, struct ho_identity_event *e, const struct ho_match *own)
{
    struct ho_match *v = &e->verdict;
    *v = *own;
    v->n_candidates = 0;
    for (size_t i = 0; i < own->n_candidates; i++)
        if (!ho_member_ids_have(&c->ruled_out, own->candidates[i].member_id))
            v->candidates[v->n_candidates++] = own->candidates[i];
    if (v->verdict == HO_MATCH_HELD && e->expired && v->n_candidates)
        finish(c, v, HO_MATCH_REVIEW, "held-too-long");
    else if ((v->verdict == HO_MATCH_HELD && e->expired) || (v->verdict == HO_MATCH_REVIEW && !v->n_candidates))
        v->verdict = HO_MATCH_NON_MEMBER;
}

// A person said that the event is not about whom its identity is known to be. What it says by itself still counts.
static bool is_apart(const struct ho_identity_event *e)
{
    return e->link && strcmp(e->decision, APART) == 0;
}

static void follow_own_apart(const struct ho_cluster *c, struct ho_identity_event *e, const struct ho_match *own)
{
    follow_own(c, e, own);
    e->by_own = own->verdict == HO_MATCH_MATCHED;
    if (e->by_own)
        e->verdict.reason = APART;
}

// ---- The evidence ------------------------------------------------------------------------------------

static bool stands_by_own(const struct ho_cluster *c, const struct ho_identity_event *e)
{
    return e->link && e->own && e->member_id[0] && !ho_member_ids_have(&c->ruled_out, e->member_id);
}

// What an event says by itself. An own link says whom it names.
static const struct ho_match *own_verdict(const struct ho_cluster *c, struct ho_identity_event *e)
{
    e->question.ruled_out = c->ruled_out.items;
    e->question.n_ruled_out = c->ruled_out.n;
    if (e->asked && !c->ruled_out.n)
        return e->asked;
    struct ho_match *own = ho_arena_alloc(c->arena, sizeof *own);
    if (!stands_by_own(c, e)) {
        ho_match_decide(c->arena, c->index, &e->question, own);
        return own;
    }
    *own = (struct ho_match){
        .verdict = HO_MATCH_MATCHED, .member_id = e->member_id, .reason = e->decision, .why = "{}", .n_candidates = 0};
    return own;
}

bool ho_cluster_lives(const struct ho_cluster *c, const char *member_id)
{
    ho_person nobody = HANDOFF__V1__PERSON__INIT;
    const struct ho_match_question question = {.person = &nobody};
    struct ho_match_candidate ignored;
    return ho_match_compare(c->arena, c->index, &question, member_id, &ignored) != HO_STAND_UNKNOWN;
}

static void find_known(struct ho_cluster *c, const struct ho_match *const *own)
{
    for (size_t i = 0; i < c->matched.n; i++)
        if (!ho_member_ids_have(&c->ruled_out, c->matched.items[i]) && ho_cluster_lives(c, c->matched.items[i]))
            ho_member_ids_add(c->arena, &c->known, c->matched.items[i]);
    for (size_t i = 0; i < c->n; i++)
        if (own[i]->verdict == HO_MATCH_MATCHED && ho_cluster_lives(c, own[i]->member_id) &&
            !lost_number(c, c->events[i]))
            ho_member_ids_add(c->arena, &c->known, own[i]->member_id);
}

static bool waits(const struct ho_match *own)
{
    return own->verdict == HO_MATCH_HELD || own->verdict == HO_MATCH_REVIEW;
}

// What each event that waits tells; NULL for the others.
static const ho_person **told_of(const struct ho_cluster *c, const struct ho_match *const *own)
{
    const ho_person **told = ho_arena_array(c->arena, c->n + 1, sizeof(void *));
    for (size_t i = 0; i < c->n; i++)
        if (waits(own[i]))
            told[i] = ho_person_told(c->arena, ho_roster_words(c->index), c->events[i]->question.person);
    return told;
}

static const ho_person *common_of(const struct ho_cluster *c, const ho_person *const *told)
{
    const ho_person **pool = ho_arena_array(c->arena, c->n + 1, sizeof(void *));
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        if (told[i])
            pool[n++] = told[i];
    return n > 1 ? ho_person_common(c->arena, pool, n) : NULL;
}

// What the event says once the others have filled it: a member, or candidates. Being nobody of ours takes more than
// pieced evidence: then the event waits on.
static const struct ho_match *filled_verdict(const struct ho_cluster *c, const struct ho_identity_event *e,
                                             const ho_person *told, const ho_person *common, const struct ho_match *own)
{
    struct ho_match_question question = e->question;
    question.person = ho_person_filled(c->arena, e->question.person, told, common);
    if (!question.person)
        return own;
    struct ho_match *filled = ho_arena_alloc(c->arena, sizeof *filled);
    ho_match_decide(c->arena, c->index, &question, filled);
    return filled->verdict == HO_MATCH_MATCHED || filled->verdict == HO_MATCH_REVIEW ? filled : own;
}

// Nobody is known: the events that wait fill each other.
static void fill_each_other(struct ho_cluster *c, const struct ho_match *const *own, const struct ho_match **filled)
{
    const ho_person **told = told_of(c, own);
    const ho_person *common = common_of(c, told);
    if (!common)
        return;
    for (size_t i = 0; i < c->n; i++)
        if (told[i])
            filled[i] = filled_verdict(c, c->events[i], told[i], common, own[i]);
    find_known(c, filled);
}

// Whom people ruled out for the giver gets nothing, and nobody is the receiver for that they are not.
static void add_move(struct ho_cluster *c, struct ho_identity_event *e, const struct ho_match *own)
{
    struct ho_match match = *own;
    struct ho_match_question question = e->question;
    if (e->receiver) {
        question.person = e->receiver;
        question.n_ruled_out = 0;
        ho_match_decide(c->arena, c->index, &question, &match);
    }
    bool found = match.verdict == HO_MATCH_MATCHED && !ho_member_ids_have(&c->ruled_out, match.member_id);
    e->gives_to = found ? match.member_id : NULL;
    if (!found)
        return;
    *(const struct ho_identity_event **)ho_arena_push(c->arena, &c->moves, sizeof(void *)) = e;
    c->moved |= !e->link && e->item == HO_MATCH_NON_MEMBER;
}

static void decide_event(const struct ho_cluster *c, struct ho_identity_event *e, const struct ho_match *own,
                         const struct ho_match *filled)
{
    const char *receiver = receiver_of(c, e);
    e->by_own = false;
    e->known_for = NULL;
    e->by_itself = own->verdict != HO_MATCH_NON_MEMBER;
    if (is_apart(e)) {
        follow_own_apart(c, e, own);
    } else if (c->same.n) {
        follow_words(c, e, own);
    } else if (receiver && !is_matched(own, receiver)) {
        follow_move(c, e, own, receiver);
    } else if (filled->verdict == HO_MATCH_MATCHED) {
        e->verdict = *filled;
        e->by_own = filled == own;
    } else if (!c->known.n || !follow_known(c, e)) {
        follow_own(c, e, filled);
    }
    if (e->by_own)
        e->known_for = own->member_id;
}

void ho_cluster_decide(struct ho_cluster *c)
{
    const struct ho_match **own = ho_arena_array(c->arena, c->n + 1, sizeof(void *));
    const struct ho_match **filled = ho_arena_array(c->arena, c->n + 1, sizeof(void *));
    c->known = (struct ho_member_ids){0};
    for (size_t i = 0; i < c->n; i++)
        filled[i] = own[i] = own_verdict(c, c->events[i]);
    for (size_t i = 0; i < c->n; i++)
        if (c->events[i]->move)
            add_move(c, c->events[i], own[i]);
    find_known(c, own);
    c->firm = c->same.n || c->known.n;
    if (!c->firm)
        fill_each_other(c, own, filled);
    for (size_t i = 0; i < c->n; i++)
        decide_event(c, c->events[i], own[i], filled[i]);
}
