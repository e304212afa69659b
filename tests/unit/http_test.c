#include "handoff/platform/http.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/talk.h"

static const size_t MEBIBYTE = 1 << 20;

struct fixture {
    struct ho_loop *loop;
    struct ho_http_server *server;
    uint16_t port;
    const char *request;
    struct talk_buffer answer;
    bool ok;
    // What the stream's handler keeps.
    struct ho_http_stream *stream;
    struct ho_watch *timer;
    int sent, closed;
};

static void on_closed(void *context, struct ho_http_stream *stream)
{
    struct fixture *f = context;
    assert_ptr_equal(stream, f->stream);
    f->stream = NULL;
    f->closed++;
}

// Answers with what it saw of the request.
static void echo(const struct ho_http_request *request, struct ho_http_response *response)
{
    const char *q = ho_http_query(request, "q"), *header = ho_http_header(request, "x-test");
    const char *cookie = ho_http_cookie(request, "session");
    response->content_type = "text/plain";
    response->headers[0][0] = "X-Own";
    response->headers[0][1] = "yes";
    response->body = ho_bytes_of(ho_arena_printf(
        request->arena, "%s %s q=%s header=%s cookie=%s loopback=%d body=%zu", request->method, request->path,
        q ? q : "-", header ? header : "-", cookie ? cookie : "-", ho_http_from_loopback(request), request->body.n));
}

static void handle(void *context, const struct ho_http_request *request, struct ho_http_response *response)
{
    struct fixture *f = context;
    if (strcmp(request->path, "/stream") == 0) {
        f->stream = ho_http_stream_open(request, response);
        ho_http_stream_on_close(f->stream, on_closed, f);
        ho_http_stream_send(f->stream, "hello", 7, ho_bytes_of("one\ntwo"));
    } else if (strcmp(request->path, "/empty") == 0) {
        response->status = 204;
    } else {
        echo(request, response);
    }
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct ho_error error;
    f->loop = ho_loop_new();
    assert_int_equal(ho_http_listen(f->loop, "127.0.0.1:0", handle, f, &f->server, &error), HO_OK);
    f->port = ho_http_port(f->server);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ho_watch_free(f->timer);
    ho_http_close(f->server);
    ho_loop_free(f->loop);
    talk_forget(&f->answer);
    free(f);
    return 0;
}

// Sends the request and reads until the server closes.
static void ask(void *context)
{
    struct fixture *f = context;
    int fd = talk_connect(f->port);
    talk_send_text(fd, f->request);
    f->ok = talk_to_end(fd, &f->answer);
    close(fd);
}

static const char *answer_to(struct fixture *f, const char *request)
{
    f->request = request;
    talk_run(f->loop, ask, f);
    assert_true(f->ok);
    return f->answer.text;
}

static void assert_in(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text);
}

static void a_request_is_seen_decoded_and_answered_with_its_length(void **state)
{
    const char *text = answer_to(*state, "GET /a%20b/c?q=x%26y HTTP/1.1\r\nHost: h\r\nX-Test: t\r\n"
                                         "Cookie: other=1; session=abc\r\nConnection: close\r\n\r\n");
    assert_in(text, "HTTP/1.1 200 ");
    assert_in(text, "\r\nContent-Type: text/plain\r\n");
    assert_in(text, "\r\nX-Own: yes\r\n");
    assert_in(text, "\r\nContent-Length: 54\r\n");
    assert_in(text, "\r\n\r\nGET /a b/c q=x&y header=t cookie=abc loopback=1 body=0");
}

static void head_gets_the_head_of_get_alone(void **state)
{
    const char *text = answer_to(*state, "HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_in(text, "\r\nContent-Length: 46\r\n");
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
}

static void an_answer_without_a_body_has_no_type(void **state)
{
    const char *text = answer_to(*state, "GET /empty HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_in(text, "HTTP/1.1 204 ");
    assert_null(strstr(text, "Content-Type"));
}

static void a_connection_serves_pipelined_requests_in_order(void **state)
{
    const char *text = answer_to(*state, "GET /one HTTP/1.1\r\nHost: h\r\n\r\n"
                                         "POST /two HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                                         "GET /three HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const char *one = strstr(text, "GET /one "), *two = strstr(text, "POST /two "),
               *three = strstr(text, "GET /three ");
    assert_true(one && two && three && one < two && two < three);
    assert_in(two, "body=3");
}

static void a_nul_in_the_path_is_refused(void **state)
{
    const char *text = answer_to(*state, "GET /a%00b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_in(text, "HTTP/1.1 400 ");
    assert_in(text, "application/problem+json");
}

static void garbage_is_refused_and_closed(void **state)
{
    const char *text = answer_to(*state, "\x0BMSH|^~\\&|A\r\x1C\r\r\n\r\n");
    assert_true(!text[0] || strstr(text, " 400 "));
}

struct post {
    struct fixture *f;
    size_t n;
    bool chunked;
};

static void post_body(void *context)
{
    struct post *post = context;
    char head[200];
    char *body = malloc(post->n);
    memset(body, 'b', post->n);
    int fd = talk_connect(post->f->port);
    snprintf(head, sizeof head, "POST /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\n");
    talk_send_text(fd, head);
    snprintf(head, sizeof head,
             post->chunked ? "Transfer-Encoding: chunked\r\n\r\n%zx\r\n" : "Content-Length: %zu\r\n\r\n", post->n);
    talk_send_text(fd, head);
    talk_send(fd, body, post->n);
    if (post->chunked)
        talk_send_text(fd, "\r\n0\r\n\r\n");
    post->f->ok = talk_to_end(fd, &post->f->answer);
    close(fd);
    free(body);
}

static const char *answer_to_body(struct fixture *f, size_t n, bool chunked)
{
    struct post post = {f, n, chunked};
    talk_run(f->loop, post_body, &post);
    assert_true(f->ok);
    return f->answer.text;
}

static void a_body_of_the_limit_is_taken(void **state)
{
    assert_in(answer_to_body(*state, MEBIBYTE, false), "body=1048576");
}

static void a_chunked_body_of_the_limit_is_taken(void **state)
{
    assert_in(answer_to_body(*state, MEBIBYTE, true), "body=1048576");
}

static void a_body_over_the_limit_gets_413(void **state)
{
    assert_in(answer_to_body(*state, MEBIBYTE + 1, false), "HTTP/1.1 413 ");
}

static void a_chunked_body_over_the_limit_gets_413(void **state)
{
    assert_in(answer_to_body(*state, 3 * MEBIBYTE, true), "HTTP/1.1 413 ");
}

// ---- Streams.

static const char stream_request[] = "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n";

static void read_first_event(void *context)
{
    struct fixture *f = context;
    int fd = talk_connect(f->port);
    talk_send_text(fd, stream_request);
    f->ok = talk_until(fd, &f->answer, "data: two\n\n");
    close(fd);
}

static void an_event_has_id_name_and_every_line(void **state)
{
    struct fixture *f = *state;
    talk_run(f->loop, read_first_event, f);
    assert_true(f->ok);
    assert_in(f->answer.text, "\r\nContent-Type: text/event-stream\r\n");
    assert_in(f->answer.text, "\r\nCache-Control: no-store\r\n");
    assert_in(f->answer.text, "id: 7\nevent: hello\ndata: one\ndata: two\n\n");
}

static void send_more(void *context)
{
    struct fixture *f = context;
    if (f->stream && ++f->sent < 4)
        ho_http_stream_send(f->stream, NULL, 0, f->sent == 3 ? ho_bytes_of("last") : ho_bytes_of("more"));
    else if (f->stream) {
        ho_http_stream_close(f->stream);
        f->stream = NULL;
    }
}

static void a_stream_sends_until_it_is_closed_and_ends_whole(void **state)
{
    struct fixture *f = *state;
    f->timer = ho_loop_timer(f->loop, 1, 1, send_more, f);
    const char *text = answer_to(f, "GET /stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_in(text, "data: more\n\n");
    assert_in(text, "data: last\n\n");
    assert_int_equal(f->closed, 0);
}

static void wait_for_close(void *context)
{
    struct fixture *f = context;
    if (f->closed)
        ho_loop_stop(f->loop);
}

static void *leave_after_first_event(void *context)
{
    read_first_event(context);
    return NULL;
}

static void a_peer_that_leaves_is_told_once(void **state)
{
    struct fixture *f = *state;
    pthread_t thread;
    f->timer = ho_loop_timer(f->loop, 1, 1, wait_for_close, f);
    assert_int_equal(pthread_create(&thread, NULL, leave_after_first_event, f), 0);
    ho_loop_run(f->loop);
    pthread_join(thread, NULL);
    assert_true(f->ok);
    assert_int_equal(f->closed, 1);
}

static char big[64 << 10];

static void flood(void *context)
{
    struct fixture *f = context;
    if (f->stream && f->sent++ < 1000)
        ho_http_stream_send(f->stream, NULL, 0, ho_bytes_from(big, sizeof big));
}

static void a_stream_that_is_not_read_is_dropped(void **state)
{
    struct fixture *f = *state;
    memset(big, 'x', sizeof big);
    int fd = talk_connect(f->port);
    talk_send_text(fd, stream_request);
    f->timer = ho_loop_timer(f->loop, 1, 1, flood, f);
    struct ho_watch *end = ho_loop_timer(f->loop, 1, 1, wait_for_close, f);
    ho_loop_run(f->loop);
    assert_int_equal(f->closed, 1);
    assert_true(f->sent < 1000);
    ho_watch_free(end);
    close(fd);
}

static void wait_for_stream(void *context)
{
    struct fixture *f = context;
    if (f->stream)
        ho_loop_stop(f->loop);
}

static void closing_the_server_ends_its_streams(void **state)
{
    struct fixture *f = *state;
    int fd = talk_connect(f->port);
    talk_send_text(fd, stream_request);
    f->timer = ho_loop_timer(f->loop, 1, 1, wait_for_stream, f);
    ho_loop_run(f->loop);
    assert_non_null(f->stream);
    ho_http_close(f->server);
    f->server = NULL;
    assert_int_equal(f->closed, 1);
    close(fd);
}

static void a_wrong_address_is_refused_in_words(void **state)
{
    struct fixture *f = *state;
    struct ho_http_server *server;
    struct ho_error error;
    char taken[32];
    snprintf(taken, sizeof taken, "127.0.0.1:%u", f->port);
    assert_int_equal(ho_http_listen(f->loop, "nonsense", handle, f, &server, &error), HO_FATAL);
    assert_in(error.text, "host:port");
    assert_int_equal(ho_http_listen(f->loop, taken, handle, f, &server, &error), HO_FATAL);
    assert_in(error.text, taken);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_seen_decoded_and_answered_with_its_length),
        TEST(head_gets_the_head_of_get_alone),
        TEST(an_answer_without_a_body_has_no_type),
        TEST(a_connection_serves_pipelined_requests_in_order),
        TEST(a_nul_in_the_path_is_refused),
        TEST(garbage_is_refused_and_closed),
        TEST(a_body_of_the_limit_is_taken),
        TEST(a_chunked_body_of_the_limit_is_taken),
        TEST(a_body_over_the_limit_gets_413),
        TEST(a_chunked_body_over_the_limit_gets_413),
        TEST(an_event_has_id_name_and_every_line),
        TEST(a_stream_sends_until_it_is_closed_and_ends_whole),
        TEST(a_peer_that_leaves_is_told_once),
        TEST(a_stream_that_is_not_read_is_dropped),
        TEST(closing_the_server_ends_its_streams),
        TEST(a_wrong_address_is_refused_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
