// Matching by the rules that protect people: who is linked, who is never linked, what a person is asked.
#include "../support/unit.h"

#include "handoff/match.h"

struct fixture {
    struct ho_arena *arena;
    struct ho_roster_index *index;
};

struct someone {
    const char *surname, *given, *middle, *suffix, *sex, *phone, *address, *zip, *number;
    uint32_t born;
};

// A household: mother, daughter, and a father with a son of his name.
static const struct ho_roster_entry FAMILY[] = {
    {"M1", "91234567A", "PL000101", "García Núñez", "María Elena", "", "", 19800229, "F", "7145550101",
     "12 Oak St Apt 4", "Anaheim", "CA", "92801"},
    {"M2", "92234567C", "PL000202", "Garcia Nunez", "Lucia", "", "", 20100610, "F", "7145550101", "12 Oak St Apt 4",
     "Anaheim", "CA", "92801"},
    {"M3", "93234567D", "PL000303", "Okafor", "Robert", "James", "Sr", 19500312, "M", "7145550133", "900 Pine Ave",
     "Tustin", "CA", "92780"},
    {"M4", "94234567E", "PL000404", "Whitlock", "Jayden", "", "", 20150704, "M", "9495550144", "77 Elm Ct", "Irvine",
     "CA", "92602"},
    {"M5", "95234567F", "PL000505", "Nguyen", "Baby Girl", "", "", 20261110, "F", "6575550155", "5 Lotus Way",
     "Westminster", "CA", "92683"},
    {"M6", "96234567G", "PL000606", "Nguyen", "Thi Lan", "", "", 19950505, "F", "6575550155", "5 Lotus Way",
     "Westminster", "CA", "92683"},
};

static struct ho_roster_index *new_family(void)
{
    struct ho_roster_index *index = ho_roster_index_new(NULL);
    for (size_t i = 0; i < COUNT_OF(FAMILY); i++)
        ho_roster_index_put(index, &FAMILY[i]);
    // Others, so that names are more or less common: four hundred people of twenty surnames and twenty given names.
    static const char *const surnames[] = {"Garcia", "Smith", "Tran",  "Lee",   "Kim",   "Diaz", "Brown",
                                           "Singh",  "Cruz",  "Khan",  "Lopez", "Jones", "Pham", "Wong",
                                           "Park",   "Ruiz",  "Green", "Gill",  "Reyes", "Ali"};
    static const char *const givens[] = {"Maria", "Jayden", "Kayden", "Robert", "Ana",   "Luis",   "Grace",
                                         "Minh",  "Noah",   "Emma",   "Jose",   "Elena", "Isabel", "David",
                                         "Linda", "Paul",   "Sofia",  "Omar",   "Mei",   "John"};
    for (int i = 0; i < 400; i++) {
        char id[16], phone[24], address[32];
        snprintf(id, sizeof id, "X%03d", i);
        snprintf(phone, sizeof phone, "310555%04d", i);
        snprintf(address, sizeof address, "%d Harbor Blvd", 1000 + i);
        uint32_t born = (uint32_t)(19400101 + i % 70 * 10000 + i % 12 * 100 + i % 28);
        ho_roster_index_put(index, &(struct ho_roster_entry){.member_id = id,
                                                             .surname = surnames[i % 20],
                                                             .given = givens[i / 20],
                                                             .birth_date = born,
                                                             .sex = i % 2 ? "F" : "M",
                                                             .phone = phone,
                                                             .address = address,
                                                             .city = "Long Beach",
                                                             .zip = "90802"});
    }
    return index;
}

static void put_one(struct fixture *f, const char *member_id, const char *surname, const char *given, uint32_t born)
{
    ho_roster_index_put(f->index, &(struct ho_roster_entry){.member_id = member_id,
                                                            .cin = "98234567J",
                                                            .surname = surname,
                                                            .given = given,
                                                            .birth_date = born,
                                                            .phone = "4155550177"});
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = ho_arena_new(0);
    f->index = new_family();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ho_roster_index_free(f->index);
    ho_arena_free(f->arena);
    free(f);
    return 0;
}

static char *text(const char *s)
{
    return (char *)(uintptr_t)(s ? s : "");
}

static ho_person person_of(const struct someone *s, char **insured)
{
    ho_person person = HANDOFF__V1__PERSON__INIT;
    person.surname = text(s->surname);
    person.given = text(s->given);
    person.middle = text(s->middle);
    person.suffix = text(s->suffix);
    person.sex = text(s->sex);
    person.phone = text(s->phone);
    person.address = text(s->address);
    person.zip = text(s->zip);
    person.birth_date = s->born;
    insured[0] = text(s->number);
    person.insured_ids = insured;
    person.n_insured_ids = s->number ? 1 : 0;
    return person;
}

static struct ho_match ask(struct fixture *f, const struct someone *s)
{
    char *insured[1];
    ho_person person = person_of(s, insured);
    struct ho_match out;
    ho_match_decide(f->arena, f->index, &(struct ho_match_question){.person = &person, .day = 20261122}, &out);
    return out;
}

#define ASK(...) ask(*state, &(struct someone){__VA_ARGS__})

static void assert_linked(struct ho_match m, const char *member, const char *reason)
{
    assert_int_equal(m.verdict, HO_MATCH_MATCHED);
    assert_string_equal(m.member_id, member);
    assert_string_equal(m.reason, reason);
}

static void assert_asked(struct ho_match m, const char *member)
{
    assert_int_equal(m.verdict, HO_MATCH_REVIEW);
    assert_null(m.member_id);
    assert_true(m.n_candidates > 0);
    assert_string_equal(m.candidates[0].member_id, member);
}

static void assert_nobody(struct ho_match m)
{
    assert_int_equal(m.verdict, HO_MATCH_NON_MEMBER);
    assert_int_equal(m.n_candidates, 0);
}

// ---- Who is linked ---------------------------------------------------------------------------------------------

static void number_with_name_and_birth_date_links(void **state)
{
    assert_linked(ASK("GARCIA", "MARIA", .born = 19800229, .number = "91234567A"), "M1", "identifier-confirmed");
    assert_linked(ASK("GARCIA", "MARIA", .born = 19800229, .number = "91234567A41234"), "M1", "identifier-confirmed");
    assert_linked(ASK("Okafor", "Bob", .born = 19500312, .number = "pl-000303"), "M3", "identifier-confirmed");
}

static void trusted_authoritys_number_counts_and_no_others(void **state)
{
    struct fixture *f = *state;
    static const char *const TRUSTED[] = {"MEDI-CAL"};
    ho_identifier id = HANDOFF__V1__IDENTIFIER__INIT;
    ho_identifier *ids[] = {&id};
    ho_person person = HANDOFF__V1__PERSON__INIT;
    id.value = text("91234567A");
    id.type = text("MA");
    person.surname = text("Garcia");
    person.given = text("Maria");
    person.birth_date = 19800229;
    person.identifiers = ids;
    person.n_identifiers = 1;
    const struct ho_match_question question = {.person = &person, .trusted = TRUSTED, .n_trusted = 1};
    struct ho_match out;
    id.authority = text("MEDI-CAL");
    ho_match_decide(f->arena, f->index, &question, &out);
    assert_linked(out, "M1", "identifier-confirmed");
    id.authority = text("ELSEWHERE");
    ho_match_decide(f->arena, f->index, &question, &out);
    assert_int_not_equal(out.verdict, HO_MATCH_MATCHED);
}

static void name_birth_date_and_telephone_or_address_link(void **state)
{
    static const char RULE[] = "name-birth-date-household";
    assert_linked(ASK("GARCIA-NUNEZ", "MARIA ELENA", .born = 19800229, .phone = "(714) 555-0101"), "M1", RULE);
    assert_linked(ASK("Núñez", "Maria", .born = 19800229, .address = "12 OAK STREET #4"), "M1", RULE);
    assert_linked(ASK("Okafor", "Bob", .suffix = "Sr", .born = 19500312, .address = "900 Pine Avenue"), "M3", RULE);
    assert_linked(ASK("MARIA ELENA", "GARCIA NUNEZ", .born = 19800229, .phone = "7145550101"), "M1", RULE);
    assert_linked(ASK("Nguyen", "Lan", .born = 19950505, .phone = "6575550155"), "M6", RULE);
}

static void slip_of_the_keyboard_in_the_birth_date_links_at_home_only(void **state)
{
    static const char RULE[] = "name-birth-date-household";
    const uint32_t slips[] = {19500321, 19501203, 19500313, 19500101, 19501312};
    for (size_t i = 0; i < COUNT_OF(slips); i++) {
        assert_linked(ASK("Okafor", "Robert", .suffix = "Sr", .born = slips[i], .phone = "7145550133"), "M3", RULE);
        assert_int_not_equal(ASK("Okafor", "Robert", .suffix = "Sr", .born = slips[i], .phone = "2135550199").verdict,
                             HO_MATCH_MATCHED);
    }
}

static void date_that_is_none_is_as_good_as_the_date_that_it_stands_for(void **state)
{
    struct fixture *f = *state;
    put_one(f, "M8", "Quetzalcoatl", "Ignatia", 19810527);
    assert_linked(ASK("Quetzalcoatl", "Ignatia", .born = 19812705, .number = "98234567J"), "M8",
                  "identifier-confirmed");
    assert_linked(ASK("Quetzalcoatl", "Nacho", .middle = "Ignatia", .born = 19812705, .phone = "4155550177"), "M8",
                  "name-birth-date-household");
    assert_int_not_equal(
        ASK("Quetzalcoatl", "Nacho", .middle = "Ignatia", .born = 19810517, .phone = "4155550177").verdict,
        HO_MATCH_MATCHED);
}

// An American name with the own one behind it, one word of two.
static void name_in_another_place_links_at_home_on_the_very_birth_date(void **state)
{
    static const char RULE[] = "name-birth-date-household";
    static const char *const KNOWN[] = {"Ingeborg", "Ingeborg", "Noemí Solveig"};
    const struct someone asked[] = {
        {"Quispe", "Stephen", "Ingeborg", .born = 19810527, .phone = "4155550177"},
        {"Quispe", "Stephen", "Ingeborg Ruth", .born = 19810527, .phone = "4155550177"},
        {"Quispe", "Solveig", .born = 19810527, .phone = "4155550177"},
    };
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        put_one(*state, "M8", "Quispe", KNOWN[i], 19810527);
        assert_linked(ask(*state, &asked[i]), "M8", RULE);
        struct someone moved = asked[i], younger = asked[i], other_card = asked[i];
        moved.phone = "2135550199";
        younger.born = 19810528;
        other_card.number = "99999991A";
        assert_int_not_equal(ask(*state, &moved).verdict, HO_MATCH_MATCHED);
        assert_int_not_equal(ask(*state, &younger).verdict, HO_MATCH_MATCHED);
        assert_int_not_equal(ask(*state, &other_card).verdict, HO_MATCH_MATCHED);
    }
}

static void number_links_a_misspelt_name_that_is_nobodys(void **state)
{
    put_one(*state, "M8", "Quispe", "Leah", 19810527);
    assert_linked(ASK("Quispe", "Leagg", .born = 19810527, .number = "98234567J"), "M8", "identifier-confirmed");
    assert_int_not_equal(ASK("Quispe", "Leagg", .born = 19810527, .phone = "4155550177").verdict, HO_MATCH_MATCHED);
}

static void slip_in_the_number_supports_name_and_birth_date(void **state)
{
    assert_linked(ASK("Whitlock", "Jayden", .born = 20150704, .number = "94234657E"), "M4", "rare-name-birth-date");
    assert_int_not_equal(ASK("Whitlock", "Jayden", .born = 20150704, .number = "99999991A").verdict, HO_MATCH_MATCHED);
}

static void every_name_that_a_nickname_is_short_for_is_found(void **state)
{
    static const char *const LONG[] = {"Roberto", "Alberto", "Humberto", "Norberto", "Rigoberto", "Filiberto"};
    for (size_t i = 0; i < COUNT_OF(LONG); i++) {
        put_one(*state, "M8", "Quispe", LONG[i], 19810527);
        assert_linked(ASK("Quispe", "Beto", .born = 19810527, .phone = "4155550177"), "M8",
                      "name-birth-date-household");
    }
}

static void thi_may_be_written_together_with_the_name(void **state)
{
    assert_linked(ASK("Nguyen", "ThiLan", .born = 19950505, .phone = "6575550155"), "M6", "name-birth-date-household");
}

static void another_surname_links_where_all_else_agrees(void **state)
{
    assert_linked(ASK("Whitman", "Lucia", .born = 20100610, .address = "12 Oak St Apt 4", .phone = "7145550101"), "M2",
                  "name-birth-date-household");
}

// ---- Who never is ------------------------------------------------------------------------------------------------

static void absent_twin_is_never_linked(void **state)
{
    const struct someone twins[] = {
        {"Whitlock", "Kayden", .sex = "M", .born = 20150704, .phone = "9495550144", .address = "77 Elm Ct"},
        {"Whitlock", "Emma", .sex = "F", .born = 20150704, .phone = "9495550144", .address = "77 Elm Ct"},
        {"Garcia Nunez", "Maria Isabel", .sex = "F", .born = 19800229, .phone = "7145550101"},
        {"Whitlock", "Kayden", .sex = "M", .born = 20150704, .number = "94234567E"},
    };
    for (size_t i = 0; i < COUNT_OF(twins); i++)
        assert_int_not_equal(ask(*state, &twins[i]).verdict, HO_MATCH_MATCHED);
}

// Both are members, under one name in two languages.
static void member_of_the_very_name_is_not_the_twin(void **state)
{
    put_one(*state, "M8", "Quispe", "Juan", 19810527);
    put_one(*state, "M9", "Quispe", "John", 19810527);
    assert_linked(ASK("Quispe", "Juan", .born = 19810527, .phone = "4155550177"), "M8", "name-birth-date-household");
    assert_linked(ASK("Quispe", "John", .born = 19810527, .phone = "4155550177"), "M9", "name-birth-date-household");
}

static void compound_of_two_names_is_no_slip_of_another(void **state)
{
    static const char *const SYLLABLES[] = {"Guo", "Bin", "Jin"};
    struct fixture *f = *state;
    for (int i = 0; i < 12; i++) {
        char id[16];
        snprintf(id, sizeof id, "S%d", i);
        ho_roster_index_put(f->index,
                            &(struct ho_roster_entry){
                                .member_id = id, .surname = "Wong", .given = SYLLABLES[i % 3], .birth_date = 19400101});
    }
    put_one(f, "M8", "Quispe", "Guojin", 19810527);
    assert_int_not_equal(ASK("Quispe", "Guo Bin", .born = 19810527, .phone = "4155550177").verdict, HO_MATCH_MATCHED);
    assert_linked(ASK("Quispe", "Guo Jinn", .born = 19810527, .phone = "4155550177"), "M8",
                  "name-birth-date-household");
}

static void sex_and_a_name_that_is_not_quite_the_same_are_a_twins(void **state)
{
    put_one(*state, "M8", "Quispe", "William", 19810527);
    struct someone willie = {"Quispe", "Willie", .born = 19810527, .phone = "4155550177"};
    assert_linked(ask(*state, &willie), "M8", "name-birth-date-household");
    ho_roster_index_put(((struct fixture *)*state)->index, &(struct ho_roster_entry){.member_id = "M8",
                                                                                     .surname = "Quispe",
                                                                                     .given = "William",
                                                                                     .birth_date = 19810527,
                                                                                     .sex = "M",
                                                                                     .phone = "4155550177"});
    willie.sex = "F";
    assert_int_not_equal(ask(*state, &willie).verdict, HO_MATCH_MATCHED);
}

static void other_card_parts_father_and_son_whose_birth_dates_are_a_digit_apart(void **state)
{
    assert_int_not_equal(
        ASK("Okafor", "Robert", .born = 19800312, .phone = "7145550133", .number = "99999991A").verdict,
        HO_MATCH_MATCHED);
}

static void other_card_and_a_name_that_is_not_quite_the_same_are_a_twins(void **state)
{
    struct someone willie = {"Quispe", "Willie", .born = 19810527, .phone = "4155550177", .number = "99999991A"};
    ho_roster_index_put(((struct fixture *)*state)->index, &(struct ho_roster_entry){.member_id = "M8",
                                                                                     .cin = "91111112C",
                                                                                     .surname = "Quispe",
                                                                                     .given = "William",
                                                                                     .birth_date = 19810527,
                                                                                     .phone = "4155550177"});
    assert_int_equal(ask(*state, &willie).verdict, HO_MATCH_REVIEW);
    willie.given = "William";
    assert_linked(ask(*state, &willie), "M8", "name-birth-date-household");
}

static void short_name_of_either_twin_is_asked(void **state)
{
    struct fixture *f = *state;
    static const char *const TWINS[] = {"Gurpreet", "Harpreet"};
    for (size_t i = 0; i < COUNT_OF(TWINS); i++)
        ho_roster_index_put(f->index, &(struct ho_roster_entry){.member_id = TWINS[i],
                                                                .surname = "Mehta",
                                                                .given = TWINS[i],
                                                                .birth_date = 20120425,
                                                                .phone = "7145550166"});
    assert_int_equal(ASK("Mehta", "Preet", .born = 20120425, .phone = "7145550166").verdict, HO_MATCH_REVIEW);
    assert_linked(ASK("Mehta", "Harpreet", .born = 20120425, .phone = "7145550166"), "Harpreet",
                  "name-birth-date-household");
}

static void son_of_his_fathers_name_is_nobody(void **state)
{
    assert_nobody(
        ASK("Okafor", "Robert", .suffix = "Jr", .born = 19810405, .phone = "7145550133", .address = "900 Pine Ave"));
    assert_nobody(ASK("Okafor", "Robert", .born = 19810405, .phone = "7145550133", .address = "900 Pine Ave"));
    assert_int_not_equal(ASK("Okafor", "Robert", .suffix = "Jr", .born = 19500312, .phone = "7145550133").verdict,
                         HO_MATCH_MATCHED);
}

static void relatives_of_one_house_are_nobody(void **state)
{
    assert_nobody(ASK("Garcia Nunez", "Pedro", .born = 19780101, .phone = "7145550101", .address = "12 Oak St Apt 4"));
    assert_nobody(ASK("Tenant", "Henry", .born = 19900909, .address = "12 Oak St Apt 4"));
}

static void card_of_another_is_refused_or_asked(void **state)
{
    assert_nobody(ASK("Garcia Nunez", "Pedro", .born = 19780907, .number = "91234567A"));
    assert_asked(ASK("Garcia Nunez", "Pedro", .born = 19800229, .number = "91234567A"), "M1");
    assert_asked(ASK("Garcia Nunez", "Maria Elena", .born = 19550717, .number = "91234567A"), "M1");
}

static void same_name_and_birth_date_elsewhere_is_not_enough(void **state)
{
    assert_int_not_equal(
        ASK("Okafor", "Robert", .born = 19500312, .phone = "2135550199", .address = "4 Elsewhere Rd").verdict,
        HO_MATCH_MATCHED);
    assert_nobody(ASK("Okafor", "Robert", .born = 19510906, .phone = "2135550199", .address = "4 Elsewhere Rd"));
}

// ---- Newborns ------------------------------------------------------------------------------------------------------

static void newborn_under_the_mothers_card_is_not_the_mother(void **state)
{
    assert_nobody(
        ASK("Garcia Nunez", "BABY BOY", .sex = "M", .born = 20261120, .number = "91234567A", .phone = "7145550101"));
    assert_nobody(ASK("Garcia Nunez", "BG MARIA", .sex = "F", .born = 20261121, .number = "91234567A"));
}

static void nameless_infant_links_to_the_only_one_of_the_very_day_and_house(void **state)
{
    struct fixture *f = *state;
    const struct someone baby = {"Nguyen", "BABYGIRL", .sex = "F", .born = 20261110, .phone = "6575550155"};
    assert_linked(ask(f, &baby), "M5", "name-birth-date-household");
    struct someone other = baby;
    other.born = 20261111;
    assert_int_not_equal(ask(f, &other).verdict, HO_MATCH_MATCHED);
    ho_roster_index_put(f->index, &(struct ho_roster_entry){.member_id = "M9",
                                                            .surname = "Nguyen",
                                                            .given = "Baby Girl B",
                                                            .birth_date = 20261110,
                                                            .sex = "F",
                                                            .phone = "6575550155"});
    struct ho_match m = ask(f, &baby);
    assert_int_equal(m.verdict, HO_MATCH_REVIEW);
    assert_string_equal(m.reason, "not-unique");
    assert_int_equal(m.n_candidates, 2);
}

// ---- What is missing or stands for nothing
// ---------------------------------------------------------------------------

static void too_little_is_held(void **state)
{
    const struct someone sparse[] = {
        {"Garcia Nunez", NULL},
        {NULL, NULL, .phone = "7145550101"},
        {"Okafor", "Robert"},
        {"UNKNOWN", "UNKNOWN", .born = 19500312, .sex = "M"},
        {"DOE", "JOHN", .born = 19000101},
        {"Trauma", "Alpha", .born = 19500312},
        {"Okafor", "Robert", .born = 19000101},
        {"Okafor", "Robert", .born = 21900101},
        {NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(sparse); i++)
        assert_int_equal(ask(*state, &sparse[i]).verdict, HO_MATCH_HELD);
}

// "NA" alone is "not available"; beside another word, or as a surname with a given name, it is Korean.
static void na_is_a_name_where_it_does_not_stand_alone(void **state)
{
    struct fixture *f = *state;
    ho_roster_index_put(
        f->index,
        &(struct ho_roster_entry){
            .member_id = "M7", .surname = "Han", .given = "Na Young", .birth_date = 19350608, .phone = "7145550133"});
    ho_roster_index_put(
        f->index,
        &(struct ho_roster_entry){
            .member_id = "M8", .surname = "Na", .given = "Kyung Won", .birth_date = 19631206, .phone = "7145550188"});
    assert_linked(ASK("HAN", "NA YOUNG", .born = 19350608, .phone = "7145550133"), "M7", "name-birth-date-household");
    assert_linked(ASK("NA", "KYUNG WON", .born = 19631206, .phone = "7145550188"), "M8", "name-birth-date-household");
    assert_int_equal(ASK("HAN", "NA", .born = 19350608, .phone = "7145550133").verdict, HO_MATCH_HELD);
    assert_int_equal(ASK("NA", "NA", .born = 19631206, .phone = "7145550188").verdict, HO_MATCH_HELD);
    assert_int_equal(ASK("HAN", "N/A", .born = 19350608, .phone = "7145550133").verdict, HO_MATCH_HELD);
    assert_int_equal(ASK("N.A.", "N.A.", .born = 19631206, .phone = "7145550188").verdict, HO_MATCH_HELD);
}

static void a_suffix_that_is_not_known_leaves_the_name(void **state)
{
    struct someone robert = {"Okafor", "Robert", "James", .born = 19500312, .phone = "7145550133"};
    static const char *const suffixes[] = {"", "NA", "NONE", "UNK", "Sr"};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        robert.suffix = suffixes[i];
        assert_linked(ask(*state, &robert), "M3", "name-birth-date-household");
    }
}

static void missing_is_no_agreement(void **state)
{
    double with = ASK("Okafor", "Robert", .born = 19500312, .phone = "7145550133").score;
    assert_true(ASK(NULL, "Robert", .born = 19500312, .phone = "7145550133").score < with);
    assert_true(ASK("Okafor", "Robert", .born = 19500312).score < with);
}

static void test_patients_are_nobody(void **state)
{
    assert_nobody(ASK("ZZTEST", "PATIENT", .born = 19500312, .phone = "7145550133"));
    assert_nobody(ASK("Test", "Robert", .born = 19500312, .phone = "7145550133"));
}

static void placeholder_telephones_and_numbers_are_missing(void **state)
{
    struct fixture *f = *state;
    ho_roster_index_put(f->index, &(struct ho_roster_entry){.member_id = "M7",
                                                            .cin = "99999999",
                                                            .surname = "Abara",
                                                            .given = "Ngozi",
                                                            .birth_date = 19660606,
                                                            .phone = "9999999999"});
    assert_int_not_equal(ASK("Abara", "Ngozi", .born = 19660607, .phone = "9999999999", .number = "99999999").verdict,
                         HO_MATCH_MATCHED);
}

static void absurd_values_get_an_answer(void **state)
{
    char longest[4001];
    memset(longest, 'q', 4000);
    longest[4000] = 0;
    const struct someone absurd[] = {
        {longest, longest, longest, longest, longest, longest, longest, longest, longest, 19500312},
        {"\x01\x02\x7f", "\xff\xfe\xc3", .phone = "\x1b[2J", .address = "\n\n", .born = 1},
        {"李", "小龙", .born = 19401127},
        {"محمود", "علي", .born = 19800101},
        {"!!!", "---", "...", "???", "9", "abc", "#", "z", "%%%", 99999999},
    };
    for (size_t i = 0; i < COUNT_OF(absurd); i++)
        assert_int_not_equal(ask(*state, &absurd[i]).verdict, HO_MATCH_MATCHED);
}

static void any_script_matches_itself(void **state)
{
    struct fixture *f = *state;
    ho_roster_index_put(
        f->index,
        &(struct ho_roster_entry){
            .member_id = "M8", .surname = "Хачатрян", .given = "Արմեն", .birth_date = 19710203, .phone = "8185550188"});
    assert_linked(ASK("ХАЧАТРЯН", "արմեն", .born = 19710203, .phone = "818-555-0188"), "M8",
                  "name-birth-date-household");
}

// ---- Too many
// ---------------------------------------------------------------------------------------------------------

static void put_crowd(struct fixture *f, uint32_t born, const char *given, const char *phone)
{
    for (int i = 0; i < 10000; i++) {
        char id[16], other[24];
        snprintf(id, sizeof id, "C%05d", i);
        snprintf(other, sizeof other, "%s%d", given, i);
        ho_roster_index_put(f->index, &(struct ho_roster_entry){.member_id = id,
                                                                .surname = "Same",
                                                                .given = phone ? other : given,
                                                                .birth_date = born,
                                                                .phone = phone});
    }
}

static void ten_thousand_of_one_name_and_birth_date_are_too_common(void **state)
{
    put_crowd(*state, 19800101, "Everybody", NULL);
    struct ho_match m = ASK("Same", "Everybody", .born = 19800101);
    assert_int_equal(m.verdict, HO_MATCH_REVIEW);
    assert_true(m.n_candidates > 0 && m.n_candidates <= HO_MATCH_CANDIDATES);
}

static void telephone_of_ten_thousand_says_nothing_and_hides_nobody(void **state)
{
    struct fixture *f = *state;
    put_crowd(f, 19800102, "Somebody", "5625550100");
    ho_roster_index_put(f->index, &(struct ho_roster_entry){.member_id = "M7",
                                                            .cin = "97234567H",
                                                            .surname = "Adeyemi",
                                                            .given = "Folake",
                                                            .birth_date = 19770707,
                                                            .phone = "5625550100"});
    assert_asked(ASK("ADEYEMI", "FOLAKE", .born = 19770707, .phone = "5625550100"), "M7");
    assert_linked(ASK("ADEYEMI", "FOLAKE", .born = 19770707, .phone = "5625550100", .number = "97234567H"), "M7",
                  "identifier-confirmed");
}

// Twenty thousand, a few hundred of them in one shelter, and a few of the member's given name or surname.
static void put_city(struct fixture *f)
{
    for (int i = 0; i < 20000; i++) {
        char id[16], given[24], surname[24];
        snprintf(id, sizeof id, "Y%05d", i);
        snprintf(given, sizeof given, "Given%d", i % 4000);
        snprintf(surname, sizeof surname, "Surname%d", i % 3000);
        ho_roster_index_put(f->index, &(struct ho_roster_entry){.member_id = id,
                                                                .surname = i < 8 ? "Quispe" : surname,
                                                                .given = i >= 8 && i < 16 ? "Emily" : given,
                                                                .birth_date = 19400101,
                                                                .address = i % 100 ? "" : "700 Mission St",
                                                                .zip = "94103"});
    }
    ho_roster_index_put(f->index, &(struct ho_roster_entry){.member_id = "M8",
                                                            .surname = "Quispe",
                                                            .given = "Emily",
                                                            .birth_date = 19810527,
                                                            .phone = "4155550177",
                                                            .address = "700 Mission St",
                                                            .zip = "94103"});
}

static void two_slips_that_make_nobodys_name_are_slips(void **state)
{
    put_city(*state);
    assert_linked(ASK("Quispe", "Ernily", .born = 19810527, .phone = "4155550177"), "M8", "name-birth-date-household");
    assert_int_not_equal(ASK("Quispe", "Arnily", .born = 19810527, .phone = "4155550177").verdict, HO_MATCH_MATCHED);
}

static void door_of_a_shelter_supports_a_name_and_the_very_birth_date(void **state)
{
    put_city(*state);
    assert_linked(ASK("Quispe", "Emily", .born = 19810527, .address = "700 Mission St", .zip = "94103"), "M8",
                  "name-birth-date-household");
    assert_int_not_equal(ASK("Quispe", "Emily", .born = 19810527, .zip = "94103").verdict, HO_MATCH_MATCHED);
    assert_int_not_equal(ASK("Quispe", "Emily", .born = 19810528, .address = "700 Mission St", .zip = "94103").verdict,
                         HO_MATCH_MATCHED);
}

// ---- What people said
// ----------------------------------------------------------------------------------------------------

static void ruled_out_is_never_named_again(void **state)
{
    struct fixture *f = *state;
    static const char *const OUT[] = {"M3"};
    char *insured[1];
    const struct someone robert = {"Okafor", "Robert", .suffix = "Sr", .born = 19500312, .phone = "7145550133"};
    ho_person person = person_of(&robert, insured);
    struct ho_match m;
    ho_match_decide(f->arena, f->index,
                    &(struct ho_match_question){.person = &person, .ruled_out = OUT, .n_ruled_out = 1}, &m);
    assert_nobody(m);
}

static enum ho_match_stand stand(struct fixture *f, const struct someone *s, const char *member_id)
{
    char *insured[1];
    ho_person person = person_of(s, insured);
    struct ho_match_candidate out;
    return ho_match_compare(f->arena, f->index, &(struct ho_match_question){.person = &person}, member_id, &out);
}

static void stand_to_one_member_is_told(void **state)
{
    assert_int_equal(stand(*state, &(struct someone){"Okafor", "Bob", .born = 19500312}, "M3"), HO_STAND_AGREES);
    assert_int_equal(stand(*state, &(struct someone){"Okafor", "Bob"}, "M3"), HO_STAND_OPEN);
    assert_int_equal(stand(*state, &(struct someone){NULL, NULL}, "M3"), HO_STAND_OPEN);
    assert_int_equal(stand(*state, &(struct someone){"Okafor", "Grace", .born = 19500312}, "M3"), HO_STAND_CONTRADICTS);
    assert_int_equal(stand(*state, &(struct someone){"Okafor", "Robert", .born = 19810405}, "M3"),
                     HO_STAND_CONTRADICTS);
    assert_int_equal(stand(*state, &(struct someone){"Okafor", "Grace", .born = 19810405}, "M3"), HO_STAND_STRANGER);
    assert_int_equal(stand(*state, &(struct someone){"Okafor", "Robert"}, "M999"), HO_STAND_UNKNOWN);
}

static void explanation_has_no_values(void **state)
{
    struct ho_match m = ASK("Okafor", "Robert", .suffix = "Sr", .born = 19500312, .phone = "7145550133");
    static const char *const VALUES[] = {"okafor", "Okafor", "robert", "1950", "555"};
    for (size_t i = 0; i < COUNT_OF(VALUES); i++)
        assert_null(strstr(m.why, VALUES[i]));
    assert_non_null(strstr(m.why, "\"given\":[\"equal\""));
}

// ---- Several numbers of one member
// ------------------------------------------------------------------------------------------

static void cins_are_read_in_any_form(void **state)
{
    (void)state;
    static const struct {
        const char *text, *cins;
        size_t n;
        const char *wrong;
    } CASES[] = {
        {NULL, "", 0, ""},
        {" ", "", 0, ""},
        {"91234567A", "91234567A", 1, ""},
        {"91234567A 98765432C", "91234567A 98765432C", 2, ""},
        {" 98765432c;91234567A ; ", "98765432C 91234567A", 2, ""},
        {"91234567A,\t98765432C", "91234567A 98765432C", 2, ""},
        {"9123 4567A", "91234567A", 1, ""},
        {"91234567A 91024", "91234567A", 1, ""}, // as a card shows it
        {"91234567A91024 98765432C", "91234567A 98765432C", 2, ""},
        {"91234567A;91234567A", "91234567A", 2, ""},
        {"91234567A 91234567a91024 98765432C", "91234567A 98765432C", 3, ""},
        {"12345-67", "1234567", 1, ""}, // one number is not judged
        {"UNKNOWN", "", 0, ""},
        {"NOT ON FILE", "", 0, ""},
        {"91234567A 9876543", "91234567A 9876543", 2, "one is no CIN"},
        {"UNKNOWN; 91234567A", "91234567A", 2, "one is no CIN"},
        {"91234567A; 91024", "91234567A 91024", 2, "one is no CIN"},
        {"9123;4567A", "4567A", 2, "one is no CIN"},
        {"90000001A 90000002A 90000003A 90000004A 90000005A 90000006A 90000007A 90000008A 90000001A",
         "90000001A 90000002A 90000003A 90000004A 90000005A 90000006A 90000007A 90000008A", 9, ""},
        {"90000001A 90000002A 90000003A 90000004A 90000005A 90000006A 90000007A 90000008A 90000009A",
         "90000001A 90000002A 90000003A 90000004A 90000005A 90000006A 90000007A 90000008A", 9, "more than 8"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char cins[HO_CINS_BYTES];
        const char *wrong;
        assert_int_equal(ho_cins_read(CASES[i].text, cins, &wrong), CASES[i].n);
        assert_string_equal(cins, CASES[i].cins);
        assert_int_equal(wrong != NULL, CASES[i].wrong[0] != 0);
        assert_non_null(strstr(wrong ? wrong : "", CASES[i].wrong));
    }
}

static void longest_numbers_fit(void **state)
{
    (void)state;
    char text[HO_CINS_MAX * 40 + 1] = "", cins[HO_CINS_BYTES];
    const char *wrong;
    for (int i = 0; i < HO_CINS_MAX; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d2345678901234567890123456789; ", i);
    assert_int_equal(ho_cins_read(text, cins, &wrong), HO_CINS_MAX);
    assert_int_equal(strlen(cins), HO_CINS_BYTES - 1);
    assert_non_null(wrong);
}

static void put_holder(struct fixture *f, const char *member_id, const char *cin)
{
    ho_roster_index_put(f->index, &(struct ho_roster_entry){.member_id = member_id,
                                                            .cin = cin,
                                                            .surname = "Adeyemi",
                                                            .given = "Folake",
                                                            .birth_date = 19770707,
                                                            .phone = "7145550177"});
}

// With both names the number links where the birth date is missing, and nothing else does.
static struct ho_match ask_holder(struct fixture *f, const char *number)
{
    return ask(f, &(struct someone){"Adeyemi", "Folake", .number = number});
}

// After a wedding, and with a slip in the birth date: nothing but the number leads to the member.
static struct ho_match ask_changed_holder(struct fixture *f, const char *number)
{
    return ask(f, &(struct someone){"Whitfield", "Folake", .born = 19770708, .number = number});
}

static void each_of_several_numbers_is_the_members(void **state)
{
    put_holder(*state, "M7", "97234567H; 98234567K");
    assert_linked(ask_holder(*state, "97234567H"), "M7", "identifier-confirmed");
    assert_linked(ask_holder(*state, "98234567K"), "M7", "identifier-confirmed");
    assert_linked(ask_holder(*state, "98234567K91024"), "M7", "identifier-confirmed");
    assert_linked(ask_changed_holder(*state, "97234567H"), "M7", "identifier-confirmed");
    assert_linked(ask_changed_holder(*state, "98234567K"), "M7", "identifier-confirmed");
    assert_nobody(ask_changed_holder(*state, "91111111W"));
    assert_non_null(strstr(ask_holder(*state, "98234568K").why, "\"identifier\":[\"slip\""));
    assert_int_equal(ask_holder(*state, "91111111W").verdict, HO_MATCH_HELD);
    struct ho_match other = ASK("Adeyemi", "Folake", .born = 19770707, .phone = "7145550177", .number = "91111111W");
    assert_linked(other, "M7", "name-birth-date-household");
    assert_non_null(strstr(other.why, "\"identifier\":[\"differs\""));
    assert_int_equal(ask_holder(*state, "7234567H98").verdict, HO_MATCH_HELD); // nor the one run into the other
}

static void number_that_is_taken_away_is_nobodys(void **state)
{
    struct fixture *f = *state;
    put_holder(f, "M7", "97234567H 98234567K");
    put_holder(f, "M7", "97234567H");
    assert_int_equal(ask_holder(f, "98234567K").verdict, HO_MATCH_HELD);
    assert_nobody(ask_changed_holder(f, "98234567K"));
    assert_linked(ask_changed_holder(f, "97234567H"), "M7", "identifier-confirmed");
    put_holder(f, "M7", "97234567H 98234567K");
    ho_roster_index_remove(f->index, "M7");
    put_holder(f, "M8", "");
    assert_int_equal(ask_holder(f, "97234567H").verdict, HO_MATCH_HELD);
    assert_int_equal(ask_holder(f, "98234567K").verdict, HO_MATCH_HELD);
}

static void number_of_two_members_is_asked_whichever_of_theirs_it_is(void **state)
{
    struct fixture *f = *state;
    put_holder(f, "M7", "97234567H 98234567K");
    put_holder(f, "M8", "98234567K");
    struct ho_match m = ask_holder(f, "98234567K");
    assert_int_equal(m.verdict, HO_MATCH_REVIEW);
    assert_string_equal(m.reason, "not-unique");
    assert_int_equal(m.n_candidates, 2);
}

static void number_said_twice_counts_once(void **state)
{
    struct fixture *f = *state;
    put_holder(f, "M7", "");
    put_holder(f, "M7", "97234567H"); // one who is replaced, too, so that all room is made
    size_t bytes = ho_roster_index_bytes(f->index);
    put_holder(f, "M7", "97234567H 97234567h;97234567H91024");
    assert_int_equal(ho_roster_index_bytes(f->index), bytes);
    assert_linked(ask_holder(f, "97234567H"), "M7", "identifier-confirmed");
}

// ---- The index
// ---------------------------------------------------------------------------------------------------------

static void member_who_changes_is_found_under_the_new_name_only(void **state)
{
    struct fixture *f = *state;
    ho_roster_index_put(
        f->index,
        &(struct ho_roster_entry){
            .member_id = "M3", .surname = "Sato", .given = "Kenji", .birth_date = 19620208, .phone = "7145550199"});
    assert_linked(ASK("SATO", "KENJI", .born = 19620208, .phone = "7145550199"), "M3", "name-birth-date-household");
    assert_nobody(
        ASK("Okafor", "Robert", .suffix = "Sr", .born = 19500312, .phone = "7145550133", .number = "93234567D"));
    ho_roster_index_remove(f->index, "M3");
    ho_roster_index_remove(f->index, "M3");
    assert_nobody(ASK("SATO", "KENJI", .born = 19620208, .phone = "7145550199"));
    assert_int_equal(ho_roster_index_size(f->index), COUNT_OF(FAMILY) + 400 - 1);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void put_numbered(struct ho_roster_index *index, uint32_t who, uint32_t version)
{
    static const char *const NAMES[] = {"Ana", "Luis", "Mei", "Omar", "Grace", "Noah", "Linda"};
    char id[16], phone[16], cins[40];
    snprintf(id, sizeof id, "R%u", who);
    snprintf(phone, sizeof phone, "909555%04u", (who * 7 + version) % 10000);
    snprintf(cins, sizeof cins, "9000%04uA;9000%04uA 9000%04uA", who, who + version, version * 5);
    cins[(size_t)(version % 4) * 10] = 0; // none, one, two or three
    ho_roster_index_put(index, &(struct ho_roster_entry){.member_id = id,
                                                         .cin = cins,
                                                         .surname = NAMES[who % 7],
                                                         .given = NAMES[(who / 7 + version) % 7],
                                                         .birth_date = 19500101 + who % 60 * 10000 + version % 9 + 1,
                                                         .phone = phone});
}

// After any puts and removals the index answers as one that was made of what is left.
static void changes_leave_what_a_new_index_would_hold(void **state)
{
    struct fixture *f = *state;
    enum { PEOPLE = 300, CHANGES = 3000 };
    uint32_t seed = 7, version[PEOPLE] = {0};
    struct ho_roster_index *changed = ho_roster_index_new(NULL), *fresh = ho_roster_index_new(NULL);
    for (int i = 0; i < CHANGES; i++) {
        uint32_t who = next_random(&seed) % PEOPLE;
        char id[16];
        snprintf(id, sizeof id, "R%u", who);
        version[who] = next_random(&seed) % 3 ? next_random(&seed) % 50 + 1 : 0;
        if (version[who])
            put_numbered(changed, who, version[who]);
        else
            ho_roster_index_remove(changed, id);
    }
    for (uint32_t who = PEOPLE; who-- > 0;)
        if (version[who])
            put_numbered(fresh, who, version[who]);
    assert_int_equal(ho_roster_index_size(changed), ho_roster_index_size(fresh));
    static const char *const NAMES[] = {"Ana", "Luis", "Mei", "Omar", "Grace", "Noah", "Linda"};
    for (int i = 0; i < 2000; i++) {
        char phone[16], number[16];
        snprintf(phone, sizeof phone, "909555%04u", next_random(&seed) % 2200);
        snprintf(number, sizeof number, "9000%04uA", next_random(&seed) % 400);
        const struct someone s = {NAMES[next_random(&seed) % 7], NAMES[next_random(&seed) % 7], .phone = phone,
                                  .born = 19500101 + next_random(&seed) % 60 * 10000 + next_random(&seed) % 9,
                                  .number = i % 2 ? number : NULL};
        struct ho_match a = ask(&(struct fixture){f->arena, changed}, &s);
        struct ho_match b = ask(&(struct fixture){f->arena, fresh}, &s);
        assert_int_equal(a.verdict, b.verdict);
        assert_string_equal(a.why, b.why);
        assert_int_equal(a.n_candidates, b.n_candidates);
        for (size_t c = 0; c < a.n_candidates; c++)
            assert_string_equal(a.candidates[c].member_id, b.candidates[c].member_id);
    }
    ho_roster_index_free(changed);
    ho_roster_index_free(fresh);
}

// ---- Weights
// -------------------------------------------------------------------------------------------------------------

static void every_level_has_a_name_and_a_weight(void **state)
{
    (void)state;
    for (int f = 0; f < HO_MATCH_FIELDS; f++) {
        enum ho_match_field field = (enum ho_match_field)f;
        assert_string_equal(ho_match_level_name(field, 0), "missing");
        for (int l = 1; l < ho_match_levels(field); l++) {
            double m = ho_match_weights_default.level[f][l].m, u = ho_match_weights_default.level[f][l].u;
            assert_true(m > 0 && m < 1 && u > 0 && u < 1);
        }
        assert_null(ho_match_level_name(field, ho_match_levels(field)));
    }
}

// Messages about half of the members, and about strangers: nobody says who is who, and yet what tells people apart
// weighs more than what a household shares by chance.
static void training_learns_what_agrees_for_one_person(void **state)
{
    struct fixture *f = *state;
    struct ho_match_patterns *pairs = ho_match_patterns_new(f->arena), *chance = ho_match_patterns_new(f->arena);
    struct ho_roster_index *index = ho_roster_index_new(NULL);
    enum { PEOPLE = 2000 };
    for (uint32_t who = 0; who < PEOPLE; who++)
        put_numbered(index, who, who % 9);
    for (uint32_t who = 0; who < PEOPLE * 2; who += 2) {
        static const char *const NAMES[] = {"Ana", "Luis", "Mei", "Omar", "Grace", "Noah", "Linda"};
        char phone[16], *insured[1];
        snprintf(phone, sizeof phone, "909555%04u", (who * 7 + who % 9) % 10000);
        const struct someone s = {NAMES[who % 7], NAMES[(who / 7 + who % 9) % 7],
                                  .phone = who % 10 ? phone : "2135550000",
                                  .born = 19500101 + who % 60 * 10000 + who % 9 % 9 + 1};
        ho_person person = person_of(&s, insured);
        const struct ho_match_question question = {.person = &person};
        ho_match_patterns_add(pairs, index, &question);
        ho_match_patterns_add_chance(chance, index, &question, who, 50);
    }
    struct ho_match_weights out;
    double found = ho_match_train(pairs, chance, (double)PEOPLE * PEOPLE, &ho_match_weights_default, &out);
    assert_true(found > PEOPLE * 0.4 && found < PEOPLE * 0.6);
    // One in seven bears the same given name by chance, one in some thousand the same birth date.
    double given = out.level[HO_FIELD_GIVEN][1].u, born = out.level[HO_FIELD_BIRTH_DATE][1].u;
    assert_true(given > 0.1 && given < 0.2);
    assert_true(born > 0.0005 && born < 0.01);
    assert_true(out.level[HO_FIELD_BIRTH_DATE][1].m > 0.8);
    double phones = out.level[HO_FIELD_PHONE][1].m;
    assert_true(phones > 0.6 && phones < 0.999); // every fifth of them sends another
    assert_true(out.level[HO_FIELD_SEX][1].m == ho_match_weights_default.level[HO_FIELD_SEX][1].m);
    ho_roster_index_free(index);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(number_with_name_and_birth_date_links),
        T(trusted_authoritys_number_counts_and_no_others),
        T(name_birth_date_and_telephone_or_address_link),
        T(slip_of_the_keyboard_in_the_birth_date_links_at_home_only),
        T(date_that_is_none_is_as_good_as_the_date_that_it_stands_for),
        T(name_in_another_place_links_at_home_on_the_very_birth_date),
        T(number_links_a_misspelt_name_that_is_nobodys),
        T(slip_in_the_number_supports_name_and_birth_date),
        T(every_name_that_a_nickname_is_short_for_is_found),
        T(thi_may_be_written_together_with_the_name),
        T(member_of_the_very_name_is_not_the_twin),
        T(compound_of_two_names_is_no_slip_of_another),
        T(sex_and_a_name_that_is_not_quite_the_same_are_a_twins),
        T(other_card_parts_father_and_son_whose_birth_dates_are_a_digit_apart),
        T(other_card_and_a_name_that_is_not_quite_the_same_are_a_twins),
        T(another_surname_links_where_all_else_agrees),
        T(absent_twin_is_never_linked),
        T(short_name_of_either_twin_is_asked),
        T(son_of_his_fathers_name_is_nobody),
        T(relatives_of_one_house_are_nobody),
        T(card_of_another_is_refused_or_asked),
        T(same_name_and_birth_date_elsewhere_is_not_enough),
        T(newborn_under_the_mothers_card_is_not_the_mother),
        T(nameless_infant_links_to_the_only_one_of_the_very_day_and_house),
        T(too_little_is_held),
        T(na_is_a_name_where_it_does_not_stand_alone),
        T(a_suffix_that_is_not_known_leaves_the_name),
        T(missing_is_no_agreement),
        T(test_patients_are_nobody),
        T(placeholder_telephones_and_numbers_are_missing),
        T(absurd_values_get_an_answer),
        T(any_script_matches_itself),
        T(ten_thousand_of_one_name_and_birth_date_are_too_common),
        T(telephone_of_ten_thousand_says_nothing_and_hides_nobody),
        T(two_slips_that_make_nobodys_name_are_slips),
        T(door_of_a_shelter_supports_a_name_and_the_very_birth_date),
        T(ruled_out_is_never_named_again),
        T(stand_to_one_member_is_told),
        T(explanation_has_no_values),
        T(cins_are_read_in_any_form),
        T(longest_numbers_fit),
        T(each_of_several_numbers_is_the_members),
        T(number_that_is_taken_away_is_nobodys),
        T(number_of_two_members_is_asked_whichever_of_theirs_it_is),
        T(number_said_twice_counts_once),
        T(member_who_changes_is_found_under_the_new_name_only),
        T(changes_leave_what_a_new_index_would_hold),
        T(every_level_has_a_name_and_a_weight),
        T(training_learns_what_agrees_for_one_person),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
