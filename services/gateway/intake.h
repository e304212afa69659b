// From a frame to a record on adt.inbound or adt.rejected, and from the broker's report to the answer.
#pragma once

#include "connection.h"

void intake_frame(struct connection *connection, enum ho_mllp_event event, struct ho_bytes frame);

// Sends again what is held.
void intake_retry(struct gateway *gateway);
