// Feeds as the plan writes them: every key, and what is said of each mistake.
#include "../support/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "handoff/platform/yaml.h"

// A feed with whatever keys are given, and the one for all others.
#define FEED                                                                                                           \
    "feeds:\n"                                                                                                         \
    "  - name: general\n"                                                                                              \
    "    sending_application: EPIC\n"                                                                                  \
    "    sending_facility: GENERAL\n"                                                                                  \
    "    facility: General\n"                                                                                          \
    "    setting: hospital\n"                                                                                          \
    "    zone: America/Los_Angeles\n"                                                                                  \
    "    mrn_authority: GEN\n"                                                                                         \
    "    member_id_authorities: []\n"                                                                                  \
    "    test_traffic: count\n"
#define OTHERS                                                                                                         \
    "  - name: default\n"                                                                                              \
    "    sending_application: \"*\"\n"                                                                                 \
    "    sending_facility: \"*\"\n"                                                                                    \
    "    facility: \"\"\n"                                                                                             \
    "    setting: hospital\n"                                                                                          \
    "    zone: America/Los_Angeles\n"                                                                                  \
    "    mrn_authority: \"\"\n"                                                                                        \
    "    member_id_authorities: []\n"                                                                                  \
    "    test_traffic: count\n"

struct folder {
    char dir[40], file[60];
    struct ho_feed_set *set;
    struct ho_error error;
};

static int set_up(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    snprintf(f->dir, sizeof f->dir, "/tmp/handoff-feeds-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->file, sizeof f->file, "%s/f.yaml", f->dir);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct folder *f = *state;
    ho_feed_set_free(f->set);
    unlink(f->file);
    rmdir(f->dir);
    free(f);
    return 0;
}

static enum ho_status load(struct folder *f, const char *keys, const char *rest)
{
    FILE *stream = fopen(f->file, "wb");
    assert_non_null(stream);
    fprintf(stream, FEED "%s%s", keys, rest);
    fclose(stream);
    ho_feed_set_free(f->set);
    f->set = NULL;
    return ho_feeds_load(f->dir, &f->set, &f->error);
}

static const struct ho_feed *load_one(struct folder *f, const char *keys)
{
    if (load(f, keys, OTHERS) != HO_OK)
        fail_msg("%s", f->error.text);
    return &ho_feed_set_feeds(f->set)->feeds[0];
}

// `words` is what is said behind the folder's name.
static void refuse(struct folder *f, const char *keys, const char *rest, const char *words)
{
    assert_int_equal(load(f, keys, rest), HO_REJECT);
    assert_null(f->set);
    if (strncmp(f->error.text, f->dir, strlen(f->dir)) != 0 || strcmp(f->error.text + strlen(f->dir) + 1, words) != 0)
        fail_msg("%s", f->error.text);
}

static void a_feed_that_says_no_more_than_it_must_has_the_defaults(void **state)
{
    const struct ho_feed *feed = load_one(*state, "");
    assert_null(feed->certificate);
    assert_null(feed->charset);
    assert_int_equal(feed->other_messages, HO_OTHERS_REFUSE);
    assert_int_equal(feed->broker_away, HO_AWAY_REFUSE);
    assert_int_equal(feed->class_field, HO_CLASS_PV1_2);
    assert_int_equal(feed->classes.n + feed->dispositions.n + feed->admit_sources.n, 0);
    assert_false(feed->part2 || feed->a08_admits || feed->reuses_visit_numbers);
}

static void every_key_is_read(void **state)
{
    const struct ho_feed *feed = load_one(*state, "    certificate: mllp.general.example\n"
                                                  "    charset: windows-1252\n"
                                                  "    other_messages: store\n"
                                                  "    broker_away: close\n"
                                                  "    visit_numbers: unreliable\n"
                                                  "    part2: yes\n"
                                                  "    class_field: PV1-18\n"
                                                  "    classes: [{code: ERS, means: emergency}]\n"
                                                  "    dispositions: [{code: HOME, means: 01}, {code: NH, means: 03}]\n"
                                                  "    admit_sources: [{code: DOC, means: 1}]\n");
    assert_string_equal(feed->certificate, "mllp.general.example");
    assert_string_equal(feed->charset, "windows-1252");
    assert_int_equal(feed->other_messages, HO_OTHERS_STORE);
    assert_int_equal(feed->broker_away, HO_AWAY_CLOSE);
    assert_int_equal(feed->class_field, HO_CLASS_PV1_18);
    assert_true(feed->part2 && feed->reuses_visit_numbers);
    assert_string_equal(feed->classes.items[0].code, "ERS");
    assert_string_equal(feed->classes.items[0].means, "emergency");
    assert_int_equal(feed->dispositions.n, 2);
    assert_string_equal(feed->dispositions.items[1].means, "03");
    assert_string_equal(feed->admit_sources.items[0].means, "1");
    assert_int_equal(load_one(*state, "    other_messages: accept\n")->other_messages, HO_OTHERS_ACCEPT);
    assert_int_equal(
        load_one(*state, "    class_field: PV1-10\n    classes: [{code: A, means: inpatient}]\n")->class_field,
        HO_CLASS_PV1_10);
}

// What the documentation shows must be read, and must show every word.
static void the_example_is_read_and_leaves_no_word_out(void **state)
{
    struct folder *f = *state;
    if (ho_feeds_load("deploy/feeds/example", &f->set, &f->error) != HO_OK)
        fail_msg("%s", f->error.text);
    const struct ho_feed *feed = ho_feed_named(ho_feed_set_feeds(f->set), "juniper-flats");
    assert_non_null(feed->certificate);
    assert_non_null(feed->charset);
    assert_true(feed->other_messages && feed->broker_away && feed->class_field);
    assert_true(feed->reuses_visit_numbers && feed->a08_admits && feed->n_nursing_units);
    assert_true(feed->classes.n && feed->dispositions.n && feed->admit_sources.n);
    assert_true(ho_feed_named(ho_feed_set_feeds(f->set), "willow-bend-recovery")->part2);
}

static void a_wrong_word_is_refused_with_those_that_are_known(void **state)
{
    static const struct {
        const char *key, *words;
    } table[] = {
        {"other_messages: drop", "f.yaml:11: \"drop\" is not known; messages that are no ADT are either refuse (AR or "
                                 "CR), accept (AA or CA, and forgotten) or store (AA or CA, and kept as rejected)"},
        {"broker_away: wait",
         "f.yaml:11: \"wait\" is not known; while Kafka is away a sender is either refuse (told so "
         "by AR or CE) or close (cut off)"},
        {"visit_numbers: good", "f.yaml:11: \"good\" is not known; the numbers of PV1-19 are either reliable or "
                                "unreliable (the sender uses them again)"},
        {"part2: maybe", "f.yaml:11: \"maybe\" is not known; either yes (a 42 CFR Part 2 programme) or no"},
        {"class_field: PV1-3", "f.yaml:11: \"PV1-3\" is not known; the patient class is in PV1-2, PV1-10 or PV1-18"},
        {"classes: [{code: X, means: ward}]", "f.yaml:11: \"ward\" is not known; a class is emergency, inpatient, "
                                              "observation, outpatient, preadmit or recurring"},
        {"dispositions: [{code: X, means: 99}]",
         "f.yaml:11: \"99\" is not known; a disposition is a discharge status of UB-04, as 01 (home), 03 (nursing "
         "facility) or 07 (against advice)"},
        {"admit_sources: [{code: X, means: H}]",
         "f.yaml:11: \"H\" is not known; an admit source is a code of HL7 table 0023, 1 to 9 or A to G"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        char keys[120];
        snprintf(keys, sizeof keys, "    %s\n", table[i].key);
        refuse(*state, keys, OTHERS, table[i].words);
    }
}

static void a_character_set_that_cannot_be_read_is_refused(void **state)
{
    static const char *const names[] = {"UTF-16", "latin-99", "ebcdic-cp-us", "UTF-7"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char keys[80], words[240];
        snprintf(keys, sizeof keys, "    charset: %s\n", names[i]);
        snprintf(words, sizeof words,
                 "f.yaml:11: \"%s\" is no character set that ICU has and that contains ASCII as it is; write it as "
                 "windows-1252, ISO-8859-15, UTF-8 or Big5",
                 names[i]);
        refuse(*state, keys, OTHERS, words);
    }
}

static void a_code_has_one_meaning(void **state)
{
    refuse(*state,
           "    classes: [{code: X, means: inpatient}, {code: Y, means: inpatient}, {code: X, means: outpatient}]\n",
           OTHERS, "f.yaml:11: \"X\" stands twice; a code has one meaning");
}

static void a_field_of_the_class_without_classes_is_refused(void **state)
{
    refuse(*state, "    class_field: PV1-18\n", OTHERS,
           "f.yaml:11: nothing says what the codes of PV1-18 mean; add classes");
}

static void a_certificate_selects_one_feed(void **state)
{
    struct folder *f = *state;
    static const char second[] = "  - name: second\n"
                                 "    sending_application: B\n"
                                 "    sending_facility: B\n"
                                 "    certificate: a.example\n"
                                 "    facility: B\n"
                                 "    setting: hospital\n"
                                 "    zone: America/Los_Angeles\n"
                                 "    mrn_authority: B\n"
                                 "    member_id_authorities: []\n"
                                 "    test_traffic: count\n";
    char rest[1024];
    snprintf(rest, sizeof rest, "%s%s", second, OTHERS);
    refuse(f, "    certificate: a.example\n", rest,
           "f.yaml:15: feed \"general\" has this certificate already; a certificate selects one feed");
    refuse(f, "    certificate: A.Example\n", rest, // DNS knows no capitals
           "f.yaml:15: feed \"general\" has this certificate already; a certificate selects one feed");
    assert_int_equal(load(f, "    certificate: b.example\n", rest), HO_OK);
    const struct ho_feeds *feeds = ho_feed_set_feeds(f->set);
    assert_string_equal(ho_feed_of_certificate(feeds, ho_bytes_of("a.example"))->name, "second");
    assert_string_equal(ho_feed_of_certificate(feeds, ho_bytes_of("B.Example"))->name, "general");
    assert_null(ho_feed_of_certificate(feeds, ho_bytes_of("c.example")));
    assert_null(ho_feed_of_certificate(feeds, ho_bytes_of("")));
}

static void the_feed_for_all_others_asks_for_no_certificate(void **state)
{
    refuse(*state, "", OTHERS "    certificate: x\n",
           "f.yaml:20: the feed for senders that are not named cannot ask for a certificate; give its holder a feed of "
           "their own");
}

int main(void)
{
#define PROPERTY(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        PROPERTY(a_feed_that_says_no_more_than_it_must_has_the_defaults),
        PROPERTY(every_key_is_read),
        PROPERTY(the_example_is_read_and_leaves_no_word_out),
        PROPERTY(a_wrong_word_is_refused_with_those_that_are_known),
        PROPERTY(a_character_set_that_cannot_be_read_is_refused),
        PROPERTY(a_code_has_one_meaning),
        PROPERTY(a_field_of_the_class_without_classes_is_refused),
        PROPERTY(a_certificate_selects_one_feed),
        PROPERTY(the_feed_for_all_others_asks_for_no_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
