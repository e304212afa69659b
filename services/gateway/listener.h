// Takes connections, up to the limit; those over it are closed at once, so that the sender knows.
#pragma once

#include "gateway.h"

// With TLS the gateway's certificates are there before.
HO_MUST_USE enum ho_status listener_new(struct gateway *gateway, const char *address, bool with_tls,
                                        struct listener **out, struct ho_error *error);
uint16_t listener_port(const struct listener *listener); // 0 for NULL
void listener_tick(struct listener *listener);           // each second: goes on after descriptors ran out; takes NULL
void listener_free(struct listener *listener);           // takes NULL
