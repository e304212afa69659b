// Any bytes as a roster of a few members and a question. The answer must be sound, the same for any order of the
// roster, and what says nothing of a person (placeholders, and no number) must never be matched.
#include "fuzz.h"
#include "handoff/match.h"

enum { MEMBERS_MAX = 6, TEXT_BYTES_MAX = 80 };

struct input {
    struct ho_arena *arena;
    const uint8_t *p;
    size_t n;
};

static uint8_t take_byte(struct input *in)
{
    if (!in->n)
        return 0;
    in->n--;
    return *in->p++;
}

// Text up to the next line end.
static char *take_text(struct input *in)
{
    size_t n = 0;
    while (n < in->n && in->p[n] != '\n')
        n++;
    char *text = ho_arena_text(in->arena, ho_bytes_from(in->p, n < TEXT_BYTES_MAX ? n : TEXT_BYTES_MAX));
    in->p += n + (n < in->n);
    in->n -= n + (n < in->n);
    return text;
}

static uint32_t take_date(struct input *in)
{
    uint32_t date = 0;
    for (const char *c = take_text(in); *c >= '0' && *c <= '9' && date < 10000000; c++)
        date = date * 10 + (uint32_t)(*c - '0');
    return date;
}

static struct ho_roster_entry take_member(struct input *in, int i)
{
    return (struct ho_roster_entry){
        .member_id = ho_arena_printf(in->arena, "M%d", i),
        .surname = take_text(in),
        .given = take_text(in),
        .middle = take_text(in),
        .suffix = take_text(in),
        .birth_date = take_date(in),
        .sex = take_text(in),
        .phone = take_text(in),
        .address = take_text(in),
        .city = take_text(in),
        .zip = take_text(in),
        .cin = take_text(in),
        .plan_id = take_text(in),
    };
}

static ho_person *take_person(struct input *in)
{
    ho_person *person = ho_arena_alloc(in->arena, sizeof *person);
    *person = (ho_person)HANDOFF__V1__PERSON__INIT;
    person->surname = take_text(in);
    person->given = take_text(in);
    person->middle = take_text(in);
    person->suffix = take_text(in);
    person->birth_date = take_date(in);
    person->sex = take_text(in);
    person->phone = take_text(in);
    person->address = take_text(in);
    person->city = take_text(in);
    person->zip = take_text(in);
    person->insured_ids = ho_arena_array(in->arena, 1, sizeof *person->insured_ids);
    person->insured_ids[0] = take_text(in);
    person->n_insured_ids = 1;
    return person;
}

static char *choose(struct input *in, const char *const *words, size_t n)
{
    return (char *)(uintptr_t)words[take_byte(in) % n];
}

#define CHOOSE(in, words) choose(in, words, sizeof(words) / sizeof *(words))

// A person of whom nothing is told, whatever the fields hold.
static ho_person *take_placeholder(struct input *in)
{
    static const char *const surnames[] = {"", "UNKNOWN", "Doe", "TEST", "ZZZTEST", "XXX", "Unidentified", "N/A"};
    static const char *const givens[] = {"",    "UNKNOWN", "John", "JANE",     "Test",     "Patient",
                                         "XXX", "Trauma",  "N/A",  "BABY BOY", "Baby Girl"};
    static const char *const phones[] = {"", "0000000000", "999-999-9999", "555-555-5555"};
    static const char *const addresses[] = {"", "UNKNOWN", "HOMELESS", "GENERAL DELIVERY", "N/A"};
    static const char *const zips[] = {"", "00000", "99999"};
    static const char *const numbers[] = {"", "000000000", "999999999", "NONE", "UNKNOWN"};
    static const uint32_t dates[] = {0, 19000101, 18000101, 99999999};
    ho_person *person = take_person(in);
    person->surname = CHOOSE(in, surnames);
    person->given = CHOOSE(in, givens);
    person->middle = person->suffix = (char *)(uintptr_t) "";
    person->birth_date = dates[take_byte(in) % 4];
    person->phone = CHOOSE(in, phones);
    person->address = CHOOSE(in, addresses);
    person->city = (char *)(uintptr_t) "";
    person->zip = CHOOSE(in, zips);
    person->insured_ids[0] = CHOOSE(in, numbers);
    return person;
}

// ---- What must hold ---------------------------------------------------------------------------------------

static void check_object(const char *json)
{
    size_t n = json ? strlen(json) : 0;
    HOLDS(n >= 2 && json[0] == '{' && json[n - 1] == '}');
}

static bool is_known(const struct ho_roster_index *index, struct ho_arena *arena, const ho_person *person,
                     const char *member_id, enum ho_match_stand *stand)
{
    struct ho_match_candidate candidate;
    *stand = ho_match_compare(arena, index, &(struct ho_match_question){.person = person}, member_id, &candidate);
    return *stand != HO_STAND_UNKNOWN;
}

static void check_answer(struct ho_arena *arena, const struct ho_roster_index *index, const ho_person *person,
                         const struct ho_match *m)
{
    enum ho_match_stand stand;
    HOLDS(m->reason && *m->reason && m->n_candidates <= HO_MATCH_CANDIDATES);
    check_object(m->why);
    HOLDS((m->member_id != NULL) == (m->verdict == HO_MATCH_MATCHED));
    HOLDS(m->verdict != HO_MATCH_REVIEW || m->n_candidates > 0);
    HOLDS(m->score > -1e6 && m->score < 1e6); // and is a number
    for (size_t i = 0; i < m->n_candidates; i++) {
        check_object(m->candidates[i].why);
        HOLDS(is_known(index, arena, person, m->candidates[i].member_id, &stand));
        for (size_t k = 0; k < i; k++)
            HOLDS(strcmp(m->candidates[i].member_id, m->candidates[k].member_id) != 0);
    }
    if (m->member_id) {
        HOLDS(is_known(index, arena, person, m->member_id, &stand));
        HOLDS(stand != HO_STAND_CONTRADICTS && stand != HO_STAND_STRANGER);
    }
}

static void check_same(const struct ho_match *a, const struct ho_match *b)
{
    HOLDS(a->verdict == b->verdict && a->score == b->score && a->n_candidates == b->n_candidates);
    HOLDS(strcmp(a->reason, b->reason) == 0 && strcmp(a->why, b->why) == 0);
    for (size_t i = 0; i < a->n_candidates; i++)
        HOLDS(strcmp(a->candidates[i].member_id, b->candidates[i].member_id) == 0);
}

static struct ho_roster_index *index_of(const struct ho_roster_entry *members, int n, bool backward)
{
    struct ho_roster_index *index = ho_roster_index_new(NULL);
    for (int i = 0; i < n; i++)
        ho_roster_index_put(index, &members[backward ? n - 1 - i : i]);
    HOLDS(ho_roster_index_size(index) == (size_t)n);
    return index;
}

// A roster that was larger, and whose members were others before, answers as one that never was.
static struct ho_roster_index *index_after_changes(const struct ho_roster_entry *members, int n)
{
    struct ho_roster_index *index = index_of(members, n, true);
    for (int i = 0; i < n; i++) {
        struct ho_roster_entry other = members[(i + 1) % n];
        other.member_id = members[i].member_id;
        ho_roster_index_put(index, &other);
        if (i % 2)
            ho_roster_index_remove(index, members[i].member_id);
    }
    for (int i = 0; i < n; i++)
        ho_roster_index_put(index, &members[i]);
    HOLDS(ho_roster_index_size(index) == (size_t)n);
    return index;
}

static void check_all(struct ho_arena *arena, const struct ho_roster_entry *members, int n, const ho_person *person,
                      bool is_placeholder)
{
    struct ho_roster_index *orders[] = {index_of(members, n, false), index_of(members, n, true),
                                        index_after_changes(members, n)};
    const struct ho_match_question question = {.person = person};
    struct ho_match first, other;
    ho_match_decide(arena, orders[0], &question, &first);
    check_answer(arena, orders[0], person, &first);
    HOLDS(!is_placeholder || first.verdict != HO_MATCH_MATCHED);
    for (int i = 1; i < 3; i++) {
        ho_match_decide(arena, orders[i], &question, &other);
        check_same(&first, &other);
    }
    if (first.member_id) {
        const struct ho_match_question again = {.person = person, .ruled_out = &first.member_id, .n_ruled_out = 1};
        ho_match_decide(arena, orders[0], &again, &other);
        HOLDS(!other.member_id || strcmp(other.member_id, first.member_id) != 0);
    }
    for (int i = 0; i < 3; i++)
        ho_roster_index_free(orders[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct ho_arena *arena;
    if (!arena)
        arena = ho_arena_new(0);
    struct input in = {arena, data, n};
    uint8_t mode = take_byte(&in);
    bool is_placeholder = mode % 2, is_member = mode / 2 % 2; // a member whose fields are the question's
    ho_person *person = is_placeholder ? take_placeholder(&in) : take_person(&in);
    struct ho_roster_entry members[MEMBERS_MAX];
    int n_members = 1 + mode / 4 % MEMBERS_MAX;
    for (int i = 0; i < n_members; i++)
        members[i] = take_member(&in, i);
    if (is_member) {
        members[0].surname = person->surname;
        members[0].given = person->given;
        members[0].birth_date = person->birth_date;
        members[0].phone = person->phone;
        members[0].address = person->address;
        members[0].zip = person->zip;
        members[0].plan_id = person->insured_ids[0];
    }
    check_all(arena, members, n_members, person, is_placeholder);
    ho_arena_reset(arena);
    return 0;
}
