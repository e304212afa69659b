// The roles of those who work for a member or stand by them: who does a task, who is told by a notice, who is on the
// care team.
#pragma once

#include "handoff/bytes.h"

enum ho_role {
    HO_ROLE_COORDINATOR, // or the backup, while away
    HO_ROLE_SUPERVISOR,  // of the coordinator
    HO_ROLE_TEAM,        // everybody on the care team but the family
    // On the care team, by name:
    HO_ROLE_PCP,
    HO_ROLE_SPECIALIST,
    HO_ROLE_PHARMACIST,
    HO_ROLE_CASE_MANAGER,
    HO_ROLE_CB_CME,
    HO_ROLE_COMMUNITY,
    HO_ROLE_FAMILY, // family or friends whom the member chose; told only where the member agreed
    HO_ROLES,
};

const char *ho_role_name(enum ho_role role); // "coordinator", "cb-cme" …
bool ho_role_from_name(struct ho_bytes name, enum ho_role *out);
