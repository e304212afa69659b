// Words that more than one kind of file has.
#include <stdlib.h>

#include "yaml_words.h"

#include "handoff/role.h"

enum { MOST = 400 };

enum ho_status ho_yaml_check_word(const struct ho_yaml_file *file, const char *at, const char *text,
                                  struct ho_error *error)
{
    if (ho_yaml_is_word(text))
        return HO_OK;
    return ho_yaml_refuse(file, error, at, "\"%s\" may have lower-case letters, digits and dashes only", text);
}

static enum ho_status check_role(const struct ho_yaml_file *file, const char *at, const char *role,
                                 const enum ho_role *known, size_t n, struct ho_error *error)
{
    const char *names = "";
    for (size_t i = 0; i < n; i++) {
        if (strcmp(role, ho_role_name(known[i])) == 0)
            return HO_OK;
        names = ho_arena_printf(file->arena, "%s%s%s", names, i ? ", " : "", ho_role_name(known[i]));
    }
    return ho_yaml_refuse(file, error, at, "\"%s\" is no role; known are: %s", role, names);
}

enum ho_status ho_yaml_check_role(const struct ho_yaml_file *file, const char *at, const char *role,
                                  struct ho_error *error)
{
    static const enum ho_role known[] = {HO_ROLE_COORDINATOR, HO_ROLE_PHARMACIST, HO_ROLE_SUPERVISOR, HO_ROLE_TEAM};
    return check_role(file, at, role, known, sizeof known / sizeof *known, error);
}

enum ho_status ho_yaml_check_recipient(const struct ho_yaml_file *file, const char *at, const char *role,
                                       struct ho_error *error)
{
    static const enum ho_role known[] = {
        HO_ROLE_COORDINATOR, HO_ROLE_SUPERVISOR,   HO_ROLE_TEAM,   HO_ROLE_PCP,       HO_ROLE_SPECIALIST,
        HO_ROLE_PHARMACIST,  HO_ROLE_CASE_MANAGER, HO_ROLE_CB_CME, HO_ROLE_COMMUNITY, HO_ROLE_FAMILY,
    };
    return check_role(file, at, role, known, sizeof known / sizeof *known, error);
}

static bool read_due(const char *text, struct ho_due *out)
{
    static const struct {
        const char *one, *many;
        enum ho_due_unit unit;
    } units[] = {
        {"business day", "business days", HO_DUE_BUSINESS_DAYS},
        {"day", "days", HO_DUE_DAYS},
        {"hour", "hours", HO_DUE_HOURS},
    };
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 3 || text[n] != ' ')
        return false;
    out->amount = (int)strtol(text, NULL, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + n + 1, out->amount == 1 ? units[i].one : units[i].many) == 0) {
            out->unit = units[i].unit;
            return out->amount >= 1 && out->amount <= MOST;
        }
    }
    return false;
}

enum ho_status ho_yaml_due(const struct ho_yaml_file *file, const char *at, const char *text, struct ho_due *out,
                           struct ho_error *error)
{
    if (read_due(text, out))
        return HO_OK;
    return ho_yaml_refuse(file, error, at,
                          "\"%s\" is no due time; write it as \"2 business days\", \"7 days\" or \"24 hours\", at "
                          "most %d",
                          text, MOST);
}
