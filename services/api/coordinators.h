// The coordinators of the roster, by an opaque id: the first 16 hex digits of the SHA-256 of their e-mail.
#pragma once

#include "api.h"

struct ho_coordinators *ho_coordinators_new(void);
void ho_coordinators_free(struct ho_coordinators *coordinators); // takes NULL

// Who has the id: the e-mail, or the name where there is none; it lives as long as the request. False: the
// answer is already written.
bool ho_coordinators_find(struct ho_call *call, const char *id, const char **who);
