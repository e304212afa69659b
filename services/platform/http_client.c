// The one file that knows libcurl.
#include "smtp_talk.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { CONNECTIONS_MAX = 512 };

struct attempt {
    struct attempt *next, **place; // among the client's
    struct ho_http_client *client;
    CURL *easy;
    struct curl_slist *list; // recipients or headers
    ho_sent_handler *done;
    void *context;
    bool is_mail;
    bool plain;    // without TLS: to private addresses only
    bool kept_out; // the address is one that must not be reached
    int64_t began_us;
    struct { // of a mail
        struct ho_arena *arena;
        struct ho_smtp_talk talk;
        struct ho_bytes rest;       // of what is being said
        struct ho_watch *watch;     // once the talk began
        struct ho_watch *time_left; // the same
    } mail;
    size_t n;
    uint8_t bytes[]; // of a call
};

struct ho_http_client {
    struct ho_loop *loop;
    struct ho_http_client_settings settings;
    CURLM *multi;
    struct ho_watch *timer;
    struct attempt *attempts;
    size_t underway;
};

// ---- The loop --------------------------------------------------------------------------------------

struct socket {
    struct ho_http_client *client;
    struct ho_watch *watch;
    curl_socket_t fd;
};

static void finish_done(struct ho_http_client *client);

static void act(struct ho_http_client *client, curl_socket_t fd, int flags)
{
    int running;
    curl_multi_socket_action(client->multi, fd, flags, &running);
    finish_done(client);
}

static void on_socket_event(void *context, int events)
{
    const struct socket *s = context;
    int flags = (events & HO_READABLE ? CURL_CSELECT_IN : 0) | (events & HO_WRITABLE ? CURL_CSELECT_OUT : 0) |
                (events & HO_HANGUP ? CURL_CSELECT_ERR : 0);
    act(s->client, s->fd, flags);
}

static void on_time(void *context)
{
    act(context, CURL_SOCKET_TIMEOUT, 0);
}

static int watched_events(int what)
{
    return (what & CURL_POLL_IN ? HO_READABLE : 0) | (what & CURL_POLL_OUT ? HO_WRITABLE : 0);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context)
{
    (void)easy;
    struct ho_http_client *client = context;
    struct socket *s = socket_context;
    if (what == CURL_POLL_REMOVE) {
        if (s)
            ho_watch_free(s->watch);
        free(s);
        curl_multi_assign(client->multi, fd, NULL);
        return 0;
    }
    if (s) {
        ho_watch_events(s->watch, watched_events(what));
        return 0;
    }
    s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->client = client;
    s->fd = fd;
    s->watch = ho_loop_fd(client->loop, fd, watched_events(what), on_socket_event, s);
    curl_multi_assign(client->multi, fd, s);
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct ho_http_client *client = context;
    ho_watch_free(client->timer);
    client->timer = timeout_ms < 0 ? NULL : ho_loop_timer(client->loop, timeout_ms, 0, on_time, client);
    return 0;
}

// ---- Outcomes --------------------------------------------------------------------------------------

static enum ho_sent post_outcome(const struct attempt *a, CURLcode result, long code)
{
    curl_off_t uploaded = 0;
    if (code == 410)
        return HO_SENT_REFUSED;
    if (code >= 200 && code < 300)
        return HO_SENT;
    if (code >= 300 || result == CURLE_OK)
        return HO_SENT_NOT;
    curl_easy_getinfo(a->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    return (size_t)uploaded >= a->n ? HO_SENT_UNKNOWN : HO_SENT_NOT;
}

// Of a mail only where no talk came about.
static void make_report(const struct attempt *a, CURLcode result, struct ho_sent_report *report)
{
    long code = 0;
    curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &code);
    report->code = (int)code;
    report->outcome = a->is_mail ? HO_SENT_NOT : post_outcome(a, result, code);
    if (a->kept_out)
        snprintf(report->text, sizeof report->text, "%s",
                 a->plain ? "calls without TLS go to private addresses only"
                          : "calls to private addresses are not allowed");
    else if (report->outcome == HO_SENT)
        snprintf(report->text, sizeof report->text, "taken over");
    else if (code >= 300 && code != 354)
        snprintf(report->text, sizeof report->text, "the server answered %ld", code);
    else
        snprintf(report->text, sizeof report->text, "%s", curl_easy_strerror(result));
}

static void attempt_free(struct attempt *a)
{
    if (a->next)
        a->next->place = a->place;
    *a->place = a->next;
    a->client->underway--;
    ho_watch_free(a->mail.watch);
    ho_watch_free(a->mail.time_left);
    curl_multi_remove_handle(a->client->multi, a->easy);
    curl_easy_cleanup(a->easy);
    curl_slist_free_all(a->list);
    ho_arena_free(a->mail.arena);
    free(a);
}

static void finish(struct attempt *a, const struct ho_sent_report *report)
{
    ho_sent_handler *done = a->done;
    void *context = a->context;
    attempt_free(a);
    done(context, report);
}

// ---- Mail. Libcurl connects, with STARTTLS and the user's password where they are asked for; the rest is said here,
// for libcurl waits for the answer to a mail with the whole loop.

// `words` where the server said nothing that ends it.
static void end_talk(struct attempt *a, const char *words)
{
    size_t n;
    struct ho_sent_report report = {.code = a->mail.talk.code};
    report.outcome = ho_smtp_talk_outcome(&a->mail.talk, !a->mail.rest.n);
    if (report.outcome == HO_SENT)
        snprintf(report.text, sizeof report.text, "taken over");
    else if (report.code)
        snprintf(report.text, sizeof report.text, "the server answered %d", report.code);
    else
        snprintf(report.text, sizeof report.text, "%s", words);
    if (report.outcome == HO_SENT)
        (void)curl_easy_send(a->easy, "QUIT\r\n", 6, &n); // nobody waits for the answer
    finish(a, &report);
}

// Says on. False where that ended the attempt.
static bool speak(struct attempt *a)
{
    CURLcode result = CURLE_OK;
    while (a->mail.rest.n && result == CURLE_OK) {
        size_t n = 0;
        result = curl_easy_send(a->easy, a->mail.rest.p, a->mail.rest.n, &n);
        a->mail.rest = ho_bytes_from(a->mail.rest.p + n, a->mail.rest.n - n);
    }
    if (result != CURLE_OK && result != CURLE_AGAIN) {
        end_talk(a, curl_easy_strerror(result));
        return false;
    }
    ho_watch_events(a->mail.watch, a->mail.rest.n ? HO_READABLE | HO_WRITABLE : HO_READABLE);
    if (!a->mail.rest.n && a->mail.talk.step == HO_SMTP_MESSAGE)
        ho_watch_arm(a->mail.time_left, a->client->settings.answer_ms);
    return true;
}

// Takes what the server said. False where that ended the attempt.
static bool hear(struct attempt *a, struct ho_bytes bytes)
{
    switch (ho_smtp_talk_hear(&a->mail.talk, bytes, !a->mail.rest.n)) {
    case HO_SMTP_LISTEN:
        return true;
    case HO_SMTP_SPEAK:
        a->mail.rest = a->mail.talk.say[a->mail.talk.step];
        return speak(a);
    case HO_SMTP_END:
        break;
    }
    end_talk(a, "the server said what is no answer");
    return false;
}

static void on_mail_event(void *context, int events)
{
    struct attempt *a = context;
    uint8_t buffer[4096];
    size_t n;
    CURLcode result;
    bool goes_on = !(events & HO_WRITABLE) || speak(a);
    while (goes_on && (result = curl_easy_recv(a->easy, buffer, sizeof buffer, &n)) != CURLE_AGAIN) {
        goes_on = result == CURLE_OK && n > 0;
        if (goes_on)
            goes_on = hear(a, ho_bytes_from(buffer, n));
        else
            end_talk(a, "the server ended the connection");
    }
}

static void on_time_over(void *context)
{
    end_talk(context, curl_easy_strerror(CURLE_OPERATION_TIMEDOUT));
}

static void begin_talk(struct attempt *a)
{
    const struct ho_http_client *client = a->client;
    curl_socket_t fd = CURL_SOCKET_BAD;
    int64_t left_ms = client->settings.timeout_ms - (ho_monotonic_us() - a->began_us) / 1000;
    if (curl_easy_getinfo(a->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD) {
        end_talk(a, "the server ended the connection");
        return;
    }
    a->mail.watch = ho_loop_fd(client->loop, fd, HO_READABLE, on_mail_event, a);
    a->mail.time_left = ho_loop_timer(client->loop, left_ms > 0 ? left_ms : 0, 0, on_time_over, a);
    (void)speak(a);
}

// ---- Done ------------------------------------------------------------------------------------------

static void finish_done(struct ho_http_client *client)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(client->multi, &left));) {
        struct attempt *a = NULL;
        struct ho_sent_report report;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&a);
        if (a->is_mail && message->data.result == CURLE_OK) {
            begin_talk(a);
            continue;
        }
        make_report(a, message->data.result, &report);
        finish(a, &report);
    }
}

// ---- Attempts --------------------------------------------------------------------------------------

static size_t pass_over(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

// Asked with the address at hand, so that no name can point elsewhere in between.
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct attempt *a = context;
    bool is_private = ho_address_is_private(&address->addr);
    bool allowed = a->is_mail || (is_private ? a->client->settings.allow_private : !a->plain);
    if (!allowed) {
        a->kept_out = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static struct attempt *attempt_new(struct ho_http_client *client, struct ho_bytes bytes, ho_sent_handler *done,
                                   void *context)
{
    struct attempt *a = calloc(1, sizeof *a + bytes.n);
    if (!a)
        abort();
    a->client = client;
    a->done = done;
    a->context = context;
    a->began_us = ho_monotonic_us();
    a->n = bytes.n;
    if (bytes.n)
        memcpy(a->bytes, bytes.p, bytes.n);
    a->easy = curl_easy_init();
    if (!a->easy)
        abort();
    a->next = client->attempts;
    a->place = &client->attempts;
    if (a->next)
        a->next->place = &a->next;
    client->attempts = a;
    client->underway++;
    return a;
}

static void add_to_list(struct attempt *a, const char *text)
{
    struct curl_slist *list = curl_slist_append(a->list, text);
    if (!list)
        abort();
    a->list = list;
}

static void set_common(struct attempt *a, const char *url, const char *schemes)
{
    const struct ho_http_client_settings *settings = &a->client->settings;
    curl_easy_setopt(a->easy, CURLOPT_PRIVATE, a);
    curl_easy_setopt(a->easy, CURLOPT_URL, url);
    curl_easy_setopt(a->easy, CURLOPT_PROTOCOLS_STR, schemes);
    curl_easy_setopt(a->easy, CURLOPT_PROXY, ""); // no proxy from the environment
    curl_easy_setopt(a->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(a->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)settings->connect_timeout_ms);
    curl_easy_setopt(a->easy, CURLOPT_TIMEOUT_MS, (long)settings->timeout_ms);
    curl_easy_setopt(a->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(a->easy, CURLOPT_WRITEFUNCTION, pass_over);
    curl_easy_setopt(a->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(a->easy, CURLOPT_OPENSOCKETDATA, a);
    if (*settings->tls_ca_file)
        curl_easy_setopt(a->easy, CURLOPT_CAINFO, settings->tls_ca_file);
}

static void start(struct attempt *a)
{
    if (curl_multi_add_handle(a->client->multi, a->easy) != CURLM_OK)
        abort();
}

static const char mail_schemes[] = "smtp,smtps";

enum ho_status ho_http_client_mail(struct ho_http_client *client, const struct ho_mail *mail, ho_sent_handler *done,
                                   void *context, struct ho_error *error)
{
    char host[256];
    if (!ho_url_host(mail->server, mail_schemes, host, sizeof host))
        return ho_fail(error, HO_REJECT, "the mail server's URL is not like smtp://HOST:PORT or smtps://HOST:PORT");
    struct attempt *a = attempt_new(client, (struct ho_bytes){0}, done, context);
    a->is_mail = true;
    a->mail.arena = ho_arena_new(0);
    ho_smtp_talk_init(&a->mail.talk, a->mail.arena, mail);
    a->mail.rest = a->mail.talk.say[HO_SMTP_MAIL];
    set_common(a, mail->server, mail_schemes);
    curl_easy_setopt(a->easy, CURLOPT_USE_SSL, mail->tls_required ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
    if (*mail->user) {
        curl_easy_setopt(a->easy, CURLOPT_USERNAME, mail->user);
        curl_easy_setopt(a->easy, CURLOPT_PASSWORD, mail->password);
    }
    curl_easy_setopt(a->easy, CURLOPT_CONNECT_ONLY, 1L);
    start(a);
    return HO_OK;
}

enum ho_status ho_http_client_post(struct ho_http_client *client, const struct ho_post *post, ho_sent_handler *done,
                                   void *context, struct ho_error *error)
{
    char host[256];
    const char *schemes = client->settings.allow_private ? "https,http" : "https";
    if (!ho_url_host(post->url, schemes, host, sizeof host))
        return ho_fail(error, HO_REJECT, "the URL to call is not like https://HOST/PATH, or carries a password");
    struct attempt *a = attempt_new(client, post->body, done, context);
    a->plain = !ho_url_host(post->url, "https", host, sizeof host);
    set_common(a, post->url, schemes);
    for (size_t i = 0; i < sizeof post->headers / sizeof *post->headers && post->headers[i]; i++)
        add_to_list(a, post->headers[i]);
    add_to_list(a, "Expect:"); // no waiting for 100
    curl_easy_setopt(a->easy, CURLOPT_HTTPHEADER, a->list);
    curl_easy_setopt(a->easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(a->easy, CURLOPT_FRESH_CONNECT, 1L); // on a reused connection libcurl repeats a call by itself
    curl_easy_setopt(a->easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(a->easy, CURLOPT_USERAGENT, "handoff/" HO_VERSION);
    curl_easy_setopt(a->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(a->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)a->n);
    curl_easy_setopt(a->easy, CURLOPT_POSTFIELDS, (const char *)a->bytes);
    start(a);
    return HO_OK;
}

size_t ho_http_client_underway(const struct ho_http_client *client)
{
    return client->underway;
}

// ---- The client ------------------------------------------------------------------------------------

struct ho_http_client *ho_http_client_new(struct ho_loop *loop, const struct ho_http_client_settings *settings)
{
    struct ho_http_client *client = calloc(1, sizeof *client);
    if (!client || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
    client->loop = loop;
    client->settings = *settings;
    client->multi = curl_multi_init();
    if (!client->multi)
        abort();
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_MAX); // none is closed for want of room
    return client;
}

void ho_http_client_free(struct ho_http_client *client)
{
    if (!client)
        return;
    for (struct attempt *a = client->attempts, *next; a; a = next) {
        next = a->next;
        attempt_free(a);
    }
    curl_multi_cleanup(client->multi);
    ho_watch_free(client->timer);
    free(client);
    curl_global_cleanup();
}

// ---- URLs ------------------------------------------------------------------------------------------

static bool in_list(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',')
        if (strcspn(p, ",") == n && strncmp(p, word, n) == 0)
            return true;
    return false;
}

static bool url_part(CURLU *url, CURLUPart part, char *out, size_t bytes)
{
    char *text = NULL;
    bool there = curl_url_get(url, part, &text, 0) == CURLUE_OK && strlen(text) < bytes;
    if (there)
        snprintf(out, bytes, "%s", text);
    curl_free(text);
    return there;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool there = curl_url_get(url, part, &text, 0) == CURLUE_OK;
    curl_free(text);
    return there;
}

bool ho_url_host(const char *url, const char *schemes, char *host, size_t host_bytes)
{
    char scheme[16];
    CURLU *parsed = curl_url();
    if (!parsed)
        abort();
    bool good = curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
                url_part(parsed, CURLUPART_SCHEME, scheme, sizeof scheme) && in_list(schemes, scheme) &&
                url_part(parsed, CURLUPART_HOST, host, host_bytes) && *host && !has_part(parsed, CURLUPART_USER) &&
                !has_part(parsed, CURLUPART_PASSWORD);
    curl_url_cleanup(parsed);
    return good;
}
