// The gateway's certificates: loaded at start, looked at every few seconds, and taken anew where a file has changed.
//
// New ones are for new connections; those that are open go on with what they began with. New ones that cannot be used
// are refused with a line in the log, and those in force stay.
#pragma once

#include "handoff/platform/tls.h"

struct figures;
struct tls;

HO_MUST_USE enum ho_status tls_new(const struct ho_tls_files *files, struct figures *figures, struct tls **out,
                                   struct ho_error *error);
void tls_free(struct tls *tls); // takes NULL

struct ho_tls *tls_accept(struct tls *tls, int fd);
void tls_reload(struct tls *tls); // now, changed or not
void tls_tick(struct tls *tls);   // each second
