// The numbers of operations: what came, what became of it, and whether the accounts agree. No personal data.
//
// The ledger, the legs and what waits are read in one snapshot, so that they can be compared. What takes
// longer to count (deliveries, latency, the chart) is read every five seconds at most, the feeds every thirty.
#pragma once

#include "api.h"

struct ho_flow *ho_flow_new(void);
void ho_flow_free(struct ho_flow *flow); // takes NULL
