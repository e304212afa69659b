// Who the messages are about.
#include "explain.h"

#include <stdlib.h>

#include "handoff/identity.h"

static struct ho_explain_person *find(const struct ho_explain_people *people, const char *id)
{
    size_t from = 0, to = people->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int c = strcmp(people->items[middle].id, id);
        if (c == 0)
            return &people->items[middle];
        if (c < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

static void give(struct ho_arena *arena, struct ho_explain_person *person, const ho_adt_event *event)
{
    *(const ho_adt_event **)ho_arena_push(arena, &person->events, sizeof(void *)) = event;
}

static int by_event(const void *left, const void *right)
{
    const ho_adt_event *a = *(const ho_adt_event *const *)left, *b = *(const ho_adt_event *const *)right;
    int c = memcmp(a->id.data, b->id.data, HO_ID_BYTES);
    return c ? c : (a->subject > b->subject) - (a->subject < b->subject);
}

// Messages come twice; those without events are nobody.
static void tidy(struct ho_explain_people *people)
{
    size_t kept = 0;
    for (size_t i = 0; i < people->n; i++) {
        struct ho_explain_person *person = &people->items[i];
        size_t n = 0;
        if (!person->n_events)
            continue;
        qsort(person->events, person->n_events, sizeof(void *), by_event);
        for (size_t k = 0; k < person->n_events; k++)
            if (!n || by_event(&person->events[n - 1], &person->events[k]) != 0)
                person->events[n++] = person->events[k];
        person->n_events = n;
        people->items[kept++] = *person;
    }
    people->n = kept;
}

// ---- By the roster ------------------------------------------------------------------------------------

static struct ho_identity_event *add_event(struct ho_arena *arena, struct ho_identity_set *set,
                                           const ho_adt_event *event, const struct ho_feed *feed)
{
    struct ho_identity_event *e = ho_identity_event_new(arena, event, feed);
    ho_identity_set_add(set, e->identity, e->identity, false);
    ho_identity_set_add(set, e->prior, e->prior, false);
    ho_identity_set_event(set, e);
    return e;
}

static const struct ho_match *verdict_of(const struct ho_identity_event *e)
{
    return e->same_as ? &e->same_as->verdict : &e->verdict;
}

static void settle(struct ho_arena *arena, const struct ho_match *match, struct ho_explain_message *message)
{
    static const enum ho_explain_verdict verdicts[] = {[HO_MATCH_NON_MEMBER] = HO_EXPLAIN_NON_MEMBER,
                                                       [HO_MATCH_HELD] = HO_EXPLAIN_HELD,
                                                       [HO_MATCH_REVIEW] = HO_EXPLAIN_REVIEW,
                                                       [HO_MATCH_MATCHED] = HO_EXPLAIN_MATCHED};
    if (verdicts[match->verdict] <= message->verdict)
        return; // of a message about several the most counts
    message->verdict = verdicts[match->verdict];
    message->reason = ho_arena_text(arena, ho_bytes_of(match->reason));
    message->n_candidates = match->n_candidates;
    for (size_t i = 0; i < match->n_candidates; i++)
        message->candidates[i] = ho_arena_text(arena, ho_bytes_of(match->candidates[i].member_id)); // the index goes
}

static void list_members(struct ho_arena *arena, const struct ho_explain_roster *roster, struct ho_explain_people *out)
{
    *out = (struct ho_explain_people){0};
    for (size_t i = 0; i < roster->n; i++) {
        const ho_member *member = roster->items[i];
        *(struct ho_explain_person *)ho_arena_push(arena, out, sizeof *out->items) =
            (struct ho_explain_person){.id = member->member_id,
                                       .member = member,
                                       .enrolments = (const ho_enrolment *const *)member->enrolments,
                                       .n_enrolments = member->n_enrolments};
    }
}

void ho_explain_by_roster(struct ho_arena *arena, const struct ho_explain_roster *roster,
                          struct ho_explain_messages *messages, struct ho_explain_people *out)
{
    struct ho_identity_set *set = ho_identity_set_new(arena, roster->index);
    struct ho_identity_event *(*events)[HO_ADT_SUBJECTS_MAX] = ho_arena_array(arena, messages->n + 1, sizeof *events);
    list_members(arena, roster, out);
    for (size_t i = 0; i < messages->n; i++)
        for (size_t k = 0; k < messages->items[i].n_events; k++)
            events[i][k] = add_event(arena, set, messages->items[i].events[k], messages->items[i].feed);
    ho_identity_set_decide(set);
    for (size_t i = 0; i < messages->n; i++)
        for (size_t k = 0; k < messages->items[i].n_events; k++) {
            const struct ho_match *match = verdict_of(events[i][k]);
            settle(arena, match, &messages->items[i]);
            if (match->verdict == HO_MATCH_MATCHED)
                give(arena, find(out, match->member_id), messages->items[i].events[k]);
        }
    tidy(out);
}

// ---- By number ----------------------------------------------------------------------------------------

// Numbers that merges and links join form a tree; its root is the least.
struct number {
    const char *id;
    size_t parent;
};

struct numbers {
    struct number *items;
    size_t n, capacity;
};

static const char *number_of(struct ho_arena *arena, const ho_adt_event *event, const char *mrn)
{
    return ho_arena_printf(arena, "%s %s", event->facility, mrn);
}

static int by_id(const void *left, const void *right)
{
    return strcmp(((const struct number *)left)->id, ((const struct number *)right)->id);
}

static size_t place_of(const struct numbers *numbers, const char *id)
{
    const struct number key = {.id = id};
    const struct number *found = bsearch(&key, numbers->items, numbers->n, sizeof key, by_id);
    return (size_t)(found - numbers->items); // every one was listed
}

static size_t root_of(const struct numbers *numbers, size_t i)
{
    while (numbers->items[i].parent != i)
        i = numbers->items[i].parent;
    return i;
}

static void list_numbers(struct ho_arena *arena, const struct ho_explain_messages *messages, struct numbers *out)
{
    for (size_t i = 0; i < messages->n; i++)
        for (size_t k = 0; k < messages->items[i].n_events; k++) {
            const ho_adt_event *event = messages->items[i].events[k];
            ((struct number *)ho_arena_push(arena, out, sizeof *out->items))->id =
                number_of(arena, event, ho_identity_mrn(arena, event));
            if (ho_identity_tie_of(event))
                ((struct number *)ho_arena_push(arena, out, sizeof *out->items))->id =
                    number_of(arena, event, event->prior_mrn);
        }
    size_t kept = 0;
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items, by_id);
    for (size_t i = 0; i < out->n; i++)
        if (!kept || by_id(&out->items[kept - 1], &out->items[i]) != 0) {
            out->items[kept] = out->items[i];
            out->items[kept].parent = kept;
            kept++;
        }
    out->n = kept;
}

static bool is_one_pair(const ho_adt_event *x, const ho_adt_event *y)
{
    bool same = strcmp(x->mrn, y->mrn) == 0 && strcmp(x->prior_mrn, y->prior_mrn) == 0;
    bool turned = strcmp(x->mrn, y->prior_mrn) == 0 && strcmp(x->prior_mrn, y->mrn) == 0;
    return (same || turned) && strcmp(x->facility, y->facility) == 0;
}

static bool is_later(const ho_adt_event *x, const ho_adt_event *y)
{
    if (x->recorded != y->recorded)
        return x->recorded > y->recorded;
    return memcmp(x->id.data, y->id.data, HO_ID_BYTES) > 0;
}

// Whether a later message parts again the two whom the link joins.
static bool is_parted(const struct ho_explain_messages *messages, const ho_adt_event *link)
{
    for (size_t i = 0; i < messages->n; i++)
        for (size_t k = 0; k < messages->items[i].n_events; k++) {
            const ho_adt_event *event = messages->items[i].events[k];
            if (ho_identity_tie_of(event) == HO_TIE_UNLINK && is_one_pair(event, link) && is_later(event, link))
                return true;
        }
    return false;
}

static void join(struct ho_arena *arena, const struct ho_explain_messages *messages, const struct numbers *numbers,
                 const ho_adt_event *event)
{
    enum ho_identity_tie tie = ho_identity_tie_of(event);
    if (tie != HO_TIE_MERGE && (tie != HO_TIE_LINK || is_parted(messages, event)))
        return;
    size_t a = root_of(numbers, place_of(numbers, number_of(arena, event, event->mrn)));
    size_t b = root_of(numbers, place_of(numbers, number_of(arena, event, event->prior_mrn)));
    numbers->items[a > b ? a : b].parent = a > b ? b : a;
}

struct moves {
    const struct ho_identity_event **items; // their context is the receiver's event
    size_t n, capacity;
};

// The giver's events of A44 and A45: a number that moves is one person with its receiver's anyway.
static void list_moves(struct ho_arena *arena, const struct ho_explain_messages *messages, struct moves *out)
{
    for (size_t i = 0; i < messages->n; i++)
        for (size_t k = 1; k < messages->items[i].n_events; k++) {
            if (!messages->items[i].events[k]->receiver)
                continue;
            struct ho_identity_event *e =
                ho_identity_event_new(arena, messages->items[i].events[k], messages->items[i].feed);
            e->context = messages->items[i].events[k - 1];
            if (e->move)
                *(const struct ho_identity_event **)ho_arena_push(arena, out, sizeof(void *)) = e;
        }
}

// The event under whose number the event is: a move's, or its own.
static const ho_adt_event *holder_of(struct ho_arena *arena, const struct moves *moves, const ho_adt_event *event,
                                     const struct ho_feed *feed)
{
    const struct ho_identity_event *e = moves->n ? ho_identity_event_new(arena, event, feed) : NULL;
    const struct ho_identity_event *move = e ? ho_identity_find_move(e, moves->items, moves->n) : NULL;
    return move ? move->context : event;
}

// In every program, from ever and for ever.
static const ho_enrolment *const *enrolments_in_all(struct ho_arena *arena, const struct ho_plan_files *files)
{
    ho_enrolment **all = ho_arena_array(arena, files->n_protocols, sizeof(void *));
    for (size_t i = 0; i < files->n_protocols; i++) {
        all[i] = ho_arena_alloc(arena, sizeof *all[i]);
        handoff__v1__enrolment__init(all[i]);
        all[i]->program = (char *)(uintptr_t)files->protocols[i]->program;
    }
    return (const ho_enrolment *const *)all;
}

static int by_recorded(const void *left, const void *right)
{
    const ho_adt_event *a = *(const ho_adt_event *const *)left, *b = *(const ho_adt_event *const *)right;
    if (a->recorded != b->recorded)
        return a->recorded < b->recorded ? -1 : 1;
    return by_event(left, right);
}

// What the messages tell of the person, the latest word of each. Languages are told in many ways; of them only the two
// letters that conditions know.
static const ho_member *member_told(struct ho_arena *arena, const struct ho_explain_person *person)
{
    ho_member *member = ho_arena_alloc(arena, sizeof *member);
    handoff__v1__member__init(member);
    member->member_id = (char *)(uintptr_t)person->id;
    for (size_t i = 0; i < person->n_events; i++) {
        const ho_person *told = person->events[i]->person;
        if (told->birth_date)
            member->birth_date = told->birth_date;
        if (*told->sex)
            member->sex = told->sex;
        if (*told->phone)
            member->phone = told->phone;
        if (strlen(told->language) == 2)
            member->language = told->language;
    }
    return member;
}

void ho_explain_by_number(struct ho_arena *arena, const struct ho_plan_files *files,
                          struct ho_explain_messages *messages, struct ho_explain_people *out)
{
    const ho_enrolment *const *enrolments = enrolments_in_all(arena, files);
    struct numbers numbers = {0};
    struct moves moves = {0};
    *out = (struct ho_explain_people){0};
    list_numbers(arena, messages, &numbers);
    list_moves(arena, messages, &moves);
    for (size_t i = 0; i < messages->n; i++)
        for (size_t k = 0; k < messages->items[i].n_events; k++)
            join(arena, messages, &numbers, messages->items[i].events[k]);
    for (size_t i = 0; i < numbers.n; i++)
        *(struct ho_explain_person *)ho_arena_push(arena, out, sizeof *out->items) = (struct ho_explain_person){
            .id = numbers.items[i].id, .enrolments = enrolments, .n_enrolments = files->n_protocols};
    for (size_t i = 0; i < messages->n; i++)
        for (size_t k = 0; k < messages->items[i].n_events; k++) {
            const ho_adt_event *event = messages->items[i].events[k];
            const ho_adt_event *holder = holder_of(arena, &moves, event, messages->items[i].feed);
            size_t number = place_of(&numbers, number_of(arena, holder, ho_identity_mrn(arena, holder)));
            give(arena, &out->items[root_of(&numbers, number)], event);
            messages->items[i].verdict = HO_EXPLAIN_MATCHED;
        }
    tidy(out);
    for (size_t i = 0; i < out->n; i++) {
        qsort(out->items[i].events, out->items[i].n_events, sizeof(void *), by_recorded);
        out->items[i].member = member_told(arena, &out->items[i]);
    }
}
