#include "proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { URL_BYTES = 512, MAX_PAIRS = 16, BUFFER_BYTES = 1 << 16 };

struct pair {
    int client, server;
};

struct ho_test_proxy {
    char url[URL_BYTES];
    struct sockaddr_in target;
    int listener, wake[2];
    pthread_t thread;
    bool running;
    atomic_bool armed, has_cut;
    struct pair pairs[MAX_PAIRS];
    size_t n_pairs;
};

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

static uint16_t bind_free_port(int fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof address;
    must(bind(fd, (struct sockaddr *)&address, n) == 0, "bind");
    must(getsockname(fd, (struct sockaddr *)&address, &n) == 0, "getsockname");
    return ntohs(address.sin_port);
}

// postgresql://user@HOST:PORT/database, the host being an address.
static void split_url(struct ho_test_proxy *proxy, const char *url, uint16_t own_port)
{
    const char *host = strstr(url, "://") + 3;
    const char *at = strchr(host, '@');
    host = at ? at + 1 : host;
    char name[64];
    size_t n = strcspn(host, ":/");
    must(host[n] == ':' && n < sizeof name, "the database's URL needs HOST:PORT");
    snprintf(name, sizeof name, "%.*s", (int)n, host);
    char *rest;
    long port = strtol(host + n + 1, &rest, 10);
    proxy->target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    must(inet_pton(AF_INET, strcmp(name, "localhost") == 0 ? "127.0.0.1" : name, &proxy->target.sin_addr) == 1, name);
    snprintf(proxy->url, sizeof proxy->url, "%.*s127.0.0.1:%d%s", (int)(host - url), url, own_port, rest);
}

struct ho_test_proxy *ho_test_proxy_new(const char *database_url)
{
    struct ho_test_proxy *proxy = calloc(1, sizeof *proxy);
    must(proxy != NULL, "proxy");
    proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(proxy->listener >= 0 && pipe(proxy->wake) == 0, "socket");
    split_url(proxy, database_url, bind_free_port(proxy->listener));
    return proxy;
}

static void pair_close(struct ho_test_proxy *proxy, size_t i)
{
    close(proxy->pairs[i].client);
    close(proxy->pairs[i].server);
    proxy->pairs[i] = proxy->pairs[--proxy->n_pairs];
}

static void accept_one(struct ho_test_proxy *proxy)
{
    struct pair pair = {.client = accept(proxy->listener, NULL, NULL),
                        .server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    must(proxy->n_pairs < MAX_PAIRS, "too many connections");
    must(connect(pair.server, (struct sockaddr *)&proxy->target, sizeof proxy->target) == 0, "connect");
    proxy->pairs[proxy->n_pairs++] = pair;
}

static bool confirms_commit(const char *data, size_t n)
{
    return memmem(data, n, "COMMIT", sizeof "COMMIT") != NULL; // CommandComplete holds the tag with its NUL
}

// Moves what is there from one side to the other; false at the end of the stream or when it is to be cut.
static bool move(struct ho_test_proxy *proxy, int from, int to, bool from_server)
{
    static char data[BUFFER_BYTES];
    ssize_t n = read(from, data, sizeof data);
    if (n <= 0)
        return false;
    if (from_server && proxy->armed && confirms_commit(data, (size_t)n)) {
        proxy->armed = false;
        proxy->has_cut = true;
        return false;
    }
    for (ssize_t sent = 0, m; sent < n; sent += m)
        if ((m = send(to, data + sent, (size_t)(n - sent), MSG_NOSIGNAL)) < 0)
            return false;
    return true;
}

static void *run(void *context)
{
    struct ho_test_proxy *proxy = context;
    for (;;) {
        struct pollfd entries[2 + 2 * MAX_PAIRS] = {{.fd = proxy->wake[0], .events = POLLIN},
                                                    {.fd = proxy->listener, .events = POLLIN}};
        size_t n = proxy->n_pairs;
        for (size_t i = 0; i < n; i++) {
            entries[2 + 2 * i] = (struct pollfd){.fd = proxy->pairs[i].client, .events = POLLIN};
            entries[3 + 2 * i] = (struct pollfd){.fd = proxy->pairs[i].server, .events = POLLIN};
        }
        if (poll(entries, 2 + 2 * n, -1) < 0 || entries[0].revents)
            return NULL;
        for (size_t i = n; i-- > 0;) {
            struct pair *pair = &proxy->pairs[i];
            if ((entries[2 + 2 * i].revents && !move(proxy, pair->client, pair->server, false)) ||
                (entries[3 + 2 * i].revents && !move(proxy, pair->server, pair->client, true)))
                pair_close(proxy, i);
        }
        if (entries[1].revents)
            accept_one(proxy);
    }
}

void ho_test_proxy_listen(struct ho_test_proxy *proxy)
{
    must(listen(proxy->listener, MAX_PAIRS) == 0, "listen");
    must(pthread_create(&proxy->thread, NULL, run, proxy) == 0, "thread");
    proxy->running = true;
}

void ho_test_proxy_free(struct ho_test_proxy *proxy)
{
    if (!proxy)
        return;
    must(write(proxy->wake[1], "", 1) == 1, "wake");
    if (proxy->running)
        pthread_join(proxy->thread, NULL);
    while (proxy->n_pairs)
        pair_close(proxy, 0);
    close(proxy->listener);
    close(proxy->wake[0]);
    close(proxy->wake[1]);
    free(proxy);
}

const char *ho_test_proxy_url(const struct ho_test_proxy *proxy)
{
    return proxy->url;
}

void ho_test_proxy_cut_at_commit(struct ho_test_proxy *proxy)
{
    proxy->armed = true;
}

bool ho_test_proxy_has_cut(const struct ho_test_proxy *proxy)
{
    return proxy->has_cut;
}
