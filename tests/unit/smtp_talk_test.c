// What is said to a mail server about a mail, whatever and however it answers.
#include "../support/unit.h"

#include "platform/smtp_talk.h"

static const char message[] = "Subject: x\r\n\r\n.one\r\n..two\r\nthree.\r\n";

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

static struct ho_smtp_talk begin(struct ho_arena *arena, const char *text)
{
    struct ho_smtp_talk talk;
    const struct ho_mail mail = {.from = "us@plan.example", .to = "ana@team.example", .message = ho_bytes_of(text)};
    ho_smtp_talk_init(&talk, arena, &mail);
    return talk;
}

// Hears the replies, one a question, in pieces of `step` bytes; what came of it.
static enum ho_sent hear_all(struct ho_smtp_talk *talk, const char *const *replies, size_t step)
{
    enum ho_smtp_next next = HO_SMTP_SPEAK;
    for (; *replies && next != HO_SMTP_END; replies++) {
        struct ho_bytes reply = ho_bytes_of(*replies);
        next = HO_SMTP_LISTEN;
        for (size_t i = 0; i < reply.n && next == HO_SMTP_LISTEN; i += step)
            next = ho_smtp_talk_hear(talk, ho_bytes_from(reply.p + i, i + step < reply.n ? step : reply.n - i), true);
    }
    return ho_smtp_talk_outcome(talk, true);
}

#define REPLIES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void a_mail_is_said_in_four_steps(void **state)
{
    struct ho_smtp_talk talk = begin(*state, message);
    assert_true(ho_bytes_is(talk.say[talk.step], "MAIL FROM:<us@plan.example>\r\n"));
    static const char *const said[] = {"RCPT TO:<ana@team.example>\r\n", "DATA\r\n",
                                       "Subject: x\r\n\r\n..one\r\n...two\r\nthree.\r\n.\r\n"};
    static const char *const replies[] = {"250 ok\r\n", "251 will forward\r\n", "354 go\r\n"};
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        assert_int_equal(ho_smtp_talk_hear(&talk, ho_bytes_of(replies[i]), true), HO_SMTP_SPEAK);
        assert_true(ho_bytes_is(talk.say[talk.step], said[i]));
    }
    assert_int_equal(ho_smtp_talk_hear(&talk, ho_bytes_of("250 taken\r\n"), true), HO_SMTP_END);
    assert_int_equal(ho_smtp_talk_outcome(&talk, true), HO_SENT);
}

static void a_mail_without_a_last_line_end_gets_one(void **state)
{
    assert_true(ho_bytes_is(begin(*state, "a\r\n.").say[HO_SMTP_MESSAGE], "a\r\n..\r\n.\r\n"));
}

static void every_split_of_the_replies_comes_to_the_same(void **state)
{
    const char *const *taken =
        REPLIES("250-first\r\n250 ok\r\n", "250\r\n", "354-a\r\n354-b\n354 go\r\n", "250 ok\r\n");
    const char *const *refused = REPLIES("250 ok\r\n", "550-no\r\n550 such user\r\n");
    for (size_t step = 1; step < 40; step++) {
        struct ho_smtp_talk talk = begin(*state, message);
        assert_int_equal(hear_all(&talk, taken, step), HO_SENT);
        talk = begin(*state, message);
        assert_int_equal(hear_all(&talk, refused, step), HO_SENT_REFUSED);
        assert_int_equal(talk.code, 550);
    }
}

static void the_place_of_a_refusal_tells_whom_it_is_about(void **state)
{
    const struct {
        const char *const *replies;
        enum ho_sent wanted;
    } cases[] = {
        {REPLIES("550 who are you\r\n"), HO_SENT_NOT},
        {REPLIES("250 ok\r\n", "450 busy\r\n"), HO_SENT_NOT},
        {REPLIES("250 ok\r\n", "550 unknown\r\n"), HO_SENT_REFUSED},
        {REPLIES("250 ok\r\n", "530 log in\r\n"), HO_SENT_NOT},
        {REPLIES("250 ok\r\n", "250 ok\r\n", "554 no\r\n"), HO_SENT_NOT},
        {REPLIES("250 ok\r\n", "250 ok\r\n", "354 go\r\n", "451 later\r\n"), HO_SENT_NOT},
        {REPLIES("250 ok\r\n", "250 ok\r\n", "354 go\r\n", "554 never\r\n421 bye\r\n"), HO_SENT_REFUSED},
        {REPLIES("250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 ok\r\n421 bye\r\n"), HO_SENT},
        {REPLIES("250 ok\r\n", "250 ok\r\n", "354 go\r\n"), HO_SENT_UNKNOWN},
        {REPLIES("250 ok\r\n", "250 ok\r\n"), HO_SENT_NOT},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ho_smtp_talk talk = begin(*state, message);
        assert_int_equal(hear_all(&talk, cases[i].replies, 100), cases[i].wanted);
    }
}

static void a_mail_that_was_not_said_to_its_end_was_not_sent(void **state)
{
    struct ho_smtp_talk talk = begin(*state, message);
    hear_all(&talk, REPLIES("250 ok\r\n", "250 ok\r\n", "354 go\r\n"), 100);
    assert_int_equal(ho_smtp_talk_outcome(&talk, false), HO_SENT_NOT);
    assert_int_equal(ho_smtp_talk_hear(&talk, ho_bytes_of("250 ok\r\n"), false), HO_SMTP_END);
    assert_int_equal(ho_smtp_talk_outcome(&talk, false), HO_SENT_NOT);
}

static void what_is_no_reply_or_comes_too_soon_ends_it_unsent(void **state)
{
    static const char *const wrong[] = {"hello\r\n",    "25\r\n",     "\r\n",          "150 wait\r\n",
                                        "650 what\r\n", "2x0 ok\r\n", "354 early\r\n", "250 ok\r\n250 ok\r\n"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct ho_smtp_talk talk = begin(*state, message);
        assert_int_equal(ho_smtp_talk_hear(&talk, ho_bytes_of(wrong[i]), true), HO_SMTP_END);
        assert_int_equal(ho_smtp_talk_outcome(&talk, true), HO_SENT_NOT);
    }
}

static void a_reply_has_an_end(void **state)
{
    struct ho_smtp_talk talk = begin(*state, message);
    enum ho_smtp_next next = HO_SMTP_LISTEN;
    size_t lines = 0;
    for (; next == HO_SMTP_LISTEN && lines < 100000; lines++)
        next = ho_smtp_talk_hear(&talk, ho_bytes_of("250-more\r\n"), true);
    assert_int_equal(next, HO_SMTP_END);
    assert_int_equal(lines, HO_SMTP_REPLY_BYTES_MAX / 10 + 1);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_mail_is_said_in_four_steps),
        TEST(a_mail_without_a_last_line_end_gets_one),
        TEST(every_split_of_the_replies_comes_to_the_same),
        TEST(the_place_of_a_refusal_tells_whom_it_is_about),
        TEST(a_mail_that_was_not_said_to_its_end_was_not_sent),
        TEST(what_is_no_reply_or_comes_too_soon_ends_it_unsent),
        TEST(a_reply_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
