// What the look-back takes for the matcher to decide, and what it passes over.
#include "lookback/sieve.h"

#include "adt_fixture.h"
#include "handoff/digest.h"
#include "handoff/identity.h"

#include <stdlib.h>

static struct ho_roster_index *members;
static struct ho_keys *identities;

#define ANA                                                                                                            \
    "PID|1||42^^^GG^MR~91234567A^^^MEDI-CAL^MA||Invented^Ana||19700102|F|||1 Main St^^Anaheim^CA^92801||"              \
    "7145550100\r"
#define BEN "PID|1||43^^^GG^MR||Unknown^Ben||19511231|M|||9 Far Rd^^Fresno^CA^93701||5595550199\r"
#define IN1 "IN1|1|HMO|1||||||||||||||||||||||||||||||||91234567A\r"
#define A17 "MSH|^~\\&|APP|FAC|ME|HERE|20261120083212||ADT^A17|ID1|P|2.5.1\r" EVN
#define SEP "\x1f"

static int open_sieve(void **state)
{
    members = ho_roster_index_new(NULL);
    identities = ho_keys_new();
    return adt_open(state);
}

static int close_sieve(void **state)
{
    ho_roster_index_free(members);
    ho_keys_free(identities);
    return adt_close(state);
}

static void look_for_ana(void)
{
    ho_roster_index_put(members, &(struct ho_roster_entry){.member_id = "M1",
                                                           .cin = "91234567A",
                                                           .surname = "Invented",
                                                           .given = "Ana",
                                                           .birth_date = 19700102,
                                                           .sex = "F",
                                                           .phone = "714-555-0100",
                                                           .address = "1 Main St",
                                                           .city = "Anaheim",
                                                           .state = "CA",
                                                           .zip = "92801"});
}

static struct ho_kafka_record record_of(const char *key, const char *value)
{
    return (struct ho_kafka_record){.key = ho_bytes_of(key), .value = ho_bytes_of(value)};
}

static bool passes_record(struct ho_kafka_record record, struct ho_finding *out)
{
    const struct ho_sieve sieve = {&all_feeds, members, identities};
    return ho_sieve_passes(&sieve, arena, &record, out);
}

static bool passes(const char *key, const char *value)
{
    struct ho_finding finding;
    return passes_record(record_of(key, value), &finding);
}

// ---- Keys ------------------------------------------------------------------------------------------------

static void every_key_is_found_and_no_other(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++)
        ho_keys_add(identities, "St. Anne", ho_arena_printf(arena, "%d", i % 2500));
    assert_int_equal(ho_keys_size(identities), 2500);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(ho_keys_have(identities, ho_keys_make(arena, "St. Anne", ho_arena_printf(arena, "%d", i))),
                         i < 2500);
    assert_false(ho_keys_have(identities, ho_bytes_of("St. Anne1")));
    assert_false(ho_keys_have(identities, ho_bytes_of("")));
}

// ---- Members ---------------------------------------------------------------------------------------------

static void a_message_about_a_member_passes(void **state)
{
    (void)state;
    struct ho_finding finding;
    uint8_t id[HO_ID_BYTES];
    look_for_ana();
    assert_true(passes_record(record_of("Golden Gate" SEP "42", HEAD EVN ANA IN1), &finding));
    assert_int_equal(finding.subjects, 1);
    assert_false(finding.identity);
    ho_adt_event_id(ho_bytes_of("both"), ho_bytes_of(HEAD EVN ANA IN1), id);
    assert_memory_equal(finding.event_id, id, HO_ID_BYTES);
}

static void strangers_are_passed_over(void **state)
{
    (void)state;
    look_for_ana();
    ho_keys_add(identities, "Golden Gate", "42");
    assert_false(passes("Golden Gate" SEP "43", HEAD EVN BEN));
}

static void the_second_person_of_a_swap_counts(void **state)
{
    (void)state;
    struct ho_finding finding;
    look_for_ana();
    assert_true(passes_record(record_of("Golden Gate" SEP "43", A17 BEN "PV1|1|I\r" ANA "PV1|1|I\r"), &finding));
    assert_int_equal(finding.subjects, 2);
}

static void what_cannot_be_read_is_passed_over(void **state)
{
    (void)state;
    look_for_ana();
    ho_keys_add(identities, "Golden Gate", "42");
    assert_false(passes("Golden Gate" SEP "42", "MSH|^~\\&|APP|FAC|ME|HERE|20261120083212||ORU^R01|ID1|P|2.5.1\r" ANA));
    assert_false(passes("Golden Gate" SEP "42", "no message"));
    assert_false(passes("", ""));
}

// ---- Identities --------------------------------------------------------------------------------------------

// The identity's number is the one of table identity: the first 8 bytes of the key's SHA-256.
static void a_message_of_an_identity_passes_whoever_it_names(void **state)
{
    (void)state;
    struct ho_finding finding;
    struct ho_bytes key = ho_bytes_of("Golden Gate" SEP "43");
    uint8_t digest[32];
    ho_digest(&key, 1, digest);
    ho_keys_add(identities, "Golden Gate", "43");
    assert_true(passes_record(record_of("Golden Gate" SEP "43", HEAD EVN BEN), &finding));
    assert_true(finding.identity);
    assert_int_equal(finding.subjects, 0);
    for (int i = 0; i < 8; i++)
        assert_int_equal((uint8_t)((uint64_t)finding.identity_id >> (56 - 8 * i)), digest[i]);
    assert_false(passes("Golden Gate" SEP "42", HEAD EVN ANA));
}

static void a_merge_passes_for_its_prior_identity(void **state)
{
    (void)state;
    ho_keys_add(identities, "Golden Gate", "41");
    assert_true(passes("Golden Gate" SEP "43", HEAD EVN BEN "MRG|41^^^GG^MR\r"));
    assert_true(passes("Golden Gate" SEP "43", "MSH|^~\\&|APP|FAC|ME|HERE|20261120083212||ADT^A40|I|P|2.5.1\n"
                                               "EVN|A40|20261120083210\n"
                                               "PID|1||43^^^GG^MR||Unknown^Ben\nMRG|41^^^GG^MR\n"));
    assert_false(passes("Golden Gate" SEP "43", HEAD EVN BEN "MRG|40^^^GG^MR\r"));
}

static void the_second_identity_of_a_swap_passes(void **state)
{
    (void)state;
    ho_keys_add(identities, "Golden Gate", "42");
    assert_true(passes("Golden Gate" SEP "43", A17 BEN "PV1|1|I\r" ANA "PV1|1|I\r"));
}

static void a_sender_with_keys_of_its_own_is_read(void **state)
{
    (void)state;
    ho_keys_add(identities, "Golden Gate", "43");
    assert_true(passes("43", HEAD EVN BEN));
    assert_true(passes("", HEAD EVN BEN));
    assert_false(passes("44", HEAD EVN ANA));
}

// ---- A part of the roster for the whole ----------------------------------------------------------------------

enum { CROWD = 25000, QUESTIONS = 3000 };

static uint32_t chance(uint32_t below)
{
    static uint64_t state = 1;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % below;
}

// Names that many share and names that few do, some telephones and addresses in common.
static struct ho_roster_entry somebody(uint32_t n)
{
    static const char *const surnames[] = {"Garcia", "Nguyen", "Lopez", "Petrosyan", "Tran", "Okonkwo", "Delacroix"};
    static const char *const given[] = {"Maria", "Jose", "Anh", "Karine", "Minh", "Ifeoma", "Jean", "Rosa"};
    bool rare = chance(4) == 0;
    return (struct ho_roster_entry){
        .member_id = ho_arena_printf(arena, "M%u", n),
        .cin = ho_arena_printf(arena, "9%07uA", n),
        .surname = rare ? ho_arena_printf(arena, "Invent%c%c", 'a' + (int)chance(26), 'a' + (int)chance(26))
                        : surnames[chance(7)],
        .given = given[chance(8)],
        .birth_date = (1940 + chance(60)) * 10000 + (1 + chance(12)) * 100 + 1 + chance(28),
        .sex = chance(2) ? "F" : "M",
        .phone = ho_arena_printf(arena, "714555%04u", n / 3),
        .address = ho_arena_printf(arena, "%u Main St", n / 3),
        .city = "Anaheim",
        .state = "CA",
        .zip = "92801",
    };
}

// The member as a message tells them: every field may be missing, and now and then a date or name is another's.
static ho_person *told(const struct ho_roster_entry *m, const struct ho_roster_entry *other)
{
#define TELL(field, often) ho_arena_text(arena, ho_bytes_of(chance(often) ? m->field : ""))
    ho_person *p = ho_arena_alloc(arena, sizeof *p);
    handoff__v1__person__init(p);
    p->surname = chance(15) ? TELL(surname, 20) : ho_arena_text(arena, ho_bytes_of(other->surname));
    p->given = chance(15) ? TELL(given, 20) : ho_arena_text(arena, ho_bytes_of(other->given));
    p->birth_date = chance(10) ? m->birth_date : chance(2) ? 0 : other->birth_date;
    p->sex = TELL(sex, 5);
    p->phone = TELL(phone, 2);
    p->address = TELL(address, 2);
    p->zip = TELL(zip, 3);
    if (chance(3) == 0) {
        p->insured_ids = ho_arena_array(arena, 1, sizeof(char *));
        p->insured_ids[p->n_insured_ids++] = ho_arena_text(arena, ho_bytes_of(m->cin));
    }
    return p;
#undef TELL
}

// A name is as rare among a few as it is among all, or the few would be missed.
static void whom_the_whole_roster_finds_a_part_finds(void **state)
{
    (void)state;
    struct ho_roster_index *all = ho_roster_index_new(NULL);
    struct ho_roster_entry *crowd = ho_arena_array(arena, CROWD, sizeof *crowd);
    for (uint32_t i = 0; i < CROWD; i++) {
        crowd[i] = somebody(i);
        ho_roster_index_put(all, &crowd[i]);
    }
    const struct ho_sieve sieve = {&all_feeds, members, identities};
    size_t found = 0;
    ho_roster_index_part_of(members, CROWD);
    for (int i = 0; i < QUESTIONS; i++) {
        ho_adt_event event = HANDOFF__V1__ADT_EVENT__INIT;
        struct ho_match match;
        event.recorded = 1795000000000000;
        event.person = told(&crowd[chance(CROWD)], &crowd[chance(CROWD)]);
        ho_match_decide(arena, all, &(struct ho_match_question){.person = event.person, .day = 20261118}, &match);
        for (size_t c = 0; c < match.n_candidates && match.verdict != HO_MATCH_NON_MEMBER; c++) {
            const char *id = match.candidates[c].member_id;
            ho_roster_index_put(members, &crowd[strtoul(id + 1, NULL, 10)]);
            assert_true(ho_sieve_member(&sieve, arena, &event));
            ho_roster_index_remove(members, id);
            found++;
        }
    }
    assert_true(found > QUESTIONS / 4);
    ho_roster_index_free(all);
}

// ---- Other forms -------------------------------------------------------------------------------------------

static struct ho_bytes packed_event(const char *mrn, bool test)
{
    ho_adt_event event = HANDOFF__V1__ADT_EVENT__INIT;
    ho_person person = HANDOFF__V1__PERSON__INIT;
    event.facility = ho_arena_text(arena, ho_bytes_of("Golden Gate"));
    event.mrn = ho_arena_text(arena, ho_bytes_of(mrn));
    event.trigger = ho_arena_text(arena, ho_bytes_of("A01"));
    event.recorded = 1795000000000000;
    event.test = test;
    event.person = &person;
    return ho_message_pack(arena, &event.base);
}

static void an_event_of_another_system_is_read_as_the_matcher_does(void **state)
{
    (void)state;
    const struct ho_kafka_header type = {"content-type", HO_BYTES_LITERAL("application/protobuf")};
    struct ho_finding finding;
    struct ho_kafka_record record = {.key = ho_bytes_of("Golden Gate" SEP "43"), .headers = &type, .n_headers = 1};
    ho_keys_add(identities, "Golden Gate", "43");
    record.value = packed_event("43", false);
    assert_true(passes_record(record, &finding));
    record.value = packed_event("44", false);
    assert_false(passes_record(record, &finding));
    record.value = packed_event("43", true);
    assert_false(passes_record(record, &finding));
    record.value = ho_bytes_of("\x4d not protobuf");
    assert_false(passes_record(record, &finding));
}

static void a_message_of_a_certificates_feed_is_that_feeds_when_it_is_read_again(void **state)
{
    (void)state;
    look_for_ana();
    feeds[1].certificate = "ana.example";
    feeds[1].facility = "Certified";
    struct ho_kafka_header headers[] = {{"ce_source", ho_bytes_of(feeds[1].name)}};
    struct ho_kafka_record record = record_of("x", OTHER EVN ANA);
    record.headers = headers;
    record.n_headers = 1;
    struct ho_finding certified, sender, forged;
    assert_true(passes_record(record, &certified));
    headers[0].value = ho_bytes_of("nobody");
    assert_true(passes_record(record, &sender));
    headers[0].value = ho_bytes_of(feeds[2].name); // asks for no certificate, so its sender must select it
    assert_true(passes_record(record, &forged));
    feeds[1].certificate = NULL;
    feeds[1].facility = "";
    assert_string_equal(certified.source, "app");
    assert_int_equal(certified.identity_id, ho_identity_id("Certified", "42"));
    assert_string_equal(sender.source, "");
    assert_int_equal(sender.identity_id, ho_identity_id("SOME HOSPITAL", "42"));
    assert_string_equal(forged.source, "");
    assert_int_equal(forged.identity_id, sender.identity_id);
}

int main(void)
{
#define SIEVE_TEST(name) cmocka_unit_test_setup_teardown(name, open_sieve, close_sieve)
    const struct CMUnitTest tests[] = {
        SIEVE_TEST(every_key_is_found_and_no_other),
        SIEVE_TEST(a_message_about_a_member_passes),
        SIEVE_TEST(strangers_are_passed_over),
        SIEVE_TEST(the_second_person_of_a_swap_counts),
        SIEVE_TEST(what_cannot_be_read_is_passed_over),
        SIEVE_TEST(a_message_of_an_identity_passes_whoever_it_names),
        SIEVE_TEST(a_merge_passes_for_its_prior_identity),
        SIEVE_TEST(the_second_identity_of_a_swap_passes),
        SIEVE_TEST(a_sender_with_keys_of_its_own_is_read),
        SIEVE_TEST(whom_the_whole_roster_finds_a_part_finds),
        SIEVE_TEST(an_event_of_another_system_is_read_as_the_matcher_does),
        SIEVE_TEST(a_message_of_a_certificates_feed_is_that_feeds_when_it_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
