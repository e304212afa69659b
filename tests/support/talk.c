#include "talk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { SILENCE_SECONDS = 5 };

struct run {
    struct ho_loop *loop;
    void (*script)(void *context);
    void *context;
    int done;
};

static void *run_script(void *context)
{
    struct run *run = context;
    run->script(run->context);
    if (eventfd_write(run->done, 1))
        abort();
    return NULL;
}

static void on_done(void *context, int events)
{
    (void)events;
    ho_loop_stop(((struct run *)context)->loop);
}

void talk_run(struct ho_loop *loop, void (*script)(void *context), void *context)
{
    struct run run = {loop, script, context, eventfd(0, EFD_CLOEXEC)};
    struct ho_watch *watch = ho_loop_fd(loop, run.done, HO_READABLE, on_done, &run);
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_script, &run))
        abort();
    ho_loop_run(loop);
    pthread_join(thread, NULL);
    ho_watch_free(watch);
    close(run.done);
}

int talk_connect(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval silence = {.tv_sec = SILENCE_SECONDS};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence);
    if (connect(fd, (struct sockaddr *)&to, sizeof to))
        abort();
    return fd;
}

void talk_send(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    for (ssize_t sent; n; p += sent, n -= (size_t)sent)
        if ((sent = send(fd, p, n, MSG_NOSIGNAL)) < 0)
            return; // the other side closed: the script sees it when it reads
}

void talk_send_text(int fd, const char *text)
{
    talk_send(fd, text, strlen(text));
}

// Appends what one read gives: 1, 0 at the end, -1 after silence.
static int read_once(int fd, struct talk_buffer *buffer)
{
    if (!buffer->text || buffer->capacity - buffer->n < 4096 + 1) {
        buffer->capacity = buffer->capacity * 2 + 8192;
        buffer->text = realloc(buffer->text, buffer->capacity);
        if (!buffer->text)
            abort();
    }
    ssize_t n = recv(fd, buffer->text + buffer->n, 4096, 0);
    if (n > 0)
        buffer->n += (size_t)n;
    buffer->text[buffer->n] = '\0';
    return n > 0 ? 1 : n == 0 ? 0 : -1;
}

bool talk_until(int fd, struct talk_buffer *buffer, const char *needle)
{
    while (!buffer->text || !strstr(buffer->text, needle))
        if (read_once(fd, buffer) <= 0)
            return false;
    return true;
}

bool talk_to_end(int fd, struct talk_buffer *buffer)
{
    int got;
    while ((got = read_once(fd, buffer)) > 0)
        continue;
    return got == 0;
}

void talk_forget(struct talk_buffer *buffer)
{
    free(buffer->text);
    *buffer = (struct talk_buffer){0};
}
