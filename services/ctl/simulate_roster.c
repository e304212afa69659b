#include "simulate_roster.h"

#include "simulate_words.h"

static const char header[] =
    "member_id,cin,plan_id,surname,given,middle,suffix,birth_date,sex,phone,address,city,state,"
    "zip,language,program,enrolled_from,enrolled_to,opted_out_on,organisation,team,"
    "coordinator,coordinator_email,county,conditions,needs,homeless,risk,pregnant_until,dual\n";

void ho_sim_put_member_id(struct ho_sim_file *file, uint32_t index)
{
    ho_sim_put_char(file, 'M');
    ho_sim_put_number(file, (uint64_t)index + 1, 7);
}

void ho_sim_put_day(struct ho_sim_file *file, int32_t day)
{
    if (day == HO_SIM_NO_DAY)
        return;
    struct ho_sim_date date = ho_sim_date_of(day);
    ho_sim_put_number(file, (uint64_t)date.year, 4);
    ho_sim_put_char(file, '-');
    ho_sim_put_number(file, (uint64_t)date.month, 2);
    ho_sim_put_char(file, '-');
    ho_sim_put_number(file, (uint64_t)date.day, 2);
}

// The word lists hold no comma, quote or line end, so that no value needs quoting.
static void put(struct ho_sim_file *file, const char *value)
{
    ho_sim_put(file, value);
    ho_sim_put_char(file, ',');
}

static void put_identity(struct ho_sim_file *file, const struct ho_sim_people *people, uint32_t index)
{
    char cin[HO_SIM_CIN_BYTES];
    ho_sim_cin(people, HO_SIM_MEMBER, index, cin);
    ho_sim_put_member_id(file, index);
    put(file, "");
    put(file, cin);
    ho_sim_put(file, "OC");
    ho_sim_put_number(file, ho_sim_plan_id(people, index), 9);
    put(file, "");
}

static void put_person(struct ho_sim_file *file, const struct ho_sim_person *person)
{
    char surname[HO_SIM_NAME_BYTES];
    ho_sim_person_surname(person, true, surname);
    put(file, surname);
    put(file, person->given);
    put(file, person->middle);
    put(file, person->suffix);
    ho_sim_put_day(file, person->birth_day);
    put(file, "");
    ho_sim_put_char(file, person->sex);
    put(file, "");
    ho_sim_put_number(file, person->area, 3);
    ho_sim_put(file, "-555-01");
    ho_sim_put_number(file, person->line, 2);
    put(file, "");
    ho_sim_put_number(file, person->house, 0);
    ho_sim_put_char(file, ' ');
    put(file, person->street);
    put(file, person->city);
    put(file, "CA");
    put(file, person->zip);
    put(file, person->language);
}

static void put_membership(struct ho_sim_file *file, const struct ho_sim_membership *membership)
{
    put(file, membership->enrolled ? "ECM" : "");
    ho_sim_put_day(file, membership->from);
    put(file, "");
    ho_sim_put_day(file, membership->to);
    put(file, "");
    ho_sim_put_day(file, membership->opted_out);
    put(file, "");
}

static void put_team(struct ho_sim_file *file, uint32_t coordinator)
{
    const struct ho_sim_coordinator *person = &ho_sim_coordinators[coordinator];
    const struct ho_sim_organisation *employer = &ho_sim_organisations[coordinator % HO_SIM_ORGANISATIONS];
    put(file, employer->name);
    put(file, employer->teams[coordinator / HO_SIM_ORGANISATIONS % 2]);
    put(file, person->name);
    ho_sim_put(file, person->mailbox);
    ho_sim_put_char(file, '@');
    ho_sim_put(file, employer->domain);
}

static void put_facts(struct ho_sim_file *file, const struct ho_sim_facts *facts)
{
    put(file, "");
    put(file, facts->county);
    put(file, facts->conditions);
    put(file, facts->needs);
    put(file, facts->homeless);
    put(file, facts->risk);
    ho_sim_put_day(file, facts->pregnant_until);
    put(file, "");
    ho_sim_put(file, facts->dual ? "yes" : "no");
}

void ho_sim_roster_put(struct ho_sim_file *file, const struct ho_sim_people *people)
{
    ho_sim_put(file, header);
    for (uint32_t i = 0; i < ho_sim_people_members(people); i++) {
        struct ho_sim_person person;
        struct ho_sim_membership membership;
        struct ho_sim_facts facts;
        ho_sim_person_make(people, HO_SIM_MEMBER, i, &person);
        ho_sim_membership_make(people, i, &membership);
        ho_sim_facts_make(people, i, &person, &facts);
        put_identity(file, people, i);
        put_person(file, &person);
        put_membership(file, &membership);
        if (membership.enrolled)
            put_team(file, membership.coordinator);
        else
            ho_sim_put(file, ",,,");
        put_facts(file, &facts);
        ho_sim_put_char(file, '\n');
    }
}
