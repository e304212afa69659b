#include "simulate_traffic.h"

#include <stdlib.h>

#include "simulate_stories.h"

enum {
    STREAM_STORY = 64,
    LONGEST_STORY = 512, // deliveries; told and then refused where it is too long for what is left
    TRIES_TO_FIT = 8,
    WRONG_BIRTH_DATE = 30, // in 1000 stories of members
    FAR_BIRTH_DATE = 330,  // of those, by more than one digit
    SHOWS_CIN = 620,
    CUTS_SURNAME = 300, // of those who show a CIN and have two surnames
    STRANGER_SHOWS_CIN = 250,
    BORROWS_CARD = 20, // of the strangers who show a CIN
    TEST_PATIENT = 4,
};

struct maker {
    struct ho_sim_traffic *traffic;
    const struct ho_sim_people *people;
    uint64_t seed, attempts;
    uint32_t told[HO_SIM_TEST_PATIENT + 1]; // stories by population
    uint32_t member_step, member_start;
};

uint32_t ho_sim_member_messages(const struct ho_sim_options *options)
{
    uint64_t millionths = (uint64_t)options->messages * options->member_share_millionths;
    return (uint32_t)((millionths + 500000) / 1000000);
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// The n-th member of a walk that meets each once. Beyond the last it begins again.
static uint32_t nth_member(const struct maker *maker, uint32_t n)
{
    uint64_t members = ho_sim_people_members(maker->people);
    return (uint32_t)((maker->member_start + (uint64_t)n * maker->member_step) % members);
}

static struct ho_sim_date one_digit_off(struct ho_sim_random *random, struct ho_sim_date date)
{
    switch (ho_sim_random_below(random, 4)) {
    case 0:
        date.year += date.year % 10 == 9 ? -1 : 1;
        break;
    case 1:
        date.year += date.year / 10 % 10 ? -10 : 10;
        break;
    case 2:
        date.month += date.month % 10 == 9 ? -1 : 1;
        break;
    default:
        date.day += date.day % 10 == 9 ? -1 : 1;
        break;
    }
    return date;
}

// Another year and another day.
static struct ho_sim_date far_off(struct ho_sim_random *random, struct ho_sim_date date)
{
    date.year -= ho_sim_random_between(random, 6, 15);
    date.day += date.day > 14 ? -11 : 11;
    return date;
}

// A wrong date that is possible, not after `latest`, and nobody's.
static int32_t wrong_birth_day(struct ho_sim_random *random, const struct ho_sim_people *people,
                               const struct ho_sim_person *person, int32_t latest, bool far)
{
    for (;;) {
        struct ho_sim_date date = ho_sim_date_of(person->birth_day);
        date = far ? far_off(random, date) : one_digit_off(random, date);
        if (!ho_sim_date_valid(date) || date.year < 1900)
            continue;
        int32_t day = ho_sim_day_of(date);
        if (day <= latest && !ho_sim_people_has(people, person, true, day))
            return day;
    }
}

// A careful person with the message and the roster knows a member by name, birth date, address and telephone, which
// every story gives as the roster does: one wrong digit of the birth date is seen to be a slip, and a surname without
// its second part is made up for by the card. A birth date of another year and day may be a relative's.
static void identify_member(struct ho_sim_random *random, const struct ho_sim_people *people, int32_t latest_birth,
                            struct ho_sim_story *story)
{
    struct ho_sim_person person;
    ho_sim_person_make(people, HO_SIM_MEMBER, story->person, &person);
    story->birth_day = person.birth_day;
    story->found = true;
    if (ho_sim_random_chance(random, WRONG_BIRTH_DATE)) {
        story->found = !ho_sim_random_chance(random, FAR_BIRTH_DATE);
        story->birth_day = wrong_birth_day(random, people, &person, latest_birth, !story->found);
        return;
    }
    story->shows_cin = ho_sim_random_chance(random, SHOWS_CIN);
    story->cuts_surname = story->shows_cin && person.second_surname && ho_sim_random_chance(random, CUTS_SURNAME) &&
                          !ho_sim_people_has(people, &person, false, person.birth_day);
}

// A member's card in a stranger's hand, never one of the same birth date.
static void borrow_card(struct ho_sim_random *random, const struct ho_sim_people *people, struct ho_sim_story *story)
{
    struct ho_sim_person owner;
    story->card_owner = ho_sim_random_below(random, ho_sim_people_members(people));
    ho_sim_person_make(people, HO_SIM_MEMBER, story->card_owner, &owner);
    story->borrows_card = owner.birth_day != story->birth_day;
}

static void identify_other(struct ho_sim_random *random, const struct ho_sim_people *people, struct ho_sim_story *story)
{
    struct ho_sim_person person;
    ho_sim_person_make(people, story->population, story->person, &person);
    story->birth_day = person.birth_day;
    story->shows_cin = story->population == HO_SIM_STRANGER && ho_sim_random_chance(random, STRANGER_SHOWS_CIN);
    if (story->shows_cin && ho_sim_random_chance(random, BORROWS_CARD))
        borrow_card(random, people, story);
}

// Tells one story. False, with nothing of it kept, where it is empty, was cut off in a wrong place, or is
// longer than `room` deliveries.
static bool tell_story(struct maker *maker, enum ho_sim_population population, uint32_t person, uint32_t room,
                       bool one_message)
{
    struct ho_sim_traffic *traffic = maker->traffic;
    struct ho_sim_traffic before = *traffic;
    struct ho_sim_story *story = &traffic->stories[traffic->n_stories];
    *story = (struct ho_sim_story){.person = person, .population = (uint8_t)population};
    struct ho_sim_teller teller = {.traffic = traffic, .story = story, .now = {.story = traffic->n_stories}};
    ho_sim_random_init(&teller.random, maker->seed, STREAM_STORY, maker->attempts++);
    story->kind = (uint8_t)(one_message ? ho_sim_kind_of_one_message() : ho_sim_kind_draw(&teller.random));
    if (population == HO_SIM_MEMBER)
        identify_member(&teller.random, maker->people, traffic->window.first_day, story);
    else
        identify_other(&teller.random, maker->people, story);
    bool whole = ho_sim_story_tell(&teller, story->kind);
    if (whole && story->deliveries > 0 && story->deliveries <= room) {
        traffic->n_stories++;
        return true;
    }
    *traffic = before;
    return false;
}

static enum ho_sim_population population_of(struct maker *maker, bool members)
{
    struct ho_sim_random random;
    if (members)
        return HO_SIM_MEMBER;
    ho_sim_random_init(&random, maker->seed, STREAM_STORY + 1, maker->attempts);
    return ho_sim_random_chance(&random, TEST_PATIENT) ? HO_SIM_TEST_PATIENT : HO_SIM_STRANGER;
}

static uint32_t person_of(const struct maker *maker, enum ho_sim_population population)
{
    uint32_t n = maker->told[population];
    return population == HO_SIM_MEMBER ? nth_member(maker, n) : n;
}

static enum ho_status too_few_members(const struct maker *maker, uint32_t budget, struct ho_error *error)
{
    return ho_fail(error, HO_REJECT,
                   "--members %u: too few for %u messages about members, as each has one story of some nine messages. "
                   "Give %u or more, or a smaller --member-share.",
                   ho_sim_people_members(maker->people), budget, budget / 3 + 20);
}

// Stories until `budget` deliveries are told: where the next ones do not fit, single messages fill the rest.
static enum ho_status tell_all(struct maker *maker, bool members, uint32_t budget, struct ho_error *error)
{
    uint32_t first = maker->traffic->n_deliveries;
    uint32_t failures = 0, told;
    while ((told = maker->traffic->n_deliveries - first) < budget) {
        bool one_message = failures >= TRIES_TO_FIT;
        enum ho_sim_population population = population_of(maker, members);
        if (members && !one_message && maker->told[population] >= ho_sim_people_members(maker->people))
            return too_few_members(maker, budget, error);
        if (tell_story(maker, population, person_of(maker, population), budget - told, one_message)) {
            maker->told[population]++;
            failures = one_message ? failures : 0;
        } else if (budget - told < LONGEST_STORY) {
            failures++;
        }
    }
    return HO_OK;
}

static int by_arrival(const void *a, const void *b)
{
    const struct ho_sim_delivery *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->event > y->event) - (x->event < y->event);
}

static bool allocate(struct ho_sim_traffic *traffic, uint32_t messages)
{
    traffic->room = messages + LONGEST_STORY;
    traffic->stories = calloc(traffic->room, sizeof *traffic->stories);
    traffic->events = calloc(traffic->room, sizeof *traffic->events);
    traffic->deliveries = calloc(traffic->room, sizeof *traffic->deliveries);
    traffic->transitions = calloc(traffic->room, sizeof *traffic->transitions);
    return traffic->stories && traffic->events && traffic->deliveries && traffic->transitions;
}

static void choose_walk(struct maker *maker)
{
    uint32_t members = ho_sim_people_members(maker->people);
    struct ho_sim_random random;
    ho_sim_random_init(&random, maker->seed, STREAM_STORY + 2, 0);
    maker->member_start = ho_sim_random_below(&random, members);
    do
        maker->member_step = 1 + ho_sim_random_below(&random, members);
    while (common_divisor(maker->member_step, members) != 1);
}

enum ho_status ho_sim_traffic_init(struct ho_sim_traffic *traffic, const struct ho_sim_options *options,
                                   const struct ho_sim_window *window, const struct ho_sim_people *people,
                                   struct ho_error *error)
{
    *traffic = (struct ho_sim_traffic){.window = *window};
    if (!allocate(traffic, options->messages)) {
        ho_sim_traffic_cleanup(traffic);
        return ho_fail(error, HO_FATAL, "not enough memory for %u messages: give fewer with --messages.",
                       options->messages);
    }
    struct maker maker = {.traffic = traffic, .people = people, .seed = options->seed};
    choose_walk(&maker);
    uint32_t about_members = ho_sim_member_messages(options);
    enum ho_status status = tell_all(&maker, true, about_members, error);
    if (status == HO_OK)
        status = tell_all(&maker, false, options->messages - about_members, error);
    if (status != HO_OK) {
        ho_sim_traffic_cleanup(traffic);
        return status;
    }
    qsort(traffic->deliveries, traffic->n_deliveries, sizeof *traffic->deliveries, by_arrival);
    return HO_OK;
}

void ho_sim_traffic_cleanup(struct ho_sim_traffic *traffic)
{
    free(traffic->stories);
    free(traffic->events);
    free(traffic->deliveries);
    free(traffic->transitions);
    *traffic = (struct ho_sim_traffic){0};
}
