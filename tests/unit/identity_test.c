// The rules of identities, one by one. That their order does not matter is tests/property/identity_property_test.c's.
#include "../support/unit.h"

#include "../../services/domain/identity_internal.h"
#include "../support/identity_store.h"

struct fixture {
    struct ho_arena *arena;
    struct ho_roster_index *index;
    struct test_store store;
    size_t n; // messages made
};

struct someone {
    const char *member_id, *cin, *surname, *given, *sex, *phone, *address, *zip;
    uint32_t birth_date;
};

static const struct someone ANA = {"M1",         "91000001A",    "Quillfeather", "Philippa", "F",
                                   "7145550111", "14 Alder Way", "92801",        19580713};
static const struct someone BEN = {"M2",         "92000002C",     "Oyelaran", "Babatunde", "M",
                                   "7145550122", "902 Birch Ave", "92866",    19810124};
static const struct someone NOBODY = {"",      "",      "Zabriskie", "Wilhelmina", "F", "5595550144", "3 Dogwood Rd",
                                      "93701", 19391202};

static void enrol(struct ho_roster_index *index, const struct someone *p)
{
    ho_roster_index_put(index, &(struct ho_roster_entry){.member_id = p->member_id,
                                                         .cin = p->cin,
                                                         .surname = p->surname,
                                                         .given = p->given,
                                                         .birth_date = p->birth_date,
                                                         .sex = p->sex,
                                                         .phone = p->phone,
                                                         .address = p->address,
                                                         .zip = p->zip});
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = ho_arena_new(0);
    f->index = ho_roster_index_new(NULL);
    enrol(f->index, &ANA);
    enrol(f->index, &BEN);
    test_store_init(&f->store, f->arena, f->index);
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

// ---- Messages

static struct test_message *message(struct fixture *f, const char *mrn)
{
    struct test_message *m = ho_arena_alloc(f->arena, sizeof *m);
    snprintf((char *)m->id, sizeof m->id, "message %zu", f->n++);
    m->mrn = mrn;
    handoff__v1__person__init(&m->person);
    return m;
}

static char *text(const char *text_or_null)
{
    return (char *)(uintptr_t)(text_or_null ? text_or_null : "");
}

static struct test_message *about(struct fixture *f, const char *mrn, const struct someone *who)
{
    struct test_message *m = message(f, mrn);
    ho_person *p = &m->person;
    p->surname = text(who->surname);
    p->given = text(who->given);
    p->birth_date = who->birth_date;
    p->sex = text(who->sex);
    p->phone = text(who->phone);
    p->address = text(who->address);
    p->zip = text(who->zip);
    return m;
}

static struct test_message *merge(struct test_message *m, const char *prior)
{
    m->prior = prior;
    return m;
}

static const struct test_message *come(struct fixture *f, const struct test_message *m)
{
    test_store_intake(&f->store, &m, 1);
    return m;
}

static void expect_link(const struct fixture *f, const struct test_message *m, const char *member_id,
                        const char *decision, bool own)
{
    const struct test_link *link = test_store_link(&f->store, m);
    assert_non_null(link);
    assert_string_equal(link->member_id, member_id);
    if (decision)
        assert_string_equal(link->decision, decision);
    assert_int_equal(link->own, own);
    assert_null(test_store_item(&f->store, m));
}

static void expect_item(const struct fixture *f, const struct test_message *m, enum ho_match_verdict state,
                        const char *reason, size_t n_candidates)
{
    const struct test_item *item = test_store_item(&f->store, m);
    const struct test_link *link = test_store_link(&f->store, m);
    assert_non_null(item);
    assert_int_equal(item->state, state);
    assert_string_equal(item->reason, reason);
    assert_int_equal(item->n_candidates, n_candidates);
    assert_true(!link || !*link->member_id);
}

static void expect_nothing(const struct fixture *f, const struct test_message *m)
{
    const struct test_link *link = test_store_link(&f->store, m);
    assert_null(test_store_item(&f->store, m));
    assert_true(!link || !*link->member_id);
}

// ---- Names -------------------------------------------------------------------------------------------

static void an_identitys_id_is_of_the_digest_of_facility_and_number(void **state)
{
    (void)state; // sha256 of "GG", 0x1f, "42", by another program
    assert_true(ho_identity_id("GG", "42") == INT64_C(4029933961955551939));
    assert_true(ho_identity_id("GG", "42") != ho_identity_id("GG4", "2"));
    assert_true(ho_identity_id("", "") != 0);
}

static void long_numbers_have_ids(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    int64_t id = ho_identity_id("GG", text);
    text[500] = 'y';
    assert_true(id != ho_identity_id("GG", text));
}

static void an_event_without_a_number_is_an_identity_by_itself(void **state)
{
    struct fixture *f = *state;
    uint8_t a[HO_ID_BYTES] = {1}, b[HO_ID_BYTES] = {2};
    ho_adt_event event = HANDOFF__V1__ADT_EVENT__INIT;
    event.id = (ProtobufCBinaryData){HO_ID_BYTES, a};
    const char *first = ho_identity_mrn(f->arena, &event);
    event.id.data = b;
    assert_string_not_equal(first, ho_identity_mrn(f->arena, &event));
    event.mrn = (char *)(uintptr_t) "42";
    assert_string_equal(ho_identity_mrn(f->arena, &event), "42");
}

// ---- Triggers --------------------------------------------------------------------------------------------

static enum ho_identity_tie tie_of(const char *trigger, const char *prior)
{
    ho_adt_event event = HANDOFF__V1__ADT_EVENT__INIT;
    event.facility = (char *)(uintptr_t) "GG";
    event.trigger = (char *)(uintptr_t)trigger;
    event.prior_mrn = (char *)(uintptr_t)prior;
    int64_t self = ho_identity_id("GG", "2");
    enum ho_identity_tie tie = ho_identity_tie_of(&event);
    assert_true(ho_identity_prior(&event, self) == (tie ? ho_identity_id("GG", prior) : self));
    return tie;
}

static bool is_one_of(const char *const *triggers, size_t n, const char *trigger)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(triggers[i], trigger) == 0)
            return true;
    return false;
}

static void only_triggers_about_who_is_who_tie_identities(void **state)
{
    static const char *const merges[] = {"A18", "A30", "A34", "A36", "A39", "A40", "A43", "A46", "A47"};
    struct fixture *f = *state;
    for (int i = 1; i <= 62; i++) {
        const char *trigger = ho_arena_printf(f->arena, "A%02d", i);
        enum ho_identity_tie expected = i == 24                                        ? HO_TIE_LINK
                                        : i == 37                                      ? HO_TIE_UNLINK
                                        : is_one_of(merges, COUNT_OF(merges), trigger) ? HO_TIE_MERGE
                                                                                       : HO_TIE_NONE;
        assert_int_equal(tie_of(trigger, "1"), expected);
        assert_int_equal(tie_of(trigger, ""), HO_TIE_NONE);
    }
}

static void what_moves_is_a_number_or_the_givers_account_or_visit(void **state)
{
    static const struct {
        const char *trigger;
        enum ho_identity_move move;
    } moves[] = {{"A43", HO_MOVE_NUMBER}, {"A44", HO_MOVE_ACCOUNT}, {"A45", HO_MOVE_VISIT}, {"A40", HO_MOVE_NONE}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(moves); i++) {
        ho_person receiver = HANDOFF__V1__PERSON__INIT;
        ho_adt_event event = HANDOFF__V1__ADT_EVENT__INIT;
        event.trigger = text(moves[i].trigger);
        event.receiver = &receiver;
        assert_int_equal(ho_identity_move_of(&event), HO_MOVE_NONE);
        event.prior_mrn = event.account = event.visit = text("1");
        assert_int_equal(ho_identity_move_of(&event), moves[i].move);
        event.receiver = NULL;
        assert_int_equal(ho_identity_move_of(&event), i == 0 ? HO_MOVE_NUMBER : HO_MOVE_NONE);
    }
}

// ---- Rules -----------------------------------------------------------------------------------------------

static void an_event_is_linked_by_its_own_evidence(void **state)
{
    struct fixture *f = *state;
    expect_link(f, come(f, about(f, "1", &ANA)), "M1", NULL, true);
}

static void a_stranger_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    expect_nothing(f, come(f, about(f, "1", &NOBODY)));
    assert_int_equal(f->store.n_identities, 0);
}

static void a_sparse_event_waits_and_follows_its_identity(void **state)
{
    struct fixture *f = *state;
    const struct test_message *sparse = come(f, message(f, "1"));
    expect_item(f, sparse, HO_MATCH_HELD, "sparse", 0);
    come(f, about(f, "1", &ANA));
    expect_link(f, sparse, "M1", "known-identity", false);
    expect_link(f, come(f, message(f, "1")), "M1", "known-identity", false);
}

static void what_contradicts_the_known_member_is_for_a_person(void **state)
{
    struct fixture *f = *state;
    come(f, about(f, "1", &ANA));
    expect_item(f, come(f, about(f, "1", &NOBODY)), HO_MATCH_REVIEW, "identity-contradicted", 1);
}

static void two_known_members_make_the_rest_ambiguous(void **state)
{
    struct fixture *f = *state;
    const struct test_message *sparse = message(f, "1");
    come(f, about(f, "1", &ANA));
    expect_link(f, come(f, sparse), "M1", "known-identity", false);
    come(f, about(f, "1", &BEN));
    expect_item(f, sparse, HO_MATCH_REVIEW, "identity-ambiguous", 2);
    assert_int_equal(test_store_link(&f->store, sparse)->version, 2);
    expect_link(f, come(f, about(f, "1", &BEN)), "M2", NULL, true);
}

// ---- Moves

static struct test_message *at(struct test_message *m, int64_t recorded)
{
    m->recorded = recorded;
    return m;
}

static struct test_message *move(struct test_message *m, int64_t recorded)
{
    m->move = HO_MOVE_NUMBER;
    return at(m, recorded);
}

static void a_moved_number_takes_what_was_recorded_before_to_its_receiver(void **state)
{
    struct fixture *f = *state;
    const struct test_message *own = come(f, at(about(f, "1", &ANA), 10)), *sparse = come(f, at(message(f, "1"), 20));
    expect_link(f, own, "M1", NULL, true);
    expect_link(f, come(f, move(about(f, "1", &BEN), 20)), "M2", NULL, true);
    expect_link(f, own, "M2", "moved", false);
    expect_link(f, sparse, "M2", "moved", false);
    expect_link(f, come(f, at(about(f, "1", &ANA), 19)), "M2", "moved", false);
    expect_link(f, come(f, at(message(f, "1"), 21)), "M2", "known-identity", false);
    expect_link(f, come(f, at(about(f, "1", &ANA), 21)), "M1", NULL, true);
}

static void a_moved_number_that_was_a_strangers_is_read_again(void **state)
{
    struct fixture *f = *state;
    const struct test_message *stranger = come(f, at(about(f, "1", &NOBODY), 10));
    expect_nothing(f, stranger);
    come(f, move(about(f, "1", &BEN), 20));
    test_store_look_back(&f->store, &stranger, 1);
    expect_link(f, stranger, "M2", "moved", false);
}

static void the_latest_recorded_move_counts(void **state)
{
    struct fixture *f = *state;
    const struct test_message *first = come(f, move(about(f, "1", &BEN), 30));
    const struct test_message *before = come(f, at(message(f, "1"), 20)), *after = come(f, at(message(f, "1"), 31));
    expect_link(f, before, "M2", "moved", false);
    come(f, move(about(f, "1", &ANA), 30)); // with a greater id
    expect_link(f, before, "M1", "moved", false);
    expect_item(f, after, HO_MATCH_REVIEW, "identity-ambiguous", 2); // both moves say whose the number is
    expect_link(f, first, "M2", NULL, true);
}

static void a_move_takes_its_own_number_or_the_one_that_it_names(void **state)
{
    struct fixture *f = *state;
    const struct test_message *one = come(f, at(about(f, "1", &ANA), 10)), *two = come(f, at(about(f, "2", &ANA), 10));
    come(f, merge(move(about(f, "2", &BEN), 20), "1"));
    expect_link(f, one, "M2", "moved", false);
    expect_link(f, two, "M1", NULL, true);
}

static struct test_message *of_visit(struct test_message *m, const char *visit)
{
    m->visit = visit;
    return m;
}

static const struct test_message *give_visit(struct fixture *f, const char *visit, const struct someone *to,
                                             int64_t recorded)
{
    struct test_message *m = of_visit(at(message(f, "1"), recorded), visit);
    m->move = HO_MOVE_VISIT;
    m->receiver = &about(f, "1", to)->person;
    return come(f, m);
}

static void a_visit_that_is_given_away_is_the_receivers_and_the_number_stays(void **state)
{
    struct fixture *f = *state;
    const struct test_message *own = come(f, of_visit(at(about(f, "1", &ANA), 10), "V1"));
    const struct test_message *other = come(f, of_visit(at(about(f, "1", &ANA), 10), "V2"));
    const struct test_message *gift = give_visit(f, "V1", &BEN, 20);
    expect_link(f, own, "M2", "moved", false);
    expect_link(f, other, "M1", NULL, true);
    expect_link(f, gift, "M1", "known-identity", false);
    expect_link(f, come(f, of_visit(at(message(f, "1"), 20), "V1")), "M2", "moved", false); // late word of it
    expect_link(f, come(f, of_visit(at(message(f, "1"), 21), "V1")), "M1", "known-identity", false);
    assert_true(test_store_say(&f->store, "1", "M2", HO_IDENTITY_NOT_SAME));
    expect_link(f, own, "M1", NULL, true);
}

static void a_visit_of_nobody_of_ours_that_is_given_to_a_member_is_read_again(void **state)
{
    struct fixture *f = *state;
    const struct test_message *stranger = come(f, of_visit(at(about(f, "1", &NOBODY), 10), "V1"));
    expect_nothing(f, stranger);
    give_visit(f, "V1", &BEN, 20);
    test_store_look_back(&f->store, &stranger, 1);
    expect_link(f, stranger, "M2", "moved", false);
}

static void a_visit_that_is_given_to_nobody_of_ours_is_not_linked_otherwise(void **state)
{
    struct fixture *f = *state;
    const struct test_message *own = come(f, of_visit(at(about(f, "1", &ANA), 10), "V1"));
    give_visit(f, "V1", &NOBODY, 20);
    expect_link(f, own, "M1", NULL, true); // and for her void, by the gift
}

static void a_move_to_a_stranger_is_for_a_person(void **state)
{
    struct fixture *f = *state;
    const struct test_message *own = come(f, at(about(f, "1", &ANA), 10));
    expect_item(f, come(f, move(about(f, "1", &NOBODY), 20)), HO_MATCH_REVIEW, "identity-contradicted", 1);
    expect_link(f, own, "M1", NULL, true);
    assert_true(test_store_say(&f->store, "1", "M1", HO_IDENTITY_NOT_SAME));
    expect_nothing(f, own);
}

static void a_move_that_tells_nobody_moves_nothing(void **state)
{
    struct fixture *f = *state;
    const struct test_message *own = come(f, at(about(f, "1", &ANA), 10));
    expect_link(f, come(f, move(message(f, "1"), 20)), "M1", "known-identity", false);
    expect_link(f, own, "M1", NULL, true);
}

static void people_outweigh_a_move(void **state)
{
    struct fixture *f = *state;
    const struct test_message *own = come(f, at(about(f, "1", &ANA), 10));
    const struct test_message *move_to_ben = come(f, move(about(f, "1", &BEN), 20));
    assert_true(test_store_say(&f->store, "1", "M1", HO_IDENTITY_SAME));
    expect_link(f, own, "M1", NULL, true);
    expect_item(f, move_to_ben, HO_MATCH_REVIEW, "contradicts-decision", 2);
    assert_true(test_store_say(&f->store, "1", "M1", HO_IDENTITY_NOT_SAME));
    expect_link(f, own, "M2", "moved", false);
    assert_true(test_store_say(&f->store, "1", "M2", HO_IDENTITY_NOT_SAME));
    expect_nothing(f, own);
}

static void a_move_to_who_is_ruled_out_is_none(void **state)
{
    struct fixture *f = *state;
    const struct test_message *own = come(f, at(about(f, "1", &ANA), 10)), *sparse = come(f, at(message(f, "1"), 10));
    come(f, move(about(f, "1", &BEN), 20));
    assert_true(test_store_say(&f->store, "1", "M2", HO_IDENTITY_NOT_SAME));
    expect_link(f, own, "M1", NULL, true);
    expect_link(f, sparse, "M1", "known-identity", false);
}

static void what_people_say_outweighs_what_is_known(void **state)
{
    struct fixture *f = *state;
    const struct test_message *sparse = come(f, message(f, "1"));
    assert_true(test_store_say(&f->store, "1", "M2", HO_IDENTITY_SAME));
    expect_link(f, sparse, "M2", "decided-identity", false);
    expect_link(f, come(f, about(f, "1", &BEN)), "M2", NULL, true);
    expect_item(f, come(f, about(f, "1", &ANA)), HO_MATCH_REVIEW, "contradicts-decision", 2);
}

static void a_stranger_under_a_number_that_was_decided_is_for_a_person(void **state)
{
    struct fixture *f = *state;
    struct someone renamed = NOBODY, born_another_day = NOBODY;
    come(f, message(f, "1"));
    assert_true(test_store_say(&f->store, "1", "M2", HO_IDENTITY_SAME));
    const struct test_message *stranger = come(f, about(f, "1", &NOBODY));
    expect_item(f, stranger, HO_MATCH_REVIEW, "contradicts-decision", 1);
    renamed.birth_date = BEN.birth_date;
    born_another_day.given = BEN.given;
    expect_link(f, come(f, about(f, "1", &renamed)), "M2", "decided-identity", false);
    expect_link(f, come(f, about(f, "1", &born_another_day)), "M2", "decided-identity", false);
    test_store_give(&f->store, stranger, "M2");
    expect_link(f, stranger, "M2", "decision", false);
    expect_item(f, come(f, about(f, "1", &NOBODY)), HO_MATCH_REVIEW, "contradicts-decision", 1);
}

static void what_a_person_gave_to_a_member_stays_theirs_whom_ever_it_names(void **state)
{
    struct fixture *f = *state;
    come(f, message(f, "1"));
    assert_true(test_store_say(&f->store, "1", "M2", HO_IDENTITY_SAME));
    const struct test_message *given = come(f, about(f, "1", &ANA)), *later = about(f, "1", &ANA);
    expect_item(f, given, HO_MATCH_REVIEW, "contradicts-decision", 2);
    test_store_give(&f->store, given, "M2");
    expect_link(f, given, "M2", "decision", false);
    come(f, given);
    test_store_again(&f->store, &given, 1, "1");
    expect_link(f, given, "M2", "decision", false);
    expect_item(f, come(f, later), HO_MATCH_REVIEW, "contradicts-decision", 2);
    expect_link(f, given, "M2", "decision", false);
    assert_true(test_store_say(&f->store, "1", "M2", HO_IDENTITY_NOT_SAME));
    expect_link(f, given, "M1", NULL, true);
}

static void what_a_person_set_apart_goes_by_its_own_evidence(void **state)
{
    struct fixture *f = *state;
    const struct test_message *own = come(f, about(f, "1", &ANA)), *apart = come(f, about(f, "1", &NOBODY));
    expect_item(f, apart, HO_MATCH_REVIEW, "identity-contradicted", 1);
    test_store_set_apart(&f->store, apart);
    expect_nothing(f, apart);
    expect_link(f, own, "M1", NULL, true);
    come(f, apart);
    test_store_again(&f->store, &apart, 1, "1");
    expect_nothing(f, apart);
    expect_item(f, come(f, about(f, "1", &NOBODY)), HO_MATCH_REVIEW, "identity-contradicted", 1);
    assert_true(test_store_say(&f->store, "1", "M1", HO_IDENTITY_SAME));
    expect_nothing(f, apart);
}

static void what_was_set_apart_from_who_was_said_is_whose_it_names(void **state)
{
    struct fixture *f = *state;
    const struct test_message *sparse = come(f, message(f, "1"));
    assert_true(test_store_say(&f->store, "1", "M2", HO_IDENTITY_SAME));
    const struct test_message *apart = come(f, about(f, "1", &ANA));
    expect_item(f, apart, HO_MATCH_REVIEW, "contradicts-decision", 2);
    test_store_set_apart(&f->store, apart);
    expect_link(f, apart, "M1", "not-same", true);
    come(f, apart);
    test_store_again(&f->store, &apart, 1, "1");
    expect_link(f, apart, "M1", "not-same", true);
    expect_link(f, sparse, "M2", "decided-identity", false);
}

static void a_word_moves_what_was_linked_to_somebody_else(void **state)
{
    struct fixture *f = *state;
    const struct test_message *own = come(f, about(f, "1", &ANA)), *sparse = come(f, message(f, "1"));
    assert_true(test_store_say(&f->store, "1", "M2", HO_IDENTITY_SAME));
    expect_item(f, own, HO_MATCH_REVIEW, "contradicts-decision", 2);
    expect_link(f, sparse, "M2", "decided-identity", false);
    assert_true(test_store_say(&f->store, "1", "M2", HO_IDENTITY_NOT_SAME));
    expect_link(f, own, "M1", NULL, true);
    expect_link(f, sparse, "M1", "known-identity", false);
    assert_int_equal(test_store_link(&f->store, own)->version, 3);
}

static void who_is_ruled_out_is_neither_linked_nor_a_candidate(void **state)
{
    struct fixture *f = *state;
    const struct test_message *own = come(f, about(f, "1", &ANA)), *sparse = come(f, message(f, "1"));
    assert_true(test_store_say(&f->store, "1", "M1", HO_IDENTITY_NOT_SAME));
    expect_nothing(f, own);
    expect_item(f, sparse, HO_MATCH_HELD, "sparse", 0);
    come(f, about(f, "1", &BEN));
    expect_link(f, sparse, "M2", "known-identity", false);
}

static void merges_share_what_is_known_and_what_is_said(void **state)
{
    struct fixture *f = *state;
    const struct test_message *one = come(f, message(f, "1")), *two = come(f, message(f, "2"));
    const struct test_message *joined = come(f, merge(message(f, "2"), "1"));
    come(f, about(f, "2", &ANA));
    expect_link(f, one, "M1", "known-identity", false);
    expect_link(f, two, "M1", "known-identity", false);
    expect_link(f, joined, "M1", "known-identity", false);
    assert_true(test_store_say(&f->store, "1", "M2", HO_IDENTITY_SAME));
    expect_link(f, two, "M2", "decided-identity", false);
}

static void merges_in_a_circle_are_one_person(void **state)
{
    struct fixture *f = *state;
    const struct test_message *one = come(f, message(f, "1")), *two = come(f, message(f, "2"));
    come(f, merge(message(f, "2"), "1"));
    come(f, merge(message(f, "1"), "2"));
    come(f, merge(message(f, "1"), "1"));
    expect_item(f, one, HO_MATCH_HELD, "sparse", 0);
    come(f, about(f, "1", &ANA));
    expect_link(f, one, "M1", "known-identity", false);
    expect_link(f, two, "M1", "known-identity", false);
}

static void two_words_about_one_cluster_are_for_a_person(void **state)
{
    struct fixture *f = *state;
    const struct test_message *one = come(f, message(f, "1")), *two = come(f, message(f, "2"));
    assert_true(test_store_say(&f->store, "1", "M1", HO_IDENTITY_SAME));
    assert_true(test_store_say(&f->store, "2", "M2", HO_IDENTITY_SAME));
    come(f, merge(message(f, "2"), "1"));
    expect_item(f, one, HO_MATCH_REVIEW, "two-decisions", 2);
    expect_item(f, two, HO_MATCH_REVIEW, "two-decisions", 2);
}

static void the_same_member_named_and_ruled_out_is_for_a_person(void **state)
{
    struct fixture *f = *state;
    const struct test_message *one = come(f, message(f, "1"));
    come(f, message(f, "2"));
    assert_true(test_store_say(&f->store, "1", "M1", HO_IDENTITY_SAME));
    assert_true(test_store_say(&f->store, "2", "M1", HO_IDENTITY_NOT_SAME));
    come(f, merge(message(f, "2"), "1"));
    expect_item(f, one, HO_MATCH_REVIEW, "two-decisions", 1);
}

static void a_merge_of_strangers_leaves_nothing_and_of_the_known_is_kept(void **state)
{
    struct fixture *f = *state;
    expect_nothing(f, come(f, merge(about(f, "2", &NOBODY), "1")));
    assert_int_equal(f->store.n_identities, 0);
    come(f, about(f, "1", &ANA));
    expect_item(f, come(f, merge(about(f, "2", &NOBODY), "1")), HO_MATCH_REVIEW, "identity-contradicted", 1);
    expect_link(f, come(f, message(f, "2")), "M1", "known-identity", false);
}

// ---- Links -----------------------------------------------------------------------------------------------

static struct test_message *tie(struct test_message *m, enum ho_identity_tie tie, const char *other, int64_t recorded)
{
    m->tie = tie;
    m->prior = other;
    m->recorded = recorded;
    return m;
}

static void a_link_joins_what_is_known_and_an_unlink_parts_it(void **state)
{
    struct fixture *f = *state;
    const struct test_message *one = come(f, about(f, "1", &ANA)), *two = come(f, message(f, "2"));
    const struct test_message *link = come(f, tie(about(f, "1", &ANA), HO_TIE_LINK, "2", 10));
    expect_link(f, link, "M1", NULL, true);
    expect_link(f, two, "M1", "known-identity", false);
    expect_link(f, come(f, message(f, "2")), "M1", "known-identity", false);
    come(f, tie(about(f, "1", &ANA), HO_TIE_UNLINK, "2", 20));
    expect_link(f, one, "M1", NULL, true);
    expect_item(f, two, HO_MATCH_HELD, "sparse", 0);
    expect_item(f, come(f, message(f, "2")), HO_MATCH_HELD, "sparse", 0);
    come(f, tie(message(f, "2"), HO_TIE_LINK, "1", 30));
    expect_link(f, two, "M1", "known-identity", false);
}

static void the_latest_recorded_of_links_and_unlinks_counts(void **state)
{
    struct fixture *f = *state;
    const struct test_message *two = come(f, message(f, "2"));
    come(f, about(f, "1", &ANA));
    come(f, tie(message(f, "1"), HO_TIE_UNLINK, "2", 20));
    come(f, tie(message(f, "2"), HO_TIE_LINK, "1", 19));
    expect_item(f, two, HO_MATCH_HELD, "sparse", 0);
    come(f, tie(message(f, "2"), HO_TIE_LINK, "1", 20)); // with a greater id
    expect_link(f, two, "M1", "known-identity", false);
}

static void an_unlink_takes_back_no_merge(void **state)
{
    struct fixture *f = *state;
    const struct test_message *two = come(f, message(f, "2"));
    come(f, about(f, "1", &ANA));
    come(f, merge(message(f, "1"), "2"));
    come(f, tie(message(f, "1"), HO_TIE_UNLINK, "2", 20));
    expect_link(f, two, "M1", "known-identity", false);
}

static void an_unlink_parts_what_followed_by_the_link_alone(void **state)
{
    struct fixture *f = *state;
    const struct test_message *two = come(f, message(f, "2")), *three = come(f, message(f, "3"));
    come(f, about(f, "1", &ANA));
    come(f, merge(message(f, "3"), "2"));
    come(f, tie(message(f, "1"), HO_TIE_LINK, "2", 10));
    expect_link(f, three, "M1", "known-identity", false);
    come(f, tie(message(f, "1"), HO_TIE_UNLINK, "2", 20));
    expect_item(f, two, HO_MATCH_HELD, "sparse", 0);
    come(f, about(f, "2", &BEN));
    expect_link(f, two, "M2", "known-identity", false);
    expect_link(f, three, "M2", "known-identity", false);
}

static void a_link_told_of_a_stranger_holds_for_who_is_known_and_leaves_nothing_else(void **state)
{
    struct fixture *f = *state;
    expect_nothing(f, come(f, tie(about(f, "1", &NOBODY), HO_TIE_LINK, "2", 10)));
    assert_int_equal(f->store.n_identities, 0);
    assert_int_equal(f->store.n_pairs, 0);
    const struct test_message *two = come(f, message(f, "2"));
    come(f, about(f, "1", &ANA));
    expect_item(f, two, HO_MATCH_HELD, "sparse", 0);
    come(f, tie(about(f, "1", &NOBODY), HO_TIE_LINK, "2", 10));
    expect_link(f, two, "M1", "known-identity", false);
}

// Whoever is linked later finds the unlink in the topic, though it was about nobody when it came.
static void an_unlink_that_was_forgotten_is_found_again(void **state)
{
    struct fixture *f = *state;
    const struct test_message *unlink = come(f, tie(about(f, "1", &NOBODY), HO_TIE_UNLINK, "2", 20));
    const struct test_message *two = come(f, message(f, "2"));
    come(f, tie(message(f, "1"), HO_TIE_LINK, "2", 10));
    come(f, about(f, "1", &ANA));
    expect_link(f, two, "M1", "known-identity", false);
    test_store_look_back(&f->store, &unlink, 1);
    expect_item(f, two, HO_MATCH_HELD, "sparse", 0);
}

static void linked_events_that_wait_fill_each_other(void **state)
{
    struct fixture *f = *state;
    struct test_message *a = about(f, "1", &ANA), *b = about(f, "2", &ANA);
    a->person.given = text("");
    b->person.birth_date = 0;
    come(f, a);
    come(f, b);
    come(f, tie(message(f, "1"), HO_TIE_LINK, "2", 10));
    expect_link(f, a, "M1", NULL, false);
    expect_link(f, b, "M1", NULL, false);
    come(f, tie(message(f, "1"), HO_TIE_UNLINK, "2", 20));
    assert_int_equal(test_store_item(&f->store, a)->state, HO_MATCH_HELD);
    assert_int_equal(test_store_item(&f->store, b)->state, HO_MATCH_HELD);
}

static void a_member_who_is_deleted_is_known_no_more(void **state)
{
    struct fixture *f = *state;
    const struct test_message *own = come(f, about(f, "1", &ANA)), *sparse = come(f, message(f, "1"));
    ho_roster_index_remove(f->index, "M1");
    test_store_again(&f->store, NULL, 0, "1");
    expect_link(f, own, "M1", NULL, true); // until people say otherwise
    expect_item(f, sparse, HO_MATCH_HELD, "sparse", 0);
}

// ---- Filling ---------------------------------------------------------------------------------------------

static struct test_message *without_given(struct test_message *m)
{
    m->person.given = (char *)(uintptr_t) "";
    return m;
}

static struct test_message *without_birth_date(struct test_message *m)
{
    m->person.birth_date = 0;
    return m;
}

static void events_that_wait_fill_each_other(void **state)
{
    struct fixture *f = *state;
    const struct test_message *a = come(f, without_given(about(f, "1", &ANA)));
    expect_item(f, a, HO_MATCH_HELD, "sparse", test_store_item(&f->store, a)->n_candidates);
    const struct test_message *b = come(f, without_birth_date(about(f, "1", &ANA)));
    expect_link(f, a, "M1", NULL, false);
    expect_link(f, b, "M1", NULL, false);
    expect_link(f, come(f, message(f, "1")), "M1", NULL, false);
}

static void a_field_that_two_tell_differently_fills_nothing(void **state)
{
    struct fixture *f = *state;
    const struct test_message *a = come(f, without_given(about(f, "1", &ANA)));
    come(f, without_birth_date(about(f, "1", &ANA)));
    expect_link(f, a, "M1", NULL, false);
    struct test_message *other_name = message(f, "1"), *other_date = message(f, "1");
    other_name->person.given = (char *)(uintptr_t)NOBODY.given;
    other_date->person.birth_date = NOBODY.birth_date;
    come(f, other_name);
    come(f, other_date);
    expect_item(f, a, HO_MATCH_HELD, "sparse", test_store_item(&f->store, a)->n_candidates);
}

// What stands for "unknown" neither speaks against what others tell nor keeps them from filling it.
static void a_placeholder_is_told_by_nobody(void **state)
{
    static const struct someone BLANKS[] = {
        {.surname = "UNKNOWN", .given = "Unknown", .birth_date = 19000101},
        {.surname = "Doe", .given = "John", .birth_date = 19000101},
        {.surname = "TRAUMA", .given = "ALPHA", .birth_date = 19000101},
        {.given = "N/A", .birth_date = 99991231},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(BLANKS); i++) {
        const char *mrn = ho_arena_printf(f->arena, "%zu", i);
        const struct test_message *blank = come(f, about(f, mrn, &BLANKS[i]));
        const struct test_message *a = come(f, without_given(about(f, mrn, &ANA)));
        const struct test_message *b = come(f, without_birth_date(about(f, mrn, &ANA)));
        expect_link(f, a, "M1", NULL, false);
        expect_link(f, b, "M1", NULL, false);
        expect_link(f, blank, "M1", NULL, false);
    }
}

static void what_stands_for_unknown_is_taken_out(void **state)
{
    static const struct someone BLANK = {.surname = "DOE",
                                         .given = "JANE",
                                         .sex = "U",
                                         .phone = "(555) 555-5555",
                                         .address = "HOMELESS",
                                         .zip = "99999",
                                         .birth_date = 19000101};
    struct fixture *f = *state;
    struct ho_words *words = ho_words_new();
    char *insured[] = {text("999999999"), text(ANA.cin)};
    ho_identifier unknown = HANDOFF__V1__IDENTIFIER__INIT, *identifiers[] = {&unknown};
    ho_person *person = &about(f, "1", &BLANK)->person;
    unknown.type = text("MA");
    unknown.value = text("UNKNOWN");
    person->identifiers = identifiers;
    person->n_identifiers = 1;
    person->insured_ids = insured;
    person->n_insured_ids = COUNT_OF(insured);
    const ho_person *told = ho_person_told(f->arena, words, person);
    const char *const texts[] = {told->surname, told->given, told->sex, told->phone, told->address, told->zip};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_string_equal(texts[i], "");
    assert_int_equal(told->birth_date, 0);
    assert_int_equal(told->n_identifiers, 0);
    assert_int_equal(told->n_insured_ids, 1);
    assert_string_equal(told->insured_ids[0], ANA.cin);
    ho_words_free(words);
}

static void names_that_are_somebodys_are_told(void **state)
{
    static const struct {
        const char *surname, *given, *middle;
    } NAMES[] = {{"Nguyen", "Thi", "Lan"}, {"Nguyen", "Van", "Thi"}, {"Na", "Young", ""}, {"Baker", "Doe", "Jo"}};
    struct fixture *f = *state;
    struct ho_words *words = ho_words_new();
    for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
        ho_person person = HANDOFF__V1__PERSON__INIT;
        person.surname = text(NAMES[i].surname);
        person.given = text(NAMES[i].given);
        person.middle = text(NAMES[i].middle);
        const ho_person *told = ho_person_told(f->arena, words, &person);
        assert_string_equal(told->surname, person.surname);
        assert_string_equal(told->given, person.given);
        assert_string_equal(told->middle, person.middle);
    }
    ho_words_free(words);
}

static void pieces_that_make_up_a_stranger_go_on_waiting(void **state)
{
    struct fixture *f = *state;
    const struct test_message *a = come(f, without_given(about(f, "1", &NOBODY)));
    const struct test_message *b = come(f, without_birth_date(about(f, "1", &NOBODY)));
    assert_int_equal(test_store_item(&f->store, a)->state, HO_MATCH_HELD);
    assert_int_equal(test_store_item(&f->store, b)->state, HO_MATCH_HELD);
}

// ---- Time ------------------------------------------------------------------------------------------------

static void what_is_held_too_long_is_a_review_or_nothing(void **state)
{
    struct fixture *f = *state;
    const struct test_message *blank = come(f, message(f, "1"));
    const struct test_message *near = come(f, without_given(about(f, "2", &ANA)));
    bool has_candidate = test_store_item(&f->store, near)->n_candidates > 0;
    f->store.expired = true;
    test_store_again(&f->store, NULL, 0, "1");
    test_store_again(&f->store, NULL, 0, "2");
    expect_nothing(f, blank);
    if (has_candidate)
        expect_item(f, near, HO_MATCH_REVIEW, "held-too-long", 1);
    f->store.expired = false;
    test_store_again(&f->store, NULL, 0, "2");
    if (has_candidate)
        expect_item(f, near, HO_MATCH_REVIEW, "held-too-long", 1);
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(an_identitys_id_is_of_the_digest_of_facility_and_number),
        RULE(long_numbers_have_ids),
        RULE(an_event_without_a_number_is_an_identity_by_itself),
        RULE(only_triggers_about_who_is_who_tie_identities),
        cmocka_unit_test(what_moves_is_a_number_or_the_givers_account_or_visit),
        RULE(an_event_is_linked_by_its_own_evidence),
        RULE(a_stranger_leaves_nothing),
        RULE(a_sparse_event_waits_and_follows_its_identity),
        RULE(what_contradicts_the_known_member_is_for_a_person),
        RULE(two_known_members_make_the_rest_ambiguous),
        RULE(a_moved_number_takes_what_was_recorded_before_to_its_receiver),
        RULE(a_moved_number_that_was_a_strangers_is_read_again),
        RULE(the_latest_recorded_move_counts),
        RULE(a_move_takes_its_own_number_or_the_one_that_it_names),
        RULE(a_visit_that_is_given_away_is_the_receivers_and_the_number_stays),
        RULE(a_visit_of_nobody_of_ours_that_is_given_to_a_member_is_read_again),
        RULE(a_visit_that_is_given_to_nobody_of_ours_is_not_linked_otherwise),
        RULE(a_move_to_a_stranger_is_for_a_person),
        RULE(a_move_that_tells_nobody_moves_nothing),
        RULE(people_outweigh_a_move),
        RULE(a_move_to_who_is_ruled_out_is_none),
        RULE(what_people_say_outweighs_what_is_known),
        RULE(a_stranger_under_a_number_that_was_decided_is_for_a_person),
        RULE(what_a_person_gave_to_a_member_stays_theirs_whom_ever_it_names),
        RULE(what_a_person_set_apart_goes_by_its_own_evidence),
        RULE(what_was_set_apart_from_who_was_said_is_whose_it_names),
        RULE(a_word_moves_what_was_linked_to_somebody_else),
        RULE(who_is_ruled_out_is_neither_linked_nor_a_candidate),
        RULE(merges_share_what_is_known_and_what_is_said),
        RULE(merges_in_a_circle_are_one_person),
        RULE(two_words_about_one_cluster_are_for_a_person),
        RULE(the_same_member_named_and_ruled_out_is_for_a_person),
        RULE(a_merge_of_strangers_leaves_nothing_and_of_the_known_is_kept),
        RULE(a_link_joins_what_is_known_and_an_unlink_parts_it),
        RULE(the_latest_recorded_of_links_and_unlinks_counts),
        RULE(an_unlink_takes_back_no_merge),
        RULE(an_unlink_parts_what_followed_by_the_link_alone),
        RULE(a_link_told_of_a_stranger_holds_for_who_is_known_and_leaves_nothing_else),
        RULE(an_unlink_that_was_forgotten_is_found_again),
        RULE(linked_events_that_wait_fill_each_other),
        RULE(a_member_who_is_deleted_is_known_no_more),
        RULE(events_that_wait_fill_each_other),
        RULE(a_field_that_two_tell_differently_fills_nothing),
        RULE(a_placeholder_is_told_by_nobody),
        RULE(what_stands_for_unknown_is_taken_out),
        RULE(names_that_are_somebodys_are_told),
        RULE(pieces_that_make_up_a_stranger_go_on_waiting),
        RULE(what_is_held_too_long_is_a_review_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
