// Outgoing mail (SMTP) and web calls (HTTPS POST) on the loop, through libcurl. A slow answer keeps nothing else
// waiting.
//
// One attempt each: nothing is retried and no redirect followed here. What the other side says is reported as
// one of four outcomes, of which one is "nobody knows": all of it was sent, and no answer came. Words of
// the other side are never passed on, for they may repeat addresses. The caller bounds how many are under way:
// each has a connection of its own, and none waits for another's.
#pragma once

#include "handoff/bytes.h"
#include "handoff/error.h"
#include "handoff/platform/loop.h"

struct sockaddr;

struct ho_http_client;

enum ho_sent {
    HO_SENT,         // taken over by the other side
    HO_SENT_NOT,     // surely not; the same may succeed later
    HO_SENT_REFUSED, // surely not, and the other side said that it never will
    HO_SENT_UNKNOWN, // it may have arrived
};

struct ho_sent_report {
    enum ho_sent outcome;
    int code;       // the last SMTP reply or HTTP status; 0 none
    char text[160]; // what happened, without any personal data
};

typedef void ho_sent_handler(void *context, const struct ho_sent_report *report);

struct ho_http_client_settings {
    int64_t connect_timeout_ms;
    int64_t timeout_ms;      // of a whole attempt
    int64_t answer_ms;       // save that a mail server has so long for its answer once all of a mail was said
    bool allow_private;      // POST to private addresses, and to those also without TLS
    const char *tls_ca_file; // "" the system's
};

// Texts in the settings must outlive the client.
struct ho_http_client *ho_http_client_new(struct ho_loop *loop, const struct ho_http_client_settings *settings);
// What is under way is dropped without a report. Takes NULL.
void ho_http_client_free(struct ho_http_client *client);

struct ho_mail {
    const char *server;          // smtp://HOST:PORT, or smtps://
    bool tls_required;           // STARTTLS or nothing
    const char *user, *password; // "" none
    const char *from, *to;       // of the envelope: without line ends and brackets
    struct ho_bytes message;     // RFC 5322, lines ending with CR LF
};

struct ho_post {
    const char *url;
    const char *headers[8]; // "name: value"; ends with NULL
    struct ho_bytes body;
};

// The values are copied. HO_OK: `done` is called once, from the loop, never from inside this call. HO_REJECT: the
// URL is none of ours.
HO_MUST_USE enum ho_status ho_http_client_mail(struct ho_http_client *client, const struct ho_mail *mail,
                                               ho_sent_handler *done, void *context, struct ho_error *error);
HO_MUST_USE enum ho_status ho_http_client_post(struct ho_http_client *client, const struct ho_post *post,
                                               ho_sent_handler *done, void *context, struct ho_error *error);
size_t ho_http_client_underway(const struct ho_http_client *client);

// The host of a URL with one of the schemes ("https", "smtp,smtps" …). False where it is none, carries a user
// or password, or does not fit.
bool ho_url_host(const char *url, const char *schemes, char *host, size_t host_bytes);

// An address that is not of the public internet: loopback, private, link-local, carrier-grade NAT, multicast,
// reserved, unspecified, and IPv6 forms that carry such an IPv4 address.
bool ho_address_is_private(const struct sockaddr *address);
