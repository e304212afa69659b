#include "handoff/platform/mllp_client.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "handoff/mllp.h"
#include "handoff/platform/net.h"

enum { MAX_ANSWERS = 64 };

// A receiver in a thread of its own: takes one connection, and does what its script says.
struct receiver {
    int listening, fd;
    pthread_t thread;
    void (*script)(struct receiver *receiver);
    struct ho_mllp *parser;
    uint8_t buffer[4096];
    struct ho_bytes input;
    int taken;
};

struct fixture {
    struct receiver receiver;
    char address[32];
    struct ho_mllp_client *client;
    struct ho_error error;
    struct ho_mllp_answer answers[MAX_ANSWERS];
    int n_answers;
};

static void *run_receiver(void *context)
{
    struct receiver *r = context;
    struct pollfd p = {.fd = r->listening, .events = POLLIN};
    poll(&p, 1, 5000);
    r->fd = accept(r->listening, NULL, NULL);
    r->script(r);
    close(r->fd);
    return NULL;
}

// Takes one frame; false at the end.
static bool take(struct receiver *r)
{
    struct ho_bytes frame;
    while (ho_mllp_next(r->parser, &r->input, &frame) != HO_MLLP_FRAME) {
        ssize_t n = read(r->fd, r->buffer, sizeof r->buffer);
        if (n <= 0)
            return false;
        r->input = ho_bytes_from(r->buffer, (size_t)n);
    }
    r->taken++;
    return true;
}

static void answer(struct receiver *r, const char *code, const char *control_id)
{
    char text[200];
    int n =
        snprintf(text, sizeof text, "\x0BMSH|^~\\&|R||S||20261122||ACK|1|P|2.5\rMSA|%s|%s\r\x1C\r", code, control_id);
    if (write(r->fd, text, (size_t)n) != n)
        abort();
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    uint16_t port;
    assert_int_equal(ho_tcp_listen("127.0.0.1:0", &f->receiver.listening, &port, &f->error), HO_OK);
    snprintf(f->address, sizeof f->address, "127.0.0.1:%u", port);
    f->receiver.parser = ho_mllp_new(1 << 16);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ho_mllp_client_close(f->client);
    if (f->receiver.script)
        pthread_join(f->receiver.thread, NULL);
    close(f->receiver.listening);
    ho_mllp_free(f->receiver.parser);
    free(f);
    return 0;
}

static void note(void *context, const struct ho_mllp_answer *a)
{
    struct fixture *f = context;
    assert_true(f->n_answers < MAX_ANSWERS);
    f->answers[f->n_answers++] = *a;
}

static void begin(struct fixture *f, void (*script)(struct receiver *), int64_t window, int64_t timeout_ms)
{
    struct ho_mllp_client_settings settings = {
        .address = f->address,
        .window = window,
        .connect_timeout_ms = 5000,
        .answer_timeout_ms = timeout_ms,
        .answered = note,
        .context = f,
    };
    f->receiver.script = script;
    assert_int_equal(pthread_create(&f->receiver.thread, NULL, run_receiver, &f->receiver), 0);
    assert_int_equal(ho_mllp_client_open(&settings, &f->client, &f->error), HO_OK);
}

static enum ho_status send_message(struct fixture *f, const char *control_id, const char *modes)
{
    char text[200];
    snprintf(text, sizeof text, "MSH|^~\\&|S||R||20261122||ADT^A01|%s|P|2.5|||%s\rPID|1\r", control_id, modes);
    return ho_mllp_client_send(f->client, ho_bytes_of(text), &f->error);
}

static void never_answer(struct receiver *r)
{
    while (take(r))
        continue;
}

static void a_window_of_one_sends_nothing_before_the_answer(void **state)
{
    struct fixture *f = *state;
    begin(f, never_answer, 1, 30);
    assert_int_equal(send_message(f, "a", ""), HO_OK);
    assert_int_equal(send_message(f, "b", ""), HO_RETRY);
    ho_mllp_client_close(f->client);
    f->client = NULL;
    pthread_join(f->receiver.thread, NULL);
    f->receiver.script = NULL;
    assert_int_equal(f->receiver.taken, 1);
}

static void answer_each(struct receiver *r)
{
    static const char *const ids[] = {"a", "b", "c"};
    for (int i = 0; i < 3 && take(r); i++)
        answer(r, "AA", ids[i]);
}

static void a_window_of_one_goes_on_with_each_answer(void **state)
{
    struct fixture *f = *state;
    begin(f, answer_each, 1, 5000);
    assert_int_equal(send_message(f, "a", ""), HO_OK);
    assert_int_equal(send_message(f, "b", ""), HO_OK);
    assert_int_equal(send_message(f, "c", ""), HO_OK);
    assert_int_equal(ho_mllp_client_first_unanswered(f->client), 2);
    assert_int_equal(ho_mllp_client_finish(f->client, &f->error), HO_OK);
    assert_int_equal(ho_mllp_client_counts(f->client)->by_code[HO_ACK_AA], 3);
    assert_int_equal(ho_mllp_client_first_unanswered(f->client), 3);
}

static void all_then_answers(struct receiver *r)
{
    static const char *const codes[] = {"AA", "AE", "AR", "CA"};
    while (r->taken < 40 && take(r))
        continue;
    for (int i = 0; i < 40; i++) {
        char id[12];
        snprintf(id, sizeof id, "%d", i);
        answer(r, codes[i % 4], id);
    }
}

static void a_wider_window_pipelines_and_answers_come_in_order(void **state)
{
    struct fixture *f = *state;
    begin(f, all_then_answers, 40, 5000);
    for (int i = 0; i < 40; i++) {
        char id[12];
        snprintf(id, sizeof id, "%d", i);
        assert_int_equal(send_message(f, id, ""), HO_OK);
    }
    assert_int_equal(ho_mllp_client_finish(f->client, &f->error), HO_OK);
    assert_int_equal(f->n_answers, 40);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(f->answers[i].number, i);
        assert_string_equal(f->answers[i].code, ((const char *[]){"AA", "AE", "AR", "CA"})[i % 4]);
        assert_true(f->answers[i].latency_us >= 0);
    }
    const struct ho_mllp_counts *counts = ho_mllp_client_counts(f->client);
    assert_int_equal(counts->sent, 40);
    assert_int_equal(counts->by_code[HO_ACK_AE], 10);
    assert_int_equal(counts->by_code[HO_ACK_CR], 0);
}

static void answer_the_third(struct receiver *r)
{
    while (r->taken < 3 && take(r))
        continue;
    answer(r, "AA", "c");
}

static void messages_that_forbid_an_answer_are_not_waited_for(void **state)
{
    struct fixture *f = *state;
    begin(f, answer_the_third, 1, 5000);
    assert_int_equal(send_message(f, "a", "NE|NE"), HO_OK);
    assert_int_equal(send_message(f, "b", "ER"), HO_OK);
    assert_int_equal(send_message(f, "c", ""), HO_OK);
    assert_int_equal(ho_mllp_client_first_unanswered(f->client), 2);
    assert_int_equal(ho_mllp_client_first_on_its_way(f->client), 0); // a refusal may still come
    assert_int_equal(ho_mllp_client_finish(f->client, &f->error), HO_OK);
    assert_int_equal(ho_mllp_client_first_on_its_way(f->client), 3);
    assert_int_equal(ho_mllp_client_counts(f->client)->unasked, 2);
    assert_int_equal(f->answers[0].number, 2);
}

static void refuse_the_first(struct receiver *r)
{
    while (r->taken < 2 && take(r))
        continue;
    answer(r, "CE", "a");
    answer(r, "AA", "b");
}

static void an_unasked_refusal_is_told_of_its_own_message(void **state)
{
    struct fixture *f = *state;
    begin(f, refuse_the_first, 2, 5000);
    assert_int_equal(send_message(f, "a", "ER"), HO_OK);
    assert_int_equal(send_message(f, "b", ""), HO_OK);
    assert_int_equal(ho_mllp_client_finish(f->client, &f->error), HO_OK);
    assert_int_equal(f->answers[0].number, 0);
    assert_string_equal(f->answers[0].code, "CE");
    assert_int_equal(f->answers[1].number, 1);
}

static void accept_then_apply(struct receiver *r)
{
    take(r);
    answer(r, "CA", "a");
    answer(r, "AA", "a");
}

static void both_acknowledgements_are_waited_for(void **state)
{
    struct fixture *f = *state;
    begin(f, accept_then_apply, 1, 5000);
    assert_int_equal(send_message(f, "a", "AL|AL"), HO_OK);
    assert_int_equal(ho_mllp_client_finish(f->client, &f->error), HO_OK);
    assert_int_equal(f->n_answers, 2);
    assert_string_equal(f->answers[1].code, "AA");
}

static void answer_another(struct receiver *r)
{
    take(r);
    answer(r, "AA", "other");
}

static void an_answer_to_nothing_on_its_way_is_an_error(void **state)
{
    struct fixture *f = *state;
    begin(f, answer_another, 1, 5000);
    assert_int_equal(send_message(f, "a", ""), HO_OK);
    assert_int_equal(ho_mllp_client_finish(f->client, &f->error), HO_RETRY);
    assert_non_null(strstr(f->error.text, "belongs to no message"));
    assert_int_equal(f->n_answers, 0);
}

static void answer_two_of_three(struct receiver *r)
{
    while (r->taken < 3 && take(r))
        continue;
    answer(r, "AA", "a");
    answer(r, "AA", "b");
}

static void a_lost_connection_tells_where_to_go_on(void **state)
{
    struct fixture *f = *state;
    begin(f, answer_two_of_three, 3, 5000);
    assert_int_equal(send_message(f, "a", ""), HO_OK);
    assert_int_equal(send_message(f, "b", ""), HO_OK);
    assert_int_equal(send_message(f, "c", ""), HO_OK);
    assert_int_equal(ho_mllp_client_finish(f->client, &f->error), HO_RETRY);
    assert_non_null(strstr(f->error.text, "1 messages await"));
    assert_int_equal(ho_mllp_client_first_unanswered(f->client), 2);
}

static void no_answer_in_time_is_an_error(void **state)
{
    struct fixture *f = *state;
    begin(f, never_answer, 1, 30);
    assert_int_equal(send_message(f, "a", ""), HO_OK);
    assert_int_equal(ho_mllp_client_finish(f->client, &f->error), HO_RETRY);
    assert_non_null(strstr(f->error.text, "no answer in time"));
}

static void nobody_there_is_told(void **state)
{
    struct fixture *f = *state;
    struct ho_mllp_client_settings settings = {.address = "127.0.0.1:1", .window = 1, .connect_timeout_ms = 1000};
    assert_int_equal(ho_mllp_client_open(&settings, &f->client, &f->error), HO_RETRY);
    assert_non_null(strstr(f->error.text, "cannot connect to 127.0.0.1:1"));
    settings.address = "nonsense";
    assert_int_equal(ho_mllp_client_open(&settings, &f->client, &f->error), HO_REJECT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_window_of_one_sends_nothing_before_the_answer),
        TEST(a_window_of_one_goes_on_with_each_answer),
        TEST(a_wider_window_pipelines_and_answers_come_in_order),
        TEST(messages_that_forbid_an_answer_are_not_waited_for),
        TEST(an_unasked_refusal_is_told_of_its_own_message),
        TEST(both_acknowledgements_are_waited_for),
        TEST(an_answer_to_nothing_on_its_way_is_an_error),
        TEST(a_lost_connection_tells_where_to_go_on),
        TEST(no_answer_in_time_is_an_error),
        TEST(nobody_there_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
