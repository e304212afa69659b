// TLS 1.2 and 1.3 over a socket that is there already, for both sides of MLLP: each side shows a certificate, and takes
// the other's only where it comes from its own file of authorities.
//
// Non-blocking where the socket is. ho_tls_read and ho_tls_write behave as recv and send do, so that one path serves
// plain connections and these; the session never closes the socket. Renegotiation, compression and resumption are off:
// each connection shows its certificate anew. One thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "handoff/bytes.h"
#include "handoff/error.h"

struct ho_tls_files {
    const char *certificate; // PEM: the own one, then those between it and the authority
    const char *key;         // PEM, without a password
    const char *authority;   // PEM: those who may have signed the other side's
};

// Certificates in memory. Sessions hold what they began with: it may be freed while they live.
struct ho_tls_context;

// HO_REJECT, with the file and the reason, where one cannot be read or key and certificate do not belong together.
HO_MUST_USE enum ho_status ho_tls_server_new(const struct ho_tls_files *files, struct ho_tls_context **out,
                                             struct ho_error *error);
// As above; certificate and key may both be NULL: then none is shown.
HO_MUST_USE enum ho_status ho_tls_client_new(const struct ho_tls_files *files, struct ho_tls_context **out,
                                             struct ho_error *error);
void ho_tls_context_free(struct ho_tls_context *context); // takes NULL
// When the own certificate, or the first of those above it, ends: seconds since 1970.
int64_t ho_tls_context_expires_s(const struct ho_tls_context *context);

struct ho_tls;

enum ho_tls_progress { HO_TLS_DONE, HO_TLS_WAITS, HO_TLS_FAILED };

enum ho_tls_failure {
    HO_TLS_NO_CERTIFICATE,
    HO_TLS_UNTRUSTED, // the other side's is of another authority, for another use, or has another name
    HO_TLS_EXPIRED,   // or not yet valid
    HO_TLS_NOT_TLS,   // the other side speaks something else
    HO_TLS_VERSION,   // an older one, or no cipher in common
    HO_TLS_REFUSED,   // by the other side
    HO_TLS_CLOSED,    // by the other side, without a word
    HO_TLS_OTHER,
    HO_TLS_FAILURES
};

// The socket outlives the session.
struct ho_tls *ho_tls_accept(struct ho_tls_context *context, int fd);
// `host` is the name or address that the other side's certificate must have.
struct ho_tls *ho_tls_connect(struct ho_tls_context *context, int fd, const char *host);
// Tells the other side that this is the end, where that can be done without waiting. Takes NULL.
void ho_tls_free(struct ho_tls *tls);

// Goes on with the handshake; HO_TLS_WAITS: again once the socket is writable (ho_tls_wants_write) or readable.
enum ho_tls_progress ho_tls_handshake(struct ho_tls *tls);
enum ho_tls_failure ho_tls_failure(const struct ho_tls *tls); // after HO_TLS_FAILED
const char *ho_tls_failure_text(const struct ho_tls *tls);    // for people; never content

// As recv (after a failure for good, ho_tls_failure_text tells why): 0 is the end of the other side's sending, with or
// without a word; -1 with EAGAIN or, for good, EPROTO. With a `size` of HO_TLS_RECORD_BYTES or more nothing that was
// received whole is left inside.
enum { HO_TLS_RECORD_BYTES = 16 << 10 };
ssize_t ho_tls_read(struct ho_tls *tls, void *buffer, size_t size);
// As send.
ssize_t ho_tls_write(struct ho_tls *tls, const void *bytes, size_t n);
// What was called last waits for the socket to be writable.
bool ho_tls_wants_write(const struct ho_tls *tls);
// A record has begun to come and is not whole: the other side owes bytes.
bool ho_tls_inside_record(const struct ho_tls *tls);

// True where no more names are wanted. The name is valid until it returns.
typedef bool ho_tls_take_name(void *context, struct ho_bytes name);
// Gives the names of the other side's certificate: the DNS names it has, in their order, then its common name.
void ho_tls_peer_names(const struct ho_tls *tls, ho_tls_take_name *take, void *context);
const char *ho_tls_version(const struct ho_tls *tls); // "TLSv1.3"
