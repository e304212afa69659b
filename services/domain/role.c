#include "handoff/role.h"

static const char *const names[HO_ROLES] = {
    [HO_ROLE_COORDINATOR] = "coordinator",
    [HO_ROLE_SUPERVISOR] = "supervisor",
    [HO_ROLE_TEAM] = "team",
    [HO_ROLE_PCP] = "pcp",
    [HO_ROLE_SPECIALIST] = "specialist",
    [HO_ROLE_PHARMACIST] = "pharmacist",
    [HO_ROLE_CASE_MANAGER] = "case-manager",
    [HO_ROLE_CB_CME] = "cb-cme",
    [HO_ROLE_COMMUNITY] = "community",
    [HO_ROLE_FAMILY] = "family",
};

const char *ho_role_name(enum ho_role role)
{
    return names[role];
}

bool ho_role_from_name(struct ho_bytes name, enum ho_role *out)
{
    for (int i = 0; i < HO_ROLES; i++) {
        if (ho_bytes_is(name, names[i])) {
            *out = (enum ho_role)i;
            return true;
        }
    }
    return false;
}
