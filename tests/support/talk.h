// A client with a thread of its own, so that a test can run the loop of a server in its main thread.
//
// A script is a function that talks over plain sockets and gives up after five seconds of silence. When it
// returns the loop stops, and the test asserts on what the script has stored.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handoff/platform/loop.h"

struct talk_buffer {
    char *text; // NUL-terminated
    size_t n, capacity;
};

// Runs `script` against the loop until it returns.
void talk_run(struct ho_loop *loop, void (*script)(void *context), void *context);

int talk_connect(uint16_t port);
void talk_send(int fd, const void *bytes, size_t n);
void talk_send_text(int fd, const char *text);
// Appends what comes until `needle` is in the buffer. False at the end of the connection or after five seconds.
bool talk_until(int fd, struct talk_buffer *buffer, const char *needle);
// Appends until the other side closes. False after five seconds of silence.
bool talk_to_end(int fd, struct talk_buffer *buffer);
void talk_forget(struct talk_buffer *buffer); // frees and empties
