// The one file that knows libssl.
#include "handoff/platform/tls.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct ho_tls_context {
    SSL_CTX *ssl;
    int64_t expires_s;
};

struct ho_tls {
    SSL *ssl;
    int error; // of the last call, as SSL_get_error tells it
    bool established;
    enum ho_tls_failure failure;
    const char *text;
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

// ---- Certificates.

// OpenSSL would ask the terminal.
static int no_password(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static enum ho_status refuse(const char *path, const char *what, struct ho_error *error)
{
    unsigned long code = ERR_peek_last_error();
    const char *why = ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
    return ho_fail(error, HO_REJECT, "%s: %s: %s", path, what, why ? why : "unknown");
}

static enum ho_status load_own(SSL_CTX *ssl, const struct ho_tls_files *files, struct ho_error *error)
{
    ERR_clear_error();
    SSL_CTX_set_default_passwd_cb(ssl, no_password);
    if (SSL_CTX_use_certificate_chain_file(ssl, files->certificate) != 1)
        return refuse(files->certificate, "no certificate that can be used", error);
    if (SSL_CTX_use_PrivateKey_file(ssl, files->key, SSL_FILETYPE_PEM) != 1)
        return refuse(files->key, "no key without a password that belongs to the certificate", error);
    return HO_OK;
}

static enum ho_status load_authority(SSL_CTX *ssl, const char *path, struct ho_error *error)
{
    ERR_clear_error();
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(path);
    if (!names || SSL_CTX_load_verify_locations(ssl, path, NULL) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return refuse(path, "no certificates of authorities", error);
    }
    SSL_CTX_set_client_CA_list(ssl, names); // takes them
    return HO_OK;
}

static int64_t ends_at(const X509 *certificate)
{
    struct tm tm;
    if (!ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm))
        return 0;
    return timegm(&tm);
}

static int64_t chain_ends_at(SSL_CTX *ssl)
{
    STACK_OF(X509) *chain = NULL;
    X509 *own = SSL_CTX_get0_certificate(ssl);
    if (!own)
        return INT64_MAX;
    int64_t first = ends_at(own);
    SSL_CTX_get0_chain_certs(ssl, &chain);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        int64_t end = ends_at(sk_X509_value(chain, i));
        first = end < first ? end : first;
    }
    return first;
}

static SSL_CTX *new_context(const SSL_METHOD *method)
{
    SSL_CTX *ssl = must(SSL_CTX_new(method));
    SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    // A frame tells its own end, so an end without close_notify cuts nothing off unseen.
    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ssl,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ssl, 0);
    return ssl;
}

static enum ho_status context_new(SSL_CTX *ssl, const struct ho_tls_files *files, struct ho_tls_context **out,
                                  struct ho_error *error)
{
    enum ho_status status = load_authority(ssl, files->authority, error);
    if (status == HO_OK && files->certificate)
        status = load_own(ssl, files, error);
    if (status != HO_OK) {
        SSL_CTX_free(ssl);
        return status;
    }
    *out = must(calloc(1, sizeof **out));
    **out = (struct ho_tls_context){.ssl = ssl, .expires_s = chain_ends_at(ssl)};
    return HO_OK;
}

enum ho_status ho_tls_server_new(const struct ho_tls_files *files, struct ho_tls_context **out, struct ho_error *error)
{
    SSL_CTX *ssl = new_context(TLS_server_method());
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return context_new(ssl, files, out, error);
}

enum ho_status ho_tls_client_new(const struct ho_tls_files *files, struct ho_tls_context **out, struct ho_error *error)
{
    SSL_CTX *ssl = new_context(TLS_client_method());
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    return context_new(ssl, files, out, error);
}

void ho_tls_context_free(struct ho_tls_context *context)
{
    if (context)
        SSL_CTX_free(context->ssl);
    free(context);
}

int64_t ho_tls_context_expires_s(const struct ho_tls_context *context)
{
    return context->expires_s;
}

// ---- Sessions.

// OpenSSL's own would raise SIGPIPE, which send need not and which ends a command.
static int send_quietly(BIO *bio, const char *bytes, int n)
{
    int fd = -1;
    BIO_get_fd(bio, &fd);
    BIO_clear_retry_flags(bio);
    int sent = (int)send(fd, bytes, (size_t)n, MSG_NOSIGNAL);
    if (sent <= 0 && BIO_sock_should_retry(sent))
        BIO_set_retry_write(bio);
    return sent;
}

static BIO_METHOD *quiet_socket_new(void)
{
    const BIO_METHOD *own = BIO_s_socket();
    BIO_METHOD *method = must(BIO_meth_new(BIO_TYPE_SOCKET, "socket"));
    BIO_meth_set_write(method, send_quietly);
    BIO_meth_set_read(method, BIO_meth_get_read(own));
    BIO_meth_set_ctrl(method, BIO_meth_get_ctrl(own));
    BIO_meth_set_create(method, BIO_meth_get_create(own));
    BIO_meth_set_destroy(method, BIO_meth_get_destroy(own));
    return method;
}

static struct ho_tls *session_new(struct ho_tls_context *context, int fd)
{
    struct ho_tls *tls = must(calloc(1, sizeof *tls));
    static BIO_METHOD *socket; // one for all sessions, which outlive their contexts
    if (!socket)
        socket = quiet_socket_new();
    BIO *bio = must(BIO_new(socket));
    BIO_set_fd(bio, fd, BIO_NOCLOSE);
    tls->ssl = must(SSL_new(context->ssl));
    SSL_set_bio(tls->ssl, bio, bio); // takes it
    return tls;
}

struct ho_tls *ho_tls_accept(struct ho_tls_context *context, int fd)
{
    struct ho_tls *tls = session_new(context, fd);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

struct ho_tls *ho_tls_connect(struct ho_tls_context *context, int fd, const char *host)
{
    struct ho_tls *tls = session_new(context, fd);
    struct in6_addr address;
    SSL_set_connect_state(tls->ssl);
    if (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls->ssl), host);
    } else {
        SSL_set_tlsext_host_name(tls->ssl, host);
        SSL_set1_host(tls->ssl, host);
    }
    return tls;
}

void ho_tls_free(struct ho_tls *tls)
{
    if (!tls)
        return;
    if (tls->established)
        SSL_shutdown(tls->ssl);
    ERR_clear_error();
    SSL_free(tls->ssl);
    free(tls);
}

// ---- The handshake.

static enum ho_tls_failure failure_of_verification(long result)
{
    return result == X509_V_ERR_CERT_HAS_EXPIRED || result == X509_V_ERR_CERT_NOT_YET_VALID ? HO_TLS_EXPIRED
                                                                                            : HO_TLS_UNTRUSTED;
}

static enum ho_tls_failure failure_of_reason(int reason)
{
    switch (reason) {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return HO_TLS_NO_CERTIFICATE;
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_BAD_PACKET_LENGTH:
        return HO_TLS_NOT_TLS;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_NO_SHARED_CIPHER:
        return HO_TLS_VERSION;
    default: // an alert of the other side is its number and a thousand
        return reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + UINT8_MAX ? HO_TLS_REFUSED
                                                                                           : HO_TLS_OTHER;
    }
}

static enum ho_tls_progress fail(struct ho_tls *tls, enum ho_tls_failure failure, const char *text)
{
    tls->failure = failure;
    tls->text = text;
    ERR_clear_error();
    return HO_TLS_FAILED;
}

static enum ho_tls_progress fail_handshake(struct ho_tls *tls)
{
    long result = SSL_get_verify_result(tls->ssl);
    unsigned long code = ERR_peek_error();
    const char *text = ERR_reason_error_string(code);
    if (result != X509_V_OK)
        return fail(tls, failure_of_verification(result), X509_verify_cert_error_string(result));
    if (!code || ERR_SYSTEM_ERROR(code)) // the socket's own end
        return fail(tls, HO_TLS_CLOSED, "the connection was closed");
    return fail(tls, failure_of_reason(ERR_GET_REASON(code)), text ? text : "unknown");
}

enum ho_tls_progress ho_tls_handshake(struct ho_tls *tls)
{
    ERR_clear_error();
    int result = SSL_do_handshake(tls->ssl);
    tls->error = SSL_get_error(tls->ssl, result);
    if (tls->error == SSL_ERROR_WANT_READ || tls->error == SSL_ERROR_WANT_WRITE)
        return HO_TLS_WAITS;
    tls->established = result == 1;
    return result == 1 ? HO_TLS_DONE : fail_handshake(tls);
}

enum ho_tls_failure ho_tls_failure(const struct ho_tls *tls)
{
    return tls->failure;
}

const char *ho_tls_failure_text(const struct ho_tls *tls)
{
    return tls->text ? tls->text : "the connection broke";
}

// ---- Bytes.

static ssize_t fail_for_good(struct ho_tls *tls)
{
    tls->established = false; // SSL_shutdown must not follow
    tls->text = ERR_peek_error() ? ERR_reason_error_string(ERR_peek_error()) : NULL;
    errno = EPROTO;
    return -1;
}

// What recv or send would have returned.
static ssize_t result_of(struct ho_tls *tls, int n)
{
    tls->error = SSL_get_error(tls->ssl, n);
    switch (tls->error) {
    case SSL_ERROR_NONE:
        return n;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        errno = EAGAIN;
        return -1;
    default:
        return fail_for_good(tls);
    }
}

static int at_most_int(size_t n)
{
    return n > INT_MAX ? INT_MAX : (int)n;
}

ssize_t ho_tls_read(struct ho_tls *tls, void *buffer, size_t size)
{
    ERR_clear_error();
    return result_of(tls, SSL_read(tls->ssl, buffer, at_most_int(size)));
}

ssize_t ho_tls_write(struct ho_tls *tls, const void *bytes, size_t n)
{
    assert(n > 0);
    ERR_clear_error();
    ssize_t written = result_of(tls, SSL_write(tls->ssl, bytes, at_most_int(n)));
    return written ? written : fail_for_good(tls); // the other side's end of sending, told of a socket that is gone
}

bool ho_tls_wants_write(const struct ho_tls *tls)
{
    return tls->error == SSL_ERROR_WANT_WRITE;
}

bool ho_tls_inside_record(const struct ho_tls *tls)
{
    return SSL_has_pending(tls->ssl);
}

// ---- The other side's names.

static const ASN1_STRING *common_name(const X509 *certificate)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    return at < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
}

static bool give(const ASN1_STRING *name, ho_tls_take_name *take, void *context)
{
    unsigned char *text = NULL;
    int n = ASN1_STRING_to_UTF8(&text, name);
    bool taken = n >= 0 && take(context, ho_bytes_from(text, (size_t)n));
    OPENSSL_free(text);
    return taken;
}

void ho_tls_peer_names(const struct ho_tls *tls, ho_tls_take_name *take, void *context)
{
    const X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    if (!certificate)
        return;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    const ASN1_STRING *last = common_name(certificate);
    bool taken = false;
    for (int i = 0; !taken && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        taken = name->type == GEN_DNS && give(name->d.dNSName, take, context);
    }
    if (!taken && last)
        give(last, take, context);
    GENERAL_NAMES_free(names);
}

const char *ho_tls_version(const struct ho_tls *tls)
{
    return SSL_get_version(tls->ssl);
}
