// What ties identities and what moves between them: the triggers that do, and what is made of all words about two.
#include "identity_internal.h"

enum ho_identity_tie ho_identity_tie_of(const ho_adt_event *event)
{
    static const struct {
        char trigger[4];
        enum ho_identity_tie tie;
    } ties[] = {
        {"A18", HO_TIE_MERGE}, {"A24", HO_TIE_LINK},   {"A30", HO_TIE_MERGE}, {"A34", HO_TIE_MERGE},
        {"A36", HO_TIE_MERGE}, {"A37", HO_TIE_UNLINK}, {"A39", HO_TIE_MERGE}, {"A40", HO_TIE_MERGE},
        {"A43", HO_TIE_MERGE}, {"A46", HO_TIE_MERGE},  {"A47", HO_TIE_MERGE},
    };
    for (size_t i = 0; *event->prior_mrn && i < sizeof ties / sizeof *ties; i++)
        if (strcmp(event->trigger, ties[i].trigger) == 0)
            return ties[i].tie;
    return HO_TIE_NONE;
}

int64_t ho_identity_prior(const ho_adt_event *event, int64_t identity)
{
    return ho_identity_tie_of(event) ? ho_identity_id(event->facility, event->prior_mrn) : identity;
}

enum ho_identity_move ho_identity_move_of(const ho_adt_event *event)
{
    if (strcmp(event->trigger, "A43") == 0)
        return *event->prior_mrn ? HO_MOVE_NUMBER : HO_MOVE_NONE;
    if (event->receiver && strcmp(event->trigger, "A44") == 0)
        return *event->account ? HO_MOVE_ACCOUNT : HO_MOVE_NONE;
    if (event->receiver && strcmp(event->trigger, "A45") == 0)
        return *event->visit ? HO_MOVE_VISIT : HO_MOVE_NONE;
    return HO_MOVE_NONE;
}

static bool is_moved(const struct ho_identity_event *e, const struct ho_identity_event *move)
{
    if (e->identity != move->prior || e->recorded > move->recorded)
        return false;
    return move->move == HO_MOVE_NUMBER || (move->move == HO_MOVE_ACCOUNT && strcmp(e->account, move->account) == 0) ||
           (move->move == HO_MOVE_VISIT && strcmp(e->visit, move->visit) == 0);
}

static bool is_later(const struct ho_identity_event *a, const struct ho_identity_event *b)
{
    int order = memcmp(a->id, b->id, HO_ID_BYTES);
    if (a->recorded != b->recorded)
        return a->recorded > b->recorded;
    return order ? order > 0 : a->subject > b->subject;
}

const struct ho_identity_event *ho_identity_find_move(const struct ho_identity_event *e,
                                                      const struct ho_identity_event *const *moves, size_t n)
{
    const struct ho_identity_event *latest = NULL;
    for (size_t i = 0; i < n && !e->move; i++)
        if (is_moved(e, moves[i]) && (!latest || is_later(moves[i], latest)))
            latest = moves[i];
    return latest;
}

// ---- Pairs ---------------------------------------------------------------------------------------------

static bool is_latest(const struct ho_identity_pair *pair, const struct ho_identity_event *e)
{
    if (!pair->said_by || e->recorded != pair->recorded)
        return !pair->said_by || e->recorded > pair->recorded;
    return memcmp(e->id, pair->said_by, HO_ID_BYTES) > 0;
}

static void hear_link(struct ho_identity_pair *pair, const struct ho_identity_event *e)
{
    if (!is_latest(pair, e))
        return;
    pair->linked = e->tie == HO_TIE_LINK;
    pair->recorded = e->recorded;
    pair->said_by = e->id;
    pair->changed = true;
}

static void set(struct ho_identity_pair *pair, bool *what)
{
    pair->changed |= !*what;
    *what = true;
}

void ho_identity_pair_hear(struct ho_identity_pair *pair, const struct ho_identity_event *e)
{
    if (e->tie == HO_TIE_MERGE)
        set(pair, &pair->merged);
    else
        hear_link(pair, e);
}

void ho_identity_pair_stand(struct ho_identity_pair *pair, const struct ho_identity_event *e)
{
    if (e->tie == HO_TIE_MERGE)
        set(pair, &pair->merge_stands);
    else if (e->tie == HO_TIE_LINK)
        set(pair, &pair->link_stands);
}

bool ho_identity_pair_holds(const struct ho_identity_pair *pair, bool anchored)
{
    return (pair->merged && (pair->merge_stands || anchored)) || (pair->linked && (pair->link_stands || anchored));
}
