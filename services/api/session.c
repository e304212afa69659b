#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "handoff/digest.h"

enum { DIGEST_BYTES = 32, LEAST_TOKEN_BYTES = 16, MOST_TOKEN_BYTES = 512 };

struct ho_session {
    uint8_t digest[DIGEST_BYTES]; // of the cookie's value
    uint64_t number;              // 0: this place is free
    int64_t ends_us;
};

struct ho_sessions {
    uint8_t api_token[DIGEST_BYTES];
    uint64_t last_number;
    struct ho_session items[HO_SESSIONS_MAX];
};

static void digest(struct ho_bytes text, uint8_t out[DIGEST_BYTES])
{
    ho_digest(&text, 1, out);
}

// The time does not depend on the bytes.
static bool same_digest(const uint8_t *a, const uint8_t *b)
{
    unsigned difference = 0;
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        difference |= (unsigned)(a[i] ^ b[i]);
    return difference == 0;
}

enum ho_status ho_sessions_new(struct ho_bytes api_token, struct ho_sessions **out, struct ho_error *error)
{
    if (api_token.n < LEAST_TOKEN_BYTES)
        return ho_fail(error, HO_REJECT,
                       "the API's token has %zu bytes and needs %d: take 32 random ones in hexadecimal", api_token.n,
                       LEAST_TOKEN_BYTES);
    struct ho_sessions *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    digest(api_token, s->api_token);
    *out = s;
    return HO_OK;
}

enum ho_status ho_sessions_from_file(const char *path, struct ho_sessions **out, struct ho_error *error)
{
    char line[MOST_TOKEN_BYTES];
    FILE *file = fopen(path, "re");
    if (!file)
        return ho_fail(error, HO_FATAL, "the API's token cannot be read from %s: %s", path, strerror(errno));
    bool read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    struct ho_bytes token = ho_bytes_trim(ho_bytes_of(read ? line : ""));
    enum ho_status status = ho_sessions_new(token, out, error);
    explicit_bzero(line, sizeof line);
    if (status != HO_OK)
        ho_error_prefix(error, "%s: ", path);
    return status;
}

void ho_sessions_free(struct ho_sessions *sessions)
{
    free(sessions);
}

bool ho_sessions_is_api_token(const struct ho_sessions *sessions, struct ho_bytes token)
{
    uint8_t given[DIGEST_BYTES];
    digest(token, given);
    return same_digest(given, sessions->api_token);
}

// A free place, one that has ended, or the one that ends first.
static struct ho_session *place_for_new(struct ho_sessions *sessions)
{
    struct ho_session *best = &sessions->items[0];
    for (size_t i = 0; i < HO_SESSIONS_MAX && best->number; i++)
        if (!sessions->items[i].number || sessions->items[i].ends_us < best->ends_us)
            best = &sessions->items[i];
    return best;
}

const struct ho_session *ho_sessions_open(struct ho_sessions *sessions, int64_t now_us,
                                          char token[HO_SESSION_TOKEN_BYTES])
{
    uint8_t random[DIGEST_BYTES];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        abort(); // never for so few bytes once the machine is up
    ho_hex(random, sizeof random, token);
    struct ho_session *s = place_for_new(sessions);
    digest(ho_bytes_of(token), s->digest);
    s->number = ++sessions->last_number;
    s->ends_us = now_us + HO_SESSION_SECONDS * INT64_C(1000000);
    return s;
}

const struct ho_session *ho_sessions_find(const struct ho_sessions *sessions, struct ho_bytes token, int64_t now_us)
{
    uint8_t given[DIGEST_BYTES];
    const struct ho_session *found = NULL;
    if (token.n != HO_SESSION_TOKEN_BYTES - 1)
        return NULL;
    digest(token, given);
    for (size_t i = 0; i < HO_SESSIONS_MAX; i++) {
        const struct ho_session *s = &sessions->items[i];
        if (s->number && s->ends_us > now_us && same_digest(given, s->digest))
            found = s;
    }
    return found;
}

void ho_sessions_close(struct ho_sessions *sessions, const struct ho_session *session)
{
    sessions->items[session - sessions->items] = (struct ho_session){0};
}

uint64_t ho_session_number(const struct ho_session *session)
{
    return session->number;
}

int64_t ho_session_ends_us(const struct ho_session *session)
{
    return session->ends_us;
}

bool ho_sessions_is_open(const struct ho_sessions *sessions, uint64_t number, int64_t now_us)
{
    for (size_t i = 0; i < HO_SESSIONS_MAX; i++)
        if (sessions->items[i].number == number && sessions->items[i].ends_us > now_us)
            return true;
    return false;
}
