// The clock through a year: daylight saving begins and ends, holidays of either calendar come, two instances wake the
// members at once, and what is to be said at an instant is said once, at the first turn after it.
#include "../support/unit.h"

#include "apply.h"
#include "files.h"
#include "handoff/time.h"
#include "rebuild.h"
#include "servers.h"

#include <pthread.h>
#include <stdatomic.h>

enum { INSTANCES = 2, STEP_HOURS = 3, NAME_BYTES = 32 };

// Local times in California, as "2026-03-06T10:00:00"; daylight saving is told by the offset.
struct stay {
    const char *member, *discharged, *done, *due_soon, *overdue, *escalated;
};

static const struct stay stays[] = {
    {"spring", "2026-03-06T10:00:00-08:00", "", "2026-03-10T09:00:00-07:00", "2026-03-10T18:00:00-07:00",
     "2026-03-11T17:00:00-07:00"}, // the clocks go forward on 8 March
    {"chavez", "2026-03-30T10:00:00-07:00", "", "2026-04-01T09:00:00-07:00", "2026-04-01T18:00:00-07:00",
     "2026-04-02T17:00:00-07:00"}, // a holiday of the plan's, not of the measure's
    {"july", "2026-07-02T10:00:00-07:00", "", "2026-07-07T09:00:00-07:00", "2026-07-07T18:00:00-07:00",
     "2026-07-08T17:00:00-07:00"}, // Independence Day falls on a Saturday and is observed on Friday
    {"columbus", "2026-10-08T10:00:00-07:00", "", "2026-10-12T09:00:00-07:00", "2026-10-12T18:00:00-07:00",
     "2026-10-13T17:00:00-07:00"}, // a holiday of the measure's, not of the plan's
    {"autumn", "2026-10-30T10:00:00-07:00", "", "2026-11-03T09:00:00-08:00", "2026-11-03T18:00:00-08:00",
     "2026-11-04T17:00:00-08:00"}, // the clocks go back on 1 November
    {"thanksgiving", "2026-11-25T10:00:00-08:00", "", "2026-11-30T09:00:00-08:00", "2026-11-30T18:00:00-08:00",
     "2026-12-01T17:00:00-08:00"},
    {"new-year", "2026-12-30T10:00:00-08:00", "", "2027-01-04T09:00:00-08:00", "2027-01-04T18:00:00-08:00",
     "2027-01-05T17:00:00-08:00"},
    {"done-early", "2026-06-01T10:00:00-07:00", "2026-06-02T10:00:00-07:00", "", "", ""},
    {"done-late", "2026-06-01T10:00:00-07:00", "2026-06-03T12:00:00-07:00", "2026-06-03T09:00:00-07:00", "", ""},
};

static const char year_begins[] = "2026-01-01T00:00:00Z", year_ends[] = "2027-01-20T00:00:00Z";
static const char found[] = "2026-09-21T10:00:00-07:00";      // what had happened days before
static const char readmitted[] = "2026-02-02T10:00:00-08:00"; // of a stay that nobody ends

struct said {
    char member[NAME_BYTES], name[2 * NAME_BYTES];
    uint8_t key[HO_ID_BYTES];
    int64_t at, due;
};

struct year {
    struct ho_planner_files *files;
    struct ho_planner planner;
    const char *database_url;
    struct ho_pg *pg, *instances[INSTANCES];
    struct ho_arena *arena;
    struct ho_error error;
    int64_t now, last_outbox;
    unsigned events;
    struct said *said;
    size_t n_said, said_capacity;
};

#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != HO_OK)                                                                                           \
            fail_msg("%s", y->error.text);                                                                             \
    } while (0)

static int64_t instant(const char *text)
{
    int64_t at = 0;
    assert_true(ho_time_parse(ho_bytes_of(text), &at));
    return at;
}

static const struct year *lived;

static int64_t clock_of_the_year(void)
{
    return lived->now;
}

static bool has_come(const struct year *y, const char *text)
{
    int64_t at = *text ? instant(text) : INT64_MAX;
    return y->now >= at && y->now - STEP_HOURS * HO_US_PER_HOUR < at;
}

// ---- What happens to members.

static struct ho_pg_params *texts(struct year *y, const char *a, const char *b)
{
    struct ho_pg_params *params = ho_pg_params_new(y->arena);
    ho_pg_text(params, a);
    if (b)
        ho_pg_text(params, b);
    return params;
}

static void enrol(struct year *y, const char *member)
{
    ho_pg_queue(y->pg, "insert into member (member_id, seq, hash) values ($1, 1, '')", texts(y, member, NULL), NULL);
    ho_pg_queue(y->pg, "insert into enrolment (member_id, program, enrolled_from) values ($1, 'ECM', 20250101)",
                texts(y, member, NULL), NULL);
    ho_pg_queue(y->pg, "insert into member_state (member_id) values ($1)", texts(y, member, NULL), NULL);
    assert_ok(ho_pg_flush(y->pg, &y->error));
}

static char *field(const char *text)
{
    return (char *)(uintptr_t)text; // the generated messages own nothing here
}

// Recorded when it comes; the events of a stay have one visit number.
static void tell_of(struct year *y, const char *member, const char *facility, const char *trigger,
                    enum ho_destination destination, int64_t occurred, int64_t recorded)
{
    uint8_t id[HO_ID_BYTES] = {(uint8_t)(++y->events >> 8), (uint8_t)y->events};
    ho_adt_event event = HANDOFF__V1__ADT_EVENT__INIT;
    event.id = (ProtobufCBinaryData){sizeof id, id};
    event.trigger = field(trigger);
    event.facility = event.mrn = event.visit = field(facility);
    event.patient_class = (Handoff__V1__PatientClass)HO_CLASS_INPATIENT;
    event.destination = (Handoff__V1__Destination)destination;
    event.occurred = occurred;
    event.recorded = recorded;
    struct ho_pg_params *link = ho_pg_params_new(y->arena), *kept = ho_pg_params_new(y->arena);
    ho_pg_bytea(link, ho_bytes_from(id, sizeof id));
    ho_pg_text(link, member);
    ho_pg_text(kept, member);
    ho_pg_bytea(kept, ho_bytes_from(id, sizeof id));
    ho_pg_bytea(kept, ho_message_pack(y->arena, &event.base));
    ho_pg_time(kept, occurred);
    ho_pg_queue(y->pg,
                "insert into event_link (event_id, subject, member_id, decision, why) values ($1, 0, $2, "
                "'exact-identifier', '{}')",
                link, NULL);
    ho_pg_queue(
        y->pg,
        "insert into member_event (member_id, event_id, subject, link, event, occurred) values ($1, $2, 0, 1, $3, $4)",
        kept, NULL);
    ho_pg_queue(y->pg, "insert into replan (member_id, reason) values ($1, 'test')", texts(y, member, NULL), NULL);
    assert_ok(ho_pg_flush(y->pg, &y->error));
}

static void tell(struct year *y, const char *member, const char *trigger, int64_t occurred, int64_t recorded)
{
    bool leaves = trigger[2] == '3';
    tell_of(y, member, "GENERAL", trigger, leaves ? HO_DESTINATION_HOME : HO_DESTINATION_UNKNOWN, occurred, recorded);
}

static void complete(struct year *y, const char *member)
{
    ho_pg_queue(
        y->pg,
        "insert into task_work (member_id, change, template, status, outcome, occurred, updated_by)"
        " select member_id, change, template, 'done', 'reached', occurred, 'test' from task_plan where member_id = $1",
        texts(y, member, NULL), NULL);
    ho_pg_queue(y->pg, "insert into replan (member_id, reason) values ($1, 'work')", texts(y, member, NULL), NULL);
    assert_ok(ho_pg_flush(y->pg, &y->error));
}

static void live(struct year *y)
{
    for (size_t i = 0; i < COUNT_OF(stays); i++) {
        const struct stay *stay = &stays[i];
        int64_t discharged = instant(stay->discharged);
        if (has_come(y, stay->discharged)) {
            tell(y, stay->member, "A01", discharged - 72 * HO_US_PER_HOUR, discharged - 72 * HO_US_PER_HOUR);
            tell(y, stay->member, "A03", discharged, discharged);
        }
        if (has_come(y, stay->done))
            complete(y, stay->member);
    }
    if (has_come(y, readmitted))
        tell(y, "silent", "A01", instant(readmitted), instant(readmitted));
    int64_t first = instant("2026-05-04T10:00:00-07:00"), corrected = instant("2026-05-06T12:00:00-07:00");
    if (has_come(y, "2026-05-04T10:00:00-07:00")) {
        tell(y, "redated", "A01", first - 72 * HO_US_PER_HOUR, first - 72 * HO_US_PER_HOUR);
        tell(y, "redated", "A03", first, first);
    }
    if (has_come(y, found)) { // as by the look-back, or when Kafka was away for days
        int64_t left = instant("2026-09-10T10:00:00-07:00");
        tell(y, "late", "A01", left - 72 * HO_US_PER_HOUR, left - 72 * HO_US_PER_HOUR);
        tell(y, "late", "A03", left, left);
    }
    if (has_come(y, "2026-05-06T12:00:00-07:00")) // after the first word that it is due soon: discharged a day later
        tell(y, "redated", "A03", first + 24 * HO_US_PER_HOUR, corrected);
}

// ---- Two instances.

struct turn {
    struct year *year;
    struct ho_pg *pg;
    enum ho_status status;
    struct ho_error error;
    size_t replanned, woken;
};

static void *take_turn(void *context)
{
    struct turn *turn = context;
    struct year *y = turn->year;
    struct ho_planner_counts counts = {0};
    turn->status = ho_replan_some(&y->planner, turn->pg, &turn->replanned, &counts, &turn->error);
    if (turn->status == HO_OK)
        turn->status = ho_wake_some(&y->planner, turn->pg, &turn->woken, &counts, &turn->error);
    return NULL;
}

static size_t take_turns(struct year *y)
{
    struct turn turns[INSTANCES] = {0};
    pthread_t threads[INSTANCES];
    size_t taken = 0;
    for (int i = 0; i < INSTANCES; i++) {
        turns[i] = (struct turn){.year = y, .pg = y->instances[i]};
        assert_int_equal(pthread_create(&threads[i], NULL, take_turn, &turns[i]), 0);
    }
    for (int i = 0; i < INSTANCES; i++) {
        pthread_join(threads[i], NULL);
        if (turns[i].status != HO_OK)
            fail_msg("%s", turns[i].error.text);
        taken += turns[i].replanned + turns[i].woken;
    }
    return taken;
}

static void hear(struct year *y)
{
    struct ho_pg_result *rows = NULL;
    struct ho_pg_params *params = ho_pg_params_new(y->arena);
    ho_pg_int(params, y->last_outbox);
    assert_ok(ho_pg_run(y->pg, "select id, payload from outbox where id > $1 order by id", params, &rows, &y->error));
    for (int i = 0; i < ho_pg_rows(rows); i++) {
        const ho_notice *notice = ho_notice_unpack(y->arena, ho_pg_get_bytes(rows, i, 1));
        assert_non_null(notice);
        assert_false(notice->correction);
        if (y->n_said == y->said_capacity) {
            y->said_capacity = 2 * y->said_capacity + 16;
            y->said = realloc(y->said, y->said_capacity * sizeof *y->said);
            assert_non_null(y->said);
        }
        struct said *said = &y->said[y->n_said++];
        *said = (struct said){.at = y->now, .due = notice->due};
        snprintf(said->member, sizeof said->member, "%s", notice->member_id);
        snprintf(said->name, sizeof said->name, "%s", notice->name);
        memcpy(said->key, notice->key.data, sizeof said->key);
        y->last_outbox = ho_pg_get_int(rows, i, 0);
    }
    ho_pg_result_free(rows);
}

// Until nothing is left of this instant: what is woken writes its next one, which lies ahead.
static void pass_time(struct year *y)
{
    for (int turns = 0; take_turns(y) > 0; turns++)
        assert_true(turns < 3);
    hear(y);
    ho_arena_reset(y->arena);
}

// ---- The year, lived once for all tests.

static void live_the_year(struct year *y)
{
    for (size_t i = 0; i < COUNT_OF(stays); i++)
        enrol(y, stays[i].member);
    enrol(y, "silent");
    enrol(y, "redated");
    enrol(y, "late");
    for (y->now = instant(year_begins); y->now < instant(year_ends); y->now += STEP_HOURS * HO_US_PER_HOUR) {
        live(y);
        pass_time(y);
    }
}

static int set_up(void **state)
{
    static const struct ho_planner_settings settings = {
        .protocols_dir = "tests/integration/clock",
        .calendars_dir = "deploy/calendars",
        .codes_dir = "deploy/codes",
        .programs_dir = "deploy/programs",
        .join_gap_hours = 36,
        .stale_ed_days = 3,
        .stale_inpatient_days = 60,
        .stale_observation_days = 7,
        .stale_snf_days = 400,
        .readmission_days = 30,
        .ed_visits = 3,
        .ed_visits_days = 60,
        .recent_snf_days = 30,
    };
    struct year *y = calloc(1, sizeof *y);
    assert_non_null(y);
    y->arena = ho_arena_new(0);
    y->database_url = ho_test_database(true);
    y->pg = ho_test_connect("clock_test");
    for (int i = 0; i < INSTANCES; i++)
        y->instances[i] = ho_test_connect("clock_test instance");
    assert_ok(ho_planner_load(&settings, &y->files, &y->planner, &y->error));
    lived = y;
    y->planner.clock = clock_of_the_year;
    live_the_year(y);
    *state = y;
    return 0;
}

static int tear_down(void **state)
{
    struct year *y = *state;
    ho_planner_files_free(y->files);
    for (int i = 0; i < INSTANCES; i++)
        ho_pg_free(y->instances[i]);
    ho_pg_free(y->pg);
    ho_arena_free(y->arena);
    free(y->said);
    free(y);
    ho_test_database_drop();
    return 0;
}

// What was said about a member under a name, in order; how often.
static size_t heard(const struct year *y, const char *member, const char *name, const struct said *out[], size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < y->n_said; i++)
        if (strcmp(y->said[i].member, member) == 0 && strcmp(y->said[i].name, name) == 0 && n++ < room)
            out[n - 1] = &y->said[i];
    return n;
}

static void assert_heard_once(const struct year *y, const char *member, const char *name, const char *at)
{
    const struct said *said[1];
    size_t n = heard(y, member, name, said, 1);
    if (n != (*at ? 1 : 0))
        fail_msg("%s: %s was said %zu times", member, name, n);
    if (n && (said[0]->at < instant(at) || said[0]->at - STEP_HOURS * HO_US_PER_HOUR >= instant(at)))
        fail_msg("%s: %s was said at another instant than %s", member, name, at);
}

static void each_reminder_is_said_once_at_its_instant(void **state)
{
    const struct year *y = *state;
    for (size_t i = 0; i < COUNT_OF(stays); i++) {
        assert_heard_once(y, stays[i].member, "contact/due-soon", stays[i].due_soon);
        assert_heard_once(y, stays[i].member, "contact/overdue", stays[i].overdue);
        assert_heard_once(y, stays[i].member, "contact/escalated", stays[i].escalated);
    }
}

static void each_notice_is_said_once(void **state)
{
    const struct year *y = *state;
    for (size_t i = 0; i < COUNT_OF(stays); i++)
        assert_heard_once(y, stays[i].member, "discharge", stays[i].discharged);
}

static void a_task_that_is_due_at_another_time_is_reminded_of_anew(void **state)
{
    struct year *y = *state;
    const struct said *said[2];
    assert_int_equal(heard(y, "redated", "contact/due-soon", said, 2), 2);
    assert_memory_not_equal(said[0]->key, said[1]->key, HO_ID_BYTES);
    assert_true(said[0]->due == instant("2026-05-06T17:00:00-07:00"));
    assert_true(said[1]->due == instant("2026-05-07T17:00:00-07:00"));
    assert_heard_once(y, "redated", "contact/overdue", "2026-05-07T18:00:00-07:00");
    assert_heard_once(y, "redated", "contact/escalated", "2026-05-08T17:00:00-07:00");
    struct ho_pg_result *row = NULL;
    assert_ok(ho_pg_run(y->pg,
                        "select key, wanted from notice_plan where member_id = 'redated' and name = 'contact/due-soon'",
                        NULL, &row, &y->error));
    assert_int_equal(ho_pg_rows(row), 1); // the notifier finds the first one wanted no more
    assert_memory_equal(ho_pg_get_bytes(row, 0, 0).p, said[1]->key, HO_ID_BYTES);
    ho_pg_result_free(row);
}

static void of_reminders_that_come_together_only_the_last_is_said(void **state)
{
    struct year *y = *state;
    assert_heard_once(y, "late", "contact/due-soon", "");
    assert_heard_once(y, "late", "contact/overdue", "");
    assert_heard_once(y, "late", "contact/escalated", found);
    assert_int_equal(ho_test_number(y->pg,
                                    "select count(*) from notice_plan where member_id = 'late' and task = 'contact'"
                                    " and wanted"),
                     3);
}

static void a_reminder_of_what_is_done_is_stopped_without_a_word(void **state)
{
    struct year *y = *state;
    assert_int_equal(
        ho_test_number(y->pg, "select count(*) from notice_plan where member_id = 'done-late' and task = 'contact'"
                              " and not wanted and paused"),
        1);
}

static void silence_is_told_once_when_it_has_lasted(void **state)
{
    struct year *y = *state;
    assert_int_equal(
        ho_test_number(y->pg, "select count(*) from transition where member_id = 'silent' and kind = 'silence'"), 1);
    assert_int_equal(ho_test_number(y->pg,
                                    "select count(*) from transition where member_id = 'silent' and kind = 'silence'"
                                    " and occurred = timestamptz '2026-02-02 10:00-08' + interval '60 days'"),
                     1);
}

static void nothing_waits_for_an_instant_that_has_passed(void **state)
{
    struct year *y = *state;
    assert_int_equal(
        ho_test_number(y->pg, "select count(*) from member_state where wake_at <= timestamptz '2027-01-20'"), 0);
    assert_int_equal(ho_test_number(y->pg, "select count(*) from member_state where plans = 0"), 0);
}

// ---- After the year: a newer protocol, with a notice that nobody was told of.

static struct ho_protocol newer_protocol(struct year *y)
{
    struct ho_protocol newer = *y->planner.protocols[0];
    struct ho_notice_template *notices = ho_arena_array(y->arena, newer.n_notices + 1, sizeof *notices);
    memcpy(notices, newer.notices, newer.n_notices * sizeof *notices);
    notices[newer.n_notices] = newer.notices[0];
    notices[newer.n_notices].key = "anew";
    newer.notices = notices;
    newer.n_notices++;
    newer.notices_within = (struct ho_due){7, HO_DUE_DAYS};
    return newer;
}

static void plan_anew(struct year *y, const struct ho_planner *planner, const char *member)
{
    struct ho_planner_counts counts = {0};
    size_t taken;
    ho_pg_queue(y->pg, "insert into replan (member_id, reason) values ($1, 'test')", texts(y, member, NULL), NULL);
    assert_ok(ho_pg_flush(y->pg, &y->error));
    assert_ok(ho_replan_some(planner, y->pg, &taken, &counts, &y->error));
    assert_int_equal(taken, 1);
}

static long long said_under(struct year *y, const char *member, const char *name)
{
    return ho_test_number(
        y->pg, ho_arena_printf(y->arena,
                               "select count(*) from outbox o join notice_plan p on o.ce_id = encode(p.key, 'hex')"
                               "  where p.member_id = '%s' and p.name = '%s' and p.wanted",
                               member, name));
}

static long long wanted_under(struct year *y, const char *member, const char *name)
{
    return ho_test_number(
        y->pg, ho_arena_printf(y->arena,
                               "select count(*) from notice_plan p where member_id = '%s' and name = '%s' and wanted",
                               member, name));
}

static void relink(struct year *y, const char *from, const char *to)
{
    ho_pg_queue(y->pg, "update event_link set member_id = $2 where member_id = $1", texts(y, from, to), NULL);
    assert_ok(ho_pg_flush(y->pg, &y->error));
}

static void a_newer_protocol_tells_of_what_is_recent_and_not_of_what_is_long_over(void **state)
{
    struct year *y = *state;
    const struct ho_protocol newer = newer_protocol(y), *protocols[] = {&newer};
    struct ho_planner planner = y->planner;
    planner.protocols = protocols;
    y->now = instant("2027-02-20T10:00:00-08:00");
    enrol(y, "recent");
    tell(y, "recent", "A01", y->now - 120 * HO_US_PER_HOUR, y->now - 120 * HO_US_PER_HOUR);
    tell(y, "recent", "A03", y->now - 72 * HO_US_PER_HOUR, y->now - 72 * HO_US_PER_HOUR);
    take_turns(y);
    assert_int_equal(wanted_under(y, "recent", "discharge"), 1);
    assert_int_equal(wanted_under(y, "recent", "anew"), 0);
    plan_anew(y, &planner, "recent");
    plan_anew(y, &planner, "new-year");
    assert_int_equal(wanted_under(y, "recent", "anew"), 1);
    assert_int_equal(said_under(y, "recent", "anew"), 1);
    assert_int_equal(wanted_under(y, "new-year", "anew"), 1); // so that its rows are those of any other order
    assert_int_equal(said_under(y, "new-year", "anew"), 0);
    assert_int_equal(
        ho_test_number(y->pg, "select messages - (select count(*) from notice_plan p where p.member_id = s.member_id)"
                              "  from member_state s where member_id = 'new-year'"),
        0); // it has a number, though nobody was told
    plan_anew(y, &planner, "new-year");
    assert_int_equal(said_under(y, "new-year", "anew"), 0);
}

static void what_was_taken_back_is_told_again_however_old_it_is(void **state)
{
    struct year *y = *state;
    const struct ho_protocol newer = newer_protocol(y), *protocols[] = {&newer};
    struct ho_planner planner = y->planner;
    planner.protocols = protocols;
    y->now = instant("2027-02-20T10:00:00-08:00");
    relink(y, "thanksgiving", "somebody");
    plan_anew(y, &planner, "thanksgiving");
    assert_int_equal(wanted_under(y, "thanksgiving", "discharge"), 0);
    relink(y, "somebody", "thanksgiving");
    int64_t before = ho_test_number(y->pg, "select coalesce(max(id), 0) from outbox");
    plan_anew(y, &planner, "thanksgiving");
    assert_int_equal(said_under(y, "thanksgiving", "discharge"), 1);
    assert_true(ho_test_number(y->pg, "select max(id) from outbox") > before);
}

// Two words of a discharge, of which the earlier is taken back late.
static void what_was_over_is_told_where_a_correction_makes_news_of_it(void **state)
{
    struct year *y = *state;
    const struct ho_protocol newer = newer_protocol(y), *protocols[] = {&newer};
    struct ho_planner planner = y->planner;
    const int64_t day = 24 * HO_US_PER_HOUR;
    planner.protocols = protocols;
    y->now = instant("2027-02-24T10:00:00-08:00");
    enrol(y, "news");
    tell(y, "news", "A01", y->now - 30 * day, y->now - 30 * day);
    tell(y, "news", "A03", y->now - day, y->now - day);
    tell(y, "news", "A03", y->now - 20 * day, y->now - 20 * day);
    ho_test_sql(y->pg, "delete from replan");
    plan_anew(y, &planner, "news");
    assert_int_equal(wanted_under(y, "news", "discharge"), 1);
    assert_int_equal(said_under(y, "news", "discharge"), 0);
    tell(y, "news", "A13", y->now - 20 * day, y->now - 10 * day);
    ho_test_sql(y->pg, "delete from replan");
    plan_anew(y, &planner, "news");
    assert_int_equal(said_under(y, "news", "discharge"), 1);
    assert_int_equal(ho_test_number(y->pg, "select count(*) from outbox where key = 'news'"), 2); // and of "anew"
    y->now += 10 * day;
    plan_anew(y, &planner, "news");
    assert_int_equal(said_under(y, "news", "discharge"), 1);
}

static long long messages_of(struct year *y, const char *member)
{
    return ho_test_number(
        y->pg, ho_arena_printf(y->arena, "select count(*) from outbox where key = convert_to('%s', 'UTF8')", member));
}

// Its notice of discharges is for deaths only: what was said of a discharge that stands is not corrected, and what was
// said of one that is cancelled is.
static void what_a_newer_protocol_no_longer_tells_of_is_corrected_by_the_hospital_alone(void **state)
{
    struct year *y = *state;
    struct ho_protocol newer = newer_protocol(y);
    const struct ho_protocol *protocols[] = {&newer};
    struct ho_planner planner = y->planner;
    for (size_t i = 0; i < newer.n_notices; i++)
        ((struct ho_notice_template *)(uintptr_t)newer.notices)[i].on = HO_ON_DEATH;
    planner.protocols = protocols;
    y->now = instant("2027-02-22T10:00:00-08:00");
    const char *const members[] = {"stands", "is-cancelled"};
    for (int i = 0; i < 2; i++) {
        enrol(y, members[i]);
        tell(y, members[i], "A01", y->now - 120 * HO_US_PER_HOUR, y->now - 120 * HO_US_PER_HOUR);
        tell(y, members[i], "A03", y->now - 72 * HO_US_PER_HOUR, y->now - 72 * HO_US_PER_HOUR);
    }
    take_turns(y);
    long long told = messages_of(y, "stands");
    assert_true(told > 0);
    assert_int_equal(messages_of(y, "is-cancelled"), told);
    tell(y, "is-cancelled", "A11", y->now - 120 * HO_US_PER_HOUR, y->now);
    ho_test_sql(y->pg, "delete from replan");
    for (int i = 0; i < 2; i++) {
        plan_anew(y, &planner, members[i]);
        assert_int_equal(wanted_under(y, members[i], "discharge"), 0);
    }
    assert_int_equal(messages_of(y, "stands"), told);
    assert_true(messages_of(y, "is-cancelled") > told);
}

// Known by the arrival first, and by the discharge that led there when it is charted.
static void a_transfer_that_two_hospitals_tell_is_one_task_and_one_notice(void **state)
{
    struct year *y = *state;
    struct ho_protocol newer = newer_protocol(y);
    const struct ho_protocol *protocols[] = {&newer};
    struct ho_task_template contact = newer.tasks[0];
    struct ho_planner planner = y->planner;
    const int64_t hour = HO_US_PER_HOUR;
    contact.on = ((struct ho_notice_template *)(uintptr_t)newer.notices)[0].on = HO_ON_TRANSFER;
    contact.to_places = 0;
    contact.starts = (struct ho_due){0};
    newer.tasks = &contact;
    newer.n_tasks = 1;
    newer.n_notices = 1;
    planner.protocols = protocols;
    y->now = instant("2027-02-26T10:00:00-08:00");
    enrol(y, "moves");
    tell(y, "moves", "A01", y->now - 120 * hour, y->now - 120 * hour);
    tell_of(y, "moves", "MERCY", "A01", HO_DESTINATION_UNKNOWN, y->now - 20 * hour, y->now - 20 * hour);
    ho_test_sql(y->pg, "delete from replan");
    plan_anew(y, &planner, "moves");
    assert_int_equal(messages_of(y, "moves"), 1);
    complete(y, "moves");
    tell_of(y, "moves", "GENERAL", "A03", HO_DESTINATION_ACUTE, y->now - 22 * hour, y->now);
    ho_test_sql(y->pg, "delete from replan");
    plan_anew(y, &planner, "moves");
    assert_int_equal(messages_of(y, "moves"), 1);
    assert_int_equal(ho_test_number(y->pg, "select count(*) from task_plan where member_id = 'moves'"), 1);
    assert_int_equal(ho_test_number(y->pg, "select count(*) from task where member_id = 'moves' and status = 'done'"),
                     1);
    assert_int_equal(ho_test_number(y->pg,
                                    "select count(*) from task_plan t join transition r on r.transition_id = t.change"
                                    "  where t.member_id = 'moves' and r.occurred = t.occurred"),
                     1);
}

// ---- After the year: copies that plan at one instant.

static void admit_and_discharge(struct year *y, const char *member)
{
    enrol(y, member);
    tell(y, member, "A01", y->now - 120 * HO_US_PER_HOUR, y->now - 120 * HO_US_PER_HOUR);
    tell(y, member, "A03", y->now - 72 * HO_US_PER_HOUR, y->now - 72 * HO_US_PER_HOUR);
    ho_test_sql(y->pg, "delete from replan");
}

// Leaves the transaction open.
static void plan_in_transaction(struct year *y, struct ho_pg *pg, const struct ho_planner_member *members, size_t n)
{
    struct ho_planner_counts counts = {0};
    assert_ok(ho_pg_begin(pg, &y->error));
    assert_ok(ho_planner_lock(pg, y->arena, members, n, &y->error));
    assert_ok(ho_planner_run(&y->planner, pg, y->arena, members, n, y->now, &counts, &y->error));
    assert_ok(ho_pg_flush(pg, &y->error));
    assert_int_equal(counts.notices, n);
}

static void who_tells_of_a_member_waits_for_nobody_who_tells_of_another(void **state)
{
    struct year *y = *state;
    static const struct ho_planner_member members[INSTANCES] = {{.member_id = "told-0"}, {.member_id = "told-14"}};
    y->now = instant("2027-03-08T10:00:00-08:00");
    for (int i = 0; i < INSTANCES; i++)
        admit_and_discharge(y, members[i].member_id);
    for (int i = 0; i < INSTANCES; i++) {
        ho_test_sql(y->instances[i], "set lock_timeout = '2s'"); // where one waits, it is for ever
        plan_in_transaction(y, y->instances[i], &members[i], 1);
    }
    for (int i = 0; i < INSTANCES; i++) {
        assert_ok(ho_pg_commit(y->instances[i], &y->error));
        ho_test_sql(y->instances[i], "reset lock_timeout");
    }
    assert_int_equal(
        ho_test_number(y->pg, "select count(distinct shard) from outbox where key in ('told-0', 'told-14')"),
        1); // else they had no row of the outbox's legs in common
}

static void members_are_planned_in_whatever_order_the_database_gives_them(void **state)
{
    struct year *y = *state;
    static const struct ho_planner_member members[] = {{.member_id = "ordered"}, {.member_id = "Ordered-2"}};
    y->now = instant("2027-03-08T10:00:00-08:00");
    for (size_t i = 0; i < COUNT_OF(members); i++)
        admit_and_discharge(y, members[i].member_id);
    plan_in_transaction(y, y->instances[0], members, COUNT_OF(members));
    assert_ok(ho_pg_commit(y->instances[0], &y->error));
    for (size_t i = 0; i < COUNT_OF(members); i++)
        assert_int_equal(wanted_under(y, members[i].member_id, "discharge"), 1);
}

// ---- After the year: one who waits for a member while the clock goes on.

static _Atomic int64_t instant_of_waiting;

static int64_t clock_of_waiting(void)
{
    return instant_of_waiting;
}

static void wait_for_a_lock(struct year *y)
{
    while (ho_test_number(y->instances[1], "select count(*) from pg_stat_activity"
                                           "  where datname = current_database() and wait_event_type = 'Lock'") == 0)
        ;
}

static void *replan_by_the_clock_of_waiting(void *context)
{
    struct turn *turn = context;
    struct ho_planner planner = turn->year->planner;
    struct ho_planner_counts counts = {0};
    planner.clock = clock_of_waiting;
    turn->status = ho_replan_some(&planner, turn->pg, &turn->replanned, &counts, &turn->error);
    return NULL;
}

static void who_waited_for_a_member_plans_by_the_instant_after(void **state)
{
    struct year *y = *state;
    struct turn turn = {.year = y, .pg = y->instances[0]};
    pthread_t thread;
    int64_t admitted = instant("2027-03-01T10:00:00-08:00"), day = 24 * HO_US_PER_HOUR;
    enrol(y, "waited-for");
    tell(y, "waited-for", "A01", admitted, admitted);
    assert_ok(ho_pg_begin(y->pg, &y->error));
    assert_ok(
        ho_pg_run(y->pg, "select from member_state where member_id = 'waited-for' for update", NULL, NULL, &y->error));
    instant_of_waiting = admitted + 59 * day; // after 60 the stay is silent
    assert_int_equal(pthread_create(&thread, NULL, replan_by_the_clock_of_waiting, &turn), 0);
    wait_for_a_lock(y);
    instant_of_waiting = admitted + 61 * day;
    assert_ok(ho_pg_commit(y->pg, &y->error));
    pthread_join(thread, NULL);
    assert_int_equal(turn.status, HO_OK);
    assert_int_equal(turn.replanned, 1);
    assert_int_equal(ho_test_number(y->pg, "select count(*) from transition where member_id = 'waited-for'"
                                           "  and kind = 'silence'"),
                     1);
}

struct swapping {
    struct ho_rebuild *rebuild;
    bool swapped;
    enum ho_status status;
    struct ho_error error;
};

static void *swap(void *context)
{
    struct swapping *swapping = context;
    swapping->status = ho_rebuild_swap(swapping->rebuild, &swapping->swapped, &swapping->error);
    return NULL;
}

static struct ho_rebuild *rebuild_until_it_is_ready(struct year *y, const struct ho_planner *planner)
{
    struct ho_rebuild *rebuild = NULL;
    struct ho_rebuild_progress progress;
    struct ho_rebuild_step step = {0};
    ho_test_sql(y->pg, "create table public.handoff_migration as select 1 as version"); // which 'migrate' makes
    assert_ok(ho_rebuild_open(y->database_url, planner, 1, &rebuild, &progress, &y->error));
    while (!step.ready)
        assert_ok(ho_rebuild_step(rebuild, planner->clock(), &step, &y->error));
    return rebuild;
}

static void a_swap_that_waited_for_a_member_plans_by_the_instant_after(void **state)
{
    struct year *y = *state;
    pthread_t thread;
    int64_t admitted = instant("2027-03-01T10:00:00-08:00"), day = 24 * HO_US_PER_HOUR;
    struct ho_planner planner = y->planner;
    planner.clock = clock_of_waiting;
    instant_of_waiting = admitted + 59 * day; // after 60 the stay is silent
    enrol(y, "swapped");
    tell(y, "swapped", "A01", admitted, admitted);
    struct swapping swapping = {.rebuild = rebuild_until_it_is_ready(y, &planner)};
    plan_anew(y, &planner, "swapped"); // by a service meanwhile: the swap plans the member again
    assert_ok(ho_pg_begin(y->pg, &y->error));
    assert_ok(
        ho_pg_run(y->pg, "select from member_state where member_id = 'swapped' for update", NULL, NULL, &y->error));
    assert_int_equal(pthread_create(&thread, NULL, swap, &swapping), 0);
    wait_for_a_lock(y);
    instant_of_waiting = admitted + 61 * day;
    assert_ok(ho_pg_commit(y->pg, &y->error));
    pthread_join(thread, NULL);
    if (swapping.status != HO_OK)
        fail_msg("%s", swapping.error.text);
    assert_true(swapping.swapped);
    ho_rebuild_free(swapping.rebuild);
    assert_int_equal(ho_test_number(y->pg, "select count(*) from transition where member_id = 'swapped'"
                                           "  and kind = 'silence'"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reminder_is_said_once_at_its_instant),
        cmocka_unit_test(each_notice_is_said_once),
        cmocka_unit_test(a_task_that_is_due_at_another_time_is_reminded_of_anew),
        cmocka_unit_test(of_reminders_that_come_together_only_the_last_is_said),
        cmocka_unit_test(a_reminder_of_what_is_done_is_stopped_without_a_word),
        cmocka_unit_test(silence_is_told_once_when_it_has_lasted),
        cmocka_unit_test(nothing_waits_for_an_instant_that_has_passed),
        cmocka_unit_test(a_newer_protocol_tells_of_what_is_recent_and_not_of_what_is_long_over),
        cmocka_unit_test(what_was_taken_back_is_told_again_however_old_it_is),
        cmocka_unit_test(what_was_over_is_told_where_a_correction_makes_news_of_it),
        cmocka_unit_test(what_a_newer_protocol_no_longer_tells_of_is_corrected_by_the_hospital_alone),
        cmocka_unit_test(a_transfer_that_two_hospitals_tell_is_one_task_and_one_notice),
        cmocka_unit_test(who_tells_of_a_member_waits_for_nobody_who_tells_of_another),
        cmocka_unit_test(members_are_planned_in_whatever_order_the_database_gives_them),
        cmocka_unit_test(who_waited_for_a_member_plans_by_the_instant_after),
        cmocka_unit_test(a_swap_that_waited_for_a_member_plans_by_the_instant_after),
    };
    return cmocka_run_group_tests_name("clock", tests, set_up, tear_down);
}
