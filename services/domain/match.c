#include "name.h"
#include "roster_index.h"

#include <stdlib.h>

// The person of a message, folded once.
struct subject {
    struct ho_bytes surname, given;
    uint32_t birth_date;
    char sex;
};

// Which fields of a member agree with the subject. Missing is not agreement.
struct agreement {
    bool surname, given, birth_date, sex;
};

struct found {
    const struct ho_roster_member *members[HO_MATCH_CANDIDATES];
    size_t n;
    bool more; // there were others, too many to list
};

static bool equal_and_present(struct ho_bytes a, const char *b)
{
    return a.n && ho_bytes_is(a, b);
}

static struct agreement compare(const struct subject *subject, const struct ho_roster_member *member)
{
    return (struct agreement){
        .surname = equal_and_present(subject->surname, ho_roster_member_surname(member)),
        .given = equal_and_present(subject->given, ho_roster_member_given(member)),
        .birth_date = subject->birth_date && subject->birth_date == member->birth_date,
        .sex = subject->sex && subject->sex == member->sex,
    };
}

static void add(struct found *found, const struct ho_roster_member *member)
{
    for (size_t i = 0; i < found->n; i++)
        if (found->members[i] == member)
            return;
    if (found->n == HO_MATCH_CANDIDATES)
        found->more = true;
    else
        found->members[found->n++] = member;
}

static void add_all_with(struct found *found, const struct ho_roster_index *index, enum ho_roster_key key,
                         struct ho_bytes value)
{
    uint32_t cursor = 0;
    for (const struct ho_roster_member *m; (m = ho_roster_find_text(index, key, value, &cursor));)
        add(found, m);
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

// A CIN: 9, seven digits, a letter; the first 9 characters of a BIC's 14 (DOMAIN: ^9\d{7}[A-Z]).
static struct ho_bytes cin_of(const char *text)
{
    struct ho_bytes b = ho_bytes_trim(ho_bytes_of(text));
    if (b.n != 9 && b.n != 14)
        return (struct ho_bytes){0};
    bool ok = b.p[0] == '9' && b.p[8] >= 'A' && b.p[8] <= 'Z';
    for (size_t i = 1; i < 8; i++)
        ok = ok && is_digit(b.p[i]);
    return ok ? ho_bytes_from(b.p, 9) : (struct ho_bytes){0};
}

static bool is_trusted(const ho_identifier *id, const char *const *trusted, size_t n)
{
    if (strcmp(id->type, "MA") != 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(id->authority, trusted[i]) == 0)
            return true;
    return false;
}

// Members that a trusted identifier of the message names.
static void find_identified(const struct ho_roster_index *index, const ho_person *person, const char *const *trusted,
                            size_t n_trusted, struct found *found)
{
    for (size_t i = 0; i < person->n_identifiers; i++)
        if (is_trusted(person->identifiers[i], trusted, n_trusted))
            add_all_with(found, index, HO_KEY_CIN, cin_of(person->identifiers[i]->value));
    for (size_t i = 0; i < person->n_insured_ids; i++) {
        add_all_with(found, index, HO_KEY_CIN, cin_of(person->insured_ids[i]));
        add_all_with(found, index, HO_KEY_PLAN, ho_bytes_trim(ho_bytes_of(person->insured_ids[i])));
    }
}

// Members born that day who agree in all three of surname, given name and sex, and those in two.
static void find_by_demographics(const struct ho_roster_index *index, const struct subject *subject, struct found *full,
                                 struct found *near)
{
    uint32_t cursor = 0;
    for (const struct ho_roster_member *m; (m = ho_roster_find_born(index, subject->birth_date, &cursor));) {
        struct agreement a = compare(subject, m);
        int agreeing = a.surname + a.given + a.sex;
        if (agreeing == 3)
            add(full, m);
        else if (agreeing == 2)
            add(near, m);
    }
}

static const char *word(bool agrees)
{
    return agrees ? "equal" : "differs";
}

static const char *explain(struct ho_arena *arena, const char *reason, const struct subject *subject,
                           const struct ho_roster_member *best, bool by_identifier)
{
    if (!best)
        return ho_arena_printf(arena, "{\"rule\":\"%s\"}", reason);
    struct agreement a = compare(subject, best);
    return ho_arena_printf(arena,
                           "{\"rule\":\"%s\",\"fields\":{\"identifier\":\"%s\",\"surname\":\"%s\",\"given\":\"%s\","
                           "\"birth_date\":\"%s\",\"sex\":\"%s\"}}",
                           reason, by_identifier ? "equal" : "none", word(a.surname), word(a.given), word(a.birth_date),
                           word(a.sex));
}

static void match_one(struct ho_arena *arena, const struct subject *subject, const struct ho_roster_member *member,
                      const char *reason, bool by_identifier, struct ho_match *out)
{
    *out = (struct ho_match){
        .verdict = HO_MATCH_MATCHED,
        .member_id = ho_roster_member_id(member),
        .reason = reason,
        .why = explain(arena, reason, subject, member, by_identifier),
    };
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void review(struct ho_arena *arena, const struct subject *subject, const struct found *found, const char *reason,
                   bool by_identifier, struct ho_match *out)
{
    const char **ids = ho_arena_array(arena, found->n, sizeof *ids);
    for (size_t i = 0; i < found->n; i++)
        ids[i] = ho_roster_member_id(found->members[i]);
    qsort(ids, found->n, sizeof *ids, by_text);
    *out = (struct ho_match){
        .verdict = HO_MATCH_REVIEW,
        .reason = reason,
        .n_candidates = found->n,
        .why = explain(arena, reason, subject, found->n == 1 ? found->members[0] : NULL, by_identifier),
    };
    for (size_t i = 0; i < found->n; i++)
        out->candidates[i] = (struct ho_match_candidate){ids[i], 0, "{}"};
}

// Those of the identified whom given name and birth date confirm.
static struct found confirmed_of(const struct subject *subject, const struct found *identified)
{
    struct found confirmed = {0};
    for (size_t i = 0; i < identified->n; i++) {
        struct agreement a = compare(subject, identified->members[i]);
        if (a.given && a.birth_date)
            add(&confirmed, identified->members[i]);
    }
    return confirmed;
}

void ho_match_decide(struct ho_arena *arena, const struct ho_roster_index *index,
                     const struct ho_match_question *question, struct ho_match *out)
{
    const ho_person *person = question->person;
    const struct subject subject = {
        .surname = ho_name_fold(arena, person->surname),
        .given = ho_name_fold(arena, person->given),
        .birth_date = person->birth_date,
        .sex = ho_sex_letter(person->sex),
    };
    struct found identified = {0}, full = {0}, near = {0};
    find_identified(index, person, question->trusted, question->n_trusted, &identified);
    find_by_demographics(index, &subject, &full, &near);

    struct found confirmed = confirmed_of(&subject, &identified);
    if (identified.n == 1 && confirmed.n == 1 && !identified.more) {
        match_one(arena, &subject, confirmed.members[0], "exact-identifier", true, out);
    } else if (identified.n) {
        for (size_t i = 0; i < full.n; i++)
            add(&identified, full.members[i]);
        review(arena, &subject, &identified, confirmed.n ? "not-unique" : "identifier-not-confirmed", true, out);
    } else if (full.n == 1) {
        match_one(arena, &subject, full.members[0], "exact-demographics", false, out);
    } else if (full.n) {
        review(arena, &subject, &full, "not-unique", false, out);
    } else if (near.n) {
        review(arena, &subject, &near, "near", false, out);
    } else if (!subject.given.n || !subject.birth_date) {
        *out = (struct ho_match){.verdict = HO_MATCH_HELD, .reason = "sparse", .why = "{\"rule\":\"sparse\"}"};
    } else {
        *out = (struct ho_match){.reason = "no-candidate", .why = "{\"rule\":\"no-candidate\"}"};
    }
}

enum ho_match_stand ho_match_compare(struct ho_arena *arena, const struct ho_roster_index *index,
                                     const struct ho_match_question *question, const char *member_id,
                                     struct ho_match_candidate *out)
{
    uint32_t cursor = 0;
    const struct ho_roster_member *found = ho_roster_find_text(index, HO_KEY_MEMBER, ho_bytes_of(member_id), &cursor);
    if (!found)
        return HO_STAND_UNKNOWN;
    const ho_person *person = question->person;
    const struct ho_bytes name = ho_name_fold(arena, person->given);
    *out = (struct ho_match_candidate){ho_roster_member_id(found), 0, "{}"};
    if ((name.n && !ho_bytes_is(name, ho_roster_member_given(found))) || (person->birth_date && person->birth_date != found->birth_date))
        return HO_STAND_CONTRADICTS;
    return name.n && person->birth_date ? HO_STAND_AGREES : HO_STAND_OPEN;
}

const char *ho_match_verdict_name(enum ho_match_verdict verdict)
{
    static const char *const NAMES[] = {"non-member", "held", "review", "matched"};
    return NAMES[verdict];
}
