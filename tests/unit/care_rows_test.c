// The rows of care teams and staff: what a line or an update may say, and the words for what is wrong with it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "roster/care.h"

struct reading {
    struct ho_arena *arena;
    enum ho_care_kind kind;
    struct ho_care_header header;
    bool header_seen, good;
    struct ho_care_row row; // the last one
    char faults[1024];
    size_t used;
};

static void note_fault(void *context, const struct ho_roster_fault *fault)
{
    struct reading *r = context;
    r->used += (size_t)snprintf(r->faults + r->used, sizeof r->faults - r->used, "%u %s: %s; ", (unsigned)fault->line,
                                fault->column, fault->what);
    assert_true(r->used < sizeof r->faults);
}

static void take(void *context, const struct ho_csv_record *record)
{
    struct reading *r = context;
    const struct ho_roster_faults faults = {note_fault, r};
    const char *unknown;
    if (r->header_seen) {
        r->good = ho_care_row_read(r->arena, r->kind, &r->header, record, &faults, &r->row);
        for (size_t i = 0; i < HO_CARE_COLUMNS_MAX; i++) // views of the record else
            r->row.text[i] = ho_bytes_of(ho_arena_text(r->arena, r->row.text[i]));
    } else {
        r->header_seen = true;
        r->good = ho_care_header_read(r->arena, r->kind, record, &faults, &r->header, &unknown);
    }
}

static void read_file(struct reading *r, enum ho_care_kind kind, const char *text)
{
    struct ho_arena *arena = r->arena;
    *r = (struct reading){.arena = arena, .kind = kind};
    struct ho_csv *csv = ho_csv_new(take, r);
    ho_csv_feed(csv, ho_bytes_of(text));
    ho_csv_end(csv);
    ho_csv_free(csv);
}

static int set_up(void **state)
{
    static struct reading reading;
    reading = (struct reading){.arena = ho_arena_new(0)};
    *state = &reading;
    return 0;
}

static int tear_down(void **state)
{
    ho_arena_free(((struct reading *)*state)->arena);
    return 0;
}

static void expect(struct reading *r, enum ho_care_kind kind, const char *text, const char *faults)
{
    read_file(r, kind, text);
    assert_string_equal(r->faults, faults);
    assert_int_equal(r->good, !*faults);
}

static void expect_text(const struct reading *r, int column, const char *text)
{
    assert_true(ho_bytes_is(r->row.text[column], text));
}

static void columns_come_in_any_order_and_missing_ones_are_blank(void **state)
{
    struct reading *r = *state;
    expect(r, HO_CARE_TEAM, "until,name,role,member_id\n2027-01-31, Ida Moor ,PCP,M1\n", "");
    expect_text(r, HO_TEAM_MEMBER_ID, "M1");
    expect_text(r, HO_TEAM_ROLE, "pcp");
    expect_text(r, HO_TEAM_NAME, "Ida Moor");
    expect_text(r, HO_TEAM_EMAIL, "");
    assert_int_equal(r->row.date[HO_TEAM_UNTIL], 20270131);
    assert_int_equal(r->row.date[HO_TEAM_SINCE], 0);
}

static void every_fault_of_a_line_is_told_and_its_member_kept(void **state)
{
    struct reading *r = *state;
    expect(r, HO_CARE_TEAM, "member_id,role,name,email,since\nM1,nurse,Ida,nobody,soon\n",
           "2 role: is none of: pcp specialist pharmacist case-manager cb-cme community family; "
           "2 email: is no e-mail address; 2 since: is no date (YYYYMMDD or YYYY-MM-DD); ");
    expect_text(r, HO_TEAM_MEMBER_ID, "M1");
    expect_text(r, HO_TEAM_NAME, "");
    expect(r, HO_CARE_TEAM, "member_id,role,name\nM1,pcp\n", "2 : has 2 columns where the header has 3; ");
    expect_text(r, HO_TEAM_MEMBER_ID, "M1");
    expect(r, HO_CARE_TEAM, "role,name,member_id\npcp,Ida\n", "2 : has 2 columns where the header has 3; ");
    expect_text(r, HO_TEAM_MEMBER_ID, "");
}

static void a_line_without_a_person_says_that_there_is_no_team(void **state)
{
    struct reading *r = *state;
    expect(r, HO_CARE_TEAM, "member_id,role,name\nM1,,\n", "");
    expect(r, HO_CARE_TEAM, "member_id,role,phone\nM1,,555-0100\n",
           "2 role: is blank beside a person; only a line without any says that there is no team; ");
    expect(r, HO_CARE_TEAM, "member_id,role,since\nM1,,20260101\n",
           "2 role: is blank beside a person; only a line without any says that there is no team; ");
}

static void the_first_column_must_be_there(void **state)
{
    struct reading *r = *state;
    expect(r, HO_CARE_TEAM, "role,name\n", "1 member_id: is missing in the header, which must be the first line; ");
    expect(r, HO_CARE_STAFF, "name,name,email\n", "1 name: stands twice in the header; ");
}

static void a_time_away_has_a_beginning_and_ends_after_it(void **state)
{
    struct reading *r = *state;
    expect(r, HO_CARE_STAFF, "email,away_from,away_to\na@t.example,20261201,20261201\n", "");
    expect(r, HO_CARE_STAFF, "email,away_from,away_to\na@t.example,20261201,\n", "");
    expect(r, HO_CARE_STAFF, "email,away_from,away_to\na@t.example,,20261201\n",
           "2 away_from: is blank beside away_to; ");
    expect(r, HO_CARE_STAFF, "email,away_from,away_to\na@t.example,20261202,20261201\n",
           "2 away_to: lies before away_from; ");
    expect(r, HO_CARE_STAFF, "email,backup_email\na@t.example,A@T.example\n",
           "2 backup_email: is the person's own address; ");
    expect(r, HO_CARE_STAFF, "email,name\n,Ana\n", "2 email: is blank; ");
}

// ---- Updates ---------------------------------------------------------------------------------------

static bool rows_of(struct reading *r, const char *member_id, ho_care_team_member *people, size_t n,
                    struct ho_care_row **rows, size_t *n_rows)
{
    ho_care_team_member *list[4];
    union {
        const char *text;
        char *field; // the generated messages own nothing here
    } id = {member_id};
    Handoff__V1__CareTeam team = HANDOFF__V1__CARE_TEAM__INIT;
    Handoff__V1__Member member = HANDOFF__V1__MEMBER__INIT;
    ho_roster_update update = HANDOFF__V1__ROSTER_UPDATE__INIT;
    for (size_t i = 0; i < n; i++)
        list[i] = &people[i];
    team.members = list;
    team.n_members = n;
    member.member_id = id.field;
    update.member = &member;
    update.care_team = &team;
    return ho_care_rows_of_update(r->arena, &update, rows, n_rows);
}

static ho_care_team_member person(char *role, char *name)
{
    ho_care_team_member m = HANDOFF__V1__CARE_TEAM_MEMBER__INIT;
    m.role = role;
    m.name = name;
    return m;
}

static void an_update_is_held_to_the_same_rules(void **state)
{
    struct reading *r = *state;
    static char pcp[] = "pcp", nurse[] = "nurse", ida[] = "Ida", none[] = "";
    struct ho_care_row *rows;
    size_t n;
    ho_care_team_member people[] = {person(pcp, ida), person(pcp, ida)};
    assert_true(rows_of(r, "M1", people, 1, &rows, &n));
    assert_int_equal(n, 1);
    assert_true(ho_bytes_is(rows[0].text[HO_TEAM_NAME], "Ida"));
    assert_false(rows_of(r, "M1", people, 2, &rows, &n)); // one person twice
    people[0].since = 20261301;
    assert_false(rows_of(r, "M1", people, 1, &rows, &n));
    people[0] = person(nurse, ida);
    assert_false(rows_of(r, "M1", people, 1, &rows, &n));
    people[0] = person(none, ida);
    assert_false(rows_of(r, "M1", people, 1, &rows, &n));
}

static void an_update_without_people_says_that_there_is_no_team(void **state)
{
    struct reading *r = *state;
    struct ho_care_row *rows;
    size_t n;
    assert_true(rows_of(r, " M\t1 ", NULL, 0, &rows, &n));
    assert_int_equal(n, 1);
    assert_true(ho_bytes_is(rows[0].text[HO_TEAM_MEMBER_ID], "M 1")); // as the member's own row has it
    assert_int_equal(rows[0].text[HO_TEAM_ROLE].n, 0);
}

static void an_update_that_says_nothing_about_the_team_makes_no_rows(void **state)
{
    struct reading *r = *state;
    struct ho_care_row *rows;
    size_t n = 1;
    Handoff__V1__Member member = HANDOFF__V1__MEMBER__INIT;
    ho_roster_update update = HANDOFF__V1__ROSTER_UPDATE__INIT;
    update.member = &member;
    assert_true(ho_care_rows_of_update(r->arena, &update, &rows, &n));
    assert_int_equal(n, 0);
}

#define PROPERTY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPERTY(columns_come_in_any_order_and_missing_ones_are_blank),
        PROPERTY(every_fault_of_a_line_is_told_and_its_member_kept),
        PROPERTY(a_line_without_a_person_says_that_there_is_no_team),
        PROPERTY(the_first_column_must_be_there),
        PROPERTY(a_time_away_has_a_beginning_and_ends_after_it),
        PROPERTY(an_update_is_held_to_the_same_rules),
        PROPERTY(an_update_without_people_says_that_there_is_no_team),
        PROPERTY(an_update_that_says_nothing_about_the_team_makes_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
