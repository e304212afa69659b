#include "handoff/platform/tls.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cmocka.h>

enum { DAY_SECONDS = 86400, TURNS = 20, NAMES = 4000 };

// Two sides of a connection, each with the same certificate, which is its own authority.
struct fixture {
    char folder[32], certificate[64], key[64];
    struct ho_tls_context *server_context, *client_context;
    struct ho_tls *server, *client;
    int fds[2];
    struct ho_error error;
};

static X509 *new_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"common.example", -1, -1, 0);
    char list[NAMES * 16] = "DNS:test.example,IP:127.0.0.1"; // an address is no name
    for (size_t i = 1, n = strlen(list); i < NAMES; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, ",DNS:n%04zu.x", i);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, list);
    X509_set_version(certificate, X509_VERSION_3);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_SECONDS);
    X509_gmtime_adj(X509_getm_notAfter(certificate), DAY_SECONDS);
    assert_true(X509_sign(certificate, key, EVP_sha256()));
    return certificate;
}

static void write_files(const struct fixture *f)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = new_certificate(key);
    FILE *file = fopen(f->certificate, "w");
    assert_true(file && PEM_write_X509(file, certificate));
    fclose(file);
    file = fopen(f->key, "w");
    assert_true(file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void shake_hands(struct fixture *f)
{
    enum ho_tls_progress server = HO_TLS_WAITS, client = HO_TLS_WAITS;
    for (int i = 0; i < TURNS && (server == HO_TLS_WAITS || client == HO_TLS_WAITS); i++) {
        if (client == HO_TLS_WAITS)
            client = ho_tls_handshake(f->client);
        if (server == HO_TLS_WAITS)
            server = ho_tls_handshake(f->server);
    }
    assert_int_equal(client, HO_TLS_DONE);
    assert_int_equal(server, HO_TLS_DONE);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/handoff-tls-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->certificate, sizeof f->certificate, "%s/certificate.pem", f->folder);
    snprintf(f->key, sizeof f->key, "%s/key.pem", f->folder);
    write_files(f);
    const struct ho_tls_files files = {f->certificate, f->key, f->certificate};
    assert_int_equal(ho_tls_server_new(&files, &f->server_context, &f->error), HO_OK);
    assert_int_equal(ho_tls_client_new(&files, &f->client_context, &f->error), HO_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, f->fds), 0);
    f->server = ho_tls_accept(f->server_context, f->fds[0]);
    f->client = ho_tls_connect(f->client_context, f->fds[1], "test.example");
    shake_hands(f);
    *state = f;
    return 0;
}

static void leave(struct fixture *f)
{
    ho_tls_free(f->client); // says that this is the end
    close(f->fds[1]);
    f->client = NULL;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->client)
        leave(f);
    ho_tls_free(f->server);
    close(f->fds[0]);
    ho_tls_context_free(f->server_context);
    ho_tls_context_free(f->client_context);
    unlink(f->certificate);
    unlink(f->key);
    rmdir(f->folder);
    free(f);
    return 0;
}

static void what_one_side_writes_the_other_reads(void **state)
{
    struct fixture *f = *state;
    char text[HO_TLS_RECORD_BYTES];
    assert_int_equal(ho_tls_write(f->client, "a message", 9), 9);
    assert_int_equal(ho_tls_read(f->server, text, sizeof text), 9);
    assert_memory_equal(text, "a message", 9);
    assert_int_equal(ho_tls_read(f->server, text, sizeof text), -1);
    assert_int_equal(errno, EAGAIN);
}

// SIGPIPE is not ignored here: it would end the test, as it would a command.
static void a_write_to_a_socket_that_is_gone_fails_for_good_and_raises_no_signal(void **state)
{
    struct fixture *f = *state;
    close(f->fds[1]); // without a word
    for (int i = 0; i < 2; i++) {
        errno = 0;
        assert_int_equal(ho_tls_write(f->server, "x", 1), -1);
        assert_int_equal(errno, EPROTO);
    }
    f->fds[1] = -1;
}

// Whoever writes in a loop until all is taken would go on for ever with 0.
static void so_does_one_after_the_other_side_said_that_it_ends(void **state)
{
    struct fixture *f = *state;
    char text[HO_TLS_RECORD_BYTES];
    leave(f);
    assert_int_equal(ho_tls_read(f->server, text, sizeof text), 0);
    for (int i = 0; i < 2; i++) {
        errno = 0;
        assert_int_equal(ho_tls_write(f->server, "x", 1), -1);
        assert_int_equal(errno, EPROTO);
    }
}

struct taking {
    size_t wanted, n;
    char last[32];
};

static bool take_name(void *context, struct ho_bytes name)
{
    struct taking *taking = context;
    snprintf(taking->last, sizeof taking->last, "%.*s", (int)name.n, (const char *)name.p);
    if (taking->n && taking->n < NAMES) {
        char expected[16];
        snprintf(expected, sizeof expected, "n%04zu.x", taking->n);
        assert_string_equal(taking->last, expected);
    }
    return ++taking->n == taking->wanted;
}

static void the_other_sides_names_are_given_once_each_until_one_is_taken(void **state)
{
    struct fixture *f = *state;
    struct taking all = {0}, some = {.wanted = 3};
    ho_tls_peer_names(f->server, take_name, &all);
    assert_int_equal(all.n, NAMES + 1);
    assert_string_equal(all.last, "common.example");
    ho_tls_peer_names(f->server, take_name, &some);
    assert_int_equal(some.n, 3);
    assert_string_equal(some.last, "n0002.x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_one_side_writes_the_other_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_to_a_socket_that_is_gone_fails_for_good_and_raises_no_signal, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(so_does_one_after_the_other_side_said_that_it_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(the_other_sides_names_are_given_once_each_until_one_is_taken, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
