#include "simulate_crowd_query.h"

#include <string.h>

#include "simulate_crowd_text.h"

enum { YEAR = 365, SENIOR = 65 * YEAR };

const char ho_crowd_roster_header[] =
    "member_id,cin,plan_id,surname,given,middle,suffix,birth_date,sex,phone,address,city,state,zip,language\n";
const char ho_crowd_query_header[] =
    "query_id,feed,surname,given,middle,suffix,birth_date,sex,phone,address,city,state,zip,language,ins_id\n";
const char ho_crowd_truth_header[] = "query_id,member_id,kind\n";

static const struct ho_crowd_feed feeds[] = {
    {"bayview-general", true, true, 0, 0, HO_CROWD_USUAL, 20, 40, false, true},
    {"canyon-medical", true, true, 20, 1, HO_CROWD_LONG, 0, 55, false, false},
    {"coast-community", false, true, 0, 2, HO_CROWD_USUAL, 35, 20, false, false},
    {"golden-valley", false, false, 0, 3, HO_CROWD_DOTTED, 50, 10, true, true},
    {"harbor-county", true, true, 15, 0, HO_CROWD_BARE, 0, 30, false, false},
    {"mesa-childrens", false, true, 0, 4, HO_CROWD_UNIT, 30, 20, true, false},
    {"pacific-hills", true, true, 0, 1, HO_CROWD_USUAL, 10, 60, false, true},
    {"sierra-rehab", true, true, 24, 5, HO_CROWD_LONG, 0, 0, false, false},
};

static const char *const phone_forms[] = {"##########",     "(###)###-####",   "###-###-####",
                                          "(###) ###-####", "+1-###-###-####", "1##########"};

enum { FEEDS = sizeof feeds / sizeof *feeds };

static void put_birth(char out[12], int32_t day)
{
    struct ho_sim_date date = ho_sim_date_of(day);
    uint32_t number = (uint32_t)(date.year * 10000 + date.month * 100 + date.day);
    for (int i = 7; i >= 0; i--, number /= 10)
        out[i] = (char)('0' + number % 10);
    out[8] = '\0';
}

static void put_phone(char out[HO_CROWD_PHONE_BYTES], uint64_t number)
{
    out[0] = '\0';
    if (!number)
        return;
    for (int i = 9; i >= 0; i--, number /= 10)
        out[i] = (char)('0' + number % 10);
    out[10] = '\0';
}

static void init_middle(struct ho_crowd_query *query, struct ho_sim_random *random,
                        const struct ho_crowd_person *person)
{
    uint32_t at = ho_sim_random_below(random, 100);
    query->middle[0] = '\0';
    if (at >= query->feed->middle_per_mille + query->feed->initial_per_mille)
        return;
    ho_crowd_copy(query->middle, sizeof query->middle, person->middle);
    if (at >= query->feed->middle_per_mille)
        ho_crowd_cut(query->middle, 1);
}

// Half send none; a plan's member mostly the CIN, alone or as the card has it.
static void init_card(struct ho_crowd_query *query, const struct ho_crowd *crowd, struct ho_sim_random *random,
                      const struct ho_crowd_person *person)
{
    bool senior = crowd->today - person->birth_day > SENIOR;
    uint32_t at = ho_sim_random_below(random, 100);
    enum ho_crowd_card card = at < 22   ? HO_CROWD_CIN
                              : at < 32 ? HO_CROWD_BIC
                              : at < 40 ? HO_CROWD_PLAN_ID
                              : at < 52 ? HO_CROWD_OTHER_CARD
                                        : HO_CROWD_NO_CARD;
    if (senior && at < 60 && at >= 32)
        card = HO_CROWD_MBI;
    if (!person->enrolled && card == HO_CROWD_PLAN_ID)
        card = HO_CROWD_OTHER_CARD;
    ho_crowd_card_put(query->card, crowd, random, card, person->number);
    query->worth[HO_CROWD_CARD] = card == HO_CROWD_CIN || card == HO_CROWD_BIC || card == HO_CROWD_PLAN_ID ? 6 : 0;
}

void ho_crowd_query_init(struct ho_crowd_query *query, const struct ho_crowd *crowd, struct ho_sim_random *random,
                         const struct ho_crowd_person *person)
{
    const struct ho_crowd_feed *feed = &feeds[ho_sim_random_below(random, FEEDS)];
    *query = (struct ho_crowd_query){.feed = feed,
                                     .home = person->home,
                                     .language = ho_sim_random_chance(random, 700) ? person->language : "",
                                     .sex = {person->sex, '\0'},
                                     .worth = {3, 3, 5, person->file_phone ? 3 : 0, person->file_home ? 4 : 0, 0}};
    ho_crowd_copy(query->given, sizeof query->given, person->given);
    ho_crowd_copy(query->surname, sizeof query->surname, person->surname);
    ho_crowd_copy(query->suffix, sizeof query->suffix, person->suffix);
    init_middle(query, random, person);
    put_birth(query->birth, person->birth_day);
    put_phone(query->phone, person->phone);
    ho_crowd_home_address(&crowd->places, &person->home, query->feed->address_form, query->address);
    ho_crowd_copy(query->city, sizeof query->city, ho_crowd_home_city(&crowd->places, &person->home));
    ho_crowd_home_zip(&person->home, query->zip);
    init_card(query, crowd, random, person);
}

void ho_crowd_query_kind(struct ho_crowd_query *query, const char *kind)
{
    if (query->kind[0])
        ho_crowd_append(query->kind, sizeof query->kind, "+");
    ho_crowd_append(query->kind, sizeof query->kind, kind);
}

// A field and the comma behind it. Quotes where there is a comma; a quote within is not invented here.
static void put(struct ho_sim_file *file, const char *text)
{
    bool quoted = strchr(text, ',') != NULL;
    if (quoted)
        ho_sim_put_char(file, '"');
    ho_sim_put(file, text);
    if (quoted)
        ho_sim_put_char(file, '"');
    ho_sim_put_char(file, ',');
}

static void put_written(struct ho_sim_file *file, const char *text, bool capitals, bool plain, size_t width)
{
    char written[HO_CROWD_SURNAME_BYTES + 16];
    ho_crowd_copy(written, sizeof written, text);
    if (plain)
        ho_crowd_plain(written);
    if (capitals)
        ho_crowd_upper(written);
    if (width)
        ho_crowd_cut(written, width);
    put(file, written);
}

static void put_date(struct ho_sim_file *file, const char *birth, bool dashes)
{
    for (size_t i = 0; birth[i]; i++) {
        if (dashes && (i == 4 || i == 6) && strlen(birth) == 8)
            ho_sim_put_char(file, '-');
        ho_sim_put_char(file, birth[i]);
    }
    ho_sim_put_char(file, ',');
}

static void put_number_as(struct ho_sim_file *file, const char *digits, const char *form)
{
    if (strlen(digits) != 10)
        ho_sim_put(file, digits);
    else
        for (; *form; form++)
            ho_sim_put_char(file, *form == '#' ? *digits++ : *form);
    ho_sim_put_char(file, ',');
}

static void put_zip(struct ho_sim_file *file, struct ho_sim_random *random, const char *zip, bool zip4)
{
    ho_sim_put(file, zip);
    uint32_t more = ho_sim_random_below(random, 10000);
    if (zip4 && strlen(zip) == 5) {
        ho_sim_put_char(file, '-');
        ho_sim_put_number(file, more, 4);
    }
    ho_sim_put_char(file, ',');
}

static void put_id(struct ho_sim_file *file, char letter, uint32_t index)
{
    ho_sim_put_char(file, letter);
    ho_sim_put_number(file, (uint64_t)index + 1, 8);
}

void ho_crowd_query_put(struct ho_sim_file *file, struct ho_sim_random *random, const struct ho_crowd_query *query,
                        uint32_t index)
{
    const struct ho_crowd_feed *feed = query->feed;
    put_id(file, 'Q', index);
    ho_sim_put_char(file, ',');
    put(file, feed->name);
    put_written(file, query->surname, feed->capitals, feed->plain, feed->width);
    put_written(file, query->given, feed->capitals, feed->plain, feed->width);
    put_written(file, query->middle, feed->capitals, feed->plain, feed->width);
    put_written(file, query->suffix, feed->capitals, feed->plain, 0);
    put_date(file, query->birth, feed->dashes);
    put(file, query->sex);
    put_number_as(file, query->phone, phone_forms[feed->phone_form]);
    put_written(file, query->address, feed->capitals, feed->plain, 0);
    put_written(file, query->city, feed->capitals, feed->plain, 0);
    put(file, query->zip[0] || query->address[0] ? "CA" : "");
    put_zip(file, random, query->zip, feed->zip4);
    put(file, query->language);
    ho_sim_put(file, query->card);
    ho_sim_put_char(file, '\n');
}

static void put_cards(struct ho_sim_file *file, const struct ho_crowd *crowd, const struct ho_crowd_person *person)
{
    char card[HO_CROWD_CARD_BYTES];
    struct ho_sim_random random = {0};
    ho_crowd_card_put(card, crowd, &random, HO_CROWD_CIN, person->number);
    put(file, card);
    ho_crowd_card_put(card, crowd, &random, HO_CROWD_PLAN_ID, person->number);
    put(file, card);
}

static void put_file_names(struct ho_sim_file *file, const struct ho_crowd_person *person)
{
    bool capitals = person->file_capitals; // as the state writes them
    char middle[HO_CROWD_MIDDLE_BYTES] = "";
    if (person->file_middle)
        ho_crowd_copy(middle, sizeof middle, person->middle);
    if (person->file_initial)
        ho_crowd_cut(middle, 1);
    put_written(file, person->surname, capitals, capitals, 0);
    put_written(file, person->given, capitals, capitals, 0);
    put_written(file, middle, capitals, capitals, 0);
    put_written(file, person->suffix, capitals, capitals, 0);
}

static void put_file_home(struct ho_sim_file *file, const struct ho_crowd *crowd, const struct ho_crowd_person *person)
{
    char address[HO_CROWD_ADDRESS_BYTES], zip[HO_CROWD_ZIP_BYTES];
    if (!person->file_home) {
        ho_sim_put(file, ",,,,");
        return;
    }
    ho_crowd_home_address(&crowd->places, &person->home, HO_CROWD_USUAL, address);
    ho_crowd_home_zip(&person->home, zip);
    put_written(file, address, person->file_capitals, true, 0);
    put_written(file, ho_crowd_home_city(&crowd->places, &person->home), person->file_capitals, true, 0);
    put(file, "CA");
    put(file, zip);
}

void ho_crowd_roster_put(struct ho_sim_file *file, const struct ho_crowd *crowd, const struct ho_crowd_person *person,
                         uint32_t index)
{
    char birth[12], phone[HO_CROWD_PHONE_BYTES] = "", sex[2] = {person->sex, '\0'};
    put_id(file, 'M', index);
    ho_sim_put_char(file, ',');
    put_cards(file, crowd, person);
    put_file_names(file, person);
    put_birth(birth, person->birth_day);
    put_date(file, birth, true);
    put(file, person->file_sex ? sex : "");
    put_phone(phone, person->file_phone ? person->phone : 0);
    put_number_as(file, phone, phone_forms[person->file_capitals ? 0 : 2]);
    put_file_home(file, crowd, person);
    ho_sim_put(file, person->file_language ? person->language : "");
    ho_sim_put_char(file, '\n');
}

void ho_crowd_truth_put(struct ho_sim_file *file, uint32_t index, bool is_member, uint32_t member, const char *kind)
{
    put_id(file, 'Q', index);
    ho_sim_put_char(file, ',');
    if (is_member)
        put_id(file, 'M', member);
    ho_sim_put_char(file, ',');
    ho_sim_put(file, kind);
    ho_sim_put_char(file, '\n');
}
