// Who is asking: the bearer token, or the cookie of a session that was opened on this site.
#pragma once

#include "api.h"

// Sets call->session. False: the 401 or 403 is already written. A write by cookie must come with an Origin
// that is this site, so that no other site can make a signed-in browser write.
bool ho_access_allow(struct ho_call *call, bool writes);
