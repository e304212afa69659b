// What handoffctl simulate promises about its files. One property a function.
#include "simulate_output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "simulate_facilities.h"
#include "simulate_options.h"

#define DAY "--date 2026-11-22 "

static struct output *mixed; // the everyday share of members
static struct output *full;  // members alone

static int make_outputs(void **state)
{
    (void)state;
    mixed = output_of(DAY "--messages 6000 --seed 11 --member-share 0.1");
    full = output_of(DAY "--messages 6000 --seed 12 --member-share 1 --days 12");
    return 0;
}

static int free_outputs(void **state)
{
    (void)state;
    output_free(mixed);
    output_free(full);
    return 0;
}

static const struct output *both[2];

static size_t outputs(void)
{
    both[0] = mixed;
    both[1] = full;
    return 2;
}

static void the_same_options_write_the_same_bytes_on_every_machine(void **state)
{
    (void)state;
    struct output *again = output_of(DAY "--messages 6000 --seed 11 --member-share 0.1");
    assert_memory_equal(again->digests, mixed->digests, sizeof mixed->digests);
    output_free(again);
    assert_int_equal(mixed->digests[ROSTER], UINT64_C(0x629f9a7b077b12cb));
    assert_int_equal(mixed->digests[MESSAGES], UINT64_C(0x317a316268942b59));
    assert_int_equal(mixed->digests[TRUTH], UINT64_C(0x144138cdb3919bdc));
}

static void another_seed_writes_other_people_and_messages(void **state)
{
    (void)state;
    struct output *other = output_of(DAY "--messages 6000 --seed 13 --member-share 0.1");
    for (int i = 0; i < 3; i++)
        assert_true(other->digests[i] != mixed->digests[i]);
    output_free(other);
}

static void there_are_just_as_many_messages_as_asked(void **state)
{
    (void)state;
    static const struct {
        const char *arguments;
        size_t messages;
        long about_members;
    } cases[] = {
        {DAY "--messages 1 --member-share 0", 1, 0},          {DAY "--messages 1 --member-share 1", 1, 1},
        {DAY "--messages 7 --member-share 1.0", 7, 7},        {DAY "--messages 333 --member-share 0.5", 333, 167},
        {DAY "--messages 2000 --days 1 --seed 0", 2000, 100}, {DAY "--messages 2000 --days 92", 2000, 100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct output *output = output_of(cases[i].arguments);
        assert_int_equal(output->n_messages, cases[i].messages);
        assert_int_equal(json_count(output->truth[0], "messages"), cases[i].messages);
        assert_int_equal(json_count(output->truth[0], "member_messages"), cases[i].about_members);
        output_free(output);
    }
}

static void the_summary_counts_what_a_careful_person_finds(void **state)
{
    (void)state;
    for (size_t o = outputs(); o-- > 0;) {
        long found = 0, tests = 0;
        char text[256];
        for (size_t i = 0; i < both[o]->n_messages; i++) {
            bool test = strcmp(field(both[o]->messages[i], "MSH", 11, text), "T") == 0;
            tests += test;
            found += !test && member_of(both[o], both[o]->messages[i]);
        }
        assert_int_equal(found, json_count(both[o]->truth[0], "found_messages"));
        assert_int_equal(tests, json_count(both[o]->truth[0], "test_messages"));
        assert_in_range(found * 1000 / json_count(both[o]->truth[0], "member_messages"), 970, 1000);
    }
    assert_true(json_count(full->truth[0], "found_messages") < json_count(full->truth[0], "member_messages"));
}

static void an_encounter_has_about_eight_messages(void **state)
{
    (void)state;
    for (size_t o = outputs(); o-- > 0;) {
        long messages = json_count(both[o]->truth[0], "messages");
        assert_in_range(messages * 10 / json_count(both[o]->truth[0], "encounters"), 70, 90);
    }
}

static void every_kind_of_story_is_told(void **state)
{
    (void)state;
    const char *kind;
    json_t *count;
    size_t kinds = 0;
    json_object_foreach(json_object_get(full->truth[0], "member_stories"), kind, count)
    {
        assert_true(json_integer_value(count) > 0);
        kinds++;
    }
    assert_int_equal(kinds, 19);
}

// The place of a segment in the ADT structures, 0 for one that is none of ours.
static int rank_of(const char *segment)
{
    static const char order[] = "MSH EVN PID PD1 MRG PV1 PV2 DG1 IN1 ";
    char name[5] = {segment[0], segment[1], segment[2], ' ', '\0'};
    const char *at = strstr(order, name);
    return at ? (int)(at - order) / 4 + 1 : 0;
}

static void assert_segments(struct text message)
{
    static const int required[] = {1, 2, 3, 6};
    int last = 0;
    unsigned seen = 0;
    const char *p = message.p, *end = message.p + message.n;
    assert_int_equal(end[-1], '\r');
    while (p < end) {
        int rank = rank_of(p);
        assert_true(rank > last);
        assert_int_equal(p[3], '|');
        seen |= 1U << rank;
        last = rank;
        p = (const char *)memchr(p, '\r', (size_t)(end - p)) + 1;
    }
    for (int i = 0; i < 4; i++)
        assert_true(seen & 1U << required[i]);
}

static void assert_header(struct text message)
{
    char text[256];
    assert_string_equal(field(message, "MSH", 2, text), "^~\\&");
    assert_memory_equal(field(message, "MSH", 9, text), "ADT^A", 5);
    assert_true(*field(message, "MSH", 10, text));
    assert_true(strchr("PT", *field(message, "MSH", 11, text)) && strlen(text) == 1);
    assert_string_equal(field(message, "MSH", 12, text), "2.5.1");
    assert_string_equal(field(message, "MSH", 15, text), "");
    assert_string_equal(field(message, "MSH", 16, text), "");
    assert_string_equal(field(message, "MSH", 18, text), "UNICODE UTF-8");
}

static void assert_patient(struct text message)
{
    char text[256], authority[256], facility[256];
    field(message, "PID", 3, text);
    assert_string_equal(piece(text, '^', 4, authority), field(message, "MSH", 4, facility));
    assert_true(*field(message, "PID", 5, text) && *text != '^');
    assert_int_equal(strlen(field(message, "PID", 7, text)), 8);
    assert_true(strchr("FM", *field(message, "PID", 8, text)));
    assert_true(*field(message, "PV1", 2, text));
    assert_true(*text == 'N' || *field(message, "PV1", 19, text));
}

static void every_message_is_well_formed(void **state)
{
    (void)state;
    for (size_t o = outputs(); o-- > 0;)
        for (size_t i = 0; i < both[o]->n_messages; i++) {
            assert_segments(both[o]->messages[i]);
            assert_header(both[o]->messages[i]);
            assert_patient(both[o]->messages[i]);
        }
}

struct sent {
    char control_id[64];
    struct text message;
};

static int by_control_id(const void *a, const void *b)
{
    return strcmp(((const struct sent *)a)->control_id, ((const struct sent *)b)->control_id);
}

static void a_control_id_comes_twice_only_with_the_same_bytes(void **state)
{
    (void)state;
    struct sent *sent = calloc(mixed->n_messages, sizeof *sent);
    char text[256];
    long repeats = 0;
    assert_non_null(sent);
    for (size_t i = 0; i < mixed->n_messages; i++) {
        sent[i].message = mixed->messages[i];
        strncpy(sent[i].control_id, field(mixed->messages[i], "MSH", 10, text), sizeof sent[i].control_id - 1);
    }
    qsort(sent, mixed->n_messages, sizeof *sent, by_control_id);
    for (size_t i = 1; i < mixed->n_messages; i++) {
        if (by_control_id(&sent[i - 1], &sent[i]) != 0)
            continue;
        assert_int_equal(sent[i].message.n, sent[i - 1].message.n);
        assert_memory_equal(sent[i].message.p, sent[i - 1].message.p, sent[i].message.n);
        repeats++;
    }
    assert_int_equal(repeats, json_count(mixed->truth[0], "duplicates"));
    assert_in_range(repeats, 30, 180);
    free(sent);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void assert_all_different(const char **texts, size_t n)
{
    qsort(texts, n, sizeof *texts, by_text);
    for (size_t i = 1; i < n; i++)
        assert_string_not_equal(texts[i - 1], texts[i]);
}

static void no_two_members_share_a_number_or_all_four_of_name_birth_and_sex(void **state)
{
    (void)state;
    struct output *many = output_of(DAY "--messages 1 --members 60000");
    const char **texts = calloc(many->n_members, sizeof *texts);
    static const enum column numbers[] = {MEMBER_ID, CIN, PLAN_ID};
    assert_non_null(texts);
    assert_int_equal(many->n_members, 60000);
    for (int c = 0; c < 3; c++) {
        for (size_t i = 0; i < many->n_members; i++)
            texts[i] = many->members[i].columns[numbers[c]];
        assert_all_different(texts, many->n_members);
    }
    for (size_t i = 0; i < many->n_members; i++)
        texts[i] = many->members[i].person;
    assert_all_different(texts, many->n_members);
    free((void *)texts);
    output_free(many);
}

static void every_cin_is_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < full->n_members; i++) {
        const char *cin = full->members[i].columns[CIN];
        assert_int_equal(strlen(cin), 9);
        assert_int_equal(cin[0], '9');
        assert_int_equal(strspn(cin + 1, "0123456789"), 7);
        assert_true(strchr("ACDEFGHMNTUVWXYZ", cin[8]));
    }
}

static long per_thousand(long n)
{
    assert_true(full->n_members > 0);
    return full->n_members ? n * 1000 / (long)full->n_members : 0;
}

static void most_members_are_enrolled_and_some_are_not(void **state)
{
    (void)state;
    long outside = 0, ended = 0, starting = 0, out_before = 0, out_within = 0;
    for (size_t i = 0; i < full->n_members; i++) {
        char *const *columns = full->members[i].columns;
        const char *out = columns[OPTED_OUT_ON];
        outside += !*columns[PROGRAM];
        ended += *columns[ENROLLED_TO] != '\0';
        starting += strcmp(columns[ENROLLED_FROM], "2026-11-10") >= 0;
        out_before += *out && strcmp(out, "2026-11-10") < 0;
        out_within += *out && strcmp(out, "2026-11-10") >= 0;
    }
    assert_in_range(per_thousand(outside), 40, 80);
    assert_in_range(per_thousand(ended), 18, 45);
    assert_in_range(per_thousand(starting), 10, 32);
    assert_in_range(per_thousand(out_before), 18, 45);
    assert_in_range(per_thousand(out_within), 2, 20);
}

static void facts_that_conditions_ask_about_are_true_of_some(void **state)
{
    (void)state;
    long homeless = 0, at_high_risk = 0, hungry = 0, with_smi = 0, pregnant = 0, dual = 0, unknown = 0;
    for (size_t i = 0; i < full->n_members; i++) {
        char *const *columns = full->members[i].columns;
        homeless += strcmp(columns[HOMELESS], "yes") == 0 || strcmp(columns[HOMELESS], "chronic") == 0;
        at_high_risk += strcmp(columns[RISK], "high") == 0;
        hungry += strstr(columns[NEEDS], "food") != NULL;
        with_smi += strstr(columns[CONDITIONS], "smi") != NULL;
        pregnant += *columns[PREGNANT_UNTIL] != '\0';
        dual += strcmp(columns[DUAL], "yes") == 0;
        unknown += !*columns[COUNTY];
        assert_true(!*columns[PREGNANT_UNTIL] || strcmp(columns[SEX], "F") == 0);
    }
    assert_in_range(per_thousand(homeless), 35, 90);
    assert_in_range(per_thousand(at_high_risk), 110, 190);
    assert_in_range(per_thousand(hungry), 85, 160);
    assert_in_range(per_thousand(with_smi), 65, 140);
    assert_in_range(per_thousand(pregnant), 3, 40);
    assert_in_range(per_thousand(dual), 60, 300);
    assert_in_range(per_thousand(unknown), 10, 55);
}

static void coordinators_have_mail_under_example_org(void **state)
{
    (void)state;
    for (size_t i = 0; i < full->n_members; i++) {
        char *const *columns = full->members[i].columns;
        assert_int_equal(*columns[PROGRAM] != '\0', *columns[COORDINATOR] != '\0');
        assert_int_equal(*columns[PROGRAM] != '\0', strstr(columns[COORDINATOR_EMAIL], ".example.org") != NULL);
    }
}

static void no_message_is_dated_after_noon_of_the_last_day(void **state)
{
    (void)state;
    char text[256];
    for (size_t o = outputs(); o-- > 0;)
        for (size_t i = 0; i < both[o]->n_messages; i++)
            assert_true(strncmp(field(both[o]->messages[i], "MSH", 7, text), "202611221200", 12) < 0);
}

static void no_local_time_is_one_that_comes_twice(void **state)
{
    (void)state;
    struct output *autumn = output_of("--date 2026-11-02 --messages 6000 --days 2");
    char text[256];
    long that_night = 0;
    for (size_t i = 0; i < autumn->n_messages; i++) {
        field(autumn->messages[i], "EVN", 2, text);
        assert_memory_not_equal(text, "2026110101", 10);
        assert_memory_not_equal(field(autumn->messages[i], "EVN", 6, text), "2026110101", 10);
        that_night += strncmp(text, "2026110102", 10) == 0;
    }
    assert_true(that_night > 0);
    output_free(autumn);
}

static bool is_found(const json_t *transition)
{
    return json_is_true(json_object_get(transition, "found"));
}

static void each_member_s_transitions_are_a_chain_that_begins_at_home(void **state)
{
    (void)state;
    for (size_t i = 1; i < full->n_truth; i++) {
        const char *member = json_text(full->truth[i], "member"), *before = "home";
        assert_non_null(member_by_id(full, member));
        for (size_t k = 1; k < i; k++) {
            assert_true(strcmp(json_text(full->truth[k], "at"), json_text(full->truth[i], "at")) <= 0);
            if (strcmp(json_text(full->truth[k], "member"), member) == 0)
                before = json_text(full->truth[k], "to");
        }
        assert_string_equal(json_text(full->truth[i], "from"), before);
        if (strcmp(before, "inpatient") != 0) // else to another hospital
            assert_string_not_equal(json_text(full->truth[i], "to"), before);
        assert_string_not_equal(before, "died");
    }
}

// "2026-11-19T14:05:00-08:00" as "202611191405".
static void minute_of(const char *at, char out[13])
{
    static const int digits[] = {0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15};
    for (int i = 0; i < 12; i++)
        out[i] = at[digits[i]];
    out[12] = '\0';
}

// The message says that something of that trigger set happened in that minute.
static bool tells(struct text message, const char *triggers, int time_field, const char minute[13])
{
    char type[256], trigger[256], time[256];
    if (!strstr(triggers, piece(field(message, "MSH", 9, type), '^', 2, trigger)))
        return false;
    return strncmp(field(message, "PV1", time_field, time), minute, 12) == 0 ||
           strncmp(field(message, "EVN", 6, time), minute, 12) == 0;
}

static bool is_told(const struct output *output, const json_t *transition)
{
    const struct member *member = member_by_id(output, json_text(transition, "member"));
    bool leaves = *json_text(transition, "disposition") != '\0';
    char minute[13];
    minute_of(json_text(transition, "at"), minute);
    for (size_t i = 0; i < output->n_messages; i++) {
        bool told = leaves ? tells(output->messages[i], "A03", 45, minute)
                           : tells(output->messages[i], "A01 A04 A06 A07", 44, minute);
        if (told && member_of(output, output->messages[i]) == member)
            return true;
    }
    return false;
}

static void each_found_transition_is_told_by_a_message_of_that_member_at_that_minute(void **state)
{
    (void)state;
    for (size_t o = outputs(); o-- > 0;)
        for (size_t i = 1; i < both[o]->n_truth; i++)
            assert_int_equal(is_told(both[o], both[o]->truth[i]), is_found(both[o]->truth[i]));
}

static bool has_transition(const struct output *output, const struct member *member, const char minute[13])
{
    char its[13];
    for (size_t i = 1; i < output->n_truth; i++) {
        minute_of(json_text(output->truth[i], "at"), its);
        if (strcmp(its, minute) == 0 && strcmp(json_text(output->truth[i], "member"), member->columns[MEMBER_ID]) == 0)
            return true;
    }
    return false;
}

static void a_cancelled_admission_or_discharge_is_no_transition(void **state)
{
    (void)state;
    long cancels = 0;
    for (size_t i = 0; i < full->n_messages; i++) {
        char type[256], time[256];
        const char *cancel = field(full->messages[i], "MSH", 9, type);
        if (strncmp(cancel, "ADT^A11", 7) != 0 && strncmp(cancel, "ADT^A13", 7) != 0)
            continue;
        const struct member *member = member_of(full, full->messages[i]);
        if (!member || !*field(full->messages[i], "EVN", 6, time)) // EVN-6: when the cancelled thing happened
            continue;
        time[12] = '\0';
        assert_false(has_transition(full, member, time));
        cancels++;
    }
    assert_true(cancels > 5);
}

static void tasks_are_for_the_enrolled_who_have_not_opted_out(void **state)
{
    (void)state;
    long with = 0, without = 0;
    for (size_t i = 1; i < full->n_truth; i++) {
        char *const *c = member_by_id(full, json_text(full->truth[i], "member"))->columns;
        char day[11];
        memcpy(day, json_text(full->truth[i], "at"), 10);
        day[10] = '\0';
        bool enrolled =
            *c[PROGRAM] && strcmp(c[ENROLLED_FROM], day) <= 0 && (!*c[ENROLLED_TO] || strcmp(c[ENROLLED_TO], day) >= 0);
        bool tasks = json_is_true(json_object_get(full->truth[i], "tasks"));
        assert_int_equal(tasks, enrolled && !*c[OPTED_OUT_ON]);
        with += tasks;
        without += !tasks;
    }
    assert_true(with > 500 && without > 50);
}

static void the_sample_feeds_are_those_of_the_facilities(void **state)
{
    (void)state;
    char yaml[8192], entry[512];
    FILE *file = fopen("deploy/feeds/sample.yaml", "r");
    assert_non_null(file);
    yaml[fread(yaml, 1, sizeof yaml - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    for (int i = 0; i < HO_SIM_FACILITIES; i++) {
        const struct ho_sim_facility *f = &ho_sim_facilities[i];
        int n = snprintf(entry, sizeof entry,
                         "  - name: %s\n    sending_application: %s\n    sending_facility: %s\n    facility: %s\n"
                         "    setting: %s\n    zone: America/Los_Angeles\n    mrn_authority: %s\n"
                         "    member_id_authorities: [MEDI-CAL]\n    test_traffic: count\n",
                         f->feed, f->application, f->code, f->name, f->skilled_nursing ? "skilled-nursing" : "hospital",
                         f->code);
        assert_in_range(n, 1, sizeof entry - 1);
        assert_non_null(strstr(yaml, entry));
    }
}

static void assert_refused(const char *arguments, const char *says)
{
    char *argv[16], *rest = NULL, *copy = strdup(arguments);
    int argc = 0;
    bool wants_help;
    struct ho_sim_options options;
    struct ho_error error = {""};
    assert_non_null(copy);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    assert_int_equal(ho_sim_options_read(argc, argv, &options, &wants_help, &error), HO_REJECT);
    assert_non_null(strstr(error.text, says));
    free(copy);
    assert_int_equal(simulate_status(arguments), 2);
}

static void a_wrong_option_is_refused_with_its_range(void **state)
{
    (void)state;
    assert_refused("--messages 0 --out d", "--messages 0: give a whole number from 1 to 5000000");
    assert_refused("--messages 5000001 --out d", "from 1 to 5000000");
    assert_refused("--messages 1e5 --out d", "from 1 to 5000000");
    assert_refused("--messages 99999999999999999999999 --out d", "from 1 to 5000000");
    assert_refused("--messages 10 --members -3 --out d", "--members -3: give a whole number from 1 to 5000000");
    assert_refused("--messages 10 --days 93 --out d", "from 1 to 92");
    assert_refused("--messages 10 --seed x --out d", "from 0 to 18446744073709551615");
    assert_refused("--messages 10 --member-share 1.01 --out d", "from 0 to 1");
    assert_refused("--messages 10 --member-share 5% --out d", "from 0 to 1");
    assert_refused("--messages 10 --date 2026-02-29 --out d", "--date 2026-02-29: give a date as YYYY-MM-DD");
    assert_refused("--messages 10 --date 20261122 --out d", "from 2023-01-01 to 2099-12-31");
    assert_refused("--messages 10 --sed 3 --out d", "--sed: there is no such option");
    assert_refused("--messages 10 --out", "--out: a value is missing");
    assert_refused("--messages 10", "--out is missing");
    assert_refused("--out d", "--messages is missing");
}

static void a_folder_that_cannot_be_made_fails(void **state)
{
    (void)state;
    assert_int_equal(simulate_status("--messages 10 --out /dev/null/here"), 1);
    assert_int_equal(simulate_status("--messages 10 --out /dev/null"), 1);
}

static void a_file_that_cannot_be_written_fails_and_leaves_nothing(void **state)
{
    (void)state;
    char folder[] = "/tmp/simulate-test-XXXXXX", arguments[128], blocked[64];
    assert_non_null(mkdtemp(folder));
    assert_true(snprintf(blocked, sizeof blocked, "%s/roster.csv", folder) > 0);
    assert_int_equal(mkdir(blocked, 0700), 0); // a folder stands where the file belongs
    assert_true(snprintf(arguments, sizeof arguments, "--messages 10 --out %s", folder) > 0);
    assert_int_equal(simulate_status(arguments), 1);
    assert_int_equal(rmdir(blocked), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void too_few_members_are_refused_before_anything_is_written(void **state)
{
    (void)state;
    char folder[] = "/tmp/simulate-test-XXXXXX", arguments[128];
    assert_non_null(mkdtemp(folder));
    assert_true(snprintf(arguments, sizeof arguments, "--messages 2000 --member-share 1 --members 5 --out %s", folder) >
                0);
    assert_int_equal(simulate_status(arguments), 1);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_options_write_the_same_bytes_on_every_machine),
        cmocka_unit_test(another_seed_writes_other_people_and_messages),
        cmocka_unit_test(there_are_just_as_many_messages_as_asked),
        cmocka_unit_test(the_summary_counts_what_a_careful_person_finds),
        cmocka_unit_test(an_encounter_has_about_eight_messages),
        cmocka_unit_test(every_kind_of_story_is_told),
        cmocka_unit_test(every_message_is_well_formed),
        cmocka_unit_test(a_control_id_comes_twice_only_with_the_same_bytes),
        cmocka_unit_test(no_two_members_share_a_number_or_all_four_of_name_birth_and_sex),
        cmocka_unit_test(every_cin_is_one),
        cmocka_unit_test(most_members_are_enrolled_and_some_are_not),
        cmocka_unit_test(facts_that_conditions_ask_about_are_true_of_some),
        cmocka_unit_test(coordinators_have_mail_under_example_org),
        cmocka_unit_test(no_message_is_dated_after_noon_of_the_last_day),
        cmocka_unit_test(no_local_time_is_one_that_comes_twice),
        cmocka_unit_test(each_member_s_transitions_are_a_chain_that_begins_at_home),
        cmocka_unit_test(each_found_transition_is_told_by_a_message_of_that_member_at_that_minute),
        cmocka_unit_test(a_cancelled_admission_or_discharge_is_no_transition),
        cmocka_unit_test(tasks_are_for_the_enrolled_who_have_not_opted_out),
        cmocka_unit_test(the_sample_feeds_are_those_of_the_facilities),
        cmocka_unit_test(a_wrong_option_is_refused_with_its_range),
        cmocka_unit_test(a_folder_that_cannot_be_made_fails),
        cmocka_unit_test(a_file_that_cannot_be_written_fails_and_leaves_nothing),
        cmocka_unit_test(too_few_members_are_refused_before_anything_is_written),
    };
    return cmocka_run_group_tests(tests, make_outputs, free_outputs);
}
