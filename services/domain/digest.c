#include "handoff/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

// Looking up the algorithm costs more than hashing a message, and so does a new context: the one is
// fetched once, the other kept by each thread.
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t context_key;
static EVP_MD *sha256;

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}

static void prepare(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!sha256 || pthread_key_create(&context_key, free_context) != 0)
        abort();
}

static EVP_MD_CTX *thread_context(void)
{
    if (pthread_once(&once, prepare) != 0)
        abort();
    EVP_MD_CTX *context = pthread_getspecific(context_key);
    if (context)
        return context;
    context = EVP_MD_CTX_new();
    if (!context || pthread_setspecific(context_key, context) != 0)
        abort();
    return context;
}

void ho_digest(const struct ho_bytes *parts, size_t n_parts, uint8_t out[32])
{
    static const uint8_t zero = 0;
    EVP_MD_CTX *context = thread_context();
    int ok = EVP_DigestInit_ex2(context, sha256, NULL);
    for (size_t i = 0; i < n_parts; i++) {
        if (i)
            ok &= EVP_DigestUpdate(context, &zero, 1);
        if (parts[i].n)
            ok &= EVP_DigestUpdate(context, parts[i].p, parts[i].n);
    }
    ok &= EVP_DigestFinal_ex(context, out, NULL);
    if (ok != 1)
        abort(); // SHA-256 has no input that it cannot hash
}

void ho_digest_id(const struct ho_bytes *parts, size_t n_parts, uint8_t out[16])
{
    uint8_t whole[32];
    ho_digest(parts, n_parts, whole);
    memcpy(out, whole, 16);
}

void ho_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool ho_unhex(struct ho_bytes text, uint8_t *out, size_t n)
{
    if (n > SIZE_MAX / 2 || text.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_value(text.p[2 * i]), low = hex_value(text.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}
