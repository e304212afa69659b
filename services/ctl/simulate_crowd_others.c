#include "simulate_crowd_others.h"

#include <stdio.h>
#include <string.h>

#include "simulate_crowd_text.h"

enum {
    YEAR = 365,
    OTHERS = 130000000, // above the numbers of the people of households
    NAMES = HO_CROWD_ON_GIVEN | HO_CROWD_ON_SURNAME,
    WHO = NAMES | HO_CROWD_ON_BIRTH,
    WHERE = HO_CROWD_ON_ADDRESS | HO_CROWD_ON_PHONE,
    COMMON = 40, // of a million: namesakes enough that a birth date alone does not tell them apart
    OLDEST = 105 * YEAR,
};

static bool chance(struct ho_crowd_otherness *o, uint32_t per_mille)
{
    return ho_sim_random_chance(o->random, per_mille);
}

static int32_t between(struct ho_crowd_otherness *o, int32_t low, int32_t high)
{
    return ho_sim_random_between(o->random, low, high);
}

static int32_t age_days(const struct ho_crowd_otherness *o)
{
    return o->crowd->today - o->member->birth_day;
}

static bool is_adult(const struct ho_crowd_otherness *o)
{
    return age_days(o) >= 18 * YEAR;
}

// The member's particulars, to be changed.
static void copy_member(struct ho_crowd_otherness *o)
{
    o->person = *o->member;
    o->person.enrolled = false;
    o->person.number = OTHERS + o->number;
    o->person.suffix[0] = '\0';
}

static bool set_birth(struct ho_crowd_otherness *o, int32_t day)
{
    o->person.birth_day = day;
    return day <= o->crowd->today && day > o->crowd->today - OLDEST;
}

static void move_elsewhere(struct ho_crowd_otherness *o)
{
    ho_crowd_home_draw(&o->crowd->places, o->random, &o->person.home);
    if (chance(o, 400)) {
        o->person.home.city = o->member->home.city;
        o->person.home.zip = o->member->home.zip;
    }
    o->person.phone = ho_crowd_home_phone(&o->person.home, o->random);
}

static bool is_named_here(const struct ho_crowd_otherness *o, const char *given)
{
    for (uint32_t i = 0; i < o->household->n; i++)
        if (ho_crowd_alike(o->household->people[i].given, given))
            return true;
    return false;
}

// How many letters two names share at their beginnings and ends.
static size_t likeness(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), head = 0, tail = 0;
    while (head < n && head < m && a[head] == b[head])
        head++;
    while (tail < n && tail < m && a[n - 1 - tail] == b[m - 1 - tail])
        tail++;
    return head + tail;
}

static bool begins_like(const char *a, const char *b)
{
    char x[HO_CROWD_GIVEN_BYTES], y[HO_CROWD_GIVEN_BYTES];
    ho_crowd_folded(a, x, sizeof x);
    ho_crowd_folded(b, y, sizeof y);
    size_t n = strlen(x) < strlen(y) ? strlen(x) : strlen(y);
    return memcmp(x, y, n) == 0;
}

static bool is_listed(const char *group, const char *name)
{
    char word[HO_CROWD_PART_BYTES];
    for (const char *p = group; *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        snprintf(word, sizeof word, "%.*s", (int)n, p);
        if (ho_crowd_alike(word, name))
            return true;
        p += n;
    }
    return false;
}

// The spelling that most of a sound's spellings have in common: Kameron for Cameron, Lesli for Leslie.
static void plainest(const char *name, char out[HO_CROWD_GIVEN_BYTES])
{
    char folded[HO_CROWD_GIVEN_BYTES];
    size_t n = 0;
    ho_crowd_folded(name, folded, sizeof folded);
    for (const char *p = folded; *p; p++) {
        char c = *p == 'C' || *p == 'Q' ? 'K' : *p == 'Y' ? 'I' : *p == 'Z' ? 'S' : *p;
        if ((c == 'I' && p[1] == 'E' && !p[2]) || (c == 'P' && p[1] == 'H'))
            p++, c = c == 'P' ? 'F' : c;
        if (c != 'H' && (n == 0 || out[n - 1] != c))
            out[n++] = c;
    }
    out[n] = '\0';
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return m <= n && strcmp(name + n - m, end) == 0;
}

// Nobody gives two children one name: in two forms or spellings, or one within the other (Thi Lan and Lan).
static bool is_one_name(const char *a, const char *b)
{
    char x[4][HO_CROWD_PART_BYTES], y[4][HO_CROWD_PART_BYTES];
    char plain_a[HO_CROWD_GIVEN_BYTES], plain_b[HO_CROWD_GIVEN_BYTES];
    size_t n = ho_crowd_parts(a, x, 4), m = ho_crowd_parts(b, y, 4);
    plainest(a, plain_a);
    plainest(b, plain_b);
    if (ends_with(plain_a, plain_b) || ends_with(plain_b, plain_a))
        return true;
    for (uint32_t i = 0; i < ho_crowd_n_nicknames; i++)
        if (n && m && is_listed(ho_crowd_nicknames[i], x[0]) && is_listed(ho_crowd_nicknames[i], y[0]))
            return true;
    return false;
}

// A name that nobody of the house has; of `tries`, the one most like the member's: Kayden for Jayden.
static bool rename_person(struct ho_crowd_otherness *o, uint32_t tries)
{
    struct ho_crowd_person best = o->person;
    size_t most = 0;
    bool found = false;
    for (uint32_t i = 0; i < tries || (!found && i < tries + 20); i++) {
        ho_crowd_draw_given(o->crowd, o->random, &o->person);
        if (is_named_here(o, o->person.given) || begins_like(o->person.given, o->member->given) ||
            is_one_name(o->person.given, o->member->given))
            continue;
        size_t like = likeness(o->person.given, o->member->given) + 1;
        if (like <= most)
            continue;
        most = like;
        best = o->person;
        found = true;
    }
    o->person = best;
    return found;
}

// María Isabel for María Elena.
static bool rename_second(struct ho_crowd_otherness *o)
{
    char parts[2][HO_CROWD_PART_BYTES];
    char first[HO_CROWD_PART_BYTES];
    if (ho_crowd_parts(o->member->given, parts, 2) < 2)
        return false;
    memcpy(first, parts[0], sizeof first);
    if (!rename_person(o, 1) || ho_crowd_parts(o->person.given, parts, 2) != 1 || ho_crowd_alike(first, parts[0]))
        return false;
    ho_crowd_copy(o->person.given, sizeof o->person.given, first);
    ho_crowd_append(o->person.given, sizeof o->person.given, " ");
    ho_crowd_append(o->person.given, sizeof o->person.given, parts[0]);
    return !is_named_here(o, o->person.given);
}

static bool has_twin(const struct ho_crowd_otherness *o)
{
    for (uint32_t i = 0; i < o->household->n; i++) {
        const struct ho_crowd_person *person = &o->household->people[i];
        if (person != o->member && person->birth_day == o->member->birth_day)
            return true;
    }
    return false;
}

static bool invent_twin(struct ho_crowd_otherness *o)
{
    bool grown = age_days(o) > 25 * YEAR;
    if (has_twin(o) || (grown && chance(o, 600)))
        return false;
    copy_member(o);
    ho_crowd_copy(o->person.surname, sizeof o->person.surname, o->member->maiden);
    if (chance(o, 350))
        o->person.sex = o->member->sex == 'F' ? 'M' : 'F';
    if (grown && chance(o, 400))
        move_elsewhere(o);
    o->keep = HO_CROWD_ON_GIVEN;
    if (o->person.sex == o->member->sex && chance(o, 300) && rename_second(o))
        return true;
    return rename_person(o, chance(o, 500) ? 40 : 1);
}

static bool invent_namesake(struct ho_crowd_otherness *o)
{
    if (o->member->sex == 'F' && chance(o, 750))
        return false;
    copy_member(o);
    bool older = chance(o, 500);
    int32_t years = between(o, 18 * YEAR, 38 * YEAR);
    if (!set_birth(o, o->member->birth_day + (older ? -years : years)))
        return false;
    if (o->person.sex == 'M' && chance(o, 500))
        ho_crowd_copy(o->person.suffix, sizeof o->person.suffix, older ? "Sr" : "Jr");
    if (chance(o, 400))
        ho_crowd_draw_given(o->crowd, o->random, &o->person); // for another middle name
    ho_crowd_copy(o->person.given, sizeof o->person.given, o->member->given);
    if (chance(o, 250))
        move_elsewhere(o);
    o->keep = HO_CROWD_ON_BIRTH;
    return true;
}

static bool invent_sibling(struct ho_crowd_otherness *o)
{
    copy_member(o);
    ho_crowd_copy(o->person.surname, sizeof o->person.surname, o->member->maiden);
    int32_t apart = between(o, 300, 12 * YEAR);
    o->person.sex = chance(o, 500) ? 'F' : 'M';
    o->keep = HO_CROWD_ON_GIVEN;
    return set_birth(o, o->member->birth_day + (chance(o, 500) ? apart : -apart)) &&
           rename_person(o, chance(o, 250) ? 25 : 1);
}

static bool has_partner(const struct ho_crowd_otherness *o)
{
    for (uint32_t i = 0; i < o->household->n; i++) {
        const struct ho_crowd_person *person = &o->household->people[i];
        int32_t apart = person->birth_day - o->member->birth_day;
        if (person->sex != o->member->sex && apart < 15 * YEAR && apart > -15 * YEAR)
            return true;
    }
    return false;
}

static bool invent_spouse(struct ho_crowd_otherness *o)
{
    if (!is_adult(o) || has_partner(o))
        return false;
    copy_member(o);
    o->person.sex = o->member->sex == 'F' ? 'M' : 'F';
    if (chance(o, 350))
        ho_crowd_draw_surname(o->crowd, o->random, &o->person);
    o->keep = HO_CROWD_ON_GIVEN;
    return set_birth(o, o->member->birth_day + between(o, -8 * YEAR, 8 * YEAR)) &&
           o->crowd->today - o->person.birth_day > 18 * YEAR && rename_person(o, 1);
}

// The spouse's mother, father, sister or brother, with or without the member's surname.
static bool invent_in_law(struct ho_crowd_otherness *o)
{
    if (!is_adult(o))
        return false;
    copy_member(o);
    o->person.sex = chance(o, 600) ? 'F' : 'M';
    if (chance(o, 600))
        ho_crowd_draw_surname(o->crowd, o->random, &o->person);
    int32_t older = chance(o, 650) ? between(o, 18 * YEAR, 36 * YEAR) : between(o, -9 * YEAR, 9 * YEAR);
    o->keep = NAMES;
    return set_birth(o, o->member->birth_day - older) && rename_person(o, 1);
}

static bool put_date(struct ho_crowd_otherness *o, int32_t year, int32_t month, int32_t day)
{
    struct ho_sim_date date = {year, month, day};
    return ho_sim_date_valid(date) && set_birth(o, ho_sim_day_of(date));
}

static bool draw_near_birth(struct ho_crowd_otherness *o)
{
    struct ho_sim_date d = ho_sim_date_of(o->member->birth_day);
    int32_t step = chance(o, 500) ? 1 : -1;
    switch (ho_sim_random_below(o->random, 6)) {
    case 0:
        return d.month != d.day && put_date(o, d.year, d.day, d.month);
    case 1:
        return put_date(o, d.year + step, d.month, d.day);
    case 2:
        return put_date(o, d.year, d.month, d.day + step * 10);
    case 3:
        return put_date(o, d.year, d.month, d.day + step * between(o, 1, 5));
    case 4:
        return put_date(o, d.year, d.month + step, d.day);
    default:
        return put_date(o, d.year + step * 10, d.month, d.day);
    }
}

// The middle name is theirs.
static void rename_middle(struct ho_crowd_otherness *o)
{
    struct ho_crowd_person kept = o->person;
    ho_crowd_draw_given(o->crowd, o->random, &o->person);
    memcpy(o->person.given, kept.given, sizeof kept.given);
    o->person.given_share = kept.given_share;
    if (ho_crowd_alike(o->person.middle, o->member->middle))
        o->person.middle[0] = '\0';
}

static bool invent_near_birth(struct ho_crowd_otherness *o)
{
    enum { RATHER_COMMON = 15 };
    copy_member(o);
    if (ho_crowd_namesakes(o->member) < RATHER_COMMON || !draw_near_birth(o))
        return false;
    move_elsewhere(o);
    rename_middle(o);
    o->keep = HO_CROWD_ON_BIRTH | HO_CROWD_ON_ADDRESS;
    return o->member->file_home;
}

static bool invent_same_birth(struct ho_crowd_otherness *o)
{
    copy_member(o);
    move_elsewhere(o);
    rename_middle(o);
    o->keep = HO_CROWD_ON_BIRTH | WHERE;
    return ho_crowd_namesakes(o->member) >= COMMON && o->member->file_home;
}

bool ho_crowd_invent_stranger(struct ho_crowd_otherness *o)
{
    struct ho_crowd_household household;
    ho_crowd_household_make(o->crowd, o->crowd->n_households + o->number, &household);
    o->person = household.people[ho_sim_random_below(o->random, household.n)];
    o->person.enrolled = false;
    o->keep = ho_crowd_doubles(o->crowd, &o->person) ? WHO | WHERE : 0;
    return true;
}

static bool invent_tenant(struct ho_crowd_otherness *o)
{
    if (!ho_crowd_invent_stranger(o))
        return false;
    o->person.home = o->member->home;
    if (chance(o, 350))
        o->person.phone = o->member->phone;
    o->keep = WHO;
    return !is_named_here(o, o->person.given);
}

// Another unit of the building, another bed of the shelter, another room.
static bool invent_neighbour(struct ho_crowd_otherness *o)
{
    if (!o->member->home.unit[0] && o->household->n > 1)
        return false;
    if (!ho_crowd_invent_stranger(o))
        return false;
    o->person.home = o->member->home;
    if (o->person.home.unit[0])
        (void)ho_crowd_digit_off(o->random, o->person.home.unit, 0);
    else if (chance(o, 300))
        o->person.phone = o->member->phone;
    o->keep = WHO;
    return !is_named_here(o, o->person.given);
}

static bool has_infant(const struct ho_crowd_otherness *o)
{
    enum { INFANT_DAYS = 300 };
    for (uint32_t i = 0; i < o->household->n; i++)
        if (o->crowd->today - o->household->people[i].birth_day < INFANT_DAYS)
            return true;
    return false;
}

static bool invent_newborn(struct ho_crowd_otherness *o)
{
    if (o->member->sex != 'F' || age_days(o) < 17 * YEAR || age_days(o) > 45 * YEAR || has_infant(o))
        return false;
    copy_member(o);
    o->person.sex = chance(o, 490) ? 'F' : 'M';
    o->keep = WHO;
    return set_birth(o, o->crowd->today - (chance(o, 750) ? between(o, 0, 5) : between(o, 6, 27))) &&
           rename_person(o, 1);
}

static void put_card_of_member(struct ho_crowd_otherness *o)
{
    enum ho_crowd_card card = chance(o, 550) ? HO_CROWD_CIN : chance(o, 600) ? HO_CROWD_BIC : HO_CROWD_PLAN_ID;
    ho_crowd_card_put(o->query.card, o->crowd, o->random, card, o->member->number);
}

static void name_newborn(struct ho_crowd_otherness *o)
{
    static const char *const boys[] = {"Baby Boy", "Babyboy", "BB", "BB A", "Boy", "Boy A", "Infant Boy", "Newborn"};
    static const char *const girls[] = {"Baby Girl", "Babygirl", "BG",          "BG A",
                                        "Girl",      "Girl A",   "Infant Girl", "Newborn"};
    char *given = o->query.given;
    size_t size = sizeof o->query.given;
    uint32_t way = ho_sim_random_below(o->random, 100);
    if (way < 12)
        return; // has a name by now
    const char *word = (o->person.sex == 'F' ? girls : boys)[ho_sim_random_below(o->random, 8)];
    o->query.middle[0] = '\0';
    if (way < 22) {
        ho_crowd_copy(given, size, o->member->given);
        return;
    }
    ho_crowd_copy(given, size, word);
    if (way > 75) {
        ho_crowd_append(given, size, " ");
        ho_crowd_append(given, size, o->member->given);
    }
}

static void dress_newborn(struct ho_crowd_otherness *o)
{
    name_newborn(o);
    o->query.card[0] = '\0';
    if (chance(o, 600))
        put_card_of_member(o);
}

// A friend's, a relative's, a parent's.
static bool invent_card_user(struct ho_crowd_otherness *o)
{
    uint32_t way = ho_sim_random_below(o->random, 3);
    if (way == 0) {
        o->keep = 0;
        return ho_crowd_invent_stranger(o) && !is_named_here(o, o->person.given) && (o->keep = WHO | HO_CROWD_ON_CARD);
    }
    if (way == 1 ? !invent_sibling(o) : !is_adult(o))
        return false;
    if (way == 2) {
        copy_member(o);
        o->person.sex = chance(o, 500) ? 'F' : 'M';
        int32_t age = between(o, 30, 17 * YEAR);
        if (age > age_days(o) - 16 * YEAR || !set_birth(o, o->crowd->today - age) || !rename_person(o, 1))
            return false;
    }
    o->keep = HO_CROWD_ON_GIVEN | HO_CROWD_ON_BIRTH | HO_CROWD_ON_CARD;
    return true;
}

struct placeholder {
    const char *surname, *given;
};

static void dress_nobody(struct ho_crowd_otherness *o)
{
    static const struct placeholder names[] = {
        {"Unknown", "Unknown"},
        {"Doe", "John"},
        {"Doe", "Jane"},
        {"Trauma", "Alpha"},
        {"Trauma", "Bravo"},
        {"Zztest", "Patient"},
        {"Test", "Patient"},
        {"Test", "Test"},
        {"Unknown", "Male"},
        {"Unknown", "Female"},
        {"Xxtrauma", "Echo"},
        {"Unidentified", "Person"},
        {"Doe", "J"},
        {"Zztest", "Adt"},
        {"Testing", "Test"},
        {"Patient", "Unknown"},
        {"Registration", "Test"},
        {"Emergency", "Quick"},
        {"Disaster", "One"},
        {"", ""},
    };
    static const char *const births[] = {"19000101", "", "20000101", "18500101", "19010101", "11111111", "19700101"};
    const struct placeholder *name = &names[ho_sim_random_below(o->random, sizeof names / sizeof *names)];
    struct ho_crowd_query *query = &o->query;
    ho_crowd_copy(query->surname, sizeof query->surname, name->surname);
    ho_crowd_copy(query->given, sizeof query->given, name->given);
    query->middle[0] = o->person.middle[0] = '\0';
    if (chance(o, 850))
        ho_crowd_copy(query->birth, sizeof query->birth, births[ho_sim_random_below(o->random, 7)]);
    query->card[0] = '\0';
    if (chance(o, 800)) {
        ho_crowd_copy(query->address, sizeof query->address, chance(o, 500) ? "" : "Unknown");
        query->zip[0] = query->city[0] = '\0';
        ho_crowd_copy(query->phone, sizeof query->phone, chance(o, 500) ? "" : "9999999999");
    }
}

// Found at a member's door now and then, or a test with a member's particulars.
static bool invent_nobody(struct ho_crowd_otherness *o)
{
    if (chance(o, 850))
        return ho_crowd_invent_stranger(o) && (o->keep = WHO | WHERE);
    copy_member(o);
    o->keep = WHO | WHERE;
    return chance(o, 500) ? ho_crowd_invent_stranger(o) : set_birth(o, o->crowd->today - between(o, YEAR, 80 * YEAR));
}

static bool invent_undecidable(struct ho_crowd_otherness *o)
{
    o->keep = WHO | WHERE | HO_CROWD_ON_CARD | HO_CROWD_ON_REST;
    copy_member(o);
    if (ho_crowd_namesakes(o->member) < COMMON)
        return false;
    o->person.middle[0] = '\0';
    return true;
}

// One of a common name, of whom the feed says the birth date and nothing else.
static void dress_undecidable(struct ho_crowd_otherness *o)
{
    struct ho_crowd_query *query = &o->query;
    query->phone[0] = query->address[0] = query->city[0] = query->zip[0] = query->card[0] = '\0';
}

static void dress_card_user(struct ho_crowd_otherness *o)
{
    put_card_of_member(o);
}

const struct ho_crowd_other ho_crowd_others[] = {
    {"absent-twin", 95, invent_twin, NULL, false},
    {"parent-or-child-of-one-name", 95, invent_namesake, NULL, false},
    {"sibling", 80, invent_sibling, NULL, false},
    {"spouse", 60, invent_spouse, NULL, false},
    {"in-law", 45, invent_in_law, NULL, false},
    {"same-name-near-birth", 90, invent_near_birth, NULL, false},
    {"same-name-same-birth", 85, invent_same_birth, NULL, true},
    {"new-tenant", 70, invent_tenant, NULL, false},
    {"neighbour", 30, invent_neighbour, NULL, false},
    {"newborn", 90, invent_newborn, dress_newborn, false},
    {"card-of-another", 90, invent_card_user, dress_card_user, false},
    {"unknown-or-test", 70, invent_nobody, dress_nobody, false},
    {"nobody-can-decide", 30, invent_undecidable, dress_undecidable, true},
};
const uint32_t ho_crowd_n_others = sizeof ho_crowd_others / sizeof *ho_crowd_others;
