// The files that a plan edits: what is read from them, and what is said of each mistake.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "handoff/digest.h"
#include "handoff/platform/yaml.h"

// ---- A folder for a test --------------------------------------------------------------------------------

struct folder {
    char *dir, *file[2];
    size_t n;
    struct ho_error error;
    struct ho_calendar_set *calendars;
    struct ho_protocol_set *protocols;
    struct ho_feed_set *feeds;
    struct ho_code_set *codes;
};

static int set_up(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    f->dir = strdup("/tmp/handoff-yaml-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    assert_int_equal(ho_calendars_load("deploy/calendars", &f->calendars, &f->error), HO_OK);
    *state = f;
    return 0;
}

static void remove_files(struct folder *f)
{
    while (f->n > 0) {
        unlink(f->file[--f->n]);
        free(f->file[f->n]);
    }
}

static int tear_down(void **state)
{
    struct folder *f = *state;
    remove_files(f);
    rmdir(f->dir);
    free(f->dir);
    ho_protocol_set_free(f->protocols);
    ho_feed_set_free(f->feeds);
    ho_code_set_free(f->codes);
    ho_calendar_set_free(f->calendars);
    free(f);
    return 0;
}

static void put(struct folder *f, const char *name, const char *text)
{
    assert_true(f->n < 2);
    assert_true(asprintf(&f->file[f->n], "%s/%s", f->dir, name) > 0);
    FILE *stream = fopen(f->file[f->n++], "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(text, 1, strlen(text), stream), strlen(text));
    fclose(stream);
}

// The text with the first `from` replaced.
static void put_changed(struct folder *f, const char *name, const char *text, const char *from, const char *to)
{
    char changed[4096];
    const char *at = strstr(text, from);
    assert_non_null(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    put(f, name, changed);
}

// The error behind the folder's name.
static void expect_error(struct folder *f, const char *words)
{
    size_t n = strlen(f->dir);
    assert_int_equal(strncmp(f->error.text, f->dir, n), 0);
    assert_string_equal(f->error.text + n + 1, words);
}

static const char CALENDAR[] = "name: plan\n"
                               "zone: America/Los_Angeles\n"
                               "opens: \"08:00\"\n"
                               "closes: \"17:00\"\n"
                               "holidays:\n"
                               "  - name: New Year\n"
                               "    month: 1\n"
                               "    day: 1\n"
                               "  - name: Thanksgiving\n"
                               "    month: 11\n"
                               "    nth: 4\n"
                               "    weekday: thursday\n";

static const char PROTOCOL[] = "name: care\n"
                               "program: ECM\n"
                               "calendar: california-plan\n"
                               "measure_calendar: us-federal\n"
                               "tasks:\n"
                               "  - key: contact\n"
                               "    title: Contact the member\n"
                               "    why: It matters.\n"
                               "    role: coordinator\n"
                               "    on: [discharge]\n"
                               "    to: [home]\n"
                               "    until: [admission]\n"
                               "    due: 2 business days\n"
                               "    closes_with: [reached, not-reached]\n"
                               "  - key: visit\n"
                               "    title: Visit\n"
                               "    why: It matters too.\n"
                               "    purpose: follow-up\n"
                               "    role: pharmacist\n"
                               "    on: [discharge, snf-discharge]\n"
                               "    due: 1 day\n"
                               "    closes_with: [done]\n"
                               "notices:\n"
                               "  - key: admission\n"
                               "    title: Admitted\n"
                               "    on: [admission]\n"
                               "    roles: [coordinator, team]\n";

// With every word that may be left out.
static const char FULL[] = "name: care\n"
                           "program: ECM\n"
                           "calendar: california-plan\n"
                           "measure_calendar: us-federal\n"
                           "known_within: 30 days\n"
                           "notices_within: 7 days\n"
                           "reminders:\n"
                           "  - {key: due-soon, title: Due soon, before: 8 hours, roles: [coordinator]}\n"
                           "  - key: escalated\n"
                           "    title: Escalated\n"
                           "    after: 1 business day\n"
                           "    roles: [supervisor, team]\n"
                           "tasks:\n"
                           "  - key: visit\n"
                           "    title: Visit\n"
                           "    why: It matters.\n"
                           "    role: coordinator\n"
                           "    on: [discharge, discharge-announced]\n"
                           "    when:\n"
                           "      to: home\n"
                           "      condition: [smi, sud]\n"
                           "      homeless: [yes, chronic]\n"
                           "      age: 18..64\n"
                           "    unless: {flag: planned, language: [en, unknown]}\n"
                           "    starts: 7 days\n"
                           "    due: 14 days\n"
                           "    reminders: [escalated, due-soon]\n"
                           "    closes_with: [done]\n"
                           "    measure: tcm-visit-14\n"
                           "    serves: [follow-up, care-transitions]\n"
                           "notices:\n"
                           "  - key: admission\n"
                           "    title: Admitted\n"
                           "    on: [admission]\n"
                           "    unless: {flag: [planned]}\n"
                           "    roles: [coordinator]\n";

static const char FEEDS[] = "feeds:\n"
                            "  - name: general\n"
                            "    sending_application: EPIC\n"
                            "    sending_facility: GENERAL\n"
                            "    facility: General\n"
                            "    setting: hospital\n"
                            "    zone: America/Los_Angeles\n"
                            "    mrn_authority: GEN\n"
                            "    member_id_authorities: [MEDI-CAL]\n"
                            "    test_traffic: count\n"
                            "    a08_admits: yes\n"
                            "    nursing_units: [TCU, SWING]\n"
                            "  - name: default\n"
                            "    sending_application: \"*\"\n"
                            "    sending_facility: \"*\"\n"
                            "    facility: \"\"\n"
                            "    setting: skilled-nursing\n"
                            "    zone: America/Los_Angeles\n"
                            "    mrn_authority: \"\"\n"
                            "    member_id_authorities: []\n"
                            "    test_traffic: work\n";

static const char CODES[] = "groups:\n"
                            "  - key: bipolar\n"
                            "    title: Bipolar disorder\n"
                            "    prefixes: [F30, F31]\n"
                            "    except: [F317]\n"
                            "  - key: smi\n"
                            "    title: Serious mental illness\n"
                            "    prefixes: [F2]\n"
                            "    includes: [bipolar]\n";

static const struct ho_codes *codes_of(struct folder *f)
{
    if (!f->codes)
        assert_int_equal(ho_codes_load("deploy/codes", &f->codes, &f->error), HO_OK);
    return ho_code_set_codes(f->codes);
}

static void refuse_calendar(struct folder *f, const char *from, const char *to, const char *words)
{
    struct ho_calendar_set *set = NULL;
    put_changed(f, "bad.yaml", CALENDAR, from, to);
    assert_int_equal(ho_calendars_load(f->dir, &set, &f->error), HO_REJECT);
    assert_null(set);
    expect_error(f, words);
}

static void refuse_protocol(struct folder *f, const char *from, const char *to, const char *words)
{
    put_changed(f, "bad.yaml", PROTOCOL, from, to);
    assert_int_equal(ho_protocols_load(f->dir, f->calendars, codes_of(f), &f->protocols, &f->error), HO_REJECT);
    assert_null(f->protocols);
    expect_error(f, words);
}

static void refuse_full(struct folder *f, const char *from, const char *to, const char *words)
{
    put_changed(f, "bad.yaml", FULL, from, to);
    assert_int_equal(ho_protocols_load(f->dir, f->calendars, codes_of(f), &f->protocols, &f->error), HO_REJECT);
    assert_null(f->protocols);
    expect_error(f, words);
}

static void refuse_codes(struct folder *f, const char *from, const char *to, const char *words)
{
    put_changed(f, "bad.yaml", CODES, from, to);
    assert_int_equal(ho_codes_load(f->dir, &f->codes, &f->error), HO_REJECT);
    assert_null(f->codes);
    expect_error(f, words);
}

static void refuse_feeds(struct folder *f, const char *from, const char *to, const char *words)
{
    put_changed(f, "bad.yaml", FEEDS, from, to);
    assert_int_equal(ho_feeds_load(f->dir, &f->feeds, &f->error), HO_REJECT);
    assert_null(f->feeds);
    expect_error(f, words);
}

// ---- What is read ---------------------------------------------------------------------------------------

static void the_federal_calendar_of_this_repository_is_right_for_2026(void **state)
{
    static const uint32_t dates[] = {20260101, 20260119, 20260216, 20260525, 20260619, 20260703,
                                     20260704, 20260907, 20261012, 20261111, 20261126, 20261225};
    struct folder *f = *state;
    const struct ho_calendar *federal = ho_calendar_set_find(f->calendars, "us-federal");
    size_t next = 0;
    assert_non_null(federal);
    for (uint32_t date = 20260101; date <= 20261231; date = ho_date_add(date, 1)) {
        bool expected = next < sizeof dates / sizeof dates[0] && dates[next] == date;
        assert_int_equal(ho_calendar_is_holiday(federal, date), expected);
        next += expected;
    }
    assert_false(ho_calendar_is_holiday(federal, 20200619));
}

static void the_plans_calendar_of_this_repository_has_its_own_holidays(void **state)
{
    struct folder *f = *state;
    const struct ho_calendar *plan = ho_calendar_set_find(f->calendars, "california-plan");
    assert_non_null(plan);
    assert_true(ho_calendar_is_holiday(plan, 20260331));
    assert_true(ho_calendar_is_holiday(plan, 20261127));
    assert_false(ho_calendar_is_holiday(plan, 20261012));
    assert_string_equal(ho_zone_name(plan->zone), "America/Los_Angeles");
    assert_int_equal(plan->closes_minute, 17 * 60);
    assert_null(ho_calendar_set_find(f->calendars, "none"));
}

static const struct ho_task_template *template_of(const struct ho_protocol *protocol, const char *key)
{
    for (size_t i = 0; i < protocol->n_tasks; i++) {
        if (strcmp(protocol->tasks[i].key, key) == 0)
            return &protocol->tasks[i];
    }
    fail_msg("no template %s", key);
    return NULL;
}

static void the_protocol_of_this_repository_asks_for_what_transitional_care_needs(void **state)
{
    struct folder *f = *state;
    size_t n;
    assert_int_equal(ho_protocols_load("deploy/protocols", f->calendars, codes_of(f), &f->protocols, &f->error), HO_OK);
    const struct ho_protocol *p = ho_protocol_set_items(f->protocols, &n)[0];
    assert_int_equal(n, 2); // by name; the second is of the Health Homes Program
    assert_string_equal(p->program, "ECM");
    assert_string_equal(p->measure_calendar->name, "us-federal");
    const struct ho_task_template *contact = template_of(p, "contact-after-discharge");
    assert_int_equal(contact->on, HO_ON_DISCHARGE);
    assert_int_equal(contact->due.amount, 2);
    assert_int_equal(contact->due.unit, HO_DUE_BUSINESS_DAYS);
    assert_int_equal(template_of(p, "follow-up-visit")->due.amount, 7);
    assert_int_equal(template_of(p, "contact-after-leaving-against-advice")->due.amount, 1);
    assert_int_equal(template_of(p, "death-tell-team")->on, HO_ON_DEATH);
}

static void the_feeds_of_this_repository_are_read(void **state)
{
    struct folder *f = *state;
    assert_int_equal(ho_feeds_load("deploy/feeds", &f->feeds, &f->error), HO_OK);
    assert_true(ho_feed_set_feeds(f->feeds)->n > 1);
}

static void a_protocol_is_read_as_it_stands(void **state)
{
    struct folder *f = *state;
    size_t n;
    uint8_t hash[32];
    struct ho_bytes bytes = ho_bytes_of(PROTOCOL);
    put(f, "care.yaml", PROTOCOL);
    assert_int_equal(ho_protocols_load(f->dir, f->calendars, codes_of(f), &f->protocols, &f->error), HO_OK);
    const struct ho_protocol *p = ho_protocol_set_items(f->protocols, &n)[0];
    ho_digest(&bytes, 1, hash);
    assert_memory_equal(p->hash, hash, sizeof hash);
    assert_int_equal(p->n_tasks, 2);
    assert_string_equal(p->tasks[0].purpose, "contact"); // its key
    assert_string_equal(p->tasks[1].purpose, "follow-up");
    assert_int_equal(p->tasks[0].to_places, 1U << HO_SETTING_HOME);
    assert_int_equal(p->tasks[1].to_places, 0);
    assert_int_equal(p->tasks[0].until, HO_ON_ADMISSION);
    assert_int_equal(p->tasks[1].on, HO_ON_DISCHARGE | HO_ON_SNF_DISCHARGE);
    assert_int_equal(p->tasks[1].due.unit, HO_DUE_DAYS);
    assert_int_equal(p->tasks[0].n_closes_with, 2);
    assert_string_equal(p->tasks[0].closes_with[1], "not-reached");
    assert_int_equal(p->notices[0].n_roles, 2);
}

static const struct ho_clause *clause_of(const struct ho_task_template *task, enum ho_fact fact)
{
    for (size_t i = 0; i < task->n_when; i++) {
        if (task->when[i].fact == fact)
            return &task->when[i];
    }
    fail_msg("no clause about %s", ho_fact_name(fact));
    return NULL;
}

static void expect_span(const struct ho_due *span, int amount, enum ho_due_unit unit)
{
    assert_int_equal(span->amount, amount);
    assert_int_equal(span->unit, unit);
}

static void conditions_are_read_as_one_word_or_a_list(void **state)
{
    struct folder *f = *state;
    size_t n;
    put(f, "care.yaml", FULL);
    assert_int_equal(ho_protocols_load(f->dir, f->calendars, codes_of(f), &f->protocols, &f->error), HO_OK);
    const struct ho_protocol *p = ho_protocol_set_items(f->protocols, &n)[0];
    const struct ho_task_template *task = &p->tasks[0];
    assert_int_equal(task->n_when, 6);
    assert_int_equal(clause_of(task, HO_FACT_TO)->mask, 1U << HO_SETTING_HOME);
    assert_int_equal(clause_of(task, HO_FACT_CONDITION)->mask,
                     ho_codes_group(codes_of(f), HO_BYTES_LITERAL("smi")) |
                         ho_codes_group(codes_of(f), HO_BYTES_LITERAL("sud")));
    assert_int_equal(clause_of(task, HO_FACT_HOMELESS)->n_words, 2);
    assert_string_equal(clause_of(task, HO_FACT_HOMELESS)->words[1], "chronic");
    assert_int_equal(clause_of(task, HO_FACT_AGE)->least, 18);
    assert_int_equal(clause_of(task, HO_FACT_AGE)->most, 64);
    assert_false(clause_of(task, HO_FACT_AGE)->unless);
    assert_int_equal(clause_of(task, HO_FACT_FLAG)->mask, HO_FLAG_PLANNED);
    assert_true(clause_of(task, HO_FACT_FLAG)->unless);
    assert_int_equal(p->notices[0].n_when, 1);
    assert_true(p->notices[0].when[0].unless);
}

static void reminders_and_spans_are_read_as_they_stand(void **state)
{
    struct folder *f = *state;
    size_t n;
    put(f, "care.yaml", FULL);
    assert_int_equal(ho_protocols_load(f->dir, f->calendars, codes_of(f), &f->protocols, &f->error), HO_OK);
    const struct ho_protocol *p = ho_protocol_set_items(f->protocols, &n)[0];
    const struct ho_task_template *task = &p->tasks[0];
    expect_span(&p->known_within, 30, HO_DUE_DAYS);
    expect_span(&p->notices_within, 7, HO_DUE_DAYS);
    expect_span(&task->starts, 7, HO_DUE_DAYS);
    assert_int_equal(task->n_reminders, 2);
    assert_string_equal(task->reminders[0].key, "escalated");
    assert_false(task->reminders[0].before);
    expect_span(&task->reminders[0].by, 1, HO_DUE_BUSINESS_DAYS);
    assert_int_equal(task->reminders[0].n_roles, 2);
    assert_true(task->reminders[1].before);
    expect_span(&task->reminders[1].by, 8, HO_DUE_HOURS);
    assert_string_equal(task->measure, "tcm-visit-14");
    assert_int_equal(task->n_serves, 2);
}

static void feeds_are_read_as_they_stand(void **state)
{
    struct folder *f = *state;
    put(f, "feeds.yaml", FEEDS);
    assert_int_equal(ho_feeds_load(f->dir, &f->feeds, &f->error), HO_OK);
    const struct ho_feeds *feeds = ho_feed_set_feeds(f->feeds);
    assert_int_equal(feeds->n, 2);
    assert_string_equal(feeds->feeds[0].facility, "General");
    assert_string_equal(feeds->feeds[0].member_id_authorities[0], "MEDI-CAL");
    assert_int_equal(feeds->feeds[0].test_traffic, HO_TEST_COUNT);
    assert_int_equal(feeds->feeds[1].test_traffic, HO_TEST_WORK);
    assert_int_equal(feeds->feeds[1].setting, HO_FACILITY_SKILLED_NURSING);
    assert_string_equal(feeds->feeds[1].mrn_authority, "");
    assert_ptr_equal(feeds->feeds[0].zone, feeds->feeds[1].zone);
    assert_true(feeds->feeds[0].a08_admits);
    assert_int_equal(feeds->feeds[0].n_nursing_units, 2);
    assert_string_equal(feeds->feeds[0].nursing_units[1], "SWING");
    assert_false(feeds->feeds[1].a08_admits);
    assert_int_equal(feeds->feeds[1].n_nursing_units, 0);
}

static void codes_are_read_as_they_stand(void **state)
{
    struct folder *f = *state;
    put(f, "codes.yaml", CODES);
    assert_int_equal(ho_codes_load(f->dir, &f->codes, &f->error), HO_OK);
    const struct ho_codes *codes = ho_code_set_codes(f->codes);
    assert_int_equal(codes->n, 2);
    assert_string_equal(codes->groups[1].title, "Serious mental illness");
    assert_int_equal(ho_codes_of(codes, HO_BYTES_LITERAL("F31.9")), 3);
    assert_int_equal(ho_codes_of(codes, HO_BYTES_LITERAL("F31.7")), 0);
    assert_int_equal(ho_codes_of(codes, HO_BYTES_LITERAL("F20")), 2);
}

// A sample of what each group is for; the lists themselves are the plan's to edit.
static void the_groups_of_this_repository_know_their_codes(void **state)
{
    static const struct {
        const char *code, *group;
    } samples[] = {
        {"J44.1", "copd"},
        {"J45.909", "asthma"},
        {"E11.65", "diabetes"},
        {"S06.5X0A", "brain-injury"},
        {"I50.9", "heart-failure"},
        {"I11.0", "heart-failure"},
        {"I25.10", "coronary-artery-disease"},
        {"K74.60", "liver-disease"},
        {"N18.6", "renal-disease"},
        {"G30.9", "dementia"},
        {"I10", "hypertension"},
        {"I11.0", "hypertension"},
        {"F11.20", "opioid"},
        {"F11.20", "sud"},
        {"F10.129", "alcohol"},
        {"F32.2", "smi"},
        {"F31.9", "smi"},
        {"F20.9", "psychosis"},
        {"F41.1", "mental-health"},
        {"T40.2X2A", "self-harm"},
        {"T40.1X1A", "overdose"},
        {"O80", "pregnancy"},
        {"A41.9", "sepsis"},
        {"J18.9", "pneumonia"},
        {"Z59.02", "homelessness"},
        {"Z59.41", "food-insecurity"},
    };
    struct folder *f = *state;
    assert_int_equal(ho_codes_load("deploy/codes", &f->codes, &f->error), HO_OK);
    const struct ho_codes *codes = ho_code_set_codes(f->codes);
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        uint64_t group = ho_codes_group(codes, ho_bytes_of(samples[i].group));
        assert_true(group && (ho_codes_of(codes, ho_bytes_of(samples[i].code)) & group));
    }
    assert_int_equal(ho_codes_of(codes, HO_BYTES_LITERAL("F11.21")), 0);   // in remission
    assert_int_equal(ho_codes_of(codes, HO_BYTES_LITERAL("T40.2X5A")), 0); // an adverse effect
}

static void files_of_other_kinds_are_passed_over(void **state)
{
    struct folder *f = *state;
    put(f, "README.md", "- not: [yaml");
    put(f, "feeds.yaml", FEEDS);
    assert_int_equal(ho_feeds_load(f->dir, &f->feeds, &f->error), HO_OK);
}

// ---- What is no file, and no YAML -----------------------------------------------------------------------

static void a_folder_that_is_not_there_is_named(void **state)
{
    struct folder *f = *state;
    assert_int_equal(ho_feeds_load("deploy/no-such-folder", &f->feeds, &f->error), HO_FATAL);
    assert_string_equal(
        f->error.text,
        "the folder deploy/no-such-folder cannot be read (No such file or directory); name one that can");
}

static void a_folder_without_files_is_refused(void **state)
{
    struct folder *f = *state;
    char expected[128];
    assert_int_equal(ho_feeds_load(f->dir, &f->feeds, &f->error), HO_REJECT);
    snprintf(expected, sizeof expected, "the folder %s has no .yaml file; put one there", f->dir);
    assert_string_equal(f->error.text, expected);
}

static enum ho_status load_calendars(struct folder *f)
{
    struct ho_calendar_set *set = NULL;
    enum ho_status status = ho_calendars_load(f->dir, &set, &f->error);
    ho_calendar_set_free(set);
    return status;
}

static enum ho_status load_protocols(struct folder *f)
{
    return ho_protocols_load(f->dir, f->calendars, NULL, &f->protocols, &f->error);
}

static enum ho_status load_programs(struct folder *f)
{
    struct ho_program_set *set = NULL;
    enum ho_status status = ho_programs_load(f->dir, f->calendars, NULL, &set, &f->error);
    ho_program_set_free(set);
    return status;
}

static enum ho_status load_codes(struct folder *f)
{
    return ho_codes_load(f->dir, &f->codes, &f->error);
}

static enum ho_status load_feeds(struct folder *f)
{
    return ho_feeds_load(f->dir, &f->feeds, &f->error);
}

// A file of any kind with this in it.
static void refuse_all(struct folder *f, const char *text, const char *words)
{
    static enum ho_status (*const loads[])(struct folder *) = {load_calendars, load_protocols, load_programs,
                                                               load_codes, load_feeds};
    put(f, "bad.yaml", text);
    for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++) {
        assert_int_equal(loads[i](f), HO_REJECT);
        expect_error(f, words);
    }
    remove_files(f);
}

static void a_file_of_any_kind_with_nothing_in_it_is_refused(void **state)
{
    refuse_all(*state, "", "bad.yaml:1: the file is empty; fill or remove it");
    refuse_all(*state, "# nothing\n", "bad.yaml:1: the file is empty; fill or remove it");
    refuse_all(*state, "---\n", "bad.yaml:1: words with values are needed here, as \"name: value\"");
}

static void a_file_of_any_kind_that_is_not_utf_8_is_refused_with_its_line(void **state)
{
    refuse_all(*state, "title: Caf\xe9 au lait\n",
               "bad.yaml:1: this is no text in UTF-8 (invalid trailing UTF-8 octet); save it as such");
    refuse_all(*state, "key: one\n# two\ntitle: \xff\n",
               "bad.yaml:3: this is no text in UTF-8 (invalid leading UTF-8 octet); save it as such");
    refuse_all(*state, "key: one\ntitle: \x01\n",
               "bad.yaml:2: this is no text in UTF-8 (control characters are not allowed); save it as such");
}

static void a_huge_file_of_any_kind_is_refused(void **state)
{
    enum { TOO_LONG = (1 << 20) + 1 };
    struct folder *f = *state;
    char *text = calloc(1, TOO_LONG + 1);
    memset(text, '#', TOO_LONG);
    refuse_all(f, text, "bad.yaml is longer than 1048576 bytes; divide it");
    free(text);
}

// Each word is looked for among those beside it, so that what nobody reads must not take hours either.
static void more_words_than_any_file_has_are_refused(void **state)
{
    enum { MOST = 1000, LONGEST = 16 };
    char text[(MOST + 1) * LONGEST];
    size_t n = 0;
    for (int i = 0; i <= MOST; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "k%d: 1\n", i);
    refuse_all(*state, text, "bad.yaml:1001: more than 1000 words stand side by side here; no file needs as many");
}

static void what_is_no_yaml_is_refused_with_its_line(void **state)
{
    refuse_protocol(*state, "program: ECM", "program: \"ECM",
                    "bad.yaml:28: this is no YAML: found unexpected end of stream, while scanning a quoted scalar that "
                    "begins in line 2");
}

static void a_tab_is_refused_with_its_line(void **state)
{
    refuse_protocol(*state, "program: ECM", "\tprogram: ECM",
                    "bad.yaml:2: this is no YAML: found a tab character that violates indentation, while scanning a "
                    "plain scalar that begins in line 1");
}

static void a_second_document_is_refused(void **state)
{
    refuse_protocol(*state,
                    "notices:", "---\nnotices:", "bad.yaml:23: a second document begins here; put it in its own file");
}

static void an_alias_is_refused(void **state)
{
    refuse_protocol(*state, "why: It matters too.", "why: *why",
                    "bad.yaml:17: aliases (*name) are not read; write the value itself");
}

static void a_list_in_place_of_words_is_refused(void **state)
{
    struct folder *f = *state;
    put(f, "bad.yaml", "- feeds\n");
    assert_int_equal(ho_feeds_load(f->dir, &f->feeds, &f->error), HO_REJECT);
    expect_error(f, "bad.yaml:1: words with values are needed here, as \"name: value\"");
}

static void deep_nesting_is_refused(void **state)
{
    struct folder *f = *state;
    put(f, "bad.yaml", "feeds: [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]\n");
    assert_int_equal(ho_feeds_load(f->dir, &f->feeds, &f->error), HO_REJECT);
    expect_error(f, "bad.yaml:1: this is nested too deeply");
}

// ---- Words and values of protocols ----------------------------------------------------------------------

static void an_unknown_word_is_refused_with_those_that_are_known(void **state)
{
    refuse_protocol(
        *state, "    title: Visit", "    titel: Visit",
        "bad.yaml:16: \"titel\" is not known here; known are: key, title, why, purpose, role, on, to, until, "
        "when, unless, starts, due, reminders, closes_with, home_with, measure, serves");
}

static void an_unknown_word_at_the_top_is_refused(void **state)
{
    refuse_protocol(*state, "program: ECM", "programme: ECM",
                    "bad.yaml:2: \"programme\" is not known here; known are: name, program, calendar, "
                    "measure_calendar, known_within, notices_within, reminders, tasks, notices");
}

static void a_missing_word_is_named(void **state)
{
    refuse_protocol(*state, "    due: 1 day\n", "", "bad.yaml:21: \"due\" is missing; add it");
}

static void a_word_that_stands_twice_is_refused(void **state)
{
    refuse_protocol(*state, "    purpose: follow-up", "    title: Visit again",
                    "bad.yaml:18: \"title\" stands here and in line 16; remove one of them");
}

static void an_empty_value_is_refused(void **state)
{
    refuse_protocol(*state, "title: Visit", "title:", "bad.yaml:16: a value is needed here");
}

static void a_value_in_place_of_a_list_is_refused(void **state)
{
    refuse_protocol(*state, "on: [discharge]", "on: discharge", "bad.yaml:10: a list is needed here, as [one, two]");
}

static void an_empty_list_is_refused(void **state)
{
    refuse_protocol(*state, "on: [discharge]", "on: []", "bad.yaml:10: the list needs an entry");
}

static void an_unknown_occasion_is_refused(void **state)
{
    refuse_protocol(*state, "on: [discharge]", "on: [discharge, dishcarge]",
                    "bad.yaml:10: \"dishcarge\" is no occasion; known are: ed-arrival, admission, discharge, "
                    "ed-discharge, snf-admission, snf-discharge, against-advice, death, discharge-announced, "
                    "transfer, silence");
}

static void an_unknown_occasion_under_until_is_refused(void **state)
{
    refuse_protocol(*state, "until: [admission]", "until: [return]",
                    "bad.yaml:12: \"return\" is no occasion; known are: ed-arrival, admission, discharge, "
                    "ed-discharge, snf-admission, snf-discharge, against-advice, death, discharge-announced, "
                    "transfer, silence");
}

static void an_unknown_setting_is_refused(void **state)
{
    refuse_protocol(*state, "to: [home]", "to: [house]",
                    "bad.yaml:11: \"house\" is no setting; known are: home, ed, inpatient, observation, snf, "
                    "other-facility, died, assisted-living");
}

static void an_unknown_role_is_refused(void **state)
{
    refuse_protocol(*state, "role: pharmacist", "role: pharmacy",
                    "bad.yaml:19: \"pharmacy\" is no role; known are: coordinator, pharmacist, supervisor, team");
}

static void an_unknown_role_of_a_notice_is_refused(void **state)
{
    refuse_protocol(
        *state, "roles: [coordinator, team]", "roles: [coordinator, teams]",
        "bad.yaml:27: \"teams\" is no role; known are: coordinator, supervisor, team, pcp, specialist, pharmacist, "
        "case-manager, cb-cme, community, family");
}

static void what_is_no_due_time_is_refused(void **state)
{
    static const char *const bad[] = {"2 workdays", "two days", "2",       "0 days",  "401 days",
                                      "1 days",     "2 day",    "2  days", "-1 days", "99999999999 days"};
    struct folder *f = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char words[200];
        snprintf(words, sizeof words,
                 "bad.yaml:13: \"%s\" is no due time; write it as \"2 business days\", \"7 days\" or \"24 hours\", at "
                 "most 400",
                 bad[i]);
        remove_files(f);
        refuse_protocol(f, "2 business days", bad[i], words);
    }
}

static void an_unknown_calendar_is_refused(void **state)
{
    refuse_protocol(*state, "calendar: california-plan", "calendar: california",
                    "bad.yaml:3: there is no calendar \"california\"; name one of the calendars' folder");
}

static void an_unknown_measure_calendar_is_refused(void **state)
{
    refuse_protocol(*state, "us-federal", "federal",
                    "bad.yaml:4: there is no calendar \"federal\"; name one of the calendars' folder");
}

static void a_key_that_stands_twice_is_refused(void **state)
{
    refuse_protocol(*state, "key: visit", "key: contact",
                    "bad.yaml:15: the key \"contact\" stands above already; tasks are known by their keys, so choose "
                    "another");
}

static void a_key_is_a_word(void **state)
{
    refuse_protocol(*state, "key: visit", "key: Visit soon",
                    "bad.yaml:15: \"Visit soon\" may have lower-case letters, digits and dashes only");
}

static void an_outcome_is_a_word(void **state)
{
    refuse_protocol(*state, "closes_with: [done]", "closes_with: [done, Not Done]",
                    "bad.yaml:22: \"Not Done\" may have lower-case letters, digits and dashes only");
}

static void an_outcome_that_tells_of_home_is_one_to_choose(void **state)
{
    refuse_protocol(*state, "closes_with: [done]", "closes_with: [done]\n    home_with: [went-home]",
                    "bad.yaml:23: \"went-home\" is not among closes_with; name it there, too");
}

static void an_unknown_fact_is_refused_with_those_that_are_known(void **state)
{
    refuse_full(*state, "homeless: [yes", "housed: [yes",
                "bad.yaml:22: \"housed\" is no fact; known are: from, to, destination, disposition, diagnosis, "
                "condition, need, homeless, phone, language, risk, pregnant, age, flag, county");
}

static void an_unknown_value_of_a_fact_is_refused_with_those_that_are_known(void **state)
{
    refuse_full(*state, "homeless: [yes, chronic]", "homeless: [yes, long]",
                "bad.yaml:22: \"long\" is no value of \"homeless\"; known are: no, yes, chronic, unknown");
}

static void an_unknown_setting_in_a_condition_is_refused(void **state)
{
    refuse_full(*state, "to: home", "to: house",
                "bad.yaml:20: \"house\" is no value of \"to\"; known are: home, ed, inpatient, observation, snf, "
                "other-facility, died, assisted-living");
}

static void an_unknown_group_is_refused(void **state)
{
    struct folder *f = *state;
    put_changed(f, "bad.yaml", FULL, "[smi, sud]", "[smi, gout]");
    assert_int_equal(ho_protocols_load(f->dir, f->calendars, codes_of(f), &f->protocols, &f->error), HO_REJECT);
    assert_non_null(strstr(f->error.text, "bad.yaml:21: \"gout\" is no value of \"condition\"; known are: copd, "));
}

static void what_is_no_age_is_refused(void **state)
{
    static const char *const bad[] = {"18", "64..18", "..", "adult", "18..64 years", "1000.."};
    struct folder *f = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        remove_files(f);
        refuse_full(f, "18..64", bad[i],
                    "bad.yaml:23: an age is written as \"18..64\", \"65..\" or \"..17\", in whole years");
    }
}

static void what_is_no_language_is_refused(void **state)
{
    refuse_full(*state, "[en, unknown]", "[english]",
                "bad.yaml:24: \"english\" is no language; write its two letters by ISO 639-1, as es, or unknown");
}

static void a_condition_without_a_fact_or_a_value_is_refused(void **state)
{
    struct folder *f = *state;
    refuse_full(f, "unless: {flag: planned, language: [en, unknown]}", "unless: planned",
                "bad.yaml:24: facts with values are needed here, as {to: [home], age: 18..64}");
    remove_files(f);
    refuse_full(f, "unless: {flag: planned, language: [en, unknown]}", "unless: {}",
                "bad.yaml:24: facts with values are needed here, as {to: [home], age: 18..64}");
    remove_files(f);
    refuse_full(f, "[yes, chronic]", "[]", "bad.yaml:22: the list needs an entry");
    remove_files(f);
    refuse_full(f, "[yes, chronic]", "[[yes], chronic]", "bad.yaml:22: one word or a list of words is needed here");
    remove_files(f);
    refuse_full(f, "[yes, chronic]", "{yes: no}", "bad.yaml:22: one word or a list of words is needed here");
}

static void a_reminder_that_the_protocol_does_not_have_is_refused(void **state)
{
    refuse_full(*state, "reminders: [escalated, due-soon]", "reminders: [escalated, overdue]",
                "bad.yaml:27: there is no reminder \"overdue\"; name one of the protocol's list \"reminders\"");
}

static void a_reminder_is_either_before_or_after(void **state)
{
    struct folder *f = *state;
    refuse_full(f, "    after: 1 business day\n", "",
                "bad.yaml:9: the reminder \"escalated\" needs either before or after");
    remove_files(f);
    refuse_full(f, "    after: 1 business day", "    after: soon",
                "bad.yaml:11: \"soon\" is no due time; write it as \"2 business days\", \"7 days\" or \"24 hours\", "
                "at most 400");
}

static void an_unknown_measure_is_refused(void **state)
{
    struct folder *f = *state;
    put_changed(f, "bad.yaml", FULL, "tcm-visit-14", "tcm-visit-15");
    assert_int_equal(ho_protocols_load(f->dir, f->calendars, codes_of(f), &f->protocols, &f->error), HO_REJECT);
    assert_non_null(strstr(f->error.text, "bad.yaml:29: \"tcm-visit-15\" is no measure; known are: tcm-contact, "));
}

static void an_unknown_service_is_refused(void **state)
{
    struct folder *f = *state;
    put_changed(f, "bad.yaml", FULL, "serves: [follow-up", "serves: [followup");
    assert_int_equal(ho_protocols_load(f->dir, f->calendars, codes_of(f), &f->protocols, &f->error), HO_REJECT);
    assert_non_null(strstr(f->error.text, "bad.yaml:30: \"followup\" is no service; known are: coordinator, "));
}

static void a_group_that_stands_twice_is_refused(void **state)
{
    refuse_codes(*state, "key: smi", "key: bipolar",
                 "bad.yaml:6: the group \"bipolar\" stands above already; rename one");
}

static void a_prefix_that_is_none_is_refused(void **state)
{
    refuse_codes(*state, "F30, F31", "F30, F31.0",
                 "bad.yaml:4: \"F31.0\" is no beginning of an ICD-10-CM code; write it as \"I50\" or \"T40??2\", in "
                 "capitals without dots, at most 7 characters");
}

static void a_union_of_what_does_not_stand_above_is_refused(void **state)
{
    refuse_codes(*state, "includes: [bipolar]", "includes: [psychosis]",
                 "bad.yaml:9: no group \"psychosis\" stands above; a group includes those above it");
}

static void a_group_of_nothing_is_refused(void **state)
{
    refuse_codes(*state, "prefixes: [F30, F31]", "prefixes: []",
                 "bad.yaml:4: the group \"bipolar\" has neither prefixes nor includes; give it one");
}

static void a_protocol_of_the_same_name_is_refused(void **state)
{
    struct folder *f = *state;
    put(f, "a.yaml", PROTOCOL);
    put(f, "b.yaml", PROTOCOL);
    assert_int_equal(ho_protocols_load(f->dir, f->calendars, codes_of(f), &f->protocols, &f->error), HO_REJECT);
    expect_error(f, "b.yaml:1: another file has the protocol \"care\" already; rename one");
}

// ---- Values of calendars --------------------------------------------------------------------------------

static void a_zone_that_does_not_exist_is_refused(void **state)
{
    refuse_calendar(*state, "America/Los_Angeles", "America/Los_Angles",
                    "bad.yaml:2: time zone \"America/Los_Angles\" is not in the tz database; write it as "
                    "America/Los_Angeles");
}

static void what_is_no_time_of_day_is_refused(void **state)
{
    refuse_calendar(*state, "opens: \"08:00\"", "opens: \"8am\"",
                    "bad.yaml:3: \"8am\" is no time of day; write it as \"08:00\"");
}

static void a_day_that_ends_before_it_begins_is_refused(void **state)
{
    refuse_calendar(*state, "closes: \"17:00\"", "closes: \"07:00\"",
                    "bad.yaml:4: \"07:00\" is no time of day after 08:00; write it as \"17:00\"");
}

static void a_month_that_does_not_exist_is_refused(void **state)
{
    refuse_calendar(*state, "month: 11", "month: 13", "bad.yaml:9: holiday \"Thanksgiving\": month is 1 to 12, not 13");
}

static void a_month_that_is_no_number_is_refused(void **state)
{
    refuse_calendar(*state, "month: 11", "month: November", "bad.yaml:10: a whole number is needed here");
}

static void a_day_that_no_month_has_is_refused(void **state)
{
    refuse_calendar(*state, "day: 1", "day: 32", "bad.yaml:6: holiday \"New Year\": there is no day 32 in month 1");
}

static void a_31st_of_february_is_refused(void **state)
{
    refuse_calendar(*state, "month: 1\n    day: 1", "month: 2\n    day: 31",
                    "bad.yaml:6: holiday \"New Year\": there is no day 31 in month 2");
}

static void a_holiday_that_never_occurs_is_refused(void **state)
{
    struct folder *f = *state;
    refuse_calendar(f, "month: 1\n    day: 1", "month: 2\n    day: 29\n    first_year: 2025\n    last_year: 2027",
                    "bad.yaml:6: holiday \"New Year\" never occurs: none of the years from 2025 to 2027 has the day");
    remove_files(f);
    refuse_calendar(
        f, "month: 11\n    nth: 4", "month: 2\n    nth: 5\n    first_year: 2026\n    last_year: 2026",
        "bad.yaml:9: holiday \"Thanksgiving\" never occurs: none of the years from 2026 to 2026 has the day");
}

static void a_holiday_that_some_years_lack_is_read(void **state)
{
    struct folder *f = *state;
    struct ho_calendar_set *set = NULL;
    put_changed(f, "leap.yaml", CALENDAR, "month: 1\n    day: 1", "month: 2\n    day: 29");
    assert_int_equal(ho_calendars_load(f->dir, &set, &f->error), HO_OK);
    ho_calendar_set_free(set);
    remove_files(f);
    put_changed(f, "fifth.yaml", CALENDAR, "nth: 4", "nth: 5");
    assert_int_equal(ho_calendars_load(f->dir, &set, &f->error), HO_OK);
    ho_calendar_set_free(set);
}

static void a_holiday_without_a_rule_is_refused(void **state)
{
    refuse_calendar(*state, "    day: 1\n", "",
                    "bad.yaml:6: holiday \"New Year\" needs either day, or nth and weekday");
}

static void a_holiday_with_two_rules_is_refused(void **state)
{
    refuse_calendar(*state, "    nth: 4", "    nth: 4\n    day: 4",
                    "bad.yaml:9: holiday \"Thanksgiving\" needs either day, or nth and weekday");
}

static void an_unknown_weekday_is_refused(void **state)
{
    refuse_calendar(*state, "weekday: thursday", "weekday: thu",
                    "bad.yaml:9: holiday \"Thanksgiving\" needs a weekday, monday to sunday");
}

static void a_sixth_weekday_is_refused(void **state)
{
    refuse_calendar(*state, "nth: 4", "nth: 6",
                    "bad.yaml:9: holiday \"Thanksgiving\": nth is 1 to 5, or -1 for the last");
}

static void an_offset_from_a_date_is_refused(void **state)
{
    refuse_calendar(*state, "    day: 1", "    day: 1\n    offset_days: 1",
                    "bad.yaml:6: holiday \"New Year\": offset_days counts from an nth weekday, at most 31");
}

static void an_unknown_observance_is_refused(void **state)
{
    refuse_calendar(*state, "    day: 1", "    day: 1\n    observed: monday",
                    "bad.yaml:6: holiday \"New Year\": observed is on-day or nearest-weekday, not \"monday\"");
}

static void years_in_the_wrong_order_are_refused(void **state)
{
    refuse_calendar(*state, "    day: 1", "    day: 1\n    first_year: 2021\n    last_year: 2020",
                    "bad.yaml:6: holiday \"New Year\": first_year and last_year are years in this order");
}

static void a_calendar_of_the_same_name_is_refused(void **state)
{
    struct folder *f = *state;
    struct ho_calendar_set *set = NULL;
    put(f, "a.yaml", CALENDAR);
    put(f, "b.yaml", CALENDAR);
    assert_int_equal(ho_calendars_load(f->dir, &set, &f->error), HO_REJECT);
    expect_error(f, "b.yaml:1: another file has the calendar \"plan\" already; rename one");
}

// ---- Values of feeds ------------------------------------------------------------------------------------

static void an_unknown_kind_of_facility_is_refused(void **state)
{
    refuse_feeds(*state, "setting: hospital", "setting: clinic",
                 "bad.yaml:6: \"clinic\" is not known; a facility is either hospital or skilled-nursing");
}

static void an_unknown_word_for_test_traffic_is_refused(void **state)
{
    refuse_feeds(*state, "test_traffic: count", "test_traffic: drop",
                 "bad.yaml:10: \"drop\" is not known; test traffic is either count (only counted) or work (worked "
                 "like real)");
}

static void an_unknown_word_for_admitting_by_a08_is_refused(void **state)
{
    refuse_feeds(*state, "a08_admits: yes", "a08_admits: maybe",
                 "bad.yaml:11: \"maybe\" is not known; either yes (an A08 may be the first word of an arrival) or no");
}

static void a_feeds_zone_that_does_not_exist_is_refused(void **state)
{
    refuse_feeds(*state, "America/Los_Angeles", "PST8",
                 "bad.yaml:7: time zone \"PST8\" is not in the tz database; write it as America/Los_Angeles");
}

static void feeds_of_the_same_name_are_refused(void **state)
{
    refuse_feeds(*state, "name: default", "name: general",
                 "bad.yaml:13: there is another feed \"general\"; messages are known by it, so choose another name");
}

static void feeds_of_the_same_sender_are_refused(void **state)
{
    refuse_feeds(*state, "    sending_application: \"*\"\n    sending_facility: \"*\"",
                 "    sending_application: EPIC\n    sending_facility: GENERAL",
                 "bad.yaml:15: feed \"general\" has this sender already; a sender has one feed");
}

static void feeds_without_one_for_all_others_are_refused(void **state)
{
    struct folder *f = *state;
    char expected[200];
    put_changed(f, "bad.yaml", FEEDS, "sending_facility: \"*\"", "sending_facility: OTHER");
    assert_int_equal(ho_feeds_load(f->dir, &f->feeds, &f->error), HO_REJECT);
    snprintf(expected, sizeof expected,
             "%s has no feed for senders that are not named; add one with sending_application and sending_facility "
             "\"*\"",
             f->dir);
    assert_string_equal(f->error.text, expected);
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(the_federal_calendar_of_this_repository_is_right_for_2026),
        PROPERTY(the_plans_calendar_of_this_repository_has_its_own_holidays),
        PROPERTY(the_protocol_of_this_repository_asks_for_what_transitional_care_needs),
        PROPERTY(the_feeds_of_this_repository_are_read),
        PROPERTY(a_protocol_is_read_as_it_stands),
        PROPERTY(conditions_are_read_as_one_word_or_a_list),
        PROPERTY(reminders_and_spans_are_read_as_they_stand),
        PROPERTY(feeds_are_read_as_they_stand),
        PROPERTY(codes_are_read_as_they_stand),
        PROPERTY(the_groups_of_this_repository_know_their_codes),
        PROPERTY(files_of_other_kinds_are_passed_over),
        PROPERTY(a_folder_that_is_not_there_is_named),
        PROPERTY(a_folder_without_files_is_refused),
        PROPERTY(a_file_of_any_kind_with_nothing_in_it_is_refused),
        PROPERTY(a_file_of_any_kind_that_is_not_utf_8_is_refused_with_its_line),
        PROPERTY(a_huge_file_of_any_kind_is_refused),
        PROPERTY(more_words_than_any_file_has_are_refused),
        PROPERTY(what_is_no_yaml_is_refused_with_its_line),
        PROPERTY(a_tab_is_refused_with_its_line),
        PROPERTY(a_second_document_is_refused),
        PROPERTY(an_alias_is_refused),
        PROPERTY(a_list_in_place_of_words_is_refused),
        PROPERTY(deep_nesting_is_refused),
        PROPERTY(an_unknown_word_is_refused_with_those_that_are_known),
        PROPERTY(an_unknown_word_at_the_top_is_refused),
        PROPERTY(a_missing_word_is_named),
        PROPERTY(a_word_that_stands_twice_is_refused),
        PROPERTY(an_empty_value_is_refused),
        PROPERTY(a_value_in_place_of_a_list_is_refused),
        PROPERTY(an_empty_list_is_refused),
        PROPERTY(an_unknown_occasion_is_refused),
        PROPERTY(an_unknown_occasion_under_until_is_refused),
        PROPERTY(an_unknown_setting_is_refused),
        PROPERTY(an_unknown_role_is_refused),
        PROPERTY(an_unknown_role_of_a_notice_is_refused),
        PROPERTY(what_is_no_due_time_is_refused),
        PROPERTY(an_unknown_calendar_is_refused),
        PROPERTY(an_unknown_measure_calendar_is_refused),
        PROPERTY(a_key_that_stands_twice_is_refused),
        PROPERTY(a_key_is_a_word),
        PROPERTY(an_outcome_is_a_word),
        PROPERTY(an_outcome_that_tells_of_home_is_one_to_choose),
        PROPERTY(an_unknown_fact_is_refused_with_those_that_are_known),
        PROPERTY(an_unknown_value_of_a_fact_is_refused_with_those_that_are_known),
        PROPERTY(an_unknown_setting_in_a_condition_is_refused),
        PROPERTY(an_unknown_group_is_refused),
        PROPERTY(what_is_no_age_is_refused),
        PROPERTY(what_is_no_language_is_refused),
        PROPERTY(a_condition_without_a_fact_or_a_value_is_refused),
        PROPERTY(a_reminder_that_the_protocol_does_not_have_is_refused),
        PROPERTY(a_reminder_is_either_before_or_after),
        PROPERTY(an_unknown_measure_is_refused),
        PROPERTY(an_unknown_service_is_refused),
        PROPERTY(a_group_that_stands_twice_is_refused),
        PROPERTY(a_prefix_that_is_none_is_refused),
        PROPERTY(a_union_of_what_does_not_stand_above_is_refused),
        PROPERTY(a_group_of_nothing_is_refused),
        PROPERTY(a_protocol_of_the_same_name_is_refused),
        PROPERTY(a_zone_that_does_not_exist_is_refused),
        PROPERTY(what_is_no_time_of_day_is_refused),
        PROPERTY(a_day_that_ends_before_it_begins_is_refused),
        PROPERTY(a_month_that_does_not_exist_is_refused),
        PROPERTY(a_month_that_is_no_number_is_refused),
        PROPERTY(a_day_that_no_month_has_is_refused),
        PROPERTY(a_31st_of_february_is_refused),
        PROPERTY(a_holiday_that_never_occurs_is_refused),
        PROPERTY(a_holiday_that_some_years_lack_is_read),
        PROPERTY(a_holiday_without_a_rule_is_refused),
        PROPERTY(a_holiday_with_two_rules_is_refused),
        PROPERTY(an_unknown_weekday_is_refused),
        PROPERTY(a_sixth_weekday_is_refused),
        PROPERTY(an_offset_from_a_date_is_refused),
        PROPERTY(an_unknown_observance_is_refused),
        PROPERTY(years_in_the_wrong_order_are_refused),
        PROPERTY(a_calendar_of_the_same_name_is_refused),
        PROPERTY(an_unknown_kind_of_facility_is_refused),
        PROPERTY(an_unknown_word_for_test_traffic_is_refused),
        PROPERTY(an_unknown_word_for_admitting_by_a08_is_refused),
        PROPERTY(a_feeds_zone_that_does_not_exist_is_refused),
        PROPERTY(feeds_of_the_same_name_are_refused),
        PROPERTY(feeds_of_the_same_sender_are_refused),
        PROPERTY(feeds_without_one_for_all_others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
