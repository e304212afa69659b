// TCP sockets: listening and connecting by "host:port", numbers or names.
#pragma once

#include <stdint.h>

#include "handoff/error.h"

// A non-blocking listening socket; port 0 takes a free one, and `port` (may be NULL) tells which. HO_FATAL where the
// address cannot be had.
HO_MUST_USE enum ho_status ho_tcp_listen(const char *address, int *fd, uint16_t *port, struct ho_error *error);

// A connected socket, non-blocking, without delay of small packets. HO_REJECT where the address is none, HO_RETRY where
// nobody answers within `timeout_ms`.
HO_MUST_USE enum ho_status ho_tcp_connect(const char *address, int64_t timeout_ms, int *fd, struct ho_error *error);
