// The mail to a coordinator: a whole message, the same id each time, and nothing private.
#include "../support/unit.h"

#include "notifier/mail.h"

static const struct ho_mail_facts facts = {
    .from = "handoff@plan.example",
    .to = "ana.ruiz@team.example",
    .message_id = "<0011.2233@handoff.invalid>",
    .queue_url = "https://handoff.plan.example/",
    .now = INT64_C(1764000000000000),
};

static int set_up(void **state)
{
    *state = ho_arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    ho_arena_free(*state);
    return 0;
}

static const char *text_of(struct ho_arena *arena, const struct ho_mail_facts *f)
{
    return ho_arena_text(arena, ho_mail_write(arena, f));
}

static void the_head_is_complete(void **state)
{
    const char *mail = text_of(*state, &facts);
    static const char *const lines[] = {
        "Date: Mon, 24 Nov 2025 16:00:00 +0000\r\n",
        "From: handoff <handoff@plan.example>\r\n",
        "To: <ana.ruiz@team.example>\r\n",
        "Subject: A care transition needs you\r\n",
        "Message-ID: <0011.2233@handoff.invalid>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "MIME-Version: 1.0\r\n",
        "Content-Type: text/plain; charset=us-ascii\r\n",
    };
    const char *end = strstr(mail, "\r\n\r\n");
    assert_non_null(end);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const char *line = strstr(mail, lines[i]);
        assert_non_null(line);
        assert_true(line < end);
    }
}

static void lines_end_with_cr_lf_and_are_ascii(void **state)
{
    const char *mail = text_of(*state, &facts);
    size_t length = 0;
    for (const char *p = mail; *p; p++) {
        assert_true(*p > 0);
        assert_int_equal(*p == '\n', p > mail && p[-1] == '\r');
        length = *p == '\n' ? 0 : length + 1;
        assert_true(length < 998);
    }
}

static void the_body_holds_the_link_and_no_details(void **state)
{
    const char *body = strstr(text_of(*state, &facts), "\r\n\r\n");
    assert_non_null(strstr(body, "\r\nhttps://handoff.plan.example/\r\n"));
    assert_non_null(strstr(body, "new item in your queue"));
}

static void without_a_queue_url_there_is_no_link(void **state)
{
    struct ho_mail_facts f = facts;
    f.queue_url = "";
    assert_null(strstr(text_of(*state, &f), "http"));
}

static void who_has_no_queue_is_sent_to_none(void **state)
{
    struct ho_mail_facts f = facts;
    for (f.reader = HO_MAIL_CARE; f.reader <= HO_MAIL_FAMILY; f.reader++)
        for (int kind = 0; kind < 3; kind++) {
            f.correction = kind == 1;
            f.reminder = kind == 2;
            const char *mail = text_of(*state, &f);
            assert_null(strstr(mail, "queue"));
            assert_null(strstr(mail, "http"));
            assert_non_null(strstr(mail, f.correction ? "no longer holds" : "has had a care transition"));
            assert_int_equal(strstr(mail, "family") != NULL, !f.correction && f.reader == HO_MAIL_FAMILY);
        }
}

static void a_correction_says_so(void **state)
{
    struct ho_mail_facts f = facts;
    f.correction = true;
    const char *mail = text_of(*state, &f);
    assert_non_null(strstr(mail, "Subject: A care transition notice no longer holds\r\n"));
    assert_null(strstr(mail, "new item"));
}

static void a_reminder_tells_whether_the_task_is_due_soon_or_overdue(void **state)
{
    struct ho_mail_facts f = facts;
    f.reminder = true;
    f.due = f.now + 1;
    const char *mail = text_of(*state, &f);
    assert_non_null(strstr(mail, "Subject: A task is due soon\r\n"));
    assert_null(strstr(mail, "new item"));
    f.due = f.now;
    assert_non_null(strstr(text_of(*state, &f), "Subject: A task is overdue\r\n"));
}

static void the_same_facts_make_the_same_bytes(void **state)
{
    assert_string_equal(text_of(*state, &facts), text_of(*state, &facts));
}

static void addresses_that_could_break_out_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "ana",
                                        "@team.example",
                                        "ana@",
                                        "a@b@c",
                                        "a b@c.d",
                                        "a@b\r\nRCPT",
                                        "<a@b.example>",
                                        "a@b.example,c",
                                        "\"a\"@b.example",
                                        "a\n@b.example",
                                        "a;b@c.example",
                                        "Jos\xC3\xA9@b.example"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(ho_mail_address_valid(wrong[i]));
    assert_true(ho_mail_address_valid("ana.ruiz+queue@team.example"));
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(the_head_is_complete),
        WITH_ARENA(lines_end_with_cr_lf_and_are_ascii),
        WITH_ARENA(the_body_holds_the_link_and_no_details),
        WITH_ARENA(without_a_queue_url_there_is_no_link),
        WITH_ARENA(who_has_no_queue_is_sent_to_none),
        WITH_ARENA(a_correction_says_so),
        WITH_ARENA(a_reminder_tells_whether_the_task_is_due_soon_or_overdue),
        WITH_ARENA(the_same_facts_make_the_same_bytes),
        cmocka_unit_test(addresses_that_could_break_out_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
