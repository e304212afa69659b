#include "handoff/platform/net.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handoff/platform/config.h"
#include "handoff/platform/loop.h"

enum { BACKLOG = 1024, HOST_BYTES = 256 };

static enum ho_status resolve(const char *address, int flags, struct addrinfo **out, struct ho_error *error)
{
    char host[HOST_BYTES], service[8];
    uint16_t port;
    if (!ho_address_split(address, host, sizeof host, &port))
        return ho_fail(error, HO_REJECT, "'%s' is no address: give host:port", address);
    snprintf(service, sizeof service, "%u", port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
    int code = getaddrinfo(host, service, &hints, out);
    if (code)
        return ho_fail(error, code == EAI_AGAIN ? HO_RETRY : HO_REJECT, "%s: %s", address, gai_strerror(code));
    return HO_OK;
}

static int listen_on(const struct addrinfo *ai)
{
    int one = 1;
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } own;
    socklen_t n = sizeof own;
    memset(&own, 0, sizeof own);
    getsockname(fd, &own.any, &n);
    return ntohs(own.any.sa_family == AF_INET6 ? own.six.sin6_port : own.four.sin_port);
}

enum ho_status ho_tcp_listen(const char *address, int *fd, uint16_t *port, struct ho_error *error)
{
    struct addrinfo *list = NULL;
    if (resolve(address, AI_PASSIVE, &list, error) != HO_OK)
        return HO_FATAL;
    *fd = -1;
    for (const struct addrinfo *ai = list; ai && *fd < 0; ai = ai->ai_next)
        *fd = listen_on(ai);
    freeaddrinfo(list);
    if (*fd < 0)
        return ho_fail(error, HO_FATAL, "cannot listen on %s: %s", address, strerror(errno));
    if (port)
        *port = port_of(*fd);
    return HO_OK;
}

// Waits until the connection stands. False with errno.
static bool connected(int fd, int64_t deadline_us)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int64_t left_ms = (deadline_us - ho_monotonic_us()) / 1000;
    if (poll(&p, 1, left_ms < 0 ? 0 : (int)left_ms) != 1) {
        errno = ETIMEDOUT;
        return false;
    }
    int code = 0;
    socklen_t n = sizeof code;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &n);
    errno = code;
    return code == 0;
}

static int connect_to(const struct addrinfo *ai, int64_t deadline_us)
{
    int one = 1;
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0 || (errno == EINPROGRESS && connected(fd, deadline_us)))
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

enum ho_status ho_tcp_connect(const char *address, int64_t timeout_ms, int *fd, struct ho_error *error)
{
    struct addrinfo *list = NULL;
    enum ho_status status = resolve(address, 0, &list, error);
    if (status != HO_OK)
        return status;
    int64_t deadline_us = ho_monotonic_us() + timeout_ms * 1000;
    *fd = -1;
    for (const struct addrinfo *ai = list; ai && *fd < 0; ai = ai->ai_next)
        *fd = connect_to(ai, deadline_us);
    freeaddrinfo(list);
    return *fd >= 0 ? HO_OK : ho_fail(error, HO_RETRY, "cannot connect to %s: %s", address, strerror(errno));
}
