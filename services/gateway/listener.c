#include "listener.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "handoff/platform/log.h"
#include "handoff/platform/net.h"

enum { ACCEPTS_A_TURN = 64, OTHER_DESCRIPTORS = 128 };

struct listener {
    struct gateway *gateway;
    bool with_tls;
    int fd;
    uint16_t port;
    struct ho_watch *watch;
    bool waiting; // for a free descriptor
    uint64_t refused, refused_told;
};

static void refuse(struct listener *l, int fd)
{
    close(fd);
    l->refused++;
    ho_metric_add(l->gateway->figures.connections_refused, 1);
}

static void on_readable(void *context, int events)
{
    (void)events;
    struct listener *l = context;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0 && (int64_t)l->gateway->n_connections < l->gateway->settings.max_connections) {
            connection_new(l->gateway, fd, l->with_tls);
        } else if (fd >= 0) {
            refuse(l, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            ho_log(HO_ERROR, "connection not taken: out of descriptors or memory", "connections=%zu",
                   l->gateway->n_connections);
            l->waiting = true;
            ho_watch_events(l->watch, 0);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

// As many descriptors as the connections need, as far as the machine allows.
static void raise_descriptors(int64_t connections)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)connections + OTHER_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur < wanted)
        ho_log(HO_WARN, "fewer descriptors than connections allowed", "descriptors=%llu connections=%lld",
               (unsigned long long)limit.rlim_cur, (long long)connections);
}

enum ho_status listener_new(struct gateway *gateway, const char *address, bool with_tls, struct listener **out,
                            struct ho_error *error)
{
    int fd;
    uint16_t port;
    enum ho_status status = ho_tcp_listen(address, &fd, &port, error);
    if (status != HO_OK)
        return status;
    struct listener *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    raise_descriptors(gateway->settings.max_connections);
    l->gateway = gateway;
    l->with_tls = with_tls;
    l->fd = fd;
    l->port = port;
    l->watch = ho_loop_fd(gateway->loop, fd, HO_READABLE, on_readable, l);
    *out = l;
    return HO_OK;
}

uint16_t listener_port(const struct listener *listener)
{
    return listener ? listener->port : 0;
}

void listener_tick(struct listener *listener)
{
    if (!listener)
        return;
    if (listener->refused != listener->refused_told)
        ho_log(HO_WARN, "connections over the limit closed", "refused=%llu limit=%lld",
               (unsigned long long)(listener->refused - listener->refused_told),
               (long long)listener->gateway->settings.max_connections);
    listener->refused_told = listener->refused;
    if (listener->waiting)
        ho_watch_events(listener->watch, HO_READABLE);
    listener->waiting = false;
}

void listener_free(struct listener *listener)
{
    if (!listener)
        return;
    ho_watch_free(listener->watch);
    close(listener->fd);
    free(listener);
}
